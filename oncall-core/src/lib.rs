//! On-call as a system: who is on call at any instant, plans that are proven to be the fairest possible, pages that
//! no one loses, and a load that people can bear.

pub mod burden;
mod error;
pub mod escalation;
pub mod handoff;
pub mod holidays;
pub mod hours;
pub mod load;
pub mod person;
pub mod plan;
pub mod replan;
pub mod roster;
pub mod rotation;
pub mod rules;
pub mod schedule;
pub mod shift;
pub mod team;

pub use error::Error;
pub use holidays::{HolidayCalendar, Holidays};
pub use hours::{Hours, TimeCategory};
pub use person::{Availability, PersonId, Role};
pub use shift::{Requirements, Seat, Shift};
pub use team::{Leave, Membership, Person, Preference, Team, Wish};

pub use timeline_core::{Span, SpanSet, Timeline, Tz};
