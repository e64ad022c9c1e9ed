//! The laws of rules, and the check beside one that looks at every hour.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod naive_rules;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use oncall_core::rules::{Case, Constraints, NamedRule, Rule, RuleSet, Strength, Verdict, Whom};
use oncall_core::{
    HolidayCalendar, Holidays, Hours, Membership, Person, PersonId, Preference, Requirements, Role, Seat, Shift, Span,
    Team, Tz, Wish,
};
use proptest::prelude::*;
use timeline_core::PeriodKind;

const WEEK: i64 = 168;
// Whole weeks before, in and after the span; the clocks change in the span, in America first.
const BEFORE: i64 = 2;
const IN: i64 = 5;
const AFTER: i64 = 1;

fn hour(n: i64) -> DateTime<Utc> {
    // Monday 2026-02-16.
    DateTime::from_timestamp(1_771_200_000, 0).unwrap() + TimeDelta::hours(n)
}

fn hours(start: i64, length: i64) -> Span {
    Span::starting_at(hour(start), TimeDelta::hours(length)).unwrap()
}

fn planned() -> Span {
    hours(BEFORE * WEEK, IN * WEEK)
}

fn length() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![8, 12, 24, 24, WEEK - 1, WEEK, WEEK, WEEK + 1])
}

fn role() -> impl Strategy<Value = Role> {
    prop::sample::select(vec![Role::Primary, Role::Primary, Role::Secondary, Role::Shadow])
}

fn duty_role() -> impl Strategy<Value = Role> {
    prop::sample::select(vec![Role::Primary, Role::Secondary])
}

fn requires() -> impl Strategy<Value = Requirements> {
    let skill = prop::option::weighted(0.2, Just("dns".to_owned()));
    let site = prop::option::weighted(0.2, Just("oslo".to_owned()));
    (skill, site).prop_map(|(skill, site)| Requirements { skills: skill.into_iter().collect(), site })
}

/// Seats of the span, no two of one role and span.
fn seats() -> impl Strategy<Value = Vec<Seat>> {
    let seat = (0..IN * 14, length(), role(), requires()).prop_map(|(half_day, length, role, requires)| Seat {
        span: hours(BEFORE * WEEK + half_day * 12, length),
        role,
        requires,
    });
    prop::collection::vec(seat, 1..14).prop_map(|mut seats| {
        let mut known = BTreeSet::new();
        seats.retain(|seat| known.insert((seat.span, seat.role)));
        seats
    })
}

fn person(place: usize) -> impl Strategy<Value = Person> {
    let zone = prop::sample::select(vec![Tz::UTC, Tz::Europe__Berlin, Tz::America__Los_Angeles]);
    let stretch = || prop::option::weighted(0.4, (0..(BEFORE + IN) * 7, 1_i64..10));
    let wishes = prop::collection::vec(((0..(BEFORE + IN) * 7, 1_i64..10), any::<bool>(), 0_u32..3), 0..3);
    (zone, any::<bool>(), any::<bool>(), stretch(), stretch(), wishes).prop_map(
        move |(zone, at_oslo, knows_dns, leave, member, wishes)| {
            let mut person = Person::new(PersonId::new(&format!("p{place}")).unwrap()).in_zone(zone);
            if at_oslo {
                person = person.at_site("oslo");
            }
            if knows_dns {
                person = person.with_skill("dns");
            }
            if let Some((day, days)) = leave {
                person = person.with_leave(hours(day * 24, days * 24), None);
            }
            if let Some((day, _)) = member {
                let from = Membership::new(Some(hour(day * 24)), None).unwrap();
                let until = Membership::new(None, Some(hour(day * 24))).unwrap();
                person = person.with_membership(if day < 20 { from } else { until });
            }
            for ((day, days), avoid, weight) in wishes {
                let wish = if avoid { Wish::Avoid } else { Wish::Prefer };
                person = person.with_preference(Preference { span: hours(day * 24, days * 24), wish, weight });
            }
            person
        },
    )
}

fn team() -> impl Strategy<Value = Team> {
    (person(0), person(1), person(2)).prop_map(|(a, b, c)| Team::new(vec![a, b, c]).unwrap())
}

fn holidays() -> impl Strategy<Value = Holidays> {
    let dates = || {
        prop::collection::vec((0_u64..58, 0_u32..3), 0..5).prop_map(|days| {
            let first = NaiveDate::from_ymd_opt(2026, 2, 15).unwrap();
            let named = days.into_iter().map(|(day, name)| (first + chrono::Days::new(day), format!("holiday {name}")));
            named.collect::<BTreeMap<_, _>>()
        })
    };
    (dates(), dates()).prop_map(|(all, oslo)| {
        let all = HolidayCalendar::new("all", Tz::UTC, all).unwrap();
        let oslo = HolidayCalendar::new("oslo", Tz::Europe__Oslo, oslo).unwrap().for_site("oslo").unwrap();
        Holidays::new(vec![all, oslo]).unwrap()
    })
}

fn per() -> impl Strategy<Value = PeriodKind> {
    prop::sample::select(vec![PeriodKind::Day, PeriodKind::IsoWeek, PeriodKind::Month, PeriodKind::Quarter])
}

fn rule() -> impl Strategy<Value = Rule> {
    prop_oneof![
        Just(Rule::Membership),
        Just(Rule::Leave),
        Just(Rule::OneRole),
        Just(Rule::Requirements),
        Just(Rule::NoBackToBack),
        Just(Rule::Preferences),
        (1_u32..40).prop_map(|hours| Rule::MinRest { minutes: hours * 60 }),
        (8_u32..170).prop_map(|hours| Rule::MaxLength { minutes: hours * 60 }),
        (2_u32..5).prop_map(|weeks| Rule::OneWeekIn { weeks }),
        (1_u32..13, 1_u32..4, 0_u32..2).prop_map(|(fives, weeks, hours)| Rule::ShareOfTime {
            percent: fives * 5,
            weeks,
            slack_minutes: hours * 60
        }),
        (0_u32..3, per(), 1_u32..10).prop_map(|(count, per, hours)| Rule::MaxNights {
            count,
            per,
            night_minutes: hours * 60
        }),
        (0_u32..2, per()).prop_map(|(count, per)| Rule::MaxHolidays { count, per }),
        (0_u32..5).prop_map(|join_days| Rule::NoHolidaysInARow { join_days }),
        (0_u32..3, per(), prop::option::of(duty_role())).prop_map(|(count, per, role)| Rule::MaxShifts {
            count,
            per,
            role
        }),
        (1_u32..3, per()).prop_map(|(count, per)| Rule::MinShifts { count, per }),
    ]
}

fn rule_set(rules: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = RuleSet> {
    let zone = prop::sample::select(vec![Tz::UTC, Tz::America__New_York]);
    (zone, prop::collection::vec((rule(), prop::option::of(1_u32..9)), rules)).prop_map(|(zone, rules)| {
        let named = rules.into_iter().enumerate().map(|(place, (rule, weight))| NamedRule {
            name: format!("rule {place}"),
            rule,
            strength: weight.map_or(Strength::Hard, |weight| Strength::Soft { weight }),
        });
        RuleSet::new(zone, Hours::default(), named.collect()).unwrap()
    })
}

/// Shifts of anybody before and after the span; who is not in the team any more has left before it.
fn history() -> impl Strategy<Value = Vec<Shift>> {
    let early = 0..BEFORE * 14;
    let late = (BEFORE + IN) * 14..(BEFORE + IN + AFTER) * 14;
    let shift = (prop_oneof![3 => early, 1 => late], length(), role(), 0_usize..4).prop_map(
        |(half_day, length, role, place)| Shift {
            span: hours(half_day * 12, length),
            role,
            // The last is not in the team any more.
            person: PersonId::new(&format!("p{place}")).unwrap(),
        },
    );
    prop::collection::vec(shift, 0..7).prop_map(|mut shifts| {
        shifts.retain(|shift| shift.person.as_str() != "p3" || !shift.span.overlaps(planned()));
        shifts
    })
}

fn served(seats: &[Seat], team: &Team, assignment: &[Option<usize>]) -> Vec<Shift> {
    let served = seats.iter().zip(assignment).filter_map(|(seat, place)| Some((seat, (*place)?)));
    served
        .map(|(seat, place)| Shift { span: seat.span, role: seat.role, person: team.people()[place].id().clone() })
        .collect()
}

#[derive(Debug, Clone)]
struct Everything {
    team: Team,
    holidays: Holidays,
    rules: RuleSet,
    seats: Vec<Seat>,
    groups: Vec<Vec<usize>>,
    history: Vec<Shift>,
    assignment: Vec<Option<usize>>,
    /// What starts in the span and is no seat but a piece of one.
    pieces: Vec<Shift>,
}

impl Everything {
    fn case(&self) -> Case<'_> {
        Case { team: &self.team, holidays: &self.holidays, seats: &self.seats, span: planned() }
    }

    fn constraints(&self) -> Constraints {
        self.rules.constraints(&self.case(), &self.history).unwrap()
    }

    fn shifts(&self) -> Vec<Shift> {
        let served = served(&self.seats, &self.team, &self.assignment);
        self.history.iter().cloned().chain(served).chain(self.pieces.iter().cloned()).collect()
    }

    /// Without pieces that overlap what the same person has in the same role: of what he has twice of a seat nothing says
    /// whether it is once.
    fn nothing_twice(mut self) -> Self {
        let all = self.shifts();
        let twice = |a: &Shift, b: &Shift| a.person == b.person && a.role == b.role && a.span.overlaps(b.span);
        let is_within = |shift: &Shift| self.seats.iter().any(|s| s.role == shift.role && s.span.covers(shift.span));
        let is_free = |shift: &Shift| !is_within(shift) || all.iter().filter(|other| twice(shift, other)).count() == 1;
        self.history.retain(is_free);
        self.pieces.retain(is_free);
        self
    }

    fn rule(&self) -> &Rule {
        &self.rules.rules()[0].rule
    }
}

/// Seats of the span and shifts outside of it, some of which are pieces of a seat that starts in it.
fn everything(rules: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Everything> {
    let groups = Just(Vec::new());
    (team(), holidays(), rule_set(rules), seats(), groups, history()).prop_flat_map(
        |(team, holidays, rules, seats, groups, history)| {
            let assignment = prop::collection::vec(prop::option::weighted(0.5, 0_usize..3), seats.len());
            (assignment, settled(&seats)).prop_map(move |(assignment, settled)| Everything {
                team: team.clone(),
                holidays: holidays.clone(),
                rules: rules.clone(),
                seats: seats.clone(),
                groups: groups.clone(),
                history: history.iter().cloned().chain(settled).collect(),
                assignment,
                pieces: Vec::new(),
            })
        },
    )
}

/// What nobody or one of the first three has of a seat from each cut to the next, in fourths, eighths or hours of it.
fn dealt(seat: &Seat) -> impl Strategy<Value = Vec<Shift>> + use<> {
    let seat = seat.clone();
    let length = seat.span.length().num_hours();
    let cut = prop_oneof![
        3 => Just(length / 2),
        2 => (1_i64..8).prop_map(move |eighths| length * eighths / 8),
        1 => 1..length
    ];
    let cuts = prop::collection::btree_set(cut, 1..4);
    // One person more often, so that others take some hours of it.
    let place = prop::option::weighted(0.8, prop_oneof![2 => Just(0_usize), 1 => 1_usize..3]);
    (cuts, prop::collection::vec(place, 4), 0_usize..3).prop_map(move |(cuts, places, turned)| {
        let ends = cuts.iter().copied().chain([length]);
        let starts = [0].into_iter().chain(cuts.iter().copied());
        let shift = |((start, end), place): ((i64, i64), Option<usize>)| {
            let start = seat.span.start() + TimeDelta::hours(start);
            let span = Span::new(start, seat.span.start() + TimeDelta::hours(end)).unwrap();
            let person = PersonId::new(&format!("p{}", (place? + turned) % 3)).unwrap();
            (span != seat.span).then_some(Shift { span, role: seat.role, person })
        };
        starts.zip(ends).zip(places).filter_map(shift).collect()
    })
}

/// Pieces of seats that run over the end of the span, after it.
fn settled(seats: &[Seat]) -> impl Strategy<Value = Vec<Shift>> + use<> {
    let late: Vec<_> = seats.iter().filter(|seat| seat.span.end() > planned().end()).map(dealt).collect();
    late.prop_map(|pieces| pieces.concat().into_iter().filter(|s| s.span.start() >= planned().end()).collect())
}

/// Seats at the same hours of days in a row, of each second day or of each week.
fn nights() -> impl Strategy<Value = Vec<Seat>> {
    let length = prop::sample::select(vec![8, 12, 24]);
    let every = prop::sample::select(vec![24, 24, 48, WEEK]);
    (-8..IN * 14, length, every, 2_i64..6, duty_role()).prop_map(|(half_day, length, every, count, role)| {
        let seat = |n: i64| Seat {
            span: hours(BEFORE * WEEK + half_day * 12 + n * every, length),
            role,
            requires: Requirements::default(),
        };
        (0..count).map(seat).collect()
    })
}

/// Seats that go together, and others, not all of which start in the span; some are served by several people in pieces.
fn everything_in_pieces(rules: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Everything> {
    let half_day = prop_oneof![BEFORE * 14 - 13..BEFORE * 14, (BEFORE + IN) * 14 - 13..(BEFORE + IN) * 14];
    let long = prop::sample::select(vec![24, WEEK - 1, WEEK, WEEK + 1]);
    let at_an_end = (half_day, long, duty_role()).prop_map(|(half_day, length, role)| Seat {
        span: hours(half_day * 12, length),
        role,
        requires: Requirements::default(),
    });
    let nights = prop::collection::vec(nights(), 0..3);
    (everything(rules), prop::collection::vec(at_an_end, 0..3), nights)
        .prop_flat_map(|(mut all, at_an_end, nights)| {
            all.seats.truncate(8);
            all.assignment.truncate(8);
            let mut known: BTreeSet<_> = all.seats.iter().map(|seat| (seat.span, seat.role)).collect();
            for seat in at_an_end {
                if known.insert((seat.span, seat.role)) {
                    all.seats.push(seat);
                }
            }
            for nights in nights {
                let nights = nights.into_iter().filter(|seat| known.insert((seat.span, seat.role)));
                let first = all.seats.len();
                all.seats.extend(nights);
                all.groups.push((first..all.seats.len()).collect());
            }
            let count = all.seats.len();
            let is_planned = |seat: &Seat| planned().covers(seat.span);
            let in_pieces = |seat: &Seat| prop::option::weighted(if is_planned(seat) { 0.5 } else { 0.9 }, dealt(seat));
            let dealt: Vec<_> = all.seats.iter().map(in_pieces).collect();
            let place = prop::option::weighted(0.6, 0_usize..3);
            (Just(all), prop::collection::vec(place.clone(), count), dealt, prop::collection::vec(place, 4))
        })
        .prop_map(|(mut all, assignment, dealt, whole)| {
            all.assignment = assignment;
            for (group, place) in all.groups.iter().zip(whole) {
                for seat in group.iter().filter(|_| place.is_some()) {
                    all.assignment[*seat] = place;
                }
            }
            for (place, pieces) in dealt.into_iter().enumerate() {
                let Some(pieces) = pieces else { continue };
                all.assignment[place] = None;
                all.pieces.extend(pieces);
            }
            all.nothing_twice()
        })
}

/// Whether an assignment keeps the lists of at most so many that the hard constraints come to, all of them exact.
fn keeps_lists(constraints: &Constraints, assignment: &[Option<usize>]) -> bool {
    constraints.hard().filter_map(|constraint| Some((constraint, constraint.at_most(20_000)?))).all(
        |(constraint, at_most)| {
            assert!(at_most.exact, "{constraint:?}");
            (0..3).filter(|place| constraint.binds(*place)).all(|place| {
                let serves = |seat: &&usize| assignment[**seat] == Some(place);
                at_most.lists.iter().all(|(list, most)| list.iter().filter(serves).count() <= *most)
            })
        },
    )
}

fn breakers(verdict: &Verdict) -> BTreeSet<PersonId> {
    verdict.violations().iter().map(|violation| violation.person.clone()).collect()
}

/// A thousand cases, or more by `PROPTEST_CASES`.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(1_000), ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_assignment_keeps_all_hard_constraints_exactly_if_the_check_finds_no_hard_rule_broken(
        all in everything(1..4),
    ) {
        let constraints = all.constraints();
        let broken = constraints.broken(&all.assignment, 3);
        let keeps = broken.iter().all(|(constraint, ..)| constraint.strength != Strength::Hard);
        let verdict = all.rules.check(&all.case(), &all.shifts()).unwrap();
        prop_assert_eq!(keeps, verdict.keeps_hard(), "{:?}\n{}", broken, verdict);
        // The same people break the same rules, soft ones too.
        let name = |place: usize| all.team.people()[place].id().as_str();
        let by_constraints: BTreeSet<_> = broken.iter().map(|(c, place, _)| (&*c.rule, name(*place))).collect();
        let by_check: BTreeSet<_> = verdict.violations().iter().map(|v| (v.rule.as_str(), v.person.as_str())).collect();
        prop_assert_eq!(by_constraints, by_check);
    }

    #[test]
    fn for_every_soft_rule_the_check_costs_as_much_as_the_constraints(
        all in everything(1..4), weight in 1_u32..9,
        share in prop::option::of((1_u32..13, 1_u32..4).prop_map(|(fives, weeks)| {
            Rule::ShareOfTime { percent: fives * 5, weeks, slack_minutes: 60 }
        })),
    ) {
        let rules = all.rules.rules().iter().map(|named| named.rule.clone()).chain(share).enumerate();
        let rules = rules.map(|(place, rule)| NamedRule::soft(format!("rule {place}"), rule, weight)).collect();
        let all = Everything { rules: RuleSet::new(all.rules.zone(), Hours::default(), rules).unwrap(), ..all };
        let verdict = all.rules.check(&all.case(), &all.shifts()).unwrap();
        let constraints = all.constraints();
        for named in all.rules.rules() {
            let of_check = verdict.violations().iter().filter(|violation| violation.rule == named.name);
            let of_check: u64 = of_check.filter_map(oncall_core::rules::Violation::cost).sum();
            let of_constraints = constraints.iter().filter(|constraint| *constraint.rule == *named.name).flat_map(|c| {
                let serves = |seat: usize, place: usize| all.assignment[seat] == Some(place);
                let times = (0..3).filter(|place| c.binds(*place)).map(move |place| c.times(|seat| serves(seat, place)));
                times.map(|times| times * c.cost().unwrap())
            });
            prop_assert_eq!(of_check, of_constraints.sum::<u64>(), "{:?}\n{}", named, verdict);
        }
        prop_assert_eq!(verdict.cost(), constraints.cost(&all.assignment, 3));
    }

    #[test]
    fn the_check_finds_whom_looking_at_every_hour_finds(all in everything(1..2)) {
        let all = all.nothing_twice();
        let verdict = all.rules.check(&all.case(), &all.shifts()).unwrap();
        let naive = naive_rules::breakers(all.rule(), &all.rules, &all.case(), &[], &all.shifts());
        prop_assert_eq!(breakers(&verdict), naive, "{}", verdict);
        for violation in verdict.violations() {
            prop_assert!(violation.excess() > 0);
            prop_assert_eq!(violation.cost().is_some(), violation.strength != Strength::Hard);
        }
    }

    #[test]
    fn the_check_finds_whom_looking_at_every_hour_finds_of_seats_in_pieces(all in everything_in_pieces(1..2)) {
        let verdict = all.rules.check(&all.case(), &all.shifts()).unwrap();
        let naive = naive_rules::breakers(all.rule(), &all.rules, &all.case(), &[], &all.shifts());
        prop_assert_eq!(breakers(&verdict), naive, "{}", verdict);
    }

    #[test]
    fn the_check_of_groups_finds_whom_looking_at_every_hour_finds(all in everything_in_pieces(1..2)) {
        let verdict = all.rules.check_groups(&all.case(), &all.groups, &all.shifts()).unwrap();
        let naive = naive_rules::breakers(all.rule(), &all.rules, &all.case(), &all.groups, &all.shifts());
        prop_assert_eq!(breakers(&verdict), naive, "{}", verdict);
    }

    #[test]
    fn no_window_of_any_start_is_missed_and_none_is_made_up(
        all in everything(0..1),
        before in prop::collection::vec((0..BEFORE * 14, length()), 0..5),
        after in prop::collection::vec(((BEFORE + IN) * 14..(BEFORE + IN + AFTER) * 14, length()), 0..5),
        fives in 1_u32..15, weeks in 1_u32..4, slack_minutes in prop::sample::select(vec![0_u32, 60]),
    ) {
        // All seats to one person, and much before and after.
        let rule = Rule::ShareOfTime { percent: fives * 5, weeks, slack_minutes };
        let rules = RuleSet::new(Tz::UTC, Hours::default(), vec![NamedRule::hard("share", rule.clone())]).unwrap();
        let person = PersonId::new("p0").unwrap();
        let history = before.iter().chain(&after).map(|(half_day, length)| Shift {
            span: hours(half_day * 12, *length),
            role: Role::Primary,
            person: person.clone(),
        });
        let assignment = all.assignment.iter().map(|place| place.map(|_| 0)).collect();
        let all = Everything { rules, history: history.collect(), assignment, ..all };
        let verdict = all.rules.check(&all.case(), &all.shifts()).unwrap();
        let naive = naive_rules::breakers(&rule, &all.rules, &all.case(), &[], &all.shifts());
        prop_assert_eq!(verdict.keeps_all(), naive.is_empty(), "{}", verdict);
        prop_assert_eq!(verdict.keeps_all(), all.constraints().broken(&all.assignment, 3).is_empty());
    }

    #[test]
    fn the_order_of_the_shifts_does_not_matter(all in everything_in_pieces(1..4)) {
        let mut shifts = all.shifts();
        let verdict = all.rules.check(&all.case(), &shifts).unwrap();
        shifts.reverse();
        let turned = all.rules.check(&all.case(), &shifts).unwrap();
        prop_assert_eq!(verdict.violations().len(), turned.violations().len());
        prop_assert_eq!(verdict.cost(), turned.cost());
    }

    #[test]
    fn numbers_of_seats_say_what_the_bounds_on_weights_say(all in everything(1..3)) {
        let constraints = all.constraints();
        let broken = constraints.broken(&all.assignment, 3);
        let is_upper = |c: &oncall_core::rules::Constraint| c.at_most(0).is_some() && c.strength == Strength::Hard;
        let keeps = !broken.iter().any(|(constraint, ..)| is_upper(constraint));
        prop_assert_eq!(keeps, keeps_lists(&constraints, &all.assignment));
    }

    #[test]
    fn groups_of_seats_keep_what_their_seats_keep(all in everything(1..3), size in 1_usize..4) {
        let constraints = all.constraints();
        let places: Vec<usize> = (0..all.seats.len()).collect();
        let groups: Vec<Vec<usize>> = places.chunks(size).map(<[usize]>::to_vec).collect();
        let of_groups = &all.assignment[..groups.len()];
        let of_seats: Vec<_> = places.iter().map(|seat| of_groups[seat / size]).collect();
        let by_groups = constraints.over_groups(&groups);
        prop_assert_eq!(by_groups.broken(of_groups, 3).len(), constraints.broken(&of_seats, 3).len());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_rule_set_comes_back_from_json_as_it_was(rules in rule_set(0..6)) {
        let text = serde_json::to_string(&rules).unwrap();
        prop_assert_eq!(serde_json::from_str::<RuleSet>(&text).unwrap(), rules);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn holidays_come_back_from_json_as_they_were(holidays in holidays()) {
        let text = serde_json::to_string(&holidays).unwrap();
        prop_assert_eq!(serde_json::from_str::<Holidays>(&text).unwrap(), holidays);
    }

    #[test]
    fn categories_cover_a_span_without_overlap_and_are_what_the_clocks_say(
        team in team(), holidays in holidays(), start in 0_i64..1_000, length in 1_i64..200,
    ) {
        let person = &team.people()[0];
        let within = hours(start, length);
        let timeline = Hours::default().of(person, &holidays, within).unwrap();
        prop_assert!(timeline.gaps(within).is_empty());
        let total: TimeDelta = timeline.iter().map(|segment| segment.span.length()).sum();
        prop_assert_eq!(total, within.length());
        for n in start..start + length {
            let expected = naive_rules::category(person, &holidays, hour(n));
            prop_assert_eq!(timeline.at(hour(n)), Some(&expected));
            prop_assert_eq!(timeline.at(hour(n) + TimeDelta::minutes(59)), Some(&expected));
        }
    }
}

#[test]
fn the_laws_see_plans_that_keep_the_rules_and_plans_that_break_them() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut kept, mut broken, mut everyone, mut some) = (0, 0, 0, 0);
    for _ in 0..300 {
        let all = everything(1..4).new_tree(&mut runner).unwrap().current();
        let constraints = all.constraints();
        if constraints.broken(&all.assignment, 3).is_empty() {
            kept += 1;
        } else {
            broken += 1;
        }
        for constraint in &constraints {
            if constraint.whom == Whom::Everyone { everyone += 1 } else { some += 1 }
        }
    }
    assert!(kept > 50 && broken > 50 && everyone > 50 && some > 50, "{kept} {broken} {everyone} {some}");
}

/// A week, whose middle somebody else has.
#[test]
fn a_seat_in_two_pieces_is_a_shift_of_one_week_and_not_two_holiday_periods_in_a_row() {
    let p0 = PersonId::new("p0").unwrap();
    let team = Team::new(vec![Person::new(p0.clone())]).unwrap();
    // From Thursday to Thursday, with a holiday in each piece, and a day of the second week that nobody has.
    let start = BEFORE * WEEK + 3 * 24;
    let seat =
        |start, length| Seat { span: hours(start, length), role: Role::Primary, requires: Requirements::default() };
    let seats = [seat(start, WEEK), seat(start + WEEK, 24)];
    let pieces = [(start, 72), (start + 120, 48)].map(|(start, length)| Shift {
        span: hours(start, length),
        role: Role::Primary,
        person: p0.clone(),
    });
    let days = pieces.clone().map(|piece| (piece.span.start().date_naive(), "holiday".to_owned()));
    let holidays = Holidays::new(vec![HolidayCalendar::new("all", Tz::UTC, days).unwrap()]).unwrap();
    let case = Case { team: &team, holidays: &holidays, seats: &seats, span: planned() };
    let check = |rule| {
        let rules = vec![NamedRule::hard("rule", rule)];
        RuleSet::new(Tz::UTC, Hours::default(), rules).unwrap().check(&case, &pieces).unwrap()
    };
    let fewest = check(Rule::MinShifts { count: 1, per: PeriodKind::IsoWeek });
    let in_a_row = check(Rule::NoHolidaysInARow { join_days: 0 });
    assert_eq!((fewest.keeps_all(), in_a_row.keeps_all()), (false, true), "{fewest}\n{in_a_row}");
}
