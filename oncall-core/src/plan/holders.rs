//! Who has which duty in shifts that are known.

use std::collections::BTreeMap;

use timeline_core::{Span, SpanSet};

use crate::person::{PersonId, Role};
use crate::plan::seats::Duty;
use crate::shift::{Seat, Shift};

/// Who has all of a duty in some shifts: the first by name where several do.
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

    pub(crate) fn of_duty(&self, duty: &Duty) -> Option<&'a PersonId> {
        let has = |spans: &SpanSet| {
            let inside = |span: Span| spans.span_at(span.start()).is_some_and(|whole| whole.covers(span));
            duty.seats().iter().all(|seat| inside(seat.span))
        };
        self.0.get(&duty.role())?.iter().find(|(_, spans)| has(spans)).map(|(person, _)| *person)
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
        let has = duties.iter().map(|duty| holders.of_duty(duty)).collect::<Vec<_>>();
        assert_eq!(has, [Some(&person), Some(&person), None]);
    }
}
