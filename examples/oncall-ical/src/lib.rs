//! On-call plans and leave as iCalendar (RFC 5545), in and out: text in, values out, no file and no network.
//!
//! ```
//! use oncall_ical::{Published, plan, write};
//! use oncall_core::{Person, PersonId, Role, Shift, Team};
//! use timeline_core::{Span, Tz};
//!
//! let ada = PersonId::new("ada")?;
//! let span = Span::new("2026-10-19T07:00:00Z".parse()?, "2026-10-26T08:00:00Z".parse()?)?;
//! let shifts = [Shift { span, role: Role::Primary, person: ada.clone() }];
//! let text = write(Published { shifts: &shifts, zone: Tz::Europe__Berlin, name: "Shop", stamp: span.start() });
//! assert!(text.contains("DTSTART;TZID=Europe/Berlin:20261019T090000"));
//!
//! let team = Team::new(vec![Person::new(ada)])?;
//! assert_eq!(plan(&text, &team, Tz::Europe__Berlin, span).unwrap().shifts, shifts);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Lines are folded, escaped and taken apart by the crate `icalendar`, rules of repetition are expanded by `rrule`. Local
//! times become instants by timeline-core, or by the `VTIMEZONE` of the calendar where only that knows the zone.

mod clocks;
mod event;
mod fault;
mod lines;
mod occur;
mod read;
mod repeat;
mod time;
mod vtimezone;
mod write;

pub use fault::Fault;
pub use read::{LeaveList, PlanList, leave, plan};
pub use write::{Published, write};
