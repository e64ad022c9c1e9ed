//! How long they last on average, up to a horizon.

use super::durations::{Durations, Elapsed};
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::interval::Interval;
use crate::probability::Level;
use crate::proportion::count;
use crate::special::normal_quantile;

/// The area under the curve up to the horizon and its variance, in units of the horizon and of its square.
struct Area {
    mean: f64,
    variance: f64,
}

impl Durations {
    /// The mean of the durations, each cut off at `horizon`: the area under the Kaplan-Meier curve up to there, with a
    /// normal interval kept within 0 and the horizon. Unlike the plain mean it needs no guess on those still open.
    ///
    /// The variance is `sum A_i^2 d_i / (r_i (r_i - d_i))` with `A_i` the area from the time `i` to the horizon (Klein
    /// and Moeschberger 2003, 4.5; R's `print(survfit, rmean = horizon)`). DIFFERS: the variance of
    /// `restricted_mean_survival_time(return_variance = True)` in lifelines is that of one duration, not of their mean.
    ///
    /// By simulation (exponential durations, 30 % censored) a 95 % interval covers 87 to 90 % with 10 observations, 92 to
    /// 93 % with 20 and 94 % from 40 on.
    ///
    /// # Errors
    /// [`NotEnough::NotReached`] when the last observation is censored before the horizon; [`NotEnough::TooFew`] when
    /// nothing has ended before the horizon, [`NotEnough::NoSpread`] when all ended at one time: then the observations do
    /// not say how much the mean may be off.
    ///
    /// ```
    /// use measure_core::{Level, survival::{Durations, Elapsed}};
    /// let incidents = Durations::new([(12.0, true), (20.0, true), (45.0, true), (70.0, false), (90.0, true)])?;
    /// let mean = incidents.restricted_mean(Elapsed::new(60.0)?, Level::P95)?;
    /// assert_eq!(format!("{mean:.1}"), "39.4 [21.8 to 57.0 (95 %)], n = 5, normal");
    /// # Ok::<(), measure_core::Error>(())
    /// ```
    pub fn restricted_mean(&self, horizon: Elapsed, level: Level) -> Result<Estimate, NotEnough> {
        let area = self.area(horizon)?;
        if area.variance <= 0.0 {
            return Err(NotEnough::NoSpread { n: self.n() });
        }
        let half = normal_quantile(level.outside() / 2.0) * area.variance.sqrt();
        let (low, high) = ((area.mean - half).max(0.0), (area.mean + half).min(1.0));
        let scale = horizon.get();
        let interval = Interval::between(low * scale, high * scale, level);
        Ok(Estimate::of(area.mean * scale, interval, self.n(), IntervalMethod::Normal))
    }

    fn area(&self, horizon: Elapsed) -> Result<Area, NotEnough> {
        NotEnough::unless(self.n(), 1, "observations")?;
        let end = horizon.get();
        let curve = self.kaplan_meier()?;
        let within = curve.steps().partition_point(|step| step.time < end);
        let steps = curve.steps().get(..within).unwrap_or(&[]);
        let reached = curve.steps().len() > within || steps.last().is_none_or(|step| step.survival <= 0.0);
        if !reached {
            return Err(NotEnough::NotReached { n: self.n() });
        }
        if steps.iter().all(|step| step.events == 0) {
            return Err(NotEnough::TooFew { of: "events before the horizon", have: 0, need: 1 });
        }
        // From the horizon back, so that the area beyond each time is at hand.
        let (mut mean, mut variance, mut next) = (0.0, 0.0, end);
        for step in steps.iter().rev() {
            mean += step.survival * ((next - step.time) / end);
            next = step.time;
            let left = step.at_risk.saturating_sub(step.events);
            if left > 0 {
                variance += mean * mean * (count(step.events) / count(step.at_risk) / count(left));
            }
        }
        Ok(Area { mean: mean + next / end, variance })
    }
}

/// The restricted mean of `x` less that of `y` up to the same horizon, with a normal interval: how much longer the first
/// take, in the unit of the durations. It needs no proportional hazards.
///
/// # Errors
/// As [`Durations::restricted_mean`], for either; [`NotEnough::NoSpread`] only when neither varies.
pub fn restricted_mean_difference(
    x: &Durations,
    y: &Durations,
    horizon: Elapsed,
    level: Level,
) -> Result<Estimate, NotEnough> {
    let (one, other) = (x.area(horizon)?, y.area(horizon)?);
    let (n, variance) = (x.n().saturating_add(y.n()), one.variance + other.variance);
    if variance <= 0.0 {
        return Err(NotEnough::NoSpread { n });
    }
    let (difference, scale) = (one.mean - other.mean, horizon.get());
    let half = normal_quantile(level.outside() / 2.0) * variance.sqrt();
    let end = |value: f64| value.clamp(-1.0, 1.0) * scale;
    let interval = Interval::between(end(difference - half), end(difference + half), level);
    Ok(Estimate::of(difference * scale, interval, n, IntervalMethod::Normal))
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

    fn mean(rows: &[(f64, bool)], horizon: f64) -> Result<Estimate, NotEnough> {
        Durations::new(rows.iter().copied()).unwrap().restricted_mean(Elapsed::new(horizon).unwrap(), Level::P95)
    }

    #[test]
    fn without_censoring_it_is_the_mean_of_what_is_cut_off() {
        let durations = [3.0, 0.0, 8.0, 5.0, 5.0, 13.0, 2.0];
        let rows = durations.map(|duration| (duration, true));
        for horizon in [4.0, 5.0, 13.0, 20.0] {
            let cut = durations.map(|duration: f64| duration.min(horizon));
            let plain = cut.iter().sum::<f64>() / 7.0;
            let variance = cut.iter().map(|x| (x - plain).powi(2)).sum::<f64>() / 49.0;
            let estimate = mean(&rows, horizon).unwrap();
            assert!((estimate.value() - plain).abs() < 1e-14 * plain, "{horizon}");
            let upper = (plain + 1.959_963_984_540_054 * variance.sqrt()).min(horizon);
            assert!((estimate.interval().upper() - upper).abs() < 1e-12, "{horizon}");
        }
    }

    #[test]
    fn what_cannot_be_known_is_refused() {
        assert_eq!(mean(&[], 1.0), Err(NotEnough::TooFew { of: "observations", have: 0, need: 1 }));
        assert_eq!(mean(&[(1.0, true), (2.0, false)], 3.0), Err(NotEnough::NotReached { n: 2 }));
        assert!(mean(&[(1.0, true), (2.0, false)], 2.0).is_ok());
        assert_eq!(mean(&[(1.0, true), (1.0, true)], 3.0), Err(NotEnough::NoSpread { n: 2 }));
        let none = NotEnough::TooFew { of: "events before the horizon", have: 0, need: 1 };
        assert_eq!(mean(&[(4.0, true), (5.0, false)], 3.0), Err(none));
        assert_eq!(mean(&[(4.0, true), (5.0, false)], 0.0), Err(none));
    }

    #[test]
    fn extreme_durations_do_not_overflow() {
        let huge = mean(&[(1e300, true), (5e299, true), (1e299, false)], 1e300).unwrap();
        assert_eq!(huge.value(), 7.5e299);
        let tiny = mean(&[(5e-324, true), (1e-323, true)], 1e-323).unwrap();
        assert!(tiny.value() > 0.0);
    }

    #[test]
    fn the_difference_is_that_of_the_means() {
        let one = Durations::new([(3.0, true), (9.0, false), (5.0, true)]).unwrap();
        let other = Durations::new([(1.0, true), (2.0, true), (8.0, true)]).unwrap();
        let horizon = Elapsed::new(8.0).unwrap();
        let difference = restricted_mean_difference(&one, &other, horizon, Level::P95).unwrap();
        let (x, y) =
            (one.restricted_mean(horizon, Level::P95).unwrap(), other.restricted_mean(horizon, Level::P95).unwrap());
        assert!((difference.value() - (x.value() - y.value())).abs() < 1e-14);
        assert_eq!(difference.n(), 6);
    }
}
