//! When did the level of a series change? The stretches of constant mean that explain it best.

use std::num::NonZeroUsize;

use super::LEAST;
use super::autocorrelation::around;
use super::levels::{levels, ranks, spread};
use super::optimum::{Costs, optimum};
use super::single_change::{PERMUTATIONS, strayed};
use super::theil_sen::median;
use crate::chance::Seed;
use crate::error::Error;
use crate::estimate::NotEnough;
use crate::hypothesis::Test;
use crate::sample::{Series, float};

/// How finely a series is cut into stretches.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Segmentation {
    shortest: NonZeroUsize,
    // INVARIANT: finite and not negative.
    penalty: Option<f64>,
    corrected: bool,
    ranked: bool,
}

impl Segmentation {
    /// Stretches of at least `shortest` observations, each change paying a penalty of `3 ln n` noise variances
    /// (after Zhang and Siegmund's modified BIC of 2007, without its term for the lengths).
    #[must_use]
    pub const fn new(shortest: NonZeroUsize) -> Self {
        Self { shortest, penalty: None, corrected: false, ranked: false }
    }

    /// The same for series in which each observation may resemble the last, as most do: the noise is taken for a
    /// process of first order, whose swings are not changes of level.
    ///
    /// Its correlation `r` is told from the steps between neighbours, which changes of level hardly touch: in noise
    /// of first order one step and the next are correlated by `(r - 1) / 2`. Steps beyond three standard deviations
    /// count as that, and a negative `r` as 0. The variance of the noise is then that of the steps over `2 (1 - r)`,
    /// and a change has to save `(1 + r) / (1 - r)` times the penalty, by which the mean of such noise is less sure.
    /// Where changes of level are beyond doubt (as for [`first_order`](super::first_order)), `r` is at most what it is
    /// around those levels: from few steps alone it is a rough guess.
    #[must_use]
    pub const fn corrected(self) -> Self {
        Self { corrected: true, ..self }
    }

    /// The same by ranks: stretches, noise, correlation and tests are those of the ranks of the observations, so that
    /// skew and outliers make no changes, and levels are medians. The noise is then told from the mean square of the
    /// steps. A change of level beyond all others counts by how many observations it passes, not by its size.
    #[must_use]
    pub const fn ranked(self) -> Self {
        Self { ranked: true, ..self }
    }

    /// The same with another penalty a change, in variances of the noise: a larger one finds fewer changes.
    ///
    /// # Errors
    /// [`Error::PenaltyOutOfRange`] unless it is finite and not negative.
    pub const fn with_penalty(self, penalty: f64) -> Result<Self, Error> {
        if penalty >= 0.0 && penalty.is_finite() {
            Ok(Self { penalty: Some(penalty), ..self })
        } else {
            Err(Error::PenaltyOutOfRange { given: penalty })
        }
    }
}

impl Default for Segmentation {
    /// Stretches of at least 4 observations: an outlier or two are no level.
    fn default() -> Self {
        Self::new(NonZeroUsize::MIN.saturating_add(3))
    }
}

/// A stretch of constant mean.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Segment {
    /// The index of its first observation, from 0.
    pub start: usize,
    /// The index behind its last observation.
    pub end: usize,
    /// The mean of its observations.
    pub mean: f64,
    /// The median of its observations.
    pub median: f64,
}

/// A change of level.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Change {
    /// The index of the first observation of the new level.
    pub at: usize,
    /// The mean of the stretch before; with [`Segmentation::ranked`] its median.
    pub before: f64,
    /// The mean of the stretch after, or its median.
    pub after: f64,
    /// Whether the two stretches together show a change anywhere ([`cusum_test`](super::cusum_test)). Where the noise
    /// is corrected for a correlation `r`, sums stray `sqrt((1 + r) / (1 - r))` times as far by chance, and count as
    /// having strayed the less; p is never below what shuffles can show, 0.001, up to 1,000 observations.
    /// That the place was picked is accounted for; that the stretches themselves were picked is not: see the table at
    /// [`segments`] for how often a series without a change has one with p of 5 %. `None` where the two have fewer
    /// than [`LEAST`] observations.
    pub test: Option<Test>,
}

/// The stretches of a series.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Segments {
    /// The stretches, in order, without gaps: at least one.
    pub segments: Vec<Segment>,
    /// What lies between them: one fewer.
    pub changes: Vec<Change>,
    /// The standard deviation that the noise was taken to have: of the ranks with [`Segmentation::ranked`].
    pub noise: f64,
    /// What each change had to save, in variances of the noise.
    pub penalty: f64,
    /// The correlation of each observation's noise with the last that was corrected for; 0 where there is none, or
    /// where [`Segmentation::corrected`] was not asked for.
    pub correlation: f64,
}

/// The stretches of constant mean with the least sum of squares and penalties: the optimum that PELT finds (Killick,
/// Fearnhead and Eckley 2012), found by functional pruning instead (Maidstone, Hocking, Rigaill and Fearnhead 2017),
/// since PELT takes n^2 steps where nothing changes. Some O(n log n).
///
/// The noise is taken from the median step between neighbours, over 0.6745 sqrt(2); where more than half of the
/// steps are 0, from the mean square of the steps. A series without any spread is one stretch.
///
/// Read it with care: where each observation resembles the last, swings are taken for changes of level, unless
/// [`Segmentation::corrected`] is asked for; and a steady trend comes out as a staircase. The noise counts as normal:
/// of 200 lognormal observations (spread of the logarithm 1) without a change, 88 % show one, and a million of them
/// 5,304; by ranks ([`Segmentation::ranked`]) 0.5 %, and none. Counts have a spread that grows with their level: give
/// their square roots, or ask for ranks. Shares of series of normal noise that show a change, and in brackets one whose
/// own p is at most 5 % [simulated, 4,000 series each]:
///
/// | | n = 8 | n = 12 | n = 26 | n = 52 |
/// |---|---|---|---|---|
/// | no change, correlation 0 | 6.1 (2.0) | 8.5 (3.3) | 5.8 (3.3) | 3.2 (2.0) |
/// | ... corrected | 2.1 (0.7) | 3.1 (1.1) | 2.1 (1.1) | 1.5 (0.9) |
/// | ... ranked and corrected | 2.4 (1.5) | 1.9 (1.6) | 1.0 (0.9) | 0.5 (0.4) |
/// | no change, correlation 0.4 | 16 (7.4) | 27 (17) | 41 (33) | 50 (44) |
/// | ... corrected | 5.7 (2.4) | 8.2 (4.5) | 8.2 (5.8) | 7.0 (5.5) |
/// | ... ranked and corrected | 6.9 (4.0) | 8.7 (6.0) | 7.8 (6.5) | 6.2 (5.7) |
/// | two standard deviations in the middle, correlation 0 | 50 (33) | 67 (63) | 94 (93) | 100 (100) |
/// | ... corrected | 27 (14) | 45 (36) | 84 (83) | 100 (100) |
/// | ... ranked and corrected | 31 (23) | 50 (43) | 88 (87) | 100 (100) |
/// | the same, correlation 0.4, corrected | 31 (17) | 46 (32) | 69 (61) | 90 (89) |
/// | ... ranked and corrected | 34 (25) | 47 (37) | 71 (66) | 92 (92) |
///
/// ```
/// use measure_core::{Seed, Series, trend};
/// let weeks = Series::new(vec![4.0, 6.0, 5.0, 4.0, 5.0, 6.0, 11.0, 12.0, 10.0, 11.0, 12.0, 11.0])?;
/// let found = trend::segments(&weeks, trend::Segmentation::default(), Seed::new(1))?;
/// assert_eq!(found.changes.len(), 1);
/// assert_eq!((found.changes[0].at, found.changes[0].before), (6, 5.0));
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`NotEnough::TooFew`] below [`LEAST`] observations.
pub fn segments(series: &Series, segmentation: Segmentation, seed: Seed) -> Result<Segments, NotEnough> {
    NotEnough::unless(series.n(), LEAST, "observations")?;
    let values = series.values();
    let judged = if segmentation.ranked { &ranks(values) } else { values };
    let correlation = if segmentation.corrected { lasting(values, judged) } else { 0.0 };
    let noise = if segmentation.ranked { spread(judged) } else { noise(judged) };
    let noise = (noise / (1.0 - correlation).sqrt()).min(f64::MAX);
    let persistence = (1.0 + correlation) / (1.0 - correlation);
    let penalty = segmentation.penalty.unwrap_or_else(|| 3.0 * libm::log(float(values.len()))) * persistence;
    // Without noise there is nothing to change.
    let starts = if noise > 0.0 {
        optimum(&Costs::of(judged, median(judged), noise), segmentation.shortest.get(), penalty)
    } else {
        vec![0]
    };
    let ends = starts.iter().copied().skip(1).chain([values.len()]);
    let segments: Vec<Segment> = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| {
            let stretch = values.get(*start..end).unwrap_or(&[]);
            Segment { start: *start, end, mean: mean(stretch), median: median(stretch) }
        })
        .collect();
    let level = |segment: &Segment| if segmentation.ranked { segment.median } else { segment.mean };
    let changes = segments
        .iter()
        .zip(segments.iter().skip(1))
        .map(|(before, after)| Change {
            at: after.start,
            before: level(before),
            after: level(after),
            test: strayed(judged.get(before.start..after.end).unwrap_or(&[]), persistence, PERMUTATIONS, seed)
                .map(|(_, test)| test),
        })
        .collect();
    Ok(Segments { segments, changes, noise, penalty, correlation })
}

/// The correlation of the noise of first order: from the steps, and no more than around changes beyond doubt.
fn lasting(values: &[f64], judged: &[f64]) -> f64 {
    let (steps, starts) = (correlation(judged), levels(values));
    if starts.len() > 1 { around(values, &starts).min(steps) } else { steps }
}

/// The spread of the noise, from steps between neighbours: a change of level is in one of them only.
fn noise(values: &[f64]) -> f64 {
    let steps: Vec<f64> = values.iter().zip(values.iter().skip(1)).map(|(from, to)| (to - from).abs()).collect();
    let largest = steps.iter().copied().fold(0.0, f64::max);
    let median = median(&steps);
    if largest == 0.0 {
        0.0
    } else if median > 0.0 {
        median / (0.674_489_750_196_081_7 * std::f64::consts::SQRT_2)
    } else {
        let squares: f64 = steps.iter().map(|step| (step / largest) * (step / largest)).sum();
        (squares / float(steps.len()) / 2.0).sqrt() * largest
    }
}

/// The correlation of first order of the noise, from the steps between neighbours; in `[0, 0.9]`.
fn correlation(values: &[f64]) -> f64 {
    /// Three standard deviations in units of the median distance from 0.
    const FAR: f64 = 3.0 * 1.482_602_218_505_602;
    let steps: Vec<f64> = values.iter().zip(values.iter().skip(1)).map(|(from, to)| to / 4.0 - from / 4.0).collect();
    let sizes: Vec<f64> = steps.iter().map(|step| step.abs()).collect();
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let far = match median(&sizes) * FAR {
        far if far > 0.0 => far.min(largest),
        _ => largest,
    };
    if far == 0.0 {
        return 0.0;
    }
    let scaled: Vec<f64> = steps.iter().map(|step| (step / far).clamp(-1.0, 1.0)).collect();
    // A steady trend is in each of the steps.
    let middle = mean(&scaled);
    let square = |step: &f64| (step - middle) * (step - middle);
    let squares: f64 = scaled.iter().map(square).sum();
    let products: f64 =
        scaled.iter().zip(scaled.iter().skip(1)).map(|(step, next)| (step - middle) * (next - middle)).sum();
    // What is left of a line is rounding.
    if squares > 1e-20 { (1.0 + 2.0 * products / squares).clamp(0.0, 0.9) } else { 0.0 }
}

/// The mean, around the first value: a sum of 1e300s would overflow.
pub(super) fn mean(values: &[f64]) -> f64 {
    let first = values.first().copied().unwrap_or(0.0);
    let n = float(values.len().max(1));
    first + values.iter().map(|value| (value - first) / n).sum::<f64>()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn found(values: &[f64]) -> Segments {
        segments(&Series::new(values.to_vec()).unwrap(), Segmentation::default(), Seed::new(1)).unwrap()
    }

    #[test]
    fn a_constant_series_is_one_stretch() {
        let flat = found(&[3.0; 20]);
        assert_eq!(flat.segments, [Segment { start: 0, end: 20, mean: 3.0, median: 3.0 }]);
        assert!(flat.changes.is_empty());
        assert_eq!(flat.noise, 0.0);
        let corrected =
            segments(&Series::new(vec![3.0; 20]).unwrap(), Segmentation::default().corrected(), Seed::new(1));
        assert_eq!(corrected, Ok(flat));
    }

    #[test]
    fn the_correlation_is_told_in_spite_of_changes_of_level() {
        let mut chance = Seed::new(6).generator();
        for rho in [0.0, 0.4, 0.8] {
            let mut noise = 0.0;
            let values: Vec<f64> = (0..20_000_i32)
                .map(|x| {
                    noise = rho * noise + chance.unit() - 0.5;
                    noise + f64::from(x / 1_000 % 3) * 5.0 + 1e-3 * f64::from(x)
                })
                .collect();
            assert!((correlation(&values) - rho).abs() < 0.03, "{rho}: {}", correlation(&values));
        }
        assert_eq!(correlation(&[0.0, 1.0].repeat(20)), 0.0);
        assert_eq!(correlation(&[5.0; 20]), 0.0);
        assert_eq!(correlation(&(0..20).map(f64::from).collect::<Vec<_>>()), 0.0);
    }

    #[test]
    fn two_levels_have_one_change() {
        let mut chance = Seed::new(5).generator();
        let values: Vec<f64> = (0..200).map(|x| if x < 120 { 0.0 } else { 3.0 } + chance.unit()).collect();
        let two = found(&values);
        assert_eq!(two.changes.len(), 1);
        assert_eq!(two.changes[0].at, 120);
        assert!(two.changes[0].test.unwrap().p_value().get() <= 0.001);
        assert_eq!(two.segments.iter().map(|segment| segment.end - segment.start).sum::<usize>(), 200);
    }

    #[test]
    fn steps_of_zero_leave_the_noise_to_the_others() {
        let mut rare = vec![0.0; 40];
        rare[10] = 1.0;
        rare[30] = 1.0;
        assert!(found(&rare).changes.is_empty());
        let level: Vec<f64> = (0..40).map(|x| if x < 20 { 0.0 } else { 50.0 }).collect();
        assert_eq!(found(&level).changes.iter().map(|change| change.at).collect::<Vec<_>>(), [20]);
    }

    #[test]
    fn extremes_stay_finite() {
        for values in [[1e300, -1e300].repeat(8), vec![5e-324, 0.0, 1e-323, 0.0, 0.0, 5e-324, 0.0, 5e-324]] {
            let found = found(&values);
            assert!(found.noise.is_finite() && found.segments.iter().all(|segment| segment.mean.is_finite()));
        }
        let mut spike = vec![1.0, 2.0, 1.0, 2.0, 1.5, 1.0, 2.0, 1.0, 1.5, 2.0];
        spike.push(1e300);
        assert!(found(&spike).segments.iter().all(|segment| segment.mean.is_finite()));
    }

    #[test]
    fn by_ranks_skewed_noise_makes_no_changes_and_few_observations_show_theirs() {
        let mut chance = Seed::new(8).generator();
        let skewed: Vec<f64> = (0..1_000_000).map(|_| (1.0 - chance.unit()).powi(-2)).collect();
        let asked = Segmentation::default().corrected().ranked();
        let of = |values: Vec<f64>| segments(&Series::new(values).unwrap(), asked, Seed::new(1)).unwrap();
        assert!(of(skewed).changes.len() <= 1);
        let few = of(vec![4.0, 6.0, 5.0, 4.0, 5.0, 6.0, 11.0, 12.0, 10.0, 11.0, 12.0, 1e300]);
        assert_eq!(few.changes.len(), 1);
        assert_eq!((few.changes[0].at, few.changes[0].before, few.changes[0].after), (6, 5.0, 11.5));
        assert!((0.001..=0.02).contains(&few.changes[0].test.unwrap().p_value().get()), "{few:?}");
    }

    #[test]
    fn p_of_few_observations_is_not_below_what_their_orders_can_show() {
        let swinging = [0.0, 0.1, 0.2, 0.3, 9.0, 9.1, 9.2, 9.3];
        for persistence in [1.0, 2.0, 6.0] {
            let p = strayed(&swinging, persistence, 999, Seed::new(1)).unwrap().1.p_value().get();
            assert!(p >= 0.02, "{persistence}: {p}");
        }
    }

    #[test]
    fn a_penalty_is_not_negative() {
        for penalty in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(Segmentation::default().with_penalty(penalty).is_err());
        }
    }
}
