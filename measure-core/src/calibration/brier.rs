//! The mean squared error of forecasts, and what it is made of.

use super::bins::Binning;
use super::forecasts::Forecasts;
use super::mean_score::MeanScore;
use crate::effective::wilson;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::interval::Interval;
use crate::probability::Level;
use crate::proportion::count;
use crate::sample::LARGEST;
use crate::special::student_quantile;

/// The fewest of a kind whose scores say how much they vary: with Student's or a normal interval, which do not see what
/// rare events that have not happened yet would cost.
pub(super) const FEWEST: u64 = 5;

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
    /// The Brier score, the mean of `(forecast - outcome)^2` (Brier 1950), and what the forecaster would score on more
    /// events of the same kind: Wilson's interval for as many independent trials as the scores are worth,
    /// `score (1 - score) / variance`, with Student's t. It has as many degrees of freedom as there are events of the rarer
    /// kind, since their scores make most of the variance. Unlike Student's own it lies within 0 and 1 and leans to the
    /// side to which rare events would move the score.
    ///
    /// By simulation a 95 % interval covers 96 to 99 % for calibrated forecasts of events that happen 1 to 30 % of the time,
    /// where one or more of them are expected; Student's own, 63 to 94 %. Of rare events that have not happened yet, what
    /// they will cost is not known: there must be one of either kind.
    ///
    /// # Errors
    /// [`NotEnough`] with fewer than two forecasts, when all or none of the events happened, or when all are as far off
    /// but for rounding (all perfect, or all 1/2): see [`Forecasts::decomposition`] for the score alone.
    pub fn brier(&self, level: Level) -> Result<Estimate, NotEnough> {
        NotEnough::unless(self.n(), 2, "forecasts")?;
        let (happened, not) = self.both_kinds(1)?;
        let score = MeanScore::of(|| self.squares())?;
        let (value, half) = (score.value, score.half(happened.min(not), level));
        let other = 1.0 - value;
        // Scores that vary are on average neither 0 nor 1, but for rounding.
        if other <= 0.0 {
            return Err(NotEnough::NoSpread { n: self.n() });
        }
        let interval = wilson(value, other, half * half / (value * other), level);
        Ok(Estimate::of(value, interval, self.n(), IntervalMethod::WilsonEffective))
    }

    /// The Brier skill score `1 - score / (share (1 - share))`: 1 is perfect, 0 as good as always forecasting the share
    /// that happened, and below 0 worse. Student's interval, its variance by the delta method (the share is an estimate,
    /// too) and with as many degrees of freedom as there are events of the rarer kind, kept at 1 or less.
    ///
    /// By simulation a 95 % interval covers 91 to 95 % for skilled, calibrated forecasts of rare events (1 to 30 %) with 5 or more of
    /// them expected, and more where all forecasts are the base rate.
    ///
    /// # Errors
    /// [`NotEnough`] with fewer than 5 of a kind, when all forecasts are perfect, or when all are just the
    /// share that then happened.
    pub fn brier_skill(&self, level: Level) -> Result<Estimate, NotEnough> {
        let (happened, not) = self.both_kinds(FEWEST)?;
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
        let quantile = student_quantile(level.outside() / 2.0, count(happened.min(not)));
        let half = quantile * squares.sqrt() / n / reference;
        let value = 1.0 - ratio;
        let interval = Interval::between((value - half).max(-LARGEST), (value + half).min(1.0), level);
        Ok(Estimate::of(value, interval, self.n(), IntervalMethod::Student))
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
        let many = forecasts(&[(1.0, true), (0.0, false)].repeat(5));
        assert_eq!(many.brier_skill(Level::P95), Err(NotEnough::NoSpread { n: 10 }));
        // As far off but for the last bits: 0.3 that did not happen, and 0.7 that did.
        let even = forecasts(&[(0.3, false), (0.7, true), (0.7, true)]);
        assert_eq!(even.brier(Level::P95), Err(NotEnough::NoSpread { n: 3 }));
        assert_eq!(perfect.decomposition(Binning::default()).unwrap().score, 0.0);
        assert!(forecasts(&[(0.3, true), (0.2, true)]).brier_skill(Level::P95).is_err());
    }

    #[test]
    fn the_share_itself_says_nothing_of_how_its_skill_would_vary() {
        let rows = [(0.25, true), (0.25, false), (0.25, false), (0.25, false)].repeat(5);
        assert_eq!(forecasts(&rows).brier_skill(Level::P95), Err(NotEnough::NoSpread { n: 20 }));
        let nearly = forecasts(&rows.into_iter().map(|(p, y)| (p + 0.05, y)).collect::<Vec<_>>())
            .brier_skill(Level::P95)
            .unwrap();
        assert!(nearly.value() < 0.0 && nearly.interval().width() > 0.01);
    }

    #[test]
    fn tiny_and_sure_forecasts_are_fine() {
        let rows = [(5e-324, true), (0.0, false), (1.0, false), (f64::MIN_POSITIVE, false)];
        let brier = forecasts(&rows).brier(Level::P99).unwrap();
        assert!(
            brier.value() == 0.5 && brier.interval().lower() < 0.001 && brier.interval().upper() > 0.999,
            "{brier}"
        );
    }

    #[test]
    fn rare_events_that_have_not_happened_or_hardly_are_not_enough() {
        let rare = |happened: usize| forecasts(&(0..50).map(|at| (0.02, at < happened)).collect::<Vec<_>>());
        let missing = |need| Err(NotEnough::TooFew { of: "events that happened", have: 0, need });
        assert_eq!((rare(0).brier(Level::P95), rare(0).brier_skill(Level::P95)), (missing(1), missing(5)));
        // One of 50: as wide as an interval with one degree of freedom is.
        assert!(rare(1).brier(Level::P95).unwrap().interval().upper() > 0.3);
        assert!(rare(4).brier_skill(Level::P95).is_err() && rare(5).brier_skill(Level::P95).is_ok());
    }
}
