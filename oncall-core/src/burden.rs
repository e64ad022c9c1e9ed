//! What being on call costs a person, and how evenly a team bears it.
//!
//! A [`Ledger`] gathers what was served: minutes by [`TimeCategory`](crate::TimeCategory) where each person lives, by
//! role, pages, nights interrupted. [`Weights`] make points of it, whole numbers. [`Ledger::close`] gives the
//! [`Accounts`] of the period: `b_p = (c_p + L_p) / a_p`, load and what was carried in, for how much of a full load the
//! person was there. What is above or below the mean is carried over to the next period, with [`Decay`], so that debts
//! are paid first; [`Planning`] puts all of it into the planner's whole numbers, and [`Accounts::fairness`] measures the
//! outcome beside the fairest that could be.
//!
//! ```
//! use oncall_core::burden::{Carries, Decay, Ledger, Weights};
//! use oncall_core::{Availability, Holidays, Hours, Person, PersonId, Role, Shift, Span, Team};
//!
//! let id = |name: &str| PersonId::new(name);
//! let team = Team::new(vec![
//!     Person::new(id("ada")?),
//!     Person::new(id("bob")?),
//!     Person::new(id("cyd")?).with_availability(Availability::from_percent(50)?),
//! ])?;
//! let span = |start: &str, end: &str| -> Result<Span, Box<dyn std::error::Error>> {
//!     Ok(Span::new(start.parse()?, end.parse()?)?)
//! };
//! let mut ledger = Ledger::new(span("2026-03-02T09:00:00Z", "2026-03-23T09:00:00Z")?);
//! for (person, from, until) in [("ada", 2, 9), ("bob", 9, 16), ("cyd", 16, 23)] {
//!     let span = span(&format!("2026-03-{from:02}T09:00:00Z"), &format!("2026-03-{until:02}T09:00:00Z"))?;
//!     let shift = Shift { span, role: Role::Primary, person: id(person)? };
//!     ledger.observe_shift(&shift, &team, &Hours::default(), &Holidays::NONE)?;
//! }
//! let accounts = ledger.close(&team, &Carries::new(), &Weights::default(), Decay::HALF)?;
//! // A week each is not even: Cyd is there for half. 168 hours weigh 261, since nights and weekends count double.
//! let fairness = accounts.fairness(None)?;
//! assert_eq!(
//!     fairness.overall.to_string(),
//!     "spread 261.0 h (cyd 522.0 h, ada 261.0 h), Jain 0.900, Gini 0.133; \
//!      of this load no sharing out has a spread below 0.0 h or a greatest burden below 313.2 h"
//! );
//! // Next time the others owe, and Cyd is owed; the sum is exactly 0.
//! assert_eq!(accounts.carries().iter().map(|(_, points)| points.get()).sum::<i64>(), 0);
//! assert_eq!(format!("{:.1}", accounts.carries().of(&id("cyd")?)), "52.2 h");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accounts;
mod fairness;
mod ledger;
mod planning;
mod points;
mod reachable;
mod weights;

pub use accounts::{Account, Accounts, Carries, Decay, Row};
pub use fairness::{Evenness, Fairness, Measure, Unmeasured};
pub use ledger::{Ledger, Served};
pub use planning::{Counting, MILLIONTHS, Planned, Planning, TWENTIETHS};
pub use points::{Burden, Points, Presence};
pub use reachable::{Fairest, Vessel, fairest};
pub use weights::{Category, Weights};

pub(crate) use points::whole_minutes;
