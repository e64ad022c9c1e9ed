//! Which seat and which turn a shift is of, and what of them a person has, by counting hours.

use std::collections::BTreeSet;

use oncall_core::rules::Case;
use oncall_core::{PersonId, Role, Shift, Span};

use super::hours;

/// A shift of a person, with what it is a part of.
pub(super) struct Part<'a> {
    pub(super) shift: &'a Shift,
    /// The seat that it is, or is a piece of.
    seat: Option<usize>,
    /// The seats that go together with that one, itself among them.
    turn: BTreeSet<usize>,
    is_planned: bool,
}

/// The duties of a person.
pub(super) struct Parts<'a> {
    case: &'a Case<'a>,
    groups: &'a [Vec<usize>],
    pub(super) parts: Vec<Part<'a>>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(case: &'a Case<'a>, groups: &'a [Vec<usize>], person: &PersonId, all: &'a [Shift]) -> Self {
        let mine = all.iter().filter(|shift| shift.person == *person && shift.role.is_duty());
        let parts = mine.map(|shift| {
            let seat = seat_of(case, shift);
            let turn = seat.iter().flat_map(|seat| turn_of(groups, *seat)).collect();
            Part { shift, seat, turn, is_planned: case.span.contains(shift.span.start()) }
        });
        Self { case, groups, parts: parts.collect() }
    }

    /// Whether the person has half of the seat: of what is settled, in settled time.
    pub(super) fn is_shift(&self, part: &Part<'_>) -> bool {
        match part.seat {
            Some(seat) => self.has_half(part, &BTreeSet::from([seat])),
            None => self.is_half_of(part, |seat| vec![seat]),
        }
    }

    /// Whether the person has half of the turn: of what is settled, in settled time.
    pub(super) fn is_turn(&self, part: &Part<'_>) -> bool {
        match part.seat {
            Some(_) => self.has_half(part, &part.turn),
            None => self.is_half_of(part, |seat| turn_of(self.groups, seat)),
        }
    }

    /// Of a shift in no seat: whether it is half of the shortest of what there is of its role.
    fn is_half_of(&self, part: &Part<'_>, what: impl Fn(usize) -> Vec<usize>) -> bool {
        let of_role = (0..self.case.seats.len()).filter(|seat| self.case.seats[*seat].role == part.shift.role);
        let length =
            |seats: Vec<usize>| seats.iter().map(|seat| hours(self.case.seats[*seat].span).count()).sum::<usize>();
        let shortest = of_role.map(|seat| length(what(seat))).min().unwrap_or(0);
        !part.is_planned || 2 * hours(part.shift.span).count() >= shortest
    }

    /// Whether a part is in no seat and less than half of any.
    pub(super) fn is_beside(&self, part: &Part<'_>) -> bool {
        part.seat.is_none() && !self.is_half_of(part, |seat| vec![seat])
    }

    fn has_half(&self, part: &Part<'_>, seats: &BTreeSet<usize>) -> bool {
        let (mut of_person, mut of_all) = (0, 0);
        for seat in seats {
            of_all += hours(self.case.seats[*seat].span).count();
            of_person += hours(self.case.seats[*seat].span)
                .filter(|t| {
                    self.parts.iter().any(|other| {
                        other.seat == Some(*seat)
                            && (part.is_planned || !other.is_planned)
                            && other.shift.span.contains(*t)
                    })
                })
                .count();
        }
        2 * of_person >= of_all
    }

    /// From the start of the first seat that goes together with that of the part to the end of the last.
    pub(super) fn turn(&self, part: &Part<'_>) -> Span {
        part.turn.iter().map(|seat| self.case.seats[*seat].span).reduce(Span::hull).unwrap_or(part.shift.span)
    }

    /// The seats of the turn of the part.
    pub(super) fn seats(&self, part: &Part<'_>) -> Vec<Span> {
        let seats: Vec<_> = part.turn.iter().map(|seat| self.case.seats[*seat].span).collect();
        if seats.is_empty() { vec![part.shift.span] } else { seats }
    }

    /// Of each seat the first part that counts, of what is settled if some of that does: what is planned of it then adds
    /// none. And whatever else counts.
    pub(super) fn firsts(&self, counts: impl Fn(&Part<'a>) -> bool) -> Vec<&Part<'a>> {
        let mut parts: Vec<_> = self.parts.iter().filter(|part| counts(part)).collect();
        parts.sort_by_key(|part| (part.is_planned, part.shift.span.start()));
        let mut seats = BTreeSet::new();
        parts.retain(|part| part.seat.is_none_or(|seat| seats.insert(seat)));
        parts
    }
}

impl Part<'_> {
    pub(super) fn is_of_the_seat_of(&self, other: &Self) -> bool {
        self.seat.is_some() && self.seat == other.seat
    }

    pub(super) fn is_of_the_turn_of(&self, other: &Self) -> bool {
        self.seat.is_some() && self.turn == other.turn
    }
}

/// The seat that a shift is, else of those of its role around it the one that starts last.
fn seat_of(case: &Case<'_>, shift: &Shift) -> Option<usize> {
    let of_role = || case.seats.iter().enumerate().filter(|(_, seat)| seat.role == shift.role);
    let same = of_role().find(|(_, seat)| seat.span == shift.span);
    let around = || {
        of_role()
            .filter(|(_, seat)| seat.span.covers(shift.span))
            .max_by_key(|(_, seat)| (seat.span.start(), seat.span.end()))
    };
    same.or_else(around).map(|(place, _)| place)
}

/// Whether a shift is a seat, or no piece of any.
pub(super) fn is_alone(case: &Case<'_>, shift: &Shift) -> bool {
    seat_of(case, shift).is_none_or(|seat| case.seats[seat].span == shift.span)
}

fn turn_of(groups: &[Vec<usize>], seat: usize) -> Vec<usize> {
    groups.iter().find(|group| group.contains(&seat)).cloned().unwrap_or_else(|| vec![seat])
}

/// Pieces of a seat as one where one ends and the next starts, from the first on, until they are a seat.
pub(super) fn in_one_piece(case: &Case<'_>, all: &[Shift]) -> Vec<Shift> {
    let is_seat = |shift: &Shift| case.seats.iter().any(|seat| (seat.span, seat.role) == (shift.span, shift.role));
    let is_within = |span: Span, role: Role| case.seats.iter().any(|seat| seat.role == role && seat.span.covers(span));
    let mut shifts = all.to_vec();
    shifts.sort_by_key(|shift| shift.span.start());
    let mut joined: Vec<Shift> = Vec::new();
    for shift in shifts {
        let goes_on = |before: &&mut Shift| {
            (&before.person, before.role, before.span.end()) == (&shift.person, shift.role, shift.span.start())
                && !is_seat(before)
                && !is_seat(&shift)
                && is_within(before.span.hull(shift.span), shift.role)
        };
        match joined.iter_mut().find(goes_on) {
            Some(before) => before.span = before.span.hull(shift.span),
            None => joined.push(shift),
        }
    }
    joined
}
