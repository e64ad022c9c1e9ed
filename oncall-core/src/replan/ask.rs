//! Whom to ask first for a duty, and why.

use core::fmt;
use std::cmp::Reverse;

use chrono::TimeDelta;
use timeline_core::Tz;

use crate::burden::Burden;
use crate::error::Error;
use crate::person::PersonId;
use crate::plan::model::Model;
use crate::plan::{Breach, Duty, PlanError, words};
use crate::replan::judged::{Judged, judged};
use crate::shift::Seat;

/// The most candidates, and the most refusals, that are told of one duty.
const MOST_TOLD: usize = 20;

/// Who could take a duty, the one to ask first in front.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Ask {
    /// The duty.
    pub duty: Duty,
    /// At most twenty who can take it without a hard rule broken, by what the plan is worth with them: smallest largest
    /// burden, smallest sum of squares, least cost of soft rules, what it mends counted in their favour, longest rest, order
    /// of the team.
    pub candidates: Vec<Candidate>,
    /// At most twenty who cannot, with the rules that say so.
    pub refusals: Vec<Refusal>,
    zone: Tz,
}

impl Ask {
    /// Whom to ask first.
    #[must_use]
    pub fn first(&self) -> Option<PersonId> {
        self.candidates.first().map(|candidate| candidate.person.clone())
    }
}

/// Somebody who can take a duty.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Candidate {
    /// Who.
    pub person: PersonId,
    /// What the person bears without the duty, with everything else of the plan.
    pub burden_before: Burden,
    /// What the person bears with it.
    pub burden_after: Burden,
    /// The largest burden of the whole plan if this person takes it.
    pub largest: Burden,
    /// The sum of squared burdens, in units, if this person takes it.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub sum_squares: i128,
    /// Rest from the duty before to this one, if there is one before.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub rest_before: Option<TimeDelta>,
    /// Rest from this duty to the next, if there is one after.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub rest_after: Option<TimeDelta>,
    /// Soft rules and wishes that the person breaks, or breaks by more, by taking it.
    pub breaks: Vec<Breach>,
    /// Whether the person wishes for duty then.
    pub wishes: bool,
}

/// Somebody who cannot take a duty.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Refusal {
    /// Who.
    pub person: PersonId,
    /// The hard rules in the way.
    pub rules: Vec<Breach>,
}

/// For each of these duties of the model who could take it, everything else being as assigned.
pub(super) fn asks(model: &Model<'_>, assignment: &[Option<usize>], places: &[usize]) -> Result<Vec<Ask>, Error> {
    let whole = model.whole(assignment);
    places.iter().map(|place| ask(model, &whole, *place)).collect()
}

fn ask(model: &Model<'_>, whole: &[Option<usize>], place: usize) -> Result<Ask, Error> {
    let mut without = whole.to_vec();
    if let Some(entry) = without.get_mut(place) {
        *entry = None;
    }
    let scores = Scores::of(model, &without);
    let mut order = (0..model.request.team.people().len())
        .filter_map(|person| Some((scores.with(model, person, place)?, person)))
        .collect::<Vec<_>>();
    order.sort_unstable();
    let duty = model.duties.get(place).map(|duty| (*duty).clone()).ok_or(Error::Plan(PlanError::NothingToPlan))?;
    let seats = model.whole_seats(place);
    let (mut candidates, mut refusals) = (Vec::new(), Vec::new());
    for ((largest, squares), person) in order {
        // Of those who would bear the same as the last that is told, any may be better by the rules.
        let last = candidates.last().map(|((largest, squares, _), _)| (*largest, *squares));
        if candidates.len() >= MOST_TOLD && last != Some((largest, squares)) {
            break;
        }
        let Judged { hard, soft, cost } = taking(model, &without, place, person)?;
        if !hard.is_empty() {
            refusals.push(Refusal { person: model.name(person)?, rules: hard });
            continue;
        }
        let (rest_before, rest_after) = rests(model, &without, &seats, place, person);
        let candidate = Candidate {
            person: model.name(person)?,
            burden_before: scores.burden(model, person, 0),
            burden_after: scores.burden(model, person, model.load(person, place)),
            largest: model.units.burden(largest).unwrap_or(Burden::ZERO),
            sum_squares: squares,
            rest_before,
            rest_after,
            breaks: soft,
            wishes: wishes(model, person, &duty),
        };
        candidates.push(((largest, squares, cost), candidate));
    }
    candidates.sort_by_key(|(score, candidate)| {
        let rest = candidate.rest_before.unwrap_or(TimeDelta::MAX).min(candidate.rest_after.unwrap_or(TimeDelta::MAX));
        (*score, Reverse(rest))
    });
    candidates.truncate(MOST_TOLD);
    refusals.truncate(MOST_TOLD);
    let candidates = candidates.into_iter().map(|(_, candidate)| candidate).collect();
    Ok(Ask { duty, candidates, refusals, zone: model.request.rules.zone() })
}

/// What changes if the person takes the duty, which nobody has yet.
fn taking(model: &Model<'_>, without: &[Option<usize>], place: usize, person: usize) -> Result<Judged, Error> {
    if let Some(seat) = model.open.iter().position(|open| *open == place)
        && let Some(why) = model.clauses.barred_otherwise(person, seat)
    {
        let words = format!("{} is barred: {why}", model.name(person)?);
        let barred = Breach { rule: why.to_owned(), person: Some(model.name(person)?), penalty: None, words };
        return Ok(Judged { hard: vec![barred], soft: Vec::new(), cost: 0 });
    }
    let had = held_by(without, person);
    let mut has = had.clone();
    has.push(place);
    judged(model, person, &had, &has)
}

pub(super) fn held_by(whole: &[Option<usize>], person: usize) -> Vec<usize> {
    whole.iter().enumerate().filter(|(_, who)| **who == Some(person)).map(|(place, _)| place).collect()
}

/// Rest to the nearest shift before and after.
fn rests(
    model: &Model<'_>,
    without: &[Option<usize>],
    whole: &[&Seat],
    place: usize,
    person: usize,
) -> (Option<TimeDelta>, Option<TimeDelta>) {
    let Some(hull) = model.duties.get(place).and_then(|duty| duty.hull()) else { return (None, None) };
    let own = held_by(without, person);
    let planned = own.iter().filter_map(|place| model.duties.get(*place)).flat_map(|duty| duty.seats());
    let name = model.request.team.people().get(person).map(crate::Person::id);
    let served = model.request.history.iter().filter(|shift| Some(&shift.person) == name);
    let spans = planned.map(|seat| (seat.role, seat.span)).chain(served.map(|shift| (shift.role, shift.span)));
    // From one piece of a seat to the next there is no rest to speak of.
    let is_own = |role, span| whole.iter().any(|seat| seat.role == role && seat.span.covers(span));
    let spans = spans.filter(|(role, span)| !is_own(*role, *span)).map(|(_, span)| span).collect::<Vec<_>>();
    let before = spans.iter().filter(|span| span.end() <= hull.start()).map(|span| span.end()).max();
    let after = spans.iter().filter(|span| span.start() >= hull.end()).map(|span| span.start()).min();
    (
        before.map(|end| hull.start().signed_duration_since(end)),
        after.map(|start| start.signed_duration_since(hull.end())),
    )
}

fn wishes(model: &Model<'_>, person: usize, duty: &Duty) -> bool {
    let wish = model.request.team.people().get(person).map(crate::Person::preferences).unwrap_or_default();
    wish.iter()
        .any(|wish| wish.wish == crate::Wish::Prefer && duty.seats().iter().any(|seat| seat.span.overlaps(wish.span)))
}

/// What a plan is worth when one of its duties goes to another person, without adding everybody up again.
pub(super) struct Scores {
    /// Scale, and units borne, by person.
    borne: Vec<(i64, i64)>,
    squares: i128,
    /// The three largest burdens with whose they are.
    largest: Vec<(i128, usize)>,
}

impl Scores {
    pub(super) fn of(model: &Model<'_>, whole: &[Option<usize>]) -> Self {
        let bearings = model.bearings(whole);
        let borne = bearings.iter().map(|bearing| (bearing.scale, bearing.carry.saturating_add(bearing.load)));
        let there = bearings.iter().enumerate().filter(|(_, bearing)| bearing.scale > 0);
        let mut largest = there.map(|(person, bearing)| (bearing.after(), person)).collect::<Vec<_>>();
        let squares =
            largest.iter().fold(0, |sum: i128, (burden, _)| sum.saturating_add(burden.saturating_mul(*burden)));
        largest.sort_unstable_by_key(|entry| Reverse(*entry));
        largest.truncate(3);
        Self { borne: borne.collect(), squares, largest }
    }

    /// The largest burden and the sum of squares if the person takes the duty too; `None` for who is not there.
    fn with(&self, model: &Model<'_>, person: usize, place: usize) -> Option<(i128, i128)> {
        let (scale, units) = self.borne.get(person).copied().filter(|(scale, _)| *scale > 0)?;
        let burden = |units: i64| i128::from(scale).saturating_mul(units.into());
        let (old, new) = (burden(units), burden(units.saturating_add(model.load(person, place))));
        let square = |burden: i128| burden.saturating_mul(burden);
        let squares = self.squares.saturating_sub(square(old)).saturating_add(square(new));
        let others = self.largest.iter().find(|(_, whose)| *whose != person).map(|(burden, _)| *burden);
        Some((others.map_or(new, |others| others.max(new)), squares))
    }

    fn burden(&self, model: &Model<'_>, person: usize, more: i64) -> Burden {
        let (scale, units) = self.borne.get(person).copied().unwrap_or((0, 0));
        let scaled = i128::from(scale).saturating_mul(units.saturating_add(more).into());
        model.units.burden(scaled).unwrap_or(Burden::ZERO)
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (burden {:.1}, then {:.1}", self.person, self.burden_before, self.burden_after)?;
        write!(f, "; largest {:.1}", self.largest)?;
        for (rest, word) in [(self.rest_before, "before"), (self.rest_after, "after")] {
            if let Some(rest) = rest {
                write!(f, "; rest of {} h {word}", rest.num_hours())?;
            }
        }
        if self.wishes {
            f.write_str("; wishes for it")?;
        }
        for breach in &self.breaks {
            write!(f, "; {breach}")?;
        }
        f.write_str(")")
    }
}

/// ``week of 2026-01-12 primary: ask bob (burden 0.0 h, then 261.0 h; …) first, then cyd (…); not eve: rule `leave` …``.
impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", words::duty(&self.duty, self.zone))?;
        match self.candidates.as_slice() {
            [] => f.write_str("nobody can take it")?,
            [first, rest @ ..] => {
                write!(f, "ask {first} first")?;
                for (place, candidate) in rest.iter().enumerate() {
                    write!(f, "{}{candidate}", if place == 0 { ", then " } else { ", " })?;
                }
            }
        }
        for refusal in &self.refusals {
            let rules = refusal.rules.iter().map(|breach| breach.words.as_str()).collect::<Vec<_>>();
            write!(f, "; not {}: {}", refusal.person, rules.join(", "))?;
        }
        Ok(())
    }
}
