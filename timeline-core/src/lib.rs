//! Spans of time, piecewise-constant timelines and local calendars with one rule for daylight saving.
//!
//! Everything here is a value or a pure function of values: no clock, no I/O, no global state. Spans are half-open
//! `[start, end)`; whatever would leave the range of instants is [`Error::OutOfRange`] and never a panic.
//!
//! ```
//! use chrono::{DateTime, TimeDelta, Utc};
//! use timeline_core::{CalendarPeriod, PeriodKind, Segment, SpanSet, Timeline, WeeklyWindow, parse_zone};
//!
//! // The week that holds an instant, as people in New York live it: an hour short, since the clocks went forward.
//! let now: DateTime<Utc> = "2024-03-07T12:00:00Z".parse()?;
//! let week = CalendarPeriod::containing(PeriodKind::IsoWeek, parse_zone("America/New_York")?, now)?;
//! assert_eq!(week.label(), "2024-W10");
//! assert_eq!(week.span().length(), TimeDelta::hours(7 * 24 - 1));
//!
//! // The nights in it that somebody must cover: seven of nine hours, of which Saturday's loses one.
//! let nights: WeeklyWindow = "Mon-Sun 22:00-07:00 America/New_York".parse()?;
//! let nights: SpanSet = nights.spans(week.span())?;
//! // Sunday's last seven hours belong to the next week, whose first seven come from the Sunday before.
//! assert_eq!(nights.total(), TimeDelta::hours(7 * 9 - 1));
//!
//! // Who has them, and which are left over.
//! let shifts = nights.iter().take(3).map(|span| Segment { span, value: "ada" });
//! let roster = Timeline::from_segments(shifts)?;
//! assert_eq!(roster.at("2024-03-05T06:00:00Z".parse()?), Some(&"ada"));
//! assert_eq!(nights.difference(&roster.covered()).len(), 5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Map
//!
//! | module | what |
//! |---|---|
//! | [`span`] | [`Span`]: one half-open stretch of time |
//! | [`span_set`] | [`SpanSet`]: any set of instants, with union, intersection, difference, complement, total |
//! | [`timeline`] | [`Timeline`]: a value that holds from instant to instant, with lookup, overlay and gaps |
//! | [`local`] | [`resolve`]: which instant a local time means, the one rule of the workspace; [`parse_zone`] |
//! | [`calendar`] | [`CalendarPeriod`]: the day, ISO week, month, quarter or year of an instant in a zone |
//! | [`anchored`] | [`AnchoredPeriod`]: OpenSLO calendar windows, counted in steps from a local start |
//! | [`weekly`] | [`WeeklyWindow`]: `Mon-Fri 09:00-17:00 Europe/Berlin` |
//! | [`cron`] | [`CronWindow`]: a start by cron pattern and a length |
//!
//! # Where it differs from peers
//!
//! - chrono gives no instant for a skipped local time and leaves the choice of a repeated one to the caller; here
//!   there is one rule, and [`Resolution`] says what it chose:
//!
//!   ```
//!   use chrono::{NaiveDate, TimeZone};
//!   use timeline_core::{Tz, resolve};
//!
//!   let skipped = NaiveDate::from_ymd_opt(2024, 3, 31).and_then(|day| day.and_hms_opt(2, 30, 0)).unwrap();
//!   assert!(Tz::Europe__Berlin.from_local_datetime(&skipped).single().is_none());
//!   assert_eq!(resolve(Tz::Europe__Berlin, skipped)?.to_rfc3339(), "2024-03-31T01:00:00+00:00");
//!   # Ok::<(), timeline_core::Error>(())
//!   ```
//! - croner runs patterns with a wildcard in minute or hour twice in a repeated hour and skips their skipped starts;
//!   here each local time that a pattern names opens one window (`tests/dst.rs`).
//!
//! # Features
//!
//! `serde` (on by default): every value reads and writes, through the same checks as its constructor.

pub mod anchored;
pub mod calendar;
pub mod cron;
mod error;
pub mod local;
pub mod span;
pub mod span_set;
pub mod timeline;
pub mod weekly;

pub use anchored::{AnchoredPeriod, CalendarStep, StepUnit};
pub use calendar::{CalendarPeriod, PeriodKind, Periods};
pub use cron::CronWindow;
pub use error::Error;
pub use local::{Resolution, parse_zone, resolution, resolve, wall_clock};
pub use span::Span;
pub use span_set::SpanSet;
pub use timeline::{Segment, Timeline};
pub use weekly::WeeklyWindow;

pub use chrono_tz::Tz;

/// The code of the README runs too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
