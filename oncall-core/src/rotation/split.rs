//! Hours of the week shared out between two rotations: day and night, weekdays and weekend.

use chrono::{NaiveTime, Timelike, Weekday};
use timeline_core::{Tz, WeeklyWindow};

use crate::error::Error;

/// All hours of the week in two parts, each the restriction of one rotation or layer. The parts share no instant and
/// leave none out, on nights when the clocks change too, since both end where the same local time is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Split {
    /// Days, or weekdays.
    pub first: Vec<WeeklyWindow>,
    /// Nights, or weekends.
    pub second: Vec<WeeklyWindow>,
}

/// A local time of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WeekTime {
    /// The day.
    pub day: Weekday,
    /// The time of that day, in whole minutes.
    pub time: NaiveTime,
}

impl Split {
    /// Days from `day` until `night`, and nights from `night` until `day`.
    ///
    /// # Errors
    /// [`Error::Time`] if the two are the same time, or not whole minutes.
    pub fn day_and_night(zone: Tz, day: NaiveTime, night: NaiveTime) -> Result<Self, Error> {
        let window = |from, until| window("Mon-Sun", &text(from), &text(until), zone);
        Ok(Self { first: vec![window(day, night)?], second: vec![window(night, day)?] })
    }

    /// Weekdays, and weekends from `from` until `until`: say from Friday 17:00 until Monday 09:00.
    ///
    /// # Errors
    /// [`Error::Time`] if the two are the same, or not whole minutes.
    pub fn weekdays_and_weekend(zone: Tz, from: WeekTime, until: WeekTime) -> Result<Self, Error> {
        Ok(Self { first: stretch(zone, until, from)?, second: stretch(zone, from, until)? })
    }

    /// Weekdays from Monday to Friday, and weekends from Saturday 00:00 until Monday 00:00.
    ///
    /// # Errors
    /// None.
    pub fn weekdays_and_saturday_with_sunday(zone: Tz) -> Result<Self, Error> {
        let midnight = |day| WeekTime { day, time: NaiveTime::MIN };
        Self::weekdays_and_weekend(zone, midnight(Weekday::Sat), midnight(Weekday::Mon))
    }
}

/// The windows that make up one stretch of each week. A window ends within a day of where it starts, so that a stretch
/// is made up from what it has of its first day, whole days, and what it has of its last day.
fn stretch(zone: Tz, from: WeekTime, until: WeekTime) -> Result<Vec<WeeklyWindow>, Error> {
    let one_day = |day: Weekday, start: &str, end: &str| window(&day.to_string(), start, end, zone);
    if from.day == until.day && from.time <= until.time {
        return Ok(vec![one_day(from.day, &text(from.time), &text(until.time))?]);
    }
    let mut windows = vec![one_day(from.day, &text(from.time), "24:00")?];
    let mut day = from.day.succ();
    while day != until.day {
        windows.push(one_day(day, "00:00", "24:00")?);
        day = day.succ();
    }
    if until.time != NaiveTime::MIN {
        windows.push(one_day(until.day, "00:00", &text(until.time))?);
    }
    Ok(windows)
}

/// With the seconds where there are any, for the fault to show.
fn text(time: NaiveTime) -> String {
    let whole = time.second() == 0 && time.nanosecond() == 0;
    if whole { time.format("%H:%M").to_string() } else { time.to_string() }
}

fn window(days: &str, from: &str, until: &str, zone: Tz) -> Result<WeeklyWindow, Error> {
    Ok(format!("{days} {from}-{until} {}", zone.name()).parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(hour: u32, minute: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
    }

    fn texts(windows: &[WeeklyWindow]) -> Vec<String> {
        windows.iter().map(|window| window.to_string().replace(" UTC", "")).collect()
    }

    #[test]
    fn nights_run_past_midnight() {
        let split = Split::day_and_night(Tz::UTC, time(8, 0), time(20, 30)).unwrap();
        assert_eq!(texts(&split.first), ["Mon-Sun 08:00-20:30"]);
        assert_eq!(texts(&split.second), ["Mon-Sun 20:30-08:00"]);
        let fault = Split::day_and_night(Tz::UTC, time(8, 0), time(8, 0)).unwrap_err();
        assert!(fault.to_string().ends_with("`08:00-08:00` has no length; the whole day is `00:00-24:00`"), "{fault}");
        let seconds = NaiveTime::from_hms_opt(8, 0, 30).unwrap();
        assert!(Split::day_and_night(Tz::UTC, seconds, time(20, 0)).unwrap_err().to_string().contains("08:00:30"));
    }

    #[test]
    fn a_weekend_may_begin_on_friday_evening() {
        let at = |day, hour| WeekTime { day, time: time(hour, 0) };
        let split = Split::weekdays_and_weekend(Tz::UTC, at(Weekday::Fri, 17), at(Weekday::Mon, 9)).unwrap();
        assert_eq!(texts(&split.second), ["Fri 17:00-24:00", "Sat 00:00-24:00", "Sun 00:00-24:00", "Mon 00:00-09:00"]);
        assert_eq!(
            texts(&split.first),
            ["Mon 09:00-24:00", "Tue 00:00-24:00", "Wed 00:00-24:00", "Thu 00:00-24:00", "Fri 00:00-17:00"]
        );
        assert!(Split::weekdays_and_weekend(Tz::UTC, at(Weekday::Fri, 17), at(Weekday::Fri, 17)).is_err());
        let plain = Split::weekdays_and_saturday_with_sunday(Tz::UTC).unwrap();
        assert_eq!(texts(&plain.second), ["Sat 00:00-24:00", "Sun 00:00-24:00"]);
    }
}
