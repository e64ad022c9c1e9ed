//! Drawing the future from the past: a seeded block bootstrap that keeps runs of bad buckets together and, if asked,
//! the day of the week.

use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::error::Error;
use crate::sli::Counts;

/// How futures are drawn: as blocks of the past, put one after the other (Künsch 1989).
///
/// Each future is drawn from a past of its own, itself drawn from the history: a history is one of those that might
/// have been, and a forecast that takes it at its word is too sure of itself (`tests/forecast.rs` counts how often the
/// truth is within the interval).
///
/// Blocks keep together what comes together, as an outage of several hours does. With a season of `s` buckets each
/// block starts at the phase at which it is put (a Tuesday at a Tuesday, with daily buckets and a season of 7). The
/// same seed gives the same futures on every platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawBootstrap", into = "RawBootstrap")
)]
pub struct Bootstrap {
    // INVARIANT: block and season within 1..=MOST_BUCKETS, futures within 1..=MOST_FUTURES.
    block: usize,
    season: usize,
    futures: u32,
    seed: u64,
}

impl Bootstrap {
    /// The most futures that can be asked for.
    pub const MOST_FUTURES: u32 = 100_000;
    /// The longest block or season, in buckets: a year of minutes.
    pub const MOST_BUCKETS: usize = 527_040;

    /// `futures` drawn with `seed` as blocks of `block` buckets that keep a season of `season` buckets; a season of 1
    /// is none.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] when one of them is 0 or beyond its bound.
    pub fn new(block: usize, season: usize, futures: u32, seed: u64) -> Result<Self, Error> {
        let check = |what, given: usize, most: usize| {
            let bound = || Error::NumberOutOfRange { what, given: given.to_string(), bound: format!("1 and {most}") };
            if (1..=most).contains(&given) { Ok(()) } else { Err(bound()) }
        };
        check("block", block, Self::MOST_BUCKETS)?;
        check("season", season, Self::MOST_BUCKETS)?;
        let count = usize::try_from(futures).unwrap_or(usize::MAX);
        check("number of futures", count, usize::try_from(Self::MOST_FUTURES).unwrap_or(usize::MAX))?;
        Ok(Self { block, season, futures, seed })
    }

    /// For daily buckets: 2,000 futures in blocks of a week that keep the day of the week.
    #[must_use]
    pub const fn daily(seed: u64) -> Self {
        Self { block: 7, season: 7, futures: 2_000, seed }
    }

    /// For buckets that are short against a day: 2,000 futures in blocks of an hour or so, `block` buckets, without
    /// a season.
    ///
    /// # Errors
    /// As for [`Bootstrap::new`].
    pub fn without_season(block: usize, seed: u64) -> Result<Self, Error> {
        Self::new(block, 1, 2_000, seed)
    }

    /// Buckets in a block.
    #[must_use]
    pub const fn block(&self) -> usize {
        self.block
    }

    /// Buckets in a season; 1 for none.
    #[must_use]
    pub const fn season(&self) -> usize {
        self.season
    }

    /// How many futures are drawn.
    #[must_use]
    pub const fn futures(&self) -> u32 {
        self.futures
    }

    /// The seed.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The fewest buckets of history that give every block a choice: two blocks or seasons, whichever is longer.
    #[must_use]
    pub fn history_needed(&self) -> usize {
        self.block.max(self.season).saturating_mul(2)
    }

    /// Calls `each` with every future: the ranges of the history's `buckets` that, put together, are the `horizon`
    /// buckets after it. Nothing happens when the history is shorter than needed.
    pub(crate) fn draw(&self, buckets: usize, horizon: usize, mut each: impl FnMut(&[Range<usize>])) {
        if buckets < self.history_needed() {
            return;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        // One fewer than the blocks or seasons that the history holds side by side: the mean of so many drawn
        // varies as the history's own does (Rao and Wu 1988).
        let side_by_side = buckets.checked_div(self.block.max(self.season)).unwrap_or(1);
        let (mut past, mut blocks) = (Vec::new(), Vec::new());
        for _ in 0..self.futures {
            past.clear();
            past.extend((1..side_by_side.max(2)).map(|_| rng.random::<u64>()));
            blocks.clear();
            let mut drawn = 0_usize;
            while drawn < horizon {
                let kept = past.get(scaled(rng.random(), past.len())).copied().unwrap_or(0);
                let start = self.start(buckets, drawn, kept);
                let length = self.block.min(horizon.saturating_sub(drawn));
                blocks.push(start..start.saturating_add(length));
                drawn = drawn.saturating_add(length);
            }
            each(&blocks);
        }
    }

    /// Of the starts with the phase of the bucket `drawn` and room for a whole block, all as likely, the one that
    /// `chance` picks; the same chance picks from the same season whatever the phase.
    fn start(&self, buckets: usize, drawn: usize, chance: u64) -> usize {
        let phase = buckets.saturating_add(drawn).checked_rem(self.season).unwrap_or(0);
        let room = buckets.saturating_sub(self.block).saturating_sub(phase);
        let choices = room.checked_div(self.season).unwrap_or(0).saturating_add(1);
        phase.saturating_add(self.season.saturating_mul(scaled(chance, choices)))
    }
}

/// A number below `bound` in proportion to `chance` below 2^64; 0 for a bound of 0. In whole numbers, so that every
/// platform draws the same.
fn scaled(chance: u64, bound: usize) -> usize {
    let product = u128::from(chance).saturating_mul(u128::try_from(bound).unwrap_or(0));
    usize::try_from(product >> 64).unwrap_or(0)
}

/// Sums of a history from its start: the sum of any range is a difference. 128 bits hold 2^64 full buckets.
pub(crate) struct Sums(Vec<Sum>);

/// Bad events and all events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    pub(crate) bad: u128,
    pub(crate) total: u128,
}

impl Sum {
    pub(crate) const fn plus(self, other: Self) -> Self {
        Self { bad: self.bad.saturating_add(other.bad), total: self.total.saturating_add(other.total) }
    }

    /// `bad / total <= allowed / 10^9`, exactly.
    pub(crate) const fn keeps(self, allowed_parts_per_billion: u32) -> bool {
        let allowed = self.total.saturating_mul(allowed_parts_per_billion as u128);
        self.bad.saturating_mul(1_000_000_000) <= allowed
    }
}

impl From<Counts> for Sum {
    fn from(counts: Counts) -> Self {
        Self { bad: u128::from(counts.bad()), total: u128::from(counts.total()) }
    }
}

impl Sums {
    pub(crate) fn of(history: &[Counts]) -> Self {
        let sums = history.iter().scan(Sum::default(), |sum, counts| {
            *sum = sum.plus(Sum::from(*counts));
            Some(*sum)
        });
        Self(std::iter::once(Sum::default()).chain(sums).collect())
    }

    /// The sum of a range of buckets; what lies beyond the history counts as nothing.
    pub(crate) fn range(&self, range: Range<usize>) -> Sum {
        let at = |index: usize| self.0.get(index).or(self.0.last()).copied().unwrap_or_default();
        let (start, end) = (at(range.start), at(range.end));
        Sum { bad: end.bad.saturating_sub(start.bad), total: end.total.saturating_sub(start.total) }
    }
}

/// The shape in a file.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBootstrap {
    block: usize,
    season: usize,
    futures: u32,
    seed: u64,
}

#[cfg(feature = "serde")]
impl TryFrom<RawBootstrap> for Bootstrap {
    type Error = Error;

    fn try_from(raw: RawBootstrap) -> Result<Self, Error> {
        Self::new(raw.block, raw.season, raw.futures, raw.seed)
    }
}

#[cfg(feature = "serde")]
impl From<Bootstrap> for RawBootstrap {
    fn from(bootstrap: Bootstrap) -> Self {
        let Bootstrap { block, season, futures, seed } = bootstrap;
        Self { block, season, futures, seed }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn blocks_keep_the_phase_fit_the_history_and_fill_the_horizon() {
        for (buckets, horizon, block, season) in [(31, 28, 7, 7), (90, 30, 3, 7), (20, 5, 10, 1), (14, 9, 2, 7)] {
            let bootstrap = Bootstrap::new(block, season, 200, 1).unwrap();
            let mut futures = 0;
            bootstrap.draw(buckets, horizon, |blocks| {
                futures += 1;
                let mut at = buckets;
                for range in blocks {
                    assert!(range.end <= buckets && range.start % season == at % season, "{range:?} at {at}");
                    at += range.len();
                }
                assert_eq!(at, buckets + horizon);
            });
            assert_eq!(futures, 200);
        }
    }

    #[test]
    fn every_start_is_drawn() {
        let mut starts = std::collections::BTreeSet::new();
        Bootstrap::new(2, 1, 500, 3).unwrap().draw(10, 2, |blocks| _ = starts.insert(blocks[0].start));
        assert_eq!(starts.into_iter().collect::<Vec<_>>(), (0..=8).collect::<Vec<_>>());
    }

    #[test]
    fn too_short_a_history_draws_nothing() {
        Bootstrap::daily(1).draw(13, 7, |_| panic!("drawn"));
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        for (block, season, futures) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 100_001), (usize::MAX, 1, 1)] {
            assert!(Bootstrap::new(block, season, futures, 0).is_err());
        }
    }

    #[test]
    fn sums_of_ranges_are_exact_at_the_limits() {
        let full = Counts::from_bad(u64::MAX, u64::MAX).unwrap();
        let sums = Sums::of(&[full, Counts::ZERO, full]);
        assert_eq!(sums.range(0..3).bad, 2 * u128::from(u64::MAX));
        assert_eq!(sums.range(1..9), Sum::from(full));
        assert_eq!(sums.range(5..9), Sum::default());
    }
}
