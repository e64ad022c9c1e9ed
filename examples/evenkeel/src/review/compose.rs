//! The review of a book: every objective judged, worst first, and what to decide.

use chrono::{DateTime, Utc};

use super::assess::assess;
use super::decide;
use super::report::{Incident, Report, SloReport};
use crate::book::{Book, Histories};
use crate::fault::Faults;
use crate::indicator::Indicator;
use crate::words;

/// The review of `book` on its histories.
///
/// # Errors
/// All faults of histories that cannot be counted.
pub fn compose(book: &Book, histories: &Histories) -> Result<Report, Faults> {
    let now = histories.now;
    let mut slos = assess_all(book, histories)?;
    slos.sort_by(|a, b| b.standing.cmp(&a.standing).then(left(a).total_cmp(&left(b))));
    let from = histories.histories.iter().filter_map(|history| history.reach()).map(|(first, _)| first).min();
    let from = from.unwrap_or(now);
    let incidents = incidents(book, from, now);
    let oncall = book.oncall.as_ref().map(|files| super::oncall::report(files, now)).transpose()?.flatten();
    Ok(Report {
        schema: "evenkeel.review/1",
        title: book.title.clone(),
        zone: book.zone.name().to_owned(),
        from,
        now,
        headline: decide::headline(&slos),
        decisions: decide::decisions(&slos, &incidents, histories, book),
        slos,
        incidents,
        oncall,
        method: method(book, histories),
    })
}

/// Every objective judged, in the book's order.
///
/// # Errors
/// As for [`compose`].
pub fn assess_all(book: &Book, histories: &Histories) -> Result<Vec<SloReport>, Faults> {
    let (mut slos, mut faults) = (Vec::new(), Faults::default());
    for ((slo, history), absence) in book.slos.iter().zip(&histories.histories).zip(&histories.absences) {
        match assess(book, slo, history, absence.as_deref(), histories.now) {
            Ok(report) => slos.push(report),
            Err(fault) => faults.push(fault),
        }
    }
    faults.or(slos)
}

/// What is left of a budget; without one the objective sorts after those that have lost theirs.
fn left(slo: &SloReport) -> f64 {
    slo.budget.as_ref().map_or(f64::MAX, |budget| budget.remaining_ratio)
}

fn incidents(book: &Book, from: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Incident> {
    let known = book.incidents.incidents.iter();
    known.filter(|incident| incident.start <= now && incident.end >= from).cloned().collect()
}

fn method(book: &Book, histories: &Histories) -> Vec<String> {
    let mut policies: Vec<String> = Vec::new();
    for slo in &book.slos {
        let text = format!(
            "policy {} for a period of {}: rows fire when the burn rate is above the factor in the long and the short window",
            slo.policy.name(),
            words::length(slo.policy.period())
        );
        if !policies.contains(&text) {
            policies.push(text);
        }
    }
    let mut method = vec![
        format!(
            "judged at {}, {}",
            format_args!("{} {}", words::local(histories.now, book.zone), book.zone.name()),
            histories.now_from
        ),
        "events are the increase of counters from scrape to scrape, a value below the one before being a restart \
         from 0; nothing is extrapolated"
            .to_owned(),
        "a budget is the allowed share of the events of a rolling period, of the events that a calendar period has by \
         its end if traffic goes on as so far, or of all the slices of a period; whole units by floor; the line, the \
         even line and the forecast share it"
            .to_owned(),
    ];
    method.append(&mut policies);
    if let Some(gate) = book.slos.iter().find_map(|slo| slo.gate) {
        method.push(format!(
            "besides its factor a row must pass the low-traffic gate: so many bad events in the long window by chance \
             alone with a probability of at most {}",
            gate.alpha()
        ));
    }
    if book.slos.iter().any(|slo| matches!(slo.indicator, Indicator::Histogram { .. })) {
        method.push(
            "where a threshold is no bound of the histogram, what may have been slow counts as bad; the fewest and \
             the most bad are given"
                .to_owned(),
        );
    }
    method
}
