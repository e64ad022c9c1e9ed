//! The exact distribution of Mann and Whitney's U when all arrangements of the ranks are equally likely.
//!
//! The number of arrangements of n and m observations with `U = u` is the coefficient of `q^u` in the Gaussian
//! binomial `prod (1 - q^(m+i)) / (1 - q^i)`, i = 1 to n (Mann and Whitney 1947 have it as a recurrence). Each factor
//! is one pass over the coefficients in whole numbers modulo a power of 2: what wraps on the way has unwrapped at the
//! end, since every count fits. So each tail is a quotient of two exact whole numbers, the smallest ones too.

use super::pairs::{length, real, wide};

/// The exact cumulative distribution of U in its lower half.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NullDistribution {
    pairs: u128,
    /// `P(U <= u)` for u from 0 to half of the pairs.
    lower: Vec<f64>,
}

/// The most bits of the number of arrangements for which the distribution is computed: 258 observations in each.
const MOST_BITS: f64 = 512.0;

impl NullDistribution {
    /// For samples of `n` and `m` observations, up to `U = most` or the middle; `None` when there are 2^512
    /// arrangements or more.
    pub(super) fn new(n: u64, m: u64, most: u128) -> Option<Self> {
        let (few, many) = (usize::try_from(n.min(m)).ok()?, usize::try_from(n.max(m)).ok()?);
        let pairs = wide(n).saturating_mul(wide(m));
        let bits = bits_of_arrangements(few, many)?;
        let top = usize::try_from(most.min(pairs / 2)).ok()?;
        let lower = if bits < 64.0 {
            cumulative::<u64>(few, many, top)
        } else if bits < 128.0 {
            cumulative::<u128>(few, many, top)
        } else if bits < 256.0 {
            cumulative::<Wide<4>>(few, many, top)
        } else {
            cumulative::<Wide<8>>(few, many, top)
        };
        Some(Self { pairs, lower })
    }

    /// `P(U <= u)` for a `u` that is, or whose mirror is, within what was computed.
    pub(super) fn at_most(&self, u: u128) -> f64 {
        if u >= self.pairs {
            1.0
        } else if u <= self.pairs / 2 {
            self.lower_tail(u)
        } else {
            // P(U <= u) = 1 - P(U >= u + 1) = 1 - P(U <= pairs - u - 1).
            1.0 - self.lower_tail(self.pairs.saturating_sub(u).saturating_sub(1))
        }
    }

    fn lower_tail(&self, u: u128) -> f64 {
        let place = usize::try_from(u).unwrap_or(usize::MAX);
        self.lower.get(place).or(self.lower.last()).copied().unwrap_or(1.0)
    }

    /// The least `u` with `P(U <= u) >= tail` within what was computed.
    pub(super) fn quantile(&self, tail: f64) -> u128 {
        length(self.lower.partition_point(|below| *below < tail))
    }
}

/// The binary logarithm of the number of arrangements, a little more than exact; `None` for more than [`MOST_BITS`].
fn bits_of_arrangements(few: usize, many: usize) -> Option<f64> {
    let mut bits = 1e-9;
    for i in 1..=few {
        bits += libm::log2((real(length(many)) + real(length(i))) / real(length(i)));
        if bits >= MOST_BITS {
            return None;
        }
    }
    Some(bits)
}

/// `P(U <= u)` for u from 0 to `top`.
fn cumulative<C: Count>(few: usize, many: usize, top: usize) -> Vec<f64> {
    let mut counts = vec![C::ZERO; top.saturating_add(1)];
    if let Some(first) = counts.first_mut() {
        *first = C::ONE;
    }
    for i in 1..=few {
        divide(&mut counts, i);
        multiply(&mut counts, many.saturating_add(i));
    }
    let all = arrangements::<C>(few, many).to_f64();
    let mut sum = C::ZERO;
    let add = |count: &C| {
        sum = sum.plus(*count);
        sum.to_f64() / all
    };
    counts.iter().map(add).collect()
}

/// Divides the power series by `1 - q^step`: each coefficient takes on the one `step` before it.
fn divide<C: Count>(counts: &mut [C], step: usize) {
    let mut start = step;
    // Block by block of `step` coefficients, so that the additions within a block do not wait for each other.
    while start < counts.len() {
        let (before, after) = counts.split_at_mut(start);
        let before = before.get(start.saturating_sub(step)..).unwrap_or_default();
        for (count, earlier) in after.iter_mut().zip(before) {
            *count = count.plus(*earlier);
        }
        start = start.saturating_add(step);
    }
}

/// Multiplies the power series by `1 - q^step`: each coefficient loses the one `step` before it, the last one first.
fn multiply<C: Count>(counts: &mut [C], step: usize) {
    let mut end = counts.len();
    while end > step {
        let start = end.saturating_sub(step).max(step);
        let (before, after) = counts.split_at_mut(start);
        let before = before.get(start.saturating_sub(step)..).unwrap_or_default();
        for (count, earlier) in after.iter_mut().zip(before).take(end.saturating_sub(start)) {
            *count = count.minus(*earlier);
        }
        end = start;
    }
}

/// The number of arrangements, `few + many` choose `few`, by Pascal's triangle.
fn arrangements<C: Count>(few: usize, many: usize) -> C {
    let mut row = vec![C::ONE; few.saturating_add(1)];
    for _ in 0..many {
        let mut sum = C::ZERO;
        for entry in &mut row {
            sum = sum.plus(*entry);
            *entry = sum;
        }
    }
    row.last().copied().unwrap_or(C::ONE)
}

/// A count modulo a power of 2.
trait Count: Copy {
    const ZERO: Self;
    const ONE: Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    /// Correct to a few units in the last place.
    fn to_f64(self) -> f64;
}

impl Count for u64 {
    const ZERO: Self = 0;
    const ONE: Self = 1;
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
    fn to_f64(self) -> f64 {
        real(wide(self))
    }
}

impl Count for u128 {
    const ZERO: Self = 0;
    const ONE: Self = 1;
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
    fn to_f64(self) -> f64 {
        real(self)
    }
}

/// A whole number of `LIMBS` times 64 bits, the least significant first.
#[derive(Debug, Clone, Copy)]
struct Wide<const LIMBS: usize>([u64; LIMBS]);

impl<const LIMBS: usize> Count for Wide<LIMBS> {
    const ZERO: Self = Self([0; LIMBS]);
    const ONE: Self = {
        let mut limbs = [0; LIMBS];
        if let Some((first, _)) = limbs.split_first_mut() {
            *first = 1;
        }
        Self(limbs)
    };

    fn plus(mut self, other: Self) -> Self {
        let mut carry = false;
        for (limb, more) in self.0.iter_mut().zip(other.0) {
            let (sum, over) = limb.overflowing_add(more);
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, over || over_again);
        }
        self
    }

    fn minus(mut self, other: Self) -> Self {
        let mut borrow = false;
        for (limb, less) in self.0.iter_mut().zip(other.0) {
            let (rest, under) = limb.overflowing_sub(less);
            let (rest, under_again) = rest.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (rest, under || under_again);
        }
        self
    }

    fn to_f64(self) -> f64 {
        const LIMB: f64 = 18_446_744_073_709_551_616.0;
        self.0.iter().rev().fold(0.0, |high, limb| high * LIMB + real(wide(*limb)))
    }
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

    /// The recurrence of Mann and Whitney, with floats of positive terms only.
    fn naive(n: usize, m: usize) -> Vec<f64> {
        let mut table: Vec<Vec<Vec<f64>>> = vec![vec![vec![]; m + 1]; n + 1];
        for i in 0..=n {
            for j in 0..=m {
                let mut row = vec![0.0; i * j + 1];
                if i == 0 || j == 0 {
                    row[0] = 1.0;
                } else {
                    // The largest is of the first sample, above all j of the second, or of the second.
                    let share = i as f64 / (i + j) as f64;
                    for (u, p) in table[i - 1][j].iter().enumerate() {
                        row[u + j] += share * p;
                    }
                    for (u, p) in table[i][j - 1].iter().enumerate() {
                        row[u] += (1.0 - share) * p;
                    }
                }
                table[i][j] = row;
            }
        }
        table[n][m].clone()
    }

    fn close(got: f64, want: f64) -> bool {
        (got / want - 1.0).abs() < 1e-12
    }

    #[test]
    fn tails_are_those_of_the_recurrence() {
        // The last three need more than 64, 128 and 256 bits.
        for (n, m) in [(1, 1), (1, 9), (2, 3), (7, 5), (12, 12), (20, 13), (3, 40), (40, 34), (66, 70), (20, 1000)] {
            let (most, probabilities) = (u128::MAX, naive(n.min(70), m.min(70)));
            let exact = NullDistribution::new(n as u64, m as u64, most).unwrap();
            if n > 70 || m > 70 {
                continue;
            }
            let mut sum = 0.0;
            for (u, p) in probabilities.iter().enumerate().take(n * m / 2 + 1) {
                sum += p;
                assert!(close(exact.at_most(u as u128), sum), "{n} {m} {u}: {} {sum}", exact.at_most(u as u128));
                let mirrored = exact.at_most((n * m - u) as u128);
                assert!((mirrored - (1.0 - sum + p)).abs() < 1e-13, "{n} {m} {u}");
            }
        }
    }

    #[test]
    fn half_of_the_distribution_lies_below_the_middle_whatever_the_width() {
        // An odd number of pairs: P(U <= (pairs - 1) / 2) is exactly 1/2 by symmetry. 64 to 512 bits.
        for (n, m) in [(31, 31), (63, 65), (127, 129), (255, 257), (3, 1001)] {
            let exact = NullDistribution::new(n, m, u128::MAX).unwrap();
            let middle = (u128::from(n) * u128::from(m) - 1) / 2;
            assert!(close(exact.at_most(middle), 0.5), "{n} {m} {}", exact.at_most(middle));
            assert_eq!(exact.at_most(u128::from(n * m)), 1.0);
        }
        assert_eq!(NullDistribution::new(400, 400, 0), None);
    }

    #[test]
    fn the_smallest_tail_is_one_arrangement() {
        let exact = NullDistribution::new(60, 60, 3).unwrap();
        // 120 choose 60, and the 1, 1, 2, 3 partitions of 0, 1, 2 and 3.
        let all = 9.661_490_884_036_333e34;
        for (u, count) in [(0, 1.0), (1, 2.0), (2, 4.0), (3, 7.0)] {
            assert!((exact.at_most(u) * all / count - 1.0).abs() < 1e-9, "{u} {}", exact.at_most(u) * all);
        }
    }

    #[test]
    fn quantiles_are_where_the_distribution_reaches_the_tail() {
        // R: qwilcox(.025, 8, 12) = 23, qwilcox(.025, 49, 49) = 925, qwilcox(.005, 5, 6) = 2.
        for (n, m, tail, want) in [(8, 12, 0.025, 23), (49, 49, 0.025, 925), (5, 6, 0.005, 2)] {
            let exact = NullDistribution::new(n, m, u128::MAX).unwrap();
            assert_eq!(exact.quantile(tail), want, "{n} {m}");
        }
    }
}
