//! What one worker may serve, as an automaton read along time.
//!
//! A state is what the past still forbids: seats to come that are closed, and seats left in windows that are not full.
//! Pasts with the same state have the same futures, so that a layer has few states however many pasts there are (a
//! decision diagram: Bergman, Cire, van Hoeve, Hooker 2016).
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: seats are those of the model, states those that were made"
)]

use std::collections::HashMap;

use super::model::{Model, narrow};

/// No such state.
pub(super) const NONE: u32 = u32::MAX;
/// The most states of a worker; beyond it rules are left out, from the longest on.
const STATES: usize = 1 << 16;

/// Where the worker can go from a state at a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// The state after not serving the seat, [`NONE`] if he must.
    pub skip: u32,
    /// The state after serving it, [`NONE`] if he cannot.
    pub take: u32,
}

/// The automaton of one worker. State 0 is the first; `layer[s]` are the states before seat `s`.
#[derive(Debug, Clone)]
pub(super) struct Automaton {
    pub states: Vec<State>,
    /// By seat, and once after the last: the first state of its layer.
    pub layer: Vec<u32>,
    /// Whether it keeps every rule that binds the worker.
    pub exact: bool,
    /// By state: the most seats that can be served from it on.
    pub most_seats: Vec<u32>,
}

impl Automaton {
    /// The automaton of a worker.
    pub(super) fn of(model: &Model, worker: usize) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for (index, group) in model.groups.iter().enumerate() {
            let seats: Vec<u32> =
                group.seats.iter().copied().filter(|seat| model.load(worker, *seat as usize) >= 0).collect();
            if group.binds(worker) && seats.len() > group.most as usize {
                groups.push(Group { index: narrow(index), seats, most: group.most });
            }
        }
        groups.sort_by_key(|group| (group.span(), group.index));
        let mut exact = true;
        loop {
            if let Some(automaton) = Self::build(model, worker, &groups, exact) {
                return automaton;
            }
            exact = false;
            groups.truncate(groups.len() / 2);
        }
    }

    /// The states of the layer before a seat.
    pub(super) fn layer(&self, seat: usize) -> std::ops::Range<usize> {
        self.layer[seat] as usize..self.layer[seat + 1] as usize
    }

    fn build(model: &Model, worker: usize, groups: &[Group], exact: bool) -> Option<Self> {
        let mut of_seat: Vec<Vec<u32>> = vec![Vec::new(); model.seats];
        for (index, group) in groups.iter().enumerate() {
            for seat in &group.seats {
                of_seat[*seat as usize].push(narrow(index));
            }
        }
        let mut states = Vec::new();
        let mut layer = vec![0];
        let mut current = vec![Past::default()];
        let mut next: HashMap<Past, u32> = HashMap::new();
        for (seat, groups_here) in of_seat.iter().enumerate() {
            let start = states.len() + current.len();
            let mut pasts: Vec<Past> = Vec::new();
            let mut place = |past: Past| -> u32 {
                *next.entry(past).or_insert_with_key(|past| {
                    pasts.push(past.clone());
                    narrow(start + pasts.len() - 1)
                })
            };
            let able = model.load(worker, seat) >= 0;
            let must = model.fixed[seat].is_some() && able;
            for past in &current {
                let closed = past.closed.binary_search(&narrow(seat)).is_ok();
                let take = if able && !closed { place(past.after(seat, groups_here, groups)) } else { NONE };
                let skip = if must { NONE } else { place(past.beyond(seat, groups)) };
                states.push(State { skip, take });
            }
            if states.len() + pasts.len() > STATES && (exact || !groups.is_empty()) {
                return None;
            }
            layer.push(narrow(start));
            current = pasts;
            next.clear();
        }
        // The end.
        states.extend(current.iter().map(|_| State { skip: NONE, take: NONE }));
        layer.push(narrow(states.len()));
        let mut automaton = Self { states, layer, exact, most_seats: Vec::new() };
        automaton.prune();
        Some(automaton)
    }

    /// Cuts ways that never reach the end, and counts seats.
    fn prune(&mut self) {
        let end = self.layer[self.layer.len() - 2] as usize;
        let mut most: Vec<Option<u32>> = vec![Some(0); self.states.len()];
        for index in (0..end).rev() {
            let State { skip, take } = self.states[index];
            let skipped = most.get(skip as usize).copied().flatten();
            let taken = most.get(take as usize).copied().flatten().map(|most| most + 1);
            self.states[index] = State {
                skip: if skipped.is_some() { skip } else { NONE },
                take: if taken.is_some() { take } else { NONE },
            };
            most[index] = skipped.max(taken);
        }
        self.most_seats = most.into_iter().map(Option::unwrap_or_default).collect();
    }
}

/// A rule over the seats that the worker can serve.
struct Group {
    index: u32,
    seats: Vec<u32>,
    most: u32,
}

impl Group {
    fn span(&self) -> u32 {
        match (self.seats.first(), self.seats.last()) {
            (Some(first), Some(last)) => last - first,
            _ => 0,
        }
    }

    /// How many of its seats come after this one.
    fn left_after(&self, seat: u32) -> usize {
        self.seats.len() - self.seats.partition_point(|other| *other <= seat)
    }
}

/// What the past forbids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Past {
    /// Seats to come that are closed, in order.
    closed: Vec<u32>,
    /// Windows that have begun and can still fill: which, and how many seats are served in it.
    open: Vec<(u32, u32)>,
}

impl Past {
    fn beyond(&self, seat: usize, groups: &[Group]) -> Self {
        let seat = narrow(seat);
        let mut past = self.clone();
        past.closed.retain(|closed| *closed > seat);
        past.open.retain(|(group, served)| {
            let rule = &groups[*group as usize];
            rule.left_after(seat) > (rule.most - served) as usize
        });
        past
    }

    fn after(&self, seat: usize, of_seat: &[u32], groups: &[Group]) -> Self {
        let now = narrow(seat);
        let mut past = self.clone();
        for group in of_seat {
            let rule = &groups[*group as usize];
            let place = past.open.binary_search_by_key(group, |(group, _)| *group);
            let served = place.map_or(0, |place| past.open[place].1) + 1;
            if served >= rule.most {
                if let Ok(place) = place {
                    past.open.remove(place);
                }
                past.closed.extend(rule.seats.iter().filter(|other| **other > now));
            } else {
                match place {
                    Ok(place) => past.open[place].1 = served,
                    Err(place) => past.open.insert(place, (*group, served)),
                }
            }
        }
        past.closed.sort_unstable();
        past.closed.dedup();
        past.beyond(seat, groups)
    }
}
