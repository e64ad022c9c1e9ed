//! Leave and plans out of calendars.

use std::collections::BTreeMap;

use oncall_core::{Leave, PersonId, Role, Shift, Team};
use timeline_core::{Span, Tz};

use super::event::{Event, events};
use super::fault::{Fault, Faults};
use super::occur::{Occurrence, occurrences};

/// Leave out of a calendar.
#[derive(Debug)]
pub struct LeaveList {
    /// Each stretch, by start.
    pub leave: Vec<Leave>,
}

/// Shifts out of a calendar.
#[derive(Debug)]
pub struct PlanList {
    /// Each shift, by start.
    pub shifts: Vec<Shift>,
    /// How many events name no role and were taken for primary.
    pub without_role: u64,
}

/// Reads a person's leave: every event that is not cancelled. Whole days and times without a zone are those of `zone`.
/// What repeats does so within `within`.
///
/// # Errors
/// All faults, each with line, property and UID.
pub fn leave(text: &str, zone: Tz, within: Span) -> Result<LeaveList, Vec<Fault>> {
    let events = read(text)?;
    let occurrences = occurrences(&events, zone, within)?;
    let leave = |occurrence: &Occurrence<'_>| {
        let reason = Some(occurrence.event.summary.clone()).filter(|reason| !reason.is_empty());
        Leave { span: occurrence.span, reason }
    };
    Ok(LeaveList { leave: occurrences.iter().map(leave).collect() })
}

/// Reads a plan: an event a shift. Who serves it is told by what [`super::write()`] wrote, else by the one person of the
/// team whom an attendee or the summary names; the role likewise, else by a category or a word of the summary, else it
/// is primary.
///
/// # Errors
/// All faults, each with line, property and UID: an event that names nobody of the team, or several.
pub fn plan(text: &str, team: &Team, zone: Tz, within: Span) -> Result<PlanList, Vec<Fault>> {
    let events = read(text)?;
    let mut faults = Faults::default();
    let mut list = PlanList { shifts: Vec::new(), without_role: 0 };
    // Who and as what are the same for all repetitions of an event.
    let mut known = BTreeMap::new();
    for event in events.iter().filter(|event| !event.cancelled) {
        let fault = |message: String| {
            let fault = Fault::of(message).at_line(event.line).at_path(format!("SUMMARY of {}", event.uid));
            fault.in_event(event.line)
        };
        let person = person(event, team).map_err(|message| faults.push(fault(message)));
        let role = role(event).map_err(|message| faults.push(fault(message)));
        if let (Ok(person), Ok(role)) = (person, role) {
            known.insert(event.line, (person, role));
        }
    }
    let occurrences = occurrences(&events, zone, within).unwrap_or_else(|wrong| {
        wrong.into_iter().for_each(|fault| faults.push(fault));
        Vec::new()
    });
    for Occurrence { event, span } in occurrences {
        if let Some((person, role)) = known.get(&event.line) {
            list.without_role = list.without_role.saturating_add(u64::from(role.is_none()));
            list.shifts.push(Shift { span, role: role.unwrap_or(Role::Primary), person: person.clone() });
        }
    }
    list.shifts.sort_by(|a, b| (a.span.start(), a.role, &a.person).cmp(&(b.span.start(), b.role, &b.person)));
    if list.shifts.is_empty() && faults.is_empty() {
        faults.push(Fault::of("holds no shift: there is no event in it"));
    }
    faults.or(list)
}

fn read(text: &str) -> Result<Vec<Event>, Vec<Fault>> {
    if text.trim().is_empty() {
        return Err(vec![Fault::of("is empty")]);
    }
    events(text)
}

fn person(event: &Event, team: &Team) -> Result<PersonId, String> {
    let ids = || team.people().iter().map(oncall_core::Person::id);
    if let Some(name) = &event.person {
        let missing = || format!("person `{name}` is not in the team of {}", listed(ids()));
        return ids().find(|id| id.as_str() == name).cloned().ok_or_else(missing);
    }
    let lower = |text: &str| text.to_lowercase();
    let attends = |id: &PersonId| {
        event.attendees.iter().map(|name| lower(name)).any(|name| {
            let local = name.split('@').next().unwrap_or_default().to_owned();
            name == lower(id.as_str()) || local == lower(id.as_str())
        })
    };
    let words = words(&event.summary);
    let named = |id: &PersonId| {
        let name = self::words(id.as_str());
        !name.is_empty() && words.windows(name.len()).any(|window| window == name)
    };
    for among in [&attends as &dyn Fn(&PersonId) -> bool, &named] {
        let found: Vec<_> = ids().filter(|id| among(id)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok((*one).clone()),
            several => {
                return Err(format!("`{}` names several people: {}", event.summary, listed(several.iter().copied())));
            }
        }
    }
    Err(format!("`{}` names nobody of the team of {}", event.summary, listed(ids())))
}

fn listed<'a>(people: impl Iterator<Item = &'a PersonId>) -> String {
    let names: Vec<_> = people.take(12).map(PersonId::as_str).collect();
    names.join(", ")
}

/// Lower-case words: whatever is between them is no part of a name.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn role(event: &Event) -> Result<Option<Role>, String> {
    if let Some((_, name)) = &event.role {
        return name.trim().parse().map(Some).map_err(|error: oncall_core::Error| error.to_string());
    }
    let texts = event.categories.iter().map(String::as_str).chain([event.summary.as_str()]);
    let mut found = texts.flat_map(words).filter_map(|word| {
        Some(match word.as_str() {
            "backup" => Role::Secondary,
            word => word.parse().ok()?,
        })
    });
    Ok(found.next())
}
