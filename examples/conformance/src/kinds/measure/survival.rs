//! Survival: lifelines and statsmodels, and R's formulas in exact fractions.

use measure_core::survival::{Durations, Elapsed, log_rank, log_rank_among};
use measure_core::{Error, Estimate, Interval, Level, NotEnough, Probability};
use serde::Deserialize;

use super::{APPROXIMATE, Cases, STATISTIC};
use crate::fault::Fault;
use crate::report::Section;

fn durations(durations: &[f64], observed: &[u8]) -> Result<Durations, Error> {
    Durations::new(durations.iter().copied().zip(observed.iter().map(|flag| *flag == 1)))
}

#[derive(Deserialize)]
struct Curve {
    durations: Vec<f64>,
    observed: Vec<u8>,
    #[serde(default = "ninety_five")]
    level: f64,
    times: Vec<f64>,
    survival: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    median: Option<f64>,
}

const fn ninety_five() -> f64 {
    0.95
}

pub(super) fn curves(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut shares = Section::new("Kaplan-Meier curves");
    let mut bands = Section::new("log(-log) intervals");
    let mut medians = Section::new("median durations");
    for (index, case) in cases.read::<Curve>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let level = Level::new(case.level).map_err(&fault)?;
        let curve = durations(&case.durations, &case.observed).map_err(&fault)?.kaplan_meier();
        let curve = curve.map_err(Error::from).map_err(&fault)?;
        let ends = case.lower.iter().zip(&case.upper);
        for ((time, want), (lower, upper)) in case.times.iter().zip(&case.survival).zip(ends) {
            let id = format!("case {index} at {time}");
            let got = curve.survival_at(Elapsed::new(*time).map_err(&fault)?, level).ok();
            shares.within(&id, Some(*want), got.map(Estimate::value), STATISTIC, 1e-15);
            if got.is_some_and(|got| got.value() <= 0.0 || got.value() >= 1.0) {
                bands.differ("where all or none have ended the scale has no answer; lifelines gives 0 to 0 and 1 to 1");
                continue;
            }
            let interval = got.map(Estimate::interval);
            bands.within(format!("{id}, lower"), Some(*lower), interval.map(Interval::lower), APPROXIMATE, 1e-300);
            bands.within(format!("{id}, upper"), Some(*upper), interval.map(Interval::upper), APPROXIMATE, 1e-300);
        }
        medians.equal(format!("case {index}"), case.median, curve.median(level).value);
    }
    Ok(vec![shares, bands, medians])
}

#[derive(Deserialize)]
struct Quantiles {
    durations: Vec<f64>,
    observed: Vec<u8>,
    quantiles: Vec<Quantile>,
}

#[derive(Deserialize)]
struct Quantile {
    level: f64,
    share: f64,
    value: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
}

pub(super) fn quantiles(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("quantiles of durations");
    for (index, case) in cases.read::<Quantiles>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let curve = durations(&case.durations, &case.observed).map_err(&fault)?.kaplan_meier();
        let curve = curve.map_err(Error::from).map_err(&fault)?;
        for quantile in &case.quantiles {
            let level = Level::new(quantile.level).map_err(&fault)?;
            let share = Probability::new(quantile.share).map_err(&fault)?;
            let got = curve.quantile(share, level);
            let id = format!("case {index}, {share} at {level}");
            section.equal(&id, (quantile.value, quantile.upper), (got.value, got.upper));
            let first = case.durations.iter().zip(&case.observed).filter(|row| *row.1 == 1).map(|row| *row.0);
            let first = first.reduce(f64::min);
            if got.lower < quantile.lower && got.lower < first && first.is_some() {
                section.differ(
                    "before the first end the band reaches down to Clopper and Pearson's bound, and R has none",
                );
            } else {
                section.equal(format!("{id}, lower"), quantile.lower, got.lower);
            }
        }
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct At {
    durations: Vec<f64>,
    observed: Vec<u8>,
    #[serde(alias = "horizon")]
    time: f64,
    value: f64,
    lower: f64,
    upper: f64,
}

pub(super) fn restricted_means(cases: &Cases) -> Result<Vec<Section>, Fault> {
    at(cases, "restricted means", |durations, horizon| durations.restricted_mean(horizon, Level::P95))
}

pub(super) fn hazards(cases: &Cases) -> Result<Vec<Section>, Fault> {
    at(cases, "cumulative hazards", |durations, time| durations.cumulative_hazard_at(time, Level::P95))
}

fn at(
    cases: &Cases,
    name: &'static str,
    answer: impl Fn(&Durations, Elapsed) -> Result<Estimate, NotEnough>,
) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new(name);
    for (index, case) in cases.read::<At>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let durations = durations(&case.durations, &case.observed).map_err(&fault)?;
        let got = answer(&durations, Elapsed::new(case.time).map_err(&fault)?).map_err(Error::from).map_err(&fault)?;
        let id = format!("case {index} at {}", case.time);
        section.within(format!("{id}, value"), Some(case.value), Some(got.value()), STATISTIC, 0.0);
        section.within(format!("{id}, lower"), Some(case.lower), Some(got.interval().lower()), APPROXIMATE, 0.0);
        section.within(format!("{id}, upper"), Some(case.upper), Some(got.interval().upper()), APPROXIMATE, 0.0);
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct Two {
    a: Vec<f64>,
    b: Vec<f64>,
    observed_a: Vec<u8>,
    observed_b: Vec<u8>,
    chi2: f64,
    p: f64,
}

pub(super) fn log_ranks(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("log-rank tests");
    for (index, case) in cases.read::<Two>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let a = durations(&case.a, &case.observed_a).map_err(&fault)?;
        let b = durations(&case.b, &case.observed_b).map_err(&fault)?;
        let test = log_rank(&a, &b).map_err(Error::from).map_err(&fault)?.test;
        let id = format!("case {index}");
        // A statistic is the square of a difference of sums, of which a small one has lost its digits.
        section.within(format!("{id}, chi2"), Some(case.chi2), Some(test.statistic()), STATISTIC, 1e-13);
        section.within(format!("{id}, p"), Some(case.p), Some(test.p_value().get()), APPROXIMATE, 0.0);
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct Among {
    groups: Vec<Group>,
    df: u64,
    chi2: f64,
    p: f64,
}

#[derive(Deserialize)]
struct Group {
    durations: Vec<f64>,
    observed: Vec<u8>,
}

pub(super) fn log_ranks_among(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("log-rank tests of several groups");
    for (index, case) in cases.read::<Among>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let each = case.groups.iter().map(|group| durations(&group.durations, &group.observed));
        let groups = each.collect::<Result<Vec<_>, _>>().map_err(&fault)?;
        let got = log_rank_among(&groups).map_err(Error::from).map_err(&fault)?;
        let id = format!("case {index}");
        section.equal(format!("{id}, degrees of freedom"), case.df, got.degrees_of_freedom);
        section.within(format!("{id}, chi2"), Some(case.chi2), Some(got.test.statistic()), STATISTIC, 1e-13);
        section.within(format!("{id}, p"), Some(case.p), Some(got.test.p_value().get()), APPROXIMATE, 0.0);
    }
    Ok(vec![section])
}
