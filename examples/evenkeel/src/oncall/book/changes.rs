//! The file of the changes: what came between the published plan and what is served, as overrides and swaps.

use chrono::NaiveDate;
use oncall_core::schedule::{Change, Override, Swap};
use oncall_core::{PersonId, Role, Shift, Team};
use timeline_core::{Tz, wall_clock};

use super::moment::{date, instant, stretch};
use crate::book::document::{Document, Item, Table};

/// In the order in which they apply.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    pub(super) swaps: Vec<Swap>,
    pub(super) overrides: Vec<Override>,
}

/// What the changes are changes of.
pub(super) struct Plan<'a> {
    pub(super) team: &'a Team,
    pub(super) shifts: &'a [Shift],
    pub(super) zone: Tz,
}

impl Plan<'_> {
    /// Reads `[[overrides]]` and `[[swaps]]`.
    pub(super) fn changes(&self, root: &mut Table<'_, '_>, document: &mut Document) -> Option<Changes> {
        let mut changes = Changes::default();
        let before = document.faults.count();
        let (swaps, overrides) = (root.take("swaps"), root.take("overrides"));
        for item in swaps.map(|item| item.items(document)).unwrap_or_default() {
            changes.swaps.extend(self.swap(&item, document));
        }
        for item in overrides.map(|item| item.items(document)).unwrap_or_default() {
            changes.overrides.extend(self.one_override(&item, document));
        }
        (document.faults.count() == before).then_some(changes)
    }

    fn one_override(&self, item: &Item<'_, '_>, document: &mut Document) -> Option<Override> {
        let mut table = item.table(document)?;
        let role = role(&mut table, document);
        let (person, by) = (table.take("person"), table.take("by"));
        let whose = person.as_ref().map(|item| self.person(item, document));
        let taker = by.as_ref().map(|item| self.person(item, document));
        let made_by = table.need("made_by", document).and_then(|item| self.person(&item, document));
        let reason = table.need("reason", document).and_then(|item| item.text(document));
        let span = stretch(&mut table, self.zone, document);
        let place = (table.path().to_owned(), table.span());
        table.finish(document);
        let change = match (whose, taker) {
            (Some(person), Some(by)) => Change::Replace { person: person?, by: by? },
            (None, Some(by)) => Change::Take { person: by? },
            (Some(person), None) => Change::Remove { person: person? },
            (None, None) => {
                document.fault(&place.0, place.1, "needs `by`, who takes the duty, or `person`, whose it was, or both");
                return None;
            }
        };
        Some(Override { role: role?, span: span?, change, made_by: made_by?, reason: reason? })
    }

    fn swap(&self, item: &Item<'_, '_>, document: &mut Document) -> Option<Swap> {
        let mut table = item.table(document)?;
        let role = role(&mut table, document);
        let (people, days) = (table.need("people", document), table.need("days", document));
        let names = people.as_ref().and_then(|item| {
            let people = item.items(document);
            let people: Vec<_> = people.iter().filter_map(|item| self.person(item, document)).collect();
            two(people, item, "people", document)
        });
        let dates = days.as_ref().and_then(|item| {
            let days = item.items(document);
            let days: Vec<_> = days.iter().filter_map(|item| date(item, document)).collect();
            two(days, item, "days: one of each person's shift", document)
        });
        let proposed_by = table.need("proposed_by", document).and_then(|item| self.person(&item, document));
        let at = table.need("at", document).and_then(|item| instant(&item, self.zone, document));
        let agreed = table.take("agreed").map(|item| item.items(document)).unwrap_or_default();
        let agreed: Vec<_> = agreed.iter().filter_map(|item| self.person(item, document)).collect();
        table.finish(document);
        let ([one, other], [day, other_day], days, role, at) = (names?, dates?, days?, role?, at?);
        let first = shift_on(self.shifts, one.as_str(), Some(role), day, self.zone);
        let second = shift_on(self.shifts, other.as_str(), Some(role), other_day, self.zone);
        let (first, second) = (days.check(first, document), days.check(second, document));
        let swap = Swap::propose(first?, second?, proposed_by?, at);
        let swap = swap.and_then(|swap| agreed.iter().try_fold(swap, |swap, person| swap.agree(person, at)));
        item.check(swap, document)
    }

    fn person(&self, item: &Item<'_, '_>, document: &mut Document) -> Option<PersonId> {
        let name = item.text(document)?;
        item.check(known(self.team, &name), document)
    }
}

/// The person of that name.
///
/// # Errors
/// That there is none, and who there is.
pub(crate) fn known(team: &Team, name: &str) -> Result<PersonId, String> {
    let mut ids = team.people().iter().map(oncall_core::Person::id);
    let found = ids.clone().find(|id| id.as_str() == name.trim());
    let found = found.or_else(|| ids.find(|id| id.as_str().to_lowercase() == name.trim().to_lowercase()));
    let missing = || {
        let names: Vec<_> = team.people().iter().take(12).map(|person| person.id().as_str()).collect();
        format!("person `{name}` is not in the team of {}", names.join(", "))
    };
    found.cloned().ok_or_else(missing)
}

/// The person's shift on that day: the one that begins then, else the one that goes on then.
///
/// # Errors
/// That there is none, and which there are.
pub(crate) fn shift_on(
    shifts: &[Shift],
    name: &str,
    role: Option<Role>,
    day: NaiveDate,
    zone: Tz,
) -> Result<Shift, String> {
    let own =
        || shifts.iter().filter(|shift| shift.person.as_str() == name && role.is_none_or(|role| shift.role == role));
    let date = |at| wall_clock(zone, at).map(|local| local.date()).ok();
    let begins = own().find(|shift| date(shift.span.start()) == Some(day));
    let holds = || own().find(|shift| date(shift.span.start()) <= Some(day) && date(shift.span.end()) > Some(day));
    begins.or_else(holds).cloned().ok_or_else(|| {
        let listed: Vec<_> = own().filter_map(|shift| date(shift.span.start())).map(|day| day.to_string()).collect();
        let role = role.map_or(String::new(), |role| format!(" as {role}"));
        match listed.as_slice() {
            [] => format!("`{name}` has no shift{role}"),
            days => format!("`{name}` has no shift{role} on {day}; there are those of {}", days.join(", ")),
        }
    })
}

fn two<T>(of: Vec<T>, item: &Item<'_, '_>, what: &str, document: &mut Document) -> Option<[T; 2]> {
    let count = of.len();
    item.check(<[T; 2]>::try_from(of).map_err(|_| format!("names {count}, not two {what}")), document)
}

fn role(table: &mut Table<'_, '_>, document: &mut Document) -> Option<Role> {
    match table.take("role") {
        None => Some(Role::Primary),
        Some(item) => {
            let name = item.text(document)?;
            item.check(name.parse::<Role>(), document)
        }
    }
}
