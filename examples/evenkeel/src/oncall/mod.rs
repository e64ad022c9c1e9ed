//! On-call records: calendars, teams, plans, pages.

pub mod book;
pub mod fairest;
pub mod ics;
pub mod pages;
pub mod picture;
pub mod plan;
pub mod study;
pub mod words;
