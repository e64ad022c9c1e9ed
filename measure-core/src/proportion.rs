//! Successes out of trials: the estimate, what it is worth, and how surprising it would be.
//!
//! | Question | Function |
//! |-|-|
//! | What is the true probability? | [`Proportion::measured`], by the [`Method`] that suits |
//! | Is it at least, or at most, so much? | [`Proportion::lower_bound`], [`Proportion::upper_bound`] |
//! | Is it the claimed one? | [`Proportion::binomial_test`], [`Proportion::binomial_test_mid_p`] |
//! | How likely is it above a threshold? | [`Proportion::posterior_above`] |
//! | By how much do two differ? | [`difference`], [`ratio`] |
//! | Do two differ at all? | [`fisher_exact`], [`fisher_mid_p`] |
//! | How many trials does it take? | [`trials_without_failure`], [`trials_to_detect`], [`trials_to_tell_apart`] |
//! | What can so many trials show? | [`power_of_difference`], [`power_against_claim`], [`smallest_difference`] |
//! | May I look at it every day? | [`sequential`](crate::sequential) |

mod binomial_test;
mod fisher;
mod intervals;
mod pair;
mod planning;
mod power;
mod tails;

pub(crate) use binomial_test::EQUALLY_LIKELY;
pub use fisher::{fisher_exact, fisher_mid_p};
pub use intervals::Method;
pub use pair::{difference, ratio};
pub use planning::{trials_to_detect, trials_without_failure};
pub use power::{Detectable, power_against_claim, power_of_difference, smallest_difference, trials_to_tell_apart};

use crate::error::Error;

/// `successes` out of `trials`; what counts as a success is the caller's choice (for an error ratio it is a bad
/// event).
///
/// A monoid: [`Proportion::ZERO`] is the identity of [`Proportion::merge`], which is associative and commutative.
///
/// ```
/// use measure_core::{Level, Proportion};
/// let errors = Proportion::new(3, 50)?;
/// assert_eq!(errors.estimate(), Some(0.06));
/// let interval = errors.wilson(Level::P95).unwrap();
/// assert_eq!(format!("{interval:.3}"), "0.021 to 0.162 (95 %)");
/// // Not enough observations is a value, not a NaN.
/// assert_eq!(Proportion::ZERO.estimate(), None);
/// assert_eq!(Proportion::ZERO.wilson(Level::P95), None);
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawProportion", into = "RawProportion")
)]
pub struct Proportion {
    // INVARIANT: successes <= trials.
    successes: u64,
    trials: u64,
}

impl Proportion {
    /// No trials.
    pub const ZERO: Self = Self { successes: 0, trials: 0 };

    /// # Errors
    /// [`Error::SuccessesExceedTrials`].
    pub const fn new(successes: u64, trials: u64) -> Result<Self, Error> {
        if successes > trials {
            Err(Error::SuccessesExceedTrials { successes, trials })
        } else {
            Ok(Self { successes, trials })
        }
    }

    /// Successes.
    #[must_use]
    pub const fn successes(self) -> u64 {
        self.successes
    }

    /// Trials without success.
    #[must_use]
    pub const fn failures(self) -> u64 {
        self.trials.saturating_sub(self.successes)
    }

    /// Trials.
    #[must_use]
    pub const fn trials(self) -> u64 {
        self.trials
    }

    /// Failures out of trials.
    #[must_use]
    pub const fn swapped(self) -> Self {
        Self { successes: self.failures(), trials: self.trials }
    }

    /// Both together.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] when the trials do not fit 64 bits.
    pub const fn merge(self, other: Self) -> Result<Self, Error> {
        match (self.successes.checked_add(other.successes), self.trials.checked_add(other.trials)) {
            (Some(successes), Some(trials)) => Ok(Self { successes, trials }),
            _ => Err(Error::CountOverflow { left: self.trials, right: other.trials }),
        }
    }

    /// `successes / trials`, in `[0, 1]`; `None` without trials.
    #[must_use]
    pub fn estimate(self) -> Option<f64> {
        (self.trials != 0).then(|| count(self.successes) / count(self.trials))
    }
}

/// A count as a float.
#[expect(clippy::cast_precision_loss, reason = "probabilities are floats; the cast is within one part in 2^53")]
pub(crate) const fn count(count: u64) -> f64 {
    count as f64
}

/// The shape in a file: `{"successes": 3, "trials": 50}`.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProportion {
    successes: u64,
    trials: u64,
}

#[cfg(feature = "serde")]
impl TryFrom<RawProportion> for Proportion {
    type Error = Error;

    fn try_from(raw: RawProportion) -> Result<Self, Error> {
        Self::new(raw.successes, raw.trials)
    }
}

#[cfg(feature = "serde")]
impl From<Proportion> for RawProportion {
    fn from(proportion: Proportion) -> Self {
        Self { successes: proportion.successes, trials: proportion.trials }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_successes_than_trials_are_refused() {
        assert_eq!(Proportion::new(2, 1), Err(Error::SuccessesExceedTrials { successes: 2, trials: 1 }));
    }

    #[test]
    fn an_overflow_is_an_error_not_a_wrap() {
        let full = Proportion::new(0, u64::MAX).unwrap();
        let one = Proportion::new(0, 1).unwrap();
        assert_eq!(full.merge(one), Err(Error::CountOverflow { left: u64::MAX, right: 1 }));
        assert_eq!(full.merge(Proportion::ZERO), Ok(full));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_more_successes_than_trials() {
        assert!(serde_json::from_str::<Proportion>(r#"{"successes":2,"trials":1}"#).is_err());
        let proportion: Proportion = serde_json::from_str(r#"{"successes":1,"trials":2}"#).unwrap();
        assert_eq!(serde_json::to_string(&proportion).unwrap(), r#"{"successes":1,"trials":2}"#);
    }
}
