//! Rates: by scipy, R's `poisson.test` and `glm`, and statsmodels' negative binomial.

use measure_core::rate::{
    CountSeries, RateComparison, Variance, compare_negative_binomial, compare_quasi_poisson, compare_totals,
};
use measure_core::{Alternative, Error, Estimate, Interval, Level, NotEnough, Rate};
use serde::Deserialize;

use super::{APPROXIMATE, Cases, STATISTIC};
use crate::fault::Fault;
use crate::report::Section;

#[derive(Deserialize)]
struct Ends {
    count: u64,
    exposure: f64,
    level: f64,
    garwood: [f64; 2],
}

pub(super) fn intervals(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("Garwood intervals");
    for (index, case) in cases.read::<Ends>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let level = Level::new(case.level).map_err(&fault)?;
        let estimate = Rate::new(case.count, case.exposure)
            .and_then(|rate| rate.garwood(level).map_err(Error::from))
            .map_err(&fault)?;
        ends(
            &mut section,
            &format!("{} in {} at {level}", case.count, case.exposure),
            case.garwood,
            estimate,
            STATISTIC,
        );
    }
    Ok(vec![section])
}

fn ends(section: &mut Section, id: &str, [lower, upper]: [f64; 2], have: Estimate, tolerance: f64) {
    section.within(format!("{id}, lower"), Some(lower), Some(have.interval().lower()), tolerance, 0.0);
    section.within(format!("{id}, upper"), Some(upper), Some(have.interval().upper()), tolerance, 0.0);
}

#[derive(Deserialize)]
struct Claim {
    count: u64,
    exposure: f64,
    claimed: f64,
    alternative: Alternative,
    p_value: f64,
}

pub(super) fn claims(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("exact Poisson tests");
    for (index, case) in cases.read::<Claim>()?.iter().enumerate() {
        let test = Rate::new(case.count, case.exposure)
            .and_then(|rate| rate.poisson_test(case.claimed, case.alternative))
            .map_err(cases.fault(index))?;
        let id = format!("{} in {} against {} {:?}", case.count, case.exposure, case.claimed, case.alternative);
        section.within(id, Some(case.p_value), Some(test.p_value().get()), STATISTIC, 0.0);
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct Totals {
    x: (u64, f64),
    y: (u64, f64),
    level: f64,
    alternative: Alternative,
    p_value: f64,
    interval: (f64, Option<f64>),
}

pub(super) fn totals(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut tests = Section::new("exact conditional Poisson tests");
    let mut intervals = Section::new("exact intervals of a ratio of rates");
    for (index, case) in cases.read::<Totals>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let level = Level::new(case.level).map_err(&fault)?;
        let (x, y) = (Rate::new(case.x.0, case.x.1).map_err(&fault)?, Rate::new(case.y.0, case.y.1).map_err(&fault)?);
        let comparison = compare_totals(x, y, level, case.alternative).map_err(Error::from).map_err(&fault)?;
        let id = format!("{:?} and {:?} at {level}", case.x, case.y);
        tests.within(&id, Some(case.p_value), Some(comparison.test.p_value().get()), STATISTIC, 0.0);
        // R's upper end is infinite where the second has no events, and there ours has no ratio.
        let have = comparison.ratio.ok().map(Estimate::interval);
        intervals.within(format!("{id}, upper"), case.interval.1, have.map(Interval::upper), STATISTIC, 0.0);
        if have.is_some() {
            let lower = Some(case.interval.0);
            intervals.within(format!("{id}, lower"), lower, have.map(Interval::lower), STATISTIC, 0.0);
        }
    }
    Ok(vec![tests, intervals])
}

type Periods = Vec<(u64, f64)>;

fn series(periods: &Periods) -> Result<CountSeries, Error> {
    CountSeries::new(periods.iter().map(|(count, exposure)| Rate::new(*count, *exposure)).collect::<Result<_, _>>()?)
}

#[derive(Deserialize)]
struct Dispersed {
    periods: Periods,
    level: f64,
    index: f64,
    p_value: f64,
    interval: [f64; 2],
}

pub(super) fn dispersions(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("dispersion of counts");
    for (index, case) in cases.read::<Dispersed>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let level = Level::new(case.level).map_err(&fault)?;
        let dispersion =
            series(&case.periods).and_then(|series| series.dispersion(level).map_err(Error::from)).map_err(&fault)?;
        let id = format!("series {index}");
        section.within(format!("{id}, index"), Some(case.index), Some(dispersion.index.value()), STATISTIC, 0.0);
        ends(&mut section, &id, case.interval, dispersion.index, APPROXIMATE);
        let p_value = Some(dispersion.test.p_value().get());
        section.within(format!("{id}, p"), Some(case.p_value), p_value, APPROXIMATE, 1e-300);
    }
    Ok(vec![section])
}

fn compared<T>(
    x: &Periods,
    y: &Periods,
    by: impl Fn(&CountSeries, &CountSeries) -> Result<T, NotEnough>,
) -> Result<T, Error> {
    Ok(by(&series(x)?, &series(y)?)?)
}

#[derive(Deserialize)]
struct Quasi {
    x: Periods,
    y: Periods,
    level: f64,
    ratio: f64,
    t: f64,
    p_value: f64,
    dispersion: f64,
    interval: [f64; 2],
}

pub(super) fn quasi(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut statistics = Section::new("quasi-Poisson statistics");
    let mut bounds = Section::new("quasi-Poisson p-values and bounds");
    for (index, case) in cases.read::<Quasi>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let level = Level::new(case.level).map_err(&fault)?;
        let RateComparison { ratio, test, dispersion, .. } =
            compared(&case.x, &case.y, |x, y| compare_quasi_poisson(x, y, level, Alternative::TwoSided))
                .map_err(&fault)?;
        let id = format!("pair {index}");
        let dispersion = dispersion.map(|dispersion| dispersion.index.value());
        statistics.within(format!("{id}, dispersion"), Some(case.dispersion), dispersion, STATISTIC, 0.0);
        statistics.within(format!("{id}, ratio"), Some(case.ratio), ratio.ok().map(Estimate::value), STATISTIC, 0.0);
        // A difference of two logarithms over its error: as good as its terms.
        statistics.within(format!("{id}, t"), Some(case.t), Some(test.statistic()), STATISTIC, 1e-13);
        bounds.within(format!("{id}, p"), Some(case.p_value), Some(test.p_value().get()), APPROXIMATE, 0.0);
        ends(&mut bounds, &id, case.interval, ratio.map_err(Error::from).map_err(&fault)?, APPROXIMATE);
    }
    Ok(vec![statistics, bounds])
}

#[derive(Deserialize)]
struct QuasiEmpty {
    x: Periods,
    y: Periods,
    df: u64,
    dispersion: f64,
    f: f64,
    p_value: f64,
}

/// Degrees of freedom as a float.
fn whole(df: u64) -> f64 {
    u32::try_from(df).map_or(f64::NAN, f64::from)
}

pub(super) fn quasi_empty(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("quasi-Poisson of a series without events");
    for (index, case) in cases.read::<QuasiEmpty>()?.iter().enumerate() {
        let RateComparison { test, dispersion, .. } =
            compared(&case.x, &case.y, |x, y| compare_quasi_poisson(x, y, Level::P95, Alternative::TwoSided))
                .map_err(cases.fault(index))?;
        let id = format!("pair {index}");
        let dispersion = dispersion.map_or((0.0, 0), |found| (found.index.value(), found.degrees_of_freedom));
        let with_events = [&case.x, &case.y].into_iter().find(|side| side.iter().any(|(count, _)| *count > 0));
        let df = with_events.map_or(0, |side| side.len().saturating_sub(1));
        section.equal(format!("{id}, degrees of freedom"), df as u64, dispersion.1);
        // Both parts of F are R's; glm leaves the empty side at a rate just above 0.
        let [square, squares] = [(case.dispersion, case.df), dispersion].map(|(index, df)| index * whole(df));
        section.within(format!("{id}, chi-squared"), Some(square), Some(squares), APPROXIMATE, 0.0);
        let deviance = test.statistic() * test.statistic() * dispersion.0;
        section.within(format!("{id}, deviance"), Some(case.f * case.dispersion), Some(deviance), APPROXIMATE, 0.0);
        if dispersion.1 == case.df {
            section.within(format!("{id}, p"), Some(case.p_value), Some(test.p_value().get()), APPROXIMATE, 0.0);
        } else {
            section.differ("R counts the periods of a series without events as if they had been seen not to vary");
        }
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct Binomial {
    x: Periods,
    y: Periods,
    ratio: f64,
    alpha: f64,
    likelihood_ratio: f64,
}

pub(super) fn negative_binomial(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("negative binomial fits");
    for (index, case) in cases.read::<Binomial>()?.iter().enumerate() {
        let RateComparison { ratio, test, variance, .. } =
            compared(&case.x, &case.y, |x, y| compare_negative_binomial(x, y, Level::P95, Alternative::TwoSided))
                .map_err(cases.fault(index))?;
        let id = format!("pair {index}");
        let alpha = if let Variance::NegativeBinomial { alpha } = variance { Some(alpha) } else { None };
        // statsmodels sums log-likelihoods of some hundreds, and stops where they no longer change.
        section.within(format!("{id}, alpha"), Some(case.alpha), alpha, APPROXIMATE, 0.0);
        section.within(format!("{id}, ratio"), Some(case.ratio), ratio.ok().map(Estimate::value), APPROXIMATE, 0.0);
        let have = test.statistic() * test.statistic();
        section.within(format!("{id}, likelihood ratio"), Some(case.likelihood_ratio), Some(have), APPROXIMATE, 1e-11);
    }
    Ok(vec![section])
}
