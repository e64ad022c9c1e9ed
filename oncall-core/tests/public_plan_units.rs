//! What a plan is counted in: units, shares, what is carried in, and the period of the accounts.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use oncall_core::burden::{Carries, Points};
use oncall_core::plan::{Aim, Budget, DutyShape, Plan, Request, plan};
use oncall_core::rules::{NamedRule, Rule, RuleSet};
use oncall_core::{Availability, Hours, Person, PersonId, Role, Span, Team, Tz};

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

/// Shares of a full load that no coarse step holds: the optimum is that of the exact burdens, and so is the proof.
#[test]
fn what_is_proven_holds_for_the_shares_as_they_are() {
    let people: Vec<Person> = [("ada", 27), ("bob", 28)]
        .map(|(name, percent)| {
            Person::new(PersonId::new(name).unwrap()).with_availability(Availability::from_percent(percent).unwrap())
        })
        .into();
    let weekly = DutyShape::weekly(Tz::UTC, "2026-01-05".parse().unwrap(), "00:00:00".parse().unwrap()).unwrap();
    let weekly = weekly.for_roles(&[Role::Primary]);
    let mut request = Request::new(Team::new(people).unwrap(), weekly.first(12).unwrap());
    request.rules = RuleSet::new(Tz::UTC, Hours::default(), vec![NamedRule::hard("one-role", Rule::OneRole)]).unwrap();
    let plan = plan(&request, Budget { nodes: 1_000_000 }).unwrap();
    assert!(plan.objective(Aim::LargestBurden).is_proven());
    let largest = plan.accounts().all().iter().filter_map(|account| account.burden).max().unwrap();

    // Every way to share out twelve weeks that weigh the same: ada has so many of them.
    let week = plan.accounts().all().iter().map(|account| account.load.hours()).sum::<f64>() / 12.0;
    let exact = (0..=12).map(|n: i32| (f64::from(n) * week / 0.27).max(f64::from(12 - n) * week / 0.28));
    let best = exact.fold(f64::INFINITY, f64::min);
    assert!((largest.hours() - best).abs() < 1e-6 * best, "{} and {best}", largest.hours());
    let least = plan.least_largest_burden().unwrap().hours();
    assert!(least <= best * (1.0 + 1e-12) && least > best * (1.0 - 1e-5), "{least} and {best}");
}

#[test]
fn what_is_carried_in_counts_where_all_duties_weigh_the_same() {
    let duties = weekly("2026-10-05").for_roles(&[Role::Primary]).first(3).unwrap();
    let mut request = Request::new(team(&["ada", "bob"]), duties);
    request.rules = RuleSet::default().without("one-week-in-4").without("rest-of-11-hours").without("quarter-of-time");
    // The second is a whole number of no unit that makes few of them: rounded, and said to be.
    for (points, rounded) in [(120 * 6_000, false), (120 * 6_000 + 1, true)] {
        let carry = |sign: i64| Points::new(sign * points).unwrap();
        request.carries = Carries::new().with(id("ada"), carry(1)).with(id("bob"), carry(-1));
        let plan = plan(&request, Budget::default()).unwrap();
        assert!(plan.is_proven(), "{plan}");
        assert_eq!(who(&plan).iter().filter(|who| **who == Some("ada")).count(), 1, "{plan}");
        // 402 h of bob, and 381 h of ada.
        let burdens = plan.accounts().all().iter().map(|account| account.burden.unwrap());
        let largest = burdens.max().unwrap();
        assert_eq!(largest.hours().round(), 402.0);
        assert_eq!(plan.units().rounded_up > 0, rounded);
        let least = plan.least_largest_burden().unwrap();
        assert!(least <= largest && least.hours() >= 401.0, "{least}");
        assert_eq!(least == largest, !rounded);
    }
}

#[test]
fn a_duty_past_the_end_of_the_period_weighs_what_its_accounts_say() {
    let duties = weekly("2026-01-05").for_roles(&[Role::Primary]).first(2).unwrap();
    let mut request = Request::new(team(&["ada", "bob"]), duties);
    request.rules = no_back_to_back();
    request.period = Some(span("2026-01-05", "2026-01-13"));
    let plan = plan(&request, Budget::default()).unwrap();
    assert!(plan.is_proven(), "{plan}");
    for (bearing, account) in plan.bearings().iter().zip(plan.accounts().all()) {
        assert_eq!(plan.units().burden(bearing.after()), account.burden, "{plan}");
    }
    let burdens = plan.accounts().all().iter().map(|account| account.burden.unwrap()).collect::<Vec<_>>();
    assert_eq!(plan.least_largest_burden(), burdens.iter().max().copied());
    assert!(burdens[0] > burdens[1], "a week, and a day of the next");
}
