//! The slopes between all pairs of observations, in order of size, without forming them all.

use super::inversions::{each_inversion, inversions};
use super::kendall::pairs;
use crate::chance::{Chance, Seed};
use crate::proportion::count;
use crate::sample::float;

/// Up to this many observations all slopes are formed: it is quicker.
const FORMED: usize = 400;

/// The slopes `(y_j - y_i) / (j - i)`, `i < j`, of a series.
///
/// For long series they stay implicit. The pairs with a slope below `s` are those that stand in the wrong order when
/// the observations are sorted by `y - s x`, so that they are counted in O(n log n) (Cole, Salowe, Steiger and
/// Szemeredi 1989). Slopes of random pairs narrow the range that holds a rank by a factor of about the square root
/// of n a round, until the rest can be formed (Matousek 1991; Dillencourt, Mount and Netanyahu 1992). The draws begin
/// at a seed of their own, and what they decide is only how long it takes.
pub(super) struct Slopes<'a> {
    values: &'a [f64],
    /// All of them, while they are few.
    formed: Vec<f64>,
    /// Where the order has been counted, by slope.
    cuts: Vec<Cut>,
    /// Slopes of random pairs, ascending.
    first: Vec<f64>,
    chance: Chance,
}

/// The order of the observations by `y - slope x`.
struct Cut {
    slope: f64,
    /// How many pairs have a lesser slope.
    below: u64,
    order: Vec<u32>,
}

impl<'a> Slopes<'a> {
    /// Of at least two observations.
    pub(super) fn of(values: &'a [f64]) -> Self {
        let formed = if values.len() <= FORMED { all(values) } else { Vec::new() };
        Self { values, formed, cuts: Vec::new(), first: Vec::new(), chance: Seed::new(0).generator() }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        pairs(u64::try_from(self.values.len()).unwrap_or(u64::MAX))
    }

    /// The slope that exactly `rank` slopes precede in ascending order; the greatest for a rank beyond them.
    ///
    /// The very float that forming and sorting all of them gives, unless more pairs than can be formed lie within two
    /// units in the last place of it and differ: then one of those.
    pub(super) fn ranked(&mut self, rank: u64) -> f64 {
        let rank = rank.min(self.count().saturating_sub(1));
        if !self.formed.is_empty() {
            return nth(&mut self.formed, rank);
        }
        if self.cuts.is_empty() {
            self.begin();
        }
        self.narrowed(rank)
    }

    fn begin(&mut self) {
        let n = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.cuts.push(Cut { slope: f64::NEG_INFINITY, below: 0, order: (0..n).collect() });
        self.cuts.push(Cut { slope: f64::INFINITY, below: self.count(), order: (0..n).rev().collect() });
        while self.first.len() < self.values.len() {
            let (i, j) = (self.chance.below(n), self.chance.below(n));
            if i != j {
                self.first.push(slope(self.values, i.min(j), i.max(j)));
            }
        }
        self.first.sort_unstable_by(f64::total_cmp);
    }

    /// Narrows the cuts around `rank` until what lies between them can be formed.
    fn narrowed(&mut self, rank: u64) -> f64 {
        /// Each round narrows by orders of magnitude, until all that is left is as good as equal.
        const MOST_ROUNDS: u32 = 40;
        let mut best = 0.0;
        for _ in 0..MOST_ROUNDS {
            let above = self.cuts.partition_point(|cut| cut.below <= rank);
            let Some((low, high)) = above.checked_sub(1).and_then(|low| self.cuts.get(low).zip(self.cuts.get(above)))
            else {
                break;
            };
            let (inside, wanted) = (high.below.saturating_sub(low.below), rank.saturating_sub(low.below));
            if inside <= pairs_that_fit(self.values.len()) {
                let mut slopes = between(self.values, low, high, None);
                return nth(&mut slopes, wanted);
            }
            let unbounded = low.slope == f64::NEG_INFINITY && high.slope == f64::INFINITY;
            let drawn = if unbounded {
                std::mem::take(&mut self.first)
            } else {
                let mut picks: Vec<u64> = (0..self.values.len()).map(|_| pick(&mut self.chance, inside)).collect();
                picks.sort_unstable();
                let mut drawn = between(self.values, low, high, Some(&picks));
                drawn.sort_unstable_by(f64::total_cmp);
                drawn
            };
            // Three standard deviations of the place that the rank has among those drawn, and a few places.
            let share = count(wanted) / count(inside);
            let place = share * float(drawn.len());
            let margin = 3.0 * (share * (1.0 - share) * float(drawn.len())).sqrt() + 3.0;
            let at = |place: f64| drawn.get(index(place)).or(drawn.last()).copied().unwrap_or(0.0);
            best = at(place);
            // A slope that was rounded may have its pair on the other side of it.
            let beneath = |slope: f64| slope.next_down().next_down();
            let beyond = |slope: f64| slope.next_up().next_up();
            let from = if place < margin { f64::NEG_INFINITY } else { beneath(at(place - margin)) };
            let to = if place + margin < float(drawn.len()) { beyond(at(place + margin)) } else { f64::INFINITY };
            let (low, high) = (low.slope, high.slope);
            if unbounded {
                self.first = drawn;
            }
            // Where equal slopes fill the range, they are cut out of it; what is left then is as good as equal.
            let cuts = if from > low || to < high { [from, to] } else { [beneath(best), beyond(best)] };
            let cuts = cuts.map(|slope| (slope > low && slope < high).then_some(slope));
            if cuts == [None, None] {
                break;
            }
            for slope in cuts.into_iter().flatten() {
                self.cut(slope);
            }
        }
        best
    }

    fn cut(&mut self, slope: f64) {
        let cut = Cut::at(self.values, slope);
        let place = self.cuts.partition_point(|known| known.slope < slope);
        self.cuts.insert(place, cut);
    }
}

impl Cut {
    fn at(values: &[f64], slope: f64) -> Self {
        let mut residuals: Vec<(f64, f64, u32)> = (0_u32..).zip(values).map(|(x, y)| residual(*y, slope, x)).collect();
        residuals.sort_unstable_by(|left, right| {
            left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)).then(left.2.cmp(&right.2))
        });
        let order: Vec<u32> = residuals.into_iter().map(|(_, _, x)| x).collect();
        let below = inversions(&mut order.clone(), &mut Vec::with_capacity(order.len()));
        Self { slope, below, order }
    }
}

/// `y - slope x` as the sum of two floats, the first of them the sum rounded, and `x`: exact for 2^22 observations
/// and slopes of up to 31 bits, else to some 100 bits. Whatever is equal stays equal, so that ties keep their order.
fn residual(y: f64, slope: f64, x: u32) -> (f64, f64, u32) {
    let place = f64::from(x);
    // Both products are exact: 31 bits and 22 bits times 22 bits.
    let upper = f64::from_bits(slope.to_bits() & !((1 << 22) - 1));
    let (sum, rest) = two_sum(y, -(upper * place));
    let (sum, more) = two_sum(sum, -((slope - upper) * place));
    let (sum, rest) = two_sum(sum, rest + more);
    // Equal sums must not differ by the sign of zero.
    (sum + 0.0, rest + 0.0, x)
}

/// The sum, rounded, and what the rounding lost (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let second = sum - a;
    (sum, (a - (sum - second)) + (b - second))
}

/// The slopes of the pairs from `low` on and below `high`; only those at the ascending places `picks` where given.
fn between(values: &[f64], low: &Cut, high: &Cut, picks: Option<&[u64]>) -> Vec<f64> {
    // A pair lies between the cuts when the two orders have it differently.
    let mut places = vec![0_u32; values.len()];
    for (place, x) in (0_u32..).zip(&low.order) {
        if let Some(own) = places.get_mut(wide(*x)) {
            *own = place;
        }
    }
    let mut order: Vec<u32> = high.order.iter().filter_map(|x| places.get(wide(*x)).copied()).collect();
    let slope_of = |later: u32, earlier: u32| {
        let x = |place: u32| low.order.get(wide(place)).copied().unwrap_or(0);
        slope(values, x(earlier), x(later))
    };
    let mut slopes = Vec::new();
    let mut scratch = Vec::with_capacity(values.len());
    match picks {
        None => each_inversion(&mut order, &mut scratch, |later, earlier| {
            slopes.extend(later.iter().map(|later| slope_of(*later, earlier)));
        }),
        Some(mut picks) => {
            let mut passed = 0_u64;
            each_inversion(&mut order, &mut scratch, |later, earlier| {
                let end = passed.saturating_add(u64::try_from(later.len()).unwrap_or(u64::MAX));
                while let Some((pick, rest)) = picks.split_first().filter(|(pick, _)| **pick < end) {
                    let place = usize::try_from(pick.saturating_sub(passed)).unwrap_or(usize::MAX);
                    slopes.extend(later.get(place).map(|later| slope_of(*later, earlier)));
                    picks = rest;
                }
                passed = end;
            });
        }
    }
    slopes
}

/// All slopes, unordered.
fn all(values: &[f64]) -> Vec<f64> {
    let n = u32::try_from(values.len()).unwrap_or(u32::MAX);
    (0..n).flat_map(|i| (i.saturating_add(1)..n).map(move |j| slope(values, i, j))).collect()
}

/// The slope from observation `i` to the later `j`: per step, finite, and never -0.
fn slope(values: &[f64], i: u32, j: u32) -> f64 {
    let value = |x: u32| values.get(wide(x)).copied().unwrap_or(0.0);
    (value(j) - value(i)) / f64::from(j.saturating_sub(i)) + 0.0
}

fn nth(slopes: &mut [f64], rank: u64) -> f64 {
    let rank = usize::try_from(rank).unwrap_or(usize::MAX).min(slopes.len().saturating_sub(1));
    if slopes.is_empty() { 0.0 } else { *slopes.select_nth_unstable_by(rank, f64::total_cmp).1 }
}

/// How many slopes may be formed at once: memory stays linear.
fn pairs_that_fit(n: usize) -> u64 {
    u64::try_from(n.saturating_mul(8)).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the bound, which is far below 2^53")]
fn pick(chance: &mut Chance, bound: u64) -> u64 {
    ((chance.unit() * count(bound)) as u64).min(bound.saturating_sub(1))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative; beyond the end is the end")]
const fn index(place: f64) -> usize {
    place.max(0.0) as usize
}

fn wide(x: u32) -> usize {
    usize::try_from(x).unwrap_or(usize::MAX)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::cast_precision_loss, reason = "tests")]
mod tests {
    use super::*;

    fn narrowing(values: &[f64]) -> Slopes<'_> {
        Slopes { formed: Vec::new(), ..Slopes::of(values) }
    }

    fn naive(values: &[f64]) -> Vec<f64> {
        let mut slopes = Vec::new();
        for i in 0..values.len() {
            for j in i + 1..values.len() {
                slopes.push((values[j] - values[i]) / (j - i) as f64 + 0.0);
            }
        }
        slopes.sort_by(f64::total_cmp);
        slopes
    }

    fn agree(values: &[f64]) {
        let sorted = naive(values);
        let mut slopes = narrowing(values);
        let last = sorted.len() - 1;
        for rank in [0, 1, last / 7, last / 2 - 1, last / 2, last / 2 + 1, last / 5 * 4, last - 1, last, last + 9] {
            let want = sorted[rank.min(last)];
            let got = slopes.ranked(rank as u64);
            assert_eq!(got.to_bits(), want.to_bits(), "rank {rank} of {}: {got} {want}", values.len());
        }
    }

    #[test]
    fn a_rank_without_forming_all_is_that_of_all() {
        let mut chance = Seed::new(11).generator();
        for n in [60_u32, 200, 700, 1_500] {
            let draw: Vec<f64> = (0..n).map(|_| chance.unit()).collect();
            agree(&draw);
            let walk: Vec<f64> = draw
                .iter()
                .scan(0.0, |at, step| {
                    *at += step - 0.4;
                    Some(*at)
                })
                .collect();
            agree(&walk);
            for spread in [1, 2, 5, 100] {
                agree(&(0..n).map(|_| f64::from(chance.below(spread))).collect::<Vec<_>>());
            }
            // Many pairs share a slope that is no float: a third, a tenth, seven ninths.
            agree(&(0..n).map(|x| f64::from(x / 3)).collect::<Vec<_>>());
            agree(&(0..n).map(|x| f64::from(x) * 0.1).collect::<Vec<_>>());
            agree(&(0..n).map(|x| f64::from(x * 7 / 9) + f64::from(chance.below(2))).collect::<Vec<_>>());
            agree(&(0..n).map(|x| 1e15 + f64::from(x) + chance.unit()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn extremes_have_their_ranks() {
        let mut chance = Seed::new(5).generator();
        let kinds = [-1e300, -1.0, -5e-324, 0.0, 5e-324, f64::MIN_POSITIVE, 1e-300, 1.0, 1e300];
        agree(&(0..600).map(|_| kinds[chance.below(9) as usize]).collect::<Vec<_>>());
        agree(&(0..600).map(|x| if x % 2 == 0 { 1e300 } else { -1e300 }).collect::<Vec<_>>());
    }

    #[test]
    fn denormal_slopes_are_within_their_rounding() {
        let mut chance = Seed::new(6).generator();
        let values: Vec<f64> = (0..600).map(|_| 5e-324 * f64::from(chance.below(9))).collect();
        let (sorted, mut slopes) = (naive(&values), narrowing(&values));
        for rank in (0..sorted.len()).step_by(9_999) {
            assert!((slopes.ranked(rank as u64) - sorted[rank]).abs() <= 2.0 * 5e-324, "rank {rank}");
        }
    }

    #[test]
    fn two_observations_have_one_slope() {
        assert_eq!(Slopes::of(&[1.0, 4.0]).ranked(0), 3.0);
        assert_eq!(Slopes::of(&[1.0, 4.0]).count(), 1);
    }
}
