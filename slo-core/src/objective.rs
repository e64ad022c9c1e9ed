//! The share of good events promised.

use std::fmt;
use std::str::FromStr;

use crate::decimal;
use crate::error::Error;
#[cfg(feature = "serde")]
use crate::number_text::NumberText;

/// Parts in a whole: the resolution of every ratio that the crate keeps exact.
pub const BILLION: u32 = 1_000_000_000;

/// A service level objective: the share of good events promised, exact to one part per billion.
///
/// Text is read without a float in between: `99.95%`, `99.95` and `0.9995` are the same objective.
/// A number without a per cent sign is a share below 1 and a percentage above 1; 0 % and 100 % are refused.
///
/// With serde, strings are read as they are written, and so are numbers where the format hands over their text
/// (`serde_json` with `arbitrary_precision`). Where it hands over a float, a number of up to 15 digits, four more than
/// an objective can have, is read exactly; what a longer one was is lost before this crate sees it.
///
/// ```
/// use slo_core::Objective;
/// let objective: Objective = "99.95%".parse()?;
/// assert_eq!(objective, "0.9995".parse()?);
/// assert_eq!(objective.allowed_parts_per_billion(), 500_000);
/// assert_eq!(objective.to_string(), "99.95%");
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "NumberText", into = "String")
)]
pub struct Objective {
    // INVARIANT: above 0 and below BILLION.
    parts_per_billion: u32,
}

impl Objective {
    /// An objective from its numerator over 10^9.
    ///
    /// # Errors
    /// [`Error::ObjectivePromisesNothing`] for 0, [`Error::ObjectiveLeavesNoBudget`] for 10^9,
    /// [`Error::ObjectiveOutOfRange`] above.
    pub fn from_parts_per_billion(parts_per_billion: u32) -> Result<Self, Error> {
        Self::checked(u128::from(parts_per_billion), || format!("{parts_per_billion}/1000000000"))
    }

    /// Reads a percentage: `99.95`, with or without a per cent sign.
    ///
    /// # Errors
    /// As for [`Objective::from_str`].
    pub fn from_percent(text: &str) -> Result<Self, Error> {
        let bare = text.trim().strip_suffix('%').unwrap_or(text).trim();
        Self::read(text, bare, 7)
    }

    /// Reads a share: `0.9995`.
    ///
    /// # Errors
    /// As for [`Objective::from_str`].
    pub fn from_ratio(text: &str) -> Result<Self, Error> {
        Self::read(text, text.trim(), 9)
    }

    /// The share promised, as the exact numerator over 10^9.
    #[must_use]
    pub const fn parts_per_billion(self) -> u32 {
        self.parts_per_billion
    }

    /// The share of bad events allowed, as the exact numerator over 10^9; above 0 and below 10^9.
    #[must_use]
    pub const fn allowed_parts_per_billion(self) -> u32 {
        BILLION.saturating_sub(self.parts_per_billion)
    }

    /// The share of bad events allowed, as the nearest float; in `(0, 1)`.
    #[must_use]
    pub fn allowed_bad_fraction(self) -> f64 {
        f64::from(self.allowed_parts_per_billion()) / f64::from(BILLION)
    }

    /// The share promised, as the nearest float; in `(0, 1)`.
    #[must_use]
    pub fn ratio(self) -> f64 {
        f64::from(self.parts_per_billion) / f64::from(BILLION)
    }

    fn read(given: &str, bare: &str, shift: u32) -> Result<Self, Error> {
        let number = decimal::parse(bare).ok_or_else(|| Error::ObjectiveSyntax { given: given.to_owned() })?;
        // 100 as a percentage, 1 as a share; beyond it there is no saying how fine the number is.
        let past_whole = if shift == 7 { 101 } else { 2 };
        if number.negative || !number.is_below(past_whole) {
            return Err(Error::ObjectiveOutOfRange { given: given.to_owned() });
        }
        let parts = number.scaled(shift).ok_or_else(|| Error::ObjectiveTooFine { given: given.to_owned() })?;
        Self::checked(parts, || given.to_owned())
    }

    fn checked(parts: u128, given: impl Fn() -> String) -> Result<Self, Error> {
        match u32::try_from(parts) {
            Ok(0) => Err(Error::ObjectivePromisesNothing { given: given() }),
            Ok(BILLION) => Err(Error::ObjectiveLeavesNoBudget { given: given() }),
            Ok(parts_per_billion) if parts_per_billion < BILLION => Ok(Self { parts_per_billion }),
            _ => Err(Error::ObjectiveOutOfRange { given: given() }),
        }
    }
}

impl FromStr for Objective {
    type Err = Error;

    /// Reads `99.95%`, `99.95` or `0.9995`.
    ///
    /// # Errors
    /// [`Error::ObjectiveSyntax`], [`Error::ObjectiveOutOfRange`], [`Error::ObjectivePromisesNothing`],
    /// [`Error::ObjectiveLeavesNoBudget`] (a bare `1` too: it is 100 % as a share), and
    /// [`Error::ObjectiveTooFine`] for more digits than a part per billion.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bare = text.trim();
        if bare.ends_with('%') {
            return Self::from_percent(text);
        }
        let number = decimal::parse(bare).ok_or_else(|| Error::ObjectiveSyntax { given: text.to_owned() })?;
        if number.negative {
            return Err(Error::ObjectiveOutOfRange { given: text.to_owned() });
        }
        if number.scaled(9).is_some_and(|parts| parts == u128::from(BILLION)) || number.is_below(1) {
            Self::from_ratio(text)
        } else {
            Self::from_percent(text)
        }
    }
}

impl fmt::Display for Objective {
    /// As a percentage with the digits that matter: `99.95%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&percent(self.parts_per_billion))
    }
}

impl From<Objective> for String {
    fn from(objective: Objective) -> Self {
        objective.to_string()
    }
}

/// Parts per billion as a percentage with the digits that matter.
pub(crate) fn percent(parts_per_billion: u32) -> String {
    let whole = parts_per_billion / 10_000_000;
    let fraction = format!("{:07}", parts_per_billion % 10_000_000);
    match fraction.trim_end_matches('0') {
        "" => format!("{whole}%"),
        digits => format!("{whole}.{digits}%"),
    }
}

/// The share of good events that makes a time slice good, in `(0, 1]`, exact to one part per billion.
///
/// ```
/// use slo_core::SliceTarget;
/// assert_eq!(SliceTarget::from_ratio("0.95")?.parts_per_billion(), 950_000_000);
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "NumberText", into = "String")
)]
pub struct SliceTarget {
    // INVARIANT: above 0 and at most BILLION.
    parts_per_billion: u32,
}

impl SliceTarget {
    /// Reads a share in `(0, 1]`.
    ///
    /// # Errors
    /// [`Error::SliceTargetOutOfRange`] outside it, for text that is no number, or finer than 10^-9.
    pub fn from_ratio(text: &str) -> Result<Self, Error> {
        decimal::parse(text.trim())
            .filter(|number| !number.negative)
            .and_then(|number| number.scaled(9))
            .and_then(|parts| u32::try_from(parts).ok())
            .filter(|parts| (1..=BILLION).contains(parts))
            .map(|parts_per_billion| Self { parts_per_billion })
            .ok_or_else(|| Error::SliceTargetOutOfRange { given: text.to_owned() })
    }

    /// The target as the exact numerator over 10^9.
    #[must_use]
    pub const fn parts_per_billion(self) -> u32 {
        self.parts_per_billion
    }
}

#[cfg(feature = "serde")]
impl TryFrom<NumberText> for SliceTarget {
    type Error = Error;

    fn try_from(number: NumberText) -> Result<Self, Error> {
        Self::from_ratio(&number.0)
    }
}

impl From<SliceTarget> for String {
    fn from(target: SliceTarget) -> Self {
        target.to_string()
    }
}

impl fmt::Display for SliceTarget {
    /// As a share with the digits that matter: `0.95`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.parts_per_billion == BILLION {
            return f.pad("1");
        }
        let digits = format!("{:09}", self.parts_per_billion);
        f.pad(&format!("0.{}", digits.trim_end_matches('0')))
    }
}

#[cfg(feature = "serde")]
impl TryFrom<NumberText> for Objective {
    type Error = Error;

    fn try_from(number: NumberText) -> Result<Self, Error> {
        number.0.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Result<u32, Error> {
        text.parse::<Objective>().map(Objective::parts_per_billion)
    }

    #[test]
    fn three_spellings_are_one_objective() {
        for text in ["99.95%", "99.95 %", " 99.95", "0.9995", "0.99950000000000000", "+.9995"] {
            assert_eq!(parts(text), Ok(999_500_000), "{text}");
        }
        assert_eq!(parts("0.5%"), Ok(5_000_000));
        assert_eq!(parts("0.5"), Ok(500_000_000));
        assert_eq!(parts("1.5"), Ok(15_000_000));
    }

    #[test]
    fn the_ends_are_refused_with_the_reason() {
        for text in ["100%", "100", "1", "1.0", "100.0 %"] {
            assert!(matches!(parts(text), Err(Error::ObjectiveLeavesNoBudget { .. })), "{text}");
        }
        for text in ["0", "0%", "0.0", "-0"] {
            assert!(matches!(parts(text), Err(Error::ObjectivePromisesNothing { .. })), "{text}");
        }
        for text in ["100.1", "-0.1", "101%", "1e3", "340282366920938463463374607431768211455"] {
            assert!(parts(text).is_err(), "{text}");
        }
    }

    #[test]
    fn more_digits_than_a_billionth_are_refused() {
        assert!(matches!(parts("0.30000000000000004"), Err(Error::ObjectiveTooFine { .. })));
        assert!(matches!(parts("33.33333333"), Err(Error::ObjectiveTooFine { .. })));
        assert_eq!(parts("99.9999999%"), Ok(999_999_999));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "%", ".", "abc", "9 9", "99,9", "NaN", "inf", "--1", "0x10", "1e-1"] {
            assert!(matches!(parts(text), Err(Error::ObjectiveSyntax { .. })), "{text}");
        }
    }

    #[test]
    fn slice_targets_include_one() {
        assert_eq!(SliceTarget::from_ratio("1").map(|t| t.to_string()), Ok("1".to_owned()));
        assert_eq!(SliceTarget::from_ratio("0.950").map(|t| t.to_string()), Ok("0.95".to_owned()));
        for text in ["0", "1.1", "-1", "x", "0.0000000001"] {
            assert!(SliceTarget::from_ratio(text).is_err(), "{text}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_numbers_and_strings_read_alike() {
        for text in ["0.9995", "99.95", "\"99.95%\"", "\"0.9995\""] {
            let read: Objective = serde_json::from_str(text).unwrap();
            assert_eq!(read.parts_per_billion(), 999_500_000, "{text}");
        }
        for text in ["1", "0", "1.5e300", "{}", "null", "0.30000000000000004"] {
            assert!(serde_json::from_str::<Objective>(text).is_err(), "{text}");
        }
    }
}
