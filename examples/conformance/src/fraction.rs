//! Exact fractions as the golden files write them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// A fraction of two 128-bit integers, or an infinity: `72/5`, `inf`, `-inf`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fraction {
    /// Numerator and denominator; the latter is above 0.
    Finite(i128, i128),
    Infinite,
    MinusInfinite,
}

impl Fraction {
    /// The nearest float; `None` for an infinity.
    #[expect(clippy::cast_precision_loss, reason = "both casts are within one part in 2^53; tolerances are 10^-12")]
    pub(crate) fn as_f64(self) -> Option<f64> {
        match self {
            Self::Finite(numerator, denominator) => Some(numerator as f64 / denominator as f64),
            _ => None,
        }
    }

    /// This fraction of `unit` when that is a whole number: of 10^9 for parts per billion.
    pub(crate) fn of(self, unit: i128) -> Option<i128> {
        let Self::Finite(numerator, denominator) = self else { return None };
        let product = numerator.checked_mul(unit)?;
        (product.checked_rem(denominator)? == 0).then(|| product.checked_div(denominator))?
    }

    /// This fraction times `factor`; `None` for an infinity and beyond 128 bits.
    pub(crate) fn times(self, factor: i128) -> Option<Self> {
        let Self::Finite(numerator, denominator) = self else { return None };
        Some(Self::Finite(numerator.checked_mul(factor)?, denominator))
    }

    /// The largest whole number that is not above it; `None` for an infinity.
    pub(crate) fn floor(self) -> Option<i128> {
        let Self::Finite(numerator, denominator) = self else { return None };
        numerator.checked_div_euclid(denominator)
    }
}

impl FromStr for Fraction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "inf" => return Ok(Self::Infinite),
            "-inf" => return Ok(Self::MinusInfinite),
            _ => {}
        }
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        match (numerator.parse(), denominator.parse()) {
            (Ok(numerator), Ok(denominator)) if denominator > 0 => Ok(Self::Finite(numerator, denominator)),
            _ => Err(format!("`{text}` is not a fraction such as `72/5`")),
        }
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finite(numerator, denominator) => write!(f, "{numerator}/{denominator}"),
            Self::Infinite => f.write_str("inf"),
            Self::MinusInfinite => f.write_str("-inf"),
        }
    }
}

/// The two shapes in the files: `"72/5"`, and `{"q": "72/5", "f": 14.4}` with the nearest float beside it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Shape {
    Text(String),
    Quoted { q: String },
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (Shape::Text(text) | Shape::Quoted { q: text }) = Shape::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_read_alike() {
        for text in [r#""72/5""#, r#"{"q": "72/5", "f": 14.4}"#] {
            let fraction: Fraction = serde_json::from_str(text).unwrap();
            assert_eq!(fraction.as_f64(), Some(14.4));
        }
        for text in [r#""72/0""#, r#""72/-5""#, r#""x""#, "14.4", r#"{"q": 1}"#] {
            assert!(serde_json::from_str::<Fraction>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn floors_go_down_for_negative_fractions_too() {
        let fraction = |text: &str| text.parse::<Fraction>().unwrap();
        assert_eq!(fraction("-67/5").floor(), Some(-14));
        assert_eq!(fraction("72/5").floor(), Some(14));
        assert_eq!(fraction("1/2000").of(1_000_000_000), Some(500_000));
        assert_eq!(fraction("1/3").of(1_000_000_000), None);
        assert_eq!(fraction("-inf").floor(), None);
    }
}
