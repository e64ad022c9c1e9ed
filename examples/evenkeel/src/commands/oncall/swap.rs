//! `evenkeel oncall swap`: who could take a shift, and the smallest change when somebody falls ill.

mod wanted;

use std::fmt::Write;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;
use oncall_core::plan::{Aim, Budget, Request};
use oncall_core::replan::{Absence, Ask, Change, Replan, Suggestion, holdings, replan, swaps};
use oncall_core::{PersonId, Role, Shift};
use serde::Serialize;
use timeline_core::{Span, SpanSet};

use super::super::paint::Paint;
use super::super::{Answer, wrapped};
use super::{argument_moment, argument_person, instant, told, write};
use crate::fault::{Fault, Faults};
use crate::oncall::book::{self, OnCall, several};
use crate::oncall::ics::{self, Published};
use crate::oncall::plan::request;
use crate::visible::visible;
use wanted::Wanted;

/// Who could take a shift, the fairest first; or, when somebody falls ill or leaves, the smallest change of the plan.
/// Exits 1 where nobody can.
#[derive(Debug, Args)]
pub(in crate::commands) struct Swap {
    /// Who gives a shift away, or falls ill.
    person: String,
    /// The book: a folder with an evenkeel.toml that has a part [oncall].
    #[arg(default_value = ".")]
    book: PathBuf,
    /// A day of the duty to give away, or an instant of it where that day has several.
    #[arg(long, value_name = "WHEN", required_unless_present = "ill_from", conflicts_with = "ill_from")]
    shift: Option<String>,
    /// As what the shift is: primary or secondary [default: either].
    #[arg(long, value_name = "ROLE", requires = "shift")]
    role: Option<String>,
    /// Only duties that begin later change hands [default: now].
    #[arg(long, value_name = "WHEN", requires = "shift")]
    now: Option<String>,
    /// The most suggestions that are printed.
    #[arg(long, value_name = "N", default_value_t = 8)]
    top: usize,
    /// Ill, or gone, from then on: all of the person's duties are to be filled.
    #[arg(long, value_name = "WHEN")]
    ill_from: Option<String>,
    /// Back at that time [default: gone for good].
    #[arg(long, value_name = "WHEN", requires = "ill_from")]
    ill_until: Option<String>,
    /// The most steps to search.
    #[arg(long, value_name = "N", default_value_t = 500_000)]
    nodes: u64,
    /// Where to write the changed plan.
    #[arg(short, long, value_name = "FILE.ics", requires = "ill_from")]
    output: Option<PathBuf>,
}

#[derive(Serialize)]
struct Suggestions<'a> {
    schema: &'static str,
    shift: &'a Shift,
    now: DateTime<Utc>,
    suggestions: Vec<Told<'a, Suggestion>>,
}

#[derive(Serialize)]
struct Replanned<'a> {
    schema: &'static str,
    person: &'a PersonId,
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    changes: &'a [Change],
    asks: Vec<String>,
    uncovered: usize,
    proven: bool,
    shifts: Vec<Shift>,
}

/// Something with its sentence.
#[derive(Serialize)]
struct Told<'a, T> {
    words: String,
    #[serde(flatten)]
    of: &'a T,
}

impl Swap {
    pub(in crate::commands) fn run(&self) -> Result<Answer, Faults> {
        let oncall = book::load(&self.book)?;
        let person = argument_person("PERSON", &self.person, &oncall)?;
        let mut request = request(&oncall, oncall.period)?;
        let begins_before = |shift: &Shift| shift.span.start() < oncall.period.start();
        (request.history, request.published) = oncall.served(oncall.period)?.into_iter().partition(begins_before);
        match (&self.shift, &self.ill_from) {
            (Some(day), _) => self.suggest(&oncall, &request, &person, day),
            (None, Some(from)) => self.replan(&oncall, &request, &person, from),
            (None, None) => Err(Fault::of("--shift", "is missing").into()),
        }
    }

    fn suggest(&self, oncall: &OnCall, request: &Request, person: &PersonId, day: &str) -> Result<Answer, Faults> {
        let mut faults = Faults::default();
        let wanted = Wanted::of(day, oncall.zone).map_err(|fault| faults.push(fault));
        let role = self.role.as_deref().map(str::parse::<Role>).transpose();
        let role = role.map_err(|error| faults.push(Fault::of("--role", error)));
        let now = match &self.now {
            None => Ok(chrono::SubsecRound::trunc_subsecs(Utc::now(), 0)),
            Some(text) => argument_moment("--now", text, oncall.zone).map_err(|fault| faults.push(fault)),
        };
        let (Ok(wanted), Ok(role), Ok(now)) = (wanted, role, now) else { return Err(faults) };
        let holdings = holdings(request).map_err(|error| several("--shift", error))?;
        let shift = wanted.duty(&holdings, &request.published, person, role, oncall.zone);
        let shift = shift.map_err(|message| Fault::of("--shift", message))?;
        let suggestions = swaps(request, &shift, now).map_err(|error| several("--shift", error))?;
        let from = instant(shift.span.start(), oncall.zone);
        let mut text = format!("{}, {} from {from}\n\n", visible(person.as_str()).bold(), shift.role);
        if suggestions.is_empty() {
            let _ = writeln!(text, "{}", "Nobody can take it without breaking a hard rule.".red());
        }
        for (number, suggestion) in (1_usize..).zip(suggestions.iter().take(self.top)) {
            let line = wrapped("     ", &visible(&told(&suggestion.to_string(), oncall.zone)));
            let _ = writeln!(text, "{number:>3}. {}", line.trim_start());
        }
        if suggestions.len() > self.top {
            let more = suggestions.len().saturating_sub(self.top);
            let _ = writeln!(text, "\nand {more} more (--top {})", suggestions.len());
        }
        let told = suggestions.iter().map(|of| Told { words: of.to_string(), of }).collect();
        let document = Suggestions { schema: "evenkeel.oncall-swap/1", shift: &shift, now, suggestions: told };
        let yes = !suggestions.is_empty();
        let answer = Answer::new(text, &document)?;
        Ok(Answer { yes, ..answer })
    }

    fn replan(&self, oncall: &OnCall, request: &Request, person: &PersonId, from: &str) -> Result<Answer, Faults> {
        let mut faults = Faults::default();
        let from = argument_moment("--ill-from", from, oncall.zone).map_err(|fault| faults.push(fault));
        let until = self.ill_until.as_deref().map(|text| argument_moment("--ill-until", text, oncall.zone)).transpose();
        let until = until.map_err(|fault| faults.push(fault));
        let (Ok(from), Ok(until)) = (from, until) else { return Err(faults) };
        let mut absence = Absence::new(person.clone(), from);
        if let Some(until) = until {
            absence = absence.until(until);
        }
        let replan = replan(request, &absence, &[], Budget { nodes: self.nodes });
        let replan = replan.map_err(|error| several("--ill-from", error))?;
        let shifts = changed(&replan, &request.published, &absence);
        let back = until.map_or("for good".to_owned(), |until| format!("until {}", instant(until, oncall.zone)));
        let name = visible(person.as_str()).bold();
        let mut text = format!("{name} away from {} {back}\n\n", instant(from, oncall.zone));
        let open = replan.plan().uncovered().count();
        let _ = writeln!(text, "{}\n", hands(replan.changes().len().saturating_sub(open), open));
        for ask in replan.asks() {
            let line = wrapped("    ", &visible(&told(&asked(ask, person), oncall.zone)));
            let _ = writeln!(text, "  {}", line.trim_start());
        }
        let is_least = [Aim::Uncovered, Aim::Changes].iter().all(|aim| replan.plan().objective(*aim).is_proven());
        if !is_least {
            let _ = writeln!(text, "\n{}", wrapped("", "It is not proven that fewer changes would not do.").dimmed());
        }
        let greatest = |plan: &oncall_core::plan::Plan| {
            let burdens = plan.accounts().all().iter().filter_map(|account| account.burden);
            burdens.max().map(|burden| burden.hours())
        };
        if let (Some(here), Some(fairest)) = (greatest(replan.plan()), greatest(replan.fairest())) {
            let line = format!(
                "Greatest burden {here:.1} h; in the fairest plan from then on, however much it changes, {fairest:.1} h."
            );
            let _ = writeln!(text, "\n{}", wrapped("", &line));
        }
        if replan.plan().units().rounded_up > 0 {
            let step = replan.plan().units().points.hours();
            let note = format!(
                "Beside the names duties count in steps of {step} weighted hours, as they are planned; the greatest \
                 burdens are exact."
            );
            let _ = writeln!(text, "{}", wrapped("", &note).dimmed());
        }
        if let Some(output) = &self.output {
            let published = Published { shifts: &shifts, zone: oncall.zone, name: &oncall.title, stamp: from };
            write(output, &ics::write(published))?;
            let _ = writeln!(text, "\nThe changed plan is in {}", visible(&output.display().to_string()));
        }
        let uncovered = replan.plan().uncovered().count();
        let document = Replanned {
            schema: "evenkeel.oncall-replan/1",
            person,
            from,
            until,
            changes: replan.changes(),
            asks: replan.asks().iter().map(ToString::to_string).collect(),
            uncovered,
            proven: replan.plan().is_proven(),
            shifts,
        };
        let answer = Answer::new(text, &document)?;
        Ok(Answer { yes: uncovered == 0, ..answer })
    }
}

/// The published plan after the change: with what was served before, and what is no duty of the rota.
fn changed(replan: &Replan, published: &[Shift], absence: &Absence) -> Vec<Shift> {
    let mut shifts = replan.plan().shifts();
    for shift in published {
        let planned = replan.plan().duties().iter().filter(|assigned| assigned.duty.role() == shift.role);
        let planned = planned.flat_map(|assigned| assigned.duty.seats()).map(|seat| seat.span);
        let away = absence.until.map_or(shift.span.end(), |until| until.min(shift.span.end()));
        let away = Span::new(absence.from, away).ok().filter(|_| shift.person == absence.person);
        let given: SpanSet = planned.filter(|span| span.overlaps(shift.span)).chain(away).collect();
        let kept = SpanSet::from(shift.span).difference(&given);
        shifts.extend(kept.iter().map(|span| Shift { span, ..shift.clone() }));
    }
    shifts.sort_by(|a, b| (a.span, a.role, &a.person).cmp(&(b.span, b.role, &b.person)));
    shifts
}

/// How many duties go to somebody else, and how many to nobody.
fn hands(changed: usize, open: usize) -> String {
    let duties = |number: usize, one: &str, many: &str| {
        if number == 1 { format!("1 duty {one}") } else { format!("{number} duties {many}") }
    };
    let changed = (changed > 0 || open == 0).then(|| duties(changed, "changes hands", "change hands"));
    let open = (open > 0).then(|| duties(open, "has nobody", "have nobody"));
    changed.into_iter().chain(open).collect::<Vec<_>>().join(", ")
}

/// Whom to ask, and in few words who cannot: the rules, each once.
fn asked(ask: &Ask, away: &PersonId) -> String {
    let whole = ask.to_string();
    let head = whole.split("; not ").next().unwrap_or_default().to_owned();
    // Who is away was not asked.
    let refused = ask.refusals.iter().filter(|refusal| refusal.person != *away).map(|refusal| {
        let mut rules: Vec<&str> = refusal.rules.iter().map(|breach| breach.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        format!("{} ({})", refusal.person, rules.join(", "))
    });
    let refused: Vec<_> = refused.collect();
    if refused.is_empty() { head } else { format!("{head}; not {}", refused.join(", ")) }
}
