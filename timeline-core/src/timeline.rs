//! A value that holds from instant to instant.

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::span::Span;
use crate::span_set::SpanSet;

/// A span and the value that holds in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Segment<T> {
    /// When.
    pub span: Span,
    /// What.
    pub value: T,
}

/// A piecewise constant function of time: at each instant one value, or none (a gap).
///
/// Segments are kept as given: two neighbours with equal values stay two until
/// [`merge_adjacent`](Timeline::merge_adjacent).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize),
    serde(try_from = "Vec<Segment<T>>", bound(deserialize = "T: serde::Deserialize<'de>"))
)]
pub struct Timeline<T> {
    // INVARIANT: sorted, and no two share an instant.
    segments: Vec<Segment<T>>,
    // INVARIANT: the second in which each segment starts. A search over these is twice as fast as over whole instants.
    seconds: Vec<i64>,
}

impl<T> Timeline<T> {
    /// The timeline that has no value anywhere.
    #[must_use]
    pub const fn new() -> Self {
        Self { segments: Vec::new(), seconds: Vec::new() }
    }

    /// The timeline made of these segments, in any order. Costs `n log n`.
    ///
    /// # Errors
    /// [`Error::OverlappingSegments`] if two of them claim an instant, with every such pair of neighbours in order of
    /// start.
    pub fn from_segments(segments: impl IntoIterator<Item = Segment<T>>) -> Result<Self, Error> {
        let mut segments: Vec<_> = segments.into_iter().collect();
        segments.sort_by_key(|segment| segment.span);
        let mut overlaps = Vec::new();
        let mut reaches_furthest: Option<Span> = None;
        for Segment { span, .. } in &segments {
            if let Some(earlier) = reaches_furthest.filter(|earlier| earlier.overlaps(*span)) {
                overlaps.push((earlier, *span));
            }
            if reaches_furthest.is_none_or(|earlier| earlier.end() < span.end()) {
                reaches_furthest = Some(*span);
            }
        }
        if overlaps.is_empty() { Ok(Self::in_order(segments)) } else { Err(Error::OverlappingSegments { overlaps }) }
    }

    /// The timeline over `within` of a value that starts as `initial` and then changes: `None` means that nothing is
    /// known from there on.
    ///
    /// Changes before `within` decide what it starts as; changes after it are passed over.
    ///
    /// # Errors
    /// [`Error::UnorderedChanges`] unless each change comes after the one before.
    pub fn from_changes(
        within: Span,
        initial: Option<T>,
        changes: impl IntoIterator<Item = (DateTime<Utc>, Option<T>)>,
    ) -> Result<Self, Error> {
        let mut segments = Vec::new();
        let (mut since, mut value) = (within.start(), initial);
        let mut previous = None;
        for (at, next) in changes {
            if let Some(previous) = previous.filter(|previous| at <= *previous) {
                return Err(Error::UnorderedChanges { at, previous });
            }
            previous = Some(at);
            if at >= within.end() {
                continue;
            }
            let until = at.max(since);
            push(&mut segments, Span::between(since, until), value);
            (since, value) = (until, next);
        }
        push(&mut segments, Span::between(since, within.end()), value);
        Ok(Self::in_order(segments))
    }

    /// The value at `t`, by binary search.
    #[must_use]
    pub fn at(&self, t: DateTime<Utc>) -> Option<&T> {
        self.segment_at(t).map(|segment| &segment.value)
    }

    /// The segment that holds `t`, by binary search.
    #[must_use]
    pub fn segment_at(&self, t: DateTime<Utc>) -> Option<&Segment<T>> {
        let second = t.timestamp();
        let mut after = self.seconds.partition_point(|start| *start <= second);
        if self.segments.get(after.checked_sub(1)?).is_some_and(|segment| t < segment.span.start()) {
            // Only segments that start in the very second of `t` are left to tell apart.
            after = self.segments.partition_point(|segment| segment.span.start() <= t);
        }
        self.segments.get(after.checked_sub(1)?).filter(|segment| t < segment.span.end())
    }

    /// The parts of the segments that lie in `within`, in order. Costs the segments inside.
    pub fn segments(&self, within: Span) -> impl Iterator<Item = (Span, &T)> + Clone {
        let first = self.segments.partition_point(|segment| segment.span.end() <= within.start());
        self.segments
            .get(first..)
            .unwrap_or_default()
            .iter()
            .map_while(move |segment| segment.span.intersect(within).map(|span| (span, &segment.value)))
    }

    /// Every segment, in order.
    pub fn iter(&self) -> core::slice::Iter<'_, Segment<T>> {
        self.segments.iter()
    }

    /// This timeline where `other` has no value, and `other` where it has one.
    #[must_use]
    pub fn overlay(&self, other: &Self) -> Self
    where
        T: Clone,
    {
        let mut merged = Vec::with_capacity(self.len().saturating_add(other.len()));
        let mut above = other.segments.iter().peekable();
        for below in &self.segments {
            let mut from = below.span.start();
            while let Some(top) = above.peek() {
                if top.span.start() >= below.span.end() {
                    break;
                }
                push(&mut merged, Span::between(from, top.span.start()), Some(below.value.clone()));
                from = from.max(top.span.end());
                // A segment that reaches past this one is written once, and may still cover the next one.
                if top.span.end() > below.span.end() {
                    break;
                }
                merged.extend(above.next().cloned());
            }
            push(&mut merged, Span::between(from, below.span.end()), Some(below.value.clone()));
        }
        merged.extend(above.cloned());
        Self::in_order(merged)
    }

    /// The parts of `within` where there is no value.
    #[must_use]
    pub fn gaps(&self, within: Span) -> SpanSet {
        self.segments(within).map(|(span, _)| span).collect::<SpanSet>().complement_within(within)
    }

    /// Every instant that has a value.
    #[must_use]
    pub fn covered(&self) -> SpanSet {
        self.instants_where(|_| true)
    }

    /// Every instant that has a value of which `holds` is true.
    #[must_use]
    pub fn instants_where(&self, mut holds: impl FnMut(&T) -> bool) -> SpanSet {
        self.segments.iter().filter(|segment| holds(&segment.value)).map(|segment| segment.span).collect()
    }

    /// The same function of time with as few segments as can be: neighbours that touch and are equal become one.
    #[must_use]
    pub fn merge_adjacent(self) -> Self
    where
        T: PartialEq,
    {
        let mut merged: Vec<Segment<T>> = Vec::with_capacity(self.segments.len());
        for segment in self.segments {
            match merged.last_mut() {
                Some(last) if last.value == segment.value && last.span.touches(segment.span) => {
                    last.span = last.span.hull(segment.span);
                }
                _ => merged.push(segment),
            }
        }
        Self::in_order(merged)
    }

    /// The same segments with `f` of each value.
    #[must_use]
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Timeline<U> {
        let segments =
            self.segments.into_iter().map(|Segment { span, value }| Segment { span, value: f(value) }).collect();
        Timeline { segments, seconds: self.seconds }
    }

    /// Whether no instant has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// The number of segments.
    #[must_use]
    pub fn len(&self) -> usize {
        self.segments.len()
    }

    /// From segments that keep the invariant.
    fn in_order(segments: Vec<Segment<T>>) -> Self {
        let seconds = segments.iter().map(|segment| segment.span.start().timestamp()).collect();
        Self { segments, seconds }
    }
}

/// Appends a segment if both its span and its value exist.
fn push<T>(segments: &mut Vec<Segment<T>>, span: Option<Span>, value: Option<T>) {
    if let (Some(span), Some(value)) = (span, value) {
        segments.push(Segment { span, value });
    }
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> TryFrom<Vec<Segment<T>>> for Timeline<T> {
    type Error = Error;

    fn try_from(segments: Vec<Segment<T>>) -> Result<Self, Error> {
        Self::from_segments(segments)
    }
}

impl<T> IntoIterator for Timeline<T> {
    type Item = Segment<T>;
    type IntoIter = std::vec::IntoIter<Segment<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.segments.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Timeline<T> {
    type Item = &'a Segment<T>;
    type IntoIter = core::slice::Iter<'a, Segment<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// As the list of its segments.
#[cfg(feature = "serde")]
impl<T: serde::Serialize> serde::Serialize for Timeline<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.segments.serialize(serializer)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn span(start: i64, end: i64) -> Span {
        Span::new(at(start), at(end)).unwrap()
    }

    fn line(segments: &[(i64, i64, char)]) -> Timeline<char> {
        Timeline::from_segments(segments.iter().map(|(a, b, value)| Segment { span: span(*a, *b), value: *value }))
            .unwrap()
    }

    #[test]
    fn a_value_holds_from_its_start_up_to_its_end() {
        let t = line(&[(10, 20, 'b'), (0, 10, 'a'), (30, 40, 'c')]);
        assert_eq!([0, 9, 10, 19].map(|s| t.at(at(s)).copied()), [Some('a'), Some('a'), Some('b'), Some('b')]);
        assert_eq!([-1, 20, 29, 40].map(|s| t.at(at(s))), [None; 4]);
        assert_eq!(t.gaps(span(-5, 35)), [span(-5, 0), span(20, 30)].into_iter().collect());
        assert_eq!(
            t.segments(span(5, 31)).map(|(s, v)| (s.end(), *v)).collect::<Vec<_>>(),
            [(at(10), 'a'), (at(20), 'b'), (at(31), 'c')]
        );
    }

    #[test]
    fn many_segments_may_start_in_one_second() {
        let ns = |n: i64| at(100) + chrono::TimeDelta::nanoseconds(n);
        let segments = (0..50).map(|n| Segment { span: Span::new(ns(n * 10), ns(n * 10 + 9)).unwrap(), value: n });
        let t = Timeline::from_segments(segments.chain([Segment { span: span(99, 100), value: -1 }])).unwrap();
        assert_eq!(t.at(at(99)), Some(&-1));
        for n in 0..500 {
            assert_eq!(t.at(ns(n)).copied(), (n % 10 < 9).then_some(n / 10));
        }
        assert_eq!([t.at(ns(-1)), t.at(ns(500))], [Some(&-1), None]);
    }

    #[test]
    fn every_overlap_is_named() {
        let segments = [(0, 100), (10, 20), (20, 30), (100, 110)].map(|(a, b)| Segment { span: span(a, b), value: () });
        let Err(error) = Timeline::from_segments(segments) else { panic!("accepted overlapping segments") };
        assert_eq!(
            error,
            Error::OverlappingSegments { overlaps: vec![(span(0, 100), span(10, 20)), (span(0, 100), span(20, 30))] }
        );
        assert!(error.to_string().starts_with("segments overlap: `1970-01-01T00:00:00Z/1970-01-01T00:01:40Z` and `"));
    }

    #[test]
    fn the_upper_line_wins_where_it_speaks() {
        let below = line(&[(0, 10, 'a'), (10, 20, 'b'), (30, 40, 'c')]);
        let above = line(&[(-5, -1, 'w'), (5, 12, 'x'), (13, 14, 'y'), (35, 50, 'z')]);
        assert_eq!(
            below.overlay(&above),
            line(&[
                (-5, -1, 'w'),
                (0, 5, 'a'),
                (5, 12, 'x'),
                (12, 13, 'b'),
                (13, 14, 'y'),
                (14, 20, 'b'),
                (30, 35, 'c'),
                (35, 50, 'z')
            ])
        );
        assert_eq!(below.overlay(&line(&[(-1, 99, 'q')])), line(&[(-1, 99, 'q')]));
        assert_eq!(Timeline::new().overlay(&above), above);
    }

    #[test]
    fn changes_are_clipped_and_must_ascend() {
        let changes = [(at(-5), Some('a')), (at(10), None), (at(20), Some('b')), (at(99), Some('c'))];
        let t = Timeline::from_changes(span(0, 30), Some('z'), changes).unwrap();
        assert_eq!(t, line(&[(0, 10, 'a'), (20, 30, 'b')]));
        let unordered = Timeline::from_changes(span(0, 30), None, [(at(5), Some('a')), (at(5), Some('b'))]);
        assert_eq!(unordered, Err(Error::UnorderedChanges { at: at(5), previous: at(5) }));
    }

    #[test]
    fn equal_neighbours_merge_only_where_they_touch() {
        let t = line(&[(0, 10, 'a'), (10, 20, 'a'), (21, 30, 'a'), (30, 31, 'b')]);
        assert_eq!(t.merge_adjacent(), line(&[(0, 20, 'a'), (21, 30, 'a'), (30, 31, 'b')]));
        let upper = line(&[(0, 1, 'a')]).map(|c| c.to_ascii_uppercase());
        assert_eq!(upper, line(&[(0, 1, 'A')]));
    }
}
