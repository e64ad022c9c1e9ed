//! From observations over time to a budget, with declared maintenance left out and reported.
//!
//! Counts observed at an instant are events from before it: an observation at the very end of a slice belongs
//! to that slice.

use chrono::{DateTime, TimeDelta, Utc};
use timeline_core::{Span, SpanSet};

use crate::budget::Budget;
use crate::error::{Error, in_words};
use crate::objective::{Objective, SliceTarget};
use crate::sli::{Counts, Observation};
use crate::slices::{RatioTally, SliceTally};

/// What counts, and what maintenance left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrences {
    /// Events that count.
    pub counted: Counts,
    /// Events during declared maintenance.
    pub excluded: Counts,
    /// Declared maintenance within the span.
    pub excluded_time: TimeDelta,
}

/// Events within `span`, apart from those during `maintenance`: the method Occurrences.
///
/// # Errors
/// [`Error::CountOverflow`] when a sum does not fit 64 bits.
///
/// ```
/// use chrono::DateTime;
/// use slo_core::{Budget, Counts, history};
/// use timeline_core::{Span, SpanSet};
/// let at = |minute: i64| DateTime::from_timestamp(60 * minute, 0).unwrap();
/// let observed = [(at(1), Counts::new(9, 10)?), (at(2), Counts::new(0, 10)?), (at(3), Counts::new(10, 10)?)];
/// let maintenance = SpanSet::from_spans([Span::new(at(1), at(2))?]);
/// let day = Span::new(at(0), at(1_440))?;
/// let events = history::occurrences(day, observed, &maintenance)?;
/// assert_eq!((events.counted.bad(), events.excluded.bad()), (1, 10));
/// let budget = Budget::of_events("99%".parse()?, events.counted);
/// # assert_eq!(budget.total(), 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn occurrences(
    span: Span,
    observed: impl IntoIterator<Item = (DateTime<Utc>, Counts)>,
    maintenance: &SpanSet,
) -> Result<Occurrences, Error> {
    let mut sums =
        Occurrences { counted: Counts::ZERO, excluded: Counts::ZERO, excluded_time: maintenance.clip(span).total() };
    for (at, counts) in observed {
        let happened = just_before(at);
        if !span.contains(happened) {
            continue;
        }
        let sum = if maintenance.contains(happened) { &mut sums.excluded } else { &mut sums.counted };
        *sum = sum.merge(counts)?;
    }
    Ok(sums)
}

/// The whole slices of `span`, counted from its start, as good, bad, without data or left out: the method
/// Timeslices. A slice that maintenance touches is left out; a last slice that `span` cuts off is no slice.
///
/// # Errors
/// [`Error::DurationOutOfRange`] for a slice that is not positive or leaves more than [`MOST_SLICES`],
/// [`Error::CountOverflow`] when a sum does not fit 64 bits.
pub fn timeslices(
    span: Span,
    slice: TimeDelta,
    target: SliceTarget,
    observed: impl IntoIterator<Item = (DateTime<Utc>, Counts)>,
    maintenance: &SpanSet,
) -> Result<SliceTally, Error> {
    let mut tally = SliceTally::ZERO;
    for observation in slices(span, slice, observed, maintenance)? {
        match observation {
            Some(observation) => tally.add(observation, target)?,
            None => tally.add_excluded()?,
        }
    }
    Ok(tally)
}

/// As [`timeslices`], for the method RatioTimeslices: each slice weighs its own ratio.
///
/// # Errors
/// As for [`timeslices`].
pub fn ratio_timeslices(
    span: Span,
    slice: TimeDelta,
    observed: impl IntoIterator<Item = (DateTime<Utc>, Counts)>,
    maintenance: &SpanSet,
) -> Result<RatioTally, Error> {
    let mut tally = RatioTally::ZERO;
    for observation in slices(span, slice, observed, maintenance)? {
        match observation {
            Some(observation) => tally.add(observation)?,
            None => tally.add_excluded()?,
        }
    }
    Ok(tally)
}

/// A budget of time, to the nanosecond: `span` less `maintenance`, of which `down` was bad; and how much
/// downtime fell into maintenance and so was left out. `None` when maintenance covers the whole span.
///
/// # Errors
/// [`Error::DurationOutOfRange`] beyond 292 years.
pub fn downtime(
    objective: Objective,
    span: Span,
    down: &SpanSet,
    maintenance: &SpanSet,
) -> Result<Option<(Budget, TimeDelta)>, Error> {
    let down = down.clip(span);
    let counted = down.difference(maintenance).total();
    let open = SpanSet::from_spans([span]).difference(maintenance).total();
    if open <= TimeDelta::zero() {
        return Ok(None);
    }
    let excluded = down.intersection(maintenance).total();
    Ok(Some((Budget::of_time(objective, open, counted)?, excluded)))
}

/// The most slices that a span may be cut into: a year of seconds.
pub const MOST_SLICES: usize = 31_622_400;

/// Each whole slice's observation; `None` where maintenance touches it.
fn slices(
    span: Span,
    slice: TimeDelta,
    observed: impl IntoIterator<Item = (DateTime<Utc>, Counts)>,
    maintenance: &SpanSet,
) -> Result<Vec<Option<Observation>>, Error> {
    let fault = || Error::DurationOutOfRange {
        what: "the time slice",
        given: in_words(slice),
        bound: format!("{}, in at most {MOST_SLICES} slices", in_words(span.length())),
    };
    let width = slice.num_nanoseconds().filter(|width| *width > 0).ok_or_else(fault)?;
    let index = |length: TimeDelta| {
        let whole = length.num_nanoseconds()?.checked_div_euclid(width)?;
        usize::try_from(whole).ok()
    };
    let count = index(span.length()).filter(|count| *count <= MOST_SLICES).ok_or_else(fault)?;
    let mut slices = vec![Some(Observation::NoData); count];
    for (at, counts) in observed {
        let since = just_before(at).signed_duration_since(span.start());
        let Some(Some(entry)) = index(since).and_then(|index| slices.get_mut(index)) else {
            continue;
        };
        *entry = Observation::Counted(match entry {
            Observation::Counted(sum) => sum.merge(counts)?,
            Observation::NoData => counts,
        });
    }
    for closed in maintenance.clip(span).iter() {
        let first = index(closed.start().signed_duration_since(span.start())).unwrap_or(0);
        let last = index(just_before(closed.end()).signed_duration_since(span.start())).unwrap_or(count);
        slices.iter_mut().take(last.saturating_add(1)).skip(first).for_each(|entry| *entry = None);
    }
    Ok(slices)
}

/// The last instant before `at`: what was observed at `at` happened by then.
fn just_before(at: DateTime<Utc>) -> DateTime<Utc> {
    at.checked_sub_signed(TimeDelta::nanoseconds(1)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn span(start: i64, end: i64) -> Span {
        Span::new(at(start), at(end)).unwrap()
    }

    fn bad(bad: u64, total: u64) -> Counts {
        Counts::from_bad(bad, total).unwrap()
    }

    #[test]
    fn an_observation_at_the_end_of_a_slice_belongs_to_it() {
        let observed = [(at(60), bad(1, 1)), (at(61), bad(0, 1)), (at(0), bad(9, 9)), (at(181), bad(9, 9))];
        let target = SliceTarget::from_ratio("1").unwrap();
        let minute = TimeDelta::seconds(60);
        let tally = timeslices(span(0, 180), minute, target, observed, &SpanSet::new()).unwrap();
        assert_eq!((tally.good(), tally.bad(), tally.no_data()), (1, 1, 1));
    }

    #[test]
    fn maintenance_leaves_out_the_slices_that_it_touches() {
        let observed = (1..=5).map(|minute| (at(60 * minute), bad(1, 1)));
        let target = SliceTarget::from_ratio("1").unwrap();
        let maintenance = SpanSet::from_spans([span(119, 180), span(900, 990)]);
        let tally = timeslices(span(0, 330), TimeDelta::seconds(60), target, observed, &maintenance).unwrap();
        // Slices 1 and 2 are touched; the cut-off sixth is no slice.
        assert_eq!((tally.bad(), tally.excluded(), tally.no_data()), (3, 2, 0));
    }

    #[test]
    fn downtime_in_maintenance_is_reported_apart() {
        let down = SpanSet::from_spans([span(0, 100), span(500, 600)]);
        let maintenance = SpanSet::from_spans([span(50, 150)]);
        let objective = "90%".parse().unwrap();
        let (budget, excluded) = downtime(objective, span(0, 1_000), &down, &maintenance).unwrap().unwrap();
        assert_eq!(excluded, TimeDelta::seconds(50));
        assert_eq!((budget.total(), budget.consumed()), (900_000_000_000, 150_000_000_000));
        assert_eq!(downtime(objective, span(60, 80), &down, &maintenance), Ok(None));
    }

    #[test]
    fn slices_that_cannot_be_are_refused() {
        let ratio = |span, slice| ratio_timeslices(span, slice, [], &SpanSet::new());
        assert!(ratio(span(0, 10), TimeDelta::zero()).is_err());
        assert!(ratio(span(0, 100_000_000), TimeDelta::seconds(1)).is_err());
        assert_eq!(ratio(span(0, 10), TimeDelta::seconds(60)).unwrap(), RatioTally::ZERO);
    }
}
