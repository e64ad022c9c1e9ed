//! Swaps and gifts that keep the hard rules, the fairest first.

use core::fmt;

use chrono::{DateTime, Utc};
use timeline_core::Tz;

use crate::burden::Burden;
use crate::error::Error;
use crate::person::PersonId;
use crate::plan::model::Model;
use crate::plan::request::Holders;
use crate::plan::{Breach, Duty, PlanError, Request, words};
use crate::replan::ask::held_by;
use crate::replan::judged::judged;
use crate::shift::{Seat, Shift};

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
    /// Soft rules and wishes that it breaks, or breaks by more than before.
    pub breaks: Vec<Breach>,
    zone: Tz,
}

/// Every swap and every gift of a published shift that breaks no hard rule which was kept before, the fairest first: by
/// the largest burden after it, the sum of squares, the spread, the cost of soft rules, what it mends counted in its favour;
/// swaps before gifts among equals.
///
/// Only duties that have not begun at `now` change hands, and none that is fixed: those stay whatever is published.
///
/// # Errors
/// [`PlanError::NoSuchShift`] unless the shift is, or begins, a duty of the request that its person has in the published
/// plan, that has not begun and is not fixed; otherwise as [`plan`](crate::plan::plan()).
pub fn swaps(request: &Request, shift: &Shift, now: DateTime<Utc>) -> Result<Vec<Suggestion>, Error> {
    request.check()?;
    let (fixed, published) = (Holders::of(&request.fixed), Holders::of(&request.published));
    let mut settled = request.clone();
    settled.fixed = held(&request.duties, |duty| fixed.of_duty(duty).or_else(|| published.of_duty(duty)));
    settled.fixed.retain(|shift| request.team.place(&shift.person).is_some());
    let model = Model::of(&settled)?;
    let moves = |duty: &Duty| {
        fixed.of_duty(duty).is_none() && duty.seats().first().is_some_and(|seat| seat.span.start() >= now)
    };
    let no_such = || Error::Plan(PlanError::NoSuchShift { shift: shift.clone() });
    let begins = |duty: &Duty| {
        let first = duty.seats().first().is_some_and(|seat| seat.span.start() == shift.span.start());
        first && duty.role() == shift.role && moves(duty) && published.of_duty(duty) == Some(&shift.person)
    };
    let (gives, given) = model.duties.iter().enumerate().find(|(_, duty)| begins(duty)).ok_or_else(no_such)?;
    let giver = request.team.place(&shift.person).ok_or_else(no_such)?;
    let whole = model.fixed.clone();

    let mut found = Vec::new();
    for taker in (0..request.team.people().len()).filter(|taker| *taker != giver) {
        let later = |place: &usize| model.duties.get(*place).is_some_and(|duty| moves(duty));
        let returns = held_by(&whole, taker).into_iter().filter(later).map(Some).chain([None]);
        for takes in returns {
            if let Some((breaks, cost)) = broken_by(&model, &whole, (giver, gives), (taker, takes))? {
                let ranked = suggestion(&model, &whole, (giver, gives), (taker, takes), breaks, given)?;
                found.push((ranked, cost));
            }
        }
    }
    found.sort_by_key(|((largest, squares, suggestion), cost)| {
        (*largest, *squares, suggestion.spread, *cost, suggestion.takes.is_none())
    });
    Ok(found.into_iter().map(|((.., suggestion), _)| suggestion).collect())
}

/// The shifts of whoever has each duty.
fn held<'a>(duties: &[Duty], holder: impl Fn(&Duty) -> Option<&'a PersonId>) -> Vec<Shift> {
    let mut shifts = Vec::new();
    for duty in duties {
        if let Some(person) = holder(duty) {
            let shift = |seat: &Seat| Shift { span: seat.span, role: seat.role, person: person.clone() };
            shifts.extend(duty.seats().iter().map(shift));
        }
    }
    shifts
}

/// The soft rules that a swap breaks anew or by more, and by how much they cost more; `None` if it breaks a hard one.
fn broken_by(
    model: &Model<'_>,
    whole: &[Option<usize>],
    (giver, gives): (usize, usize),
    (taker, takes): (usize, Option<usize>),
) -> Result<Option<(Vec<Breach>, i128)>, Error> {
    let mut breaks = Vec::new();
    let mut cost = 0_i128;
    for (person, out, into) in [(taker, takes, Some(gives)), (giver, Some(gives), takes)] {
        let had = held_by(whole, person);
        let has = had.iter().copied().filter(|place| Some(*place) != out).chain(into).collect::<Vec<_>>();
        let judged = judged(model, person, &had, &has)?;
        if !judged.hard.is_empty() {
            return Ok(None);
        }
        breaks.extend(judged.soft);
        cost = cost.saturating_add(judged.cost);
    }
    Ok(Some((breaks, cost)))
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
