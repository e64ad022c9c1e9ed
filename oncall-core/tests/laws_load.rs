//! The laws of load that the docs state, one property each, and everything counted a second time, naively.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use measure_core::Level;
use oncall_core::burden::Served;
use oncall_core::load::{Given, Limits, LoadReport, Outcome, Page, PayRules, Rounding, Study};
use oncall_core::{Hours, Person, PersonId, Role, Shift, Span, Team, TimeCategory, Tz};
use proptest::prelude::*;

const START: i64 = 1_772_409_600; // 2026-03-02T00:00:00Z, a Monday
const WEEKS: i64 = 6 * 7 * 1440;

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(START + minutes * 60, 0).unwrap()
}

fn id(n: usize) -> PersonId {
    PersonId::new(&format!("p{n}")).unwrap()
}

fn team() -> Team {
    let zones = [Tz::Europe__Berlin, Tz::America__New_York, Tz::UTC];
    Team::new(zones.into_iter().enumerate().map(|(n, zone)| Person::new(id(n)).in_zone(zone)).collect()).unwrap()
}

fn page() -> impl Strategy<Value = Page> {
    let times = (-200..WEEKS + 200, proptest::option::of(0..90_i64), proptest::option::of(0..600_i64));
    (times, 0..3_usize, 0..2_usize, 0..25_usize, 0..5_usize).prop_map(
        |((from, taken, over), person, service, incident, outcome)| {
            let page = Page::new(at(from), &format!("s{service}"), id(person), &format!("i{incident}")).unwrap();
            let page = page.with_outcome(Outcome::ALL[outcome]);
            let page = taken.map_or(Ok(page.clone()), |taken| page.acknowledged_at(at(from + taken))).unwrap();
            over.map_or(Ok(page.clone()), |over| page.resolved_at(at(from + over))).unwrap()
        },
    )
}

fn shift() -> impl Strategy<Value = Shift> {
    let role = prop_oneof![Just(Role::Primary), Just(Role::Secondary), Just(Role::Shadow)];
    (0..3_usize, -2_000..WEEKS, 30..10 * 1440_i64, role).prop_map(|(n, from, length, role)| Shift {
        span: Span::new(at(from), at(from + length)).unwrap(),
        role,
        person: id(n),
    })
}

fn records() -> impl Strategy<Value = (Vec<Shift>, Vec<Page>)> {
    (proptest::collection::vec(shift(), 0..10), proptest::collection::vec(page(), 0..40))
}

fn span() -> Span {
    Span::new(at(0), at(WEEKS)).unwrap()
}

fn report(shifts: &[Shift], pages: &[Page]) -> LoadReport {
    let study = Study {
        team: &team(),
        shifts,
        pages,
        span: span(),
        zone: Tz::UTC,
        hours: &Hours::default(),
        limits: &Limits::default(),
        level: Level::P95,
    };
    study.report().unwrap()
}

fn distinct<'a>(pages: impl Iterator<Item = &'a Page>) -> u64 {
    pages.map(Page::incident).collect::<BTreeSet<_>>().len().try_into().unwrap()
}

fn served() -> impl Strategy<Value = Served> {
    (0..90_000_u64, 0..90_000_u64, 0..30_u64, 0..28_u32).prop_map(|(day, night, pages, date)| {
        let served = Served::default().with_minutes(Role::Primary, TimeCategory::Weekday, day).unwrap();
        let served = served.with_minutes(Role::Secondary, TimeCategory::Night, night).unwrap();
        let served = served.with_pages(pages).unwrap();
        served.with_night_interrupted(NaiveDate::from_ymd_opt(2026, 2, 1 + date).unwrap())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_order_of_shifts_and_pages_does_not_matter((shifts, pages) in records(), turn in 0..40_usize) {
        let (mut turned_shifts, mut turned_pages) = (shifts.clone(), pages.clone());
        turned_shifts.reverse();
        turned_pages.rotate_left(turn.min(pages.len()));
        // Pages of one instant have no order of their own; all that is counted is the same.
        prop_assert_eq!(report(&shifts, &pages), report(&turned_shifts, &turned_pages));
    }

    #[test]
    fn all_counts_are_those_of_a_second_count((shifts, pages) in records()) {
        let report = report(&shifts, &pages);
        let inside: Vec<&Page> = pages.iter().filter(|page| span().contains(page.at())).collect();
        prop_assert_eq!(report.team.pages.incidents, distinct(inside.iter().copied()));
        for (n, load) in report.people.iter().enumerate() {
            let own: Vec<&Page> = inside.iter().copied().filter(|page| *page.person() == id(n)).collect();
            let duties: Vec<&Shift> = shifts.iter().filter(|shift| {
                shift.person == id(n) && shift.role != Role::Shadow && shift.span.overlaps(span())
            }).collect();
            let on_call = |t| duties.iter().any(|shift| shift.span.contains(t));
            prop_assert_eq!(load.pages.pages, own.len() as u64);
            prop_assert_eq!(load.off_duty, own.iter().filter(|page| !on_call(page.at())).count() as u64);
            prop_assert_eq!(load.shifts.len(), duties.len());
            for found in &load.shifts {
                let during = || own.iter().copied().filter(|page| found.shift.span.contains(page.at()));
                prop_assert_eq!((found.pages, found.incidents), (during().count() as u64, distinct(during())));
                let half_days = found.shift.span.intersect(span()).unwrap().length().num_minutes().max(720);
                prop_assert_eq!(found.over_limit, i64::try_from(found.incidents).unwrap() * 720 > 2 * half_days);
            }
            let minutes = (0..WEEKS).filter(|minute| on_call(at(*minute))).count() as u64;
            prop_assert_eq!(load.time.minutes, minutes);
            prop_assert_eq!(load.weeks.iter().map(|week| week.minutes).sum::<u64>(), minutes);
            let duty_pages = || own.iter().copied().filter(|page| on_call(page.at()));
            prop_assert_eq!(load.weeks.iter().map(|week| week.pages).sum::<u64>(), duty_pages().count() as u64);
            prop_assert_eq!(load.weeks.iter().map(|week| week.incidents).sum::<u64>(), distinct(duty_pages()));
            prop_assert_eq!(load.time.exceeds, minutes * 100 > 25 * u64::try_from(WEEKS).unwrap());
        }
        let by_service: u64 = report.services.values().map(|service| service.pages.pages).sum();
        prop_assert_eq!(by_service, inside.len() as u64);
        let outside = pages.len() - inside.len() + shifts.iter().filter(|shift| !shift.span.overlaps(span())).count();
        prop_assert_eq!(report.outside, outside as u64);
    }

    #[test]
    fn every_minute_awake_is_one_after_a_page_in_the_night((shifts, pages) in records()) {
        let report = report(&shifts, &pages);
        for (n, load) in report.people.iter().enumerate() {
            let zone = team().people()[n].zone();
            let nights = Hours::default().nights(zone, Span::new(at(-3_000), at(WEEKS + 3_000)).unwrap()).unwrap();
            let own = pages.iter().filter(|page| span().contains(page.at()) && *page.person() == id(n));
            let waking: Vec<Span> = own.filter_map(|page| {
                let night = nights.span_at(page.at())?;
                let over = page.resolved().or(page.acknowledged()).unwrap_or(page.at()) + TimeDelta::minutes(30);
                Span::new(page.at(), over.min(night.end())).ok()
            }).collect();
            let awake = (-3_000..WEEKS + 3_000).filter(|minute| waking.iter().any(|span| span.contains(at(*minute))));
            prop_assert_eq!(load.sleep.minutes_awake, awake.count() as u64);
            prop_assert_eq!(load.sleep.night_pages, waking.len() as u64);
            prop_assert_eq!(load.weeks.iter().map(|week| week.night_pages).sum::<u64>(), waking.len() as u64);
            // A page interrupts unless an earlier one of the same night keeps awake.
            let starts: BTreeSet<_> = waking.iter().map(|span| span.start()).collect();
            let asleep = |t: DateTime<Utc>| !waking.iter().any(|span| span.start() < t && t < span.end());
            prop_assert_eq!(load.sleep.interruptions.len(), starts.into_iter().filter(|t| asleep(*t)).count());
            let evenings: BTreeSet<NaiveDate> = load.sleep.interruptions.iter().map(|awake| awake.evening).collect();
            prop_assert_eq!(&load.sleep.nights, &evenings);
        }
    }

    #[test]
    fn pages_of_one_incident_count_once((shifts, pages) in records(), which in 0..40_usize) {
        prop_assume!(!pages.is_empty());
        let page = &pages[which % pages.len()];
        let mut more = pages.clone();
        more.push(page.clone());
        let (once, twice) = (report(&shifts, &pages), report(&shifts, &more));
        prop_assert_eq!(&once.team_incidents, &twice.team_incidents);
        for (one, other) in once.people.iter().zip(&twice.people) {
            prop_assert_eq!(&one.incidents, &other.incidents);
            prop_assert_eq!(one.sleep.minutes_awake, other.sleep.minutes_awake);
            prop_assert_eq!(&one.trend, &other.trend);
        }
    }

    #[test]
    fn outcomes_and_waits_account_for_every_page((shifts, pages) in records()) {
        let report = report(&shifts, &pages);
        let people = report.people.iter().map(|person| &person.pages);
        for load in people.chain(report.services.values().map(|service| &service.pages)).chain([&report.team.pages]) {
            prop_assert_eq!(load.by_outcome.iter().sum::<u64>(), load.pages);
            prop_assert_eq!(load.noise.share.trials() + load.noise.unknown, load.pages);
            prop_assert!(load.acknowledgement.waits.n() <= load.pages);
        }
        // An incident waits once.
        let inside = pages.iter().filter(|page| report.span.contains(page.at()));
        let incidents: std::collections::BTreeSet<&str> = inside.map(Page::incident).collect();
        prop_assert_eq!(report.team.pages.acknowledgement.waits.n(), incidents.len() as u64);
    }

    #[test]
    fn what_is_owed_adds_up_but_for_the_last_minute(a in served(), b in served(), hour in 0..200_u16, page in 0..99_u16) {
        let rules = |rounding| PayRules {
            weekday_hour: hour, night_hour: 37, secondary_percent: 41, page, interrupted_night: 240, rounding,
            ..PayRules::default()
        };
        let owed = |served: &Served, rounding| rules(rounding).owed(id(0), served).unwrap();
        let parts = |served: &Served| owed(served, Rounding::Up).items.iter().map(|item| item.parts).sum::<u128>();
        let day = |served: &Served| served.minutes(Role::Primary, TimeCategory::Weekday);
        let night = |served: &Served| served.minutes(Role::Secondary, TimeCategory::Night);
        let exact = |served: &Served| {
            u128::from(day(served)) * u128::from(hour) * 100
                + u128::from(night(served)) * 37 * 41
                + (u128::from(served.pages()) * u128::from(page) + 240) * 6_000
        };
        prop_assert_eq!((parts(&a), parts(&b)), (exact(&a), exact(&b)));
        let [up, nearest, down] =
            [Rounding::Up, Rounding::Nearest, Rounding::Down].map(|rounding| owed(&a, rounding).minutes);
        prop_assert!(down <= nearest && nearest <= up && up - down <= 1);
        let paid = exact(&a) - 240 * 6_000;
        prop_assert!(u128::from(up) * 6_000 >= paid && u128::from(down) * 6_000 <= paid);
        prop_assert_eq!(owed(&a, Rounding::Down).minutes_off, 240);
    }

    #[test]
    fn a_round_trip_through_json_gives_equal_values((_, pages) in records(), weeks in 1..50_u32, noise in 0..=100_u32) {
        let text = serde_json::to_string(&pages).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Page>>(&text).unwrap(), pages);
        let limits = Limits::new(Given { weeks_over_limit: weeks, percent_noise: noise, ..Given::default() }).unwrap();
        prop_assert_eq!(serde_json::from_str::<Limits>(&serde_json::to_string(&limits).unwrap()).unwrap(), limits);
    }
}
