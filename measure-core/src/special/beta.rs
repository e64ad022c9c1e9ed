//! The regularised incomplete beta function and its complement.

use std::f64::consts::TAU;

use super::normal::erfc;
use super::saddle::{beta_kernel, deviance};
use super::twofold::Twofold;

/// From here on, with both parameters as large, the first term of Temme's expansion is accurate to about 1e-13, and
/// the continued fraction would take a million steps near the mean.
const LARGE: f64 = 1e12;

/// `(I_x(a, b), 1 - I_x(a, b))` for positive finite `a` and `b` and `0 <= x <= 1`; the one on the side of `x` is
/// computed directly, so that a tiny tail keeps its digits.
///
/// By hand, since statrs stops its continued fraction after 140 steps (too few from `a` of some ten thousand on)
/// and offers no complement.
pub(crate) fn incomplete_beta(a: f64, b: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x >= 1.0 {
        return (1.0, 0.0);
    }
    incomplete_beta_between(a, b, Twofold::of(x), Twofold::sum(1.0, -x))
}

/// The same for `x` and `y = 1 - x`, both above 0, to twice the precision: for an `x` so near to an end that no float
/// says how near.
pub(super) fn incomplete_beta_between(a: f64, b: f64, x: Twofold, y: Twofold) -> (f64, f64) {
    if a.min(b) >= LARGE {
        return uniform_expansion(a, b, x, y);
    }
    // (a + b) (mean - x)
    let distance = Twofold::of(a).times(y).minus(Twofold::of(b).times(x)).round();
    let kernel = beta_kernel(a, b, x, y);
    if distance >= 0.0 {
        let below = (kernel * continued_fraction(a, b, x.high, y.high, distance)).min(1.0);
        (below, 1.0 - below)
    } else {
        let above = (kernel * continued_fraction(b, a, y.high, x.high, -distance)).min(1.0);
        (1.0 - above, above)
    }
}

/// `I_x(a, b)` divided by the kernel, for `x` at most the mean: the continued fraction BFRAC of Didonato and Morris
/// (TOMS 708, 1992), which takes `x`, `y = 1 - x` and `distance = a y - b x` and so loses no digits to `x` near 1.
fn continued_fraction(a: f64, b: f64, x: f64, y: f64, distance: f64) -> f64 {
    const MOST_STEPS: u32 = 2_000_000;
    let (c, c0, c1) = (distance + 1.0, b / a, 1.0 / a + 1.0);
    let (mut p, mut s) = (1.0, a + 1.0);
    // Two convergents, scaled so that the last denominator is 1.
    let (mut numerator, mut denominator) = (0.0, c1 / c);
    let mut result = c1 / c;
    for step in 1..MOST_STEPS {
        let n = f64::from(step);
        let (t, w) = (n / a, n * (b - n) * x);
        let e = a / s;
        let alpha = p * (p + c0) * e * e * (w * x);
        let e = (t + 1.0) / (c1 + t + t);
        let beta = n + w / s + e * (c + n * (y + 1.0));
        p = t + 1.0;
        s += 2.0;
        let next_numerator = alpha * numerator + beta * result;
        let next_denominator = alpha * denominator + beta;
        let next = next_numerator / next_denominator;
        let settled = (next - result).abs() <= f64::EPSILON * next;
        (numerator, denominator, result) = (result / next_denominator, 1.0 / next_denominator, next);
        if settled {
            break;
        }
    }
    result
}

/// The uniform expansion for large `a` and `b`, to its first term (Temme 1982; DLMF 8.18.9).
fn uniform_expansion(a: f64, b: f64, x: Twofold, y: Twofold) -> (f64, f64) {
    let n = Twofold::sum(a, b);
    let mean = a / n.high;
    // n eta^2 / 2, free of cancellation.
    let half_square = deviance(Twofold::of(a), n.times(x)).plus(deviance(Twofold::of(b), n.times(y)));
    let distance = Twofold::of(b).times(x).minus(Twofold::of(a).times(y)).round();
    let sign = if distance < 0.0 { -1.0 } else { 1.0 };
    let root = half_square.sqrt();
    let spread = (mean * (b / n.high)).sqrt();
    let eta = sign * root.high * (2.0 / n.high).sqrt();
    let away = distance / n.high;
    let correction = if away.abs() < 1e-3 * mean.min(b / n.high) {
        // Two terms of its series around the mean, where the difference of the two poles would cancel.
        let (p, q) = (mean, b / n.high);
        let skew = 2.0 / 3.0 * p * q * (1.0 / (q * q) - 1.0 / (p * p));
        let curve = 0.5 * p * q * (1.0 / (p * p * p) + 1.0 / (q * q * q));
        spread * (-skew / 2.0 + (0.375 * skew * skew - curve / 2.0) * away)
    } else {
        1.0 / eta - spread / away
    };
    let density = Twofold::of(0.0).minus(half_square).exp() / (TAU * n.high).sqrt() * correction;
    let near = 0.5 * erfc(root);
    if sign < 0.0 { (near + density, 1.0 - near - density) } else { (1.0 - near + density, near - density) }
}
