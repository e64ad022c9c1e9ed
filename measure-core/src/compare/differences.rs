//! Order statistics of all n m differences between two samples, without forming them.
//!
//! With both samples sorted the differences are a matrix whose rows and columns are sorted, rounding included. How
//! many lie below a number is one walk along a staircase, O(n + m); the k-th is found by narrowing, row by row, the
//! range in which it can lie (Johnson and Mizoguchi 1978; the narrowing by a sample is Floyd and Rivest's 1975).

use super::pairs::{length, real, wide};
use crate::sample::Sample;

/// The differences `x - y` of all pairs of two samples that are not empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Differences<'a> {
    x: &'a [f64],
    y: &'a [f64],
}

impl<'a> Differences<'a> {
    /// `None` when one is empty.
    pub(super) fn new(x: &'a Sample, y: &'a Sample) -> Option<Self> {
        (!x.is_empty() && !y.is_empty()).then_some(Self { x: x.values(), y: y.values() })
    }

    /// How many there are.
    pub(super) fn count(self) -> u128 {
        length(self.x.len()).saturating_mul(length(self.y.len()))
    }

    /// The median: of an even number, the mean of the two in the middle.
    pub(super) fn median(self) -> f64 {
        let half = self.count() / 2;
        if self.count() % 2 == 1 {
            return self.kth(half);
        }
        let below = self.kth(half.saturating_sub(1));
        let above = self.next_after(below, half);
        // At most 4e300.
        (below + above) / 2.0
    }

    /// The difference of rank `rank` (from 0), given that the one before it is `before`.
    fn next_after(self, before: f64, rank: u128) -> f64 {
        let mut rows = vec![0; self.x.len()];
        if self.count_below(before.next_up(), &mut rows) > rank {
            return before;
        }
        let least = self.x.iter().zip(&rows).filter_map(|(x, &row)| Some(x - self.nth_greatest(row)?));
        least.reduce(f64::min).unwrap_or(before)
    }

    /// The difference of rank `rank`, from 0 for the least; the greatest for a rank beyond. `O((n + m) log(n + m))`,
    /// memory `O(n + m)`.
    pub(super) fn kth(self, rank: u128) -> f64 {
        let rank = rank.min(self.count().saturating_sub(1));
        let mut range = Candidates::all(self);
        let mut stuck = false;
        while range.count() > self.few() {
            let before = range.count();
            let found = if stuck { range.halve(rank) } else { range.bracket(rank) };
            if let Some(found) = found {
                return found;
            }
            stuck = range.count() > before / 2;
        }
        range.select(rank)
    }

    /// So few that they may be looked at one by one.
    fn few(self) -> u128 {
        length(self.x.len()).saturating_add(length(self.y.len())).saturating_mul(4).saturating_add(256)
    }

    /// How many differences are below `d`, in all and for each of `x`: the walk from the corner where `x` is least and
    /// `y` is least to the opposite one.
    #[expect(clippy::indexing_slicing, reason = "i < n and j < m by the loop's condition")]
    #[expect(clippy::arithmetic_side_effects, reason = "indices below the lengths; a sum of n lengths as u128")]
    fn count_below(self, d: f64, rows: &mut [usize]) -> u128 {
        let (x, y) = (self.x, self.y);
        let rows = &mut rows[..x.len()];
        let (mut i, mut j) = (0, 0);
        let mut all = 0_u128;
        while i < x.len() && j < y.len() {
            // x - y falls with y: those from y[j] on are below d.
            let below = usize::from(x[i] - y[j] < d);
            rows[i] = y.len() - j;
            all += length(below * (y.len() - j));
            i += below;
            j += 1 - below;
        }
        rows[i..].fill(0);
        all
    }

    /// The `place`-th of `y` from the greatest, from 0.
    fn nth_greatest(self, place: usize) -> Option<f64> {
        let index = self.y.len().checked_sub(place)?.checked_sub(1)?;
        self.y.get(index).copied()
    }
}

/// Where the wanted difference can still be: for each of `x`, from which of the greatest `y` to which.
struct Candidates<'a> {
    of: Differences<'a>,
    /// For each of `x`, how many of its differences are known to be too small.
    from: Vec<usize>,
    /// For each of `x`, how many of its differences are not known to be too large.
    to: Vec<usize>,
    /// The sum of `from`.
    below: u128,
    /// The sum of `to`.
    up_to: u128,
    /// Room for counts and for a sample.
    rows: Vec<usize>,
    sample: Vec<f64>,
}

impl<'a> Candidates<'a> {
    fn all(of: Differences<'a>) -> Self {
        let n = of.x.len();
        Self {
            of,
            from: vec![0; n],
            to: vec![of.y.len(); n],
            below: 0,
            up_to: of.count(),
            rows: vec![0; n],
            sample: Vec::new(),
        }
    }

    fn count(&self) -> u128 {
        self.up_to.saturating_sub(self.below)
    }

    /// Narrows to the differences between two of a sample that most likely enclose the wanted one.
    fn bracket(&mut self, rank: u128) -> Option<f64> {
        let (n, m) = (self.of.x.len(), self.of.y.len());
        self.draw(length(n).saturating_add(length(m)).saturating_mul(2));
        let share = real(rank.saturating_sub(self.below)) / real(self.count());
        let place = share * real(length(self.sample.len()));
        // A row's share of the sample is off by a uniform part of one: 0.29 standard deviations a row.
        let margin = real(length(n)).sqrt() + 1.0;
        let low = place_of(place - margin).and_then(|low| nth(&mut self.sample, low));
        let high = place_of(place + margin).and_then(|high| nth(&mut self.sample, high));
        let above_low = low.is_none_or(|low| self.keep_from(low, rank));
        let below_high = above_low && high.is_none_or(|high| self.keep_to(high, rank));
        (above_low && below_high && low == high).then_some(low).flatten()
    }

    /// Drops at least some seven sixteenths of the candidates, or finds the wanted one: the median of a sample of
    /// sixteen a row is no further from theirs than one a row.
    fn halve(&mut self, rank: u128) -> Option<f64> {
        self.draw(length(self.of.x.len()).saturating_mul(16));
        let middle = self.sample.len() / 2;
        let pivot = nth(&mut self.sample, middle)?;
        let found = self.keep_from(pivot, rank) && self.keep_to(pivot, rank);
        found.then_some(pivot)
    }

    /// Draws some `wanted` of the candidates: in each row every so manyth, beginning where the golden ratio says, so
    /// that the starts are spread evenly however the rows are long.
    fn draw(&mut self, wanted: u128) {
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        let step = usize::try_from(self.count().checked_div(wanted).unwrap_or_default()).unwrap_or(usize::MAX).max(1);
        let mut phase = GOLDEN / 2;
        self.sample.clear();
        for ((x, &from), &to) in self.of.x.iter().zip(&self.from).zip(&self.to) {
            phase = phase.wrapping_add(GOLDEN);
            let start = wide(phase).saturating_mul(length(step)) >> 64;
            let start = from.saturating_add(usize::try_from(start).unwrap_or(0));
            for place in (start..to).step_by(step) {
                self.sample.extend(self.of.nth_greatest(place).map(|y| x - y));
            }
        }
    }

    /// Keeps the side of `pivot` on which the wanted one is; true when that is from `pivot` on.
    fn keep_from(&mut self, pivot: f64, rank: u128) -> bool {
        let below = self.of.count_below(pivot, &mut self.rows);
        self.keep(below, rank)
    }

    /// Keeps the side of `pivot` on which the wanted one is; true when that is up to `pivot`.
    fn keep_to(&mut self, pivot: f64, rank: u128) -> bool {
        let up_to = self.of.count_below(pivot.next_up(), &mut self.rows);
        !self.keep(up_to, rank)
    }

    /// True when the wanted one is not among the `below` that `rows` counts.
    fn keep(&mut self, below: u128, rank: u128) -> bool {
        let above = below <= rank;
        if above {
            std::mem::swap(&mut self.from, &mut self.rows);
            self.below = below;
        } else {
            std::mem::swap(&mut self.to, &mut self.rows);
            self.up_to = below;
        }
        above
    }

    /// The wanted one among the candidates, one by one.
    fn select(mut self, rank: u128) -> f64 {
        self.draw(self.count());
        let place = usize::try_from(rank.saturating_sub(self.below)).unwrap_or(usize::MAX);
        let last = self.sample.len().saturating_sub(1);
        nth(&mut self.sample, place.min(last)).unwrap_or(0.0)
    }
}

/// The `place`-th of the values from the least; `None` beyond the last.
fn nth(values: &mut [f64], place: usize) -> Option<f64> {
    (place < values.len()).then(|| *values.select_nth_unstable_by(place, f64::total_cmp).1)
}

/// A place that is not negative, rounded down.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative; saturates")]
fn place_of(place: f64) -> Option<usize> {
    (place >= 0.0).then_some(place as usize)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, reason = "small numbers")]
mod tests {
    use super::*;
    use crate::chance::Seed;

    fn naive(x: &Sample, y: &Sample) -> Vec<f64> {
        let mut all: Vec<f64> = x.values().iter().flat_map(|x| y.values().iter().map(move |y| x - y)).collect();
        all.sort_unstable_by(f64::total_cmp);
        all
    }

    fn middle(sorted: &[f64]) -> f64 {
        let half = sorted.len() / 2;
        if sorted.len() % 2 == 1 { sorted[half] } else { (sorted[half - 1] + sorted[half]) / 2.0 }
    }

    /// The kinds of samples that have ever been trouble: smooth, tied, constant, huge, denormal, skewed, in clusters.
    fn kinds(seed: u64, n: u32) -> Vec<Sample> {
        let mut chance = Seed::new(seed).generator();
        let mut draw =
            |of: &mut dyn FnMut(f64, u32) -> f64| Sample::new((0..n).map(|i| of(chance.unit(), i)).collect()).unwrap();
        vec![
            draw(&mut |u, _| u),
            draw(&mut |u, _| (u * 4.0).floor()),
            draw(&mut |_, _| 0.1),
            draw(&mut |u, _| (u - 0.5) * 2e300),
            draw(&mut |u, _| (u * 9.0).floor() * 5e-324),
            draw(&mut |u, _| (u * 650.0).exp()),
            draw(&mut |u, i| f64::from(i % 3) * 1e6 + u),
            draw(&mut |_, i| f64::from(i)),
        ]
    }

    #[test]
    fn every_order_statistic_of_small_samples_is_that_of_all_differences_bit_for_bit() {
        for (n, m) in [(1, 1), (1, 7), (5, 2), (13, 29)] {
            for (x, y) in kinds(1, n).iter().flat_map(|x| kinds(2, m).into_iter().map(move |y| (x.clone(), y))) {
                let (all, differences) = (naive(&x, &y), Differences::new(&x, &y).unwrap());
                for (rank, want) in all.iter().enumerate() {
                    assert_eq!(differences.kth(rank as u128).to_bits(), want.to_bits(), "{n} {m} {rank}");
                }
                assert_eq!(differences.median().to_bits(), middle(&all).to_bits(), "{n} {m}");
            }
        }
    }

    #[test]
    fn order_statistics_of_samples_that_need_narrowing_are_those_of_all_differences_bit_for_bit() {
        for (n, m) in [(150, 150), (3, 1200), (1200, 3), (350, 40)] {
            for (x, y) in kinds(3, n).iter().flat_map(|x| kinds(4, m).into_iter().map(move |y| (x.clone(), y))) {
                let (all, differences) = (naive(&x, &y), Differences::new(&x, &y).unwrap());
                assert!(differences.count() > 2 * differences.few() || n * m < 20_000);
                for share in [0.0, 1e-3, 0.02, 0.3, 0.5, 0.77, 0.99, 1.0] {
                    let rank = place_of(share * (all.len() - 1) as f64).unwrap();
                    assert_eq!(differences.kth(rank as u128).to_bits(), all[rank].to_bits(), "{n} {m} {rank}");
                }
                assert_eq!(differences.median().to_bits(), middle(&all).to_bits(), "{n} {m}");
            }
        }
    }

    #[test]
    fn halving_alone_finds_it_too() {
        for (x, y) in kinds(5, 90).iter().flat_map(|x| kinds(6, 70).into_iter().map(move |y| (x.clone(), y))) {
            let (all, differences) = (naive(&x, &y), Differences::new(&x, &y).unwrap());
            for rank in [0, 1, 3000, 6299] {
                let mut range = Candidates::all(differences);
                let mut found = None;
                while found.is_none() && range.count() > 200 {
                    let before = range.count();
                    found = range.halve(rank);
                    assert!(found.is_some() || range.count() * 16 <= before * 10, "{before} {}", range.count());
                }
                let found = found.unwrap_or_else(|| range.select(rank));
                assert_eq!(found, all[usize::try_from(rank).unwrap()]);
            }
        }
    }

    #[test]
    fn memory_is_that_of_the_samples() {
        for (x, y) in kinds(7, 4000).iter().zip(kinds(8, 3000)) {
            let differences = Differences::new(x, &y).unwrap();
            let mut range = Candidates::all(differences);
            let mut rounds = 0;
            while range.count() > differences.few() && range.bracket(6_000_000).is_none() {
                rounds += 1;
                assert!(rounds < 10 && range.sample.capacity() < 8 * 7000, "{rounds} {}", range.sample.capacity());
            }
        }
    }
}
