//! The interval over clusters holds the truth as often as it says, also for four of them; that over pooled hours does
//! not.

use measure_core::{ClusteredRatio, Level, Method, Proportion};
use rand_chacha::ChaCha8Rng;

use crate::simulate::{error, generator, normal, unit};

/// Hours of toil and hours worked of one engineer in a quarter: people differ in both, their shares about 0.3.
fn engineer(rng: &mut ChaCha8Rng) -> (f64, f64) {
    let hours = 300.0 + 200.0 * unit(rng);
    let share = (0.3 + 0.12 * normal(rng)).clamp(0.02, 0.98);
    (share * hours, hours)
}

#[test]
fn over_clusters_it_covers_and_over_pooled_hours_it_does_not() {
    const RUNS: u32 = 4_000;
    for (seed, engineers) in [(1, 4), (2, 8), (3, 12)] {
        let mut rng = generator(seed);
        let (mut clustered, mut pooled) = (0.0, 0.0);
        for _ in 0..RUNS {
            let team: Vec<(f64, f64)> = (0..engineers).map(|_| engineer(&mut rng)).collect();
            let ratio = ClusteredRatio::of(team.iter().copied()).unwrap();
            let hours = Proportion::new(ratio.numerator() as u64, ratio.denominator() as u64).unwrap();
            let holds = |inside: bool| f64::from(u8::from(inside)) / f64::from(RUNS);
            clustered += holds(ratio.measured(Level::P95).unwrap().interval().contains(0.3));
            pooled += holds(hours.interval(Method::Wilson, Level::P95).unwrap().contains(0.3));
        }
        println!("{engineers} engineers: {clustered:.3} over clusters, {pooled:.3} over hours");
        assert!((clustered - 0.95).abs() < 0.01 + error(0.95, RUNS), "{engineers}: {clustered}");
        assert!(pooled < 0.5, "{engineers}: {pooled}");
    }
}

#[test]
fn a_sample_of_a_small_team_covers_the_share_of_that_team() {
    const RUNS: u32 = 4_000;
    let mut rng = generator(4);
    let covered = (0..RUNS).filter(|_| {
        let team: Vec<(f64, f64)> = (0..10).map(|_| engineer(&mut rng)).collect();
        let truth = ClusteredRatio::of(team.iter().copied()).unwrap().estimate().unwrap();
        let asked = ClusteredRatio::of(team.iter().copied().take(6)).unwrap().out_of(10).unwrap();
        asked.measured(Level::P95).unwrap().interval().contains(truth)
    });
    let covered = f64::from(covered.count() as u32) / f64::from(RUNS);
    println!("6 of 10: {covered:.3}");
    assert!((covered - 0.95).abs() < 0.01 + error(0.95, RUNS), "{covered}");
}
