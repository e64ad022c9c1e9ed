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
use super::solution::{Budget, Solution, as_array};

/// Steps of the first turn of local search; each turn has twice as many as the last.
const FIRST: u64 = 1 << 13;

/// Local search has so many times the steps of exhaustive search.
const SHARE: u64 = 4;
/// What is looked at for one step beside the search itself.
const BATCH: u64 = 32;
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
        while self.open() {
            self.descend(&mut local, length, &mut kicks);
            if self.open() && self.divide(&mut partition, length) {
                local = Local::new(self.model, &self.best, self.target(kicks), length);
                length *= 2;
                continue;
            }
            // A bound may prove one value after the other before there is anything to search.
            while self.open() && exact.as_ref().is_none_or(|(limits, _)| *limits != self.limits()) {
                let (limits, stage) = (self.limits(), self.stage());
                exact = self.prepare(length).map(|exact| (limits, exact));
                if exact.is_none() && self.stage() == stage {
                    break;
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
                        local = Local::new(self.model, &plan, self.target(kicks), length);
                    }
                    End::None => self.prove(self.stage()),
                    End::Spent => {}
                }
            }
            length *= 2;
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
