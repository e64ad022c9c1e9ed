//! The rostering problem as a stranger states it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use oncall_core::roster::{Budget, Hard, Problem, Rule, Statement, Who, Worker, conflict, solve};

/// Weeks with a primary and a secondary; nobody twice in `gap` weeks.
fn weeks(people: usize, weeks: usize, gap: usize, load: impl Fn(usize, usize) -> u64) -> Statement {
    let row = |worker: usize| (0..2 * weeks).map(|seat| Some(load(worker, seat))).collect();
    let mut statement = Statement::new(vec![Worker { scale: 1, carry: 0 }; people], (0..people).map(row).collect());
    for week in 0..=weeks - gap {
        let rule = Rule::AtMost { who: Who::Everyone, seats: (2 * week..2 * (week + gap)).collect(), most: 1 };
        statement.hard.push(Hard { tag: u32::try_from(week).unwrap(), rule });
    }
    statement
}

fn primary_and_secondary(_: usize, seat: usize) -> u64 {
    if seat.is_multiple_of(2) { 100 } else { 40 }
}

#[test]
fn a_quarter_of_eight_is_proven_the_fairest() {
    let problem = Problem::try_new(weeks(8, 13, 3, primary_and_secondary)).unwrap();
    let solution = solve(&problem, Budget::default()).unwrap();
    assert!(solution.proven(), "{solution:?}");
    // 13 x 140 over 8 is 227.5; nobody can have between 220 and 240.
    assert_eq!((solution.uncovered.value, solution.largest.value), (0, 240));
}

#[test]
fn a_team_that_is_too_small_leaves_the_fewest_seats_open_and_says_why() {
    // Five people, of whom each can serve in one week of three, cover at most 5 of 6 seats in three weeks.
    let problem = Problem::try_new(weeks(5, 6, 3, primary_and_secondary)).unwrap();
    let solution = solve(&problem, Budget::default()).unwrap();
    assert!(solution.proven(), "{solution:?}");
    assert_eq!(solution.uncovered.value, 2);
    let found = conflict(&problem, Budget::default()).unwrap();
    assert!(found.minimal);
    assert_eq!((found.tags.len(), found.seats.len()), (1, 6), "{found:?}");
}

#[test]
fn seats_fixed_against_a_rule_are_no_plan_but_a_conflict() {
    let mut statement = weeks(3, 2, 1, primary_and_secondary);
    statement.hard.push(Hard { tag: 77, rule: Rule::Fixed { worker: 1, seat: 0 } });
    statement.hard.push(Hard { tag: 78, rule: Rule::Barred { worker: 1, seat: 0 } });
    let problem = Problem::try_new(statement).unwrap();
    assert_eq!(solve(&problem, Budget::default()), None);
    assert_eq!(conflict(&problem, Budget::default()).unwrap().tags, [77, 78]);
}

#[test]
fn nobody_and_nothing_to_serve_are_answered() {
    let solved = |people: usize, seats: usize| {
        let load = vec![vec![Some(1); seats]; people];
        let statement = Statement::new(vec![Worker { scale: 1, carry: 0 }; people], load);
        solve(&Problem::try_new(statement).unwrap(), Budget::default()).unwrap()
    };
    assert_eq!(solved(0, 0).assignment, []);
    assert_eq!(solved(3, 0).assignment, []);
    assert_eq!(solved(1, 3).assignment, [Some(0); 3]);
    let mut none = Statement::new(vec![], vec![]);
    none.published = vec![None; 4];
    let solution = solve(&Problem::try_new(none).unwrap(), Budget::default()).unwrap();
    assert_eq!((solution.uncovered.value, solution.proven()), (4, true));
}

#[test]
fn ten_thousand_people_are_answered() {
    let problem = Problem::try_new(weeks(10_000, 13, 2, primary_and_secondary)).unwrap();
    let solution = solve(&problem, Budget { nodes: 2_000 }).unwrap();
    assert_eq!((solution.uncovered.value, solution.largest.value), (0, 100));
    assert!(solution.largest.proven());
    assert_eq!(solution.squares.value, 13 * (100 * 100 + 40 * 40));
}

#[test]
fn loads_that_differ_from_person_to_person_keep_bound_and_value_in_order() {
    // Minutes with a prime here and there, so that next to no two sums are equal.
    let load = |worker: usize, seat: usize| 10_080 + (worker * 131 + seat * 197) as u64 % 1_009;
    let problem = Problem::try_new(weeks(7, 13, 3, load)).unwrap();
    let solution = solve(&problem, Budget { nodes: 100_000 }).unwrap();
    assert_eq!(solution.uncovered.value, 0);
    assert!(solution.levels().iter().all(|level| level.bound <= level.value));
    // The gap of the largest burden is below 10 %.
    assert!(solution.largest.gap() * 10 < solution.largest.value, "{:?}", solution.levels());
    let again = solve(&problem, Budget { nodes: 100_000 }).unwrap();
    assert_eq!(solution, again);
}
