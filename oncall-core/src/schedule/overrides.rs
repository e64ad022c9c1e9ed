//! One-off changes of who is on call.

use core::fmt;
use std::collections::BTreeSet;

use timeline_core::Span;

use crate::person::{PersonId, Role};

/// A change of who is on call in one role for a while, who made it, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Override {
    /// As what.
    pub role: Role,
    /// When; nothing outside changes.
    pub span: Span,
    /// What.
    pub change: Change,
    /// Who made it.
    pub made_by: PersonId,
    /// Why: 1 to 200 characters without control characters.
    pub reason: String,
}

/// What an override does.
///
/// DIFFERS: goalert's `add` puts a second person in the seat. A seat here has one person: what PagerDuty calls an
/// override is [`Take`](Self::Take), and [`Add`](Self::Add) only fills what is empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Change {
    /// The person is on call where nobody is. Where somebody else is, that person stays, and the coverage has both as
    /// a double-booking.
    Add {
        /// Who.
        person: PersonId,
    },
    /// `by` is on call wherever `person` was, and claims what `person` claimed beside another.
    Replace {
        /// Whose duty.
        person: PersonId,
        /// Who takes it.
        by: PersonId,
    },
    /// `person` is not on call. Where somebody else claimed the seat as well, that one has it now, the first of
    /// several; elsewhere nobody is.
    Remove {
        /// Who.
        person: PersonId,
    },
    /// The person is on call, whoever was, or nobody; whoever else claimed the seat does so no more.
    Take {
        /// Who.
        person: PersonId,
    },
}

impl Change {
    /// Everybody named, each with the name of the field.
    pub(crate) fn people(&self) -> Vec<(&'static str, &PersonId)> {
        match self {
            Self::Add { person } => vec![("add.person", person)],
            Self::Remove { person } => vec![("remove.person", person)],
            Self::Take { person } => vec![("take.person", person)],
            Self::Replace { person, by } => vec![("replace.person", person), ("replace.by", by)],
        }
    }

    /// The person who must be there for the change to mean anything.
    pub(crate) const fn needs(&self) -> Option<&PersonId> {
        match self {
            Self::Replace { person, .. } | Self::Remove { person } => Some(person),
            Self::Add { .. } | Self::Take { .. } => None,
        }
    }

    /// The change made to those who claim the seat at an instant, first who has it; whether they are others then.
    pub(crate) fn apply<'a>(&'a self, claimants: &mut Vec<&'a PersonId>) -> bool {
        let before = claimants.clone();
        match self {
            Self::Add { person } if !claimants.contains(&person) => claimants.push(person),
            Self::Add { .. } => {}
            Self::Remove { person } => claimants.retain(|other| *other != person),
            Self::Take { person } => *claimants = vec![person],
            Self::Replace { person, by } => rename(claimants, person, by),
        }
        *claimants != before
    }
}

/// `to` in the place of `from`, and nowhere else.
pub(super) fn rename<'a>(claimants: &mut Vec<&'a PersonId>, from: &PersonId, to: &'a PersonId) {
    let mut known = BTreeSet::new();
    claimants.iter_mut().filter(|person| ***person == *from).for_each(|person| *person = to);
    claimants.retain(|person| known.insert(*person));
}

/// `bob for ada`, `bob added`, `ada removed`, `bob for whoever is on call`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add { person } => write!(f, "{person} where nobody is"),
            Self::Replace { person, by } => write!(f, "{by} for {person}"),
            Self::Remove { person } => write!(f, "nobody for {person}"),
            Self::Take { person } => write!(f, "{person} for anybody"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_acts_where_it_says() {
        let [ada, bob, cy] = ["ada", "bob", "cy"].map(|name| PersonId::new(name).unwrap());
        let after = |change: &Change| {
            [vec![], vec![&ada], vec![&bob], vec![&bob, &ada], vec![&ada, &bob]]
                .map(|mut claimants| {
                    change.apply(&mut claimants);
                    claimants.iter().map(|person| person.as_str()).collect::<Vec<_>>().join("+")
                })
                .join(" ")
        };
        assert_eq!(after(&Change::Add { person: ada.clone() }), "ada ada bob+ada bob+ada ada+bob");
        assert_eq!(after(&Change::Take { person: ada.clone() }), "ada ada ada ada ada");
        assert_eq!(after(&Change::Remove { person: ada.clone() }), "  bob bob bob");
        assert_eq!(after(&Change::Replace { person: ada.clone(), by: bob.clone() }), " bob bob bob bob");
        assert_eq!(after(&Change::Replace { person: ada.clone(), by: cy }), " cy bob bob+cy cy+bob");
    }
}
