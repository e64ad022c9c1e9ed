//! Observations, checked once: what takes a [`Sample`] or a [`Series`] cannot meet a NaN.

use std::cmp::Ordering;

use crate::error::Error;

/// The largest magnitude of an observation: sums of some 10^7 of them and differences of two stay finite.
pub const LARGEST: f64 = 1e300;

/// Observations in no order: finite, at most [`LARGEST`] in magnitude, kept sorted. May be empty.
///
/// A monoid: the empty sample is the identity of [`Sample::merge`], which is associative and commutative.
///
/// ```
/// use measure_core::Sample;
/// let minutes = Sample::new(vec![41.0, 12.5, 30.0])?;
/// assert_eq!(minutes.values(), [12.5, 30.0, 41.0]);
/// let fault = Sample::new(vec![1.0, f64::NAN, f64::INFINITY]).unwrap_err();
/// assert_eq!(fault.to_string(), "observation `NaN` at index 1 is not within -1e300 and 1e300, and one more is not");
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<f64>", into = "Vec<f64>")
)]
pub struct Sample {
    // INVARIANT: ascending, finite, within LARGEST, and no -0.
    values: Vec<f64>,
}

impl Sample {
    /// # Errors
    /// [`Error::ObservationOutOfRange`] when one is not finite or beyond [`LARGEST`].
    pub fn new(values: Vec<f64>) -> Result<Self, Error> {
        let mut values = checked(values)?;
        sort(&mut values);
        Ok(Self { values })
    }

    /// The observations, ascending.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many there are, as answers state it.
    #[must_use]
    pub fn n(&self) -> u64 {
        n_of(&self.values)
    }

    /// The least; `None` when empty.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        self.values.first().copied()
    }

    /// The greatest; `None` when empty.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        self.values.last().copied()
    }

    /// Both together.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
        self.values.extend_from_slice(&other.values);
        // Two ascending runs: the stable sort finds and merges them in one pass.
        self.values.sort_by(f64::total_cmp);
        self
    }
}

impl TryFrom<Vec<f64>> for Sample {
    type Error = Error;

    fn try_from(values: Vec<f64>) -> Result<Self, Error> {
        Self::new(values)
    }
}

impl From<Sample> for Vec<f64> {
    fn from(sample: Sample) -> Self {
        sample.values
    }
}

/// A [`Sample`] whose observations are all above 0: durations, sizes, what has a geometric mean.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<f64>", into = "Vec<f64>")
)]
pub struct PositiveSample {
    // INVARIANT: the least is above 0.
    sample: Sample,
}

impl PositiveSample {
    /// # Errors
    /// [`Error::NotPositive`] with the least observation and how many are not above 0.
    pub fn new(sample: Sample) -> Result<Self, Error> {
        match sample.min() {
            Some(least) if least <= 0.0 => {
                let count = sample.values.partition_point(|value| *value <= 0.0);
                Err(Error::NotPositive { least, count })
            }
            _ => Ok(Self { sample }),
        }
    }

    /// The observations.
    #[must_use]
    pub const fn sample(&self) -> &Sample {
        &self.sample
    }
}

impl TryFrom<Vec<f64>> for PositiveSample {
    type Error = Error;

    fn try_from(values: Vec<f64>) -> Result<Self, Error> {
        Self::new(Sample::new(values)?)
    }
}

impl From<PositiveSample> for Vec<f64> {
    fn from(positive: PositiveSample) -> Self {
        positive.sample.values
    }
}

/// Observations in the order of time, equally spaced (a count a week, say): finite, at most [`LARGEST`] in magnitude.
/// May be empty.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<f64>", into = "Vec<f64>")
)]
pub struct Series {
    // INVARIANT: finite, within LARGEST, and no -0.
    values: Vec<f64>,
}

impl Series {
    /// # Errors
    /// [`Error::ObservationOutOfRange`] when one is not finite or beyond [`LARGEST`].
    pub fn new(values: Vec<f64>) -> Result<Self, Error> {
        Ok(Self { values: checked(values)? })
    }

    /// The observations, the earliest first.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many there are, as answers state it.
    #[must_use]
    pub fn n(&self) -> u64 {
        n_of(&self.values)
    }

    /// The same observations without their order.
    #[must_use]
    pub fn to_sample(&self) -> Sample {
        let mut values = self.values.clone();
        sort(&mut values);
        Sample { values }
    }
}

impl TryFrom<Vec<f64>> for Series {
    type Error = Error;

    fn try_from(values: Vec<f64>) -> Result<Self, Error> {
        Self::new(values)
    }
}

impl From<Series> for Vec<f64> {
    fn from(series: Series) -> Self {
        series.values
    }
}

fn checked(mut values: Vec<f64>) -> Result<Vec<f64>, Error> {
    // Written so that a NaN fails.
    let fits = |value: f64| value.abs() <= LARGEST;
    if let Some(index) = values.iter().position(|value| !fits(*value)) {
        let given = values.get(index).copied().unwrap_or(f64::NAN);
        let others = values.iter().filter(|value| !fits(**value)).count().saturating_sub(1);
        return Err(Error::ObservationOutOfRange { index, given, others });
    }
    // -0 would sort before 0, though the two are equal.
    values.iter_mut().for_each(|value| *value += 0.0);
    Ok(values)
}

/// Ascending. Values that are [`checked`] have neither NaN nor -0, so that the plain order is total; it is a third
/// faster than `total_cmp`.
fn sort(values: &mut [f64]) {
    values.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
}

/// A length as a float.
#[expect(clippy::cast_precision_loss, reason = "a length in memory is far below 2^53")]
pub(crate) const fn float(length: usize) -> f64 {
    length as f64
}

fn n_of(values: &[f64]) -> u64 {
    u64::try_from(values.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_refused_with_its_place() {
        for given in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.1e300, f64::MAX] {
            assert!(Sample::new(vec![0.0, given]).is_err() && Series::new(vec![given]).is_err(), "{given}");
        }
        assert!(Sample::new(vec![LARGEST, -LARGEST, f64::MIN_POSITIVE, 5e-324]).is_ok());
    }

    #[test]
    fn zeros_of_both_signs_are_one_value() {
        let sample = Sample::new(vec![0.0, -0.0, -1.0]).unwrap();
        assert!(sample.values().iter().all(|value| value.to_bits() != (-0.0_f64).to_bits()));
    }

    #[test]
    fn a_positive_sample_says_how_many_are_not() {
        let zeros = Sample::new(vec![3.0, 0.0, -2.0]).unwrap();
        assert_eq!(PositiveSample::new(zeros), Err(Error::NotPositive { least: -2.0, count: 2 }));
        assert!(PositiveSample::new(Sample::default()).is_ok());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_disorder_or_zeros() {
        assert_eq!(serde_json::from_str::<Sample>("[3, 1, 2]").unwrap().values(), [1.0, 2.0, 3.0]);
        assert!(serde_json::from_str::<PositiveSample>("[3, 0]").is_err());
        assert!(serde_json::from_str::<Series>("[3, 1e301]").is_err());
    }
}
