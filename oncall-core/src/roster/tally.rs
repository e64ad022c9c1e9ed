//! Whole schedules by how many seats of each kind they have.
//!
//! Weeks that weigh the same make many schedules that differ in nothing that counts. With one price for all seats of a
//! kind they cost the same, so that what is joint to all workers can be worked out over counts: which counts add up to
//! all seats within the limit, and which schedules have such counts.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: pools and kinds are those that were made; counts fit their fields, costs below 2^112"
)]

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::columns::Pool;
use super::counts::Kinds;
use super::price::Prices;

/// The most positions of one worker.
const POSITIONS: usize = 1 << 20;

/// Counts are spread well enough by one multiplication.
#[derive(Debug, Default, Clone, Copy)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_0C9D_3C6E_F372);
        self.0 = u64::try_from(product >> 64).unwrap_or(0) ^ u64::try_from(product & u128::from(u64::MAX)).unwrap_or(0);
    }
}

type Table = HashMap<u64, i128, BuildHasherDefault<Spread>>;

/// Leaves out the schedules whose counts are in no plan within the limit of the prices, which are the same for all seats
/// of a kind. Whether there may be a plan; `None` if that takes more than `most` steps, which are added to `work`.
pub(super) fn tally(kinds: &Kinds, pools: &mut [Pool], prices: &Prices, most: u64, work: &mut u64) -> Option<bool> {
    let mut slack = prices.limit - prices.of.iter().sum::<i128>();
    // By pool: counts with what they cost beyond the least, the cheapest first.
    let mut vectors: Vec<Vec<(u64, i128)>> = Vec::new();
    for pool in pools.iter() {
        let mut costs = Table::default();
        for column in &pool.columns {
            let beyond = prices.beyond(column);
            let cost = costs.entry(kinds.counts(column.seats)).or_insert(beyond);
            *cost = (*cost).min(beyond);
        }
        *work += pool.columns.len() as u64;
        let least = costs.values().copied().min().unwrap_or(0);
        slack -= least * pool.workers.len() as i128;
        let mut costs: Vec<(u64, i128)> = costs.into_iter().map(|(counts, cost)| (counts, cost - least)).collect();
        costs.sort_unstable_by_key(|(counts, cost)| (*cost, *counts));
        vectors.push(costs);
    }
    if slack < 0 {
        return Some(false);
    }
    let mut order: Vec<usize> = (0..pools.len()).flat_map(|pool| vec![pool; pools[pool].workers.len()]).collect();
    order.sort_by_key(|pool| (vectors[*pool].len(), *pool));
    let all = kinds.all();
    let mut tables: Vec<Table> = vec![Table::from_iter([(0, 0)])];
    let mut steps = 0u64;
    for pool in &order {
        let mut next = Table::default();
        for (counts, sum) in &tables[tables.len() - 1] {
            for (more, cost) in &vectors[*pool] {
                if sum + cost > slack {
                    break;
                }
                steps += 1;
                let counts = counts + more;
                if kinds.within(counts, all) {
                    let known = next.entry(counts).or_insert(i128::MAX);
                    *known = (*known).min(sum + cost);
                }
            }
            if steps > most || next.len() > POSITIONS {
                *work += steps;
                return None;
            }
        }
        tables.push(next);
    }
    *work += steps;
    // Backward: which counts take part.
    let mut after = Table::from_iter([(all, 0)]);
    let mut used: Vec<HashSet<u64>> = vec![HashSet::new(); pools.len()];
    for (place, pool) in order.iter().enumerate().rev() {
        let before = &tables[place];
        let mut next = Table::default();
        for (counts, rest) in &after {
            for (more, cost) in &vectors[*pool] {
                if rest + cost > slack {
                    break;
                }
                *work += 1;
                let Some(counts) = counts.checked_sub(*more) else { continue };
                if before.get(&counts).is_some_and(|sum| sum + cost + rest <= slack) {
                    used[*pool].insert(*more);
                    let known = next.entry(counts).or_insert(i128::MAX);
                    *known = (*known).min(rest + cost);
                }
            }
        }
        after = next;
    }
    for (pool, used) in pools.iter_mut().zip(&used) {
        pool.columns.retain(|column| used.contains(&kinds.counts(column.seats)));
    }
    Some(!after.is_empty())
}
