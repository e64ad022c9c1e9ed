//! Mann and Kendall's test: does the order in time agree with the order by size?

use super::LEAST;
use super::inversions::inversions;
use crate::estimate::NotEnough;
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::probability::Probability;
use crate::proportion::count;
use crate::sample::{Series, float};
use crate::special::normal_sf;

/// The longest series whose orders can be counted in 128 bits: 34! < 2^128.
pub const EXACT_MOST: u64 = 34;

/// What Mann and Kendall's test says of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MannKendall {
    /// S: how many more pairs rise than fall.
    pub s: i64,
    /// The variance of S if every order is as likely, ties counted; with [`hamed_rao`](super::hamed_rao) times the
    /// inflation.
    pub variance: f64,
    /// S over its standard deviation, |S| less 1 for continuity; 0 where S or the variance is 0.
    pub z: f64,
    /// Kendall's tau-a: S over the number of pairs, in `[-1, 1]`. Ties pull it towards 0.
    ///
    /// DIFFERS: scipy's kendalltau gives tau-b, which divides by the pairs without ties; pymannkendall gives this one.
    pub tau: f64,
    /// What the variance was multiplied by for autocorrelation; 1 without a correction.
    pub inflation: f64,
    /// The test; its statistic is S. [`Alternative::Greater`] means rising.
    pub test: Test,
}

/// Mann and Kendall's test for a trend, with the normal approximation of S (Mann 1945, Kendall 1975): its variance
/// is `(n(n-1)(2n+5) - sum t(t-1)(2t+5)) / 18` over the groups of `t` equal observations. O(n log n).
///
/// Observations count as independent: where each resembles the last, false alarms are many times what they should
/// be; [`hamed_rao`](super::hamed_rao) corrects for that. A series without any spread has p = 1.
///
/// DIFFERS: pymannkendall takes p from `1 - cdf`, which is 0 beyond |z| = 8.3; here small tails keep their digits.
/// One-sided, p is `P(S >= s)` with the continuity correction towards the mean on that side.
///
/// ```
/// use measure_core::{Alternative, Series, trend};
/// let tickets = Series::new(vec![12.0, 9.0, 14.0, 15.0, 13.0, 18.0, 17.0, 21.0, 19.0, 24.0])?;
/// let found = trend::mann_kendall(&tickets, Alternative::TwoSided)?;
/// assert_eq!(found.s, 35);
/// assert!(found.test.p_value().get() < 0.003);
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`NotEnough::TooFew`] below [`LEAST`] observations.
pub fn mann_kendall(series: &Series, alternative: Alternative) -> Result<MannKendall, NotEnough> {
    NotEnough::unless(series.n(), LEAST, "observations")?;
    Ok(Order::of(series.values()).judged(alternative, 1.0, TestMethod::MannKendall))
}

/// The same by the exact distribution of S: over all orders of these observations, ties among them as they are.
/// `None` beyond [`EXACT_MOST`] observations.
///
/// The orders with a given S are the coefficients of Gauss's multinomial `[n]! / prod [t]!` (Percy `MacMahon` 1916). Without
/// ties this is the distribution of Kendall (1938), as scipy's kendalltau has it with `method="exact"`; with ties
/// scipy refuses.
///
/// # Errors
/// [`NotEnough::TooFew`] below [`LEAST`] observations.
pub fn mann_kendall_exact(series: &Series, alternative: Alternative) -> Result<Option<MannKendall>, NotEnough> {
    NotEnough::unless(series.n(), LEAST, "observations")?;
    if series.n() > EXACT_MOST {
        return Ok(None);
    }
    Ok(Some(Order::of(series.values()).decided(alternative, 1.0, TestMethod::MannKendallExact)))
}

/// What Mann and Kendall's test knows of a series.
pub(super) struct Order {
    n: usize,
    /// Pairs that rise, less those that fall.
    pub(super) s: i64,
    /// How many observations share a value, for each value that is not alone.
    ties: Vec<u64>,
}

impl Order {
    pub(super) fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        let falling = inversions(&mut sorted, &mut Vec::with_capacity(values.len()));
        let mut ties = Vec::new();
        for group in sorted.chunk_by(|left, right| left == right).filter(|group| group.len() > 1) {
            ties.push(long(group.len()));
        }
        let level = ties.iter().fold(0_u64, |sum, tied| sum.wrapping_add(pairs(*tied)));
        let moving = pairs(long(values.len())).wrapping_sub(level);
        let s = i64::try_from(moving).unwrap_or(i64::MAX).wrapping_sub_unsigned(falling.wrapping_mul(2));
        Self { n: values.len(), s, ties }
    }

    /// The variance of S over all orders; 0 only where all observations are equal.
    pub(super) fn variance(&self) -> f64 {
        // Whole numbers: exact below some 90,000 observations, and differences of them stay exactly 0.
        let term = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
        let tied: f64 = self.ties.iter().map(|tied| term(count(*tied))).sum();
        ((term(float(self.n)) - tied) / 18.0).max(0.0)
    }

    /// The normal approximation, the variance multiplied by `inflation > 0`.
    pub(super) fn judged(&self, alternative: Alternative, inflation: f64, method: TestMethod) -> MannKendall {
        let variance = self.variance() * inflation;
        let s = signed(self.s);
        let scaled = |distance: f64| if variance > 0.0 { distance / variance.sqrt() } else { 0.0 };
        let z = if self.s == 0 { 0.0 } else { scaled(s - s.signum()) };
        let p = match alternative {
            _ if variance <= 0.0 => 1.0,
            Alternative::TwoSided => 2.0 * normal_sf(z.abs()),
            Alternative::Greater => normal_sf(scaled(s - 1.0)),
            Alternative::Less => normal_sf(scaled(-s - 1.0)),
        };
        let n = long(self.n);
        let test = Test::of(s, Probability::clamped(p), alternative, method, n);
        MannKendall { s: self.s, variance, z, tau: s / count(pairs(n)), inflation, test }
    }

    /// By this method: the exact distribution where it is asked for, else the normal approximation.
    pub(super) fn decided(&self, alternative: Alternative, inflation: f64, method: TestMethod) -> MannKendall {
        let judged = self.judged(alternative, inflation, method);
        if method != TestMethod::MannKendallExact {
            return judged;
        }
        let p = Probability::clamped(self.exact(alternative));
        MannKendall { test: Test::of(judged.test.statistic(), p, alternative, method, judged.test.n()), ..judged }
    }

    /// The share of all orders of these observations whose S is as extreme; for at most [`EXACT_MOST`] of them.
    fn exact(&self, alternative: Alternative) -> f64 {
        let orders = self.orders();
        // The number of falling pairs runs from 0 to all that are not level: S = moving - 2 falling.
        let moving = i64::try_from(orders.len()).unwrap_or(0).saturating_sub(1);
        let (mut extreme, mut all) = (0.0, 0.0);
        for (falling, count) in (0_i64..).zip(&orders) {
            let s = moving.saturating_sub(falling.saturating_mul(2));
            let counts = match alternative {
                Alternative::TwoSided => s.abs() >= self.s.abs(),
                Alternative::Greater => s >= self.s,
                Alternative::Less => s <= self.s,
            };
            all += ways(*count);
            extreme += if counts { ways(*count) } else { 0.0 };
        }
        extreme / all
    }

    /// How many orders have 0, 1, 2, ... falling pairs: the coefficients of `[n]! / prod [t]!`, where
    /// `[m]! = prod (1 - q^i) / (1 - q)` over `i` up to `m`. Modulo 2^128 each step can be undone exactly, and the
    /// results fit, so that overflow on the way does no harm.
    fn orders(&self) -> Vec<u128> {
        let ties: u64 = self.ties.iter().map(|tied| pairs(*tied)).sum();
        let most = usize::try_from(pairs(long(self.n)).saturating_sub(ties)).unwrap_or(0);
        let mut counts = vec![0_u128; most.saturating_add(1)];
        if let Some(first) = counts.first_mut() {
            *first = 1;
        }
        for i in 1..=self.n {
            times(&mut counts, i);
        }
        let alone = (1..=self.n).map(|_| 1_usize);
        let alone =
            alone.take(self.n.saturating_sub(self.ties.iter().map(|tied| usize::try_from(*tied).unwrap_or(0)).sum()));
        for group in self.ties.iter().map(|tied| usize::try_from(*tied).unwrap_or(0)).chain(alone) {
            for i in 1..=group {
                over(&mut counts, i);
            }
        }
        counts
    }
}

/// The polynomial times `1 - q^power`, as far as its coefficients go.
fn times(counts: &mut [u128], power: usize) {
    for place in (power..counts.len()).rev() {
        let lower = place.checked_sub(power).and_then(|lower| counts.get(lower)).copied().unwrap_or(0);
        if let Some(count) = counts.get_mut(place) {
            *count = count.wrapping_sub(lower);
        }
    }
}

/// The power series over `1 - q^power`.
fn over(counts: &mut [u128], power: usize) {
    for place in power..counts.len() {
        let lower = place.checked_sub(power).and_then(|lower| counts.get(lower)).copied().unwrap_or(0);
        if let Some(count) = counts.get_mut(place) {
            *count = count.wrapping_add(lower);
        }
    }
}

/// How many pairs there are among `n`.
pub(super) const fn pairs(n: u64) -> u64 {
    // The even one of the two factors is halved, so that nothing overflows for what fits in memory.
    if n.is_multiple_of(2) {
        (n / 2).wrapping_mul(n.saturating_sub(1))
    } else {
        n.wrapping_mul(n.saturating_sub(1) / 2)
    }
}

fn long(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a count of pairs, within one part in 2^53")]
const fn signed(count: i64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "within one part in 2^53")]
const fn ways(count: u128) -> f64 {
    count as f64
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "tests")]
mod tests {
    use super::*;
    use crate::chance::Seed;

    fn series(values: &[f64]) -> Series {
        Series::new(values.to_vec()).unwrap()
    }

    /// S by its definition.
    fn naive(values: &[f64]) -> i64 {
        let mut s = 0;
        for (i, first) in values.iter().enumerate() {
            for second in values.iter().skip(i) {
                s += i64::from(second > first) - i64::from(second < first);
            }
        }
        s
    }

    #[test]
    fn s_is_that_of_all_pairs() {
        let mut chance = Seed::new(3).generator();
        for n in 0..60 {
            for spread in [1, 2, 5, 1_000] {
                let values: Vec<f64> = (0..n).map(|_| f64::from(chance.below(spread)) - 2.0).collect();
                assert_eq!(Order::of(&values).s, naive(&values), "{values:?}");
            }
        }
    }

    #[test]
    fn extremes_have_their_order() {
        let values = [-1e300, -1.0, -5e-324, 0.0, 5e-324, f64::MIN_POSITIVE, 1.0, 1e300];
        let found = mann_kendall(&series(&values), Alternative::TwoSided).unwrap();
        assert_eq!((found.s, found.tau), (28, 1.0));
        let exact = mann_kendall_exact(&series(&values), Alternative::Greater).unwrap().unwrap();
        // One order of 8!.
        assert_eq!(exact.test.p_value().get(), 1.0 / 40_320.0);
    }

    #[test]
    fn a_constant_series_is_no_surprise() {
        for alternative in [Alternative::TwoSided, Alternative::Less, Alternative::Greater] {
            let flat = series(&[3.5; 12]);
            let found = mann_kendall(&flat, alternative).unwrap();
            assert_eq!((found.s, found.variance, found.z, found.tau), (0, 0.0, 0.0, 0.0));
            assert_eq!(found.test.p_value(), Probability::ONE);
            assert_eq!(mann_kendall_exact(&flat, alternative).unwrap().unwrap().test.p_value(), Probability::ONE);
        }
    }

    #[test]
    fn seven_are_too_few_and_say_so() {
        for n in 0..7 {
            let reason = mann_kendall(&series(&vec![1.0; n]), Alternative::TwoSided).unwrap_err();
            assert_eq!(reason, NotEnough::TooFew { of: "observations", have: n as u64, need: 8 });
        }
    }

    /// All orders of the observations, by brute force.
    fn orders(values: &mut Vec<f64>, fixed: usize, visit: &mut impl FnMut(&[f64])) {
        if fixed == values.len() {
            visit(values);
        }
        for next in fixed..values.len() {
            values.swap(fixed, next);
            orders(values, fixed + 1, visit);
            values.swap(fixed, next);
        }
    }

    #[test]
    fn the_exact_distribution_is_that_of_all_orders() {
        for values in [
            vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
            vec![1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 5.0],
            vec![1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0],
        ] {
            let shuffled: Vec<f64> = [3, 0, 5, 1, 7, 2, 4, 6].iter().map(|place: &usize| values[*place]).collect();
            let s = naive(&shuffled);
            let (mut all, mut greater, mut both) = (0_u32, 0_u32, 0_u32);
            orders(&mut values.clone(), 0, &mut |order| {
                let own = naive(order);
                all += 1;
                greater += u32::from(own >= s);
                both += u32::from(own.abs() >= s.abs());
            });
            for (alternative, count) in [(Alternative::Greater, greater), (Alternative::TwoSided, both)] {
                let p = mann_kendall_exact(&series(&shuffled), alternative).unwrap().unwrap().test.p_value().get();
                let naive = f64::from(count) / f64::from(all);
                assert!((p - naive).abs() < 1e-15, "{p} {naive}");
            }
        }
    }

    #[test]
    fn the_longest_exact_series_counts_all_orders() {
        let values: Vec<f64> = (0..34).map(f64::from).collect();
        let orders = Order::of(&values).orders();
        let factorial = (1..=34_u128).product::<u128>();
        assert_eq!(orders.iter().sum::<u128>(), factorial);
        let p = mann_kendall_exact(&series(&values), Alternative::Greater).unwrap().unwrap().test.p_value().get();
        assert!((p * ways(factorial) - 1.0).abs() < 1e-15);
        let longer: Vec<f64> = (0..35).map(f64::from).collect();
        assert_eq!(mann_kendall_exact(&series(&longer), Alternative::Greater), Ok(None));
    }

    #[test]
    fn a_million_observations_are_no_burden() {
        let mut chance = Seed::new(9).generator();
        let values: Vec<f64> = (0..1_000_000).map(|_| chance.unit()).collect();
        let found = mann_kendall(&series(&values), Alternative::TwoSided).unwrap();
        assert!(found.z.abs() < 4.0, "{found:?}");
        let rising: Vec<f64> = (0..1_000_000).map(f64::from).collect();
        assert_eq!(mann_kendall(&series(&rising), Alternative::TwoSided).unwrap().tau, 1.0);
    }
}
