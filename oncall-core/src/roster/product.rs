//! A worker's automaton split by what he has served so far, cut to what still ends well.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: seats, states and kinds are those that were made"
)]

use super::automaton::{NONE, State};
use super::bound::Facts;
use super::counts::Kinds;
use super::model::narrow;
use super::reach::Bits;

/// The most states of one worker.
const STATES: usize = 1 << 19;

/// The loads, or counts of each kind, that a worker may end with.
#[derive(Debug, Clone)]
pub(super) struct Ends {
    /// Loads in units, in order; `None` where loads do not matter.
    pub loads: Option<Vec<i64>>,
    /// Counts, in order; `None` where only loads are asked for.
    pub counts: Option<Vec<u64>>,
}

/// States of the automaton with the counts, or the load, so far.
#[derive(Debug, Clone)]
pub(super) struct Product {
    pub states: Vec<State>,
    /// Load so far, in units.
    pub load: Vec<i64>,
    /// The least of square less price of load, at the end.
    pub low: Vec<i128>,
    /// The least and the most load at the end.
    pub range: Vec<(i64, i64)>,
    /// The most seats to come.
    pub most_seats: Vec<u32>,
    /// Whether there is a way at all.
    pub possible: bool,
}

impl Product {
    /// `None` if there would be too many states.
    pub(super) fn of(
        facts: &Facts<'_>,
        kinds: Option<&Kinds>,
        worker: usize,
        ends: &Ends,
        price: i128,
        most: usize,
    ) -> Option<Self> {
        let (automaton, reach) = (&facts.automata[worker], &facts.reach[worker]);
        let goal = Bits::with(ends.loads.iter().flatten().filter_map(|load| usize::try_from(*load).ok()));
        let weighs = ends.loads.is_some();
        let mut states: Vec<State> = Vec::new();
        let mut load: Vec<i64> = Vec::new();
        // By state of the automaton on this layer: (counts or load, load).
        let mut current: Vec<Vec<(u64, i64)>> = vec![vec![(0, 0)]];
        for seat in 0..facts.model.seats {
            let layer = automaton.layer(seat);
            let start = layer.end;
            let mut next: Vec<Vec<(u64, i64)>> = vec![Vec::new(); automaton.layer[seat + 2] as usize - start];
            let more = if weighs { facts.model.load(worker, seat) / facts.unit } else { 0 };
            let add = match kinds {
                Some(kinds) if kinds.of[seat] != NONE => kinds.one(kinds.of[seat]),
                Some(_) => 0,
                None => u64::try_from(more).unwrap_or(0),
            };
            let ways = |state: usize| {
                let from = automaton.states[state];
                [(from.skip, 0, 0, false), (from.take, add, more, true)].into_iter().filter(|(to, ..)| *to != NONE)
            };
            let alive = |to: u32, sum: i64| {
                !weighs || usize::try_from(sum).is_ok_and(|sum| reach.sets[to as usize].meets_shifted(sum, &goal))
            };
            for (place, state) in layer.clone().enumerate() {
                for (to, add, more, _) in ways(state) {
                    let sums = current[place].iter().map(|(key, sum)| (key + add, sum + more));
                    next[to as usize - start].extend(sums.filter(|(_, sum)| alive(to, *sum)));
                }
            }
            let mut first = Vec::with_capacity(next.len());
            let mut count = states.len() + current.iter().map(Vec::len).sum::<usize>();
            for keys in &mut next {
                keys.sort_unstable();
                keys.dedup();
                first.push(count);
                count += keys.len();
            }
            if count > STATES.min(most) {
                return None;
            }
            for (place, state) in layer.enumerate() {
                for (key, sum) in &current[place] {
                    let mut made = State { skip: NONE, take: NONE };
                    for (to, add, more, serves) in ways(state) {
                        let place = to as usize - start;
                        if let Ok(found) = next[place].binary_search(&(key + add, sum + more)) {
                            let id = narrow(first[place] + found);
                            *(if serves { &mut made.take } else { &mut made.skip }) = id;
                        }
                    }
                    states.push(made);
                    load.push(*sum);
                }
            }
            current = next;
        }
        let finals: Vec<(u64, i64)> = current.into_iter().flatten().collect();
        load.extend(finals.iter().map(|(_, load)| *load));
        Some(Self::finished(facts, worker, ends, price, states, load, &finals))
    }

    fn finished(
        facts: &Facts<'_>,
        worker: usize,
        ends: &Ends,
        price: i128,
        mut states: Vec<State>,
        load: Vec<i64>,
        finals: &[(u64, i64)],
    ) -> Self {
        let before = states.len();
        let count = before + finals.len();
        let mut low = vec![i128::MAX; count];
        let mut range = vec![(0, 0); count];
        let mut most_seats = vec![0; count];
        for (place, (key, sum)) in finals.iter().enumerate() {
            let ends_well = ends.loads.as_ref().is_none_or(|loads| loads.binary_search(sum).is_ok())
                && ends.counts.as_ref().is_none_or(|counts| counts.binary_search(key).is_ok());
            if ends_well {
                let square = if ends.loads.is_some() { super::problem::square(facts.burden(worker, *sum)) } else { 0 };
                low[before + place] = square - price * i128::from(*sum);
                range[before + place] = (*sum, *sum);
            }
            states.push(State { skip: NONE, take: NONE });
        }
        for index in (0..before).rev() {
            let State { skip, take } = states[index];
            let alive = |to: u32| to != NONE && low[to as usize] != i128::MAX;
            let kept =
                State { skip: if alive(skip) { skip } else { NONE }, take: if alive(take) { take } else { NONE } };
            states[index] = kept;
            for (to, served) in [(kept.skip, 0), (kept.take, 1)] {
                if to != NONE {
                    let to = to as usize;
                    let first = low[index] == i128::MAX;
                    range[index] = if first {
                        range[to]
                    } else {
                        (range[index].0.min(range[to].0), range[index].1.max(range[to].1))
                    };
                    low[index] = low[index].min(low[to]);
                    most_seats[index] = most_seats[index].max(most_seats[to] + served);
                }
            }
        }
        let possible = low[0] != i128::MAX;
        Self { states, load, low, range, most_seats, possible }
    }
}
