//! Laws of the bootstrap.

use measure_core::bootstrap::{Blocks, Bootstrap, Ends, Replicates, Statistic};
use measure_core::descriptive::Trim;
use measure_core::{Estimate, IntervalMethod, Level, NotEnough, Probability, Sample, Seed, Series};
use proptest::prelude::*;

use crate::strategies::{observations, samples, series};

fn statistics() -> impl Strategy<Value = Statistic> {
    prop_oneof![
        Just(Statistic::Mean),
        Just(Statistic::Median),
        Just(Statistic::StandardDeviation),
        (0.0..=1.0).prop_map(|q| Statistic::Quantile(Probability::new(q).unwrap())),
        (0.0..0.5).prop_map(|share| Statistic::TrimmedMean(Trim::new(share).unwrap())),
    ]
}

fn bootstraps() -> impl Strategy<Value = Bootstrap> {
    let ends = prop_oneof![Just(Ends::Bca), Just(Ends::Percentile)];
    (99..300_u32, any::<u64>(), ends).prop_map(|(n, seed, ends)| Bootstrap::new(n, Seed::new(seed)).unwrap().with(ends))
}

fn levels() -> impl Strategy<Value = Level> {
    (0.01..0.98).prop_map(|level| Level::new(level).unwrap())
}

/// Numbers with few bits, so that multiples and shifts of them are exact.
fn whole(most: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((-50..50_i32).prop_map(f64::from), 8..most)
}

fn ends(estimate: Estimate) -> [f64; 3] {
    [estimate.interval().lower(), estimate.value(), estimate.interval().upper()]
}

proptest! {
    #[test]
    fn an_answer_is_finite_and_in_order_or_says_what_is_missing(
        sample in samples(40), statistic in statistics(), bootstrap in bootstraps(), level in levels(),
    ) {
        match bootstrap.of(&sample, statistic, level) {
            Ok(estimate) => {
                let [lower, value, upper] = ends(estimate);
                prop_assert!(lower.is_finite() && value.is_finite() && upper.is_finite() && lower <= upper);
                prop_assert_eq!(estimate.n(), sample.n());
            }
            Err(NotEnough::TooFew { of: "observations", .. }) => prop_assert!(sample.n() < 20 || matches!(statistic, Statistic::Quantile(_))),
            Err(NotEnough::NotReached { .. }) => prop_assert!(matches!(statistic, Statistic::Quantile(_))),
            Err(NotEnough::NoSpread { .. }) => prop_assert_eq!(sample.min(), sample.max()),
            // Spreads of 1e300 and -1e300.
            Err(NotEnough::Undefined { .. }) => prop_assert!(sample.max() == Some(1e300)),
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bits(values in whole(30), statistic in statistics(), bootstrap in bootstraps()) {
        let of = |values: Vec<f64>| bootstrap.of(&Sample::new(values).unwrap(), statistic, Level::P90);
        let (mut turned, first) = (values.clone(), of(values));
        turned.reverse();
        prop_assert_eq!(first, of(turned));
    }

    #[test]
    fn intervals_nest_with_the_level(
        values in observations(40), statistic in statistics(), bootstrap in bootstraps(), a in levels(), b in levels(),
    ) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        if let Ok(drawn) = bootstrap.of_replicates(&Sample::new(values)?, statistic) {
            let (Ok(inner), Ok(outer)) = (drawn.estimate(low), drawn.estimate(high)) else { return Ok(()) };
            prop_assert_eq!(inner.method(), outer.method());
            let rounding = 1e-9 * outer.interval().width();
            prop_assert!(outer.interval().lower() <= inner.interval().lower() + rounding, "{inner} {outer}");
            prop_assert!(inner.interval().upper() <= outer.interval().upper() + rounding, "{inner} {outer}");
        }
    }

    #[test]
    fn a_change_of_unit_changes_the_unit_of_the_answer(
        values in whole(30), statistic in statistics(), bootstrap in bootstraps(), power in -900..900_i32,
    ) {
        let of = |unit: f64| {
            let scaled = values.iter().map(|value| value * unit).collect();
            bootstrap.of(&Sample::new(scaled).unwrap(), statistic, Level::P90)
        };
        let unit = 2_f64.powi(power);
        match (of(1.0), of(unit)) {
            (Ok(plain), Ok(scaled)) => {
                prop_assert_eq!(plain.method(), scaled.method());
                for (one, other) in ends(plain).into_iter().zip(ends(scaled)) {
                    prop_assert!((one - other / unit).abs() <= 1e-11 * one.abs().max(1.0), "{plain} {scaled}");
                }
            }
            (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
        }
    }

    #[test]
    fn a_change_to_a_decimal_unit_does_so_too(
        values in whole(30), statistic in statistics(), bootstrap in bootstraps(), unit in 1..10_000_u32, power in -3..3_i32,
    ) {
        let of = |unit: f64| {
            let scaled = values.iter().map(|value| value * unit).collect();
            bootstrap.of(&Sample::new(scaled).unwrap(), statistic, Level::P90)
        };
        let unit = f64::from(unit) * 10_f64.powi(power);
        match (of(1.0), of(unit)) {
            (Ok(plain), Ok(scaled)) => {
                prop_assert_eq!(plain.method(), scaled.method());
                for (one, other) in ends(plain).into_iter().zip(ends(scaled)) {
                    prop_assert!((one - other / unit).abs() <= 1e-9 * one.abs().max(1.0), "{plain} {scaled}");
                }
            }
            (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
        }
    }

    #[test]
    fn moving_the_sample_moves_a_mean_or_quantile_and_leaves_a_spread(
        values in whole(30), statistic in statistics(), bootstrap in bootstraps(), shift in -1000..1000_i32,
    ) {
        let of = |shift: f64| {
            let moved = values.iter().map(|value| value + shift).collect();
            bootstrap.of(&Sample::new(moved).unwrap(), statistic, Level::P90)
        };
        if let (Ok(plain), Ok(moved)) = (of(0.0), of(f64::from(shift))) {
            let by = if statistic == Statistic::StandardDeviation { 0.0 } else { f64::from(shift) };
            let tolerance = 1e-9;
            for (one, other) in ends(plain).into_iter().zip(ends(moved)) {
                prop_assert!((one + by - other).abs() <= tolerance, "{plain} {moved}");
            }
        }
    }

    #[test]
    fn a_fast_path_gives_what_the_written_out_resample_gives(
        values in whole(25), statistic in statistics(), seed: u64,
    ) {
        let (sample, bootstrap) = (Sample::new(values)?, Bootstrap::new(99, Seed::new(seed))?);
        let own = |sorted: &[f64]| statistic.value(&Sample::new(sorted.to_vec()).unwrap()).unwrap_or(0.0);
        if let Ok(fast) = bootstrap.of_replicates(&sample, statistic) {
            let slow = bootstrap.one_sample_replicates(&sample, own).unwrap();
            let both = |one: &Sample, other: &Sample| one.values().iter().zip(other.values())
                .all(|(one, other)| (one - other).abs() < 1e-9);
            prop_assert!(both(fast.replicates(), slow.replicates()));
            prop_assert!(both(&fast.jackknives()[0], &slow.jackknives()[0]), "{statistic:?}");
            prop_assert_eq!(fast.jackknives()[0].len(), sample.len());
        }
    }

    #[test]
    fn turning_the_sign_mirrors_the_interval(
        jackknife in whole(20), estimate in -20..20_i32, level in levels(),
    ) {
        let drawn: Vec<f64> = (-60..60_i32).map(|at| f64::from(at * at.abs() % 47)).collect();
        let of = |sign: f64| {
            let turned = |values: &[f64]| Sample::new(values.iter().map(|value| sign * value).collect()).unwrap();
            let estimate = sign * f64::from(estimate);
            Replicates::new(estimate, turned(&drawn), vec![turned(&jackknife)]).unwrap()
        };
        let (one, other) = (of(1.0), of(-1.0));
        for (one, other) in [(one.percentile(level), other.percentile(level)), (one.bca(level), other.bca(level))] {
            let (one, other) = (one.unwrap(), other.unwrap());
            prop_assert_eq!(one.method(), other.method());
            prop_assert!((one.interval().lower() + other.interval().upper()).abs() < 1e-9, "{one} {other}");
            prop_assert!((one.interval().upper() + other.interval().lower()).abs() < 1e-9, "{one} {other}");
        }
    }

    #[test]
    fn blocks_answer_for_any_series_or_say_what_is_missing(
        series in series(60), statistic in statistics(), bootstrap in bootstraps(), length in 0..12_usize,
    ) {
        let blocks = if length == 0 { Blocks::AUTOMATIC } else { Blocks::of(length)? };
        match bootstrap.of_series(&series, blocks, statistic, Level::P90) {
            Ok(estimate) => {
                let [lower, value, upper] = ends(estimate);
                prop_assert!(lower.is_finite() && value.is_finite() && upper.is_finite() && lower <= upper);
                prop_assert_eq!(estimate.method(), IntervalMethod::BlockBootstrap);
                let length = blocks.length(&series).unwrap();
                prop_assert!((1..=series.len() / 2).contains(&length));
            }
            Err(NotEnough::TooFew { need, .. }) => prop_assert!(series.n() < need),
            Err(NotEnough::NotReached { .. }) => prop_assert!(matches!(statistic, Statistic::Quantile(_))),
            Err(NotEnough::NoSpread { .. }) => prop_assert_eq!(series.to_sample().min(), series.to_sample().max()),
            Err(NotEnough::Undefined { .. }) => prop_assert!(series.to_sample().max() == Some(1e300)),
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_resample_of_blocks_holds_runs_of_the_series(n in 4..40_usize, length in 1..20_usize, seed: u64) {
        prop_assume!(length * 2 <= n && n >= 8);
        let series = Series::new((0..n).map(|moment| moment as f64).collect())?;
        let bootstrap = Bootstrap::new(10, Seed::new(seed))?;
        let mut broken = 0;
        bootstrap.series_replicates(&series, Blocks::of(length)?, |resample| {
            let follows = |pair: &[f64]| (pair[0] as usize + 1) % n == pair[1] as usize;
            let breaks = resample.windows(2).enumerate().filter(|(at, pair)| (at + 1) % length != 0 && !follows(pair));
            broken += breaks.count() + usize::from(resample.len() != n);
            resample[0]
        }).unwrap();
        prop_assert_eq!(broken, 0);
    }

    #[test]
    fn json_gives_back_an_equal_value(bootstrap in bootstraps(), length in prop::option::of(1..50_usize)) {
        let blocks = length.map_or(Blocks::AUTOMATIC, |length| Blocks::of(length).unwrap());
        let text = serde_json::to_string(&(bootstrap, blocks))?;
        prop_assert_eq!(serde_json::from_str::<(Bootstrap, Blocks)>(&text)?, (bootstrap, blocks));
    }
}
