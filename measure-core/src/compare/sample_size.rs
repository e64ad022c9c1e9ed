//! How many observations it takes to see a difference, or to show that there is none to speak of.

use super::hodges_lehmann::least_tail;
use crate::probability::{Level, Probability};
use crate::special::normal_quantile;

/// Observations in each of two equal samples with which [`mann_whitney`](super::mann_whitney()), two-sided, finds with
/// probability `power` what shows up in a share `above` of the pairs (`x` larger, ties half): Noether 1987,
/// `(z_{alpha/2} + z_beta)^2 / (6 (above - 1/2)^2)`.
///
/// Never fewer than could show a difference however far apart the two are: the least n with `2 / C(2 n, n)` at most what
/// lies outside the level, 4 at 95 %. A share of 1/2 is no difference and takes no end of observations: `None`. The formula is for shares of some 0.6 to
/// 0.8; for stronger effects it asks for somewhat too many.
///
/// ```
/// use measure_core::{Level, Probability, compare};
/// // B is larger than A in two pairs of three.
/// let each = compare::mann_whitney_sample_size(Probability::new(2.0 / 3.0)?, Level::P95, Level::P80);
/// assert_eq!(each, Some(48));
/// # Ok::<(), measure_core::Error>(())
/// ```
#[must_use]
pub fn mann_whitney_sample_size(above: Probability, level: Level, power: Level) -> Option<u64> {
    let z = normal_quantile(level.outside() / 2.0) + normal_quantile(power.outside());
    Some(noether(z, above.get())?.max(least_each(level.outside() / 2.0)))
}

/// The fewest observations in each sample with which a rank test can reject: with a probability of `side` in one tail.
/// The least tail is one arrangement of `C(2 n, n)`.
pub(super) fn least_each(side: f64) -> u64 {
    const MOST: u64 = 1_000;
    // What a level loses by being a float.
    let side = side + (10.0 * f64::EPSILON).min(side * 1e-12);
    (1..MOST).find(|each| least_tail(*each, *each) <= side).unwrap_or(MOST)
}

/// The same to show sameness, if the two are the same, within what would show up in a share `above` of the pairs: both
/// one-sided tests must reject.
pub(super) fn sameness_by_ranks(above: f64, level: Level, power: Level) -> Option<u64> {
    Some(noether(both_reject(level, power), above)?.max(least_each(level.outside())))
}

/// The same by means, where the variances of the two samples sum to the square of `deviation`, counted in margins
/// (Chow, Shao and Wang 2008, 3.2.2), with `z^2 / 4` more for not knowing them (Guenther 1981).
pub(super) fn sameness_by_means(deviation: f64, level: Level, power: Level) -> Option<u64> {
    let share = deviation * both_reject(level, power);
    let z = normal_quantile(level.outside());
    count((share * share + z * z / 4.0).max(2.0))
}

/// Each of the two errs on its own side: half of what the power leaves.
fn both_reject(level: Level, power: Level) -> f64 {
    normal_quantile(level.outside()) + normal_quantile(power.outside() / 2.0)
}

fn noether(z: f64, above: f64) -> Option<u64> {
    // Of a level and a power near 0, nothing is asked.
    let share = z.max(0.0) / (above - 0.5);
    count((share * share / 6.0).max(1.0))
}

/// A whole number of observations; `None` beyond some 10^15, which nobody has.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range by the comparison")]
fn count(observations: f64) -> Option<u64> {
    // 48.000000001 is 48 and a rounding.
    (observations < 1e15).then(|| (observations - 1e-9).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_difference_takes_no_end_of_observations() {
        let half = Probability::new(0.5).unwrap();
        assert_eq!(mann_whitney_sample_size(half, Level::P95, Level::P80), None);
        let nearly = Probability::new(0.5 + 1e-9).unwrap();
        assert_eq!(mann_whitney_sample_size(nearly, Level::P95, Level::P80), None);
    }

    #[test]
    fn both_directions_ask_for_the_same() {
        for share in [0.55, 0.6, 0.75, 1.0] {
            let (above, below) = (Probability::new(share).unwrap(), Probability::new(1.0 - share).unwrap());
            let sizes = [above, below].map(|share| mann_whitney_sample_size(share, Level::P95, Level::P80).unwrap());
            assert!(sizes[0].abs_diff(sizes[1]) <= 1, "{share} {sizes:?}");
        }
    }

    #[test]
    fn more_power_and_a_higher_level_ask_for_more() {
        let above = Probability::new(0.6).unwrap();
        let size = |level, power| mann_whitney_sample_size(above, level, power).unwrap();
        assert!(size(Level::P95, Level::P90) > size(Level::P95, Level::P80));
        assert!(size(Level::P99, Level::P80) > size(Level::P95, Level::P80));
        assert!(sameness_by_ranks(0.6, Level::P95, Level::P90) > sameness_by_ranks(0.6, Level::P95, Level::P80));
        assert!(sameness_by_means(3.0, Level::P95, Level::P90) > sameness_by_means(3.0, Level::P95, Level::P80));
        let least = Level::new(1e-9).unwrap();
        assert_eq!(mann_whitney_sample_size(above, least, least), Some(2));
    }

    #[test]
    fn never_fewer_than_could_show_a_difference() {
        let (all, low) = (Probability::ONE, Level::new(0.05).unwrap());
        for (level, least) in [(Level::P80, 3), (Level::P90, 3), (Level::P95, 4), (Level::P99, 5)] {
            assert_eq!(mann_whitney_sample_size(all, level, low), Some(least), "{level:?}");
            assert_eq!(least_each(level.outside() / 2.0), least);
        }
        // One side: 1 of 20 ways is 5 %.
        assert_eq!(sameness_by_ranks(1.0, Level::P95, low), Some(3));
    }
}
