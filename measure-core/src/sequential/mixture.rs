//! The alternative that evidence about a proportion is measured by: likelihoods averaged over a prior.

use crate::probability::Probability;
use crate::proportion::{Proportion, count};
use crate::special::{incomplete_beta, ln_beta, ln_beta_kernel};

use super::evidence::ln_mean;

/// An even mixture of two beta distributions, fixed before anything is observed: one on the scale of the expected
/// probability, to find small departures of small rates soon, and Jeffreys', to be at most a factor of two worse than
/// it where the expectation is far off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mixture {
    components: [Component; 2],
}

/// `Beta(a, b)`, and `ln B(a, b)`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Component {
    a: f64,
    b: f64,
    ln_beta: f64,
}

impl Mixture {
    /// For a probability expected near `expected`: the beta distribution with that mean which is worth half a success
    /// or half a failure, whichever is rarer. For 1/2 it is Jeffreys' itself.
    pub(super) fn around(expected: Probability) -> Self {
        // A prior worth more than half a billion observations would only lose digits.
        const LEAST: f64 = 1e-9;
        let success = expected.get().clamp(LEAST, 1.0 - LEAST);
        let rarer = success.min(1.0 - success);
        let scaled = Component::new(0.5 * success / rarer, 0.5 * (1.0 - success) / rarer);
        Self { components: [scaled, Component::new(0.5, 0.5)] }
    }

    /// The logarithm of the likelihood of what was seen, averaged over the mixture, relative to its likelihood under
    /// the probability `p` of a success and `q = 1 - p` of a failure; infinite where they rule out what was seen.
    pub(super) fn ln_evidence(&self, seen: Proportion, (p, q): (f64, f64)) -> f64 {
        if seen.trials() == 0 {
            return 0.0;
        }
        let [one, other] = self.components.map(|component| component.ln_evidence(seen, (p, q)));
        if one.is_finite() && other.is_finite() { ln_mean(one, other) } else { f64::INFINITY }
    }

    /// The same with each component cut to the probabilities above `p` (or below it), for `0 < p < 1`; `None` where what
    /// was seen is so far on the other side that no float holds the part of the average that is left.
    pub(super) fn ln_evidence_beyond(&self, seen: Proportion, p: f64, above: bool) -> Option<f64> {
        if seen.trials() == 0 {
            return Some(0.0);
        }
        let beyond = |(below, over): (f64, f64)| libm::log(if above { over } else { below });
        let [one, other] = self.components.map(|component| {
            let Component { a, b, .. } = component;
            let (successes, failures) = (count(seen.successes()), count(seen.failures()));
            let after = beyond(incomplete_beta(a + successes, b + failures, p));
            component.ln_evidence(seen, (p, 1.0 - p)) + (after - beyond(incomplete_beta(a, b, p)))
        });
        Some(ln_mean(one, other)).filter(|_| one.is_finite() && other.is_finite())
    }
}

impl Component {
    fn new(a: f64, b: f64) -> Self {
        Self { a, b, ln_beta: ln_beta(a, b) }
    }

    fn ln_evidence(self, seen: Proportion, (p, q): (f64, f64)) -> f64 {
        let Self { a, b, ln_beta: before } = self;
        let (successes, failures) = (count(seen.successes()), count(seen.failures()));
        let (after_a, after_b) = (a + successes, b + failures);
        if (p <= 0.0 && successes > 0.0) || (q <= 0.0 && failures > 0.0) {
            f64::INFINITY
        } else if p <= 0.0 || q <= 0.0 {
            ln_beta(after_a, after_b) - before
        } else {
            // p^a q^b / B(a, b) over p^(a+x) q^(b+n-x) / B(a+x, b+n-x).
            let [ln_p, ln_q] = [(p, q), (q, p)].map(|(p, q)| if p < q { libm::log(p) } else { libm::log1p(-q) });
            a * ln_p + b * ln_q - before - ln_beta_kernel(after_a, after_b, p, q)
        }
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
                let parts = mixture.components.map(|Component { a, b, .. }| {
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
    fn one_way_the_mean_of_the_evidence_is_one_at_the_claim_and_below_one_on_its_near_side() {
        for (claim, trials) in [(0.5, 40), (0.03, 60), (0.9, 12)] {
            let mixture = Mixture::around(Probability::new(claim).unwrap());
            for above in [true, false] {
                let mean = |truth: f64| -> f64 {
                    (0..=trials)
                        .map(|k| Proportion::new(k, trials).unwrap())
                        .map(|seen| {
                            let evidence = mixture.ln_evidence_beyond(seen, claim, above).unwrap();
                            (evidence + seen.ln_mass(Probability::new(truth).unwrap()).unwrap()).exp()
                        })
                        .sum()
                };
                assert!((mean(claim) - 1.0).abs() < 1e-12, "{claim} {above}: {}", mean(claim));
                for part in [0.2, 0.7, 0.99] {
                    let truth = if above { claim * part } else { 1.0 - (1.0 - claim) * part };
                    assert!(mean(truth) < 1.0, "{claim} {truth} {above}: {}", mean(truth));
                }
            }
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
