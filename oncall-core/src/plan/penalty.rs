//! What a soft rule costs, as numbers of duties that the solver counts.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::translate::Clauses;
use crate::roster::{Rule, Soft, Who};
use crate::rules::{Bound, Constraint, Reason, Whom};

/// Who has what, to write soft rules down.
pub(super) struct Places<'a> {
    /// By seat.
    pub(super) duty_of: &'a [usize],
    /// By duty who has it before planning.
    pub(super) fixed: &'a [Option<usize>],
    /// By duty its place among the open ones.
    pub(super) open_of: &'a [Option<usize>],
    pub(super) people: usize,
}

impl Places<'_> {
    /// Writes down what fixed duties cost by a soft rule, and what open ones add to that: never more than the check of
    /// the rules says, and as much wherever duties count alike.
    pub(super) fn write(&self, constraint: &Constraint, clauses: &mut Clauses) {
        let Some(cost) = constraint.cost() else { return };
        let duty_of = |seat: usize| self.duty_of.get(seat).copied();
        let holder = |duty: usize| self.fixed.get(duty).copied().flatten();
        let (Bound::AtMost(bound) | Bound::AtLeast(bound)) = constraint.bound;
        let counted = Counted::of(constraint, bound, duty_of);
        let open = |most: u64| {
            let place = |duty: usize| self.open_of.get(duty).copied().flatten();
            let items = counted.items.iter().filter_map(|(duty, weight)| Some((place(*duty)?, (*weight).min(most))));
            items.collect::<Vec<_>>()
        };
        let is_open = counted.items.iter().all(|(duty, _)| holder(*duty).is_none());
        let is_from_above = matches!(constraint.bound, Bound::AtMost(_));
        if is_from_above && is_open && constraint.whom == Whom::Everyone {
            self.add(clauses, None, cost, beyond(&open(u64::MAX), counted.most));
            return;
        }
        let bound_by = (0..self.people).filter(|person| constraint.binds(*person));
        for person in bound_by {
            let holds = |duty: usize| holder(duty) == Some(person);
            let used = counted.count(holds);
            if is_from_above {
                let already = constraint.times(|seat| duty_of(seat).is_some_and(holds));
                clauses.add_base(cost, already);
                let left = counted.most.saturating_add(already).saturating_sub(used);
                self.add(clauses, Some(person), cost, beyond(&open(u64::MAX), left));
                continue;
            }
            // What is missing costs: all of it at first, each duty gives its part back, and beyond the bound none.
            let short = bound.saturating_sub(used);
            clauses.add_base(cost, short);
            let open = open(short);
            for (seat, weight) in &open {
                let rule = Rule::Barred { worker: person, seat: *seat };
                clauses.soft.push(Soft { penalty: priced(cost, *weight).saturating_neg(), rule });
            }
            self.add(clauses, Some(person), cost, beyond(&open, short));
        }
    }

    fn add(&self, clauses: &mut Clauses, person: Option<usize>, cost: u64, steps: Vec<Step>) {
        for Step { duties, most, times } in steps {
            let penalty = priced(cost, times);
            let who = person.map_or(Who::Everyone, Who::Only);
            match (most, duties.as_slice()) {
                (0, seats) => {
                    let workers = person.map_or(0..self.people, |person| person..person.saturating_add(1));
                    let barred = workers.flat_map(|worker| seats.iter().map(move |seat| (worker, *seat)));
                    let barred = barred.map(|(worker, seat)| Soft { penalty, rule: Rule::Barred { worker, seat } });
                    clauses.soft.extend(barred);
                }
                (1, &[first, second]) => {
                    clauses.soft.push(Soft { penalty, rule: Rule::Apart { who, first, second } });
                }
                _ => clauses.soft.push(Soft { penalty, rule: Rule::AtMost { who, seats: duties, most } }),
            }
        }
    }
}

fn priced(cost: u64, times: u64) -> i64 {
    i64::try_from(cost.saturating_mul(times)).unwrap_or(i64::MAX)
}

/// So many `times` for each beyond `most` of these duties that one person serves.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    duties: Vec<usize>,
    most: usize,
    times: u64,
}

/// Steps that together cost what the weights of the duties served are beyond `most`: just that where all weigh the
/// same or `most` is 0, and never more.
///
/// With the duties of each weight and above as one list: a duty that is served after `n` heavier ones adds at least what it
/// would add after the `n` lightest of those. These additions are at least as large for heavier duties, and what a list
/// has more than the next one is made to grow with `n`.
fn beyond(items: &[(usize, u64)], most: u64) -> Vec<Step> {
    let mut weights = items.iter().map(|(_, weight)| *weight).filter(|weight| *weight > 0).collect::<Vec<_>>();
    weights.sort_unstable();
    weights.dedup();
    let mut steps = Vec::new();
    let mut lighter: Vec<u64> = Vec::new();
    for weight in weights {
        let list = items.iter().filter(|(_, other)| *other >= weight);
        let mut duties = list.clone().map(|(duty, _)| *duty).collect::<Vec<_>>();
        duties.sort_unstable();
        let mut others = list.map(|(_, other)| *other).collect::<Vec<_>>();
        // Without the duty itself, one of the lightest.
        others.sort_unstable();
        let mut before = 0_u64;
        let added = core::iter::once(0).chain(others.into_iter().skip(1)).map(|other| {
            before = before.saturating_add(other);
            before.saturating_add(weight).saturating_sub(most).min(weight)
        });
        let added = added.collect::<Vec<_>>();
        let more = added.iter().enumerate().map(|(n, added)| {
            let lighter = lighter.get(n).copied().unwrap_or(0);
            added.saturating_sub(lighter)
        });
        let mut more = more.collect::<Vec<_>>();
        let mut least = u64::MAX;
        for more in more.iter_mut().rev() {
            least = least.min(*more);
            *more = least;
        }
        let mut last = 0_u64;
        for (n, more) in more.into_iter().enumerate() {
            let times = more.saturating_sub(last);
            last = more;
            if times > 0 {
                steps.push(Step { duties: duties.clone(), most: n, times });
            }
        }
        lighter = added;
    }
    steps
}

/// A soft bound from above over duties of several seats: what each counts, and how much one person may have.
struct Counted {
    /// By duty.
    items: Vec<(usize, u64)>,
    most: u64,
}

impl Counted {
    /// Of a bound over seats of which those are one duty that `duty_of` says. Time on call costs by the shift that has to
    /// go: whatever fits holds no more seats than the lightest that do, so that each beyond that many has to. Of the
    /// lists of all seats from some length up, the one that asks for most is taken.
    fn of(constraint: &Constraint, most: u64, duty_of: impl Fn(usize) -> Option<usize>) -> Self {
        let lengths = match constraint.reason {
            Reason::Time => constraint.items.iter().map(|(_, weight)| *weight).collect::<BTreeSet<_>>(),
            _ => return Self { items: grouped(constraint, 0, |weight| weight, duty_of), most },
        };
        let best = lengths.iter().map(|shortest| {
            let mut long = constraint.items.iter().map(|(_, weight)| *weight).collect::<Vec<_>>();
            long.retain(|weight| weight >= shortest);
            long.sort_unstable();
            let mut sum = 0_u64;
            let fitting = long.iter().take_while(|weight| {
                sum = sum.saturating_add(**weight);
                sum <= most
            });
            let fitting = fitting.count();
            (long.len().saturating_sub(fitting), core::cmp::Reverse(fitting), *shortest)
        });
        let (_, core::cmp::Reverse(fitting), shortest) = best.max().unwrap_or_default();
        let items = grouped(constraint, shortest, |_| 1, duty_of);
        Self { items, most: u64::try_from(fitting).unwrap_or(u64::MAX) }
    }

    /// How much those have of which `serves` is true.
    fn count(&self, serves: impl Fn(usize) -> bool) -> u64 {
        let served = self.items.iter().filter(|(duty, _)| serves(*duty));
        served.fold(0, |sum, (_, weight)| sum.saturating_add(*weight))
    }
}

/// By duty the sum of what its seats count that weigh so much at least.
fn grouped(
    constraint: &Constraint,
    least: u64,
    count: impl Fn(u64) -> u64,
    duty_of: impl Fn(usize) -> Option<usize>,
) -> Vec<(usize, u64)> {
    let mut items = BTreeMap::<usize, u64>::new();
    for (seat, weight) in constraint.items.iter().filter(|(_, weight)| *weight >= least) {
        if let Some(duty) = duty_of(*seat) {
            let sum = items.entry(duty).or_default();
            *sum = sum.saturating_add(count(*weight));
        }
    }
    items.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(steps: &[Step], served: &[usize]) -> u64 {
        let of =
            |step: &Step| served.iter().filter(|duty| step.duties.contains(duty)).count().saturating_sub(step.most);
        steps.iter().map(|step| step.times.saturating_mul(of(step) as u64)).sum()
    }

    /// All sets of duties of all small lists of weights, against the sum itself.
    #[test]
    fn steps_never_cost_more_than_the_weights_and_as_much_where_these_are_alike() {
        let (mut sets, mut exact) = (0, 0);
        for code in 0..5_usize.pow(5) {
            let weights = (0..5).map(|place| [1, 3, 4, 7, 0][code / 5_usize.pow(place) % 5]).collect::<Vec<u64>>();
            let items = weights.iter().copied().enumerate().collect::<Vec<_>>();
            for most in [0, 1, 4, 7, 10, 14] {
                let steps = beyond(&items, most);
                for set in 0..32_usize {
                    let served = (0..5).filter(|place| set >> place & 1 == 1).collect::<Vec<_>>();
                    let true_cost = served.iter().map(|place| weights[*place]).sum::<u64>().saturating_sub(most);
                    let counted = cost(&steps, &served);
                    assert!(counted <= true_cost, "{weights:?} above {most}, of {served:?}: {counted} of {true_cost}");
                    let alike = weights.iter().collect::<BTreeSet<_>>().len() == 1;
                    assert!(counted == true_cost || !(alike || most == 0), "{weights:?} above {most}, of {served:?}");
                    sets += 1;
                    exact += usize::from(counted == true_cost);
                }
            }
        }
        // Whoever finds fewer has made the steps weaker.
        assert!(exact * 100 >= sets * 85, "{exact} of {sets}");
    }

    #[test]
    fn weeks_of_seven_nights_and_one_of_three_at_the_end_of_the_month_cost_what_they_are() {
        let steps = beyond(&[(0, 7), (1, 7), (2, 7), (3, 3)], 10);
        for (served, nights) in [(&[0_usize, 1][..], 4), (&[0, 3], 0), (&[0, 1, 3], 7), (&[0, 1, 2, 3], 14)] {
            assert_eq!(cost(&steps, served), nights, "{served:?}");
        }
    }
}
