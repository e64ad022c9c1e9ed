//! The beta density without cancellation (Loader, "Fast and accurate computation of binomial probabilities", 2000).

use std::f64::consts::TAU;

use statrs::function::gamma::ln_gamma;

/// `x^a (1-x)^b / B(a, b)` for positive `a` and `b` and `0 < x < 1`.
///
/// By hand, since the difference of three logarithms of gamma functions, as in statrs, has lost half of the
/// digits once `a + b` is a million.
pub(super) fn beta_kernel(a: f64, b: f64, x: f64) -> f64 {
    let n = a + b;
    let exponent =
        stirling_rest(n) - stirling_rest(a) - stirling_rest(b) - deviance(a, n * x) - deviance(b, n * (1.0 - x));
    exponent.exp() * (a / TAU.sqrt() * b / n).sqrt() / TAU.sqrt().sqrt()
}

/// What Stirling's formula leaves out: `ln Gamma(z + 1) - (z + 1/2) ln z + z - ln(2 pi) / 2`, for `z > 0`.
pub(super) fn stirling_rest(z: f64) -> f64 {
    if z < 16.0 {
        return ln_gamma(z + 1.0) - (z + 0.5) * z.ln() + z - 0.5 * TAU.ln();
    }
    let square = z * z;
    let inner = 1.0 / 1260.0 - (1.0 / 1680.0 - (1.0 / 1188.0 - 691.0 / 360_360.0 / square) / square) / square;
    (1.0 / 12.0 - (1.0 / 360.0 - inner / square) / square) / z
}

/// `x ln(x / m) + m - x`: at least 0, and 0 for `x = m`.
pub(super) fn deviance(x: f64, m: f64) -> f64 {
    let difference = x - m;
    if difference.abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() - difference;
    }
    // The series of Loader's bd0, whose terms do not cancel.
    let ratio = difference / (x + m);
    let square = ratio * ratio;
    let mut sum = difference * ratio;
    let mut term = 2.0 * x * ratio;
    let mut odd = 1.0;
    loop {
        term *= square;
        odd += 2.0;
        let next = sum + term / odd;
        // Each term is at most a hundredth of the one before: a dozen steps at most.
        if next.to_bits() == sum.to_bits() || odd > 99.0 {
            return next;
        }
        sum = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_the_binomial_term() {
        // x B(3, 2)^-1 = 12; 0.25^3 0.75^2 x 12.
        let expected = 12.0 * 0.25_f64.powi(3) * 0.75_f64.powi(2);
        assert!((beta_kernel(3.0, 2.0, 0.25) / expected - 1.0).abs() < 1e-14);
    }

    #[test]
    fn both_forms_of_the_rest_meet() {
        let (below, above) = (stirling_rest(15.999_999_999), stirling_rest(16.0));
        assert!((below - above).abs() < 1e-12, "{below} {above}");
    }

    #[test]
    fn both_forms_of_the_deviance_meet() {
        let (x, m): (f64, f64) = (1.0, 0.82);
        assert!((deviance(x, m) - (x * (x / m).ln() + m - x)).abs() < 1e-15);
    }
}
