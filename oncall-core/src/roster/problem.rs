//! The statement of a roster and its checked form.

use crate::Error;
use crate::roster::RosterError;

/// Most seats of a problem, and most workers.
const LARGEST: usize = 1 << 20;
/// Most that a burden can be: squares and prices of 2^20 workers fit 127 bits, with room for the search.
const MOST_BURDEN: i64 = 1 << 52;

/// One who can serve. The burden of a worker is `scale * (carry + load of the seats served)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Worker {
    /// What one unit of load weighs for this worker, at least 1: the inverse of availability in whole numbers.
    pub scale: u64,
    /// Load brought in from before, negative for a credit.
    pub carry: i64,
}

/// Whom a rule binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// Each worker by himself.
    Everyone,
    /// This worker.
    Only(usize),
}

/// What can be asked of a plan. As a soft rule it says how often it is broken, as a hard one that it must not be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The worker does not serve the seat: leave, a skill that is missing, a wish. Broken once if he does.
    Barred {
        /// Who.
        worker: usize,
        /// Which seat.
        seat: usize,
    },
    /// Nobody bound by it serves both seats: overlap, rest, two roles at once. Broken once a worker who does.
    Apart {
        /// Whom it binds.
        who: Who,
        /// One seat.
        first: usize,
        /// The other.
        second: usize,
    },
    /// Nobody bound by it serves more than `most` of the seats: one week in n, nights a month. Broken once for each
    /// seat above.
    AtMost {
        /// Whom it binds.
        who: Who,
        /// The seats that count; a seat that is there twice counts once.
        seats: Vec<usize>,
        /// The most of them.
        most: usize,
    },
    /// The worker serves the seat: a part that is published, an override. Broken once if he does not.
    Fixed {
        /// Who.
        worker: usize,
        /// Which seat.
        seat: usize,
    },
}

/// A rule that every plan keeps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hard {
    /// Whatever names the rule to the caller; rules with one tag stand and fall together in a [`super::Conflict`].
    pub tag: u32,
    /// The rule.
    pub rule: Rule,
}

/// A rule that costs something to break.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Soft {
    /// The cost each time. May be negative, as a reward, with [`Rule::Barred`] and [`Rule::Fixed`] only.
    pub penalty: i64,
    /// The rule.
    pub rule: Rule,
}

/// A problem as it is stated, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statement {
    /// The workers.
    pub workers: Vec<Worker>,
    /// By worker, then by seat in order of time: the load of serving it; `None` where no rule need say that he cannot.
    pub load: Vec<Vec<Option<u64>>>,
    /// Rules to keep.
    pub hard: Vec<Hard>,
    /// Rules to keep if it costs nothing above.
    pub soft: Vec<Soft>,
    /// By seat who has it in the published plan; `None` where it was not published. Empty when nothing was.
    pub published: Vec<Option<usize>>,
}

impl Statement {
    /// A statement without rules.
    #[must_use]
    pub fn new(workers: Vec<Worker>, load: Vec<Vec<Option<u64>>>) -> Self {
        Self { workers, load, ..Self::default() }
    }
}

/// A checked problem: every number in a rule names a worker or a seat that is there, and no value can overflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    statement: Statement,
    seats: usize,
}

/// What a plan is worth, level by level; smaller is better, the first difference decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Values {
    /// Seats that nobody serves.
    pub uncovered: u64,
    /// The largest `scale * (carry + load)` of all workers.
    pub largest: i64,
    /// The sum of the squares of the same.
    pub squares: i128,
    /// Penalties of soft rules.
    pub penalty: i64,
    /// Published seats that another, or nobody, serves now.
    pub changed: u64,
}

impl Problem {
    /// Checks a statement.
    ///
    /// # Errors
    /// [`RosterError::Shape`] for rows of the wrong length, [`RosterError::Index`] for a worker or a seat that is not
    /// there, [`RosterError::Scale`], [`RosterError::Reward`], and [`RosterError::TooLarge`] where burdens do not fit
    /// 52 bits, or penalties 61.
    pub fn try_new(statement: Statement) -> Result<Self, Error> {
        let workers = statement.workers.len();
        let seats = statement.load.first().map_or(statement.published.len(), Vec::len);
        shape("rows of load", statement.load.len(), workers)?;
        for row in &statement.load {
            shape("seats in a row of load", row.len(), seats)?;
        }
        if !statement.published.is_empty() {
            shape("seats of the published plan", statement.published.len(), seats)?;
        }
        if workers > LARGEST || seats > LARGEST {
            return Err(Error::Roster(RosterError::TooLarge { what: "workers or seats" }));
        }
        for (index, worker) in statement.workers.iter().enumerate() {
            if worker.scale == 0 {
                return Err(Error::Roster(RosterError::Scale { worker: index }));
            }
        }
        let rules = statement.hard.iter().map(|hard| &hard.rule).chain(statement.soft.iter().map(|soft| &soft.rule));
        for rule in rules {
            within(rule, workers, seats)?;
        }
        for worker in statement.published.iter().flatten() {
            index("worker", *worker, workers)?;
        }
        for soft in &statement.soft {
            if soft.penalty < 0 && matches!(soft.rule, Rule::Apart { .. } | Rule::AtMost { .. }) {
                return Err(Error::Roster(RosterError::Reward { penalty: soft.penalty }));
            }
        }
        let problem = Self { statement, seats };
        problem.fits()?;
        Ok(problem)
    }

    /// The statement behind it.
    #[must_use]
    pub const fn statement(&self) -> &Statement {
        &self.statement
    }

    /// How many workers there are.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.statement.workers.len()
    }

    /// How many seats there are.
    #[must_use]
    pub const fn seats(&self) -> usize {
        self.seats
    }

    /// The load of the seat for the worker, `None` where he can never serve it or where either is not there.
    #[must_use]
    pub fn load(&self, worker: usize, seat: usize) -> Option<u64> {
        self.statement.load.get(worker).and_then(|row| row.get(seat)).copied().flatten()
    }

    /// Who has the seat in the published plan.
    #[must_use]
    pub fn published(&self, seat: usize) -> Option<usize> {
        self.statement.published.get(seat).copied().flatten()
    }

    /// The burden of each worker under a plan.
    #[must_use]
    pub fn burdens(&self, assignment: &[Option<usize>]) -> Vec<i64> {
        let mut loads: Vec<i128> = self.statement.workers.iter().map(|worker| i128::from(worker.carry)).collect();
        for (seat, worker) in assignment.iter().enumerate() {
            if let Some(worker) = *worker
                && let (Some(sum), Some(load)) = (loads.get_mut(worker), self.load(worker, seat))
            {
                *sum = sum.saturating_add(i128::from(load));
            }
        }
        // The constructor has seen that every burden fits.
        let burden = |(load, worker): (i128, &Worker)| load.saturating_mul(i128::from(worker.scale));
        let pairs = loads.into_iter().zip(&self.statement.workers);
        pairs.map(burden).map(|burden| i64::try_from(burden).unwrap_or(i64::MAX)).collect()
    }

    /// The tags of the hard rules that a plan breaks, in order, each once; a seat served by one who can never serve it
    /// is [`None`], and so is a plan of another length.
    #[must_use]
    pub fn broken(&self, assignment: &[Option<usize>]) -> Option<Vec<u32>> {
        let can =
            |(seat, worker): (usize, &Option<usize>)| worker.is_none_or(|worker| self.load(worker, seat).is_some());
        if assignment.len() != self.seats || !assignment.iter().enumerate().all(can) {
            return None;
        }
        let broken = self.statement.hard.iter().filter(|hard| self.times_broken(&hard.rule, assignment) > 0);
        let mut tags: Vec<u32> = broken.map(|hard| hard.tag).collect();
        tags.sort_unstable();
        tags.dedup();
        Some(tags)
    }

    /// What a plan is worth, computed from the statement alone; `None` if it breaks a hard rule.
    #[must_use]
    pub fn values(&self, assignment: &[Option<usize>]) -> Option<Values> {
        if !self.broken(assignment)?.is_empty() {
            return None;
        }
        let burdens = self.burdens(assignment);
        let penalty = self.statement.soft.iter().fold(0i64, |sum, soft| {
            let times = i64::try_from(self.times_broken(&soft.rule, assignment)).unwrap_or(i64::MAX);
            sum.saturating_add(soft.penalty.saturating_mul(times))
        });
        let is_changed = |(seat, now): &(usize, &Option<usize>)| {
            let published = self.published(*seat);
            published.is_some() && published != **now
        };
        Some(Values {
            uncovered: count(assignment.iter().filter(|worker| worker.is_none()).count()),
            largest: burdens.iter().copied().max().unwrap_or(0),
            squares: burdens.iter().fold(0i128, |sum, burden| sum.saturating_add(square(*burden))),
            penalty,
            changed: count(assignment.iter().enumerate().filter(is_changed).count()),
        })
    }

    /// How often a plan breaks a rule.
    #[must_use]
    pub fn times_broken(&self, rule: &Rule, assignment: &[Option<usize>]) -> u64 {
        let serves = |worker: usize, seat: usize| assignment.get(seat).copied().flatten() == Some(worker);
        match rule {
            Rule::Barred { worker, seat } => u64::from(serves(*worker, *seat)),
            Rule::Fixed { worker, seat } => u64::from(!serves(*worker, *seat)),
            Rule::Apart { who, first, second } => {
                let (one, other) =
                    (assignment.get(*first).copied().flatten(), assignment.get(*second).copied().flatten());
                let bound = one.is_some_and(|worker| binds(*who, worker));
                u64::from(first != second && bound && one == other)
            }
            Rule::AtMost { who, seats, most } => {
                let mut distinct = seats.clone();
                distinct.sort_unstable();
                distinct.dedup();
                let mut served = std::collections::BTreeMap::<usize, usize>::new();
                for seat in distinct {
                    if let Some(worker) = assignment.get(seat).copied().flatten().filter(|worker| binds(*who, *worker))
                    {
                        let times = served.entry(worker).or_default();
                        *times = times.saturating_add(1);
                    }
                }
                served.values().fold(0, |sum, times| sum.saturating_add(count(times.saturating_sub(*most))))
            }
        }
    }

    /// Whether every value that a plan can have fits its type.
    fn fits(&self) -> Result<(), Error> {
        let too_large = |what| Error::Roster(RosterError::TooLarge { what });
        for (worker, row) in self.statement.workers.iter().zip(&self.statement.load) {
            let load: u128 = row.iter().flatten().map(|load| u128::from(*load)).sum();
            let most = load.saturating_add(u128::from(worker.carry.unsigned_abs())).saturating_mul(worker.scale.into());
            let most = i64::try_from(most).map_err(|_| too_large("burden of a worker"))?;
            if most > MOST_BURDEN {
                return Err(too_large("burden of a worker"));
            }
        }
        let mut penalty = 0i128;
        for soft in &self.statement.soft {
            let times = match &soft.rule {
                Rule::AtMost { seats, .. } => seats.len(),
                _ => 1,
            };
            penalty = penalty.saturating_add(i128::from(soft.penalty.unsigned_abs()).saturating_mul(times as i128));
        }
        // A quarter of the range, so that sums of two penalties fit as well.
        if penalty > i128::from(i64::MAX / 4) {
            return Err(too_large("sum of penalties"));
        }
        Ok(())
    }
}

/// Whether a rule for `who` binds the worker.
pub(super) fn binds(who: Who, worker: usize) -> bool {
    match who {
        Who::Everyone => true,
        Who::Only(only) => only == worker,
    }
}

/// The square, which always fits.
pub(super) fn square(burden: i64) -> i128 {
    i128::from(burden).saturating_mul(i128::from(burden))
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn shape(what: &'static str, given: usize, expected: usize) -> Result<(), Error> {
    if given == expected { Ok(()) } else { Err(Error::Roster(RosterError::Shape { what, given, expected })) }
}

fn index(what: &'static str, given: usize, bound: usize) -> Result<(), Error> {
    if given < bound { Ok(()) } else { Err(Error::Roster(RosterError::Index { what, given, bound })) }
}

fn within(rule: &Rule, workers: usize, seats: usize) -> Result<(), Error> {
    let who = |who: Who| match who {
        Who::Everyone => Ok(()),
        Who::Only(worker) => index("worker", worker, workers),
    };
    match rule {
        Rule::Barred { worker, seat } | Rule::Fixed { worker, seat } => {
            index("worker", *worker, workers)?;
            index("seat", *seat, seats)
        }
        Rule::Apart { who: whom, first, second } => {
            who(*whom)?;
            index("seat", *first, seats)?;
            index("seat", *second, seats)
        }
        Rule::AtMost { who: whom, seats: some, .. } => {
            who(*whom)?;
            some.iter().try_for_each(|seat| index("seat", *seat, seats))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_by_three() -> Statement {
        Statement::new(vec![Worker { scale: 1, carry: 0 }; 2], vec![vec![Some(10); 3]; 2])
    }

    #[test]
    fn what_is_not_there_is_named() {
        let mut statement = two_by_three();
        statement.hard.push(Hard { tag: 7, rule: Rule::Barred { worker: 2, seat: 0 } });
        assert_eq!(
            Problem::try_new(statement),
            Err(Error::Roster(RosterError::Index { what: "worker", given: 2, bound: 2 }))
        );
        let mut statement = two_by_three();
        statement.load[1].pop();
        let shape = Error::Roster(RosterError::Shape { what: "seats in a row of load", given: 2, expected: 3 });
        assert_eq!(Problem::try_new(statement), Err(shape));
    }

    #[test]
    fn what_would_overflow_is_refused() {
        let mut statement = two_by_three();
        statement.workers[0].scale = u64::MAX;
        assert_eq!(
            Problem::try_new(statement),
            Err(Error::Roster(RosterError::TooLarge { what: "burden of a worker" }))
        );
        let mut statement = two_by_three();
        statement.soft.push(Soft { penalty: i64::MIN, rule: Rule::Barred { worker: 0, seat: 0 } });
        assert_eq!(Problem::try_new(statement), Err(Error::Roster(RosterError::TooLarge { what: "sum of penalties" })));
    }

    #[test]
    fn values_are_those_of_the_definition() {
        let mut statement = two_by_three();
        statement.workers[1] = Worker { scale: 2, carry: -5 };
        statement.published = vec![Some(0), Some(1), None];
        let rule = Rule::AtMost { who: Who::Everyone, seats: vec![0, 1, 1, 2], most: 1 };
        statement.soft.push(Soft { penalty: 3, rule });
        let problem = Problem::try_new(statement).unwrap();
        let values = problem.values(&[Some(1), Some(1), None]).unwrap();
        assert_eq!(values, Values { uncovered: 1, largest: 30, squares: 900, penalty: 3, changed: 1 });
    }
}
