//! What the budget allows, and why.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::consequence::{BudgetShare, Consequence, Exemption, Review, State};

/// What an error budget allows at an instant, as a plain value: nothing in it refers to the machine.
///
/// Displayed, it is a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Verdict {
    /// The instant asked about.
    pub at: DateTime<Utc>,
    /// The state, exemptions left aside.
    pub state: State,
    /// When it was entered; `None` for a machine that never left its first.
    pub since: Option<DateTime<Utc>>,
    /// Why: at least one.
    pub reasons: Vec<Reason>,
    /// Exemptions that hold, the one that holds longest first.
    pub exemptions: Vec<Exemption>,
}

/// Why a verdict is what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Reason {
    /// What is left was never told.
    NeverTold,
    /// What is left cannot be told for some time; the state is the last one known.
    NoData {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// Enough is left.
    Enough {
        /// What is left.
        left: BudgetShare,
    },
    /// Too little is left for a better state.
    TooLittle {
        /// What is left.
        left: BudgetShare,
        /// What must be left for a better state.
        bound: BudgetShare,
        /// Whether there must be more than that, or only that much.
        exclusive: bool,
    },
    /// An incident spent so much that it demands a review, which is not done.
    ReviewDue(Review),
}

impl Verdict {
    pub(super) fn new(machine: &Consequence, now: DateTime<Utc>) -> Self {
        let budget = match (machine.left, machine.policy.way_out(machine.state)) {
            (None, _) => Reason::NeverTold,
            (Some(left), None) => Reason::Enough { left },
            (Some(left), Some((bound, exclusive))) => Reason::TooLittle { left, bound, exclusive },
        };
        let no_data = machine.no_data_since.map(|since| Reason::NoData { since });
        let reviews = machine.reviews.iter().cloned().map(Reason::ReviewDue);
        let mut exemptions: Vec<_> =
            machine.exemptions.iter().filter(|exemption| exemption.until > now).cloned().collect();
        exemptions.sort_by_key(|exemption| std::cmp::Reverse(exemption.until));
        Self {
            at: now,
            state: machine.state,
            since: machine.since(),
            reasons: std::iter::once(budget).chain(no_data).chain(reviews).collect(),
            exemptions,
        }
    }

    /// Whether changes must wait: the state is frozen and no exemption holds.
    #[must_use]
    pub fn freezes(&self) -> bool {
        self.state == State::Frozen && self.exemptions.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.state)?;
        if let Some(since) = self.since {
            write!(f, " since {}", short(since))?;
        }
        for (position, reason) in self.reasons.iter().enumerate() {
            write!(f, "{} {reason}", if position == 0 { ":" } else { ";" })?;
        }
        for Exemption { name, who, why, until } in &self.exemptions {
            write!(f, "; exempted until {} by {who}: {why} ({name})", short(*until))?;
        }
        Ok(())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverTold => f.write_str("what is left of the budget is not known yet"),
            Self::NoData { since } => write!(f, "no data since {}", short(*since)),
            Self::Enough { left } => write!(f, "{left} of the budget is left"),
            Self::TooLittle { left, bound, exclusive } => {
                let bar = if *exclusive { "above" } else { "at least" };
                write!(f, "{left} of the budget is left, not {bar} {bound}")
            }
            Self::ReviewDue(Review { incident, spent, .. }) => {
                write!(f, "`{incident}` spent {spent} of the budget and is to be reviewed")
            }
        }
    }
}

/// The day alone at midnight, to the second otherwise.
fn short(at: DateTime<Utc>) -> String {
    let text = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    text.strip_suffix("T00:00:00Z").map_or(text.clone(), str::to_owned)
}
