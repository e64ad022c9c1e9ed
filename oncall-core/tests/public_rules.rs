//! Rules as a stranger uses them: a set from a file, a check of shifts, what a team is too small for.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic, missing_docs)]

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use oncall_core::plan::DutyShape;
use oncall_core::rules::{Case, Counting, Guidance, NamedRule, Reason, Rule, RuleSet};
use oncall_core::{
    Error, HolidayCalendar, Holidays, Hours, Person, PersonId, Requirements, Role, Seat, Shift, Span, Team, Tz,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn span(start: &str, end: &str) -> Span {
    Span::new(at(start), at(end)).unwrap()
}

fn id(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn team(people: usize) -> Team {
    Team::new((0..people).map(|n| Person::new(id(&format!("p{n}"))).in_zone(Tz::Europe__Berlin)).collect()).unwrap()
}

fn shift(person: &str, span: Span) -> Shift {
    Shift { span, role: Role::Primary, person: id(person) }
}

fn only(rule: Rule) -> RuleSet {
    RuleSet::new(Tz::Europe__Berlin, Hours::default(), vec![NamedRule::hard("it", rule)]).unwrap()
}

/// Weeks from Monday 9:00 in Berlin, over both changes of the clocks.
fn weeks(count: usize, roles: &[Role]) -> Vec<Seat> {
    let monday = NaiveDate::from_ymd_opt(2026, 2, 2).unwrap();
    let shape = DutyShape::weekly(Tz::Europe__Berlin, monday, "09:00:00".parse().unwrap()).unwrap().for_roles(roles);
    shape.first(count).unwrap().iter().flat_map(|duty| duty.seats().to_vec()).collect()
}

fn hull(seats: &[Seat]) -> Span {
    seats.iter().map(|seat| seat.span).reduce(Span::hull).unwrap()
}

const BOTH: [Role; 2] = [Role::Primary, Role::Secondary];

#[test]
fn eight_people_in_turn_keep_the_usual_rules_over_a_year_and_its_changes_of_clocks() {
    let (seats, team) = (weeks(52, &BOTH), team(8));
    let case = Case { team: &team, holidays: &Holidays::NONE, seats: &seats, span: hull(&seats) };
    // The secondary is four weeks after the primary.
    let shifts: Vec<_> = (0..seats.len())
        .map(|n| Shift {
            span: seats[n].span,
            role: seats[n].role,
            person: id(&format!("p{}", (n / 2 + n % 2 * 4) % 8)),
        })
        .collect();
    let rules = RuleSet::default().in_zone(Tz::Europe__Berlin);
    let verdict = rules.check(&case, &shifts).unwrap();
    assert!(verdict.keeps_all(), "{verdict}");
    // With seven the same turns come too close.
    let seven: Vec<_> = shifts
        .iter()
        .enumerate()
        .map(|(n, shift)| Shift { person: id(&format!("p{}", (n / 2 + n % 2 * 4) % 7)), ..shift.clone() })
        .collect();
    let verdict = rules.check(&case, &seven).unwrap();
    assert!(!verdict.keeps_hard());
    let first = verdict.violations().first().unwrap();
    assert_eq!((first.rule.as_str(), &first.reason), ("one-week-in-4", &Reason::WeeksApart { weeks: 3, least: 4 }));
    assert_eq!(first.shifts.len(), 2);
}

#[test]
fn rest_is_measured_in_elapsed_time_and_the_bound_itself_is_enough() {
    // The night of spring: 20:00 to 8:00 is eleven hours.
    let (evening, morning) = (span("2026-03-28T08:00:00Z", "2026-03-28T19:00:00Z"), at("2026-03-29T06:00:00Z"));
    let team = team(1);
    let check = |next: DateTime<Utc>| {
        let shifts = [shift("p0", evening), shift("p0", Span::starting_at(next, TimeDelta::hours(8)).unwrap())];
        let span = span("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");
        let case = Case { team: &team, holidays: &Holidays::NONE, seats: &[], span };
        only(Rule::MinRest { minutes: 660 }).check(&case, &shifts).unwrap()
    };
    assert!(check(morning).keeps_all());
    let verdict = check(morning - TimeDelta::minutes(1));
    assert_eq!(verdict.violations()[0].reason, Reason::Rest { seconds: 659 * 60, least: 660 * 60 });
    assert_eq!(
        verdict.to_string(),
        "rule `it` (hard): p0 rests 10 h 59 min between two shifts, at least 11 h in \
         2026-03-28T08:00:00Z/2026-03-29T13:59:00Z"
    );
}

#[test]
fn shifts_before_the_span_count_and_are_not_blamed() {
    let week =
        |n: i64| Span::starting_at(at("2026-01-05T09:00:00Z") + TimeDelta::weeks(n), TimeDelta::weeks(1)).unwrap();
    let (team, seats) = (team(1), [Seat { span: week(4), role: Role::Primary, requires: Requirements::default() }]);
    let case = Case { team: &team, holidays: &Holidays::NONE, seats: &seats, span: week(4) };
    let rules = only(Rule::OneWeekIn { weeks: 4 });
    let history = [shift("p0", week(0)), shift("p0", week(2))];
    assert!(rules.check(&case, &history).unwrap().keeps_all());
    let with = [history[0].clone(), history[1].clone(), shift("p0", week(4))];
    let verdict = rules.check(&case, &with).unwrap();
    assert_eq!(verdict.violations().len(), 1);
    assert_eq!(verdict.violations()[0].reason, Reason::WeeksApart { weeks: 2, least: 4 });
    // In advance: the seat is barred.
    let constraints = rules.constraints(&case, &history).unwrap();
    assert_eq!(constraints.broken(&[Some(0)], 1).len(), 1);
}

#[test]
fn who_had_christmas_last_year_has_it_not_again() {
    let days = ["2025-12-25", "2026-12-25"].map(|day| (day.parse().unwrap(), "Christmas".to_owned()));
    let holidays = Holidays::new(vec![HolidayCalendar::new("de", Tz::Europe__Berlin, days).unwrap()]).unwrap();
    let team = team(2);
    let year = span("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let case = Case { team: &team, holidays: &holidays, seats: &[], span: year };
    let rules = only(Rule::NotSameHoliday { years: 1 });
    let last = shift("p0", span("2025-12-22T08:00:00Z", "2025-12-29T08:00:00Z"));
    let week = span("2026-12-21T08:00:00Z", "2026-12-28T08:00:00Z");
    assert!(rules.check(&case, &[last.clone(), shift("p1", week)]).unwrap().keeps_all());
    let verdict = rules.check(&case, &[last, shift("p0", week)]).unwrap();
    let text = verdict.to_string();
    assert!(text.contains("p0 has Christmas of 2025-12-25 and of 2026-12-25"), "{text}");
}

#[test]
fn two_windows_of_too_much_time_are_two_violations_and_each_is_the_worst() {
    let day = |n: i64| Span::starting_at(at("2026-01-05T00:00:00Z") + TimeDelta::days(n), TimeDelta::days(1)).unwrap();
    let shifts: Vec<_> = [0, 1, 2, 60, 62].map(|n| shift("p0", day(n))).to_vec();
    let team = team(1);
    let case = Case {
        team: &team,
        holidays: &Holidays::NONE,
        seats: &[],
        span: span("2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z"),
    };
    let rules = only(Rule::ShareOfTime { percent: 25, weeks: 1, slack_minutes: 0 });
    let verdict = rules.check(&case, &shifts).unwrap();
    let hours: Vec<_> = verdict.violations().iter().map(|v| v.excess() / 3_600_000_000_000).collect();
    // 42 h are allowed in a week: 72 - 42 and 48 - 42.
    assert_eq!(hours, [30, 6], "{verdict}");
}

#[test]
fn either_of_two_people_may_have_either_of_two_seats_if_one_way_works() {
    let week = span("2026-01-05T09:00:00Z", "2026-01-12T09:00:00Z");
    let seat = |site: Option<&str>| Seat {
        span: week,
        role: Role::Primary,
        requires: Requirements { site: site.map(str::to_owned), ..Requirements::default() },
    };
    let seats = [seat(None), seat(Some("oslo"))];
    let team = Team::new(vec![Person::new(id("a")).at_site("oslo"), Person::new(id("b"))]).unwrap();
    let case = Case { team: &team, holidays: &Holidays::NONE, seats: &seats, span: week };
    let rules = only(Rule::Requirements);
    assert!(rules.check(&case, &[shift("a", week), shift("b", week)]).unwrap().keeps_all());
    let team = Team::new(vec![Person::new(id("a")), Person::new(id("b"))]).unwrap();
    let verdict = rules.check(&Case { team: &team, ..case }, &[shift("a", week), shift("b", week)]).unwrap();
    assert_eq!(verdict.violations().len(), 1, "{verdict}");
    assert!(verdict.to_string().contains("is not at the site `oslo`"));
}

#[test]
fn the_least_team_is_what_the_field_says_and_the_sum_is_shown() {
    let (seats, six) = (weeks(13, &BOTH), team(6));
    let case = Case { team: &six, holidays: &Holidays::NONE, seats: &seats, span: hull(&seats) };
    let rules = RuleSet::default().in_zone(Tz::Europe__Berlin);
    let verdict = rules.feasibility(&case, &[]).unwrap();
    // Primary and secondary, one week in four.
    assert_eq!(verdict.least_people(), 8);
    assert_eq!(verdict.needs[0].counting, Counting::Apart { seats: 8 });
    assert!(verdict.is_impossible());
    assert_eq!(verdict.shortages[0].missing(), 2);
    let advised = |guidance: &Guidance| verdict.advice.iter().find(|advice| advice.guidance == *guidance).unwrap();
    assert_eq!(advised(&Guidance::SingleSite).advised, 8);
    assert!(!advised(&Guidance::SingleSite).is_met());
    let text = verdict.to_string();
    assert!(
        text.contains("8 seats in 2026-02-02T08:00:00Z/2026-03-02T08:00:00Z, of which nobody may serve two"),
        "{text}"
    );
    assert!(
        text.contains("at least 8 people for 25 % of the time each: 4366 h of seats / (0.25 x 2183 h); there are 6"),
        "{text}"
    );

    // Eight are enough; a primary alone takes four.
    let eight = team(8);
    let case = Case { team: &eight, ..case };
    assert!(!rules.feasibility(&case, &[]).unwrap().is_impossible());
    let primary = weeks(13, &[Role::Primary]);
    let case = Case { seats: &primary, ..case };
    let verdict = rules.feasibility(&case, &[]).unwrap();
    assert_eq!(verdict.least_people(), 4);
    let weekly = verdict.advice.iter().find(|advice| advice.guidance == Guidance::WeeklyInOneZone).unwrap();
    assert_eq!((weekly.advised, weekly.is_met()), (5, true));

    // As a bound on time, by windows.
    let share = only(Rule::ShareOfTime { percent: 25, weeks: 4, slack_minutes: 60 });
    assert_eq!(share.feasibility(&case, &[]).unwrap().least_people(), 4);
}

#[test]
fn a_skill_that_nobody_has_and_a_week_when_all_are_away_are_shortages() {
    let mut seats = weeks(3, &[Role::Primary]);
    seats[0].requires.skills.insert("cobol".to_owned());
    let away = seats[2].span;
    let people = ["a", "b"].map(|name| Person::new(id(name)).with_leave(away, Some("off-site".to_owned())));
    let team = Team::new(people.to_vec()).unwrap();
    let case = Case { team: &team, holidays: &Holidays::NONE, seats: &seats, span: hull(&seats) };
    let verdict = RuleSet::default().without("one-week-in-4").feasibility(&case, &[]).unwrap();
    let short: Vec<_> = verdict.shortages.iter().map(|need| (need.seats.clone(), need.can.len())).collect();
    assert_eq!(short, [(vec![0], 0), (vec![2], 0)], "{verdict}");
    assert!(verdict.to_string().contains("rule `requirements`: 1 seat in"), "{verdict}");
    assert!(verdict.to_string().contains("rule `leave`: 1 seat in"), "{verdict}");
}

#[cfg(feature = "serde")]
#[test]
fn a_set_is_read_with_its_defaults_and_refused_with_its_places() {
    let text = r#"{"zone": "Europe/Berlin", "rules": [
        {"name": "rest", "rule": {"min-rest": {"minutes": 720}}},
        {"name": "nights", "rule": {"max-nights": {"count": 4, "per": "month"}}, "strength": {"soft": {"weight": 5}}},
        {"name": "leave", "rule": "leave"}]}"#;
    let rules: RuleSet = serde_json::from_str(text).unwrap();
    assert_eq!(rules.rules()[0].strength, oncall_core::rules::Strength::Hard);
    assert_eq!(rules.hours(), &Hours::default());
    assert_eq!(serde_json::from_str::<RuleSet>("{}").unwrap(), RuleSet::default());
    for (bad, says) in [
        (r#"{"rules": [{"name": "a", "rule": {"one-week-in": {"weeks": 0}}}]}"#, "rules[0].rule.weeks"),
        (r#"{"rules": [{"name": "a", "rule": {"min-rest": {"minutes": -5}}}]}"#, "-5"),
        (r#"{"rules": [{"name": "a", "rule": {"share-of-time": {"percent": 101, "weeks": 4}}}]}"#, "from 1 to 100"),
        (r#"{"rules": [{"name": "a", "rule": {"min-rest": {"minutes": 5, "hours": 1}}}]}"#, "unknown field `hours`"),
        (r#"{"hours": {"night": "22-7"}}"#, "night: "),
        (
            r#"{"rules": [{"name": "a", "rule": {"max-shifts": {"count": 1, "per": "month", "role": "shadow"}}}]}"#,
            "rules[0].rule.role: rule `a` counts shifts as shadow",
        ),
        (r#"{"rule": []}"#, "unknown field `rule`"),
    ] {
        let error = serde_json::from_str::<RuleSet>(bad).unwrap_err().to_string();
        assert!(error.contains(says), "{says} in {error}");
    }
}

#[test]
fn somebody_unknown_in_the_span_is_an_error_with_the_place() {
    let team = team(1);
    let week = span("2026-01-05T09:00:00Z", "2026-01-12T09:00:00Z");
    let case = Case { team: &team, holidays: &Holidays::NONE, seats: &[], span: week };
    let error = RuleSet::default().check(&case, &[shift("p0", week), shift("who", week)]).unwrap_err();
    assert_eq!(error.to_string(), "shifts[1]: person `who` is not in the team");
    assert!(matches!(error, Error::Several { .. }));
}

#[test]
fn strangers_are_errors_wherever_they_reach_into_the_span() {
    let (team, week) = (team(1), span("2026-01-05T09:00:00Z", "2026-01-12T09:00:00Z"));
    let case = Case { team: &team, holidays: &Holidays::NONE, seats: &[], span: week };
    let check = |from: &str, until: &str| RuleSet::default().check(&case, &[shift("zed", span(from, until))]);
    // A century over all of it, and a day into it; what is over before it is nobody's.
    for until in ["2036-01-01T00:00:00Z", "2026-01-05T10:00:00Z"] {
        let error = check("1936-01-01T00:00:00Z", until).unwrap_err();
        assert_eq!(error.to_string(), "shifts[0]: person `zed` is not in the team");
    }
    assert!(check("1936-01-01T00:00:00Z", "2026-01-05T09:00:00Z").unwrap().keeps_all());
}

#[test]
fn a_shift_written_down_in_pieces_is_one_and_two_turns_stay_two() {
    let (team, seats) = (team(1), weeks(2, &[Role::Primary]));
    let case = Case { team: &team, holidays: &Holidays::NONE, seats: &seats, span: hull(&seats) };
    // From Monday to Monday, cut at two midnights.
    let cuts = [at("2026-02-04T23:00:00Z"), at("2026-02-07T23:00:00Z")];
    let [start, end] = [seats[0].span.start(), seats[0].span.end()];
    let pieces = [(start, cuts[0]), (cuts[0], cuts[1]), (cuts[1], end)];
    let pieces = pieces.map(|(start, end)| shift("p0", Span::new(start, end).unwrap()));
    for rule in [
        Rule::MinRest { minutes: 4_000 },
        Rule::NoBackToBack,
        Rule::MaxShifts { count: 1, per: timeline_core::PeriodKind::Month, role: None },
    ] {
        let verdict = only(rule.clone()).check(&case, &pieces).unwrap();
        assert!(verdict.keeps_all(), "{rule:?} {verdict}");
        let two = only(rule).check(&case, &[shift("p0", seats[0].span), shift("p0", seats[1].span)]).unwrap();
        assert!(!two.keeps_hard());
    }
    // Longer than a piece.
    let verdict = only(Rule::MaxLength { minutes: 6 * 1440 }).check(&case, &pieces).unwrap();
    assert_eq!(verdict.violations()[0].shifts, [shift("p0", seats[0].span)]);
}

#[test]
fn a_year_on_end_is_one_run_of_windows_with_every_shift_and_costs_each_window() {
    let (team, seats) = (team(1), weeks(52, &[Role::Primary]));
    let case = Case { team: &team, holidays: &Holidays::NONE, seats: &seats, span: hull(&seats) };
    let rule = NamedRule::soft("share", Rule::ShareOfTime { percent: 25, weeks: 4, slack_minutes: 60 }, 10);
    let rules = RuleSet::new(Tz::Europe__Berlin, Hours::default(), vec![rule]).unwrap();
    let shifts: Vec<_> = seats.iter().map(|seat| shift("p0", seat.span)).collect();
    let verdict = rules.check(&case, &shifts).unwrap();
    let [run] = verdict.violations() else { panic!("{verdict}") };
    assert_eq!((run.shifts.len(), run.run), (52, hull(&seats)));
    // Of the four weeks in each of some fifty windows three have to go.
    let windows = run.times / 3;
    assert!((49..=60).contains(&windows), "{windows}");
    assert_eq!(verdict.cost(), rules.constraints(&case, &[]).unwrap().cost(&vec![Some(0); 52], 1));
    assert!(verdict.to_string().contains(", and too much of 2026-02-02T08:00:00Z/"), "{verdict}");
}

#[test]
fn ten_thousand_people_and_a_century_are_answered() {
    let seats = weeks(13, &BOTH);
    let many = team(10_000);
    let case = Case { team: &many, holidays: &Holidays::NONE, seats: &seats, span: hull(&seats) };
    let rules = RuleSet::default();
    assert!(!rules.feasibility(&case, &[]).unwrap().is_impossible());
    let shifts: Vec<_> = seats.iter().enumerate().map(|(n, seat)| shift(&format!("p{n}"), seat.span)).collect();
    assert!(rules.check(&case, &shifts).unwrap().keeps_hard());

    let (century, five) = (weeks(5_200, &[Role::Primary]), team(5));
    let case = Case { team: &five, holidays: &Holidays::NONE, seats: &century, span: hull(&century) };
    assert_eq!(rules.feasibility(&case, &[]).unwrap().least_people(), 4);
}

/// Two people who take turns of two weeks are on call for half of the time, not for a quarter of it.
#[test]
fn a_shift_of_several_weeks_asks_for_as_many_times_the_rest() {
    let turn = |n: i64, weeks: i64| {
        let start = at("2026-01-05T09:00:00Z") + TimeDelta::weeks(n);
        Shift { span: Span::starting_at(start, TimeDelta::weeks(weeks)).unwrap(), ..shift("p0", week_of(n)) }
    };
    let team = team(1);
    let span = Span::starting_at(at("2026-01-05T09:00:00Z"), TimeDelta::weeks(20)).unwrap();
    let case = Case { team: &team, holidays: &Holidays::NONE, seats: &[], span };
    let rules = only(Rule::OneWeekIn { weeks: 4 });
    let broken = |shifts: &[Shift]| !rules.check(&case, shifts).unwrap().keeps_hard();
    assert!(broken(&[turn(0, 2), turn(4, 2)]), "half of the time");
    assert!(!broken(&[turn(0, 2), turn(8, 2)]), "a quarter of it");
    assert!(!broken(&[turn(0, 1), turn(4, 1), turn(8, 1)]));
}

fn week_of(n: i64) -> Span {
    Span::starting_at(at("2026-01-05T09:00:00Z") + TimeDelta::weeks(n), TimeDelta::weeks(1)).unwrap()
}

/// What the field advises is said of the teams that it is meant for, with its sum.
#[test]
fn advice_shows_its_sum_and_is_for_the_teams_it_is_meant_for() {
    let advised = |seats: &[Seat], people: Vec<Person>| {
        let team = Team::new(people).unwrap();
        let case = Case { team: &team, holidays: &Holidays::NONE, seats, span: hull(seats) };
        let advice = RuleSet::default().feasibility(&case, &[]).unwrap().advice;
        advice.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let people = |places: &[(Tz, Option<&str>)]| -> Vec<Person> {
        let person = |(n, (zone, site)): (usize, &(Tz, Option<&str>))| {
            let person = Person::new(id(&format!("p{n}"))).in_zone(*zone);
            site.map_or(person.clone(), |site| person.at_site(site))
        };
        places.iter().enumerate().map(person).collect()
    };
    let (berlin, tokyo) = (Tz::Europe__Berlin, Tz::Asia__Tokyo);
    let (weekly, both) = (weeks(26, &BOTH[..1]), weeks(26, &BOTH));
    assert_eq!(
        advised(&weekly, people(&[(berlin, None); 4])),
        [
            "at least 5 people for one seat by the week in one zone: 1 seat / (5 - 1) people = 25 % of the time each \
             while one is away; there are 4",
            "at least 4 people for 25 % of the time each: 4367 h of seats / (0.25 x 4367 h); there are 4",
            "at most 13 people, so that each has a seat in 13 weeks: 26 seats x 2184 h / 4367 h; there are 4",
        ]
    );
    let of_both = advised(&both, people(&[(berlin, None); 8]));
    assert!(of_both[0].contains("at one site: 2 seats / 8 people = 25 % of the time each"), "{}", of_both[0]);
    let sites = advised(&both, people(&[(berlin, Some("berlin")), (tokyo, Some("tokyo"))]));
    assert!(
        sites[0].starts_with(
            "at least 6 people at `berlin`, one of 2 sites: 2 seats / 2 / 25 % of the time each = 4, and more"
        ),
        "{}",
        sites[0]
    );
    // In two zones, or by the fortnight, only the share of time is advised.
    let fortnights: Vec<Seat> =
        weekly.chunks(2).map(|two| Seat { span: two[0].span.hull(two[1].span), ..two[0].clone() }).collect();
    let two_zones = people(&[(berlin, None), (tokyo, None)]);
    for advice in [
        advised(&weekly, two_zones.clone()),
        advised(&both, two_zones),
        advised(&fortnights, people(&[(berlin, None); 4])),
    ] {
        assert!(advice[0].contains("for 25 % of the time each: "), "{advice:?}");
    }
}

/// Turns of two weeks take as many people as turns of one, since each is off for twice as long.
#[test]
fn turns_of_several_weeks_take_as_many_people_as_turns_of_one() {
    let rules = only(Rule::OneWeekIn { weeks: 4 }).with(NamedRule::hard("one-role", Rule::OneRole)).unwrap();
    for (length, roles, people) in [(1, &BOTH[..1], 4), (2, &BOTH[..1], 4), (3, &BOTH[..1], 4), (2, &BOTH[..], 8)] {
        let starts = (0..12).map(|n| at("2026-01-05T09:00:00Z") + TimeDelta::weeks(n * length));
        let spans = starts.map(|start| Span::starting_at(start, TimeDelta::weeks(length)).unwrap());
        let seat = |span| roles.iter().map(move |role| Seat { span, role: *role, requires: Requirements::default() });
        let seats: Vec<Seat> = spans.flat_map(seat).collect();
        let few = team(people - 1);
        let case = Case { team: &few, holidays: &Holidays::NONE, seats: &seats, span: hull(&seats) };
        let verdict = rules.feasibility(&case, &[]).unwrap();
        assert_eq!(verdict.least_people(), people as u64, "{length} {verdict}");
        assert!(verdict.is_impossible());
    }
}
