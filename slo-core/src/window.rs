//! The period that a budget is for: rolling, or aligned to a calendar.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use timeline_core::{AnchoredPeriod, CalendarPeriod, PeriodKind, Span, Tz};

use crate::duration::{DurationShorthand, nominal};
use crate::error::Error;

/// The time window of an objective.
///
/// ```
/// use slo_core::Window;
/// use timeline_core::{PeriodKind, parse_zone};
/// let now = "2026-11-24T12:00:00Z".parse()?;
/// let rolling: Window = "28d".parse()?;
/// assert_eq!(rolling.span_at(now)?.start().to_string(), "2026-10-27 12:00:00 UTC");
///
/// let month = Window::Aligned { kind: PeriodKind::Month, zone: parse_zone("Europe/Berlin")? };
/// assert_eq!(month.span_at(now)?.start().to_string(), "2026-10-31 23:00:00 UTC");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Window {
    /// The last so much time, ending now. A month counts 30 days, a quarter 90, a year 365.
    Rolling(DurationShorthand),
    /// The local day, ISO week, month, quarter or year that now lies in.
    Aligned {
        /// Which of them.
        kind: PeriodKind,
        /// Whose midnight counts.
        zone: Tz,
    },
    /// OpenSLO's calendar window: whole steps of local time counted from an anchor.
    Anchored(AnchoredPeriod),
}

impl Window {
    /// The span that the budget at `now` is for: for a rolling window the time before `now`, for a calendar
    /// window the whole period that `now` lies in, its future part included.
    ///
    /// # Errors
    /// [`Error::BeforeAnchor`] for an instant before an anchored window's first, [`Error::Time`] where the
    /// calendar ends.
    pub fn span_at(&self, now: DateTime<Utc>) -> Result<Span, Error> {
        match self {
            Self::Rolling(duration) => Ok(Span::ending_at(now, duration.nominal())?),
            Self::Aligned { kind, zone } => Ok(CalendarPeriod::containing(*kind, *zone, now)?.span()),
            Self::Anchored(period) => period.containing(now)?.ok_or(Error::BeforeAnchor { now }),
        }
    }

    /// The usual length: exact for a rolling window; for a calendar, 30 days a month, 90 a quarter, 365 a year.
    #[must_use]
    pub fn nominal(&self) -> TimeDelta {
        match self {
            Self::Rolling(duration) => duration.nominal(),
            Self::Aligned { kind, .. } => TimeDelta::days(match kind {
                PeriodKind::Day => 1,
                PeriodKind::IsoWeek => 7,
                PeriodKind::Month => 30,
                PeriodKind::Quarter => 90,
                PeriodKind::Year => 365,
            }),
            Self::Anchored(period) => nominal(period.step()),
        }
    }

    /// Whether the window moves with `now`.
    #[must_use]
    pub const fn is_rolling(&self) -> bool {
        matches!(self, Self::Rolling(_))
    }
}

impl FromStr for Window {
    type Err = Error;

    /// Reads a rolling window: `28d`, `4w`, `1M`.
    fn from_str(text: &str) -> Result<Self, Error> {
        text.parse().map(Self::Rolling)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rolling(duration) => write!(f, "{duration} rolling"),
            Self::Aligned { kind, zone } => {
                let name = match kind {
                    PeriodKind::Day => "day",
                    PeriodKind::IsoWeek => "week",
                    PeriodKind::Month => "month",
                    PeriodKind::Quarter => "quarter",
                    PeriodKind::Year => "year",
                };
                write!(f, "{name} in {zone}")
            }
            Self::Anchored(period) => {
                write!(f, "{} from {} in {}", period.step(), period.anchor(), period.zone())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Tz {
        timeline_core::parse_zone(name).unwrap()
    }

    #[test]
    fn a_calendar_month_has_its_own_length() {
        let window = Window::Aligned { kind: PeriodKind::Month, zone: zone("Europe/Berlin") };
        let march = window.span_at("2026-03-15T00:00:00Z".parse().unwrap()).unwrap();
        // 31 days less the hour that the clocks skip.
        assert_eq!(march.length(), TimeDelta::hours(31 * 24 - 1));
        assert_eq!(window.nominal(), TimeDelta::days(30));
    }

    #[test]
    fn words_say_which_window_it_is() {
        assert_eq!("4w".parse::<Window>().unwrap().to_string(), "4w rolling");
        let window = Window::Aligned { kind: PeriodKind::Quarter, zone: zone("Asia/Kolkata") };
        assert_eq!(window.to_string(), "quarter in Asia/Kolkata");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn windows_survive_json() {
        for window in ["28d".parse().unwrap(), Window::Aligned { kind: PeriodKind::Year, zone: zone("UTC") }] {
            let text = serde_json::to_string(&window).unwrap();
            assert_eq!(serde_json::from_str::<Window>(&text).unwrap(), window, "{text}");
        }
    }
}
