//! Two samples: did anything change, by how much, and is it small enough not to matter?

mod differences;
mod hodges_lehmann;
mod mann_whitney;
mod null_distribution;
mod pairs;

pub use hodges_lehmann::hodges_lehmann;
pub use mann_whitney::{EXACT_UP_TO_PAIRS, mann_whitney, mann_whitney_exact, mann_whitney_normal};
