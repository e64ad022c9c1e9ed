//! What the documentation of `backtest` states, against naive evaluation, the tracker and the closed forms.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use slo_core::backtest::{Incident, RaisedAlert, Series, Settings, compare, score};
use slo_core::detect::ErrorRatio;
use slo_core::{
    Alert, AlertRule, AlertState, BurnTracker, Counts, Error, NoDataRule, Objective, Policy, Resolution, Row, Severity,
    TrackerPlan,
};
use timeline_core::Span;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn span(from: i64, to: i64) -> Span {
    Span::new(at(from), at(to)).unwrap()
}

fn objective(percent: &str) -> Objective {
    percent.parse().unwrap()
}

/// Small windows, so that short series see every turn of every window.
fn policy(hold: i64) -> Policy {
    let row = |name: &str, severity, factor: &str, long, short: Option<i64>| Row {
        name: name.to_owned(),
        severity,
        factor: factor.parse().unwrap(),
        long: TimeDelta::seconds(long),
        short: short.map(TimeDelta::seconds),
        hold: TimeDelta::seconds(hold),
    };
    let rows = vec![
        row("fast", Severity::Page, "4", 100, Some(10)),
        row("slow", Severity::Page, "2", 200, Some(30)),
        row("ticket", Severity::Ticket, "1", 400, None),
    ];
    Policy::new("small", TimeDelta::seconds(1_000), rows).unwrap()
}

/// Samples 1 to 29 seconds apart; some without events, some bad.
fn samples() -> impl Strategy<Value = Vec<(DateTime<Utc>, Counts)>> {
    prop::collection::vec((1_i64..30, 0_u64..20, 0_u64..100), 1..120).prop_map(|steps| {
        let mut now = 1_000_000;
        let step = |(gap, total, bad): (i64, u64, u64)| {
            now += gap;
            (at(now), Counts::from_bad(if bad < 30 { total.min(bad) } else { 0 }, total).unwrap())
        };
        steps.into_iter().map(step).collect()
    })
}

/// Every sum from scratch, the hold and the end of firing counted by hand.
fn naive(samples: &[(DateTime<Utc>, Counts)], policy: &Policy, objective: Objective) -> Vec<RaisedAlert> {
    let mut raised = Vec::new();
    for (position, row) in policy.rows().iter().enumerate() {
        let (mut since, mut firing) = (None, None);
        for (now, _) in samples {
            let over = |window: TimeDelta| {
                let inside = samples.iter().filter(|(at, _)| *at <= *now && *at > *now - window);
                inside.fold(Counts::ZERO, |sum, (_, counts)| sum.merge(*counts).unwrap())
            };
            if row.windows().all(|window| row.factor.is_exceeded(over(window), objective)) {
                let since = *since.get_or_insert(*now);
                if *now - since >= row.hold {
                    firing.get_or_insert(*now);
                }
            } else {
                since = None;
                raised.extend(firing.take().map(|from| RaisedAlert { row: position, from, until: Some(*now) }));
            }
        }
        raised.extend(firing.map(|from| RaisedAlert { row: position, from, until: None }));
    }
    raised.sort_by_key(|alert| (alert.from, alert.row));
    raised
}

/// What the streaming tracker and its alerts say on the same samples.
fn streamed(samples: &[(DateTime<Utc>, Counts)], plan: TrackerPlan, keep_firing: TimeDelta) -> Vec<RaisedAlert> {
    let plan = Arc::new(plan);
    let mut tracker = BurnTracker::with_plan(plan.clone());
    let rules = plan.policy().rows().iter().map(|row| AlertRule::for_row(row, keep_firing).unwrap());
    let mut alerts: Vec<_> = rules.map(Alert::new).collect();
    let mut raised: Vec<RaisedAlert> = Vec::new();
    for (now, counts) in samples {
        tracker.observe(*now, *counts).unwrap();
        let evaluation = tracker.evaluate(*now).unwrap();
        for (row, evaluated) in evaluation.rows().enumerate() {
            match alerts[row].handle(*now, evaluated.verdict.condition()).unwrap() {
                Some(change) if change.to == AlertState::Firing => {
                    raised.push(RaisedAlert { row, from: *now, until: None });
                }
                Some(change) if change.from == AlertState::Firing => {
                    raised.iter_mut().rfind(|alert| alert.row == row).unwrap().until = Some(*now);
                }
                _ => {}
            }
        }
    }
    raised.sort_by_key(|alert| (alert.from, alert.row));
    raised
}

proptest! {
    #[test]
    fn alerts_are_those_of_a_naive_evaluation(samples in samples(), hold in 0_i64..60) {
        let (policy, objective) = (policy(hold), objective("90%"));
        let series = Series::new(samples.clone()).unwrap();
        let alerts = series.alerts(&policy, objective, TimeDelta::zero(), NoDataRule::Resolve).unwrap();
        prop_assert_eq!(alerts, naive(&samples, &policy, objective));
    }

    #[test]
    fn alerts_are_those_of_a_tracker_that_keeps_every_sample(
        samples in samples(),
        hold in 0_i64..60,
        keep_firing in 0_i64..60,
    ) {
        let keep_firing = TimeDelta::seconds(keep_firing);
        let (policy, objective) = (policy(hold), objective("90%"));
        let plan = TrackerPlan::new(objective, &policy).unwrap();
        let plan = plan.with_resolution(Resolution::Exact { most_samples: 10_000 }).unwrap();
        let series = Series::new(samples.clone()).unwrap();
        let alerts = series.alerts(&policy, objective, keep_firing, NoDataRule::Freeze).unwrap();
        prop_assert_eq!(alerts, streamed(&samples, plan, keep_firing));
    }

    #[test]
    fn a_tracker_in_tiers_sums_no_window_short_nor_a_bucket_too_long(samples in samples()) {
        let (policy, objective) = (policy(0), objective("90%"));
        let series = Series::new(samples.clone()).unwrap();
        let mut tracker = BurnTracker::new(objective, &policy).unwrap();
        for (now, counts) in samples {
            tracker.observe(now, counts).unwrap();
            for window in policy.windows() {
                let theirs = tracker.counts_in(window).unwrap();
                let bucket = tracker.plan().bucket(window).unwrap();
                let least = series.counts_between(now - window, now);
                let most = series.counts_between(now - window - bucket, now);
                prop_assert!(least.total() <= theirs.total() && theirs.total() <= most.total());
                prop_assert!(least.bad() <= theirs.bad() && theirs.bad() <= most.bad());
            }
        }
    }

    #[test]
    fn a_tracker_in_tiers_raises_the_same_alerts_on_samples_that_meet_its_buckets(
        bad in prop::collection::vec(0_u64..100, 1..400),
    ) {
        // Every window is a multiple of 50 buckets; with a sample every 8 s each sample meets them all.
        let (policy, objective) = (policy(0), objective("90%"));
        let sample = |(n, bad): (usize, &u64)| {
            let bad = if *bad < 20 { *bad } else { 0 };
            (at(8 * i64::try_from(n).unwrap() + 8), Counts::from_bad(bad, 20).unwrap())
        };
        let samples: Vec<_> = bad.iter().enumerate().map(sample).collect();
        let series = Series::new(samples.clone()).unwrap();
        let alerts = series.alerts(&policy, objective, TimeDelta::zero(), NoDataRule::Freeze).unwrap();
        prop_assert_eq!(alerts, streamed(&samples, TrackerPlan::new(objective, &policy).unwrap(), TimeDelta::zero()));
    }

    #[test]
    fn every_episode_and_every_incident_is_counted_once(
        samples in samples(), incidents in prop::collection::vec((-100_i64..2_500, 1_i64..300), 0..6), grace in 0_i64..60,
    ) {
        let series = Series::new(samples).unwrap();
        let incident = |(n, (from, length)): (usize, &(i64, i64))| Incident {
            name: n.to_string(),
            span: span(1_000_000 + from, 1_000_000 + from + length),
        };
        let incidents: Vec<_> = incidents.iter().enumerate().map(incident).collect();
        let settings = Settings::default().with_grace(TimeDelta::seconds(grace)).unwrap();
        let score = score(&policy(0), objective("90%"), &series, &incidents, settings).unwrap();
        prop_assert_eq!(u64::try_from(score.episodes).unwrap(), score.precision.of());
        prop_assert_eq!(score.incidents.len() + score.outside.len(), incidents.len());
        prop_assert_eq!(u64::try_from(score.incidents.len()).unwrap(), score.recall.of());
        for outcome in &score.incidents {
            prop_assert_eq!(outcome.detection.is_some(), outcome.seen_by.is_some());
            if let Some(detection) = outcome.detection {
                prop_assert!(detection >= TimeDelta::zero());
                prop_assert!(detection <= outcome.span.length() + TimeDelta::seconds(grace));
            }
            prop_assert!(outcome.reset.is_none_or(|reset| reset >= TimeDelta::zero()));
        }
        prop_assert!(TimeDelta::zero() <= score.firing_outside && score.firing_outside <= score.firing);
        // A longer grace forgives more.
        let generous = Settings::default().with_grace(TimeDelta::seconds(grace + 100)).unwrap();
        let generous = slo_core::backtest::score(&policy(0), objective("90%"), &series, &incidents, generous).unwrap();
        prop_assert!(generous.recall.hits() >= score.recall.hits());
        prop_assert!(generous.precision.hits() >= score.precision.hits());
    }

    #[test]
    fn a_steady_outage_is_detected_when_the_closed_form_says(
        hundredths in 1_u32..=100, preset in 0_usize..4, severity in prop::sample::select(vec![Severity::Page, Severity::Ticket]),
    ) {
        // 30 days of history at 5-minute samples, clean; then ten days of outage.
        let policy = &Policy::presets()[preset];
        let (objective, tick) = (objective("99%"), 300);
        let start = 30 * 86_400;
        let sample = |n: i64| {
            let bad = if n * tick > start { u64::from(hundredths) } else { 0 };
            (at(n * tick), Counts::from_bad(bad, 100).unwrap())
        };
        let series = Series::new((1..=start / tick * 4 / 3).map(sample)).unwrap();
        let outage = Incident { name: "outage".to_owned(), span: span(start, start * 4 / 3) };
        let score = score(policy, objective, &series, &[outage], Settings::default().of_severity(severity)).unwrap();
        let ratio = ErrorRatio::from_parts_per_billion(hundredths * 10_000_000).unwrap();
        let rows = policy.rows().iter().filter(|row| row.severity == severity);
        let expected = rows.filter_map(|row| row.detection_time_on_ticks(objective, ratio, TimeDelta::seconds(tick))).min();
        let within = expected.filter(|expected| expected.num_seconds() <= start / 3);
        prop_assert_eq!(score.incidents[0].detection, within);
        if let (Some(after), Some(spent)) = (within, score.incidents[0].budget_spent) {
            let burned = ratio.burn_rate(objective) * after.as_seconds_f64() / policy.period().as_seconds_f64();
            prop_assert!((spent / burned - 1.0).abs() < 1e-3, "{} {}", spent, burned);
        }
    }
}

fn week(bad: impl Fn(i64) -> u64) -> Series {
    Series::new((1..=10_080).map(|n| (at(60 * n), Counts::from_bad(bad(n), 1_000).unwrap()))).unwrap()
}

#[test]
fn without_incidents_recall_says_nothing_and_every_alert_is_false() {
    let series = week(|n| if (5_000..5_030).contains(&n) { 900 } else { 0 });
    let score = score(&Policy::google_30d(), objective("99.9%"), &series, &[], Settings::default()).unwrap();
    assert_eq!((score.recall.of(), score.recall.estimate, score.recall.interval), (0, None, None));
    assert_eq!((score.precision.hits(), score.precision.of()), (0, 1));
    assert!((score.false_alarms_per_week.unwrap() - 1.0).abs() < 1e-3);
    assert_eq!((score.detection.worst, score.reset.median, score.budget_spent.worst), (None, None, None));
}

#[test]
fn a_quiet_history_has_recall_0_and_no_precision() {
    let incident = Incident { name: "unfelt".to_owned(), span: span(600, 1_200) };
    let score =
        score(&Policy::google_30d(), objective("99.9%"), &week(|_| 0), &[incident], Settings::default()).unwrap();
    assert_eq!((score.recall.estimate, score.precision.estimate), (Some(0.0), None));
    assert_eq!((score.incidents[0].detection, score.incidents[0].budget_spent), (None, Some(0.0)));
}

#[test]
fn overlapping_incidents_are_each_detected_by_one_episode() {
    let series = week(|n| if (5_000..5_060).contains(&n) { 900 } else { 0 });
    let incidents = [("a", 5_000, 5_040), ("b", 5_020, 5_060)]
        .map(|(name, from, to)| Incident { name: name.to_owned(), span: span(60 * (from - 1), 60 * (to - 1)) });
    let score = score(&Policy::google_30d(), objective("99.9%"), &series, &incidents, Settings::default()).unwrap();
    assert_eq!((score.recall.hits(), score.precision.hits(), score.precision.of()), (2, 1, 1));
    // The second began while the alert of the first was on.
    assert_eq!(score.incidents[1].detection, Some(TimeDelta::zero()));
}

#[test]
fn a_policy_that_always_fires_detects_nothing() {
    let row = Row {
        name: "always".to_owned(),
        severity: Severity::Page,
        factor: "0.0001".parse().unwrap(),
        long: TimeDelta::hours(1),
        short: Some(TimeDelta::minutes(5)),
        hold: TimeDelta::zero(),
    };
    let always = Policy::new("always", TimeDelta::days(30), vec![row]).unwrap();
    let series = week(|n| if (5_000..5_030).contains(&n) { 900 } else { 1 });
    let incident = [Incident { name: "outage".to_owned(), span: span(60 * 4_999, 60 * 5_029) }];
    let of = |policy: &Policy| score(policy, objective("99.9%"), &series, &incident, Settings::default()).unwrap();
    let bad = of(&always);
    assert_eq!((bad.precision.hits(), bad.precision.of(), bad.recall.hits(), bad.recall.of()), (0, 1, 0, 1));
    assert_eq!((bad.detection.median, bad.incidents[0].seen_by.as_deref()), (None, None));
    assert_eq!((bad.firing, bad.firing_outside), (TimeDelta::minutes(10_079), TimeDelta::minutes(10_049)));
    assert!(bad.false_alarms_per_week.unwrap() > 0.9);
    let good = of(&Policy::google_30d());
    assert_eq!((good.precision.estimate, good.recall.estimate), (Some(1.0), Some(1.0)));
    assert!(good.firing_outside < good.firing && good.firing < TimeDelta::days(3), "{good:?}");
}

#[test]
fn incidents_outside_the_history_are_named_and_left_out() {
    let incidents = [("before", -600, 0), ("after", 700_000, 700_060), ("across", -600, 600)]
        .map(|(name, from, to)| Incident { name: name.to_owned(), span: span(from, to) });
    let score =
        score(&Policy::google_30d(), objective("99.9%"), &week(|_| 0), &incidents, Settings::default()).unwrap();
    assert_eq!(score.outside, ["before", "after"]);
    assert!(score.incidents[0].began_before && score.recall.of() == 1);
}

#[test]
fn one_name_for_two_incidents_is_an_error_that_names_it() {
    let incident = Incident { name: "twin".to_owned(), span: span(60, 120) };
    let twins = [incident.clone(), incident];
    let error = compare(&Policy::presets(), objective("99%"), &week(|_| 0), &twins, Settings::default()).unwrap_err();
    assert!(matches!(&error, Error::Incident { name, .. } if name == "twin"), "{error}");
    assert!(Settings::default().with_grace(TimeDelta::seconds(-1)).is_err());
    assert!(Settings::default().with_keep_firing(TimeDelta::seconds(-1)).is_err());
}

#[test]
fn policies_compare_side_by_side_and_unreachable_rows_are_named() {
    let series = week(|n| if (5_000..5_030).contains(&n) { 900 } else { 0 });
    let incident = [Incident { name: "outage".to_owned(), span: span(60 * 4_999, 60 * 5_029) }];
    let scores = compare(&Policy::presets(), objective("90%"), &series, &incident, Settings::default()).unwrap();
    assert_eq!(
        scores.iter().map(|score| score.policy.as_str()).collect::<Vec<_>>(),
        Policy::presets().map(|p| p.name().to_owned())
    );
    assert_eq!(scores[0].unreachable_rows, ["page_quick"]);
    #[cfg(feature = "serde")]
    assert!(serde_json::to_string(&scores).unwrap().contains("\"recall\""));
}

#[test]
fn a_single_sample_has_an_answer() {
    let series = Series::new([(at(0), Counts::from_bad(1, 1).unwrap())]).unwrap();
    let score = score(&Policy::google_30d(), objective("99.9%"), &series, &[], Settings::default()).unwrap();
    assert_eq!((score.episodes, score.false_alarms_per_week), (1, None));
}
