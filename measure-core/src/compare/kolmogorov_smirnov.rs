//! Kolmogorov and Smirnov's D: whether two samples differ in any way at all, be it in place, spread or shape.

use std::f64::consts::{PI, TAU};

use super::pairs::EACH;
use crate::estimate::NotEnough;
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::placements::real;
use crate::probability::Probability;
use crate::sample::{Sample, float};

/// Up to so many pairs (n m: 3,162 against 3,162) [`kolmogorov_smirnov`] counts arrangements exactly, with or without
/// ties; beyond, it uses the limit distribution.
pub const EXACT_KS_UP_TO_PAIRS: u64 = 10_000_000;

/// Kolmogorov and Smirnov's test: do the two samples come from the same distribution?
///
/// The statistic is D, the largest distance between the two empirical distribution functions, in `[0, 1]`. It sees any
/// difference, and so is weaker against a mere shift than [`mann_whitney`](super::mann_whitney).
/// [`Alternative::Greater`] means that `x` tends to be larger: its distribution function lies below.
///
/// The p-value is exact up to [`EXACT_KS_UP_TO_PAIRS`] pairs: the share of all arrangements of the two samples that
/// reach D, given the ties that there are (Schröer and Trenkler 1995), by a recursion over arrangements that adds
/// positive numbers only, so that tiny ones keep their digits. `O(n m)` time, `O(min(n, m))` memory. Beyond, see
/// [`kolmogorov_smirnov_limit`].
///
/// DIFFERS: scipy's and R's `greater` means that the distribution function of `x` lies above, that `x` tends to be
/// smaller: our [`Alternative::Less`]. scipy's exact p-value takes ties for distinct, which makes it too large; R's
/// since 4.2 does not.
///
/// ```
/// use measure_core::{Alternative, Sample, compare};
/// // The middle did not move, the spread did.
/// let steady = Sample::new(vec![9.8, 9.9, 10.0, 10.1, 10.2, 9.95, 10.05, 10.15])?;
/// let erratic = Sample::new(vec![2.0, 5.0, 8.0, 9.0, 11.0, 13.0, 16.0, 19.0])?;
/// let test = compare::kolmogorov_smirnov(&erratic, &steady, Alternative::TwoSided)?;
/// assert_eq!(format!("D = {}, {test:.3}", test.statistic()), "D = 0.5, p = 0.283 (exact Kolmogorov-Smirnov), n = 16");
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`NotEnough`] unless each sample has an observation.
pub fn kolmogorov_smirnov(x: &Sample, y: &Sample, alternative: Alternative) -> Result<Test, NotEnough> {
    let distance = Distance::of(x, y, alternative)?;
    if distance.pairs() > u128::from(EXACT_KS_UP_TO_PAIRS) {
        return Ok(distance.test(distance.limit(), TestMethod::KolmogorovSmirnovLimit));
    }
    Ok(distance.test(distance.exact(), TestMethod::KolmogorovSmirnovExact))
}

/// Kolmogorov and Smirnov's test by the limit distribution of D, whatever the size (Smirnov 1939): with
/// `lambda = D sqrt(n m / (n + m))`, the p-value is `2 sum (-1)^(k-1) exp(-2 k^2 lambda^2)`, one-sided
/// `exp(-2 lambda^2)`. Good for large samples; with ties it is too large.
///
/// DIFFERS: R has the same; scipy's `asymp` uses the distribution of a single sample of `n m / (n + m)` observations.
///
/// # Errors
/// [`NotEnough`] unless each sample has an observation.
pub fn kolmogorov_smirnov_limit(x: &Sample, y: &Sample, alternative: Alternative) -> Result<Test, NotEnough> {
    let distance = Distance::of(x, y, alternative)?;
    Ok(distance.test(distance.limit(), TestMethod::KolmogorovSmirnovLimit))
}

/// The largest distance of the two distribution functions, in whole numbers.
struct Distance {
    n: usize,
    m: usize,
    /// `n m D`.
    height: u128,
    alternative: Alternative,
    /// How many observations are at most each distinct value, of both samples together, ascending.
    ends: Vec<usize>,
}

impl Distance {
    fn of(x: &Sample, y: &Sample, alternative: Alternative) -> Result<Self, NotEnough> {
        NotEnough::unless(x.n().min(y.n()), 1, EACH)?;
        let (xs, ys) = (x.values(), y.values());
        let (n, m) = (xs.len(), ys.len());
        let (mut i, mut j) = (0_usize, 0_usize);
        let (mut above, mut below) = (0_u128, 0_u128);
        let mut ends = Vec::new();
        loop {
            let value = match (xs.get(i), ys.get(j)) {
                (Some(x), Some(y)) => x.min(*y),
                (Some(value), None) | (None, Some(value)) => *value,
                (None, None) => break,
            };
            let equal = |values: &[f64], from: usize| values.iter().skip(from).take_while(|at| **at == value).count();
            i = i.saturating_add(equal(xs, i));
            j = j.saturating_add(equal(ys, j));
            ends.push(i.saturating_add(j));
            // F_x - F_y = (i m - j n) / (n m).
            let (of_x, of_y) = (product(i, m), product(j, n));
            above = above.max(of_x.saturating_sub(of_y));
            below = below.max(of_y.saturating_sub(of_x));
        }
        let height = match alternative {
            Alternative::TwoSided => above.max(below),
            Alternative::Less => above,
            Alternative::Greater => below,
        };
        Ok(Self { n, m, height, alternative, ends })
    }

    fn pairs(&self) -> u128 {
        product(self.n, self.m)
    }

    fn d(&self) -> f64 {
        real(self.height) / real(self.pairs())
    }

    fn test(&self, p_value: f64, method: TestMethod) -> Test {
        let n = u64::try_from(self.n.saturating_add(self.m)).unwrap_or(u64::MAX);
        Test::of(self.d(), Probability::clamped(p_value), self.alternative, method, n)
    }

    fn limit(&self) -> f64 {
        let (n, m) = (float(self.n), float(self.m));
        let lambda = self.d() * (n / (n + m) * m).sqrt();
        match self.alternative {
            Alternative::TwoSided => kolmogorov_sf(lambda),
            _ => libm::exp(-2.0 * lambda * lambda),
        }
    }

    /// The share of arrangements that reach the height at the end of some run of equal observations.
    ///
    /// An arrangement is a path from (0, 0) to (n, m). Among the paths to (i, j), a share `i / (i + j)` comes from
    /// (i - 1, j). So the share that has reached the height is that mean of its two predecessors' shares, and 1 where
    /// (i, j) itself reaches it.
    fn exact(&self) -> f64 {
        if self.height == 0 {
            return 1.0;
        }
        // Walked along the smaller sample, so that a diagonal is short.
        let swap = self.n > self.m;
        let (n, m) = if swap { (self.m, self.n) } else { (self.n, self.m) };
        let (low, high) = match (self.alternative, swap) {
            (Alternative::TwoSided, _) => (true, true),
            (Alternative::Less, false) | (Alternative::Greater, true) => (false, true),
            (Alternative::Less, true) | (Alternative::Greater, false) => (true, false),
        };
        let steps: Vec<f64> = (0..=n).map(float).collect();
        let (mut before, mut here) = (vec![0.0; steps.len()], vec![0.0; steps.len()]);
        let mut ends = self.ends.iter().copied().peekable();
        for k in 1..=n.saturating_add(m) {
            let of = float(k);
            // What lies beyond the last column is never looked at from within, but for its weight of 0.
            if let (Some(first), Some(old)) = (here.first_mut(), before.first()) {
                *first = *old;
            }
            let inner = here.iter_mut().zip(&steps).skip(1).zip(before.windows(2));
            for ((share, i), old) in inner {
                if let [previous, same] = old {
                    *share = (i * previous + (of - i) * same) / of;
                }
            }
            if ends.next_if_eq(&k).is_some() {
                let (reach_low, reach_high) = self.beyond(n, m, k);
                let columns = k.min(n).saturating_add(1);
                if low {
                    here.iter_mut().take(reach_low.min(columns)).for_each(|share| *share = 1.0);
                }
                if high {
                    here.iter_mut().take(columns).skip(reach_high).for_each(|share| *share = 1.0);
                }
            }
            std::mem::swap(&mut before, &mut here);
        }
        before.last().copied().unwrap_or(1.0)
    }

    /// On the diagonal `i + j = k`: how many `i` have `j n - i m >= height`, and the first with `i m - j n >= height`.
    fn beyond(&self, n: usize, m: usize, k: usize) -> (usize, usize) {
        let (both, k_n) = (product(1, n.saturating_add(m)), product(k, n));
        let low = match k_n.checked_sub(self.height) {
            Some(room) => room.checked_div(both).unwrap_or(0).saturating_add(1),
            None => 0,
        };
        let high = k_n.saturating_add(self.height).div_ceil(both);
        (usize::try_from(low).unwrap_or(usize::MAX), usize::try_from(high).unwrap_or(usize::MAX))
    }
}

/// `P(K > lambda)` for Kolmogorov's limit K: the series in `exp(-2 k^2 lambda^2)`, or the one that theta functions give
/// for small `lambda` (Marsaglia, Tsang and Wang 2003).
fn kolmogorov_sf(lambda: f64) -> f64 {
    if lambda <= 0.0 {
        return 1.0;
    }
    let square = lambda * lambda;
    // Four terms are enough for a double on either side of 1.
    if lambda < 1.0 {
        let terms = [1.0, 3.0, 5.0, 7.0].map(|k: f64| libm::exp(-k * k * PI * PI / (8.0 * square)));
        1.0 - TAU.sqrt() / lambda * terms.iter().rev().sum::<f64>()
    } else {
        let terms = [4.0, 3.0, 2.0, 1.0].map(|k: f64| libm::exp(-2.0 * k * k * square));
        2.0 * terms.iter().fold(0.0, |rest, term| term - rest)
    }
}

fn product(a: usize, b: usize) -> u128 {
    let wide = |number: usize| u128::try_from(number).unwrap_or(u128::MAX);
    wide(a).saturating_mul(wide(b))
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::arithmetic_side_effects,
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "small numbers"
    )]
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec()).unwrap()
    }

    /// Every labelling of the pooled observations, the distance at every value from the definition.
    fn naive(x: &[f64], y: &[f64], alternative: Alternative) -> (f64, f64) {
        let distance = |x: &[f64], y: &[f64]| {
            let share = |of: &[f64], at: f64| of.iter().filter(|value| **value <= at).count() as f64 / of.len() as f64;
            let apart = x.iter().chain(y).map(|at| share(x, *at) - share(y, *at));
            apart
                .map(|apart| match alternative {
                    Alternative::TwoSided => apart.abs(),
                    Alternative::Less => apart,
                    Alternative::Greater => -apart,
                })
                .fold(0.0, f64::max)
        };
        let pooled: Vec<f64> = x.iter().chain(y).copied().collect();
        let observed = distance(x, y);
        let (mut all, mut reached) = (0.0, 0.0);
        for mask in 0..1_u32 << pooled.len() {
            if mask.count_ones() as usize == x.len() {
                let side = |of_x: bool| {
                    let labelled = pooled.iter().enumerate().filter(|(at, _)| (mask >> at & 1 == 1) == of_x);
                    labelled.map(|(_, value)| *value).collect::<Vec<_>>()
                };
                all += 1.0;
                reached += f64::from(distance(&side(true), &side(false)) >= observed - 1e-9);
            }
        }
        (observed, reached / all)
    }

    #[test]
    fn the_exact_p_value_is_the_share_of_labellings_with_and_without_ties() {
        let mut chance = crate::Seed::new(3).generator();
        for case in 0..120_u32 {
            let (n, m) = (chance.below(6) + 1, chance.below(6) + 1);
            let values = if case % 2 == 0 { 1_000 } else { 4 };
            let mut draw = |count: u32| (0..count).map(|_| f64::from(chance.below(values))).collect::<Vec<_>>();
            let (x, y) = (draw(n), draw(m));
            for alternative in [Alternative::TwoSided, Alternative::Less, Alternative::Greater] {
                let test = kolmogorov_smirnov(&sample(&x), &sample(&y), alternative).unwrap();
                let (d, p) = naive(&x, &y, alternative);
                assert!((test.statistic() - d).abs() < 1e-15, "{x:?} {y:?} {alternative:?}");
                assert!((test.p_value().get() - p).abs() < 1e-14, "{x:?} {y:?} {alternative:?} {test} {p}");
            }
        }
    }

    #[test]
    fn samples_apart_are_as_rare_as_one_arrangement_in_all() {
        // Two of C(400, 200) arrangements: no subtraction from 1 has these digits.
        let (x, y) = ((0..200).map(f64::from), (300..500).map(f64::from));
        let (x, y) = (sample(&x.collect::<Vec<_>>()), sample(&y.collect::<Vec<_>>()));
        let p = kolmogorov_smirnov(&x, &y, Alternative::TwoSided).unwrap().p_value().get();
        let log: f64 = 2.0_f64.ln() - (1..=200).map(|k| f64::from(200 + k).ln() - f64::from(k).ln()).sum::<f64>();
        assert!((p.ln() / log - 1.0).abs() < 1e-13, "{p:e}");
        let greater = kolmogorov_smirnov(&y, &x, Alternative::Greater).unwrap();
        assert!((greater.p_value().get() / (p / 2.0) - 1.0).abs() < 1e-12, "y over x tends to be larger");
        assert_eq!(kolmogorov_smirnov(&x, &y, Alternative::Greater).unwrap().p_value(), Probability::ONE);
    }

    #[test]
    fn the_two_series_of_the_limit_meet() {
        let (below, above) = (kolmogorov_sf(1.0 - 1e-12), kolmogorov_sf(1.0));
        assert!((below / above - 1.0).abs() < 1e-11, "{below} {above}");
        // Smirnov's table.
        assert!((kolmogorov_sf(1.358_1) - 0.05).abs() < 1e-5);
        assert!(kolmogorov_sf(1e-9) == 1.0 && kolmogorov_sf(1e9) == 0.0);
    }

    #[test]
    fn the_limit_is_near_the_exact_p_value_where_one_takes_over_from_the_other() {
        let x: Vec<f64> = (0..2_000).map(|i| f64::from(i * 7 % 2_000)).collect();
        let y: Vec<f64> = (0..2_000).map(|i| f64::from(i) * 1.03 + 0.5).collect();
        let (x, y) = (sample(&x), sample(&y));
        let exact = kolmogorov_smirnov(&x, &y, Alternative::TwoSided).unwrap();
        let limit = kolmogorov_smirnov_limit(&x, &y, Alternative::TwoSided).unwrap();
        assert_eq!(exact.method(), TestMethod::KolmogorovSmirnovExact);
        let (exact, limit) = (exact.p_value().get(), limit.p_value().get());
        assert!((limit / exact - 1.0).abs() < 0.01, "{exact} {limit}");
    }

    #[test]
    fn few_equal_and_many_observations() {
        let few = NotEnough::TooFew { of: EACH, have: 0, need: 1 };
        assert_eq!(kolmogorov_smirnov(&sample(&[]), &sample(&[1.0]), Alternative::TwoSided), Err(few));
        let one = kolmogorov_smirnov(&sample(&[1.0]), &sample(&[2.0]), Alternative::TwoSided).unwrap();
        assert_eq!((one.statistic(), one.p_value()), (1.0, Probability::ONE));
        let equal = kolmogorov_smirnov(&sample(&[3.0; 5]), &sample(&[3.0; 9]), Alternative::Less).unwrap();
        assert_eq!((equal.statistic(), equal.p_value()), (0.0, Probability::ONE));
        let million: Vec<f64> = (0..1_000_000).map(f64::from).collect();
        let shifted: Vec<f64> = million.iter().map(|value| value + 2_000.0).collect();
        let test = kolmogorov_smirnov(&sample(&million), &sample(&shifted), Alternative::TwoSided).unwrap();
        assert_eq!((test.statistic(), test.method()), (0.002, TestMethod::KolmogorovSmirnovLimit));
        assert!((test.p_value().get() - kolmogorov_sf(2.0_f64.sqrt())).abs() < 1e-4);
    }
}
