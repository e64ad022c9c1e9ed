//! Whole schedules of each worker, listed: what the automaton lets him serve within a burden.
//!
//! Where they are few enough to list, a plan is a choice of one schedule for each worker that together cover each seat
//! once (set partitioning), and whatever is counted of a worker is a plain number of his schedule.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: workers, seats and states are those that were made, values fit as the problem was checked"
)]

use super::automaton::NONE;
use super::bound::Facts;
use super::model::{Model, NOBODY};

/// Most workers, and most seats, of a problem whose schedules are listed.
pub(super) const MOST_WORKERS: usize = 63;
pub(super) const MOST_SEATS: usize = 128;
/// Steps for each schedule that may be listed.
const STEPS: u64 = 64;

/// What one worker may serve in a plan, and what that is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// The seats, a bit each.
    pub seats: u128,
    pub burden: i64,
    pub penalty: i64,
    /// Seats that were published for him.
    pub kept: i64,
}

/// Workers who are alike, with what each of them may serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pool {
    pub workers: Vec<u32>,
    pub columns: Vec<Column>,
}

/// What is to be listed of a worker: schedules with a burden up to `largest` and a value up to `most`, where the value of
/// a schedule is the sum over its seats.
#[derive(Debug, Clone)]
pub(super) struct Wanted<'a> {
    pub largest: i64,
    /// Seats that may be served.
    pub seats: u128,
    /// By seat; none where every value will do.
    pub values: &'a [i128],
    /// By state of the automaton: the least value of what may come.
    pub least: &'a [i128],
    pub most: i128,
}

/// Workers who are alike, in order: one list a class. `None` if schedules do not fit numbers.
pub(super) fn classes(model: &Model) -> Option<Vec<Vec<u32>>> {
    if model.workers > MOST_WORKERS || model.seats > MOST_SEATS {
        return None;
    }
    let first = (0..model.workers).filter(|worker| model.class[*worker] as usize == *worker);
    let members = |class: usize| {
        let workers = (class..model.workers).filter(|other| model.class[*other] as usize == class);
        workers.map(super::model::narrow).collect()
    };
    Some(first.map(members).collect())
}

/// Those who serve no seat, or one: so many as seats may stay uncovered.
pub(super) fn nobody(model: &Model, uncovered: u64) -> Option<Pool> {
    let count = usize::try_from(uncovered).unwrap_or(usize::MAX).min(model.seats);
    if count == 0 {
        return None;
    }
    let none = Column { seats: 0, burden: 0, penalty: 0, kept: 0 };
    let free = (0..model.seats).filter(|seat| model.fixed[*seat].is_none());
    let columns = std::iter::once(none).chain(free.map(|seat| Column { seats: 1 << seat, ..none })).collect();
    Some(Pool { workers: vec![NOBODY; count], columns })
}

/// A way from the first state on.
#[derive(Debug, Clone, Copy)]
struct Way {
    state: u32,
    seat: usize,
    seats: u128,
    load: i64,
    value: i128,
}

/// The schedules of a worker; `None` if they are more than `most`, or take too many steps, which are added to `work`.
pub(super) fn of_worker(
    facts: &Facts<'_>,
    worker: usize,
    wanted: &Wanted<'_>,
    most: usize,
    work: &mut u64,
) -> Option<Vec<Column>> {
    let (model, automaton, reach) = (facts.model, &facts.automata[worker], &facts.reach[worker]);
    let pricing = Pricing::of(model, worker);
    let fits = |load: i64| model.burden(worker, load * facts.unit) <= wanted.largest;
    let value = |seat: usize| wanted.values.get(seat).copied().unwrap_or(0);
    let steps_most = (most as u64).saturating_mul(STEPS);
    let mut steps = 0u64;
    let mut columns = Vec::new();
    let mut open = vec![Way { state: 0, seat: 0, seats: 0, load: 0, value: 0 }];
    while let Some(way) = open.pop() {
        let Way { state, seat, seats, load, value: sum } = way;
        let rest = wanted.least.get(state as usize).copied().unwrap_or(0);
        if !fits(load + reach.range[state as usize].0) || sum + rest > wanted.most {
            continue;
        }
        steps += 1;
        if steps > steps_most {
            *work += steps;
            return None;
        }
        if seat == model.seats {
            let column = pricing.column(model.burden(worker, load * facts.unit), seats);
            if automaton.exact || pricing.keeps_rules(seats) {
                if columns.len() == most {
                    *work += steps;
                    return None;
                }
                columns.push(column);
            }
            continue;
        }
        let from = automaton.states[state as usize];
        if from.take != NONE && wanted.seats >> seat & 1 == 1 {
            let load = load + model.load(worker, seat) / facts.unit;
            let value = sum + value(seat);
            open.push(Way { state: from.take, seat: seat + 1, seats: seats | 1 << seat, load, value });
        }
        if from.skip != NONE {
            open.push(Way { state: from.skip, seat: seat + 1, seats, load, value: sum });
        }
    }
    *work += steps;
    Some(columns)
}

/// What a set of seats costs one worker.
struct Pricing {
    costs: Vec<i64>,
    published: u128,
    /// Soft rules: seats, most of them, and the cost of each above.
    soft: Vec<(u128, u32, i64)>,
    hard: Vec<(u128, u32)>,
}

impl Pricing {
    fn of(model: &Model, worker: usize) -> Self {
        let bits = |seats: &[u32]| seats.iter().fold(0u128, |bits, seat| bits | 1 << seat);
        let own = super::model::narrow(worker);
        let published = (0..model.seats).filter(|seat| model.published[*seat] == Some(own));
        Self {
            costs: (0..model.seats).map(|seat| model.cost(worker, seat)).collect(),
            published: published.fold(0, |bits, seat| bits | 1 << seat),
            soft: model
                .soft
                .iter()
                .filter(|group| group.binds(worker) && group.penalty != 0)
                .map(|group| (bits(&group.seats), group.most, group.penalty))
                .collect(),
            hard: model
                .groups
                .iter()
                .filter(|group| group.binds(worker))
                .map(|group| (bits(&group.seats), group.most))
                .collect(),
        }
    }

    fn column(&self, burden: i64, seats: u128) -> Column {
        let own: i64 = ones(seats).map(|seat| self.costs[seat]).sum();
        let over = |(group, most, penalty): &(u128, u32, i64)| {
            i64::from((seats & group).count_ones().saturating_sub(*most)) * penalty
        };
        let penalty = own + self.soft.iter().map(over).sum::<i64>();
        Column { seats, burden, penalty, kept: (seats & self.published).count_ones().into() }
    }

    fn keeps_rules(&self, seats: u128) -> bool {
        self.hard.iter().all(|(group, most)| (seats & group).count_ones() <= *most)
    }
}

/// All seats of a problem.
pub(super) fn all_seats(model: &Model) -> u128 {
    if model.seats >= MOST_SEATS { u128::MAX } else { (1 << model.seats) - 1 }
}

/// The seats of a set, in order.
pub(super) fn ones(mut seats: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if seats == 0 {
            return None;
        }
        let first = seats.trailing_zeros() as usize;
        seats &= seats - 1;
        Some(first)
    })
}
