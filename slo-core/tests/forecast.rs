//! How often the truth lies within a forecast's interval, by simulation.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::TimeDelta;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use slo_core::forecast::{Forecast, Outlook, Plan, Position, forecast};
use slo_core::{Bootstrap, Counts, Objective};

const SERVICES: u64 = 400;
const PERIOD: usize = 28;
const ELAPSED: usize = 10;
const AHEAD: usize = PERIOD - ELAPSED;

fn poisson(rng: &mut ChaCha8Rng, mean: f64) -> u64 {
    let (mut number, mut term) = (0, (-mean).exp());
    let (mut sum, draw) = (term, rng.random::<f64>());
    while draw > sum && number < 10_000 {
        number += 1;
        term *= mean / number as f64;
        sum += term;
    }
    number
}

/// Some 10,000 requests of which 8 are bad, and on one day of ten some 60 more.
fn day(rng: &mut ChaCha8Rng) -> Counts {
    let total = 20 * poisson(rng, 500.0);
    let outage = if rng.random::<f64>() < 0.1 { poisson(rng, 60.0) } else { 0 };
    Counts::from_bad(poisson(rng, 8.0) + outage, total).unwrap()
}

/// The day after which the budget of the days has ended, and what share remains when all are over.
fn truth(days: &[Counts], objective: Objective) -> (Option<TimeDelta>, f64) {
    let total: u64 = days.iter().map(|day| day.total()).sum();
    let allowed = total as f64 * objective.allowed_bad_fraction();
    let spent: Vec<u64> = days
        .iter()
        .scan(0, |sum, day| {
            *sum += day.bad();
            Some(*sum)
        })
        .collect();
    let end = (0..=AHEAD).find(|ahead| spent[ELAPSED + ahead - 1] as f64 > allowed);
    let end = end.map(|ahead| TimeDelta::days(i64::try_from(ahead).unwrap()));
    (end, 1.0 - spent[PERIOD - 1] as f64 / allowed)
}

/// How often the 80 % interval of the end holds the truth, and that of what remains.
fn coverage(history: usize, seed: u64) -> (f64, f64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let objective: Objective = "99.88%".parse().unwrap();
    let plan = Plan::new(objective, TimeDelta::days(1), PERIOD, Position::Aligned { elapsed: ELAPSED }).unwrap();
    let (mut ends, mut remainders) = (0_u32, 0_u32);
    for service in 0..SERVICES {
        let days: Vec<_> = (0..history + AHEAD).map(|_| day(&mut rng)).collect();
        let bootstrap = Bootstrap::new(7, 7, 400, service).unwrap();
        let Forecast::Known(outlook) = forecast(&days[..history], &plan, &bootstrap) else { panic!("{service}") };
        let Outlook { end, band, .. } = *outlook;
        let (true_end, remains) = truth(&days[history - ELAPSED..], objective);
        let order = |end: Option<TimeDelta>| end.unwrap_or(TimeDelta::MAX);
        ends += u32::from((order(end.earliest)..=order(end.latest)).contains(&order(true_end)));
        let last = band.last().unwrap().remaining;
        remainders += u32::from(last.lower <= remains && remains <= last.upper);
    }
    (f64::from(ends) / SERVICES as f64, f64::from(remainders) / SERVICES as f64)
}

#[test]
fn the_truth_is_within_the_interval_as_often_as_the_documentation_says() {
    // The standard error of 400 services is two points: three of them either way.
    for (history, end, remainder) in [(28, 0.77, 0.62), (56, 0.82, 0.73), (90, 0.80, 0.73)] {
        let (ends, remainders) = coverage(history, 5);
        println!("{history} days of history: the end within in {ends:.2}, the remainder in {remainders:.2}");
        assert!((ends - end).abs() < 0.065, "{history}: {ends}");
        assert!((remainders - remainder).abs() < 0.065, "{history}: {remainders}");
    }
}
