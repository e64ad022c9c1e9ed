//! The tracker's laws, held against a second implementation that keeps everything and adds it up.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use slo_core::{BurnTracker, Counts, Error, Policy, Resolution, RowVerdict, TrackerPlan};

/// Milliseconds from an instant that is no round number, on both sides of 1970.
fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis - 3_000_017).unwrap()
}

/// Google's rows for a period of two hours: windows of 1 s to 2 h, 8 of them different.
fn policy() -> Policy {
    Policy::google_30d().scaled_to(TimeDelta::hours(2)).unwrap()
}

fn plan(resolution: Resolution) -> Arc<TrackerPlan> {
    let plan = TrackerPlan::new("99%".parse().unwrap(), &policy()).unwrap();
    Arc::new(plan.with_resolution(resolution).unwrap())
}

fn tiered() -> Resolution {
    Resolution::default()
}

const EXACT: Resolution = Resolution::Exact { most_samples: 1_000 };

fn resolutions() -> impl Strategy<Value = Resolution> {
    prop_oneof![Just(tiered()), Just(Resolution::Tiered { buckets_per_window: 73 }), Just(EXACT)]
}

fn counts() -> impl Strategy<Value = Counts> {
    (0_u64..5, 0_u64..200).prop_map(|(bad, good)| Counts::from_bad(bad, bad + good).unwrap())
}

/// Steps between samples: within a bucket, within a window, across all windows, and none.
fn step() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), 1_i64..50, Just(1_000), 50_i64..60_000, 60_000_i64..1_200_000, 1_200_000_i64..20_000_000]
}

/// Samples in order of time.
fn stream() -> impl Strategy<Value = Vec<(i64, Counts)>> {
    prop::collection::vec((step(), counts()), 0..120).prop_map(|steps| {
        let mut now = 0;
        let next = |(step, counts)| {
            now += step;
            (now, counts)
        };
        steps.into_iter().map(next).collect()
    })
}

fn fed(plan: &Arc<TrackerPlan>, samples: &[(i64, Counts)]) -> BurnTracker {
    let mut tracker = BurnTracker::with_plan(Arc::clone(plan));
    samples.iter().for_each(|(millis, counts)| tracker.observe(at(*millis), *counts).unwrap());
    tracker
}

/// The naive second implementation: counts at instants in `(now - length, now]`, all added up.
fn naive(samples: &[(i64, Counts)], now: DateTime<Utc>, length: TimeDelta) -> Counts {
    let inside = samples.iter().filter(|(millis, _)| at(*millis) <= now && at(*millis) > now - length);
    inside.fold(Counts::ZERO, |sum, (_, counts)| sum.merge(*counts).unwrap())
}

fn state(tracker: &BurnTracker) -> String {
    serde_json::to_string(tracker).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn at_exact_resolution_every_sum_is_exact(samples in stream(), later in step()) {
        let mut tracker = BurnTracker::with_plan(plan(EXACT));
        for (position, (millis, counts)) in samples.iter().enumerate() {
            tracker.observe(at(*millis), *counts).unwrap();
            for window in tracker.plan().windows() {
                let expected = naive(&samples[..=position], at(*millis), *window);
                prop_assert_eq!(tracker.counts_in(*window), Some(expected));
            }
        }
        let now = at(samples.last().map_or(0, |last| last.0) + later);
        let evaluation = tracker.evaluate(now).unwrap();
        for burn in evaluation.windows() {
            prop_assert_eq!(burn.counts, naive(&samples, now, burn.window));
        }
    }

    #[test]
    fn each_sum_is_that_of_a_window_less_than_a_bucket_longer(
        samples in stream(),
        later in step(),
        buckets_per_window in 50_u32..200,
    ) {
        let plan = plan(Resolution::Tiered { buckets_per_window });
        let mut tracker = BurnTracker::with_plan(Arc::clone(&plan));
        let mut instants: Vec<_> = samples.iter().map(|sample| sample.0).collect();
        instants.push(instants.last().copied().unwrap_or(0) + later);
        for (position, millis) in instants.iter().enumerate() {
            if let Some((_, counts)) = samples.get(position) {
                tracker.observe(at(*millis), *counts).unwrap();
            }
            let now = at(*millis);
            let evaluation = tracker.evaluate(now).unwrap();
            let seen = &samples[..samples.len().min(position + 1)];
            for burn in evaluation.windows() {
                let bucket = plan.bucket(burn.window).unwrap();
                prop_assert!(bucket * 50 <= burn.window);
                // The documented start of the window: the last multiple of the bucket at or before now - W.
                let (now, width) = (now.timestamp_nanos_opt().unwrap(), bucket.num_nanoseconds().unwrap());
                let start = (now - burn.window.num_nanoseconds().unwrap()).div_euclid(width) * width;
                let length = TimeDelta::nanoseconds(now - start);
                prop_assert!(burn.window <= length && length < burn.window + bucket);
                prop_assert_eq!(burn.counts, naive(seen, evaluation.at(), length));
            }
        }
    }

    #[test]
    fn samples_within_the_horizon_may_come_in_any_order(
        samples in stream(),
        keys in prop::collection::vec(any::<u32>(), 120),
        resolution in resolutions(),
    ) {
        let plan = plan(resolution);
        let horizon = plan.horizon();
        let ordered = fed(&plan, &samples);
        let mut shuffled: Vec<_> = samples.iter().zip(&keys).collect();
        shuffled.sort_by_key(|(_, key)| **key);
        let mut tracker = BurnTracker::with_plan(Arc::clone(&plan));
        let mut accepted = Vec::new();
        for ((millis, counts), _) in shuffled {
            let before = state(&tracker);
            let too_late = tracker.latest().is_some_and(|latest| at(*millis) < latest - horizon);
            match tracker.observe(at(*millis), *counts) {
                Ok(()) => {
                    prop_assert!(!too_late);
                    accepted.push((*millis, *counts));
                }
                Err(error) => {
                    prop_assert!(too_late && matches!(error, Error::TooLate { .. }), "{}", error);
                    prop_assert_eq!(before, state(&tracker));
                }
            }
        }
        accepted.sort_by_key(|sample| sample.0);
        let expected = if accepted.len() == samples.len() { ordered } else { fed(&plan, &accepted) };
        prop_assert_eq!(&tracker, &expected);
        prop_assert_eq!(state(&tracker), state(&expected));
    }

    #[test]
    fn merging_is_feeding_both_streams(
        left in stream(),
        right in stream(),
        resolution in resolutions(),
    ) {
        let plan = plan(resolution);
        let mut both: Vec<_> = left.iter().chain(&right).copied().collect();
        both.sort_by_key(|sample| sample.0);
        let (ours, theirs) = (fed(&plan, &left), fed(&plan, &right));
        let mut merged = ours.clone();
        merged.merge(&theirs).unwrap();
        prop_assert_eq!(&merged, &fed(&plan, &both));
        let mut swapped = theirs;
        swapped.merge(&ours).unwrap();
        prop_assert_eq!(merged, swapped);
    }

    #[test]
    fn merging_is_associative_with_an_identity(
        a in stream(), b in stream(), c in stream(),
        counters in prop::collection::vec(any::<bool>(), 3),
        resolution in resolutions(),
    ) {
        let plan = plan(resolution);
        let make = |samples: &[(i64, Counts)], with_counters: bool| {
            let mut tracker = fed(&plan, samples);
            if with_counters {
                tracker.observe_counters(tracker.latest().unwrap_or(at(0)), 5, 7).unwrap();
            }
            tracker
        };
        let (a, b, c) = (make(&a, counters[0]), make(&b, counters[1]), make(&c, counters[2]));
        let merge = |left: &BurnTracker, right: &BurnTracker| {
            let mut merged = left.clone();
            merged.merge(right).unwrap();
            merged
        };
        prop_assert_eq!(merge(&merge(&a, &b), &c), merge(&a, &merge(&b, &c)));
        let identity = BurnTracker::with_plan(Arc::clone(&plan));
        prop_assert_eq!(&merge(&a, &identity), &a);
        prop_assert_eq!(&merge(&identity, &a), &a);
    }

    #[test]
    fn a_restored_tracker_is_equal_and_goes_on_the_same(
        samples in stream(),
        split in 0_usize..120,
        later in step(),
        resolution in resolutions(),
    ) {
        let plan = plan(resolution);
        let (before, after) = samples.split_at(split.min(samples.len()));
        let mut tracker = fed(&plan, before);
        let mut restored: BurnTracker = serde_json::from_str(&state(&tracker)).unwrap();
        prop_assert_eq!(&restored, &tracker);
        let shared = BurnTracker::restore(Arc::clone(&plan), tracker.state()).unwrap();
        prop_assert_eq!(&shared, &tracker);
        for (millis, counts) in after {
            prop_assert_eq!(restored.observe(at(*millis), *counts), tracker.observe(at(*millis), *counts));
        }
        let now = at(samples.last().map_or(0, |last| last.0) + later);
        let ours: Vec<_> = tracker.evaluate(now).unwrap().windows().collect();
        let theirs: Vec<_> = restored.evaluate(now).unwrap().windows().collect();
        prop_assert_eq!(ours, theirs);
        prop_assert_eq!(state(&restored), state(&tracker));
    }

    #[test]
    fn the_budget_of_a_period_longer_than_the_replay_is_the_sum_of_counts(
        samples in stream(),
        resolution in resolutions(),
    ) {
        let policy = policy().with_period(TimeDelta::days(365)).unwrap();
        // Factors grow with the period; at this objective the rows stay within reach.
        let plan = TrackerPlan::new("99.9999%".parse().unwrap(), &policy).unwrap();
        let mut tracker = fed(&Arc::new(plan.with_resolution(resolution).unwrap()), &samples);
        let total = samples.iter().fold(Counts::ZERO, |sum, (_, counts)| sum.merge(*counts).unwrap());
        prop_assert_eq!(tracker.seen(), total);
        let now = tracker.latest().unwrap_or(at(0));
        prop_assert_eq!(tracker.evaluate(now).unwrap().budget_counts(), total);
    }

    #[test]
    fn a_row_fires_when_both_windows_exceed_its_factor(samples in stream(), resolution in resolutions()) {
        let mut tracker = fed(&plan(resolution), &samples);
        let now = tracker.latest().unwrap_or(at(0));
        let evaluation = tracker.evaluate(now).unwrap();
        let mut firing = 0;
        for (position, row) in evaluation.rows().enumerate() {
            let exceeded = |window| row.row.factor.is_exceeded(evaluation.counts(window).unwrap(), evaluation.objective());
            let both = row.row.windows().all(exceeded);
            prop_assert_eq!(row.verdict.is_exceeded(), both);
            firing |= u32::from(both) << position;
            match row.verdict {
                RowVerdict::Exceeded { long, short } => {
                    prop_assert_eq!(Some(long), evaluation.burn_rate(row.row.long));
                    prop_assert_eq!(short, evaluation.burn_rate(row.row.short.unwrap()));
                }
                RowVerdict::NoData { long, short } => prop_assert!(long.is_none() || short.is_none()),
                RowVerdict::Quiet { long, short } => prop_assert!(long.is_some() || short.is_some()),
            }
        }
        prop_assert_eq!(evaluation.firing_bits(), firing);
        prop_assert_eq!(evaluation.is_firing(), evaluation.worst_severity().is_some());
        prop_assert!(!evaluation.to_string().contains("NaN"));
        if let Some(left) = evaluation.budget_remaining_ratio() {
            let spent = evaluation.burn_rate(policy().period()).unwrap();
            prop_assert!((left - (1.0 - spent)).abs() < 1e-12 * spent.max(1.0));
        }
    }

    #[test]
    fn a_clock_that_went_back_is_refused_and_changes_nothing(
        samples in stream(),
        back in 1_i64..100_000,
        resolution in resolutions(),
    ) {
        let mut tracker = fed(&plan(resolution), &samples);
        let Some(latest) = tracker.latest() else { return Ok(()) };
        let before = state(&tracker);
        let now = latest - TimeDelta::milliseconds(back);
        prop_assert_eq!(tracker.evaluate(now).err(), Some(Error::ClockWentBack { now, latest }));
        prop_assert_eq!(before, state(&tracker));
    }

    #[test]
    fn any_instant_is_counted_or_refused(
        seconds in prop::collection::vec(any::<i64>(), 1..6),
        nanos in 0_u32..2_000_000_000,
        resolution in resolutions(),
    ) {
        let mut tracker = BurnTracker::with_plan(plan(resolution));
        let one = Counts::from_bad(1, 1).unwrap();
        for seconds in seconds {
            // All of chrono's range, half of it near the ends of what nanoseconds hold.
            for seconds in [seconds % 8_000_000_000_000, seconds.signum() * 9_223_372_036 - seconds % 1_000_000] {
                let Some(instant) = DateTime::from_timestamp(seconds, nanos) else { continue };
                let before = state(&tracker);
                match tracker.observe(instant, one) {
                    Ok(()) => prop_assert!(tracker.latest() >= Some(instant - TimeDelta::seconds(1))),
                    Err(Error::TooLate { .. } | Error::InstantOutOfRange { .. }) => {
                        prop_assert_eq!(before, state(&tracker));
                    }
                    Err(error) => prop_assert!(false, "{}", error),
                }
            }
        }
    }
}
