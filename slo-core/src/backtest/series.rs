//! A history of counts, and the alerts that a policy would have raised on it.

use chrono::{DateTime, TimeDelta, Utc};
use timeline_core::Span;

use crate::alert::{Alert, AlertRule, AlertState, Condition, NoDataRule};
use crate::error::Error;
use crate::factor::{Threshold, nanoseconds};
use crate::objective::Objective;
use crate::policy::Policy;
use crate::sli::Counts;

/// A history of counts, equally spaced or not.
///
/// Counts at an instant are events from after the instant before it up to this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    // INVARIANT: not empty, strictly ascending, as long as `sums`.
    instants: Vec<i64>,
    /// The sum of everything up to and including an instant; never overflows.
    sums: Vec<Counts>,
}

/// An alert that a row of a policy would have raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RaisedAlert {
    /// The row: its position in the policy.
    pub row: usize,
    /// The sample at which it began to fire.
    pub from: DateTime<Utc>,
    /// The sample at which it was resolved; `None` if it still fires when the series ends.
    pub until: Option<DateTime<Utc>>,
}

impl Series {
    /// A history from samples in order.
    ///
    /// # Errors
    /// [`Error::Series`] for no samples, and for an instant that is not after the one before it, naming both;
    /// [`Error::CountOverflow`] when the sum of everything does not fit 64 bits, [`Error::InstantOutOfRange`]
    /// outside the years 1678 to 2262.
    pub fn new(samples: impl IntoIterator<Item = (DateTime<Utc>, Counts)>) -> Result<Self, Error> {
        let samples = samples.into_iter();
        let (mut instants, mut sums) = (Vec::new(), Vec::new());
        instants.reserve(samples.size_hint().0);
        sums.reserve(samples.size_hint().0);
        let mut sum = Counts::ZERO;
        for (index, (at, counts)) in samples.enumerate() {
            let instant = at.timestamp_nanos_opt().ok_or(Error::InstantOutOfRange { at })?;
            if let Some(before) = instants.last().filter(|before| **before >= instant) {
                let before = DateTime::from_timestamp_nanos(*before);
                return Err(Error::Series { reason: format!("sample {index} at {at} is not after {before}") });
            }
            sum = sum.merge(counts)?;
            instants.push(instant);
            sums.push(sum);
        }
        if instants.is_empty() {
            return Err(Error::Series { reason: "there are no samples".to_owned() });
        }
        Ok(Self { instants, sums })
    }

    /// How many samples there are, at least one.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a series is never empty")]
    pub fn len(&self) -> usize {
        self.instants.len()
    }

    /// The first instant.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.instants.first().copied().unwrap_or(0))
    }

    /// The last instant.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.instants.last().copied().unwrap_or(0))
    }

    /// From the first instant to the last; `None` for a single sample.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        Span::new(self.start(), self.end()).ok()
    }

    /// Everything that was counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.sums.last().copied().unwrap_or(Counts::ZERO)
    }

    /// What was counted after `start` and up to `end`, as a window that ends there covers it.
    #[must_use]
    pub fn counts_between(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> Counts {
        if end <= start {
            return Counts::ZERO;
        }
        let up_to = |at: DateTime<Utc>| {
            let at = at.timestamp_nanos_opt().unwrap_or(if at < DateTime::UNIX_EPOCH { i64::MIN } else { i64::MAX });
            self.sum_of(self.instants.partition_point(|instant| *instant <= at))
        };
        up_to(end).since(up_to(start))
    }

    /// The alerts that `policy` would have raised, by the start of firing, evaluated at every sample. A row that
    /// could never fire under `objective` raises none.
    ///
    /// `keep_firing` and `no_data` are those of [`AlertRule`].
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] for a negative `keep_firing`.
    pub fn alerts(
        &self,
        policy: &Policy,
        objective: Objective,
        keep_firing: TimeDelta,
        no_data: NoDataRule,
    ) -> Result<Vec<RaisedAlert>, Error> {
        let lengths = policy.windows();
        let mut windows = Vec::with_capacity(lengths.len());
        for length in &lengths {
            let length = nanoseconds("a window", *length)?;
            // A length that a TimeDelta counts in nanoseconds fits.
            windows.push(Window { length: i64::try_from(length).unwrap_or(i64::MAX), first: 0, counts: Counts::ZERO });
        }
        let position = |length: TimeDelta| lengths.iter().position(|other| *other == length).unwrap_or(0);
        let mut rows = Vec::with_capacity(policy.rows().len());
        for row in policy.rows() {
            rows.push(Watched {
                threshold: row.threshold(objective),
                long: position(row.long),
                short: position(row.short.unwrap_or(row.long)),
                alert: Alert::new(AlertRule::for_row(row, keep_firing)?.with_no_data(no_data)),
            });
        }
        let mut raised = Vec::new();
        for (now, sum) in self.instants.iter().zip(&self.sums) {
            for window in &mut windows {
                window.advance(self, *now, *sum);
            }
            for (position, row) in rows.iter_mut().enumerate() {
                row.handle(position, *now, &windows, &mut raised)?;
            }
        }
        for (position, row) in rows.iter().enumerate() {
            if let (true, Some(from)) = (row.alert.is_firing(), row.alert.since()) {
                raised.push(RaisedAlert { row: position, from, until: None });
            }
        }
        raised.sort_unstable_by_key(|alert| (alert.from, alert.row));
        Ok(raised)
    }

    /// The sum of the first `samples`.
    fn sum_of(&self, samples: usize) -> Counts {
        samples.checked_sub(1).and_then(|last| self.sums.get(last)).copied().unwrap_or(Counts::ZERO)
    }
}

/// A window moving along the series.
struct Window {
    length: i64,
    /// The first sample inside.
    first: usize,
    counts: Counts,
}

impl Window {
    #[inline]
    fn advance(&mut self, series: &Series, now: i64, sum: Counts) {
        let start = now.saturating_sub(self.length);
        while series.instants.get(self.first).is_some_and(|at| *at <= start) {
            self.first = self.first.saturating_add(1);
        }
        self.counts = sum.since(series.sum_of(self.first));
    }
}

/// A row and its alert.
struct Watched {
    threshold: Threshold,
    long: usize,
    short: usize,
    alert: Alert,
}

impl Watched {
    #[inline]
    fn handle(
        &mut self,
        position: usize,
        now: i64,
        windows: &[Window],
        raised: &mut Vec<RaisedAlert>,
    ) -> Result<(), Error> {
        let counts = |window: usize| windows.get(window).map_or(Counts::ZERO, |window| window.counts);
        let condition = Condition::of_windows(self.threshold, counts(self.long), counts(self.short));
        // Nothing to tell and nothing pending: no need to turn nanoseconds into an instant.
        if condition == Condition::Clear && matches!(self.alert.state(), AlertState::Inactive | AlertState::Resolved) {
            return Ok(());
        }
        let since = self.alert.since();
        if let Some(transition) = self.alert.handle(DateTime::from_timestamp_nanos(now), condition)?
            && let (AlertState::Firing, Some(from)) = (transition.from, since)
        {
            raised.push(RaisedAlert { row: position, from, until: Some(transition.at) });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn samples_out_of_order_are_named() {
        let error = Series::new([(at(5), Counts::ZERO), (at(5), Counts::ZERO)]).unwrap_err().to_string();
        assert!(error.contains("sample 1 at 1970-01-01 00:00:05 UTC is not after"), "{error}");
        assert!(Series::new([]).unwrap_err().to_string().contains("no samples"));
        let full = Counts::new(0, u64::MAX).unwrap();
        assert!(matches!(Series::new([(at(1), full), (at(2), full)]), Err(Error::CountOverflow { .. })));
        let far = DateTime::<Utc>::MAX_UTC;
        assert!(matches!(Series::new([(far, Counts::ZERO)]), Err(Error::InstantOutOfRange { .. })));
    }

    #[test]
    fn sums_include_their_end_and_not_their_start() {
        let one = Counts::new(1, 1).unwrap();
        let series = Series::new([(at(1), one), (at(2), one), (at(4), one)]).unwrap();
        assert_eq!(series.counts_between(at(1), at(4)).total(), 2);
        assert_eq!(series.counts_between(at(0), at(1)).total(), 1);
        assert_eq!(series.counts_between(at(4), at(1)).total(), 0);
        assert_eq!(series.counts_between(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC).total(), 3);
        assert_eq!(Series::new([(at(1), one)]).unwrap().span(), None);
    }

    #[test]
    fn an_alert_still_firing_at_the_end_is_open() {
        let samples = (1..=120).map(|n| (at(60 * n), Counts::from_bad(if n > 60 { 50 } else { 0 }, 100).unwrap()));
        let series = Series::new(samples).unwrap();
        let policy = Policy::google_30d();
        let alerts = series.alerts(&policy, "99.9%".parse().unwrap(), TimeDelta::zero(), NoDataRule::Freeze).unwrap();
        // The 6-hour row knows only the last hour, and a minute of 50 bad in 6,100 is above 6 x 0.1 % already;
        // the 1-hour row wants more than 86.4 bad in 6,000.
        let open = |row, minute: i64| RaisedAlert { row, from: at(60 * minute), until: None };
        assert_eq!(alerts.first(), Some(&open(1, 61)));
        assert!(alerts.contains(&open(0, 62)), "{alerts:?}");
    }
}
