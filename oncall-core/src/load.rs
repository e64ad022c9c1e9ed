//! What being on call does to people, against what people can bear.
//!
//! [`Study::report`] takes the shifts as served and the pages as they came, and gives for each person, service and for
//! the team: incidents for each 12 hours on call, shift by shift and as a rate; the share of time on call; pages in
//! nights, interrupted sleep and the minutes awake; alert noise; time to acknowledge. Each is held against [`Limits`],
//! and the [`Verdict`] is holds, exceeds, or not enough data, with the numbers: a bad week is not a trend. Where several
//! [`Signal`]s come together, [`Burnout`] warns, with its reasons; [`Underload`] names who is on call too seldom. What is
//! owed by [`PayRules`] is exact.
//!
//! ```
//! use oncall_core::load::{Limits, Outcome, Page, Study};
//! use oncall_core::{Hours, Person, PersonId, Role, Shift, Span, Team, Tz};
//!
//! let ada = PersonId::new("ada")?;
//! let team = Team::new(vec![Person::new(ada.clone())])?;
//! let span = Span::new("2026-03-02T00:00:00Z".parse()?, "2026-03-09T00:00:00Z".parse()?)?;
//! let shifts = [Shift { span, role: Role::Primary, person: ada.clone() }];
//! let page = |at: &str, incident| Page::new(at.parse().unwrap(), "shop", ada.clone(), incident);
//! let pages = [
//!     page("2026-03-03T02:10:00Z", "i-1")?.acknowledged_at("2026-03-03T02:14:00Z".parse()?)?,
//!     page("2026-03-03T02:20:00Z", "i-1")?.with_outcome(Outcome::Duplicate),
//!     page("2026-03-04T11:00:00Z", "i-2")?.with_outcome(Outcome::Actionable),
//! ];
//! let study = Study {
//!     team: &team,
//!     shifts: &shifts,
//!     pages: &pages,
//!     span,
//!     zone: Tz::UTC,
//!     hours: &Hours::default(),
//!     limits: &Limits::default(),
//!     level: measure_core::Level::P95,
//! };
//! let report = study.report()?;
//! let load = &report.people[0];
//! assert_eq!((load.pages.pages, load.pages.incidents, load.sleep.interruptions.len()), (3, 2, 1));
//! // One week says little about the rate, and much about the time: all of it is more than a quarter.
//! assert_eq!(load.incidents.verdict.to_string(), "not enough data: 1 week on call, and 4 are needed");
//! assert!(load.time.exceeds);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod burnout;
mod compensation;
mod limits;
mod on_call;
mod page;
mod pages;
mod report;
mod sleep;
mod verdict;
mod words;

pub use burnout::{Burnout, Concern, Signal, Underload};
pub use compensation::{Compensation, For, Item, PayRules, Rounding};
pub use limits::{Given, Limits};
pub use page::{Outcome, Page};
pub use pages::{Acknowledgement, Noise, PageLoad};
pub use report::{GroupLoad, LoadReport, PersonLoad, ShiftLoad, Study, TimeOnCall, Week};
pub use sleep::{Interruption, Sleep};
pub use verdict::{Evidence, RateVerdict, TooLittle, Verdict};
