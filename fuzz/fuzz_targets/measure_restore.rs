//! Any JSON is read as every stored value of measure-core or refused; what is read is written and read again as an
//! equal value, and answers without a NaN.
#![no_main]

use std::fmt::{Debug, Display};

use libfuzzer_sys::fuzz_target;
use measure_core::bootstrap::{Blocks, Bootstrap, Statistic};
use measure_core::calibration::{AucInterval, Binning, Clip, Forecasts, Isotonic, PairedForecasts, Platt, Recalibration};
use measure_core::clustered::ClusteredRatio;
use measure_core::compare::{Margin, cliffs_delta, geometric_mean, geometric_mean_ratio, hodges_lehmann, mann_whitney};
use measure_core::descriptive::{
    Moments, QuantileRule, QuantileSketch, Trim, WeightedSample, mean, median, median_absolute_deviation,
    quantile_interval, trimmed_mean, variance,
};
use measure_core::inequality::Shares;
use measure_core::proportion::{difference, fisher_exact, fisher_mid_p, power_of_difference, ratio};
use measure_core::rate::{CountSeries, Rate};
use measure_core::sequential::{SequentialComparison, SequentialMean, SequentialNormalMean, SequentialProportion};
use measure_core::survival::{Durations, Elapsed};
use measure_core::trend::{Correction, Cusum, hamed_rao, mann_kendall, theil_sen};
use measure_core::{
    Alternative, Interval, Level, Method, PositiveSample, Probability, Proportion, Sample, Seed, Series,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

const SIDES: [Alternative; 3] = [Alternative::TwoSided, Alternative::Less, Alternative::Greater];
const LEVEL: Level = Level::P95;

fuzz_target!(|text: &str| {
    values(text);
    if let Some(proportion) = restored::<Proportion>(text) {
        of_a_proportion(proportion);
    }
    machines(text);
    accumulators(text);
    observations(text);
    forecasts(text);
});

/// Plain values, which the constructors of the rest take.
fn values(text: &str) {
    if let Some(p) = restored::<Probability>(text) {
        assert!((0.0..=1.0).contains(&p.get()));
    }
    if let Some(level) = restored::<Level>(text) {
        answered(Ok::<_, &str>(Proportion::new(3, 50).expect("3 of 50").wilson(level)));
    }
    if let Some(interval) = restored::<Interval>(text) {
        assert!(interval.lower() <= interval.upper() && interval.contains(interval.lower()));
    }
    let _ = (restored::<Seed>(text), restored::<Alternative>(text), restored::<Method>(text));
    let _ = (restored::<Margin>(text), restored::<Trim>(text), restored::<QuantileRule>(text));
    let _ = (restored::<Clip>(text), restored::<Binning>(text), restored::<AucInterval>(text));
    let _ = (restored::<Bootstrap>(text), restored::<Blocks>(text), restored::<Statistic>(text));
    let _ = (restored::<Correction>(text), restored::<Elapsed>(text));
}

fn of_a_proportion(proportion: Proportion) {
    let other = Proportion::new(7, 90).expect("7 of 90");
    for method in [Method::Wilson, Method::ClopperPearson, Method::Jeffreys] {
        answered(proportion.measured(method, LEVEL));
    }
    answered(difference(proportion, other, LEVEL));
    answered(ratio(other, proportion, LEVEL));
    for side in SIDES {
        for p in [0.0, 1e-6, 0.3, 1.0].map(|p| Probability::new(p).expect("a probability")) {
            answered(Ok::<_, &str>(proportion.binomial_test(p, side)));
            answered(Ok::<_, &str>(proportion.binomial_test_mid_p(p, side)));
        }
        answered(Ok::<_, &str>(fisher_exact(proportion, other, side)));
        answered(Ok::<_, &str>(fisher_mid_p(other, proportion, side)));
    }
    let [p, q] = [0.1, 0.2].map(|p| Probability::new(p).expect("a probability"));
    answered(Ok::<_, &str>(power_of_difference(p, q, proportion.successes(), proportion.trials(), LEVEL)));
}

/// Machines go on from where they are.
fn machines(text: &str) {
    let batch = Proportion::new(2, 5).expect("2 of 5");
    if let Some(mut machine) = restored::<SequentialProportion>(text) {
        let _ = machine.observe(batch);
        answered(machine.estimate());
        sound(machine.ln_e_value(), machine.verdict());
        let _ = again(&machine);
    }
    if let Some(mut machine) = restored::<SequentialComparison>(text) {
        let _ = machine.observe(batch, batch);
        answered(machine.difference());
        answered(machine.ratio());
        sound(machine.ln_e_value(), machine.verdict());
        let _ = again(&machine);
    }
    if let Some(mut machine) = restored::<SequentialMean>(text) {
        let (lower, upper) = machine.bounds();
        for observation in [lower, upper, machine.claim()] {
            machine.observe(observation).expect("what is within the bounds");
        }
        answered(machine.estimate());
        sound(machine.ln_e_value(), machine.verdict());
        let _ = again(&machine);
    }
    if let Some(mut machine) = restored::<SequentialNormalMean>(text) {
        for observation in [0.0, machine.claim(), measure_core::LARGEST] {
            machine.observe(observation).expect("what is within bounds");
        }
        answered(machine.estimate());
        sound(machine.ln_e_value(), machine.verdict());
        let _ = again(&machine);
    }
    if let Some(mut machine) = restored::<Cusum>(text) {
        let _ = machine.observe(1.0);
        let _ = again(&machine);
    }
}

fn sound(ln_e: f64, verdict: measure_core::sequential::Verdict) {
    assert!(ln_e.is_finite() && !verdict.to_string().is_empty());
    assert!(verdict.p_value().get() <= (-ln_e).exp() * (1.0 + 1e-6), "{ln_e} {verdict:?}");
}

/// What shards merge.
fn accumulators(text: &str) {
    if let Some(rate) = restored::<Rate>(text) {
        answered(rate.garwood(LEVEL));
        finite(rate.estimate().ok());
        if let Ok(twice) = rate.merge(rate) {
            let _ = again(&twice);
        }
        for side in SIDES {
            answered(rate.poisson_test(2.5, side));
        }
    }
    if let Some(series) = restored::<CountSeries>(text) {
        answered(series.dispersion(LEVEL));
    }
    if let Some(clusters) = restored::<ClusteredRatio>(text) {
        answered(clusters.measured(LEVEL));
        finite(clusters.standard_error().ok());
        if let Ok(twice) = clusters.merge(clusters) {
            let _ = again(&twice);
        }
    }
    if let Some(moments) = restored::<Moments>(text) {
        let merged = moments.merge(moments).unwrap_or(moments);
        for moments in [moments, merged] {
            for moment in [moments.mean(), moments.variance(), moments.skewness(), moments.excess_kurtosis()] {
                finite(moment);
            }
            let _ = again(&moments);
        }
    }
    if let Some(sketch) = restored::<QuantileSketch>(text) {
        let merged = sketch.clone().merge(&sketch).unwrap_or_else(|_| sketch.clone());
        for sketch in [sketch, merged] {
            for at in [0.0, 0.01, 0.5, 0.99, 1.0] {
                finite(sketch.quantile(Probability::new(at).expect("a probability")));
            }
            let _ = again(&sketch);
        }
    }
    if let Some(shares) = restored::<Shares>(text) {
        for part in [shares.gini(), shares.gini_corrected(), shares.jain(), shares.largest_part()] {
            assert!(part.is_err() || part.is_ok_and(|part| (-1e-9..=1.0 + 1e-9).contains(&part)), "{shares:?}");
        }
    }
    if let Some(durations) = restored::<Durations>(text) {
        if let Ok(curve) = durations.kaplan_meier() {
            answered(Ok::<_, &str>(curve.band(LEVEL)));
        }
    }
}

fn observations(text: &str) {
    if let Some(sample) = restored::<Sample>(text) {
        let trim = Trim::new(0.1).expect("a tenth");
        for moment in [
            mean(&sample),
            variance(&sample),
            median(&sample),
            median_absolute_deviation(&sample),
            trimmed_mean(&sample, trim),
        ] {
            finite(moment);
        }
        answered(quantile_interval(&sample, Probability::new(0.5).expect("a half"), LEVEL));
        let other = Sample::new(vec![-1e300, 0.0, 0.5, 3.0, 7.0]).expect("a sample");
        answered(hodges_lehmann(&sample, &other, LEVEL));
        answered(cliffs_delta(&other, &sample, LEVEL));
        for side in SIDES {
            answered(mann_whitney(&sample, &other, side));
        }
        assert_eq!(sample.clone().merge(&Sample::default()), sample);
    }
    if let Some(positive) = restored::<PositiveSample>(text) {
        finite(geometric_mean(&positive));
        let other = Sample::new(vec![0.5, 3.0, 7.0]).and_then(PositiveSample::new).expect("a positive sample");
        answered(geometric_mean_ratio(&positive, &other, LEVEL));
    }
    if let Some(series) = restored::<Series>(text) {
        assert_eq!(series.to_sample().n(), series.n());
        answered(mann_kendall(&series, Alternative::TwoSided));
        answered(hamed_rao(&series, Alternative::TwoSided));
        answered(theil_sen(&series, LEVEL));
    }
    if let Some(weighted) = restored::<WeightedSample>(text) {
        finite(weighted.mean().ok());
        finite(weighted.quantile(Probability::new(0.5).expect("a half")).ok());
    }
}

fn forecasts(text: &str) {
    let half = Probability::new(0.5).expect("a half");
    if let Some(forecasts) = restored::<Forecasts>(text) {
        answered(forecasts.brier(LEVEL));
        answered(forecasts.brier_skill(LEVEL));
    }
    let _ = restored::<PairedForecasts>(text);
    if let Some(map) = restored::<Isotonic>(text) {
        assert!((0.0..=1.0).contains(&map.apply(half).get()));
    }
    if let Some(map) = restored::<Platt>(text) {
        assert!((0.0..=1.0).contains(&map.apply(half).get()));
    }
    if let Some(map) = restored::<Recalibration>(text) {
        assert!((0.0..=1.0).contains(&map.apply(half).get()));
    }
}

/// The value, if the text is one.
fn restored<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok().map(|value| again(&value))
}

/// The value after it was written and read.
fn again<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> T {
    let json = serde_json::to_string(value).expect("a value serialises");
    let read: T = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json} is not read again: {error}"));
    assert_eq!(&read, value, "{json}");
    read
}

/// An answer holds only finite numbers (JSON writes others as null), and a refusal speaks.
fn answered<T: Serialize, E: Display>(answer: Result<T, E>) {
    match answer {
        Ok(answer) => {
            let json = serde_json::to_string(&answer).expect("an answer serialises");
            assert!(!json.contains("null") || json == "null", "{json}");
        }
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
}

fn finite(number: Option<f64>) {
    assert!(number.is_none_or(f64::is_finite), "{number:?}");
}
