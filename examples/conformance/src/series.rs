//! The series of `rolling_ticks.json`, which several kinds evaluate.

use std::path::Path;

use serde::Deserialize;
use slo_core::Counts;

use crate::fault::Fault;
use crate::input;

/// Bad and all events of every minute.
pub(crate) fn minutes(file: &Path) -> Result<Vec<Counts>, Fault> {
    let Series { bad, total } = input::json(file)?;
    if bad.len() != total.len() {
        let what = format!("{} entries, but `total` has {}", bad.len(), total.len());
        return Err(Fault::at(file, "bad", what));
    }
    let counts = bad.iter().zip(&total).enumerate().map(|(index, (bad, total))| {
        Counts::from_bad(*bad, *total).map_err(|what| Fault::at(file, format!("bad[{index}]"), what))
    });
    counts.collect()
}

#[derive(Deserialize)]
struct Series {
    bad: Vec<u64>,
    total: Vec<u64>,
}
