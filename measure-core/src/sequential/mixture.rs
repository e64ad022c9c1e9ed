//! The alternative that evidence about a proportion is measured by: likelihoods averaged over a prior.

use crate::probability::Probability;
use crate::proportion::{Proportion, count};
use crate::special::{ln_beta, ln_beta_kernel};

use super::evidence::ln_mean;

/// An even mixture of two beta distributions, fixed before anything is observed: one on the scale of the expected
/// probability, to find small departures of small rates soon, and Jeffreys', to be at most a factor of two worse than
/// it where the expectation is far off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mixture {
    /// Shapes of `Beta(a, b)`, and `ln B(a, b)`.
    components: [(f64, f64, f64); 2],
}

impl Mixture {
    /// For a probability expected near `expected`: the beta distribution with that mean which is worth half a success
    /// or half a failure, whichever is rarer. For 1/2 it is Jeffreys' itself.
    pub(super) fn around(expected: Probability) -> Self {
        // A prior worth more than half a billion observations would only lose digits.
        const LEAST: f64 = 1e-9;
        let success = expected.get().clamp(LEAST, 1.0 - LEAST);
        let rarer = success.min(1.0 - success);
        let shapes = |a: f64, b: f64| (a, b, ln_beta(a, b));
        Self { components: [shapes(0.5 * success / rarer, 0.5 * (1.0 - success) / rarer), shapes(0.5, 0.5)] }
    }

    /// The logarithm of the likelihood of what was seen, averaged over the mixture, relative to its likelihood under
    /// the probability `p` of a success and `q = 1 - p` of a failure; infinite where they rule out what was seen.
    pub(super) fn ln_evidence(&self, seen: Proportion, (p, q): (f64, f64)) -> f64 {
        if seen.trials() == 0 {
            return 0.0;
        }
        let [one, other] = self.components.map(|(a, b, ln_b)| {
            let (successes, failures) = (count(seen.successes()), count(seen.failures()));
            let (after_a, after_b) = (a + successes, b + failures);
            if (p <= 0.0 && successes > 0.0) || (q <= 0.0 && failures > 0.0) {
                f64::INFINITY
            } else if p <= 0.0 || q <= 0.0 {
                ln_beta(after_a, after_b) - ln_b
            } else {
                // p^a q^b / B(a, b) over p^(a+x) q^(b+n-x) / B(a+x, b+n-x).
                let [ln_p, ln_q] = [(p, q), (q, p)].map(|(p, q)| if p < q { libm::log(p) } else { libm::log1p(-q) });
                a * ln_p + b * ln_q - ln_b - ln_beta_kernel(after_a, after_b, p, q)
            }
        });
        if one.is_finite() && other.is_finite() { ln_mean(one, other) } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn the_evidence_is_the_average_of_likelihood_ratios() {
        // By the rising factorials, one observation at a time.
        for (expected, p) in [(0.5, 0.3), (0.01, 0.02), (0.999, 0.9), (0.2, 1e-6)] {
            let mixture = Mixture::around(Probability::new(expected).unwrap());
            for (successes, failures) in [(0, 1), (1, 0), (3, 7), (0, 50), (12, 400)] {
                let parts = mixture.components.map(|(a, b, _)| {
                    let mut ln = 0.0;
                    for x in 0..successes {
                        ln += ((a + x as f64) / (a + b + x as f64) / p).ln();
                    }
                    for y in 0..failures {
                        ln += ((b + y as f64) / (a + b + (successes + y) as f64) / (1.0 - p)).ln();
                    }
                    ln
                });
                let want = parts[1] + f64::midpoint((parts[0] - parts[1]).exp(), 1.0).ln();
                let got = mixture.ln_evidence(Proportion::new(successes, successes + failures).unwrap(), (p, 1.0 - p));
                assert!((got - want).abs() < 1e-12 * want.abs().max(1.0), "{expected} {p} {successes}: {got} {want}");
            }
        }
    }

    #[test]
    fn the_mean_of_the_evidence_under_the_claim_is_one() {
        for (expected, p, trials) in [(0.5, 0.5, 40), (0.03, 0.03, 60), (0.03, 0.4, 25), (0.9, 0.1, 12)] {
            let mixture = Mixture::around(Probability::new(expected).unwrap());
            let claim = Probability::new(p).unwrap();
            let mean: f64 = (0..=trials)
                .map(|k| Proportion::new(k, trials).unwrap())
                .map(|seen| (mixture.ln_evidence(seen, (p, 1.0 - p)) + seen.ln_mass(claim).unwrap()).exp())
                .sum();
            assert!((mean - 1.0).abs() < 1e-12, "{expected} {p} {trials}: {mean}");
        }
    }

    #[test]
    fn ends_of_the_range() {
        let mixture = Mixture::around(Probability::new(1e-300).unwrap());
        let of = |successes, trials| Proportion::new(successes, trials).unwrap();
        assert_eq!(mixture.ln_evidence(of(0, 0), (0.0, 1.0 - 0.0)), 0.0);
        assert_eq!(mixture.ln_evidence(of(1, 2), (0.0, 1.0 - 0.0)), f64::INFINITY);
        assert_eq!(mixture.ln_evidence(of(1, 2), (1.0, 0.0)), f64::INFINITY);
        assert!(
            mixture.ln_evidence(of(0, 9), (0.0, 1.0 - 0.0)) < 0.0
                && mixture.ln_evidence(of(9, 9), (1.0, 1.0 - 1.0)) < 0.0
        );
        assert!(mixture.ln_evidence(of(u64::MAX, u64::MAX), (1e-300, 1.0 - 1e-300)).is_finite());
        assert!(mixture.ln_evidence(of(u64::MAX / 2, u64::MAX), (0.5, 1.0 - 0.5)).is_finite());
    }
}
