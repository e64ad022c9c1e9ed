//! Shifts as a calendar.
//!
//! Times are local ones of the rota's zone, with its `VTIMEZONE`, so that a calendar shows a handoff at 09:00 as such.
//! A local time that occurs twice can only mean the first (RFC 5545, 3.3.5): where the second is meant, the time is
//! written in UTC. So every instant comes back as it was.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use icalendar::Property;
use oncall_core::Shift;
use timeline_core::{Span, Tz, resolve, wall_clock};

use super::event::{PERSON, ROLE};
use super::vtimezone::vtimezone;

/// What a calendar of shifts is made of.
#[derive(Debug, Clone, Copy)]
pub struct Published<'a> {
    /// The shifts, in any order.
    pub shifts: &'a [Shift],
    /// The zone whose local times are written.
    pub zone: Tz,
    /// What the calendar is called. It is part of every UID.
    pub name: &'a str,
    /// When the plan was made: `DTSTAMP`. From data, never from a clock, so that the same plan is the same file.
    pub stamp: DateTime<Utc>,
}

/// The calendar, complete. A shift keeps its UID while its start and its role stay, whoever serves it: a calendar that
/// has it already changes the event instead of adding another.
#[must_use]
pub fn write(published: Published<'_>) -> String {
    let mut shifts: Vec<_> = published.shifts.iter().collect();
    shifts.sort_by_key(|shift| (shift.span.start(), shift.role, shift.person.clone()));
    let mut text = String::new();
    let mut line = |property: Property| text.push_str(&TryInto::<String>::try_into(property).unwrap_or_default());
    line(Property::new("BEGIN", "VCALENDAR"));
    line(Property::new("VERSION", "2.0"));
    line(Property::new("PRODID", "-//Evenkeel//on-call//EN"));
    line(Property::new("CALSCALE", "GREGORIAN"));
    line(Property::new("X-WR-CALNAME", published.name));
    line(Property::new("X-WR-TIMEZONE", published.zone.name()));
    if let Some(within) = hull(&shifts).filter(|_| published.zone != Tz::UTC) {
        for (name, value) in vtimezone(published.zone, within) {
            line(Property::new(name, value));
        }
    }
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    let place = slug(published.name);
    for shift in shifts {
        let start = shift.span.start().format("%Y%m%dT%H%M%SZ");
        let key = format!("{start}-{}", shift.role);
        let count = taken.entry(key.clone()).or_default();
        *count = count.saturating_add(1);
        // Several shadows of one time are told apart by their order.
        let uid = if *count == 1 { format!("{key}@{place}") } else { format!("{key}-{count}@{place}") };
        line(Property::new("BEGIN", "VEVENT"));
        line(Property::new("UID", uid));
        line(Property::new("DTSTAMP", utc(published.stamp)));
        line(time("DTSTART", shift.span.start(), published.zone));
        line(time("DTEND", shift.span.end(), published.zone));
        line(Property::new("SUMMARY", format!("{} on call ({})", shift.person, shift.role)));
        line(Property::new("CATEGORIES", shift.role.name()));
        // On call, and free for other things.
        line(Property::new("TRANSP", "TRANSPARENT"));
        line(Property::new(PERSON, shift.person.as_str()));
        line(Property::new(ROLE, shift.role.name()));
        line(Property::new("END", "VEVENT"));
    }
    line(Property::new("END", "VCALENDAR"));
    text
}

fn hull(shifts: &[&Shift]) -> Option<Span> {
    shifts.iter().map(|shift| shift.span).reduce(Span::hull)
}

fn time(name: &str, at: DateTime<Utc>, zone: Tz) -> Property {
    let local = wall_clock(zone, at).ok().filter(|local| zone != Tz::UTC && resolve(zone, *local) == Ok(at));
    match local {
        Some(local) => {
            Property::new(name, local.format("%Y%m%dT%H%M%S").to_string()).add_parameter("TZID", zone.name()).done()
        }
        None => Property::new(name, utc(at)),
    }
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// The name as the right side of a UID.
fn slug(name: &str) -> String {
    let plain: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    let words = plain.split_whitespace().take(8).collect::<Vec<_>>().join("-");
    if words.is_empty() { "oncall.evenkeel".to_owned() } else { format!("{words}.oncall.evenkeel") }
}
