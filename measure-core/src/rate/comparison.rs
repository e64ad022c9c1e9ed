//! What a comparison of two rates answers, and the one that takes the variance from the counts.

use std::fmt;

use super::plain::compare_totals;
use super::quasi_poisson::compare_quasi_poisson;
use super::{CountSeries, Dispersion};
use crate::estimate::{Estimate, NotEnough};
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::probability::Level;

/// Two rates compared.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RateComparison {
    /// The first rate over the second, or why there is none: without events in the second it has no bound.
    pub ratio: Result<Estimate, NotEnough>,
    /// Do the rates differ?
    pub test: Test,
    /// How much the counts vary around the two rates; `None` where that cannot be told.
    pub dispersion: Option<Dispersion>,
    /// How the variance of a count was taken to depend on its mean.
    pub variance: Variance,
    /// Why this method.
    pub choice: Choice,
}

/// How the variance of a count depends on its mean.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Variance {
    /// It is the mean.
    Poisson,
    /// It is the mean times the dispersion.
    QuasiPoisson {
        /// The dispersion.
        dispersion: f64,
    },
    /// It is `mean + alpha mean^2`.
    NegativeBinomial {
        /// The estimate of alpha by maximum likelihood; 0 for Poisson counts.
        alpha: f64,
    },
}

/// Why a comparison was made as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Choice {
    /// The caller asked for this method.
    Asked,
    /// The variance is taken from the counts, whether they look overdispersed or not: a look first would raise more false
    /// alarms (see [`compare_rates`]).
    VarianceFromCounts,
    /// The counts have no variance that could be taken: nothing happened at all, or in each series every period has what
    /// its rate expects. A Poisson law allows at least as much.
    NothingVaries,
}

/// Why a plain Poisson comparison was refused.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Refusal {
    /// The counts vary more than a Poisson law allows: its interval would be too short, its p-value too small.
    Overdispersed {
        /// How much they vary, with its p-value.
        dispersion: Dispersion,
        /// What fits such counts.
        use_instead: TestMethod,
    },
    /// There is not enough data for any comparison.
    NotEnough(NotEnough),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overdispersed { dispersion, use_instead } => write!(
                f,
                "the counts vary {:.1} times as much as Poisson counts (p = {:.2e}): use {use_instead}",
                dispersion.index.value(),
                dispersion.test.p_value().get()
            ),
            Self::NotEnough(reason) => reason.fmt(f),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<NotEnough> for Refusal {
    fn from(reason: NotEnough) -> Self {
        Self::NotEnough(reason)
    }
}

/// Compares two rates without a law that has to be chosen first: by quasi-Poisson, whose variance the counts tell, and
/// by plain Poisson where they do not vary at all ([`RateComparison::choice`] says which). `ratio` is the first over the
/// second.
///
/// It does not test the dispersion first, to take plain Poisson where none is significant: with few periods such a test
/// misses what matters. With 6 periods each, a mean of 10 and a dispersion of 2.5 that choice finds a difference where
/// there is none in 8 % of cases at a level of 5 %, and quasi-Poisson in 5 %, as it does with a dispersion of 1 (table at
/// [`compare_quasi_poisson`]). Counts that are known to come one by one are compared more sharply by
/// [`super::compare_poisson`], where few periods leave few degrees of freedom.
///
/// ```
/// use measure_core::rate::{Choice, CountSeries, compare_rates};
/// use measure_core::{Alternative, Level};
/// let before = CountSeries::of_equal_periods(&[12, 9, 61, 14, 8, 10, 95, 11])?;
/// let after = CountSeries::of_equal_periods(&[10, 7, 8, 44, 9, 6, 12, 13])?;
/// let comparison = compare_rates(&after, &before, Level::P95, Alternative::TwoSided)?;
/// // Half as many, and yet it may be chance: the weeks vary too much.
/// assert_eq!(comparison.choice, Choice::VarianceFromCounts);
/// assert_eq!(format!("{:.2}", comparison.ratio?), "0.50 [0.14 to 1.74 (95 %)], n = 16, quasi-Poisson");
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`NotEnough`] where one of the two has no period, or each has one: their variation is then unknown.
pub fn compare_rates(
    x: &CountSeries,
    y: &CountSeries,
    level: Level,
    alternative: Alternative,
) -> Result<RateComparison, NotEnough> {
    let dispersion = match compare_quasi_poisson(x, y, level, alternative) {
        Err(NotEnough::NoEvents { .. }) => None,
        Err(NotEnough::NoSpread { .. }) => Dispersion::pooled(&[x, y], level).ok(),
        comparison => return Ok(RateComparison { choice: Choice::VarianceFromCounts, ..comparison? }),
    };
    let comparison = compare_totals(x.total(), y.total(), level, alternative)?;
    Ok(RateComparison { dispersion, choice: Choice::NothingVaries, ..comparison })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(x: &[u64], y: &[u64]) -> Result<RateComparison, NotEnough> {
        let (x, y) = (CountSeries::of_equal_periods(x).unwrap(), CountSeries::of_equal_periods(y).unwrap());
        compare_rates(&x, &y, Level::P95, Alternative::TwoSided)
    }

    #[test]
    fn the_variance_is_that_of_the_counts_unless_there_is_none() {
        for (x, y) in [
            (&[3, 5, 4, 4, 2, 3][..], &[6, 5, 8, 7, 4, 6][..]),
            (&[3, 50, 4, 4, 2, 3], &[6, 5, 8, 70, 4, 6]),
            (&[3, 5], &[6, 5, 8]),
            (&[3], &[6, 5]),
            (&[0, 0], &[6, 5]),
        ] {
            let answer = compared(x, y).unwrap();
            assert_eq!((answer.choice, answer.test.method()), (Choice::VarianceFromCounts, TestMethod::QuasiPoisson));
        }
        let even = compared(&[3, 3], &[9, 9]).unwrap();
        assert_eq!((even.choice, even.variance), (Choice::NothingVaries, Variance::Poisson));
        assert_eq!(even.dispersion.unwrap().index.value(), 0.0);
    }

    #[test]
    fn too_little_is_said() {
        assert!(matches!(compared(&[3], &[5]), Err(NotEnough::TooFew { of: "periods", have: 2, need: 3 })));
        assert_eq!(compared(&[], &[5, 6]), Err(NotEnough::NoExposure));
        let nothing = compared(&[0, 0], &[0, 0]).unwrap();
        assert!(nothing.ratio.is_err() && nothing.test.p_value().get() == 1.0);
        assert_eq!((nothing.choice, nothing.dispersion), (Choice::NothingVaries, None));
    }
}
