//! Absences and swaps as a stranger meets them.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;

use oncall_core::plan::{Aim, Budget, Duty, DutyShape, PlanError, Request};
use oncall_core::replan::{Absence, Declined, replan, swaps};
use oncall_core::rules::{Case, NamedRule, Rule, RuleSet, Strength};
use oncall_core::{Error, Person, PersonId, Preference, Role, Seat, Shift, Span, Team, Tz, Wish};
use timeline_core::PeriodKind;

fn id(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn day(date: &str) -> chrono::DateTime<chrono::Utc> {
    format!("{date}T00:00:00Z").parse().unwrap()
}

fn span(start: &str, end: &str) -> Span {
    Span::new(day(start), day(end)).unwrap()
}

fn week(start: &str, person: &str) -> Shift {
    let span = Span::starting_at(day(start), chrono::TimeDelta::weeks(1)).unwrap();
    Shift { span, role: Role::Primary, person: id(person) }
}

/// Five people, five weeks from 2026-01-05, no back-to-back, ada to eve in turn published.
fn request() -> Request {
    let names = ["ada", "bob", "cyd", "dan", "eve"];
    let team = Team::new(names.map(|name| Person::new(id(name))).to_vec()).unwrap();
    let shape = DutyShape::weekly(Tz::UTC, "2026-01-05".parse().unwrap(), "00:00:00".parse().unwrap()).unwrap();
    let mut request = Request::new(team, shape.for_roles(&[Role::Primary]).first(5).unwrap());
    let rules = RuleSet::default().without("one-week-in-4").without("rest-of-11-hours").without("quarter-of-time");
    request.rules = rules.with(NamedRule::hard("no back-to-back", Rule::NoBackToBack)).unwrap();
    let starts = ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02"];
    request.published = starts.iter().zip(names).map(|(start, name)| week(start, name)).collect();
    request
}

#[test]
fn who_falls_ill_in_a_shift_is_relieved_from_that_instant_and_nothing_else_changes() {
    let absence = Absence::new(id("cyd"), day("2026-01-22")).until(day("2026-02-01")).because("ill");
    let found = replan(&request(), &absence, &[], Budget::default()).unwrap();
    let changes = found.changes();
    assert_eq!(changes.len(), 1, "{found}");
    assert_eq!(changes[0].duty.hull(), Some(span("2026-01-22", "2026-01-26")));
    assert_eq!(changes[0].from, Some(id("cyd")));
    // Dan has the week after, bob had the one before, and most of this week would be two in a row. The others bear the same:
    // ada has rested longest.
    assert_eq!(changes[0].to, Some(id("ada")));
    assert!(found.plan().duties().iter().all(|assigned| assigned.duty.hull().unwrap().start() >= day("2026-01-22")));
    assert!(found.plan().objective(Aim::Changes).is_proven());
    let ask = &found.asks()[0];
    let order = ask.candidates.iter().map(|candidate| candidate.person.as_str()).collect::<Vec<_>>();
    assert_eq!(order, ["ada", "eve"]);
    let not = ask.refusals.iter().map(|refusal| refusal.person.as_str()).collect::<BTreeSet<_>>();
    assert_eq!(not, BTreeSet::from(["bob", "cyd", "dan"]));
    let words = found.to_string();
    assert!(words.contains("2026-01-22 00:00 to 2026-01-26 00:00 primary: ask ada (burden"), "{words}");
    assert!(words.contains("not cyd: rule `leave` (hard): cyd is on leave (ill)"), "{words}");
}

#[test]
fn who_declines_is_not_asked_again_and_the_next_one_is() {
    let absence = Absence::new(id("cyd"), day("2026-01-22")).until(day("2026-02-01"));
    let no = Declined { person: id("ada"), role: Role::Primary, span: span("2026-01-22", "2026-01-26") };
    let found = replan(&request(), &absence, &[no], Budget::default()).unwrap();
    assert_eq!(found.changes()[0].to, Some(id("eve")));
    assert!(found.to_string().contains("not ada: ada is barred: declined"), "{found}");
}

#[test]
fn wishes_and_burden_decide_who_is_asked_first() {
    let mut request = request();
    let mut people = request.team.people().to_vec();
    let wish = Preference { span: span("2026-01-19", "2026-01-26"), wish: Wish::Avoid, weight: 1 };
    people[0] = people[0].clone().with_preference(wish);
    request.team = Team::new(people).unwrap();
    let absence = Absence::new(id("cyd"), day("2026-01-22")).until(day("2026-02-01"));
    let found = replan(&request, &absence, &[], Budget::default()).unwrap();
    assert_eq!(found.changes()[0].to, Some(id("eve")));
    let ada = found.asks()[0].candidates.last().unwrap();
    assert_eq!((ada.person.as_str(), ada.breaks.len()), ("ada", 1));
}

#[test]
fn where_nobody_can_take_over_alone_two_duties_change_hands() {
    // Three people, three weeks: when cyd leaves, only ada could take the third week, who then cannot have the second.
    let mut request = request();
    let mut people = ["ada", "bob", "cyd"].map(|name| Person::new(id(name)));
    // Bob is away in the third week and ada serves the second: they change, and then ... nobody else is there.
    people[1] = people[1].clone().with_leave(span("2026-01-19", "2026-01-26"), None);
    request.team = Team::new(people.to_vec()).unwrap();
    request.duties.truncate(3);
    request.published = vec![week("2026-01-05", "bob"), week("2026-01-12", "ada"), week("2026-01-19", "cyd")];
    // Now before everything.
    let absence = Absence::new(id("cyd"), day("2026-01-04")).because("left");
    let mut gone = absence.clone();
    gone.until = Some(day("2027-01-01"));
    let found = replan(&request, &gone, &[], Budget::default()).unwrap();
    let hands = found.plan().duties().iter().map(|duty| duty.person.as_ref().unwrap().as_str()).collect::<Vec<_>>();
    assert_eq!(hands, ["ada", "bob", "ada"], "{found}");
    assert_eq!(found.plan().objective(Aim::Changes).value(), 3);
    assert!(found.plan().objective(Aim::Changes).is_proven());
}

#[test]
fn what_cannot_be_covered_any_more_is_said_with_its_reasons() {
    let mut request = request();
    request.team = Team::new(vec![Person::new(id("ada")), Person::new(id("bob"))]).unwrap();
    request.duties.truncate(2);
    request.published = vec![week("2026-01-05", "ada"), week("2026-01-12", "bob")];
    let gone = Absence::new(id("bob"), day("2026-01-07"));
    let found = replan(&request, &gone, &[], Budget::default()).unwrap();
    assert_eq!(found.changes().len(), 1);
    assert_eq!(found.changes()[0].to, None);
    let words = found.to_string();
    assert!(words.contains("week of 2026-01-12 primary: nobody can take it"), "{words}");
    assert!(words.contains("bob is not in the rotation"), "{words}");
}

#[test]
fn every_swap_keeps_the_rules_and_the_fairest_comes_first() {
    let request = request();
    let given = week("2026-01-19", "cyd");
    let found = swaps(&request, &given, day("2026-01-06")).unwrap();
    let seats = request.duties.iter().flat_map(|duty| duty.seats()).cloned().collect::<Vec<Seat>>();
    let (team, holidays) = (&request.team, &request.holidays);
    let case = Case { team, holidays, seats: &seats, span: span("2026-01-05", "2026-02-09") };
    for suggestion in &found {
        let mut shifts = request.published.clone();
        let taken = suggestion.takes.as_ref().map(|duty| duty.hull().unwrap());
        for shift in &mut shifts {
            if shift.span == given.span {
                shift.person = suggestion.to.clone();
            } else if Some(shift.span) == taken {
                shift.person = id("cyd");
            }
        }
        assert!(request.rules.check(&case, &shifts).unwrap().keeps_hard(), "{suggestion}");
    }
    // With eve's or dan's week the burdens stay as even as they were; ada's has begun.
    let with = found.iter().map(|swap| (swap.to.as_str(), swap.takes.is_some())).collect::<Vec<_>>();
    assert_eq!(with, [("bob", true), ("dan", true), ("eve", true), ("ada", false), ("eve", false)]);
    assert!(found.windows(2).all(|pair| pair[0].largest <= pair[1].largest));
}

#[test]
fn what_is_no_shift_to_give_away_is_refused() {
    let request = request();
    for (shift, now) in [
        (week("2026-01-19", "ada"), "2026-01-01"),
        (week("2026-01-20", "cyd"), "2026-01-01"),
        (week("2026-01-19", "cyd"), "2026-01-20"),
    ] {
        assert!(
            matches!(swaps(&request, &shift, day(now)), Err(Error::Plan(PlanError::NoSuchShift { .. }))),
            "{shift}"
        );
    }
    let absent = Absence::new(id("zoe"), day("2026-01-20"));
    assert!(matches!(replan(&request, &absent, &[], Budget::default()), Err(Error::UnknownPerson { .. })));
    let backwards = Absence::new(id("cyd"), day("2026-01-20")).until(day("2026-01-19"));
    assert!(matches!(replan(&request, &backwards, &[], Budget::default()), Err(Error::Time(_))));
    let after = Absence::new(id("cyd"), day("2027-01-20"));
    let by = after.from;
    assert_eq!(replan(&request, &after, &[], Budget::default()), Err(Error::Plan(PlanError::AllServed { by })));
}

#[test]
fn the_accounts_of_whoever_leaves_count_the_presence_of_the_request() {
    let mut request = request();
    request.team = Team::new(vec![Person::new(id("ada"))]).unwrap();
    request.rules = RuleSet::default().without("one-week-in-4").without("quarter-of-time").without("rest-of-11-hours");
    request.published = vec![week("2026-01-05", "ada")];
    let found = replan(&request, &Absence::new(id("ada"), day("2026-01-07")), &[], Budget::default()).unwrap();
    let burden = found.plan().units().burden(found.plan().objective(Aim::LargestBurden).value());
    assert!(burden.is_some());
    assert_eq!(found.plan().accounts().all()[0].burden, burden, "{found}");
}

#[test]
fn what_is_fixed_for_when_the_absent_are_back_stays_fixed() {
    // Ada has agreed to serve the last week though she is on leave then.
    let mut request = request();
    let mut people = request.team.people().to_vec();
    people[0] = people[0].clone().with_leave(span("2026-02-02", "2026-02-09"), None);
    request.team = Team::new(people).unwrap();
    request.published[4] = week("2026-02-02", "ada");
    request.fixed = vec![week("2026-02-02", "ada")];
    let absence = Absence::new(id("ada"), day("2026-01-05")).until(day("2026-01-12"));
    let found = replan(&request, &absence, &[], Budget::default()).unwrap();
    assert_eq!(found.changes().len(), 1, "{found}");
    assert_eq!(found.changes()[0].duty.hull(), Some(span("2026-01-05", "2026-01-12")));
    let last = found.plan().duties().last().unwrap();
    assert_eq!((last.person.as_ref(), last.fixed), (Some(&id("ada")), true));
    // Ill then, she is not.
    let absence = Absence::new(id("ada"), day("2026-02-01"));
    let found = replan(&request, &absence, &[], Budget::default()).unwrap();
    assert_eq!(found.changes()[0].from, Some(id("ada")));
    assert_ne!(found.changes()[0].to, Some(id("ada")));
}

/// Three weeks of seven nights each, by these people.
fn nights(request: &mut Request, names: [&str; 3]) {
    let weekly = DutyShape::weekly(Tz::UTC, "2026-01-05".parse().unwrap(), "00:00:00".parse().unwrap()).unwrap();
    let nightly = weekly.for_roles(&[Role::Primary]).during("Mon-Sun 20:00-24:00 UTC".parse().unwrap());
    request.duties = nightly.first(3).unwrap();
    let shifts = |(duty, name): (&Duty, &str)| {
        let shift = |seat: &Seat| Shift { span: seat.span, role: seat.role, person: id(name) };
        duty.seats().iter().map(shift).collect::<Vec<_>>()
    };
    request.published = request.duties.iter().zip(names).flat_map(shifts).collect();
}

#[test]
fn running_nights_of_somebody_who_has_left_the_team_go_to_another() {
    let mut request = request();
    nights(&mut request, ["zed", "ada", "bob"]);
    let absence = Absence::new(id("ada"), day("2026-01-07")).until(day("2026-01-30"));
    let found = replan(&request, &absence, &[], Budget::default()).unwrap();
    let changes =
        found.changes().iter().map(|change| (change.from.as_ref().unwrap().as_str(), change.duty.seats().len()));
    assert_eq!(changes.collect::<Vec<_>>(), [("zed", 5), ("ada", 7)], "{found}");
    assert!(found.changes().iter().all(|change| change.to.is_some()));
    // Whoever is told to stay has to be there.
    request.fixed = vec![week("2026-01-12", "zed")];
    let refused = replan(&request, &absence, &[], Budget::default()).unwrap_err();
    assert!(refused.to_string().contains("fixed[0].person"), "{refused}");
}

#[test]
fn running_nights_of_the_absent_who_are_away_by_day_only_stay() {
    let mut request = request();
    nights(&mut request, ["ada", "bob", "cyd"]);
    let noon = |date: &str| day(date) + chrono::TimeDelta::hours(12);
    let absence = Absence::new(id("ada"), noon("2026-01-07")).until(noon("2026-01-07") + chrono::TimeDelta::hours(4));
    let found = replan(&request, &absence, &[], Budget::default()).unwrap();
    assert_eq!(found.changes(), []);
}

#[test]
fn what_is_fixed_is_neither_given_nor_taken_and_counts_before_what_is_published() {
    let mut request = request();
    request.duties.truncate(4);
    request.published = vec![week("2026-01-05", "ada"), week("2026-01-19", "cyd"), week("2026-01-26", "eve")];
    request.fixed = vec![week("2026-01-12", "bob"), week("2026-01-26", "bob")];
    let found = swaps(&request, &week("2026-01-19", "cyd"), day("2026-01-01")).unwrap();
    // Bob would serve three weeks in a row, and gives none of those that are fixed.
    assert!(found.iter().all(|swap| swap.to != id("bob")), "{found:?}");
    assert!(
        found
            .iter()
            .all(|swap| swap.takes.as_ref().is_none_or(|duty| duty.hull() == Some(span("2026-01-05", "2026-01-12"))))
    );
    for (start, name) in [("2026-01-12", "bob"), ("2026-01-26", "eve"), ("2026-01-26", "bob")] {
        let refused = swaps(&request, &week(start, name), day("2026-01-01"));
        assert!(matches!(refused, Err(Error::Plan(PlanError::NoSuchShift { .. }))), "{start} {name}");
    }
}

/// A team of 25 and one week, of `p00`, who falls ill; those up to `p21` would rather not.
fn crowd() -> Request {
    let mut request = request();
    let person = |place: usize| {
        let person = Person::new(id(&format!("p{place:02}")));
        let wish = Preference { span: span("2026-01-05", "2026-01-12"), wish: Wish::Avoid, weight: 5 };
        if (1..22).contains(&place) { person.with_preference(wish) } else { person }
    };
    request.team = Team::new((0..25).map(person).collect()).unwrap();
    request.duties.truncate(1);
    request.published = vec![week("2026-01-05", "p00")];
    request
}

#[test]
fn of_many_who_would_bear_the_same_the_best_are_told() {
    let absence = Absence::new(id("p00"), day("2026-01-05")).until(day("2026-01-12"));
    let found = replan(&crowd(), &absence, &[], Budget::default()).unwrap();
    let ask = &found.asks()[0];
    let told = ask.candidates.iter().map(|candidate| candidate.person.as_str()).collect::<Vec<_>>();
    assert_eq!((told.len(), &told[..4]), (20, ["p22", "p23", "p24", "p01"].as_slice()));
    assert_eq!(found.changes()[0].to, ask.first());
}

#[test]
fn what_a_duty_mends_counts_for_whoever_takes_it() {
    // Gus wishes for the week that falls vacant: the plan gives it to him, and so he is the first to be asked.
    let mut request = request();
    let mut people = request.team.people().to_vec();
    let wish = Preference { span: span("2026-01-05", "2026-01-12"), wish: Wish::Prefer, weight: 5 };
    people.push(Person::new(id("fay")));
    people.push(Person::new(id("gus")).with_preference(wish));
    request.team = Team::new(people).unwrap();
    let absence = Absence::new(id("ada"), day("2026-01-05")).until(day("2026-01-12"));
    let found = replan(&request, &absence, &[], Budget::default()).unwrap();
    assert_eq!(found.changes()[0].to, Some(id("gus")), "{found}");
    assert_eq!(found.asks()[0].first(), Some(id("gus")));
    assert!(found.asks()[0].candidates[0].wishes);
    // So it is with swaps.
    let first = swaps(&request, &week("2026-01-05", "ada"), day("2026-01-01")).unwrap();
    let gifts = first.iter().filter(|swap| swap.takes.is_none()).map(|swap| swap.to.as_str());
    assert_eq!(gifts.take(2).collect::<Vec<_>>(), ["gus", "fay"]);
}

#[test]
fn whoever_comes_nearer_to_a_least_number_breaks_nothing_by_it() {
    let least = Rule::MinShifts { count: 2, per: PeriodKind::Month };
    for rule in [NamedRule::soft("two a month", least.clone(), 10), NamedRule::hard("two a month", least)] {
        let is_soft = rule.strength != Strength::Hard;
        let mut request = request();
        request.rules = request.rules.without("no back-to-back").with(rule).unwrap();
        request.team = Team::new(["ada", "bob", "cyd"].map(|name| Person::new(id(name))).to_vec()).unwrap();
        let shape = DutyShape::weekly(Tz::UTC, "2026-01-26".parse().unwrap(), "00:00:00".parse().unwrap()).unwrap();
        request.duties = shape.for_roles(&[Role::Primary]).first(6).unwrap();
        // Of the four weeks of February ada serves three, cyd one, bob none.
        let order = ["bob", "ada", "ada", "cyd", "ada", "bob"];
        let shift =
            |(duty, name): (&Duty, &str)| Shift { span: duty.hull().unwrap(), role: Role::Primary, person: id(name) };
        request.published = request.duties.iter().zip(order).map(shift).collect();
        if is_soft {
            let absence = Absence::new(id("ada"), day("2026-02-02")).until(day("2026-02-09"));
            let found = replan(&request, &absence, &[], Budget::default()).unwrap();
            let broken = found.asks()[0].candidates.iter().map(|one| (one.person.as_str(), one.breaks.len()));
            assert_eq!(broken.collect::<BTreeSet<_>>(), BTreeSet::from([("bob", 0), ("cyd", 0)]), "{found}");
        }
        let found = swaps(&request, &week("2026-02-02", "ada"), day("2026-01-01")).unwrap();
        let gift = found.iter().find(|swap| swap.to == id("bob") && swap.takes.is_none()).unwrap();
        assert_eq!(gift.breaks, []);
    }
}

#[test]
fn who_declines_a_duty_declines_no_other_within_its_time() {
    // Cyd has a day of her own in the week of bob, as at another site.
    let mut request = request();
    request.rules = request.rules.without("no back-to-back");
    let seat = Seat { span: span("2026-01-14", "2026-01-15"), role: Role::Primary, requires: Default::default() };
    request.duties.push(seat.clone().into());
    request.published.push(Shift { span: seat.span, role: Role::Primary, person: id("cyd") });
    let absence = Absence::new(id("cyd"), day("2026-01-06")).until(day("2026-01-16"));
    let first = replan(&request, &absence, &[], Budget::default()).unwrap().changes()[0].to.clone().unwrap();
    let no = |span| Declined { person: first.clone(), role: Role::Primary, span };
    let taken = |span| replan(&request, &absence, &[no(span)], Budget::default()).unwrap().changes()[0].to.clone();
    assert_eq!(taken(span("2026-01-12", "2026-01-19")), Some(first.clone()));
    assert_ne!(taken(seat.span), Some(first.clone()));
    let stranger = Declined { person: id("zed"), role: Role::Primary, span: seat.span };
    let refused = replan(&request, &absence, &[stranger], Budget::default()).unwrap_err();
    assert!(refused.to_string().contains("declined[0].person"), "{refused}");
}
