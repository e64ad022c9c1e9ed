//! Theil and Sen's line: how fast does a series rise?

use super::LEAST;
use super::kendall::Order;
use super::slopes::Slopes;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::interval::Interval;
use crate::probability::Level;
use crate::proportion::count;
use crate::sample::{Series, float};
use crate::special::normal_quantile;

/// A line through a series that outliers do not move.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TheilSen {
    /// The slope per step: the median of the slopes between all pairs.
    pub slope: Estimate,
    /// The height of the line at the first observation: the median observation less the slope times the median step
    /// (Conover 1980).
    pub intercept: f64,
}

impl TheilSen {
    /// The height of the line at the observation with this index, from 0.
    #[must_use]
    pub fn at(&self, index: usize) -> f64 {
        bounded(self.intercept + self.slope.value() * float(index))
    }
}

/// Theil and Sen's line with an interval for its slope (Theil 1950, Sen 1968): order statistics of the slopes, as far
/// from their median as S of Mann and Kendall may stray. Order and rounding of the ranks are those of scipy's
/// theilslopes.
///
/// Observations count as independent; where each resembles the last, the interval is too narrow, and
/// [`trend`](super::trend) widens it. Of a short series no interval can be at a high level (8 observations: 99.9 %):
/// it then runs from the least slope to the greatest.
///
/// O(n log n) time and O(n) memory: the slopes are not formed but for short series.
///
/// DIFFERS: scipy takes a level of 0.05 for one of 0.95; here it is what it says.
///
/// ```
/// use measure_core::{Level, Series, trend};
/// let tickets = Series::new(vec![12.0, 9.0, 14.0, 15.0, 13.0, 18.0, 17.0, 21.0, 19.0, 24.0])?;
/// let line = trend::theil_sen(&tickets, Level::P95)?;
/// assert_eq!(format!("{:.2}", line.slope), "1.40 [0.83 to 1.88 (95 %)], n = 10, Sen");
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`NotEnough::TooFew`] below [`LEAST`] observations.
pub fn theil_sen(series: &Series, level: Level) -> Result<TheilSen, NotEnough> {
    NotEnough::unless(series.n(), LEAST, "observations")?;
    let variance = Order::of(series.values()).variance();
    let mut slopes = Slopes::of(series.values());
    let slope = middle(&mut slopes);
    Ok(line(series, &mut slopes, slope, level, variance, IntervalMethod::Sen))
}

/// The line of at least two observations, S having this variance.
pub(super) fn line(
    series: &Series,
    slopes: &mut Slopes,
    slope: f64,
    level: Level,
    variance: f64,
    method: IntervalMethod,
) -> TheilSen {
    let count = count(slopes.count());
    let distance = normal_quantile(level.outside() / 2.0) * variance.sqrt();
    let lower = ((count - distance) / 2.0).round_ties_even() - 1.0;
    let upper = ((count + distance) / 2.0).round_ties_even();
    let (lower, upper) = (slopes.ranked(rank(lower)), slopes.ranked(rank(upper)));
    let interval = Interval::between(lower, upper, level);
    TheilSen {
        slope: Estimate::of(slope, interval, series.n(), method),
        intercept: bounded(median(series.values()) - slope * (float(series.len().saturating_sub(1)) / 2.0)),
    }
}

/// The median of the slopes.
pub(super) fn middle(slopes: &mut Slopes) -> f64 {
    let half = slopes.count() / 2;
    if slopes.count() % 2 == 1 {
        slopes.ranked(half)
    } else {
        f64::midpoint(slopes.ranked(half.saturating_sub(1)), slopes.ranked(half))
    }
}

/// The median; 0 of nothing.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let at = |place: usize| sorted.get(place).copied().unwrap_or(0.0);
    if sorted.len() % 2 == 1 { at(half) } else { f64::midpoint(at(half.saturating_sub(1)), at(half)) }
}

/// A slope of 1e300 over millions of steps may leave the range of floats.
const fn bounded(value: f64) -> f64 {
    value.clamp(f64::MIN, f64::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; the end is the greatest rank"
)]
const fn rank(place: f64) -> u64 {
    place.max(0.0) as u64
}
