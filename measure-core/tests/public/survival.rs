//! Durations as a stranger uses them.

use measure_core::survival::{Durations, Elapsed, log_rank, restricted_mean_difference};
use measure_core::{Error, IntervalMethod, Level, NotEnough, Probability};

/// Minutes to restore, a quarter's worth; `false`: handed over before it was known.
fn quarter() -> Durations {
    let ended = [0.0, 0.0, 4.0, 7.0, 7.0, 12.0, 15.0, 21.0, 30.0, 33.0, 47.0, 58.0, 90.0, 120.0];
    let open = [10.0, 33.0, 60.0, 240.0];
    Durations::new(ended.map(|time| (time, true)).into_iter().chain(open.map(|time| (time, false)))).unwrap()
}

#[test]
fn the_open_ones_count_as_long_as_they_were_seen() -> Result<(), Error> {
    let all = quarter();
    let ended = Durations::all_observed(all.rows().filter(|row| row.1).map(|row| row.0))?;
    let median = |durations: &Durations| durations.kaplan_meier().map(|curve| curve.median(Level::P95));
    assert_eq!(median(&ended)?.value, Some(15.0));
    assert_eq!(median(&all)?.value, Some(30.0));
    assert_eq!((median(&all)?.lower, median(&all)?.upper), (Some(7.0), Some(90.0)));
    Ok(())
}

#[test]
fn what_was_not_seen_is_not_made_up() -> Result<(), Error> {
    let curve = quarter().kaplan_meier()?;
    assert_eq!(curve.survival_at(Elapsed::new(241.0)?, Level::P95), Err(NotEnough::NotReached { n: 18 }));
    let nearly_all = curve.quantile(Probability::new(0.99)?, Level::P95);
    assert!(nearly_all.value.is_none() && nearly_all.upper.is_none());
    assert_eq!(quarter().restricted_mean(Elapsed::new(300.0)?, Level::P95), Err(NotEnough::NotReached { n: 18 }));
    assert!(quarter().restricted_mean(Elapsed::new(240.0)?, Level::P95).is_ok());
    Ok(())
}

#[test]
fn an_interval_where_nothing_has_ended_yet() -> Result<(), Error> {
    let young = Durations::new((1..=30).map(|day| (f64::from(day), false)))?;
    let alive = young.kaplan_meier()?.survival_at(Elapsed::new(10.0)?, Level::P95)?;
    // 21 have lasted ten days: at least 84 % do.
    assert_eq!(format!("{alive:.2}"), "1.00 [0.84 to 1.00 (95 %)], n = 30, Clopper-Pearson");
    assert_eq!(alive.method(), IntervalMethod::ClopperPearson);
    Ok(())
}

#[test]
fn two_teams_compared() -> Result<(), Error> {
    let slow = Durations::new(quarter().rows().map(|(time, observed)| (3.0 * time + 5.0, observed)))?;
    let test = log_rank(&slow, &quarter())?;
    assert!(test.test.p_value().get() < 0.05 && test.degrees_of_freedom == 1);
    // The slow team ends fewer than it would.
    assert!((test.groups[0].observed as f64) < test.groups[0].expected);
    let longer = restricted_mean_difference(&slow, &quarter(), Elapsed::new(120.0)?, Level::P95)?;
    assert!(longer.interval().lower() > 0.0 && longer.n() == 36);
    Ok(())
}

#[test]
fn shards_merge() -> Result<(), Error> {
    let (mut early, mut late) = (Vec::new(), Vec::new());
    for (time, observed) in quarter().rows() {
        if time < 20.0 { early.push((time, observed)) } else { late.push((time, observed)) }
    }
    assert_eq!(Durations::new(late)?.merge(&Durations::new(early)?), quarter());
    Ok(())
}

#[test]
fn faults_name_the_value_and_the_bound() {
    let fault = Durations::new([(3.0, true), (f64::NAN, true), (-2.0, false)]).unwrap_err();
    assert_eq!(fault.to_string(), "duration `NaN` at index 1 is not within 0 and 1e300, and one more is not");
    assert_eq!(Elapsed::new(-1.0).unwrap_err().to_string(), "elapsed time `-1` is not within 0 and 1e300");
    let nobody = Durations::default().kaplan_meier().unwrap_err();
    assert_eq!(nobody.to_string(), "not enough data: 0 observations, and 1 is needed");
}
