//! Every order of events within bounds, on the machine itself: what it promises holds in each state.
//!
//! The model adds to the machine only what an [`onlooker`] keeps: what was sent in, and what came out. Time stands still
//! or jumps to the next deadline, or past it after a pause. Each event is applied to the machine as it is and to one
//! that was written out and read back, so that a restart comes at any time. Bounded: one key to three, and so many
//! outside events. How many states there were is printed.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod onlooker;

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use oncall_core::escalation::{
    Ask, Escalation, Event, Key, OnCall, Policy, QuietHours, Severity, Step, StormRule, Target, Trigger,
};
use oncall_core::{Error, PersonId, Role};
use onlooker::{NIGHT, Onlooker, Said, Scene};
use stateright::{Checker, Model, Property};

#[derive(Clone)]
struct Desk {
    policy: Policy,
    /// The keys that come, each with this severity.
    keys: &'static [&'static str],
    severity: Severity,
    /// Outside events beside the first trigger of each key.
    events: u8,
    /// What was seen on some path: that no promise is kept for want of an occasion.
    reached: Arc<Mutex<BTreeSet<&'static str>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    desk: Escalation,
    now: DateTime<Utc>,
    left: u8,
    seen: Onlooker,
}

impl Model for Desk {
    type State = State;
    type Action = (TimeDelta, Event);

    fn init_states(&self) -> Vec<State> {
        let desk = Escalation::new(self.policy.clone(), team("ada", "bob"));
        vec![State { desk, now: start(), left: self.events, seen: Onlooker::default() }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Self::Action>) {
        // One broken promise tells; what comes of it would only be more.
        if !state.seen.broken.is_empty() {
            return;
        }
        let mut now = |event| actions.push((TimeDelta::zero(), event));
        let tally = state.desk.tally();
        if let Some(next) = self.keys.get(usize::try_from(tally.opened + tally.grouped).unwrap()) {
            now(Event::Triggered(trigger(key(next), self.severity)));
        }
        for page in state.desk.pages().filter(|_| state.left > 0) {
            let id = page.id();
            let who = page.holder().or(page.asked().next()).cloned().unwrap_or_else(|| person("cyd"));
            // By who is asked or has it, and by bob, who is that in some states and another in others.
            now(Event::Acknowledged { page: id, by: who.clone() });
            let bob = person("bob");
            now(Event::Acknowledged { page: id, by: bob.clone() });
            now(Event::Resolved { page: id, by: bob.clone() });
            now(Event::Snoozed { page: id, by: bob.clone(), until: state.now + TimeDelta::minutes(7) });
            now(Event::HandedOver { page: id, by: bob, to: person("cyd") });
            now(Event::Unacknowledged { page: id, by: who });
            for person in page.asked() {
                now(Event::DeliveryFailed { page: id, person: person.clone() });
            }
            for severity in [self.severity, Severity::Critical] {
                now(Event::Triggered(trigger(page.keys()[0].clone(), severity)));
            }
            now(Event::Cleared { key: page.keys()[0].clone() });
        }
        if state.left > 0 && state.desk.open() > 0 {
            // Somebody new, one who comes in from a later step, a change of roles, a gap, and everybody gone.
            let gap = OnCall::nobody().with(Role::Secondary, person("bob"));
            for on_call in [team("dan", "bob"), team("cyd", "bob"), team("bob", "ada"), gap, gone()] {
                if on_call != *state.desk.on_call() {
                    now(Event::OnCallChanged(on_call));
                }
            }
        }
        if let Some(at) = state.desk.next_deadline() {
            actions.push((at - state.now, Event::Tick));
            // A pause in which more than one time-out comes due.
            if state.left > 0 {
                actions.push((at - state.now + TimeDelta::minutes(60), Event::Tick));
            }
        }
    }

    fn next_state(&self, last: &State, (later, event): Self::Action) -> Option<State> {
        let mut next = last.clone();
        next.now += later;
        let free = match &event {
            Event::Tick => last.desk.next_deadline() == Some(next.now),
            Event::Triggered(trigger) => last.desk.page_of(&trigger.key).is_none(),
            _ => false,
        };
        next.left -= u8::from(!free);
        let done = next.desk.handle(next.now, event.clone());

        let mut restarted: Escalation = serde_json::from_str(&serde_json::to_string(&last.desk).unwrap()).unwrap();
        next.seen.expect("a restart changes nothing", restarted == last.desk);
        let again = restarted.handle(next.now, event.clone());
        next.seen.expect("a restart changes nothing", again == done && restarted == next.desk);

        match done {
            Ok(actions) => {
                let State { desk, now, seen, .. } = &mut next;
                let (before, reached) = (&last.desk, BTreeSet::new());
                let mut scene = Scene { policy: &self.policy, before, after: desk, now: *now, event: &event, reached };
                seen.look(&mut scene, &actions);
                self.reached.lock().unwrap().append(&mut scene.reached);
                // The same instant again: what fired does not fire again. An instant before: refused.
                let mut again = desk.clone();
                let nothing = again.handle(*now, Event::Tick).is_ok_and(|actions| actions.is_empty());
                seen.expect("a time-out fires once", nothing && again == *desk);
                let past = again.handle(*now - TimeDelta::seconds(1), Event::Tick);
                let refused = matches!(past, Err(Error::ClockWentBack { .. })) && again == *desk;
                seen.expect("the clock does not go back", refused);
                Some(next)
            }
            Err(error) => {
                let (what, right) = match (&error, &event) {
                    (Error::NotHeld { page }, _) => {
                        let said = last.seen.pages.get(page).map(|watch| &watch.said);
                        ("not held", !matches!(said, Some(Said::Held(_) | Said::Rests(_))))
                    }
                    (Error::Away { person }, Event::HandedOver { to, .. }) => ("handed to who is away", person == to),
                    (Error::Away { person }, Event::Acknowledged { by, .. }) => ("taken by who is away", person == by),
                    (Error::Away { person }, Event::Snoozed { by, .. }) => ("snoozed by who is away", person == by),
                    _ => ("refused", false),
                };
                let away = matches!(&error, Error::Away { person } if !last.desk.on_call().is_away(person));
                next.seen.expect("an event is refused only for a reason", right && !away);
                next.seen.expect("what is refused changes nothing", next.desk == last.desk);
                self.reached.lock().unwrap().insert(what);
                (!next.seen.broken.is_empty()).then_some(next)
            }
        }
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("every promise is kept", |_, state: &State| state.seen.broken.is_empty()),
            Property::always("no page is lost", |_, state: &State| {
                let open: Vec<_> = state.desk.pages().flat_map(|page| page.keys().to_vec()).collect();
                open.len() == state.seen.wrong.len() && open.iter().all(|key| state.seen.wrong.contains(key))
            }),
            Property::sometimes("every key is wrong at once", |desk: &Self, state: &State| {
                state.seen.wrong.len() == desk.keys.len()
            }),
            // Every tick moves time on and the states are finitely many, so each page gets to such an end.
            Property::always("what waits for no time is held, or exhausted and said so", |_, state: &State| {
                let mut pages = state.desk.pages();
                let said = |id| state.seen.pages.get(&id).map(|watch| &watch.said);
                pages.all(|page| {
                    page.deadline().is_some() || matches!(said(page.id()), Some(Said::Held(_) | Said::Exhausted))
                })
            }),
            Property::always("every tick moves time on", |_, state: &State| {
                state.desk.next_deadline().is_none_or(|at| at > state.now)
            }),
            Property::eventually("every page ends", |_, state: &State| state.desk.next_deadline().is_none()),
            Property::sometimes("a page ends exhausted and said so", |_, state: &State| {
                let mut pages = state.seen.pages.values();
                state.desk.next_deadline().is_none() && pages.any(|watch| watch.said == Said::Exhausted)
            }),
            Property::sometimes("a page ends resolved", |_, state: &State| {
                state.desk.tally().resolved > 0 && state.desk.open() == 0
            }),
            Property::sometimes("a page is held", |_, state: &State| {
                state.seen.pages.values().any(|watch| matches!(watch.said, Said::Held(_)))
            }),
            Property::always(
                "never two people are asked for one step unless it says so",
                |desk: &Self, state: &State| {
                    desk.together() || state.seen.pages.values().all(|watch| watch.ringing.len() <= 1)
                },
            ),
            Property::sometimes("as many are asked as the step says", |desk: &Self, state: &State| {
                let most = if desk.together() { 2 } else { 1 };
                state.seen.pages.values().any(|watch| watch.ringing.len() == most)
            }),
            Property::always("the books balance", |_, state: &State| {
                let tally = state.desk.tally();
                tally.triggered == tally.opened + tally.repeated + tally.grouped
                    && tally.opened == u64::try_from(state.desk.open()).unwrap() + tally.merged + tally.resolved
            }),
        ]
    }
}

impl Desk {
    fn together(&self) -> bool {
        self.policy.steps().iter().any(|step| step.ask() == Ask::Together)
    }
}

/// Four minutes before the quiet hours.
fn start() -> DateTime<Utc> {
    "2026-03-02T21:56:00Z".parse().unwrap()
}

fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

fn trigger(key: Key, severity: Severity) -> Trigger {
    Trigger { key, group: Some(Key::new("host").unwrap()), severity }
}

fn team(primary: &str, secondary: &str) -> OnCall {
    OnCall::nobody().with(Role::Primary, person(primary)).with(Role::Secondary, person(secondary))
}

fn gone() -> OnCall {
    OnCall::nobody().without(person("ada")).without(person("bob")).without(person("cyd"))
}

/// Two steps, once repeated: primary; then secondary and cyd, as `ask` says.
fn policy(ask: Ask) -> Policy {
    let first = Step::new(vec![Target::Role(Role::Primary)], TimeDelta::minutes(5)).unwrap();
    let targets = vec![Target::Role(Role::Secondary), Target::Person(person("cyd"))];
    let second = Step::new(targets, TimeDelta::minutes(3)).unwrap().asking(ask);
    Policy::new(vec![first, second]).unwrap().repeated(1).unwrap().acknowledged_for(TimeDelta::minutes(30)).unwrap()
}

fn quiet(policy: Policy) -> Policy {
    let night = NIGHT.parse().unwrap();
    policy.with_quiet_hours(QuietHours::new(vec![night], Severity::Medium).unwrap())
}

fn storms(policy: Policy, more_than: u32) -> Policy {
    policy.with_storms(StormRule::new(more_than, TimeDelta::minutes(10)).unwrap())
}

/// Every state, with the properties above; and `reached` somewhere, each of them.
fn check(
    name: &str,
    policy: Policy,
    keys: &'static [&'static str],
    severity: Severity,
    events: u8,
    reached: &[&[&'static str]],
) {
    let model = Desk { policy, keys, severity, events, reached: Arc::default() };
    let seen = Arc::clone(&model.reached);
    let checker = model.checker().threads(2).spawn_dfs().join();
    let (all, unique, depth) = (checker.state_count(), checker.unique_state_count(), checker.max_depth());
    let keys = keys.len();
    let count = format!("{unique} states by {all} steps, {depth} deep");
    // Past what keeps the output of tests, so that every run shows how much was looked at.
    let line = format!("escalation model, {name}; {keys} keys, {events} outside events: {count}\n");
    io::stdout().write_all(line.as_bytes()).unwrap();
    checker.assert_properties();
    for what in reached.iter().copied().flatten() {
        assert!(seen.lock().unwrap().contains(what), "{name}: no path leads to {what}");
    }
}

const ONE: &[&str] = &["disk"];
const TWO: &[&str] = &["disk", "net"];
const THREE: &[&str] = &["disk", "net", "fan"];

/// What one outside event can lead to.
const FIRST: &[&str] = &[
    "a hand-over",
    "a page that gets worse",
    "a page that is exhausted",
    "a page that is not taken over",
    "a page that is over",
    "a page that starts again for somebody new instead of ending",
    "a repeat",
    "a snooze",
    "a snooze that ends",
    "a stale acknowledgement",
    "a step that is passed over",
    "a time-out",
    "an acknowledgement",
    "an exhausted page that starts again by an event",
    "an exhausted page that starts again by somebody new",
    "not held",
    "somebody told that another has it",
    "somebody told that another is asked",
    "somebody told that it is over",
    "somebody told that it rests",
    "somebody told that their time is up",
    "somebody told that they are in another role",
    "somebody told that they are off call",
];

/// What a second can lead to.
const SECOND: &[&str] = &[
    "a holder asked again",
    "a page taken from somebody",
    "a page that is given back",
    "a snooze that is given up",
    "a snooze that worse ends",
    "handed to who is away",
    "snoozed by who is away",
    "somebody who left with a page",
    "somebody who left with a snooze",
    "taken by who is away",
];

const STORM: &[&str] = &["a storm", "a storm that grows", "a storm that shrinks"];
const MERGED: &[&str] = &["a page that is merged", "somebody told that it is part of a storm"];

#[test]
fn one_person_a_step() {
    check("one person a step", policy(Ask::First), TWO, Severity::High, 2, &[FIRST, SECOND]);
}

#[test]
fn people_in_turn_and_quiet_hours() {
    let policy = quiet(policy(Ask::InTurn));
    check("people in turn, quiet hours", policy.clone(), TWO, Severity::Low, 1, &[FIRST, &["quiet hours"]]);
    check("people in turn, quiet hours", policy, ONE, Severity::Low, 2, &[FIRST, SECOND, &["quiet hours"]]);
}

#[test]
fn people_together_and_storms() {
    let together = &["two asked together"];
    let policy = policy(Ask::Together);
    check("people together", policy.clone(), ONE, Severity::High, 3, &[FIRST, SECOND, together]);
    let storm = storms(policy.clone(), 1);
    check("people together, storms of two", storm, TWO, Severity::High, 1, &[FIRST, STORM, together]);
    let storm = storms(policy, 2);
    check("people together, storms of three", storm, THREE, Severity::High, 1, &[FIRST, STORM, MERGED, together]);
}

#[test]
fn storms_in_quiet_hours() {
    let reached = [FIRST, STORM, MERGED, &["quiet hours"]];
    let policy = storms(quiet(policy(Ask::First)), 2);
    check("one person a step, storms of three, quiet hours", policy, THREE, Severity::Low, 1, &reached);
}

/// `cargo test -p oncall-core --test model_escalation -- --ignored`: some two minutes.
#[test]
#[ignore = "a million states"]
fn more_outside_events() {
    let in_turn = policy(Ask::InTurn);
    check("people in turn", in_turn.clone(), TWO, Severity::High, 2, &[FIRST, SECOND]);
    check("people in turn, quiet hours", quiet(in_turn), ONE, Severity::Low, 3, &[FIRST, SECOND, &["quiet hours"]]);
    let storm = storms(policy(Ask::Together), 1);
    check("people together, storms of two", storm, TWO, Severity::High, 2, &[FIRST, SECOND, STORM]);
}
