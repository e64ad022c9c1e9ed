//! How far apart is still the same.

use std::fmt;

use crate::error::Error;
use crate::sample::LARGEST;

/// How far apart two samples may lie and still count as the same: an absolute distance, or a share.
///
/// `5 %` means that neither is more than 1.05 times the other, so that it does not matter which is asked about first:
/// the ratio lies within 1 / 1.05 and 1.05. It asks for observations above 0.
///
/// ```
/// use measure_core::compare::Margin;
/// assert_eq!(Margin::relative(0.05)?.to_string(), "5 %");
/// assert_eq!(Margin::absolute(3.0)?.to_string(), "3");
/// assert_eq!(Margin::absolute(0.0).unwrap_err().to_string(), "margin `0` is not above 0 and at most 1e300");
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawMargin", into = "RawMargin")
)]
pub struct Margin(Kind);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    // INVARIANT: both are above 0 and at most LARGEST.
    Absolute(f64),
    Relative(f64),
}

impl Margin {
    /// A distance in the units of the observations.
    ///
    /// # Errors
    /// [`Error::MarginOutOfRange`] unless above 0 and at most [`LARGEST`].
    pub fn absolute(distance: f64) -> Result<Self, Error> {
        checked(distance).map(|distance| Self(Kind::Absolute(distance)))
    }

    /// A share of either: 0.05 for 5 %.
    ///
    /// # Errors
    /// [`Error::MarginOutOfRange`] unless above 0 and at most [`LARGEST`].
    pub fn relative(share: f64) -> Result<Self, Error> {
        checked(share).map(|share| Self(Kind::Relative(share)))
    }

    /// The distance, where it is one.
    #[must_use]
    pub const fn distance(self) -> Option<f64> {
        match self.0 {
            Kind::Absolute(distance) => Some(distance),
            Kind::Relative(_) => None,
        }
    }

    /// The share, where it is one.
    #[must_use]
    pub const fn share(self) -> Option<f64> {
        match self.0 {
            Kind::Relative(share) => Some(share),
            Kind::Absolute(_) => None,
        }
    }

    /// The distance on the scale on which it is one: logarithms for a share. Above 0, but for a share of nearly 0.
    pub(super) fn on_its_scale(self) -> f64 {
        match self.0 {
            Kind::Absolute(distance) => distance,
            Kind::Relative(share) => libm::log1p(share),
        }
    }
}

fn checked(given: f64) -> Result<f64, Error> {
    if given > 0.0 && given <= LARGEST { Ok(given) } else { Err(Error::MarginOutOfRange { given }) }
}

impl fmt::Display for Margin {
    /// `3` or `5 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Absolute(distance) => distance.fmt(f),
            Kind::Relative(share) => {
                // A share such as 0.07 is 7.000000000000001 as a float times 100: nine decimals are plenty.
                let percent = share * 100.0;
                let rounded = (percent * 1e9).round() / 1e9;
                let shown = if rounded.is_finite() && rounded > 0.0 { rounded } else { percent };
                shown.fmt(f)?;
                f.write_str(" %")
            }
        }
    }
}

/// The shape in a file: `{"absolute": 3.0}` or `{"relative": 0.05}`.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum RawMargin {
    Absolute(f64),
    Relative(f64),
}

#[cfg(feature = "serde")]
impl TryFrom<RawMargin> for Margin {
    type Error = Error;

    fn try_from(raw: RawMargin) -> Result<Self, Error> {
        match raw {
            RawMargin::Absolute(distance) => Self::absolute(distance),
            RawMargin::Relative(share) => Self::relative(share),
        }
    }
}

#[cfg(feature = "serde")]
impl From<Margin> for RawMargin {
    fn from(margin: Margin) -> Self {
        match margin.0 {
            Kind::Absolute(distance) => Self::Absolute(distance),
            Kind::Relative(share) => Self::Relative(share),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_above_0() {
        for given in [0.0, -1.0, f64::NAN, f64::INFINITY, 1.1e300] {
            assert!(Margin::absolute(given).is_err() && Margin::relative(given).is_err(), "{given}");
        }
        assert_eq!(Margin::relative(0.07).unwrap().to_string(), "7 %");
        assert!(Margin::relative(1e-300).unwrap().to_string().starts_with("0.000"));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_a_margin_of_0() {
        let margin: Margin = serde_json::from_str(r#"{"relative":0.05}"#).unwrap();
        assert_eq!(margin, Margin::relative(0.05).unwrap());
        assert_eq!(serde_json::to_string(&margin).unwrap(), r#"{"relative":0.05}"#);
        assert!(serde_json::from_str::<Margin>(r#"{"absolute":0}"#).is_err());
        assert!(serde_json::from_str::<Margin>(r#"{"absolut":1}"#).is_err());
    }
}
