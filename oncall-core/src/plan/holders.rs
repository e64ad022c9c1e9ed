//! Who has which duty in shifts that are known.

use std::collections::BTreeMap;

use timeline_core::{Span, SpanSet};

use crate::person::{PersonId, Role};
use crate::plan::seats::Duty;
use crate::rules::dealt;
use crate::shift::{Seat, Shift};
use crate::team::Team;

/// Who has which parts of time in some shifts, by role.
pub(crate) struct Holders<'a>(BTreeMap<Role, BTreeMap<&'a PersonId, SpanSet>>);

impl<'a> Holders<'a> {
    pub(crate) fn of(shifts: &'a [Shift]) -> Self {
        let mut spans = BTreeMap::<Role, BTreeMap<&PersonId, Vec<Span>>>::new();
        for shift in shifts {
            spans.entry(shift.role).or_default().entry(&shift.person).or_default().push(shift.span);
        }
        let set = |people: BTreeMap<&'a PersonId, Vec<Span>>| {
            people.into_iter().map(|(person, spans)| (person, SpanSet::from_spans(spans))).collect()
        };
        Self(spans.into_iter().map(|(role, people)| (role, set(people))).collect())
    }

    /// Who has all of each duty: the first by name where several do. Of duties of one role at the very same time each has
    /// somebody else, who brings what it requires if they can be dealt out so.
    pub(crate) fn of_duties(&self, duties: &[&Duty], team: &Team) -> Vec<Option<&'a PersonId>> {
        let mut alike = BTreeMap::<(Role, Vec<Span>), Vec<usize>>::new();
        for (place, duty) in duties.iter().enumerate() {
            let spans = duty.seats().iter().map(|seat| seat.span).collect();
            alike.entry((duty.role(), spans)).or_default().push(place);
        }
        let mut holders = vec![None; duties.len()];
        for ((role, spans), places) in &alike {
            let mut having = self.having(*role, spans);
            if let [place] = places.as_slice() {
                holders.get_mut(*place).into_iter().for_each(|holder| *holder = having.next());
                continue;
            }
            let having = having.take(places.len()).collect::<Vec<_>>();
            let people = having.iter().map(|person| team.get(person)).collect::<Vec<_>>();
            let requires = places.iter().filter_map(|place| duties.get(*place)?.seats().first());
            let requires = requires.map(|seat| &seat.requires).collect::<Vec<_>>();
            for (person, seat) in having.iter().zip(dealt(&people, &requires)) {
                let place = seat.and_then(|seat| places.get(seat));
                if let Some(holder) = place.and_then(|place| holders.get_mut(*place)) {
                    *holder = Some(*person);
                }
            }
        }
        holders
    }

    /// Who has all of these spans, in the order of names.
    fn having(&self, role: Role, spans: &[Span]) -> impl Iterator<Item = &'a PersonId> {
        let inside = |known: &SpanSet, span: Span| known.span_at(span.start()).is_some_and(|whole| whole.covers(span));
        let people = self.0.get(&role).into_iter().flatten();
        people.filter(move |(_, known)| spans.iter().all(|span| inside(known, *span))).map(|(person, _)| *person)
    }

    /// Takes what a person has of a duty out of it: that is not a part of another one.
    pub(crate) fn take(&mut self, duty: &Duty, person: &PersonId) {
        if let Some(spans) = self.0.get_mut(&duty.role()).and_then(|people| people.get_mut(person)) {
            *spans = spans.difference(&duty.seats().iter().map(|seat| seat.span).collect());
        }
    }

    /// Who has which part of a seat, in order of time; where several have it at once, who began first, then the first by
    /// name.
    pub(crate) fn parts(&self, seat: &Seat) -> Vec<(Span, &'a PersonId)> {
        let mut parts = Vec::new();
        for (person, spans) in self.0.get(&seat.role).into_iter().flatten() {
            parts.extend(spans.clip(seat.span).iter().map(|span| (span, *person)));
        }
        parts.sort_unstable_by_key(|(span, person)| (span.start(), *person));
        let mut until = seat.span.start();
        parts.retain_mut(|(span, _)| {
            let left = Span::new(span.start().max(until), span.end());
            until = until.max(span.end());
            left.map(|left| *span = left).is_ok()
        });
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::seats::DutyShape;
    use crate::shift::Requirements;
    use crate::team::Person;
    use timeline_core::Tz;

    #[test]
    fn who_has_all_of_a_duty_holds_it_however_the_shifts_are_cut() {
        let monday = "2026-01-05".parse().unwrap();
        let shape = DutyShape::weekly(Tz::UTC, monday, "09:00:00".parse().unwrap()).unwrap();
        let duties = shape.for_roles(&[Role::Primary]).first(3).unwrap();
        let person = PersonId::new("ada").unwrap();
        let span = |a: &str, b: &str| Span::new(a.parse().unwrap(), b.parse().unwrap()).unwrap();
        let shift = |span, person: &PersonId| Shift { span, role: Role::Primary, person: person.clone() };
        let shifts = [
            shift(span("2026-01-05T09:00:00Z", "2026-01-09T00:00:00Z"), &person),
            shift(span("2026-01-09T00:00:00Z", "2026-01-19T09:00:00Z"), &person),
            shift(span("2026-01-19T09:00:00Z", "2026-01-26T08:59:59Z"), &person),
        ];
        let holders = Holders::of(&shifts);
        let team = Team::new(vec![Person::new(person.clone())]).unwrap();
        let has = holders.of_duties(&duties.iter().collect::<Vec<_>>(), &team);
        assert_eq!(has, [Some(&person), Some(&person), None]);
    }

    #[test]
    fn of_two_duties_at_one_time_each_has_somebody_who_brings_what_it_requires() {
        let span = Span::new("2026-01-05T09:00:00Z".parse().unwrap(), "2026-01-12T09:00:00Z".parse().unwrap()).unwrap();
        let requires = |skill: &str| Requirements { skills: [skill.to_owned()].into(), site: None };
        let duty = |requires| Duty::from(Seat { span, role: Role::Primary, requires });
        let duties = [duty(requires("dns")), duty(Requirements::default()), duty(Requirements::default())];
        let [ada, bob] = ["ada", "bob"].map(|name| PersonId::new(name).unwrap());
        let team = vec![Person::new(ada.clone()), Person::new(bob.clone()).with_skill("dns")];
        let team = Team::new(team).unwrap();
        let shifts = [&ada, &bob].map(|person| Shift { span, role: Role::Primary, person: person.clone() });
        let holders = Holders::of(&shifts);
        let has = |duties: &[&Duty]| holders.of_duties(duties, &team);
        let [first, second, third] = &duties;
        assert_eq!(has(&[first, second]), [Some(&bob), Some(&ada)]);
        assert_eq!(has(&[second, first]), [Some(&ada), Some(&bob)]);
        // Nobody is taken twice.
        let mut three = has(&[second, third, first]);
        three.sort();
        assert_eq!(three, [None, Some(&ada), Some(&bob)]);
    }
}
