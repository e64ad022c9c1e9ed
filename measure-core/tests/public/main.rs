//! The crate as a stranger uses it: one file a module.
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
    missing_docs,
    reason = "a test fails by panicking"
)]

mod bootstrap;
mod calibration;
mod clustered;
mod compare;
mod descriptive;
mod inequality;
mod proportion;
mod ranks;
mod rate;
mod sequential;
mod survival;
mod trend;
