//! Laws of descriptions.

use measure_core::descriptive::{
    Moments, QuantileRule, QuantileSketch, Trim, WeightedSample, mean, median, median_absolute_deviation,
    modified_z_fences, quantile, quantile_by, quantile_interval, standard_deviation, trimmed_mean, tukey_fences,
    variance, winsorised_mean,
};
use measure_core::{Level, Probability, Sample};
use proptest::prelude::*;

use crate::strategies::{levels, observations, samples};

const RULES: [QuantileRule; 7] = [
    QuantileRule::InvertedCdf,
    QuantileRule::AveragedInvertedCdf,
    QuantileRule::Hazen,
    QuantileRule::Weibull,
    QuantileRule::Linear,
    QuantileRule::MedianUnbiased,
    QuantileRule::NormalUnbiased,
];

fn probabilities() -> impl Strategy<Value = Probability> {
    prop_oneof![Just(0.0), Just(1.0), Just(0.5), 0.0..=1.0].prop_map(|p| Probability::new(p).unwrap())
}

fn moments(values: &[f64]) -> Moments {
    let mut moments = Moments::ZERO;
    values.iter().for_each(|value| moments.push(*value).unwrap());
    moments
}

fn sketch(values: &[f64], accuracy: f64) -> QuantileSketch {
    let mut sketch = QuantileSketch::new(accuracy).unwrap();
    values.iter().for_each(|value| sketch.push(*value).unwrap());
    sketch
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, value| most.max(value.abs()))
}

/// Equal to 12 digits; a mean near 0 also but for what is nothing beside the largest magnitude.
fn alike(one: Moments, other: Moments, largest: f64) -> bool {
    let near = |one: Option<f64>, other: Option<f64>, slack: f64| match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= slack,
        (None, None) => true,
        _ => false,
    };
    let size = |value: Option<f64>| value.unwrap_or(0.0).abs();
    one.n() == other.n()
        && near(one.mean(), other.mean(), size(one.mean()) * 1e-12 + largest * 1e-28 + 1e-322)
        && near(one.standard_deviation(), other.standard_deviation(), size(one.standard_deviation()) * 1e-12 + 1e-322)
}

proptest! {
    #[test]
    fn merging_moments_is_associative_and_commutative_with_zero_as_identity_and_equals_the_batch(
        a in observations(20), b in observations(20), c in observations(20),
    ) {
        let [x, y, z] = [&a, &b, &c].map(|values| moments(values));
        let all: Vec<f64> = a.iter().chain(&b).chain(&c).copied().collect();
        let scale = largest(&all);
        prop_assert!(alike(x.merge(y)?.merge(z)?, x.merge(y.merge(z)?)?, scale));
        prop_assert!(alike(x.merge(y)?, y.merge(x)?, scale));
        prop_assert_eq!(x.merge(Moments::ZERO)?, x);
        prop_assert_eq!(Moments::ZERO.merge(x)?, x);
        let batch = moments(&all);
        prop_assert!(alike(x.merge(y)?.merge(z)?, batch, scale));
        let sample = Sample::new(all)?;
        prop_assert!(alike(Moments::of(&sample), batch, scale));
        prop_assert_eq!(batch.mean().is_some(), mean(&sample).is_some());
        if let Some((one, other)) = standard_deviation(&sample).zip(batch.standard_deviation()) {
            prop_assert!((one - other).abs() <= one * 1e-12 + 1e-322, "{one} {other}");
        }
    }

    #[test]
    fn an_offset_however_large_leaves_the_spread_and_the_shape(
        values in prop::collection::vec(0..4_096_u32, 2..60), offset in 0..1_u64 << 52, cut in 0..60_usize,
    ) {
        let plain: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
        let moved: Vec<f64> = plain.iter().map(|value| value + offset as f64).collect();
        let (left, right) = moved.split_at(cut.min(moved.len()));
        let (plain, moved) = (moments(&plain), moments(left).merge(moments(right))?);
        let near = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => (one - other).abs() <= 1e-12 * one.abs().max(1.0),
            (one, other) => one == other,
        };
        prop_assert!(near(plain.variance(), moved.variance()), "{:?} {:?}", plain.variance(), moved.variance());
        prop_assert!(near(plain.skewness(), moved.skewness()), "{:?} {:?}", plain.skewness(), moved.skewness());
        prop_assert!(near(plain.excess_kurtosis(), moved.excess_kurtosis()));
    }

    #[test]
    fn moments_are_finite_and_within_their_bounds(values in observations(30)) {
        let moments = moments(&values);
        let n = values.len() as f64;
        for value in [moments.mean(), moments.variance(), moments.standard_deviation(), moments.skewness(), moments.excess_kurtosis()] {
            prop_assert!(value.is_none_or(f64::is_finite), "{moments:?}");
        }
        // Of n numbers: skewness within (n - 2) / sqrt(n - 1), kurtosis at least skewness squared and 1.
        if let Some((skewness, kurtosis)) = moments.skewness().zip(moments.excess_kurtosis())
            && moments.standard_deviation().unwrap() > largest(&values) * 1e-6
        {
            prop_assert!(skewness.abs() <= (n - 2.0) / (n - 1.0).sqrt() + 1e-6, "{moments:?}");
            prop_assert!(kurtosis + 3.0 >= 1.0 + skewness * skewness - 1e-6, "{moments:?}");
        }
    }

    #[test]
    fn quantiles_are_within_the_sample_and_grow_with_the_probability(
        sample in samples(30), p in probabilities(), q in probabilities(),
    ) {
        let (low, high) = if p < q { (p, q) } else { (q, p) };
        for rule in RULES {
            match (quantile_by(&sample, low, rule), quantile_by(&sample, high, rule)) {
                (Some(one), Some(other)) => {
                    // A position may be rounded to either side of an observation.
                    let rounding = (sample.max().unwrap() / 2.0 - sample.min().unwrap() / 2.0) * 1e-12;
                    prop_assert!(one <= other + rounding && sample.min() <= Some(one) && Some(other) <= sample.max(), "{rule:?}");
                }
                other => prop_assert!(sample.is_empty(), "{other:?}"),
            }
        }
        prop_assert_eq!(quantile(&sample, Probability::new(0.5)?), median(&sample));
    }

    #[test]
    fn a_quantile_of_type_one_is_where_the_share_at_or_below_reaches_it(sample in samples(30), p in probabilities()) {
        if let Some(value) = quantile_by(&sample, p, QuantileRule::InvertedCdf) {
            let share = |count: usize| count as f64 / sample.len() as f64;
            let at_or_below = sample.values().iter().filter(|other| **other <= value).count();
            let below = sample.values().iter().filter(|other| **other < value).count();
            prop_assert!(share(at_or_below) >= p.get() - 1e-12);
            prop_assert!(below == 0 || share(below) < p.get() + 1e-12);
        }
    }

    #[test]
    fn whole_weights_are_repetitions(pairs in prop::collection::vec((-20..20_i32, 0..4_u32), 0..20), p in probabilities()) {
        let weighted = pairs.iter().map(|(value, weight)| (f64::from(*value), f64::from(*weight))).collect();
        let weighted = WeightedSample::new(weighted)?;
        let repeated = pairs.iter().flat_map(|(value, weight)| (0..*weight).map(move |_| f64::from(*value))).collect();
        let repeated = Sample::new(repeated)?;
        prop_assert_eq!(weighted.quantile(p).ok(), quantile_by(&repeated, p, QuantileRule::InvertedCdf));
        match (weighted.mean(), mean(&repeated)) {
            (Ok(one), Some(other)) => prop_assert!((one - other).abs() < 1e-12),
            (one, other) => prop_assert!(one.is_err() && other.is_none()),
        }
    }

    #[test]
    fn intervals_of_quantiles_nest_with_the_level(sample in samples(60), p in 0.01..0.99_f64, a in levels(), b in levels()) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        let of = |level| quantile_interval(&sample, Probability::new(p).unwrap(), level);
        if let Ok(outer) = of(high) {
            let inner = of(low).expect("less is needed for a lower level").interval();
            prop_assert!(outer.interval().lower() <= inner.lower() && inner.upper() <= outer.interval().upper());
        }
    }

    #[test]
    fn an_interval_of_a_quantile_moves_with_any_monotone_transformation(values in prop::collection::vec(-5.0..5.0_f64, 6..40)) {
        let of = |values: Vec<f64>| quantile_interval(&Sample::new(values).unwrap(), Probability::new(0.5).unwrap(), Level::P95)
            .unwrap().interval();
        let (plain, grown) = (of(values.clone()), of(values.iter().map(|value| value.exp()).collect()));
        prop_assert_eq!((plain.lower().exp(), plain.upper().exp()), (grown.lower(), grown.upper()));
    }

    #[test]
    fn means_that_trim_are_within_what_they_keep(sample in samples(30), share in 0.0..0.5_f64) {
        let trim = Trim::new(share)?;
        match (trimmed_mean(&sample, trim), winsorised_mean(&sample, trim)) {
            (Some(trimmed), Some(winsorised)) => for value in [trimmed, winsorised] {
                prop_assert!(sample.min() <= Some(value) && Some(value) <= sample.max());
            },
            other => prop_assert!(sample.is_empty() && other == (None, None)),
        }
        prop_assert_eq!(trimmed_mean(&sample, Trim::default()), mean(&sample));
        prop_assert_eq!(winsorised_mean(&sample, Trim::default()), mean(&sample));
    }

    #[test]
    fn a_median_absolute_deviation_is_the_median_of_the_distances(sample in samples(30)) {
        let naive = median(&sample).map(|middle| {
            let mut distances: Vec<f64> = sample.values().iter().map(|value| (value - middle).abs()).collect();
            distances.sort_by(f64::total_cmp);
            let n = distances.len();
            distances[(n - 1) / 2] / 2.0 + distances[n / 2] / 2.0
        });
        match (median_absolute_deviation(&sample), naive) {
            (Some(one), Some(other)) => prop_assert!((one - other).abs() <= other * 1e-15 + 5e-324, "{one} {other}"),
            (one, other) => prop_assert_eq!(one, other),
        }
    }

    #[test]
    fn fences_part_the_sample_in_three(sample in samples(40)) {
        for fences in [modified_z_fences(&sample), tukey_fences(&sample)].into_iter().flatten() {
            prop_assert!(fences.lower().is_finite() && fences.upper().is_finite() && fences.lower() <= fences.upper());
            let inside = sample.values().iter().filter(|value| (fences.lower()..=fences.upper()).contains(value)).count();
            prop_assert_eq!(fences.below(&sample).len() + inside + fences.above(&sample).len(), sample.len());
            // The middle half is never an outlier.
            prop_assert!(2 * inside >= sample.len());
        }
    }

    #[test]
    fn variance_is_the_square_of_the_standard_deviation_where_a_float_holds_it(sample in samples(30)) {
        match (variance(&sample), standard_deviation(&sample)) {
            (Some(variance), Some(deviation)) => prop_assert!((variance - deviation * deviation).abs() <= variance * 1e-14 + 1e-320),
            (None, Some(deviation)) => prop_assert!(deviation > 1e154),
            other => prop_assert!(sample.len() < 2 && other == (None, None)),
        }
    }

    #[test]
    fn a_sketch_is_off_by_at_most_its_accuracy(values in observations(60), accuracy in 0.0001..=0.5_f64, p in probabilities()) {
        let (sketch, sample) = (sketch(&values, accuracy), Sample::new(values)?);
        prop_assert_eq!(sketch.n(), sample.n());
        prop_assert_eq!((sketch.min(), sketch.max()), (sample.min(), sample.max()));
        match sketch.quantile(p) {
            None => prop_assert!(sample.is_empty()),
            Some(value) => {
                let rank = ((sample.len() - 1) as f64 * p.get()) as usize;
                let exact = sample.values()[rank];
                // Logarithms of 1e300 over 2 x 10^-4 have some 5 x 10^-10 of rounding.
                prop_assert!((value - exact).abs() <= accuracy * exact.abs() * (1.0 + 1e-8) + 1e-300, "{value} {exact}");
            }
        }
    }

    #[test]
    fn merging_sketches_is_associative_and_commutative_with_an_identity_and_equals_the_batch_exactly(
        a in observations(20), b in observations(20), c in observations(20),
    ) {
        let [x, y, z] = [&a, &b, &c].map(|values| sketch(values, 0.02));
        let all: Vec<f64> = a.iter().chain(&b).chain(&c).copied().collect();
        let merged = x.clone().merge(&y)?.merge(&z)?;
        prop_assert_eq!(&merged, &x.clone().merge(&y.clone().merge(&z)?)?);
        prop_assert_eq!(x.clone().merge(&y)?, y.merge(&x)?);
        prop_assert_eq!(x.clone().merge(&QuantileSketch::new(0.02)?)?, x);
        prop_assert_eq!(merged, sketch(&all, 0.02));
    }

    #[test]
    fn json_gives_back_an_equal_value(values in observations(30), weights in prop::collection::vec(0.0..5.0_f64, 30)) {
        let moments = moments(&values);
        prop_assert_eq!(serde_json::from_str::<Moments>(&serde_json::to_string(&moments)?)?, moments);
        let sketch = sketch(&values, 0.01);
        prop_assert_eq!(serde_json::from_str::<QuantileSketch>(&serde_json::to_string(&sketch)?)?, sketch);
        let weighted = WeightedSample::new(values.into_iter().zip(weights).collect())?;
        prop_assert_eq!(serde_json::from_str::<WeightedSample>(&serde_json::to_string(&weighted)?)?, weighted);
    }
}
