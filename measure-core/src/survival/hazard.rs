//! How much hazard has built up by a time, by Nelson and Aalen.

use super::durations::{Durations, Elapsed};
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::interval::Interval;
use crate::probability::Level;
use crate::proportion::count;
use crate::sample::LARGEST;
use crate::special::normal_quantile;

impl Durations {
    /// The cumulative hazard up to `time`: `sum d_i / r_i` over the times at which something ended (Nelson 1972, Aalen
    /// 1978), with a normal interval on the log scale by the variance `sum d_i / r_i^2` (Klein and Moeschberger 2003,
    /// 4.2). A straight line over time means a constant hazard; one that bends down, that the long ones get longer. As
    /// R's `survfit(stype = 2, ctype = 1)`. DIFFERS: lifelines by default breaks ties up, as R's `ctype = 2` does.
    ///
    /// By simulation (exponential durations, 30 % censored) a 95 % interval covers 96 to 97 % with 10 to 40 observations,
    /// given that something has ended.
    ///
    /// # Errors
    /// [`NotEnough::TooFew`] when nothing has ended by then; [`NotEnough::NotReached`] beyond the last observation, if
    /// that was censored.
    pub fn cumulative_hazard_at(&self, time: Elapsed, level: Level) -> Result<Estimate, NotEnough> {
        let (mut hazard, mut variance, mut last) = (0.0, 0.0, None);
        for at in self.table().take_while(|at| at.time <= time.get()) {
            let share = count(at.events) / count(at.at_risk);
            hazard += share;
            variance += share / count(at.at_risk);
            last = Some(at);
        }
        if last.is_some_and(|at| {
            let leaves = at.at_risk.saturating_sub(at.events.saturating_add(at.censored));
            leaves == 0 && at.censored > 0 && at.time < time.get()
        }) {
            return Err(NotEnough::NotReached { n: self.n() });
        }
        if hazard <= 0.0 {
            return Err(NotEnough::TooFew { of: "events", have: 0, need: 1 });
        }
        let spread = normal_quantile(level.outside() / 2.0) * variance.sqrt() / hazard;
        let end = |spread: f64| (hazard * libm::exp(spread)).min(LARGEST);
        let interval = Interval::between(end(-spread).min(hazard), end(spread).max(hazard), level);
        Ok(Estimate::of(hazard, interval, self.n(), IntervalMethod::TransformedNormal))
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

    #[test]
    fn it_adds_up_the_shares_of_those_at_risk() {
        let durations = Durations::new([(1.0, true), (2.0, false), (3.0, true), (3.0, true), (4.0, true)]).unwrap();
        let at = |time| durations.cumulative_hazard_at(Elapsed::new(time).unwrap(), Level::P95);
        let expected = 1.0 / 5.0 + 2.0 / 3.0;
        assert!((at(3.5).unwrap().value() - expected).abs() < 1e-15);
        let spread = 1.959_963_984_540_054 * (1.0_f64 / 25.0 + 2.0 / 9.0).sqrt() / expected;
        assert!((at(3.5).unwrap().interval().upper() - expected * spread.exp()).abs() < 1e-13);
        assert_eq!(at(0.5), Err(NotEnough::TooFew { of: "events", have: 0, need: 1 }));
        assert!(at(9.0).is_ok());
        let open = Durations::new([(1.0, true), (2.0, false)]).unwrap();
        let beyond = open.cumulative_hazard_at(Elapsed::new(2.5).unwrap(), Level::P95);
        assert_eq!(beyond, Err(NotEnough::NotReached { n: 2 }));
        assert!(open.cumulative_hazard_at(Elapsed::new(2.0).unwrap(), Level::P95).is_ok());
    }
}
