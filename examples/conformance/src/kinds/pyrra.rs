//! `pyrra/windows_table.json`: the alert windows that Pyrra derives from the window of an SLO.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::TimeDelta;
use serde::Deserialize;
use slo_core::detect::ErrorRatio;
use slo_core::{Objective, Policy, Row, Severity, burn};

use super::Kind;
use crate::fault::Fault;
use crate::input;
use crate::report::Section;

pub(super) const KIND: Kind = Kind {
    name: "pyrra",
    place: "pyrra/windows_table.json",
    about: "Pyrra's windows, factors, holds, exhaustion times and holds of absence alerts",
    sections,
};

#[derive(Deserialize)]
struct Entry {
    slo_window_s: i64,
    rows: Vec<PyrraRow>,
    exhausts_s_by_factor: BTreeMap<String, i64>,
    absent_s_by_target: BTreeMap<String, i64>,
}

#[derive(Debug, Deserialize)]
struct PyrraRow {
    factor: u32,
    for_s: i64,
    long_s: i64,
    short_s: i64,
    severity: String,
}

impl PyrraRow {
    /// Whether the row can work at all: a window of 0 s never holds a sample.
    const fn is_dead(&self) -> bool {
        self.long_s == 0 || self.short_s == 0 || self.short_s >= self.long_s
    }

    /// The row in words, as [`in_words`] puts ours.
    fn in_words(&self) -> String {
        let Self { factor, for_s, long_s, short_s, severity } = self;
        format!("{severity} above {factor} in {long_s} s and {short_s} s for {for_s} s")
    }
}

fn in_words(row: &Row) -> String {
    let severity = match row.severity {
        Severity::Page => "critical",
        Severity::Ticket => "warning",
    };
    let short = row.short.map_or(0, |short| short.num_seconds());
    let (long, hold) = (row.long.num_seconds(), row.hold.num_seconds());
    format!("{severity} above {} in {long} s and {short} s for {hold} s", row.factor)
}

fn sections(file: &Path) -> Result<Vec<Section>, Fault> {
    let entries: Vec<Entry> = input::json(file)?;
    let mut windows = Section::new("windows, factors and holds");
    let mut exhausts = Section::new("exhaustion times");
    let mut absent = Section::new("holds of absence alerts");
    for (index, entry) in entries.iter().enumerate() {
        let period = TimeDelta::try_seconds(entry.slo_window_s).ok_or_else(|| {
            let what = format!("{} s is no length of time", entry.slo_window_s);
            Fault::at(file, format!("[{index}].slo_window_s"), what)
        })?;
        check_rows(&mut windows, entry, period);
        for (factor, seconds) in &entry.exhausts_s_by_factor {
            let path = || format!("[{index}].exhausts_s_by_factor.{factor}");
            let rate = factor.parse().map_err(|_| Fault::at(file, path(), "the key is not a number"))?;
            // Pyrra cuts off to whole seconds.
            let got = burn::time_to_exhaustion(1.0, rate, period).map(|length| length.num_seconds());
            exhausts.equal(format!("{} s at {factor}", entry.slo_window_s), Some(*seconds), got);
        }
        for (target, seconds) in &entry.absent_s_by_target {
            let path = || format!("[{index}].absent_s_by_target.{target}");
            let objective = Objective::from_ratio(target).map_err(|what| Fault::at(file, path(), what))?;
            check_absence(&mut absent, period, objective, *seconds);
        }
    }
    Ok(vec![windows, exhausts, absent])
}

const DEAD: &str = "Pyrra renders a window of 0 s that can never fire (pyrra #1028), here it is refused";

/// Pyrra alerts on an absent metric when a full outage would have tripped its first row, to the minute.
fn check_absence(section: &mut Section, period: TimeDelta, objective: Objective, expected: i64) {
    let case = format!("{} s at {objective}", period.num_seconds());
    let Ok(policy) = Policy::pyrra_for(period) else { return section.differ(DEAD) };
    let first = policy.rows().first();
    match first.and_then(|row| row.detection(period, objective, ErrorRatio::ALL)) {
        Some(detection) => {
            let seconds = detection.time.to_delta().num_seconds();
            let minutes = seconds.saturating_add(30).div_euclid(60).saturating_mul(60);
            section.equal(case, expected, minutes);
        }
        None if first.is_some_and(|row| !row.threshold(objective).can_be_exceeded()) => {
            section.differ(
                "even a full outage never trips the first row of such an objective, though Pyrra counts a time",
            );
        }
        None => section.disagree(case, expected, "never"),
    }
}

fn check_rows(section: &mut Section, entry: &Entry, period: TimeDelta) {
    let window = entry.slo_window_s;
    let dead = entry.rows.iter().find(|row| row.is_dead());
    match (Policy::pyrra_for(period), dead) {
        (Ok(policy), None) => {
            section.equal(format!("{window} s"), entry.rows.len(), policy.rows().len());
            for (expected, got) in entry.rows.iter().zip(policy.rows()) {
                section.equal(format!("{window} s"), expected.in_words(), in_words(got));
            }
        }
        (Err(_), Some(_)) => section.differ(DEAD),
        (Ok(policy), Some(dead)) => {
            let got = policy.rows().iter().map(in_words).collect::<Vec<_>>().join("; ");
            section.disagree(format!("{window} s"), format!("a refusal, for {}", dead.in_words()), got);
        }
        (Err(error), None) => {
            let expected = entry.rows.iter().map(PyrraRow::in_words).collect::<Vec<_>>().join("; ");
            section.disagree(format!("{window} s"), expected, error);
        }
    }
}
