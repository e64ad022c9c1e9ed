//! `evenkeel slo backtest`: how every preset would have done on the book's history and incidents.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use serde::Serialize;
use slo_core::backtest::{Incident, IncidentOutcome, Score, Series, Settings, score};
use slo_core::{Error, Policy, Severity};
use timeline_core::Span;

use super::paint::Paint;
use super::{Answer, BookArgs};
use crate::book::{Book, Histories, Slo};
use crate::fault::{Fault, Faults};
use crate::history::History;
use crate::review::units::Units;
use crate::words;

/// How every preset, and the book's own policy, would have done on the book's history and labelled incidents.
#[derive(Debug, Args)]
pub(super) struct Backtest {
    #[command(flatten)]
    book: BookArgs,
    /// Hear only these alerts.
    #[arg(long, value_enum)]
    severity: Option<Heard>,
    /// An alert so long after an incident's end still counts as its detection [default: two scrapes].
    #[arg(long, value_name = "LENGTH")]
    grace: Option<String>,
    /// Only these objectives.
    #[arg(long = "slo", value_name = "NAME")]
    only: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Heard {
    Page,
    Ticket,
}

#[derive(Debug, Serialize)]
struct BacktestReport {
    schema: &'static str,
    incidents: usize,
    policies: Vec<PolicyScore>,
    notes: Vec<String>,
}

/// A policy over all objectives. An incident is seen when any objective of its service saw it.
#[derive(Debug, Serialize)]
struct PolicyScore {
    policy: String,
    episodes: usize,
    right: u64,
    seen: usize,
    incidents: usize,
    median_detection_seconds: Option<i64>,
    worst_detection_seconds: Option<i64>,
    worst_reset_seconds: Option<i64>,
    /// Of the time in which something fired, over all objectives.
    firing_outside_incidents: Option<f64>,
    median_budget_spent: Option<f64>,
    outcomes: Vec<Outcome>,
    slos: Vec<SloScore>,
}

#[derive(Debug, Serialize)]
struct Outcome {
    incident: String,
    service: String,
    seen_by: Option<String>,
    detection_seconds: Option<i64>,
    budget_spent: Option<f64>,
}

#[derive(Debug, Serialize)]
struct SloScore {
    slo: String,
    score: Score,
}

impl Backtest {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let (mut book, request) = self.book.load()?;
        super::keep_only(&mut book, &self.only)?;
        if book.incidents.incidents.is_empty() {
            let fault = Fault::of(self.book.book.display(), "the book knows no incidents to score against");
            return Err(fault.help("name a CSV file of them under `[incidents]`").into());
        }
        let histories = book.histories(&request)?;
        let mut notes = vec!["scored without the low-traffic gate, as Prometheus would alert".to_owned()];
        let mut policies = Vec::new();
        for name in Policy::presets().map(|policy| policy.name().to_owned()) {
            policies.push(self.policy(&name, &book, &histories, &mut notes)?);
        }
        if book.slos.iter().any(|slo| Policy::preset(slo.policy.name()).is_none()) {
            policies.push(self.policy(OWN, &book, &histories, &mut notes)?);
        }
        let incidents = policies.first().map_or(0, |policy| policy.incidents);
        let report = BacktestReport { schema: "evenkeel.slo-backtest/1", incidents, policies, notes };
        Answer::new(text(&report), &report)
    }

    fn policy(
        &self,
        name: &str,
        book: &Book,
        histories: &Histories,
        notes: &mut Vec<String>,
    ) -> Result<PolicyScore, Faults> {
        let (mut slos, mut faults) = (Vec::new(), Faults::default());
        for (slo, history) in book.slos.iter().zip(&histories.histories) {
            if history.ticks.is_empty() {
                continue;
            }
            let grace = match &self.grace {
                Some(text) => words::parse_length(text).map_err(|message| Fault::of("--grace", message))?,
                None => history.step.checked_mul(2).unwrap_or(TimeDelta::zero()),
            };
            match self.score(name, book, slo, history, histories, grace) {
                Ok(score) => {
                    let late = score
                        .unreachable_rows
                        .iter()
                        .map(|row| format!("{}: row `{row}` of {name} can never fire at {}", slo.name, slo.objective));
                    notes.extend(late);
                    slos.push(SloScore { slo: slo.name.clone(), score });
                }
                Err(error) => faults.push(Fault::of(&slo.name, format!("{name}: {error}"))),
            }
        }
        faults.or(())?;
        Ok(summed(name, book, slos))
    }

    fn score(
        &self,
        name: &str,
        book: &Book,
        slo: &Slo,
        history: &History,
        histories: &Histories,
        grace: TimeDelta,
    ) -> Result<Score, Error> {
        let length = slo.window.nominal();
        let policy = match Policy::preset(name) {
            Some(preset) => preset.scaled_to(length)?,
            None => slo.policy.clone(),
        };
        let period = Span::ending_at(histories.now, length)?;
        let all = history.reach().and_then(|(first, _)| Span::new(first.min(period.start()), histories.now).ok());
        let maintenance = book.maintenance_of(slo, all.unwrap_or(period));
        let units = Units::of(slo, history, period, &maintenance)?;
        let series = Series::new(units.counts)?;
        let mut settings = Settings::default().with_grace(grace)?.with_keep_firing(slo.keep_firing)?;
        if let Some(heard) = self.severity {
            settings = settings.of_severity(match heard {
                Heard::Page => Severity::Page,
                Heard::Ticket => Severity::Ticket,
            });
        }
        score(&policy, slo.objective, &series, &incidents_of(book, &slo.service), settings)
    }
}

/// The policies that the book itself states.
const OWN: &str = "the book's own";

/// The incidents of a service, named by start and title, with a number where two would be alike.
fn incidents_of(book: &Book, service: &str) -> Vec<Incident> {
    let mut incidents: Vec<Incident> = Vec::new();
    for incident in book.incidents.incidents.iter().filter(|incident| incident.service == service) {
        let Ok(span) = Span::new(incident.start, incident.end) else { continue };
        let mut name = format!("{} {}", words::local(incident.start, book.zone), incident.title);
        if incidents.iter().any(|known| known.name == name) {
            name = format!("{name} ({})", incidents.len());
        }
        incidents.push(Incident { name, span });
    }
    incidents
}

fn summed(name: &str, book: &Book, slos: Vec<SloScore>) -> PolicyScore {
    // The best outcome of an incident over the objectives of its service.
    let mut best: BTreeMap<&str, (&str, &IncidentOutcome)> = BTreeMap::new();
    for one in &slos {
        let service = book.slos.iter().find(|slo| slo.name == one.slo).map_or("", |slo| slo.service.as_str());
        for outcome in &one.score.incidents {
            let known = best.entry(&outcome.name).or_insert((service, outcome));
            let rank = |outcome: &IncidentOutcome| outcome.detection.unwrap_or(TimeDelta::MAX);
            if rank(outcome) < rank(known.1) {
                *known = (service, outcome);
            }
        }
    }
    let seconds = |length: Option<TimeDelta>| length.map(|length| length.num_seconds());
    let mut detections: Vec<_> = best.values().filter_map(|(_, outcome)| outcome.detection).collect();
    detections.sort_unstable();
    let mut spent: Vec<_> = best
        .values()
        .filter(|(_, outcome)| outcome.seen_by.is_some())
        .filter_map(|(_, outcome)| outcome.budget_spent)
        .collect();
    spent.sort_by(f64::total_cmp);
    let outcomes: Vec<_> = best
        .values()
        .map(|(service, outcome)| Outcome {
            incident: outcome.name.clone(),
            service: (*service).to_owned(),
            seen_by: outcome.seen_by.clone(),
            detection_seconds: seconds(outcome.detection),
            budget_spent: outcome.budget_spent,
        })
        .collect();
    PolicyScore {
        policy: name.to_owned(),
        episodes: slos.iter().map(|one| one.score.episodes).fold(0, usize::saturating_add),
        right: slos.iter().map(|one| one.score.precision.hits()).fold(0, u64::saturating_add),
        seen: detections.len(),
        incidents: best.len(),
        median_detection_seconds: seconds(middle(&detections)),
        worst_detection_seconds: seconds(detections.last().copied()),
        worst_reset_seconds: seconds(best.values().filter_map(|(_, outcome)| outcome.reset).max()),
        firing_outside_incidents: outside(&slos),
        median_budget_spent: middle(&spent),
        outcomes,
        slos,
    }
}

/// The share of the firing time that lies outside every incident; `None` if nothing fired.
fn outside(slos: &[SloScore]) -> Option<f64> {
    let sum = |of: fn(&Score) -> TimeDelta| slos.iter().map(|one| of(&one.score).as_seconds_f64()).sum::<f64>();
    let firing = sum(|score| score.firing);
    (firing > 0.0).then(|| sum(|score| score.firing_outside) / firing)
}

/// The lower median of a sorted list.
fn middle<T: Copy>(sorted: &[T]) -> Option<T> {
    sorted.get(sorted.len().checked_sub(1)?.checked_div(2)?).copied()
}

fn text(report: &BacktestReport) -> String {
    let mut text = String::new();
    let incidents = words::counted(u64::try_from(report.incidents).unwrap_or(u64::MAX), "incidents");
    let _ = writeln!(text, "{}\n", format!("{incidents}, every policy fitted to each objective's period").bold());
    let head = format!(
        "{:<14} {:>6} {:>9} {:>8} {:>9} {:>9} {:>9} {:>7}",
        "policy", "seen", "alerts", "firing", "median", "worst", "reset", "budget"
    );
    let under = format!(
        "{:<14} {:>6} {:>9} {:>8} {:>9} {:>9} {:>9} {:>7}",
        "", "of all", "right/all", "outside", "detection", "detection", "at worst", "spent"
    );
    let _ = writeln!(text, "{}\n{}", head.dimmed(), under.dimmed());
    let length = |seconds: Option<i64>| seconds.and_then(TimeDelta::try_seconds).map_or("-".to_owned(), words::length);
    for policy in &report.policies {
        let seen = format!("{}/{}", policy.seen, policy.incidents);
        let right = format!("{}/{}", policy.right, policy.episodes);
        let outside = policy.firing_outside_incidents.map_or("-".to_owned(), words::percent);
        let spent = policy.median_budget_spent.map_or("-".to_owned(), words::percent);
        let _ = writeln!(
            text,
            "{:<14} {seen:>6} {right:>9} {outside:>8} {:>9} {:>9} {:>9} {spent:>7}",
            policy.policy,
            length(policy.median_detection_seconds),
            length(policy.worst_detection_seconds),
            length(policy.worst_reset_seconds),
        );
    }
    missed(report, &mut text);
    text.push('\n');
    for note in &report.notes {
        let _ = writeln!(text, "{}", super::wrapped("", note));
    }
    text
}

/// Incidents that some policy did not see.
fn missed(report: &BacktestReport, text: &mut String) {
    let mut missed: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for policy in &report.policies {
        for outcome in policy.outcomes.iter().filter(|outcome| outcome.seen_by.is_none()) {
            missed.entry((&outcome.service, &outcome.incident)).or_default().push(&policy.policy);
        }
    }
    if !missed.is_empty() {
        let _ = writeln!(text, "\nNot seen");
    }
    for ((service, incident), policies) in missed {
        let who = if policies.len() == report.policies.len() { "any".to_owned() } else { policies.join(", ") };
        let _ = writeln!(text, "{}", super::wrapped("  ", &format!("{service}: {incident} (by {who})")));
    }
}
