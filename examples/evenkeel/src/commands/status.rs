//! `evenkeel slo status`: how each objective stands.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use super::paint::Paint;
use super::{Answer, BookArgs};
use crate::book::Book;
use crate::fault::Faults;
use crate::review::compose::assess_all;
use crate::review::report::{BudgetReport, RowReport, SloReport, Standing};
use crate::visible::visible;
use crate::words;

/// How each objective stands: budget, burn rate, alerts.
#[derive(Debug, Args)]
pub(super) struct Status {
    #[command(flatten)]
    book: BookArgs,
    /// Exit 1 when any objective must be acted on: a page fires, or a budget is spent (unless so few events of a quiet
    /// service spent it that chance may have).
    #[arg(long)]
    gate: bool,
    /// Only these objectives.
    #[arg(long = "slo", value_name = "NAME")]
    only: Vec<String>,
}

#[derive(Debug, Serialize)]
struct StatusReport<'a> {
    schema: &'static str,
    title: &'a str,
    now: DateTime<Utc>,
    slos: Vec<SloStatus<'a>>,
}

#[derive(Debug, Serialize)]
struct SloStatus<'a> {
    name: &'a str,
    service: &'a str,
    objective: &'a str,
    period: &'a str,
    standing: Standing,
    summary: &'a str,
    unit: &'a str,
    total: u64,
    bad: u64,
    bad_bounds: Option<(u64, u64)>,
    budget: Option<&'a BudgetReport>,
    rows: &'a [RowReport],
    notes: &'a [String],
}

impl Status {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let (mut book, request) = self.book.load()?;
        super::keep_only(&mut book, &self.only)?;
        let histories = book.histories(&request)?;
        let slos = assess_all(&book, &histories)?;
        let report = StatusReport {
            schema: "evenkeel.slo-status/1",
            title: &book.title,
            now: histories.now,
            slos: slos.iter().map(status).collect(),
        };
        let text = text(&book, &slos, histories.now, &histories.now_from);
        let mut answer = Answer::new(text, &report)?;
        answer.yes = !self.gate || slos.iter().all(|slo| slo.standing != Standing::Act);
        Ok(answer)
    }
}

fn status(slo: &SloReport) -> SloStatus<'_> {
    SloStatus {
        name: &slo.name,
        service: &slo.service,
        objective: &slo.objective,
        period: &slo.period,
        standing: slo.standing,
        summary: &slo.summary,
        unit: &slo.unit,
        total: slo.total,
        bad: slo.bad,
        bad_bounds: slo.bad_bounds,
        budget: slo.budget.as_ref(),
        rows: &slo.rows,
        notes: &slo.notes,
    }
}

fn text(book: &Book, slos: &[SloReport], now: DateTime<Utc>, now_from: &str) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", visible(&book.title).bold());
    let _ = writeln!(text, "at {} {} ({now_from})\n", words::local(now, book.zone), book.zone);
    let wide = slos.iter().map(|slo| slo.name.chars().count()).max().unwrap_or(0).clamp(9, 22);
    let head = format!(
        "{:<7} {:<wide$} {:>8} {:>9} {:>17} {:>6}  fires",
        "", "objective", "promise", "left", "bad of all", "burn"
    );
    let _ = writeln!(text, "{}", head.dimmed());
    for slo in slos {
        let left = slo.budget.as_ref().map_or("-".to_owned(), |budget| words::percent(budget.remaining_ratio));
        let longest = slo.rows.iter().max_by_key(|row| row.long_seconds);
        let burn = longest.and_then(|row| row.long_burn).map_or("-".to_owned(), words::burn);
        let fires = super::loudest(&slo.rows);
        let counts = format!("{} of {}", words::grouped(slo.bad), words::grouped(slo.total));
        let (standing, name) = (super::standing(slo.standing), super::cut(&slo.name, wide));
        let line = format!("{standing} {name:<wide$} {:>8} {left:>9} {counts:>17} {burn:>6}  {fires}", slo.objective);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text.push_str(&super::notes(slos));
    text
}
