//! What a handful of observations is worth: estimates with intervals and exact tests.
//!
//! No I/O, no clock, no randomness; the same inputs give the same outputs. Nothing here returns NaN or infinity:
//! "not enough data" is a `None`, and whatever could be out of range is a type that cannot be.
//!
//! ```
//! use measure_core::{Level, Method, Probability, Proportion};
//!
//! // 3 bad requests of 50, where 0.1 % are allowed.
//! let bad = Proportion::new(3, 50)?;
//! let allowed = Probability::new(0.001)?;
//!
//! // How often would chance alone do this? 1.9 times in 100,000: it is not chance.
//! assert!(bad.tail_at_least(allowed).get() < 2e-5);
//!
//! // What is the true share? Somewhere here, at 95 %.
//! let interval = bad.interval(Method::Wilson, Level::P95).unwrap();
//! assert_eq!(format!("{interval:.3}"), "0.021 to 0.162 (95 %)");
//!
//! // Shards merge.
//! assert_eq!(bad.merge(Proportion::new(1, 50)?)?, Proportion::new(4, 100)?);
//! # Ok::<(), measure_core::Error>(())
//! ```
//!
//! # Map
//! - [`proportion`]: [`Proportion`], its intervals, exact tails, and how many trials a claim needs.
//! - [`Interval`], [`Level`], [`Probability`]: the values that go in and come out.
//! - [`Error`]: why a value was refused.

mod bisection;
pub mod bootstrap;
pub mod calibration;
mod chance;
pub mod clustered;
pub mod compare;
pub mod descriptive;
mod error;
mod estimate;
mod flagged;
mod hypothesis;
pub mod inequality;
mod interval;
mod probability;
pub mod proportion;
pub mod rate;
mod sample;
pub mod sequential;
mod special;
pub mod survival;
pub mod trend;

pub use chance::Seed;
pub use error::Error;
pub use estimate::{Estimate, IntervalMethod, NotEnough};
pub use hypothesis::{Alternative, Test, TestMethod};
pub use interval::Interval;
pub use probability::{Level, Probability};
pub use proportion::{Method, Proportion, trials_to_detect, trials_without_failure};
pub use rate::{CountSeries, Rate};
pub use sample::{LARGEST, PositiveSample, Sample, Series};

/// The README's example runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
