//! A rota as a picture has it: people by weeks, with leave, holidays and burden. What the terminal and the page draw.

use chrono::{DateTime, NaiveDate, Utc};
use oncall_core::burden::{Accounts, Ledger};
use oncall_core::{Role, Shift};
use serde::Serialize;
use timeline_core::{AnchoredPeriod, CalendarStep, Span, SpanSet, Tz, wall_clock};

use super::book::OnCall;
use crate::fault::{Fault, Faults};

/// People by weeks.
#[derive(Debug, Clone, Serialize)]
pub struct Picture {
    /// What it is of.
    pub title: String,
    /// The zone of its weeks.
    pub zone: Tz,
    /// From its first week to its last.
    pub span: Span,
    /// The weeks, from handoff to handoff.
    pub weeks: Vec<Span>,
    /// Everybody, in the order of the team.
    pub rows: Vec<Row>,
    /// Holidays of anybody.
    pub holidays: Vec<Holiday>,
    /// Duty that nobody has.
    pub uncovered: Vec<Uncovered>,
    /// When it is looked at.
    pub now: Option<DateTime<Utc>>,
    /// The mean burden of a full load, in hours of weight 1.
    pub mean: Option<f64>,
}

/// One person.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Who.
    pub person: String,
    /// How much of a full load, and where: `80 %, Berlin`.
    pub beside: String,
    /// When on call, and as what.
    pub shifts: Vec<Shift>,
    /// When on leave.
    pub away: Vec<Away>,
    /// When not in the rotation.
    pub outside: Vec<Span>,
    /// The person's holidays.
    pub holidays: Vec<Span>,
    /// Burden for what the person can bear, in hours of weight 1, with what was carried in; `None` for who is not there.
    pub burden: Option<f64>,
}

/// A leave.
#[derive(Debug, Clone, Serialize)]
pub struct Away {
    /// When.
    pub span: Span,
    /// Why, if it is said.
    pub reason: Option<String>,
}

/// A holiday.
#[derive(Debug, Clone, Serialize)]
pub struct Holiday {
    /// The day, where it is one.
    pub date: NaiveDate,
    /// From its midnight to the next, where it is one first.
    pub span: Span,
    /// What it is.
    pub name: String,
    /// Of which calendars.
    pub calendars: Vec<String>,
}

/// Duty that nobody has.
#[derive(Debug, Clone, Serialize)]
pub struct Uncovered {
    /// When.
    pub span: Span,
    /// As what.
    pub role: Role,
}

impl Picture {
    /// The picture of `shifts` within `span`.
    ///
    /// # Errors
    /// A fault where the span, or a holiday, leaves the calendar, or a person is unknown.
    pub fn of(oncall: &OnCall, shifts: &[Shift], span: Span, now: Option<DateTime<Utc>>) -> Result<Self, Faults> {
        let beyond = |error: &dyn std::fmt::Display| Faults::from(Fault::of(&oncall.title, error));
        let accounts = accounts(oncall, shifts, span)?;
        let rows = oncall.team.people().iter().map(|person| {
            let site = person.site().map(str::to_owned);
            let part = (person.availability().percent() < 100).then(|| person.availability().to_string());
            let beside: Vec<_> = part.into_iter().chain(site).collect();
            let member = SpanSet::from_spans(person.membership().clip(span));
            let own = shifts.iter().filter(|shift| shift.person == *person.id() && shift.span.overlaps(span));
            let away = person
                .leave()
                .iter()
                .filter_map(|leave| Some(Away { span: leave.span.intersect(span)?, reason: leave.reason.clone() }));
            Row {
                person: person.id().to_string(),
                beside: beside.join(", "),
                shifts: own.cloned().collect(),
                away: away.collect(),
                outside: member.complement_within(span).iter().collect(),
                // What leaves the calendar is told by the holidays of all.
                holidays: oncall.holidays.spans_for(person, span).unwrap_or_default().iter().collect(),
                burden: accounts.get(person.id()).and_then(|account| account.burden).map(|burden| burden.hours()),
            }
        });
        Ok(Self {
            title: oncall.title.clone(),
            zone: oncall.zone,
            span,
            weeks: weeks(oncall.zone, span).map_err(|error| beyond(&error))?,
            rows: rows.collect(),
            holidays: holidays(oncall, span).map_err(|error| beyond(&error))?,
            uncovered: Vec::new(),
            now: now.filter(|now| span.contains(*now)),
            mean: accounts.mean().map(|mean| mean.hours()),
        })
    }
}

/// What serving `shifts` in `span` comes to.
///
/// # Errors
/// A fault where a shift is of somebody unknown, or the numbers leave their range.
pub fn accounts(oncall: &OnCall, shifts: &[Shift], span: Span) -> Result<Accounts, Faults> {
    let mut ledger = Ledger::new(span);
    let weighing = &oncall.weighing;
    let wrong = |error: oncall_core::Error| Faults::from(Fault::of(&oncall.title, error));
    for shift in shifts {
        ledger.observe_shift(shift, &oncall.team, &weighing.hours, &oncall.holidays).map_err(wrong)?;
    }
    ledger.close(&oncall.team, &oncall.carries, &weighing.weights, weighing.decay).map_err(wrong)
}

/// Weeks from the start of `span` by the clocks of `zone`, the last cut to it.
fn weeks(zone: Tz, span: Span) -> Result<Vec<Span>, timeline_core::Error> {
    let step: CalendarStep = "1w".parse()?;
    let period = AnchoredPeriod::new(wall_clock(zone, span.start())?, zone, step)?;
    let mut weeks = Vec::new();
    for index in 0.. {
        match period.window(index)?.and_then(|week| week.intersect(span)) {
            Some(week) => weeks.push(week),
            None => break,
        }
    }
    Ok(weeks)
}

fn holidays(oncall: &OnCall, span: Span) -> Result<Vec<Holiday>, oncall_core::Error> {
    let mut all: Vec<Holiday> = Vec::new();
    for calendar in oncall.holidays.calendars() {
        for (day, date, name) in calendar.days_within(span)? {
            let own = calendar.name().to_owned();
            match all.iter_mut().find(|known| known.date == date && known.name == name) {
                Some(known) => {
                    known.calendars.push(own);
                    known.span = if day.start() < known.span.start() { day } else { known.span };
                }
                None => all.push(Holiday { date, span: day, name: name.to_owned(), calendars: vec![own] }),
            }
        }
    }
    all.sort_by(|a, b| (a.date, &a.name).cmp(&(b.date, &b.name)));
    Ok(all)
}
