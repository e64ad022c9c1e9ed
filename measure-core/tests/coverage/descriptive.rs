//! How often intervals for quantiles hold the truth.

use measure_core::descriptive::quantile_interval;
use measure_core::{Level, Probability, Proportion, Sample};

use crate::simulate::{error, generator, share, unit};

#[test]
fn order_statistics_hold_a_quantile_at_least_as_often_as_they_say_whatever_the_distribution() {
    const RUNS: u32 = 4_000;
    let mut rng = generator(1);
    for (n, q, level) in [(12, 0.5, Level::P90), (40, 0.9, Level::P95), (60, 0.25, Level::P80)] {
        let at = Probability::new(q).unwrap();
        // Durations in whole minutes, with many ties: the least m with P(X <= m) >= q.
        let minutes = |u: f64| (-30.0 * (1.0 - u).ln()).ceil();
        let (truth, tied) = (-(1.0 - q).ln(), minutes(q));
        let smooth = share(RUNS, |_| {
            let sample = Sample::new((0..n).map(|_| -unit(&mut rng).ln()).collect()).unwrap();
            quantile_interval(&sample, at, level).unwrap().interval().contains(truth)
        });
        assert!(smooth > level.get() - error(level.get(), RUNS), "{n} {q} {level}: {smooth}");
        let lumpy = share(RUNS, |_| {
            let sample = Sample::new((0..n).map(|_| minutes(unit(&mut rng))).collect()).unwrap();
            quantile_interval(&sample, at, level).unwrap().interval().contains(tied)
        });
        assert!(lumpy > level.get() - error(level.get(), RUNS), "{n} {q} {level}: {lumpy}");
    }
}

#[test]
fn order_statistics_hold_a_quantile_at_least_as_often_as_they_say_by_adding_up() {
    for n in 1..=150_u32 {
        let ranks = Sample::new((1..=n).map(f64::from).collect()).unwrap();
        for q in [0.01, 0.1, 0.5, 0.75, 0.95] {
            let at = Probability::new(q).unwrap();
            for level in [Level::new(0.1).unwrap(), Level::P80, Level::P95, Level::P99] {
                let Ok(estimate) = quantile_interval(&ranks, at, level) else {
                    let misses = q.powi(n as i32) + (1.0 - q).powi(n as i32);
                    assert!(misses > level.outside() * (1.0 - 1e-9), "{n} {q} {level}");
                    continue;
                };
                // Of n observations as many as the lower rank and fewer than the upper are below.
                let (lower, upper) = (estimate.interval().lower() as u64, estimate.interval().upper() as u64);
                let tail = |k: u64| Proportion::new(k, u64::from(n)).unwrap().tail_at_least(at).get();
                let covered = tail(lower) - tail(upper);
                assert!(covered >= level.get() - 1e-12, "{n} {q} {level}: {covered}");
            }
        }
    }
}
