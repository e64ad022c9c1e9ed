//! The faults of a schedule that can be seen without a span.

use std::collections::BTreeMap;

use timeline_core::Span;

use super::{Change, Schedule};
use crate::error::Error;
use crate::person::{PersonId, Role, checked_name};
use crate::team::Team;

impl Schedule {
    /// Whether everybody it names is in the team.
    ///
    /// # Errors
    /// [`Error::Several`] with an [`Error::UnknownPerson`] for each place that names somebody else.
    pub fn check_people(&self, team: &Team) -> Result<(), Error> {
        let named = self.named().into_iter().filter(|(_, person)| team.place(person).is_none());
        several(named.map(|(path, person)| (path, Error::UnknownPerson { person: person.clone() })).collect())
    }

    /// Everybody it names, with the place where: who serves, takes or gives up duty, and not who made an override.
    fn named(&self) -> Vec<(String, &PersonId)> {
        let mut named = Vec::new();
        for (n, layer) in self.layers.iter().enumerate() {
            named.extend(layer.source.people().into_iter().map(|(path, p)| (format!("layers[{n}].{path}"), p)));
        }
        for (n, temporary) in self.temporary.iter().enumerate() {
            named.extend(temporary.source.people().into_iter().map(|(path, p)| (format!("temporary[{n}].{path}"), p)));
        }
        for (n, swap) in self.swaps.iter().enumerate() {
            named.push((format!("swaps[{n}].first.person"), &swap.first().person));
            named.push((format!("swaps[{n}].second.person"), &swap.second().person));
        }
        for (n, change) in self.overrides.iter().enumerate() {
            let people = change.change.people().into_iter();
            named.extend(people.map(|(path, p)| (format!("overrides[{n}].change.{path}"), p)));
        }
        named
    }
}

/// Every fault of the structure, in order of the parts.
pub(super) fn structure(schedule: &Schedule) -> Result<(), Error> {
    let mut faults = Vec::new();
    if schedule.layers.is_empty() && schedule.temporary.is_empty() {
        faults.push(("layers".to_owned(), Error::EmptySchedule));
    }
    layers(schedule, &mut faults);
    temporary(schedule, &mut faults);
    let bounds = Role::ALL.map(|role| (role, schedule.bounds(role)));
    let inside = |path: String, role: Role, span: Span, faults: &mut Faults| {
        let bounds = bounds.iter().find(|(other, _)| *other == role).and_then(|(_, bounds)| *bounds);
        let Some((from, until)) = bounds else {
            faults.push((path, Error::RoleNotScheduled { role }));
            return;
        };
        if from.is_some_and(|from| span.start() < from) || until.is_some_and(|until| until < span.end()) {
            faults.push((path, Error::BeyondSchedule { role, span, from, until }));
        }
    };
    for (n, swap) in schedule.swaps.iter().enumerate() {
        inside(format!("swaps[{n}].first"), swap.first().role, swap.first().span, &mut faults);
        inside(format!("swaps[{n}].second"), swap.second().role, swap.second().span, &mut faults);
    }
    for (n, change) in schedule.overrides.iter().enumerate() {
        inside(format!("overrides[{n}]"), change.role, change.span, &mut faults);
        if let Err(fault) = checked_name("reason", &change.reason) {
            faults.push((format!("overrides[{n}].reason"), fault));
        }
        if let Change::Replace { person, by } = &change.change
            && person == by
        {
            let fault = Error::WithOneself { person: person.clone(), what: "be replaced" };
            faults.push((format!("overrides[{n}].change"), fault));
        }
    }
    several(faults)
}

/// Nothing, or all faults as one.
pub(super) fn several(faults: Faults) -> Result<(), Error> {
    if faults.is_empty() { Ok(()) } else { Err(Error::Several { faults }) }
}

type Faults = Vec<(String, Error)>;

fn layers(schedule: &Schedule, faults: &mut Faults) {
    let mut places = BTreeMap::new();
    for (n, layer) in schedule.layers.iter().enumerate() {
        match checked_name("layer", &layer.name) {
            Err(fault) => faults.push((format!("layers[{n}].name"), fault)),
            Ok(name) => {
                let first = *places.entry(name).or_insert(n);
                if first != n {
                    let fault = Error::LayerTwice { name: name.to_owned(), first, second: n };
                    faults.push((format!("layers[{n}].name"), fault));
                }
            }
        }
        if let (Some(from), Some(until)) = (layer.from, layer.until)
            && let Err(fault) = Span::new(from, until)
        {
            faults.push((format!("layers[{n}].until"), fault.into()));
        }
        layer.source.check(layer.role, None, &mut |path, fault| faults.push((format!("layers[{n}].{path}"), fault)));
    }
}

fn temporary(schedule: &Schedule, faults: &mut Faults) {
    for (n, temporary) in schedule.temporary.iter().enumerate() {
        if let Err(fault) = checked_name("temporary schedule", &temporary.name) {
            faults.push((format!("temporary[{n}].name"), fault));
        }
        temporary.source.check(temporary.role, Some(temporary.span), &mut |path, fault| {
            faults.push((format!("temporary[{n}].{path}"), fault));
        });
    }
    for role in Role::ALL {
        let mut spans: Vec<_> = (0_usize..)
            .zip(&schedule.temporary)
            .filter(|(_, temporary)| temporary.role == role)
            .map(|(n, temporary)| (temporary.span, n))
            .collect();
        spans.sort_unstable();
        // Each against the one that reaches furthest among those that started before it.
        let mut furthest: Option<(Span, usize)> = None;
        for (span, second) in spans {
            if let Some((earlier, first)) = furthest
                && let Some(span) = earlier.intersect(span)
            {
                let (first, second) = (first.min(second), first.max(second));
                let fault = Error::TemporariesOverlap { role, first, second, span };
                faults.push((format!("temporary[{second}].span"), fault));
            }
            if furthest.is_none_or(|(earlier, _)| earlier.end() < span.end()) {
                furthest = Some((span, second));
            }
        }
    }
}
