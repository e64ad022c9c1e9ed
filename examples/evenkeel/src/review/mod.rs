//! The weekly reliability review.

pub mod report;
