//! `evenkeel oncall`: who is on call, plans, fairness, load.

mod calendar;
mod check;
mod export;
mod fairness;
mod load;
mod plan;
mod swap;
mod who;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use oncall_core::{PersonId, Shift};
use timeline_core::{Span, Tz};

use super::Answer;
use crate::fault::{Fault, Faults};
use crate::oncall::book::moment::Moment;
use crate::oncall::book::{self, OnCall};
use crate::oncall::words::{day, instant, told};

#[derive(Debug, Subcommand)]
pub(super) enum OnCallCommand {
    Who(who::Who),
    Plan(plan::PlanCommand),
    Check(check::Check),
    Fairness(fairness::FairnessCommand),
    Swap(Box<swap::Swap>),
    Load(Box<load::LoadCommand>),
    Export(export::Export),
}

impl OnCallCommand {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        match self {
            Self::Who(who) => who.run(),
            Self::Plan(plan) => plan.run(),
            Self::Check(check) => check.run(),
            Self::Fairness(fairness) => fairness.run(),
            Self::Swap(swap) => swap.run(),
            Self::Load(load) => load.run(),
            Self::Export(export) => export.run(),
        }
    }
}

/// Which book.
#[derive(Debug, Clone, Args)]
struct BookArg {
    /// The book: a folder with an evenkeel.toml that has a part [oncall].
    #[arg(default_value = ".")]
    book: PathBuf,
}

impl BookArg {
    fn load(&self) -> Result<OnCall, Faults> {
        book::load(&self.book)
    }
}

/// From when to when.
#[derive(Debug, Clone, Args)]
struct PeriodArgs {
    /// The first instant, or day, instead of the rota's.
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// The first instant, or day, that is not looked at any more.
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
}

impl PeriodArgs {
    /// The period asked for; what is not said is the rota's.
    fn period(&self, oncall: &OnCall) -> Result<Span, Faults> {
        let mut faults = Faults::default();
        let mut one = |name: &str, text: &Option<String>, usual: DateTime<Utc>| match text {
            None => Some(usual),
            Some(text) => argument_moment(name, text, oncall.zone).map_err(|fault| faults.push(fault)).ok(),
        };
        let from = one("--from", &self.from, oncall.period.start());
        let until = one("--until", &self.until, oncall.period.end());
        let (Some(from), Some(until)) = (from, until) else { return Err(faults) };
        Span::new(from, until).map_err(|_| {
            let (from, until) = (instant(from, oncall.zone), instant(until, oncall.zone));
            let message = format!("ends at {until}, which is not after its start, {from}");
            // Where only `--from` is given, that is what is wrong.
            Fault::of(if self.until.is_some() { "--until" } else { "--from" }, message).into()
        })
    }
}

/// A date, a local time or an instant given as an argument.
fn argument_moment(name: &str, text: &str, zone: Tz) -> Result<DateTime<Utc>, Fault> {
    // Unix seconds, as other commands take them.
    if let Ok(seconds) = text.trim().parse::<i64>()
        && seconds.unsigned_abs() > 9_999
    {
        let at = DateTime::from_timestamp(seconds, 0);
        return at.ok_or_else(|| Fault::of(name, format!("instant `{text}` is out of range")));
    }
    Moment::parse(text).and_then(|moment| moment.instant(zone)).map_err(|message| Fault::of(name, message))
}

/// A person given as an argument.
fn argument_person(name: &str, text: &str, oncall: &OnCall) -> Result<PersonId, Fault> {
    book::changes::known(&oncall.team, text).map_err(|message| Fault::of(name, message))
}

/// Writes a file whole.
fn write(output: &Path, text: &str) -> Result<(), Faults> {
    std::fs::write(output, text)
        .map_err(|error| Fault::of(output.display(), format!("cannot be written: {error}")).into())
}

/// The shifts as they are served in `span`: the published plan with its changes, each shift whole.
fn served(oncall: &OnCall, span: Span) -> Result<Vec<Shift>, Faults> {
    let mut shifts = oncall.served(span)?;
    shifts.retain(|shift| shift.span.overlaps(span));
    Ok(shifts)
}
