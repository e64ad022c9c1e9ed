//! Chance that can be repeated: a seed, and draws that are the same on every platform and in every release.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Where random draws begin. The same seed gives the same answer, bit for bit, on every platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Seed(u64);

impl Seed {
    /// Any number is a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    pub(crate) fn generator(self) -> Chance {
        Chance(ChaCha8Rng::seed_from_u64(self.0))
    }
}

/// A ChaCha8 generator with the draws that the crate needs. By hand, since `rand` may change how it turns bits into
/// numbers from one release to the next.
#[derive(Debug, Clone)]
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    /// Uniform among `0..bound`; 0 for a bound of 0 (Lemire 2019: a product, and rejection of its uneven part).
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let bound = u64::from(bound);
        loop {
            let product = u64::from(self.0.next_u32()).wrapping_mul(bound);
            // The low half; beyond the threshold every quotient has as many products.
            let low = product & 0xffff_ffff;
            if low >= bound || low >= (1_u64 << 32).checked_rem(bound).unwrap_or(0) {
                return u32::try_from(product >> 32).unwrap_or(0);
            }
        }
    }

    /// Uniform among `0..bound`; 0 for a bound of 0. The same draws as [`Chance::below`] for what fits it.
    pub(crate) fn index(&mut self, bound: usize) -> usize {
        match u32::try_from(bound) {
            Ok(bound) => usize::try_from(self.below(bound)).unwrap_or(0),
            // Beyond 2^32 observations the unevenness, of one part in 2^32 or less, is not rejected.
            Err(_) => {
                let product = u128::from(self.0.next_u64()).wrapping_mul(u128::try_from(bound).unwrap_or(0));
                usize::try_from(product >> 64).unwrap_or(0)
            }
        }
    }

    /// How often each of `counts.len()` things is drawn in as many draws with replacement.
    ///
    /// Up to 2^16 things, a draw takes 16 bits, the lower half of a word first, by the same product and rejection as
    /// [`Chance::below`]; it takes half the generator's work.
    pub(crate) fn tally(&mut self, counts: &mut [u32]) {
        counts.fill(0);
        let n = counts.len();
        let Some(bound) = u32::try_from(n).ok().filter(|bound| *bound <= 1 << 16) else {
            for _ in 0..n {
                increment(counts, self.index(n));
            }
            return;
        };
        let uneven = (1_u32 << 16).checked_rem(bound).unwrap_or(0);
        let mut left = n;
        while left > 0 {
            let word = self.0.next_u32();
            for half in [word & 0xffff, word >> 16] {
                let product = half.wrapping_mul(bound);
                if product & 0xffff >= uneven && left > 0 {
                    increment(counts, usize::try_from(product >> 16).unwrap_or(0));
                    left = left.wrapping_sub(1);
                }
            }
        }
    }

    /// Uniform in `[0, 1)`, a multiple of 2^-53.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Counts never wrap: they add up to the number of draws.
fn increment(counts: &mut [u32], index: usize) {
    if let Some(count) = counts.get_mut(index) {
        *count = count.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "a test fails by panicking")]
    use super::*;
    use crate::sample::float;

    #[test]
    fn draws_are_those_of_every_release() {
        let mut chance = Seed::new(1).generator();
        let drawn: Vec<u32> = (0..6).map(|_| chance.below(1_000)).collect();
        assert_eq!(drawn, [549, 402, 984, 80, 211, 596]);
        assert!((0.0..1.0).contains(&chance.unit()));
    }

    #[test]
    fn every_number_below_the_bound_comes_as_often() {
        let mut chance = Seed::new(7).generator();
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[usize::try_from(chance.below(7)).unwrap()] += 1;
        }
        // Six standard deviations.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 560), "{counts:?}");
        assert_eq!(chance.below(0), 0);
    }

    #[test]
    fn every_place_is_tallied_as_often_with_halves_of_words_and_with_whole_ones() {
        for n in [1_usize, 3, 5_000, 65_535, 65_536, 65_537] {
            let (mut chance, mut counts) = (Seed::new(9).generator(), vec![7; n]);
            let (mut low, mut pairs) = (0_usize, 0.0);
            let rounds = 200_000 / n + 1;
            for _ in 0..rounds {
                chance.tally(&mut counts);
                assert_eq!(counts.iter().map(|count| usize::try_from(*count).unwrap()).sum::<usize>(), n);
                low += counts.iter().take(n.div_ceil(2)).map(|count| usize::try_from(*count).unwrap()).sum::<usize>();
                pairs += counts.iter().map(|count| f64::from(*count) * (f64::from(*count) - 1.0)).sum::<f64>();
            }
            let drawn = float(rounds * n);
            let share = float(n.div_ceil(2)) / float(n);
            // Six standard deviations; of the pairs in one place too, of which (n - 1) / n are expected each round.
            assert!((float(low) / drawn - share).abs() <= 3.0 / drawn.sqrt(), "{n}: {low}");
            let expected = (float(n) - 1.0) * float(rounds);
            assert!((pairs - expected).abs() <= 6.0 * (2.0 * expected).sqrt() + 1e-9, "{n}: {pairs} {expected}");
        }
    }
}
