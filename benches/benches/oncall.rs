//! oncall-core: who is on call, compiled and not, beside the expansion of a recurrence rule.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use oncall_core::escalation::{
    Actions, Escalation, Event, Key, OnCall, PageId, Policy, Severity, Step, Target, Trigger,
};
use oncall_core::rotation::{Rotation, ShiftLength};
use oncall_core::schedule::{Change, Compiled, Layer, Override, Schedule, Source};
use oncall_core::{PersonId, Role, Shift, Span, Tz};
use rrule::RRuleSet;

const PEOPLE: usize = 7;

fn people() -> Vec<PersonId> {
    (0..PEOPLE).map(|place| PersonId::new(&format!("person {place}")).unwrap()).collect()
}

/// A year of handoffs at nine in Berlin, from Monday 5 January 2026 on.
fn year() -> Span {
    Span::new("2026-01-05T08:00:00Z".parse().unwrap(), "2027-01-04T08:00:00Z".parse().unwrap()).unwrap()
}

fn rotation(length: ShiftLength) -> Rotation {
    let start = "2026-01-05T09:00:00".parse().unwrap();
    Rotation::builder(Tz::Europe__Berlin, length, start).people(people()).build().unwrap()
}

fn compiled(rotation: &Rotation) -> Compiled {
    let shifts: Vec<_> = rotation
        .shifts(year())
        .unwrap()
        .map(|(span, person)| Shift { span, role: Role::Primary, person: person.clone() })
        .collect();
    Schedule::published(&shifts).unwrap().compile(year()).unwrap()
}

/// The shift that holds `t`, counted along the rule, whose turn is that of the person at its number modulo the people.
fn by_rule(rule: &RRuleSet, t: DateTime<Utc>) -> usize {
    (rule.into_iter().take_while(|start| *start <= t).count() - 1) % PEOPLE
}

/// Instants all over the year, each once, in no order that a cache likes.
fn questions() -> Vec<DateTime<Utc>> {
    let minutes = year().length().num_minutes();
    (0..1_009).map(|index| year().start() + TimeDelta::minutes(index * 104_729 % minutes)).collect()
}

fn who(criterion: &mut Criterion) {
    let (people, questions) = (people(), questions());
    let mut group = criterion.benchmark_group("oncall");
    for (name, length, frequency) in [("weekly", ShiftLength::WEEK, "WEEKLY"), ("daily", ShiftLength::DAY, "DAILY")] {
        let rotation = rotation(length);
        let compiled = compiled(&rotation);
        let rule = format!("DTSTART;TZID=Europe/Berlin:20260105T090000\nRRULE:FREQ={frequency}");
        let rule: RRuleSet = rule.parse().unwrap();
        // The same answers to all questions, before anything is measured.
        for t in &questions {
            let ours = compiled.who(*t, Role::Primary).unwrap();
            assert_eq!(ours, rotation.turn_at(*t).unwrap().unwrap().person);
            assert_eq!(ours, people.get(by_rule(&rule, *t)), "{name} at {t}");
        }
        let mut next = questions.iter().cycle();
        group.bench_function(format!("who/{name}/compiled"), |bench| {
            bench.iter(|| compiled.who(*next.next().unwrap(), Role::Primary).unwrap().map(PersonId::as_str));
        });
        group.bench_function(format!("who/{name}/rotation"), |bench| {
            bench.iter(|| rotation.turn_at(*next.next().unwrap()).unwrap().and_then(|turn| turn.person));
        });
        group.bench_function(format!("who/{name}/rrule"), |bench| {
            bench.iter(|| &people[by_rule(&rule, *next.next().unwrap())]);
        });
    }
    group.finish();
}

/// Two steps of five minutes, twice, and a stale acknowledgement after an hour.
fn desk() -> Escalation {
    let step = |role| Step::new(vec![Target::Role(role)], TimeDelta::minutes(5)).unwrap();
    let policy = Policy::new(vec![step(Role::Primary), step(Role::Secondary)]).unwrap();
    let policy = policy.repeated(1).unwrap().acknowledged_for(TimeDelta::hours(1)).unwrap();
    let [ada, bob] = ["ada", "bob"].map(|name| PersonId::new(name).unwrap());
    Escalation::new(policy, OnCall::nobody().with(Role::Primary, ada).with(Role::Secondary, bob))
}

fn trigger(key: &Key) -> Event {
    Event::Triggered(Trigger { key: key.clone(), group: None, severity: Severity::High })
}

fn keys(number: u64) -> Vec<Key> {
    (0..number).map(|index| Key::new(&format!("service {index} is down")).unwrap()).collect()
}

/// Events of a desk that has so many pages open beside: some that open, take and end a page, some that say again what
/// is known, and ticks before anything is due.
fn escalation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("oncall");
    let start = year().start();
    let ada = PersonId::new("ada").unwrap();
    for open in [100_u64, 10_000, 1_000_000] {
        let keys = keys(open + 1);
        let mut desk = desk();
        let mut actions = Actions::new();
        for (key, ms) in keys.iter().skip(1).zip(0..) {
            desk.handle_into(start + TimeDelta::microseconds(ms), trigger(key), &mut actions).unwrap();
            actions.clear();
        }
        // Those beside are taken, so that ticks find nothing due.
        let mut now = start + TimeDelta::seconds(2);
        for number in 1..=open {
            let page = PageId::from_number(number);
            desk.handle_into(now, Event::Acknowledged { page, by: ada.clone() }, &mut actions).unwrap();
            actions.clear();
        }
        group.throughput(Throughput::Elements(3));
        group.bench_function(format!("escalation/cycle/{open}"), |bench| {
            bench.iter(|| {
                now += TimeDelta::nanoseconds(1);
                desk.handle_into(now, trigger(&keys[0]), &mut actions).unwrap();
                let page = PageId::from_number(desk.tally().opened);
                desk.handle_into(now, Event::Acknowledged { page, by: ada.clone() }, &mut actions).unwrap();
                desk.handle_into(now, Event::Resolved { page, by: ada.clone() }, &mut actions).unwrap();
                actions.clear();
            });
        });
        group.throughput(Throughput::Elements(1));
        let mut next = keys.iter().skip(1).cycle();
        group.bench_function(format!("escalation/repeated/{open}"), |bench| {
            bench.iter(|| desk.handle_into(now, trigger(next.next().unwrap()), &mut actions).unwrap());
        });
        group.bench_function(format!("escalation/tick/{open}"), |bench| {
            bench.iter(|| {
                now += TimeDelta::nanoseconds(1);
                desk.handle_into(now, Event::Tick, &mut actions).unwrap();
            });
        });
        assert!(actions.is_empty() && desk.open() == keys.len() - 1, "nothing came of what is known");
    }
    group.finish();
}

/// Ten layers in five zones, half of them secondary: two at the bottom that always count, the others for some hours of
/// some days; an override a week.
fn layered(length: ShiftLength) -> Schedule {
    let zones = [Tz::Europe__Berlin, Tz::America__New_York, Tz::Asia__Tokyo, Tz::UTC, Tz::Australia__Sydney];
    let days = ["", "Mon-Fri", "Sat,Sun", "Tue,Thu", "Mon"];
    let layer = |(n, zone): (usize, Tz)| {
        let rotation = Rotation::builder(zone, length, "2026-01-05T00:00:00".parse().unwrap()).people(people());
        let role = if n % 2 == 0 { Role::Primary } else { Role::Secondary };
        let layer = Layer::new(format!("layer {n}"), role, Source::Rotation(rotation.build().unwrap()));
        match days[n / 2] {
            "" => layer,
            days => layer.restricted_to(format!("{days} {:02}:00-{:02}:00 {zone}", n + 3, n + 9).parse().unwrap()),
        }
    };
    let layers = (0..10).zip(zones.into_iter().cycle()).map(layer).collect();
    let overrides = (0..52).map(|week| Override {
        role: Role::Primary,
        span: Span::starting_at(year().start() + TimeDelta::hours(week * 167), TimeDelta::hours(5)).unwrap(),
        change: Change::Take { person: PersonId::new("stand-in").unwrap() },
        made_by: PersonId::new("lead").unwrap(),
        reason: "day off".to_owned(),
    });
    Schedule::from_parts(layers, Vec::new(), Vec::new(), overrides.collect()).unwrap()
}

fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("oncall");
    for (name, length) in
        [("weekly", ShiftLength::WEEK), ("daily", ShiftLength::DAY), ("hourly", "1h".parse().unwrap())]
    {
        let schedule = layered(length);
        let compiled = schedule.compile(year()).unwrap();
        // The same person as the rules say one by one, before anything is measured.
        for t in questions() {
            for role in [Role::Primary, Role::Secondary] {
                assert_eq!(compiled.who(t, role).unwrap(), schedule.why(t, role).unwrap().person.as_ref());
            }
        }
        group.bench_function(format!("compile/{name}/10"), |bench| bench.iter(|| schedule.compile(year()).unwrap()));
    }
    group.finish();
}

criterion_group!(suites, escalation, who, compile);
criterion_main!(suites);
