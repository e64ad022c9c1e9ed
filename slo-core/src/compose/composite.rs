//! OpenSLO composite objectives: the weighted mean of their members' reliability.

use std::fmt;
use std::str::FromStr;

use crate::compose::Availability;
use crate::decimal;
use crate::error::Error;
use crate::objective::{BILLION, Objective};
use crate::sli::NoDataPolicy;

/// The weight of a member (OpenSLO `compositeWeight`): above 0, exact to a billionth, 1 unless stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct Weight {
    // INVARIANT: above 0.
    billionths: u64,
}

impl Default for Weight {
    fn default() -> Self {
        Self { billionths: u64::from(BILLION) }
    }
}

impl FromStr for Weight {
    type Err = Error;

    /// Reads `0.35` or `2`.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] unless it is a number above 0 and below 1.8 x 10^10, no finer than 10^-9.
    fn from_str(text: &str) -> Result<Self, Error> {
        decimal::parse(text.trim())
            .filter(|number| !number.negative)
            .and_then(|number| number.scaled(9))
            .and_then(|billionths| u64::try_from(billionths).ok())
            .filter(|billionths| *billionths != 0)
            .map(|billionths| Self { billionths })
            .ok_or_else(|| Error::NumberOutOfRange {
                what: "weight",
                given: format!("`{text}`"),
                bound: "0 (excluded) and 1.8 x 10^10, in steps of a billionth".to_owned(),
            })
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let billion = u64::from(BILLION);
        let (whole, rest) = (self.billionths.checked_div(billion), self.billionths.checked_rem(billion));
        let fraction = format!("{:09}", rest.unwrap_or(0));
        match fraction.trim_end_matches('0') {
            "" => f.pad(&whole.unwrap_or(0).to_string()),
            digits => f.pad(&format!("{}.{digits}", whole.unwrap_or(0))),
        }
    }
}

impl TryFrom<String> for Weight {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Weight> for String {
    fn from(weight: Weight) -> Self {
        weight.to_string()
    }
}

/// A member of a composite objective.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Member {
    /// The member's name.
    pub name: String,
    /// How much it counts.
    #[cfg_attr(feature = "serde", serde(default))]
    pub weight: Weight,
    /// Its share of good events or slices; `None` without data.
    pub reliability: Option<Availability>,
}

/// A composite objective: a promise about the weighted mean of its members' reliability.
///
/// OpenSLO v1 leaves the arithmetic open; this is Nobl9's current rule.
/// `DIFFERS:` Nobl9's former rule, where any member above its burn rate burned the whole, is not offered.
///
/// ```
/// use slo_core::compose::{Composite, Member};
/// use slo_core::sli::NoDataPolicy;
/// // The example of Nobl9's documentation.
/// let members = [("0.35", "99.94"), ("0.25", "99.87"), ("0.2", "99.91"), ("0.1", "99.72"), ("0.1", "99.98")];
/// let members = members.into_iter().map(|(weight, reliability)| {
///     Ok(Member { name: weight.to_owned(), weight: weight.parse()?, reliability: Some(reliability.parse()?) })
/// });
/// let composite = Composite::new("99.9%".parse()?, members.collect::<Result<_, slo_core::Error>>()?)?;
/// let reliability = composite.reliability(NoDataPolicy::Exclude).ok_or("no data")?;
/// assert_eq!(reliability.rounded_down().to_string(), "99.8985%");
/// assert!(!reliability.keeps(composite.objective()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawComposite", into = "RawComposite")
)]
pub struct Composite {
    objective: Objective,
    // INVARIANT: not empty, at most MOST_MEMBERS.
    members: Vec<Member>,
}

impl Composite {
    /// The most members: their weighted sum, at most 2^94 each, then fits 128 bits with room to compare.
    pub const MOST_MEMBERS: usize = 1_000;

    /// A composite of `members`.
    ///
    /// # Errors
    /// [`Error::Composition`] for no members or more than [`Composite::MOST_MEMBERS`].
    pub fn new(objective: Objective, members: Vec<Member>) -> Result<Self, Error> {
        if members.is_empty() || members.len() > Self::MOST_MEMBERS {
            let reason = format!("{} members are not between 1 and {}", members.len(), Self::MOST_MEMBERS);
            return Err(Error::Composition { reason });
        }
        Ok(Self { objective, members })
    }

    /// What is promised of the whole.
    #[must_use]
    pub const fn objective(&self) -> Objective {
        self.objective
    }

    /// The members, as given.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The weighted mean of the members' reliability, exactly; members without data are left out, or count as
    /// 100 % or 0 %, as `no_data` says. `None` when no member is left.
    #[must_use]
    pub fn reliability(&self, no_data: NoDataPolicy) -> Option<CompositeReliability> {
        let missing = match no_data {
            NoDataPolicy::Exclude => None,
            NoDataPolicy::CountGood => Some(Availability::FULL),
            NoDataPolicy::CountBad => Some(Availability::NONE),
        };
        let (mut good, mut weights) = (0_u128, 0_u128);
        for member in &self.members {
            let Some(reliability) = member.reliability.or(missing) else { continue };
            let weight = u128::from(member.weight.billionths);
            weights = weights.saturating_add(weight);
            good = good.saturating_add(weight.saturating_mul(u128::from(reliability.parts_per_billion())));
        }
        (weights > 0).then_some(CompositeReliability { good, weights })
    }
}

/// The reliability of a composite, exact: in `[0, 1]`.
#[derive(Debug, Clone, Copy)]
pub struct CompositeReliability {
    /// Sum of weight x parts per billion.
    good: u128,
    // INVARIANT: above 0, and good <= weights x BILLION.
    weights: u128,
}

impl CompositeReliability {
    /// The nearest float, in `[0, 1]`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    pub fn as_f64(self) -> f64 {
        (self.good as f64 / (self.weights.saturating_mul(u128::from(BILLION))) as f64).min(1.0)
    }

    /// Rounded down to a billionth, so that it never flatters.
    #[must_use]
    pub fn rounded_down(self) -> Availability {
        let parts = self.good.checked_div(self.weights).and_then(|parts| u32::try_from(parts).ok()).unwrap_or(0);
        Availability::from_parts_per_billion(parts).unwrap_or(Availability::FULL)
    }

    /// Whether it is at least `objective`, exactly.
    #[must_use]
    pub fn keeps(self, objective: Objective) -> bool {
        self.good >= self.weights.saturating_mul(u128::from(objective.parts_per_billion()))
    }

    /// The share of the error budget of `objective` that is left: 1 untouched, below 0 overspent; finite.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share is a float; the difference before it is exact")]
    pub fn budget_left(self, objective: Objective) -> f64 {
        let kept = self.weights.saturating_mul(u128::from(objective.parts_per_billion()));
        let left = if self.good >= kept {
            self.good.saturating_sub(kept) as f64
        } else {
            -(kept.saturating_sub(self.good) as f64)
        };
        left / (self.weights as f64 * f64::from(objective.allowed_parts_per_billion()))
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawComposite {
    objective: Objective,
    members: Vec<Member>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawComposite> for Composite {
    type Error = Error;

    fn try_from(raw: RawComposite) -> Result<Self, Error> {
        Self::new(raw.objective, raw.members)
    }
}

#[cfg(feature = "serde")]
impl From<Composite> for RawComposite {
    fn from(composite: Composite) -> Self {
        Self { objective: composite.objective, members: composite.members }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(weight: &str, reliability: Option<&str>) -> Member {
        Member {
            name: weight.to_owned(),
            weight: weight.parse().unwrap(),
            reliability: reliability.map(|text| text.parse().unwrap()),
        }
    }

    fn composite(members: Vec<Member>) -> Composite {
        Composite::new("99%".parse().unwrap(), members).unwrap()
    }

    #[test]
    fn an_objective_met_exactly_is_kept_and_leaves_nothing() {
        let mean = composite(vec![member("1", Some("98%")), member("1", Some("100%"))]);
        let mean = mean.reliability(NoDataPolicy::Exclude).unwrap();
        assert!(mean.keeps("99%".parse().unwrap()) && !mean.keeps("99.0000001%".parse().unwrap()));
        assert!(mean.budget_left("99%".parse().unwrap()).abs() < 1e-300);
        assert!((mean.budget_left("98%".parse().unwrap()) - 0.5).abs() < 1e-15);
        assert!((mean.budget_left("99.5%".parse().unwrap()) + 1.0).abs() < 1e-15);
    }

    #[test]
    fn silent_members_count_as_declared() {
        let two = composite(vec![member("3", Some("99%")), member("1", None)]);
        let of = |policy| two.reliability(policy).unwrap().rounded_down().to_string();
        assert_eq!(of(NoDataPolicy::Exclude), "99%");
        assert_eq!(of(NoDataPolicy::CountGood), "99.25%");
        assert_eq!(of(NoDataPolicy::CountBad), "74.25%");
        assert!(composite(vec![member("1", None)]).reliability(NoDataPolicy::Exclude).is_none());
    }

    #[test]
    fn the_largest_weights_do_not_overflow() {
        let heavy = member("18446744073.709551615", Some("99.9999999%"));
        let full = composite(vec![heavy; Composite::MOST_MEMBERS]).reliability(NoDataPolicy::Exclude).unwrap();
        assert_eq!(full.rounded_down().to_string(), "99.9999999%");
        assert!(full.keeps("99.9999999%".parse().unwrap()));
    }

    #[test]
    fn what_weighs_nothing_is_refused() {
        for text in ["0", "-1", "", "NaN", "0.0000000001", "18446744073.709551616"] {
            assert!(text.parse::<Weight>().is_err(), "{text}");
        }
        assert_eq!(Weight::default().to_string(), "1");
        assert!(Composite::new("99%".parse().unwrap(), vec![]).is_err());
    }
}
