//! Laws of the smallest change, where overrides have cut duties into parts: by every assignment of what is open.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use oncall_core::plan::{Aim, Assigned, Budget, Duty, DutyShape, Request};
use oncall_core::replan::{Absence, holdings, replan};
use oncall_core::rules::{Case, NamedRule, Rule, RuleSet, Strength, Verdict, Violation};
use oncall_core::{Holidays, Person, PersonId, Role, Seat, Shift, Span, Team, Tz};
use proptest::prelude::*;

const NAMES: [&str; 4] = ["ada", "bob", "cyd", "dan"];

fn hour(n: i64) -> DateTime<Utc> {
    "2026-01-05T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(n)
}

fn id(place: usize) -> PersonId {
    PersonId::new(NAMES[place]).unwrap()
}

/// Weeks, or the nights of weeks, of a few people under some of the rules, published in turn, some with a part that
/// another has taken, or that nobody has.
fn request() -> impl Strategy<Value = Request> {
    let rules = prop::sample::subsequence(
        vec![
            NamedRule::hard("rest", Rule::MinRest { minutes: 11 * 60 }),
            NamedRule::hard("weeks", Rule::OneWeekIn { weeks: 2 }),
            NamedRule::hard("turns", Rule::NoBackToBack),
            NamedRule::hard("count", Rule::MaxShifts { count: 2, per: timeline_core::PeriodKind::Year, role: None }),
        ],
        0..4,
    );
    let part = (0_i64..168, prop_oneof![1_i64..12, 12_i64..160], 0_usize..5);
    let week = (0_usize..4, prop::collection::vec(part, 0..3));
    (2_usize..5, any::<bool>(), prop::collection::vec(week, 2..4), rules, any::<bool>()).prop_map(
        |(people, nightly, weeks, rules, fix)| {
            let team = Team::new((0..people).map(|place| Person::new(id(place))).collect()).unwrap();
            let shape = DutyShape::weekly(Tz::UTC, "2026-01-05".parse().unwrap(), "00:00:00".parse().unwrap());
            let mut shape = shape.unwrap().for_roles(&[Role::Primary]);
            if nightly {
                shape = shape.during("Mon-Sun 20:00-06:00 UTC".parse().unwrap());
            }
            let mut request = Request::new(team, shape.first(weeks.len()).unwrap());
            let own = vec![NamedRule::hard("one role", Rule::OneRole), NamedRule::hard("leave", Rule::Leave)];
            request.rules = RuleSet::new(Tz::UTC, RuleSet::default().hours().clone(), [own, rules].concat()).unwrap();
            for (number, (duty, (holder, parts))) in request.duties.iter().zip(weeks).enumerate() {
                for seat in duty.seats() {
                    // Who has each hour; 4 is nobody, and so is whoever is not there.
                    let from = 168 * i64::try_from(number).unwrap();
                    let holder_at = |t: i64| {
                        let taken =
                            parts.iter().rev().find(|(start, long, _)| (*start..start + long).contains(&(t - from)));
                        taken.map_or(holder, |(.., person)| *person)
                    };
                    let first = (seat.span.start() - hour(0)).num_hours();
                    let hours = first..first + seat.span.length().num_hours();
                    let mut pieces: Vec<(i64, i64, usize)> = Vec::new();
                    for t in hours {
                        match pieces.last_mut() {
                            Some(last) if last.2 == holder_at(t) => last.1 = t + 1,
                            _ => pieces.push((t, t + 1, holder_at(t))),
                        }
                    }
                    request.published.extend(pieces.into_iter().filter(|piece| piece.2 < people).map(|(a, b, who)| {
                        Shift { span: Span::new(hour(a), hour(b)).unwrap(), role: Role::Primary, person: id(who) }
                    }));
                }
            }
            if fix {
                request.fixed = request.published.iter().filter(|shift| shift.person == id(1)).cloned().collect();
            }
            request
        },
    )
}

fn absence() -> impl Strategy<Value = (usize, i64, Option<i64>)> {
    (0_usize..4, -10_i64..400, prop::option::of(prop_oneof![1_i64..20, 20_i64..400]))
}

fn shifts(duty: &Duty, person: &PersonId) -> Vec<Shift> {
    let shift = |seat: &Seat| Shift { span: seat.span, role: seat.role, person: person.clone() };
    duty.seats().iter().map(shift).collect()
}

fn has(shifts: &[Shift], person: &PersonId, t: DateTime<Utc>) -> bool {
    shifts.iter().any(|shift| shift.person == *person && shift.span.contains(t))
}

fn hard(verdict: &Verdict) -> impl Iterator<Item = &Violation> {
    verdict.violations().iter().filter(|violation| violation.strength == Strength::Hard)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Every hour is served by whom it was published for, but where that duty changes hands; what somebody took of a duty
    /// stays with them unless they are away then.
    #[test]
    fn nothing_changes_but_what_is_told(request in request(), (who, from, long) in absence()) {
        let who = id(who % request.team.people().len());
        let mut absence = Absence::new(who.clone(), hour(from));
        absence.until = long.map(|long| hour(from + long));
        let Ok(found) = replan(&request, &absence, &[], Budget::default()) else { return Ok(()) };
        let after = found.plan().shifts();
        let left: Vec<Span> = found.plan().duties().iter().flat_map(|own| own.duty.seats()).map(|seat| seat.span).collect();
        for seat in request.duties.iter().flat_map(Duty::seats) {
            for t in (0..seat.span.length().num_hours()).map(|n| seat.span.start() + TimeDelta::hours(n)) {
                let before = request.published.iter().find(|shift| shift.span.contains(t)).map(|shift| &shift.person);
                // What is left to plan begins at the absence, and what others are serving then is not in it.
                let is_left = left.iter().any(|span| span.contains(t));
                prop_assert!(!is_left || t >= absence.from);
                let runs = before.is_some_and(|holder| *holder != who && request.published.iter().any(|shift| {
                    shift.person == *holder && shift.span.contains(t) && shift.span.start() < absence.from
                }));
                prop_assert!(is_left || t < absence.from || runs, "{t} is lost");
                let change = found.changes().iter().find(|change| change.duty.seats().iter().any(|seat| seat.span.contains(t)));
                let now = after.iter().find(|shift| shift.span.contains(t)).map(|shift| &shift.person);
                if let Some(change) = change {
                    prop_assert_eq!((change.from.as_ref(), change.to.as_ref()), (before, now));
                    prop_assert_ne!(before, now);
                } else if is_left {
                    prop_assert_eq!(before, now);
                }
                let away = absence.from <= t && absence.until.is_none_or(|until| t < until);
                prop_assert!(!away || !is_left || now != Some(&who) , "{} has {} while away", who, t);
            }
        }
        for holding in holdings(&request).unwrap().iter().filter(|holding| holding.agreed) {
            let person = holding.person.as_ref().unwrap();
            for seat in holding.duty.seats().iter().filter(|seat| seat.span.start() >= absence.from) {
                prop_assert!(*person == who || has(&after, person, seat.span.start()), "{person} loses {}", seat.span);
            }
        }
    }

    /// No choice of people for what is open leaves fewer hours without anybody, or as many with fewer changes.
    #[test]
    fn no_assignment_changes_less(request in request(), (who, from, long) in absence()) {
        let who = id(who % request.team.people().len());
        let mut absence = Absence::new(who.clone(), hour(from));
        absence.until = long.map(|long| hour(from + long));
        let Ok(found) = replan(&request, &absence, &[], Budget::default()) else { return Ok(()) };
        let open: Vec<&Assigned> = found.plan().duties().iter().filter(|own| !own.fixed).collect();
        prop_assume!(open.len() <= 5);

        let holder = |duty: &Duty| {
            let at = duty.seats()[0].span.start();
            let change = found.changes().iter().find(|change| change.duty == *duty);
            change.map_or_else(
                || found.plan().duties().iter().find(|own| own.duty == *duty).and_then(|own| own.person.clone()),
                |change| change.from.clone(),
            )
            .filter(|person| has(&request.published, person, at))
        };
        let before: Vec<Option<PersonId>> = open.iter().map(|own| holder(&own.duty)).collect();
        // What is as it is: served, running, agreed, fixed.
        let mut given: Vec<Shift> =
            found.plan().duties().iter().filter(|own| own.fixed).flat_map(|own| shifts(&own.duty, own.person.as_ref().unwrap())).collect();
        let planned: Vec<Span> =
            found.plan().duties().iter().flat_map(|own| own.duty.seats()).map(|seat| seat.span).collect();
        for shift in &request.published {
            let left = planned.iter().filter(|span| span.overlaps(shift.span)).map(|span| span.start()).min();
            let end = left.map_or(shift.span.end(), |left| left.min(shift.span.end()));
            let span = Span::new(shift.span.start(), end).ok().filter(|_| shift.span.start() < absence.from);
            given.extend(span.map(|span| Shift { span, ..shift.clone() }));
        }
        let seats: Vec<Seat> = request.duties.iter().flat_map(|duty| duty.seats().iter().cloned()).collect();
        let mut next = 0;
        let groups: Vec<Vec<usize>> = request.duties.iter().map(|duty| {
            next += duty.seats().len();
            (next - duty.seats().len()..next).collect()
        }).collect();
        let span = seats.iter().map(|seat| seat.span).reduce(Span::hull).unwrap();
        let case = Case { team: &request.team, holidays: &Holidays::NONE, seats: &seats, span };
        let is_away = |duty: &Duty| duty.seats().iter().any(|seat| {
            absence.from < seat.span.end() && absence.until.is_none_or(|until| seat.span.start() < until)
        });

        let people = request.team.people().len();
        let before_it = request.rules.check_groups(&case, &groups, &given).unwrap();
        let mut best = None;
        for number in 0..(people + 1).pow(u32::try_from(open.len()).unwrap()) {
            let chosen: Vec<Option<usize>> = (0..open.len())
                .map(|place| number / (people + 1).pow(u32::try_from(place).unwrap()) % (people + 1))
                .map(|person| (person < people).then_some(person))
                .collect();
            let own: Vec<Shift> = open.iter().zip(&chosen)
                .flat_map(|(open, person)| person.map(|person| shifts(&open.duty, &id(person))).unwrap_or_default())
                .collect();
            let barred = open.iter().zip(&chosen).any(|(open, person)| person.map(id).as_ref() == Some(&who) && is_away(&open.duty));
            if barred {
                continue;
            }
            let uncovered = chosen.iter().filter(|person| person.is_none()).count();
            let moved = chosen.iter().zip(&before).filter(|(now, before)| before.is_some() && now.map(id) != **before).count();
            if best.is_some_and(|best| best <= (uncovered, moved)) {
                continue;
            }
            let verdict = request.rules.check_groups(&case, &groups, &[given.clone(), own.clone()].concat()).unwrap();
            // What was broken by as much before stays as it is; pieces that now adjoin begin and end elsewhere.
            let breaks = hard(&verdict).any(|new| !hard(&before_it).any(|old| {
                (&old.rule, &old.person, &old.reason) == (&new.rule, &new.person, &new.reason)
                    && (old.span == new.span || (old.rule == "rest" && old.shifts[0].span.end() == new.shifts[0].span.end())) && old.excess() >= new.excess()
            }));
            if !breaks {
                best = Some((uncovered, moved));
            }
        }
        let value = |aim| usize::try_from(found.plan().objective(aim).value()).unwrap();
        let found_is = (value(Aim::Uncovered), value(Aim::Changes));
        prop_assert!(Some(found_is) >= best, "{} breaks a rule\ngiven {:?}", found, given);
        // Where agreed parts break a rule themselves, it is a matter of taste what makes that worse.
        let is_proven = before_it.keeps_hard() && [Aim::Uncovered, Aim::Changes].iter().all(|aim| found.plan().objective(*aim).is_proven());
        // Only rules that count parts of one seat once ask for more.
        let counts = request.rules.rules().iter().any(|named| named.name == "count");
        prop_assert!(counts || is_proven || !before_it.keeps_hard(), "{} is not proven", found);
        if is_proven {
            prop_assert_eq!(Some(found_is), best, "{}\ngiven {:?}", found, given);
        }
    }
}
