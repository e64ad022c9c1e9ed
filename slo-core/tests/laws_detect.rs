//! What the documentation of `detect` states, against a simulation that knows no formula.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::TimeDelta;
use proptest::prelude::*;
use slo_core::detect::{ErrorRatio, Unseen, detection_table};
use slo_core::{Counts, Objective, Policy, Row, Severity};

/// What a naive evaluation of `row` at every tick sees of an outage from tick 1 to tick `lasts`, with a
/// constant 10^9 events a tick: the ticks at which it fires.
fn simulate(row: &Row, objective: Objective, ratio: ErrorRatio, tick: i64, lasts: i64, until: i64) -> Vec<i64> {
    let bad = |at: i64| if (1..=lasts).contains(&at) { u64::from(ratio.parts_per_billion()) } else { 0 };
    let ratio_over = |now: i64, window: TimeDelta| {
        let ticks = window.num_seconds() / tick;
        // Traffic was there before the outage, and clean.
        let sum = (now - ticks + 1..=now).map(bad).sum();
        Counts::from_bad(sum, 1_000_000_000 * ticks as u64).unwrap()
    };
    let mut since = None;
    let mut fires = Vec::new();
    for now in 1..=until {
        if row.windows().all(|window| row.factor.is_exceeded(ratio_over(now, window), objective)) {
            let since = *since.get_or_insert(now);
            if (now - since) * tick >= row.hold.num_seconds() {
                fires.push(now);
            }
        } else {
            since = None;
        }
    }
    fires
}

prop_compose! {
    /// A row whose windows are whole ticks, so that the simulation is exact.
    fn cases()(
        tick in prop::sample::select(vec![1_i64, 2, 5, 15, 60]),
        long in 6_i64..60,
        short in 1_i64..6,
        hold in 0_i64..12,
        factor in 1_u32..200,
        allowed in 1_000_000_u32..100_000_000,
        ratio in 1_u32..=1_000,
    ) -> (i64, Row, Objective, ErrorRatio) {
        let row = Row {
            name: "row".to_owned(),
            severity: Severity::Page,
            factor: slo_core::Factor::new(factor, 10).unwrap(),
            long: TimeDelta::seconds(long * tick),
            short: Some(TimeDelta::seconds(short * tick)),
            hold: TimeDelta::seconds(hold * tick),
        };
        let objective = Objective::from_parts_per_billion(1_000_000_000 - allowed).unwrap();
        (tick, row, objective, ErrorRatio::from_parts_per_billion(ratio * 1_000_000).unwrap())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn detection_on_ticks_is_what_a_simulation_sees((tick, row, objective, ratio) in cases()) {
        let long = row.long.num_seconds() / tick;
        let hold = row.hold.num_seconds() / tick;
        let fires = simulate(&row, objective, ratio, tick, i64::MAX - 1, long + hold + 2);
        let expected = row.detection_time_on_ticks(objective, ratio, TimeDelta::seconds(tick));
        prop_assert_eq!(fires.first().map(|at| TimeDelta::seconds(at * tick)), expected);
    }

    #[test]
    fn continuous_and_ticking_detection_differ_by_at_most_two_ticks((tick, row, objective, ratio) in cases()) {
        let period = TimeDelta::days(30);
        let ticking = row.detection_time_on_ticks(objective, ratio, TimeDelta::seconds(tick));
        let steady = row.detection(period, objective, ratio);
        prop_assert_eq!(ticking.is_some(), steady.is_some());
        if let (Some(ticking), Some(steady)) = (ticking, steady) {
            let late = ticking.as_seconds_f64() - steady.time.as_f64();
            prop_assert!((-1e-6..=2.0 * tick as f64 + 1e-6).contains(&late), "{}", late);
        }
    }

    #[test]
    fn the_row_falls_silent_within_a_tick_of_the_reset_time_however_long_the_outage(
        (tick, row, objective, ratio) in cases(), longer in 0_i64..80,
    ) {
        let Some(detection) = row.detection(TimeDelta::days(30), objective, ratio) else { return Ok(()) };
        let lasts = (detection.longest_unseen.as_f64() / tick as f64).floor() as i64 + 3 + longer;
        let until = lasts + row.long.num_seconds() / tick + 2;
        let fires = simulate(&row, objective, ratio, tick, lasts, until);
        let last = (fires.last().unwrap() - lasts) * tick;
        // The last firing tick is the last one strictly before the reset: on (reset - tick, reset).
        let reset = detection.reset.as_f64();
        prop_assert!((last as f64) < reset + 1e-6 && last as f64 >= reset - tick as f64 - 1e-6, "{} {}", last, reset);
    }

    #[test]
    fn outages_up_to_the_longest_unseen_never_fire_and_longer_ones_do((tick, row, objective, ratio) in cases()) {
        let Some(detection) = row.detection(TimeDelta::days(30), objective, ratio) else { return Ok(()) };
        let unseen = detection.longest_unseen.as_f64() / tick as f64;
        let until = 3 * (row.long + row.hold).num_seconds() / tick;
        let at_most = (unseen + 1e-9).floor() as i64;
        prop_assert!(simulate(&row, objective, ratio, tick, at_most, until).is_empty());
        // A hold is counted from a tick, so that on a grid it may take up to two ticks more.
        let grace = if row.hold.is_zero() { 1 } else { 3 };
        prop_assert!(!simulate(&row, objective, ratio, tick, at_most + grace, until).is_empty());
    }

    #[test]
    fn more_errors_are_never_seen_later(
        preset in 0_usize..4, a in 1_u32..=1_000, b in 1_u32..=1_000, allowed in 1_u32..500,
    ) {
        let policy = &Policy::presets()[preset];
        let objective = Objective::from_parts_per_billion(1_000_000_000 - allowed * 1_000_000).unwrap();
        let ratio = |thousandths: u32| ErrorRatio::from_parts_per_billion(thousandths * 1_000_000).unwrap();
        let table = detection_table(policy, objective, &[ratio(a.min(b)), ratio(a.max(b))]);
        for cells in table.rows.iter().map(|row| &row.cells) {
            if let Some(few) = cells[0] {
                let many = cells[1].unwrap();
                prop_assert!(many.time <= few.time && many.reset >= few.reset);
                prop_assert!(many.longest_unseen <= few.longest_unseen);
            }
        }
        for severity in [table.pages, table.tickets] {
            prop_assert!(severity[0].is_none() || severity[1].is_some());
        }
    }

    #[test]
    fn what_a_policy_never_sees_no_row_sees(preset in 0_usize..4, parts in 1_u32..=1_000_000_000) {
        let policy = &Policy::presets()[preset];
        let objective = "99.9%".parse().unwrap();
        let ratio = ErrorRatio::from_parts_per_billion(parts).unwrap();
        let blind = policy.blind_spots(None, objective, &[ratio]).unwrap();
        let detections = policy.rows().iter().map(|row| row.detection(policy.period(), objective, ratio));
        match &blind.spots[0].unseen {
            Unseen::Always { .. } => {
                prop_assert!(detections.clone().all(|detection| detection.is_none()));
                prop_assert!(ratio.as_f64() <= blind.steady.error_ratio * (1.0 + 1e-15));
            }
            Unseen::UpTo { length, .. } => {
                prop_assert!(detections.flatten().all(|detection| *length <= detection.longest_unseen));
                prop_assert!(ratio.as_f64() > blind.steady.error_ratio * (1.0 - 1e-15));
            }
        }
    }
}
