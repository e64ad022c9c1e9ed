//! The normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI, SQRT_2};

use super::twofold::{Twofold, polynomial};

/// What [`FRAC_1_SQRT_2`] leaves out.
const FRAC_1_SQRT_2_REST: f64 = -4.833_646_656_726_457e-17;

/// `P(Z > z)` for a standard normal `Z`: small tails keep their digits. By hand, since `erfc` of statrs is off by up to
/// 1e-10.
pub(crate) fn normal_sf(z: f64) -> f64 {
    // Beyond, it is 0 or 1; within, the product cannot overflow.
    let z = z.clamp(-40.0, 40.0);
    0.5 * erfc(Twofold { high: FRAC_1_SQRT_2, low: FRAC_1_SQRT_2_REST }.times(Twofold::of(z)))
}

/// `P(Z <= z)` for a standard normal `Z`.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    normal_sf(-z)
}

/// The `z` with `P(Z > z) = upper` for a standard normal `Z`; `upper` in `(0, 1)`. To about 1e-15 relative.
///
/// By hand, since `erfc_inv` of statrs, as accurate as it is, takes the platform's logarithm.
pub(crate) fn normal_quantile(upper: f64) -> f64 {
    let off_centre = 0.5 - upper;
    if off_centre.abs() <= 0.425 {
        return central_quantile(off_centre);
    }
    if upper > 0.5 { -tail_quantile(1.0 - upper) } else { tail_quantile(upper) }
}

/// The `z` with `P(0 < Z < z) = off_centre`, within 0.425.
fn central_quantile(off_centre: f64) -> f64 {
    let r = 0.180_625 - off_centre * off_centre;
    let z = off_centre * polynomial(&CENTRE[0], r) / polynomial(&CENTRE[1], r);
    // One step of Newton's method takes out what the rational function leaves.
    let x = z * FRAC_1_SQRT_2;
    let missing = 2.0 * off_centre - libm::erf(x);
    SQRT_2 * (x + missing / (FRAC_2_SQRT_PI * libm::exp(-x * x)))
}

/// The same for `upper` below 0.075.
fn tail_quantile(upper: f64) -> f64 {
    let r = (-libm::log(upper)).sqrt();
    let z = if r <= 5.0 {
        polynomial(&TAIL[0], r - 1.6) / polynomial(&TAIL[1], r - 1.6)
    } else {
        polynomial(&FAR_TAIL[0], r - 5.0) / polynomial(&FAR_TAIL[1], r - 5.0)
    };
    let tail = normal_sf(z);
    // One step of Newton's method again.
    let density = libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt();
    if density > 0.0 { z + (tail - upper) / density } else { z }
}

/// `erfc(x)` for an `x` known to twice the precision: where it is tiny, the rounding of `x` would cost three digits.
pub(super) fn erfc(x: Twofold) -> f64 {
    libm::erfc(x.high) - FRAC_2_SQRT_PI * libm::exp(-x.high * x.high) * x.low
}

// Numerators and denominators of Wichura's PPND16 (algorithm AS 241, 1988), lowest power first.
const CENTRE: [[f64; 8]; 2] = [
    [
        3.3871328727963665,
        133.14166789178438,
        1971.5909503065513,
        13731.69376550946,
        45921.95393154987,
        67265.7709270087,
        33430.57558358813,
        2509.0809287301227,
    ],
    [
        1.0,
        42.31333070160091,
        687.1870074920579,
        5394.196021424751,
        21213.794301586597,
        39307.89580009271,
        28729.085735721943,
        5226.495278852546,
    ],
];
const TAIL: [[f64; 8]; 2] = [
    [
        1.4234371107496835,
        4.630337846156546,
        5.769497221460691,
        3.6478483247632045,
        1.2704582524523684,
        0.2417807251774506,
        0.022723844989269184,
        0.0007745450142783414,
    ],
    [
        1.0,
        2.053191626637759,
        1.6763848301838038,
        0.6897673349851,
        0.14810397642748008,
        0.015198666563616457,
        0.0005475938084995345,
        1.0507500716444169e-09,
    ],
];
const FAR_TAIL: [[f64; 8]; 2] = [
    [
        6.657904643501103,
        5.463784911164114,
        1.7848265399172913,
        0.29656057182850487,
        0.026532189526576124,
        0.0012426609473880784,
        2.7115555687434876e-05,
        2.0103343992922881e-07,
    ],
    [
        1.0,
        0.599832206555888,
        0.1369298809227358,
        0.014875361290850615,
        0.0007868691311456133,
        1.8463183175100548e-05,
        1.421511758316446e-07,
        2.0442631033899397e-15,
    ],
];
