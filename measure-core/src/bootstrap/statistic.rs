//! The statistics that are computed from counts, without writing out a resample.

use std::ops::Range;

use super::Bootstrap;
use crate::descriptive::{Trim, between, rank};
use crate::probability::Probability;
use crate::sample::{Sample, float};

/// A statistic with a fast path: O(n) a resample without sorting or copying, and O(n) for the jackknife.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Statistic {
    /// The arithmetic mean.
    Mean,
    /// The median: the mean of the two middle ones of an even number.
    Median,
    /// A quantile of type 7, as [`quantile`](crate::descriptive::quantile).
    Quantile(Probability),
    /// The mean of what is left without a share of the observations on each side, as
    /// [`trimmed_mean`](crate::descriptive::trimmed_mean).
    TrimmedMean(Trim),
    /// The standard deviation with n - 1.
    StandardDeviation,
}

impl Statistic {
    /// Of the sample itself; `None` without observations, for the standard deviation with fewer than two.
    #[must_use]
    pub fn value(self, sample: &Sample) -> Option<f64> {
        match self {
            Self::Mean => crate::descriptive::mean(sample),
            Self::Median => crate::descriptive::median(sample),
            Self::Quantile(at) => crate::descriptive::quantile(sample, at),
            Self::TrimmedMean(trim) => crate::descriptive::trimmed_mean(sample, trim),
            Self::StandardDeviation => crate::descriptive::standard_deviation(sample),
        }
    }

    /// The fewest observations from which resamples of it are drawn.
    pub(super) const fn fewest(self) -> u64 {
        match self {
            Self::StandardDeviation => Bootstrap::FEWEST_FOR_SPREAD,
            _ => Bootstrap::FEWEST_OBSERVATIONS,
        }
    }

    /// The quantile that it is, if it is one.
    pub(super) const fn quantile(self) -> Option<Probability> {
        match self {
            Self::Median => Some(Probability::clamped(0.5)),
            Self::Quantile(at) => Some(at),
            _ => None,
        }
    }

    /// Where each of the ascending `values` comes as often as `counts` says.
    pub(super) fn of_counts(&self, values: &[f64], counts: &[u32]) -> f64 {
        let n = values.len();
        match self {
            Self::Mean => sum(values, counts, |value| value) / float(n),
            Self::Median => quantile_of_counts(values, counts, 0.5),
            Self::Quantile(at) => quantile_of_counts(values, counts, at.get()),
            Self::TrimmedMean(trim) => mean_of_ranks(values, counts, &trim.kept(n)),
            Self::StandardDeviation => deviation(values, counts),
        }
    }

    /// With each of the ascending `values` (two or more) left out in turn.
    pub(super) fn leaving_one_out(&self, values: &[f64]) -> Vec<f64> {
        match self {
            Self::Mean => means_without_one(values, 0..values.len().saturating_sub(1)),
            Self::Median => quantiles_without_one(values, 0.5),
            Self::Quantile(at) => quantiles_without_one(values, at.get()),
            Self::TrimmedMean(trim) => means_without_one(values, trim.kept(values.len().saturating_sub(1))),
            Self::StandardDeviation => deviations_without_one(values),
        }
    }
}

/// The sum of `term` of each value times its count, in four sums side by side: one would wait for itself. Which values
/// share a sum depends on their number alone, so the bits do too.
fn sum(values: &[f64], counts: &[u32], term: impl Fn(f64) -> f64) -> f64 {
    let ((fours, rest), (counts_of_fours, counts_of_rest)) = (values.as_chunks::<4>(), counts.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (values, counts) in fours.iter().zip(counts_of_fours) {
        for ((sum, value), count) in sums.iter_mut().zip(values).zip(counts) {
            *sum += term(*value) * f64::from(*count);
        }
    }
    let [a, b, c, d] = sums;
    let rest = rest.iter().zip(counts_of_rest).map(|(value, count)| term(*value) * f64::from(*count)).sum::<f64>();
    (a + b) + (c + d) + rest
}

/// The mean of the resample's ascending ranks in `kept`.
fn mean_of_ranks(values: &[f64], counts: &[u32], kept: &Range<usize>) -> f64 {
    let n = values.len();
    // All the values, less those of the ranks cut off; what is cut off may be so large that the sum would lose the
    // rest, so whole values are left out of it, and only the two at the edges are counted anew.
    let (low, low_kept) = edge(counts.iter(), kept.start);
    let (high_from_end, high_kept) = edge(counts.iter().rev(), n.saturating_sub(kept.end));
    let high = n.saturating_sub(high_from_end.saturating_add(1));
    if low >= high {
        return values.get(low).copied().unwrap_or(0.0);
    }
    let inner = low.saturating_add(1)..high;
    let middle = values.get(inner.clone()).zip(counts.get(inner));
    let middle = middle.map_or(0.0, |(values, counts)| sum(values, counts, |value| value));
    let at = |index: usize, times: u32| values.get(index).map_or(0.0, |value| value * f64::from(times));
    (at(low, low_kept) + middle + at(high, high_kept)) / float(kept.len())
}

/// Where the first rank after the `cut` is, and how many of its value are after it.
fn edge<'a>(counts: impl Iterator<Item = &'a u32>, cut: usize) -> (usize, u32) {
    let mut passed = 0_usize;
    for (index, count) in counts.enumerate() {
        passed = passed.saturating_add(usize::try_from(*count).unwrap_or(usize::MAX));
        if passed > cut {
            return (index, u32::try_from(passed.saturating_sub(cut)).unwrap_or(u32::MAX));
        }
    }
    (0, 0)
}

fn quantile_of_counts(values: &[f64], counts: &[u32], at: f64) -> f64 {
    let (low, share) = rank(values.len(), at);
    let mut passed = 0_usize;
    let mut both = values.iter().zip(counts);
    for (value, count) in both.by_ref() {
        passed = passed.saturating_add(usize::try_from(*count).unwrap_or(usize::MAX));
        if passed > low {
            if share <= 0.0 || passed > low.saturating_add(1) {
                return *value;
            }
            let next = both.find(|(_, count)| **count > 0).map_or(*value, |(next, _)| *next);
            return between(*value, next, share);
        }
    }
    values.last().copied().unwrap_or(0.0)
}

/// Two passes: the mean, then the squares about it.
fn deviation(values: &[f64], counts: &[u32]) -> f64 {
    let n = float(values.len());
    let mean = sum(values, counts, |value| value) / n;
    let plain = sum(values, counts, |value| (value - mean) * (value - mean));
    if plain > 1e-280 && plain < 1e280 {
        return (plain / (n - 1.0)).sqrt();
    }
    // Squares that are too large or too small for a float, of what was drawn or was not (0 times infinity): those of
    // what was drawn in units of the largest deviation are neither.
    let present = || values.iter().zip(counts).filter(|(_, count)| **count > 0);
    let largest = present().map(|(value, _)| (value - mean).abs()).fold(0.0, f64::max);
    if largest <= 0.0 {
        return 0.0;
    }
    let square = |value: f64| ((value - mean) / largest) * ((value - mean) / largest);
    let squares: f64 = present().map(|(value, count)| square(*value) * f64::from(*count)).sum();
    largest * (squares / (n - 1.0)).sqrt()
}

/// The means of the ranks in `kept` of what is left without each value.
fn means_without_one(values: &[f64], kept: Range<usize>) -> Vec<f64> {
    let total = |range: Range<usize>| values.get(range).unwrap_or_default().iter().sum::<f64>();
    let (first, last) = (kept.start.saturating_add(1), kept.end.saturating_add(1));
    // What was left out is below the ranks kept, among them, or above.
    let (below, above, around) = (total(first..last), total(kept.clone()), total(kept.start..last));
    let n = float(kept.len());
    let without = |(index, value): (usize, &f64)| match index {
        _ if index < kept.start => below / n,
        _ if index >= kept.end.saturating_add(1) => above / n,
        _ => (around - value) / n,
    };
    values.iter().enumerate().map(without).collect()
}

fn quantiles_without_one(values: &[f64], at: f64) -> Vec<f64> {
    let (low, share) = rank(values.len().saturating_sub(1), at);
    let without = |index: usize| {
        let nth = |rank: usize| {
            let shifted = if rank < index { rank } else { rank.saturating_add(1) };
            values.get(shifted).or(values.last()).copied().unwrap_or(0.0)
        };
        if share <= 0.0 { nth(low) } else { between(nth(low), nth(low.saturating_add(1)), share) }
    };
    (0..values.len()).map(without).collect()
}

/// `M - n / (n - 1) d^2` is the sum of squares without one that is `d` from the mean.
fn deviations_without_one(values: &[f64]) -> Vec<f64> {
    let n = float(values.len());
    let counts = vec![1; values.len()];
    let spread = deviation(values, &counts);
    if values.len() < 3 || spread <= 0.0 {
        return vec![0.0; values.len()];
    }
    let mean = sum(values, &counts, |value| value) / n;
    let without = |(index, value): (usize, &f64)| {
        let share = (value - mean) / spread;
        let rest = (n - 1.0) - n / (n - 1.0) * share * share;
        if rest > (n - 1.0) * 1e-3 {
            return spread * (rest / (n - 2.0)).sqrt();
        }
        // One observation makes nearly all of the spread, and the difference would have no digits: at most one does.
        let mut rest = values.to_vec();
        rest.remove(index);
        deviation(&rest, &vec![1; rest.len()])
    };
    values.iter().enumerate().map(without).collect()
}
