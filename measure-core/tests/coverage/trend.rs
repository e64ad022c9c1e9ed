//! Trends: false alarms, power, the interval of the slope, and changes of level where there are none.

use measure_core::trend::{self, Correction, Cusum, Direction, Segmentation};
use measure_core::{Level, Seed, Series};
use rand_chacha::ChaCha8Rng;

use super::simulate::{error, generator, normal, share};

/// Normal noise in which each observation resembles the last, of standard deviation 1, around a line.
fn series(rng: &mut ChaCha8Rng, n: usize, rho: f64, slope: f64) -> Series {
    let mut noise = normal(rng);
    let values = (0..n).map(|step| {
        if step > 0 {
            noise = rho * noise + (1.0 - rho * rho).sqrt() * normal(rng);
        }
        noise + slope * step as f64
    });
    Series::new(values.collect()).unwrap()
}

fn alarms(runs: u32, n: usize, rho: f64, correction: Correction) -> f64 {
    let mut rng = generator(n as u64);
    share(runs, |_| {
        let found = trend::trend_by(&series(&mut rng, n, rho, 0.0), Level::P95, Level::P80, correction).unwrap();
        found.direction != Direction::NotFound
    })
}

/// The figures in the documentation of `Correction` and `first_order`, in percent.
#[test]
fn false_alarms_are_as_often_as_the_documentation_says() {
    for (correction, n, rho, percent) in [
        (Correction::None, 12, 0.0, 4.4),
        (Correction::None, 12, 0.4, 14.5),
        (Correction::None, 26, 0.4, 16.6),
        (Correction::None, 52, 0.4, 18.1),
        (Correction::HamedRao, 12, 0.0, 7.5),
        (Correction::HamedRao, 26, 0.4, 18.6),
        (Correction::HamedRaoWhereSignificant, 26, 0.0, 5.9),
        (Correction::HamedRaoWhereSignificant, 26, 0.4, 15.4),
        (Correction::FirstOrder, 12, 0.0, 3.0),
        (Correction::FirstOrder, 12, 0.4, 8.8),
        (Correction::FirstOrder, 26, 0.0, 3.5),
        (Correction::FirstOrder, 26, 0.4, 8.3),
        (Correction::FirstOrder, 52, 0.4, 6.7),
    ] {
        let runs = if n > 26 { 800 } else { 1_500 };
        let (expected, got) = (percent / 100.0, alarms(runs, n, rho, correction));
        assert!((got - expected).abs() <= error(expected, runs), "{correction:?} n = {n} rho = {rho}: {got}");
    }
}

#[test]
fn a_change_of_level_is_not_taken_for_memory() {
    for (n, height, percent) in
        [(12, 2.0, 46.0), (12, 12.0, 60.0), (26, 2.0, 89.0), (26, 12.0, 99.0), (52, 12.0, 100.0)]
    {
        let mut rng = generator(8);
        let (runs, expected) = (1_000, percent / 100.0);
        let found = share(runs, |_| {
            let values = (0..n).map(|step| normal(&mut rng) + if 2 * step >= n { height } else { 0.0 }).collect();
            trend::trend(&Series::new(values).unwrap(), Level::P95).unwrap().direction == Direction::Rising
        });
        assert!((found - expected).abs() <= error(expected, runs) + 0.005, "n = {n}, {height}: {found}");
    }
}

#[test]
fn the_slope_is_in_its_interval_as_often_as_the_level_says() {
    for (n, level) in [(12, Level::P80), (26, Level::P95)] {
        let mut rng = generator(3);
        let runs = 2_000;
        let held = share(runs, |_| {
            trend::theil_sen(&series(&mut rng, n, 0.0, 0.3), level).unwrap().slope.interval().contains(0.3)
        });
        // At 12 observations the order statistics leave no closer choice than some two points.
        let discrete = if n < 20 { 0.03 } else { 0.005 };
        assert!((held - level.get()).abs() <= error(level.get(), runs) + discrete, "{n}: {held}");
    }
}

#[test]
fn a_corrected_interval_holds_where_a_plain_one_does_not() {
    let held = |correction| {
        let mut rng = generator(4);
        share(1_500, |_| {
            let found = trend::trend_by(&series(&mut rng, 26, 0.4, 0.3), Level::P95, Level::P80, correction).unwrap();
            found.line.slope.interval().contains(0.3)
        })
    };
    let (plain, corrected) = (held(Correction::None), held(Correction::FirstOrder));
    assert!(plain < 0.86 && corrected > 0.90, "{plain} {corrected}");
}

#[test]
fn the_detectable_slope_is_detected_as_often_as_it_says() {
    let runs = 600;
    for (n, power, expected) in
        [(8, Level::P80, 0.72), (12, Level::P80, 0.78), (26, Level::P80, 0.78), (26, Level::P95, 0.93)]
    {
        let mut rng = generator(n as u64);
        let seen = share(runs, |_| {
            let quiet = series(&mut rng, n, 0.0, 0.0);
            let slope = trend::detectable_slope(&quiet, Level::P95, power, Correction::None).unwrap().unwrap();
            // The slope that one series is said to show, tried on another of the same kind.
            let found = series(&mut rng, n, 0.0, slope);
            let found = trend::trend_by(&found, Level::P95, power, Correction::None).unwrap();
            found.direction == Direction::Rising
        });
        assert!((seen - expected).abs() <= error(expected, runs), "n = {n}, {power}: {seen}");
    }
}

#[test]
fn changes_are_found_where_there_are_none_as_often_as_the_documentation_says() {
    let (plain, corrected) = (Segmentation::default(), Segmentation::default().corrected());
    let ranked = corrected.ranked();
    for (n, rho, asked, expected) in [
        (12, 0.0, plain, 0.085),
        (52, 0.0, plain, 0.032),
        (26, 0.4, plain, 0.41),
        (12, 0.0, corrected, 0.031),
        (12, 0.4, corrected, 0.082),
        (26, 0.4, corrected, 0.082),
        (52, 0.4, corrected, 0.070),
        (12, 0.4, ranked, 0.087),
        (26, 0.0, ranked, 0.010),
        (26, 0.4, ranked, 0.078),
    ] {
        let mut rng = generator(5);
        let runs = 800;
        let found = share(runs, |_| {
            let quiet = series(&mut rng, n, rho, 0.0);
            !trend::segments(&quiet, asked, Seed::new(1)).unwrap().changes.is_empty()
        });
        assert!((found - expected).abs() <= error(expected, runs), "n = {n}: {found}");
    }
}

#[test]
fn a_test_for_one_change_raises_as_many_false_alarms_as_it_says() {
    let mut rng = generator(6);
    let runs = 1_000;
    let told = share(runs, |run| {
        let quiet = series(&mut rng, 20, 0.0, 0.0);
        trend::cusum_test(&quiet, 199, Seed::new(run.into())).unwrap().test.p_value().get() <= 0.05
    });
    assert!((told - 0.05).abs() <= error(0.05, runs), "{told}");
    // The limit distribution is on the safe side, since a sum in steps strays less far than one without.
    let runs = 400;
    let told = share(runs, |_| {
        let quiet = series(&mut rng, 1_001, 0.0, 0.0);
        trend::cusum_test(&quiet, 0, Seed::new(0)).unwrap().test.p_value().get() <= 0.05
    });
    assert!(told <= 0.05 + error(0.05, runs) && told >= 0.01, "{told}");
}

#[test]
fn cumulative_sums_alarm_as_seldom_as_montgomery_says() {
    let mut rng = generator(7);
    let runs = 2_000;
    let mut lengths = Vec::new();
    for _ in 0..runs {
        let mut watch = Cusum::new(0.0, 0.5, 4.0).unwrap();
        let length = (1..).find(|_| watch.observe(normal(&mut rng)).unwrap().is_some()).unwrap();
        lengths.push(f64::from(length));
    }
    let mean = lengths.iter().sum::<f64>() / f64::from(runs);
    // The length of a run is as good as geometric: its standard deviation is its mean.
    assert!((mean - 168.0).abs() <= 4.0 * 168.0 / f64::from(runs).sqrt(), "{mean}");
}
