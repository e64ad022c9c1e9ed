//! timeline-core: lookups and set arithmetic over ten thousand spans.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, missing_docs, reason = "a bench fails by panicking")]

use std::hint::black_box;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use timeline_core::{Segment, Span, SpanSet, Timeline};

const SPANS: i64 = 10_000;

/// Minutes after a start in the year 2025.
fn minute(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(28_927_860 + minutes)
}

/// Spans of `length` minutes, one every ten minutes, the first at `first`.
fn spans(first: i64, length: i64) -> impl Iterator<Item = Span> {
    (0..SPANS).map(move |index| Span::new(minute(first + 10 * index), minute(first + 10 * index + length)).unwrap())
}

fn timeline(criterion: &mut Criterion) {
    let segments = spans(0, 7).enumerate().map(|(value, span)| Segment { span, value });
    let timeline = Timeline::from_segments(segments).unwrap();
    assert_eq!(timeline.len(), 10_000);
    // A stride that is coprime to the number of minutes visits every minute once, in no order a cache likes.
    let questions: Vec<_> = (0..100_000).map(|index| minute(index * 37_813 % 100_000)).collect();
    let found = questions.iter().filter(|t| timeline.at(**t).is_some()).count();
    assert_eq!(found, 70_000);

    let mut group = criterion.benchmark_group("timeline");
    let mut next = questions.iter().cycle();
    group.bench_function("at/10000", |bench| bench.iter(|| timeline.at(*next.next().unwrap())));

    let left: SpanSet = SpanSet::from_spans(spans(0, 6));
    for (name, first, length, merged) in [("apart", 6, 3, 10_000), ("overlapping", 5, 3, 10_000), ("chained", 5, 6, 1)]
    {
        let right = SpanSet::from_spans(spans(first, length));
        assert_eq!(left.union(&right).len(), merged, "{name}");
        group.bench_function(format!("union/{name}/2x10000"), |bench| {
            bench.iter(|| black_box(&left).union(black_box(&right)));
        });
    }
    let ordered: Vec<_> = spans(0, 6).collect();
    let shuffled: Vec<_> = (0..ordered.len()).filter_map(|index| ordered.get(index * 3_779 % ordered.len())).collect();
    group.bench_function("from_spans/10000", |bench| {
        bench.iter(|| SpanSet::from_spans(black_box(&shuffled).iter().map(|span| **span)));
    });
    group.finish();
}

criterion_group!(suites, timeline);
criterion_main!(suites);
