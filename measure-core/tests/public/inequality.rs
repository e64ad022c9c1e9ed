//! Inequality as a stranger uses it.

use measure_core::Error;
use measure_core::inequality::Shares;

#[test]
fn half_the_pages_for_half_the_time_are_fair() -> Result<(), Error> {
    let by_head = Shares::new(vec![10.0, 10.0, 5.0])?;
    let by_time = Shares::weighted(vec![(10.0, 1.0), (10.0, 1.0), (5.0, 0.5)])?;
    assert!(by_head.gini()? > 0.1 && by_head.jain()? < 0.95);
    assert_eq!((by_time.gini()?, by_time.jain()?, by_time.extremes()?.spread()), (0.0, 1.0, 0.0));
    Ok(())
}

#[test]
fn one_who_carries_most_of_the_nights_is_seen() -> Result<(), Error> {
    let nights = Shares::new(vec![14.0, 3.0, 2.0, 2.0])?;
    let extremes = nights.extremes()?;
    // 14 of 21 are two and two thirds of an even share.
    assert!((extremes.greatest() - 8.0 / 3.0).abs() < 1e-15 && (extremes.ratio() - 1.0 / 7.0).abs() < 1e-15);
    assert!((nights.largest_part()? - 2.0 / 3.0).abs() < 1e-15);
    assert!((nights.gini()? - 0.440_476_190_476_190_5).abs() < 1e-15);
    assert!((nights.gini_corrected()? - nights.gini()? * 4.0 / 3.0).abs() < 1e-15);
    Ok(())
}

#[test]
fn faults_name_the_value_and_the_bound() -> Result<(), Error> {
    let fault = Shares::new(vec![1.0, -2.0]).unwrap_err();
    assert_eq!(fault.to_string(), "share `-2` at index 1 is not within 0 and 1e300");
    assert_eq!(
        Shares::new(vec![0.0; 3])?.jain().unwrap_err().to_string(),
        "nothing to share: all of the 3 values are zero"
    );
    Ok(())
}
