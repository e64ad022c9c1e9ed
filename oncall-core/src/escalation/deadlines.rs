//! Deadlines, the first one first.

use core::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use chrono::{DateTime, Utc};

use super::page::PageId;
use super::pages::Slot;

/// When a page moves on by time alone, and where it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    pub(super) at: DateTime<Utc>,
    pub(super) page: PageId,
    pub(super) slot: Slot,
}

/// How many queues there are at most: more are searched for longer than a heap takes.
const MOST_QUEUES: usize = 8;

/// A queue of events. Most deadlines lie one of the few lengths of the policy after an instant that never goes back,
/// so those of one length come in order: a queue takes them in constant time. The heap takes what fits into no queue.
#[derive(Debug, Clone, Default)]
pub(super) struct Deadlines {
    // INVARIANT: each in order, and at most MOST_QUEUES.
    queues: Vec<VecDeque<Due>>,
    heap: BinaryHeap<Reverse<Due>>,
    // INVARIANT: the first of all, asked for by every event.
    first: Option<Due>,
    len: usize,
}

impl Deadlines {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// One more. `far` is for one that may lie behind all others: it would bar a queue until it comes.
    pub(super) fn push(&mut self, due: Due, far: bool) {
        self.len = self.len.saturating_add(1);
        if self.first.is_none_or(|first| due < first) {
            self.first = Some(due);
        }
        if !far {
            if let Some(queue) = self.queues.iter_mut().find(|queue| queue.back().is_none_or(|last| *last <= due)) {
                return queue.push_back(due);
            }
            if self.queues.len() < MOST_QUEUES {
                return self.queues.push(VecDeque::from([due]));
            }
        }
        self.heap.push(Reverse(due));
    }

    /// The first of all.
    pub(super) const fn first(&self) -> Option<&Due> {
        self.first.as_ref()
    }

    /// Takes the first of all out.
    pub(super) fn pop(&mut self) {
        let Some(first) = self.first else { return };
        self.len = self.len.saturating_sub(1);
        match self.queues.iter_mut().find(|queue| queue.front() == Some(&first)) {
            Some(queue) => drop(queue.pop_front()),
            None => drop(self.heap.pop()),
        }
        self.first = self.look();
    }

    fn look(&self) -> Option<Due> {
        let heap = self.heap.peek().map(|Reverse(due)| due);
        self.queues.iter().filter_map(VecDeque::front).chain(heap).min().copied()
    }

    /// Keeps those that still hold, each once: a page may have come back to a deadline that it had before.
    pub(super) fn compact(&mut self, holds: impl Fn(&Due) -> bool) {
        let heap = self.heap.drain().map(|Reverse(due)| due);
        let mut all: Vec<_> = self.queues.drain(..).flatten().chain(heap).filter(holds).collect();
        // It finds the runs that the queues were.
        all.sort();
        all.dedup();
        self.first = all.first().copied();
        self.len = all.len();
        self.queues.push(all.into());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Beside the plainest queue there is: a list that is sorted each time.
        #[test]
        fn they_come_out_in_order_whatever_order_they_came_in(
            steps in prop::collection::vec((0_i64..40, 0_u64..4, 0_u8..8), 0..400),
        ) {
            let (mut deadlines, mut naive) = (Deadlines::default(), Vec::new());
            for (second, number, what) in steps {
                match what {
                    0 | 1 => {
                        deadlines.pop();
                        if !naive.is_empty() {
                            naive.remove(0);
                        }
                    }
                    2 => {
                        deadlines.compact(|due| due.page.number() != number);
                        naive.retain(|due: &Due| due.page.number() != number);
                        naive.dedup();
                    }
                    _ => {
                        let at = DateTime::from_timestamp(second, 0).unwrap();
                        let due = Due { at, page: PageId::from_number(number), slot: 0 };
                        deadlines.push(due, what == 3);
                        naive.push(due);
                        naive.sort();
                    }
                }
                prop_assert_eq!(deadlines.first(), naive.first());
                prop_assert_eq!(deadlines.len(), naive.len());
            }
        }
    }
}
