//! Reading an interval off bootstrap replicates.

use super::{Ends, IN_EACH, OBSERVATIONS, Statistic};
use crate::descriptive::{interpolated, needed};
use crate::error::Error;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::interval::Interval;
use crate::probability::{Level, Probability};
use crate::proportion::count;
use crate::sample::{LARGEST, Sample, float};
use crate::special::{normal_cdf, normal_quantile};

/// An estimate, its values on resamples, and its values with each observation left out.
///
/// Made by [`Bootstrap`](super::Bootstrap), or from what was computed elsewhere.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Replicates {
    // INVARIANT: within LARGEST.
    estimate: f64,
    replicates: Sample,
    jackknives: Vec<Sample>,
    ends: Ends,
    percentile: IntervalMethod,
    n: u64,
    /// The quantile that is estimated, if one is, and from how many observations of the smaller sample.
    quantile: Option<(Probability, u64)>,
    /// By what part of the largest replicate two may differ that are equal but for rounding.
    rounding: f64,
}

impl Replicates {
    /// From replicates computed elsewhere: `jackknives` has, for each sample that was resampled, the values of the
    /// statistic with each of its observations left out.
    ///
    /// # Errors
    /// [`Error::ObservationOutOfRange`] when the estimate is not finite or beyond [`LARGEST`].
    pub fn new(estimate: f64, replicates: Sample, jackknives: Vec<Sample>) -> Result<Self, Error> {
        if estimate.abs() <= LARGEST {
            let n = jackknives.iter().map(Sample::n).fold(0, u64::saturating_add);
            Ok(Self { rounding: 0.0, ..Self::drawn(estimate, replicates, jackknives, Ends::Bca, n) })
        } else {
            Err(Error::ObservationOutOfRange { index: 0, given: estimate, others: 0 })
        }
    }

    pub(super) fn drawn(estimate: f64, replicates: Sample, jackknives: Vec<Sample>, ends: Ends, n: u64) -> Self {
        // A sum of n terms in four parts is off by some 0.07 sqrt(n) roundings; six times that, and a few for the rest.
        let rounding = f64::EPSILON * (8.0 + 0.5 * count(n).sqrt());
        let percentile = IntervalMethod::BootstrapPercentile;
        Self { estimate, replicates, jackknives, ends, percentile, n, quantile: None, rounding }
    }

    /// Of a statistic with a name, from as many observations of the smaller sample.
    pub(super) fn of_statistic(self, statistic: Statistic, fewest: u64) -> Self {
        Self { quantile: statistic.quantile().map(|at| (at, fewest)), ..self }
    }

    /// Drawn in blocks.
    pub(super) fn in_blocks(self) -> Self {
        Self { percentile: IntervalMethod::BlockBootstrap, ..self }
    }

    /// The statistic of the observations themselves.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.estimate
    }

    /// The statistic of each resample, ascending.
    #[must_use]
    pub const fn replicates(&self) -> &Sample {
        &self.replicates
    }

    /// For each sample, ascending, the statistic with each of its observations left out; empty when the interval does
    /// not need them, or where one of them is not finite.
    #[must_use]
    pub fn jackknives(&self) -> &[Sample] {
        &self.jackknives
    }

    /// The standard deviation of the replicates: the bootstrap standard error (Efron 1979).
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        crate::descriptive::standard_deviation(&self.replicates)
    }

    /// The estimate with the interval that was asked for.
    ///
    /// # Errors
    /// As [`Bootstrap::of`](super::Bootstrap::of) for a quantile; [`NotEnough::TooFew`] resamples for the level: each side needs one outside, `(resamples + 1) outside / 2 >= 1`.
    pub fn estimate(&self, level: Level) -> Result<Estimate, NotEnough> {
        match self.ends {
            Ends::Bca => self.bca(level),
            Ends::Percentile => self.percentile(level),
        }
    }

    /// With quantiles of the replicates (type 7 of Hyndman and Fan, as numpy's `linear`) as ends: those that leave half
    /// of what is outside the level on each side (Efron 1979).
    ///
    /// # Errors
    /// As for [`Replicates::estimate`].
    pub fn percentile(&self, level: Level) -> Result<Estimate, NotEnough> {
        let side = level.outside() / 2.0;
        self.read((side, 1.0 - side), level, self.percentile)
    }

    /// With bias-corrected and accelerated ends (Efron 1987; Efron and Tibshirani 1993, section 14.3).
    ///
    /// The bias `z0` is the normal quantile of the share of replicates below the estimate, those equal to it counted
    /// half. Equal are those, too, that differ by as little as rounding makes of sums in another order, so that the
    /// interval does not depend on the unit; of replicates computed elsewhere ([`Replicates::new`]) those alone that are
    /// equal to the bit. The acceleration comes from the skewness of the jackknife, over the samples as Efron and Tibshirani's
    /// equation 15.36 has it. Both as `scipy.stats.bootstrap`, whose ends these are to the last digits, given its
    /// replicates.
    ///
    /// Where `z0` is infinite (all replicates on one side) or the jackknife does not vary, it is the percentile
    /// interval, and the answer says so. DIFFERS: scipy returns NaN there. DIFFERS: where the acceleration is so strong
    /// that its formula passes a pole, the end is the outermost replicate; scipy takes the other branch, whose ends are
    /// out of order.
    ///
    /// # Errors
    /// As for [`Replicates::estimate`].
    pub fn bca(&self, level: Level) -> Result<Estimate, NotEnough> {
        let side = level.outside() / 2.0;
        let (Some(bias), Some(acceleration)) = (self.bias(), acceleration(&self.jackknives)) else {
            return self.read((side, 1.0 - side), level, IntervalMethod::BootstrapPercentileInsteadOfBca);
        };
        let z = normal_quantile(side);
        let share = |z: f64| {
            let moved = bias + z;
            let room = 1.0 - acceleration * moved;
            if room > 0.0 { normal_cdf(bias + moved / room) } else { f64::from(moved > 0.0) }
        };
        self.read((share(-z), share(z)), level, IntervalMethod::BootstrapBca)
    }

    fn read(&self, shares: (f64, f64), level: Level, method: IntervalMethod) -> Result<Estimate, NotEnough> {
        if let Some((at, have)) = self.quantile {
            if at == Probability::ZERO || at == Probability::ONE {
                return Err(NotEnough::NotReached { n: self.n });
            }
            let of = if have == self.n { OBSERVATIONS } else { IN_EACH };
            NotEnough::unless(have, needed(at, level), of)?;
        }
        NotEnough::unless(self.replicates.n(), resamples_needed(level), "resamples")?;
        let at = |share: f64| interpolated(self.replicates.values(), share);
        let ends = at(shares.0).zip(at(shares.1)).ok_or(NotEnough::TooFew { of: "resamples", have: 0, need: 1 })?;
        Ok(Estimate::of(self.estimate, Interval::between(ends.0, ends.1, level), self.n, method))
    }

    /// `z0`; `None` when all replicates are on one side.
    fn bias(&self) -> Option<f64> {
        let values = self.replicates.values();
        let largest =
            values.first().into_iter().chain(values.last()).fold(0.0_f64, |most, value| most.max(value.abs()));
        let slack = largest * self.rounding;
        let below = values.partition_point(|value| *value < self.estimate - slack);
        let at_or_below = values.partition_point(|value| *value <= self.estimate + slack);
        let share = (float(below) + float(at_or_below)) / (2.0 * float(values.len()));
        (share > 0.0 && share < 1.0).then(|| -normal_quantile(share))
    }
}

/// `sum (U^3) / n^3` over `6 (sum (U^2) / n^2)^1.5`, both summed over the samples, with
/// `U = (n - 1) (mean of the jackknife - value)`; `None` where it does not vary.
fn acceleration(jackknives: &[Sample]) -> Option<f64> {
    let deviations = |jackknife: &Sample| {
        let mean = crate::descriptive::mean(jackknife).unwrap_or(0.0);
        let weight = (float(jackknife.len()) - 1.0) / float(jackknife.len());
        jackknife.values().iter().map(|value| (mean - value) * weight).collect::<Vec<f64>>()
    };
    let deviations: Vec<Vec<f64>> = jackknives.iter().map(deviations).collect();
    // The acceleration has no scale; powers of what is at most 1 stay finite.
    let largest = deviations.iter().flatten().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let (mut cubes, mut squares) = (0.0, 0.0);
    for value in deviations.iter().flatten().map(|value| value / largest) {
        cubes += value * value * value;
        squares += value * value;
    }
    let spread = squares * squares.sqrt();
    (largest > 0.0 && spread > 0.0).then(|| cubes / (6.0 * spread))
}

/// The least `B` with `(B + 1) outside / 2 >= 1`.
fn resamples_needed(level: Level) -> u64 {
    let needed = (2.0 / level.outside() * (1.0 - 1e-12)).ceil() - 1.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1; saturates")]
    let needed = needed as u64;
    needed
}
