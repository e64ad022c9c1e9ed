//! oncall-core: who is on call, compiled and not, beside the expansion of a recurrence rule.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use oncall_core::rotation::{Rotation, ShiftLength};
use oncall_core::schedule::{Compiled, Schedule};
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

criterion_group!(suites, who);
criterion_main!(suites);
