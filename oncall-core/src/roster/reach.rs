//! Which loads a worker can have.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: seats and states are those of the automaton, sums fit as the whole load does"
)]

use super::automaton::{Automaton, NONE};
use super::model::Model;

/// The most words that the sets of one worker may take.
const WORDS: usize = 1 << 22;

/// A set of small whole numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn with(bits: impl IntoIterator<Item = usize>) -> Self {
        let mut set = Self::default();
        for bit in bits {
            if set.0.len() <= bit / 64 {
                set.0.resize(bit / 64 + 1, 0);
            }
            set.0[bit / 64] |= 1 << (bit % 64);
        }
        set
    }

    /// Adds every member of `other`, plus `shift`.
    pub(super) fn or_shifted(&mut self, other: &Self, shift: usize) {
        let (words, bits) = (shift / 64, shift % 64);
        let length = other.0.len() + words + usize::from(bits > 0);
        if self.0.len() < length {
            self.0.resize(length, 0);
        }
        for (index, word) in other.0.iter().enumerate() {
            self.0[index + words] |= word << bits;
            if bits > 0 {
                self.0[index + words + 1] |= word >> (64 - bits);
            }
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    /// Whether some member of this, plus `shift`, is in `other`.
    pub(super) fn meets_shifted(&self, shift: usize, other: &Self) -> bool {
        let (words, bits) = (shift / 64, shift % 64);
        self.0.iter().enumerate().any(|(index, word)| {
            let low = other.0.get(index + words).is_some_and(|other| other & (word << bits) != 0);
            low || (bits > 0 && other.0.get(index + words + 1).is_some_and(|other| other & (word >> (64 - bits)) != 0))
        })
    }

    pub(super) fn has(&self, bit: usize) -> bool {
        self.0.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    pub(super) fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.0
            .iter()
            .enumerate()
            .flat_map(|(index, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| index * 64 + bit))
    }
}

/// The loads that a worker can still collect from each state on, in units.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    /// By state; empty where the sets would be too large.
    pub sets: Vec<Bits>,
    /// By state: the least and the most.
    pub range: Vec<(i64, i64)>,
}

impl Reach {
    pub(super) fn of(model: &Model, worker: usize, automaton: &Automaton, unit: i64) -> Self {
        let count = automaton.states.len();
        let mut range = vec![(0, 0); count];
        for seat in (0..model.seats).rev() {
            let load = model.load(worker, seat) / unit;
            for state in automaton.layer(seat) {
                let from = automaton.states[state];
                let skip = (from.skip != NONE).then(|| range[from.skip as usize]);
                let take = (from.take != NONE).then(|| range[from.take as usize]);
                let take = take.map(|(least, most)| (least + load, most + load));
                range[state] = match (skip, take) {
                    (Some(a), Some(b)) => (a.0.min(b.0), a.1.max(b.1)),
                    (one, other) => one.or(other).unwrap_or((0, 0)),
                };
            }
        }
        let words: usize =
            range.iter().map(|(_, most)| usize::try_from(most / 64 + 1).unwrap_or(WORDS).min(WORDS)).sum();
        if words > WORDS {
            return Self { sets: Vec::new(), range };
        }
        let mut sets = vec![Bits::with([0]); count];
        for seat in (0..model.seats).rev() {
            let load = usize::try_from(model.load(worker, seat) / unit).unwrap_or(0);
            for state in automaton.layer(seat) {
                let from = automaton.states[state];
                let mut set = Bits::default();
                if from.skip != NONE {
                    set.or_shifted(&sets[from.skip as usize], 0);
                }
                if from.take != NONE {
                    set.or_shifted(&sets[from.take as usize], load);
                }
                sets[state] = set;
            }
        }
        Self { sets, range }
    }
}
