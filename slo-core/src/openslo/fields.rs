//! Typed access to the tree: every method notes what is wrong and goes on, so that all faults come at once.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use super::fault::{Fault, Found, Place};
use super::tree::{Content, Entry, Mark, Node};
use crate::duration::DurationShorthand;

/// The reading of one document.
pub(super) struct Reading<'f> {
    pub(super) source: Option<Arc<str>>,
    pub(super) document: usize,
    pub(super) found: &'f mut Found,
}

impl Reading<'_> {
    fn place(&self, path: &str, mark: Mark) -> Place {
        let Mark { line, column } = mark;
        Place { source: self.source.clone(), document: self.document, path: path.to_owned(), line, column }
    }

    fn note(&mut self, path: &str, mark: Mark, value: Option<&str>, message: impl Into<String>) {
        let fault = Fault::new(self.place(path, mark), value, message);
        self.found.push(fault);
    }
}

/// A value of the tree and its path.
#[derive(Clone)]
pub(super) struct Value<'n> {
    node: &'n Node,
    path: String,
}

impl<'n> Value<'n> {
    pub(super) fn root(node: &'n Node) -> Self {
        Self { node, path: String::new() }
    }

    pub(super) fn place(&self, reading: &Reading<'_>) -> Place {
        reading.place(&self.path, self.node.mark)
    }

    /// Notes a fault of this value.
    pub(super) fn fault(&self, reading: &mut Reading<'_>, message: impl Into<String>) {
        let value = match &self.node.content {
            Content::Scalar { text, .. } => Some(text.as_str()),
            _ => None,
        };
        reading.note(&self.path, self.node.mark, value, message);
    }

    pub(super) fn is_null(&self) -> bool {
        self.node.is_null()
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.node.content, Content::Sequence(_))
    }

    fn what(&self) -> &'static str {
        match &self.node.content {
            Content::Scalar { .. } => "a single value",
            Content::Sequence(_) => "a list",
            Content::Mapping(_) => "a map",
        }
    }

    /// The map here.
    pub(super) fn map(&self, reading: &mut Reading<'_>) -> Option<Fields<'n>> {
        match &self.node.content {
            Content::Mapping(entries) => {
                Some(Fields { entries, mark: self.node.mark, path: self.path.clone(), known: Vec::new() })
            }
            _ => {
                self.fault(reading, format!("is {}, not a map", self.what()));
                None
            }
        }
    }

    /// The items of the list here.
    pub(super) fn list(&self, reading: &mut Reading<'_>) -> Option<Vec<Value<'n>>> {
        match &self.node.content {
            Content::Sequence(items) => Some(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, node)| Value { node, path: format!("{}[{index}]", self.path) })
                    .collect(),
            ),
            _ => {
                self.fault(reading, format!("is {}, not a list", self.what()));
                None
            }
        }
    }

    /// The text here, as it was written: `1.10` stays `1.10`.
    pub(super) fn text(&self, reading: &mut Reading<'_>) -> Option<&'n str> {
        match &self.node.content {
            Content::Scalar { text, .. } => Some(text),
            _ => {
                self.fault(reading, format!("is {}, not text", self.what()));
                None
            }
        }
    }

    /// Text that is not empty.
    pub(super) fn filled(&self, reading: &mut Reading<'_>) -> Option<&'n str> {
        let text = self.text(reading)?;
        if text.is_empty() {
            self.fault(reading, "is empty");
            return None;
        }
        Some(text)
    }

    /// Text of at most `most` characters.
    pub(super) fn short(&self, most: usize, reading: &mut Reading<'_>) -> Option<String> {
        let text = self.text(reading)?;
        let length = text.chars().count();
        if length > most {
            self.fault(reading, format!("is {length} characters long; at most {most} are allowed"));
            return None;
        }
        Some(text.to_owned())
    }

    /// A name as DNS labels are: lower case letters, digits and inner hyphens, at most 63.
    pub(super) fn label(&self, reading: &mut Reading<'_>) -> Option<&'n str> {
        let text = self.filled(reading)?;
        if !is_dns_label(text) {
            let rule = "at most 63 lower case letters, digits and hyphens, with no hyphen at either end";
            self.fault(reading, format!("name `{text}` is not {rule}"));
            return None;
        }
        Some(text)
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self, reading: &mut Reading<'_>) -> Option<bool> {
        match &self.node.content {
            Content::Scalar { text, plain: true } if matches!(text.as_str(), "true" | "True" | "TRUE") => Some(true),
            Content::Scalar { text, plain: true } if matches!(text.as_str(), "false" | "False" | "FALSE") => {
                Some(false)
            }
            Content::Scalar { text, .. } => {
                self.fault(reading, format!("`{text}` is not true or false, written without quotes"));
                None
            }
            _ => {
                self.fault(reading, format!("is {}, not true or false", self.what()));
                None
            }
        }
    }

    /// The text of a number that stands here without quotes; what follows decides which numbers are allowed.
    pub(super) fn digits(&self, reading: &mut Reading<'_>) -> Option<&'n str> {
        match &self.node.content {
            Content::Scalar { text, plain: true } => Some(text),
            Content::Scalar { text, plain: false } => {
                self.fault(reading, format!("`{text}` is text in quotes, not a number; leave the quotes out"));
                None
            }
            _ => {
                self.fault(reading, format!("is {}, not a number", self.what()));
                None
            }
        }
    }

    /// A number that is finite and, where `bound` is given, allowed by it.
    pub(super) fn number(
        &self,
        bound: impl Fn(f64) -> Result<(), &'static str>,
        reading: &mut Reading<'_>,
    ) -> Option<Number> {
        let text = self.digits(reading)?;
        let Some(number) = Number::parse(text) else {
            self.fault(reading, format!("`{text}` is not a finite number"));
            return None;
        };
        if let Err(bound) = bound(number.value) {
            self.fault(reading, format!("`{text}` is not {bound}"));
            return None;
        }
        Some(number)
    }

    /// A value that is made from its text, such as a duration.
    pub(super) fn parsed<T: FromStr<Err = crate::Error>>(&self, reading: &mut Reading<'_>) -> Option<T> {
        let text = self.filled(reading)?;
        self.checked(text.parse(), reading)
    }

    /// A duration such as `28d`.
    pub(super) fn duration(&self, reading: &mut Reading<'_>) -> Option<DurationShorthand> {
        self.parsed(reading)
    }

    /// The value, or its error as a fault.
    pub(super) fn checked<T>(&self, result: Result<T, crate::Error>, reading: &mut Reading<'_>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(reading, error.to_string());
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, words: &[(&'static str, T)], reading: &mut Reading<'_>) -> Option<T> {
        let text = self.filled(reading)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.fault(reading, format!("`{text}` is not one of {}", all.join(", ")));
        None
    }

    /// Every single value below here under its path from here: `query`, `labels.env`, `[0].url`.
    pub(super) fn leaves(&self, reading: &mut Reading<'_>) -> Option<BTreeMap<String, String>> {
        let mut leaves = BTreeMap::new();
        let mut left = MOST_LEAVES;
        collect_leaves(self.node, String::new(), &mut left, &mut leaves);
        if left == 0 {
            self.fault(reading, format!("holds more than {MOST_LEAVES} values"));
            return None;
        }
        if leaves.is_empty() {
            self.fault(reading, "is empty");
            return None;
        }
        Some(leaves)
    }
}

/// Most values below a map that may hold anything.
const MOST_LEAVES: usize = 1_000;

// The tree is at most 64 deep.
fn collect_leaves(node: &Node, path: String, left: &mut usize, leaves: &mut BTreeMap<String, String>) {
    if *left == 0 {
        return;
    }
    match &node.content {
        Content::Scalar { text, .. } => {
            *left = left.saturating_sub(1);
            leaves.insert(path, text.clone());
        }
        Content::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_leaves(item, format!("{path}[{index}]"), left, leaves);
            }
        }
        Content::Mapping(entries) => {
            for entry in entries {
                collect_leaves(&entry.value, join(&path, &entry.key), left, leaves);
            }
        }
    }
}

/// The fields of a map while they are read.
pub(super) struct Fields<'n> {
    entries: &'n [Entry],
    mark: Mark,
    path: String,
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The field, unless it is missing or null.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<Value<'n>> {
        self.known.push(name);
        let entry = self.entries.iter().find(|entry| entry.key == name)?;
        (!entry.value.is_null()).then(|| Value { node: &entry.value, path: join(&self.path, name) })
    }

    /// The field; a fault when it is missing or null.
    pub(super) fn required(&mut self, name: &'static str, reading: &mut Reading<'_>) -> Option<Value<'n>> {
        let value = self.optional(name);
        if value.is_none() {
            let mark = self.entries.iter().find(|entry| entry.key == name).map_or(self.mark, |entry| entry.mark);
            reading.note(&join(&self.path, name), mark, None, "is required and missing");
        }
        value
    }

    /// Notes a fault of the map as a whole.
    pub(super) fn fault(&self, reading: &mut Reading<'_>, message: impl Into<String>) {
        reading.note(&self.path, self.mark, None, message);
    }

    /// Every entry, whatever its key.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'n str, Value<'n>)> + use<'n> {
        let path = self.path.clone();
        self.entries
            .iter()
            .map(move |entry| (entry.key.as_str(), Value { node: &entry.value, path: join(&path, &entry.key) }))
    }

    /// Notes every field that was not asked for.
    pub(super) fn finish(self, reading: &mut Reading<'_>) {
        for entry in self.entries {
            if self.known.contains(&entry.key.as_str()) {
                continue;
            }
            let message = if entry.key == "<<" {
                "merge keys are not supported; write the fields themselves".to_owned()
            } else {
                format!("unknown field `{}`; known here: {}", entry.key, self.known.join(", "))
            };
            reading.note(&join(&self.path, &entry.key), entry.mark, None, message);
        }
    }
}

/// A finite number and the text it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    text: String,
    // INVARIANT: finite.
    value: f64,
}

impl Number {
    /// The text as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The nearest float; finite.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    fn parse(text: &str) -> Option<Self> {
        // Rust reads `inf` and `nan` as numbers; YAML and JSON do not.
        let numeric = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
        let value: f64 = text.parse().ok().filter(|_| numeric)?;
        value.is_finite().then(|| Self { text: text.to_owned(), value })
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.text)
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// RFC 1123: `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`, at most 63.
pub(super) fn is_dns_label(text: &str) -> bool {
    text.len() <= 63
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
}
