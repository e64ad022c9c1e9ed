//! Many tests at once.

use crate::probability::Probability;
use crate::sample::float;

/// The p-values adjusted by Benjamini and Hochberg (1995), in the order given: rejecting where the adjusted value is at
/// most `q` keeps the expected share of false findings among all findings at most `q`, for tests that are independent
/// or positively dependent. As `false_discovery_control` of scipy and `p.adjust` of R have it.
///
/// ```
/// use measure_core::{Probability, benjamini_hochberg};
/// let p = [0.01, 0.04, 0.03, 0.005].map(|p| Probability::new(p).unwrap());
/// let adjusted: Vec<String> = benjamini_hochberg(&p).iter().map(|p| format!("{p:.3}")).collect();
/// assert_eq!(adjusted, ["0.020", "0.040", "0.040", "0.020"]);
/// ```
#[must_use]
pub fn benjamini_hochberg(p_values: &[Probability]) -> Vec<Probability> {
    let mut order: Vec<(usize, f64)> = p_values.iter().map(|p| p.get()).enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    let tests = float(p_values.len());
    let mut adjusted = p_values.to_vec();
    let mut least = 1.0_f64;
    // From the largest down: m p / rank, and no more than what the larger ones have.
    for (larger, (index, p)) in order.into_iter().enumerate() {
        least = least.min(p * (tests / (tests - float(larger))));
        if let Some(slot) = adjusted.get_mut(index) {
            *slot = Probability::clamped(least);
        }
    }
    adjusted
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "a test fails by panicking")]
    use super::*;
    use crate::Seed;

    fn adjusted(p: &[f64]) -> Vec<f64> {
        let p: Vec<_> = p.iter().map(|p| Probability::new(*p).unwrap()).collect();
        benjamini_hochberg(&p).into_iter().map(Probability::get).collect()
    }

    #[test]
    fn it_is_the_definition() {
        let mut chance = Seed::new(3).generator();
        for n in 0..40_u32 {
            let p: Vec<f64> = (0..n).map(|_| (chance.unit() * 20.0).round() / 20.0).collect();
            // min over p_j >= p_i of m p_j / #{p_k <= p_j}
            let of = |here: f64| {
                let larger = p.iter().filter(|other| **other >= here);
                let values =
                    larger.map(|other| f64::from(n) * other / float(p.iter().filter(|third| *third <= other).count()));
                values.fold(1.0, f64::min)
            };
            for (got, p) in adjusted(&p).iter().zip(&p) {
                assert!((got - of(*p)).abs() < 1e-15, "{got} {p}");
            }
        }
    }

    #[test]
    fn one_test_is_itself_and_none_are_none() {
        assert_eq!(adjusted(&[0.03]), [0.03]);
        assert_eq!(adjusted(&[]), [0.0; 0]);
        assert_eq!(adjusted(&[0.0, 1.0, 1.0]), [0.0, 1.0, 1.0]);
    }
}
