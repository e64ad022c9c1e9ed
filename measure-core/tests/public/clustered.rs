//! Ratios over clusters as a stranger uses them.

use measure_core::{ClusteredRatio, Error, Level, NotEnough, Probability, benjamini_hochberg};

#[test]
fn a_team_over_its_cap_and_one_that_may_be() -> Result<(), Error> {
    // Hours of toil, hours worked.
    let over = ClusteredRatio::of([(95.0, 150.0), (88.0, 160.0), (101.0, 155.0), (90.0, 140.0), (84.0, 150.0)])?;
    assert!(over.probability_above(0.5)?.get() > 0.9);
    let unsure = ClusteredRatio::of([(20.0, 150.0), (140.0, 160.0), (60.0, 155.0)])?;
    let above = unsure.probability_above(0.5)?.get();
    assert!((0.3..0.9).contains(&above), "{above}");
    Ok(())
}

#[test]
fn services_counted_on_two_machines_merge() -> Result<(), Error> {
    let (left, right) = (ClusteredRatio::of([(3.0, 1e4), (9.0, 2e4)])?, ClusteredRatio::of([(1.0, 9e3)])?);
    let all = left.merge(right)?;
    assert_eq!((all.clusters(), all.numerator(), all.denominator()), (3, 13.0, 39_000.0));
    assert_eq!(all.measured(Level::P90)?.n(), 3);
    Ok(())
}

#[test]
fn one_engineer_is_not_enough_and_that_is_a_value() -> Result<(), Error> {
    let one = ClusteredRatio::of([(20.0, 150.0)])?.measured(Level::P95).unwrap_err();
    assert_eq!(one, NotEnough::TooFew { of: "clusters", have: 1, need: 2 });
    assert_eq!(one.to_string(), "not enough data: 1 cluster, and 2 are needed");
    assert_eq!(
        ClusteredRatio::ZERO.with(1.0, -2.0).unwrap_err().to_string(),
        "cluster with numerator `1` and denominator `-2`: each must be 0 or within 1e-100 and 1e100 in magnitude, and \
         the denominator not below 0"
    );
    Ok(())
}

#[test]
fn of_twenty_findings_by_chance_none_is_left() -> Result<(), Error> {
    let by_chance: Vec<_> = (1..=20).map(|k| Probability::new(f64::from(k) / 21.0)).collect::<Result<_, _>>()?;
    let found = benjamini_hochberg(&by_chance).into_iter().filter(|p| p.get() <= 0.05).count();
    assert_eq!(found, 0);
    Ok(())
}
