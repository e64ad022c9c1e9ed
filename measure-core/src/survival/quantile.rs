//! How long a given share takes.

use super::kaplan_meier::{KaplanMeier, ends, none_of};
use crate::probability::{Level, Probability};
use crate::special::normal_quantile;

/// A quantile of durations with its interval. An end that the observations do not reach is `None`, never infinity:
/// "at least 35 minutes, and no upper end yet" is an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct QuantileEstimate {
    /// The time by which the share has ended, in the unit of the durations; `None` if fewer have ended.
    pub value: Option<f64>,
    /// The lower end; `None` if not even that is reached.
    pub lower: Option<f64>,
    /// The upper end; `None` when nothing bounds it from above.
    pub upper: Option<f64>,
    /// The level of the interval.
    pub level: Level,
    /// How many observations it rests on.
    pub n: u64,
}

impl KaplanMeier {
    /// The time by which half have ended: the first with `S <= 1/2`.
    #[must_use]
    pub fn median(&self, level: Level) -> QuantileEstimate {
        self.quantile(Probability::clamped(0.5), level)
    }

    /// The time by which `share` have ended: the first with `S <= 1 - share`. Its interval inverts the pointwise band
    /// (Brookmeyer and Crowley 1982) of [`KaplanMeier::band`], all of its cases: from the first time at which the lower end
    /// of the band is as low, to the first at which its upper end is. Exact where the curve meets `1 - share` but for
    /// rounding (1e-12).
    ///
    /// While nothing has ended, the band reaches down to Clopper and Pearson's bound `((1 - level) / 2)^(1/n)`. Where
    /// already that is no higher than `1 - share`, so few observations do not bound the quantile from below, and its lower
    /// end is 0: for the 10 % quantile at 95 % with up to 35, for the median with up to 5.
    ///
    /// By simulation (exponential durations, none or 30 % censored) a 95 % interval covers 91 to 100 % for quantiles of
    /// 5 to 50 % of 3 to 20 observations, and 98 % for that of 1 % of 100.
    ///
    /// DIFFERS: R's `survfit(conf.type = "log-log")` and lifelines have no band while nothing has ended, so that their
    /// lower end is the first end seen at the earliest; for the 10 % quantile of 10 it covers 59 %. Beyond that the ends
    /// agree with R's, but where the curve (or an end of its band) is flat at just `1 - share`: R takes the middle of that
    /// stretch; lifelines and we its beginning. lifelines closes the band at the last time when all have ended, and so
    /// bounds every quantile from above; R and we do not.
    #[must_use]
    pub fn quantile(&self, share: Probability, level: Level) -> QuantileEstimate {
        let goal = share.complement().get();
        if goal >= 1.0 {
            return QuantileEstimate { value: Some(0.0), lower: Some(0.0), upper: Some(0.0), level, n: self.n() };
        }
        let z = normal_quantile(level.outside() / 2.0);
        let reached = goal * (1.0 + 1e-12);
        let mut found = QuantileEstimate { value: None, lower: None, upper: None, level, n: self.n() };
        if none_of(self.n(), level) <= reached {
            found.lower = Some(0.0);
        }
        let mut before = None;
        for (step, next) in self.steps().iter().zip(self.steps().iter().skip(1).map(Some).chain([None])) {
            // From this step until the next, all who are at risk there are known to last.
            let reaching = next.map_or(0, |next| next.at_risk);
            let (lower, upper) = ends(step, before, reaching, z, level);
            before = Some(step);
            for (end, share) in
                [(&mut found.lower, lower), (&mut found.value, step.survival), (&mut found.upper, upper)]
            {
                if share <= reached {
                    end.get_or_insert(step.time);
                }
            }
            if found.upper.is_some() {
                break;
            }
        }
        found
    }
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "small numbers, and a test fails by panicking"
)]
mod tests {
    use super::*;
    use crate::survival::Durations;

    #[test]
    fn an_end_that_is_not_reached_is_none() {
        let open = Durations::new([(1.0, true), (2.0, false), (3.0, false)]).unwrap().kaplan_meier().unwrap();
        let median = open.median(Level::P95);
        assert_eq!((median.value, median.lower, median.upper), (None, Some(0.0), None));
        let none = Durations::new([(1.0, false)]).unwrap().kaplan_meier().unwrap();
        let median = none.median(Level::P95);
        assert_eq!((median.value, median.lower, median.upper, median.n), (None, Some(0.0), None, 1));
        // A goal of 1 % is below Clopper and Pearson's bound for 1 of 1, 2.5 %.
        let nearly_all = none.quantile(Probability::new(0.99).unwrap(), Level::P95);
        assert_eq!(nearly_all.lower, None);
    }

    #[test]
    fn few_observations_do_not_bound_a_quantile_from_below() {
        let lower = |n: u32, share: f64| {
            let curve = Durations::all_observed((1..=n).map(f64::from)).unwrap().kaplan_meier().unwrap();
            curve.quantile(Probability::new(share).unwrap(), Level::P95).lower.unwrap()
        };
        // 0.025^(1/n) <= 1 - share up to log(0.025) / log(1 - share): 5.3 and 35.01 observations.
        assert_eq!((lower(5, 0.5), lower(6, 0.5) > 0.0), (0.0, true));
        assert_eq!((lower(35, 0.1), lower(36, 0.1)), (0.0, 1.0));
    }

    /// From the definition: the first time at which the interval for the share lasting longer reaches as low.
    #[test]
    fn it_inverts_the_interval_of_the_share() {
        let mut chance = crate::chance::Seed::new(6).generator();
        for round in 0..300_u32 {
            let rows: Vec<(f64, bool)> =
                (0..=round % 25).map(|_| (f64::from(chance.below(12)), chance.below(10) < 7)).collect();
            let curve = Durations::new(rows).unwrap().kaplan_meier().unwrap();
            let last = curve.steps().last().unwrap().time;
            let share = f64::from(1 + chance.below(9)) / 10.0;
            let found = curve.quantile(Probability::new(share).unwrap(), Level::P90);
            let goal = (1.0 - share) * (1.0 + 1e-12);
            let at = |time: f64| curve.survival_at(crate::survival::Elapsed::new(time).unwrap(), Level::P90);
            // Times are whole: a quarter beyond each lies what holds from there to the next, and just before 0 nothing.
            let reaches = |time: f64| at(time + 0.25).is_ok_and(|at| at.interval().lower() <= goal);
            let expected = (0..=12_u32).map(f64::from).find(|time| *time <= last && reaches(*time));
            if curve.steps()[0].time > 0.0 || found.lower != Some(0.0) {
                assert!(
                    found.lower == expected || (expected.is_none() && found.lower == Some(last)),
                    "{found:?} {expected:?}"
                );
            }
        }
    }

    #[test]
    fn rounding_does_not_move_a_quantile_to_the_next_time() {
        for n in 1..200_u32 {
            let curve = Durations::all_observed((1..=n).map(f64::from)).unwrap().kaplan_meier().unwrap();
            for percent in 1..=100_u32 {
                let share = Probability::new(f64::from(percent) / 100.0).unwrap();
                let value = curve.quantile(share, Level::P90).value.unwrap();
                // The least k with k / n >= percent / 100.
                assert_eq!(value, f64::from((n * percent).div_ceil(100)), "{percent} % of {n}");
            }
        }
    }

    #[test]
    fn nothing_has_ended_at_the_start_and_all_at_the_end() {
        let curve = Durations::all_observed([2.0, 4.0]).unwrap().kaplan_meier().unwrap();
        assert_eq!(curve.quantile(Probability::ZERO, Level::P95).value, Some(0.0));
        assert_eq!(curve.quantile(Probability::ONE, Level::P95).value, Some(4.0));
        assert_eq!(curve.quantile(Probability::ONE, Level::P95).upper, None);
        let equal = Durations::all_observed([7.0; 20]).unwrap().kaplan_meier().unwrap().median(Level::P95);
        assert_eq!((equal.lower, equal.value, equal.upper), (Some(7.0), Some(7.0), Some(7.0)));
    }
}
