//! Every sample kept: for small histories, and to hold the rings against.

use std::collections::VecDeque;

use crate::error::Error;
use crate::sli::Counts;

/// The samples that any window still needs, as running sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Samples {
    /// The sum of everything at or before the start of the longest window.
    before: Counts,
    /// INVARIANT: ascending instants, each once, all after the start of the longest window.
    samples: VecDeque<Sample>,
    cursors: Box<[Cursor]>,
    most: usize,
}

/// The sum of everything at or before an instant at which something was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) at: i64,
    pub(super) sum: Counts,
}

/// Where a window starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    /// The first sample inside.
    first: usize,
    /// The sum of everything before it.
    base: Counts,
}

impl Samples {
    pub(super) fn new(windows: usize, most: u32) -> Self {
        Self {
            before: Counts::ZERO,
            samples: VecDeque::new(),
            cursors: vec![Cursor { first: 0, base: Counts::ZERO }; windows].into_boxed_slice(),
            most: usize::try_from(most).unwrap_or(usize::MAX),
        }
    }

    /// The sum at the start of a window.
    #[inline]
    pub(super) fn base(&self, window: usize) -> Counts {
        self.cursors.get(window).map_or(Counts::ZERO, |cursor| cursor.base)
    }

    /// Whether a sample at `at` finds room, given what leaves the longest window by then.
    pub(super) fn check_room(&self, at: i64, latest: i64, lengths: &[i64]) -> Result<(), Error> {
        if self.samples.len() < self.most {
            return Ok(());
        }
        let start = start(at.max(latest), lengths.last().copied().unwrap_or(0));
        let leaving = self.samples.partition_point(|sample| sample.at <= start);
        let known = self.samples.binary_search_by_key(&at, |sample| sample.at).is_ok();
        if known || at <= start || self.samples.len().saturating_sub(leaving) < self.most {
            return Ok(());
        }
        Err(Error::TooManySamples { most: self.most })
    }

    /// Moves every window on to end at `at`, and forgets what the longest has left behind.
    pub(super) fn advance(&mut self, at: i64, lengths: &[i64]) {
        for (cursor, length) in self.cursors.iter_mut().zip(lengths) {
            let start = start(at, *length);
            while let Some(sample) = self.samples.get(cursor.first).filter(|sample| sample.at <= start) {
                cursor.base = sample.sum;
                cursor.first = cursor.first.saturating_add(1);
            }
        }
        let Some(longest) = self.cursors.last().copied() else { return };
        self.before = longest.base;
        if longest.first != 0 {
            self.samples.drain(..longest.first);
            for cursor in &mut self.cursors {
                cursor.first = cursor.first.saturating_sub(longest.first);
            }
        }
    }

    /// Adds what was observed at the latest instant `at`, after which `seen` is the sum of everything.
    pub(super) fn push(&mut self, at: i64, seen: Counts) {
        match self.samples.back_mut() {
            Some(last) if last.at == at => last.sum = seen,
            _ => self.samples.push_back(Sample { at, sum: seen }),
        }
    }

    /// Adds what was observed at `at`, before the latest instant.
    pub(super) fn add_late(&mut self, at: i64, latest: i64, counts: Counts, lengths: &[i64]) {
        if at <= start(latest, lengths.last().copied().unwrap_or(0)) {
            self.before = self.before.plus(counts);
            self.add_from(0, counts);
        } else {
            let position = self.samples.partition_point(|sample| sample.at < at);
            if self.samples.get(position).is_none_or(|sample| sample.at != at) {
                let sum = self.sum_before(position);
                self.samples.insert(position, Sample { at, sum });
            }
            self.add_from(position, counts);
        }
        self.place(latest, lengths);
    }

    /// Adds another tracker's samples, which stands at the same instant.
    pub(super) fn add(&mut self, other: &Self, latest: i64, lengths: &[i64]) -> Result<(), Error> {
        let mut merged = VecDeque::with_capacity(self.samples.len().saturating_add(other.samples.len()));
        let (mut ours, mut theirs) = (self.samples.iter().peekable(), other.samples.iter().peekable());
        let (mut left, mut right) = (self.before, other.before);
        while let Some(at) = ours.peek().map(|s| s.at).into_iter().chain(theirs.peek().map(|s| s.at)).min() {
            left = ours.next_if(|sample| sample.at == at).map_or(left, |sample| sample.sum);
            right = theirs.next_if(|sample| sample.at == at).map_or(right, |sample| sample.sum);
            merged.push_back(Sample { at, sum: left.plus(right) });
        }
        if merged.len() > self.most {
            return Err(Error::TooManySamples { most: self.most });
        }
        self.samples = merged;
        self.before = self.before.plus(other.before);
        self.place(latest, lengths);
        Ok(())
    }

    /// What is known: the sum before all samples, and the samples.
    #[cfg(feature = "serde")]
    pub(super) fn parts(&self) -> (Counts, impl Iterator<Item = Sample>) {
        (self.before, self.samples.iter().copied())
    }

    /// Puts back what [`Samples::parts`] gave.
    #[cfg(feature = "serde")]
    pub(super) fn put_back(
        &mut self,
        before: Counts,
        samples: VecDeque<Sample>,
        latest: i64,
        lengths: &[i64],
    ) -> Result<(), Error> {
        if samples.len() > self.most {
            return Err(Error::TooManySamples { most: self.most });
        }
        (self.before, self.samples) = (before, samples);
        self.place(latest, lengths);
        Ok(())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let samples = self.samples.capacity().saturating_mul(size_of::<Sample>());
        size_of_val(&*self.cursors).saturating_add(samples)
    }

    fn sum_before(&self, position: usize) -> Counts {
        position.checked_sub(1).and_then(|previous| self.samples.get(previous)).map_or(self.before, |sample| sample.sum)
    }

    fn add_from(&mut self, position: usize, counts: Counts) {
        for sample in self.samples.range_mut(position..) {
            sample.sum = sample.sum.plus(counts);
        }
    }

    fn place(&mut self, latest: i64, lengths: &[i64]) {
        let cursors = lengths.iter().map(|length| {
            let start = start(latest, *length);
            let first = self.samples.partition_point(|sample| sample.at <= start);
            Cursor { first, base: self.sum_before(first) }
        });
        self.cursors = cursors.collect();
    }
}

/// The instant after which a window of `length` that ends at `at` begins.
#[inline]
const fn start(at: i64, length: i64) -> i64 {
    at.saturating_sub(length)
}
