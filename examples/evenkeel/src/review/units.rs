//! From scrapes to the units that a budget counts: events, checks or slices, maintenance left out.

use chrono::{DateTime, TimeDelta, Utc};
use slo_core::sli::{NoDataPolicy, Observation};
use slo_core::{Budget, Counts, Error, RatioTally, SliceTally, history};
use timeline_core::{Span, SpanSet};

use crate::book::{Method, Slo};
use crate::history::History;

/// What counts, in the order in which it came to be known.
pub struct Units {
    /// Instants and counts, ascending.
    pub counts: Vec<(DateTime<Utc>, Counts)>,
    /// How many of all bad ones may have been good.
    pub doubt: u64,
    /// What is counted.
    pub unit: &'static str,
}

impl Units {
    /// The units of a history. Slices are counted from the start of `period`, backwards too.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] for more events than 64 bits hold.
    pub fn of(slo: &Slo, history: &History, period: Span, maintenance: &SpanSet) -> Result<Self, Error> {
        let open = |at| open(maintenance, at);
        let events = history.counts().filter(|(at, _)| open(*at));
        let in_period = history.ticks.iter().filter(|tick| open(tick.at) && within(period, tick.at));
        let doubt = in_period.fold(0_u64, |sum, tick| sum.saturating_add(tick.doubt));
        match slo.method {
            // The mean of ratios has no whole units; alerts follow the events.
            Method::Occurrences | Method::RatioTimeslices { .. } => {
                Ok(Self { counts: events.collect(), doubt, unit: slo.indicator.unit() })
            }
            Method::Timeslices { target, slice } => {
                let mut counts: Vec<(DateTime<Utc>, Counts)> = Vec::new();
                for (end, sum) in slices(history, period, slice, open)? {
                    let mut tally = SliceTally::ZERO;
                    tally.add(Observation::Counted(sum), target)?;
                    let slice = tally.counts(NoDataPolicy::Exclude)?;
                    counts.push((end, slice));
                }
                Ok(Self { counts, doubt: 0, unit: "slices" })
            }
        }
    }
}

/// What each slice with events spends under the method RatioTimeslices: its share of bad events.
///
/// # Errors
/// As for [`Units::of`].
pub fn ratios(
    history: &History,
    period: Span,
    slice: TimeDelta,
    maintenance: &SpanSet,
) -> Result<Vec<(DateTime<Utc>, f64)>, Error> {
    let sums = slices(history, period, slice, |at| open(maintenance, at))?;
    Ok(sums.into_iter().map(|(end, sum)| (end, sum.error_ratio().unwrap_or(0.0))).collect())
}

/// Whether what became known at `at` is outside of maintenance: events that became known at the end of maintenance
/// happened during it.
fn open(maintenance: &SpanSet, at: DateTime<Utc>) -> bool {
    !maintenance.contains(at.checked_sub_signed(TimeDelta::nanoseconds(1)).unwrap_or(at))
}

/// The sums of events of each slice that has any, with the slice's end.
fn slices(
    history: &History,
    period: Span,
    slice: TimeDelta,
    open: impl Fn(DateTime<Utc>) -> bool,
) -> Result<Vec<(DateTime<Utc>, Counts)>, Error> {
    let width = slice.num_milliseconds().max(1);
    let origin = period.start();
    let mut sums: Vec<(DateTime<Utc>, Counts)> = Vec::new();
    for (at, counts) in history.counts().filter(|(at, _)| open(*at)) {
        let since = at.signed_duration_since(origin).num_milliseconds().saturating_sub(1);
        let number = since.checked_div_euclid(width).unwrap_or(0).saturating_add(1);
        let end = TimeDelta::try_milliseconds(number.saturating_mul(width))
            .and_then(|offset| origin.checked_add_signed(offset))
            .unwrap_or(at);
        match sums.last_mut() {
            Some((last, sum)) if *last == end => *sum = sum.merge(counts)?,
            _ => sums.push((end, counts)),
        }
    }
    Ok(sums)
}

/// Whether what became known at `at` happened within `span`.
pub fn within(span: Span, at: DateTime<Utc>) -> bool {
    span.start() < at && at <= span.end()
}

/// The budget of `period`, and what maintenance left out.
///
/// # Errors
/// As for [`history::timeslices`].
pub fn budget(slo: &Slo, history: &History, period: Span, maintenance: &SpanSet) -> Result<(Budget, u64), Error> {
    let counts = history.counts();
    match slo.method {
        Method::Occurrences => {
            let events = history::occurrences(period, counts, maintenance)?;
            Ok((Budget::of_events(slo.objective, events.counted), events.excluded.total()))
        }
        Method::Timeslices { target, slice } => {
            let tally = history::timeslices(period, slice, target, counts, maintenance)?;
            let open = tally.good().saturating_add(tally.bad()).saturating_add(tally.no_data());
            whole_period(tally.budget(slo.objective, slo.no_data)?, open, tally.excluded())
        }
        Method::RatioTimeslices { slice } => {
            let tally: RatioTally = history::ratio_timeslices(period, slice, counts, maintenance)?;
            let open = tally.slices().saturating_add(tally.no_data());
            whole_period(tally.budget(slo.objective, slo.no_data)?, open, tally.excluded())
        }
    }
}

/// Slices are known beforehand, so the allowance is that of the whole period.
fn whole_period(budget: Budget, open: u64, excluded: u64) -> Result<(Budget, u64), Error> {
    if budget.total() == 0 { Ok((budget, excluded)) } else { Ok((budget.with_total(open)?, excluded)) }
}
