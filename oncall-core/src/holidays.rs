//! Public holidays, as dates in a zone, for everybody or for some sites.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use timeline_core::{CalendarPeriod, PeriodKind, Span, SpanSet, Tz, wall_clock};

use crate::error::Error;
use crate::person::checked_name;
use crate::team::Person;

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
    sites: BTreeSet<String>,
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
        Ok(Self { name, zone, sites: BTreeSet::new(), days: known })
    }

    /// Holds for the people of this site (and of those named before), no longer for everybody.
    ///
    /// # Errors
    /// [`Error::BadName`] for a site that is no name.
    pub fn for_site(mut self, site: &str) -> Result<Self, Error> {
        self.sites.insert(checked_name("site", site)?.to_owned());
        Ok(self)
    }

    /// The sites it holds for; empty for all.
    #[must_use]
    pub const fn sites(&self) -> &BTreeSet<String> {
        &self.sites
    }

    /// Whether these are holidays of the person: a calendar of no site holds for everybody.
    #[must_use]
    pub fn holds_for(&self, person: &Person) -> bool {
        self.sites.is_empty() || person.site().is_some_and(|site| self.sites.contains(site))
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

    /// The days that share an instant with `within`, in order, with their dates and names, cut to it. A day of a DST
    /// change has its true length; a day that the zone's clocks jumped over is none.
    ///
    /// # Errors
    /// [`Error::Time`] where a day is beyond the range of instants.
    pub fn days_within(&self, within: Span) -> Result<Vec<(Span, NaiveDate, &str)>, Error> {
        let near = |t| wall_clock(self.zone, t).map(|wall| wall.date());
        // A day more at each end, for clocks that moved over midnight.
        let first = near(within.start())?.pred_opt().unwrap_or(NaiveDate::MIN);
        let last = near(within.end())?.succ_opt().unwrap_or(NaiveDate::MAX);
        let mut days = Vec::new();
        for (date, name) in self.days.range(first..=last) {
            let day = match CalendarPeriod::of_date(PeriodKind::Day, self.zone, *date) {
                Ok(day) => day.span(),
                Err(timeline_core::Error::NoSuchDay { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            days.extend(day.intersect(within).map(|span| (span, *date, name.as_str())));
        }
        Ok(days)
    }

    /// The instants of holidays within a span.
    ///
    /// # Errors
    /// [`Error::Time`] where a day is beyond the range of instants.
    pub fn spans(&self, within: Span) -> Result<SpanSet, Error> {
        Ok(self.days_within(within)?.into_iter().map(|(span, ..)| span).collect())
    }
}

/// The holiday calendars of all places, each once; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<HolidayCalendar>", into = "Vec<HolidayCalendar>")
)]
pub struct Holidays {
    calendars: Vec<HolidayCalendar>,
}

impl Holidays {
    /// No holidays anywhere.
    pub const NONE: Self = Self { calendars: Vec::new() };

    /// # Errors
    /// [`Error::Several`] with an [`Error::CalendarTwice`] for each whose name is there before.
    pub fn new(calendars: Vec<HolidayCalendar>) -> Result<Self, Error> {
        let mut names = BTreeSet::new();
        let mut faults = Vec::new();
        for (place, calendar) in calendars.iter().enumerate() {
            if !names.insert(calendar.name()) {
                let fault = Error::CalendarTwice { calendar: calendar.name().to_owned() };
                faults.push((format!("holidays[{place}].name"), fault));
            }
        }
        if faults.is_empty() { Ok(Self { calendars }) } else { Err(Error::Several { faults }) }
    }

    /// The calendars, in the order given.
    #[must_use]
    pub fn calendars(&self) -> &[HolidayCalendar] {
        &self.calendars
    }

    /// The calendars whose days are holidays of the person.
    pub fn of<'a>(&'a self, person: &'a Person) -> impl Iterator<Item = &'a HolidayCalendar> {
        self.calendars.iter().filter(|calendar| calendar.holds_for(person))
    }

    /// The instants that are a holiday of the person, within a span.
    ///
    /// # Errors
    /// [`Error::Time`] where a day is beyond the range of instants.
    pub fn spans_for(&self, person: &Person, within: Span) -> Result<SpanSet, Error> {
        let mut all = SpanSet::new();
        for calendar in self.of(person) {
            all = all.union(&calendar.spans(within)?);
        }
        Ok(all)
    }
}

impl TryFrom<Vec<HolidayCalendar>> for Holidays {
    type Error = Error;

    fn try_from(calendars: Vec<HolidayCalendar>) -> Result<Self, Error> {
        Self::new(calendars)
    }
}

impl From<Holidays> for Vec<HolidayCalendar> {
    fn from(holidays: Holidays) -> Self {
        holidays.calendars
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCalendar {
    name: String,
    zone: Tz,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    sites: BTreeSet<String>,
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
        let days = raw.days.into_iter().map(|day| (day.date, day.name));
        raw.sites.iter().try_fold(Self::new(&raw.name, raw.zone, days)?, |calendar, site| calendar.for_site(site))
    }
}

#[cfg(feature = "serde")]
impl From<HolidayCalendar> for RawCalendar {
    fn from(calendar: HolidayCalendar) -> Self {
        let days = calendar.days.into_iter().map(|(date, name)| RawDay { date, name }).collect();
        Self { name: calendar.name, zone: calendar.zone, sites: calendar.sites, days }
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

    #[test]
    fn a_calendar_of_a_site_holds_for_its_people() {
        let day = |text: &str| [(text.parse::<NaiveDate>().unwrap(), "day off".to_owned())];
        let all = HolidayCalendar::new("all", Tz::UTC, day("2026-12-25")).unwrap();
        let oslo = HolidayCalendar::new("oslo", Tz::Europe__Oslo, day("2026-05-17")).unwrap().for_site("oslo").unwrap();
        let holidays = Holidays::new(vec![all.clone(), oslo]).unwrap();
        let year = Span::new("2026-01-01T00:00:00Z".parse().unwrap(), "2027-01-01T00:00:00Z".parse().unwrap()).unwrap();
        let ada = Person::new(crate::PersonId::new("ada").unwrap());
        assert_eq!(holidays.spans_for(&ada, year).unwrap().total(), TimeDelta::days(1));
        assert_eq!(holidays.spans_for(&ada.at_site("oslo"), year).unwrap().total(), TimeDelta::days(2));
        let twice = Holidays::new(vec![all.clone(), all]).unwrap_err();
        assert_eq!(twice.to_string(), "holidays[1].name: holiday calendar `all` is there twice");
    }

    #[test]
    fn a_day_that_the_clocks_jumped_over_is_no_holiday() {
        let day = NaiveDate::from_ymd_opt(2011, 12, 30).unwrap();
        let apia = HolidayCalendar::new("apia", Tz::Pacific__Apia, [(day, "never".to_owned())]).unwrap();
        let year = Span::new("2011-01-01T00:00:00Z".parse().unwrap(), "2013-01-01T00:00:00Z".parse().unwrap()).unwrap();
        assert!(apia.spans(year).unwrap().is_empty());
    }
}
