//! The share of time or requests in which a part works.

use std::fmt;
use std::str::FromStr;

use crate::decimal;
use crate::error::Error;
use crate::objective::{BILLION, Objective, percent};
use crate::sli::Counts;

/// The share of time or requests in which a part works, in `[0, 1]`, exact to one part per billion.
///
/// Unlike an [`Objective`] it is measured, so that 0 % and 100 % occur.
///
/// ```
/// use slo_core::compose::Availability;
/// let measured: Availability = "99.94%".parse()?;
/// assert_eq!(measured, "0.9994".parse()?);
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct Availability {
    // INVARIANT: at most BILLION.
    parts_per_billion: u32,
}

impl Availability {
    /// Never works.
    pub const NONE: Self = Self { parts_per_billion: 0 };
    /// Always works.
    pub const FULL: Self = Self { parts_per_billion: BILLION };

    /// An availability from its numerator over 10^9.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] above 10^9.
    pub fn from_parts_per_billion(parts_per_billion: u32) -> Result<Self, Error> {
        if parts_per_billion <= BILLION {
            Ok(Self { parts_per_billion })
        } else {
            Err(out_of_range(&format!("{parts_per_billion}/1000000000")))
        }
    }

    /// The share of good events, rounded down to a billionth, so that it never flatters; `None` without events.
    #[must_use]
    pub fn from_counts(counts: Counts) -> Option<Self> {
        let scaled = u128::from(counts.good()).saturating_mul(u128::from(BILLION));
        let parts = scaled.checked_div(u128::from(counts.total()))?;
        u32::try_from(parts).ok().map(|parts_per_billion| Self { parts_per_billion })
    }

    /// The exact numerator over 10^9.
    #[must_use]
    pub const fn parts_per_billion(self) -> u32 {
        self.parts_per_billion
    }

    /// The nearest float, in `[0, 1]`.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.parts_per_billion) / f64::from(BILLION)
    }

    /// The share that is missing, as the exact numerator over 10^9.
    pub(crate) const fn missing(self) -> u32 {
        BILLION.saturating_sub(self.parts_per_billion)
    }
}

impl FromStr for Availability {
    type Err = Error;

    /// Reads `99.94%`, `99.94` or `0.9994`: as for an [`Objective`], a number without a per cent sign is a
    /// share up to 1 and a percentage above.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] outside `[0, 1]`, for text that is no number, or finer than 10^-9.
    fn from_str(text: &str) -> Result<Self, Error> {
        let fault = || out_of_range(text);
        let bare = text.trim();
        let (bare, sign) = bare.strip_suffix('%').map_or((bare, false), |bare| (bare.trim_end(), true));
        let number = decimal::parse(bare).filter(|number| !number.negative).ok_or_else(fault)?;
        let whole = u128::from(BILLION);
        let share = number.is_below(1) || number.scaled(9) == Some(whole);
        let parts = number.scaled(if share && !sign { 9 } else { 7 }).and_then(|parts| u32::try_from(parts).ok());
        parts.and_then(|parts| Self::from_parts_per_billion(parts).ok()).ok_or_else(fault)
    }
}

impl fmt::Display for Availability {
    /// As a percentage with the digits that matter: `99.94%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&percent(self.parts_per_billion))
    }
}

impl From<Objective> for Availability {
    fn from(objective: Objective) -> Self {
        Self { parts_per_billion: objective.parts_per_billion() }
    }
}

impl TryFrom<String> for Availability {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Availability> for String {
    fn from(availability: Availability) -> Self {
        availability.to_string()
    }
}

fn out_of_range(given: &str) -> Error {
    Error::NumberOutOfRange {
        what: "availability",
        given: format!("`{given}`"),
        bound: "0 % and 100 %, in steps of a billionth".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_percentages_read_alike() {
        for (text, parts) in
            [("100%", BILLION), ("100", BILLION), ("1", BILLION), ("0", 0), ("1%", 10_000_000), ("99.94", 999_400_000)]
        {
            assert_eq!(text.parse::<Availability>().unwrap().parts_per_billion(), parts, "{text}");
        }
        for text in ["", "-1", "100.1", "NaN", "0.0000000001"] {
            assert!(text.parse::<Availability>().is_err(), "{text}");
        }
    }

    #[test]
    fn counts_never_flatter() {
        let counts = |good, total| Availability::from_counts(Counts::new(good, total).unwrap());
        assert_eq!(counts(2, 3).unwrap().parts_per_billion(), 666_666_666);
        assert_eq!(counts(u64::MAX - 1, u64::MAX).unwrap().parts_per_billion(), 999_999_999);
        assert_eq!(counts(0, 0), None);
    }
}
