//! Two samples: did anything change, by how much, and is it small enough not to matter?
//!
//! | question | function |
//! |---|---|
//! | what does all of it come to, in words? | [`compare()`] |
//! | does one tend to be larger? | [`mann_whitney()`]; where they vary unlike, [`brunner_munzel`] |
//! | by how much? | [`hodges_lehmann()`] (median of all differences), [`welch`] (means) |
//! | how many times as large? | [`geometric_mean_ratio`] |
//! | in how many pairs is it the larger? | [`common_language`], [`cliffs_delta`] |
//! | did the slowest tenth change? | [`quantile_difference`] |
//! | did anything change, be it only the spread? | [`kolmogorov_smirnov()`] |
//! | is any statistic of mine different? | [`permutation_test`], [`permutation_test_of`] |
//! | are they the same within 5 %? | [`equivalence_by_ranks`], [`equivalence_by_means`] |
//! | how many observations would it take? | [`mann_whitney_sample_size`] |
//!
//! Everything is said of the first over the second: a shift is `x - y`, a ratio `x / y`. No difference found is not
//! the same as no difference: that takes a margin.

mod differences;
mod dominance;
mod equivalence;
mod geometric;
mod hodges_lehmann;
mod kolmogorov_smirnov;
mod mann_whitney;
mod margin;
mod means;
mod null_distribution;
mod pairs;
mod permutation;
mod quantiles;
mod sample_size;
mod tied_distribution;
mod verdict;

pub use dominance::{brunner_munzel, cliffs_delta, common_language};
pub use equivalence::{Equivalence, Sameness, equivalence_by_means, equivalence_by_ranks};
pub use geometric::{geometric_mean, geometric_mean_ratio};
pub use hodges_lehmann::{hodges_lehmann, hodges_lehmann_normal};
pub use kolmogorov_smirnov::{EXACT_KS_UP_TO_PAIRS, kolmogorov_smirnov, kolmogorov_smirnov_limit};
pub use mann_whitney::{EXACT_UP_TO_PAIRS, mann_whitney, mann_whitney_exact, mann_whitney_normal};
pub use margin::Margin;
pub use means::{welch, welch_test};
pub use permutation::{Permutations, permutation_test, permutation_test_of};
pub use quantiles::quantile_difference;
pub use sample_size::mann_whitney_sample_size;
pub use verdict::{Comparison, Needed, Question, Verdict, compare};
