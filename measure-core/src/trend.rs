//! A series over time: is it rising or falling, how fast, and when did it change?
//!
//! All of it takes a [`Series`](crate::Series): observations in the order of time, equally spaced. Slopes are per
//! step of the series; under [`LEAST`] observations there is no answer but
//! [`NotEnough`](crate::NotEnough).
//!
//! | question | function |
//! |---|---|
//! | is it rising, falling, or is no trend found? | [`trend`], [`trend_by`] |
//! | how surprising is such an order without a trend? | [`mann_kendall`], [`mann_kendall_exact`] |
//! | ... where one observation resembles the last? | [`first_order`], [`hamed_rao`], [`autocorrelation`] |
//! | how fast does it rise? | [`theil_sen`] |
//! | how small a slope would have been seen? | [`detectable_slope`] |
//! | when did its level change? | [`segments`] |
//! | did its level change at all? | [`cusum_test`] |
//! | has it left its target, told as early as can be? | [`Cusum`] |

mod autocorrelation;
mod cusum;
mod detectable;
mod inversions;
mod kendall;
mod levels;
mod optimum;
mod products;
mod segments;
mod single_change;
mod slopes;
mod theil_sen;
mod verdict;

pub use autocorrelation::{Autocorrelation, autocorrelation, first_order, hamed_rao};
pub use cusum::{Cusum, Departure};
pub use detectable::detectable_slope;
pub use kendall::{EXACT_MOST, MannKendall, mann_kendall, mann_kendall_exact};
pub use segments::{Change, Segment, Segmentation, Segments, segments};
pub use single_change::{SingleChange, cusum_test};
pub use theil_sen::{TheilSen, theil_sen};
pub use verdict::{Correction, Direction, Trend, trend, trend_by};

/// How many observations a trend needs at least: with fewer, hardly any order of them is surprising.
pub const LEAST: u64 = 8;
