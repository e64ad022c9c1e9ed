//! One row and one error ratio.

use chrono::TimeDelta;

use crate::detect::{ErrorRatio, ExactSeconds};
use crate::factor::nanoseconds;
use crate::objective::Objective;
use crate::policy::Row;

/// What a row makes of a steady outage.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Detection {
    /// From the start of the outage until the row fires, the hold included.
    pub time: ExactSeconds,
    /// The share of the period's budget spent by then; above 0, may exceed 1.
    pub budget_spent: f64,
    /// From recovery until the row falls silent: the shortest window empties first.
    pub reset: ExactSeconds,
    /// The same if the row had its long window alone: what the short window saves.
    pub long_window_reset: ExactSeconds,
    /// The longest outage with this error ratio that the row never fires for.
    pub longest_unseen: ExactSeconds,
}

impl Row {
    /// What this row makes of a steady outage with `error_ratio` in a budget over `period`, history before it
    /// being clean and traffic steady; `None` if it never fires, because the burn rate is not above the factor.
    ///
    /// With burn rate `b` and factor `F` (SRE Workbook, chapter 5): time `max(long, short) x F / b` plus the
    /// hold, budget spent `time x b / period`, reset `short x (1 - F/b)` after any outage that the row saw. An
    /// outage of `long x F / b` or less is never seen; where the hold outlasts what the short window remembers,
    /// `long x F / b + hold - short x (1 - F/b)`.
    ///
    /// Meant for rows and periods that [`crate::Policy::new`] accepts; a length that is not positive counts as 0.
    #[must_use]
    pub fn detection(&self, period: TimeDelta, objective: Objective, error_ratio: ErrorRatio) -> Option<Detection> {
        let share = Share::of(self, objective, error_ratio)?;
        let (long, hold) = (length(self.long), length(self.hold));
        let short = self.short.map_or(long, length);
        let longest = long.max(short);
        let time = share.spent(longest, hold, 0);
        let budget_spent = error_ratio.burn_rate(objective) * time.as_f64() / seconds(period)?;
        Some(Detection {
            time,
            budget_spent,
            reset: share.left(long.min(short)),
            long_window_reset: share.left(long),
            longest_unseen: share.spent(longest, 0, 0).max(share.spent(longest, hold, long.min(short))),
        })
    }

    /// Time to detect when windows are evaluated every `tick`, the first time `tick` after the start of the
    /// outage: the first tick strictly after the condition begins, and from there the first at which it has
    /// held for the hold. `None` if the row never fires or `tick` is not positive.
    #[must_use]
    pub fn detection_time_on_ticks(
        &self,
        objective: Objective,
        error_ratio: ErrorRatio,
        tick: TimeDelta,
    ) -> Option<TimeDelta> {
        let tick = nanoseconds("the tick", tick).ok()?;
        let longest = length(self.long).max(self.short.map_or(0, length));
        let begins = Share::of(self, objective, error_ratio)?.spent(longest, 0, 0).next_tick(tick);
        let ticks = length(self.hold).checked_add(tick)?.checked_sub(1)?.checked_div(tick)?;
        let held = ticks.checked_mul(tick)?;
        i64::try_from(begins.checked_add(held)?).ok().map(TimeDelta::nanoseconds)
    }
}

/// The share of its window after which a row's condition holds: `F / b`, exact and below 1.
#[derive(Clone, Copy)]
struct Share {
    over: u128,
    under: u128,
}

impl Share {
    /// `None` unless the burn rate is above the factor.
    fn of(row: &Row, objective: Objective, error_ratio: ErrorRatio) -> Option<Self> {
        let wide = |a: u32, b: u32| u128::from(a).saturating_mul(u128::from(b));
        let over = wide(row.factor.numerator(), objective.allowed_parts_per_billion());
        let under = wide(row.factor.denominator(), error_ratio.parts_per_billion());
        (over < under).then_some(Self { over, under })
    }

    /// `window x F/b + hold - forgotten x (1 - F/b)`, at least 0. Products stay below 2^125 (see [`ExactSeconds`]).
    fn spent(self, window: u128, hold: u128, forgotten: u128) -> ExactSeconds {
        let added = window.saturating_mul(self.over).saturating_add(hold.saturating_mul(self.under));
        let taken = forgotten.saturating_mul(self.under.saturating_sub(self.over));
        ExactSeconds::from_nanoseconds(added.saturating_sub(taken), self.under)
    }

    /// `window x (1 - F/b)`.
    fn left(self, window: u128) -> ExactSeconds {
        ExactSeconds::from_nanoseconds(window.saturating_mul(self.under.saturating_sub(self.over)), self.under)
    }
}

fn length(length: TimeDelta) -> u128 {
    nanoseconds("a length", length).unwrap_or(0)
}

fn seconds(period: TimeDelta) -> Option<f64> {
    crate::burn::seconds(period)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    /// Rows of SRE Workbook, chapter 5 (99.9 %, 30 days): time to detect, reset, in seconds.
    fn check(row: usize, error_ratio: &str, time: &str, reset: &str, spent: f64) {
        let policy = Policy::google_30d();
        let objective = "99.9%".parse().unwrap();
        let ratio = error_ratio.parse().unwrap();
        let detection = policy.rows()[row].detection(policy.period(), objective, ratio).unwrap();
        assert_eq!((detection.time.to_string(), detection.reset.to_string()), (time.to_owned(), reset.to_owned()));
        assert!((detection.budget_spent - spent).abs() < 1e-15, "{}", detection.budget_spent);
    }

    #[test]
    fn workbook_row_2_percent_in_1_hour() {
        check(0, "2%", "2592 s", "84 s", 0.02);
        check(0, "10%", "518.4 s", "256.8 s", 0.02);
        check(0, "100%", "51.84 s", "295.68 s", 0.02);
    }

    #[test]
    fn workbook_row_5_percent_in_6_hours() {
        check(1, "1%", "12960 s", "720 s", 0.05);
        check(1, "2%", "6480 s", "1260 s", 0.05);
        check(1, "100%", "129.6 s", "1789.2 s", 0.05);
    }

    #[test]
    fn workbook_row_10_percent_in_1_day() {
        check(2, "0.5%", "51840 s", "2880 s", 0.1);
        check(2, "1%", "25920 s", "5040 s", 0.1);
        check(2, "100%", "259.2 s", "7178.4 s", 0.1);
    }

    #[test]
    fn workbook_row_10_percent_in_3_days() {
        let policy = Policy::google_30d();
        let never = policy.rows()[3].detection(policy.period(), "99.9%".parse().unwrap(), "0.1%".parse().unwrap());
        assert_eq!(never, None);
        check(3, "0.2%", "129600 s", "10800 s", 0.1);
        check(3, "1%", "25920 s", "19440 s", 0.1);
        check(3, "100%", "259.2 s", "21578.4 s", 0.1);
    }

    #[test]
    fn pyrra_with_holds() {
        let policy = Policy::pyrra();
        let objective = "99.9%".parse().unwrap();
        for (row, time, spent) in [(0, 170.4, 0.0704), (1, 1_051.2, 0.4345), (2, 3_772.8, 1.5595)] {
            let detection = policy.rows()[row].detection(policy.period(), objective, ErrorRatio::ALL).unwrap();
            assert!((detection.time.as_f64() - time).abs() < 1e-9, "{:?}", detection.time);
            assert!((detection.budget_spent - spent).abs() < 1e-4, "{}", detection.budget_spent);
        }
    }

    #[test]
    fn a_burn_rate_equal_to_the_factor_never_fires() {
        let policy = Policy::google_30d();
        let row = &policy.rows()[0];
        let objective = "99.9%".parse().unwrap();
        assert_eq!(row.detection(policy.period(), objective, "1.44%".parse().unwrap()), None);
        assert!(row.detection(policy.period(), objective, "1.4400001%".parse().unwrap()).is_some());
        assert_eq!(row.detection_time_on_ticks(objective, ErrorRatio::ALL, TimeDelta::zero()), None);
    }

    #[test]
    fn the_longest_lengths_do_not_overflow() {
        let longest = TimeDelta::nanoseconds(i64::MAX);
        let row = Row { long: longest, hold: longest, ..Policy::google_30d().rows()[0].clone() };
        let objective = "99.9999999%".parse().unwrap();
        let detection = row.detection(longest, objective, ErrorRatio::ALL).unwrap();
        assert!(detection.time.as_f64() > longest.as_seconds_f64());
        assert!(detection.budget_spent.is_finite());
    }
}
