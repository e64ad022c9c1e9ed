//! Quantiles of the normal and the beta distribution.

use std::f64::consts::SQRT_2;

use statrs::function::erf::erfc_inv;

use super::beta::incomplete_beta;
use super::saddle::beta_kernel;

/// The probability that a quantile leaves on one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Tail {
    /// Below it.
    Lower(f64),
    /// Above it.
    Upper(f64),
}

/// The `z` with `P(Z > z) = upper` for a standard normal `Z`; `upper` in `(0, 1)`.
pub(crate) fn normal_quantile(upper: f64) -> f64 {
    SQRT_2 * erfc_inv(2.0 * upper)
}

/// The `x` that leaves `tail` (in `(0, 1)`) on its side under `Beta(a, b)`, to some 1e-14 relative.
///
/// By hand, since `inv_beta_reg` of statrs starts no lower than 1e-4, inherits the error of its `beta_reg` and
/// has no bound on its steps.
pub(crate) fn beta_quantile(a: f64, b: f64, tail: Tail) -> f64 {
    let (below, above) = incomplete_beta(a, b, 0.5);
    let (at_most_half, swapped) = match tail {
        Tail::Lower(p) => (p <= below, Tail::Upper(p)),
        Tail::Upper(p) => (p >= above, Tail::Lower(p)),
    };
    // Solved on the side where x is small, so that its digits are kept.
    if at_most_half { solve(a, b, tail) } else { 1.0 - solve(b, a, swapped) }
}

/// Newton's method on the logarithm of the tail over the logit of `x`, kept within a bracket that shrinks.
fn solve(a: f64, b: f64, tail: Tail) -> f64 {
    const MOST_STEPS: u32 = 400;
    let (goal, lower_tail) = match tail {
        Tail::Lower(p) => (p, true),
        Tail::Upper(p) => (p, false),
    };
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    let mut x = start(a, b, if lower_tail { goal } else { 1.0 - goal });
    for _ in 0..MOST_STEPS {
        let (below, above) = incomplete_beta(a, b, x);
        let value = if lower_tail { below } else { above };
        let too_high = if lower_tail { value > goal } else { value < goal };
        if too_high {
            high = x;
        } else {
            low = x;
        }
        // d value / d logit x = +- x (1 - x) density = +- kernel.
        let slope = beta_kernel(a, b, x);
        let step = (value / goal).ln() * value / slope;
        let odds = x / (1.0 - x) * if lower_tail { -step } else { step }.exp();
        let next = odds / (1.0 + odds);
        let next = if next > low && next < high { next } else { middle(low, high) };
        let change = (next - x).abs();
        x = next;
        if change <= x * 2.0 * f64::EPSILON {
            break;
        }
    }
    x
}

/// Wilson's end, moved inside the unit interval: within a few standard deviations of the quantile.
fn start(a: f64, b: f64, below: f64) -> f64 {
    let n = a + b;
    let z = -normal_quantile(below.clamp(1e-300, 1.0 - f64::EPSILON));
    let spread = (a / n * b / n / (n + 1.0)).sqrt();
    let guess = a / n + z * spread;
    if guess > 0.0 && guess < 1.0 { guess } else { (a / n).clamp(1e-300, 0.5) * if z < 0.0 { 0.1 } else { 1.0 } }
}

/// Geometric while the bracket spans orders of magnitude, arithmetic afterwards.
fn middle(low: f64, high: f64) -> f64 {
    if low <= 0.0 {
        high / 16.0
    } else if high > 4.0 * low {
        (low * high).sqrt()
    } else {
        low + (high - low) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_give_back_their_tail() {
        let parameters = [0.5, 1.0, 1.5, 3.0, 20.5, 1e3, 1e6, 1e9];
        for a in parameters {
            for b in parameters {
                for p in [1e-12, 1e-4, 0.025, 0.5, 0.975] {
                    let x = beta_quantile(a, b, Tail::Lower(p));
                    let (below, _) = incomplete_beta(a, b, x);
                    // Where x rounds to 1, the tail of the float nearest to it is all that can be had.
                    let rounding = beta_kernel(a, b, x.min(1.0 - 1e-16)) / (1.0 - x).max(1e-16) * 2e-16;
                    assert!((below - p).abs() <= p * 1e-9 + rounding, "{a} {b} {p}: {x} {below}");
                }
            }
        }
    }

    #[test]
    fn the_normal_quantile_is_the_one_of_the_tables() {
        assert!((normal_quantile(0.025) - 1.959_963_984_540_054).abs() < 1e-14);
        assert!(normal_quantile(0.5).abs() < 1e-15);
    }
}
