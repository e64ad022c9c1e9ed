//! `evenkeel review`: the reliability review, on the terminal and as one HTML page.

use std::fmt::Write;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;
use timeline_core::Tz;

use super::paint::Paint;
use super::{Answer, BookArgs, incident_review, picture};
use crate::fault::{Fault, Faults};
use crate::page;
use crate::review::compose::compose;
use crate::review::oncall::OnCallReport;
use crate::review::report::{Report, SloReport, Standing};
use crate::visible::visible;
use crate::words;

/// The reliability review of a book, or of a list of incidents: a summary, and one self-contained HTML page.
#[derive(Debug, Args)]
pub(super) struct Review {
    #[command(flatten)]
    book: BookArgs,
    /// Where to write the page.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    incidents: incident_review::IncidentArgs,
}

impl Review {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let report = match self.incidents.report(|| self.book.instant())? {
            Some(report) => report,
            None => {
                let (book, request) = self.book.load()?;
                compose(&book, &book.histories(&request)?)?
            }
        };
        let mut text = text(&report);
        if let Some(output) = &self.output {
            let fault = |message: String| Fault::of(output.display(), message);
            let page = page::render(&report).map_err(|error| fault(error.to_string()))?;
            std::fs::write(output, page).map_err(|error| fault(format!("cannot be written: {error}")))?;
            let _ = writeln!(text, "\nThe page is in {}", visible(&output.display().to_string()));
        } else {
            let _ = writeln!(text, "\nFor the page: -o page.html");
        }
        Answer::new(text, &report)
    }
}

fn text(report: &Report) -> String {
    let zone: Tz = report.zone.parse().unwrap_or(Tz::UTC);
    let mut text = String::new();
    let (from, now) = (words::local(report.from, zone), words::local(report.now, zone));
    let _ = writeln!(text, "{}", visible(&report.title).bold());
    let _ = writeln!(text, "{from} to {now}, {}\n", report.zone);
    let _ = writeln!(text, "{}", super::wrapped("", &report.headline).bold());
    if !report.decisions.is_empty() {
        let _ = writeln!(text, "\nTo decide");
    }
    for (number, decision) in (1_usize..).zip(&report.decisions) {
        let owner = decision.owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default();
        let action = super::wrapped("     ", &format!("{}{owner}", decision.action));
        let _ = writeln!(text, "{number:>3}. {}", action.trim_start());
        let _ = writeln!(text, "{}", super::wrapped("     ", &decision.evidence).dimmed());
    }
    let _ = writeln!(text, "\n{}", head().dimmed());
    for slo in &report.slos {
        let _ = writeln!(text, "{}", line(slo, report));
    }
    if let Some(worst) = report.slos.iter().find(|slo| slo.burn_down.len() > 1) {
        let _ = writeln!(text, "\n{}: budget left", visible(&worst.title));
        text.push_str(&picture::burn_down(&worst.burn_down, report.from, report.now));
        let (from, now) = (report.from.with_timezone(&zone), report.now.with_timezone(&zone));
        let form = if report.now.signed_duration_since(report.from).num_days() < 2 { "%H:%M" } else { "%F" };
        let (from, now) = (from.format(form).to_string(), now.format(form).to_string());
        let _ = writeln!(text, "{:>8} {from:<33}{now:>33}", "");
    }
    text.push_str(&forecasts(report, zone));
    text.push_str(&alerts(report, zone));
    text.push_str(&super::notes(&report.slos));
    text.push_str(&report.oncall.as_ref().map(|oncall| on_call(oncall, zone)).unwrap_or_default());
    text
}

/// Who is on call, what is open, how people bear it.
fn on_call(oncall: &OnCallReport, zone: Tz) -> String {
    let mut text = "\nOn call\n".to_owned();
    for duty in &oncall.now {
        let until = duty.until.map(|until| format!("until {}", words::local(until, zone))).unwrap_or_default();
        let name = duty.person.as_ref().map_or("nobody".red(), |person| visible(person.as_str()).bold());
        let _ = writeln!(text, "  {:<10} {name} {until}", duty.role.name());
    }
    for shift in oncall.next.iter().filter(|shift| shift.span.start() > oncall.week.start()) {
        let from = words::local(shift.span.start(), zone);
        let _ = writeln!(text, "  {:<10} {} from {from}", shift.role.name(), visible(shift.person.as_str()));
    }
    let count = |number: usize, unit: &str| words::counted(u64::try_from(number).unwrap_or(u64::MAX), unit);
    if !oncall.gaps.is_empty() || !oncall.broken.is_empty() {
        let (gaps, broken) = (oncall.gaps.len(), oncall.broken.len());
        let line =
            format!("stretches without anybody: {gaps}, hard rules broken: {broken}; see `evenkeel oncall check`");
        let _ = writeln!(text, "{}", super::wrapped("  ", &line).red());
    }
    if let (Some(spread), Some(greatest)) = (oncall.fairness.spread, oncall.fairness.greatest) {
        let below = oncall.fairness.reachable.and_then(|reachable| reachable.no_plan_below);
        let least = match (below, oncall.fairness.least_greatest) {
            (Some(below), _) => Some(format!(" (no plan that keeps the hard rules is below {below:.0} h)")),
            (None, least) => least.map(|least| format!(" ({least:.0} h if this load were shared out evenly)")),
        };
        let line = format!("greatest burden {greatest:.0} h{}, spread {spread:.0} h", least.unwrap_or_default());
        let _ = writeln!(text, "{}", super::wrapped("  ", &line));
    }
    let Some(load) = &oncall.load else { return text };
    for (what, verdict, exceeds) in &load.limits {
        let line = super::wrapped("  ", &format!("{what}: {verdict}"));
        let _ = writeln!(text, "{}", if *exceeds { line.red() } else { line });
    }
    let warned: Vec<_> = load.warnings.iter().filter(|warning| warning.warning).collect();
    for warning in &warned {
        let line = format!("{}: {}", warning.person, warning.signals.join("; "));
        let _ = writeln!(text, "{}", super::wrapped("  ", &visible(&line)).yellow());
    }
    let past: Vec<_> =
        load.past.services().entries.iter().take(4).map(|of| format!("{} {}", of.service(), of.pages())).collect();
    if !past.is_empty() {
        let line = format!("pages of the last seven days: {}", past.join(", "));
        let _ = writeln!(text, "{}", super::wrapped("  ", &visible(&line)));
    }
    if !load.open.is_empty() {
        let _ = writeln!(text, "  {} open", count(load.open.len(), "pages"));
    }
    text
}

fn head() -> String {
    format!(
        "{:<7} {:<22} {:>8} {:>7} {:>6}  {:<17}  {}",
        "", "objective", "promise", "left", "burn", "budget over time", "fires"
    )
}

fn line(slo: &SloReport, report: &Report) -> String {
    let left = slo.budget.as_ref().map_or("-".to_owned(), |budget| words::percent(budget.remaining_ratio));
    let longest = slo.rows.iter().max_by_key(|row| row.long_seconds);
    let burn = longest.and_then(|row| row.long_burn).map_or("-".to_owned(), words::burn);
    let fires = super::loudest(&slo.rows);
    let bars = picture::sparkline(&slo.burn_down, report.from, report.now, 17);
    let bars = match slo.standing {
        Standing::Act => bars.red(),
        Standing::Watch => bars.yellow(),
        Standing::Good | Standing::Unknown => bars,
    };
    let name = super::cut(&slo.name, 22);
    format!("{} {name:<22} {:>8} {left:>7} {burn:>6}  {bars}  {fires}", super::standing(slo.standing), slo.objective)
        .trim_end()
        .to_owned()
}

/// When budgets end, of those that have not ended yet.
fn forecasts(report: &Report, zone: Tz) -> String {
    let mut text = String::new();
    for slo in report.slos.iter().filter(|slo| slo.budget.as_ref().is_some_and(|budget| budget.overspent == 0)) {
        let Some(forecast) = &slo.forecast else { continue };
        let at = |at: Option<DateTime<Utc>>| at.map_or("later".to_owned(), |at| words::local(at, zone));
        if let Some(earliest) = forecast.earliest {
            let (earliest, latest) = (at(Some(earliest)), at(forecast.latest));
            let level = words::percent(forecast.level);
            let line =
                format!("{}: the budget ends {} ({earliest} to {latest}, {level})", slo.name, at(forecast.median));
            let _ = writeln!(text, "{}", super::wrapped("  ", &line));
        }
    }
    if text.is_empty() { text } else { format!("\nForecast, if it goes on like this\n{text}") }
}

/// The alerts that fired, the last of many.
fn alerts(report: &Report, zone: Tz) -> String {
    const SHOWN: usize = 12;
    if report.slos.iter().all(|slo| slo.rows.is_empty()) {
        // A list of incidents has no alerts.
        return String::new();
    }
    let mut fired: Vec<_> = report
        .slos
        .iter()
        .flat_map(|slo| slo.alerts.iter().map(move |alert| (slo, alert)))
        .filter_map(|(slo, alert)| Some((alert.firing_from?, slo, alert)))
        .collect();
    fired.sort_by_key(|(at, _, _)| *at);
    let mut text = match fired.len() {
        0 => "\nNo alert fired.\n".to_owned(),
        1 => "\n1 alert fired\n".to_owned(),
        many if many > SHOWN => format!("\n{many} alerts fired; the last {SHOWN}\n"),
        many => format!("\n{many} alerts fired\n"),
    };
    for (at, slo, alert) in fired.iter().skip(fired.len().saturating_sub(SHOWN)) {
        let lasted = match alert.until {
            Some(until) => words::length(until.signed_duration_since(*at)),
            None => "still on".to_owned(),
        };
        let at = words::local(*at, zone);
        let name = super::cut(&slo.name, 24);
        let _ = writeln!(text, "  {at}  {:<6} {name:<24} {:<13} {lasted}", alert.severity, alert.row);
    }
    text
}
