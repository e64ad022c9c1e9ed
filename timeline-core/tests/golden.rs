//! Against what an independent implementation (Python's zoneinfo) computed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::path::Path;

use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;
use timeline_core::{AnchoredPeriod, parse_zone};

/// Every disagreement of the cases in a file, in words, and the number of cases.
fn disagreements(path: &Path) -> (Vec<String>, usize) {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    let wrong = cases.iter().filter_map(|case| {
        let text = |key: &str| case[key].as_str().unwrap();
        let number = |key: &str| case[key].as_i64().unwrap();
        let anchor = NaiveDateTime::parse_from_str(text("start"), "%Y-%m-%d %H:%M:%S").unwrap();
        let period =
            AnchoredPeriod::new(anchor, parse_zone(text("tz")).unwrap(), text("duration").parse().unwrap()).unwrap();
        let now = DateTime::from_timestamp(number("now_unix"), 0).unwrap();
        let window = period.containing(now).unwrap().unwrap();
        let ours = (
            period.index_at(now).unwrap().unwrap(),
            window.start().timestamp(),
            window.end().timestamp(),
            window.length().num_seconds(),
        );
        let theirs =
            (case["k"].as_u64().unwrap(), number("window_start_unix"), number("window_end_unix"), number("length_s"));
        (ours != theirs).then(|| format!("{case}: ours {ours:?}"))
    });
    (wrong.collect(), cases.len())
}

#[test]
fn calendar_windows_agree_with_the_cases_kept_here() {
    let (wrong, cases) = disagreements(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/calendar.json")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cases, 12);
}

#[test]
fn calendar_windows_agree_with_all_shared_cases() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/golden/slo/calendar.json"));
    if !path.exists() {
        println!("skipped: ../shared/golden/slo/calendar.json is not there");
        return;
    }
    let (wrong, cases) = disagreements(path);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cases, 93);
}
