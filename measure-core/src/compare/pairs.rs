//! How two sorted samples interleave: the pairs in which the first is larger, and the ties, by one merge.

use crate::estimate::NotEnough;
pub(super) use crate::placements::real;
use crate::sample::Sample;

/// What the ranks of two samples say, in whole numbers: nothing is lost however large the samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pairs {
    /// Observations of the first sample, at least 1.
    pub(super) n: u64,
    /// Observations of the second sample, at least 1.
    pub(super) m: u64,
    /// Twice Mann and Whitney's U of the first: 2 for a pair in which it is larger, 1 for a tie.
    pub(super) twice_u: u128,
    /// The sum of `t^3 - t` over the groups of `t` equal observations in both samples together; 0 without ties.
    pub(super) ties: u128,
}

impl Pairs {
    /// # Errors
    /// [`NotEnough::TooFew`] unless each sample has `need` observations.
    pub(super) fn new(x: &Sample, y: &Sample, need: u64) -> Result<Self, NotEnough> {
        NotEnough::unless(x.n().min(y.n()), need, EACH)?;
        let counted = without_ties(x.values(), y.values());
        let (twice_u, ties) = counted.unwrap_or_else(|| with_ties(x.values(), y.values()));
        Ok(Self { n: x.n(), m: y.n(), twice_u, ties })
    }

    /// How many pairs there are: n m.
    pub(super) const fn pairs(self) -> u128 {
        wide(self.n).saturating_mul(wide(self.m))
    }

    /// Observations in both samples.
    pub(super) const fn n_of_both(self) -> u64 {
        self.n.saturating_add(self.m)
    }

    /// U of the first sample.
    pub(super) fn u(self) -> f64 {
        real(self.twice_u) / 2.0
    }

    /// The variance of U if all arrangements of the ranks are equally likely, ties as they are.
    pub(super) fn variance(self) -> f64 {
        variance_of_u(self.n, self.m, self.ties)
    }

    /// The share of pairs in which the first is larger, ties counted half; and that in which the second is.
    pub(super) fn shares(self) -> (f64, f64) {
        let twice = self.pairs().saturating_mul(2);
        (real(self.twice_u) / real(twice), real(twice.saturating_sub(self.twice_u)) / real(twice))
    }

    /// Cliff's delta: the difference of the shares, from whole numbers.
    pub(super) fn delta(self) -> f64 {
        self.twice_from_middle() / real(self.pairs())
    }

    /// Twice the distance of U from its mean under the null hypothesis, from whole numbers.
    pub(super) fn twice_from_middle(self) -> f64 {
        let (twice, middle) = (self.twice_u, self.pairs());
        real(twice.saturating_sub(middle)) - real(middle.saturating_sub(twice))
    }
}

/// What [`NotEnough`] counts when a sample is too small.
pub(super) const EACH: &str = "observations in each sample";

/// `n m / 12 (N + 1 - ties / (N (N - 1)))` for N = n + m, with ties the sum of `t^3 - t`. The difference is taken in
/// whole numbers, so that it is exactly 0 when all are tied.
pub(super) fn variance_of_u(n: u64, m: u64, ties: u128) -> f64 {
    let both = wide(n).saturating_add(wide(m));
    let free = cube_less_one(both).saturating_sub(ties);
    if free == 0 {
        return 0.0;
    }
    let total = real(both);
    real(wide(n)) * real(wide(m)) / 12.0 * (real(free) / (total * (total - 1.0)))
}

/// The sum of `t^3 - t` over the groups of equal values of one sorted sample.
pub(super) fn ties_within(values: &[f64]) -> u128 {
    values.chunk_by(|a, b| a == b).map(|group| cube_less_one(length(group.len()))).fold(0, u128::saturating_add)
}

/// Twice U, and no ties; `None` when there is a tie.
fn without_ties(x: &[f64], y: &[f64]) -> Option<(u128, u128)> {
    let within = |values: &[f64]| values.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
    if within(x) || within(y) {
        return None;
    }
    let (above, tied) = merge(x, y);
    (!tied).then_some((above.saturating_mul(2), 0))
}

/// The pairs in which `x` is larger, if there are no ties, and whether there is one between the samples.
///
/// A merge from both ends at once, without branches on the data: no processor could foresee them, and the two chains
/// of comparisons do not wait for each other.
#[expect(clippy::indexing_slicing, reason = "i < n, j < m, 0 < p <= n and 0 < q <= m by the loops' conditions")]
#[expect(clippy::arithmetic_side_effects, reason = "indices within the lengths; the sums are at most n m as u128")]
fn merge(x: &[f64], y: &[f64]) -> (u128, bool) {
    let (n, m) = (x.len(), y.len());
    // Below are x[..i] and y[..j], above are x[p..] and y[q..].
    let (mut i, mut j, mut p, mut q) = (0, 0, n, m);
    let (mut above, mut tied) = (0_u128, false);
    let mut left = (n + m) / 2;
    while left > 0 && i < n && j < m && p > 0 && q > 0 {
        let (first, second) = (x[i], y[j]);
        tied |= first == second;
        let second_is_less = usize::from(second < first);
        j += second_is_less;
        i += 1 - second_is_less;
        let forward = j * (1 - second_is_less);
        let (first, second) = (x[p - 1], y[q - 1]);
        tied |= first == second;
        let first_is_greater = usize::from(first > second);
        p -= first_is_greater;
        let backward = q * first_is_greater;
        q -= 1 - first_is_greater;
        above += length(forward + backward);
        left -= 1;
    }
    while i < p && j < m {
        let (first, second) = (x[i], y[j]);
        tied |= first == second;
        let second_is_less = usize::from(second < first);
        j += second_is_less;
        i += 1 - second_is_less;
        above += length(j * (1 - second_is_less));
    }
    (above + length(p.saturating_sub(i)) * length(m), tied)
}

/// Twice U and the sum of `t^3 - t`, group by group of equal values.
fn with_ties(x: &[f64], y: &[f64]) -> (u128, u128) {
    let (mut below, mut twice_u, mut ties) = (0_u128, 0_u128, 0_u128);
    for (of_x, of_y) in groups(x, y) {
        // Each of x is above all of y so far, and ties with those of its value.
        let twice = below.saturating_mul(2).saturating_add(of_y);
        twice_u = twice_u.saturating_add(of_x.saturating_mul(twice));
        ties = ties.saturating_add(cube_less_one(of_x.saturating_add(of_y)));
        below = below.saturating_add(of_y);
    }
    (twice_u, ties)
}

/// For each value in the two sorted samples together, ascending: how many of each are equal to it.
pub(super) fn groups(mut x: &[f64], mut y: &[f64]) -> impl Iterator<Item = (u128, u128)> {
    std::iter::from_fn(move || {
        let value = match (x.first(), y.first()) {
            (Some(&first), Some(&second)) => first.min(second),
            (Some(&only), None) | (None, Some(&only)) => only,
            (None, None) => return None,
        };
        Some((take_equal(&mut x, value), take_equal(&mut y, value)))
    })
}

/// Takes the leading values that equal `value`, and says how many they were.
fn take_equal(values: &mut &[f64], value: f64) -> u128 {
    let equal = values.iter().take_while(|other| **other == value).count();
    *values = values.get(equal..).unwrap_or_default();
    length(equal)
}

const fn cube_less_one(t: u128) -> u128 {
    t.saturating_mul(t).saturating_mul(t).saturating_sub(t)
}

/// A length as a count.
pub(super) const fn length(length: usize) -> u128 {
    length as u128
}

/// A count that cannot overflow when multiplied.
pub(super) const fn wide(count: u64) -> u128 {
    count as u128
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "small numbers"
)]
mod tests {
    use super::*;
    use crate::chance::Seed;

    /// From the definition: all pairs, and all groups.
    fn naive(x: &[f64], y: &[f64]) -> (u128, u128) {
        let mut twice_u = 0;
        for a in x {
            for b in y {
                twice_u += if a > b { 2 } else { u128::from(a == b) };
            }
        }
        let both: Vec<f64> = x.iter().chain(y).copied().collect();
        let ties = both.iter().map(|a| both.iter().filter(|b| a == *b).count() as u128).map(|t| t * t - 1).sum();
        (twice_u, ties)
    }

    fn drawn(seed: u64, n: u32, values: u32) -> Sample {
        let mut chance = Seed::new(seed).generator();
        Sample::new((0..n).map(|_| f64::from(chance.below(values)) - 3.0).collect()).unwrap()
    }

    #[test]
    fn counts_are_those_of_all_pairs() {
        for seed in 0..400_u64 {
            let (n, m) = (1 + u32::try_from(seed % 23).unwrap(), 1 + u32::try_from(seed % 17).unwrap());
            for values in [1, 2, 7, 1_000_000] {
                let (x, y) = (drawn(seed, n, values), drawn(seed + 1000, m, values));
                let pairs = Pairs::new(&x, &y, 1).unwrap();
                assert_eq!((pairs.twice_u, pairs.ties), naive(x.values(), y.values()), "{seed} {values}");
                assert_eq!(with_ties(x.values(), y.values()), (pairs.twice_u, pairs.ties));
            }
        }
    }

    #[test]
    fn a_tie_across_the_samples_is_seen_wherever_it_is() {
        for place in 0..6_u8 {
            let x: Vec<f64> = (0..6_u8).map(|i| f64::from(i) + if i == place { 0.5 } else { 0.0 }).collect();
            let y: Vec<f64> = (0..6_u8).map(|i| f64::from(i) + if i == place { 0.5 } else { 0.25 }).collect();
            assert_eq!(without_ties(&x, &y), None, "{place}");
            assert_eq!(without_ties(&y, &x), None, "{place}");
        }
    }

    #[test]
    fn variance_is_exactly_zero_when_all_are_tied() {
        let same = Sample::new(vec![0.1; 7]).unwrap();
        assert_eq!(Pairs::new(&same, &same, 1).unwrap().variance(), 0.0);
        assert_eq!(variance_of_u(8, 12, 0), 8.0 * 12.0 * 21.0 / 12.0);
    }

    #[test]
    fn an_empty_sample_is_not_enough() {
        let (none, one) = (Sample::default(), Sample::new(vec![1.0]).unwrap());
        let reason = NotEnough::TooFew { of: EACH, have: 0, need: 1 };
        assert_eq!(Pairs::new(&none, &one, 1), Err(reason));
        assert_eq!(Pairs::new(&one, &none, 1), Err(reason));
    }
}
