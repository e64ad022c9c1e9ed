//! Ranks of two samples: tests by scipy, exact tails by counting, shifts by R and by all differences.

use measure_core::compare::{
    brunner_munzel, cliffs_delta, common_language, hodges_lehmann, hodges_lehmann_normal, kolmogorov_smirnov,
    mann_whitney, mann_whitney_exact, mann_whitney_normal,
};
use measure_core::{Alternative, Estimate, Interval, IntervalMethod, Level, NotEnough, Sample, Test, TestMethod};
use serde::Deserialize;

use super::{APPROXIMATE, Cases, STATISTIC};
use crate::fault::Fault;
use crate::report::Section;

/// R's root-finder stops within this of an end.
const OF_R: f64 = 1e-4;

#[derive(Deserialize)]
struct TwoSample {
    kind: String,
    x: Vec<f64>,
    y: Vec<f64>,
    u_x: f64,
    p_asymptotic: f64,
    p_less: f64,
    p_exact: Option<f64>,
    hodges_lehmann: f64,
    cliffs_delta: f64,
    ks_statistic: f64,
}

/// The cases handed over, made with scipy and numpy.
pub(super) fn two_sample(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut tests = Section::new("Mann-Whitney");
    let mut shifts = Section::new("Hodges-Lehmann");
    let mut deltas = Section::new("Cliff's delta");
    let mut distances = Section::new("Kolmogorov-Smirnov D");
    for (index, case) in cases.read::<TwoSample>()?.iter().enumerate() {
        let (x, y) = samples(cases, index, &case.x, &case.y)?;
        let id = format!("{} {index}", case.kind);
        let normal = mann_whitney_normal(&x, &y, Alternative::TwoSided);
        tests.within(&id, Some(case.u_x), statistic(normal), STATISTIC, 0.0);
        tests.within(&id, Some(case.p_asymptotic), p_value(normal), APPROXIMATE, 0.0);
        tests.within(&id, Some(case.p_less), p_value(mann_whitney_normal(&x, &y, Alternative::Less)), APPROXIMATE, 0.0);
        if case.p_exact.is_some() {
            let exact = mann_whitney(&x, &y, Alternative::TwoSided);
            tests.within(&id, case.p_exact, p_value(exact), STATISTIC, 0.0);
            tests.equal(&id, Some(TestMethod::MannWhitneyExact), exact.ok().map(Test::method));
        }
        // Samples of 3 and 4 reach 90 %, not 95.
        let shift = hodges_lehmann(&x, &y, Level::P90);
        shifts.within(&id, Some(case.hodges_lehmann), value(shift), STATISTIC, 1e-15);
        deltas.within(&id, Some(case.cliffs_delta), value(cliffs_delta(&x, &y, Level::P95)), STATISTIC, 1e-15);
        let distance = statistic(kolmogorov_smirnov(&x, &y, Alternative::TwoSided));
        distances.within(&id, Some(case.ks_statistic), distance, STATISTIC, 0.0);
    }
    Ok(vec![tests, shifts, deltas, distances])
}

/// A p-value for each alternative.
#[derive(Deserialize)]
struct Tails {
    two_sided: f64,
    less: f64,
    greater: f64,
}

impl Tails {
    const fn each(&self) -> [(Alternative, f64); 3] {
        [(Alternative::TwoSided, self.two_sided), (Alternative::Less, self.less), (Alternative::Greater, self.greater)]
    }
}

#[derive(Deserialize)]
struct Ranked {
    x: Vec<f64>,
    y: Vec<f64>,
    u: f64,
    normal: Option<Tails>,
    exact: Option<Tails>,
    scipy_exact: Option<f64>,
}

pub(super) fn mann_whitney_tests(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut normals = Section::new("Mann-Whitney, normal");
    let mut exacts = Section::new("Mann-Whitney, exact");
    for (index, case) in cases.read::<Ranked>()?.iter().enumerate() {
        let (x, y) = samples(cases, index, &case.x, &case.y)?;
        let id = format!("{index} ({} and {})", x.len(), y.len());
        normals.within(&id, Some(case.u), statistic(mann_whitney(&x, &y, Alternative::Less)), STATISTIC, 0.0);
        match &case.normal {
            Some(tails) => {
                for (alternative, p) in tails.each() {
                    let got = p_value(mann_whitney_normal(&x, &y, alternative));
                    normals.within(format!("{id}, {alternative:?}"), Some(p), got, APPROXIMATE, 0.0);
                }
            }
            None => normals.differ("when all are equal scipy divides 0 by 0; every arrangement is as extreme: p = 1"),
        }
        if let Some(tails) = &case.exact {
            for (alternative, p) in tails.each() {
                let got = p_value(mann_whitney_exact(&x, &y, alternative));
                exacts.within(format!("{id}, {alternative:?}"), Some(p), got, STATISTIC, 0.0);
            }
        } else {
            exacts.equal(&id, true, mann_whitney_exact(&x, &y, Alternative::Less).is_err());
        }
        if case.scipy_exact.is_some() {
            let got = p_value(mann_whitney_exact(&x, &y, Alternative::TwoSided));
            exacts.within(format!("{id}, scipy"), case.scipy_exact, got, STATISTIC, 0.0);
        }
    }
    Ok(vec![normals, exacts])
}

#[derive(Deserialize)]
struct Tied {
    x: Vec<f64>,
    y: Vec<f64>,
    u: f64,
    p: Tails,
}

pub(super) fn mann_whitney_ties(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("Mann-Whitney, exact given ties");
    for (index, case) in cases.read::<Tied>()?.iter().enumerate() {
        let (x, y) = samples(cases, index, &case.x, &case.y)?;
        let id = format!("{index} ({} and {})", x.len(), y.len());
        for (alternative, p) in case.p.each() {
            let got = mann_whitney(&x, &y, alternative);
            section.equal(&id, Some(TestMethod::MannWhitneyExactTies), got.ok().map(Test::method));
            section.within(&id, Some(case.u), statistic(got), STATISTIC, 0.0);
            section.within(format!("{id}, {alternative:?}"), Some(p), p_value(got), STATISTIC, 0.0);
        }
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct Unequal {
    x: Vec<f64>,
    y: Vec<f64>,
    statistic: Option<f64>,
    p: Option<Tails>,
}

pub(super) fn brunner_munzel_tests(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("Brunner-Munzel");
    for (index, case) in cases.read::<Unequal>()?.iter().enumerate() {
        let (x, y) = samples(cases, index, &case.x, &case.y)?;
        let id = format!("{index} ({} and {})", x.len(), y.len());
        let Some(tails) = &case.p else {
            section.equal(&id, true, brunner_munzel(&x, &y, Alternative::Less).is_err());
            continue;
        };
        for (alternative, p) in tails.each() {
            let got = brunner_munzel(&x, &y, alternative);
            section.within(&id, case.statistic, statistic(got), STATISTIC, 1e-15);
            section.within(format!("{id}, {alternative:?}"), Some(p), p_value(got), APPROXIMATE, 0.0);
        }
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct Dominance {
    x: Vec<f64>,
    y: Vec<f64>,
    level: f64,
    share: [f64; 3],
    delta: [f64; 3],
}

pub(super) fn dominance(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("common language and Cliff's delta");
    for (index, case) in cases.read::<Dominance>()?.iter().enumerate() {
        let (x, y) = samples(cases, index, &case.x, &case.y)?;
        let level = Level::new(case.level).map_err(cases.fault(index))?;
        let id = format!("{index} ({} and {}) at {level}", x.len(), y.len());
        for (want, got) in [(case.share, common_language(&x, &y, level)), (case.delta, cliffs_delta(&x, &y, level))] {
            let [estimate, lower, upper] = want;
            section.within(&id, Some(estimate), value(got), STATISTIC, 1e-15);
            section.within(format!("{id}, lower"), Some(lower), lower_end(got), APPROXIMATE, 1e-14);
            section.within(format!("{id}, upper"), Some(upper), upper_end(got), APPROXIMATE, 1e-14);
        }
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct Shift {
    x: Vec<f64>,
    y: Vec<f64>,
    level: f64,
    exact: bool,
    median: f64,
    /// The two differences in the middle.
    middle: [f64; 2],
    /// From all differences; null where the level is out of reach.
    ends: Option<[f64; 2]>,
    /// Lower and upper end, estimate, and the level that R reached.
    r: [f64; 4],
}

pub(super) fn shifts(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut naive = Section::new("Hodges-Lehmann, all differences");
    let mut exact = Section::new("Hodges-Lehmann, R exact");
    let mut normal = Section::new("Hodges-Lehmann, R within 1e-4");
    for (index, case) in cases.read::<Shift>()?.iter().enumerate() {
        let (x, y) = samples(cases, index, &case.x, &case.y)?;
        let level = Level::new(case.level).map_err(cases.fault(index))?;
        let id = format!("{index} ({} and {}) at {level}", x.len(), y.len());
        let got = if case.exact { hodges_lehmann(&x, &y, level) } else { hodges_lehmann_normal(&x, &y, level) };
        let [r_lower, r_upper, r_estimate, r_level] = case.r;
        let Some([lower, upper]) = case.ends else {
            naive.equal(&id, true, got.is_err());
            exact.equal(&id, true, r_level < level.get());
            exact.differ("a level out of reach is not enough data; R warns and answers with another level");
            continue;
        };
        let method = if case.exact { IntervalMethod::RankExact } else { IntervalMethod::RankNormal };
        naive.equal(&id, Some(method), got.ok().map(Estimate::method));
        naive.within(&id, Some(case.median), value(got), STATISTIC, 1e-15);
        naive.within(format!("{id}, lower"), Some(lower), lower_end(got), STATISTIC, 1e-15);
        naive.within(format!("{id}, upper"), Some(upper), upper_end(got), STATISTIC, 1e-15);
        let (section, tolerance, flat) = if case.exact {
            (&mut exact, 1e-14, 0.0)
        } else {
            // R's estimate is a root: anywhere between the two differences in the middle, of an even number.
            let [below, above] = case.middle;
            (&mut normal, OF_R, (above - below) / 2.0)
        };
        let relative = if case.exact { STATISTIC } else { 0.0 };
        section.within(&id, Some(r_estimate), value(got), relative, tolerance + flat);
        section.within(format!("{id}, lower"), Some(r_lower), lower_end(got), relative, tolerance);
        section.within(format!("{id}, upper"), Some(r_upper), upper_end(got), relative, tolerance);
    }
    Ok(vec![naive, exact, normal])
}

fn samples(cases: &Cases, index: usize, x: &[f64], y: &[f64]) -> Result<(Sample, Sample), Fault> {
    let sample = |values: &[f64]| Sample::new(values.to_vec()).map_err(cases.fault(index));
    Ok((sample(x)?, sample(y)?))
}

fn statistic<E>(test: Result<Test, E>) -> Option<f64> {
    test.ok().map(Test::statistic)
}

fn p_value<E>(test: Result<Test, E>) -> Option<f64> {
    test.ok().map(|test| test.p_value().get())
}

fn value(estimate: Result<Estimate, NotEnough>) -> Option<f64> {
    estimate.ok().map(Estimate::value)
}

fn lower_end(estimate: Result<Estimate, NotEnough>) -> Option<f64> {
    estimate.ok().map(Estimate::interval).map(Interval::lower)
}

fn upper_end(estimate: Result<Estimate, NotEnough>) -> Option<f64> {
    estimate.ok().map(Estimate::interval).map(Interval::upper)
}
