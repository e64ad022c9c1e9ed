//! Spans of time, piecewise-constant timelines and local calendars with one rule for daylight saving.

pub mod anchored;
pub mod calendar;
mod error;
pub mod local;
pub mod span;
pub mod span_set;

pub use anchored::{AnchoredPeriod, CalendarStep, StepUnit};
pub use calendar::{CalendarPeriod, PeriodKind, Periods};
pub use error::Error;
pub use local::{Resolution, parse_zone, resolution, resolve, wall_clock};
pub use span::Span;
pub use span_set::SpanSet;

pub use chrono_tz::Tz;
