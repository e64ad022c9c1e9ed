//! The window of an SLO: rolling, or steps of a calendar.

use chrono::NaiveDateTime;
use timeline_core::{AnchoredPeriod, Tz, parse_zone};

use super::fields::{Reading, Value};
use crate::duration::{DurationShorthand, DurationUnit};
use crate::window::Window;

/// The window of an SLO as its document states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeWindow {
    /// The stretch before every instant.
    Rolling(DurationShorthand),
    /// One period after the other, the first from `start` on.
    Calendar {
        /// The length of a period: days, weeks, months, quarters or years.
        duration: DurationShorthand,
        /// The start of the first period, local to `zone`.
        start: NaiveDateTime,
        /// The zone whose calendar counts.
        zone: Tz,
    },
}

impl TimeWindow {
    /// The length of the window.
    #[must_use]
    pub fn duration(self) -> DurationShorthand {
        match self {
            Self::Rolling(duration) | Self::Calendar { duration, .. } => duration,
        }
    }

    /// Whether the window is the stretch before every instant.
    #[must_use]
    pub fn is_rolling(self) -> bool {
        matches!(self, Self::Rolling(_))
    }

    /// The window as stated, and as the rest of the crate has it.
    pub(super) fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<(Self, Window)> {
        let items = value.list(reading)?;
        let [item] = items.as_slice() else {
            value.fault(reading, format!("holds {} windows; exactly one is needed", items.len()));
            return None;
        };
        let mut fields = item.map(reading)?;
        let duration_value = fields.required("duration", reading);
        let duration = duration_value.as_ref().and_then(|value| value.duration(reading));
        let rolling = fields.optional("isRolling").map_or(Some(false), |value| value.boolean(reading));
        let calendar = fields.optional("calendar");
        let read = match (rolling, &calendar) {
            (Some(true), Some(_)) => {
                fields.fault(reading, "is rolling and has a calendar; it can be one of them");
                None
            }
            (Some(false), None) => {
                fields.fault(reading, "is not rolling and has no calendar; it has to be one of them");
                None
            }
            (Some(true), None) => duration.map(Self::Rolling),
            (_, Some(value)) => read_calendar(value, reading).and_then(|(start, zone)| {
                let (duration, stated) = (duration?, duration_value.as_ref()?);
                if matches!(duration.unit(), DurationUnit::Minute | DurationUnit::Hour) {
                    let hint = if duration.unit() == DurationUnit::Minute { "; a month is `1M`" } else { "" };
                    let message = format!("a calendar window of `{duration}` is shorter than a day{hint}");
                    stated.fault(reading, message);
                    return None;
                }
                Some(Self::Calendar { duration, start, zone })
            }),
            (None, None) => None,
        };
        fields.finish(reading);
        let read = read?;
        // An anchor or a length may be past the end of the calendar.
        let window = duration_value?.checked(Window::try_from(read), reading)?;
        Some((read, window))
    }
}

impl TryFrom<TimeWindow> for Window {
    type Error = crate::Error;

    fn try_from(window: TimeWindow) -> Result<Self, Self::Error> {
        match window {
            TimeWindow::Rolling(duration) => Ok(Self::Rolling(duration)),
            TimeWindow::Calendar { duration, start, zone } => {
                // Both are written in the shorthand of OpenSLO.
                let step = duration.to_string().parse()?;
                Ok(Self::Anchored(AnchoredPeriod::new(start, zone, step)?))
            }
        }
    }
}

fn read_calendar(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<(NaiveDateTime, Tz)> {
    let mut fields = value.map(reading)?;
    let start = fields.required("startTime", reading).and_then(|value| {
        let text = value.filled(reading)?;
        let start = read_local_time(text);
        if start.is_none() {
            value.fault(reading, format!("`{text}` is not a day and time that exists, such as `2026-01-31 00:00:00`"));
        }
        start
    });
    let zone = fields.required("timeZone", reading).and_then(|value| {
        let text = value.filled(reading)?;
        match parse_zone(text) {
            Ok(zone) => Some(zone),
            Err(error) => {
                value.fault(reading, error.to_string());
                None
            }
        }
    });
    fields.finish(reading);
    Some((start?, zone?))
}

/// `2026-01-31 00:00:00` and nothing else: chrono alone would take `+2026- 1-31` as well.
fn read_local_time(text: &str) -> Option<NaiveDateTime> {
    let shaped = text.len() == 19
        && text.bytes().enumerate().all(|(at, b)| match at {
            4 | 7 => b == b'-',
            10 => b == b' ',
            13 | 16 => b == b':',
            _ => b.is_ascii_digit(),
        });
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
    // Chrono reads a leap second as a second too many of the one before.
    (shaped && !text.ends_with("60")).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_have_one_spelling() {
        assert!(read_local_time("2024-02-29 23:59:59").is_some());
        for text in [
            "2023-02-29 00:00:00",
            "2026-1-31 00:00:00",
            "2026-01-31T00:00:00",
            "2026-01-31 00:00:60",
            "",
            "+026-01-31 00:00:00",
        ] {
            assert!(read_local_time(text).is_none(), "{text}");
        }
    }
}
