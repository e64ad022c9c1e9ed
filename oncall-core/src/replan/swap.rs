//! Swaps and gifts that keep the hard rules, the fairest first.

use core::fmt;

use chrono::{DateTime, Utc};
use timeline_core::Tz;

use crate::burden::Burden;
use crate::error::Error;
use crate::person::PersonId;
use crate::plan::model::Model;
use crate::plan::{Breach, Duty, PlanError, Request, words};
use crate::replan::ask::held_by;
use crate::replan::holdings::{Holding, holdings};
use crate::replan::judged::judged;
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
    /// Soft rules and wishes that it breaks, or breaks by more than before.
    pub breaks: Vec<Breach>,
    zone: Tz,
}

/// Every swap and every gift of a published shift that breaks no hard rule which was kept before, the fairest first: by
/// the largest burden after it, the sum of squares, the spread, the cost of soft rules, what it mends counted in its favour;
/// swaps before gifts among equals.
///
/// Only duties that have not begun at `now` change hands, and none that is fixed: those stay whatever is published. For a
/// duty, or most of one, no such part of another is taken in return as somebody agreed to take ([`Holding::agreed`]), and
/// for such a part no more than another.
///
/// # Errors
/// [`PlanError::NoSuchShift`] unless the shift is, or begins, a duty of the request, or what its person has of one in the
/// published plan ([`holdings`]), that has not begun and is not fixed; otherwise as [`plan`](crate::plan::plan()).
pub fn swaps(request: &Request, shift: &Shift, now: DateTime<Utc>) -> Result<Vec<Suggestion>, Error> {
    let holdings = holdings(request)?;
    let mut settled = request.clone();
    settled.duties = holdings.iter().map(|holding| holding.duty.clone()).collect();
    settled.fixed = holdings.iter().flat_map(Holding::shifts).collect();
    settled.fixed.retain(|shift| request.team.place(&shift.person).is_some());
    // The duties of the model are in the order of the holdings.
    let model = Model::counting(&settled, &request.team, Some(&request.duties))?;
    let moves =
        |holding: &Holding| !holding.fixed && holding.duty.seats().first().is_some_and(|seat| seat.span.start() >= now);
    let no_such = || Error::Plan(PlanError::NoSuchShift { shift: shift.clone() });
    let begins = |holding: &Holding| {
        let first = holding.duty.seats().first().is_some_and(|seat| seat.span.start() == shift.span.start());
        first && holding.duty.role() == shift.role && moves(holding) && holding.person.as_ref() == Some(&shift.person)
    };
    let (gives, given) = holdings.iter().enumerate().find(|(_, holding)| begins(holding)).ok_or_else(no_such)?;
    let giver = request.team.place(&shift.person).ok_or_else(no_such)?;
    let holder = |holding: &Holding| holding.person.as_ref().and_then(|person| request.team.place(person));
    let whole = holdings.iter().map(holder).collect::<Vec<_>>();

    let mut found = Vec::new();
    for taker in (0..request.team.people().len()).filter(|taker| *taker != giver) {
        // A week is not given for three hours.
        let later =
            |place: &usize| holdings.get(*place).is_some_and(|other| moves(other) && other.agreed == given.agreed);
        let returns = held_by(&whole, taker).into_iter().filter(later).map(Some).chain([None]);
        for takes in returns {
            if let Some((breaks, cost)) = broken_by(&model, &whole, (giver, gives), (taker, takes))? {
                let ranked = suggestion(&model, &whole, (giver, gives), (taker, takes), breaks, &given.duty)?;
                found.push((ranked, cost));
            }
        }
    }
    found.sort_by_key(|((largest, squares, suggestion), cost)| {
        (*largest, *squares, suggestion.spread, *cost, suggestion.takes.is_none())
    });
    Ok(found.into_iter().map(|((.., suggestion), _)| suggestion).collect())
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
