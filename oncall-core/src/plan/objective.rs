//! What a plan is judged by, level by level, with what was proven about each.

use core::fmt;

use crate::roster;

/// What is made as small as it can be, in the order in which it counts: a later level only breaks ties of the ones
/// before it. That no hard rule is broken comes before all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Aim {
    /// Duties that nobody takes.
    Uncovered,
    /// The largest burden of a person.
    LargestBurden,
    /// The sum of the squares of all burdens.
    SumOfSquares,
    /// Penalties of soft rules and of wishes that are not met, with those of fixed duties; never below 0.
    SoftRules,
    /// Duties that the published plan has and that another person takes now, or nobody.
    Changes,
}

impl Aim {
    /// All, in the order in which they count.
    pub const ALL: [Self; 5] =
        [Self::Uncovered, Self::LargestBurden, Self::SumOfSquares, Self::SoftRules, Self::Changes];

    /// What is measured, in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uncovered => "uncovered duties",
            Self::LargestBurden => "largest burden",
            Self::SumOfSquares => "sum of squared burdens",
            Self::SoftRules => "penalty of soft rules",
            Self::Changes => "changes from the published plan",
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The value that a plan reaches on one level, and the least that any plan can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawObjective", into = "RawObjective")
)]
pub struct Objective {
    aim: Aim,
    value: i128,
    // INVARIANT: at most `value`.
    bound: i128,
}

impl Objective {
    /// `None` where the bound is above the value.
    #[cfg(any(feature = "serde", test))]
    pub(crate) fn new(aim: Aim, value: i128, bound: i128) -> Option<Self> {
        (bound <= value).then_some(Self { aim, value, bound })
    }

    /// A value that is proven.
    pub(crate) const fn exactly(aim: Aim, value: i128) -> Self {
        Self { aim, value, bound: value }
    }

    pub(crate) fn of(aim: Aim, level: roster::Level) -> Self {
        Self { aim, value: level.value, bound: level.bound.min(level.value) }
    }

    /// What is measured.
    #[must_use]
    pub const fn aim(self) -> Aim {
        self.aim
    }

    /// What the plan reaches.
    #[must_use]
    pub const fn value(self) -> i128 {
        self.value
    }

    /// No plan that is as good on every level before reaches less.
    #[must_use]
    pub const fn bound(self) -> i128 {
        self.bound
    }

    /// How much better a plan might be, at most; 0 where this one is proven best.
    #[must_use]
    pub const fn gap(self) -> i128 {
        self.value.saturating_sub(self.bound)
    }

    /// Whether no plan is better.
    #[must_use]
    pub const fn is_proven(self) -> bool {
        self.value == self.bound
    }
}

/// As a sentence: `no plan has a smaller largest burden: 2320`.
impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { aim, value, bound } = *self;
        match (aim, self.is_proven(), value) {
            (Aim::Uncovered, true, 0) => write!(f, "every duty is covered"),
            (Aim::Uncovered, true, _) => write!(f, "no plan leaves fewer duties uncovered: {value}"),
            (Aim::Uncovered, false, _) => {
                write!(f, "{value} duties are uncovered, and no plan leaves fewer than {bound}")
            }
            (Aim::Changes, true, 0) => write!(f, "nothing changes that was published"),
            (Aim::Changes, true, _) => write!(f, "no plan as good changes less of the published one: {value} duties"),
            (_, true, _) => write!(f, "no plan has a smaller {aim}: {value}"),
            (_, false, _) => write!(f, "{aim} {value}; not proven: no plan is below {bound} (gap {})", self.gap()),
        }
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawObjective {
    aim: Aim,
    #[serde(with = "super::whole")]
    value: i128,
    #[serde(with = "super::whole")]
    bound: i128,
}

#[cfg(feature = "serde")]
impl TryFrom<RawObjective> for Objective {
    type Error = crate::Error;

    fn try_from(raw: RawObjective) -> Result<Self, Self::Error> {
        let fault = || {
            crate::Error::Plan(crate::plan::PlanError::BoundAboveValue {
                what: raw.aim.name(),
                value: raw.value,
                bound: raw.bound,
            })
        };
        Self::new(raw.aim, raw.value, raw.bound).ok_or_else(fault)
    }
}

#[cfg(feature = "serde")]
impl From<Objective> for RawObjective {
    fn from(objective: Objective) -> Self {
        Self { aim: objective.aim, value: objective.value, bound: objective.bound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_is_proven() {
        let says = |aim, value, bound| Objective::new(aim, value, bound).unwrap().to_string();
        assert_eq!(says(Aim::LargestBurden, 2320, 2320), "no plan has a smaller largest burden: 2320");
        assert_eq!(says(Aim::LargestBurden, 550, 540), "largest burden 550; not proven: no plan is below 540 (gap 10)");
        assert_eq!(says(Aim::Uncovered, 0, 0), "every duty is covered");
        assert_eq!(Objective::new(Aim::Changes, 1, 2), None);
    }
}
