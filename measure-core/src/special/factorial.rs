//! Logarithms of products of whole numbers, and of the Poisson probabilities made of them.

use std::f64::consts::TAU;

use super::saddle::{deviance, stirling_rest};
use super::twofold::Twofold;
use crate::proportion::count;

/// Products of so few factors are multiplied out.
const FEW: u64 = 256;

/// `ln(n! / (k! (n - k)!))`; minus infinity for `k > n`.
#[allow(dead_code, reason = "for whoever counts arrangements next")]
pub(crate) fn ln_choose(n: u64, k: u64) -> f64 {
    let Some(others) = n.checked_sub(k) else {
        return f64::NEG_INFINITY;
    };
    let few = k.min(others);
    if few < 16 {
        // The product of some ratios, each rounded once; below 1e308.
        let mut product = 1.0;
        for i in 0..few {
            product *= count(n.saturating_sub(i)) / count(i.saturating_add(1));
        }
        return libm::log(product);
    }
    let (total, a, b) = (count(n), count(k), count(others));
    // n times the entropy, both of whose terms are positive, and Stirling's formula.
    let entropy = a * ln_ratio(total, a, b) + b * ln_ratio(total, b, a);
    let rest = stirling_rest(total) - stirling_rest(a) - stirling_rest(b);
    entropy + rest + 0.5 * libm::log(total / (TAU * a) / b)
}

/// `ln(total / part)` where `total = part + other`, also where the two are nearly the same.
#[allow(dead_code, reason = "for whoever counts arrangements next")]
fn ln_ratio(total: f64, part: f64, other: f64) -> f64 {
    if other < part { libm::log1p(other / part) } else { libm::log(total / part) }
}

/// `ln P(X = events)` for `X` Poisson with a `mean` above 0; `events` is whole.
pub(crate) fn ln_poisson(events: f64, mean: f64) -> f64 {
    if events <= 0.0 {
        return -mean;
    }
    let apart = deviance(Twofold::of(events), Twofold::of(mean)).plus(Twofold::of(stirling_rest(events)));
    -apart.round() - 0.5 * libm::log(TAU * events)
}

/// `sum_{j < n} ln(1 + alpha j)`, for `alpha` of at least 0: the rising factorial of `1 / alpha`, without its poles.
pub(crate) fn ln_rising(n: u64, alpha: f64) -> f64 {
    /// A product beyond this is taken to its logarithm.
    const LARGE: f64 = 1e200;
    if alpha <= 0.0 {
        return 0.0;
    }
    if n <= FEW {
        let (mut sum, mut product) = (0.0, 1.0);
        for j in 0..n {
            product *= 1.0 + alpha * count(j);
            if product > LARGE {
                sum += libm::log(product);
                product = 1.0;
            }
        }
        return sum + libm::log(product);
    }
    // Stirling's formula for both gamma functions, as a deviance, whose terms do not cancel.
    let (start, end) = (Twofold::of(1.0).over(Twofold::of(alpha)), count(n));
    let end = start.plus(Twofold::of(end));
    let rest = stirling_rest(end.high) - stirling_rest(start.high) - 0.5 * libm::log1p(alpha * count(n));
    deviance(end, start).plus(Twofold::of(rest)).round()
}
