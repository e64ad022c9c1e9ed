//! The beta density on the logarithmic scale, for likelihoods too small for a float.

use std::f64::consts::TAU;

use super::saddle::{deviance, stirling_rest};
use super::twofold::Twofold;

/// `ln(x^a y^b / B(a, b))` for positive `a` and `b` and `0 < x < 1`, `y = 1 - x`: free of the cancellation between the
/// powers and the beta function (Loader 2000). The smaller of `x` and `y` is taken as exact.
pub(crate) fn ln_beta_kernel(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = Twofold::sum(a, b);
    let rest = stirling_rest(n.high) - stirling_rest(a) - stirling_rest(b);
    let (x, y) = if x < y { (Twofold::of(x), Twofold::sum(1.0, -x)) } else { (Twofold::sum(1.0, -y), Twofold::of(y)) };
    let apart = deviance(Twofold::of(a), n.times(x)).plus(deviance(Twofold::of(b), n.times(y)));
    Twofold::of(rest).minus(apart).round() + 0.5 * libm::log(a / TAU * (b / n.high))
}

/// `ln B(a, b)` for positive `a` and `b`, from the kernel at the mean, where nothing cancels.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    let n = a + b;
    let powers = |a: f64, b: f64| if a <= b { a * libm::log(a / n) } else { a * libm::log1p(-(b / n)) };
    powers(a, b) + powers(b, a) - ln_beta_kernel(a, b, a / n, b / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beta_function_of_whole_numbers_is_a_ratio_of_factorials() {
        // B(3, 2) = 2! 1! / 4!; B(1/2, 1/2) = pi; B(1, b) = 1 / b.
        assert!((ln_beta(3.0, 2.0) + 12_f64.ln()).abs() < 1e-14);
        assert!((ln_beta(0.5, 0.5) - std::f64::consts::PI.ln()).abs() < 1e-14);
        for b in [1e-3, 1.0, 1e6, 1e15, 1e22] {
            assert!((ln_beta(1.0, b) + b.ln()).abs() < 1e-13 * b.ln().abs().max(1.0), "{b}");
        }
    }

    #[test]
    fn the_kernel_is_the_binomial_term() {
        let expected = 12.0 * 0.25_f64.powi(3) * 0.75_f64.powi(2);
        assert!((ln_beta_kernel(3.0, 2.0, 0.25, 0.75) - expected.ln()).abs() < 1e-14);
    }
}
