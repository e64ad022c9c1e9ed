//! Proportions: intervals by statsmodels, tails and tests by scipy.

use measure_core::{Interval, Level, Method, Probability, Proportion};
use serde::Deserialize;

use super::{APPROXIMATE, Cases, STATISTIC};
use crate::fault::Fault;
use crate::report::Section;

#[derive(Deserialize)]
struct Ends {
    successes: u64,
    trials: u64,
    level: f64,
    wilson: [f64; 2],
    clopper_pearson: [f64; 2],
    jeffreys: [f64; 2],
}

pub(super) fn intervals(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut wilson = Section::new("Wilson intervals");
    let mut exact = Section::new("Clopper-Pearson intervals");
    let mut jeffreys = Section::new("Jeffreys intervals");
    for (index, case) in cases.read::<Ends>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let proportion = Proportion::new(case.successes, case.trials).map_err(&fault)?;
        let level = Level::new(case.level).map_err(&fault)?;
        let id = format!("{} of {} at {level}", case.successes, case.trials);
        for (section, method, [lower, upper]) in [
            (&mut wilson, Method::Wilson, case.wilson),
            (&mut exact, Method::ClopperPearson, case.clopper_pearson),
            (&mut jeffreys, Method::Jeffreys, case.jeffreys),
        ] {
            let got = proportion.interval(method, level);
            // The file has the plain quantiles; ours closes the interval where there is nothing on one side.
            let closed = |end: f64| method == Method::Jeffreys && (end == 0.0 || end == 1.0);
            for (side, want, have) in
                [("lower", lower, got.map(Interval::lower)), ("upper", upper, got.map(Interval::upper))]
            {
                if have.is_some_and(closed) {
                    section.differ("an end beyond which there are no outcomes is 0 or 1, not a quantile");
                } else {
                    section.within(format!("{id}, {side}"), Some(want), have, APPROXIMATE, 1e-15);
                }
            }
        }
    }
    Ok(vec![wilson, exact, jeffreys])
}

#[derive(Deserialize)]
struct Tails {
    successes: u64,
    trials: u64,
    p: f64,
    upper_tail_ge: f64,
    lower_tail_le: f64,
    posterior_gt: f64,
}

pub(super) fn binomial(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut tails = Section::new("binomial tails");
    let mut posteriors = Section::new("Jeffreys posteriors");
    for (index, case) in cases.read::<Tails>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let proportion = Proportion::new(case.successes, case.trials).map_err(&fault)?;
        let p = Probability::new(case.p).map_err(&fault)?;
        let id = format!("{} of {} at {p}", case.successes, case.trials);
        let (above, below) = (proportion.tail_at_least(p).get(), proportion.tail_at_most(p).get());
        tails.within(format!("{id}, upper"), Some(case.upper_tail_ge), Some(above), STATISTIC, 0.0);
        tails.within(format!("{id}, lower"), Some(case.lower_tail_le), Some(below), STATISTIC, 0.0);
        posteriors.within(&id, Some(case.posterior_gt), Some(proportion.posterior_above(p).get()), APPROXIMATE, 0.0);
    }
    Ok(vec![tails, posteriors])
}
