//! What of a turn a shift is: people hand over parts of what one of them was to take as a whole.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
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
    /// By group the place of the person who has it whatever is planned, if that is known.
    pub(crate) held: &'a [Option<usize>],
}

/// Where in the turns a shift is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The number of the turn.
    pub(super) turn: usize,
    /// The seat of the turn that it is, or is a piece of.
    pub(super) seat: Span,
}

/// How much of a turn, or of a seat, somebody has with a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// At least half of it, so that it counts.
    Most,
    /// Less than half, unless together with other parts that may be taken.
    Perhaps,
    /// Less than half.
    Less,
}

/// What counts of a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight {
    pub(super) of_turn: Part,
    pub(super) of_seat: Part,
}

impl Weight {
    pub(super) const WHOLE: Self = Self { of_turn: Part::Most, of_seat: Part::Most };
}

#[derive(Debug)]
struct Turn {
    seats: Vec<Span>,
    /// From the first seat to the last.
    hull: Span,
    /// Without what is between the seats.
    length: TimeDelta,
}

/// The seats that people take, by role in order of time, and the turns that they are of.
#[derive(Debug)]
pub(super) struct Turns {
    seats: BTreeMap<Role, Vec<(Span, usize)>>,
    longest: TimeDelta,
    turns: Vec<Turn>,
    /// Seats that go together without being a turn.
    units: BTreeMap<(Span, Role), usize>,
    /// By unit the place of the person who has it.
    held: Vec<Option<usize>>,
}

impl Turns {
    pub(super) fn of(case: &Case<'_>, grouping: &Grouping<'_>) -> Self {
        let mut all = Self {
            seats: BTreeMap::new(),
            longest: TimeDelta::zero(),
            turns: Vec::new(),
            units: BTreeMap::new(),
            held: grouping.held.to_vec(),
        };
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
        let spans = seats.clone().map(|seat| seat.span).collect();
        for seat in seats {
            self.seats.entry(seat.role).or_default().push((seat.span, number));
            self.longest = self.longest.max(seat.span.length());
            length = plus(length, seat.span.length());
        }
        self.turns.push(Turn { seats: spans, hull, length });
    }

    /// The turn that has this as a seat, else one that has a seat around it.
    pub(super) fn find(&self, span: Span, role: Role) -> Option<Place> {
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

    /// When seats of duty start.
    pub(super) fn starts(&self) -> impl Iterator<Item = DateTime<Utc>> {
        let seats = self.seats.iter().filter(|(role, _)| role.is_duty()).flat_map(|(_, seats)| seats);
        seats.map(|(span, _)| span.start())
    }

    /// The length of the longest turn.
    pub(super) fn longest(&self) -> TimeDelta {
        self.turns.iter().map(|turn| turn.hull.length()).max().unwrap_or_default()
    }

    /// From the first seat of a turn to the last.
    pub(super) fn hull(&self, place: Place) -> Option<Span> {
        self.turns.get(place.turn).map(|turn| turn.hull)
    }

    /// The seats of a turn.
    pub(super) fn seats_of(&self, place: Place) -> &[Span] {
        self.turns.get(place.turn).map(|turn| turn.seats.as_slice()).unwrap_or_default()
    }

    /// Says of the duties of one person where they belong and what counts of them.
    pub(super) fn weigh(&self, duties: &mut [Duty<'_>]) {
        self.weigh_all(duties);
    }

    /// Says of the duties that one may take, with what the person at a place has already, or that anybody may take who has
    /// nothing, where they belong and what counts of each by itself.
    pub(super) fn weigh_open(&self, duties: &mut [Duty<'_>], person: Option<usize>) {
        for duty in duties.iter_mut() {
            duty.unit = self.units.get(&(duty.span, duty.role)).copied();
            let holder = duty.unit.and_then(|unit| self.held.get(unit).copied().flatten());
            duty.hold = match holder {
                None => Hold::Open,
                _ if holder == person => Hold::Own,
                _ => Hold::Others,
            };
        }
        self.weigh_all(duties);
    }

    fn weigh_all(&self, duties: &mut [Duty<'_>]) {
        let mut shares = Shares::default();
        for (index, duty) in duties.iter_mut().enumerate() {
            duty.place = self.find(duty.span, duty.role);
            shares.add(index, duty);
        }
        for duty in duties {
            let Some(place) = duty.place else {
                if !duty.fixed {
                    duty.weight = self.outside(duty);
                }
                continue;
            };
            let turn = self.turns.get(place.turn).map_or(TimeDelta::zero(), |turn| turn.length);
            (duty.weight.of_turn, duty.with) = shares.part(duty, (place.turn, None), turn);
            if duty.span != place.seat {
                duty.weight.of_seat = shares.part(duty, (place.turn, Some(place.seat)), place.seat.length()).0;
            }
        }
    }

    /// What counts of a shift that is in no seat: beside those of its role.
    fn outside(&self, duty: &Duty<'_>) -> Weight {
        let seats = self.seats.get(&duty.role).map(Vec::as_slice).unwrap_or_default();
        let turns = seats.iter().filter_map(|(_, turn)| self.turns.get(*turn)).map(|turn| turn.length);
        let [turn, seat] = [turns.min(), seats.iter().map(|(seat, _)| seat.length()).min()];
        let part = |whole: Option<TimeDelta>| {
            if whole.is_none_or(|whole| is_most(duty.span.length(), whole)) { Part::Most } else { Part::Less }
        };
        Weight { of_turn: part(turn), of_seat: part(seat) }
    }

    /// The people who have parts of turns of which others may have the rest.
    pub(super) fn holders_of_parts(&self, seats: &[Seat]) -> BTreeSet<usize> {
        let mut units: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for seat in seats {
            let place = self.find(seat.span, seat.role);
            let unit = self.units.get(&(seat.span, seat.role)).copied();
            if let Some((place, unit)) = place.zip(unit) {
                units.entry(place.turn).or_default().insert(unit);
            }
        }
        let parts = units.into_values().filter(|units| units.len() > 1).flatten();
        parts.filter_map(|unit| self.held.get(unit).copied().flatten()).collect()
    }
}

/// Whose a duty is that one may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// Nobody's yet, or of the person whose duties these are.
    Open,
    /// Of the person, whatever is planned.
    Own,
    /// Of somebody else, whatever is planned.
    Others,
}

/// Of the pieces that somebody has of one seat the first: those are one shift. Of pieces that may be taken each by itself
/// the first of each, unless only one of them is to count.
pub(super) fn once_a_seat<'d, 'a: 'd>(
    duties: impl Iterator<Item = (usize, &'d Duty<'a>)>,
    only_one: bool,
) -> Vec<(usize, &'d Duty<'a>)> {
    let mut duties: Vec<_> = duties.collect();
    let is_settled = |duty: &Duty<'_>| duty.fixed || duty.hold == Hold::Own;
    duties.sort_by_key(|(_, duty)| (!is_settled(duty), duty.span));
    let (mut settled, mut taken) = (BTreeSet::new(), BTreeSet::new());
    duties.retain(|(_, duty)| match duty.piece_of() {
        None => true,
        Some(piece) if is_settled(duty) => settled.insert(piece),
        Some(piece) => !settled.contains(&piece) && taken.insert((piece, duty.unit.filter(|_| !only_one))),
    });
    duties.sort_by_key(|(place, _)| *place);
    duties
}

/// Whether bounds on the duties that one person may take say exactly what the rules ask. Several parts of one seat may
/// count together or not at all, or once for all of them: then bounds ask for more. `of_seats` says whether a rule counts
/// those that are at least half of a seat, `of_any` whether one counts them however small.
pub(super) fn is_exact(duties: &[Duty<'_>], of_seats: bool, of_any: bool) -> bool {
    let mut taken: BTreeMap<(Role, Place), Option<usize>> = BTreeMap::new();
    duties.iter().filter(|duty| !duty.fixed && duty.hold == Hold::Open).all(|duty| {
        let Weight { of_turn, of_seat } = duty.weight;
        let once = |piece| *taken.entry(piece).or_insert(duty.unit) == duty.unit;
        let counts = of_any || (of_seats && of_seat == Part::Most);
        (of_turn != Part::Perhaps || !duty.with.is_empty())
            && !(of_seats && of_seat == Part::Perhaps)
            && duty.piece_of().filter(|_| counts).is_none_or(once)
    })
}

/// A turn, or a seat of it.
type Of = (usize, Option<Span>);

/// Of more parts of one turn than this not all are put together.
const MOST_PARTS: usize = 8;

/// How long somebody has what.
#[derive(Default)]
struct Shares {
    /// What is settled counts with whatever is added to it.
    settled: BTreeMap<Of, TimeDelta>,
    /// Of what is not, what is taken as a whole counts together: how long it is, and the first of it.
    taken: BTreeMap<Of, BTreeMap<Option<usize>, (TimeDelta, usize)>>,
    /// What others have.
    others: BTreeMap<(Of, Option<usize>), TimeDelta>,
}

impl Shares {
    fn add(&mut self, index: usize, duty: &Duty<'_>) {
        let Some(place) = duty.place else { return };
        for of in [(place.turn, None), (place.turn, Some(place.seat))] {
            let sum = match duty.hold {
                Hold::Open if !duty.fixed => {
                    let unit = self.taken.entry(of).or_default().entry(duty.unit);
                    &mut unit.or_insert((TimeDelta::zero(), index)).0
                }
                Hold::Others => self.others.entry((of, duty.unit)).or_default(),
                Hold::Open | Hold::Own => self.settled.entry(of).or_default(),
            };
            *sum = plus(*sum, duty.span.length());
        }
    }

    /// How much of it the duty is, and the sets of others, by the first of each, with which it is most of it.
    fn part(&self, duty: &Duty<'_>, of: Of, whole: TimeDelta) -> (Part, Vec<Vec<usize>>) {
        let settled = self.settled.get(&of).copied().unwrap_or_default();
        let is_most = |part: TimeDelta| is_most(part, whole);
        let alone = |part: TimeDelta| (if is_most(part) { Part::Most } else { Part::Less }, Vec::new());
        match duty.hold {
            Hold::Others => return alone(self.others.get(&(of, duty.unit)).copied().unwrap_or_default()),
            Hold::Own => return alone(settled),
            Hold::Open if duty.fixed => return alone(settled),
            Hold::Open => {}
        }
        let units = self.taken.get(&of);
        let own = units.and_then(|units| units.get(&duty.unit)).map(|(length, _)| *length).unwrap_or_default();
        let with_own = plus(settled, own);
        if is_most(with_own) {
            return (Part::Most, Vec::new());
        }
        let others = units
            .into_iter()
            .flatten()
            .filter(|(unit, (length, _))| **unit != duty.unit && !is_most(plus(settled, *length)));
        let others: Vec<_> = others.map(|(_, part)| *part).collect();
        if !is_most(others.iter().fold(with_own, |sum, (length, _)| plus(sum, *length))) {
            return (Part::Less, Vec::new());
        }
        (Part::Perhaps, if others.len() < MOST_PARTS { sets(&others, with_own, is_most) } else { Vec::new() })
    }
}

/// The least sets of parts that with `own` are most of it.
fn sets(parts: &[(TimeDelta, usize)], own: TimeDelta, is_most: impl Fn(TimeDelta) -> bool) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = Vec::new();
    for chosen in 1..1_usize << parts.len() {
        let inside = parts.iter().enumerate().filter(|(bit, _)| chosen >> bit & 1 == 1).map(|(_, part)| part);
        let sum = inside.clone().fold(own, |sum, (length, _)| plus(sum, *length));
        let is_least =
            |(length, _): &(TimeDelta, usize)| sum.checked_sub(length).is_some_and(|without| !is_most(without));
        if is_most(sum) && inside.clone().all(is_least) {
            sets.push(inside.map(|(_, first)| *first).collect());
        }
    }
    sets
}

/// Whether somebody with so much of a whole has it: at least half.
pub(crate) fn is_most(part: TimeDelta, whole: TimeDelta) -> bool {
    plus(part, part) >= whole
}

fn plus(a: TimeDelta, b: TimeDelta) -> TimeDelta {
    a.checked_add(&b).unwrap_or(TimeDelta::MAX)
}
