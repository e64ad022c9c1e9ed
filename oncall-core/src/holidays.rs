//! Public holidays, as dates in a zone.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use timeline_core::{CalendarPeriod, PeriodKind, Span, SpanSet, Tz};

use crate::error::Error;
use crate::person::checked_name;

/// The public holidays of one place: whole local days in its zone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawCalendar", into = "RawCalendar")
)]
pub struct HolidayCalendar {
    name: String,
    zone: Tz,
    days: BTreeMap<NaiveDate, String>,
}

impl HolidayCalendar {
    /// A calendar of named days.
    ///
    /// # Errors
    /// [`Error::BadName`] for its name or a day's; [`Error::HolidayTwice`] for a date that is there twice.
    pub fn new(name: &str, zone: Tz, days: impl IntoIterator<Item = (NaiveDate, String)>) -> Result<Self, Error> {
        let name = checked_name("holiday calendar", name)?.to_owned();
        let mut known = BTreeMap::new();
        for (date, day) in days {
            checked_name("holiday", &day)?;
            if known.insert(date, day).is_some() {
                return Err(Error::HolidayTwice { calendar: name, date });
            }
        }
        Ok(Self { name, zone, days: known })
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone whose days these are.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The days, in order, with their names.
    pub fn days(&self) -> impl Iterator<Item = (NaiveDate, &str)> {
        self.days.iter().map(|(date, name)| (*date, name.as_str()))
    }

    /// The holidays within a span. A day of a DST change has its true length.
    ///
    /// # Errors
    /// [`Error::Time`] where a day is beyond the range of instants.
    pub fn spans(&self, within: Span) -> Result<SpanSet, Error> {
        let mut spans = Vec::new();
        for date in self.days.keys() {
            let day = CalendarPeriod::of_date(PeriodKind::Day, self.zone, *date)?.span();
            spans.extend(day.intersect(within));
        }
        Ok(SpanSet::from_spans(spans))
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCalendar {
    name: String,
    zone: Tz,
    days: Vec<RawDay>,
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDay {
    date: NaiveDate,
    name: String,
}

#[cfg(feature = "serde")]
impl TryFrom<RawCalendar> for HolidayCalendar {
    type Error = Error;

    fn try_from(raw: RawCalendar) -> Result<Self, Error> {
        Self::new(&raw.name, raw.zone, raw.days.into_iter().map(|day| (day.date, day.name)))
    }
}

#[cfg(feature = "serde")]
impl From<HolidayCalendar> for RawCalendar {
    fn from(calendar: HolidayCalendar) -> Self {
        let days = calendar.days.into_iter().map(|(date, name)| RawDay { date, name }).collect();
        Self { name: calendar.name, zone: calendar.zone, days }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_holiday_is_a_local_day_of_true_length() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap();
        let berlin = HolidayCalendar::new("Berlin", Tz::Europe__Berlin, [(day, "Sunday".to_owned())]).unwrap();
        let year = Span::new("2026-01-01T00:00:00Z".parse().unwrap(), "2027-01-01T00:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(berlin.spans(year).unwrap().total(), TimeDelta::hours(23));
    }

    #[test]
    fn a_date_twice_is_refused() {
        let day = NaiveDate::from_ymd_opt(2026, 12, 25).unwrap();
        let twice = HolidayCalendar::new("x", Tz::UTC, [(day, "a".to_owned()), (day, "b".to_owned())]);
        assert_eq!(twice, Err(Error::HolidayTwice { calendar: "x".into(), date: day }));
    }
}
