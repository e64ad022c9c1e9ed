//! Whether every seat has one person, and every person one seat.

use core::fmt;

use timeline_core::Span;

use super::claims::MOST_NAMED;
use super::compiled::{ChangedBy, Compiled};
use crate::error::Error;
use crate::person::{PersonId, Role};

/// Where nobody is on call, and where the schedule asks too much of one seat or one person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Coverage {
    /// The span looked at.
    pub within: Span,
    /// Where a role that the schedule has and that somebody must hold has nobody: role by role, in order.
    pub gaps: Vec<Gap>,
    /// In order of role and time, those of one seat before those of one person.
    pub double_bookings: Vec<DoubleBooking>,
}

/// A stretch in which a role has nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Gap {
    /// The role.
    pub role: Role,
    /// When.
    pub span: Span,
}

/// Claims at once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum DoubleBooking {
    /// Two people in one seat at equal precedence: shifts of one list that overlap, or a person added where another
    /// is. The claim that came first has the seat. Of more than nine people at once the first nine are paired, each
    /// with the one who has the seat.
    OneSeat {
        /// The seat.
        role: Role,
        /// When.
        span: Span,
        /// Both people: first the one who has it, and who answers as on call.
        people: [PersonId; 2],
        /// The swap or override that put the second one there; `None` for shifts that overlap.
        added_by: Option<ChangedBy>,
    },
    /// More than nine people in one seat, of whom the first nine are told pair by pair.
    Crowd {
        /// The seat.
        role: Role,
        /// When.
        span: Span,
    },
    /// One person in two roles that both may be paged.
    OnePerson {
        /// Who.
        person: PersonId,
        /// When.
        span: Span,
        /// Both roles.
        roles: [Role; 2],
    },
}

impl Coverage {
    /// Whether there are neither gaps nor double-bookings.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.gaps.is_empty() && self.double_bookings.is_empty()
    }
}

impl Compiled {
    /// Where in `span` nobody is on call, or too many are. Shadows leave no gap and are in nobody's way.
    ///
    /// # Errors
    /// [`Error::OutsideCompiled`] unless `span` lies in the compiled one.
    pub fn coverage(&self, span: Span) -> Result<Coverage, Error> {
        self.covered(span)?;
        let mut coverage = Coverage { within: span, gaps: Vec::new(), double_bookings: Vec::new() };
        let duties: Vec<_> = self.scheduled().filter(|(role, _)| role.is_duty()).collect();
        for (role, line) in &duties {
            let gaps = line.duty.gaps(span);
            coverage.gaps.extend(gaps.iter().map(|span| Gap { role: *role, span }));
        }
        for (role, line) in self.scheduled() {
            let clashes = line.clashes.iter().filter_map(|clash| Some((clash.span.intersect(span)?, clash)));
            let named = clashes.filter_map(|(span, clash)| {
                let [first, second] = clash.people.map(|person| self.person(Some(person)));
                Some((span, [first?, second?], clash.change))
            });
            let mut named: Vec<_> = named.collect();
            // By name, and not by the number that this compilation gave to people.
            named.sort_unstable();
            coverage.double_bookings.extend(named.into_iter().map(|(span, people, change)| DoubleBooking::OneSeat {
                role,
                span,
                people: people.map(Clone::clone),
                added_by: change.map(|change| self.changed_by(change)),
            }));
            let crowds = line.crowds.iter().filter_map(|crowd| crowd.intersect(span));
            coverage.double_bookings.extend(crowds.map(|span| DoubleBooking::Crowd { role, span }));
        }
        if let [(first, a), (second, b)] = duties.as_slice() {
            let mut others = b.duty.segments(span).peekable();
            let mut found: Vec<(Span, Option<u32>)> = Vec::new();
            for (one, duty) in a.duty.segments(span) {
                while others.next_if(|(other, _)| other.end() <= one.start()).is_some() {}
                let overlapping = others.clone().map_while(|(other, value)| Some((one.intersect(other)?, value)));
                for (both, _) in overlapping.filter(|(_, other)| other.person == duty.person) {
                    match found.last_mut() {
                        Some((last, person)) if *person == duty.person && last.touches(both) => *last = last.hull(both),
                        _ => found.push((both, duty.person)),
                    }
                }
            }
            let booked = found.into_iter().filter_map(|(span, person)| Some((span, self.person(person)?)));
            coverage.double_bookings.extend(booked.map(|(span, person)| DoubleBooking::OnePerson {
                person: person.clone(),
                span,
                roles: [*first, *second],
            }));
        }
        Ok(coverage)
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_complete() {
            return write!(f, "every seat has one person in {}", self.within);
        }
        let gaps = self.gaps.iter().map(Gap::to_string);
        let lines: Vec<_> = gaps.chain(self.double_bookings.iter().map(DoubleBooking::to_string)).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nobody is {} in {}", self.role, self.span)
    }
}

impl fmt::Display for DoubleBooking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneSeat { role, span, people: [first, second], .. } => {
                write!(f, "{first} and {second} are both {role} in {span}")
            }
            Self::Crowd { role, span } => {
                write!(f, "more than {} people are {role} in {span}: the first are named", MOST_NAMED.saturating_add(1))
            }
            Self::OnePerson { person, span, roles: [first, second] } => {
                write!(f, "{person} is both {first} and {second} in {span}")
            }
        }
    }
}
