//! The times of a calendar: dates, local times, instants, durations.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use icalendar::Property;
use timeline_core::{Tz, parse_zone};

use super::clocks::Zone;

/// A time as a calendar writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    /// A whole day of whoever reads it.
    Date(NaiveDate),
    /// A local time: of a zone, or of whoever reads it.
    Local(NaiveDateTime, Option<Zone>),
    /// An instant.
    Utc(DateTime<Utc>),
}

impl When {
    /// What the clocks of `zone` show, where it is an instant; else what it says. Dates begin at midnight.
    ///
    /// # Errors
    /// A time beyond the calendar.
    pub(super) fn local(&self, zone: &Zone) -> Result<NaiveDateTime, String> {
        match self {
            Self::Date(date) => Ok(date.and_time(NaiveTime::MIN)),
            Self::Local(local, _) => Ok(*local),
            Self::Utc(at) => zone.local(*at),
        }
    }

    /// The zone in which it repeats.
    pub(super) fn zone(&self, usual: Tz) -> Zone {
        match self {
            Self::Date(_) | Self::Local(_, None) => Zone::Known(usual),
            Self::Local(_, Some(zone)) => zone.clone(),
            Self::Utc(_) => Zone::Known(Tz::UTC),
        }
    }

    /// Whether it is a whole day.
    pub(super) const fn is_date(&self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// The instant that it means, for someone whose zone is `usual`.
    ///
    /// # Errors
    /// A time beyond the calendar.
    pub(super) fn instant(&self, usual: Tz) -> Result<DateTime<Utc>, String> {
        match self {
            Self::Date(date) => Zone::Known(usual).midnight(*date),
            Self::Local(local, _) => self.zone(usual).instant(*local),
            Self::Utc(at) => Ok(*at),
        }
    }
}

/// A `DURATION`: whole days of the calendar, and time that the clocks have no part in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Duration {
    pub(super) days: u64,
    pub(super) exact: TimeDelta,
}

/// Reads the value of a property that holds one time.
///
/// # Errors
/// What is wrong with it, with the value.
pub(super) fn when(property: &Property, zones: &impl Fn(&str) -> Option<Zone>) -> Result<When, String> {
    value(property, property.value(), zones)
}

/// Reads the value of a property that holds times with commas between.
///
/// # Errors
/// What is wrong with the first bad one.
pub(super) fn list(property: &Property, zones: &impl Fn(&str) -> Option<Zone>) -> Result<Vec<When>, String> {
    property.value().split(',').map(|text| value(property, text, zones)).collect()
}

fn value(property: &Property, text: &str, zones: &impl Fn(&str) -> Option<Zone>) -> Result<When, String> {
    let text = text.trim();
    let parameter = |name: &str| property.params().get(name).map(|parameter| parameter.value());
    match parameter("VALUE") {
        Some(kind) if kind.eq_ignore_ascii_case("PERIOD") => {
            return Err(format!("`{text}` is a period, which is not taken; write a start and an end"));
        }
        Some(kind) if kind.eq_ignore_ascii_case("DATE") => return date(text).map(When::Date),
        // Some calendars write a date without saying so.
        _ if text.len() == 8 => return date(text).map(When::Date),
        _ => {}
    }
    let (clock, utc) = text.strip_suffix(['Z', 'z']).map_or((text, false), |clock| (clock, true));
    let local = NaiveDateTime::parse_from_str(&leap(clock), "%Y%m%dT%H%M%S")
        .map_err(|_| format!("`{text}` is neither a date such as `20261224` nor a time such as `20261224T090000`"))?;
    if utc {
        return Ok(When::Utc(local.and_utc()));
    }
    match parameter("TZID") {
        None => Ok(When::Local(local, None)),
        Some(name) => zone(name, zones).map(|zone| When::Local(local, Some(zone))),
    }
}

/// A leap second is the second before it: no offset of today's zones is finer than that.
fn leap(clock: &str) -> String {
    clock.strip_suffix("60").filter(|rest| rest.len() == 13).map_or(clock.to_owned(), |rest| format!("{rest}59"))
}

fn date(text: &str) -> Result<NaiveDate, String> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let date = NaiveDate::parse_from_str(text, "%Y%m%d").ok().filter(|_| digits);
    date.ok_or_else(|| format!("date `{text}` is none; a date is written as `20261224`"))
}

/// The zone of a `TZID`: an IANA name, one with a prefix in front of it, or what the file defines.
fn zone(name: &str, zones: &impl Fn(&str) -> Option<Zone>) -> Result<Zone, String> {
    if let Some(zone) = iana(name) {
        return Ok(Zone::Known(zone));
    }
    zones(name).ok_or_else(|| match parse_zone(name) {
        Err(error) => format!("{error}; nor does the file define it by a VTIMEZONE"),
        Ok(_) => format!("zone `{name}` cannot be read"),
    })
}

/// The zone of the IANA database that a `TZID` names, with or without a prefix: `/citadel.org/20190914_1/Europe/Berlin`.
pub(super) fn iana(name: &str) -> Option<Tz> {
    let tail = |parts: usize| {
        let mut names: Vec<_> = name.rsplit('/').take(parts).collect();
        names.reverse();
        names.join("/")
    };
    let behind =
        || [2, 3].into_iter().filter(|_| name.starts_with('/')).find_map(|parts| parse_zone(&tail(parts)).ok());
    parse_zone(name).ok().or_else(behind)
}

/// Reads a `DURATION`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("duration `{text}` is none above 0, such as `P1D` or `PT12H`");
    let body = text.trim().trim_start_matches('+').strip_prefix('P').ok_or_else(wrong)?;
    let (dates, times) = body.split_once('T').unwrap_or((body, ""));
    let parts = |text: &str, units: &[(char, u64)]| -> Option<u64> {
        let (mut rest, mut sum) = (text, 0_u64);
        for (unit, size) in units {
            if let Some((number, after)) = rest.split_once(*unit) {
                sum = sum.checked_add(number.parse::<u64>().ok()?.checked_mul(*size)?)?;
                rest = after;
            }
        }
        rest.is_empty().then_some(sum)
    };
    let days = parts(dates, &[('W', 7), ('D', 1)]).ok_or_else(wrong)?;
    let seconds = parts(times, &[('H', 3_600), ('M', 60), ('S', 1)]).ok_or_else(wrong)?;
    if (days == 0 && seconds == 0) || days > 36_600 {
        return Err(wrong());
    }
    let exact = i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds).ok_or_else(wrong)?;
    Ok(Duration { days, exact })
}

impl Duration {
    /// The end of what begins at `start` for someone whose zone is `usual`.
    ///
    /// # Errors
    /// An end beyond the calendar.
    pub(super) fn end(self, start: &When, usual: Tz) -> Result<DateTime<Utc>, String> {
        let beyond = || "ends beyond the calendar".to_owned();
        let from = start.instant(usual)?;
        let zone = start.zone(usual);
        let day = if self.days == 0 {
            from
        } else {
            let local = start.local(&zone)?.checked_add_days(Days::new(self.days)).ok_or_else(beyond)?;
            if start.is_date() { When::Date(local.date()).instant(usual)? } else { zone.instant(local)? }
        };
        day.checked_add_signed(self.exact).ok_or_else(beyond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<When, String> {
        when(&line.parse().unwrap(), &|name| (name == "W. Europe").then_some(Zone::Known(Tz::Europe__Berlin)))
    }

    fn at(line: &str) -> String {
        read(line).and_then(|when| when.instant(Tz::Europe__Berlin)).map_or_else(|error| error, |at| at.to_rfc3339())
    }

    #[test]
    fn dates_instants_and_local_times_are_read() {
        assert_eq!(at("DTSTART;VALUE=DATE:20261224"), "2026-12-23T23:00:00+00:00");
        assert_eq!(at("DTSTART:20261224"), "2026-12-23T23:00:00+00:00");
        assert_eq!(at("DTSTART:20261224T090000"), "2026-12-24T08:00:00+00:00");
        assert_eq!(at("DTSTART:20261224T090000Z"), "2026-12-24T09:00:00+00:00");
        assert_eq!(at("DTSTART;TZID=America/New_York:20261224T090000"), "2026-12-24T14:00:00+00:00");
        assert_eq!(at("DTSTART;TZID=/citadel.org/2019_1/Europe/Berlin:20261224T090000"), "2026-12-24T08:00:00+00:00");
        assert_eq!(at("DTSTART;TZID=W. Europe:20261224T090000"), "2026-12-24T08:00:00+00:00");
        assert_eq!(at("DTSTART:20161231T235960Z"), "2016-12-31T23:59:59+00:00");
    }

    #[test]
    fn what_is_none_is_refused_with_its_value() {
        assert!(at("DTSTART;TZID=Europe/Berlim:20261224T090000").contains("Europe/Berlim"));
        assert!(at("DTSTART:20260229").contains("`20260229`"));
        assert!(at("DTSTART:tomorrow").contains("`tomorrow`"));
        assert!(at("DTSTART;VALUE=PERIOD:20261224T090000Z/PT1H").contains("period"));
        assert!(at("DTSTART;VALUE=DATE:2026 224").contains("2026 224"));
    }

    #[test]
    fn a_skipped_time_means_what_the_standard_says() {
        // 02:30 on the night of the change reads as 03:30 (RFC 5545, 3.3.5).
        assert_eq!(at("DTSTART;TZID=Europe/Berlin:20260329T023000"), "2026-03-29T01:30:00+00:00");
        // 02:30 in autumn occurs twice: the first.
        assert_eq!(at("DTSTART;TZID=Europe/Berlin:20261025T023000"), "2026-10-25T00:30:00+00:00");
    }

    #[test]
    fn days_are_of_the_calendar_and_hours_are_not() {
        let start = read("DTSTART;TZID=Europe/Berlin:20261024T120000").unwrap();
        let end = |text: &str| duration(text).unwrap().end(&start, Tz::UTC).unwrap().to_rfc3339();
        assert_eq!(end("P1D"), "2026-10-25T11:00:00+00:00");
        assert_eq!(end("PT24H"), "2026-10-25T10:00:00+00:00");
        assert_eq!(end("P1W"), "2026-10-31T11:00:00+00:00");
        for bad in ["P", "PT0S", "-P1D", "P1H", "1D", "P99999999999999999999D"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
