//! Which duty of a person is meant.

use chrono::{DateTime, NaiveDate, Utc};
use oncall_core::plan::Duty;
use oncall_core::replan::Holding;
use oncall_core::{PersonId, Role, Shift};
use timeline_core::{Span, Tz, wall_clock};

use super::super::argument_moment;
use crate::fault::Fault;
use crate::oncall::book::changes::shift_on;
use crate::oncall::book::moment::Moment;
use crate::oncall::words::instant;

/// A day, or an instant, of the duty that is meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    Day(NaiveDate),
    At(DateTime<Utc>),
}

impl Wanted {
    /// # Errors
    /// What is neither a date nor a time.
    pub(super) fn of(text: &str, zone: Tz) -> Result<Self, Fault> {
        match Moment::parse(text) {
            Ok(Moment::Date(day)) => Ok(Self::Day(day)),
            _ => argument_moment("--shift", text, zone).map(Self::At),
        }
    }

    /// The beginning of the duty that is meant, as a shift of the person: the one that begins that day, else the one that
    /// goes on then.
    ///
    /// # Errors
    /// That there is none, and which there are; that there are several, and how to name one.
    pub(super) fn duty(
        self,
        holdings: &[Holding],
        published: &[Shift],
        person: &PersonId,
        role: Option<Role>,
        zone: Tz,
    ) -> Result<Shift, String> {
        let own =
            holdings.iter().filter(|holding| holding.person.as_ref() == Some(person)).map(|holding| &holding.duty);
        let own: Vec<_> = own.filter(|duty| role.is_none_or(|role| duty.role() == role)).collect();
        let begins: Vec<_> = own.iter().filter(|duty| self.is_begin_of(duty, zone)).copied().collect();
        let found = if begins.is_empty() {
            own.iter().filter(|duty| duty.seats().iter().any(|seat| self.is_in(seat.span, zone))).copied().collect()
        } else {
            begins
        };
        match (found.as_slice(), self) {
            ([duty], _) => {
                let span = duty.seats().first().map(|seat| seat.span).ok_or("the duty is empty")?;
                Ok(Shift { span, role: duty.role(), person: person.clone() })
            }
            // What is served without being a duty of the rota.
            ([], Self::Day(day)) => shift_on(published, person.as_str(), role, day, zone),
            ([], Self::At(at)) => {
                let day = instant(at, zone);
                let begins = own.iter().filter_map(|duty| duty.hull()).map(|hull| instant(hull.start(), zone));
                let begins: Vec<_> = begins.collect();
                Err(format!("`{person}` has no duty at {day}; there are those from {}", begins.join(", ")))
            }
            (several, _) => {
                let each = several.iter().filter_map(|duty| {
                    let first = duty.seats().iter().find(|seat| self.is_in(seat.span, zone))?.span.start();
                    let local = wall_clock(zone, first).ok()?.format("%FT%H:%M");
                    Some(format!("`{local}` as {}", duty.role()))
                });
                let each: Vec<_> = each.collect();
                Err(format!("`{person}` has {} duties then: name one by a time, {}", several.len(), each.join(", or ")))
            }
        }
    }

    /// Whether the duty begins that day.
    fn is_begin_of(self, duty: &Duty, zone: Tz) -> bool {
        let Self::Day(day) = self else { return false };
        duty.hull().and_then(|hull| date(hull.start(), zone)) == Some(day)
    }

    fn is_in(self, span: Span, zone: Tz) -> bool {
        match self {
            Self::At(at) => span.contains(at),
            Self::Day(day) => {
                let (first, last) = (date(span.start(), zone), date(span.end(), zone));
                first == Some(day) || first <= Some(day) && last > Some(day)
            }
        }
    }
}

fn date(at: DateTime<Utc>, zone: Tz) -> Option<NaiveDate> {
    wall_clock(zone, at).map(|local| local.date()).ok()
}
