//! Against mpmath with 60 digits, and beside statrs where that is accurate.

use statrs::distribution::{ContinuousCDF, Gamma, StudentsT};
use statrs::function::{beta::beta_reg, erf};

use super::gamma::ln_gamma;
use super::golden::{
    INCOMPLETE_BETA, INCOMPLETE_GAMMA, LN_GAMMA, NORMAL_QUANTILE, NORMAL_SF, STUDENT_QUANTILE, STUDENT_SF,
};
use super::*;

/// The worst relative error, and where; NaN is the worst of all.
fn worst<T: std::fmt::Debug>(checks: impl IntoIterator<Item = (T, f64, f64)>) -> (f64, String) {
    let mut worst = (0.0, String::new());
    for (place, want, have) in checks {
        let error = if want.to_bits() == have.to_bits() { 0.0 } else { ((have - want) / want).abs() };
        if error.is_nan() || error > worst.0 {
            worst = (if error.is_nan() { f64::INFINITY } else { error }, format!("{place:?}: {have} for {want}"));
        }
    }
    println!("{worst:?}");
    worst
}

#[test]
fn normal_tails_have_fifteen_digits() {
    let (error, place) = worst(NORMAL_SF.iter().map(|&(z, want)| (z, want, normal_sf(z))));
    assert!(error < 1e-15, "{error:e} at {place}");
    assert_eq!((normal_sf(1e300), normal_cdf(1e300)), (0.0, 1.0));
}

#[test]
fn normal_quantiles_have_fifteen_digits() {
    let (error, place) = worst(NORMAL_QUANTILE.iter().map(|&(upper, want)| (upper, want, normal_quantile(upper))));
    assert!(error < 1e-15, "{error:e} at {place}");
}

#[test]
fn both_incomplete_gamma_functions_have_thirteen_digits() {
    for side in [0, 1] {
        let (error, place) = worst(INCOMPLETE_GAMMA.iter().map(|&(a, x, lower, upper)| {
            let (below, above) = incomplete_gamma(a, x);
            if side == 0 { ((a, x), lower, below) } else { ((a, x), upper, above) }
        }));
        assert!(error < 1e-13, "{error:e} at {place}");
    }
}

#[test]
fn gamma_quantiles_have_thirteen_digits() {
    // Where the tail pins down x to so many digits.
    let (error, place) = worst(INCOMPLETE_GAMMA.iter().filter(|&&(a, ..)| a > 0.2).map(|&(a, x, lower, upper)| {
        let tail = if lower < upper { Tail::Lower(lower) } else { Tail::Upper(upper) };
        ((a, x, tail), x, gamma_quantile(a, tail))
    }));
    assert!(error < 1e-13, "{error:e} at {place}");
    assert!((gamma_quantile(1e-3, Tail::Lower(0.5)) / 5.244206408277979e-302 - 1.0).abs() < 1e-12);
    assert_eq!(gamma_quantile(1e-4, Tail::Lower(0.5)), 0.0);
}

#[test]
fn both_incomplete_beta_functions_have_thirteen_digits() {
    for side in [0, 1] {
        let (error, place) = worst(INCOMPLETE_BETA.iter().map(|&(a, b, x, lower, upper)| {
            let (below, above) = incomplete_beta(a, b, x);
            if side == 0 { ((a, b, x), lower, below) } else { ((a, b, x), upper, above) }
        }));
        assert!(error < 1e-13, "{error:e} at {place}");
    }
}

#[test]
fn student_tails_have_thirteen_digits() {
    let (error, place) = worst(STUDENT_SF.iter().map(|&(t, df, want)| ((t, df), want, student_sf(t, df))));
    assert!(error < 1e-13, "{error:e} at {place}");
    assert_eq!(student_sf(0.0, 3.0), 0.5);
}

#[test]
fn student_quantiles_have_thirteen_digits() {
    let (error, place) =
        worst(STUDENT_QUANTILE.iter().map(|&(upper, df, want)| ((upper, df), want, student_quantile(upper, df))));
    assert!(error < 1e-13, "{error:e} at {place}");
    assert_eq!(student_quantile(0.5, 3.0), 0.0);
    assert!(student_quantile(1e-300, 0.1).is_finite());
}

#[test]
fn logarithms_of_factorials_have_fifteen_digits() {
    let (error, place) = worst(LN_GAMMA.iter().map(|&(x, want)| (x, want, ln_gamma(x))));
    assert!(error < 1e-15, "{error:e} at {place}");
}

#[test]
fn statrs_agrees_in_the_middle() {
    for df in [1.0, 3.0, 11.0] {
        let peer = StudentsT::new(0.0, 1.0, df).unwrap();
        for t in [-1.5, -0.2, 0.7, 2.0] {
            assert!((peer.sf(t) / student_sf(t, df) - 1.0).abs() < 1e-11, "{t} {df}");
            assert!((beta_reg(df, 2.5, 0.3) / incomplete_beta(df, 2.5, 0.3).0 - 1.0).abs() < 1e-11);
        }
        let peer = Gamma::new(df, 1.0).unwrap();
        for x in [0.5, 2.0, 12.0] {
            assert!((peer.cdf(x) / incomplete_gamma(df, x).0 - 1.0).abs() < 1e-11, "{x} {df}");
            assert!((chi_squared_sf(2.0 * x, 2.0 * df) / peer.sf(x) - 1.0).abs() < 1e-11, "{x} {df}");
        }
    }
    // Its erfc has eleven digits here.
    let ratio = erf::erfc(1.0) / 2.0 / normal_sf(2.0_f64.sqrt());
    assert!((ratio - 1.0).abs() < 1e-10, "{ratio}");
}

#[test]
fn extremes_give_numbers() {
    for a in [1e-300, 1e-3, 1.0, 1e8, 1e15, 1e19] {
        for x in [0.0, 5e-324, 1e-300, 1e-3, 1.0, 1e8, 1e19, 1e300] {
            let (below, above) = incomplete_gamma(a, x);
            assert!((0.0..=1.0).contains(&below) && (0.0..=1.0).contains(&above), "{a} {x}: {below} {above}");
        }
        for p in [1e-300, 0.3, 0.999] {
            for tail in [Tail::Lower(p), Tail::Upper(p)] {
                let x = gamma_quantile(a, tail);
                assert!(x.is_finite() && x >= 0.0, "{a} {tail:?}: {x}");
            }
        }
    }
    for df in [1e-2, 0.5, 1.0, 1e9, 1e15] {
        for t in [5e-324, 1e-160, 1.0, 1e160, 1e308] {
            assert!((0.0..=0.5).contains(&student_sf(t, df)), "{t} {df}");
        }
    }
}

#[test]
fn poisson_probabilities_are_those_of_the_definition() {
    for (events, mean) in [(0.0, 3.5), (1.0, 0.01), (7.0, 3.5), (20.0, 60.0), (60.0, 20.0)] {
        let plain = events * libm::log(mean) - mean - ln_gamma(events + 1.0);
        assert!((ln_poisson(events, mean) - plain).abs() < 1e-13 * plain.abs(), "{events} {mean}");
    }
}

#[test]
fn negative_binomial_probabilities_are_those_of_the_definition() {
    for alpha in [1e-3, 0.4, 1.0, 7.0] {
        for (events, mean) in [(0.0, 3.5), (1.0, 0.01), (7.0, 3.5), (300.0, 60.0)] {
            let size: f64 = 1.0 / alpha;
            let plain = ln_gamma(events + size) - ln_gamma(size) - ln_gamma(events + 1.0)
                + events * libm::log(alpha * mean)
                - (events + size) * libm::log1p(alpha * mean);
            let got = ln_negative_binomial(events, mean, alpha);
            assert!((got - plain).abs() < 1e-11 * plain.abs().max(1.0), "{alpha} {events} {mean}: {got} {plain}");
        }
    }
    // It meets the Poisson law.
    assert!((ln_negative_binomial(9.0, 5.0, 1e-17) - ln_poisson(9.0, 5.0)).abs() < 1e-15);
}

#[test]
fn a_quantile_takes_few_steps() {
    // Rounding must not throw the last step out of its bracket, and the search back to a bisection.
    for i in 0..1_000_u32 {
        let a = 0.5 + f64::from(i);
        let steps = std::cell::Cell::new(0_u32);
        newton::solve(a, 0.025, true, |x| {
            steps.set(steps.get() + 1);
            let (below, _) = incomplete_gamma(a, x);
            (below, saddle::gamma_kernel(a, x))
        });
        assert!(steps.get() <= 12, "{a}: {}", steps.get());
    }
}
