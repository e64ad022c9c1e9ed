//! The one error type of the crate.

use std::fmt;

use crate::estimate::NotEnough;

/// Why a value was refused. Every variant carries the offending value and the bound.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// More successes than trials.
    #[error("successes ({successes}) are more than trials ({trials})")]
    SuccessesExceedTrials {
        /// Successes.
        successes: u64,
        /// Trials.
        trials: u64,
    },
    /// A count that no longer fits 64 bits.
    #[error("the sum of {left} and {right} does not fit 64 bits")]
    CountOverflow {
        /// Left operand.
        left: u64,
        /// Right operand.
        right: u64,
    },
    /// A probability outside `[0, 1]`.
    #[error("probability `{given}` is not between 0 and 1", given = Brief(*given))]
    ProbabilityOutOfRange {
        /// The number given; may be NaN.
        given: f64,
    },
    /// A level so near to 0 or 1, or beyond, that rounding would lose it.
    #[error("level `{}` is not within 1e-12 and 1 - 1e-12", Brief(*given))]
    LevelOutOfRange {
        /// The number given; may be NaN.
        given: f64,
    },
    /// An interval whose ends are not finite or not in order.
    #[error("interval from `{lower}` to `{upper}` is not in order, with finite ends", lower = Brief(*lower), upper = Brief(*upper))]
    IntervalOutOfOrder {
        /// The lower end given.
        lower: f64,
        /// The upper end given.
        upper: f64,
    },
    /// Observations that are not finite or too large to be computed with.
    #[error("observation `{given}` at index {index} is not within -1e300 and 1e300{}", more(*others), given = Brief(*given))]
    ObservationOutOfRange {
        /// The index of the first, from 0.
        index: usize,
        /// The number given; may be NaN.
        given: f64,
        /// How many more are out of range.
        others: usize,
    },
    /// Observations that have no logarithm.
    #[error("not above 0: {count} of the observations, the least of them `{least}`", least = Brief(*least))]
    NotPositive {
        /// The least observation.
        least: f64,
        /// How many are not above 0.
        count: usize,
    },
    /// An exact distribution of ranks was asked for, and two observations are equal.
    #[error("some observations are equal, and the exact distribution of the ranks is the one without ties")]
    TiedRanks,
    /// An exact distribution of ranks was asked for that is too large to be computed.
    #[error("{n} and {m} observations have too many arrangements to count (2^512 or more)")]
    TooManyArrangements {
        /// Observations of the first sample.
        n: u64,
        /// Observations of the second sample.
        m: u64,
    },
    /// An exact distribution of ranks was asked for that would take too much memory.
    #[error("{n} and {m} observations are more pairs than arrangements are counted for ({most})")]
    TooManyPairs {
        /// Observations of the first sample.
        n: u64,
        /// Observations of the second sample.
        m: u64,
        /// The most pairs, n m.
        most: u64,
    },
    /// Durations that are negative, not finite, or too large to be computed with.
    #[error("duration `{given}` at index {index} is not within 0 and 1e300{}", more(*others), given = Brief(*given))]
    DurationOutOfRange {
        /// The index of the first, from 0.
        index: usize,
        /// The number given; may be NaN.
        given: f64,
        /// How many more are out of range.
        others: usize,
    },
    /// A time since the start that is negative, not finite, or too large to be computed with.
    #[error("elapsed time `{given}` is not within 0 and 1e300", given = Brief(*given))]
    ElapsedOutOfRange {
        /// The number given; may be NaN.
        given: f64,
    },
    /// A number of resamples that is too small to mean anything, or too large to hold.
    #[error("resamples: {given} is not within {least} and {most}")]
    ResamplesOutOfRange {
        /// The number given.
        given: u32,
        /// The fewest.
        least: u32,
        /// The most.
        most: u32,
    },
    /// Blocks of no length.
    #[error("a block of length {given} is none")]
    BlockWithoutLength {
        /// The length given.
        given: usize,
    },
    /// Weights that are negative, not finite, or too large to be computed with.
    #[error("weight `{given}` at index {index} is not within 0 and 1e300{}", more(*others), given = Brief(*given))]
    WeightOutOfRange {
        /// The index of the first, from 0.
        index: usize,
        /// The number given; may be NaN.
        given: f64,
        /// How many more are out of range.
        others: usize,
    },
    /// Weights that add up to too much.
    #[error("the sum of the weights is beyond 1e300")]
    WeightsOverflow,
    /// Moments in a file that no observations have.
    #[error("`{given}` is not a possible {what} moment",
        given = Brief(*given)
    )]
    MomentOutOfRange {
        /// Which part.
        what: &'static str,
        /// The number given; may be NaN.
        given: f64,
    },
    /// Shares that are negative, not finite, or too large to be computed with.
    #[error("share `{given}` at index {index} is not within 0 and 1e300{}", more(*others), given = Brief(*given))]
    ShareOutOfRange {
        /// The index of the first, from 0.
        index: usize,
        /// The number given; may be NaN.
        given: f64,
        /// How many more are out of range.
        others: usize,
    },
    /// A relative error that a sketch cannot keep to, or that says nothing.
    #[error("relative accuracy `{given}` is not within {finest} and {coarsest}", given = Brief(*given), finest = Brief(*finest), coarsest = Brief(*coarsest))]
    AccuracyOutOfRange {
        /// The number given; may be NaN.
        given: f64,
        /// The finest.
        finest: f64,
        /// The coarsest.
        coarsest: f64,
    },
    /// Sketches of different accuracies, whose bins do not match.
    #[error("sketches of accuracy `{left}` and `{right}` do not merge", left = Brief(*left), right = Brief(*right))]
    AccuraciesDiffer {
        /// Left operand.
        left: f64,
        /// Right operand.
        right: f64,
    },
    /// A sketch in a file that no observations have.
    #[error("not a sketch of any observations: {what}")]
    SketchOutOfOrder {
        /// What is wrong.
        what: &'static str,
    },
    /// A share to trim that leaves nothing.
    #[error("a share of `{given}` trimmed from each side is not within 0 and 0.5, the latter excluded", given = Brief(*given))]
    TrimOutOfRange {
        /// The number given; may be NaN.
        given: f64,
    },
    /// A clip of forecasts that is not below 1/2, or so small that 1 less the clip is 1.
    #[error("clip `{given}` is not within {least:e} and 0.5, the latter excluded", given = Brief(*given))]
    ClipOutOfRange {
        /// The number given; may be NaN.
        given: f64,
        /// The least.
        least: f64,
    },
    /// A recalibration by knots that are not in order, or are none.
    #[error("knot {index} is missing or not beyond the one before, with a value at least as large")]
    KnotsOutOfOrder {
        /// The index of the first, from 0.
        index: usize,
    },
    /// A recalibration by a curve that is not finite.
    #[error("slope `{slope}` and intercept `{intercept}` are not both finite", slope = Brief(*slope), intercept = Brief(*intercept))]
    CurveNotFinite {
        /// The slope given.
        slope: f64,
        /// The intercept given.
        intercept: f64,
    },
    /// A claimed probability of 0 or 1, which one observation refutes and none supports.
    #[error("claimed probability `{given}` is not between 0 and 1, both excluded", given = Brief(*given))]
    ClaimAtEnd {
        /// The probability given.
        given: f64,
    },
    /// Bounds of observations that are not finite or not in order.
    #[error("bounds `{lower}` and `{upper}` are not in order, within -1e300 and 1e300", lower = Brief(*lower), upper = Brief(*upper))]
    BoundsOutOfOrder {
        /// The lower bound given.
        lower: f64,
        /// The upper bound given.
        upper: f64,
    },
    /// An observation, or a claim about their mean, outside the bounds of observations.
    #[error("`{given}` is not within the bounds {lower} and {upper}", given = Brief(*given), lower = Brief(*lower), upper = Brief(*upper))]
    OutOfBounds {
        /// The number given; may be NaN.
        given: f64,
        /// The lower bound.
        lower: f64,
        /// The upper bound.
        upper: f64,
    },
    /// A standard deviation that is not above 0, or too large to be computed with.
    #[error("standard deviation `{given}` is not above 0, and at most 1e300", given = Brief(*given))]
    DeviationOutOfRange {
        /// The number given; may be NaN.
        given: f64,
    },
    /// A stored state that no observations lead to.
    #[error("no observations lead to this state: {reason}")]
    StateImpossible {
        /// What contradicts what.
        reason: &'static str,
    },
    /// A margin that is not above 0.
    #[error("margin `{given}` is not above 0 and at most 1e300", given = Brief(*given))]
    MarginOutOfRange {
        /// The number given; may be NaN.
        given: f64,
    },
    /// A level at which two one-sided tests have no interval.
    #[error("level `{given}` is not above {above}, which two one-sided tests need", given = Brief(*given), above = Brief(*above))]
    LevelTooLow {
        /// The level given.
        given: f64,
        /// What it must exceed.
        above: f64,
    },
    /// An exposure that is not above 0, not finite, or too extreme to be computed with.
    #[error("exposure `{given}` is not within 1e-100 and 1e100 (events: {count})", given = Brief(*given))]
    ExposureOutOfRange {
        /// The events counted over it.
        count: u64,
        /// The number given; may be NaN.
        given: f64,
    },
    /// A period that has no exposure.
    #[error("the period at index {index} has no exposure")]
    PeriodWithoutExposure {
        /// The index of the first, from 0.
        index: usize,
    },
    /// A cluster that cannot be computed with.
    #[error(
        "cluster with numerator `{numerator}` and denominator `{denominator}`: each must be 0 or within 1e-100 and \
         1e100 in magnitude, and the denominator not below 0",
        numerator = Brief(*numerator),
        denominator = Brief(*denominator)
    )]
    ClusterOutOfRange {
        /// The numerator given; may be NaN.
        numerator: f64,
        /// The denominator given; may be NaN.
        denominator: f64,
    },
    /// More clusters than the population has.
    #[error("clusters ({clusters}) are more than the population ({population})")]
    ClustersExceedPopulation {
        /// Clusters.
        clusters: u64,
        /// The population.
        population: u64,
    },
    /// A cap that is not finite.
    #[error("cap `{given}` is not finite", given = Brief(*given))]
    CapOutOfRange {
        /// The number given; may be NaN.
        given: f64,
    },
    /// A claimed rate that is negative, not finite, or too large to be computed with.
    #[error("a claimed rate of `{given}` is not at least 0, with at most 1e19 events expected", given = Brief(*given))]
    RateOutOfRange {
        /// The number given; may be NaN.
        given: f64,
    },
    /// A penalty a change that is negative or not finite.
    #[error("penalty `{given}` is not a finite number of at least 0", given = Brief(*given))]
    PenaltyOutOfRange {
        /// The number given; may be NaN.
        given: f64,
    },
    /// Cumulative sums that cannot be begun.
    #[error(
        "target `{target}`, allowance `{allowance}` and threshold `{threshold}` are not all within 1e300, allowance at \
         least 0 and threshold above 0",
        target = Brief(*target),
        allowance = Brief(*allowance),
        threshold = Brief(*threshold)
    )]
    CusumOutOfRange {
        /// The target given; may be NaN.
        target: f64,
        /// The allowance given; may be NaN.
        allowance: f64,
        /// The threshold given; may be NaN.
        threshold: f64,
    },
    /// The values are fine, and there are not enough of them: for callers that want one error for both.
    #[error(transparent)]
    NotEnough(NotEnough),
}

/// A number as a text shows it: one of many digits by its power of ten.
struct Brief(f64);

impl fmt::Display for Brief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size.is_finite() && size != 0.0 && !(1e-7..1e16).contains(&size) {
            write!(f, "{:e}", self.0)
        } else {
            self.0.fmt(f)
        }
    }
}

fn more(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => ", and one more is not".to_owned(),
        _ => format!(", and {others} more are not"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_many_digits_is_shown_by_its_power_of_ten() {
        let text = |given| Error::ElapsedOutOfRange { given }.to_string();
        assert_eq!(text(1e301), "elapsed time `1e301` is not within 0 and 1e300");
        assert_eq!(text(-1.5), "elapsed time `-1.5` is not within 0 and 1e300");
        assert_eq!(text(f64::NEG_INFINITY), "elapsed time `-inf` is not within 0 and 1e300");
        let bounds = Error::OutOfBounds { given: -5e-324, lower: 0.0, upper: 1e300 };
        assert_eq!(bounds.to_string(), "`-5e-324` is not within the bounds 0 and 1e300");
        let shares = Error::ShareOutOfRange { index: 2, given: 1e308, others: 1 };
        assert_eq!(shares.to_string(), "share `1e308` at index 2 is not within 0 and 1e300, and one more is not");
    }
}
