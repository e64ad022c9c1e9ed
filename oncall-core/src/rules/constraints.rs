//! Rules as bounds over seats, for a solver.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use timeline_core::Span;

use super::limits::{Case, Duty, Ground, Key, Limit, times};
use super::pieces::whole;
use super::reason::{Bound, Reason, Words};
use super::turns::is_exact;
use super::{Grouping, Rule, RuleSet, Strength};
use crate::error::Error;
use crate::shift::{Seat, Shift};
use crate::team::Team;

mod covers;

/// Whom a constraint binds, each person by himself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whom {
    /// Everybody in the team.
    Everyone,
    /// The people at these places of the team, in order.
    These(Vec<usize>),
}

/// A bound on the seats that one person serves: the weights of those served, added, keep `bound`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Constraint {
    /// The name of the rule.
    pub rule: Arc<str>,
    /// Whether it has to be kept.
    pub strength: Strength,
    /// Whom it binds.
    pub whom: Whom,
    /// Seats, by their place, in order, each once, with weights above 0. Weight 1 and `AtMost(0)` is a seat that
    /// nobody of them may serve; two of weight 1 and `AtMost(1)` are two seats that nobody may serve both.
    pub items: Vec<(usize, u64)>,
    /// How much.
    pub bound: Bound,
    /// Why.
    pub reason: Reason,
    /// When.
    pub span: Span,
}

/// Lists of seats of which one person serves at most so many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtMost {
    /// Each list in order with its bound.
    pub lists: Vec<(Vec<usize>, usize)>,
    /// Whether they say the same as the constraint. If not, they ask for more: what keeps them keeps it.
    pub exact: bool,
}

impl Constraint {
    /// What breaking it once costs; `None` where it must not be broken. [`times`](Self::times) says how often it is.
    #[must_use]
    pub fn cost(&self) -> Option<u64> {
        cost(self.strength, &self.reason)
    }

    /// Whether it binds the person at this place of the team.
    #[must_use]
    pub fn binds(&self, place: usize) -> bool {
        match &self.whom {
            Whom::Everyone => true,
            Whom::These(places) => places.binary_search(&place).is_ok(),
        }
    }

    /// How much of it a person has who serves the seats of which `serves` is true.
    #[must_use]
    pub fn count(&self, serves: impl Fn(usize) -> bool) -> u64 {
        let served = self.items.iter().filter(|(seat, _)| serves(*seat));
        served.fold(0, |sum, (_, weight)| sum.saturating_add(*weight))
    }

    /// How often one who serves these seats breaks it: of time on call by each shift that has to go until the rest fits,
    /// the longest first; of anything else by each beyond the bound.
    #[must_use]
    pub fn times(&self, serves: impl Fn(usize) -> bool) -> u64 {
        let served = self.items.iter().filter(|(seat, _)| serves(*seat)).map(|(_, weight)| *weight);
        times(self.bound, &self.reason, &served.collect::<Vec<_>>())
    }

    /// Whether it forbids nothing, whatever is served.
    #[must_use]
    pub fn is_slack(&self) -> bool {
        match self.bound {
            Bound::AtMost(most) => self.count(|_| true) <= most,
            Bound::AtLeast(least) => least == 0,
        }
    }

    /// The same as numbers of seats, without weights: `None` for a bound from below. Exact unless that takes more
    /// lists than can be found in `budget` steps.
    #[must_use]
    pub fn at_most(&self, budget: usize) -> Option<AtMost> {
        match self.bound {
            Bound::AtMost(most) => Some(covers::at_most(&self.items, most, budget)),
            Bound::AtLeast(_) => None,
        }
    }

    /// The sentence for one person, or for all of them: ``rule `leave`: ada is on leave for 24 h in …``.
    #[must_use]
    pub fn sentence(&self, team: &Team) -> String {
        let names = |places: &[usize]| {
            let people = places.iter().filter_map(|place| team.people().get(*place));
            people.map(|person| person.id().as_str()).collect::<Vec<_>>().join(", ")
        };
        let who = match &self.whom {
            Whom::Everyone => "whoever serves them".to_owned(),
            Whom::These(places) => names(places),
        };
        let words = Words { reason: &self.reason, span: self.span, bound: self.bound, count: None };
        format!("rule `{}`: {who} {words}", self.rule)
    }
}

/// All that a set of rules asks of the people who fill some seats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    list: Vec<Constraint>,
    pub(crate) exact: Exact,
}

/// Whether bounds ask for just as much as the rules do, and no more, as they may where parts of a turn are to be filled
/// each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exact {
    pub(crate) hard: bool,
    pub(crate) soft: bool,
}

impl Default for Exact {
    fn default() -> Self {
        Self { hard: true, soft: true }
    }
}

impl Constraints {
    /// Each of them, by rule in the order of the set.
    pub fn iter(&self) -> core::slice::Iter<'_, Constraint> {
        self.list.iter()
    }

    /// Those that every plan keeps.
    pub fn hard(&self) -> impl Iterator<Item = &Constraint> {
        self.list.iter().filter(|constraint| constraint.strength == Strength::Hard)
    }

    /// The constraints that an assignment breaks, with the place of the person and by how much. `assignment` has for
    /// each seat the place of the person who fills it.
    #[must_use]
    pub fn broken(&self, assignment: &[Option<usize>], people: usize) -> Vec<(&Constraint, usize, u64)> {
        let mut broken = Vec::new();
        for constraint in &self.list {
            for place in (0..people).filter(|place| constraint.binds(*place)) {
                let count = constraint.count(|seat| assignment.get(seat).copied().flatten() == Some(place));
                let excess = constraint.bound.excess(count);
                if excess > 0 {
                    broken.push((constraint, place, excess));
                }
            }
        }
        broken
    }

    /// What an assignment costs by the soft constraints, as much as the check of its shifts says.
    #[must_use]
    pub fn cost(&self, assignment: &[Option<usize>], people: usize) -> u64 {
        let mut sum = 0_u64;
        for constraint in &self.list {
            let Some(once) = constraint.cost() else { continue };
            for place in (0..people).filter(|place| constraint.binds(*place)) {
                let times = constraint.times(|seat| assignment.get(seat).copied().flatten() == Some(place));
                sum = sum.saturating_add(once.saturating_mul(times));
            }
        }
        sum
    }

    /// The same over groups of seats that one person fills as a whole; each seat is in one group. A group weighs what
    /// its seats weigh together. What forbids nothing is left out.
    #[must_use]
    pub fn over_groups(&self, groups: &[Vec<usize>]) -> Self {
        let pairs = groups.iter().enumerate().flat_map(|(group, seats)| seats.iter().map(move |seat| (*seat, group)));
        let group_of: BTreeMap<usize, usize> = pairs.collect();
        let grouped = self.list.iter().map(|constraint| {
            let mut items: BTreeMap<usize, u64> = BTreeMap::new();
            for (seat, weight) in &constraint.items {
                if let Some(group) = group_of.get(seat) {
                    let sum = items.entry(*group).or_default();
                    *sum = sum.saturating_add(*weight);
                }
            }
            Constraint { items: items.into_iter().collect(), ..constraint.clone() }
        });
        Self { list: grouped.filter(|constraint| !constraint.is_slack()).collect(), exact: self.exact }
    }
}

impl<'a> IntoIterator for &'a Constraints {
    type Item = &'a Constraint;
    type IntoIter = core::slice::Iter<'a, Constraint>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl RuleSet {
    /// What the rules ask of the people who fill `case.seats`, which start in `case.span`, given what was served
    /// before (and is settled after): the shifts of `history` that start outside the span. Those of people who are not
    /// in the team are left out.
    ///
    /// A choice of people for the seats keeps every hard constraint exactly if [`RuleSet::check`] finds no hard rule
    /// broken by its shifts and those of `history`; where two seats of one role and span differ in what they require,
    /// the check is content with any exchange of the two.
    ///
    /// # Errors
    /// [`Error::Time`] at the ends of time.
    pub fn constraints(&self, case: &Case<'_>, history: &[Shift]) -> Result<Constraints, Error> {
        self.constraints_in_groups(case, &Grouping::default(), history)
    }

    /// [`constraints`](Self::constraints) where seats go together: as [`check_groups`](Self::check_groups) judges them.
    pub(crate) fn constraints_in_groups<'a>(
        &self,
        case: &Case<'a>,
        grouping: &Grouping<'_>,
        history: &[Shift],
    ) -> Result<Constraints, Error> {
        let history = whole(case, history.iter().filter(|shift| !case.span.contains(shift.span.start())));
        let ground = Ground::new(self, case, grouping, history.iter().map(|shift| (shift.span, shift.role)));
        let seat = |seat: &'a Seat| Duty::new(seat.span, seat.role, vec![&seat.requires]);
        let mut seats: Vec<Duty<'_>> = case.seats.iter().map(seat).collect();
        ground.wholes.weigh_open(&mut seats, None);
        let mut with_history: BTreeMap<usize, Vec<Duty<'_>>> = BTreeMap::new();
        for shift in &history {
            if let Some(place) = case.team.place(&shift.person) {
                let duty = Duty { fixed: true, ..Duty::new(shift.span, shift.role, Vec::new()) };
                with_history.entry(place).or_insert_with(|| seats.clone()).push(duty);
            }
        }
        for place in ground.wholes.holders_of_parts(case.seats) {
            with_history.entry(place).or_insert_with(|| seats.clone());
        }
        for (place, duties) in &mut with_history {
            ground.wholes.weigh_open(duties, Some(*place));
        }
        let is_exact = |strength: fn(Strength) -> bool| {
            let rules = || self.rules().iter().filter(|named| strength(named.strength)).map(|named| &named.rule);
            let of_seats = rules().any(|rule| matches!(rule, Rule::MaxShifts { .. } | Rule::MinShifts { .. }));
            let of_any = rules().any(|rule| matches!(rule, Rule::MaxNights { .. } | Rule::MaxHolidays { .. }));
            with_history.values().chain([&seats]).all(|duties| is_exact(duties, of_seats, of_any))
        };
        let exact = Exact {
            hard: is_exact(|strength| strength == Strength::Hard),
            soft: is_exact(|strength| strength != Strength::Hard),
        };

        let people = case.team.people();
        let mut list = Vec::new();
        for named in self.rules() {
            let mut found: BTreeMap<Key, Whom> = BTreeMap::new();
            if let Some(limits) = ground.of_anybody(&named.rule, &seats) {
                let anybody = keys(&limits?, &seats);
                let mut own: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
                for (place, duties) in &with_history {
                    let limits = ground.of_anybody(&named.rule, duties).unwrap_or(Ok(Vec::new()))?;
                    keys(&limits, duties).into_iter().for_each(|key| own.entry(key).or_default().push(*place));
                }
                for key in anybody {
                    let held = own.remove(&key).unwrap_or_default();
                    // Whose history leaves less of it has a bound of his own. That a hard bound holds for him as well is
                    // true, and one for everybody is worth more to a solver than one for each; a soft one costs once.
                    let whom = if held.len() == with_history.len() || named.strength == Strength::Hard {
                        Whom::Everyone
                    } else {
                        let is_bound = |place: &usize| !with_history.contains_key(place) || held.contains(place);
                        Whom::These((0..people.len()).filter(is_bound).collect())
                    };
                    found.insert(key, whom);
                }
                found.extend(own.into_iter().map(|(key, places)| (key, whom(places, people.len()))));
            } else {
                let mut own: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
                for (place, person) in people.iter().enumerate() {
                    let duties = with_history.get(&place).unwrap_or(&seats);
                    let limits = ground.of_person(&named.rule, person, duties)?;
                    keys(&limits, duties).into_iter().for_each(|key| own.entry(key).or_default().push(place));
                }
                found.extend(own.into_iter().map(|(key, places)| (key, whom(places, people.len()))));
            }
            let rule: Arc<str> = Arc::from(named.name.as_str());
            list.extend(found.into_iter().map(|((span, items, bound, reason), whom)| Constraint {
                rule: Arc::clone(&rule),
                strength: named.strength,
                whom,
                items,
                bound,
                reason,
                span,
            }));
        }
        Ok(Constraints { list, exact })
    }
}

/// What limits ask of the duties that are not served yet, each once.
fn keys(limits: &[Limit], duties: &[Duty<'_>]) -> BTreeSet<Key> {
    limits.iter().filter_map(|limit| limit.over_free(duties)).collect()
}

fn whom(places: Vec<usize>, people: usize) -> Whom {
    if places.len() == people { Whom::Everyone } else { Whom::These(places) }
}

/// The cost of one breach: the weight of the rule, times that of the wish.
pub(super) fn cost(strength: Strength, reason: &Reason) -> Option<u64> {
    let Strength::Soft { weight } = strength else { return None };
    let wish = match reason {
        Reason::Avoided { weight } | Reason::Preferred { weight } => *weight,
        _ => 1,
    };
    Some(u64::from(weight).saturating_mul(u64::from(wish)))
}
