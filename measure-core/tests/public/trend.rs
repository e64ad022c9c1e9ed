//! Trends as a stranger uses them.

use measure_core::trend::{self, Correction, Cusum, Direction, Segmentation};
use measure_core::{Alternative, IntervalMethod, Level, NotEnough, Seed, Series, TestMethod};

/// Tickets a week.
const TICKETS: [f64; 16] = [31., 35., 28., 40., 33., 36., 41., 38., 45., 39., 47., 44., 52., 46., 50., 55.];

fn tickets() -> Series {
    Series::new(TICKETS.to_vec()).unwrap()
}

#[test]
fn a_verdict_carries_its_reasons() {
    let found = trend::trend(&tickets(), Level::P95).unwrap();
    assert_eq!(found.direction, Direction::Rising);
    assert_eq!(found.n(), 16);
    assert_eq!(found.test.s, 90);
    assert!(found.test.test.p_value().get() < 0.001);
    assert!(found.line.slope.interval().contains(found.line.slope.value()));
    assert_eq!(format!("{found:.1}"), "rising by 1.5 a step [1.0 to 2.0 (95 %)], n = 16");
    let exact = trend::trend_by(&tickets(), Level::P95, Level::P80, Correction::None).unwrap();
    assert_eq!(exact.test.test.method(), TestMethod::MannKendallExact);
    assert_eq!(exact.line.slope.method(), IntervalMethod::Sen);
}

#[test]
fn not_enough_says_what_would_be() {
    let seven = Series::new(TICKETS[..7].to_vec()).unwrap();
    let reason = NotEnough::TooFew { of: "observations", have: 7, need: trend::LEAST };
    assert_eq!(trend::trend(&seven, Level::P95), Err(reason));
    assert_eq!(trend::mann_kendall(&seven, Alternative::Less), Err(reason));
    assert_eq!(trend::mann_kendall_exact(&seven, Alternative::Less), Err(reason));
    assert_eq!(trend::hamed_rao(&seven, Alternative::Less), Err(reason));
    assert_eq!(trend::first_order(&seven, Alternative::Less), Err(reason));
    assert_eq!(trend::autocorrelation(&seven), Err(reason));
    assert_eq!(trend::theil_sen(&seven, Level::P95), Err(reason));
    assert_eq!(trend::detectable_slope(&seven, Level::P95, Level::P80, Correction::None), Err(reason));
    assert_eq!(trend::segments(&seven, Segmentation::default(), Seed::new(0)), Err(reason));
    assert_eq!(trend::cusum_test(&seven, 99, Seed::new(0)), Err(reason));
    assert!(trend::trend(&Series::default(), Level::P95).is_err());
}

#[test]
fn the_change_of_a_level_is_dated() {
    let mut levels = vec![12.0, 14.0, 11.0, 13.0, 12.0, 14.0, 13.0, 12.0, 22.0, 24.0, 21.0, 23.0, 25.0, 22.0];
    levels.push(23.0);
    let series = Series::new(levels.clone()).unwrap();
    let found = trend::segments(&series, Segmentation::default(), Seed::new(4)).unwrap();
    assert_eq!(found.changes.len(), 1);
    assert_eq!(found.changes[0].at, 8);
    assert_eq!(trend::cusum_test(&series, 999, Seed::new(4)).unwrap().at, 8);
    // The same seed, the same answer.
    assert_eq!(trend::segments(&series, Segmentation::default(), Seed::new(4)).unwrap(), found);

    let mut watch = Cusum::new(12.5, 0.6, 5.0).unwrap();
    let told = levels.iter().find_map(|value| watch.observe(*value).unwrap()).unwrap();
    assert_eq!((told.above, told.since, told.at), (true, 8, 8));
}

#[cfg(feature = "serde")]
#[test]
fn a_verdict_is_a_document() {
    let json = serde_json::to_value(trend::trend(&tickets(), Level::P95).unwrap()).unwrap();
    assert_eq!(json["direction"], "rising");
    assert_eq!(json["line"]["slope"]["interval"]["level"], 0.95);
    assert_eq!(json["test"]["s"], 90);
}
