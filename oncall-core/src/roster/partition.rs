//! The search through whole schedules: from bounds upwards, a limit at a time.
//!
//! Between what is proven and what is known, a limit near the proven end is tried first: few schedules can be in a plan
//! within it, so that it is soon shown that there is none, or the plan found is near the best. Each limit that fails is
//! a better bound, and the next is twice as far from it.
#![expect(clippy::arithmetic_side_effects, reason = "INVARIANT: limits are values of plans, which fit with room")]

use super::bound::Facts;
use super::columns::{self, Pool, Wanted};
use super::counts::Kinds;
use super::cover::{Cover, End};
use super::lean::{Lean, Lines};
use super::model::NOBODY;
use super::price::{Measure, Prices};
use super::problem::Values;
use super::search::Stage;
use super::tally::tally;

/// The most schedules that are listed whatever they cost, and with prices, of all workers together.
const ALL: usize = 1 << 14;
const MOST: usize = 1 << 17;
/// The first limit is at this part of the way from the bound.
const PARTS: i128 = 16;
/// And after a plan was found at this part.
const AGAIN: i128 = 3;
/// Where schedules are too many the way is cut by so much, and so often.
const CUT: i128 = 8;
const CUTS: usize = 6;
/// The most work of one search for prices.
const WORK: u64 = 1 << 23;
/// The most steps over counts.
const COUNTED: u64 = 1 << 23;

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The schedules are too many.
    TooLarge,
    /// A better plan.
    Found(Vec<u32>),
    /// No plan has this value of the stage, or less.
    None(i128),
    /// The steps were spent.
    Spent,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aim<'a> {
    pub stage: Stage,
    /// What a plan must keep to that is better.
    pub limits: Values,
    /// What the value of the stage cannot fall below.
    pub proven: i128,
    /// About what everybody has in a good plan.
    pub burdens: &'a [i64],
}

/// What is kept from turn to turn.
#[derive(Debug, Default)]
pub(super) struct Partition<'a> {
    classes: Option<Vec<Vec<u32>>>,
    stand: Option<Stand>,
    open: Option<Open<'a>>,
}

/// The schedules of a stage.
#[derive(Debug)]
struct Stand {
    stage: Stage,
    limits: Values,
    /// How far the next limit is from what is proven.
    width: i128,
    has_found: bool,
    /// All schedules within these limits; `None` where they are too many to list without prices.
    pools: Option<Vec<Pool>>,
    prices: Vec<Prices>,
    kinds: Option<Kinds>,
    /// Prices of seats without schedules.
    lines: Option<Vec<i128>>,
}

/// A search under way.
#[derive(Debug)]
struct Open<'a> {
    stage: Stage,
    limits: Values,
    cover: Cover<'a>,
}

impl<'a> Partition<'a> {
    /// Goes on to a better plan or a better bound. `steps` is what the search may take, and what is left of that; what
    /// was looked at besides is added to `work`.
    pub(super) fn attempt(&mut self, facts: &'a Facts<'a>, aim: &Aim<'_>, steps: &mut u64, work: &mut u64) -> Attempt {
        let known = of(aim.stage, &aim.limits);
        let is_same = |open: &Open<'_>| open.stage == aim.stage && is_within(&open.limits, &aim.limits);
        if !self.open.as_ref().is_some_and(is_same) {
            self.open = None;
            if let Err(answer) = self.begin(facts, aim, work) {
                return answer;
            }
        }
        let Some(open) = self.open.as_mut() else { return Attempt::TooLarge };
        let limit = of(aim.stage, &open.limits);
        let end = open.cover.search(steps);
        if end != End::Spent {
            self.open = None;
        }
        match end {
            End::Found(plan) => {
                // Half way from there, once that is what is known.
                if let Some(stand) = self.stand.as_mut() {
                    (stand.width, stand.has_found) = (0, true);
                }
                Attempt::Found(plan)
            }
            End::None => {
                self.widen();
                Attempt::None(limit.min(known))
            }
            End::Spent => Attempt::Spent,
        }
    }

    fn widen(&mut self) {
        if let Some(stand) = self.stand.as_mut() {
            stand.width = stand.width.saturating_mul(2);
        }
    }

    /// Sets out for a limit between what is proven and what is known.
    fn begin(&mut self, facts: &'a Facts<'a>, aim: &Aim<'_>, work: &mut u64) -> Result<(), Attempt> {
        if self.classes.is_none() {
            self.classes = columns::classes(facts.model);
        }
        let Some(classes) = self.classes.as_ref() else { return Err(Attempt::TooLarge) };
        let known = of(aim.stage, &aim.limits);
        let is_same = |stand: &Stand| stand.stage == aim.stage && is_within(&aim.limits, &stand.limits);
        if !self.stand.as_ref().is_some_and(is_same) {
            let mut stand = Stand::new(facts, classes, aim, work);
            let bound = stand.bound(facts, classes, aim, work);
            self.stand = Some(stand);
            let Some(bound) = bound else { return Err(Attempt::None(known)) };
            if bound > aim.proven {
                return Err(Attempt::None((bound - 1).min(known)));
            }
        }
        let Some(stand) = self.stand.as_mut() else { return Err(Attempt::TooLarge) };
        if stand.width == 0 {
            let parts = if stand.has_found { AGAIN } else { PARTS };
            stand.width = ((known - aim.proven) / parts).max(1);
        }
        for _ in 0..CUTS {
            let limit = aim.proven.saturating_add(stand.width - 1).min(known);
            let limits = with(aim.stage, &aim.limits, limit);
            match stand.within(facts, classes, aim, &limits, work) {
                Within::Pools(pools, prices) => {
                    self.open = Some(Open {
                        stage: aim.stage,
                        limits,
                        cover: Cover::new(facts.model, &pools, &prices, limits, vec![NOBODY; facts.model.seats]),
                    });
                    return Ok(());
                }
                Within::None => {
                    stand.width = stand.width.saturating_mul(2);
                    return Err(Attempt::None(limit));
                }
                Within::TooLarge if stand.width > 1 => stand.width = (stand.width / CUT).max(1),
                Within::TooLarge => break,
            }
        }
        Err(Attempt::TooLarge)
    }
}

/// What may be in a plan within some limits.
enum Within {
    Pools(Vec<Pool>, Vec<Prices>),
    /// There is no plan.
    None,
    TooLarge,
}

impl Stand {
    fn new(facts: &Facts<'_>, classes: &[Vec<u32>], aim: &Aim<'_>, work: &mut u64) -> Self {
        let mut left = ALL;
        let mut list = |workers: &Vec<u32>| {
            let wanted =
                Wanted { largest: aim.limits.largest, seats: u128::MAX, values: &[], least: &[], most: i128::MAX };
            let columns = columns::of_worker(facts, *workers.first()? as usize, &wanted, left, work)?;
            left -= columns.len();
            Some(Pool { workers: workers.clone(), columns })
        };
        let pools: Option<Vec<Pool>> = classes.iter().map(&mut list).collect();
        Self {
            stage: aim.stage,
            limits: aim.limits,
            width: 0,
            has_found: false,
            pools,
            prices: Vec::new(),
            kinds: Kinds::of(facts.model),
            lines: None,
        }
    }

    /// What the value of the stage cannot fall below; `None` if there is no plan within the limits.
    fn bound(&mut self, facts: &Facts<'_>, classes: &[Vec<u32>], aim: &Aim<'_>, work: &mut u64) -> Option<i128> {
        if let Some(mut pools) = self.pools.take() {
            pools.extend(columns::nobody(facts.model, aim.limits.uncovered));
            let counts = matches!(aim.stage, Stage::Penalty | Stage::Changed);
            let is_possible = self.price(facts, &mut pools, &aim.limits, counts, work);
            self.pools = Some(pools);
            if !is_possible {
                return None;
            }
            let own = self.prices.last().map_or(i128::MIN, Prices::least);
            return Some(match aim.stage {
                Stage::Uncovered | Stage::Largest => aim.proven,
                Stage::Squares => own,
                Stage::Penalty => own.saturating_add(facts.model.cost_base.into()),
                Stage::Changed => own.saturating_add(published(facts)),
            });
        }
        let mut lines = self.lines(facts, classes, aim, &aim.limits);
        if !lines.ascend(facts, WORK, work) {
            return None;
        }
        let bound = if aim.stage == Stage::Squares { lines.least() } else { aim.proven };
        self.lines = Some(lines.prices);
        Some(bound)
    }

    fn lines(&self, facts: &Facts<'_>, classes: &[Vec<u32>], aim: &Aim<'_>, limits: &Values) -> Lines {
        let lean = match aim.stage {
            Stage::Uncovered => Lean::Nothing,
            Stage::Largest => Lean::Largest(limits.largest),
            Stage::Squares | Stage::Penalty | Stage::Changed => Lean::Squares(limits.squares),
        };
        Lines::new(facts, classes, lean, limits.uncovered, aim.burdens, self.lines.as_deref())
    }

    /// Leaves out what no plan within the limits has, by better prices, and by counts for the first measure; whether
    /// there may be one.
    fn price(&mut self, facts: &Facts<'_>, pools: &mut [Pool], limits: &Values, counts: bool, work: &mut u64) -> bool {
        for (index, (measure, limit)) in measures(facts, self.stage, limits).into_iter().enumerate() {
            if self.prices.len() <= index {
                let mut prices = Prices::new(measure, limit, pools, columns::all_seats(facts.model));
                if let Some(lines) = self.lines.as_ref().filter(|_| index == 0) {
                    prices.begin_with(lines, 0);
                }
                self.prices.push(prices);
            }
            let Some(prices) = self.prices.get_mut(index) else { return true };
            prices.limit_to(limit);
            if !prices.ascend(pools, WORK, work) {
                return false;
            }
            if let Some(kinds) = self.kinds.as_ref().filter(|_| counts && index == 0) {
                let mut tied = prices.tied(&kinds.of);
                if !tied.ascend(pools, WORK, work) || tally(kinds, pools, &tied, COUNTED, work) == Some(false) {
                    return false;
                }
            }
        }
        true
    }

    /// The schedules that may be in a plan within the limits, with prices.
    fn within(
        &mut self,
        facts: &Facts<'_>,
        classes: &[Vec<u32>],
        aim: &Aim<'_>,
        limits: &Values,
        work: &mut u64,
    ) -> Within {
        let mut pools = if let Some(pools) = &self.pools {
            let kept = |column: &&columns::Column| column.burden <= limits.largest;
            let cut = |pool: &Pool| Pool {
                workers: pool.workers.clone(),
                columns: pool.columns.iter().filter(kept).copied().collect(),
            };
            let nobody = columns::nobody(facts.model, limits.uncovered);
            let mut pools: Vec<Pool> = pools.iter().map(cut).collect();
            // Fewer may stay uncovered than there.
            pools.retain(|pool| pool.workers.first() != Some(&NOBODY));
            pools.extend(nobody);
            pools
        } else {
            let mut lines = self.lines(facts, classes, aim, limits);
            if !lines.ascend(facts, WORK, work) {
                return Within::None;
            }
            let pools = lines.list(facts, limits.largest, MOST, work);
            self.lines = Some(lines.prices);
            let Some(mut pools) = pools else { return Within::TooLarge };
            pools.extend(columns::nobody(facts.model, limits.uncovered));
            self.prices.clear();
            pools
        };
        // Where the first limit is not the stage's own the schedules of the stage are within it already.
        let counts = self.pools.is_none() || matches!(aim.stage, Stage::Largest | Stage::Squares);
        if !self.price(facts, &mut pools, limits, counts, work) {
            return Within::None;
        }
        // The stage's own first, for it leads the search.
        let prices = self.prices.iter().rev().cloned().collect();
        Within::Pools(pools, prices)
    }
}

fn published(facts: &Facts<'_>) -> i128 {
    facts.model.published.iter().flatten().count() as i128
}

/// What is bounded at a stage, the stage's own last.
fn measures(facts: &Facts<'_>, stage: Stage, limits: &Values) -> Vec<(Measure, i128)> {
    let model = facts.model;
    let squares = (Measure::Squares, limits.squares);
    let penalty = (Measure::Penalty, i128::from(limits.penalty) - i128::from(model.cost_base));
    let changed = (Measure::Kept, i128::from(limits.changed) - published(facts));
    match stage {
        Stage::Uncovered | Stage::Largest => vec![(Measure::Nothing, 0)],
        Stage::Squares => vec![squares],
        Stage::Penalty => vec![squares, penalty],
        Stage::Changed => vec![squares, penalty, changed],
    }
}

/// The limit of a stage.
fn of(stage: Stage, limits: &Values) -> i128 {
    match stage {
        Stage::Uncovered => limits.uncovered.into(),
        Stage::Largest => limits.largest.into(),
        Stage::Squares => limits.squares,
        Stage::Penalty => limits.penalty.into(),
        Stage::Changed => limits.changed.into(),
    }
}

/// The limits with another one of the stage.
fn with(stage: Stage, limits: &Values, limit: i128) -> Values {
    let mut limits = *limits;
    match stage {
        Stage::Uncovered => limits.uncovered = u64::try_from(limit).unwrap_or(0),
        Stage::Largest => limits.largest = i64::try_from(limit).unwrap_or(i64::MAX),
        Stage::Squares => limits.squares = limit,
        Stage::Penalty => limits.penalty = i64::try_from(limit).unwrap_or(i64::MAX),
        Stage::Changed => limits.changed = u64::try_from(limit).unwrap_or(0),
    }
    limits
}

/// Whether what is within the first limits is within the second.
fn is_within(first: &Values, second: &Values) -> bool {
    first.uncovered <= second.uncovered
        && first.largest <= second.largest
        && first.squares <= second.squares
        && first.penalty <= second.penalty
        && first.changed <= second.changed
}
