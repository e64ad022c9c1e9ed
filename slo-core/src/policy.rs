//! Multi-window, multi-burn-rate alert policies (SRE Workbook, chapter 5).

use std::fmt;

use chrono::TimeDelta;

use crate::error::{Error, in_words};
use crate::factor::{Factor, Threshold, nanoseconds};
use crate::objective::Objective;

/// How loudly an alert speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Severity {
    /// Work for the next working day.
    Ticket,
    /// Somebody is woken.
    Page,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ticket => "ticket",
            Self::Page => "page",
        })
    }
}

/// One row of a policy: it holds while the burn rate is above `factor` in the long *and* the short window,
/// and fires when it has held for `hold`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Row {
    /// What the row is called in alerts and tables.
    pub name: String,
    /// How loudly it speaks.
    pub severity: Severity,
    /// The burn rate to exceed, strictly.
    pub factor: Factor,
    /// The long window: how much budget has gone.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
    pub long: TimeDelta,
    /// The short window: whether it is still going; `None` for single-window policies.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::seconds::option"))]
    pub short: Option<TimeDelta>,
    /// How long the condition must hold before the row fires (`for` in Prometheus); zero for at once.
    #[cfg_attr(feature = "serde", serde(default = "TimeDelta::zero", with = "crate::seconds"))]
    pub hold: TimeDelta,
}

impl Row {
    /// A row that fires when `share` of the budget of `period` is spent within `long`.
    ///
    /// # Errors
    /// As for [`Factor::from_share`].
    pub fn from_share(
        name: impl Into<String>,
        severity: Severity,
        share_parts_per_billion: u32,
        period: TimeDelta,
        long: TimeDelta,
        short: TimeDelta,
    ) -> Result<Self, Error> {
        let factor = Factor::from_share(share_parts_per_billion, period, long)?;
        Ok(Self { name: name.into(), severity, factor, long, short: Some(short), hold: TimeDelta::zero() })
    }

    /// The windows of the row, the long one first.
    pub fn windows(&self) -> impl Iterator<Item = TimeDelta> {
        std::iter::once(self.long).chain(self.short)
    }

    /// The comparison with everything that does not depend on the counts worked out before.
    #[must_use]
    pub fn threshold(&self, objective: Objective) -> Threshold {
        self.factor.threshold(objective)
    }
}

/// A checked set of rows for one period.
///
/// ```
/// use slo_core::{Policy, Severity};
/// let policy = Policy::google_30d();
/// let first = &policy.rows()[0];
/// assert_eq!((first.severity, first.factor.to_string()), (Severity::Page, "14.4".to_owned()));
/// // The same rows for a period of one day: every window 30 times shorter, the factors kept.
/// let daily = policy.scaled_to(chrono::TimeDelta::days(1))?;
/// assert_eq!(daily.rows()[0].long.num_seconds(), 120);
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawPolicy", into = "RawPolicy")
)]
pub struct Policy {
    name: String,
    period: TimeDelta,
    rows: Vec<Row>,
}

impl Policy {
    /// The most rows a policy may have.
    pub const MOST_ROWS: usize = 32;

    /// A policy of `rows` for a budget over `period`.
    ///
    /// # Errors
    /// [`Error::Policy`] with every fault at once: no rows or more than [`Policy::MOST_ROWS`], a missing name, two rows of
    /// one name, a length that is not positive or beyond 292 years, short not below long, long or hold not below the
    /// period, and factors that do not fall as the long window grows.
    pub fn new(name: impl Into<String>, period: TimeDelta, rows: Vec<Row>) -> Result<Self, Error> {
        let name = name.into();
        let mut faults = faults(period, &rows);
        if name.trim().is_empty() || rows.iter().any(|row| row.name.trim().is_empty()) {
            faults.push(PolicyFault::NoName);
        }
        if faults.is_empty() { Ok(Self { name, period, rows }) } else { Err(Error::Policy { name, faults }) }
    }

    /// A policy whose rows are known to pass the checks: the presets, held to it by a test.
    pub(crate) fn unchecked(name: &str, period: TimeDelta, rows: Vec<Row>) -> Self {
        Self { name: name.to_owned(), period, rows }
    }

    /// The policy's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The period of the budget.
    #[must_use]
    pub const fn period(&self) -> TimeDelta {
        self.period
    }

    /// The rows, as given.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Every different window of the rows, ascending.
    #[must_use]
    pub fn windows(&self) -> Vec<TimeDelta> {
        let mut windows: Vec<_> = self.rows.iter().flat_map(Row::windows).collect();
        windows.sort_unstable();
        windows.dedup();
        windows
    }

    /// Checks that each row can fire under `objective`: that factor x allowed error ratio is below 1.
    ///
    /// # Errors
    /// [`Error::Policy`] naming each row that even a full outage would never fire.
    pub fn check_reachable(&self, objective: Objective) -> Result<(), Error> {
        let faults: Vec<_> = self
            .rows
            .iter()
            .filter(|row| !row.threshold(objective).can_be_exceeded())
            .map(|row| PolicyFault::Unreachable { row: row.name.clone(), factor: row.factor, objective })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(Error::Policy { name: self.name.clone(), faults }) }
    }

    /// The policy without the rows that `objective` could never fire, and the names of those; `None` when none
    /// is left.
    #[must_use]
    pub fn reachable(&self, objective: Objective) -> Option<(Self, Vec<String>)> {
        let (kept, dropped): (Vec<_>, Vec<_>) =
            self.rows.iter().cloned().partition(|row| row.threshold(objective).can_be_exceeded());
        let policy = Self::new(self.name.clone(), self.period, kept).ok()?;
        Some((policy, dropped.into_iter().map(|row| row.name).collect()))
    }

    /// The same rows for another period: every window and hold in proportion, to the nearest second, the
    /// factors and so the budget shares kept.
    ///
    /// # Errors
    /// [`Error::Policy`] when a window becomes too short to tell from another, [`Error::DurationOutOfRange`]
    /// for a period that is not positive.
    pub fn scaled_to(&self, period: TimeDelta) -> Result<Self, Error> {
        let (new, old) = (nanoseconds("the period", period)?, nanoseconds("the period", self.period)?);
        let scale = |length: TimeDelta| scaled(length, new, old);
        let rows = self.rows.iter().map(|row| Row {
            long: scale(row.long),
            short: row.short.map(scale),
            hold: scale(row.hold),
            ..row.clone()
        });
        Self::new(self.name.clone(), period, rows.collect())
    }

    /// The same windows and budget shares for another period, the factors worked out anew: what turns Google's
    /// 30-day factors 14.4, 6, 3, 1 into Sloth's 13.44, 5.6, 2.8, 0.933 for 28 days.
    ///
    /// # Errors
    /// [`Error::Policy`] when a window no longer fits the period, [`Error::FactorOutOfRange`] when 32 bits
    /// cannot hold a factor exactly.
    pub fn with_period(&self, period: TimeDelta) -> Result<Self, Error> {
        let (new, old) = (nanoseconds("the period", period)?, nanoseconds("the period", self.period)?);
        let rows = self.rows.iter().map(|row| {
            let factor = row.factor.times(new, old)?;
            Ok(Row { factor, ..row.clone() })
        });
        Self::new(self.name.clone(), period, rows.collect::<Result<_, Error>>()?)
    }
}

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyFault {
    /// No rows, or more than [`Policy::MOST_ROWS`].
    RowCount {
        /// How many rows there are.
        rows: usize,
    },
    /// Two rows of one name.
    DuplicateRow {
        /// The name.
        row: String,
    },
    /// A length that is out of order with another.
    NotBelow {
        /// The row's name.
        row: String,
        /// What is too long.
        what: &'static str,
        /// Its length.
        length: TimeDelta,
        /// What it must stay below.
        bound_name: &'static str,
        /// That length.
        bound: TimeDelta,
    },
    /// A length that is zero or negative.
    NotPositive {
        /// The row's name, empty for the period.
        row: String,
        /// What is not positive.
        what: &'static str,
        /// Its length.
        length: TimeDelta,
    },
    /// A length beyond 292 years.
    TooLong {
        /// The row's name, empty for the period.
        row: String,
        /// What is too long.
        what: &'static str,
        /// Its length.
        length: TimeDelta,
    },
    /// A row or a policy without a name.
    NoName,
    /// A row with a longer window and no lower factor than another: it could not fire first.
    FactorNotFalling {
        /// The row with the shorter long window.
        shorter: String,
        /// Its factor.
        shorter_factor: Factor,
        /// The row with the longer long window.
        longer: String,
        /// Its factor.
        longer_factor: Factor,
    },
    /// A row that even a full outage cannot fire.
    Unreachable {
        /// The row's name.
        row: String,
        /// Its factor.
        factor: Factor,
        /// The objective that puts it out of reach.
        objective: Objective,
    },
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RowCount { rows } => write!(f, "{rows} rows are not between 1 and {}", Policy::MOST_ROWS),
            Self::DuplicateRow { row } => write!(f, "row `{row}` appears twice"),
            Self::NotBelow { row, what, length, bound_name, bound } => {
                write!(f, "row `{row}`: {what} {} is not below {bound_name} {}", in_words(*length), in_words(*bound))
            }
            Self::NotPositive { row, what, length } => {
                write!(f, "{}{what} {} is not above 0", of_row(row), in_words(*length))
            }
            Self::TooLong { row, what, length } => {
                write!(f, "{}{what} {} is not at most 292 years", of_row(row), in_words(*length))
            }
            Self::NoName => f.write_str("a policy or a row has no name"),
            Self::FactorNotFalling { shorter, shorter_factor, longer, longer_factor } => write!(
                f,
                "row `{longer}` looks back further than `{shorter}`, but its factor {longer_factor} is not below {shorter_factor}"
            ),
            Self::Unreachable { row, factor, objective } => write!(
                f,
                "row `{row}` can never fire: {factor} times the allowed {} of {objective} is not below 100%",
                crate::objective::percent(objective.allowed_parts_per_billion())
            ),
        }
    }
}

/// The row that a fault is of, or nothing for the policy itself.
fn of_row(row: &str) -> String {
    if row.is_empty() { String::new() } else { format!("row `{row}`: ") }
}

/// Faults as one line.
pub(crate) fn list(faults: &[PolicyFault]) -> String {
    faults.iter().map(PolicyFault::to_string).collect::<Vec<_>>().join("; ")
}

fn faults(period: TimeDelta, rows: &[Row]) -> Vec<PolicyFault> {
    let mut faults = Vec::new();
    if rows.is_empty() || rows.len() > Policy::MOST_ROWS {
        faults.push(PolicyFault::RowCount { rows: rows.len() });
    }
    faults.extend(length_fault("", "the period", period));
    for (index, row) in rows.iter().enumerate() {
        row_faults(period, row, &mut faults);
        for other in rows.iter().skip(index.saturating_add(1)) {
            if other.name == row.name {
                faults.push(PolicyFault::DuplicateRow { row: row.name.clone() });
            }
            // Rows of one long window may differ in severity, short window or hold; neither looks back further.
            let (shorter, longer) = if row.long < other.long { (row, other) } else { (other, row) };
            if row.long != other.long && shorter.factor <= longer.factor {
                faults.push(PolicyFault::FactorNotFalling {
                    shorter: shorter.name.clone(),
                    shorter_factor: shorter.factor,
                    longer: longer.name.clone(),
                    longer_factor: longer.factor,
                });
            }
        }
    }
    faults
}

fn row_faults(period: TimeDelta, row: &Row, faults: &mut Vec<PolicyFault>) {
    faults.extend(length_fault(&row.name, "the long window", row.long));
    faults.extend(row.short.and_then(|short| length_fault(&row.name, "the short window", short)));
    if row.hold != TimeDelta::zero() {
        faults.extend(length_fault(&row.name, "the hold", row.hold));
    }
    let mut below = |what, length, bound_name, bound| {
        if length >= bound {
            faults.push(PolicyFault::NotBelow { row: row.name.clone(), what, length, bound_name, bound });
        }
    };
    below("the long window", row.long, "the period", period);
    below("the hold", row.hold, "the period", period);
    if let Some(short) = row.short {
        below("the short window", short, "the long window", row.long);
    }
}

/// What is wrong with a length that is not positive, or longer than nanoseconds can count.
fn length_fault(row: &str, what: &'static str, length: TimeDelta) -> Option<PolicyFault> {
    let row = row.to_owned();
    nanoseconds(what, length).err().map(|_| {
        if length > TimeDelta::zero() {
            PolicyFault::TooLong { row, what, length }
        } else {
            PolicyFault::NotPositive { row, what, length }
        }
    })
}

/// `length x new / old`, to the nearest second, halves away from zero.
fn scaled(length: TimeDelta, new: u128, old: u128) -> TimeDelta {
    let Some(nanos) = length.num_nanoseconds().and_then(|n| u128::try_from(n).ok()) else {
        return length;
    };
    // nanos and new are below 2^63, old above 0: the product stays below 2^126.
    let unit = old.saturating_mul(1_000_000_000);
    let doubled = nanos.saturating_mul(new).saturating_mul(2).saturating_add(unit);
    let seconds = doubled.checked_div(unit.saturating_mul(2)).and_then(|s| i64::try_from(s).ok());
    seconds.and_then(TimeDelta::try_seconds).unwrap_or(TimeDelta::MAX)
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    name: String,
    #[serde(with = "crate::seconds")]
    period: TimeDelta,
    rows: Vec<Row>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawPolicy> for Policy {
    type Error = Error;

    fn try_from(raw: RawPolicy) -> Result<Self, Error> {
        Self::new(raw.name, raw.period, raw.rows)
    }
}

#[cfg(feature = "serde")]
impl From<Policy> for RawPolicy {
    fn from(policy: Policy) -> Self {
        Self { name: policy.name, period: policy.period, rows: policy.rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, factor: &str, long: i64, short: i64) -> Row {
        Row {
            name: name.to_owned(),
            severity: Severity::Page,
            factor: factor.parse().unwrap(),
            long: TimeDelta::seconds(long),
            short: Some(TimeDelta::seconds(short)),
            hold: TimeDelta::zero(),
        }
    }

    fn faults_of(result: Result<Policy, Error>) -> Vec<PolicyFault> {
        match result {
            Err(Error::Policy { faults, .. }) => faults,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let rows = vec![row("a", "2", 100, 100), row("a", "2", 4000, 0)];
        let faults = faults_of(Policy::new("p", TimeDelta::seconds(3600), rows));
        assert_eq!(faults.len(), 5, "{}", list(&faults));
    }

    #[test]
    fn rows_of_one_long_window_are_judged_alike_in_either_order() {
        let (a, b) = (row("a", "14.4", 3600, 300), row("b", "6", 3600, 300));
        let day = TimeDelta::days(1);
        assert!(Policy::new("p", day, vec![a.clone(), b.clone()]).is_ok());
        assert!(Policy::new("p", day, vec![b, a]).is_ok());
    }

    #[test]
    fn a_hold_beyond_the_period_and_lengths_beyond_counting_are_refused() {
        for hold in [TimeDelta::days(60), TimeDelta::MAX, TimeDelta::seconds(-1)] {
            let rows = vec![Row { hold, ..row("a", "2", 100, 10) }];
            assert!(!faults_of(Policy::new("p", TimeDelta::days(30), rows)).is_empty(), "{hold}");
        }
        let faults = faults_of(Policy::new("p", TimeDelta::MAX, vec![row("a", "2", 100, 10)]));
        assert!(matches!(&faults[..], [PolicyFault::TooLong { .. }]), "{faults:?}");
        assert_eq!(
            faults_of(Policy::new(" ", TimeDelta::days(1), vec![row("a", "2", 100, 10)])),
            [PolicyFault::NoName]
        );
    }

    #[test]
    fn no_rows_are_no_policy() {
        assert_eq!(faults_of(Policy::new("p", TimeDelta::days(30), vec![])), [PolicyFault::RowCount { rows: 0 }]);
    }

    #[test]
    fn a_row_out_of_reach_is_an_error_that_says_so() {
        let policy = Policy::google_30d();
        assert_eq!(policy.check_reachable("99.9%".parse().unwrap()), Ok(()));
        let error = policy.check_reachable("90%".parse().unwrap()).unwrap_err().to_string();
        assert!(error.contains("can never fire: 14.4 times the allowed 10% of 90% is not below 100%"), "{error}");
        let (kept, dropped) = policy.reachable("90%".parse().unwrap()).unwrap();
        assert_eq!((kept.rows().len(), dropped.len()), (3, 1));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_goes_through_the_same_checks() {
        let text = serde_json::to_string(&Policy::google_30d()).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), Policy::google_30d());
        let short_long = text.replace("\"long\":3600", "\"long\":300");
        assert!(short_long != text && serde_json::from_str::<Policy>(&short_long).is_err());
        assert!(serde_json::from_str::<Policy>(r#"{"name":"x","period":"30d","rows":[]}"#).is_err());
    }
}
