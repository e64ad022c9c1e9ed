//! What a sample looks like: moments, quantiles, outliers; streaming and mergeable.
//!
//! | question | of a [`Sample`](crate::Sample) | of a stream, mergeable |
//! |---|---|---|
//! | what is typical? | [`mean`], [`median`], [`trimmed_mean`], [`winsorised_mean`] | [`Moments::mean`] |
//! | how far do they spread? | [`standard_deviation`], [`median_absolute_deviation`] | [`Moments::standard_deviation`] |
//! | what is the 99th percentile? | [`quantile`], [`quantile_interval`] with what it is worth | [`QuantileSketch`] |
//! | some count for more | [`WeightedSample::quantile`] | |
//! | which ones stand out? | [`modified_z_fences`], [`tukey_fences`] | |

mod interval;
mod location;
mod moments;
mod outliers;
mod quantile;
mod sketch;
mod weighted;

pub use interval::quantile_interval;
pub use location::{
    NORMAL_SCALE, Trim, mean, median_absolute_deviation, standard_deviation, trimmed_mean, variance, winsorised_mean,
};
pub use moments::Moments;
pub use outliers::{Fences, modified_z_fences, tukey_fences};
pub use quantile::{QuantileRule, median, quantile, quantile_by};
pub(crate) use quantile::{between, interpolated, rank};
pub use sketch::QuantileSketch;
pub use weighted::WeightedSample;
pub(crate) use weighted::checked_weights;
