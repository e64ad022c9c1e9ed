//! Burn rate factors, exact.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;

use crate::decimal;
use crate::error::{Error, in_words};
#[cfg(feature = "serde")]
use crate::number_text::NumberText;
use crate::objective::{BILLION, Objective};
use crate::sli::Counts;

/// A burn rate threshold as an exact, reduced ratio of two 32-bit numbers: 14.4 is 72/5.
///
/// Thresholds are compared in integers, so an error ratio of exactly 14.4 times the allowed one does not
/// fire; with floats it depends on how the budget was rounded.
///
/// ```
/// use slo_core::{Counts, Factor};
/// let factor: Factor = "14.4".parse()?;
/// let objective = "99.9%".parse()?;
/// assert!(!factor.is_exceeded(Counts::from_bad(144, 10_000)?, objective));
/// assert!(factor.is_exceeded(Counts::from_bad(145, 10_000)?, objective));
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "NumberText", into = "String")
)]
pub struct Factor {
    // INVARIANT: both above 0, without a common divisor.
    numerator: u32,
    denominator: u32,
}

impl Factor {
    /// `numerator / denominator`, reduced.
    ///
    /// # Errors
    /// [`Error::FactorOutOfRange`] when either is 0.
    pub fn new(numerator: u32, denominator: u32) -> Result<Self, Error> {
        Self::reduced(u128::from(numerator), u128::from(denominator))
    }

    /// The factor at which a window of `long` spends `share_parts_per_billion` of the budget of `period`:
    /// `share x period / long` (SRE Workbook, chapter 5).
    ///
    /// # Errors
    /// [`Error::DurationOutOfRange`] for a length that is not positive, [`Error::FactorOutOfRange`] for a
    /// share of 0 or a ratio that 32 bits cannot hold exactly.
    pub fn from_share(share_parts_per_billion: u32, period: TimeDelta, long: TimeDelta) -> Result<Self, Error> {
        let period = nanoseconds("the period", period)?;
        let long = nanoseconds("the long window", long)?;
        // Both below 2^63: the products stay below 2^93 and 2^94.
        let numerator = u128::from(share_parts_per_billion).saturating_mul(period);
        Self::reduced(numerator, u128::from(BILLION).saturating_mul(long))
    }

    /// The reduced numerator.
    #[must_use]
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// The reduced denominator.
    #[must_use]
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// The nearest float; finite and above 0.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }

    /// The share of the budget of `period` that a window of `long` at this burn rate spends, as the nearest
    /// float; may exceed 1.
    ///
    /// # Errors
    /// [`Error::DurationOutOfRange`] for a length that is not positive.
    pub fn budget_share(self, period: TimeDelta, long: TimeDelta) -> Result<f64, Error> {
        let (period, long) = (nanoseconds("the period", period)?, nanoseconds("the long window", long)?);
        #[expect(clippy::cast_precision_loss, reason = "a share is a float; the casts are within one part in 2^53")]
        Ok(self.as_f64() * (long as f64) / (period as f64))
    }

    /// Whether the error ratio of `counts` is above this factor times the allowed one, strictly and exactly;
    /// without events it is not.
    #[must_use]
    pub fn is_exceeded(self, counts: Counts, objective: Objective) -> bool {
        self.threshold(objective).is_exceeded(counts)
    }

    /// The comparison with everything that does not depend on the counts worked out before.
    #[must_use]
    pub fn threshold(self, objective: Objective) -> Threshold {
        let over = u64::from(self.numerator).saturating_mul(u64::from(objective.allowed_parts_per_billion()));
        let under = u64::from(self.denominator).saturating_mul(u64::from(BILLION));
        Threshold { over, under }
    }

    /// This factor times `numerator / denominator`, both below 2^63.
    pub(crate) fn times(self, numerator: u128, denominator: u128) -> Result<Self, Error> {
        Self::reduced(
            u128::from(self.numerator).saturating_mul(numerator),
            u128::from(self.denominator).saturating_mul(denominator),
        )
    }

    /// A factor known to be reduced and above 0: the presets, held to it by a test.
    pub(crate) const fn stated(numerator: u32, denominator: u32) -> Self {
        Self { numerator, denominator }
    }

    fn reduced(numerator: u128, denominator: u128) -> Result<Self, Error> {
        let divisor = gcd(numerator, denominator).max(1);
        let part = |number: u128| {
            let part = number.checked_div(divisor).and_then(|part| u32::try_from(part).ok());
            part.filter(|part| *part != 0)
                .ok_or_else(|| Error::FactorOutOfRange { given: format!("{numerator}/{denominator}"), bound: u32::MAX })
        };
        Ok(Self { numerator: part(numerator)?, denominator: part(denominator)? })
    }
}

impl PartialOrd for Factor {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Factor {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let cross = |a: u32, b: u32| u64::from(a).saturating_mul(u64::from(b));
        cross(self.numerator, other.denominator).cmp(&cross(other.numerator, self.denominator))
    }
}

/// A factor and an objective, ready to be compared with counts: two multiplications and no rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Threshold {
    /// Factor numerator times allowed parts per billion.
    over: u64,
    /// Factor denominator times 10^9.
    under: u64,
}

impl Threshold {
    /// Whether `bad / total > over / under`, exactly; without events it is not.
    #[must_use]
    #[inline]
    pub fn is_exceeded(self, counts: Counts) -> bool {
        // Products of two 64-bit numbers: they fit 128 bits.
        let bad = u128::from(counts.bad()).wrapping_mul(u128::from(self.under));
        bad > u128::from(counts.total()).wrapping_mul(u128::from(self.over))
    }

    /// Whether any error ratio up to 1 exceeds it.
    #[must_use]
    pub const fn can_be_exceeded(self) -> bool {
        self.over < self.under
    }

    /// The error ratio that has to be exceeded; above 0, may be 1 or more.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a ratio is a float; the casts are within one part in 2^53")]
    pub fn error_ratio(self) -> f64 {
        self.over as f64 / self.under as f64
    }
}

impl FromStr for Factor {
    type Err = Error;

    /// Reads `14.4`, `6` or `14/15`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let fault = || Error::FactorOutOfRange { given: text.to_owned(), bound: u32::MAX };
        if let Some((numerator, denominator)) = text.split_once('/') {
            let part = |part: &str| part.trim().parse().map_err(|_| fault());
            return Self::new(part(numerator)?, part(denominator)?).map_err(|_| fault());
        }
        let number = decimal::parse(text.trim()).filter(|number| !number.negative).ok_or_else(fault)?;
        let billionths = number.scaled(9).ok_or_else(fault)?;
        Self::reduced(billionths, u128::from(BILLION)).map_err(|_| fault())
    }
}

impl fmt::Display for Factor {
    /// The decimal when it ends within nine places (`14.4`), the ratio otherwise (`14/15`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scaled = u64::from(self.numerator).saturating_mul(u64::from(BILLION));
        let denominator = u64::from(self.denominator);
        if scaled.checked_rem(denominator) != Some(0) {
            return f.pad(&format!("{}/{}", self.numerator, self.denominator));
        }
        let billionths = scaled.checked_div(denominator).unwrap_or(0);
        let billion = u64::from(BILLION);
        let (whole, rest) = (billionths.checked_div(billion), billionths.checked_rem(billion));
        let (whole, rest) = (whole.unwrap_or(0), rest.unwrap_or(0));
        let fraction = format!("{rest:09}");
        match fraction.trim_end_matches('0') {
            "" => f.pad(&whole.to_string()),
            digits => f.pad(&format!("{whole}.{digits}")),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<NumberText> for Factor {
    type Error = Error;

    fn try_from(number: NumberText) -> Result<Self, Error> {
        number.0.parse()
    }
}

impl From<Factor> for String {
    fn from(factor: Factor) -> Self {
        factor.to_string()
    }
}

/// A positive length in nanoseconds.
pub(crate) fn nanoseconds(what: &'static str, length: TimeDelta) -> Result<u128, Error> {
    length
        .num_nanoseconds()
        .and_then(|length| u128::try_from(length).ok())
        .filter(|length| *length != 0)
        .ok_or_else(|| Error::DurationOutOfRange { what, given: in_words(length), bound: "292 years".to_owned() })
}

pub(crate) fn gcd(mut a: u128, mut b: u128) -> u128 {
    while let Some(rest) = a.checked_rem(b) {
        (a, b) = (b, rest);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(text: &str) -> Factor {
        text.parse().unwrap()
    }

    #[test]
    fn shares_make_the_factors_of_the_workbook() {
        let (month, hour) = (TimeDelta::days(30), TimeDelta::hours(1));
        assert_eq!(Factor::from_share(20_000_000, month, hour), Ok(factor("14.4")));
        assert_eq!(Factor::from_share(50_000_000, month, TimeDelta::hours(6)), Ok(factor("6")));
        assert_eq!(Factor::from_share(100_000_000, TimeDelta::days(28), TimeDelta::days(3)), Ok(factor("14/15")));
        assert!((factor("14.4").budget_share(month, hour).unwrap() - 0.02).abs() < 1e-15);
    }

    #[test]
    fn text_round_trips() {
        for text in ["14.4", "6", "14/15", "0.000000001", "4294967295"] {
            assert_eq!(factor(text).to_string(), text);
        }
        for text in ["0", "-1", "", "NaN", "1/0", "4294967296", "0.0000000001"] {
            assert!(text.parse::<Factor>().is_err(), "{text}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_numbers_and_strings_read_alike() {
        for text in ["14.4", "\"14.4\"", "\"72/5\""] {
            assert_eq!(serde_json::from_str::<Factor>(text).unwrap(), factor("14.4"), "{text}");
        }
        assert!(serde_json::from_str::<Factor>("-1").is_err());
    }

    #[test]
    fn the_limits_of_64_bits_do_not_overflow() {
        let objective = Objective::from_parts_per_billion(1).unwrap();
        let all_bad = Counts::from_bad(u64::MAX, u64::MAX).unwrap();
        assert!(!factor("4294967295").is_exceeded(all_bad, objective));
        assert!(factor("1").is_exceeded(all_bad, objective));
        assert!(!factor("1").is_exceeded(Counts::ZERO, objective));
    }

    #[test]
    fn order_is_by_value() {
        assert!(factor("14/15") < factor("1") && factor("14.4") > factor("14"));
    }
}
