//! Cells as text, with their lines: what is counted rather than measured.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use csv::StringRecord;

use super::{Rows, delimiter, first_line, text_of, unquoted};
use crate::fault::{Fault, Faults, open, unreadable};
use crate::metrics::csv::places;
use crate::progress;

/// The cells of a column, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Texts {
    /// The file, as the user named it.
    pub source: String,
    /// The column's name; `None` for a list without a header.
    pub name: Option<String>,
    /// The cells that are not empty, each with its line. At least one.
    pub cells: Vec<(String, u64)>,
    /// How many rows were left out since their cell is empty.
    pub skipped: u64,
}

/// Reads a column of a file as text: of a CSV file by its name, of a list without a comma, a semicolon or a tab all
/// of it, below a header unless the first line is one of the cells itself (`is_cell`).
///
/// # Errors
/// All faults with their lines: a file that is missing, empty, no text or without rows, a column that is not there or
/// not named, cells that are empty unless `skip_empty`.
pub fn texts(
    path: &Path,
    column: Option<&str>,
    skip_empty: bool,
    is_cell: impl Fn(&str) -> bool,
) -> Result<Texts, Faults> {
    let source = path.display().to_string();
    let mut text = BufReader::with_capacity(1 << 16, progress::reading(&source, open(path)?));
    let head = first_line(&mut text).map_err(|message| Fault::of(&source, message))?;
    let delimiter = delimiter(&head);
    let text = Cursor::new(head).chain(text);
    let mut taken = Texts { source, name: None, cells: Vec::new(), skipped: 0 };
    let mut faults = Faults::default();
    match delimiter {
        Some(delimiter) => taken.table(text, delimiter, column, skip_empty, &mut faults)?,
        None => taken.list(text, column, skip_empty, is_cell, &mut faults)?,
    }
    if taken.cells.is_empty() && faults.is_empty() {
        let message = match taken.skipped {
            0 => "has a header and no rows".to_owned(),
            rows => format!("has no values: the cells of all {rows} rows are empty"),
        };
        faults.push(Fault::of(&taken.source, message));
    }
    faults.or(taken)
}

impl Texts {
    fn table(
        &mut self,
        text: impl Read,
        delimiter: u8,
        column: Option<&str>,
        skip_empty: bool,
        faults: &mut Faults,
    ) -> Result<(), Faults> {
        let mut rows = Rows::new(text, delimiter);
        let header = rows.next(&self.source)?.map(|(header, _)| StringRecord::from_byte_record_lossy(header.clone()));
        let header: StringRecord = header.unwrap_or_default().iter().map(str::trim).collect();
        let Some(column) = column else {
            let names: Vec<_> = header.iter().map(|name| format!("`{name}`")).collect();
            let fault = Fault::of(&self.source, format!("has {} columns, and none is chosen", header.len())).at_line(1);
            return Err(fault.help(format!("name the column of times with `--time`: {}", names.join(", "))).into());
        };
        let place = places(&self.source, &header, &[column])?.first().copied().unwrap_or(0);
        self.name = Some(column.to_owned());
        let mut taken: Vec<(Result<String, String>, u64)> = Vec::new();
        while let Some((row, line)) = rows.next(&self.source)? {
            let cell = if row.len() == header.len() {
                text_of(row, place).map(str::to_owned).ok_or_else(|| "cell is not UTF-8 text".to_owned())
            } else {
                Err(format!("row has {} cells, not {} as the header", row.len(), header.len()))
            };
            taken.push((cell, line));
        }
        for (cell, line) in taken {
            match cell {
                Ok(cell) => self.take(&cell, line, skip_empty, faults),
                Err(message) => faults.push(Fault::of(&self.source, message).at_line(line)),
            }
        }
        Ok(())
    }

    fn list(
        &mut self,
        text: impl BufRead,
        column: Option<&str>,
        skip_empty: bool,
        is_cell: impl Fn(&str) -> bool,
        faults: &mut Faults,
    ) -> Result<(), Faults> {
        // Blank lines before the first row and behind the last are no rows.
        let mut blank = Vec::new();
        let mut started = false;
        for (line, bytes) in (1_u64..).zip(text.split(b'\n')) {
            let bytes = bytes.map_err(|error| Fault::of(&self.source, unreadable(&error)))?;
            let Ok(cell) = std::str::from_utf8(&bytes) else {
                faults.push(Fault::of(&self.source, "row is not UTF-8 text").at_line(line));
                continue;
            };
            let cell = unquoted(cell.trim());
            if cell.is_empty() {
                if started {
                    blank.push(line);
                }
                continue;
            }
            if !started {
                started = true;
                if !is_cell(cell) {
                    places(&self.source, &StringRecord::from(vec![cell]), &column.into_iter().collect::<Vec<_>>())?;
                    self.name = Some(cell.to_owned());
                    continue;
                }
                if let Some(column) = column {
                    let message = format!("there is no column `{column}`: the file is a list without a header");
                    return Err(Fault::of(&self.source, message).at_line(line).into());
                }
            }
            for line in blank.drain(..) {
                self.take("", line, skip_empty, faults);
            }
            self.take(cell, line, skip_empty, faults);
        }
        Ok(())
    }

    fn take(&mut self, cell: &str, line: u64, skip_empty: bool, faults: &mut Faults) {
        if !cell.is_empty() {
            self.cells.push((cell.to_owned(), line));
        } else if skip_empty {
            self.skipped = self.skipped.saturating_add(1);
        } else {
            let fault = Fault::of(&self.source, "value is missing").at_line(line);
            let fault = fault.help("leave out such rows with `--skip-empty`");
            faults.push(match &self.name {
                Some(name) => fault.at_path(name),
                None => fault,
            });
        }
    }
}
