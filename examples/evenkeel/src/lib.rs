//! The command line tool of the Evenkeel family.

pub mod book;
pub mod commands;
pub mod fault;
pub mod history;
pub mod incidents;
pub mod indicator;
mod instants;
pub mod metrics;
pub mod observations;
pub mod oncall;
pub mod page;
pub mod progress;
pub mod review;
pub mod rules;
pub mod visible;
pub mod words;
