//! Where duty comes from: layers and temporary schedules, each with its source.

use chrono::{DateTime, Utc};
use timeline_core::{Span, WeeklyWindow};

use crate::error::Error;
use crate::person::{PersonId, Role};
use crate::shift::Shift;

/// Who serves when, before restrictions and changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Source {
    /// Shifts as they were published, in any order. Where two of them claim an instant, the one that started first
    /// has it (of two that start together the first listed), and [`Coverage`](super::Coverage) reports the clash.
    Published(Vec<Shift>),
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
    pub(crate) number: i64,
}

impl Source {
    /// What a turn is called in a sentence.
    pub(crate) const fn turn_name(&self) -> &'static str {
        match self {
            Self::Published(_) => "shift",
        }
    }

    /// Everybody it names, with the place where.
    pub(crate) fn people(&self) -> Vec<(String, &PersonId)> {
        match self {
            Self::Published(shifts) => {
                let place = |place| format!("source.published[{place}].person");
                shifts.iter().enumerate().map(|(n, shift)| (place(n), &shift.person)).collect()
            }
        }
    }

    /// Where it begins and ends; `None` for a side without bound.
    pub(crate) fn bounds(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        match self {
            Self::Published(shifts) => {
                (shifts.iter().map(|shift| shift.span.start()).min(), shifts.iter().map(|shift| shift.span.end()).max())
            }
        }
    }

    /// The turns that share an instant with `within`, in order of start and then as listed, at most `bound`.
    pub(crate) fn turns(&self, within: Span, bound: usize) -> Result<Vec<Turn<'_>>, Error> {
        let turns: Vec<_> = match self {
            Self::Published(shifts) => {
                let inside = (0_i64..).zip(shifts).filter(|(_, shift)| shift.span.overlaps(within));
                let mut turns: Vec<_> = inside
                    .take(bound.saturating_add(1))
                    .map(|(number, shift)| Turn { span: shift.span, person: &shift.person, number })
                    .collect();
                turns.sort_by_key(|turn| turn.span.start());
                turns
            }
        };
        if turns.len() > bound { Err(Error::TooMuch { what: "shifts", bound }) } else { Ok(turns) }
    }

    /// The turn that holds `at`.
    pub(crate) fn turn_at(&self, at: DateTime<Utc>) -> Result<Option<Turn<'_>>, Error> {
        match self {
            Self::Published(shifts) => {
                let holding = (0_i64..).zip(shifts).filter(|(_, shift)| shift.span.contains(at));
                Ok(holding.min_by_key(|(_, shift)| shift.span.start()).map(|(number, shift)| Turn {
                    span: shift.span,
                    person: &shift.person,
                    number,
                }))
            }
        }
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
        }
    }
}

/// The hours of the week in `within`, united; at most `bound` spans.
pub(crate) fn restricted(
    windows: &[WeeklyWindow],
    within: Span,
    bound: usize,
) -> Result<timeline_core::SpanSet, Error> {
    let mut all = timeline_core::SpanSet::new();
    for window in windows {
        // In parts, so that minutes of every day over a century are refused before they fill the memory.
        let mut spans: Vec<Span> = Vec::new();
        let mut rest = Some(within);
        while let Some(span) = rest {
            let part = Span::starting_at(span.start(), PART).ok().and_then(|part| part.intersect(span)).unwrap_or(span);
            spans.extend(window.spans(part)?.iter());
            if spans.len() > bound {
                return Err(Error::TooMuch { what: "weekly windows", bound });
            }
            rest = Span::new(part.end(), span.end()).ok();
        }
        all = all.union(&spans.into_iter().collect());
    }
    Ok(all)
}

const PART: chrono::TimeDelta = chrono::TimeDelta::days(366);
