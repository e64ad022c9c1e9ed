//! Student's t distribution, through the incomplete beta function.

use std::f64::consts::TAU;

use super::beta::incomplete_beta_between;
use super::newton::solve;
use super::normal::normal_quantile;
use super::saddle::stirling_rest;
use super::twofold::Twofold;

/// `P(T > t)` for `T` with `df > 0` degrees of freedom: small tails keep their digits.
pub(crate) fn student_sf(t: f64, df: f64) -> f64 {
    let (_, tail) = centre_and_tail(t.abs(), df);
    if t > 0.0 { tail } else { 1.0 - tail }
}

/// `(P(0 < T < t), P(T > t))` for `t >= 0`.
fn centre_and_tail(t: f64, df: f64) -> (f64, f64) {
    /// Beyond this many roots of `df`, one term of the tail's series is exact to rounding.
    const FAR: f64 = 1e12;
    let scaled = t / df.sqrt();
    if scaled > FAR {
        // (1/2) I_x(df/2, 1/2) ~ x^(df/2) / (df B(df/2, 1/2)), x = df / t^2.
        let tail = libm::pow(1.0 / scaled, df) * density_at_0(df) / df.sqrt();
        return (0.5 - tail, tail);
    }
    if t <= 0.0 {
        return (0.0, 0.5);
    }
    let square = Twofold::product(t, t);
    if square.high < 1e-290 {
        // A product so small is not exact.
        return (t * density_at_0(df), 0.5);
    }
    // I_{df / (df + t^2)}(df/2, 1/2) is the probability of both tails.
    let sum = square.plus(Twofold::of(df));
    let (tails, centre) = incomplete_beta_between(df / 2.0, 0.5, Twofold::of(df).over(sum), square.over(sum));
    (centre / 2.0, tails / 2.0)
}

/// The density at 0: `Gamma((df + 1) / 2) / (Gamma(df / 2) sqrt(pi df))`.
fn density_at_0(df: f64) -> f64 {
    let half = df / 2.0;
    // By Stirling's formula for both gamma functions and what it leaves out of each.
    let exponent = stirling_rest(half + 0.5) - stirling_rest(half) + half * libm::log1p(0.5 / half) - 0.5;
    libm::exp(exponent) / TAU.sqrt()
}

/// The `t` with `P(T > t) = upper`, for `upper` in `(0, 1)` and `df > 0`; no larger than the largest float.
pub(crate) fn student_quantile(upper: f64, df: f64) -> f64 {
    if upper > 0.5 {
        // The difference is exact.
        return -student_quantile(1.0 - upper, df);
    }
    let centre = 0.5 - upper;
    if centre <= 0.0 {
        return 0.0;
    }
    let peak = density_at_0(df);
    let start = start(upper, df, peak);
    if start >= 1e300 {
        return start;
    }
    let slope = |t: f64| t * peak * libm::exp(-(df + 1.0) / 2.0 * libm::log1p(t / df * t));
    // By the side that has the digits.
    if upper < 0.25 {
        solve(start, upper, false, |t| (centre_and_tail(t, df).1, slope(t)))
    } else {
        solve(start, centre, true, |t| (centre_and_tail(t, df).0, slope(t)))
    }
}

/// Wallace's approximation (1959) turned round, or the first term of the tail's series where it leads too far.
fn start(upper: f64, df: f64, peak: f64) -> f64 {
    let z = normal_quantile(upper) * (8.0 * df + 3.0) / (8.0 * df + 1.0);
    let exponent = z * z / df;
    if exponent < 20.0 {
        return (df * libm::expm1(exponent)).sqrt().max(f64::MIN_POSITIVE);
    }
    let log = (libm::log(peak / upper) - 0.5 * libm::log(df)) / df + 0.5 * libm::log(df);
    if log < 709.0 { libm::exp(log) } else { f64::MAX }
}
