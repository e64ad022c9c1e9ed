//! Which rules some shifts break, by how much, by whom and when.

use core::fmt;
use std::collections::BTreeMap;

use timeline_core::Span;

use super::constraints::cost;
use super::limits::{Case, Duty, Ground, Limit, meets};
use super::reason::{Bound, Reason, Words};
use super::{RuleSet, Strength};
use crate::error::Error;
use crate::person::{PersonId, Role};
use crate::shift::{Requirements, Seat, Shift};
use crate::team::Person;

/// A rule that is broken.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Violation {
    /// The rule by its name.
    pub rule: String,
    /// Whether it had to be kept.
    pub strength: Strength,
    /// By whom.
    pub person: PersonId,
    /// When: the shift, from the first to the last of two shifts, the window or the period.
    pub span: Span,
    /// The shifts that count, in order; none where there are too few.
    pub shifts: Vec<Shift>,
    /// Why.
    pub reason: Reason,
    /// How much there is: of time in nanoseconds, of anything else in number.
    pub count: u64,
    /// How much there may be, or must be.
    pub bound: Bound,
}

impl Violation {
    /// By how much it is beyond the bound, at least 1.
    #[must_use]
    pub const fn excess(&self) -> u64 {
        self.bound.excess(self.count)
    }

    /// What it costs: for time on call once for the window, else for each beyond the bound; `None` for a hard rule.
    #[must_use]
    pub fn cost(&self) -> Option<u64> {
        let times = if self.reason == Reason::Time { 1 } else { self.excess() };
        cost(self.strength, &self.reason).map(|once| once.saturating_mul(times))
    }
}

/// ``rule `leave` (hard): ada is on leave for 24 h in …``.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strength = match self.strength {
            Strength::Hard => "hard".to_owned(),
            Strength::Soft { weight } => format!("soft, weight {weight}"),
        };
        let words = Words { reason: &self.reason, span: self.span, bound: self.bound, count: Some(self.count) };
        write!(f, "rule `{}` ({strength}): {} {words}", self.rule, self.person)
    }
}

/// Every rule that some shifts break; none where they keep all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct Verdict {
    violations: Vec<Violation>,
}

impl Verdict {
    /// Each violation: by rule in the order of the set, by person in that of the team, by time.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Whether no hard rule is broken.
    #[must_use]
    pub fn keeps_hard(&self) -> bool {
        self.violations.iter().all(|violation| violation.strength != Strength::Hard)
    }

    /// Whether no rule is broken.
    #[must_use]
    pub const fn keeps_all(&self) -> bool {
        self.violations.is_empty()
    }

    /// What the soft violations cost together.
    #[must_use]
    pub fn cost(&self) -> u64 {
        self.violations.iter().filter_map(Violation::cost).fold(0, u64::saturating_add)
    }
}

/// One violation a line, or `every rule is kept`.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.violations.is_empty() {
            return f.write_str("every rule is kept");
        }
        let lines: Vec<_> = self.violations.iter().map(Violation::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl RuleSet {
    /// Which rules the shifts break. All shifts count, in any order; those that start outside of `case.span` are as
    /// they are, and what only they break is not told.
    ///
    /// # Errors
    /// [`Error::Several`] with the place of each shift in the span of somebody who is not in the team
    /// ([`Error::UnknownPerson`]); [`Error::Time`] at the ends of time.
    pub fn check(&self, case: &Case<'_>, shifts: &[Shift]) -> Result<Verdict, Error> {
        let mut faults = Vec::new();
        for (place, shift) in shifts.iter().enumerate() {
            if case.span.contains(shift.span.start()) && case.team.get(&shift.person).is_none() {
                faults.push((format!("shifts[{place}]"), Error::UnknownPerson { person: shift.person.clone() }));
            }
        }
        if !faults.is_empty() {
            return Err(Error::Several { faults });
        }

        let ground = Ground::new(self, case, shifts.iter().map(|shift| (shift.span, shift.role)), true);
        let mut of_person: BTreeMap<&PersonId, Vec<(&Shift, Duty<'_>)>> = BTreeMap::new();
        for (shift, requires) in shifts.iter().zip(required(case, shifts)) {
            let fixed = !case.span.contains(shift.span.start());
            let duty = Duty { span: shift.span, role: shift.role, requires, fixed };
            of_person.entry(&shift.person).or_default().push((shift, duty));
        }

        let mut people = Vec::new();
        for person in case.team.people() {
            let mut served = of_person.remove(person.id()).unwrap_or_default();
            served.sort_by_key(|(shift, _)| (shift.span, shift.role));
            let (shifts, duties): (Vec<_>, Vec<_>) = served.into_iter().unzip();
            people.push((person, shifts, duties));
        }
        let mut violations = Vec::new();
        for named in self.rules() {
            for (person, shifts, duties) in &people {
                let limits = match ground.of_anybody(&named.rule, duties) {
                    Some(limits) => limits?,
                    None => ground.of_person(&named.rule, person, duties)?,
                };
                let mut broken: Vec<_> =
                    limits.into_iter().filter_map(|limit| broken(limit, person, shifts, duties)).collect();
                broken.sort_by_key(|violation| violation.span);
                violations.extend(broken.into_iter().map(|violation| Violation {
                    rule: named.name.clone(),
                    strength: named.strength,
                    ..violation
                }));
            }
        }
        Ok(Verdict { violations })
    }
}

/// The limit as a violation of a rule to be named, if it is one.
fn broken(limit: Limit, person: &Person, shifts: &[&Shift], duties: &[Duty<'_>]) -> Option<Violation> {
    let count = limit.items.iter().fold(0_u64, |sum, (_, weight)| sum.saturating_add(*weight));
    let is_free = |(place, _): &(usize, u64)| duties.get(*place).is_some_and(|duty| !duty.fixed);
    let is_judged = matches!(limit.bound, Bound::AtLeast(_)) || limit.items.iter().any(is_free);
    if limit.bound.excess(count) == 0 || !is_judged {
        return None;
    }
    let counted = limit.items.iter().filter_map(|(place, _)| shifts.get(*place));
    Some(Violation {
        rule: String::new(),
        strength: Strength::Hard,
        person: person.id().clone(),
        span: limit.span,
        shifts: counted.map(|shift| (*shift).clone()).collect(),
        reason: limit.reason,
        count,
        bound: limit.bound,
    })
}

/// What each shift has to bring, one of the list: what its seat requires, for a shift that is one of the seats; any of
/// the seats that it overlaps in its role, for one that is not. Of several seats of one role and span each goes to a
/// shift that meets it, if they can be dealt out so.
fn required<'a>(case: &Case<'a>, shifts: &[Shift]) -> Vec<Vec<&'a Requirements>> {
    let mut seats: BTreeMap<(Span, Role), Vec<&'a Seat>> = BTreeMap::new();
    for seat in case.seats {
        seats.entry((seat.span, seat.role)).or_default().push(seat);
    }
    let longest = case.seats.iter().map(|seat| seat.span.length()).max().unwrap_or_default();
    let mut alike: BTreeMap<(Span, Role), Vec<usize>> = BTreeMap::new();
    let mut required = vec![Vec::new(); shifts.len()];
    for (place, (shift, required)) in shifts.iter().zip(&mut required).enumerate() {
        if !case.span.contains(shift.span.start()) {
            continue;
        }
        if seats.contains_key(&(shift.span, shift.role)) {
            alike.entry((shift.span, shift.role)).or_default().push(place);
            continue;
        }
        // A shift cut to size by an override or a swap.
        let from =
            shift.span.start().checked_sub_signed(longest).and_then(|from| Span::new(from, shift.span.end()).ok());
        let near = seats.range((from.unwrap_or(shift.span), Role::Primary)..);
        let near = near.take_while(|((span, _), _)| span.start() < shift.span.end());
        let near = near.filter(|((span, role), _)| *role == shift.role && span.overlaps(shift.span));
        required.extend(near.flat_map(|(_, seats)| seats.iter().map(|seat| &seat.requires)));
    }
    for (key, places) in alike {
        let seats = seats.get(&key).map(Vec::as_slice).unwrap_or_default();
        let is_alike = |seat: &&&Seat| seats.first().is_some_and(|first| first.requires == seat.requires);
        if seats.iter().filter(is_alike).count() == seats.len() || seats.len() > MOST_DEALT {
            for place in places {
                if let Some(required) = required.get_mut(place) {
                    required.extend(seats.iter().map(|seat| &seat.requires));
                    required.dedup();
                }
            }
            continue;
        }
        let people = places.iter().map(|place| shifts.get(*place).and_then(|shift| case.team.get(&shift.person)));
        let people: Vec<_> = people.collect();
        for (place, seat) in places.iter().zip(dealt(&people, seats)) {
            if let (Some(required), Some(seat)) = (required.get_mut(*place), seat) {
                required.push(&seat.requires);
            }
        }
    }
    required
}

/// Of more seats than this in one role and span, each shift may have any.
const MOST_DEALT: usize = 64;

/// A seat for each person, met for as many as can be, the rest in order; `None` where there are more people than seats.
fn dealt<'a>(people: &[Option<&Person>], seats: &[&'a Seat]) -> Vec<Option<&'a Seat>> {
    let mut holder: Vec<Option<usize>> = vec![None; seats.len()];
    for person in 0..people.len() {
        let mut tried = vec![false; seats.len()];
        seat_for(person, people, seats, &mut holder, &mut tried);
    }
    let mut dealt: Vec<Option<&Seat>> = vec![None; people.len()];
    for (seat, person) in seats.iter().zip(&holder) {
        if let Some(place) = person.and_then(|person| dealt.get_mut(person)) {
            *place = Some(seat);
        }
    }
    let mut open = seats.iter().zip(&holder).filter(|(_, holder)| holder.is_none()).map(|(seat, _)| *seat);
    for place in dealt.iter_mut().filter(|place| place.is_none()) {
        *place = open.next();
    }
    dealt
}

/// An augmenting path: a seat that the person meets and that is free, or whose holder finds another.
fn seat_for(
    person: usize,
    people: &[Option<&Person>],
    seats: &[&Seat],
    holder: &mut [Option<usize>],
    tried: &mut [bool],
) -> bool {
    for (place, seat) in seats.iter().enumerate() {
        let meets = people.get(person).copied().flatten().is_some_and(|person| meets(person, &seat.requires));
        let Some(tried_here) = tried.get_mut(place).filter(|tried| meets && !**tried) else { continue };
        *tried_here = true;
        let other = holder.get(place).copied().flatten();
        if other.is_none_or(|other| seat_for(other, people, seats, holder, tried)) {
            if let Some(holder) = holder.get_mut(place) {
                *holder = Some(person);
            }
            return true;
        }
    }
    false
}
