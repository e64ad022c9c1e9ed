//! On-call as a system: who is on call at any instant, plans that are proven to be the fairest possible, pages that
//! no one loses, and a load that people can bear.
//!
//! Deterministic: no I/O, no clock, no threads, no global state. Whatever needs the time takes `now`; the search for a
//! plan is bounded by steps and never by a clock, so that the same input gives the same plan on every machine.
//!
//! # The loop
//! 1. Describe the [`Team`]: people with their zones, skills, availability, leave and wishes.
//! 2. Cut what is to be served into duties ([`plan::DutyShape`]) and say under which rules ([`rules::RuleSet`]).
//! 3. [`plan::plan`]: the fairest plan, with what is proven about it; where a week cannot be covered, why, in words.
//! 4. Publish its shifts as a [`schedule::Schedule`]; overrides and swaps go on top. Compiled, it says who is on call.
//! 5. Pages go through an [`escalation::Escalation`]: [`handle`](escalation::Escalation::handle) what happens, call again
//!    at [`next_deadline`](escalation::Escalation::next_deadline).
//! 6. Afterwards [`load`] says what it did to people, and [`burden`] what the next quarter owes to whom.
//!
//! ```
//! use chrono::TimeDelta;
//! use oncall_core::escalation::{Escalation, Event, Key, OnCall, Policy, Severity, Step, Target, Trigger};
//! use oncall_core::plan::{Aim, Budget, DutyShape, Request, plan};
//! use oncall_core::schedule::{Layer, Schedule, Source};
//! use oncall_core::{Availability, Person, PersonId, Role, Span, Team, Tz};
//!
//! // Ten people in Berlin, one of them at 80 %, one on leave in February.
//! let mut people = Vec::new();
//! for name in ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ida", "jan"] {
//!     people.push(Person::new(PersonId::new(name)?).in_zone(Tz::Europe__Berlin));
//! }
//! people[0] = people[0].clone().with_availability(Availability::from_percent(80)?);
//! let february = Span::new("2026-02-01T00:00:00Z".parse()?, "2026-03-01T00:00:00Z".parse()?)?;
//! people[1] = people[1].clone().with_leave(february, None);
//!
//! // A quarter of weeks from Monday 09:00 to Monday 09:00, with a primary and a secondary each, by the usual rules: among
//! // them eleven hours of rest, and no more than one week in four.
//! let weekly = DutyShape::weekly(Tz::Europe__Berlin, "2026-01-05".parse()?, "09:00:00".parse()?)?;
//! let request = Request::new(Team::new(people)?, weekly.first(13)?);
//! let plan = plan(&request, Budget { nodes: 100_000 })?;
//! assert!(plan.objective(Aim::LargestBurden).is_proven());
//! println!("{plan}"); // every duty is covered; no plan has a smaller largest burden: ...
//!
//! // Who is on call in the night when the clocks go forward?
//! let schedule = Schedule::new(vec![
//!     Layer::new("primary", Role::Primary, Source::Published(plan.shifts_of(Role::Primary))),
//!     Layer::new("secondary", Role::Secondary, Source::Published(plan.shifts_of(Role::Secondary))),
//! ])?;
//! let compiled = schedule.compile(plan.accounts().period())?;
//! let night = "2026-03-29T01:00:00Z".parse()?; // 03:00 in Berlin, which had no 02:00
//! let primary = compiled.who(night, Role::Primary)?.unwrap().clone();
//! let secondary = compiled.who(night, Role::Secondary)?.unwrap().clone();
//!
//! // A page goes to the primary, and after five minutes without an answer to the secondary.
//! let step = |role| Step::new(vec![Target::Role(role)], TimeDelta::minutes(5));
//! let policy = Policy::new(vec![step(Role::Primary)?, step(Role::Secondary)?])?;
//! let on_call = OnCall::nobody().with(Role::Primary, primary.clone()).with(Role::Secondary, secondary.clone());
//! let mut desk = Escalation::new(policy, on_call);
//! let full = Trigger { key: Key::new("disk full")?, group: None, severity: Severity::High };
//! let actions = desk.handle(night, Event::Triggered(full))?;
//! assert!(actions.as_slice()[0].to_string().starts_with(&format!("page 1: notify {primary}")));
//! let actions = desk.handle(desk.next_deadline().unwrap(), Event::Tick)?;
//! assert!(actions.as_slice().last().unwrap().to_string().starts_with(&format!("page 1: notify {secondary}")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which module answers which question
//! | question | module |
//! |---|---|
//! | Whose turn is it? | [`rotation`]: hourly to monthly and custom, day and night, sites that follow the sun |
//! | Who is on call at this instant, and why? | [`schedule`]: layers, temporary schedules, swaps, overrides, compiled to a timeline; gaps and double bookings |
//! | What must a plan keep to, and what breaks it? | [`rules`]: rest, weeks in n, shares of time, leave, skills, nights, holidays, wishes; hard or soft |
//! | What does it cost a person? | [`burden`]: hours by kind, pages, interrupted sleep, weighed; normalised, carried over, Jain and Gini |
//! | What kind of hour is it for somebody? | [`hours`], [`holidays`] |
//! | What is the fairest plan, and what is proven? | [`plan`](mod@plan) |
//! | Why can this week not be covered? | [`plan::Conflict`] |
//! | Somebody is ill: whom do we ask? Who swaps? | [`replan`](mod@replan) |
//! | The exact solver under it, in whole numbers | [`roster`] |
//! | Who is paged next, and when? | [`escalation`] |
//! | Is the load humane? | [`load`]: incidents a shift, share of time, nights, noise, burnout, pay |
//! | What must the next person know? | [`handoff`] |
//!
//! # Compared with
//! Read from the peers' sources, but for `PagerDuty` and Opsgenie, which are told by their manuals. Our column is held by
//! tests and golden cases.
//!
//! | | oncall-core | goalert | Grafana `OnCall` | `LinkedIn` oncall | `PagerDuty`, Opsgenie |
//! |---|---|---|---|---|---|
//! | rotations | hourly to monthly, custom, splits, follow-the-sun | hourly, daily, weekly, monthly x 1-9000 | rolling users, RRULE | weekly epochs | daily, weekly, custom |
//! | a handoff at 02:30 that does not exist | 03:00, the first instant after the gap | the same | by iCal rules | "as DST" by pytz | - |
//! | a handoff that occurs twice | the first | the first | - | the first | - |
//! | hourly shifts over a change of clocks | elapsed hours | by the local clock: one hour may last two | - | - | - |
//! | fairness | burden by weight, leave, part time, carried accounts | none: fixed order | none | whose last shift ended longest ago; no weights | reports |
//! | plan with a proof that none is fairer | yes, or its bound and gap | no | no | no | no |
//! | why a week cannot be covered | a minimal set of rules, in words | no | no | no | no |
//! | who leaves | others keep their order | counted anew | counted anew | - | counted anew |
//! | escalation | steps, repeats, stale acknowledgements, snooze, storms, hand-over; model-checked | steps, repeats | chains | plans, steps, repeats | levels, repeats |
//! | "not enough data" about load | a value of its own | - | - | - | - |
//!
//! Deliberate differences are marked `DIFFERS:` where they are made.
//!
//! # Features
//! `serde` (on by default): every value and machine, through the same checks as its constructor.

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

/// The README's example runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
