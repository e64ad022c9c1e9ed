//! How often intervals for durations hold the truth, with some 30 % of them censored, and how often log-rank tests cry
//! wolf.

use measure_core::compare::Permutations;
use measure_core::survival::{
    Durations, Elapsed, QuantileEstimate, log_rank, log_rank_among, log_rank_permutation, restricted_mean_difference,
};
use measure_core::{Level, Probability, Seed};
use rand_chacha::ChaCha8Rng;

use crate::simulate::{error, generator, share, unit};

const RUNS: u32 = 3_000;

/// Exponential with mean 1, censored by another: the hazards are 7 to 3, so that 30 % are.
fn drawn(rng: &mut ChaCha8Rng, n: usize) -> Durations {
    let row = |_| {
        let (end, seen) = (-unit(rng).ln(), -unit(rng).ln() * 7.0 / 3.0);
        (end.min(seen), end <= seen)
    };
    Durations::new((0..n).map(row).collect::<Vec<_>>()).unwrap()
}

fn elapsed(time: f64) -> Elapsed {
    Elapsed::new(time).unwrap()
}

#[test]
fn thirty_percent_are_censored() {
    let durations = drawn(&mut generator(1), 20_000);
    let censored = durations.censored() as f64 / 20_000.0;
    assert!((censored - 0.3).abs() < error(0.3, 20_000), "{censored}");
}

#[test]
fn the_log_log_interval_at_a_time_covers() {
    for (n, allowance) in [(20, 0.02), (80, 0.01)] {
        for level in [Level::P90, Level::P95] {
            for time in [0.2_f64, 0.7, 1.2] {
                let mut rng = generator(11);
                let covered = share(RUNS, |_| {
                    let curve = drawn(&mut rng, n).kaplan_meier().unwrap();
                    let estimate = curve.survival_at(elapsed(time), level);
                    // Beyond the last observation it refuses to say.
                    estimate.is_ok_and(|estimate| estimate.interval().contains((-time).exp()))
                });
                let off = (covered - level.get()).abs();
                assert!(off < error(level.get(), RUNS) + allowance, "n = {n}, {level} at {time}: {covered}");
            }
        }
    }
}

#[test]
fn while_nothing_has_ended_the_interval_covers_all_the_same() {
    // Of 20, in one run of seven none has ended by then: the interval of lifelines, 1 to 1, misses in all of those.
    let mut rng = generator(12);
    let time: f64 = 0.1;
    let covered = share(RUNS, |_| {
        let estimate = drawn(&mut rng, 20).kaplan_meier().unwrap().survival_at(elapsed(time), Level::P95).unwrap();
        estimate.interval().contains((-time).exp())
    });
    assert!((covered - 0.95).abs() < error(0.95, RUNS) + 0.02, "{covered}");
}

#[test]
fn the_interval_of_a_quantile_covers() {
    for (p, n, allowance) in [(0.5, 25, 0.02), (0.5, 100, 0.01), (0.75, 100, 0.01)] {
        let (mut rng, truth) = (generator(13), -(1.0_f64 - p).ln());
        let holds = |found: QuantileEstimate| {
            found.lower.is_none_or(|lower| lower <= truth) && found.upper.is_none_or(|upper| truth <= upper)
        };
        let covered = share(RUNS, |_| {
            let curve = drawn(&mut rng, n).kaplan_meier().unwrap();
            holds(curve.quantile(Probability::new(p).unwrap(), Level::P95))
        });
        assert!((covered - 0.95).abs() < error(0.95, RUNS) + allowance, "{p}, n = {n}: {covered}");
    }
}

#[test]
fn the_interval_of_a_quantile_covers_with_few_observations() {
    for censored in [false, true] {
        for (p, n) in
            [(0.05, 10), (0.05, 20), (0.1, 10), (0.1, 20), (0.01, 100), (0.25, 20), (0.5, 3), (0.5, 5), (0.5, 10)]
        {
            let (mut rng, truth) = (generator(18), -(1.0_f64 - p).ln());
            let covered = share(RUNS, |_| {
                let mut durations = drawn(&mut rng, n);
                if !censored {
                    durations =
                        Durations::all_observed((0..n).map(|_| -unit(&mut rng).ln()).collect::<Vec<_>>()).unwrap();
                }
                let found = durations.kaplan_meier().unwrap().quantile(Probability::new(p).unwrap(), Level::P95);
                found.lower.is_none_or(|lower| lower <= truth) && found.upper.is_none_or(|upper| truth <= upper)
            });
            assert!(covered > 0.91 - error(0.91, RUNS), "{p}, n = {n}, censored {censored}: {covered}");
        }
    }
}

#[test]
fn the_interval_of_the_restricted_mean_covers() {
    for (n, allowance) in [(25, 0.03), (100, 0.01)] {
        let (mut rng, horizon) = (generator(14), 1.0_f64);
        let truth = 1.0 - (-horizon).exp();
        let covered = share(RUNS, |_| {
            let mean = drawn(&mut rng, n).restricted_mean(elapsed(horizon), Level::P95);
            mean.is_ok_and(|mean| mean.interval().contains(truth))
        });
        assert!((covered - 0.95).abs() < error(0.95, RUNS) + allowance, "n = {n}: {covered}");
    }
}

/// What the documentation says of few observations.
#[test]
fn with_few_observations_intervals_cover_as_documented() {
    for n in [10, 20, 40] {
        for horizon in [0.5_f64, 1.0, 1.5] {
            let (mut rng, mut means, mut hazards) = (generator(29), [0_u32; 2], [0_u32; 2]);
            for _ in 0..RUNS {
                let durations = drawn(&mut rng, n);
                if let Ok(mean) = durations.restricted_mean(elapsed(horizon), Level::P95) {
                    means[1] += 1;
                    means[0] += u32::from(mean.interval().contains(1.0 - (-horizon).exp()));
                }
                if let Ok(hazard) = durations.cumulative_hazard_at(elapsed(horizon), Level::P95) {
                    hazards[1] += 1;
                    hazards[0] += u32::from(hazard.interval().contains(horizon));
                }
            }
            let rate = |[held, of]: [u32; 2]| f64::from(held) / f64::from(of);
            let least = match n {
                10 => 0.87,
                20 => 0.91,
                _ => 0.92,
            };
            assert!(rate(means) > least - error(least, RUNS), "mean, n = {n}, to {horizon}: {}", rate(means));
            assert!(rate(hazards) > 0.92 - error(0.92, RUNS), "hazard, n = {n}, at {horizon}: {}", rate(hazards));
        }
    }
}

#[test]
fn near_the_start_the_interval_of_the_share_covers_as_documented() {
    for survival in [0.995_f64, 0.99, 0.98, 0.95] {
        for n in [20, 50, 100] {
            let (mut rng, time) = (generator(30), -survival.ln());
            let covered = share(RUNS, |_| {
                let curve = drawn(&mut rng, n).kaplan_meier().unwrap();
                curve.survival_at(elapsed(time), Level::P95).unwrap().interval().contains(survival)
            });
            assert!(covered > 0.90 - error(0.90, RUNS), "{survival}, n = {n}: {covered}");
        }
    }
}

#[test]
fn the_interval_of_a_difference_of_restricted_means_covers() {
    let (mut rng, horizon) = (generator(15), 0.7_f64);
    // The second lasts half as long.
    let truth = (1.0 - (-horizon).exp()) - 0.5 * (1.0 - (-2.0 * horizon).exp());
    let covered = share(RUNS, |_| {
        let (x, y) = (drawn(&mut rng, 60), drawn(&mut rng, 50));
        let halved = Durations::new(y.rows().map(|(time, observed)| (time / 2.0, observed))).unwrap();
        restricted_mean_difference(&x, &halved, elapsed(horizon), Level::P95)
            .is_ok_and(|difference| difference.interval().contains(truth))
    });
    assert!((covered - 0.95).abs() < error(0.95, RUNS) + 0.01, "{covered}");
}

#[test]
fn the_interval_of_a_cumulative_hazard_covers() {
    let mut rng = generator(16);
    let covered = share(RUNS, |_| {
        drawn(&mut rng, 60)
            .cumulative_hazard_at(elapsed(0.8), Level::P95)
            .is_ok_and(|hazard| hazard.interval().contains(0.8))
    });
    assert!((covered - 0.95).abs() < error(0.95, RUNS) + 0.01, "{covered}");
}

#[test]
fn a_permuted_log_rank_test_holds_its_level_with_few_ends() {
    for (n, m, runs) in [(3, 3, RUNS), (3, 30, 6_000), (5, 8, RUNS)] {
        let mut rng = generator(28);
        let (mut plain, mut dealt) = ([0_u32; 2], [0_u32; 2]);
        for run in 0..runs {
            let (x, y) = (drawn(&mut rng, n), drawn(&mut rng, m));
            let permutations = Permutations::new(999, Seed::new(u64::from(run))).unwrap();
            let (Ok(one), Ok(other)) = (log_rank(&x, &y), log_rank_permutation(&x, &y, permutations)) else { continue };
            for (at, alpha) in [0.05, 0.01].into_iter().enumerate() {
                let alpha = Probability::new(alpha).unwrap();
                plain[at] += u32::from(one.test.rejects_at(alpha));
                dealt[at] += u32::from(other.rejects_at(alpha));
            }
        }
        let rate = |alarms: u32| f64::from(alarms) / f64::from(runs);
        assert!(rate(dealt[0]) < 0.05 + error(0.05, runs) && rate(dealt[1]) < 0.01 + error(0.01, runs), "{n}/{m}");
        // Which the chi-squared distribution does not.
        assert!(rate(plain[0]) > 0.06, "{n}/{m}");
    }
}

#[test]
fn a_log_rank_test_cries_wolf_as_often_as_it_says() {
    let alpha = Probability::new(0.05).unwrap();
    let mut rng = generator(17);
    let two = share(RUNS, |_| log_rank(&drawn(&mut rng, 40), &drawn(&mut rng, 30)).unwrap().test.rejects_at(alpha));
    assert!((two - 0.05).abs() < error(0.05, RUNS) + 0.005, "{two}");
    let three = share(RUNS, |_| {
        let groups = [drawn(&mut rng, 40), drawn(&mut rng, 30), drawn(&mut rng, 30)];
        log_rank_among(&groups).unwrap().test.rejects_at(alpha)
    });
    assert!((three - 0.05).abs() < error(0.05, RUNS) + 0.005, "{three}");
    // And it finds what is there: one group lasts half as long.
    let found = share(300, |_| {
        let halved = Durations::new(drawn(&mut rng, 60).rows().map(|(time, seen)| (time / 2.0, seen))).unwrap();
        log_rank(&drawn(&mut rng, 60), &halved).unwrap().test.rejects_at(alpha)
    });
    assert!(found > 0.8, "{found}");
}
