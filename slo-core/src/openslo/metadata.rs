//! Names, labels and annotations of an object, and references to one.

use std::collections::BTreeMap;
use std::fmt;

use super::fault::{Origin, Place};
use super::fields::{Reading, Value, is_dns_label};

/// Longest display name, in characters.
const LONGEST_DISPLAY_NAME: usize = 63;
/// Longest description, in characters.
const LONGEST_DESCRIPTION: usize = 1_050;

/// The name of an object elsewhere, and where the reference stands. Equal when the names are.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    name: String,
    origin: Origin,
}

impl Reference {
    /// The name referred to.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn place(&self) -> &Place {
        &self.origin.0
    }

    /// A reference to a DNS label.
    pub(super) fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let name = value.label(reading)?.to_owned();
        Some(Self { name, origin: Origin(value.place(reading)) })
    }

    /// A reference to a service, which the SDK does not check against the rule for names.
    pub(super) fn read_filled(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let name = value.filled(reading)?.to_owned();
        Some(Self { name, origin: Origin(value.place(reading)) })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// What stands in the document itself, or the name of an object that stands elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub enum Referred<T> {
    /// The name of an object elsewhere; [`Bundle`](super::Bundle) finds it.
    ByName(Reference),
    /// The object itself.
    Inline(Box<T>),
}

impl<T> Referred<T> {
    /// The object itself, where it stands in the document.
    #[must_use]
    pub fn inline(&self) -> Option<&T> {
        match self {
            Self::ByName(_) => None,
            Self::Inline(object) => Some(object),
        }
    }

    /// The reference, where the object stands elsewhere.
    #[must_use]
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::ByName(reference) => Some(reference),
            Self::Inline(_) => None,
        }
    }
}

/// The metadata of an object.
///
/// Labels and annotations hold one text or a list of them.
///
/// `DIFFERS:` the OpenSLO Go SDK takes one text an annotation only.
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata {
    name: Reference,
    display_name: Option<String>,
    labels: BTreeMap<String, Vec<String>>,
    annotations: BTreeMap<String, Vec<String>>,
}

impl Metadata {
    /// The name: a DNS label, unique among the objects of its kind.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.name()
    }

    pub(super) fn place(&self) -> &Place {
        self.name.place()
    }

    /// The name for people.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.display_name.as_deref()
    }

    /// The labels: what objects are grouped by.
    #[must_use]
    pub fn labels(&self) -> &BTreeMap<String, Vec<String>> {
        &self.labels
    }

    /// The annotations: what tools keep on an object.
    #[must_use]
    pub fn annotations(&self) -> &BTreeMap<String, Vec<String>> {
        &self.annotations
    }

    /// The text of the label, the first where it is a list.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key)?.first().map(String::as_str)
    }

    /// The text of the annotation, the first where it is a list.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key)?.first().map(String::as_str)
    }

    pub(super) fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let mut fields = value.map(reading)?;
        let name = fields.required("name", reading).and_then(|value| Reference::read(&value, reading));
        let display_name = fields.optional("displayName").and_then(|value| value.short(LONGEST_DISPLAY_NAME, reading));
        let labels = fields.optional("labels").map(|value| texts(&value, is_label_key, reading));
        let annotations = fields.optional("annotations").map(|value| texts(&value, is_annotation_key, reading));
        fields.finish(reading);
        Some(Self {
            name: name?,
            display_name,
            labels: labels.unwrap_or_default(),
            annotations: annotations.unwrap_or_default(),
        })
    }
}

/// A description, kept within the length that OpenSLO allows.
pub(super) fn description(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<String> {
    value.short(LONGEST_DESCRIPTION, reading)
}

fn texts(value: &Value<'_>, allowed: fn(&str) -> bool, reading: &mut Reading<'_>) -> BTreeMap<String, Vec<String>> {
    let mut texts = BTreeMap::new();
    let Some(fields) = value.map(reading) else { return texts };
    for (key, value) in fields.entries() {
        if !allowed(key) {
            value.fault(reading, format!("key `{key}` is not 1 to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends, after an optional `domain/` where this is an annotation"));
        }
        let items = if value.is_list() { value.list(reading).unwrap_or_default() } else { vec![value] };
        let read = items.iter().filter_map(|item| item.text(reading)).map(str::to_owned).collect();
        texts.insert(key.to_owned(), read);
    }
    texts
}

/// `^[a-zA-Z0-9]([-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$`
fn is_label_key(key: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    key.len() <= 63
        && key.starts_with(ends)
        && key.ends_with(ends)
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
}

/// A label's key, after an optional DNS name of at most 253 characters and a slash.
fn is_annotation_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((domain, name)) => domain.len() <= 253 && domain.split('.').all(is_dns_label) && is_label_key(name),
        None => is_label_key(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_checked_as_the_sdk_checks_them() {
        for key in ["a", "team", "Team_1.x-y", "0"] {
            assert!(is_label_key(key) && is_annotation_key(key), "{key}");
        }
        for key in ["", "-a", "a-", "a b", "ä", &"x".repeat(64)] {
            assert!(!is_label_key(key) && !is_annotation_key(key), "{key}");
        }
        assert!(is_annotation_key("openslo.com/service-folder"));
        for key in ["/a", "a/", "a/b/c", "Upper.com/a", "a..b/c"] {
            assert!(!is_annotation_key(key), "{key}");
        }
    }
}
