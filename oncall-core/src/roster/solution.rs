//! A plan with its proof.

use super::problem::Values;

/// How much work may be done. Counted in steps of the search, never by a clock, so that the same problem and the same
/// budget give the same plan on every machine; a larger one never gives a worse plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The most steps. What has begun when they are spent is done to its end; a search for prices is up to some 800,000.
    pub nodes: u64,
}

impl Default for Budget {
    /// Four million steps: a few seconds.
    fn default() -> Self {
        Self { nodes: 4_000_000 }
    }
}

/// A value and what it cannot fall below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// The value of the plan.
    pub value: i128,
    /// No plan that is as good on every level above has a smaller value.
    pub bound: i128,
}

impl Level {
    /// Whether nothing better exists.
    #[must_use]
    pub const fn proven(&self) -> bool {
        self.value == self.bound
    }

    /// How far the value may be from the best.
    #[must_use]
    pub const fn gap(&self) -> i128 {
        self.value.saturating_sub(self.bound)
    }
}

/// The best plan found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// By seat who serves it.
    pub assignment: Vec<Option<usize>>,
    /// Seats that nobody serves.
    pub uncovered: Level,
    /// The largest burden.
    pub largest: Level,
    /// The sum of squared burdens.
    pub squares: Level,
    /// Penalties of soft rules.
    pub penalty: Level,
    /// Seats changed from the published plan.
    pub changed: Level,
    /// Steps spent.
    pub nodes: u64,
}

impl Solution {
    /// The levels in the order in which they count.
    #[must_use]
    pub const fn levels(&self) -> [Level; 5] {
        [self.uncovered, self.largest, self.squares, self.penalty, self.changed]
    }

    /// Whether no plan is better.
    #[must_use]
    pub fn proven(&self) -> bool {
        self.levels().iter().all(Level::proven)
    }

    /// The values alone.
    #[must_use]
    pub fn values(&self) -> [i128; 5] {
        self.levels().map(|level| level.value)
    }

    /// Puts values and bounds together. A bound counts only while the levels above are proven to be what they are.
    pub(super) fn of(assignment: Vec<Option<usize>>, values: Values, bounds: [i128; 5], nodes: u64) -> Self {
        let values = as_array(values);
        let level = |index: usize| {
            let value = values.get(index).copied().unwrap_or(0);
            Level { value, bound: bounds.get(index).copied().unwrap_or(0).min(value) }
        };
        Self {
            assignment,
            uncovered: level(0),
            largest: level(1),
            squares: level(2),
            penalty: level(3),
            changed: level(4),
            nodes,
        }
    }
}

/// The levels as numbers of one type.
pub(super) fn as_array(values: Values) -> [i128; 5] {
    [values.uncovered.into(), values.largest.into(), values.squares, values.penalty.into(), values.changed.into()]
}
