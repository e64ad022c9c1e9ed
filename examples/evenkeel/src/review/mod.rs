//! The weekly reliability review.

pub mod assess;
pub mod burn_down;
pub mod replay;
pub mod report;
pub mod units;
