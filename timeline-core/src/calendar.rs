//! Days, ISO weeks, months, quarters and years as people in a time zone live them.

use core::fmt;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::error::Error;
use crate::local;
use crate::span::Span;

/// How long a calendar period is, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum PeriodKind {
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday (ISO 8601).
    IsoWeek,
    /// From the first to the last of a month.
    Month,
    /// Three months, from January, April, July or October.
    Quarter,
    /// From January to December.
    Year,
}

impl PeriodKind {
    /// The first day of the period that `date` belongs to.
    fn first_day(self, date: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => Some(date),
            Self::IsoWeek => date.checked_sub_days(Days::new(date.weekday().num_days_from_monday().into())),
            Self::Month => date.with_day(1),
            Self::Quarter => NaiveDate::from_ymd_opt(date.year(), first_month_of_quarter(date.month()), 1),
            Self::Year => NaiveDate::from_ymd_opt(date.year(), 1, 1),
        }
    }

    /// The first day of the period after the one that begins on `first`.
    fn following(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => first.checked_add_days(Days::new(1)),
            Self::IsoWeek => first.checked_add_days(Days::new(7)),
            Self::Month => first.checked_add_months(Months::new(1)),
            Self::Quarter => first.checked_add_months(Months::new(3)),
            Self::Year => first.checked_add_months(Months::new(12)),
        }
    }

    /// The first day of the period before the one that begins on `first`.
    fn preceding(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => first.checked_sub_days(Days::new(1)),
            Self::IsoWeek => first.checked_sub_days(Days::new(7)),
            Self::Month => first.checked_sub_months(Months::new(1)),
            Self::Quarter => first.checked_sub_months(Months::new(3)),
            Self::Year => first.checked_sub_months(Months::new(12)),
        }
    }
}

/// One day, ISO week, month, quarter or year in a time zone.
///
/// It begins at local midnight of its first day (the first instant after, where the clocks jumped over midnight) and
/// ends where the next one begins, so that the periods of a kind tile time: each instant is in exactly one. A day may
/// be 23, 24 or 25 hours long, or another length where the clocks moved otherwise.
///
/// A day that never was (`Pacific/Apia` 2011-12-30) is no period: [`CalendarPeriod::of_date`] refuses it and
/// [`CalendarPeriod::next`] passes over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawPeriod", into = "RawPeriod")
)]
pub struct CalendarPeriod {
    kind: PeriodKind,
    zone: Tz,
    // INVARIANT: the first day of a period of `kind`, and `span` is what it covers in `zone`.
    first_day: NaiveDate,
    span: Span,
}

impl CalendarPeriod {
    /// The period that holds the instant `t`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] at the ends of time.
    pub fn containing(kind: PeriodKind, zone: Tz, t: DateTime<Utc>) -> Result<Self, Error> {
        let mut period = Self::of_date(kind, zone, local::wall_clock(zone, t)?.date())?;
        // Where the clocks went back over midnight, the date shown is not always that of the period.
        while t < period.span.start() {
            period = period.previous()?;
        }
        while period.span.end() <= t {
            period = period.next()?;
        }
        Ok(period)
    }

    /// The period that the local day `date` belongs to.
    ///
    /// # Errors
    /// [`Error::NoSuchDay`] if `kind` is a day that the zone's clocks jumped over; [`Error::OutOfRange`] at the ends of
    /// time.
    pub fn of_date(kind: PeriodKind, zone: Tz, date: NaiveDate) -> Result<Self, Error> {
        let first_day = kind.first_day(date).ok_or(OUT)?;
        Self::beginning(kind, zone, first_day)?.ok_or(Error::NoSuchDay { date, zone })
    }

    /// The period that begins on `first_day`, `None` if no instant belongs to it.
    fn beginning(kind: PeriodKind, zone: Tz, first_day: NaiveDate) -> Result<Option<Self>, Error> {
        let midnight = |day: NaiveDate| local::resolve(zone, day.and_time(NaiveTime::MIN));
        let following = kind.following(first_day).ok_or(OUT)?;
        let span = Span::between(midnight(first_day)?, midnight(following)?);
        Ok(span.map(|span| Self { kind, zone, first_day, span }))
    }

    /// The period that begins where this one ends.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] at the end of time.
    pub fn next(self) -> Result<Self, Error> {
        self.step(PeriodKind::following)
    }

    /// The period that ends where this one begins.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] at the start of time.
    pub fn previous(self) -> Result<Self, Error> {
        self.step(PeriodKind::preceding)
    }

    fn step(self, to: impl Fn(PeriodKind, NaiveDate) -> Option<NaiveDate>) -> Result<Self, Error> {
        let mut day = self.first_day;
        loop {
            day = to(self.kind, day).ok_or(OUT)?;
            if let Some(period) = Self::beginning(self.kind, self.zone, day)? {
                return Ok(period);
            }
        }
    }

    /// The periods that share an instant with `within`, in order. The first and the last may reach out of it.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] at the ends of time.
    pub fn over(kind: PeriodKind, zone: Tz, within: Span) -> Result<Periods, Error> {
        let first = Self::containing(kind, zone, within.start())?;
        // Asked for now, so that the iterator cannot stop early: every later period of the span is closer.
        let before_end = within.end().checked_sub_signed(chrono::TimeDelta::nanoseconds(1));
        Self::containing(kind, zone, before_end.ok_or(OUT)?)?;
        Ok(Periods { next: Some(first), end: within.end() })
    }

    /// The instants of the period.
    #[must_use]
    pub const fn span(self) -> Span {
        self.span
    }

    /// Which kind of period it is.
    #[must_use]
    pub const fn kind(self) -> PeriodKind {
        self.kind
    }

    /// The zone whose calendar it follows.
    #[must_use]
    pub const fn zone(self) -> Tz {
        self.zone
    }

    /// Its first day, by the calendar of the zone.
    #[must_use]
    pub const fn first_day(self) -> NaiveDate {
        self.first_day
    }

    /// Its name: `2026-11-24`, `2026-W48`, `2026-11`, `2026-Q4` or `2026`.
    #[must_use]
    pub fn label(self) -> String {
        self.to_string()
    }
}

/// The label: `2026-11-24`, `2026-W48`, `2026-11`, `2026-Q4` or `2026`.
impl fmt::Display for CalendarPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.first_day;
        match self.kind {
            PeriodKind::Day => write!(f, "{day}"),
            PeriodKind::IsoWeek => {
                let week = day.iso_week();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            PeriodKind::Month => write!(f, "{:04}-{:02}", day.year(), day.month()),
            PeriodKind::Quarter => write!(f, "{:04}-Q{}", day.year(), day.quarter()),
            PeriodKind::Year => write!(f, "{:04}", day.year()),
        }
    }
}

/// The periods over a span, from [`CalendarPeriod::over`].
#[derive(Debug, Clone)]
pub struct Periods {
    next: Option<CalendarPeriod>,
    end: DateTime<Utc>,
}

impl Iterator for Periods {
    type Item = CalendarPeriod;

    fn next(&mut self) -> Option<CalendarPeriod> {
        let period = self.next.take().filter(|period| period.span.start() < self.end)?;
        self.next = period.next().ok();
        Some(period)
    }
}

impl core::iter::FusedIterator for Periods {}

const OUT: Error = Error::OutOfRange { what: "a calendar period" };

const fn first_month_of_quarter(month: u32) -> u32 {
    match month {
        ..=3 => 1,
        4..=6 => 4,
        7..=9 => 7,
        _ => 10,
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPeriod {
    kind: PeriodKind,
    zone: String,
    /// Any day of the period on input, its first day on output.
    date: NaiveDate,
}

#[cfg(feature = "serde")]
impl TryFrom<RawPeriod> for CalendarPeriod {
    type Error = Error;

    fn try_from(raw: RawPeriod) -> Result<Self, Error> {
        Self::of_date(raw.kind, local::parse_zone(&raw.zone)?, raw.date)
    }
}

#[cfg(feature = "serde")]
impl From<CalendarPeriod> for RawPeriod {
    fn from(period: CalendarPeriod) -> Self {
        Self { kind: period.kind, zone: period.zone.name().to_owned(), date: period.first_day }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    fn hours(period: CalendarPeriod) -> i64 {
        period.span().length().num_hours()
    }

    #[test]
    fn each_kind_has_its_label() {
        let t = date(2026, 11, 24).and_hms_opt(12, 0, 0).unwrap().and_utc();
        let label = |kind| CalendarPeriod::containing(kind, Tz::Europe__Berlin, t).unwrap().label();
        assert_eq!(label(PeriodKind::Day), "2026-11-24");
        assert_eq!(label(PeriodKind::IsoWeek), "2026-W48");
        assert_eq!(label(PeriodKind::Month), "2026-11");
        assert_eq!(label(PeriodKind::Quarter), "2026-Q4");
        assert_eq!(label(PeriodKind::Year), "2026");
    }

    #[test]
    fn the_iso_week_may_belong_to_another_year() {
        let week = CalendarPeriod::of_date(PeriodKind::IsoWeek, Tz::UTC, date(2027, 1, 1)).unwrap();
        assert_eq!(week.label(), "2026-W53");
        assert_eq!(week.next().unwrap().label(), "2027-W01");
    }

    #[test]
    fn days_are_as_long_as_the_clocks_make_them() {
        let day = |zone, d| CalendarPeriod::of_date(PeriodKind::Day, zone, d).unwrap();
        assert_eq!(hours(day(Tz::America__New_York, date(2024, 3, 10))), 23);
        assert_eq!(hours(day(Tz::America__New_York, date(2024, 11, 3))), 25);
        assert_eq!(hours(day(Tz::Asia__Kolkata, date(2024, 11, 3))), 24);
    }

    #[test]
    fn the_day_that_samoa_skipped_is_no_period() {
        let refused = CalendarPeriod::of_date(PeriodKind::Day, Tz::Pacific__Apia, date(2011, 12, 30));
        assert_eq!(
            refused.unwrap_err().to_string(),
            "day `2011-12-30` does not exist in `Pacific/Apia`: its clocks jumped over it"
        );
        let before = CalendarPeriod::of_date(PeriodKind::Day, Tz::Pacific__Apia, date(2011, 12, 29)).unwrap();
        let after = before.next().unwrap();
        assert_eq!(after.label(), "2011-12-31");
        assert_eq!(before.span().end(), after.span().start());
        assert_eq!(after.previous().unwrap(), before);
        let week = CalendarPeriod::of_date(PeriodKind::IsoWeek, Tz::Pacific__Apia, date(2011, 12, 30)).unwrap();
        assert_eq!(hours(week), 6 * 24);
    }

    #[test]
    fn clocks_that_go_back_over_midnight_leave_each_instant_in_one_day() {
        // St John's went from 00:01 back to 23:01 on 2006-10-29: Sunday's midnight came, and Saturday evening again.
        let sunday = CalendarPeriod::of_date(PeriodKind::Day, Tz::America__St_Johns, date(2006, 10, 29)).unwrap();
        let again = sunday.span().start() + chrono::TimeDelta::minutes(30);
        assert_eq!(local::wall_clock(Tz::America__St_Johns, again).unwrap().date(), date(2006, 10, 28));
        let found = CalendarPeriod::containing(PeriodKind::Day, Tz::America__St_Johns, again).unwrap();
        assert_eq!(found, sunday);
        assert_eq!(hours(sunday), 25);
    }

    #[test]
    fn the_ends_of_time_are_errors() {
        for t in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let found = CalendarPeriod::containing(PeriodKind::Year, Tz::Pacific__Apia, t);
            assert!(matches!(found, Err(Error::OutOfRange { .. })), "{found:?}");
        }
    }

    #[test]
    fn periods_over_a_span_include_both_ends() {
        let span = Span::new(
            date(2026, 1, 31).and_hms_opt(12, 0, 0).unwrap().and_utc(),
            date(2026, 4, 1).and_hms_opt(0, 0, 0).unwrap().and_utc(),
        )
        .unwrap();
        let labels: Vec<_> =
            CalendarPeriod::over(PeriodKind::Month, Tz::UTC, span).unwrap().map(CalendarPeriod::label).collect();
        assert_eq!(labels, ["2026-01", "2026-02", "2026-03"]);
    }
}
