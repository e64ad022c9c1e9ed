//! Whether counts vary more than a Poisson law allows.

use super::CountSeries;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::interval::Interval;
use crate::probability::{Level, Probability};
use crate::proportion::count;
use crate::special::{Tail, chi_squared_sf, gamma_quantile};

/// How much counts vary, in units of what a Poisson law allows.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Dispersion {
    /// Pearson's chi-squared over its degrees of freedom: 1 for Poisson counts, above it where one cause brings
    /// several events. `n` is the number of periods.
    ///
    /// The interval takes chi-squared over the true index as chi-squared distributed, which needs means of some five
    /// events a period, and is too short where few periods hold most of the events. It leaves half of what is outside the
    /// level on each side, and chi-squared is skew: at a low level it may lie above the index altogether, as it does with
    /// two degrees of freedom below 26 %, since there 63 % of the values of chi-squared are below their mean.
    pub index: Estimate,
    /// Is the index above 1? The statistic is Pearson's chi-squared.
    pub test: Test,
    /// Degrees of freedom: periods less one for each rate estimated.
    pub degrees_of_freedom: u64,
}

impl Dispersion {
    /// Whether the counts vary more than chance alone would have it at 5 %.
    #[must_use]
    pub fn is_significant(self) -> bool {
        self.test.p_value().get() <= SIGNIFICANT
    }

    /// Around a rate for each series, pooled.
    pub(super) fn pooled(series: &[&CountSeries], level: Level) -> Result<Self, NotEnough> {
        // A series without events says nothing about its dispersion.
        let told = || series.iter().filter(|series| series.total().count() != 0);
        let periods = series.iter().map(|series| series.n()).sum();
        if told().next().is_none() {
            NotEnough::unless(periods, 2, "periods")?;
            return Err(NotEnough::NoEvents { n: periods });
        }
        let df: u64 = told().map(|series| series.n().saturating_sub(1)).sum();
        if df == 0 {
            let need = periods.saturating_add(1);
            return Err(NotEnough::TooFew { of: "periods", have: periods, need });
        }
        let square: f64 = told().map(|series| pearson(series)).sum();
        let freedom = count(df);
        let index = square / freedom;
        let side = level.outside() / 2.0;
        let end = |tail: Tail| square / (2.0 * gamma_quantile(freedom / 2.0, tail));
        let (lower, upper) = (end(Tail::Upper(side)), end(Tail::Lower(side)));
        let interval = Interval::between(lower, upper.min(f64::MAX), level);
        let p_value = Probability::clamped(chi_squared_sf(square, freedom));
        Ok(Self {
            index: Estimate::of(index, interval, periods, IntervalMethod::ScaledChiSquared),
            test: Test::of(square, p_value, Alternative::Greater, TestMethod::Dispersion, periods),
            degrees_of_freedom: df,
        })
    }
}

impl CountSeries {
    /// The dispersion index (variance over mean, allowing for exposures), with an interval at `level` and the
    /// one-sided test against Poisson counts (Fisher 1950). Two periods are needed, and one event.
    ///
    /// ```
    /// use measure_core::{Level, rate::CountSeries};
    /// // A service desk: quiet weeks, and a few with an outage that everybody reports.
    /// let weekly = CountSeries::of_equal_periods(&[12, 9, 61, 14, 8, 10, 95, 11])?;
    /// let dispersion = weekly.dispersion(Level::P95)?;
    /// assert_eq!(format!("{:.0}", dispersion.index.value()), "38");
    /// assert!(dispersion.is_significant());
    /// # Ok::<(), measure_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`NotEnough`] for fewer than two periods, or without any event.
    pub fn dispersion(&self, level: Level) -> Result<Dispersion, NotEnough> {
        Dispersion::pooled(&[self], level)
    }
}

/// The p-value up to which dispersion counts as significant.
const SIGNIFICANT: f64 = 0.05;

/// `sum (y - mu)^2 / mu` around the common rate, for a series with events.
fn pearson(series: &CountSeries) -> f64 {
    let total = series.total();
    let rate = count(total.count()) / total.exposure();
    let terms = series.periods().iter().map(|period| {
        let expected = rate * period.exposure();
        let off = count(period.count()) - expected;
        off / expected * off
    });
    terms.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(counts: &[u64]) -> Result<Dispersion, NotEnough> {
        CountSeries::of_equal_periods(counts).unwrap().dispersion(Level::P95)
    }

    #[test]
    fn with_equal_exposures_it_is_the_variance_over_the_mean() {
        let dispersion = index(&[2, 4, 9]).unwrap();
        // Mean 5, variance 13.
        assert!((dispersion.index.value() - 13.0 / 5.0).abs() < 1e-14, "{dispersion:?}");
        assert!((dispersion.test.statistic() - 26.0 / 5.0).abs() < 1e-14);
        // exp(-chi2 / 2) for two degrees of freedom.
        assert!((dispersion.test.p_value().get() - (-2.6_f64).exp()).abs() < 1e-15);
        assert!(dispersion.index.interval().contains(13.0 / 5.0));
    }

    #[test]
    fn at_a_low_level_the_interval_may_miss_the_index_as_documented() {
        let at = |level| {
            let series = CountSeries::of_equal_periods(&[2, 4, 9]).unwrap();
            series.dispersion(Level::new(level).unwrap()).unwrap().index
        };
        // P(chi2 < 2) = 1 - 1/e with two degrees of freedom: the ends pass it at a level of 1 - 2/e.
        let edge = 1.0 - 2.0 / std::f64::consts::E;
        assert!(at(edge + 1e-6).interval().contains(at(0.5).value()));
        assert!(at(edge - 1e-6).interval().lower() > at(0.5).value());
    }

    #[test]
    fn too_little_says_what_would_be_enough() {
        for counts in [&[][..], &[7]] {
            assert!(matches!(index(counts), Err(NotEnough::TooFew { of: "periods", .. })), "{counts:?}");
        }
        assert_eq!(index(&[0, 0, 0]), Err(NotEnough::NoEvents { n: 3 }));
        let even = index(&[3, 3, 3]).unwrap();
        assert_eq!((even.index.value(), even.test.p_value()), (0.0, Probability::ONE));
    }

    #[test]
    fn the_largest_counts_stay_finite() {
        let dispersion = index(&[u64::MAX / 2, 0, 1]).unwrap();
        assert!(dispersion.index.value().is_finite() && dispersion.is_significant());
    }
}
