//! What a sample looks like: moments, quantiles, outliers; streaming and mergeable.
//!
//! | question | of a [`Sample`](crate::Sample) | of a stream, mergeable |
//! |---|---|---|
//! | what is typical? | [`mean`], [`median`], [`trimmed_mean`], [`winsorised_mean`] | [`Moments::mean`] |
//! | how far do they spread? | [`standard_deviation`], [`median_absolute_deviation`] | [`Moments::standard_deviation`] |
//! | how far may the mean of all be? | [`mean_interval`] | |
//! | what is the 99th percentile? | [`quantile`], [`quantile_interval`] with what it is worth | [`QuantileSketch`] |
//! | some count for more | [`WeightedSample::quantile`] | |
//! | which ones stand out? | [`modified_z_fences`], [`tukey_fences`] | |
//!
//! Means, medians and spreads are plain numbers without an interval: they describe the observations that are there, and
//! claim nothing beyond. Where these are a sample of more, [`mean_interval`] and [`quantile_interval`] say how far the
//! mean or a quantile of the whole can be from theirs, and [`Bootstrap::of`](crate::bootstrap::Bootstrap::of) does so for
//! a trimmed mean or a standard deviation.

mod interval;
mod location;
mod moments;
mod outliers;
mod quantile;
mod sketch;
mod weighted;

pub(crate) use interval::needed;
pub use interval::{mean_interval, quantile_interval};
pub use location::{
    NORMAL_SCALE, Trim, mean, median_absolute_deviation, standard_deviation, trimmed_mean, variance, winsorised_mean,
};
pub use moments::Moments;
pub use outliers::{Fences, modified_z_fences, tukey_fences};
pub use quantile::{QuantileRule, median, quantile, quantile_by};
pub(crate) use quantile::{between, interpolated, rank, whole};
pub use sketch::QuantileSketch;
pub use weighted::WeightedSample;
pub(crate) use weighted::checked_weights;
