//! Descriptions as a stranger uses them.

use measure_core::descriptive::{
    self, Moments, QuantileRule, QuantileSketch, Trim, WeightedSample, modified_z_fences, tukey_fences,
};
use measure_core::{Error, Level, NotEnough, Probability, Sample};

fn minutes() -> Sample {
    Sample::new(vec![12.0, 17.0, 22.0, 25.0, 31.0, 40.0, 41.0, 44.0, 52.0, 380.0]).unwrap()
}

#[test]
fn one_long_incident_moves_the_mean_and_not_the_middle() -> Result<(), Error> {
    let minutes = minutes();
    assert_eq!(descriptive::mean(&minutes), Some(66.4));
    assert_eq!(descriptive::median(&minutes), Some(35.5));
    assert_eq!(descriptive::trimmed_mean(&minutes, Trim::new(0.1)?), Some(34.0));
    assert_eq!(descriptive::winsorised_mean(&minutes, Trim::new(0.1)?), Some(34.1));
    assert_eq!(descriptive::median_absolute_deviation(&minutes), Some(12.0));
    for fences in [modified_z_fences(&minutes)?, tukey_fences(&minutes)?] {
        assert_eq!((fences.below(&minutes), fences.above(&minutes)), (&[][..], &[380.0][..]));
    }
    Ok(())
}

#[test]
fn a_percentile_comes_with_what_it_is_worth() -> Result<(), Error> {
    let minutes = minutes();
    let median = descriptive::quantile_interval(&minutes, Probability::new(0.5)?, Level::P95)?;
    assert_eq!(median.to_string(), "35.5 [17 to 52 (95 %)], n = 10, order statistics");
    let p99 = descriptive::quantile_interval(&minutes, Probability::new(0.99)?, Level::P95);
    assert_eq!(p99, Err(NotEnough::TooFew { of: "observations", have: 10, need: 299 }));
    let p90 = Probability::new(0.9)?;
    assert_eq!(descriptive::quantile_by(&minutes, p90, QuantileRule::InvertedCdf), Some(52.0));
    let by_weibull = descriptive::quantile_by(&minutes, p90, QuantileRule::Weibull).unwrap();
    assert!((by_weibull - 347.2).abs() < 1e-9);
    assert!((descriptive::quantile(&minutes, p90).unwrap() - 84.8).abs() < 1e-9);
    Ok(())
}

#[test]
fn shards_of_a_stream_merge() -> Result<(), Error> {
    let mut shards = [(Moments::ZERO, QuantileSketch::new(0.01)?), (Moments::ZERO, QuantileSketch::new(0.01)?)];
    for (at, value) in minutes().values().iter().enumerate() {
        let (moments, sketch) = &mut shards[at % 2];
        moments.push(*value)?;
        sketch.push(*value)?;
    }
    let [(one, left), (other, right)] = shards;
    let all = one.merge(other)?;
    assert_eq!((all.n(), all.mean()), (10, Some(66.4)));
    assert!((all.standard_deviation().unwrap() - descriptive::standard_deviation(&minutes()).unwrap()).abs() < 1e-12);
    assert!(all.skewness().unwrap() > 2.0 && all.excess_kurtosis().unwrap() > 3.0);
    let median = left.merge(&right)?.quantile(Probability::new(0.5)?).unwrap();
    assert!((median / 31.0 - 1.0).abs() <= 0.01, "{median}");
    Ok(())
}

#[test]
fn a_service_with_more_requests_counts_for_more() -> Result<(), Error> {
    let latency = WeightedSample::new(vec![(120.0, 9_000.0), (900.0, 100.0), (300.0, 900.0)])?;
    assert_eq!(latency.quantile(Probability::new(0.5)?), Ok(120.0));
    assert_eq!(latency.quantile(Probability::new(0.95)?), Ok(300.0));
    assert_eq!(latency.mean(), Ok(144.0));
    let fault = WeightedSample::new(vec![(1.0, -2.0)]).unwrap_err();
    assert_eq!(fault.to_string(), "weight `-2` at index 0 is not within 0 and 1e300");
    Ok(())
}
