//! What kind of time it is for a person: holiday, night, weekend or an ordinary hour.

use core::fmt;

use chrono::{DateTime, TimeDelta};
use timeline_core::{Segment, Span, SpanSet, Timeline, Tz, WeeklyWindow};

use crate::error::Error;
use crate::holidays::Holidays;
use crate::team::Person;

/// The one kind that an instant is of for a person.
///
/// Where several hold, the first in this order counts: a holiday is a holiday at night as well, since the day off is
/// lost; a night of the weekend is a night, since sleep lost is worse than leisure lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum TimeCategory {
    /// A public holiday of the person.
    Holiday,
    /// The person's night.
    Night,
    /// The person's weekend, in the daytime.
    Weekend,
    /// Any other time.
    Weekday,
}

impl TimeCategory {
    /// Every category, the one that counts first in front.
    pub const ALL: [Self; 4] = [Self::Holiday, Self::Night, Self::Weekend, Self::Weekday];

    /// `holiday`, `night`, `weekend` or `weekday`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holiday => "holiday",
            Self::Night => "night",
            Self::Weekend => "weekend",
            Self::Weekday => "weekday",
        }
    }
}

impl fmt::Display for TimeCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// When it is night and when it is weekend, by the clocks where a person lives: `Mon-Sun 22:00-07:00` and
/// `Sat,Sun 00:00-24:00` unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawHours", into = "RawHours")
)]
pub struct Hours {
    night: WeeklyWindow,
    weekend: WeeklyWindow,
}

impl Hours {
    /// Night and weekend as days and times without a zone, in the form of a [`WeeklyWindow`]. Windows of the night that
    /// touch are one night, that of the evening on which the first begins: `Mon-Sun 22:00-24:00,00:00-07:00` is
    /// `Mon-Sun 22:00-07:00`.
    ///
    /// # Errors
    /// [`Error::Several`] with the place (`night`, `weekend`) of each that is no weekly window, and of nights that last
    /// longer than a day ([`Error::LongNight`]): of what evening they are nobody could say.
    pub fn new(night: &str, weekend: &str) -> Result<Self, Error> {
        match (window(night).and_then(|window| within_a_day(window, night)), window(weekend)) {
            (Ok(night), Ok(weekend)) => Ok(Self { night, weekend }),
            (night, weekend) => {
                let fault = |path: &str, given: Result<_, Error>| given.err().map(|error| (path.to_owned(), error));
                let faults = fault("night", night).into_iter().chain(fault("weekend", weekend)).collect();
                Err(Error::Several { faults })
            }
        }
    }

    /// The nights within a span by the clocks of `zone`, holidays or not, cut to it. A night in which the clocks change
    /// is as long as it is.
    ///
    /// # Errors
    /// [`Error::Time`] at the ends of time.
    pub fn nights(&self, zone: Tz, within: Span) -> Result<SpanSet, Error> {
        Ok(self.night.clone().in_zone(zone).spans(within)?)
    }

    /// The weekends within a span by the clocks of `zone`, nights and holidays with them, cut to it.
    ///
    /// # Errors
    /// [`Error::Time`] at the ends of time.
    pub fn weekends(&self, zone: Tz, within: Span) -> Result<SpanSet, Error> {
        Ok(self.weekend.clone().in_zone(zone).spans(within)?)
    }

    /// What each instant of a span is, by the clocks of `zone` and these holidays: covers the span without overlap.
    ///
    /// # Errors
    /// [`Error::Time`] at the ends of time.
    pub fn timeline(&self, zone: Tz, holidays: &SpanSet, within: Span) -> Result<Timeline<TimeCategory>, Error> {
        let mut left = SpanSet::from(within);
        let mut segments = Vec::new();
        let mut take = |set: &SpanSet, value: TimeCategory| {
            segments.extend(left.intersection(set).iter().map(|span| Segment { span, value }));
            left = left.difference(set);
        };
        take(holidays, TimeCategory::Holiday);
        take(&self.nights(zone, within)?, TimeCategory::Night);
        take(&self.weekends(zone, within)?, TimeCategory::Weekend);
        take(&SpanSet::from(within), TimeCategory::Weekday);
        segments.sort_unstable_by_key(|segment| segment.span);
        Ok(Timeline::from_segments(segments)?)
    }

    /// [`timeline`](Self::timeline) where the person lives, with the holidays of the person.
    ///
    /// # Errors
    /// [`Error::Time`] at the ends of time.
    pub fn of(&self, person: &Person, holidays: &Holidays, within: Span) -> Result<Timeline<TimeCategory>, Error> {
        self.timeline(person.zone(), &holidays.spans_for(person, within)?, within)
    }
}

/// Night and weekend as people in most places have them.
impl Default for Hours {
    fn default() -> Self {
        let usual = |text: &str| {
            #[expect(clippy::expect_used, reason = "a constant, read in a test")]
            window(text).expect("a weekly window")
        };
        Self { night: usual(NIGHT), weekend: usual(WEEKEND) }
    }
}

/// `night Mon-Sun 22:00-07:00, weekend Sat,Sun 00:00-24:00`.
impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "night {}, weekend {}", text(&self.night), text(&self.weekend))
    }
}

const NIGHT: &str = "Mon-Sun 22:00-07:00";
const WEEKEND: &str = "Sat,Sun 00:00-24:00";

fn window(text: &str) -> Result<WeeklyWindow, Error> {
    Ok(format!("{text} UTC").parse()?)
}

/// The windows, if those that touch last no longer than a day together.
fn within_a_day(window: WeeklyWindow, given: &str) -> Result<WeeklyWindow, Error> {
    // Two weeks by clocks that never change hold every night whole, but for one without end.
    let spans = window.spans(Span::starting_at(DateTime::UNIX_EPOCH, TimeDelta::weeks(2))?)?;
    let longest = spans.iter().map(Span::length).max().unwrap_or_default();
    if longest > TimeDelta::days(1) {
        return Err(Error::LongNight { given: given.to_owned(), hours: longest.num_hours().min(168) });
    }
    Ok(window)
}

/// As it was given: without the zone.
fn text(window: &WeeklyWindow) -> String {
    let text = window.to_string();
    text.rsplit_once(' ').map_or(text.clone(), |(hours, _)| hours.to_owned())
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawHours {
    night: String,
    weekend: String,
}

#[cfg(feature = "serde")]
impl Default for RawHours {
    fn default() -> Self {
        Self { night: NIGHT.to_owned(), weekend: WEEKEND.to_owned() }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<RawHours> for Hours {
    type Error = Error;

    fn try_from(raw: RawHours) -> Result<Self, Error> {
        Self::new(&raw.night, &raw.weekend)
    }
}

#[cfg(feature = "serde")]
impl From<Hours> for RawHours {
    fn from(hours: Hours) -> Self {
        Self { night: text(&hours.night), weekend: text(&hours.weekend) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: &str, end: &str) -> Span {
        Span::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
    }

    fn length(timeline: &Timeline<TimeCategory>, category: TimeCategory) -> TimeDelta {
        timeline.instants_where(|value| *value == category).total()
    }

    #[test]
    fn a_week_is_made_of_nights_weekend_and_the_rest() {
        let week = span("2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z");
        let timeline = Hours::default().timeline(Tz::UTC, &SpanSet::new(), week).unwrap();
        assert_eq!(length(&timeline, TimeCategory::Night), TimeDelta::hours(7 * 9));
        assert_eq!(length(&timeline, TimeCategory::Weekend), TimeDelta::hours(2 * 15));
        assert_eq!(length(&timeline, TimeCategory::Weekday), TimeDelta::hours(5 * 15));
    }

    #[test]
    fn the_night_of_a_change_of_clocks_has_its_true_length() {
        let hours = Hours::default();
        let spring = span("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z");
        let autumn = span("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
        assert_eq!(hours.nights(Tz::Europe__Berlin, spring).unwrap().total(), TimeDelta::hours(8));
        assert_eq!(hours.nights(Tz::Europe__Berlin, autumn).unwrap().total(), TimeDelta::hours(10));
    }

    #[test]
    fn a_holiday_counts_before_night_and_weekend() {
        let sunday = span("2026-11-29T00:00:00Z", "2026-11-30T00:00:00Z");
        let timeline = Hours::default().timeline(Tz::UTC, &sunday.into(), sunday).unwrap();
        assert_eq!(length(&timeline, TimeCategory::Holiday), TimeDelta::days(1));
    }

    #[test]
    fn a_night_is_no_longer_than_a_day() {
        let two = Hours::new("Mon-Sun 22:00-24:00,00:00-07:00", WEEKEND).unwrap();
        let week = span("2026-11-23T12:00:00Z", "2026-11-30T12:00:00Z");
        assert_eq!(two.nights(Tz::UTC, week), Hours::default().nights(Tz::UTC, week));
        assert!(Hours::new("Sun 00:00-24:00", WEEKEND).is_ok());
        for (night, hours) in
            [("Mon-Sun 00:00-24:00", 168), ("Fri 22:00-24:00,00:00-01:00", 0), ("Sat,Sun 00:00-24:00", 48)]
        {
            match Hours::new(night, WEEKEND) {
                Ok(_) => assert_eq!(hours, 0, "{night}"),
                Err(fault) => assert_eq!(
                    fault.to_string(),
                    format!("night: night `{night}` lasts {hours} hours on end, and at most 24 are one night")
                ),
            }
        }
    }

    #[test]
    fn faults_name_their_place() {
        let error = Hours::new("22:00", "Sat-Sux 00:00-24:00").unwrap_err().to_string();
        assert!(error.starts_with("night: ") && error.contains("weekend: "), "{error}");
        assert_eq!(Hours::new(NIGHT, WEEKEND).unwrap(), Hours::default());
        assert_eq!(Hours::default().to_string(), format!("night {NIGHT}, weekend {WEEKEND}"));
    }
}
