//! Raw counters that start again at 0, and what they counted in between.

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Error;

/// A monotonic counter as scraped: it only rises, but starts again at 0 when its process restarts.
///
/// Prometheus's rule: a value below the previous one means a reset, and the whole new value was counted since.
/// What was counted between the last scrape and the reset is lost, to Prometheus as well.
///
/// ```
/// use slo_core::sli::Counter;
/// let mut counter = Counter::default();
/// assert_eq!(counter.observe(100).increase, 0); // the first value has nothing to compare with
/// assert_eq!(counter.observe(130).increase, 30);
/// let after = counter.observe(7);
/// assert_eq!((after.increase, after.reset), (7, true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Counter {
    last: Option<u64>,
}

/// What one scrape added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step {
    /// Events since the previous scrape.
    pub increase: u64,
    /// Whether the counter started again in between.
    pub reset: bool,
}

impl Counter {
    /// Takes the next scraped value. A failed scrape is simply not observed.
    pub fn observe(&mut self, raw: u64) -> Step {
        let step = match self.last {
            None => Step { increase: 0, reset: false },
            Some(last) => match raw.checked_sub(last) {
                Some(increase) => Step { increase, reset: false },
                None => Step { increase: raw, reset: true },
            },
        };
        self.last = Some(raw);
        step
    }

    /// The last value seen.
    #[must_use]
    pub const fn last(self) -> Option<u64> {
        self.last
    }
}

/// The increase over a series of samples, resets counted, without extrapolation: whole events, as they were
/// seen. Failed scrapes (`None`) are skipped.
///
/// # Errors
/// [`Error::CountOverflow`] when the sum does not fit 64 bits.
///
/// ```
/// use slo_core::sli::increase;
/// assert_eq!(increase([Some(5), None, Some(9), Some(2), Some(3)])?, 4 + 2 + 1);
/// # Ok::<(), slo_core::Error>(())
/// ```
pub fn increase(samples: impl IntoIterator<Item = Option<u64>>) -> Result<u64, Error> {
    let mut counter = Counter::default();
    samples.into_iter().flatten().try_fold(0_u64, |sum, raw| {
        let step = counter.observe(raw).increase;
        sum.checked_add(step).ok_or(Error::CountOverflow { left: sum, right: step })
    })
}

/// The increase that Prometheus's `increase()` reports for the samples within `[end - range, end]`: the plain
/// increase stretched towards both ends of the range (`extrapolatedRate` in Prometheus 2; Prometheus 3 looks at the
/// same samples but for one at `end - range` itself).
///
/// The stretch reaches the end of the range when the gap is below 1.1 times the average distance of samples,
/// and half such a distance otherwise; towards the start no further than where the counter was 0. It makes
/// fractions of events, so budgets use [`increase`]; this one shows what a dashboard shows.
///
/// Samples are `(instant, value)`, ascending. `None` for fewer than two samples, samples outside the range or
/// out of order, or values that are not finite.
#[must_use]
pub fn extrapolated_increase(samples: &[(DateTime<Utc>, f64)], range: TimeDelta, end: DateTime<Utc>) -> Option<f64> {
    let start = end.checked_sub_signed(range)?;
    let ((first_at, first), (last_at, _)) = (samples.first()?, samples.last()?);
    let ordered = samples.is_sorted_by(|(earlier, _), (later, _)| earlier < later);
    let finite = samples.iter().all(|(_, value)| value.is_finite());
    if samples.len() < 2 || !ordered || !finite || *first_at < start || *last_at > end {
        return None;
    }
    let mut previous = *first;
    let mut plain = 0.0;
    for (_, value) in samples.iter().skip(1) {
        plain += if *value < previous { *value } else { *value - previous };
        previous = *value;
    }
    let sampled = last_at.signed_duration_since(first_at).as_seconds_f64();
    #[expect(clippy::cast_precision_loss, reason = "a number of samples is far below 2^53")]
    let average = sampled / (samples.len().saturating_sub(1)) as f64;
    let mut to_start = first_at.signed_duration_since(start).as_seconds_f64();
    if plain > 0.0 && *first >= 0.0 {
        to_start = to_start.min(sampled * (first / plain));
    }
    let stretch = |gap: f64| if gap < average * 1.1 { gap } else { average / 2.0 };
    let stretched = sampled + stretch(to_start) + stretch(end.signed_duration_since(last_at).as_seconds_f64());
    let result = plain * (stretched / sampled);
    result.is_finite().then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn an_overflow_is_an_error() {
        let samples = [Some(0), Some(u64::MAX), Some(5), Some(5)];
        assert_eq!(increase(samples), Err(Error::CountOverflow { left: u64::MAX, right: 5 }));
        assert_eq!(increase([]), Ok(0));
        assert_eq!(increase([None, Some(3)]), Ok(0));
    }

    #[test]
    fn samples_that_touch_both_ends_are_stretched_by_the_missing_step_only() {
        let samples: Vec<_> =
            (1..=5).map(|k| (at(60 * k), 600.0 + 60.0 * f64::from(i32::try_from(k).unwrap()))).collect();
        let increase = extrapolated_increase(&samples, TimeDelta::seconds(300), at(300)).unwrap();
        assert!((increase - 300.0).abs() < 1e-9, "{increase}");
    }

    #[test]
    fn a_young_counter_is_not_stretched_below_zero() {
        let samples = [(at(60), 0.0), (at(120), 60.0)];
        assert_eq!(extrapolated_increase(&samples, TimeDelta::seconds(120), at(120)), Some(60.0));
    }

    #[test]
    fn too_little_or_odd_input_has_no_answer() {
        let range = TimeDelta::seconds(300);
        assert_eq!(extrapolated_increase(&[(at(10), 1.0)], range, at(300)), None);
        assert_eq!(extrapolated_increase(&[(at(20), 1.0), (at(10), 2.0)], range, at(300)), None);
        for odd in [f64::NAN, f64::INFINITY] {
            assert_eq!(extrapolated_increase(&[(at(10), odd), (at(20), 2.0)], range, at(300)), None);
        }
    }

    #[test]
    fn a_sample_at_the_start_of_the_range_counts_as_in_prometheus_2() {
        let samples: Vec<_> = [0.0, 100.0, 100.0, 100.0, 100.0, 100.0].into_iter().zip(0..).collect();
        let samples: Vec<_> = samples.into_iter().map(|(value, minute)| (at(60 * minute), value)).collect();
        assert_eq!(extrapolated_increase(&samples, TimeDelta::minutes(5), at(300)), Some(100.0));
    }
}
