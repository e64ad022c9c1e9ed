//! A sharper bound: how many seats of each kind, not only how much load.
//!
//! Seats of one kind weigh the same for each worker (a primary week, a secondary holiday week). The seats of each kind
//! must add up, and each worker must be able to serve his: the knapsack of the loads again, over vectors of counts.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: seats, states and kinds are those that were made; counts fit their fields by construction"
)]

use std::collections::HashMap;

use super::automaton::NONE;
use super::bound::{Choice, Facts};
use super::model::Model;
use super::reach::Bits;

/// The most vectors of one worker on one layer, and of all workers together in the joint recursion.
const VECTORS: usize = 1 << 18;
/// The most kinds.
const MOST: usize = 32;
/// The most steps of the joint recursion.
const STEPS: usize = 1 << 24;

/// The kinds of seats, and counts of them packed in one number with a guard bit above each field.
#[derive(Debug, Clone)]
pub(super) struct Kinds {
    /// By seat: its kind; [`NONE`] where nobody can serve.
    pub of: Vec<u32>,
    /// By kind: the seats of it.
    totals: Vec<u64>,
    shift: Vec<u32>,
    guard: u64,
}

impl Kinds {
    /// The kinds, `None` if there are so many that counts do not fit.
    pub(super) fn of(model: &Model) -> Option<Self> {
        let mut columns: Vec<Vec<i64>> = Vec::new();
        let mut totals: Vec<u64> = Vec::new();
        let mut of = Vec::with_capacity(model.seats);
        for seat in 0..model.seats {
            if model.able[seat].is_empty() {
                of.push(NONE);
                continue;
            }
            let column: Vec<i64> = (0..model.workers).map(|worker| model.load(worker, seat)).collect();
            let fits = |known: &Vec<i64>| known.iter().zip(&column).all(|(a, b)| a == b || *a < 0 || *b < 0);
            let place = columns.iter().position(fits).unwrap_or(columns.len());
            if place == columns.len() {
                if columns.len() == MOST {
                    return None;
                }
                columns.push(column);
                totals.push(1);
            } else {
                for (known, load) in columns[place].iter_mut().zip(&column) {
                    *known = (*known).max(*load);
                }
                totals[place] += 1;
            }
            of.push(super::model::narrow(place));
        }
        let (mut shift, mut guard, mut next) = (Vec::new(), 0, 0);
        for total in &totals {
            shift.push(next);
            next += 64 - total.leading_zeros() + 1;
            if next > 64 {
                return None;
            }
            guard |= 1 << (next - 1);
        }
        Some(Self { of, totals, shift, guard })
    }

    /// How many kinds there are.
    pub(super) fn number(&self) -> usize {
        self.totals.len()
    }

    /// One seat of a kind.
    pub(super) fn one(&self, kind: u32) -> u64 {
        1 << self.shift[kind as usize]
    }

    /// All seats.
    pub(super) fn all(&self) -> u64 {
        self.totals.iter().zip(&self.shift).map(|(total, shift)| total << shift).sum()
    }

    /// The counts of some seats.
    pub(super) fn counts(&self, seats: u128) -> u64 {
        let kinds = super::columns::ones(seats).map(|seat| self.of[seat]).filter(|kind| *kind != NONE);
        kinds.map(|kind| self.one(kind)).sum()
    }

    /// Whether no count is above.
    pub(super) fn within(&self, counts: u64, all: u64) -> bool {
        ((all | self.guard) - counts) & self.guard == self.guard
    }
}

/// By worker: what counts he can have, with load in units and square of the burden.
pub(super) type Vectors = Vec<Vec<(u64, i64, i128)>>;

/// The vectors of counts of each worker whose load the choice has; `None` where they are too many.
pub(super) fn vectors(facts: &Facts<'_>, kinds: &Kinds, choice: &Choice, effort: usize) -> Option<Vectors> {
    let most = VECTORS.min(effort / facts.model.workers.max(1));
    (0..facts.model.workers).map(|worker| of_worker(facts, kinds, choice, worker, most)).collect()
}

fn of_worker(
    facts: &Facts<'_>,
    kinds: &Kinds,
    choice: &Choice,
    worker: usize,
    most: usize,
) -> Option<Vec<(u64, i64, i128)>> {
    let (automaton, reach) = (&facts.automata[worker], &facts.reach[worker]);
    let goal = Bits::with(choice.items[worker].iter().filter_map(|item| usize::try_from(item.0).ok()));
    let mut current: Vec<Vec<(u64, i64)>> = vec![vec![(0, 0)]];
    for seat in 0..facts.model.seats {
        let layer = automaton.layer(seat);
        let start = layer.end;
        let width = automaton.layer[seat + 2] as usize - start;
        let mut next: Vec<Vec<(u64, i64)>> = vec![Vec::new(); width];
        let load = facts.model.load(worker, seat) / facts.unit;
        for (place, state) in layer.enumerate() {
            let from = automaton.states[state];
            for (to, more, one) in [(from.skip, 0, false), (from.take, load, true)] {
                if to == NONE {
                    continue;
                }
                let add = if one { kinds.one(kinds.of[seat]) } else { 0 };
                let set = &reach.sets[to as usize];
                let into = &mut next[to as usize - start];
                let alive = |sum: i64| usize::try_from(sum).is_ok_and(|sum| set.meets_shifted(sum, &goal));
                into.extend(
                    current[place]
                        .iter()
                        .map(|(counts, sum)| (counts + add, sum + more))
                        .filter(|(_, sum)| alive(*sum)),
                );
            }
        }
        let mut size = 0;
        for vectors in &mut next {
            vectors.sort_unstable();
            vectors.dedup();
            size += vectors.len();
        }
        if size > most {
            return None;
        }
        current = next;
    }
    let mut end = current.pop()?;
    end.sort_unstable();
    let square = |load: i64| super::problem::square(facts.burden(worker, load));
    Some(end.into_iter().map(|(counts, load)| (counts, load, square(load))).collect())
}

/// The least sum of squares up to `limit`: `Ok(None)` if there is none, an error if the recursion is too large.
/// Vectors that no joint choice up to the limit has are left out.
pub(super) fn least(
    kinds: &Kinds,
    choice: &Choice,
    vectors: &mut Vectors,
    limit: i128,
    effort: usize,
) -> Result<Option<i128>, ()> {
    let all = kinds.all();
    let price = choice.priced().0;
    let paid = price * i128::from(if price >= 0 { choice.total.0 } else { choice.total.1 });
    let reduced = |vector: &(u64, i64, i128)| vector.2 - price * i128::from(vector.1);
    let mut order: Vec<usize> = (0..vectors.len()).collect();
    order.sort_by_key(|worker| (vectors[*worker].len(), *worker));
    let mut rest: Vec<i128> = vec![paid];
    for worker in order.iter().rev() {
        let Some(best) = vectors[*worker].iter().map(reduced).min() else {
            return Ok(None);
        };
        rest.push(rest[rest.len() - 1] + best);
    }
    rest.reverse();
    // Forward: by counts so far, the least sum and the least reduced sum.
    let mut tables: Vec<HashMap<u64, (i128, i128)>> = vec![HashMap::from([(0, (0, 0))])];
    let mut steps = 0;
    for (place, worker) in order.iter().enumerate() {
        let last = &tables[place];
        let mut next: HashMap<u64, (i128, i128)> = HashMap::new();
        steps += last.len() * vectors[*worker].len();
        if steps > STEPS.min(effort) {
            return Err(());
        }
        for (counts, (sum, low)) in last {
            for vector in &vectors[*worker] {
                let (counts, low) = (counts + vector.0, low + reduced(vector));
                if kinds.within(counts, all) && low + rest[place + 1] <= limit {
                    let entry = next.entry(counts).or_insert((i128::MAX, i128::MAX));
                    *entry = (entry.0.min(sum + vector.2), entry.1.min(low));
                }
            }
        }
        if next.len() > VECTORS {
            return Err(());
        }
        tables.push(next);
    }
    let best = tables[tables.len() - 1].get(&all).map(|(sum, _)| *sum).filter(|sum| *sum <= limit);
    let Some(best) = best else {
        return Ok(None);
    };
    // Backward: which vectors take part.
    let mut after: HashMap<u64, i128> = HashMap::from([(all, 0)]);
    for (place, worker) in order.iter().enumerate().rev() {
        let before = &tables[place];
        let mut next: HashMap<u64, i128> = HashMap::new();
        vectors[*worker].retain(|vector| {
            let mut used = false;
            for (counts, value) in &after {
                let Some(counts) = counts.checked_sub(vector.0) else { continue };
                if let Some((sum, _)) = before.get(&counts)
                    && sum + vector.2 + value <= limit
                {
                    used = true;
                    let entry = next.entry(counts).or_insert(i128::MAX);
                    *entry = (*entry).min(vector.2 + value);
                }
            }
            used
        });
        after = next;
    }
    Ok(Some(best))
}
