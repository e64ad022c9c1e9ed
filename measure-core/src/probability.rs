//! Probabilities and levels of confidence: floats that are known to be in range.

use std::fmt;

use crate::error::Error;

/// A probability, in `[0, 1]`.
///
/// ```
/// use measure_core::Probability;
/// assert_eq!(Probability::new(0.001)?.get(), 0.001);
/// assert!(Probability::new(f64::NAN).is_err());
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "f64", into = "f64"))]
pub struct Probability(f64);

impl Probability {
    /// Never.
    pub const ZERO: Self = Self(0.0);
    /// Always.
    pub const ONE: Self = Self(1.0);

    /// # Errors
    /// [`Error::ProbabilityOutOfRange`] unless `0 <= value <= 1`.
    pub fn new(value: f64) -> Result<Self, Error> {
        // Adding 0 turns -0 into 0, so that equal values print alike.
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value + 0.0))
        } else {
            Err(Error::ProbabilityOutOfRange { given: value })
        }
    }

    /// The number, in `[0, 1]`.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The probability of the opposite: `1 - p`.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(1.0 - self.0)
    }

    /// For what rounding may have pushed out of range. Should it be no number, which is a fault of the crate, it is 1:
    /// as a p-value that claims nothing.
    pub(crate) const fn clamped(value: f64) -> Self {
        debug_assert!(!value.is_nan());
        Self::known(value)
    }

    const fn known(value: f64) -> Self {
        if value.is_nan() { Self::ONE } else { Self(value.clamp(0.0, 1.0)) }
    }
}

/// The least room that a level leaves on either side: `1 - level` still has four digits there.
const LEVEL_MARGIN: f64 = 1e-12;

/// A level of confidence (or of posterior probability): 0.95 for 95 %. Within 1e-12 and 1 - 1e-12, both included, so
/// that neither it nor what it leaves outside is lost to rounding.
///
/// ```
/// use measure_core::Level;
/// assert_eq!(Level::new(0.9)?, Level::P90);
/// assert!(Level::new(1.0).is_err());
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "f64", into = "f64"))]
pub struct Level(f64);

impl Level {
    /// 80 %.
    pub const P80: Self = Self(0.8);
    /// 90 %.
    pub const P90: Self = Self(0.9);
    /// 95 %.
    pub const P95: Self = Self(0.95);
    /// 99 %.
    pub const P99: Self = Self(0.99);
    /// The lowest, 1e-12.
    pub const LOWEST: Self = Self(LEVEL_MARGIN);
    /// The highest, 1 - 1e-12.
    pub const HIGHEST: Self = Self(1.0 - LEVEL_MARGIN);

    /// # Errors
    /// [`Error::LevelOutOfRange`] unless it is within [`Level::LOWEST`] and [`Level::HIGHEST`].
    pub fn new(value: f64) -> Result<Self, Error> {
        if (Self::LOWEST.0..=Self::HIGHEST.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(Error::LevelOutOfRange { given: value })
        }
    }

    /// The number, in `(0, 1)`.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// What is left outside: `1 - level`, in `(0, 1)`.
    #[must_use]
    pub const fn outside(self) -> f64 {
        1.0 - self.0
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<f64> for Probability {
    type Error = Error;

    fn try_from(value: f64) -> Result<Self, Error> {
        Self::new(value)
    }
}

impl From<Probability> for f64 {
    fn from(probability: Probability) -> Self {
        probability.0
    }
}

impl TryFrom<f64> for Level {
    type Error = Error;

    fn try_from(value: f64) -> Result<Self, Error> {
        Self::new(value)
    }
}

impl From<Level> for f64 {
    fn from(level: Level) -> Self {
        level.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_of_range_is_refused() {
        for value in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(Probability::new(value).is_err());
            assert!(Level::new(value).is_err());
        }
        assert!(Probability::new(0.0).is_ok() && Probability::new(1.0).is_ok());
        assert!(Level::new(0.0).is_err() && Level::new(1.0).is_err());
    }

    #[test]
    fn no_number_claims_nothing() {
        assert_eq!(Probability::known(f64::NAN), Probability::ONE);
        assert_eq!(Probability::known(f64::INFINITY), Probability::ONE);
        assert_eq!(Probability::known(-1e-17), Probability::ZERO);
    }

    #[test]
    fn a_level_that_rounding_would_lose_is_refused() {
        for value in [1e-17, 1e-300, 9.9e-13, 1.0 - 1e-13, 1.0 - f64::EPSILON] {
            assert_eq!(Level::new(value), Err(Error::LevelOutOfRange { given: value }));
        }
        for level in [Level::LOWEST, Level::HIGHEST] {
            assert_eq!(Level::new(level.get()), Ok(level));
            assert!(level.outside() > 0.0 && level.outside() < 1.0);
        }
    }

    #[test]
    fn minus_zero_is_zero() {
        assert_eq!(Probability::new(-0.0).unwrap().to_string(), "0");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_a_level_of_one() {
        assert!(serde_json::from_str::<Level>("1.0").is_err());
        assert_eq!(serde_json::from_str::<Level>("0.95").unwrap(), Level::P95);
        assert!(serde_json::from_str::<Probability>("-0.5").is_err());
    }
}
