//! Quantiles of a stream that is not kept, to within a stated relative error.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::probability::Probability;
use crate::sample::{LARGEST, Sample};

/// Quantiles of a stream, each off by at most a share of itself: the DDSketch of Masson, Rim and Lee (2019).
///
/// Observations are counted in bins whose ends are powers of `(1 + a) / (1 - a)`, for both signs, and zero; a bin
/// answers with the value that is off by at most the share `a` for all of it. [`QuantileSketch::quantile`] is therefore
/// within `a` times the magnitude of the observation of rank `floor(q (n - 1))` from 0, for any data whatever, and
/// merging shards gives exactly the sketch of all: counts only add up. Observations below 1e-300 in magnitude count as
/// zero. With `a` = 1 %, data from 1 ms to 1 day fill 900 bins; data over the whole range of 1e-300 to 1e300, 69,000.
///
/// By hand, since the crates have what this one must not: `sketches-ddsketch` merges its lowest bins when there are
/// more than a set number, which voids the bound, takes what is below 1e-9 for zero unless told otherwise, counts in
/// bins that differ by platform (the logarithm of std), and restores from a file without a check; `datasketches` draws
/// random bits (KLL, REQ); a t-digest has no bound.
///
/// ```
/// use measure_core::Probability;
/// use measure_core::descriptive::QuantileSketch;
/// let (mut monday, mut tuesday) = (QuantileSketch::new(0.01)?, QuantileSketch::new(0.01)?);
/// for request in 1..=600 {
///     monday.push(f64::from(request))?;
///     tuesday.push(f64::from(request + 600))?;
/// }
/// let both = monday.merge(&tuesday)?;
/// let p99 = both.quantile(Probability::new(0.99)?).unwrap();
/// // The observation of rank floor(.99 x 1199) = 1187, from 0, is 1188.
/// assert!((p99 / 1188.0 - 1.0).abs() <= 0.01 && both.n() == 1_200);
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawSketch", into = "RawSketch")
)]
pub struct QuantileSketch {
    // INVARIANT: `accuracy` within FINEST and COARSEST; counts above 0, of keys that magnitudes within 1e-300 and
    // LARGEST have, their sum with `zeros` being `n`; without observations the ends are 0, else within LARGEST, in
    // order, and in the outermost bins.
    accuracy: f64,
    negative: BTreeMap<i32, u64>,
    zeros: u64,
    positive: BTreeMap<i32, u64>,
    n: u64,
    least: f64,
    greatest: f64,
}

impl QuantileSketch {
    /// The finest relative error.
    pub const FINEST: f64 = 1e-4;
    /// The coarsest relative error.
    pub const COARSEST: f64 = 0.5;

    /// Without observations, for quantiles that are off by at most the share `accuracy` of themselves.
    ///
    /// # Errors
    /// [`Error::AccuracyOutOfRange`] unless within [`QuantileSketch::FINEST`] and [`QuantileSketch::COARSEST`].
    pub fn new(accuracy: f64) -> Result<Self, Error> {
        if !(Self::FINEST..=Self::COARSEST).contains(&accuracy) {
            return Err(Error::AccuracyOutOfRange { given: accuracy, finest: Self::FINEST, coarsest: Self::COARSEST });
        }
        let (negative, positive) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { accuracy, negative, zeros: 0, positive, n: 0, least: 0.0, greatest: 0.0 })
    }

    /// Of all observations of a sample.
    ///
    /// # Errors
    /// As for [`QuantileSketch::new`].
    pub fn of(sample: &Sample, accuracy: f64) -> Result<Self, Error> {
        let mut sketch = Self::new(accuracy)?;
        sample.values().iter().try_for_each(|value| sketch.push(*value))?;
        Ok(sketch)
    }

    /// Takes in an observation.
    ///
    /// # Errors
    /// [`Error::ObservationOutOfRange`] when it is not finite or beyond [`LARGEST`], its index being how many came
    /// before; [`Error::CountOverflow`] at 2^64. Nothing changes then.
    pub fn push(&mut self, value: f64) -> Result<(), Error> {
        self.push_times(value, 1)
    }

    /// Takes in the same observation `times` times.
    ///
    /// # Errors
    /// As for [`QuantileSketch::push`].
    pub fn push_times(&mut self, value: f64, times: u64) -> Result<(), Error> {
        if value.is_nan() || value.abs() > LARGEST {
            let index = usize::try_from(self.n).unwrap_or(usize::MAX);
            return Err(Error::ObservationOutOfRange { index, given: value, others: 0 });
        }
        let n = self.n.checked_add(times).ok_or(Error::CountOverflow { left: self.n, right: times })?;
        if times == 0 {
            return Ok(());
        }
        let value = value + 0.0;
        // The bin counts are parts of `n`, which fits.
        let count = match self.key(value.abs()) {
            None => &mut self.zeros,
            Some(key) if value > 0.0 => self.positive.entry(key).or_insert(0),
            Some(key) => self.negative.entry(key).or_insert(0),
        };
        *count = count.saturating_add(times);
        let empty = self.n == 0;
        self.least = if empty { value } else { self.least.min(value) };
        self.greatest = if empty { value } else { self.greatest.max(value) };
        self.n = n;
        Ok(())
    }

    /// Both together: exactly the sketch of the observations of both.
    ///
    /// # Errors
    /// [`Error::AccuraciesDiffer`]; [`Error::CountOverflow`] when the number of observations does not fit 64 bits.
    pub fn merge(mut self, other: &Self) -> Result<Self, Error> {
        if self.accuracy.to_bits() != other.accuracy.to_bits() {
            return Err(Error::AccuraciesDiffer { left: self.accuracy, right: other.accuracy });
        }
        let n = self.n.checked_add(other.n).ok_or(Error::CountOverflow { left: self.n, right: other.n })?;
        if self.n == 0 || other.n == 0 {
            return Ok(if self.n == 0 { other.clone() } else { self });
        }
        for (ours, theirs) in [(&mut self.negative, &other.negative), (&mut self.positive, &other.positive)] {
            for (key, count) in theirs {
                let ours = ours.entry(*key).or_insert(0);
                *ours = ours.saturating_add(*count);
            }
        }
        self.zeros = self.zeros.saturating_add(other.zeros);
        (self.least, self.greatest) = (self.least.min(other.least), self.greatest.max(other.greatest));
        self.n = n;
        Ok(self)
    }

    /// The relative error that quantiles keep to.
    #[must_use]
    pub const fn accuracy(&self) -> f64 {
        self.accuracy
    }

    /// How many observations.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// The least, exactly; `None` without observations.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        (self.n > 0).then_some(self.least)
    }

    /// The greatest, exactly; `None` without observations.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        (self.n > 0).then_some(self.greatest)
    }

    /// How many bins hold something: what the sketch takes in memory is some 20 bytes each.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.negative.len().saturating_add(self.positive.len())
    }

    /// The observation of rank `floor(at (n - 1))` from 0, off by at most [`QuantileSketch::accuracy`] times its
    /// magnitude (and one part in 10^8 of that, for rounding; and 1e-300, below which all is zero); exact for the first and the last. `None` without
    /// observations.
    #[must_use]
    pub fn quantile(&self, at: Probability) -> Option<f64> {
        let last = self.n.checked_sub(1)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank at most the last; ranks beyond 2^53 are within one part in 2^53"
        )]
        let rank = ((last as f64 * at.get()) as u64).min(last);
        if rank == 0 {
            return Some(self.least);
        }
        if rank == last {
            return Some(self.greatest);
        }
        let negative = self.negative.iter().rev().map(|(key, count)| (-self.value(*key), *count));
        let positive = self.positive.iter().map(|(key, count)| (self.value(*key), *count));
        let mut passed = 0_u64;
        let found = negative.chain(std::iter::once((0.0, self.zeros))).chain(positive).find(|(_, count)| {
            passed = passed.saturating_add(*count);
            passed > rank
        });
        found.map(|(value, _)| value.clamp(self.least, self.greatest))
    }

    /// The logarithm of the ratio of a bin's ends.
    fn width(&self) -> f64 {
        libm::log((1.0 + self.accuracy) / (1.0 - self.accuracy))
    }

    /// The bin of a magnitude; `None` for what counts as zero.
    fn key(&self, magnitude: f64) -> Option<i32> {
        #[expect(clippy::cast_possible_truncation, reason = "within 7e6, the logarithm being within 700")]
        let key = |value: f64| libm::ceil(libm::log(value) / self.width()) as i32;
        (magnitude >= SMALLEST).then(|| key(magnitude))
    }

    /// The value of a bin from `g^(key - 1)` to `g^key`: `2 g^key / (g + 1)`, off by the same share at both ends.
    fn value(&self, key: i32) -> f64 {
        libm::exp(f64::from(key) * self.width()) * (1.0 - self.accuracy)
    }

    #[cfg(feature = "serde")]
    fn checked(raw: &RawSketch) -> Result<Self, Error> {
        let empty = Self::new(raw.accuracy)?;
        let refuse = |what| Err(Error::SketchOutOfOrder { what });
        let (negative, positive) = (raw.negative.iter(), raw.positive.iter());
        let counts = negative.chain(positive).map(|(_, count)| *count);
        if counts.clone().any(|count| count == 0) {
            return refuse("a bin is empty");
        }
        let n = counts.chain(std::iter::once(raw.zeros)).try_fold(0, u64::checked_add);
        let Some(n) = n else { return refuse("the counts do not fit 64 bits") };
        let (negative, positive): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (raw.negative.iter().copied().collect(), raw.positive.iter().copied().collect());
        if negative.len() != raw.negative.len() || positive.len() != raw.positive.len() {
            return refuse("a bin comes twice");
        }
        let (Some(least), Some(greatest)) = (raw.least, raw.greatest) else {
            return if n == 0 && raw.least == raw.greatest { Ok(empty) } else { refuse("the ends are missing") };
        };
        if n == 0 || !(-LARGEST <= least && least <= greatest && greatest <= LARGEST) {
            return refuse("the ends are out of order");
        }
        // The outermost bins are those of the ends, and no other reaches beyond what is finite.
        let bin = |value: f64| empty.key(value.abs()).map(|key| (value > 0.0, key));
        let first = negative.last_key_value().map(|(key, _)| Some((false, *key)));
        let first = first.or((raw.zeros > 0).then_some(None));
        let first = first.or(positive.first_key_value().map(|(key, _)| Some((true, *key))));
        let last = positive.last_key_value().map(|(key, _)| Some((true, *key)));
        let last = last.or((raw.zeros > 0).then_some(None));
        let last = last.or(negative.first_key_value().map(|(key, _)| Some((false, *key))));
        let smallest = empty.key(SMALLEST).unwrap_or(0);
        if negative.keys().chain(positive.keys()).any(|key| *key < smallest) {
            return refuse("a bin is below 1e-300");
        }
        if first != Some(bin(least)) || last != Some(bin(greatest)) {
            return refuse("the ends are not in the outermost bins");
        }
        Ok(Self { negative, positive, zeros: raw.zeros, n, least: least + 0.0, greatest: greatest + 0.0, ..empty })
    }
}

/// Below this in magnitude an observation counts as zero.
const SMALLEST: f64 = 1e-300;

/// The shape in a file: `{"accuracy": 0.01, "negative": [], "zeros": 0, "positive": [[35, 2]], "least": 2.0,
/// "greatest": 2.01}`; bins are pairs of key and count.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSketch {
    accuracy: f64,
    negative: Vec<(i32, u64)>,
    zeros: u64,
    positive: Vec<(i32, u64)>,
    least: Option<f64>,
    greatest: Option<f64>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawSketch> for QuantileSketch {
    type Error = Error;

    fn try_from(raw: RawSketch) -> Result<Self, Error> {
        Self::checked(&raw)
    }
}

#[cfg(feature = "serde")]
impl From<QuantileSketch> for RawSketch {
    fn from(sketch: QuantileSketch) -> Self {
        let (least, greatest) = (sketch.min(), sketch.max());
        let QuantileSketch { accuracy, negative, zeros, positive, .. } = sketch;
        let (negative, positive) = (negative.into_iter().collect(), positive.into_iter().collect());
        Self { accuracy, negative, zeros, positive, least, greatest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(values: &[f64]) -> QuantileSketch {
        QuantileSketch::of(&Sample::new(values.to_vec()).unwrap(), 0.01).unwrap()
    }

    #[test]
    fn both_signs_and_zero_have_their_places() {
        let sketch = sketch(&[-100.0, -1.0, 0.0, 1e-301, 5.0]);
        let at = |q: f64| sketch.quantile(Probability::new(q).unwrap()).unwrap();
        assert_eq!((at(0.0), at(0.5), at(0.75), at(1.0)), (-100.0, 0.0, 0.0, 5.0));
        assert!((at(0.25) + 1.0).abs() <= 0.01 + 1e-10);
        assert_eq!(QuantileSketch::new(0.01).unwrap().quantile(Probability::ONE), None);
    }

    #[test]
    fn a_bin_answers_for_both_of_its_ends() {
        for accuracy in [1e-4, 0.01, 0.5] {
            let sketch = QuantileSketch::new(accuracy).unwrap();
            for power in -300..=300_i32 {
                let value = 1.7 * libm::pow(10.0, f64::from(power)) / 1.7;
                let key = sketch.key(value.clamp(SMALLEST, LARGEST)).unwrap();
                let off = (sketch.value(key) / value - 1.0).abs();
                assert!(off <= accuracy * (1.0 + 1e-8), "{value} {accuracy} {off}");
            }
        }
    }

    #[test]
    fn the_whole_range_takes_some_ten_thousands_of_bins() {
        let mut sketch = QuantileSketch::new(0.01).unwrap();
        (0..1_000_000).for_each(|at| sketch.push(libm::pow(10.0, f64::from(at) / 1_666.7 - 300.0)).unwrap());
        assert!((68_000..70_000).contains(&sketch.bins()), "{}", sketch.bins());
        assert_eq!(sketch.n(), 1_000_000);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_changes_nothing() {
        for accuracy in [0.0, 1e-5, 0.6, f64::NAN] {
            assert!(QuantileSketch::new(accuracy).is_err(), "{accuracy}");
        }
        let mut one = sketch(&[1.0]);
        assert!(one.push(f64::NAN).is_err() && one.push(1e301).is_err());
        assert!(one.push_times(2.0, u64::MAX).is_err() && one.push_times(2.0, 0).is_ok());
        assert_eq!(one, sketch(&[1.0]));
        let other = QuantileSketch::new(0.02).unwrap();
        assert_eq!(one.clone().merge(&other), Err(Error::AccuraciesDiffer { left: 0.01, right: 0.02 }));
        let mut full = QuantileSketch::new(0.01).unwrap();
        full.push_times(1.0, u64::MAX).unwrap();
        assert!(one.merge(&full).is_err());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_what_no_observations_have() {
        let text = serde_json::to_string(&sketch(&[-2.0, 0.0, 3.0, 3.0])).unwrap();
        assert_eq!(serde_json::from_str::<QuantileSketch>(&text).unwrap(), sketch(&[-2.0, 0.0, 3.0, 3.0]));
        for (from, to) in [
            (r#""accuracy":0.01"#, r#""accuracy":0.9"#),
            (r#""zeros":1"#, r#""zeros":18446744073709551615"#),
            (r#""least":-2.0"#, r#""least":-3.0"#),
            (r#""least":-2.0"#, r#""least":null"#),
            (r#""greatest":3.0"#, r#""greatest":-3.0"#),
            (",2]]", ",0]]"),
            ("[[", "[[99999999,1],["),
            ("[[", "[[-99999999,1],["),
            (r#""zeros":1"#, r#""zeros":1,"more":1"#),
        ] {
            let altered = text.replacen(from, to, 1);
            assert!(altered != text && serde_json::from_str::<QuantileSketch>(&altered).is_err(), "{altered}");
        }
        let empty = serde_json::to_string(&QuantileSketch::new(0.01).unwrap()).unwrap();
        assert!(serde_json::from_str::<QuantileSketch>(&empty.replace("null", "0.0")).is_err());
    }
}
