//! Laws of forecasts.

use std::num::NonZeroU32;

use measure_core::calibration::{
    AucInterval, Binning, Clip, Forecasts, LogLoss, PairedForecasts, PlattScale, Recalibration,
};
use measure_core::{Level, NotEnough, Probability, Sample, Seed, compare};
use proptest::prelude::*;

use crate::strategies::levels;

/// Forecasts of all kinds: smooth, with ties, all equal, at the ends, tiny.
fn rows(most: usize) -> impl Strategy<Value = Vec<(Probability, bool)>> {
    let smooth = prop::collection::vec((0.0..=1.0_f64, any::<bool>()), 0..=most);
    let tied = prop::collection::vec(((0..=4_u8).prop_map(|k| f64::from(k) / 4.0), any::<bool>()), 0..=most);
    let equal = (prop::collection::vec(any::<bool>(), 0..=most), 0.0..=1.0_f64)
        .prop_map(|(flags, p)| flags.into_iter().map(|flag| (p, flag)).collect::<Vec<_>>());
    let extreme = prop::sample::select(vec![0.0, -0.0, 5e-324, 1e-300, 1e-17, 0.5, 1.0 - 1e-16, 1.0]);
    let extreme = prop::collection::vec((extreme, any::<bool>()), 0..=most);
    prop_oneof![3 => smooth, 3 => tied, 1 => equal, 1 => extreme]
        .prop_map(|rows| rows.into_iter().map(|(p, flag)| (Probability::new(p).unwrap(), flag)).collect())
}

fn forecasts(most: usize) -> impl Strategy<Value = Forecasts> {
    rows(most).prop_map(Forecasts::new)
}

fn probabilities() -> impl Strategy<Value = Probability> {
    (0.0..=1.0).prop_map(|p| Probability::new(p).unwrap())
}

fn paired(most: usize) -> impl Strategy<Value = PairedForecasts> {
    let p = || prop_oneof![0.0..=1.0_f64, (0..=4_u8).prop_map(|k| f64::from(k) / 4.0)];
    prop::collection::vec((p(), p(), any::<bool>()), 0..=most).prop_map(|rows| {
        let p = |value| Probability::new(value).unwrap();
        PairedForecasts::new(rows.into_iter().map(|(a, b, y)| (p(a), p(b), y)))
    })
}

fn binnings() -> impl Strategy<Value = Binning> {
    prop_oneof![Just(Binning::Distinct), (1..30_u32).prop_map(|n| Binning::EqualMass(NonZeroU32::new(n).unwrap()))]
}

fn scales() -> impl Strategy<Value = PlattScale> {
    let clips = (1e-12..0.1_f64).prop_map(|clip| PlattScale::Logit(Clip::new(clip).unwrap()));
    prop_oneof![Just(PlattScale::Probability), Just(PlattScale::Logit(Clip::EPSILON)), clips]
}

fn mapped(forecasts: &Forecasts, map: impl Fn(f64) -> f64) -> Forecasts {
    Forecasts::new(forecasts.rows().map(|(p, y)| (Probability::new(map(p.get())).unwrap(), y)))
}

fn score(forecasts: &Forecasts) -> f64 {
    forecasts.decomposition(Binning::default()).unwrap().score
}

proptest! {
    #[test]
    fn merging_is_associative_and_commutative_and_the_same_as_all_at_once(a in rows(20), b in rows(20), c in rows(20)) {
        let of = |rows: &[(Probability, bool)]| Forecasts::new(rows.to_vec());
        let (x, y, z) = (of(&a), of(&b), of(&c));
        prop_assert_eq!(x.clone().merge(&y).merge(&z), x.clone().merge(&y.clone().merge(&z)));
        prop_assert_eq!(x.clone().merge(&y), y.clone().merge(&x));
        prop_assert_eq!(x.clone().merge(&Forecasts::default()), x.clone());
        prop_assert_eq!(x.merge(&y).merge(&z), of(&[a, b, c].concat()));
    }

    #[test]
    fn merging_pairs_is_the_same_as_all_at_once(a in paired(20), b in paired(20)) {
        let both = PairedForecasts::new([a.rows(), b.rows()].concat());
        prop_assert_eq!(a.clone().merge(&b), both.clone());
        prop_assert_eq!(b.merge(&a), both.clone());
        prop_assert_eq!(both.first().merge(&Forecasts::default()), both.first());
    }

    #[test]
    fn json_gives_back_an_equal_value(forecasts in forecasts(30), paired in paired(20), scale in scales(), p in probabilities()) {
        let text = serde_json::to_string(&(&forecasts, &paired))?;
        prop_assert_eq!(serde_json::from_str::<(Forecasts, PairedForecasts)>(&text)?, (forecasts.clone(), paired));
        let maps = [forecasts.platt(scale).ok().map(Recalibration::from), forecasts.isotonic().ok().map(Recalibration::from)];
        for map in maps.into_iter().flatten() {
            let again: Recalibration = serde_json::from_str(&serde_json::to_string(&map)?)?;
            prop_assert_eq!(&again, &map);
            prop_assert_eq!(again.apply(p), map.apply(p));
        }
    }

    #[test]
    fn the_parts_add_up_to_the_score(forecasts in forecasts(60), binning in binnings()) {
        if let Ok(parts) = forecasts.decomposition(binning) {
            let sum = parts.reliability - parts.resolution + parts.uncertainty
                + parts.within_variance - parts.within_covariance;
            prop_assert!((sum - parts.score).abs() < 1e-14, "{parts:?}");
            prop_assert!(parts.reliability >= 0.0 && parts.resolution >= 0.0 && parts.within_variance >= 0.0);
            prop_assert!(parts.resolution <= parts.uncertainty + 1e-14 && parts.uncertainty <= 0.25);
            if binning == Binning::Distinct {
                prop_assert!(parts.within_variance < 1e-30 && parts.within_covariance.abs() < 1e-15);
            }
        }
    }

    #[test]
    fn bins_hold_every_forecast_once_in_order_and_equal_ones_together(forecasts in forecasts(60), binning in binnings(), level in levels()) {
        if let Ok(curve) = forecasts.reliability(binning, level) {
            prop_assert_eq!(curve.iter().map(|bin| bin.happened.trials()).sum::<u64>(), forecasts.n());
            prop_assert_eq!(curve.iter().map(|bin| bin.happened.successes()).sum::<u64>(), forecasts.happened());
            prop_assert!(curve.windows(2).all(|pair| pair[0].highest < pair[1].lowest));
            for bin in &curve {
                prop_assert!(bin.lowest <= bin.forecast && bin.forecast <= bin.highest);
                prop_assert!(bin.rate.interval().contains(bin.rate.value()));
            }
            if let Binning::EqualMass(bins) = binning {
                prop_assert!(curve.len() <= bins.get() as usize);
            }
        }
    }

    #[test]
    fn scores_are_within_their_intervals_and_ranges(forecasts in forecasts(40), level in levels()) {
        if let Ok(brier) = forecasts.brier(level) {
            let interval = brier.interval();
            prop_assert!(0.0 <= interval.lower() && interval.upper() <= 1.0 && interval.contains(brier.value()));
            match forecasts.brier_skill(level) {
                Ok(skill) => prop_assert!(skill.value() <= 1.0 && skill.interval().contains(skill.value())),
                // All forecasts are the share that happened.
                Err(NotEnough::NoSpread { .. }) => prop_assert!(forecasts.rows().len() > 1),
                Err(_) => prop_assert!(forecasts.happened().min(forecasts.n() - forecasts.happened()) < 5),
            }
        }
        prop_assert!(forecasts.brier(level).is_err() || (forecasts.happened() > 0 && forecasts.happened() < forecasts.n()));
        let impossible = forecasts.rows().filter(|(p, y)| p.get() == f64::from(u8::from(!*y))).count() as u64;
        match forecasts.log_loss(level) {
            Ok(LogLoss::Finite(loss)) => prop_assert!(impossible == 0 && loss.interval().contains(loss.value())),
            Ok(LogLoss::ImpossibleHappened { count }) => prop_assert_eq!(count, impossible),
            Err(_) => prop_assert!(impossible == 0),
        }
        if let Ok(loss) = forecasts.log_loss_clipped(Clip::EPSILON, level) {
            prop_assert!(loss.value() >= 0.0 && loss.value() <= 36.05);
        }
    }

    #[test]
    fn a_monotone_transformation_of_the_forecasts_leaves_the_area(forecasts in forecasts(50), level in levels()) {
        // Squeezed towards the middle; of few digits, so that no two become one.
        let forecasts = mapped(&forecasts, |p| (p * 1_048_576.0).round() / 1_048_576.0);
        let other = mapped(&forecasts, |p| 0.25 + p / 2.0);
        for scale in [AucInterval::Wilson, AucInterval::Logit, AucInterval::Plain] {
            prop_assert_eq!(forecasts.auc(scale, level), other.auc(scale, level));
        }
    }

    #[test]
    fn the_default_interval_of_the_area_is_that_of_the_common_language_effect(forecasts in forecasts(50), level in levels()) {
        let kind = |kind| Sample::new(forecasts.rows().filter(|row| row.1 == kind).map(|row| row.0.get()).collect());
        let (happened, not) = (kind(true).unwrap(), kind(false).unwrap());
        if let (Ok(area), Ok(effect)) =
            (forecasts.auc(AucInterval::default(), level), compare::common_language(&happened, &not, level))
        {
            prop_assert_eq!((area.value(), area.interval(), area.method()), (effect.value(), effect.interval(), effect.method()));
        }
    }

    #[test]
    fn swapping_what_happened_mirrors_the_area(forecasts in forecasts(50), level in levels()) {
        let swapped = Forecasts::new(forecasts.rows().map(|(p, y)| (p, !y)));
        for scale in [AucInterval::Wilson, AucInterval::Logit, AucInterval::Plain] {
            match (forecasts.auc(scale, level), swapped.auc(scale, level)) {
                (Ok(one), Ok(other)) => {
                    prop_assert!((one.value() + other.value() - 1.0).abs() < 1e-14);
                    prop_assert!((one.interval().lower() + other.interval().upper() - 1.0).abs() < 1e-12);
                }
                (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
            }
        }
    }

    #[test]
    fn an_interval_of_a_higher_level_holds_the_one_of_a_lower(
        forecasts in forecasts(40), paired in paired(40), a in levels(), b in levels(),
    ) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        let pairs = |level| [
            forecasts.brier(level).ok(), forecasts.brier_skill(level).ok(), forecasts.auc(AucInterval::Logit, level).ok(),
            forecasts.auc(AucInterval::Plain, level).ok(), forecasts.auc(AucInterval::Wilson, level).ok(), forecasts.log_loss_clipped(Clip::EPSILON, level).ok(),
            paired.brier_difference(level).ok(), paired.auc_difference(level).ok().map(|answer| answer.difference),
        ];
        for (inner, outer) in pairs(low).into_iter().zip(pairs(high)) {
            if let Some((inner, outer)) = inner.zip(outer) {
                let (inner, outer) = (inner.interval(), outer.interval());
                let rounding = 1e-9 * inner.width() + 1e-14;
                prop_assert!(outer.lower() <= inner.lower() + rounding && inner.upper() <= outer.upper() + rounding);
            }
        }
    }

    #[test]
    fn swapping_two_forecasters_turns_the_difference_around(paired in paired(40)) {
        let swapped = PairedForecasts::new(paired.rows().iter().map(|(a, b, y)| (*b, *a, *y)));
        match (paired.auc_difference(Level::P95), swapped.auc_difference(Level::P95)) {
            (Ok(one), Ok(other)) => {
                prop_assert!((one.difference.value() + other.difference.value()).abs() < 1e-12);
                prop_assert!((one.test.p_value().get() - other.test.p_value().get()).abs() < 1e-9);
            }
            (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
        }
        let first = paired.first();
        if let Ok(answer) = paired.auc_difference(Level::P95) {
            let area = |forecasts: &Forecasts| forecasts.auc(AucInterval::Plain, Level::P95).map(measure_core::Estimate::value);
            if let (Ok(one), Ok(other)) = (area(&first), area(&paired.second())) {
                prop_assert!((answer.difference.value() - (one - other)).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn isotonic_never_falls_and_never_raises_the_brier_score_it_was_fitted_to(
        forecasts in forecasts(60), a in probabilities(), b in probabilities(),
    ) {
        if let Ok(map) = forecasts.isotonic() {
            let (low, high) = if a < b { (a, b) } else { (b, a) };
            prop_assert!(map.apply(low) <= map.apply(high));
            let after = forecasts.recalibrated(&Recalibration::from(map.clone()));
            prop_assert!(score(&after) <= score(&forecasts) + 1e-15);
            // What is fitted is right on average, and fitting it again changes nothing.
            let mean = after.rows().map(|(p, _)| p.get()).sum::<f64>() / after.n() as f64;
            prop_assert!((mean - after.happened() as f64 / after.n() as f64).abs() < 1e-12);
            let again = after.isotonic().unwrap();
            prop_assert!(after.rows().all(|(p, _)| (again.apply(p).get() - p.get()).abs() < 1e-12));
        }
    }

    #[test]
    fn platt_rises_when_its_slope_is_above_zero_and_falls_when_below(
        forecasts in forecasts(60), scale in scales(), a in probabilities(), b in probabilities(),
    ) {
        if let Ok(map) = forecasts.platt(scale) {
            let (low, high) = if a < b { (a, b) } else { (b, a) };
            let (at_low, at_high) = (map.apply(low), map.apply(high));
            prop_assert!(if map.slope() >= 0.0 { at_low <= at_high } else { at_low >= at_high }, "{map:?}");
        } else {
            let (happened, n) = (forecasts.happened(), forecasts.n());
            let range = forecasts.rows().map(|row| row.0.get()).fold((1.0_f64, 0.0_f64), |(a, b), p| (a.min(p), b.max(p)));
            prop_assert!(happened == 0 || happened == n || range.1 - range.0 < 1e-12);
        }
    }

    #[test]
    fn platt_of_turned_forecasts_is_turned(forecasts in forecasts(40)) {
        // 1 - p for p, and what did not happen for what did.
        let turned = Forecasts::new(forecasts.rows().map(|(p, y)| (p.complement(), !y)));
        if let (Ok(one), Ok(other)) = (forecasts.platt(PlattScale::Probability), turned.platt(PlattScale::Probability)) {
            let far = one.slope().abs() * 1e-9 + 1e-9;
            prop_assert!((one.slope() - other.slope()).abs() < far, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_calibration_error_is_a_share_and_so_is_what_chance_makes(forecasts in forecasts(40), binning in binnings(), seed: u64) {
        let simulations = NonZeroU32::new(20).unwrap();
        if let Ok(error) = forecasts.calibration_error(binning, simulations, Seed::new(seed)) {
            prop_assert!((0.0..=1.0).contains(&error.value) && (0.0..=1.0).contains(&error.if_calibrated));
            prop_assert!(error.test.p_value().get() >= 1.0 / 21.0);
            // Coarser bins let more cancel.
            let one = Binning::EqualMass(NonZeroU32::MIN);
            let least = forecasts.calibration_error(one, simulations, Seed::new(seed)).unwrap();
            prop_assert!(least.value <= error.value + 1e-12);
        }
        if let Ok(test) = forecasts.spiegelhalter() {
            prop_assert!((0.0..=1.0).contains(&test.p_value().get()));
        }
    }
}
