//! Pages from CSV, by the names of its columns.

use std::collections::HashMap;
use std::path::Path;

use chrono::{DateTime, NaiveDateTime, Utc};
use csv::{Position, StringRecord};
use oncall_core::PersonId;
use oncall_core::load::{Outcome, Page};
use timeline_core::{Tz, resolve};

use crate::fault::{Fault, Faults, open};
use crate::metrics::csv::{instant, malformed, places};
use crate::progress;

/// What the columns of a list of pages are.
#[derive(Debug, Clone)]
pub struct PageColumns {
    /// When a page came.
    pub at: String,
    /// To whom; without one, to whoever was on call.
    pub person: Option<String>,
    /// Of which service.
    pub service: Option<String>,
    /// Of which incident; without one, each page is one of its own.
    pub incident: Option<String>,
    /// When somebody took it.
    pub acknowledged: Option<String>,
    /// When it was over.
    pub resolved: Option<String>,
    /// What became of it: a word of [`Outcome`], or yes and no for whether it asked for an action.
    pub outcome: Option<String>,
    /// How its times are written, as `strftime` has it, by the clocks of `zone`; else RFC 3339 or Unix seconds.
    pub time_format: Option<String>,
    /// The zone of times without an offset.
    pub zone: Tz,
    /// What a cell without a value holds, besides nothing.
    pub missing: Option<String>,
    /// Only the last row of each incident counts: an audit log tells it again and again.
    pub last_row: bool,
    /// Rows without a time are left out and counted, instead of being faults.
    pub skip_incomplete: bool,
}

impl Default for PageColumns {
    fn default() -> Self {
        Self {
            at: "at".to_owned(),
            person: None,
            service: None,
            incident: None,
            acknowledged: None,
            resolved: None,
            outcome: None,
            time_format: None,
            zone: Tz::UTC,
            missing: None,
            last_row: false,
            skip_incomplete: false,
        }
    }
}

/// One page as it stands in the list.
#[derive(Debug, Clone)]
pub struct PageRow {
    /// Its line, from 1.
    pub line: u64,
    /// When it came.
    pub at: DateTime<Utc>,
    /// To whom, where the list says so.
    pub person: Option<String>,
    service: String,
    incident: String,
    acknowledged: Option<DateTime<Utc>>,
    resolved: Option<DateTime<Utc>>,
    outcome: Outcome,
}

/// Pages and what there was to say about the list.
#[derive(Debug, Default)]
pub struct PageList {
    /// In the order of the list.
    pub pages: Vec<PageRow>,
    /// Rows read.
    pub rows: u64,
    /// Rows without a time, left out.
    pub incomplete: u64,
    /// Rows told again later, left out.
    pub repeated: u64,
}

impl PageList {
    /// Whether any of them says when somebody took it.
    #[must_use]
    pub fn acknowledges(&self) -> bool {
        self.pages.iter().any(|page| page.acknowledged.is_some())
    }
}

impl PageRow {
    /// Of which service.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// What became of it.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether it was not over at `now`, as far as the list says.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.resolved.is_none_or(|resolved| resolved > now)
    }

    /// The page, to this person.
    ///
    /// # Errors
    /// What is wrong with it: a name that is none, an acknowledgement before the page.
    pub fn page(&self, person: PersonId) -> Result<Page, oncall_core::Error> {
        let mut page = Page::new(self.at, &self.service, person, &self.incident)?.with_outcome(self.outcome);
        if let Some(at) = self.acknowledged {
            page = page.acknowledged_at(at)?;
        }
        if let Some(at) = self.resolved {
            page = page.resolved_at(at)?;
        }
        Ok(page)
    }
}

/// Reads pages row by row.
///
/// # Errors
/// All faults with their lines: columns that are not there, times that are none, outcomes that are none.
pub fn read(file: &Path, columns: &PageColumns) -> Result<PageList, Faults> {
    let source = file.display().to_string();
    let text = progress::reading(&source, open(file)?);
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(1 << 16).trim(csv::Trim::All).from_reader(text);
    let header = reader.headers().map_err(|error| malformed(&source, &error))?.clone();
    let cells = Cells::new(&source, &header, columns)?;
    let (mut list, mut faults) = (PageList::default(), Faults::default());
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut row = StringRecord::new();
    loop {
        match reader.read_record(&mut row) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let ends = !matches!(error.kind(), csv::ErrorKind::UnequalLengths { .. } | csv::ErrorKind::Utf8 { .. });
                faults.push(malformed(&source, &error));
                if ends {
                    break;
                }
                continue;
            }
        }
        list.rows = list.rows.saturating_add(1);
        let line = row.position().map_or(0, Position::line);
        if columns.skip_incomplete && cells.cell(&row, cells.at).is_none() {
            list.incomplete = list.incomplete.saturating_add(1);
            continue;
        }
        let Some(page) = cells.read(&row, line, list.rows, &mut faults) else { continue };
        if !columns.last_row {
            list.pages.push(page);
        } else if let Some(place) = known.get(&page.incident).and_then(|place| list.pages.get_mut(*place)) {
            list.repeated = list.repeated.saturating_add(1);
            *place = page;
        } else {
            known.insert(page.incident.clone(), list.pages.len());
            list.pages.push(page);
        }
    }
    faults.or(list)
}

/// Where the columns are.
struct Cells<'a> {
    source: &'a str,
    columns: &'a PageColumns,
    at: usize,
    /// Person, service, incident, acknowledged, resolved, outcome.
    others: [Option<usize>; 6],
}

impl<'a> Cells<'a> {
    fn new(source: &'a str, header: &StringRecord, columns: &'a PageColumns) -> Result<Self, Faults> {
        let optional = [
            &columns.person,
            &columns.service,
            &columns.incident,
            &columns.acknowledged,
            &columns.resolved,
            &columns.outcome,
        ];
        let names: Vec<&str> =
            std::iter::once(columns.at.as_str()).chain(optional.iter().filter_map(|name| name.as_deref())).collect();
        let mut places = places(source, header, &names)?.into_iter();
        let at = places.next().unwrap_or_default();
        let others = optional.map(|name| name.as_ref().and_then(|_| places.next()));
        Ok(Self { source, columns, at, others })
    }

    fn cell<'r>(&self, row: &'r StringRecord, place: usize) -> Option<&'r str> {
        let cell = row.get(place).unwrap_or_default();
        let missing = cell.is_empty() || self.columns.missing.as_deref() == Some(cell);
        (!missing).then_some(cell)
    }

    fn read(&self, row: &StringRecord, line: u64, number: u64, faults: &mut Faults) -> Option<PageRow> {
        let [person, service, incident, acknowledged, resolved, outcome] =
            self.others.map(|place| place.and_then(|place| self.cell(row, place)));
        let mut wrong = |column: &str, message: String| {
            faults.push(Fault::of(self.source, message).at_line(line).at_path(column));
        };
        let mut time = |column: &str, text: Option<&str>| -> Option<DateTime<Utc>> {
            self.instant(text?).map_err(|message| wrong(column, message)).ok()
        };
        let name = |name: &'a Option<String>| name.as_deref().unwrap_or_default();
        let at = time(&self.columns.at, self.cell(row, self.at));
        let acknowledged = time(name(&self.columns.acknowledged), acknowledged);
        let resolved = time(name(&self.columns.resolved), resolved);
        if at.is_none() && self.cell(row, self.at).is_none() {
            wrong(&self.columns.at, "is empty; --skip-incomplete leaves such rows out".to_owned());
        }
        let outcome = match outcome.map(outcome_of).transpose() {
            Ok(outcome) => outcome.unwrap_or(Outcome::Unknown),
            Err(message) => {
                wrong(name(&self.columns.outcome), message);
                return None;
            }
        };
        let at = at?;
        for (column, then) in
            [(name(&self.columns.acknowledged), acknowledged), (name(&self.columns.resolved), resolved)]
        {
            if let Some(then) = then.filter(|then| *then < at) {
                wrong(column, format!("{then} is before the page itself, {at}"));
                return None;
            }
        }
        Some(PageRow {
            line,
            at,
            person: person.map(str::to_owned),
            service: service.unwrap_or("none named").to_owned(),
            incident: incident.map_or_else(|| format!("row {number}"), str::to_owned),
            acknowledged,
            resolved,
            outcome,
        })
    }

    fn instant(&self, text: &str) -> Result<DateTime<Utc>, String> {
        match &self.columns.time_format {
            None => {
                let at = instant(text)?;
                crate::metrics::instant(at).ok_or_else(|| format!("instant `{text}` is out of range"))
            }
            Some(form) => {
                let local = NaiveDateTime::parse_from_str(text, form)
                    .map_err(|_| format!("time `{text}` is not written as `{form}`"))?;
                resolve(self.columns.zone, local).map_err(|error| error.to_string())
            }
        }
    }
}

fn outcome_of(cell: &str) -> Result<Outcome, String> {
    let lower = cell.to_ascii_lowercase();
    if let Some(outcome) = Outcome::ALL.into_iter().find(|outcome| outcome.name() == lower) {
        return Ok(outcome);
    }
    match lower.as_str() {
        "yes" | "true" | "1" => Ok(Outcome::Actionable),
        "no" | "false" | "0" => Ok(Outcome::Noise),
        _ => {
            let names: Vec<_> = Outcome::ALL.iter().map(|outcome| outcome.name()).collect();
            Err(format!("outcome `{cell}` is none of {}, yes and no", names.join(", ")))
        }
    }
}
