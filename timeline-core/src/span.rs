//! A half-open stretch of time.

use core::fmt;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::error::Error;

/// A half-open stretch of time `[start, end)`: it holds its start and not its end.
///
/// There is no empty span: where nothing is left (an intersection of spans apart from each other), the answer is an
/// `Option`.
///
/// Spans order by start, then by end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawSpan", into = "RawSpan")
)]
pub struct Span {
    // INVARIANT: start < end.
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Span {
    /// The span from `start` up to, not including, `end`.
    ///
    /// # Errors
    /// [`Error::EmptySpan`] unless `start < end`.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, Error> {
        Self::between(start, end).ok_or(Error::EmptySpan { start, end })
    }

    /// The span of the given length that begins at `start`.
    ///
    /// # Errors
    /// [`Error::EmptySpan`] if `length` is not positive, [`Error::OutOfRange`] if the end is no instant.
    pub fn starting_at(start: DateTime<Utc>, length: TimeDelta) -> Result<Self, Error> {
        let end = start.checked_add_signed(length).ok_or(Error::OutOfRange { what: "the end of a span" })?;
        Self::new(start, end)
    }

    /// The span of the given length that stops just before `end`: what a window looks back over.
    ///
    /// # Errors
    /// [`Error::EmptySpan`] if `length` is not positive, [`Error::OutOfRange`] if the start is no instant.
    pub fn ending_at(end: DateTime<Utc>, length: TimeDelta) -> Result<Self, Error> {
        let start = end.checked_sub_signed(length).ok_or(Error::OutOfRange { what: "the start of a span" })?;
        Self::new(start, end)
    }

    /// The span between two instants, `None` when nothing lies between.
    pub(crate) fn between(start: DateTime<Utc>, end: DateTime<Utc>) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// Moves the end later, if `end` is later.
    pub(crate) fn extend_to(&mut self, end: DateTime<Utc>) {
        self.end = self.end.max(end);
    }

    /// The first instant inside.
    #[must_use]
    pub const fn start(self) -> DateTime<Utc> {
        self.start
    }

    /// The first instant after.
    #[must_use]
    pub const fn end(self) -> DateTime<Utc> {
        self.end
    }

    /// How long it is: always positive.
    #[must_use]
    pub fn length(self) -> TimeDelta {
        self.end.signed_duration_since(self.start)
    }

    /// Whether `t` is in `[start, end)`.
    #[must_use]
    pub fn contains(self, t: DateTime<Utc>) -> bool {
        self.start <= t && t < self.end
    }

    /// Whether every instant of `other` is in this span.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share an instant.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether the two share an instant or follow one another without a gap, so that their union is one span.
    #[must_use]
    pub fn touches(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    /// The instants in both, `None` if there are none.
    #[must_use]
    pub fn intersect(self, other: Self) -> Option<Self> {
        Self::between(self.start.max(other.start), self.end.min(other.end))
    }

    /// The smallest span that covers both, the gap between them included.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The span moved later by `by` (earlier when negative), its length kept.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if either end would be no instant.
    pub fn shift(self, by: TimeDelta) -> Result<Self, Error> {
        let moved = |t: DateTime<Utc>| t.checked_add_signed(by).ok_or(Error::OutOfRange { what: "a shifted span" });
        Ok(Self { start: moved(self.start)?, end: moved(self.end)? })
    }
}

/// As an ISO 8601 interval: `2026-11-01T00:00:00Z/2026-12-01T00:00:00Z`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |t: DateTime<Utc>| t.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        write!(f, "{}/{}", text(self.start), text(self.end))
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSpan {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawSpan> for Span {
    type Error = Error;

    fn try_from(raw: RawSpan) -> Result<Self, Error> {
        Self::new(raw.start, raw.end)
    }
}

#[cfg(feature = "serde")]
impl From<Span> for RawSpan {
    fn from(span: Span) -> Self {
        Self { start: span.start, end: span.end }
    }
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

    #[test]
    fn an_empty_or_reversed_span_is_refused_with_both_ends() {
        assert_eq!(Span::new(at(5), at(5)), Err(Error::EmptySpan { start: at(5), end: at(5) }));
        assert_eq!(
            Span::new(at(6), at(5)).unwrap_err().to_string(),
            "start `1970-01-01 00:00:06 UTC` is not before end `1970-01-01 00:00:05 UTC`"
        );
    }

    #[test]
    fn the_start_is_inside_and_the_end_is_not() {
        let s = span(10, 20);
        assert!(s.contains(at(10)) && s.contains(at(19)));
        assert!(!s.contains(at(20)) && !s.contains(at(9)));
    }

    #[test]
    fn spans_that_follow_one_another_touch_but_share_nothing() {
        assert!(span(0, 10).touches(span(10, 20)));
        assert!(!span(0, 10).overlaps(span(10, 20)));
        assert_eq!(span(0, 10).intersect(span(10, 20)), None);
        assert!(!span(0, 10).touches(span(11, 20)));
        assert_eq!(span(0, 15).intersect(span(10, 20)), Some(span(10, 15)));
        assert_eq!(span(0, 5).hull(span(10, 20)), span(0, 20));
        assert!(span(0, 20).covers(span(0, 20)) && !span(0, 20).covers(span(0, 21)));
    }

    #[test]
    fn moving_past_the_last_instant_is_an_error_and_not_a_panic() {
        let all = Span::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC).unwrap();
        assert!(all.length() > TimeDelta::zero());
        assert!(matches!(all.shift(TimeDelta::seconds(1)), Err(Error::OutOfRange { .. })));
        assert!(matches!(Span::ending_at(DateTime::<Utc>::MIN_UTC, TimeDelta::days(1)), Err(Error::OutOfRange { .. })));
        assert_eq!(span(0, 10).shift(TimeDelta::seconds(-10)).unwrap(), span(-10, 0));
        assert!(matches!(Span::starting_at(at(0), TimeDelta::zero()), Err(Error::EmptySpan { .. })));
    }

    #[test]
    fn it_prints_as_an_iso_interval() {
        assert_eq!(span(0, 86_400).to_string(), "1970-01-01T00:00:00Z/1970-01-02T00:00:00Z");
    }
}
