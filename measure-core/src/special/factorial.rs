//! Logarithms of the probabilities of counts.

use std::f64::consts::TAU;

use super::saddle::{deviance, stirling_rest};
use super::twofold::Twofold;

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
