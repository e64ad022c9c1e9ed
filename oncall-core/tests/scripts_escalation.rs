//! Pages told step by step, in text that a person can read: `tests/scripts/escalation/`.
//!
//! Each script is a list of commands, `----`, and what came of them. `REWRITE=1 cargo test -p oncall-core --test
//! scripts_escalation` writes what comes of them now into the files, for review.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use datadriven::walk;
use oncall_core::PersonId;
use oncall_core::escalation::{Escalation, Event, Key, OnCall, PageId, Phase, Policy, Severity, Trigger};

/// `policy` takes a policy in JSON and opens an empty desk. `run day=2026-03-02` takes commands, the first word of each
/// line being the time of that day in UTC (`26:00` is two in the next night):
///
/// ```text
/// 09:00 oncall primary=ada secondary=bob away=cyd until=17:00
/// 09:00 trigger KEY SEVERITY [GROUP]
/// 09:01 ack 1 ada
/// 09:02 unack 1 ada
/// 09:03 snooze 1 ada 09:30
/// 09:04 handover 1 ada bob
/// 09:05 failed 1 bob
/// 09:06 clear KEY
/// 09:07 resolve 1 ada
/// 09:10 till          # a tick at every deadline up to then
/// 09:11 tick          # one tick, late as it may be
/// 09:11 pages
/// ```
#[test]
fn escalation() {
    walk("tests/scripts/escalation", |file| {
        let mut desk: Option<Escalation> = None;
        file.run(|case| match case.directive.as_str() {
            "policy" => match serde_json::from_str::<Policy>(&case.input) {
                Ok(policy) => {
                    desk = Some(Escalation::new(policy, OnCall::nobody()));
                    String::new()
                }
                Err(error) => format!("error: {error}\n"),
            },
            "run" => {
                let day = format!("{}T00:00:00Z", case.args["day"][0]).parse().unwrap();
                let desk = desk.as_mut().unwrap();
                let mut said = String::new();
                for line in case.input.lines() {
                    // Written to a file and read back between any two lines: it goes on as if nothing had been.
                    let again: Escalation = serde_json::from_str(&serde_json::to_string(desk).unwrap()).unwrap();
                    assert_eq!(again, *desk);
                    *desk = again;
                    step(desk, day, line, &mut said);
                }
                said
            }
            other => panic!("`{other}` is no directive"),
        });
    });
}

fn step(desk: &mut Escalation, day: DateTime<Utc>, line: &str, said: &mut String) {
    let words: Vec<_> = line.split_whitespace().collect();
    let now = instant(day, words[0]);
    let page = || PageId::from_number(words[2].parse().unwrap());
    let who = |place: usize| PersonId::new(words[place]).unwrap();
    let event = match words[1] {
        "trigger" => Event::Triggered(Trigger {
            key: Key::new(words[2]).unwrap(),
            severity: serde_json::from_value::<Severity>(words[3].into()).unwrap(),
            group: words.get(4).map(|group| Key::new(group).unwrap()),
        }),
        "ack" => Event::Acknowledged { page: page(), by: who(3) },
        "unack" => Event::Unacknowledged { page: page(), by: who(3) },
        "resolve" => Event::Resolved { page: page(), by: who(3) },
        "clear" => Event::Cleared { key: Key::new(words[2]).unwrap() },
        "snooze" => Event::Snoozed { page: page(), by: who(3), until: instant(day, words[4]) },
        "handover" => Event::HandedOver { page: page(), by: who(3), to: who(4) },
        "failed" => Event::DeliveryFailed { page: page(), person: who(3) },
        "oncall" => Event::OnCallChanged(on_call(day, &words[2..])),
        "tick" => Event::Tick,
        "till" => {
            while let Some(due) = desk.next_deadline().filter(|due| *due <= now) {
                apply(desk, day, due, Event::Tick, said);
            }
            return;
        }
        "pages" => {
            for page in desk.pages() {
                let state = match page.phase() {
                    Phase::Asking { until, .. } => {
                        let asked: Vec<_> = page.asked().map(PersonId::as_str).collect();
                        format!("asking {} until {}", asked.join(" and "), clock(day, *until))
                    }
                    Phase::Waiting { until } => format!("waiting until {}", clock(day, *until)),
                    Phase::Acknowledged { by, .. } => format!("held by {by}"),
                    Phase::Snoozed { until, .. } => format!("snoozed until {}", clock(day, *until)),
                    Phase::Exhausted { .. } => "exhausted".to_owned(),
                };
                let keys: Vec<_> = page.keys().iter().map(Key::as_str).collect();
                let (id, events) = (page.id(), page.events());
                writeln!(said, "{} page {id}: {}, {events} events, {state}", words[0], keys.join(" ")).unwrap();
            }
            return;
        }
        other => panic!("`{other}` is no command"),
    };
    apply(desk, day, now, event, said);
}

fn apply(desk: &mut Escalation, day: DateTime<Utc>, now: DateTime<Utc>, event: Event, said: &mut String) {
    let time = clock(day, now);
    match desk.handle(now, event) {
        Ok(actions) if actions.is_empty() => writeln!(said, "{time} nothing").unwrap(),
        Ok(actions) => actions.iter().for_each(|action| writeln!(said, "{time} {action}").unwrap()),
        Err(error) => writeln!(said, "{time} error: {error}").unwrap(),
    }
}

fn on_call(day: DateTime<Utc>, words: &[&str]) -> OnCall {
    words.iter().fold(OnCall::nobody(), |on_call, word| {
        let (role, names) = word.split_once('=').unwrap();
        names.split(',').fold(on_call, |on_call, name| match role {
            "until" => on_call.until(instant(day, name)),
            "away" => on_call.without(PersonId::new(name).unwrap()),
            role => on_call.with(role.parse().unwrap(), PersonId::new(name).unwrap()),
        })
    })
}

fn instant(day: DateTime<Utc>, text: &str) -> DateTime<Utc> {
    let (hours, minutes) = text.split_once(':').unwrap();
    day + TimeDelta::hours(hours.parse().unwrap()) + TimeDelta::minutes(minutes.parse().unwrap())
}

fn clock(day: DateTime<Utc>, at: DateTime<Utc>) -> String {
    let minutes = (at - day).num_minutes();
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
