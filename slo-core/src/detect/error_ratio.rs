//! The share of bad events during an outage.

use std::fmt;
use std::str::FromStr;

use crate::decimal;
use crate::error::Error;
use crate::objective::{BILLION, Objective, percent};

/// The share of bad events during an outage, in `(0, 1]`, exact to one part per billion.
///
/// ```
/// use slo_core::detect::ErrorRatio;
/// let half_a_percent: ErrorRatio = "0.5%".parse()?;
/// assert_eq!(half_a_percent, "0.005".parse()?);
/// assert_eq!(half_a_percent.burn_rate("99.9%".parse()?), 5.0);
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct ErrorRatio {
    // INVARIANT: above 0 and at most BILLION.
    parts_per_billion: u32,
}

impl ErrorRatio {
    /// Every event is bad: a full outage.
    pub const ALL: Self = Self { parts_per_billion: BILLION };

    /// An error ratio from its numerator over 10^9.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] for 0 and above 10^9.
    pub fn from_parts_per_billion(parts_per_billion: u32) -> Result<Self, Error> {
        if (1..=BILLION).contains(&parts_per_billion) {
            Ok(Self { parts_per_billion })
        } else {
            Err(out_of_range(&format!("{parts_per_billion}/1000000000")))
        }
    }

    /// The error ratio nearest to a measured one; what is above 0 and below a billionth counts as a billionth.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] unless `ratio` is in `(0, 1]`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 1 and 10^9 by the check")]
    pub fn nearest(ratio: f64) -> Result<Self, Error> {
        if !(ratio > 0.0 && ratio <= 1.0) {
            return Err(out_of_range(&ratio.to_string()));
        }
        Ok(Self { parts_per_billion: (ratio * f64::from(BILLION)).round().max(1.0) as u32 })
    }

    /// The exact numerator over 10^9.
    #[must_use]
    pub const fn parts_per_billion(self) -> u32 {
        self.parts_per_billion
    }

    /// The nearest float, in `(0, 1]`.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.parts_per_billion) / f64::from(BILLION)
    }

    /// The burn rate of this error ratio: divided by the allowed one, as the nearest float; above 0.
    #[must_use]
    pub fn burn_rate(self, objective: Objective) -> f64 {
        f64::from(self.parts_per_billion) / f64::from(objective.allowed_parts_per_billion())
    }
}

impl FromStr for ErrorRatio {
    type Err = Error;

    /// Reads `0.5%` or `0.005`: a number without a per cent sign is a share.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] outside `(0, 1]`, for text that is no number, or finer than 10^-9.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bare = text.trim();
        let (bare, shift) = bare.strip_suffix('%').map_or((bare, 9), |bare| (bare.trim_end(), 7));
        decimal::parse(bare)
            .filter(|number| !number.negative)
            .and_then(|number| number.scaled(shift))
            .and_then(|parts| u32::try_from(parts).ok())
            .and_then(|parts| Self::from_parts_per_billion(parts).ok())
            .ok_or_else(|| out_of_range(text))
    }
}

impl fmt::Display for ErrorRatio {
    /// As a percentage with the digits that matter: `0.5%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&percent(self.parts_per_billion))
    }
}

impl TryFrom<String> for ErrorRatio {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<ErrorRatio> for String {
    fn from(ratio: ErrorRatio) -> Self {
        ratio.to_string()
    }
}

fn out_of_range(given: &str) -> Error {
    Error::NumberOutOfRange {
        what: "error ratio",
        given: format!("`{given}`"),
        bound: "0 (excluded) and 1, in steps of a billionth".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_percentages_read_alike() {
        for (text, parts) in [("100%", BILLION), ("1", BILLION), ("0.5 %", 5_000_000), (" .005", 5_000_000)] {
            assert_eq!(text.parse::<ErrorRatio>().unwrap().parts_per_billion(), parts, "{text}");
        }
        for text in ["0", "0%", "-1%", "1.1", "101%", "", "%", "NaN", "0.0000000001"] {
            assert!(text.parse::<ErrorRatio>().is_err(), "{text}");
        }
    }

    #[test]
    fn measured_ratios_are_checked() {
        assert_eq!(ErrorRatio::nearest(1e-12).unwrap().parts_per_billion(), 1);
        assert_eq!(ErrorRatio::nearest(0.1 + 0.2).unwrap().to_string(), "30%");
        for ratio in [0.0, -0.1, 1.000_1, f64::NAN, f64::INFINITY] {
            assert!(ErrorRatio::nearest(ratio).is_err(), "{ratio}");
        }
    }
}
