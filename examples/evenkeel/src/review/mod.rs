//! The weekly reliability review.

pub mod assess;
pub mod burn_down;
pub mod compose;
pub mod consequence;
pub mod decide;
pub mod oncall;
pub mod outlook;
pub mod quiet;
pub mod replay;
pub mod report;
pub mod units;
