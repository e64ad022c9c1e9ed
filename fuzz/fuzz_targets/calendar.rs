//! Any text is read as a plan and as leave or refused; shifts that are read, once written, are read again as they were, and
//! every fault has words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oncall_core::{Person, PersonId, Shift, Team};
use oncall_ical::{Published, leave, plan, write};
use timeline_core::{Span, Tz};

fuzz_target!(|text: &str| {
    let span = |start: &str, end: &str| {
        Span::new(start.parse().expect("an instant"), end.parse().expect("an instant")).expect("a span")
    };
    let within = span("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let person = |name: &str| Person::new(PersonId::new(name).expect("a name"));
    let team = Team::new(["ada", "bob", "Cyd Ende"].map(person).to_vec()).expect("three people");
    match leave(text, Tz::Europe__Berlin, within) {
        Ok(list) => list.leave.iter().for_each(|leave| assert!(leave.span.start() < leave.span.end())),
        Err(faults) => assert!(!faults.is_empty() && faults.iter().all(|fault| !fault.message.is_empty())),
    }
    for zone in [Tz::Europe__Berlin, Tz::Australia__Lord_Howe] {
        match plan(text, &team, zone, within) {
            Ok(list) => again(&list.shifts, &team, zone, within),
            Err(faults) => {
                assert!(!faults.is_empty());
                for fault in faults {
                    assert!(fault.to_string().contains(&fault.message));
                }
            }
        }
    }
});

/// What was read is written and comes back, as far as years have four digits and instants whole seconds.
fn again(shifts: &[Shift], team: &Team, zone: Tz, within: Span) {
    let plain = |shift: &Shift| {
        let years = 1970..=2100;
        let year = |at: chrono::DateTime<chrono::Utc>| chrono::Datelike::year(&at);
        years.contains(&year(shift.span.start())) && years.contains(&year(shift.span.end()))
    };
    if shifts.len() > 200 || !shifts.iter().all(plain) {
        return;
    }
    let text = write(Published { shifts, zone, name: "fuzz, \"plan\"", stamp: within.start() });
    let back = plan(&text, team, zone, within).expect("what was written can be read");
    assert_eq!(back.shifts, shifts);
    assert_eq!(back.without_role, 0);
}
