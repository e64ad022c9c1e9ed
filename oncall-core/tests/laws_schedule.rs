//! The laws of schedules, held against an implementation that walks every rule at one instant.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use oncall_core::rotation::{FollowTheSun, Rotation, ShiftLength, Site};
use oncall_core::schedule::{
    Change, Compiled, DoubleBooking, Layer, Override, Schedule, Source, Swap, SwapState, Temporary,
};
use oncall_core::{Membership, PersonId, Role, Shift, Span, Tz};
use proptest::prelude::*;
use proptest::sample::Index;

/// Three weeks around the nights in which Berlin and New York put their clocks back.
const HOURS: i64 = 21 * 24;

fn hour(n: i64) -> DateTime<Utc> {
    "2026-10-19T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(n)
}

fn span(start: i64, length: i64) -> Span {
    Span::new(hour(start), hour(start + length)).unwrap()
}

fn whole() -> Span {
    span(0, HOURS)
}

fn id(n: usize) -> PersonId {
    PersonId::new(["ada", "ben", "cy", "dot", "eve"][n % 5]).unwrap()
}

fn person() -> impl Strategy<Value = PersonId> {
    (0_usize..5).prop_map(id)
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![3 => Just(Role::Primary), 2 => Just(Role::Secondary), 1 => Just(Role::Shadow)]
}

fn inside(longest: i64) -> impl Strategy<Value = Span> {
    (0..HOURS - 1, 1..longest).prop_map(|(start, length)| span(start, length.min(HOURS - start)))
}

fn published(role: Role) -> impl Strategy<Value = Source> {
    let shift = (inside(80), person()).prop_map(move |(span, person)| Shift { span, role, person });
    prop::collection::vec(shift, 1..12).prop_map(Source::Published)
}

fn rotation() -> impl Strategy<Value = Rotation> {
    let zone = prop::sample::select(vec![Tz::Europe__Berlin, Tz::America__New_York, Tz::UTC]);
    let length = prop::sample::select(vec!["7h", "1d", "2d", "1w"]);
    let people = prop::collection::btree_set(0_usize..5, 1..5);
    (zone, length, people, 0_u32..24, 0_i64..14, prop::option::of(0..HOURS)).prop_map(
        |(zone, length, people, clock, late, leaves)| {
            let day = (hour(0) + TimeDelta::days(late - 7)).date_naive();
            let start = day.and_time(NaiveTime::from_hms_opt(clock, 30, 0).unwrap());
            let until = Membership::new(None, leaves.map(hour)).unwrap();
            let mut builder = Rotation::builder(zone, length.parse::<ShiftLength>().unwrap(), start)
                .role(Role::Primary, 0)
                .role(Role::Secondary, 1)
                .role(Role::Shadow, -1);
            for (n, person) in people.into_iter().enumerate() {
                builder = builder.member(id(person), if n == 0 { until } else { Membership::ALWAYS });
            }
            builder.build().unwrap()
        },
    )
}

fn sites() -> impl Strategy<Value = FollowTheSun> {
    (rotation(), rotation()).prop_map(|(berlin, new_york)| {
        let site = |name: &str, hours: &str, rotation| Site {
            name: name.into(),
            hours: vec![hours.parse().unwrap()],
            rotation,
        };
        FollowTheSun::new(vec![
            site("berlin", "Mon-Sun 06:00-18:00 Europe/Berlin", berlin),
            site("new york", "Mon-Fri 09:00-24:00 America/New_York", new_york),
        ])
        .unwrap()
    })
}

fn source(role: Role) -> impl Strategy<Value = Source> {
    prop_oneof![
        3 => published(role),
        3 => rotation().prop_map(Source::Rotation),
        1 => sites().prop_map(Source::FollowTheSun),
    ]
}

fn layer() -> impl Strategy<Value = Layer> {
    let windows =
        vec!["Mon-Fri 09:00-17:00 Europe/Berlin", "Sat,Sun 00:00-24:00 America/New_York", "Mon-Sun 22:00-03:30 UTC"];
    let windows = prop::sample::subsequence(windows, 0..=2);
    let source = role().prop_flat_map(|role| source(role).prop_map(move |source| (role, source)));
    (source, windows, prop::option::of(inside(HOURS))).prop_map(|((role, source), windows, bounds)| {
        let layer = Layer::new("unnamed", role, source).between(bounds.map(Span::start), bounds.map(Span::end));
        windows.iter().fold(layer, |layer, window| layer.restricted_to(window.parse().unwrap()))
    })
}

fn temporary() -> impl Strategy<Value = Temporary> {
    let source = |(role, within)| source(role).prop_map(move |source| (role, within, source));
    (role(), inside(100)).prop_flat_map(source).prop_map(|(role, within, mut source)| {
        if let Source::Published(shifts) = &mut source {
            let whole = Shift { span: within, role, person: id(0) };
            shifts.retain_mut(|shift| {
                let cut = shift.span.intersect(within);
                shift.span = cut.unwrap_or(within);
                cut.is_some()
            });
            if shifts.is_empty() {
                shifts.push(whole);
            }
        }
        Temporary { name: "holidays".into(), role, span: within, source }
    })
}

fn change() -> impl Strategy<Value = Override> {
    let change = (0..4, person(), person()).prop_map(|(kind, person, by)| match kind {
        0 => Change::Add { person },
        1 => Change::Replace { person, by },
        2 => Change::Remove { person },
        _ => Change::Take { person },
    });
    (role(), inside(60), change).prop_map(|(role, span, change)| {
        let (made_by, reason) = (id(4), "ill".to_owned());
        Override { role, span, change, made_by, reason }
    })
}

/// Layers and temporary schedules.
fn plan() -> impl Strategy<Value = Schedule> {
    let layers = prop::collection::vec(layer(), 1..5);
    (layers, prop::collection::vec(temporary(), 0..4)).prop_map(|(mut layers, temporary)| {
        for (n, layer) in layers.iter_mut().enumerate() {
            layer.name = format!("layer {n}");
        }
        let plan = Schedule::new(layers).unwrap();
        temporary.into_iter().fold(plan, |plan, other| plan.clone().with_temporary(other).unwrap_or(plan))
    })
}

/// With swaps of what there is and overrides, those that are faults left out.
fn schedule() -> impl Strategy<Value = Schedule> {
    let swaps = prop::collection::vec((any::<Index>(), any::<Index>(), 0..3_usize), 0..4);
    (plan(), swaps, prop::collection::vec(change(), 0..6)).prop_map(|(mut schedule, swaps, changes)| {
        for (a, b, agreements) in swaps {
            let shifts = shifts(&schedule.compile(whole()).unwrap());
            if !shifts.is_empty()
                && let Some(swap) = swap(a.get(&shifts), b.get(&shifts), agreements)
            {
                schedule = schedule.with_swap(swap).unwrap();
            }
        }
        for change in changes {
            if let Ok(next) = schedule.clone().with_override(change)
                && next.compile(whole()).is_ok()
            {
                schedule = next;
            }
        }
        schedule
    })
}

fn shifts(compiled: &Compiled) -> Vec<Shift> {
    compiled.shifts(compiled.within()).unwrap().map(|served| served.shift()).collect()
}

fn swap(a: &Shift, b: &Shift, agreements: usize) -> Option<Swap> {
    let mut swap = Swap::propose(a.clone(), b.clone(), id(4), hour(0)).ok()?;
    // Whoever proposes has agreed.
    for person in [&a.person, &b.person].into_iter().take(agreements) {
        swap = swap.agree(person, hour(1)).unwrap();
    }
    Some(swap)
}

/// Who is on call, and who else claims to be, by walking all rules at one instant.
fn naive_claimants(schedule: &Schedule, at: DateTime<Utc>, role: Role) -> Vec<PersonId> {
    let mut who = Vec::new();
    for layer in schedule.layers().iter().filter(|layer| layer.role == role) {
        let counts = layer.from.is_none_or(|from| from <= at) && layer.until.is_none_or(|until| at < until);
        let open = layer.restrictions.iter().any(|window| window.contains(at).unwrap());
        if counts && (layer.restrictions.is_empty() || open) {
            let of_layer = naive_source(&layer.source, at, role);
            who = if of_layer.is_empty() { who } else { of_layer };
        }
    }
    for temporary in schedule.temporary().iter().filter(|other| other.role == role && other.span.contains(at)) {
        who = naive_source(&temporary.source, at, role);
    }
    for swap in schedule.swaps().iter().filter(|swap| swap.state() == SwapState::Agreed) {
        let (first, second) = (swap.first(), swap.second());
        let holds = |shift: &Shift| shift.role == role && shift.span.contains(at) && who.first() == Some(&shift.person);
        if holds(first) {
            who[0] = second.person.clone();
        } else if holds(second) {
            who[0] = first.person.clone();
        }
        who = once_each(who);
    }
    for rule in schedule.overrides().iter().filter(|rule| rule.role == role && rule.span.contains(at)) {
        match &rule.change {
            Change::Add { person } => who.push(person.clone()),
            Change::Take { person } => who = vec![person.clone()],
            Change::Remove { person } => who.retain(|there| there != person),
            Change::Replace { person, by } => {
                for there in &mut who {
                    if there == person {
                        *there = by.clone();
                    }
                }
            }
        }
        who = once_each(who);
    }
    who
}

fn once_each(people: Vec<PersonId>) -> Vec<PersonId> {
    let mut once: Vec<PersonId> = Vec::new();
    for person in people {
        if !once.contains(&person) {
            once.push(person);
        }
    }
    once
}

fn naive_source(source: &Source, at: DateTime<Utc>, role: Role) -> Vec<PersonId> {
    match source {
        Source::Published(shifts) => {
            let mut there: Vec<_> = shifts.iter().filter(|shift| shift.span.contains(at)).collect();
            there.sort_by_key(|shift| shift.span.start());
            once_each(there.into_iter().map(|shift| shift.person.clone()).collect())
        }
        Source::Rotation(rotation) => {
            rotation.turn_as(role, at).unwrap().and_then(|turn| turn.person).into_iter().cloned().collect()
        }
        Source::FollowTheSun(sites) => {
            sites.turn_as(role, at).unwrap().and_then(|(_, turn)| turn.person).into_iter().cloned().collect()
        }
    }
}

/// Every instant at which an answer begins or ends, the one before it, and some between.
fn instants(compiled: &Compiled, schedule: &Schedule) -> BTreeSet<DateTime<Utc>> {
    let mut instants = BTreeSet::new();
    let mut spans: Vec<_> = shifts(compiled).into_iter().map(|shift| shift.span).collect();
    spans.extend(schedule.temporary().iter().map(|temporary| temporary.span));
    spans.extend(schedule.overrides().iter().map(|change| change.span));
    spans.extend((0..HOURS / 5).map(|n| span(n * 5, 1)));
    for span in spans {
        for edge in [span.start(), span.end()] {
            instants.extend([edge - TimeDelta::nanoseconds(1), edge]);
        }
    }
    instants.retain(|at| compiled.within().contains(*at));
    instants
}

fn total(spans: impl Iterator<Item = Span>) -> TimeDelta {
    spans.fold(TimeDelta::zero(), |sum, span| sum + span.length())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn who_is_on_call_is_what_walking_all_rules_says(schedule in schedule()) {
        let compiled = schedule.compile(whole()).unwrap();
        for at in instants(&compiled, &schedule) {
            for role in Role::ALL {
                let naive = naive_claimants(&schedule, at, role);
                prop_assert_eq!(compiled.who(at, role).unwrap(), naive.first(), "{} at {}", role, at);
            }
        }
    }

    #[test]
    fn why_ends_with_who_is_on_call_and_who_else_claims_to_be(schedule in schedule()) {
        let compiled = schedule.compile(whole()).unwrap();
        for at in instants(&compiled, &schedule) {
            for role in Role::ALL {
                let why = schedule.why(at, role).unwrap();
                prop_assert_eq!(compiled.who(at, role).unwrap(), why.person.as_ref());
                let naive = naive_claimants(&schedule, at, role);
                prop_assert_eq!(&why.others[..], naive.get(1..).unwrap_or_default());
                for line in why.to_string().lines() {
                    prop_assert!(line.chars().count() <= 80, "{}", line);
                }
            }
        }
    }

    #[test]
    fn compiling_a_span_agrees_with_compiling_a_larger_one(schedule in schedule(), part in inside(HOURS)) {
        let (small, large) = (schedule.compile(part).unwrap(), schedule.compile(whole()).unwrap());
        let all = |compiled: &Compiled| compiled.shifts(part).unwrap().collect::<Vec<_>>();
        prop_assert_eq!(all(&small), all(&large));
        prop_assert_eq!(small.coverage(part).unwrap(), large.coverage(part).unwrap());
    }

    #[test]
    fn a_fault_of_a_span_is_a_fault_of_every_larger_one(plan in plan(), change in change(), part in inside(HOURS)) {
        if let Ok(schedule) = plan.with_override(change)
            && schedule.compile(part).is_err()
        {
            prop_assert!(schedule.compile(whole()).is_err());
        }
    }

    #[test]
    fn shifts_and_gaps_of_a_role_add_up_to_the_span(schedule in schedule()) {
        let compiled = schedule.compile(whole()).unwrap();
        let coverage = compiled.coverage(whole()).unwrap();
        for role in schedule.roles().filter(|role| role.is_duty()) {
            let gaps = total(coverage.gaps.iter().filter(|gap| gap.role == role).map(|gap| gap.span));
            let served = total(shifts(&compiled).into_iter().filter(|shift| shift.role == role).map(|shift| shift.span));
            prop_assert_eq!(served + gaps, whole().length());
        }
    }

    #[test]
    fn a_gap_is_where_nobody_is_and_one_person_is_booked_twice_who_has_both_seats(schedule in schedule()) {
        let compiled = schedule.compile(whole()).unwrap();
        let coverage = compiled.coverage(whole()).unwrap();
        let roles: Vec<_> = schedule.roles().filter(|role| role.is_duty()).collect();
        for at in instants(&compiled, &schedule) {
            for role in &roles {
                let nobody = compiled.who(at, *role).unwrap().is_none();
                let gap = coverage.gaps.iter().any(|gap| gap.role == *role && gap.span.contains(at));
                prop_assert_eq!(nobody, gap);
            }
            let both = [Role::Primary, Role::Secondary].map(|role| compiled.who(at, role).unwrap());
            let twice = both[0].is_some() && both[0] == both[1];
            let booked = coverage.double_bookings.iter().any(|booking| {
                matches!(booking, DoubleBooking::OnePerson { person, span, .. }
                    if span.contains(at) && Some(person) == both[0])
            });
            prop_assert_eq!(twice, booked);
        }
    }

    #[test]
    fn a_double_booking_pairs_who_is_on_call_with_everybody_else_who_claims_to_be(schedule in schedule()) {
        let compiled = schedule.compile(whole()).unwrap();
        let coverage = compiled.coverage(whole()).unwrap();
        let mut instants = instants(&compiled, &schedule);
        instants.extend(coverage.double_bookings.iter().filter_map(|booking| match booking {
            DoubleBooking::OneSeat { span, .. } => Some([span.start(), span.end()]),
            _ => None,
        }).flatten().filter(|at| whole().contains(*at)));
        for at in instants {
            for role in Role::ALL {
                let claimants = naive_claimants(&schedule, at, role);
                let mut reported = Vec::new();
                for booking in &coverage.double_bookings {
                    if let DoubleBooking::OneSeat { role: of, span, people: [first, second], .. } = booking
                        && *of == role && span.contains(at)
                    {
                        prop_assert_eq!(Some(first), claimants.first());
                        reported.push(second);
                    }
                }
                let mut others: Vec<_> = claimants.iter().skip(1).collect();
                reported.sort_unstable();
                others.sort_unstable();
                prop_assert_eq!(reported, others, "{} at {}", role, at);
            }
        }
    }

    #[test]
    fn a_swap_moves_the_two_shifts_and_nothing_else_and_back_undoes_it(plan in plan(), a: Index, b: Index) {
        let all = shifts(&plan.compile(whole()).unwrap());
        prop_assume!(!all.is_empty());
        let (a, b) = (a.get(&all), b.get(&all));
        let Some(there) = swap(a, b, 2) else { return Ok(()) };
        let given = |shift: &Shift, to: &Shift| Shift { person: to.person.clone(), ..shift.clone() };
        let moved: Vec<_> =
            all.iter().map(|shift| given(shift, if shift == a { b } else if shift == b { a } else { shift })).collect();
        let swapped = plan.with_swap(there).unwrap();
        prop_assert_eq!(shifts(&swapped.compile(whole()).unwrap()), moved);
        let back = swap(&given(a, b), &given(b, a), 2).unwrap();
        prop_assert_eq!(shifts(&swapped.with_swap(back).unwrap().compile(whole()).unwrap()), all);
    }

    #[test]
    fn a_swap_that_not_both_agreed_to_changes_nothing(plan in plan(), a: Index, b: Index, agreements in 0..2_usize) {
        let all = shifts(&plan.compile(whole()).unwrap());
        prop_assume!(!all.is_empty());
        let (a, b) = (a.get(&all), b.get(&all));
        prop_assume!(a.person != id(4) && b.person != id(4));
        let Some(swap) = swap(a, b, agreements) else { return Ok(()) };
        let after = plan.with_swap(swap).unwrap().compile(whole()).unwrap();
        prop_assert_eq!(shifts(&after), all);
    }

    #[test]
    fn an_override_changes_nothing_outside_its_span(schedule in schedule(), change in change()) {
        let before = schedule.compile(whole()).unwrap();
        let (span, role) = (change.span, change.role);
        if let Ok(after) = schedule.clone().with_override(change).and_then(|after| after.compile(whole())) {
            for at in instants(&after, &schedule) {
                for other in Role::ALL.into_iter().filter(|other| *other != role || !span.contains(at)) {
                    prop_assert_eq!(before.who(at, other).unwrap(), after.who(at, other).unwrap());
                }
            }
        }
    }

    #[test]
    fn the_next_change_is_the_first_instant_with_somebody_else(schedule in schedule(), from in 0..HOURS) {
        let compiled = schedule.compile(whole()).unwrap();
        let at = hour(from);
        for role in Role::ALL {
            let now = compiled.who(at, role).unwrap();
            let next = compiled.next_change(at, role).unwrap();
            let until = next.map_or(whole().end(), |handoff| handoff.at);
            for between in instants(&compiled, &schedule).range(at..until) {
                prop_assert_eq!(compiled.who(*between, role).unwrap(), now);
            }
            if let Some(handoff) = next {
                prop_assert!(handoff.from == now && handoff.to != now && at < handoff.at);
                prop_assert_eq!(compiled.who(handoff.at, role).unwrap(), handoff.to);
            }
        }
    }

    #[test]
    fn every_shift_is_on_call_of_the_person_who_serves_it(schedule in schedule(), part in inside(HOURS)) {
        let compiled = schedule.compile(whole()).unwrap();
        let mut of_people: Vec<_> = (0..5).flat_map(|n| compiled.on_call_of(&id(n), part).unwrap()).collect();
        of_people.sort_by_key(|served| (served.role, served.span));
        prop_assert_eq!(of_people, compiled.shifts(part).unwrap().collect::<Vec<_>>());
    }
}

#[cfg(feature = "serde")]
proptest! {
    #[test]
    fn a_schedule_reads_as_it_was_written(schedule in schedule()) {
        let text = serde_json::to_string(&schedule).unwrap();
        prop_assert_eq!(serde_json::from_str::<Schedule>(&text).unwrap(), schedule);
    }
}
