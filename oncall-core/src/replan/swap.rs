//! Swaps and gifts that keep the hard rules, the fairest first.

use core::fmt;

use chrono::{DateTime, Utc};
use timeline_core::Tz;

use crate::burden::Burden;
use crate::error::Error;
use crate::person::PersonId;
use crate::plan::model::Model;
use crate::plan::request::Holders;
use crate::plan::solve::breach;
use crate::plan::{Breach, Duty, PlanError, Request, words};
use crate::replan::ask::held_by;
use crate::rules::{Strength, Violation};
use crate::shift::Shift;

/// A way to give a duty away.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Suggestion {
    /// The duty that is given away.
    pub gives: Duty,
    /// Who takes it.
    pub to: PersonId,
    /// What is taken in return; nothing for a gift.
    pub takes: Option<Duty>,
    /// The largest burden of the plan after it.
    pub largest: Burden,
    /// The sum of squared burdens after it, in units of the plan.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub sum_squares: i128,
    /// From the smallest burden to the largest after it.
    pub spread: Burden,
    /// Soft rules and wishes that it breaks and that were kept before.
    pub breaks: Vec<Breach>,
    zone: Tz,
}

/// Every swap and every gift of a published shift that breaks no hard rule which was kept before, the fairest first: by
/// the largest burden after it, the sum of squares, the spread, the cost of soft rules; swaps before gifts among equals.
///
/// Only duties that have not begun at `now` change hands.
///
/// # Errors
/// [`PlanError::NoSuchShift`] unless the shift is, or begins, a duty of the request that its person has in the published
/// plan and that has not begun; otherwise as [`plan`](crate::plan::plan()).
pub fn swaps(request: &Request, shift: &Shift, now: DateTime<Utc>) -> Result<Vec<Suggestion>, Error> {
    let mut settled = request.clone();
    settled.fixed.clone_from(&request.published);
    settled.fixed.retain(|shift| request.team.place(&shift.person).is_some());
    let model = Model::of(&settled)?;
    let holders = Holders::of(&request.published);
    let no_such = || Error::Plan(PlanError::NoSuchShift { shift: shift.clone() });
    let begins = |duty: &Duty| {
        let first = duty.seats().first().is_some_and(|seat| seat.span.start() == shift.span.start());
        first && duty.role() == shift.role && shift.span.start() >= now && holders.of_duty(duty) == Some(&shift.person)
    };
    let (gives, given) = model.duties.iter().enumerate().find(|(_, duty)| begins(duty)).ok_or_else(no_such)?;
    let giver = request.team.place(&shift.person).ok_or_else(no_such)?;
    let whole = model.fixed.clone();

    let mut found = Vec::new();
    for taker in (0..request.team.people().len()).filter(|taker| *taker != giver) {
        let later = |place: &usize| {
            model.duties.get(*place).and_then(|duty| duty.hull()).is_some_and(|hull| hull.start() >= now)
        };
        let returns = held_by(&whole, taker).into_iter().filter(later).map(Some).chain([None]);
        for takes in returns {
            if let Some(breaks) = broken_by(&model, &whole, (giver, gives), (taker, takes))? {
                found.push(suggestion(&model, &whole, (giver, gives), (taker, takes), breaks, given)?);
            }
        }
    }
    found.sort_by_key(|(largest, squares, suggestion)| {
        let cost = suggestion.breaks.iter().filter_map(|breach| breach.penalty).fold(0, u64::saturating_add);
        (*largest, *squares, suggestion.spread, cost, suggestion.takes.is_none())
    });
    Ok(found.into_iter().map(|(.., suggestion)| suggestion).collect())
}

/// The soft rules that a swap breaks anew; `None` if it breaks a hard one.
fn broken_by(
    model: &Model<'_>,
    whole: &[Option<usize>],
    (giver, gives): (usize, usize),
    (taker, takes): (usize, Option<usize>),
) -> Result<Option<Vec<Breach>>, Error> {
    let mut breaks = Vec::new();
    for (person, out, into) in [(taker, takes, Some(gives)), (giver, Some(gives), takes)] {
        let mut held = held_by(whole, person);
        let before = model.verdict_of(person, &held)?;
        held.retain(|place| Some(*place) != out);
        held.extend(into);
        let after = model.verdict_of(person, &held)?;
        // What was broken before by as much stays nobody's fault.
        let no_less = |old: &Violation, new: &Violation| old.excess() >= new.excess() && old.times >= new.times;
        let known = |new: &&Violation| before.violations().iter().any(|old| same(old, new) && no_less(old, new));
        let new = after.violations().iter().filter(|violation| !known(violation)).collect::<Vec<_>>();
        if new.iter().any(|violation| violation.strength == Strength::Hard) {
            return Ok(None);
        }
        breaks.extend(new.into_iter().map(breach));
    }
    Ok(Some(breaks))
}

fn same(old: &Violation, new: &Violation) -> bool {
    old.rule == new.rule && old.person == new.person && old.span == new.span && old.reason == new.reason
}

type Ranked = (i128, i128, Suggestion);

fn suggestion(
    model: &Model<'_>,
    whole: &[Option<usize>],
    (giver, gives): (usize, usize),
    (taker, takes): (usize, Option<usize>),
    breaks: Vec<Breach>,
    given: &Duty,
) -> Result<Ranked, Error> {
    let mut after = whole.to_vec();
    for (place, person) in [(Some(gives), taker), (takes, giver)] {
        if let Some(entry) = place.and_then(|place| after.get_mut(place)) {
            *entry = Some(person);
        }
    }
    let bearings = model.bearings(&after);
    let burdens =
        bearings.iter().filter(|bearing| bearing.scale > 0).map(|bearing| bearing.after()).collect::<Vec<_>>();
    let largest = burdens.iter().copied().max().unwrap_or(0);
    let least = burdens.iter().copied().min().unwrap_or(0);
    let squares = burdens.iter().fold(0, |sum: i128, burden| sum.saturating_add(burden.saturating_mul(*burden)));
    let burden = |scaled: i128| model.units.burden(scaled).unwrap_or(Burden::ZERO);
    let duty = |place: usize| model.duties.get(place).map(|duty| (*duty).clone());
    let suggestion = Suggestion {
        gives: given.clone(),
        to: model.name(taker)?,
        takes: takes.and_then(duty),
        largest: burden(largest),
        sum_squares: squares,
        spread: burden(largest.saturating_sub(least)),
        breaks,
        zone: model.request.rules.zone(),
    };
    Ok((largest, squares, suggestion))
}

/// `bob takes week of 2026-01-12 primary for week of 2026-02-02 primary: largest burden 300.0 h, spread 20.0 h`.
impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} takes {}", self.to, words::duty(&self.gives, self.zone))?;
        match &self.takes {
            Some(takes) => write!(f, " for {}", words::duty(takes, self.zone))?,
            None => f.write_str(" and gives nothing in return")?,
        }
        write!(f, ": largest burden {:.1}, spread {:.1}", self.largest, self.spread)?;
        self.breaks.iter().try_for_each(|breach| write!(f, "; {breach}"))
    }
}
