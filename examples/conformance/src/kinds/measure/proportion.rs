//! Proportions: intervals by statsmodels, tails and tests by scipy.

use measure_core::proportion::{self, fisher_exact, fisher_mid_p, power_against_claim, power_of_difference};
use measure_core::{
    Alternative, Estimate, Interval, IntervalMethod, Level, Method, Probability, Proportion, TestMethod,
};
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
    two_sided: f64,
    posterior_gt: f64,
}

pub(super) fn binomial(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut tails = Section::new("binomial tails");
    let mut tests = Section::new("exact binomial tests");
    let mut posteriors = Section::new("Jeffreys posteriors");
    for (index, case) in cases.read::<Tails>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let proportion = Proportion::new(case.successes, case.trials).map_err(&fault)?;
        let p = Probability::new(case.p).map_err(&fault)?;
        let id = format!("{} of {} at {p}", case.successes, case.trials);
        let (above, below) = (proportion.tail_at_least(p).get(), proportion.tail_at_most(p).get());
        tails.within(format!("{id}, upper"), Some(case.upper_tail_ge), Some(above), STATISTIC, 0.0);
        tails.within(format!("{id}, lower"), Some(case.lower_tail_le), Some(below), STATISTIC, 0.0);
        let test = proportion.binomial_test(p, Alternative::TwoSided).p_value().get();
        tests.within(&id, Some(case.two_sided), Some(test), STATISTIC, 0.0);
        posteriors.within(&id, Some(case.posterior_gt), Some(proportion.posterior_above(p).get()), APPROXIMATE, 0.0);
    }
    Ok(vec![tails, tests, posteriors])
}

#[derive(Deserialize)]
struct Claim {
    successes: u64,
    trials: u64,
    p: f64,
    two_sided: f64,
    mid_p: Option<f64>,
}

pub(super) fn binomial_tests(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut exact = Section::new("exact binomial tests");
    let mut mid = Section::new("mid-p binomial tests");
    for (index, case) in cases.read::<Claim>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let proportion = Proportion::new(case.successes, case.trials).map_err(&fault)?;
        let p = Probability::new(case.p).map_err(&fault)?;
        let id = format!("{} of {} at {p}", case.successes, case.trials);
        let got = proportion.binomial_test(p, Alternative::TwoSided).p_value().get();
        exact.within(&id, Some(case.two_sided), Some(got), STATISTIC, 0.0);
        if let Some(want) = case.mid_p {
            let got = proportion.binomial_test_mid_p(p, Alternative::TwoSided).p_value().get();
            // Half of a p-value that one outcome makes up loses nothing; of others a little of their sum.
            mid.within(&id, Some(want), Some(got), STATISTIC, 1e-14 * case.two_sided);
        }
    }
    Ok(vec![exact, mid])
}

#[derive(Deserialize)]
struct PairEnds {
    first: [u64; 2],
    second: [u64; 2],
    level: f64,
    newcombe: [f64; 2],
    katz: [f64; 2],
    corrected: bool,
}

pub(super) fn pairs(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut newcombe = Section::new("Newcombe intervals");
    let mut katz = Section::new("Katz intervals");
    for (index, case) in cases.read::<PairEnds>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let [x, y] = pair(case.first, case.second).map_err(&fault)?;
        let level = Level::new(case.level).map_err(&fault)?;
        let id = format!("{:?} {:?} at {level}", case.first, case.second);
        let difference = proportion::difference(x, y, level).map_err(|few| fault(few.into()))?;
        let ratio = proportion::ratio(x, y, level).map_err(|few| fault(few.into()))?;
        ends(&mut newcombe, &id, case.newcombe, difference);
        ends(&mut katz, &id, case.katz, ratio);
        katz.equal(&id, case.corrected, ratio.method() == IntervalMethod::KatzCorrected);
    }
    Ok(vec![newcombe, katz])
}

fn pair([a, n]: [u64; 2], [b, m]: [u64; 2]) -> Result<[Proportion; 2], measure_core::Error> {
    Ok([Proportion::new(a, n)?, Proportion::new(b, m)?])
}

/// Both ends of an interval.
pub(super) fn ends(section: &mut Section, id: &str, [lower, upper]: [f64; 2], got: Estimate) {
    let got = got.interval();
    section.within(format!("{id}, lower"), Some(lower), Some(got.lower()), APPROXIMATE, 1e-15);
    section.within(format!("{id}, upper"), Some(upper), Some(got.upper()), APPROXIMATE, 1e-15);
}

#[derive(Deserialize)]
struct Sides {
    less: f64,
    greater: f64,
    two_sided: f64,
}

#[derive(Deserialize)]
struct Fisher {
    first: [u64; 2],
    second: [u64; 2],
    #[serde(flatten)]
    exact: Sides,
    mid_p: Sides,
}

pub(super) fn fisher(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut exact = Section::new("Fisher's exact tests");
    let mut mid = Section::new("Fisher's tests with mid-p");
    for (index, case) in cases.read::<Fisher>()?.iter().enumerate() {
        let [x, y] = pair(case.first, case.second).map_err(cases.fault(index))?;
        for (side, want, half) in [
            (Alternative::Less, case.exact.less, case.mid_p.less),
            (Alternative::Greater, case.exact.greater, case.mid_p.greater),
            (Alternative::TwoSided, case.exact.two_sided, case.mid_p.two_sided),
        ] {
            let id = format!("{:?} {:?} {side:?}", case.first, case.second);
            let got = fisher_exact(x, y, side);
            exact.within(&id, Some(want), Some(got.p_value().get()), STATISTIC, 0.0);
            exact.equal(&id, TestMethod::Fisher, got.method());
            let got = fisher_mid_p(x, y, side).p_value().get();
            mid.within(&id, Some(half), Some(got), STATISTIC, 1e-14 * want);
        }
    }
    Ok(vec![exact, mid])
}

#[derive(Deserialize)]
struct DifferencePower {
    first: f64,
    second: f64,
    n: u64,
    m: u64,
    level: f64,
    power: f64,
}

pub(super) fn powers_of_difference(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut powers = Section::new("power to tell two proportions apart");
    for (index, case) in cases.read::<DifferencePower>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let (p, q) = (Probability::new(case.first).map_err(&fault)?, Probability::new(case.second).map_err(&fault)?);
        let level = Level::new(case.level).map_err(&fault)?;
        let got = power_of_difference(p, q, case.n, case.m, level).get();
        powers.within(
            format!("{p} {q} {} {} {level}", case.n, case.m),
            Some(case.power),
            Some(got),
            APPROXIMATE,
            1e-15,
        );
    }
    Ok(vec![powers])
}

#[derive(Deserialize)]
struct ClaimPower {
    claimed: f64,
    truth: f64,
    trials: u64,
    alternative: Alternative,
    level: f64,
    power: f64,
}

pub(super) fn powers_against_claim(cases: &Cases) -> Result<Vec<Section>, Fault> {
    let mut powers = Section::new("exact power against a claim");
    for (index, case) in cases.read::<ClaimPower>()?.iter().enumerate() {
        let fault = cases.fault(index);
        let claimed = Probability::new(case.claimed).map_err(&fault)?;
        let truth = Probability::new(case.truth).map_err(&fault)?;
        let level = Level::new(case.level).map_err(&fault)?;
        let got = power_against_claim(claimed, truth, case.trials, case.alternative, level).get();
        let id = format!("{claimed} {truth} {} {:?}", case.trials, case.alternative);
        powers.within(id, Some(case.power), Some(got), STATISTIC, 1e-15);
    }
    Ok(vec![powers])
}
