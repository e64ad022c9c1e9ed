//! The smallest change to the published plan.

use core::fmt;
use std::collections::BTreeSet;

use timeline_core::Span;

use crate::error::Error;
use crate::person::PersonId;
use crate::plan::least::{Answer, best};
use crate::plan::model::Model;
use crate::plan::solve::{First, finish, or_refused, plan as plan_model};
use crate::plan::{Aim, Budget, Duty, Plan, PlanError, Request};
use crate::replan::absence::{Absence, Declined, standing};
use crate::replan::ask::{Ask, asks};
use crate::roster::{Hard, Level, Problem, Rule, Solution, Statement, Worker};

/// A duty that changes hands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Change {
    /// The duty, or what is left of it.
    pub duty: Duty,
    /// Who had it; nobody where it was open.
    pub from: Option<PersonId>,
    /// Who has it now; nobody where nobody can.
    pub to: Option<PersonId>,
}

/// The published plan with the smallest change.
///
/// Its plan covers what is left from the instant on; its levels count in another order than those of
/// [`plan`](crate::plan::plan()): first the fewest uncovered duties, then the fewest changes, then the largest burden,
/// the sum of squares and the soft rules.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Replan {
    plan: Plan,
    changes: Vec<Change>,
    asks: Vec<Ask>,
    fairest: Plan,
}

impl Replan {
    /// The plan from the instant on.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What changes hands, in order of time.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// For each change whom to ask first, and who else could.
    #[must_use]
    pub fn asks(&self) -> &[Ask] {
        &self.asks
    }

    /// The fairest plan from the instant on, however much it changes: what few changes cost in fairness.
    #[must_use]
    pub const fn fairest(&self) -> &Plan {
        &self.fairest
    }
}

impl fmt::Display for Replan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ask in &self.asks {
            writeln!(f, "{ask}")?;
        }
        for conflict in self.plan.conflicts() {
            writeln!(f, "{conflict}")?;
        }
        let [here, there] = [&self.plan, &self.fairest].map(|plan| {
            let value = |aim| plan.objective(aim).value();
            (value(Aim::Changes), plan.units().burden(value(Aim::LargestBurden)).unwrap_or(crate::burden::Burden::ZERO))
        });
        write!(
            f,
            "{} of the published duties change hands, largest burden {:.1}; the fairest plan changes {}, largest burden {:.1}",
            here.0, here.1, there.0, there.1
        )
    }
}

/// The smallest change to `request.published` that the absence asks for.
///
/// What was served before the instant, and what others are serving then, stays as it is; the running shift of the absent
/// is cut at the instant. What somebody agreed to take of a duty of another ([`Holding::agreed`](crate::replan::Holding::agreed)) stays theirs too, with
/// the duties that break a rule together with it, unless they are absent then, on leave or out of the team. Of the rest as few duties are uncovered as can be, then as few published ones change hands as
/// can be, and then the plan is the fairest of those. An absence does not change what a fair share is: presence counts
/// as it did in the request. Whoever `declined` a duty is not given it.
///
/// # Errors
/// As [`plan`](crate::plan::plan()), and [`Error::UnknownPerson`] for an absent person who is not in the team, [`Error::Several`] with the place of each who
/// declined and is not,
/// [`Error::EmptyMembership`] for one who leaves before joining, [`Error::Time`] for an absence that ends before it
/// begins; [`PlanError::AllServed`] when everything is served by the instant.
pub fn replan(request: &Request, absence: &Absence, declined: &[Declined], budget: Budget) -> Result<Replan, Error> {
    let is_unknown = |no: &&Declined| request.team.place(&no.person).is_none();
    let unknown =
        declined.iter().enumerate().filter(|(_, no)| is_unknown(no)).map(|(place, no)| {
            (format!("declined[{place}].person"), Error::UnknownPerson { person: no.person.clone() })
        });
    let faults = unknown.collect::<Vec<_>>();
    if !faults.is_empty() {
        return Err(Error::Several { faults });
    }
    let mut standing = standing(request, absence)?;
    if standing.request.duties.is_empty() {
        return Err(Error::Plan(PlanError::AllServed { by: absence.from }));
    }
    standing.keep_to_what_was_agreed(request, absence)?;
    let left = &standing.request;
    let mut model = Model::counting(left, &request.team, Some(&request.duties))?;
    bar(&mut model, absence, declined, &standing.whole);
    // The duties of `standing` are in the order of the model.
    let published = model.open.iter().map(|place| standing.published.get(*place).and_then(Option::as_ref));
    let published = published.map(|person| person.and_then(|person| left.team.place(person))).collect::<Vec<_>>();

    let statement = model.statement();
    let fairest = plan_model(&model, budget)?;
    let mut solution = least_change(&model, &statement, &published, absence, budget)?;
    prefer(&model, &statement, &published, &mut solution)?;
    let plan = finish(&model, &statement, &solution, budget, First::Changes)?;

    let mut changes = Vec::new();
    for (seat, place) in model.open.iter().enumerate() {
        let (before, now) =
            (standing.published.get(*place).cloned().flatten(), solution.assignment.get(seat).copied().flatten());
        let to = now.and_then(|place| left.team.people().get(place)).map(|person| person.id().clone());
        if let Some(duty) = model.duties.get(*place).filter(|_| before != to) {
            changes.push((*place, Change { duty: (*duty).clone(), from: before, to }));
        }
    }
    let asks = asks(&model, &solution.assignment, &changes.iter().map(|(place, _)| *place).collect::<Vec<_>>())?;
    Ok(Replan { plan, changes: changes.into_iter().map(|(_, change)| change).collect(), asks, fairest })
}

/// Of plans that are worth the same, the one in which the first to be asked takes each duty that changes hands.
fn prefer(
    model: &Model<'_>,
    statement: &Statement,
    published: &[Option<usize>],
    solution: &mut Solution,
) -> Result<(), Error> {
    let problem = Problem::try_new(statement.clone())?;
    for (seat, place) in model.open.iter().enumerate() {
        let now = solution.assignment.get(seat).copied().flatten();
        if now.is_none() || now == published.get(seat).copied().flatten() {
            continue;
        }
        let first = asks(model, &solution.assignment, &[*place])?.into_iter().find_map(|ask| ask.first());
        let first = first.and_then(|person| model.request.team.place(&person));
        let mut other = solution.assignment.clone();
        if let Some(entry) = other.get_mut(seat).filter(|_| first.is_some() && first != now) {
            *entry = first;
            if problem.values(&other).is_some_and(|values| Some(values) == problem.values(&solution.assignment)) {
                solution.assignment = other;
            }
        }
    }
    Ok(())
}

fn bar(model: &mut Model<'_>, absence: &Absence, declined: &[Declined], whole: &[Span]) {
    let team = &model.request.team;
    let people = team.people().len();
    let mut barred = Vec::new();
    // The duties of `standing` are in the order of the model.
    let open = model.open.iter().enumerate();
    for (seat, duty, whole) in
        open.filter_map(|(seat, place)| Some((seat, model.duties.get(*place)?, *whole.get(*place)?)))
    {
        let Some(span) = duty.hull() else { continue };
        if absence.touches(duty) {
            barred.extend(team.place(&absence.person).map(|person| (person, seat, "absence", span)));
        }
        let no = declined.iter().filter(|no| no.is_of(duty, whole)).filter_map(|no| team.place(&no.person));
        barred.extend(no.map(|person| (person, seat, "declined", span)));
    }
    for (person, seat, why, span) in barred {
        model.clauses.bar(person, seat, why, span, people);
    }
}

/// How many sets of further duties are tried, at most, to find the fairest plan of few changes.
const MOST_SETS: usize = 2_000;

/// The best solution by: uncovered, changed, then fairness.
fn least_change(
    model: &Model<'_>,
    statement: &Statement,
    published: &[Option<usize>],
    absence: &Absence,
    budget: Budget,
) -> Result<Solution, Error> {
    let must: BTreeSet<usize> = must_change(model, statement, published, absence);
    let mut left = budget;
    let free = |more: &[usize], left: &mut Budget| {
        let frees = |seat: usize| must.contains(&seat) || more.contains(&seat);
        best(&kept(statement, published, frees), &model.clauses.least, left)
    };
    let first = free(&[], &mut left)?.found();
    // What is the least that any plan leaves uncovered, and the fewest changes that leave no more? Fairness aside.
    if let Some(first) = first.as_ref().filter(|first| first.uncovered.value == 0) {
        return Ok(counted(first.clone(), must.len(), published, None));
    }
    let mut plain = statement.clone();
    plain.workers = vec![Worker { scale: 1, carry: 0 }; statement.workers.len()];
    plain.load.iter_mut().flatten().for_each(|load| *load = load.map(|_| 0));
    plain.soft.clear();
    let plain = or_refused(best(&plain, &model.clauses.least, &mut left)?, model, budget)?;
    if let Some(first) = first.as_ref().filter(|first| first.uncovered.value <= plain.uncovered.bound) {
        return Ok(counted(first.clone(), must.len(), published, Some(&plain)));
    }
    let changes = |assignment: &[Option<usize>]| {
        let moved = assignment.iter().zip(published).filter(|(now, before)| before.is_some() && now != before);
        moved.count()
    };
    let extra = changes(&plain.assignment).saturating_sub(must.len());
    let others =
        (0..published.len()).filter(|seat| !must.contains(seat) && published.get(*seat).is_some_and(Option::is_some));
    let others = others.collect::<Vec<_>>();
    let mut found: Option<Solution> = None;
    let mut all = true;
    for (count, set) in Sets::of(&others, extra).enumerate() {
        if count >= MOST_SETS || left.nodes == 0 {
            all = false;
            break;
        }
        let solution = match free(&set, &mut left)? {
            Answer::Found(solution) => solution,
            Answer::None => continue,
            Answer::Spent => {
                all = false;
                continue;
            }
        };
        let key = |solution: &Solution| (solution.uncovered.value, changes(&solution.assignment), solution.values());
        all &= solution.proven();
        if solution.uncovered.value <= plain.uncovered.value
            && found.as_ref().is_none_or(|found| key(&solution) < key(found))
        {
            found = Some(solution);
        }
    }
    let moved = |solution: &Solution| changes(&solution.assignment);
    let mut solution = match found {
        Some(found) => found,
        // Not reached by the sets that were tried: the plan of fewest changes itself, its fairness as it is.
        None => {
            let chosen = plain.assignment.clone();
            let fixed = |seat: usize| chosen.get(seat).copied() == published.get(seat).copied();
            let set = others.iter().copied().filter(|seat| !fixed(*seat)).collect::<Vec<_>>();
            all = false;
            or_refused(free(&set, &mut left)?, model, budget)?
        }
    };
    if !all {
        for level in [&mut solution.largest, &mut solution.squares, &mut solution.penalty] {
            level.bound = level.bound.min(0);
        }
    }
    let changed = moved(&solution);
    Ok(counted(solution, changed, published, Some(&plain)))
}

/// The solution with its number of changes, proven by what must change, or by a plan that asks for nothing else.
fn counted(mut solution: Solution, least: usize, published: &[Option<usize>], plain: Option<&Solution>) -> Solution {
    let moved = solution.assignment.iter().zip(published).filter(|(now, before)| before.is_some() && now != before);
    let value = i128::try_from(moved.count()).unwrap_or(i128::MAX);
    let least = i128::try_from(least).unwrap_or(0);
    let bound = plain.map_or(least, |plain| plain.changed.bound).min(value);
    if let Some(plain) = plain {
        solution.uncovered.bound = plain.uncovered.bound.min(solution.uncovered.value);
    }
    solution.changed = Level { value, bound };
    solution
}

/// What changes hands whatever happens: duties of the absent, and those that a rule bars their person from.
fn must_change(
    model: &Model<'_>,
    statement: &Statement,
    published: &[Option<usize>],
    absence: &Absence,
) -> BTreeSet<usize> {
    let barred = statement.hard.iter().filter_map(|hard| match hard.rule {
        Rule::Barred { worker, seat } if published.get(seat).copied().flatten() == Some(worker) => Some(seat),
        _ => None,
    });
    let absent = model.request.team.place(&absence.person);
    let vacated = model.open.iter().enumerate().filter(|(seat, place)| {
        let of_absent = published.get(*seat).copied().flatten() == absent;
        of_absent && model.duties.get(**place).is_some_and(|duty| absence.touches(duty))
    });
    barred.chain(vacated.map(|(seat, _)| seat)).collect()
}

/// The statement with every published duty fixed but some, and those that nobody had.
fn kept(statement: &Statement, published: &[Option<usize>], free: impl Fn(usize) -> bool) -> Statement {
    let mut kept = statement.clone();
    for (seat, worker) in published.iter().enumerate().filter(|(seat, _)| !free(*seat)) {
        kept.hard.extend(worker.map(|worker| Hard { tag: u32::MAX, rule: Rule::Fixed { worker, seat } }));
    }
    kept
}

/// The subsets of `count` of some numbers, in order.
struct Sets<'a> {
    of: &'a [usize],
    places: Option<Vec<usize>>,
}

impl<'a> Sets<'a> {
    fn of(of: &'a [usize], count: usize) -> Self {
        Self { of, places: (count <= of.len()).then(|| (0..count).collect()) }
    }
}

impl Iterator for Sets<'_> {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        let places = self.places.as_mut()?;
        let set = places.iter().filter_map(|place| self.of.get(*place).copied()).collect();
        // The last place that can move on, and those after it right behind it.
        let count = places.len();
        let movable = (0..count).rev().find(|index| {
            let most = self.of.len().saturating_sub(count.saturating_sub(*index));
            places.get(*index).is_some_and(|place| *place < most)
        });
        match movable {
            Some(index) => {
                let first = places.get(index).map_or(0, |place| place.saturating_add(1));
                for (offset, place) in places.iter_mut().skip(index).enumerate() {
                    *place = first.saturating_add(offset);
                }
            }
            None => self.places = None,
        }
        Some(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_all_subsets_of_a_size() {
        let sets = |n: usize, k| Sets::of(&(0..n).collect::<Vec<_>>(), k).collect::<Vec<_>>();
        assert_eq!(sets(4, 2), [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
        assert_eq!(sets(3, 0), [Vec::<usize>::new()]);
        assert_eq!(sets(2, 3).len(), 0);
        assert_eq!(sets(10, 4).len(), 210);
    }
}
