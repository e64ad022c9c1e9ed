//! Which rules some shifts break, by how much, by whom and when.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use timeline_core::Span;

use super::constraints::cost;
use super::dealt::{MOST_DEALT, dealt};
use super::limits::{Case, Duty, Ground, Limit, times};
use super::pieces::whole;
use super::reason::{Bound, Reason, Words};
use super::{Grouping, Rule, RuleSet, Strength};
use crate::error::Error;
use crate::person::{PersonId, Role};
use crate::shift::{Requirements, Seat, Shift};

/// A rule that is broken.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Violation {
    /// The rule by its name.
    pub rule: String,
    /// Whether it had to be kept.
    pub strength: Strength,
    /// By whom.
    pub person: PersonId,
    /// When: the shift, from the first to the last of two shifts, the period, or the window of time with most in it of
    /// those that are broken one after the other.
    pub span: Span,
    /// From the first to the last of such windows; `span` for anything else.
    pub run: Span,
    /// The shifts that count, in order, for time on call of all such windows; none where there are too few.
    pub shifts: Vec<Shift>,
    /// Why.
    pub reason: Reason,
    /// How much there is: of time in nanoseconds, of anything else in number.
    pub count: u64,
    /// How much there may be, or must be.
    pub bound: Bound,
    /// How often a soft rule costs for it, at least 1: for time on call in each window once for each shift that has to go
    /// until the rest fits, the longest first; for anything else once for each beyond the bound. What shifts outside the
    /// span have beyond it is not counted.
    pub times: u64,
}

impl Violation {
    /// By how much it is beyond the bound, at least 1.
    #[must_use]
    pub const fn excess(&self) -> u64 {
        self.bound.excess(self.count)
    }

    /// What it costs, [`times`](Self::times) over; `None` for a hard rule.
    #[must_use]
    pub fn cost(&self) -> Option<u64> {
        cost(self.strength, &self.reason).map(|once| once.saturating_mul(self.times))
    }
}

/// ``rule `leave` (hard): ada is on leave for 24 h in …``.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strength = match self.strength {
            Strength::Hard => "hard".to_owned(),
            Strength::Soft { weight } => format!("soft, weight {weight}"),
        };
        let words = Words { reason: &self.reason, span: self.span, bound: self.bound, count: Some(self.count) };
        write!(f, "rule `{}` ({strength}): {} {words}", self.rule, self.person)?;
        if self.run == self.span { Ok(()) } else { write!(f, ", and too much of {}", self.run) }
    }
}

/// Every rule that some shifts break; none where they keep all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct Verdict {
    violations: Vec<Violation>,
}

impl Verdict {
    /// Each violation: by rule in the order of the set, by person in that of the team, by time.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Whether no hard rule is broken.
    #[must_use]
    pub fn keeps_hard(&self) -> bool {
        self.violations.iter().all(|violation| violation.strength != Strength::Hard)
    }

    /// Whether no rule is broken.
    #[must_use]
    pub const fn keeps_all(&self) -> bool {
        self.violations.is_empty()
    }

    /// What the soft violations cost together: for shifts that fill seats as much as [`Constraints::cost`] says.
    ///
    /// [`Constraints::cost`]: super::Constraints::cost
    #[must_use]
    pub fn cost(&self) -> u64 {
        self.violations.iter().filter_map(Violation::cost).fold(0, u64::saturating_add)
    }
}

/// One violation a line, or `every rule is kept`.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.violations.is_empty() {
            return f.write_str("every rule is kept");
        }
        let lines: Vec<_> = self.violations.iter().map(Violation::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl RuleSet {
    /// Which rules the shifts break. All shifts count, in any order; those that start outside of `case.span` are as
    /// they are, and what only they break is not told. Of people who are not in the team shifts may be outside the span:
    /// they are nobody's, and yet turns after which others come.
    ///
    /// # Errors
    /// [`Error::Several`] with the place of each shift of somebody who is not in the team and which shares an instant with
    /// the span ([`Error::UnknownPerson`]); [`Error::Time`] at the ends of time.
    pub fn check(&self, case: &Case<'_>, shifts: &[Shift]) -> Result<Verdict, Error> {
        self.check_groups(case, &[], shifts)
    }

    /// [`check`](Self::check) where seats go together, as the nights of one week do: the seats at the places of each
    /// group are one turn to [`Rule::NoBackToBack`] and [`Rule::OneWeekIn`], so that nobody breaks these by serving a
    /// group. To all other rules each seat is a shift.
    ///
    /// # Errors
    /// Those of [`check`](Self::check).
    pub fn check_groups(&self, case: &Case<'_>, groups: &[Vec<usize>], shifts: &[Shift]) -> Result<Verdict, Error> {
        let unknown = |shift: &Shift| shift.span.overlaps(case.span) && case.team.get(&shift.person).is_none();
        let unknown = shifts.iter().enumerate().filter(|(_, shift)| unknown(shift));
        let fault = |(place, shift): (usize, &Shift)| {
            (format!("shifts[{place}]"), Error::UnknownPerson { person: shift.person.clone() })
        };
        let faults: Vec<_> = unknown.map(fault).collect();
        if faults.is_empty() {
            self.judge(case, &Grouping { groups, ..Grouping::default() }, shifts)
        } else {
            Err(Error::Several { faults })
        }
    }

    /// [`check_groups`](Self::check_groups) of shifts of which some are of people who have left: those are nobody's.
    pub(crate) fn judge(&self, case: &Case<'_>, grouping: &Grouping<'_>, shifts: &[Shift]) -> Result<Verdict, Error> {
        let shifts = whole(case, shifts);
        let ground = Ground::new(self, case, grouping, shifts.iter().map(|shift| (shift.span, shift.role)));
        let mut of_person: BTreeMap<&PersonId, Vec<(&Shift, Duty<'_>)>> = BTreeMap::new();
        for (shift, requires) in shifts.iter().zip(required(case, &shifts)) {
            let fixed = !case.span.contains(shift.span.start());
            let duty = Duty { fixed, ..Duty::new(shift.span, shift.role, requires) };
            of_person.entry(&shift.person).or_default().push((shift, duty));
        }

        let mut people = Vec::new();
        for person in case.team.people() {
            let mut served = of_person.remove(person.id()).unwrap_or_default();
            served.sort_by_key(|(shift, _)| (shift.span, shift.role));
            let (shifts, mut duties): (Vec<_>, Vec<_>) = served.into_iter().unzip();
            ground.wholes.weigh(&mut duties);
            people.push((person, shifts, duties));
        }
        let mut violations = Vec::new();
        for named in self.rules() {
            for (person, shifts, duties) in &people {
                // Which windows of time are looked at depends on the seats, whoever serves them.
                let with_seats =
                    matches!(named.rule, Rule::ShareOfTime { .. }) && duties.iter().any(|duty| !duty.fixed);
                let with_seats = with_seats.then(|| with_open_seats(case, duties));
                let duties = with_seats.as_ref().unwrap_or(duties);
                let limits = match ground.of_anybody(&named.rule, duties) {
                    Some(limits) => limits?,
                    None => ground.of_person(&named.rule, person, duties)?,
                };
                let of_rule = |broken: Broken| Violation {
                    rule: named.name.clone(),
                    strength: named.strength,
                    person: person.id().clone(),
                    span: broken.span,
                    run: broken.run,
                    shifts: broken.items.iter().filter_map(|item| shifts.get(*item)).map(|s| (*s).clone()).collect(),
                    reason: broken.reason,
                    count: broken.count,
                    bound: broken.bound,
                    times: broken.times,
                };
                violations.extend(broken(&limits, duties).into_iter().map(of_rule));
            }
        }
        Ok(Verdict { violations })
    }
}

/// The duties of one person, and the seats of the case that none of them fills.
fn with_open_seats<'a>(case: &Case<'a>, duties: &[Duty<'a>]) -> Vec<Duty<'a>> {
    let mut filled: BTreeMap<(Span, Role), usize> = BTreeMap::new();
    for duty in duties.iter().filter(|duty| !duty.fixed) {
        let count = filled.entry((duty.span, duty.role)).or_default();
        *count = count.saturating_add(1);
    }
    let mut all = duties.to_vec();
    for seat in case.seats {
        match filled.get_mut(&(seat.span, seat.role)).filter(|left| **left > 0) {
            Some(left) => *left = left.saturating_sub(1),
            None => {
                all.push(Duty { open: true, ..Duty::new(seat.span, seat.role, Vec::new()) });
            }
        }
    }
    all
}

/// A limit that is broken, or a run of them.
struct Broken {
    span: Span,
    run: Span,
    items: BTreeSet<usize>,
    /// Of the last window, the shifts that are judged.
    judged: BTreeSet<usize>,
    reason: Reason,
    count: u64,
    bound: Bound,
    times: u64,
}

/// The limits that the duties break, each once, in order of time. Windows of time one after the other that have a judged
/// shift in common are one.
fn broken(limits: &[Limit], duties: &[Duty<'_>]) -> Vec<Broken> {
    let mut known = BTreeSet::new();
    let mut all: Vec<Broken> = Vec::new();
    let is_served = |item: usize| duties.get(item).is_some_and(|duty| !duty.open);
    for limit in limits {
        let Some(key) = limit.over_free(duties) else { continue };
        let free: Vec<(usize, u64)> = key.1.iter().copied().filter(|(item, _)| is_served(*item)).collect();
        let times = times(key.2, &limit.reason, &free.iter().map(|(_, weight)| *weight).collect::<Vec<_>>());
        // What is the same for the shifts to be judged is one.
        if times == 0 || !known.insert(key) {
            continue;
        }
        let served = limit.items.iter().filter(|(item, _)| is_served(*item));
        let new = Broken {
            span: limit.span,
            run: limit.span,
            items: served.clone().map(|(item, _)| *item).collect(),
            judged: free.into_iter().map(|(item, _)| item).collect(),
            reason: limit.reason.clone(),
            count: served.fold(0, |sum, (_, weight)| sum.saturating_add(*weight)),
            bound: limit.bound,
            times,
        };
        match all.last_mut() {
            Some(run) if new.reason == Reason::Time && !run.judged.is_disjoint(&new.judged) => {
                run.run = run.run.hull(new.run);
                run.times = run.times.saturating_add(new.times);
                run.items.extend(new.items);
                run.judged = new.judged;
                if new.count > run.count {
                    (run.span, run.count) = (new.span, new.count);
                }
            }
            _ => all.push(new),
        }
    }
    all.sort_by_key(|broken| broken.span);
    all
}

/// What each shift has to bring, one of the list: what its seat requires, for a shift that is one of the seats; what any of
/// the seats around it in its role does, for a piece; what any that it overlaps does, for one that is neither. Of several
/// seats of one role and span each goes to a shift that meets it, if they can be dealt out so.
fn required<'a>(case: &Case<'a>, shifts: &[Shift]) -> Vec<Vec<&'a Requirements>> {
    let mut seats: BTreeMap<(Span, Role), Vec<&'a Seat>> = BTreeMap::new();
    for seat in case.seats {
        seats.entry((seat.span, seat.role)).or_default().push(seat);
    }
    let longest = case.seats.iter().map(|seat| seat.span.length()).max().unwrap_or_default();
    let mut alike: BTreeMap<(Span, Role), Vec<usize>> = BTreeMap::new();
    let mut required = vec![Vec::new(); shifts.len()];
    for (place, (shift, required)) in shifts.iter().zip(&mut required).enumerate() {
        if !case.span.contains(shift.span.start()) {
            continue;
        }
        if seats.contains_key(&(shift.span, shift.role)) {
            alike.entry((shift.span, shift.role)).or_default().push(place);
            continue;
        }
        // A shift cut to size by an override or a swap.
        let from =
            shift.span.start().checked_sub_signed(longest).and_then(|from| Span::new(from, shift.span.end()).ok());
        let near = seats.range((from.unwrap_or(shift.span), Role::Primary)..);
        let near = near.take_while(|((span, _), _)| span.start() < shift.span.end());
        let near = near.filter(|((span, role), _)| *role == shift.role && span.overlaps(shift.span));
        let near = near.collect::<Vec<_>>();
        let around = near.iter().filter(|((span, _), _)| span.covers(shift.span)).collect::<Vec<_>>();
        let of = if around.is_empty() { near.iter().collect() } else { around };
        required.extend(of.into_iter().flat_map(|(_, seats)| seats.iter().map(|seat| &seat.requires)));
    }
    for (key, places) in alike {
        let seats = seats.get(&key).map(Vec::as_slice).unwrap_or_default();
        let is_alike = |seat: &&&Seat| seats.first().is_some_and(|first| first.requires == seat.requires);
        if seats.iter().filter(is_alike).count() == seats.len() || seats.len() > MOST_DEALT {
            for place in places {
                if let Some(required) = required.get_mut(place) {
                    required.extend(seats.iter().map(|seat| &seat.requires));
                    required.dedup();
                }
            }
            continue;
        }
        let people = places.iter().map(|place| shifts.get(*place).and_then(|shift| case.team.get(&shift.person)));
        let people: Vec<_> = people.collect();
        let requires: Vec<_> = seats.iter().map(|seat| &seat.requires).collect();
        for (place, seat) in places.iter().zip(dealt(&people, &requires)) {
            let requires = seat.and_then(|seat| requires.get(seat));
            if let (Some(required), Some(requires)) = (required.get_mut(*place), requires) {
                required.push(requires);
            }
        }
    }
    required
}
