//! A share of an error budget.

use std::fmt;
use std::str::FromStr;

use crate::budget::Budget;
use crate::decimal;
use crate::error::Error;
use crate::objective::BILLION;

/// A share of a period's error budget, exact to one part per billion: 100 % is all of it, and what is left of an
/// overspent one is below 0.
///
/// ```
/// use slo_core::{Budget, Counts, consequence::BudgetShare};
/// let budget = Budget::of_events("99.9%".parse()?, Counts::from_bad(1_100, 1_000_000)?);
/// assert_eq!(BudgetShare::remaining(&budget), Some("-10%".parse()?));
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct BudgetShare {
    parts_per_billion: i64,
}

impl BudgetShare {
    /// Nothing.
    pub const ZERO: Self = Self { parts_per_billion: 0 };
    /// The whole budget.
    pub const ALL: Self = Self { parts_per_billion: BILLION as i64 };

    /// A share from its numerator over 10^9.
    #[must_use]
    pub const fn from_parts_per_billion(parts_per_billion: i64) -> Self {
        Self { parts_per_billion }
    }

    /// What is left of `budget`, rounded down to a billionth; `None` if nothing was ever allowed, without
    /// traffic.
    #[must_use]
    pub fn remaining(budget: &Budget) -> Option<Self> {
        // Both below 2^94 in size: times 10^9 they fit 127 bits.
        let allowed = i128::try_from(budget.allowed_billionths()).ok()?;
        let left = budget.remaining_billionths().checked_mul(i128::from(BILLION))?.checked_div_euclid(allowed)?;
        let bound = if left < 0 { i64::MIN } else { i64::MAX };
        Some(Self { parts_per_billion: i64::try_from(left).unwrap_or(bound) })
    }

    /// The share nearest to a float, such as
    /// [`Evaluation::budget_remaining_ratio`](crate::Evaluation::budget_remaining_ratio).
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] unless it is finite and within 9 x 10^9 either way.
    #[expect(clippy::cast_possible_truncation, reason = "within 64 bits by the check")]
    pub fn nearest(share: f64) -> Result<Self, Error> {
        if share.is_finite() && share.abs() <= 9e9 {
            return Ok(Self { parts_per_billion: (share * f64::from(BILLION)).round() as i64 });
        }
        Err(out_of_range(&share.to_string()))
    }

    /// The exact numerator over 10^9.
    #[must_use]
    pub const fn parts_per_billion(self) -> i64 {
        self.parts_per_billion
    }

    /// The nearest float, finite.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    pub fn as_f64(self) -> f64 {
        self.parts_per_billion as f64 / f64::from(BILLION)
    }

    pub(super) const fn minus(self, other: Self) -> Self {
        Self { parts_per_billion: self.parts_per_billion.saturating_sub(other.parts_per_billion) }
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        Self { parts_per_billion: self.parts_per_billion.saturating_add(other.parts_per_billion) }
    }
}

impl FromStr for BudgetShare {
    type Err = Error;

    /// Reads `25%`, `-3.5%` or `0.25`: a number without a per cent sign is a share.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] for text that is no number, is finer than 10^-9, or does not fit 64 bits.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bare = text.trim();
        let (bare, shift) = bare.strip_suffix('%').map_or((bare, 9), |bare| (bare.trim_end(), 7));
        let number = decimal::parse(bare).ok_or_else(|| out_of_range(text))?;
        let size = number.scaled(shift).and_then(|parts| i128::try_from(parts).ok());
        let signed = size.map(|size| if number.negative { size.saturating_neg() } else { size });
        let parts = signed.and_then(|parts| i64::try_from(parts).ok()).ok_or_else(|| out_of_range(text))?;
        Ok(Self { parts_per_billion: parts })
    }
}

impl fmt::Display for BudgetShare {
    /// As a percentage with the digits that matter: `-3.5%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PER_CENT: u64 = 10_000_000;
        let sign = if self.parts_per_billion < 0 { "-" } else { "" };
        let size = self.parts_per_billion.unsigned_abs();
        let whole = size / PER_CENT;
        let fraction = format!("{:07}", size % PER_CENT);
        match fraction.trim_end_matches('0') {
            "" => f.pad(&format!("{sign}{whole}%")),
            digits => f.pad(&format!("{sign}{whole}.{digits}%")),
        }
    }
}

impl TryFrom<String> for BudgetShare {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<BudgetShare> for String {
    fn from(share: BudgetShare) -> Self {
        share.to_string()
    }
}

fn out_of_range(given: &str) -> Error {
    Error::NumberOutOfRange {
        what: "budget share",
        given: format!("`{given}`"),
        bound: "9 x 10^9 either way, in steps of a billionth".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sli::Counts;

    #[test]
    fn text_round_trips_and_nonsense_is_refused() {
        for text in ["25%", "-3.5%", "0%", "100%", "0.0000001%", "-922337203685.4775808%"] {
            assert_eq!(text.parse::<BudgetShare>().unwrap().to_string(), text);
        }
        assert_eq!("0.25".parse::<BudgetShare>(), "25%".parse());
        for text in ["", "%", "NaN", "1e3", "922337203685.4775808%", "-922337203685.4775809%", "0.00000001%"] {
            assert!(text.parse::<BudgetShare>().is_err(), "{text}");
        }
        for share in [f64::NAN, f64::INFINITY, 1e10] {
            assert!(BudgetShare::nearest(share).is_err());
        }
    }

    #[test]
    fn what_is_left_is_rounded_down_and_never_overflows() {
        let remaining = |objective: &str, bad, total| {
            BudgetShare::remaining(&Budget::of_events(
                objective.parse().unwrap(),
                Counts::from_bad(bad, total).unwrap(),
            ))
        };
        assert_eq!(remaining("99.9%", 0, 0), None);
        assert_eq!(remaining("99%", 1, 300).unwrap().parts_per_billion(), 666_666_666);
        assert_eq!(remaining("99%", 4, 300).unwrap().parts_per_billion(), -333_333_334);
        assert_eq!(remaining("99.9999999%", u64::MAX, u64::MAX).unwrap().to_string(), "-99999999900%");
    }
}
