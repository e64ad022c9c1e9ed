//! oncall-core: fairest plans of people by weeks, primary and secondary, beside CP-SAT (`peers/oncall_cpsat.py`).
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench fails by panicking"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use oncall_core::roster::{Budget, Hard, Problem, Rule, Statement, Who, Worker, solve};
use serde_json::Value;

const BUDGET: Budget = Budget { nodes: 4_000_000 };

/// The instances that CP-SAT is given as well.
fn instances() -> Vec<(String, Problem)> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/conformance/data/plans.json");
    let cases: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let cases = cases.as_array().unwrap();
    cases.iter().map(|case| (case["id"].as_str().unwrap().to_owned(), problem(&case["instance"]))).collect()
}

fn whole(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn problem(instance: &Value) -> Problem {
    let (people, weeks) = (instance["people"].as_array().unwrap(), instance["weeks"].as_array().unwrap());
    let gap = whole(&instance["min_weeks_between_any_duty"]);
    // Availabilities here are 100, 80 and 50 %; any common multiple of those of the team would do.
    let availability = |person: &Value| person["availability_percent"].as_u64().unwrap();
    let common = (1..=400).find(|common| people.iter().all(|person| common % availability(person) == 0)).unwrap();
    let worker =
        |person: &Value| Worker { scale: common / availability(person), carry: person["carry"].as_i64().unwrap() };
    let row: Vec<_> = weeks.iter().flat_map(|week| [week["primary"].as_u64(), week["secondary"].as_u64()]).collect();
    let mut statement = Statement::new(people.iter().map(worker).collect(), vec![row; people.len()]);
    for (worker, person) in people.iter().enumerate() {
        for week in person["leave_weeks"].as_array().unwrap() {
            for seat in [2 * whole(week), 2 * whole(week) + 1] {
                statement.hard.push(Hard { tag: 0, rule: Rule::Barred { worker, seat } });
            }
        }
    }
    for week in 0..=weeks.len() - gap {
        let rule = Rule::AtMost { who: Who::Everyone, seats: (2 * week..2 * (week + gap)).collect(), most: 1 };
        statement.hard.push(Hard { tag: 1, rule });
    }
    Problem::try_new(statement).unwrap()
}

fn plan(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("oncall");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    for (id, problem) in instances() {
        let solution = solve(&problem, BUDGET).unwrap();
        assert!(solution.proven(), "{id}: {solution:?}");
        // The peer proves the same values, or the run ends; where it is stopped by its clock it says no check.
        println!(r#"{{"work": "plan/{id}", "check": [{}, {}]}}"#, solution.largest.value, solution.squares.value);
        group.bench_function(format!("plan/{id}"), |bench| bench.iter(|| solve(black_box(&problem), BUDGET)));
    }
    group.finish();
}

criterion_group!(suites, plan);
criterion_main!(suites);
