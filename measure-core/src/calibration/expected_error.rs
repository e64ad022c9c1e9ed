//! How far, on average, the share that happened is from what was forecast.

use std::num::NonZeroU32;

use super::bins::{Bin, Binning};
use super::forecasts::Forecasts;
use crate::chance::{Chance, Seed};
use crate::estimate::NotEnough;
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::probability::Probability;
use crate::proportion::count;

/// The expected calibration error, beside what perfectly calibrated forecasts would show.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CalibrationError {
    /// The mean over the forecasts of `|mean forecast - share that happened|` in their bin; in `[0, 1]`.
    pub value: f64,
    /// What it would be on average if every forecast were exactly right: large for few forecasts, and 0 only when all are
    /// 0 or 1, which leave nothing to chance.
    pub if_calibrated: f64,
    /// Whether the value is too large for calibrated forecasts: the share of simulations with one as large, the
    /// observed one counted in.
    pub test: Test,
    /// How many bins are not empty.
    pub bins: u64,
    /// How many forecasts.
    pub n: u64,
    /// How many simulations `if_calibrated` and the p-value rest on.
    pub simulations: u32,
}

impl Forecasts {
    /// The expected calibration error over the bins (Naeini, Cooper and Hauskrecht 2015; bins of equal mass: Nixon and
    /// others 2019), and what chance makes of it. The share in a bin strays from the forecasts by chance alone, so that the
    /// error of perfect forecasts is not 0 but about `0.8 sqrt(bins p (1 - p) / n)`; hence the simulation, which draws
    /// outcomes at the probabilities forecast (consistency resampling, Bröcker and Smith 2007). It takes `simulations` times
    /// `n` draws; 1000 simulations tell a p-value of 5 % to 0.7 points.
    ///
    /// # Errors
    /// [`NotEnough`] without forecasts.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use measure_core::{Probability, Seed, calibration::{Binning, Forecasts}};
    /// let p = |value| Probability::new(value);
    /// let twenty = Forecasts::new([(p(0.7)?, true); 12].into_iter().chain([(p(0.7)?, false); 8]));
    /// let error = twenty.calibration_error(Binning::default(), NonZeroU32::new(1000).unwrap(), Seed::new(1))?;
    /// // 60 % happened of what was forecast at 70 %; by chance alone it would be 8 points off on average.
    /// assert!((error.value - 0.1).abs() < 1e-12 && (error.if_calibrated - 0.08).abs() < 0.01);
    /// assert!(error.test.p_value().get() > 0.3);
    /// # Ok::<(), measure_core::Error>(())
    /// ```
    pub fn calibration_error(
        &self,
        binning: Binning,
        simulations: NonZeroU32,
        seed: Seed,
    ) -> Result<CalibrationError, NotEnough> {
        NotEnough::unless(self.n(), 1, "forecasts")?;
        let (bins, n) = (self.binned(binning), count(self.n()));
        let value = bins.iter().map(|bin| (bin.sum - count(bin.happened)).abs()).sum::<f64>() / n;
        let mut chance = seed.generator();
        let (mut sum, mut as_large) = (0.0, 1_u32);
        for _ in 0..simulations.get() {
            let drawn = bins.iter().map(|bin| (bin.sum - count(draw(bin, &mut chance))).abs()).sum::<f64>() / n;
            sum += drawn;
            // Equal but for rounding counts as equal.
            if drawn >= value * (1.0 - 1e-12) {
                as_large = as_large.saturating_add(1);
            }
        }
        let p_value = Probability::clamped(f64::from(as_large) / (f64::from(simulations.get()) + 1.0));
        Ok(CalibrationError {
            value,
            if_calibrated: sum / f64::from(simulations.get()),
            test: Test::of(value, p_value, Alternative::Greater, TestMethod::ConsistencyResampling, self.n()),
            bins: u64::try_from(bins.len()).unwrap_or(u64::MAX),
            n: self.n(),
            simulations: simulations.get(),
        })
    }
}

/// How many events of a bin happen when each has the probability that was forecast.
fn draw(bin: &Bin, chance: &mut Chance) -> u64 {
    let mut happened = 0_u64;
    for ties in &bin.ties {
        for _ in 0..ties.all() {
            happened = happened.saturating_add(u64::from(chance.unit() < ties.value));
        }
    }
    happened
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers, and a test fails by panicking")]
mod tests {
    use super::*;

    fn error(rows: &[(f64, bool)], simulations: u32) -> CalibrationError {
        Forecasts::new(rows.iter().map(|(p, y)| (Probability::new(*p).unwrap(), *y)))
            .calibration_error(Binning::default(), NonZeroU32::new(simulations).unwrap(), Seed::new(4))
            .unwrap()
    }

    #[test]
    fn sure_and_right_is_zero_and_sure_and_wrong_is_one() {
        let right = error(&[(1.0, true), (0.0, false)], 50);
        assert_eq!((right.value, right.if_calibrated, right.test.p_value()), (0.0, 0.0, Probability::ONE));
        let wrong = error(&[(1.0, false), (0.0, true)], 99);
        assert_eq!((wrong.value, wrong.test.p_value().get()), (1.0, 0.01));
        assert!(Forecasts::default().calibration_error(Binning::default(), NonZeroU32::MIN, Seed::new(1)).is_err());
    }

    #[test]
    fn the_same_seed_gives_the_same_answer() {
        let rows: Vec<_> = (0..200).map(|i| (f64::from(i) / 200.0, i % 3 == 0)).collect();
        assert_eq!(error(&rows, 100), error(&rows, 100));
    }

    #[test]
    fn chance_alone_makes_the_error_that_theory_says() {
        // One bin of 400 at 1/2: E|X - 200| / 400 = sqrt(2 / pi) 10 / 400.
        let rows: Vec<_> = (0..400).map(|i| (0.5, i % 2 == 0)).collect();
        let expected = (2.0 / std::f64::consts::PI).sqrt() * 10.0 / 400.0;
        // Four standard errors of 4,000 half-normals, whose standard deviation is 0.6 * 10 / 400.
        assert!((error(&rows, 4_000).if_calibrated - expected).abs() < 4.0 * 0.6 * 0.025 / 4_000.0_f64.sqrt());
    }
}
