//! What is wrong with a document, and where.

use std::fmt;
use std::sync::Arc;

/// Faults kept of one reading; further ones are only counted.
const MOST_FAULTS: usize = 1_000;

/// Longest offending value quoted, in characters.
const LONGEST_VALUE: usize = 80;

/// Where something stands in the text that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) source: Option<Arc<str>>,
    pub(super) document: usize,
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Where a value stood, kept for faults that show later; no part of what the value is.
#[derive(Debug, Clone)]
pub(super) struct Origin(pub(super) Place);

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// One thing that is wrong with an OpenSLO document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    place: Place,
    value: Option<String>,
    message: String,
}

impl Fault {
    pub(super) fn new(place: Place, value: Option<&str>, message: impl Into<String>) -> Self {
        Self { place, value: value.map(quoted), message: message.into() }
    }

    /// The name of the text, as it was given to [`read_from`](super::read_from): a file name, say.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.place.source.as_deref()
    }

    /// Which YAML document of the text, counted from 1.
    #[must_use]
    pub fn document(&self) -> usize {
        self.place.document
    }

    /// Where in the document: `spec.objectives[2].target`; empty for the document itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.place.path
    }

    /// The line of the text, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.place.line
    }

    /// The column of the line in characters, counted from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.place.column
    }

    /// The offending text as it was written, cut to 80 characters; `None` where something is missing.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { source, path, line, column, .. } = &self.place;
        match source {
            Some(source) => write!(f, "{source}:{line}:{column}: ")?,
            None => write!(f, "line {line}, column {column}: ")?,
        }
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong with a text, in the order in which it stands there.
///
/// Never empty. The first 1,000 faults are kept; [`Faults::left_out`] counts the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    // INVARIANT: not empty.
    faults: Vec<Fault>,
    left_out: usize,
}

impl Faults {
    /// The faults, by document and line.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.faults.iter()
    }

    /// How many faults there were beyond those that are kept.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }
}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = std::slice::Iter<'a, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.faults.into_iter()
    }
}

impl fmt::Display for Faults {
    /// A line a fault.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            write!(f, "{gap}{fault}")?;
        }
        if self.left_out > 0 {
            write!(f, "\nand {} more", self.left_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// Faults while they are being found.
#[derive(Debug, Default)]
pub(super) struct Found {
    faults: Vec<Fault>,
    left_out: usize,
}

impl Found {
    pub(super) fn push(&mut self, fault: Fault) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// Notes the fault unless there is another already.
    pub(super) fn push_if_none(&mut self, fault: impl FnOnce() -> Fault) {
        if self.faults.is_empty() {
            self.push(fault());
        }
    }

    /// The value, or the faults when there are any.
    pub(super) fn or<T>(self, value: T) -> Result<T, Faults> {
        let Self { mut faults, left_out } = self;
        if faults.is_empty() {
            return Ok(value);
        }
        faults.sort_by(|a, b| key(a).cmp(&key(b)));
        Err(Faults { faults, left_out })
    }
}

fn key(fault: &Fault) -> (Option<&str>, usize, usize) {
    (fault.source(), fault.line(), fault.column())
}

fn quoted(value: &str) -> String {
    match value.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}...", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(line: usize, source: Option<&str>) -> Fault {
        let place =
            Place { source: source.map(Arc::from), document: 1, path: "spec.service".to_owned(), line, column: 3 };
        Fault::new(place, Some(&"x".repeat(200)), "is wrong")
    }

    #[test]
    fn faults_name_the_place_and_come_in_the_order_of_the_text() {
        let mut found = Found::default();
        found.push(fault(9, None));
        found.push(fault(2, None));
        let faults = found.or(()).unwrap_err();
        assert_eq!(
            faults.to_string(),
            "line 2, column 3: spec.service: is wrong\nline 9, column 3: spec.service: is wrong"
        );
        assert_eq!(fault(1, Some("slo.yaml")).to_string(), "slo.yaml:1:3: spec.service: is wrong");
        assert_eq!(fault(1, None).value().unwrap().chars().count(), 83);
    }

    #[test]
    fn no_faults_give_the_value_and_too_many_are_counted() {
        assert_eq!(Found::default().or(7), Ok(7));
        let mut found = Found::default();
        for line in 1..=1_002 {
            found.push(fault(line, None));
        }
        let faults = found.or(()).unwrap_err();
        assert_eq!((faults.iter().len(), faults.left_out()), (1_000, 2));
        assert!(faults.to_string().ends_with("\nand 2 more"));
    }
}
