//! The fairest that could be, by the planner: what stands beside the burden that there is.

use oncall_core::burden::Burden;
use oncall_core::plan::{Aim, Budget, plan};
use serde::Serialize;
use timeline_core::Span;

use super::book::{OnCall, several};
use super::plan::request;
use crate::fault::Faults;

/// Steps that are searched unless somebody says otherwise: the command and the review give the same bound.
pub const FAIREST_NODES: u64 = 2_000_000;

/// Hours that are told in tenths are the same within this.
const AS_PRINTED: f64 = 0.05;

/// What the planner says of the fairest plan for the same duties.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reachable {
    /// No plan that covers as much and keeps every hard rule has a smaller greatest burden, in hours of weight 1.
    pub no_plan_below: Option<f64>,
    /// The greatest burden of the best plan found.
    pub found: Option<f64>,
    /// Whether the two are one, in tenths of an hour.
    pub proven: bool,
}

/// What the fairest plan for the duties of `period` comes to: exactly, whatever the steps that plans are made in. Beside
/// it the bound as burden.
///
/// # Errors
/// A fault where there is too much to plan.
pub fn reachable(oncall: &OnCall, period: Span, nodes: u64) -> Result<(Option<Burden>, Reachable), Faults> {
    let mut request = request(oncall, period)?;
    request.resolution = None;
    if request.duties.is_empty() {
        return Ok((None, Reachable { no_plan_below: None, found: None, proven: false }));
    }
    let plan = plan(&request, Budget { nodes }).map_err(|error| several(&oncall.title, error))?;
    let largest = plan.objective(Aim::LargestBurden);
    let least = plan.least_largest_burden();
    // As the accounts have it, and not in the units that it was searched in.
    let found = plan.accounts().all().iter().filter_map(|account| account.burden).max().map(Burden::hours);
    let below = least.map(Burden::hours);
    let is_met = matches!((below, found), (Some(below), Some(found)) if found - below < AS_PRINTED);
    Ok((least, Reachable { no_plan_below: below, found, proven: largest.is_proven() && is_met }))
}

impl Reachable {
    /// As a sentence, beside the `actual` greatest burden in hours of weight 1.
    #[must_use]
    pub fn words(&self, actual: Option<f64>) -> String {
        let Some(below) = self.no_plan_below else { return "There is nothing to plan in this period.".to_owned() };
        let bound = format!(
            "No plan that covers every duty it can and keeps every hard rule has a greatest burden below {below:.1} h"
        );
        match self.found {
            _ if self.proven => format!("{bound}: proven, and there is one."),
            // A plan found on the way that is no better than the one there is says nothing.
            Some(found) if actual.is_none_or(|actual| found < actual) => {
                format!("{bound}; the best one found has {found:.1} h.")
            }
            _ => format!("{bound}."),
        }
    }
}
