//! Observations of which some count for more than others.

use crate::error::Error;
use crate::estimate::NotEnough;
use crate::probability::Probability;
use crate::sample::{LARGEST, Sample};

/// Observations with weights of 0 or more: hours behind a rate, requests behind a latency.
///
/// Those of no weight are dropped. May be empty.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<(f64, f64)>", into = "Vec<(f64, f64)>")
)]
pub struct WeightedSample {
    // INVARIANT: ascending, finite, within LARGEST, no -0; each with a weight above 0 whose sum is finite.
    values: Vec<(f64, f64)>,
}

impl WeightedSample {
    /// From pairs of an observation and its weight.
    ///
    /// # Errors
    /// [`Error::ObservationOutOfRange`] as for [`Sample::new`]; [`Error::WeightOutOfRange`] when a weight is negative,
    /// not finite, or beyond [`LARGEST`]; [`Error::WeightsOverflow`] when their sum is beyond it.
    pub fn new(mut pairs: Vec<(f64, f64)>) -> Result<Self, Error> {
        // The one check of what may be an observation.
        Sample::new(pairs.iter().map(|(value, _)| *value).collect())?;
        checked_weights(pairs.iter().map(|(_, weight)| *weight))?;
        pairs.retain(|(_, weight)| *weight > 0.0);
        pairs.iter_mut().for_each(|(value, _)| *value += 0.0);
        pairs.sort_by(|(one, first), (other, second)| one.total_cmp(other).then(first.total_cmp(second)));
        Ok(Self { values: pairs })
    }

    /// The observations with their weights, ascending.
    #[must_use]
    pub fn pairs(&self) -> &[(f64, f64)] {
        &self.values
    }

    /// How many have a weight.
    #[must_use]
    pub fn n(&self) -> u64 {
        u64::try_from(self.values.len()).unwrap_or(u64::MAX)
    }

    /// The sum of the weights.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.values.iter().map(|(_, weight)| weight).sum()
    }

    /// Both together.
    ///
    /// # Errors
    /// [`Error::WeightsOverflow`] when the sum of the weights is beyond [`LARGEST`].
    pub fn merge(mut self, other: &Self) -> Result<Self, Error> {
        self.values.extend_from_slice(&other.values);
        Self::new(self.values)
    }

    /// The least observation that has a share of at least `at` of the weight at or below it: the inverse of the weighted
    /// distribution function, as numpy's `quantile(weights=, method="inverted_cdf")`. Weights that are whole numbers
    /// give what repeating each observation as often gives by [`QuantileRule::InvertedCdf`](super::QuantileRule).
    ///
    /// Interpolating rules have no agreed weighted form; there is none here.
    ///
    /// # Errors
    /// [`NotEnough::TooFew`] when nothing has a weight.
    pub fn quantile(&self, at: Probability) -> Result<f64, NotEnough> {
        let goal = at.get() * self.weight();
        let mut passed = 0.0;
        let found = self.values.iter().find(|(_, weight)| {
            passed += weight;
            passed >= goal
        });
        let found = found.or(self.values.last()).map(|(value, _)| *value);
        found.ok_or(NotEnough::TooFew { of: "observations with a weight", have: 0, need: 1 })
    }

    /// The weighted mean.
    ///
    /// # Errors
    /// [`NotEnough::TooFew`] when nothing has a weight.
    pub fn mean(&self) -> Result<f64, NotEnough> {
        let weight = self.weight();
        let ends = self.values.first().zip(self.values.last());
        let (low, high) = ends.ok_or(NotEnough::TooFew { of: "observations with a weight", have: 0, need: 1 })?;
        // Shares of the weight: a product of two large numbers would overflow.
        let mean = self.values.iter().map(|(value, share)| value * (share / weight)).sum::<f64>();
        Ok(mean.clamp(low.0, high.0))
    }
}

/// Weights of 0 or more whose sum a float can hold.
pub(crate) fn checked_weights(weights: impl Iterator<Item = f64> + Clone) -> Result<(), Error> {
    let fits = |weight: f64| (0.0..=LARGEST).contains(&weight);
    if let Some((index, given)) = weights.clone().enumerate().find(|(_, weight)| !fits(*weight)) {
        let others = weights.filter(|weight| !fits(*weight)).count().saturating_sub(1);
        return Err(Error::WeightOutOfRange { index, given, others });
    }
    let sum: f64 = weights.sum();
    if sum <= LARGEST { Ok(()) } else { Err(Error::WeightsOverflow) }
}

impl TryFrom<Vec<(f64, f64)>> for WeightedSample {
    type Error = Error;

    fn try_from(pairs: Vec<(f64, f64)>) -> Result<Self, Error> {
        Self::new(pairs)
    }
}

impl From<WeightedSample> for Vec<(f64, f64)> {
    fn from(sample: WeightedSample) -> Self {
        sample.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_weight_does_not_count() {
        let sample = WeightedSample::new(vec![(9.0, 0.0), (3.0, 1.0), (1.0, 3.0)]).unwrap();
        assert_eq!((sample.n(), sample.weight(), sample.mean()), (2, 4.0, Ok(1.5)));
        let at = |q: f64| sample.quantile(Probability::new(q).unwrap()).unwrap();
        assert_eq!((at(0.0), at(0.75), at(0.76), at(1.0)), (1.0, 1.0, 3.0, 3.0));
        let nothing = WeightedSample::new(vec![(9.0, 0.0)]).unwrap();
        assert!(nothing.quantile(Probability::ONE).is_err() && nothing.mean().is_err());
        assert_eq!(sample.clone().merge(&nothing), Ok(sample));
    }

    #[test]
    fn weights_and_observations_out_of_range_are_refused() {
        for weight in [-1.0, f64::NAN, f64::INFINITY, 1.1e300] {
            let refused = WeightedSample::new(vec![(1.0, 2.0), (1.0, weight)]);
            assert!(matches!(refused, Err(Error::WeightOutOfRange { index: 1, others: 0, .. })), "{weight}");
        }
        assert_eq!(WeightedSample::new(vec![(1.0, 1e300), (2.0, 1e300)]), Err(Error::WeightsOverflow));
        assert!(matches!(WeightedSample::new(vec![(f64::NAN, 0.0)]), Err(Error::ObservationOutOfRange { .. })));
    }

    #[test]
    fn products_of_the_largest_are_finite() {
        let sample = WeightedSample::new(vec![(1e300, 1e299), (-1e300, 1e299), (1e300, 5e-324)]).unwrap();
        assert_eq!(sample.mean(), Ok(0.0));
    }
}
