//! The team: people, where they are, what they know, when they are away, what they would rather have.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use timeline_core::{Span, SpanSet, Tz};

use crate::error::Error;
use crate::person::{Availability, PersonId};

/// When a person belongs to the rotation: from the first instant to before the last, either end open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawMembership", into = "RawMembership")
)]
pub struct Membership {
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

impl Membership {
    /// Always.
    pub const ALWAYS: Self = Self { from: None, until: None };

    /// # Errors
    /// [`Error::EmptyMembership`] unless it begins before it ends.
    pub fn new(from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Result<Self, Error> {
        match (from, until) {
            (Some(from), Some(until)) if from >= until => Err(Error::EmptyMembership { from, until }),
            _ => Ok(Self { from, until }),
        }
    }

    /// The first instant, if there is one.
    #[must_use]
    pub const fn from(self) -> Option<DateTime<Utc>> {
        self.from
    }

    /// The first instant after it, if there is one.
    #[must_use]
    pub const fn until(self) -> Option<DateTime<Utc>> {
        self.until
    }

    /// Whether all of `span` belongs to it.
    #[must_use]
    pub fn covers(self, span: Span) -> bool {
        self.from.is_none_or(|from| from <= span.start()) && self.until.is_none_or(|until| span.end() <= until)
    }

    /// The part of `span` that belongs to it.
    #[must_use]
    pub fn clip(self, span: Span) -> Option<Span> {
        let start = self.from.map_or(span.start(), |from| from.max(span.start()));
        let end = self.until.map_or(span.end(), |until| until.min(span.end()));
        Span::new(start, end).ok()
    }
}

/// A stretch in which a person takes no duty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Leave {
    /// When.
    pub span: Span,
    /// Why, if it is said.
    #[cfg_attr(feature = "serde", serde(default))]
    pub reason: Option<String>,
}

/// Whether a person would rather have, or rather not have, duty in a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Wish {
    /// Rather have it.
    Prefer,
    /// Rather not.
    Avoid,
}

/// A wish and how much it weighs beside others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Preference {
    /// When.
    pub span: Span,
    /// What is wished.
    pub wish: Wish,
    /// Its weight, 1 by default.
    #[cfg_attr(feature = "serde", serde(default = "one"))]
    pub weight: u32,
}

#[cfg(feature = "serde")]
const fn one() -> u32 {
    1
}

/// A person of the team. [`Person::new`] gives one of full time in UTC; the other methods say more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Person {
    id: PersonId,
    #[cfg_attr(feature = "serde", serde(default = "utc"))]
    zone: Tz,
    #[cfg_attr(feature = "serde", serde(default))]
    site: Option<String>,
    #[cfg_attr(feature = "serde", serde(default))]
    skills: BTreeSet<String>,
    #[cfg_attr(feature = "serde", serde(default))]
    availability: Availability,
    #[cfg_attr(feature = "serde", serde(default))]
    membership: Membership,
    #[cfg_attr(feature = "serde", serde(default))]
    leave: Vec<Leave>,
    #[cfg_attr(feature = "serde", serde(default))]
    preferences: Vec<Preference>,
}

#[cfg(feature = "serde")]
const fn utc() -> Tz {
    Tz::UTC
}

impl Person {
    /// A person of full time, always in the rotation, in UTC.
    #[must_use]
    pub const fn new(id: PersonId) -> Self {
        Self {
            id,
            zone: Tz::UTC,
            site: None,
            skills: BTreeSet::new(),
            availability: Availability::FULL,
            membership: Membership::ALWAYS,
            leave: Vec::new(),
            preferences: Vec::new(),
        }
    }

    /// The zone the person lives in: whose nights and weekends count.
    #[must_use]
    pub const fn in_zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// The site, or region, the person is at.
    #[must_use]
    pub fn at_site(mut self, site: impl Into<String>) -> Self {
        self.site = Some(site.into());
        self
    }

    /// One more skill.
    #[must_use]
    pub fn with_skill(mut self, skill: impl Into<String>) -> Self {
        self.skills.insert(skill.into());
        self
    }

    /// The share of a full load that the person takes.
    #[must_use]
    pub const fn with_availability(mut self, availability: Availability) -> Self {
        self.availability = availability;
        self
    }

    /// When the person belongs to the rotation.
    #[must_use]
    pub const fn with_membership(mut self, membership: Membership) -> Self {
        self.membership = membership;
        self
    }

    /// One more leave. Leaves may overlap; time away counts once.
    #[must_use]
    pub fn with_leave(mut self, span: Span, reason: Option<String>) -> Self {
        self.leave.push(Leave { span, reason });
        self
    }

    /// One more wish.
    #[must_use]
    pub fn with_preference(mut self, preference: Preference) -> Self {
        self.preferences.push(preference);
        self
    }

    /// Who.
    #[must_use]
    pub const fn id(&self) -> &PersonId {
        &self.id
    }

    /// The zone the person lives in.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The site, or region.
    #[must_use]
    pub fn site(&self) -> Option<&str> {
        self.site.as_deref()
    }

    /// What the person knows.
    #[must_use]
    pub const fn skills(&self) -> &BTreeSet<String> {
        &self.skills
    }

    /// The share of a full load that the person takes.
    #[must_use]
    pub const fn availability(&self) -> Availability {
        self.availability
    }

    /// When the person belongs to the rotation.
    #[must_use]
    pub const fn membership(&self) -> Membership {
        self.membership
    }

    /// The leaves as they were given.
    #[must_use]
    pub fn leave(&self) -> &[Leave] {
        &self.leave
    }

    /// All instants of leave, each once.
    #[must_use]
    pub fn away(&self) -> SpanSet {
        self.leave.iter().map(|leave| leave.span).collect()
    }

    /// The wishes.
    #[must_use]
    pub fn preferences(&self) -> &[Preference] {
        &self.preferences
    }
}

/// The people of a rotation, each once, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<Person>", into = "Vec<Person>")
)]
pub struct Team {
    people: Vec<Person>,
    // INVARIANT: the place of each person in `people`.
    places: BTreeMap<PersonId, usize>,
}

impl Team {
    /// # Errors
    /// [`Error::NoPeople`] for none; [`Error::Several`] with an [`Error::PersonTwice`] for each who is there again.
    pub fn new(people: Vec<Person>) -> Result<Self, Error> {
        if people.is_empty() {
            return Err(Error::NoPeople { what: "the team".to_owned() });
        }
        let mut places = BTreeMap::new();
        let mut faults = Vec::new();
        for (second, person) in people.iter().enumerate() {
            if let Some(&first) = places.get(person.id()) {
                let person = person.id().clone();
                faults.push((format!("people[{second}]"), Error::PersonTwice { person, first, second }));
            } else {
                places.insert(person.id().clone(), second);
            }
        }
        if faults.is_empty() { Ok(Self { people, places }) } else { Err(Error::Several { faults }) }
    }

    /// Everybody, in the order given.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The person of this name.
    #[must_use]
    pub fn get(&self, id: &PersonId) -> Option<&Person> {
        self.people.get(self.place(id)?)
    }

    /// Where in [`people`](Self::people) the person of this name is.
    #[must_use]
    pub fn place(&self, id: &PersonId) -> Option<usize> {
        self.places.get(id).copied()
    }
}

impl TryFrom<Vec<Person>> for Team {
    type Error = Error;

    fn try_from(people: Vec<Person>) -> Result<Self, Error> {
        Self::new(people)
    }
}

impl From<Team> for Vec<Person> {
    fn from(team: Team) -> Self {
        team.people
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMembership {
    #[serde(default)]
    from: Option<DateTime<Utc>>,
    #[serde(default)]
    until: Option<DateTime<Utc>>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawMembership> for Membership {
    type Error = Error;

    fn try_from(raw: RawMembership) -> Result<Self, Error> {
        Self::new(raw.from, raw.until)
    }
}

#[cfg(feature = "serde")]
impl From<Membership> for RawMembership {
    fn from(membership: Membership) -> Self {
        Self { from: membership.from, until: membership.until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Person {
        Person::new(PersonId::new(name).unwrap())
    }

    #[test]
    fn a_team_has_each_person_once() {
        let team = Team::new(vec![person("ada"), person("bob"), person("ada"), person("bob")]);
        let Err(Error::Several { faults }) = team else { panic!("{team:?}") };
        assert_eq!(faults.len(), 2);
        assert_eq!(faults[0].1.to_string(), "person `ada` is there twice, at 0 and at 2 (from 0)");
        assert!(Team::new(vec![]).is_err());
    }

    #[test]
    fn leaves_may_overlap_and_count_once() {
        let day = |d: u32, n: i64| {
            let start = format!("2026-12-{d:02}T00:00:00Z").parse::<DateTime<Utc>>().unwrap();
            Span::starting_at(start, chrono::TimeDelta::days(n)).unwrap()
        };
        let ada = person("ada").with_leave(day(1, 5), None).with_leave(day(3, 5), Some("moving".into()));
        assert_eq!(ada.away().total(), chrono::TimeDelta::days(7));
    }
}
