//! Quantiles of the beta and the gamma distribution.

use super::beta::incomplete_beta;
use super::gamma::{incomplete_gamma, ln_gamma};
use super::newton::{self, middle};
use super::normal::normal_quantile;
use super::saddle::{beta_kernel, gamma_kernel};
use super::twofold::Twofold;

/// The probability that a quantile leaves on one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Tail {
    /// Below it.
    Lower(f64),
    /// Above it.
    Upper(f64),
}

/// The `x` that leaves `tail` (in `(0, 1)`) on its side under a gamma distribution of shape `a` and scale 1, to some
/// 1e-14 relative; 0 where it is below the least float.
pub(crate) fn gamma_quantile(a: f64, tail: Tail) -> f64 {
    let (goal, lower_tail) = match tail {
        Tail::Lower(p) => (p, true),
        Tail::Upper(p) => (p, false),
    };
    let below = if lower_tail { goal } else { 1.0 - goal };
    // P(a, x) is at most x^a / Gamma(a + 1), and about that for a small x.
    let least = libm::exp((libm::log(below) + ln_gamma(a + 1.0)) / a);
    if least < 1e-290 && lower_tail {
        return least;
    }
    // Wilson and Hilferty 1931.
    let z = if lower_tail { -normal_quantile(goal) } else { normal_quantile(goal) };
    let root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * a.sqrt());
    let start = if root > 0.3 { a * root * root * root } else { least.max(1e-290) };
    newton::solve(start, goal, lower_tail, |x| {
        let (below, above) = incomplete_gamma(a, x);
        (if lower_tail { below } else { above }, gamma_kernel(a, x))
    })
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
        let slope = beta_kernel(a, b, Twofold::of(x), Twofold::sum(1.0, -x));
        let step = libm::log(value / goal) * value / slope;
        let odds = x / (1.0 - x) * libm::exp(if lower_tail { -step } else { step });
        let next = odds / (1.0 + odds);
        if (next - x).abs() <= x * 2.0 * f64::EPSILON {
            return next;
        }
        x = if next > low && next < high { next } else { middle(low, high) };
        if high - low <= low * f64::EPSILON {
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
                    let inside = x.min(1.0 - 1e-16);
                    let rounding = beta_kernel(a, b, Twofold::of(inside), Twofold::sum(1.0, -inside))
                        / (1.0 - x).max(1e-16)
                        * 2e-16;
                    assert!((below - p).abs() <= p * 1e-9 + rounding, "{a} {b} {p}: {x} {below}");
                }
            }
        }
    }
}
