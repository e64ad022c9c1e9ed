//! What a sample looks like: moments, quantiles, outliers; streaming and mergeable.
//!
//! | question | of a [`Sample`](crate::Sample) | of a stream, mergeable |
//! |---|---|---|
//! | what is typical? | [`mean`], [`median`], [`trimmed_mean`], [`winsorised_mean`] | `Moments::mean` |
//! | how far do they spread? | [`standard_deviation`], [`median_absolute_deviation`] | `Moments::standard_deviation` |
//! | what is the 99th percentile? | [`quantile`] | `QuantileSketch` |
//! | some count for more | `WeightedSample::quantile` | |
//! | which ones stand out? | `modified_z_fences`, `tukey_fences` | |

mod location;
mod quantile;

pub use location::{
    NORMAL_SCALE, Trim, mean, median_absolute_deviation, standard_deviation, trimmed_mean, variance, winsorised_mean,
};
pub use quantile::{QuantileRule, median, quantile, quantile_by};
pub(crate) use quantile::{between, interpolated, rank};
