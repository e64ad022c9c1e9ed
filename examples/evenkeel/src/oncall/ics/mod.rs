//! iCalendar (RFC 5545) in and out: plans and leave.
//!
//! Lines are folded, escaped and taken apart by the crate `icalendar`. Local times become instants by timeline-core.

mod event;
mod lines;
mod occur;
mod read;
mod time;
mod write;
mod zone;

pub use read::{LeaveList, PlanList, leave, plan};
pub use write::{Published, write};
