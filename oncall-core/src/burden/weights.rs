//! What weighs how much: the team's own judgement, in whole numbers.

use core::fmt;

use crate::burden::points::Points;
use crate::error::Error;
use crate::hours::TimeCategory;
use crate::person::Role;

/// What burdens: hours by their category, pages, interrupted sleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Category {
    /// Hours on call by day in the week.
    Weekday,
    /// Hours on call by night.
    Night,
    /// Hours on call at the weekend.
    Weekend,
    /// Hours on call on a holiday.
    Holiday,
    /// Pages.
    Pages,
    /// Nights in which a page interrupted sleep.
    Sleep,
}

impl Category {
    /// Every category, in order.
    pub const ALL: [Self; 6] = [Self::Weekday, Self::Night, Self::Weekend, Self::Holiday, Self::Pages, Self::Sleep];

    /// What a sentence calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weekday => "weekdays",
            Self::Night => "nights",
            Self::Weekend => "weekends",
            Self::Holiday => "holidays",
            Self::Pages => "pages",
            Self::Sleep => "interrupted nights",
        }
    }
}

impl From<TimeCategory> for Category {
    fn from(category: TimeCategory) -> Self {
        match category {
            TimeCategory::Weekday => Self::Weekday,
            TimeCategory::Night => Self::Night,
            TimeCategory::Weekend => Self::Weekend,
            TimeCategory::Holiday => Self::Holiday,
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How much each category and each role weighs. A minute of weight 1 as the primary is 100 [`Points`].
///
/// No source sets these: they are what the team agrees on. The defaults: an hour by day 1, by night or at the weekend
/// 2, on a holiday 3; a page as half an hour by day, a night interrupted as two hours more (the SRE book's 6 hours an
/// incident include the follow-up work, which is not a burden of being on call); the secondary 40 % of the primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawWeights", into = "RawWeights")
)]
pub struct Weights {
    // INVARIANT: by the place in `Category::ALL`, each at most MOST; minutes of weight 1 for pages and nights.
    by_category: [u32; 6],
    // INVARIANT: per cent, at most MOST_PERCENT.
    secondary_percent: u32,
    shadow_percent: u32,
}

impl Weights {
    /// The largest weight.
    pub const MOST: u32 = 1_000_000;
    /// The largest role factor, in per cent of the primary's.
    pub const MOST_PERCENT: u32 = 1_000;

    /// The same with another weight: for hours, of each minute; for pages and interrupted nights, of each, in minutes
    /// of weight 1.
    ///
    /// # Errors
    /// [`Error::WeightOutOfRange`] beyond [`Weights::MOST`].
    pub fn with(mut self, category: Category, weight: u32) -> Result<Self, Error> {
        if weight > Self::MOST {
            return Err(Error::WeightOutOfRange { of: category.name(), given: weight, most: Self::MOST });
        }
        let places = Category::ALL.into_iter().zip(&mut self.by_category);
        places.filter(|(known, _)| *known == category).for_each(|(_, place)| *place = weight);
        Ok(self)
    }

    /// The same with another factor for the hours of the secondary, in per cent of the primary's.
    ///
    /// # Errors
    /// [`Error::WeightOutOfRange`] beyond [`Weights::MOST_PERCENT`].
    pub fn with_secondary(self, percent: u32) -> Result<Self, Error> {
        Ok(Self { secondary_percent: role_percent(Role::Secondary, percent)?, ..self })
    }

    /// The same with another factor for the hours of the shadow, in per cent of the primary's.
    ///
    /// # Errors
    /// [`Error::WeightOutOfRange`] beyond [`Weights::MOST_PERCENT`].
    pub fn with_shadow(self, percent: u32) -> Result<Self, Error> {
        Ok(Self { shadow_percent: role_percent(Role::Shadow, percent)?, ..self })
    }

    /// The weight of a category.
    #[must_use]
    pub fn of(self, category: Category) -> u32 {
        Category::ALL.into_iter().zip(self.by_category).find(|(known, _)| *known == category).map_or(0, |(_, w)| w)
    }

    /// The factor of a role's hours, in per cent: 100 for the primary.
    #[must_use]
    pub const fn percent(self, role: Role) -> u32 {
        match role {
            Role::Primary => 100,
            Role::Secondary => self.secondary_percent,
            Role::Shadow => self.shadow_percent,
        }
    }

    /// What minutes on call weigh.
    ///
    /// # Errors
    /// [`Error::PointsOutOfRange`] beyond [`Points::MOST`].
    pub fn minutes(self, role: Role, category: TimeCategory, minutes: u64) -> Result<Points, Error> {
        let each = i128::from(self.of(category.into())).saturating_mul(self.percent(role).into());
        Points::narrowed(each.saturating_mul(minutes.into()))
    }

    /// What so many pages, or interrupted nights, weigh. The role does not matter: who is woken is woken.
    ///
    /// # Errors
    /// [`Error::PointsOutOfRange`] beyond [`Points::MOST`].
    pub(crate) fn events(self, category: Category, count: u64) -> Result<Points, Error> {
        Points::narrowed(i128::from(self.of(category)).saturating_mul(100).saturating_mul(count.into()))
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self { by_category: [1, 2, 2, 3, 30, 120], secondary_percent: 40, shadow_percent: 0 }
    }
}

fn role_percent(role: Role, given: u32) -> Result<u32, Error> {
    let most = Weights::MOST_PERCENT;
    if given > most { Err(Error::WeightOutOfRange { of: role.name(), given, most }) } else { Ok(given) }
}

/// The shape in a file; what is not there is as in [`Weights::default`].
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct RawWeights {
    weekday: u32,
    night: u32,
    weekend: u32,
    holiday: u32,
    page: u32,
    interrupted_night: u32,
    secondary_percent: u32,
    shadow_percent: u32,
}

#[cfg(feature = "serde")]
impl Default for RawWeights {
    fn default() -> Self {
        Weights::default().into()
    }
}

#[cfg(feature = "serde")]
impl TryFrom<RawWeights> for Weights {
    type Error = Error;

    fn try_from(raw: RawWeights) -> Result<Self, Error> {
        let given = [raw.weekday, raw.night, raw.weekend, raw.holiday, raw.page, raw.interrupted_night];
        let hours = Category::ALL.into_iter().zip(given);
        let weights =
            hours.into_iter().try_fold(Self::default(), |all, (category, weight)| all.with(category, weight))?;
        weights.with_secondary(raw.secondary_percent)?.with_shadow(raw.shadow_percent)
    }
}

#[cfg(feature = "serde")]
impl From<Weights> for RawWeights {
    fn from(weights: Weights) -> Self {
        let [weekday, night, weekend, holiday, page, interrupted_night] = weights.by_category;
        Self {
            weekday,
            night,
            weekend,
            holiday,
            page,
            interrupted_night,
            secondary_percent: weights.secondary_percent,
            shadow_percent: weights.shadow_percent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_bounded() {
        let weights = Weights::default().with(Category::Night, 5).unwrap();
        assert_eq!((weights.of(Category::Night), weights.of(Category::Weekend)), (5, 2));
        let fault = weights.with(Category::Pages, 1_000_001).unwrap_err();
        assert_eq!(fault.to_string(), "weight 1000001 of pages is beyond 1000000");
        assert!(weights.with_secondary(1_001).is_err() && weights.with_shadow(1_001).is_err());
        assert_eq!(weights.with_shadow(10).unwrap().percent(Role::Shadow), 10);
    }

    #[test]
    fn the_secondary_bears_40_per_cent_and_the_shadow_nothing() {
        let weights = Weights::default();
        let week = |role| weights.minutes(role, TimeCategory::Weekday, 10_080).unwrap().get();
        assert_eq!(Role::ALL.map(week), [1_008_000, 403_200, 0]);
        assert!(weights.minutes(Role::Primary, TimeCategory::Night, u64::MAX).is_err());
        assert_eq!(weights.events(Category::Sleep, 2).unwrap(), Points::new(24_000).unwrap());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_says_what_differs_and_nothing_else() {
        let weights: Weights = serde_json::from_str(r#"{"night": 4, "secondary-percent": 50}"#).unwrap();
        assert_eq!((weights.of(Category::Night), weights.of(Category::Holiday)), (4, 3));
        assert_eq!(weights.percent(Role::Secondary), 50);
        for bad in [r#"{"nigth": 4}"#, r#"{"night": -1}"#, r#"{"night": 1.5}"#, r#"{"page": 1000001}"#] {
            assert!(serde_json::from_str::<Weights>(bad).is_err(), "{bad}");
        }
    }
}
