//! Why a roster in whole numbers was refused.

/// Why a roster in whole numbers was refused. Every variant carries the offending value and the bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RosterError {
    /// A roster whose parts do not have the lengths that they must have.
    #[error("{given} {what} where {expected} are expected")]
    Shape {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        given: usize,
        /// How many there must be.
        expected: usize,
    },
    /// A roster that names a worker or a seat that it does not have.
    #[error("{what} {given} is not there: they go from 0 and there are {bound}")]
    Index {
        /// A worker or a seat.
        what: &'static str,
        /// The number given.
        given: usize,
        /// How many there are.
        bound: usize,
    },
    /// A worker for whom load weighs nothing.
    #[error("scale of worker {worker} is 0, it is at least 1")]
    Scale {
        /// Which worker.
        worker: usize,
    },
    /// A reward for breaking a rule that counts over several seats.
    #[error("penalty of {penalty} for a rule over several seats is less than 0")]
    Reward {
        /// The penalty.
        penalty: i64,
    },
    /// A roster whose numbers would overflow.
    #[error("{what} of the roster would be too large")]
    TooLarge {
        /// What.
        what: &'static str,
    },
}
