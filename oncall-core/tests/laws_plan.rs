//! What plans promise, each sentence a test.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use oncall_core::burden::{Carries, Counting, Planning, Points};
use oncall_core::plan::{Aim, Budget, DutyShape, Plan, PlanError, Request, plan};
use oncall_core::replan::{Absence, replan, swaps};
use oncall_core::rules::{Bound, Case, NamedRule, Rule, RuleSet, Strength, Violation};
use oncall_core::{
    Availability, Error, Holidays, Hours, Membership, Person, PersonId, Preference, Role, Seat, Shift, Span, Team, Tz,
    Wish,
};
use proptest::prelude::*;
use timeline_core::PeriodKind;

const NAMES: [&str; 6] = ["ada", "bob", "cyd", "dan", "eve", "fay"];

fn start() -> DateTime<Utc> {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

fn week(index: i64) -> Span {
    Span::starting_at(start() + TimeDelta::weeks(index), TimeDelta::weeks(1)).unwrap()
}

fn id(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

/// What is drawn for each person.
#[derive(Debug, Clone)]
struct Traits {
    percent: u32,
    leave: Option<i64>,
    wish: Option<(i64, bool)>,
    carry: i64,
    skilled: bool,
    /// So many weeks before the first the person served one.
    served: Option<i64>,
}

fn traits() -> impl Strategy<Value = Traits> {
    let percent = prop_oneof![Just(100), Just(80), Just(50)];
    let week = 0..6_i64;
    (
        percent,
        prop::option::of(week.clone()),
        prop::option::of((week, any::<bool>())),
        -2..3_i64,
        prop::bool::weighted(0.8),
        prop::option::weighted(0.3, 1..4_i64),
    )
        .prop_map(|(percent, leave, wish, carry, skilled, served)| Traits {
            percent,
            leave,
            wish,
            carry,
            skilled,
            served,
        })
}

fn person(name: &str, traits: &Traits) -> Person {
    let mut person = Person::new(id(name)).with_availability(Availability::from_percent(traits.percent).unwrap());
    if let Some(index) = traits.leave {
        person = person.with_leave(week(index), None);
    }
    if let Some((index, prefers)) = traits.wish {
        let wish = if prefers { Wish::Prefer } else { Wish::Avoid };
        person = person.with_preference(Preference { span: week(index), wish, weight: 2 });
    }
    if traits.skilled { person.with_skill("db") } else { person }
}

fn request_of(
    names: &[&str],
    traits: &[Traits],
    weeks: usize,
    roles: &[Role],
    gap: u32,
    published: &[Option<usize>],
) -> Request {
    let people = names.iter().zip(traits).map(|(name, traits)| person(name, traits)).collect();
    let shape = DutyShape::weekly(Tz::UTC, "2026-03-02".parse().unwrap(), "08:00:00".parse().unwrap()).unwrap();
    let duties = shape.for_roles(roles).requiring("db").first(weeks).unwrap();
    let mut request = Request::new(Team::new(people).unwrap(), duties);
    request.carries = names
        .iter()
        .zip(traits)
        .map(|(name, traits)| (id(name), Points::new(traits.carry * 100_000).unwrap()))
        .collect::<Carries>();
    let rules = vec![
        NamedRule::hard("membership", Rule::Membership),
        NamedRule::hard("leave", Rule::Leave),
        NamedRule::hard("one-role", Rule::OneRole),
        NamedRule::hard("requirements", Rule::Requirements),
        NamedRule::hard("gap", Rule::OneWeekIn { weeks: gap }),
        NamedRule::soft("wishes", Rule::Preferences, 3),
        NamedRule::soft(
            "at-most-two",
            Rule::MaxShifts { count: 2, per: timeline_core::PeriodKind::Quarter, role: None },
            5,
        ),
        NamedRule::soft("half-of-time", Rule::ShareOfTime { percent: 50, weeks: 2, slack_minutes: 60 }, 1),
    ];
    request.rules = RuleSet::new(Tz::UTC, Hours::default(), rules).unwrap();
    let served = names.iter().zip(traits).filter_map(|(name, traits)| {
        Some(Shift { span: week(-traits.served?), role: Role::Primary, person: id(name) })
    });
    request.history = served.collect();
    let known = request.duties.iter().zip(published).filter_map(|(duty, person)| {
        let person = id(names.get((*person)?)?);
        Some(duty.seats().iter().map(move |seat| Shift { span: seat.span, role: seat.role, person: person.clone() }))
    });
    request.published = known.flatten().collect();
    request
}

fn requests() -> impl Strategy<Value = Request> {
    let shapes = prop_oneof![
        Just((2, 5, vec![Role::Primary])),
        Just((3, 5, vec![Role::Primary])),
        Just((4, 4, vec![Role::Primary])),
        Just((3, 2, vec![Role::Primary, Role::Secondary])),
        Just((5, 2, vec![Role::Primary, Role::Secondary])),
    ];
    (shapes, 2..4_u32).prop_flat_map(|((people, weeks, roles), gap)| {
        let duties = weeks * roles.len();
        let published = prop::collection::vec(prop::option::of(0..people), duties);
        (prop::collection::vec(traits(), people), published)
            .prop_map(move |(traits, published)| request_of(&NAMES[..people], &traits, weeks, &roles, gap, &published))
    })
}

fn values(plan: &Plan) -> Vec<i128> {
    plan.objectives().iter().map(|objective| objective.value()).collect()
}

/// The best of all assignments, each judged by the rules' own check: nothing of the solver is used.
fn best_of_all(request: &Request) -> Vec<i128> {
    let seats = request.duties.iter().flat_map(|duty| duty.seats()).cloned().collect::<Vec<Seat>>();
    let period = seats.iter().map(|seat| seat.span).reduce(Span::hull).unwrap();
    let holidays = Holidays::NONE;
    let counting = Counting {
        weights: &request.weights,
        hours: request.rules.hours(),
        holidays: &holidays,
        carries: &request.carries,
        parts: request.parts,
    };
    let planning = Planning::of(&request.team, &seats, period, &counting).unwrap();
    let case = Case { team: &request.team, holidays: &holidays, seats: &seats, span: period };
    let people = request.team.people();
    let mut best: Option<Vec<i128>> = None;
    let choices = people.len() + 1;
    for code in 0..choices.pow(u32::try_from(seats.len()).unwrap()) {
        let mut rest = code;
        let chosen = seats
            .iter()
            .map(|_| {
                let digit = rest % choices;
                rest /= choices;
                digit.checked_sub(1)
            })
            .collect::<Vec<_>>();
        let shift = |(seat, person): (&Seat, &Option<usize>)| {
            person.map(|place| Shift { span: seat.span, role: seat.role, person: people[place].id().clone() })
        };
        let shifts = seats.iter().zip(&chosen).filter_map(shift).chain(request.history.iter().cloned());
        let shifts = shifts.collect::<Vec<_>>();
        let verdict = request.rules.check(&case, &shifts).unwrap();
        if !verdict.keeps_hard() {
            continue;
        }
        let burdens = planning
            .people
            .iter()
            .enumerate()
            .filter_map(|(place, person)| {
                let load = chosen
                    .iter()
                    .zip(&person.loads)
                    .filter(|(who, _)| **who == Some(place))
                    .map(|(_, load)| load)
                    .sum::<i64>();
                person.scale.map(|scale| i128::from(scale * (person.carry + load)))
            })
            .collect::<Vec<_>>();
        let changed = seats.iter().zip(&chosen).filter(|(seat, person)| {
            let before = request.published.iter().find(|shift| shift.span == seat.span && shift.role == seat.role);
            before.is_some_and(|before| person.map(|place| people[place].id()) != Some(&before.person))
        });
        let values = vec![
            i128::try_from(chosen.iter().filter(|person| person.is_none()).count()).unwrap(),
            burdens.iter().copied().max().unwrap_or(0),
            burdens.iter().map(|burden| burden * burden).sum(),
            i128::from(verdict.cost()),
            i128::try_from(changed.count()).unwrap(),
        ];
        if best.as_ref().is_none_or(|best| values < *best) {
            best = Some(values);
        }
    }
    best.unwrap()
}

/// What makes a small request of five weeks around February anything but plain.
#[derive(Debug, Clone)]
struct Trouble {
    people: Vec<Traits>,
    /// Somebody has left long ago, with so much of an account.
    gone: Option<i64>,
    /// Nights that go together, or whole weeks.
    nights: bool,
    /// Who served the week before, and who has which duty already.
    before: Option<usize>,
    fixed: Option<(usize, usize)>,
    /// At least so many shifts in February: hard, or at a price.
    least: Option<(u32, Option<u32>)>,
    apart: Option<Option<u32>>,
    most_nights: u32,
}

fn troubles() -> impl Strategy<Value = Trouble> {
    let price = || prop::option::of(1..9_u32);
    (
        prop::collection::vec(traits(), 2..4),
        prop::option::weighted(0.3, -3..3_i64),
        any::<bool>(),
        prop::option::of(0..2_usize),
        prop::option::of((0..5_usize, 0..2_usize)),
        prop::option::weighted(0.7, (1..9_u32, price())),
        prop::option::of(price()),
        5..16_u32,
    )
        .prop_map(|(people, gone, nights, before, fixed, least, apart, most_nights)| Trouble {
            people,
            gone,
            nights,
            before,
            fixed,
            least,
            apart,
            most_nights,
        })
}

fn troubled(trouble: &Trouble) -> Request {
    let first = "2026-01-26T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
    let week = |index: i64| Span::starting_at(first + TimeDelta::weeks(index), TimeDelta::weeks(1)).unwrap();
    let mut people = Vec::new();
    let mut carries = Carries::new();
    for (name, traits) in NAMES.iter().zip(&trouble.people) {
        let mut person = Person::new(id(name)).with_availability(Availability::from_percent(traits.percent).unwrap());
        if let Some(index) = traits.leave.filter(|index| *index < 5) {
            person = person.with_leave(week(index), None);
        }
        if let Some((index, prefers)) = traits.wish {
            let wish = if prefers { Wish::Prefer } else { Wish::Avoid };
            person = person.with_preference(Preference { span: week(index), wish, weight: 2 });
        }
        carries = carries.with(id(name), Points::new(traits.carry * 100_000 - 300_000).unwrap());
        people.push(person);
    }
    if let Some(carry) = trouble.gone {
        let until = "2025-01-01T00:00:00Z".parse().unwrap();
        people.push(Person::new(id("gone")).with_membership(Membership::new(None, Some(until)).unwrap()));
        carries = carries.with(id("gone"), Points::new(carry * 1_000_000).unwrap());
    }
    let shape = DutyShape::weekly(Tz::UTC, "2026-01-26".parse().unwrap(), "00:00:00".parse().unwrap()).unwrap();
    let mut shape = shape.for_roles(&[Role::Primary]);
    if trouble.nights {
        shape = shape.during("Mon-Sun 20:00-08:00 UTC".parse().unwrap());
    }
    let mut request = Request::new(Team::new(people).unwrap(), shape.first(5).unwrap());
    request.carries = carries;
    let shift = |index: i64, who: usize| Shift { span: week(index), role: Role::Primary, person: id(NAMES[who]) };
    request.history.extend(trouble.before.map(|who| shift(-1, who)));
    request.fixed.extend(trouble.fixed.map(|(index, who)| shift(index.try_into().unwrap(), who)));
    let named = |name: &str, rule: Rule, price: Option<u32>| match price {
        None => NamedRule::hard(name, rule),
        Some(price) => NamedRule::soft(name, rule, price),
    };
    let month = PeriodKind::Month;
    let mut rules = vec![
        NamedRule::hard("membership", Rule::Membership),
        NamedRule::hard("leave", Rule::Leave),
        NamedRule::soft("wishes", Rule::Preferences, 3),
        NamedRule::soft("nights", Rule::MaxNights { count: trouble.most_nights, per: month, night_minutes: 180 }, 2),
        NamedRule::soft("shifts", Rule::MaxShifts { count: 2, per: PeriodKind::Quarter, role: None }, 5),
        NamedRule::soft("half-of-time", Rule::ShareOfTime { percent: 30, weeks: 2, slack_minutes: 60 }, 1),
        NamedRule::soft("one-in-3", Rule::OneWeekIn { weeks: 3 }, 1),
    ];
    rules.extend(trouble.least.map(|(count, price)| named("least", Rule::MinShifts { count, per: month }, price)));
    rules.extend(trouble.apart.map(|price| named("apart", Rule::NoBackToBack, price)));
    request.rules = RuleSet::new(Tz::UTC, Hours::default(), rules).unwrap();
    request
}

/// The values of all assignments that keep the hard rules, or break of them only what was given breaks: each judged by
/// the rules' own check, nothing of the solver is used.
fn values_of_all(request: &Request) -> Vec<Vec<i128>> {
    let seats = request.duties.iter().flat_map(|duty| duty.seats()).cloned().collect::<Vec<Seat>>();
    let mut next = 0;
    let groups = request.duties.iter().map(|duty| {
        next += duty.seats().len();
        (next - duty.seats().len()..next).collect::<Vec<_>>()
    });
    let groups = groups.collect::<Vec<_>>();
    let span = seats.iter().map(|seat| seat.span).reduce(Span::hull).unwrap();
    let counting = Counting {
        weights: &request.weights,
        hours: request.rules.hours(),
        holidays: &request.holidays,
        carries: &request.carries,
        parts: request.parts,
    };
    let planning = Planning::of(&request.team, &seats, span, &counting).unwrap();
    let case = Case { team: &request.team, holidays: &request.holidays, seats: &seats, span };
    let people = request.team.people();
    let fixed = request.duties.iter().map(|duty| {
        let holder = request.fixed.iter().find(|shift| duty.seats().iter().all(|seat| shift.span.covers(seat.span)));
        holder.and_then(|shift| people.iter().position(|person| person.id() == &shift.person))
    });
    let fixed = fixed.collect::<Vec<_>>();
    let served = |chosen: &[Option<usize>]| {
        let mut shifts = request.history.clone();
        for (duty, person) in request.duties.iter().zip(chosen) {
            shifts.extend(person.iter().flat_map(|place| {
                duty.seats().iter().map(|seat| Shift {
                    span: seat.span,
                    role: seat.role,
                    person: people[*place].id().clone(),
                })
            }));
        }
        shifts
    };
    let given = served(&fixed);
    let choices = people.len() + 1;
    let mut all = Vec::new();
    for code in 0..choices.pow(u32::try_from(groups.len()).unwrap()) {
        let chosen =
            (0..groups.len()).map(|place| (code / choices.pow(place.try_into().unwrap()) % choices).checked_sub(1));
        let chosen = chosen.collect::<Vec<_>>();
        if fixed.iter().zip(&chosen).any(|(fixed, chosen)| fixed.is_some() && fixed != chosen) {
            continue;
        }
        let verdict = request.rules.check_groups(&case, &groups, &served(&chosen)).unwrap();
        let is_given = |violation: &Violation| {
            matches!(violation.bound, Bound::AtMost(_)) && violation.shifts.iter().all(|shift| given.contains(shift))
        };
        if verdict.violations().iter().any(|v| v.strength == Strength::Hard && !is_given(v)) {
            continue;
        }
        let burdens = planning.people.iter().enumerate().filter_map(|(place, person)| {
            let of = |group: &Vec<usize>| group.iter().map(|seat| person.loads[*seat]).sum::<i64>();
            let load = groups.iter().zip(&chosen).filter(|(_, who)| **who == Some(place)).map(|(group, _)| of(group));
            let load = load.sum::<i64>();
            person.scale.map(|scale| i128::from(scale * (person.carry + load)))
        });
        let burdens = burdens.collect::<Vec<_>>();
        all.push(vec![
            i128::try_from(chosen.iter().filter(|person| person.is_none()).count()).unwrap(),
            burdens.iter().copied().max().unwrap_or(0),
            burdens.iter().map(|burden| burden * burden).sum(),
            i128::from(verdict.cost()),
            0,
        ]);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_of_all_plans_is_true_of_every_assignment_with_any_budget(trouble in troubles()) {
        let request = troubled(&trouble);
        let all = values_of_all(&request);
        let mut last: Option<Vec<i128>> = None;
        for nodes in [0, 1, 2_000, 4_000_000] {
            let plan = match plan(&request, Budget { nodes }) {
                Ok(plan) => plan,
                Err(Error::Plan(PlanError::TooFewForAll { .. })) => {
                    prop_assert!(all.is_empty());
                    continue;
                }
                Err(Error::Plan(PlanError::BudgetSpent { .. })) if nodes < 4_000_000 => {
                    prop_assert!(last.is_none());
                    continue;
                }
                Err(fault) => return Err(TestCaseError::fail(fault.to_string())),
            };
            let own = values(&plan);
            prop_assert!(all.contains(&own), "{}", plan);
            for (level, objective) in plan.objectives().iter().enumerate() {
                prop_assert!(objective.bound() >= 0 || objective.aim() == Aim::LargestBurden, "{}", plan);
                let least = all.iter().filter(|other| other[..level] == own[..level]).map(|other| other[level]).min();
                prop_assert!(Some(objective.bound()) <= least, "{:?} of {:?}: {}", objective, least, plan);
            }
            let cost = plan.soft_breaches().iter().filter_map(|breach| breach.penalty).map(i128::from).sum::<i128>();
            prop_assert_eq!(plan.objective(Aim::SoftRules).value(), cost);
            // Fairness is always proven of so few duties, and with a larger budget never worse.
            prop_assert!(last.is_none_or(|last| own[..3] <= last[..3]), "{} nodes: {}", nodes, plan);
            if nodes == 4_000_000 {
                prop_assert!(plan.objectives()[..3].iter().all(|objective| objective.is_proven()), "{}", plan);
            }
            last = Some(own);
        }
    }

    #[test]
    fn no_assignment_at_all_is_better_than_a_proven_plan(request in requests()) {
        let plan = plan(&request, Budget::default()).unwrap();
        prop_assert!(plan.is_proven(), "{plan}");
        prop_assert_eq!(values(&plan), best_of_all(&request), "{}", plan);
        prop_assert_eq!(plan.conflicts().is_empty(), plan.uncovered().count() == 0);
    }

    #[test]
    fn the_same_request_gives_the_same_plan_and_a_document_of_it_the_same_again(request in requests()) {
        let first = plan(&request, Budget::default()).unwrap();
        prop_assert_eq!(&first, &plan(&request, Budget::default()).unwrap());
        let json = serde_json::to_string(&first).unwrap();
        prop_assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), first);
        let json = serde_json::to_string(&request).unwrap();
        prop_assert_eq!(serde_json::from_str::<Request>(&json).unwrap(), request);
    }

    #[test]
    fn other_names_change_nothing_but_names(request in requests()) {
        let rename = |person: &PersonId| id(&format!("z-{person}"));
        let mut other = request.clone();
        let renamed = request.team.people().iter().map(|person| {
            let mut json = serde_json::to_value(person).unwrap();
            json["id"] = rename(person.id()).as_str().into();
            serde_json::from_value::<Person>(json).unwrap()
        });
        other.team = Team::new(renamed.collect()).unwrap();
        other.carries = request.carries.iter().map(|(person, points)| (rename(person), points)).collect();
        let shifts = other.published.iter_mut().chain(&mut other.history);
        shifts.for_each(|shift| shift.person = rename(&shift.person));
        let (one, two) = (plan(&request, Budget::default()).unwrap(), plan(&other, Budget::default()).unwrap());
        let names = |plan: &Plan| plan.duties().iter().map(|duty| duty.person.clone()).collect::<Vec<_>>();
        let expected = names(&one).into_iter().map(|person| person.map(|person| rename(&person))).collect::<Vec<_>>();
        prop_assert_eq!(names(&two), expected);
        prop_assert_eq!(one.objectives(), two.objectives());
    }

    #[test]
    fn one_more_person_never_leaves_more_uncovered_nor_a_larger_burden_for_as_much(request in requests()) {
        let mut more = request.clone();
        let mut people = request.team.people().to_vec();
        people.push(Person::new(id("new")).with_skill("db"));
        more.team = Team::new(people).unwrap();
        let (before, after) = (plan(&request, Budget::default()).unwrap(), plan(&more, Budget::default()).unwrap());
        let uncovered = |plan: &Plan| plan.objective(Aim::Uncovered).value();
        prop_assert!(uncovered(&after) <= uncovered(&before));
        let largest = |plan: &Plan| plan.units().burden(plan.objective(Aim::LargestBurden).value()).unwrap();
        if uncovered(&after) == uncovered(&before) {
            // Whoever comes new stands at 0, below which the largest then cannot be.
            prop_assert!(largest(&after) <= largest(&before).max(oncall_core::burden::Burden::ZERO));
        }
    }

    #[test]
    fn a_larger_budget_never_gives_a_worse_plan(request in requests()) {
        let mut last: Option<Vec<i128>> = None;
        for nodes in [0, 1, 10, 100, 1_000, 100_000] {
            let plan = plan(&request, Budget { nodes }).unwrap();
            prop_assert!(plan.objectives().iter().all(|objective| objective.bound() <= objective.value()));
            if let Some(last) = &last {
                prop_assert!(values(&plan) <= *last, "{} nodes: {:?} after {:?}", nodes, values(&plan), last);
            }
            last = Some(values(&plan));
        }
    }

    #[test]
    fn a_replan_leaves_alone_what_was_served_and_what_others_are_serving(
        request in requests(), who in 0..2_usize, hours in 0..800_i64, days in 1..20_i64,
    ) {
        let mut request = request;
        request.published = plan(&request, Budget::default()).unwrap().shifts();
        let from = start() + TimeDelta::hours(hours);
        let person = request.team.people()[who].id().clone();
        let absence = Absence::new(person.clone(), from).until(from + TimeDelta::days(days));
        let Ok(found) = replan(&request, &absence, &[], Budget::default()) else { return Ok(()) };
        let away = Span::new(from, from + TimeDelta::days(days)).unwrap();
        for assigned in found.plan().duties() {
            let span = assigned.duty.hull().unwrap();
            prop_assert!(span.start() >= from);
            prop_assert!(assigned.person.as_ref() != Some(&person) || !span.overlaps(away), "{}", found);
        }
        for change in found.changes() {
            let running = request.published.iter().find(|shift| shift.role == change.duty.role() && shift.span.covers(change.duty.hull().unwrap()));
            // Only the absent person's shift is cut.
            prop_assert!(running.is_none_or(|shift| shift.span.start() >= from || shift.person == person));
        }
        let vacated = request.published.iter().filter(|shift| shift.person == person && shift.span.overlaps(away)).count();
        prop_assert!(found.changes().iter().filter(|change| change.from.is_some()).count() >= vacated);
    }

    #[test]
    fn every_suggested_swap_is_legal_by_the_rules_themselves(request in requests()) {
        let mut request = request;
        request.published = plan(&request, Budget::default()).unwrap().shifts();
        let seats = request.duties.iter().flat_map(|duty| duty.seats()).cloned().collect::<Vec<Seat>>();
        let span = seats.iter().map(|seat| seat.span).reduce(Span::hull).unwrap();
        let case = Case { team: &request.team, holidays: &request.holidays, seats: &seats, span };
        let Some(given) = request.published.first().cloned() else { return Ok(()) };
        for suggestion in swaps(&request, &given, start()).unwrap() {
            let taken = suggestion.takes.as_ref().and_then(|duty| duty.seats().first());
            let shifts = request.published.iter().map(|shift| {
                let mut shift = shift.clone();
                if (shift.span, shift.role) == (given.span, given.role) {
                    shift.person = suggestion.to.clone();
                } else if taken.is_some_and(|seat| (shift.span, shift.role) == (seat.span, seat.role)) {
                    shift.person = given.person.clone();
                }
                shift
            });
            let verdict = request.rules.check(&case, &shifts.collect::<Vec<_>>()).unwrap();
            prop_assert!(verdict.keeps_hard(), "{}: {}", suggestion, verdict);
        }
    }
}
