//! YAML (and JSON, which YAML contains) as a tree that keeps the text and the place of every value.
//!
//! Written by hand over the events of saphyr-parser, because the ready-made trees turn numbers into floats and
//! forget where a value stood.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput, Tag};

use super::fault::{Fault, Found, Place};

/// Longest text read, in bytes.
pub(super) const MOST_BYTES: usize = 16 << 20;
/// Most values a text may hold once its aliases are written out.
const MOST_NODES: usize = 500_000;
/// Deepest nesting; OpenSLO itself needs ten levels.
const DEEPEST: usize = 64;
/// Longest key in bytes; a path holds a key for every level.
const LONGEST_KEY: usize = 512;
/// How often reading starts again at the next document after one that is no YAML.
const MOST_RESTARTS: usize = 16;

/// A place in the text, lines and columns counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) line: usize,
    pub(super) column: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) mark: Mark,
    pub(super) content: Content,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    /// `plain` when it stands there without quotes, so that it may be a number, `true` or null.
    Scalar {
        text: String,
        plain: bool,
    },
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) mark: Mark,
    pub(super) value: Node,
}

impl Node {
    /// Nothing there: `key:`, `~` or `null`.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// How much a copy costs, and how deep it is.
    fn size(&self) -> Size {
        let inner = match &self.content {
            Content::Scalar { text, .. } => return Size { nodes: 1, bytes: text.len(), depth: 1 },
            Content::Sequence(items) => items.iter().map(Self::size).fold(Size::default(), Size::beside),
            Content::Mapping(entries) => entries
                .iter()
                .map(|entry| entry.value.size().beside(Size { nodes: 0, bytes: entry.key.len(), depth: 0 }))
                .fold(Size::default(), Size::beside),
        };
        Size { nodes: inner.nodes.saturating_add(1), depth: inner.depth.saturating_add(1), ..inner }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
    depth: usize,
}

impl Size {
    fn beside(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_add(other.nodes),
            bytes: self.bytes.saturating_add(other.bytes),
            depth: self.depth.max(other.depth),
        }
    }
}

/// A document of the text and its number, counted from 1.
pub(super) struct Document {
    pub(super) number: usize,
    pub(super) root: Node,
}

/// Reads every document; what is no YAML is a fault, and reading goes on at the next `---`.
///
/// `place` makes the place of a fault from the document's number, the path and the mark.
pub(super) fn parse(text: &str, found: &mut Found, place: &impl Fn(usize, String, Mark) -> Place) -> Vec<Document> {
    let first = Mark { line: 1, column: 1 };
    if text.len() > MOST_BYTES {
        let message = format!("{} bytes of text are more than {MOST_BYTES}", text.len());
        found.push(Fault::new(place(1, String::new(), first), None, message));
        return Vec::new();
    }
    let text = join_surrogates(text);
    let mut documents = Vec::new();
    let mut builder = Builder::new(count_lines(&text));
    let mut rest = text.as_ref();
    for _ in 0..MOST_RESTARTS {
        let stop = builder.read(rest, &mut documents, &mut |number, path, mark, value, message| {
            found.push(Fault::new(place(number, path, mark), value, message));
        });
        let Err(Stopped::Document) = stop else { break };
        let Some(skipped) = next_document(rest, builder.started.saturating_sub(builder.skipped_lines)) else { break };
        let (gone, left) = rest.split_at(skipped);
        builder.skip(gone);
        rest = left;
    }
    documents
}

/// JSON writes a character beyond 2^16 as two escapes, `\ud83d\ude80`; the one escape of YAML for it is
/// `\U0001f680`. Places after it on the line come out two columns short.
fn join_surrogates(text: &str) -> Cow<'_, str> {
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']);
    if !is_json || !(text.contains("\\ud") || text.contains("\\uD")) {
        return Cow::Borrowed(text);
    }
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        joined.push_str(before);
        let (length, character) = match surrogates(escape) {
            Some(character) => (12, Some(character)),
            // An escaped backslash escapes nothing further.
            None if escape.starts_with(r"\\") => (2, None),
            None => (1, None),
        };
        let (escape, after) = escape.split_at(length);
        match character {
            Some(character) => joined.push_str(&format!("\\U{:08x}", u32::from(character))),
            None => joined.push_str(escape),
        }
        rest = after;
    }
    joined.push_str(rest);
    Cow::Owned(joined)
}

/// The character that the text's first twelve bytes write as two escapes.
fn surrogates(text: &str) -> Option<char> {
    let half = |start: usize, end: usize| {
        let digits = text.get(start..end)?.strip_prefix("\\u")?;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    };
    char::decode_utf16([half(0, 6)?, half(6, 12)?]).next()?.ok().filter(|character| character.len_utf16() == 2)
}

/// Lines of a text as YAML counts them: broken by `\n`, `\r\n` or `\r`; at least 1.
pub(super) fn count_lines(text: &str) -> usize {
    breaks(text).saturating_add(1)
}

fn breaks(text: &str) -> usize {
    let bytes = text.as_bytes();
    let feeds = bytes.iter().filter(|&&b| b == b'\n').count();
    let returns =
        bytes.iter().enumerate().filter(|&(at, &b)| b == b'\r' && bytes.get(at.saturating_add(1)) != Some(&b'\n'));
    feeds.saturating_add(returns.count())
}

/// The offset of the first line that starts a document after the line `started` (counted from 1).
fn next_document(text: &str, started: usize) -> Option<usize> {
    let mut offset = 0_usize;
    for (index, line) in text.split_inclusive(['\n', '\r']).enumerate() {
        let is_marker = line.strip_prefix("---").is_some_and(|after| after.trim_start().len() < after.len());
        if is_marker && index >= started.max(1) {
            return Some(offset);
        }
        offset = offset.saturating_add(line.len());
    }
    None
}

/// It cannot be read on; the fault is noted.
enum Stopped {
    /// The next document may be sound.
    Document,
    /// The text as a whole is more than is read.
    Text,
}

type Note<'n> = dyn FnMut(usize, String, Mark, Option<&str>, String) + 'n;

struct Builder {
    lines: usize,
    skipped_lines: usize,
    /// The line where the last document that was begun starts.
    started: usize,
    number: usize,
    stack: Vec<Frame>,
    anchors: BTreeMap<usize, (Size, Node)>,
    spent: Size,
    root: Option<Node>,
}

struct Frame {
    mark: Mark,
    anchor: usize,
    open: Open,
}

enum Open {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, seen: BTreeSet<String>, key: Option<Key> },
}

struct Key {
    /// `None` for a key that was refused: its value is read and dropped.
    text: Option<String>,
    mark: Mark,
}

impl Builder {
    fn new(lines: usize) -> Self {
        Self {
            lines,
            skipped_lines: 0,
            started: 0,
            number: 0,
            stack: Vec::new(),
            anchors: BTreeMap::new(),
            spent: Size::default(),
            root: None,
        }
    }

    fn skip(&mut self, text: &str) {
        self.skipped_lines = self.skipped_lines.saturating_add(breaks(text));
        self.started = self.skipped_lines;
    }

    fn begin_document(&mut self) {
        self.number = self.number.saturating_add(1);
        self.stack.clear();
        self.anchors.clear();
        self.root = None;
    }

    fn mark(&self, marker: Marker) -> Mark {
        // A fault at the end of the text may be one line past the last.
        let line = marker.line().max(1).saturating_add(self.skipped_lines).min(self.lines);
        Mark { line, column: marker.col().saturating_add(1) }
    }

    fn read(&mut self, text: &str, documents: &mut Vec<Document>, note: &mut Note<'_>) -> Result<(), Stopped> {
        let mut in_document = false;
        for event in Parser::<StrInput<'_>>::new_from_str(text) {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    if !in_document {
                        self.begin_document();
                    }
                    let mark = self.mark(*error.marker());
                    note(self.number, self.path(), mark, None, format!("this is not YAML: {}", error.info()));
                    return Err(Stopped::Document);
                }
            };
            match event {
                Event::DocumentStart(_) => {
                    in_document = true;
                    self.begin_document();
                    self.started = self.mark(span.start).line;
                }
                Event::DocumentEnd => {
                    in_document = false;
                    if let Some(root) = self.root.take() {
                        documents.push(Document { number: self.number, root });
                    }
                }
                other => self.event(other, span, note)?,
            }
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, span: Span, note: &mut Note<'_>) -> Result<(), Stopped> {
        let mark = self.mark(span.start);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.check_tag(tag.as_deref(), mark, note);
                let content = Content::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.complete(Node { mark, content }, anchor, note)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), mark, note);
                self.open(Frame { mark, anchor, open: Open::Sequence(Vec::new()) }, note)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), mark, note);
                let open = Open::Mapping { entries: Vec::new(), seen: BTreeSet::new(), key: None };
                self.open(Frame { mark, anchor, open }, note)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.stack.pop() {
                Some(Frame { mark, anchor, open: Open::Sequence(items) }) => {
                    self.complete(Node { mark, content: Content::Sequence(items) }, anchor, note)
                }
                Some(Frame { mark, anchor, open: Open::Mapping { entries, .. } }) => {
                    self.complete(Node { mark, content: Content::Mapping(entries) }, anchor, note)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => self.alias(anchor, mark, note),
            _ => Ok(()),
        }
    }

    fn open(&mut self, frame: Frame, note: &mut Note<'_>) -> Result<(), Stopped> {
        if self.stack.len() >= DEEPEST {
            return self.stop(frame.mark, format!("this is nested deeper than {DEEPEST} levels"), note);
        }
        self.stack.push(frame);
        Ok(())
    }

    /// Writes a copy of what the anchor names: bounded, so that a few lines cannot stand for gigabytes.
    fn alias(&mut self, anchor: usize, mark: Mark, note: &mut Note<'_>) -> Result<(), Stopped> {
        let Some((size, _)) = self.anchors.get(&anchor) else {
            return self.stop(mark, "this alias names no anchor that is complete here".to_owned(), note);
        };
        if self.stack.len().saturating_add(size.depth) > DEEPEST {
            return self.stop(mark, format!("this alias nests deeper than {DEEPEST} levels"), note);
        }
        let size = *size;
        self.spend(size, mark, note)?;
        match self.anchors.get(&anchor) {
            Some((_, node)) => {
                let node = Node { mark, content: node.content.clone() };
                self.attach(node, note);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A value that is whole: kept under its anchor, if it has one, and put where it belongs.
    fn complete(&mut self, node: Node, anchor: usize, note: &mut Note<'_>) -> Result<(), Stopped> {
        let own = match &node.content {
            Content::Scalar { text, .. } => text.len(),
            _ => 0,
        };
        self.spend(Size { nodes: 1, bytes: own, depth: 0 }, node.mark, note)?;
        if anchor != 0 {
            let size = node.size();
            self.spend(size, node.mark, note)?;
            self.anchors.insert(anchor, (size, node.clone()));
        }
        self.attach(node, note);
        Ok(())
    }

    fn attach(&mut self, node: Node, note: &mut Note<'_>) {
        let refused = match self.stack.last_mut().map(|frame| &mut frame.open) {
            None => {
                self.root = Some(node);
                return;
            }
            Some(Open::Sequence(items)) => {
                items.push(node);
                return;
            }
            Some(Open::Mapping { entries, seen, key }) => match key.take() {
                Some(Key { text, mark }) => {
                    if let Some(text) = text {
                        entries.push(Entry { key: text, mark, value: node });
                    }
                    return;
                }
                None => {
                    let (text, refused) = match node.content {
                        Content::Scalar { text, .. } if text.len() > LONGEST_KEY => {
                            let message = format!("a key of {} bytes is longer than {LONGEST_KEY}", text.len());
                            (None, Some((Some(text), message)))
                        }
                        Content::Scalar { text, .. } if seen.insert(text.clone()) => (Some(text), None),
                        Content::Scalar { text, .. } => {
                            let message = format!("key `{text}` stands here twice");
                            (None, Some((Some(text), message)))
                        }
                        _ => (None, Some((None, "a key is a list or a map; it has to be text".to_owned()))),
                    };
                    *key = Some(Key { text, mark: node.mark });
                    refused
                }
            },
        };
        if let Some((value, message)) = refused {
            note(self.number, self.path(), node.mark, value.as_deref(), message);
        }
    }

    fn check_tag(&self, tag: Option<&Tag>, mark: Mark, note: &mut Note<'_>) {
        // What a field holds is known from its name, so the tags of YAML's own types change nothing here. Any
        // other tag asks for a program that is not there.
        const HARMLESS: [&str; 7] = ["str", "int", "float", "bool", "null", "map", "seq"];
        let is_harmless = |tag: &&Tag| tag.is_yaml_core_schema() && HARMLESS.contains(&tag.suffix.as_str());
        if let Some(tag) = tag.filter(|tag| !is_harmless(tag)) {
            let message = format!("tag `{tag}` is not supported; write the value itself");
            note(self.number, self.path(), mark, None, message);
        }
    }

    fn spend(&mut self, size: Size, mark: Mark, note: &mut Note<'_>) -> Result<(), Stopped> {
        self.spent = self.spent.beside(size);
        let most_bytes = MOST_BYTES.saturating_mul(2);
        let message = if self.spent.nodes > MOST_NODES {
            format!("more than {MOST_NODES} values, aliases written out")
        } else if self.spent.bytes > most_bytes {
            format!("more than {most_bytes} bytes of text, aliases written out")
        } else {
            return Ok(());
        };
        note(self.number, self.path(), mark, None, message);
        Err(Stopped::Text)
    }

    fn stop(&self, mark: Mark, message: String, note: &mut Note<'_>) -> Result<(), Stopped> {
        note(self.number, self.path(), mark, None, message);
        Err(Stopped::Document)
    }

    /// The path of the value that is being read.
    fn path(&self) -> String {
        let mut path = String::new();
        for frame in &self.stack {
            match &frame.open {
                Open::Sequence(items) => path.push_str(&format!("[{}]", items.len())),
                Open::Mapping { key: Some(Key { text: Some(text), .. }), .. } => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(text);
                }
                Open::Mapping { .. } => {}
            }
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_escapes_become_one_in_json_only() {
        assert_eq!(join_surrogates(r#"["\ud83d\uDE80", "\\ud83d\ude80"]"#), r#"["\U0001f680", "\\ud83d\ude80"]"#);
        for text in [r#"["\ud83d", "\ude80\ud83d", "\u00e9\u00e9", "\ud83d\"]"#, r"a: '\ud83d\ude80'", r#"["\ud83"#] {
            assert_eq!(join_surrogates(text), text);
        }
    }

    #[test]
    fn lines_are_counted_as_yaml_does() {
        for (text, lines) in [("", 1), ("a", 1), ("a\n", 2), ("a\r\nb\rc\n", 4)] {
            assert_eq!(count_lines(text), lines, "{text:?}");
        }
    }

    #[test]
    fn reading_goes_on_at_the_next_document_only() {
        assert_eq!(next_document("---\na\n---\nb", 1), Some(6));
        assert_eq!(next_document("a\n---b\n--- c\n", 1), Some(7));
        assert_eq!(next_document("---\na", 1), None);
    }

    #[test]
    fn a_text_of_too_many_values_is_one_fault() {
        let faults = crate::openslo::read(&"[1, 2, 3]\n---\n".repeat(130_000)).unwrap_err();
        let too_many = "more than 500000 values, aliases written out";
        assert_eq!(faults.iter().filter(|fault| fault.message() == too_many).count(), 1);
    }
}
