//! What was served in a period, person by person: gathered in shards, added up.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use timeline_core::{Span, Tz, wall_clock};

use crate::burden::accounts::{Accounts, Carries, Decay, Row};
use crate::burden::points::{Points, Presence, whole_minutes};
use crate::burden::weights::{Category, Weights};
use crate::error::Error;
use crate::holidays::Holidays;
use crate::hours::{Hours, TimeCategory};
use crate::person::{PersonId, Role};
use crate::shift::Shift;
use crate::team::{Person, Team};

/// What one person served: minutes by role and category, pages, nights interrupted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawServed", into = "RawServed")
)]
pub struct Served {
    // INVARIANT: no entry of 0 minutes, so that equal service compares equal.
    minutes: BTreeMap<(Role, TimeCategory), u64>,
    pages: u64,
    nights: BTreeSet<NaiveDate>,
}

impl Served {
    /// Minutes on call in a role, in a category.
    #[must_use]
    pub fn minutes(&self, role: Role, category: TimeCategory) -> u64 {
        self.minutes.get(&(role, category)).copied().unwrap_or(0)
    }

    /// Every role and category with minutes, in order.
    pub fn all_minutes(&self) -> impl Iterator<Item = (Role, TimeCategory, u64)> {
        self.minutes.iter().map(|(&(role, category), &minutes)| (role, category, minutes))
    }

    /// Pages taken.
    #[must_use]
    pub const fn pages(&self) -> u64 {
        self.pages
    }

    /// The nights in which a page came, by the local date of their evenings: each once, however many came.
    #[must_use]
    pub const fn nights_interrupted(&self) -> &BTreeSet<NaiveDate> {
        &self.nights
    }

    /// The same with so many minutes more.
    ///
    /// # Errors
    /// [`Error::ServiceOverflow`] beyond 64 bits.
    pub fn with_minutes(mut self, role: Role, category: TimeCategory, minutes: u64) -> Result<Self, Error> {
        self.add_minutes(role, category, minutes)?;
        Ok(self)
    }

    /// The same with so many pages more.
    ///
    /// # Errors
    /// [`Error::ServiceOverflow`] beyond 64 bits.
    pub fn with_pages(mut self, pages: u64) -> Result<Self, Error> {
        self.pages = sum("pages", self.pages, pages)?;
        Ok(self)
    }

    /// The same with the night of this evening interrupted.
    #[must_use]
    pub fn with_night_interrupted(mut self, evening: NaiveDate) -> Self {
        self.nights.insert(evening);
        self
    }

    /// What it weighs in one category, over all roles.
    ///
    /// # Errors
    /// [`Error::PointsOutOfRange`] beyond [`Points::MOST`].
    pub fn load(&self, category: Category, weights: &Weights) -> Result<Points, Error> {
        match category {
            Category::Pages => weights.events(category, self.pages),
            Category::Sleep => weights.events(category, u64::try_from(self.nights.len()).unwrap_or(u64::MAX)),
            _ => {
                let mut hours = self.all_minutes().filter(|(_, known, _)| Category::from(*known) == category);
                hours.try_fold(Points::ZERO, |all, (role, time, minutes)| {
                    all.plus(weights.minutes(role, time, minutes)?)
                })
            }
        }
    }

    fn add_minutes(&mut self, role: Role, category: TimeCategory, minutes: u64) -> Result<(), Error> {
        if minutes > 0 {
            let before = self.minutes(role, category);
            self.minutes.insert((role, category), sum("minutes", before, minutes)?);
        }
        Ok(())
    }

    fn merge(mut self, other: &Self) -> Result<Self, Error> {
        for (role, category, minutes) in other.all_minutes() {
            self.add_minutes(role, category, minutes)?;
        }
        self.nights.extend(&other.nights);
        self.with_pages(other.pages)
    }
}

fn sum(what: &'static str, left: u64, right: u64) -> Result<u64, Error> {
    left.checked_add(right).ok_or(Error::ServiceOverflow { what, left, right })
}

/// What everybody served in one period.
///
/// For one period a monoid: [`Ledger::new`] is the identity of [`Ledger::merge`], which is associative and commutative.
/// A shift may be observed whole or in parts, in any order and by any shard: the minutes are the same. Each part, and
/// each page, is observed once: what comes twice counts twice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Ledger {
    period: Span,
    served: BTreeMap<PersonId, Served>,
}

impl Ledger {
    /// Of a period in which nobody has served yet.
    #[must_use]
    pub const fn new(period: Span) -> Self {
        Self { period, served: BTreeMap::new() }
    }

    /// The period.
    #[must_use]
    pub const fn period(&self) -> Span {
        self.period
    }

    /// Who served what, by name.
    #[must_use]
    pub const fn served(&self) -> &BTreeMap<PersonId, Served> {
        &self.served
    }

    /// Adds what a person served, counted elsewhere: from hours kept by hand, say.
    ///
    /// # Errors
    /// [`Error::ServiceOverflow`] beyond 64 bits; the ledger is then as it was.
    pub fn add(&mut self, person: &PersonId, served: &Served) -> Result<(), Error> {
        let sum = self.served.get(person).cloned().unwrap_or_default().merge(served)?;
        self.served.insert(person.clone(), sum);
        Ok(())
    }

    /// Adds the part of a shift that lies in the period, minute by minute as what it is where the person lives. Whoever
    /// served has served: a shift outside the membership, or in leave, counts as well.
    ///
    /// # Errors
    /// [`Error::UnknownPerson`]; [`Error::Time`] at the ends of time; [`Error::ServiceOverflow`] beyond 64 bits.
    pub fn observe_shift(
        &mut self,
        shift: &Shift,
        team: &Team,
        hours: &Hours,
        holidays: &Holidays,
    ) -> Result<(), Error> {
        let person = member(team, &shift.person)?;
        let Some(span) = shift.span.intersect(self.period) else { return Ok(()) };
        let mut served = Served::default();
        for segment in hours.of(person, holidays, span)?.iter() {
            served.add_minutes(shift.role, segment.value, whole_minutes(segment.span))?;
        }
        self.add(&shift.person, &served)
    }

    /// Adds a page that somebody took, if it came in the period. In the local night of the person it interrupts that
    /// night, once however many come.
    ///
    /// # Errors
    /// As for [`Ledger::observe_shift`].
    pub fn observe_page(
        &mut self,
        person: &PersonId,
        at: DateTime<Utc>,
        team: &Team,
        hours: &Hours,
    ) -> Result<(), Error> {
        let zone = member(team, person)?.zone();
        if !self.period.contains(at) {
            return Ok(());
        }
        let mut served = Served { pages: 1, ..Served::default() };
        served.nights.extend(evening_of(hours, zone, at)?);
        self.add(person, &served)
    }

    /// The accounts at the end of the period, with what is carried over to the next.
    ///
    /// Everybody of the team has one, who served or not. `opening` is what was carried into the period: a person who is
    /// not in it begins at the mean, which is 0.
    ///
    /// # Errors
    /// [`Error::Several`] with an [`Error::UnknownPerson`] for each in the ledger who is not in the team; what
    /// [`Accounts::new`] has.
    pub fn close(&self, team: &Team, opening: &Carries, weights: &Weights, decay: Decay) -> Result<Accounts, Error> {
        let strangers = self.served.keys().filter(|person| team.get(person).is_none());
        let faults: Vec<_> = strangers
            .map(|person| (format!("served.{person}"), Error::UnknownPerson { person: person.clone() }))
            .collect();
        if !faults.is_empty() {
            return Err(Error::Several { faults });
        }
        let rows = team.people().iter().map(|person| {
            Ok(Row {
                person: person.id().clone(),
                presence: Presence::of(person, self.period)?,
                opening: opening.of(person.id()),
                served: self.served.get(person.id()).cloned().unwrap_or_default(),
            })
        });
        Accounts::new(self.period, *weights, decay, rows.collect::<Result<_, Error>>()?)
    }

    /// Both together.
    ///
    /// # Errors
    /// [`Error::PeriodsDiffer`] for ledgers of two periods; [`Error::ServiceOverflow`] beyond 64 bits.
    pub fn merge(mut self, other: &Self) -> Result<Self, Error> {
        if self.period != other.period {
            return Err(Error::PeriodsDiffer { left: self.period, right: other.period });
        }
        for (person, served) in &other.served {
            self.add(person, served)?;
        }
        Ok(self)
    }
}

fn member<'a>(team: &'a Team, person: &PersonId) -> Result<&'a Person, Error> {
    team.get(person).ok_or_else(|| Error::UnknownPerson { person: person.clone() })
}

/// The local date on which the night that holds `t` began; `None` by day.
pub(crate) fn evening_of(hours: &Hours, zone: Tz, t: DateTime<Utc>) -> Result<Option<NaiveDate>, Error> {
    // A window begins at most a day before; a day more for clocks that moved.
    let around = Span::ending_at(t, TimeDelta::days(2))?.hull(Span::starting_at(t, TimeDelta::seconds(1))?);
    let night = hours.nights(zone, around)?.span_at(t);
    Ok(night.map(|night| wall_clock(zone, night.start())).transpose()?.map(|local| local.date()))
}

/// The shape in a file.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct RawServed {
    minutes: Vec<RawMinutes>,
    pages: u64,
    nights_interrupted: BTreeSet<NaiveDate>,
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMinutes {
    role: Role,
    category: TimeCategory,
    minutes: u64,
}

#[cfg(feature = "serde")]
impl TryFrom<RawServed> for Served {
    type Error = Error;

    fn try_from(raw: RawServed) -> Result<Self, Error> {
        let mut served = Self { minutes: BTreeMap::new(), pages: raw.pages, nights: raw.nights_interrupted };
        for row in raw.minutes {
            served.add_minutes(row.role, row.category, row.minutes)?;
        }
        Ok(served)
    }
}

#[cfg(feature = "serde")]
impl From<Served> for RawServed {
    fn from(served: Served) -> Self {
        let minutes = served.all_minutes().map(|(role, category, minutes)| RawMinutes { role, category, minutes });
        Self { minutes: minutes.collect(), pages: served.pages, nights_interrupted: served.nights }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> PersonId {
        PersonId::new(name).unwrap()
    }

    fn span(start: &str, end: &str) -> Span {
        Span::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
    }

    fn berlin() -> Team {
        Team::new(vec![Person::new(id("ada")).in_zone(Tz::Europe__Berlin), Person::new(id("bob"))]).unwrap()
    }

    fn quarter() -> Ledger {
        Ledger::new(span("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"))
    }

    fn shift(person: &str, start: &str, end: &str) -> Shift {
        Shift { span: span(start, end), role: Role::Primary, person: id(person) }
    }

    #[test]
    fn the_night_of_the_change_of_clocks_has_its_true_length() {
        let mut ledger = quarter();
        // Saturday 20:00 to Sunday 08:00 in Berlin, when the clocks go forward.
        let night = shift("ada", "2026-03-28T19:00:00Z", "2026-03-29T06:00:00Z");
        ledger.observe_shift(&night, &berlin(), &Hours::default(), &Holidays::NONE).unwrap();
        let served = &ledger.served()[&id("ada")];
        assert_eq!(served.minutes(Role::Primary, TimeCategory::Night), 8 * 60);
        assert_eq!(served.minutes(Role::Primary, TimeCategory::Weekend), 3 * 60);
        assert_eq!(served.all_minutes().count(), 2);
    }

    #[test]
    fn a_shift_across_the_end_of_the_quarter_counts_in_each_its_part() {
        let across = shift("bob", "2026-03-30T09:00:00Z", "2026-04-06T09:00:00Z");
        let later = Ledger::new(span("2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z"));
        let total = |mut ledger: Ledger| {
            ledger.observe_shift(&across, &berlin(), &Hours::default(), &Holidays::NONE).unwrap();
            ledger.served()[&id("bob")].all_minutes().map(|(.., minutes)| minutes).sum::<u64>()
        };
        let (first, second) = (total(quarter()), total(later));
        assert_eq!((first, first + second), (39 * 60, 7 * 1440));
    }

    #[test]
    fn a_night_is_interrupted_once_and_a_page_outside_the_period_is_none_of_its() {
        let mut ledger = quarter();
        let team = berlin();
        // 22:30 and 02:30 in Berlin are one night, 12:00 is day, and what comes in April is April's.
        for at in ["2026-02-02T21:30:00Z", "2026-02-03T01:30:00Z", "2026-02-03T11:00:00Z", "2026-04-01T00:00:00Z"] {
            ledger.observe_page(&id("ada"), at.parse().unwrap(), &team, &Hours::default()).unwrap();
        }
        let served = &ledger.served()[&id("ada")];
        assert_eq!(served.pages(), 3);
        let evening = NaiveDate::from_ymd_opt(2026, 2, 2).unwrap();
        assert_eq!(served.nights_interrupted().iter().collect::<Vec<_>>(), [&evening]);
    }

    #[test]
    fn strangers_and_other_periods_are_refused() {
        let mut ledger = quarter();
        let stranger = shift("eve", "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z");
        let refused = ledger.observe_shift(&stranger, &berlin(), &Hours::default(), &Holidays::NONE);
        assert_eq!(refused, Err(Error::UnknownPerson { person: id("eve") }));
        ledger.add(&id("eve"), &Served::default().with_pages(1).unwrap()).unwrap();
        let refused = ledger.close(&berlin(), &Carries::default(), &Weights::default(), Decay::HALF).unwrap_err();
        assert_eq!(refused.to_string(), "served.eve: person `eve` is not in the team");
        let other = Ledger::new(span("2026-01-01T00:00:00Z", "2026-04-02T00:00:00Z"));
        assert!(matches!(ledger.clone().merge(&other), Err(Error::PeriodsDiffer { .. })));
        let full = Served::default().with_pages(u64::MAX).unwrap();
        ledger.add(&id("bob"), &full).unwrap();
        assert!(matches!(ledger.add(&id("bob"), &full), Err(Error::ServiceOverflow { .. })));
    }
}
