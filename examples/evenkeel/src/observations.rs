//! Observations from a file: one number a line, or a column of a CSV file.

mod cell;
mod rows;
mod taking;
mod texts;

use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use csv::{ByteRecord, StringRecord};
use serde::Serialize;

use crate::fault::{Fault, Faults, open, unreadable};
use crate::metrics::csv::places;
use crate::progress;
use cell::Cell;
use rows::Rows;
use taking::Taking;
pub use texts::{Texts, texts};

/// The observations of a file, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The file, as the user named it.
    pub source: String,
    /// The column's name; `None` for a list without a header.
    pub name: Option<String>,
    /// What the values count.
    pub unit: Unit,
    /// The values, each with its line. At least one.
    pub observations: Vec<Observation>,
    /// The cells of the column [`Selection::beside`], one an observation; empty when none was asked for.
    pub beside: Vec<String>,
    /// How many rows were left out since their cell is empty.
    pub skipped: u64,
}

impl Column {
    /// The values, in the order of the file.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.observations.iter().map(|observation| observation.value).collect()
    }
}

/// One value: finite, within -1e300 and 1e300.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// The value; seconds where the column holds lengths.
    pub value: f64,
    /// Its line, from 1.
    pub line: u64,
}

/// What the values of a column count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Whatever the file's author had in mind.
    Plain,
    /// Seconds: the cells were lengths with units, such as `12m30s` or `00:12:30`.
    Seconds,
}

/// Which observations of a file are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'a> {
    /// The column by name; without one, the only column of numbers.
    pub column: Option<&'a str>,
    /// A column whose cells come along as text: a label, a time.
    pub beside: Option<&'a str>,
    /// Only rows where the cell of `beside` is one of these; each must be there.
    pub only: Option<&'a [&'a str]>,
    /// Leave out, and count, rows whose cell is empty, instead of taking them for faults.
    pub skip_empty: bool,
}

/// Reads an amount as a cell would hold it: a number, or a length such as `12m30s` in seconds.
///
/// # Errors
/// What is wrong with it.
pub fn amount(text: &str) -> Result<(f64, Unit), String> {
    Ok(match Cell::read(text)? {
        Cell::Number(number) => (number, Unit::Plain),
        Cell::Seconds(seconds) => (seconds, Unit::Seconds),
    })
}

/// Reads the observations of a file row by row.
///
/// The first line decides what the file is. With a comma, a semicolon or a tab in it, the file is CSV with a header.
/// Otherwise each line holds one value, below a header unless the first is a value itself.
///
/// Where no column is named, it is the only one besides [`Selection::beside`] that holds numbers: in whose first 100 rows at least half of the cells
/// that are not empty are values.
///
/// # Errors
/// All faults with line, column and value: a file that is missing, empty, no text or without rows; a column that is
/// not there, or several of numbers; cells that are empty, no number, not finite; numbers and lengths mixed.
pub fn read(path: &Path, selection: &Selection<'_>) -> Result<Column, Faults> {
    let source = path.display().to_string();
    let text = BufReader::with_capacity(1 << 16, progress::reading(&source, open(path)?));
    read_from(&source, text, selection)
}

fn read_from(source: &str, mut text: impl BufRead, selection: &Selection<'_>) -> Result<Column, Faults> {
    let head = first_line(&mut text).map_err(|message| Fault::of(source, message))?;
    let delimiter = delimiter(&head);
    let text = Cursor::new(head).chain(text);
    let taking = Taking::new(source, selection);
    match delimiter {
        Some(delimiter) => table(text, delimiter, taking),
        None => list(text, taking),
    }
}

/// The bytes up to the end of the first line that is not blank.
fn first_line(text: &mut impl BufRead) -> Result<Vec<u8>, String> {
    const LONGEST: u64 = 1 << 20;
    let mut head = Vec::new();
    while head.iter().all(u8::is_ascii_whitespace) {
        let more = text.take(LONGEST).read_until(b'\n', &mut head).map_err(|error| unreadable(&error))?;
        if more == 0 {
            return Err("is empty".to_owned());
        }
        if head.contains(&0) {
            return Err("is not text: it holds a byte of value 0".to_owned());
        }
    }
    if head.starts_with(b"\xef\xbb\xbf") {
        head.drain(..3);
    }
    Ok(head)
}

/// The separator of cells that occurs most in the first line.
fn delimiter(head: &[u8]) -> Option<u8> {
    let count = |delimiter: u8| head.iter().filter(|byte| **byte == delimiter).count();
    let (most, delimiter) = [b';', b'\t', b','].map(|delimiter| (count(delimiter), delimiter)).into_iter().max()?;
    (most > 0).then_some(delimiter)
}

/// One value a line.
fn list(mut text: impl BufRead, mut taking: Taking<'_>) -> Result<Column, Faults> {
    let (mut bytes, mut line, mut blank) = (Vec::new(), 0_u64, None);
    let mut started = false;
    loop {
        bytes.clear();
        line = line.saturating_add(1);
        match text.read_until(b'\n', &mut bytes) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return Err(Fault::of(taking.source, unreadable(&error)).into()),
        }
        let Ok(cell) = std::str::from_utf8(&bytes) else {
            taking.fault(Fault::of(taking.source, "row is not UTF-8 text").at_line(line));
            continue;
        };
        let cell = unquoted(cell.trim());
        if cell.is_empty() {
            // Blank lines before the first row and behind the last are no rows.
            blank = blank.or(started.then_some(line));
            continue;
        }
        if !started {
            started = true;
            if !Cell::is_meant(cell) {
                let header = StringRecord::from(vec![cell]);
                let names = taking.selection.column.into_iter().chain(taking.selection.beside).collect::<Vec<_>>();
                places(taking.source, &header, &names)?;
                taking.name = Some(cell.to_owned());
                continue;
            }
            taking.needs_no_header(line)?;
        }
        for missing in blank.take().into_iter().flat_map(|blank| blank..line) {
            taking.take("", "", missing);
        }
        // A column is beside itself when it is asked for twice.
        taking.take(cell, cell, line);
    }
    taking.finish()
}

fn unquoted(cell: &str) -> &str {
    cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).map_or(cell, str::trim)
}

/// Rows that are looked at to find the column of numbers.
const LOOKED_AT: usize = 100;

/// CSV with a header.
fn table(text: impl Read, delimiter: u8, mut taking: Taking<'_>) -> Result<Column, Faults> {
    let mut rows = Rows::new(text, delimiter);
    let source = taking.source;
    let (header, top) = match rows.next(source)? {
        Some((header, top)) => match StringRecord::from_byte_record(header.clone()) {
            Ok(header) => (header, top),
            Err(_) => return Err(Fault::of(source, "row is not UTF-8 text").at_line(top).into()),
        },
        None => return Err(Fault::of(source, "is empty").into()),
    };
    let header: StringRecord = header.iter().map(str::trim).collect();
    if header.iter().all(Cell::is_meant) {
        let fault = Fault::of(source, "the first row holds values, not the names of columns");
        let help = "put a row of names on top; decimals have a point, not a comma";
        return Err(fault.at_line(top).help(help).into());
    }
    let mut faults = Faults::default();
    let mut find = |name| faults.take(places(source, &header, &[name])).and_then(|found| found.first().copied());
    let beside = taking.selection.beside.and_then(&mut find);
    let mut place = taking.selection.column.and_then(&mut find);
    faults.or(())?;

    let mut waiting: Vec<(ByteRecord, u64)> = Vec::new();
    loop {
        let row = rows.next(source)?;
        if place.is_none() && (row.is_none() || waiting.len() == LOOKED_AT) {
            place = Some(only_column_of_numbers(source, &header, &waiting, beside)?);
        }
        let Some(place) = place else {
            waiting.extend(row.map(|(row, line)| (row.clone(), line)));
            continue;
        };
        taking.name = header.get(place).map(str::to_owned);
        for (row, line) in waiting.iter().map(|(row, line)| (row, *line)).chain(row) {
            taking.row(row, line, header.len(), place, beside);
        }
        waiting.clear();
        if row.is_none() {
            return taking.finish();
        }
    }
}

/// The place of the only column, but for the one beside, in which at least half of the cells that are not empty are
/// values.
fn only_column_of_numbers(
    source: &str,
    header: &StringRecord,
    rows: &[(ByteRecord, u64)],
    beside: Option<usize>,
) -> Result<usize, Fault> {
    if rows.is_empty() {
        return Err(Fault::of(source, "has a header and no rows"));
    }
    let holds_numbers = |place: &usize| {
        let cells = rows.iter().filter_map(|(row, _)| text_of(row, *place)).filter(|cell| !cell.is_empty());
        let meant: Vec<bool> = cells.map(Cell::is_meant).collect();
        let values = meant.iter().filter(|meant| **meant).count();
        values > 0 && values >= meant.len().saturating_sub(values)
    };
    let found: Vec<usize> = (0..header.len()).filter(|place| beside != Some(*place)).filter(holds_numbers).collect();
    let names = |found: &[usize]| {
        let quoted = header.iter().enumerate().filter(|(place, _)| found.contains(place) || found.is_empty());
        quoted.map(|(_, name)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    match found.as_slice() {
        [place] => Ok(*place),
        [] => {
            let fault = Fault::of(source, "has no column of numbers or lengths").at_line(1);
            Err(fault.help(format!("the header has {}", names(&[]))))
        }
        several => {
            let fault = Fault::of(source, format!("has {} columns of numbers", several.len())).at_line(1);
            Err(fault.help(format!("choose one with `--column`: {}", names(several))))
        }
    }
}

/// A cell as text, without blanks around it; `None` where it is missing or no UTF-8.
fn text_of(row: &ByteRecord, place: usize) -> Option<&str> {
    Some(std::str::from_utf8(row.get(place)?).ok()?.trim())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a test fails by panicking")]
    use super::*;

    fn read_text(text: impl AsRef<[u8]>, selection: &Selection<'_>) -> Result<Column, Faults> {
        read_from("file", text.as_ref(), selection)
    }

    fn any(text: impl AsRef<[u8]>) -> Result<Column, Faults> {
        read_text(text, &Selection::default())
    }

    /// `line: column: message`, each fault.
    fn faults(result: Result<Column, Faults>) -> Vec<String> {
        let faults = result.unwrap_err().faults.into_iter();
        let line = |fault: &Fault| fault.line.map(|line| format!("{line}: ")).unwrap_or_default();
        let path = |fault: &Fault| fault.path.clone().map(|path| format!("{path}: ")).unwrap_or_default();
        faults.map(|fault| format!("{}{}{}", line(&fault), path(&fault), fault.message)).collect()
    }

    fn lines(column: &Column) -> Vec<(f64, u64)> {
        column.observations.iter().map(|observation| (observation.value, observation.line)).collect()
    }

    #[test]
    fn a_list_with_and_without_a_header() {
        for text in ["3\n1\n2\n", "3\n1\n2", "\u{feff}3\r\n1\r\n2\r\n", "3\n1\n2\n\n\n"] {
            let column = any(text).unwrap();
            assert_eq!(
                (column.values(), column.name, column.unit),
                (vec![3.0, 1.0, 2.0], None, Unit::Plain),
                "{text:?}"
            );
        }
        let column = any("\n\"minutes\"\n\"12m30s\"\n 5s \n").unwrap();
        assert_eq!((column.name.as_deref(), column.unit), (Some("minutes"), Unit::Seconds));
        assert_eq!(lines(&column), [(750.0, 3), (5.0, 4)]);
    }

    #[test]
    fn the_only_column_of_numbers_is_taken_by_itself() {
        for text in [
            "day,count,note\nMon,3,\"a,\nb\"\nTue,4,x\n",
            "day;count;note\nMon;3;\"a,\nb\"\nTue;4;x\n",
            "day\tcount\tnote\nMon\t3\t\"a,\nb\"\nTue\t4\tx\n",
            "day,count,note\r\nMon,3,\"a,\nb\"\r\nTue,4,x\r\n",
        ] {
            let column = any(text).unwrap();
            assert_eq!(column.name.as_deref(), Some("count"));
            assert_eq!(lines(&column), [(3.0, 2), (4.0, 4)], "{text:?}");
        }
        let late = format!("day,count\n{}", "x,NaN\n".repeat(40) + &"x,1\n".repeat(200));
        assert_eq!(faults(any(&late)).len(), 20, "half of its cells in the first hundred rows decide");
        assert_eq!(faults(any("a,b\n1,2\n3,4\n")), ["1: has 2 columns of numbers"]);
        assert_eq!(faults(any("a,b\nx,y\n")), ["1: has no column of numbers or lengths"]);
        let beside = Selection { beside: Some("a"), ..Selection::default() };
        assert_eq!(read_text("a,b\n1,2\n3,4\n", &beside).unwrap().name.as_deref(), Some("b"));
        let chosen = Selection { column: Some("b"), ..beside };
        let beside = Selection { beside: Some("a"), ..Selection::default() };
        assert_eq!(read_text("a,b\n1,2\n3,4\n", &beside).unwrap().name.as_deref(), Some("b"));
        let column = read_text("a,b\n1,2\n3,4\n", &chosen).unwrap();
        assert_eq!((column.values(), column.beside), (vec![2.0, 4.0], vec!["1".to_owned(), "3".to_owned()]));
    }

    #[test]
    fn lines_are_those_of_the_file_whatever_ends_them() {
        for text in ["a,b\n\n\nx,1\n\ny,z\n", "a,b\r\n\r\n\r\nx,1\r\n\r\ny,z\r\n", "a,b\n\n\nx,1\n\ny,z"] {
            assert_eq!(
                faults(any(text)),
                ["6: b: value `z` is not a number, nor a length such as `12m30s`"],
                "{text:?}"
            );
        }
    }
    #[test]
    fn rows_that_hold_no_value_are_faults_with_their_places() {
        assert_eq!(
            faults(any("3\n\nx\nNaN\n inf\n\n\n4,5\n\n")),
            [
                "2: value is missing",
                "3: value `x` is not a number, nor a length such as `12m30s`",
                "4: value `NaN` is not finite",
                "5: value `inf` is not within -1e300 and 1e300",
                "6: value is missing",
                "7: value is missing",
                "8: value `4,5` is not a number, nor a length such as `12m30s`; write decimals with a point, and no separators",
            ]
        );
        assert_eq!(
            faults(any("a,b\nx,\ny,1\ny,1,2\n\"z\"\ny,1e301\n")),
            [
                "2: b: value is missing",
                "4: row has 3 cells, not 2 as the header",
                "5: row has 1 cells, not 2 as the header",
                "6: b: value `1e301` is not within -1e300 and 1e300",
            ]
        );
        assert_eq!(faults(any("5m\n7\n8s\n")), ["1: length `5m` stands among plain numbers, such as `7` on line 2"]);
        assert_eq!(faults(any(b"a,b\nx,1\nx,\xff\n")), ["3: b: cell is not UTF-8 text"]);
        assert_eq!(faults(any(b"1\n\xff\n")), ["2: row is not UTF-8 text"]);
    }

    #[test]
    fn files_that_hold_no_observations() {
        for (text, words) in [
            ("", "is empty"),
            ("\n \n", "is empty"),
            ("minutes\n", "has a header and no rows"),
            ("a,b\n", "has a header and no rows"),
            ("PK\u{3}\u{4}\0\0", "is not text: it holds a byte of value 0"),
            ("1,5\n2,5\n", "1: the first row holds values, not the names of columns"),
        ] {
            assert_eq!(faults(any(text)), [words], "{text:?}");
        }
        let skipping = Selection { column: Some("b"), skip_empty: true, ..Selection::default() };
        assert_eq!(faults(read_text("a,b\nx,\ny,\n", &skipping)), ["has no values: the cells of all 2 rows are empty"]);
        let named = Selection { column: Some("c"), ..Selection::default() };
        assert_eq!(faults(read_text("a,b\n", &named)), ["1: there is no column `c`"]);
        assert_eq!(faults(read_text("a\n", &named)), ["1: there is no column `c`"]);
        let message = "1: there is no column `c`: the file is a list of values without a header";
        assert_eq!(faults(read_text("1\n", &named)), [message]);
    }

    #[test]
    fn rows_of_one_kind_and_rows_with_a_value_can_be_chosen() {
        let text = "who,took\na,1\nb,x\na,\na,3\n";
        let of = |only| Selection { beside: Some("who"), only: Some(only), skip_empty: true, ..Selection::default() };
        let column = read_text(text, &of(&["a"])).unwrap();
        assert_eq!((lines(&column), column.skipped), (vec![(1.0, 2), (3.0, 5)], 1));
        assert_eq!(faults(read_text(text, &of(&["c", "a", "d"]))), ["who: no row has `c`", "who: no row has `d`"]);
        let both = Selection { column: Some("who"), beside: Some("who"), only: Some(&["a"]), skip_empty: true };
        assert_eq!(faults(read_text(text, &both)).len(), 3, "a value that is none");
        let unskipped = Selection { skip_empty: false, ..of(&["a"]) };
        assert_eq!(faults(read_text(text, &unskipped)), ["4: took: value is missing"]);
    }

    #[test]
    fn no_text_whatever_goes_unanswered_nor_beyond_its_lines() {
        const PIECES: [&str; 20] = [
            "1", "2.5", "-3e4", "NaN", "12m", "1:00:00", "x", "", ",", ",", ";", "\t", "\n", "\n", "\r\n", "\"",
            "\u{feff}", " ", "\0", "é",
        ];
        // A linear congruence, whose high bits are random enough.
        let mut state = 1_u64;
        let mut draw = |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((state >> 33) % bound).unwrap()
        };
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..draw(40) {
                let pieces = if draw(2) == 0 { 9 } else { 20 };
                text.push_str(PIECES[draw(pieces)]);
            }
            let selections =
                [Selection::default(), Selection { beside: Some("x"), skip_empty: true, ..Selection::default() }];
            let last = u64::try_from(text.matches('\n').count()).unwrap() + 1;
            for selection in selections {
                match read_text(&text, &selection) {
                    Ok(column) => {
                        assert!(!column.observations.is_empty(), "{text:?}");
                        assert!(column.observations.is_sorted_by(|a, b| a.line < b.line), "{text:?}");
                        assert!(column.observations.last().unwrap().line <= last, "{text:?}");
                    }
                    Err(faults) => {
                        assert!(!faults.is_empty(), "{text:?}");
                        assert!(
                            faults.faults.iter().all(|fault| fault.line.is_none_or(|line| line <= last)),
                            "{text:?}"
                        );
                    }
                }
            }
        }
    }
}
