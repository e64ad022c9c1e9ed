//! Hours in which low severities wait.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use timeline_core::{Span, SpanSet, Tz, WeeklyWindow, wall_clock};

use super::policy::Severity;
use crate::error::Error;

/// When low severities wait, and which.
///
/// Nothing waits for longer than [`LONGEST`](Self::LONGEST) in a row. Hours that would make it wait longer are refused:
/// looked at is every way in which the clocks of the windows' zones go that the time zone database foresees from 2025
/// to 2060, of one zone from 2025 to 2027. Where a law changes the clocks otherwise, quiet hours that have lasted for so long are over until they begin
/// anew.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawQuiet", into = "RawQuiet")
)]
pub struct QuietHours {
    // INVARIANT: 1 to MOST_WINDOWS; together they are left within LONGEST.
    windows: Vec<WeeklyWindow>,
    // INVARIANT: below High.
    up_to: Severity,
}

impl QuietHours {
    /// The longest that a page waits in a row: 8 days, so that hours that are left once a week will do, also in a week
    /// that is an hour longer.
    pub const LONGEST: TimeDelta = TimeDelta::days(8);

    /// Pages up to severity `up_to` wait until no window holds any more.
    ///
    /// # Errors
    /// [`Error::QuietTooSevere`] unless `up_to` is low or medium; [`Error::QuietWindows`] unless there are 1 to 50
    /// windows; [`Error::QuietTooLong`] where together they last longer than [`LONGEST`](Self::LONGEST) at a time.
    pub fn new(windows: Vec<WeeklyWindow>, up_to: Severity) -> Result<Self, Error> {
        if up_to >= Severity::High {
            return Err(Error::QuietTooSevere { given: up_to });
        }
        if !(1..=MOST_WINDOWS).contains(&windows.len()) {
            return Err(Error::QuietWindows { given: windows.len(), most: MOST_WINDOWS });
        }
        let quiet = Self { windows, up_to };
        match quiet.too_long()? {
            Some(from) => Err(Error::QuietTooLong { from, most: Self::LONGEST }),
            None => Ok(quiet),
        }
    }

    /// The windows, in the order given.
    #[must_use]
    pub fn windows(&self) -> &[WeeklyWindow] {
        &self.windows
    }

    /// The highest severity that waits.
    #[must_use]
    pub const fn up_to(&self) -> Severity {
        self.up_to
    }

    /// The stretch around `now` in which nothing changes, and whether it is a quiet one.
    pub(super) fn around(&self, now: DateTime<Utc>) -> Result<(Span, bool), Error> {
        let back = Span::ending_at(now, Self::LONGEST)?.start();
        let near = Span::new(back, Span::starting_at(now, Self::LONGEST)?.end())?;
        let quiet = self.within(near)?;
        Ok(match quiet.span_at(now) {
            // It has lasted for so long that it is over.
            Some(span) if span.start() == back => (Span::new(now, span.end())?, false),
            Some(span) => {
                let longest = Span::starting_at(span.start(), Self::LONGEST)?;
                (span.intersect(longest).unwrap_or(span), true)
            }
            None => {
                let until = quiet.next_from(now).map_or(near.end(), Span::start);
                (Span::new(now, until)?, false)
            }
        })
    }

    /// Where they begin to last for too long, if anywhere.
    fn too_long(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let Some(from) = DateTime::from_timestamp(FROM, 0) else { return Ok(None) };
        let mut zones: Vec<Tz> = self.windows.iter().map(WeeklyWindow::zone).collect();
        zones.sort_unstable_by_key(|zone| zone.name());
        zones.dedup();
        let mut weeks = Vec::new();
        for week in 0..if zones.len() == 1 { WEEKS_OF_ONE } else { WEEKS } {
            let Some(at) = from.checked_add_signed(TimeDelta::weeks(week)) else { break };
            weeks.push((at, clocks(&zones, at)?));
        }
        // Weeks over which the clocks go alike are looked at once: from each begin in the first week for longer than
        // the longest.
        let mut seen = HashSet::new();
        for near in weeks.windows(4) {
            let alike: Vec<_> = near.iter().map(|(_, clocks)| clocks).collect();
            if let Some((start, _)) = near.first()
                && seen.insert(alike)
            {
                let quiet = self.within(Span::starting_at(*start, TimeDelta::weeks(3))?)?;
                if let Some(span) = quiet.iter().find(|span| span.length() > Self::LONGEST) {
                    return Ok(Some(span.start()));
                }
            }
        }
        Ok(None)
    }

    fn within(&self, span: Span) -> Result<SpanSet, Error> {
        let mut all = SpanSet::new();
        for window in &self.windows {
            all = all.union(&window.spans(span)?);
        }
        Ok(all)
    }
}

const MOST_WINDOWS: usize = 50;
/// Monday, 6 January 2025, 00:00 UTC.
const FROM: i64 = 1_736_121_600;
/// 35 years: the clocks of some zones follow Ramadan, which comes round in 33.
const WEEKS: i64 = 35 * 53;
/// Two years: one zone alone changes its clocks in each as in the next.
const WEEKS_OF_ONE: i64 = 2 * 53;

/// How far each zone is from UTC.
fn clocks(zones: &[Tz], at: DateTime<Utc>) -> Result<Vec<TimeDelta>, Error> {
    let far = |wall: NaiveDateTime| wall.signed_duration_since(at.naive_utc());
    zones.iter().map(|zone| Ok(far(wall_clock(*zone, at)?))).collect()
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawQuiet {
    windows: Vec<WeeklyWindow>,
    up_to: Severity,
}

#[cfg(feature = "serde")]
impl TryFrom<RawQuiet> for QuietHours {
    type Error = Error;

    fn try_from(raw: RawQuiet) -> Result<Self, Error> {
        Self::new(raw.windows, raw.up_to)
    }
}

#[cfg(feature = "serde")]
impl From<QuietHours> for RawQuiet {
    fn from(quiet: QuietHours) -> Self {
        Self { windows: quiet.windows, up_to: quiet.up_to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(windows: &[&str]) -> Result<QuietHours, Error> {
        QuietHours::new(windows.iter().map(|window| window.parse().unwrap()).collect(), Severity::Low)
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn windows_of_two_zones_that_fill_every_week_of_winter_are_refused() {
        // An hour of each day is open in summer alone, when London is an hour ahead of Reykjavik.
        let error =
            quiet(&["Mon-Sun 00:00-12:00 Atlantic/Reykjavik", "Mon-Sun 12:00-24:00 Europe/London"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "quiet hours from 2025-01-06 00:00:00 UTC on last longer than 8 days, the most that a page waits in a row"
        );
        // In January 1970 London had the summer's hour.
        assert!(quiet(&["Mon-Sun 00:00-13:00 Europe/London", "Mon-Sun 12:00-24:00 UTC"]).is_err());
        // All but for the weeks in which one of the two has changed its clocks and the other has not.
        let apart = ["Mon-Sun 00:00-12:00 Europe/Berlin", "Mon-Sun 06:00-18:00 America/New_York"];
        assert!(quiet(&apart).is_err());
    }

    #[test]
    fn windows_that_filled_the_weeks_of_1970_alone_are_taken() {
        // London had the clocks of Berlin then; today an hour of each day is open.
        let open = quiet(&["Mon-Sun 00:00-12:00 Europe/Berlin", "Mon-Sun 12:00-24:00 Europe/London"]).unwrap();
        assert_eq!(
            open.around(utc("2026-01-05T03:00:00Z")).unwrap(),
            (Span::new(utc("2026-01-04T12:00:00Z"), utc("2026-01-05T11:00:00Z")).unwrap(), true)
        );
    }

    #[test]
    fn hours_left_once_a_week_are_taken_and_those_that_a_night_does_not_have_are_not() {
        let but = |open: &str| quiet(&["Mon-Sat 00:00-24:00 Europe/Berlin", &format!("Sun {open} Europe/Berlin")]);
        assert!(but("00:30-24:00").is_ok());
        let error = but("00:00-02:00,03:00-24:00").unwrap_err();
        assert!(matches!(error, Error::QuietTooLong { most: QuietHours::LONGEST, .. }), "{error}");
        assert_eq!(quiet(&[]), Err(Error::QuietWindows { given: 0, most: 50 }));
        assert!(quiet(&["Mon-Sun 00:00-24:00 Europe/Berlin"]).is_err());
    }

    #[test]
    fn where_the_law_was_another_they_are_over_after_the_longest_wait() {
        // Fills each week of 1970, as it was by then.
        let open = quiet(&["Mon-Sun 00:00-12:00 Europe/Berlin", "Mon-Sun 12:00-24:00 Europe/London"]).unwrap();
        let (span, is) = open.around(utc("1969-06-01T00:00:00Z")).unwrap();
        assert_eq!((span.start(), is), (utc("1969-06-01T00:00:00Z"), false));
    }

    #[test]
    fn the_stretch_is_the_same_from_each_instant_in_it() {
        let nights = quiet(&["Mon-Fri 22:00-07:00 Europe/Berlin", "Sat,Sun 00:00-24:00 Europe/Berlin"]).unwrap();
        let mut at = utc("2026-03-20T00:30:00Z");
        let mut last: Option<(Span, bool)> = None;
        while at < utc("2026-04-05T00:00:00Z") {
            let (span, is) = nights.around(at).unwrap();
            assert_eq!(is, nights.windows().iter().any(|window| window.contains(at).unwrap()), "{at}");
            if let Some((before, _)) = last.filter(|(before, was)| *was && before.contains(at)) {
                assert_eq!((before, true), (span, is), "{at}");
            }
            last = Some((span, is));
            at += TimeDelta::minutes(30);
        }
    }
}
