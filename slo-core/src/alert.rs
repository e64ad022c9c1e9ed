//! From a condition that comes and goes to an alert that does not flap.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::{Error, in_words};
use crate::factor::Threshold;
use crate::policy::Row;
use crate::sli::Counts;

/// What is known of an alert's condition at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Condition {
    /// It holds.
    Holds,
    /// It does not.
    Clear,
    /// It cannot be told.
    NoData,
}

impl Condition {
    /// The condition of a row by the logic of three values: a quiet window decides, whatever the other knows; where
    /// none is quiet, an empty one leaves it open. A row without a short window gives its long one twice.
    #[inline]
    pub(crate) fn of_windows(threshold: Threshold, long: Counts, short: Counts) -> Self {
        match (threshold.is_exceeded(long), threshold.is_exceeded(short)) {
            (true, true) => Self::Holds,
            (false, _) if !long.is_empty() => Self::Clear,
            (_, false) if !short.is_empty() => Self::Clear,
            _ => Self::NoData,
        }
    }
}

impl From<bool> for Condition {
    fn from(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Clear }
    }
}

/// What no data means to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum NoDataRule {
    /// The alert stays as it is, and its clocks stand still from the last data to the next.
    #[default]
    Freeze,
    /// As if the condition were clear.
    Resolve,
}

/// How an alert follows its condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawRule", into = "RawRule")
)]
pub struct AlertRule {
    // INVARIANT: neither length is negative.
    hold: TimeDelta,
    keep_firing: TimeDelta,
    no_data: NoDataRule,
}

impl AlertRule {
    /// An alert that fires when its condition has held for `hold` (`for` in Prometheus), and resolves when it
    /// has been clear for `keep_firing` (`keep_firing_for`), counted from the first clear observation; frozen without data.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] for a negative length.
    pub fn new(hold: TimeDelta, keep_firing: TimeDelta) -> Result<Self, Error> {
        for (what, length) in [("the hold of", hold), ("keep-firing of", keep_firing)] {
            if length < TimeDelta::zero() {
                let bound = "0 s and above".to_owned();
                return Err(Error::NumberOutOfRange { what, given: in_words(length), bound });
            }
        }
        Ok(Self { hold, keep_firing, no_data: NoDataRule::default() })
    }

    /// The hold that a row of a policy states, and `keep_firing` as in [`AlertRule::new`].
    ///
    /// # Errors
    /// As for [`AlertRule::new`].
    pub fn for_row(row: &Row, keep_firing: TimeDelta) -> Result<Self, Error> {
        Self::new(row.hold, keep_firing)
    }

    /// The same rule with another meaning of no data.
    #[must_use]
    pub const fn with_no_data(self, no_data: NoDataRule) -> Self {
        Self { no_data, ..self }
    }

    /// How long the condition must hold before the alert fires.
    #[must_use]
    pub const fn hold(self) -> TimeDelta {
        self.hold
    }

    /// How long the condition must be clear before the alert resolves.
    #[must_use]
    pub const fn keep_firing(self) -> TimeDelta {
        self.keep_firing
    }

    /// What no data means.
    #[must_use]
    pub const fn no_data(self) -> NoDataRule {
        self.no_data
    }
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum AlertState {
    /// Nothing to tell.
    Inactive,
    /// The condition holds, but not for long enough yet.
    Pending,
    /// Somebody is told.
    Firing,
    /// It fired, and the condition has been clear for long enough.
    Resolved,
}

impl fmt::Display for AlertState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        })
    }
}

/// A change of state, to be acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Transition {
    /// When.
    pub at: DateTime<Utc>,
    /// From which state.
    pub from: AlertState,
    /// To which.
    pub to: AlertState,
}

/// An alert as a machine with hysteresis: inactive, pending, firing, resolved.
///
/// It cannot flap: once firing it stays so until the condition has been clear for `keep_firing` in one piece,
/// and it fires only after the condition has held for `hold` in one piece. A piece is what lies between
/// observations that all agree, from the first of them on; under [`NoDataRule::Freeze`] a time without data
/// neither ends it nor counts in it. Between two starts of firing there are at least `keep_firing + hold`.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use slo_core::{Alert, AlertRule, AlertState};
/// let mut alert = Alert::new(AlertRule::new(TimeDelta::minutes(2), TimeDelta::minutes(10))?);
/// let minute = |n| DateTime::UNIX_EPOCH + TimeDelta::minutes(n);
/// assert_eq!(alert.handle(minute(0), true)?.map(|t| t.to), Some(AlertState::Pending));
/// assert_eq!(alert.next_deadline(), Some(minute(2)));
/// assert_eq!(alert.handle(minute(2), true)?.map(|t| t.to), Some(AlertState::Firing));
/// assert_eq!(alert.handle(minute(11), false)?, None);
/// assert_eq!(alert.next_deadline(), Some(minute(21)));
/// assert_eq!(alert.handle(minute(21), false)?.map(|t| t.to), Some(AlertState::Resolved));
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawAlert", into = "RawAlert")
)]
pub struct Alert {
    rule: AlertRule,
    state: AlertState,
    /// When the state was entered; `None` before the first transition.
    since: Option<DateTime<Utc>>,
    /// How much of its delay a pending or firing alert has behind it: time held, or time clear.
    elapsed: TimeDelta,
    /// The last call.
    last: Option<(DateTime<Utc>, Condition)>,
}

impl Alert {
    /// An inactive alert.
    #[must_use]
    pub const fn new(rule: AlertRule) -> Self {
        Self { rule, state: AlertState::Inactive, since: None, elapsed: TimeDelta::zero(), last: None }
    }

    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> AlertRule {
        self.rule
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> AlertState {
        self.state
    }

    /// Whether it fires.
    #[must_use]
    pub const fn is_firing(&self) -> bool {
        matches!(self.state, AlertState::Firing)
    }

    /// When the state was entered; `None` for an alert that was never anything but inactive.
    #[must_use]
    pub const fn since(&self) -> Option<DateTime<Utc>> {
        self.since
    }

    /// Takes in the condition at `now`, and returns the change of state, if any.
    ///
    /// A condition that was the same at the call before is taken to have been so in between; the time between two
    /// that differ counts for neither.
    ///
    /// # Errors
    /// [`Error::ClockWentBack`] when `now` is before the call before; nothing changes.
    pub fn handle(&mut self, now: DateTime<Utc>, condition: impl Into<Condition>) -> Result<Option<Transition>, Error> {
        let condition = match (condition.into(), self.rule.no_data) {
            (Condition::NoData, NoDataRule::Resolve) => Condition::Clear,
            (condition, _) => condition,
        };
        let passed = match self.last {
            Some((latest, _)) if now < latest => return Err(Error::ClockWentBack { now, latest }),
            // Between two that differ nobody knows when it changed; and without data clocks stand still.
            Some((latest, last)) if last == condition => now.signed_duration_since(latest),
            _ => TimeDelta::zero(),
        };
        self.last = Some((now, condition));
        let to = match (self.state, condition) {
            (_, Condition::NoData) => self.state,
            (AlertState::Inactive | AlertState::Resolved, Condition::Holds) => {
                self.elapsed = TimeDelta::zero();
                self.held_long_enough()
            }
            (AlertState::Pending, Condition::Holds) => {
                self.elapsed = later(self.elapsed, passed);
                self.held_long_enough()
            }
            (AlertState::Firing, Condition::Holds) => {
                self.elapsed = TimeDelta::zero();
                AlertState::Firing
            }
            (AlertState::Firing, Condition::Clear) => {
                self.elapsed = later(self.elapsed, passed);
                if self.elapsed >= self.rule.keep_firing { AlertState::Resolved } else { AlertState::Firing }
            }
            (AlertState::Pending, Condition::Clear) => AlertState::Inactive,
            (AlertState::Inactive | AlertState::Resolved, Condition::Clear) => self.state,
        };
        if to == self.state {
            return Ok(None);
        }
        let transition = Transition { at: now, from: self.state, to };
        (self.state, self.since) = (to, Some(now));
        if to != AlertState::Pending {
            self.elapsed = TimeDelta::zero();
        }
        Ok(Some(transition))
    }

    /// When [`Alert::handle`] is due next because time alone can change the state: a pending alert whose
    /// condition goes on, a firing one whose condition stays clear. `None` when only another condition can.
    #[must_use]
    pub fn next_deadline(&self) -> Option<DateTime<Utc>> {
        let (latest, condition) = self.last?;
        let delay = match (self.state, condition) {
            (AlertState::Pending, Condition::Holds) => self.rule.hold,
            (AlertState::Firing, Condition::Clear) => self.rule.keep_firing,
            _ => return None,
        };
        latest.checked_add_signed(delay.checked_sub(&self.elapsed)?)
    }

    fn held_long_enough(&self) -> AlertState {
        if self.elapsed >= self.rule.hold { AlertState::Firing } else { AlertState::Pending }
    }
}

fn later(elapsed: TimeDelta, passed: TimeDelta) -> TimeDelta {
    elapsed.checked_add(&passed).unwrap_or(TimeDelta::MAX)
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    #[serde(with = "crate::seconds")]
    hold: TimeDelta,
    #[serde(with = "crate::seconds")]
    keep_firing: TimeDelta,
    #[serde(default)]
    no_data: NoDataRule,
}

#[cfg(feature = "serde")]
impl TryFrom<RawRule> for AlertRule {
    type Error = Error;

    fn try_from(raw: RawRule) -> Result<Self, Error> {
        Self::new(raw.hold, raw.keep_firing).map(|rule| rule.with_no_data(raw.no_data))
    }
}

#[cfg(feature = "serde")]
impl From<AlertRule> for RawRule {
    fn from(rule: AlertRule) -> Self {
        Self { hold: rule.hold, keep_firing: rule.keep_firing, no_data: rule.no_data }
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAlert {
    rule: AlertRule,
    state: AlertState,
    since: Option<DateTime<Utc>>,
    #[serde(with = "crate::seconds")]
    elapsed: TimeDelta,
    last: Option<(DateTime<Utc>, Condition)>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawAlert> for Alert {
    type Error = Error;

    fn try_from(raw: RawAlert) -> Result<Self, Error> {
        let delay = match raw.state {
            AlertState::Pending => raw.rule.hold,
            AlertState::Firing => raw.rule.keep_firing,
            AlertState::Inactive | AlertState::Resolved => TimeDelta::zero(),
        };
        // A delay that has passed has made its transition; with no delay there is none to wait for.
        let within = raw.elapsed == TimeDelta::zero() || (TimeDelta::zero() < raw.elapsed && raw.elapsed < delay);
        let condition = raw.last.map(|(_, condition)| condition);
        let nothing_clear_yet = (raw.state, condition) == (AlertState::Firing, Some(Condition::Holds));
        let within = within && !(nothing_clear_yet && raw.elapsed > TimeDelta::zero());
        let pending_is_possible = raw.state != AlertState::Pending || delay > TimeDelta::zero();
        let latest = raw.last.map(|(latest, _)| latest);
        let in_order = raw.since.is_none_or(|since| latest.is_some_and(|latest| since <= latest));
        let entered = raw.state == AlertState::Inactive || raw.since.is_some();
        if !(within && pending_is_possible && in_order && entered) {
            return Err(Error::AlertState { state: raw.state });
        }
        Ok(Self { rule: raw.rule, state: raw.state, since: raw.since, elapsed: raw.elapsed, last: raw.last })
    }
}

#[cfg(feature = "serde")]
impl From<Alert> for RawAlert {
    fn from(alert: Alert) -> Self {
        Self { rule: alert.rule, state: alert.state, since: alert.since, elapsed: alert.elapsed, last: alert.last }
    }
}
