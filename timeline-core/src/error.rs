//! Everything that this crate refuses, in the words of whoever wrote the input.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::span::Span;

/// Why an input was refused. Each variant holds the offending value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A span that holds no instant: its start is not before its end.
    #[error("start `{start}` is not before end `{end}`")]
    EmptySpan {
        /// The start given.
        start: DateTime<Utc>,
        /// The end given.
        end: DateTime<Utc>,
    },
    /// The answer lies outside the years that an instant can hold (about ±262,000).
    #[error("{what} is outside the range of instants")]
    OutOfRange {
        /// What was being computed.
        what: &'static str,
    },
    /// No zone of that name in the IANA database.
    #[error("time zone `{given}` is not in the IANA database{}", suggestion(.near))]
    UnknownZone {
        /// The name given.
        given: String,
        /// Names close to it, at most three.
        near: Vec<&'static str>,
    },
    /// The zone's calendar jumped over that day (`Pacific/Apia` has no 2011-12-30).
    #[error("day `{date}` does not exist in `{zone}`: its clocks jumped over it")]
    NoSuchDay {
        /// The day asked for.
        date: NaiveDate,
        /// The zone.
        zone: chrono_tz::Tz,
    },
    /// A calendar step that is not a positive number and a unit.
    #[error("step `{given}` is not a positive whole number followed by one of m, h, d, w, M, Q, Y")]
    BadStep {
        /// The text given.
        given: String,
    },
    /// Segments of one timeline that claim the same instants.
    #[error("segments overlap: {}", listing(.overlaps))]
    OverlappingSegments {
        /// Each pair of neighbours, in order of start, that share an instant.
        overlaps: Vec<(Span, Span)>,
    },
    /// Changes of one timeline that are not in strictly ascending order.
    #[error("change at `{at}` does not come after the change at `{previous}`")]
    UnorderedChanges {
        /// The change out of order.
        at: DateTime<Utc>,
        /// The change before it in the list.
        previous: DateTime<Utc>,
    },
    /// A weekly window that does not read as days, times and a zone.
    #[error("weekly window `{given}`: {fault}")]
    BadWeeklyWindow {
        /// The text given.
        given: String,
        /// What is wrong with it.
        fault: String,
    },
    /// A cron pattern that does not parse.
    #[error("cron pattern `{given}`: {fault}")]
    BadCron {
        /// The pattern given.
        given: String,
        /// What is wrong with it.
        fault: String,
    },
    /// A window length that is not a positive number of whole seconds or is longer than allowed.
    #[error("length `{given}` is not a whole number of seconds from 1 s up to `{bound}`")]
    BadLength {
        /// The length given.
        given: TimeDelta,
        /// The greatest length allowed.
        bound: TimeDelta,
    },
}

fn suggestion(near: &[&'static str]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean `{}`?", near.join("` or `")) }
}

fn listing(overlaps: &[(Span, Span)]) -> String {
    const SHOWN: usize = 5;
    let mut text = overlaps.iter().take(SHOWN).map(|(a, b)| format!("`{a}` and `{b}`")).collect::<Vec<_>>().join(", ");
    if let Some(more) = overlaps.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
