//! Descriptions: quantiles by numpy, moments by exact fractions and mpmath, robust ones by scipy, sketches by Datadog's
//! ddsketch, order-statistic intervals by adding up binomial probabilities.

use std::collections::BTreeMap;

use measure_core::descriptive::{self, Moments, QuantileRule, QuantileSketch, Trim, WeightedSample};
use measure_core::{Level, NotEnough, Probability, Sample};
use serde::Deserialize;

use super::{APPROXIMATE, Cases, STATISTIC};
use crate::fault::Fault;
use crate::report::Section;

#[derive(Deserialize)]
struct Quantiles {
    x: Vec<f64>,
    q: f64,
    by: BTreeMap<QuantileRule, f64>,
}

pub(super) fn quantiles(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("quantiles");
    for (index, case) in cases.read::<Quantiles>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let sample = Sample::new(case.x.clone()).map_err(&fault)?;
        let at = Probability::new(case.q).map_err(&fault)?;
        let spread = sample.max().unwrap_or(0.0) - sample.min().unwrap_or(0.0);
        for (rule, want) in &case.by {
            let got = descriptive::quantile_by(&sample, at, *rule);
            section.within(format!("{index}, {rule:?} at {at}"), Some(*want), got, STATISTIC, spread * 1e-15);
        }
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct Weighted {
    x: Vec<f64>,
    weights: Vec<f64>,
    q: f64,
    value: f64,
}

pub(super) fn weighted(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("weighted quantiles");
    for (index, case) in cases.read::<Weighted>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let pairs = case.x.iter().copied().zip(case.weights.iter().copied()).collect();
        let sample = WeightedSample::new(pairs).map_err(&fault)?;
        let got = sample.quantile(Probability::new(case.q).map_err(&fault)?);
        section.equal(format!("{index} at {}", case.q), Ok(case.value), got);
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct Ranks {
    n: u32,
    q: f64,
    level: f64,
    ranks: Option<[f64; 2]>,
    need: u64,
}

/// The observations are their own ranks.
pub(super) fn intervals(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("intervals for quantiles");
    for (index, case) in cases.read::<Ranks>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let sample = Sample::new((1..=case.n).map(f64::from).collect()).map_err(&fault)?;
        let (at, level) = (Probability::new(case.q).map_err(&fault)?, Level::new(case.level).map_err(&fault)?);
        let got = descriptive::quantile_interval(&sample, at, level)
            .map(|estimate| [estimate.interval().lower(), estimate.interval().upper()]);
        let refused = NotEnough::TooFew { of: "observations", have: u64::from(case.n), need: case.need };
        section.equal(format!("{at} of {} at {level}", case.n), case.ranks.ok_or(refused), got);
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct Description {
    x: Vec<f64>,
    mean: f64,
    standard_deviation: f64,
    variance: Option<f64>,
    skewness: f64,
    excess_kurtosis: f64,
    mad: f64,
    trimmed_10: Option<f64>,
    trimmed_25: Option<f64>,
    winsorised_10: Option<f64>,
    winsorised_25: Option<f64>,
}

pub(super) fn describe(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut plain = Section::new("descriptions of a sample");
    let mut streamed = Section::new("moments of a stream");
    for (index, case) in cases.read::<Description>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let sample = Sample::new(case.x.clone()).map_err(&fault)?;
        // What one rounding of the largest costs.
        let scale = case.x.iter().fold(0.0_f64, |most, value| most.max(value.abs())) * f64::EPSILON;
        for (name, want, got, absolute) in [
            ("mean", Some(case.mean), descriptive::mean(&sample), 0.0),
            ("standard deviation", Some(case.standard_deviation), descriptive::standard_deviation(&sample), 0.0),
            ("variance", case.variance, descriptive::variance(&sample), 0.0),
            ("MAD", Some(case.mad), descriptive::median_absolute_deviation(&sample), scale),
        ] {
            plain.within(format!("{index}, {name}"), want, got, STATISTIC, absolute);
        }
        for (share, trimmed, winsorised) in
            [(0.1, case.trimmed_10, case.winsorised_10), (0.25, case.trimmed_25, case.winsorised_25)]
        {
            let trim = Trim::new(share).map_err(&fault)?;
            if trimmed.is_some() {
                let got = descriptive::trimmed_mean(&sample, trim);
                plain.within(format!("{index}, trimmed {share}"), trimmed, got, STATISTIC, scale);
                let got = descriptive::winsorised_mean(&sample, trim);
                plain.within(format!("{index}, winsorised {share}"), winsorised, got, STATISTIC, scale);
            }
        }
        // In the order of the file.
        let mut moments = Moments::ZERO;
        case.x.iter().try_for_each(|value| moments.push(*value)).map_err(&fault)?;
        // A mean near 0 of values that are not, and numbers without a unit.
        for (name, want, got, relative, absolute) in [
            ("mean", Some(case.mean), moments.mean(), STATISTIC, scale * 1e-12),
            ("standard deviation", Some(case.standard_deviation), moments.standard_deviation(), STATISTIC, 0.0),
            ("variance", case.variance, moments.variance(), STATISTIC, 0.0),
            ("skewness", Some(case.skewness), moments.skewness(), STATISTIC, STATISTIC),
            ("excess kurtosis", Some(case.excess_kurtosis), moments.excess_kurtosis(), STATISTIC, STATISTIC),
        ] {
            streamed.within(format!("{index}, {name}"), want, got, relative, absolute);
        }
    }
    Ok(vec![plain, streamed])
}

#[derive(Deserialize)]
struct Sketch {
    accuracy: f64,
    x: Vec<f64>,
    q: Vec<f64>,
    values: Vec<f64>,
}

pub(super) fn sketches(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("quantile sketches");
    for (index, case) in cases.read::<Sketch>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let sample = Sample::new(case.x.clone()).map_err(&fault)?;
        let sketch = QuantileSketch::of(&sample, case.accuracy).map_err(&fault)?;
        for (q, want) in case.q.iter().zip(&case.values) {
            let got = sketch.quantile(Probability::new(*q).map_err(&fault)?);
            // Only where the peer is off, by no more than it may be.
            let clamped = got.is_some_and(|got| (got == sketch.min().unwrap_or(got)) && (want - got).abs() > 0.0);
            if clamped && got.is_some_and(|got| (want - got).abs() <= case.accuracy * got.abs()) {
                section.differ("the least is known exactly, and a quantile of its rank is no estimate");
            } else {
                section.within(format!("{index} at {q}"), Some(*want), got, APPROXIMATE, 0.0);
            }
        }
    }
    Ok(vec![section])
}
