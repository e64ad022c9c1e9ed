//! One file a kind. A new one needs its `mod` line and its place in [`KINDS`].

use std::path::Path;

use crate::fault::Fault;
use crate::report::Section;

mod budget;
mod calendar;
mod counters;
mod detection;
mod measure;
mod openslo;
mod plans;
mod pyrra;
mod slo_generator;
mod sloth;
mod statistics;
mod ticks;
mod timelines;
mod timeslices;

/// Every kind, in the order of the help text.
pub const KINDS: &[Kind] = &[
    budget::KIND,
    detection::KIND,
    ticks::KIND,
    timeslices::KIND,
    counters::KIND,
    calendar::KIND,
    statistics::KIND,
    measure::KIND,
    openslo::KIND,
    pyrra::KIND,
    sloth::KIND,
    slo_generator::KIND,
    timelines::KIND,
    plans::KIND,
];

/// A kind of golden file.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name on the command line.
    pub name: &'static str,
    /// Where it is in a folder of golden data: a file, or a folder for kinds that need several files.
    pub place: &'static str,
    /// What is checked, in a line.
    pub about: &'static str,
    /// Reads the input and runs its cases.
    pub(crate) sections: fn(&Path) -> Result<Vec<Section>, Fault>,
}
