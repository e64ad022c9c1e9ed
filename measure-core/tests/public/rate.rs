//! Rates as a stranger uses them.

use measure_core::rate::{Choice, Refusal, compare_poisson, compare_rates};
use measure_core::{Alternative, CountSeries, Error, Level, NotEnough, Rate};

#[test]
fn a_quarter_without_an_incident_shows_little() -> Result<(), Error> {
    let quiet = Rate::new(0, 13.0)?;
    assert!((quiet.upper_bound(Level::P95)? - 2.996 / 13.0).abs() < 1e-4);
    // Against one in a month it is no proof.
    assert!(quiet.poisson_test(0.23, Alternative::Less)?.p_value().get() > 0.05);
    Ok(())
}

#[test]
fn shards_of_a_count_merge() -> Result<(), Error> {
    let merged = Rate::new(3, 4.0)?.merge(Rate::new(9, 8.5)?)?;
    assert_eq!((merged.count(), merged.exposure()), (12, 12.5));
    Ok(())
}

#[test]
fn weekly_tickets_that_come_in_bursts_are_not_compared_as_if_they_came_one_by_one() -> Result<(), Error> {
    let before = CountSeries::of_equal_periods(&[31, 18, 25, 140, 22, 19, 27, 30, 96, 24, 20, 23])?;
    let after = CountSeries::of_equal_periods(&[28, 26, 90, 33, 24, 41, 29, 22, 35, 120, 27, 31])?;
    let refusal = compare_poisson(&after, &before, Level::P95, Alternative::TwoSided).unwrap_err();
    let Refusal::Overdispersed { dispersion, .. } = refusal else { panic!("{refusal}") };
    assert!(dispersion.index.value() > 20.0 && dispersion.index.interval().lower() > 10.0);

    let chosen = compare_rates(&after, &before, Level::P95, Alternative::TwoSided)?;
    assert_eq!(chosen.choice, Choice::VarianceFromCounts);
    assert!(!chosen.test.rejects_at(measure_core::Probability::new(0.05)?));
    assert!(chosen.ratio?.interval().contains(1.0));
    Ok(())
}

#[test]
fn answers_go_to_json_with_their_method_and_choice() -> Result<(), Box<dyn std::error::Error>> {
    let (x, y) = (CountSeries::of_equal_periods(&[4, 7])?, CountSeries::of_equal_periods(&[9, 3, 5])?);
    let json = serde_json::to_value(compare_rates(&x, &y, Level::P95, Alternative::Greater)?)?;
    assert_eq!(json["choice"], "variance-from-counts");
    assert_eq!(json["test"]["method"], "quasi-poisson");
    assert_eq!(json["variance"]["quasi-poisson"]["dispersion"], json["dispersion"]["index"]["value"]);
    Ok(())
}

#[test]
fn faults_name_the_value_and_the_bound() {
    let single = CountSeries::of_equal_periods(&[4]).unwrap();
    let missing = compare_rates(&single, &single, Level::P95, Alternative::TwoSided).unwrap_err();
    assert_eq!(missing, NotEnough::TooFew { of: "periods", have: 2, need: 3 });
    let text = Rate::new(4, 2.0).unwrap().poisson_test(-1.0, Alternative::Less).unwrap_err().to_string();
    assert_eq!(text, "a claimed rate of `-1` is not at least 0, with at most 1e19 events expected");
}
