//! Branch and bound.

use super::problem::{Problem, Values};
use super::solution::{Budget, Solution};

/// Finds the best plan that the budget allows to find. `None` only if the fixed seats alone break a hard rule: see
/// [`super::conflict()`].
#[must_use]
pub fn solve(problem: &Problem, budget: Budget) -> Option<Solution> {
    let start = super::conflict::fixed_only(problem)?;
    let mut search = Search { problem, plan: start.clone(), best: None, nodes: 0, most: budget.nodes };
    search.consider();
    search.visit(0, &start);
    let (assignment, values) = search.best?;
    let done = search.nodes < search.most;
    let array = super::solution::as_array(values);
    let bounds = if done { array } else { [0, i128::from(i64::MIN), 0, i128::from(i64::MIN), 0] };
    Some(Solution::of(assignment, values, bounds, search.nodes))
}

struct Search<'a> {
    problem: &'a Problem,
    plan: Vec<Option<usize>>,
    best: Option<(Vec<Option<usize>>, Values)>,
    nodes: u64,
    most: u64,
}

impl Search<'_> {
    fn consider(&mut self) {
        if let Some(values) = self.problem.values(&self.plan)
            && self.best.as_ref().is_none_or(|(_, best)| values < *best)
        {
            self.best = Some((self.plan.clone(), values));
        }
    }

    fn visit(&mut self, seat: usize, fixed: &[Option<usize>]) {
        if self.nodes >= self.most {
            return;
        }
        self.nodes = self.nodes.saturating_add(1);
        if seat >= self.problem.seats() {
            self.consider();
            return;
        }
        if fixed.get(seat).copied().flatten().is_some() {
            self.visit(seat.saturating_add(1), fixed);
            return;
        }
        let choices = (0..self.problem.workers()).map(Some).chain([None]);
        for worker in choices {
            if let Some(place) = self.plan.get_mut(seat) {
                *place = worker;
            }
            if self.problem.broken(&self.plan).is_some_and(|tags| tags.is_empty()) {
                self.visit(seat.saturating_add(1), fixed);
            }
        }
        if let Some(place) = self.plan.get_mut(seat) {
            *place = None;
        }
    }
}
