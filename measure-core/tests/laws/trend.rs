//! The laws of trends.

use measure_core::trend::{self, Correction, Segmentation};
use measure_core::{Alternative, Level, Seed, Series};
use proptest::prelude::*;

use super::strategies::{levels, observations};

fn enough(most: usize) -> impl Strategy<Value = Vec<f64>> {
    observations(most).prop_filter("at least 8", |values| values.len() >= 8)
}

/// Small whole numbers: whatever is added to them or multiplied with them stays exact.
fn whole() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((-1_000..1_000_i32).prop_map(f64::from), 8..60)
}

fn series(values: impl IntoIterator<Item = f64>) -> Series {
    Series::new(values.into_iter().collect()).unwrap()
}

const CORRECTIONS: [Correction; 4] =
    [Correction::None, Correction::HamedRao, Correction::HamedRaoWhereSignificant, Correction::FirstOrder];

proptest! {
    #[test]
    fn nothing_is_out_of_range(values in enough(60), level in levels(), power in levels()) {
        let series = series(values);
        for correction in CORRECTIONS {
            let found = trend::trend_by(&series, level, power, correction).unwrap();
            let interval = found.line.slope.interval();
            prop_assert!(interval.contains(found.line.slope.value()));
            prop_assert!(found.line.intercept.is_finite() && found.line.at(series.len()).is_finite());
            prop_assert!(found.test.z.is_finite() && found.test.variance >= 0.0 && found.test.inflation > 0.0);
            prop_assert!((-1.0..=1.0).contains(&found.test.tau) && (-1.0..=1.0).contains(&found.autocorrelation.lag_1));
            prop_assert!(found.detectable.is_none_or(|slope| slope.is_finite() && slope > 0.0));
        }
        for asked in [Segmentation::default(), Segmentation::default().corrected()] {
            let found = trend::segments(&series, asked, Seed::new(1)).unwrap();
            prop_assert!(found.noise.is_finite() && found.segments.iter().all(|segment| segment.mean.is_finite()));
            prop_assert!((0.0..=0.9).contains(&found.correlation));
        }
        let change = trend::cusum_test(&series, 9, Seed::new(1)).unwrap();
        prop_assert!(change.before.is_finite() && change.after.is_finite() && change.test.statistic().is_finite());
    }

    #[test]
    fn kendalls_s_knows_only_ranks(values in whole()) {
        let cubed = series(values.iter().map(|value| value * value * value - 7.0));
        let values = series(values);
        for alternative in [Alternative::TwoSided, Alternative::Less, Alternative::Greater] {
            prop_assert_eq!(trend::mann_kendall(&values, alternative), trend::mann_kendall(&cubed, alternative));
            prop_assert_eq!(
                trend::mann_kendall_exact(&values, alternative),
                trend::mann_kendall_exact(&cubed, alternative)
            );
        }
    }

    #[test]
    fn time_reversed_or_signs_turned_swap_rising_and_falling(values in whole()) {
        let backwards = series(values.iter().rev().copied());
        let turned = series(values.iter().map(|value| -value));
        let values = series(values);
        let own = trend::mann_kendall(&values, Alternative::Greater).unwrap();
        for other in [backwards, turned] {
            let other = trend::mann_kendall(&other, Alternative::Less).unwrap();
            prop_assert_eq!((own.s, own.variance), (-other.s, other.variance));
            prop_assert_eq!(own.test.p_value(), other.test.p_value());
        }
    }

    #[test]
    fn exact_tails_of_both_sides_meet(values in prop::collection::vec((0..9_i32).prop_map(f64::from), 8..=34)) {
        let values = series(values);
        let p = |alternative| trend::mann_kendall_exact(&values, alternative).unwrap().unwrap().test.p_value().get();
        let (both, less, greater) = (p(Alternative::TwoSided), p(Alternative::Less), p(Alternative::Greater));
        prop_assert!(less + greater >= 1.0 - 1e-12);
        prop_assert!((both - (2.0 * less.min(greater)).min(1.0)).abs() < 1e-12);
    }

    #[test]
    fn the_line_moves_with_the_series(values in whole(), shift in -500..500_i32, slope in -50..50_i32) {
        let (shift, slope) = (f64::from(shift), f64::from(slope));
        let own = trend::theil_sen(&series(values.iter().copied()), Level::P90).unwrap();
        let steps = (0..values.len()).map(|step| step as f64);
        let tilted = series(values.iter().zip(steps).map(|(value, step)| value + shift + slope * step));
        let tilted = trend::theil_sen(&tilted, Level::P90).unwrap();
        prop_assert!((tilted.slope.value() - own.slope.value() - slope).abs() < 1e-9);
        // Ties of the observations are not those of the tilted ones, and the interval counts them.
        let shifted = trend::theil_sen(&series(values.iter().map(|value| value + shift)), Level::P90).unwrap();
        prop_assert_eq!(shifted.slope, own.slope);
        prop_assert!((shifted.intercept - own.intercept - shift).abs() < 1e-9);
        let doubled = trend::theil_sen(&series(values.iter().map(|value| 2.0 * value)), Level::P90).unwrap();
        prop_assert_eq!(doubled.slope.value(), 2.0 * own.slope.value());
        prop_assert_eq!(doubled.slope.interval().upper(), 2.0 * own.slope.interval().upper());
    }

    #[test]
    fn intervals_of_the_slope_nest_with_the_level(values in enough(60), a in levels(), b in levels()) {
        let (low, high) = if a.get() <= b.get() { (a, b) } else { (b, a) };
        let series = series(values);
        let inner = trend::theil_sen(&series, low).unwrap().slope.interval();
        let outer = trend::theil_sen(&series, high).unwrap().slope.interval();
        prop_assert!(outer.lower() <= inner.lower() && inner.upper() <= outer.upper());
    }

    #[test]
    fn a_surer_verdict_needs_a_steeper_slope(values in whole(), a in levels(), b in levels()) {
        let (low, high) = if a.get() <= b.get() { (a, b) } else { (b, a) };
        let series = series(values);
        let slope = |level, power| {
            trend::detectable_slope(&series, level, power, Correction::FirstOrder).unwrap().unwrap_or(f64::INFINITY)
        };
        prop_assert!(slope(low, Level::P80) <= slope(high, Level::P80));
        prop_assert!(slope(Level::P95, low) <= slope(Level::P95, high));
    }

    #[test]
    fn a_first_order_correction_never_lowers_p(values in enough(60)) {
        let series = series(values);
        let plain = trend::mann_kendall(&series, Alternative::TwoSided).unwrap();
        let corrected = trend::first_order(&series, Alternative::TwoSided).unwrap();
        prop_assert!(corrected.inflation >= 1.0);
        prop_assert!(corrected.test.p_value() >= plain.test.p_value());
    }

    #[test]
    fn stretches_cover_the_series_and_keep_their_length(values in whole(), shortest in 1..9_usize, penalty in 0.0..40.0) {
        let asked = Segmentation::new(shortest.try_into().unwrap()).with_penalty(penalty).unwrap();
        let found = trend::segments(&series(values.iter().copied()), asked, Seed::new(1)).unwrap();
        let mut end = 0;
        for segment in &found.segments {
            prop_assert_eq!(segment.start, end);
            prop_assert!(segment.end - segment.start >= shortest || found.segments.len() == 1);
            end = segment.end;
        }
        prop_assert_eq!(end, values.len());
        prop_assert_eq!(found.changes.len() + 1, found.segments.len());
        // A dearer change is not made more often.
        let dearer = trend::segments(&series(values), asked.with_penalty(penalty + 5.0).unwrap(), Seed::new(1)).unwrap();
        prop_assert!(dearer.changes.len() <= found.changes.len());
    }
}
