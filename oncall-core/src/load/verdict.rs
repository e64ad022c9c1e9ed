//! Whether a limit holds, as far as the numbers can tell.

use core::fmt;

use measure_core::clustered::ClusteredRatio;
use measure_core::rate::{CountSeries, Dispersion};
use measure_core::survival::QuantileEstimate;
use measure_core::{Level, Method, NotEnough, Proportion, Rate};

use crate::error::Error;

/// What was seen beside the limit: the estimate and one-sided bounds, each of which holds at the level.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Evidence {
    /// The limit.
    pub limit: f64,
    /// The estimate; `None` where it is not reached within what was seen.
    pub value: Option<f64>,
    /// It is at least this.
    pub lower: f64,
    /// It is at most this; `None` where nothing bounds it yet.
    pub upper: Option<f64>,
    /// The level of each bound.
    pub level: Level,
    /// How many observations it rests on: weeks for a rate, pages for a share or a time.
    pub n: u64,
}

/// Why nothing can be said yet.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum TooLittle {
    /// Too few weeks on call.
    Weeks {
        /// How many there are.
        have: u64,
        /// How many would be judged.
        need: u64,
    },
    /// What was seen is compatible with either.
    Undecided(Evidence),
    /// There is nothing to compute from.
    Nothing(NotEnough),
}

/// Holds, exceeds, or not enough data to say. A bad week is not a verdict, and neither is a good one.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Verdict {
    /// At the level, the limit is kept.
    Holds(Evidence),
    /// At the level, the limit is exceeded.
    Exceeds(Evidence),
    /// Nothing can be said yet.
    NotEnough(TooLittle),
}

impl Verdict {
    /// Whether the limit is exceeded, at the level.
    #[must_use]
    pub const fn exceeds(&self) -> bool {
        matches!(self, Self::Exceeds(_))
    }

    /// Whether the limit is kept, at the level.
    #[must_use]
    pub const fn holds(&self) -> bool {
        matches!(self, Self::Holds(_))
    }

    /// The numbers, if there are any.
    #[must_use]
    pub const fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Holds(evidence) | Self::Exceeds(evidence) | Self::NotEnough(TooLittle::Undecided(evidence)) => {
                Some(evidence)
            }
            Self::NotEnough(_) => None,
        }
    }

    const fn of(evidence: Evidence) -> Self {
        match evidence.upper {
            _ if evidence.lower > evidence.limit => Self::Exceeds(evidence),
            Some(upper) if upper <= evidence.limit => Self::Holds(evidence),
            _ => Self::NotEnough(TooLittle::Undecided(evidence)),
        }
    }
}

/// A rate over weeks against a limit.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RateVerdict {
    /// The verdict.
    pub verdict: Verdict,
    /// How much more the weeks vary than chance alone would have it.
    pub dispersion: Result<Dispersion, NotEnough>,
}

/// Events by week, each over an exposure above 0, against `limit` events for a unit of exposure.
///
/// The bounds are the wider of two: Garwood's exact ones, which take events to come one by one, and those of a ratio
/// over weeks ([`ClusteredRatio`]), which take the weeks as they vary. So overdispersed counts are not taken for more
/// than they are worth, and weeks that happen to be alike neither.
pub(crate) fn of_rate(weeks: &CountSeries, limit: f64, least_weeks: u32, level: Level) -> Result<RateVerdict, Error> {
    let dispersion = weeks.dispersion(level);
    let n = u64::try_from(weeks.len()).unwrap_or(u64::MAX);
    let need = u64::from(least_weeks);
    if n < need {
        return Ok(RateVerdict { verdict: Verdict::NotEnough(TooLittle::Weeks { have: n, need }), dispersion });
    }
    let verdict = match bounds(weeks, level)? {
        Err(reason) => Verdict::NotEnough(TooLittle::Nothing(reason)),
        Ok((value, lower, upper)) => {
            Verdict::of(Evidence { limit, value: Some(value), lower, upper: Some(upper), level, n })
        }
    };
    Ok(RateVerdict { verdict, dispersion })
}

fn bounds(weeks: &CountSeries, level: Level) -> Result<Result<(f64, f64, f64), NotEnough>, Error> {
    let total: Rate = weeks.total();
    let pairs = weeks.periods().iter().map(|week| (float(week.count()), week.exposure()));
    let clustered = ClusteredRatio::of(pairs)?;
    let exact = || Ok((total.estimate()?, total.lower_bound(level)?, total.upper_bound(level)?));
    let exact: Result<(f64, f64, f64), NotEnough> = exact();
    Ok(exact.map(|(value, lower, upper)| {
        // Weeks that do not vary at all bound nothing on their own.
        let varied = clustered.lower_bound(level).ok().zip(clustered.upper_bound(level).ok());
        let (low, high) = varied.unwrap_or((lower, upper));
        (value, lower.min(low).max(0.0), upper.max(high))
    }))
}

/// A share against a limit, with Clopper and Pearson's bounds, which keep their level always.
pub(crate) fn of_share(share: Proportion, limit: f64, level: Level) -> Verdict {
    let bounds = || {
        let method = Method::ClopperPearson;
        Some((share.estimate()?, share.lower_bound(method, level)?, share.upper_bound(method, level)?))
    };
    match bounds() {
        None => Verdict::NotEnough(TooLittle::Nothing(NotEnough::TooFew { of: "pages", have: 0, need: 1 })),
        Some((value, lower, upper)) => {
            Verdict::of(Evidence { limit, value: Some(value), lower, upper: Some(upper), level, n: share.trials() })
        }
    }
}

/// A quantile of waiting times against a limit. Its interval is two-sided, so that each end holds at more than the level.
/// Where not even the lower end is reached, it is beyond the `last` end seen.
pub(crate) fn of_wait(quantile: Result<QuantileEstimate, NotEnough>, last: f64, limit: f64) -> Verdict {
    match quantile {
        Err(reason) => Verdict::NotEnough(TooLittle::Nothing(reason)),
        Ok(QuantileEstimate { value, lower, upper, level, n, .. }) => {
            Verdict::of(Evidence { limit, value, lower: lower.unwrap_or(last), upper, level, n })
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of pages are far below 2^53, and an estimate is a float")]
pub(crate) const fn float(count: u64) -> f64 {
    count as f64
}

impl fmt::Display for Evidence {
    /// `2.31 [at least 2.10, at most 2.60 (95 %)] against 2, n = 12`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Some(value) => write!(f, "{value:.2}")?,
            None => f.write_str("not reached")?,
        }
        write!(f, " [at least {:.2}", self.lower)?;
        if let Some(upper) = self.upper {
            write!(f, ", at most {upper:.2}")?;
        }
        write!(f, " ({} %)] against {}, n = {}", self.level.get() * 100.0, self.limit, self.n)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds(evidence) => write!(f, "holds: {evidence}"),
            Self::Exceeds(evidence) => write!(f, "exceeds: {evidence}"),
            Self::NotEnough(TooLittle::Weeks { have, need }) => {
                write!(f, "not enough data: {have} weeks on call, and {need} are needed")
            }
            Self::NotEnough(TooLittle::Undecided(evidence)) => write!(f, "not enough data: {evidence}"),
            Self::NotEnough(TooLittle::Nothing(reason)) => reason.fmt(f),
        }
    }
}
