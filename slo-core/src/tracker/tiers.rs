//! Rings of buckets, one a window.

use crate::sli::Counts;

/// For every window a ring of running sums, taken at the boundaries of its buckets.
///
/// Boundaries are multiples of the bucket width since 1970. The sum at a boundary is that of everything
/// observed at or before it, so a window's sum is one subtraction, a late sample moves the boundaries after
/// it, and two trackers add up boundary by boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tiers {
    heads: Box<[Head]>,
    /// The rings, one after the other; boundary `n` of a ring is at position `n mod length`.
    sums: Box<[Counts]>,
}

/// What evaluation touches of a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    /// The sum at the start of the window that ends at the latest instant.
    base: Counts,
    /// The first boundary at or after the latest instant, not stored yet.
    edge: i64,
    /// The position of `edge` in the ring, and of the oldest boundary until then.
    slot: usize,
}

impl Tiers {
    pub(super) fn new(windows: usize, ring_length: usize) -> Self {
        // An edge at the beginning of time makes the first advance fill every ring and place every edge.
        let head = Head { base: Counts::ZERO, edge: i64::MIN, slot: 0 };
        Self {
            heads: vec![head; windows].into_boxed_slice(),
            sums: vec![Counts::ZERO; windows.saturating_mul(ring_length)].into_boxed_slice(),
        }
    }

    /// The sum at the start of a window.
    #[inline]
    pub(super) fn base(&self, window: usize) -> Counts {
        self.heads.get(window).map_or(Counts::ZERO, |head| head.base)
    }

    /// Moves on to `at`, before which `seen` is the sum of everything. Where the widths are `nested`, each a
    /// multiple of the one before, a ring turns only when those before it do.
    #[inline]
    pub(super) fn advance(&mut self, at: i64, seen: Counts, widths: &[i64], nested: bool, ring_length: usize) {
        // Not `chunks_exact_mut`, which divides to know how many there are.
        let mut rings = &mut *self.sums;
        for (head, width) in self.heads.iter_mut().zip(widths) {
            let Some((ring, others)) = rings.split_at_mut_checked(ring_length) else { break };
            rings = others;
            if at >= head.edge {
                head.turn(at, seen, ring, *width);
            } else if nested {
                break;
            }
        }
    }

    /// Adds what was observed at `at`, before the latest instant. The sum of everything, these included, must
    /// have been found to fit.
    pub(super) fn add_late(&mut self, at: i64, latest: i64, counts: Counts, widths: &[i64], ring_length: usize) {
        let rings = self.sums.chunks_exact_mut(ring_length.max(1));
        for ((head, ring), width) in self.heads.iter_mut().zip(rings).zip(widths) {
            let after = head.edge.saturating_sub(at).checked_div(*width).unwrap_or(0);
            let after = usize::try_from(after).unwrap_or(usize::MAX).min(ring.len());
            let (newest, older) = ring.split_at_mut(head.slot.min(ring_length));
            for sum in newest.iter_mut().rev().chain(older.iter_mut().rev()).take(after) {
                *sum = sum.plus(counts);
            }
            head.rebase(latest, ring);
        }
    }

    /// Adds another tracker's rings, which stand at the same instant.
    pub(super) fn add(&mut self, other: &Self) {
        for (ours, theirs) in self.heads.iter_mut().zip(&other.heads) {
            ours.base = ours.base.plus(theirs.base);
        }
        for (ours, theirs) in self.sums.iter_mut().zip(&other.sums) {
            *ours = ours.plus(*theirs);
        }
    }

    /// Each ring's sums, oldest first.
    #[cfg(feature = "serde")]
    pub(super) fn rings(&self, ring_length: usize) -> impl Iterator<Item = Vec<Counts>> {
        let rings = self.sums.chunks_exact(ring_length.max(1));
        self.heads.iter().zip(rings).map(move |(head, ring)| {
            let (newest, oldest) = ring.split_at(head.slot.min(ring_length));
            oldest.iter().chain(newest).copied().collect()
        })
    }

    /// Puts back each ring's sums, oldest first, into rings that stand at `latest`.
    #[cfg(feature = "serde")]
    pub(super) fn put_back(&mut self, latest: i64, sums: &[Vec<Counts>], ring_length: usize) {
        let rings = self.sums.chunks_exact_mut(ring_length.max(1));
        for ((head, ring), sums) in self.heads.iter_mut().zip(rings).zip(sums) {
            let (newest, oldest) = ring.split_at_mut(head.slot.min(ring_length));
            for (slot, sum) in oldest.iter_mut().chain(newest).zip(sums) {
                *slot = *sum;
            }
            head.rebase(latest, ring);
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.heads).saturating_add(size_of_val(&*self.sums))
    }
}

impl Head {
    /// Stores `seen` at every boundary from the edge to `at`, `at` itself left out: more may come at `at`.
    #[inline]
    fn turn(&mut self, at: i64, seen: Counts, ring: &mut [Counts], width: i64) {
        let mut edge = self.edge;
        let mut slot = self.slot;
        while edge < at {
            if let Some(sum) = ring.get_mut(slot) {
                *sum = seen;
                slot = slot.wrapping_add(1);
                // Stays within a width of `at`, which keeps that far from the end of time.
                edge = edge.wrapping_add(width);
            } else if at.saturating_sub(edge) < span(ring, width) {
                slot = 0;
            } else {
                (edge, slot) = refill(at, seen, ring, width);
            }
        }
        self.edge = edge;
        self.slot = if slot == ring.len() { 0 } else { slot };
        self.rebase(at, ring);
    }

    /// A window of `length - 1` buckets that ends at `at` starts at the oldest boundary of the ring, or at the
    /// one after it when `at` is a boundary itself.
    #[inline]
    fn rebase(&mut self, at: i64, ring: &[Counts]) {
        let start = self.slot.wrapping_add(usize::from(self.edge == at));
        let start = ring.get(start).or(ring.first());
        self.base = start.copied().unwrap_or(Counts::ZERO);
    }
}

/// Fills the ring when all of it lies behind, or at the first instant of all; gives the edge and its slot.
#[cold]
fn refill(at: i64, seen: Counts, ring: &mut [Counts], width: i64) -> (i64, usize) {
    ring.fill(seen);
    let number = at.div_euclid(width).saturating_add(i64::from(at.rem_euclid(width) != 0));
    let length = i64::try_from(ring.len()).unwrap_or(i64::MAX);
    (number.saturating_mul(width), usize::try_from(number.rem_euclid(length)).unwrap_or(0))
}

/// How long a whole ring is.
fn span(ring: &[Counts], width: i64) -> i64 {
    width.saturating_mul(i64::try_from(ring.len()).unwrap_or(i64::MAX))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers")]
mod tests {
    use super::*;

    #[test]
    fn every_ring_turns_at_its_own_boundaries_whether_widths_are_nested_or_not() {
        for (widths, nested) in [([6_i64, 12, 36], true), ([6, 12, 36], false), ([6, 10, 15], false)] {
            for step in [1, 4, 6, 7, 50] {
                // An event at every multiple of the step; two buckets a window.
                let mut tiers = Tiers::new(3, 3);
                for tick in 1..200_i64 {
                    let at = tick * step;
                    let seen = |until: i64| Counts::from_bad(0, until.div_euclid(step).max(0).cast_unsigned()).unwrap();
                    tiers.advance(at, seen(at - 1), &widths, nested, 3);
                    for (window, width) in widths.iter().enumerate() {
                        let start = (at - 2 * width).div_euclid(*width) * width;
                        assert_eq!(tiers.base(window), seen(start), "{widths:?} {nested} at {at}");
                    }
                }
            }
        }
    }
}
