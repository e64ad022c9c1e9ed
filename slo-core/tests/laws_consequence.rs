//! The error budget policy against a model that is too simple to be wrong.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use slo_core::Error;
use slo_core::consequence::{
    Action, BudgetShare, Consequence, ErrorBudgetPolicy, Event, Exemption, State, Thresholds, Verdict,
};

/// In whole per cent and seconds, keeping everything that ever happened.
#[derive(Debug, Clone)]
struct Model {
    now: i64,
    state: State,
    changes: Vec<(i64, State)>,
    reviews: BTreeMap<String, i64>,
    reviewed: BTreeMap<String, i64>,
    exemptions: BTreeMap<String, i64>,
}

#[derive(Debug, Clone)]
enum Step {
    /// Seconds since the last step, below 0 for a clock that goes back, and what happens.
    After(i64, Told),
}

#[derive(Debug, Clone)]
enum Told {
    Budget(i64),
    NoData,
    Incident(String, i64),
    Reviewed(String),
    Exempt(String, i64),
    Revoke(String),
    Tick,
}

impl Model {
    fn refuses(&self, Step::After(gap, told): &Step) -> bool {
        let now = self.now + gap;
        let holds = |name: &String| self.exemptions.get(name).is_some_and(|until| *until > now);
        *gap < 0
            || match told {
                Told::Reviewed(name) => !self.reviews.contains_key(name),
                Told::Exempt(name, lasts) => *lasts <= 0 || holds(name),
                Told::Revoke(name) => !holds(name),
                _ => false,
            }
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        let (reviews, reviewed, exemptions) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Just(Self { now: 0, state: State::Healthy, changes: Vec::new(), reviews, reviewed, exemptions }).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Step> {
        let name = prop::sample::select(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]);
        let told = prop_oneof![
            6 => (-20_i64..=100).prop_map(Told::Budget),
            1 => Just(Told::NoData),
            2 => (name.clone(), 0_i64..60).prop_map(|(name, spent)| Told::Incident(name, spent)),
            2 => name.clone().prop_map(Told::Reviewed),
            3 => (name.clone(), -2_i64..30).prop_map(|(name, lasts)| Told::Exempt(name, lasts)),
            1 => name.prop_map(Told::Revoke),
            1 => Just(Told::Tick),
        ];
        (prop_oneof![9 => 0_i64..20, 1 => -5_i64..0], told).prop_map(|(gap, told)| Step::After(gap, told)).boxed()
    }

    fn apply(mut self_: Self, step: &Step) -> Self {
        if self_.refuses(step) {
            return self_;
        }
        let Step::After(gap, told) = step;
        self_.now += gap;
        let now = self_.now;
        self_.exemptions.retain(|_, until| *until > now);
        match told.clone() {
            Told::Budget(left) => {
                // The table of the documentation, row by row.
                let state = match self_.state {
                    _ if left <= 0 => State::Frozen,
                    State::Frozen if left <= 10 => State::Frozen,
                    _ if left < 25 => State::Slow,
                    State::Frozen | State::Slow if left < 30 => State::Slow,
                    _ if left < 50 => State::Caution,
                    State::Healthy => State::Healthy,
                    _ if left < 55 => State::Caution,
                    _ => State::Healthy,
                };
                if state != self_.state {
                    self_.changes.push((now, state));
                    self_.state = state;
                }
            }
            Told::Incident(name, spent)
                if spent - self_.reviewed.get(&name).unwrap_or(&0) > 20 || self_.reviews.contains_key(&name) =>
            {
                self_.reviews.insert(name, spent);
            }
            Told::Reviewed(name) => {
                let spent = self_.reviews.remove(&name).unwrap();
                self_.reviewed.insert(name, spent);
            }
            Told::Exempt(name, lasts) => {
                self_.exemptions.insert(name, now + lasts);
            }
            Told::Revoke(name) => {
                self_.exemptions.remove(&name);
            }
            Told::NoData | Told::Incident(..) | Told::Tick => {}
        }
        self_
    }
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
}

fn percent(percent: i64) -> BudgetShare {
    BudgetShare::from_parts_per_billion(percent * 10_000_000)
}

/// The machine, and how far it was told the time.
struct UnderTest {
    machine: Consequence,
    now: i64,
}

impl StateMachineTest for UnderTest {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &Model) -> Self {
        let mut machine = Consequence::new(ErrorBudgetPolicy::default());
        // A machine that was told nothing has no clock that could go back.
        machine.handle(at(0), Event::Tick).unwrap();
        Self { machine, now: 0 }
    }

    fn apply(mut self_: Self, model: &Model, Step::After(gap, told): Step) -> Self {
        let now = self_.now + gap;
        let event = match told {
            Told::Budget(left) => Event::Budget(percent(left)),
            Told::NoData => Event::NoData,
            Told::Incident(name, spent) => Event::Incident { name, spent: percent(spent) },
            Told::Reviewed(name) => Event::Reviewed { name },
            Told::Exempt(name, lasts) => {
                let (who, why) = ("someone".to_owned(), "a reason".to_owned());
                Event::Exempt(Exemption { name, who, why, until: at(now + lasts) })
            }
            Told::Revoke(name) => Event::Revoke { name },
            Told::Tick => Event::Tick,
        };
        let before = self_.machine.clone();
        let due = before.reviews().len();
        match self_.machine.handle(at(now), event) {
            Ok(actions) => {
                self_.now = now;
                let count = |wanted: fn(&Action) -> bool| actions.iter().filter(|action| wanted(action)).count();
                let announced = count(|action| matches!(action, Action::Announce(_)));
                assert_eq!(announced == 1, before.state() != self_.machine.state());
                let demanded = count(|action| matches!(action, Action::DemandReview(_)));
                assert_eq!(demanded == 1, self_.machine.reviews().len() > due);
                assert!(self_.machine.next_deadline().is_none_or(|deadline| deadline > at(now)));
            }
            // An error changes nothing.
            Err(error) => {
                assert_eq!(self_.machine, before);
                assert_eq!(matches!(error, Error::ClockWentBack { .. }), gap < 0);
            }
        }
        assert_eq!(self_.now, model.now);
        self_
    }

    fn check_invariants(self_: &Self, model: &Model) {
        let machine = &self_.machine;
        assert_eq!(machine.state(), model.state);
        let history: Vec<_> = machine.history().map(|change| (change.at, change.to)).collect();
        let newest = model.changes.len().saturating_sub(Consequence::HISTORY);
        let expected: Vec<_> = model.changes.iter().skip(newest).map(|(second, to)| (at(*second), *to)).collect();
        assert_eq!((history, machine.forgotten()), (expected, u64::try_from(newest).unwrap()));
        let reviews: BTreeMap<_, _> = machine.reviews().iter().map(|r| (r.incident.clone(), r.spent)).collect();
        assert_eq!(reviews, model.reviews.iter().map(|(name, spent)| (name.clone(), percent(*spent))).collect());
        let verdict: Verdict = machine.verdict(at(model.now));
        let exemptions: BTreeMap<_, _> = verdict.exemptions.iter().map(|e| (e.name.clone(), e.until)).collect();
        assert_eq!(exemptions, model.exemptions.iter().map(|(name, until)| (name.clone(), at(*until))).collect());
        assert_eq!(verdict.freezes(), model.state == State::Frozen && model.exemptions.is_empty());
        assert!(!verdict.reasons.is_empty());
        #[cfg(feature = "serde")]
        {
            let again: Consequence = serde_json::from_str(&serde_json::to_string(machine).unwrap()).unwrap();
            assert_eq!(&again, machine);
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn the_machine_does_what_the_model_does(sequential 1..200 => UnderTest);
}

proptest! {
    #[test]
    fn a_state_settles_at_once_and_less_budget_is_never_a_better_state(
        mut shares in prop::array::uniform4(-100_i64..=100), margin in 0_i64..=100, a in -150_i64..=150, b in -150_i64..=150,
    ) {
        shares.sort_unstable();
        let [frozen, thaw, slow, caution] = shares.map(percent);
        let thresholds = Thresholds {
            caution_below: caution, slow_below: slow, frozen_at: frozen, thaw_above: thaw, margin: percent(margin),
            ..Thresholds::default()
        };
        let Ok(policy) = ErrorBudgetPolicy::new(thresholds) else { return Ok(()) };
        let (less, more) = (percent(a.min(b)), percent(a.max(b)));
        for state in [State::Healthy, State::Caution, State::Slow, State::Frozen] {
            let next = policy.next(state, less);
            prop_assert_eq!(policy.next(next, less), next);
            prop_assert!(policy.next(state, more) <= next);
        }
    }

    #[test]
    fn a_budget_that_wavers_within_the_margin_changes_nothing(around in 0_i64..=100, wavers in prop::collection::vec(0_i64..5, 1..50)) {
        let mut machine = Consequence::new(ErrorBudgetPolicy::default());
        machine.handle(at(0), Event::Budget(percent(around))).unwrap();
        for waver in wavers {
            machine.handle(at(0), Event::Budget(percent(around + waver))).unwrap();
        }
        // At most one step down and none back, or up out of the first.
        prop_assert!(machine.history().count() <= 2, "{:?}", machine.history().collect::<Vec<_>>());
    }

    #[test]
    fn shares_are_exact_and_round_trip(parts in prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX)]) {
        let share = BudgetShare::from_parts_per_billion(parts);
        prop_assert_eq!(share.to_string().parse::<BudgetShare>().unwrap(), share);
        prop_assert!((share.as_f64() - parts as f64 / 1e9).abs() < 1e-3);
    }
}
