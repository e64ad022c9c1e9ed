//! What is stored of a tracker, and put back bit for bit.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::exact::Sample;
use super::{BurnTracker, Counters, Memory, NEVER, TrackerPlan};
use crate::error::Error;
use crate::sli::Counts;

/// What a tracker has seen, without its plan: what to store for each of many trackers of one plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackerState {
    /// Nanoseconds since 1970.
    latest: Option<i64>,
    seen: Counts,
    memory: StoredMemory,
    counters: Counters,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredMemory {
    /// For each window the sum at its oldest boundary and what came in by each boundary after it.
    Tiered(Vec<StoredRing>),
    /// The sum before the first sample, and instant and counts of each.
    Exact { before: [u64; 2], samples: Vec<(i64, [u64; 2])> },
}

/// Bad and all events, since these are what is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRing {
    oldest: [u64; 2],
    then: Vec<[u64; 2]>,
}

/// The shape of a tracker in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTracker {
    plan: TrackerPlan,
    state: TrackerState,
}

impl BurnTracker {
    /// What the tracker has seen, to be stored and given to [`BurnTracker::restore`] later.
    #[must_use]
    pub fn state(&self) -> TrackerState {
        let memory = match &self.memory {
            Memory::Tiered(tiers) => StoredMemory::Tiered(
                tiers
                    .rings(self.plan.ring_length)
                    .map(|ring| {
                        let mut steps = steps(Counts::ZERO, ring.into_iter());
                        StoredRing { oldest: steps.next().unwrap_or_default(), then: steps.collect() }
                    })
                    .collect(),
            ),
            Memory::Exact(samples) => {
                let (before, samples) = samples.parts();
                let (instants, sums): (Vec<_>, Vec<_>) = samples.map(|sample| (sample.at, sample.sum)).unzip();
                let samples = instants.into_iter().zip(steps(before, sums.into_iter())).collect();
                StoredMemory::Exact { before: pair(before), samples }
            }
        };
        let latest = (self.latest != NEVER).then_some(self.latest);
        TrackerState { latest, seen: self.seen, memory, counters: self.counters }
    }

    /// The tracker whose [`BurnTracker::state`] this is, under the same plan: equal to it, and it goes on
    /// exactly as it would have.
    ///
    /// # Errors
    /// [`Error::TrackerState`] for a state of another plan or one that no tracker can be in.
    pub fn restore(plan: Arc<TrackerPlan>, state: TrackerState) -> Result<Self, Error> {
        let mut tracker = Self::with_plan(plan);
        let Some(latest) = state.latest else {
            return if state == tracker.state() { Ok(tracker) } else { Err(fault("it has no instant, but events")) };
        };
        tracker.plan.instant(DateTime::from_timestamp_nanos(latest))?;
        tracker.advance(latest);
        let lengths = &tracker.plan.lengths;
        match (&mut tracker.memory, state.memory) {
            (Memory::Tiered(tiers), StoredMemory::Tiered(stored)) => {
                if stored.len() != lengths.len() {
                    return Err(fault("it has another number of windows"));
                }
                let mut rings = Vec::with_capacity(stored.len());
                for ring in stored {
                    if ring.then.len().checked_add(1) != Some(tracker.plan.ring_length) {
                        return Err(fault("a window has another number of buckets"));
                    }
                    let steps = std::iter::once(ring.oldest).chain(ring.then);
                    rings.push(sums(Counts::ZERO, steps, state.seen)?);
                }
                check_agreement(latest, &rings, &tracker.plan.widths)?;
                tiers.put_back(latest, &rings, tracker.plan.ring_length);
            }
            (Memory::Exact(samples), StoredMemory::Exact { before, samples: stored }) => {
                let start = latest.saturating_sub(lengths.last().copied().unwrap_or(0));
                let (instants, steps): (Vec<_>, Vec<_>) = stored.into_iter().unzip();
                let inside = instants.iter().all(|at| (start.saturating_add(1)..=latest).contains(at));
                if !inside || !instants.is_sorted_by(|a, b| a < b) || steps.contains(&[0, 0]) {
                    return Err(fault("its samples are not in order within the longest window"));
                }
                let before = sums(Counts::ZERO, std::iter::once(before), state.seen)?;
                let before = before.first().copied().unwrap_or_default();
                let sums = sums(before, steps.into_iter(), state.seen)?;
                if sums.last().copied().unwrap_or(before) != state.seen {
                    return Err(fault("its samples do not add up to all it has seen"));
                }
                let stored: VecDeque<_> = instants.into_iter().zip(sums).map(|(at, sum)| Sample { at, sum }).collect();
                samples.put_back(before, stored, latest, lengths)?;
            }
            (Memory::Tiered(_), StoredMemory::Exact { .. }) | (Memory::Exact(_), StoredMemory::Tiered(_)) => {
                return Err(fault("it has another resolution"));
            }
        }
        match state.counters {
            Counters::Last { at, good, total } if at > latest || good > total => {
                return Err(fault("its counters cannot have been read"));
            }
            counters => tracker.counters = counters,
        }
        tracker.seen = state.seen;
        Ok(tracker)
    }
}

fn fault(reason: &'static str) -> Error {
    Error::TrackerState { reason }
}

fn pair(counts: Counts) -> [u64; 2] {
    [counts.bad(), counts.total()]
}

/// Running sums as what came in by each.
fn steps(before: Counts, sums: impl Iterator<Item = Counts>) -> impl Iterator<Item = [u64; 2]> {
    sums.scan(before, |previous, sum| {
        let step = sum.since(*previous);
        *previous = sum;
        Some(pair(step))
    })
}

/// Steps as running sums, none above `seen`.
fn sums(before: Counts, steps: impl Iterator<Item = [u64; 2]>, seen: Counts) -> Result<Vec<Counts>, Error> {
    let mut sum = before;
    steps
        .map(|[bad, total]| {
            sum = sum.merge(Counts::from_bad(bad, total)?)?;
            let within = sum.bad() <= seen.bad() && sum.good() <= seen.good();
            if within { Ok(sum) } else { Err(fault("its windows hold more than all it has seen")) }
        })
        .collect()
}

/// All rings tell of one stream: what came by an instant is what came by an earlier one or more.
fn check_agreement(latest: i64, rings: &[Vec<Counts>], widths: &[i64]) -> Result<(), Error> {
    let mut sums = Vec::with_capacity(rings.iter().map(Vec::len).sum());
    for (ring, width) in rings.iter().zip(widths) {
        // The last boundary before the latest instant; one at it is not stored, since more may come.
        let mut boundary = latest.saturating_sub(match latest.rem_euclid((*width).max(1)) {
            0 => *width,
            past => past,
        });
        for sum in ring.iter().rev() {
            sums.push((boundary, *sum));
            boundary = boundary.saturating_sub(*width);
        }
    }
    sums.sort_by_key(|(boundary, _)| *boundary);
    let grows = |before: Counts, after: Counts| before.bad() <= after.bad() && before.good() <= after.good();
    let agree = sums.is_sorted_by(|a, b| a == b || (a.0 < b.0 && grows(a.1, b.1)));
    if agree { Ok(()) } else { Err(fault("its windows contradict one another")) }
}

impl TryFrom<RawTracker> for BurnTracker {
    type Error = Error;

    fn try_from(raw: RawTracker) -> Result<Self, Error> {
        Self::restore(Arc::new(raw.plan), raw.state)
    }
}

impl From<BurnTracker> for RawTracker {
    fn from(tracker: BurnTracker) -> Self {
        let state = tracker.state();
        Self { plan: Arc::unwrap_or_clone(tracker.plan), state }
    }
}
