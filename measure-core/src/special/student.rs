//! Student's t distribution, through the incomplete beta function.

use super::beta::incomplete_beta;
use super::quantile::{Tail, beta_quantile};

/// `P(T > t)` for `T` with `df > 0` degrees of freedom: small tails keep their digits.
pub(crate) fn student_sf(t: f64, df: f64) -> f64 {
    let square = t * t;
    // I_{df / (df + t^2)}(df/2, 1/2) is the probability of both tails.
    let both = if square <= df {
        incomplete_beta(0.5, df / 2.0, square / (df + square)).1
    } else {
        incomplete_beta(df / 2.0, 0.5, df / (df + square)).0
    };
    if t > 0.0 { both / 2.0 } else { 1.0 - both / 2.0 }
}

/// The `t` with `P(T > t) = upper`, for `upper` in `(0, 1)` and `df > 0`.
pub(crate) fn student_quantile(upper: f64, df: f64) -> f64 {
    if upper > 0.5 {
        return -student_quantile(1.0 - upper, df);
    }
    // t^2 / (df + t^2) ~ Beta(1/2, df/2).
    let x = beta_quantile(df / 2.0, 0.5, Tail::Lower(2.0 * upper));
    (df * (1.0 - x) / x).sqrt()
}
