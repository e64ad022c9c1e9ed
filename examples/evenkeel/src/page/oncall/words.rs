//! What the picture shows, in words: for those who cannot see it, and for tables.

use oncall_core::{Role, Shift};
use timeline_core::{Span, Tz};

use super::super::text;
use crate::oncall::picture::{Picture, Row};
pub(super) use crate::oncall::words::{day, instant};

/// A line a person.
#[derive(Debug)]
pub(in crate::page) struct PersonRow {
    pub(in crate::page) person: String,
    pub(in crate::page) beside: String,
    pub(in crate::page) primary: usize,
    pub(in crate::page) secondary: usize,
    pub(in crate::page) away: String,
    pub(in crate::page) burden: String,
}

/// A line a shift.
#[derive(Debug)]
pub(in crate::page) struct ShiftRow {
    pub(in crate::page) from: String,
    pub(in crate::page) until: String,
    pub(in crate::page) role: &'static str,
    pub(in crate::page) person: String,
}

/// `5 Oct 2026 to 4 Jan 2027`.
pub(super) fn days(span: Span, zone: Tz) -> String {
    format!("{} to {}", day(span.start(), zone), day(span.end(), zone))
}

/// `Amara, primary, Mon 5 Oct 2026 09:00 to Mon 12 Oct 2026 09:00`
pub(super) fn shift(shift: &Shift, zone: Tz) -> String {
    let person = text::isolate(&text::clean(shift.person.as_str()));
    let (from, until) = (instant(shift.span.start(), zone), instant(shift.span.end(), zone));
    format!("{person}, {}, {from} to {until}", shift.role)
}

/// A burden: `819 h`.
pub(super) fn burden(row: &Row) -> String {
    row.burden.map_or_else(|| "not there".to_owned(), |burden| format!("{burden:.0}\u{a0}h"))
}

pub(super) fn people(picture: &Picture) -> Vec<PersonRow> {
    let count = |row: &Row, role: Role| row.shifts.iter().filter(|shift| shift.role == role).count();
    let away = |row: &Row| {
        let spans: Vec<_> = row
            .away
            .iter()
            .map(|away| {
                let span = days(away.span, picture.zone);
                away.reason.as_ref().map_or(span.clone(), |reason| format!("{span} ({})", text::isolate(reason)))
            })
            .collect();
        spans.join("; ")
    };
    let rows = picture.rows.iter().map(|row| PersonRow {
        person: row.person.clone(),
        beside: row.beside.clone(),
        primary: count(row, Role::Primary),
        secondary: count(row, Role::Secondary),
        away: away(row),
        burden: burden(row),
    });
    rows.collect()
}

pub(super) fn shifts(picture: &Picture) -> Vec<ShiftRow> {
    let mut all: Vec<_> = picture.rows.iter().flat_map(|row| &row.shifts).collect();
    all.sort_by_key(|shift| (shift.span, shift.role));
    let rows = all.into_iter().map(|shift| ShiftRow {
        from: instant(shift.span.start(), picture.zone),
        until: instant(shift.span.end(), picture.zone),
        role: shift.role.name(),
        person: text::clean(shift.person.as_str()),
    });
    rows.collect()
}

/// Everything that the picture shows, as sentences.
pub(super) fn description(picture: &Picture) -> String {
    let mut sentences = Vec::new();
    for row in &picture.rows {
        let duties: Vec<_> = [Role::Primary, Role::Secondary, Role::Shadow]
            .into_iter()
            .filter_map(|role| {
                let starts: Vec<_> = row
                    .shifts
                    .iter()
                    .filter(|shift| shift.role == role)
                    .map(|shift| day(shift.span.start(), picture.zone))
                    .collect();
                (!starts.is_empty()).then(|| format!("{role} from {}", starts.join(", ")))
            })
            .collect();
        let duties = if duties.is_empty() { "no duty".to_owned() } else { duties.join("; ") };
        sentences.push(format!("{}: {duties}; burden {}.", text::isolate(&row.person), burden(row)));
    }
    for open in &picture.uncovered {
        sentences.push(format!("Nobody is {} from {}.", open.role, days(open.span, picture.zone)));
    }
    sentences.join(" ")
}
