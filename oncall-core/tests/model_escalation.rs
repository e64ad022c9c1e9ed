//! Every order of events within bounds, on the machine itself: what it promises holds in each state.
//!
//! The model adds to the machine only what an onlooker keeps: what was sent in, and what came out. Time stands still or
//! jumps to the next deadline, or past it after a pause. Each event is applied to the machine as it is and to one that
//! was written out and read back, so that a restart comes at any time. Bounded: two keys, and so many outside events.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use oncall_core::escalation::{
    Action, Actions, Ask, Escalation, Event, Key, News, OnCall, PageId, Phase, Policy, QuietHours, Severity, Step,
    StormRule, Target, Trigger,
};
use oncall_core::{Error, PersonId, Role};
use stateright::{Checker, Model, Property};

#[derive(Clone)]
struct Desk {
    policy: Policy,
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
    seen: Seen,
}

/// What an onlooker keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Seen {
    /// Keys that are wrong and not over.
    wrong: BTreeSet<Key>,
    /// Who is asked for each page, and since when.
    asked: BTreeMap<PageId, Vec<(PersonId, DateTime<Utc>)>>,
    /// Pages last said to be exhausted.
    exhausted: BTreeSet<PageId>,
    /// Pages last said to be held.
    held: BTreeSet<PageId>,
    /// Promises that were broken.
    broken: BTreeSet<&'static str>,
}

impl Model for Desk {
    type State = State;
    type Action = (TimeDelta, Event);

    fn init_states(&self) -> Vec<State> {
        let desk = Escalation::new(self.policy.clone(), team("ada", "bob"));
        vec![State { desk, now: start(), left: self.events, seen: Seen::default() }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Self::Action>) {
        let mut now = |event| actions.push((TimeDelta::zero(), event));
        let tally = state.desk.tally();
        if let Some(next) = KEYS.get(usize::try_from(tally.opened + tally.grouped).unwrap()) {
            now(Event::Triggered(trigger(key(next), self.severity)));
        }
        for page in state.desk.pages().filter(|_| state.left > 0) {
            let id = page.id();
            let who = page.holder().or(page.asked().next()).cloned().unwrap_or_else(|| person("cyd"));
            now(Event::Acknowledged { page: id, by: who.clone() });
            now(Event::Acknowledged { page: id, by: person("bob") });
            now(Event::Resolved { page: id, by: who.clone() });
            now(Event::Snoozed { page: id, by: who.clone(), until: state.now + TimeDelta::minutes(7) });
            now(Event::HandedOver { page: id, by: who.clone(), to: person("cyd") });
            now(Event::Unacknowledged { page: id, by: who });
            for person in page.asked() {
                now(Event::DeliveryFailed { page: id, person: person.clone() });
            }
            now(Event::Triggered(trigger(page.keys()[0].clone(), Severity::High)));
            now(Event::Cleared { key: page.keys()[0].clone() });
        }
        if state.left > 0 && state.desk.open() > 0 {
            // A swap, a gap, and everybody gone.
            for on_call in [team("cyd", "bob"), OnCall::nobody().with(Role::Secondary, person("bob")), gone()] {
                now(Event::OnCallChanged(on_call));
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
                self.look(last, &mut next, &event, &actions);
                Some(next)
            }
            Err(error) => {
                self.reach(if matches!(error, Error::NotHeld { .. }) { "not held" } else { "away" });
                next.seen.expect("what is refused changes nothing", next.desk == last.desk);
                (!next.seen.broken.is_empty()).then_some(next)
            }
        }
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("every promise is kept", |_, state: &State| state.seen.broken.is_empty()),
            Property::always("no page is lost", |_, state: &State| {
                let open: BTreeSet<_> = state.desk.pages().flat_map(|page| page.keys().to_vec()).collect();
                open == state.seen.wrong
            }),
            Property::sometimes("two pages are open", |_, state: &State| state.seen.wrong.len() == 2),
            // Every tick moves time on and the states are finitely many, so each page gets to such an end.
            Property::always("what waits for no time is held, or exhausted and said so", |_, state: &State| {
                let mut pages = state.desk.pages();
                let said = |id| state.seen.exhausted.contains(&id) || state.seen.held.contains(&id);
                pages.all(|page| page.deadline().is_some() || said(page.id()))
            }),
            Property::always("every tick moves time on", |_, state: &State| {
                state.desk.next_deadline().is_none_or(|at| at > state.now)
            }),
            Property::eventually("every page ends", |_, state: &State| state.desk.next_deadline().is_none()),
            Property::sometimes("a page ends exhausted and said so", |_, state: &State| {
                state.desk.next_deadline().is_none() && !state.seen.exhausted.is_empty()
            }),
            Property::sometimes("a page ends resolved", |_, state: &State| {
                state.desk.tally().resolved > 0 && state.desk.open() == 0
            }),
            Property::sometimes("a page is held", |_, state: &State| !state.seen.held.is_empty()),
            Property::always(
                "never two people are asked for one step unless it says so",
                |desk: &Self, state: &State| desk.together() || state.seen.asked.values().all(|asked| asked.len() <= 1),
            ),
            Property::sometimes("as many are asked as the step says", |desk: &Self, state: &State| {
                state.seen.asked.values().any(|asked| asked.len() == if desk.together() { 2 } else { 1 })
            }),
            Property::always("who is asked, and who holds, is what was said", |_, state: &State| {
                let seen = &state.seen;
                state.desk.pages().all(|page| {
                    let asked: BTreeSet<_> =
                        seen.asked.get(&page.id()).into_iter().flatten().map(|(who, _)| who).collect();
                    page.asked().collect::<BTreeSet<_>>() == asked
                        && page.holder().is_some() == seen.held.contains(&page.id())
                        && matches!(page.phase(), Phase::Exhausted { .. }) == seen.exhausted.contains(&page.id())
                })
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
    /// Keeps what an onlooker sees, and holds it against the promises.
    fn look(&self, last: &State, next: &mut State, event: &Event, actions: &Actions) {
        let State { desk, now, seen, .. } = next;
        match event {
            Event::Triggered(trigger) => _ = seen.wrong.insert(trigger.key.clone()),
            Event::Cleared { key } => _ = seen.wrong.remove(key),
            Event::Resolved { page, .. } => {
                last.desk.page(*page).unwrap().keys().iter().for_each(|key| _ = seen.wrong.remove(key));
            }
            Event::DeliveryFailed { page, person } => {
                seen.asked.entry(*page).or_default().retain(|(asked, _)| asked != person);
            }
            _ => {}
        }
        let mut fired = BTreeSet::new();
        for action in actions {
            let (page, news) = match action {
                Action::Notify { page, person, .. } => {
                    let asked = seen.asked.entry(*page).or_default();
                    let twice = asked.iter().any(|(asked, _)| asked == person);
                    asked.push((person.clone(), *now));
                    seen.expect("nobody is asked twice at once", !twice);
                    seen.expect("nobody is asked who is away", !desk.on_call().is_away(person));
                    let held = seen.held.contains(page) || seen.exhausted.contains(page);
                    seen.expect("nobody is asked for a page that is held or exhausted", !held);
                    continue;
                }
                Action::Withdraw { page, person, .. } => {
                    let asked = seen.asked.entry(*page).or_default();
                    let before = asked.len();
                    asked.retain(|(asked, _)| asked != person);
                    let was = asked.len() < before;
                    seen.expect("only who is asked is told to stop", was);
                    continue;
                }
                Action::Tell { page, news } => (*page, news),
                Action::AskWhoIsOnCall { .. } => continue,
            };
            let asked = seen.asked.entry(page).or_default();
            let nobody = asked.is_empty();
            match news {
                News::TimedOut { step } => {
                    let timeout = self.policy.steps()[usize::try_from(*step).unwrap()].timeout();
                    let due = !nobody && asked.iter().all(|(_, since)| *now - *since >= timeout);
                    asked.clear();
                    seen.expect("a time-out fires once, and not before its time", due && fired.insert(page));
                    self.reach("a time-out");
                }
                News::Stale { .. } | News::Woken => {
                    self.reach(if *news == News::Woken { "a snooze that ends" } else { "a stale acknowledgement" });
                    let held = seen.held.remove(&page);
                    seen.expect("what is stale was held", held == (*news != News::Woken));
                    seen.expect("a time-out fires once, and not before its time", fired.insert(page));
                }
                News::Acknowledged { from, .. } => {
                    asked.clear();
                    seen.exhausted.remove(&page);
                    let held = !seen.held.insert(page);
                    seen.expect("who had it is told", held || from.is_none());
                    self.reach(if from.is_some() { "a page taken from somebody" } else { "an acknowledgement" });
                }
                News::Snoozed { .. } | News::HandedOver { .. } | News::Unacknowledged { .. } => {
                    asked.clear();
                    seen.held.remove(&page);
                    seen.exhausted.remove(&page);
                    self.reach("a hand-over, a snooze, or a page given back");
                }
                News::NotTakenOver { .. } => {
                    asked.clear();
                    self.reach("a page that is not taken over");
                }
                News::HolderLeft { .. } => {
                    let held = seen.held.remove(&page);
                    seen.expect("who left had it", held);
                    self.reach("somebody who left with a page");
                }
                News::Exhausted { .. } => {
                    seen.exhausted.insert(page);
                    seen.expect("nobody is asked for a page that is held or exhausted", nobody);
                }
                News::Reopened => {
                    let was = seen.exhausted.remove(&page);
                    seen.expect("only what was exhausted starts again", was);
                    self.reach("an exhausted page that starts again");
                }
                News::Waiting { .. } => {
                    seen.expect("only what may wait waits, and asks nobody", self.severity < Severity::High && nobody);
                    self.reach("quiet hours");
                }
                News::Grouped { .. } | News::Resolved { .. } => {
                    asked.clear();
                    seen.asked.remove(&page);
                    seen.held.remove(&page);
                    seen.exhausted.remove(&page);
                    self.reach("a page that is over");
                    let by = matches!(event, Event::Resolved { .. });
                    seen.expect("those asked for a page that is over are told to stop", nobody || by);
                }
                News::Skipped { .. } => {
                    seen.expect("only a step with nobody to ask is passed over", nobody);
                    self.reach("a step that is passed over");
                }
                News::Storm { .. } => self.reach("a storm"),
                News::Raised { .. } => self.reach("a page that gets worse"),
                News::Repeated { .. } => self.reach("a repeat"),
                _ => {}
            }
        }
        // The same instant again: what fired does not fire again. An instant before: refused.
        let mut again = desk.clone();
        let nothing = again.handle(*now, Event::Tick).is_ok_and(|actions| actions.is_empty());
        seen.expect("a time-out fires once, and not before its time", nothing && again == *desk);
        let past = again.handle(*now - TimeDelta::seconds(1), Event::Tick);
        seen.expect("the clock does not go back", matches!(past, Err(Error::ClockWentBack { .. })) && again == *desk);
        seen.asked.retain(|_, asked| !asked.is_empty());
    }

    fn together(&self) -> bool {
        self.policy.steps().iter().any(|step| step.ask() == Ask::Together)
    }

    fn reach(&self, what: &'static str) {
        self.reached.lock().unwrap().insert(what);
    }
}

impl Seen {
    fn expect(&mut self, promise: &'static str, kept: bool) {
        if !kept {
            self.broken.insert(promise);
        }
    }
}

const KEYS: [&str; 2] = ["disk", "net"];

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
    let night = "Mon-Sun 22:00-06:00 UTC".parse().unwrap();
    policy.with_quiet_hours(QuietHours::new(vec![night], Severity::Medium).unwrap())
}

fn storms(policy: Policy) -> Policy {
    policy.with_storms(StormRule::new(1, TimeDelta::minutes(10)).unwrap())
}

fn check(name: &str, policy: Policy, severity: Severity, events: u8, reached: &[&'static str]) {
    let model = Desk { policy, severity, events, reached: Arc::default() };
    let seen = Arc::clone(&model.reached);
    let checker = model.checker().threads(2).spawn_dfs().join();
    let (all, unique, depth) = (checker.state_count(), checker.unique_state_count(), checker.max_depth());
    println!("escalation, {name}, {events} outside events: {unique} states by {all} steps, {depth} deep");
    checker.assert_properties();
    for what in reached {
        assert!(seen.lock().unwrap().contains(what), "{name}: no path leads to {what}");
    }
}

const ANYWHERE: [&str; 13] = [
    "a time-out",
    "a snooze that ends",
    "a stale acknowledgement",
    "a page taken from somebody",
    "an acknowledgement",
    "a hand-over, a snooze, or a page given back",
    "a page that is not taken over",
    "somebody who left with a page",
    "an exhausted page that starts again",
    "a page that is over",
    "a step that is passed over",
    "a repeat",
    "not held",
];

#[test]
fn one_person_a_step() {
    check("one person a step", policy(Ask::First), Severity::High, 2, &ANYWHERE);
}

#[test]
fn people_in_turn_and_quiet_hours() {
    let reached = ["a time-out", "quiet hours", "a page that gets worse", "a step that is passed over", "a repeat"];
    check("people in turn, quiet hours", quiet(policy(Ask::InTurn)), Severity::Low, 1, &reached);
}

#[test]
fn people_together_and_storms() {
    let reached = ["a time-out", "a storm", "a page that is over", "an acknowledgement", "a snooze that ends"];
    check("people together, storms", storms(policy(Ask::Together)), Severity::High, 1, &reached);
}

/// `cargo test --release -p oncall-core --test model_escalation -- --ignored --nocapture`: a minute or two.
#[test]
#[ignore = "some hundred thousand states"]
fn two_outside_events_everywhere() {
    let quiet_hours = [&ANYWHERE[..], &["quiet hours", "a page that gets worse"]].concat();
    check("people in turn, quiet hours", quiet(policy(Ask::InTurn)), Severity::Low, 2, &quiet_hours);
    let all_storms = [&ANYWHERE[..], &["a storm"]].concat();
    check("people together, storms", storms(policy(Ask::Together)), Severity::High, 2, &all_storms);
}
