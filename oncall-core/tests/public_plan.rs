//! Plans as a stranger makes them.

use oncall_core::plan::{Aim, Budget, DutyShape, Plan, Request, plan};
use oncall_core::rules::{NamedRule, Rule, RuleSet};
use oncall_core::{Error, Person, PersonId, Role, Span, Team, Tz};

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
    assert_eq!(plan(&request, Budget::default()), Err(Error::NothingToPlan));
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
