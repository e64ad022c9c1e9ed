//! Alerts for services with few requests, where one bad event can exceed any burn rate.
//!
//! At 99.9 % and a factor of 14.4, a single bad request among 69 fires the row: chance, not an incident. Two rules
//! that hold up in simulation (`tests/low_traffic.rs` repeats it):
//!
//! - [`Gate`]: a row fires only if, besides its own condition, so many bad events would be too unlikely for a
//!   service that keeps its objective. No state, and no effect where there is traffic. The rule to start with.
//! - [`Cusum`]: adds up evidence event by event. The fewest false alarms, and one alert an incident instead of
//!   several, at the price of a state and of slower resolution.
//!
//! [`Sensitivity`] says which error ratios a service of so many requests can notice at all, and what to do when it
//! is none.
//!
//! Not sound, and so not here: a posterior probability alone (one bad of ten reaches 96 %), a fixed least number
//! of bad events (ignores how many requests there were), virtual extra requests (the same in disguise).

mod cusum;
mod gate;
mod sensitivity;

pub use cusum::{Cusum, CusumVerdict};
pub use gate::{Gate, GateOutcome, GateVerdict};
pub use sensitivity::{Noticed, Remedy, Sensitivity, requests_needed};
