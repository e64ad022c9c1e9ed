//! The problem laid out for searching: who can serve what, and which rules count each seat.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: the checked problem names only workers and seats that are there, and its values fit"
)]

use super::by_seat::BySeat;
use super::problem::{Problem, Rule, Values, Who, square};

/// No worker: the seat is not covered.
pub(super) const NOBODY: u32 = u32::MAX;

/// Seats of which a worker may serve so many.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Group {
    /// Whom it binds.
    pub who: Who,
    /// The seats in order, each once.
    pub seats: Vec<u32>,
    /// The most of them.
    pub most: u32,
    /// The cost of each above, where the rule is soft.
    pub penalty: i64,
}

/// The problem with rules sorted by seat.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub workers: usize,
    pub seats: usize,
    pub scale: Vec<i64>,
    pub carry: Vec<i64>,
    /// By worker and seat: the load, -1 where the worker cannot serve.
    load: Vec<i64>,
    /// By seat: who can serve it.
    pub able: Vec<Vec<u32>>,
    /// By seat: who must.
    pub fixed: Vec<Option<u32>>,
    /// Hard rules over several seats.
    pub groups: Vec<Group>,
    pub groups_of: BySeat,
    /// Soft rules over several seats.
    pub soft: Vec<Group>,
    pub soft_of: BySeat,
    /// By worker and seat: the cost of serving it; empty where nothing costs.
    cost: Vec<i64>,
    /// What is paid whatever the plan: soft fixed seats, each taken as broken.
    pub cost_base: i64,
    pub published: Vec<Option<u32>>,
    /// By worker: the first worker that is like him in everything but name.
    pub class: Vec<u32>,
}

impl Model {
    pub(super) fn of(problem: &Problem) -> Self {
        let statement = problem.statement();
        let (workers, seats) = (problem.workers(), problem.seats());
        let mut load = Vec::with_capacity(workers * seats);
        for row in &statement.load {
            load.extend(row.iter().map(|load| load.and_then(|load| i64::try_from(load).ok()).unwrap_or(-1)));
        }
        let mut fixed: Vec<Option<u32>> = vec![None; seats];
        let mut groups = Vec::new();
        for hard in &statement.hard {
            match &hard.rule {
                Rule::Barred { worker, seat } => load[worker * seats + seat] = -1,
                Rule::Fixed { worker, seat } => fixed[*seat] = Some(narrow(*worker)),
                Rule::AtMost { who, seats: none, most: 0 } => {
                    let bound = (0..workers).filter(|worker| super::problem::binds(*who, *worker));
                    for worker in bound {
                        for seat in none {
                            load[worker * seats + seat] = -1;
                        }
                    }
                }
                rule => groups.extend(group(rule, 0)),
            }
        }
        for (seat, worker) in fixed.iter().enumerate() {
            if let Some(worker) = worker {
                for other in (0..workers).filter(|other| narrow(*other) != *worker) {
                    load[other * seats + seat] = -1;
                }
            }
        }
        let mut cost = Vec::new();
        let mut cost_base = 0;
        let mut soft = Vec::new();
        for rule in &statement.soft {
            match &rule.rule {
                Rule::Barred { worker, seat } | Rule::Fixed { worker, seat } => {
                    cost.resize(workers * seats, 0);
                    if matches!(rule.rule, Rule::Barred { .. }) {
                        cost[worker * seats + seat] += rule.penalty;
                    } else {
                        cost[worker * seats + seat] -= rule.penalty;
                        cost_base += rule.penalty;
                    }
                }
                several => soft.extend(group(several, rule.penalty)),
            }
        }
        tidy(&mut groups);
        let able =
            (0..seats).map(|seat| (0..workers).filter(|w| load[w * seats + seat] >= 0).map(narrow).collect()).collect();
        let mut model = Self {
            workers,
            seats,
            scale: statement.workers.iter().map(|worker| i64::try_from(worker.scale).unwrap_or(i64::MAX)).collect(),
            carry: statement.workers.iter().map(|worker| worker.carry).collect(),
            load,
            able,
            fixed,
            groups_of: BySeat::of(&groups, seats, workers),
            groups,
            soft_of: BySeat::of(&soft, seats, workers),
            soft,
            cost,
            cost_base,
            published: (0..seats).map(|seat| problem.published(seat).map(narrow)).collect(),
            class: Vec::new(),
        };
        model.class = model.classes();
        model
    }

    /// The load of the seat for the worker, negative where he cannot serve it.
    pub(super) fn load(&self, worker: usize, seat: usize) -> i64 {
        self.load[worker * self.seats + seat]
    }

    /// The cost of the worker serving the seat.
    pub(super) fn cost(&self, worker: usize, seat: usize) -> i64 {
        if self.cost.is_empty() { 0 } else { self.cost[worker * self.seats + seat] }
    }

    /// The burden that a load makes.
    pub(super) fn burden(&self, worker: usize, load: i64) -> i64 {
        self.scale[worker] * (self.carry[worker] + load)
    }

    /// Whether any soft rule or published seat tells plans of equal burdens apart.
    pub(super) fn is_plain(&self) -> bool {
        self.cost.is_empty() && self.soft.is_empty() && self.published.iter().all(Option::is_none)
    }

    /// What a plan that keeps the hard rules is worth.
    pub(super) fn values(&self, plan: &[u32]) -> Values {
        let mut loads = vec![0; self.workers];
        let mut values = Values { uncovered: 0, largest: 0, squares: 0, penalty: self.cost_base, changed: 0 };
        for (seat, worker) in plan.iter().enumerate() {
            if self.published[seat].is_some_and(|published| published != *worker) {
                values.changed += 1;
            }
            if *worker == NOBODY {
                values.uncovered += 1;
            } else {
                loads[*worker as usize] += self.load(*worker as usize, seat);
                values.penalty += self.cost(*worker as usize, seat);
            }
        }
        let burdens: Vec<i64> = loads.iter().enumerate().map(|(worker, load)| self.burden(worker, *load)).collect();
        values.largest = burdens.iter().copied().max().unwrap_or(0);
        values.squares = burdens.iter().map(|burden| square(*burden)).sum();
        let mut served = vec![0u32; self.workers];
        for group in &self.soft {
            for seat in &group.seats {
                let worker = plan[*seat as usize];
                if worker != NOBODY && group.binds(worker as usize) {
                    served[worker as usize] += 1;
                    if served[worker as usize] > group.most {
                        values.penalty += group.penalty;
                    }
                }
            }
            for seat in &group.seats {
                let worker = plan[*seat as usize];
                if worker != NOBODY {
                    served[worker as usize] = 0;
                }
            }
        }
        values
    }

    /// The burden of each worker under a plan.
    pub(super) fn burdens(&self, plan: &[u32]) -> Vec<i64> {
        let mut loads = vec![0; self.workers];
        for (seat, worker) in plan.iter().enumerate().filter(|(_, worker)| **worker != NOBODY) {
            loads[*worker as usize] += self.load(*worker as usize, seat);
        }
        loads.iter().enumerate().map(|(worker, load)| self.burden(worker, *load)).collect()
    }

    fn classes(&self) -> Vec<u32> {
        let mut first = std::collections::HashMap::new();
        let mut singular: Vec<bool> = vec![false; self.workers];
        for group in self.groups.iter().chain(&self.soft) {
            if let Who::Only(worker) = group.who {
                singular[worker] = true;
            }
        }
        for worker in self.fixed.iter().chain(&self.published).flatten() {
            singular[*worker as usize] = true;
        }
        let row = |worker: usize| &self.load[worker * self.seats..(worker + 1) * self.seats];
        let costs = |worker: usize| {
            if self.cost.is_empty() { &[][..] } else { &self.cost[worker * self.seats..(worker + 1) * self.seats] }
        };
        (0..self.workers)
            .map(|worker| {
                if singular[worker] {
                    return narrow(worker);
                }
                let key = (self.scale[worker], self.carry[worker], row(worker), costs(worker));
                *first.entry(key).or_insert_with(|| narrow(worker))
            })
            .collect()
    }
}

impl Group {
    pub(super) fn binds(&self, worker: usize) -> bool {
        super::problem::binds(self.who, worker)
    }
}

/// A worker or a seat in 32 bits: there are at most 2^20.
pub(super) fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(NOBODY)
}

fn group(rule: &Rule, penalty: i64) -> Option<Group> {
    let (who, mut seats, most) = match rule {
        Rule::Apart { who, first, second } => (*who, vec![narrow(*first), narrow(*second)], 1),
        Rule::AtMost { who, seats, most } => (*who, seats.iter().map(|seat| narrow(*seat)).collect(), *most),
        Rule::Barred { .. } | Rule::Fixed { .. } => return None,
    };
    seats.sort_unstable();
    seats.dedup();
    (seats.len() > most).then(|| Group { who, seats, most: u32::try_from(most).unwrap_or(u32::MAX), penalty })
}

/// Leaves out hard groups that another one of everyone implies: the same seats, or a part of them, and no fewer.
fn tidy(groups: &mut Vec<Group>) {
    let mut seen = std::collections::HashSet::new();
    groups.retain(|group| seen.insert(group.clone()));
    if groups.len() > 1024 {
        return;
    }
    let inside = |small: &Group, large: &Group| {
        let mut seats = large.seats.iter();
        small.seats.iter().all(|seat| seats.any(|other| other == seat))
    };
    let implied: Vec<bool> = groups
        .iter()
        .enumerate()
        .map(|(index, group)| {
            groups.iter().enumerate().any(|(other, large)| {
                other != index
                    && (large.who == Who::Everyone || large.who == group.who)
                    && large.most <= group.most
                    && large.seats.len() >= group.seats.len()
                    && (large.seats.len() > group.seats.len() || large.most < group.most || large.who != group.who)
                    && large.seats[0] <= group.seats[0]
                    && inside(group, large)
            })
        })
        .collect();
    let mut keep = implied.iter().map(|implied| !implied);
    groups.retain(|_| keep.next().unwrap_or(true));
}
