//! The on-call part of the review's page.

use chrono_tz::Tz;
use oncall_core::PersonId;

use super::super::text;
use super::{Calendar, words};
use crate::review::oncall::OnCallReport;

/// The part.
#[derive(Debug)]
pub(in crate::page) struct OnCallPart {
    pub(in crate::page) finding: String,
    pub(in crate::page) now: Vec<Line>,
    pub(in crate::page) next: Vec<Line>,
    pub(in crate::page) open: Vec<String>,
    pub(in crate::page) fairness: String,
    pub(in crate::page) limits: Vec<Limit>,
    pub(in crate::page) warnings: Vec<Warned>,
    pub(in crate::page) services: Vec<Service>,
    pub(in crate::page) handoffs: Vec<String>,
    pub(in crate::page) pages: Vec<String>,
    pub(in crate::page) calendar: Calendar,
}

/// Who, as what, when.
#[derive(Debug)]
pub(in crate::page) struct Line {
    pub(in crate::page) role: &'static str,
    pub(in crate::page) person: String,
    pub(in crate::page) when: String,
    pub(in crate::page) nobody: bool,
}

/// A limit and what is said of it.
#[derive(Debug)]
pub(in crate::page) struct Limit {
    pub(in crate::page) what: String,
    pub(in crate::page) said: String,
    pub(in crate::page) exceeded: bool,
}

/// Somebody with signs of overload.
#[derive(Debug)]
pub(in crate::page) struct Warned {
    pub(in crate::page) person: String,
    pub(in crate::page) warning: bool,
    pub(in crate::page) signals: Vec<String>,
}

/// Last week's pages of a service.
#[derive(Debug)]
pub(in crate::page) struct Service {
    pub(in crate::page) name: String,
    pub(in crate::page) pages: u64,
    pub(in crate::page) incidents: u64,
    pub(in crate::page) actionable: u64,
    pub(in crate::page) idle: u64,
}

impl OnCallPart {
    pub(in crate::page) fn new(report: &OnCallReport, zone: Tz) -> Self {
        let now = report.now.iter().map(|duty| Line {
            role: duty.role.name(),
            person: duty.person.as_ref().map_or("nobody".to_owned(), |person| text::clean(person.as_str())),
            when: duty.until.map(|until| format!("until {}", words::instant(until, zone))).unwrap_or_default(),
            nobody: duty.person.is_none() && duty.role.is_duty(),
        });
        let next = report.next.iter().filter(|shift| shift.span.start() > report.week.start()).map(|shift| Line {
            role: shift.role.name(),
            person: text::clean(shift.person.as_str()),
            when: format!("from {}", words::instant(shift.span.start(), zone)),
            nobody: false,
        });
        let gaps = report.gaps.iter().map(|gap| {
            let (from, until) = (words::instant(gap.span.start(), zone), words::instant(gap.span.end(), zone));
            format!("Nobody is {} from {from} to {until}.", gap.role)
        });
        let load = report.load.as_ref();
        let limits = load.iter().flat_map(|load| &load.limits).map(|(what, said, exceeded)| Limit {
            what: what.clone(),
            said: said.clone(),
            exceeded: *exceeded,
        });
        let warnings = load.iter().flat_map(|load| &load.warnings).map(|warning| Warned {
            person: text::clean(warning.person.as_str()),
            warning: warning.warning,
            signals: warning.signals.iter().map(|signal| text::clean(signal)).collect(),
        });
        let services = load.iter().flat_map(|load| &load.past.services().entries).map(|service| {
            let came_to = |action: bool| {
                let outcomes =
                    service.outcomes().iter().filter(|(outcome, _)| outcome.asked_for_action() == Some(action));
                outcomes.fold(0_u64, |sum, (_, number)| sum.saturating_add(*number))
            };
            Service {
                name: text::clean(service.service()),
                pages: service.pages(),
                incidents: service.incidents(),
                actionable: came_to(true),
                idle: came_to(false),
            }
        });
        let handoffs = report.handoffs.iter().map(|handoff| {
            let name =
                |person: Option<&PersonId>| person.map_or("nobody".to_owned(), |person| text::clean(person.as_str()));
            let (from, to) = (name(handoff.giver()), name(handoff.taker()));
            format!("{}: {from} to {to}, {}", handoff.role(), words::instant(handoff.at(), zone))
        });
        Self {
            finding: finding(report),
            now: now.collect(),
            next: next.collect(),
            open: gaps.chain(report.broken.iter().map(|broken| text::clean(broken))).collect(),
            fairness: text::clean(&report.fairness.words),
            limits: limits.collect(),
            warnings: warnings.collect(),
            services: services.collect(),
            handoffs: handoffs.collect(),
            pages: load.iter().flat_map(|load| &load.open).map(|page| text::clean(page)).collect(),
            calendar: Calendar::new("rota", &report.picture),
        }
    }
}

fn finding(report: &OnCallReport) -> String {
    let warned = report.load.iter().flat_map(|load| &load.warnings).filter(|warning| warning.warning).count();
    let said = match (report.gaps.len(), report.broken.len()) {
        (0, 0) => "Somebody has every duty, and no hard rule is broken".to_owned(),
        (0, broken) => format!("Somebody has every duty; hard rules broken: {broken}"),
        (gaps, _) => format!("Stretches without anybody on call: {gaps}"),
    };
    match warned {
        0 => format!("{said}."),
        1 => format!("{said}. One person shows signs of overload."),
        many => format!("{said}. {many} people show signs of overload."),
    }
}
