//! Seeded chance.

/// `SplitMix64` (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
#[derive(Debug, Clone)]
pub(super) struct Random(pub u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, 0 where that is 0; the bias of some 2^-44 does not matter to a search.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.next()).wrapping_mul(bound as u128) >> 64;
        usize::try_from(product).unwrap_or(0)
    }
}
