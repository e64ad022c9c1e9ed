//! Intervals for a proportion: Wilson, Clopper-Pearson and Jeffreys, two-sided and one-sided.

use super::{Proportion, count};
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::interval::Interval;
use crate::probability::Level;
use crate::special::{Tail, beta_quantile, normal_quantile};

/// How an interval for a proportion is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Method {
    /// Inverts the score test (Wilson 1927). Covers close to the level on average; the default for display.
    Wilson,
    /// Inverts the exact binomial test (Clopper and Pearson 1934). Covers at least the level, always: for gates.
    ClopperPearson,
    /// Quantiles of the Jeffreys posterior `Beta(x + 1/2, n - x + 1/2)`, with the lower end 0 for no successes
    /// and the upper end 1 for no failures (Brown, Cai and Dasgupta 2001).
    Jeffreys,
}

impl Method {
    const fn of_interval(self) -> IntervalMethod {
        match self {
            Self::Wilson => IntervalMethod::Wilson,
            Self::ClopperPearson => IntervalMethod::ClopperPearson,
            Self::Jeffreys => IntervalMethod::Jeffreys,
        }
    }
}

impl Proportion {
    /// The estimate with its two-sided interval at `level`: an answer as all modules of the crate give it, which says its
    /// method and what is missing. [`Proportion::interval`] is the bare interval, for callers that hold the counts and
    /// need no reason: the only thing that can be missing is a trial.
    ///
    /// # Errors
    /// [`NotEnough`] without trials.
    pub fn measured(self, method: Method, level: Level) -> Result<Estimate, NotEnough> {
        let nothing = NotEnough::TooFew { of: "trials", have: self.trials, need: 1 };
        let (value, interval) = self.estimate().zip(self.interval(method, level)).ok_or(nothing)?;
        Ok(Estimate::of(value, interval, self.trials, method.of_interval()))
    }

    /// The two-sided interval at `level`; `None` without trials. As an answer with its reasons:
    /// [`Proportion::measured`].
    #[must_use]
    pub fn interval(self, method: Method, level: Level) -> Option<Interval> {
        let side = level.outside() / 2.0;
        let (mut lower, mut upper) = (self.lower_end(method, side)?, self.upper_end(method, side)?);
        // Both invert a test that the estimate itself always passes, so rounding must not push it out.
        if method != Method::Jeffreys {
            let estimate = self.estimate()?;
            (lower, upper) = (lower.min(estimate), upper.max(estimate));
        }
        Some(Interval::clamped(lower, upper, level))
    }

    /// The two-sided Wilson score interval, without continuity correction; `None` without trials.
    #[must_use]
    pub fn wilson(self, level: Level) -> Option<Interval> {
        self.interval(Method::Wilson, level)
    }

    /// The two-sided Clopper-Pearson ("exact") interval; `None` without trials.
    #[must_use]
    pub fn clopper_pearson(self, level: Level) -> Option<Interval> {
        self.interval(Method::ClopperPearson, level)
    }

    /// The two-sided, equal-tailed Jeffreys interval; `None` without trials.
    #[must_use]
    pub fn jeffreys(self, level: Level) -> Option<Interval> {
        self.interval(Method::Jeffreys, level)
    }

    /// The one-sided lower bound: at `level`, the true probability is at least this. In `[0, 1]`; `None` without
    /// trials.
    #[must_use]
    pub fn lower_bound(self, method: Method, level: Level) -> Option<f64> {
        self.lower_end(method, level.outside())
    }

    /// The one-sided upper bound: at `level`, the true probability is at most this. In `[0, 1]`; `None` without
    /// trials.
    ///
    /// ```
    /// use measure_core::{Level, Method, Proportion};
    /// // The rule of three: no failure in 300 runs shows a failure rate below about 3/300.
    /// let failures = Proportion::new(0, 300)?;
    /// let bound = failures.upper_bound(Method::ClopperPearson, Level::P95).unwrap();
    /// assert!((bound - 0.00994).abs() < 1e-5);
    /// # Ok::<(), measure_core::Error>(())
    /// ```
    #[must_use]
    pub fn upper_bound(self, method: Method, level: Level) -> Option<f64> {
        self.upper_end(method, level.outside())
    }

    /// The end below which the method leaves the probability `side`.
    fn lower_end(self, method: Method, side: f64) -> Option<f64> {
        if self.trials == 0 {
            return None;
        }
        if self.successes == 0 {
            return Some(0.0);
        }
        let (successes, failures) = (count(self.successes), count(self.failures()));
        Some(match method {
            Method::Wilson => wilson_ends(successes, failures, side).0,
            Method::ClopperPearson => beta_quantile(successes, failures + 1.0, Tail::Lower(side)),
            Method::Jeffreys => beta_quantile(successes + 0.5, failures + 0.5, Tail::Lower(side)),
        })
    }

    /// The end above which the method leaves the probability `side`.
    fn upper_end(self, method: Method, side: f64) -> Option<f64> {
        if self.trials == 0 {
            return None;
        }
        if self.failures() == 0 {
            return Some(1.0);
        }
        let (successes, failures) = (count(self.successes), count(self.failures()));
        Some(match method {
            Method::Wilson => wilson_ends(successes, failures, side).1,
            Method::ClopperPearson => beta_quantile(successes + 1.0, failures, Tail::Upper(side)),
            Method::Jeffreys => beta_quantile(successes + 0.5, failures + 0.5, Tail::Upper(side)),
        })
    }
}

/// The roots of `(p - x/n)^2 = z^2 p (1 - p) / n`. The end nearer to its side of the unit interval comes from the
/// product of the roots, since the difference in the textbook form loses its digits there.
fn wilson_ends(successes: f64, failures: f64, side: f64) -> (f64, f64) {
    let z = normal_quantile(side);
    // Not the other way round: beyond 2^53 a difference of floats would lose the failures.
    let (trials, square) = (successes + failures, z * z);
    let root = z.abs() * (square / 4.0 + successes / trials * failures).sqrt();
    let (low, high) = (successes + square / 2.0, failures + square / 2.0);
    let scale = trials + square;
    // lower x upper = x^2 / (n (n + z^2)), and the same for the failures from the other side.
    let lower = successes / trials * successes / (low + root);
    let upper = (low + root) / scale;
    let far_upper = 1.0 - failures / trials * failures / (high + root);
    let upper = if upper > 0.5 { far_upper } else { upper };
    let lower = if lower > 0.5 { 1.0 - (high + root) / scale } else { lower };
    if side > 0.5 { (upper, lower) } else { (lower, upper) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METHODS: [Method; 3] = [Method::Wilson, Method::ClopperPearson, Method::Jeffreys];

    #[test]
    fn one_sided_bounds_are_ends_of_the_interval_with_twice_the_outside() {
        let proportion = Proportion::new(3, 50).unwrap();
        for method in METHODS {
            let both = proportion.interval(method, Level::P90).unwrap();
            let (lower, upper) =
                (proportion.lower_bound(method, Level::P95), proportion.upper_bound(method, Level::P95));
            assert!((both.lower() - lower.unwrap()).abs() < 1e-14, "{method:?}");
            assert!((both.upper() - upper.unwrap()).abs() < 1e-14, "{method:?}");
        }
    }

    #[test]
    fn a_one_sided_bound_below_even_odds_is_on_the_other_side_of_the_estimate() {
        let (proportion, level) = (Proportion::new(30, 50).unwrap(), Level::new(0.1).unwrap());
        for method in METHODS {
            let (lower, upper) = (proportion.lower_bound(method, level), proportion.upper_bound(method, level));
            assert!(lower.unwrap() > 0.6 && upper.unwrap() < 0.6, "{method:?} {lower:?} {upper:?}");
        }
    }

    #[test]
    fn one_failure_of_more_than_a_float_counts_is_not_lost() {
        let level = Level::new(0.5).unwrap();
        for trials in [1 << 52, 1 << 54, 1 << 60, u64::MAX] {
            let bound = Proportion::new(trials - 1, trials).unwrap().upper_bound(Method::Wilson, level).unwrap();
            assert!((1.0 - 2.0 / count(trials) - 1e-15..=1.0).contains(&bound), "{trials}: {bound}");
            let bound = Proportion::new(1, trials).unwrap().lower_bound(Method::Wilson, level).unwrap();
            assert!((bound * count(trials) - 1.0).abs() < 1e-9, "{trials}: {bound}");
        }
    }

    #[test]
    fn bounds_at_both_ends_of_the_level_are_probabilities_in_order() {
        for (successes, trials) in [(1, 3), (0, 1), (1, 1), (500, 1_000), (u64::MAX / 3, u64::MAX)] {
            let proportion = Proportion::new(successes, trials).unwrap();
            for method in METHODS {
                let at = |level| {
                    (proportion.lower_bound(method, level).unwrap(), proportion.upper_bound(method, level).unwrap())
                };
                let (low, high) = (at(Level::LOWEST), at(Level::HIGHEST));
                assert!(0.0 <= high.0 && high.0 <= low.0 && low.0 <= 1.0, "{method:?} {low:?} {high:?}");
                assert!(0.0 <= low.1 && low.1 <= high.1 && high.1 <= 1.0, "{method:?} {low:?} {high:?}");
            }
        }
    }

    #[test]
    fn rounding_does_not_push_the_estimate_out() {
        // Both ends are 1 to 16 digits, and the estimate is a unit in the last place below.
        let proportion = Proportion::new(66_156_998_282_971_899, 66_156_998_282_971_900).unwrap();
        for method in [Method::Wilson, Method::ClopperPearson] {
            let interval = proportion.interval(method, Level::new(0.755_811_106_108_876_5).unwrap()).unwrap();
            assert!(interval.contains(proportion.estimate().unwrap()), "{method:?} {interval:?}");
        }
    }

    #[test]
    fn the_largest_counts_have_an_interval() {
        for successes in [1, 1_000_000, u64::MAX / 1000, u64::MAX / 2, u64::MAX - 1] {
            let proportion = Proportion::new(successes, u64::MAX).unwrap();
            for method in METHODS {
                let interval = proportion.interval(method, Level::P95).unwrap();
                assert!(interval.contains(proportion.estimate().unwrap()), "{successes} {method:?} {interval}");
            }
        }
    }
}
