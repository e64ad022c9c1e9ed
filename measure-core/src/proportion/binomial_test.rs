//! The exact test of a claimed probability.

use super::{Proportion, count};
use crate::bisection::first;
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::probability::Probability;
use crate::special::ln_beta_kernel;

/// Outcomes whose probabilities differ by less than this, relative, count as equally likely: rounding must not tear
/// apart the two that a symmetric distribution makes equal (scipy and R use the same).
pub(crate) const EQUALLY_LIKELY: f64 = 1e-7;

impl Proportion {
    /// The exact binomial test: is the true probability `claimed`, or [`Alternative`]? The statistic is the number
    /// of successes.
    ///
    /// Two-sided, the p-value is the probability of all outcomes that are no likelier than the observed one under
    /// the claim, as `binom.test` of R and `binomtest` of scipy have it: the observed outcome and all beyond it, and
    /// on the other side of the mode what is at most `1 + 10^-7` times as likely. One-sided it is
    /// [`Proportion::tail_at_most`] or [`Proportion::tail_at_least`]. Without trials it is 1.
    ///
    /// Some 100 evaluations of the probability of one outcome at most, whatever the number of trials.
    ///
    /// ```
    /// use measure_core::{Alternative, Probability, Proportion};
    /// // 9 of 12 deployments went well, where 9 of 10 were promised.
    /// let test = Proportion::new(9, 12)?.binomial_test(Probability::new(0.9)?, Alternative::TwoSided);
    /// assert_eq!(format!("{test:.3}"), "p = 0.111 (exact binomial), n = 12");
    /// # Ok::<(), measure_core::Error>(())
    /// ```
    #[must_use]
    pub fn binomial_test(self, claimed: Probability, alternative: Alternative) -> Test {
        let p_value = match alternative {
            Alternative::Less => self.tail_at_most(claimed),
            Alternative::Greater => self.tail_at_least(claimed),
            Alternative::TwoSided => self.two_sided(claimed).0,
        };
        Test::of(count(self.successes()), p_value, alternative, TestMethod::Binomial, self.trials())
    }

    /// The binomial test with mid-p: half of the probability of what is as extreme as the observed outcome, and all
    /// of what is more extreme (Lancaster 1961). Its mean under the claim is 1/2, where the exact test's is above;
    /// it may raise a few more false alarms than stated. Two-sided, an outcome on the other side that is as likely
    /// as the observed one counts by half too.
    #[must_use]
    pub fn binomial_test_mid_p(self, claimed: Probability, alternative: Alternative) -> Test {
        let as_extreme = self.mass(claimed);
        let (exact, as_extreme) = match alternative {
            Alternative::Less => (self.tail_at_most(claimed), as_extreme),
            Alternative::Greater => (self.tail_at_least(claimed), as_extreme),
            Alternative::TwoSided => self.two_sided(claimed),
        };
        let p_value = Probability::clamped(exact.get() - as_extreme / 2.0);
        Test::of(count(self.successes()), p_value, alternative, TestMethod::BinomialMidP, self.trials())
    }

    /// The probability of exactly so many successes.
    fn mass(self, p: Probability) -> f64 {
        self.ln_mass(p).map_or(0.0, libm::exp)
    }

    /// The logarithm of [`Proportion::mass`]; `None` for what cannot happen.
    pub(crate) fn ln_mass(self, p: Probability) -> Option<f64> {
        let (successes, failures, p) = (count(self.successes()), count(self.failures()), p.get());
        if p == 0.0 || p == 1.0 {
            let certain = if p == 0.0 { self.successes() == 0 } else { self.failures() == 0 };
            return certain.then_some(0.0);
        }
        Some(match (self.successes(), self.failures()) {
            (0, _) => failures * libm::log1p(-p),
            (_, 0) => successes * libm::log(p),
            _ => {
                ln_beta_kernel(successes, failures, p, 1.0 - p) + libm::log(count(self.trials()) / successes / failures)
            }
        })
    }

    /// The two-sided p-value, and the probability of what is as likely as the observed outcome.
    fn two_sided(self, p: Probability) -> (Probability, f64) {
        let Some(observed) = self.ln_mass(p) else { return (Probability::ZERO, 0.0) };
        let (here, mode) = (self.successes(), self.mode(p));
        let at = |successes: u64| Self { successes, trials: self.trials() };
        let rise = |successes: u64| at(successes).ln_mass(p).map_or(f64::NEG_INFINITY, |mass| mass - observed);
        let likelier = |successes: u64| rise(successes) > EQUALLY_LIKELY;
        let (own, other, edge) = if here < mode {
            // The first beyond the mode that is no likelier.
            let edge = first(mode, self.trials(), |successes| !likelier(successes));
            (self.tail_at_most(p), edge.map(|edge| at(edge).tail_at_least(p)), edge)
        } else {
            // The last before the mode that is no likelier, if there is any.
            let likely = first(0, mode, likelier);
            let edge = likely.unwrap_or(here).checked_sub(1);
            (self.tail_at_least(p), edge.map(|edge| at(edge).tail_at_most(p)), edge)
        };
        let mass = libm::exp(observed);
        let twin = edge.filter(|edge| *edge != here && rise(*edge).abs() <= EQUALLY_LIKELY);
        let as_likely = mass + twin.map_or(0.0, |_| mass);
        (Probability::clamped(own.get() + other.map_or(0.0, Probability::get)), as_likely)
    }

    /// The likeliest number of successes.
    pub(super) fn mode(self, p: Probability) -> u64 {
        let mode = (count(self.trials()) + 1.0) * p.get();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 0, and `as` saturates")]
        let mode = mode as u64;
        mode.min(self.trials())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "a test fails by panicking")]
    use super::*;

    const SIDES: [Alternative; 3] = [Alternative::TwoSided, Alternative::Less, Alternative::Greater];

    fn masses(trials: u64, p: f64) -> Vec<f64> {
        let mut masses = vec![1.0];
        for _ in 0..trials {
            // One more trial: the convolution with (1 - p, p).
            let mut next = vec![0.0; masses.len() + 1];
            for (k, mass) in masses.iter().enumerate() {
                next[k] += mass * (1.0 - p);
                next[k + 1] += mass * p;
            }
            masses = next;
        }
        masses
    }

    #[test]
    fn the_p_value_is_the_sum_of_all_outcomes_that_are_no_likelier() {
        for trials in [0, 1, 2, 7, 12, 40] {
            for p in [0.0, 1e-6, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0] {
                let (masses, claimed) = (masses(trials, p), Probability::new(p).unwrap());
                for (k, here) in (0..=trials).zip(masses.iter().copied()) {
                    let proportion = Proportion::new(k, trials).unwrap();
                    let total = |keep: &dyn Fn(f64) -> bool| masses.iter().filter(|m| keep(**m)).sum::<f64>();
                    let want = total(&|mass| mass <= here * (1.0 + EQUALLY_LIKELY));
                    let got = proportion.binomial_test(claimed, Alternative::TwoSided).p_value().get();
                    assert!((got - want).abs() <= 1e-12 * want, "{k} of {trials} at {p}: {got} {want}");
                    let mid = want - 0.5 * total(&|mass| (mass / here - 1.0).abs() <= EQUALLY_LIKELY);
                    let got = proportion.binomial_test_mid_p(claimed, Alternative::TwoSided).p_value().get();
                    assert!((got - mid).abs() <= 1e-12 * want, "mid-p {k} of {trials} at {p}: {got} {mid}");
                }
            }
        }
    }

    #[test]
    fn the_mean_of_mid_p_under_the_claim_is_a_half() {
        for (trials, p) in [(1, 0.5), (9, 0.2), (30, 0.5), (25, 0.01)] {
            let claimed = Probability::new(p).unwrap();
            for side in SIDES {
                let mean: f64 = (0..=trials)
                    .map(|k| Proportion::new(k, trials).unwrap())
                    .map(|x| x.mass(claimed) * x.binomial_test_mid_p(claimed, side).p_value().get())
                    .sum();
                assert!((mean - 0.5).abs() < 1e-12, "{trials} {p} {side:?}: {mean}");
            }
        }
    }

    #[test]
    fn nothing_observed_and_impossible_claims() {
        for side in SIDES {
            let none = Proportion::ZERO.binomial_test(Probability::new(0.3).unwrap(), side);
            assert_eq!((none.p_value(), none.n()), (Probability::ONE, 0));
        }
        let some = Proportion::new(1, 5).unwrap();
        assert_eq!(some.binomial_test(Probability::ZERO, Alternative::TwoSided).p_value(), Probability::ZERO);
        assert_eq!(some.binomial_test_mid_p(Probability::ONE, Alternative::TwoSided).p_value(), Probability::ZERO);
    }

    #[test]
    fn the_largest_counts_have_a_p_value() {
        let half = Probability::new(0.5).unwrap();
        for successes in [0, 1, u64::MAX / 2, u64::MAX / 2 + 1_000_000_000, u64::MAX - 1, u64::MAX] {
            let test = Proportion::new(successes, u64::MAX).unwrap().binomial_test(half, Alternative::TwoSided);
            assert!((0.0..=1.0).contains(&test.p_value().get()), "{successes} {test}");
        }
    }
}
