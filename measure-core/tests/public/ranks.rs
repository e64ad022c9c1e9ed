//! Two samples by their ranks, as a stranger meets them.

use measure_core::compare::{
    EXACT_UP_TO_PAIRS, brunner_munzel, cliffs_delta, common_language, hodges_lehmann, mann_whitney, mann_whitney_exact,
    mann_whitney_normal,
};
use measure_core::{Alternative, Error, IntervalMethod, Level, NotEnough, Probability, Sample, TestMethod};

/// Minutes to restore service, one incident each.
fn incidents() -> (Sample, Sample) {
    let before = Sample::new(vec![38.0, 52.0, 47.0, 95.0, 63.0, 120.0, 41.0, 77.0, 58.0, 49.0]).unwrap();
    let after = Sample::new(vec![29.0, 44.0, 35.0, 61.0, 22.0, 50.0, 33.0, 27.0, 68.0]).unwrap();
    (before, after)
}

#[test]
fn did_it_change_and_by_how_much() {
    let (before, after) = incidents();
    let test = mann_whitney(&after, &before, Alternative::Less).unwrap();
    assert_eq!((test.statistic(), test.method()), (19.0, TestMethod::MannWhitneyExact));
    assert!(test.rejects_at(Probability::new(0.05).unwrap()));
    let shift = hodges_lehmann(&after, &before, Level::P95).unwrap();
    assert_eq!(shift.to_string(), "-19 [-42 to -2 (95 %)], n = 19, exact ranks");
    let delta = cliffs_delta(&after, &before, Level::P90).unwrap();
    assert!((delta.value() - (2.0 * 19.0 / 90.0 - 1.0)).abs() < 1e-15);
    assert!(delta.interval().upper() < 0.0, "{delta}");
    assert_eq!(delta.method(), IntervalMethod::WilsonEffective);
    let share = common_language(&before, &after, Level::P95).unwrap();
    assert_eq!(format!("{share:.2}"), "0.79 [0.50 to 0.93 (95 %)], n = 19, Wilson on the effective sample size");
    assert!(brunner_munzel(&after, &before, Alternative::Less).unwrap().p_value().get() < 0.05);
}

#[test]
fn what_was_used_is_said() {
    let (before, after) = incidents();
    let rounded = Sample::new(before.values().iter().map(|v| (v / 10.0).round()).collect()).unwrap();
    assert_eq!(mann_whitney(&before, &after, Alternative::TwoSided).unwrap().method(), TestMethod::MannWhitneyExact);
    assert_eq!(
        mann_whitney(&rounded, &rounded, Alternative::TwoSided).unwrap().method(),
        TestMethod::MannWhitneyExactTies
    );
    assert_eq!(mann_whitney_exact(&rounded, &rounded, Alternative::TwoSided), Err(Error::TiedRanks));
    assert_eq!(
        mann_whitney_normal(&before, &after, Alternative::TwoSided).unwrap().method(),
        TestMethod::MannWhitneyNormal
    );
    assert_eq!(EXACT_UP_TO_PAIRS, 2_500);
}

#[test]
fn too_few_say_what_would_be_enough() {
    let few = |values: &[f64]| Sample::new(values.to_vec()).unwrap();
    let reason = hodges_lehmann(&few(&[1.0, 2.0, 3.0]), &few(&[0.5, 1.5, 2.5]), Level::P95).unwrap_err();
    assert_eq!(reason.to_string(), "not enough data: 3 observations in each sample, and 4 are needed");
    assert!(matches!(
        cliffs_delta(&few(&[1.0]), &few(&[2.0, 3.0]), Level::P95),
        Err(NotEnough::TooFew { have: 1, need: 2, .. })
    ));
    assert!(mann_whitney(&Sample::default(), &few(&[1.0]), Alternative::TwoSided).is_err());
}

#[test]
fn an_answer_can_be_written_down() {
    let (before, after) = incidents();
    let test = mann_whitney(&before, &after, Alternative::Greater).unwrap();
    let json = serde_json::to_value(test).unwrap();
    assert_eq!((&json["statistic"], &json["method"]), (&71.0.into(), &"mann-whitney-exact".into()));
    let json = serde_json::to_value(hodges_lehmann(&before, &after, Level::P95).unwrap()).unwrap();
    assert_eq!((&json["value"], &json["method"]), (&19.0.into(), &"rank-exact".into()));
}
