//! Any policy and any events: no page is lost, nobody is asked twice for one step, and a restart changes nothing.
#![no_main]

use chrono::{DateTime, TimeDelta, Utc};
use libfuzzer_sys::fuzz_target;
use oncall_core::escalation::{Ask, Escalation, Event, Key, OnCall, PageId, Phase, Policy, Severity, Trigger};
use oncall_core::{PersonId, Role};

// A policy in JSON up to a zero byte, then four bytes an event: what, minutes later, which, who.
fuzz_target!(|input: &[u8]| {
    let (policy, events) = input.split_at(input.iter().position(|byte| *byte == 0).unwrap_or(0));
    let Ok(policy) = serde_json::from_slice::<Policy>(policy) else { return };
    assert_eq!(serde_json::from_str::<Policy>(&serde_json::to_string(&policy).expect("text")).expect("again"), policy);
    let together = policy.steps().iter().any(|step| step.ask() == Ask::Together);
    let mut now: DateTime<Utc> = DateTime::from_timestamp(1_774_656_000, 0).expect("an instant");
    let mut desk = Escalation::new(policy, on_call(0));
    for event in events.get(1..).unwrap_or(&[]).chunks_exact(4).take(200) {
        let [what, minutes, which, who] = event else { continue };
        now += TimeDelta::minutes(i64::from(*minutes % 32) * i64::from(*minutes / 8 + 1)) - TimeDelta::minutes(1);
        let (page, by) = (PageId::from_number(u64::from(*which % 16)), person(*who));
        let event = match what % 10 {
            0 | 1 => Event::Triggered(trigger(*which, *who)),
            2 => Event::Acknowledged { page, by },
            3 => Event::Unacknowledged { page, by },
            4 => Event::Resolved { page, by },
            5 => Event::Cleared { key: key(*which) },
            6 => Event::Snoozed { page, by, until: now + TimeDelta::minutes(i64::from(*which)) },
            7 => Event::HandedOver { page, by, to: person(*which) },
            8 => Event::DeliveryFailed { page, person: by },
            _ if *which < 128 => Event::OnCallChanged(on_call(*who)),
            _ => Event::Tick,
        };
        let before = desk.clone();
        let mut again: Escalation = serde_json::from_str(&serde_json::to_string(&desk).expect("text")).expect("again");
        assert_eq!(again, desk);
        let done = desk.handle(now, event.clone());
        assert_eq!(again.handle(now, event), done);
        assert_eq!(again, desk);
        let Ok(actions) = done else {
            assert_eq!(desk, before);
            continue;
        };
        actions.iter().for_each(|action| assert!(!action.to_string().is_empty()));
        assert!(desk.next_deadline().is_none_or(|at| at > now), "what is due was done");
        let tally = desk.tally();
        assert_eq!(tally.triggered, tally.opened + tally.repeated + tally.grouped);
        assert_eq!(tally.opened, desk.open() as u64 + tally.merged + tally.resolved);
        for page in desk.pages() {
            let asked = page.asked().count();
            assert!(together || asked <= 1, "{page:?}");
            assert_eq!(asked > 0, matches!(page.phase(), Phase::Asking { .. }), "{page:?}");
            assert!(page.keys().iter().all(|key| desk.page_of(key) == Some(page)), "{page:?}");
        }
    }
});

fn trigger(which: u8, how: u8) -> Trigger {
    let severities = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    Trigger {
        key: key(which),
        group: (how < 192).then(|| key(how / 64)),
        severity: severities[usize::from(how % 4)],
    }
}

fn key(which: u8) -> Key {
    Key::new(&format!("key {}", which % 32)).expect("a name")
}

fn person(which: u8) -> PersonId {
    PersonId::new(["ada", "bob", "cyd", "dan"][usize::from(which % 4)]).expect("a name")
}

fn on_call(bits: u8) -> OnCall {
    let on_call = OnCall::nobody().with(Role::Primary, person(bits)).with(Role::Secondary, person(bits / 4 + 1));
    if bits > 200 { on_call.without(person(bits)).without(person(bits / 4 + 1)) } else { on_call }
}
