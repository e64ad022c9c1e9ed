//! Plans as a stranger makes them.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use oncall_core::burden::{Carries, Points};
use oncall_core::plan::{Aim, Budget, DutyShape, Plan, PlanError, Request, follow_the_sun, plan, unserved};
use oncall_core::rules::{NamedRule, Rule, RuleSet};
use oncall_core::{
    Availability, Error, HolidayCalendar, Holidays, Hours, Membership, Person, PersonId, Role, Span, Team, Tz,
};

fn id(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn team(names: &[&str]) -> Team {
    Team::new(names.iter().map(|name| Person::new(id(name))).collect()).unwrap()
}

fn span(start: &str, end: &str) -> Span {
    Span::new(format!("{start}T00:00:00Z").parse().unwrap(), format!("{end}T00:00:00Z").parse().unwrap()).unwrap()
}

fn weekly(date: &str) -> DutyShape {
    DutyShape::weekly(Tz::UTC, date.parse().unwrap(), "00:00:00".parse().unwrap()).unwrap()
}

fn no_back_to_back() -> RuleSet {
    let rules = RuleSet::default().without("one-week-in-4").without("rest-of-11-hours").without("quarter-of-time");
    rules.with(NamedRule::hard("no back-to-back", Rule::NoBackToBack)).unwrap()
}

fn who(plan: &Plan) -> Vec<Option<&str>> {
    plan.duties().iter().map(|assigned| assigned.person.as_ref().map(PersonId::as_str)).collect()
}

#[test]
fn a_small_team_takes_turns_and_that_is_proven() {
    let duties = weekly("2026-01-05").for_roles(&[Role::Primary]).first(4).unwrap();
    let mut request = Request::new(team(&["ada", "bob"]), duties);
    request.rules = no_back_to_back();
    let plan = plan(&request, Budget::default()).unwrap();
    assert_eq!(who(&plan), [Some("ada"), Some("bob"), Some("ada"), Some("bob")]);
    assert!(plan.is_proven(), "{plan}");
    assert!(plan.to_string().contains("no plan has a smaller largest burden: "), "{plan}");
    assert_eq!(plan.accounts().all().len(), 2);
}

#[test]
fn a_week_that_nobody_can_take_is_explained() {
    let mut people = team(&["ada", "bob", "cyd", "dan"]).people().to_vec();
    let away = span("2026-12-21", "2026-12-28");
    people[0] = people[0].clone().with_skill("db").with_leave(away, None);
    people[1] = people[1].clone().with_skill("db").with_leave(away, None);
    people[2] = people[2].clone().with_skill("db");
    let shape = weekly("2026-12-21").for_roles(&[Role::Primary]).requiring("db");
    let mut request = Request::new(Team::new(people).unwrap(), shape.first(1).unwrap());
    request.rules = no_back_to_back();
    request.history =
        vec![oncall_core::Shift { span: span("2026-12-14", "2026-12-21"), role: Role::Primary, person: id("cyd") }];
    let plan = plan(&request, Budget::default()).unwrap();
    assert_eq!(plan.objective(Aim::Uncovered).value(), 1);
    assert_eq!(plan.uncovered().count(), 1);
    let words = plan.conflicts().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        words,
        [
            "week of 2026-12-21 primary cannot be covered: ada and bob are on leave, dan lacks the skill `db`, cyd serves \
          the turn before or after (rule `no back-to-back`); dropping any one of these lets it be covered"
        ]
    );
}

#[test]
fn leave_of_everybody_is_said_of_nobody() {
    let away = span("2026-12-21", "2026-12-28");
    let people = team(&["ada", "bob"]);
    let people = people.people().iter().map(|person| person.clone().with_leave(away, Some("rest".into()))).collect();
    let duties = weekly("2026-12-21").for_roles(&[Role::Primary]).first(1).unwrap();
    let plan = plan(&Request::new(Team::new(people).unwrap(), duties), Budget::default()).unwrap();
    let words = plan.conflicts()[0].to_string();
    assert!(words.contains("cannot be covered: nobody is free of leave (rest); without this"), "{words}");
}

#[test]
fn leave_that_overlaps_for_all_is_enough_to_drop_though_each_has_more_of_it() {
    // Nobody can serve the night of the 7th, and each is away for others besides.
    let away = |name: &str, from: &str, until: &str| {
        let span = Span::new(from.parse().unwrap(), until.parse().unwrap()).unwrap();
        Person::new(id(name)).with_leave(span, None)
    };
    let people = vec![
        away("ada", "2026-01-05T00:00:00Z", "2026-01-08T12:00:00Z"),
        away("bob", "2026-01-07T12:00:00Z", "2026-01-12T12:00:00Z"),
    ];
    let nights = weekly("2026-01-05").for_roles(&[Role::Primary]).during("Mon-Sun 20:00-08:00 UTC".parse().unwrap());
    let mut request = Request::new(Team::new(people).unwrap(), nights.first(1).unwrap());
    request.rules = RuleSet::default().without("rest-of-11-hours").without("quarter-of-time");
    let plan = plan(&request, Budget::default()).unwrap();
    let [conflict] = plan.conflicts() else { panic!("{plan}") };
    assert!(conflict.causes.iter().all(|cause| cause.alone), "{conflict}");
    let said = "week of 2026-01-05 primary (84 h in 8 stretches) cannot be covered: nobody is free of leave; without this it can be \
                covered";
    assert_eq!(conflict.to_string(), said);
}

#[test]
fn a_fixed_duty_stays_whatever_the_rules_say() {
    let duties = weekly("2026-01-05").for_roles(&[Role::Primary]).first(3).unwrap();
    let mut request = Request::new(team(&["ada", "bob"]), duties);
    request.rules = no_back_to_back();
    request.fixed =
        vec![oncall_core::Shift { span: span("2026-01-05", "2026-01-19"), role: Role::Primary, person: id("bob") }];
    let plan = plan(&request, Budget::default()).unwrap();
    assert_eq!(who(&plan), [Some("bob"), Some("bob"), Some("ada")]);
    assert_eq!(plan.given_breaches().len(), 1);
    assert_eq!(plan.given_breaches()[0].rule, "no back-to-back");
}

#[test]
fn nothing_to_plan_is_an_error_and_no_people_is_refused_before() {
    let request = Request::new(team(&["ada"]), vec![]);
    assert_eq!(plan(&request, Budget::default()), Err(Error::Plan(PlanError::NothingToPlan)));
}

#[test]
#[cfg(feature = "serde")]
fn a_plan_comes_back_from_json_as_it_was_and_a_wrong_one_does_not() {
    let duties = weekly("2026-01-05").for_roles(&[Role::Primary]).first(3).unwrap();
    let mut request = Request::new(team(&["ada", "bob"]), duties);
    request.rules = no_back_to_back();
    let plan = plan(&request, Budget::default()).unwrap();
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    let request_json = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<Request>(&request_json).unwrap(), request);
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    value["duties"][0]["person"] = serde_json::Value::Null;
    let fault = serde_json::from_value::<Plan>(value.clone()).unwrap_err().to_string();
    assert!(fault.contains("uncovered duties is 0 in the plan"), "{fault}");
}

#[test]
fn a_rule_that_another_repeats_is_not_said_to_be_enough_to_drop() {
    let away = span("2026-01-12", "2026-01-19");
    let mut people = team(&["ada", "bob"]).people().to_vec();
    people[0] = people[0].clone().with_leave(away, None);
    let duties = weekly("2026-01-12").for_roles(&[Role::Primary]).first(1).unwrap();
    let mut request = Request::new(Team::new(people).unwrap(), duties);
    // Both the rest and the turn before keep bob from it.
    request.rules = no_back_to_back().with(NamedRule::hard("rest", Rule::MinRest { minutes: 660 })).unwrap();
    request.history =
        vec![oncall_core::Shift { span: span("2026-01-05", "2026-01-12"), role: Role::Primary, person: id("bob") }];
    let plan = plan(&request, Budget::default()).unwrap();
    let [conflict] = plan.conflicts() else { panic!("{plan}") };
    assert_eq!(conflict.causes.iter().filter(|cause| cause.alone).count(), 1);
    let words = conflict.to_string();
    assert!(words.ends_with("; dropping rule `leave` for ada alone lets it be covered"), "{words}");
}

#[test]
fn one_person_alone_takes_what_the_rules_allow_and_the_rest_is_explained() {
    let duties = weekly("2026-01-05").for_roles(&[Role::Primary]).first(4).unwrap();
    let mut request = Request::new(team(&["ada"]), duties);
    request.rules = no_back_to_back();
    let plan = plan(&request, Budget::default()).unwrap();
    assert_eq!(plan.objective(Aim::Uncovered).value(), 2);
    assert!(plan.is_proven(), "{plan}");
    assert_eq!(plan.conflicts().len(), 2, "{plan}");
    let words = plan.conflicts()[0].to_string();
    let expected = "cannot all be covered: nobody may serve two turns in a row (rule `no back-to-back`); without this";
    assert!(words.contains(expected), "{words}");
}

#[test]
fn a_quarter_with_holidays_part_time_leave_and_carry_is_planned_within_a_per_cent_of_its_bound() {
    let names = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal"];
    let mut people = team(&names).people().iter().map(|p| p.clone().in_zone(Tz::Europe__Berlin)).collect::<Vec<_>>();
    people[1] = people[1].clone().with_availability(Availability::from_percent(50).unwrap());
    people[2] = people[2].clone().with_leave(span("2026-02-02", "2026-02-16"), Some("skiing".into()));
    let joins = "2026-02-09T08:00:00Z".parse().unwrap();
    people[3] = people[3].clone().with_membership(Membership::new(Some(joins), None).unwrap());
    let berlin = |date: &str, name: &str| (date.parse().unwrap(), name.to_owned());
    let days = [berlin("2026-04-03", "Good Friday"), berlin("2026-04-06", "Easter Monday")];
    let calendar = HolidayCalendar::new("Berlin", Tz::Europe__Berlin, days).unwrap();
    let shape = DutyShape::weekly(Tz::Europe__Berlin, "2026-01-05".parse().unwrap(), "09:00:00".parse().unwrap());
    let mut request = Request::new(Team::new(people).unwrap(), shape.unwrap().first(13).unwrap());
    request.holidays = Holidays::new(vec![calendar]).unwrap();
    request.carries = Carries::new().with(id("eve"), Points::new(600_000).unwrap());
    request.rules = RuleSet::default()
        .without("one-week-in-4")
        .with(NamedRule::hard("one-week-in-2", Rule::OneWeekIn { weeks: 2 }))
        .unwrap()
        .in_zone(Tz::Europe__Berlin);
    let plan = plan(&request, Budget { nodes: 300_000 }).unwrap();
    assert_eq!(plan.uncovered().count(), 0);
    let largest = plan.objective(Aim::LargestBurden);
    assert!(largest.gap() * 100 < largest.value(), "{plan}");
    // The exact accounts agree with the units that were planned with: 5 % of a full load is what rounding may differ.
    let largest = plan.units().burden(plan.objective(Aim::LargestBurden).value()).unwrap();
    let by_units = plan.bearings().iter().find(|bearing| bearing.after() == plan.objective(Aim::LargestBurden).value());
    let account = plan.accounts().get(&by_units.unwrap().person).unwrap();
    let ratio = account.burden.unwrap().points() / largest.points();
    assert!((0.94..1.06).contains(&ratio), "{ratio}");
    // Whoever is on leave or has not joined has nothing then; and eve, who bore much, bears less.
    for shift in plan.shifts() {
        assert!(shift.person != id("dan") || shift.span.start() >= joins);
        assert!(shift.person != id("cyd") || !shift.span.overlaps(span("2026-02-02", "2026-02-16")));
    }
    let load = |name: &str| plan.bearings().iter().find(|bearing| bearing.person == id(name)).unwrap().load;
    assert!(load("eve") < load("ada") && load("bob") < load("ada"));
    // Coarser units find weeks with a change of clocks alike, and say what that is worth.
    request.resolution = Some(Points::new(8 * 6_000).unwrap());
    let coarse = oncall_core::plan::plan(&request, Budget { nodes: 300_000 }).unwrap();
    assert!(coarse.units().rounded_up > 0);
    assert!(coarse.least_largest_burden().unwrap() <= plan.least_largest_burden().unwrap());
    let largest = coarse.objective(Aim::LargestBurden);
    assert!(largest.gap() * 100 < largest.value(), "{coarse}");
    assert!(coarse.to_string().contains("exactly, no largest burden is below"), "{coarse}");
}

#[test]
fn two_sites_with_skills_are_each_served_by_their_own() {
    let at = |name: &str, site: &str, zone| Person::new(id(name)).at_site(site).in_zone(zone).with_skill("db");
    let mut people = vec![];
    for name in ["ada", "bob", "cyd"] {
        people.push(at(name, "berlin", Tz::Europe__Berlin));
    }
    for name in ["dan", "eve", "fay"] {
        people.push(at(name, "denver", Tz::America__Denver));
    }
    people.push(Person::new(id("gus")).at_site("denver").in_zone(Tz::America__Denver));
    let sites = [
        ("berlin".to_owned(), "Mon-Sun 07:00-19:00 UTC".parse().unwrap()),
        ("denver".to_owned(), "Mon-Sun 19:00-07:00 UTC".parse().unwrap()),
    ];
    let shape = DutyShape::weekly(Tz::UTC, "2026-01-05".parse().unwrap(), "07:00:00".parse().unwrap()).unwrap();
    let shape = shape.for_roles(&[Role::Primary]).requiring("db");
    let duties = follow_the_sun(&shape, &sites, 6).unwrap();
    assert!(unserved(&duties, Role::Primary, duties[0].hull().unwrap()).is_empty());
    let mut request = Request::new(Team::new(people).unwrap(), duties);
    // A week at a site is seven shifts with twelve hours between them.
    request.rules = RuleSet::default()
        .without("one-week-in-4")
        .with(NamedRule::hard("one-week-in-2", Rule::OneWeekIn { weeks: 2 }))
        .unwrap();
    let plan = plan(&request, Budget::default()).unwrap();
    assert_eq!(plan.uncovered().count(), 0, "{plan}");
    assert!(plan.objective(Aim::SumOfSquares).is_proven());
    for assigned in plan.duties() {
        let person = request.team.get(assigned.person.as_ref().unwrap()).unwrap();
        assert_eq!(person.site(), assigned.duty.seats()[0].requires.site.as_deref());
        assert_ne!(person.id(), &id("gus"));
        assert_eq!(assigned.duty.seats().len(), 7);
    }
}

#[test]
fn ten_thousand_people_get_a_plan_or_a_bound_and_more_than_that_an_error() {
    let people = (0..10_000).map(|index| Person::new(id(&format!("p{index}")))).collect();
    let duties = weekly("2026-01-05").first(13).unwrap();
    let mut request = Request::new(Team::new(people).unwrap(), duties);
    // Half of them cannot serve, and are told together.
    request.rules = RuleSet::default().without("once-a-quarter");
    let plan = plan(&request, Budget { nodes: 50_000 }).unwrap();
    assert_eq!(plan.uncovered().count(), 0);
    let largest = plan.objective(Aim::LargestBurden);
    assert!(largest.bound() <= largest.value() && largest.value() > 0);
    request.duties = weekly("2026-01-05").first(500).unwrap();
    let Err(Error::Plan(PlanError::TooLarge { people, duties, bound })) =
        oncall_core::plan::plan(&request, Budget::default())
    else {
        panic!("a plan of ten million cells")
    };
    assert_eq!((people, duties, bound), (10_000, 1_000, 4_000_000));
}

#[test]
fn what_is_wrong_with_a_request_is_said_with_its_place() {
    let duties = weekly("2026-01-05").for_roles(&[Role::Primary, Role::Shadow]).first(1).unwrap();
    let mut request = Request::new(team(&["ada"]), duties);
    request.fixed =
        vec![oncall_core::Shift { span: span("2026-01-05", "2026-01-12"), role: Role::Primary, person: id("zoe") }];
    request.resolution = Some(Points::new(1).unwrap());
    let fault = plan(&request, Budget::default()).unwrap_err().to_string();
    for part in [
        "fixed[0].person: person `zoe` is not in the team",
        "resolution: resolution of 1 points is below 6000",
        "duties[1]: a shadow bears no burden, and is not planned",
    ] {
        assert!(fault.contains(part), "{part} in {fault}");
    }
    let mut request = Request::new(team(&["ada"]), weekly("2026-01-05").first(2).unwrap());
    request.history =
        vec![oncall_core::Shift { span: span("2026-01-06", "2026-01-07"), role: Role::Primary, person: id("ada") }];
    let fault = plan(&request, Budget::default()).unwrap_err().to_string();
    assert!(
        fault.starts_with("history[0]: shift ada primary 2026-01-06T00:00:00Z/2026-01-07T00:00:00Z of the history")
    );
}

#[test]
fn what_was_published_stays_where_that_costs_nothing_and_strangers_must_change() {
    let duties = weekly("2026-01-05").for_roles(&[Role::Primary]).first(4).unwrap();
    let mut request = Request::new(team(&["ada", "bob"]), duties);
    request.rules = no_back_to_back();
    let shift = |start: &str, end: &str, name: &str| oncall_core::Shift {
        span: span(start, end),
        role: Role::Primary,
        person: id(name),
    };
    request.published = vec![shift("2026-01-05", "2026-01-12", "bob"), shift("2026-01-12", "2026-01-19", "gone")];
    let plan = plan(&request, Budget::default()).unwrap();
    assert_eq!(who(&plan), [Some("bob"), Some("ada"), Some("bob"), Some("ada")]);
    assert_eq!(plan.objective(Aim::Changes).value(), 1);
    assert!(plan.is_proven(), "{plan}");
}

#[test]
fn a_hard_least_number_of_duties_is_kept_by_branching() {
    let duties = weekly("2026-01-05").for_roles(&[Role::Primary]).first(4).unwrap();
    let mut request = Request::new(team(&["ada", "bob", "cyd"]), duties);
    // Cyd has borne so much that fairness alone gives nothing more.
    request.carries = Carries::new().with(id("cyd"), Points::new(9_000_000).unwrap());
    request.rules = no_back_to_back();
    let without = plan(&request, Budget::default()).unwrap();
    assert!(!who(&without).contains(&Some("cyd")));
    let least = NamedRule::hard("once-a-month", Rule::MinShifts { count: 1, per: timeline_core::PeriodKind::IsoWeek });
    request.rules = no_back_to_back().with(NamedRule { name: "least".into(), ..least }).unwrap();
    // Nobody can serve every week.
    assert!(matches!(plan(&request, Budget::default()), Err(Error::Plan(PlanError::TooFewForAll { .. }))));
    let month = timeline_core::PeriodKind::Month;
    let february = weekly("2026-02-01").for_roles(&[Role::Primary]).first(4).unwrap();
    request.duties = february;
    request.rules = no_back_to_back().with(NamedRule::hard("least", Rule::MinShifts { count: 1, per: month })).unwrap();
    let with = plan(&request, Budget::default()).unwrap();
    assert!(who(&with).contains(&Some("cyd")), "{with}");
    assert!(with.is_proven(), "{with}");
}

#[test]
fn a_hard_least_number_is_met_with_any_budget_and_never_worse_with_a_larger_one() {
    let month = timeline_core::PeriodKind::Month;
    let values = |plan: &Plan| plan.objectives().iter().map(|objective| objective.value()).collect::<Vec<_>>();
    let small = {
        let mut request = Request::new(
            team(&["ada", "bob", "cyd"]),
            weekly("2026-02-01").for_roles(&[Role::Primary]).first(4).unwrap(),
        );
        request.carries = Carries::new().with(id("cyd"), Points::new(9_000_000).unwrap());
        request.rules =
            no_back_to_back().with(NamedRule::hard("least", Rule::MinShifts { count: 1, per: month })).unwrap();
        request
    };
    // So much that the best without the rule is not proven for long, and gives some nothing.
    let large = {
        let names = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal"];
        let mut people = team(&names).people().to_vec();
        people[1] = people[1].clone().with_availability(Availability::from_percent(37).unwrap());
        people[2] = people[2].clone().with_leave(span("2026-02-02", "2026-02-16"), None);
        let mut request = Request::new(Team::new(people).unwrap(), weekly("2025-12-29").first(14).unwrap());
        request.carries = Carries::new()
            .with(id("eve"), Points::new(5_000_000).unwrap())
            .with(id("bob"), Points::new(1_234_567).unwrap())
            .with(id("ada"), Points::new(765_432).unwrap());
        request.rules =
            no_back_to_back().with(NamedRule::hard("least", Rule::MinShifts { count: 1, per: month })).unwrap();
        request
    };
    for request in [small, large] {
        let mut last: Option<Vec<i128>> = None;
        for nodes in [0, 1, 1_000, 30_000, 300_000] {
            let plan = plan(&request, Budget { nodes }).unwrap();
            assert_eq!(plan.uncovered().count(), 0);
            assert!(plan.objectives().iter().all(|objective| objective.bound() >= 0), "{plan}");
            assert!(last.is_none_or(|last| values(&plan) <= last), "{nodes} nodes: {plan}");
            last = Some(values(&plan));
        }
    }
}

#[test]
fn that_not_everybody_can_have_enough_is_said_only_where_it_is_proven() {
    let least = |count, per| NamedRule::hard("least", Rule::MinShifts { count, per });
    let names = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal"];
    let mut request = Request::new(team(&names), weekly("2025-12-29").first(14).unwrap());
    request.rules = no_back_to_back().with(least(1, timeline_core::PeriodKind::IsoWeek)).unwrap();
    // Two seats a week for eight people: there is nothing to search.
    let people = names.map(str::to_owned).to_vec();
    let none = plan(&request, Budget { nodes: 0 });
    assert_eq!(none, Err(Error::Plan(PlanError::TooFewForAll { people: people.clone() })));

    // Three times a quarter with six weeks between is the first, the seventh and the last week for each: so much takes
    // long to find out.
    request.rules = RuleSet::default()
        .without("one-week-in-4")
        .with(NamedRule::hard("gap", Rule::OneWeekIn { weeks: 6 }))
        .unwrap()
        .with(least(3, timeline_core::PeriodKind::Quarter))
        .unwrap();
    for nodes in [0, 20_000] {
        let spent = plan(&request, Budget { nodes });
        assert_eq!(spent, Err(Error::Plan(PlanError::BudgetSpent { nodes, people: people.clone() })));
    }
    // Two people in four weeks are soon done.
    request.team = team(&["ada", "bob"]);
    request.duties = weekly("2026-02-01").for_roles(&[Role::Primary]).first(4).unwrap();
    request.rules = request.rules.clone().without("least").with(least(2, timeline_core::PeriodKind::Month)).unwrap();
    let none = plan(&request, Budget { nodes: 0 });
    assert_eq!(
        none.unwrap_err().to_string(),
        "no plan gives each of ada, bob the least number of duties that a hard rule asks for"
    );
}

/// What the breaches of soft rules cost together.
fn cost(plan: &Plan) -> i128 {
    plan.soft_breaches().iter().filter_map(|breach| breach.penalty).map(i128::from).sum()
}

#[test]
fn each_night_of_a_duty_counts_to_rules_on_numbers() {
    let month = timeline_core::PeriodKind::Month;
    let nights = weekly("2026-01-26").for_roles(&[Role::Primary]).during("Mon-Sun 20:00-08:00 UTC".parse().unwrap());
    let mut request = Request::new(team(&["ada", "bob", "cyd"]), nights.first(6).unwrap());
    let rules = RuleSet::default().without("one-week-in-4").without("rest-of-11-hours").without("quarter-of-time");
    let bare = rules.without("once-a-quarter");
    // One duty is enough of four nights.
    let least = Rule::MinShifts { count: 4, per: month };
    request.rules = bare.clone().with(NamedRule::hard("least", least.clone())).unwrap();
    let hard = plan(&request, Budget::default()).unwrap();
    assert!(hard.is_proven(), "{hard}");
    request.rules = bare.clone().with(NamedRule::soft("least", least, 10)).unwrap();
    let soft = plan(&request, Budget::default()).unwrap();
    assert_eq!((soft.objective(Aim::SoftRules).value(), cost(&soft)), (0, 0));
    assert!(soft.is_proven(), "{soft}");
    // Two duties a month are more than ten nights, whoever has them.
    let most = Rule::MaxNights { count: 10, per: month, night_minutes: 180 };
    request.rules = bare.with(NamedRule::soft("nights", most, 10)).unwrap();
    let soft = plan(&request, Budget::default()).unwrap();
    let objective = soft.objective(Aim::SoftRules);
    assert_eq!(objective.value(), cost(&soft), "{soft}");
    assert!(objective.value() >= 40 && objective.bound() > 0, "{soft}");
}

#[test]
fn what_fixed_duties_cost_by_soft_rules_is_in_the_objective() {
    let mut people = team(&["ada", "bob"]).people().to_vec();
    people[0] = people[0].clone().with_preference(oncall_core::Preference {
        span: span("2026-01-05", "2026-01-26"),
        wish: oncall_core::Wish::Avoid,
        weight: 1,
    });
    let duties = weekly("2026-01-05").for_roles(&[Role::Primary]).first(4).unwrap();
    let mut request = Request::new(Team::new(people).unwrap(), duties);
    let quarter = timeline_core::PeriodKind::Quarter;
    request.rules = RuleSet::new(
        Tz::UTC,
        Hours::default(),
        vec![
            NamedRule::soft("most", Rule::MaxShifts { count: 1, per: quarter, role: None }, 5),
            NamedRule::soft("wishes", Rule::Preferences, 1),
        ],
    )
    .unwrap();
    let shift = |start: &str, end: &str, name: &str| oncall_core::Shift {
        span: span(start, end),
        role: Role::Primary,
        person: id(name),
    };
    request.history = vec![shift("2026-01-01", "2026-01-02", "bob")];
    request.fixed = vec![shift("2026-01-05", "2026-01-12", "ada"), shift("2026-01-12", "2026-01-26", "bob")];
    // Ada has what she would avoid, bob two more than one; the last week is ada's second.
    let with = plan(&request, Budget::default()).unwrap();
    assert_eq!(who(&with), [Some("ada"), Some("bob"), Some("bob"), Some("ada")]);
    assert_eq!((with.objective(Aim::SoftRules).value(), cost(&with)), (16, 16));
    assert!(with.is_proven(), "{with}");
}

#[test]
fn who_is_not_there_bears_nothing_beside_others_in_credit() {
    let until = "2025-01-01T00:00:00Z".parse().unwrap();
    let mut people = team(&["ada", "bob", "cyd"]).people().to_vec();
    people[2] = people[2].clone().with_membership(Membership::new(None, Some(until)).unwrap());
    let duties = weekly("2026-01-05").for_roles(&[Role::Primary]).first(2).unwrap();
    let mut request = Request::new(Team::new(people).unwrap(), duties);
    request.rules = no_back_to_back();
    let credit = Points::new(-90_000_000).unwrap();
    request.carries = Carries::new().with(id("ada"), credit).with(id("bob"), credit);
    let with = plan(&request, Budget::default()).unwrap();
    assert!(with.is_proven(), "{with}");
    assert!(with.objective(Aim::LargestBurden).value() < 0);
    // The same as without.
    request.team = team(&["ada", "bob"]);
    let without = plan(&request, Budget::default()).unwrap();
    assert_eq!((with.objectives(), who(&with)), (without.objectives(), who(&without)));
}

#[test]
fn the_nights_of_one_duty_are_one_turn() {
    // From Wednesday to Wednesday, so that a duty has nights in two weeks of the calendar.
    for (first, hours) in [("2026-01-05", "Mon-Sun 20:00-08:00 UTC"), ("2026-01-07", "Mon-Sun 20:00-08:00 UTC")] {
        let nights = weekly(first).for_roles(&[Role::Primary]).during(hours.parse().unwrap());
        let mut request = Request::new(team(&["ada", "bob"]), nights.first(4).unwrap());
        let rules = RuleSet::default().without("one-week-in-4").without("rest-of-11-hours").without("quarter-of-time");
        request.rules = rules
            .with(NamedRule::hard("no back-to-back", Rule::NoBackToBack))
            .unwrap()
            .with(NamedRule::hard("one-week-in-2", Rule::OneWeekIn { weeks: 2 }))
            .unwrap();
        let plan = plan(&request, Budget::default()).unwrap();
        assert_eq!(who(&plan), [Some("ada"), Some("bob"), Some("ada"), Some("bob")], "{plan}");
        // Whoever checks the shifts says which of them go together.
        let seats = request.duties.iter().flat_map(|duty| duty.seats()).cloned().collect::<Vec<_>>();
        let mut next = 0;
        let groups = request.duties.iter().map(|duty| {
            next += duty.seats().len();
            (next - duty.seats().len()..next).collect::<Vec<_>>()
        });
        let groups = groups.collect::<Vec<_>>();
        let span = seats.iter().map(|seat| seat.span).reduce(Span::hull).unwrap();
        let case = oncall_core::rules::Case { team: &request.team, holidays: &request.holidays, seats: &seats, span };
        assert!(request.rules.check_groups(&case, &groups, &plan.shifts()).unwrap().keeps_all());
        assert!(!request.rules.check(&case, &plan.shifts()).unwrap().keeps_hard());
        // Two duties in a row are still two turns.
        request.team = team(&["ada"]);
        let alone = oncall_core::plan::plan(&request, Budget::default()).unwrap();
        assert_eq!(alone.uncovered().count(), 2, "{alone}");
    }
}

#[test]
fn a_conflict_of_which_parts_may_be_left_out_says_so() {
    let duties = weekly("2026-01-05").first(3).unwrap();
    let mut request = Request::new(team(&["ada", "bob"]), duties);
    request.rules = RuleSet::new(
        Tz::UTC,
        Hours::default(),
        vec![
            NamedRule::hard("one-role", Rule::OneRole),
            NamedRule::hard("one-week-in-2", Rule::OneWeekIn { weeks: 2 }),
        ],
    )
    .unwrap();
    let perhaps = "perhaps fewer of these are enough to rule it out";
    let short = plan(&request, Budget { nodes: 1 }).unwrap();
    assert!(!short.conflicts()[0].minimal && short.conflicts()[0].to_string().ends_with(perhaps), "{short}");
    let long = plan(&request, Budget::default()).unwrap();
    assert!(long.conflicts().iter().all(|conflict| conflict.minimal), "{long}");
    assert!(!long.to_string().contains(perhaps), "{long}");
}

#[test]
fn a_plan_of_a_thousand_years_is_refused_and_a_century_of_years_is_planned() {
    let shape = |step: &str| {
        let anchor = "2026-01-01T00:00:00".parse().unwrap();
        let period = timeline_core::AnchoredPeriod::new(anchor, Tz::UTC, step.parse().unwrap()).unwrap();
        DutyShape::new(period).for_roles(&[Role::Primary])
    };
    let mut request = Request::new(team(&["ada", "bob"]), shape("500Y").first(2).unwrap());
    request.rules = no_back_to_back().without("once-a-quarter");
    assert!(matches!(plan(&request, Budget::default()), Err(Error::SpanTooLong { .. })));
    request.duties = shape("10Y").first(10).unwrap();
    let plan = plan(&request, Budget::default()).unwrap();
    assert_eq!(plan.uncovered().count(), 0);
    assert!(plan.is_proven(), "{plan}");
}
