//! The incomplete gamma function, the chi-squared distribution, and logarithms of factorials.

use std::f64::consts::{PI, TAU};

use super::normal::erfc;
use super::saddle::{deviance, gamma_kernel};
use super::temme::COEFFICIENTS;
use super::twofold::{Twofold, polynomial};

/// `(P(a, x), Q(a, x))`, the regularised incomplete gamma functions, for finite `a > 0` and `x >= 0`; the one on the
/// side of `x` is computed directly, so that a tiny tail keeps its digits.
///
/// By hand, since `gamma_lr` and `gamma_ur` of statrs take the kernel as a difference of logarithms: off by 1e-10 for
/// an `a` of 10^5 and by 4e-8 for 10^8.
pub(crate) fn incomplete_gamma(a: f64, x: f64) -> (f64, f64) {
    /// Temme's expansion is used for parameters from here on, and `|eta|` up to `NEAR`.
    const UNIFORM_FROM: f64 = 1e3;
    const NEAR: f64 = 0.6;
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if a >= UNIFORM_FROM {
        let half_square = deviance(Twofold::of(a), Twofold::of(x));
        if half_square.high <= 0.5 * NEAR * NEAR * a {
            return uniform_expansion(a, x, half_square);
        }
    }
    if x <= a || x < 1.0 {
        let below = (gamma_kernel(a, x) / a * series(a, x)).min(1.0);
        if below < 0.9 || x >= 1.0 {
            return (below, 1.0 - below);
        }
        // A small a: nearly all is below, and the rest wants its own digits.
        return (below, small_rest(a, x));
    }
    let above = (gamma_kernel(a, x) * continued_fraction(a, x)).min(1.0);
    (1.0 - above, above)
}

/// `1 + x / (a + 1) + x^2 / ((a + 1)(a + 2)) + ...` (DLMF 8.11.4).
fn series(a: f64, x: f64) -> f64 {
    const MOST_TERMS: u32 = 100_000;
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..MOST_TERMS {
        term *= x / (a + f64::from(n));
        sum += term;
        if term <= 0.25 * f64::EPSILON * sum {
            break;
        }
    }
    sum
}

/// `Q(a, x)` by Legendre's continued fraction, divided by the kernel (DLMF 8.9.2), by the method of Lentz.
fn continued_fraction(a: f64, x: f64) -> f64 {
    const MOST_STEPS: u32 = 100_000;
    const TINY: f64 = 1e-300;
    let kept = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / kept(b);
    let mut product = d;
    for step in 1..MOST_STEPS {
        let n = f64::from(step);
        let numerator = -n * (n - a);
        b += 2.0;
        d = 1.0 / kept(numerator * d + b);
        c = kept(b + numerator / c);
        let factor = c * d;
        product *= factor;
        if (factor - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    product
}

/// `Q(a, x)` for a small `a` and `x < 1`, without the subtraction from 1:
/// `1 - x^a / Gamma(a + 1) + x^a / Gamma(a) sum_{n >= 1} (-1)^(n+1) x^n / ((a + n) n!)` (DLMF 8.7.1).
fn small_rest(a: f64, x: f64) -> f64 {
    const MOST_TERMS: u32 = 40;
    const EULER: f64 = 0.577_215_664_901_532_9;
    // ln Gamma(1 + a), and what the rounding of 1 + a takes from it by its slope, the digamma function.
    let above_1 = 1.0 + a;
    let log_gamma = ln_gamma(above_1) + (a - (above_1 - 1.0)) * (PI * PI / 6.0 * a - EULER);
    // 1 - x^a / Gamma(a + 1)
    let missing = -libm::expm1(a * libm::log(x) - log_gamma);
    let (mut sum, mut term) = (0.0, -1.0);
    for n in 1..MOST_TERMS {
        let n = f64::from(n);
        term *= -x / n;
        sum += term / (a + n);
    }
    (missing + (1.0 - missing) * a * sum).clamp(0.0, 1.0)
}

/// The uniform expansion for large `a` (Temme 1979; DLMF 8.12), `half_square = a eta^2 / 2`.
fn uniform_expansion(a: f64, x: f64, half_square: Twofold) -> (f64, f64) {
    let root = half_square.sqrt();
    let sign = if x < a { -1.0 } else { 1.0 };
    let eta = sign * root.high * (2.0 / a).sqrt();
    let sum = COEFFICIENTS.iter().rev().fold(0.0, |sum, terms| sum / a + polynomial(terms, eta));
    let correction = Twofold::of(0.0).minus(half_square).exp() / (TAU * a).sqrt() * sum;
    let near = 0.5 * erfc(root);
    if sign < 0.0 { (near - correction, 1.0 - near + correction) } else { (1.0 - near - correction, near + correction) }
}

/// `P(X > x)` for `X` chi-squared with `df > 0` degrees of freedom.
pub(crate) fn chi_squared_sf(x: f64, df: f64) -> f64 {
    incomplete_gamma(df / 2.0, (x / 2.0).max(0.0)).1
}

/// `ln Gamma(x)` for `x > 0`.
pub(super) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}
