//! The file of the team: people, where they are, what they know, when they are away.

use std::path::Path;

use oncall_core::{Availability, Membership, Person, PersonId, Preference, Team, Wish};
use timeline_core::{Span, Tz, parse_zone};

use super::moment::{instant, stretch};
use crate::book::document::{Document, Item, Table};
use crate::fault::shown;
use crate::oncall::ics;

/// Reads `[[people]]`; people without a zone are in `usual`, and leave that repeats does so within `within`.
pub(super) fn read(
    folder: &Path,
    root: &mut Table<'_, '_>,
    usual: Tz,
    within: Span,
    document: &mut Document,
) -> Option<Team> {
    let people = root.need("people", document)?;
    let place = people.place();
    let items = people.items(document);
    let count = items.len();
    let mut read = Vec::new();
    for item in items {
        let Some(table) = item.table(document) else { continue };
        let name = table.path().to_owned();
        if let Some(person) = person(folder, table, usual, within, document) {
            read.push((person, name, item.place().1));
        }
    }
    let mut complete = read.len() == count;
    let mut people: Vec<Person> = Vec::new();
    for (person, path, span) in read {
        if let Some(first) = people.iter().position(|known| alike(known.id(), person.id())) {
            let message = format!("person `{}` is there twice, first at people[{first}]", person.id());
            document.fault(&format!("{path}.name"), span, message);
            complete = false;
        }
        people.push(person);
    }
    if count == 0 {
        document.fault(&place.0, place.1, "the team has no people");
        return None;
    }
    if complete { Team::new(people).ok() } else { None }
}

/// Names that people would take for one: the command finds people whatever the case.
fn alike(one: &PersonId, other: &PersonId) -> bool {
    one.as_str().to_lowercase() == other.as_str().to_lowercase()
}

fn person(folder: &Path, mut table: Table<'_, '_>, usual: Tz, within: Span, document: &mut Document) -> Option<Person> {
    let id = table.need("name", document).and_then(|item| {
        let name = item.text(document)?;
        item.check(PersonId::new(&name), document)
    });
    let zone = match table.take("zone") {
        Some(item) => item.text(document).and_then(|name| item.check(parse_zone(&name), document)),
        None => Some(usual),
    };
    // The rest is read even so, that all faults are found at once.
    let local = zone.unwrap_or(usual);
    let site = table.text("site", document);
    let skills = table.take("skills").map(|item| item.texts(document)).unwrap_or_default();
    let availability = match table.take("availability") {
        None => Some(Availability::FULL),
        Some(item) => {
            let percent = item.whole(0, u32::MAX, document);
            percent.and_then(|percent| item.check(Availability::from_percent(percent), document))
        }
    };
    let from = table.take("from");
    let until = table.take("until");
    let begins = from.as_ref().map(|item| instant(item, local, document));
    let ends = until.as_ref().map(|item| instant(item, local, document));
    let membership = match until.as_ref().or(from.as_ref()) {
        None => Some(Membership::ALWAYS),
        Some(item) => item.check(Membership::new(begins.flatten(), ends.flatten()), document),
    };
    let mut person = None;
    if let (Some(id), Some(availability), Some(membership)) = (id, availability, membership) {
        let whole = Person::new(id).in_zone(local).with_availability(availability).with_membership(membership);
        person = zone.map(|_| skills.into_iter().fold(whole, Person::with_skill));
    }
    if let Some(site) = site {
        person = person.map(|person| person.at_site(site));
    }
    let leave = table.take("leave").map(|item| item.items(document)).unwrap_or_default();
    for item in &leave {
        let Some(mut table) = item.table(document) else { continue };
        let span = stretch(&mut table, local, document);
        let reason = table.text("reason", document);
        table.finish(document);
        if let (Some(span), Some(known)) = (span, person.take()) {
            person = Some(known.with_leave(span, reason));
        }
    }
    let calendars = table.take("leave_calendars").map(|item| item.texts(document)).unwrap_or_default();
    for file in calendars {
        match ics::leave(&shown(&folder.join(file)), local, within) {
            Ok(list) => {
                let away = |person: Person, leave: oncall_core::Leave| person.with_leave(leave.span, leave.reason);
                person = person.map(|person| list.leave.into_iter().fold(person, away));
            }
            Err(faults) => document.faults.append(faults),
        }
    }
    let wishes = table.take("wishes").map(|item| item.items(document)).unwrap_or_default();
    for item in &wishes {
        if let (Some(preference), Some(known)) = (wish(item, local, document), person.take()) {
            person = Some(known.with_preference(preference));
        }
    }
    table.finish(document);
    person
}

fn wish(item: &Item<'_, '_>, zone: Tz, document: &mut Document) -> Option<Preference> {
    let mut table = item.table(document)?;
    let wish = table.need("wish", document).and_then(|item| match item.text(document)?.as_str() {
        "prefer" => Some(Wish::Prefer),
        "avoid" => Some(Wish::Avoid),
        other => item.check(Err(format!("wish `{other}` is neither `prefer` nor `avoid`")), document),
    });
    let weight = table.take("weight").map_or(Some(1), |item| item.whole(1, 1_000, document));
    let span = stretch(&mut table, zone, document);
    table.finish(document);
    Some(Preference { span: span?, wish: wish?, weight: weight? })
}
