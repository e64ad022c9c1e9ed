//! How often intervals for the quality of forecasts hold the truth, and how often tests of calibration cry wolf.

use std::num::NonZeroU32;

use measure_core::calibration::{AucInterval, Binning, Forecasts, LogLoss, PairedForecasts};
use measure_core::{Level, Probability, Seed};
use rand_chacha::ChaCha8Rng;

use crate::simulate::{error, generator, normal, share, unit};

const RUNS: u32 = 3_000;

fn probability(value: f64) -> Probability {
    Probability::new(value).unwrap()
}

/// Forecasts that are right: uniform, and the event happens as often as they say.
fn calibrated(rng: &mut ChaCha8Rng, n: usize) -> Forecasts {
    let row = |_| {
        let p = unit(rng);
        (probability(p), unit(rng) < p)
    };
    Forecasts::new((0..n).map(row).collect::<Vec<_>>())
}

/// A score in `(0, 1)` that rises with a normal one; events that happen are `shift` higher.
fn binormal(rng: &mut ChaCha8Rng, happened: usize, not: usize, shift: f64, digits: f64) -> Forecasts {
    let row = |index| {
        let score = normal(rng) + if index < happened { shift } else { 0.0 };
        let p = 1.0 / (1.0 + (-score).exp());
        (probability((p * digits).round() / digits), index < happened)
    };
    Forecasts::new((0..happened + not).map(row).collect::<Vec<_>>())
}

#[test]
fn the_interval_of_the_area_covers() {
    // The area of two normals a shift apart is Phi(shift / sqrt 2).
    for (shift, area) in [(0.0, 0.5), (1.0, 0.760_249_9), (2.0, 0.921_350_4)] {
        for (scale, allowance) in [(AucInterval::Logit, 0.015), (AucInterval::Plain, 0.03)] {
            let mut rng = generator(21);
            let covered = share(RUNS, |_| {
                let forecasts = binormal(&mut rng, 30, 50, shift, 1e9);
                forecasts.auc(scale, Level::P95).unwrap().interval().contains(area)
            });
            assert!((covered - 0.95).abs() < error(0.95, RUNS) + allowance, "{scale:?} {shift}: {covered}");
        }
    }
}

#[test]
fn the_interval_of_the_area_covers_when_small_samples_come_apart() {
    // One in two of these samples is completely apart; DeLong's own interval is then a point at 1 and misses.
    let mut rng = generator(22);
    let covered = share(RUNS, |_| {
        let forecasts = binormal(&mut rng, 6, 8, 3.0, 1e9);
        forecasts.auc(AucInterval::Logit, Level::P95).unwrap().interval().contains(0.983_052_6)
    });
    assert!(covered > 0.95 - error(0.95, RUNS), "{covered}");
}

#[test]
fn the_default_interval_of_the_area_covers_with_few_of_a_kind() {
    // Among others where the one on the logit scale covers 82 to 90 %.
    for (happened, not, shift, area) in [
        (3, 100, 1.0, 0.760_249_9),
        (3, 100, 2.0, 0.921_350_4),
        (10, 100, 2.0, 0.921_350_4),
        (10, 100, 3.0, 0.983_052_6),
        (20, 200, 3.0, 0.983_052_6),
        (6, 8, 3.0, 0.983_052_6),
        (30, 50, 0.0, 0.5),
        (30, 50, 1.0, 0.760_249_9),
        (30, 50, 2.0, 0.921_350_4),
    ] {
        let mut rng = generator(27);
        let covered = share(RUNS, |_| {
            let forecasts = binormal(&mut rng, happened, not, shift, 1e9);
            forecasts.auc(AucInterval::default(), Level::P95).unwrap().interval().contains(area)
        });
        assert!(covered > 0.92 - error(0.92, RUNS), "{happened} of {not} at {area}: {covered}");
    }
}

#[test]
fn the_intervals_of_the_brier_score_and_its_skill_cover() {
    let (mut rng, mut skilled, mut lost) = (generator(23), 0, 0);
    let covered = share(RUNS, |_| {
        let forecasts = calibrated(&mut rng, 60);
        // Mean p (1 - p) of a uniform p is 1/6, and 1/4 that of always saying 1/2; the mean of -2 p ln p is 1/2.
        skilled += u32::from(forecasts.brier_skill(Level::P95).unwrap().interval().contains(1.0 / 3.0));
        lost += u32::from(match forecasts.log_loss(Level::P95).unwrap() {
            LogLoss::Finite(loss) => loss.interval().contains(0.5),
            LogLoss::ImpossibleHappened { .. } => false,
        });
        forecasts.brier(Level::P95).unwrap().interval().contains(1.0 / 6.0)
    });
    let (skilled, lost) = (f64::from(skilled) / f64::from(RUNS), f64::from(lost) / f64::from(RUNS));
    for (name, covered) in [("score", covered), ("skill", skilled), ("log loss", lost)] {
        assert!((covered - 0.95).abs() < error(0.95, RUNS) + 0.02, "{name}: {covered}");
    }
}

/// Calibrated forecasts of rare events: skewed ones, or all at the base rate.
fn rare(rng: &mut ChaCha8Rng, n: usize, rate: f64, skilled: bool) -> Vec<(f64, bool)> {
    let row = |_| {
        // The power of a uniform has mean 1 / (power + 1).
        let p = if skilled { unit(rng).powf(1.0 / rate - 1.0) } else { rate };
        (p, unit(rng) < p)
    };
    (0..n).map(row).collect()
}

#[test]
fn the_intervals_of_brier_scores_of_rare_events_cover() {
    for (rate, n) in [(0.02_f64, 50), (0.02, 250), (0.02, 500), (0.05, 100), (0.05, 200), (0.1, 60), (0.3, 40)] {
        for skilled in [false, true] {
            let power = 1.0 / rate - 1.0;
            let square = if skilled { 1.0 / (2.0 * power + 1.0) } else { rate * rate };
            let score = rate - square;
            // The second always forecasts twice the base rate: (q - y)^2 has mean q^2 - 2 q rate + rate.
            let double = 2.0 * rate;
            let other = double * double - 2.0 * double * rate + rate;
            let (mut rng, mut held, mut answers) = (generator(31), [0_u32; 4], [0_u32; 4]);
            for _ in 0..RUNS {
                let rows = rare(&mut rng, n, rate, skilled);
                let forecasts = Forecasts::new(rows.iter().map(|(p, y)| (probability(*p), *y)));
                let paired = rows.iter().map(|(p, y)| (probability(*p), probability(double), *y));
                let paired = PairedForecasts::new(paired).brier_difference(Level::P95);
                let loss = forecasts.log_loss_clipped(measure_core::calibration::Clip::EPSILON, Level::P95);
                // -E p ln p - E (1 - p) ln (1 - p), known where all are the base rate.
                let lost = -rate * rate.ln() - (1.0 - rate) * (-rate).ln_1p();
                let found = [
                    (forecasts.brier(Level::P95), score),
                    (forecasts.brier_skill(Level::P95), 1.0 - score / (rate * (1.0 - rate))),
                    (paired, score - other),
                    (loss, lost),
                ];
                for (at, (found, truth)) in found.into_iter().enumerate() {
                    if let Ok(found) = found {
                        answers[at] += 1;
                        held[at] += u32::from(found.interval().contains(truth));
                    }
                }
            }
            let of = |at: usize| f64::from(held[at]) / f64::from(answers[at].max(1));
            assert!(of(0) > 0.94, "score, {rate}, n = {n}, {skilled}: {}", of(0));
            if rate * n as f64 > 4.9 {
                assert!(of(2) > 0.92, "difference, {rate}, n = {n}, {skilled}: {}", of(2));
                assert!(skilled || of(3) > 0.93, "log loss, {rate}, n = {n}: {}", of(3));
                assert!(!skilled || of(1) > 0.9, "skill, {rate}, n = {n}, {skilled}: {}", of(1));
            }
        }
    }
}

#[test]
fn the_calibration_error_of_perfect_forecasts_is_what_the_simulation_expects() {
    let (mut rng, runs) = (generator(24), 400_u32);
    let (mut seen, mut squares, mut expected) = (0.0, 0.0, 0.0);
    let alarms = share(runs, |run| {
        let forecasts = calibrated(&mut rng, 100);
        let simulations = NonZeroU32::new(99).unwrap();
        let error = forecasts.calibration_error(Binning::default(), simulations, Seed::new(u64::from(run))).unwrap();
        seen += error.value;
        squares += error.value * error.value;
        expected += error.if_calibrated;
        error.test.rejects_at(probability(0.05))
    });
    let (runs_f, of) = (f64::from(runs), |sum: f64| sum / f64::from(runs));
    let deviation = (of(squares) - of(seen) * of(seen)).sqrt();
    // Far from 0, though nothing is wrong with the forecasts.
    assert!(of(seen) > 0.05, "{}", of(seen));
    assert!((of(seen) - of(expected)).abs() < 4.0 * deviation * 1.1 / runs_f.sqrt(), "{} {}", of(seen), of(expected));
    assert!((alarms - 0.05).abs() < error(0.05, runs), "{alarms}");
}

#[test]
fn tests_of_calibration_and_of_areas_cry_wolf_as_often_as_they_say() {
    let alpha = probability(0.05);
    let mut rng = generator(25);
    let alarms = share(RUNS, |_| calibrated(&mut rng, 80).spiegelhalter().unwrap().rejects_at(alpha));
    assert!((alarms - 0.05).abs() < error(0.05, RUNS) + 0.005, "Spiegelhalter: {alarms}");

    // Two forecasters that see the same signal, each through noise of its own.
    let mut difference_covered = 0;
    let alarms = share(RUNS, |_| {
        let row = |index: i32| {
            let signal = normal(&mut rng) + if index < 40 { 1.0 } else { 0.0 };
            let mut forecast = || probability(1.0 / (1.0 + (-signal - 0.7 * normal(&mut rng)).exp()));
            (forecast(), forecast(), index < 40)
        };
        let answer = PairedForecasts::new((0..90).map(row).collect::<Vec<_>>()).auc_difference(Level::P95).unwrap();
        difference_covered += u32::from(answer.difference.interval().contains(0.0));
        answer.test.rejects_at(alpha)
    });
    assert!((alarms - 0.05).abs() < error(0.05, RUNS) + 0.01, "DeLong: {alarms}");
    let covered = f64::from(difference_covered) / f64::from(RUNS);
    assert!((covered + alarms - 1.0).abs() < 1e-9, "the interval and the test say the same");
}
