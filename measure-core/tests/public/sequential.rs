//! Sequential tests as a stranger uses them.

use measure_core::sequential::{
    SequentialComparison, SequentialMean, SequentialNormalMean, SequentialProportion, Verdict,
};
use measure_core::{Alternative, Error, Level, Probability, Proportion};

#[test]
fn a_canary_is_rolled_back_as_soon_as_the_evidence_is_enough() -> Result<(), Error> {
    let mut canary = SequentialComparison::new(Probability::new(0.005)?, Alternative::Greater, Level::P95)?;
    // Failures of the canary and of the baseline, a minute each.
    let minutes = [(1, 5), (2, 4), (4, 6), (3, 5), (6, 3), (5, 5)];
    let mut stopped = None;
    for (minute, (worse, usual)) in minutes.into_iter().enumerate() {
        canary.observe(Proportion::new(worse, 100)?, Proportion::new(usual, 1_000)?)?;
        if let Verdict::Above { n, .. } = canary.verdict() {
            stopped = Some((minute, n));
            break;
        }
    }
    assert_eq!(stopped, Some((4, 5_500)));
    assert!(canary.ratio()?.interval().lower() > 1.0 && canary.difference()?.interval().lower() > 0.0);
    Ok(())
}

#[test]
fn a_quiet_night_is_no_verdict_but_bounds_the_rate() -> Result<(), Error> {
    let mut failures = SequentialProportion::new(Probability::new(0.01)?, Alternative::TwoSided, Level::P90)?;
    failures.observe(Proportion::new(0, 300)?)?;
    assert!(!failures.verdict().is_decided());
    let interval = failures.estimate()?.interval();
    assert!(interval.lower() == 0.0 && interval.upper() > 0.01 && interval.upper() < 0.03, "{interval}");
    Ok(())
}

#[test]
fn a_machine_goes_through_a_file() -> Result<(), Box<dyn std::error::Error>> {
    let mut minutes = SequentialNormalMean::new(4.0, 30.0, 20, Alternative::Greater, Level::P95)?;
    minutes.observe(33.0)?;
    let mut restored: SequentialNormalMean = serde_json::from_str(&serde_json::to_string(&minutes)?)?;
    for machine in [&mut minutes, &mut restored] {
        machine.observe(38.0)?;
    }
    assert_eq!(restored, minutes);
    let text =
        serde_json::to_string(&SequentialProportion::new(Probability::new(0.25)?, Alternative::Less, Level::P95)?)?;
    assert_eq!(
        text,
        r#"{"claim":0.25,"alternative":"less","level":0.95,"seen":{"successes":0,"trials":0},"strongest":{"successes":0,"trials":0},"decided":null}"#
    );
    Ok(())
}

#[test]
fn faults_name_the_value_and_the_bound() {
    let claim = SequentialProportion::new(Probability::ONE, Alternative::Less, Level::P95).unwrap_err();
    assert_eq!(claim.to_string(), "claimed probability `1` is not between 0 and 1, both excluded");
    let bounds = SequentialMean::new(2.0, 1.0, 1.5, Alternative::Less, Level::P95).unwrap_err();
    assert_eq!(bounds.to_string(), "bounds `2` and `1` are not in order, within -1e300 and 1e300");
    let mut scores = SequentialMean::new(0.0, 1.0, 0.5, Alternative::Less, Level::P95).unwrap();
    assert_eq!(scores.observe(1.5).unwrap_err().to_string(), "`1.5` is not within the bounds 0 and 1");
    let deviation = SequentialNormalMean::new(0.0, 1.0, 9, Alternative::Less, Level::P95).unwrap_err();
    assert_eq!(deviation.to_string(), "standard deviation `0` is not above 0, and at most 1e300");
    let forged = r#"{"claim":0.25,"alternative":"less","level":0.95,"seen":{"successes":0,"trials":5},"strongest":{"successes":1,"trials":2},"decided":null}"#;
    let fault = serde_json::from_str::<SequentialProportion>(forged).unwrap_err();
    assert!(fault.to_string().starts_with("no observations lead to this state: the strongest evidence"), "{fault}");
}
