//! The tracker against exact window sums and alert edges that were computed elsewhere.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use slo_core::{Alert, AlertRule, BurnTracker, Counts, Policy, Resolution, TrackerPlan};

#[derive(serde::Deserialize)]
struct Golden {
    windows_ticks: Vec<i64>,
    total: Vec<u64>,
    bad: Vec<u64>,
    rows: Vec<Vec<u64>>,
    alert_edges: BTreeMap<String, Vec<(usize, bool)>>,
}

fn golden() -> Golden {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/rolling_ticks.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn tick(index: usize) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(index as i64 + 1)
}

fn tracker(resolution: Resolution) -> BurnTracker {
    let plan = TrackerPlan::new("99.9%".parse().unwrap(), &Policy::google_30d()).unwrap();
    BurnTracker::with_plan(Arc::new(plan.with_resolution(resolution).unwrap()))
}

/// Replays the ticks and has every one looked at.
fn replay(golden: &Golden, tracker: &mut BurnTracker, mut look: impl FnMut(usize, &BurnTracker)) {
    for index in 0..golden.total.len() {
        let counts = Counts::from_bad(golden.bad[index], golden.total[index]).unwrap();
        tracker.observe(tick(index), counts).unwrap();
        look(index, tracker);
    }
}

#[test]
fn every_window_sum_is_exact_at_exact_resolution() {
    let golden = golden();
    let mut checked = 0;
    replay(&golden, &mut tracker(Resolution::Exact { most_samples: 5_000 }), |index, tracker| {
        let Some(row) = golden.rows.iter().find(|row| row[0] == index as u64) else { return };
        for (window, sums) in golden.windows_ticks.iter().zip(row[1..].chunks(2)) {
            let counts = tracker.counts_in(TimeDelta::minutes(*window)).unwrap();
            assert_eq!([counts.bad(), counts.total()], sums, "tick {index}, {window} min");
            checked += 1;
        }
    });
    assert_eq!(checked, 145 * 8);
}

#[test]
fn at_default_resolution_each_sum_is_that_of_a_window_at_most_a_bucket_longer() {
    let golden = golden();
    let sum = |from: usize, to: usize| {
        Counts::from_bad(golden.bad[from..=to].iter().sum(), golden.total[from..=to].iter().sum()).unwrap()
    };
    let mut exact = 0;
    replay(&golden, &mut tracker(Resolution::default()), |index, tracker| {
        for minutes in &golden.windows_ticks {
            let window = TimeDelta::minutes(*minutes);
            let bucket = tracker.plan().bucket(window).unwrap();
            let counts = tracker.counts_in(window).unwrap();
            let of_ticks = |ticks: i64| sum((index + 1).saturating_sub(ticks as usize), index);
            // A window some part of a tick longer reaches one tick further back.
            let longest = window + bucket - TimeDelta::nanoseconds(1);
            let most = (longest.num_nanoseconds().unwrap() as u64).div_ceil(60_000_000_000) as i64;
            assert!((*minutes..=most).any(|ticks| of_ticks(ticks) == counts), "tick {index}, {window}");
            let now = tick(index).timestamp_nanos_opt().unwrap();
            if now % bucket.num_nanoseconds().unwrap() == 0 {
                assert_eq!(of_ticks(*minutes), counts, "tick {index}, {window}");
                exact += 1;
            }
        }
    });
    // Every tick is a boundary of the 5-minute window, every third one of the 30-minute window, and so on.
    assert_eq!(
        exact,
        4_320 + 4_320 / 3 + 4_320 / 6 + 4_320 / 12 + 4_320 / 36 + 4_320 / 144 + 4_320 / 432 + 4_320 / 864
    );
}

#[test]
fn alerts_without_hold_rise_and_fall_at_the_golden_edges() {
    let golden = golden();
    for (severity, edges) in &golden.alert_edges {
        let mut tracker = tracker(Resolution::Exact { most_samples: 5_000 });
        let (mut alert, mut seen) = (Alert::new(AlertRule::default()), Vec::new());
        for index in 0..golden.total.len() {
            let counts = Counts::from_bad(golden.bad[index], golden.total[index]).unwrap();
            tracker.observe(tick(index), counts).unwrap();
            let evaluation = tracker.evaluate(tick(index)).unwrap();
            let holds = evaluation.firing().any(|row| row.row.severity.to_string() == *severity);
            if alert.handle(tick(index), holds).unwrap().is_some() {
                seen.push((index, alert.is_firing()));
            }
        }
        assert_eq!(&seen, edges, "{severity}");
    }
}
