//! Exact tails of the binomial distribution and of the Jeffreys posterior, through the regularised incomplete
//! beta function, each tail computed directly so that a tiny one keeps its digits.

use super::{Proportion, count};
use crate::probability::Probability;
use crate::special::incomplete_beta;

impl Proportion {
    /// `P(X >= successes)` for `X ~ Binomial(trials, p)`: how surprising so many successes are if the true
    /// probability is `p`. The exact one-sided p-value against "at most `p`".
    ///
    /// `I_p(successes, failures + 1)`; 1 for no successes.
    ///
    /// ```
    /// use measure_core::{Probability, Proportion};
    /// let budget = Probability::new(0.001)?;
    /// // One bad request of ten is a burn rate of 100, and yet happens by chance once in a hundred.
    /// assert!((Proportion::new(1, 10)?.tail_at_least(budget).get() - 0.009_955).abs() < 1e-6);
    /// # Ok::<(), measure_core::Error>(())
    /// ```
    #[must_use]
    pub fn tail_at_least(self, p: Probability) -> Probability {
        if self.successes == 0 {
            return Probability::ONE;
        }
        let (below, _) = incomplete_beta(count(self.successes), count(self.failures()) + 1.0, p.get());
        Probability::clamped(below)
    }

    /// `P(X <= successes)` for `X ~ Binomial(trials, p)`: the exact one-sided p-value against "at least `p`".
    ///
    /// `1 - I_p(successes + 1, failures)`, computed without the subtraction; 1 for no failures.
    #[must_use]
    pub fn tail_at_most(self, p: Probability) -> Probability {
        if self.failures() == 0 {
            return Probability::ONE;
        }
        let (_, above) = incomplete_beta(count(self.successes) + 1.0, count(self.failures()), p.get());
        Probability::clamped(above)
    }

    /// The posterior probability that the true probability is above `p`, under the Jeffreys prior:
    /// `P(theta > p)` for `theta ~ Beta(successes + 1/2, failures + 1/2)`. Without trials it is the prior's.
    #[must_use]
    pub fn posterior_above(self, p: Probability) -> Probability {
        let (_, above) = incomplete_beta(count(self.successes) + 0.5, count(self.failures()) + 0.5, p.get());
        Probability::clamped(above)
    }

    /// The posterior probability that the true probability is at most `p`; see [`Proportion::posterior_above`].
    #[must_use]
    pub fn posterior_at_most(self, p: Probability) -> Probability {
        let (below, _) = incomplete_beta(count(self.successes) + 0.5, count(self.failures()) + 0.5, p.get());
        Probability::clamped(below)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, reason = "a test fails by panicking")]
    use super::*;

    fn tail(successes: u64, trials: u64, p: f64) -> f64 {
        Proportion::new(successes, trials).unwrap().tail_at_least(Probability::new(p).unwrap()).get()
    }

    #[test]
    fn small_tails_equal_the_sum_of_their_terms() {
        for trials in 1..=12_u64 {
            for p in [1e-9, 0.001, 0.3, 0.5, 0.97_f64] {
                let mut choose = 1.0;
                let mut terms = Vec::new();
                for k in 0..=trials {
                    terms.push(
                        choose * p.powi(i32::try_from(k).unwrap()) * (1.0 - p).powi(i32::try_from(trials - k).unwrap()),
                    );
                    choose *= (trials - k) as f64 / (k + 1) as f64;
                }
                for k in 0..=trials {
                    let sum: f64 = terms[usize::try_from(k).unwrap()..].iter().rev().sum();
                    let got = tail(k, trials, p);
                    assert!((got / sum - 1.0).abs() < 1e-13, "P(X>={k}|{trials},{p}) {got} {sum}");
                }
            }
        }
    }

    #[test]
    fn certain_and_impossible_rates() {
        assert_eq!(tail(3, 5, 0.0), 0.0);
        assert_eq!(tail(3, 5, 1.0), 1.0);
        assert_eq!(tail(0, 0, 0.3), 1.0);
    }

    #[test]
    fn the_largest_counts_have_a_finite_tail() {
        let all = tail(u64::MAX, u64::MAX, 0.5);
        assert_eq!(all, 0.0);
        let half = tail(u64::MAX / 2, u64::MAX, 0.5);
        assert!((half - 0.5).abs() < 1e-6, "{half}");
    }
}
