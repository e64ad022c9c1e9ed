//! Two rates of Poisson counts: exact, conditional on their sum.

use super::comparison::{Choice, RateComparison, Refusal, Variance};
use super::{CountSeries, Dispersion, Rate};
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::interval::Interval;
use crate::probability::{Level, Probability};
use crate::proportion::{Proportion, count};
use crate::special::{Tail, beta_quantile};

/// Compares two rates of which only the totals are known, taking their counts as Poisson: given the sum, the first
/// count is binomial, and the exact interval of that proportion gives the one of the ratio (Clopper and Pearson;
/// Przyborowski and Wilenski 1940), as `poisson.test` of R has it. Totals cannot show whether the counts are
/// overdispersed: where there are counts by period, use [`super::compare_rates`].
///
/// `ratio` is the first rate over the second; without events in the second there is none. The statistic of the test is
/// the count of the first; `n` counts events. Two-sided, the p-value sums the outcomes that are no likelier than the
/// observed one, so that it may disagree with the interval near the level.
///
/// ```
/// use measure_core::{Alternative, Level, Rate, rate::compare_totals};
/// let (after, before) = (Rate::new(4, 12.0)?, Rate::new(15, 12.0)?);
/// let comparison = compare_totals(after, before, Level::P95, Alternative::TwoSided)?;
/// assert_eq!(format!("{:.3}", comparison.test), "p = 0.019 (exact conditional Poisson), n = 19");
/// assert_eq!(format!("{:.2}", comparison.ratio?.interval()), "0.06 to 0.84 (95 %)");
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`NotEnough`] where one of the two has no exposure.
pub fn compare_totals(x: Rate, y: Rate, level: Level, alternative: Alternative) -> Result<RateComparison, NotEnough> {
    let (_, _) = (x.estimate()?, y.estimate()?);
    let events = x.count().saturating_add(y.count());
    let share = Probability::clamped(x.exposure() / (x.exposure() + y.exposure()));
    let test = given_sum(x.count(), y.count()).binomial_test(share, alternative);
    Ok(RateComparison {
        ratio: ratio(x, y, level),
        test: Test::of(count(x.count()), test.p_value(), alternative, TestMethod::ConditionalPoisson, events),
        dispersion: None,
        variance: Variance::Poisson,
        choice: Choice::Asked,
    })
}

/// [`compare_totals`] of the totals, unless the counts by period vary significantly more (at 5 %) than a Poisson law
/// allows: then it is refused, with the dispersion and what to use instead. Where there is one period each, the
/// dispersion cannot be told, and the answer has none.
///
/// # Errors
/// [`Refusal`].
pub fn compare_poisson(
    x: &CountSeries,
    y: &CountSeries,
    level: Level,
    alternative: Alternative,
) -> Result<RateComparison, Refusal> {
    let comparison = compare_totals(x.total(), y.total(), level, alternative)?;
    let dispersion = Dispersion::pooled(&[x, y], level).ok();
    match dispersion {
        Some(dispersion) if dispersion.is_significant() => {
            Err(Refusal::Overdispersed { dispersion, use_instead: TestMethod::QuasiPoisson })
        }
        _ => Ok(RateComparison { dispersion, ..comparison }),
    }
}

/// The first of both; of half as many where their sum does not fit 64 bits, which only changes a p-value that is
/// far below all floats.
fn given_sum(x: u64, y: u64) -> Proportion {
    let of = |x: u64, y: u64| x.checked_add(y).and_then(|sum| Proportion::new(x, sum).ok());
    of(x, y).or_else(|| of(x >> 1, y >> 1)).unwrap_or(Proportion::ZERO)
}

fn ratio(x: Rate, y: Rate, level: Level) -> Result<Estimate, NotEnough> {
    NotEnough::unless(y.count(), 1, "events of the second rate")?;
    let side = level.outside() / 2.0;
    let (first, second) = (count(x.count()), count(y.count()));
    let exposures = y.exposure() / x.exposure();
    let value = first / second * exposures;
    // The odds of the share, of which the small side is taken.
    let odds = |share: f64, rest: f64| share / rest * exposures;
    let lower = if x.count() == 0 {
        0.0
    } else {
        odds(
            beta_quantile(first, second + 1.0, Tail::Lower(side)),
            beta_quantile(second + 1.0, first, Tail::Upper(side)),
        )
    };
    let upper = odds(
        beta_quantile(first + 1.0, second, Tail::Upper(side)),
        beta_quantile(second, first + 1.0, Tail::Lower(side)),
    );
    let interval = Interval::between(lower.min(value), upper.max(value), level);
    let events = x.count().saturating_add(y.count());
    Ok(Estimate::of(value, interval, events, IntervalMethod::ConditionalPoisson))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(count: u64, exposure: f64) -> Rate {
        Rate::new(count, exposure).unwrap()
    }

    fn compared(x: Rate, y: Rate) -> RateComparison {
        compare_totals(x, y, Level::P95, Alternative::TwoSided).unwrap()
    }

    #[test]
    fn swapping_the_two_inverts_the_interval() {
        for (a, b) in [(3, 8), (1, 1), (40, 2), (123_456, 120_000)] {
            let (one, other) = (compared(rate(a, 2.0), rate(b, 5.0)), compared(rate(b, 5.0), rate(a, 2.0)));
            let (one_ratio, other_ratio) = (one.ratio.unwrap().interval(), other.ratio.unwrap().interval());
            assert!((one_ratio.lower() * other_ratio.upper() - 1.0).abs() < 1e-12, "{a} {b}");
            let (p, other) = (one.test.p_value().get(), other.test.p_value().get());
            assert!((p - other).abs() <= 1e-12 * p, "{a} {b}: {p} {other}");
        }
    }

    #[test]
    fn no_events_on_a_side_is_an_answer_or_says_what_is_missing() {
        let none = compared(rate(0, 1.0), rate(6, 1.0));
        let ratio = none.ratio.unwrap();
        assert_eq!((ratio.value(), ratio.interval().lower()), (0.0, 0.0));
        assert!((none.test.p_value().get() - 2.0 / 64.0).abs() < 1e-15);
        let only = compared(rate(6, 1.0), rate(0, 1.0));
        assert!(matches!(only.ratio, Err(NotEnough::TooFew { have: 0, need: 1, .. })));
        assert_eq!(compared(rate(0, 1.0), rate(0, 1.0)).test.p_value(), Probability::ONE);
        let unwatched = compare_totals(rate(3, 1.0), Rate::ZERO, Level::P95, Alternative::Less);
        assert_eq!(unwatched, Err(NotEnough::NoExposure));
    }

    #[test]
    fn the_largest_counts_and_exposures_have_an_answer() {
        for (x, y) in [
            (rate(u64::MAX, 1e-100), rate(1, 1e100)),
            (rate(u64::MAX, 1.0), rate(u64::MAX, 1.0)),
            (rate(1, 1e100), rate(u64::MAX, 1e-100)),
        ] {
            let comparison = compared(x, y);
            assert!(comparison.ratio.is_ok_and(|ratio| ratio.interval().contains(ratio.value())), "{comparison:?}");
        }
    }

    #[test]
    fn overdispersed_counts_are_refused_with_the_reason() {
        let x = CountSeries::of_equal_periods(&[12, 9, 61, 14, 8]).unwrap();
        let y = CountSeries::of_equal_periods(&[10, 7, 8, 44, 9]).unwrap();
        let refusal = compare_poisson(&x, &y, Level::P95, Alternative::TwoSided).unwrap_err();
        let text = refusal.to_string();
        assert!(text.starts_with("the counts vary 20.4 times") && text.ends_with("use quasi-Poisson"), "{text}");
        let calm = CountSeries::of_equal_periods(&[3, 5, 4, 4, 2]).unwrap();
        let answer = compare_poisson(&calm, &calm, Level::P95, Alternative::TwoSided).unwrap();
        assert!(answer.dispersion.is_some() && answer.ratio.unwrap().value() == 1.0);
        let single = CountSeries::of_equal_periods(&[3]).unwrap();
        assert_eq!(compare_poisson(&single, &single, Level::P95, Alternative::TwoSided).unwrap().dispersion, None);
        assert!(matches!(
            compare_poisson(&single, &CountSeries::default(), Level::P95, Alternative::TwoSided),
            Err(Refusal::NotEnough(NotEnough::NoExposure))
        ));
    }
}
