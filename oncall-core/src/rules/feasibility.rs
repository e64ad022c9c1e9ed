//! How many people it takes, before anything is planned: what follows from the rules by counting, and apart from it what
//! the field advises.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use timeline_core::Span;

use super::limits::Case;
use super::reason::{Time, count_to_seconds};
use super::{Bound, Constraint, Reason, RuleSet, Whom};
use crate::error::Error;
use crate::person::PersonId;
use crate::shift::Shift;

mod advice;
mod matching;

pub use advice::{Advice, Guidance};

/// How the least number of people follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Counting {
    /// Of these seats nobody may serve two: as many people as seats.
    Apart {
        /// How many seats.
        seats: u64,
    },
    /// `total` of the seats count, and nobody may have more than `most` of them: `total / most` people, rounded up.
    Share {
        /// Of all seats together.
        total: u64,
        /// Of one person.
        most: u64,
    },
    /// The seats take `total` nanoseconds within a window, and nobody may have more than `most`: as above.
    Time {
        /// Of all seats together.
        total: u64,
        /// Of one person.
        most: u64,
    },
}

/// Seats that take at least so many people, by the hard rules alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Need {
    /// The rules that make it so.
    pub rules: BTreeSet<String>,
    /// From the first of the seats to the end of the last.
    pub span: Span,
    /// The seats, by their place.
    pub seats: Vec<usize>,
    /// The least number of people.
    pub people: u64,
    /// Who can serve any of the seats at all: there, not on leave, with what they require.
    pub can: Vec<PersonId>,
    /// Why so many.
    pub counting: Counting,
}

impl Need {
    /// How many people are missing.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.people.saturating_sub(u64::try_from(self.can.len()).unwrap_or(u64::MAX))
    }
}

/// ``rules `one-role-at-once`, `one-week-in-4`: 8 seats in … of which nobody may serve two need 8 people, 6 can: …``.
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<_> = self.rules.iter().map(|rule| format!("`{rule}`")).collect();
        if !rules.is_empty() {
            write!(f, "{} {}: ", if rules.len() == 1 { "rule" } else { "rules" }, rules.join(", "))?;
        }
        let (seats, people) = (self.seats.len(), self.people);
        write!(f, "{seats} {} in {}", if seats == 1 { "seat" } else { "seats" }, self.span)?;
        match self.counting {
            Counting::Apart { .. } if seats == 1 => write!(f, " needs 1 person")?,
            Counting::Apart { .. } => write!(f, ", of which nobody may serve two, need {people} people")?,
            Counting::Share { total, most } => {
                write!(f, ", of which {total} count and at most {most} for each: {total} / {most}, {people} people")?;
            }
            Counting::Time { total, most } => {
                let (total, most) = (Time(count_to_seconds(total)), Time(count_to_seconds(most)));
                write!(f, ", {total} in a window and at most {most} for each: {total} / {most}, {people} people")?;
            }
        }
        let can: Vec<_> = self.can.iter().map(PersonId::as_str).collect();
        if can.is_empty() { write!(f, ", nobody can") } else { write!(f, ", {} can: {}", can.len(), can.join(", ")) }
    }
}

/// What can be said of a team and its seats before anything is planned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Feasibility {
    /// For each way of counting what takes the most people, the most first: no team with fewer fills every seat.
    pub needs: Vec<Need>,
    /// Seats for which there are too few people who can serve them. None does not mean that there is a plan.
    pub shortages: Vec<Need>,
    /// What the field advises for teams of this shape, which no rule asks.
    pub advice: Vec<Advice>,
}

impl Feasibility {
    /// The least number of people that fill every seat, by counting: no smaller team does, and this one may not.
    #[must_use]
    pub fn least_people(&self) -> u64 {
        self.needs.iter().map(|need| need.people).max().unwrap_or(0)
    }

    /// Whether counting finds that some seat stays empty, whatever the plan.
    #[must_use]
    pub const fn is_impossible(&self) -> bool {
        !self.shortages.is_empty()
    }
}

/// A line for each need, shortage and advice.
impl fmt::Display for Feasibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let needs = self.needs.iter().map(|need| format!("needed: {need}"));
        let shortages = self.shortages.iter().map(|need| format!("too few: {need}"));
        let advice = self.advice.iter().map(|advice| format!("advised: {advice}"));
        f.write_str(&needs.chain(shortages).chain(advice).collect::<Vec<_>>().join("\n"))
    }
}

impl RuleSet {
    /// How many people the duty seats of `case` take by the hard rules, where there are too few, and what is advised.
    ///
    /// By the pigeonhole principle: of seats any two of which are apart by some hard rule each takes a person of its
    /// own, and these are sought among those who can serve them (Hall 1935); where a rule bounds what one person has of
    /// some seats, their sum over the bound is the least number. Sets of seats apart are found from each seat on, the
    /// next in time first, which finds the largest for shifts that follow one another and a large one otherwise: every
    /// number here is a true bound from below.
    ///
    /// # Errors
    /// [`Error::Time`] at the ends of time.
    pub fn feasibility(&self, case: &Case<'_>, history: &[Shift]) -> Result<Feasibility, Error> {
        let constraints = self.constraints(case, history)?;
        let hard: Vec<&Constraint> = constraints.hard().collect();
        let can = who_can(case, &hard);

        let mut needs = Vec::new();
        let mut shortages = Vec::new();
        for (seats, rules) in apart(case, &hard) {
            for short in matching::too_few(&seats, &can) {
                // One seat is not apart from any; the rules that bar people from it are all there is.
                let mut reasons = if short.len() > 1 { rules.clone() } else { BTreeSet::new() };
                reasons.extend(barring(&hard, &short));
                shortages.extend(need(case, &can, short, reasons, None));
            }
            needs.extend(need(case, &can, seats, rules, None));
        }
        for constraint in hard.iter().filter(|constraint| constraint.whom == Whom::Everyone) {
            let Bound::AtMost(most @ 1..) = constraint.bound else { continue };
            let is_on_duty = |seat: usize| case.seats.get(seat).is_some_and(|seat| seat.role.is_duty());
            let total = constraint.count(is_on_duty);
            let seats: Vec<_> =
                constraint.items.iter().map(|(seat, _)| *seat).filter(|seat| is_on_duty(*seat)).collect();
            if seats.len() > 2 || most > 1 {
                let rules = BTreeSet::from([constraint.rule.to_string()]);
                let counting = match constraint.reason {
                    Reason::Time => Counting::Time { total, most },
                    _ => Counting::Share { total, most },
                };
                let found = need(case, &can, seats, rules, Some(counting));
                shortages.extend(found.iter().filter(|need| need.missing() > 0).cloned());
                needs.extend(found);
            }
        }
        Ok(Feasibility { needs: largest(needs), shortages: distinct(shortages), advice: advice::of(case) })
    }
}

/// For each seat the places of those whom no hard rule bars from it.
fn who_can(case: &Case<'_>, hard: &[&Constraint]) -> Vec<BTreeSet<usize>> {
    let everybody: BTreeSet<usize> = (0..case.team.people().len()).collect();
    let mut can = vec![everybody; case.seats.len()];
    for constraint in hard {
        let Bound::AtMost(most) = constraint.bound else { continue };
        for (seat, _) in constraint.items.iter().filter(|(_, weight)| *weight > most) {
            if let Some(can) = can.get_mut(*seat) {
                match &constraint.whom {
                    Whom::Everyone => can.clear(),
                    Whom::These(places) => places.iter().for_each(|place| {
                        can.remove(place);
                    }),
                }
            }
        }
    }
    can
}

/// The rules that bar anybody from one of the seats.
fn barring(hard: &[&Constraint], seats: &[usize]) -> BTreeSet<String> {
    let bars = |constraint: &&&Constraint| {
        let Bound::AtMost(most) = constraint.bound else { return false };
        constraint.items.iter().any(|(seat, weight)| *weight > most && seats.contains(seat))
    };
    hard.iter().filter(bars).map(|constraint| constraint.rule.to_string()).collect()
}

/// Sets of duty seats any two of which nobody may serve both, one from each seat on, with the rules that say so.
fn apart(case: &Case<'_>, hard: &[&Constraint]) -> Vec<(Vec<usize>, BTreeSet<String>)> {
    let mut rule_of: BTreeMap<(usize, usize), &str> = BTreeMap::new();
    let mut order: Vec<usize> = (0..case.seats.len()).collect();
    order.sort_by_key(|seat| case.seats.get(*seat).map(|seat| (seat.span, seat.role)));
    let mut rank = vec![0_usize; order.len()];
    for (place, seat) in order.iter().enumerate() {
        if let Some(rank) = rank.get_mut(*seat) {
            *rank = place;
        }
    }
    let ranked = |seat: usize| rank.get(seat).copied().unwrap_or(0);
    for constraint in hard.iter().filter(|constraint| constraint.whom == Whom::Everyone) {
        if let (&[(a, 1), (b, 1)], Bound::AtMost(1)) = (constraint.items.as_slice(), constraint.bound) {
            let (a, b) = (ranked(a), ranked(b));
            rule_of.entry((a.min(b), a.max(b))).or_insert(&constraint.rule);
        }
    }
    let is_on_duty = |place: usize| {
        let seat = order.get(place).and_then(|seat| case.seats.get(*seat));
        seat.is_some_and(|seat| seat.role.is_duty())
    };
    let mut sets = Vec::new();
    let mut last: BTreeSet<usize> = BTreeSet::new();
    for first in (0..order.len()).filter(|place| is_on_duty(*place)) {
        let mut set = vec![first];
        let mut rules = BTreeSet::new();
        for ((_, next), _) in rule_of.range((first, 0)..(first.saturating_add(1), 0)) {
            let pairs: Option<Vec<&str>> = set.iter().map(|known| rule_of.get(&(*known, *next)).copied()).collect();
            if let Some(pairs) = pairs {
                set.push(*next);
                rules.extend(pairs.into_iter().map(str::to_owned));
            }
        }
        // What is part of the set before says nothing new.
        let members: BTreeSet<usize> = set.iter().copied().collect();
        if !members.is_subset(&last) {
            let mut seats: Vec<usize> = set.into_iter().filter_map(|place| order.get(place).copied()).collect();
            seats.sort_unstable();
            sets.push((seats, rules));
            last = members;
        }
    }
    sets
}

fn need(
    case: &Case<'_>,
    can: &[BTreeSet<usize>],
    seats: Vec<usize>,
    rules: BTreeSet<String>,
    counting: Option<Counting>,
) -> Option<Need> {
    let span = seats.iter().filter_map(|seat| case.seats.get(*seat)).map(|seat| seat.span).reduce(Span::hull)?;
    let places: BTreeSet<usize> = seats.iter().filter_map(|seat| can.get(*seat)).flatten().copied().collect();
    let people = places.into_iter().filter_map(|place| case.team.people().get(place));
    let number = u64::try_from(seats.len()).unwrap_or(u64::MAX);
    let counting = counting.unwrap_or(Counting::Apart { seats: number });
    let needed = match counting {
        Counting::Apart { seats } => seats,
        Counting::Share { total, most } | Counting::Time { total, most } => total.div_ceil(most.max(1)),
    };
    Some(Need { rules, span, seats, people: needed, can: people.map(|person| person.id().clone()).collect(), counting })
}

/// Of the needs by the same rules the first that takes the most people; the most first.
fn largest(needs: Vec<Need>) -> Vec<Need> {
    let mut best: BTreeMap<BTreeSet<String>, Need> = BTreeMap::new();
    for need in needs {
        match best.get(&need.rules) {
            Some(known) if known.people >= need.people => {}
            _ => {
                best.insert(need.rules.clone(), need);
            }
        }
    }
    let mut best: Vec<_> = best.into_values().collect();
    best.sort_by_key(|need| core::cmp::Reverse(need.people));
    best
}

fn distinct(mut needs: Vec<Need>) -> Vec<Need> {
    let mut known = BTreeSet::new();
    needs.retain(|need| known.insert((need.seats.clone(), need.rules.clone())));
    needs.sort_by_key(|need| need.span);
    needs
}
