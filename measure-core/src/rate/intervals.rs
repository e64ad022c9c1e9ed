//! Garwood's exact interval for a Poisson rate.

use super::Rate;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::interval::Interval;
use crate::probability::Level;
use crate::proportion::count;
use crate::special::{Tail, gamma_quantile};

impl Rate {
    /// The rate with its two-sided exact interval (Garwood 1936): quantiles of gamma distributions with shapes `count`
    /// and `count + 1`, over the exposure; the lower end is 0 without events. Covers at least the level, if the events
    /// come one by one (see [`super::CountSeries::dispersion`]). `n` is the number of events.
    ///
    /// # Errors
    /// [`NotEnough`] without exposure.
    pub fn garwood(self, level: Level) -> Result<Estimate, NotEnough> {
        let value = self.estimate()?;
        let side = level.outside() / 2.0;
        // The ends invert a test that the estimate itself always passes, so rounding must not push it out.
        let (lower, upper) = (self.lower_end(side)?.min(value), self.upper_end(side)?.max(value));
        Ok(Estimate::of(value, Interval::between(lower, upper, level), self.count, IntervalMethod::Garwood))
    }

    /// The one-sided exact bound: at `level`, the true rate is at least this.
    ///
    /// # Errors
    /// [`NotEnough`] without exposure.
    pub fn lower_bound(self, level: Level) -> Result<f64, NotEnough> {
        self.lower_end(level.outside())
    }

    /// The one-sided exact bound: at `level`, the true rate is at most this. Without events it is
    /// `-ln(1 - level) / exposure`: the rule of three, since `-ln 0.05` is 2.996.
    ///
    /// # Errors
    /// [`NotEnough`] without exposure.
    pub fn upper_bound(self, level: Level) -> Result<f64, NotEnough> {
        self.upper_end(level.outside())
    }

    /// The rate at which so many events or more have the probability `side`.
    fn lower_end(self, side: f64) -> Result<f64, NotEnough> {
        let exposure = self.watched()?;
        if self.count == 0 {
            return Ok(0.0);
        }
        Ok(gamma_quantile(count(self.count), Tail::Lower(side)) / exposure)
    }

    /// The rate at which so many events or fewer have the probability `side`.
    fn upper_end(self, side: f64) -> Result<f64, NotEnough> {
        Ok(gamma_quantile(count(self.count) + 1.0, Tail::Upper(side)) / self.watched()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_events_the_upper_bound_has_a_closed_form() {
        for level in [0.001, 0.5, 0.8, 0.95, 0.999_999] {
            let level = Level::new(level).unwrap();
            let bound = Rate::new(0, 300.0).unwrap().upper_bound(level).unwrap();
            assert!((bound * 300.0 / -level.outside().ln() - 1.0).abs() < 1e-13, "{level}: {bound}");
            assert_eq!(Rate::new(0, 300.0).unwrap().lower_bound(level), Ok(0.0));
        }
    }

    #[test]
    fn at_the_ends_a_tail_is_what_lies_outside() {
        for events in [1, 2, 17, 400, 123_456, 100_000_000] {
            let rate = Rate::new(events, 2.5).unwrap();
            let interval = rate.garwood(Level::P95).unwrap().interval();
            let (low, high) = (rate.tail_at_least(interval.lower()), rate.tail_at_most(interval.upper()));
            for tail in [low.unwrap().get(), high.unwrap().get()] {
                assert!((tail / 0.025 - 1.0).abs() < 1e-11, "{events} {tail}");
            }
        }
    }

    #[test]
    fn the_largest_counts_have_an_interval() {
        for (events, exposure) in [(1, 1e-100), (u64::MAX, 1e-100), (u64::MAX, 1e100), (u64::MAX / 3, 1.0)] {
            let estimate = Rate::new(events, exposure).unwrap().garwood(Level::P99).unwrap();
            assert!(estimate.interval().contains(estimate.value()), "{estimate:?}");
        }
        assert_eq!(Rate::ZERO.garwood(Level::P95), Err(NotEnough::NoExposure));
    }
}
