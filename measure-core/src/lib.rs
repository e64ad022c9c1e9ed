//! What a handful of observations is worth: statistics for decisions that rest on twelve weeks of counts and forty
//! incidents. Every estimate comes with its interval and its n; "not enough data" is an answer, and says what would be
//! enough.
//!
//! ```
//! use measure_core::compare::{Margin, Question, compare};
//! use measure_core::{Level, Sample};
//!
//! // Minutes to restore, before and after a change to the runbook.
//! let before = Sample::new(vec![41.0, 25.0, 60.0, 33.0, 95.0, 52.0, 38.0, 44.0])?;
//! let after = Sample::new(vec![35.0, 28.0, 57.0, 30.0, 71.0, 49.0, 40.0, 36.0])?;
//!
//! // Three minutes less, as it looks, and yet: "no difference found" is not "the same".
//! let found = compare(&after, &before, &Question::at(Level::P95).within(Margin::relative(0.1)?))?;
//! assert_eq!(found.words("after", "before"), "no difference found, and not shown to be the same within 10 %");
//! assert_eq!(format!("{:.1}", found.shift), "-3.0 [-22.0 to 13.0 (95 %)], n = 16, exact ranks");
//! // So many incidents in each would show sameness, if there is no difference.
//! assert_eq!(found.needed.for_sameness, Some(234));
//! # Ok::<(), measure_core::Error>(())
//! ```
//!
//! # Which function answers which question
//!
//! **How often does it happen?**
//!
//! | question | answer |
//! |---|---|
//! | What is the failure rate, and how sure are we? | [`Proportion::measured`] by [`Method`] |
//! | Is it under 1 %, for a gate? | [`Proportion::upper_bound`], [`Proportion::binomial_test`], [`Proportion::posterior_above`] |
//! | How many runs without a failure show 99 %? | [`trials_without_failure`] |
//! | Do two failure rates differ, by how much? | [`proportion::difference`], [`proportion::ratio`], [`proportion::fisher_exact`] |
//! | What difference could so many runs have shown? | [`proportion::smallest_difference`], [`proportion::power_of_difference`] |
//! | May I look every hour and stop when I like? | [`sequential`]: the only tests here that allow it |
//! | What share of the hours of a few engineers is toil? | [`ClusteredRatio`]: hours of one person are alike |
//! | How many incidents a week? Is it more than claimed? | [`Rate::garwood`], [`Rate::poisson_test`] |
//! | Did the weekly count change? | [`rate::compare_rates`], which takes the variance from the counts |
//!
//! **Did anything change?**
//!
//! | question | answer |
//! |---|---|
//! | Two samples, one verdict in words | [`compare::compare`] |
//! | Does one tend to be larger? | [`compare::mann_whitney`], [`compare::brunner_munzel`] where spreads differ |
//! | By how much? | [`compare::hodges_lehmann`]; as a ratio [`compare::geometric_mean_ratio`]; of means [`compare::welch`] |
//! | How often is one larger than the other? | [`compare::common_language`], [`compare::cliffs_delta`] |
//! | Did the 99th percentile move? | [`compare::quantile_difference`] |
//! | Did anything about the distribution change? | [`compare::kolmogorov_smirnov`] |
//! | Any other statistic, without assumptions | [`compare::permutation_test`] |
//! | Are they the same within 5 %? | [`compare::equivalence_by_ranks`], [`compare::equivalence_by_means`] |
//! | Many comparisons at once: which to believe? | [`benjamini_hochberg`] |
//!
//! **Is it getting worse?**
//!
//! | question | answer |
//! |---|---|
//! | A series, one verdict in words | [`trend::trend`] |
//! | Is there a trend? | [`trend::mann_kendall`]; where each week resembles the last [`trend::first_order`], the default of [`trend::trend`] |
//! | How fast? | [`trend::theil_sen`] |
//! | What slope would have been seen? | [`trend::detectable_slope`] |
//! | When did it change? | [`trend::segments`] (functional pruning, exact for PELT's criterion), [`trend::cusum_test`]; while it runs [`trend::Cusum`] |
//!
//! **How long does it take?**
//!
//! | question | answer |
//! |---|---|
//! | How long do incidents last, with some still open? | [`KaplanMeier`](survival::KaplanMeier): [median](survival::KaplanMeier::median), [any quantile](survival::KaplanMeier::quantile) |
//! | How long on average, up to a limit? | [`restricted_mean`](survival::Durations::restricted_mean) |
//! | Does one team take longer? | [`survival::log_rank`] |
//!
//! **What does it look like, and is it shared evenly?**
//!
//! | question | answer |
//! |---|---|
//! | What is typical, how far does it spread, what stands out? | [`descriptive`]: medians, deviations, fences, streams |
//! | An interval for any statistic of a sample or series | [`bootstrap`] |
//! | Is a burden shared fairly? | [`Shares`](inequality::Shares): Gini, Jain, extremes |
//!
//! **Can forecasts be trusted?**
//!
//! | question | answer |
//! |---|---|
//! | Do changes called risky at 70 % fail 70 % of the time? | [`reliability`](calibration::Forecasts::reliability), [`calibration_error`](calibration::Forecasts::calibration_error) |
//! | How good are they? Which of two is better? | [`brier`](calibration::Forecasts::brier), [`auc`](calibration::Forecasts::auc), [`PairedForecasts`](calibration::PairedForecasts) |
//! | How should they be corrected? | [`platt`](calibration::Forecasts::platt), [`isotonic`](calibration::Forecasts::isotonic) |
//!
//! # What holds everywhere
//! - **Checked once.** [`Sample`], [`PositiveSample`], [`Series`], [`Probability`] and [`Level`] cannot hold a NaN, and
//!   what takes them cannot fail but for [`NotEnough`] data. Nothing returns NaN or infinity.
//! - **An answer says what it is.** [`Estimate`] holds the value, its [`Interval`], n and the [`IntervalMethod`];
//!   [`Test`] the p-value, n and the [`TestMethod`]. Where exact and approximate methods take turns, that shows.
//! - **The first over the second.** Differences are first less second, ratios first over second.
//! - **The same bits everywhere.** No I/O, no clock; chance comes from a [`Seed`]; logarithms come from `libm`, so that
//!   an answer does not depend on the platform.
//! - **Mergeable.** [`Proportion`], [`Rate`], [`ClusteredRatio`], [`Sample`], [`descriptive::Moments`], [`descriptive::QuantileSketch`] and
//!   the like are monoids: shards merge.

mod bisection;
pub mod bootstrap;
pub mod calibration;
mod chance;
pub mod clustered;
pub mod compare;
pub mod descriptive;
mod effective;
mod error;
mod estimate;
mod flagged;
mod hypothesis;
pub mod inequality;
mod interval;
mod many;
mod placements;
mod probability;
pub mod proportion;
pub mod rate;
mod sample;
pub mod sequential;
mod special;
pub mod survival;
pub mod trend;

pub use chance::Seed;
pub use clustered::ClusteredRatio;
pub use error::Error;
pub use estimate::{Estimate, IntervalMethod, NotEnough};
pub use hypothesis::{Alternative, Test, TestMethod};
pub use interval::Interval;
pub use many::benjamini_hochberg;
pub use probability::{Level, Probability};
// These two plan with one probability alone, before there is any `Proportion`; what compares two stays in its module.
pub use proportion::{Method, Proportion, trials_to_detect, trials_without_failure};
pub use rate::{CountSeries, Rate};
pub use sample::{LARGEST, PositiveSample, Sample, Series};

/// The README's example runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
