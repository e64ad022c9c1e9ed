//! Exact tails of the Poisson distribution, and the exact test of a claimed rate.

use super::Rate;
use crate::bisection::first;
use crate::error::Error;
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::probability::Probability;
use crate::proportion::{EQUALLY_LIKELY, count};
use crate::special::{incomplete_gamma, ln_poisson};

/// The largest expected number of events: beyond, the next larger float is thousands away.
const MOST_EXPECTED: f64 = 1e19;

impl Rate {
    /// `P(X >= count)` for `X` Poisson with the mean `claimed x exposure`: how surprising so many events are if the true
    /// rate is `claimed`. Without exposure it is 1.
    ///
    /// # Errors
    /// [`Error::RateOutOfRange`] unless `claimed` is at least 0 and the expected count at most 1e19.
    pub fn tail_at_least(self, claimed: f64) -> Result<Probability, Error> {
        Ok(at_least(self.count, self.expected(claimed)?))
    }

    /// `P(X <= count)` for `X` Poisson with the mean `claimed x exposure`.
    ///
    /// # Errors
    /// [`Error::RateOutOfRange`] unless `claimed` is at least 0 and the expected count at most 1e19.
    pub fn tail_at_most(self, claimed: f64) -> Result<Probability, Error> {
        Ok(at_most(self.count, self.expected(claimed)?))
    }

    /// The exact Poisson test: is the true rate `claimed`, or [`Alternative`]? The statistic and `n` are the number of
    /// events.
    ///
    /// Two-sided, the p-value is the probability of all counts that are no likelier than the observed one, as
    /// `poisson.test` of R has it; what is at most `1 + 10^-7` times as likely counts as equally likely. It assumes
    /// events that come one by one: where one cause brings many, it finds too much.
    ///
    /// ```
    /// use measure_core::{Alternative, Rate};
    /// // 9 incidents in 4 weeks, where one a week was promised.
    /// let test = Rate::new(9, 4.0)?.poisson_test(1.0, Alternative::Greater)?;
    /// assert_eq!(format!("{test:.3}"), "p = 0.021 (exact Poisson), n = 9");
    /// # Ok::<(), measure_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::RateOutOfRange`] unless `claimed` is at least 0 and the expected count at most 1e19.
    pub fn poisson_test(self, claimed: f64, alternative: Alternative) -> Result<Test, Error> {
        let expected = self.expected(claimed)?;
        let p_value = match alternative {
            Alternative::Less => at_most(self.count, expected),
            Alternative::Greater => at_least(self.count, expected),
            Alternative::TwoSided => two_sided(self.count, expected),
        };
        Ok(Test::of(count(self.count), p_value, alternative, TestMethod::Poisson, self.count))
    }

    fn expected(self, claimed: f64) -> Result<f64, Error> {
        let expected = claimed * self.exposure;
        // Written so that a NaN fails.
        if claimed >= 0.0 && expected <= MOST_EXPECTED {
            Ok(expected)
        } else {
            Err(Error::RateOutOfRange { given: claimed })
        }
    }
}

fn at_least(events: u64, expected: f64) -> Probability {
    if events == 0 {
        return Probability::ONE;
    }
    Probability::clamped(incomplete_gamma(count(events), expected).0)
}

fn at_most(events: u64, expected: f64) -> Probability {
    Probability::clamped(incomplete_gamma(count(events) + 1.0, expected).1)
}

fn two_sided(events: u64, expected: f64) -> Probability {
    if expected <= 0.0 {
        return if events == 0 { Probability::ONE } else { Probability::ZERO };
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 0, and `as` saturates")]
    let mode = expected as u64;
    let observed = ln_poisson(count(events), expected);
    let likelier = |events: u64| ln_poisson(count(events), expected) - observed > EQUALLY_LIKELY;
    let (own, other) = if events < mode {
        // The first beyond the mode that is no likelier.
        let edge = first(mode, u64::MAX, |events| !likelier(events));
        (at_most(events, expected), edge.map(|edge| at_least(edge, expected)))
    } else {
        // The last before the mode that is no likelier, if there is any.
        let likely = first(0, mode, likelier);
        let edge = likely.unwrap_or(events).checked_sub(1);
        (at_least(events, expected), edge.map(|edge| at_most(edge, expected)))
    };
    Probability::clamped(own.get() + other.map_or(0.0, Probability::get))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, reason = "a test fails by panicking")]
    use super::*;

    fn masses(mean: f64, most: u64) -> Vec<f64> {
        let mut mass = (-mean).exp();
        (0..=most)
            .map(|k| {
                let here = mass;
                mass *= mean / (k + 1) as f64;
                here
            })
            .collect()
    }

    #[test]
    fn tails_and_tests_equal_the_sum_of_their_terms() {
        for mean in [0.01, 0.7, 1.0, 4.0, 7.5] {
            let masses = masses(mean, 80);
            for events in 0..=25_u64 {
                let index = usize::try_from(events).unwrap();
                let rate = Rate::new(events, 2.0).unwrap();
                let sum = |keep: &dyn Fn(usize) -> bool| {
                    masses.iter().enumerate().rev().filter(|(k, _)| keep(*k)).map(|(_, mass)| mass).sum::<f64>()
                };
                for (alternative, want) in [
                    (Alternative::Greater, sum(&|k| k >= index)),
                    (Alternative::Less, sum(&|k| k <= index)),
                    (Alternative::TwoSided, sum(&|k| masses[k] <= masses[index] * (1.0 + 1e-7))),
                ] {
                    let got = rate.poisson_test(mean / 2.0, alternative).unwrap().p_value().get();
                    assert!((got / want - 1.0).abs() < 1e-12, "{mean} {events} {alternative:?}: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn impossible_claims_are_refused_and_a_claim_of_none_is_not() {
        let rate = Rate::new(2, 3.0).unwrap();
        for claimed in [-1.0, f64::NAN, f64::INFINITY, 1e19] {
            assert!(rate.poisson_test(claimed, Alternative::TwoSided).is_err(), "{claimed}");
        }
        assert_eq!(rate.poisson_test(0.0, Alternative::TwoSided).unwrap().p_value(), Probability::ZERO);
        assert_eq!(Rate::ZERO.poisson_test(5.0, Alternative::TwoSided).unwrap().p_value(), Probability::ONE);
        let huge = Rate::new(u64::MAX, 1.0).unwrap().poisson_test(9e18, Alternative::TwoSided).unwrap();
        assert_eq!(huge.p_value(), Probability::ZERO);
    }
}
