//! The alert's laws, over random conditions at random instants.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, missing_docs, reason = "a test fails by panicking")]

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use slo_core::{Alert, AlertRule, AlertState, Condition, Error, NoDataRule, Transition};

fn conditions() -> impl Strategy<Value = Vec<(i64, Condition)>> {
    let condition = prop_oneof![3 => Just(Condition::Holds), 3 => Just(Condition::Clear), 1 => Just(Condition::NoData)];
    // Runs of one condition, so that delays can pass.
    let run = (prop::collection::vec(0_i64..40, 1..8), condition);
    prop::collection::vec(run, 0..40).prop_map(|runs| {
        let runs = runs.into_iter();
        runs.flat_map(|(steps, condition)| steps.into_iter().map(move |step| (step, condition))).collect()
    })
}

fn rules() -> impl Strategy<Value = AlertRule> {
    let delay = || prop_oneof![Just(0_i64), 1_i64..120];
    (delay(), delay(), any::<bool>()).prop_map(|(hold, keep, resolve)| {
        let rule = AlertRule::new(TimeDelta::seconds(hold), TimeDelta::seconds(keep)).unwrap();
        rule.with_no_data(if resolve { NoDataRule::Resolve } else { NoDataRule::Freeze })
    })
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// Every call with what came of it.
fn run(alert: &mut Alert, steps: &[(i64, Condition)]) -> Vec<(DateTime<Utc>, Condition, Option<Transition>)> {
    let mut now = start();
    let calls = steps.iter().map(|(step, condition)| {
        now += TimeDelta::seconds(*step);
        (now, *condition, alert.handle(now, *condition).unwrap())
    });
    calls.collect()
}

/// What the last calls of `calls` say of a condition that has gone on in one piece: the time between neighbours that
/// both saw it, back to where the other one was seen.
fn in_one_piece(calls: &[(DateTime<Utc>, Condition)], condition: Condition) -> TimeDelta {
    let other = |call: &(DateTime<Utc>, Condition)| call.1 != condition && call.1 != Condition::NoData;
    let piece = calls.iter().rposition(other).map_or(calls, |last| calls.split_at(last + 1).1);
    let neighbours = piece.iter().zip(piece.iter().skip(1));
    let both = neighbours.filter(|(before, after)| before.1 == condition && after.1 == condition);
    both.map(|(before, after)| after.0 - before.0).sum()
}

/// The state after the last of `calls`, worked out anew from all of them, when it was `before` before it.
fn naive(calls: &[(DateTime<Utc>, Condition)], before: AlertState, rule: AlertRule) -> AlertState {
    match calls.last().unwrap().1 {
        Condition::NoData => before,
        Condition::Holds if before == AlertState::Firing => AlertState::Firing,
        Condition::Holds if in_one_piece(calls, Condition::Holds) >= rule.hold() => AlertState::Firing,
        Condition::Holds => AlertState::Pending,
        Condition::Clear => match before {
            AlertState::Firing if in_one_piece(calls, Condition::Clear) < rule.keep_firing() => AlertState::Firing,
            AlertState::Firing => AlertState::Resolved,
            AlertState::Pending => AlertState::Inactive,
            before => before,
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn an_alert_fires_when_held_and_resolves_when_clear_in_one_piece(steps in conditions(), rule in rules()) {
        let (mut alert, mut state, mut seen) = (Alert::new(rule), AlertState::Inactive, Vec::new());
        for (now, condition, transition) in run(&mut alert, &steps) {
            let resolve = condition == Condition::NoData && rule.no_data() == NoDataRule::Resolve;
            seen.push((now, if resolve { Condition::Clear } else { condition }));
            let to = naive(&seen, state, rule);
            prop_assert_eq!(transition, (to != state).then_some(Transition { at: now, from: state, to }));
            state = to;
        }
    }

    #[test]
    fn an_alert_does_not_flap(steps in conditions(), rule in rules()) {
        let calls = run(&mut Alert::new(rule), &steps);
        let (mut fired, mut resolved, mut clear_from) = (None, None::<DateTime<Utc>>, None);
        for (now, condition, transition) in calls {
            match transition.map(|transition| transition.to) {
                Some(AlertState::Firing) => {
                    if let (Some(before), Some(resolved)) = (fired, resolved) {
                        prop_assert!(now - resolved >= rule.hold());
                        prop_assert!(now - before >= rule.hold() + rule.keep_firing());
                    }
                    fired = Some(now);
                }
                Some(AlertState::Resolved) => {
                    prop_assert!(now - clear_from.unwrap_or(now) >= rule.keep_firing());
                    resolved = Some(now);
                }
                _ => {}
            }
            clear_from = if condition == Condition::Holds { None } else { clear_from.or(Some(now)) };
        }
    }

    #[test]
    fn each_transition_leaves_the_state_that_the_one_before_entered(steps in conditions(), rule in rules()) {
        let mut state = AlertState::Inactive;
        let mut alert = Alert::new(rule);
        for (now, _, transition) in run(&mut alert, &steps) {
            let Some(transition) = transition else { continue };
            prop_assert_eq!((transition.at, transition.from), (now, state));
            let allowed = match (transition.from, transition.to) {
                (AlertState::Inactive | AlertState::Resolved, AlertState::Pending) => rule.hold() > TimeDelta::zero(),
                (AlertState::Inactive | AlertState::Resolved, AlertState::Firing) => rule.hold() == TimeDelta::zero(),
                (AlertState::Pending, AlertState::Firing | AlertState::Inactive) => true,
                (AlertState::Firing, AlertState::Resolved) => true,
                _ => false,
            };
            prop_assert!(allowed, "{:?}", transition);
            state = transition.to;
        }
        prop_assert_eq!(alert.state(), state);
    }

    #[test]
    fn without_data_a_frozen_alert_stays_as_it_is(steps in conditions(), rule in rules(), gap in 0_i64..10_000) {
        let rule = rule.with_no_data(NoDataRule::Freeze);
        let mut alert = Alert::new(rule);
        run(&mut alert, &steps);
        let now = start() + TimeDelta::seconds(steps.iter().map(|step| step.0).sum::<i64>() + gap);
        let before = alert.state();
        prop_assert_eq!(alert.handle(now, Condition::NoData), Ok(None));
        prop_assert_eq!((alert.state(), alert.next_deadline()), (before, None));
    }

    #[test]
    fn at_its_deadline_an_alert_changes_and_not_before(steps in conditions(), rule in rules()) {
        let mut alert = Alert::new(rule);
        let calls = run(&mut alert, &steps);
        if let (Some(deadline), Some((_, condition, _))) = (alert.next_deadline(), calls.last()) {
            let mut early = alert;
            if let Some(latest) = calls.last().map(|call| call.0).filter(|latest| *latest < deadline) {
                let just_before = (deadline - TimeDelta::nanoseconds(1)).max(latest);
                prop_assert_eq!(early.handle(just_before, *condition), Ok(None));
            }
            prop_assert!(alert.handle(deadline, *condition).unwrap().is_some());
        }
    }

    #[test]
    fn a_restored_alert_is_equal_and_goes_on_the_same(steps in conditions(), rule in rules(), split in 0_usize..200) {
        let (before, after) = steps.split_at(split.min(steps.len()));
        let mut alert = Alert::new(rule);
        run(&mut alert, before);
        let mut restored: Alert = serde_json::from_str(&serde_json::to_string(&alert).unwrap()).unwrap();
        prop_assert_eq!(restored, alert);
        let mut now = start() + TimeDelta::seconds(before.iter().map(|step| step.0).sum::<i64>());
        for (step, condition) in after {
            now += TimeDelta::seconds(*step);
            prop_assert_eq!(restored.handle(now, *condition), alert.handle(now, *condition));
        }
    }

    #[test]
    fn a_clock_that_went_back_changes_nothing(steps in conditions(), rule in rules(), back in 1_i64..1_000) {
        let mut alert = Alert::new(rule);
        let calls = run(&mut alert, &steps);
        let Some((latest, ..)) = calls.last().copied() else { return Ok(()) };
        let (before, now) = (alert, latest - TimeDelta::seconds(back));
        prop_assert_eq!(alert.handle(now, true), Err(Error::ClockWentBack { now, latest }));
        prop_assert_eq!(alert, before);
    }
}

/// Guards against laws that hold because nothing ever happens.
#[test]
fn the_random_conditions_reach_every_transition() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..500 {
        let (steps, rule) = (conditions(), rules()).new_tree(&mut runner).unwrap().current();
        let calls = run(&mut Alert::new(rule), &steps);
        seen.extend(calls.into_iter().filter_map(|call| call.2).map(|transition| (transition.from, transition.to)));
    }
    // Two ways out of inactive and resolved, two out of pending, one out of firing.
    assert_eq!(seen.len(), 7, "{seen:?}");
}

#[test]
fn a_condition_that_comes_and_goes_with_the_ticks_fires_once() {
    let mut alert = Alert::new(AlertRule::new(TimeDelta::zero(), TimeDelta::minutes(10)).unwrap());
    let tick = |n| start() + TimeDelta::minutes(10) * n;
    let changes = (0..20).filter_map(|n| alert.handle(tick(n), n % 2 == 0).unwrap()).count();
    assert_eq!((changes, alert.state()), (1, AlertState::Firing));
    // The first clear observation starts the clock; the next one may stop it.
    assert_eq!(alert.next_deadline(), Some(tick(20)));
    assert_eq!(alert.handle(tick(20), false).unwrap().map(|change| change.to), Some(AlertState::Resolved));
}

#[test]
fn time_without_data_does_not_count_as_held() {
    let mut alert = Alert::new(AlertRule::new(TimeDelta::minutes(10), TimeDelta::zero()).unwrap());
    let minute = |n| start() + TimeDelta::minutes(n);
    for (at, condition) in [(0, Condition::Holds), (9, Condition::Holds), (10, Condition::NoData)] {
        alert.handle(minute(at), condition).unwrap();
    }
    assert_eq!((alert.handle(minute(16_000), true), alert.next_deadline()), (Ok(None), Some(minute(16_001))));
}

#[test]
fn stored_alerts_that_contradict_themselves_are_refused() {
    let mut alert = Alert::new(AlertRule::new(TimeDelta::seconds(60), TimeDelta::seconds(60)).unwrap());
    alert.handle(start(), true).unwrap();
    let stored = serde_json::to_value(alert).unwrap();
    let with = |key: &str, value: serde_json::Value| {
        let mut stored = stored.clone();
        *stored.get_mut(key).unwrap() = value;
        serde_json::from_value::<Alert>(stored)
    };
    assert_eq!(with("elapsed", 0.into()).unwrap(), alert);
    assert!(with("elapsed", 60.into()).is_err());
    // Nothing is clear yet.
    let firing = with("state", "firing".into()).unwrap();
    let mut stored = serde_json::to_value(firing).unwrap();
    *stored.get_mut("elapsed").unwrap() = 30.into();
    assert!(serde_json::from_value::<Alert>(stored).is_err());
    assert!(with("elapsed", (-1).into()).is_err());
    assert!(with("since", serde_json::Value::Null).is_err());
    assert!(with("last", serde_json::Value::Null).is_err());
    assert!(with("rule", serde_json::json!({"hold": 0, "keep_firing": 0})).is_err());
    assert!(with("rule", serde_json::json!({"hold": -1, "keep_firing": 0})).is_err());
    assert!(AlertRule::new(TimeDelta::zero(), TimeDelta::seconds(-1)).is_err());
}
