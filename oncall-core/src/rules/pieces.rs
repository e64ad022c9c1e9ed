//! Shifts that were written down in pieces.

use std::collections::{BTreeMap, BTreeSet};

use timeline_core::Span;

use super::limits::Case;
use crate::person::Role;
use crate::shift::Shift;

/// The shifts, with those of one person and role that adjoin as one where a seat covers both and neither is a seat. In
/// the order of the first pieces.
pub(super) fn whole<'a>(case: &Case<'_>, shifts: impl IntoIterator<Item = &'a Shift>) -> Vec<Shift> {
    let seats = Seats::of(case);
    let mut given: Vec<(usize, &Shift)> = shifts.into_iter().enumerate().collect();
    given.sort_by_key(|(_, shift)| (&shift.person, shift.role, shift.span));
    let mut whole: Vec<(usize, Shift)> = Vec::with_capacity(given.len());
    for (place, shift) in given {
        match whole.last_mut() {
            Some((first, before)) if before.person == shift.person && seats.are_one(before, shift) => {
                before.span = before.span.hull(shift.span);
                *first = place.min(*first);
            }
            _ => whole.push((place, shift.clone())),
        }
    }
    whole.sort_by_key(|(place, _)| *place);
    whole.into_iter().map(|(_, shift)| shift).collect()
}

struct Seats {
    exact: BTreeSet<(Role, Span)>,
    /// By role in order of their starts, each with the latest end so far.
    of_role: BTreeMap<Role, Vec<Span>>,
}

impl Seats {
    fn of(case: &Case<'_>) -> Self {
        let exact: BTreeSet<(Role, Span)> = case.seats.iter().map(|seat| (seat.role, seat.span)).collect();
        let mut of_role: BTreeMap<Role, Vec<Span>> = BTreeMap::new();
        for (role, span) in &exact {
            let known = of_role.entry(*role).or_default();
            let longest = known.last().filter(|longest| longest.end() > span.end());
            known.push(longest.and_then(|longest| Span::new(span.start(), longest.end()).ok()).unwrap_or(*span));
        }
        Self { exact, of_role }
    }

    fn are_one(&self, before: &Shift, shift: &Shift) -> bool {
        let is_seat = |shift: &Shift| self.exact.contains(&(shift.role, shift.span));
        before.role == shift.role
            && before.span.end() == shift.span.start()
            && !is_seat(before)
            && !is_seat(shift)
            && self.covers(shift.role, before.span.hull(shift.span))
    }

    fn covers(&self, role: Role, span: Span) -> bool {
        let seats = self.of_role.get(&role).map(Vec::as_slice).unwrap_or_default();
        let started = seats.partition_point(|seat| seat.start() <= span.start());
        started.checked_sub(1).and_then(|last| seats.get(last)).is_some_and(|longest| longest.end() >= span.end())
    }
}
