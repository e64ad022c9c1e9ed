//! `evenkeel review --incidents`: a list of incidents as one time slice objective a service.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use slo_core::sli::NoDataPolicy;
use slo_core::{Budget, Counts, DurationShorthand, Objective, SliceTarget, Window, history};
use timeline_core::{PeriodKind, Span, SpanSet, Tz, parse_zone};

use crate::fault::{Fault, Faults};
use crate::incidents::{self, Affected, IncidentColumns, IncidentList};
use crate::review::burn_down;
use crate::review::decide;
use crate::review::report::{BudgetReport, Decision, Incident, Report, SloReport, Standing};
use crate::words;

/// A list of incidents instead of a book.
#[derive(Debug, Args)]
#[command(next_help_heading = "A list of incidents instead of a book")]
pub(super) struct IncidentArgs {
    /// A CSV file of incidents: each service gets an objective of time slices, bad where an incident touches them.
    #[arg(long, value_name = "FILE", conflicts_with = "prometheus")]
    incidents: Option<PathBuf>,
    /// The column of an incident's start.
    #[arg(long, value_name = "NAME", default_value = "start", requires = "incidents")]
    start_column: String,
    /// The column of its end; an empty cell is an incident that goes on.
    #[arg(long, value_name = "NAME", default_value = "end", requires = "incidents")]
    end_column: String,
    /// The column of the service's name.
    #[arg(long, value_name = "NAME", default_value = "service", requires = "incidents")]
    service_column: String,
    /// Instead: columns named after services, 1 where the incident affected them. May be given several times.
    #[arg(long, value_name = "NAME", value_delimiter = ',', requires = "incidents", conflicts_with = "service_column")]
    service_flag: Vec<String>,
    /// The column of the severity.
    #[arg(long, value_name = "NAME", requires = "incidents")]
    severity_column: Option<String>,
    /// The column of the title.
    #[arg(long, value_name = "NAME", requires = "incidents")]
    title_column: Option<String>,
    /// Leave out incidents of these severities.
    #[arg(long, value_name = "SEVERITY", value_delimiter = ',', requires = "severity_column")]
    skip_severity: Vec<String>,
    /// Leave out rows without a start, and say how many.
    #[arg(long, requires = "incidents")]
    skip_incomplete: bool,
    /// What is promised: the share of slices without an incident.
    #[arg(long, value_name = "OBJECTIVE", default_value = "99.9%", requires = "incidents")]
    objective: String,
    /// The period: a rolling one such as `30d`, or `month`, `quarter`, `year`, `week`, `day` of the calendar.
    #[arg(long, value_name = "PERIOD", default_value = "30d", requires = "incidents")]
    period: String,
    /// The length of a time slice.
    #[arg(long, value_name = "LENGTH", default_value = "5m", requires = "incidents")]
    slice: String,
    /// The zone of the calendar and of what is shown.
    #[arg(long, value_name = "ZONE", default_value = "UTC", requires = "incidents")]
    zone: String,
}

/// The most slices of a period.
const MOST_SLICES: i64 = 1_000_000;

/// The arguments, read.
struct Plan {
    objective: Objective,
    window: Window,
    slice: TimeDelta,
    zone: Tz,
}

impl IncidentArgs {
    /// The review of the list; `None` when none was given.
    pub(super) fn report(
        &self,
        now: impl FnOnce() -> Result<Option<DateTime<Utc>>, Fault>,
    ) -> Result<Option<Report>, Faults> {
        let Some(file) = &self.incidents else { return Ok(None) };
        let mut faults = Faults::default();
        let now = now().map_err(|fault| faults.push(fault)).ok().flatten();
        let plan = faults.take(self.plan());
        let affected = if self.service_flag.is_empty() {
            Affected::Named(self.service_column.clone())
        } else {
            Affected::Flagged(self.service_flag.clone())
        };
        let columns = IncidentColumns {
            start: self.start_column.clone(),
            end: self.end_column.clone(),
            affected,
            severity: self.severity_column.clone(),
            title: self.title_column.clone(),
            skip_incomplete: self.skip_incomplete,
        };
        let list = faults.take(incidents::read(file, &columns, now));
        let (Some(plan), Some(mut list)) = (plan, list) else { return Err(faults) };
        faults.or(())?;
        list.incidents.retain(|incident| !self.skip_severity.contains(&incident.severity));
        list.ongoing.retain(|incident| !self.skip_severity.contains(&incident.severity));
        let last = list.incidents.iter().map(|incident| incident.end).max();
        let Some(now) = now.or(last) else {
            return Err(Fault::of(file.display(), "holds no incident of any service").into());
        };
        let mut services: Vec<String> = list.incidents.iter().map(|incident| incident.service.clone()).collect();
        services.extend(self.service_flag.iter().cloned());
        services.sort();
        services.dedup();
        let (mut slos, mut faults) = (Vec::new(), Faults::default());
        for service in services {
            match plan.judge(&service, &list, now) {
                Ok(slo) => slos.push(slo),
                Err(error) => faults.push(Fault::of(&service, error)),
            }
        }
        let mut slos = faults.or(slos)?;
        slos.sort_by(|a, b| b.standing.cmp(&a.standing).then(left(a).total_cmp(&left(b))));
        let from = slos.iter().map(|slo| slo.period_start).min().unwrap_or(now);
        let incidents: Vec<Incident> =
            list.incidents.iter().filter(|incident| incident.end >= from && incident.start <= now).cloned().collect();
        let method = plan.method(&list, now);
        let decisions = slos.iter().filter(|slo| slo.standing == Standing::Act).map(decision).collect();
        Ok(Some(Report {
            schema: "evenkeel.review/1",
            title: format!("Incidents of {}", file.file_name().unwrap_or_default().display()),
            zone: plan.zone.name().to_owned(),
            from,
            now,
            headline: decide::headline(&slos),
            decisions,
            slos,
            incidents,
            oncall: None,
            method,
        }))
    }

    fn plan(&self) -> Result<Plan, Faults> {
        let mut faults = Faults::default();
        let objective = self.objective.parse().map_err(|error| faults.push(Fault::of("--objective", error))).ok();
        let slice = words::parse_length(&self.slice).map_err(|error| faults.push(Fault::of("--slice", error))).ok();
        let zone = parse_zone(&self.zone).map_err(|error| faults.push(Fault::of("--zone", error))).ok();
        let window = window(&self.period, zone.unwrap_or(Tz::UTC));
        let window = window.map_err(|message| faults.push(Fault::of("--period", message))).ok();
        if let (Some(slice), Some(window)) = (slice, window) {
            let slices = window.nominal().num_seconds().checked_div(slice.num_seconds()).unwrap_or(0);
            if !(2..=MOST_SLICES).contains(&slices) {
                let (slice, period) = (words::length(slice), words::length(window.nominal()));
                let message =
                    format!("slices of {slice} cut a period of {period} into {slices}, not 2 to {MOST_SLICES}");
                faults.push(Fault::of("--slice", message));
            }
        }
        match (objective, window, slice, zone) {
            (Some(objective), Some(window), Some(slice), Some(zone)) if faults.is_empty() => {
                Ok(Plan { objective, window, slice, zone })
            }
            _ => Err(faults),
        }
    }
}

/// A period: rolling, or of the calendar.
fn window(text: &str, zone: Tz) -> Result<Window, String> {
    let kind = match text {
        "day" => PeriodKind::Day,
        "week" => PeriodKind::IsoWeek,
        "month" => PeriodKind::Month,
        "quarter" => PeriodKind::Quarter,
        "year" => PeriodKind::Year,
        _ => {
            let duration: Result<DurationShorthand, _> = text.parse();
            return duration
                .map(Window::Rolling)
                .map_err(|error| format!("{error}, nor one of day, week, month, quarter, year"));
        }
    };
    Ok(Window::Aligned { kind, zone })
}

impl Plan {
    fn judge(&self, service: &str, list: &IncidentList, now: DateTime<Utc>) -> Result<SloReport, slo_core::Error> {
        let period = self.window.span_at(now)?;
        let own = list.incidents.iter().filter(|incident| incident.service == service);
        // An incident of no length touches the slice that it fell into.
        let least = TimeDelta::nanoseconds(1);
        let down: SpanSet = own
            .clone()
            .filter_map(|incident| {
                let end = incident.end.max(incident.start.checked_add_signed(least)?);
                Span::new(incident.start, end).ok()
            })
            .collect();
        let mut counts = Vec::new();
        let mut start = period.start();
        let mut planned = 0_u64;
        while let Some(end) = start.checked_add_signed(self.slice).filter(|end| *end <= period.end()) {
            planned = planned.saturating_add(1);
            let slice = Span::new(start, end)?;
            if start < now {
                let touched = u64::from(!down.clip(slice).is_empty());
                counts.push((end, Counts::from_bad(touched, 1)?));
            }
            start = end;
        }
        let observed = counts.iter().copied();
        let tally = history::timeslices(period, self.slice, SliceTarget::from_ratio("1")?, observed, &SpanSet::new())?;
        let budget = tally.budget(self.objective, NoDataPolicy::Exclude)?.with_total(planned)?;
        // An outage that goes on is acted on, whatever is left: its first slice is not over, and so not counted.
        let ongoing = list.ongoing.iter().filter(|incident| incident.service == service && incident.since <= now);
        let ongoing = ongoing.map(|incident| incident.since).min();
        let standing = match budget.remaining_ratio() {
            _ if ongoing.is_some() => Standing::Act,
            None => Standing::Unknown,
            Some(left) if left <= 0.0 => Standing::Act,
            Some(left) if left < 0.25 => Standing::Watch,
            Some(_) => Standing::Good,
        };
        let burn_down = burn_down::points(&counts, &budget, period, false, now);
        let count = own.filter(|incident| incident.end >= period.start() && incident.start <= now).count();
        Ok(SloReport {
            name: service.to_owned(),
            service: service.to_owned(),
            title: service.to_owned(),
            description: None,
            owner: None,
            objective: self.objective.to_string(),
            kind: "availability".to_owned(),
            method: "Timeslices".to_owned(),
            unit: "slices".to_owned(),
            period: self.window.to_string(),
            period_start: period.start(),
            period_end: period.end(),
            standing,
            summary: self.summary(&budget, count, ongoing),
            total: planned,
            bad: tally.bad(),
            bad_bounds: None,
            budget: budget.remaining_ratio().map(|remaining_ratio| BudgetReport {
                allowed: budget.allowed(),
                allowed_billionths: budget.allowed_billionths().to_string(),
                consumed: budget.consumed(),
                remaining: budget.remaining(),
                overspent: budget.overspent(),
                remaining_ratio,
            }),
            burn_down,
            rows: Vec::new(),
            alerts: Vec::new(),
            forecast: None,
            forecast_note: Some("a list of incidents says nothing of the time between them".to_owned()),
            excluded: Vec::new(),
            notes: Vec::new(),
        })
    }

    fn summary(&self, budget: &Budget, incidents: usize, ongoing: Option<DateTime<Utc>>) -> String {
        let mut incidents = words::counted(u64::try_from(incidents).unwrap_or(u64::MAX), "incidents");
        if let Some(since) = ongoing {
            incidents.push_str(&format!(", one going on since {}", words::local(since, self.zone)));
        }
        let time = |slices: u64| {
            let slices = i32::try_from(slices).unwrap_or(i32::MAX);
            words::length(self.slice.checked_mul(slices).unwrap_or(TimeDelta::MAX))
        };
        if budget.is_overspent() {
            let (spent, allowed) = (time(budget.consumed()), time(budget.allowed()));
            return format!("overspent: {spent} where {allowed} were allowed, {incidents}");
        }
        let (left, allowed) = (time(budget.remaining()), time(budget.allowed()));
        format!("{left} of {allowed} left, {incidents}")
    }

    fn method(&self, list: &IncidentList, now: DateTime<Utc>) -> Vec<String> {
        let slice = words::length(self.slice);
        let mut method = vec![
            format!("judged at {} {}", words::local(now, self.zone), self.zone.name()),
            format!("a slice of {slice} is bad when an incident touches it; {} promised", self.objective),
            format!("{} read", words::counted(list.rows, "rows")),
        ];
        for (count, what) in [
            (list.zero_length, "of no length: each spoils the slice that it fell into"),
            (list.open, "without an end: taken to go on until the review"),
            (list.incomplete, "without a start: left out"),
            (list.unaffected, "affected none of the services"),
        ] {
            if count > 0 {
                method.push(format!("{} {what}", words::counted(count, "incidents")));
            }
        }
        method
    }
}

fn left(slo: &SloReport) -> f64 {
    slo.budget.as_ref().map_or(f64::MAX, |budget| budget.remaining_ratio)
}

fn decision(slo: &SloReport) -> Decision {
    Decision {
        slo: slo.name.clone(),
        action: match slo.budget.as_ref() {
            Some(budget) if budget.remaining_ratio > 0.0 => format!("End the incident of {}", slo.service),
            _ => format!("Let only fixes change {} until its budget is back above 10 %", slo.service),
        },
        evidence: slo.summary.clone(),
        owner: None,
    }
}
