//! What the machines answer, and how evidence becomes an answer.

use std::fmt;

#[cfg(feature = "serde")]
use crate::error::Error;
#[cfg(feature = "serde")]
use crate::hypothesis::Alternative;
use crate::probability::{Level, Probability};

/// Where a sequential test stands. Once decided it stays so, in its direction and its `n`, whatever follows; the p-value
/// may still fall.
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
        /// The observations (of both together where there are two) at the first look with enough evidence.
        n: u64,
    },
    /// It is below the claim (or the first below the second).
    Below {
        /// The p-value, valid at all times.
        p_value: Probability,
        /// The observations (of both together where there are two) at the first look with enough evidence.
        n: u64,
    },
}

impl Verdict {
    pub(super) const fn of(p_value: Probability, decided: Option<Decision>) -> Self {
        match decided {
            None => Self::Open { p_value },
            Some(Decision { above: true, n }) => Self::Above { p_value, n },
            Some(Decision { n, .. }) => Self::Below { p_value, n },
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

/// Whether evidence, as the logarithm of an e-value, is enough for a verdict.
pub(super) fn is_enough(ln_e: f64, level: Level) -> bool {
    p_value(ln_e).get() <= level.outside()
}

/// 1 over the e-value whose logarithm this is.
pub(super) fn p_value(ln_e: f64) -> Probability {
    Probability::clamped(libm::exp(-ln_e))
}

/// The look at which the evidence was first enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Decision {
    /// Observations by then.
    pub(super) n: u64,
    /// Whether it was above the claim.
    pub(super) above: bool,
}

/// The strongest evidence so far, and when and in which direction it was first enough.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Evidence {
    // INVARIANT: finite, at least 0.
    strongest: f64,
    // INVARIANT: some just when the strongest is enough.
    decided: Option<Decision>,
}

impl Evidence {
    /// Before anything is observed: an e-value of 1.
    pub(super) const START: Self = Self { strongest: 0.0, decided: None };

    /// With one more look, at evidence of `ln_e`.
    pub(super) fn with(self, ln_e: f64, look: Decision, level: Level) -> Self {
        let decided = self.decided.or_else(|| is_enough(ln_e, level).then_some(look));
        Self { strongest: self.strongest.max(ln_e), decided }
    }

    /// The logarithm of the greatest e-value.
    #[cfg(feature = "serde")]
    pub(super) const fn strongest(self) -> f64 {
        self.strongest
    }

    pub(super) fn p_value(self) -> Probability {
        p_value(self.strongest)
    }

    pub(super) fn verdict(self) -> Verdict {
        Verdict::of(self.p_value(), self.decided)
    }

    /// For what is read from a file, after `seen` observations.
    #[cfg(feature = "serde")]
    pub(super) fn checked(self, seen: u64, alternative: Alternative, level: Level) -> Result<Self, Error> {
        let impossible = |reason| Err(Error::StateImpossible { reason });
        if !self.strongest.is_finite() || self.strongest < 0.0 {
            return impossible("the strongest evidence is not a finite number of at least 0");
        }
        if seen == 0 && self != Self::START {
            return impossible("there is evidence without observations");
        }
        if self.decided.is_some() != is_enough(self.strongest, level) {
            return impossible("there is a verdict without enough evidence, or enough evidence and no verdict");
        }
        let Some(Decision { n, above }) = self.decided else { return Ok(self) };
        if n == 0 || n > seen {
            return impossible("the verdict is not from one of the looks");
        }
        let wrong_side = match alternative {
            Alternative::TwoSided => false,
            Alternative::Greater => !above,
            Alternative::Less => above,
        };
        if wrong_side { impossible("the verdict is not for the alternative") } else { Ok(self) }
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
    fn the_first_look_with_enough_evidence_decides() {
        let look = |n, above| Decision { n, above };
        let first = Evidence::START.with(2.9, look(5, false), Level::P95).with(3.0, look(9, true), Level::P95);
        let later = first.with(8.0, look(20, false), Level::P95).with(1.0, look(30, true), Level::P95);
        assert_eq!((first.decided, later.decided), (Some(look(9, true)), Some(look(9, true))));
        assert_eq!((later.strongest, later.p_value().get()), (8.0, libm::exp(-8.0)));
    }

    #[test]
    fn verdicts_speak() {
        let after = |ln_e, above, level| Evidence::START.with(ln_e, Decision { n: 40, above }, level).verdict();
        assert_eq!(after(3.0, false, Level::P95).to_string(), "below, by n = 40 (p = 0.0498)");
        assert_eq!(format!("{:.2}", after(3.0, false, Level::P99)), "undecided (p = 0.05)");
        assert_eq!(after(30.0, true, Level::P95).to_string(), "above, by n = 40 (p < 0.0001)");
        assert!(!Evidence::START.verdict().is_decided());
    }

    #[test]
    fn means_of_what_no_float_holds() {
        assert!((ln_mean(2_f64.ln(), 4_f64.ln()) - 3_f64.ln()).abs() < 1e-15);
        assert!((ln_mean(5_000.0, -5_000.0) - (5_000.0 - 2_f64.ln())).abs() < 1e-12);
    }
}
