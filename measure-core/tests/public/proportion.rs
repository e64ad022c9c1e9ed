//! Proportions as a stranger uses them.

use measure_core::{
    Alternative, Error, IntervalMethod, Level, Method, Probability, Proportion, TestMethod, proportion,
    trials_without_failure,
};

#[test]
fn a_canary_with_three_errors_in_fifty_requests_is_worse_than_promised() -> Result<(), Error> {
    let errors = Proportion::new(3, 50)?;
    let promised = Probability::new(0.001)?;
    assert!(errors.tail_at_least(promised).get() < 1e-4);
    assert!(errors.posterior_above(promised).get() > 0.9999);
    assert!(errors.lower_bound(Method::ClopperPearson, Level::P95).unwrap() > promised.get());
    Ok(())
}

#[test]
fn a_quiet_night_proves_little() -> Result<(), Error> {
    let errors = Proportion::new(0, 40)?;
    let interval = errors.clopper_pearson(Level::P95).unwrap();
    assert!(interval.lower() == 0.0 && interval.upper() > 0.08);
    assert_eq!(trials_without_failure(Probability::new(0.999)?, Level::P95), Some(2995));
    Ok(())
}

#[test]
fn nothing_observed_is_a_value() {
    for method in [Method::Wilson, Method::ClopperPearson, Method::Jeffreys] {
        assert_eq!(Proportion::ZERO.interval(method, Level::P95), None);
        assert_eq!(Proportion::ZERO.upper_bound(method, Level::P95), None);
    }
    assert_eq!(Proportion::ZERO.tail_at_least(Probability::ZERO), Probability::ONE);
}

#[test]
fn faults_name_the_value_and_the_bound() {
    assert_eq!(Proportion::new(3, 2).unwrap_err().to_string(), "successes (3) are more than trials (2)");
    assert_eq!(Level::new(1.0).unwrap_err().to_string(), "level `1` is not within 1e-12 and 1 - 1e-12");
    assert_eq!(Probability::new(f64::NAN).unwrap_err().to_string(), "probability `NaN` is not between 0 and 1");
}

#[test]
fn two_releases_are_compared_in_all_ways() -> Result<(), Error> {
    let (canary, baseline) = (Proportion::new(12, 400)?, Proportion::new(30, 4_000)?);
    let more = proportion::difference(canary, baseline, Level::P95)?;
    assert_eq!((more.n(), more.method()), (4_400, IntervalMethod::Newcombe));
    assert!(more.interval().lower() > 0.0 && (more.value() - 0.0225).abs() < 1e-15);
    assert!(proportion::ratio(canary, baseline, Level::P95)?.interval().lower() > 2.0);
    let test = proportion::fisher_exact(canary, baseline, Alternative::TwoSided);
    assert_eq!((test.statistic(), test.method()), (12.0, TestMethod::Fisher));
    assert!(test.rejects_at(Probability::new(0.001)?));
    assert!(proportion::fisher_mid_p(canary, baseline, Alternative::TwoSided).p_value() < test.p_value());
    Ok(())
}

#[test]
fn a_plan_says_what_it_can_see() -> Result<(), Error> {
    let (usual, power) = (Probability::new(0.01)?, Probability::new(0.8)?);
    let needed = proportion::trials_to_tell_apart(usual, Probability::new(0.015)?, power, Level::P95).unwrap();
    let seen = proportion::smallest_difference(usual, needed, needed, power, Level::P95);
    assert!((seen.above.unwrap().get() - 0.015).abs() < 1e-5, "{needed} {seen:?}");
    assert!(seen.below.unwrap() < usual);
    let exact = proportion::power_against_claim(usual, Probability::new(0.02)?, 500, Alternative::Greater, Level::P95);
    assert!((0.5..0.9).contains(&exact.get()), "{exact}");
    Ok(())
}

#[test]
fn a_claim_is_tested_exactly() -> Result<(), Error> {
    let claim = Probability::new(0.5)?;
    let heads = Proportion::new(9, 10)?;
    // 2 (10 + 1) / 2^10.
    assert!((heads.binomial_test(claim, Alternative::TwoSided).p_value().get() - 22.0 / 1024.0).abs() < 1e-15);
    assert!((heads.binomial_test_mid_p(claim, Alternative::TwoSided).p_value().get() - 12.0 / 1024.0).abs() < 1e-15);
    assert_eq!(heads.binomial_test(claim, Alternative::Greater).p_value(), heads.tail_at_least(claim));
    Ok(())
}
