//! Depth-first search through the seats in order of time: finds a plan within given limits, or shows that none is.
//!
//! Each worker walks through his own [`Product`], so that nobody is ever where he cannot end well; together they are
//! cut by the price bound on the sum of squares, by the total of loads and by the seats that they can still cover.
//! A position that failed is not searched again, nor is one that differs in who is who among like workers.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: workers, seats and states are those that were made, values fit as the problem was checked"
)]

use std::collections::HashSet;

use super::automaton::NONE;
use super::bound::Facts;
use super::model::{Group, Model, NOBODY};
use super::problem::Values;
use super::product::Product;

/// The most numbers kept in memory of failed positions.
const MEMORY: usize = 1 << 25;

/// How a search ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// A plan within the limits.
    Found(Vec<u32>),
    /// There is none.
    None,
    /// The steps were spent.
    Spent,
}

/// What everybody may do, and within what limits.
#[derive(Debug)]
pub(super) struct Exact<'a> {
    facts: &'a Facts<'a>,
    /// By class of like workers: his product.
    products: Vec<Product>,
    /// By worker: which product.
    product_of: Vec<usize>,
    limits: Values,
    total: (i64, i64),
    paid: i128,
    /// By seat: the least penalty, and the fewest changes, from it on.
    penalty_from: Vec<i64>,
    changed_from: Vec<u64>,
    /// Whether rules must be counted beside the automata.
    counts_hard: bool,
    failed: HashSet<Box<[u32]>>,
    frames: Vec<Frame>,
    /// Whether the search has begun.
    begun: bool,
}

/// A seat at hand.
#[derive(Debug, Clone)]
struct Frame {
    /// By worker: where he is.
    at: Vec<u32>,
    uncovered: u64,
    penalty: i64,
    changed: u64,
    /// Who can take the seat, the best last.
    choices: Vec<u32>,
    /// Who has taken it.
    taken: Option<u32>,
}

impl<'a> Exact<'a> {
    /// A search for a plan with no value above its limit.
    pub(super) fn new(
        facts: &'a Facts<'a>,
        products: Vec<Product>,
        product_of: Vec<usize>,
        limits: Values,
        total: (i64, i64),
        price: i128,
    ) -> Self {
        let model = facts.model;
        let mut penalty_from = vec![model.cost_base];
        let mut changed_from = vec![0];
        for seat in (0..model.seats).rev() {
            let able = &model.able[seat];
            let least = able.iter().map(|worker| model.cost(*worker as usize, seat)).min().unwrap_or(0);
            // A seat left open costs nothing here.
            let least = if limits.uncovered > 0 { least.min(0) } else { least };
            penalty_from.push(penalty_from[penalty_from.len() - 1] + least);
            let lost = model.published[seat].is_some_and(|published| !able.contains(&published));
            changed_from.push(changed_from[changed_from.len() - 1] + u64::from(lost));
        }
        penalty_from.reverse();
        changed_from.reverse();
        let paid = price * i128::from(if price >= 0 { total.0 } else { total.1 });
        let counts_hard = facts.automata.iter().any(|automaton| !automaton.exact);
        Self {
            facts,
            products,
            product_of,
            limits,
            total,
            paid,
            penalty_from,
            changed_from,
            counts_hard,
            failed: HashSet::new(),
            frames: Vec::new(),
            begun: false,
        }
    }

    /// Searches on for some steps, which are taken off `steps`.
    pub(super) fn search(&mut self, steps: &mut u64) -> End {
        if !self.begun {
            self.begun = true;
            if self.products.iter().any(|product| !product.possible) {
                return End::None;
            }
            let start = Frame {
                at: vec![0; self.facts.model.workers],
                uncovered: 0,
                penalty: 0,
                changed: 0,
                choices: Vec::new(),
                taken: None,
            };
            if let Some(plan) = self.enter(start) {
                return End::Found(plan);
            }
        }
        while let Some(mut frame) = self.frames.pop() {
            if *steps == 0 {
                self.frames.push(frame);
                return End::Spent;
            }
            *steps -= 1;
            let seat = self.frames.len();
            frame.taken = None;
            let Some(worker) = frame.choices.pop() else {
                self.remember(&frame);
                continue;
            };
            frame.taken = Some(worker);
            let next = self.after(&frame, seat, worker);
            self.frames.push(frame);
            if let Some(next) = next
                && let Some(plan) = self.enter(next)
            {
                return End::Found(plan);
            }
        }
        End::None
    }

    /// Opens a position: the plan if it is complete.
    fn enter(&mut self, mut frame: Frame) -> Option<Vec<u32>> {
        let model = self.facts.model;
        let seat = self.frames.len();
        if seat == model.seats {
            let plan: Vec<u32> = self.frames.iter().map(|frame| frame.taken.unwrap_or(NOBODY)).collect();
            let values = model.values(&plan);
            let limits = self.limits;
            let within = values.uncovered <= limits.uncovered
                && values.largest <= limits.largest
                && values.squares <= limits.squares
                && values.penalty <= limits.penalty
                && values.changed <= limits.changed;
            return within.then_some(plan);
        }
        if self.key(&frame).is_some_and(|key| self.failed.contains(&key)) {
            return None;
        }
        frame.choices = self.choices(&frame, seat);
        self.frames.push(frame);
        None
    }

    fn product(&self, worker: usize) -> &Product {
        &self.products[self.product_of[worker]]
    }

    /// Who can take the seat so that the bounds hold, the most promising last.
    fn choices(&self, frame: &Frame, seat: usize) -> Vec<u32> {
        let model = self.facts.model;
        let mut must = None;
        let mut low = self.paid;
        let (mut least, mut most, mut places) = (0, 0, 0u64);
        for (worker, at) in frame.at.iter().enumerate() {
            let product = self.product(worker);
            let skip = product.states[*at as usize].skip;
            if skip == NONE {
                if must.is_some() {
                    return Vec::new();
                }
                must = Some(worker);
                continue;
            }
            let skip = skip as usize;
            low += product.low[skip];
            least += product.range[skip].0;
            most += product.range[skip].1;
            places += u64::from(product.most_seats[skip]);
        }
        let left = (model.seats - seat - 1) as u64;
        let fits = |low: i128, least: i64, most: i64, places: u64, uncovered: u64| {
            low <= self.limits.squares
                && least <= self.total.1
                && most >= self.total.0
                && uncovered + left.saturating_sub(places) <= self.limits.uncovered
        };
        let mut choices: Vec<(i128, i64, u32)> = Vec::new();
        for worker in &model.able[seat] {
            let index = *worker as usize;
            if must.is_some_and(|must| must != index) {
                continue;
            }
            let product = self.product(index);
            let state = product.states[frame.at[index] as usize];
            if state.take == NONE || self.is_like_an_earlier(frame, index) || !self.keeps_rules(index, seat) {
                continue;
            }
            let take = state.take as usize;
            let (mut low, mut least, mut most, mut places) = (low, least, most, places);
            if state.skip != NONE {
                let skip = state.skip as usize;
                low -= product.low[skip];
                least -= product.range[skip].0;
                most -= product.range[skip].1;
                places -= u64::from(product.most_seats[skip]);
            }
            low += product.low[take];
            least += product.range[take].0;
            most += product.range[take].1;
            places += u64::from(product.most_seats[take]);
            if fits(low, least, most, places, frame.uncovered) {
                // Then whoever has the larger share of his load still before him.
                let need = (product.range[take].1 - product.load[take]) * self.facts.model.scale[index];
                choices.push((low, -need, *worker));
            }
        }
        choices.sort_unstable_by(|one, other| other.cmp(one));
        let mut workers: Vec<u32> = choices.into_iter().map(|(_, _, worker)| worker).collect();
        if must.is_none() && model.fixed[seat].is_none() && fits(low, least, most, places, frame.uncovered + 1) {
            workers.insert(0, NOBODY);
        }
        workers
    }

    fn is_like_an_earlier(&self, frame: &Frame, worker: usize) -> bool {
        let class = self.facts.model.class[worker] as usize;
        (class..worker)
            .any(|other| self.facts.model.class[other] as usize == class && frame.at[other] == frame.at[worker])
            && !self.has_history()
    }

    /// Whether the plan so far with this seat keeps the hard rules that the automata leave out.
    fn keeps_rules(&self, worker: usize, seat: usize) -> bool {
        !self.counts_hard
            || self.facts.model.groups_of.binding(seat, worker).all(|group| {
                let rule = &self.facts.model.groups[group];
                self.served(&rule.seats, worker, seat) < rule.most
            })
    }

    /// How many of the seats before this one the worker has.
    fn served(&self, seats: &[u32], worker: usize, seat: usize) -> u32 {
        let before = seats.iter().take_while(|other| (**other as usize) < seat);
        let mine = before.filter(|other| {
            self.frames.get(**other as usize).is_some_and(|frame| frame.taken == Some(super::model::narrow(worker)))
        });
        super::model::narrow(mine.count())
    }

    fn after(&self, frame: &Frame, seat: usize, worker: u32) -> Option<Frame> {
        let model = self.facts.model;
        let mut next = frame.clone();
        next.choices = Vec::new();
        next.taken = None;
        for (index, at) in next.at.iter_mut().enumerate() {
            let state = self.product(index).states[*at as usize];
            *at = if super::model::narrow(index) == worker { state.take } else { state.skip };
        }
        if worker == NOBODY {
            next.uncovered += 1;
        } else {
            next.penalty += model.cost(worker as usize, seat) + self.soft(worker as usize, seat);
        }
        next.changed += u64::from(model.published[seat].is_some_and(|published| published != worker));
        let penalty = next.penalty + self.penalty_from[seat + 1];
        let changed = next.changed + self.changed_from[seat + 1];
        (penalty <= self.limits.penalty && changed <= self.limits.changed).then_some(next)
    }

    /// What soft rules cost when the worker takes the seat too.
    fn soft(&self, worker: usize, seat: usize) -> i64 {
        let over = |rule: &&Group| self.served(&rule.seats, worker, seat) >= rule.most;
        let groups = self.facts.model.soft_of.binding(seat, worker).map(|group| &self.facts.model.soft[group]);
        groups.filter(over).map(|rule| rule.penalty).sum()
    }

    /// Whether soft rules over several seats can decide: then a position is more than where everybody is.
    fn has_history(&self) -> bool {
        self.counts_hard || (self.limits.penalty != i64::MAX && !self.facts.model.soft.is_empty())
    }

    /// The position, the same for all who are alike; `None` where it does not tell all.
    fn key(&self, frame: &Frame) -> Option<Box<[u32]>> {
        if self.has_history() {
            return None;
        }
        let model = self.facts.model;
        let mut key: Vec<(u32, u32)> = model.class.iter().copied().zip(frame.at.iter().copied()).collect();
        key.sort_unstable();
        let mut key: Vec<u32> = key.into_iter().map(|(_, at)| at).collect();
        if self.limits.uncovered > 0 {
            key.push(u32::try_from(frame.uncovered).unwrap_or(u32::MAX));
        }
        if self.limits.penalty != i64::MAX {
            let bits = frame.penalty.cast_unsigned();
            key.extend([u32::try_from(bits >> 32).unwrap_or(0), u32::try_from(bits & 0xFFFF_FFFF).unwrap_or(0)]);
        }
        if self.limits.changed != u64::MAX {
            key.push(u32::try_from(frame.changed).unwrap_or(u32::MAX));
        }
        Some(key.into_boxed_slice())
    }

    fn remember(&mut self, frame: &Frame) {
        if self.failed.len() * (self.facts.model.workers + 8) < MEMORY
            && let Some(key) = self.key(frame)
        {
            self.failed.insert(key);
        }
    }
}

/// The products, one a class of like workers, and which is whose; `None` if one would be too large.
pub(super) fn products(model: &Model, make: impl Fn(usize) -> Option<Product>) -> Option<(Vec<Product>, Vec<usize>)> {
    let mut products: Vec<Product> = Vec::new();
    let mut product_of: Vec<usize> = Vec::new();
    for worker in 0..model.workers {
        let class = model.class[worker] as usize;
        if class < worker {
            product_of.push(product_of[class]);
        } else {
            product_of.push(products.len());
            products.push(make(worker)?);
        }
    }
    Some((products, product_of))
}
