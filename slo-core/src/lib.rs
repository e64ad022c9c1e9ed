//! Service level objectives: exact error budgets, burn rates and alert policies.

mod alert;
pub mod backtest;
mod bootstrap;
mod budget;
pub mod burn;
pub mod compose;
pub mod consequence;
mod decimal;
pub mod detect;
mod duration;
mod error;
mod factor;
pub mod forecast;
pub mod history;
pub mod low_traffic;
mod objective;
#[cfg(feature = "openslo")]
pub mod openslo;
mod policy;
mod preset;
pub mod recommend;
#[cfg(feature = "serde")]
mod seconds;
pub mod sli;
mod slices;
mod tracker;
mod window;

pub use alert::{Alert, AlertRule, AlertState, Condition, NoDataRule, Transition};
pub use bootstrap::Bootstrap;
pub use budget::{Budget, Unit};
pub use duration::{DurationShorthand, DurationUnit};
pub use error::Error;
pub use factor::{Factor, Threshold};
pub use objective::{BILLION, Objective, SliceTarget};
pub use policy::{Policy, PolicyFault, Row, Severity};
pub use sli::Counts;
pub use slices::{RatioTally, SliceTally};
#[cfg(feature = "serde")]
pub use tracker::TrackerState;
pub use tracker::{BurnTracker, Evaluation, Resolution, RowEvaluation, RowVerdict, TrackerPlan, WindowBurn};
pub use window::Window;

/// The first code block of the repository's README runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ReadmeDoctests;
