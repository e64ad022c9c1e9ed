//! Trends: Mann-Kendall and Hamed-Rao by pymannkendall, Theil-Sen by scipy, exact tails by scipy and by counting,
//! changes of level by ruptures.

use std::num::NonZeroUsize;

use measure_core::trend::{self, MannKendall, Segmentation};
use measure_core::{Alternative, Level, Seed, Series};
use serde::Deserialize;

use super::{APPROXIMATE, Cases, STATISTIC};
use crate::fault::Fault;
use crate::report::Section;

#[derive(Deserialize)]
struct Case {
    series: Vec<f64>,
    s: f64,
    var_s: f64,
    z: f64,
    p: f64,
    tau: f64,
    /// p with the digits of small tails.
    p_tail: Option<f64>,
    hamed_rao_var_s: Option<f64>,
    hamed_rao_z: Option<f64>,
    hamed_rao_p: Option<f64>,
    level: Option<f64>,
    theil_sen: [f64; 3],
    intercept: Option<f64>,
    exact_p: Option<f64>,
    exact_greater: Option<f64>,
    exact_less: Option<f64>,
    kendalltau_exact_p: Option<f64>,
}

/// Below it `1 - cdf` has fewer than nine digits.
const TAIL: f64 = 1e-6;

pub(super) fn trend(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut kendall = Section::new("Mann-Kendall");
    let mut exact = Section::new("exact Mann-Kendall");
    let mut hamed_rao = Section::new("Hamed-Rao");
    let mut line = Section::new("Theil-Sen");
    for (index, case) in cases.read::<Case>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let enough = |reason: measure_core::NotEnough| fault(reason.into());
        let series = Series::new(case.series.clone()).map_err(&fault)?;
        let id = format!("{index}, n = {}", series.len());

        let plain = trend::mann_kendall(&series, Alternative::TwoSided).map_err(enough)?;
        kendall.within(format!("{id}, S"), Some(case.s), Some(plain.test.statistic()), 0.0, 0.0);
        kendall.within(format!("{id}, tau"), Some(case.tau), Some(plain.tau), STATISTIC, 0.0);
        normal(&mut kendall, &id, &plain, [case.var_s, case.z, case.p]);
        if let Some(p) = case.p_tail {
            kendall.within(format!("{id}, p"), Some(p), Some(plain.test.p_value().get()), APPROXIMATE, 0.0);
        }

        for (name, alternative, want) in [
            ("two-sided", Alternative::TwoSided, case.exact_p),
            ("greater", Alternative::Greater, case.exact_greater),
            ("less", Alternative::Less, case.exact_less),
            ("kendalltau", Alternative::TwoSided, case.kendalltau_exact_p),
        ] {
            if want.is_some() {
                let got = trend::mann_kendall_exact(&series, alternative).map_err(enough)?;
                let got = got.map(|found| found.test.p_value().get());
                exact.within(format!("{id}, {name}"), want, got, STATISTIC, 0.0);
            }
        }

        let corrected = trend::hamed_rao(&series, Alternative::TwoSided).map_err(enough)?;
        match (case.hamed_rao_var_s, case.hamed_rao_z, case.hamed_rao_p) {
            (Some(variance), Some(z), Some(p)) => normal(&mut hamed_rao, &id, &corrected, [variance, z, p]),
            _ if corrected.inflation == 1.0 => {
                hamed_rao.differ("where the correction leaves no variance there is none, not NaN");
            }
            _ => hamed_rao.disagree(&id, "no variance left", corrected.inflation),
        }

        let level = Level::new(case.level.unwrap_or(0.95)).map_err(&fault)?;
        let found = trend::theil_sen(&series, level).map_err(enough)?;
        let interval = found.slope.interval();
        for (name, want, got) in [
            ("slope", Some(case.theil_sen[0]), found.slope.value()),
            ("lower", Some(case.theil_sen[1]), interval.lower()),
            ("upper", Some(case.theil_sen[2]), interval.upper()),
            ("intercept", case.intercept, found.intercept),
        ] {
            if want.is_some() {
                line.within(format!("{id}, {name}"), want, Some(got), STATISTIC, 0.0);
            }
        }
    }
    Ok(vec![kendall, exact, hamed_rao, line])
}

fn normal(section: &mut Section, id: &str, found: &MannKendall, [variance, z, p]: [f64; 3]) {
    section.within(format!("{id}, variance"), Some(variance), Some(found.variance), STATISTIC, 0.0);
    section.within(format!("{id}, z"), Some(z), Some(found.z), STATISTIC, 0.0);
    let own = found.test.p_value().get();
    if p >= TAIL {
        section.within(format!("{id}, p"), Some(p), Some(own), APPROXIMATE, 0.0);
    } else if (p - own).abs() <= 2.0 * f64::EPSILON {
        section.differ("pymannkendall takes p from 1 - cdf, which loses the digits of small tails");
    } else {
        section.disagree(format!("{id}, p"), p, own);
    }
}

#[derive(Deserialize)]
struct Stretches {
    series: Vec<f64>,
    shortest: NonZeroUsize,
    penalty: f64,
    noise: f64,
    /// By optimal partitioning.
    changes: Vec<usize>,
    means: Vec<f64>,
    /// By ruptures.
    pelt: Vec<usize>,
}

pub(super) fn segments(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut optimum = Section::new("changes of level");
    let mut pelt = Section::new("changes of level by PELT");
    for (index, case) in cases.read::<Stretches>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let series = Series::new(case.series.clone()).map_err(&fault)?;
        let id = format!("{index}, n = {}", series.len());
        let asked = Segmentation::new(case.shortest).with_penalty(case.penalty).map_err(&fault)?;
        let found = trend::segments(&series, asked, Seed::new(0)).map_err(|reason| fault(reason.into()))?;
        let changes: Vec<usize> = found.changes.iter().map(|change| change.at).collect();
        optimum.within(format!("{id}, noise"), Some(case.noise), Some(found.noise), STATISTIC, 0.0);
        for (want, got) in case.means.iter().zip(&found.segments) {
            optimum.within(format!("{id}, mean"), Some(*want), Some(got.mean), STATISTIC, 0.0);
        }
        if changes == case.changes && case.pelt != case.changes {
            pelt.differ("ruptures prunes what the shortest stretch may still need, and misses the optimum");
        } else {
            pelt.equal(&id, &case.pelt, &changes);
        }
        optimum.equal(&id, &case.changes, &changes);
    }
    Ok(vec![optimum, pelt])
}
