//! Where the observations of each of two samples stand among the other's: what the area under a curve and the
//! common-language effect are means of, and what their variance is the variance of.

use crate::effective::wilson;
use crate::interval::Interval;
use crate::probability::Level;
use crate::special::{normal_quantile, student_quantile};

/// Sums over the placements of two samples, in whole numbers: nothing is lost however large the samples are.
///
/// The placement of an observation is twice the number of the other sample's that are below it, ties half: twice, so
/// that it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Placements {
    n: u128,
    m: u128,
    /// Twice the pairs in which the first is larger, ties half.
    twice_above: u128,
    squares_x: u128,
    squares_y: u128,
}

/// The variance of the share of pairs in which the first is larger, without a word on the two distributions (DeLong,
/// DeLong and Clarke-Pearson 1988; Brunner and Munzel 2000).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Variance {
    pub(crate) of_share: f64,
    /// Satterthwaite's; `None` when the variance is 0.
    pub(crate) freedom: Option<f64>,
}

/// Equal observations of both samples, and where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Twice the number of the second sample below those of the first, ties half.
    pub(crate) x: u128,
    /// Twice the number of the first sample below those of the second, ties half.
    pub(crate) y: u128,
}

/// Walks up both samples, group by group of equal observations.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Walk {
    below_x: u128,
    below_y: u128,
}

impl Walk {
    /// The next group: how many of each sample.
    pub(crate) const fn next(&mut self, of_x: u128, of_y: u128) -> Placed {
        let x = self.below_y.saturating_mul(2).saturating_add(of_y);
        let y = self.below_x.saturating_mul(2).saturating_add(of_x);
        self.below_x = self.below_x.saturating_add(of_x);
        self.below_y = self.below_y.saturating_add(of_y);
        Placed { x, y }
    }
}

impl Placements {
    /// Of groups of equal observations, ascending: how many of each sample.
    pub(crate) fn of(groups: impl Iterator<Item = (u128, u128)>) -> Self {
        let (mut walk, mut sums) = (Walk::default(), Self::default());
        for (of_x, of_y) in groups {
            let Placed { x, y } = walk.next(of_x, of_y);
            sums.twice_above = sums.twice_above.saturating_add(of_x.saturating_mul(x));
            sums.squares_x = sums.squares_x.saturating_add(of_x.saturating_mul(x.saturating_mul(x)));
            sums.squares_y = sums.squares_y.saturating_add(of_y.saturating_mul(y.saturating_mul(y)));
        }
        Self { n: walk.below_x, m: walk.below_y, ..sums }
    }

    /// Twice the number of pairs.
    const fn twice_pairs(self) -> u128 {
        self.n.saturating_mul(self.m).saturating_mul(2)
    }

    /// Whether the first is larger in all pairs, or in none.
    pub(crate) const fn apart(self) -> Option<bool> {
        if self.twice_above == 0 {
            Some(false)
        } else if self.twice_above == self.twice_pairs() {
            Some(true)
        } else {
            None
        }
    }

    /// The share of pairs in which the first is larger, ties counted half; and that in which the second is.
    pub(crate) fn shares(self) -> (f64, f64) {
        let twice = self.twice_pairs();
        (real(self.twice_above) / real(twice), real(twice.saturating_sub(self.twice_above)) / real(twice))
    }

    /// The variance of the first share; two of each sample are needed.
    pub(crate) fn variance(self) -> Variance {
        let (n, m) = (real(self.n), real(self.m));
        let twice_below = self.twice_pairs().saturating_sub(self.twice_above);
        let of_x = of_mean(self.n, self.twice_above, self.squares_x) / (4.0 * m * m);
        let of_y = of_mean(self.m, twice_below, self.squares_y) / (4.0 * n * n);
        let of_share = of_x + of_y;
        let freedom = of_share * of_share / (of_x * of_x / (n - 1.0) + of_y * of_y / (m - 1.0));
        Variance { of_share, freedom: freedom.is_finite().then_some(freedom) }
    }

    /// The ends of Wilson's interval for the first share, for as many independent trials as the ranks are worth:
    /// `theta (1 - theta) / variance`, with Student's t and Satterthwaite's degrees of freedom. Around the share, whatever
    /// rounding does; two of each sample are needed.
    pub(crate) fn wilson(self, level: Level) -> Interval {
        let (share, other) = self.shares();
        let Variance { of_share, freedom } = self.variance();
        let side = level.outside() / 2.0;
        let quantile = freedom.map_or_else(|| normal_quantile(side), |freedom| student_quantile(side, freedom));
        wilson(share, other, quantile * quantile * self.one_over_effective(of_share), level)
    }

    /// One over the number of independent trials that would tell as much: `variance / (theta (1 - theta))`, but never
    /// less than a weighted mean with Hanley and `McNeil`'s (1982, in the form of Newcombe 2006, method 5).
    fn one_over_effective(self, variance: f64) -> f64 {
        const WEIGHT: f64 = 2.0;
        let (share, other) = self.shares();
        let (n, m) = (real(self.n), real(self.m));
        let model = (1.0 + ((n + m) / 2.0 - 1.0) * (other / (1.0 + other) + share / (1.0 + share))) / (n * m);
        let observed = if share > 0.0 && other > 0.0 { variance / (share * other) } else { model };
        let weight = WEIGHT / (n.min(m) + WEIGHT);
        observed.max(observed + weight * (model - observed))
    }
}

/// The estimated variance of a mean: the squared deviations, from whole numbers and thus exactly 0 when all are equal,
/// over `n (n - 1)`.
pub(crate) fn of_mean(n: u128, sum: u128, squares: u128) -> f64 {
    let deviations = n.saturating_mul(squares).saturating_sub(sum.saturating_mul(sum));
    let n = real(n);
    real(deviations) / n / (n * (n - 1.0))
}

/// A count as a float: exact below 2^53, to half a unit in the last place beyond.
#[expect(clippy::cast_precision_loss, reason = "rounded to nearest")]
pub(crate) const fn real(count: u128) -> f64 {
    count as f64
}
