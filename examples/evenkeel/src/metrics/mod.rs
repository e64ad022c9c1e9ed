//! Measured series, whatever they were read from: a CSV file, a saved answer of Prometheus, a live server.

pub mod csv;
pub mod json;
pub mod live;
pub mod selector;

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::fault::{Fault, Faults};
use selector::{Labels, Selector, series_name};

/// One value at one instant. A value that is not a number is a scrape without data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Milliseconds since 1970.
    pub at: i64,
    /// The value as measured.
    pub value: f64,
}

/// How the values of a series are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As scraped: a counter that only rises and may start again at 0, or a gauge.
    Scraped,
    /// Events since the sample before.
    Increments,
}

/// The samples of one set of labels, ascending.
#[derive(Debug, Clone)]
pub struct Series {
    /// Name and labels.
    pub labels: Labels,
    /// How the values are to be read.
    pub reading: Reading,
    /// Where they come from, for messages.
    pub source: String,
    /// Ascending by instant, each instant once.
    pub samples: Vec<Sample>,
}

/// All series that were read.
#[derive(Debug, Default)]
pub struct Metrics {
    series: Vec<Series>,
    known: HashMap<Labels, usize>,
}

/// A place to read series from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A saved answer of `/api/v1/query_range`.
    PrometheusJson(std::path::PathBuf),
    /// A CSV file, with what its columns are.
    Csv(csv::Columns),
    /// A live Prometheus server.
    Live(live::Server),
}

impl Source {
    /// Reads the series that any of `wanted` selects into `metrics`; others are passed over as they stream by.
    ///
    /// # Errors
    /// All faults of the source.
    pub fn read(&self, wanted: &[Selector], metrics: &mut Metrics) -> Result<(), Faults> {
        match self {
            Self::PrometheusJson(path) => json::read_file(path, wanted, metrics),
            Self::Csv(columns) => csv::read(columns, wanted, metrics),
            Self::Live(server) => server.read(wanted, metrics),
        }
    }
}

impl Metrics {
    /// The series that `selector` selects.
    pub fn select<'a>(&'a self, selector: &'a Selector) -> impl Iterator<Item = &'a Series> {
        self.series.iter().filter(|series| selector.selects(&series.labels))
    }

    /// How many series there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// Whether there are no series.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Some names of what there is, for messages.
    #[must_use]
    pub fn some_names(&self) -> String {
        let names: Vec<_> = self.series.iter().take(3).map(|series| series_name(&series.labels)).collect();
        match self.series.len().saturating_sub(names.len()) {
            _ if names.is_empty() => "nothing".to_owned(),
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        }
    }

    /// Adds a series; one that is known already goes on where it ended.
    ///
    /// # Errors
    /// A fault when it does not begin after the end of the part that is known.
    pub fn add(&mut self, series: Series) -> Result<(), Fault> {
        let Some(known) = self.known.get(&series.labels).and_then(|index| self.series.get_mut(*index)) else {
            self.known.insert(series.labels.clone(), self.series.len());
            self.series.push(series);
            return Ok(());
        };
        if let (Some(last), Some(first)) = (known.samples.last(), series.samples.first())
            && first.at <= last.at
        {
            return Err(Fault::of(
                &series.source,
                format!(
                    "the series begins at {}, not after {} where it ended in {}",
                    in_utc(first.at),
                    in_utc(last.at),
                    known.source
                ),
            )
            .at_path(series_name(&series.labels)));
        }
        known.samples.extend(series.samples);
        Ok(())
    }

    /// Adds the series that are not known yet: answers to two queries may hold the same series.
    pub fn absorb(&mut self, other: Self) {
        for series in other.series {
            if !self.known.contains_key(&series.labels) {
                self.known.insert(series.labels.clone(), self.series.len());
                self.series.push(series);
            }
        }
    }

    /// Leaves out the samples after `at`, in milliseconds.
    pub fn forget_after(&mut self, at: i64) {
        for series in &mut self.series {
            let kept = series.samples.partition_point(|sample| sample.at <= at);
            series.samples.truncate(kept);
        }
    }

    /// The instant of the last sample of all, in milliseconds.
    #[must_use]
    pub fn last_instant(&self) -> Option<i64> {
        self.series.iter().filter_map(|series| series.samples.last()).map(|sample| sample.at).max()
    }
}

/// Milliseconds since 1970 as text.
#[must_use]
pub fn in_utc(milliseconds: i64) -> String {
    instant(milliseconds)
        .map_or_else(|| format!("{milliseconds} ms"), |at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}

/// Milliseconds since 1970 as an instant.
#[must_use]
pub const fn instant(milliseconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(milliseconds)
}

/// Seconds since 1970 as milliseconds, to the nearest one, within the years that a record can come from.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "bounded before the cast")]
pub fn milliseconds(seconds: f64) -> Option<i64> {
    /// 2200-01-01: beyond it the number is in another unit.
    const LATEST: f64 = 7_258_118_400.0;
    (0.0..LATEST).contains(&seconds).then(|| (seconds * 1_000.0).round() as i64)
}

/// A count of events as measured: whole, at least 0, exact in a float.
///
/// # Errors
/// What is wrong with the value, and the bound.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded and whole before the cast")]
pub fn whole_events(value: f64) -> Result<u64, String> {
    /// 2^53: beyond it floats skip whole numbers.
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    if !value.is_finite() {
        return Err(format!("count `{value}` is not a finite number"));
    }
    if value < 0.0 {
        return Err(format!("count `{value}` is negative"));
    }
    if value >= LIMIT {
        return Err(format!("count `{value}` is not below 2^53"));
    }
    if value.fract() != 0.0 {
        return Err(format!("count `{value}` is not a whole number of events"));
    }
    Ok(value as u64)
}
