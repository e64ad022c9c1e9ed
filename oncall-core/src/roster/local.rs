//! Local search: plans that keep the hard rules, improved by chains of exchanges between two workers.
//!
//! A move gives a seat to another worker; what that forbids him goes back to the first, and so on until both keep the
//! rules (Kempe chains, as in timetabling: Thompson and Dowsland 1996). Moves are accepted by late acceptance (Burke
//! and Bykov 2017, "The late acceptance hill-climbing heuristic"): whole numbers only, no temperature.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: workers and seats are those of the model, whose values fit"
)]

use super::model::{Model, NOBODY};
use super::problem::{Values, square};
use super::random::Random;

/// By turn: with how many of the last costs a move is compared, how many steps without a better plan are borne, and
/// how many moves a kick has.
const KICKS: [(usize, u64, usize); 4] = [(256, 10_000, 6), (512, 20_000, 20), (128, 6_000, 3), (64, 4_000, 30)];
/// The longest chain of exchanges.
const CHAIN: usize = 64;

/// What the search descends on; the first difference decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    uncovered: u64,
    /// Burden above the target.
    excess: i128,
    squares: i128,
    penalty: i64,
    changed: u64,
}

/// A plan under change.
#[derive(Debug, Clone)]
pub(super) struct Local<'a> {
    model: &'a Model,
    plan: Vec<u32>,
    loads: Vec<i64>,
    /// By hard group and worker: how many of its seats he has.
    served: Vec<u32>,
    soft_served: Vec<u32>,
    /// Burden up to which there is no excess.
    target: i64,
    cost: Cost,
    memory: Vec<Cost>,
    at: usize,
    /// The best since the last kick, and the steps since it was found.
    local_best: Cost,
    since: u64,
    patience: u64,
    random: Random,
    /// Seats changed by the move at hand, with who had them.
    trail: Vec<(u32, u32)>,
}

impl<'a> Local<'a> {
    /// Starts from a plan that keeps the hard rules.
    pub(super) fn new(model: &'a Model, plan: &[u32], target: i64, seed: u64) -> Self {
        let cost = Cost { uncovered: 0, excess: 0, squares: 0, penalty: 0, changed: 0 };
        let mut local = Self {
            model,
            plan: vec![NOBODY; model.seats],
            loads: vec![0; model.workers],
            served: vec![0; model.groups_of.counts()],
            soft_served: vec![0; model.soft_of.counts()],
            target,
            cost,
            memory: Vec::new(),
            at: 0,
            local_best: cost,
            since: 0,
            patience: KICKS[0].1,
            random: Random(seed),
            trail: Vec::new(),
        };
        for (seat, worker) in plan.iter().enumerate() {
            if *worker != NOBODY {
                local.set(seat, *worker);
            }
        }
        local.trail.clear();
        local.retarget(target);
        local
    }

    /// The seats served by first come, first served: each seat in turn by the able worker with the least burden.
    pub(super) fn greedy(model: &'a Model, seed: u64) -> Vec<u32> {
        let mut local = Self::new(model, &vec![NOBODY; model.seats], i64::MAX, seed);
        let fixed = (0..model.seats).filter(|seat| model.fixed[*seat].is_some());
        for seat in fixed {
            local.set(seat, model.fixed[seat].unwrap_or(NOBODY));
        }
        for seat in 0..model.seats {
            if local.plan[seat] != NOBODY {
                continue;
            }
            let free = model.able[seat].iter().filter(|worker| local.is_free(**worker as usize, seat));
            let burden = |worker: &&u32| {
                let worker = **worker as usize;
                model.burden(worker, local.loads[worker] + model.load(worker, seat))
            };
            if let Some(worker) = free.min_by_key(burden) {
                local.set(seat, *worker);
            }
        }
        local.plan
    }

    pub(super) fn plan(&self) -> &[u32] {
        &self.plan
    }

    pub(super) fn values(&self) -> Values {
        Values {
            uncovered: self.cost.uncovered,
            largest: (0..self.model.workers).map(|worker| self.burden(worker)).max().unwrap_or(0),
            squares: self.cost.squares,
            penalty: self.cost.penalty,
            changed: self.cost.changed,
        }
    }

    /// Sets the burden to stay under and forgets the past.
    pub(super) fn retarget(&mut self, target: i64) {
        self.target = target;
        let values = self.model.values(&self.plan);
        self.cost = Cost {
            uncovered: values.uncovered,
            excess: (0..self.model.workers).map(|worker| self.excess(worker)).sum(),
            squares: values.squares,
            penalty: values.penalty,
            changed: values.changed,
        };
        self.memory.clear();
        self.memory.resize(KICKS[0].0, self.cost);
        self.local_best = self.cost;
        self.since = 0;
    }

    /// Some moves taken whatever they cost, and a new start from there.
    ///
    /// `turn` counts the kicks: short and long memories take turns, for neither is best everywhere.
    pub(super) fn kick(&mut self, turn: usize) {
        let (length, patience, moves) = KICKS[turn % KICKS.len()];
        self.patience = patience;
        for _ in 0..moves {
            self.trail.clear();
            let before = self.cost;
            let seat = self.random.below(self.model.seats);
            let able = &self.model.able[seat];
            if able.is_empty() || self.model.fixed[seat].is_some() {
                continue;
            }
            let worker = able[self.random.below(able.len())];
            if worker != self.plan[seat] && !self.exchange(seat, worker) {
                self.undo(before);
            }
        }
        self.memory.clear();
        self.memory.resize(length, self.cost);
        self.since = 0;
        self.local_best = self.cost;
    }

    /// Whether it is time for a kick.
    pub(super) fn is_stuck(&self) -> bool {
        self.since > self.patience
    }

    /// One move, kept or taken back. Says whether a new plan stands that may be better than those before.
    pub(super) fn step(&mut self) -> bool {
        if self.model.seats == 0 {
            return false;
        }
        let before = self.cost;
        self.since += 1;
        self.trail.clear();
        let seat = self.random.below(self.model.seats);
        let able = &self.model.able[seat];
        if able.is_empty() || self.model.fixed[seat].is_some() {
            return false;
        }
        let worker = able[self.random.below(able.len())];
        let done = worker != self.plan[seat] && self.exchange(seat, worker);
        if !done {
            self.undo(before);
            return false;
        }
        let slot = self.at % self.memory.len();
        self.at = self.at.wrapping_add(1);
        if self.cost <= self.memory[slot] || self.cost <= before {
            self.memory[slot] = self.cost.min(self.memory[slot]);
            if self.cost < self.local_best {
                self.local_best = self.cost;
                self.since = 0;
                return true;
            }
            return false;
        }
        self.undo(before);
        self.memory[slot] = self.memory[slot].min(before);
        false
    }

    /// Gives the seat to the worker, and what he must give up for it to the one who had it.
    fn exchange(&mut self, seat: usize, worker: u32) -> bool {
        let other = self.plan[seat];
        let mut next = 0;
        self.set(seat, worker);
        while next < self.trail.len() {
            let (moved, had) = self.trail[next];
            next += 1;
            let owner = if had == worker { other } else { worker };
            if owner == NOBODY {
                // Somebody else may be free to take it.
                let seat = moved as usize;
                let able = &self.model.able[seat];
                let first = self.random.below(able.len());
                let mut turn = able.iter().cycle().skip(first).take(able.len());
                if let Some(free) = turn.find(|worker| self.is_free(**worker as usize, seat)).copied() {
                    let length = self.trail.len();
                    self.set(seat, free);
                    self.trail.truncate(length);
                    // Taken back in reverse order, so that the first record of a seat is the one that stands.
                }
                continue;
            }
            let mut groups = self.model.groups_of.binding(moved as usize, owner as usize).collect::<Vec<_>>();
            groups.sort_unstable();
            for group in groups {
                let rule = &self.model.groups[group];
                while self.served[self.model.groups_of.count(group, owner as usize)] > rule.most {
                    let is_open = |seat: &&u32| {
                        self.plan[**seat as usize] == owner && !self.trail.iter().any(|(moved, _)| moved == *seat)
                    };
                    let Some(give) = rule.seats.iter().find(is_open).copied() else {
                        return false;
                    };
                    let to = if owner == worker { other } else { worker };
                    let seat = give as usize;
                    let can = to == NOBODY || self.model.load(to as usize, seat) >= 0;
                    if !can || self.model.fixed[seat].is_some() || self.trail.len() >= CHAIN {
                        return false;
                    }
                    self.set(seat, to);
                }
            }
        }
        true
    }

    fn undo(&mut self, before: Cost) {
        let trail = std::mem::take(&mut self.trail);
        for (seat, had) in trail.iter().rev() {
            self.set(*seat as usize, *had);
        }
        self.trail.clear();
        self.cost = before;
    }

    fn is_free(&self, worker: usize, seat: usize) -> bool {
        self.model.load(worker, seat) >= 0
            && self
                .model
                .groups_of
                .binding(seat, worker)
                .all(|group| self.served[self.model.groups_of.count(group, worker)] < self.model.groups[group].most)
    }

    fn burden(&self, worker: usize) -> i64 {
        self.model.burden(worker, self.loads[worker])
    }

    fn excess(&self, worker: usize) -> i128 {
        (i128::from(self.burden(worker)) - i128::from(self.target)).max(0)
    }

    fn set(&mut self, seat: usize, worker: u32) {
        let had = self.plan[seat];
        if had == worker {
            return;
        }
        self.trail.push((super::model::narrow(seat), had));
        if had == NOBODY {
            self.cost.uncovered = self.cost.uncovered.saturating_sub(1);
        } else {
            self.leave(seat, had as usize);
        }
        self.plan[seat] = worker;
        if worker == NOBODY {
            self.cost.uncovered += 1;
        } else {
            self.join(seat, worker as usize);
        }
        if let Some(published) = self.model.published[seat] {
            self.cost.changed =
                (self.cost.changed + u64::from(had == published)).saturating_sub(u64::from(worker == published));
        }
    }

    fn leave(&mut self, seat: usize, worker: usize) {
        let model = self.model;
        for group in model.groups_of.binding(seat, worker) {
            self.served[model.groups_of.count(group, worker)] -= 1;
        }
        for group in model.soft_of.binding(seat, worker) {
            let rule = &model.soft[group];
            let served = &mut self.soft_served[model.soft_of.count(group, worker)];
            if *served > rule.most {
                self.cost.penalty -= rule.penalty;
            }
            *served -= 1;
        }
        self.cost.penalty -= self.model.cost(worker, seat);
        self.carry_load(worker, seat, -1);
    }

    fn join(&mut self, seat: usize, worker: usize) {
        let model = self.model;
        for group in model.groups_of.binding(seat, worker) {
            self.served[model.groups_of.count(group, worker)] += 1;
        }
        for group in model.soft_of.binding(seat, worker) {
            let rule = &model.soft[group];
            let served = &mut self.soft_served[model.soft_of.count(group, worker)];
            *served += 1;
            if *served > rule.most {
                self.cost.penalty += rule.penalty;
            }
        }
        self.cost.penalty += self.model.cost(worker, seat);
        self.carry_load(worker, seat, 1);
    }

    fn carry_load(&mut self, worker: usize, seat: usize, times: i64) {
        self.cost.excess -= self.excess(worker);
        self.cost.squares -= square(self.burden(worker));
        self.loads[worker] += times * self.model.load(worker, seat);
        self.cost.excess += self.excess(worker);
        self.cost.squares += square(self.burden(worker));
    }
}
