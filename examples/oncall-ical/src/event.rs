//! Events: what a `VEVENT` says.

use std::collections::BTreeMap;
use std::sync::Arc;

use icalendar::Property;
use timeline_core::{Tz, parse_zone};

use super::clocks::{Clocks, Zone};
use super::fault::{Fault, Faults};
use super::lines::{Component, components};
use super::time::{self, Duration, When};

/// One event as it stands in the file.
#[derive(Debug)]
pub(super) struct Event {
    /// Where it begins.
    pub(super) line: u64,
    pub(super) uid: String,
    pub(super) summary: String,
    pub(super) start: When,
    pub(super) end: End,
    /// The rule by which it repeats, with its line.
    pub(super) rule: Option<(u64, String)>,
    /// Times at which it takes place besides.
    pub(super) more: Vec<When>,
    /// Times at which it does not.
    pub(super) except: Vec<When>,
    /// The one of its repetitions that this event replaces.
    pub(super) replaces: Option<When>,
    pub(super) cancelled: bool,
    /// Names and addresses of those who take part.
    pub(super) attendees: Vec<String>,
    pub(super) categories: Vec<String>,
    /// As written by [`super::write()`].
    pub(super) person: Option<String>,
    pub(super) role: Option<(u64, String)>,
}

/// When an event ends.
#[derive(Debug, Clone)]
pub(super) enum End {
    At(When),
    After(Duration),
}

/// The person and the role of an exported shift.
pub(super) const PERSON: &str = "X-EVENKEEL-PERSON";
pub(super) const ROLE: &str = "X-EVENKEEL-ROLE";

/// Reads the events of a calendar.
///
/// # Errors
/// All faults, each with its line, its property and the event's UID.
pub(super) fn events(text: &str) -> Result<Vec<Event>, Vec<Fault>> {
    let components = components(text)?;
    let (mut events, mut faults) = (Vec::new(), Faults::default());
    let zones = zones(&components, &mut faults);
    for component in components.iter().filter(|component| component.name == "VEVENT") {
        let reader = Reader { component, zones: &zones, uid: uid(component) };
        events.extend(reader.event(&mut faults));
    }
    faults.or(events)
}

/// The zones that the file defines and the IANA database does not name: by the name that it has there, where the file
/// says so, else by the rules of the file.
fn zones(components: &[Component], faults: &mut Faults) -> BTreeMap<String, Zone> {
    let mut zones = BTreeMap::new();
    for component in components.iter().filter(|component| component.name == "VTIMEZONE") {
        let Some((_, name)) = component.find("TZID") else {
            faults.push(Fault::of("is missing").at_line(component.line).at_path("TZID of a zone"));
            continue;
        };
        let name = name.value().trim().to_owned();
        if time::iana(&name).is_some() || zones.contains_key(&name) {
            continue;
        }
        let known = component.find("X-LIC-LOCATION").and_then(|(_, known)| parse_zone(known.value().trim()).ok());
        let zone = known.map_or_else(
            || Clocks::of(&name, component).map(|own| Zone::Own(Arc::new(own))),
            |known| Ok(Zone::Known(known)),
        );
        let zone = zone.unwrap_or_else(|wrong| {
            wrong.into_iter().for_each(|fault| faults.push(fault));
            // Any will do: what is wrong is said, and need not be said again of each event.
            Zone::Known(Tz::UTC)
        });
        zones.insert(name, zone);
    }
    zones
}

fn uid(component: &Component) -> String {
    component.find("UID").map_or_else(|| "an event without UID".to_owned(), |(_, uid)| uid.value().to_owned())
}

struct Reader<'a> {
    component: &'a Component,
    zones: &'a BTreeMap<String, Zone>,
    uid: String,
}

impl Reader<'_> {
    fn fault(&self, line: u64, name: &str, message: impl std::fmt::Display) -> Fault {
        Fault::of(message).at_line(line).at_path(format!("{name} of {}", self.uid)).in_event(self.component.line)
    }

    /// The event; none where something is wrong with it, of which `faults` then tells.
    fn event(&self, all: &mut Faults) -> Option<Event> {
        let mut faults = Vec::new();
        let zones = |name: &str| self.zones.get(name.trim()).cloned();
        for name in ["DTSTART", "DTEND", "DURATION", "RRULE", "UID"] {
            if let Some((line, property)) = self.component.all(name).nth(1) {
                faults.push(self.fault(*line, name, format!("`{}` is the second of its kind", property.value())));
            }
        }
        let mut one = |name: &str| -> Option<When> {
            let (line, property) = self.component.find(name)?;
            time::when(property, &zones).map_err(|message| faults.push(self.fault(*line, name, message))).ok()
        };
        let (start, end, replaces) = (one("DTSTART"), one("DTEND"), one("RECURRENCE-ID"));
        let mut many = |name: &str| -> Vec<When> {
            let lists = self.component.all(name).filter_map(|(line, property)| {
                time::list(property, &zones).map_err(|message| faults.push(self.fault(*line, name, message))).ok()
            });
            lists.flatten().collect()
        };
        let (more, except) = (many("RDATE"), many("EXDATE"));
        let length = self.component.find("DURATION").and_then(|(line, property)| {
            time::duration(property.value()).map_err(|fault| faults.push(self.fault(*line, "DURATION", fault))).ok()
        });
        if let Some((line, rule)) = self.component.find("EXRULE") {
            let message = format!("rule of exceptions `{}` is not taken: RFC 5545 has none; use EXDATE", rule.value());
            faults.push(self.fault(*line, "EXRULE", message));
        }
        if let Some((line, property)) = self.component.find("RECURRENCE-ID")
            && property.params().contains_key("RANGE")
        {
            let message = "RANGE is not taken; split the repeating event where it changes";
            faults.push(self.fault(*line, "RECURRENCE-ID", message));
        }
        if self.component.find("DTSTART").is_none() {
            faults.push(self.fault(self.component.line, "DTSTART", "is missing"));
        }
        if self.component.find("DTEND").is_some() && self.component.find("DURATION").is_some() {
            faults.push(self.fault(self.component.line, "DTEND", "is there beside DURATION; an event has one of them"));
        }
        let end = match (&start, end, length) {
            (Some(start), Some(end), _) if start.is_date() != end.is_date() => {
                let line = self.component.find("DTEND").map_or(self.component.line, |(line, _)| *line);
                faults.push(self.fault(line, "DTEND", "is a date where DTSTART is a time, or the reverse"));
                None
            }
            (_, Some(end), _) => Some(End::At(end)),
            (_, None, Some(length)) => Some(End::After(length)),
            // A date alone is that day; a time alone is an instant, which lasts for nothing.
            (Some(When::Date(_)), None, None) => {
                Some(End::After(Duration { days: 1, exact: chrono::TimeDelta::zero() }))
            }
            (Some(start), None, None) => Some(End::At(start.clone())),
            (None, ..) => None,
        };
        let text = |name: &str| self.component.find(name).map(|(line, property)| (*line, property.value().to_owned()));
        let word = |name: &str| text(name).map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty());
        let good = faults.is_empty();
        faults.into_iter().for_each(|fault| all.push(fault));
        let (Some(start), Some(end), true) = (start, end, good) else { return None };
        Some(Event {
            line: self.component.line,
            uid: self.uid.clone(),
            summary: word("SUMMARY").unwrap_or_default(),
            start,
            end,
            rule: text("RRULE"),
            more,
            except,
            replaces,
            cancelled: word("STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")),
            attendees: self.component.all("ATTENDEE").flat_map(|(_, property)| names(property)).collect(),
            categories: self.component.all("CATEGORIES").flat_map(|(_, property)| categories(property)).collect(),
            person: word(PERSON),
            role: text(ROLE),
        })
    }
}

fn categories(property: &Property) -> Vec<String> {
    property.value().split(',').map(|category| category.trim().to_owned()).collect()
}

/// The name and the address of an attendee.
fn names(property: &Property) -> Vec<String> {
    let name = property.params().get("CN").map(|name| name.value().to_owned());
    let address = property.value().trim();
    let address = address
        .get(..7)
        .filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"))
        .map_or(address, |_| address.get(7..).unwrap_or_default());
    name.into_iter().chain([address.to_owned()]).collect()
}
