//! Inequality: Gini and Jain in exact fractions from their definitions.

use measure_core::inequality::Shares;
use serde::Deserialize;

use super::{Cases, STATISTIC};
use crate::fault::Fault;
use crate::report::Section;

#[derive(Deserialize)]
struct Case {
    x: Vec<f64>,
    weights: Option<Vec<f64>>,
    gini: f64,
    jain: f64,
    gini_corrected: Option<f64>,
    least: Option<f64>,
    greatest: Option<f64>,
    largest_part: Option<f64>,
    smallest_part: Option<f64>,
}

pub(super) fn inequality(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut gini = Section::new("Gini coefficients");
    let mut jain = Section::new("Jain indices");
    let mut extremes = Section::new("extreme shares");
    for (index, case) in cases.read::<Case>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let enough = |reason: measure_core::NotEnough| fault(reason.into());
        let weights = case.weights.clone().unwrap_or_else(|| vec![1.0; case.x.len()]);
        let shares = Shares::weighted(case.x.iter().copied().zip(weights).collect()).map_err(&fault)?;
        let id = format!("{index}, n = {}", case.x.len());
        // Of parts that are even the differences are roundings.
        gini.within(&id, Some(case.gini), Some(shares.gini().map_err(enough)?), STATISTIC, 1e-15);
        jain.within(&id, Some(case.jain), Some(shares.jain().map_err(enough)?), STATISTIC, 0.0);
        if case.gini_corrected.is_some() {
            let got = shares.gini_corrected().map_err(enough)?;
            gini.within(format!("{id}, corrected"), case.gini_corrected, Some(got), STATISTIC, 1e-15);
        }
        let both = shares.extremes().map_err(enough)?;
        for (name, want, got) in [
            ("least", case.least, both.least()),
            ("greatest", case.greatest, both.greatest()),
            ("largest part", case.largest_part, shares.largest_part().map_err(enough)?),
            ("smallest part", case.smallest_part, shares.smallest_part().map_err(enough)?),
        ] {
            if want.is_some() {
                extremes.within(format!("{id}, {name}"), want, Some(got), STATISTIC, 1e-300);
            }
        }
    }
    Ok(vec![gini, jain, extremes])
}
