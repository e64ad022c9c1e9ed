//! Two people who exchange shifts.

use core::fmt;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::person::{PersonId, Role};
use crate::shift::Shift;

/// An exchange of two shifts, which takes effect once both people have agreed.
///
/// The shifts are stretches in which each person is on call throughout: whole shifts, parts of one, or several in a
/// row; the roles may differ. Whoever of the two proposes it has agreed by that; somebody else may propose it for both.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawSwap", into = "RawSwap")
)]
pub struct Swap {
    // INVARIANT: of different people, and apart if of one role.
    first: Shift,
    second: Shift,
    proposed_by: PersonId,
    proposed_at: DateTime<Utc>,
    // INVARIANT: only the two people, not before the proposal.
    agreed: BTreeMap<PersonId, DateTime<Utc>>,
}

/// How far an exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum SwapState {
    /// Nobody has agreed.
    Proposed,
    /// One of the two has agreed.
    HalfAgreed,
    /// Both have: it takes effect.
    Agreed,
}

impl Swap {
    /// Proposes that the two people of these shifts exchange them.
    ///
    /// # Errors
    /// [`Error::WithOneself`] if both shifts are of one person, [`Error::SwapOverlaps`] if they share instants of one
    /// role.
    pub fn propose(first: Shift, second: Shift, by: PersonId, at: DateTime<Utc>) -> Result<Self, Error> {
        if first.person == second.person {
            return Err(Error::WithOneself { person: first.person, what: "swap" });
        }
        if let Some(span) = first.span.intersect(second.span).filter(|_| first.role == second.role) {
            return Err(Error::SwapOverlaps { role: first.role, span });
        }
        let mut agreed = BTreeMap::new();
        if by == first.person || by == second.person {
            agreed.insert(by.clone(), at);
        }
        Ok(Self { first, second, proposed_by: by, proposed_at: at, agreed })
    }

    /// The same exchange with the agreement of `person`; agreeing again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotInSwap`] for anybody else than the two, [`Error::AgreedTooEarly`] before the proposal.
    pub fn agree(mut self, person: &PersonId, at: DateTime<Utc>) -> Result<Self, Error> {
        if *person != self.first.person && *person != self.second.person {
            let (first, second) = (self.first.person, self.second.person);
            return Err(Error::NotInSwap { person: person.clone(), first, second });
        }
        if at < self.proposed_at {
            return Err(Error::AgreedTooEarly { person: person.clone(), at, proposed: self.proposed_at });
        }
        self.agreed.entry(person.clone()).or_insert(at);
        Ok(self)
    }

    /// The one shift, by the person who gives it away.
    #[must_use]
    pub const fn first(&self) -> &Shift {
        &self.first
    }

    /// The other shift, by the person who gives it away.
    #[must_use]
    pub const fn second(&self) -> &Shift {
        &self.second
    }

    /// Who proposed it.
    #[must_use]
    pub const fn proposed_by(&self) -> &PersonId {
        &self.proposed_by
    }

    /// When it was proposed.
    #[must_use]
    pub const fn proposed_at(&self) -> DateTime<Utc> {
        self.proposed_at
    }

    /// When this person agreed.
    #[must_use]
    pub fn agreed_at(&self, person: &PersonId) -> Option<DateTime<Utc>> {
        self.agreed.get(person).copied()
    }

    /// How far it is.
    #[must_use]
    pub fn state(&self) -> SwapState {
        match self.agreed.len() {
            0 => SwapState::Proposed,
            1 => SwapState::HalfAgreed,
            _ => SwapState::Agreed,
        }
    }

    /// Both halves in `role`: the path, the shift given away, who takes it.
    pub(crate) fn halves(&self, role: Role) -> impl Iterator<Item = (&'static str, &Shift, &PersonId)> {
        [("first", &self.first, &self.second.person), ("second", &self.second, &self.first.person)]
            .into_iter()
            .filter(move |(_, shift, _)| shift.role == role)
    }
}

impl fmt::Display for Swap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.first, self.second)
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSwap {
    first: Shift,
    second: Shift,
    proposed_by: PersonId,
    proposed_at: DateTime<Utc>,
    #[serde(default)]
    agreed: BTreeMap<PersonId, DateTime<Utc>>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawSwap> for Swap {
    type Error = Error;

    fn try_from(raw: RawSwap) -> Result<Self, Error> {
        let swap = Self::propose(raw.first, raw.second, raw.proposed_by, raw.proposed_at)?;
        raw.agreed.iter().try_fold(swap, |swap, (person, at)| swap.agree(person, *at))
    }
}

#[cfg(feature = "serde")]
impl From<Swap> for RawSwap {
    fn from(swap: Swap) -> Self {
        let Swap { first, second, proposed_by, proposed_at, agreed } = swap;
        Self { first, second, proposed_by, proposed_at, agreed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift(person: &str, role: Role, from: i64) -> Shift {
        let start = DateTime::from_timestamp(from, 0).unwrap();
        let span = timeline_core::Span::starting_at(start, chrono::TimeDelta::seconds(10)).unwrap();
        Shift { span, role, person: PersonId::new(person).unwrap() }
    }

    #[test]
    fn both_must_agree_and_nobody_else_can() {
        let [ada, bob, cy] = ["ada", "bob", "cy"].map(|name| PersonId::new(name).unwrap());
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let (first, second) = (shift("ada", Role::Primary, 100), shift("bob", Role::Primary, 200));
        let by_lead = Swap::propose(first.clone(), second.clone(), cy.clone(), at(5)).unwrap();
        assert_eq!(by_lead.state(), SwapState::Proposed);
        let half = Swap::propose(first.clone(), second, ada.clone(), at(5)).unwrap();
        assert_eq!((half.state(), half.agreed_at(&ada)), (SwapState::HalfAgreed, Some(at(5))));
        // Agreeing again changes nothing.
        assert_eq!(half.clone().agree(&ada, at(6)), Ok(half.clone()));
        let refused = half.clone().agree(&cy, at(6)).unwrap_err();
        assert_eq!(refused.to_string(), "person `cy` is not part of the swap between `ada` and `bob`");
        assert!(matches!(half.clone().agree(&bob, at(4)), Err(Error::AgreedTooEarly { .. })));
        assert_eq!(half.agree(&bob, at(6)).unwrap().state(), SwapState::Agreed);
        assert!(matches!(
            Swap::propose(first.clone(), shift("ada", Role::Primary, 300), ada.clone(), at(5)),
            Err(Error::WithOneself { .. })
        ));
        assert!(matches!(
            Swap::propose(first.clone(), shift("bob", Role::Primary, 105), ada.clone(), at(5)),
            Err(Error::SwapOverlaps { .. })
        ));
        // At once in different roles: they exchange the roles.
        assert!(Swap::propose(first, shift("bob", Role::Secondary, 105), ada, at(5)).is_ok());
    }
}
