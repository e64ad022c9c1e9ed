//! `slo_generator_reports.json`: reports of slo-generator on stubbed measurements.
//!
//! slo-generator rounds the SLI to 6 digits and the burn rate to 1 before it compares; the crates round
//! nothing. Each case is compared after repeating that rounding, which has to give slo-generator's number,
//! and as it is, where a difference counts as deliberate only if the rounding explains it.

use std::path::Path;

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::Value;
use slo_core::{Counts, Error, Factor, Objective, burn};

use super::Kind;
use crate::fault::Fault;
use crate::input;
use crate::report::Section;

pub(super) const KIND: Kind = Kind {
    name: "slo_generator",
    place: "slo_generator_reports.json",
    about: "slo-generator's burn rates and alerts, with and without its rounding",
    sections,
};

const RATIO: f64 = 1e-12;
const MILLION: u64 = 1_000_000;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    goal: f64,
    data: Value,
    window_s: i64,
    threshold: f64,
    result: Report,
}

#[derive(Deserialize)]
struct Report {
    valid: bool,
    sli_measurement: Option<f64>,
    error_budget_burn_rate: Option<f64>,
    error_budget_consumed_ratio: Option<f64>,
    alert: Option<bool>,
    events_count: Option<i64>,
    bad_events_count: Option<i64>,
}

/// What a backend of slo-generator returned.
enum Measurement {
    /// Good and bad events, or a ratio as parts per billion.
    Counts { counts: Counts, events: bool },
    /// No events, or its mark for no data.
    NoData,
    /// Refused by a constructor.
    Refused(Error),
    /// Not a measurement at all: a text, nothing, a list of other than two numbers.
    Nonsense,
}

struct Sections {
    refusals: Section,
    counts: Section,
    sli: Section,
    rounded: Section,
    exact: Section,
    consumed: Section,
    alerts: Section,
}

fn sections(file: &Path) -> Result<Vec<Section>, Fault> {
    let File { cases } = input::json(file)?;
    let mut sections = Sections {
        refusals: Section::new("what is no measurement"),
        counts: Section::new("events"),
        sli: Section::new("SLI, rounded as theirs"),
        rounded: Section::new("burn rate, rounded as theirs"),
        exact: Section::new("burn rate"),
        consumed: Section::new("budget consumed, SLI rounded"),
        alerts: Section::new("alerts"),
    };
    for (index, case) in cases.iter().enumerate() {
        let complete = sections.check(index, case);
        complete.ok_or_else(|| {
            let what = "a valid report has to have an SLI, a burn rate, a consumed ratio, an alert and counts";
            Fault::at(file, format!("cases[{index}].result"), what)
        })?;
    }
    let Sections { refusals, counts, sli, rounded, exact, consumed, alerts } = sections;
    Ok(vec![refusals, counts, sli, rounded, exact, consumed, alerts])
}

impl Sections {
    /// `None` when the report lacks a number.
    fn check(&mut self, index: usize, case: &Case) -> Option<()> {
        let id = format!("case {index} ({} at {})", case.data, case.goal);
        match comparable(case) {
            Ok((counts, events, objective)) => self.check_report(&id, case, counts, events, objective)?,
            Err(Refusal::Same) => self.refusals.agree(),
            Err(Refusal::OnPurpose(reason)) => self.refusals.differ(reason),
            Err(Refusal::Unlike(got)) => {
                let expected = if case.result.valid { "a report" } else { "a refusal" };
                self.refusals.disagree(id, expected, got);
            }
        }
        Some(())
    }

    fn check_report(
        &mut self,
        id: &str,
        case: &Case,
        counts: Counts,
        events: bool,
        objective: Objective,
    ) -> Option<()> {
        let report = &case.result;
        let (reported, consumed) = (report.error_budget_burn_rate?, report.error_budget_consumed_ratio?);
        if events {
            let expected = (i128::from(report.events_count?), i128::from(report.bad_events_count?));
            self.counts.equal(id, expected, (counts.total().into(), counts.bad().into()));
        }
        let sli = counts.success_ratio().map(|ratio| round(ratio, 6));
        self.sli.within(id, Some(report.sli_measurement?), sli, RATIO, 0.0);

        let coarse = sli.and_then(in_millionths)?;
        let rate = burn::rate(coarse, objective);
        let tolerance = subtraction(coarse, objective);
        self.check_rounded(id, reported, rate, tolerance);
        let window = TimeDelta::try_seconds(case.window_s)?;
        let spent = rate.and_then(|rate| burn::budget_spent(rate, window, window));
        self.consumed.within(id, Some(consumed), spent.map(|share| share * 100.0), tolerance, 0.0);

        let exact = burn::rate(counts, objective);
        // Half a unit of the last digit of the SLI, and of the burn rate.
        let rounding = 0.5e-6 / objective.allowed_bad_fraction() + 0.05 + 1e-9;
        match exact {
            Some(exact) if (exact - reported).abs() <= reported * RATIO => self.exact.agree(),
            Some(exact) if (exact - reported).abs() <= rounding => {
                self.exact.differ("slo-generator rounds the SLI to 6 digits and the burn rate to 1");
            }
            _ => self.exact.disagree(id, reported, format!("{exact:?}")),
        }
        let Ok(factor) = case.threshold.to_string().parse::<Factor>() else {
            self.alerts.disagree(id, "a threshold", case.threshold);
            return Some(());
        };
        let (theirs, ours) = (report.alert?, factor.is_exceeded(counts, objective));
        if theirs == ours {
            self.alerts.agree();
        } else if (reported > case.threshold) == theirs {
            self.alerts.differ("slo-generator compares the burn rate rounded to 1 digit");
        } else {
            self.alerts.disagree(id, theirs, ours);
        }
        Some(())
    }

    fn check_rounded(&mut self, id: &str, reported: f64, rate: Option<f64>, tolerance: f64) {
        let near = |error: f64| rate.map(|rate| round(rate * (1.0 + error), 1));
        if near(0.0) == Some(reported) {
            self.rounded.agree();
        } else if near(-tolerance) == Some(reported) || near(tolerance) == Some(reported) {
            self.rounded.differ("the rate lies half-way, and slo-generator's float subtraction decides the digit");
        } else {
            self.rounded.disagree(id, reported, format!("{:?}", near(0.0)));
        }
    }
}

/// Why there are no reports to compare.
enum Refusal {
    /// slo-generator refuses the measurement, and so do the crates.
    Same,
    /// One of both refuses, and it is documented why.
    OnPurpose(&'static str),
    /// One of both refuses for no documented reason; what the crates say.
    Unlike(String),
}

fn comparable(case: &Case) -> Result<(Counts, bool, Objective), Refusal> {
    let measurement = measurement(&case.data);
    if !case.result.valid {
        return Err(match measurement {
            Measurement::NoData | Measurement::Refused(Error::GoodExceedsTotal { .. }) => Refusal::Same,
            Measurement::Nonsense => {
                Refusal::OnPurpose("slo-generator checks what its backends return, here the types leave no such value")
            }
            Measurement::Refused(error) => Refusal::Unlike(error.to_string()),
            Measurement::Counts { counts, .. } => Refusal::Unlike(format!("{counts:?}")),
        });
    }
    let (counts, events) = match measurement {
        Measurement::Counts { counts, events } => (counts, events),
        Measurement::Refused(error) => return Err(Refusal::Unlike(error.to_string())),
        Measurement::NoData | Measurement::Nonsense => return Err(Refusal::Unlike("no counts".to_owned())),
    };
    match Objective::from_ratio(&case.goal.to_string()) {
        Ok(objective) => Ok((counts, events, objective)),
        Err(Error::ObjectiveLeavesNoBudget { .. }) => {
            Err(Refusal::OnPurpose("slo-generator accepts a goal of 100 % and never alerts on it, here it is refused"))
        }
        Err(Error::ObjectivePromisesNothing { .. }) => {
            Err(Refusal::OnPurpose("slo-generator accepts a goal of 0 %, here it is refused"))
        }
        Err(error) => Err(Refusal::Unlike(error.to_string())),
    }
}

/// The relative error of slo-generator's burn rate before rounding: it subtracts the SLI and the goal from 1
/// in floats, and each difference is off by half a unit in the last place of 1.
fn subtraction(counts: Counts, objective: Objective) -> f64 {
    let off = |difference: f64| if difference == 0.0 { 0.0 } else { 0.5 * f64::EPSILON / difference };
    RATIO + off(counts.error_ratio().unwrap_or(0.0)) + off(objective.allowed_bad_fraction())
}

/// Its backends return `[good, bad]`, -1 for no data on a side, or the ratio itself.
fn measurement(data: &Value) -> Measurement {
    let ratio = match data {
        Value::Array(sides) => {
            let sides: Vec<_> = sides.iter().map(Value::as_i64).collect();
            let [Some(good), Some(bad)] = sides.as_slice() else { return Measurement::Nonsense };
            let side = |count: i64| u64::try_from(count).unwrap_or(0);
            let (good, bad) = (side(*good), side(*bad));
            return match Counts::from_bad(bad, good.saturating_add(bad)) {
                Ok(counts) if counts.is_empty() => Measurement::NoData,
                Ok(counts) => Measurement::Counts { counts, events: true },
                Err(error) => Measurement::Refused(error),
            };
        }
        Value::Number(ratio) => ratio.as_f64(),
        _ => None,
    };
    match ratio {
        Some(ratio) if ratio < 0.0 => Measurement::NoData,
        Some(ratio) => match Counts::new(parts(ratio, 1e9), 1_000_000_000) {
            Ok(counts) => Measurement::Counts { counts, events: false },
            Err(error) => Measurement::Refused(error),
        },
        None => Measurement::Nonsense,
    }
}

/// A ratio of 6 digits as counts.
fn in_millionths(ratio: f64) -> Option<Counts> {
    Counts::new(parts(ratio, 1e6), MILLION).ok()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates; ratios are near 1")]
fn parts(ratio: f64, whole: f64) -> u64 {
    (ratio * whole).round() as u64
}

/// Python's `round`: to the nearest decimal of the float's exact value, which is what formatting does.
fn round(number: f64, digits: usize) -> f64 {
    format!("{number:.digits$}").parse().unwrap_or(number)
}
