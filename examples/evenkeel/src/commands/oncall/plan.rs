//! `evenkeel oncall plan`: the fairest plan, with its proof.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use oncall_core::Shift;
use oncall_core::plan::{Aim, Breach, Budget, Conflict, Objective, Plan, Request};
use serde::Serialize;
use timeline_core::{Span, Tz};

use super::super::paint::Paint;
use super::super::{Answer, wrapped};
use super::{BookArg, PeriodArgs, argument_moment, calendar, day, told, write};
use crate::fault::{Fault, Faults};
use crate::oncall::book::{OnCall, several};
use crate::oncall::ics::{self, Published};
use crate::oncall::picture::{Picture, Uncovered};
use crate::oncall::plan::request;
use crate::page;
use crate::visible::visible;
use crate::words;

/// The fairest plan that keeps every hard rule, with proof. Exits 1 where somebody is missing, and says which rules
/// conflict.
#[derive(Debug, Args)]
pub(in crate::commands) struct PlanCommand {
    #[command(flatten)]
    book: BookArg,
    #[command(flatten)]
    period: PeriodArgs,
    /// The most steps to search; a clock never stops it.
    #[arg(long, value_name = "N", default_value_t = 20_000_000)]
    nodes: u64,
    /// Where to write it: plan.html, plan.svg, or plan.ics to publish it.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Plan anew from here on only; what is published before stays.
    #[arg(long, value_name = "WHEN")]
    keep_until: Option<String>,
    /// Nothing of the published plan needs to be kept for its own sake.
    #[arg(long)]
    afresh: bool,
}

/// What the plan is, as a document.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    period: Span,
    proven: bool,
    nodes: u64,
    levels: Vec<Level>,
    shifts: Vec<Shift>,
    uncovered: Vec<Uncovered>,
    conflicts: Vec<Told<'a>>,
    gives_way: &'a [Breach],
    broken_by_what_was_fixed: &'a [Breach],
    accounts: &'a [oncall_core::burden::Account],
}

/// One level of the objective.
#[derive(Debug, Clone, Serialize)]
struct Level {
    aim: Aim,
    value: i128,
    bound: i128,
    gap: i128,
    proven: bool,
    /// Of the largest burden, in hours of weight 1.
    hours: Option<f64>,
}

/// A conflict with its sentence.
#[derive(Serialize)]
struct Told<'a> {
    words: String,
    #[serde(flatten)]
    conflict: &'a Conflict,
}

impl PlanCommand {
    pub(in crate::commands) fn run(&self) -> Result<Answer, Faults> {
        let mut faults = Faults::default();
        let kind = self.output.as_deref().map(Kind::of).transpose().map_err(|fault| faults.push(fault));
        let oncall = faults.take(self.book.load());
        let (Some(oncall), Ok(kind)) = (oncall, kind) else { return Err(faults) };
        let period = self.period.period(&oncall)?;
        let request = self.request(&oncall, period)?;
        let plan = oncall_core::plan::plan(&request, Budget { nodes: self.nodes });
        let plan = plan.map_err(|error| several(&oncall.title, error))?;
        let shifts = plan.shifts();
        let mut picture = Picture::of(&oncall, &shifts, period, None)?;
        picture.uncovered = uncovered(&plan);
        let mut text = self.text(&oncall, &plan, &picture);
        if let (Some(kind), Some(output)) = (kind, &self.output) {
            let written = match kind {
                Kind::Calendar => {
                    let stamp = period.start();
                    Ok(ics::write(Published { shifts: &shifts, zone: oncall.zone, name: &oncall.title, stamp }))
                }
                Kind::Picture => page::plan_svg(&picture),
                Kind::Page => page::plan_page(&picture, &facts(&plan, oncall.zone)),
            };
            write(output, &written.map_err(|error| Fault::of(output.display(), error))?)?;
            let _ = writeln!(text, "\nThe plan is in {}", visible(&output.display().to_string()));
        } else {
            let _ = writeln!(text, "\nFor the calendar picture: -o plan.html; to publish it: -o plan.ics");
        }
        let document = Document {
            schema: "evenkeel.oncall-plan/1",
            period,
            proven: plan.is_proven(),
            nodes: plan.nodes(),
            levels: plan.objectives().iter().map(|objective| level(*objective, &plan)).collect(),
            shifts,
            uncovered: picture.uncovered.clone(),
            conflicts: plan.conflicts().iter().map(|conflict| Told { words: conflict.to_string(), conflict }).collect(),
            gives_way: plan.soft_breaches(),
            broken_by_what_was_fixed: plan.given_breaches(),
            accounts: plan.accounts().all(),
        };
        let yes = document.uncovered.is_empty();
        let answer = Answer::new(text, &document)?;
        Ok(Answer { yes, ..answer })
    }

    fn request(&self, oncall: &OnCall, period: Span) -> Result<Request, Faults> {
        let published = oncall.published.clone().unwrap_or_default();
        let mut request = request(oncall, period)?;
        if let Some(text) = &self.keep_until {
            let at = argument_moment("--keep-until", text, oncall.zone)?;
            request.fixed = published.iter().filter(|shift| shift.span.start() < at).cloned().collect();
        }
        if !self.afresh {
            request.published = published;
        }
        Ok(request)
    }

    fn text(&self, oncall: &OnCall, plan: &Plan, picture: &Picture) -> String {
        let period = picture.span;
        let (from, until) = (day(period.start(), oncall.zone), day(period.end(), oncall.zone));
        let mut text = format!("{}\n", visible(&oncall.title).bold());
        let count = |number: usize, unit: &str| words::counted(u64::try_from(number).unwrap_or(u64::MAX), unit);
        let (duties, people) = (
            count(plan.duties().len(), "duties"),
            match oncall.team.people().len() {
                1 => "1 person".to_owned(),
                many => format!("{many} people"),
            },
        );
        let _ = writeln!(text, "{from} to {until}, {}: {duties}, {people}\n", oncall.zone.name());
        let _ = writeln!(text, "{}\n", wrapped("", &headline(plan)).bold());
        text.push_str(&calendar::calendar(picture));
        let _ = writeln!(
            text,
            "\n{}",
            format!("{:<32}{:>11}{:>14}", "in this order", "this plan", "no plan below").dimmed()
        );
        for objective in plan.objectives() {
            let proof = if objective.is_proven() { "proven".green() } else { gap(*objective).yellow() };
            let (value, bound) =
                (figure(objective.aim(), objective.value(), plan), figure(objective.aim(), objective.bound(), plan));
            let _ = writeln!(text, "{:<32}{value:>11}{bound:>14}  {proof}", objective.aim().name());
        }
        if let Some(exactly) = exactly(plan) {
            let _ = writeln!(text, "{}", wrapped("", &exactly));
        }
        let steps = format!("{} steps of {} searched", words::grouped(plan.nodes()), words::grouped(self.nodes));
        let _ = writeln!(text, "{}", steps.dimmed());
        for (title, breaches) in [
            ("Soft rules that give way", plan.soft_breaches()),
            ("Hard rules that what was fixed breaks", plan.given_breaches()),
        ] {
            if !breaches.is_empty() {
                let _ = writeln!(text, "\n{title}");
            }
            for breach in breaches {
                let _ = writeln!(text, "{}", wrapped("  ", &visible(&told(&breach.to_string(), oncall.zone))));
            }
        }
        if !plan.conflicts().is_empty() {
            let _ = writeln!(text, "\nWhy nobody can be found");
        }
        for conflict in plan.conflicts() {
            let _ = writeln!(text, "{}", wrapped("  ", &visible(&told(&conflict.to_string(), oncall.zone))));
        }
        text
    }
}

/// What a file that the plan goes to is, by the end of its name.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Calendar,
    Picture,
    Page,
}

impl Kind {
    fn of(output: &Path) -> Result<Self, Fault> {
        let ending = output.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            "ics" => Ok(Self::Calendar),
            "svg" => Ok(Self::Picture),
            "html" | "htm" => Ok(Self::Page),
            _ => {
                let message = format!("`{}` ends in none of .html, .svg and .ics", output.display());
                Err(Fault::of("--output", message))
            }
        }
    }
}

fn headline(plan: &Plan) -> String {
    let open = plan.uncovered().count();
    match (open, plan.is_proven()) {
        (0, true) if plan.units().rounded_up > 0 => {
            let step = plan.units().points.hours();
            format!(
                "Every duty is covered, and it is proven that no plan is fairer, in steps of {step} weighted hours."
            )
        }
        (0, true) => "Every duty is covered, and it is proven that no plan is fairer.".to_owned(),
        (0, false) => {
            let largest = plan.objective(Aim::LargestBurden);
            let value = figure(Aim::LargestBurden, largest.value(), plan);
            if largest.is_proven() {
                format!("Every duty is covered, and no plan has a smaller largest burden than {value}.")
            } else {
                let bound = figure(Aim::LargestBurden, largest.bound(), plan);
                format!("Every duty is covered. The largest burden is {value}; no plan is below {bound}.")
            }
        }
        (1, _) => "One duty has nobody.".to_owned(),
        (open, _) => format!("{open} duties have nobody."),
    }
}

/// Where duties were rounded to steps: the largest burden as it is, and what is proven of it.
fn exactly(plan: &Plan) -> Option<String> {
    let step = (plan.units().rounded_up > 0).then(|| plan.units().points.hours())?;
    let largest = plan.accounts().all().iter().filter_map(|account| account.burden).max()?;
    let least = plan.least_largest_burden()?;
    Some(format!(
        "Duties count in steps of {step} weighted hours there. Exactly, the largest burden is {:.1} h, and no plan is below \
         {:.1} h.",
        largest.hours(),
        least.hours()
    ))
}

/// The facts for the page: a sentence a level.
fn facts(plan: &Plan, zone: Tz) -> page::PlanFacts {
    let levels = plan.objectives().iter().map(|objective| page::PlanLevel {
        name: objective.aim().name().to_owned(),
        value: figure(objective.aim(), objective.value(), plan),
        bound: figure(objective.aim(), objective.bound(), plan),
        proof: if objective.is_proven() { "proven".to_owned() } else { gap(*objective) },
    });
    page::PlanFacts {
        headline: headline(plan),
        exactly: exactly(plan),
        levels: levels.collect(),
        gives_way: plan
            .soft_breaches()
            .iter()
            .chain(plan.given_breaches())
            .map(|breach| told(&breach.to_string(), zone))
            .collect(),
        conflicts: plan.conflicts().iter().map(|conflict| told(&conflict.to_string(), zone)).collect(),
    }
}

fn level(objective: Objective, plan: &Plan) -> Level {
    let hours = (objective.aim() == Aim::LargestBurden).then(|| plan.units().burden(objective.value()));
    Level {
        aim: objective.aim(),
        value: objective.value(),
        bound: objective.bound(),
        gap: objective.gap(),
        proven: objective.is_proven(),
        hours: hours.flatten().map(|burden| burden.hours()),
    }
}

/// Burdens in hours of weight 1, all else as it is counted.
#[expect(clippy::cast_precision_loss, reason = "shown, not counted with")]
fn figure(aim: Aim, value: i128, plan: &Plan) -> String {
    if let (Aim::SumOfSquares, Some(one)) = (aim, plan.units().burden(1)) {
        return format!("{:.0} h²", value as f64 * one.hours() * one.hours());
    }
    match plan.units().burden(value).filter(|_| aim == Aim::LargestBurden) {
        Some(burden) => format!("{:.1} h", burden.hours()),
        None => {
            let sign = if value < 0 { "-" } else { "" };
            u64::try_from(value.unsigned_abs()).map_or_else(
                |_| short(value),
                |size| match size {
                    large if large >= 1_000_000_000 => short(value),
                    size => format!("{sign}{}", words::grouped(size)),
                },
            )
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with four digits")]
fn short(value: i128) -> String {
    format!("{:.4e}", value as f64)
}

/// How far a level may be from the best: of burdens as a share, of what is counted as a number.
#[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
fn gap(objective: Objective) -> String {
    if matches!(objective.aim(), Aim::LargestBurden | Aim::SumOfSquares) && objective.value() > 0 {
        let share = objective.gap() as f64 / objective.value() as f64;
        return format!("at most {:.2} % better", share * 100.0);
    }
    format!("at most {} less", objective.gap())
}

fn uncovered(plan: &Plan) -> Vec<Uncovered> {
    let seats = plan.uncovered().filter(|duty| duty.role().is_duty()).flat_map(|duty| duty.seats());
    seats.map(|seat| Uncovered { span: seat.span, role: seat.role }).collect()
}
