//! Series from CSV, row by row: one series a value column and set of labels.

use std::collections::HashMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use csv::{Position, StringRecord};

use super::selector::{Labels, NAME, Selector};
use super::{Metrics, Reading, Sample, Series, in_utc, milliseconds, whole_events};
use crate::fault::{Fault, Faults, open};
use crate::progress;

/// What the columns of a CSV file are. Each value column becomes a series of that name.
#[derive(Debug, Clone)]
pub struct Columns {
    /// The file.
    pub file: PathBuf,
    /// The column of the instant: RFC 3339, or Unix seconds.
    pub time: String,
    /// Columns that become labels.
    pub labels: Vec<String>,
    /// The column of good events.
    pub good: Option<String>,
    /// The column of bad events.
    pub bad: Option<String>,
    /// The column of all events.
    pub total: Option<String>,
    /// Columns of other values.
    pub gauges: Vec<String>,
    /// Whether good, bad and total are raw counters that may start again at 0; else events since the row before.
    pub counters: bool,
}

/// What a value column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Good,
    Bad,
    Total,
    Gauge,
}

/// Reads the series that any of `wanted` selects.
///
/// # Errors
/// All faults with their lines: of the file, its columns, its instants and its values. An empty cell is a
/// scrape without data, not a fault.
pub fn read(columns: &Columns, wanted: &[Selector], metrics: &mut Metrics) -> Result<(), Faults> {
    let source = columns.file.display().to_string();
    let file = open(&columns.file)?;
    let mut reader = csv::ReaderBuilder::new()
        .buffer_capacity(1 << 16)
        .trim(csv::Trim::All)
        .from_reader(progress::reading(&source, file));
    let header = reader.headers().map_err(|error| malformed(&source, &error))?.clone();
    let mut table = Table::new(columns, &source, &header, wanted)?;
    let mut row = StringRecord::new();
    let mut rows = 0_u64;
    loop {
        match reader.read_record(&mut row) {
            Ok(false) => break,
            Ok(true) => {
                rows = rows.saturating_add(1);
                table.take(&row, row.position().map_or(0, Position::line));
            }
            Err(error) => {
                table.faults.push(malformed(&source, &error));
                if !matches!(error.kind(), csv::ErrorKind::UnequalLengths { .. } | csv::ErrorKind::Utf8 { .. }) {
                    break;
                }
            }
        }
    }
    if rows == 0 && table.faults.is_empty() {
        table.faults.push(Fault::of(&source, "has a header and no rows"));
    }
    let mut faults = table.faults;
    for series in table.series {
        if let Err(fault) = metrics.add(series) {
            faults.push(fault);
        }
    }
    faults.or(())
}

/// An error of the CSV reader, with its line.
#[must_use]
pub fn malformed(source: &str, error: &csv::Error) -> Fault {
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("row has {len} cells, not {expected_len} as the header")
        }
        csv::ErrorKind::Utf8 { .. } => "row is not UTF-8 text".to_owned(),
        csv::ErrorKind::Io(error) => crate::fault::unreadable(error),
        _ => error.to_string(),
    };
    let fault = Fault::of(source, message);
    match error.position() {
        Some(position) => fault.at_line(position.line()),
        None => fault,
    }
}

/// Where the columns are, by name.
///
/// # Errors
/// A fault for each name that the header lacks or has twice.
pub fn places(source: &str, header: &StringRecord, names: &[&str]) -> Result<Vec<usize>, Faults> {
    let mut faults = Faults::default();
    let mut places = Vec::new();
    for name in names {
        let mut found = header.iter().enumerate().filter(|(_, column)| column == name).map(|(index, _)| index);
        match (found.next(), found.next()) {
            (Some(index), None) => places.push(index),
            (Some(_), Some(_)) => {
                faults.push(Fault::of(source, "column appears twice in the header").at_line(1).at_path(name));
            }
            (None, _) => {
                let there: Vec<_> = header.iter().map(|column| format!("`{column}`")).collect();
                let fault = Fault::of(source, format!("there is no column `{name}`")).at_line(1);
                faults.push(fault.help(format!("the header has {}", there.join(", "))));
            }
        }
    }
    faults.or(places)
}

/// An instant in a cell: RFC 3339 with an offset (a blank instead of `T` will do), or Unix seconds.
///
/// # Errors
/// What is wrong with it.
pub fn instant(text: &str) -> Result<i64, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%F %T%.f%:z")) {
        return Ok(at.with_timezone(&Utc).timestamp_millis());
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return milliseconds(seconds).ok_or_else(|| {
            format!("instant `{text}` is not Unix seconds within 1970 to 2199; milliseconds are not taken")
        });
    }
    if chrono::NaiveDateTime::parse_from_str(text, "%FT%T%.f").is_ok()
        || chrono::NaiveDateTime::parse_from_str(text, "%F %T%.f").is_ok()
    {
        return Err(format!("instant `{text}` has no offset; write `{}Z` if it is UTC", text.replace(' ', "T")));
    }
    Err(format!("instant `{text}` is not RFC 3339, such as `2026-11-24T14:57:16Z`, nor Unix seconds"))
}

struct Table<'a> {
    source: &'a str,
    wanted: &'a [Selector],
    time: usize,
    labels: Vec<(String, usize)>,
    values: Vec<(String, usize, Role)>,
    counters: bool,
    faults: Faults,
    series: Vec<Series>,
    /// For the labels of a row: the last instant, and the series of each value column, if anyone wants it.
    known: HashMap<String, Group>,
}

struct Group {
    last: Option<i64>,
    series: Vec<Option<usize>>,
}

impl<'a> Table<'a> {
    fn new(columns: &Columns, source: &'a str, header: &StringRecord, wanted: &'a [Selector]) -> Result<Self, Faults> {
        let roles = [(&columns.good, Role::Good), (&columns.bad, Role::Bad), (&columns.total, Role::Total)];
        let mut values: Vec<_> = roles.iter().filter_map(|(name, role)| Some((name.as_ref()?, *role))).collect();
        values.extend(columns.gauges.iter().map(|name| (name, Role::Gauge)));
        let mut names = vec![columns.time.as_str()];
        names.extend(columns.labels.iter().map(String::as_str));
        names.extend(values.iter().map(|(name, _)| name.as_str()));
        let mut places = places(source, header, &names)?.into_iter();
        let time = places.next().unwrap_or_default();
        let labels = columns.labels.iter().cloned().zip(places.by_ref()).collect();
        let values = values.into_iter().zip(places).map(|((name, role), place)| (name.clone(), place, role)).collect();
        let (faults, series, known) = (Faults::default(), Vec::new(), HashMap::new());
        Ok(Self { source, wanted, time, labels, values, counters: columns.counters, faults, series, known })
    }

    fn take(&mut self, row: &StringRecord, line: u64) {
        let at = match instant(row.get(self.time).unwrap_or_default()) {
            Ok(at) => at,
            Err(message) => return self.fault(line, message),
        };
        let mut key = String::new();
        for (_, place) in &self.labels {
            key.push_str(row.get(*place).unwrap_or_default());
            key.push('\u{1f}');
        }
        let last = match self.known.get_mut(&key) {
            Some(group) => group.last.replace(at),
            None => {
                let group = self.group(row, at);
                self.known.insert(key.clone(), group);
                None
            }
        };
        match last {
            Some(last) if last == at => {
                return self.fault(line, format!("instant {} appears twice for the same labels", in_utc(at)));
            }
            Some(last) if last > at => {
                let message = format!("instant {} is before {}, the one above it", in_utc(at), in_utc(last));
                return self.fault(line, message);
            }
            _ => {}
        }
        self.take_values(row, line, at, &key);
    }

    fn take_values(&mut self, row: &StringRecord, line: u64, at: i64, key: &str) {
        let (mut part, mut total) = (None, None);
        for index in 0..self.values.len() {
            let Some((name, place, role)) = self.values.get(index) else { continue };
            let cell = row.get(*place).unwrap_or_default();
            if cell.is_empty() {
                continue;
            }
            match value(cell, *role) {
                Ok(number) => {
                    match role {
                        Role::Good | Role::Bad => part = Some((name.clone(), number)),
                        Role::Total => total = Some((name.clone(), number)),
                        Role::Gauge => {}
                    }
                    let series = self.known.get(key).and_then(|group| *group.series.get(index)?);
                    if let Some(series) = series.and_then(|series| self.series.get_mut(series)) {
                        series.samples.push(Sample { at, value: number });
                    }
                }
                Err(message) => {
                    let fault = Fault::of(self.source, message).at_line(line).at_path(name);
                    self.faults.push(fault);
                }
            }
        }
        if let (Some((part, some)), Some((total, all))) = (part, total)
            && some > all
            && !self.counters
        {
            self.fault(line, format!("{some} events in `{part}` are more than {all} in `{total}`"));
        }
    }

    /// The series that the labels of a row begin.
    fn group(&mut self, row: &StringRecord, at: i64) -> Group {
        let labels: Labels = self
            .labels
            .iter()
            .map(|(label, place)| (label.clone(), row.get(*place).unwrap_or_default().to_owned()))
            .collect();
        let mut indices = Vec::new();
        for (name, _, role) in &self.values {
            let mut labels = labels.clone();
            labels.insert(NAME.to_owned(), name.clone());
            let wanted = self.wanted.iter().any(|selector| selector.selects(&labels));
            indices.push(wanted.then_some(self.series.len()));
            if wanted {
                let increments = *role != Role::Gauge && !self.counters;
                let reading = if increments { Reading::Increments } else { Reading::Scraped };
                self.series.push(Series { labels, reading, source: self.source.to_owned(), samples: Vec::new() });
            }
        }
        Group { last: Some(at), series: indices }
    }

    fn fault(&mut self, line: u64, message: impl std::fmt::Display) {
        self.faults.push(Fault::of(self.source, message).at_line(line));
    }
}

fn value(cell: &str, role: Role) -> Result<f64, String> {
    let number: f64 = cell.parse().map_err(|_| format!("value `{cell}` is not a number"))?;
    if role != Role::Gauge {
        whole_events(number)?;
    } else if !number.is_finite() {
        return Err(format!("value `{cell}` is not finite"));
    }
    Ok(number)
}
