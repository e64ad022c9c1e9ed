//! The history through the burn tracker and the alerts, tick by tick, as a service would have lived it.

use chrono::{DateTime, TimeDelta, Utc};
use slo_core::low_traffic::{Gate, GateOutcome, GateVerdict};
use slo_core::{
    Alert, AlertRule, AlertState, BurnTracker, Condition, Counts, Error, Evaluation, Resolution, RowEvaluation,
    RowVerdict, TrackerPlan, Transition,
};

use super::report::{AlertReport, RowReport};
use crate::book::Slo;
use crate::words;

/// Beyond so many ticks windows are kept in buckets, within 2 % of their length.
const MOST_EXACT: usize = 200_000;

/// What the rows said over time and say at the end.
pub struct Replay {
    /// Every alert, by the instant it was first pending.
    pub alerts: Vec<AlertReport>,
    /// The rows at the end.
    pub rows: Vec<RowReport>,
    /// The burn rate in the longest window of the policy at the end.
    pub burn: Option<f64>,
    /// How often a row's burn rate was above its factor and chance alone may have done that: rows of the policy,
    /// in its order, with the first instant.
    pub gated: Vec<Option<Gated>>,
    /// Whether windows were exact.
    pub exact: bool,
}

/// A row that the low-traffic gate kept silent.
#[derive(Debug, Clone, Copy)]
pub struct Gated {
    /// When it did so last.
    pub at: DateTime<Utc>,
    /// Why.
    pub verdict: GateVerdict,
}

/// Replays `counts` up to `now`.
///
/// # Errors
/// As for [`BurnTracker::observe`] and [`BurnTracker::evaluate`].
pub fn replay(slo: &Slo, counts: &[(DateTime<Utc>, Counts)], now: DateTime<Utc>) -> Result<Replay, Error> {
    let mut plan = TrackerPlan::new(slo.objective, &slo.policy)?;
    let exact = counts.len() <= MOST_EXACT;
    if exact {
        let most_samples = u32::try_from(counts.len()).unwrap_or(u32::MAX).max(1);
        plan = plan.with_resolution(Resolution::Exact { most_samples })?;
    }
    let mut tracker = BurnTracker::with_plan(plan.into());
    let mut rows = Vec::new();
    for row in slo.policy.rows() {
        rows.push(Following::new(AlertRule::for_row(row, slo.keep_firing)?, slo.gate));
    }
    for (at, counts) in counts {
        tracker.observe(*at, *counts)?;
        let evaluation = tracker.evaluate(*at)?;
        for (row, following) in evaluation.rows().zip(&mut rows) {
            following.take(*at, &row, &evaluation)?;
        }
    }
    let now = tracker.latest().map_or(now, |latest| latest.max(now));
    let evaluation = tracker.evaluate(now)?;
    let longest = slo.policy.rows().iter().map(|row| row.long).max();
    let burn = longest.and_then(|window| evaluation.burn_rate(window));
    let mut reports = Vec::new();
    for (row, following) in evaluation.rows().zip(&mut rows) {
        let gated = following.take(now, &row, &evaluation)?;
        reports.push(report(&row, following.alert.is_firing(), gated));
    }
    let gated = rows.iter().map(|following| following.gated).collect();
    let mut alerts: Vec<_> = rows.into_iter().flat_map(|following| following.alerts).collect();
    alerts.sort_by_key(|alert| alert.pending_from);
    Ok(Replay { alerts, rows: reports, burn, gated, exact })
}

/// One row's alert and what became of it.
struct Following {
    alert: Alert,
    gate: Option<Gate>,
    gated: Option<Gated>,
    alerts: Vec<AlertReport>,
}

impl Following {
    fn new(rule: AlertRule, gate: Option<Gate>) -> Self {
        Self { alert: Alert::new(rule), gate, gated: None, alerts: Vec::new() }
    }

    /// Takes in what a row says at `at`; the gate's verdict where it kept the row silent.
    fn take(
        &mut self,
        at: DateTime<Utc>,
        row: &RowEvaluation<'_>,
        evaluation: &Evaluation<'_>,
    ) -> Result<Option<GateVerdict>, Error> {
        let gated = self.gate.filter(|_| row.verdict.is_exceeded()).and_then(|gate| {
            let long = evaluation.counts(row.row.long)?;
            let short = row.row.short.and_then(|short| evaluation.counts(short));
            let verdict = gate.judge(row.row.factor, evaluation.objective(), long, short);
            (verdict.outcome() == GateOutcome::MayBeChance).then_some(verdict)
        });
        if let Some(verdict) = gated {
            self.gated = Some(Gated { at, verdict });
        }
        let condition = if gated.is_some() { Condition::Clear } else { row.verdict.condition() };
        if let Some(transition) = self.alert.handle(at, condition)? {
            self.note(at, row, transition);
        }
        Ok(gated)
    }

    fn note(&mut self, at: DateTime<Utc>, row: &RowEvaluation<'_>, transition: Transition) {
        let begin = |firing_from| AlertReport {
            row: row.row.name.clone(),
            severity: row.row.severity.to_string(),
            pending_from: at,
            firing_from,
            until: None,
        };
        match (transition.from, transition.to) {
            (_, AlertState::Pending) => self.alerts.push(begin(None)),
            (AlertState::Pending, AlertState::Firing) => {
                if let Some(alert) = self.alerts.last_mut() {
                    alert.firing_from = Some(at);
                }
            }
            (_, AlertState::Firing) => self.alerts.push(begin(Some(at))),
            (_, AlertState::Inactive | AlertState::Resolved) => {
                if let Some(alert) = self.alerts.last_mut() {
                    alert.until = Some(at);
                }
            }
        }
    }
}

fn report(row: &RowEvaluation<'_>, firing: bool, gated: Option<GateVerdict>) -> RowReport {
    let (long_burn, short_burn) = match row.verdict {
        RowVerdict::NoData { long, short } | RowVerdict::Quiet { long, short } => (long, short),
        RowVerdict::Exceeded { long, short } => (Some(long), short),
    };
    RowReport {
        name: row.row.name.clone(),
        severity: row.row.severity.to_string(),
        factor: row.row.factor.as_f64(),
        long_seconds: row.row.long.num_seconds(),
        long_burn,
        short_seconds: row.row.short.as_ref().map(TimeDelta::num_seconds),
        short_burn,
        firing,
        held_back: gated.is_some(),
        reason: gated.map_or_else(|| row.to_string(), |verdict| format!("{}: {}", row.row.name, no_evidence(&verdict))),
    }
}

/// `gated: 1 bad of 9 is no evidence, chance does that or worse once in 12 looks`
#[must_use]
pub fn no_evidence(verdict: &GateVerdict) -> String {
    let counts = verdict.counts();
    let chance = words::once_in(verdict.tail());
    let needed = verdict
        .bad_needed()
        .map_or_else(|| "no number of bad ones would be".to_owned(), |bad| format!("{} would be", words::grouped(bad)));
    format!(
        "gated: {} bad of {} is no evidence, chance does that or worse once in {chance} looks; {needed}",
        words::grouped(counts.bad()),
        words::grouped(counts.total())
    )
}
