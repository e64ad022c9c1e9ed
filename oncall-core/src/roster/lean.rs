//! Prices of seats where schedules are too many to list: the cheapest schedule by its automaton.
//!
//! What a worker pays is bounded from below by so much for each unit of load: the tangent of the square at about the
//! burden that he has, or a price on load below what he may have. Under that and the prices of the seats the cheapest
//! schedule is a shortest path, and those that may be in a plan within the limit are paths not much longer.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: seats and states are those that were made; costs stay below 2^110, prices below 2^112 of 2^127"
)]

use super::automaton::NONE;
use super::bound::Facts;
use super::columns::{Pool, Wanted, of_worker};
use super::problem::square;

const MOST_PRICE: i128 = 1 << 112;
/// A full step, in parts.
const STEP: i128 = 1 << 10;
/// Turns without a better bound after which steps are shorter.
const IDLE: u32 = 12;
/// What a unit of load is worth where only its limit counts.
const RATE: i128 = 1 << 12;

/// What is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lean {
    /// Burdens up to so much.
    Largest(i64),
    /// The sum of squares up to so much.
    Squares(i128),
    /// Nothing but that seats are covered.
    Nothing,
}

/// One class: the rate of its load, and what is paid whatever it serves.
#[derive(Debug, Clone)]
struct Line {
    workers: Vec<u32>,
    rate: i128,
    base: i128,
}

#[derive(Debug, Clone)]
pub(super) struct Lines {
    lines: Vec<Line>,
    /// By seat.
    pub prices: Vec<i128>,
    limit: i128,
    bound: i128,
    uncovered: usize,
    is_scale_free: bool,
}

impl Lines {
    /// `burdens`: about what everybody has in a good plan.
    pub(super) fn new(
        facts: &Facts<'_>,
        classes: &[Vec<u32>],
        lean: Lean,
        uncovered: u64,
        burdens: &[i64],
        start: Option<&[i128]>,
    ) -> Self {
        let model = facts.model;
        let mut lines = Vec::new();
        for workers in classes {
            let first = workers[0] as usize;
            let (scale, carry) = (i128::from(model.scale[first]), i128::from(model.carry[first]));
            let (rate, base) = match lean {
                Lean::Nothing => (0, 0),
                Lean::Largest(most) => (RATE, -RATE * (i128::from(most).div_euclid(scale) - carry)),
                Lean::Squares(_) => {
                    let sum: i128 = workers.iter().map(|worker| i128::from(burdens[*worker as usize])).sum();
                    let about = i64::try_from((sum / workers.len() as i128).max(0)).unwrap_or(0);
                    let slope = 2 * i128::from(about) * scale;
                    (slope, slope * carry - square(about))
                }
            };
            lines.push(Line { workers: workers.clone(), rate, base });
        }
        let prices = start.map_or_else(|| Self::usual(facts, &lines), <[i128]>::to_vec);
        let limit = if let Lean::Squares(limit) = lean { limit } else { 0 };
        let uncovered = usize::try_from(uncovered).unwrap_or(usize::MAX).min(model.seats);
        let is_scale_free = lean == Lean::Nothing;
        Self { lines, prices, limit, bound: i128::MIN, uncovered, is_scale_free }
    }

    /// By seat: the average of what serving it costs.
    fn usual(facts: &Facts<'_>, lines: &[Line]) -> Vec<i128> {
        let model = facts.model;
        let price = |seat: usize| {
            let costs = lines.iter().filter_map(|line| {
                let load = model.load(line.workers[0] as usize, seat);
                (load >= 0).then(|| line.rate * i128::from(load))
            });
            let costs: Vec<i128> = costs.collect();
            let few = (costs.len() as i128).max(1);
            costs
                .iter()
                .map(|cost| cost / few)
                .sum::<i128>()
                .max(i128::from(u8::from(lines.iter().all(|line| line.rate == 0))) << 20)
        };
        (0..model.seats).map(price).collect()
    }

    /// What a seat is worth to a class: cost of load less price.
    fn values(&self, facts: &Facts<'_>, line: &Line) -> Vec<i128> {
        let worker = line.workers[0] as usize;
        let value =
            |(seat, price): (usize, &i128)| line.rate * i128::from(facts.model.load(worker, seat).max(0)) - price;
        self.prices.iter().enumerate().map(value).collect()
    }

    /// Whether there may be a plan within the limit, by better and better prices.
    pub(super) fn ascend(&mut self, facts: &Facts<'_>, most: u64, work: &mut u64) -> bool {
        let seats = facts.model.seats;
        let mut best = (i128::MIN, i128::MIN, self.prices.clone());
        let (mut size, mut idle) = (STEP, 0);
        let mut direction = vec![0i128; seats];
        let mut least = Vec::new();
        let end = *work + most;
        while *work < end {
            let mut bound: i128 = self.prices.iter().sum();
            let mut covered = vec![0i128; seats];
            for line in &self.lines {
                let values = self.values(facts, line);
                shortest(facts, line.workers[0] as usize, &values, &mut least);
                *work += least.len() as u64 / 4 + 1;
                bound += line.workers.len() as i128 * (least[0] + line.base);
                let automaton = &facts.automata[line.workers[0] as usize];
                let mut state = 0;
                for (seat, covered) in covered.iter_mut().enumerate() {
                    let from = automaton.states[state as usize];
                    if (from.skip, from.take) == (NONE, NONE) {
                        break;
                    }
                    let takes = from.take != NONE
                        && (from.skip == NONE || least[from.take as usize] + values[seat] < least[from.skip as usize]);
                    if takes {
                        *covered += line.workers.len() as i128;
                    }
                    state = if takes { from.take } else { from.skip };
                }
            }
            for (seat, price) in self.open(facts) {
                bound -= price;
                covered[seat] += 1;
            }
            if bound > self.limit {
                self.bound = bound;
                return false;
            }
            let norm = self.prices.iter().map(|price| price.abs()).sum::<i128>().max(1);
            let quality = if self.is_scale_free { (bound << 8) / (norm >> 12).max(1) } else { bound };
            if quality > best.0 {
                best = (quality, bound, self.prices.clone());
                idle = 0;
            } else {
                idle += 1;
                if idle == IDLE {
                    (size, idle) = (size * 3 / 4, 0);
                    if size < STEP / 64 {
                        break;
                    }
                    self.prices.copy_from_slice(&best.2);
                }
            }
            let target = if self.is_scale_free { norm >> 11 } else { self.limit };
            let mut length = 0;
            for (step, covered) in direction.iter_mut().zip(&covered) {
                *step = *step * 3 / 4 + ((1 - covered) << 8);
                length += *step * *step;
            }
            if length == 0 {
                break;
            }
            let gap = (target - bound).max(1).saturating_mul(size) / STEP;
            for (price, step) in self.prices.iter_mut().zip(&direction) {
                let change = gap.saturating_mul(*step << 8) / length;
                *price = (*price + change).clamp(-MOST_PRICE, MOST_PRICE);
            }
        }
        (_, self.bound, self.prices) = best;
        true
    }

    /// The seats that are best left uncovered, with their prices.
    fn open(&self, facts: &Facts<'_>) -> Vec<(usize, i128)> {
        if self.uncovered == 0 {
            return Vec::new();
        }
        let free = |(seat, price): &(usize, i128)| *price > 0 && facts.model.fixed[*seat].is_none();
        let mut open: Vec<(usize, i128)> = self.prices.iter().copied().enumerate().filter(free).collect();
        open.sort_by_key(|(seat, price)| (-price, *seat));
        open.truncate(self.uncovered);
        open
    }

    /// The bound on what is limited.
    pub(super) fn least(&self) -> i128 {
        self.bound
    }

    /// The schedules that may be in a plan within the limit; `None` if they are more than `most` in all.
    pub(super) fn list(&self, facts: &Facts<'_>, largest: i64, most: usize, work: &mut u64) -> Option<Vec<Pool>> {
        let slack = self.limit - self.bound;
        let mut left = most;
        let mut pools = Vec::new();
        let mut least = Vec::new();
        for line in &self.lines {
            let worker = line.workers[0] as usize;
            let values = self.values(facts, line);
            shortest(facts, worker, &values, &mut least);
            let wanted = Wanted {
                largest,
                seats: u128::MAX,
                values: &values,
                least: &least,
                most: least[0].saturating_add(slack),
            };
            let columns = of_worker(facts, worker, &wanted, left, work)?;
            left -= columns.len();
            pools.push(Pool { workers: line.workers.clone(), columns });
        }
        Some(pools)
    }
}

/// By state, the least sum of values of the seats from there on.
fn shortest(facts: &Facts<'_>, worker: usize, values: &[i128], least: &mut Vec<i128>) {
    let automaton = &facts.automata[worker];
    least.clear();
    least.resize(automaton.states.len(), 0);
    for seat in (0..facts.model.seats).rev() {
        for state in automaton.layer(seat) {
            let from = automaton.states[state];
            let skip = (from.skip != NONE).then(|| least[from.skip as usize]);
            let take = (from.take != NONE).then(|| least[from.take as usize] + values[seat]);
            least[state] = match (skip, take) {
                (Some(skip), Some(take)) => skip.min(take),
                (one, other) => one.or(other).unwrap_or(0),
            };
        }
    }
}
