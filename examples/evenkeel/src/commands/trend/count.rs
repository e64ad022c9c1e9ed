//! Events counted by calendar periods.

use chrono::{DateTime, NaiveTime, Utc};
use clap::ValueEnum;
use timeline_core::{CalendarPeriod, PeriodKind, Tz, resolve};

use super::moment::Moment;
use crate::fault::{Fault, Faults};
use crate::observations::Texts;

/// The period that events are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Period {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Period {
    const fn kind(self) -> PeriodKind {
        match self {
            Self::Day => PeriodKind::Day,
            Self::Week => PeriodKind::IsoWeek,
            Self::Month => PeriodKind::Month,
            Self::Quarter => PeriodKind::Quarter,
            Self::Year => PeriodKind::Year,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// Events by period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counts {
    /// The whole periods, each with its events; a period without any counts 0.
    pub(super) periods: Vec<(String, u64)>,
    /// The first and the last period where the events, or the bounds given, cover only a part of them.
    pub(super) partial: Vec<String>,
    /// How many events are in those.
    pub(super) in_partial: u64,
    /// How many events are outside the bounds given.
    pub(super) outside: u64,
}

/// The bounds within which all events are known, where they are given.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bounds {
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) until: Option<DateTime<Utc>>,
}

/// Counts the events. Without bounds, they are known from the first to the last of them.
///
/// # Errors
/// A fault for each cell that is no instant and no day.
pub(super) fn counts(events: &Texts, period: Period, zone: Tz, bounds: Bounds) -> Result<Counts, Faults> {
    let mut faults = Faults::default();
    let mut instants: Vec<DateTime<Utc>> = Vec::with_capacity(events.cells.len());
    for (cell, line) in &events.cells {
        match instant(cell, zone) {
            Ok(at) => instants.push(at),
            Err(message) => {
                let fault = Fault::of(&events.source, message).at_line(*line);
                faults.push(events.name.as_ref().map_or(fault.clone(), |name| fault.at_path(name)));
            }
        }
    }
    faults.or(())?;
    instants.sort_unstable();
    let all = instants.len();
    instants.retain(|at| bounds.from.is_none_or(|from| from <= *at) && bounds.until.is_none_or(|until| *at < until));
    let outside = u64::try_from(all.saturating_sub(instants.len())).unwrap_or(u64::MAX);
    let mut counts = Counts { periods: Vec::new(), partial: Vec::new(), in_partial: 0, outside };
    let ends = bounds.from.or(instants.first().copied()).zip(bounds.until.or(instants.last().copied()));
    let Some((from, until)) = ends else { return Ok(counts) };
    let out_of_range = |error: timeline_core::Error| Fault::of(&events.source, error);
    let mut current = CalendarPeriod::containing(period.kind(), zone, from).map_err(out_of_range)?;
    let mut left = instants.as_slice();
    loop {
        let (start, end) = (current.span().start(), current.span().end());
        let (within, later) = left.split_at(left.partition_point(|at| *at < end));
        left = later;
        let here = u64::try_from(within.len()).unwrap_or(u64::MAX);
        if from <= start && end <= until {
            counts.periods.push((current.label(), here));
        } else {
            counts.partial.push(current.label());
            counts.in_partial = counts.in_partial.saturating_add(here);
        }
        // An event at the last instant known belongs to the period that begins there.
        if end > until || (end == until && bounds.until.is_some()) {
            return Ok(counts);
        }
        current = current.next().map_err(out_of_range)?;
    }
}

/// When an event was; a day means its first instant.
pub(super) fn instant(cell: &str, zone: Tz) -> Result<DateTime<Utc>, String> {
    match Moment::read(cell, Some(zone))? {
        Moment::Instant(at) => Ok(at),
        Moment::Day(day) => resolve(zone, day.and_time(NaiveTime::MIN)).map_err(|error| error.to_string()),
        other => Err(format!("`{cell}` is {}, not an instant or a day, such as `2026-11-24`", other.kind())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(cells: &[&str]) -> Texts {
        let cells = cells.iter().zip(1..).map(|(cell, line)| ((*cell).to_owned(), line)).collect();
        Texts { source: "events.csv".to_owned(), name: Some("at".to_owned()), cells, skipped: 0 }
    }

    fn by(period: Period, zone: Tz, cells: &[&str]) -> Counts {
        counts(&events(cells), period, zone, Bounds::default()).unwrap()
    }

    fn named(counts: &Counts) -> Vec<(&str, u64)> {
        counts.periods.iter().map(|(label, count)| (label.as_str(), *count)).collect()
    }

    #[test]
    fn the_first_and_the_last_week_are_partial_and_empty_ones_count() {
        let cells = ["2026-01-20", "2026-01-07", "2026-01-13", "2026-01-14", "2026-02-04", "2026-01-08"];
        let counts = by(Period::Week, Tz::UTC, &cells);
        assert_eq!(named(&counts), [("2026-W03", 2), ("2026-W04", 1), ("2026-W05", 0)]);
        assert_eq!((counts.partial, counts.in_partial), (vec!["2026-W02".to_owned(), "2026-W06".to_owned()], 3));
    }

    #[test]
    fn bounds_make_the_ends_whole() {
        let cells = ["2026-01-04", "2026-01-07", "2026-01-13", "2026-01-20"];
        let at = |day| Some(instant(day, Tz::UTC).unwrap());
        let bounds = Bounds { from: at("2026-01-05"), until: at("2026-01-19") };
        let counts = counts(&events(&cells), Period::Week, Tz::UTC, bounds).unwrap();
        assert_eq!(named(&counts), [("2026-W02", 1), ("2026-W03", 1)]);
        assert_eq!((counts.partial.len(), counts.in_partial, counts.outside), (0, 0, 2));
    }

    #[test]
    fn days_are_those_of_the_zone_on_the_nights_when_clocks_change() {
        // 23:30 in Berlin on the 28th, 00:30 on the 29th (23 hours long), 00:30 on the 30th.
        let cells = ["2026-03-27T12:00:00Z", "2026-03-28T22:30:00Z", "2026-03-28T23:30:00Z", "2026-03-29T22:30:00Z"];
        let cells = [cells.as_slice(), &["2026-03-31T12:00:00Z"]].concat();
        let berlin = by(Period::Day, Tz::Europe__Berlin, &cells);
        assert_eq!(named(&berlin), [("2026-03-28", 1), ("2026-03-29", 1), ("2026-03-30", 1)]);
        let utc = by(Period::Day, Tz::UTC, &cells);
        assert_eq!(named(&utc), [("2026-03-28", 2), ("2026-03-29", 1), ("2026-03-30", 0)]);
    }

    #[test]
    fn a_leap_day_is_a_day() {
        let counts = by(Period::Day, Tz::UTC, &["2024-02-28", "2024-02-29", "2024-02-29", "2024-03-01"]);
        assert_eq!(named(&counts), [("2024-02-28", 1), ("2024-02-29", 2)]);
    }

    #[test]
    fn cells_that_are_no_instants_are_all_named() {
        let faults = counts(&events(&["2026-W01", "soon", "7"]), Period::Day, Tz::UTC, Bounds::default()).unwrap_err();
        let lines: Vec<_> = faults.faults.iter().filter_map(|fault| fault.line).collect();
        assert_eq!(lines, [1, 2, 3]);
    }
}
