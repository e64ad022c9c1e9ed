//! Densities without cancellation (Loader, "Fast and accurate computation of binomial probabilities", 2000), their
//! exponents in twice the precision.

use std::f64::consts::TAU;

use super::twofold::{Twofold, atanh_rest, polynomial};

/// `x^a y^b / B(a, b)` for positive `a` and `b` and `0 < x < 1`, `y = 1 - x`.
///
/// By hand, since the difference of three logarithms of gamma functions, as in statrs, has lost half of the
/// digits once `a + b` is a million.
pub(super) fn beta_kernel(a: f64, b: f64, x: Twofold, y: Twofold) -> f64 {
    if x.high <= 0.0 || y.high <= 0.0 {
        return 0.0;
    }
    let n = Twofold::sum(a, b);
    let rest = stirling_rest(n.high) - stirling_rest(a) - stirling_rest(b);
    let apart = deviance(Twofold::of(a), n.times(x)).plus(deviance(Twofold::of(b), n.times(y)));
    Twofold::of(rest).minus(apart).exp() * (a / TAU * (b / n.high)).sqrt()
}

/// `x^a e^-x / Gamma(a)` for positive `a` and `x`.
pub(super) fn gamma_kernel(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let apart = deviance(Twofold::of(a), Twofold::of(x));
    Twofold::of(-stirling_rest(a)).minus(apart).exp() * (a / TAU).sqrt()
}

/// What Stirling's formula leaves out: `ln Gamma(z + 1) - (z + 1/2) ln z + z - ln(2 pi) / 2`, for `z > 0`.
pub(super) fn stirling_rest(z: f64) -> f64 {
    const SERIES_FROM: f64 = 16.0;
    if z >= SERIES_FROM {
        return stirling_series(z);
    }
    let doubled = 2.0 * z;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 32")]
    let index = doubled as usize;
    let known = HALVES.get(index.wrapping_sub(1)).filter(|_| doubled.trunc().to_bits() == doubled.to_bits());
    if let Some(rest) = known {
        return *rest;
    }
    // rest(z) = rest(z + 1) + (z + 1/2) ln((z + 1) / z) - 1, summed from the least term.
    let mut steps = (SERIES_FROM - z).ceil();
    let mut sum = stirling_series(z + steps);
    while steps >= 1.0 {
        steps -= 1.0;
        sum += stirling_step(z + steps);
    }
    sum
}

fn stirling_series(z: f64) -> f64 {
    let terms = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0];
    polynomial(&terms, 1.0 / (z * z)) / z
}

/// `(z + 1/2) ln((z + 1) / z) - 1`
fn stirling_step(z: f64) -> f64 {
    let ratio = 1.0 / (2.0 * z + 1.0);
    if ratio < 0.17 { atanh_rest(ratio * ratio) } else { (z + 0.5) * (libm::log1p(z) - libm::log(z)) - 1.0 }
}

/// `x ln(x / m) + m - x`: at least 0, and 0 for `x = m`.
pub(super) fn deviance(x: Twofold, m: Twofold) -> Twofold {
    let (difference, sum) = (x.minus(m), x.plus(m));
    if difference.high.abs() >= 0.15 * sum.high {
        return x.times(x.ln().minus(m.ln())).minus(difference);
    }
    // The series of Loader's bd0, whose terms do not cancel: (x - m) r + 2 x (atanh r - r), r = (x - m) / (x + m).
    let ratio = difference.over(sum);
    let tail = 2.0 * x.high * ratio.high * atanh_rest(ratio.high * ratio.high);
    difference.times(ratio).plus(Twofold::of(tail))
}

/// [`stirling_rest`] at 0.5, 1, ..., 16.
const HALVES: [f64; 32] = [
    0.15342640972002736,
    0.08106146679532726,
    0.05481412105191765,
    0.0413406959554093,
    0.03316287351993629,
    0.02767792568499834,
    0.023746163656297496,
    0.020790672103765093,
    0.018488450532673187,
    0.016644691189821193,
    0.015134973221917378,
    0.013876128823070748,
    0.012810465242920227,
    0.01189670994589177,
    0.011104559758206917,
    0.010411265261972096,
    0.009799416126158804,
    0.009255462182712733,
    0.008768700134139386,
    0.00833056343336287,
    0.00793411456431402,
    0.007573675487951841,
    0.007244554301320383,
    0.00694284010720953,
    0.006665247032707682,
    0.006408994188004207,
    0.006171712263039458,
    0.0059513701127588475,
    0.0057462165130101155,
    0.005554733551962801,
    0.005375599032926835,
    0.0052076559196096404,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(a: f64, b: f64, x: f64) -> f64 {
        beta_kernel(a, b, Twofold::of(x), Twofold::sum(1.0, -x))
    }

    #[test]
    fn the_kernel_is_the_binomial_term() {
        // x B(3, 2)^-1 = 12; 0.25^3 0.75^2 x 12.
        let expected = 12.0 * 0.25_f64.powi(3) * 0.75_f64.powi(2);
        assert!((kernel(3.0, 2.0, 0.25) / expected - 1.0).abs() < 1e-15);
    }

    #[test]
    fn all_forms_of_the_rest_meet() {
        for (index, known) in HALVES.iter().enumerate() {
            let z = crate::sample::float(index + 1) / 2.0;
            let beside = stirling_rest(z * (1.0 + f64::EPSILON));
            // The rest is an exponent: its absolute error counts.
            assert!((beside - known).abs() < 6e-16, "{z}: {beside} {known}");
        }
        assert!((stirling_series(16.0) / HALVES[31] - 1.0).abs() < 2e-15);
    }

    #[test]
    fn both_forms_of_the_deviance_meet() {
        for x in [0.7, 0.739, 0.75] {
            let plain = x * libm::log(x) + 1.0 - x;
            let got = deviance(Twofold::of(x), Twofold::of(1.0)).round();
            assert!((got - plain).abs() < 2e-16, "{x}: {got} {plain}");
        }
    }
}
