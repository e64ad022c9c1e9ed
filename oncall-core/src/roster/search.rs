//! Bounds first, then local search and exhaustive search in turns, until plan and bound meet or the steps are spent.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: stages are as many as values; counts of steps, and values that fit with room"
)]

use super::bound::{Choice, Facts};
use super::counts::{self, Kinds};
use super::exact::{End, Exact, products};
use super::local::Local;
use super::model::{Model, NOBODY};
use super::partition::{Aim, Attempt, Partition};
use super::problem::{Problem, Values};
use super::product::{Ends, Product};
use super::random::Random;
use super::regroup::{Lower, regroup};
use super::solution::{Budget, Solution, as_array};

/// Steps of the first turn of local search; each turn has twice as many as the last.
const FIRST: u64 = 1 << 13;

/// Local search has so many times the steps of exhaustive search.
const SHARE: u64 = 4;
/// What is looked at for one step beside the search itself.
const BATCH: u64 = 32;
/// So many kinds of seats are few; whole schedules wait then until turns are so long.
const FEW: usize = 6;
const LATE: u64 = 1 << 21;
/// Steps of a recursion over counts up to which a search by loads alone waits for it.
const PATIENCE: usize = 1 << 22;

/// Finds the best plan that the budget allows to find. `None` only if the fixed seats alone break a hard rule: see
/// [`super::conflict()`].
#[must_use]
pub fn solve(problem: &Problem, budget: Budget) -> Option<Solution> {
    super::conflict::fixed_only(problem)?;
    let model = Model::of(problem);
    let facts = Facts::of(&model);
    let mut search = Search::new(&model, &facts, budget.nodes);
    search.run();
    Some(search.solution())
}

/// Whether a plan leaves no more seats uncovered than `allowed`; `None` if the budget does not tell.
pub(super) fn covers(problem: &Problem, allowed: u64, budget: Budget) -> Option<bool> {
    if super::conflict::fixed_only(problem).is_none() {
        return Some(false);
    }
    let model = Model::of(problem);
    let facts = Facts::of(&model);
    let mut search = Search::new(&model, &facts, budget.nodes);
    search.allowed = Some(allowed);
    search.run();
    if search.values.uncovered <= allowed {
        return Some(true);
    }
    (search.bounds[0] > allowed.into()).then_some(false)
}

/// Which value the exhaustive search tries to lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Uncovered,
    Largest,
    Squares,
    Penalty,
    Changed,
}

struct Search<'a> {
    model: &'a Model,
    facts: &'a Facts<'a>,
    kinds: Option<Kinds>,
    best: Vec<u32>,
    values: Values,
    bounds: [i128; 5],
    nodes: u64,
    most: u64,
    /// Where only cover matters: the most seats uncovered.
    allowed: Option<u64>,
}

impl<'a> Search<'a> {
    fn new(model: &'a Model, facts: &'a Facts<'a>, most: u64) -> Self {
        let best = Local::greedy(model, 0);
        let values = model.values(&best);
        let mut search =
            Self { model, facts, kinds: Kinds::of(model), best, values, bounds: [0; 5], nodes: 0, most, allowed: None };
        search.bounds[0] = facts.uncovered().into();
        search.rebound();
        search
    }

    fn solution(self) -> Solution {
        let plan = self.best.iter().map(|worker| (*worker != NOBODY).then_some(*worker as usize)).collect();
        Solution::of(plan, self.values, self.bounds, self.nodes)
    }

    fn run(&mut self) {
        let mut local = Local::new(self.model, &self.best, self.target(0), 1);
        let mut exact: Option<(Values, Exact<'a>)> = None;
        let (mut length, mut kicks) = (FIRST, 0);
        let mut partition = Partition::default();
        let mut random = Random(1);
        while self.open() {
            self.descend(&mut local, length, &mut kicks);
            let before = self.values;
            let is_whole = length >= LATE || !self.is_coarse();
            if is_whole {
                self.regroup(&mut random, length / 2);
            }
            let is_done = is_whole && self.open() && self.divide(&mut partition, length);
            if !is_done && !self.exhaust(&mut exact, length) && !is_whole && self.open() {
                self.divide(&mut partition, length);
            }
            if self.values != before {
                local = Local::new(self.model, &self.best, self.target(kicks), length);
            }
            length *= 2;
        }
    }

    /// Whether loads, or counts of few kinds of seats, are likely to prove what is open.
    fn is_coarse(&self) -> bool {
        match self.stage() {
            Stage::Uncovered => true,
            Stage::Largest | Stage::Squares => self.kinds.as_ref().is_some_and(|kinds| kinds.number() <= FEW),
            Stage::Penalty | Stage::Changed => false,
        }
    }

    /// Searches through the automata for some steps. Whether they are small enough for that.
    fn exhaust(&mut self, exact: &mut Option<(Values, Exact<'a>)>, length: u64) -> bool {
        // A bound may prove one value after the other before there is anything to search.
        while self.open() && exact.as_ref().is_none_or(|(limits, _)| *limits != self.limits()) {
            let (limits, stage) = (self.limits(), self.stage());
            *exact = self.prepare(length).map(|exact| (limits, exact));
            if exact.is_none() && self.stage() == stage {
                return false;
            }
        }
        if let Some((_, search)) = exact.as_mut().filter(|_| self.open()) {
            let given = (length / SHARE).min(self.most - self.nodes);
            let mut steps = given;
            let end = search.search(&mut steps);
            self.nodes += given - steps;
            match end {
                End::Found(plan) => {
                    let values = self.model.values(&plan);
                    self.take(&plan, values);
                }
                End::None => self.prove(self.stage()),
                End::Spent => {}
            }
        }
        true
    }

    /// Gives out anew what some workers have, for some steps.
    fn regroup(&mut self, random: &mut Random, length: u64) {
        let end = self.nodes.saturating_add(length).min(self.most);
        while self.nodes < end && self.open() {
            let lower = match self.stage() {
                Stage::Largest => Lower::Largest,
                Stage::Squares => Lower::Squares,
                Stage::Uncovered | Stage::Penalty | Stage::Changed => return,
            };
            let (mut work, mut steps) = (0, 0);
            let plan = regroup(self.facts, &self.best, lower, &self.limits(), random, &mut work, &mut steps);
            self.nodes += steps + work / BATCH + 1;
            if let Some(plan) = plan {
                let values = self.model.values(&plan);
                self.take(&plan, values);
            }
        }
    }

    /// Searches through whole schedules for some steps. Whether they are few enough for that.
    fn divide(&mut self, partition: &mut Partition<'a>, length: u64) -> bool {
        let end = self.nodes.saturating_add(length).min(self.most);
        while self.nodes < end && self.open() {
            let (stage, limits) = (self.stage(), self.limits());
            let burdens = self.model.burdens(&self.best);
            let aim = Aim { stage, limits, proven: self.bounds[stage as usize], burdens: &burdens };
            let given = end - self.nodes;
            let (mut steps, mut work) = (given, 0);
            let attempt = partition.attempt(self.facts, &aim, &mut steps, &mut work);
            self.nodes += given - steps + work / BATCH + 1;
            match attempt {
                Attempt::TooLarge => return false,
                Attempt::Found(plan) => {
                    let values = self.model.values(&plan);
                    self.take(&plan, values);
                }
                Attempt::None(above) if above >= self.least_limit(stage, &limits) => self.prove(stage),
                Attempt::None(above) => {
                    let bound = &mut self.bounds[stage as usize];
                    *bound = (*bound).max(above + 1);
                }
                Attempt::Spent => {}
            }
        }
        true
    }

    /// The limit of a stage.
    fn least_limit(&self, stage: Stage, limits: &Values) -> i128 {
        as_array(*limits)[stage as usize]
    }

    /// Whether there is something left to do, and steps to do it.
    fn open(&self) -> bool {
        let is_open = match self.allowed {
            Some(allowed) => self.values.uncovered > allowed && self.bounds[0] <= allowed.into(),
            None => as_array(self.values).iter().zip(&self.bounds).any(|(value, bound)| value > bound),
        };
        is_open && self.nodes < self.most
    }

    /// The first value that is not proven.
    fn stage(&self) -> Stage {
        let stages = [Stage::Uncovered, Stage::Largest, Stage::Squares, Stage::Penalty];
        let mut values = as_array(self.values).into_iter().zip(&self.bounds).zip(stages);
        values.find(|((value, bound), _)| value > *bound).map_or(Stage::Changed, |(_, stage)| stage)
    }

    fn prove(&mut self, stage: Stage) {
        self.bounds[stage as usize] = match (stage, self.allowed) {
            (Stage::Uncovered, Some(allowed)) => i128::from(allowed) + 1,
            _ => as_array(self.values)[stage as usize],
        };
    }

    /// The burden that local search stays under: what may be possible and what is, in turns.
    fn target(&self, kicks: usize) -> i64 {
        if kicks % 3 == 2 { self.values.largest } else { i64::try_from(self.bounds[1]).unwrap_or(i64::MAX) }
    }

    fn descend(&mut self, local: &mut Local<'_>, length: u64, kicks: &mut usize) {
        let end = self.nodes.saturating_add(length).min(self.most);
        while self.nodes < end && self.open() {
            self.nodes += 1;
            if local.is_stuck() {
                *kicks += 1;
                local.kick(*kicks);
                local.retarget(self.target(*kicks));
            }
            if local.step() {
                let values = local.values();
                if values < self.values {
                    self.take(local.plan(), values);
                }
            }
        }
    }

    /// Takes over a better plan.
    fn take(&mut self, plan: &[u32], values: Values) {
        let before = self.values;
        let known = self.bounds;
        self.best.copy_from_slice(plan);
        self.values = values;
        if (before.uncovered, before.largest) != (values.uncovered, values.largest) {
            self.rebound();
            if before.uncovered == values.uncovered {
                // What no plan passes under the burden before, none passes under a smaller one.
                self.bounds[1] = self.bounds[1].max(known[1]);
                self.bounds[2] = self.bounds[2].max(known[2]);
            }
        } else if before.squares != values.squares {
            // These hold for plans that are as good above.
            self.bounds[3] = self.least_penalty();
            self.bounds[4] = self.least_changed();
        } else if before.penalty != values.penalty {
            self.bounds[3] = self.bounds[3].max(self.least_penalty());
            self.bounds[4] = self.least_changed();
        }
    }

    /// The bounds that follow from what is covered and from the largest burden.
    fn rebound(&mut self) {
        let (uncovered, largest) = (self.values.uncovered, self.values.largest);
        self.bounds[1] = self.facts.largest(uncovered).into();
        self.bounds[2] = self.facts.squares_by_range(uncovered, largest);
        if let Some(mut choice) = self.facts.choice(uncovered, largest) {
            choice.filter_by_price(self.values.squares);
            let least = match choice.least(self.values.squares) {
                Ok(best) => best.unwrap_or(self.values.squares),
                Err(bound) => bound,
            };
            self.bounds[2] = self.bounds[2].max(least);
        }
        self.bounds[3] = self.least_penalty();
        self.bounds[4] = self.least_changed();
    }

    fn least_penalty(&self) -> i128 {
        if self.model.is_plain() {
            return self.values.penalty.into();
        }
        let seats = (0..self.model.seats).map(|seat| {
            let costs = self.model.able.get(seat).into_iter().flatten();
            let least = costs.map(|worker| i128::from(self.model.cost(*worker as usize, seat))).min().unwrap_or(0);
            if self.values.uncovered > 0 { least.min(0) } else { least }
        });
        seats.sum::<i128>() + i128::from(self.model.cost_base)
    }

    fn least_changed(&self) -> i128 {
        let lost = self.model.published.iter().zip(&self.model.able);
        lost.filter(|(published, able)| published.is_some_and(|published| !able.contains(&published))).count() as i128
    }

    /// What a plan must keep to that is better in the first value that is not proven, and as good above.
    fn limits(&self) -> Values {
        let values = self.values;
        let any = Values { largest: i64::MAX, squares: i128::MAX, penalty: i64::MAX, changed: u64::MAX, ..values };
        match self.stage() {
            Stage::Uncovered => Values { uncovered: self.allowed.unwrap_or(values.uncovered.saturating_sub(1)), ..any },
            Stage::Largest => Values { largest: values.largest - 1, ..any },
            Stage::Squares => Values { largest: values.largest, squares: values.squares - 1, ..any },
            Stage::Penalty => Values { penalty: values.penalty - 1, changed: u64::MAX, ..values },
            Stage::Changed => Values { changed: values.changed.saturating_sub(1), ..values },
        }
    }

    /// Sets out to find a plan within the limits. `None` if that is proven impossible on the way, or too large to
    /// search with so many steps.
    fn prepare(&mut self, length: u64) -> Option<Exact<'a>> {
        let (limits, stage) = (self.limits(), self.stage());
        let effort = usize::try_from(length).unwrap_or(usize::MAX);
        if stage == Stage::Uncovered {
            let ends = Ends { loads: None, counts: None };
            let make = |worker| Product::of(self.facts, None, worker, &ends, 0, effort);
            let (products, product_of) = products(self.model, make)?;
            return Some(Exact::new(self.facts, products, product_of, limits, (0, i64::MAX / 4), 0));
        }
        let mut choice = self.facts.choice(limits.uncovered, limits.largest)?;
        if limits.squares < i128::MAX {
            choice.filter_by_price(limits.squares);
        }
        let least = choice.least(limits.squares);
        if let Ok(least) = least {
            match least.filter(|least| *least <= limits.squares) {
                None => {
                    self.prove(stage);
                    return None;
                }
                Some(least) if stage == Stage::Squares => self.bounds[2] = self.bounds[2].max(least),
                Some(_) => {}
            }
        }
        let counts = self.counts(stage, &choice, &limits, effort.saturating_mul(32))?;
        let price = choice.priced().0;
        let kinds = counts.as_ref().and(self.kinds.as_ref());
        let (products, product_of) = products(self.model, |worker| {
            let loads = Some(choice.items.get(worker)?.iter().map(|item| item.0).collect());
            let counts = counts.as_ref().and_then(|counts| counts.get(worker));
            let ends = Ends { loads, counts: counts.map(|vectors| vectors.iter().map(|vector| vector.0).collect()) };
            Product::of(self.facts, kinds, worker, &ends, price, effort)
        })?;
        self.nodes += products.iter().map(|product| product.states.len() as u64).sum::<u64>() / 64;
        Some(Exact::new(self.facts, products, product_of, limits, choice.total, price))
    }

    /// The vectors of counts that are left, `Some(None)` where counts do not help, `None` if they are the proof.
    #[expect(clippy::option_option, reason = "the outer one is for `?` in the one caller")]
    fn counts(
        &mut self,
        stage: Stage,
        choice: &Choice,
        limits: &Values,
        effort: usize,
    ) -> Option<Option<counts::Vectors>> {
        let Some(kinds) = &self.kinds else {
            return Some(None);
        };
        // Counts add up only if every seat that can be covered is.
        if i128::from(limits.uncovered) != i128::from(self.facts.without()) {
            return Some(None);
        }
        // With more steps they may be few enough: the search by loads alone waits for that.
        let too_many = || (effort > PATIENCE).then_some(None);
        let Some(mut vectors) = counts::vectors(self.facts, kinds, choice, effort / 4) else {
            return too_many();
        };
        match counts::least(kinds, choice, &mut vectors, limits.squares, effort) {
            Err(()) => too_many(),
            Ok(None) => {
                self.prove(stage);
                None
            }
            Ok(Some(least)) => {
                if stage == Stage::Squares {
                    self.bounds[2] = self.bounds[2].max(least);
                }
                Some(Some(vectors))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::{Hard, Rule, Soft, Statement, Who, Worker};

    /// Loads and scales without a common divisor, some seats published, some rules.
    fn drawn(seed: u64) -> Statement {
        let random = &mut Random(seed);
        let (workers, seats) = (1 + random.below(3), 1 + random.below(6));
        let scales = [1, 1, 997, 1_009, 1_250];
        let workers_of = |random: &mut Random| Worker {
            scale: scales[random.below(5)],
            carry: i64::try_from(random.below(60_000)).unwrap() - 30_000,
        };
        let load =
            |random: &mut Random| (random.below(8) > 0).then(|| [10_007, 30_011, 30_013, 7_919][random.below(4)]);
        let mut statement = Statement::new(
            (0..workers).map(|_| workers_of(random)).collect(),
            (0..workers).map(|_| (0..seats).map(|_| load(random)).collect()).collect(),
        );
        let rule = |random: &mut Random| {
            let who = if random.below(3) == 0 { Who::Only(random.below(workers)) } else { Who::Everyone };
            match random.below(3) {
                0 => Rule::Barred { worker: random.below(workers), seat: random.below(seats) },
                1 => Rule::Apart { who, first: random.below(seats), second: random.below(seats) },
                _ => Rule::AtMost { who, seats: (0..4).map(|_| random.below(seats)).collect(), most: random.below(3) },
            }
        };
        statement.hard = (0..random.below(6)).map(|_| Hard { tag: 0, rule: rule(random) }).collect();
        statement.soft =
            (0..random.below(5)).map(|_| Soft { penalty: [1, 2, 5, 9][random.below(4)], rule: rule(random) }).collect();
        if random.below(2) == 0 {
            statement.published = (0..seats).map(|_| (random.below(3) > 0).then(|| random.below(workers))).collect();
        }
        statement
    }

    fn best(problem: &Problem) -> Values {
        let (workers, seats) = (problem.workers(), problem.seats());
        let digit = |code: usize, seat: usize| code / (workers + 1).pow(u32::try_from(seat).unwrap()) % (workers + 1);
        let plans = (0..(workers + 1).pow(u32::try_from(seats).unwrap()))
            .map(|code| (0..seats).map(|seat| digit(code, seat).checked_sub(1)).collect::<Vec<_>>());
        plans.filter_map(|plan| problem.values(&plan)).min().unwrap()
    }

    #[test]
    fn whole_schedules_alone_lead_to_the_best_of_all_assignments() {
        for seed in 0..1_500 {
            let problem = Problem::try_new(drawn(seed)).unwrap();
            let best = as_array(best(&problem));
            let model = Model::of(&problem);
            let facts = Facts::of(&model);
            let mut search = Search::new(&model, &facts, 1 << 20);
            let mut partition = Partition::default();
            while search.open() {
                assert!(search.divide(&mut partition, 1 << 12), "seed {seed}");
                let mut same = true;
                for (bound, (value, best)) in search.bounds.iter().zip(as_array(search.values).iter().zip(&best)) {
                    assert!(!same || bound <= best, "seed {seed}: {:?}, {best:?}", search.bounds);
                    same &= value == best;
                }
            }
            assert_eq!(as_array(search.values), best, "seed {seed}");
        }
    }

    #[test]
    fn giving_out_anew_keeps_the_limits() {
        for seed in 0..300 {
            let problem = Problem::try_new(drawn(seed)).unwrap();
            let model = Model::of(&problem);
            let facts = Facts::of(&model);
            let mut search = Search::new(&model, &facts, 1 << 10);
            let before = search.values;
            search.regroup(&mut Random(seed), 1 << 10);
            let plan: Vec<_> =
                search.best.iter().map(|worker| (*worker != NOBODY).then_some(*worker as usize)).collect();
            assert_eq!(problem.values(&plan), Some(search.values));
            assert!(search.values <= before);
        }
    }
}
