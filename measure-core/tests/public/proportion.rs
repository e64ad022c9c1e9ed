//! Proportions as a stranger uses them.

use measure_core::{Error, Level, Method, Probability, Proportion, trials_without_failure};

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
    assert_eq!(Proportion::new(3, 2).unwrap_err().to_string(), "3 successes are more than 2 trials");
    assert_eq!(Level::new(1.0).unwrap_err().to_string(), "level `1` is not between 0 and 1, both excluded");
    assert_eq!(Probability::new(f64::NAN).unwrap_err().to_string(), "probability `NaN` is not between 0 and 1");
}
