//! The exact distribution of Mann and Whitney's U, given which observations are equal, when all ways to deal them out to
//! the two samples are equally likely.
//!
//! Group by group of equal observations, ascending, with `k` of the `i` so far dealt to the first sample: dealing `j` of
//! the next `t` to it, in `t` choose `j` ways, adds `j (2 (i - k) + t - j)` to twice U. The ways are added up as floats:
//! all terms are positive, so that a tail is good to some n + m roundings however small it is.

use super::pairs::{Pairs, groups, real};
use crate::sample::Sample;

/// The two tails of U as it was observed, each with what was observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tails {
    pub(super) at_most: f64,
    pub(super) at_least: f64,
}

impl Tails {
    /// `O((n + m) min(n, m) n m)`, memory `O(min(n, m) n m)`: for few pairs.
    pub(super) fn new(pairs: Pairs, x: &Sample, y: &Sample) -> Self {
        // The smaller sample is dealt to; U of the other is what it leaves of the pairs.
        let swapped = pairs.n > pairs.m;
        let (few, many) = if swapped { (y, x) } else { (x, y) };
        let whole = |count: u128| usize::try_from(count).unwrap_or(usize::MAX);
        let twice_pairs = pairs.pairs().saturating_mul(2);
        let twice_u = if swapped { twice_pairs.saturating_sub(pairs.twice_u) } else { pairs.twice_u };
        let ties: Vec<usize> =
            groups(few.values(), many.values()).map(|(one, other)| whole(one.saturating_add(other))).collect();
        let ways = ways(&ties, few.len(), many.len());
        let sum = |ways: Option<&[f64]>| ways.unwrap_or_default().iter().sum::<f64>();
        let (at, all) = (whole(twice_u), sum(Some(&ways)));
        let (at_most, at_least) = (sum(ways.get(..=at)) / all, sum(ways.get(at..)) / all);
        if swapped { Self { at_most: at_least, at_least: at_most } } else { Self { at_most, at_least } }
    }
}

/// In how many ways twice U is 0, 1, ..., `2 few many`, with groups of equal observations of these sizes.
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "twice U of `has` of the first `before` is at most `2 has (before - has)`, which a row has room for"
)]
fn ways(ties: &[usize], few: usize, many: usize) -> Vec<f64> {
    let room = 2 * few * many + 1;
    let mut rows = vec![vec![0.0; room]; few + 1];
    rows[0][0] = 1.0;
    let mut before = 0;
    for &equal in ties {
        // From the most dealt on: each row is read before it is written to.
        for has in (0..=few.min(before)).rev() {
            let others = before - has;
            if others > many {
                continue;
            }
            let (kept, more) = rows.split_at_mut(has + 1);
            let from = &kept[has][..=2 * has * others];
            let most = equal.min(few - has);
            let least = equal.saturating_sub(many - others);
            let mut choices = 1.0;
            for dealt in 1..=most {
                choices *= real((equal - dealt + 1) as u128) / real(dealt as u128);
                if dealt >= least {
                    let added = dealt * (2 * others + equal - dealt);
                    for (to, ways) in more[dealt - 1][added..].iter_mut().zip(from) {
                        *to += choices * ways;
                    }
                }
            }
        }
        before += equal;
    }
    rows.swap_remove(few)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, reason = "small numbers")]
mod tests {
    use super::*;
    use crate::chance::Seed;

    /// All ways, one by one.
    fn naive(x: &[f64], y: &[f64]) -> (f64, f64) {
        let all: Vec<f64> = x.iter().chain(y).copied().collect();
        let twice = |x: &[f64], y: &[f64]| -> u32 {
            let pair = |a: f64, b: f64| if a > b { 2 } else { u32::from(a == b) };
            x.iter().map(|a| y.iter().map(|b| pair(*a, *b)).sum::<u32>()).sum()
        };
        let observed = twice(x, y);
        let (mut low, mut high, mut ways) = (0.0, 0.0, 0.0);
        for mask in 0_u32..1 << all.len() {
            if mask.count_ones() as usize == x.len() {
                let side = |first: bool| -> Vec<f64> {
                    let is_first = |at: usize| mask >> at & 1 == 1;
                    (0..all.len()).filter(|at| is_first(*at) == first).map(|at| all[at]).collect()
                };
                let u = twice(&side(true), &side(false));
                ways += 1.0;
                low += f64::from(u <= observed);
                high += f64::from(u >= observed);
            }
        }
        (low / ways, high / ways)
    }

    fn tails(x: &[f64], y: &[f64]) -> Tails {
        let (x, y) = (Sample::new(x.to_vec()).unwrap(), Sample::new(y.to_vec()).unwrap());
        Tails::new(Pairs::new(&x, &y, 1).unwrap(), &x, &y)
    }

    #[test]
    fn tails_are_those_of_all_ways_one_by_one() {
        let mut chance = Seed::new(4).generator();
        for run in 0..60 {
            let values = 1 + run % 7;
            let mut draw =
                |most: u32| -> Vec<f64> { (0..=chance.below(most)).map(|_| f64::from(chance.below(values))).collect() };
            let (x, y) = (draw(5), draw(8));
            let (got, (low, high)) = (tails(&x, &y), naive(&x, &y));
            assert!((got.at_most - low).abs() < 1e-14 && (got.at_least - high).abs() < 1e-14, "{x:?} {y:?} {got:?}");
        }
    }

    #[test]
    fn without_ties_it_is_the_distribution_without_ties() {
        let (x, y): (Vec<f64>, Vec<f64>) =
            ((0..50).map(|i| f64::from(i) * 1.01 - 9.0).collect(), (0..50).map(f64::from).collect());
        let (a, b) = (Sample::new(x.clone()).unwrap(), Sample::new(y.clone()).unwrap());
        let pairs = Pairs::new(&a, &b, 1).unwrap();
        assert_eq!(pairs.ties, 0);
        let want = super::super::null_distribution::at_most(50, 50, pairs.twice_u / 2).unwrap();
        assert!((tails(&x, &y).at_most / want - 1.0).abs() < 1e-13);
    }

    #[test]
    fn the_smallest_tail_is_one_way_also_of_one_against_many() {
        let many: Vec<f64> = (0..2_500).map(|i| f64::from(i / 2)).collect();
        let one = tails(&[-1.0], &many);
        assert!((one.at_most * 2_501.0 - 1.0).abs() < 1e-14 && one.at_least == 1.0, "{one:?}");
        let (ones, twos) = ([1.0; 50], [2.0; 50]);
        // 100 choose 50.
        let few = tails(&ones, &twos);
        assert!((few.at_most * 1.008_913_445_455_641_9e29 - 1.0).abs() < 1e-12, "{few:?}");
    }
}
