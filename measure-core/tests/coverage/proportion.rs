//! Intervals of differences and ratios of proportions, and tests of their equality: by enumeration of all tables.

use measure_core::proportion::{difference, fisher_exact, fisher_mid_p, ratio};
use measure_core::{Alternative, Estimate, Level, NotEnough, Proportion};

fn of(successes: usize, trials: usize) -> Proportion {
    Proportion::new(successes as u64, trials as u64).unwrap()
}

/// The probabilities of 0 to `n` successes.
fn masses(n: usize, p: f64) -> Vec<f64> {
    let mut masses = vec![1.0];
    for _ in 0..n {
        let mut next = vec![0.0; masses.len() + 1];
        for (k, mass) in masses.iter().enumerate() {
            next[k] += mass * (1.0 - p);
            next[k + 1] += mass * p;
        }
        masses = next;
    }
    masses
}

/// The probability of the tables for which `holds`, for every pair of probabilities.
fn shares(n: usize, m: usize, grid: &[(f64, f64)], holds: impl Fn(usize, usize, f64, f64) -> bool) -> Vec<f64> {
    let share = |&(p, q): &(f64, f64)| {
        let (first, second) = (masses(n, p), masses(m, q));
        let tables = (0..=n).flat_map(|a| (0..=m).map(move |b| (a, b)));
        tables.filter(|&(a, b)| holds(a, b, p, q)).map(|(a, b)| first[a] * second[b]).sum()
    };
    grid.iter().map(share).collect()
}

fn grid(from: f64, to: f64) -> Vec<(f64, f64)> {
    let at = |i: u32| from + (to - from) * f64::from(i) / 11.0;
    (0..12).flat_map(|i| (0..12).map(move |j| (at(i), at(j)))).collect()
}

type Interval = fn(Proportion, Proportion, Level) -> Result<Estimate, NotEnough>;

/// The mean and the least coverage over the grid.
fn coverage(interval: Interval, truth: fn(f64, f64) -> f64, n: usize, m: usize, grid: &[(f64, f64)]) -> (f64, f64) {
    let of_table = |a, b| interval(of(a, n), of(b, m), Level::P95).unwrap().interval();
    let intervals: Vec<Vec<_>> = (0..=n).map(|a| (0..=m).map(|b| of_table(a, b)).collect()).collect();
    let covered = shares(n, m, grid, |a, b, p, q| intervals[a][b].contains(truth(p, q)));
    (covered.iter().sum::<f64>() / covered.len() as f64, covered.iter().copied().fold(1.0, f64::min))
}

#[test]
fn newcombes_interval_covers_the_difference_at_about_the_level() {
    // Newcombe 1998: a mean of 95.1 % over his pairs, and 86.7 % at the least.
    for (n, m) in [(10, 10), (30, 30), (20, 60)] {
        let (mean, least) = coverage(difference, |p, q| p - q, n, m, &grid(0.02, 0.98));
        assert!((0.945..0.975).contains(&mean) && least > 0.86, "{n} {m}: {mean} {least}");
    }
}

#[test]
fn katzs_interval_covers_the_ratio_at_least_at_about_the_level() {
    // Conservative where few successes are expected, so that only a lack counts.
    for (n, m) in [(15, 15), (40, 40), (25, 60)] {
        let (mean, least) = coverage(ratio, |p, q| p / q, n, m, &grid(0.1, 0.9));
        assert!((0.945..0.985).contains(&mean) && least > 0.9, "{n} {m}: {mean} {least}");
    }
}

#[test]
fn fishers_test_never_raises_more_false_alarms_than_stated_and_mid_p_comes_closer() {
    let equal: Vec<(f64, f64)> = (1..20).map(|i| f64::from(i) / 20.0).map(|p| (p, p)).collect();
    for (n, m) in [(12, 12), (30, 20)] {
        let rejected = |test: fn(Proportion, Proportion, Alternative) -> measure_core::Test| {
            let table = |a, b| test(of(a, n), of(b, m), Alternative::TwoSided).p_value().get() <= 0.05;
            let tables: Vec<Vec<bool>> = (0..=n).map(|a| (0..=m).map(|b| table(a, b)).collect()).collect();
            shares(n, m, &equal, |a, b, _, _| tables[a][b])
        };
        let (exact, mid) = (rejected(fisher_exact), rejected(fisher_mid_p));
        let mean = |shares: &[f64]| shares.iter().sum::<f64>() / shares.len() as f64;
        assert!(exact.iter().all(|share| *share <= 0.05), "{exact:?}");
        assert!(mid.iter().all(|share| *share <= 0.065), "{mid:?}");
        assert!(mean(&exact) < mean(&mid) && mean(&mid) < 0.05, "{} {}", mean(&exact), mean(&mid));
    }
}
