//! What changes when somebody falls ill, leaves, or wants to give a shift away.
//!
//! [`replan`] changes as few published duties as can be, and of the plans that do so takes the one nearest to the fair
//! optimum; it says whom to ask first for each vacated duty, and what the plan is worth if they decline. [`swaps`]
//! lists every swap and every gift that keeps the hard rules, the fairest first. Of a duty of which overrides have taken
//! parts, each of those is one that can be vacated, kept or swapped by itself: [`holdings`].
//!
//! ```
//! use oncall_core::plan::{Aim, Budget, DutyShape, Request, plan};
//! use oncall_core::replan::{Absence, replan, swaps};
//! use oncall_core::{Person, PersonId, Role, Team, Tz};
//!
//! let people = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal"].map(|name| Ok(Person::new(PersonId::new(name)?)));
//! let team = Team::new(people.into_iter().collect::<Result<_, oncall_core::Error>>()?)?;
//! let shape = DutyShape::weekly(Tz::Europe__Berlin, "2026-01-05".parse()?, "09:00:00".parse()?)?;
//! let mut request = Request::new(team, shape.for_roles(&[Role::Primary]).first(5)?);
//! request.published = plan(&request, Budget::default())?.shifts();
//!
//! // Whoever has the third week falls ill in the middle of it, for ten days.
//! let ill = request.published[2].person.clone();
//! let absence = Absence::new(ill, "2026-01-21T12:00:00Z".parse()?).until("2026-01-31T12:00:00Z".parse()?);
//! let replan = replan(&request, &absence, &[], Budget::default())?;
//! assert_eq!(replan.changes().len(), 1);
//! assert_eq!(replan.plan().objective(Aim::Changes).value(), 1);
//! println!("{replan}"); // week of 2026-01-21 primary: ask ... first
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod absence;
mod ask;
mod holdings;
mod judged;
mod least_change;
mod swap;

pub use absence::{Absence, Declined};
pub use ask::{Ask, Candidate, Refusal};
pub use holdings::{Holding, holdings};
pub use least_change::{Change, Replan, replan};
pub use swap::{Suggestion, swaps};
