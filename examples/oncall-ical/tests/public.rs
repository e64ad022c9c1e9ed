//! Calendars out and in: as readers of their own see them, and back again.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::io::{BufReader, Write};
use std::process::{Command, Stdio};

use oncall_core::{Person, PersonId, Role, Shift, Team};
use oncall_ical::{Fault, Published, leave, plan, write};
use timeline_core::{Span, Tz};

fn span(from: &str, until: &str) -> Span {
    Span::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
}

fn shift(person: &str, role: Role, from: &str, until: &str) -> Shift {
    Shift { span: span(from, until), role, person: PersonId::new(person).unwrap() }
}

/// Handoffs around the night of the change, at times that occur twice, and names that need care.
fn shifts() -> Vec<Shift> {
    let long = "Ü".repeat(90) + ", of the night; shift \\ two: \"x\"";
    vec![
        shift("mira", Role::Primary, "2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z"),
        shift("mira", Role::Secondary, "2026-10-26T08:00:00Z", "2026-11-02T08:00:00Z"),
        // 02:30 for the first time, and for the second.
        shift("jonas", Role::Shadow, "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
        shift("ada", Role::Shadow, "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
        shift(&long, Role::Primary, "2026-10-26T08:00:00Z", "2026-11-02T08:00:00Z"),
    ]
}

fn team() -> Team {
    let mut names: Vec<_> = shifts().into_iter().map(|shift| shift.person).collect();
    names.sort();
    names.dedup();
    Team::new(names.into_iter().map(Person::new).collect()).unwrap()
}

fn written(zone: Tz) -> String {
    let stamp = "2026-09-01T12:00:00Z".parse().unwrap();
    write(Published { shifts: &shifts(), zone, name: "Six services", stamp })
}

fn all() -> Span {
    span("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
}

/// A plan as it is read back.
fn back(text: &str) -> Vec<Shift> {
    plan(text, &team(), Tz::UTC, all()).unwrap().shifts
}

#[test]
fn what_is_written_comes_back_to_the_instant() {
    let mut shifts = shifts();
    shifts.sort_by(|a, b| (a.span.start(), a.role, &a.person).cmp(&(b.span.start(), b.role, &b.person)));
    for zone in [Tz::Europe__Berlin, Tz::UTC, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Africa__Casablanca] {
        assert_eq!(back(&written(zone)), shifts, "{zone}");
    }
}

#[test]
fn lines_are_as_the_standard_wants_them() {
    let text = written(Tz::Europe__Berlin);
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
    assert!(text.ends_with("END:VCALENDAR\r\n"));
    assert!(text.contains("DTSTART;TZID=Europe/Berlin:20261019T090000\r\n"), "{text}");
    // The second 02:30 has no local name of its own.
    assert!(text.contains("DTEND:20261025T013000Z\r\n"), "{text}");
    assert_eq!(text.matches("UID:20261025T003000Z-shadow").count(), 2);
    assert!(text.contains("UID:20261025T003000Z-shadow-2@six-services.oncall.evenkeel\r\n"), "{text}");
    assert_eq!(text, written(Tz::Europe__Berlin), "the same plan is the same file");
}

#[test]
fn a_reader_of_its_own_sees_the_same_shifts() {
    let text = written(Tz::Europe__Berlin);
    let mut parser = ical::IcalParser::new(BufReader::new(text.as_bytes()));
    let calendar = parser.next().unwrap().unwrap();
    assert!(parser.next().is_none());
    assert_eq!(calendar.timezones.len(), 1);
    let changes: Vec<_> = calendar.timezones[0]
        .transitions
        .iter()
        .map(|transition| {
            let value = |name: &str| {
                let property = transition.properties.iter().find(|property| property.name == name).unwrap();
                property.value.clone().unwrap()
            };
            (value("DTSTART"), value("TZOFFSETFROM"), value("TZOFFSETTO"))
        })
        .collect();
    assert!(changes.contains(&("20261025T030000".into(), "+0200".into(), "+0100".into())), "{changes:?}");
    assert_eq!(calendar.events.len(), shifts().len());
    for event in &calendar.events {
        let has = |name: &str| event.properties.iter().filter(|property| property.name == name).count();
        for name in ["UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"] {
            assert_eq!(has(name), 1, "{name} {event:?}");
        }
    }
}

/// Python's `icalendar`, where there is one: times in its own zones, text unescaped by its own rules.
#[test]
fn python_sees_the_same_shifts() {
    const SCRIPT: &str = "
import sys, icalendar, datetime
calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
for event in calendar.walk('VEVENT'):
    utc = lambda name: event.decoded(name).astimezone(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
    assert not event.errors, event.errors
    print(utc('DTSTART'), utc('DTEND'), event['X-EVENKEEL-ROLE'], event['X-EVENKEEL-PERSON'], sep='|')
";
    let usable = |python: &&str| {
        Command::new(python).args(["-c", "import icalendar"]).output().is_ok_and(|output| output.status.success())
    };
    let named = std::env::var("EVENKEEL_PYTHON").unwrap_or_default();
    let Some(python) = [named.as_str(), "python3"].into_iter().filter(|name| !name.is_empty()).find(usable) else {
        println!("skipped: no Python with `icalendar`; name one in EVENKEEL_PYTHON");
        return;
    };
    for zone in [Tz::Europe__Berlin, Tz::Australia__Lord_Howe, Tz::Africa__Casablanca] {
        let mut child = Command::new(python)
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(written(zone).as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut theirs: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        let form = "%FT%TZ";
        let mut ours: Vec<_> = shifts()
            .iter()
            .map(|shift| {
                let (start, end) = (shift.span.start().format(form), shift.span.end().format(form));
                // Custom properties have no type of their own: Python leaves them escaped.
                let person = shift.person.as_str().replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,");
                (
                    format!("{start}|{end}|{}|{person}", shift.role),
                    format!("{start}|{end}|{}|{}", shift.role, shift.person),
                )
            })
            .collect();
        theirs.sort();
        ours.sort();
        for (theirs, (escaped, plain)) in theirs.iter().zip(&ours) {
            assert!(theirs == escaped || theirs == plain, "{zone}\n{theirs}\n{plain}");
        }
        assert_eq!(theirs.len(), ours.len());
    }
}

fn faults(text: &str) -> Vec<String> {
    plan(text, &team(), Tz::UTC, all()).unwrap_err().iter().map(Fault::to_string).collect()
}

#[test]
fn all_faults_of_a_calendar_come_at_once_with_line_and_uid() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART;TZID=Berlin Time:20261019T090000\n\
                DTEND:20261026T080000Z\nSUMMARY:mira\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\nDTSTART;VALUE=DATE:20260230\n\
                SUMMARY:mira\nEND:VEVENT\nEND:VCALENDAR\n";
    let faults = faults(text);
    assert_eq!(faults.len(), 2, "{faults:#?}");
    assert!(faults[0].starts_with("line 4: DTSTART of a: ") && faults[0].contains("`Berlin Time`"), "{faults:#?}");
    assert!(faults[1].starts_with("line 10: DTSTART of b: ") && faults[1].contains("`20260230`"), "{faults:#?}");
}

#[test]
fn an_event_of_nobody_or_of_two_is_refused() {
    let event = |summary: &str| {
        format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20261019T090000Z\nDTEND:20261026T080000Z\n\
             SUMMARY:{summary}\nEND:VEVENT\nEND:VCALENDAR\n"
        )
    };
    assert!(faults(&event("team meeting"))[0].contains("`team meeting` names nobody of the team of ada, jonas, mira"));
    assert!(faults(&event("Mira and Jonas"))[0].contains("names several people: jonas, mira"));
    assert_eq!(faults("BEGIN:VCALENDAR\nEND:VCALENDAR\n"), ["holds no shift: there is no event in it"]);
    assert_eq!(faults(""), ["is empty"]);
    let shifts = back(&event("On-Call: MIRA (Backup)"));
    assert_eq!((shifts[0].person.as_str(), shifts[0].role), ("mira", Role::Secondary));
}

#[test]
fn leave_comes_from_whole_days_in_the_persons_zone() {
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\n\
         SUMMARY:Christmas\\, at home\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nSTATUS:CANCELLED\r\n\
         DTSTART;VALUE=DATE:20260224\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let leave = leave(text, Tz::America__New_York, all()).unwrap().leave;
    assert_eq!(leave.len(), 1);
    assert_eq!(leave[0].span, span("2026-12-24T05:00:00Z", "2026-12-27T05:00:00Z"));
    assert_eq!(leave[0].reason.as_deref(), Some("Christmas, at home"));
}

/// Whatever a file is cut or changed into, it is read or refused.
#[test]
fn no_damage_makes_the_reader_fall() {
    let text = written(Tz::Europe__Berlin);
    let mut seed = 7_u64;
    for round in 0..400_usize {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..=round % 5 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from(seed >> 33).unwrap() % bytes.len();
            match seed % 3 {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = b":;\n= \\,9Z"[usize::try_from(seed >> 20).unwrap() % 9],
                _ => drop(bytes.remove(at)),
            }
        }
        let _ = plan(&String::from_utf8_lossy(&bytes), &team(), Tz::UTC, all());
    }
}

/// As Outlook writes it: names that only Windows knows, and the rules of the zone beside.
fn of_outlook(name: &str, events: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nPRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\n\
         TZID:{name}\r\nBEGIN:STANDARD\r\nDTSTART:16011028T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n\
         TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:16010325T020000\r\n\
         RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\n\
         END:VTIMEZONE\r\n{events}END:VCALENDAR\r\n"
    )
}

#[test]
fn zones_of_windows_go_by_the_rules_that_the_file_gives() {
    for name in [
        "W. Europe Standard Time",
        "Customized Time Zone",
        "(UTC+01:00) Amsterdam, Berlin, Bern",
        "Mitteleuropäische Zeit",
    ] {
        let event = format!(
            "BEGIN:VEVENT\r\nUID:a\r\nDTSTART;TZID=\"{name}\":20261019T090000\r\nDTEND;TZID=\"{name}\":20261026T090000\r\n\
             SUMMARY:mira\r\nEND:VEVENT\r\n"
        );
        let shifts = back(&of_outlook(name, &event));
        assert_eq!(shifts, [shift("mira", Role::Primary, "2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z")], "{name}");
    }
    // Week by week over the change, to an end in UTC, without one of them.
    let weekly = "BEGIN:VEVENT\r\nUID:a\r\nDTSTART;TZID=W. Europe Standard Time:20261012T090000\r\nDURATION:P1D\r\n\
                  RRULE:FREQ=WEEKLY;UNTIL=20261102T080000Z\r\nEXDATE;TZID=W. Europe Standard Time:20261019T090000\r\n\
                  SUMMARY:mira\r\nEND:VEVENT\r\n";
    let starts: Vec<_> = back(&of_outlook("W. Europe Standard Time", weekly))
        .iter()
        .map(|shift| shift.span.start().format("%FT%TZ").to_string())
        .collect();
    assert_eq!(starts, ["2026-10-12T07:00:00Z", "2026-10-26T08:00:00Z", "2026-11-02T08:00:00Z"]);
}

#[test]
fn a_zone_that_is_not_defined_is_said_once_for_all_events() {
    let event = |n: u32| {
        format!(
            "BEGIN:VEVENT\nUID:{n}\nDTSTART;TZID=W. Europe Standard Time:202610{n}T090000\n\
             DTEND;TZID=W. Europe Standard Time:202610{n}T170000\nSUMMARY:mira\nEND:VEVENT\n"
        )
    };
    let events: String = (10..23).map(event).collect();
    let faults = faults(&format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n"));
    assert_eq!(faults.len(), 1, "{faults:#?}");
    assert!(
        faults[0].starts_with("line 4: DTSTART of 10: ") && faults[0].contains("`W. Europe Standard Time`"),
        "{faults:#?}"
    );
    assert!(faults[0].contains("VTIMEZONE") && faults[0].contains("in 13 events"), "{faults:#?}");
}

#[test]
fn a_name_that_nobody_has_is_said_once_for_all_events() {
    let event = |n: u32, name: &str| {
        format!("BEGIN:VEVENT\nUID:{n}\nDTSTART:202610{n}T090000Z\nDURATION:PT8H\n{name}\nEND:VEVENT\n")
    };
    let of = |name: &str| (10..23).map(|n| event(n, name)).collect::<String>();
    let text = format!("BEGIN:VCALENDAR\n{}{}END:VCALENDAR\n", of("X-EVENKEEL-PERSON:zed"), of("SUMMARY:Yan on call"));
    let faults = faults(&text);
    assert_eq!(faults.len(), 2, "{faults:#?}");
    assert!(faults[0].contains("person `zed` is not in the team") && faults[0].contains("in 13 events"), "{faults:#?}");
    assert!(faults[1].contains("`Yan on call` names nobody") && faults[1].contains("in 13 events"), "{faults:#?}");
}
