//! Logarithms of products of whole numbers, and of the Poisson probabilities made of them.

use std::f64::consts::TAU;

use super::saddle::{deviance, stirling_rest};
use super::twofold::Twofold;
use crate::proportion::count;

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

/// `ln P(X = events)` for `X` negative binomial with a `mean` above 0 and the variance `mean + alpha mean^2`: for an
/// `alpha` of 0 it is [`ln_poisson`]. By deviances (Loader 2000), since the gamma functions of the textbook form
/// cancel.
pub(crate) fn ln_negative_binomial(events: f64, mean: f64, alpha: f64) -> f64 {
    if alpha <= 0.0 {
        return ln_poisson(events, mean);
    }
    if events <= 0.0 {
        return -libm::log1p(alpha * mean) / alpha;
    }
    // Failures before so many successes, each with the probability size / (size + mean).
    let size = Twofold::of(1.0).over(Twofold::of(alpha));
    let trials = size.plus(Twofold::of(events));
    let scale = trials.over(size.plus(Twofold::of(mean)));
    let apart = deviance(size, scale.times(size)).plus(deviance(Twofold::of(events), scale.times(Twofold::of(mean))));
    let rest = stirling_rest(trials.high) - stirling_rest(size.high) - stirling_rest(events);
    rest - apart.round() - 0.5 * libm::log(TAU * events * (1.0 + alpha * events))
}
