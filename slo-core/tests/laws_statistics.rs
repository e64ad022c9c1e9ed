//! A property test for every law that the statistical modules state.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::TimeDelta;
use measure_core::Level;
use proptest::prelude::*;
use slo_core::forecast::{Forecast, Outlook, Plan, Position};
use slo_core::low_traffic::{Cusum, Gate, GateOutcome, Remedy, Sensitivity};
use slo_core::recommend::{Judgement, Recommendation};
use slo_core::{Bootstrap, Counts, Factor, Objective, Policy, Row, forecast, recommend};

fn counts(most: u64) -> impl Strategy<Value = Counts> {
    (0..=most).prop_flat_map(|total| {
        let bad = prop_oneof![0..=total.min(10), 0..=total];
        bad.prop_map(move |bad| Counts::from_bad(bad, total).unwrap())
    })
}

fn objectives() -> impl Strategy<Value = Objective> {
    prop_oneof![Just("99%"), Just("99.5%"), Just("99.9%"), Just("99.99%")].prop_map(|text| text.parse().unwrap())
}

fn factors() -> impl Strategy<Value = Factor> {
    prop_oneof![Just("14.4"), Just("6"), Just("3"), Just("1.5")].prop_map(|text| text.parse().unwrap())
}

fn gates() -> impl Strategy<Value = Gate> {
    (1.0..8.0_f64).prop_map(|digits| Gate::new(10_f64.powf(-digits)).unwrap())
}

fn histories() -> impl Strategy<Value = Vec<Counts>> {
    prop::collection::vec((0..30_u64, 1_000..5_000_u64), 30..70)
        .prop_map(|days| days.into_iter().map(|(bad, total)| Counts::from_bad(bad, total).unwrap()).collect())
}

fn bootstrap(seed: u64) -> Bootstrap {
    Bootstrap::new(5, 7, 60, seed).unwrap()
}

fn judged(history: &[Counts], seed: u64) -> Judgement {
    match recommend::judge(history, 28, &bootstrap(seed)).unwrap() {
        Recommendation::Judged(judgement) => judgement,
        other => panic!("{other:?}"),
    }
}

fn positions() -> impl Strategy<Value = Position> {
    prop_oneof![Just(Position::Rolling), (0..28_usize).prop_map(|elapsed| Position::Aligned { elapsed })]
}

fn outlook(history: &[Counts], position: Position, seed: u64) -> Outlook {
    let plan = Plan::new("99.5%".parse().unwrap(), TimeDelta::days(1), 28, position).unwrap();
    match forecast::forecast(history, &plan, &bootstrap(seed)) {
        Forecast::Known(outlook) => *outlook,
        other => panic!("{other:?}"),
    }
}

/// Ends as numbers that sort, never last.
fn order(end: Option<TimeDelta>) -> TimeDelta {
    end.unwrap_or(TimeDelta::MAX)
}

proptest! {
    #[test]
    fn a_gate_fires_exactly_when_the_row_does_and_chance_does_not_explain_it(
        gate in gates(), factor in factors(), objective in objectives(), long in counts(100_000), short in counts(5_000),
    ) {
        let verdict = gate.judge(factor, objective, long, Some(short));
        let row = factor.is_exceeded(long, objective) && factor.is_exceeded(short, objective);
        prop_assert_eq!(verdict.fires(), row && verdict.tail() <= gate.alpha());
        let quiet = |counts: Counts| !counts.is_empty() && !factor.is_exceeded(counts, objective);
        let no_events = (long.is_empty() || short.is_empty()) && !quiet(long) && !quiet(short);
        prop_assert_eq!(verdict.outcome() == GateOutcome::NoEvents, no_events);
        prop_assert!((0.0..=1.0).contains(&verdict.tail()));
    }

    #[test]
    fn the_bad_events_needed_fire_the_row_and_one_fewer_do_not(
        gate in gates(), factor in factors(), objective in objectives(), total in 1..1_000_000_u64,
    ) {
        let fires = |bad| gate.judge(factor, objective, Counts::from_bad(bad, total).unwrap(), None).fires();
        match gate.bad_needed(factor, objective, total) {
            Some(bad) => prop_assert!(fires(bad) && !fires(bad - 1)),
            None => prop_assert!(!fires(total)),
        }
    }

    #[test]
    fn a_stricter_gate_never_asks_for_fewer_bad_events(
        a in gates(), b in gates(), objective in objectives(), total in 1..1_000_000_u64,
    ) {
        let (strict, lax) = if a.alpha() < b.alpha() { (a, b) } else { (b, a) };
        let needed = |gate: Gate| gate.least_bad(total, objective).unwrap_or(u64::MAX);
        prop_assert!(needed(strict) >= needed(lax));
    }

    #[test]
    fn the_score_stays_within_its_bounds_and_good_events_never_raise_it(
        factor in factors(), observed in prop::collection::vec(counts(1_000), 1..50),
    ) {
        let mut cusum = Cusum::new("99.9%".parse()?, factor, 100_000)?;
        for counts in observed {
            let before = cusum.verdict().score;
            let verdict = cusum.observe(counts);
            prop_assert!((0.0..=2.0 * verdict.limit).contains(&verdict.score));
            prop_assert!(counts.bad() > 0 || verdict.score <= before);
            prop_assert_eq!(verdict.firing, verdict.bad_needed == 0);
        }
    }

    #[test]
    fn a_cusum_restored_from_json_goes_on_bit_for_bit(
        before in prop::collection::vec(counts(100), 0..20), after in prop::collection::vec(counts(100), 0..20),
    ) {
        let mut cusum = Cusum::new("99.9%".parse()?, "14.4".parse()?, 100_000)?;
        before.into_iter().for_each(|counts| _ = cusum.observe(counts));
        let mut restored: Cusum = serde_json::from_str(&serde_json::to_string(&cusum)?)?;
        for counts in after {
            prop_assert_eq!(restored.observe(counts), cusum.observe(counts));
        }
    }

    #[test]
    fn power_grows_with_the_error_ratio(per_hour in 0.5..50_000.0_f64, a in 0.0..=1.0_f64, b in 0.0..=1.0_f64) {
        let row = Policy::google_30d().rows()[0].clone();
        let sensitivity = Sensitivity::of(&row, Gate::default(), "99.9%".parse()?, per_hour)?;
        prop_assert!(sensitivity.power(a.min(b)) <= sensitivity.power(a.max(b)) + 1e-12);
    }

    #[test]
    fn what_a_remedy_promises_it_keeps(per_hour in 0.1..300.0_f64, ratio in 0.05..=1.0_f64, row in 0..3_usize) {
        let policy = Policy::google_30d();
        let (row, objective, gate) = (policy.rows()[row].clone(), "99.9%".parse()?, Gate::default());
        let of = |row: &Row, per_hour: f64| Sensitivity::of(row, gate, objective, per_hour).unwrap();
        let now = of(&row, per_hour);
        let remedies = now.remedies(ratio, Level::P80, policy.period()).unwrap();
        prop_assert_eq!(remedies.is_empty(), now.power(ratio) >= 0.8);
        #[allow(clippy::cast_precision_loss, reason = "small")]
        for remedy in remedies {
            let then = match remedy {
                Remedy::LongerWindow { window } => of(&Row { long: window, ..row.clone() }, per_hour),
                Remedy::SyntheticRequests { per_hour: more } => of(&row, per_hour + more as f64),
                Remedy::CombineServices { count } => of(&row, per_hour * count as f64),
            };
            prop_assert!(then.power(ratio) >= 0.8, "{remedy:?}: {}", then.power(ratio));
        }
    }

    #[test]
    fn a_higher_objective_is_kept_by_fewer_periods_and_futures(history in histories(), seed: u64) {
        let judgement = judged(&history, seed);
        for pair in judgement.steps.windows(2) {
            prop_assert!(pair[0].objective < pair[1].objective);
            prop_assert!(pair[0].kept.successes() >= pair[1].kept.successes());
            prop_assert!(pair[0].kept_apart.successes() >= pair[1].kept_apart.successes());
            prop_assert!(pair[0].next.probability >= pair[1].next.probability);
        }
        for step in judgement.steps.iter().filter(|step| Some(step.objective) <= judgement.best) {
            prop_assert_eq!(step.kept.failures(), 0);
        }
    }

    #[test]
    fn the_same_seed_says_the_same(history in histories(), position in positions(), seed: u64) {
        prop_assert_eq!(judged(&history, seed), judged(&history, seed));
        prop_assert_eq!(outlook(&history, position, seed), outlook(&history, position, seed));
    }

    #[test]
    fn intervals_of_a_forecast_are_in_order(history in histories(), position in positions(), seed: u64) {
        let outlook = outlook(&history, position, seed);
        let ends = [outlook.end.earliest, outlook.end.median, outlook.end.latest].map(order);
        prop_assert!(ends.is_sorted());
        prop_assert!(outlook.end.latest.is_none_or(|end| end <= outlook.horizon));
        prop_assert!([outlook.safe_to_spend.lower, outlook.safe_to_spend.median, outlook.safe_to_spend.upper].is_sorted());
        prop_assert_eq!(outlook.band.last().map(|point| point.after), Some(outlook.horizon));
        for point in outlook.band {
            let ends = [point.remaining.lower, point.remaining.median, point.remaining.upper];
            prop_assert!(ends.is_sorted() && ends.iter().all(|share| share.is_finite() && *share <= 1.0));
        }
    }

    #[test]
    fn more_errors_never_end_the_budget_later_nor_leave_more_to_spend(
        history in histories(), more in 0..20_u64, position in positions(), seed: u64,
    ) {
        let worse: Vec<_> =
            history.iter().map(|day| Counts::from_bad(day.bad() + more, day.total()).unwrap()).collect();
        let (better, worse) = (outlook(&history, position, seed), outlook(&worse, position, seed));
        prop_assert!(order(worse.end.earliest) <= order(better.end.earliest));
        prop_assert!(order(worse.end.median) <= order(better.end.median));
        prop_assert!(order(worse.end.latest) <= order(better.end.latest));
        prop_assert!(worse.safe_to_spend.median <= better.safe_to_spend.median);
        prop_assert!(worse.end.within_horizon.probability >= better.end.within_horizon.probability);
    }

    #[test]
    fn what_is_safe_to_spend_now_does_not_end_an_aligned_budget(
        history in histories(), elapsed in 1..28_usize, seed: u64,
    ) {
        // Spent in the last bucket, with nothing bad after it: every future keeps the budget at its lower end.
        let clean: Vec<_> = history.iter().map(|day| Counts::from_bad(0, day.total()).unwrap()).collect();
        let position = Position::Aligned { elapsed };
        let safe = outlook(&clean, position, seed).safe_to_spend;
        let spend = |bad: u64| {
            let mut spent = clean.clone();
            let last = spent.last_mut().unwrap();
            *last = Counts::from_bad(bad, last.total()).unwrap();
            outlook(&spent, position, seed).safe_to_spend
        };
        let part = safe.lower.min(500);
        prop_assert_eq!(spend(part).lower, safe.lower - part);
    }
}
