//! Latency from histograms: how many answers were below a threshold.

use crate::error::Error;
use crate::sli::Counts;

/// How many observations were at or below a threshold, as far as a histogram can tell.
///
/// When the threshold is a bucket bound the two ends meet and the answer is exact; between two bounds the
/// truth lies within `[fewest_good, most_good]`, and `estimate` assumes the bucket evenly filled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Below {
    fewest_good: u64,
    most_good: u64,
    estimate: f64,
    total: u64,
}

impl Below {
    /// The least that can have been good: everything in buckets that end at or below the threshold.
    #[must_use]
    pub const fn fewest_good(&self) -> u64 {
        self.fewest_good
    }

    /// The most that can have been good: the bucket that holds the threshold as well.
    #[must_use]
    pub const fn most_good(&self) -> u64 {
        self.most_good
    }

    /// The interpolated number of good observations, between the two; finite.
    #[must_use]
    pub const fn estimate(&self) -> f64 {
        self.estimate
    }

    /// All observations.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Whether the threshold is a bucket bound, or its bucket is empty.
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        self.fewest_good == self.most_good
    }

    /// The counts when the doubt goes against the service.
    #[must_use]
    pub const fn pessimistic(&self) -> Counts {
        Counts::at_most(self.fewest_good, self.total)
    }

    /// The counts when the doubt goes in its favour.
    #[must_use]
    pub const fn optimistic(&self) -> Counts {
        Counts::at_most(self.most_good, self.total)
    }
}

/// A classic Prometheus histogram: cumulative counts at upper bounds (`le`), the last one infinite.
///
/// ```
/// use slo_core::sli::ClassicHistogram;
/// let histogram = ClassicHistogram::new(vec![(0.1, 50), (0.25, 90), (0.5, 98), (f64::INFINITY, 100)])?;
/// let exact = histogram.below(0.25)?;
/// assert!(exact.is_exact() && exact.most_good() == 90);
/// let doubt = histogram.below(0.3)?;
/// assert_eq!((doubt.fewest_good(), doubt.most_good()), (90, 98));
/// assert!((doubt.estimate() - 91.6).abs() < 1e-9);
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClassicHistogram {
    // INVARIANT: bounds rise strictly, the last is infinite; counts do not fall.
    buckets: Vec<(f64, u64)>,
}

impl ClassicHistogram {
    /// A histogram from `(upper bound, cumulative count)`, ascending.
    ///
    /// # Errors
    /// [`Error::Histogram`] when there are no buckets, bounds do not rise, counts fall, or the last bound is
    /// not infinite.
    pub fn new(buckets: Vec<(f64, u64)>) -> Result<Self, Error> {
        let fault = |reason: String| Err(Error::Histogram { reason });
        if !buckets.last().is_some_and(|(bound, _)| *bound == f64::INFINITY) {
            return fault("the last bucket's bound is not `+Inf`".to_owned());
        }
        for pair in buckets.windows(2) {
            if let [(lower, fewer), (upper, more)] = pair {
                // Written so that a bound which is no number is caught too.
                if !matches!(lower.partial_cmp(upper), Some(std::cmp::Ordering::Less)) {
                    return fault(format!("bound `{upper}` is not above the one before, `{lower}`"));
                }
                if more < fewer {
                    return fault(format!(
                        "{more} observations up to `{upper}` are fewer than {fewer} up to `{lower}`"
                    ));
                }
            }
        }
        Ok(Self { buckets })
    }

    /// How many observations were at or below `threshold`.
    ///
    /// Interpolation is linear, the first bucket starting at 0, as in Prometheus's `histogram_fraction`; in
    /// the last, unbounded bucket nothing can be said, so the estimate is the lower end.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] for a threshold that is not finite and at least 0.
    pub fn below(&self, threshold: f64) -> Result<Below, Error> {
        let threshold = checked(threshold)?;
        let total = self.buckets.last().map_or(0, |(_, count)| *count);
        let (mut lower, mut fewest) = (0.0_f64, 0_u64);
        for (bound, count) in &self.buckets {
            if *bound == threshold {
                return Ok(between(*count, *count, 0.0, total));
            }
            if *bound > threshold {
                let share = if bound.is_finite() { share_below(threshold, lower.min(*bound), *bound) } else { 0.0 };
                return Ok(between(fewest, *count, share, total));
            }
            (lower, fewest) = (*bound, *count);
        }
        Ok(between(fewest, total, 0.0, total))
    }
}

/// A native (Prometheus) or exponential (OpenTelemetry) histogram: buckets whose bounds grow by a fixed ratio
/// `2^(2^-schema)`, a zero bucket, and no bound to choose beforehand.
///
/// ```
/// use slo_core::sli::NativeHistogram;
/// // Schema 0: bounds are powers of two; index i covers (2^(i-1), 2^i].
/// let histogram = NativeHistogram::new(0, 1e-6, 1, vec![(-2, 60), (-1, 30), (0, 10)])?;
/// assert!(histogram.below(0.25)?.is_exact());
/// assert_eq!(histogram.below(0.25)?.most_good(), 61);
/// let doubt = histogram.below(0.3)?;
/// assert_eq!((doubt.fewest_good(), doubt.most_good()), (61, 91));
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NativeHistogram {
    schema: i8,
    zero_threshold: f64,
    zero_count: u64,
    // INVARIANT: indices rise strictly.
    positive: Vec<(i32, u64)>,
    total: u64,
}

impl NativeHistogram {
    /// A histogram of observations that are not negative. `positive` holds `(index, count)`: index i covers
    /// `(base^(i-1), base^i]` with base `2^(2^-schema)` (Prometheus's numbering); the zero bucket holds what
    /// is at or below `zero_threshold`.
    ///
    /// # Errors
    /// [`Error::Histogram`] for a schema outside `-10..=20`, indices that do not rise or bounds that no float
    /// can hold, a zero threshold that is negative, not finite or beyond the first bucket's end;
    /// [`Error::CountOverflow`] when the total does not fit 64 bits.
    pub fn new(schema: i8, zero_threshold: f64, zero_count: u64, positive: Vec<(i32, u64)>) -> Result<Self, Error> {
        let fault = |reason: String| Err(Error::Histogram { reason });
        if !(-10..=20).contains(&schema) {
            return fault(format!("schema {schema} is not within -10..=20"));
        }
        if !(zero_threshold >= 0.0 && zero_threshold.is_finite()) {
            return fault(format!("zero threshold `{zero_threshold}` is not finite and at least 0"));
        }
        let mut total = zero_count;
        let mut previous = None;
        for (index, count) in &positive {
            if previous.is_some_and(|previous| previous >= *index) {
                return fault(format!("bucket index {index} does not rise"));
            }
            let upper = bound(schema, *index);
            if !(upper.is_finite() && upper > 0.0) {
                return fault(format!("bucket index {index} at schema {schema} is beyond what a float can hold"));
            }
            if upper <= zero_threshold {
                return fault(format!("bucket index {index} ends within the zero bucket, `{zero_threshold}`"));
            }
            total = total.checked_add(*count).ok_or(Error::CountOverflow { left: total, right: *count })?;
            previous = Some(*index);
        }
        Ok(Self { schema, zero_threshold, zero_count, positive, total })
    }

    /// An OpenTelemetry exponential histogram: `counts[k]` covers `(base^(offset+k), base^(offset+k+1)]`, one
    /// off from Prometheus's numbering.
    ///
    /// # Errors
    /// As for [`NativeHistogram::new`].
    pub fn from_otel(
        scale: i8,
        zero_threshold: f64,
        zero_count: u64,
        offset: i32,
        counts: &[u64],
    ) -> Result<Self, Error> {
        let fault = || Error::Histogram { reason: format!("bucket offset {offset} is out of range") };
        let buckets = counts.iter().enumerate().filter(|(_, count)| **count != 0).map(|(k, count)| {
            let index = i32::try_from(k).ok().and_then(|k| offset.checked_add(k)?.checked_add(1)).ok_or_else(fault)?;
            Ok((index, *count))
        });
        Self::new(scale, zero_threshold, zero_count, buckets.collect::<Result<_, Error>>()?)
    }

    /// How many observations were at or below `threshold`.
    ///
    /// Interpolation is exponential within a bucket and linear within the zero bucket, as in Prometheus 3.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] for a threshold that is not finite and at least 0.
    pub fn below(&self, threshold: f64) -> Result<Below, Error> {
        let threshold = checked(threshold)?;
        if threshold < self.zero_threshold {
            let share = share_below(threshold, 0.0, self.zero_threshold);
            return Ok(between(0, self.zero_count, share, self.total));
        }
        let mut fewest = self.zero_count;
        for (index, count) in &self.positive {
            let upper = bound(self.schema, *index);
            let lower = bound(self.schema, index.saturating_sub(1)).max(self.zero_threshold);
            let up_to = fewest.saturating_add(*count);
            if threshold <= lower {
                break;
            }
            if threshold < upper {
                let share = if lower > 0.0 {
                    share_below(threshold.ln(), lower.ln(), upper.ln())
                } else {
                    share_below(threshold, lower, upper)
                };
                return Ok(between(fewest, up_to, share, self.total));
            }
            fewest = up_to;
        }
        Ok(between(fewest, fewest, 0.0, self.total))
    }
}

/// The upper bound of bucket `index`: exact where it is a power of two.
fn bound(schema: i8, index: i32) -> f64 {
    (f64::from(index) * (-f64::from(schema)).exp2()).exp2()
}

fn checked(threshold: f64) -> Result<f64, Error> {
    if threshold.is_finite() && threshold >= 0.0 {
        return Ok(threshold);
    }
    Err(Error::NumberOutOfRange {
        what: "the latency threshold",
        given: threshold.to_string(),
        bound: "0 and above, finite".to_owned(),
    })
}

/// How far `at` lies between `lower` and `upper`, in `[0, 1]`.
fn share_below(at: f64, lower: f64, upper: f64) -> f64 {
    let share = (at - lower) / (upper - lower);
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate is a float; the casts are within one part in 2^53")]
fn between(fewest_good: u64, most_good: u64, share: f64, total: u64) -> Below {
    let estimate = fewest_good as f64 + share * most_good.saturating_sub(fewest_good) as f64;
    Below { fewest_good, most_good, estimate, total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_beyond_the_last_finite_bound_is_in_doubt_up_to_all() {
        let histogram = ClassicHistogram::new(vec![(1.0, 7), (f64::INFINITY, 9)]).unwrap();
        let below = histogram.below(5.0).unwrap();
        assert_eq!((below.fewest_good(), below.most_good(), below.total()), (7, 9, 9));
        assert!((below.estimate() - 7.0).abs() < 1e-12);
    }

    #[test]
    fn malformed_histograms_are_refused_with_the_reason() {
        for buckets in [
            vec![],
            vec![(1.0, 1)],
            vec![(1.0, 2), (f64::INFINITY, 1)],
            vec![(2.0, 1), (1.0, 1), (f64::INFINITY, 1)],
            vec![(f64::NAN, 1), (f64::INFINITY, 1)],
        ] {
            assert!(ClassicHistogram::new(buckets.clone()).is_err(), "{buckets:?}");
        }
        assert!(NativeHistogram::new(21, 0.0, 0, vec![]).is_err());
        assert!(NativeHistogram::new(0, 0.0, 0, vec![(1, 1), (1, 1)]).is_err());
        assert!(NativeHistogram::new(0, 1.0, 0, vec![(-3, 1)]).is_err());
        assert!(NativeHistogram::new(0, 0.0, 0, vec![(5_000, 1)]).is_err());
        assert!(NativeHistogram::new(0, f64::NAN, 0, vec![]).is_err());
    }

    #[test]
    fn both_numberings_of_exponential_buckets_agree() {
        let prometheus = NativeHistogram::new(3, 0.0, 2, vec![(-5, 4), (-3, 6)]).unwrap();
        let otel = NativeHistogram::from_otel(3, 0.0, 2, -6, &[4, 0, 6]).unwrap();
        assert_eq!(prometheus, otel);
    }

    #[test]
    fn an_empty_histogram_says_nothing_and_panics_nowhere() {
        let below = NativeHistogram::new(0, 0.0, 0, vec![]).unwrap().below(1.0).unwrap();
        assert_eq!((below.total(), below.is_exact()), (0, true));
        assert!(ClassicHistogram::new(vec![(f64::INFINITY, 0)]).unwrap().below(f64::NAN).is_err());
    }

    #[test]
    fn exponential_interpolation_is_even_on_a_log_axis() {
        let histogram = NativeHistogram::new(0, 0.0, 0, vec![(1, 100)]).unwrap();
        let below = histogram.below(2.0_f64.sqrt()).unwrap();
        assert!((below.estimate() - 50.0).abs() < 1e-9);
    }
}
