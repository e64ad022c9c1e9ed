//! Look as often as you like: tests and intervals that hold at all times at once.
//!
//! A test with a fixed number of observations that is looked at every day raises a false alarm far more often than it
//! says: a z test at 5 % that is looked at after each of 100 observations does so in 37 % of all runs. What is here may be looked
//! at after every observation and stopped when it pleases: over the whole run, however long, the chance of a false
//! alarm is at most `1 - level` (Ville 1939), and the interval holds the truth at all times with probability `level`.
//! The price is a wider interval at any one time: for a proportion 1.5 times as wide as Wilson's after 20 trials, 1.7 times
//! after 200, and twice after 10,000.
//!
//! What it saves, against the exact test of a fixed number of trials that finds the truth with a probability of 95 %
//! (one way, at a level of 95 %; [`SequentialProportion`] looked at after every trial, exact, in
//! `tests/coverage/sequential.rs`): on average some trials, though a run in five to three takes more than the fixed test,
//! and one in a hundred more than twice as many:
//!
//! | Claim | Truth | Trials of the fixed test | Until the verdict, on average | Runs that take more than the fixed test | 99 of 100 runs end by |
//! |-|-|-|-|-|-|
//! | 1 % | 3 % | 521 | 333 | 21 % | 1,178 |
//! | 10 % | 30 % | 41 | 27 | 20 % | 96 |
//! | 50 % | 60 % | 268 | 220 | 33 % | 736 |
//!
//! | Question | Machine | Assumes |
//! |-|-|-|
//! | Is the failure rate the claimed one? | [`SequentialProportion`] | independent trials |
//! | Is the canary worse than the baseline? | [`SequentialComparison`] | independent trials, each group with one rate |
//! | Is the mean the claimed one, for observations within bounds? | [`SequentialMean`] | each with that mean given the past |
//! | Is it, for observations without bounds? | [`SequentialNormalMean`] | tails no heavier than a normal's of known deviation |
//!
//! Each takes what was observed since the last look, and then answers: an e-value (evidence against the claim: a fair
//! bet on it would have multiplied the stake by so much), a p-value that is valid at all times (1 over the greatest
//! e-value so far), an estimate with its interval, and a verdict.
//!
//! ```
//! use measure_core::sequential::SequentialProportion;
//! use measure_core::{Alternative, Level, Probability, Proportion};
//!
//! // 1 % of failures were promised; is it more? Look after every 100 requests.
//! let mut failures = SequentialProportion::new(Probability::new(0.01)?, Alternative::Greater, Level::P95)?;
//! for failed in [2, 1, 4, 3, 5, 6] {
//!     failures.observe(Proportion::new(failed, 100)?)?;
//!     if failures.verdict().is_decided() {
//!         break;
//!     }
//! }
//! assert_eq!(failures.verdict().to_string(), "above, by n = 500 (p = 0.0078)");
//! # Ok::<(), measure_core::Error>(())
//! ```
//!
//! A machine depends on the order in which it was looked at, so two of them do not merge. Shards merge their counts
//! ([`Proportion`](crate::Proportion)), and one machine observes the sums.

mod comparison;
mod evidence;
mod mean;
mod mixture;
mod normal_mean;
mod proportion;

pub use comparison::SequentialComparison;
pub use evidence::Verdict;
pub use mean::SequentialMean;
pub use normal_mean::SequentialNormalMean;
pub use proportion::SequentialProportion;
