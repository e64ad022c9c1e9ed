//! Laws of the solver, against every assignment there is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    missing_docs,
    reason = "a test fails by panicking"
)]

use oncall_core::roster::{Budget, Hard, Problem, Rule, Soft, Statement, Values, Who, Worker, conflict, solve};
use proptest::prelude::*;

fn rule(workers: usize, seats: usize, fixed: bool) -> impl Strategy<Value = Rule> {
    let who = prop_oneof![2 => Just(Who::Everyone), 1 => (0..workers).prop_map(Who::Only)];
    let one = (0..workers, 0..seats);
    let fixing = u32::from(fixed);
    prop_oneof![
        3 => one.clone().prop_map(|(worker, seat)| Rule::Barred { worker, seat }),
        4 => (who.clone(), 0..seats, 0..seats).prop_map(|(who, first, second)| Rule::Apart { who, first, second }),
        3 => (who, prop::collection::vec(0..seats, 1..5), 0..3usize)
            .prop_map(|(who, seats, most)| Rule::AtMost { who, seats, most }),
        fixing => one.prop_map(|(worker, seat)| Rule::Fixed { worker, seat }),
    ]
}

fn statement(fixed: bool, soft: bool) -> impl Strategy<Value = Statement> {
    (1..4usize, 1..7usize, 0..3usize).prop_flat_map(move |(workers, seats, size)| {
        // Small numbers, minutes as a quarter has them, and the largest that a problem takes; no two of the large ones
        // have a divisor in common.
        let factor = [1, 1, 1 << 22][size];
        let worker = if size == 0 {
            (1..4u64, -3..6i64).prop_map(|(scale, carry)| Worker { scale, carry }).boxed()
        } else {
            let scale = prop::sample::select(vec![1u64, 997, 1_009, 1_250, 1_999]);
            (scale, -200_000..200_000i64).prop_map(|(scale, carry)| Worker { scale, carry }).boxed()
        };
        // Alike workers and loads are common, and so are loads that depend on who serves.
        let common = if size == 0 { vec![2u64, 4, 10] } else { vec![10_007, 30_011, 30_013] };
        let any = if size == 0 { 0..9u64 } else { 7_919..65_537 };
        let load = prop_oneof![
            6 => prop::sample::select(common).prop_map(Some),
            1 => any.prop_map(Some),
            1 => Just(None),
        ];
        let load = load.prop_map(move |load| load.map(|load| load * factor + u64::from(factor > 1)));
        let rows = prop_oneof![
            prop::collection::vec(prop::collection::vec(load.clone(), seats), workers),
            prop::collection::vec(load, seats).prop_map(move |row| vec![row; workers]),
        ];
        let team = prop_oneof![
            prop::collection::vec(worker.clone(), workers),
            worker.prop_map(move |worker| vec![worker; workers]),
        ];
        let hard = prop::collection::vec((0..6u32, rule(workers, seats, fixed)), 0..8);
        let penalty = (0..4usize, 0..5i64, rule(workers, seats, true)).prop_map(|(sign, penalty, rule)| {
            let reward = sign == 0 && matches!(rule, Rule::Barred { .. } | Rule::Fixed { .. });
            Soft { penalty: if reward { -penalty } else { penalty }, rule }
        });
        let soft_rules = prop::collection::vec(penalty, if soft { 0..5 } else { 0..1 });
        let published = prop::collection::vec(prop::option::of(0..workers), if soft { seats } else { 0 });
        (team, rows, hard, soft_rules, published).prop_map(|(workers, load, hard, soft, published)| Statement {
            workers,
            load,
            hard: hard.into_iter().map(|(tag, rule)| Hard { tag, rule }).collect(),
            soft,
            published,
        })
    })
}

/// Every assignment, worst case 4^6.
fn plans(workers: usize, seats: usize) -> impl Iterator<Item = Vec<Option<usize>>> {
    (0..(workers + 1).pow(seats as u32)).map(move |code| {
        let digit = |seat: usize| code / (workers + 1).pow(seat as u32) % (workers + 1);
        (0..seats).map(|seat| digit(seat).checked_sub(1)).collect()
    })
}

/// The best values of all assignments.
fn by_force(problem: &Problem) -> Option<Values> {
    plans(problem.workers(), problem.seats()).filter_map(|plan| problem.values(&plan)).min()
}

fn coverable(statement: &Statement, tags: &[u32], seats: &[usize]) -> bool {
    let mut part = Statement::new(statement.workers.clone(), statement.load.clone());
    part.hard = statement.hard.iter().filter(|hard| tags.contains(&hard.tag)).cloned().collect();
    let problem = Problem::try_new(part).unwrap();
    let covers = |plan: &Vec<Option<usize>>| seats.iter().all(|seat| plan[*seat].is_some());
    plans(problem.workers(), problem.seats()).any(|plan| covers(&plan) && problem.values(&plan).is_some())
}

fn array(values: Values) -> [i128; 5] {
    [values.uncovered.into(), values.largest.into(), values.squares, values.penalty.into(), values.changed.into()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_small_problem_is_solved_to_the_best_of_all_assignments(statement in statement(true, true)) {
        let problem = Problem::try_new(statement).unwrap();
        let best = by_force(&problem);
        let solution = solve(&problem, Budget::default());
        prop_assert_eq!(solution.is_some(), best.is_some());
        if let (Some(solution), Some(best)) = (solution, best) {
            prop_assert_eq!(solution.values(), array(best));
            prop_assert!(solution.proven(), "{:?}", solution);
            prop_assert_eq!(problem.values(&solution.assignment), Some(best));
        }
    }

    #[test]
    fn a_bound_is_never_above_the_best_that_is_as_good_above(
        statement in statement(true, true),
        nodes in prop_oneof![0..40u64, 8_190..8_260u64, 8_000..20_000u64],
    ) {
        let problem = Problem::try_new(statement).unwrap();
        if let (Some(solution), Some(best)) = (solve(&problem, Budget { nodes }), by_force(&problem)) {
            prop_assert_eq!(problem.values(&solution.assignment).map(array), Some(solution.values()));
            let best = array(best);
            for (index, level) in solution.levels().iter().enumerate() {
                prop_assert!(level.bound <= best[index], "level {}: {:?} and {:?}", index, solution, best);
                if level.value != best[index] {
                    break;
                }
            }
        }
    }

    #[test]
    fn a_larger_budget_never_gives_a_worse_plan(
        statement in statement(false, true), nodes in 0..3000u64, more in 0..20000u64
    ) {
        let problem = Problem::try_new(statement).unwrap();
        let solve = |nodes| solve(&problem, Budget { nodes }).map(|solution| (solution.values(), solution));
        let (small, large) = (solve(nodes), solve(nodes + more));
        // Without a fixed seat there is always a plan, but for one rule that bars a seat from everybody fixed to it.
        prop_assert_eq!(small.is_some(), large.is_some());
        if let (Some((small, plan)), Some((large, _))) = (small, large) {
            prop_assert!(large <= small);
            prop_assert_eq!(plan, solve(nodes).unwrap().1);
        }
    }

    #[test]
    fn a_conflict_is_one_and_without_any_part_of_it_there_is_none(statement in statement(true, false)) {
        let problem = Problem::try_new(statement.clone()).unwrap();
        let mut tags: Vec<u32> = statement.hard.iter().map(|hard| hard.tag).collect();
        tags.sort_unstable();
        tags.dedup();
        let all: Vec<usize> = (0..problem.seats()).collect();
        let found = conflict(&problem, Budget::default());
        prop_assert_eq!(found.is_none(), coverable(&statement, &tags, &all));
        if let Some(found) = found {
            prop_assert!(found.minimal);
            prop_assert!(!coverable(&statement, &found.tags, &found.seats));
            for tag in &found.tags {
                let rest: Vec<u32> = found.tags.iter().copied().filter(|other| other != tag).collect();
                prop_assert!(coverable(&statement, &rest, &found.seats), "{:?} without rule {}", found, tag);
            }
            for seat in &found.seats {
                let rest: Vec<usize> = found.seats.iter().copied().filter(|other| other != seat).collect();
                prop_assert!(coverable(&statement, &found.tags, &rest), "{:?} without seat {}", found, seat);
            }
        }
    }
}
