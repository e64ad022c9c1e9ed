//! Whatever the observations, an answer is finite, its interval is in order, and nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use measure_core::bootstrap::{Blocks, Bootstrap, Statistic};
use measure_core::calibration::{AucInterval, Binning, Forecasts, PlattScale};
use measure_core::clustered::ClusteredRatio;
use measure_core::compare::{self, Margin, Permutations, Question};
use measure_core::inequality::Shares;
use measure_core::rate::{
    CountSeries, compare_negative_binomial, compare_poisson, compare_quasi_poisson, compare_rates,
};
use measure_core::survival::{Durations, log_rank};
use measure_core::{
    Alternative, Estimate, Level, Method, PositiveSample, Probability, Proportion, Rate, Sample, Seed, Series, Test,
    descriptive, proportion, trend,
};

/// What numbers are made of: those that arithmetic stumbles over, and small ones that tie.
const ODD: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    5e-324,
    -5e-324,
    f64::MIN_POSITIVE,
    1e-300,
    -1e-300,
    1e300,
    -1e300,
    1e150,
    1e16,
    0.1,
    1e-9,
    3.0,
];

fn number(byte: u8) -> f64 {
    let odd = usize::from(byte >> 4).checked_sub(8).and_then(|_| ODD.get(usize::from(byte & 15)));
    odd.copied().unwrap_or(f64::from(byte) - 60.0)
}

fn fine(estimate: Estimate) {
    let interval = estimate.interval();
    assert!(estimate.value().is_finite() && interval.lower().is_finite() && interval.upper().is_finite(), "{estimate}");
    assert!(interval.lower() <= interval.upper(), "{estimate}");
}

fn sound(test: Test) {
    assert!(test.statistic().is_finite() && (0.0..=1.0).contains(&test.p_value().get()), "{test}");
}

fuzz_target!(|input: (u8, u8, Vec<u8>, Vec<u8>)| {
    let (level, side, mut first, mut second) = input;
    first.truncate(40);
    second.truncate(40);
    let level = Level::new((f64::from(level) + 0.5) / 256.0).expect("between 0 and 1");
    let alternative = [Alternative::TwoSided, Alternative::Less, Alternative::Greater][usize::from(side % 3)];
    let numbers = |bytes: &[u8]| bytes.iter().map(|byte| number(*byte)).collect::<Vec<_>>();
    two_samples(&numbers(&first), &numbers(&second), alternative, level);
    one_series(&numbers(&first), alternative, level);
    counts(&first, &second, alternative, level);
    pairs(&first, &second, level);
});

fn two_samples(first: &[f64], second: &[f64], alternative: Alternative, level: Level) {
    let (x, y) = (Sample::new(first.to_vec()).expect("in range"), Sample::new(second.to_vec()).expect("in range"));
    let bootstrap = Bootstrap::new(50, Seed::new(1)).expect("enough");
    compare::mann_whitney(&x, &y, alternative).into_iter().for_each(sound);
    compare::mann_whitney_normal(&x, &y, alternative).into_iter().for_each(sound);
    compare::brunner_munzel(&x, &y, alternative).into_iter().for_each(sound);
    compare::kolmogorov_smirnov(&x, &y, alternative).into_iter().for_each(sound);
    compare::kolmogorov_smirnov_limit(&x, &y, alternative).into_iter().for_each(sound);
    compare::welch_test(&x, &y, alternative).into_iter().for_each(sound);
    compare::welch(&x, &y, level).into_iter().for_each(fine);
    compare::hodges_lehmann(&x, &y, level).into_iter().for_each(fine);
    compare::cliffs_delta(&x, &y, level).into_iter().for_each(fine);
    compare::common_language(&x, &y, level).into_iter().for_each(fine);
    let permutations = Permutations::new(50, Seed::new(1)).expect("enough");
    compare::permutation_test(&x, &y, Statistic::Mean, alternative, permutations).into_iter().for_each(sound);
    bootstrap.of(&x, Statistic::Median, level).into_iter().for_each(fine);
    bootstrap.of(&x, Statistic::Mean, level).into_iter().for_each(fine);
    bootstrap.difference(&x, &y, Statistic::Mean, level).into_iter().for_each(fine);
    for margin in [Margin::absolute(1.0), Margin::relative(0.05)] {
        let _ = compare::compare(&x, &y, &Question::at(level).within(margin.expect("above 0")));
    }
    if let (Ok(x), Ok(y)) = (PositiveSample::new(x.clone()), PositiveSample::new(y)) {
        compare::geometric_mean_ratio(&x, &y, level).into_iter().for_each(fine);
    }
    let median = Probability::new(0.5).expect("in range");
    descriptive::quantile_interval(&x, median, level).into_iter().for_each(fine);
    for value in [
        descriptive::mean(&x),
        descriptive::median(&x),
        descriptive::variance(&x),
        descriptive::standard_deviation(&x),
        descriptive::median_absolute_deviation(&x),
    ] {
        assert!(value.is_none_or(f64::is_finite), "{value:?}");
    }
    let _ = (descriptive::modified_z_fences(&x), descriptive::tukey_fences(&x));
    if let Ok(shares) = Shares::new(first.to_vec()) {
        for share in [shares.gini(), shares.jain(), shares.largest_part()].into_iter().flatten() {
            assert!((0.0..=1.0).contains(&share), "{share}");
        }
    }
}

fn one_series(values: &[f64], alternative: Alternative, level: Level) {
    let series = Series::new(values.to_vec()).expect("in range");
    for found in
        [trend::mann_kendall(&series, alternative), trend::hamed_rao(&series, alternative)].into_iter().flatten()
    {
        sound(found.test);
    }
    trend::theil_sen(&series, level).into_iter().for_each(|line| fine(line.slope));
    let bootstrap = Bootstrap::new(50, Seed::new(1)).expect("enough");
    bootstrap.of_series(&series, Blocks::AUTOMATIC, Statistic::Mean, level).into_iter().for_each(fine);
}

fn counts(first: &[u8], second: &[u8], alternative: Alternative, level: Level) {
    let proportion = |bytes: &[u8]| {
        let (hits, all) =
            bytes.iter().fold((0, 0), |(hits, all), byte| (hits + u64::from(byte & 1), all + u64::from(byte >> 1)));
        Proportion::new(hits.min(all), all).expect("in order")
    };
    let (x, y) = (proportion(first), proportion(second));
    for method in [Method::Wilson, Method::ClopperPearson, Method::Jeffreys] {
        x.measured(method, level).into_iter().for_each(fine);
    }
    proportion::difference(x, y, level).into_iter().for_each(fine);
    proportion::ratio(x, y, level).into_iter().for_each(fine);
    let periods = |bytes: &[u8]| {
        CountSeries::of_equal_periods(&bytes.iter().map(|byte| u64::from(*byte % 9)).collect::<Vec<_>>())
    };
    if let (Ok(x), Ok(y)) = (periods(first), periods(second)) {
        for found in [
            compare_rates(&x, &y, level, alternative).ok(),
            compare_quasi_poisson(&x, &y, level, alternative).ok(),
            compare_negative_binomial(&x, &y, level, alternative).ok(),
            compare_poisson(&x, &y, level, alternative).ok(),
        ]
        .into_iter()
        .flatten()
        {
            sound(found.test);
            found.ratio.into_iter().for_each(fine);
        }
    }
    if let Ok(rate) = Rate::new(x.successes(), 1.0 + f64::from(first.first().copied().unwrap_or(0))) {
        rate.garwood(level).into_iter().for_each(fine);
    }
    let clusters = first.iter().zip(second).map(|(y, x)| (number(*y), number(*x).abs()));
    if let Ok(ratio) = ClusteredRatio::of(clusters) {
        ratio.measured(level).into_iter().for_each(fine);
    }
}

fn pairs(first: &[u8], second: &[u8], level: Level) {
    let durations = |bytes: &[u8]| {
        Durations::new(bytes.iter().map(|byte| (number(*byte).abs(), byte & 2 == 0))).expect("at least 0")
    };
    let (x, y) = (durations(first), durations(second));
    if let Ok(curve) = x.kaplan_meier() {
        let median = curve.median(level);
        for end in [median.lower, median.value, median.upper].into_iter().flatten() {
            assert!(end.is_finite(), "{median:?}");
        }
        assert!(curve.band(level).iter().all(|interval| 0.0 <= interval.lower() && interval.upper() <= 1.0));
    }
    if let Ok(found) = log_rank(&x, &y) {
        sound(found.test);
    }
    let forecasts = Forecasts::new(first.iter().map(|byte| {
        let p = Probability::new(f64::from(byte >> 1) / 127.0).expect("in range");
        (p, byte & 1 == 1)
    }));
    forecasts.brier(level).into_iter().for_each(fine);
    for interval in [AucInterval::Wilson, AucInterval::Logit, AucInterval::Plain] {
        forecasts.auc(interval, level).into_iter().for_each(fine);
    }
    let _ = (forecasts.reliability(Binning::default(), level), forecasts.decomposition(Binning::Distinct));
    if let (Ok(platt), Ok(isotonic)) = (forecasts.platt(PlattScale::Probability), forecasts.isotonic()) {
        for p in [0.0, 0.3, 1.0] {
            let p = Probability::new(p).expect("in range");
            let (one, other) = (platt.apply(p).get(), isotonic.apply(p).get());
            assert!((0.0..=1.0).contains(&one) && (0.0..=1.0).contains(&other), "{one} {other}");
        }
    }
}
