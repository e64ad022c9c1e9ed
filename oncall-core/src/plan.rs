//! The plan that is proven to be the fairest one.

mod conflict;
pub(crate) mod model;
mod objective;
mod outcome;
pub(crate) mod request;
mod seats;
pub(crate) mod solve;
mod translate;
#[cfg(feature = "serde")]
mod whole;
pub(crate) mod words;

pub use conflict::{Cause, Conflict};
pub use objective::{Aim, Objective};
pub use outcome::{Assigned, Bearing, Breach, Plan, Units};
pub use request::{MAX_CELLS, Request};
pub use seats::{Duty, DutyShape, MAX_DUTIES, follow_the_sun, monday_from, unserved};

pub use crate::roster::Budget;

use crate::error::Error;

/// The best plan for a request, proven as far as the budget goes.
///
/// First no hard rule is broken; then as few duties are uncovered as can be; then the largest burden is as small as can
/// be, then the sum of squared burdens, then the penalty of soft rules, then the number of published duties that change
/// hands. The same request and budget give the same plan on every machine, and a larger budget never a worse one. What
/// comes out is checked against the rules by [`RuleSet::check`](crate::rules::RuleSet::check), which shares no code
/// with the search.
///
/// # Errors
/// [`Error::Several`] with the place of each fault of the request; [`Error::NothingToPlan`]; [`Error::TooManyDuties`];
/// [`Error::PlanTooLarge`]; [`Error::TooFewForAll`]; those of [`Planning::of`](crate::burden::Planning::of) and
/// [`Problem::try_new`](crate::roster::Problem::try_new) for numbers that do not fit; [`Error::PlanRefused`] where the
/// planner is at fault.
pub fn plan(request: &Request, budget: Budget) -> Result<Plan, Error> {
    solve::plan(&model::Model::of(request)?, budget)
}
