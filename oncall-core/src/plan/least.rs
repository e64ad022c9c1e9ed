//! Plans in which everybody has at least what hard rules ask for, of which the solver knows nothing: branch and bound
//! over who serves which duty.

use std::collections::{BTreeMap, BTreeSet};

use timeline_core::Span;

use crate::error::Error;
use crate::roster::{Budget, Hard, Level, Problem, Rule, Solution, Statement, Worker, solve};

/// At least so much of some open duties for one person.
#[derive(Debug, Clone)]
pub(crate) struct Least {
    pub(crate) person: usize,
    /// Each with how much it counts, above 0.
    pub(crate) open: Vec<(usize, u64)>,
    pub(crate) count: u64,
    /// When.
    pub(crate) span: Span,
}

/// What there is to say of the best solution.
#[derive(Debug)]
pub(crate) enum Answer {
    /// This is the best that was found.
    Found(Solution),
    /// No plan gives everybody enough.
    None,
    /// The budget ran out before one was found.
    Spent,
}

impl Answer {
    pub(crate) fn found(self) -> Option<Solution> {
        match self {
            Self::Found(solution) => Some(solution),
            Self::None | Self::Spent => None,
        }
    }
}

/// Problems looked at in the first round, each only as far as a plan is put together without a step of search: these
/// are free, so that there is a plan with any budget where one is found soon.
const FIRST_WIDTH: usize = 256;
/// Steps for each problem in the second round; four times as many in each one after.
const FIRST_STEPS: u64 = 1 << 10;
/// The tag of what is tried on the way, which no conflict names.
const LEAST: u32 = u32::MAX;

/// The best solution that gives everybody at least what is asked, by branching over who serves which duty where the
/// best without that falls short.
///
/// In rounds: each looks at more problems than the one before, and at each one longer, whatever the budget is. What a
/// larger budget does begins with all that a smaller one does, so that its plan is never worse.
pub(crate) fn best(statement: &Statement, least: &[Least], left: &mut Budget) -> Result<Answer, Error> {
    if least.is_empty() {
        let solution = solve(&Problem::try_new(statement.clone())?, *left);
        left.nodes = left.nodes.saturating_sub(solution.as_ref().map_or(0, |solution| solution.nodes));
        return Ok(solution.map_or(Answer::None, Answer::Found));
    }
    let able = Able::of(statement.hard.iter().map(|hard| &hard.rule));
    let mut search = Search { statement, least, able, left: left.nodes, found: None };
    if search.are_too_few_duties() {
        return Ok(Answer::None);
    }
    let answer = search.run()?;
    let spent = left.nodes.saturating_sub(search.left);
    left.nodes = search.left;
    Ok(match answer {
        Answer::Found(mut solution) => {
            solution.nodes = spent;
            Answer::Found(solution)
        }
        other => other,
    })
}

/// Who is kept from what.
#[derive(Default)]
struct Able {
    barred: BTreeSet<(usize, usize)>,
    fixed: BTreeMap<usize, usize>,
}

impl Able {
    fn of<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> Self {
        let mut able = Self::default();
        for rule in rules {
            match *rule {
                Rule::Barred { worker, seat } => able.barred.extend([(worker, seat)]),
                Rule::Fixed { worker, seat } => able.fixed.extend([(seat, worker)]),
                Rule::Apart { .. } | Rule::AtMost { .. } => {}
            }
        }
        able
    }

    fn lets(&self, worker: usize, seat: usize) -> bool {
        !self.barred.contains(&(worker, seat)) && self.fixed.get(&seat).is_none_or(|fixed| *fixed == worker)
    }
}

/// A problem with some more duties given or barred.
struct Branch {
    rules: Vec<Rule>,
    solution: Solution,
}

/// How a problem ended.
enum Step {
    Solved(Solution),
    /// What is fixed breaks a rule.
    Impossible,
    /// The budget ran out.
    Spent,
}

/// How a round ended.
enum Round {
    /// Every plan is in one of these problems, or no better than the best found.
    Covered(Vec<[Level; 5]>),
    /// A plan was found, and the rest not looked at.
    First,
    /// The budget ran out.
    Spent,
}

struct Search<'a> {
    statement: &'a Statement,
    least: &'a [Least],
    able: Able,
    left: u64,
    found: Option<Solution>,
}

impl Search<'_> {
    fn run(&mut self) -> Result<Answer, Error> {
        let (mut steps, mut width) = (0, FIRST_WIDTH);
        // The bounds of the whole problem, and those of the parts of which every better plan is in one.
        let mut whole = Vec::new();
        let mut parts: Option<Vec<[Level; 5]>> = None;
        loop {
            let root = match self.solve(&[], steps)? {
                Step::Solved(root) => root,
                Step::Impossible => return Ok(Answer::None),
                Step::Spent => break,
            };
            whole.push(root.levels());
            match self.round(root, steps, width)? {
                Round::Covered(open) if open.is_empty() => {
                    parts = Some(open);
                    break;
                }
                Round::Covered(open) => parts = Some(open),
                Round::First => {}
                Round::Spent => break,
            }
            (steps, width) = match steps {
                0 => (FIRST_STEPS, width),
                _ => (steps.saturating_mul(4), width.saturating_mul(2)),
            };
        }
        let proven_empty = parts.as_ref().is_some_and(Vec::is_empty);
        let Some(mut found) = self.found.take() else {
            return Ok(if proven_empty { Answer::None } else { Answer::Spent });
        };
        let trivial = self.trivial();
        let values = found.values();
        let of_whole = whole.iter().map(|levels| within(levels, &values, &trivial));
        let of_parts = parts.unwrap_or_else(|| whole.clone());
        let of_parts = of_parts.iter().map(|levels| within(levels, &values, &trivial));
        let of_parts = of_parts.fold(values, |least, bounds| each(least, bounds, i128::min));
        let bounds = of_whole.fold(of_parts, |most, bounds| each(most, bounds, i128::max));
        let levels =
            [&mut found.uncovered, &mut found.largest, &mut found.squares, &mut found.penalty, &mut found.changed];
        for (level, bound) in levels.into_iter().zip(bounds) {
            level.bound = bound.min(level.value);
        }
        Ok(Answer::Found(found))
    }

    /// Looks at no more problems than `width`, each with so many steps, the best of each branching first.
    fn round(&mut self, root: Solution, steps: u64, width: usize) -> Result<Round, Error> {
        let mut stack = vec![Branch { rules: Vec::new(), solution: root }];
        let mut open = Vec::new();
        let mut problems = 1_usize;
        while let Some(branch) = stack.pop() {
            if self.is_no_better(&branch.solution) {
                continue;
            }
            let Some((short, seats)) = self.short(&branch) else {
                if !branch.solution.proven() {
                    open.push(branch.solution.levels());
                }
                self.offer(branch.solution);
                if steps == 0 {
                    return Ok(Round::First);
                }
                continue;
            };
            if problems >= width {
                open.push(branch.solution.levels());
                continue;
            }
            // The person serves one of the others at least: this one, and none of those before it.
            let mut rules = branch.rules;
            let mut branches = Vec::with_capacity(seats.len());
            for seat in seats {
                let mut with = rules.clone();
                with.push(Rule::Fixed { worker: short, seat });
                problems = problems.saturating_add(1);
                match self.solve(&with, steps)? {
                    Step::Solved(solution) => branches.push(Branch { rules: with, solution }),
                    Step::Impossible => {}
                    Step::Spent => return Ok(Round::Spent),
                }
                rules.push(Rule::Barred { worker: short, seat });
            }
            branches.sort_by_key(|branch| core::cmp::Reverse(branch.solution.values()));
            stack.append(&mut branches);
        }
        Ok(Round::Covered(open))
    }

    /// Solves the problem with some more rules. What fewer steps find than were meant counts only where more would find
    /// the same.
    fn solve(&mut self, rules: &[Rule], steps: u64) -> Result<Step, Error> {
        if steps > 0 && self.left == 0 {
            return Ok(Step::Spent);
        }
        let mut statement = self.statement.clone();
        statement.hard.extend(rules.iter().map(|rule| Hard { tag: LEAST, rule: rule.clone() }));
        let nodes = steps.min(self.left);
        let solution = solve(&Problem::try_new(statement)?, Budget { nodes });
        // To set a problem up takes about as long as a step for each duty of each person.
        let cells = self.statement.load.iter().map(Vec::len).fold(0, usize::saturating_add);
        let cells = if steps > 0 { u64::try_from(cells).unwrap_or(u64::MAX) } else { 0 };
        let spent = solution.as_ref().map_or(0, |solution| solution.nodes).max(cells);
        self.left = self.left.saturating_sub(spent);
        Ok(match solution {
            None => Step::Impossible,
            Some(solution) if nodes < steps && !solution.proven() => Step::Spent,
            Some(solution) => Step::Solved(solution),
        })
    }

    fn offer(&mut self, solution: Solution) {
        if self.found.as_ref().is_none_or(|found| solution.values() < found.values()) {
            self.found = Some(solution);
        }
    }

    /// Of those who have too little one with the fewest other duties to choose from, and these; none where nobody has.
    fn short(&self, branch: &Branch) -> Option<(usize, Vec<usize>)> {
        let branched = Able::of(&branch.rules);
        let mut best: Option<(usize, Vec<usize>)> = None;
        for least in self.least {
            let person = least.person;
            let serves = |seat: usize| branch.solution.assignment.get(seat).copied().flatten() == Some(person);
            if weight(least, serves) >= least.count {
                continue;
            }
            let can = |seat: usize| self.can(person, seat) && branched.lets(person, seat);
            // Where all together are too little, there is nothing to branch over.
            if weight(least, can) < least.count {
                return Some((person, Vec::new()));
            }
            let others = least.open.iter().map(|(seat, _)| *seat).filter(|seat| can(*seat) && !serves(*seat));
            let others = others.collect::<Vec<_>>();
            if best.as_ref().is_none_or(|(_, fewest)| others.len() < fewest.len()) {
                best = Some((person, others));
            }
        }
        best
    }

    /// Whether no plan of a problem with this solution is better than the best found.
    fn is_no_better(&self, solution: &Solution) -> bool {
        let Some(found) = &self.found else { return false };
        for (level, value) in solution.levels().iter().zip(found.values()) {
            if level.bound != value {
                return level.bound > value;
            }
            if level.value != value {
                return false;
            }
        }
        true
    }

    /// What no value is below: nobody bears less than before, and squares and changes are never below 0.
    fn trivial(&self) -> [i128; 5] {
        let before = |worker: &Worker| i128::from(worker.scale).saturating_mul(worker.carry.into());
        let largest = self.statement.workers.iter().map(before).max().unwrap_or(0);
        let rewards = self.statement.soft.iter().map(|soft| i128::from(soft.penalty.min(0)));
        [0, largest, 0, rewards.fold(0, i128::saturating_add), 0]
    }

    fn can(&self, person: usize, seat: usize) -> bool {
        let load = self.statement.load.get(person).and_then(|row| row.get(seat));
        load.copied().flatten().is_some() && self.able.lets(person, seat)
    }

    /// Whether some do not get enough of one span even if all rules are forgotten but who can serve what: a matching of
    /// people to as many duties as they need.
    fn are_too_few_duties(&self) -> bool {
        let mut of_span = BTreeMap::<Span, BTreeMap<usize, (usize, &Least)>>::new();
        for least in self.least {
            let Some(few) = self.fewest(least) else { return true };
            let known = of_span.entry(least.span).or_default().entry(least.person).or_insert((few, least));
            if few > known.0 {
                *known = (few, least);
            }
        }
        of_span.values().any(|people| {
            let mut holder = BTreeMap::new();
            let all = people
                .values()
                .all(|(few, least)| (0..*few).all(|_| self.gives(least, &mut holder, &mut BTreeSet::new())));
            !all
        })
    }

    /// How many duties are enough, at least; `None` where all together are not.
    fn fewest(&self, least: &Least) -> Option<usize> {
        let able = least.open.iter().filter(|(seat, _)| self.can(least.person, *seat));
        let mut weights = able.map(|(_, weight)| *weight).collect::<Vec<_>>();
        weights.sort_unstable_by_key(|weight| core::cmp::Reverse(*weight));
        let mut left = least.count;
        let few = weights.iter().take_while(|weight| {
            let is_short = left > 0;
            left = left.saturating_sub(**weight);
            is_short
        });
        let few = few.count();
        (left == 0).then_some(few)
    }

    /// Gives a person one more duty, and whoever had it another one.
    fn gives<'b>(
        &self,
        least: &'b Least,
        holder: &mut BTreeMap<usize, &'b Least>,
        tried: &mut BTreeSet<usize>,
    ) -> bool {
        for (seat, _) in &least.open {
            let before = holder.get(seat).copied();
            let is_own = before.is_some_and(|before| before.person == least.person);
            if is_own || !self.can(least.person, *seat) || !tried.insert(*seat) {
                continue;
            }
            if before.is_none_or(|before| self.gives(before, holder, tried)) {
                holder.insert(*seat, least);
                return true;
            }
        }
        false
    }
}

fn weight(least: &Least, counts: impl Fn(usize) -> bool) -> u64 {
    let counted = least.open.iter().filter(|(seat, _)| counts(*seat));
    counted.fold(0, |sum, (_, weight)| sum.saturating_add(*weight))
}

/// What a problem proves of its plans that are as good as `values` on each level before.
fn within(levels: &[Level; 5], values: &[i128; 5], trivial: &[i128; 5]) -> [i128; 5] {
    // A bound holds among the plans that are what the solution is on the levels before.
    let (mut same, mut none) = (true, false);
    let mut bounds = *values;
    for (((bound, level), value), trivial) in bounds.iter_mut().zip(levels).zip(values).zip(trivial) {
        *bound = match (none, same) {
            (true, _) => *value,
            (false, true) => level.bound,
            (false, false) => *trivial,
        };
        none |= same && level.bound > *value;
        same &= level.value == *value;
    }
    bounds
}

fn each(one: [i128; 5], other: [i128; 5], choose: impl Fn(i128, i128) -> i128) -> [i128; 5] {
    let mut chosen = one;
    for (chosen, other) in chosen.iter_mut().zip(other) {
        *chosen = choose(*chosen, other);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_holds_only_among_plans_that_are_what_the_solution_is_before() {
        let level = |value, bound| Level { value, bound };
        let trivial = [0, 5, 0, -3, 0];
        let root = [level(0, 0), level(6, 6), level(40, 38), level(2, 2), level(1, 1)];
        // A larger burden than that of the solution: what it says of squares is of other plans.
        assert_eq!(within(&root, &[0, 7, 54, 0, 0], &trivial), [0, 6, 0, -3, 0]);
        assert_eq!(within(&root, &[0, 6, 40, 2, 3], &trivial), [0, 6, 38, 2, 1]);
        // There are none with as few uncovered, so that no more is to be said of them.
        assert_eq!(within(&[level(1, 1); 5], &[0, 7, 54, 0, 0], &trivial), [1, 7, 54, 0, 0]);
    }
}
