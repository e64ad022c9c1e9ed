//! Whatever a request says: a plan that its own check refuses never comes out, plans come back from JSON as they were, and
//! a plan that is read agrees with itself.
#![no_main]

use oncall_core::plan::PlanError;
use libfuzzer_sys::fuzz_target;
use oncall_core::plan::{Budget, Plan, Request, plan};
use oncall_core::replan::{Absence, replan, swaps};
use oncall_core::Error;

/// Larger requests than this are not looked at: they are right or wrong for the same reasons, and slow.
const PEOPLE: usize = 6;
const DUTIES: usize = 12;
const YEARS: i64 = 3;

fuzz_target!(|text: &str| {
    if let Ok(plan) = serde_json::from_str::<Plan>(text) {
        let json = serde_json::to_string(&plan).expect("a plan writes");
        assert_eq!(serde_json::from_str::<Plan>(&json).as_ref().ok(), Some(&plan), "{json}");
        let _ = plan.to_string();
    }
    let Ok(mut request) = serde_json::from_str::<Request>(text) else { return };
    let spans = request.duties.iter().flat_map(|duty| duty.seats()).map(|seat| seat.span);
    let hull = spans.chain(request.history.iter().map(|shift| shift.span)).reduce(oncall_core::Span::hull);
    let small = request.team.people().len() <= PEOPLE && request.duties.len() <= DUTIES;
    if !small || hull.is_some_and(|hull| hull.length() > chrono::TimeDelta::days(366 * YEARS)) {
        return;
    }
    let budget = Budget { nodes: 2_000 };
    match plan(&request, budget) {
        Err(Error::Plan(PlanError::Refused { violations })) => panic!("{violations:?}"),
        Err(_) => {}
        Ok(plan) => {
            let json = serde_json::to_string(&plan).expect("a plan writes");
            assert_eq!(serde_json::from_str::<Plan>(&json).as_ref().ok(), Some(&plan), "{json}");
            assert!(plan.objectives().iter().all(|objective| objective.bound() <= objective.value()));
            request.published = plan.shifts();
        }
    }
    let Some(first) = request.published.first().cloned() else { return };
    let absence = Absence::new(first.person.clone(), first.span.start());
    match replan(&request, &absence, &[], budget) {
        Err(Error::Plan(PlanError::Refused { violations })) => panic!("{violations:?}"),
        Err(_) => {}
        Ok(found) => {
            let spans = found.plan().duties().iter().filter_map(|assigned| assigned.duty.hull());
            assert!(spans.into_iter().all(|span| span.start() >= first.span.start()));
            let _ = found.to_string();
        }
    }
    let _ = swaps(&request, &first, first.span.start());
});
