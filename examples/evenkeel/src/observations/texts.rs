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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, column: Option<&str>, skip_empty: bool) -> Result<Texts, Faults> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        texts(file.path(), column, skip_empty, |cell| cell.starts_with('2'))
    }

    fn cells(texts: &Texts) -> Vec<(&str, u64)> {
        texts.cells.iter().map(|(cell, line)| (cell.as_str(), *line)).collect()
    }

    fn faults(result: Result<Texts, Faults>) -> Vec<String> {
        let faults = result.unwrap_err().faults.into_iter();
        faults
            .map(|fault| fault.line.map_or_else(|| fault.message.clone(), |line| format!("{line}: {}", fault.message)))
            .collect()
    }

    #[test]
    fn a_list_with_and_without_a_header() {
        for (text, name, first) in [("2026\n2027\n", None, 1), ("at\r\n2026\r\n\"2027\"", Some("at"), 2)] {
            let texts = read(text, None, false).unwrap();
            assert_eq!(texts.name.as_deref(), name);
            assert_eq!(cells(&texts), [("2026", first), ("2027", first + 1)]);
        }
        assert_eq!(cells(&read("at\n2026\n", Some("at"), false).unwrap()), [("2026", 2)]);
        let message = "1: there is no column `at`: the file is a list without a header";
        assert_eq!(faults(read("2026\n", Some("at"), false)), [message]);
    }

    #[test]
    fn a_column_of_a_table_keeps_its_lines() {
        let table = "id,at\n\n1,2026\n\"a\nb\",2027\n3,\n4,2028\n";
        assert_eq!(faults(read(table, Some("at"), false)), ["6: value is missing"]);
        let texts = read(table, Some("at"), true).unwrap();
        assert_eq!((cells(&texts), texts.skipped), (vec![("2026", 3), ("2027", 4), ("2028", 7)], 1));
        assert_eq!(faults(read(table, None, true)), ["1: has 2 columns, and none is chosen"]);
        assert_eq!(faults(read("id,at\n1\n2,2026,x\n", Some("at"), false)).len(), 2);
    }

    #[test]
    fn files_that_hold_nothing() {
        assert_eq!(faults(read("", None, false)), ["is empty"]);
        assert_eq!(faults(read("id,at\n", Some("at"), false)), ["has a header and no rows"]);
        assert_eq!(faults(read("at\n", None, false)), ["has a header and no rows"]);
        assert_eq!(faults(read("id,at\n1,\n", Some("at"), true)), ["has no values: the cells of all 1 rows are empty"]);
    }
}
