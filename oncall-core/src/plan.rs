//! The plan that is proven to be the fairest one.
//!
//! A [`Request`] says who there is, what is to be served ([`DutyShape`] cuts it into [`Duty`]s), under which rules, and
//! what everybody brings in. [`plan()`] finds the best [`Plan`] by the [`Aim`]s in their order, and says for each whether
//! that is proven, or how far from the best it may be. What nobody can take stays open, with a [`Conflict`] that names
//! rules that leave nobody, each of which is needed for it.
//!
//! ```
//! use oncall_core::plan::{Aim, Budget, DutyShape, Request, plan};
//! use oncall_core::rules::{NamedRule, Rule, RuleSet};
//! use oncall_core::{Person, PersonId, Role, Span, Team, Tz};
//!
//! let christmas = Span::new("2026-12-21T00:00:00Z".parse()?, "2026-12-28T00:00:00Z".parse()?)?;
//! let team = Team::new(vec![
//!     Person::new(PersonId::new("ada")?).with_leave(christmas, None),
//!     Person::new(PersonId::new("bob")?).with_leave(christmas, None),
//!     Person::new(PersonId::new("cyd")?),
//! ])?;
//! let weekly = DutyShape::weekly(Tz::UTC, "2026-12-07".parse()?, "00:00:00".parse()?)?.for_roles(&[Role::Primary]);
//! let mut request = Request::new(team, weekly.first(4)?);
//! request.rules = RuleSet::default()
//!     .without("one-week-in-4")
//!     .without("rest-of-11-hours")
//!     .without("quarter-of-time")
//!     .with(NamedRule::hard("no back-to-back", Rule::NoBackToBack))?;
//!
//! // Cyd takes the week of Christmas, and the others those around it.
//! let best = plan(&request, Budget::default())?;
//! assert_eq!(best.shifts()[2].person.as_str(), "cyd");
//! assert!(best.is_proven());
//! println!("{}", best.objective(Aim::LargestBurden)); // no plan has a smaller largest burden: ...
//!
//! // If cyd has the week before, fixed, nobody is left.
//! request.fixed = vec![oncall_core::Shift { person: PersonId::new("cyd")?, ..best.shifts()[1].clone() }];
//! let open = plan(&request, Budget::default())?;
//! assert_eq!(
//!     open.conflicts()[0].to_string(),
//!     "week of 2026-12-21 primary cannot be covered: ada and bob are on leave, cyd serves the turn before or after \
//!      (rule `no back-to-back`); dropping any one of these lets it be covered"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What the numbers mean
//! The burden of a person is `k x (carry + load)`: the points of the duties by [`Weights`](crate::burden::Weights) where
//! the person lives, and what is carried in, times how much less than a full load the person takes. It is whole numbers
//! throughout ([`Plan::units`]): the units divide every load exactly, and what is carried in as well where that leaves few
//! enough of them, unless [`Request::resolution`] asks for coarser ones; shares of a full load are rounded to
//! [`Request::parts`]. What is proven is proven of these numbers; [`Plan::least_largest_burden`] takes off what rounding
//! up may have added, and [`Plan::accounts`] are exact.
//!
//! # How far a proof goes
//! The levels are lexicographic: a bound of one holds among the plans that are as good on the levels before. Rules are put
//! as bounds over duties by [`RuleSet::constraints`](crate::rules::RuleSet::constraints); limits on shares of time become
//! bounds on numbers of duties, exactly but for windows of very many unlike duties, where they ask for more. What soft
//! rules cost is what the check of the rules says. Where duties count unlike by a soft rule, as weeks of nights that
//! reach into two months do by one on nights a month, the search may find less of it than there is: then the bound is lower,
//! and says so.

mod conflict;
mod error;
pub(crate) mod holders;
pub(crate) mod least;
pub(crate) mod model;
mod objective;
mod outcome;
mod penalty;
pub(crate) mod request;
mod seats;
pub(crate) mod solve;
mod translate;
#[cfg(feature = "serde")]
mod whole;
pub(crate) mod words;

pub use conflict::{Cause, Conflict};
pub use error::PlanError;
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
/// hands. The same request and budget give the same plan on every machine, and a larger budget never a worse one, but in
/// what soft rules cost where duties count unlike by them. What
/// comes out is checked against the rules by [`RuleSet::check`](crate::rules::RuleSet::check), which shares no code
/// with the search.
///
/// # Errors
/// [`Error::Several`] with the place of each fault of the request; [`PlanError::NothingToPlan`];
/// [`PlanError::TooManyDuties`]; [`PlanError::TooLarge`]; [`Error::SpanTooLong`] for two hundred years of history and
/// duties; [`PlanError::TooFewForAll`] where that is proven, and [`PlanError::BudgetSpent`] where it is not; those of [`Planning::of`](crate::burden::Planning::of) and
/// [`Problem::try_new`](crate::roster::Problem::try_new) for numbers that do not fit; [`PlanError::Refused`] where the
/// planner is at fault.
pub fn plan(request: &Request, budget: Budget) -> Result<Plan, Error> {
    solve::plan(&model::Model::of(request)?, budget)
}
