//! Against what mpmath and scipy computed: `tests/data` always, `../shared/golden` where it is present.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::path::Path;

use measure_core::{Level, Method, Probability, Proportion};
use serde_json::Value;

/// Relative; beyond 10^8 events on either side, where an expansion takes over, [`TOLERANCE_FAR`].
const TOLERANCE: f64 = 2e-12;
const TOLERANCE_FAR: f64 = 1e-9;

#[test]
fn extreme_tails_and_intervals_agree_with_mpmath() {
    let text = include_str!("data/proportion.json");
    assert!(check(&serde_json::from_str(text).unwrap()) > 205);
}

#[test]
fn the_shared_statistics_agree() {
    // Beside the repository, wherever that is checked out.
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let read = |folder: &Path| std::fs::read_to_string(folder.join("shared/golden/slo/statistics.json")).ok();
    let Some(text) = above.into_iter().find_map(read) else {
        eprintln!("skipped: no shared/golden/slo/statistics.json beside the repository");
        return;
    };
    assert!(check(&serde_json::from_str(&text).unwrap()) > 500);
}

/// Compares every number of the file and returns how many there were.
fn check(file: &Value) -> usize {
    let mut compared = 0;
    let mut worst = (0.0, String::new());
    let mut agree = |what: String, got: f64, expected: f64, proportion: Proportion| {
        let far = proportion.successes().min(proportion.failures()) >= 100_000_000;
        let tolerance = if far { TOLERANCE_FAR } else { TOLERANCE };
        // The 4e-53 of a Wilson end is the rounding of a zero in 50 digits.
        let zero = expected == 0.0 || (got == 0.0 && expected < 1e-50);
        let error = if zero { got.abs() } else { (got / expected - 1.0).abs() };
        assert!(error <= tolerance, "{what}: {got:e}, expected {expected:e}, relative error {error:e}");
        if error > worst.0 && !far {
            worst = (error, what);
        }
        compared += 1;
    };
    for case in file["tails"].as_array().unwrap() {
        let proportion = proportion(case);
        let p = Probability::new(number(&case["p"]).unwrap()).unwrap();
        for (key, got) in [
            ("p_value_ge", proportion.tail_at_least(p)),
            ("p_value_le", proportion.tail_at_most(p)),
            ("jeffreys_prob_rate_gt_p", proportion.posterior_above(p)),
        ] {
            if let Some(expected) = number(&case[key]) {
                agree(format!("{key} of {case}"), got.get(), expected, proportion);
            }
        }
    }
    for case in file["intervals"].as_array().unwrap() {
        let level = Level::new(number(&case["conf"]).unwrap()).unwrap();
        for (name, method) in
            [("cp", Method::ClopperPearson), ("wilson", Method::Wilson), ("jeffreys", Method::Jeffreys)]
        {
            let interval = proportion(case).interval(method, level).unwrap();
            for (end, got) in [("lo", interval.lower()), ("hi", interval.upper())] {
                let expected = number(&case[format!("{name}_{end}")]).unwrap();
                agree(format!("{name}_{end} of {case}"), got, expected, proportion(case));
            }
        }
    }
    println!("{compared} numbers, worst relative error {:e} in {}", worst.0, worst.1);
    compared
}

fn proportion(case: &Value) -> Proportion {
    Proportion::new(case["bad"].as_u64().unwrap(), case["n"].as_u64().unwrap()).unwrap()
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}
