//! What many trackers share: objective, policy and everything that follows from the two.

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::{Error, in_words};
use crate::factor::Threshold;
use crate::objective::Objective;
use crate::policy::{Policy, Row};

/// How finely a tracker remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Resolution {
    /// A ring of buckets a window: memory and cost do not depend on how many samples arrive.
    ///
    /// The sums reported for a window of length `W` are the exact sums of a window that ends now and is at
    /// least `W` and less than `W + W / buckets_per_window` long; exactly `W` whenever now is a multiple of
    /// `W / buckets_per_window` since 1970.
    Tiered {
        /// Buckets a window, at least 50 (no window off by 2 %) and at most 100,000. Rounded up to the next
        /// number that divides every window into whole nanoseconds.
        buckets_per_window: u32,
    },
    /// Every sample is kept as long as a window needs it: no window is ever off.
    Exact {
        /// The most samples kept at a time; one more is [`Error::TooManySamples`].
        most_samples: u32,
    },
}

impl Default for Resolution {
    fn default() -> Self {
        Self::Tiered { buckets_per_window: Self::FEWEST_BUCKETS }
    }
}

impl Resolution {
    /// The fewest buckets a window may have.
    pub const FEWEST_BUCKETS: u32 = 50;
    /// The most buckets a window may have.
    pub const MOST_BUCKETS: u32 = 100_000;
}

/// An objective and a policy, with all that does not depend on counts worked out before.
///
/// Immutable; a million trackers of one policy and objective share one plan through an `Arc`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawPlan", into = "RawPlan")
)]
pub struct TrackerPlan {
    objective: Objective,
    policy: Policy,
    resolution: Resolution,
    horizon: TimeDelta,
    windows: Box<[TimeDelta]>,
    /// The windows in nanoseconds. INVARIANT: ascending, the period last.
    pub(super) lengths: Box<[i64]>,
    /// Bucket widths, a window each. INVARIANT: a window is `ring_length - 1` buckets exactly.
    pub(super) widths: Box<[i64]>,
    /// Whether each width is a multiple of the one before.
    pub(super) nested: bool,
    pub(super) ring_length: usize,
    pub(super) rows: Box<[PlannedRow]>,
    horizon_nanos: i64,
    earliest_instant: i64,
    latest_instant: i64,
}

/// A row with its windows as positions in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlannedRow {
    pub(super) threshold: Threshold,
    pub(super) long: usize,
    /// The long one once more for a row of one window.
    pub(super) short: usize,
}

impl TrackerPlan {
    /// A plan at the default resolution that takes samples as late as the policy's period.
    ///
    /// # Errors
    /// [`Error::Policy`] naming each row that even a full outage would never fire,
    /// [`Error::NumberOutOfRange`] for a window that is not whole milliseconds.
    pub fn new(objective: Objective, policy: &Policy) -> Result<Self, Error> {
        Self::build(objective, policy.clone(), Resolution::default(), policy.period())
    }

    /// The same plan at another resolution.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] for a number of buckets or samples out of its range.
    pub fn with_resolution(self, resolution: Resolution) -> Result<Self, Error> {
        Self::build(self.objective, self.policy, resolution, self.horizon)
    }

    /// The same plan for samples at most `horizon` older than the latest instant; zero refuses all that are
    /// out of order. Costs no memory.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] for a negative horizon or one beyond 292 years.
    pub fn with_horizon(self, horizon: TimeDelta) -> Result<Self, Error> {
        Self::build(self.objective, self.policy, self.resolution, horizon)
    }

    /// The objective.
    #[must_use]
    pub const fn objective(&self) -> Objective {
        self.objective
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How finely trackers of this plan remember, as asked for.
    #[must_use]
    pub const fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// How much older than the latest instant a sample may be.
    #[must_use]
    pub const fn horizon(&self) -> TimeDelta {
        self.horizon
    }

    /// Every window tracked: those of the policy, ascending, and last the period of the budget.
    #[must_use]
    pub const fn windows(&self) -> &[TimeDelta] {
        &self.windows
    }

    /// By how much less than this the window of that length may be too long; zero at exact resolution, `None`
    /// for a window that is not tracked.
    #[must_use]
    pub fn bucket(&self, window: TimeDelta) -> Option<TimeDelta> {
        let position = self.position(window)?;
        match self.resolution {
            Resolution::Tiered { .. } => self.widths.get(position).copied().map(TimeDelta::nanoseconds),
            Resolution::Exact { .. } => Some(TimeDelta::zero()),
        }
    }

    pub(super) fn position(&self, window: TimeDelta) -> Option<usize> {
        self.windows.iter().position(|tracked| *tracked == window)
    }

    pub(super) fn planned_rows(&self) -> impl Iterator<Item = (&Row, &PlannedRow)> {
        self.policy.rows().iter().zip(&self.rows)
    }

    /// Nanoseconds since 1970, where buckets can be counted.
    #[inline]
    pub(super) fn instant(&self, at: DateTime<Utc>) -> Result<i64, Error> {
        match at.timestamp_nanos_opt() {
            Some(instant) if (self.earliest_instant..=self.latest_instant).contains(&instant) => Ok(instant),
            _ => Err(Error::InstantOutOfRange { at }),
        }
    }

    /// The oldest instant still accepted when `latest` is the latest seen.
    #[inline]
    pub(super) fn oldest_accepted(&self, latest: i64) -> i64 {
        latest.saturating_sub(self.horizon_nanos)
    }

    fn build(objective: Objective, policy: Policy, resolution: Resolution, horizon: TimeDelta) -> Result<Self, Error> {
        policy.check_reachable(objective)?;
        let mut windows = policy.windows();
        // Longer than every long window, by the checks of a policy.
        windows.push(policy.period());
        let lengths =
            windows.iter().map(|window| whole_milliseconds(*window)).collect::<Result<Box<[i64]>, Error>>()?;
        let buckets = buckets(resolution, &lengths)?;
        let widths: Box<[i64]> =
            lengths.iter().map(|length| length.checked_div(i64::from(buckets)).unwrap_or(1)).collect();
        let multiple = |pair: &[i64]| matches!(pair, [fine, coarse] if coarse.checked_rem(*fine) == Some(0));
        let nested = widths.windows(2).all(multiple);
        let position = |window: TimeDelta| windows.iter().position(|tracked| *tracked == window).unwrap_or(0);
        let rows = policy
            .rows()
            .iter()
            .map(|row| PlannedRow {
                threshold: row.threshold(objective),
                long: position(row.long),
                short: position(row.short.unwrap_or(row.long)),
            })
            .collect();
        let horizon_nanos =
            horizon.num_nanoseconds().filter(|nanos| *nanos >= 0).ok_or_else(|| Error::NumberOutOfRange {
                what: "the horizon of",
                given: in_words(horizon),
                bound: "0 s and 292 years".to_owned(),
            })?;
        let ring_length = usize::try_from(buckets).unwrap_or(usize::MAX).saturating_add(1);
        let longest = lengths.last().copied().unwrap_or(0);
        let widest = widths.last().copied().unwrap_or(0);
        // From here on the first advance fills every ring.
        let earliest_instant = i64::MIN.saturating_add(longest).saturating_add(widest).max(YEAR_1678);
        let latest_instant = i64::MAX.saturating_sub(widest);
        Ok(Self {
            objective,
            policy,
            resolution,
            horizon,
            windows: windows.into_boxed_slice(),
            lengths,
            widths,
            nested,
            ring_length,
            rows,
            horizon_nanos,
            earliest_instant,
            latest_instant,
        })
    }
}

/// 1678-01-01: the first whole year that nanoseconds count.
const YEAR_1678: i64 = -9_214_560_000_000_000_000;

fn whole_milliseconds(window: TimeDelta) -> Result<i64, Error> {
    window.num_nanoseconds().filter(|nanos| nanos.checked_rem(1_000_000) == Some(0)).ok_or_else(|| {
        Error::NumberOutOfRange {
            what: "a window of",
            given: format!("{} s", window.as_seconds_f64()),
            bound: "whole milliseconds up to 292 years".to_owned(),
        }
    })
}

/// The least number of buckets, at least that asked for, that divides every window. There is one below twice
/// that many: each window is a multiple of 10^6 ns, and so divided by every 2^a x 5^b with a, b up to 6.
fn buckets(resolution: Resolution, lengths: &[i64]) -> Result<u32, Error> {
    let (what, given, bounds) = match resolution {
        Resolution::Tiered { buckets_per_window } => {
            ("buckets a window:", buckets_per_window, Resolution::FEWEST_BUCKETS..=Resolution::MOST_BUCKETS)
        }
        Resolution::Exact { most_samples } => ("the most samples:", most_samples, 1..=u32::MAX),
    };
    if !bounds.contains(&given) {
        let bound = format!("{}..={}", bounds.start(), bounds.end());
        return Err(Error::NumberOutOfRange { what, given: given.to_string(), bound });
    }
    if matches!(resolution, Resolution::Exact { .. }) {
        return Ok(Resolution::FEWEST_BUCKETS);
    }
    let divides = |buckets: &u32| lengths.iter().all(|length| length.checked_rem(i64::from(*buckets)) == Some(0));
    Ok((given..given.saturating_mul(2)).find(divides).unwrap_or(given))
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlan {
    objective: Objective,
    policy: Policy,
    #[serde(default)]
    resolution: Resolution,
    #[serde(default, with = "crate::seconds::option")]
    horizon: Option<TimeDelta>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawPlan> for TrackerPlan {
    type Error = Error;

    fn try_from(raw: RawPlan) -> Result<Self, Error> {
        let horizon = raw.horizon.unwrap_or(raw.policy.period());
        Self::build(raw.objective, raw.policy, raw.resolution, horizon)
    }
}

#[cfg(feature = "serde")]
impl From<TrackerPlan> for RawPlan {
    fn from(plan: TrackerPlan) -> Self {
        Self {
            objective: plan.objective,
            policy: plan.policy,
            resolution: plan.resolution,
            horizon: Some(plan.horizon),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> TrackerPlan {
        TrackerPlan::new("99.9%".parse().unwrap(), &Policy::google_30d()).unwrap()
    }

    #[test]
    fn windows_are_those_of_the_policy_and_the_period() {
        let minutes: Vec<_> = plan().windows().iter().map(TimeDelta::num_minutes).collect();
        assert_eq!(minutes, [5, 30, 60, 120, 360, 1_440, 4_320, 43_200]);
        assert_eq!(plan().bucket(TimeDelta::minutes(5)), Some(TimeDelta::seconds(6)));
        assert_eq!(plan().bucket(TimeDelta::minutes(6)), None);
        assert!(plan().nested);
    }

    #[test]
    fn odd_numbers_of_buckets_are_rounded_up_to_one_that_divides() {
        let plan = plan().with_resolution(Resolution::Tiered { buckets_per_window: 61 }).unwrap();
        assert_eq!(plan.ring_length, 65);
        assert_eq!(plan.bucket(TimeDelta::minutes(5)), Some(TimeDelta::nanoseconds(4_687_500_000)));
    }

    #[test]
    fn options_out_of_range_are_refused() {
        for buckets_per_window in [0, 49, 100_001] {
            let error = plan().with_resolution(Resolution::Tiered { buckets_per_window }).unwrap_err();
            assert!(error.to_string().contains("is not within 50..=100000"), "{error}");
        }
        assert!(plan().with_resolution(Resolution::Exact { most_samples: 0 }).is_err());
        assert!(plan().with_horizon(TimeDelta::seconds(-1)).is_err());
        assert!(plan().with_horizon(TimeDelta::MAX).is_err());
        let odd = Policy::new("odd", TimeDelta::nanoseconds(1_000_000_007), {
            let mut rows = Policy::google_30d().rows().to_vec();
            rows.truncate(1);
            rows.iter_mut().for_each(|row| (row.long, row.short) = (TimeDelta::nanoseconds(500), None));
            rows
        });
        assert!(matches!(
            TrackerPlan::new("99.9%".parse().unwrap(), &odd.unwrap()),
            Err(Error::NumberOutOfRange { .. })
        ));
        assert!(matches!(TrackerPlan::new("90%".parse().unwrap(), &Policy::google_30d()), Err(Error::Policy { .. })));
    }
}
