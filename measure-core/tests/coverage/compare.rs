//! Comparisons of two samples: coverage, false alarms, errors at the margin, and the power of the sizes asked for.

use measure_core::bootstrap::{Bootstrap, Statistic};
use measure_core::compare::{
    Equivalence, Margin, Permutations, Question, Sameness, Verdict, compare, equivalence_by_means,
    equivalence_by_ranks, geometric_mean_ratio, kolmogorov_smirnov, mann_whitney, mann_whitney_sample_size,
    permutation_test, quantile_difference, welch, welch_test,
};
use measure_core::{Alternative, Error, Level, PositiveSample, Probability, Sample, Seed};
use rand_chacha::ChaCha8Rng;

use crate::simulate::{error, generator, normal, share};

fn normals(rng: &mut ChaCha8Rng, n: usize, mean: f64, deviation: f64) -> Sample {
    Sample::new((0..n).map(|_| mean + deviation * normal(rng)).collect()).unwrap()
}

fn lognormals(rng: &mut ChaCha8Rng, n: usize, log: f64, deviation: f64) -> PositiveSample {
    PositiveSample::try_from((0..n).map(|_| (log + deviation * normal(rng)).exp()).collect::<Vec<_>>()).unwrap()
}

#[test]
fn welch_covers_whatever_the_two_variances_are() {
    for (seed, (n, m, ratio)) in [(12, 12, 1.0), (6, 20, 3.0), (20, 6, 3.0), (40, 5, 0.5)].into_iter().enumerate() {
        let mut rng = generator(seed as u64);
        let runs = 4_000;
        let covered = share(runs, |_| {
            let (x, y) = (normals(&mut rng, n, 3.0, ratio), normals(&mut rng, m, 1.0, 1.0));
            welch(&x, &y, Level::P95).unwrap().interval().contains(2.0)
        });
        // Satterthwaite's degrees of freedom are an approximation: good to half a point at such sizes.
        assert!((covered - 0.95).abs() < error(0.95, runs) + 0.005, "{n} {m} {ratio}: {covered}");
    }
}

#[test]
fn welch_raises_as_many_false_alarms_as_it_says() {
    let (mut rng, runs) = (generator(11), 4_000);
    let alarms = share(runs, |_| {
        let (x, y) = (normals(&mut rng, 9, 0.0, 3.0), normals(&mut rng, 25, 0.0, 1.0));
        welch_test(&x, &y, Alternative::TwoSided).unwrap().p_value().get() <= 0.05
    });
    assert!((alarms - 0.05).abs() < error(0.05, runs) + 0.005, "{alarms}");
}

#[test]
fn the_ratio_of_geometric_means_covers_for_durations() {
    let (mut rng, runs) = (generator(1), 4_000);
    for level in [Level::P80, Level::P95] {
        let covered = share(runs, |_| {
            let (x, y) = (lognormals(&mut rng, 15, 1.0, 1.2), lognormals(&mut rng, 25, 0.5, 0.8));
            geometric_mean_ratio(&x, &y, level).unwrap().interval().contains(0.5_f64.exp())
        });
        assert!((covered - level.get()).abs() < error(level.get(), runs) + 0.005, "{level}: {covered}");
    }
}

#[test]
fn kolmogorov_smirnov_raises_no_more_false_alarms_than_it_says_with_and_without_ties() {
    let (mut rng, runs) = (generator(2), 3_000);
    for rounded in [false, true] {
        let mut draw = |n: usize| {
            let draw = normals(&mut rng, n, 0.0, 1.0);
            let round = |value: &f64| if rounded { (value * 2.0).round() / 2.0 } else { *value };
            Sample::new(draw.values().iter().map(round).collect()).unwrap()
        };
        let alarms = share(runs, |_| {
            kolmogorov_smirnov(&draw(20), &draw(31), Alternative::TwoSided).unwrap().p_value().get() <= 0.05
        });
        // D takes few values: the level is not used up, but more of it than half.
        assert!(alarms <= 0.05 + error(0.05, runs) && alarms > 0.025, "{rounded}: {alarms}");
    }
}

#[test]
fn permutations_raise_no_more_false_alarms_than_they_say_whatever_the_distribution() {
    let (mut rng, runs) = (generator(3), 1_500);
    let permutations = Permutations::new(199, Seed::new(1)).unwrap();
    for statistic in [Statistic::Mean, Statistic::Median] {
        let alarms = share(runs, |_| {
            let (x, y) = (lognormals(&mut rng, 12, 0.0, 1.5), lognormals(&mut rng, 9, 0.0, 1.5));
            let (x, y) = (x.sample(), y.sample());
            permutation_test(x, y, statistic, Alternative::TwoSided, permutations).unwrap().p_value().get() <= 0.05
        });
        assert!(alarms <= 0.05 + error(0.05, runs) && alarms > 0.02, "{statistic:?}: {alarms}");
    }
}

#[test]
fn a_difference_of_medians_covers() {
    let (mut rng, runs) = (generator(4), 600);
    let covered = share(runs, |run| {
        let (x, y) = (normals(&mut rng, 50, 1.0, 2.0), normals(&mut rng, 60, 0.0, 1.0));
        let bootstrap = Bootstrap::new(399, Seed::new(u64::from(run))).unwrap();
        let half = Probability::new(0.5).unwrap();
        quantile_difference(&x, &y, half, Level::P90, bootstrap).unwrap().interval().contains(1.0)
    });
    // A bootstrap of quantiles is off by a few points at such sizes.
    assert!((covered - 0.9).abs() < error(0.9, runs) + 0.03, "{covered}");
}

type Function = fn(&Sample, &Sample, Margin, Level) -> Result<Equivalence, Error>;

fn same(found: Equivalence) -> bool {
    matches!(found.verdict, Sameness::Equivalent { .. })
}

#[test]
fn at_the_margin_sameness_is_claimed_no_more_often_than_the_level_leaves() {
    let functions: [(&str, Function); 2] = [("means", equivalence_by_means), ("ranks", equivalence_by_ranks)];
    for (name, equivalence) in functions {
        for (n, distance) in [(12, 1.5), (30, 0.8), (60, 0.8)] {
            let (mut rng, runs) = (generator(n as u64), 3_000);
            for sign in [1.0, -1.0] {
                let claimed = share(runs, |_| {
                    let (x, y) = (normals(&mut rng, n, sign * distance, 1.0), normals(&mut rng, n + 5, 0.0, 1.0));
                    same(equivalence(&x, &y, Margin::absolute(distance).unwrap(), Level::P95).unwrap())
                });
                assert!(claimed <= 0.05 + error(0.05, runs), "{name} {n} {distance}: {claimed}");
                // Where the other side is far, all of the level is used.
                assert!(claimed > 0.05 - error(0.05, runs) - 0.01, "{name} {n} {distance}: {claimed}");
            }
        }
    }
}

#[test]
fn at_a_relative_margin_as_well() {
    let functions: [(&str, Function); 2] = [("means", equivalence_by_means), ("ranks", equivalence_by_ranks)];
    for (name, equivalence) in functions {
        let (mut rng, runs) = (generator(5), 3_000);
        let margin = Margin::relative(0.5).unwrap();
        let claimed = share(runs, |_| {
            let (x, y) = (lognormals(&mut rng, 40, 1.5_f64.ln(), 0.4), lognormals(&mut rng, 45, 0.0, 0.4));
            same(equivalence(x.sample(), y.sample(), margin, Level::P95).unwrap())
        });
        assert!((claimed - 0.05).abs() < error(0.05, runs) + 0.005, "{name}: {claimed}");
    }
}

#[test]
fn the_sample_size_finds_what_it_was_asked_for() {
    for (seed, shift) in [(6, 0.5), (7, 0.8), (8, 1.2)] {
        let mut rng = generator(seed);
        // P(X > Y) for two normals that lie `shift` apart.
        let above = Probability::new(1.0 - measured_tail(shift / 2.0_f64.sqrt())).unwrap();
        let n = mann_whitney_sample_size(above, Level::P95, Level::P80).unwrap() as usize;
        let runs = 2_000;
        let found = share(runs, |_| {
            let (x, y) = (normals(&mut rng, n, shift, 1.0), normals(&mut rng, n, 0.0, 1.0));
            mann_whitney(&x, &y, Alternative::TwoSided).unwrap().p_value().get() <= 0.05
        });
        assert!(found > 0.8 - error(0.8, runs) - 0.02 && found < 0.9, "{shift} with {n}: {found}");
    }
}

/// `P(Z > z)`, by the trapezoidal rule.
fn measured_tail(z: f64) -> f64 {
    let step = 1e-4;
    let density = |at: f64| (-at * at / 2.0).exp() / std::f64::consts::TAU.sqrt();
    0.5 - (0..(z / step) as u32).map(|i| density((f64::from(i) + 0.5) * step) * step).sum::<f64>()
}

#[test]
fn the_sizes_that_a_comparison_asks_for_are_enough() {
    let mut rng = generator(9);
    let margin = Margin::absolute(0.5).unwrap();
    // A first look that decides nothing, at samples that are the same.
    let (x, y) = (normals(&mut rng, 200, 0.0, 1.0), normals(&mut rng, 200, 0.0, 1.0));
    let needed = compare(&x, &y, &Question::at(Level::P95).within(margin)).unwrap().needed;
    let (to_find, to_be_same) = (needed.for_margin.unwrap() as usize, needed.for_sameness.unwrap() as usize);
    let runs = 1_500;
    let found = share(runs, |_| {
        let (x, y) = (normals(&mut rng, to_find, 0.5, 1.0), normals(&mut rng, to_find, 0.0, 1.0));
        mann_whitney(&x, &y, Alternative::TwoSided).unwrap().p_value().get() <= 0.05
    });
    assert!((found - 0.8).abs() < error(0.8, runs) + 0.05, "{to_find}: {found}");
    let shown = share(runs, |_| {
        let (x, y) = (normals(&mut rng, to_be_same, 0.0, 1.0), normals(&mut rng, to_be_same, 0.0, 1.0));
        same(equivalence_by_ranks(&x, &y, margin, Level::P95).unwrap())
    });
    assert!((shown - 0.8).abs() < error(0.8, runs) + 0.05, "{to_be_same}: {shown}");

    let few = (normals(&mut rng, 30, 0.0, 1.0), normals(&mut rng, 30, 0.0, 1.0));
    let undecided = equivalence_by_means(&few.0, &few.1, Margin::absolute(0.3).unwrap(), Level::P95).unwrap();
    let Sameness::Undecided { needed: Some(needed), .. } = undecided.verdict else { panic!("{undecided}") };
    // As much as those few varied.
    let both = [&few.0, &few.1].map(|sample| measure_core::descriptive::standard_deviation(sample).unwrap());
    let shown = share(runs, |_| {
        let n = needed as usize;
        let (x, y) = (normals(&mut rng, n, 0.0, both[0]), normals(&mut rng, n, 0.0, both[1]));
        same(equivalence_by_means(&x, &y, Margin::absolute(0.3).unwrap(), Level::P95).unwrap())
    });
    assert!((shown - 0.8).abs() < error(0.8, runs) + 0.02, "{needed}: {shown}");
}

#[test]
fn a_verdict_finds_what_is_not_there_no_more_often_than_it_says() {
    let (mut rng, runs) = (generator(10), 2_000);
    let alarms = share(runs, |_| {
        let (x, y) = (lognormals(&mut rng, 14, 1.0, 1.0), lognormals(&mut rng, 19, 1.0, 1.0));
        let comparison = compare(x.sample(), y.sample(), &Question::at(Level::P95)).unwrap();
        matches!(comparison.verdict, Verdict::Higher { .. } | Verdict::Lower { .. })
    });
    assert!(alarms <= 0.05 + error(0.05, runs) && alarms > 0.03, "{alarms}");
}
