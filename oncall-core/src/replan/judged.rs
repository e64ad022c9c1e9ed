//! What the rules say of a change of hands.

use crate::error::Error;
use crate::plan::Breach;
use crate::plan::model::Model;
use crate::plan::solve::breach;
use crate::rules::{Reason, Strength, Violation};

/// What a person breaks, or breaks by more, who has other duties than before.
pub(super) struct Judged {
    pub(super) hard: Vec<Breach>,
    pub(super) soft: Vec<Breach>,
    /// By how much soft rules cost more than before; below 0 where the change mends more than it breaks.
    pub(super) cost: i128,
}

/// Judges a person who has some duties of the model and had others before.
pub(super) fn judged(model: &Model<'_>, person: usize, had: &[usize], has: &[usize]) -> Result<Judged, Error> {
    let (before, after) = (model.verdict_of(person, had)?, model.verdict_of(person, has)?);
    // What was broken before by as much stays nobody's fault.
    let known = |new: &&Violation| before.violations().iter().any(|old| is_no_less(old, new));
    let new = after.violations().iter().filter(|violation| !known(violation));
    let (hard, soft): (Vec<_>, Vec<_>) = new.partition(|violation| violation.strength == Strength::Hard);
    let breaches = |violations: Vec<&Violation>| violations.into_iter().map(breach).collect();
    let cost = i128::from(after.cost()).saturating_sub(before.cost().into());
    Ok(Judged { hard: breaches(hard), soft: breaches(soft), cost })
}

/// Whether both are the same limit, and the old was broken by as much.
fn is_no_less(old: &Violation, new: &Violation) -> bool {
    // Of windows of time the one with most in it may be another than before.
    let is_there = old.span == new.span || (new.reason == Reason::Time && old.run.overlaps(new.run));
    is_there
        && (&old.rule, &old.person, &old.reason) == (&new.rule, &new.person, &new.reason)
        && old.excess() >= new.excess()
        && old.times >= new.times
}
