//! Spans of time, piecewise-constant timelines and local calendars with one rule for daylight saving.

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
