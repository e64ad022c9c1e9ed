//! Sets of spans are the sets of minutes that they cover: every operation against 64 bits.
#![no_main]

use chrono::{DateTime, TimeDelta, Utc};
use libfuzzer_sys::fuzz_target;
use timeline_core::{Span, SpanSet};

fuzz_target!(|input: (Vec<(u8, u8)>, Vec<(u8, u8)>, (u8, u8))| {
    let (left, right, within) = input;
    let (a, a_bits) = build(&left);
    let (b, b_bits) = build(&right);
    same(&a, a_bits);
    same(&a.union(&b), a_bits | b_bits);
    same(&a.intersection(&b), a_bits & b_bits);
    same(&a.difference(&b), a_bits & !b_bits);
    let mut inserted = a.clone();
    for span in &b {
        inserted.insert(span);
    }
    assert_eq!(inserted, a.union(&b));
    if let Some((span, bits)) = one(within) {
        same(&a.clip(span), a_bits & bits);
        same(&a.complement_within(span), !a_bits & bits);
    }
    let json = serde_json::to_string(&a).expect("a set serialises");
    assert_eq!(serde_json::from_str::<SpanSet>(&json).ok(), Some(a));
});

fn minute(n: u8) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(n.into())
}

fn one((start, length): (u8, u8)) -> Option<(Span, u64)> {
    let (start, end) = (start % 64, (start % 64).saturating_add(length % 64).min(64));
    let span = Span::new(minute(start), minute(end)).ok()?;
    Some((span, (start..end).map(|n| 1_u64 << n).sum()))
}

fn build(pairs: &[(u8, u8)]) -> (SpanSet, u64) {
    let spans: Vec<_> = pairs.iter().copied().filter_map(one).collect();
    (SpanSet::from_spans(spans.iter().map(|(span, _)| *span)), spans.iter().fold(0, |all, (_, bits)| all | bits))
}

fn same(set: &SpanSet, bits: u64) {
    for n in 0..64 {
        let covered = bits >> n & 1 == 1;
        assert_eq!(set.contains(minute(n)), covered);
        assert_eq!(set.span_at(minute(n)).is_some(), covered);
    }
    assert_eq!(set.total(), TimeDelta::minutes(bits.count_ones().into()));
    // Sorted, disjoint and merged: a gap between any two.
    assert!(set.as_slice().windows(2).all(|pair| pair[0].end() < pair[1].start()));
}
