//! Why not every seat can be covered.

use super::problem::{Problem, Rule, Statement};
use super::search::covers;
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
/// A deletion filter: part after part is left out, and stays out where the rest still conflicts (Chinneck and
/// Dravnieks 1991, "Locating minimal infeasible constraint sets in linear programs"), seats before rules.
#[must_use]
pub fn conflict(problem: &Problem, budget: Budget) -> Option<Conflict> {
    let statement = problem.statement();
    let mut tags: Vec<u32> = statement.hard.iter().map(|hard| hard.tag).collect();
    tags.sort_unstable();
    tags.dedup();
    let seats: Vec<usize> = (0..problem.seats()).collect();
    if feasible(statement, &tags, &seats, budget) != Some(false) {
        return None;
    }
    let mut minimal = true;
    let seats = least(&seats, &mut minimal, |seats| feasible(statement, &tags, seats, budget));
    let tags = least(&tags, &mut minimal, |tags| feasible(statement, tags, &seats, budget));
    Some(Conflict { tags, seats, minimal })
}

/// What is left when whatever can be left out is: halves first, then halves of what is needed, down to single parts.
fn least<T: Copy + Ord>(parts: &[T], minimal: &mut bool, feasible: impl Fn(&[T]) -> Option<bool>) -> Vec<T> {
    let mut kept = parts.to_vec();
    let mut open: Vec<&[T]> = vec![parts];
    while let Some(chunk) = open.pop() {
        let without: Vec<T> = kept.iter().copied().filter(|part| chunk.binary_search(part).is_err()).collect();
        match feasible(&without) {
            Some(false) => kept = without,
            answer if chunk.len() <= 1 => *minimal &= answer.is_some(),
            _ => {
                let (left, right) = chunk.split_at(chunk.len() / 2);
                open.extend([left, right]);
            }
        }
    }
    kept
}

/// Whether the seats can all be covered under the rules with these tags; `None` if the budget does not tell.
fn feasible(statement: &Statement, tags: &[u32], seats: &[usize], budget: Budget) -> Option<bool> {
    let mut part = Statement::new(statement.workers.clone(), statement.load.clone());
    part.hard = statement.hard.iter().filter(|hard| tags.binary_search(&hard.tag).is_ok()).cloned().collect();
    let is_fixed = |seat: usize| {
        part.hard.iter().any(|hard| matches!(hard.rule, Rule::Fixed { seat: fixed, .. } if fixed == seat))
    };
    // A seat that is left out is one that nobody can serve, unless a rule says who does.
    let all = part.load.first().map_or(0, Vec::len);
    let out: Vec<usize> = (0..all).filter(|seat| seats.binary_search(seat).is_err() && !is_fixed(*seat)).collect();
    for row in &mut part.load {
        for seat in &out {
            if let Some(load) = row.get_mut(*seat) {
                *load = None;
            }
        }
    }
    let problem = Problem::try_new(part).ok()?;
    covers(&problem, u64::try_from(out.len()).unwrap_or(u64::MAX), budget)
}
