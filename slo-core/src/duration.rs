//! OpenSLO duration shorthands: `5m`, `28d`, `1Q`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use chrono::TimeDelta;

use crate::error::Error;

/// An OpenSLO duration shorthand: a whole number and a unit, never zero.
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
pub struct DurationShorthand {
    // INVARIANT: at most `DurationUnit::most`, so that the nominal length is a `TimeDelta`.
    count: NonZeroU32,
    unit: DurationUnit,
}

/// The unit of a [`DurationShorthand`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DurationUnit {
    /// `m`, 60 seconds.
    Minute,
    /// `h`, 3,600 seconds.
    Hour,
    /// `d`: 24 hours rolling, a local day in a calendar.
    Day,
    /// `w`: 7 days.
    Week,
    /// `M`: 30 days nominal, a month in a calendar.
    Month,
    /// `Q`: 90 days nominal, three months in a calendar.
    Quarter,
    /// `Y`: 365 days nominal, twelve months in a calendar.
    Year,
}

impl DurationUnit {
    const ALL: [Self; 7] = [Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// The letter and the nominal seconds.
    const fn entry(self) -> (char, u32) {
        match self {
            Self::Minute => ('m', 60),
            Self::Hour => ('h', 3_600),
            Self::Day => ('d', 86_400),
            Self::Week => ('w', 604_800),
            Self::Month => ('M', 2_592_000),
            Self::Quarter => ('Q', 7_776_000),
            Self::Year => ('Y', 31_536_000),
        }
    }

    /// The most units whose nominal length a [`TimeDelta`] holds, some 292 million years.
    #[expect(clippy::arithmetic_side_effects, reason = "a unit is never 0 seconds")]
    fn most(self) -> u32 {
        let most = TimeDelta::MAX.num_seconds() / i64::from(self.entry().1);
        u32::try_from(most).unwrap_or(u32::MAX)
    }
}

impl DurationShorthand {
    /// `count` units.
    ///
    /// # Errors
    /// [`Error::DurationOutOfRange`] beyond the longest [`TimeDelta`], some 292 million years.
    pub fn new(count: NonZeroU32, unit: DurationUnit) -> Result<Self, Error> {
        if count.get() > unit.most() {
            return Err(out_of_range(&count.to_string(), unit));
        }
        Ok(Self { count, unit })
    }

    /// How many units.
    #[must_use]
    pub const fn count(self) -> NonZeroU32 {
        self.count
    }

    /// The unit.
    #[must_use]
    pub const fn unit(self) -> DurationUnit {
        self.unit
    }

    /// The length with a month of 30, a quarter of 90 and a year of 365 days, as the OpenSLO Go SDK counts.
    #[must_use]
    pub fn nominal(self) -> TimeDelta {
        // It fits, by the invariant.
        TimeDelta::try_seconds(i64::from(self.count.get()).saturating_mul(i64::from(self.unit.entry().1)))
            .unwrap_or(TimeDelta::MAX)
    }
}

impl FromStr for DurationShorthand {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fault = || Error::DurationSyntax { given: text.to_owned() };
        let mut rest = text.chars();
        let last = rest.next_back().ok_or_else(fault)?;
        let digits = rest.as_str();
        let unit = DurationUnit::ALL.into_iter().find(|unit| unit.entry().0 == last).ok_or_else(fault)?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(fault());
        }
        let count = digits.parse().map_err(|_| out_of_range(digits, unit))?;
        Self::new(count, unit)
    }
}

fn out_of_range(count: &str, unit: DurationUnit) -> Error {
    let (letter, _) = unit.entry();
    Error::DurationOutOfRange {
        what: "a duration",
        given: format!("{count}{letter}"),
        bound: format!("{}{letter}", unit.most()),
    }
}

impl fmt::Display for DurationShorthand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}{}", self.count, self.unit.entry().0))
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
            let seconds = i64::from(longest.count().get()).checked_mul(longest.unit().entry().1.into());
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
