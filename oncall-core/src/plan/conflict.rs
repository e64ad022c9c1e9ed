//! Why nobody can take a duty, in words.

use core::fmt;

use std::collections::BTreeSet;

use timeline_core::{Span, Tz};

use crate::error::Error;
use crate::person::PersonId;
use crate::plan::model::Model;
use crate::plan::seats::Duty;
use crate::plan::translate::Source;
use crate::plan::words;
use crate::roster::{self, Budget, Hard, Problem, Statement, solve};
use crate::rules::Reason;

/// Rules and duties that cannot all be had.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Conflict {
    /// These duties cannot all be covered under the causes.
    pub duties: Vec<Duty>,
    /// The rules in it, of whom and when.
    pub causes: Vec<Cause>,
    /// Whether it is minimal: of these causes and duties alone, any one left out lets the rest be had. False where the
    /// budget ran out before that was known.
    pub minimal: bool,
    /// The zone of the words.
    pub zone: Tz,
}

/// One rule that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Cause {
    /// The name of the rule.
    pub rule: String,
    /// Whom it binds; everybody where none is named.
    #[cfg_attr(feature = "serde", serde(default))]
    pub person: Option<PersonId>,
    /// What it is about, in order.
    pub spans: Vec<Span>,
    /// What it says, after the name of the person: `is on leave`.
    pub words: String,
    /// Whether dropping this one alone, with every other rule kept, lets the duties be covered. False for one that
    /// another rule repeats.
    pub alone: bool,
}

/// `week of 2026-12-21 primary cannot be covered: ada and bob are on leave, dan lacks the skill `db`; dropping any one
/// of these lets it be covered`.
impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let duties = self.duties.iter().map(|duty| words::duty(duty, self.zone)).collect::<Vec<_>>();
        let (all, it) = if duties.len() > 1 { ("cannot all be covered", "them") } else { ("cannot be covered", "it") };
        write!(f, "{} {all}: ", words::list(&duties))?;
        let mut said: Vec<(&str, Vec<&str>)> = Vec::new();
        for cause in &self.causes {
            let who = cause.person.as_ref().map_or("nobody", PersonId::as_str);
            match said.iter_mut().find(|(words, _)| *words == cause.words) {
                Some((_, people)) => people.push(who),
                None => said.push((&cause.words, vec![who])),
            }
        }
        let said = said.iter().map(|(words, people)| match words.strip_prefix("is ").filter(|_| people.len() > 1) {
            Some(rest) => format!("{} are {rest}", words::list(people)),
            None => format!("{} {words}", words::list(people)),
        });
        f.write_str(&said.collect::<Vec<_>>().join(", "))?;
        let alone = self.causes.iter().filter(|cause| cause.alone).collect::<Vec<_>>();
        match (self.causes.len(), alone.as_slice()) {
            (0, _) => f.write_str("nobody is in the rotation"),
            (1, [_]) => write!(f, "; without this {} can be covered", if it == "them" { "they" } else { it }),
            (all, some) if all == some.len() => write!(f, "; dropping any one of these lets {it} be covered"),
            (_, []) => write!(f, "; more than one rule must give way before {it} can be covered"),
            (_, some) => {
                let some = some.iter().map(|cause| match &cause.person {
                    Some(person) => format!("rule `{}` for {person}", cause.rule),
                    None => format!("rule `{}`", cause.rule),
                });
                write!(f, "; dropping {} alone lets {it} be covered", some.collect::<Vec<_>>().join(" or "))
            }
        }?;
        if self.minimal { Ok(()) } else { f.write_str("; perhaps fewer of these are enough to rule it out") }
    }
}

/// The most conflicts that are told of one plan.
const MOST: usize = 8;

/// Why open duties are uncovered: one conflict after another, none of which shares a duty with one before it.
pub(crate) fn explain(
    model: &Model<'_>,
    statement: &Statement,
    uncovered: &[usize],
    budget: Budget,
) -> Result<Vec<Conflict>, Error> {
    let mut conflicts = Vec::new();
    let mut told = BTreeSet::new();
    // A part of a plan that cannot be covered stays so without the rest, and is found sooner alone.
    for &seat in uncovered {
        if told.contains(&seat) || conflicts.len() >= MOST {
            continue;
        }
        let alone = conflict_of(statement, &[seat], budget)?;
        let found = match alone {
            Some(found) => Some(found),
            None => {
                let rest = (0..model.open.len()).filter(|seat| !told.contains(seat)).collect::<Vec<_>>();
                conflict_of(statement, &rest, budget)?
            }
        };
        let Some(found) = found else { continue };
        told.extend(found.seats.iter().copied());
        conflicts.push(said(model, statement, &found, budget)?);
    }
    Ok(conflicts)
}

/// The conflict of a problem with these seats alone, numbered as in the whole.
fn conflict_of(statement: &Statement, seats: &[usize], budget: Budget) -> Result<Option<roster::Conflict>, Error> {
    let found = roster::conflict(&Problem::try_new(part_of(statement, seats, None))?, budget);
    Ok(found.map(|mut found| {
        found.seats = found.seats.iter().filter_map(|seat| seats.get(*seat).copied()).collect();
        found
    }))
}

/// Whether these seats can all be covered once one tag is dropped, and nothing else.
fn is_enough(statement: &Statement, seats: &[usize], tag: u32, budget: Budget) -> Result<bool, Error> {
    let solution = solve(&Problem::try_new(part_of(statement, seats, Some(tag)))?, budget);
    Ok(solution.is_some_and(|solution| solution.uncovered.value == 0))
}

/// The hard part of a problem over some of its seats, without one tag.
fn part_of(statement: &Statement, seats: &[usize], without: Option<u32>) -> Statement {
    let keep = |row: &Vec<Option<u64>>| seats.iter().map(|seat| row.get(*seat).copied().flatten()).collect();
    let mut part = Statement::new(statement.workers.clone(), statement.load.iter().map(keep).collect());
    let number = |seat: usize| seats.binary_search(&seat).ok();
    let hard = statement.hard.iter().filter(|hard| Some(hard.tag) != without);
    let hard = hard.filter_map(|hard| Some(Hard { tag: hard.tag, rule: renumbered(&hard.rule, &number)? }));
    part.hard = hard.collect();
    part
}

/// A rule over fewer seats; `None` where it says nothing of them.
fn renumbered(rule: &roster::Rule, number: &impl Fn(usize) -> Option<usize>) -> Option<roster::Rule> {
    Some(match rule {
        roster::Rule::Barred { worker, seat } => roster::Rule::Barred { worker: *worker, seat: number(*seat)? },
        roster::Rule::Fixed { worker, seat } => roster::Rule::Fixed { worker: *worker, seat: number(*seat)? },
        roster::Rule::Apart { who, first, second } => {
            roster::Rule::Apart { who: *who, first: number(*first)?, second: number(*second)? }
        }
        roster::Rule::AtMost { who, seats, most } => {
            let seats = seats.iter().filter_map(|seat| number(*seat)).collect::<Vec<_>>();
            if seats.len() <= *most {
                return None;
            }
            roster::Rule::AtMost { who: *who, seats, most: *most }
        }
    })
}

fn said(model: &Model<'_>, statement: &Statement, found: &roster::Conflict, budget: Budget) -> Result<Conflict, Error> {
    let seats = found.seats.iter().copied().collect::<BTreeSet<_>>();
    let duty =
        |seat: &usize| model.open.get(*seat).and_then(|place| model.duties.get(*place)).map(|duty| (*duty).clone());
    let mut causes = Vec::new();
    for tag in &found.tags {
        let source = usize::try_from(*tag).ok().and_then(|place| model.clauses.sources.get(place));
        if let Some(cause) = source.and_then(|source| cause(model, source, &seats)) {
            causes.push(Cause { alone: is_enough(statement, &found.seats, *tag, budget)?, ..cause });
        }
    }
    Ok(Conflict {
        duties: found.seats.iter().filter_map(duty).collect(),
        causes,
        minimal: found.minimal,
        zone: model.request.rules.zone(),
    })
}

fn cause(model: &Model<'_>, source: &Source, seats: &BTreeSet<usize>) -> Option<Cause> {
    let parts = source.parts_within(seats);
    let (_, reason, _) = parts.first()?;
    let mut spans = parts.iter().map(|(.., span)| *span).collect::<Vec<_>>();
    spans.sort_unstable();
    spans.dedup();
    let person = source.person.and_then(|place| model.request.team.people().get(place));
    let words = if source.of_many {
        format!("keeps rule `{}` and is free", source.rule)
    } else {
        predicate(reason, &source.rule, person.is_some(), &spans, model.request.rules.zone())
    };
    let person = person.map(|person| person.id().clone());
    Some(Cause { rule: source.rule.as_ref().to_owned(), person, spans, words, alone: false })
}

/// What a rule says of somebody, after the name; of everybody, after `nobody`.
fn predicate(reason: &Reason, rule: &str, named: bool, spans: &[Span], zone: Tz) -> String {
    let when = || spans.first().map_or_else(String::new, |span| words::span(*span, zone));
    let hours = |seconds: i64| format!("{} h", seconds.checked_div(3_600).unwrap_or(0));
    match reason {
        Reason::Away { .. } if rule == "declined" => "has declined".to_owned(),
        Reason::NotMember { .. } if named => "is not in the rotation".to_owned(),
        Reason::NotMember { .. } => "is in the rotation".to_owned(),
        Reason::Away { why, .. } => {
            let on = if named { "is on leave" } else { "is free of leave" };
            why.as_ref().map_or_else(|| on.to_owned(), |why| format!("{on} ({why})"))
        }
        Reason::TooLong { most, .. } => {
            let may = if named { "may not" } else { "may" };
            format!("{may} serve more than {} at once (rule `{rule}`)", hours(*most))
        }
        Reason::Missing { skills, site } => {
            let (lacks, away) = if named { ("lacks", "is not") } else { ("has", "is") };
            let skills = skills.iter().map(|skill| format!("{lacks} the skill `{skill}`"));
            let site = site.iter().map(|site| format!("{away} at the site `{site}`"));
            words::list(&skills.chain(site).collect::<Vec<_>>())
        }
        Reason::Overlap { .. } if named => format!("serves already at the time (rule `{rule}`)"),
        Reason::Overlap { .. } => format!("may serve two roles at once (rule `{rule}`)"),
        Reason::Rest { least, .. } if named => {
            format!("serves too close to it, with less than {} of rest (rule `{rule}`)", hours(*least))
        }
        Reason::Rest { least, .. } => {
            format!("may rest less than {} between two shifts (rule `{rule}`)", hours(*least))
        }
        Reason::BackToBack if named => format!("serves the turn before or after (rule `{rule}`)"),
        Reason::BackToBack => format!("may serve two turns in a row (rule `{rule}`)"),
        Reason::WeeksApart { weeks: 1, .. } if named => format!("serves the week before or after (rule `{rule}`)"),
        Reason::WeeksApart { weeks, .. } if named => format!("serves {weeks} weeks before or after (rule `{rule}`)"),
        Reason::WeeksApart { least, .. } => format!("may serve twice within {least} weeks (rule `{rule}`)"),
        Reason::HolidaysInARow { .. } if named => format!("serves the holidays before or after (rule `{rule}`)"),
        Reason::HolidaysInARow { .. } => format!("may serve two holidays in a row (rule `{rule}`)"),
        Reason::SameHoliday { holiday, .. } if named => format!("has served {holiday} (rule `{rule}`)"),
        Reason::SameHoliday { holiday, .. } => format!("may serve {holiday} again (rule `{rule}`)"),
        Reason::Avoided { .. } if !named => format!("wishes for duty then (rule `{rule}`)"),
        Reason::Avoided { .. } => format!("wishes to have no duty then (rule `{rule}`)"),
        Reason::Time if named => format!("has served enough in {} (rule `{rule}`)", when()),
        Reason::Time => format!("may serve more of {} (rule `{rule}`)", when()),
        Reason::Nights { period } | Reason::Holidays { period } | Reason::Shifts { period, .. } if named => {
            format!("has served enough in {period} (rule `{rule}`)")
        }
        Reason::Nights { period } => format!("may serve more nights in {period} (rule `{rule}`)"),
        Reason::Holidays { period } => format!("may serve more holidays in {period} (rule `{rule}`)"),
        Reason::Shifts { period, .. } => format!("may serve more shifts in {period} (rule `{rule}`)"),
        _ => format!("keeps rule `{rule}`"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_binds_everybody_is_said_of_nobody() {
        let said = |reason: &Reason, named| predicate(reason, "r", named, &[], Tz::UTC);
        let away = Reason::Away { seconds: 1, why: Some("rest".to_owned()) };
        assert_eq!(said(&away, true), "is on leave (rest)");
        assert_eq!(said(&away, false), "is free of leave (rest)");
        let away = Reason::Away { seconds: 1, why: None };
        assert_eq!((said(&away, true), said(&away, false)), ("is on leave".to_owned(), "is free of leave".to_owned()));
        let out = Reason::NotMember { seconds: 1 };
        assert_eq!(said(&out, true), "is not in the rotation");
        assert_eq!(said(&out, false), "is in the rotation");
        let missing = Reason::Missing { skills: BTreeSet::from(["db".to_owned()]), site: Some("Lisbon".to_owned()) };
        assert_eq!(said(&missing, true), "lacks the skill `db` and is not at the site `Lisbon`");
        assert_eq!(said(&missing, false), "has the skill `db` and is at the site `Lisbon`");
        let long = Reason::TooLong { seconds: 90_000, most: 86_400 };
        assert_eq!(said(&long, true), "may not serve more than 24 h at once (rule `r`)");
        assert_eq!(said(&long, false), "may serve more than 24 h at once (rule `r`)");
    }
}
