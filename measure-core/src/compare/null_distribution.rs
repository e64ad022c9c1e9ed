//! The exact distribution of Mann and Whitney's U when all arrangements of the ranks are equally likely.
//!
//! The number of arrangements of n and m observations with `U = u` is the coefficient of `q^u` in the Gaussian
//! binomial `prod (1 - q^(m+i)) / (1 - q^i)`, i = 1 to n (Mann and Whitney 1947 have it as a recurrence). Each factor
//! is one pass over the coefficients in whole numbers modulo a power of 2: what wraps on the way has unwrapped at the
//! end, since every count fits. So each tail is a quotient of two exact whole numbers, the smallest ones too.

use super::pairs::{length, real, wide};

/// The most bits of the number of arrangements for which they are counted: 258 observations in each.
const MOST_BITS: f64 = 512.0;

/// `P(U <= u)` for samples of `n` and `m` observations; `None` when there are 2^512 arrangements or more.
pub(super) fn at_most(n: u64, m: u64, u: u128) -> Option<f64> {
    let pairs = wide(n).saturating_mul(wide(m));
    if u >= pairs {
        return Some(1.0);
    }
    // P(U <= u) = 1 - P(U >= u + 1) = 1 - P(U <= pairs - u - 1).
    let mirrored = pairs.saturating_sub(u).saturating_sub(1);
    let Shape { few, many, top, bits } = Shape::new(n, m, u.min(mirrored))?;
    let tail = if bits < 64.0 {
        lower_tail::<u64>(few, many, top)
    } else if bits < 128.0 {
        lower_tail::<u128>(few, many, top)
    } else if bits < 256.0 {
        lower_tail::<Wide<4>>(few, many, top)
    } else {
        lower_tail::<Wide<8>>(few, many, top)
    };
    Some(if u <= mirrored { tail } else { 1.0 - tail })
}

/// The least `u` with `P(U <= u) >= tail`, for a tail of at most 1/2; `None` when there are 2^512 arrangements or more.
pub(super) fn quantile(n: u64, m: u64, tail: f64) -> Option<u128> {
    let Shape { few, many, top, bits } = Shape::new(n, m, wide(n).saturating_mul(wide(m)) / 2)?;
    Some(length(if bits < 64.0 {
        reaching::<u64>(few, many, top, tail)
    } else if bits < 128.0 {
        reaching::<u128>(few, many, top, tail)
    } else if bits < 256.0 {
        reaching::<Wide<4>>(few, many, top, tail)
    } else {
        reaching::<Wide<8>>(few, many, top, tail)
    }))
}

/// What is counted: up to `U = top`, in numbers of so many bits.
struct Shape {
    few: usize,
    many: usize,
    top: usize,
    bits: f64,
}

impl Shape {
    fn new(n: u64, m: u64, top: u128) -> Option<Self> {
        let (few, many) = (usize::try_from(n.min(m)).ok()?, usize::try_from(n.max(m)).ok()?);
        // The binary logarithm of the number of arrangements, a little more than exact.
        let mut bits = 1e-9;
        for i in 1..=few {
            bits += libm::log2((real(length(many)) + real(length(i))) / real(length(i)));
            if bits >= MOST_BITS {
                return None;
            }
        }
        Some(Self { few, many, top: usize::try_from(top).ok()?, bits })
    }
}

/// `P(U <= top)`.
fn lower_tail<C: Count>(few: usize, many: usize, top: usize) -> f64 {
    let sum = counts::<C>(few, many, top).into_iter().fold(C::ZERO, C::plus);
    sum.to_f64() / arrangements::<C>(few, many).to_f64()
}

/// The least `u` with `P(U <= u) >= tail`, or one more than `top`.
fn reaching<C: Count>(few: usize, many: usize, top: usize, tail: f64) -> usize {
    let all = arrangements::<C>(few, many).to_f64();
    let mut sum = C::ZERO;
    let reached = |count: &C| {
        sum = sum.plus(*count);
        sum.to_f64() / all >= tail
    };
    counts::<C>(few, many, top).iter().position(reached).unwrap_or(top.saturating_add(1))
}

/// The number of arrangements with U = 0, 1, ..., `top`.
fn counts<C: Count>(few: usize, many: usize, top: usize) -> Vec<C> {
    let mut counts = vec![C::ZERO; top.saturating_add(1)];
    if let Some(first) = counts.first_mut() {
        *first = C::ONE;
    }
    for i in 1..=few {
        divide(&mut counts, i);
        multiply(&mut counts, many.saturating_add(i));
    }
    counts
}

/// Divides the power series by `1 - q^step`: each coefficient takes on the one `step` before it.
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "step <= k < len")]
fn divide<C: Count>(counts: &mut [C], step: usize) {
    /// From here on blocks of additions that do not wait for each other are faster than a plain loop.
    const BLOCK: usize = 8;
    if step < BLOCK {
        for k in step..counts.len() {
            counts[k] = counts[k].plus(counts[k - step]);
        }
        return;
    }
    let mut start = step;
    while start < counts.len() {
        let (before, after) = counts.split_at_mut(start);
        for (count, earlier) in after.iter_mut().zip(&before[start - step..]) {
            *count = count.plus(*earlier);
        }
        start += step;
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
        // The last two need more than 64 and 128 bits.
        for (n, m) in [(1, 1), (1, 9), (2, 3), (7, 5), (12, 12), (20, 13), (3, 40), (40, 34), (66, 70)] {
            let (mut sum, middle) = (0.0, n * m / 2);
            let tail = |u: usize| at_most(n as u64, m as u64, u as u128).unwrap();
            for (u, p) in naive(n, m).iter().enumerate().take(middle + 1) {
                sum += p;
                if u < 50 || u % 97 == 0 || u == middle {
                    assert!(close(tail(u), sum), "{n} {m} {u}: {} {sum}", tail(u));
                    assert!((tail(n * m - u) - (1.0 - sum + p)).abs() < 1e-13, "{n} {m} {u}");
                }
            }
        }
    }

    #[test]
    fn half_of_the_distribution_lies_below_the_middle_whatever_the_width() {
        // An odd number of pairs: P(U <= (pairs - 1) / 2) is exactly 1/2 by symmetry. 64 to 512 bits.
        for (n, m) in [(31, 31), (63, 65), (127, 129), (255, 257), (3, 1001)] {
            let middle = (u128::from(n) * u128::from(m) - 1) / 2;
            let below = at_most(n, m, middle).unwrap();
            assert!(close(below, 0.5), "{n} {m} {below}");
            assert_eq!(at_most(n, m, u128::from(n * m)), Some(1.0));
        }
        assert_eq!(at_most(400, 400, 0), None);
    }

    #[test]
    fn the_smallest_tail_is_one_arrangement() {
        // 120 choose 60, and the 1, 1, 2, 3 partitions of 0, 1, 2 and 3.
        let all = 9.661_490_884_036_333e34;
        for (u, count) in [(0, 1.0), (1, 2.0), (2, 4.0), (3, 7.0)] {
            let tail = at_most(60, 60, u).unwrap();
            assert!((tail * all / count - 1.0).abs() < 1e-12, "{u} {}", tail * all);
        }
    }

    #[test]
    fn quantiles_are_where_the_distribution_reaches_the_tail() {
        // R: qwilcox(.025, 8, 12) = 23, qwilcox(.025, 49, 49) = 925, qwilcox(.005, 5, 6) = 2.
        for (n, m, tail, want) in [(8, 12, 0.025, 23), (49, 49, 0.025, 925), (5, 6, 0.005, 2)] {
            assert_eq!(quantile(n, m, tail), Some(want), "{n} {m}");
        }
    }
}
