//! One schedule for each worker so that each seat is covered once, within limits: depth-first, with the prices of
//! seats as bounds.
//!
//! What a schedule costs beyond the least of its worker at the prices is spent from the slack between bound and limit.
//! The seat, or the worker, with the fewest schedules left is next (Knuth 2000, "Dancing links", orders exact covers
//! so); workers and seats left over that failed before with as much slack are not searched again.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: pools, schedules and seats are those that were made; slack is cut to 2^41"
)]

use std::collections::HashMap;

use super::columns::{Column, Pool, ones};
use super::model::Model;
use super::price::Prices;
use super::problem::Values;

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

/// Most measures at once.
pub(super) const MEASURES: usize = 3;
/// Bits of the slack of a measure.
const BITS: u32 = 40;
/// The most failed positions that are kept.
const MEMORY: usize = 1 << 20;
/// Schedules that are looked at in one step.
const BATCH: u64 = 64;

/// Positions with as many schedules get prices of their own, in so many turns.
const REPRICED: usize = 96;
const TURNS: usize = 24;
/// A full step, in parts, and turns without a better bound after which it is halved.
const FULL: i64 = 64;
const IDLE: u32 = 3;
/// Prices are cut to this size.
const MOST_PRICE: i128 = 1 << 46;

type Slack = [i64; MEASURES];

/// A schedule with what it spends of each slack, at the prices of a position.
#[derive(Debug, Clone, Copy)]
struct Entry {
    seats: u128,
    spends: Slack,
    /// Its place among all.
    place: u32,
}

#[derive(Debug)]
pub(super) struct Cover<'a> {
    model: &'a Model,
    limits: Values,
    workers: Vec<Vec<u32>>,
    /// By place: the schedule at the first prices, and its pool.
    entries: Vec<Entry>,
    pool_of: Vec<u32>,
    all: u128,
    base: Vec<u32>,
    frames: Vec<Frame>,
    /// By who is left and which seats are served: a slack with which nothing was found.
    failed: HashMap<(u128, u128), Slack>,
}

/// A position: who is left, with what.
#[derive(Debug, Clone, Default)]
struct Frame {
    used: u128,
    /// By pool: how many have no schedule yet.
    left: Vec<u32>,
    /// At the first prices, and at those of this position.
    slack: Slack,
    now: Slack,
    /// Schedules that still fit, pool by pool; where each begins, and the end.
    alive: Vec<Entry>,
    starts: Vec<usize>,
    choices: Vec<Entry>,
    chosen: Option<u32>,
}

impl<'a> Cover<'a> {
    /// A search for a plan from these schedules with no value above its limit. The first of the prices leads. What
    /// `base` gives to others stays; the rest, the seats of the prices, is to be covered.
    pub(super) fn new(model: &'a Model, pools: &[Pool], prices: &[Prices], limits: Values, base: Vec<u32>) -> Self {
        let all = prices.first().map_or(0, |prices| prices.seats);
        let mut cover = Self {
            model,
            limits,
            workers: pools.iter().map(|pool| pool.workers.clone()).collect(),
            entries: Vec::new(),
            pool_of: Vec::new(),
            all,
            base,
            frames: Vec::new(),
            failed: HashMap::new(),
        };
        let mut slack = [0; MEASURES];
        let mut spends: Vec<Vec<Slack>> = pools.iter().map(|pool| vec![[0; MEASURES]; pool.columns.len()]).collect();
        for (index, prices) in prices.iter().enumerate().take(MEASURES) {
            let mut bound: i128 = prices.of.iter().sum();
            let mut leasts = Vec::new();
            for pool in pools {
                let least = pool.columns.iter().map(|column| prices.beyond(column)).min().unwrap_or(0);
                bound += least * pool.workers.len() as i128;
                leasts.push(least);
            }
            // Rounded down both, so that what fits exactly fits here.
            let exact = prices.limit - bound;
            let shift = (128 - exact.max(1).leading_zeros()).saturating_sub(BITS);
            let small = |value: i128| i64::try_from(value >> shift).unwrap_or(i64::MAX / 4);
            slack[index] = if exact < 0 { -1 } else { small(exact) };
            for ((pool, spends), least) in pools.iter().zip(&mut spends).zip(leasts) {
                for (column, spend) in pool.columns.iter().zip(spends) {
                    spend[index] = small(prices.beyond(column) - least).min(1 << 48);
                }
            }
        }
        let mut starts = vec![0];
        for (index, (pool, spends)) in pools.iter().zip(spends).enumerate() {
            let mut order: Vec<(Slack, &Column)> = spends.into_iter().zip(&pool.columns).collect();
            order.sort_unstable_by_key(|(spends, column)| (*spends, column.seats));
            for (spends, column) in order {
                let place = super::model::narrow(cover.entries.len());
                cover.entries.push(Entry { seats: column.seats, spends, place });
                cover.pool_of.push(super::model::narrow(index));
            }
            starts.push(cover.entries.len());
        }
        let left: Vec<u32> = pools.iter().map(|pool| super::model::narrow(pool.workers.len())).collect();
        let alive = cover.entries.clone();
        let frame = Frame { left: left.clone(), slack, now: slack, alive, starts, ..Frame::default() };
        // The first position chooses nothing: it only opens.
        if let Some(first) = cover.open(&frame, 0, left, slack, slack, &mut 0) {
            cover.frames.push(first);
        }
        cover
    }

    /// Searches on for some steps, which are taken off `steps`.
    pub(super) fn search(&mut self, steps: &mut u64) -> End {
        while let Some(frame) = self.frames.last_mut() {
            if *steps == 0 {
                return End::Spent;
            }
            let Some(entry) = frame.choices.pop() else {
                self.fail();
                continue;
            };
            frame.chosen = Some(entry.place);
            let pool = self.pool_of[entry.place as usize] as usize;
            let mut left = frame.left.clone();
            left[pool] -= 1;
            let used = frame.used | entry.seats;
            let slack = less(&frame.slack, &self.entries[entry.place as usize].spends);
            let now = less(&frame.now, &entry.spends);
            if self.failed.get(&(used, self.key(&left))).is_some_and(|failed| within(&slack, failed)) {
                *steps = steps.saturating_sub(1);
                continue;
            }
            let frame = &self.frames[self.frames.len() - 1];
            let mut work = frame.alive.len() as u64;
            let next = self.open(frame, used, left, slack, now, &mut work);
            *steps = steps.saturating_sub(1 + work / BATCH);
            let Some(next) = next else { continue };
            self.frames.push(next);
            if used == self.all
                && let Some(plan) = self.plan()
            {
                return End::Found(plan);
            }
        }
        End::None
    }

    /// Who is left, in one number: there are fewer than 64 workers and at most 128 of nobody, and n + 1 <= 2^n.
    fn key(&self, left: &[u32]) -> u128 {
        let pairs = left.iter().zip(&self.workers);
        pairs.fold(0, |key, (left, workers)| key * (workers.len() as u128 + 1) + u128::from(*left))
    }

    fn fail(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        if self.failed.len() < MEMORY {
            let key = self.key(&frame.left);
            let failed = self.failed.entry((frame.used, key)).or_insert(frame.slack);
            if within(failed, &frame.slack) {
                *failed = frame.slack;
            }
        }
    }

    /// The position with what still fits; `None` if somebody, or a seat, is left with nothing.
    fn open(
        &self,
        parent: &Frame,
        used: u128,
        left: Vec<u32>,
        slack: Slack,
        now: Slack,
        work: &mut u64,
    ) -> Option<Frame> {
        let mut alive: Vec<Entry> = Vec::with_capacity(parent.alive.len());
        let mut starts = Vec::with_capacity(parent.starts.len());
        for (pool, left) in left.iter().enumerate() {
            starts.push(alive.len());
            if *left > 0 {
                let entries = &parent.alive[parent.starts[pool]..parent.starts[pool + 1]];
                alive.extend(entries.iter().filter(|entry| entry.seats & used == 0));
            }
        }
        starts.push(alive.len());
        let mut frame = Frame { used, left, slack, now, alive, starts, ..Frame::default() };
        frame.cut()?;
        if frame.alive.len() >= REPRICED && used != self.all {
            frame.reprice(self.all & !used, work)?;
            frame.cut()?;
        }
        if used != self.all {
            frame.choices = self.choices(&frame)?;
        }
        Some(frame)
    }

    /// The schedules of the worker, or for the seat, that has the fewest, the cheapest last; `None` if a seat has none.
    fn choices(&self, frame: &Frame) -> Option<Vec<Entry>> {
        let mut counts = [0usize; 128];
        for seat in frame.alive.iter().flat_map(|entry| ones(entry.seats)) {
            counts[seat] += 1;
        }
        let mut few: Option<(usize, usize, bool)> = None;
        // Like workers are branched on by seat only, so that who is who does not matter.
        for pool in (0..frame.left.len()).filter(|pool| frame.left[*pool] > 0 && self.workers[*pool].len() == 1) {
            let count = frame.starts[pool + 1] - frame.starts[pool];
            if few.is_none_or(|few| count < few.0) {
                few = Some((count, pool, true));
            }
        }
        for seat in ones(self.all & !frame.used) {
            if counts[seat] == 0 {
                return None;
            }
            if few.is_none_or(|few| counts[seat] < few.0) {
                few = Some((counts[seat], seat, false));
            }
        }
        let mut choices: Vec<Entry> = match few {
            Some((_, pool, true)) => frame.alive[frame.starts[pool]..frame.starts[pool + 1]].to_vec(),
            Some((_, seat, false)) => {
                frame.alive.iter().copied().filter(|entry| entry.seats >> seat & 1 == 1).collect()
            }
            None => Vec::new(),
        };
        choices.sort_unstable_by_key(|entry| std::cmp::Reverse((entry.spends, entry.place)));
        Some(choices)
    }

    /// The plan at a position that covers all, if whoever is left can serve nothing more and the limits hold.
    fn plan(&self) -> Option<Vec<u32>> {
        let last = self.frames.last()?;
        for (pool, left) in last.left.iter().enumerate() {
            let entries = &last.alive[last.starts[pool]..last.starts[pool + 1]];
            if *left > 0 && entries.iter().all(|entry| entry.seats != 0) {
                return None;
            }
        }
        let mut plan = self.base.clone();
        let mut next = vec![0; self.workers.len()];
        for choice in self.frames.iter().filter_map(|frame| frame.chosen) {
            let pool = self.pool_of[choice as usize] as usize;
            let worker = self.workers[pool][next[pool]];
            next[pool] += 1;
            for seat in ones(self.entries[choice as usize].seats) {
                plan[seat] = worker;
            }
        }
        let (values, limits) = (self.model.values(&plan), self.limits);
        let within = values.uncovered <= limits.uncovered
            && values.largest <= limits.largest
            && values.squares <= limits.squares
            && values.penalty <= limits.penalty
            && values.changed <= limits.changed;
        within.then_some(plan)
    }
}

impl Frame {
    /// Leaves out what spends more than there is when everybody else spends the least; `None` if somebody is left with
    /// nothing.
    fn cut(&mut self) -> Option<()> {
        let mut net = self.now;
        let mut leasts: Vec<Slack> = Vec::with_capacity(self.left.len());
        for (pool, left) in self.left.iter().enumerate() {
            let mut least = [0; MEASURES];
            if *left > 0 {
                let entries = &self.alive[self.starts[pool]..self.starts[pool + 1]];
                least = entries.first()?.spends;
                for entry in entries {
                    for (least, spends) in least.iter_mut().zip(entry.spends) {
                        *least = (*least).min(spends);
                    }
                }
                for (net, least) in net.iter_mut().zip(least) {
                    *net -= i64::from(*left).checked_mul(least)?;
                }
            }
            leasts.push(least);
        }
        if net.iter().any(|net| *net < 0) {
            return None;
        }
        let mut kept = 0;
        for (pool, least) in leasts.iter().enumerate() {
            let start = kept;
            for place in self.starts[pool]..self.starts[pool + 1] {
                let entry = self.alive[place];
                if within(&less(&entry.spends, least), &net) {
                    self.alive[kept] = entry;
                    kept += 1;
                }
            }
            self.starts[pool] = start;
            if self.left[pool] > 0 && kept == start {
                return None;
            }
        }
        self.alive.truncate(kept);
        let pools = self.left.len();
        self.starts[pools] = kept;
        Some(())
    }

    /// Better prices of the first measure for who and what is left, as in `price`; `None` if the bound by them passes.
    fn reprice(&mut self, seats: u128, work: &mut u64) -> Option<()> {
        let mut prices = [0i64; 128];
        let mut best = (i64::MIN, prices);
        let mut direction = [0i64; 128];
        let (mut size, mut idle) = (FULL, 0);
        for _ in 0..TURNS {
            *work += self.alive.len() as u64;
            let mut bound: i64 = ones(seats).map(|seat| prices[seat]).sum();
            let mut covered = [0i64; 128];
            for (pool, left) in self.left.iter().enumerate().filter(|(_, left)| **left > 0) {
                let entries = &self.alive[self.starts[pool]..self.starts[pool + 1]];
                let beyond = |entry: &&Entry| entry.spends[0] - ones(entry.seats).map(|seat| prices[seat]).sum::<i64>();
                let (least, entry) =
                    entries.iter().map(|entry| (beyond(&entry), entry)).min_by_key(|(beyond, _)| *beyond)?;
                bound += i64::from(*left) * least;
                for seat in ones(entry.seats) {
                    covered[seat] += i64::from(*left);
                }
            }
            if bound > self.now[0] {
                return None;
            }
            if bound > best.0 {
                best = (bound, prices);
                idle = 0;
            } else {
                idle += 1;
                if idle == IDLE {
                    (size, idle) = (size / 2, 0);
                    prices = best.1;
                }
            }
            let mut length = 0;
            for seat in ones(seats) {
                direction[seat] = direction[seat] / 2 + ((1 - covered[seat]) << 4);
                length += direction[seat] * direction[seat];
            }
            if length == 0 || size == 0 {
                break;
            }
            let gap = i128::from(self.now[0] + 1 - bound) * i128::from(size) / i128::from(FULL);
            for seat in ones(seats) {
                let change = gap * i128::from(direction[seat] << 4) / i128::from(length);
                let price = i128::from(prices[seat]) + change;
                prices[seat] = i64::try_from(price.clamp(-MOST_PRICE, MOST_PRICE)).unwrap_or(0);
            }
        }
        let prices = best.1;
        for entry in &mut self.alive {
            entry.spends[0] -= ones(entry.seats).map(|seat| prices[seat]).sum::<i64>();
        }
        self.now[0] -= ones(seats).map(|seat| prices[seat]).sum::<i64>();
        Some(())
    }
}

fn less(slack: &Slack, spends: &Slack) -> Slack {
    std::array::from_fn(|index| slack[index] - spends[index])
}

fn within(spends: &Slack, slack: &Slack) -> bool {
    spends.iter().zip(slack).all(|(spends, slack)| spends <= slack)
}
