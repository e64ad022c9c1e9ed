//! What a number of trials can show: the power of a test, the trials that a difference needs, and the least difference
//! that so many trials see.

use super::{Proportion, count};
use crate::bisection::{edge, first};
use crate::hypothesis::Alternative;
use crate::probability::{Level, Probability};
use crate::special::{normal_quantile, normal_sf};

/// The power of the two-sided score test of two proportions: how likely `n` trials of probability `p` and `m` of
/// probability `q` are to show at `level` that the two differ. With `p = q` it is the rate of false alarms.
///
/// The normal approximation with the pooled variance under equality (Fleiss, Levin and Paik 2003, section 4; the same
/// as statsmodels' `power_proportions_2indep`): with `pq` the pooled probability,
/// `P(Z > (z s0 - |p - q|) / s1) + P(Z < (-z s0 - |p - q|) / s1)` for `s0^2 = pq (1 - pq) (1/n + 1/m)` and
/// `s1^2 = p (1 - p) / n + q (1 - q) / m`. Where fewer than some ten successes or failures are expected, it is off by
/// several points. 0 without trials in one of them.
///
/// ```
/// use measure_core::{Level, Probability, proportion};
/// let (usual, worse) = (Probability::new(0.01)?, Probability::new(0.02)?);
/// let power = proportion::power_of_difference(worse, usual, 1_000, 1_000, Level::P95);
/// assert_eq!(format!("{power:.2}"), "0.45");
/// # Ok::<(), measure_core::Error>(())
/// ```
#[must_use]
pub fn power_of_difference(p: Probability, q: Probability, n: u64, m: u64, level: Level) -> Probability {
    if n == 0 || m == 0 {
        return Probability::ZERO;
    }
    let ((n, m), (p, q)) = ((count(n), count(m)), (p.get(), q.get()));
    let (pooled, away) = ((n / (n + m)) * p + (m / (n + m)) * q, (p - q).abs());
    let null = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).max(0.0).sqrt();
    let alternative = (p * (1.0 - p) / n + q * (1.0 - q) / m).sqrt();
    let threshold = critical(level) * null;
    // 0 of all against 0 of all, or 0 against all: no chance is left.
    if alternative == 0.0 {
        return if away > threshold { Probability::ONE } else { Probability::ZERO };
    }
    Probability::clamped(normal_sf((threshold - away) / alternative) + normal_sf((threshold + away) / alternative))
}

/// The fewest trials in each of two groups of equal size that show at `level`, with probability `power`, that `p` and
/// `q` differ: the least `n` for which [`power_of_difference`] is at least `power`.
///
/// `None` for equal probabilities, whose difference no number of trials shows.
///
/// ```
/// use measure_core::{Level, Probability, proportion};
/// let (usual, worse, power) = (Probability::new(0.01)?, Probability::new(0.02)?, Probability::new(0.8)?);
/// assert_eq!(proportion::trials_to_tell_apart(worse, usual, power, Level::P95), Some(2_319));
/// # Ok::<(), measure_core::Error>(())
/// ```
#[must_use]
pub fn trials_to_tell_apart(p: Probability, q: Probability, power: Probability, level: Level) -> Option<u64> {
    // Beyond, a float no longer tells one number of trials from the next.
    const MOST: u64 = 1 << 53;
    if p == q {
        return None;
    }
    first(1, MOST, |n| power_of_difference(p, q, n, n, level) >= power)
}

/// The probabilities nearest to a baseline that so many trials tell from it; see [`smallest_difference`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Detectable {
    /// The greatest probability below the baseline that is told from it; `None` when not even 0 is.
    pub below: Option<Probability>,
    /// The least probability above the baseline that is told from it; `None` when not even 1 is.
    pub above: Option<Probability>,
}

/// The smallest differences, down and up, that `n` trials of a new probability and `m` of the `baseline` show at
/// `level` with probability `power`, by [`power_of_difference`]. Both are `None` for a power of no more than `1 - level`:
/// so often a difference is found where there is none.
///
/// With a handful of trials the power does not rise all the way out: pooling with many of the other group may leave the
/// probability 1 less power than some before it. Where it is enough at neither end, a thousand probabilities between
/// are tried.
///
/// ```
/// use measure_core::{Level, Probability, proportion};
/// // A canary of 300 requests against 50,000: a failure rate of 1 % must rise to 3.0 %, and no fall is seen.
/// let (usual, power) = (Probability::new(0.01)?, Probability::new(0.8)?);
/// let seen = proportion::smallest_difference(usual, 300, 50_000, power, Level::P95);
/// assert_eq!(format!("{:.3}", seen.above.unwrap()), "0.030");
/// assert_eq!(seen.below, None);
/// # Ok::<(), measure_core::Error>(())
/// ```
#[must_use]
pub fn smallest_difference(baseline: Probability, n: u64, m: u64, power: Probability, level: Level) -> Detectable {
    let seen = |p: f64| power_of_difference(Probability::clamped(p), baseline, n, m, level) >= power;
    let nearest = |end: f64| -> Option<Probability> {
        let from = baseline.get();
        if end.to_bits() == from.to_bits() || power.get() <= level.outside() || seen(from) {
            return None;
        }
        let at = |step: u16| from + (end - from) * (f64::from(step) / 1000.0);
        let far = if seen(end) { Some(end) } else { (1..1000).map(at).find(|p| seen(*p)) };
        far.map(|far| Probability::clamped(edge(from, far, seen)))
    };
    Detectable { below: nearest(0.0), above: nearest(1.0) }
}

/// The power of the exact test of a claim: how likely `trials` of the probability `truth` are to give a
/// [`Proportion::binomial_test`] against `claimed` whose p-value is at most `1 - level`. With `truth = claimed` it is
/// the test's true rate of false alarms, at most `1 - level`.
///
/// Exact. It does not rise steadily with the trials: the rejected counts are whole numbers, so that a trial more may
/// lose power (Chernick and Liu 2002).
///
/// ```
/// use measure_core::{Alternative, Level, Probability, proportion};
/// let (claimed, truth) = (Probability::new(0.01)?, Probability::new(0.05)?);
/// let power = proportion::power_against_claim(claimed, truth, 100, Alternative::Greater, Level::P95);
/// assert_eq!(format!("{power:.3}"), "0.742");
/// # Ok::<(), measure_core::Error>(())
/// ```
#[must_use]
pub fn power_against_claim(
    claimed: Probability,
    truth: Probability,
    trials: u64,
    alternative: Alternative,
    level: Level,
) -> Probability {
    let at = |successes: u64| Proportion::new(successes, trials).unwrap_or(Proportion::ZERO);
    let rejected = |successes| at(successes).binomial_test(claimed, alternative).p_value().get() <= level.outside();
    let above = |from| first(from, trials, rejected).map_or(0.0, |first| at(first).tail_at_least(truth).get());
    let below = |to| {
        let kept = first(0, to, |successes| !rejected(successes));
        let last = kept.map_or(Some(to), |kept| kept.checked_sub(1));
        last.map_or(0.0, |last| at(last).tail_at_most(truth).get())
    };
    Probability::clamped(match alternative {
        // One way the p-value rises or falls all along: at a low level, counts beyond the claim are rejected too.
        Alternative::Less => below(trials),
        Alternative::Greater => above(0),
        // Both ways it falls outwards from the likeliest count, whose own is 1.
        Alternative::TwoSided => {
            let middle = at(0).mode(claimed);
            below(middle) + above(middle)
        }
    })
}

/// Half of what lies outside the level is beyond it.
fn critical(level: Level) -> f64 {
    normal_quantile(level.outside() / 2.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, reason = "a test fails by panicking")]
    use super::*;

    fn probability(p: f64) -> Probability {
        Probability::new(p).unwrap()
    }

    fn mass(k: u64, n: u64, p: f64) -> f64 {
        Proportion::new(k, n).unwrap().ln_mass(probability(p)).map_or(0.0, f64::exp)
    }

    #[test]
    fn the_power_against_a_claim_is_the_sum_over_all_rejected_outcomes() {
        let levels = [Level::LOWEST, Level::new(1e-6).unwrap(), Level::new(0.3).unwrap(), Level::P90, Level::HIGHEST];
        for trials in [0, 1, 5, 20, 40, 60] {
            for (claimed, truth) in
                [(0.1, 0.3), (0.5, 0.5), (0.9, 0.6), (0.3, 0.5), (0.01, 0.2), (0.0, 0.1), (1.0, 0.9), (0.3, 0.0)]
            {
                for side in [Alternative::TwoSided, Alternative::Less, Alternative::Greater] {
                    let p_value = |k| {
                        let test = Proportion::new(k, trials).unwrap().binomial_test(probability(claimed), side);
                        test.p_value().get()
                    };
                    let p_values: Vec<f64> = (0..=trials).map(p_value).collect();
                    for level in levels {
                        let rejected = (0..=trials).zip(&p_values).filter(|(_, p)| **p <= level.outside());
                        let want: f64 = rejected.map(|(k, _)| mass(k, trials, truth)).sum();
                        let got = power_against_claim(probability(claimed), probability(truth), trials, side, level);
                        assert!(
                            (got.get() - want).abs() < 1e-11,
                            "{trials} {claimed} {truth} {side:?} {level}: {got} {want}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_power_of_a_difference_is_near_the_exact_power_of_the_score_test() {
        for (p, q, n, m) in [(0.3, 0.5, 60, 60), (0.2, 0.35, 80, 120), (0.6, 0.6, 70, 50)] {
            let mut exact = 0.0;
            for a in 0..=n {
                for b in 0..=m {
                    let pooled = (a + b) as f64 / (n + m) as f64;
                    let spread = (pooled * (1.0 - pooled) * (1.0 / n as f64 + 1.0 / m as f64)).sqrt();
                    if (a as f64 / n as f64 - b as f64 / m as f64).abs() > 1.959_963_984_540_054 * spread {
                        exact += mass(a, n, p) * mass(b, m, q);
                    }
                }
            }
            let got = power_of_difference(probability(p), probability(q), n, m, Level::P95).get();
            assert!((got - exact).abs() < 0.02, "{p} {q} {n} {m}: {got} {exact}");
        }
    }

    #[test]
    fn ends_of_the_range() {
        let (zero, one, power) = (Probability::ZERO, Probability::ONE, probability(0.8));
        assert_eq!(power_of_difference(zero, zero, 10, 10, Level::P95), Probability::ZERO);
        assert_eq!(power_of_difference(zero, one, 10, 10, Level::P95), Probability::ONE);
        assert_eq!(power_of_difference(zero, one, 0, 10, Level::P95), Probability::ZERO);
        assert_eq!(trials_to_tell_apart(one, one, power, Level::P95), None);
        // 0 of 2 against 2 of 2: z = 2.
        assert_eq!(trials_to_tell_apart(zero, one, power, Level::P95), Some(2));
        let nearest = smallest_difference(one, 100, 100, power, Level::P95);
        assert!(nearest.above.is_none() && nearest.below.unwrap() > probability(0.9), "{nearest:?}");
        let none = smallest_difference(probability(0.5), 0, 9, power, Level::P95);
        assert_eq!(none, Detectable { below: None, above: None });
    }

    #[test]
    fn a_difference_that_is_seen_before_the_end_and_not_at_it_is_found() {
        let (baseline, power) = (probability(0.7952), probability(0.245));
        let seen = |p| power_of_difference(p, baseline, 6, 7_804, Level::P80);
        let Detectable { above, .. } = smallest_difference(baseline, 6, 7_804, power, Level::P80);
        let above = above.unwrap();
        assert!(above > baseline && seen(above) >= power && seen(Probability::ONE) < power, "{above}");
        assert!(seen(probability(above.get() - 1e-9)) < power);
    }

    #[test]
    fn no_difference_is_the_smallest_for_a_power_that_false_alarms_have() {
        let nearest = smallest_difference(probability(0.3), 100, 100, probability(0.05), Level::P95);
        assert_eq!(nearest, Detectable { below: None, above: None });
    }

    #[test]
    fn one_trial_fewer_has_less_power() {
        for (p, q) in [(0.01, 0.02), (0.5, 0.51), (0.0, 0.1), (1e-6, 2e-6)] {
            let (p, q, power) = (probability(p), probability(q), probability(0.9));
            let n = trials_to_tell_apart(p, q, power, Level::P95).unwrap();
            assert!(power_of_difference(p, q, n, n, Level::P95) >= power);
            assert!(power_of_difference(p, q, n - 1, n - 1, Level::P95) < power);
        }
    }
}
