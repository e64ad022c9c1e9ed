//! Did the level change at all, at one place that nobody named before?

use super::LEAST;
use super::segments::mean;
use crate::chance::Seed;
use crate::estimate::NotEnough;
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::probability::Probability;
use crate::sample::{Series, float};

/// How many shuffles a p-value within [`segments`](super::segments) rests on.
pub(super) const PERMUTATIONS: u32 = 999;

/// Up to this many observations the series is shuffled; beyond, the limit distribution is as good.
const SHUFFLED: usize = 1_000;

/// What a test for one change of level says.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SingleChange {
    /// The index of the first observation of the new level, if there is one.
    pub at: usize,
    /// The mean of the observations before.
    pub before: f64,
    /// The mean of the observations from there on.
    pub after: f64,
    /// The test; its statistic is the largest distance of the cumulated sum from its course without a change, over
    /// `s sqrt(n)`, where `s` is the standard deviation around the two means.
    pub test: Test,
}

/// Did the level change at one place, wherever it is? By the cumulated sum of the deviations from the mean (CUSUM):
/// it strays furthest from 0 where the level changes.
///
/// p is the share of `shuffles` of the observations (and the series itself) whose sum strays as far: exact for
/// observations that may be exchanged, whatever their distribution. Beyond 1,000 observations it is the limit for
/// independent ones, the largest distance of a Brownian bridge (Kolmogorov's distribution). Observations that
/// resemble the last are not exchangeable: p is then far too small. A series without any spread has p = 1, by the
/// limit, since there is nothing to shuffle.
///
/// # Errors
/// [`NotEnough::TooFew`] below [`LEAST`] observations.
pub fn cusum_test(series: &Series, shuffles: u32, seed: Seed) -> Result<SingleChange, NotEnough> {
    NotEnough::unless(series.n(), LEAST, "observations")?;
    let values = series.values();
    let (at, test) = strayed(values, 1.0, shuffles, seed).unwrap_or_else(|| {
        (0, Test::of(0.0, Probability::ONE, Alternative::TwoSided, TestMethod::CusumLimit, series.n()))
    });
    let (before, after) = values.split_at(at.min(values.len()));
    let after = mean(after);
    Ok(SingleChange { at, before: if before.is_empty() { after } else { mean(before) }, after, test })
}

/// Where the cumulated sum strays furthest, and how surprising that is; `None` below [`LEAST`] observations.
///
/// Where each observation resembles the last, sums stray by `persistence >= 1` times the variance by chance: this one is
/// taken for having strayed so much less. Up to [`SHUFFLED`] observations by shuffles, beyond by the limit.
pub(super) fn strayed(values: &[f64], persistence: f64, shuffles: u32, seed: Seed) -> Option<(usize, Test)> {
    let n = u64::try_from(values.len()).unwrap_or(u64::MAX);
    if n < LEAST {
        return None;
    }
    let answer = |at, statistic, p, method| {
        Some((at, Test::of(statistic, Probability::clamped(p), Alternative::TwoSided, method, n)))
    };
    // In units of the largest deviation, so that no square overflows.
    let centre = mean(values);
    let largest = values.iter().map(|value| (value - centre).abs()).fold(0.0, f64::max);
    if largest == 0.0 || values.iter().all(|value| Some(value) == values.first()) {
        // Nothing is shuffled: the limit of no distance at all.
        return answer(0, 0.0, 1.0, TestMethod::CusumLimit);
    }
    let mut deviations: Vec<f64> = values.iter().map(|value| (value - centre) / largest).collect();
    let (at, furthest) = furthest_of(&deviations);
    let squares = |part: &[f64]| {
        let mean = mean(part);
        part.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
    };
    let (before, after) = deviations.split_at(at);
    let spread = ((squares(before) + squares(after)) / float(values.len())).sqrt();
    // Two levels without any noise: as surprising as can be.
    let statistic = furthest / (spread.max(f64::EPSILON) * float(values.len()).sqrt());
    let (statistic, furthest) = (statistic / persistence.sqrt(), furthest / persistence.sqrt());
    if values.len() > SHUFFLED {
        return answer(at, statistic, beyond(statistic), TestMethod::CusumLimit);
    }
    let mut chance = seed.generator();
    let mut as_far = 0_u32;
    for _ in 0..shuffles {
        // Fisher and Yates, from the end.
        for place in (1..deviations.len()).rev() {
            let below = u32::try_from(place.saturating_add(1)).unwrap_or(u32::MAX);
            deviations.swap(place, usize::try_from(chance.below(below)).unwrap_or(0));
        }
        // Equal sums differ by the order in which they were added.
        as_far = as_far.saturating_add(u32::from(furthest_of(&deviations).1 >= furthest * (1.0 - 1e-12)));
    }
    answer(at, statistic, (f64::from(as_far) + 1.0) / (f64::from(shuffles) + 1.0), TestMethod::PermutationSampled)
}

/// Behind how many observations the sum is furthest from 0, and how far.
fn furthest_of(deviations: &[f64]) -> (usize, f64) {
    let (mut sum, mut at, mut most) = (0.0_f64, 0, 0.0_f64);
    for (index, deviation) in deviations.iter().enumerate() {
        sum += deviation;
        if sum.abs() > most && index.saturating_add(1) < deviations.len() {
            (at, most) = (index.saturating_add(1), sum.abs());
        }
    }
    (at, most)
}

/// How likely a Brownian bridge strays beyond `x`: Kolmogorov's distribution.
fn beyond(x: f64) -> f64 {
    use std::f64::consts::PI;
    if x < 0.2 {
        return 1.0;
    }
    if x < 1.0 {
        // The series that converges for small x.
        let terms = (0_i32..20).map(|k| {
            let odd = (2.0 * f64::from(k) + 1.0) * PI / x;
            libm::exp(-odd * odd / 8.0)
        });
        return 1.0 - (2.0 * PI).sqrt() / x * terms.sum::<f64>();
    }
    let term = |k: i32| {
        let far = f64::from(k) * x;
        libm::exp(-2.0 * far * far) * if k % 2 == 1 { 2.0 } else { -2.0 }
    };
    (1..=12).map(term).sum()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "tests")]
mod tests {
    use super::*;

    fn found(values: &[f64]) -> SingleChange {
        cusum_test(&Series::new(values.to_vec()).unwrap(), 999, Seed::new(3)).unwrap()
    }

    #[test]
    fn a_change_is_found_where_it_is() {
        let mut chance = Seed::new(1).generator();
        for n in [40_u32, 3_000] {
            let values: Vec<f64> = (0..n).map(|x| f64::from(x >= n / 4) * 2.0 + chance.unit()).collect();
            let change = found(&values);
            assert_eq!(change.at, n as usize / 4);
            assert!((change.after - change.before - 2.0).abs() < 0.3);
            assert!(change.test.p_value().get() <= 0.001, "{change:?}");
        }
    }

    #[test]
    fn a_constant_series_has_none() {
        let flat = found(&[7.3; 30]);
        assert_eq!((flat.test.p_value(), flat.before, flat.after), (Probability::ONE, 7.3, 7.3));
    }

    #[test]
    fn kolmogorovs_distribution_is_that_of_the_tables() {
        // scipy.special.kolmogorov
        for (x, p) in [
            (0.3, 0.999_990_694_198_665_5),
            (0.8, 0.544_142_411_574_198_1),
            (1.0, 0.269_999_671_677_354_56),
            (1.358_1, 0.049_999_630_431_667_4),
            (3.0, 3.045_995_948_942_526e-8),
        ] {
            assert!((beyond(x) / p - 1.0).abs() < 1e-9, "{x}: {}", beyond(x));
        }
        assert!((beyond(1.0 - 1e-12) - beyond(1.0)).abs() < 1e-10);
    }

    #[test]
    fn few_orders_are_counted_as_they_are() {
        // Of the 70 orders of four low and four high, the two sorted ones stray furthest.
        let p = found(&[0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]).test.p_value().get();
        assert!((p - 2.0 / 70.0).abs() < 0.02, "{p}");
    }
}
