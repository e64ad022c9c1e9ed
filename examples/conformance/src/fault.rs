//! What is wrong with the input.

use std::path::{Path, PathBuf};

/// Why a golden file could not be read: the file, the place in it and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}{what}", file.display(), place(path))]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// Where in the file: `cases[3].objective_percent`, `line 7`; empty for the whole file.
    pub path: String,
    /// What is wrong, with the value.
    pub what: String,
}

#[expect(clippy::needless_pass_by_value, reason = "errors and paths are handed over as they come")]
impl Fault {
    /// A fault of the whole file.
    pub(crate) fn of_file(file: &Path, what: impl ToString) -> Self {
        Self { file: file.to_owned(), path: String::new(), what: what.to_string() }
    }

    /// A fault at a place in the file.
    pub(crate) fn at(file: &Path, path: impl ToString, what: impl ToString) -> Self {
        Self { file: file.to_owned(), path: path.to_string(), what: what.to_string() }
    }
}

fn place(path: &str) -> String {
    if path.is_empty() || path == "." { String::new() } else { format!("{path}: ") }
}
