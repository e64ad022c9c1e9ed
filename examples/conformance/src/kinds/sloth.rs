//! A folder with `windows/*.yaml`, Sloth's catalogues of alert windows, `rules/*.yml`, the Prometheus rules
//! that it generated with them, and `invalid_spec`, mutated specifications and whether it accepted them.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::TimeDelta;
use slo_core::{DurationShorthand, Error, Objective, Policy, Row, Severity};

use super::Kind;
use crate::fault::Fault;
use crate::input;
use crate::report::Section;

pub(super) const KIND: Kind = Kind {
    name: "sloth",
    place: "sloth",
    about: "Sloth's catalogues of windows, the factors and thresholds in its rules, the objectives it accepts",
    sections,
};

/// Sloth multiplies and divides three floats for a factor.
const FACTOR: f64 = 4.0 * f64::EPSILON;

fn sections(folder: &Path) -> Result<Vec<Section>, Fault> {
    let mut presets = Section::new("catalogues equal presets");
    let mut windows = Section::new("windows and severities");
    let mut factors = Section::new("factors");
    let mut thresholds = Section::new("thresholds");

    let catalogues = catalogues(folder)?;
    for (name, policy) in &catalogues {
        let preset = match name.as_str() {
            "google-28d.yaml" => Policy::sloth_28d(),
            "google-30d.yaml" => Policy::google_30d(),
            _ => continue,
        };
        presets.equal(name, policy.rows(), preset.rows());
    }
    for file in input::files(&folder.join("rules"), &[".yml", ".yaml"])? {
        let rules = Rules::read(&file)?;
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("");
        for alert in &rules.alerts {
            let case = format!("{name}: {} in {} s", alert.slo, alert.long.num_seconds());
            let same = |row: &&Row| row.long == alert.long && row.short == Some(alert.short);
            let of_period = catalogues.values().filter(|policy| policy.period() == rules.period);
            // A file uses one catalogue; the factor decides where two of a period share a row's windows.
            let mut rows = of_period.flat_map(|policy| policy.rows().iter().filter(same)).peekable();
            let Some(first) = rows.peek().copied() else {
                windows.disagree(case, "a row of a catalogue", "none with these windows");
                continue;
            };
            let row = rows.find(|row| (row.factor.as_f64() - alert.factor).abs() < 1e-9).unwrap_or(first);
            windows.equal(&case, alert.severity, row.severity);
            factors.within(&case, Some(alert.factor), Some(row.factor.as_f64()), FACTOR, 0.0);
            // Sloth's error budget is `(100 - objective) / 100` in floats: the objective near 100 is off by
            // half a unit in its last place, which counts in full against the small difference.
            let allowed = alert.objective.allowed_bad_fraction();
            let tolerance = FACTOR + 50.0 * f64::EPSILON / (100.0 * allowed);
            thresholds.within(&case, Some(alert.budget), Some(allowed), tolerance, 0.0);
            let ours = row.threshold(alert.objective).error_ratio();
            thresholds.within(&case, Some(alert.factor * alert.budget), Some(ours), tolerance, 0.0);
        }
    }
    Ok(vec![presets, windows, factors, thresholds, objectives(&folder.join("invalid_spec"))?])
}

/// Of each specification the objective, and the line `ACCEPT file` or `REJECT file: reason` in `RESULT.txt`.
fn objectives(folder: &Path) -> Result<Section, Fault> {
    let mut section = Section::new("objectives accepted and refused");
    let verdicts = input::text(&folder.join("RESULT.txt"))?;
    for file in input::files(folder, &[".yml"])? {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("");
        // Other specifications are refused for something that is not the objective.
        if name != "ok.yml" && (!name.starts_with("objective_") || name == "objective_missing.yml") {
            continue;
        }
        let said = |verdict: &str| {
            let lines = verdicts.lines().filter_map(|line| line.strip_prefix(verdict)?.trim_start().strip_prefix(name));
            lines.into_iter().any(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        let (accepted, refused) = (said("ACCEPT"), said("REJECT"));
        if accepted == refused {
            return Err(Fault::at(&folder.join("RESULT.txt"), name, "is neither accepted nor refused"));
        }
        let text = input::text(&file)?;
        let given = text.lines().find_map(|line| line.trim().strip_prefix("objective: "));
        let given = given.ok_or_else(|| Fault::of_file(&file, "has no objective"))?;
        // YAML has exponents, objectives have not.
        let plain = given.parse::<f64>().map_err(|what| Fault::at(&file, "objective", what))?.to_string();
        match Objective::from_percent(&plain) {
            Err(Error::ObjectiveLeavesNoBudget { .. }) if accepted => {
                section.differ("Sloth accepts 100 % and divides by a budget of 0 (sloth #749), here it is refused");
            }
            Err(Error::ObjectiveTooFine { .. }) if accepted => {
                section.differ("Sloth accepts objectives finer than a part per billion, here they are refused");
            }
            Ok(objective) => section.equal(format!("{name} ({objective})"), accepted, true),
            Err(error) => section.equal(format!("{name} ({error})"), accepted, false),
        }
    }
    Ok(section)
}

/// The catalogues by file name, each built from its budget shares.
fn catalogues(folder: &Path) -> Result<BTreeMap<String, Policy>, Fault> {
    let mut catalogues = BTreeMap::new();
    for file in input::files(&folder.join("windows"), &[".yaml", ".yml"])? {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("").to_owned();
        let entries = entries(&input::text(&file)?);
        let entry = |key: &str| {
            let missing = || Fault::at(&file, key, "is missing");
            entries.get(key).map(String::as_str).ok_or_else(missing)
        };
        let length = |key: &str| length(entry(key)?).map_err(|what| Fault::at(&file, key, what));
        let period = length("spec.sloPeriod")?;
        let rows = [("page", Severity::Page), ("ticket", Severity::Ticket)].into_iter().flat_map(|(name, severity)| {
            ["quick", "slow"].map(|pace| {
                let key = |key: &str| format!("spec.{name}.{pace}.{key}");
                let share = Objective::from_percent(entry(&key("errorBudgetPercent"))?)
                    .map_err(|what| Fault::at(&file, key("errorBudgetPercent"), what))?;
                let (long, short) = (length(&key("longWindow"))?, length(&key("shortWindow"))?);
                // A budget share is a percentage between 0 and 100 like an objective, and read as exactly.
                Row::from_share(format!("{name}_{pace}"), severity, share.parts_per_billion(), period, long, short)
                    .map_err(|what| Fault::of_file(&file, what))
            })
        });
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let policy = Policy::new(name.as_str(), period, rows).map_err(|what| Fault::of_file(&file, what))?;
        catalogues.insert(name, policy);
    }
    Ok(catalogues)
}

/// The scalars of a YAML file of nested maps, by dotted path; all that a catalogue consists of.
fn entries(text: &str) -> BTreeMap<String, String> {
    let mut path: Vec<(usize, &str)> = Vec::new();
    let mut entries = BTreeMap::new();
    for line in text.lines() {
        let bare = line.trim_start();
        let Some((key, value)) = bare.split_once(':').filter(|_| !bare.starts_with('#')) else { continue };
        let indent = line.len().saturating_sub(bare.len());
        path.retain(|(outer, _)| *outer < indent);
        path.push((indent, key));
        let value = value.trim().trim_matches('"');
        if !value.is_empty() {
            let path = path.iter().map(|(_, key)| *key).collect::<Vec<_>>().join(".");
            entries.insert(path, value.to_owned());
        }
    }
    entries
}

/// What alerts need of a file of generated rules.
struct Rules {
    period: TimeDelta,
    alerts: Vec<Alert>,
}

/// One `short and long` clause of an alert.
struct Alert {
    slo: String,
    severity: Severity,
    objective: Objective,
    short: TimeDelta,
    long: TimeDelta,
    factor: f64,
    budget: f64,
}

/// `max(slo:sli_error:ratio_rate5m{sloth_id="id", ...} > (factor * budget)) without (sloth_window)`
struct Clause {
    id: String,
    window: TimeDelta,
    factor: f64,
    budget: f64,
}

const CLAUSE: &str = "max(slo:sli_error:ratio_rate";
const PERIOD: &str = "sum_over_time(slo:sli_error:ratio_rate";

impl Rules {
    fn read(file: &Path) -> Result<Self, Fault> {
        let text = input::text(file)?;
        let mut period = None;
        let mut id = "";
        let mut objectives = BTreeMap::new();
        let mut clauses: Vec<Clause> = Vec::new();
        let mut alerts = Vec::new();
        for (line, number) in text.lines().map(str::trim).zip(1_usize..) {
            let fault = |what: String| Fault::at(file, format!("line {number}"), what);
            if line.starts_with(CLAUSE) {
                clauses.push(clause(line).ok_or_else(|| fault(format!("`{line}` is no clause of an alert")))?);
            } else if let Some((_, rest)) = line.split_once(PERIOD) {
                let range = rest.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
                let (range, _) = range.ok_or_else(|| fault("a range such as `[30d]` is missing".to_owned()))?;
                period = Some(length(range).map_err(fault)?);
            } else if let Some(value) = line.strip_prefix("sloth_id: ") {
                id = value;
            } else if let Some(value) = line.strip_prefix("sloth_objective: ") {
                let objective = Objective::from_percent(value.trim_matches('"'));
                objectives.insert(id.to_owned(), objective.map_err(|what| fault(what.to_string()))?);
            } else if let Some(value) = line.strip_prefix("sloth_severity: ") {
                let severity = match value {
                    "page" => Severity::Page,
                    "ticket" => Severity::Ticket,
                    _ => return Err(fault(format!("severity `{value}` is neither page nor ticket"))),
                };
                for pair in clauses.chunks(2) {
                    let alert = alert(pair, severity, &objectives);
                    alerts.push(alert.ok_or_else(|| fault("the alert has no `short and long` clauses".to_owned()))?);
                }
                clauses.clear();
            }
        }
        let period = period.ok_or_else(|| Fault::of_file(file, "no rule records the error ratio of the period"))?;
        Ok(Self { period, alerts })
    }
}

fn clause(line: &str) -> Option<Clause> {
    let (window, rest) = line.strip_prefix(CLAUSE)?.split_once("{sloth_id=\"")?;
    let (id, rest) = rest.split_once('"')?;
    let (_, rest) = rest.split_once("> (")?;
    let (product, _) = rest.split_once(')')?;
    let (factor, budget) = product.split_once(" * ")?;
    let (factor, budget) = (factor.parse().ok()?, budget.parse().ok()?);
    Some(Clause { id: id.to_owned(), window: length(window).ok()?, factor, budget })
}

fn alert(pair: &[Clause], severity: Severity, objectives: &BTreeMap<String, Objective>) -> Option<Alert> {
    let [short, long] = pair else { return None };
    let same = short.id == long.id && short.factor == long.factor && short.budget == long.budget;
    let objective = *objectives.get(&short.id).filter(|_| same)?;
    let Clause { id, factor, budget, .. } = long;
    let (short, long) = (short.window, long.window);
    Some(Alert { slo: id.clone(), severity, objective, short, long, factor: *factor, budget: *budget })
}

/// A Prometheus duration: `30d`, `1d12h`.
fn length(text: &str) -> Result<TimeDelta, String> {
    let parts = text.split_inclusive(|c: char| c.is_ascii_alphabetic());
    let sum = parts
        .map(|part| part.parse::<DurationShorthand>().map(DurationShorthand::nominal))
        .try_fold(TimeDelta::zero(), |sum, part| part.map(|part| sum.checked_add(&part)).ok().flatten());
    sum.filter(|sum| *sum > TimeDelta::zero()).ok_or_else(|| format!("`{text}` is no duration such as `1d12h`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composite_durations_add_up() {
        assert_eq!(length("1d12h"), Ok(TimeDelta::hours(36)));
        assert_eq!(length("4w"), Ok(TimeDelta::days(28)));
        for text in ["", "5", "1d12", "x"] {
            assert!(length(text).is_err(), "{text}");
        }
    }

    #[test]
    fn entries_have_dotted_paths() {
        let entries = entries("# c: 1\na: \"x\"\nb:\n  c:\n    d: 5m\n  e: 2\n");
        let expected = [("a", "x"), ("b.c.d", "5m"), ("b.e", "2")];
        assert_eq!(entries, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    }
}
