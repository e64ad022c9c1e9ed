//! Ratios over clusters by statsmodels; adjusted p-values by scipy.

use measure_core::{ClusteredRatio, Error, Level, Probability, benjamini_hochberg};
use serde::Deserialize;

use super::{APPROXIMATE, Cases, STATISTIC};
use crate::fault::Fault;
use crate::report::Section;

#[derive(Deserialize)]
struct Clustered {
    clusters: Vec<(f64, f64)>,
    population: Option<u64>,
    level: f64,
    ratio: f64,
    error: f64,
    interval: [f64; 2],
    above: Vec<(f64, f64)>,
}

pub(super) fn ratios(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut statistics = Section::new("ratios over clusters");
    let mut bounds = Section::new("bounds and probabilities over clusters");
    for (index, case) in cases.read::<Clustered>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let level = Level::new(case.level).map_err(&fault)?;
        let ratio = ClusteredRatio::of(case.clusters.iter().copied()).map_err(&fault)?;
        // A team far larger than any number of clusters is one without bound.
        let sampled = ratio.out_of(case.population.unwrap_or(u64::MAX)).map_err(&fault)?;
        let estimate = sampled.measured(level).map_err(Error::from).map_err(&fault)?;
        let id = format!("{} clusters of {:?}", case.clusters.len(), case.population);
        statistics.within(format!("{id}, ratio"), Some(case.ratio), Some(estimate.value()), STATISTIC, 0.0);
        statistics.within(format!("{id}, error"), Some(case.error), sampled.standard_error().ok(), STATISTIC, 0.0);
        let [lower, upper] = case.interval;
        // An end near 0 is a difference.
        let rounding = 1e-12 * case.ratio.abs();
        bounds.within(format!("{id}, lower"), Some(lower), Some(estimate.interval().lower()), APPROXIMATE, rounding);
        bounds.within(format!("{id}, upper"), Some(upper), Some(estimate.interval().upper()), APPROXIMATE, rounding);
        for (cap, above) in &case.above {
            let have = sampled.probability_above(*cap).map_err(&fault)?.get();
            bounds.within(format!("{id}, above {cap}"), Some(*above), Some(have), APPROXIMATE, 0.0);
        }
    }
    Ok(vec![statistics, bounds])
}

#[derive(Deserialize)]
struct Discoveries {
    p_values: Vec<f64>,
    adjusted: Vec<f64>,
}

pub(super) fn discoveries(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("p-values adjusted by Benjamini and Hochberg");
    for (index, case) in cases.read::<Discoveries>()?.iter().enumerate() {
        let p_values = case.p_values.iter().map(|p| Probability::new(*p)).collect::<Result<Vec<_>, _>>();
        let adjusted = benjamini_hochberg(&p_values.map_err(cases.fault(index))?);
        section.equal(format!("list {index}, length"), case.adjusted.len(), adjusted.len());
        for (place, (want, have)) in case.adjusted.iter().zip(adjusted).enumerate() {
            section.within(format!("list {index}, {place}"), Some(*want), Some(have.get()), STATISTIC, 0.0);
        }
    }
    Ok(vec![section])
}
