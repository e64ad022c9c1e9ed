//! How rotations are made: from code and from files.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use timeline_core::Tz;

use super::cycle::Cycle;
use super::handoffs::Handoffs;
use super::{Participant, RoleOffset, Rotation, ShiftLength};
use crate::error::Error;
use crate::person::{PersonId, Role};
use crate::team::Membership;

/// What a rotation is made from. Nothing is checked before [`RotationBuilder::build`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct RotationBuilder {
    zone: Tz,
    start: NaiveDateTime,
    length: ShiftLength,
    participants: Vec<Participant>,
    first: Option<PersonId>,
    roles: BTreeMap<Role, i32>,
}

impl Rotation {
    /// Shifts of `length` from the local time `start` in `zone` on.
    pub const fn builder(zone: Tz, length: ShiftLength, start: NaiveDateTime) -> RotationBuilder {
        RotationBuilder { zone, start, length, participants: Vec::new(), first: None, roles: BTreeMap::new() }
    }

    /// Shifts of an hour. Other numbers of hours: [`Rotation::builder`].
    pub const fn hourly(zone: Tz, start: NaiveDateTime) -> RotationBuilder {
        Self::builder(zone, ShiftLength::HOUR, start)
    }

    /// Shifts of a day, with the handoff at that time of day.
    pub const fn daily(zone: Tz, day: NaiveDate, handoff: NaiveTime) -> RotationBuilder {
        Self::builder(zone, ShiftLength::DAY, day.and_time(handoff))
    }

    /// Shifts of a week from Monday to Monday, the first of which holds `day`.
    pub fn weekly(zone: Tz, day: NaiveDate, handoff: NaiveTime) -> RotationBuilder {
        Self::builder(zone, ShiftLength::WEEK, day.and_time(handoff)).handoff_on(Weekday::Mon)
    }

    /// Shifts of two weeks from Monday to Monday, the first week of which holds `day`.
    pub fn biweekly(zone: Tz, day: NaiveDate, handoff: NaiveTime) -> RotationBuilder {
        Self::builder(zone, ShiftLength::TWO_WEEKS, day.and_time(handoff)).handoff_on(Weekday::Mon)
    }

    /// Shifts of a month, with the handoff on that day of it, or on the last day of a month that is shorter.
    pub const fn monthly(zone: Tz, day: NaiveDate, handoff: NaiveTime) -> RotationBuilder {
        Self::builder(zone, ShiftLength::MONTH, day.and_time(handoff))
    }
}

impl RotationBuilder {
    /// Moves the start back to the last such day of the week, unless it is one.
    pub fn handoff_on(mut self, day: Weekday) -> Self {
        let back = self.start.weekday().days_since(day);
        // At the beginning of time there is no day before; `build` refuses such a start.
        self.start = self.start.checked_sub_days(Days::new(back.into())).unwrap_or(self.start);
        self
    }

    /// Adds a person who is always in the rotation, at the last place of the cycle.
    pub fn person(self, person: PersonId) -> Self {
        self.member(person, Membership::ALWAYS)
    }

    /// Adds people who are always in the rotation, in turn.
    pub fn people(self, people: impl IntoIterator<Item = PersonId>) -> Self {
        people.into_iter().fold(self, Self::person)
    }

    /// Adds a person who joins or leaves at an instant, at the last place of the cycle.
    pub fn member(mut self, person: PersonId, membership: Membership) -> Self {
        self.participants.push(Participant { person, membership });
        self
    }

    /// Whose turn is the first, if not that of the person at the first place. If that person is not there yet, the
    /// next in the cycle who is.
    pub fn first(mut self, person: PersonId) -> Self {
        self.first = Some(person);
        self
    }

    /// Adds a role for the person that many turns after the one whose turn it is. Without any, the rotation has a
    /// primary at 0; that one is there as well unless this says otherwise.
    pub fn role(mut self, role: Role, offset: i32) -> Self {
        self.roles.insert(role, offset);
        self
    }

    /// # Errors
    /// [`Error::Several`] with the place of each fault: no participants ([`Error::NoPeople`]); a person twice at one
    /// time ([`Error::PersonTwice`]); a first person who does not take part ([`Error::NotInRotation`]); two roles for
    /// the same person ([`Error::RolesCoincide`]); a start or a first shift's end that is no instant
    /// ([`Error::Time`]).
    pub fn build(mut self) -> Result<Rotation, Error> {
        let mut faults = Vec::new();
        if self.participants.is_empty() {
            faults.push(("participants".to_owned(), Error::NoPeople { what: "the rotation".to_owned() }));
        }
        for (first, second) in twice(&self.participants) {
            if let Some(participant) = self.participants.get(second) {
                let person = participant.person.clone();
                faults.push((format!("participants[{second}]"), Error::PersonTwice { person, first, second }));
            }
        }
        let first = match &self.first {
            None => 0,
            Some(person) => self.participants.iter().position(|known| known.person == *person).unwrap_or_else(|| {
                if !self.participants.is_empty() {
                    faults.push(("first".to_owned(), Error::NotInRotation { person: person.clone() }));
                }
                0
            }),
        };
        self.roles.entry(Role::Primary).or_insert(0);
        let roles: Vec<_> =
            self.roles.iter().map(|(role, offset)| RoleOffset { role: *role, offset: *offset }).collect();
        for (place, own) in roles.iter().enumerate() {
            if let Some(other) = roles.iter().take(place).find(|other| other.offset == own.offset) {
                let fault = Error::RolesCoincide { one: other.role, other: own.role, offset: own.offset };
                faults.push((format!("roles.{}", own.role), fault));
            }
        }
        match Handoffs::new(self.zone, self.start, self.length) {
            Ok(handoffs) if faults.is_empty() => {
                let cycle = Cycle::new(self.participants, first, handoffs);
                let Self { zone, start, length, first, .. } = self;
                return Ok(Rotation { zone, start, length, first, roles, handoffs, cycle });
            }
            Ok(_) => {}
            Err(fault) => faults.push(("start".to_owned(), fault)),
        }
        Err(Error::Several { faults })
    }
}

/// Places with the same person at the same time, each with the one before it in time.
fn twice(participants: &[Participant]) -> Vec<(usize, usize)> {
    let mut order: Vec<_> = participants.iter().enumerate().collect();
    order.sort_by_key(|(place, participant)| (&participant.person, participant.membership.from(), *place));
    let mut found = Vec::new();
    for pair in order.windows(2) {
        if let [(one, earlier), (other, later)] = pair
            && earlier.person == later.person
            && earlier.membership.until().is_none_or(|until| later.membership.from().is_none_or(|from| from < until))
        {
            found.push((*one.min(other), *one.max(other)));
        }
    }
    found.sort_unstable();
    found
}

#[cfg(feature = "serde")]
pub(super) use raw::RawRotation;

#[cfg(feature = "serde")]
mod raw {
    use super::*;
    use core::fmt;

    use chrono::{DateTime, Utc};
    use serde::de::value::MapAccessDeserializer;
    use serde::de::{Error as _, MapAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(in crate::rotation) struct RawRotation {
        zone: String,
        length: ShiftLength,
        start: NaiveDateTime,
        participants: Vec<Participant>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<PersonId>,
        #[serde(default)]
        roles: BTreeMap<Role, i32>,
    }

    impl TryFrom<RawRotation> for Rotation {
        type Error = Error;

        fn try_from(raw: RawRotation) -> Result<Self, Error> {
            let RawRotation { zone, length, start, participants, first, roles } = raw;
            let zone = timeline_core::parse_zone(&zone)?;
            RotationBuilder { zone, start, length, participants, first, roles }.build()
        }
    }

    impl From<Rotation> for RawRotation {
        fn from(rotation: Rotation) -> Self {
            Self {
                zone: rotation.zone.name().to_owned(),
                length: rotation.length,
                start: rotation.start,
                participants: rotation.participants().to_vec(),
                roles: rotation.roles.iter().map(|RoleOffset { role, offset }| (*role, *offset)).collect(),
                first: rotation.first,
            }
        }
    }

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RawParticipant {
        person: PersonId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<DateTime<Utc>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    }

    /// `ada`, or with dates `{"person": "ada", "from": ..., "until": ...}`.
    impl Serialize for Participant {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if self.membership == Membership::ALWAYS {
                return self.person.serialize(serializer);
            }
            let (from, until) = (self.membership.from(), self.membership.until());
            RawParticipant { person: self.person.clone(), from, until }.serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for Participant {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(ParticipantVisitor)
        }
    }

    struct ParticipantVisitor;

    impl<'de> Visitor<'de> for ParticipantVisitor {
        type Value = Participant;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a person's name, or `person` with `from` and `until`")
        }

        fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Participant, E> {
            let person = PersonId::new(name).map_err(E::custom)?;
            Ok(Participant { person, membership: Membership::ALWAYS })
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Participant, A::Error> {
            let raw = RawParticipant::deserialize(MapAccessDeserializer::new(map))?;
            let membership = Membership::new(raw.from, raw.until).map_err(A::Error::custom)?;
            Ok(Participant { person: raw.person, membership })
        }
    }
}
