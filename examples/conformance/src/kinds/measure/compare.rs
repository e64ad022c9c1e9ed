//! Two samples: means, sameness, permutations and distributions by scipy, statsmodels and R.

use std::collections::BTreeMap;

use measure_core::bootstrap::Statistic;
use measure_core::compare::{
    Equivalence, Margin, Permutations, equivalence_by_means, equivalence_by_ranks, geometric_mean_ratio,
    kolmogorov_smirnov, kolmogorov_smirnov_limit, permutation_test, welch, welch_test,
};
use measure_core::descriptive::Trim;
use measure_core::{Alternative, Error, Estimate, Level, PositiveSample, Sample, Seed, Test, TestMethod};
use serde::Deserialize;

use super::{APPROXIMATE, Cases, STATISTIC};
use crate::fault::Fault;
use crate::report::Section;

#[derive(Deserialize)]
struct Pair {
    kind: String,
    x: Vec<f64>,
    y: Vec<f64>,
    #[serde(flatten)]
    numbers: BTreeMap<String, serde_json::Value>,
}

const SIDES: [(&str, Alternative); 3] =
    [("two_sided", Alternative::TwoSided), ("less", Alternative::Less), ("greater", Alternative::Greater)];

impl Pair {
    fn samples(&self) -> Result<(Sample, Sample), Error> {
        Ok((Sample::new(self.x.clone())?, Sample::new(self.y.clone())?))
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.numbers.get(name)?.as_f64()
    }

    /// The intervals of a case, named after their level.
    fn intervals(&self) -> impl Iterator<Item = (f64, [Option<f64>; 2])> {
        self.numbers.iter().filter_map(|(name, ends)| {
            let level = name.strip_prefix("interval_")?.parse().ok()?;
            Some((level, [ends.get(0)?.as_f64(), ends.get(1)?.as_f64()]))
        })
    }
}

pub(super) fn means(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut statistics = Section::new("Welch's t");
    let mut p_values = Section::new("Welch's p-values");
    let mut ends = Section::new("Welch's intervals");
    for (index, case) in cases.read::<Pair>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let (x, y) = case.samples().map_err(&fault)?;
        let kind = &case.kind;
        let difference = welch(&x, &y, Level::P95).ok().map(Estimate::value);
        statistics.within(format!("{kind}, difference"), case.number("difference"), difference, STATISTIC, 0.0);
        for (side, alternative) in SIDES {
            let test = welch_test(&x, &y, alternative).ok();
            let id = format!("{kind}, {side}");
            statistics.within(&id, case.number("t"), test.map(Test::statistic), STATISTIC, 0.0);
            let (want, have) = (case.number(&format!("p_{side}")), test.map(|test| test.p_value().get()));
            p_values.within(&id, want, have, APPROXIMATE, 0.0);
        }
        for (level, [lower, upper]) in case.intervals() {
            let interval = welch(&x, &y, Level::new(level).map_err(&fault)?).ok().map(Estimate::interval);
            let id = format!("{kind} at {level}");
            ends.within(format!("{id}, lower"), lower, interval.map(|ends| ends.lower()), APPROXIMATE, 0.0);
            ends.within(format!("{id}, upper"), upper, interval.map(|ends| ends.upper()), APPROXIMATE, 0.0);
        }
    }
    Ok(vec![statistics, p_values, ends])
}

pub(super) fn geometric_means(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut ratios = Section::new("ratios of geometric means");
    let mut ends = Section::new("their intervals");
    for (index, case) in cases.read::<Pair>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let (x, y) = case.samples().map_err(&fault)?;
        let (x, y) = (PositiveSample::new(x).map_err(&fault)?, PositiveSample::new(y).map_err(&fault)?);
        let at = |level| geometric_mean_ratio(&x, &y, level).ok();
        ratios.within(&case.kind, case.number("ratio"), at(Level::P95).map(Estimate::value), STATISTIC, 0.0);
        for (level, [lower, upper]) in case.intervals() {
            let interval = at(Level::new(level).map_err(&fault)?).map(Estimate::interval);
            let id = format!("{} at {level}", case.kind);
            ends.within(format!("{id}, lower"), lower, interval.map(|ends| ends.lower()), APPROXIMATE, 0.0);
            ends.within(format!("{id}, upper"), upper, interval.map(|ends| ends.upper()), APPROXIMATE, 0.0);
        }
    }
    Ok(vec![ratios, ends])
}

pub(super) fn sameness_by_means(cases: &Cases) -> Result<Vec<Section>, Fault> {
    sameness(cases, Section::new("sameness by means"), APPROXIMATE, equivalence_by_means)
}

pub(super) fn sameness_by_ranks(cases: &Cases) -> Result<Vec<Section>, Fault> {
    sameness(cases, Section::new("sameness by ranks"), APPROXIMATE, equivalence_by_ranks)
}

fn sameness(
    cases: &Cases,
    mut section: Section,
    tolerance: f64,
    equivalence: fn(&Sample, &Sample, Margin, Level) -> Result<Equivalence, Error>,
) -> Result<Vec<Section>, Fault> {
    for (index, case) in cases.read::<Pair>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let (x, y) = case.samples().map_err(&fault)?;
        let margin = match (case.number("absolute"), case.number("relative")) {
            (Some(distance), None) => Margin::absolute(distance),
            (_, share) => Margin::relative(share.unwrap_or(f64::NAN)),
        };
        let margin = margin.map_err(&fault)?;
        let found = equivalence(&x, &y, margin, Level::P95).map_err(&fault)?;
        for (side, have) in [("not_lower", found.not_lower), ("not_higher", found.not_higher)] {
            let id = format!("{} within {margin}, {side}", case.kind);
            section.within(id, case.number(side), Some(have.get()), tolerance, 0.0);
        }
    }
    Ok(vec![section])
}

pub(super) fn permutations(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("permutation tests, exact");
    for (index, case) in cases.read::<Pair>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let (x, y) = case.samples().map_err(&fault)?;
        let name = case.numbers.get("statistic").and_then(serde_json::Value::as_str).unwrap_or_default();
        let statistic = match name {
            "mean" => Statistic::Mean,
            "median" => Statistic::Median,
            "trimmed-mean" => Statistic::TrimmedMean(Trim::new(0.2).map_err(&fault)?),
            _ => Statistic::StandardDeviation,
        };
        let all = Permutations::new(100_000, Seed::default()).map_err(&fault)?;
        for (side, alternative) in SIDES {
            let test = permutation_test(&x, &y, statistic, alternative, all).map_err(|few| fault(few.into()))?;
            let id = format!("{}, {name}, {side}", case.kind);
            section.equal(&id, TestMethod::PermutationExact, test.method());
            section.within(&id, case.number("difference"), Some(test.statistic()), STATISTIC, 1e-15);
            let want = case.number(&format!("p_{side}"));
            section.within(&id, want, Some(test.p_value().get()), STATISTIC, 0.0);
        }
    }
    Ok(vec![section])
}

pub(super) fn distributions(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut distances = Section::new("Kolmogorov-Smirnov D");
    let mut exact = Section::new("its exact p-values");
    let mut limits = Section::new("its limit p-values");
    for (index, case) in cases.read::<Pair>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let (x, y) = case.samples().map_err(&fault)?;
        for (side, alternative) in SIDES {
            let few = |few: measure_core::NotEnough| fault(few.into());
            let test = kolmogorov_smirnov(&x, &y, alternative).map_err(few)?;
            let limit = kolmogorov_smirnov_limit(&x, &y, alternative).map_err(few)?;
            let id = format!("{}, {side}", case.kind);
            let want = |name: &str| case.number(&format!("{name}_{side}"));
            distances.within(&id, want("d"), Some(test.statistic()), STATISTIC, 0.0);
            exact.equal(&id, TestMethod::KolmogorovSmirnovExact, test.method());
            exact.within(&id, want("exact"), Some(test.p_value().get()), STATISTIC, 0.0);
            limits.within(&id, want("limit"), Some(limit.p_value().get()), APPROXIMATE, 0.0);
        }
    }
    Ok(vec![distances, exact, limits])
}
