//! Forecasts as a stranger uses them.

use std::num::NonZeroU32;

use measure_core::calibration::{
    AucInterval, Binning, Clip, Forecasts, LogLoss, PairedForecasts, PlattScale, Recalibration,
};
use measure_core::{Error, IntervalMethod, Level, NotEnough, Probability, Seed};

fn p(value: f64) -> Probability {
    Probability::new(value).unwrap()
}

/// Too bold: what is forecast at 95 % happens three times of four, what is at 5 % once of four.
fn bold() -> Forecasts {
    let rows = (0..200).map(|index| {
        let high = index % 2 == 0;
        (p(if high { 0.95 } else { 0.05 }), (index / 2 % 4 == 0) != high)
    });
    Forecasts::new(rows)
}

#[test]
fn bold_forecasts_are_found_out() -> Result<(), Error> {
    let error = bold().calibration_error(Binning::Distinct, NonZeroU32::new(500).unwrap(), Seed::new(1))?;
    assert!((error.value - 0.2).abs() < 1e-12);
    assert!(error.if_calibrated < 0.03 && error.test.p_value().get() < 0.01);
    assert!(bold().spiegelhalter()?.statistic() > 5.0);
    let curve = bold().reliability(Binning::default(), Level::P95)?;
    assert_eq!(curve.len(), 2);
    assert!(curve.iter().all(|bin| !bin.rate.interval().contains(bin.forecast)));
    let parts = bold().decomposition(Binning::Distinct)?;
    assert!((parts.reliability - 0.04).abs() < 1e-12 && (parts.resolution - 0.0625).abs() < 1e-12);
    Ok(())
}

#[test]
fn and_corrected() -> Result<(), Error> {
    for map in [
        Recalibration::from(bold().isotonic()?),
        Recalibration::from(bold().platt(PlattScale::Logit(Clip::EPSILON))?),
        Recalibration::from(bold().platt(PlattScale::Probability)?),
    ] {
        let better = bold().recalibrated(&map);
        assert!(better.brier(Level::P95)?.value() < bold().brier(Level::P95)?.value() - 0.03);
        assert!((map.apply(p(0.95)).get() - 0.75).abs() < 0.01, "{map:?}");
        let text = serde_json::to_string(&map).unwrap();
        assert_eq!(serde_json::from_str::<Recalibration>(&text).unwrap(), map, "{text}");
    }
    Ok(())
}

#[test]
fn the_impossible_is_not_hidden() -> Result<(), Error> {
    let sure = Forecasts::new([(p(0.0), true), (p(0.0), false), (p(0.7), true)]);
    assert_eq!(sure.log_loss(Level::P95)?, LogLoss::ImpossibleHappened { count: 1 });
    assert!(sure.log_loss_clipped(Clip::new(1e-6)?, Level::P95)?.value() > 4.0);
    Ok(())
}

#[test]
fn one_kind_only_is_not_enough_to_tell_kinds_apart() {
    let all = Forecasts::new([(p(0.9), true), (p(0.8), true), (p(0.3), true)]);
    let missing = NotEnough::TooFew { of: "events that did not happen", have: 0, need: 1 };
    assert_eq!(all.auc(AucInterval::Logit, Level::P95), Err(missing));
    assert_eq!(all.brier(Level::P95), Err(missing));
    let few = NotEnough::TooFew { of: "events that happened", have: 3, need: 5 };
    assert_eq!(all.brier_skill(Level::P95), Err(few));
    assert_eq!(all.isotonic().unwrap_err(), missing);
    assert_eq!(all.platt(PlattScale::Probability).unwrap_err(), missing);
    assert_eq!(missing.to_string(), "not enough data: 0 events that did not happen, and 1 is needed");
}

#[test]
fn perfect_order_in_a_small_sample_is_no_proof() -> Result<(), Error> {
    let apart = Forecasts::new([(p(0.9), true), (p(0.8), true), (p(0.7), true), (p(0.3), false), (p(0.1), false)]);
    let area = apart.auc(AucInterval::Plain, Level::P95)?;
    assert_eq!((area.value(), area.method()), (1.0, IntervalMethod::ClopperPearson));
    assert!(area.interval().lower() < 0.2);
    Ok(())
}

#[test]
fn the_better_of_two_forecasters() -> Result<(), Error> {
    let rows = (0..120).map(|index| {
        let happened = index % 3 == 0;
        let signal = if happened { 0.6 } else { 0.4 };
        let noise = |step: i32| f64::from(index * step % 17) / 17.0 - 0.47;
        (p(signal + 0.3 * noise(5)), p(signal + 0.8 * noise(7) * signal), happened)
    });
    let paired = PairedForecasts::new(rows);
    let answer = paired.auc_difference(Level::P95)?;
    assert!(answer.difference.interval().lower() > 0.0 && answer.test.p_value().get() < 0.05);
    assert!(paired.brier_difference(Level::P95)?.value() < 0.0);
    assert_eq!(paired.first().n(), 120);
    Ok(())
}

#[test]
fn faults_name_the_value_and_the_bound() {
    assert_eq!(
        Clip::new(0.5).unwrap_err().to_string(),
        "clip `0.5` is not within 2.220446049250313e-16 and 0.5, the latter excluded"
    );
    let fault = serde_json::from_str::<Recalibration>(r#"{"isotonic": [[0.2, 0.5], [0.4, 0.3]]}"#).unwrap_err();
    assert!(fault.to_string().starts_with("knot 1 is missing or not beyond"), "{fault}");
    assert!(
        serde_json::from_str::<Recalibration>(r#"{"platt": {"slope": 1, "intercept": 0, "scale": {"logit": 0.7}}}"#)
            .is_err()
    );
    // 1 less that clip is 1, whose logit is no number.
    let flat = r#"{"platt": {"slope": 0, "intercept": 0.3, "scale": {"logit": 1e-17}}}"#;
    assert!(serde_json::from_str::<Recalibration>(flat).is_err());
    assert!(serde_json::from_str::<Forecasts>("[[-0.1, true]]").is_err());
}
