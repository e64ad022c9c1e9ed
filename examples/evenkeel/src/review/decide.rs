//! From standings to sentences: must we act, and what is to be decided.

use slo_core::consequence::State;
use timeline_core::Span;

use super::consequence;
use super::report::{Decision, Incident, SloReport, Standing};
use super::units::Units;
use crate::book::{Book, Histories};
use crate::words;

/// An incident that spends more than this share of a budget demands a review (SRE Workbook, appendix B).
const OUTAGE_SHARE: f64 = 0.20;

/// One sentence that answers "must we act?".
#[must_use]
pub fn headline(slos: &[SloReport]) -> String {
    let of = |standing| slos.iter().filter(move |slo| slo.standing == standing);
    let count = |standing| of(standing).count();
    let all = slos.len();
    let unknown = match count(Standing::Unknown) {
        0 => String::new(),
        1 => "; 1 has too little data to say".to_owned(),
        many => format!("; {many} have too little data to say"),
    };
    let verb = |count: usize| if count == 1 { "needs" } else { "need" };
    match (count(Standing::Act), count(Standing::Watch)) {
        (0, 0) if count(Standing::Good) == 0 => format!("Nothing can be said: none of {all} objectives has data"),
        (0, 0) => format!("Nothing to do: {} of {all} objectives are within budget{unknown}", count(Standing::Good)),
        (0, watch) => {
            let names = names(of(Standing::Watch));
            format!("Nothing is urgent; {watch} of {all} objectives {} a look: {names}{unknown}", verb(watch))
        }
        (act, _) => {
            let names = names(of(Standing::Act));
            format!("{act} of {all} objectives {} action: {names}{unknown}", verb(act))
        }
    }
}

fn names<'a>(slos: impl Iterator<Item = &'a SloReport>) -> String {
    let all: Vec<_> = slos.map(|slo| slo.title.as_str()).collect();
    match all.split_at_checked(3) {
        Some((first, rest)) if !rest.is_empty() => format!("{} and {} more", first.join(", "), rest.len()),
        _ => all.join(", "),
    }
}

/// What to decide, most urgent first; `slos` are worst first.
#[must_use]
pub fn decisions(slos: &[SloReport], incidents: &[Incident], histories: &Histories, book: &Book) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for slo in slos {
        let firing = |severity: &str| slo.rows.iter().find(|row| row.firing && row.severity == severity);
        let policy = consequence::verdict(&slo.burn_down, histories.now).map(|verdict| verdict.state);
        let mut decide = |action: String, evidence: String| {
            // Two objectives of one service ask for the same thing once; the worse one comes first.
            if decisions.iter().any(|known: &Decision| known.action == action) {
                return;
            }
            decisions.push(Decision { slo: slo.name.clone(), action, evidence, owner: slo.owner.clone() });
        };
        if let Some(row) = firing("page") {
            decide(format!("Stop the burn of {} now", slo.service), row.reason.clone());
        }
        match slo.standing {
            Standing::Act | Standing::Good if policy == Some(State::Frozen) => decide(
                format!("Let only fixes change {} until its budget is back above 10 %", slo.service),
                slo.summary.clone(),
            ),
            Standing::Watch => {
                let why = firing("ticket").map_or_else(|| slo.summary.clone(), |row| row.reason.clone());
                decide(format!("Look into {} within the week", slo.service), why);
            }
            Standing::Unknown => {
                let why = slo.notes.first().cloned().unwrap_or_else(|| slo.summary.clone());
                decide(format!("Find out why {} has no data", slo.name), why);
            }
            Standing::Act | Standing::Good => {}
        }
    }
    decisions.extend(outages(slos, incidents, histories, book));
    decisions
}

/// Incidents that alone spent so much that they demand a review.
fn outages(slos: &[SloReport], incidents: &[Incident], histories: &Histories, book: &Book) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for incident in incidents {
        let worst = book
            .slos
            .iter()
            .zip(&histories.histories)
            .filter(|(slo, _)| slo.service == incident.service)
            .filter_map(|(slo, history)| {
                let report = slos.iter().find(|report| report.name == slo.name)?;
                let span = Span::new(incident.start, incident.end).ok()?;
                let period = Span::new(report.period_start, report.period_end).ok()?;
                let span = span.intersect(period)?;
                let maintenance = book.maintenance_of(slo, span);
                let units = Units::of(slo, history, period, &maintenance).ok()?;
                // Users felt it until the end; the scrape after it brings the last of it.
                let end = span.end().checked_add_signed(history.step)?;
                let during = units.counts.iter().filter(|(at, _)| span.start() < *at && *at <= end);
                let bad = during.fold(0_u64, |sum, (_, counts)| sum.saturating_add(counts.bad()));
                let allowed: f64 = report.budget.as_ref()?.allowed_billionths.parse::<f64>().ok()? / 1e9;
                #[expect(clippy::cast_precision_loss, reason = "a share for a sentence")]
                let share = bad as f64 / allowed;
                (bad > 1 && share.is_finite()).then_some((report, bad, share))
            })
            .max_by(|a, b| a.2.total_cmp(&b.2));
        if let Some((report, bad, share)) = worst.filter(|(_, _, share)| *share > OUTAGE_SHARE) {
            decisions.push(Decision {
                slo: report.name.clone(),
                action: format!("Review the incident: {}", incident.title),
                evidence: format!(
                    "alone it spent {} of the budget ({}), more than {}",
                    words::percent(share),
                    words::counted(bad, &format!("bad {}", report.unit)),
                    words::percent(OUTAGE_SHARE)
                ),
                owner: report.owner.clone(),
            });
        }
    }
    decisions
}
