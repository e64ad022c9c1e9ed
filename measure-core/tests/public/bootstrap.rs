//! The bootstrap as a stranger uses it.

use measure_core::bootstrap::{Blocks, Bootstrap, Ends, Statistic};
use measure_core::{Error, IntervalMethod, Level, NotEnough, Probability, Sample, Seed, Series};

#[test]
fn did_the_slowest_tenth_of_requests_get_faster() -> Result<(), Error> {
    let before: Vec<f64> = (0..80).map(|at| 100.0 + f64::from(at * 37 % 80)).collect();
    let after: Vec<f64> = (0..60).map(|at| 60.0 + f64::from(at * 23 % 60)).collect();
    let (before, after) = (Sample::new(before)?, Sample::new(after)?);
    let bootstrap = Bootstrap::new(1_999, Seed::new(7))?;
    let p90 = Statistic::Quantile(Probability::new(0.9)?);
    let faster = bootstrap.difference(&before, &after, p90, Level::P95)?;
    assert!(faster.interval().lower() > 40.0 && faster.n() == 140, "{faster}");
    // As a ratio, by a function of one's own.
    let of = |sorted: &[f64]| sorted[sorted.len() * 9 / 10];
    let ratio = bootstrap.two_samples(&before, &after, Level::P95, |before, after| of(before) / of(after))?;
    assert!(ratio.interval().lower() > 1.3 && ratio.method() == IntervalMethod::BootstrapBca, "{ratio}");
    Ok(())
}

#[test]
fn one_set_of_draws_answers_for_several_levels() -> Result<(), Error> {
    let minutes = Sample::new(vec![4.0, 5.0, 7.0, 9.0, 12.0, 18.0, 25.0, 41.0])?;
    let drawn = Bootstrap::new(999, Seed::new(1))?.of_replicates(&minutes, Statistic::Mean)?;
    let (inner, outer) = (drawn.estimate(Level::P80)?, drawn.estimate(Level::P95)?);
    assert!(outer.interval().lower() < inner.interval().lower() && inner.interval().upper() < outer.interval().upper());
    // The standard error of a mean is s / sqrt(n), short of a root of (n - 1) / n.
    assert!((drawn.standard_error().unwrap() - 4.16).abs() < 0.3, "{:?}", drawn.standard_error());
    Ok(())
}

#[test]
fn weekly_counts_that_hang_together_have_a_wider_interval_in_blocks() -> Result<(), Error> {
    let mut level = 0.0;
    let weeks: Vec<f64> = (0..60_i32)
        .map(|week| {
            level = 0.8 * level + f64::from(week * week * 7_919 % 101 - 50);
            level
        })
        .collect();
    let series = Series::new(weeks)?;
    let bootstrap = Bootstrap::new(1_999, Seed::new(3))?.with(Ends::Percentile);
    let blocks = bootstrap.of_series(&series, Blocks::AUTOMATIC, Statistic::Mean, Level::P90)?;
    let singles = bootstrap.of(&series.to_sample(), Statistic::Mean, Level::P90)?;
    assert!(blocks.interval().width() > 1.2 * singles.interval().width(), "{blocks} {singles}");
    assert_eq!(blocks.method().to_string(), "block bootstrap percentile");
    // A statistic of the order: the share of weeks that were worse than the one before.
    let worse = |weeks: &[f64]| weeks.windows(2).filter(|pair| pair[1] > pair[0]).count() as f64 / 59.0;
    assert!(bootstrap.series(&series, Blocks::of(6)?, Level::P90, worse)?.value() > 0.3);
    Ok(())
}

#[test]
fn faults_say_what_would_be_enough() -> Result<(), Error> {
    assert_eq!(Bootstrap::new(1, Seed::new(0)).unwrap_err().to_string(), "resamples: 1 is not within 10 and 10000000");
    assert!(Blocks::of(0).is_err());
    let bootstrap = Bootstrap::new(99, Seed::new(0))?;
    let eight = Series::new((0..8).map(f64::from).collect())?;
    let refused = bootstrap.of_series(&eight, Blocks::AUTOMATIC, Statistic::Mean, Level::P90);
    assert_eq!(refused, Err(NotEnough::TooFew { of: "observations", have: 8, need: 9 }));
    let refused = bootstrap.of_series(&eight, Blocks::of(5)?, Statistic::Mean, Level::P90);
    assert_eq!(refused, Err(NotEnough::TooFew { of: "observations", have: 8, need: 10 }));
    let refused = bootstrap.of(&eight.to_sample(), Statistic::Mean, Level::P99).unwrap_err();
    assert_eq!(refused.to_string(), "not enough data: 99 resamples, and 199 are needed");
    let undefined = bootstrap.one_sample(&eight.to_sample(), Level::P90, |sorted| 1.0 / sorted[0]).unwrap_err();
    assert_eq!(undefined.to_string(), "not enough data: the statistic has no finite value on 1 of 1 samples drawn");
    Ok(())
}
