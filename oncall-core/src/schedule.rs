//! Who is on call: layers, temporary schedules, swaps and overrides, compiled to a timeline that answers at once.
//!
//! Order of precedence, lowest first: **layers < temporary schedules < swaps < overrides**.
//!
//! - Of the layers of a role the last one that has somebody wins; layers of different roles do not meet.
//! - A [`Temporary`] schedule stands instead of all layers of its role: where it has nobody, nobody is on call.
//! - [`Swap`]s that both people agreed to are applied in the order of the list, then [`Override`]s in the order of
//!   theirs; each sees what those before it left. So a swap of the same two shifts back undoes the first one.
//!
//! [`Schedule::compile`] makes a [`Compiled`] of a span; [`Schedule::why`] explains one instant and needs no
//! compilation.
//!
//! ```
//! use oncall_core::schedule::{Change, Layer, Override, Schedule, Source};
//! use oncall_core::{PersonId, Role, Shift, Span};
//!
//! let span = |start: &str, end: &str| Span::new(start.parse().unwrap(), end.parse().unwrap());
//! let (ada, bob) = (PersonId::new("ada")?, PersonId::new("bob")?);
//! let week = span("2026-11-23T09:00:00Z", "2026-11-30T09:00:00Z")?;
//! let shifts = vec![Shift { span: week, role: Role::Primary, person: ada.clone() }];
//! let schedule = Schedule::new(vec![Layer::new("weekly", Role::Primary, Source::Published(shifts))])?
//!     .with_override(Override {
//!         role: Role::Primary,
//!         span: span("2026-11-26T18:00:00Z", "2026-11-26T22:00:00Z")?,
//!         change: Change::Replace { person: ada.clone(), by: bob.clone() },
//!         made_by: bob.clone(),
//!         reason: "concert".into(),
//!     })?;
//!
//! let compiled = schedule.compile(week)?;
//! assert_eq!(compiled.who("2026-11-26T17:59:59Z".parse().unwrap(), Role::Primary)?, Some(&ada));
//! assert_eq!(compiled.who("2026-11-26T18:00:00Z".parse().unwrap(), Role::Primary)?, Some(&bob));
//! assert!(compiled.who("2026-12-01T00:00:00Z".parse().unwrap(), Role::Primary).is_err());
//! assert!(compiled.coverage(week)?.is_complete());
//! assert_eq!(
//!     schedule.why("2026-11-26T20:00:00Z".parse().unwrap(), Role::Primary)?.to_string(),
//!     "bob is on call as primary at 2026-11-26T20:00:00Z:\n\
//!      \x20- layer `weekly`: ada, shift 0, from 2026-11-23T09:00:00Z until\n\
//!      \x20  2026-11-30T09:00:00Z\n\
//!      \x20- override 0: bob for ada, by bob because of `concert`\n",
//! );
//! # Ok::<(), oncall_core::Error>(())
//! ```

mod check;
mod claims;
mod compile;
mod compiled;
mod coverage;
mod layer;
mod overrides;
mod swap;
mod why;

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::person::Role;
use crate::shift::Shift;

pub use compile::{MAX_DAYS, MAX_SHIFTS};
pub use compiled::{ChangedBy, Compiled, Handoff, Origin, ServedShift};
pub use coverage::{Coverage, DoubleBooking, Gap};
pub use layer::{Layer, Source, Temporary};
pub use overrides::{Change, Override};
pub use swap::{Swap, SwapState};
pub use why::{Finding, Step, Why};

/// Who is on call, as rules; see the [module](self) for their precedence.
///
/// INVARIANT: free of the faults that can be seen without a span: names, roles, bounds, overlapping temporary
/// schedules. What depends on who is on call (swaps and overrides of duty that somebody does not have) is found by
/// [`compile`](Self::compile).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawSchedule", into = "RawSchedule")
)]
pub struct Schedule {
    layers: Vec<Layer>,
    temporary: Vec<Temporary>,
    swaps: Vec<Swap>,
    overrides: Vec<Override>,
}

impl Schedule {
    /// A schedule of these layers, lowest first.
    ///
    /// # Errors
    /// As [`from_parts`](Self::from_parts).
    pub fn new(layers: Vec<Layer>) -> Result<Self, Error> {
        Self::from_parts(layers, Vec::new(), Vec::new(), Vec::new())
    }

    /// A published plan as a schedule: a layer a role, named as the role is.
    ///
    /// # Errors
    /// [`Error::EmptySchedule`] for no shifts.
    pub fn published(shifts: &[Shift]) -> Result<Self, Error> {
        let layers = Role::ALL.into_iter().filter_map(|role| {
            let of_role: Vec<_> = shifts.iter().filter(|shift| shift.role == role).cloned().collect();
            (!of_role.is_empty()).then(|| Layer::new(role.name(), role, Source::Published(of_role)))
        });
        Self::new(layers.collect())
    }

    /// All parts at once; layers lowest first, swaps and overrides in the order in which they apply.
    ///
    /// # Errors
    /// [`Error::Several`] with the path of every fault: [`Error::EmptySchedule`]; bad and doubled names; empty lists;
    /// published shifts of another role or outside their temporary schedule; temporary schedules of a role that
    /// overlap; swaps and overrides of a role that nobody is scheduled for, or that reach outside its schedule (from
    /// the first layer or temporary schedule to the last); a person replaced by the same person.
    pub fn from_parts(
        layers: Vec<Layer>,
        temporary: Vec<Temporary>,
        swaps: Vec<Swap>,
        overrides: Vec<Override>,
    ) -> Result<Self, Error> {
        let schedule = Self { layers, temporary, swaps, overrides };
        check::structure(&schedule)?;
        Ok(schedule)
    }

    /// One more temporary schedule.
    ///
    /// # Errors
    /// As [`from_parts`](Self::from_parts).
    pub fn with_temporary(mut self, temporary: Temporary) -> Result<Self, Error> {
        self.temporary.push(temporary);
        check::structure(&self).map(|()| self)
    }

    /// One more swap, after the others. It takes effect if both people agreed.
    ///
    /// # Errors
    /// As [`from_parts`](Self::from_parts).
    pub fn with_swap(mut self, swap: Swap) -> Result<Self, Error> {
        self.swaps.push(swap);
        check::structure(&self).map(|()| self)
    }

    /// One more override, after the others.
    ///
    /// # Errors
    /// As [`from_parts`](Self::from_parts).
    pub fn with_override(mut self, change: Override) -> Result<Self, Error> {
        self.overrides.push(change);
        check::structure(&self).map(|()| self)
    }

    /// The layers, lowest first.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The temporary schedules.
    #[must_use]
    pub fn temporary(&self) -> &[Temporary] {
        &self.temporary
    }

    /// The swaps, agreed or not, in the order in which they apply.
    #[must_use]
    pub fn swaps(&self) -> &[Swap] {
        &self.swaps
    }

    /// The overrides, in the order in which they apply.
    #[must_use]
    pub fn overrides(&self) -> &[Override] {
        &self.overrides
    }

    /// The roles that somebody is scheduled for.
    pub fn roles(&self) -> impl Iterator<Item = Role> + '_ {
        Role::ALL.into_iter().filter(|role| self.has(*role))
    }

    fn has(&self, role: Role) -> bool {
        self.layers.iter().any(|layer| layer.role == role) || self.temporary.iter().any(|other| other.role == role)
    }

    /// Where the schedule of `role` begins and ends; `None` on a side without bound. `None` without that role.
    fn bounds(&self, role: Role) -> Option<Bounds> {
        let of_layers = self.layers.iter().filter(|layer| layer.role == role).map(|layer| {
            let (start, end) = layer.source.bounds();
            (start.max(layer.from), earlier_end(end, layer.until))
        });
        let of_temporary = self
            .temporary
            .iter()
            .filter(|temporary| temporary.role == role)
            .map(|temporary| (Some(temporary.span.start()), Some(temporary.span.end())));
        of_layers.chain(of_temporary).reduce(|a, b| (a.0.min(b.0), later_end(a.1, b.1)))
    }
}

type Bounds = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// `None` is without end.
fn earlier_end(a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    a.into_iter().chain(b).min()
}

/// `None` is without end.
fn later_end(a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    a.zip(b).map(|(a, b)| a.max(b))
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSchedule {
    layers: Vec<Layer>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    temporary: Vec<Temporary>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    swaps: Vec<Swap>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    overrides: Vec<Override>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawSchedule> for Schedule {
    type Error = Error;

    fn try_from(raw: RawSchedule) -> Result<Self, Error> {
        Self::from_parts(raw.layers, raw.temporary, raw.swaps, raw.overrides)
    }
}

#[cfg(feature = "serde")]
impl From<Schedule> for RawSchedule {
    fn from(schedule: Schedule) -> Self {
        let Schedule { layers, temporary, swaps, overrides } = schedule;
        Self { layers, temporary, swaps, overrides }
    }
}
