//! Mann and Whitney's U: whether one of two samples tends to be larger, by ranks alone.

use super::null_distribution::at_most;
use super::pairs::Pairs;
use super::tied_distribution::Tails;
use crate::error::Error;
use crate::estimate::NotEnough;
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::probability::Probability;
use crate::sample::Sample;
use crate::special::normal_sf;

/// Up to so many pairs (n m: 50 against 50), [`mann_whitney`] and [`hodges_lehmann`](super::hodges_lehmann) use the
/// exact null distribution of U; beyond, the normal approximation.
pub const EXACT_UP_TO_PAIRS: u64 = 2_500;

/// The most pairs (n m) for which [`mann_whitney_exact`] counts arrangements: 128 MB of counts.
const MOST_PAIRS: u64 = 4_000_000;

/// Mann and Whitney's test (Wilcoxon's rank sum test): does `x` tend to be larger or smaller than `y`?
///
/// The statistic is U of `x`: the number of pairs in which `x` is the larger, ties counted half, in `[0, n m]`.
/// The p-value is exact up to [`EXACT_UP_TO_PAIRS`] pairs, else the normal approximation; [`Test::method`] says which.
/// With ties, exact is the share of all ways to deal the observations, equal ones among them, out to the two samples:
/// [`TestMethod::MannWhitneyExactTies`] (Lehmann 1975, section 1.4). `O(n + m)`, for an exact p-value
/// `O(min(n, m) n m)`, with ties `O((n + m) min(n, m) n m)`: milliseconds at most.
///
/// The two-sided p-value is twice the smaller tail, at most 1.
///
/// DIFFERS: scipy is exact when the smaller sample has at most 8 observations, R when both have fewer than 50, neither
/// with ties: for three 2s against three 1s both say p = .047, where 2 of 20 ways are as extreme: p = .1, as
/// `scipy.stats.permutation_test` of U has it. The same method gives the same p-value, see [`mann_whitney_exact`] and
/// [`mann_whitney_normal`].
///
/// ```
/// use measure_core::{Alternative, Sample, TestMethod, compare};
/// // Minutes to restore, before and after.
/// let before = Sample::new(vec![41.0, 63.0, 72.0, 48.0, 55.0, 90.0])?;
/// let after = Sample::new(vec![33.0, 29.0, 51.0, 40.0, 36.0])?;
/// let test = compare::mann_whitney(&before, &after, Alternative::TwoSided)?;
/// assert_eq!(test.statistic(), 28.0);
/// assert_eq!(test.method(), TestMethod::MannWhitneyExact);
/// assert_eq!(format!("{test:.4}"), "p = 0.0173 (exact Mann-Whitney), n = 11");
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`NotEnough`] unless each sample has an observation.
pub fn mann_whitney(x: &Sample, y: &Sample, alternative: Alternative) -> Result<Test, NotEnough> {
    let pairs = Pairs::new(x, y, 1)?;
    if !is_exact(pairs) {
        return Ok(normal(pairs, alternative));
    }
    let exact = if pairs.ties == 0 { exact(pairs, alternative) } else { Some(tied(pairs, x, y, alternative)) };
    Ok(exact.unwrap_or_else(|| normal(pairs, alternative)))
}

/// Mann and Whitney's test by the exact null distribution of U, whatever the size.
///
/// The two-sided p-value is twice the smaller tail, at most 1, as scipy and R have it. Each tail is a quotient of
/// whole numbers, correct to a few units in the last place however small it is.
///
/// # Errors
/// [`Error::NotEnough`] unless each sample has an observation; [`Error::TiedRanks`] when two observations are
/// equal ([`mann_whitney`] has an exact p-value for few of such); [`Error::TooManyArrangements`] beyond some 258
/// observations in each sample (2^512 arrangements), where the normal approximation has long been as good, and
/// [`Error::TooManyPairs`] beyond 4,000,000 pairs: memory stays within 128 MB.
pub fn mann_whitney_exact(x: &Sample, y: &Sample, alternative: Alternative) -> Result<Test, Error> {
    let pairs = Pairs::new(x, y, 1)?;
    if pairs.ties != 0 {
        return Err(Error::TiedRanks);
    }
    if pairs.pairs() > u128::from(MOST_PAIRS) {
        return Err(Error::TooManyPairs { n: pairs.n, m: pairs.m, most: MOST_PAIRS });
    }
    exact(pairs, alternative).ok_or(Error::TooManyArrangements { n: pairs.n, m: pairs.m })
}

/// Mann and Whitney's test by the normal approximation of U, whatever the size: with the variance corrected for ties
/// and a continuity correction of 1/2 towards the mean, as scipy's `asymptotic` method and R's `exact = FALSE`.
///
/// When all observations are equal, every arrangement of them is as extreme as any: the p-value is 1.
///
/// # Errors
/// [`NotEnough`] unless each sample has an observation.
pub fn mann_whitney_normal(x: &Sample, y: &Sample, alternative: Alternative) -> Result<Test, NotEnough> {
    Ok(normal(Pairs::new(x, y, 1)?, alternative))
}

/// Whether the exact distribution is used where the caller does not say.
pub(super) fn is_exact(pairs: Pairs) -> bool {
    pairs.pairs() <= u128::from(EXACT_UP_TO_PAIRS)
}

/// Without ties, U is whole.
fn exact(pairs: Pairs, alternative: Alternative) -> Option<Test> {
    let u = pairs.twice_u / 2;
    let mirrored = pairs.pairs().saturating_sub(u);
    // P(U >= u) = P(U <= n m - u).
    let p_value = match alternative {
        Alternative::TwoSided => 2.0 * at_most(pairs.n, pairs.m, u.min(mirrored))?,
        Alternative::Less => at_most(pairs.n, pairs.m, u)?,
        Alternative::Greater => at_most(pairs.n, pairs.m, mirrored)?,
    };
    Some(test(pairs, p_value, alternative, TestMethod::MannWhitneyExact))
}

/// Given which observations are equal.
fn tied(pairs: Pairs, x: &Sample, y: &Sample, alternative: Alternative) -> Test {
    let Tails { at_most, at_least } = Tails::new(pairs, x, y);
    let p_value = match alternative {
        Alternative::TwoSided => 2.0 * at_most.min(at_least),
        Alternative::Less => at_most,
        Alternative::Greater => at_least,
    };
    test(pairs, p_value, alternative, TestMethod::MannWhitneyExactTies)
}

fn normal(pairs: Pairs, alternative: Alternative) -> Test {
    let variance = pairs.variance();
    let above = pairs.twice_from_middle();
    let tail = |distance: f64| normal_sf((distance / 2.0 - 0.5) / variance.sqrt());
    let p_value = if variance == 0.0 {
        1.0
    } else {
        match alternative {
            Alternative::TwoSided => 2.0 * tail(above.abs()),
            Alternative::Less => tail(-above),
            Alternative::Greater => tail(above),
        }
    };
    test(pairs, p_value, alternative, TestMethod::MannWhitneyNormal)
}

fn test(pairs: Pairs, p_value: f64, alternative: Alternative, method: TestMethod) -> Test {
    Test::of(pairs.u(), Probability::clamped(p_value), alternative, method, pairs.n_of_both())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Alternative; 3] = [Alternative::TwoSided, Alternative::Less, Alternative::Greater];

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec()).unwrap()
    }

    fn p(test: Test) -> f64 {
        test.p_value().get()
    }

    #[test]
    fn all_arrangements_of_three_and_four_counted_by_hand() {
        // 35 arrangements; U = 0 in one of them, U = 1 in one, U = 2 in two.
        let (x, y) = (sample(&[1.0, 2.0, 5.0]), sample(&[3.0, 4.0, 6.0, 7.0]));
        let tails = ALL.map(|alternative| p(mann_whitney(&x, &y, alternative).unwrap()));
        assert!((tails[0] - 8.0 / 35.0).abs() < 1e-15, "{tails:?}");
        assert!((tails[1] - 4.0 / 35.0).abs() < 1e-15, "{tails:?}");
        assert!((tails[2] - 33.0 / 35.0).abs() < 1e-15, "{tails:?}");
    }

    #[test]
    fn smallest_samples() {
        let (one, two) = (sample(&[1.0]), sample(&[2.0]));
        let test = mann_whitney(&one, &two, Alternative::Less).unwrap();
        assert_eq!((test.statistic(), p(test), test.n()), (0.0, 0.5, 2));
        assert_eq!(p(mann_whitney(&one, &two, Alternative::TwoSided).unwrap()), 1.0);
        // Tied, and without any variance.
        let tied = mann_whitney(&one, &one, Alternative::Greater).unwrap();
        assert_eq!((tied.statistic(), p(tied), tied.method()), (0.5, 1.0, TestMethod::MannWhitneyExactTies));
        for alternative in ALL {
            assert!(mann_whitney(&one, &Sample::default(), alternative).is_err());
            assert!(mann_whitney_normal(&Sample::default(), &one, alternative).is_err());
        }
    }

    #[test]
    fn the_choice_is_reported_and_can_be_forced() {
        let ascending = |n: u16, start: f64| sample(&(0..n).map(|i| f64::from(i) + start).collect::<Vec<_>>());
        let (fifty, other) = (ascending(50, 0.0), ascending(50, 0.5));
        let method = |x: &Sample, y: &Sample| mann_whitney(x, y, Alternative::TwoSided).unwrap().method();
        assert_eq!(method(&fifty, &other), TestMethod::MannWhitneyExact);
        assert_eq!(method(&ascending(51, 0.0), &other), TestMethod::MannWhitneyNormal);
        assert_eq!(method(&fifty, &fifty), TestMethod::MannWhitneyExactTies);
        assert_eq!(method(&ascending(51, 0.0), &fifty), TestMethod::MannWhitneyNormal);
        let forced = mann_whitney_exact(&ascending(51, 0.0), &other, Alternative::TwoSided).unwrap();
        assert_eq!(forced.method(), TestMethod::MannWhitneyExact);
        assert_eq!(mann_whitney_exact(&fifty, &fifty, Alternative::Less), Err(Error::TiedRanks));
        let (many, more) = (ascending(300, 0.0), ascending(300, 0.5));
        assert_eq!(
            mann_whitney_exact(&many, &more, Alternative::Less),
            Err(Error::TooManyArrangements { n: 300, m: 300 })
        );
        // 20 against 10^7 would take 6 GB.
        let (few, most) = (ascending(20, 0.5), sample(&(100..300_000_u32).map(f64::from).collect::<Vec<_>>()));
        let refused = mann_whitney_exact(&few, &most, Alternative::Less);
        assert_eq!(refused, Err(Error::TooManyPairs { n: 20, m: 299_900, most: 4_000_000 }));
    }

    #[test]
    fn ties_on_few_observations_are_dealt_out_in_all_ways() {
        // 2 of the 20 ways to deal three 1s and three 2s are as extreme. The normal approximation says .047.
        let (twos, ones) = (sample(&[2.0; 3]), sample(&[1.0; 3]));
        let test = mann_whitney(&twos, &ones, Alternative::TwoSided).unwrap();
        assert_eq!((test.statistic(), test.method()), (9.0, TestMethod::MannWhitneyExactTies));
        assert!((p(test) - 0.1).abs() < 1e-15, "{test}");
        assert!((p(mann_whitney(&twos, &ones, Alternative::Greater).unwrap()) - 0.05).abs() < 1e-15);
        assert_eq!(p(mann_whitney(&twos, &ones, Alternative::Less).unwrap()), 1.0);
        assert!(p(mann_whitney_normal(&twos, &ones, Alternative::TwoSided).unwrap()) < 0.05);
        // All equal: one outcome, which is as extreme as any.
        let flat = mann_whitney(&sample(&[4.0; 9]), &sample(&[4.0; 7]), Alternative::TwoSided).unwrap();
        assert_eq!((flat.statistic(), p(flat)), (31.5, 1.0));
    }

    #[test]
    fn extreme_observations_are_ranks_like_any_other() {
        let (x, y) = (sample(&[-1e300, 5e-324, 1e300]), sample(&[0.0, 1.0, 1e-310, 1e299]));
        let test = mann_whitney(&x, &y, Alternative::TwoSided).unwrap();
        assert_eq!((test.statistic(), test.method()), (5.0, TestMethod::MannWhitneyExact));
    }

    #[test]
    fn the_normal_tail_is_near_the_exact_one_where_both_can_be_had() {
        let x = sample(&(0..200_u16).map(|i| f64::from(i) * 1.01 + 20.305).collect::<Vec<_>>());
        let y = sample(&(0..200_u16).map(f64::from).collect::<Vec<_>>());
        for alternative in ALL {
            let exact = p(mann_whitney_exact(&x, &y, alternative).unwrap());
            let normal = p(mann_whitney_normal(&x, &y, alternative).unwrap());
            assert!((exact / normal - 1.0).abs() < 0.06, "{alternative:?} {exact} {normal}");
        }
    }

    #[test]
    fn a_million_observations_in_each() {
        let x = sample(&(0..1_000_000_u32).map(f64::from).collect::<Vec<_>>());
        let y = sample(&(0..1_000_000_u32).map(|i| f64::from(i) + 0.5).collect::<Vec<_>>());
        let test = mann_whitney(&x, &y, Alternative::Less).unwrap();
        assert_eq!(test.statistic(), 999_999.0 * 1_000_000.0 / 2.0);
        assert!(p(test) > 0.49 && p(test) < 0.5);
    }
}
