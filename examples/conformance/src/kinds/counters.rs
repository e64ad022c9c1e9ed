//! `counters.json`: raw counter series with resets and failed scrapes.

use std::path::Path;

use serde::Deserialize;
use slo_core::sli::{Counter, increase};

use super::Kind;
use crate::fault::Fault;
use crate::input;
use crate::report::Section;

pub(super) const KIND: Kind = Kind {
    name: "counters",
    place: "counters.json",
    about: "increases of raw counters by Prometheus's reset rule",
    sections,
};

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    samples: Vec<Option<u64>>,
    increase: u64,
    resets: usize,
}

fn sections(file: &Path) -> Result<Vec<Section>, Fault> {
    let File { cases } = input::json(file)?;
    let mut whole = Section::new("increase of a series");
    let mut streamed = Section::new("increase sample by sample");
    let mut resets = Section::new("resets");
    for (index, case) in cases.iter().enumerate() {
        let id = format!("case {index}");
        match increase(case.samples.iter().copied()) {
            Ok(increase) => whole.equal(&id, case.increase, increase),
            Err(error) => whole.disagree(&id, case.increase, error),
        }
        let mut counter = Counter::default();
        let steps: Vec<_> = case.samples.iter().flatten().map(|raw| counter.observe(*raw)).collect();
        let sum = steps.iter().try_fold(0_u64, |sum, step| sum.checked_add(step.increase));
        streamed.equal(&id, Some(case.increase), sum);
        resets.equal(&id, case.resets, steps.iter().filter(|step| step.reset).count());
    }
    Ok(vec![whole, streamed, resets])
}
