//! Golden cases through the public API of the crates.
//!
//! A golden file holds inputs and what somebody else computed from them: exact fractions, a library of
//! another language, a peer. A *kind* knows one format; it runs every case and compares: integers and
//! verdicts exactly, ratios within a stated relative error. Where a crate differs from a peer on purpose the
//! kind proves the reason (by repeating the peer's rounding, say) and counts the case apart.
//!
//! ```
//! use std::path::Path;
//! # let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
//! let outcome = conformance::run("pyrra", &data.join("pyrra/windows_table.json"))?;
//! assert!(outcome.agrees(), "{outcome}");
//! # Ok::<(), conformance::Fault>(())
//! ```
//!
//! # A new kind
//! One file in `src/kinds/`: the shape of the golden file as private structs that derive `Deserialize`, a
//! function from the path to [`Section`]s, and a constant `KIND`. Then its `mod` line and its name in
//! [`KINDS`]. Put a few cases into `data/` at the kind's `place`, with their origin in `data/NOTES.md`: the
//! golden tests run every kind over `data/` and over the folder of its area in `../shared/golden` where that is present.
//!
//! The golden tests live here in `tests/golden.rs` and not in the crates, because nothing depends on an
//! example, tests included.
//!
//! - [`report`]: sections, differences, disagreements, and how they print
//! - [`KINDS`]: the formats

mod fault;
mod fraction;
mod input;
mod kinds;
pub mod report;
mod series;

use std::path::Path;

pub use fault::Fault;
pub use kinds::{KINDS, Kind};
pub use report::{Outcome, Section};

/// Runs every case of `input`, a golden file or folder of the kind named `kind`.
///
/// # Errors
/// [`Fault`] for a kind that does not exist, and for input that cannot be read, has the wrong shape or no case in it.
pub fn run(kind: &str, input: &Path) -> Result<Outcome, Fault> {
    let Some(kind) = KINDS.iter().find(|candidate| candidate.name == kind) else {
        let known = KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
        return Err(Fault::of_file(input, format!("no kind is called `{kind}`; there are {known}")));
    };
    let outcome = Outcome { kind: kind.name, sections: (kind.sections)(input)? };
    // No case agrees with everything.
    if outcome.sections.iter().all(|section| section.checked() == 0) {
        return Err(Fault::of_file(input, "there is nothing to check"));
    }
    Ok(outcome)
}
