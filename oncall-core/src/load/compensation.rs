//! What is owed for being on call, in minutes and minutes off, item by item.

use core::fmt;

use crate::burden::{Category, Served};
use crate::error::Error;
use crate::hours::TimeCategory;
use crate::load::words::counted;
use crate::person::{PersonId, Role};

/// What is given for what: the rules of the employer, in whole minutes and per cent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, default, rename_all = "kebab-case")
)]
pub struct PayRules {
    /// Minutes for an hour on call by day in the week.
    pub weekday_hour: u16,
    /// Minutes for an hour on call by night.
    pub night_hour: u16,
    /// Minutes for an hour on call at the weekend.
    pub weekend_hour: u16,
    /// Minutes for an hour on call on a holiday.
    pub holiday_hour: u16,
    /// What the secondary is given of that, in per cent.
    pub secondary_percent: u16,
    /// What the shadow is given of that, in per cent.
    pub shadow_percent: u16,
    /// Minutes for a page.
    pub page: u16,
    /// Minutes off after an interrupted night.
    pub interrupted_night: u16,
    /// How the sum of a person becomes whole minutes.
    pub rounding: Rounding,
}

/// How a sum becomes whole minutes: once, at the end, never item by item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Rounding {
    /// To the next whole minute: never less than what is owed.
    #[default]
    Up,
    /// To the nearest, halves up.
    Nearest,
    /// To the last whole minute.
    Down,
}

/// What one item is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum For {
    /// Minutes on call.
    Minutes(Role, TimeCategory),
    /// Pages.
    Pages,
    /// Interrupted nights.
    Nights,
}

/// One line of what is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Item {
    /// What for.
    pub of: For,
    /// How many minutes, pages or nights.
    pub quantity: u64,
    /// Minutes owed, exactly: so many six-thousandths of a minute.
    pub parts: u128,
}

/// What one person is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Compensation {
    /// Who.
    pub person: PersonId,
    /// What for, in order; what is worth nothing by the rules is there with 0.
    pub items: Vec<Item>,
    /// Whole minutes for hours on call and pages, rounded once.
    pub minutes: u64,
    /// Whole minutes off for interrupted nights.
    pub minutes_off: u64,
}

/// The parts of a minute: 60 minutes an hour times 100 per cent.
const PARTS: u128 = 6_000;

impl PayRules {
    /// What `person` is owed for what was served, as a [`Ledger`](crate::burden::Ledger) has it.
    ///
    /// # Errors
    /// [`Error::ServiceOverflow`] when the minutes do not fit 64 bits.
    pub fn owed(&self, person: PersonId, served: &Served) -> Result<Compensation, Error> {
        let mut items: Vec<Item> = served
            .all_minutes()
            .map(|(role, category, quantity)| {
                let rate = u128::from(self.hour(category)).saturating_mul(self.percent(role).into());
                Item { of: For::Minutes(role, category), quantity, parts: rate.saturating_mul(quantity.into()) }
            })
            .collect();
        let nights = u64::try_from(served.nights_interrupted().len()).unwrap_or(u64::MAX);
        for (of, quantity, each) in
            [(For::Pages, served.pages(), self.page), (For::Nights, nights, self.interrupted_night)]
        {
            let parts = PARTS.saturating_mul(each.into()).saturating_mul(quantity.into());
            if quantity > 0 {
                items.push(Item { of, quantity, parts });
            }
        }
        Ok(Compensation {
            person,
            minutes: self.whole(items.iter().filter(|item| item.of != For::Nights))?,
            minutes_off: self.whole(items.iter().filter(|item| item.of == For::Nights))?,
            items,
        })
    }

    fn whole<'a>(&self, items: impl Iterator<Item = &'a Item>) -> Result<u64, Error> {
        // Fewer than 20 items of at most 2^64 x 2^32 parts each.
        let parts = items.map(|item| item.parts).fold(0, u128::saturating_add);
        let more = match self.rounding {
            Rounding::Up => PARTS.saturating_sub(1),
            Rounding::Nearest => PARTS / 2,
            Rounding::Down => 0,
        };
        let minutes = parts.saturating_add(more) / PARTS;
        u64::try_from(minutes).map_err(|_| Error::ServiceOverflow { what: "minutes owed", left: u64::MAX, right: 1 })
    }

    const fn hour(&self, category: TimeCategory) -> u16 {
        match category {
            TimeCategory::Weekday => self.weekday_hour,
            TimeCategory::Night => self.night_hour,
            TimeCategory::Weekend => self.weekend_hour,
            TimeCategory::Holiday => self.holiday_hour,
        }
    }

    const fn percent(&self, role: Role) -> u16 {
        match role {
            Role::Primary => 100,
            Role::Secondary => self.secondary_percent,
            Role::Shadow => self.shadow_percent,
        }
    }
}

impl Item {
    /// Minutes owed, to the hundredth, halves up.
    #[must_use]
    pub fn hundredths(self) -> u128 {
        self.parts.saturating_add(30) / 60
    }
}

impl fmt::Display for Item {
    /// `600 minutes primary on nights: 150.00 minutes`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            For::Minutes(role, category) => {
                write!(f, "{} {role} on {}", counted(self.quantity, "minute"), Category::from(category))?;
            }
            For::Pages => f.write_str(&counted(self.quantity, "page"))?,
            For::Nights => f.write_str(&counted(self.quantity, "interrupted night"))?,
        }
        let hundredths = self.hundredths();
        write!(f, ": {}.{:02} minutes", hundredths / 100, hundredths % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn served() -> Served {
        Served::default()
            .with_minutes(Role::Primary, TimeCategory::Weekday, 601)
            .and_then(|served| served.with_minutes(Role::Secondary, TimeCategory::Night, 480))
            .and_then(|served| served.with_pages(3))
            .map(|served| served.with_night_interrupted(NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()))
            .unwrap()
    }

    #[test]
    fn what_is_owed_is_exact_and_rounded_once() {
        let rules = PayRules {
            weekday_hour: 7,
            night_hour: 30,
            secondary_percent: 40,
            page: 15,
            interrupted_night: 240,
            ..PayRules::default()
        };
        let owed = |rounding| PayRules { rounding, ..rules }.owed(PersonId::new("ada").unwrap(), &served()).unwrap();
        let lines: Vec<String> = owed(Rounding::Up).items.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "601 minutes primary on weekdays: 70.12 minutes",
                "480 minutes secondary on nights: 96.00 minutes",
                "3 pages: 45.00 minutes",
                "1 interrupted night: 240.00 minutes"
            ]
        );
        // 70 + 7/60, and what is whole.
        let minutes = [Rounding::Up, Rounding::Nearest, Rounding::Down].map(|rounding| owed(rounding).minutes);
        assert_eq!((minutes, owed(Rounding::Up).minutes_off), ([212, 211, 211], 240));
    }

    #[test]
    fn without_rules_nothing_is_owed_and_too_much_is_an_error() {
        let ada = PersonId::new("ada").unwrap();
        assert_eq!(PayRules::default().owed(ada.clone(), &served()).unwrap().minutes, 0);
        let rules = PayRules { page: u16::MAX, ..PayRules::default() };
        let endless = Served::default().with_pages(u64::MAX).unwrap();
        assert!(matches!(rules.owed(ada, &endless), Err(Error::ServiceOverflow { .. })));
    }
}
