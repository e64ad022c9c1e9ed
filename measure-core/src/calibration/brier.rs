//! The mean squared error of forecasts, and what it is made of.

use super::bins::Binning;
use super::forecasts::{Forecasts, Mean};
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::interval::Interval;
use crate::probability::Level;
use crate::proportion::count;
use crate::sample::LARGEST;
use crate::special::normal_quantile;

/// The Brier score taken apart (Murphy 1973), with what is lost to binning (Stephenson, Coelho and Jolliffe 2008):
/// `score = reliability - resolution + uncertainty + within_variance - within_covariance`, but for rounding. With
/// [`Binning::Distinct`] the last two are 0.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BrierDecomposition {
    /// The Brier score: 0 is perfect, 1 the worst.
    pub score: f64,
    /// How far the shares that happened are from the forecasts: `sum n_k (mean forecast - share)^2 / n`. Small is good.
    pub reliability: f64,
    /// How far the shares of the bins are from the overall share. Large is good.
    pub resolution: f64,
    /// The variance of what happened, `share (1 - share)`: the score of always forecasting the overall share.
    pub uncertainty: f64,
    /// The variance of the forecasts within their bins.
    pub within_variance: f64,
    /// Twice the covariance of forecast and outcome within the bins: resolution that the bins hide.
    pub within_covariance: f64,
    /// How many bins are not empty.
    pub bins: u64,
    /// How many forecasts.
    pub n: u64,
}

impl Forecasts {
    /// The Brier score, the mean of `(forecast - outcome)^2` (Brier 1950), with Student's interval for a mean, kept
    /// within 0 and 1: what the forecaster would score on more events of the same kind.
    ///
    /// # Errors
    /// [`NotEnough`] with fewer than two forecasts or when all are as far off (all perfect, or all 1/2): see
    /// [`Forecasts::decomposition`] for the score alone.
    pub fn brier(&self, level: Level) -> Result<Estimate, NotEnough> {
        let Mean { value, half } = Mean::of(|| self.squares(), level)?;
        let interval = Interval::clamped(value - half, value + half, level);
        Ok(Estimate::of(value, interval, self.n(), IntervalMethod::Student))
    }

    /// The Brier skill score `1 - score / (share (1 - share))`: 1 is perfect, 0 as good as always forecasting the share
    /// that happened, and below 0 worse. Normal interval, its variance by the delta method (the share is an estimate,
    /// too), kept at 1 or less.
    ///
    /// # Errors
    /// [`NotEnough`] when all or none of the events happened, when all forecasts are perfect, or when all are just the
    /// share that then happened.
    pub fn brier_skill(&self, level: Level) -> Result<Estimate, NotEnough> {
        let (happened, not) = self.both_kinds(1)?;
        let n = count(self.n());
        let share = count(happened) / n;
        let reference = share * (count(not) / n);
        let score = self.score();
        let ratio = score / reference;
        // The influence of one forecast on the ratio, times the reference.
        let influence = |square: f64, outcome: f64| {
            let on_reference = (1.0 - 2.0 * share) * (outcome - share);
            square - score - ratio * on_reference
        };
        let of = |value: f64, outcome: f64| influence((value - outcome) * (value - outcome), outcome);
        let squares: f64 = self
            .ties()
            .map(|ties| {
                let (one, zero) = (of(ties.value, 1.0), of(ties.value, 0.0));
                one * one * count(ties.flagged) + zero * zero * count(ties.plain)
            })
            .sum();
        // Influences that are 0 but for rounding: the share alone, as if it had been known.
        if score <= 0.0 || squares <= n * (1e-12 * reference) * (1e-12 * reference) {
            return Err(NotEnough::NoSpread { n: self.n() });
        }
        let half = normal_quantile(level.outside() / 2.0) * squares.sqrt() / n / reference;
        let value = 1.0 - ratio;
        let interval = Interval::between((value - half).max(-LARGEST), (value + half).min(1.0), level);
        Ok(Estimate::of(value, interval, self.n(), IntervalMethod::Normal))
    }

    /// The Brier score taken apart over the bins.
    ///
    /// # Errors
    /// [`NotEnough`] without forecasts.
    ///
    /// ```
    /// use measure_core::{Probability, calibration::{Binning, Forecasts}};
    /// let p = |value| Probability::new(value);
    /// // 20 % forecast four times and happened once; 70 % twice, and happened both times.
    /// let forecasts = Forecasts::new([
    ///     (p(0.2)?, false), (p(0.2)?, true), (p(0.2)?, false), (p(0.2)?, false), (p(0.7)?, true), (p(0.7)?, true),
    /// ]);
    /// let parts = forecasts.decomposition(Binning::Distinct)?;
    /// assert!((parts.reliability - (4.0 * 0.05_f64.powi(2) + 2.0 * 0.3_f64.powi(2)) / 6.0).abs() < 1e-15);
    /// assert!((parts.score - (parts.reliability - parts.resolution + parts.uncertainty)).abs() < 1e-15);
    /// # Ok::<(), measure_core::Error>(())
    /// ```
    pub fn decomposition(&self, binning: Binning) -> Result<BrierDecomposition, NotEnough> {
        NotEnough::unless(self.n(), 1, "forecasts")?;
        let n = count(self.n());
        let overall = count(self.happened()) / n;
        let (mut reliability, mut resolution, mut within_variance, mut within_covariance) = (0.0, 0.0, 0.0, 0.0);
        let bins = self.binned(binning);
        for bin in &bins {
            let (mean, share, size) = (bin.mean(), bin.share(), count(bin.n));
            reliability += size * (mean - share) * (mean - share);
            resolution += size * (share - overall) * (share - overall);
            for ties in &bin.ties {
                let off = ties.value - mean;
                within_variance += off * off * count(ties.all());
                within_covariance += off * ((1.0 - share) * count(ties.flagged) - share * count(ties.plain));
            }
        }
        Ok(BrierDecomposition {
            score: self.score(),
            reliability: reliability / n,
            resolution: resolution / n,
            uncertainty: overall * (1.0 - overall),
            within_variance: within_variance / n,
            within_covariance: 2.0 * (within_covariance / n),
            bins: u64::try_from(bins.len()).unwrap_or(u64::MAX),
            n: self.n(),
        })
    }

    /// Every squared error with how often it occurs.
    fn squares(&self) -> impl Iterator<Item = (f64, u64)> {
        self.ties().flat_map(|ties| {
            let miss = 1.0 - ties.value;
            [(miss * miss, ties.flagged), (ties.value * ties.value, ties.plain)]
        })
    }

    /// The Brier score of at least one forecast.
    fn score(&self) -> f64 {
        self.squares().map(|(square, times)| square * count(times)).sum::<f64>() / count(self.n())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probability::Probability;

    fn forecasts(rows: &[(f64, bool)]) -> Forecasts {
        Forecasts::new(rows.iter().map(|(value, happened)| (Probability::new(*value).unwrap(), *happened)))
    }

    #[test]
    fn what_does_not_vary_has_no_interval() {
        assert_eq!(forecasts(&[]).brier(Level::P95), Err(NotEnough::TooFew { of: "forecasts", have: 0, need: 2 }));
        assert!(forecasts(&[(0.3, true)]).brier(Level::P95).is_err());
        let perfect = forecasts(&[(1.0, true), (0.0, false), (1.0, true)]);
        assert_eq!(perfect.brier(Level::P95), Err(NotEnough::NoSpread { n: 3 }));
        assert_eq!(perfect.brier_skill(Level::P95), Err(NotEnough::NoSpread { n: 3 }));
        assert_eq!(perfect.decomposition(Binning::default()).unwrap().score, 0.0);
        assert!(forecasts(&[(0.3, true), (0.2, true)]).brier_skill(Level::P95).is_err());
    }

    #[test]
    fn the_share_itself_says_nothing_of_how_its_skill_would_vary() {
        let rows = [(0.25, true), (0.25, false), (0.25, false), (0.25, false)];
        assert_eq!(forecasts(&rows).brier_skill(Level::P95), Err(NotEnough::NoSpread { n: 4 }));
        let nearly = forecasts(&rows.map(|(p, y)| (p + 0.05, y))).brier_skill(Level::P95).unwrap();
        assert!(nearly.value() < 0.0 && nearly.interval().width() > 0.01);
    }

    #[test]
    fn tiny_and_sure_forecasts_are_fine() {
        let rows = [(5e-324, true), (0.0, false), (1.0, false), (f64::MIN_POSITIVE, false)];
        let brier = forecasts(&rows).brier(Level::P99).unwrap();
        assert_eq!((brier.value(), brier.interval().lower(), brier.interval().upper()), (0.5, 0.0, 1.0));
    }
}
