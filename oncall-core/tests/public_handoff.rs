//! Handoffs as a stranger uses them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use oncall_core::escalation::{Escalation, Event, Key, OnCall, PageId, Policy, Severity, Step, Target, Trigger};
use oncall_core::handoff::{DueChange, Handoff, PastPages, Silence};
use oncall_core::load::{Outcome, Page};
use oncall_core::{PersonId, Role, Span};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn desk() -> Escalation {
    let step = Step::new(vec![Target::Role(Role::Primary)], TimeDelta::minutes(5)).unwrap();
    let on_call = OnCall::nobody().with(Role::Primary, person("ada"));
    let mut desk = Escalation::new(Policy::new(vec![step]).unwrap(), on_call);
    let trigger =
        |key: &str, severity| Event::Triggered(Trigger { key: Key::new(key).unwrap(), group: None, severity });
    desk.handle(at("2026-03-09T08:00:00Z"), trigger("disk full", Severity::Low)).unwrap();
    let ack = Event::Acknowledged { page: PageId::from_number(1), by: person("ada") };
    desk.handle(at("2026-03-09T08:01:00Z"), ack).unwrap();
    desk.handle(at("2026-03-09T08:50:00Z"), trigger("slow answers", Severity::High)).unwrap();
    desk.handle(at("2026-03-09T08:58:00Z"), Event::Tick).unwrap();
    desk.handle(at("2026-03-09T08:59:00Z"), trigger("no answers", Severity::Critical)).unwrap();
    desk
}

fn handoff() -> Handoff {
    let page = |time, service, incident| Page::new(at(time), service, person("ada"), incident).unwrap();
    let pages = [
        page("2026-03-03T02:10:00Z", "shop", "1").acknowledged_at(at("2026-03-03T02:14:00Z")).unwrap(),
        page("2026-03-03T02:20:00Z", "shop", "1").with_outcome(Outcome::Duplicate),
        page("2026-03-04T11:00:00Z", "mail", "2").with_outcome(Outcome::Actionable),
        page("2026-03-09T09:00:00Z", "mail", "3"),
    ];
    let week = Span::new(at("2026-03-02T09:00:00Z"), at("2026-03-09T09:00:00Z")).unwrap();
    let hour = |start| Span::starting_at(at(start), TimeDelta::hours(1)).unwrap();
    Handoff::new(Role::Primary, at("2026-03-09T09:00:00Z"))
        .from(person("ada"))
        .to(person("bob"))
        .with_open_pages(&desk())
        .with_silences(vec![
            Silence::new("latency of search while its index is built anew on all of the machines")
                .unwrap()
                .until(at("2026-03-10T00:00:00Z")),
            Silence::new("over by now").unwrap().until(at("2026-03-09T09:00:00Z")),
            Silence::new("disk of build-7").unwrap().by(person("cyd")),
        ])
        .with_changes(vec![
            DueChange::new("new router", hour("2026-03-12T10:00:00Z")).unwrap(),
            DueChange::new("database 17", hour("2026-03-09T08:30:00Z")).unwrap().by(person("cyd")),
            DueChange::new("done", hour("2026-03-09T08:00:00Z")).unwrap(),
        ])
        .with_past_pages(PastPages::of(&pages, week))
        .with_note(&format!("Call the vendor first.\n{}", "価格".repeat(25)))
        .unwrap()
}

#[test]
fn it_reads_as_a_text_of_80_columns() {
    let text = handoff().to_string();
    assert_eq!(text, include_str!("data/handoff.txt"));
    assert!(text.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 80));
}

#[test]
fn pages_of_two_desks_are_told_apart() {
    let handoff =
        ["shop", "mail"].iter().fold(Handoff::new(Role::Primary, at("2026-03-09T09:00:00Z")), |handoff, name| {
            handoff.with_open_pages_of(&Key::new(name).unwrap(), &desk())
        });
    let text = handoff.to_string();
    assert!(
        text.contains("(page 1 of shop, low): disk full") && text.contains("(page 1 of mail, low): disk full"),
        "{text}"
    );
    assert!(
        Handoff::new(Role::Primary, at("2026-03-09T09:00:00Z"))
            .with_open_pages(&desk())
            .to_string()
            .contains("(page 1, low)")
    );
}

#[test]
fn what_was_not_given_is_not_none() {
    let bare = Handoff::new(Role::Secondary, at("2026-03-09T09:00:00Z"));
    let said = bare.to_string();
    assert!(said.starts_with("Handoff of secondary from nobody to nobody, 2026-03-09 09:00 UTC\n"), "{said}");
    for title in ["Open pages", "Silenced", "Changes due", "Pages by service"] {
        assert!(said.contains(&format!("{title}: not given\n")), "{title}: {said}");
    }
    let empty = bare.with_silences(Vec::new()).with_changes(Vec::new()).to_string();
    assert!(empty.contains("Silenced: none\nChanges due: none\n"), "{empty}");
}

#[test]
fn lists_are_bounded_and_say_how_many_were_left_out() {
    let many: Vec<_> = (0..70).map(|index| Silence::new(&format!("silence {index:02}")).unwrap()).collect();
    let handoff = Handoff::new(Role::Primary, at("2026-03-09T09:00:00Z")).with_silences(many);
    let silences = handoff.silences().unwrap();
    assert_eq!((silences.entries.len(), silences.left_out, silences.total()), (Handoff::MOST, 20, 70));
    assert_eq!(silences.entries[0].what(), "silence 00");
    assert!(handoff.to_string().contains("  and 20 more, less urgent\n"));
}

#[test]
fn names_and_notes_that_are_none_are_refused() {
    let handoff = Handoff::new(Role::Primary, at("2026-03-09T09:00:00Z"));
    for bad in ["", "  \n", "a\u{1b}[2J", &"x".repeat(Handoff::LONGEST_NOTE + 1)] {
        assert!(handoff.clone().with_note(bad).is_err(), "{bad:?}");
    }
    assert!(Silence::new("a\nb").is_err());
}

#[cfg(feature = "serde")]
#[test]
fn a_round_trip_gives_an_equal_value_and_a_file_cannot_smuggle_in_what_code_cannot_make() {
    let made = handoff();
    let json = serde_json::to_string(&made).unwrap();
    assert_eq!(serde_json::from_str::<Handoff>(&json).unwrap(), made);
    let moved = json.replace("disk of build-7", "a\\u001bb");
    assert!(serde_json::from_str::<Handoff>(&moved).unwrap_err().to_string().contains("without control characters"));
    // A list out of order is put in order.
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    value["silences"]["entries"].as_array_mut().unwrap().reverse();
    assert_eq!(serde_json::from_value::<Handoff>(value).unwrap(), made);
}

#[cfg(feature = "serde")]
#[test]
fn through_json_it_is_what_the_methods_make() {
    let json = serde_json::to_value(handoff()).unwrap();
    let read = |path: &str, value: serde_json::Value| {
        let mut json = json.clone();
        *json.pointer_mut(path).unwrap() = value;
        serde_json::from_value::<Handoff>(json).map_err(|error| error.to_string())
    };
    // What was over by the handoff is dropped.
    let late = read("/silences/entries/0/until", "2026-03-09T09:00:00Z".into()).unwrap();
    assert_eq!(late.silences().unwrap().entries.len(), 1);
    let done = serde_json::json!({"start": "2026-03-09T08:00:00Z", "end": "2026-03-09T09:00:00Z"});
    let late = read("/changes/entries/0/when", done).unwrap();
    assert_eq!(late.changes().unwrap().entries.len(), 1);
    for (path, value, fault) in [
        ("/past_pages/services/entries/0/service", "a\u{1b}[2J".into(), "without control characters"),
        ("/past_pages/services/entries/0/pages", 9.into(), "service `shop` has 2 outcomes for 9 pages"),
        ("/past_pages/services/entries/0/incidents", 3.into(), "service `shop` has 3 incidents for 2 pages"),
        ("/past_pages/services/entries/0/incidents", 0.into(), "service `shop` has 0 incidents for 2 pages"),
        ("/past_pages/services/entries/0/unacknowledged", 3.into(), "service `shop` has 3 unacknowledged for 2 pages"),
        ("/past_pages/services/entries/1/service", "shop".into(), "service `shop` is there twice"),
        ("/past_pages/services/left_out", 1.into(), "list of 2 entries leaves 1 out, which only one of 50 does"),
        ("/silences/left_out", 1.into(), "silences: list of 2 entries leaves 1 out"),
        ("/notes/0", "a\u{1b}".into(), "notes[0]: "),
    ] {
        let error = read(path, value).unwrap_err();
        assert!(error.contains(fault), "{path}: {error}");
    }
}
