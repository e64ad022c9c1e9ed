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
use crate::roster::{self, Budget, Hard, Problem, Statement, Who, solve};
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
    /// Whether dropping this rule for this person alone, for all where none is named, with every other rule kept, lets
    /// the duties be covered. False for one that another rule repeats.
    pub alone: bool,
}

/// `week of 2026-12-21 primary cannot be covered: ada and bob are on leave, dan lacks the skill `db`; dropping any one
/// of these lets it be covered`.
impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let duties = self.duties.iter().map(|duty| words::duty(duty, self.zone)).collect::<Vec<_>>();
        let (all, it, they) = if duties.len() > 1 {
            ("cannot all be covered", "them", "they")
        } else {
            ("cannot be covered", "it", "it")
        };
        write!(f, "{} {all}: ", words::list(&duties))?;
        let mut said: Vec<(&str, Vec<&str>)> = Vec::new();
        for cause in &self.causes {
            let who = cause.person.as_ref().map_or("nobody", PersonId::as_str);
            match said.iter_mut().find(|(words, _)| *words == cause.words) {
                Some((_, people)) => people.push(who),
                None => said.push((&cause.words, vec![who])),
            }
        }
        let said = said.iter().map(|(words, people)| {
            let words = if people.len() > 1 { of_several(words) } else { (*words).to_owned() };
            format!("{} {words}", words::list(people))
        });
        f.write_str(&said.collect::<Vec<_>>().join(", "))?;
        let alone = self.causes.iter().filter(|cause| cause.alone).collect::<Vec<_>>();
        match (self.causes.len(), alone.as_slice()) {
            (0, _) => f.write_str("nobody is in the rotation"),
            (1, [_]) => write!(f, "; without this {they} can be covered"),
            (all, some) if all == some.len() => write!(f, "; dropping any one of these lets {it} be covered"),
            (_, []) => write!(f, "; more than one rule must give way before {they} can be covered"),
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

/// What is said of one person, said of several.
fn of_several(words: &str) -> String {
    const VERBS: [(&str, &str); 6] = [
        ("is ", "are "),
        ("has ", "have "),
        ("lacks ", "lack "),
        ("serves ", "serve "),
        ("wishes ", "wish "),
        ("keeps ", "keep "),
    ];
    let plural = |words: &str| {
        let verb = VERBS.iter().find_map(|(one, several)| Some((several, words.strip_prefix(one)?)));
        verb.map_or_else(|| words.to_owned(), |(verb, rest)| format!("{verb}{rest}"))
    };
    // What is missing is a list, of which each part has its verb.
    plural(words)
        .replace(", lacks the skill `", ", lack the skill `")
        .replace(" and lacks the skill `", " and lack the skill `")
        .replace(" and is not at the site `", " and are not at the site `")
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
    let found = roster::conflict(&Problem::try_new(part_of(statement, seats))?, budget);
    Ok(found.map(|mut found| {
        found.seats = found.seats.iter().filter_map(|seat| seats.get(*seat).copied()).collect();
        found
    }))
}

/// Whether these seats can all be covered once a rule is dropped for whom a source names, and nothing else.
fn is_enough(
    model: &Model<'_>,
    statement: &Statement,
    seats: &[usize],
    source: &Source,
    budget: Budget,
) -> Result<bool, Error> {
    let workers = statement.workers.len();
    let hard = statement.hard.iter().flat_map(|hard| {
        let of = usize::try_from(hard.tag).ok().and_then(|place| model.clauses.sources.get(place));
        let left = if of.is_some_and(|of| of.rule == source.rule) {
            source.person.map_or_else(Vec::new, |person| rule_without(&hard.rule, person, workers))
        } else {
            vec![hard.rule.clone()]
        };
        left.into_iter().map(|rule| Hard { tag: hard.tag, rule })
    });
    let dropped = Statement { hard: hard.collect(), ..statement.clone() };
    let solution = solve(&Problem::try_new(part_of(&dropped, seats))?, budget);
    Ok(solution.is_some_and(|solution| solution.uncovered.value == 0))
}

/// What a rule still says of the others once it does not bind a worker.
fn rule_without(rule: &roster::Rule, person: usize, workers: usize) -> Vec<roster::Rule> {
    let others = |who: Who| {
        let bound = (0..workers).filter(move |worker| who == Who::Everyone || who == Who::Only(*worker));
        bound.filter(move |worker| *worker != person).map(Who::Only)
    };
    match rule {
        roster::Rule::Barred { worker, .. } | roster::Rule::Fixed { worker, .. } if *worker == person => Vec::new(),
        roster::Rule::Barred { .. } | roster::Rule::Fixed { .. } => vec![rule.clone()],
        roster::Rule::Apart { who, first, second } => {
            others(*who).map(|who| roster::Rule::Apart { who, first: *first, second: *second }).collect()
        }
        roster::Rule::AtMost { who, seats, most } => {
            others(*who).map(|who| roster::Rule::AtMost { who, seats: seats.clone(), most: *most }).collect()
        }
    }
}

/// The hard part of a problem over some of its seats.
fn part_of(statement: &Statement, seats: &[usize]) -> Statement {
    let keep = |row: &Vec<Option<u64>>| seats.iter().map(|seat| row.get(*seat).copied().flatten()).collect();
    let mut part = Statement::new(statement.workers.clone(), statement.load.iter().map(keep).collect());
    let number = |seat: usize| seats.binary_search(&seat).ok();
    let renumber = |hard: &Hard| Some(Hard { tag: hard.tag, rule: renumbered(&hard.rule, &number)? });
    part.hard = statement.hard.iter().filter_map(renumber).collect();
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
        if let Some((source, cause)) = source.and_then(|source| Some((source, cause(model, source, &seats)?))) {
            causes.push(Cause { alone: is_enough(model, statement, &found.seats, source, budget)?, ..cause });
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
    fn what_is_said_of_several_has_their_verb() {
        assert_eq!(of_several("is on leave"), "are on leave");
        assert_eq!(of_several("has served enough in 2026 (rule `r`)"), "have served enough in 2026 (rule `r`)");
        assert_eq!(
            of_several("lacks the skill `a`, lacks the skill `b` and is not at the site `Lisbon`"),
            "lack the skill `a`, lack the skill `b` and are not at the site `Lisbon`"
        );
        assert_eq!(of_several("may rest less"), "may rest less");
    }

    #[test]
    fn a_rule_that_does_not_bind_one_person_binds_the_others() {
        let all = roster::Rule::Apart { who: Who::Everyone, first: 0, second: 1 };
        let others = [0, 2].map(|worker| roster::Rule::Apart { who: Who::Only(worker), first: 0, second: 1 });
        assert_eq!(rule_without(&all, 1, 3), others);
        assert_eq!(rule_without(&others[0], 0, 3), []);
        let barred = roster::Rule::Barred { worker: 1, seat: 0 };
        assert_eq!(rule_without(&barred, 1, 3), []);
        assert_eq!(rule_without(&barred, 0, 3), [barred]);
    }

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
