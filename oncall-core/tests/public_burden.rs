//! Burden as a stranger keeps it: quarters of accounts, a joiner, part time, and bad input.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::num::NonZeroU32;

use chrono::NaiveDate;
use measure_core::NotEnough;
use oncall_core::burden::{
    Accounts, Burden, Carries, Category, Counting, Decay, Ledger, Planning, Points, TWENTIETHS, Unmeasured, Weights,
};
use oncall_core::shift::Requirements;
use oncall_core::{
    Availability, Error, HolidayCalendar, Holidays, Hours, Membership, Person, PersonId, Role, Seat, Shift, Span, Team,
    TimeCategory, Tz,
};

fn id(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn person(name: &str) -> Person {
    Person::new(id(name))
}

fn span(start: &str, end: &str) -> Span {
    let at = |day: &str| format!("{day}T00:00:00Z").parse().unwrap();
    Span::new(at(start), at(end)).unwrap()
}

/// The weeks of a span of whole weeks, in turns.
fn turns(within: Span, people: &[&str], role: Role) -> Vec<Shift> {
    let week = chrono::TimeDelta::weeks(1);
    let mut start = within.start();
    let mut shifts = Vec::new();
    while start < within.end() {
        let person = id(people[shifts.len() % people.len()]);
        shifts.push(Shift { span: Span::starting_at(start, week).unwrap(), role, person });
        start += week;
    }
    shifts
}

fn closed(team: &Team, period: Span, shifts: &[Shift], opening: &Carries) -> Accounts {
    let mut ledger = Ledger::new(period);
    for shift in shifts {
        ledger.observe_shift(shift, team, &Hours::default(), &Holidays::NONE).unwrap();
    }
    ledger.close(team, opening, &Weights::default(), Decay::HALF).unwrap()
}

#[test]
fn a_debt_is_carried_halved_and_fades() {
    let team = Team::new(vec![person("ada"), person("bob")]).unwrap();
    // Twelve weeks of 261 weighted hours each: Ada serves eight of them, Bob four.
    let first = span("2026-01-05", "2026-03-30");
    let accounts = closed(&team, first, &turns(first, &["ada", "ada", "bob"], Role::Primary), &Carries::new());
    let hours = |accounts: &Accounts| accounts.carries().iter().map(|(_, points)| points.hours()).collect::<Vec<_>>();
    assert_eq!(hours(&accounts), [261.0, -261.0]);
    let fairness = accounts.fairness(None).unwrap().overall;
    let actual = fairness.actual.unwrap();
    assert_eq!((actual.spread.hours(), actual.greatest.0), (4.0 * 261.0, id("ada")));
    assert_eq!(fairness.fairest.unwrap().greatest.hours(), 6.0 * 261.0);
    // When they then take even turns, half of the rest is remembered, and half again.
    let second = span("2026-03-30", "2026-06-22");
    let accounts = closed(&team, second, &turns(second, &["ada", "bob"], Role::Primary), &accounts.carries());
    assert_eq!(hours(&accounts), [130.5, -130.5]);
    // Had Bob paid the debt, nothing would be left.
    let opening = Carries::new().with(id("ada"), Points::HOUR).with(id("bob"), Points::new(-6_000).unwrap());
    let quiet = closed(&team, second, &[], &opening);
    assert_eq!(hours(&quiet), [0.5, -0.5]);
    let unmeasured = quiet.fairness(None).unwrap().overall.actual.unwrap().jain.unwrap_err();
    assert_eq!(unmeasured, Unmeasured::Negative { person: id("bob"), points: -6_000 });
    assert_eq!(unmeasured.to_string(), "the burden of `bob` is below 0 (-6000 points), for which it is not defined");
}

#[test]
fn who_joins_starts_at_the_mean_and_owes_nothing_for_before() {
    let quarter = span("2026-01-05", "2026-03-30");
    let late = Membership::new(Some(span("2026-02-16", "2026-02-17").start()), None).unwrap();
    let team = Team::new(vec![person("ada"), person("bob"), person("cyd").with_membership(late)]).unwrap();
    // Cyd, there for half of it, serves two weeks where the others serve four and six.
    let mut shifts = turns(span("2026-01-05", "2026-02-16"), &["ada", "bob"], Role::Primary);
    shifts.extend(turns(span("2026-02-16", "2026-03-30"), &["ada", "bob", "cyd"], Role::Primary));
    shifts.extend(turns(span("2026-02-16", "2026-03-30"), &["bob", "cyd", "ada"], Role::Shadow));
    let accounts = closed(&team, quarter, &shifts, &Carries::new());
    let weeks: Vec<f64> = accounts.all().iter().map(|account| account.burden.unwrap().hours() / 261.0).collect();
    assert_eq!(weeks, [5.0, 5.0, 4.0]);
    assert_eq!(accounts.mean().unwrap().hours() / 261.0, 12.0 / 2.5);
    assert!(accounts.carries().of(&id("cyd")) < Points::ZERO);
    assert_eq!(accounts.carries().of(&id("dan")), Points::ZERO);
}

#[test]
fn secondary_holidays_and_change_of_clocks_weigh_what_they_are() {
    let days = [(NaiveDate::from_ymd_opt(2026, 4, 3).unwrap(), "Good Friday".to_owned())];
    let berlin = HolidayCalendar::new("berlin", Tz::Europe__Berlin, days).unwrap();
    let holidays = Holidays::new(vec![berlin.for_site("berlin").unwrap()]).unwrap();
    let team = Team::new(vec![
        person("ada").in_zone(Tz::Europe__Berlin).at_site("berlin"),
        person("bob").in_zone(Tz::America__New_York),
    ])
    .unwrap();
    let seat = |role| Seat { span: span("2026-03-29", "2026-04-05"), role, requires: Requirements::default() };
    let seats = [seat(Role::Primary), seat(Role::Secondary)];
    let (weights, hours, carries) = (Weights::default(), Hours::default(), Carries::new());
    let counting =
        Counting { weights: &weights, hours: &hours, holidays: &holidays, carries: &carries, parts: TWENTIETHS };
    let planning = Planning::of(&team, &seats, span("2026-03-29", "2026-04-05"), &counting).unwrap();
    let weighted = |n: usize, seat: usize| planning.people[n].loads[seat] * planning.unit.get() / 6_000;
    // Berlin, from 01:00 on the 29th to 02:00 on the 5th: seven nights, of which the first has 5 hours (07:00 less 01:00
    // less the hour skipped), that after Thursday 2 and Friday's last 2 a holiday; a holiday of 24 hours; Sunday and
    // Saturday by day; four weekdays by day.
    let night = 5 + 4 * 9 + 2 + 7 + 4;
    assert_eq!(weighted(0, 0), 2 * night + 3 * 24 + 2 * 30 + 4 * 15);
    assert_eq!(weighted(1, 0), 261);
    assert_eq!(weighted(0, 1) * 10, weighted(0, 0) * 4);
    // The same by the fairest: no plan can have less than what the seats weigh for whom they weigh least.
    assert_eq!(planning.fairest().unwrap().unwrap().greatest.hours(), 261.0 * 1.4 / 2.0);
}

#[test]
fn scales_are_those_of_the_golden_plans() {
    let with = |name, percent| person(name).with_availability(Availability::from_percent(percent).unwrap());
    let team = Team::new(vec![with("a", 100), with("b", 80), with("c", 50)]).unwrap();
    let week = span("2026-03-02", "2026-03-09");
    let seats = [Seat { span: week, role: Role::Primary, requires: Requirements::default() }];
    let (weights, hours, holidays) = (Weights::default(), Hours::default(), Holidays::NONE);
    let carries = Carries::new().with(id("a"), Points::new(261 * 6_000).unwrap());
    let scales = |parts| {
        let counting = Counting { weights: &weights, hours: &hours, holidays: &holidays, carries: &carries, parts };
        let planning = Planning::of(&team, &seats, week, &counting).unwrap();
        assert_eq!((planning.unit.hours(), planning.people[0].carry, planning.people[0].loads[0]), (261.0, 1, 1));
        // Half a position with a week and twice of it as burden, whatever the parts.
        let scaled = planning.people[2].scale.unwrap() * planning.people[2].loads[0];
        assert_eq!(planning.burden(scaled).unwrap().hours(), 522.0);
        planning.people.iter().map(|person| person.scale.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(scales(TWENTIETHS), [4, 5, 8]);
    assert_eq!(scales(NonZeroU32::new(100).unwrap()), [4, 5, 8]);
}

#[test]
fn nobody_one_and_nothing_are_not_enough_and_say_so() {
    let week = span("2026-03-02", "2026-03-09");
    let alone = Team::new(vec![person("ada")]).unwrap();
    let one = closed(&alone, week, &turns(week, &["ada"], Role::Primary), &Carries::new());
    let actual = |accounts: &Accounts| accounts.fairness(None).unwrap().overall.actual.unwrap_err();
    let few = |have| Unmeasured::NotEnough(NotEnough::TooFew { of: "people", have, need: 2 });
    assert_eq!(actual(&one), few(1));
    assert_eq!(one.carries().of(&id("ada")), Points::ZERO);
    let two = Team::new(vec![person("ada"), person("bob")]).unwrap();
    let quiet = closed(&two, week, &[], &Carries::new());
    assert_eq!(actual(&quiet), Unmeasured::NotEnough(NotEnough::AllZero { n: 2 }));
    let away = Team::new(vec![person("ada").with_leave(week, None), person("bob").with_leave(week, None)]).unwrap();
    let gone = closed(&away, week, &turns(week, &["ada"], Role::Primary), &Carries::new());
    assert_eq!(actual(&gone), few(0));
    assert_eq!((gone.mean(), gone.fairness(None).unwrap().overall.fairest), (None, None));
    // What Ada served on leave is remembered all the same.
    assert_eq!(gone.carries().of(&id("ada")).hours(), 130.5);
    // Shadows alone bear nothing.
    let shadowed = closed(&two, week, &turns(week, &["ada"], Role::Shadow), &Carries::new());
    assert_eq!(actual(&shadowed), Unmeasured::NotEnough(NotEnough::AllZero { n: 2 }));
}

#[test]
fn the_proven_optimum_stands_beside_the_bound() {
    let team = Team::new(vec![person("ada"), person("bob")]).unwrap();
    let weeks = span("2026-01-05", "2026-01-26");
    let accounts = closed(&team, weeks, &turns(weeks, &["ada", "bob"], Role::Primary), &Carries::new());
    // Three weeks for two: no plan is below one and a half, and the best has two.
    let proven = Burden::of_full_time(Points::new(2 * 261 * 6_000).unwrap());
    let fairness = accounts.fairness(Some(proven)).unwrap();
    let text = fairness.to_string();
    let overall = "overall: spread 261.0 h (ada 522.0 h, bob 261.0 h), Jain 0.900, Gini 0.167; of this load no sharing out has a spread \
                   below 0.0 h or a greatest burden below 391.5 h; the best plan has a greatest burden of 522.0 h";
    assert_eq!(text.lines().next().unwrap(), overall);
    assert_eq!(text.lines().count(), 4);
    assert!(fairness.by_category.iter().any(|(category, _)| *category == Category::Night));
}

#[test]
fn a_century_and_ten_thousand_people_have_accounts() {
    let people: Vec<Person> = (0..10_000).map(|n| person(&format!("p{n}"))).collect();
    let team = Team::new(people).unwrap();
    let century = span("2000-01-03", "2100-01-04");
    let mut ledger = Ledger::new(century);
    let long = Shift { span: century, role: Role::Primary, person: id("p7") };
    ledger.observe_shift(&long, &team, &Hours::default(), &Holidays::NONE).unwrap();
    let served = &ledger.served()[&id("p7")];
    let minutes: u64 = served.all_minutes().map(|(.., minutes)| minutes).sum();
    assert_eq!(minutes, u64::try_from(century.length().num_minutes()).unwrap());
    assert_eq!(served.minutes(Role::Primary, TimeCategory::Night) * 24, minutes * 9);
    let accounts = ledger.close(&team, &Carries::new(), &Weights::default(), Decay::HALF).unwrap();
    let carries = accounts.carries();
    assert_eq!(carries.iter().map(|(_, points)| points.get()).sum::<i64>(), 0);
    let jain = accounts.fairness(None).unwrap().overall.actual.unwrap().jain.unwrap();
    assert!((jain - 1e-4).abs() < 1e-9);
}

#[test]
fn what_does_not_fit_is_an_error_that_names_its_place() {
    let team = Team::new(vec![person("ada"), person("bob")]).unwrap();
    let week = span("2026-03-02", "2026-03-09");
    let mut ledger = Ledger::new(week);
    let stranger = turns(week, &["eve"], Role::Primary).remove(0);
    let refused = ledger.observe_shift(&stranger, &team, &Hours::default(), &Holidays::NONE).unwrap_err();
    assert_eq!(refused.to_string(), "person `eve` is not in the team");
    let most = Carries::new().with(id("ada"), Points::MOST);
    for shift in turns(week, &["ada"], Role::Primary) {
        ledger.observe_shift(&shift, &team, &Hours::default(), &Holidays::NONE).unwrap();
    }
    let refused = ledger.close(&team, &most, &Weights::default(), Decay::HALF).unwrap_err();
    assert!(refused.to_string().starts_with("rows[0]: burden of 1000000001566000 points is beyond"), "{refused}");
    let blink = Span::starting_at(week.start(), chrono::TimeDelta::seconds(5)).unwrap();
    let refused = Ledger::new(blink).close(&team, &Carries::new(), &Weights::default(), Decay::HALF);
    assert_eq!(refused, Err(Error::PeriodOutOfRange { minutes: 0 }));
    // Many people of many shares: a scale that divides by all, and where there is none one of many digits.
    let many = (1..=100).map(|n| person(&format!("p{n}")).with_availability(Availability::from_percent(n).unwrap()));
    let many = Team::new(many.collect()).unwrap();
    let (weights, hours, holidays, carries) = (Weights::default(), Hours::default(), Holidays::NONE, Carries::new());
    let with = |parts: u32| {
        let parts = NonZeroU32::new(parts).unwrap();
        Planning::of(
            &many,
            &[],
            week,
            &Counting { weights: &weights, hours: &hours, holidays: &holidays, carries: &carries, parts },
        )
    };
    let exact = with(20).unwrap();
    assert_eq!((exact.common, exact.share_error > 0), (232_792_560, true), "1 % is no whole part of 20");
    let close = with(100).unwrap();
    assert_eq!(close.common, 100_000_000);
    assert!((1..1_000).contains(&close.share_error), "{}", close.share_error);
    #[cfg(feature = "serde")]
    for bad in [r#"{"ada": 1000000000000001}"#, r#"{"ada": 1.5}"#, r#"{"": 1}"#] {
        assert!(serde_json::from_str::<Carries>(bad).is_err(), "{bad}");
    }
}
