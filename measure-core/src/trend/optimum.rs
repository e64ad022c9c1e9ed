//! The cheapest way to cut a series into stretches of constant mean, by functional pruning.

use crate::sample::float;

/// The furthest that an observation counts as away from the middle, in units of the noise: squares stay finite.
const FURTHEST: f64 = 1e120;

/// Sums over stretches, from sums over beginnings that carry what their rounding lost.
pub(super) struct Costs {
    /// The sum of the first `i` observations, and of their squares.
    sums: Vec<(Exact, Exact)>,
}

/// A sum of two floats.
#[derive(Clone, Copy, Default)]
struct Exact {
    sum: f64,
    lost: f64,
}

impl Exact {
    fn plus(self, value: f64) -> Self {
        let sum = self.sum + value;
        let second = sum - self.sum;
        let lost = (self.sum - (sum - second)) + (value - second);
        Self { sum, lost: self.lost + lost }
    }

    fn since(self, earlier: Self) -> f64 {
        (self.sum - earlier.sum) + (self.lost - earlier.lost)
    }
}

impl Costs {
    /// Of observations around `centre`, in units of `noise > 0`.
    pub(super) fn of(values: &[f64], centre: f64, noise: f64) -> Self {
        let mut sums = Vec::with_capacity(values.len().saturating_add(1));
        let (mut sum, mut squares) = (Exact::default(), Exact::default());
        sums.push((sum, squares));
        for value in values {
            let value = ((value - centre) / noise).clamp(-FURTHEST, FURTHEST);
            (sum, squares) = (sum.plus(value), squares.plus(value * value));
            sums.push((sum, squares));
        }
        Self { sums }
    }

    fn len(&self) -> usize {
        self.sums.len().saturating_sub(1)
    }

    /// The mean of the stretch and the sum of squares around it.
    fn stretch(&self, start: usize, end: usize) -> (f64, f64) {
        let at = |place: usize| self.sums.get(place).copied().unwrap_or_default();
        let ((sum, squares), (before, squares_before)) = (at(end), at(start));
        let mean = sum.since(before) / float(end.saturating_sub(start).max(1));
        (mean, (squares.since(squares_before) - mean * sum.since(before)).max(0.0))
    }
}

/// Where the stretches begin, the first at 0: each has at least `shortest` observations where there is more than one.
///
/// For each end `t`, the last stretch has some mean; for each mean, one start is the best, and it stays the best of
/// those known, since what comes later costs all of them the same. A start that is the best for no mean is dropped.
pub(super) fn optimum(costs: &Costs, shortest: usize, penalty: f64) -> Vec<usize> {
    let n = costs.len();
    // The least cost of the first t observations with a penalty for each stretch but the first; infinite where they
    // cannot be cut.
    let mut least = vec![f64::INFINITY; n.saturating_add(1)];
    let mut cut = vec![0_usize; n.saturating_add(1)];
    if let Some(first) = least.first_mut() {
        *first = -penalty;
    }
    let mut best = vec![Piece { low: f64::NEG_INFINITY, high: f64::INFINITY, start: 0 }];
    let mut next = Vec::new();
    for t in shortest..=n {
        let start = t.saturating_sub(shortest);
        let own = least.get(start).copied().unwrap_or(f64::INFINITY);
        if start > 0 && own.is_finite() {
            for piece in &best {
                let known = least.get(piece.start).copied().unwrap_or(f64::INFINITY);
                piece.contested(start, own - known, costs, &mut next);
            }
            std::mem::swap(&mut best, &mut next);
            next.clear();
        }
        let (mut cost, mut from) = (f64::INFINITY, 0);
        let mut seen = None;
        for piece in &best {
            if seen != Some(piece.start) {
                seen = Some(piece.start);
                let before = least.get(piece.start).copied().unwrap_or(f64::INFINITY);
                let sum = before + costs.stretch(piece.start, t).1 + penalty;
                if sum < cost || (sum == cost && piece.start < from) {
                    (cost, from) = (sum, piece.start);
                }
            }
        }
        if let Some((least, cut)) = least.get_mut(t).zip(cut.get_mut(t)) {
            (*least, *cut) = (cost, from);
        }
    }
    let mut starts = vec![];
    let mut end = n;
    loop {
        end = cut.get(end).copied().unwrap_or(0);
        starts.push(end);
        if end == 0 {
            break;
        }
    }
    starts.reverse();
    starts
}

/// The means for which one start is the best.
#[derive(Debug, Clone, Copy)]
struct Piece {
    low: f64,
    high: f64,
    start: usize,
}

impl Piece {
    /// What is left of it beside a later start, and what that one takes. A start that comes `dearer` by some amount
    /// wins for the means that the observations between the two starts are further from than that.
    fn contested(self, start: usize, dearer: f64, costs: &Costs, next: &mut Vec<Self>) {
        let (mean, squares) = costs.stretch(self.start, start);
        let room = dearer - squares;
        let width = if room < 0.0 { -1.0 } else { (room / float(start.saturating_sub(self.start).max(1))).sqrt() };
        let (low, high) = ((mean - width).max(self.low), (mean + width).min(self.high));
        if width < 0.0 || low > high {
            push(next, Self { start, ..self });
            return;
        }
        if low > self.low {
            push(next, Self { low: self.low, high: low, start });
        }
        push(next, Self { low, high, start: self.start });
        if high < self.high {
            push(next, Self { low: high, high: self.high, start });
        }
    }
}

/// Adds a piece, to the last one where it goes on with the same start.
fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match pieces.last_mut() {
        Some(last) if last.start == piece.start => last.high = piece.high,
        _ => pieces.push(piece),
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::cast_precision_loss, reason = "tests")]
mod tests {
    use super::*;
    use crate::chance::Seed;

    /// All cuts, from the definition: the sums are formed anew for each stretch.
    fn naive(values: &[f64], shortest: usize, penalty: f64) -> (f64, Vec<usize>) {
        let cost = |start: usize, end: usize| {
            let stretch = &values[start..end];
            let mean = stretch.iter().sum::<f64>() / stretch.len() as f64;
            stretch.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
        };
        let n = values.len();
        let mut least = vec![(f64::INFINITY, vec![]); n + 1];
        least[0] = (-penalty, vec![]);
        for end in shortest..=n {
            for start in 0..=end - shortest {
                if least[start].0.is_finite() {
                    let sum = least[start].0 + cost(start, end) + penalty;
                    if sum < least[end].0 - 1e-9 {
                        let mut starts = least[start].1.clone();
                        starts.push(start);
                        least[end] = (sum, starts);
                    }
                }
            }
        }
        least.swap_remove(n)
    }

    #[test]
    fn the_optimum_is_that_of_all_cuts() {
        let mut chance = Seed::new(12).generator();
        let mut changes = 0;
        for run in 0..300_u32 {
            let n = 8 + run as usize % 60;
            let mut level = 0.0;
            let values: Vec<f64> = (0..n)
                .map(|_| {
                    if chance.below(12) == 0 {
                        level = 6.0 * chance.unit();
                    }
                    level + chance.unit()
                })
                .collect();
            for shortest in [1, 2, 3, 5, 8] {
                for penalty in [0.02, 0.3, 3.0] {
                    let own = optimum(&Costs::of(&values, 1.0, 1.0), shortest, penalty);
                    let (_, starts) = naive(&values, shortest, penalty);
                    assert_eq!(own, starts, "{shortest} {penalty} {values:?}");
                    changes += own.len() - 1;
                }
            }
        }
        assert!(changes > 5_000, "{changes}");
    }

    #[test]
    fn ties_cost_no_more_than_the_optimum() {
        let mut chance = Seed::new(13).generator();
        for _ in 0..200 {
            let values: Vec<f64> = (0..40).map(|_| f64::from(chance.below(4))).collect();
            let costs = Costs::of(&values, 0.0, 1.0);
            let starts = optimum(&costs, 2, 1.5);
            let ends = starts.iter().copied().skip(1).chain([values.len()]);
            let cost: f64 = starts.iter().zip(ends).map(|(start, end)| costs.stretch(*start, end).1 + 1.5).sum();
            assert!((cost - 1.5 - naive(&values, 2, 1.5).0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_short_series_cannot_be_cut() {
        let costs = Costs::of(&[0.0, 9.0, 0.0, 9.0], 0.0, 1.0);
        assert_eq!(optimum(&costs, 3, 0.0), [0]);
        assert_eq!(optimum(&costs, 9, 0.0), [0]);
        assert_eq!(optimum(&costs, 1, 0.1), [0, 1, 2, 3]);
        assert_eq!(optimum(&Costs::of(&[], 0.0, 1.0), 1, 1.0), [0]);
    }

    #[test]
    fn a_million_observations_without_a_change_are_no_burden() {
        let mut chance = Seed::new(14).generator();
        let values: Vec<f64> = (0..1_000_000).map(|_| chance.unit()).collect();
        assert_eq!(optimum(&Costs::of(&values, 0.5, 0.29), 4, 41.0), [0]);
    }
}
