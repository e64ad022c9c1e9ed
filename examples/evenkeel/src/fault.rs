//! What is wrong with the input: file, line, path, value and bound, all of it at once.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use serde::Serialize;

use crate::visible::{steers, visible};

/// One thing that is wrong with an input.
#[derive(Debug, Clone, Serialize)]
pub struct Fault {
    /// The file, or the address, as the user named it.
    pub file: String,
    /// Line, from 1, where it is known.
    pub line: Option<u64>,
    /// Where in the document: `slos[2].objective`, `data.result[3].values[17]`, a column.
    pub path: Option<String>,
    /// What is wrong, with the value and the bound.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    #[serde(skip)]
    // In a box, so that a fault is small enough to return by value.
    shown: Option<Box<Shown>>,
}

/// The line that a fault points into and those beside it, as a terminal may have them: cut where they are long, with
/// escapes for what would steer it. Empty lines stand for those before, so that the numbers of lines stay.
#[derive(Debug, Clone)]
struct Shown {
    text: NamedSource<String>,
    span: Range<usize>,
}

impl Shown {
    /// Characters of a line that are shown, and how many of them before the place pointed at.
    const WIDE: usize = 66;
    const LEAD: usize = 24;

    fn of(text: &NamedSource<String>, span: Range<usize>) -> Self {
        let whole = text.inner().as_str();
        let start = (0..=span.start.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
        let (before, after) = whole.split_at(start);
        let from = before.rfind('\n').map_or(0, |end| end.saturating_add(1));
        let (above, lead) = before.split_at(from);
        let (rest, below) = after.split_once('\n').unwrap_or((after, ""));
        let length = span.end.saturating_sub(start).min(rest.len());
        let length = (0..=length).rev().find(|at| rest.is_char_boundary(*at)).unwrap_or(0);
        let (marked, rest) = rest.split_at(length);

        let mut shown = "\n".repeat(above.matches('\n').count().saturating_sub(1));
        if let Some(line) = above.lines().last() {
            shown.push_str(&Self::line(line, Self::WIDE));
            shown.push('\n');
        }
        let hidden = lead.chars().count().saturating_sub(Self::LEAD);
        if hidden > 0 {
            shown.push('…');
        }
        shown.extend(lead.chars().skip(hidden).map(Self::plain));
        let start = shown.len();
        let marked = Self::line(marked, Self::WIDE.saturating_sub(Self::LEAD));
        let room =
            Self::WIDE.saturating_sub(lead.chars().count().min(Self::LEAD)).saturating_sub(marked.chars().count());
        shown.push_str(&marked);
        let end = shown.len();
        shown.push_str(&Self::line(rest, room));
        shown.push('\n');
        shown.push_str(&Self::line(below.lines().next().unwrap_or_default(), Self::WIDE));
        let text = NamedSource::new(visible(text.name()), shown);
        Self { text, span: start..end }
    }

    /// At most `width` characters of a line, and a mark where there are more.
    fn line(line: &str, width: usize) -> String {
        let mut chars = line.trim_end_matches('\r').chars();
        let mut shown: String = chars.by_ref().take(width).map(Self::plain).collect();
        if chars.next().is_some() {
            shown.push('…');
        }
        shown
    }

    /// One column a character: an escape would shift what stands behind it.
    fn plain(c: char) -> char {
        match c {
            '\t' => ' ',
            c if steers(c) => '\u{fffd}',
            c => c,
        }
    }
}

impl Fault {
    /// A fault of `file` as a whole.
    #[must_use]
    pub fn of(file: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self { file: file.to_string(), line: None, path: None, message: message.to_string(), help: None, shown: None }
    }

    /// The fault with the line it is on, from 1.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The fault with its path in the document.
    #[must_use]
    pub fn at_path(mut self, path: impl fmt::Display) -> Self {
        self.path = Some(path.to_string()).filter(|path| !path.is_empty());
        self
    }

    /// The fault with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl fmt::Display) -> Self {
        self.help = Some(help.to_string());
        self
    }

    /// The fault, pointing into the text that it is about; the line follows from it.
    #[must_use]
    pub fn pointing_at(mut self, text: &Arc<NamedSource<String>>, span: Range<usize>) -> Self {
        let before = text.inner().get(..span.start).unwrap_or_default();
        self.line = u64::try_from(before.matches('\n').count()).ok().map(|line| line.saturating_add(1));
        self.shown = Some(Box::new(Shown::of(text, span)));
        self
    }

    /// `file:line: path: message`, as compilers print it.
    fn one_line(&self) -> String {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        let path = self.path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
        visible(&format!("{}{line}: {path}{}", self.file, self.message))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.one_line())
    }
}

impl std::error::Error for Fault {}

impl Diagnostic for Fault {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(visible(help)) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.shown.as_ref().map(|shown| &shown.text as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let shown = self.shown.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::underline(shown.span.clone()))))
    }
}

/// Everything that is wrong with the input, and how much of it is not listed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Faults {
    /// The faults that are listed, in the order in which they were met.
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub unlisted: u64,
}

impl Faults {
    /// The most faults listed of one file; the rest is counted.
    pub const MOST_OF_A_FILE: usize = 20;

    /// Notes a fault; beyond [`Faults::MOST_OF_A_FILE`] of one file it is only counted.
    pub fn push(&mut self, fault: Fault) {
        if self.faults.iter().filter(|known| known.file == fault.file).count() < Self::MOST_OF_A_FILE {
            self.faults.push(fault);
        } else {
            self.unlisted = self.unlisted.saturating_add(1);
        }
    }

    /// Notes all of `other`.
    pub fn append(&mut self, other: Self) {
        self.unlisted = self.unlisted.saturating_add(other.unlisted);
        other.faults.into_iter().for_each(|fault| self.push(fault));
    }

    /// Keeps the good part of a result and notes the faults of the other.
    pub fn take<T>(&mut self, result: Result<T, Self>) -> Option<T> {
        result.map_err(|faults| self.append(faults)).ok()
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// How many faults there are, listed or not.
    #[must_use]
    pub fn count(&self) -> u64 {
        u64::try_from(self.faults.len()).unwrap_or(u64::MAX).saturating_add(self.unlisted)
    }

    /// `value` when nothing is wrong.
    ///
    /// # Errors
    /// Itself, otherwise.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault], unlisted: 0 }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count() {
            1 => f.write_str("1 fault in the input"),
            count => write!(f, "{count} faults in the input"),
        }?;
        match self.unlisted {
            0 => Ok(()),
            unlisted => write!(f, " ({unlisted} of them not listed)"),
        }
    }
}

impl std::error::Error for Faults {}

impl Diagnostic for Faults {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.faults.iter().map(|fault| fault as &dyn Diagnostic)))
    }
}

/// Reads a file that is written by hand, whole.
///
/// # Errors
/// A fault that says what is there instead: nothing, a folder, bytes that are no text, more than 16 MiB.
pub fn read_text(path: &Path) -> Result<String, Fault> {
    const LIMIT: u64 = 16 << 20;
    let fault = |message: String| Fault::of(path.display(), message);
    let meta = std::fs::metadata(path).map_err(|error| fault(unreadable(&error)))?;
    if meta.is_dir() {
        return Err(fault("is a folder, not a file".to_owned()));
    }
    if meta.len() > LIMIT {
        return Err(fault(format!("{} bytes are more than {LIMIT} that such a file may have", meta.len())));
    }
    let bytes = std::fs::read(path).map_err(|error| fault(unreadable(&error)))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        fault(format!("is not UTF-8 text: byte {at} is not part of a character"))
    })
}

/// Opens a file that may be large, for streaming.
///
/// # Errors
/// A fault that says what is there instead: nothing, a folder, an empty file.
pub fn open(path: &Path) -> Result<std::fs::File, Fault> {
    let fault = |message: String| Fault::of(path.display(), message);
    let file = std::fs::File::open(path).map_err(|error| fault(unreadable(&error)))?;
    let meta = file.metadata().map_err(|error| fault(unreadable(&error)))?;
    if meta.is_dir() {
        return Err(fault("is a folder, not a file".to_owned()));
    }
    if meta.is_file() && meta.len() == 0 {
        return Err(fault("is empty".to_owned()));
    }
    Ok(file)
}

/// An input or output error in words.
#[must_use]
pub fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => "may not be read by this user".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

/// A path shown as the user would write it: without a leading `./`.
#[must_use]
pub fn shown(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_path_buf()
}
