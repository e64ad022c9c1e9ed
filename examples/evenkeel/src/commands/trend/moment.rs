//! When a row was: what a cell of the column of times says, and how far apart rows are.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc, Weekday};
use timeline_core::{Tz, resolve};

use crate::metrics;

/// What a cell of a column of times says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Moment {
    /// An instant.
    Instant(DateTime<Utc>),
    /// A day.
    Day(NaiveDate),
    /// An ISO week, by its Monday.
    Week(NaiveDate),
    /// A month, by its first day.
    Month(NaiveDate),
    /// A number: of a week, of a run, a year.
    Number(f64),
}

/// Numbers from here on are Unix seconds (March 1973), not years, weeks or runs.
const SECONDS: f64 = 1e8;

impl Moment {
    /// Reads an instant (RFC 3339, Unix seconds, or a local time where there is a zone), a day (`2026-11-24`), an ISO
    /// week (`2026-W48`), a month (`2026-11`) or a number.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &str, zone: Option<Tz>) -> Result<Self, String> {
        if let Some(number) = text.parse::<f64>().ok().filter(|number| number.abs() < SECONDS) {
            return Ok(Self::Number(number + 0.0));
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%F") {
            return Ok(Self::Day(day));
        }
        if let Some(week) = week(text) {
            return Ok(Self::Week(week));
        }
        if let Some(month) = NaiveDate::parse_from_str(&format!("{text}-01"), "%F").ok().filter(|_| text.len() == 7) {
            return Ok(Self::Month(month));
        }
        let formats = ["%FT%T%.f", "%F %T%.f", "%FT%R", "%F %R"];
        if let Some((zone, local)) =
            zone.zip(formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok()))
        {
            return resolve(zone, local).map(Self::Instant).map_err(|error| error.to_string());
        }
        let milliseconds =
            metrics::csv::instant(text).map_err(|message| match message.strip_suffix(" if it is UTC") {
                Some(message) => format!("{message} if it is UTC, or name its zone with `--zone`"),
                None => format!("{message}, nor a day, a week or a month such as `2026-11-24`, `2026-W48`, `2026-11`"),
            })?;
        let instant = metrics::instant(milliseconds).ok_or_else(|| format!("instant `{text}` is out of range"))?;
        Ok(Self::Instant(instant))
    }

    /// Where it is among others of its kind, in the units of [`Moment::step`].
    pub(super) fn position(self) -> f64 {
        let months = |day: NaiveDate| f64::from(day.year()) * 12.0 + f64::from(day.month0());
        match self {
            Self::Instant(at) => at.signed_duration_since(DateTime::UNIX_EPOCH).as_seconds_f64() / 86_400.0,
            Self::Day(day) | Self::Week(day) => f64::from(day.num_days_from_ce()),
            Self::Month(day) => months(day),
            Self::Number(number) => number,
        }
    }

    /// What its kind is called, where a column mixes several.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Instant(_) => "an instant",
            Self::Day(_) => "a day",
            Self::Week(_) => "a week",
            Self::Month(_) => "a month",
            Self::Number(_) => "a number",
        }
    }

    /// What so many units between two of its kind are called.
    fn step(self, apart: f64) -> Option<&'static str> {
        let near = |length: f64, slack: f64| (apart - length).abs() <= slack;
        let days = |day_slack: f64| match () {
            () if near(1.0, day_slack) => Some("day"),
            () if near(7.0, day_slack) => Some("week"),
            () if near(29.5, 1.55) => Some("month"),
            () if near(91.0, 1.05) => Some("quarter"),
            () if near(365.5, 0.55) => Some("year"),
            () => None,
        };
        match self {
            Self::Number(_) => None,
            Self::Month(_) => [(1.0, "month"), (3.0, "quarter"), (12.0, "year")]
                .into_iter()
                .find_map(|(months, name)| near(months, 0.0).then_some(name)),
            Self::Day(_) | Self::Week(_) => days(0.0),
            Self::Instant(_) if near(1.0 / 24.0, 1e-4) => Some("hour"),
            Self::Instant(_) if near(1.0 / 1_440.0, 1e-6) => Some("minute"),
            // The clocks may have been put forward or back in between.
            Self::Instant(_) => days(1.0 / 24.0 + 1e-4),
        }
    }
}

fn week(text: &str) -> Option<NaiveDate> {
    let (year, week) = text.split_once("-W")?;
    NaiveDate::from_isoywd_opt(year.parse().ok()?, week.parse().ok()?, Weekday::Mon)
}

/// How far apart moments in order are: what most steps are called, and how many are otherwise.
pub(super) fn steps(moments: &[Moment]) -> (Option<&'static str>, usize) {
    let apart: Vec<f64> =
        moments.iter().zip(moments.iter().skip(1)).map(|(from, to)| to.position() - from.position()).collect();
    let mut sorted = apart.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some((median, kind)) = sorted.get(sorted.len() / 2).zip(moments.first()) else { return (None, 0) };
    let name = kind.step(*median);
    let alike = |apart: f64| match name {
        Some(name) => kind.step(apart) == Some(name),
        None => (apart - median).abs() <= median * 0.01,
    };
    (name, apart.iter().filter(|apart| !alike(**apart)).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Moment {
        Moment::read(text, None).unwrap()
    }

    #[test]
    fn cells_of_all_kinds_are_read() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(read("2024-02-29"), Moment::Day(day(2024, 2, 29)));
        assert_eq!(read("2026-W01"), Moment::Week(day(2025, 12, 29)));
        assert_eq!(read("2026-11"), Moment::Month(day(2026, 11, 1)));
        assert_eq!(read("2026"), Moment::Number(2026.0));
        let instant = read("2026-11-24T12:00:00+01:00");
        assert_eq!(read("1795518000"), instant);
        assert_eq!(read("2026-11-24 11:00:00+00:00"), instant);
        assert_eq!(Moment::read("2026-11-24 12:00", Some(Tz::Europe__Berlin)), Ok(instant));
    }

    #[test]
    fn what_is_no_time_says_why() {
        let error = |text| Moment::read(text, None).unwrap_err();
        assert!(error("2026-11-24 12:00:00").contains("or name its zone with `--zone`"));
        for text in ["2023-02-29", "2026-W54", "2026-13", "soon", ""] {
            assert!(error(text).starts_with(&format!("instant `{text}` is not RFC 3339")), "{}", error(text));
        }
    }

    #[test]
    fn steps_have_the_name_of_most() {
        let of = |texts: &[&str]| steps(&texts.iter().map(|text| read(text)).collect::<Vec<_>>());
        assert_eq!(of(&["2024-01-31", "2024-02-29", "2024-03-31"]), (Some("month"), 0));
        assert_eq!(of(&["2024-12", "2025-01", "2025-02", "2025-04"]), (Some("month"), 1));
        assert_eq!(of(&["2024-W51", "2024-W52", "2025-W01"]), (Some("week"), 0));
        assert_eq!(of(&["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-03"]), (Some("day"), 1));
        // The night in which Berlin's clocks went forward.
        let night = ["2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"];
        assert_eq!(of(&night), (Some("day"), 0));
        assert_eq!(of(&["1", "2", "3", "7"]), (None, 1));
        assert_eq!(of(&["1"]), (None, 0));
    }
}
