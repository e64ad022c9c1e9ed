//! The one error type of the crate.

/// Why a value was refused. Every variant carries the offending value and the bound.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// More successes than trials.
    #[error("{successes} successes are more than {trials} trials")]
    SuccessesExceedTrials {
        /// Successes.
        successes: u64,
        /// Trials.
        trials: u64,
    },
    /// A count that no longer fits 64 bits.
    #[error("the sum of {left} and {right} trials does not fit 64 bits")]
    CountOverflow {
        /// Left operand.
        left: u64,
        /// Right operand.
        right: u64,
    },
    /// A probability outside `[0, 1]`.
    #[error("probability `{given}` is not between 0 and 1")]
    ProbabilityOutOfRange {
        /// The number given; may be NaN.
        given: f64,
    },
    /// A level outside `(0, 1)`.
    #[error("level `{given}` is not between 0 and 1, both excluded")]
    LevelOutOfRange {
        /// The number given; may be NaN.
        given: f64,
    },
    /// An interval whose ends are not in order within `[0, 1]`.
    #[error("interval from `{lower}` to `{upper}` is not in order within 0 and 1")]
    IntervalOutOfOrder {
        /// The lower end given.
        lower: f64,
        /// The upper end given.
        upper: f64,
    },
}
