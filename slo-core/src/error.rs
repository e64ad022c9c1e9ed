//! The one error type of the crate.

use chrono::{DateTime, TimeDelta, Utc};

/// Why a value, a document or an event was refused. Every variant carries the offending value and the bound.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not a decimal number with an optional percent sign.
    #[error("objective `{given}` is not a number such as `99.95%`, `99.95` or `0.9995`")]
    ObjectiveSyntax {
        /// The text as it was given.
        given: String,
    },
    /// An objective of 100 %.
    #[error("objective `{given}` is 100 %: it leaves no error budget; state one below 100 %")]
    ObjectiveLeavesNoBudget {
        /// The text as it was given.
        given: String,
    },
    /// An objective of 0 %.
    #[error("objective `{given}` is 0 %: it promises nothing; state one above 0 %")]
    ObjectivePromisesNothing {
        /// The text as it was given.
        given: String,
    },
    /// An objective below 0 % or above 100 %.
    #[error("objective `{given}` is not between 0 % and 100 %, both excluded")]
    ObjectiveOutOfRange {
        /// The text as it was given.
        given: String,
    },
    /// An objective with more digits than one part per billion can hold.
    #[error("objective `{given}` is finer than one part per billion (7 decimals of a per cent)")]
    ObjectiveTooFine {
        /// The text as it was given.
        given: String,
    },
    /// A slice target outside `(0, 1]`.
    #[error("time slice target `{given}` is not above 0 and at most 1")]
    SliceTargetOutOfRange {
        /// The text as it was given.
        given: String,
    },
    /// The text is not an OpenSLO duration.
    #[error("duration `{given}` is not a whole number and one of m, h, d, w, M, Q, Y, such as `28d`")]
    DurationSyntax {
        /// The text as it was given.
        given: String,
    },
    /// A duration that is zero, negative or too long to count in.
    #[error("{what} of {given} is not above 0 and at most {bound}")]
    DurationOutOfRange {
        /// What the duration is of: `period`, `window`, `slice`, ...
        what: &'static str,
        /// The duration, as text.
        given: String,
        /// The longest allowed, as text.
        bound: String,
    },
    /// More good events than events.
    #[error("{good} good events are more than {total} in all")]
    GoodExceedsTotal {
        /// Good events.
        good: u64,
        /// All events.
        total: u64,
    },
    /// More bad events than events.
    #[error("{bad} bad events are more than {total} in all")]
    BadExceedsTotal {
        /// Bad events.
        bad: u64,
        /// All events.
        total: u64,
    },
    /// A count that no longer fits 64 bits.
    #[error("the sum of {left} and {right} events does not fit 64 bits")]
    CountOverflow {
        /// Left operand.
        left: u64,
        /// Right operand.
        right: u64,
    },
    /// A histogram whose buckets contradict one another.
    #[error("malformed histogram: {reason}")]
    Histogram {
        /// What is wrong, with the value and the bound.
        reason: String,
    },
    /// A factor that is not a positive ratio of two 32-bit numbers.
    #[error("burn rate factor `{given}` is not a positive ratio of whole numbers below {bound}")]
    FactorOutOfRange {
        /// The factor, as text.
        given: String,
        /// The largest numerator or denominator.
        bound: u32,
    },
    /// A number that had to be finite and within bounds.
    #[error("{what} {given} is not within {bound}")]
    NumberOutOfRange {
        /// What the number is.
        what: &'static str,
        /// The number, as text.
        given: String,
        /// The bounds, as text.
        bound: String,
    },
    /// Everything that is wrong with an alert policy.
    #[error("alert policy `{name}`: {}", crate::policy::list(faults))]
    Policy {
        /// The policy's name.
        name: String,
        /// All faults found.
        faults: Vec<crate::policy::PolicyFault>,
    },
    /// An instant before one that was handled already.
    #[error("the clock went back: {now} is before {latest}")]
    ClockWentBack {
        /// The instant given.
        now: DateTime<Utc>,
        /// The latest instant seen.
        latest: DateTime<Utc>,
    },
    /// An observation older than the machine still accepts.
    #[error("an observation at {at} is later than the horizon of {horizon_seconds} s before {latest} allows")]
    TooLate {
        /// The instant given.
        at: DateTime<Utc>,
        /// The latest instant seen.
        latest: DateTime<Utc>,
        /// The horizon in seconds.
        horizon_seconds: i64,
    },
    /// An instant outside the range that the machine can count in.
    #[error("instant {at} is outside the range that can be counted in")]
    InstantOutOfRange {
        /// The instant given.
        at: DateTime<Utc>,
    },
    /// More samples than an exact tracker may keep.
    #[error("one more sample than the {most} that the tracker keeps")]
    TooManySamples {
        /// The most samples kept.
        most: usize,
    },
    /// A stored state of a tracker that no tracker of its plan can be in.
    #[error("the state of a burn tracker cannot be restored: {reason}")]
    TrackerState {
        /// What is wrong.
        reason: &'static str,
    },
    /// A stored alert whose parts contradict each other.
    #[error("a stored alert that is {state} contradicts its rule or its instants")]
    AlertState {
        /// The state given.
        state: crate::alert::AlertState,
    },
    /// An instant before the first period of a calendar window.
    #[error("{now} is before the calendar window's start")]
    BeforeAnchor {
        /// The instant given.
        now: DateTime<Utc>,
    },
    /// Samples that make no history.
    #[error("malformed series: {reason}")]
    Series {
        /// What is wrong, with the value and the bound.
        reason: String,
    },
    /// An incident that cannot be scored.
    #[error("incident `{name}`: {reason}")]
    Incident {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// An error budget policy out of order, or an event that it has no place for.
    #[error("error budget policy: {reason}")]
    Consequence {
        /// What is wrong, with the value and the bound.
        reason: String,
    },
    /// Parts that do not make a whole.
    #[error("malformed composition: {reason}")]
    Composition {
        /// What is wrong, with the value and the bound.
        reason: String,
    },
    /// Two values made under different rules cannot be merged.
    #[error("{what} cannot be merged: {reason}")]
    NotMergeable {
        /// What was to be merged.
        what: &'static str,
        /// Where the two differ.
        reason: String,
    },
    /// A fault found by the time module.
    #[error(transparent)]
    Time(#[from] timeline_core::Error),
}

/// A duration in the largest unit that leaves a whole number, for messages: `90 s`, `5 min`, `30 d`.
pub(crate) fn in_words(length: TimeDelta) -> String {
    let seconds = length.num_seconds();
    if TimeDelta::seconds(seconds) != length {
        return format!("{} ms", length.num_milliseconds());
    }
    for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "min")] {
        if seconds != 0 && seconds.checked_rem(unit) == Some(0) {
            return format!("{} {name}", seconds.checked_div(unit).unwrap_or(0));
        }
    }
    format!("{seconds} s")
}
