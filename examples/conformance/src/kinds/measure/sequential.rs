//! Sequential tests and intervals, by the formulas of the papers in 40 digits.

use measure_core::sequential::{SequentialComparison, SequentialMean, SequentialNormalMean, SequentialProportion};
use measure_core::{Alternative, Error, Level, Probability, Proportion};
use serde::Deserialize;

use super::proportion::ends;
use super::{APPROXIMATE, Cases, STATISTIC};
use crate::fault::Fault;
use crate::report::Section;

/// What every machine answers.
#[derive(Deserialize)]
struct Answer {
    alternative: Alternative,
    level: f64,
    ln_e: f64,
    p_value: f64,
}

impl Answer {
    fn check(&self, section: &mut Section, id: &str, ln_e: f64, p_value: Probability) {
        section.within(format!("{id}, ln e"), Some(self.ln_e), Some(ln_e), STATISTIC, 1e-12);
        section.within(format!("{id}, p"), Some(self.p_value), Some(p_value.get()), APPROXIMATE, 0.0);
    }
}

#[derive(Deserialize)]
struct OneProportion {
    claim: f64,
    #[serde(flatten)]
    answer: Answer,
    batches: Vec<[u64; 2]>,
    interval: [f64; 2],
}

pub(super) fn proportions(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("sequential proportions");
    for (index, case) in cases.read::<OneProportion>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let run = || -> Result<SequentialProportion, Error> {
            let level = Level::new(case.answer.level)?;
            let mut machine = SequentialProportion::new(Probability::new(case.claim)?, case.answer.alternative, level)?;
            for [successes, trials] in &case.batches {
                machine.observe(Proportion::new(*successes, *trials)?)?;
            }
            Ok(machine)
        };
        let machine = run().map_err(&fault)?;
        let id = format!("{index}: {} {:?}", case.claim, case.answer.alternative);
        case.answer.check(&mut section, &id, machine.ln_e_value(), machine.p_value());
        ends(&mut section, &id, case.interval, machine.estimate().map_err(|few| fault(few.into()))?);
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct TwoProportions {
    expected: f64,
    #[serde(flatten)]
    answer: Answer,
    batches: Vec<[[u64; 2]; 2]>,
    difference: [f64; 2],
    ratio: Option<[f64; 2]>,
}

pub(super) fn comparisons(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("sequential comparisons");
    for (index, case) in cases.read::<TwoProportions>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let run = || -> Result<SequentialComparison, Error> {
            let level = Level::new(case.answer.level)?;
            let mut machine =
                SequentialComparison::new(Probability::new(case.expected)?, case.answer.alternative, level)?;
            for [[a, n], [b, m]] in &case.batches {
                machine.observe(Proportion::new(*a, *n)?, Proportion::new(*b, *m)?)?;
            }
            Ok(machine)
        };
        let machine = run().map_err(&fault)?;
        let id = format!("{index}: {} {:?}", case.expected, case.answer.alternative);
        case.answer.check(&mut section, &id, machine.ln_e_value(), machine.p_value());
        ends(&mut section, &id, case.difference, machine.difference().map_err(|few| fault(few.into()))?);
        if let Some(ratio) = case.ratio {
            ends(&mut section, &id, ratio, machine.ratio().map_err(|few| fault(few.into()))?);
        }
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct BoundedMean {
    lower: f64,
    upper: f64,
    claim: f64,
    #[serde(flatten)]
    answer: Answer,
    observations: Vec<f64>,
    interval: [f64; 2],
}

pub(super) fn means(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("sequential means within bounds");
    for (index, case) in cases.read::<BoundedMean>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let run = || -> Result<SequentialMean, Error> {
            let (side, level) = (case.answer.alternative, Level::new(case.answer.level)?);
            let mut machine = SequentialMean::new(case.lower, case.upper, case.claim, side, level)?;
            case.observations.iter().try_for_each(|observation| machine.observe(*observation))?;
            Ok(machine)
        };
        let machine = run().map_err(&fault)?;
        let id = format!("{index}: {} {:?}", case.claim, case.answer.alternative);
        case.answer.check(&mut section, &id, machine.ln_e_value(), machine.p_value());
        ends(&mut section, &id, case.interval, machine.estimate().map_err(|few| fault(few.into()))?);
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct NormalMean {
    deviation: f64,
    claim: f64,
    planned: u64,
    #[serde(flatten)]
    answer: Answer,
    observations: Vec<f64>,
    interval: [f64; 2],
}

pub(super) fn normal_means(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("sequential means of known deviation");
    for (index, case) in cases.read::<NormalMean>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let run = || -> Result<SequentialNormalMean, Error> {
            let (side, level) = (case.answer.alternative, Level::new(case.answer.level)?);
            let mut machine = SequentialNormalMean::new(case.deviation, case.claim, case.planned, side, level)?;
            case.observations.iter().try_for_each(|observation| machine.observe(*observation))?;
            Ok(machine)
        };
        let machine = run().map_err(&fault)?;
        let id = format!("{index}: {:?} after {}", case.answer.alternative, case.observations.len());
        case.answer.check(&mut section, &id, machine.ln_e_value(), machine.p_value());
        ends(&mut section, &id, case.interval, machine.estimate().map_err(|few| fault(few.into()))?);
    }
    Ok(vec![section])
}
