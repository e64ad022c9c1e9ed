//! oncall-core: how many quarters of mixed teams are proven to be the fairest, to which level, within the usual budget
//! and in exact units. A table, not a time: steps are the same on every machine.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a bench fails by panicking, and shares of gaps are for reading"
)]

use std::time::Instant;

use benches::quarters::{KINDS, quarter};
use oncall_core::plan::{Aim, Budget, plan};

fn main() {
    // As a test one of each kind of team that is proven soon will do.
    let is_test = std::env::args().all(|argument| argument != "--bench");
    let numbers: Vec<u64> = if is_test { vec![3, 10] } else { (0..5 * KINDS).collect() };
    let mut proven = vec![0; Aim::ALL.len() + 1];
    for number in &numbers {
        let quarter = quarter(*number).unwrap();
        let start = Instant::now();
        let plan = plan(&quarter.request, Budget::default()).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        let levels = Aim::ALL.map(|aim| plan.objective(aim));
        let gap = |aim| {
            let objective = plan.objective(aim);
            100.0 * objective.gap() as f64 / (objective.value().max(1)) as f64
        };
        proven[levels.iter().take_while(|level| level.is_proven()).count()] += 1;
        println!(
            "{number:3} {:58} {:8} steps {seconds:6.2} s, {} levels proven, largest within {:.3} %, squares {:.3} %",
            quarter.name,
            plan.nodes(),
            levels.iter().take_while(|level| level.is_proven()).count(),
            gap(Aim::LargestBurden),
            gap(Aim::SumOfSquares),
        );
    }
    println!("of {} quarters, by how many levels are proven from the first on: {proven:?}", numbers.len());
}
