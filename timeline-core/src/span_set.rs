//! Sets of instants, kept as the fewest spans.

use chrono::{DateTime, TimeDelta, Utc};

use crate::span::Span;

/// A set of instants as sorted spans that neither overlap nor touch: two sets are equal exactly when they hold the
/// same instants.
///
/// Building from unsorted spans costs `n log n`; union, intersection and difference walk both sets once; membership
/// is a binary search.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "Vec<Span>", into = "Vec<Span>")
)]
pub struct SpanSet {
    // INVARIANT: spans[i].end() < spans[i + 1].start().
    spans: Vec<Span>,
}

impl SpanSet {
    /// The set that holds no instant.
    #[must_use]
    pub const fn new() -> Self {
        Self { spans: Vec::new() }
    }

    /// The instants that lie in any of `spans`, which may come in any order and overlap.
    #[must_use]
    pub fn from_spans(spans: impl IntoIterator<Item = Span>) -> Self {
        let mut spans: Vec<Span> = spans.into_iter().collect();
        spans.sort_unstable();
        let mut set = Self { spans: Vec::with_capacity(spans.len()) };
        spans.into_iter().for_each(|span| set.push_in_order(span));
        set
    }

    /// Adds every instant of `span`.
    pub fn insert(&mut self, span: Span) {
        let first = self.spans.partition_point(|s| s.end() < span.start());
        let after = self.spans.partition_point(|s| s.start() <= span.end());
        let merged = self.spans.get(first..after).unwrap_or_default().iter().fold(span, |hull, s| hull.hull(*s));
        self.spans.splice(first..after.max(first), [merged]);
    }

    /// The instants in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut set = Self { spans: Vec::with_capacity(self.len().saturating_add(other.len())) };
        let (mut a, mut b) = (self.iter(), other.iter());
        let (mut x, mut y) = (a.next(), b.next());
        let mut earliest = || match (x, y) {
            (Some(s), Some(t)) if t.start() < s.start() => core::mem::replace(&mut y, b.next()),
            (Some(_), _) => core::mem::replace(&mut x, a.next()),
            (None, _) => core::mem::replace(&mut y, b.next()),
        };
        // The span that grows is kept out of the list until it is whole.
        let Some(mut growing) = earliest() else { return set };
        while let Some(span) = earliest() {
            if span.start() <= growing.end() {
                growing.extend_to(span.end());
            } else {
                set.spans.push(growing);
                growing = span;
            }
        }
        set.spans.push(growing);
        set
    }

    /// The instants in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut set = Self::new();
        let (mut a, mut b) = (self.iter().peekable(), other.iter().peekable());
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            if let Some(both) = x.intersect(*y) {
                set.push_in_order(both);
            }
            if x.end() <= y.end() {
                a.next();
            } else {
                b.next();
            }
        }
        set
    }

    /// The instants in this set that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut set = Self::new();
        let mut holes = other.iter().peekable();
        for span in self.iter() {
            let mut from = span.start();
            while let Some(hole) = holes.peek() {
                if hole.end() <= from {
                    holes.next();
                    continue;
                }
                if hole.start() >= span.end() {
                    break;
                }
                if let Some(kept) = Span::between(from, hole.start()) {
                    set.push_in_order(kept);
                }
                from = hole.end();
                // A hole that reaches past this span may still bite into the next one.
                if hole.end() >= span.end() {
                    break;
                }
                holes.next();
            }
            if let Some(kept) = Span::between(from, span.end()) {
                set.push_in_order(kept);
            }
        }
        set
    }

    /// The instants of `within` that are not in this set.
    #[must_use]
    pub fn complement_within(&self, within: Span) -> Self {
        Self::from(within).difference(self)
    }

    /// The instants of this set that lie in `within`. Costs the spans inside, not the whole set.
    #[must_use]
    pub fn clip(&self, within: Span) -> Self {
        let first = self.spans.partition_point(|s| s.end() <= within.start());
        let spans = self.spans.get(first..).unwrap_or_default().iter().map_while(|s| s.intersect(within)).collect();
        Self { spans }
    }

    /// How long all spans are together.
    #[must_use]
    pub fn total(&self) -> TimeDelta {
        // Disjoint spans of instants add up to no more than the range of instants, which a TimeDelta holds.
        self.iter().try_fold(TimeDelta::zero(), |sum, s| sum.checked_add(&s.length())).unwrap_or(TimeDelta::MAX)
    }

    /// Whether `t` is in the set.
    #[must_use]
    pub fn contains(&self, t: DateTime<Utc>) -> bool {
        self.span_at(t).is_some()
    }

    /// The span of the set that holds `t`.
    #[must_use]
    pub fn span_at(&self, t: DateTime<Utc>) -> Option<Span> {
        let after = self.spans.partition_point(|s| s.end() <= t);
        self.spans.get(after).copied().filter(|s| s.contains(t))
    }

    /// The first span that starts at `t` or later.
    #[must_use]
    pub fn next_from(&self, t: DateTime<Utc>) -> Option<Span> {
        let first = self.spans.partition_point(|s| s.start() < t);
        self.spans.get(first).copied()
    }

    /// The spans in ascending order.
    pub fn iter(&self) -> core::iter::Copied<core::slice::Iter<'_, Span>> {
        self.spans.iter().copied()
    }

    /// The spans in ascending order, as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[Span] {
        &self.spans
    }

    /// Whether the set holds no instant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The number of spans.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Appends a span that starts no earlier than the last one did, merging it if they touch.
    pub(crate) fn push_in_order(&mut self, span: Span) {
        match self.spans.last_mut() {
            Some(last) if span.start() <= last.end() => last.extend_to(span.end()),
            _ => self.spans.push(span),
        }
    }
}

impl From<Span> for SpanSet {
    fn from(span: Span) -> Self {
        Self { spans: vec![span] }
    }
}

impl From<Vec<Span>> for SpanSet {
    fn from(spans: Vec<Span>) -> Self {
        Self::from_spans(spans)
    }
}

impl From<SpanSet> for Vec<Span> {
    fn from(set: SpanSet) -> Self {
        set.spans
    }
}

impl FromIterator<Span> for SpanSet {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        Self::from_spans(spans)
    }
}

impl Extend<Span> for SpanSet {
    fn extend<I: IntoIterator<Item = Span>>(&mut self, spans: I) {
        *self = self.union(&Self::from_spans(spans));
    }
}

impl IntoIterator for SpanSet {
    type Item = Span;
    type IntoIter = std::vec::IntoIter<Span>;

    fn into_iter(self) -> Self::IntoIter {
        self.spans.into_iter()
    }
}

impl<'a> IntoIterator for &'a SpanSet {
    type Item = Span;
    type IntoIter = core::iter::Copied<core::slice::Iter<'a, Span>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn set(spans: &[(i64, i64)]) -> SpanSet {
        spans.iter().map(|(a, b)| Span::new(at(*a), at(*b)).unwrap()).collect()
    }

    #[test]
    fn touching_spans_become_one() {
        assert_eq!(set(&[(10, 20), (0, 10)]), set(&[(0, 20)]));
        assert_eq!(set(&[(0, 5), (6, 9)]).len(), 2);
    }

    #[test]
    fn an_inserted_span_swallows_all_that_it_touches() {
        let mut s = set(&[(0, 5), (10, 15), (20, 25), (40, 50)]);
        s.insert(Span::new(at(5), at(20)).unwrap());
        assert_eq!(s, set(&[(0, 25), (40, 50)]));
        s.insert(Span::new(at(30), at(35)).unwrap());
        assert_eq!(s, set(&[(0, 25), (30, 35), (40, 50)]));
    }

    #[test]
    fn one_hole_may_bite_into_two_spans() {
        let left = set(&[(0, 10), (20, 30), (40, 50)]).difference(&set(&[(5, 25), (26, 27), (45, 99)]));
        assert_eq!(left, set(&[(0, 5), (25, 26), (27, 30), (40, 45)]));
    }

    #[test]
    fn the_complement_and_the_total() {
        let s = set(&[(0, 10), (20, 30)]);
        let within = Span::new(at(5), at(40)).unwrap();
        assert_eq!(s.complement_within(within), set(&[(10, 20), (30, 40)]));
        assert_eq!(s.clip(within), set(&[(5, 10), (20, 30)]));
        assert_eq!(s.total(), TimeDelta::seconds(20));
        assert_eq!(SpanSet::new().complement_within(within), within.into());
    }

    #[test]
    fn membership_is_half_open() {
        let s = set(&[(0, 10), (20, 30)]);
        assert!(s.contains(at(0)) && s.contains(at(29)));
        assert!(!s.contains(at(10)) && !s.contains(at(30)) && !s.contains(at(-1)));
        assert_eq!(s.next_from(at(1)), Span::new(at(20), at(30)).ok());
    }

    #[test]
    fn all_of_time_has_a_total() {
        let all = Span::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC).unwrap();
        assert_eq!(SpanSet::from(all).total(), all.length());
    }
}
