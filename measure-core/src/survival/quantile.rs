//! How long a given share takes.

use super::kaplan_meier::{KaplanMeier, log_log};
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
    /// (Brookmeyer and Crowley 1982) on the log(-log) scale: from the first time at which the lower end of the band is as
    /// low, to the first at which its upper end is. Exact where the curve meets `1 - share` but for rounding (1e-12).
    ///
    /// The ends agree with R's `survfit(conf.type = "log-log")`. DIFFERS: where the curve (or an end of its band) is
    /// flat at just `1 - share`, R takes the middle of that stretch; lifelines and we its beginning. lifelines closes the
    /// band at the last time when all have ended, and so bounds every quantile from above; R and we do not.
    #[must_use]
    pub fn quantile(&self, share: Probability, level: Level) -> QuantileEstimate {
        let goal = share.complement().get();
        if goal >= 1.0 {
            return QuantileEstimate { value: Some(0.0), lower: Some(0.0), upper: Some(0.0), level, n: self.n() };
        }
        let z = normal_quantile(level.outside() / 2.0);
        let reached = goal * (1.0 + 1e-12);
        let mut found = QuantileEstimate { value: None, lower: None, upper: None, level, n: self.n() };
        let mut before = 1.0;
        for step in self.steps().iter().filter(|step| step.events > 0) {
            let (lower, upper) = if step.survival > 0.0 {
                log_log(step, z)
            } else if before < 1.0 {
                (0.0, 1.0)
            } else {
                super::kaplan_meier::ends(step, None, step.at_risk, z, level)
            };
            before = step.survival;
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
        assert_eq!((median.value, median.lower, median.upper), (None, Some(1.0), None));
        let none = Durations::new([(1.0, false)]).unwrap().kaplan_meier().unwrap().median(Level::P95);
        assert_eq!((none.value, none.lower, none.upper, none.n), (None, None, None, 1));
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
