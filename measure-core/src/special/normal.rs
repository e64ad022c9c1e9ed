//! The normal distribution.

use std::f64::consts::FRAC_1_SQRT_2;

/// `P(Z > z)` for a standard normal `Z`: small tails keep their digits.
pub(crate) fn normal_sf(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

/// `P(Z <= z)` for a standard normal `Z`.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    normal_sf(-z)
}
