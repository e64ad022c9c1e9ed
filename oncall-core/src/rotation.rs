//! Whose turn it is: people who follow one another in shifts of one length.
//!
//! A [`Rotation`] answers for any instant without going through the shifts before it, and its shifts within a span
//! cost what lies in the span.
//!
//! ```
//! use chrono::{NaiveDate, NaiveTime};
//! use oncall_core::rotation::Rotation;
//! use oncall_core::{PersonId, Role, Tz};
//!
//! let [ada, ben, cy] = ["ada", "ben", "cy"].map(|name| PersonId::new(name).unwrap());
//! let nine = NaiveTime::from_hms_opt(9, 0, 0).unwrap();
//! let rotation = Rotation::weekly(Tz::Europe__Berlin, NaiveDate::from_ymd_opt(2026, 1, 7).unwrap(), nine)
//!     .people([ada, ben, cy])
//!     .role(Role::Secondary, 1)
//!     .build()?;
//!
//! let turn = rotation.turn_at("2026-03-30T06:59:59Z".parse()?)?.unwrap();
//! assert_eq!(turn.person.unwrap().as_str(), "cy");
//! // The clocks went forward in that week.
//! assert_eq!(turn.span.length().num_hours(), 7 * 24 - 1);
//! let secondary = rotation.turn_as(Role::Secondary, turn.span.start())?.unwrap();
//! assert_eq!(secondary.person.unwrap().as_str(), "ada");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When
//! Shift `i` begins at the start plus `i` times the length. Days, weeks and months step in the local calendar, and each
//! handoff becomes an instant by the rule of [`timeline_core::local`]; hours are elapsed time. Over days that the
//! calendar of a zone left out (`Pacific/Apia` had no 30 December 2011) two handoffs may be the same instant: the
//! shift between them holds no instant, and its turn is gone with the day. Nobody is on call before the start.
//!
//! DIFFERS: goalert advances hourly rotations on the local clock, so that a shift of one hour may last two.
//!
//! # Who
//! The participants are places in a fixed cycle. A place counts from the first shift that begins within its person's
//! membership until that ends. Each turn goes to the next place that counts, going on around the cycle from the place
//! that had the turn before; the first turn is looked for from the first place on. Whoever leaves in the middle of a
//! shift serves it up to then: the next place that counts goes on with it, and has had its turn by that. So
//! - what happens from a date on changes nothing before it, whenever the date is entered;
//! - when somebody leaves, the others go on in their order: the turns are those from before without the leaver's;
//! - when somebody joins, the turns of the others keep their order, and the joiner's lie between them, one a round;
//! - a shift in which no place counts is a gap, and takes nobody's turn.
//!
//! Leave people who left in the list, with the date: their place keeps the count, and what they served stays theirs.
//! The date governs, not the day on which it is entered: if somebody went on serving after it until others knew, enter
//! the instant at which that ended. Somebody who comes back is listed once more.
//!
//! DIFFERS: `PagerDuty` and goalert count turns modulo the people of the moment, so that a change moves everybody.
//!
//! # Roles
//! A role is an offset in turns from the person whose turn it is: 0 for primary, 1 for a secondary who is next, -1 for
//! one whose turn was before, among the people present. With too few people for one of their own, the later role (in
//! the order primary, secondary, shadow) has a gap.
//!
//! # Where and which hours
//! [`Split`] gives the weekly hours of day and night, of weekdays and weekend; [`FollowTheSun`] puts the rotations of
//! several sites together and says where their hours leave gaps.

mod builder;
mod cycle;
pub mod follow_the_sun;
mod handoffs;
mod length;
mod split;

use std::collections::VecDeque;

use chrono::{DateTime, NaiveDateTime, Utc};
use timeline_core::{Span, SpanSet, Tz};

use crate::error::Error;
use crate::person::{PersonId, Role};
use crate::team::Membership;

pub use builder::RotationBuilder;
pub use follow_the_sun::{Coverage, FollowTheSun, Site, SiteShift};
pub use length::ShiftLength;
pub use split::{Split, WeekTime};

use cycle::{Cycle, Epoch, Lane, Mark};
use handoffs::Handoffs;

/// People who take turns in shifts of one length. Made by [`Rotation::builder`], [`Rotation::weekly`] and the others.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "builder::RawRotation", into = "builder::RawRotation")
)]
pub struct Rotation {
    zone: Tz,
    start: NaiveDateTime,
    length: ShiftLength,
    first: Option<PersonId>,
    // INVARIANT: in order of role, each role and each offset once, not empty.
    roles: Vec<RoleOffset>,
    handoffs: Handoffs,
    cycle: Cycle,
}

/// A place in the cycle.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Participant {
    /// Who.
    pub person: PersonId,
    /// From when until when.
    pub membership: Membership,
}

/// A role, and how many turns after the person whose turn it is its person comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleOffset {
    /// The role.
    pub role: Role,
    /// 0 whose turn it is, 1 who is next, -1 who was before.
    pub offset: i32,
}

/// A shift and who has it. One that passes to another in the middle, since somebody leaves, is two turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Turn<'a> {
    /// The number of the shift, from 0.
    pub index: u64,
    /// When: the shift, or the part of it that the person has.
    pub span: Span,
    /// Who; `None` is a gap: nobody is present, or too few for the role.
    pub person: Option<&'a PersonId>,
}

/// Whoever has the turn.
const TURN: Lane<'static> = &[RoleOffset { role: Role::Primary, offset: 0 }];

impl Rotation {
    /// Whose turn it is at `t`, with the whole shift; `None` before the start. Does not go through the shifts before.
    ///
    /// # Errors
    /// [`Error::Time`] at the end of time.
    pub fn turn_at(&self, t: DateTime<Utc>) -> Result<Option<Turn<'_>>, Error> {
        self.lane_at(TURN, t)
    }

    /// Who has `role` at `t`, with the whole shift; `None` before the start.
    ///
    /// # Errors
    /// [`Error::RoleNotInRotation`]; [`Error::Time`] at the end of time.
    pub fn turn_as(&self, role: Role, t: DateTime<Utc>) -> Result<Option<Turn<'_>>, Error> {
        self.lane_at(self.lane(role)?, t)
    }

    /// Shift `index` and whose turn it is, of one that passes to another in the middle the part before; `None` if the
    /// calendar left it out, so that it holds no instant.
    ///
    /// # Errors
    /// [`Error::Time`] at the end of time.
    pub fn turn(&self, index: u64) -> Result<Option<Turn<'_>>, Error> {
        let (start, end) = (self.handoffs.at(index)?, self.handoffs.at(index.saturating_add(1))?);
        Ok(Span::new(start, end).ok().and_then(|shift| self.turns_in(TURN, index, shift).next()))
    }

    /// The shifts that lie in `within`, cut to it, gaps among them as turns without a person. Costs the shifts inside
    /// (and a look at each place for each change of who is present).
    ///
    /// # Errors
    /// [`Error::Time`] at the end of time.
    pub fn turns(&self, within: Span) -> Result<Turns<'_>, Error> {
        self.lane_turns(TURN, within)
    }

    /// As [`Rotation::turns`], of `role`.
    ///
    /// # Errors
    /// [`Error::RoleNotInRotation`]; [`Error::Time`] at the end of time.
    pub fn turns_as(&self, role: Role, within: Span) -> Result<Turns<'_>, Error> {
        self.lane_turns(self.lane(role)?, within)
    }

    /// The shifts that somebody has in `within`, cut to it, in order.
    ///
    /// # Errors
    /// [`Error::Time`] at the end of time.
    pub fn shifts(&self, within: Span) -> Result<impl Iterator<Item = (Span, &PersonId)>, Error> {
        Ok(self.turns(within)?.filter_map(|turn| Some((turn.span, turn.person?))))
    }

    /// As [`Rotation::shifts`], of `role`.
    ///
    /// # Errors
    /// [`Error::RoleNotInRotation`]; [`Error::Time`] at the end of time.
    pub fn shifts_as(&self, role: Role, within: Span) -> Result<impl Iterator<Item = (Span, &PersonId)>, Error> {
        Ok(self.turns_as(role, within)?.filter_map(|turn| Some((turn.span, turn.person?))))
    }

    /// When nobody has the turn within a span: before the start, and where nobody is present. Costs the changes of who
    /// is present, not the shifts.
    ///
    /// # Errors
    /// [`Error::Time`] at the end of time.
    pub fn gaps(&self, within: Span) -> Result<SpanSet, Error> {
        self.lane_gaps(TURN, within)
    }

    /// When nobody has `role` within a span: as [`Rotation::gaps`], and where too few people are present.
    ///
    /// # Errors
    /// [`Error::RoleNotInRotation`]; [`Error::Time`] at the end of time.
    pub fn gaps_as(&self, role: Role, within: Span) -> Result<SpanSet, Error> {
        self.lane_gaps(self.lane(role)?, within)
    }

    /// The zone in which handoffs keep their time of day.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The local time at which the first shift begins.
    #[must_use]
    pub const fn start(&self) -> NaiveDateTime {
        self.start
    }

    /// How long a shift is.
    #[must_use]
    pub const fn length(&self) -> ShiftLength {
        self.length
    }

    /// The places of the cycle, in order.
    #[must_use]
    pub fn participants(&self) -> &[Participant] {
        self.cycle.participants()
    }

    /// From whose place on the first turn is looked for, if it is not the first.
    #[must_use]
    pub const fn first(&self) -> Option<&PersonId> {
        self.first.as_ref()
    }

    /// The roles, in order.
    #[must_use]
    pub fn roles(&self) -> &[RoleOffset] {
        &self.roles
    }

    /// `role` and those before it.
    fn lane(&self, role: Role) -> Result<Lane<'_>, Error> {
        let place = self.roles.iter().position(|known| known.role == role);
        place.and_then(|place| self.roles.get(..=place)).ok_or(Error::RoleNotInRotation { role })
    }

    /// The turns of shift `index`: one, unless somebody leaves in the middle.
    fn turns_in(&self, lane: Lane<'_>, index: u64, shift: Span) -> impl Iterator<Item = Turn<'_>> {
        let parts = self.cycle.parts(index, shift, lane).into_iter();
        parts.map(move |(span, place)| Turn { index, span, person: place.and_then(|place| self.person(place)) })
    }

    fn person(&self, place: usize) -> Option<&PersonId> {
        self.cycle.participant(place).map(|participant| &participant.person)
    }

    fn lane_at(&self, lane: Lane<'_>, t: DateTime<Utc>) -> Result<Option<Turn<'_>>, Error> {
        let Some(index) = self.handoffs.index_at(t)? else { return Ok(None) };
        // The last shift that begins by `t` ends after it, and so holds an instant.
        let shift = Span::new(self.handoffs.at(index)?, self.handoffs.at(index.saturating_add(1))?)?;
        Ok(self.turns_in(lane, index, shift).find(|turn| turn.span.contains(t)))
    }

    fn lane_turns<'a>(&'a self, lane: Lane<'a>, within: Span) -> Result<Turns<'a>, Error> {
        let index = self.handoffs.index_at(within.start())?.unwrap_or(0);
        let start = self.handoffs.at(index)?;
        let epoch = self.cycle.epoch_at(Mark::begin(index));
        let mut turns =
            Turns { rotation: self, lane, within, index, start, epoch, present: Vec::new(), rest: VecDeque::new() };
        turns.list_present();
        Ok(turns)
    }

    fn lane_gaps(&self, lane: Lane<'_>, within: Span) -> Result<SpanSet, Error> {
        let mut gaps = SpanSet::new();
        let start = self.handoffs.at(0)?;
        gaps.insert_between(within.start(), start.min(within.end()));
        let begin = |epoch: &Epoch| epoch.begin.inside.map_or_else(|| self.handoffs.at(epoch.begin.shift), Ok).ok();
        let mut number = self.cycle.epoch_at(Mark::begin(self.handoffs.index_at(within.start())?.unwrap_or(0)));
        while let Some(epoch) = self.cycle.epoch(number) {
            // Where the end of time comes before the shift, `within` ends before it as well.
            let Some(from) = begin(epoch).filter(|from| *from < within.end()) else { break };
            number = number.saturating_add(1);
            let until = self.cycle.epoch(number).and_then(begin);
            if !epoch.fills(lane) {
                let until = until.map_or(within.end(), |until| until.min(within.end()));
                gaps.insert_between(from.max(within.start()), until);
            }
        }
        Ok(gaps)
    }
}

trait InsertBetween {
    fn insert_between(&mut self, start: DateTime<Utc>, end: DateTime<Utc>);
}

impl InsertBetween for SpanSet {
    /// Takes in `[start, end)` if there is anything in it.
    fn insert_between(&mut self, start: DateTime<Utc>, end: DateTime<Utc>) {
        if let Ok(span) = Span::new(start, end) {
            self.insert(span);
        }
    }
}

/// The shifts of a rotation within a span, in order: see [`Rotation::turns`].
#[derive(Debug, Clone)]
pub struct Turns<'a> {
    rotation: &'a Rotation,
    lane: Lane<'a>,
    within: Span,
    /// The next shift, when it begins, and the epoch that holds it.
    index: u64,
    start: DateTime<Utc>,
    epoch: usize,
    /// The places present in the epoch.
    present: Vec<usize>,
    /// What is left of a shift that somebody leaves in the middle.
    rest: VecDeque<Turn<'a>>,
}

impl Turns<'_> {
    fn list_present(&mut self) {
        let cycle = &self.rotation.cycle;
        self.present.clear();
        self.present.extend(cycle.epoch(self.epoch).into_iter().flat_map(|epoch| cycle.present_in(epoch)));
    }
}

impl<'a> Iterator for Turns<'a> {
    type Item = Turn<'a>;

    fn next(&mut self) -> Option<Turn<'a>> {
        let Rotation { handoffs, cycle, .. } = self.rotation;
        loop {
            if let Some(turn) = self.rest.pop_front() {
                return Some(turn);
            }
            if self.start >= self.within.end() {
                return None;
            }
            let (index, start) = (self.index, self.start);
            let after = index.saturating_add(1);
            // A shift that ends past the end of time ends past `within`.
            let end = handoffs.at(after).unwrap_or(self.within.end());
            let begun = |number: usize| cycle.epoch(number).is_some_and(|next| next.begin.shift <= index);
            let next = self.epoch.saturating_add(1);
            (self.index, self.start) = (after, end);
            let shift = Span::new(start, end).ok();
            if !begun(next) {
                if let Some(span) = shift.and_then(|shift| shift.intersect(self.within)) {
                    let epoch = cycle.epoch(self.epoch);
                    let place = epoch.and_then(|epoch| Cycle::place_among(epoch, &self.present, index, self.lane));
                    return Some(Turn { index, span, person: place.and_then(|place| self.rotation.person(place)) });
                }
                continue;
            }
            // Others are present from this shift on, or from some instant inside it.
            self.epoch = next;
            while begun(self.epoch.saturating_add(1)) {
                self.epoch = self.epoch.saturating_add(1);
            }
            self.list_present();
            let turns = shift.into_iter().flat_map(|shift| self.rotation.turns_in(self.lane, index, shift));
            let inside = turns.filter_map(|turn| Some(Turn { span: turn.span.intersect(self.within)?, ..turn }));
            self.rest = inside.collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn span(from: &str, until: &str) -> Span {
        Span::new(utc(from), utc(until)).unwrap()
    }

    fn id(name: &str) -> PersonId {
        PersonId::new(name).unwrap()
    }

    fn daily(people: &[(&str, Option<&str>, Option<&str>)]) -> Rotation {
        let start = "2026-01-01T00:00:00".parse().unwrap();
        let builder = Rotation::builder(Tz::UTC, ShiftLength::DAY, start);
        let join = |builder: RotationBuilder, (name, from, until): &(&str, Option<&str>, Option<&str>)| {
            builder.member(id(name), Membership::new(from.map(utc), until.map(utc)).unwrap())
        };
        people.iter().fold(builder, join).role(Role::Secondary, 1).role(Role::Shadow, -1).build().unwrap()
    }

    fn names(rotation: &Rotation, role: Role, days: i64) -> String {
        let start = utc("2026-01-01T00:00:00Z");
        let within = Span::starting_at(start, chrono::TimeDelta::days(days)).unwrap();
        let turns = rotation.turns_as(role, within).unwrap();
        turns.map(|turn| turn.person.map_or("-", PersonId::as_str).to_owned()).collect()
    }

    #[test]
    fn a_leaver_is_skipped_and_a_joiner_put_in_while_the_others_keep_their_order() {
        let still = [("a", None, None), ("b", None, None), ("c", None, None)];
        assert_eq!(names(&daily(&still), Role::Primary, 9), "abcabcabc");
        // b leaves in the middle of the fifth day, which is b's; c goes on with it, and that is c's turn.
        let left = [("a", None, None), ("b", None, Some("2026-01-05T12:00:00Z")), ("c", None, None)];
        let left = daily(&left);
        assert_eq!(names(&left, Role::Primary, 9), "abcabcacac");
        let noon = utc("2026-01-05T12:00:00Z");
        for (at, person) in [(noon - chrono::TimeDelta::nanoseconds(1), "b"), (noon, "c")] {
            let turn = left.turn_at(at).unwrap().unwrap();
            assert_eq!((turn.index, turn.person.unwrap().as_str()), (4, person));
            assert!(turn.span.contains(at) && turn.span.length().num_hours() == 12);
        }
        assert_eq!(left.turn(4).unwrap().unwrap().person.unwrap().as_str(), "b");
        // The secondary of that day was c, until c has the turn.
        assert_eq!(names(&left, Role::Secondary, 5), "bcabca");
        // d has a place between a and b from the third day on.
        let joined =
            [("a", None, None), ("d", Some("2026-01-02T00:00:01Z"), None), ("b", None, None), ("c", None, None)];
        assert_eq!(names(&daily(&joined), Role::Primary, 9), "abcadbcad");
    }

    #[test]
    fn nobody_present_is_a_gap_that_takes_nobodys_turn() {
        let day = |n: u32| format!("2026-01-0{n}T00:00:00Z");
        let (third, fifth) = (day(3), day(5));
        let pair = [
            ("a", None, Some(&*third)),
            ("b", None, Some(&*third)),
            ("a", Some(&*fifth), None),
            ("b", Some(&*fifth), None),
        ];
        let rotation = daily(&pair);
        assert_eq!(names(&rotation, Role::Primary, 8), "ab--abab");
        let year = span("2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let gaps: Vec<_> = rotation.gaps(year).unwrap().iter().collect();
        assert_eq!(
            gaps,
            [
                span("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
                span("2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z")
            ]
        );
    }

    #[test]
    fn no_one_has_two_roles_and_the_later_role_has_the_gap() {
        let all = [("a", None, None), ("b", None, None), ("c", None, None)];
        let role_names = |people: &[_], role| names(&daily(people), role, 3);
        assert_eq!(role_names(&all, Role::Primary), "abc");
        assert_eq!(role_names(&all, Role::Secondary), "bca");
        assert_eq!(role_names(&all, Role::Shadow), "cab");
        assert_eq!(role_names(&all[..2], Role::Secondary), "bab");
        assert_eq!(role_names(&all[..2], Role::Shadow), "---");
        assert_eq!(role_names(&all[..1], Role::Secondary), "---");
        let alone = daily(&all[..1]);
        let day = span("2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z");
        assert_eq!(alone.gaps_as(Role::Secondary, day).unwrap(), day.into());
        assert!(alone.gaps(day).unwrap().is_empty());
    }

    #[test]
    fn a_day_that_the_calendar_left_out_is_nobodys_and_keeps_its_turn() {
        let start = "2011-12-28T00:00:00".parse().unwrap();
        let apia = Rotation::builder(Tz::Pacific__Apia, ShiftLength::DAY, start)
            .people(["a", "b", "c", "d"].map(id))
            .build()
            .unwrap();
        assert_eq!(apia.turn(2), Ok(None));
        let within = span("2011-12-28T10:00:00Z", "2012-01-01T10:00:00Z");
        let turns: Vec<_> = apia.turns(within).unwrap().map(|turn| turn.person.unwrap().as_str()).collect();
        assert_eq!(turns, ["a", "b", "d", "a"]);
        let after = apia.turn_at(utc("2011-12-30T10:00:00Z")).unwrap().unwrap();
        assert_eq!((after.index, after.span.length().num_hours()), (3, 24));
    }

    #[test]
    fn weeks_begin_on_monday_unless_another_day_is_said() {
        let day = "2026-01-07".parse().unwrap();
        let nine = chrono::NaiveTime::from_hms_opt(9, 0, 0).unwrap();
        let builder = Rotation::weekly(Tz::UTC, day, nine).person(id("a"));
        assert_eq!(builder.clone().build().unwrap().start().to_string(), "2026-01-05 09:00:00");
        let wednesday = builder.handoff_on(chrono::Weekday::Thu).build().unwrap();
        assert_eq!(wednesday.start().to_string(), "2026-01-01 09:00:00");
    }

    #[test]
    fn every_fault_is_named_with_its_place() {
        let start = "2026-01-01T00:00:00".parse().unwrap();
        let error = Rotation::builder(Tz::UTC, ShiftLength::DAY, start)
            .people(["a", "b", "a"].map(id))
            .first(id("z"))
            .role(Role::Secondary, 0)
            .build()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "participants[2]: person `a` is there twice, at 0 and at 2 (from 0); first: person `z` is not among the \
             participants of the rotation; roles.secondary: roles primary and secondary are both 0 turns from the person \
             whose turn it is"
        );
        let empty = Rotation::builder(Tz::UTC, ShiftLength::DAY, NaiveDateTime::MAX).build().unwrap_err();
        assert_eq!(
            empty.to_string(),
            "participants: the rotation has no people; start: a window counted from an anchor is outside the range of \
             instants"
        );
    }
}
