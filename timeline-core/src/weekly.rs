//! Windows that recur every week in local time.

use core::fmt;
use core::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::error::Error;
use crate::local;
use crate::span::Span;
use crate::span_set::SpanSet;

/// Hours of the week in a time zone, written `Mon-Fri 09:00-17:00 Europe/Berlin`.
///
/// Days are a list of names and of ranges (`Mon,Wed,Fri`, `Fri-Mon`), times a list of ranges with the end not included
/// (`09:00-12:00,13:00-17:00`). A range that ends no later than it starts runs past midnight and belongs to the day on
/// which it starts: `Fri 22:00-06:00` ends on Saturday. The whole day is `00:00-24:00`.
///
/// Both ends of each range become instants by the rule of [`crate::local`]: a window over the night when the clocks
/// change is an hour shorter or longer, and `02:00-03:00` on the day that has no such hour is no window at all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct WeeklyWindow {
    // INVARIANT: at least one day, bit 0 is Monday, no bit above 6.
    days: u8,
    // INVARIANT: at least one, sorted, none overlaps the next.
    ranges: Vec<MinuteRange>,
    zone: Tz,
}

/// Minutes after midnight, `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct MinuteRange {
    // INVARIANT: start < 1440, start < end <= start + 1440.
    start: u16,
    end: u16,
}

impl WeeklyWindow {
    /// The windows that lie in `within`, cut to it. Costs the days of `within`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] at the ends of time.
    pub fn spans(&self, within: Span) -> Result<SpanSet, Error> {
        let near = |t, days| local::wall_clock(self.zone, t).map(|wall| shifted(wall.date(), days));
        // A window may begin the day before; a day more for clocks that moved a whole day.
        let (Some(first), Some(last)) = (near(within.start(), -2)?, near(within.end(), 1)?) else { return Err(OUT) };
        let mut set = SpanSet::new();
        for day in first.iter_days().take_while(|day| *day <= last) {
            for span in self.spans_from(day)? {
                if let Some(inside) = span.intersect(within) {
                    set.push_in_order(inside);
                }
            }
        }
        Ok(set)
    }

    /// Whether `t` lies in a window.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] at the ends of time.
    pub fn contains(&self, t: DateTime<Utc>) -> Result<bool, Error> {
        let today = local::wall_clock(self.zone, t)?.date();
        for days in -2..=1 {
            let day = shifted(today, days).ok_or(OUT)?;
            if self.spans_from(day)?.iter().any(|span| span.contains(t)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The zone of its local time.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The same days and hours by the clocks of another zone.
    #[must_use]
    pub const fn in_zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// The windows that begin on `day`.
    fn spans_from(&self, day: NaiveDate) -> Result<Vec<Span>, Error> {
        if !has_day(self.days, day.weekday().num_days_from_monday()) {
            return Ok(Vec::new());
        }
        let midnight = day.and_time(NaiveTime::MIN);
        let instant = |minutes: u16| {
            let wall = midnight.checked_add_signed(TimeDelta::minutes(minutes.into())).ok_or(OUT)?;
            local::resolve(self.zone, wall)
        };
        let span = |range: &MinuteRange| Ok(Span::between(instant(range.start)?, instant(range.end)?));
        self.ranges.iter().filter_map(|range| span(range).transpose()).collect()
    }
}

impl FromStr for WeeklyWindow {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = |fault: String| Error::BadWeeklyWindow { given: text.to_owned(), fault };
        let parts: Vec<_> = text.split_whitespace().collect();
        let [days, times, zone] = parts.as_slice() else {
            return Err(bad("not of the form `Mon-Fri 09:00-17:00 Europe/Berlin`".to_owned()));
        };
        let days = parse_days(days).map_err(bad)?;
        let ranges = parse_ranges(times).map_err(bad)?;
        let zone = local::parse_zone(zone).map_err(|error| bad(error.to_string()))?;
        Ok(Self { days, ranges, zone })
    }
}

/// In one way for each value: days in runs from Monday, a run of three or more as a range; times in order.
impl fmt::Display for WeeklyWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ranges: Vec<_> = self.ranges.iter().map(MinuteRange::to_string).collect();
        write!(f, "{} {} {}", days_text(self.days), ranges.join(","), self.zone)
    }
}

impl fmt::Display for MinuteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.end > DAY { self.end.saturating_sub(DAY) } else { self.end };
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.start / 60, self.start % 60, end / 60, end % 60)
    }
}

impl TryFrom<String> for WeeklyWindow {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<WeeklyWindow> for String {
    fn from(window: WeeklyWindow) -> Self {
        window.to_string()
    }
}

const OUT: Error = Error::OutOfRange { what: "a weekly window" };
/// Minutes of a day.
const DAY: u16 = 1_440;
const DAY_NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

fn shifted(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    let by = Days::new(days.unsigned_abs());
    if days < 0 { day.checked_sub_days(by) } else { day.checked_add_days(by) }
}

fn has_day(days: u8, day: u32) -> bool {
    days.checked_shr(day).is_some_and(|rest| rest & 1 == 1)
}

fn parse_days(text: &str) -> Result<u8, String> {
    let number = |name: &str| {
        (0_u32..)
            .zip(DAY_NAMES)
            .find(|(_, known)| known.eq_ignore_ascii_case(name))
            .map(|(number, _)| number)
            .ok_or_else(|| format!("`{name}` is not a day from `Mon` to `Sun`"))
    };
    let mut days = 0_u8;
    for item in text.split(',') {
        let (first, last) = match item.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(item)?, number(item)?),
        };
        // `Fri-Mon` runs on over Sunday.
        let mut day = first;
        loop {
            days |= 1_u8.checked_shl(day).unwrap_or(0);
            if day == last {
                break;
            }
            day = if day == 6 { 0 } else { day.saturating_add(1) };
        }
    }
    Ok(days)
}

fn parse_ranges(text: &str) -> Result<Vec<MinuteRange>, String> {
    let mut ranges = text.split(',').map(parse_range).collect::<Result<Vec<_>, _>>()?;
    ranges.sort_unstable();
    for pair in ranges.windows(2) {
        if let [a, b] = pair
            && b.start < a.end
        {
            return Err(format!("times `{a}` and `{b}` overlap"));
        }
    }
    Ok(ranges)
}

fn parse_range(text: &str) -> Result<MinuteRange, String> {
    let (start, end) = text.split_once('-').ok_or_else(|| format!("`{text}` is not of the form `09:00-17:00`"))?;
    let (start, end) = (parse_minute(start)?, parse_minute(end)?);
    if start == DAY {
        return Err(format!("`{text}` starts at `24:00`; the next day starts at `00:00`"));
    }
    if start == end {
        return Err(format!("`{text}` has no length; the whole day is `00:00-24:00`"));
    }
    let end = if end < start { end.saturating_add(DAY) } else { end };
    Ok(MinuteRange { start, end })
}

/// Minutes after midnight of `HH:MM`, up to and with `24:00`.
fn parse_minute(text: &str) -> Result<u16, String> {
    let bad = || format!("`{text}` is not a time from `00:00` to `24:00`");
    let [h1, h2, b':', m1, m2] = text.as_bytes() else { return Err(bad()) };
    let two = |tens: u8, ones: u8| {
        let digit = |byte: u8| char::from(byte).to_digit(10).and_then(|digit| u16::try_from(digit).ok());
        digit(tens)?.checked_mul(10)?.checked_add(digit(ones)?)
    };
    let (hour, minute) = (two(*h1, *h2).ok_or_else(bad)?, two(*m1, *m2).ok_or_else(bad)?);
    let minutes = hour.saturating_mul(60).saturating_add(minute);
    if minute > 59 || minutes > DAY { Err(bad()) } else { Ok(minutes) }
}

fn days_text(days: u8) -> String {
    let mut runs: Vec<Vec<&str>> = Vec::new();
    let mut open = false;
    for (day, name) in (0_u32..).zip(DAY_NAMES) {
        let on = has_day(days, day);
        match runs.last_mut() {
            Some(run) if on && open => run.push(name),
            _ if on => runs.push(vec![name]),
            _ => {}
        }
        open = on;
    }
    // A run up to Sunday and a run from Monday are one: `Fri-Mon`.
    if runs.len() > 1 && has_day(days, 0) && has_day(days, 6) {
        let from_monday = runs.remove(0);
        if let Some(to_sunday) = runs.last_mut() {
            to_sunday.extend(from_monday);
        }
    }
    let text = |run: &Vec<&str>| match run.as_slice() {
        [first, _, .., last] => format!("{first}-{last}"),
        short => short.join(","),
    };
    runs.iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> WeeklyWindow {
        text.parse().unwrap()
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn each_value_has_one_text() {
        for (given, text) in [
            ("Mon-Fri 09:00-17:00 Europe/Berlin", "Mon-Fri 09:00-17:00 Europe/Berlin"),
            ("fri,MON,Wed 13:00-17:00,09:00-12:00 UTC", "Mon,Wed,Fri 09:00-12:00,13:00-17:00 UTC"),
            ("Fri-Mon 22:00-06:00 UTC", "Fri-Mon 22:00-06:00 UTC"),
            ("Sun-Sat 00:00-24:00 UTC", "Mon-Sun 00:00-24:00 UTC"),
            ("Sat,Sun 22:00-00:00 UTC", "Sat,Sun 22:00-24:00 UTC"),
            ("Sun,Mon 06:00-07:00 UTC", "Sun,Mon 06:00-07:00 UTC"),
            ("Mon,Tue,Thu-Sun 06:00-07:00 UTC", "Thu-Tue 06:00-07:00 UTC"),
        ] {
            assert_eq!(window(given).to_string(), text);
            assert_eq!(window(text), window(given));
        }
    }

    #[test]
    fn a_fault_names_the_part_that_is_wrong() {
        for (given, fault) in [
            ("Mon-Fri 09:00-17:00", "not of the form `Mon-Fri 09:00-17:00 Europe/Berlin`"),
            ("Mon-Fry 09:00-17:00 UTC", "`Fry` is not a day from `Mon` to `Sun`"),
            ("Mon 9:00-17:00 UTC", "`9:00` is not a time from `00:00` to `24:00`"),
            ("Mon 09:00-24:01 UTC", "`24:01` is not a time from `00:00` to `24:00`"),
            ("Mon 09:60-10:00 UTC", "`09:60` is not a time from `00:00` to `24:00`"),
            ("Mon 0９:00-10:00 UTC", "`0９:00` is not a time from `00:00` to `24:00`"),
            ("Mon 09:00 UTC", "`09:00` is not of the form `09:00-17:00`"),
            ("Mon 24:00-06:00 UTC", "`24:00-06:00` starts at `24:00`; the next day starts at `00:00`"),
            ("Mon 09:00-09:00 UTC", "`09:00-09:00` has no length; the whole day is `00:00-24:00`"),
            ("Mon 09:00-12:00,11:59-13:00 UTC", "times `09:00-12:00` and `11:59-13:00` overlap"),
            ("Mon 09:00-12:00 Berlin", "time zone `Berlin` is not in the IANA database; did you mean `Europe/Berlin`?"),
        ] {
            let error = given.parse::<WeeklyWindow>().unwrap_err();
            assert_eq!(error.to_string(), format!("weekly window `{given}`: {fault}"));
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_starts() {
        let w = window("Fri 22:00-06:00 UTC");
        assert_eq!(w.contains(utc("2026-11-28T05:59:59Z")), Ok(true));
        assert_eq!(w.contains(utc("2026-11-28T06:00:00Z")), Ok(false));
        assert_eq!(w.contains(utc("2026-11-27T05:00:00Z")), Ok(false));
    }

    #[test]
    fn a_night_is_an_hour_shorter_or_longer_when_the_clocks_change() {
        let w = window("Sat 22:00-06:00 Europe/Berlin");
        let hours = |from: &str, to: &str| w.spans(Span::new(utc(from), utc(to)).unwrap()).unwrap().total().num_hours();
        assert_eq!(hours("2024-03-30T12:00:00Z", "2024-03-31T12:00:00Z"), 7);
        assert_eq!(hours("2024-10-26T12:00:00Z", "2024-10-27T12:00:00Z"), 9);
        let skipped = window("Sun 02:00-03:00 Europe/Berlin");
        let day = Span::new(utc("2024-03-31T00:00:00Z"), utc("2024-04-01T00:00:00Z")).unwrap();
        assert!(skipped.spans(day).unwrap().is_empty());
    }

    #[test]
    fn whole_days_join_into_one_span() {
        let week = Span::new(utc("2026-11-23T00:00:00Z"), utc("2026-11-30T00:00:00Z")).unwrap();
        assert_eq!(window("Mon-Sun 00:00-24:00 UTC").spans(week).unwrap(), week.into());
    }

    #[test]
    fn the_ends_of_time_are_errors() {
        let w = window("Mon-Fri 09:00-17:00 Europe/Berlin");
        assert!(w.contains(DateTime::<Utc>::MAX_UTC).is_err());
        assert!(w.contains(DateTime::<Utc>::MIN_UTC).is_err());
        let end = Span::ending_at(DateTime::<Utc>::MAX_UTC, TimeDelta::days(1)).unwrap();
        assert!(w.spans(end).is_err());
    }
}
