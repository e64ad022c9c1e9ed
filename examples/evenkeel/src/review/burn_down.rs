//! What was left of a budget over time.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use slo_core::{Budget, Counts};
use timeline_core::Span;

use super::report::BurnDownPoint;
use super::units::within;

/// More points than a chart has pixels for say nothing.
const MOST_POINTS: usize = 400;

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
    let allowed = budget.allowed_billionths() as f64 / 1e9;
    if allowed <= 0.0 {
        return Vec::new();
    }
    let mut window: VecDeque<(DateTime<Utc>, u64)> = VecDeque::new();
    let (mut bad, mut points) = (0_u64, Vec::new());
    let length = period.length();
    for (at, counts) in counts {
        if *at > now || (!rolling && !within(period, *at)) {
            continue;
        }
        bad = bad.saturating_add(counts.bad());
        if rolling {
            if counts.bad() > 0 {
                window.push_back((*at, counts.bad()));
            }
            let start = at.checked_sub_signed(length).unwrap_or(*at);
            while let Some((_, old)) = window.front().filter(|(first, _)| *first <= start) {
                bad = bad.saturating_sub(*old);
                window.pop_front();
            }
        }
        points.push(BurnDownPoint { at: *at, remaining: 1.0 - bad as f64 / allowed });
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
