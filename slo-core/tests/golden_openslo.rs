//! Our own documents with the faults that they hold. The verdicts of the OpenSLO Go SDK, file by file, are the kind
//! `openslo` of `examples/conformance`.
#![cfg(feature = "openslo")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::Path;

use slo_core::openslo::{self, Bundle};

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
