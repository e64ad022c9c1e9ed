//! OpenSLO v1 documents: text in, checked values out, all faults at once.
//!
//! [`read`] takes YAML with any number of documents, or JSON, which YAML contains; a document is an object or a
//! list of objects. Numbers never pass through a float on their way to an [`Objective`](crate::Objective), every
//! fault has its path, line and column, and a few hostile lines cannot cost much time or memory: text, nesting,
//! values and copies by alias are bounded. [`Bundle`] then joins the objects of any number of files and checks
//! what refers to what.
//!
//! ```
//! use slo_core::openslo::{self, Object};
//! let text = "
//! apiVersion: openslo/v1
//! kind: SLO
//! metadata: {name: checkout-availability}
//! spec:
//!   service: checkout
//!   indicatorRef: checkout-requests
//!   budgetingMethod: Occurrences
//!   timeWindow: [{duration: 28d, isRolling: true}]
//!   objectives: [{target: 0.9995}]
//! ";
//! let objects = openslo::read(text)?;
//! let Some(Object::Slo(slo)) = objects.first() else { panic!("an SLO") };
//! assert_eq!(slo.objectives()[0].objective(), "99.95%".parse()?);
//!
//! let faults = openslo::read(&text.replace("0.9995", "99.95")).unwrap_err();
//! assert_eq!(
//!     faults.to_string(),
//!     "line 10, column 25: spec.objectives[0].target: objective `99.95` is not between 0 % and 100 %, both excluded",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Decisions
//! - Aliases are written out, within the bounds; merge keys (`<<`) are refused, as YAML 1.2 has none.
//! - Tags of YAML's own types change nothing, because a field knows its type; every other tag is refused.
//! - A key that stands twice is a fault, and so is a field that the kind does not have.
//! - A number or truth value in quotes is a fault; a number without quotes where text belongs is that text.
//! - Where the rules differ from the verdicts of the OpenSLO Go SDK, it is marked `DIFFERS:` here; the golden test
//!   holds the list with the reasons.

mod alert;
mod bundle;
mod fault;
mod fields;
mod metadata;
mod object;
mod sli;
mod slo;
mod time_window;
mod tree;

use std::sync::Arc;

pub use alert::{AlertCondition, AlertNotificationTarget, AlertPolicy, Operator};
pub use bundle::Bundle;
pub use fault::{Fault, Faults};
pub use fields::Number;
pub use metadata::{Metadata, Reference, Referred};
pub use object::{DataSource, Kind, Object, Service};
pub use sli::{Metric, MetricSource, Part, RawType, Sli};
pub use slo::{Budgeting, BudgetingMethod, Slo, SloObjective};
pub use time_window::TimeWindow;

use fault::{Found, Place};
use fields::{Reading, Value};
use tree::Mark;

/// Reads every object of a text of YAML or JSON.
///
/// # Errors
/// Everything that is wrong with the text, by line.
pub fn read(text: &str) -> Result<Vec<Object>, Faults> {
    read_text(None, text)
}

/// As [`read`], for a text with a name, such as a file's: faults carry it, also those that a [`Bundle`] finds.
///
/// # Errors
/// As for [`read`].
pub fn read_from(source: &str, text: &str) -> Result<Vec<Object>, Faults> {
    read_text(Some(&Arc::from(source)), text)
}

fn read_text(source: Option<&Arc<str>>, text: &str) -> Result<Vec<Object>, Faults> {
    let mut found = Found::default();
    let place = |document, path, Mark { line, column }| Place { source: source.cloned(), document, path, line, column };
    let documents = tree::parse(text, &mut found, &place);
    let mut objects = Vec::new();
    let mut is_blank = true;
    for document in &documents {
        let mut reading = Reading { source: source.cloned(), document: document.number, found: &mut found };
        let root = Value::root(&document.root);
        if root.is_null() {
            continue;
        }
        let items = if root.is_list() { root.list(&mut reading).unwrap_or_default() } else { vec![root] };
        is_blank &= items.is_empty();
        for item in items {
            objects.extend(Object::read(&item, &mut reading));
        }
    }
    if is_blank {
        let start = place(1, String::new(), Mark { line: 1, column: 1 });
        found.push_if_none(|| Fault::new(start, None, "there is no OpenSLO object in this text"));
    }
    found.or(objects)
}
