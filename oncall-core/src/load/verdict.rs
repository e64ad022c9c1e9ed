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
    /// Too few incidents behind the pages: as many as these would be if all had the same number of pages (Kish's
    /// effective number).
    Incidents {
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
        let (lower, upper) = wider(clustered, lower, upper, level);
        (value, lower, upper)
    }))
}

/// A share of pages against a limit. Each incident has so many pages that count for it and so many in all.
///
/// Pages of one incident are alike, so the bounds are the wider of two: Clopper and Pearson's, which take the pages one
/// by one, and those of a ratio over incidents ([`ClusteredRatio`]). Where a few incidents have most of the pages,
/// neither is wide enough: below 8 of them in effect (Kish 1965: the square of the sum over the sum of squares), nothing
/// is said.
pub(crate) fn of_share(incidents: &[(u64, u64)], limit: f64, level: Level) -> Result<Verdict, Error> {
    let sum = |of: &dyn Fn(&(u64, u64)) -> u64| incidents.iter().map(of).fold(0, u64::saturating_add);
    let (counted, pages) = (sum(&|(counted, _)| *counted), sum(&|(_, pages)| *pages));
    let share = Proportion::new(counted, pages)?;
    let squares = incidents.iter().map(|(_, pages)| u128::from(*pages).saturating_pow(2)).fold(0, u128::saturating_add);
    let effective = u128::from(pages).saturating_pow(2).checked_div(squares).unwrap_or(0);
    let have = u64::try_from(effective).unwrap_or(u64::MAX);
    if pages > 0 && have < LEAST_INCIDENTS {
        return Ok(Verdict::NotEnough(TooLittle::Incidents { have, need: LEAST_INCIDENTS }));
    }
    let clusters = ClusteredRatio::of(incidents.iter().map(|(counted, pages)| (float(*counted), float(*pages))))?;
    let bounds = || {
        let method = Method::ClopperPearson;
        Some((share.estimate()?, share.lower_bound(method, level)?, share.upper_bound(method, level)?))
    };
    Ok(match bounds() {
        None => Verdict::NotEnough(TooLittle::Nothing(NotEnough::TooFew { of: "pages", have: 0, need: 1 })),
        Some((value, lower, upper)) => {
            let (lower, upper) = wider(clusters, lower, upper, level);
            Verdict::of(Evidence {
                limit,
                value: Some(value),
                lower,
                upper: Some(upper.min(1.0)),
                level,
                n: share.trials(),
            })
        }
    })
}

/// Incidents from which on a share of their pages is judged, in effect.
const LEAST_INCIDENTS: u64 = 8;

/// These bounds, or those of the clusters where they are wider. Clusters that do not vary at all bound nothing.
fn wider(clusters: ClusteredRatio, lower: f64, upper: f64, level: Level) -> (f64, f64) {
    let varied = clusters.lower_bound(level).ok().zip(clusters.upper_bound(level).ok());
    varied.map_or((lower, upper), |(low, high)| (lower.min(low).max(0.0), upper.max(high)))
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
            Self::NotEnough(TooLittle::Incidents { have, need }) => {
                write!(f, "not enough data: pages of {have} incidents in effect, and {need} are needed")
            }
            Self::NotEnough(TooLittle::Undecided(evidence)) => write!(f, "not enough data: {evidence}"),
            Self::NotEnough(TooLittle::Nothing(reason)) => reason.fmt(f),
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn verdict(weeks: &[u64], limit: f64) -> Verdict {
        of_rate(&CountSeries::of_equal_periods(weeks).unwrap(), limit, 4, Level::P95).unwrap().verdict
    }

    #[test]
    fn a_bad_week_is_not_a_verdict_and_bad_weeks_are() {
        assert_eq!(verdict(&[9, 9, 9], 2.0), Verdict::NotEnough(TooLittle::Weeks { have: 3, need: 4 }));
        assert!(matches!(verdict(&[1, 2, 30, 2, 1, 2], 2.0), Verdict::NotEnough(TooLittle::Undecided(_))));
        assert!(verdict(&[5, 4, 6, 5, 7, 4], 2.0).exceeds());
        assert!(verdict(&[1, 0, 1, 0, 1, 0, 1, 1], 2.0).holds());
        // Weeks that are alike still bound no more than so many events do.
        assert!(matches!(verdict(&[2, 2, 2, 2], 2.0), Verdict::NotEnough(TooLittle::Undecided(_))));
        assert!(verdict(&[0; 8], 2.0).holds());
        assert_eq!(
            verdict(&[5, 4, 6, 5, 7, 4], 2.0).to_string(),
            "exceeds: 5.17 [at least 3.74, at most 6.97 (95 %)] against 2, n = 6"
        );
    }

    #[test]
    fn a_limit_just_kept_is_seldom_called_exceeded_however_the_weeks_vary() {
        // Weeks with a mean of 6 at the limit of 6: counts one by one, and in bursts of three.
        let mut state = 1_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            float(state >> 11) / float(1 << 53)
        };
        for (burst, seldom) in [(1, 0.06), (3, 0.08)] {
            let mut poisson = |mean: f64| {
                let (mut product, mut count) = (uniform(), 0);
                while product > (-mean).exp() {
                    (product, count) = (product * uniform(), count + 1);
                }
                count
            };
            let (mut exceeds, mut holds) = (0, 0);
            for _ in 0..2_000 {
                let weeks: Vec<u64> = (0..12).map(|_| burst * poisson(6.0 / float(burst))).collect();
                let verdict = verdict(&weeks, 6.0);
                exceeds += u64::from(verdict.exceeds());
                holds += u64::from(verdict.holds());
            }
            assert!(
                float(exceeds) / 2_000.0 < seldom && float(holds) / 2_000.0 < 2.0 * seldom,
                "{burst}: {exceeds} {holds}"
            );
        }
    }

    #[test]
    fn pages_of_one_incident_are_alike_and_count_for_less() {
        let verdict = |noisy: &[u64]| {
            let pages: Vec<(u64, u64)> = noisy.iter().map(|n| (*n, *n)).chain([(0, 1); 10]).collect();
            of_share(&pages, 0.3, Level::P95).unwrap()
        };
        // 40 pages without action beside 10 with: of 40 incidents, of ten, or of one that paged 40 times.
        assert!(verdict(&[1; 40]).exceeds() && verdict(&[4; 10]).exceeds());
        assert_eq!(verdict(&[40]), Verdict::NotEnough(TooLittle::Incidents { have: 1, need: 8 }));
        let width = |verdict: Verdict| verdict.evidence().map(|seen| seen.upper.unwrap() - seen.lower).unwrap();
        assert!(width(verdict(&[4; 10])) > width(verdict(&[1; 40])));
        let none = of_share(&[], 0.3, Level::P95).unwrap();
        assert_eq!(none.to_string(), "not enough data: 0 pages, and 1 is needed");
    }

    #[test]
    fn a_wait_is_too_long_when_even_its_lower_end_is() {
        let waits = |minutes: f64, ended: bool, n| {
            measure_core::survival::Durations::new((0..n).map(|_| (minutes, ended))).unwrap().kaplan_meier()
        };
        let at = |curve: &Result<measure_core::survival::KaplanMeier, NotEnough>| {
            let share = measure_core::Probability::new(0.9).unwrap();
            let last = curve.as_ref().ok().and_then(|curve| curve.steps().last()).map_or(0.0, |step| step.time);
            of_wait(curve.as_ref().map(|c| c.quantile(share, Level::P95)).map_err(|e| *e), last, 5.0)
        };
        assert!(at(&waits(9.0, true, 60)).exceeds());
        assert!(!at(&waits(9.0, false, 60)).holds());
        assert!(matches!(at(&waits(1.0, true, 0)), Verdict::NotEnough(_)));
    }
}
