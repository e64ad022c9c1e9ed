//! What a quiet service's numbers are worth.

use chrono::{DateTime, TimeDelta, Utc};
use slo_core::low_traffic::{Gate, Remedy, Sensitivity};
use slo_core::{Budget, Unit};
use timeline_core::Tz;

use super::replay::{Gated, Replay, no_evidence};
use crate::book::Slo;
use crate::words;

/// Whether a budget is overspent by so few bad events that chance may have done it: its allowance holds less
/// than one, and a service at its objective has as many of `total` events often enough.
#[must_use]
pub fn may_be_chance(slo: &Slo, budget: &Budget, total: u64) -> bool {
    let few = budget.unit() == Unit::Events && budget.is_overspent() && budget.allowed() == 0;
    few && slo
        .gate
        .is_some_and(|gate| gate.least_bad(total, slo.objective).is_none_or(|least| budget.consumed() < least))
}

/// What to say about the traffic of an objective: rows kept silent, and rows that could not speak at all.
#[must_use]
pub fn remarks(
    slo: &Slo,
    replay: &Replay,
    total: u64,
    covered: TimeDelta,
    now: DateTime<Utc>,
    zone: Tz,
) -> Vec<String> {
    let silenced = slo.policy.rows().iter().zip(&replay.gated).filter_map(|(row, gated)| {
        // On its way to firing a row passes the gate; only one that never fired was kept silent.
        let fired = replay.alerts.iter().any(|alert| alert.row == row.name && alert.firing_from.is_some());
        let lately = |gated: &Gated| now.signed_duration_since(gated.at) < row.long;
        gated.filter(|gated| !fired && lately(gated)).map(|gated| (row, gated))
    });
    // The one with the longest window has the most to go by.
    let mut notes = Vec::new();
    if let Some((row, gated)) = silenced.max_by_key(|(row, _)| row.long) {
        notes.push(format!("row `{}` at {} {}", row.name, words::local(gated.at, zone), no_evidence(&gated.verdict)));
    }
    if let Some(gate) = slo.gate {
        notes.extend(deaf(slo, gate, total, covered));
    }
    notes
}

/// The rows that even a full outage would not fire at this traffic, and what to do about it.
fn deaf(slo: &Slo, gate: Gate, total: u64, covered: TimeDelta) -> Option<String> {
    #[expect(clippy::cast_precision_loss, reason = "a rate of traffic; the cast is within one part in 2^53")]
    let per_hour = total as f64 / (covered.as_seconds_f64() / 3_600.0);
    let sensitivity = |row| Sensitivity::of(row, gate, slo.objective, per_hour).ok();
    let deaf: Vec<_> = slo
        .policy
        .rows()
        .iter()
        .filter(|row| sensitivity(row).is_some_and(|sensitivity| sensitivity.noticed().is_none()))
        .collect();
    let first = deaf.first()?;
    let names: Vec<_> = deaf.iter().map(|row| format!("`{}`", row.name)).collect();
    let remedies = sensitivity(first)
        .and_then(|sensitivity| sensitivity.remedies(1.0, measure_core::Level::P80, slo.policy.period()))
        .unwrap_or_default();
    let remedies: Vec<_> = remedies.iter().map(remedy).collect();
    let mut note = format!(
        "at {per_hour:.0} {} an hour even a full outage is too few events to fire {}",
        slo.indicator.unit(),
        names.join(", ")
    );
    if !remedies.is_empty() {
        note.push_str(&format!("; to hear `{}`: {}", first.name, remedies.join(", or ")));
    }
    Some(note)
}

fn remedy(remedy: &Remedy) -> String {
    match remedy {
        Remedy::LongerWindow { window } => format!("a window of {}", words::length(*window)),
        Remedy::SyntheticRequests { per_hour } => format!("{per_hour:.0} synthetic requests an hour"),
        Remedy::CombineServices { count } => format!("{} such services as one", words::grouped(*count)),
    }
}
