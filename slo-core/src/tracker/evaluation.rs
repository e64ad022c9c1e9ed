//! What a tracker says, and why.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::plan::{PlannedRow, TrackerPlan};
use super::{BurnTracker, Memory};
use crate::alert::Condition;
use crate::budget::Budget;
use crate::burn;
use crate::error::in_words;
use crate::objective::Objective;
use crate::policy::{Row, Severity};
use crate::sli::Counts;

/// Burn rates, rows and budget at one instant.
///
/// Which rows hold is decided when it is made, in integers; ratios are worked out when asked for. Displayed, it
/// is a sentence: `page_quick fires: burn 21.3 > 14.4 over 1 h and 25 over 5 min; 61 % of the budget left`.
#[derive(Debug, Clone, Copy)]
pub struct Evaluation<'t> {
    tracker: &'t BurnTracker,
    /// Bit `n` for row `n`.
    firing: u32,
}

/// One window: what happened in it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct WindowBurn {
    /// The length of the window.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
    pub window: TimeDelta,
    /// The events in it.
    pub counts: Counts,
    /// Error ratio over allowed error ratio, at least 0; `None` without events.
    pub burn_rate: Option<f64>,
}

/// One row of the policy and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowEvaluation<'t> {
    /// The row.
    pub row: &'t Row,
    /// Whether it holds, with the reason.
    pub verdict: RowVerdict,
}

/// Whether the condition of a row holds, and why.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum RowVerdict {
    /// No window with events is quiet, and one has no events: nothing can be said.
    NoData {
        /// Burn rate over the long window.
        long: Option<f64>,
        /// Burn rate over the short window; `None` as well for a row of one window.
        short: Option<f64>,
    },
    /// At least one window is at or below the factor.
    Quiet {
        /// Burn rate over the long window.
        long: Option<f64>,
        /// Burn rate over the short window; `None` as well for a row of one window.
        short: Option<f64>,
    },
    /// Every window is above the factor.
    Exceeded {
        /// Burn rate over the long window.
        long: f64,
        /// Burn rate over the short window; `None` for a row of one window.
        short: Option<f64>,
    },
}

impl RowVerdict {
    /// The verdict as what an [`Alert`](crate::Alert) takes.
    #[must_use]
    pub const fn condition(self) -> Condition {
        match self {
            Self::NoData { .. } => Condition::NoData,
            Self::Quiet { .. } => Condition::Clear,
            Self::Exceeded { .. } => Condition::Holds,
        }
    }

    /// Whether the condition holds.
    #[must_use]
    pub const fn is_exceeded(self) -> bool {
        matches!(self, Self::Exceeded { .. })
    }
}

impl<'t> Evaluation<'t> {
    #[inline]
    pub(super) fn new(tracker: &'t BurnTracker) -> Self {
        // The kind of memory is asked once, not once a window.
        let seen = tracker.seen;
        let firing = match &tracker.memory {
            Memory::Tiered(tiers) => firing(&tracker.plan.rows, |window| seen.since(tiers.base(window))),
            Memory::Exact(samples) => firing(&tracker.plan.rows, |window| seen.since(samples.base(window))),
        };
        Self { tracker, firing }
    }

    /// The instant at which all windows end.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.tracker.latest)
    }

    /// The objective.
    #[must_use]
    pub fn objective(&self) -> Objective {
        self.plan().objective()
    }

    /// The events of a window; `None` for one that is not tracked.
    #[must_use]
    pub fn counts(&self, window: TimeDelta) -> Option<Counts> {
        self.tracker.counts_in(window)
    }

    /// Error ratio over allowed error ratio in a window, finite and at least 0 (SRE Workbook, chapter 5);
    /// `None` without events, or for a window that is not tracked.
    #[must_use]
    pub fn burn_rate(&self, window: TimeDelta) -> Option<f64> {
        burn::rate(self.counts(window)?, self.objective())
    }

    /// Every window, ascending; the last is the period of the budget.
    pub fn windows(&self) -> impl Iterator<Item = WindowBurn> + use<'t> {
        let tracker = self.tracker;
        tracker.plan.windows().iter().enumerate().map(|(position, window)| {
            let counts = tracker.window(position);
            WindowBurn { window: *window, counts, burn_rate: burn::rate(counts, tracker.plan.objective()) }
        })
    }

    /// Every row of the policy with its verdict, as the policy has them.
    pub fn rows(&self) -> impl Iterator<Item = RowEvaluation<'t>> + use<'t> {
        let tracker = self.tracker;
        tracker
            .plan
            .planned_rows()
            .map(|(row, planned)| RowEvaluation { row, verdict: verdict(tracker, row, *planned) })
    }

    /// The rows whose condition holds. A row's [`hold`](Row::hold) is not waited for here: that is what an
    /// [`Alert`](crate::Alert) does.
    pub fn firing(&self) -> impl Iterator<Item = RowEvaluation<'t>> + use<'t> {
        self.rows().filter(|row| row.verdict.is_exceeded())
    }

    /// Whether the condition of any row holds.
    #[must_use]
    #[inline]
    pub const fn is_firing(&self) -> bool {
        self.firing != 0
    }

    /// The rows whose condition holds as bits: bit `n` for row `n` of the policy.
    #[must_use]
    #[inline]
    pub const fn firing_bits(&self) -> u32 {
        self.firing
    }

    /// The loudest severity of the rows whose condition holds.
    #[must_use]
    pub fn worst_severity(&self) -> Option<Severity> {
        self.firing().map(|row| row.row.severity).max()
    }

    /// The events of the budget's period.
    #[must_use]
    pub fn budget_counts(&self) -> Counts {
        self.tracker.window(self.plan().windows().len().saturating_sub(1))
    }

    /// The share of the period's budget that is left: 1 untouched, 0 spent, below 0 overspent; finite. `None`
    /// without events in the period.
    ///
    /// The budget is that of the events so far: allowed share x events in the period.
    #[must_use]
    pub fn budget_remaining_ratio(&self) -> Option<f64> {
        self.budget().remaining_ratio()
    }

    /// The budget of the period's events so far, exactly.
    #[must_use]
    pub fn budget(&self) -> Budget {
        Budget::of_events(self.objective(), self.budget_counts())
    }

    fn plan(&self) -> &'t TrackerPlan {
        &self.tracker.plan
    }
}

impl fmt::Display for Evaluation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut firing = self.firing().peekable();
        if firing.peek().is_none() {
            match self.windows().filter_map(|w| Some((w.burn_rate?, w.window))).max_by(|a, b| a.0.total_cmp(&b.0)) {
                Some((rate, window)) => {
                    write!(f, "no row fires: burn at most {} (over {})", Rate(rate), in_words(window))?;
                }
                None => f.write_str("no data")?,
            }
        }
        for (position, row) in firing.enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            fmt::Display::fmt(&row, f)?;
        }
        match self.budget_remaining_ratio() {
            Some(left) if left < 0.0 => write!(f, "; the budget is overspent by {} %", Overspent(-left)),
            Some(left) => write!(f, "; {} % of the budget left", percent(left)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for RowEvaluation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { name, factor, long: long_window, short: short_window, .. } = self.row;
        let window = |length: TimeDelta| in_words(length);
        let above = |rate| Beside { rate, factor: factor.as_f64(), above: true };
        match self.verdict {
            RowVerdict::NoData { long: None, .. } => write!(f, "{name} has no data over {}", window(*long_window)),
            RowVerdict::NoData { .. } => {
                write!(f, "{name} has no data over {}", window(short_window.unwrap_or(*long_window)))
            }
            RowVerdict::Exceeded { long, short } => {
                write!(f, "{name} fires: burn {} > {factor} over {}", above(long), window(*long_window))?;
                match short.zip(*short_window) {
                    Some((rate, length)) => write!(f, " and {} over {}", above(rate), window(length)),
                    None => Ok(()),
                }
            }
            RowVerdict::Quiet { long, short } => {
                let rates = [long.map(|rate| (rate, *long_window)), short.zip(*short_window)];
                let least = rates.into_iter().flatten().min_by(|a, b| a.0.total_cmp(&b.0));
                match least {
                    Some((rate, length)) => {
                        let rate = Beside { rate, factor: factor.as_f64(), above: false };
                        write!(f, "{name} is quiet: burn {rate} <= {factor} over {}", window(length))
                    }
                    None => write!(f, "{name} is quiet"),
                }
            }
        }
    }
}

#[inline]
fn firing(rows: &[PlannedRow], counts: impl Fn(usize) -> Counts) -> u32 {
    let mut firing = 0;
    let mut bit = 1_u32;
    for row in rows {
        if row.threshold.is_exceeded(counts(row.long)) && row.threshold.is_exceeded(counts(row.short)) {
            firing |= bit;
        }
        bit = bit.wrapping_shl(1);
    }
    firing
}

fn verdict(tracker: &BurnTracker, row: &Row, planned: PlannedRow) -> RowVerdict {
    let (long, short) = (tracker.window(planned.long), tracker.window(planned.short));
    let rate = |counts| burn::rate(counts, tracker.plan.objective());
    let short_rate = row.short.and(rate(short));
    match (Condition::of_windows(planned.threshold, long, short), rate(long)) {
        (Condition::Clear, long) => RowVerdict::Quiet { long, short: short_rate },
        (Condition::Holds, Some(long)) => RowVerdict::Exceeded { long, short: short_rate },
        (_, long) => RowVerdict::NoData { long, short: short_rate },
    }
}

/// A burn rate with the digits that a person reads: `14.4`, `0.03`, `250`.
struct Rate(f64);

impl Rate {
    fn decimals(&self) -> usize {
        match self.0 {
            rate if rate >= 100.0 => 0,
            rate if rate >= 1.0 => 1,
            rate if rate > 0.0 => 2,
            _ => 0,
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.*}", self.decimals(), self.0)
    }
}

/// A burn rate beside the factor that it was compared with, with as many digits as make the comparison true.
struct Beside {
    rate: f64,
    factor: f64,
    above: bool,
}

impl fmt::Display for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Compared in integers: floats may be one step off.
        let rate = if self.above { self.rate.max(self.factor.next_up()) } else { self.rate.min(self.factor) };
        f.write_str(&with_decimals(rate, Rate(rate).decimals(), |shown| (shown > self.factor) == self.above))
    }
}

/// A share in per cent, with as many digits as tell it from nothing.
struct Overspent(f64);

impl fmt::Display for Overspent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&with_decimals(self.0 * 100.0, 0, |shown| shown > 0.0))
    }
}

/// `number` with the fewest decimals, `fewest` or more, with which what is shown is `true_to` it.
fn with_decimals(number: f64, fewest: usize, true_to: impl Fn(f64) -> bool) -> String {
    let shown = (fewest..=17).map(|decimals| format!("{number:.decimals$}"));
    let mut shown = shown.filter(|text| text.parse().is_ok_and(&true_to));
    shown.next().unwrap_or_else(|| number.to_string())
}

/// A share in whole per cent, towards zero: 99.6 % left is not untouched.
fn percent(share: f64) -> String {
    format!("{:.0}", (share * 100.0).floor())
}
