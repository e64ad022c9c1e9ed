//! What goes into the machine, and what comes out.

use chrono::{DateTime, Utc};

use crate::consequence::{BudgetShare, StateChange};

/// What happens to a [`Consequence`](crate::consequence::Consequence).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Event {
    /// This share of the period's budget is left.
    Budget(BudgetShare),
    /// What is left cannot be told; the state stays.
    NoData,
    /// An incident has spent this share of the period's budget so far.
    Incident {
        /// The incident's name.
        name: String,
        /// What it spent, all in all.
        spent: BudgetShare,
    },
    /// The review of an incident is done.
    Reviewed {
        /// The incident's name.
        name: String,
    },
    /// Changes may go out for a while, whatever the state.
    Exempt(Exemption),
    /// An exemption ends before its time.
    Revoke {
        /// The exemption's name.
        name: String,
    },
    /// Time has passed.
    Tick,
}

/// A decision, with a name to it, that changes may go out for a while whatever the state.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Exemption {
    /// What it is called; no two alike at a time.
    pub name: String,
    /// Who decided.
    pub who: String,
    /// Why.
    pub why: String,
    /// The first instant at which it no longer holds.
    pub until: DateTime<Utc>,
}

/// A review that one incident demands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Review {
    /// The incident.
    pub incident: String,
    /// What it has spent so far, as a share of the period's budget.
    pub spent: BudgetShare,
    /// Since when the review is due.
    pub since: DateTime<Utc>,
}

/// What the caller must do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Action {
    /// Tell everybody that the state has changed.
    Announce(StateChange),
    /// Have this incident reviewed.
    DemandReview(Review),
    /// Tell everybody that this exemption has run out.
    EndExemption(Exemption),
}
