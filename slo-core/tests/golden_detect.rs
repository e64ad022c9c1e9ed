//! Detection and reset times against exact fractions computed elsewhere.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::path::Path;

use serde_json::Value;
use slo_core::Policy;
use slo_core::detect::{ErrorRatio, ExactSeconds};

#[test]
fn the_committed_cases_agree() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/detection_reset.json");
    assert!(check(&path) > 30);
}

#[test]
fn all_cases_agree() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden/slo/detection_reset.json");
    if path.exists() {
        assert_eq!(check(&path), 540);
    } else {
        println!("skipped: {} is absent", path.display());
    }
}

/// Checks every case of the file and says how many there were.
fn check(path: &Path) -> usize {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        let text = |key: &str| case[key].as_str().unwrap();
        let policy = match text("policy") {
            "google30d" => Policy::google_30d(),
            "sloth28d" => Policy::sloth_28d(),
            "pyrra28d" => Policy::pyrra(),
            other => panic!("{other}"),
        };
        let row = policy.rows().iter().find(|row| row.name == text("row")).unwrap();
        let objective = format!("{}%", text("objective_percent")).parse().unwrap();
        let error_ratio: ErrorRatio = text("error_ratio").parse().unwrap();
        assert_eq!(row.long.num_seconds(), case["long_s"].as_i64().unwrap());
        close(error_ratio.burn_rate(objective), &case["burn"], case);
        let Some(detection) = row.detection(policy.period(), objective, error_ratio) else {
            assert!(case["detect_s"].is_null(), "{case}");
            continue;
        };
        exactly(detection.time, &case["detect_s"], case);
        exactly(detection.reset, &case["reset_short_s"], case);
        exactly(detection.long_window_reset, &case["reset_long_only_s"], case);
        close(detection.budget_spent, &case["budget_consumed_at_fire"], case);
        if row.hold.is_zero() {
            exactly(detection.longest_unseen, &case["detect_long_s"], case);
        }
    }
    cases.len()
}

fn exactly(ours: ExactSeconds, theirs: &Value, case: &Value) {
    let fraction = format!("{}/{}", ours.numerator(), ours.denominator());
    assert_eq!(fraction, theirs["q"].as_str().unwrap(), "{case}");
    close(ours.as_f64(), theirs, case);
}

fn close(ours: f64, theirs: &Value, case: &Value) {
    let theirs = theirs["f"].as_f64().unwrap();
    assert!((ours - theirs).abs() <= 1e-12 * theirs.abs(), "{ours} is not {theirs} in {case}");
}
