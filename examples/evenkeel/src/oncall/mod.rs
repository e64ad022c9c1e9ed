//! On-call records: calendars, teams, plans, pages.

pub mod ics;
