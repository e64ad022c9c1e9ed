//! The verdicts of the OpenSLO Go SDK, file by file, and our own documents with the faults that they hold.
#![cfg(feature = "openslo")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use slo_core::openslo::{self, Bundle};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn verdicts_are_those_of_the_go_sdk_but_for_the_listed_differences() {
    let golden = root().join("../shared/golden/slo/openslo");
    if !golden.is_dir() {
        eprintln!("skipped: no golden data at {}", golden.display());
        return;
    }
    let differences: BTreeMap<String, String> =
        serde_json::from_value(json(&root().join("examples/conformance/openslo_differences.json"))).unwrap();
    let verdicts = json(&golden.join("verdicts.json"));
    let verdicts = verdicts.as_object().unwrap();
    let mut wrong = Vec::new();
    for (name, verdict) in verdicts {
        let file = [golden.join(name), golden.join("upstream_examples").join(name)]
            .into_iter()
            .find(|file| file.is_file())
            .unwrap_or_else(|| panic!("{name} is missing"));
        let ours = openslo::read(&fs::read_to_string(file).unwrap());
        let theirs = verdict.get("valid").is_some();
        if (ours.is_ok() == theirs) == differences.contains_key(name) {
            wrong.push(format!("{name}: the SDK says {verdict}, we say {ours:?}"));
        }
        if let (Ok(objects), Some(count)) = (&ours, verdict.get("objects").and_then(serde_json::Value::as_u64)) {
            assert_eq!(u64::try_from(objects.len()).unwrap(), count, "{name}");
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), verdicts.len(), wrong.join("\n"));
    let unknown: Vec<_> = differences.keys().filter(|name| !verdicts.contains_key(*name)).collect();
    assert!(unknown.is_empty(), "differences of files without a verdict: {unknown:?}");
}

/// Beside each `NAME.yaml` (or `.json`) of `tests/data/openslo` stands `NAME.txt`: what reading and joining say.
///
/// `BLESS=1 cargo test` writes them anew for review.
#[test]
fn our_own_documents_have_exactly_the_faults_that_are_written_beside_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/openslo");
    let mut seen = 0;
    let mut wrong = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "txt" || extension == "md") {
            continue;
        }
        seen += 1;
        let name = path.file_name().unwrap().to_str().unwrap();
        let said = match openslo::read_from(name, &fs::read_to_string(&path).unwrap()).map(Bundle::from_objects) {
            Ok(Ok(bundle)) => format!("good: {} SLOs\n", bundle.slos().len()),
            Ok(Err(faults)) | Err(faults) => format!("{faults}\n"),
        };
        let expected = path.with_extension("txt");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected, &said).unwrap();
        }
        if fs::read_to_string(&expected).unwrap_or_default() != said {
            wrong.push(format!("{name}:\n{said}"));
        }
    }
    assert!(seen > 5, "only {seen} documents found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
