//! Service level indicators: from what was measured to good events out of all events.
//!
//! | indicator | from | with |
//! |---|---|---|
//! | availability | counts by status | [`availability`] |
//! | latency | histograms | [`ClassicHistogram`], [`NativeHistogram`] |
//! | correctness | checked results | [`correctness`] |
//! | freshness | ages, or instants of refreshes | [`freshness`] |
//!
//! Whatever was measured as a counter that may start again at 0 goes through [`Counter`] first.

mod counter;
mod counts;
pub mod freshness;
mod histogram;
mod kind;
mod no_data;

pub use counter::{Counter, Step, extrapolated_increase, increase};
pub use counts::Counts;
pub use histogram::{Below, ClassicHistogram, NativeHistogram};
pub use kind::{IndicatorKind, Outcome, availability, correctness, is_server_error};
pub use no_data::{NoDataPolicy, Observation};
