//! From a request to its plan: solve, verify, account.

use std::collections::BTreeSet;

use crate::burden::{Accounts, Ledger};
use crate::error::Error;
use crate::plan::PlanError;
use crate::plan::conflict::explain;
use crate::plan::least::{Answer, best};
use crate::plan::model::Model;
use crate::plan::objective::{Aim, Objective};
use crate::plan::outcome::{Assigned, Breach, Parts, Plan};
use crate::roster::{Budget, Level, Solution, Statement};
use crate::rules::{Bound, Strength, Verdict, Violation};
use crate::shift::Shift;

/// Solves a worked-out request and makes the plan of it.
pub(crate) fn plan(model: &Model<'_>, budget: Budget) -> Result<Plan, Error> {
    let statement = model.statement();
    let mut left = budget;
    let solution = or_refused(best(&statement, &model.clauses.least, &mut left)?, model, budget)?;
    finish(model, &statement, &solution, budget, First::Fairness)
}

/// What counts first of the plans that leave as few duties uncovered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// Fairness, in the order of [`Aim`].
    Fairness,
    /// The fewest changes.
    Changes,
}

/// Verifies a solution by the rules themselves and puts the plan together.
pub(crate) fn finish(
    model: &Model<'_>,
    statement: &Statement,
    solution: &Solution,
    budget: Budget,
    first: First,
) -> Result<Plan, Error> {
    let whole = model.whole(&solution.assignment);
    let rules = &model.request.rules;
    let given = model.shifts(&model.fixed);
    let verdict = rules.judge(&model.case(), &model.grouping(&model.groups), &model.shifts(&whole))?;
    let given_breaches = given_or_refused(&verdict, &given)?;

    let duties = model.duties.iter().zip(&whole).zip(&model.fixed).map(|((duty, person), fixed)| Assigned {
        duty: (*duty).clone(),
        person: person.and_then(|place| model.request.team.people().get(place)).map(|person| person.id().clone()),
        fixed: fixed.is_some(),
    });
    let open = solution.assignment.iter().enumerate().filter(|(_, person)| person.is_none());
    let open = open.map(|(seat, _)| seat).collect::<Vec<_>>();
    let bearings = model.bearings(&whole);
    let parts = Parts {
        zone: rules.zone(),
        duties: duties.collect(),
        objectives: objectives(model, solution, verdict.cost(), first),
        nodes: solution.nodes,
        units: model.units,
        bearings,
        accounts: accounts(model, &whole)?,
        soft: soft(&verdict),
        given: given_breaches,
        conflicts: explain(model, statement, &open, budget)?,
    };
    Plan::try_from(parts)
}

/// The hard rules that what was given breaks by itself; an error if the plan breaks any other.
fn given_or_refused(verdict: &Verdict, given: &[Shift]) -> Result<Vec<Breach>, Error> {
    let hard = verdict.violations().iter().filter(|violation| violation.strength == Strength::Hard);
    let of_given = |violation: &&Violation| {
        matches!(violation.bound, Bound::AtMost(_)) && violation.shifts.iter().all(|shift| given.contains(shift))
    };
    let (excused, refused): (Vec<_>, Vec<_>) = hard.partition(of_given);
    if !refused.is_empty() {
        return Err(Error::Plan(PlanError::Refused { violations: refused.iter().map(ToString::to_string).collect() }));
    }
    Ok(excused.into_iter().map(breach).collect())
}

fn soft(verdict: &Verdict) -> Vec<Breach> {
    verdict.violations().iter().filter(|violation| violation.strength != Strength::Hard).map(breach).collect()
}

pub(crate) fn breach(violation: &Violation) -> Breach {
    Breach {
        rule: violation.rule.clone(),
        person: Some(violation.person.clone()),
        penalty: violation.cost(),
        words: violation.to_string(),
    }
}

fn objectives(model: &Model<'_>, solution: &Solution, cost: u64, first: First) -> Vec<Objective> {
    let shifted =
        |level: Level, by: i128| Level { value: level.value.saturating_add(by), bound: level.bound.saturating_add(by) };
    // Nothing that a rule costs is below 0, whatever the parts of it are. The check tells what it is: where duties count
    // unlike by one rule, the search finds no more than a part of it.
    let counted = shifted(solution.penalty, model.clauses.soft_base);
    let soft = Level { value: cost.into(), bound: counted.bound.max(0) };
    let squares = shifted(solution.squares, model.absent_squares().saturating_neg());
    let squares = Level { bound: squares.bound.max(0), ..squares };
    let strangers = i128::try_from(model.strangers).unwrap_or(0);
    // What is best where more is asked than by the rules may not be the best that they allow.
    let exact = model.clauses.exact;
    let known = |is_exact: bool, level: Level| Level {
        bound: if is_exact { level.bound } else { level.bound.min(0) },
        ..level
    };
    let by_hard = |level| known(exact.hard, level);
    let by_all = |level| known(exact.hard && exact.soft, level);
    let mut changed = shifted(solution.changed, strangers);
    if first == First::Fairness && counted.value != soft.value {
        // What is proven of changes is so of plans that cost as much in the search.
        changed.bound = strangers;
    }
    let mut objectives = vec![
        Objective::of(Aim::Uncovered, by_hard(solution.uncovered)),
        Objective::of(Aim::LargestBurden, by_hard(solution.largest)),
        Objective::of(Aim::SumOfSquares, by_hard(squares)),
        Objective::of(Aim::SoftRules, by_all(soft)),
        Objective::of(Aim::Changes, if first == First::Changes { by_hard(changed) } else { by_all(changed) }),
    ];
    if first == First::Changes {
        objectives.sort_by_key(|objective| match objective.aim() {
            Aim::Uncovered => 0,
            Aim::Changes => 1,
            Aim::LargestBurden | Aim::SumOfSquares | Aim::SoftRules => 2,
        });
    }
    objectives
}

/// The exact accounts of the period once everything is served.
fn accounts(model: &Model<'_>, whole: &[Option<usize>]) -> Result<Accounts, Error> {
    let request = model.request;
    let mut ledger = Ledger::new(model.period);
    for shift in model.shifts(whole).iter().filter(|shift| request.team.place(&shift.person).is_some()) {
        ledger.observe_shift(shift, &request.team, request.rules.hours(), &request.holidays)?;
    }
    ledger.close(model.presences, &request.carries, &request.weights, request.decay)
}

/// Where there is no solution.
pub(crate) fn or_refused(answer: Answer, model: &Model<'_>, budget: Budget) -> Result<Solution, Error> {
    let places = model.clauses.least.iter().map(|least| least.person).collect::<BTreeSet<_>>();
    let people = places.into_iter().filter_map(|place| model.request.team.people().get(place));
    let people = || people.map(|person| person.id().as_str().to_owned()).collect();
    match answer {
        Answer::Found(solution) => Ok(solution),
        Answer::None => Err(Error::Plan(PlanError::TooFewForAll { people: people() })),
        Answer::Spent => Err(Error::Plan(PlanError::BudgetSpent { nodes: budget.nodes, people: people() })),
    }
}
