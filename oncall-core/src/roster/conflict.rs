//! Why not every seat can be covered.

use super::problem::{Problem, Rule, Statement};
use super::search::solve;
use super::solution::Budget;

/// Rules and seats that cannot all be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Tags of the hard rules in it, in order.
    pub tags: Vec<u32>,
    /// The seats in it: these cannot all be covered under those rules.
    pub seats: Vec<usize>,
    /// Whether it is minimal: without any one of its tags or seats the rest can be had. False when the budget ran out.
    pub minimal: bool,
}

/// The fixed seats alone, `None` if they break a rule.
pub(super) fn fixed_only(problem: &Problem) -> Option<Vec<Option<usize>>> {
    let mut plan = vec![None; problem.seats()];
    for hard in &problem.statement().hard {
        if let Rule::Fixed { worker, seat } = hard.rule
            && let Some(place) = plan.get_mut(seat)
        {
            *place = Some(worker);
        }
    }
    problem.broken(&plan)?.is_empty().then_some(plan)
}

/// A minimal set of rules and seats that conflict, `None` if every seat can be covered (or nothing else was proven
/// within the budget, which holds for each question asked on the way).
///
/// Deletion filter: one after the other is left out, and stays out where the rest still conflicts (Chinneck and
/// Dravnieks 1991, "Locating minimal infeasible constraint sets in linear programs").
#[must_use]
pub fn conflict(problem: &Problem, budget: Budget) -> Option<Conflict> {
    let statement = problem.statement();
    let mut tags: Vec<u32> = statement.hard.iter().map(|hard| hard.tag).collect();
    tags.sort_unstable();
    tags.dedup();
    let mut seats: Vec<usize> = (0..problem.seats()).collect();
    if feasible(statement, &tags, &seats, budget) != Some(false) {
        return None;
    }
    let mut minimal = true;
    for seat in seats.clone() {
        let without: Vec<usize> = seats.iter().copied().filter(|other| *other != seat).collect();
        match feasible(statement, &tags, &without, budget) {
            Some(false) => seats = without,
            Some(true) => {}
            None => minimal = false,
        }
    }
    for tag in tags.clone() {
        let without: Vec<u32> = tags.iter().copied().filter(|other| *other != tag).collect();
        match feasible(statement, &without, &seats, budget) {
            Some(false) => tags = without,
            Some(true) => {}
            None => minimal = false,
        }
    }
    Some(Conflict { tags, seats, minimal })
}

/// Whether the seats can all be covered under the rules with these tags; `None` if the budget does not tell.
fn feasible(statement: &Statement, tags: &[u32], seats: &[usize], budget: Budget) -> Option<bool> {
    let mut part = Statement::new(statement.workers.clone(), statement.load.clone());
    part.hard = statement.hard.iter().filter(|hard| tags.binary_search(&hard.tag).is_ok()).cloned().collect();
    let problem = Problem::try_new(part).ok()?;
    let Some(solution) = solve(&problem, budget) else {
        return Some(false);
    };
    let open = seats.iter().any(|seat| solution.assignment.get(*seat).copied().flatten().is_none());
    if !open {
        return Some(true);
    }
    solution.uncovered.proven().then_some(false)
}
