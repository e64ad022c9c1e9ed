//! Schedules as a stranger uses them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use oncall_core::rotation::{FollowTheSun, Rotation, Site};
use oncall_core::schedule::{
    Change, ChangedBy, DoubleBooking, Finding, Layer, MAX_SHIFTS, Origin, Override, Schedule, Source, Step, Swap,
    Temporary,
};
use oncall_core::{Error, Person, PersonId, Role, Shift, Span, Team, Tz};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn span(start: &str, end: &str) -> Span {
    Span::new(at(start), at(end)).unwrap()
}

fn id(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn shift(person: &str, start: &str, end: &str) -> Shift {
    Shift { span: span(start, end), role: Role::Primary, person: id(person) }
}

fn change(span: Span, change: Change) -> Override {
    Override { role: Role::Primary, span, change, made_by: id("dan"), reason: "bob is ill".into() }
}

fn daily(start: &str, people: &[&str]) -> Rotation {
    let (day, clock) = start.split_once('T').unwrap();
    let builder = Rotation::daily(Tz::Europe__Berlin, day.parse().unwrap(), clock.parse().unwrap());
    builder.people(people.iter().map(|name| id(name))).build().unwrap()
}

fn in_turn(start: &str, people: &[&str]) -> Schedule {
    Schedule::new(vec![Layer::new("daily", Role::Primary, Source::Rotation(daily(start, people)))]).unwrap()
}

#[test]
fn a_shift_across_a_change_of_the_clocks_has_its_true_length() {
    let schedule = in_turn("2026-03-27T09:00:00", &["ada", "bob"]);
    for (within, hours) in [
        (span("2026-03-27T08:00:00Z", "2026-03-30T07:00:00Z"), [24, 23, 24]),
        (span("2026-10-23T07:00:00Z", "2026-10-26T08:00:00Z"), [24, 25, 24]),
    ] {
        let compiled = schedule.compile(within).unwrap();
        let lengths: Vec<_> = compiled.shifts(within).unwrap().map(|shift| shift.span.length().num_hours()).collect();
        assert_eq!(lengths, hours);
    }
}

#[test]
fn later_layers_win_where_they_have_somebody_and_a_temporary_schedule_also_where_it_has_nobody() {
    let nights: Vec<_> = vec![
        shift("eve", "2026-12-01T22:00:00Z", "2026-12-02T06:00:00Z"),
        shift("eve", "2026-12-02T22:00:00Z", "2026-12-03T06:00:00Z"),
    ];
    let holidays = Temporary {
        name: "holidays".into(),
        role: Role::Primary,
        span: span("2026-12-02T12:00:00Z", "2026-12-03T12:00:00Z"),
        source: Source::Published(vec![shift("zoe", "2026-12-02T18:00:00Z", "2026-12-03T00:00:00Z")]),
    };
    let schedule = Schedule::new(vec![
        Layer::new("daily", Role::Primary, Source::Rotation(daily("2026-12-01T00:00:00", &["ada", "bob"]))),
        Layer::new("nights", Role::Primary, Source::Published(nights)),
    ])
    .unwrap()
    .with_temporary(holidays)
    .unwrap();
    let within = span("2026-12-01T00:00:00Z", "2026-12-04T00:00:00Z");
    let compiled = schedule.compile(within).unwrap();
    let who = |t: &str| compiled.who(at(t), Role::Primary).unwrap().map(PersonId::as_str);
    assert_eq!(who("2026-12-01T20:00:00Z"), Some("ada"));
    assert_eq!(who("2026-12-01T23:30:00Z"), Some("eve"));
    assert_eq!(who("2026-12-02T12:00:00Z"), None);
    assert_eq!(who("2026-12-02T23:00:00Z"), Some("zoe"));
    assert_eq!(who("2026-12-03T05:00:00Z"), None);
    assert_eq!(who("2026-12-03T12:00:00Z"), Some("ada"));
    let gaps: Vec<_> = compiled.coverage(within).unwrap().gaps.iter().map(|gap| gap.span).collect();
    assert_eq!(
        gaps,
        [span("2026-12-02T12:00:00Z", "2026-12-02T18:00:00Z"), span("2026-12-03T00:00:00Z", "2026-12-03T12:00:00Z")]
    );
    let handoff = compiled.next_change(at("2026-12-02T12:30:00Z"), Role::Primary).unwrap().unwrap();
    assert_eq!((handoff.at, handoff.to), (at("2026-12-02T18:00:00Z"), Some(&id("zoe"))));
    let zoe = compiled.shift_at(handoff.at, Role::Primary).unwrap().unwrap();
    assert_eq!((zoe.origin, zoe.turn, zoe.change), (Some(Origin::Temporary(0)), Some(0), None));
}

#[test]
fn accounts_follow_the_person_who_really_served() {
    let (ada, bob) = (id("ada"), id("bob"));
    let first = shift("ada", "2026-12-01T08:00:00Z", "2026-12-02T08:00:00Z");
    let second = shift("bob", "2026-12-02T08:00:00Z", "2026-12-03T08:00:00Z");
    let swap = Swap::propose(first.clone(), second, ada.clone(), at("2026-11-20T12:00:00Z")).unwrap();
    let proposed = in_turn("2026-12-01T09:00:00", &["ada", "bob"]).with_swap(swap.clone()).unwrap();
    let within = span("2026-12-01T08:00:00Z", "2026-12-05T08:00:00Z");
    assert_eq!(proposed.compile(within).unwrap().who(first.span.start(), Role::Primary), Ok(Some(&ada)));

    let swap = swap.agree(&bob, at("2026-11-21T12:00:00Z")).unwrap();
    let agreed = in_turn("2026-12-01T09:00:00", &["ada", "bob"]).with_swap(swap).unwrap();
    // Then bob is ill for an afternoon of what he took over.
    let agreed = agreed
        .with_override(change(
            span("2026-12-01T12:00:00Z", "2026-12-01T18:00:00Z"),
            Change::Replace { person: bob.clone(), by: id("cy") },
        ))
        .unwrap();
    let compiled = agreed.compile(within).unwrap();
    let served: Vec<_> = compiled.shifts(first.span).unwrap().collect();
    let summary: Vec<_> = served
        .iter()
        .map(|shift| (shift.person.as_str(), shift.span.length().num_hours(), shift.change.unwrap()))
        .collect();
    assert_eq!(
        summary,
        [("bob", 4, ChangedBy::Swap(0)), ("cy", 6, ChangedBy::Override(0)), ("bob", 14, ChangedBy::Swap(0))]
    );
    assert!(served.iter().all(|shift| shift.planned.as_ref() == Some(&ada) && shift.turn == Some(0)));
    let hours: i64 =
        compiled.on_call_of(&bob, within).unwrap().iter().map(|shift| shift.span.length().num_hours()).sum();
    assert_eq!(hours, 4 + 14 + 24);
}

#[test]
fn a_handoff_to_oneself_is_two_shifts_and_no_change() {
    let schedule = in_turn("2026-12-01T09:00:00", &["ada"]);
    let within = span("2026-12-01T08:00:00Z", "2026-12-03T08:00:00Z");
    let compiled = schedule.compile(within).unwrap();
    assert_eq!(compiled.shifts(within).unwrap().count(), 2);
    assert_eq!(compiled.next_change(within.start(), Role::Primary), Ok(None));
}

#[test]
fn outside_the_compiled_span_is_not_nobody() {
    let compiled =
        in_turn("2026-12-01T09:00:00", &["ada"]).compile(span("2026-12-01T00:00:00Z", "2026-12-03T00:00:00Z")).unwrap();
    assert_eq!(compiled.who(at("2026-12-01T00:00:00Z"), Role::Primary), Ok(None));
    let outside = compiled.who(at("2026-12-03T00:00:00Z"), Role::Primary).unwrap_err();
    assert_eq!(
        outside.to_string(),
        "instant 2026-12-03T00:00:00Z is outside the compiled span 2026-12-01T00:00:00Z/2026-12-03T00:00:00Z"
    );
    assert!(compiled.coverage(span("2026-12-02T00:00:00Z", "2026-12-04T00:00:00Z")).is_err());
    // A role that the schedule does not have is nobody's, and no gap.
    assert_eq!(compiled.who(at("2026-12-02T00:00:00Z"), Role::Secondary), Ok(None));
    assert_eq!(compiled.roles().collect::<Vec<_>>(), [Role::Primary]);
}

#[test]
fn why_names_every_rule_from_the_bottom_up() {
    let week = span("2026-11-23T09:00:00Z", "2026-11-30T09:00:00Z");
    let swap = Swap::propose(
        shift("ada", "2026-11-26T09:00:00Z", "2026-11-27T09:00:00Z"),
        shift("bob", "2026-11-30T09:00:00Z", "2026-12-01T09:00:00Z"),
        id("bob"),
        at("2026-11-20T00:00:00Z"),
    );
    let swap = swap.unwrap().agree(&id("ada"), at("2026-11-20T00:00:00Z")).unwrap();
    let weekly = Rotation::weekly(Tz::UTC, "2026-08-24".parse().unwrap(), "09:00:00".parse().unwrap());
    let weekly = weekly.people([id("bob"), id("ada")]).build().unwrap();
    let nights = Layer::new(
        "nights",
        Role::Primary,
        Source::Published(vec![shift("eve", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z")]),
    );
    let schedule = Schedule::from_parts(
        vec![
            Layer::new("weekly", Role::Primary, Source::Rotation(weekly)),
            nights.restricted_to("Mon-Fri 22:00-06:00 Europe/Berlin".parse().unwrap()),
        ],
        Vec::new(),
        vec![swap],
        vec![change(week, Change::Replace { person: id("bob"), by: id("carol") })],
    )
    .unwrap();
    let why = schedule.why(at("2026-11-26T12:00:00Z"), Role::Primary).unwrap();
    assert_eq!(why.person, Some(id("carol")));
    assert_eq!(
        why.to_string(),
        "carol is on call as primary at 2026-11-26T12:00:00Z:
 - layer `weekly`: ada, turn 13, from 2026-11-23T09:00:00Z until
   2026-11-30T09:00:00Z
 - layer `nights`: nobody outside `Mon-Fri 22:00-06:00 Europe/Berlin`, else eve
 - swap 0: bob for ada, agreed by both
 - override 0: carol for bob, by dan because of `bob is ill`
"
    );
    let later = schedule.why(at("2026-11-24T12:00:00Z"), Role::Primary).unwrap();
    assert_eq!(later.person, Some(id("ada")));
    assert!(matches!(later.steps.last(), Some(Step::Override { acted: false, .. })));
    assert!(later.to_string().ends_with("because of `bob is ill`, without effect\n"));
    assert_eq!(
        schedule.why(at("2026-08-01T00:00:00Z"), Role::Primary).unwrap().to_string(),
        "nobody is on call as primary at 2026-08-01T00:00:00Z:
 - layer `weekly`: nobody before it begins at 2026-08-24T09:00:00Z
 - layer `nights`: nobody before it begins at 2026-11-23T00:00:00Z
"
    );
    assert_eq!(
        schedule.why(week.start(), Role::Shadow).unwrap().to_string(),
        "nobody is on call as shadow at 2026-11-23T09:00:00Z: the schedule has no such\nrole\n"
    );
}

#[test]
fn why_says_at_which_site_and_that_all_are_closed() {
    let site = |name: &str, hours: &str, person: &str| Site {
        name: name.into(),
        hours: vec![hours.parse().unwrap()],
        rotation: daily("2026-01-01T00:00:00", &[person]),
    };
    let sites = FollowTheSun::new(vec![
        site("berlin", "Mon-Sun 08:00-20:00 Europe/Berlin", "ada"),
        site("seattle", "Mon-Sun 11:00-22:00 America/Los_Angeles", "sue"),
    ])
    .unwrap();
    let schedule = Schedule::new(vec![Layer::new("sun", Role::Primary, Source::FollowTheSun(sites))]).unwrap();
    let within = span("2026-06-01T06:00:00Z", "2026-06-02T06:00:00Z");
    let compiled = schedule.compile(within).unwrap();
    let served: Vec<_> = compiled.shifts(within).unwrap().map(|shift| shift.shift().to_string()).collect();
    assert_eq!(
        served,
        [
            "ada primary 2026-06-01T06:00:00Z/2026-06-01T18:00:00Z",
            "sue primary 2026-06-01T18:00:00Z/2026-06-01T22:00:00Z",
            "sue primary 2026-06-01T22:00:00Z/2026-06-02T05:00:00Z"
        ]
    );
    let sue = schedule.why(at("2026-06-01T19:00:00Z"), Role::Primary).unwrap();
    let Step::Layer { finding: Finding::Serves { site, .. }, .. } = &sue.steps[0] else { panic!("{sue}") };
    assert_eq!(site.as_deref(), Some("seattle"));
    let nobody = schedule.why(at("2026-06-02T05:30:00Z"), Role::Primary).unwrap();
    assert!(nobody.to_string().contains("nobody outside the hours of `berlin` and `seattle`"), "{nobody}");
}

#[test]
fn all_faults_of_the_structure_are_named_at_once() {
    let ada = shift("ada", "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z");
    let bob = shift("bob", "2026-12-02T00:00:00Z", "2026-12-03T00:00:00Z");
    let list = |shifts: &[&Shift]| Source::Published(shifts.iter().map(|shift| (*shift).clone()).collect());
    let temporary =
        |name: &str, span| Temporary { name: name.into(), role: Role::Primary, span, source: list(&[&ada]) };
    let first_day = ada.span;
    let secondary = Shift { role: Role::Secondary, ..bob.clone() };
    let error = Schedule::from_parts(
        vec![
            Layer::new("a", Role::Primary, list(&[&ada, &secondary])),
            Layer::new("a", Role::Primary, list(&[])).between(Some(bob.span.end()), Some(bob.span.start())),
        ],
        vec![temporary("x", first_day), temporary("", span("2026-12-01T12:00:00Z", "2026-12-02T00:00:00Z"))],
        vec![
            Swap::propose(
                ada.clone(),
                Shift { role: Role::Shadow, ..bob.clone() },
                id("ada"),
                at("2026-11-01T00:00:00Z"),
            )
            .unwrap(),
        ],
        vec![
            Override { reason: " ".into(), ..change(first_day, Change::Replace { person: id("ada"), by: id("ada") }) },
            change(span("2026-12-02T12:00:00Z", "2026-12-03T12:00:00Z"), Change::Add { person: id("ada") }),
        ],
    )
    .unwrap_err();
    let Error::Several { faults } = error else { panic!("{error}") };
    let lines: Vec<_> = faults.iter().map(|(path, fault)| format!("{path}: {fault}")).collect();
    assert_eq!(
        lines,
        [
            "layers[0].source.published[1]: shift of `bob` in 2026-12-02T00:00:00Z/2026-12-03T00:00:00Z is secondary, in a \
             list of primary shifts",
            "layers[1].name: layer `a` is there twice, at 0 and at 1 (from 0)",
            "layers[1].until: start `2026-12-03 00:00:00 UTC` is not before end `2026-12-02 00:00:00 UTC`",
            "layers[1].source.published: published list has no shifts",
            "temporary[1].name: temporary schedule `` is not 1 to 200 characters without control characters",
            "temporary[1].source.published[0]: shift of `ada` in 2026-12-01T00:00:00Z/2026-12-02T00:00:00Z reaches outside \
             the temporary schedule of 2026-12-01T12:00:00Z/2026-12-02T00:00:00Z",
            "temporary[1].span: temporary schedules 0 and 1 (from 0) of the primary overlap in \
             2026-12-01T12:00:00Z/2026-12-02T00:00:00Z",
            "swaps[0].second: no layer and no temporary schedule has a shadow",
            "overrides[0].reason: reason ` ` is not 1 to 200 characters without control characters",
            "overrides[0].change: person `ada` cannot be replaced with the same person",
            "overrides[1]: 2026-12-02T12:00:00Z/2026-12-03T12:00:00Z reaches outside the schedule of the primary, which is \
             from 2026-12-01 00:00:00 UTC until 2026-12-03 00:00:00 UTC",
        ]
    );
    assert!(matches!(Schedule::published(&[]), Err(Error::Several { faults }) if faults[0].1 == Error::EmptySchedule));
}

#[test]
fn all_faults_that_depend_on_who_is_on_call_are_named_at_once() {
    let within = span("2026-12-01T08:00:00Z", "2026-12-05T08:00:00Z");
    let night = span("2026-12-01T20:00:00Z", "2026-12-02T06:00:00Z");
    let swap = Swap::propose(
        shift("bob", "2026-12-01T08:00:00Z", "2026-12-02T08:00:00Z"),
        shift("ada", "2026-12-03T08:00:00Z", "2026-12-04T08:00:00Z"),
        id("bob"),
        at("2026-11-01T00:00:00Z"),
    );
    let swap = swap.unwrap().agree(&id("ada"), at("2026-11-01T00:00:00Z")).unwrap();
    let schedule = in_turn("2026-12-01T09:00:00", &["ada", "bob"])
        .with_override(change(night, Change::Remove { person: id("bob") }))
        .and_then(|schedule| schedule.with_override(change(night, Change::Replace { person: id("cy"), by: id("bob") })))
        .and_then(|schedule| schedule.with_swap(swap))
        .unwrap();
    let team = Team::new(vec![Person::new(id("ada")), Person::new(id("bob"))]).unwrap();
    let error = schedule.compile_for(within, &team).unwrap_err();
    assert_eq!(
        error.to_string().split("; ").collect::<Vec<_>>(),
        [
            "overrides[1].change.replace.person: person `cy` is not in the team",
            "swaps[0].first: person `bob` is not on call as primary throughout 2026-12-01T08:00:00Z/2026-12-02T08:00:00Z",
            "overrides[0].change: person `bob` is not on call as primary anywhere in \
             2026-12-01T20:00:00Z/2026-12-02T06:00:00Z",
            "overrides[1].change: person `cy` is not on call as primary anywhere in \
             2026-12-01T20:00:00Z/2026-12-02T06:00:00Z",
        ]
    );
}

#[test]
fn somebody_added_where_another_is_or_in_both_roles_is_booked_twice() {
    let within = span("2026-12-01T08:00:00Z", "2026-12-03T08:00:00Z");
    let evening = span("2026-12-01T18:00:00Z", "2026-12-01T22:00:00Z");
    let rotation = daily("2026-12-01T09:00:00", &["ada", "bob"]);
    let schedule = Schedule::new(vec![
        Layer::new("first", Role::Primary, Source::Rotation(rotation.clone())),
        Layer::new("second", Role::Secondary, Source::Rotation(rotation)),
    ])
    .unwrap();
    let coverage = |schedule: &Schedule| schedule.compile(within).unwrap().coverage(within).unwrap();
    let bookings = |schedule: &Schedule| coverage(schedule).double_bookings;
    // The same rotation in both roles, each turn once.
    assert_eq!(
        coverage(&schedule).to_string(),
        "ada is both primary and secondary in 2026-12-01T08:00:00Z/2026-12-02T08:00:00Z\n\
         bob is both primary and secondary in 2026-12-02T08:00:00Z/2026-12-03T08:00:00Z"
    );
    let added = schedule.with_override(change(evening, Change::Add { person: id("cy") })).unwrap();
    assert_eq!(
        bookings(&added)[0],
        DoubleBooking::OneSeat {
            role: Role::Primary,
            span: evening,
            people: [id("ada"), id("cy")],
            added_by: Some(ChangedBy::Override(0)),
        }
    );
    // A later override settles who has the seat.
    let settled = added.with_override(change(evening, Change::Take { person: id("bob") })).unwrap();
    assert!(bookings(&settled).iter().all(|booking| matches!(booking, DoubleBooking::OnePerson { .. })));
}

/// Ada and bob both have the day, ada first.
fn both() -> Schedule {
    let day = |person| shift(person, "2026-12-01T08:00:00Z", "2026-12-02T08:00:00Z");
    let list = vec![day("ada"), day("bob"), shift("cy", "2026-12-02T08:00:00Z", "2026-12-03T08:00:00Z")];
    Schedule::new(vec![Layer::new("list", Role::Primary, Source::Published(list))]).unwrap()
}

fn booked(schedule: &Schedule) -> String {
    let within = span("2026-12-01T08:00:00Z", "2026-12-03T08:00:00Z");
    schedule.compile(within).unwrap().coverage(within).unwrap().to_string()
}

#[test]
fn an_override_of_either_claimant_resolves_a_double_booking() {
    let day = span("2026-12-01T08:00:00Z", "2026-12-02T08:00:00Z");
    let none = "every seat has one person in 2026-12-01T08:00:00Z/2026-12-03T08:00:00Z";
    assert_eq!(booked(&both()), "ada and bob are both primary in 2026-12-01T08:00:00Z/2026-12-02T08:00:00Z");
    let (ada, bob, cy) = (id("ada"), id("bob"), id("cy"));
    for (made, has_it) in [
        (Change::Remove { person: bob.clone() }, &ada),
        (Change::Remove { person: ada.clone() }, &bob),
        (Change::Replace { person: bob.clone(), by: ada.clone() }, &ada),
        (Change::Replace { person: ada.clone(), by: bob.clone() }, &bob),
        (Change::Take { person: ada.clone() }, &ada),
        (Change::Take { person: cy.clone() }, &cy),
    ] {
        let schedule = both().with_override(change(day, made)).unwrap();
        assert_eq!(booked(&schedule), none);
        let why = schedule.why(day.start(), Role::Primary).unwrap();
        assert_eq!((why.person.as_ref(), why.others.as_slice()), (Some(has_it), &[][..]), "{why}");
    }
    // One of them replaced by a third: still two.
    for (person, said) in [(&bob, "ada and cy"), (&ada, "cy and bob")] {
        let made = Change::Replace { person: person.clone(), by: cy.clone() };
        let schedule = both().with_override(change(day, made)).unwrap();
        assert_eq!(booked(&schedule), format!("{said} are both primary in 2026-12-01T08:00:00Z/2026-12-02T08:00:00Z"));
    }
    // In a part of the span alone.
    let night = span("2026-12-01T20:00:00Z", "2026-12-02T04:00:00Z");
    let schedule = both().with_override(change(night, Change::Remove { person: bob })).unwrap();
    assert_eq!(
        booked(&schedule),
        "ada and bob are both primary in 2026-12-01T08:00:00Z/2026-12-01T20:00:00Z\n\
         ada and bob are both primary in 2026-12-02T04:00:00Z/2026-12-02T08:00:00Z"
    );
}

#[test]
fn a_swap_leaves_two_people_in_the_seat() {
    let given = shift("ada", "2026-12-01T08:00:00Z", "2026-12-02T08:00:00Z");
    let taken = shift("cy", "2026-12-02T08:00:00Z", "2026-12-03T08:00:00Z");
    let swap = Swap::propose(given, taken, id("ada"), at("2026-11-01T00:00:00Z")).unwrap();
    let swap = swap.agree(&id("cy"), at("2026-11-01T00:00:00Z")).unwrap();
    let schedule = both().with_swap(swap).unwrap();
    assert_eq!(booked(&schedule), "cy and bob are both primary in 2026-12-01T08:00:00Z/2026-12-02T08:00:00Z");
    let why = schedule.why(at("2026-12-01T12:00:00Z"), Role::Primary).unwrap();
    assert_eq!((why.person, why.others), (Some(id("cy")), vec![id("bob")]));
}

#[test]
fn why_names_the_other_claimant() {
    let why = both().why(at("2026-12-01T12:00:00Z"), Role::Primary).unwrap();
    assert_eq!(
        why.to_string(),
        "ada is on call as primary at 2026-12-01T12:00:00Z:
 - layer `list`: ada, shift 0, from 2026-12-01T08:00:00Z until
   2026-12-02T08:00:00Z, before bob
 - double-booked: bob claims to be on call as well
"
    );
}

#[test]
fn two_thousand_claims_at_once_give_an_answer_of_their_size() {
    let start = at("2026-12-01T00:00:00Z");
    let minute = |n: i64| start + TimeDelta::minutes(n);
    // Each begins and ends a minute after the one before: in the middle all claim the seat, and it changes hands each
    // minute.
    let claims: Vec<_> = (0..2_000)
        .map(|n| Shift {
            span: Span::new(minute(n), minute(n + 2_000)).unwrap(),
            role: Role::Primary,
            person: id(&format!("person {n}")),
        })
        .collect();
    let within = Span::new(start, minute(4_000)).unwrap();
    let compiled = Schedule::published(&claims).unwrap().compile(within).unwrap();
    let bookings = compiled.coverage(within).unwrap().double_bookings;
    assert!(bookings.len() < 8 * 4_000 + 10, "{}", bookings.len());
    let crowd = DoubleBooking::Crowd { role: Role::Primary, span: Span::new(minute(9), minute(3_990)).unwrap() };
    assert_eq!(
        bookings.iter().filter(|booking| matches!(booking, DoubleBooking::Crowd { .. })).collect::<Vec<_>>(),
        [&crowd]
    );
    for n in [1, 500, 1_999, 2_500, 3_990] {
        let at_once = bookings
            .iter()
            .filter(|booking| matches!(booking, DoubleBooking::OneSeat { span, .. } if span.contains(minute(n))));
        assert_eq!(at_once.count(), if n == 1 { 1 } else { 8 }, "{n}");
    }
}

#[test]
fn a_century_of_hours_is_an_answer_and_more_is_an_error_with_the_bound() {
    let hourly = Rotation::hourly(Tz::Europe__Berlin, "2026-01-01T00:00:00".parse().unwrap());
    let hourly = hourly.people([id("ada"), id("bob")]).build().unwrap();
    let layer = |role: Role| Layer::new(role.name(), role, Source::Rotation(hourly.clone()));
    let century = span("2026-01-01T00:00:00Z", "2126-01-01T00:00:00Z");
    let one = Schedule::new(vec![layer(Role::Primary)]).unwrap();
    let compiled = one.compile(century).unwrap();
    assert_eq!(compiled.shifts(century).unwrap().count(), 876_576);
    let leap_day = compiled.shift_at(at("2124-02-29T12:30:00Z"), Role::Primary).unwrap().unwrap();
    assert_eq!(leap_day.span, span("2124-02-29T12:00:00Z", "2124-02-29T13:00:00Z"));

    let two = Schedule::new(vec![layer(Role::Primary), layer(Role::Secondary)]).unwrap();
    assert_eq!(two.compile(century).unwrap_err(), Error::TooMuch { what: "shifts", bound: MAX_SHIFTS });
    let longer = span("2026-01-01T00:00:00Z", "2226-01-04T00:00:00Z");
    assert!(matches!(one.compile(longer), Err(Error::SpanTooLong { days: 73_050, .. })));
}

#[test]
fn ten_thousand_people_and_a_leap_second() {
    let start = at("2016-12-31T23:00:00Z");
    let hour = |n: i64| start + TimeDelta::hours(n);
    let shifts: Vec<_> = (0..10_000)
        .map(|n| Shift {
            span: Span::new(hour(n), hour(n + 1)).unwrap(),
            role: Role::Primary,
            person: id(&format!("person {n}")),
        })
        .collect();
    let within = Span::new(start, hour(10_000)).unwrap();
    let compiled = Schedule::published(&shifts).unwrap().compile(within).unwrap();
    assert!(compiled.coverage(within).unwrap().is_complete());
    for (n, shift) in shifts.iter().enumerate() {
        assert_eq!(compiled.who(shift.span.start(), Role::Primary), Ok(Some(&shift.person)), "{n}");
    }
    // The second that was put in belongs to the hour before midnight.
    assert_eq!(compiled.who(at("2016-12-31T23:59:60Z"), Role::Primary), Ok(Some(&id("person 0"))));
}

#[cfg(feature = "serde")]
#[test]
fn a_schedule_is_read_through_its_checks() {
    let text = |reason: &str, change: &str| {
        format!(
            r#"{{"layers": [{{"name": "weekly", "role": "primary",
                 "source": {{"rotation": {{"zone": "Europe/Berlin", "length": "1w", "start": "2026-11-02T09:00:00",
                     "participants": [{{"person": "ada"}}, {{"person": "bob"}}]}}}},
                 "restrictions": ["Mon-Fri 08:00-20:00 Europe/Berlin"]}}],
               "overrides": [{{"role": "primary", "made_by": "dan", "reason": "{reason}",
                 "span": {{"start": "2026-11-03T09:00:00Z", "end": "2026-11-03T12:00:00Z"}}, "change": {change}}}]}}"#
        )
    };
    let read = |text: &str| serde_json::from_str::<Schedule>(text).map_err(|error| error.to_string());
    let schedule = read(&text("ill", r#"{"replace": {"person": "ada", "by": "bob"}}"#)).unwrap();
    let tuesday = span("2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z");
    assert_eq!(schedule.compile(tuesday).unwrap().on_call_of(&id("bob"), tuesday).unwrap().len(), 1);
    let bad = read(&text("", r#"{"replace": {"person": "bob", "by": "bob"}}"#)).unwrap_err();
    assert!(bad.contains("overrides[0].reason: ") && bad.contains("overrides[0].change: "), "{bad}");
    let unknown = read(&text("ill", r#"{"fire": {"person": "ada"}}"#)).unwrap_err();
    assert!(unknown.contains("unknown variant `fire`"), "{unknown}");
    let zone = text("ill", r#"{"add": {"person": "ada"}}"#)
        .replace(r#""zone": "Europe/Berlin""#, r#""zone": "Europe/Berlim""#);
    assert!(read(&zone).unwrap_err().contains("Europe/Berlim"));
}
