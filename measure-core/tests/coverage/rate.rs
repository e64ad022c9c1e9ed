//! Rates: Garwood covers at least the level; a plain Poisson comparison of overdispersed counts is wrong too often, and
//! the others are not.

use measure_core::rate::{
    CountSeries, compare_negative_binomial, compare_quasi_poisson, compare_rates, compare_totals,
};
use measure_core::{Alternative, Level, Rate};
use rand_chacha::ChaCha8Rng;

use crate::simulate::{error, generator, normal, poisson, share, unit};

/// A gamma variate with mean 1 and this shape (Marsaglia and Tsang 2000).
fn gamma(rng: &mut ChaCha8Rng, shape: f64) -> f64 {
    if shape < 1.0 {
        return gamma(rng, shape + 1.0) * (shape + 1.0) / shape * unit(rng).powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    loop {
        let z = normal(rng);
        let v = (1.0 + z / (9.0 * d).sqrt()).powi(3);
        if v > 0.0 && unit(rng).ln() < 0.5 * z * z + d - d * v + d * v.ln() {
            return d * v / shape;
        }
    }
}

/// Weekly counts with this mean, and this variance over the mean.
fn weekly(rng: &mut ChaCha8Rng, weeks: usize, mean: f64, dispersion: f64) -> CountSeries {
    let shape = mean / (dispersion - 1.0);
    let counts: Vec<u64> = (0..weeks)
        .map(|_| {
            let mean = if dispersion > 1.0 { mean * gamma(rng, shape) } else { mean };
            poisson(rng, mean)
        })
        .collect();
    CountSeries::of_equal_periods(&counts).unwrap()
}

#[test]
fn garwood_covers_at_least_the_level() {
    const RUNS: u32 = 20_000;
    let mut rng = generator(1);
    for mean in [0.3, 2.0, 11.0] {
        let covered = share(RUNS, |_| {
            let rate = Rate::new(poisson(&mut rng, mean), 4.0).unwrap();
            rate.garwood(Level::P95).unwrap().interval().contains(mean / 4.0)
        });
        assert!(covered >= 0.95 - error(0.95, RUNS), "{mean}: {covered}");
    }
}

#[test]
fn the_dispersion_test_rarely_finds_what_is_not_there_and_its_interval_covers() {
    const RUNS: u32 = 10_000;
    let mut rng = generator(2);
    for (weeks, mean) in [(12, 6.0), (26, 20.0)] {
        let (mut false_alarms, mut covered) = (0.0, 0.0);
        for _ in 0..RUNS {
            let dispersion = weekly(&mut rng, weeks, mean, 1.0).dispersion(Level::P95).unwrap();
            false_alarms += f64::from(u8::from(dispersion.is_significant())) / f64::from(RUNS);
            covered += f64::from(u8::from(dispersion.index.interval().contains(1.0))) / f64::from(RUNS);
        }
        assert!((false_alarms - 0.05).abs() < 0.005 + error(0.05, RUNS), "{weeks} {mean}: {false_alarms}");
        assert!((covered - 0.95).abs() < 0.005 + error(0.95, RUNS), "{weeks} {mean}: {covered}");
    }
}

#[test]
fn a_dispersion_of_four_is_found_nine_times_in_ten_with_ten_degrees_of_freedom() {
    let mut rng = generator(3);
    let found = share(4_000, |_| weekly(&mut rng, 11, 10.0, 4.0).dispersion(Level::P95).unwrap().is_significant());
    assert!(found > 0.85, "{found}");
}

#[test]
fn the_likelihood_ratio_finds_too_much_in_four_periods_by_the_normal_distribution_and_not_by_t() {
    const RUNS: u32 = 2_000;
    let mut rng = generator(9);
    let (mut by_normal, mut by_t) = (0.0, 0.0);
    for _ in 0..RUNS {
        let (x, y) = (weekly(&mut rng, 4, 10.0, 4.8), weekly(&mut rng, 4, 10.0, 4.8));
        let test = compare_negative_binomial(&x, &y, Level::P95, Alternative::TwoSided).unwrap().test;
        by_normal += f64::from(u8::from(test.statistic().abs() > 1.959_964)) / f64::from(RUNS);
        by_t += f64::from(u8::from(test.p_value().get() <= 0.05)) / f64::from(RUNS);
    }
    println!("by the normal distribution {by_normal:.3}, by t {by_t:.3}");
    assert!(by_normal > 0.075 && by_t < 0.05 + error(0.05, RUNS), "{by_normal} {by_t}");
}

/// False alarms at 5 % of plain Poisson, quasi-Poisson, negative binomial and the choice between them.
fn false_alarms(seed: u64, runs: u32, weeks: usize, mean: f64, dispersion: f64) -> [f64; 4] {
    let mut rng = generator(seed);
    let mut wrong = [0.0; 4];
    for _ in 0..runs {
        let (x, y) = (weekly(&mut rng, weeks, mean, dispersion), weekly(&mut rng, weeks, mean, dispersion));
        let side = Alternative::TwoSided;
        let answers = [
            compare_totals(x.total(), y.total(), Level::P95, side),
            compare_quasi_poisson(&x, &y, Level::P95, side),
            compare_negative_binomial(&x, &y, Level::P95, side),
            compare_rates(&x, &y, Level::P95, side),
        ];
        for (wrong, answer) in wrong.iter_mut().zip(answers) {
            *wrong += f64::from(u8::from(answer.unwrap().test.p_value().get() <= 0.05)) / f64::from(runs);
        }
    }
    println!("{weeks} weeks, mean {mean}, dispersion {dispersion}: {wrong:?}");
    wrong
}

#[test]
fn plain_poisson_is_wrong_on_weekly_counts_and_the_others_are_not() {
    for (seed, weeks, mean, dispersion) in [(4, 12, 10.0, 4.8), (5, 26, 40.0, 27.0), (6, 8, 20.0, 5.0)] {
        let [plain, quasi, binomial, chosen] = false_alarms(seed, 1_000, weeks, mean, dispersion);
        assert!(plain > 0.15, "{plain}");
        for share in [quasi, binomial, chosen] {
            assert!((share - 0.05).abs() < 0.01 + error(0.05, 1_000), "{weeks} {mean} {dispersion}: {share}");
        }
    }
}

#[test]
fn comparing_rates_keeps_its_level_over_all_dispersions_with_few_periods_and_many() {
    const RUNS: u32 = 4_000;
    let mut rng = generator(10);
    for weeks in [4, 6, 26] {
        for dispersion in [1.0, 1.5, 2.0, 2.5, 5.0] {
            let (mut wrong, mut missed) = (0.0, 0.0);
            for _ in 0..RUNS {
                let (x, y) = (weekly(&mut rng, weeks, 10.0, dispersion), weekly(&mut rng, weeks, 10.0, dispersion));
                let answer = compare_rates(&x, &y, Level::P95, Alternative::TwoSided).unwrap();
                wrong += f64::from(u8::from(answer.test.p_value().get() <= 0.05)) / f64::from(RUNS);
                let held = answer.ratio.is_ok_and(|ratio| ratio.interval().contains(1.0));
                missed += f64::from(u8::from(!held)) / f64::from(RUNS);
            }
            println!("{weeks} weeks, dispersion {dispersion}: {wrong:.4} {missed:.4}");
            for share in [wrong, missed] {
                assert!(share <= 0.052 + error(0.05, RUNS), "{weeks} {dispersion}: {share}");
                assert!(share >= 0.04 - error(0.05, RUNS), "{weeks} {dispersion}: {share}");
            }
        }
    }
}

#[test]
fn an_empty_series_raises_no_more_false_alarms() {
    const RUNS: u32 = 4_000;
    let mut rng = generator(11);
    for (weeks, mean, dispersion) in [(3, 1.0, 2.0), (12, 0.3, 5.0)] {
        let wrong = share(RUNS, |_| {
            let (x, y) = (weekly(&mut rng, weeks, mean, dispersion), weekly(&mut rng, weeks, mean, dispersion));
            let answer = compare_rates(&x, &y, Level::P95, Alternative::TwoSided).unwrap();
            answer.test.p_value().get() <= 0.05
        });
        println!("{weeks} weeks of mean {mean}, dispersion {dispersion}: {wrong:.4}");
        assert!(wrong < 0.05, "{weeks} {mean} {dispersion}: {wrong}");
    }
}

#[test]
fn intervals_of_a_ratio_cover_it() {
    const RUNS: u32 = 1_000;
    let mut rng = generator(7);
    let mut covered = [0.0; 3];
    for _ in 0..RUNS {
        let (x, y) = (weekly(&mut rng, 12, 15.0, 4.0), weekly(&mut rng, 12, 10.0, 4.0));
        let side = Alternative::TwoSided;
        let answers = [
            compare_quasi_poisson(&x, &y, Level::P95, side),
            compare_negative_binomial(&x, &y, Level::P95, side),
            compare_rates(&x, &y, Level::P95, side),
        ];
        for (covered, answer) in covered.iter_mut().zip(answers) {
            let interval = answer.unwrap().ratio.unwrap().interval();
            *covered += f64::from(u8::from(interval.contains(1.5))) / f64::from(RUNS);
        }
    }
    println!("{covered:?}");
    for share in covered {
        assert!((share - 0.95).abs() < 0.01 + error(0.95, RUNS), "{share}");
    }
}

#[test]
fn the_exact_interval_of_a_ratio_covers_at_least_the_level() {
    const RUNS: u32 = 5_000;
    let mut rng = generator(8);
    let covered = share(RUNS, |_| {
        let rate = |events, exposure| Rate::new(events, exposure).unwrap();
        let (x, y) = (rate(poisson(&mut rng, 6.0), 2.0), rate(poisson(&mut rng, 9.0), 1.5));
        match compare_totals(x, y, Level::P95, Alternative::TwoSided).unwrap().ratio {
            Ok(ratio) => ratio.interval().contains(3.0 / 6.0),
            // No events in the second: a ratio that is never too small.
            Err(_) => true,
        }
    });
    assert!(covered >= 0.95 - error(0.95, RUNS), "{covered}");
}
