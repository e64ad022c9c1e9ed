//! `evenkeel oncall who`: who is on call, and why.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use clap::Args;
use oncall_core::schedule::Why;
use oncall_core::{PersonId, Role};
use serde::Serialize;
use timeline_core::Span;

use super::super::paint::Paint;
use super::super::{Answer, wrapped};
use super::{BookArg, argument_moment, day, instant, told};
use crate::fault::{Fault, Faults};
use crate::oncall::book::moment::taken_for;
use crate::visible::visible;

/// Who is on call, now or at an instant, and why. Exits 1 where nobody is.
#[derive(Debug, Args)]
pub(in crate::commands) struct Who {
    #[command(flatten)]
    book: BookArg,
    /// When: RFC 3339, or a date or time by the clocks of the rota, the first where they show it twice [default: now].
    #[arg(long, value_name = "WHEN")]
    at: Option<String>,
    /// Only as this: primary, secondary or shadow.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Each rule that has a say, from the bottom layer up.
    #[arg(long)]
    why: bool,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    at: DateTime<Utc>,
    zone: String,
    roles: Vec<OfRole>,
    /// What a local time was taken for, where the clocks show it twice or never.
    taken_for: Option<String>,
    /// From the first planned shift to the last, where the instant is beyond them.
    outside: Option<Span>,
}

#[derive(Serialize)]
struct OfRole {
    role: Role,
    person: Option<PersonId>,
    /// From when to when, where somebody is.
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    /// Who comes next.
    next: Option<PersonId>,
    why: Why,
}

impl Who {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let mut faults = Faults::default();
        let oncall = faults.take(self.book.load());
        let zone = oncall.as_ref().map_or(timeline_core::Tz::UTC, |oncall| oncall.zone);
        let role = self.role.as_deref().map(str::parse::<Role>).transpose();
        let role = role.map_err(|error| faults.push(Fault::of("--role", error)));
        let at = match &self.at {
            // The one question of all whose answer is about now.
            None => Ok(chrono::SubsecRound::trunc_subsecs(Utc::now(), 0)),
            Some(text) => argument_moment("--at", text, zone).map_err(|fault| faults.push(fault)),
        };
        let (Some(oncall), Ok(role), Ok(at), true) = (oncall, role, at, faults.is_empty()) else { return Err(faults) };
        let wrong = |error: oncall_core::Error| Faults::from(Fault::of(&oncall.title, error));
        let moment = Span::starting_at(at, chrono::TimeDelta::seconds(1)).map_err(|error| Fault::of("--at", error))?;
        let compiled = oncall.compiled(moment)?;
        let Some(schedule) = &oncall.schedule else {
            return Err(Fault::of(&oncall.title, "no plan is published").into());
        };
        let mut roles = Vec::new();
        for known in compiled.roles().filter(|known| role.is_none_or(|role| *known == role)) {
            let shift = compiled.shift_at(at, known).map_err(wrong)?;
            let next = compiled.next_change(at, known).map_err(wrong)?;
            roles.push(OfRole {
                role: known,
                person: shift.as_ref().map(|shift| shift.person.clone()),
                since: shift.as_ref().map(|shift| shift.span.start()),
                until: next.as_ref().map(|next| next.at),
                next: next.and_then(|next| next.to.cloned()),
                why: schedule.why(at, known).map_err(wrong)?,
            });
        }
        if let Some(role) = role.filter(|_| roles.is_empty()) {
            let known: Vec<_> = compiled.roles().map(|role| format!("`{role}`")).collect();
            let message = format!("nobody is ever {role} in this plan; there is {}", known.join(", "));
            return Err(Fault::of("--role", message).into());
        }
        let planned = oncall.published.iter().flatten().map(|shift| shift.span).reduce(Span::hull);
        let outside = planned.filter(|planned| !planned.contains(at) && roles.iter().all(|of| of.person.is_none()));
        let taken_for = self.at.as_deref().and_then(|text| taken_for(text, zone));
        let (schema, zone_name) = ("evenkeel.oncall-who/1", zone.name().to_owned());
        let document = Document { schema, at, zone: zone_name, roles, taken_for, outside };
        let yes = document.roles.iter().all(|of| of.person.is_some() || !of.role.is_duty());
        let answer = Answer::new(self.text(&document, zone), &document)?;
        Ok(Answer { yes, ..answer })
    }

    fn text(&self, document: &Document, zone: timeline_core::Tz) -> String {
        let mut text = format!("{} {}\n", instant(document.at, zone), document.zone);
        if let Some(taken) = &document.taken_for {
            let _ = writeln!(text, "{}", wrapped("", taken));
        }
        text.push('\n');
        for of in &document.roles {
            let name = of.person.as_ref().map_or_else(|| "nobody".to_owned(), |person| visible(person.as_str()));
            let until = of.until.map(|until| format!("until {}", instant(until, zone))).unwrap_or_default();
            let next = match (&of.next, of.until) {
                (Some(next), _) => format!(", then {}", visible(next.as_str())),
                (None, Some(_)) => ", then nobody".to_owned(),
                (None, None) => String::new(),
            };
            let name = if of.until.is_some() { format!("{name:<12}") } else { name };
            let name = if of.person.is_some() { name.bold() } else { name.red() };
            let line = format!("{:<10} {name} {until}{next}", of.role.name());
            let _ = writeln!(text, "{}", line.trim_end());
        }
        // With nobody before and nobody to come it is not a hole in the plan.
        if let Some(planned) = document.outside {
            let note =
                format!("The schedule goes from {} to {}.", day(planned.start(), zone), day(planned.end(), zone));
            let _ = writeln!(text, "\n{}", wrapped("", &note));
        }
        if self.why {
            for of in &document.roles {
                let _ = write!(text, "\n{}\n", why(&of.why, zone));
            }
        }
        text
    }
}

/// The chain, a line a rule, by the clocks of `zone`.
fn why(why: &Why, zone: timeline_core::Tz) -> String {
    // What the library folds at 80 columns is unfolded first: an indented line that begins no rule goes on.
    let mut lines: Vec<String> = Vec::new();
    for line in why.to_string().lines() {
        match lines.last_mut() {
            Some(last) if line.starts_with("   ") => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    let told = lines.iter().map(|line| match line.strip_prefix(" - ") {
        Some(rule) => format!(" - {}", wrapped("   ", &visible(&told(rule, zone))).trim_start()),
        None => wrapped("", &visible(&told(line, zone))),
    });
    told.collect::<Vec<_>>().join("\n")
}
