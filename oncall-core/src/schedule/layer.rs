//! Where duty comes from: layers and temporary schedules, each with its source.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use timeline_core::{Span, SpanSet, WeeklyWindow, resolve};

use super::compile::MAX_SHIFTS;
use crate::error::Error;
use crate::person::{PersonId, Role};
use crate::rotation::{self, FollowTheSun, RoleOffset, Rotation, Site};
use crate::shift::Shift;

/// Who serves when, before restrictions and changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Source {
    /// Shifts as they were published, in any order. Where two of them claim an instant, the one that started first
    /// has it (of two that start together the first listed), and [`Coverage`](super::Coverage) reports the clash.
    Published(Vec<Shift>),
    /// People who take turns, as the layer's role in the rotation. A rotation that names no role but the primary of
    /// each turn gives whoever has the turn, in a layer of any role.
    Rotation(Rotation),
    /// Sites that hand on call to one another, each with its hours and its rotation.
    FollowTheSun(FollowTheSun),
}

/// A source of duty in one role, and when it counts. A layer has nobody outside its restrictions and bounds; the turns
/// of its rotation pass on there all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Layer {
    /// Its name, unique in the schedule.
    pub name: String,
    /// As what.
    pub role: Role,
    /// Who.
    pub source: Source,
    /// The hours of the week in which it counts: any of these, or always if there are none.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub restrictions: Vec<WeeklyWindow>,
    /// The first instant at which it counts, if there is one.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub from: Option<DateTime<Utc>>,
    /// The first instant at which it counts no more, if there is one.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub until: Option<DateTime<Utc>>,
}

impl Layer {
    /// A layer that always counts.
    #[must_use]
    pub fn new(name: impl Into<String>, role: Role, source: Source) -> Self {
        Self { name: name.into(), role, source, restrictions: Vec::new(), from: None, until: None }
    }

    /// Also in these hours of the week, and no longer always.
    #[must_use]
    pub fn restricted_to(mut self, window: WeeklyWindow) -> Self {
        self.restrictions.push(window);
        self
    }

    /// Not before `from`, and not at or after `until`.
    #[must_use]
    pub const fn between(mut self, from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Self {
        self.from = from;
        self.until = until;
        self
    }
}

/// A schedule that stands instead of all layers of a role for a while: where it has nobody, nobody is on call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Temporary {
    /// What it is for.
    pub name: String,
    /// As what.
    pub role: Role,
    /// When it stands.
    pub span: Span,
    /// Who; published shifts must lie in the span, rotations are cut to it.
    pub source: Source,
}

/// One turn of a source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn<'a> {
    pub(crate) span: Span,
    pub(crate) person: &'a PersonId,
    /// Which turn of the rotation, or which shift of the list.
    pub(crate) number: u64,
}

/// What a source is made of: one list, one rotation, or each site of several, the first listed first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    /// The site, where there are several.
    pub(crate) site: Option<&'a str>,
    /// The hours to which it keeps; always if there are none.
    pub(crate) hours: &'a [WeeklyWindow],
    turns: Turns<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Turns<'a> {
    Published(&'a [Shift]),
    /// As a role of the rotation, or as whoever has the turn.
    Rotation(&'a Rotation, Option<Role>),
}

impl Source {
    /// What a turn is called in a sentence.
    pub(crate) const fn turn_name(&self) -> &'static str {
        match self {
            Self::Published(_) => "shift",
            Self::Rotation(_) | Self::FollowTheSun(_) => "turn",
        }
    }

    /// Its parts, as the source of `role`.
    pub(crate) fn parts(&self, role: Role) -> Vec<Part<'_>> {
        match self {
            Self::Published(shifts) => vec![Part { site: None, hours: &[], turns: Turns::Published(shifts) }],
            Self::Rotation(rotation) => vec![Part { site: None, hours: &[], turns: Turns::of(rotation, role) }],
            Self::FollowTheSun(sites) => {
                let parts = sites.sites().iter().map(|site| Part {
                    site: Some(&site.name),
                    hours: &site.hours,
                    turns: Turns::of(&site.rotation, role),
                });
                parts.collect()
            }
        }
    }

    /// Everybody it names, with the place where.
    pub(crate) fn people(&self) -> Vec<(String, &PersonId)> {
        let of_rotation = |rotation, path: &str| {
            let people = Rotation::participants(rotation).iter().map(|participant| &participant.person);
            people
                .enumerate()
                .map(|(n, person)| (format!("{path}.participants[{n}].person"), person))
                .collect::<Vec<_>>()
        };
        match self {
            Self::Published(shifts) => {
                let place = |place| format!("source.published[{place}].person");
                shifts.iter().enumerate().map(|(n, shift)| (place(n), &shift.person)).collect()
            }
            Self::Rotation(rotation) => of_rotation(rotation, "source.rotation"),
            Self::FollowTheSun(sites) => {
                let sites = sites.sites().iter().enumerate();
                sites.flat_map(|(n, site)| of_rotation(&site.rotation, &site_path(n))).collect()
            }
        }
    }

    /// Where it begins and ends; `None` for a side without bound.
    pub(crate) fn bounds(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        // At the ends of time there is no bound.
        let start = |rotation: &Rotation| resolve(rotation.zone(), rotation.start()).ok();
        match self {
            Self::Published(shifts) => {
                (shifts.iter().map(|shift| shift.span.start()).min(), shifts.iter().map(|shift| shift.span.end()).max())
            }
            Self::Rotation(rotation) => (start(rotation), None),
            Self::FollowTheSun(sites) => (sites.sites().iter().filter_map(|site| start(&site.rotation)).min(), None),
        }
    }

    /// The part, and its turn, that holds `at`: of the first site that has its hours and anybody.
    pub(crate) fn turn_at(&self, role: Role, at: DateTime<Utc>) -> Result<Option<(Part<'_>, Turn<'_>)>, Error> {
        for part in self.parts(role) {
            if in_hours(part.hours, at)?
                && let Some(turn) = part.turn_at(at)?
            {
                return Ok(Some((part, turn)));
            }
        }
        Ok(None)
    }

    /// The faults of the source itself.
    pub(crate) fn check(&self, role: Role, inside: Option<Span>, fault: &mut dyn FnMut(String, Error)) {
        match self {
            Self::Published(shifts) => {
                if shifts.is_empty() {
                    fault("source.published".to_owned(), Error::NoShifts);
                }
                for (place, shift) in shifts.iter().enumerate() {
                    let (person, span) = (shift.person.clone(), shift.span);
                    let path = format!("source.published[{place}]");
                    if shift.role != role {
                        fault(path, Error::WrongRole { person, span, given: shift.role, role });
                    } else if let Some(within) = inside.filter(|within| !within.covers(span)) {
                        fault(path, Error::OutsideTemporary { person, span, within });
                    }
                }
            }
            Self::Rotation(rotation) => {
                if !Turns::has(rotation, role) {
                    fault("source.rotation".to_owned(), Error::RoleNotInRotation { role });
                }
            }
            Self::FollowTheSun(sites) => {
                let lacking = |(_, site): &(usize, &Site)| !Turns::has(&site.rotation, role);
                for (n, _) in sites.sites().iter().enumerate().filter(lacking) {
                    fault(site_path(n), Error::RoleNotInRotation { role });
                }
            }
        }
    }
}

fn site_path(n: usize) -> String {
    format!("source.follow-the-sun.sites[{n}].rotation")
}

impl<'a> Turns<'a> {
    fn of(rotation: &'a Rotation, role: Role) -> Self {
        let named = rotation.roles().iter().any(|known| known.role == role);
        Self::Rotation(rotation, named.then_some(role))
    }

    fn has(rotation: &Rotation, role: Role) -> bool {
        let only_turns = matches!(rotation.roles(), [RoleOffset { role: Role::Primary, offset: 0 }]);
        only_turns || rotation.roles().iter().any(|known| known.role == role)
    }
}

impl<'a> Part<'a> {
    /// The turns that share an instant with `within`, in order of start and then as listed; with those that nobody
    /// has, at most `left` of [`MAX_SHIFTS`]. Rotations cut them to `within`.
    pub(crate) fn turns(&self, within: Span, left: usize) -> Result<Vec<Turn<'a>>, Error> {
        let too_many = Error::TooMuch { what: "shifts", bound: MAX_SHIFTS };
        match self.turns {
            Turns::Published(shifts) => {
                let inside = (0_u64..).zip(shifts).filter(|(_, shift)| shift.span.overlaps(within));
                let mut turns: Vec<_> = inside.map(|(number, shift)| Turn::listed(number, shift)).collect();
                turns.sort_by_key(|turn| turn.span.start());
                if turns.len() > left { Err(too_many) } else { Ok(turns) }
            }
            Turns::Rotation(rotation, role) => {
                let turns = role.map_or_else(|| rotation.turns(within), |role| rotation.turns_as(role, within))?;
                let mut listed = Vec::new();
                for (n, turn) in turns.enumerate() {
                    if n >= left {
                        return Err(too_many);
                    }
                    listed.extend(Turn::of(turn));
                }
                Ok(listed)
            }
        }
    }

    /// Who has a turn at `at` beside `person`, who has the first one: each once, in order of start and then as listed.
    pub(crate) fn others_at(&self, at: DateTime<Utc>, person: &PersonId) -> Vec<PersonId> {
        // The turns of a rotation do not overlap.
        let Turns::Published(shifts) = self.turns else { return Vec::new() };
        let mut holding: Vec<_> = shifts.iter().filter(|shift| shift.span.contains(at)).collect();
        holding.sort_by_key(|shift| shift.span.start());
        let mut known = BTreeSet::from([person]);
        let others = holding.into_iter().map(|shift| &shift.person).filter(|other| known.insert(*other));
        others.cloned().collect()
    }

    /// The turn that holds `at`, as long as it is before anything cuts it, whatever the hours.
    fn turn_at(&self, at: DateTime<Utc>) -> Result<Option<Turn<'a>>, Error> {
        match self.turns {
            Turns::Published(shifts) => {
                let holding = (0_u64..).zip(shifts).filter(|(_, shift)| shift.span.contains(at));
                let first = holding.min_by_key(|(_, shift)| shift.span.start());
                Ok(first.map(|(number, shift)| Turn::listed(number, shift)))
            }
            Turns::Rotation(rotation, role) => {
                let turn = role.map_or_else(|| rotation.turn_at(at), |role| rotation.turn_as(role, at))?;
                Ok(turn.and_then(Turn::of))
            }
        }
    }
}

impl<'a> Turn<'a> {
    const fn listed(number: u64, shift: &'a Shift) -> Self {
        Self { span: shift.span, person: &shift.person, number }
    }

    fn of(turn: rotation::Turn<'a>) -> Option<Self> {
        Some(Self { span: turn.span, person: turn.person?, number: turn.index })
    }
}

/// Whether `at` lies in any of `windows`, or there are none.
pub(crate) fn in_hours(windows: &[WeeklyWindow], at: DateTime<Utc>) -> Result<bool, Error> {
    for window in windows {
        if window.contains(at)? {
            return Ok(true);
        }
    }
    Ok(windows.is_empty())
}

/// The hours of the week in `within`, united; at most [`MAX_SHIFTS`] spans.
pub(crate) fn restricted(windows: &[WeeklyWindow], within: Span) -> Result<SpanSet, Error> {
    let mut all = SpanSet::new();
    for window in windows {
        // In parts, so that minutes of every day over a century are refused before they fill the memory.
        let mut spans: Vec<Span> = Vec::new();
        let mut rest = Some(within);
        while let Some(span) = rest {
            let part = Span::starting_at(span.start(), PART).ok().and_then(|part| part.intersect(span)).unwrap_or(span);
            spans.extend(window.spans(part)?.iter());
            if spans.len() > MAX_SHIFTS {
                return Err(Error::TooMuch { what: "weekly windows", bound: MAX_SHIFTS });
            }
            rest = Span::new(part.end(), span.end()).ok();
        }
        all = all.union(&spans.into_iter().collect());
    }
    Ok(all)
}

const PART: chrono::TimeDelta = chrono::TimeDelta::days(366);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_in_parts_are_the_hours_in_one_and_too_many_are_refused() {
        let span = |end: &str| Span::new("2026-01-01T00:00:00Z".parse().unwrap(), end.parse().unwrap()).unwrap();
        let nights: WeeklyWindow = "Mon-Sun 22:00-06:00 Europe/Berlin".parse().unwrap();
        let years = span("2031-01-01T00:00:00Z");
        assert_eq!(restricted(core::slice::from_ref(&nights), years), Ok(nights.spans(years).unwrap()));
        let minutes: Vec<_> =
            (0..720).map(|n| format!("{:02}:{:02}-{:02}:{:02}", n / 30, n % 30 * 2, n / 30, n % 30 * 2 + 1)).collect();
        let minutes: WeeklyWindow = format!("Mon-Sun {} UTC", minutes.join(",")).parse().unwrap();
        let century = restricted(&[minutes], span("2126-01-01T00:00:00Z"));
        assert_eq!(century, Err(Error::TooMuch { what: "weekly windows", bound: MAX_SHIFTS }));
    }
}
