//! What follows from the state of an error budget: an error budget policy as a machine
//! (SRE Workbook, appendix B, "Example Error Budget Policy").
//!
//! 1. Make a [`Consequence`] of an [`ErrorBudgetPolicy`].
//! 2. Tell it what happens with [`Consequence::handle`]: what is left of the budget, what an incident spent,
//!    reviews, exemptions. Do what it returns: announce a change of state, demand a review.
//! 3. Call it again with [`Event::Tick`] at [`Consequence::next_deadline`]: an exemption runs out.
//! 4. Ask for the [`Verdict`] whenever a change is about to go out.
//!
//! | state | entered when what is left is | left when it is |
//! |---|---|---|
//! | healthy | | |
//! | caution | below 50 % | at or above 55 % |
//! | slow | below 25 % | at or above 30 % |
//! | frozen | at or below 0 % | above 10 % |
//!
//! These are the defaults; a state gets worse at once and better only past a margin, so that it does not flap.
//!
//! ```
//! use chrono::{DateTime, TimeDelta};
//! use slo_core::consequence::{Action, BudgetShare, Consequence, ErrorBudgetPolicy, Event, State};
//! let mut consequence = Consequence::new(ErrorBudgetPolicy::default());
//! let day = |n| DateTime::UNIX_EPOCH + TimeDelta::days(n);
//! let left = |text: &str| Ok::<_, slo_core::Error>(Event::Budget(text.parse::<BudgetShare>()?));
//! let actions = consequence.handle(day(1), left("-2%")?)?;
//! assert!(matches!(actions.as_slice(), [Action::Announce(change)] if change.to == State::Frozen));
//! consequence.handle(day(8), left("9%")?)?;
//! let verdict = consequence.verdict(day(8));
//! assert!(verdict.freezes());
//! assert_eq!(verdict.to_string(), "frozen since 1970-01-02: 9% of the budget is left, not above 10%");
//! # Ok::<(), slo_core::Error>(())
//! ```

mod event;
mod machine;
mod rules;
mod share;
mod verdict;

pub use event::{Action, Event, Exemption, Review};
pub use machine::{Consequence, StateChange};
pub use rules::{ErrorBudgetPolicy, State, Thresholds};
pub use share::BudgetShare;
pub use verdict::{Reason, Verdict};
