//! What the machines answer, and how evidence becomes an answer.

use std::fmt;

#[cfg(feature = "serde")]
use crate::error::Error;
#[cfg(feature = "serde")]
use crate::hypothesis::Alternative;
use crate::probability::{Level, Probability};

/// Where a sequential test stands. Once decided it stays so, whatever follows.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "verdict", rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Verdict {
    /// The claim stands so far: observe on, or stop without an answer.
    Open {
        /// The p-value, valid at all times.
        p_value: Probability,
    },
    /// It is above the claim (or the first above the second).
    Above {
        /// The p-value, valid at all times.
        p_value: Probability,
        /// The observations (of both together where there are two) at which the evidence was strongest.
        n: u64,
    },
    /// It is below the claim (or the first below the second).
    Below {
        /// The p-value, valid at all times.
        p_value: Probability,
        /// The observations (of both together where there are two) at which the evidence was strongest.
        n: u64,
    },
}

impl Verdict {
    pub(super) fn of(peak: Peak, level: Level) -> Self {
        let p_value = peak.p_value();
        match peak {
            _ if p_value.get() > level.outside() => Self::Open { p_value },
            Peak { above: true, n, .. } => Self::Above { p_value, n },
            Peak { n, .. } => Self::Below { p_value, n },
        }
    }

    /// Whether the claim is refuted.
    #[must_use]
    pub const fn is_decided(self) -> bool {
        !matches!(self, Self::Open { .. })
    }

    /// The p-value, valid at all times.
    #[must_use]
    pub const fn p_value(self) -> Probability {
        match self {
            Self::Open { p_value } | Self::Above { p_value, .. } | Self::Below { p_value, .. } => p_value,
        }
    }
}

impl fmt::Display for Verdict {
    /// `above, by n = 600 (p = 0.0111)`, to four decimals unless a precision is asked for, and `p < 0.0001` below those.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(4).min(300);
        match self {
            Self::Open { .. } => f.write_str("undecided (")?,
            Self::Above { n, .. } => write!(f, "above, by n = {n} (")?,
            Self::Below { n, .. } => write!(f, "below, by n = {n} (")?,
        }
        let least = libm::pow(0.1, crate::sample::float(digits));
        if self.p_value().get() < least / 2.0 {
            write!(f, "p < {least:.digits$})")
        } else {
            write!(f, "p = {:.digits$})", self.p_value())
        }
    }
}

/// The strongest evidence so far, and when and in which direction it was.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Peak {
    // INVARIANT: finite, at least 0.
    pub(super) ln_e: f64,
    pub(super) n: u64,
    pub(super) above: bool,
}

impl Peak {
    /// Before anything is observed: an e-value of 1.
    pub(super) const START: Self = Self { ln_e: 0.0, n: 0, above: false };

    /// 1 over the e-value.
    pub(super) fn p_value(self) -> Probability {
        Probability::clamped(libm::exp(-self.ln_e))
    }

    /// The stronger; of equals the earlier.
    pub(super) fn or_later(self, later: Self) -> Self {
        if later.ln_e > self.ln_e { later } else { self }
    }

    /// For what is read from a file, after `seen` observations.
    #[cfg(feature = "serde")]
    pub(super) fn checked(self, seen: u64, alternative: Alternative) -> Result<Self, Error> {
        let impossible = |reason| Err(Error::StateImpossible { reason });
        if !self.ln_e.is_finite() || self.ln_e < 0.0 {
            return impossible("the strongest evidence is not a finite number of at least 0");
        }
        if self.n > seen {
            return impossible("the strongest evidence is from more observations than there are");
        }
        if self.n == 0 && self != Self::START {
            return impossible("there is evidence without observations");
        }
        let wrong_side = match alternative {
            Alternative::TwoSided => false,
            Alternative::Greater => !self.above,
            Alternative::Less => self.above,
        };
        if self.n > 0 && (wrong_side || self.ln_e == 0.0) {
            return impossible("the strongest evidence is not for the alternative");
        }
        Ok(self)
    }
}

/// The logarithm of the mean of two, given their logarithms.
pub(super) fn ln_mean(a: f64, b: f64) -> f64 {
    let (most, least) = if a >= b { (a, b) } else { (b, a) };
    most + libm::log1p(libm::exp(least - most)) - std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equals_the_earlier_is_kept() {
        let peak = |ln_e, n| Peak { ln_e, n, above: true };
        assert_eq!(peak(2.0, 5).or_later(peak(2.0, 9)), peak(2.0, 5));
        assert_eq!(peak(2.0, 5).or_later(peak(2.1, 9)), peak(2.1, 9));
    }

    #[test]
    fn verdicts_speak() {
        let peak = Peak { ln_e: 3.0, n: 40, above: false };
        assert_eq!(Verdict::of(peak, Level::P95).to_string(), "below, by n = 40 (p = 0.0498)");
        assert_eq!(format!("{:.2}", Verdict::of(peak, Level::P99)), "undecided (p = 0.05)");
        let sure = Peak { ln_e: 30.0, n: 40, above: true };
        assert_eq!(Verdict::of(sure, Level::P95).to_string(), "above, by n = 40 (p < 0.0001)");
        assert!(!Verdict::of(Peak::START, Level::P80).is_decided());
    }

    #[test]
    fn means_of_what_no_float_holds() {
        assert!((ln_mean(2_f64.ln(), 4_f64.ln()) - 3_f64.ln()).abs() < 1e-15);
        assert!((ln_mean(5_000.0, -5_000.0) - (5_000.0 - 2_f64.ln())).abs() < 1e-12);
    }
}
