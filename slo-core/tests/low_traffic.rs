//! Alerts at low traffic by simulation: how often each rule fires without cause, and how soon with one.
//!
//! The figures are those of the research notes: 99.9 %, the page rows 14.4 (1 h, 5 min) and 6 (6 h, 30 min), ticks of
//! a minute, 150 runs, Poisson arrivals. They must agree within Monte Carlo error.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a test fails by panicking"
)]

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use slo_core::low_traffic::{Cusum, Gate};
use slo_core::{Counts, Objective, Policy, Row};

const RUNS: u32 = 150;
const RULES: [&str; 3] = ["plain", "gate", "cusum"];
const BUDGET: f64 = 0.001;
const DAY: usize = 1_440;

/// What a rule did in one run: the first minute (counted from the fault) in which it fired, and how many times it
/// began to fire.
#[derive(Clone, Copy, Default)]
struct Fired {
    first: Option<usize>,
    episodes: u32,
}

/// A Poisson number by inversion; the mean is small here.
fn poisson(rng: &mut impl Rng, mean: f64) -> u64 {
    let (mut number, mut term) = (0, (-mean).exp());
    let (mut sum, draw) = (term, rng.random::<f64>());
    while draw > sum && number < 1_000 {
        number += 1;
        term *= mean / number as f64;
        sum += term;
    }
    number
}

/// One service, minute by minute: `quiet` minutes at `usual`, which are not judged, then `minutes` at `error_ratio`.
fn run(
    rng: &mut impl Rng,
    per_hour: f64,
    (quiet, usual): (usize, f64),
    (minutes, error_ratio): (usize, f64),
) -> [Fired; 3] {
    let objective: Objective = "99.9%".parse().unwrap();
    let policy = Policy::google_30d();
    let rows: &[Row] = &policy.rows()[..2];
    let gate = Gate::new(1e-4).unwrap();
    let between = (10.0 * 30.0 * 24.0 * per_hour) as u64;
    let mut cusum = Cusum::new(objective, rows[0].factor, between).unwrap();
    // Sums from the start: the counts of any window are a difference.
    let mut sums = vec![(0_u64, 0_u64)];
    let mut fired = [Fired::default(); 3];
    let mut before = [false; 3];
    for minute in 0..quiet + minutes {
        let ratio = if minute < quiet { usual } else { error_ratio };
        let bad = poisson(rng, per_hour / 60.0 * ratio);
        let total = bad + poisson(rng, per_hour / 60.0 * (1.0 - ratio));
        let (all_bad, all) = sums[minute];
        sums.push((all_bad + bad, all + total));
        let window = |length: chrono::TimeDelta| {
            let start = sums[(minute + 1).saturating_sub(usize::try_from(length.num_minutes()).unwrap())];
            let end = sums[minute + 1];
            Counts::from_bad(end.0 - start.0, end.1 - start.1).unwrap()
        };
        let plain = |row: &&Row| row.windows().all(|length| row.factor.is_exceeded(window(length), objective));
        let gated = |row: &&Row| gate.judge(row.factor, objective, window(row.long), row.short.map(window)).fires();
        let firing: Vec<_> = rows.iter().filter(plain).collect();
        let now = [
            !firing.is_empty(),
            firing.into_iter().any(|row| gated(&row)),
            cusum.observe(Counts::from_bad(bad, total).unwrap()).firing,
        ];
        for rule in 0..3 {
            if minute >= quiet && now[rule] {
                fired[rule].first.get_or_insert(minute - quiet);
                fired[rule].episodes += u32::from(!before[rule]);
            }
            before[rule] = now[rule];
        }
    }
    fired
}

/// By rule: the share of runs that fired, the median delay in hours among them, the mean episodes among them.
fn simulate(seed: u64, per_hour: f64, before: (usize, f64), judged: (usize, f64)) -> [(f64, f64, f64); 3] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let runs: Vec<_> = (0..RUNS).map(|_| run(&mut rng, per_hour, before, judged)).collect();
    [0, 1, 2].map(|rule| {
        let mut delays: Vec<_> = runs.iter().filter_map(|fired| fired[rule].first).collect();
        delays.sort_unstable();
        let fired = delays.len() as f64;
        let median = delays.get(delays.len() / 2).map_or(f64::NAN, |delay| *delay as f64 / 60.0);
        let episodes = runs.iter().map(|fired| f64::from(fired[rule].episodes)).sum::<f64>() / fired;
        (fired / f64::from(RUNS), median, episodes)
    })
}

/// Whether two shares, each of 150 runs, differ by no more than chance allows: 3.5 standard errors, and never
/// less than that of a share of 1 in 150.
fn agree(ours: f64, theirs: f64) -> bool {
    let runs = f64::from(RUNS);
    let variance = |share: f64| (share * (1.0 - share)).max(1.0 / runs) / runs;
    (ours - theirs).abs() <= 3.5 * (variance(ours) + variance(theirs)).sqrt()
}

#[test]
fn false_alarms_in_a_week_at_the_objective_are_those_of_the_notes() {
    let notes = [(10.0, [0.79, 0.03, 0.0]), (100.0, [0.81, 0.02, 0.0]), (1_000.0, [0.0, 0.0, 0.0])];
    for (seed, (per_hour, expected)) in notes.into_iter().enumerate() {
        let simulated = simulate(seed as u64, per_hour, (DAY, BUDGET), (7 * DAY, BUDGET));
        for rule in 0..3 {
            let (share, ..) = simulated[rule];
            println!("{per_hour}/h at 1.0 x budget, {}: {share:.2}, notes {}", RULES[rule], expected[rule]);
            assert!(agree(share, expected[rule]), "{}: {share} {}", RULES[rule], expected[rule]);
        }
    }
}

#[test]
fn false_alarms_in_a_week_at_half_the_budget_are_those_of_the_notes() {
    let notes = [(10.0, [0.51, 0.01, 0.0]), (100.0, [0.32, 0.0, 0.0]), (1_000.0, [0.0, 0.0, 0.0])];
    for (seed, (per_hour, expected)) in notes.into_iter().enumerate() {
        let simulated = simulate(10 + seed as u64, per_hour, (DAY, BUDGET / 2.0), (7 * DAY, BUDGET / 2.0));
        for rule in 0..3 {
            let (share, ..) = simulated[rule];
            println!("{per_hour}/h at 0.5 x budget, {}: {share:.2}, notes {}", RULES[rule], expected[rule]);
            assert!(agree(share, expected[rule]), "{}: {share} {}", RULES[rule], expected[rule]);
        }
    }
}

#[test]
fn an_incident_of_twenty_times_the_budget_is_found_as_often_and_as_soon_as_in_the_notes() {
    let notes = [
        (10.0, [(0.99, 3.3), (0.60, 10.8), (0.44, 16.0)]),
        (100.0, [(1.0, 0.90), (1.0, 2.2), (1.0, 3.1)]),
        (1_000.0, [(1.0, 0.75), (1.0, 0.70), (1.0, 0.38)]),
    ];
    for (seed, (per_hour, expected)) in notes.into_iter().enumerate() {
        let simulated = simulate(20 + seed as u64, per_hour, (DAY, BUDGET), (DAY, 20.0 * BUDGET));
        for rule in 0..3 {
            let ((share, delay, episodes), (noted_share, noted_delay)) = (simulated[rule], expected[rule]);
            println!(
                "{per_hour}/h at 20 x, {}: {share:.2} after {delay:.2} h in {episodes:.1} episodes, notes {noted_share} {noted_delay}",
                RULES[rule]
            );
            assert!(agree(share, noted_share), "{}: {share} {noted_share}", RULES[rule]);
            // The burn rate alone flaps, 4 to 18 times in an incident; the cumulative sum hardly does.
            assert!(
                if rule == 2 { episodes < 1.6 } else { rule == 1 || episodes > 3.5 },
                "{}: {episodes}",
                RULES[rule]
            );
            // The spread of a median of 150 delays, which are about exponential, is a good tenth of it.
            assert!((delay / noted_delay).ln().abs() < 0.5, "{}: {delay} {noted_delay}", RULES[rule]);
        }
    }
}

#[test]
fn a_full_outage_is_found_as_soon_as_in_the_notes() {
    let notes = [(10.0, [0.07, 0.18, 0.47]), (100.0, [0.02, 0.03, 0.05]), (1_000.0, [0.0, 0.0, 0.0])];
    for (seed, (per_hour, expected)) in notes.into_iter().enumerate() {
        let simulated = simulate(30 + seed as u64, per_hour, (DAY, BUDGET), (2 * 60, 1.0));
        for rule in 0..3 {
            let (share, delay, _) = simulated[rule];
            println!(
                "{per_hour}/h, full outage, {}: {share:.2} after {delay:.2} h, notes {}",
                RULES[rule], expected[rule]
            );
            assert!(share > 0.99, "{}: {share}", RULES[rule]);
            // Within a quarter, or the minute of a tick.
            let slack = f64::max(0.25 * expected[rule], 1.5 / 60.0);
            assert!((delay - expected[rule]).abs() <= slack, "{}: {delay} {}", RULES[rule], expected[rule]);
        }
    }
}
