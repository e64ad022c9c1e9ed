//! Why a plan was refused, or there is none.

use chrono::{DateTime, Utc};
use timeline_core::Span;

use crate::shift::Shift;

/// Why a plan was refused, or there is none. Every variant carries the offending value and the bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A bound above the value that it bounds.
    #[error("{what} of {value} is below its bound {bound}")]
    BoundAboveValue {
        /// What is bounded.
        what: &'static str,
        /// Its value.
        value: i128,
        /// The bound.
        bound: i128,
    },
    /// A plan in a document whose numbers are not those of its duties.
    #[error("{what} is {given} in the plan, and its duties and bearings give {computed}")]
    Disagrees {
        /// Which number.
        what: &'static str,
        /// As given.
        given: i128,
        /// As computed.
        computed: i128,
    },
    /// A plan in a document that does not say what it reaches.
    #[error("the plan has no {aim}")]
    AimMissing {
        /// What is missing.
        aim: &'static str,
    },
    /// Units of a plan that are too small.
    #[error("resolution of {given} points is below {least}, an hour of weight 1; leave it out to plan exactly")]
    ResolutionTooFine {
        /// The points given.
        given: i64,
        /// The least.
        least: i64,
    },
    /// A duty of a shadow among those to plan.
    #[error("a shadow bears no burden, and is not planned")]
    ShadowPlanned,
    /// A plan for too many people and duties at once.
    #[error("{people} people times {duties} duties are more than {bound}")]
    TooLarge {
        /// How many people.
        people: usize,
        /// How many duties.
        duties: usize,
        /// The most of both multiplied.
        bound: usize,
    },
    /// A plan of no duties, and no period to account for.
    #[error("there are no duties and no period")]
    NothingToPlan,
    /// An absence after the last duty.
    #[error("every duty is served by {by}: there is nothing to change")]
    AllServed {
        /// When it begins.
        by: DateTime<Utc>,
    },
    /// A shift of the past that begins within what is planned.
    #[error("shift {shift} of the history begins within the plan, {span}")]
    HistoryWithinPlan {
        /// The shift.
        shift: Shift,
        /// From the first duty to the last.
        span: Span,
    },
    /// A plan that its own check refused: a fault of the planner, not of the input.
    #[error("the planner is at fault: its plan does not stand up to the check: {}", .violations.join("; "))]
    Refused {
        /// What the check said.
        violations: Vec<String>,
    },
    /// No plan gives everybody the duties that a hard rule asks for at least.
    #[error("no plan gives each of {} the least number of duties that a hard rule asks for", .people.join(", "))]
    TooFewForAll {
        /// Whom such rules bind.
        people: Vec<String>,
    },
    /// The budget ran out before a plan was found that gives everybody the duties that a hard rule asks for at least:
    /// there may be one.
    #[error(
        "a budget of {nodes} steps ran out before a plan was found that gives each of {} the least number of duties that \
         a hard rule asks for; a larger one may find it",
        .people.join(", ")
    )]
    BudgetSpent {
        /// The budget.
        nodes: u64,
        /// Whom such rules bind.
        people: Vec<String>,
    },
    /// A shift to give away that nobody can.
    #[error("{shift} is no duty of the published plan that has yet to begin")]
    NoSuchShift {
        /// The shift.
        shift: Shift,
    },
    /// A duty without a seat.
    #[error("a duty has no seat")]
    EmptyDuty,
    /// A duty whose seats overlap, or differ in role or in what they require.
    #[error("seats {first} and {second} of one duty overlap, or differ in role or requirements")]
    MixedDuty {
        /// The seat before.
        first: Span,
        /// The seat after.
        second: Span,
    },
    /// More duties than a plan takes.
    #[error("{duties} duties are more than {bound}")]
    TooManyDuties {
        /// How many, at least.
        duties: usize,
        /// The most.
        bound: usize,
    },
}
