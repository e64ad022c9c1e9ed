//! Time on call in windows that slide over all instants.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use timeline_core::{Span, SpanSet};

use super::{Bound, Duty, Limit, Reason, on_duty, overlap};

/// The windows of `weeks` in which more than `percent` of the time and the slack may be served, each with the time of
/// each duty in it in nanoseconds, in order.
///
/// Time on call in `[t, t + length)` is continuous in `t`, and grows or falls evenly between the instants at which a
/// duty enters or leaves. It can be largest only where a duty starts at `t` or ends at the end of the window. Of the
/// windows in which a duty to be judged has part, the first and the last can be largest as well: those that it touches.
/// A window is left out where the next one, or the one before, has all that it has.
pub(super) fn limits(duties: &[Duty<'_>], percent: u32, weeks: u32, slack_minutes: u32) -> Vec<Limit> {
    let length = TimeDelta::weeks(i64::from(weeks));
    let share = nanoseconds(length).saturating_mul(u64::from(percent)).div_euclid(100);
    let most = share.saturating_add(nanoseconds(TimeDelta::minutes(i64::from(slack_minutes))));

    let mut order: Vec<_> = on_duty(duties).collect();
    order.sort_by_key(|(_, duty)| duty.span);
    let longest = order.iter().map(|(_, duty)| duty.span.length()).max().unwrap_or_default();
    let busy: SpanSet = order.iter().map(|(_, duty)| duty.span).collect();
    // Whether nothing is served from one instant to a later one.
    let is_idle = |from, until| Span::new(from, until).is_ok_and(|span| overlap(&busy, span) == TimeDelta::zero());

    let mut limits: Vec<Limit> = Vec::new();
    let starts: Vec<_> = starts(&order, length).into_iter().collect();
    let nexts = starts.iter().skip(1).copied().map(Some).chain([None]);
    for (&start, next) in starts.iter().zip(nexts) {
        let Ok(window) = Span::starting_at(start, length) else { continue };
        let from = start.checked_sub_signed(longest).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let first = order.partition_point(|(_, duty)| duty.span.start() < from);
        let near = order.iter().skip(first).take_while(|(_, duty)| duty.span.start() <= window.end());
        let near: Vec<_> = near.filter(|(_, duty)| duty.span.touches(window)).collect();
        let time = |duty: &Duty<'_>| duty.span.intersect(window).map_or(0, |part| nanoseconds(part.length()));
        let sum = |fixed_only: bool| {
            let counted = near.iter().filter(|(_, duty)| duty.fixed || !fixed_only);
            counted.fold(0_u64, |sum, (_, duty)| sum.saturating_add(time(duty)))
        };
        let (total, fixed) = (sum(false), sum(true));
        // Where the time served already is too much, whatever reaches into a window nearby is too much as well.
        let counts = |duty: &Duty<'_>| time(duty) > 0 || (fixed > most && !duty.fixed);
        let items: Vec<_> =
            near.iter().filter(|(_, duty)| counts(duty)).map(|(place, duty)| (*place, time(duty))).collect();
        let is_judged = near.iter().any(|(_, duty)| !duty.fixed && counts(duty));
        if total <= most || !is_judged {
            continue;
        }
        let next_has_all = || next.is_some_and(|next| is_idle(start, next));
        let last_has_all = || limits.last().is_some_and(|last| is_idle(last.span.end(), window.end()));
        if fixed > most || !(next_has_all() || last_has_all()) {
            limits.push(Limit { items, bound: Bound::AtMost(most), reason: Reason::Time, span: window });
        }
    }
    limits
}

/// The windows, by their starts, in which time on call can be largest.
fn starts(order: &[(usize, &Duty<'_>)], length: TimeDelta) -> BTreeSet<DateTime<Utc>> {
    let before = |t: DateTime<Utc>| t.checked_sub_signed(length);
    let mut starts = BTreeSet::new();
    for (_, duty) in order {
        starts.insert(duty.span.start());
        starts.extend(before(duty.span.end()));
        if !duty.fixed {
            starts.insert(duty.span.end());
            starts.extend(before(duty.span.start()));
        }
    }
    starts
}

/// Exact up to 292 years, far beyond any window; past that the largest number.
fn nanoseconds(time: TimeDelta) -> u64 {
    time.num_nanoseconds().and_then(|n| u64::try_from(n).ok()).unwrap_or(u64::MAX)
}
