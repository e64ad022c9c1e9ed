//! Burn rates: how fast the budget goes, relative to spending it evenly.

use chrono::TimeDelta;

use crate::objective::{BILLION, Objective};
use crate::sli::Counts;

/// The burn rate of `counts`: error ratio divided by the allowed error ratio (SRE Workbook, chapter 5).
///
/// 1 spends the budget evenly over the period, 2 in half of it. Finite and at least 0; `None` without events.
///
/// ```
/// use slo_core::{Counts, burn};
/// let rate = burn::rate(Counts::from_bad(2, 1_000)?, "99.9%".parse()?);
/// assert_eq!(rate, Some(2.0));
/// # Ok::<(), slo_core::Error>(())
/// ```
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a rate is a float; every step is within one part in 2^53")]
pub fn rate(counts: Counts, objective: Objective) -> Option<f64> {
    // Dividing by total first keeps every step below 10^18, far from overflow.
    let allowed = f64::from(objective.allowed_parts_per_billion());
    (!counts.is_empty()).then(|| counts.bad() as f64 / counts.total() as f64 * f64::from(BILLION) / allowed)
}

/// The share of the budget of `period` that `window` at burn rate `rate` spends under steady traffic:
/// `rate x window / period`. May exceed 1; `None` unless both lengths are positive and `rate` is finite and
/// at least 0.
///
/// ```
/// use slo_core::burn;
/// use chrono::TimeDelta;
/// let spent = burn::budget_spent(14.4, TimeDelta::hours(1), TimeDelta::days(30));
/// assert!((spent.unwrap() - 0.02).abs() < 1e-15);
/// ```
#[must_use]
pub fn budget_spent(rate: f64, window: TimeDelta, period: TimeDelta) -> Option<f64> {
    let (window, period) = (seconds(window)?, seconds(period)?);
    let spent = rate * window / period;
    (rate >= 0.0 && spent.is_finite()).then_some(spent)
}

/// When a budget ends of which `remaining` (a share, 1 = untouched) is left, at burn rate `rate`:
/// `remaining x period / rate`.
///
/// Zero when nothing is left. `None` when it never ends (rate 0), lies beyond what a [`TimeDelta`] holds, or
/// an argument is not a finite number.
///
/// ```
/// use slo_core::burn;
/// use chrono::TimeDelta;
/// assert_eq!(burn::time_to_exhaustion(0.5, 2.0, TimeDelta::days(28)), Some(TimeDelta::days(7)));
/// assert_eq!(burn::time_to_exhaustion(0.5, 0.0, TimeDelta::days(28)), None);
/// ```
#[must_use]
pub fn time_to_exhaustion(remaining: f64, rate: f64, period: TimeDelta) -> Option<TimeDelta> {
    let period = seconds(period)?;
    if !remaining.is_finite() || !rate.is_finite() {
        return None;
    }
    if remaining <= 0.0 {
        return Some(TimeDelta::zero());
    }
    delta(remaining * period / rate).filter(|_| rate > 0.0)
}

/// A positive length in seconds.
pub(crate) fn seconds(length: TimeDelta) -> Option<f64> {
    (length > TimeDelta::zero()).then(|| length.as_seconds_f64())
}

/// Seconds as a length, to the nanosecond; `None` when it does not fit.
#[expect(clippy::cast_possible_truncation, reason = "bounded before the cast")]
pub(crate) fn delta(seconds: f64) -> Option<TimeDelta> {
    const LIMIT: f64 = 9.0e15;
    if !(0.0..LIMIT).contains(&seconds) {
        return None;
    }
    let whole = TimeDelta::try_seconds(seconds.trunc() as i64)?;
    whole.checked_add(&TimeDelta::nanoseconds((seconds.fract() * 1e9).round() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_traffic_has_no_rate() {
        assert_eq!(rate(Counts::ZERO, "99.9%".parse().unwrap()), None);
    }

    #[test]
    fn the_largest_rate_is_finite() {
        let worst = rate(Counts::from_bad(u64::MAX, u64::MAX).unwrap(), "99.9999999%".parse().unwrap());
        assert_eq!(worst, Some(1e9));
    }

    #[test]
    fn odd_arguments_have_no_answer() {
        let day = TimeDelta::days(1);
        assert_eq!(budget_spent(f64::NAN, day, day), None);
        assert_eq!(budget_spent(1.0, day, TimeDelta::zero()), None);
        assert_eq!(time_to_exhaustion(f64::INFINITY, 1.0, day), None);
        assert_eq!(time_to_exhaustion(1.0, 1e-300, day), None);
        assert_eq!(time_to_exhaustion(-3.0, 0.0, day), Some(TimeDelta::zero()));
        assert_eq!(time_to_exhaustion(1.0, -1.0, day), None);
    }
}
