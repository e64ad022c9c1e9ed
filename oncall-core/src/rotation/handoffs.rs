//! When shifts begin.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use timeline_core::{AnchoredPeriod, Tz, resolve};

use super::length::{ShiftLength, Step};
use crate::error::Error;

/// The instants between shifts, numbered from 0. They never decrease with the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Handoffs {
    /// A fixed number of seconds apart, at least 60.
    Elapsed { first: DateTime<Utc>, seconds: i64 },
    /// Steps of a local calendar.
    Calendar(AnchoredPeriod),
}

impl Handoffs {
    /// # Errors
    /// [`Error::Time`] if the start or the end of the first shift is no instant.
    pub(super) fn new(zone: Tz, start: NaiveDateTime, length: ShiftLength) -> Result<Self, Error> {
        Ok(match length.step() {
            Step::Elapsed { minutes } => {
                let handoffs = Self::Elapsed { first: resolve(zone, start)?, seconds: minutes.saturating_mul(60) };
                handoffs.at(1)?;
                handoffs
            }
            Step::Calendar(step) => Self::Calendar(AnchoredPeriod::new(start, zone, step)?),
        })
    }

    /// When shift `index` begins.
    ///
    /// # Errors
    /// [`Error::Time`] past the end of time.
    pub(super) fn at(self, index: u64) -> Result<DateTime<Utc>, Error> {
        match self {
            Self::Elapsed { first, seconds } => i64::try_from(index)
                .ok()
                .and_then(|index| index.checked_mul(seconds))
                .and_then(TimeDelta::try_seconds)
                .and_then(|since| first.checked_add_signed(since))
                .ok_or(Error::Time(OUT)),
            Self::Calendar(period) => Ok(period.bound(index)?),
        }
    }

    /// The last shift that begins no later than `t`: the one that holds `t`. `None` before the first.
    ///
    /// # Errors
    /// [`Error::Time`] at the end of time.
    pub(super) fn index_at(self, t: DateTime<Utc>) -> Result<Option<u64>, Error> {
        match self {
            Self::Elapsed { first, seconds } => Ok((first <= t)
                .then(|| t.signed_duration_since(first).num_seconds().checked_div(seconds))
                .flatten()
                .and_then(|index| u64::try_from(index).ok())),
            Self::Calendar(period) => Ok(period.index_at(t)?),
        }
    }

    /// The first shift that begins at `t` or later; none before the end of time is `u64::MAX`.
    pub(super) fn first_from(self, t: DateTime<Utc>) -> u64 {
        match self.index_at(t) {
            Err(_) => u64::MAX,
            Ok(None) => 0,
            Ok(Some(mut index)) => {
                if !self.at(index).is_ok_and(|start| start == t) {
                    return index.saturating_add(1);
                }
                // Shifts over which the clocks jumped begin at the same instant.
                while let Some(before) = index.checked_sub(1).filter(|before| self.at(*before) == Ok(t)) {
                    index = before;
                }
                index
            }
        }
    }

    /// The first shift that ends after `t`; none before the end of time is `u64::MAX`.
    pub(super) fn first_past(self, t: DateTime<Utc>) -> u64 {
        self.index_at(t).map_or(u64::MAX, Option::unwrap_or_default)
    }
}

const OUT: timeline_core::Error = timeline_core::Error::OutOfRange { what: "a handoff" };
