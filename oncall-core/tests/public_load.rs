//! Load as a stranger measures it: a quarter of a team in which one burns out and one is never called.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use measure_core::Level;
use oncall_core::load::{
    Concern, Given, Limits, LoadReport, Outcome, Page, PersonLoad, Signal, Study, TooLittle, Verdict,
};
use oncall_core::{Availability, Error, Hours, Person, PersonId, Role, Shift, Span, Team, Tz};

fn id(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn t(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The first quarter of 2026 and the week before, in weeks from a Monday.
fn quarter() -> Span {
    Span::new(t("2025-12-29T00:00:00Z"), t("2026-04-06T00:00:00Z")).unwrap()
}

fn week(n: i64) -> Span {
    Span::starting_at(quarter().start() + TimeDelta::weeks(n), TimeDelta::weeks(1)).unwrap()
}

fn shift(person: &str, span: Span) -> Shift {
    Shift { span, role: Role::Primary, person: id(person) }
}

fn page(person: &str, at: DateTime<Utc>, incident: &str) -> Page {
    Page::new(at, "shop", id(person), incident).unwrap()
}

fn report(people: Vec<Person>, shifts: &[Shift], pages: &[Page]) -> LoadReport {
    let study = Study {
        team: &Team::new(people).unwrap(),
        shifts,
        pages,
        span: quarter(),
        zone: Tz::UTC,
        hours: &Hours::default(),
        limits: &Limits::default(),
        level: Level::P95,
    };
    study.report().unwrap()
}

fn team() -> Vec<Person> {
    ["ada", "bob", "cyd"].map(|name| Person::new(id(name))).to_vec()
}

#[test]
fn one_burns_out_for_reasons_and_one_is_never_called() {
    // Ada is on call every second week, with more incidents each time, every second of them at three in the night.
    let mut pages = Vec::new();
    for n in (0..14).step_by(2) {
        for k in 0..25 + 5 * n {
            let hour = if k % 2 == 0 { 3 } else { 14 };
            let at = week(n).start() + TimeDelta::days(k % 7) + TimeDelta::hours(hour) + TimeDelta::minutes(k / 7);
            pages.push(page("ada", at, &format!("{n}-{k}")).acknowledged_at(at + TimeDelta::minutes(4)).unwrap());
        }
    }
    let shifts: Vec<Shift> = (0..14).map(|n| shift(if n % 2 == 0 { "ada" } else { "bob" }, week(n))).collect();
    let report = report(team(), &shifts, &pages);
    let [ada, bob, cyd] = [0, 1, 2].map(|n| &report.people[n]);
    assert!(ada.incidents.verdict.exceeds() && ada.night_pages.verdict.exceeds(), "{}", ada.incidents.verdict);
    assert_eq!(ada.weeks.iter().filter(|week| week.over_limit).count(), 6);
    let reasons: Vec<String> = ada.burnout.signals.iter().map(ToString::to_string).collect();
    assert_eq!(ada.burnout.concern, Concern::Warning, "{reasons:?}");
    assert!(
        reasons.iter().any(|reason| reason.starts_with("the last 6 weeks on call were over the limit")),
        "{reasons:?}"
    );
    assert!(reasons.iter().any(|reason| reason.contains("nights interrupted in the last 6 weeks")), "{reasons:?}");
    assert!(reasons.contains(&"on call for 1176 of 2352 hours, there for 100 % of them (limit 25 %)".to_owned()));
    // Bob is on call as much, without a page: time is a reason, and the only one.
    assert!(matches!(bob.burnout.signals[..], [Signal::TooMuchTime(_)]));
    assert_eq!((bob.burnout.concern, bob.underload.is_none()), (Concern::Watch, true));
    assert!(bob.incidents.verdict.holds());
    // Cyd was never on call in the only whole quarter.
    assert_eq!(cyd.underload.as_ref().unwrap().quarters, ["2026-Q1"]);
    assert_eq!(cyd.burnout.concern, Concern::None);
    assert_eq!(report.team.weekly_incidents.len(), 14);
    assert!(report.people.iter().all(|person| person.off_duty == 0));
}

#[test]
fn a_bad_week_is_not_a_trend() {
    let storm: Vec<Page> =
        (0..60).map(|n| page("ada", week(13).start() + TimeDelta::minutes(90 * n), &format!("i{n}"))).collect();
    let shifts: Vec<Shift> = (0..14).map(|n| shift("ada", week(n))).collect();
    let report = report(team(), &shifts, &storm);
    let ada = &report.people[0];
    assert!(ada.weeks.last().unwrap().over_limit && ada.shifts.last().unwrap().over_limit);
    assert!(!ada.incidents.verdict.exceeds(), "{}", ada.incidents.verdict);
    assert!(ada.incidents.dispersion.unwrap().is_significant());
    assert!(
        !ada.burnout.signals.iter().any(|signal| matches!(signal, Signal::Rising(_) | Signal::WeeksOverLimit { .. }))
    );
}

#[test]
fn a_calm_week_ends_a_run_of_bad_ones() {
    let shifts: Vec<Shift> = (0..14).map(|n| shift("ada", week(n))).collect();
    let run = |bad: &[i64]| {
        let pages: Vec<Page> = bad
            .iter()
            .flat_map(|n| {
                (0..29).map(move |k| page("ada", week(*n).start() + TimeDelta::hours(5 * k), &format!("{n}-{k}")))
            })
            .collect();
        let signals = report(team(), &shifts, &pages).people.remove(0).burnout.signals;
        signals.into_iter().find_map(|signal| match signal {
            Signal::WeeksOverLimit { weeks, .. } => Some(weeks),
            _ => None,
        })
    };
    assert_eq!(run(&[9, 10, 11, 12, 13]), Some(5));
    assert_eq!((run(&[8, 9, 10, 12, 13]), run(&[9, 10, 11, 12])), (None, None));
}

#[test]
fn incidents_that_rise_week_by_week_are_a_trend() {
    let shifts: Vec<Shift> = (0..14).map(|n| shift("ada", week(n))).collect();
    let pages: Vec<Page> = (0..14)
        .flat_map(|n| {
            (0..=n).map(move |k| page("ada", week(n).start() + TimeDelta::hours(12 + k), &format!("{n}-{k}")))
        })
        .collect();
    let report = report(team(), &shifts, &pages);
    assert!(report.people[0].burnout.signals.iter().any(|signal| matches!(signal, Signal::Rising(_))));
    assert_eq!(report.team.trend.unwrap().direction, measure_core::trend::Direction::Rising);
    assert!(report.services["shop"].trend.is_ok());
}

#[test]
fn noise_and_waiting_are_judged_with_what_is_not_known_yet() {
    let start = week(0).start() + TimeDelta::hours(12);
    let pages: Vec<Page> = (0..90)
        .map(|n| {
            let at = start + TimeDelta::hours(24 * n);
            let page = page("ada", at, &format!("i{n}"));
            let page = page.with_outcome(if n % 3 == 0 { Outcome::Actionable } else { Outcome::SelfResolved });
            if n % 2 == 0 { page.acknowledged_at(at + TimeDelta::minutes(2)).unwrap() } else { page }
        })
        .collect();
    let report = report(team(), &[], &pages);
    let load = &report.services["shop"].pages;
    assert_eq!((load.noise.share.successes(), load.noise.share.trials()), (60, 90));
    assert!(load.noise.verdict.exceeds(), "{}", load.noise.verdict);
    // Half of the pages were never taken: the median is where the curve comes to one half, and 90 % are not reached.
    let wait = &load.acknowledgement;
    assert_eq!((wait.waits.events(), wait.waits.censored()), (45, 45));
    assert_eq!((wait.median.unwrap().value, wait.quantile.unwrap().value), (Some(2.0), None));
    assert!(!wait.verdict.holds(), "{}", wait.verdict);
    assert_eq!(report.people[0].off_duty, 90);
    let verdict = report.people[0].incidents.verdict.to_string();
    assert_eq!(verdict, "not enough data: 0 weeks on call, and 4 are needed");
}

#[test]
fn leave_without_rest_and_pages_on_leave_are_signals() {
    let vacation = Span::new(t("2026-02-02T08:00:00Z"), t("2026-02-16T00:00:00Z")).unwrap();
    let people = vec![Person::new(id("ada")).with_leave(vacation, Some("skiing".to_owned()))];
    // From Monday to Monday until eight hours before, and again as soon as the leave is over.
    let shifts = [shift("ada", week(4)), shift("ada", week(7))];
    let pages = [page("ada", t("2026-02-05T10:00:00Z"), "x")];
    let signals = report(people.clone(), &shifts, &pages).people.remove(0).burnout.signals;
    let reasons: Vec<String> = signals.iter().map(ToString::to_string).collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons[0].ends_with("without 12 hours of rest, 8 hours before, 0 hours after"), "{reasons:?}");
    assert_eq!(reasons[1], "1 page on leave");
    let served = report(people, &[shift("ada", week(5))], &[]).people.remove(0).burnout.signals;
    let reasons: Vec<String> = served.iter().map(ToString::to_string).collect();
    assert!(reasons.contains(&"on call for 9600 minutes of leave".to_owned()), "{reasons:?}");
}

#[test]
fn half_a_position_has_half_the_time() {
    let half = Person::new(id("ada")).with_availability(Availability::from_percent(50).unwrap());
    let shifts = [shift("ada", week(0)), shift("ada", week(5))];
    let time = report(vec![half], &shifts, &[]).people[0].time;
    // Two weeks of fourteen are a seventh, and a quarter of a half is an eighth.
    assert_eq!((time.minutes, time.exceeds), (2 * 7 * 1440, true));
    assert!(!report(vec![Person::new(id("ada"))], &shifts, &[]).people[0].time.exceeds);
}

/// "At most 25 % of the time on call": primary alone needs four people, primary and secondary eight (SRE book, chapter
/// 11).
#[test]
fn a_quarter_of_the_time_needs_four_for_one_role_and_eight_for_two() {
    let span = Span::starting_at(quarter().start(), TimeDelta::weeks(56)).unwrap();
    let beyond = |n: usize, roles: &[Role]| {
        let name = |k: usize| format!("p{}", k % n);
        let people = (0..n).map(|k| Person::new(id(&name(k)))).collect();
        let shifts: Vec<Shift> = (0..56_usize)
            .flat_map(|k| {
                let turn = |(place, role): (usize, &Role)| Shift {
                    role: *role,
                    ..shift(&name(k + 2 * place), week(i64::try_from(k).unwrap()))
                };
                roles.iter().enumerate().map(turn).collect::<Vec<_>>()
            })
            .collect();
        let study = Study {
            team: &Team::new(people).unwrap(),
            shifts: &shifts,
            pages: &[],
            span,
            zone: Tz::UTC,
            hours: &Hours::default(),
            limits: &Limits::default(),
            level: Level::P95,
        };
        study.report().unwrap().people.iter().any(|person| person.time.exceeds)
    };
    let (one, two) = ([Role::Primary], [Role::Primary, Role::Secondary]);
    assert_eq!((beyond(4, &one), beyond(3, &one)), (false, true));
    assert_eq!((beyond(8, &two), beyond(7, &two)), (false, true));
    assert!(!beyond(4, &[Role::Primary, Role::Shadow]));
}

#[test]
fn ten_thousand_people_and_a_change_of_clocks_are_measured() {
    let zones = [Tz::Europe__Berlin, Tz::America__New_York, Tz::Australia__Lord_Howe];
    let people: Vec<Person> =
        (0..10_000_usize).map(|n| Person::new(id(&format!("p{n}"))).in_zone(zones[n % 3])).collect();
    let shifts: Vec<Shift> = (0..10_000).map(|n| shift(&format!("p{n}"), week(n % 14))).collect();
    // Berlin's clocks go from 02:00 to 03:00 on 29 March: both pages are in the night of the 28th.
    let pages = [page("p0", t("2026-03-29T00:59:00Z"), "x"), page("p0", t("2026-03-29T01:59:00Z"), "y")];
    let report = report(people, &shifts, &pages);
    assert_eq!(report.people.len(), 10_000);
    let sleep = &report.people[0].sleep;
    assert_eq!((sleep.interruptions.len(), sleep.nights.len(), sleep.minutes_awake), (2, 1, 60));
    assert_eq!(report.people[0].off_duty, 2);
    // Each week of the span has its first days or its last in the quarter.
    assert!(report.people.iter().all(|person| person.time.minutes == 7 * 1440 && person.underload.is_none()));
}

#[test]
fn strangers_are_named_with_their_places() {
    let team = Team::new(team()).unwrap();
    let study = Study {
        team: &team,
        shifts: &[shift("ada", week(0)), shift("eve", week(1))],
        pages: &[page("mallory", week(0).start(), "x")],
        span: quarter(),
        zone: Tz::UTC,
        hours: &Hours::default(),
        limits: &Limits::new(Given { minutes_back_to_sleep: 0, ..Given::default() }).unwrap(),
        level: Level::P95,
    };
    let fault = study.report().unwrap_err().to_string();
    let places =
        "shifts[1].person: person `eve` is not in the team; pages[0].person: person `mallory` is not in the team";
    assert_eq!(fault, places);
    let blink = Span::starting_at(week(0).start(), TimeDelta::seconds(1)).unwrap();
    let short = Study { shifts: &[], pages: &[], span: blink, ..study };
    assert_eq!(short.report(), Err(Error::PeriodOutOfRange { minutes: 0 }));
    // Nothing at all is an answer.
    let quiet = Study { shifts: &[], pages: &[], ..study }.report().unwrap();
    assert_eq!((quiet.people.len(), quiet.team.pages.pages, quiet.services.len()), (3, 0, 0));
    // What is not known is written as such, without a NaN, which JSON would have as null.
    #[cfg(feature = "serde")]
    {
        let text = serde_json::to_string(&quiet).unwrap();
        assert!(text.contains("not-enough") && serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
    }
}

fn of_ada(shifts: &[Shift], pages: &[Page], span: Span) -> PersonLoad {
    let study = Study {
        team: &Team::new(vec![Person::new(id("ada"))]).unwrap(),
        shifts,
        pages,
        span,
        zone: Tz::UTC,
        hours: &Hours::default(),
        limits: &Limits::default(),
        level: Level::P95,
    };
    study.report().unwrap().people.remove(0)
}

/// Twelve shifts by the week, every other week, and what each of them has: whatever the day and hour of the handoff.
#[test]
fn a_week_on_call_is_one_whatever_the_day_and_hour_of_the_handoff() {
    for handoff in ["05T00:00", "05T09:00", "07T09:00", "09T17:30"] {
        let start = t(&format!("2026-01-{handoff}:00Z"));
        let at = |week: i64, minutes: i64| start + TimeDelta::weeks(week) + TimeDelta::minutes(minutes);
        let shifts: Vec<Shift> =
            (0..12).map(|n| shift("ada", Span::new(at(2 * n, 0), at(2 * n + 1, 0)).unwrap())).collect();
        let span = Span::new(t("2026-01-01T00:00:00Z"), at(25, 0)).unwrap();

        let forty = (0..12).flat_map(|n| (0..40).map(move |k| (n, k)));
        let pages: Vec<Page> = forty.map(|(n, k)| page("ada", at(2 * n, 60 + 240 * k), &format!("{n}-{k}"))).collect();
        let ada = of_ada(&shifts, &pages, span);
        let Verdict::Exceeds(evidence) = &ada.incidents.verdict else { panic!("{:?}", ada.incidents.verdict) };
        assert_eq!(evidence.n, 12, "at {handoff}");
        assert!(ada.burnout.signals.iter().any(|signal| matches!(signal, Signal::WeeksOverLimit { weeks: 12, .. })));

        // At half past three in the nights of the first, third and fifth day of each, and in one of a week off duty.
        let nightly = (0..12).flat_map(|n| [0, 2, 4].map(|day| (n, day)));
        let by_night = |week: i64, day: i64| {
            let day = at(week, 0) + TimeDelta::days(day + 1);
            day.date_naive().and_hms_opt(3, 30, 0).unwrap().and_utc()
        };
        let mut pages: Vec<Page> =
            nightly.map(|(n, day)| page("ada", by_night(2 * n, day), &format!("{n}-{day}"))).collect();
        pages.push(page("ada", by_night(1, 3), "off duty"));
        let ada = of_ada(&shifts, &pages, span);
        let Verdict::Exceeds(evidence) = &ada.night_pages.verdict else { panic!("{:?}", ada.night_pages.verdict) };
        assert!((evidence.value.unwrap() - 3.0).abs() < 1e-9 && evidence.n == 12, "at {handoff}: {evidence}");
        assert_eq!(ada.off_duty, 1);

        // Two shifts are two weeks, too few for any verdict.
        let ada = of_ada(&shifts[..2], &[], span);
        assert_eq!(ada.incidents.verdict, Verdict::NotEnough(TooLittle::Weeks { have: 2, need: 4 }), "at {handoff}");
        // Without a page there is no trend either, as long as there are enough weeks.
        assert!(of_ada(&shifts, &[], span).night_pages.verdict.holds());
    }
}

/// Nights are counted by the night: who is on call for half of each week's nights has half a week of them.
#[test]
fn pages_in_nights_are_over_nights_on_call_and_none_is_not_enough() {
    let span = Span::starting_at(t("2026-01-05T00:00:00Z"), TimeDelta::weeks(12)).unwrap();
    let at = |week: i64, hours: i64| span.start() + TimeDelta::weeks(week) + TimeDelta::hours(hours);
    let part = |from: i64, hours: i64| -> Vec<Shift> {
        (0..12).map(|n| shift("ada", Span::starting_at(at(n, from), TimeDelta::hours(hours)).unwrap())).collect()
    };
    // Monday noon to Thursday noon has three of seven nights.
    let pages: Vec<Page> = (0..12).map(|n| page("ada", at(n, 51), &n.to_string())).collect();
    let verdict = of_ada(&part(12, 72), &pages, span).night_pages.verdict;
    assert!((verdict.evidence().unwrap().value.unwrap() - 7.0 / 3.0).abs() < 1e-9, "{verdict}");
    let verdict = of_ada(&part(9, 8), &pages, span).night_pages.verdict;
    assert_eq!(verdict.to_string(), "not enough data: 0 weeks with a night on call, and 4 are needed");
}

/// Sixty pages of one incident wait once.
#[test]
fn a_storm_waits_once_to_be_acknowledged() {
    let team = Team::new(vec![Person::new(PersonId::new("ada").unwrap())]).unwrap();
    let start: DateTime<Utc> = "2026-01-05T00:00:00Z".parse().unwrap();
    let page = |minutes: i64, incident: &str, taken: i64| {
        let came = start + TimeDelta::minutes(minutes);
        let page = Page::new(came, "api", PersonId::new("ada").unwrap(), incident).unwrap();
        page.acknowledged_at(came + TimeDelta::minutes(taken)).unwrap()
    };
    let storm = (0..60).map(|n| page(n, "storm", 20));
    let others = (0..80).map(|n| page(600 + 60 * n, &format!("{n}"), 1));
    let pages: Vec<Page> = storm.chain(others).collect();
    let (hours, limits) = (Hours::default(), Limits::default());
    let span = Span::starting_at(start, TimeDelta::weeks(1)).unwrap();
    let shifts = [Shift { span, role: Role::Primary, person: PersonId::new("ada").unwrap() }];
    let study = Study {
        team: &team,
        shifts: &shifts,
        pages: &pages,
        span,
        zone: Tz::UTC,
        hours: &hours,
        limits: &limits,
        level: Level::P95,
    };
    let verdict = study.report().unwrap().team.pages.acknowledgement.verdict;
    let Verdict::Holds(evidence) = verdict else { panic!("{verdict:?}") };
    assert_eq!(evidence.n, 81);
}

/// Two incidents that waited for long are no verdict.
#[test]
fn a_few_incidents_say_nothing_of_waits() {
    let span = week(0);
    let came = |n: i64| span.start() + TimeDelta::hours(5 * n);
    let late = |n: i64| page("ada", came(n), &n.to_string()).acknowledged_at(came(n) + TimeDelta::minutes(20)).unwrap();
    let pages: Vec<Page> = (0..8).map(late).collect();
    let verdict = |few: usize| of_ada(&[shift("ada", span)], &pages[..few], span).pages.acknowledgement.verdict;
    assert_eq!(verdict(2), Verdict::NotEnough(TooLittle::Incidents { have: 2, need: 8 }));
    assert!(verdict(8).exceeds());
}

/// A day on call in each of twelve weeks is twelve weeks on call, not one.
#[test]
fn a_day_on_call_every_week_is_as_many_weeks() {
    let ada = PersonId::new("ada").unwrap();
    let team = Team::new(vec![Person::new(ada.clone())]).unwrap();
    let start: DateTime<Utc> = "2026-01-05T09:00:00Z".parse().unwrap();
    let at = |week: i64, hours: i64| start + TimeDelta::weeks(week) + TimeDelta::hours(hours);
    let shift = |n| Shift { span: Span::new(at(n, 0), at(n, 9)).unwrap(), role: Role::Primary, person: ada.clone() };
    let shifts: Vec<Shift> = (0..12).map(shift).collect();
    let page = |n: i64, k: i64| Page::new(at(n, k), "api", ada.clone(), &format!("{n}-{k}")).unwrap();
    let pages: Vec<Page> = (0..12).flat_map(|n| (1..6).map(move |k| (n, k))).map(|(n, k)| page(n, k)).collect();
    let (hours, limits) = (Hours::default(), Limits::default());
    let study = Study {
        team: &team,
        shifts: &shifts,
        pages: &pages,
        span: Span::new(at(0, -9), at(12, -9)).unwrap(),
        zone: Tz::UTC,
        hours: &hours,
        limits: &limits,
        level: Level::P95,
    };
    let ada = &study.report().unwrap().people[0];
    assert_eq!(ada.incidents.verdict.evidence().map(|evidence| evidence.n), Some(12));
    assert!(ada.burnout.signals.iter().any(|signal| matches!(signal, Signal::WeeksOverLimit { weeks: 12, .. })));
}
