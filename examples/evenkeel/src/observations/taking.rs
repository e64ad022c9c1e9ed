//! What is taken from the rows of a file, and what is wrong with them.

use csv::ByteRecord;

use super::cell::Cell;
use super::{Column, Observation, Selection, Unit, text_of};
use crate::fault::{Fault, Faults};

/// What was taken from a file so far.
pub(super) struct Taking<'a> {
    pub(super) source: &'a str,
    pub(super) selection: &'a Selection<'a>,
    pub(super) name: Option<String>,
    observations: Vec<Observation>,
    beside: Vec<String>,
    /// The first number and the first length, with their lines.
    number: Option<(String, u64)>,
    length: Option<(String, u64)>,
    /// What else was beside, where only one value is wanted; the first few.
    others: Vec<String>,
    /// Which of the wanted kinds of row there are.
    seen: Vec<bool>,
    rows: u64,
    skipped: u64,
    faults: Faults,
}

impl<'a> Taking<'a> {
    pub(super) fn new(source: &'a str, selection: &'a Selection<'a>) -> Self {
        Self {
            source,
            selection,
            name: None,
            observations: Vec::new(),
            beside: Vec::new(),
            number: None,
            length: None,
            others: Vec::new(),
            seen: vec![false; selection.only.unwrap_or_default().len()],
            rows: 0,
            skipped: 0,
            faults: Faults::default(),
        }
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        self.faults.push(match &self.name {
            Some(name) if fault.path.is_none() && fault.line.is_some() => fault.at_path(name),
            _ => fault,
        });
    }

    /// A list without a header has no column that could be asked for.
    pub(super) fn needs_no_header(&self, line: u64) -> Result<(), Faults> {
        let mut faults = Faults::default();
        for name in self.selection.column.into_iter().chain(self.selection.beside) {
            let message = format!("there is no column `{name}`: the file is a list of values without a header");
            faults.push(Fault::of(self.source, message).at_line(line));
        }
        faults.or(())
    }

    /// Takes a row of CSV.
    pub(super) fn row(&mut self, row: &ByteRecord, line: u64, width: usize, place: usize, beside: Option<usize>) {
        if row.len() != width {
            let message = format!("row has {} cells, not {width} as the header", row.len());
            return self.faults.push(Fault::of(self.source, message).at_line(line));
        }
        match (text_of(row, place), beside.map_or(Some(""), |beside| text_of(row, beside))) {
            (Some(cell), Some(beside)) => self.take(cell, beside, line),
            _ => self.fault(Fault::of(self.source, "cell is not UTF-8 text").at_line(line)),
        }
    }

    pub(super) fn take(&mut self, cell: &str, beside: &str, line: u64) {
        const SHOWN: usize = 8;
        self.rows = self.rows.saturating_add(1);
        let wanted = self.selection.only.map(|only| only.iter().position(|only| *only == beside));
        if let Some(Some(kind)) = wanted
            && let Some(seen) = self.seen.get_mut(kind)
        {
            *seen = true;
        }
        if wanted == Some(None) {
            if self.others.len() <= SHOWN && !self.others.iter().any(|known| known == beside) {
                self.others.push(beside.to_owned());
            }
            return;
        }
        if cell.is_empty() {
            if self.selection.skip_empty {
                self.skipped = self.skipped.saturating_add(1);
            } else {
                self.fault(Fault::of(self.source, "value is missing").at_line(line));
            }
            return;
        }
        match Cell::read(cell) {
            Ok(read) => {
                let first = if matches!(read, Cell::Number(_)) { &mut self.number } else { &mut self.length };
                if first.is_none() {
                    *first = Some((cell.to_owned(), line));
                }
                self.observations.push(Observation { value: read.value(), line });
                if self.selection.beside.is_some() {
                    self.beside.push(beside.to_owned());
                }
            }
            Err(message) => self.fault(Fault::of(self.source, message).at_line(line)),
        }
    }

    /// A fault for each kind of row that is wanted and not there, with those that are.
    fn missing_kinds(&mut self) {
        let wanted = self.selection.only.unwrap_or_default().iter().zip(&self.seen);
        let (there, missing): (Vec<_>, Vec<_>) = wanted.partition(|(_, seen)| **seen);
        if self.rows == 0 {
            return;
        }
        let there = there.iter().map(|(kind, _)| **kind).chain(self.others.iter().map(String::as_str));
        let there = there.map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
        for (kind, _) in missing {
            let fault = Fault::of(self.source, format!("no row has `{kind}`"));
            let fault = fault.at_path(self.selection.beside.unwrap_or_default());
            self.faults.push(fault.help(format!("there are {there}")));
        }
    }

    pub(super) fn finish(mut self) -> Result<Column, Faults> {
        if let (Some((number, at)), Some((length, line))) = (&self.number, &self.length) {
            let message = format!("length `{length}` stands among plain numbers, such as `{number}` on line {at}");
            let fault = Fault::of(self.source, message).at_line(*line).help("write all of them with units, or none");
            self.fault(fault);
        }
        self.missing_kinds();
        if self.observations.is_empty() && self.faults.is_empty() {
            let message = match self.rows {
                0 => "has a header and no rows".to_owned(),
                _ => format!("has no values: the cells of all {} rows are empty", self.skipped),
            };
            self.faults.push(Fault::of(self.source, message));
        }
        let unit = if self.length.is_some() { Unit::Seconds } else { Unit::Plain };
        let Self { source, name, observations, beside, skipped, faults, .. } = self;
        faults.or(Column { source: source.to_owned(), name, unit, observations, beside, skipped })
    }
}
