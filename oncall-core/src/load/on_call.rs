//! Weeks on call, from the hour at which duty begins.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use timeline_core::{Span, SpanSet, Tz, resolve, wall_clock};

use crate::burden::whole_minutes;
use crate::error::Error;
use crate::hours::Hours;

/// What happened to somebody in one week on call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WeekOnCall {
    /// Whether the span studied cuts no shift of it.
    pub(crate) whole: bool,
    /// Minutes on call, at least 1.
    pub(crate) minutes: u64,
    /// Of these, in the person's nights.
    pub(crate) night_minutes: u64,
    /// Incidents that began while on call.
    pub(crate) incidents: u64,
    /// Pages that came in nights on call.
    pub(crate) night_pages: u64,
    /// Whether the incidents are too many for the time on call.
    pub(crate) over_limit: bool,
}

/// The weeks on call that cover all duty: each from the first duty after the one before, to the same hour by the clocks of
/// `zone` seven days later, or to the end of the duty that is on then, where that is less than a day away.
///
/// Calendar weeks would make two of a shift that is handed over on a Wednesday, and give each the weight of a whole one.
pub(crate) fn weeks(duty: &SpanSet, zone: Tz) -> Result<Vec<Span>, Error> {
    let mut weeks = Vec::new();
    let mut covered: Option<DateTime<Utc>> = None;
    for span in duty.iter() {
        let mut start = covered.map_or(span.start(), |covered| covered.max(span.start()));
        while start < span.end() {
            let end = resolve(zone, wall_clock(zone, start)?.checked_add_signed(WEEK).unwrap_or(NaiveDateTime::MAX))?;
            let running = duty.span_at(end).filter(|running| running.start() < end);
            let rest = running.filter(|running| running.end().signed_duration_since(end) < TimeDelta::days(1));
            let week = Span::new(start, rest.map_or(end, Span::end))?;
            weeks.push(week);
            (start, covered) = (week.end(), Some(week.end()));
        }
    }
    Ok(weeks)
}

const WEEK: TimeDelta = TimeDelta::days(7);

/// Minutes of night in a week in which no clocks change.
pub(crate) fn night_minutes_of_a_week(hours: &Hours) -> Result<u64, Error> {
    let week = Span::starting_at(DateTime::UNIX_EPOCH, WEEK)?;
    Ok(hours.nights(Tz::UTC, week)?.iter().map(whole_minutes).fold(0, u64::saturating_add))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(duty: &[(&str, &str)], zone: Tz) -> Vec<i64> {
        let span = |(start, end): &(&str, &str)| Span::new(start.parse().unwrap(), end.parse().unwrap()).unwrap();
        let weeks = weeks(&duty.iter().map(span).collect(), zone).unwrap();
        weeks.into_iter().map(|week| week.length().num_hours()).collect()
    }

    #[test]
    fn a_shift_by_the_week_is_one_week_whatever_the_clocks_do() {
        let spring =
            [("2026-03-25T08:00:00Z", "2026-04-01T07:00:00Z"), ("2026-04-08T07:00:00Z", "2026-04-15T07:00:00Z")];
        assert_eq!(lengths(&spring, Tz::Europe__Berlin), [167, 168]);
        // A week that is handed over nine hours late is one as well, and one of eight days is two.
        assert_eq!(lengths(&[("2026-02-04T00:00:00Z", "2026-02-11T09:00:00Z")], Tz::UTC), [177]);
        assert_eq!(lengths(&[("2026-02-04T00:00:00Z", "2026-02-12T00:00:00Z")], Tz::UTC), [168, 168]);
    }

    #[test]
    fn a_day_every_week_is_a_week_each_and_days_of_one_week_are_one() {
        let mondays = ["02", "09", "16", "23"].map(|day| format!("2026-03-{day}T"));
        let starts = mondays.each_ref().map(|day| format!("{day}09:00:00Z"));
        let ends = mondays.each_ref().map(|day| format!("{day}17:00:00Z"));
        let days: Vec<(&str, &str)> =
            starts.iter().zip(&ends).map(|(start, end)| (start.as_str(), end.as_str())).collect();
        assert_eq!(lengths(&days, Tz::UTC).len(), 4);
        let one = [("2026-03-04T09:00:00Z", "2026-03-04T17:00:00Z"), ("2026-03-10T09:00:00Z", "2026-03-10T17:00:00Z")];
        assert_eq!(lengths(&one, Tz::UTC), [168]);
        assert!(lengths(&[], Tz::UTC).is_empty());
    }

    #[test]
    fn a_week_has_seven_nights() {
        assert_eq!(night_minutes_of_a_week(&Hours::default()), Ok(7 * 9 * 60));
    }
}
