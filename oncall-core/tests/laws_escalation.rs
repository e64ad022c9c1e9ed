//! What the escalation machine promises, for any events in any order.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod onlooker;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use oncall_core::escalation::{
    Action, Ask, Escalation, Event, Key, News, OnCall, PageId, Policy, QuietHours, Severity, Step, StormRule, Target,
    Trigger,
};
use oncall_core::{PersonId, Role};
use onlooker::{NIGHT, Onlooker, Scene};
use proptest::prelude::*;

fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn anybody() -> impl Strategy<Value = PersonId> {
    prop::sample::select(vec!["ada", "bob", "cyd", "dan"]).prop_map(person)
}

fn key() -> impl Strategy<Value = Key> {
    (0..6_u8).prop_map(|number| Key::new(&format!("key {number}")).unwrap())
}

fn policy() -> impl Strategy<Value = Policy> {
    policy_with("Mon-Sun 22:00-07:00 Europe/Berlin")
}

fn policy_with(night: &'static str) -> impl Strategy<Value = Policy> {
    let target = prop_oneof![
        Just(Target::Role(Role::Primary)),
        Just(Target::Role(Role::Secondary)),
        Just(Target::OnCall),
        anybody().prop_map(Target::Person),
    ];
    let targets = prop::collection::hash_set(target, 1..3).prop_map(Vec::from_iter);
    let ask = prop::sample::select(vec![Ask::First, Ask::InTurn, Ask::Together]);
    let step = (targets, 1..600_i64, ask)
        .prop_map(|(targets, seconds, ask)| Step::new(targets, TimeDelta::seconds(seconds)).unwrap().asking(ask));
    let more = (prop::collection::vec(step, 1..4), 0..3_u32, any::<[bool; 3]>(), 1..4_u32);
    more.prop_map(move |(steps, repeats, [stale, quiet, storms], more_than)| {
        let mut policy = Policy::new(steps).unwrap().repeated(repeats).unwrap();
        if stale {
            policy = policy.acknowledged_for(TimeDelta::minutes(20)).unwrap();
        }
        if quiet {
            let night = vec![night.parse().unwrap()];
            policy = policy.with_quiet_hours(QuietHours::new(night, Severity::Medium).unwrap());
        }
        if storms {
            policy = policy.with_storms(StormRule::new(more_than, TimeDelta::minutes(15)).unwrap());
        }
        policy
    })
}

fn on_call() -> impl Strategy<Value = OnCall> {
    (prop::option::of(anybody()), prop::option::of(anybody()), prop::option::of(anybody())).prop_map(
        |(one, two, away)| {
            let roles = [(Role::Primary, one), (Role::Secondary, two)];
            let filled = roles.into_iter().filter_map(|(role, person)| Some((role, person?)));
            let on_call = filled.fold(OnCall::nobody(), |on_call, (role, person)| on_call.with(role, person));
            away.into_iter().fold(on_call, OnCall::without)
        },
    )
}

/// An event and the minutes since the one before; a snooze is of so many minutes, so it is made when it comes.
fn events() -> impl Strategy<Value = Vec<(i64, Event)>> {
    let page = || (1..8_u64).prop_map(PageId::from_number);
    let severity = prop::sample::select(vec![Severity::Low, Severity::Medium, Severity::High, Severity::Critical]);
    let groups = prop::option::of(prop::sample::select(vec!["web", "db"]));
    let trigger = (key(), groups, severity).prop_map(|(key, group, severity)| {
        Event::Triggered(Trigger { key, group: group.map(|group| Key::new(group).unwrap()), severity })
    });
    let event = prop_oneof![
        5 => trigger,
        2 => (page(), anybody()).prop_map(|(page, by)| Event::Acknowledged { page, by }),
        1 => (page(), anybody()).prop_map(|(page, by)| Event::Unacknowledged { page, by }),
        1 => (page(), anybody()).prop_map(|(page, by)| Event::Resolved { page, by }),
        1 => key().prop_map(|key| Event::Cleared { key }),
        1 => (page(), anybody(), 1..60_i64).prop_map(|(page, by, minutes)| Event::Snoozed { page, by, until: start() + TimeDelta::minutes(minutes) }),
        1 => (page(), anybody(), anybody()).prop_map(|(page, by, to)| Event::HandedOver { page, by, to }),
        2 => (page(), anybody()).prop_map(|(page, person)| Event::DeliveryFailed { page, person }),
        1 => on_call().prop_map(Event::OnCallChanged),
        4 => Just(Event::Tick),
    ];
    prop::collection::vec((prop_oneof![3 => 0..8_i64, 1 => 0..90_i64], event), 0..60)
}

/// The evening before the clocks go forward in Berlin.
fn start() -> DateTime<Utc> {
    "2026-03-28T20:30:00Z".parse().unwrap()
}

/// The same events with their instants.
fn dated(events: Vec<(i64, Event)>) -> Vec<(DateTime<Utc>, Event)> {
    let mut now = start();
    let date = |(minutes, event)| {
        now += TimeDelta::minutes(minutes);
        let event = match event {
            Event::Snoozed { page, by, until } => Event::Snoozed { page, by, until: now + (until - start()) },
            event => event,
        };
        (now, event)
    };
    events.into_iter().map(date).collect()
}

proptest! {
    #[test]
    fn replaying_the_log_gives_the_same_state_and_the_same_actions(policy in policy(), first in on_call(), events in events()) {
        let mut desk = Escalation::new(policy.clone(), first.clone());
        let log = dated(events);
        let done: Vec<_> = log.iter().map(|(now, event)| desk.handle(*now, event.clone())).collect();
        // The log as it is kept, in a file.
        let log: Vec<(DateTime<Utc>, Event)> = serde_json::from_str(&serde_json::to_string(&log).unwrap()).unwrap();
        let mut again = Escalation::new(policy, first);
        let redone: Vec<_> = log.into_iter().map(|(now, event)| again.handle(now, event)).collect();
        prop_assert_eq!(done, redone);
        prop_assert_eq!(desk, again);
    }

    #[test]
    fn restored_at_any_point_it_goes_on_as_if_nothing_had_been(policy in policy(), first in on_call(), events in events()) {
        let mut desk = Escalation::new(policy, first);
        let mut restored = desk.clone();
        for (now, event) in dated(events) {
            restored = serde_json::from_str(&serde_json::to_string(&restored).unwrap()).unwrap();
            prop_assert_eq!(&restored, &desk);
            prop_assert_eq!(desk.handle(now, event.clone()), restored.handle(now, event));
            prop_assert_eq!(desk.next_deadline(), restored.next_deadline());
        }
        prop_assert_eq!(restored, desk);
    }

    #[test]
    fn every_key_that_is_wrong_has_one_open_page_and_the_books_balance(policy in policy(), first in on_call(), events in events()) {
        let mut desk = Escalation::new(policy, first);
        let mut wrong = BTreeSet::new();
        for (now, event) in dated(events) {
            let before = desk.clone();
            let Ok(actions) = desk.handle(now, event.clone()) else {
                prop_assert_eq!(&desk, &before, "a refused event changes nothing");
                continue;
            };
            match event {
                Event::Triggered(trigger) => _ = wrong.insert(trigger.key),
                Event::Cleared { key } => _ = wrong.remove(&key),
                Event::Resolved { page, .. } => before.page(page).unwrap().keys().iter().for_each(|key| _ = wrong.remove(key)),
                _ => {}
            }
            let open: Vec<_> = desk.pages().flat_map(|page| page.keys().to_vec()).collect();
            prop_assert_eq!(open.len(), wrong.len(), "no key is there twice");
            prop_assert_eq!(open.into_iter().collect::<BTreeSet<_>>(), wrong.clone());
            for page in desk.pages() {
                prop_assert!(page.keys().iter().all(|key| desk.page_of(key) == Some(page)));
            }
            let tally = desk.tally();
            prop_assert_eq!(tally.triggered, tally.opened + tally.repeated + tally.grouped);
            prop_assert_eq!(tally.opened, u64::try_from(desk.open()).unwrap() + tally.merged + tally.resolved);
            prop_assert!(desk.next_deadline().is_none_or(|at| at > now), "what is due is done");
            let ends = |page| actions.iter().filter(|action| matches!(action, Action::Tell { page: at, news: News::Resolved { .. } } if *at == page)).count();
            prop_assert!((1..=tally.opened).all(|number| ends(PageId::from_number(number)) <= 1));
        }
    }

    #[test]
    fn an_onlooker_sees_every_promise_kept(policy in policy_with(NIGHT), first in on_call(), events in events()) {
        let mut desk = Escalation::new(policy.clone(), first);
        let mut seen = Onlooker::default();
        // What comes after the last event is time alone.
        let mut log = dated(events);
        log.reverse();
        for _ in 0..120 {
            let rest = || desk.next_deadline().map(|due| (due, Event::Tick));
            let Some((now, event)) = log.pop().or_else(rest) else { break };
            let before = desk.clone();
            let Ok(actions) = desk.handle(now, event.clone()) else { continue };
            let reached = BTreeSet::new();
            let mut scene = Scene { policy: &policy, before: &before, after: &desk, now, event: &event, reached };
            seen.look(&mut scene, &actions);
            prop_assert!(seen.broken.is_empty(), "{:?} by {event:?} at {now}: {actions:?}\nbefore: {before:?}", seen.broken);
        }
    }

    #[test]
    fn a_burst_of_one_group_is_one_page_with_every_key(
        more_than in 1..5_u32,
        gaps in prop::collection::vec(0..60_i64, 1..15),
        step_seconds in 1..600_i64,
    ) {
        let step = Step::new(vec![Target::Role(Role::Primary)], TimeDelta::seconds(step_seconds)).unwrap();
        let rule = StormRule::new(more_than, TimeDelta::minutes(15)).unwrap();
        let on_call = OnCall::nobody().with(Role::Primary, person("ada"));
        let mut desk = Escalation::new(Policy::new(vec![step]).unwrap().with_storms(rule), on_call);
        let (mut now, mut pages, mut merged) = (start(), BTreeSet::new(), 0);
        let keys: Vec<_> = (0..gaps.len()).map(|number| Key::new(&format!("key {number}")).unwrap()).collect();
        for (gap, key) in gaps.iter().zip(&keys) {
            now += TimeDelta::seconds(*gap);
            let trigger = Trigger { key: key.clone(), group: Some(Key::new("web").unwrap()), severity: Severity::High };
            for action in &desk.handle(now, Event::Triggered(trigger)).unwrap() {
                match action {
                    Action::Notify { page, .. } => _ = pages.insert(*page),
                    Action::Tell { news: News::Grouped { .. }, .. } => merged += 1,
                    _ => {}
                }
            }
        }
        let own = usize::try_from(more_than).unwrap();
        prop_assert_eq!(pages.len(), keys.len().min(own), "what comes before it is a storm has pages of its own");
        let stormy = keys.len() > own;
        prop_assert_eq!(desk.open(), if stormy { 1 } else { keys.len() });
        prop_assert_eq!(merged, if stormy { own - 1 } else { 0 });
        prop_assert!(keys.iter().all(|key| desk.page_of(key).is_some_and(|page| page.keys().contains(key))));
    }

    #[test]
    fn a_policy_round_trips(policy in policy()) {
        let json = serde_json::to_string(&policy).unwrap();
        prop_assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy);
    }

    #[test]
    fn left_alone_every_page_ends_held_or_exhausted_unless_it_goes_stale(policy in policy(), first in on_call(), events in events()) {
        let mut desk = Escalation::new(policy, first);
        for (now, event) in dated(events) {
            _ = desk.handle(now, event);
        }
        let mut ticks = 0;
        while let Some(due) = desk.next_deadline() {
            desk.handle(due, Event::Tick).unwrap();
            ticks += 1;
            prop_assert!(ticks < 2_000, "it goes on for ever");
        }
        prop_assert!(desk.pages().all(|page| page.holder().is_some() || page.deadline().is_none()));
    }
}

#[test]
fn a_state_that_no_run_leads_to_is_refused() {
    let step = Step::new(vec![Target::Role(Role::Primary)], TimeDelta::minutes(5)).unwrap();
    let mut desk =
        Escalation::new(Policy::new(vec![step]).unwrap(), OnCall::nobody().with(Role::Primary, person("ada")));
    for name in ["disk", "net"] {
        let trigger = Trigger { key: Key::new(name).unwrap(), group: None, severity: Severity::High };
        desk.handle(start(), Event::Triggered(trigger)).unwrap();
    }
    for (from, to, fault) in [
        (r#""keys":["net"]"#, r#""keys":["disk"]"#, "pages[1].keys: page 2 has a key that is there twice"),
        (r#""keys":["net"]"#, r#""keys":[]"#, "pages[1].keys: page 2 has no key"),
        (r#""keys":["net"]"#, r#""keys":["net","fan"]"#, "pages[1].keys: page 2 has members of a storm"),
        (r#""id":2"#, r#""id":3"#, "pages[1].id: page 3 is not after the one before, or was never opened"),
        (r#""step":0"#, r#""step":1"#, "pages[0].step: page 1 is in no step of the policy"),
        (r#""round":0"#, r#""round":1"#, "pages[0].round: page 1 is in no round of the policy"),
        (r#""answer":"awaited""#, r#""answer":"missing""#, "pages[0].asked: page 1 asks nobody"),
        (r#""here":true"#, r#""here":false"#, "pages[0].asked: page 1 awaits the answer to another step"),
        (
            r#""asked":["#,
            r#""asked":[{"person":"cyd","answer":"missing","here":false},"#,
            "pages[0].asked: page 1 asked somebody whom no step names now",
        ),
        (r#"{"person":"ada","#, r#"{"person":"bob","#, "pages[0].asked: page 1 asks somebody whom its step does not"),
        (r#""attempts":1"#, r#""attempts":0"#, "pages[0].attempts: page 1 was brought to more people than attempts"),
        (r#""events":1"#, r#""events":0"#, "pages[0].events: page 1 has more keys than events"),
        (
            "2026-03-28T20:35:00Z",
            "2026-03-28T20:30:00Z",
            "pages[0].phase.until: page 1 has a time-out that was due before the last event",
        ),
        (
            "2026-03-28T20:35:00Z",
            "2026-03-28T20:35:01Z",
            "pages[0].phase.asking.until: page 1 waits for an answer for longer than its step",
        ),
        (r#""triggered":2"#, r#""triggered":3"#, "tally: does not add up"),
        (
            r#""last":"2026-03-28T20:30:00Z""#,
            r#""last":null"#,
            "pages[0].opened: page 1 is open before the first event",
        ),
        (r#""ended":false"#, r#""ended":true"#, "ended: does not say whether who is on call had ended"),
        (
            r#""recent":[]"#,
            r#""recent":[{"at":"2026-03-28T20:30:00Z","group":"db","opened":1}]"#,
            "recent[0]: is kept for storms, and the policy has none",
        ),
    ] {
        refused(&desk, from, to, fault);
    }
}

fn refused(desk: &Escalation, from: &str, to: &str, fault: &str) {
    let json = serde_json::to_string(desk).unwrap();
    assert_eq!(serde_json::from_str::<Escalation>(&json).unwrap(), *desk);
    assert!(json.contains(from), "{from} is not in {json}");
    let error = serde_json::from_str::<Escalation>(&json.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(error.starts_with(&format!("state of an escalation: {fault}")), "{error}");
}

#[test]
fn a_phase_that_the_policy_does_not_give_is_refused() {
    let step = |role| Step::new(vec![Target::Role(role)], TimeDelta::minutes(5)).unwrap();
    let night = "Mon-Sun 22:00-07:00 Europe/Berlin".parse().unwrap();
    let policy = Policy::new(vec![step(Role::Primary), step(Role::Secondary)])
        .unwrap()
        .acknowledged_for(TimeDelta::minutes(20))
        .unwrap()
        .with_quiet_hours(QuietHours::new(vec![night], Severity::Medium).unwrap());
    let on_call = OnCall::nobody().with(Role::Primary, person("ada"));
    let first = PageId::from_number(1);
    let after = |severity, event: Option<Event>| {
        let mut desk = Escalation::new(policy.clone(), on_call.clone());
        let trigger = Trigger { key: Key::new("disk").unwrap(), group: None, severity };
        desk.handle(start() + TimeDelta::minutes(60), Event::Triggered(trigger)).unwrap();
        if let Some(event) = event {
            desk.handle(start() + TimeDelta::minutes(62), event).unwrap();
        }
        desk
    };
    let waiting = after(Severity::Low, None);
    for (from, to, fault) in [
        ("2026-03-29T05:00:00Z", "2026-04-06T05:00:00Z", "pages[0].phase.waiting.until: page 1 waits for longer than"),
        (r#""severity":"low""#, r#""severity":"high""#, "pages[0].phase.waiting: page 1 waits for quiet hours, which"),
    ] {
        refused(&waiting, from, to, fault);
    }
    let mut bare: serde_json::Value = serde_json::to_value(&waiting).unwrap();
    bare["policy"]["quiet_hours"] = serde_json::Value::Null;
    let error = serde_json::from_value::<Escalation>(bare).unwrap_err().to_string();
    assert!(error.contains("pages[0].phase.waiting: page 1 waits for quiet hours, which its severity"), "{error}");

    let held = after(Severity::High, Some(Event::Acknowledged { page: first, by: person("ada") }));
    let beyond = "pages[0].phase.acknowledged.until: page 1 is held for another time than the policy gives";
    for (from, to, fault) in [
        (r#""until":"2026-03-28T21:52:00Z""#, r#""until":null"#, beyond),
        (r#""until":"2026-03-28T21:52:00Z""#, r#""until":"2027-03-28T21:52:00Z""#, beyond),
        (r#""step":0"#, r#""step":1"#, "pages[0].step: page 1 is beyond the first step"),
        (r#""acknowledged":"2026-03-28T21:32:00Z""#, r#""acknowledged":null"#, "pages[0].acknowledged: page 1 is held"),
        (
            r#""acknowledged":"2026-03-28T21:32:00Z""#,
            r#""acknowledged":"2026-03-28T21:29:00Z""#,
            "pages[0].acknowledged: page 1 was acknowledged before it was opened",
        ),
        (r#""since":"2026-03-28T21:32"#, r#""since":"2026-03-28T21:33"#, "pages[0].phase.acknowledged.since: page 1"),
    ] {
        refused(&held, from, to, fault);
    }
    let until = start() + TimeDelta::minutes(90);
    let snoozed = after(Severity::High, Some(Event::Snoozed { page: first, by: person("ada"), until }));
    let fault = "pages[0].phase.snoozed.until: page 1 is snoozed for longer than the policy lets it";
    refused(&snoozed, "2026-03-28T22:00:00Z", "2026-03-29T22:00:00Z", fault);
    let handed = after(Severity::High, Some(Event::HandedOver { page: first, by: person("ada"), to: person("cyd") }));
    refused(&handed, r#""away":[]"#, r#""away":["cyd"]"#, "pages[0].asked: page 1 was handed over to somebody away");
    refused(&handed, r#""handed_over":true"#, r#""handed_over":false"#, "pages[0].asked: page 1 asks somebody whom");
}

#[test]
fn a_storm_whose_page_is_of_another_group_is_refused() {
    let step = Step::new(vec![Target::Role(Role::Primary)], TimeDelta::minutes(5)).unwrap();
    let policy = Policy::new(vec![step]).unwrap().with_storms(StormRule::new(1, TimeDelta::minutes(5)).unwrap());
    let mut desk = Escalation::new(policy, OnCall::nobody().with(Role::Primary, person("ada")));
    for (name, group) in [("disk", "db"), ("net", "db"), ("cable", "office")] {
        let group = Some(Key::new(group).unwrap());
        let trigger = Trigger { key: Key::new(name).unwrap(), group, severity: Severity::High };
        desk.handle(start(), Event::Triggered(trigger)).unwrap();
    }
    let storm = r#""storms":[["db",1]]"#;
    for (from, to, fault) in [
        (storm, r#""storms":[["db",2]]"#, "storms[0]: has a page of another group"),
        (storm, r#""storms":[["db",3]]"#, "storms[0]: has a page that never was"),
        (storm, r#""storms":[["db",0]]"#, "storms[0]: has a page that never was"),
        (storm, r#""storms":[]"#, "storms: has none of group `db`, of which more came than are no storm"),
        (r#""opened":2}"#, r#""opened":1}"#, "recent[2].opened: is not after the page before, or never was"),
        (
            r#""group":"office","opened":2}"#,
            r#""group":"db","opened":2}"#,
            "recent[2].opened: is a page of another group",
        ),
    ] {
        refused(&desk, from, to, fault);
    }
}
