//! Whose turn it is: a fixed cycle of places, some of them vacant for a while.

use chrono::{DateTime, Utc};
use smallvec::SmallVec;
use timeline_core::Span;

use super::handoffs::Handoffs;
use super::{Participant, RoleOffset};

/// The participants in cycle order and what has been worked out of their dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cycle {
    // INVARIANT: not empty.
    participants: Vec<Participant>,
    /// For each place from when until when it counts.
    present: Vec<(Mark, Mark)>,
    // INVARIANT: not empty, in order of `begin`, the first of which is that of shift 0.
    epochs: Vec<Epoch>,
}

/// The beginning of a shift, or an instant inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    /// Which shift.
    pub(super) shift: u64,
    /// The instant, unless it is the beginning.
    pub(super) inside: Option<DateTime<Utc>>,
}

impl Mark {
    pub(super) const fn begin(shift: u64) -> Self {
        Self { shift, inside: None }
    }
}

/// A stretch in which the same people are present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Epoch {
    /// When it begins.
    pub(super) begin: Mark,
    /// How many people are present.
    pub(super) people: u64,
    /// The place that has the first turn, or goes on with it; 0 if nobody is there.
    place: usize,
}

impl Epoch {
    /// How many people after the one of the epoch's first shift has `lane` in shift `index`; `None` if there are too
    /// few for one of their own.
    fn steps(&self, index: u64, lane: Lane<'_>) -> Option<u64> {
        let (own, others) = lane.split_last()?;
        let people = i128::from(self.people);
        let step = |offset: i32| i128::from(index.saturating_sub(self.begin.shift)).saturating_add(offset.into());
        let own = step(own.offset).checked_rem_euclid(people)?;
        let taken = others.iter().any(|other| step(other.offset).checked_rem_euclid(people) == Some(own));
        if taken { None } else { u64::try_from(own).ok() }
    }

    /// Whether `lane` has a person in the shifts of this epoch.
    pub(super) fn fills(&self, lane: Lane<'_>) -> bool {
        self.steps(self.begin.shift, lane).is_some()
    }
}

/// A role, last, and those before it, which choose first.
pub(super) type Lane<'a> = &'a [RoleOffset];

impl Cycle {
    /// `first` is the place from which the first turn is looked for.
    pub(super) fn new(participants: Vec<Participant>, first: usize, handoffs: Handoffs) -> Self {
        let present: Vec<_> = participants
            .iter()
            .map(|participant| {
                let membership = participant.membership;
                let from = membership.from().map_or(0, |from| handoffs.first_from(from));
                let until = membership.until().map_or(Mark::begin(u64::MAX), |until| {
                    let shift = handoffs.first_past(until);
                    let begun = handoffs.at(shift).is_ok_and(|start| start < until);
                    Mark { shift, inside: begun.then_some(until) }
                });
                (Mark::begin(from), until)
            })
            .collect();
        let epochs = epochs(&present, first);
        Self { participants, present, epochs }
    }

    pub(super) fn participants(&self) -> &[Participant] {
        &self.participants
    }

    pub(super) fn participant(&self, place: usize) -> Option<&Participant> {
        self.participants.get(place)
    }

    /// The number of the epoch that holds `mark`.
    pub(super) fn epoch_at(&self, mark: Mark) -> usize {
        self.epochs.partition_point(|epoch| epoch.begin <= mark).saturating_sub(1)
    }

    pub(super) fn epoch(&self, number: usize) -> Option<&Epoch> {
        self.epochs.get(number)
    }

    /// The places present in an epoch, from the one of its first turn on.
    pub(super) fn present_in(&self, epoch: &Epoch) -> impl Iterator<Item = usize> + '_ {
        let (begin, start) = (epoch.begin, epoch.place);
        (start..self.present.len())
            .chain(0..start)
            .filter(move |place| self.present.get(*place).is_some_and(|(from, until)| *from <= begin && begin < *until))
    }

    /// Who has `lane` in shift `index`, which is `shift`: one place, and one more each time that somebody leaves in the
    /// middle whose going changes it. Costs a search of the epochs and, where some are not present, a look at each place.
    pub(super) fn parts(&self, index: u64, shift: Span, lane: Lane<'_>) -> SmallVec<[(Span, Option<usize>); 1]> {
        let mut number = self.epoch_at(Mark::begin(index));
        let mut parts: SmallVec<[(Span, Option<usize>); 1]> = SmallVec::new();
        let mut start = shift.start();
        while let Some(epoch) = self.epoch(number) {
            number = number.saturating_add(1);
            let next = self.epoch(number).filter(|next| next.begin.shift == index).and_then(|next| next.begin.inside);
            let place = self.place_in(epoch, index, lane);
            match (parts.last_mut(), Span::new(start, next.unwrap_or(shift.end()))) {
                (Some((last, before)), Ok(span)) if *before == place => *last = last.hull(span),
                (_, Ok(span)) => parts.push((span, place)),
                (_, Err(_)) => {}
            }
            let Some(next) = next else { break };
            start = next;
        }
        parts
    }

    fn place_in(&self, epoch: &Epoch, index: u64, lane: Lane<'_>) -> Option<usize> {
        let steps = usize::try_from(epoch.steps(index, lane)?).ok()?;
        if usize::try_from(epoch.people) == Ok(self.participants.len()) {
            return epoch.place.checked_add(steps)?.checked_rem(self.participants.len());
        }
        self.present_in(epoch).nth(steps)
    }

    /// The place that has `lane` in shift `index` of an epoch, with the places present already listed.
    pub(super) fn place_among(epoch: &Epoch, present: &[usize], index: u64, lane: Lane<'_>) -> Option<usize> {
        present.get(usize::try_from(epoch.steps(index, lane)?).ok()?).copied()
    }
}

/// Goes from change to change of who is present. Costs `n log n` for `n` places.
fn epochs(present: &[(Mark, Mark)], first: usize) -> Vec<Epoch> {
    let mut changes: Vec<(Mark, usize, bool)> = Vec::new();
    for (place, (from, until)) in present.iter().enumerate().filter(|(_, (from, until))| from < until) {
        changes.push((*from, place, true));
        changes.push((*until, place, false));
    }
    changes.sort_unstable();
    let mut changes = changes.into_iter().filter(|(mark, ..)| mark.shift < u64::MAX).peekable();
    let mut there = RankedPlaces::new(present.len());
    let mut epochs = Vec::new();
    // Where the walk around the cycle goes on.
    let mut next = first;
    let mut begin = Mark::begin(0);
    loop {
        while let Some((_, place, comes)) = changes.next_if(|(mark, ..)| *mark <= begin) {
            there.set(place, comes);
        }
        let people = there.len();
        let before = there.rank(next);
        let rank = if before < people { before } else { 0 };
        let place = there.select(rank).unwrap_or(0);
        epochs.push(Epoch { begin, people: u64::try_from(people).unwrap_or(u64::MAX), place });
        let Some((until, ..)) = changes.peek() else { return epochs };
        // The last shift of the epoch is the one before, or the one in the middle of which it ends.
        let cut = until.inside.is_some();
        let turns = until.shift.saturating_sub(begin.shift).saturating_sub(u64::from(!cut));
        let last = u128::try_from(rank)
            .ok()
            .and_then(|rank| rank.checked_add(turns.into())?.checked_rem(u128::try_from(people).ok()?))
            .and_then(|last| there.select(usize::try_from(last).ok()?));
        // A turn that is cut goes on with whoever has it, or with the next.
        next = last.map_or(next, |last| if cut { last } else { last.saturating_add(1) });
        begin = *until;
    }
}

/// A set of places that knows how many lie before a place, and which is the n-th (a Fenwick tree).
struct RankedPlaces {
    // INVARIANT: entry i counts the places of the i & -i entries up to i, itself included; entry 0 is not used.
    counts: Vec<usize>,
    size: usize,
}

impl RankedPlaces {
    fn new(places: usize) -> Self {
        Self { counts: vec![0; places.saturating_add(1)], size: 0 }
    }

    const fn len(&self) -> usize {
        self.size
    }

    /// Puts a place in that is not there, or takes one out that is.
    fn set(&mut self, place: usize, there: bool) {
        let change = |count: usize| if there { count.saturating_add(1) } else { count.saturating_sub(1) };
        self.size = change(self.size);
        let mut entry = place.saturating_add(1);
        while let Some(count) = self.counts.get_mut(entry) {
            *count = change(*count);
            entry = entry.saturating_add(lowest_bit(entry));
        }
    }

    /// How many places of the set lie before `place`.
    fn rank(&self, place: usize) -> usize {
        let (mut rank, mut entry) = (0_usize, place.min(self.counts.len().saturating_sub(1)));
        while entry > 0 {
            rank = rank.saturating_add(self.counts.get(entry).copied().unwrap_or(0));
            entry = entry.saturating_sub(lowest_bit(entry));
        }
        rank
    }

    /// The place of the set that has `rank` others before it.
    fn select(&self, rank: usize) -> Option<usize> {
        if rank >= self.size {
            return None;
        }
        let (mut entry, mut left) = (0_usize, rank);
        let mut step = self.counts.len().checked_next_power_of_two()?;
        while step > 0 {
            let ahead = entry.saturating_add(step);
            if let Some(rest) = self.counts.get(ahead).and_then(|count| left.checked_sub(*count)) {
                (entry, left) = (ahead, rest);
            }
            step /= 2;
        }
        Some(entry)
    }
}

const fn lowest_bit(entry: usize) -> usize {
    entry & entry.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranked_places_agree_with_a_sorted_list() {
        let mut places = RankedPlaces::new(40);
        let mut list: Vec<usize> = Vec::new();
        for step in 0..400_usize {
            let place = step * 17 % 40;
            let there = !list.contains(&place) || step % 3 == 0;
            match list.binary_search(&place) {
                Ok(known) if !there => {
                    list.remove(known);
                    places.set(place, false);
                }
                Err(free) if there => {
                    list.insert(free, place);
                    places.set(place, true);
                }
                _ => {}
            }
            assert_eq!(places.len(), list.len());
            for (rank, place) in list.iter().enumerate() {
                assert_eq!(places.select(rank), Some(*place));
                assert_eq!(places.rank(*place), rank);
            }
            assert_eq!(places.select(list.len()), None);
            assert_eq!(places.rank(40), list.len());
        }
    }
}
