//! The book: a folder with an `evenkeel.toml` that says where the records are and by which rules to judge them.

pub mod document;
mod indicator;
mod load;
mod maintenance;
pub mod policy;
mod read;
pub mod slo;

use std::path::PathBuf;

use chrono::TimeDelta;
use timeline_core::Tz;

pub use indicator::comparison;
pub use maintenance::Maintenance;
pub use read::{Histories, Request};
pub use slo::{Method, Slo};

use crate::incidents::IncidentList;
use crate::metrics::Source;

/// The name of the file that makes a folder a book.
pub const FILE: &str = "evenkeel.toml";

/// A book, read and checked.
#[derive(Debug)]
pub struct Book {
    /// The folder.
    pub folder: PathBuf,
    /// What it is called.
    pub title: String,
    /// The zone in which instants are shown.
    pub zone: Tz,
    /// The objectives, in the order of their files.
    pub slos: Vec<Slo>,
    /// Where series are.
    pub sources: Vec<Source>,
    /// What to ask of a live server.
    pub live: Live,
    /// Known incidents.
    pub incidents: IncidentList,
    /// Declared maintenance.
    pub maintenance: Vec<Maintenance>,
    /// The files of the on-call part, where there is one.
    pub oncall: Option<crate::oncall::book::Files>,
}

/// How a live server is asked.
#[derive(Debug, Clone)]
pub struct Live {
    /// The distance of instants: the scrape interval, or a multiple of it.
    pub step: TimeDelta,
    /// How far back to ask; at least the longest period of the book's objectives.
    pub history: Option<TimeDelta>,
}
