//! What was left of a budget over time.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use slo_core::{Budget, Counts};
use timeline_core::{Span, SpanSet};

use super::report::BurnDownPoint;
use super::units::within;

/// More points than a chart has pixels for say nothing.
const MOST_POINTS: usize = 400;

/// The budget that a calendar `period` has by its end when traffic goes on as it came since `first`: what came so
/// far, and as much again for each such stretch of open time still to come. With it an even burn lies on the straight
/// line from full to empty, and the forecast goes on where the line ends.
#[must_use]
pub fn expected_by_the_end(
    so_far: Budget,
    period: Span,
    maintenance: &SpanSet,
    first: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Budget {
    let open = |from: DateTime<Utc>, to: DateTime<Utc>| {
        let open = Span::new(from, to).map(|span| maintenance.complement_within(span).total());
        u128::try_from(open.unwrap_or_default().num_milliseconds()).unwrap_or(0)
    };
    let (past, future) = (open(first.max(period.start()), now), open(now, period.end()));
    let more = u128::from(so_far.total()).saturating_mul(future).checked_div(past).unwrap_or(0);
    let total = so_far.total().saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
    so_far.with_total(total).unwrap_or(so_far)
}

/// The remaining share of the allowance that `budget` states, as it was over the history: each point is what
/// the period that ended then had left (a rolling period), or what this period had left by then (a calendar's).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "points of a chart; the casts are within one part in 2^53")]
pub fn points(
    counts: &[(DateTime<Utc>, Counts)],
    budget: &Budget,
    period: Span,
    rolling: bool,
    now: DateTime<Utc>,
) -> Vec<BurnDownPoint> {
    line(counts.iter().map(|(at, counts)| (*at, counts.bad() as f64)), budget, period, rolling, now)
}

/// The same from what each instant spent, which may be parts of a unit.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "points of a chart; the casts are within one part in 2^53")]
pub fn line(
    spent: impl IntoIterator<Item = (DateTime<Utc>, f64)>,
    budget: &Budget,
    period: Span,
    rolling: bool,
    now: DateTime<Utc>,
) -> Vec<BurnDownPoint> {
    let allowed = budget.allowed_billionths() as f64 / 1e9;
    if allowed <= 0.0 {
        return Vec::new();
    }
    let mut window: VecDeque<(DateTime<Utc>, f64)> = VecDeque::new();
    let (mut bad, mut points) = (0.0_f64, Vec::new());
    let length = period.length();
    for (at, spent) in spent {
        if at > now || (!rolling && !within(period, at)) {
            continue;
        }
        bad += spent;
        if rolling {
            if spent > 0.0 {
                window.push_back((at, spent));
            }
            let start = at.checked_sub_signed(length).unwrap_or(at);
            while let Some((_, old)) = window.front().filter(|(first, _)| *first <= start) {
                bad -= *old;
                window.pop_front();
            }
            // Nothing is left of parts that were added and taken away.
            if window.is_empty() {
                bad = 0.0;
            }
        }
        points.push(BurnDownPoint { at, remaining: 1.0 - bad / allowed });
    }
    thinned(points)
}

/// At most [`MOST_POINTS`], each the lowest of those that it stands for; the first and the last are kept.
fn thinned(points: Vec<BurnDownPoint>) -> Vec<BurnDownPoint> {
    if points.len() <= MOST_POINTS {
        return points;
    }
    let (first, last) = (points.first().copied(), points.last().copied());
    let size = points.len().div_ceil(MOST_POINTS.saturating_sub(2));
    let lowest = points.chunks(size).filter_map(|chunk| {
        chunk.iter().copied().min_by(|a, b| a.remaining.total_cmp(&b.remaining).then(b.at.cmp(&a.at)))
    });
    let mut kept: Vec<_> = first.into_iter().chain(lowest).chain(last).collect();
    kept.dedup_by_key(|point| point.at);
    kept
}

/// A length in words for a note.
#[must_use]
pub fn covers(reach: TimeDelta, period: TimeDelta) -> Option<String> {
    // To the minute, so that objectives whose first scrapes are seconds apart say the same.
    let reach = TimeDelta::minutes(reach.num_seconds().saturating_add(30).checked_div(60).unwrap_or(0));
    (reach < period).then(|| {
        format!("the records cover {} of the period of {}", crate::words::length(reach), crate::words::length(period))
    })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, reason = "small numbers")]
mod tests {
    use super::*;

    fn day(day: i64) -> DateTime<Utc> {
        "2026-11-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(day)
    }

    /// 1,000 events a day from the day after `first` to the tenth, `bad` of them bad, at 99 %.
    fn month(first: i64, bad: u64, maintenance: &SpanSet) -> (Budget, Vec<BurnDownPoint>) {
        let counts: Vec<_> = (first + 1..=10).map(|at| (day(at), Counts::from_bad(bad, 1000).unwrap())).collect();
        let sum = counts.iter().fold(Counts::ZERO, |sum, (_, counts)| sum.merge(*counts).unwrap());
        let period = Span::new(day(0), day(30)).unwrap();
        let so_far = Budget::of_events("99%".parse().unwrap(), sum);
        let budget = expected_by_the_end(so_far, period, maintenance, day(first), day(10));
        let points = points(&counts, &budget, period, false, day(10));
        (budget, points)
    }

    #[test]
    fn an_even_burn_lies_on_the_diagonal_of_a_calendar_period() {
        let (budget, points) = month(0, 10, &SpanSet::new());
        assert_eq!(budget.total(), 30_000);
        for (point, day) in points.iter().zip(1_u32..) {
            assert!((point.remaining - (1.0 - f64::from(day) / 30.0)).abs() < 1e-9, "{point:?}");
        }
        // Half as fast: 5 of the 30 days' budget after 10 days.
        let half = month(0, 5, &SpanSet::new()).1;
        assert!((half.last().unwrap().remaining - 5.0 / 6.0).abs() < 1e-9);
    }

    #[test]
    fn a_period_is_expected_to_go_on_as_it_was_recorded() {
        // Records from the fifth day only: 5,000 events, and 20 days at 1,000 to come.
        assert_eq!(month(5, 10, &SpanSet::new()).0.total(), 25_000);
        let maintenance = SpanSet::from_spans([Span::new(day(20), day(25)).unwrap()]);
        assert_eq!(month(0, 10, &maintenance).0.total(), 25_000);
        assert_eq!(month(10, 10, &SpanSet::new()).0.total(), 0);
    }
}
