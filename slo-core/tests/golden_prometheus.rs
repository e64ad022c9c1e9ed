//! What a real Prometheus answered, beside what we say of the same samples.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

use chrono::{DateTime, TimeDelta};
use serde_json::Value;
use slo_core::sli::extrapolated_increase;

#[test]
fn the_extrapolated_increase_is_the_one_of_prometheus() {
    let document: Value = serde_json::from_str(include_str!("data/prometheus_increase.json")).unwrap();
    let cases = document["cases"].as_array().unwrap();
    let instant = |value: &Value| DateTime::from_timestamp_millis(value.as_i64().unwrap()).unwrap();
    for case in cases {
        let samples = case["samples"].as_array().unwrap().iter();
        let samples: Vec<_> = samples.map(|pair| (instant(&pair[0]), pair[1].as_f64().unwrap())).collect();
        let range = TimeDelta::seconds(case["range_s"].as_i64().unwrap());
        let ours = extrapolated_increase(&samples, range, instant(&case["end_ms"]));
        match (ours, case["increase"].as_f64()) {
            (Some(ours), Some(theirs)) => {
                assert!((ours - theirs).abs() <= 1e-12 * theirs.abs(), "{ours} is not {theirs}: {case}");
            }
            (None, None) => {}
            (ours, theirs) => panic!("{ours:?} is not {theirs:?}: {case}"),
        }
    }
    assert!(cases.len() > 40);
}
