//! Service level objectives: exact error budgets, burn rates, alert policies and streaming evaluation.
//!
//! Deterministic: no I/O, no clock, no global state. Whatever needs the time takes `now`, whatever needs chance
//! takes a seed, and nothing public returns NaN or infinity.
//!
//! # The loop
//! 1. State the promise: an [`Objective`], exact to a part per billion, over a [`Window`].
//! 2. Choose a [`Policy`]: a preset, or rows of your own, checked.
//! 3. On every tick [`BurnTracker::observe`] what was served since the last one, as [`Counts`].
//! 4. [`BurnTracker::evaluate`] at `now`: burn rates, the rows that hold and why, the budget that is left.
//! 5. Feed each row's verdict to an [`Alert`], which waits out holds and does not flap.
//!
//! ```
//! use chrono::DateTime;
//! use slo_core::{Alert, AlertRule, AlertState, BurnTracker, Counts, Policy};
//! use chrono::TimeDelta;
//!
//! let policy = Policy::google_30d();
//! let mut tracker = BurnTracker::new("99.9%".parse()?, &policy)?;
//! let mut page = Alert::new(AlertRule::for_row(&policy.rows()[0], TimeDelta::minutes(10))?);
//! for minute in 1..=60 {
//!     let now = DateTime::from_timestamp(60 * minute, 0).unwrap();
//!     let bad = if minute < 50 { 0 } else { 20 };
//!     tracker.observe(now, Counts::from_bad(bad, 100)?)?;
//!     let verdict = tracker.evaluate(now)?;
//!     let row = verdict.rows().next().unwrap();
//!     if let Some(change) = page.handle(now, row.verdict.condition())? {
//!         assert_eq!(change.to, AlertState::Firing);
//!         println!("{}: {row}", change.at); // page_quick fires: burn 20 > 14.4 over 1 h ...
//!     }
//! }
//! assert!(page.is_firing());
//! # Ok::<(), slo_core::Error>(())
//! ```
//!
//! # Which module answers which question
//! | question | module |
//! |---|---|
//! | What do we promise, over which time? | [`Objective`], [`SliceTarget`], [`Window`], [`DurationShorthand`] |
//! | What is a good event? | [`sli`]: availability, latency, correctness, freshness; counters that reset; missing data |
//! | How much may go wrong, how much did? | [`Budget`], [`SliceTally`], [`RatioTally`]; over time with maintenance left out: [`history`] |
//! | How fast is it going? | [`burn`], [`Factor`] |
//! | When do we alert? | [`Policy`] and its presets, [`BurnTracker`], [`Alert`] |
//! | How fast does a policy notice, and what does it never see? | [`detect`] |
//! | Which policy would have served us best? | [`backtest`] |
//! | Too few requests to tell? | [`low_traffic`] |
//! | When does the budget end? | [`forecast`] |
//! | Which objective can we keep? | [`recommend`] |
//! | What do several services promise together? | [`compose`] |
//! | What follows when the budget runs out? | [`consequence`] |
//! | What does an OpenSLO file say? | `openslo` (feature `openslo`) |
//!
//! # Deliberate differences from peers
//! Marked `DIFFERS:` where they are made; the README has the table. In short: thresholds are compared in
//! integers, so a burn rate of exactly the factor does not fire; windows that vanish are refused; `0d` is no
//! duration; 0 % and 100 % are no objectives; counters of good and of all events reset together.

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
#[cfg(feature = "serde")]
mod number_text;
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

/// So does that of the crate's own.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct CrateReadmeDoctests;
