//! `timeslices.json`: what the budgeting methods of OpenSLO make of the series in the `rolling_ticks.json`
//! beside it.

use std::path::Path;

use serde::Deserialize;
use slo_core::sli::{NoDataPolicy, Observation};
use slo_core::{Counts, Error, Objective, RatioTally, SliceTally, SliceTarget};

use super::Kind;
use crate::fault::Fault;
use crate::fraction::Fraction;
use crate::report::Section;
use crate::{input, series};

pub(super) const KIND: Kind = Kind {
    name: "timeslices",
    place: "timeslices.json",
    about: "Occurrences, Timeslices and RatioTimeslices over the series of the rolling_ticks.json beside it",
    sections,
};

#[derive(Deserialize)]
struct File {
    sli_occurrences: Fraction,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    slice_min: usize,
    time_slice_target: String,
    good: u64,
    bad: u64,
    no_data: u64,
    sli_timeslices_skip_nodata: Fraction,
    sli_timeslices_nodata_good: Fraction,
    sli_timeslices_nodata_bad: Fraction,
    sli_ratio_timeslices_f: f64,
}

fn sections(file: &Path) -> Result<Vec<Section>, Fault> {
    let File { sli_occurrences, cases } = input::json(file)?;
    let minutes = series::minutes(&file.with_file_name("rolling_ticks.json"))?;
    let mut occurrences = Section::new("Occurrences");
    let mut slices = Section::new("good, bad and empty slices");
    let mut timeslices = Section::new("Timeslices, by what no data counts as");
    let mut ratio = Section::new("RatioTimeslices");

    match sum(&minutes) {
        Ok(all) => same_ratio(&mut occurrences, "the series", sli_occurrences, all),
        Err(error) => occurrences.disagree("the series", sli_occurrences, error),
    }
    for (index, case) in cases.iter().enumerate() {
        let at = |field: &str, what: String| Fault::at(file, format!("cases[{index}].{field}"), what);
        if case.slice_min == 0 {
            return Err(at("slice_min", "0 minutes are no slice".to_owned()));
        }
        let target = SliceTarget::from_ratio(&case.time_slice_target)
            .map_err(|what| at("time_slice_target", what.to_string()))?;
        let id = format!("{} min at {target}", case.slice_min);
        let (tally, ratios) = match tally(&minutes, case.slice_min, target) {
            Ok(tallies) => tallies,
            Err(error) => {
                slices.disagree(id, "tallies", error);
                continue;
            }
        };
        slices.equal(&id, (case.good, case.bad, case.no_data), (tally.good(), tally.bad(), tally.no_data()));
        for (policy, expected) in [
            (NoDataPolicy::Exclude, case.sli_timeslices_skip_nodata),
            (NoDataPolicy::CountGood, case.sli_timeslices_nodata_good),
            (NoDataPolicy::CountBad, case.sli_timeslices_nodata_bad),
        ] {
            match tally.counts(policy) {
                Ok(counts) => same_ratio(&mut timeslices, &format!("{id} ({policy:?})"), expected, counts),
                Err(error) => timeslices.disagree(format!("{id} ({policy:?})"), expected, error),
            }
        }
        // The ratio does not depend on the objective.
        let budget = Objective::from_ratio("0.999").and_then(|any| ratios.budget(any, NoDataPolicy::Exclude));
        match budget {
            Ok(budget) => {
                ratio.within(&id, Some(case.sli_ratio_timeslices_f), budget.success_ratio(), 1e-12, 0.0);
            }
            Err(error) => ratio.disagree(&id, case.sli_ratio_timeslices_f, error),
        }
    }
    Ok(vec![occurrences, slices, timeslices, ratio])
}

fn sum(minutes: &[Counts]) -> Result<Counts, Error> {
    minutes.iter().try_fold(Counts::ZERO, |sum, minute| sum.merge(*minute))
}

fn tally(minutes: &[Counts], slice: usize, target: SliceTarget) -> Result<(SliceTally, RatioTally), Error> {
    let (mut tally, mut ratios) = (SliceTally::ZERO, RatioTally::ZERO);
    for minutes in minutes.chunks(slice) {
        let slice = Observation::Counted(sum(minutes)?);
        tally.add(slice, target)?;
        ratios.add(slice)?;
    }
    Ok((tally, ratios))
}

/// Whether good out of all events is exactly the fraction.
fn same_ratio(section: &mut Section, case: &str, expected: Fraction, counts: Counts) {
    let good = expected.of(counts.total().into());
    if good == Some(counts.good().into()) {
        section.agree();
    } else {
        section.disagree(case, expected, format!("{}/{}", counts.good(), counts.total()));
    }
}
