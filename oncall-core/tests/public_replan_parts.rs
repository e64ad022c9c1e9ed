//! Absences and swaps where overrides have taken parts of duties, as a stranger meets them.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use oncall_core::plan::{Budget, Duty, DutyShape, Request};
use oncall_core::replan::{Absence, Change, Declined, holdings, replan, swaps};
use oncall_core::rules::{Case, NamedRule, Rule, RuleSet};
use oncall_core::{Holidays, Person, PersonId, Requirements, Role, Seat, Shift, Span, Team, Tz};
use timeline_core::PeriodKind;

fn id(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    let (date, hour) = text.split_once(' ').unwrap_or((text, "09"));
    format!("2026-{date}T{hour}:00:00Z").parse().unwrap()
}

fn span(start: &str, end: &str) -> Span {
    Span::new(at(start), at(end)).unwrap()
}

fn shift(start: &str, end: &str, person: &str) -> Shift {
    Shift { span: span(start, end), role: Role::Primary, person: id(person) }
}

/// Five people, five weeks from Monday 2026-01-05 at nine, the usual rules, ada to eve in turn: but on the Wednesday of
/// her week bob has cyd stand in for three hours.
fn request() -> Request {
    let names = ["ada", "bob", "cyd", "dan", "eve"];
    let team = Team::new(names.map(|name| Person::new(id(name))).to_vec()).unwrap();
    let shape = DutyShape::weekly(Tz::UTC, "2026-01-05".parse().unwrap(), "09:00:00".parse().unwrap()).unwrap();
    let mut request = Request::new(team, shape.for_roles(&[Role::Primary]).first(5).unwrap());
    request.published = vec![
        shift("01-05", "01-12", "ada"),
        shift("01-12", "01-14 12", "bob"),
        shift("01-14 12", "01-14 15", "cyd"),
        shift("01-14 15", "01-19", "bob"),
        shift("01-19", "01-26", "cyd"),
        shift("01-26", "02-02", "dan"),
        shift("02-02", "02-09", "eve"),
    ];
    request
}

fn changes(request: &Request, absence: &Absence) -> Vec<(Vec<Span>, Option<String>, Option<String>)> {
    let told = |change: &Change| {
        let name = |person: &Option<PersonId>| person.as_ref().map(ToString::to_string);
        (change.duty.seats().iter().map(|seat| seat.span).collect(), name(&change.from), name(&change.to))
    };
    replan(request, absence, &[], Budget::default()).unwrap().changes().iter().map(told).collect()
}

#[test]
fn a_duty_in_parts_is_what_each_has_of_it() {
    let mut request = request();
    let told = holdings(&request).unwrap();
    let told = told.iter().map(|holding| {
        (holding.person.as_ref().unwrap().to_string(), holding.duty.seats().len(), holding.agreed, holding.fixed)
    });
    let of = |name: &str, seats, agreed| (name.to_owned(), seats, agreed, false);
    let bob = [of("bob", 2, false), of("cyd", 1, true)];
    let [first, last] = [of("ada", 1, false), of("eve", 1, false)];
    let expected = [[first].as_slice(), &bob, &[of("cyd", 1, false), of("dan", 1, false), last]].concat();
    assert_eq!(told.collect::<Vec<_>>(), expected);

    // What nobody has is open, each stretch by itself.
    request.published.retain(|shift| shift.span.length() > TimeDelta::hours(100) || shift.person != id("bob"));
    let told = holdings(&request).unwrap();
    let open = told.iter().filter(|holding| holding.person.is_none()).map(|holding| holding.duty.hull().unwrap());
    assert_eq!(open.collect::<Vec<_>>(), [span("01-12", "01-14 12")]);
}

#[test]
fn half_of_a_duty_is_no_part_that_somebody_agreed_to_take() {
    let mut request = request();
    for (cut, agreed) in [("01-15 20", [true, false]), ("01-15 21", [false, false]), ("01-15 22", [false, true])] {
        request.published[1] = shift("01-12", cut, "bob");
        request.published[2] = shift(cut, "01-19", "cyd");
        request.published[3] = request.published[2].clone();
        // Until nine in the evening are 84 hours of 168.
        let told = holdings(&request).unwrap();
        assert_eq!([told[1].agreed, told[2].agreed], agreed, "{cut}");
    }
}

#[test]
fn what_somebody_has_whole_is_no_part_of_another_duty_at_that_time() {
    let mut request = request();
    // A second site, from Thursday to Thursday, of which bob has the first three days and nobody the rest.
    let other = Seat { span: span("01-08", "01-15"), role: Role::Primary, requires: Requirements::default() };
    request.duties = vec![request.duties[0].clone(), Duty::from(other)];
    request.published = vec![shift("01-05", "01-12", "ada"), shift("01-08", "01-11", "bob")];
    let told = holdings(&request).unwrap();
    let told = told.iter().map(|holding| (holding.duty.hull().unwrap(), holding.person.as_ref().map(PersonId::as_str)));
    let expected =
        [(span("01-05", "01-12"), Some("ada")), (span("01-08", "01-11"), Some("bob")), (span("01-11", "01-15"), None)];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn nights_that_have_begun_go_on_though_the_rest_could_help() {
    let mut request = request();
    let weekly = DutyShape::weekly(Tz::UTC, "2026-01-05".parse().unwrap(), "00:00:00".parse().unwrap()).unwrap();
    let nightly = weekly.for_roles(&[Role::Primary]).during("Mon-Sun 20:00-24:00 UTC".parse().unwrap());
    request.duties = nightly.first(2).unwrap();
    let away = Span::new(at("01-12 00"), at("01-30")).unwrap();
    let people = [Person::new(id("ada")), Person::new(id("bob")), Person::new(id("cyd")).with_leave(away, None)];
    request.team = Team::new(people.to_vec()).unwrap();
    let shifts = request.duties.iter().zip(["bob", "ada"]).flat_map(|(duty, name)| {
        let shift = move |seat: &Seat| Shift { span: seat.span, role: seat.role, person: id(name) };
        duty.seats().iter().map(shift).collect::<Vec<_>>()
    });
    request.published = shifts.collect();
    // Cyd could take the nights of bob that are left, so that bob could take the week of ada.
    let absence = Absence::new(id("ada"), at("01-07")).until(at("01-30"));
    let left = changes(&request, &absence);
    assert_eq!(left.iter().map(|(spans, ..)| spans[0].start()).collect::<Vec<_>>(), [at("01-12 20")]);
    assert_eq!(left[0].2, None);
}

#[test]
fn what_was_agreed_stays_when_somebody_else_falls_ill() {
    let request = request();
    for from in ["01-06", "01-12 20", "01-14 13", "01-15"] {
        // Ada has served hers, or is in the middle of it: nothing of bob's and cyd's changes.
        let absence = Absence::new(id("ada"), at(from)).until(at("01-17"));
        let left = changes(&request, &absence);
        let own = left.iter().all(|(.., before, _)| before.as_deref() == Some("ada"));
        assert!(own && left.len() == usize::from(from == "01-06"), "{from}: {left:?}");
        let found = replan(&request, &absence, &[], Budget::default());
        let shifts = found.unwrap().plan().shifts();
        let stands_in = shift("01-14 12", "01-14 15", "cyd");
        assert_eq!(shifts.contains(&stands_in), at(from) <= stands_in.span.start(), "{from}: {shifts:?}");
    }
}

#[test]
fn whoever_stands_in_and_falls_ill_gives_back_what_was_agreed() {
    let absence = Absence::new(id("cyd"), at("01-14 13")).until(at("01-15"));
    // One served of three hours. Bob has rest of none to keep: it is his own week.
    let found = replan(&request(), &absence, &[], Budget::default()).unwrap();
    let ask = &found.asks()[0];
    let bob = ask.candidates.iter().find(|candidate| candidate.person == id("bob")).unwrap();
    assert_eq!((bob.rest_before, bob.rest_after), (None, None));
    // Who serves the week before has it eleven hours before.
    assert_eq!(ask.duty.seats()[0].span, span("01-14 13", "01-14 15"));
    assert_eq!(found.changes().len(), 1);
    let served = found.plan().accounts().get(&id("cyd")).unwrap().served.all_minutes();
    assert_eq!(served.map(|(.., minutes)| minutes).sum::<u64>(), 60 * (7 * 24 + 1));
}

#[test]
fn whose_week_it_is_gives_all_that_is_left_of_it_but_what_was_agreed() {
    let absence = Absence::new(id("bob"), at("01-13")).until(at("01-20"));
    let left = changes(&request(), &absence);
    // By one week in four nobody else can, and dan's own week goes to bob, who is back by then.
    let own = vec![span("01-13", "01-14 12"), span("01-14 15", "01-19")];
    let [bob, dan] = ["bob", "dan"].map(|name| Some(name.to_owned()));
    assert_eq!(left, [(own, bob.clone(), dan.clone()), (vec![span("01-26", "02-02")], dan, bob)]);
    let hull = span("01-13", "01-19");
    let no = Declined { person: id("dan"), role: Role::Primary, span: hull };
    let found = replan(&request(), &absence, &[no], Budget::default()).unwrap();
    assert!(found.changes().iter().all(|change| change.duty.hull() != Some(hull) || change.to != Some(id("dan"))));
    // To decline a week is not to decline three hours of it.
    let stands_in = Absence::new(id("cyd"), at("01-13")).until(at("01-16"));
    let no = Declined { person: id("bob"), role: Role::Primary, span: hull };
    let found = replan(&request(), &stands_in, &[no], Budget::default()).unwrap();
    assert!(found.asks()[0].candidates.iter().any(|candidate| candidate.person == id("bob")));
}

#[test]
fn nobody_loses_a_week_for_having_stood_in_against_a_rule() {
    let mut request = request();
    // Cyd takes the last three hours of bob's week, right before hers: no rest of eleven hours.
    request.published[1] = shift("01-12", "01-19 06", "bob");
    request.published[2] = shift("01-19 06", "01-19 09", "cyd");
    request.published.remove(3);
    for from in ["01-06", "01-19 07", "01-18"] {
        let absence = Absence::new(id("dan"), at(from)).until(at("01-20"));
        assert_eq!(changes(&request, &absence), [], "{from}");
    }
    // Where she is ill then, the one that is touched goes, and the other does not have to.
    let absence = Absence::new(id("cyd"), at("01-18")).until(at("01-19 08"));
    let left = changes(&request, &absence);
    assert_eq!(left.iter().map(|(spans, ..)| spans[0]).collect::<Vec<_>>(), [span("01-19 06", "01-19 09")]);
}

#[test]
fn most_of_a_week_can_be_swapped_for_a_week_and_three_hours_for_three_hours() {
    let mut request = request();
    request.published[5] = shift("01-26", "01-28 12", "dan");
    request.published.push(shift("01-28 12", "01-28 15", "eve"));
    request.published.push(shift("01-28 15", "02-02", "dan"));
    request.rules = request.rules.without("one-week-in-4");
    let of = |shift: Shift| {
        let found = swaps(&request, &shift, at("01-01")).unwrap();
        let length = |duty: &Duty| duty.seats().iter().map(|seat| seat.span.length().num_hours()).sum::<i64>();
        let told = found.iter().map(|swap| (length(&swap.gives), swap.to.to_string(), swap.takes.as_ref().map(length)));
        told.collect::<Vec<_>>()
    };
    let week = of(shift("01-12", "01-14 12", "bob"));
    assert!(week.iter().all(|(gives, _, takes)| *gives == 165 && takes.is_none_or(|takes| takes >= 165)), "{week:?}");
    assert!(week.contains(&(165, "dan".to_owned(), Some(165))), "{week:?}");
    let hours = of(shift("01-14 12", "01-14 15", "cyd"));
    assert!(hours.iter().all(|(gives, _, takes)| *gives == 3 && takes.is_none_or(|takes| takes == 3)), "{hours:?}");
    assert!(hours.contains(&(3, "eve".to_owned(), Some(3))), "{hours:?}");
    assert!(hours.contains(&(3, "bob".to_owned(), None)), "{hours:?}");
}

#[test]
fn nights_of_a_week_that_another_took_are_no_week_of_theirs() {
    let mut request = request();
    let weekly = DutyShape::weekly(Tz::UTC, "2026-01-05".parse().unwrap(), "00:00:00".parse().unwrap()).unwrap();
    let nightly = weekly.for_roles(&[Role::Primary]).during("Mon-Sun 20:00-24:00 UTC".parse().unwrap());
    request.duties = nightly.first(5).unwrap();
    let names = ["ada", "bob", "cyd", "dan", "eve"];
    let shifts = request.duties.iter().zip(names).flat_map(|(duty, name)| {
        let shift = move |seat: &Seat| Shift { span: seat.span, role: seat.role, person: id(name) };
        duty.seats().iter().map(shift).collect::<Vec<_>>()
    });
    request.published = shifts.collect();
    // Eve has two of bob's nights.
    request.published[8].person = id("eve");
    request.published[9].person = id("eve");
    let told = holdings(&request).unwrap();
    let nights = told.iter().map(|holding| (holding.duty.seats().len(), holding.agreed)).collect::<Vec<_>>();
    assert_eq!(nights, [(7, false), (5, false), (1, true), (1, true), (7, false), (7, false), (7, false)]);
    assert_eq!(changes(&request, &Absence::new(id("ada"), at("01-12")).until(at("01-20"))), []);
}

#[test]
fn three_hours_for_a_colleague_are_no_week_and_pieces_of_a_week_one_shift() {
    let request = request();
    let seats: Vec<Seat> = request.duties.iter().flat_map(|duty| duty.seats().iter().cloned()).collect();
    let span = seats.iter().map(|seat| seat.span).reduce(Span::hull).unwrap();
    let case = Case { team: &request.team, holidays: &Holidays::NONE, seats: &seats, span };
    let rules = RuleSet::default()
        .with(NamedRule::hard("one-a-month", Rule::MaxShifts { count: 1, per: PeriodKind::Month, role: None }));
    let rules = rules.unwrap();
    assert_eq!(rules.check(&case, &request.published).unwrap().to_string(), "every rule is kept");
    // Half of a week is one, though.
    let mut half = request.published.clone();
    half[1] = shift("01-12", "01-15 21", "bob");
    half[2] = shift("01-15 21", "01-19", "cyd");
    half.remove(3);
    let verdict = rules.check(&case, &half).unwrap();
    let broken: Vec<_> = verdict.violations().iter().map(|broken| broken.rule.as_str()).collect();
    assert_eq!(broken, ["rest-of-11-hours", "one-week-in-4", "one-a-month"], "{verdict}");
}

#[test]
fn parts_that_make_a_week_together_are_not_all_given_to_whoever_has_the_week_before() {
    let mut request = request();
    request.team = Team::new(["ada", "bob"].map(|name| Person::new(id(name))).to_vec()).unwrap();
    request.duties.truncate(2);
    request.rules = RuleSet::default().without("quarter-of-time").without("rest-of-11-hours").without("one-week-in-4");
    request.rules = request.rules.with(NamedRule::hard("weeks", Rule::OneWeekIn { weeks: 2 })).unwrap();
    // Ada has seven hours of the second week, before and after which are less than half of it each, and nobody's.
    request.published = vec![shift("01-05", "01-12", "bob"), shift("01-15 15", "01-15 22", "ada")];
    let found = replan(&request, &Absence::new(id("ada"), at("01-01")), &[], Budget::default()).unwrap();
    let seats: Vec<Seat> = request.duties.iter().flat_map(|duty| duty.seats().iter().cloned()).collect();
    let case = Case { team: &request.team, holidays: &Holidays::NONE, seats: &seats, span: span("01-05", "01-19") };
    let verdict = request.rules.check(&case, &found.plan().shifts()).unwrap();
    assert!(verdict.keeps_hard(), "{found}\n{verdict}");
    assert_eq!(found.plan().uncovered().count(), 1, "{found}");
}

#[test]
fn two_primaries_at_once_are_two_people() {
    let mut request = request();
    let second = request.duties[0].clone();
    request.duties = vec![request.duties[0].clone(), second];
    request.published = vec![shift("01-05", "01-12", "ada"), shift("01-05", "01-12", "bob")];
    let people = |request: &Request| {
        let told = holdings(request).unwrap();
        let told = told.iter().map(|holding| (holding.person.as_ref().unwrap().to_string(), holding.fixed));
        told.collect::<std::collections::BTreeMap<_, _>>().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(people(&request), [("ada".to_owned(), false), ("bob".to_owned(), false)]);
    request.fixed = vec![shift("01-05", "01-12", "bob")];
    assert_eq!(people(&request), [("ada".to_owned(), false), ("bob".to_owned(), true)]);
    let found = replan(&request, &Absence::new(id("ada"), at("01-01")), &[], Budget::default()).unwrap();
    assert_eq!(found.changes().len(), 1, "{found}");
    assert_eq!(found.changes()[0].from, Some(id("ada")));
    let mut planned = oncall_core::plan::plan(&request, Budget::default()).unwrap().shifts();
    planned.sort_by(|a, b| a.person.cmp(&b.person));
    assert_eq!(planned, request.published);
}

#[test]
fn two_agreements_are_two_and_only_the_one_that_is_touched_goes() {
    let mut request = request();
    request.published.retain(|shift| shift.person != id("bob"));
    request.published.extend([
        shift("01-12", "01-14 12", "bob"),
        shift("01-14 15", "01-17 09", "bob"),
        shift("01-17 09", "01-17 12", "cyd"),
        shift("01-17 12", "01-19", "bob"),
    ]);
    let absence = Absence::new(id("cyd"), at("01-14")).until(at("01-15"));
    let left = changes(&request, &absence);
    assert_eq!(left.iter().map(|(spans, ..)| spans.clone()).collect::<Vec<_>>(), [[span("01-14 12", "01-14 15")]]);
    // The later one can be given away when the first is served.
    let found = swaps(&request, &shift("01-17 09", "01-17 12", "cyd"), at("01-16")).unwrap();
    assert!(!found.is_empty());
}

#[test]
fn whoever_has_gone_on_leave_since_keeps_no_part() {
    let mut request = request();
    let mut people = request.team.people().to_vec();
    people[2] = people[2].clone().with_leave(span("01-13", "01-16"), None);
    request.team = Team::new(people).unwrap();
    let absence = Absence::new(id("ada"), at("01-06")).until(at("01-07"));
    let left = changes(&request, &absence);
    let taken = left.iter().find(|(_, from, _)| from.as_deref() == Some("cyd")).unwrap();
    assert_eq!(taken.0, [span("01-14 12", "01-14 15")]);
}

#[test]
fn what_others_have_of_a_turn_does_not_count_to_who_takes_the_rest() {
    // Bob serves half of his week, then falls ill; 78 hours are left, and six are dan's. Ada may take them, by one week in
    // four: with dan's six they would be half of the week.
    let mut request = request();
    request.published[1] = shift("01-12", "01-15 20", "bob");
    request.published[2] = shift("01-15 20", "01-16 02", "dan");
    request.published[3] = shift("01-16 02", "01-19", "bob");
    let absence = Absence::new(id("bob"), at("01-15 21")).until(at("01-19"));
    assert_eq!(changes(&request, &absence).len(), 1);
}

#[test]
fn hours_in_no_seat_are_no_turn() {
    let request = request();
    let seats: Vec<Seat> = request.duties.iter().skip(1).flat_map(|duty| duty.seats().iter().cloned()).collect();
    let case = Case { team: &request.team, holidays: &Holidays::NONE, seats: &seats, span: span("01-05", "02-09") };
    let check = |shifts: &[Shift]| RuleSet::default().check(&case, shifts).unwrap().to_string();
    // Three hours before the seat of the week.
    let week = shift("01-19", "01-26", "cyd");
    assert_eq!(check(&[shift("01-07 09", "01-07 12", "cyd"), week.clone()]), "every rule is kept");
    assert_eq!(check(&[shift("01-12 06", "01-12 09", "bob"), shift("01-12", "01-19", "bob")]), "every rule is kept");
    assert!(check(&[shift("01-05 09", "01-09 09", "cyd"), week]).contains("one-week-in-4"));
}
