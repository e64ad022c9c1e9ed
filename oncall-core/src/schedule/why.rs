//! Why somebody, or nobody, is on call.

use core::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use timeline_core::{Span, WeeklyWindow};

use super::claims::MOST_NAMED;
use super::layer::in_hours;
use super::overrides::rename;
use super::{Change, Schedule, Source, SwapState};
use crate::error::Error;
use crate::person::{PersonId, Role};

/// Who is on call at an instant, and each rule that had a say, from the bottom layer up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Why {
    /// When.
    pub at: DateTime<Utc>,
    /// As what.
    pub role: Role,
    /// Who is on call in the end.
    pub person: Option<PersonId>,
    /// Who else claims the seat in the end, in the order of their claims: a double-booking.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub others: Vec<PersonId>,
    /// What each rule said; empty for a role that the schedule does not have.
    pub steps: Vec<Step>,
}

/// What one rule said.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Step {
    /// A layer: wins over those before it if it has somebody.
    Layer {
        /// Its place in the schedule.
        place: usize,
        /// Its name.
        name: String,
        /// What it has.
        finding: Finding,
    },
    /// A temporary schedule: stands instead of all layers, also where it has nobody.
    Temporary {
        /// Its place in the schedule.
        place: usize,
        /// Its name.
        name: String,
        /// What it has.
        finding: Finding,
    },
    /// A swap of a stretch that holds the instant.
    Swap {
        /// Its place in the schedule.
        place: usize,
        /// Who gives the shift away.
        from: PersonId,
        /// Who takes it.
        to: PersonId,
        /// How far it is: it only takes effect when agreed.
        state: SwapState,
        /// Whether it changed who is on call.
        acted: bool,
    },
    /// An override whose span holds the instant.
    Override {
        /// Its place in the schedule.
        place: usize,
        /// What it does.
        change: Change,
        /// Who made it.
        made_by: PersonId,
        /// Why.
        reason: String,
        /// Whether it changed who is on call, or who else claims to be.
        acted: bool,
    },
}

/// What a source has at the instant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Finding {
    /// A person.
    Serves {
        /// Who.
        person: PersonId,
        /// At which site, where there are several.
        site: Option<String>,
        /// `turn` of a rotation, `shift` of a list.
        kind: String,
        /// Which.
        turn: u64,
        /// When it begins and ends, before anything cuts it.
        span: Span,
        /// Who has a later shift of the list at the instant, in order.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
        others: Vec<PersonId>,
    },
    /// Nobody, since the instant is in none of the hours to which the layer is restricted.
    Restricted {
        /// Those hours.
        windows: Vec<WeeklyWindow>,
        /// Who would be on call otherwise.
        person: Option<PersonId>,
    },
    /// Nobody, since it does not count yet.
    NotYet {
        /// When it begins.
        from: DateTime<Utc>,
    },
    /// Nobody, since it does not count any more.
    Over {
        /// When it ended.
        until: DateTime<Utc>,
    },
    /// Nobody, since no site has its hours.
    Closed {
        /// The sites.
        sites: Vec<String>,
    },
    /// Nobody: a gap in the list, or nobody in the rotation.
    Gap,
}

impl Schedule {
    /// Who is on call at `at`, and why: found without compiling, for any instant.
    ///
    /// # Errors
    /// [`Error::Time`] at the ends of time.
    pub fn why(&self, at: DateTime<Utc>, role: Role) -> Result<Why, Error> {
        let mut steps = Vec::new();
        for (place, layer) in self.layers.iter().enumerate().filter(|(_, layer)| layer.role == role) {
            let finding = if let Some(from) = layer.from.filter(|from| at < *from) {
                Finding::NotYet { from }
            } else if let Some(until) = layer.until.filter(|until| *until <= at) {
                Finding::Over { until }
            } else {
                let finding = Finding::of(&layer.source, role, at)?;
                if in_hours(&layer.restrictions, at)? {
                    finding
                } else {
                    Finding::Restricted { windows: layer.restrictions.clone(), person: finding.person().cloned() }
                }
            };
            steps.push(Step::Layer { place, name: layer.name.clone(), finding });
        }
        let standing = |(_, other): &(usize, &super::Temporary)| other.role == role && other.span.contains(at);
        for (place, temporary) in self.temporary.iter().enumerate().filter(standing) {
            let finding = Finding::of(&temporary.source, role, at)?;
            steps.push(Step::Temporary { place, name: temporary.name.clone(), finding });
        }
        // Who claims the seat, first who has it.
        let planned = steps.clone();
        let mut claimants: Vec<&PersonId> = Vec::new();
        for step in &planned {
            match step {
                Step::Layer { finding, .. } if finding.person().is_none() => {}
                Step::Layer { finding, .. } | Step::Temporary { finding, .. } => claimants = finding.claimants(),
                Step::Swap { .. } | Step::Override { .. } => {}
            }
        }
        for (place, swap) in self.swaps.iter().enumerate() {
            // Both halves may hold the instant only in different roles, or the second would undo the first.
            for (_, shift, taker) in swap.halves(role).filter(|(_, shift, _)| shift.span.contains(at)) {
                let acted = swap.state() == SwapState::Agreed && claimants.first() == Some(&&shift.person);
                if acted {
                    rename(&mut claimants, &shift.person, taker);
                }
                let (from, to) = (shift.person.clone(), taker.clone());
                steps.push(Step::Swap { place, from, to, state: swap.state(), acted });
            }
        }
        let holding = |rule: &super::Override| rule.role == role && rule.span.contains(at);
        for (place, rule) in self.overrides.iter().enumerate().filter(|(_, rule)| holding(rule)) {
            let acted = rule.change.apply(&mut claimants);
            let (change, made_by, reason) = (rule.change.clone(), rule.made_by.clone(), rule.reason.clone());
            steps.push(Step::Override { place, change, made_by, reason, acted });
        }
        let mut claimants = claimants.into_iter().cloned();
        Ok(Why { at, role, person: claimants.next(), others: claimants.collect(), steps })
    }
}

impl Finding {
    /// Who it has.
    #[must_use]
    pub const fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Serves { person, .. } => Some(person),
            _ => None,
        }
    }

    /// Whom it has, and who else has a shift at the instant.
    fn claimants(&self) -> Vec<&PersonId> {
        match self {
            Self::Serves { person, others, .. } => core::iter::once(person).chain(others).collect(),
            _ => Vec::new(),
        }
    }

    fn of(source: &Source, role: Role, at: DateTime<Utc>) -> Result<Self, Error> {
        if let Some((part, turn)) = source.turn_at(role, at)? {
            let others = part.others_at(at, turn.person);
            let site = part.site.map(str::to_owned);
            let kind = source.turn_name().to_owned();
            let (person, turn, span) = (turn.person.clone(), turn.number, turn.span);
            return Ok(Self::Serves { person, site, kind, turn, span, others });
        }
        Ok(match source.bounds() {
            (Some(from), _) if at < from => Self::NotYet { from },
            (_, Some(until)) if until <= at => Self::Over { until },
            _ => {
                let sites = source.parts(role).into_iter().filter_map(|part| Some((part.site?, part.hours)));
                let closed = sites.map(|(site, hours)| Ok((site.to_owned(), in_hours(hours, at)?)));
                let sites = closed.collect::<Result<Vec<_>, Error>>()?;
                if sites.iter().any(|(_, open)| *open) || sites.is_empty() {
                    Self::Gap
                } else {
                    Self::Closed { sites: sites.into_iter().map(|(site, _)| site).collect() }
                }
            }
        })
    }
}

/// A sentence, then a line a rule, none longer than 80 columns where names allow.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = self.person.as_ref().map_or("nobody", PersonId::as_str);
        let end = if self.steps.is_empty() { ": the schedule has no such role" } else { ":" };
        f.write_str(&wrapped(&format!("{who} is on call as {} at {}{end}", self.role, instant(self.at)), ""))?;
        for step in &self.steps {
            f.write_str(&wrapped(&step.to_string(), " - "))?;
        }
        if !self.others.is_empty() {
            let claim = if self.others.len() == 1 { "claims" } else { "claim" };
            let said = format!("double-booked: {} {claim} to be on call as well", listed(&self.others));
            f.write_str(&wrapped(&said, " - "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layer { name, finding, .. } => write!(f, "layer `{name}`: {finding}"),
            Self::Temporary { name, finding, .. } => write!(f, "temporary schedule `{name}`: {finding}"),
            Self::Swap { place, from, to, state, acted } => {
                let state = match (state, acted) {
                    (SwapState::Agreed, true) => "agreed by both",
                    (SwapState::Agreed, false) => "agreed by both, but without effect",
                    (SwapState::HalfAgreed, _) => "without effect until both have agreed",
                    (SwapState::Proposed, _) => "only proposed, so without effect",
                };
                write!(f, "swap {place}: {to} for {from}, {state}")
            }
            Self::Override { place, change, made_by, reason, acted } => {
                let effect = if *acted { "" } else { ", without effect" };
                write!(f, "override {place}: {change}, by {made_by} because of `{reason}`{effect}")
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serves { person, site, kind, turn, span, others } => {
                let site = site.as_ref().map_or_else(String::new, |site| format!(" at `{site}`"));
                let (from, until) = (instant(span.start()), instant(span.end()));
                write!(f, "{person}{site}, {kind} {turn}, from {from} until {until}")?;
                if others.is_empty() { Ok(()) } else { write!(f, ", before {}", listed(others)) }
            }
            Self::Restricted { windows, person } => {
                let windows: Vec<_> = windows.iter().map(|window| format!("`{window}`")).collect();
                write!(f, "nobody outside {}", windows.join(" and "))?;
                person.as_ref().map_or(Ok(()), |person| write!(f, ", else {person}"))
            }
            Self::NotYet { from } => write!(f, "nobody before it begins at {}", instant(*from)),
            Self::Over { until } => write!(f, "nobody since it ended at {}", instant(*until)),
            Self::Closed { sites } => {
                let sites: Vec<_> = sites.iter().map(|site| format!("`{site}`")).collect();
                write!(f, "nobody outside the hours of {}", sites.join(" and "))
            }
            Self::Gap => f.write_str("nobody, a gap in it"),
        }
    }
}

/// The first of them by name, and how many more there are.
fn listed(people: &[PersonId]) -> String {
    let mut named: Vec<_> = people.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    let more = people.len().saturating_sub(named.len());
    if more > 0 {
        named.push(format!("{more} more"));
    }
    let last = named.pop().unwrap_or_default();
    if named.is_empty() { last } else { format!("{} and {last}", named.join(", ")) }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// `text` in lines of at most 80 columns where its words allow, the first after `mark`, the others as far in.
fn wrapped(text: &str, mark: &str) -> String {
    let mut lines = mark.to_owned();
    let indent = mark.chars().count();
    let mut column = indent;
    for (n, word) in text.split(' ').enumerate() {
        let width = word.chars().count();
        if n > 0 && column.saturating_add(width) >= 80 {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else if n > 0 {
            lines.push(' ');
            column = column.saturating_add(1);
        }
        lines.push_str(word);
        column = column.saturating_add(width);
    }
    lines.push('\n');
    lines
}
