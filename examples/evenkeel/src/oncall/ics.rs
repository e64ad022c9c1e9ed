//! Files of calendars: plans and leave. What stands in them is read by `oncall-ical`.

use std::path::Path;

use oncall_core::Team;
use timeline_core::{Span, Tz};

pub use oncall_ical::{LeaveList, PlanList, Published, write};

use crate::fault::{Fault, Faults, read_text};

/// A person's leave out of a file: [`oncall_ical::leave()`].
///
/// # Errors
/// All faults, each with line, property and UID; a file that cannot be read.
pub fn leave(path: &Path, zone: Tz, within: Span) -> Result<LeaveList, Faults> {
    let text = read_text(path)?;
    oncall_ical::leave(&text, zone, within).map_err(|faults| of(path, faults))
}

/// A plan out of a file: [`oncall_ical::plan()`].
///
/// # Errors
/// All faults, each with line, property and UID; a file that cannot be read.
pub fn plan(path: &Path, team: &Team, zone: Tz, within: Span) -> Result<PlanList, Faults> {
    let text = read_text(path)?;
    oncall_ical::plan(&text, team, zone, within).map_err(|faults| of(path, faults))
}

fn of(path: &Path, faults: Vec<oncall_ical::Fault>) -> Faults {
    let mut all = Faults::default();
    for fault in faults {
        let mut told = Fault::of(path.display(), &fault.message).at_path(fault.path.unwrap_or_default());
        told.line = fault.line;
        all.push(told);
    }
    all
}
