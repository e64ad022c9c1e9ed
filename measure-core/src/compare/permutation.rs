//! Permutation tests: how often would chance alone deal the observations out as unequally as this?

use super::means::{Moments, power_of_two, sum};
use super::pairs::EACH;
use crate::bootstrap::Statistic;
use crate::chance::{Chance, Seed};
use crate::descriptive::interpolated;
use crate::error::Error;
use crate::estimate::NotEnough;
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::probability::Probability;
use crate::proportion::count;
use crate::sample::{LARGEST, Sample};

/// How many permutations are looked at, and where chance begins.
///
/// Where there are no more ways to deal the observations out than that, all of them are looked at, once each, and
/// chance plays no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawPermutations", into = "RawPermutations")
)]
pub struct Permutations {
    // INVARIANT: within FEWEST and MOST.
    resamples: u32,
    seed: Seed,
}

impl Permutations {
    /// The fewest that can be asked for.
    pub const FEWEST: u32 = 10;
    /// The most that can be asked for.
    pub const MOST: u32 = 100_000_000;

    /// At most `resamples`, drawn from `seed` where there are more. 9,999 are usual: the least p-value is then 0.0001.
    ///
    /// # Errors
    /// [`Error::ResamplesOutOfRange`] unless within [`Permutations::FEWEST`] and [`Permutations::MOST`].
    pub const fn new(resamples: u32, seed: Seed) -> Result<Self, Error> {
        if resamples < Self::FEWEST || resamples > Self::MOST {
            return Err(Error::ResamplesOutOfRange { given: resamples, least: Self::FEWEST, most: Self::MOST });
        }
        Ok(Self { resamples, seed })
    }
}

/// The shape in a file: `{"resamples": 9999, "seed": 1}`.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPermutations {
    resamples: u32,
    seed: Seed,
}

#[cfg(feature = "serde")]
impl TryFrom<RawPermutations> for Permutations {
    type Error = Error;

    fn try_from(raw: RawPermutations) -> Result<Self, Error> {
        Self::new(raw.resamples, raw.seed)
    }
}

#[cfg(feature = "serde")]
impl From<Permutations> for RawPermutations {
    fn from(permutations: Permutations) -> Self {
        Self { resamples: permutations.resamples, seed: permutations.seed }
    }
}

/// Tests whether `statistic` of `x` less that of `y` is more than chance deals out, by permutations of the labels: the
/// observations stay, and which sample each belongs to is dealt out anew.
///
/// The test's statistic is the difference. All `C(n + m, n)` ways are enumerated when there are no more of them than
/// `permutations` allows, else that many are drawn. The p-value is the share as extreme as the observed one; where they
/// are drawn, the observed one counts among them, `(1 + extreme) / (1 + drawn)`, so that it is never 0 (Phipson and
/// Smyth 2010). Two-sided, it is twice the smaller of the one-sided, at most 1. All this is as scipy's
/// `permutation_test` has it, but for the draws themselves.
///
/// Differences that rounding may have told apart count as equal: closer than some units in the last place of what they
/// were computed from. An outlier blurs the sums that it is in, and no median. Means take `O(min(n, m))` a permutation, the other statistics `O(n + m)`.
///
/// ```
/// use measure_core::bootstrap::Statistic;
/// use measure_core::{Alternative, Sample, Seed, TestMethod, compare};
/// let after = Sample::new(vec![22.0, 9.0, 31.0, 18.0, 12.0])?;
/// let before = Sample::new(vec![41.0, 25.0, 60.0, 33.0, 95.0])?;
/// let permutations = compare::Permutations::new(9_999, Seed::new(1))?;
/// let test = compare::permutation_test(&after, &before, Statistic::Mean, Alternative::Less, permutations)?;
/// // 252 ways to choose 5 of 10, of which 2 are as extreme.
/// assert_eq!(test.method(), TestMethod::PermutationExact);
/// assert_eq!(test.p_value().get(), 2.0 / 252.0);
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`NotEnough`] unless each sample has an observation, and two for the standard deviation.
pub fn permutation_test(
    x: &Sample,
    y: &Sample,
    statistic: Statistic,
    alternative: Alternative,
    permutations: Permutations,
) -> Result<Test, NotEnough> {
    let need = if statistic == Statistic::StandardDeviation { 2 } else { 1 };
    NotEnough::unless(x.n().min(y.n()), need, EACH)?;
    let difference = |x: &Sample, y: &Sample| Some(statistic.value(x)? - statistic.value(y)?);
    let observed = difference(x, y).unwrap_or(0.0);
    let mut deal = Deal::of(x, y);
    // The statistics move with the observations: near 0 the smallest difference has digits, and no sum overflows.
    let (range, middle) = (deal.range(), interpolated(&deal.pool, 0.5).unwrap_or(0.0));
    let scale = power_of_two(range);
    deal.pool.iter_mut().for_each(|value| *value = (*value - middle) / scale);
    // What an observation may have lost, to its own rounding and to the middle's.
    let lost = |value: f64| 2.0 * f64::EPSILON * (value.abs() + 2.0 * (middle / scale).abs());
    let tails = match statistic {
        Statistic::Mean => {
            // The sum over the smaller sample orders as the difference does.
            let towards = if deal.smaller_is_x { 1.0 } else { -1.0 };
            deal.tails(permutations, |chosen, pool| {
                let values = || chosen.iter().filter_map(|at| pool.get(*at)).copied();
                (towards * sum(values()), values().map(lost).sum())
            })
        }
        _ => {
            let mut sides = Sides::of(&deal);
            deal.tails(permutations, |chosen, pool| {
                let (x, y) = sides.split(chosen, pool);
                let ((x, of_x), (y, of_y)) = (of_ascending(statistic, x), of_ascending(statistic, y));
                (x - y, lost(of_x) + lost(of_y))
            })
        }
    };
    Ok(tails.test(observed, alternative, deal.n()))
}

/// A permutation test of any statistic of two samples, which come ascending: see [`permutation_test`].
///
/// Values closer than 1e-14 of the observed one count as equal to it, as scipy has it. A permutation on which the
/// statistic is not finite counts as extreme on both sides, so that it cannot make a p-value too small.
///
/// # Errors
/// [`NotEnough`] unless each sample has an observation; [`NotEnough::Undefined`] when the statistic of the observed
/// samples is not finite, or beyond [`LARGEST`].
pub fn permutation_test_of(
    x: &Sample,
    y: &Sample,
    alternative: Alternative,
    permutations: Permutations,
    mut statistic: impl FnMut(&[f64], &[f64]) -> f64,
) -> Result<Test, NotEnough> {
    NotEnough::unless(x.n().min(y.n()), 1, EACH)?;
    let observed = statistic(x.values(), y.values());
    if observed.is_nan() || observed.abs() > LARGEST {
        return Err(NotEnough::Undefined { undefined: 1, of: 1 });
    }
    let mut deal = Deal::of(x, y);
    let mut sides = Sides::of(&deal);
    // Half of it for each of the two that are compared.
    let lost = 0.5e-14 * observed.abs();
    let tails = deal.tails(permutations, |chosen, pool| {
        let (x, y) = sides.split(chosen, pool);
        (statistic(x, y), lost)
    });
    Ok(tails.test(observed, alternative, deal.n()))
}

/// Of observations that are small, ascending, and enough for the statistic; and the largest magnitude that it was
/// computed from, but for order statistics, which are their own.
fn of_ascending(statistic: Statistic, values: &[f64]) -> (f64, f64) {
    let largest = |values: &[f64]| match values {
        [first, .., last] => first.abs().max(last.abs()),
        [only] => only.abs(),
        [] => 0.0,
    };
    let quantile = |at| {
        let value = interpolated(values, at).unwrap_or(0.0);
        (value, value)
    };
    match statistic {
        Statistic::Mean => (Moments::from(0.0, values).mean, largest(values)),
        Statistic::Median => quantile(0.5),
        Statistic::Quantile(at) => quantile(at.get()),
        Statistic::TrimmedMean(trim) => {
            let kept = values.get(trim.kept(values.len())).unwrap_or_default();
            (Moments::from(0.0, kept).mean, largest(kept))
        }
        Statistic::StandardDeviation => (Moments::from(0.0, values).deviation, largest(values)),
    }
}

/// The observations of both samples, and which were in the smaller one.
struct Deal {
    /// Ascending.
    pool: Vec<f64>,
    /// Places in the pool of the observations of the smaller sample, ascending.
    observed: Vec<usize>,
    /// How many the smaller sample has.
    size: usize,
    smaller_is_x: bool,
}

impl Deal {
    fn of(x: &Sample, y: &Sample) -> Self {
        let smaller_is_x = x.len() <= y.len();
        let mut labelled: Vec<(f64, bool)> = x.values().iter().map(|value| (*value, smaller_is_x)).collect();
        labelled.extend(y.values().iter().map(|value| (*value, !smaller_is_x)));
        labelled.sort_by(|a, b| a.0.total_cmp(&b.0));
        let observed: Vec<usize> =
            labelled.iter().enumerate().filter(|(_, (_, smaller))| *smaller).map(|(place, _)| place).collect();
        let pool = labelled.iter().map(|(value, _)| *value).collect();
        Self { pool, size: observed.len(), observed, smaller_is_x }
    }

    fn n(&self) -> u64 {
        u64::try_from(self.pool.len()).unwrap_or(u64::MAX)
    }

    fn range(&self) -> f64 {
        self.pool.last().zip(self.pool.first()).map_or(0.0, |(last, first)| last - first)
    }

    /// How many permutations are at most, and at least, as large as the observed one. `statistic` is given the places
    /// of those dealt to the smaller sample, in any order, and the pool; with its value it says what that may have lost.
    fn tails(
        &mut self,
        permutations: Permutations,
        mut statistic: impl FnMut(Chosen<'_>, &[f64]) -> (f64, f64),
    ) -> Tails {
        let (observed, blur) = statistic(&self.observed, &self.pool);
        let mut tails = Tails { method: TestMethod::PermutationExact, all: 0, less: 0, greater: 0 };
        let mut count = |(value, lost): (f64, f64)| {
            let near = blur + lost;
            tails.all = tails.all.saturating_add(1);
            let (less, greater) = (value <= observed + near, value >= observed - near);
            // A NaN is on both sides.
            tails.less = tails.less.saturating_add(u64::from(less || value.is_nan()));
            tails.greater = tails.greater.saturating_add(u64::from(greater || value.is_nan()));
        };
        if combinations(self.pool.len(), self.size, permutations.resamples) {
            let mut chosen: Vec<usize> = (0..self.size).collect();
            loop {
                count(statistic(&chosen, &self.pool));
                if !next_combination(&mut chosen, self.pool.len()) {
                    break;
                }
            }
            return tails;
        }
        // The observed one counts among the drawn.
        count((observed, blur));
        let mut chance = permutations.seed.generator();
        let mut places: Vec<usize> = (0..self.pool.len()).collect();
        for _ in 0..permutations.resamples {
            deal(&mut places, self.size, &mut chance);
            count(statistic(places.get(..self.size).unwrap_or_default(), &self.pool));
        }
        Tails { method: TestMethod::PermutationSampled, ..tails }
    }
}

/// Places in the pool.
type Chosen<'a> = &'a [usize];

/// Deals the first `size` places out anew (Fisher and Yates, stopped there).
fn deal(places: &mut [usize], size: usize, chance: &mut Chance) {
    for at in 0..size {
        let rest = u32::try_from(places.len().saturating_sub(at)).unwrap_or(u32::MAX);
        let other = at.saturating_add(usize::try_from(chance.below(rest)).unwrap_or(0));
        places.swap(at, other);
    }
}

/// The observations dealt to either side, ascending.
struct Sides {
    to_smaller: Vec<bool>,
    smaller: Vec<f64>,
    larger: Vec<f64>,
    smaller_is_x: bool,
}

impl Sides {
    fn of(deal: &Deal) -> Self {
        let to_smaller = vec![false; deal.pool.len()];
        Self { to_smaller, smaller: Vec::new(), larger: Vec::new(), smaller_is_x: deal.smaller_is_x }
    }

    /// `(x, y)`.
    fn split(&mut self, chosen: Chosen<'_>, pool: &[f64]) -> (&[f64], &[f64]) {
        self.to_smaller.fill(false);
        for place in chosen {
            if let Some(mark) = self.to_smaller.get_mut(*place) {
                *mark = true;
            }
        }
        self.smaller.clear();
        self.larger.clear();
        for (value, to_smaller) in pool.iter().zip(&self.to_smaller) {
            if *to_smaller { self.smaller.push(*value) } else { self.larger.push(*value) }
        }
        if self.smaller_is_x { (&self.smaller, &self.larger) } else { (&self.larger, &self.smaller) }
    }
}

/// Whether there are at most `most` ways to choose `size` of `n`, for `size` of at most half.
fn combinations(n: usize, size: usize, most: u32) -> bool {
    let mut ways = 1_u128;
    for step in 1..=size {
        let factor = u128::try_from(n.saturating_sub(size).saturating_add(step)).unwrap_or(u128::MAX);
        // Whole at each step: it is C(n - size + step, step), which grows.
        ways = ways.saturating_mul(factor).checked_div(u128::try_from(step).unwrap_or(1)).unwrap_or(u128::MAX);
        if ways > u128::from(most) {
            return false;
        }
    }
    true
}

/// The next ascending choice of places among `n` in lexical order; `false` behind the last.
fn next_combination(chosen: &mut [usize], n: usize) -> bool {
    let size = chosen.len();
    // The last place that can still move up.
    let limit = |at: usize| n.saturating_sub(size).saturating_add(at);
    let Some(moving) = (0..size).rev().find(|at| chosen.get(*at).is_some_and(|place| *place < limit(*at))) else {
        return false;
    };
    let from = chosen.get(moving).map_or(0, |place| place.saturating_add(1));
    chosen.iter_mut().skip(moving).zip(from..).for_each(|(place, next)| *place = next);
    true
}

/// How many permutations lie on either side of the observed one, itself on both.
struct Tails {
    method: TestMethod,
    all: u64,
    less: u64,
    greater: u64,
}

impl Tails {
    fn test(&self, observed: f64, alternative: Alternative, n: u64) -> Test {
        let share = |as_extreme: u64| count(as_extreme) / count(self.all);
        let p_value = match alternative {
            Alternative::Less => share(self.less),
            Alternative::Greater => share(self.greater),
            Alternative::TwoSided => 2.0 * share(self.less.min(self.greater)),
        };
        Test::of(observed, Probability::clamped(p_value), alternative, self.method, n)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, reason = "small numbers")]
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec()).unwrap()
    }

    fn permutations(resamples: u32) -> Permutations {
        Permutations::new(resamples, Seed::new(5)).unwrap()
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_too_few() {
        let text = serde_json::to_string(&permutations(999)).unwrap();
        assert_eq!(text, r#"{"resamples":999,"seed":5}"#);
        assert_eq!(serde_json::from_str::<Permutations>(&text).unwrap(), permutations(999));
        assert!(serde_json::from_str::<Permutations>(r#"{"resamples":1,"seed":5}"#).is_err());
    }

    #[test]
    fn all_choices_come_once_in_order() {
        for (n, size) in [(1, 1), (5, 2), (6, 3), (7, 0), (4, 4)] {
            let mut chosen: Vec<usize> = (0..size).collect();
            let mut seen = vec![chosen.clone()];
            while next_combination(&mut chosen, n) {
                assert!(seen.last().unwrap() < &chosen && chosen.iter().all(|place| *place < n));
                seen.push(chosen.clone());
            }
            assert!(combinations(n, size, seen.len() as u32), "{n} {size}");
            assert!(seen.len() == 1 || !combinations(n, size, seen.len() as u32 - 1), "{n} {size}");
        }
        assert!(!combinations(1_000_000, 500_000, u32::MAX));
    }

    #[test]
    fn every_statistic_agrees_with_the_definition() {
        let (x, y) = (sample(&[1.0, 4.0, 4.0, 9.0, 2.5]), sample(&[3.0, 5.0, 8.0, 9.0, 12.0, 7.0]));
        let share = Probability::new(0.3).unwrap();
        let trim = crate::descriptive::Trim::new(0.2).unwrap();
        for statistic in [
            Statistic::Mean,
            Statistic::Median,
            Statistic::Quantile(share),
            Statistic::TrimmedMean(trim),
            Statistic::StandardDeviation,
        ] {
            for alternative in [Alternative::TwoSided, Alternative::Less, Alternative::Greater] {
                for (x, y) in [(&x, &y), (&y, &x)] {
                    let own = permutation_test(x, y, statistic, alternative, permutations(9_999)).unwrap();
                    let value = |values: &[f64]| statistic.value(&sample(values)).unwrap();
                    // Rounded, so that what is equal is equal.
                    let rounded = |x: &[f64], y: &[f64]| ((value(x) - value(y)) * 1e9).round() / 1e9;
                    let general = permutation_test_of(x, y, alternative, permutations(9_999), rounded).unwrap();
                    assert_eq!(own.p_value(), general.p_value(), "{statistic:?} {alternative:?}");
                    assert!((own.statistic() - general.statistic()).abs() < 1e-8);
                    assert_eq!((own.method(), own.n()), (TestMethod::PermutationExact, 11));
                }
            }
        }
    }

    #[test]
    fn drawn_permutations_come_near_all_of_them_and_are_repeatable() {
        let (x, y) = (sample(&[1.0, 4.0, 4.0, 9.0, 2.5, 6.0, 7.5]), sample(&[3.0, 5.0, 8.0, 9.0, 12.0, 7.0, 11.0]));
        for statistic in [Statistic::Mean, Statistic::Median] {
            let all = permutation_test(&x, &y, statistic, Alternative::Less, permutations(3_432)).unwrap();
            let drawn = permutation_test(&x, &y, statistic, Alternative::Less, permutations(3_431)).unwrap();
            assert_eq!((all.method(), drawn.method()), (TestMethod::PermutationExact, TestMethod::PermutationSampled));
            let (p, near) = (all.p_value().get(), drawn.p_value().get());
            assert!((p - near).abs() < 4.0 * (p * (1.0 - p) / 3_431.0).sqrt() + 1.0 / 3_432.0, "{p} {near}");
            let again = permutation_test(&x, &y, statistic, Alternative::Less, permutations(3_431)).unwrap();
            assert_eq!(drawn, again);
        }
    }

    #[test]
    fn a_drawn_p_value_is_never_zero() {
        let far: Vec<f64> = (0..30).map(|i| f64::from(i) + 1e3).collect();
        let near: Vec<f64> = (0..30).map(f64::from).collect();
        let test =
            permutation_test(&sample(&far), &sample(&near), Statistic::Mean, Alternative::Greater, permutations(999));
        assert_eq!(test.unwrap().p_value().get(), 0.001);
    }

    #[test]
    fn rounding_does_not_tell_apart_what_is_equal() {
        // Sums of tenths depend on their order in the last bit.
        let (x, y) = (sample(&[0.1, 0.2, 0.3, 1e6]), sample(&[0.1, 0.2, 0.3, 1e6]));
        let test = permutation_test(&x, &y, Statistic::Mean, Alternative::Less, permutations(99)).unwrap();
        // By symmetry: half, and half of the 22 in which the observed difference comes again.
        let whole = (sample(&[1.0, 2.0, 3.0, 1e7]), sample(&[1.0, 2.0, 3.0, 1e7]));
        let same = permutation_test(&whole.0, &whole.1, Statistic::Mean, Alternative::Less, permutations(99)).unwrap();
        assert_eq!(test.p_value(), same.p_value());
    }

    #[test]
    fn an_outlier_does_not_blur_what_it_has_no_part_in() {
        let far = |values: [f64; 6]| sample(&values);
        let test = |last: f64, statistic| {
            let (x, y) = (far([1.0, 2.0, 3.0, 4.0, 5.0, last]), far([11.0, 12.0, 13.0, 14.0, 15.0, 16.0]));
            permutation_test(&x, &y, statistic, Alternative::TwoSided, permutations(9_999)).unwrap().p_value()
        };
        assert_eq!(test(1e16, Statistic::Median), test(1e3, Statistic::Median));
        assert!(test(1e16, Statistic::Median).get() < 0.2);
        let (x, y) = (sample(&[0.1, 0.2, 0.3]), sample(&[0.4, 0.5, 0.6, 1e16]));
        let mean = permutation_test(&x, &y, Statistic::Mean, Alternative::Less, permutations(9_999)).unwrap();
        assert_eq!(mean.p_value().get(), 1.0 / 35.0);
    }

    #[test]
    fn few_equal_and_extreme_observations() {
        let run = |x: &[f64], y: &[f64], statistic| {
            permutation_test(&sample(x), &sample(y), statistic, Alternative::TwoSided, permutations(99))
        };
        let few = |need| NotEnough::TooFew { of: EACH, have: need - 1, need };
        assert_eq!(run(&[], &[1.0], Statistic::Mean), Err(few(1)));
        assert_eq!(run(&[1.0], &[1.0, 2.0], Statistic::StandardDeviation), Err(few(2)));
        assert_eq!(run(&[1.0], &[2.0], Statistic::Mean).unwrap().p_value(), Probability::ONE);
        assert_eq!(run(&[3.0; 4], &[3.0; 5], Statistic::Median).unwrap().p_value(), Probability::ONE);
        for statistic in [Statistic::Mean, Statistic::Median, Statistic::StandardDeviation] {
            let test = run(&[1e300, 1e300, 9e299], &[-1e300, -1e300, 0.0], statistic).unwrap();
            assert!(test.statistic().is_finite());
            let test = run(&[5e-324, 0.0, 1e-323], &[0.0, 0.0, 0.0, 5e-324], statistic).unwrap();
            assert!(test.p_value().get() > 0.0);
        }
        let undefined =
            permutation_test_of(&sample(&[1.0]), &sample(&[2.0]), Alternative::Less, permutations(10), |_, _| f64::NAN);
        assert_eq!(undefined, Err(NotEnough::Undefined { undefined: 1, of: 1 }));
    }

    #[test]
    fn a_million_observations() {
        let x: Vec<f64> = (0..1_000_000).map(f64::from).collect();
        let y: Vec<f64> = (0..20).map(|i| f64::from(i) * 1e4).collect();
        let test = permutation_test(&sample(&x), &sample(&y), Statistic::Mean, Alternative::Greater, permutations(999));
        assert!(test.unwrap().p_value().get() < 0.01);
    }
}
