//! Lower bounds on the largest burden and on the sum of squares.
//!
//! Every seat has one worker, so that loads add up to the load of all seats; and a worker has one of the loads that
//! his automaton reaches. The best sums of burdens under these two facts alone are a knapsack with a choice for each
//! worker, solved exactly by its recursion over totals, or from below by a Lagrangian price on the total where that
//! is too large (Kellerer, Pferschy, Pisinger 2004, "Knapsack problems", chapter 11).
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: workers are those of the model, sums of burdens fit as the problem was checked"
)]

use super::automaton::Automaton;
use super::model::Model;
use super::problem::square;
use super::reach::Reach;

/// The most steps of one recursion.
const STEPS: usize = 1 << 26;

/// What is known of each worker, and of the total.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub model: &'a Model,
    pub automata: Vec<Automaton>,
    pub reach: Vec<Reach>,
    /// The greatest common divisor of all loads.
    pub unit: i64,
    /// By worker: the loads he can have, in units and in order. `None` where they are too many to list.
    pub loads: Vec<Option<Vec<i64>>>,
    /// By seat: the least and the most load that somebody can have by it, in units; sorted apart.
    least: Vec<i64>,
    most: Vec<i64>,
}

/// A choice of each worker's load with the cost of each, and the totals allowed.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// By worker: (load in units, square of the burden), in order of load.
    pub items: Vec<Vec<(i64, i128)>>,
    /// The least and the most total in units.
    pub total: (i64, i64),
}

impl<'a> Facts<'a> {
    pub(super) fn of(model: &'a Model) -> Self {
        let mut unit = 0;
        let (mut least, mut most) = (Vec::new(), Vec::new());
        for seat in 0..model.seats {
            let loads = || model.able[seat].iter().map(|worker| model.load(*worker as usize, seat));
            unit = loads().fold(unit, divisor);
            least.extend(loads().min());
            most.extend(loads().max());
        }
        let unit = unit.max(1);
        let in_units = |loads: Vec<i64>| {
            let mut loads: Vec<i64> = loads.into_iter().map(|load| load / unit).collect();
            loads.sort_unstable();
            loads
        };
        let automata: Vec<Automaton> = (0..model.workers).map(|worker| Automaton::of(model, worker)).collect();
        let reach: Vec<Reach> =
            automata.iter().enumerate().map(|(worker, automaton)| Reach::of(model, worker, automaton, unit)).collect();
        let loads = reach
            .iter()
            .map(|reach| reach.sets.first().map(|set| set.ones().filter_map(|bit| i64::try_from(bit).ok()).collect()))
            .collect();
        Self { model, automata, reach, unit, loads, least: in_units(least), most: in_units(most) }
    }

    /// Seats that no plan covers: nobody can serve them, or all together cannot serve so many.
    pub(super) fn uncovered(&self) -> u64 {
        let able = self.least.len();
        let places: usize =
            self.automata.iter().map(|automaton| automaton.most_seats.first().map_or(0, |m| *m as usize)).sum();
        (self.model.seats - able.min(places)) as u64
    }

    /// Seats that nobody can serve.
    pub(super) fn without(&self) -> u64 {
        (self.model.seats - self.least.len()) as u64
    }

    /// The totals possible with so many seats uncovered, of those that somebody can serve.
    fn total(&self, uncovered: u64) -> (i64, i64) {
        let without = self.model.seats - self.least.len();
        let open = usize::try_from(uncovered).unwrap_or(usize::MAX).saturating_sub(without);
        let covered = self.least.len().saturating_sub(open);
        let low = self.least.iter().take(covered).sum();
        let high = self.most.iter().rev().take(covered).sum();
        (low, high)
    }

    /// The burden of a load in units.
    pub(super) fn burden(&self, worker: usize, units: i64) -> i64 {
        self.model.burden(worker, units * self.unit)
    }

    /// The smallest largest burden that the loads allow.
    pub(super) fn largest(&self, uncovered: u64) -> i64 {
        let total = self.total(uncovered);
        let mut low =
            (0..self.model.workers).map(|worker| self.burden(worker, self.reach[worker].range[0].0)).max().unwrap_or(0);
        let mut high = (0..self.model.workers)
            .map(|worker| self.burden(worker, self.reach[worker].range[0].1))
            .max()
            .unwrap_or(0)
            .max(low);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.holds(middle, total) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// The most load in units under a burden, `None` if even the least is above.
    fn capacity(&self, worker: usize, largest: i64) -> Option<i64> {
        let (least, most) = self.reach[worker].range[0];
        if self.burden(worker, least) > largest {
            return None;
        }
        let limit = (largest.div_euclid(self.model.scale[worker]) - self.model.carry[worker]).div_euclid(self.unit);
        Some(match &self.loads[worker] {
            Some(loads) => loads[loads.partition_point(|load| *load <= limit).saturating_sub(1)],
            None => limit.min(most),
        })
    }

    /// Whether loads under that burden can add up to a total in the range.
    fn holds(&self, largest: i64, total: (i64, i64)) -> bool {
        let mut capacity = 0;
        for worker in 0..self.model.workers {
            let Some(most) = self.capacity(worker, largest) else {
                return false;
            };
            capacity += most;
        }
        if capacity < total.0 {
            return false;
        }
        if total.0 != total.1 || self.loads.iter().any(Option::is_none) || total.0 > 1 << 20 {
            return true;
        }
        // Which totals exactly: sets of sums.
        let mut sums = super::reach::Bits::with([0]);
        let mut steps = 0;
        for worker in 0..self.model.workers {
            let loads = self.loads[worker].iter().flatten().filter(|load| self.burden(worker, **load) <= largest);
            let mut next = super::reach::Bits::default();
            for load in loads {
                steps += total.0 / 64 + 1;
                next.or_shifted(&sums, usize::try_from(*load).unwrap_or(0));
            }
            sums = next;
            if steps > 1 << 22 {
                return true;
            }
        }
        usize::try_from(total.0).is_ok_and(|total| sums.has(total))
    }

    /// The choice of loads under a burden; `None` where loads are too many to list.
    pub(super) fn choice(&self, uncovered: u64, largest: i64) -> Option<Choice> {
        let items = (0..self.model.workers).map(|worker| {
            let loads = self.loads[worker].as_ref()?.iter().map(|load| (*load, self.burden(worker, *load)));
            let under = loads.filter(|(_, burden)| *burden <= largest);
            Some(under.map(|(load, burden)| (load, square(burden))).collect())
        });
        Some(Choice { items: items.collect::<Option<_>>()?, total: self.total(uncovered) })
    }

    /// A lower bound on the sum of squares that needs no lists: every burden at the level that shares the total.
    pub(super) fn squares_by_range(&self, uncovered: u64, largest: i64) -> i128 {
        let (low, high) = self.total(uncovered);
        let most: Option<i64> = (0..self.model.workers).map(|worker| self.capacity(worker, largest)).sum();
        if most.is_none_or(|most| most < low) {
            return 0;
        }
        let at = |price: i128| -> (i128, i128) {
            let (mut value, mut sum) = (0, 0);
            for worker in 0..self.model.workers {
                let (least, _) = self.reach[worker].range[0];
                let most = self.capacity(worker, largest).unwrap_or(least);
                let (load, cost) = self.cheapest(worker, least, most, price);
                value += cost;
                sum += i128::from(load);
            }
            (value, sum)
        };
        best_price(at, low.into(), high.into()).1
    }

    /// The load in a range whose square less the price of the load is least.
    fn cheapest(&self, worker: usize, least: i64, most: i64, price: i128) -> (i64, i128) {
        let cost = |load: i64| square(self.burden(worker, load)) - price * i128::from(load);
        // The cost is convex in the load: the first load from which on it does not fall.
        let (mut low, mut high) = (least, most);
        while low < high {
            let middle = low + (high - low) / 2;
            if cost(middle + 1) >= cost(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        (low, cost(low))
    }
}

impl Choice {
    /// The Lagrangian bound: the price of a unit of load, and the bound under it.
    pub(super) fn priced(&self) -> (i128, i128) {
        if !self.is_possible() {
            return (0, 0);
        }
        let at = |price: i128| -> (i128, i128) {
            let (mut value, mut sum) = (0, 0);
            for items in &self.items {
                let best = items.iter().map(|(load, cost)| (cost - price * i128::from(*load), *load)).min();
                if let Some((cost, load)) = best {
                    value += cost;
                    sum += i128::from(load);
                }
            }
            (value, sum)
        };
        best_price(at, self.total.0.into(), self.total.1.into())
    }

    /// Leaves out loads that no sum of squares up to `limit` has, by price.
    pub(super) fn filter_by_price(&mut self, limit: i128) {
        let (price, bound) = self.priced();
        let slack = limit - bound;
        for items in &mut self.items {
            let cost = |item: &(i64, i128)| item.1 - price * i128::from(item.0);
            if let Some(best) = items.iter().map(cost).min() {
                items.retain(|item| cost(item) - best <= slack);
            }
        }
    }

    /// The least sum of squares, by the recursion over totals: `Ok(None)` if no choice has an allowed total, an error
    /// with the Lagrangian bound where it is too large. Loads that no choice up to `limit` has are left out.
    pub(super) fn least(&mut self, limit: i128) -> Result<Option<i128>, i128> {
        if !self.is_possible() {
            return Ok(None);
        }
        let tables = self.tables().ok_or_else(|| self.priced().1)?;
        let Some(best) = self.best_of(&tables) else {
            return Ok(None);
        };
        self.filter_by_tables(&tables, limit);
        Ok(Some(best))
    }

    /// Whether everybody has a load and the total lies between the sums of the least and of the most.
    pub(super) fn is_possible(&self) -> bool {
        let least: Option<i64> = self.items.iter().map(|items| items.first().map(|item| item.0)).sum();
        let most: Option<i64> = self.items.iter().map(|items| items.last().map(|item| item.0)).sum();
        least.is_some_and(|least| least <= self.total.1) && most.is_some_and(|most| most >= self.total.0)
    }

    fn base(&self) -> Vec<i64> {
        let mut base = vec![0];
        for items in &self.items {
            base.push(base[base.len() - 1] + items.first().map_or(0, |item| item.0));
        }
        base
    }

    /// By number of workers, then by total above the least: the least sum.
    fn tables(&self) -> Option<Vec<Vec<i128>>> {
        let width = |items: &Vec<(i64, i128)>| match (items.first(), items.last()) {
            (Some(first), Some(last)) => last.0 - first.0,
            _ => 0,
        };
        let mut size = 1usize;
        let mut steps = 0usize;
        for items in &self.items {
            size = size.checked_add(usize::try_from(width(items)).ok()?)?;
            steps = steps.checked_add(size.checked_mul(items.len())?)?;
            if steps > STEPS {
                return None;
            }
        }
        let mut tables = vec![vec![0i128]];
        for items in &self.items {
            let last = &tables[tables.len() - 1];
            let first = items.first().map_or(0, |item| item.0);
            let mut next = vec![i128::MAX; last.len() + usize::try_from(width(items)).ok()?];
            for (load, cost) in items {
                let shift = usize::try_from(load - first).ok()?;
                for (sum, value) in next[shift..].iter_mut().zip(last) {
                    if *value != i128::MAX {
                        *sum = (*sum).min(value + cost);
                    }
                }
            }
            tables.push(next);
        }
        Some(tables)
    }

    fn best_of(&self, tables: &[Vec<i128>]) -> Option<i128> {
        let base = self.base();
        let least = base[base.len() - 1];
        let table = &tables[tables.len() - 1];
        (self.total.0..=self.total.1)
            .filter_map(|total| table.get(usize::try_from(total - least).ok()?))
            .copied()
            .filter(|value| *value != i128::MAX)
            .min()
    }

    /// Keeps the loads that some choice up to the limit has, by a second recursion from the last worker on.
    fn filter_by_tables(&mut self, tables: &[Vec<i128>], limit: i128) {
        let base = self.base();
        // By total of the workers before: the least that the others can make of it.
        let width = tables[tables.len() - 1].len();
        let least = base[base.len() - 1];
        let mut rest: Vec<i128> = (0..width)
            .map(|sum| {
                let total = least + i64::try_from(sum).unwrap_or(i64::MAX / 2);
                if (self.total.0..=self.total.1).contains(&total) { 0 } else { i128::MAX }
            })
            .collect();
        for worker in (0..self.items.len()).rev() {
            let before = &tables[worker];
            let first = self.items[worker].first().map_or(0, |item| item.0);
            let mut next = vec![i128::MAX; before.len()];
            self.items[worker].retain(|(load, cost)| {
                let shift = usize::try_from(load - first).unwrap_or(0);
                let mut best = i128::MAX;
                for (sum, value) in before.iter().enumerate() {
                    let after = rest[sum + shift];
                    if after != i128::MAX {
                        next[sum] = next[sum].min(after + cost);
                        if *value != i128::MAX {
                            best = best.min(value + cost + after);
                        }
                    }
                }
                best <= limit
            });
            rest = next;
        }
    }
}

/// The best Lagrangian bound over whole prices: `at` gives the least cost less price times load, and the load there.
fn best_price(at: impl Fn(i128) -> (i128, i128), low: i128, high: i128) -> (i128, i128) {
    let bound = |price: i128| {
        let (value, _) = at(price);
        value + price * if price >= 0 { low } else { high }
    };
    let (mut left, mut right) = (-1i128, 1i128);
    while at(right).1 < low && right < 1 << 80 {
        right *= 2;
    }
    while at(left).1 > high && left > -(1 << 80) {
        left *= 2;
    }
    // The sum of loads grows with the price; the best price is where it meets the total.
    let mut candidates = vec![0];
    while right - left > 1 {
        let middle = left + (right - left) / 2;
        let wanted = if middle >= 0 { low } else { high };
        if at(middle).1 < wanted {
            left = middle;
        } else {
            right = middle;
        }
    }
    candidates.extend([left, right]);
    candidates
        .into_iter()
        .map(|price| (price, bound(price)))
        .max_by_key(|(price, bound)| (*bound, -price))
        .unwrap_or((0, 0))
}

fn divisor(one: i64, other: i64) -> i64 {
    let (mut one, mut other) = (one, other);
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}
