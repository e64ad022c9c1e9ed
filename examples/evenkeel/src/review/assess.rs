//! One objective, judged at an instant.

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc, Weekday};
use slo_core::consequence::State;
use slo_core::{Budget, Error, Window};
use timeline_core::{Span, SpanSet};

use super::burn_down;
use super::consequence;
use super::outlook::outlook;
use super::quiet;
use super::replay::{Replay, replay};
use super::report::{BudgetReport, SloReport, Standing};
use super::units::{self, Units, budget, within};
use crate::book::{Book, Method, Slo};
use crate::fault::Fault;
use crate::history::History;
use crate::words;

/// Below this share of the budget an objective is watched.
const LITTLE_LEFT: f64 = 0.25;

/// Judges `slo` at `now`.
///
/// # Errors
/// A fault when the history cannot be counted: sums beyond 64 bits, slices that do not fit the period.
pub fn assess(
    book: &Book,
    slo: &Slo,
    history: &History,
    absence: Option<&str>,
    now: DateTime<Utc>,
) -> Result<SloReport, Fault> {
    let fault = |error: Error| Fault::of(&slo.name, error);
    let period = slo.window.span_at(now).map_err(fault)?;
    let reach = history.reach();
    let all = match reach {
        Some((first, _)) => Span::new(first.min(period.start()), period.end()).unwrap_or(period),
        None => period,
    };
    let maintenance = book.maintenance_of(slo, all);
    let units = Units::of(slo, history, period, &maintenance).map_err(fault)?;
    let (so_far, excluded) = budget(slo, history, period, &maintenance).map_err(fault)?;
    let total_so_far = so_far.total();
    let budget = match reach {
        Some((first, _)) if slo.method == Method::Occurrences && !slo.window.is_rolling() => {
            burn_down::expected_by_the_end(so_far, period, &maintenance, first, now)
        }
        _ => so_far,
    };
    let replay = replay(slo, &units.counts, now).map_err(fault)?;
    let mut notes: Vec<String> = absence.map(str::to_owned).into_iter().collect();
    notes.extend(remarks(slo, history, period, now, &replay));
    if excluded > 0 {
        notes.push(format!("{} left out by declared maintenance", words::counted(excluded, units.unit)));
    }
    let (bad, total) = counted(slo, &units, period, &budget);
    if units.doubt > 0 {
        let (fewest, most) = (words::grouped(bad.saturating_sub(units.doubt)), words::grouped(bad));
        notes.push(format!(
            "between {fewest} and {most} bad: the threshold is no bound of the histogram; the budget takes the most"
        ));
    }
    if let Some((first, _)) = reach {
        let covered = now.signed_duration_since(first.max(period.start()));
        notes.extend(quiet::remarks(slo, &replay, total, covered, now, book.zone));
    }
    let chance = quiet::may_be_chance(slo, &budget, total_so_far);
    let standing = standing(&budget, &replay, chance);
    let rolling = slo.window.is_rolling();
    let burn_down = match slo.method {
        Method::RatioTimeslices { slice } => {
            let spent = units::ratios(history, period, slice, &maintenance).map_err(fault)?;
            burn_down::line(spent, &budget, period, rolling, now)
        }
        Method::Occurrences | Method::Timeslices { .. } => {
            burn_down::points(&units.counts, &budget, period, rolling, now)
        }
    };
    let (forecast, forecast_note) = outlook(slo, &units.counts, period, now).map_err(fault)?;
    let mut report = SloReport {
        name: slo.name.clone(),
        service: slo.service.clone(),
        title: slo.title.clone(),
        description: slo.description.clone(),
        owner: slo.owner.clone(),
        objective: slo.objective.to_string(),
        kind: slo.kind.to_string(),
        method: slo.method.name().to_owned(),
        unit: if slo.method == Method::Occurrences { units.unit } else { "slices" }.to_owned(),
        period: period_name(slo.window),
        period_start: period.start(),
        period_end: period.end(),
        standing,
        summary: String::new(),
        total,
        bad,
        bad_bounds: (units.doubt > 0).then(|| (bad.saturating_sub(units.doubt), bad)),
        budget: (budget.total() > 0).then(|| budget_report(&budget)).flatten(),
        burn_down,
        rows: replay.rows,
        alerts: replay.alerts,
        forecast,
        forecast_note,
        excluded: spans(&maintenance.clip(period)),
        notes,
    };
    report.summary = summary(&report, replay.burn);
    if let Some(verdict) = consequence::verdict(&report.burn_down, now).filter(|_| !chance)
        && let (state @ (State::Caution | State::Slow | State::Frozen), Some(since)) = (verdict.state, verdict.since)
    {
        report.notes.push(format!("error-budget policy: {state} since {}", words::local(since, book.zone)));
    }
    if chance {
        report.summary = format!(
            "{} bad of {}: the budget holds less than one, so this is no evidence",
            words::grouped(bad),
            words::counted(total, units.unit)
        );
    }
    Ok(report)
}

/// `month in Europe/Berlin` also where OpenSLO says `1M` from the first of some month; else as the window is written.
fn period_name(window: Window) -> String {
    let Window::Anchored(period) = window else { return window.to_string() };
    let (anchor, zone, step) = (period.anchor(), period.zone(), period.step());
    let first_of = |every: u32| anchor.day() == 1 && anchor.month0().checked_rem(every) == Some(0);
    let midnight = anchor.time() == NaiveTime::MIN;
    let name = match step.unit().letter() {
        'd' => Some("day"),
        'w' if anchor.weekday() == Weekday::Mon => Some("week"),
        'M' if first_of(1) => Some("month"),
        'Q' if first_of(3) => Some("quarter"),
        'Y' if first_of(12) => Some("year"),
        _ => None,
    };
    match name.filter(|_| midnight && step.count().get() == 1) {
        Some(name) => format!("{name} in {zone}"),
        None if midnight => format!("{step} from {} in {zone}", anchor.date()),
        None => window.to_string(),
    }
}

/// Bad and all units of the period.
fn counted(slo: &Slo, units: &Units, period: Span, budget: &Budget) -> (u64, u64) {
    if slo.method != Method::Occurrences {
        return (budget.consumed(), budget.total());
    }
    let in_period = units.counts.iter().filter(|(at, _)| within(period, *at));
    in_period.fold((0, 0), |(bad, total): (u64, u64), (_, counts)| {
        (bad.saturating_add(counts.bad()), total.saturating_add(counts.total()))
    })
}

fn standing(budget: &Budget, replay: &Replay, chance: bool) -> Standing {
    let fires = |severity: &str| replay.rows.iter().any(|row| row.firing && row.severity == severity);
    match budget.remaining_ratio() {
        None => Standing::Unknown,
        Some(left) if (left <= 0.0 && !chance) || fires("page") => Standing::Act,
        Some(left) if left < LITTLE_LEFT || fires("ticket") => Standing::Watch,
        Some(_) => Standing::Good,
    }
}

fn budget_report(budget: &Budget) -> Option<BudgetReport> {
    Some(BudgetReport {
        allowed: budget.allowed(),
        allowed_billionths: budget.allowed_billionths().to_string(),
        consumed: budget.consumed(),
        remaining: budget.remaining(),
        overspent: budget.overspent(),
        remaining_ratio: budget.remaining_ratio()?,
    })
}

/// `38 of 43 bad events left (88 %), burning at 0.4x`
fn summary(report: &SloReport, burn: Option<f64>) -> String {
    let Some(budget) = &report.budget else { return "no data in the period".to_owned() };
    let burn =
        burn.map_or_else(|| "nothing measured lately".to_owned(), |rate| format!("burning at {}", words::burn(rate)));
    let bad_units = words::counted(budget.allowed, &format!("bad {}", report.unit));
    if budget.overspent > 0 {
        let spent = words::grouped(budget.consumed);
        return format!("overspent: {spent} where {bad_units} were allowed, {burn}");
    }
    let left = words::grouped(budget.remaining);
    format!("{left} of {bad_units} left ({}), {burn}", words::percent(budget.remaining_ratio))
}

fn remarks(slo: &Slo, history: &History, period: Span, now: DateTime<Utc>, replay: &Replay) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some((first, _)) = history.reach() {
        let elapsed = now.signed_duration_since(first);
        notes.extend(burn_down::covers(elapsed, period.length().min(now.signed_duration_since(period.start()))));
    }
    match history.without_data() {
        0 => {}
        missing => {
            let meaning = match history.no_data {
                slo_core::sli::NoDataPolicy::Exclude => "left out",
                slo_core::sli::NoDataPolicy::CountGood => "counted as good",
                slo_core::sli::NoDataPolicy::CountBad => "counted as bad",
            };
            let missing = u64::try_from(missing).unwrap_or(u64::MAX);
            notes.push(format!("{} without data, {meaning}", words::counted(missing, "scrapes")));
        }
    }
    for row in &slo.unreachable {
        notes.push(format!("row `{row}` of the policy can never fire at {}", slo.objective));
    }
    let short: Vec<_> = slo.policy.windows().into_iter().filter(|window| *window < history.step).collect();
    if let (Some(shortest), false) = (short.first(), history.step == TimeDelta::zero()) {
        let (window, step) = (words::length(*shortest), words::length(history.step));
        notes.push(format!("the window of {window} is shorter than the {step} from scrape to scrape"));
    }
    notes.extend(slo.unused.iter().cloned());
    if matches!(slo.method, Method::RatioTimeslices { .. }) {
        notes.push("alerts follow the events; the budget follows the mean of the slices' ratios".to_owned());
    }
    if !replay.exact {
        notes.push("windows are within 2 % of their length: the history is too long to keep every scrape".to_owned());
    }
    notes
}

fn spans(set: &SpanSet) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    set.iter().map(|span| (span.start(), span.end())).collect()
}
