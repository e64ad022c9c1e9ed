//! Better plans by giving out anew what a few workers have: exactly, by their whole schedules.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: workers and seats are those of the model, whose values fit"
)]

use super::bound::Facts;
use super::columns::{self, Pool, Wanted};
use super::cover::{Cover, End};
use super::model::{NOBODY, narrow};
use super::price::{Measure, Prices};
use super::problem::{Values, square};
use super::random::Random;

/// Seats that a group has, about.
const SEATS: usize = 16;
/// The most schedules of a group.
const MOST: usize = 1 << 13;
/// The most work of a search for prices, and of a search for a plan.
const WORK: u64 = 1 << 17;
const STEPS: u64 = 1 << 11;

/// What is to be lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lower {
    Largest,
    Squares,
}

/// One try with a group drawn by chance. What was looked at is added to `work`, and steps to `steps`.
pub(super) fn regroup(
    facts: &Facts<'_>,
    plan: &[u32],
    lower: Lower,
    limits: &Values,
    random: &mut Random,
    work: &mut u64,
    steps: &mut u64,
) -> Option<Vec<u32>> {
    let model = facts.model;
    if model.workers > columns::MOST_WORKERS || model.seats > columns::MOST_SEATS || model.workers < 2 {
        return None;
    }
    let burdens = model.burdens(plan);
    let group = drawn(model.workers, model.seats, &burdens, lower, random);
    let mut seats = 0u128;
    let mut base = plan.to_vec();
    for (seat, worker) in base.iter_mut().enumerate() {
        if *worker != NOBODY && group.contains(&(*worker as usize)) {
            seats |= 1 << seat;
            *worker = NOBODY;
        }
    }
    let mut left = MOST;
    let mut pools = Vec::new();
    for worker in &group {
        let wanted = Wanted { largest: limits.largest, seats, values: &[], least: &[], most: i128::MAX };
        let columns = columns::of_worker(facts, *worker, &wanted, left, work)?;
        left -= columns.len();
        pools.push(Pool { workers: vec![narrow(*worker)], columns });
    }
    let (measure, limit) = match lower {
        Lower::Largest => (Measure::Nothing, 0),
        Lower::Squares => {
            let others = (0..model.workers).filter(|worker| !group.contains(worker));
            (Measure::Squares, limits.squares - others.map(|worker| square(burdens[worker])).sum::<i128>())
        }
    };
    let mut prices = Prices::new(measure, limit, &pools, seats);
    if !prices.ascend(&mut pools, WORK, work) {
        return None;
    }
    let mut left = STEPS;
    let found = Cover::new(model, &pools, &[prices], *limits, base).search(&mut left);
    *steps += STEPS - left;
    if let End::Found(plan) = found { Some(plan) } else { None }
}

/// Some workers, who have some seats together; the one with the most burden among them where that is to be lowered.
fn drawn(workers: usize, seats: usize, burdens: &[i64], lower: Lower, random: &mut Random) -> Vec<usize> {
    let size = (SEATS * workers / seats.max(1)).clamp(2, 5).min(workers);
    let mut group = Vec::new();
    if lower == Lower::Largest {
        group.extend((0..workers).max_by_key(|worker| burdens[*worker]));
    }
    while group.len() < size {
        let worker = random.below(workers);
        if !group.contains(&worker) {
            group.push(worker);
        }
    }
    group.sort_unstable();
    group
}
