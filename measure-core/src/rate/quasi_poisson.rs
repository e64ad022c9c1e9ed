//! Two rates of overdispersed counts: the variance is a multiple of the mean, and the counts tell which.

use super::comparison::{Choice, RateComparison, Variance};
use super::{CountSeries, Dispersion};
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::interval::Interval;
use crate::probability::{Level, Probability};
use crate::proportion::count;
use crate::special::{student_quantile, student_sf};

/// Compares two rates by quasi-Poisson (Wedderburn 1974): the variance of a
/// count is its mean times the dispersion pooled over both series, and the logarithm of the ratio over its standard
/// error has Student's t with as many degrees of freedom as the dispersion. As R's `glm` with the family
/// `quasipoisson` has it: a dispersion below 1 is used as it is.
///
/// `ratio` is the first rate over the second. The statistic is that t. Where one of the series has no events, there
/// is no ratio, and the statistic is the signed root of the likelihood ratio over the dispersion, whose square R's
/// `anova` refers to the F distribution. `n` is the number of periods.
///
/// # Errors
/// [`NotEnough`] where one has no period, where together they have too few to estimate the dispersion, for no events
/// in either, or counts that do not vary at all.
pub fn compare_quasi_poisson(
    x: &CountSeries,
    y: &CountSeries,
    level: Level,
    alternative: Alternative,
) -> Result<RateComparison, NotEnough> {
    let (first, second) = (x.total().estimate()?, y.total().estimate()?);
    let pooled = Dispersion::pooled(&[x, y], level)?;
    let (dispersion, df, n) = (pooled.index.value(), count(pooled.degrees_of_freedom), pooled.index.n());
    // But for rounding, which leaves some 1e-30 for each event.
    if dispersion <= 1e-28 * (count(x.total().count()) + count(y.total().count())) {
        return Err(NotEnough::NoSpread { n });
    }
    let (ratio, statistic) = if x.total().count() == 0 || y.total().count() == 0 {
        let have = x.total().count().min(y.total().count());
        let none = NotEnough::TooFew { of: "events of each rate", have, need: 1 };
        // All events are on one side: 2 sum y ln(y / expected) for that one.
        let (watched, other) = (x.total(), y.total());
        let (events, sign, here, there) = if watched.count() == 0 {
            (other.count(), -1.0, other.exposure(), watched.exposure())
        } else {
            (watched.count(), 1.0, watched.exposure(), other.exposure())
        };
        let likelihood_ratio = 2.0 * count(events) * libm::log1p(there / here);
        (Err(none), sign * (likelihood_ratio / dispersion).sqrt())
    } else {
        let value = first / second;
        let error = (dispersion * (1.0 / count(x.total().count()) + 1.0 / count(y.total().count()))).sqrt();
        let reach = student_quantile(level.outside() / 2.0, df) * error;
        let ends = (value * libm::exp(-reach), value * libm::exp(reach));
        // A ratio of e^300 either way is as good as none.
        let told = if ends.1 < 1e300 && reach < 650.0 {
            let interval = Interval::between(ends.0, ends.1, level);
            Ok(Estimate::of(value, interval, n, IntervalMethod::QuasiPoisson))
        } else {
            Err(NotEnough::NotReached { n })
        };
        (told, libm::log(value) / error)
    };
    let p_value = match alternative {
        Alternative::TwoSided => 2.0 * student_sf(statistic.abs(), df),
        Alternative::Greater => student_sf(statistic, df),
        Alternative::Less => student_sf(-statistic, df),
    };
    Ok(RateComparison {
        ratio,
        test: Test::of(statistic, Probability::clamped(p_value), alternative, TestMethod::QuasiPoisson, n),
        dispersion: Some(pooled),
        variance: Variance::QuasiPoisson { dispersion },
        choice: Choice::Asked,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(x: &[u64], y: &[u64]) -> Result<RateComparison, NotEnough> {
        let (x, y) = (CountSeries::of_equal_periods(x).unwrap(), CountSeries::of_equal_periods(y).unwrap());
        compare_quasi_poisson(&x, &y, Level::P95, Alternative::TwoSided)
    }

    #[test]
    fn test_and_interval_agree() {
        // As long as the interval just holds 1, the test just does not reject.
        for last in 0..60 {
            let answer = compared(&[5, 3, 9, 6], &[8, 12, 5, last]).unwrap();
            let rejected = answer.test.p_value().get() < 0.05;
            assert_eq!(rejected, !answer.ratio.unwrap().interval().contains(1.0), "{last}");
        }
    }

    #[test]
    fn no_events_one_period_and_nothing_at_all() {
        let none = compared(&[0, 0, 0], &[3, 9, 1]).unwrap();
        assert!(none.ratio.is_err() && none.test.statistic() < 0.0, "{none:?}");
        assert_eq!(none.dispersion.unwrap().degrees_of_freedom, 2);
        assert_eq!(compared(&[0, 0], &[0]), Err(NotEnough::AllZero { n: 3 }));
        assert_eq!(compared(&[4], &[9]), Err(NotEnough::TooFew { of: "periods", have: 2, need: 3 }));
        assert_eq!(compared(&[], &[9, 8]), Err(NotEnough::NoExposure));
        assert_eq!(compared(&[3, 3], &[7, 7, 7]), Err(NotEnough::NoSpread { n: 5 }));
    }
}
