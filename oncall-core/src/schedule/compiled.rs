//! A schedule compiled: questions and answers.

use chrono::{DateTime, Utc};
use timeline_core::{Segment, Span, Timeline};

use super::claims::Clash;
use crate::error::Error;
use crate::person::{PersonId, Role};
use crate::shift::Shift;

/// Who is on call at every instant of a span; made by [`Schedule::compile`](super::Schedule::compile).
///
/// Questions about instants outside the span are refused: that nobody is known there does not mean that nobody is on
/// call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    within: Span,
    people: Vec<PersonId>,
    // INVARIANT: one for each of `Role::ALL`, in that order.
    lines: Vec<Line>,
    layers: usize,
    swaps: usize,
}

/// A shift as it was served, and how it came to be.
///
/// One turn of a source is one shift as long as nothing interrupts it: a handoff to oneself (two turns of the same
/// person in a row) is two shifts, and a turn that a restriction, a higher layer or a change splits is as many as it
/// has parts. Lengths are those of elapsed time, also on nights when the clocks change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct ServedShift {
    /// When, cut to the span asked about.
    pub span: Span,
    /// As what.
    pub role: Role,
    /// Who is, or was, on call: whose account it goes to.
    pub person: PersonId,
    /// Who would have been by layers and temporary schedules alone.
    pub planned: Option<PersonId>,
    /// Where the plan came from; `None` where an override fills what was empty.
    pub origin: Option<Origin>,
    /// The turn of the origin's rotation, or the place in its list.
    pub turn: Option<u64>,
    /// The last swap or override that decided about it.
    pub change: Option<ChangedBy>,
}

/// Which part of the schedule a shift comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Origin {
    /// The layer at this place.
    Layer(usize),
    /// The temporary schedule at this place.
    Temporary(usize),
}

/// Which rule changed who serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum ChangedBy {
    /// The swap at this place.
    Swap(usize),
    /// The override at this place.
    Override(usize),
}

/// When somebody else comes on call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handoff<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// Who was on call until then.
    pub from: Option<&'a PersonId>,
    /// Who is from then on.
    pub to: Option<&'a PersonId>,
}

impl Compiled {
    /// Who is on call at `at`; by binary search.
    ///
    /// # Errors
    /// [`Error::OutsideCompiled`] outside the compiled span: unlike `None`, which says that nobody is.
    pub fn who(&self, at: DateTime<Utc>, role: Role) -> Result<Option<&PersonId>, Error> {
        self.inside(at)?;
        Ok(self.line(role).and_then(|line| line.duty.at(at)).and_then(|duty| self.person(duty.person)))
    }

    /// The shift that holds `at`, cut to the compiled span.
    ///
    /// # Errors
    /// As [`who`](Self::who).
    pub fn shift_at(&self, at: DateTime<Utc>, role: Role) -> Result<Option<ServedShift>, Error> {
        self.inside(at)?;
        let segment = self.line(role).and_then(|line| line.duty.segment_at(at));
        Ok(segment.and_then(|segment| self.served(role, segment.span, &segment.value)))
    }

    /// When, after `at`, somebody else (or nobody) comes on call; a handoff to oneself does not count. `None` if that
    /// is not before the end of the compiled span.
    ///
    /// # Errors
    /// As [`who`](Self::who).
    pub fn next_change(&self, at: DateTime<Utc>, role: Role) -> Result<Option<Handoff<'_>>, Error> {
        let from = self.who(at, role)?;
        let Some(line) = self.line(role) else { return Ok(None) };
        let Ok(rest) = Span::new(at, self.within.end()) else { return Ok(None) };
        let mut until = at;
        for (span, duty) in line.duty.segments(rest) {
            if span.start() > until && from.is_some() {
                break;
            }
            let to = self.person(duty.person);
            if to != from {
                return Ok(Some(Handoff { at: span.start(), from, to }));
            }
            until = span.end();
        }
        Ok((from.is_some() && until < self.within.end()).then_some(Handoff { at: until, from, to: None }))
    }

    /// The shifts of all roles in `span`, cut to it: role by role, in order of time.
    ///
    /// # Errors
    /// [`Error::OutsideCompiled`] unless `span` lies in the compiled one.
    pub fn shifts(&self, span: Span) -> Result<impl Iterator<Item = ServedShift> + '_, Error> {
        self.covered(span)?;
        let lines = Role::ALL.into_iter().zip(&self.lines);
        let parts = lines.flat_map(move |(role, line)| line.duty.segments(span).map(move |part| (role, part)));
        Ok(parts.filter_map(|(role, (span, duty))| self.served(role, span, duty)))
    }

    /// The shifts of one person in `span`, cut to it: role by role, in order of time.
    ///
    /// # Errors
    /// As [`shifts`](Self::shifts).
    pub fn on_call_of(&self, person: &PersonId, span: Span) -> Result<Vec<ServedShift>, Error> {
        self.covered(span)?;
        let Some(wanted) = (0_u32..).zip(&self.people).find(|(_, known)| *known == person).map(|(n, _)| n) else {
            return Ok(Vec::new());
        };
        let lines = Role::ALL.into_iter().zip(&self.lines);
        let parts = lines.flat_map(|(role, line)| line.duty.segments(span).map(move |part| (role, part)));
        let theirs = parts.filter(|(_, (_, duty))| duty.person == Some(wanted));
        Ok(theirs.filter_map(|(role, (span, duty))| self.served(role, span, duty)).collect())
    }

    /// The span it was compiled for.
    #[must_use]
    pub const fn within(&self) -> Span {
        self.within
    }

    /// The roles that somebody is scheduled for.
    pub fn roles(&self) -> impl Iterator<Item = Role> + '_ {
        self.scheduled().map(|(role, _)| role)
    }

    pub(super) const fn new(
        within: Span,
        people: Vec<PersonId>,
        lines: Vec<Line>,
        layers: usize,
        swaps: usize,
    ) -> Self {
        Self { within, people, lines, layers, swaps }
    }

    pub(super) fn scheduled(&self) -> impl Iterator<Item = (Role, &Line)> {
        Role::ALL.into_iter().zip(&self.lines).filter(|(_, line)| line.scheduled)
    }

    pub(super) fn person(&self, place: Option<u32>) -> Option<&PersonId> {
        self.people.get(usize::try_from(place?).ok()?)
    }

    /// # Errors
    /// [`Error::OutsideCompiled`] unless `span` lies in the compiled one.
    pub(super) fn covered(&self, span: Span) -> Result<(), Error> {
        if self.within.covers(span) {
            return Ok(());
        }
        Err(Error::OutsideCompiled { asked: format!("span {span}"), within: self.within })
    }

    pub(super) fn changed_by(&self, change: u32) -> ChangedBy {
        let place = usize::try_from(change).unwrap_or(usize::MAX);
        place.checked_sub(self.swaps).map_or(ChangedBy::Swap(place), ChangedBy::Override)
    }

    fn inside(&self, at: DateTime<Utc>) -> Result<(), Error> {
        if self.within.contains(at) { Ok(()) } else { Err(outside(at, self.within)) }
    }

    fn line(&self, role: Role) -> Option<&Line> {
        match (role, self.lines.as_slice()) {
            (Role::Primary, [line, ..]) | (Role::Secondary, [_, line, ..]) | (Role::Shadow, [_, _, line]) => Some(line),
            _ => None,
        }
    }

    fn served(&self, role: Role, span: Span, duty: &Duty) -> Option<ServedShift> {
        let origin = duty.origin.and_then(|origin| usize::try_from(origin).ok());
        Some(ServedShift {
            span,
            role,
            person: self.person(duty.person)?.clone(),
            planned: self.person(duty.planned).cloned(),
            origin: origin.map(|n| n.checked_sub(self.layers).map_or(Origin::Layer(n), Origin::Temporary)),
            turn: duty.origin.is_some().then_some(duty.turn),
            change: duty.change.map(|change| self.changed_by(change)),
        })
    }
}

impl ServedShift {
    /// Who served what.
    #[must_use]
    pub fn shift(&self) -> Shift {
        Shift { span: self.span, role: self.role, person: self.person.clone() }
    }
}

/// One role: who serves, and who else claims to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Whether the schedule has the role at all.
    pub(super) scheduled: bool,
    pub(super) duty: Timeline<Duty>,
    pub(super) clashes: Vec<Clash>,
    /// Where more claim it than are named.
    pub(super) crowds: Vec<Span>,
}

impl Line {
    pub(super) const fn unscheduled() -> Self {
        Self { scheduled: false, duty: Timeline::new(), clashes: Vec::new(), crowds: Vec::new() }
    }
}

/// Who serves, in numbers: people by their place in the list, origins as layers and then temporary schedules, changes
/// as swaps and then overrides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Duty {
    pub(super) person: Option<u32>,
    pub(super) planned: Option<u32>,
    pub(super) origin: Option<u32>,
    pub(super) change: Option<u32>,
    pub(super) turn: u64,
}

impl Duty {
    pub(super) const NOBODY: Self = Self { person: None, planned: None, origin: None, change: None, turn: 0 };
}

pub(super) type Piece = Segment<Duty>;

// Apart, so that the answer itself stays small and quick.
#[cold]
fn outside(at: DateTime<Utc>, within: Span) -> Error {
    Error::OutsideCompiled {
        asked: format!("instant {}", at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
        within,
    }
}
