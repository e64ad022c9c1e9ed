//! Looking a hundred times keeps the rate of false alarms; a test of a fixed number of observations does not.

use measure_core::proportion::{difference, power_against_claim};
use measure_core::sequential::{SequentialComparison, SequentialMean, SequentialNormalMean, SequentialProportion};
use measure_core::{Alternative, Level, Probability, Proportion};
use rand_chacha::ChaCha8Rng;

use crate::simulate::{error, generator, normal, share, unit};

const LOOKS: usize = 100;
const LEVEL: Level = Level::P95;

fn probability(p: f64) -> Probability {
    Probability::new(p).unwrap()
}

/// Trials of one probability.
fn trials(rng: &mut ChaCha8Rng, p: f64, n: u64) -> Proportion {
    let successes = (0..n).filter(|_| unit(rng) < p).count();
    Proportion::new(successes as u64, n).unwrap()
}

/// Asserts that false alarms are within what is stated, but for Monte Carlo error.
fn assert_at_most(rate: f64, runs: u32, what: &str) {
    let alpha = LEVEL.outside();
    assert!(rate <= alpha + error(alpha, runs), "{what}: {rate} of {runs} runs");
}

#[test]
fn looking_at_a_proportion_a_hundred_times_keeps_the_rate_of_false_alarms() {
    let runs = 500;
    for (p, side) in [(0.5, Alternative::TwoSided), (0.1, Alternative::Greater), (0.1, Alternative::Less)] {
        let mut rng = generator(1);
        let mut fixed = 0;
        let alarms = share(runs, |_| {
            let mut machine = SequentialProportion::new(probability(p), side, LEVEL).unwrap();
            let mut once = false;
            for _ in 0..LOOKS {
                machine.observe(trials(&mut rng, p, 10)).unwrap();
                let seen = machine.seen();
                once |= match side {
                    Alternative::TwoSided => !seen.wilson(LEVEL).unwrap().contains(p),
                    Alternative::Greater => seen.tail_at_least(probability(p)).get() <= LEVEL.outside(),
                    Alternative::Less => seen.tail_at_most(probability(p)).get() <= LEVEL.outside(),
                };
            }
            fixed += u32::from(once);
            machine.verdict().is_decided()
        });
        assert_at_most(alarms, runs, "sequential proportion");
        // The exact and the score test, each at 5 %, at every look.
        let fixed = f64::from(fixed) / f64::from(runs);
        assert!(fixed > 0.2, "{side:?}: looked at so often, the fixed test errs in {fixed}");
    }
}

#[test]
fn looking_at_two_proportions_a_hundred_times_keeps_the_rate_of_false_alarms() {
    let runs = 400;
    // The baseline gets four times the trials; the expectation is right, or ten times too large.
    for (p, expected, side) in [(0.1, 0.1, Alternative::TwoSided), (0.05, 0.5, Alternative::Greater)] {
        let mut rng = generator(2);
        let mut fixed = 0;
        let alarms = share(runs, |_| {
            let mut machine = SequentialComparison::new(probability(expected), side, LEVEL).unwrap();
            let mut once = false;
            for _ in 0..LOOKS {
                machine.observe(trials(&mut rng, p, 5), trials(&mut rng, p, 20)).unwrap();
                let looked = difference(machine.first(), machine.second(), LEVEL).unwrap().interval();
                once |= !looked.contains(0.0);
            }
            fixed += u32::from(once);
            machine.verdict().is_decided()
        });
        assert_at_most(alarms, runs, "sequential comparison");
        let fixed = f64::from(fixed) / f64::from(runs);
        assert!(fixed > 0.2, "looked at so often, Newcombe's interval errs in {fixed}");
    }
}

#[test]
fn looking_at_a_mean_after_every_observation_keeps_the_rate_of_false_alarms() {
    let runs = 1_000;
    type Draw = fn(f64) -> f64;
    let draws: [(&str, f64, Draw); 3] = [
        ("uniform", 0.5, |u| u),
        ("mostly near 0", 1.0 / 9.0, |u| u.powi(8)),
        ("0 or 1", 0.05, |u| if u < 0.05 { 1.0 } else { 0.0 }),
    ];
    for (name, mean, draw) in draws {
        for side in [Alternative::TwoSided, Alternative::Greater, Alternative::Less] {
            let mut rng = generator(3);
            let alarms = share(runs, |_| {
                let mut machine = SequentialMean::new(0.0, 1.0, mean, side, LEVEL).unwrap();
                (0..LOOKS).for_each(|_| machine.observe(draw(unit(&mut rng))).unwrap());
                machine.verdict().is_decided()
            });
            assert_at_most(alarms, runs, name);
        }
    }
}

#[test]
fn looking_at_a_mean_of_known_deviation_keeps_the_rate_of_false_alarms() {
    let runs = 2_000;
    for side in [Alternative::TwoSided, Alternative::Greater, Alternative::Less] {
        let mut rng = generator(4);
        let mut fixed = 0;
        let alarms = share(runs, |_| {
            let mut machine = SequentialNormalMean::new(2.0, 10.0, 30, side, LEVEL).unwrap();
            let (mut sum, mut once) = (0.0, false);
            for n in 1..=LOOKS {
                let z = normal(&mut rng);
                machine.observe(10.0 + 2.0 * z).unwrap();
                sum += z;
                let score = sum / (n as f64).sqrt();
                once |= match side {
                    Alternative::TwoSided => score.abs() > 1.96,
                    Alternative::Greater => score > 1.645,
                    Alternative::Less => score < -1.645,
                };
            }
            fixed += u32::from(once);
            machine.verdict().is_decided()
        });
        assert_at_most(alarms, runs, "sequential normal mean");
        let fixed = f64::from(fixed) / f64::from(runs);
        assert!(fixed > 0.25, "{side:?}: looked at so often, the z test errs in {fixed}");
    }
}

#[test]
fn the_intervals_of_a_proportion_hold_the_truth_at_all_looks_at_once() {
    let runs = 150;
    for (claim, p) in [(0.5, 0.5), (0.01, 0.06)] {
        let mut rng = generator(5);
        let held = share(runs, |_| {
            let mut machine = SequentialProportion::new(probability(claim), Alternative::TwoSided, LEVEL).unwrap();
            (0..12).all(|look| {
                machine.observe(trials(&mut rng, p, 2 + (1 << look) / 2)).unwrap();
                machine.estimate().unwrap().interval().contains(p)
            })
        });
        assert_at_most(1.0 - held, runs, "intervals of a proportion");
    }
}

#[test]
fn the_intervals_of_two_proportions_hold_the_truth_at_all_looks_at_once() {
    let runs = 60;
    let (p, q) = (0.3, 0.15);
    let mut rng = generator(6);
    let held = share(runs, |_| {
        let mut machine = SequentialComparison::new(probability(0.2), Alternative::TwoSided, LEVEL).unwrap();
        (0..6).all(|look| {
            machine.observe(trials(&mut rng, p, 4 << look), trials(&mut rng, q, 7 << look)).unwrap();
            let ratio = machine.ratio().map_or(true, |ratio| ratio.interval().contains(p / q));
            ratio && machine.difference().unwrap().interval().contains(p - q)
        })
    });
    assert_at_most(1.0 - held, runs, "intervals of two proportions");
}

#[test]
fn the_intervals_of_means_hold_the_truth_after_all_observations_at_once() {
    let runs = 1_000;
    let mut rng = generator(7);
    let bounded = share(runs, |_| {
        let mut machine = SequentialMean::new(-3.0, 5.0, 0.0, Alternative::TwoSided, LEVEL).unwrap();
        (0..200).all(|_| {
            machine.observe(-3.0 + 8.0 * unit(&mut rng).powi(3)).unwrap();
            machine.estimate().unwrap().interval().contains(-1.0)
        })
    });
    assert_at_most(1.0 - bounded, runs, "intervals of a mean within bounds");
    let known = share(runs, |_| {
        let mut machine = SequentialNormalMean::new(1.0, 0.0, 40, Alternative::TwoSided, LEVEL).unwrap();
        (0..200).all(|_| {
            machine.observe(3.0 + normal(&mut rng)).unwrap();
            machine.estimate().unwrap().interval().contains(3.0)
        })
    });
    assert_at_most(1.0 - known, runs, "intervals of a mean of known deviation");
}

/// The fewest trials with which the exact test finds the truth with a probability of 95 %.
fn fixed_trials(claim: f64, truth: f64) -> u64 {
    let power = |n| power_against_claim(probability(claim), probability(truth), n, Alternative::Greater, LEVEL).get();
    (1..10_000).find(|n| power(*n) >= 0.95).unwrap()
}

/// How likely a run that is looked at after every trial is to stop at each of `0..=most` trials: exact, by the number of
/// successes.
fn stops(claim: f64, truth: f64, most: u64) -> Vec<f64> {
    let decided = |successes: u64, n: u64| {
        let mut machine = SequentialProportion::new(probability(claim), Alternative::Greater, LEVEL).unwrap();
        machine.observe(Proportion::new(successes, n).unwrap()).unwrap();
        machine.verdict().is_decided()
    };
    let (mut open, mut enough) = (vec![1.0], 1);
    let stop_at = |n: u64| {
        open.push(0.0);
        for k in (0..open.len()).rev() {
            open[k] = open[k] * (1.0 - truth) + if k > 0 { open[k - 1] * truth } else { 0.0 };
        }
        while enough <= n && !decided(enough, n) {
            enough += 1;
        }
        open.split_off(open.len().min(enough as usize)).iter().sum()
    };
    std::iter::once(0.0).chain((1..=most).map(stop_at)).collect()
}

/// The figures are those of the table in the documentation of the module.
#[test]
fn a_real_departure_stops_the_run_on_average_before_a_fixed_test_of_the_same_power_would_end() {
    for (claim, truth, fixed, average, longer, slowest) in [
        (0.01, 0.03, 521, 333.4, 0.2066, 1_178),
        (0.1, 0.3, 41, 26.55, 0.2004, 96),
        (0.5, 0.6, 268, 220.3, 0.3326, 736),
    ] {
        assert_eq!(fixed_trials(claim, truth), fixed);
        let stops = stops(claim, truth, 10 * fixed);
        let sum = |from: u64| stops.iter().skip(from as usize).sum::<f64>();
        assert!((sum(0) - 1.0).abs() < 1e-6);
        let mean: f64 = stops.iter().zip(0_u32..).map(|(mass, n)| mass * f64::from(n)).sum();
        let late = (fixed..10 * fixed).find(|n| sum(*n) < 0.01).unwrap();
        let beyond = sum(fixed + 1);
        assert!((mean / average - 1.0).abs() < 0.001 && (beyond - longer).abs() < 1e-4, "{claim}: {mean} {beyond}");
        assert_eq!(late, slowest);
    }
}

#[test]
fn a_worse_canary_is_found_and_a_better_one_is_not() {
    let runs = 60;
    let mut found = Vec::new();
    for worse in [true, false] {
        let mut rng = generator(9);
        found.push(share(runs, |_| {
            let expected = probability(0.05);
            let mut machine = SequentialComparison::new(expected, Alternative::Greater, LEVEL).unwrap();
            for _ in 0..40 {
                let (canary, baseline) = (if worse { 0.2 } else { 0.02 }, 0.05);
                machine.observe(trials(&mut rng, canary, 10), trials(&mut rng, baseline, 40)).unwrap();
            }
            machine.verdict().is_decided()
        }));
    }
    assert!(found[0] > 0.95 && found[1] == 0.0, "{found:?}");
}
