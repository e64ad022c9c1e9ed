//! The bootstrap: ends as scipy reads them off its own replicates, draws as ChaCha8 has them, jackknives by numpy, block
//! lengths by Politis and White's formulas.

use measure_core::bootstrap::{Blocks, Bootstrap, Ends as Read, Replicates, Statistic};
use measure_core::descriptive::Trim;
use measure_core::{Estimate, IntervalMethod, Level, Probability, Sample, Seed, Series};
use serde::Deserialize;

use super::{APPROXIMATE, Cases, STATISTIC};
use crate::fault::Fault;
use crate::report::Section;

#[derive(Deserialize)]
struct Draws {
    seed: u64,
    n: u32,
    block: Option<usize>,
    resamples: Option<Vec<Vec<f64>>>,
    sums: Option<Vec<f64>>,
}

/// The first resamples, observed by a statistic of the numbers from 0.
pub(super) fn draws(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("bootstrap draws");
    for (index, case) in cases.read::<Draws>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let numbers: Vec<f64> = (0..case.n).map(f64::from).collect();
        // No jackknife, which would be seen too.
        let bootstrap = Bootstrap::new(Bootstrap::FEWEST, Seed::new(case.seed)).map_err(&fault)?.with(Read::Percentile);
        let mut seen: Vec<Vec<f64>> = Vec::new();
        let mut watch = |resample: &[f64]| {
            seen.push(resample.to_vec());
            0.0
        };
        let drawn = match case.block {
            None => bootstrap.one_sample_replicates(&Sample::new(numbers).map_err(&fault)?, &mut watch),
            Some(length) => {
                let blocks = Blocks::of(length).map_err(&fault)?;
                bootstrap.series_replicates(&Series::new(numbers).map_err(&fault)?, blocks, &mut watch)
            }
        };
        drawn.map_err(|reason| fault(reason.into()))?;
        // The first is the sample itself.
        let seen = || seen.iter().skip(1);
        for (at, (want, got)) in case.resamples.iter().flatten().zip(seen()).enumerate() {
            section.equal(format!("seed {}, n = {}, resample {at}", case.seed, case.n), want, got);
        }
        for (at, (want, got)) in case.sums.iter().flatten().zip(seen()).enumerate() {
            let got: f64 = got.iter().sum();
            section.equal(format!("seed {}, n = {}, sum of resample {at}", case.seed, case.n), *want, got);
        }
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct Ends {
    name: String,
    level: f64,
    estimate: f64,
    replicates: Vec<f64>,
    jackknives: Vec<Vec<f64>>,
    percentile: [f64; 2],
    bca: [Option<f64>; 2],
    standard_error: Option<f64>,
}

pub(super) fn ends(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut percentile = Section::new("bootstrap percentile ends");
    let mut bca = Section::new("bootstrap BCa ends");
    let mut error = Section::new("bootstrap standard errors");
    for (index, case) in cases.read::<Ends>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let enough = |reason: measure_core::NotEnough| fault(reason.into());
        let level = Level::new(case.level).map_err(&fault)?;
        let jackknives: Result<Vec<Sample>, _> = case.jackknives.iter().cloned().map(Sample::new).collect();
        let replicates = Sample::new(case.replicates.clone()).map_err(&fault)?;
        let replicates = Replicates::new(case.estimate, replicates, jackknives.map_err(&fault)?).map_err(&fault)?;
        let id = format!("{} at {level}", case.name);
        let plain = replicates.percentile(level).map_err(enough)?;
        both(&mut percentile, &id, case.percentile.map(Some), plain);
        let got = replicates.bca(level).map_err(enough)?;
        match case.bca {
            [None, None] if got.method() == IntervalMethod::BootstrapPercentileInsteadOfBca => {
                bca.differ("where the jackknife does not vary there is the percentile interval, not NaN");
            }
            [None, None] => bca.differ("scipy's cubes and squares overflow or vanish; ours are scaled"),
            want => both(&mut bca, &id, want, got),
        }
        match case.standard_error {
            None => error.differ("numpy's squares overflow; ours are scaled"),
            // numpy's squares vanish as well.
            Some(0.0) if case.estimate.abs() < 1e-150 => error.differ("numpy's squares vanish; ours are scaled"),
            want => error.within(&id, want, replicates.standard_error(), STATISTIC, 0.0),
        }
    }
    Ok(vec![percentile, bca, error])
}

fn both(section: &mut Section, id: &str, want: [Option<f64>; 2], got: Estimate) {
    let ends = [("lower", got.interval().lower()), ("upper", got.interval().upper())];
    for ((side, got), want) in ends.into_iter().zip(want) {
        section.within(format!("{id}, {side}"), want, Some(got), STATISTIC, 0.0);
    }
}

#[derive(Deserialize)]
struct Jackknife {
    statistic: String,
    x: Vec<f64>,
    value: f64,
    without: Vec<f64>,
}

pub(super) fn jackknife(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("bootstrap statistics and jackknives");
    for (index, case) in cases.read::<Jackknife>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let statistic = match case.statistic.as_str() {
            "mean" => Statistic::Mean,
            "median" => Statistic::Median,
            "p75" => Statistic::Quantile(Probability::new(0.75).map_err(&fault)?),
            "trimmed-10" => Statistic::TrimmedMean(Trim::new(0.1).map_err(&fault)?),
            "trimmed-30" => Statistic::TrimmedMean(Trim::new(0.3).map_err(&fault)?),
            _ => Statistic::StandardDeviation,
        };
        let sample = Sample::new(case.x.clone()).map_err(&fault)?;
        let scale = case.x.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let id = format!("{index}, {}", case.statistic);
        section.within(&id, Some(case.value), statistic.value(&sample), STATISTIC, scale * 1e-15);
        let bootstrap = Bootstrap::new(Bootstrap::FEWEST, Seed::new(1)).map_err(&fault)?;
        let drawn = bootstrap.of_replicates(&sample, statistic).map_err(|reason| fault(reason.into()))?;
        let got = drawn.jackknives().first().map(|left| left.values().to_vec()).unwrap_or_default();
        let mut want = case.without.clone();
        want.sort_by(f64::total_cmp);
        section.equal(format!("{id}, how many"), want.len(), got.len());
        for (at, (want, got)) in want.iter().zip(&got).enumerate() {
            section.within(format!("{id}, without {at}"), Some(*want), Some(*got), APPROXIMATE, scale * 1e-15);
        }
    }
    Ok(vec![section])
}

#[derive(Deserialize)]
struct Lengths {
    x: Vec<f64>,
    length: usize,
}

pub(super) fn blocks(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut section = Section::new("bootstrap block lengths");
    for (index, case) in cases.read::<Lengths>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let series = Series::new(case.x.clone()).map_err(&fault)?;
        let got = Blocks::AUTOMATIC.length(&series).map_err(|reason| fault(reason.into()))?;
        section.equal(format!("{index}, n = {}", case.x.len()), case.length, got);
    }
    Ok(vec![section])
}
