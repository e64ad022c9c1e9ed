//! Rotations as a stranger uses them: from code and from files, with what people get wrong in them.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test fails by panicking")]

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use oncall_core::rotation::{FollowTheSun, Rotation, ShiftLength};
use oncall_core::{Error, Membership, PersonId, Role, Span, Tz};

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn id(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap()
}

fn starts(rotation: &Rotation, shifts: u64) -> Vec<String> {
    let start = |index| rotation.turn(index).unwrap().unwrap().span.start();
    (0..shifts).map(|index| start(index).format("%m-%d %H:%M").to_string()).collect()
}

#[test]
fn a_file_names_people_roles_and_dates() {
    let rotation: Rotation = serde_json::from_str(
        r#"{
            "zone": "Europe/Berlin",
            "length": "1w",
            "start": "2026-01-05T09:00:00",
            "participants": ["ada", "ben", {"person": "cy", "from": "2026-03-01T00:00:00Z"}],
            "first": "ben",
            "roles": {"secondary": 1}
        }"#,
    )
    .unwrap();
    let at = |role, t| rotation.turn_as(role, utc(t)).unwrap().unwrap().person.map(ToString::to_string);
    assert_eq!(at(Role::Primary, "2026-01-05T08:00:00Z").as_deref(), Some("ben"));
    assert_eq!(at(Role::Secondary, "2026-01-05T08:00:00Z").as_deref(), Some("ada"));
    assert_eq!(rotation.turn_at(utc("2026-01-05T07:59:59Z")), Ok(None));
    assert_eq!(
        rotation.turn_as(Role::Shadow, utc("2026-01-05T08:00:00Z")),
        Err(Error::RoleNotInRotation { role: Role::Shadow })
    );
}

#[test]
fn what_is_wrong_in_a_file_is_said_in_its_own_words() {
    let with = |field: &str, value: &str| {
        let mut file = serde_json::json!({
            "zone": "UTC", "length": "1d", "start": "2026-01-05T09:00:00", "participants": ["ada", "ben"],
        });
        file[field] = serde_json::from_str(value).unwrap();
        serde_json::from_value::<Rotation>(file).unwrap_err().to_string()
    };
    for (field, value, fault) in [
        ("zone", r#""Europe/Berln""#, "time zone `Europe/Berln` is not in the IANA database"),
        ("length", r#""0d""#, "shift length `0d` is not a positive whole number"),
        ("participants", "[]", "participants: the rotation has no people"),
        ("participants", r#"["ada", "ben", "ada"]"#, "participants[2]: person `ada` is there twice, at 0 and at 2"),
        ("participants", r#"["ada", ""]"#, "person `` is not 1 to 200 characters"),
        ("participants", r#"[{"person": "ada", "form": "2026-01-01T00:00:00Z"}]"#, "unknown field `form`"),
        (
            "participants",
            r#"[{"person": "ada", "from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}]"#,
            "membership that begins at 2026-01-02 00:00:00 UTC has ended",
        ),
        ("participants", "[7]", "a person's name, or `person` with `from` and `until`"),
        ("first", r#""eve""#, "first: person `eve` is not among the participants"),
        ("roles", r#"{"tertiary": 2}"#, "role `tertiary` is none of primary, secondary, shadow"),
        ("roles", r#"{"primary": 1, "shadow": 1}"#, "roles primary and shadow are both 1 turns"),
        ("start", r#""2026-02-30T09:00:00""#, "input is out of range"),
        ("handoff", r#""09:00""#, "unknown field `handoff`"),
    ] {
        let said = with(field, value);
        assert!(said.contains(fault), "{field}: {value}: {said}");
    }
    assert!(serde_json::from_str::<FollowTheSun>(r#"{"sites": []}"#).unwrap_err().to_string().contains("no sites"));
}

#[test]
fn every_length_keeps_its_handoff() {
    let zone = Tz::Europe__Berlin;
    let ada = || id("ada");
    let daily = Rotation::daily(zone, day("2026-03-28"), hour(9)).person(ada()).build().unwrap();
    assert_eq!(starts(&daily, 3), ["03-28 08:00", "03-29 07:00", "03-30 07:00"]);
    let weekly = Rotation::weekly(zone, day("2026-03-29"), hour(9)).person(ada()).build().unwrap();
    assert_eq!(starts(&weekly, 3), ["03-23 08:00", "03-30 07:00", "04-06 07:00"]);
    let biweekly = Rotation::biweekly(zone, day("2026-03-24"), hour(9)).person(ada()).build().unwrap();
    assert_eq!(starts(&biweekly, 2), ["03-23 08:00", "04-06 07:00"]);
    let monthly = Rotation::monthly(zone, day("2028-01-31"), hour(0)).person(ada()).build().unwrap();
    assert_eq!(starts(&monthly, 4), ["01-30 23:00", "02-28 23:00", "03-30 22:00", "04-29 22:00"]);
    let hourly = Rotation::hourly(zone, day("2026-03-29").and_time(hour(1))).person(ada()).build().unwrap();
    assert_eq!(starts(&hourly, 3), ["03-29 00:00", "03-29 01:00", "03-29 02:00"]);
}

#[test]
fn handoffs_on_nights_when_the_clocks_change_follow_the_rule_of_the_family() {
    let half_past_two = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
    let builder = |date| Rotation::daily(Tz::Europe__Berlin, day(date), half_past_two).people([id("a"), id("b")]);
    let spring = builder("2026-03-28").build().unwrap();
    assert_eq!(starts(&spring, 3), ["03-28 01:30", "03-29 01:00", "03-30 00:30"]);
    let autumn = builder("2026-10-24").build().unwrap();
    assert_eq!(starts(&autumn, 3), ["10-24 00:30", "10-25 00:30", "10-26 01:30"]);
}

#[test]
fn a_hundred_years_of_hours_are_answered_without_going_through_them() {
    let start = day("2026-01-01").and_time(hour(0));
    let people = || (0..5).map(|n| id(&format!("p{n}")));
    let hourly = Rotation::hourly(Tz::America__New_York, start).people(people()).build().unwrap();
    let turn = hourly.turn_at(utc("2126-01-01T05:30:00Z")).unwrap().unwrap();
    assert_eq!(turn.index, 36_524 * 24);
    let last_day = Span::ending_at(utc("2126-01-01T05:00:00Z"), TimeDelta::days(1)).unwrap();
    assert_eq!(hourly.shifts(last_day).unwrap().count(), 24);
    let century = Span::new(utc("2026-01-01T05:00:00Z"), utc("2126-01-01T05:00:00Z")).unwrap();
    assert_eq!(hourly.shifts(century).unwrap().count(), 36_524 * 24);
    assert!(hourly.gaps(century).unwrap().is_empty());
}

#[test]
fn ten_thousand_people_come_and_go() {
    let start = day("2026-01-01").and_time(hour(0));
    let first = utc("2026-01-01T00:00:00Z");
    let mut builder = Rotation::hourly(Tz::UTC, start);
    for n in 0..10_000_i64 {
        let at = |hours| first.checked_add_signed(TimeDelta::hours(hours));
        builder = builder.member(id(&format!("p{n}")), Membership::new(at(n), at(2 * n + 10)).unwrap());
    }
    let rotation = builder.role(Role::Secondary, 1).build().unwrap();
    let year = Span::starting_at(first, TimeDelta::days(365)).unwrap();
    assert_eq!(rotation.turns(year).unwrap().count(), 8760);
    let turn = rotation.turn_as(Role::Secondary, utc("2026-12-01T00:00:00Z")).unwrap().unwrap();
    assert!(turn.person.is_some());
    // All have left after 20,008 hours, and nobody silently stays.
    let later = Span::starting_at(utc("2029-01-01T00:00:00Z"), TimeDelta::days(1)).unwrap();
    assert_eq!(rotation.gaps(later).unwrap(), later.into());
    assert!(rotation.turn_at(later.start()).unwrap().unwrap().person.is_none());
}

#[test]
fn the_ends_of_time_are_errors_and_not_panics() {
    let builder = Rotation::daily(Tz::Asia__Kolkata, day("2026-01-01"), hour(9)).person(id("ada"));
    let rotation = builder.build().unwrap();
    assert!(matches!(rotation.turn_at(DateTime::<Utc>::MAX_UTC), Err(Error::Time(_))));
    assert_eq!(rotation.turn_at(DateTime::<Utc>::MIN_UTC), Ok(None));
    assert!(matches!(rotation.turn(u64::MAX), Err(Error::Time(_))));
    let all = Span::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC).unwrap();
    assert_eq!(rotation.turns(all).unwrap().next().map(|turn| turn.index), Some(0));
    assert_eq!(rotation.gaps(all).unwrap().len(), 1);
    let month = ShiftLength::Months(u32::MAX.try_into().unwrap());
    let error = Rotation::builder(Tz::UTC, month, day("2026-01-01").and_time(hour(0))).person(id("ada")).build();
    assert!(error.unwrap_err().to_string().starts_with("start: "));
    let hours = ShiftLength::Hours(u32::MAX.try_into().unwrap());
    assert!(Rotation::builder(Tz::UTC, hours, day("2026-01-01").and_time(hour(0))).person(id("ada")).build().is_err());
}
