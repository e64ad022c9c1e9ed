//! What of a turn a shift is: people hand over parts of what one of them was to take as a whole.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use timeline_core::Span;

use super::limits::{Case, Duty};
use crate::person::Role;
use crate::shift::Seat;

/// How seats go together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Grouping<'a> {
    /// The places of the seats that one person takes as a whole; a seat that is in none is taken by itself.
    pub(crate) groups: &'a [Vec<usize>],
    /// What the seats were cut from, if they were: the seats of each turn. Otherwise each group is a turn.
    pub(crate) turns: Option<&'a [&'a [Seat]]>,
}

/// Where in the turns a shift is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The number of the turn.
    pub(super) turn: usize,
    /// The seat of the turn that it is, or is a piece of.
    pub(super) seat: Span,
}

/// What counts of a shift that is a part of something: less than half of a turn is no turn, less than half of a seat no
/// shift of its own. What somebody has of a turn in several pieces counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight {
    pub(super) is_turn: bool,
    pub(super) is_shift: bool,
}

impl Weight {
    pub(super) const WHOLE: Self = Self { is_turn: true, is_shift: true };
}

/// The seats that people take, by role in order of time, and the turns that they are of.
#[derive(Debug)]
pub(super) struct Turns {
    seats: BTreeMap<Role, Vec<(Span, usize)>>,
    longest: TimeDelta,
    /// From the first seat of each turn to the last, and how long it is without what is between them.
    turns: Vec<(Span, TimeDelta)>,
    /// Seats that go together without being a turn.
    units: BTreeMap<(Span, Role), usize>,
}

impl Turns {
    pub(super) fn of(case: &Case<'_>, grouping: &Grouping<'_>) -> Self {
        let mut all =
            Self { seats: BTreeMap::new(), longest: TimeDelta::zero(), turns: Vec::new(), units: BTreeMap::new() };
        let seats = |group: &[usize]| group.iter().filter_map(|seat| case.seats.get(*seat)).collect::<Vec<_>>();
        match grouping.turns {
            Some(turns) => {
                turns.iter().for_each(|turn| all.add(turn.iter()));
                let units = grouping.groups.iter().enumerate();
                let keys = units.flat_map(|(unit, group)| seats(group).into_iter().map(move |seat| (seat, unit)));
                for (seat, unit) in keys {
                    all.units.entry((seat.span, seat.role)).or_insert(unit);
                }
            }
            None => {
                grouping.groups.iter().for_each(|group| all.add(seats(group).into_iter()));
                let grouped: BTreeSet<usize> = grouping.groups.iter().flatten().copied().collect();
                let alone = case.seats.iter().enumerate().filter(|(place, _)| !grouped.contains(place));
                alone.for_each(|(_, seat)| all.add(core::iter::once(seat)));
            }
        }
        for seats in all.seats.values_mut() {
            // Of several turns of one role and time the first: they are alike to the rules.
            seats.sort_unstable();
            seats.dedup_by_key(|(span, _)| *span);
        }
        all
    }

    fn add<'s>(&mut self, seats: impl Iterator<Item = &'s Seat> + Clone) {
        let Some(hull) = seats.clone().map(|seat| seat.span).reduce(Span::hull) else { return };
        let number = self.turns.len();
        let mut length = TimeDelta::zero();
        for seat in seats {
            self.seats.entry(seat.role).or_default().push((seat.span, number));
            self.longest = self.longest.max(seat.span.length());
            length = length.checked_add(&seat.span.length()).unwrap_or(TimeDelta::MAX);
        }
        self.turns.push((hull, length));
    }

    /// The turn that has this as a seat, else one that has a seat around it.
    fn find(&self, span: Span, role: Role) -> Option<Place> {
        let seats = self.seats.get(&role)?;
        let place = |(seat, turn): &(Span, usize)| Place { turn: *turn, seat: *seat };
        if let Ok(found) = seats.binary_search_by_key(&span, |(seat, _)| *seat) {
            return seats.get(found).map(place);
        }
        let started = seats.partition_point(|(seat, _)| seat.start() <= span.start());
        let near = seats.get(..started).unwrap_or_default().iter().rev();
        let reaches = |seat: Span| seat.start().checked_add_signed(self.longest).is_none_or(|end| end >= span.end());
        near.take_while(|(seat, _)| reaches(*seat)).find(|(seat, _)| seat.covers(span)).map(place)
    }

    /// From the first seat of a turn to the last.
    pub(super) fn hull(&self, place: Place) -> Option<Span> {
        self.turns.get(place.turn).map(|(hull, _)| *hull)
    }

    /// Says of the duties of one person, or of those that one may take, where they belong and what counts of them.
    pub(super) fn weigh(&self, duties: &mut [Duty<'_>]) {
        // What is settled counts with whatever is added to it; of what is not, what is taken as a whole counts together.
        let mut settled: BTreeMap<(usize, Option<Span>), TimeDelta> = BTreeMap::new();
        let mut taken: BTreeMap<(usize, Option<Span>, Option<usize>), TimeDelta> = BTreeMap::new();
        for duty in duties.iter_mut() {
            duty.place = self.find(duty.span, duty.role);
            let Some(place) = duty.place else { continue };
            for seat in [None, Some(place.seat)] {
                let sum = if duty.fixed {
                    settled.entry((place.turn, seat)).or_default()
                } else {
                    taken.entry((place.turn, seat, self.unit(duty))).or_default()
                };
                *sum = sum.checked_add(&duty.span.length()).unwrap_or(TimeDelta::MAX);
            }
        }
        for duty in duties {
            let Some(place) = duty.place else { continue };
            let has = |seat: Option<Span>| {
                let before = settled.get(&(place.turn, seat)).copied().unwrap_or_default();
                let own = taken.get(&(place.turn, seat, self.unit(duty))).copied().filter(|_| !duty.fixed);
                before.checked_add(&own.unwrap_or_default()).unwrap_or(TimeDelta::MAX)
            };
            let is_most = |part: TimeDelta, whole: TimeDelta| part.checked_mul(2).is_none_or(|twice| twice >= whole);
            let turn = self.turns.get(place.turn).map_or(TimeDelta::zero(), |(_, length)| *length);
            duty.weight = Weight {
                is_turn: is_most(has(None), turn),
                is_shift: duty.span == place.seat || is_most(has(Some(place.seat)), place.seat.length()),
            };
        }
    }

    fn unit(&self, duty: &Duty<'_>) -> Option<usize> {
        self.units.get(&(duty.span, duty.role)).copied()
    }

    /// Leaves of the pieces that somebody has of one seat the first: those are one shift.
    pub(super) fn once_a_seat<'d, 'a>(
        &self,
        duties: impl Iterator<Item = (usize, &'d Duty<'a>)>,
    ) -> Vec<(usize, &'d Duty<'a>)>
    where
        'a: 'd,
    {
        let mut duties: Vec<_> = duties.collect();
        duties.sort_by_key(|(_, duty)| !duty.fixed);
        let (mut settled, mut taken) = (BTreeSet::new(), BTreeSet::new());
        duties.retain(|(_, duty)| match duty.place.filter(|place| place.seat != duty.span) {
            None => true,
            Some(place) if duty.fixed => settled.insert((duty.role, place)),
            Some(place) => !settled.contains(&(duty.role, place)) && taken.insert((duty.role, place, self.unit(duty))),
        });
        duties.sort_by_key(|(place, _)| *place);
        duties
    }
}
