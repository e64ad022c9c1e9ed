//! Calibration: scikit-learn, DeLong from all pairs, and Platt's curve and Murphy's parts with 40 digits.

use std::num::NonZeroU32;

use measure_core::calibration::{
    AucInterval, Binning, BrierDecomposition, Clip, Forecasts, PairedForecasts, Platt, PlattScale,
};
use measure_core::{Error, Estimate, Level, Probability, Seed};
use serde::Deserialize;

use super::{APPROXIMATE, Cases, STATISTIC};
use crate::fault::Fault;
use crate::report::Section;

fn forecasts(p: &[f64], y: &[u8]) -> Result<Forecasts, Error> {
    let row = |(p, y): (&f64, &u8)| Probability::new(*p).map(|p| (p, *y == 1));
    Ok(Forecasts::new(p.iter().zip(y).map(row).collect::<Result<Vec<_>, _>>()?))
}

#[derive(Deserialize)]
struct Scores {
    p: Vec<f64>,
    y: Vec<u8>,
    auc: Option<f64>,
    brier: f64,
}

pub(super) fn scores(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut areas = Section::new("areas under ROC curves");
    let mut briers = Section::new("Brier scores");
    for (index, case) in cases.read::<Scores>()?.iter().enumerate() {
        let forecasts = forecasts(&case.p, &case.y).map_err(cases.fault(index))?;
        let id = format!("case {index}");
        let area = forecasts.auc(AucInterval::default(), Level::P95).ok().map(Estimate::value);
        areas.within(&id, case.auc, area, STATISTIC, 0.0);
        let brier = forecasts.decomposition(Binning::default()).ok().map(|parts| parts.score);
        briers.within(&id, Some(case.brier), brier, STATISTIC, 0.0);
    }
    Ok(vec![areas, briers])
}

#[derive(Deserialize)]
struct Judged {
    p: Vec<f64>,
    y: Vec<u8>,
    brier: f64,
    brier_ends: Option<[f64; 2]>,
    log_loss_clipped: f64,
    ten_bins: Parts,
    four_bins: Parts,
    distinct: Parts,
    spiegelhalter: Option<[f64; 2]>,
    skill: Option<[f64; 3]>,
    auc: Option<f64>,
    auc_wilson: Option<[f64; 2]>,
    auc_plain: Option<[f64; 2]>,
    auc_logit: Option<[f64; 2]>,
    isotonic: Option<Mapped>,
    platt: Option<[f64; 2]>,
    platt_logit: Option<[f64; 2]>,
}

#[derive(Deserialize)]
struct Parts {
    reliability: f64,
    resolution: f64,
    uncertainty: f64,
    within_variance: f64,
    within_covariance: f64,
    bins: u64,
    calibration_error: f64,
}

#[derive(Deserialize)]
struct Mapped {
    at: Vec<f64>,
    is: Vec<f64>,
}

/// A value and the two ends around it.
fn estimate(section: &mut Section, id: &str, want: Option<[f64; 3]>, got: Option<Estimate>) {
    let [value, lower, upper] = [0, 1, 2].map(|part| want.and_then(|want| want.get(part).copied()));
    section.within(format!("{id}, value"), value, got.map(Estimate::value), STATISTIC, 1e-15);
    let ends = got.map(|got| (got.interval().lower(), got.interval().upper()));
    section.within(format!("{id}, lower"), lower, ends.map(|ends| ends.0), APPROXIMATE, 1e-15);
    section.within(format!("{id}, upper"), upper, ends.map(|ends| ends.1), APPROXIMATE, 1e-15);
}

fn parts(section: &mut Section, id: &str, want: &Parts, got: Option<BrierDecomposition>) {
    for (name, want, got) in [
        ("reliability", want.reliability, got.map(|got| got.reliability)),
        ("resolution", want.resolution, got.map(|got| got.resolution)),
        ("uncertainty", want.uncertainty, got.map(|got| got.uncertainty)),
        ("variance within", want.within_variance, got.map(|got| got.within_variance)),
        ("covariance within", want.within_covariance, got.map(|got| got.within_covariance)),
    ] {
        section.within(format!("{id}, {name}"), Some(want), got, STATISTIC, 1e-16);
    }
    section.equal(format!("{id}, bins"), Some(want.bins), got.map(|got| got.bins));
}

pub(super) fn judged(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut briers = Section::new("Brier scores with intervals");
    let mut skills = Section::new("Brier skill scores");
    let mut taken_apart = Section::new("parts of the Brier score");
    let mut losses = Section::new("log losses");
    let mut errors = Section::new("expected calibration errors");
    let mut tests = Section::new("Spiegelhalter's z");
    let mut areas = Section::new("areas with DeLong's intervals");
    let mut steps = Section::new("isotonic recalibration");
    let mut curves = Section::new("Platt's recalibration");
    let level = Level::P95;
    for (index, case) in cases.read::<Judged>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let forecasts = forecasts(&case.p, &case.y).map_err(&fault)?;
        let id = format!("case {index}");
        let ends = case.brier_ends.map(|[lower, upper]| [case.brier, lower, upper]);
        estimate(&mut briers, &id, ends, forecasts.brier(level).ok());
        let loss = forecasts.log_loss_clipped(Clip::EPSILON, level).ok().map(Estimate::value);
        losses.within(&id, Some(case.log_loss_clipped), loss, STATISTIC, 0.0);
        let four = Binning::EqualMass(NonZeroU32::MIN.saturating_add(3));
        for (name, want, binning) in [
            ("ten bins", &case.ten_bins, Binning::default()),
            ("four bins", &case.four_bins, four),
            ("equal ones", &case.distinct, Binning::Distinct),
        ] {
            let id = format!("{id}, {name}");
            parts(&mut taken_apart, &id, want, forecasts.decomposition(binning).ok());
            let error = forecasts.calibration_error(binning, NonZeroU32::MIN, Seed::new(1)).ok();
            errors.within(id, Some(want.calibration_error), error.map(|error| error.value), STATISTIC, 1e-16);
        }
        let test = forecasts.spiegelhalter().ok();
        let want = case.spiegelhalter;
        tests.within(format!("{id}, z"), want.map(|want| want[0]), test.map(|test| test.statistic()), STATISTIC, 1e-15);
        tests.within(
            format!("{id}, p"),
            want.map(|want| want[1]),
            test.map(|test| test.p_value().get()),
            APPROXIMATE,
            0.0,
        );
        estimate(&mut skills, &id, case.skill, forecasts.brier_skill(level).ok());
        let area = |scale| forecasts.auc(scale, level).ok();
        areas.within(format!("{id}, value"), case.auc, area(AucInterval::Plain).map(Estimate::value), STATISTIC, 0.0);
        for (scale, ends) in [
            (AucInterval::Wilson, case.auc_wilson),
            (AucInterval::Plain, case.auc_plain),
            (AucInterval::Logit, case.auc_logit),
        ] {
            if let (Some([lower, upper]), Some(value)) = (ends, case.auc) {
                estimate(&mut areas, &format!("{id}, {scale:?}"), Some([value, lower, upper]), area(scale));
            }
        }
        if let Some(mapped) = &case.isotonic {
            let map = forecasts.isotonic().map_err(Error::from).map_err(&fault)?;
            for (at, is) in mapped.at.iter().zip(&mapped.is) {
                let got = map.apply(Probability::new(*at).map_err(&fault)?);
                steps.within(format!("{id} at {at}"), Some(*is), Some(got.get()), STATISTIC, 1e-15);
            }
        }
        let clip = Clip::new(1e-9).map_err(&fault)?;
        for (scale, want) in [(PlattScale::Probability, case.platt), (PlattScale::Logit(clip), case.platt_logit)] {
            let got = forecasts.platt(scale).ok();
            let id = format!("{id}, {scale:?}");
            curves.within(format!("{id}, slope"), want.map(|want| want[0]), got.map(Platt::slope), APPROXIMATE, 0.0);
            let intercept = got.map(Platt::intercept);
            curves.within(format!("{id}, intercept"), want.map(|want| want[1]), intercept, APPROXIMATE, 0.0);
        }
    }
    Ok(vec![briers, skills, taken_apart, losses, errors, tests, areas, steps, curves])
}

#[derive(Deserialize)]
struct Paired {
    a: Vec<f64>,
    b: Vec<f64>,
    y: Vec<u8>,
    auc_difference: [f64; 3],
    z: f64,
    p: f64,
    brier_difference: Option<[f64; 3]>,
}

pub(super) fn paired(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut areas = Section::new("DeLong's test of two areas");
    let mut briers = Section::new("differences of Brier scores");
    for (index, case) in cases.read::<Paired>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let rows = case.a.iter().zip(&case.b).zip(&case.y);
        let row = |((a, b), y): ((&f64, &f64), &u8)| Ok((Probability::new(*a)?, Probability::new(*b)?, *y == 1));
        let paired = PairedForecasts::new(rows.map(row).collect::<Result<Vec<_>, Error>>().map_err(&fault)?);
        let answer = paired.auc_difference(Level::P95).map_err(Error::from).map_err(&fault)?;
        let id = format!("case {index}");
        estimate(&mut areas, &id, Some(case.auc_difference), Some(answer.difference));
        areas.within(format!("{id}, z"), Some(case.z), Some(answer.test.statistic()), STATISTIC, 1e-14);
        areas.within(format!("{id}, p"), Some(case.p), Some(answer.test.p_value().get()), APPROXIMATE, 0.0);
        estimate(&mut briers, &id, case.brier_difference, paired.brier_difference(Level::P95).ok());
    }
    Ok(vec![areas, briers])
}
