//! What an estimate is: a value, the interval around it, the observations behind it, and how it was made.

use std::fmt;

use crate::error::Error;
use crate::interval::Interval;

/// A value that was estimated from observations, with what it is worth.
///
/// ```
/// use measure_core::{Level, Proportion, proportion};
/// let errors = Proportion::new(3, 50)?.measured(proportion::Method::Wilson, Level::P95)?;
/// assert_eq!(format!("{errors:.3}"), "0.060 [0.021 to 0.162 (95 %)], n = 50, Wilson");
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Estimate {
    value: f64,
    interval: Interval,
    n: u64,
    method: IntervalMethod,
}

impl Estimate {
    /// For what is finite by how it was computed; `value` need not be in the interval (a posterior's may miss it).
    /// Should it be no finite number all the same, which is a fault of the crate, it is left as it is, for all to see.
    pub(crate) fn of(value: f64, interval: Interval, n: u64, method: IntervalMethod) -> Self {
        debug_assert!(value.is_finite(), "{value} from {method}");
        Self { value, interval, n, method }
    }

    /// The point estimate; finite.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.value
    }

    /// The interval around it, with its level.
    #[must_use]
    pub const fn interval(self) -> Interval {
        self.interval
    }

    /// How many observations it rests on, of both samples together where there are two.
    #[must_use]
    pub const fn n(self) -> u64 {
        self.n
    }

    /// How the interval was made.
    #[must_use]
    pub const fn method(self) -> IntervalMethod {
        self.method
    }
}

impl fmt::Display for Estimate {
    /// `0.060 [0.021 to 0.162 (95 %)], n = 50, Wilson`, with the precision asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)?;
        f.write_str(" [")?;
        self.interval.fmt(f)?;
        write!(f, "], n = {}, {}", self.n, self.method)
    }
}

/// How an interval was made: every method of the crate, so that an answer can say which one it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum IntervalMethod {
    /// Wilson's score interval for a proportion.
    Wilson,
    /// Clopper and Pearson's exact interval for a proportion.
    ClopperPearson,
    /// Quantiles of the posterior under Jeffreys' prior.
    Jeffreys,
    /// Newcombe's hybrid score interval for a difference of proportions.
    Newcombe,
    /// Katz's interval for the logarithm of a ratio of proportions.
    Katz,
    /// Katz's, with 1/2 added to each cell since one of them is 0.
    KatzCorrected,
    /// Cluster-robust variance and Student's t.
    ClusterT,
    /// Garwood's exact interval for a Poisson rate.
    Garwood,
    /// Pearson's chi-squared over quantiles of the chi-squared distribution.
    ScaledChiSquared,
    /// Poisson variance times the dispersion, and Student's t.
    QuasiPoisson,
    /// Negative binomial likelihood.
    NegativeBinomial,
    /// The exact conditional interval for a ratio of Poisson rates.
    ConditionalPoisson,
    /// Order statistics of the differences, by the exact null distribution of Mann and Whitney's U.
    RankExact,
    /// Order statistics of the differences, where the continuity-corrected normal approximation of U crosses.
    RankNormal,
    /// A normal interval on a scale on which the estimate is closer to normal (logit, log, atanh).
    TransformedNormal,
    /// A normal interval.
    Normal,
    /// Welch's t: two variances, Satterthwaite's degrees of freedom.
    Welch,
    /// Wilson's score interval for as many independent trials as the ranks of two samples, or scores within 0 and 1, are
    /// worth.
    WilsonEffective,
    /// Quantiles of bootstrap replicates.
    BootstrapPercentile,
    /// Bias-corrected and accelerated bootstrap.
    BootstrapBca,
    /// BCa was asked for, but all replicates lie on one side or the jackknife does not vary: quantiles of bootstrap
    /// replicates.
    BootstrapPercentileInsteadOfBca,
    /// Quantiles of replicates of a circular block bootstrap.
    BlockBootstrap,
    /// Order statistics of the slopes between pairs (Sen).
    Sen,
    /// Order statistics of the slopes between pairs, further apart since each observation resembles the last.
    SenCorrected,
    /// Greenwood's variance on the log(-log) scale.
    GreenwoodLogLog,
    /// Order statistics, by the binomial distribution.
    OrderStatistics,
    /// A mixture martingale: holds at all times at once.
    Mixture,
    /// An empirical-Bernstein supermartingale: holds at all times at once.
    EmpiricalBernstein,
    /// DeLong's variance of the area under the curve, on the logit scale.
    DeLong,
    /// DeLong's variance of the area under the curve, or of a difference of two, without a transformation.
    DeLongPlain,
    /// Student's t for a mean.
    Student,
}

impl fmt::Display for IntervalMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wilson => "Wilson",
            Self::ClopperPearson => "Clopper-Pearson",
            Self::Jeffreys => "Jeffreys",
            Self::Newcombe => "Newcombe",
            Self::Katz => "Katz",
            Self::KatzCorrected => "Katz, 1/2 added to each cell",
            Self::ClusterT => "cluster-robust t",
            Self::Garwood => "Garwood",
            Self::ScaledChiSquared => "scaled chi-squared",
            Self::QuasiPoisson => "quasi-Poisson",
            Self::NegativeBinomial => "negative binomial",
            Self::ConditionalPoisson => "exact conditional Poisson",
            Self::RankExact => "exact ranks",
            Self::RankNormal => "ranks, normal approximation",
            Self::TransformedNormal => "normal on a transformed scale",
            Self::Normal => "normal",
            Self::Welch => "Welch's t",
            Self::WilsonEffective => "Wilson on the effective sample size",
            Self::BootstrapPercentile => "bootstrap percentile",
            Self::BootstrapBca => "bootstrap BCa",
            Self::BootstrapPercentileInsteadOfBca => "bootstrap percentile, since BCa is undefined here",
            Self::BlockBootstrap => "block bootstrap percentile",
            Self::Sen => "Sen",
            Self::SenCorrected => "Sen, corrected for autocorrelation",
            Self::GreenwoodLogLog => "Greenwood, log(-log)",
            Self::OrderStatistics => "order statistics",
            Self::Mixture => "mixture martingale, at all times",
            Self::EmpiricalBernstein => "empirical Bernstein, at all times",
            Self::DeLong => "DeLong",
            Self::DeLongPlain => "DeLong, untransformed",
            Self::Student => "Student's t",
        })
    }
}

/// Why there is no answer yet. A value, not a fault: the data are fine, and there are not enough of them.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum NotEnough {
    /// Too few of something.
    #[error("not enough data: {have} {}, and {need} {} needed", counted(*have, of), if *need == 1 { "is" } else { "are" })]
    TooFew {
        /// What is counted, in the plural: "observations", "clusters", "events".
        of: &'static str,
        /// How many there are.
        have: u64,
        /// How many would be enough.
        need: u64,
    },
    /// All observations are equal: they do not say how much they vary.
    #[error("not enough data: {n} observations without any spread do not say how much they vary")]
    NoSpread {
        /// Observations.
        n: u64,
    },
    /// No events: their rate has an upper bound, but how much their number varies cannot be told.
    #[error("not enough data: no events in {n} {}", counted(*n, "periods"))]
    NoEvents {
        /// Periods.
        n: u64,
    },
    /// All shares are zero: there is nothing to share.
    #[error("nothing to share: all of the {n} values are zero")]
    AllZero {
        /// Values.
        n: u64,
    },
    /// Nothing was watched: there is no exposure to count over.
    #[error("not enough data: there is no exposure to count over")]
    NoExposure,
    /// The quantity is not reached within what was observed.
    #[error("not reached: it lies beyond what the {n} observations show")]
    NotReached {
        /// Observations.
        n: u64,
    },
    /// A statistic has no finite value on some of what it is computed on.
    #[error("not enough data: the statistic has no finite value on {undefined} of {of} samples drawn")]
    Undefined {
        /// On how many it has none.
        undefined: u64,
        /// Of how many; 1 of 1 is the sample itself.
        of: u64,
    },
}

impl NotEnough {
    /// `Ok` when there are `need` of something.
    ///
    /// # Errors
    /// [`NotEnough::TooFew`] otherwise.
    pub(crate) const fn unless(have: u64, need: u64, of: &'static str) -> Result<(), Self> {
        if have >= need { Ok(()) } else { Err(Self::TooFew { of, have, need }) }
    }
}

/// What is counted, in the singular where there is one: "observation in each sample".
fn counted(count: u64, plural: &str) -> String {
    let (first, rest) =
        plural.split_once(' ').map_or((plural, String::new()), |(first, rest)| (first, format!(" {rest}")));
    if count != 1 {
        return plural.to_owned();
    }
    let ending = if first.ends_with("sses") { "es" } else { "s" };
    first.strip_suffix(ending).unwrap_or(first).to_owned() + &rest
}

impl From<NotEnough> for Error {
    fn from(reason: NotEnough) -> Self {
        Self::NotEnough(reason)
    }
}
