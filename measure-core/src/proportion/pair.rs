//! Two proportions: their difference and their ratio, each with its interval.

use super::{Method, Proportion, count};
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::interval::Interval;
use crate::probability::Level;
use crate::special::normal_quantile;

/// How much more probable a success is in `x` than in `y`, in `[-1, 1]`: the difference of the shares, with
/// Newcombe's hybrid score interval at `level`.
///
/// With Wilson's intervals `l1..u1` of `x` and `l2..u2` of `y` it is
/// `d - sqrt((p1 - l1)^2 + (u2 - p2)^2)` to `d + sqrt((u1 - p1)^2 + (p2 - l2)^2)`, without continuity correction
/// (Newcombe 1998, method 10). It has a width at 0 of `n` too, and stays within `[-1, 1]`.
///
/// # Errors
/// [`NotEnough`] when one of them has no trials.
///
/// ```
/// use measure_core::{Level, Proportion, proportion};
/// // The table of Newcombe's paper: 56 of 70 against 48 of 80.
/// let (x, y) = (Proportion::new(56, 70)?, Proportion::new(48, 80)?);
/// let more = proportion::difference(x, y, Level::P95)?;
/// assert_eq!(format!("{more:.4}"), "0.2000 [0.0524 to 0.3339 (95 %)], n = 150, Newcombe");
/// # Ok::<(), measure_core::Error>(())
/// ```
pub fn difference(x: Proportion, y: Proportion, level: Level) -> Result<Estimate, NotEnough> {
    let (first, second) = (x.measured(Method::Wilson, level)?, y.measured(Method::Wilson, level)?);
    let value = first.value() - second.value();
    let below = |of: Estimate| of.value() - of.interval().lower();
    let above = |of: Estimate| of.interval().upper() - of.value();
    let lower = (value - hypotenuse(below(first), above(second))).max(-1.0);
    let upper = (value + hypotenuse(above(first), below(second))).min(1.0);
    Ok(Estimate::of(value, Interval::between(lower, upper, level), trials(x, y), IntervalMethod::Newcombe))
}

/// How many times as probable a success is in `x` as in `y` (relative risk), above 0: the ratio of the shares, with
/// Katz's interval at `level`, `exp(ln R -+ z sqrt(1/a - 1/n + 1/b - 1/m))` for `a` of `n` and `b` of `m` (Katz,
/// Baptista, Azen and Pike 1978).
///
/// Where there is no success or no failure in one of them, the ratio may be 0 or infinite and its variance 0: then
/// 1/2 is added to all four cells, for the value too, and the method is [`IntervalMethod::KatzCorrected`].
///
/// # Errors
/// [`NotEnough`] when one of them has no trials.
///
/// ```
/// use measure_core::{IntervalMethod, Level, Proportion, proportion};
/// let (canary, baseline) = (Proportion::new(12, 400)?, Proportion::new(30, 4_000)?);
/// let times = proportion::ratio(canary, baseline, Level::P95)?;
/// assert_eq!(format!("{times:.2}"), "4.00 [2.06 to 7.75 (95 %)], n = 4400, Katz");
/// let none = proportion::ratio(Proportion::new(0, 400)?, baseline, Level::P95)?;
/// assert_eq!(none.method(), IntervalMethod::KatzCorrected);
/// # Ok::<(), measure_core::Error>(())
/// ```
pub fn ratio(x: Proportion, y: Proportion, level: Level) -> Result<Estimate, NotEnough> {
    for of in [x, y] {
        NotEnough::unless(of.trials(), 1, "trials in each")?;
    }
    let zero = [x, y].iter().any(|of| of.successes() == 0 || of.failures() == 0);
    let (added, method) = if zero { (0.5, IntervalMethod::KatzCorrected) } else { (0.0, IntervalMethod::Katz) };
    let cells = |of: Proportion| (count(of.successes()) + added, count(of.failures()) + added);
    let ((a, c), (b, d)) = (cells(x), cells(y));
    // 1/a - 1/n = (n - a) / (a n), without the difference.
    let value = a / (a + c) / (b / (b + d));
    let spread = (c / a / (a + c) + d / b / (b + d)).sqrt();
    let factor = libm::exp(normal_quantile(level.outside() / 2.0).abs() * spread);
    Ok(Estimate::of(value, Interval::between(value / factor, value * factor, level), trials(x, y), method))
}

/// The trials of both.
const fn trials(x: Proportion, y: Proportion) -> u64 {
    x.trials().saturating_add(y.trials())
}

/// The hypotenuse of sides of at most 1.
fn hypotenuse(side: f64, other: f64) -> f64 {
    (side * side + other * other).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(successes: u64, trials: u64) -> Proportion {
        Proportion::new(successes, trials).unwrap()
    }

    #[test]
    fn the_examples_of_newcombes_paper() {
        // Table II of Newcombe (1998), method 10.
        for (x, y, lower, upper) in [
            (of(56, 70), of(48, 80), 0.0524, 0.3339),
            (of(9, 10), of(3, 10), 0.1705, 0.8090),
            (of(6, 7), of(2, 7), 0.0582, 0.8062),
            (of(5, 56), of(0, 29), -0.0381, 0.1926),
            (of(0, 10), of(0, 20), -0.1611, 0.2775),
            (of(0, 10), of(0, 10), -0.2775, 0.2775),
            (of(10, 10), of(0, 20), 0.6791, 1.0),
            (of(10, 10), of(0, 10), 0.6075, 1.0),
        ] {
            let interval = difference(x, y, Level::P95).unwrap().interval();
            assert!((interval.lower() - lower).abs() < 6e-5 && (interval.upper() - upper).abs() < 6e-5, "{interval}");
        }
    }

    #[test]
    fn nothing_observed_is_not_enough() {
        for (x, y) in [(of(0, 0), of(1, 2)), (of(1, 2), of(0, 0)), (of(0, 0), of(0, 0))] {
            assert!(matches!(difference(x, y, Level::P95), Err(NotEnough::TooFew { need: 1, .. })));
            assert!(matches!(ratio(x, y, Level::P95), Err(NotEnough::TooFew { need: 1, .. })));
        }
    }

    #[test]
    fn an_empty_cell_is_corrected_and_says_so() {
        let cases = [(of(0, 5), of(2, 5), 0.5 / 2.5), (of(5, 5), of(2, 5), 5.5 / 2.5), (of(0, 5), of(0, 5), 1.0)];
        for (x, y, value) in cases {
            let ratio = ratio(x, y, Level::P95).unwrap();
            assert_eq!(ratio.method(), IntervalMethod::KatzCorrected);
            assert!((ratio.value() - value).abs() < 1e-15 && ratio.interval().lower() > 0.0, "{ratio}");
            assert!(ratio.interval().contains(ratio.value()));
        }
        assert_eq!(ratio(of(1, 5), of(2, 5), Level::P95).unwrap().method(), IntervalMethod::Katz);
    }

    #[test]
    fn the_largest_counts_stay_finite() {
        let level = Level::HIGHEST;
        for (x, y) in [(of(0, u64::MAX), of(u64::MAX, u64::MAX)), (of(1, u64::MAX), of(0, 1))] {
            for (x, y) in [(x, y), (y, x)] {
                let (ratio, difference) = (ratio(x, y, level).unwrap(), difference(x, y, level).unwrap());
                assert!(ratio.interval().upper().is_finite() && ratio.n() == u64::MAX, "{ratio} {difference}");
            }
        }
    }
}
