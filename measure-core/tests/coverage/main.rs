//! Intervals hold the truth as often as they say, and tests raise as many false alarms as they say: by simulation
//! with fixed seeds, within Monte Carlo error. One file a module.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::panic,
    dead_code,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod bootstrap;
mod calibration;
mod clustered;
mod compare;
mod descriptive;
mod proportion;
mod ranks;
mod rate;
mod sequential;
mod simulate;
mod survival;
mod trend;
