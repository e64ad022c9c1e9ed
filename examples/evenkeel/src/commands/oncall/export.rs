//! `evenkeel oncall export`: the plan as a calendar.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;
use oncall_core::PersonId;
use serde::Serialize;

use super::super::Answer;
use super::{BookArg, PeriodArgs, argument_moment, argument_person, served, write};
use crate::fault::Faults;
use crate::oncall::ics::{self, Published};
use crate::visible::visible;

/// The published plan with its changes as a calendar (iCalendar), of everybody or of one person.
#[derive(Debug, Args)]
pub(in crate::commands) struct Export {
    #[command(flatten)]
    book: BookArg,
    /// Where to write the calendar.
    #[arg(short, long, value_name = "FILE.ics")]
    output: PathBuf,
    /// Only the shifts of this person.
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// When the plan was made, which a calendar compares [default: its first instant].
    #[arg(long, value_name = "WHEN")]
    stamp: Option<String>,
    #[command(flatten)]
    period: PeriodArgs,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    file: String,
    person: Option<PersonId>,
    stamp: DateTime<Utc>,
    shifts: usize,
}

impl Export {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let oncall = self.book.load()?;
        let mut faults = Faults::default();
        let period = faults.take(self.period.period(&oncall));
        let person = self.person.as_deref().map(|name| argument_person("--person", name, &oncall)).transpose();
        let person = person.map_err(|fault| faults.push(fault));
        let stamp = self.stamp.as_deref().map(|text| argument_moment("--stamp", text, oncall.zone)).transpose();
        let stamp = stamp.map_err(|fault| faults.push(fault));
        let (Some(period), Ok(person), Ok(stamp)) = (period, person, stamp) else { return Err(faults) };
        let mut shifts = served(&oncall, period)?;
        shifts.retain(|shift| person.as_ref().is_none_or(|person| shift.person == *person));
        let stamp = stamp.unwrap_or(period.start());
        write(&self.output, &ics::write(Published { shifts: &shifts, zone: oncall.zone, name: &oncall.title, stamp }))?;
        let file = self.output.display().to_string();
        let whose = person.as_ref().map_or(String::new(), |person| format!(" of {}", visible(person.as_str())));
        let count = crate::words::counted(u64::try_from(shifts.len()).unwrap_or(u64::MAX), "shifts");
        let text = format!("{count}{whose} are in {}\n", visible(&file));
        let document = Document { schema: "evenkeel.oncall-export/1", file, person, stamp, shifts: shifts.len() };
        Answer::new(text, &document)
    }
}
