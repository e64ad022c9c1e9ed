//! Incidents from CSV, in the two shapes that such lists come in.

use std::path::Path;

use chrono::{DateTime, Utc};
use csv::{Position, StringRecord};

use crate::fault::{Fault, Faults, open};
use crate::metrics::csv::{instant, malformed, places};
use crate::review::report::Incident;

/// What the columns of a list of incidents are.
#[derive(Debug, Clone)]
pub struct IncidentColumns {
    /// When an incident began.
    pub start: String,
    /// When it ended; an empty cell is an incident that goes on.
    pub end: String,
    /// What was affected.
    pub affected: Affected,
    /// How bad it was.
    pub severity: Option<String>,
    /// What it was.
    pub title: Option<String>,
    /// Whether rows without a start are left out, and counted, instead of being faults.
    pub skip_incomplete: bool,
}

/// How a list says which services an incident affected.
#[derive(Debug, Clone)]
pub enum Affected {
    /// One column with the service's name.
    Named(String),
    /// One column a service; 1 (or `true`, `yes`, `x`) means affected.
    Flagged(Vec<String>),
}

/// Incidents and what there was to say about the list.
#[derive(Debug, Default)]
pub struct IncidentList {
    /// One entry an incident and affected service, by start.
    pub incidents: Vec<Incident>,
    /// Rows read.
    pub rows: u64,
    /// Rows whose incident began and ended at the same instant.
    pub zero_length: u64,
    /// Rows without an end.
    pub open: u64,
    /// The services of those, and since when.
    pub ongoing: Vec<Ongoing>,
    /// Rows without a start, left out.
    pub incomplete: u64,
    /// Rows that affected none of the services.
    pub unaffected: u64,
}

/// Reads incidents.
///
/// # Errors
/// All faults with their lines: an instant that is none, an end before its start, a service without a name, a
/// flag that is neither yes nor no.
pub fn read(file: &Path, columns: &IncidentColumns, now: Option<DateTime<Utc>>) -> Result<IncidentList, Faults> {
    let source = file.display().to_string();
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(open(file)?);
    let header = reader.headers().map_err(|error| malformed(&source, &error))?.clone();
    let mut names = vec![columns.start.as_str(), columns.end.as_str()];
    names.extend(columns.severity.as_deref());
    names.extend(columns.title.as_deref());
    match &columns.affected {
        Affected::Named(column) => names.push(column),
        Affected::Flagged(services) => names.extend(services.iter().map(String::as_str)),
    }
    let places = places(&source, &header, &names)?;
    let cells = Cells { columns, places };
    let (mut list, mut faults) = (IncidentList::default(), Faults::default());
    for row in reader.records() {
        match row {
            Ok(row) => {
                list.rows = list.rows.saturating_add(1);
                let line = row.position().map_or(0, Position::line);
                for message in cells.take(&row, now, &mut list) {
                    faults.push(Fault::of(&source, message).at_line(line));
                }
            }
            Err(error) => faults.push(malformed(&source, &error)),
        }
    }
    list.incidents.sort_by(|a, b| (a.start, &a.service).cmp(&(b.start, &b.service)));
    faults.or(list)
}

/// An incident that goes on.
#[derive(Debug, Clone)]
pub struct Ongoing {
    /// The service.
    pub service: String,
    /// When it began.
    pub since: DateTime<Utc>,
    /// Its severity, in the author's words.
    pub severity: String,
}

struct Cells<'a> {
    columns: &'a IncidentColumns,
    /// In the order: start, end, severity, title, affected.
    places: Vec<usize>,
}

impl Cells<'_> {
    /// Adds the incidents of a row to `list`, and returns what is wrong with the row.
    fn take(&self, row: &StringRecord, now: Option<DateTime<Utc>>, list: &mut IncidentList) -> Vec<String> {
        let mut places = self.places.iter().map(|place| row.get(*place).unwrap_or_default());
        let (start, end) = (places.next().unwrap_or_default(), places.next().unwrap_or_default());
        let severity = self.columns.severity.as_ref().and_then(|_| places.next()).unwrap_or_default().to_owned();
        let title = self.columns.title.as_ref().and_then(|_| places.next()).unwrap_or_default().to_owned();
        let count = |field: &mut u64, yes: bool| *field = field.saturating_add(u64::from(yes));
        if start.is_empty() && self.columns.skip_incomplete {
            count(&mut list.incomplete, true);
            return Vec::new();
        }
        let mut wrong = Vec::new();
        let mut at = |text: &str| match instant(text) {
            Ok(at) => crate::metrics::instant(at),
            Err(message) => {
                wrong.push(message);
                None
            }
        };
        let started = at(start);
        let ended = if end.is_empty() { now.or(started) } else { at(end) };
        let mut services = Vec::new();
        match &self.columns.affected {
            Affected::Named(column) => match places.next().unwrap_or_default() {
                "" => wrong.push(format!("column `{column}` names no service")),
                service => services.push(service),
            },
            Affected::Flagged(names) => {
                for (name, cell) in names.iter().zip(places) {
                    match flag(cell) {
                        Some(true) => services.push(name.as_str()),
                        Some(false) => {}
                        None => wrong.push(format!("`{cell}` in column `{name}` is neither 1 nor 0")),
                    }
                }
            }
        }
        let (Some(started), Some(ended)) = (started, ended) else { return wrong };
        if ended < started {
            wrong.push(format!("end `{end}` is before start `{start}`"));
        }
        if !wrong.is_empty() {
            return wrong;
        }
        count(&mut list.open, end.is_empty());
        count(&mut list.zero_length, started == ended && !end.is_empty());
        count(&mut list.unaffected, services.is_empty());
        if end.is_empty() {
            list.ongoing.extend(services.iter().map(|service| Ongoing {
                service: (*service).to_owned(),
                since: started,
                severity: severity.clone(),
            }));
        }
        list.incidents.extend(services.into_iter().map(|service| Incident {
            service: service.to_owned(),
            start: started,
            end: ended,
            severity: severity.clone(),
            title: title.clone(),
        }));
        wrong
    }
}

/// A cell that says yes or no; an empty one says no.
fn flag(cell: &str) -> Option<bool> {
    if let Ok(number) = cell.parse::<f64>() {
        return if number == 1.0 { Some(true) } else { (number == 0.0).then_some(false) };
    }
    match cell.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "x" => Some(true),
        "" | "false" | "no" | "n" | "nan" => Some(false),
        _ => None,
    }
}
