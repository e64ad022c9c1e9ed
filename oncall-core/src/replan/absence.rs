//! Who is away from when on, and what of the published plan is left to serve then.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use timeline_core::Span;

use crate::error::Error;
use crate::person::{PersonId, Role};
use crate::plan::model::Model;
use crate::plan::{Duty, Request};
use crate::replan::holdings::holdings;
use crate::rules::Strength;
use crate::shift::{Seat, Shift};
use crate::team::{Membership, Person, Team};

/// Somebody who takes no duty from an instant on: ill until some day, or gone for good.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Absence {
    /// Who.
    pub person: PersonId,
    /// From when on. What is served or running then stays as it is, but for the shift of this person.
    pub from: DateTime<Utc>,
    /// Until when; for good if none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub until: Option<DateTime<Utc>>,
    /// Why, if it is said.
    #[cfg_attr(feature = "serde", serde(default))]
    pub reason: Option<String>,
}

impl Absence {
    /// Gone for good, from this instant on.
    #[must_use]
    pub const fn new(person: PersonId, from: DateTime<Utc>) -> Self {
        Self { person, from, until: None, reason: None }
    }

    /// Back at this instant.
    #[must_use]
    pub const fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }

    /// For this reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Whether any of a duty is in it.
    pub(super) fn touches(&self, duty: &Duty) -> bool {
        let is_away =
            |seat: &Seat| self.from < seat.span.end() && self.until.is_none_or(|until| seat.span.start() < until);
        duty.seats().iter().any(is_away)
    }

    /// The team with this absence in it.
    fn applied(&self, team: &Team) -> Result<Team, Error> {
        let mut people = team.people().to_vec();
        let place = team.place(&self.person).ok_or_else(|| Error::UnknownPerson { person: self.person.clone() })?;
        if let Some(person) = people.get_mut(place) {
            *person = self.without(person)?;
        }
        Team::new(people)
    }

    fn without(&self, person: &Person) -> Result<Person, Error> {
        let member = person.membership();
        match self.until {
            Some(until) => Ok(person.clone().with_leave(Span::new(self.from, until)?, self.reason.clone())),
            None => {
                let until = member.until().map_or(self.from, |known| known.min(self.from));
                Ok(person.clone().with_membership(Membership::new(member.from(), Some(until))?))
            }
        }
    }
}

/// Somebody who was asked to take a duty and said no.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Declined {
    /// Who.
    pub person: PersonId,
    /// As what.
    pub role: Role,
    /// From the first instant to the last of the duty, or of what was left of it when it was declined.
    pub span: Span,
}

impl Declined {
    /// Whether `duty`, which is what is left of one that took `whole`, is what was declined: the whole of it, or what was
    /// left of it at an earlier instant.
    pub(super) fn is_of(&self, duty: &Duty, whole: Span) -> bool {
        let is_of = |hull: Span| whole.covers(self.span) && self.span.covers(hull) && self.span.end() == hull.end();
        duty.role() == self.role && duty.hull().is_some_and(is_of)
    }
}

/// A request as it stands at an instant.
pub(super) struct Standing {
    pub(super) request: Request,
    /// By duty of the request who had it in the published plan.
    pub(super) published: Vec<Option<PersonId>>,
    /// By duty from when to when all of it was, of which it is what is left.
    pub(super) whole: Vec<Span>,
    /// What somebody agreed to take of a duty, served or not.
    agreed: Vec<Shift>,
}

/// What is left of a request once somebody is absent: what was served before goes into the history, what runs goes on,
/// and the rest of the running shift of the absent is to be filled. Of a duty that several people have, what somebody
/// agreed to take stays theirs, if they are there.
pub(super) fn standing(request: &Request, absence: &Absence) -> Result<Standing, Error> {
    let holdings = holdings(request)?;
    let team = absence.applied(&request.team)?;
    let mut left = Request { team, duties: Vec::new(), period: request.period.or(request.hull()), ..request.clone() };
    left.published.clear();
    left.fixed.clear();
    let now = absence.from;
    let (mut duties, mut agreed) = (Vec::new(), Vec::new());
    for holding in &holdings {
        let (duty, person) = (&holding.duty, holding.person.as_ref());
        agreed.extend(holding.shifts().filter(|_| holding.agreed));
        let begun = duty.seats().iter().any(|seat| seat.span.start() < now);
        let is_absent = person == Some(&absence.person);
        let mut rest = Vec::new();
        for seat in duty.seats() {
            let (served, open) = cut(seat, now, is_absent || person.is_none());
            left.history.extend(served.zip(person).map(|(span, person)| shift(seat, span, person)));
            rest.extend(open.map(|span| Seat { span, ..seat.clone() }));
        }
        if rest.is_empty() {
            continue;
        }
        // Of the absent, too, what was fixed for when they are back, and what runs but not while they are away.
        let agreed = holding.agreed && person.is_some_and(|person| is_there(&left.team, person, duty));
        let stays = (begun || holding.fixed || agreed) && !(is_absent && absence.touches(duty));
        if let Some(person) = person {
            let shifts = rest.iter().map(|seat| shift(seat, seat.span, person));
            // Nobody can be held to a duty who has left the team since.
            if stays && left.team.place(person).is_some() {
                left.fixed.extend(shifts.clone());
            }
            left.published.extend(shifts);
        }
        duties.extend(duty.hull().map(|whole| (whole, person.cloned())).zip(Some(Duty::new(rest)?)));
    }
    duties.sort_by_key(|(_, duty)| (duty.hull(), duty.role()));
    let (of, duties): (Vec<_>, _) = duties.into_iter().unzip();
    left.duties = duties;
    let (whole, published) = of.into_iter().unzip();
    Ok(Standing { request: left, published, whole, agreed })
}

impl Standing {
    /// Whoever agreed to take a part of a duty although that breaks a rule together with other duties of theirs is not
    /// made to give those up: they stay as well, but for what the absence touches.
    pub(super) fn keep_to_what_was_agreed(&mut self, request: &Request, absence: &Absence) -> Result<(), Error> {
        if self.agreed.is_empty() {
            return Ok(());
        }
        let mut kept = Vec::new();
        let model = Model::counting(&self.request, &request.team, Some(&request.duties))?;
        let people: BTreeSet<&PersonId> = self.agreed.iter().map(|shift| &shift.person).collect();
        for person in people {
            let Some(place) = self.request.team.place(person) else { continue };
            let held = self.published.iter().enumerate().filter(|(_, holder)| holder.as_ref() == Some(person));
            let held = held.map(|(duty, _)| duty).collect::<Vec<_>>();
            let agreed = |shift: &Shift| self.agreed.iter().any(|known| is_part(shift, known));
            let verdict = model.verdict_of(place, &held)?;
            let hard = verdict.violations().iter().filter(|violation| violation.strength == Strength::Hard);
            let broken = hard.filter(|violation| violation.shifts.iter().any(agreed)).flat_map(|broken| &broken.shifts);
            let broken = broken.collect::<Vec<_>>();
            for duty in held.iter().filter_map(|duty| self.request.duties.get(*duty)) {
                let is_broken = duty.shifts_of(person).any(|shift| broken.iter().any(|broken| is_part(broken, &shift)));
                let is_away = *person == absence.person && absence.touches(duty);
                if is_broken && !is_away && is_there(&self.request.team, person, duty) {
                    kept.extend(duty.shifts_of(person).filter(|shift| !self.request.fixed.contains(shift)));
                }
            }
        }
        self.request.fixed.extend(kept);
        Ok(())
    }
}

/// Whether a person is in the team and not on leave all through a duty.
fn is_there(team: &Team, person: &PersonId, duty: &Duty) -> bool {
    let Some(person) = team.get(person) else { return false };
    let away = person.away();
    duty.seats().iter().all(|seat| person.membership().covers(seat.span) && away.clip(seat.span).is_empty())
}

/// Whether two shifts are of one person and role and share an instant.
fn is_part(a: &Shift, b: &Shift) -> bool {
    (&a.person, a.role) == (&b.person, b.role) && a.span.overlaps(b.span)
}

/// What of a seat is served by `now`, and what is left: a running seat is cut only where its person goes.
fn cut(seat: &Seat, now: DateTime<Utc>, goes: bool) -> (Option<Span>, Option<Span>) {
    let (start, end) = (seat.span.start(), seat.span.end());
    if start >= now {
        (None, Some(seat.span))
    } else if end <= now || !goes {
        (Some(seat.span), None)
    } else {
        (Span::new(start, now).ok(), Span::new(now, end).ok())
    }
}

fn shift(seat: &Seat, span: Span, person: &PersonId) -> Shift {
    Shift { span, role: seat.role, person: person.clone() }
}
