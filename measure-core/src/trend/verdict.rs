//! Is it rising, falling, or is no trend found?

use std::fmt;

use super::LEAST;
use super::autocorrelation::{Autocorrelation, Ranks, fading};
use super::detectable::{detectable, spread};
use super::kendall::{EXACT_MOST, MannKendall, Order};
use super::slopes::Slopes;
use super::theil_sen::{TheilSen, line, middle};
use crate::estimate::{IntervalMethod, NotEnough};
use crate::hypothesis::{Alternative, TestMethod};
use crate::probability::Level;
use crate::sample::Series;

/// What is done about observations that resemble the last one.
///
/// How often a series without a trend is called rising or falling at 95 % [simulated, 40,000 series each]; the share
/// that should be is 5 %. `rho` is the correlation of each observation with the one before.
///
/// | | n = 12, rho 0 | n = 12, rho 0.4 | n = 26, rho 0 | n = 26, rho 0.4 | n = 52, rho 0 | n = 52, rho 0.4 |
/// |---|---|---|---|---|---|---|
/// | [`Correction::None`] | 4.4 % | 14.5 % | 4.6 % | 16.6 % | 4.8 % | 18.1 % |
/// | [`Correction::HamedRao`] | 7.5 % | 16.5 % | 8.2 % | 18.6 % | 8.4 % | 16.8 % |
/// | [`Correction::HamedRaoWhereSignificant`] | 6.5 % | 14.8 % | 5.9 % | 15.4 % | 5.5 % | 14.8 % |
/// | [`Correction::FirstOrder`] | 3.0 % | 8.8 % | 3.5 % | 8.3 % | 4.0 % | 6.7 % |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Correction {
    /// Nothing: they count as independent ([`mann_kendall`](super::mann_kendall), exact where it can be).
    None,
    /// Hamed and Rao's ([`hamed_rao`](super::hamed_rao)).
    HamedRao,
    /// Hamed and Rao's where the autocorrelation of one step is significant, else nothing.
    HamedRaoWhereSignificant,
    /// That of an autocorrelation of first order ([`first_order`](super::first_order)), always: a short series that
    /// shows no significant one may well have it.
    #[default]
    FirstOrder,
}

/// Where a series is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Direction {
    /// Later observations are larger, beyond chance.
    Rising,
    /// Later observations are smaller, beyond chance.
    Falling,
    /// Neither is beyond chance. There may be a trend all the same: see [`Trend::detectable`].
    NotFound,
}

/// Whether a series is rising or falling, how fast, and what would have been seen.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Trend {
    /// The verdict at the level asked for.
    pub direction: Direction,
    /// The two-sided test that decided, with what it was corrected by.
    pub test: MannKendall,
    /// The line, with an interval for its slope. It is as wide as the correction asks, so that it says the same as
    /// the test but for the test's correction for continuity.
    pub line: TheilSen,
    /// How much each observation resembles the last.
    pub autocorrelation: Autocorrelation,
    /// The smallest slope per step, up or down, that would have been seen with [`Trend::power`]; `None` where no slope
    /// would, or where the observations lie on a line. See [`detectable_slope`](super::detectable_slope).
    pub detectable: Option<f64>,
    /// The probability with which [`Trend::detectable`] would have been seen.
    pub power: Level,
}

impl Trend {
    /// How many observations it rests on.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.test.test.n()
    }
}

impl fmt::Display for Trend {
    /// `rising by 1.40 a step [1.00 to 1.86 (95 %)], n = 10`, with the precision asked for; or what was not found and
    /// what would have been.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (slope, n) = (self.line.slope, self.n());
        match self.direction {
            Direction::Rising => f.write_str("rising by ")?,
            Direction::Falling => f.write_str("falling by ")?,
            Direction::NotFound => {
                write!(f, "no trend found in {n} observations")?;
                let Some(detectable) = self.detectable else { return Ok(()) };
                f.write_str("; ")?;
                detectable.fmt(f)?;
                return write!(f, " a step would have been seen with {} %", (self.power.get() * 1e5).round() / 1e3);
            }
        }
        slope.value().abs().fmt(f)?;
        f.write_str(" a step [")?;
        slope.interval().fmt(f)?;
        write!(f, "], n = {n}")
    }
}

/// Is the series rising or falling? At `level`, corrected for an autocorrelation of first order, with the slope that
/// would have been seen in 80 of 100 cases.
///
/// ```
/// use measure_core::{Level, Series, trend};
/// let tickets = Series::new(vec![12.0, 9.0, 14.0, 15.0, 13.0, 18.0, 17.0, 21.0, 19.0, 24.0])?;
/// let found = trend::trend(&tickets, Level::P95)?;
/// assert_eq!(format!("{found:.1}"), "rising by 1.4 a step [0.8 to 1.9 (95 %)], n = 10");
/// // Not enough is a value that says what would be.
/// let reason = trend::trend(&Series::new(vec![1.0; 7])?, Level::P95).unwrap_err();
/// assert_eq!(reason.to_string(), "not enough data: 7 observations, and 8 are needed");
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`NotEnough::TooFew`] below [`LEAST`] observations.
pub fn trend(series: &Series, level: Level) -> Result<Trend, NotEnough> {
    trend_by(series, level, Level::P80, Correction::default())
}

/// The same with the power and the correction of one's choice. Where nothing is corrected and there are at most
/// [`EXACT_MOST`] observations, p is exact. O(n log n).
///
/// # Errors
/// [`NotEnough::TooFew`] below [`LEAST`] observations.
pub fn trend_by(series: &Series, level: Level, power: Level, correction: Correction) -> Result<Trend, NotEnough> {
    NotEnough::unless(series.n(), LEAST, "observations")?;
    let mut slopes = Slopes::of(series.values());
    let slope = middle(&mut slopes);
    let ranks = Ranks::detrended(series, slope);
    let autocorrelation = ranks.memory(series.values());
    let (inflation, method) = match correction {
        Correction::HamedRaoWhereSignificant if !autocorrelation.is_significant() => (1.0, TestMethod::MannKendall),
        Correction::None => (1.0, TestMethod::MannKendall),
        Correction::FirstOrder => (fading(series.len(), autocorrelation.unbiased), TestMethod::MannKendallFirstOrder),
        Correction::HamedRao | Correction::HamedRaoWhereSignificant => {
            (ranks.hamed_rao(), TestMethod::MannKendallHamedRao)
        }
    };
    // Nothing to correct, or nothing left after the correction.
    let corrected = inflation > 0.0 && inflation != 1.0;
    let (inflation, method, interval) = if corrected {
        (inflation, method, IntervalMethod::SenCorrected)
    } else if series.n() <= EXACT_MOST {
        (1.0, TestMethod::MannKendallExact, IntervalMethod::Sen)
    } else {
        (1.0, TestMethod::MannKendall, IntervalMethod::Sen)
    };
    let test = Order::of(series.values()).decided(Alternative::TwoSided, inflation, method);
    let line = line(series, &mut slopes, slope, level, test.variance, interval);
    let direction = match test.s {
        s if test.test.p_value().get() > level.outside() || s == 0 => Direction::NotFound,
        s if s > 0 => Direction::Rising,
        _ => Direction::Falling,
    };
    let detectable = detectable(series.len(), spread(series, &line), test.variance, level, power);
    Ok(Trend { direction, test, line, autocorrelation, detectable, power })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "tests")]
mod tests {
    use super::*;
    use crate::chance::Seed;

    fn series(values: Vec<f64>) -> Series {
        Series::new(values).unwrap()
    }

    #[test]
    fn a_line_rises_and_its_mirror_falls() {
        let line = |slope: f64| trend(&series((0..12).map(|x| slope * f64::from(x)).collect()), Level::P99).unwrap();
        let (up, down) = (line(0.5), line(-0.5));
        assert_eq!((up.direction, down.direction), (Direction::Rising, Direction::Falling));
        assert_eq!(up.line.slope.value(), 0.5);
        assert_eq!(up.detectable, None);
        assert_eq!(up.test.test.method(), TestMethod::MannKendallExact);
        assert_eq!(format!("{down:.2}"), "falling by 0.50 a step [-0.50 to -0.50 (99 %)], n = 12");
    }

    #[test]
    fn a_constant_series_has_no_trend() {
        let found = trend(&series(vec![4.0; 12]), Level::P95).unwrap();
        assert_eq!((found.direction, found.detectable), (Direction::NotFound, None));
        assert_eq!(found.to_string(), "no trend found in 12 observations");
    }

    #[test]
    fn what_was_not_found_says_what_would_have_been() {
        let mut chance = Seed::new(1).generator();
        let found = trend(&series((0..26).map(|_| chance.unit()).collect()), Level::P95).unwrap();
        assert_eq!(found.direction, Direction::NotFound);
        let text = format!("{found:.3}");
        assert!(text.starts_with("no trend found in 26 observations; 0.0"), "{text}");
        assert!(text.ends_with(" a step would have been seen with 80 %"), "{text}");
    }

    #[test]
    fn each_correction_names_the_test_that_decided() {
        let mut chance = Seed::new(2).generator();
        let mut level = 0.0;
        let walk: Vec<f64> = (0..60)
            .map(|_| {
                level = 0.7 * level + chance.unit() - 0.5;
                level
            })
            .collect();
        let walk = series(walk);
        let method = |correction| {
            let found = trend_by(&walk, Level::P95, Level::P80, correction).unwrap();
            (found.test.test.method(), found.line.slope.method())
        };
        assert_eq!(method(Correction::None), (TestMethod::MannKendall, IntervalMethod::Sen));
        let corrected = IntervalMethod::SenCorrected;
        assert_eq!(method(Correction::HamedRao), (TestMethod::MannKendallHamedRao, corrected));
        assert_eq!(method(Correction::HamedRaoWhereSignificant), (TestMethod::MannKendallHamedRao, corrected));
        assert_eq!(method(Correction::FirstOrder), (TestMethod::MannKendallFirstOrder, corrected));
    }

    #[test]
    fn extremes_stay_finite() {
        for values in [
            vec![1e300, -1e300, 1e300, -1e300, 1e300, -1e300, 1e300, -1e300, 1e300],
            vec![5e-324, 0.0, 5e-324, 1e-323, 0.0, 5e-324, 0.0, 1e-322],
            vec![-1e300, -1.0, -5e-324, 0.0, 5e-324, 1.0, 2.0, 1e300],
        ] {
            let found = trend(&series(values), Level::P95).unwrap();
            assert!(found.line.intercept.is_finite() && found.detectable.is_none_or(f64::is_finite), "{found:?}");
        }
    }

    #[test]
    fn a_hundred_thousand_observations_are_no_burden() {
        let mut chance = Seed::new(7).generator();
        let values = (0..100_000).map(|x| f64::from(x) * 1e-4 + chance.unit()).collect();
        let found = trend(&series(values), Level::P95).unwrap();
        assert_eq!(found.direction, Direction::Rising);
        assert!((found.line.slope.value() - 1e-4).abs() < 1e-7, "{found:?}");
        assert!(found.line.slope.interval().width() < 2e-7);
    }
}
