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
use super::model::{Model, NOBODY};
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

type Slack = [i64; MEASURES];

/// A schedule with what it spends of each slack.
#[derive(Debug, Clone, Copy)]
struct Entry {
    seats: u128,
    spends: Slack,
}

#[derive(Debug)]
pub(super) struct Cover<'a> {
    model: &'a Model,
    limits: Values,
    workers: Vec<Vec<u32>>,
    entries: Vec<Entry>,
    pool_of: Vec<u32>,
    all: u128,
    frames: Vec<Frame>,
    failed: HashMap<(u128, u128), Slack>,
}

/// A position: who is left, with what.
#[derive(Debug, Clone, Default)]
struct Frame {
    used: u128,
    /// By pool: how many have no schedule yet.
    left: Vec<u32>,
    slack: Slack,
    /// Schedules that still fit, pool by pool; where each begins, and the end.
    alive: Vec<u32>,
    starts: Vec<u32>,
    choices: Vec<u32>,
    chosen: Option<u32>,
}

impl<'a> Cover<'a> {
    /// A search for a plan from these schedules with no value above its limit. The first of the prices leads.
    pub(super) fn new(model: &'a Model, pools: &[Pool], prices: &[Prices], limits: Values) -> Self {
        let all = ones_below(model.seats);
        let mut cover = Self {
            model,
            limits,
            workers: pools.iter().map(|pool| pool.workers.clone()).collect(),
            entries: Vec::new(),
            pool_of: Vec::new(),
            all,
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
                    spend[index] = small(prices.beyond(column) - least).min(i64::MAX >> 8);
                }
            }
        }
        let mut frame = Frame { slack, ..Frame::default() };
        for (index, (pool, spends)) in pools.iter().zip(spends).enumerate() {
            let mut order: Vec<(Slack, &Column)> = spends.into_iter().zip(&pool.columns).collect();
            order.sort_unstable_by_key(|(spends, column)| (*spends, column.seats));
            for (spends, column) in order {
                cover.entries.push(Entry { seats: column.seats, spends });
                cover.pool_of.push(super::model::narrow(index));
            }
        }
        frame.left = pools.iter().map(|pool| super::model::narrow(pool.workers.len())).collect();
        frame.alive = (0..super::model::narrow(cover.entries.len())).collect();
        frame.starts = vec![0];
        for pool in pools {
            frame.starts.push(frame.starts[frame.starts.len() - 1] + super::model::narrow(pool.columns.len()));
        }
        // The first position chooses nothing: it only opens.
        let fits = cover.open(&frame, 0, frame.left.clone(), slack);
        if let Some(first) = fits {
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
            let Some(choice) = frame.choices.pop() else {
                self.fail();
                continue;
            };
            frame.chosen = Some(choice);
            *steps = steps.saturating_sub(1 + frame.alive.len() as u64 / BATCH);
            let entry = self.entries[choice as usize];
            let pool = self.pool_of[choice as usize] as usize;
            let mut left = frame.left.clone();
            left[pool] -= 1;
            let used = frame.used | entry.seats;
            let mut slack = frame.slack;
            for (slack, spends) in slack.iter_mut().zip(entry.spends) {
                *slack -= spends;
            }
            if self.failed.get(&(used, self.key(&left))).is_some_and(|failed| within(&slack, failed)) {
                continue;
            }
            let frame = &self.frames[self.frames.len() - 1];
            let Some(next) = self.open(frame, used, left, slack) else { continue };
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
    fn open(&self, parent: &Frame, used: u128, left: Vec<u32>, slack: Slack) -> Option<Frame> {
        let mut alive: Vec<u32> = Vec::with_capacity(parent.alive.len());
        let mut starts = Vec::with_capacity(parent.starts.len());
        let mut net = slack;
        let mut leasts: Vec<Slack> = Vec::with_capacity(left.len());
        for (pool, left) in left.iter().enumerate() {
            starts.push(super::model::narrow(alive.len()));
            let mut least = [i64::MAX; MEASURES];
            if *left > 0 {
                let range = parent.starts[pool] as usize..parent.starts[pool + 1] as usize;
                for index in &parent.alive[range] {
                    let entry = &self.entries[*index as usize];
                    if entry.seats & used == 0 && within(&entry.spends, &net) {
                        alive.push(*index);
                        for (least, spends) in least.iter_mut().zip(entry.spends) {
                            *least = (*least).min(spends);
                        }
                    }
                }
                for (net, least) in net.iter_mut().zip(least) {
                    *net -= i64::from(*left).checked_mul(least)?;
                }
                if net.iter().any(|net| *net < 0) {
                    return None;
                }
            }
            leasts.push(least);
        }
        starts.push(super::model::narrow(alive.len()));
        // Once more with what the others need at least, and how many schedules each seat has.
        let mut kept = 0;
        let mut counts = [0u32; 128];
        let mut few: Option<(u32, usize, bool)> = None;
        for pool in 0..left.len() {
            let range = starts[pool] as usize..starts[pool + 1] as usize;
            let start = kept;
            for place in range {
                let index = alive[place];
                let entry = &self.entries[index as usize];
                let fits =
                    entry.spends.iter().zip(leasts[pool]).zip(net).all(|((spends, least), net)| *spends - least <= net);
                if fits {
                    alive[kept] = index;
                    kept += 1;
                    for seat in ones(entry.seats) {
                        counts[seat] += 1;
                    }
                }
            }
            starts[pool] = super::model::narrow(start);
            if left[pool] > 0 {
                let count = super::model::narrow(kept - start);
                if count == 0 {
                    return None;
                }
                // Like workers are branched on by seat only, so that who is who does not matter.
                if self.workers[pool].len() == 1 && few.is_none_or(|few| count < few.0) {
                    few = Some((count, pool, true));
                }
            }
        }
        alive.truncate(kept);
        let pools = left.len();
        starts[pools] = super::model::narrow(kept);
        for seat in ones(self.all & !used) {
            if counts[seat] == 0 {
                return None;
            }
            if few.is_none_or(|few| counts[seat] < few.0) {
                few = Some((counts[seat], seat, false));
            }
        }
        let mut choices: Vec<u32> = match few {
            Some((_, pool, true)) => alive[starts[pool] as usize..starts[pool + 1] as usize].to_vec(),
            Some((_, seat, false)) => {
                let serves = |index: &u32| self.entries[*index as usize].seats >> seat & 1 == 1;
                alive.iter().copied().filter(serves).collect()
            }
            None => Vec::new(),
        };
        if used == self.all {
            choices.clear();
        }
        // The cheapest last, for it is tried first.
        choices.sort_by_key(|index| std::cmp::Reverse((self.entries[*index as usize].spends, *index)));
        Some(Frame { used, left, slack, alive, starts, choices, chosen: None })
    }

    /// The plan at a position that covers all, if whoever is left can serve nothing more and the limits hold.
    fn plan(&self) -> Option<Vec<u32>> {
        let last = self.frames.last()?;
        for (pool, left) in last.left.iter().enumerate() {
            let mut range = last.alive[last.starts[pool] as usize..last.starts[pool + 1] as usize].iter();
            if *left > 0 && range.all(|index| self.entries[*index as usize].seats != 0) {
                return None;
            }
        }
        let mut plan = vec![NOBODY; self.model.seats];
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

fn within(spends: &Slack, slack: &Slack) -> bool {
    spends.iter().zip(slack).all(|(spends, slack)| spends <= slack)
}

fn ones_below(seats: usize) -> u128 {
    if seats >= 128 { u128::MAX } else { (1 << seats) - 1 }
}
