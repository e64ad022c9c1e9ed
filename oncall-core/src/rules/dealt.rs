//! Seats of one role and time, each to somebody who brings what it requires.

use super::limits::meets;
use crate::shift::Requirements;
use crate::team::Person;

/// Of more seats than this in one role and span, each shift may have any.
pub(super) const MOST_DEALT: usize = 64;

/// For each person the place of a seat: met for as many as can be, the rest in order; `None` where there are more people
/// than seats.
pub(crate) fn dealt(people: &[Option<&Person>], seats: &[&Requirements]) -> Vec<Option<usize>> {
    let mut holder: Vec<Option<usize>> = vec![None; seats.len()];
    for person in 0..people.len() {
        let mut tried = vec![false; seats.len()];
        seat_for(person, people, seats, &mut holder, &mut tried);
    }
    let mut dealt: Vec<Option<usize>> = vec![None; people.len()];
    for (seat, person) in holder.iter().enumerate() {
        if let Some(place) = person.and_then(|person| dealt.get_mut(person)) {
            *place = Some(seat);
        }
    }
    let mut open = holder.iter().enumerate().filter(|(_, holder)| holder.is_none()).map(|(seat, _)| seat);
    for place in dealt.iter_mut().filter(|place| place.is_none()) {
        *place = open.next();
    }
    dealt
}

/// An augmenting path: a seat that the person meets and that is free, or whose holder finds another.
fn seat_for(
    person: usize,
    people: &[Option<&Person>],
    seats: &[&Requirements],
    holder: &mut [Option<usize>],
    tried: &mut [bool],
) -> bool {
    for (place, requires) in seats.iter().enumerate() {
        let meets = people.get(person).copied().flatten().is_some_and(|person| meets(person, requires));
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
