//! `plans.json`: people by weeks, primary and secondary, and what CP-SAT makes of them in a minute an objective.
//!
//! Ours is solved here and printed beside CP-SAT's value and bound. A plan disagrees where it breaks a rule by the
//! file's own words, and where its value or its bound contradicts what CP-SAT has proven.

use std::path::Path;
use std::time::Instant;

use oncall_core::roster::{Budget, Hard, Level, Problem, Rule, Solution, Statement, Who, Worker, conflict, solve};
use serde::Deserialize;

use super::Kind;
use crate::fault::Fault;
use crate::input;
use crate::report::Section;

pub(super) const KIND: Kind = Kind {
    name: "plans",
    place: "plans.json",
    about: "fairest plans of people by weeks, beside CP-SAT's values, bounds and times",
    sections,
};

#[derive(Deserialize)]
struct Case {
    id: String,
    instance: Instance,
    cp_sat: CpSat,
}

#[derive(Deserialize)]
struct Instance {
    people: Vec<Person>,
    weeks: Vec<Week>,
    min_weeks_between_any_duty: usize,
}

#[derive(Deserialize)]
struct Person {
    availability_percent: u64,
    leave_weeks: Vec<usize>,
    carry: i64,
}

#[derive(Deserialize)]
struct Week {
    primary: u64,
    secondary: u64,
}

#[derive(Deserialize)]
struct CpSat {
    status1: String,
    seconds1: Option<f64>,
    max_burden: Option<i128>,
    bound1: Option<f64>,
    status2: Option<String>,
    seconds2: Option<f64>,
    sum_squares: Option<i128>,
    bound2: Option<f64>,
}

/// Where local search, bounds and exhaustive search have all had their turns.
const BUDGET: Budget = Budget { nodes: 4_000_000 };

fn sections(file: &Path) -> Result<Vec<Section>, Fault> {
    let cases: Vec<Case> = input::json(file)?;
    let mut rules = Section::new("plans that keep the rules of the file");
    let mut largest = Section::new("largest burden, beside CP-SAT");
    let mut squares = Section::new("sum of squares, beside CP-SAT");
    for Case { id, instance, cp_sat } in &cases {
        let problem = problem(instance).map_err(|fault| Fault::at(file, id.clone(), fault))?;
        let began = Instant::now();
        let Some(solution) = solve(&problem, BUDGET) else {
            rules.disagree(id, "a plan", "none");
            continue;
        };
        let seconds = began.elapsed().as_secs_f64();
        match broken(instance, &solution) {
            None => rules.agree(),
            Some(what) => rules.disagree(id, "a plan that keeps the rules", what),
        }
        if cp_sat.status1 == "INFEASIBLE" {
            largest.equal(id, true, solution.uncovered.value > 0);
            if let Some(found) = conflict(&problem, BUDGET) {
                largest.note(format!("{id}: {} rules and {} seats conflict", found.tags.len(), found.seats.len()));
            }
            continue;
        }
        largest.equal(format!("{id}, seats uncovered"), 0, solution.uncovered.value);
        compare(&mut largest, id, solution.largest, &cp_sat.status1, cp_sat.max_burden, cp_sat.bound1, cp_sat.seconds1);
        largest.note(format!("  {id}: ours took {seconds:.4} s for both values, {} steps", solution.nodes));
        // CP-SAT's second value holds beside its first one.
        let (value, bound) = if cp_sat.max_burden == Some(solution.largest.value) {
            (cp_sat.sum_squares, cp_sat.bound2)
        } else {
            (None, None)
        };
        let status = cp_sat.status2.as_deref().unwrap_or("-");
        compare(&mut squares, id, solution.squares, status, value, bound, cp_sat.seconds2);
    }
    Ok(vec![rules, largest, squares])
}

/// Our value and bound beside CP-SAT's: neither may contradict what the other has proven.
fn compare(
    section: &mut Section,
    id: &str,
    ours: Level,
    status: &str,
    value: Option<i128>,
    bound: Option<f64>,
    seconds: Option<f64>,
) {
    let state = if ours.proven() { "proven".to_owned() } else { format!("bound {}", ours.bound) };
    let theirs = match (value, bound, seconds) {
        (Some(value), Some(bound), Some(seconds)) => format!("{status} {value}, bound {bound}, {seconds} s"),
        _ => "no value".to_owned(),
    };
    section.note(format!("{id}: {} {state}; CP-SAT {theirs}", ours.value));
    match (value, bound) {
        (Some(value), _) if status == "OPTIMAL" => section.equal(id, (value, true), (ours.value, ours.bound <= value)),
        (Some(value), Some(bound)) => {
            // A bound of theirs is a float; below 2^53 it is exact.
            let holds = ours.bound <= value && to_float(ours.value) >= bound && ours.value <= value;
            section.equal(format!("{id}, {} in {bound} to {value}", ours.value), true, holds);
        }
        _ => section.agree(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "burdens and their squares here are far below 2^53")]
const fn to_float(value: i128) -> f64 {
    value as f64
}

/// Seats in order of time: primary and secondary of week 0, of week 1, ...
fn problem(instance: &Instance) -> Result<Problem, String> {
    let Instance { people, weeks, min_weeks_between_any_duty: gap } = instance;
    let all = people.iter().try_fold(1_u64, |all, person| common(all, person.availability_percent));
    let all = all.ok_or("availability_percent: 0 or too large")?;
    let workers = people.iter().map(|person| {
        let scale = all.checked_div(person.availability_percent).unwrap_or(0);
        Worker { scale, carry: person.carry }
    });
    let row: Vec<_> = weeks.iter().flat_map(|week| [Some(week.primary), Some(week.secondary)]).collect();
    let mut statement = Statement::new(workers.collect(), vec![row; people.len()]);
    let seats: Vec<usize> = (0..weeks.len().saturating_mul(2)).collect();
    for (worker, person) in people.iter().enumerate() {
        for week in &person.leave_weeks {
            let first = week.saturating_mul(2);
            for seat in [first, first.saturating_add(1)] {
                let tag = u32::try_from(worker).unwrap_or(u32::MAX);
                statement.hard.push(Hard { tag, rule: Rule::Barred { worker, seat } });
            }
        }
    }
    for window in seats.chunks(2).collect::<Vec<_>>().windows((*gap).max(1)) {
        let rule = Rule::AtMost { who: Who::Everyone, seats: window.concat(), most: 1 };
        statement.hard.push(Hard { tag: u32::MAX, rule });
    }
    Problem::try_new(statement).map_err(|fault| fault.to_string())
}

/// The least common multiple.
fn common(one: u64, other: u64) -> Option<u64> {
    let (mut left, mut right) = (one, other);
    while right != 0 {
        (left, right) = (right, left.checked_rem(right)?);
    }
    one.checked_div(left)?.checked_mul(other)
}

/// What the plan breaks by the words of the file, apart from the solver's own notion of rules.
fn broken(instance: &Instance, solution: &Solution) -> Option<String> {
    let mut last: Vec<Option<usize>> = vec![None; instance.people.len()];
    for (seat, person) in solution.assignment.iter().enumerate() {
        let week = seat / 2;
        let Some(person) = *person else { continue };
        if instance.people.get(person).is_none_or(|who| who.leave_weeks.contains(&week)) {
            return Some(format!("person {person} serves in week {week} of leave"));
        }
        let before = last.get_mut(person)?.replace(week);
        if before.is_some_and(|before| week.saturating_sub(before) < instance.min_weeks_between_any_duty.max(1)) {
            return Some(format!("person {person} serves again in week {week}"));
        }
    }
    None
}
