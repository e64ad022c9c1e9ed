//! Turns that are to be apart: not one right after the other, and no more than a week in so many.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use timeline_core::{CalendarPeriod, PeriodKind, Span};

use super::{Bound, Duty, Ground, Limit, Reason, pairs};
use crate::error::Error;
use crate::rules::turns::Part;

impl Ground<'_> {
    pub(super) fn back_to_back(&self, duties: &[Duty<'_>]) -> Vec<Limit> {
        let longest = self.wholes.longest();
        let reach = |duty: &Duty<'_>| self.nexts(duty).max()?.checked_add_signed(longest);
        let mut told = BTreeSet::new();
        let limits = pairs(
            duties,
            |a| reach(a).unwrap_or(DateTime::<Utc>::MAX_UTC),
            |a, b| {
                let are_turns = [a, b].iter().all(|duty| duty.weight.of_turn != Part::Less);
                let are_next = are_turns && !are_one(a, b) && (self.is_next(a, b) || self.is_next(b, a));
                // Of two turns of several seats once.
                let of = |duty: &Duty<'_>| duty.place.map(|place| (place.turn, duty.unit, duty.fixed));
                let is_new = are_next && of(a).zip(of(b)).is_none_or(|of| told.insert(of));
                is_new.then_some(Reason::BackToBack)
            },
        );
        with_others(limits, duties)
    }

    /// When the turns start that follow the seats of what the duty is of. Parts of a turn stand for it: whoever has most of
    /// a turn has that which the next one follows.
    fn nexts<'d>(&'d self, duty: &'d Duty<'_>) -> impl Iterator<Item = DateTime<Utc>> + 'd {
        let after = |seat: &Span| self.starts.get(self.starts.partition_point(|start| *start < seat.end())).copied();
        self.seats(duty).iter().filter_map(after)
    }

    fn is_next(&self, a: &Duty<'_>, b: &Duty<'_>) -> bool {
        self.nexts(a).any(|next| self.seats(b).iter().any(|seat| seat.start() == next))
    }

    /// The seats of what the duty is of.
    fn seats<'d>(&'d self, duty: &'d Duty<'_>) -> &'d [Span] {
        duty.place.map_or(core::slice::from_ref(&duty.span), |place| self.wholes.seats_of(place))
    }

    pub(super) fn weeks(&self, duties: &[Duty<'_>], least: i64) -> Result<Vec<Limit>, Error> {
        let turn = |duty: &Duty<'_>| self.turn(duty);
        let mut weeks = BTreeMap::new();
        for start in duties.iter().map(|duty| turn(duty).start()) {
            let week = CalendarPeriod::containing(PeriodKind::IsoWeek, self.set.zone(), start)?;
            // All Mondays leave the same rest.
            weeks.insert(start, i64::from(week.first_day().num_days_from_ce()).div_euclid(7));
        }
        let week = |turn: Span| weeks.get(&turn.start()).copied().unwrap_or(0);
        // A shift of several weeks asks for as many times the rest. A day less for weeks that the clocks lengthen.
        let asked = |turn: Span| {
            let days = turn.length().num_days().saturating_sub(1).max(0);
            least.saturating_mul(days.div_euclid(7).saturating_add(1))
        };
        // A week more for the same reason, and the length of the turns of which these may be the first and the last.
        let longest = duties.iter().map(|duty| turn(duty).length()).max().unwrap_or_default();
        let reach = |duty: &Duty<'_>| TimeDelta::try_weeks(asked(turn(duty)).saturating_add(1))?.checked_add(&longest);
        let limits = pairs(
            duties,
            |a| reach(a).and_then(|reach| a.span.start().checked_add_signed(reach)).unwrap_or(DateTime::<Utc>::MAX_UTC),
            |a, b| {
                if [a, b].iter().any(|duty| duty.weight.of_turn == Part::Less) {
                    return None;
                }
                let (first, second) = (turn(a).min(turn(b)), turn(a).max(turn(b)));
                let (weeks, least) = (week(second).saturating_sub(week(first)), asked(first));
                (weeks != 0 && weeks < least).then_some(Reason::WeeksApart { weeks, least })
            },
        );
        Ok(with_others(limits, duties))
    }
}

/// Whether both are of one turn.
fn are_one(a: &Duty<'_>, b: &Duty<'_>) -> bool {
    a.place.zip(b.place).is_some_and(|(a, b)| a.turn == b.turn)
}

/// Two turns that nobody may have, of which some are turns only together with others.
fn with_others(limits: Vec<Limit>, duties: &[Duty<'_>]) -> Vec<Limit> {
    let mut all = Vec::with_capacity(limits.len());
    for limit in limits {
        let mut sets = vec![BTreeSet::<usize>::new()];
        for duty in limit.items.iter().filter_map(|(place, _)| duties.get(*place)).filter(|duty| !duty.with.is_empty())
        {
            let joined =
                sets.iter().flat_map(|set| duty.with.iter().map(|with| set.iter().chain(with).copied().collect()));
            sets = joined.collect();
        }
        for mut set in sets {
            set.extend(limit.items.iter().map(|(place, _)| *place));
            let most = u64::try_from(set.len().saturating_sub(1)).unwrap_or(u64::MAX);
            let items = set.into_iter().map(|place| (place, 1)).collect();
            all.push(Limit { items, bound: Bound::AtMost(most), reason: limit.reason.clone(), span: limit.span });
        }
    }
    all
}
