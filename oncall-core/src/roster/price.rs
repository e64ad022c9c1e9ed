//! Prices of seats, and the bound that they prove.
//!
//! Each seat is paid a price when it is served; each worker takes the schedule that costs least beyond what it is paid.
//! All prices and what everybody takes then bound from below what any plan costs (the Lagrangian relaxation of set
//! partitioning; the prices are found by subgradients: Fisher 1981, "The Lagrangian relaxation method for solving
//! integer programming problems"), whatever the prices are: whole numbers do. A schedule that costs so much more than
//! the least of its worker that the bound would pass the limit is in no plan within the limit, and is left out.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: seats and pools are those that were made; costs stay below 2^110, prices below 2^112 of 2^127"
)]

use super::columns::{Column, Pool, ones};
use super::problem::square;

/// Prices are cut to this size.
const MOST_PRICE: i128 = 1 << 112;
/// Bits that small costs are given, so that prices have room between whole numbers.
const BITS: u32 = 48;
/// Turns without a better bound after which steps are shorter.
const IDLE: u32 = 30;
/// A full step, in parts.
const STEP: i128 = 1 << 10;

/// What is summed over the schedules of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Nothing: whether there is a plan at all.
    Nothing,
    Squares,
    Penalty,
    /// Published seats kept, below 0.
    Kept,
}

impl Measure {
    pub(super) fn of(self, column: &Column) -> i128 {
        match self {
            Self::Nothing => 0,
            Self::Squares => square(column.burden),
            Self::Penalty => column.penalty.into(),
            Self::Kept => -i128::from(column.kept),
        }
    }
}

/// Prices of seats for one measure of which no plan may have more than a limit.
#[derive(Debug, Clone)]
pub(super) struct Prices {
    pub measure: Measure,
    /// The seats to be covered.
    pub seats: u128,
    /// The limit, scaled as prices are.
    pub limit: i128,
    pub of: Vec<i128>,
    /// By seat: its kind, where seats of a kind have one price.
    kinds: Option<Vec<u32>>,
    /// By how many bits costs are scaled up.
    shift: u32,
    /// The bound by these prices, scaled.
    pub bound: i128,
}

impl Prices {
    /// Prices to begin with.
    pub(super) fn new(measure: Measure, limit: i128, pools: &[Pool], all: u128) -> Self {
        let seats = 128 - all.leading_zeros() as usize;
        let costs = pools.iter().flat_map(|pool| &pool.columns).map(|column| measure.of(column).abs());
        let most = costs.max().unwrap_or(0).max(1);
        let shift = if measure == Measure::Nothing { 0 } else { BITS.saturating_sub(128 - most.leading_zeros()) };
        let mut prices = Self {
            measure,
            seats: all,
            limit: limit << shift,
            of: vec![0; seats],
            kinds: None,
            shift,
            bound: i128::MIN,
        };
        // What a seat costs on average where it is served, in proportion to the seats beside it.
        let (mut sum, mut times) = (vec![0i128; seats], vec![0i128; seats]);
        for column in pools.iter().flat_map(|pool| &pool.columns).filter(|column| column.seats != 0) {
            let cost = match measure {
                Measure::Nothing => i128::from(column.burden) << 8,
                _ => prices.cost(column),
            };
            let each = cost / i128::from(column.seats.count_ones());
            for seat in ones(column.seats) {
                sum[seat] += each >> 12;
                times[seat] += 1;
            }
        }
        for (price, (sum, times)) in prices.of.iter_mut().zip(sum.into_iter().zip(times)) {
            *price = (sum / times.max(1)) << 12;
        }
        prices
    }

    /// The cost of a schedule, scaled.
    fn cost(&self, column: &Column) -> i128 {
        self.measure.of(column) << self.shift
    }

    /// What a schedule costs beyond what its seats pay, scaled.
    pub(super) fn beyond(&self, column: &Column) -> i128 {
        self.cost(column) - ones(column.seats).map(|seat| self.of[seat]).sum::<i128>()
    }

    /// With the prices of others, scaled up by so many bits, to begin with.
    pub(super) fn begin_with(&mut self, prices: &[i128], shift: u32) {
        let more = self.shift.saturating_sub(shift);
        for (price, other) in self.of.iter_mut().zip(prices) {
            *price = *other << more >> shift.saturating_sub(self.shift);
        }
    }

    /// The same for all seats of a kind.
    pub(super) fn tied(&self, kinds: &[u32]) -> Self {
        let mut tied = Self { kinds: Some(kinds.to_vec()), ..self.clone() };
        tied.of = averages(&self.of, kinds);
        tied
    }

    /// Another limit.
    pub(super) fn limit_to(&mut self, limit: i128) {
        self.limit = limit << self.shift;
    }

    /// The least of the measure by the bound, unscaled.
    pub(super) fn least(&self) -> i128 {
        let unit = 1i128 << self.shift;
        -((-self.bound).div_euclid(unit))
    }

    /// Looks for better prices, and leaves out schedules that no plan within the limit has. Whether there may be one;
    /// `work` counts schedules looked at.
    pub(super) fn ascend(&mut self, pools: &mut [Pool], most: u64, work: &mut u64) -> bool {
        let seats = self.of.len();
        let mut best = self.clone();
        best.bound = i128::MIN;
        let mut best_quality = i128::MIN;
        let (mut size, mut idle) = (STEP, 0);
        let mut direction = vec![0i128; seats];
        let mut values: Vec<Vec<i128>> = vec![Vec::new(); pools.len()];
        let mut tied = Vec::new();
        let end = *work + most;
        while *work < end {
            let mut bound: i128 = self.of.iter().sum();
            let mut covered = vec![0i128; seats];
            let mut leasts = Vec::with_capacity(pools.len());
            for (pool, values) in pools.iter().zip(&mut values) {
                values.clear();
                values.extend(pool.columns.iter().map(|column| self.beyond(column)));
                *work += values.len() as u64 + 1;
                let Some((place, least)) = values.iter().enumerate().min_by_key(|(_, value)| **value) else {
                    return false;
                };
                bound += pool.workers.len() as i128 * least;
                leasts.push(*least);
                for seat in ones(pool.columns[place].seats) {
                    covered[seat] += pool.workers.len() as i128;
                }
            }
            if bound > self.limit {
                self.bound = bound;
                return false;
            }
            let norm = self.of.iter().map(|price| price.abs()).sum::<i128>().max(1);
            let quality = if self.measure == Measure::Nothing { (bound << 8) / (norm >> 12).max(1) } else { bound };
            if quality > best_quality {
                best_quality = quality;
                best.of.copy_from_slice(&self.of);
                best.bound = bound;
                idle = 0;
                let slack = self.limit - bound;
                for ((pool, values), least) in pools.iter_mut().zip(&values).zip(leasts) {
                    let mut values = values.iter();
                    pool.columns.retain(|_| values.next().is_some_and(|value| value - least <= slack));
                }
            } else {
                idle += 1;
                if idle == IDLE {
                    (size, idle) = (size * 3 / 4, 0);
                    if size < STEP / 64 {
                        break;
                    }
                    self.of.copy_from_slice(&best.of);
                }
            }
            let target = if self.measure == Measure::Nothing { norm >> 11 } else { self.limit };
            let mut length = 0;
            if let Some(kinds) = &self.kinds {
                // Seats of a kind miss the same, in parts of a seat.
                let scaled: Vec<i128> = covered.iter().map(|covered| covered << 8).collect();
                tied = averages(&scaled, kinds);
            }
            for seat in ones(self.seats) {
                let missing = if self.kinds.is_some() { 256 - tied[seat] } else { (1 - covered[seat]) << 8 };
                direction[seat] = direction[seat] * 3 / 4 + missing;
                length += direction[seat] * direction[seat];
            }
            if length == 0 {
                break;
            }
            let gap = (target - bound).max(1).saturating_mul(size) / STEP;
            for (price, step) in self.of.iter_mut().zip(&direction) {
                let change = gap.saturating_mul(*step << 8) / length;
                *price = (*price + change).clamp(-MOST_PRICE, MOST_PRICE);
            }
        }
        *self = best;
        true
    }
}

/// By seat, the average over the seats of its kind.
fn averages(of: &[i128], kinds: &[u32]) -> Vec<i128> {
    let mut sums = std::collections::BTreeMap::<u32, (i128, i128)>::new();
    for (value, kind) in of.iter().zip(kinds) {
        let (sum, count) = sums.entry(*kind).or_default();
        (*sum, *count) = (*sum + value, *count + 1);
    }
    kinds.iter().take(of.len()).map(|kind| sums.get(kind).map_or(0, |(sum, count)| sum / count)).collect()
}
