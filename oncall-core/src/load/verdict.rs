//! Whether a limit holds, as far as the numbers can tell.

use core::fmt;

use measure_core::clustered::ClusteredRatio;
use measure_core::rate::{CountSeries, Dispersion};
use measure_core::survival::QuantileEstimate;
use measure_core::{Level, Method, NotEnough, Proportion, Rate};

use crate::error::Error;
use crate::load::words::counted;

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
    /// Too few weeks with a night on call.
    WeeksOfNights {
        /// How many there are.
        have: u64,
        /// How many would be judged.
        need: u64,
    },
    /// Too few incidents behind the pages: of waits, one each; of a share, as many as these would be if all had the same
    /// number of pages (Kish's effective number).
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
    /// What was seen keeps the limit, by a bound at the level: so far, since what comes seldom may not have come yet.
    ///
    /// Where the true mean is just the limit, say 6 a week, a bound of 95 % may be wrong in 5 % of cases. In 12 weeks (in
    /// 4) this verdict is in 4 % (3 %) for Poisson counts, 7 % (10 %) for events that come in threes, 13 %
    /// (16 %) for weeks whose own means are exponential, and 29 % (63 %) where one week in ten has 42 and the others
    /// have 2: how often no such week was among those seen. Only more weeks help.
    Holds(Evidence),
    /// At the level, the limit is exceeded. Said wrongly in 3 %, 3 %, 2 % and 1 % of the cases above.
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

    /// Whether the limit is kept in what was seen; [`Verdict::Holds`] says how much that is worth.
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
pub(crate) fn of_rate(
    weeks: &CountSeries,
    limit: f64,
    least_weeks: u32,
    level: Level,
    too_few: impl Fn(u64, u64) -> TooLittle,
) -> Result<RateVerdict, Error> {
    let dispersion = weeks.dispersion(level);
    let n = u64::try_from(weeks.len()).unwrap_or(u64::MAX);
    let need = u64::from(least_weeks);
    if n < need {
        return Ok(RateVerdict { verdict: Verdict::NotEnough(too_few(n, need)), dispersion });
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
    let (with, pages) = (sum(&|(with, _)| *with), sum(&|(_, pages)| *pages));
    let share = Proportion::new(with, pages)?;
    let squares = incidents.iter().map(|(_, pages)| u128::from(*pages).saturating_pow(2)).fold(0, u128::saturating_add);
    let effective = u128::from(pages).saturating_pow(2).checked_div(squares).unwrap_or(0);
    let have = u64::try_from(effective).unwrap_or(u64::MAX);
    if pages > 0 && have < LEAST_INCIDENTS {
        return Ok(Verdict::NotEnough(TooLittle::Incidents { have, need: LEAST_INCIDENTS }));
    }
    let clusters = ClusteredRatio::of(incidents.iter().map(|(with, pages)| (float(*with), float(*pages))))?;
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

/// Incidents from which on their pages and their waits are judged, in effect.
const LEAST_INCIDENTS: u64 = 8;

/// These bounds, or those of the clusters where they are wider. Clusters that do not vary at all bound nothing.
fn wider(clusters: ClusteredRatio, lower: f64, upper: f64, level: Level) -> (f64, f64) {
    let varied = clusters.lower_bound(level).ok().zip(clusters.upper_bound(level).ok());
    varied.map_or((lower, upper), |(low, high)| (lower.min(low).max(0.0), upper.max(high)))
}

/// A quantile of waiting times, one an incident, against a limit. Its interval is two-sided, so that each end holds at
/// more than the level. Where not even the lower end is reached, it is beyond the `last` end seen. Of fewer than 8
/// incidents nothing is said.
pub(crate) fn of_wait(quantile: Result<QuantileEstimate, NotEnough>, last: f64, limit: f64) -> Verdict {
    match quantile {
        Err(reason) => Verdict::NotEnough(TooLittle::Nothing(reason)),
        Ok(QuantileEstimate { n: have, .. }) if have < LEAST_INCIDENTS => {
            Verdict::NotEnough(TooLittle::Incidents { have, need: LEAST_INCIDENTS })
        }
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
            Self::Holds(evidence) => write!(f, "holds so far: {evidence}"),
            Self::Exceeds(evidence) => write!(f, "exceeds: {evidence}"),
            Self::NotEnough(TooLittle::Weeks { have, need }) => {
                write!(f, "not enough data: {} on call, and {need} are needed", counted(*have, "week"))
            }
            Self::NotEnough(TooLittle::WeeksOfNights { have, need }) => {
                write!(f, "not enough data: {} with a night on call, and {need} are needed", counted(*have, "week"))
            }
            Self::NotEnough(TooLittle::Incidents { have, need }) => {
                write!(f, "not enough data: {} in effect, and {need} are needed", counted(*have, "incident"))
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
        let too_few = |have, need| TooLittle::Weeks { have, need };
        of_rate(&CountSeries::of_equal_periods(weeks).unwrap(), limit, 4, Level::P95, too_few).unwrap().verdict
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

    /// A count, drawn with Poisson counts of a mean.
    type Week = fn(&mut dyn FnMut(f64) -> u64) -> u64;

    #[test]
    fn a_limit_just_kept_is_seldom_called_exceeded_and_called_kept_as_often_as_the_docs_say() {
        // Weeks with a mean of 6 at the limit of 6: the figures of `Verdict::Holds`, in per cent of 2,000 cases.
        let mut state = 1_u64;
        let mut uniform = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            float(state >> 11) / float(1 << 53)
        };
        let mut poisson = |mean: f64| {
            let (mut product, mut count) = (uniform(), 0);
            while product > (-mean).exp() {
                (product, count) = (product * uniform(), count + 1);
            }
            count
        };
        let mut wrong = |weeks: usize, of: Week| {
            let (mut exceeds, mut holds) = (0, 0);
            for _ in 0..2_000 {
                let counts: Vec<u64> = (0..weeks).map(|_| of(&mut poisson)).collect();
                let verdict = verdict(&counts, 6.0);
                exceeds += u64::from(verdict.exceeds());
                holds += u64::from(verdict.holds());
            }
            (float(holds) / 20.0, float(exceeds) / 20.0)
        };
        let near = |(holds, exceeds): (f64, f64), expected: (f64, f64)| {
            assert!(
                (holds - expected.0).abs() < 3.5 && (exceeds - expected.1).abs() < 2.0,
                "{holds} {exceeds} {expected:?}"
            );
        };
        let one_by_one: Week = |poisson| poisson(6.0);
        let in_threes: Week = |poisson| 3 * poisson(2.0);
        near(wrong(12, one_by_one), (4.0, 3.0));
        near(wrong(4, one_by_one), (3.0, 2.0));
        near(wrong(12, in_threes), (7.0, 3.0));
        near(wrong(4, in_threes), (10.0, 3.0));
        // One week in ten; a Poisson count of 0.1054 is above 0 as often.
        let seldom: Week = |poisson| {
            let is_bad = poisson(0.105_360_5) > 0;
            poisson(if is_bad { 42.0 } else { 2.0 })
        };
        near(wrong(12, seldom), (29.0, 1.0));
        near(wrong(4, seldom), (63.0, 0.0));
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
        // One that waited for long, or two, are no verdict.
        let few = Verdict::NotEnough(TooLittle::Incidents { have: 1, need: 8 });
        assert_eq!(at(&waits(20.0, true, 1)), few);
        assert_eq!(few.to_string(), "not enough data: 1 incident in effect, and 8 are needed");
        assert!(at(&waits(20.0, true, 7)).evidence().is_none() && at(&waits(20.0, true, 8)).exceeds());
    }
}
