//! Changes of level that are beyond doubt: what they do to a series is no memory.

use super::optimum::{Costs, optimum};
use crate::sample::float;

/// What a change has to save, in variances of the noise of the ranks, over `ln n`: more than twice what
/// [`segments`](super::segments) asks, so that the swings of a series with memory hardly ever do.
const STRICT: f64 = 6.0;

/// Stretches of a level have at least so many observations.
const SHORTEST: usize = 4;

/// The ranks of the observations, ties sharing their mean: from 1 to n. Skew and outliers do not show in them.
pub(super) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let at = |place: &usize| values.get(*place).copied().unwrap_or(0.0) + 0.0;
    order.sort_unstable_by(|left, right| at(left).total_cmp(&at(right)));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0.0;
    for group in order.chunk_by(|left, right| at(left) == at(right)) {
        let tied = float(group.len());
        for place in group {
            if let Some(rank) = ranks.get_mut(*place) {
                *rank = before + (tied + 1.0) / 2.0;
            }
        }
        before += tied;
    }
    ranks
}

/// Where the levels begin, the first at 0.
pub(super) fn levels(values: &[f64]) -> Vec<usize> {
    let ranks = ranks(values);
    let noise = spread(&ranks);
    if noise == 0.0 {
        return vec![0];
    }
    let n = float(values.len());
    optimum(&Costs::of(&ranks, n / 2.0, noise), SHORTEST, STRICT * libm::log(n))
}

/// The standard deviation of the noise of ranks, from the mean square of the steps between neighbours.
pub(super) fn spread(ranks: &[f64]) -> f64 {
    let squares: f64 = ranks.iter().zip(ranks.iter().skip(1)).map(|(from, to)| (to - from) * (to - from)).sum();
    (squares / 2.0 / float(ranks.len().saturating_sub(1).max(1))).sqrt()
}

/// The observations less the median of their stretch, halved: differences of two 1e300s stay finite.
pub(super) fn residuals(values: &[f64], starts: &[usize]) -> Vec<f64> {
    let mut residuals = Vec::with_capacity(values.len());
    for stretch in stretches(values, starts) {
        let middle = super::theil_sen::median(stretch);
        residuals.extend(stretch.iter().map(|value| value / 2.0 - middle / 2.0));
    }
    residuals
}

fn stretches<'a>(values: &'a [f64], starts: &'a [usize]) -> impl Iterator<Item = &'a [f64]> {
    let ends = starts.iter().copied().skip(1).chain([values.len()]);
    starts.iter().zip(ends).map(|(start, end)| values.get(*start..end).unwrap_or(&[]))
}
