//! What clusters say about the population they were drawn from.

use super::ClusteredRatio;
use crate::error::Error;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::interval::Interval;
use crate::probability::{Level, Probability};
use crate::proportion::count;
use crate::special::{student_quantile, student_sf};

/// A [`ClusteredRatio`] of clusters drawn without replacement from a population of known size: the variance is less by
/// the share that was drawn (the finite population correction, `1 - k / K`; Cochran 1977, section 6.3).
///
/// ```
/// use measure_core::{Level, clustered::ClusteredRatio};
/// let asked = ClusteredRatio::of([(21.0, 120.0), (64.0, 158.0), (33.0, 150.0), (70.0, 160.0)])?;
/// let team = asked.out_of(6)?;
/// assert_eq!(format!("{:.2}", team.measured(Level::P95)?.interval()), "0.20 to 0.44 (95 %)");
/// // Four of four: nothing is left to chance.
/// assert_eq!(asked.out_of(4)?.standard_error()?, 0.0);
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampledRatio {
    ratio: ClusteredRatio,
    /// `None` for a population without bound.
    // INVARIANT: at least the number of clusters.
    population: Option<u64>,
}

impl SampledRatio {
    pub(super) const fn new(ratio: ClusteredRatio, population: u64) -> Result<Self, Error> {
        if ratio.clusters > population {
            return Err(Error::ClustersExceedPopulation { clusters: ratio.clusters, population });
        }
        Ok(Self { ratio, population: Some(population) })
    }

    pub(super) const fn of_many(ratio: ClusteredRatio) -> Self {
        Self { ratio, population: None }
    }

    /// The standard error of the estimate.
    ///
    /// # Errors
    /// [`NotEnough`] for fewer than two clusters, or where all denominators are 0.
    pub fn standard_error(self) -> Result<f64, NotEnough> {
        let k = count(self.ratio.clusters);
        // Exact: a difference of two near counts is no matter of floats.
        let left = self.population.map_or(1.0, |population| {
            count(population.saturating_sub(self.ratio.clusters)) / count(population).max(k).max(1.0)
        });
        Ok(left.sqrt() * self.ratio.deviation()?)
    }

    /// The estimate with its two-sided interval at `level`; see [`ClusteredRatio::measured`]. A point where the whole
    /// population was drawn.
    ///
    /// # Errors
    /// As [`ClusteredRatio::measured`].
    pub fn measured(self, level: Level) -> Result<Estimate, NotEnough> {
        let value = self.ratio.estimate()?;
        let reach = self.reach(level.outside() / 2.0)?;
        let interval = Interval::between(value - reach, value + reach, level);
        Ok(Estimate::of(value, interval, self.ratio.clusters, IntervalMethod::ClusterT))
    }

    /// The one-sided bound: at `level`, the ratio of the population is at least this.
    ///
    /// # Errors
    /// As [`ClusteredRatio::measured`].
    pub fn lower_bound(self, level: Level) -> Result<f64, NotEnough> {
        Ok(self.ratio.estimate()? - self.reach(level.outside())?)
    }

    /// The one-sided bound: at `level`, the ratio of the population is at most this.
    ///
    /// # Errors
    /// As [`ClusteredRatio::measured`].
    pub fn upper_bound(self, level: Level) -> Result<f64, NotEnough> {
        Ok(self.ratio.estimate()? + self.reach(level.outside())?)
    }

    /// How firmly the clusters put the ratio of the population above `cap`; see [`ClusteredRatio::probability_above`].
    ///
    /// # Errors
    /// [`Error::CapOutOfRange`] for a cap that is not finite; [`NotEnough`] as [`ClusteredRatio::measured`] has it.
    pub fn probability_above(self, cap: f64) -> Result<Probability, Error> {
        if !cap.is_finite() {
            return Err(Error::CapOutOfRange { given: cap });
        }
        let (ratio, error) = (self.ratio.estimate()?, self.spread()?);
        if error <= 0.0 {
            return Ok(if ratio > cap { Probability::ONE } else { Probability::ZERO });
        }
        // Beyond, nothing changes; the quotient may be infinite.
        let t = ((cap - ratio) / error).clamp(-1e300, 1e300);
        Ok(Probability::clamped(student_sf(t, self.freedom())))
    }

    fn freedom(self) -> f64 {
        count(self.ratio.clusters) - 1.0
    }

    fn reach(self, side: f64) -> Result<f64, NotEnough> {
        Ok(self.spread()? * student_quantile(side, self.freedom()))
    }

    /// The standard error, which is 0 only where the whole population was drawn.
    fn spread(self) -> Result<f64, NotEnough> {
        let error = self.standard_error()?;
        if error > 0.0 || self.population == Some(self.ratio.clusters) {
            Ok(error)
        } else {
            Err(NotEnough::NoSpread { n: self.ratio.clusters })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> ClusteredRatio {
        ClusteredRatio::of([(21.0, 120.0), (64.0, 158.0), (33.0, 150.0), (70.0, 160.0)]).unwrap()
    }

    #[test]
    fn the_correction_is_the_root_of_the_share_left() {
        let (many, some) = (asked().standard_error().unwrap(), asked().out_of(16).unwrap().standard_error().unwrap());
        assert!((some / many - 0.75_f64.sqrt()).abs() < 1e-15);
        let refused = Error::ClustersExceedPopulation { clusters: 4, population: 3 };
        assert_eq!(asked().out_of(3), Err(refused));
    }

    #[test]
    fn a_whole_population_has_a_certain_answer() {
        let all = asked().out_of(4).unwrap();
        let estimate = all.measured(Level::P95).unwrap();
        assert_eq!(estimate.interval().width(), 0.0);
        let at = estimate.value();
        assert_eq!(all.probability_above(at), Ok(Probability::ZERO));
        assert_eq!(all.probability_above(at - 1e-9), Ok(Probability::ONE));
    }

    #[test]
    fn the_probability_is_a_half_at_the_estimate_and_what_lies_outside_at_a_bound() {
        let (ratio, level) = (asked(), Level::P90);
        let at = |cap| ratio.probability_above(cap).unwrap().get();
        assert_eq!(at(ratio.estimate().unwrap()), 0.5);
        assert!((at(ratio.upper_bound(level).unwrap()) - 0.1).abs() < 1e-12);
        assert!((at(ratio.lower_bound(level).unwrap()) - 0.9).abs() < 1e-12);
        assert_eq!((at(-1e308), at(1e308) < 1e-300), (1.0, true));
        assert!(matches!(ratio.probability_above(f64::NAN), Err(Error::CapOutOfRange { .. })));
    }
}
