//! A series over time: is it rising or falling, how fast, and when did it change?
//!
//! All of it takes a [`Series`](crate::Series): observations in the order of time, equally spaced. Slopes are per
//! step of the series; under [`LEAST`] observations there is no answer but
//! [`NotEnough`](crate::NotEnough).
//!
//! | question | function |
//! |---|---|
//! | is it rising, falling, or is no trend found? | [`mann_kendall`] |
//! | how surprising is such an order without a trend? | [`mann_kendall`], [`mann_kendall_exact`] |
//! | ... where one observation resembles the last? | [`hamed_rao`] |
//! | how fast does it rise? | [`theil_sen`] |

mod autocorrelation;
mod inversions;
mod kendall;
mod products;
mod slopes;
mod theil_sen;

pub use autocorrelation::{Autocorrelation, autocorrelation, first_order, hamed_rao};
pub use kendall::{EXACT_MOST, MannKendall, mann_kendall, mann_kendall_exact};
pub use theil_sen::{TheilSen, theil_sen};

/// How many observations a trend needs at least: with fewer, hardly any order of them is surprising.
pub const LEAST: u64 = 8;
