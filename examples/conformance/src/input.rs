//! Reading golden files.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::fault::Fault;

/// The text of `file`.
pub(crate) fn text(file: &Path) -> Result<String, Fault> {
    std::fs::read_to_string(file).map_err(|fault| Fault::of_file(file, fault))
}

/// The JSON of `file`; a fault names the path of the value that has the wrong shape.
pub(crate) fn json<T: DeserializeOwned>(file: &Path) -> Result<T, Fault> {
    let text = text(file)?;
    let mut reader = serde_json::Deserializer::from_str(&text);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|fault| Fault::at(file, fault.path().to_string(), fault.inner()))?;
    reader.end().map_err(|fault| Fault::of_file(file, fault))?;
    Ok(value)
}

/// The files right in `folder` whose names end in one of `endings`, by name.
pub(crate) fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, Fault> {
    let entries = std::fs::read_dir(folder).map_err(|fault| Fault::of_file(folder, fault))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|fault| Fault::of_file(folder, fault))?.path();
        let named = path.file_name().and_then(|name| name.to_str());
        if path.is_file() && named.is_some_and(|name| endings.iter().any(|ending| name.ends_with(ending))) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Fault::of_file(folder, format!("no file ends in {}", endings.join(" or "))));
    }
    Ok(files)
}
