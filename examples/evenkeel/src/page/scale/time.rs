use chrono::{
    DateTime, Datelike, Days, LocalResult, Months, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;

use super::interpolate;

/// A scale over time, with ticks at calendar borders of a zone.
#[derive(Debug, Clone, Copy)]
pub(in crate::page) struct Time {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    range: (f64, f64),
    zone: Tz,
}

/// A tick on the time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::page) struct TimeTick {
    /// When.
    pub(in crate::page) at: DateTime<Utc>,
    /// The finer part: `15:00`, `24 Nov`, `Nov`.
    pub(in crate::page) label: String,
    /// The coarser part where it changes: `24 Nov`, `2026`.
    pub(in crate::page) below: Option<String>,
}

/// The distance between ticks, in the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Minutes(u32),
    Days(u32),
    Months(u32),
}

/// From fine to coarse; each is nested in the calendar (an hour, a day, a year).
const STEPS: [Step; 20] = [
    Step::Minutes(1),
    Step::Minutes(2),
    Step::Minutes(5),
    Step::Minutes(10),
    Step::Minutes(15),
    Step::Minutes(30),
    Step::Minutes(60),
    Step::Minutes(120),
    Step::Minutes(180),
    Step::Minutes(360),
    Step::Minutes(720),
    Step::Days(1),
    Step::Days(2),
    Step::Days(7),
    Step::Days(14),
    Step::Months(1),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(120),
];

impl Time {
    /// Maps `[start, end]` onto `range`; an `end` not after `start` is taken as a minute later.
    pub(in crate::page) fn new(start: DateTime<Utc>, end: DateTime<Utc>, range: (f64, f64), zone: Tz) -> Self {
        let end = if end > start { end } else { later(start, TimeDelta::minutes(1)) };
        Self { start, end, range, zone }
    }

    /// The first instant of the scale.
    pub(in crate::page) fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// The last instant of the scale.
    pub(in crate::page) fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// Where `at` lies, or the nearer end of the range.
    pub(in crate::page) fn clamped(&self, at: DateTime<Utc>) -> f64 {
        let seconds = |at: DateTime<Utc>| at.signed_duration_since(self.start).as_seconds_f64();
        interpolate(seconds(at.clamp(self.start, self.end)), (0.0, seconds(self.end)), self.range)
    }

    /// Ticks at calendar borders, ascending, no two nearer than `spacing`: as fine as that allows.
    pub(in crate::page) fn ticks(&self, spacing: f64) -> Vec<TimeTick> {
        let length = self.end.signed_duration_since(self.start).as_seconds_f64();
        let width = (self.range.1 - self.range.0).abs();
        let step = STEPS
            .into_iter()
            .find(|step| step.shortest_seconds() / length * width >= spacing)
            .unwrap_or(Step::Months(120));
        let mut ticks: Vec<TimeTick> = Vec::new();
        let mut previous: Option<NaiveDateTime> = None;
        for local in self.borders(step) {
            let Some(at) = first_instant(self.zone, local) else { continue };
            let wanted = at >= self.start && at <= self.end;
            // A day that is shorter than 24 h can push two borders together.
            let apart = ticks.last().is_none_or(|last| self.clamped(at) - self.clamped(last.at) >= spacing * 0.8);
            if wanted && apart {
                let (label, below) = step.labels(local, previous);
                ticks.push(TimeTick { at, label, below });
                previous = Some(local);
            }
        }
        ticks
    }

    /// Local times of the borders of `step` around the scale, ascending.
    fn borders(&self, step: Step) -> Vec<NaiveDateTime> {
        let first = self.start.with_timezone(&self.zone).date_naive();
        let last = self.end.with_timezone(&self.zone).date_naive();
        let mut borders = Vec::new();
        let mut day = step.first_day(first);
        while let Some(date) = day.filter(|date| *date <= last) {
            match step {
                Step::Minutes(minutes) => {
                    let within_day = (0..1440).step_by(usize::try_from(minutes).unwrap_or(1440));
                    borders.extend(within_day.filter_map(|minute| date.and_hms_opt(minute / 60, minute % 60, 0)));
                    day = date.succ_opt();
                }
                Step::Days(days) => {
                    borders.extend(date.and_hms_opt(0, 0, 0));
                    day = date.checked_add_days(Days::new(u64::from(days)));
                }
                Step::Months(months) => {
                    borders.extend(date.and_hms_opt(0, 0, 0));
                    day = date.checked_add_months(Months::new(months));
                }
            }
        }
        borders
    }
}

impl Step {
    fn shortest_seconds(self) -> f64 {
        match self {
            Self::Minutes(minutes) => f64::from(minutes) * 60.0,
            Self::Days(days) => f64::from(days) * 86_400.0,
            Self::Months(months) => f64::from(months) * 28.0 * 86_400.0,
        }
    }

    /// A border of this step at or before `date`: weeks start on Monday, longer steps on the first of a month.
    fn first_day(self, date: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Minutes(_) | Self::Days(1) => Some(date),
            Self::Days(_) => date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday()))),
            Self::Months(months) => {
                let month = date.month0().checked_rem(months)?;
                let back = if months <= 12 { month } else { date.month0() };
                let year =
                    if months <= 12 { date.year() } else { date.year().checked_sub(date.year().rem_euclid(10))? };
                NaiveDate::from_ymd_opt(year, date.month0().checked_sub(back)?.checked_add(1)?, 1)
            }
        }
    }

    fn labels(self, at: NaiveDateTime, previous: Option<NaiveDateTime>) -> (String, Option<String>) {
        match self {
            Self::Minutes(_) => {
                let new_day = previous.is_none_or(|previous| previous.date() != at.date());
                (format!("{:02}:{:02}", at.hour(), at.minute()), new_day.then(|| at.format("%-d %b").to_string()))
            }
            Self::Days(_) => {
                let new_year = previous.is_some_and(|previous| previous.year() != at.year());
                (at.format("%-d %b").to_string(), new_year.then(|| at.format("%Y").to_string()))
            }
            Self::Months(12 | 120) => (at.format("%Y").to_string(), None),
            Self::Months(_) => {
                let new_year = previous.is_none_or(|previous| previous.year() != at.year());
                (at.format("%b").to_string(), new_year.then(|| at.format("%Y").to_string()))
            }
        }
    }
}

/// The first instant that shows `local` or later: the earlier of two, and the end of the gap for none.
fn first_instant(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    // No gap of the zone database is longer than a day (Samoa, 2011-12-30).
    (0..=96).find_map(|quarter| {
        let local = local.checked_add_signed(TimeDelta::minutes(15_i64.checked_mul(quarter)?))?;
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.with_timezone(&Utc)),
            LocalResult::None => None,
        }
    })
}

fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(start: &str, end: &str, zone: &str) -> Vec<String> {
        let zone: Tz = zone.parse().unwrap();
        let scale = Time::new(start.parse().unwrap(), end.parse().unwrap(), (0.0, 600.0), zone);
        scale.ticks(60.0).into_iter().map(|tick| [tick.label, tick.below.unwrap_or_default()].join(" ")).collect()
    }

    #[test]
    fn hours_of_a_day_carry_its_date_once() {
        assert_eq!(
            labels("2026-11-23T15:20:00Z", "2026-11-24T15:20:00Z", "Europe/Berlin"),
            ["18:00 23 Nov", "21:00 ", "00:00 24 Nov", "03:00 ", "06:00 ", "09:00 ", "12:00 ", "15:00 "]
        );
    }

    #[test]
    fn a_month_is_counted_in_weeks_and_days() {
        assert_eq!(
            labels("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "UTC"),
            ["2 Nov ", "9 Nov ", "16 Nov ", "23 Nov ", "30 Nov "]
        );
        assert_eq!(labels("2026-11-01T00:00:00Z", "2027-02-01T00:00:00Z", "UTC").len(), 7);
    }

    #[test]
    fn years_change_below_the_months() {
        assert_eq!(
            labels("2026-10-15T00:00:00Z", "2027-06-15T00:00:00Z", "UTC"),
            ["Nov 2026", "Dec ", "Jan 2027", "Feb ", "Mar ", "Apr ", "May ", "Jun "]
        );
    }

    #[test]
    fn midnight_that_does_not_exist_is_the_first_instant_of_its_day() {
        let zone: Tz = "America/Sao_Paulo".parse().unwrap();
        let midnight = NaiveDate::from_ymd_opt(2018, 11, 4).unwrap().and_hms_opt(0, 0, 0).unwrap();
        assert_eq!(first_instant(zone, midnight), Some("2018-11-04T03:00:00Z".parse().unwrap()));
    }

    #[test]
    fn ticks_ascend_and_keep_apart_for_any_length_and_zone() {
        for zone in ["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"] {
            let start: DateTime<Utc> = "2011-12-29T20:07:00Z".parse().unwrap();
            let mut seconds = 30_i64;
            while seconds < 20 * 365 * 86_400 {
                let end = later(start, TimeDelta::seconds(seconds));
                let scale = Time::new(start, end, (0.0, 300.0), zone.parse().unwrap());
                let places: Vec<f64> = scale.ticks(50.0).iter().map(|tick| scale.clamped(tick.at)).collect();
                assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= 40.0), "{zone} {seconds} {places:?}");
                assert!(places.len() <= 8);
                seconds = seconds * 17 / 10;
            }
        }
    }
}
