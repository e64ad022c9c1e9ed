//! Does one observation resemble the last? Then an order is less surprising than it looks.

use super::LEAST;
use super::kendall::{MannKendall, Order};
use super::levels::{levels, residuals};
use super::products::{MOST_EXACT, lagged_products};
use super::slopes::Slopes;
use super::theil_sen::middle;
use crate::estimate::NotEnough;
use crate::hypothesis::{Alternative, TestMethod};
use crate::sample::{Series, float};

/// The level at which a lag is told from none: 95 %, two-sided, for white noise.
const SIGNIFICANT: f64 = 1.959_963_984_540_054;

/// How many lags are looked at beyond [`MOST_EXACT`] observations.
const LAGS_OF_LONG: usize = 1_000;

/// How much each observation resembles the one before it, apart from a trend.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Autocorrelation {
    /// The correlation of the ranks with those one step earlier, the series detrended by Theil and Sen; in `[-1, 1]`.
    pub lag_1: f64,
    /// White noise stays within plus and minus this 95 times in 100, roughly: `1.96 / sqrt(n)`.
    pub bound: f64,
    /// `lag_1` freed of what the fit of a line takes from it, `(n lag_1 + 2) / (n - 4)`, within `[0, 0.95]`
    /// (van Giersbergen 2005; Hamed 2009); where `levels` is more than 1, at most what is left around those levels,
    /// `(n r + levels) / (n - levels - 2)`.
    pub unbiased: f64,
    /// How many levels the series has whose changes are beyond doubt; 1 where it has no such change.
    pub levels: usize,
}

impl Autocorrelation {
    /// Whether white noise would hardly show it.
    #[must_use]
    pub fn is_significant(self) -> bool {
        self.lag_1.abs() > self.bound
    }
}

/// How much each observation resembles the last, apart from a trend. 0 for a series that is a line.
///
/// # Errors
/// [`NotEnough::TooFew`] below [`LEAST`] observations.
pub fn autocorrelation(series: &Series) -> Result<Autocorrelation, NotEnough> {
    NotEnough::unless(series.n(), LEAST, "observations")?;
    Ok(Ranks::of(series).memory(series.values()))
}

/// Mann and Kendall's test, its variance corrected for autocorrelation (Hamed and Rao 1998): multiplied by
/// `1 + 2 / (n(n-1)(n-2)) sum (n-i)(n-i-1)(n-i-2) r_i` over the lags `i` whose autocorrelation `r_i`, of the ranks of
/// the series detrended by Theil and Sen, is beyond `1.96 / sqrt(n)`. As pymannkendall has it.
///
/// All lags count up to 3,000,000 observations, in O(n log n); beyond, the first 1,000. Where negative correlations
/// leave no variance, there is none to correct: the answer is then that of [`mann_kendall`](super::mann_kendall), and
/// its method says so.
///
/// DIFFERS: pymannkendall answers NaN there.
///
/// It removes less than it promises: see the table at [`Correction`](super::Correction), and
/// [`first_order`](super::first_order), which does better. In white noise, lags that are significant by chance lower
/// the variance as often as they raise it.
///
/// # Errors
/// [`NotEnough::TooFew`] below [`LEAST`] observations.
pub fn hamed_rao(series: &Series, alternative: Alternative) -> Result<MannKendall, NotEnough> {
    NotEnough::unless(series.n(), LEAST, "observations")?;
    let order = Order::of(series.values());
    let inflation = Ranks::of(series).hamed_rao();
    Ok(if inflation > 0.0 {
        order.judged(alternative, inflation, TestMethod::MannKendallHamedRao)
    } else {
        order.judged(alternative, 1.0, TestMethod::MannKendall)
    })
}

/// Mann and Kendall's test, its variance corrected for an autocorrelation that fades by the same factor each step
/// (a process of first order): Hamed and Rao's sum over all lags, with `r_i = r^i`, where `r` is the lag-1
/// autocorrelation freed of its bias ([`Autocorrelation::unbiased`]). A negative one is taken for none.
///
/// A change of level makes each observation resemble the last, too, and the larger it is, the more: that is no memory.
/// Where the ranks show changes beyond doubt (each saves twice the penalty of [`segments`](super::segments), stretches of
/// at least 4), `r` is the smaller of the two around the line and around the levels.
///
/// False alarms at 5 %, and how often a change of level in the middle of independent noise is found, by its height in
/// standard deviations [simulated, 10,000 series each; a cell's error is 0.2 to 0.5]:
///
/// | | n = 8 | n = 12 | n = 26 | n = 52 |
/// |---|---|---|---|---|
/// | autocorrelation 0 | 2.1 % | 3.0 % | 3.5 % | 4.0 % |
/// | autocorrelation 0.2 | 4.0 % | 5.4 % | 5.6 % | 5.2 % |
/// | autocorrelation 0.4 | 6.3 % | 8.8 % | 8.3 % | 6.7 % |
/// | autocorrelation 0.6 | 10.4 % | 13.5 % | 12.7 % | 10.5 % |
/// | change by 2 | 20 % | 46 % | 89 % | 100 % |
/// | change by 4 | 31 % | 65 % | 99 % | 100 % |
/// | change by 12 | 21 % | 60 % | 99 % | 100 % |
///
/// # Errors
/// [`NotEnough::TooFew`] below [`LEAST`] observations.
pub fn first_order(series: &Series, alternative: Alternative) -> Result<MannKendall, NotEnough> {
    NotEnough::unless(series.n(), LEAST, "observations")?;
    let order = Order::of(series.values());
    let correlation = Ranks::of(series).memory(series.values());
    Ok(order.judged(alternative, fading(series.len(), correlation.unbiased), TestMethod::MannKendallFirstOrder))
}

/// Hamed and Rao's inflation for `r_i = r^i`, `0 <= r < 1`; at least 1.
pub(super) fn fading(n: usize, r: f64) -> f64 {
    let (mut sum, mut power) = (0.0, r);
    for lag in 1..n {
        // What is left is below the rounding of what is there.
        if power < 1e-18 {
            break;
        }
        sum += weight(n, lag) * power;
        power *= r;
    }
    1.0 + 2.0 * sum
}

/// The correlation of each observation with the last around the levels that begin at `starts`, freed of its bias.
pub(super) fn around(values: &[f64], starts: &[usize]) -> f64 {
    Ranks::of_residuals(&residuals(values, starts)).lag_1(starts.len()).1
}

/// The ranks of a detrended series.
pub(super) struct Ranks {
    /// Twice the rank, less the mean: whole numbers, and ties share their mean rank.
    centred: Vec<i64>,
}

impl Ranks {
    fn of(series: &Series) -> Self {
        Self::detrended(series, middle(&mut Slopes::of(series.values())))
    }

    pub(super) fn detrended(series: &Series, slope: f64) -> Self {
        // As pymannkendall computes it, since ties depend on the rounding: the first step is 1.
        Self::of_residuals(
            &(1_usize..).zip(series.values()).map(|(step, value)| value - float(step) * slope).collect::<Vec<_>>(),
        )
    }

    fn of_residuals(residuals: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..residuals.len()).collect();
        let at = |place: &usize| residuals.get(*place).copied().unwrap_or(0.0) + 0.0;
        order.sort_unstable_by(|left, right| at(left).total_cmp(&at(right)));
        let mut centred = vec![0_i64; residuals.len()];
        let n = whole(residuals.len());
        let mut before = 0_i64;
        for group in order.chunk_by(|left, right| at(left) == at(right)) {
            let tied = whole(group.len());
            // Ranks from before + 1 to before + tied: twice their mean, less n + 1.
            let rank = before.saturating_mul(2).saturating_add(tied).saturating_sub(n);
            for place in group {
                if let Some(own) = centred.get_mut(*place) {
                    *own = rank;
                }
            }
            before = before.saturating_add(tied);
        }
        Self { centred }
    }

    /// The correlation of lag 1, and the same freed of what the fit of so many parameters takes from it.
    fn lag_1(&self, parameters: usize) -> (f64, f64) {
        let (n, parameters) = (float(self.centred.len()), float(parameters));
        let square = self.product(0);
        if square == 0.0 {
            return (0.0, 0.0);
        }
        let lag_1 = self.product(1) / square;
        (lag_1, ((n * lag_1 + parameters) / (n - parameters - 2.0).max(1.0)).clamp(0.0, 0.95))
    }

    /// How much each observation resembles the last, apart from a trend, around which these are the ranks, or changes
    /// of level.
    pub(super) fn memory(&self, values: &[f64]) -> Autocorrelation {
        let (lag_1, unbiased) = self.lag_1(2);
        let starts = levels(values);
        let unbiased = if starts.len() > 1 { around(values, &starts).min(unbiased) } else { unbiased };
        Autocorrelation { lag_1, bound: SIGNIFICANT / float(values.len()).sqrt(), unbiased, levels: starts.len() }
    }

    /// Hamed and Rao's inflation; may be 0 or less.
    pub(super) fn hamed_rao(&self) -> f64 {
        let n = self.centred.len();
        let bound = SIGNIFICANT / float(n).sqrt();
        let products = if n <= MOST_EXACT {
            lagged_products(&self.centred)
        } else {
            (0..=LAGS_OF_LONG).map(|lag| self.product(lag)).collect()
        };
        let Some(square) = products.first().copied().filter(|square| *square > 0.0) else { return 1.0 };
        let mut sum = 0.0;
        for (lag, product) in products.iter().enumerate().skip(1) {
            let correlation = product / square;
            if correlation.abs() > bound {
                sum += weight(n, lag) * correlation;
            }
        }
        1.0 + 2.0 * sum
    }

    /// The sum of the products of what is `lag` steps apart.
    #[expect(clippy::cast_precision_loss, reason = "within one part in 2^53")]
    fn product(&self, lag: usize) -> f64 {
        let later = self.centred.iter().skip(lag);
        let sum =
            self.centred.iter().zip(later).fold(0_i128, |sum, (left, right)| {
                sum.wrapping_add(i128::from(*left).wrapping_mul(i128::from(*right)))
            });
        sum as f64
    }
}

/// `(n-i)(n-i-1)(n-i-2) / (n(n-1)(n-2))`.
fn weight(n: usize, lag: usize) -> f64 {
    let (n, rest) = (float(n), float(n.saturating_sub(lag)));
    (rest / n) * ((rest - 1.0) / (n - 1.0)) * ((rest - 2.0) / (n - 2.0))
}

fn whole(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "tests"
)]
mod tests {
    use super::*;
    use crate::chance::Seed;

    fn series(values: Vec<f64>) -> Series {
        Series::new(values).unwrap()
    }

    #[test]
    fn a_line_has_no_autocorrelation_left() {
        for slope in [0.0, 1.0, -3.0] {
            let line = series((0..20).map(|x| slope * f64::from(x)).collect());
            let found = autocorrelation(&line).unwrap();
            assert_eq!((found.lag_1, found.unbiased), (0.0, 0.0));
            assert_eq!(hamed_rao(&line, Alternative::TwoSided).unwrap().inflation, 1.0);
        }
    }

    #[test]
    fn ranks_share_their_mean_among_ties() {
        let ranks = Ranks::detrended(&series(vec![5.0, 1.0, 5.0, 9.0, 5.0]), 0.0);
        // Ranks 3, 1, 3, 5, 3, doubled, less 6.
        assert_eq!(ranks.centred, [0, -4, 0, 4, 0]);
    }

    #[test]
    fn what_swings_to_and_fro_leaves_no_variance_to_correct() {
        let mut chance = Seed::new(4).generator();
        let swinging = series((0..200).map(|x| f64::from(x % 2) * 10.0 + chance.unit()).collect());
        assert!(autocorrelation(&swinging).unwrap().lag_1 < -0.7);
        assert_eq!(first_order(&swinging, Alternative::TwoSided).unwrap().inflation, 1.0);
    }

    #[test]
    fn where_no_variance_is_left_nothing_is_corrected() {
        let mut chance = Seed::new(4).generator();
        let mut without = 0;
        for _ in 0..3_000 {
            let swinging = series((0..8).map(|x| f64::from(x % 2) * 2.0 + chance.unit() * 3.0).collect());
            let slope = middle(&mut Slopes::of(swinging.values()));
            if Ranks::detrended(&swinging, slope).hamed_rao() <= 0.0 {
                without += 1;
                let found = hamed_rao(&swinging, Alternative::TwoSided).unwrap();
                assert_eq!((found.inflation, found.test.method()), (1.0, TestMethod::MannKendall));
            }
        }
        assert!(without > 0);
    }

    #[test]
    fn a_change_of_level_is_no_memory() {
        let jump = [5, 6, 4, 5, 7, 5, 4, 6, 5, 5, 6, 4, 5, 25, 26, 24, 25, 27, 25, 24, 26, 25, 25, 26, 24, 25];
        let found = autocorrelation(&series(jump.map(f64::from).to_vec())).unwrap();
        assert!(found.lag_1 > 0.7 && found.unbiased < 0.2 && found.levels == 2, "{found:?}");
    }

    #[test]
    fn fading_sums_all_lags() {
        let naive = |n: usize, r: f64| {
            let (n, mut sum) = (n as f64, 0.0);
            for i in 1..n as i32 {
                let i = f64::from(i);
                sum += (n - i) * (n - i - 1.0) * (n - i - 2.0) * r.powf(i);
            }
            1.0 + 2.0 / (n * (n - 1.0) * (n - 2.0)) * sum
        };
        for n in [8, 12, 52, 400] {
            for r in [0.0, 0.1, 0.4, 0.95] {
                let (own, naive) = (fading(n, r), naive(n, r));
                assert!((own / naive - 1.0).abs() < 1e-13, "{n} {r}: {own} {naive}");
            }
        }
    }
}
