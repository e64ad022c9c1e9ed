//! `statistics.json`: binomial tails, Jeffreys posteriors and intervals of proportions.

use std::path::Path;

use measure_core::{Level, Method, Probability, Proportion};
use serde::{Deserialize, Deserializer, de};

use super::Kind;
use crate::fault::Fault;
use crate::input;
use crate::report::Section;

pub(super) const KIND: Kind = Kind {
    name: "statistics",
    place: "statistics.json",
    about: "binomial tails, posteriors and intervals of proportions, by mpmath and scipy",
    sections,
};

/// Small tails are compared as relatively as large ones.
const RATIO: f64 = 2e-12;
/// Beyond 10^8 events on either side, where the crate goes over to an expansion.
const RATIO_FAR: f64 = 1e-9;
/// What subtraction leaves of 50 digits where the lower end of a Wilson interval is 0.
const ZERO: f64 = 1e-45;

#[derive(Deserialize)]
struct File {
    tails: Vec<Tail>,
    intervals: Vec<Ends>,
}

#[derive(Deserialize)]
struct Tail {
    n: u64,
    bad: u64,
    p: f64,
    p_value_ge: Number,
    p_value_le: Option<Number>,
    jeffreys_prob_rate_gt_p: Number,
}

#[derive(Deserialize)]
struct Ends {
    n: u64,
    bad: u64,
    conf: f64,
    cp_lo: Number,
    cp_hi: Number,
    wilson_lo: Number,
    wilson_hi: Number,
    jeffreys_lo: Number,
    jeffreys_hi: Number,
}

/// A float, or text with more digits than one.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Shape {
            Float(f64),
            Text(String),
        }
        match Shape::deserialize(deserializer)? {
            Shape::Float(number) => Ok(Self(number)),
            Shape::Text(text) => {
                text.parse().map(Self).map_err(|_| de::Error::custom(format!("`{text}` is not a number")))
            }
        }
    }
}

fn sections(file: &Path) -> Result<Vec<Section>, Fault> {
    let File { tails, intervals } = input::json(file)?;
    let mut binomial = Section::new("binomial tails");
    let mut posterior = Section::new("Jeffreys posteriors");
    for (index, case) in tails.iter().enumerate() {
        let fault = |what: measure_core::Error| Fault::at(file, format!("tails[{index}]"), what);
        let proportion = Proportion::new(case.bad, case.n).map_err(fault)?;
        let p = Probability::new(case.p).map_err(fault)?;
        let id = format!("{} of {} at {p}", case.bad, case.n);
        let (at_least, at_most) = (proportion.tail_at_least(p).get(), proportion.tail_at_most(p).get());
        let ratio = ratio(proportion);
        binomial.within(&id, Some(case.p_value_ge.0), Some(at_least), ratio, 0.0);
        if let Some(expected) = &case.p_value_le {
            binomial.within(format!("{id}, lower tail"), Some(expected.0), Some(at_most), ratio, 0.0);
        }
        let above = proportion.posterior_above(p).get();
        posterior.within(&id, Some(case.jeffreys_prob_rate_gt_p.0), Some(above), ratio, 0.0);
    }

    let mut wilson = Section::new("Wilson intervals");
    let mut exact = Section::new("Clopper-Pearson intervals");
    let mut jeffreys = Section::new("Jeffreys intervals");
    for (index, case) in intervals.iter().enumerate() {
        let fault = |what: measure_core::Error| Fault::at(file, format!("intervals[{index}]"), what);
        let proportion = Proportion::new(case.bad, case.n).map_err(fault)?;
        let level = Level::new(case.conf).map_err(fault)?;
        for (section, method, lower, upper) in [
            (&mut wilson, Method::Wilson, &case.wilson_lo, &case.wilson_hi),
            (&mut exact, Method::ClopperPearson, &case.cp_lo, &case.cp_hi),
            (&mut jeffreys, Method::Jeffreys, &case.jeffreys_lo, &case.jeffreys_hi),
        ] {
            let interval = proportion.interval(method, level);
            let id = format!("{} of {} at {level}", case.bad, case.n);
            let (got_lower, got_upper) = (interval.map(|i| i.lower()), interval.map(|i| i.upper()));
            section.within(format!("{id}, lower"), Some(lower.0), got_lower, ratio(proportion), ZERO);
            section.within(format!("{id}, upper"), Some(upper.0), got_upper, ratio(proportion), ZERO);
        }
    }
    Ok(vec![binomial, posterior, wilson, exact, jeffreys])
}

fn ratio(proportion: Proportion) -> f64 {
    if proportion.successes().min(proportion.failures()) >= 100_000_000 { RATIO_FAR } else { RATIO }
}
