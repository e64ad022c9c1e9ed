//! How many trials are needed before a claim about a probability can be made.

use crate::probability::{Level, Probability};

/// The fewest trials, all successful, that show a success probability of at least `at_least` at `level`:
/// the least `n` with `at_least^n <= 1 - level`.
///
/// `None` for `at_least` of 1, which no number of trials shows; 1 trial for 0.
///
/// ```
/// use measure_core::{Level, Probability, trials_without_failure};
/// let needed = |p| trials_without_failure(Probability::new(p).unwrap(), Level::P95);
/// assert_eq!((needed(0.90), needed(0.95), needed(0.99)), (Some(29), Some(59), Some(299)));
/// assert_eq!(needed(1.0), None);
/// ```
#[must_use]
pub fn trials_without_failure(at_least: Probability, level: Level) -> Option<u64> {
    smallest_power(libm::log(at_least.get()), level)
}

/// The fewest trials in which something that happens with `probability` is seen at least once with probability
/// `level`: the least `n` with `(1 - probability)^n <= 1 - level`.
///
/// `None` for a probability of 0, which is never seen, or one so small that 64 bits do not hold the number.
#[must_use]
pub fn trials_to_detect(probability: Probability, level: Level) -> Option<u64> {
    smallest_power(libm::log1p(-probability.get()), level)
}

/// The least positive `n` with `n x ln_base <= ln(1 - level)`, for `ln_base <= 0`.
fn smallest_power(ln_base: f64, level: Level) -> Option<u64> {
    const LIMIT: f64 = 9.0e18;
    if ln_base == f64::NEG_INFINITY {
        return Some(1);
    }
    let goal = libm::log1p(-level.get());
    let needed = goal / ln_base;
    // A quotient a rounding error above a whole number, such as ln(1/4) / ln(1/2), means that number.
    let needed = if needed - needed.floor() < needed * 4.0 * f64::EPSILON { needed.floor() } else { needed.ceil() };
    if !(0.0..LIMIT).contains(&needed) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and within 0 and 9e18")]
    let needed = (needed as u64).max(1);
    Some(needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_powers_need_no_trial_more() {
        let half = Probability::new(0.5).unwrap();
        for (level, trials) in [(0.5, 1), (0.75, 2), (0.875, 3), (0.9375, 4), (0.51, 2)] {
            assert_eq!(trials_without_failure(half, Level::new(level).unwrap()), Some(trials), "{level}");
            assert_eq!(trials_to_detect(half, Level::new(level).unwrap()), Some(trials), "{level}");
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(trials_without_failure(Probability::ZERO, Level::P95), Some(1));
        assert_eq!(trials_without_failure(Probability::ONE, Level::P95), None);
        assert_eq!(trials_to_detect(Probability::ZERO, Level::P95), None);
        assert_eq!(trials_to_detect(Probability::ONE, Level::P95), Some(1));
        assert_eq!(trials_to_detect(Probability::new(1e-300).unwrap(), Level::P95), None);
        assert_eq!(trials_to_detect(Probability::new(1e-12).unwrap(), Level::P95), Some(2_995_732_273_553));
    }
}
