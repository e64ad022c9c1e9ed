//! What of each duty who has in the published plan: an override or a swap may have taken a part of one.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use timeline_core::Span;

use crate::error::Error;
use crate::person::PersonId;
use crate::plan::holders::Holders;
use crate::plan::{Duty, Request};
use crate::rules::is_most;
use crate::shift::{Seat, Shift};

/// A duty, or what one person has of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Holding {
    /// The whole duty, or the part of it.
    pub duty: Duty,
    /// Who has it; nobody where it is open.
    pub person: Option<PersonId>,
    /// Whether it is fixed by the request.
    pub fixed: bool,
    /// Whether it is of a person who has less than half of a duty of which others have some: a part that somebody agreed to
    /// take.
    pub agreed: bool,
}

impl Holding {
    /// Its seats as shifts of the person; none where it is open.
    pub(super) fn shifts(&self) -> impl Iterator<Item = Shift> + '_ {
        self.person.iter().flat_map(|person| self.duty.shifts_of(person))
    }
}

/// Who has each duty of a request in `fixed` or else in `published`, in order of time.
///
/// A duty that one person has all of, or nobody any of, is one holding. Any other is cut: what each person has of it is a
/// holding, of what was agreed each stretch by itself, and so is each stretch that nobody has (of duties of several seats
/// the first such stretches of all seats together, then the second, and so on).
///
/// # Errors
/// As [`plan`](crate::plan::plan()) for what can be seen to be wrong before planning.
pub fn holdings(request: &Request) -> Result<Vec<Holding>, Error> {
    request.check()?;
    let duties = request.duties.iter().collect::<Vec<_>>();
    let mut published = Holders::of(&request.published);
    let mut all = Vec::with_capacity(duties.len());
    let mut left = Vec::new();
    let whole = |duty: &Duty, person: &PersonId, fixed| {
        let person = Some(person.clone());
        Holding { duty: duty.clone(), person, fixed, agreed: false }
    };
    for (duty, person) in duties.iter().zip(Holders::of(&request.fixed).of_duties(&duties, &request.team)) {
        match person {
            Some(person) => {
                published.take(duty, person);
                all.push(whole(duty, person, true));
            }
            None => left.push(*duty),
        }
    }
    let mut parts = Vec::new();
    for (duty, person) in left.iter().zip(published.of_duties(&left, &request.team)) {
        match person {
            Some(person) => all.push(whole(duty, person, false)),
            None => parts.push(*duty),
        }
    }
    // What somebody has of a duty as a whole is no part of another one at the same time.
    for holding in &all {
        holding.person.iter().for_each(|person| published.take(&holding.duty, person));
    }
    for duty in parts {
        let parts = cut(duty, &published)?;
        parts.iter().for_each(|part| part.person.iter().for_each(|person| published.take(&part.duty, person)));
        all.extend(parts);
    }
    all.sort_by_key(|holding| (holding.duty.hull(), holding.duty.role()));
    Ok(all)
}

fn cut(duty: &Duty, published: &Holders<'_>) -> Result<Vec<Holding>, Error> {
    let mut held: BTreeMap<&PersonId, Vec<Seat>> = BTreeMap::new();
    let mut open: Vec<Vec<Seat>> = Vec::new();
    for seat in duty.seats() {
        let part = |span| Seat { span, ..seat.clone() };
        let mut until = seat.span.start();
        let mut holes = Vec::new();
        for (span, person) in published.parts(seat) {
            holes.extend(Span::new(until, span.start()));
            until = span.end();
            held.entry(person).or_default().push(part(span));
        }
        holes.extend(Span::new(until, seat.span.end()));
        for (place, hole) in holes.into_iter().enumerate() {
            match open.get_mut(place) {
                Some(seats) => seats.push(part(hole)),
                None => open.push(vec![part(hole)]),
            }
        }
    }
    if held.is_empty() {
        return Ok(vec![Holding { duty: duty.clone(), person: None, fixed: false, agreed: false }]);
    }
    let length = |seats: &[Seat]| {
        seats.iter().fold(TimeDelta::zero(), |sum, seat| sum.checked_add(&seat.span.length()).unwrap_or(TimeDelta::MAX))
    };
    let whole = length(duty.seats());
    let mut parts = Vec::new();
    let is_shared = held.len() > 1;
    for (person, seats) in held {
        let holding = |duty, agreed| Holding { duty, person: Some(person.clone()), fixed: false, agreed };
        if is_shared && !is_most(length(&seats), whole) {
            // Each was agreed to by itself.
            parts.extend(seats.into_iter().map(|seat| holding(Duty::from(seat), true)));
        } else {
            parts.push(holding(Duty::new(seats)?, false));
        }
    }
    for seats in open {
        parts.push(Holding { duty: Duty::new(seats)?, person: None, fixed: false, agreed: false });
    }
    Ok(parts)
}
