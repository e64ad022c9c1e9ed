//! A folder with OpenSLO documents and `verdicts.json`, what the OpenSLO Go SDK says of each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use slo_core::openslo;

use super::Kind;
use crate::fault::Fault;
use crate::input;
use crate::report::Section;

pub(super) const KIND: Kind = Kind {
    name: "openslo",
    place: "openslo",
    about: "OpenSLO documents and the verdicts of the Go SDK in verdicts.json",
    sections,
};

/// The documents of which the crate says otherwise than the SDK on purpose, and why.
const DIFFERENCES: &str = include_str!("../../openslo_differences.json");

#[derive(Deserialize)]
struct Verdict {
    #[serde(default)]
    valid: bool,
    objects: Option<usize>,
    decode_error: Option<String>,
    validate_error: Option<String>,
}

fn sections(folder: &Path) -> Result<Vec<Section>, Fault> {
    let list = folder.join("verdicts.json");
    let verdicts: BTreeMap<String, Verdict> = input::json(&list)?;
    let differences: BTreeMap<String, String> = serde_json::from_str(DIFFERENCES)
        .map_err(|what| Fault::of_file(Path::new("openslo_differences.json"), what))?;
    let mut accepted = Section::new("documents that the SDK accepts");
    let mut refused = Section::new("documents that the SDK refuses");
    let mut objects = Section::new("objects in a document");
    for (name, verdict) in &verdicts {
        let file = find(folder, name).ok_or_else(|| Fault::at(&list, name, "no such document"))?;
        let read = openslo::read(&input::text(&file)?);
        let section = if verdict.valid { &mut accepted } else { &mut refused };
        match (read.is_ok() == verdict.valid, differences.get(name)) {
            (true, None) => section.agree(),
            (false, Some(reason)) => section.differ(reason),
            (true, Some(reason)) => section.disagree(name, format!("a difference, because {reason}"), "the same"),
            (false, None) => {
                let errors = [&verdict.decode_error, &verdict.validate_error];
                let expected = errors.into_iter().flatten().next().map_or("a valid document", String::as_str);
                let got = read.as_ref().map_or_else(ToString::to_string, |_| "a valid document".to_owned());
                section.disagree(name, expected, got);
            }
        }
        if let (Ok(read), Some(count)) = (read, verdict.objects) {
            objects.equal(name, count, read.len());
        }
    }
    Ok(vec![accepted, refused, objects])
}

/// The SDK's own examples are named as in its repository and lie among those of the specification.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(name), folder.join("upstream_examples").join(name)].into_iter().find(|file| file.is_file())
}
