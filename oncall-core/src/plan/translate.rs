//! Rules over seats as rules over the open duties of a rostering problem.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use timeline_core::Span;

use crate::error::Error;
use crate::plan::least::Least;
use crate::plan::penalty::Places;
use crate::plan::request::Request;
use crate::roster::{Hard, Rule, Soft, Who};
use crate::rules::{Bound, Case, Constraint, Exact, Grouping, Reason, Strength, Whom};

/// Steps to put a bound on weights as bounds on numbers; where they do not do, the bounds ask for more than the rule.
const COVER_STEPS: usize = 20_000;

/// Above so many people causes are told by rule and no longer by person: nobody reads a list of hundreds.
const MOST_NAMED: usize = 60;

/// Everything that rules ask of the open duties.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clauses {
    /// What every plan keeps, with the place of its source.
    pub(crate) hard: Vec<(usize, Rule)>,
    /// What costs something.
    pub(crate) soft: Vec<Soft>,
    /// What soft rules cost before any open duty is served: fixed duties, and bounds from below, each short of all that
    /// those leave of it.
    pub(crate) soft_base: i128,
    /// Whether what is best by the bounds is so by the rules.
    pub(crate) exact: Exact,
    /// Bounds from below that every plan keeps.
    pub(crate) least: Vec<Least>,
    /// Who is kept from which open duty for a reason that is no rule of the set.
    otherwise: Vec<(usize, usize, String)>,
    /// Where the rules come from: the tags of the problem.
    pub(crate) sources: Vec<Source>,
}

/// One rule of one person, or of everybody: what a conflict names.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) rule: Arc<str>,
    pub(crate) person: Option<usize>,
    /// The open duties that it is about, why, and when.
    pub(crate) parts: Vec<(Vec<usize>, Reason, Span)>,
    /// Whether it stands for several people, too many to name.
    pub(crate) of_many: bool,
}

impl Clauses {
    /// Of the rules of a request. `grouping` has the seats of each duty, `fixed` who has it before planning, `open` those
    /// that nobody has; `there` says who is there in the period at all.
    pub(crate) fn of(
        request: &Request,
        case: &Case<'_>,
        grouping: &Grouping<'_>,
        fixed: &[Option<usize>],
        open: &[usize],
        there: &[bool],
    ) -> Result<Self, Error> {
        let groups = grouping.groups;
        let constraints = request.rules.constraints_in_groups(case, grouping, &request.history)?;
        let grouped = constraints.over_groups(groups);
        let mut open_of = vec![None; groups.len()];
        for (index, place) in open.iter().enumerate() {
            if let Some(entry) = open_of.get_mut(*place) {
                *entry = Some(index);
            }
        }
        let people = there.len();
        let mut clauses = Self { exact: constraints.exact, ..Self::default() };
        let mut scribe = Scribe { clauses: &mut clauses, places: BTreeMap::new(), people };
        for constraint in &without_dominated(grouped.hard().collect()) {
            scribe.write(constraint, fixed, &open_of);
        }
        let absent = there.iter().enumerate().filter(|(_, there)| !**there).map(|(person, _)| person);
        let absent = absent.collect::<BTreeSet<_>>();
        scribe.not_there(&absent, open.len(), case.span);
        let mut duty_of = vec![0; case.seats.len()];
        for (duty, group) in groups.iter().enumerate() {
            for seat in group {
                if let Some(entry) = duty_of.get_mut(*seat) {
                    *entry = duty;
                }
            }
        }
        let places = Places { duty_of: &duty_of, fixed, open_of: &open_of, people };
        for constraint in constraints.iter().filter(|constraint| constraint.strength != Strength::Hard) {
            places.write(constraint, &mut clauses);
        }
        Ok(clauses)
    }

    /// What soft rules cost whatever is planned.
    pub(super) fn add_base(&mut self, cost: u64, times: u64) {
        self.soft_base = self.soft_base.saturating_add(i128::from(cost).saturating_mul(i128::from(times)));
    }

    /// Keeps a person from an open duty for a reason that is no rule, unless a rule does so already.
    pub(crate) fn bar(&mut self, person: usize, seat: usize, why: &str, span: Span, people: usize) {
        let barred = Rule::Barred { worker: person, seat };
        if self.hard.iter().all(|(_, rule)| *rule != barred) {
            let reason = Reason::Away { seconds: span.length().num_seconds(), why: Some(why.to_owned()) };
            let mut scribe = Scribe { clauses: self, places: BTreeMap::new(), people };
            let source = scribe.source(&Arc::from(why), Some(person), &[seat], &reason, span);
            self.hard.push((source, barred));
            self.otherwise.push((person, seat, why.to_owned()));
        }
    }

    /// Why a person is kept from an open duty where that is no rule of the set: an absence, a refusal.
    pub(crate) fn barred_otherwise(&self, person: usize, seat: usize) -> Option<&str> {
        self.otherwise.iter().find(|(who, what, _)| (*who, *what) == (person, seat)).map(|(.., why)| why.as_str())
    }

    /// The hard rules with their tags.
    pub(crate) fn tagged(&self) -> Vec<Hard> {
        let tagged = self
            .hard
            .iter()
            .filter_map(|(source, rule)| Some(Hard { tag: u32::try_from(*source).ok()?, rule: rule.clone() }));
        tagged.collect()
    }
}

/// Leaves out windows of time that another one contains with as small a bound: what keeps that one keeps them.
fn without_dominated(constraints: Vec<&Constraint>) -> Vec<&Constraint> {
    let is_time = |constraint: &&Constraint| constraint.reason == Reason::Time;
    let windows = constraints.iter().copied().filter(is_time).collect::<Vec<_>>();
    let dominates = |wide: &Constraint, narrow: &Constraint| {
        let (Bound::AtMost(wide_most), Bound::AtMost(narrow_most)) = (wide.bound, narrow.bound) else { return false };
        let weights = wide.items.iter().copied().collect::<BTreeMap<_, _>>();
        wide.rule == narrow.rule
            && wide.whom == narrow.whom
            && wide_most <= narrow_most
            && narrow.items.iter().all(|(seat, weight)| weights.get(seat).is_some_and(|known| known >= weight))
    };
    let is_dominated = |narrow: &Constraint| {
        let place = windows.iter().position(|other| core::ptr::eq(*other, narrow));
        windows.iter().enumerate().any(|(other, wide)| {
            // Of two that say the same, the first stays.
            !core::ptr::eq(*wide, narrow)
                && dominates(wide, narrow)
                && (!dominates(narrow, wide) || Some(other) < place)
        })
    };
    constraints.into_iter().filter(|constraint| !is_time(constraint) || !is_dominated(constraint)).collect()
}

/// Writes hard constraints down, each with its source.
struct Scribe<'a> {
    clauses: &'a mut Clauses,
    places: BTreeMap<(Arc<str>, Option<usize>), usize>,
    people: usize,
}

impl Scribe<'_> {
    /// Keeps those who are not there in the period at all from every duty that no rule keeps them from.
    fn not_there(&mut self, absent: &BTreeSet<usize>, open: usize, span: Span) {
        let barred = self.clauses.hard.iter().filter_map(|(_, rule)| match rule {
            Rule::Barred { worker, seat } if absent.contains(worker) => Some((*worker, *seat)),
            _ => None,
        });
        let barred = barred.collect::<BTreeSet<_>>();
        let reason = Reason::NotMember { seconds: span.length().num_seconds() };
        let rule: Arc<str> = Arc::from("presence");
        for (person, seat) in absent.iter().flat_map(|person| (0..open).map(|seat| (*person, seat))) {
            if !barred.contains(&(person, seat)) {
                let source = self.source(&rule, Some(person), &[seat], &reason, span);
                self.clauses.hard.push((source, Rule::Barred { worker: person, seat }));
                self.clauses.otherwise.push((person, seat, "presence".to_owned()));
            }
        }
    }

    fn write(&mut self, constraint: &Constraint, fixed: &[Option<usize>], open_of: &[Option<usize>]) {
        let items = constraint
            .items
            .iter()
            .filter_map(|(duty, weight)| open_of.get(*duty).copied().flatten().map(|index| (index, *weight)));
        let items = items.collect::<Vec<_>>();
        // What fixed duties use up of the bound, by person.
        let mut used = BTreeMap::<usize, u64>::new();
        for (duty, weight) in &constraint.items {
            if let Some(person) = fixed.get(*duty).copied().flatten() {
                let sum = used.entry(person).or_default();
                *sum = sum.saturating_add(*weight);
            }
        }
        let everyone = constraint.whom == Whom::Everyone && used.is_empty();
        match constraint.bound {
            Bound::AtMost(most) if everyone => self.at_most(constraint, None, &items, Some(most)),
            Bound::AtMost(most) => {
                for person in self.bound_by(&constraint.whom) {
                    let left = most.checked_sub(used.get(&person).copied().unwrap_or(0));
                    self.at_most(constraint, Some(person), &items, left);
                }
            }
            Bound::AtLeast(least) => {
                for person in self.bound_by(&constraint.whom) {
                    let left = least.saturating_sub(used.get(&person).copied().unwrap_or(0));
                    self.at_least(constraint, person, &items, left);
                }
            }
        }
    }

    fn bound_by(&self, whom: &Whom) -> Vec<usize> {
        match whom {
            Whom::Everyone => (0..self.people).collect(),
            Whom::These(places) => places.clone(),
        }
    }

    /// `most` is `None` where too much is served already, so that nothing may be added.
    fn at_most(&mut self, constraint: &Constraint, person: Option<usize>, items: &[(usize, u64)], most: Option<u64>) {
        let all = items.iter().fold(0_u64, |sum, (_, weight)| sum.saturating_add(*weight));
        if most.is_some_and(|most| all <= most) {
            return;
        }
        let bound = Bound::AtMost(most.unwrap_or(0));
        let counted = Constraint { items: items.to_vec(), bound, ..constraint.clone() };
        let Some(lists) = counted.at_most(COVER_STEPS) else { return };
        for (seats, most) in lists.lists {
            match (person, most, seats.as_slice()) {
                (Some(worker), 0, _) => {
                    for seat in seats {
                        self.add(constraint, Some(worker), &[seat], Rule::Barred { worker, seat });
                    }
                }
                (None, 0, _) => {
                    for seat in seats {
                        for worker in 0..self.people {
                            self.add(constraint, None, &[seat], Rule::Barred { worker, seat });
                        }
                    }
                }
                (_, 1, &[first, second]) => {
                    let who = person.map_or(Who::Everyone, Who::Only);
                    self.add(constraint, person, &[first, second], Rule::Apart { who, first, second });
                }
                _ => {
                    let who = person.map_or(Who::Everyone, Who::Only);
                    let rule = Rule::AtMost { who, seats: seats.clone(), most };
                    self.add(constraint, person, &seats, rule);
                }
            }
        }
    }

    fn at_least(&mut self, constraint: &Constraint, person: usize, items: &[(usize, u64)], least: u64) {
        if least == 0 {
            return;
        }
        self.clauses.least.push(Least { person, open: items.to_vec(), count: least, span: constraint.span });
    }

    fn add(&mut self, constraint: &Constraint, person: Option<usize>, seats: &[usize], rule: Rule) {
        let source = self.source(&constraint.rule, person, seats, &constraint.reason, constraint.span);
        self.clauses.hard.push((source, rule));
    }

    fn source(
        &mut self,
        rule: &Arc<str>,
        person: Option<usize>,
        seats: &[usize],
        reason: &Reason,
        span: Span,
    ) -> usize {
        let of_many = person.is_some() && self.people > MOST_NAMED;
        let person = person.filter(|_| !of_many);
        let next = self.clauses.sources.len();
        let place = *self.places.entry((Arc::clone(rule), person)).or_insert(next);
        if place == next {
            let source = Source { rule: Arc::clone(rule), person, parts: Vec::new(), of_many };
            self.clauses.sources.push(source);
        }
        if let Some(source) = self.clauses.sources.get_mut(place) {
            source.of_many |= of_many;
            source.parts.push((seats.to_vec(), reason.clone(), span));
        }
        place
    }
}

impl Source {
    /// The spans that it is about in a conflict over these open duties, in order.
    pub(crate) fn parts_within(&self, open: &BTreeSet<usize>) -> Vec<&(Vec<usize>, Reason, Span)> {
        self.parts.iter().filter(|(seats, ..)| seats.iter().any(|seat| open.contains(seat))).collect()
    }
}
