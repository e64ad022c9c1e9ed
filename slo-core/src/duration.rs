//! OpenSLO duration shorthands: `5m`, `28d`, `1Q`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use chrono::TimeDelta;
use timeline_core::CalendarStep;
/// The unit of a [`DurationShorthand`]: rolling, a day is 24 hours, a month 30 days, a quarter 90, a year 365.
pub use timeline_core::StepUnit as DurationUnit;

use crate::error::Error;

/// An OpenSLO duration shorthand: a whole number and a unit, never zero. The same text names a step of local time in
/// a calendar; here it is a length.
///
/// `DIFFERS:` the OpenSLO Go SDK accepts `0d`; nothing here has a use for it.
///
/// ```
/// use slo_core::DurationShorthand;
/// let month: DurationShorthand = "1M".parse()?;
/// assert_eq!(month.to_string(), "1M");
/// assert_eq!(month.nominal().num_days(), 30);
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
// INVARIANT: at most `most` units, so that the nominal length is a `TimeDelta`.
pub struct DurationShorthand(CalendarStep);

impl DurationShorthand {
    /// `count` units.
    ///
    /// # Errors
    /// [`Error::DurationOutOfRange`] beyond the longest [`TimeDelta`], some 292 million years.
    pub fn new(count: NonZeroU32, unit: DurationUnit) -> Result<Self, Error> {
        if count.get() > most(unit) {
            return Err(out_of_range(&count.to_string(), unit));
        }
        Ok(Self(CalendarStep::new(count, unit)))
    }

    /// How many units.
    #[must_use]
    pub const fn count(self) -> NonZeroU32 {
        self.0.count()
    }

    /// The unit.
    #[must_use]
    pub const fn unit(self) -> DurationUnit {
        self.0.unit()
    }

    /// The length with a month of 30, a quarter of 90 and a year of 365 days, as the OpenSLO Go SDK counts.
    #[must_use]
    pub fn nominal(self) -> TimeDelta {
        nominal(self.0)
    }
}

impl FromStr for DurationShorthand {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.parse::<CalendarStep>() {
            Ok(step) => Self::new(step.count(), step.unit()),
            Err(_) => Err(beyond(text).unwrap_or_else(|| Error::DurationSyntax { given: text.to_owned() })),
        }
    }
}

/// The nominal length of a step; the longest [`TimeDelta`] for one that does not fit, as every shorthand does.
pub(crate) fn nominal(step: CalendarStep) -> TimeDelta {
    let seconds = i64::from(step.count().get()).saturating_mul(seconds(step.unit()));
    TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX)
}

/// The nominal seconds of a unit.
const fn seconds(unit: DurationUnit) -> i64 {
    match unit {
        DurationUnit::Minute => 60,
        DurationUnit::Hour => 3_600,
        DurationUnit::Day => 86_400,
        DurationUnit::Week => 604_800,
        DurationUnit::Month => 2_592_000,
        DurationUnit::Quarter => 7_776_000,
        DurationUnit::Year => 31_536_000,
    }
}

/// The most units whose nominal length a [`TimeDelta`] holds, some 292 million years.
#[expect(clippy::arithmetic_side_effects, reason = "a unit is never 0 seconds")]
fn most(unit: DurationUnit) -> u32 {
    u32::try_from(TimeDelta::MAX.num_seconds() / seconds(unit)).unwrap_or(u32::MAX)
}

/// The fault of a number of units that 32 bits do not hold, or 0; `None` for text that is no duration at all.
fn beyond(text: &str) -> Option<Error> {
    let digits = text.get(..text.len().checked_sub(1)?)?;
    let unit = format!("1{}", text.get(digits.len()..)?).parse::<CalendarStep>().ok()?.unit();
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| out_of_range(digits, unit))
}

fn out_of_range(count: &str, unit: DurationUnit) -> Error {
    let letter = unit.letter();
    Error::DurationOutOfRange {
        what: "a duration",
        given: format!("{count}{letter}"),
        bound: format!("{}{letter}", most(unit)),
    }
}

impl fmt::Display for DurationShorthand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

impl TryFrom<String> for DurationShorthand {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<DurationShorthand> for String {
    fn from(duration: DurationShorthand) -> Self {
        duration.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_parses_prints_and_has_a_length() {
        for (text, seconds) in
            [("5m", 300), ("2h", 7_200), ("28d", 2_419_200), ("4w", 2_419_200), ("1M", 2_592_000), ("1Q", 7_776_000)]
        {
            let parsed: DurationShorthand = text.parse().unwrap();
            assert_eq!(parsed.to_string(), text);
            assert_eq!(parsed.nominal().num_seconds(), seconds);
        }
    }

    #[test]
    fn the_longest_of_each_unit_is_as_long_as_it_says() {
        for text in ["4294967295m", "4294967295w", "3558399705M", "292471208Y"] {
            let longest: DurationShorthand = text.parse().unwrap();
            let seconds = i64::from(longest.count().get()).checked_mul(seconds(longest.unit()));
            assert_eq!(Some(longest.nominal().num_seconds()), seconds, "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "d", "5", "5s", "-5m", "5.5m", "0d", "5 m", "5mm", "4294967296m", "292471209Y", "5µ"] {
            assert!(text.parse::<DurationShorthand>().is_err(), "{text}");
        }
    }
}
