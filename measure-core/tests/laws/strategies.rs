//! What the laws are tried on.

use measure_core::{Level, Sample, Series};
use proptest::prelude::*;

/// Common ones, and all down and up to both ends.
pub(crate) fn levels() -> impl Strategy<Value = Level> {
    let near = || (2.0..12.0_f64).prop_map(|digits| 10_f64.powf(-digits));
    let ends = prop_oneof![Just(Level::LOWEST), Just(Level::HIGHEST)];
    let inside = prop_oneof![6 => 0.01..0.9999, 1 => near(), 1 => near().prop_map(|outside| 1.0 - outside)];
    prop_oneof![8 => inside.prop_map(|level| Level::new(level).unwrap()), 1 => ends]
}

/// Observations of all kinds: smooth, with ties, all equal, tiny, huge, denormal.
pub(crate) fn observations(most: usize) -> impl Strategy<Value = Vec<f64>> {
    let smooth = prop::collection::vec(-1e3..1e3_f64, 0..=most);
    let tied = prop::collection::vec((-3..=3_i32).prop_map(f64::from), 0..=most);
    let equal = (0..=most, -1e3..1e3_f64).prop_map(|(n, value)| vec![value; n]);
    let extreme =
        prop::sample::select(vec![-1e300, -1.0, -5e-324, 0.0, -0.0, 5e-324, f64::MIN_POSITIVE, 1e-300, 1.0, 1e300]);
    let extreme = prop::collection::vec(extreme, 0..=most);
    prop_oneof![3 => smooth, 3 => tied, 1 => equal, 1 => extreme]
}

pub(crate) fn samples(most: usize) -> impl Strategy<Value = Sample> {
    observations(most).prop_map(|values| Sample::new(values).unwrap())
}

pub(crate) fn series(most: usize) -> impl Strategy<Value = Series> {
    observations(most).prop_map(|values| Series::new(values).unwrap())
}
