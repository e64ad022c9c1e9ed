//! The incomplete gamma function, the chi-squared distribution, and logarithms of factorials.

use statrs::function::gamma::{gamma_lr, gamma_ur};

/// `(P(a, x), Q(a, x))`, the regularised incomplete gamma functions, for finite `a > 0` and `x >= 0`.
pub(crate) fn incomplete_gamma(a: f64, x: f64) -> (f64, f64) {
    (gamma_lr(a, x), gamma_ur(a, x))
}

/// `P(X > x)` for `X` chi-squared with `df` degrees of freedom.
pub(crate) fn chi_squared_sf(x: f64, df: f64) -> f64 {
    incomplete_gamma(df / 2.0, (x / 2.0).max(0.0)).1
}

/// `ln Gamma(x)` for `x > 0`.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}
