//! Any sequence of observations keeps the books: every window holds what was observed in it.
#![no_main]

use std::sync::{Arc, LazyLock};

use chrono::{DateTime, TimeDelta, Utc};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use slo_core::{BurnTracker, Counts, Error, Policy, Resolution, TrackerPlan};

#[derive(Debug, Arbitrary)]
enum Step {
    /// In order or late, into one shard or the other.
    Observe {
        offset: Offset,
        good: u32,
        bad: u32,
        second_shard: bool,
    },
    /// Raw values of counters; a smaller one is a reset.
    Counters {
        offset: Offset,
        good: u16,
        bad: u16,
    },
    Evaluate {
        offset: Offset,
    },
    Restore,
}

/// Where the next instant is from the latest, in milliseconds, at four scales.
#[derive(Debug, Arbitrary)]
enum Offset {
    Fine(i8),
    Minutes(i8),
    Days(i8),
    Nanoseconds(i64),
}

impl Offset {
    fn from(&self, latest: DateTime<Utc>) -> Option<DateTime<Utc>> {
        latest.checked_add_signed(match self {
            Self::Fine(n) => TimeDelta::milliseconds(i64::from(*n) * 250),
            Self::Minutes(n) => TimeDelta::minutes(i64::from(*n)),
            Self::Days(n) => TimeDelta::hours(i64::from(*n) * 8),
            Self::Nanoseconds(n) => TimeDelta::nanoseconds(*n),
        })
    }
}

static PLANS: LazyLock<[Arc<TrackerPlan>; 3]> = LazyLock::new(|| {
    let objective = "99.9%".parse().expect("an objective");
    let plan = || TrackerPlan::new(objective, &Policy::google_30d()).expect("a plan");
    let exact = plan().with_resolution(Resolution::Exact { most_samples: 40 }).expect("a resolution");
    let strict = plan().with_horizon(TimeDelta::minutes(5)).expect("a horizon");
    [plan(), exact, strict].map(Arc::new)
});

fuzz_target!(|input: (u8, Vec<Step>)| {
    let (plan, steps) = input;
    let plan = &PLANS[usize::from(plan) % PLANS.len()];
    let start: DateTime<Utc> = DateTime::from_timestamp(1_767_225_600, 0).expect("an instant");
    let mut all = BurnTracker::with_plan(plan.clone());
    let mut shards = [all.clone(), all.clone()];
    let mut seen: Vec<(DateTime<Utc>, Counts)> = Vec::new();
    let mut last_reading: Option<(u64, u64)> = None;

    for step in steps.iter().take(200) {
        let latest = all.latest().unwrap_or(start);
        match step {
            Step::Observe { offset, good, bad, second_shard } => {
                let Some(at) = offset.from(latest) else { continue };
                let counts = Counts::from_bad((*bad).into(), u64::from(*good) + u64::from(*bad)).expect("bad <= total");
                let before = all.clone();
                match all.observe(at, counts) {
                    Ok(()) => {
                        seen.push((at, counts));
                        let shard = &mut shards[usize::from(*second_shard)];
                        shard.observe(at, counts).expect("a shard has seen less, so it takes what the whole takes");
                    }
                    Err(error) => refused(&error, &all, &before),
                }
            }
            Step::Counters { offset, good, bad } => {
                let Some(at) = offset.from(latest) else { continue };
                let (good, total) = (u64::from(*good), u64::from(*good) + u64::from(*bad));
                let before = all.clone();
                match all.observe_counters(at, good, total) {
                    Ok(()) => {
                        let increase = match last_reading {
                            None => Counts::ZERO,
                            Some((last_good, last_total)) if good >= last_good && total >= last_total => {
                                Counts::new(good - last_good, total - last_total).expect("checked by the tracker")
                            }
                            Some(_) => Counts::new(good, total).expect("good <= total"),
                        };
                        last_reading = Some((good, total));
                        seen.push((at, increase));
                        shards[0].observe(at, increase).expect("a shard has seen less");
                    }
                    Err(error) => refused(&error, &all, &before),
                }
            }
            Step::Evaluate { offset } => {
                let Some(at) = offset.from(latest) else { continue };
                let before = all.clone();
                match all.evaluate(at) {
                    Ok(evaluation) => {
                        for window in evaluation.windows() {
                            assert!(window.burn_rate.is_none_or(|rate| rate.is_finite() && rate >= 0.0));
                        }
                        assert!(evaluation.budget_remaining_ratio().is_none_or(f64::is_finite));
                        assert!(!evaluation.to_string().is_empty());
                    }
                    Err(error) => refused(&error, &all, &before),
                }
            }
            Step::Restore => {
                let json = serde_json::to_string(&all).expect("a tracker serialises");
                let restored: BurnTracker = serde_json::from_str(&json).expect("and is read again");
                assert_eq!(restored, all);
                all = restored;
            }
        }
        check(&all, &seen);
    }

    let [mut merged, other] = shards;
    merged.merge(&other).expect("two shards of one plan");
    if let Some(latest) = all.latest() {
        merged.evaluate(latest).expect("the shards are not ahead of the whole");
        check(&merged, &seen);
        for window in all.plan().windows() {
            assert_eq!(merged.counts_in(*window), all.counts_in(*window), "merged, window {window}");
        }
    }
});

fn refused(error: &Error, now: &BurnTracker, before: &BurnTracker) {
    assert!(!error.to_string().is_empty());
    assert_eq!(now, before, "an error changes nothing: {error}");
}

/// Every window is the sum of what was observed in a stretch of at least its length and less than a bucket more.
fn check(tracker: &BurnTracker, seen: &[(DateTime<Utc>, Counts)]) {
    let Some(latest) = tracker.latest() else { return };
    let sum = |length: TimeDelta| {
        let inside = seen.iter().filter(|(at, _)| latest.signed_duration_since(*at) < length);
        inside.fold((0, 0), |(bad, total), (_, counts)| (bad + counts.bad(), total + counts.total()))
    };
    let everything = sum(TimeDelta::MAX);
    assert_eq!((tracker.seen().bad(), tracker.seen().total()), everything);
    for window in tracker.plan().windows() {
        let counts = tracker.counts_in(*window).expect("a window of the plan");
        let bucket = tracker.plan().bucket(*window).expect("a window of the plan");
        let (least, most) = (sum(*window), sum(*window + bucket));
        assert!(least.0 <= counts.bad() && counts.bad() <= most.0, "bad in {window}: {least:?} {counts:?} {most:?}");
        assert!(least.1 <= counts.total() && counts.total() <= most.1, "{window}: {least:?} {counts:?} {most:?}");
    }
}
