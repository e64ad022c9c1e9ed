//! `evenkeel oncall check`: whether a plan keeps the rules and leaves nothing open.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use oncall_core::Shift;
use oncall_core::rules::{Counting, Feasibility, Need, Strength, Verdict};
use oncall_core::schedule::{Coverage, DoubleBooking};
use serde::Serialize;
use timeline_core::{Span, Tz};

use super::super::paint::Paint;
use super::super::{Answer, wrapped};
use super::{BookArg, PeriodArgs, day, told};
use crate::fault::Faults;
use crate::oncall::book::OnCall;
use crate::oncall::ics;
use crate::oncall::picture::Uncovered;
use crate::oncall::plan::{feasibility, seats, uncovered, verdict};
use crate::oncall::words::span;
use crate::visible::visible;

/// Rules that a plan breaks, duty that nobody has, people who are double-booked. Exits 1 where a hard rule is broken,
/// or duty is open.
#[derive(Debug, Args)]
pub(in crate::commands) struct Check {
    #[command(flatten)]
    book: BookArg,
    /// Check this calendar instead of the published plan with its changes.
    #[arg(long, value_name = "FILE.ics")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    period: PeriodArgs,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    period: Span,
    seats: usize,
    shifts: usize,
    violations: &'a Verdict,
    soft_cost: u64,
    gaps: &'a [Uncovered],
    double_bookings: &'a [DoubleBooking],
    feasibility: &'a Feasibility,
}

impl Check {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let oncall = self.book.load()?;
        let period = self.period.period(&oncall)?;
        let shifts = match &self.plan {
            None => oncall.served(period)?,
            Some(file) => ics::plan(file, &oncall.team, oncall.zone, period)?.shifts,
        };
        let seats = seats(&oncall, period)?;
        let wrong = |error: oncall_core::Error| crate::oncall::book::several(&oncall.title, error);
        let verdict = verdict(&oncall, &seats, &shifts, period)?;
        let gaps = uncovered(&seats, &shifts);
        // The last duty may end after the period does.
        let whole = seats.iter().map(|seat| seat.span).fold(period, Span::hull);
        let coverage = coverage(&shifts, whole).map_err(wrong)?;
        let feasibility = feasibility(&oncall, &seats, &shifts, period)?;
        let document = Document {
            schema: "evenkeel.oncall-check/1",
            period,
            seats: seats.len(),
            // The others are what was before and what comes after, which rules look at.
            shifts: shifts.iter().filter(|shift| period.contains(shift.span.start())).count(),
            violations: &verdict,
            soft_cost: verdict.cost(),
            gaps: &gaps,
            double_bookings: &coverage.double_bookings,
            feasibility: &feasibility,
        };
        let yes = verdict.keeps_hard() && gaps.is_empty() && coverage.double_bookings.is_empty();
        let answer = Answer::new(text(&oncall, &document, yes), &document)?;
        Ok(Answer { yes, ..answer })
    }
}

fn coverage(shifts: &[Shift], period: Span) -> Result<Coverage, oncall_core::Error> {
    if shifts.is_empty() {
        return Ok(Coverage { within: period, gaps: Vec::new(), double_bookings: Vec::new() });
    }
    oncall_core::schedule::Schedule::published(shifts)?.compile(period)?.coverage(period)
}

fn text(oncall: &OnCall, document: &Document<'_>, yes: bool) -> String {
    let zone = oncall.zone;
    let (from, until) = (day(document.period.start(), zone), day(document.period.end(), zone));
    let mut text = format!("{}\n{from} to {until}, {}\n\n", visible(&oncall.title).bold(), zone.name());
    let violations = document.violations.violations();
    let hard = violations.iter().filter(|violation| violation.strength == Strength::Hard).count();
    let soft = violations.len().saturating_sub(hard);
    let answer = match (yes, soft) {
        (true, 0) => "Every rule is kept, and somebody has every seat.".to_owned(),
        (true, soft) => {
            let soft =
                if soft == 1 { "one soft rule gives way".to_owned() } else { format!("{soft} soft rules give way") };
            format!("Every hard rule is kept, and somebody has every seat; {soft}.")
        }
        (false, _) => {
            let broken = [
                (hard, "hard rules broken"),
                (document.gaps.len(), "stretches without anybody"),
                (document.double_bookings.len(), "double-bookings"),
            ];
            let said: Vec<_> = broken
                .iter()
                .filter(|(number, _)| *number > 0)
                .map(|(number, unit)| format!("{unit}: {number}"))
                .collect();
            format!("Not as it should be: {}.", said.join(", "))
        }
    };
    let answer = wrapped("", &answer);
    let _ = writeln!(text, "{}", if yes { answer.green() } else { answer.red() });
    if !document.gaps.is_empty() {
        let _ = writeln!(text, "\nNobody on call");
        for gap in document.gaps.iter().take(MOST_LISTED) {
            let _ = writeln!(text, "  {:<10} {}", gap.role.name(), span(gap.span, zone));
        }
        text.push_str(&more(document.gaps.len()));
    }
    if !document.double_bookings.is_empty() {
        let _ = writeln!(text, "\nDouble-booked");
        for booking in document.double_bookings.iter().take(MOST_LISTED) {
            let line = match booking {
                DoubleBooking::OneSeat { role, span: when, people: [first, second], .. } => {
                    format!("{role}: {first} and {second}, {}", span(*when, zone))
                }
                DoubleBooking::Crowd { role, span: when } => {
                    format!("{role}: more people than are named here, {}", span(*when, zone))
                }
                DoubleBooking::OnePerson { person, span: when, roles: [first, second] } => {
                    format!("{person}: {first} and {second}, {}", span(*when, zone))
                }
            };
            let _ = writeln!(text, "{}", wrapped("  ", &visible(&line)));
        }
        text.push_str(&more(document.double_bookings.len()));
    }
    for (title, strength) in [("Hard rules broken", true), ("Soft rules that give way", false)] {
        let listed = || violations.iter().filter(|violation| (violation.strength == Strength::Hard) == strength);
        for (number, violation) in listed().take(MOST_LISTED).enumerate() {
            if number == 0 {
                let _ = writeln!(text, "\n{title}");
            }
            let _ = writeln!(text, "{}", wrapped("  ", &visible(&told(&violation.to_string(), zone))));
        }
        text.push_str(&more(listed().count()));
    }
    text.push_str(&people(document.feasibility, zone));
    text
}

/// What is listed of a kind; the document has it all.
const MOST_LISTED: usize = 40;

fn more(all: usize) -> String {
    match all.checked_sub(MOST_LISTED) {
        Some(more @ 1..) => format!("  and {more} more, all with --json\n"),
        _ => String::new(),
    }
}

/// How many people it takes, with the arithmetic: what follows from the rules, and apart from it what is advised.
fn people(feasibility: &Feasibility, zone: Tz) -> String {
    let mut text = String::new();
    for (title, needs) in [
        ("Too few people, whatever the plan", &feasibility.shortages),
        ("People it takes, by counting", &feasibility.needs),
    ] {
        for (number, need) in needs.iter().take(MOST_NEEDS).enumerate() {
            if number == 0 {
                let _ = writeln!(text, "\n{title}");
            }
            let _ = writeln!(text, "{}", wrapped("  ", &visible(&counted(need, zone))));
        }
        if let Some(more @ 1..) = needs.len().checked_sub(MOST_NEEDS) {
            let _ = writeln!(text, "  and {more} more of the kind");
        }
    }
    for (number, advice) in feasibility.advice.iter().enumerate() {
        if number == 0 {
            let _ = writeln!(text, "\nAdvised by the field, asked by no rule");
        }
        let met = if advice.is_met() { "met" } else { "not met" };
        let _ = writeln!(text, "{}", wrapped("  ", &format!("{advice}: {met}")));
    }
    text
}

/// Needs shown of each kind; the document has them all.
const MOST_NEEDS: usize = 5;

fn counted(need: &Need, zone: Tz) -> String {
    let rules: Vec<_> = need.rules.iter().map(String::as_str).collect();
    let by = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
    let seats = need.seats.len();
    let why = match need.counting {
        Counting::Apart { .. } if seats == 1 => "the seat takes somebody".to_owned(),
        Counting::Apart { seats } => format!("{seats} seats, of which nobody may serve two"),
        Counting::Share { total, most } => format!("{total} seats, at most {most} for each"),
        Counting::Time { total, most } => {
            let hours = |nanoseconds: u64| nanoseconds / 3_600_000_000_000;
            format!("{} h of seats, at most {} h for each", hours(total), hours(most))
        }
    };
    let (people, can) = (need.people, need.can.len());
    let when = span(need.span, zone);
    format!("{people}: {why}{by}, {when}; {can} can serve there")
}
