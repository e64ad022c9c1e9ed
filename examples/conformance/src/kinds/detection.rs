//! `detection_reset.json`: when the rows of the presets fire and fall silent, as exact fractions.

use std::path::Path;

use chrono::TimeDelta;
use serde::Deserialize;
use slo_core::detect::{ErrorRatio, ExactSeconds};
use slo_core::{Error, Objective, Policy, Row};

use super::Kind;
use crate::fault::Fault;
use crate::fraction::Fraction;
use crate::input;
use crate::report::Section;

pub(super) const KIND: Kind = Kind {
    name: "detection",
    place: "detection_reset.json",
    about: "detection and reset times of the presets, and the budget spent by then",
    sections,
};

const RATIO: f64 = 1e-12;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    policy: String,
    row: String,
    objective_percent: String,
    period_s: i64,
    long_s: i64,
    short_s: i64,
    factor: String,
    for_s: i64,
    error_ratio: String,
    burn: Fraction,
    detect_s: Option<Fraction>,
    detect_long_s: Option<Fraction>,
    detect_short_s: Option<Fraction>,
    budget_consumed_at_threshold: Option<Fraction>,
    budget_consumed_at_fire: Option<Fraction>,
    reset_short_s: Option<Fraction>,
    reset_long_only_s: Option<Fraction>,
}

struct Sections {
    rows: Section,
    burn: Section,
    detection: Section,
    windows: Section,
    spent: Section,
    reset: Section,
    unseen: Section,
}

fn sections(file: &Path) -> Result<Vec<Section>, Fault> {
    let File { cases } = input::json(file)?;
    let mut sections = Sections {
        rows: Section::new("rows of the presets"),
        burn: Section::new("burn rates"),
        detection: Section::new("detection times, exactly"),
        windows: Section::new("detection times of each window alone, exactly"),
        spent: Section::new("budget spent at detection"),
        reset: Section::new("reset times, exactly"),
        unseen: Section::new("longest outages unseen, exactly"),
    };
    for (index, case) in cases.iter().enumerate() {
        let at = |field: &str, what: String| Fault::at(file, format!("cases[{index}].{field}"), what);
        let policy = match case.policy.as_str() {
            "google30d" => Policy::google_30d(),
            "sloth28d" => Policy::sloth_28d(),
            "pyrra28d" => Policy::pyrra(),
            other => return Err(at("policy", format!("`{other}` is none of google30d, sloth28d, pyrra28d"))),
        };
        let named = policy.rows().iter().find(|row| row.name == case.row);
        let row = named.ok_or_else(|| at("row", format!("`{}` is no row of {}", case.row, case.policy)))?;
        let objective = Objective::from_percent(&case.objective_percent);
        let objective = objective.map_err(|what| at("objective_percent", what.to_string()))?;
        let ratio: ErrorRatio = case.error_ratio.parse().map_err(|what: Error| at("error_ratio", what.to_string()))?;
        let id = format!("case {index} ({} of {} at {ratio} for {objective})", case.row, case.policy);
        sections.check_row(&id, case, &policy, row);
        sections.check(&id, case, &policy, row, objective, ratio);
    }
    let Sections { rows, burn, detection, windows, spent, reset, unseen } = sections;
    Ok(vec![rows, burn, detection, windows, spent, reset, unseen])
}

impl Sections {
    fn check_row(&mut self, id: &str, case: &Case, policy: &Policy, row: &Row) {
        let factor = format!("{}/{}", row.factor.numerator(), row.factor.denominator());
        let seconds = [policy.period(), row.long, row.short.unwrap_or_default(), row.hold].map(|l| l.num_seconds());
        let expected = [case.period_s, case.long_s, case.short_s, case.for_s];
        self.rows.equal(id, (case.factor.clone(), expected), (factor, seconds));
    }

    fn check(&mut self, id: &str, case: &Case, policy: &Policy, row: &Row, objective: Objective, ratio: ErrorRatio) {
        self.burn.within(id, case.burn.as_f64(), Some(ratio.burn_rate(objective)), RATIO, 0.0);
        let detect = |row: &Row| row.detection(policy.period(), objective, ratio);
        let whole = detect(row);
        self.detection.equal(id, case.detect_s, whole.map(|detection| fraction(detection.time)));

        let at_once = Row { hold: TimeDelta::zero(), ..row.clone() };
        let long = detect(&Row { short: None, ..at_once.clone() });
        let short = row.short.and_then(|short| detect(&Row { long: short, short: None, ..at_once.clone() }));
        self.windows.equal(format!("{id}, long"), case.detect_long_s, long.map(|alone| fraction(alone.time)));
        self.windows.equal(format!("{id}, short"), case.detect_short_s, short.map(|alone| fraction(alone.time)));

        let float = |fraction: Option<Fraction>| fraction.and_then(Fraction::as_f64);
        let spent = whole.map(|detection| detection.budget_spent);
        self.spent.within(id, float(case.budget_consumed_at_fire), spent, RATIO, 0.0);
        let spent = detect(&at_once).map(|detection| detection.budget_spent);
        let expected = float(case.budget_consumed_at_threshold);
        self.spent.within(format!("{id}, without hold"), expected, spent, RATIO, 0.0);

        self.reset.equal(id, case.reset_short_s, whole.map(|detection| fraction(detection.reset)));
        let alone = whole.map(|detection| fraction(detection.long_window_reset));
        self.reset.equal(format!("{id}, long window alone"), case.reset_long_only_s, alone);
        // An outage that ends before the condition holds is never seen, nor one that ends as it begins to.
        let unseen = detect(&at_once).map(|detection| fraction(detection.longest_unseen));
        self.unseen.equal(id, case.detect_long_s, unseen);
    }
}

/// Both are reduced.
fn fraction(length: ExactSeconds) -> Fraction {
    let part = |part: u128| i128::try_from(part).unwrap_or(i128::MAX);
    Fraction::Finite(part(length.numerator()), part(length.denominator()))
}
