//! How long a shift is.

use core::fmt;
use core::num::NonZeroU32;
use core::str::FromStr;

use timeline_core::{CalendarStep, StepUnit};

use crate::error::Error;

/// How long a shift is, written `12h`, `1d`, `1w`, `2w`, `1M`.
///
/// Minutes and hours are elapsed time: a shift of 8 hours has 8 hours on a night when the clocks change too. Days,
/// weeks and months are steps of the local calendar: the handoff stays at its time of day, and a day may have 23 or
/// 25 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub enum ShiftLength {
    /// `m`: elapsed minutes.
    Minutes(NonZeroU32),
    /// `h`: elapsed hours.
    Hours(NonZeroU32),
    /// `d`: days of the calendar.
    Days(NonZeroU32),
    /// `w`: weeks of the calendar.
    Weeks(NonZeroU32),
    /// `M`: months of the calendar, counted from the first start: a day that a month does not have is its last.
    Months(NonZeroU32),
}

impl ShiftLength {
    /// An hour.
    pub const HOUR: Self = Self::Hours(NonZeroU32::MIN);
    /// A day of the calendar.
    pub const DAY: Self = Self::Days(NonZeroU32::MIN);
    /// A week.
    pub const WEEK: Self = Self::Weeks(NonZeroU32::MIN);
    /// Two weeks.
    pub const TWO_WEEKS: Self = Self::Weeks(NonZeroU32::MIN.saturating_add(1));
    /// A month.
    pub const MONTH: Self = Self::Months(NonZeroU32::MIN);

    /// What the handoffs step by: elapsed minutes, or a step of the calendar.
    pub(super) fn step(self) -> Step {
        match self {
            Self::Minutes(n) => Step::Elapsed { minutes: n.get().into() },
            Self::Hours(n) => Step::Elapsed { minutes: i64::from(n.get()).saturating_mul(60) },
            Self::Days(n) => Step::Calendar(CalendarStep::new(n, StepUnit::Day)),
            Self::Weeks(n) => Step::Calendar(CalendarStep::new(n, StepUnit::Week)),
            Self::Months(n) => Step::Calendar(CalendarStep::new(n, StepUnit::Month)),
        }
    }
}

pub(super) enum Step {
    Elapsed { minutes: i64 },
    Calendar(CalendarStep),
}

impl FromStr for ShiftLength {
    type Err = Error;

    /// Also reads quarters (`Q`) and years (`Y`), as months.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = || Error::BadShiftLength { given: text.to_owned() };
        let step: CalendarStep = text.trim().parse().map_err(|_| bad())?;
        let count = step.count();
        let months = |n: u32| NonZeroU32::new(n).and_then(|n| count.checked_mul(n)).map(Self::Months).ok_or_else(bad);
        Ok(match step.unit() {
            StepUnit::Minute => Self::Minutes(count),
            StepUnit::Hour => Self::Hours(count),
            StepUnit::Day => Self::Days(count),
            StepUnit::Week => Self::Weeks(count),
            StepUnit::Month => Self::Months(count),
            StepUnit::Quarter => months(3)?,
            StepUnit::Year => months(12)?,
        })
    }
}

impl fmt::Display for ShiftLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, letter) = match self {
            Self::Minutes(n) => (n, 'm'),
            Self::Hours(n) => (n, 'h'),
            Self::Days(n) => (n, 'd'),
            Self::Weeks(n) => (n, 'w'),
            Self::Months(n) => (n, 'M'),
        };
        write!(f, "{count}{letter}")
    }
}

impl TryFrom<String> for ShiftLength {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<ShiftLength> for String {
    fn from(length: ShiftLength) -> Self {
        length.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_as_they_are_written() {
        for text in ["90m", "12h", "1d", "1w", "2w", "1M"] {
            assert_eq!(text.parse::<ShiftLength>().unwrap().to_string(), text);
        }
        assert_eq!("2w".parse(), Ok(ShiftLength::TWO_WEEKS));
        assert_eq!("1Q".parse::<ShiftLength>().unwrap().to_string(), "3M");
        assert_eq!("2Y".parse::<ShiftLength>().unwrap().to_string(), "24M");
    }

    #[test]
    fn a_length_of_nothing_or_of_no_unit_is_refused() {
        for bad in ["", "0w", "-1d", "week", "1", "1.5d", "4294967296h", "4294967295Y"] {
            assert_eq!(bad.parse::<ShiftLength>(), Err(Error::BadShiftLength { given: bad.into() }));
        }
    }
}
