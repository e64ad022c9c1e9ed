//! Burn rates as they happen: observe counts, evaluate every window of a policy.

mod evaluation;
mod exact;
mod plan;
#[cfg(feature = "serde")]
mod state;
mod tiers;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

pub use evaluation::{Evaluation, RowEvaluation, RowVerdict, WindowBurn};
pub use plan::{Resolution, TrackerPlan};
#[cfg(feature = "serde")]
pub use state::TrackerState;

use crate::error::Error;
use crate::objective::Objective;
use crate::policy::Policy;
use crate::sli::Counts;
use exact::Samples;
use tiers::Tiers;

/// A streaming machine: fed with counts, it knows the burn rate of every window of a policy, which rows hold,
/// and what is left of the budget, at a cost that depends on the number of windows only.
///
/// Counts observed at `t` are events that happened at or before `t` and after the observation before it. The
/// window of length `W` at `now` covers `(now - W, now]`: what is observed at `now` counts in an evaluation at
/// `now`, what was observed at `now - W` no longer does. How far off a window may be is told by
/// [`TrackerPlan::bucket`].
///
/// Samples may come in any order within the plan's horizon: the state is the same, bit for bit, as if they had
/// come in order. Trackers of one plan merge, in any grouping and order, into the one that saw it all.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use slo_core::{BurnTracker, Counts, Policy, Severity};
/// let mut tracker = BurnTracker::new("99.9%".parse()?, &Policy::google_30d())?;
/// let mut now = DateTime::UNIX_EPOCH;
/// for minute in 0..120 {
///     now += TimeDelta::minutes(1);
///     let bad = if minute < 110 { 0 } else { 30 };
///     tracker.observe(now, Counts::from_bad(bad, 1_000)?)?;
/// }
/// let evaluation = tracker.evaluate(now)?;
/// assert_eq!(evaluation.burn_rate(TimeDelta::minutes(5)), Some(30.0));
/// assert_eq!(evaluation.worst_severity(), Some(Severity::Ticket));
/// assert_eq!(evaluation.budget_counts(), Counts::from_bad(300, 120_000)?);
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "state::RawTracker", into = "state::RawTracker")
)]
pub struct BurnTracker {
    plan: Arc<TrackerPlan>,
    /// The latest instant observed or evaluated at; [`NEVER`] before the first.
    latest: i64,
    latest_as_given: AsGiven,
    /// The sum of everything ever observed.
    seen: Counts,
    memory: Memory,
    counters: Counters,
}

/// The latest instant as the caller has it: an evaluation right after an observation need not convert it anew.
/// Says nothing that `latest` does not, so all are equal.
#[derive(Debug, Clone, Copy)]
struct AsGiven(Option<DateTime<Utc>>);

impl PartialEq for AsGiven {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for AsGiven {}

/// Before the first instant.
const NEVER: i64 = i64::MIN;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Memory {
    Tiered(Tiers),
    Exact(Samples),
}

/// The last raw values of counters, to take increases from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum Counters {
    /// No counters seen.
    Unseen,
    Last {
        at: i64,
        good: u64,
        total: u64,
    },
    /// Counters of several trackers were merged: the next values begin anew.
    Merged,
}

impl BurnTracker {
    /// A tracker with a plan of its own, at the default resolution.
    ///
    /// # Errors
    /// As for [`TrackerPlan::new`].
    pub fn new(objective: Objective, policy: &Policy) -> Result<Self, Error> {
        TrackerPlan::new(objective, policy).map(|plan| Self::with_plan(Arc::new(plan)))
    }

    /// A tracker that shares its plan with others.
    #[must_use]
    pub fn with_plan(plan: Arc<TrackerPlan>) -> Self {
        let windows = plan.windows().len();
        let memory = match plan.resolution() {
            Resolution::Tiered { .. } => Memory::Tiered(Tiers::new(windows, plan.ring_length)),
            Resolution::Exact { most_samples } => Memory::Exact(Samples::new(windows, most_samples)),
        };
        Self {
            plan,
            latest: NEVER,
            latest_as_given: AsGiven(None),
            seen: Counts::ZERO,
            memory,
            counters: Counters::Unseen,
        }
    }

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &Arc<TrackerPlan> {
        &self.plan
    }

    /// The latest instant observed or evaluated at, at which all windows end; `None` before the first.
    #[must_use]
    pub fn latest(&self) -> Option<DateTime<Utc>> {
        (self.latest != NEVER).then(|| DateTime::from_timestamp_nanos(self.latest))
    }

    /// The sum of everything ever observed.
    #[must_use]
    pub const fn seen(&self) -> Counts {
        self.seen
    }

    /// The counts of a window of the plan that ends at [`BurnTracker::latest`]; `None` for one that is not
    /// tracked.
    #[must_use]
    pub fn counts_in(&self, window: TimeDelta) -> Option<Counts> {
        self.plan.position(window).map(|position| self.window(position))
    }

    /// Bytes that this tracker takes, its share of the plan left out.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let heap = match &self.memory {
            Memory::Tiered(tiers) => tiers.heap_bytes(),
            Memory::Exact(samples) => samples.heap_bytes(),
        };
        size_of::<Self>().saturating_add(heap)
    }

    /// Takes in `counts` that came to be known at `at`.
    ///
    /// # Errors
    /// [`Error::TooLate`] when `at` is before the latest instant by more than the plan's horizon,
    /// [`Error::CountOverflow`] when the sum of everything observed would not fit 64 bits,
    /// [`Error::TooManySamples`] at exact resolution, [`Error::InstantOutOfRange`] outside the years 1678 to
    /// 2255 or so: where nanoseconds can count every window's start and the boundary after it. An error changes nothing.
    #[inline]
    pub fn observe(&mut self, at: DateTime<Utc>, counts: Counts) -> Result<(), Error> {
        let instant = self.plan.instant(at)?;
        let seen = self.seen.merge(counts)?;
        if instant < self.latest {
            return self.observe_late(instant, counts, seen);
        }
        match &mut self.memory {
            Memory::Tiered(tiers) => {
                if instant != self.latest {
                    tiers.advance(instant, self.seen, &self.plan.widths, self.plan.nested, self.plan.ring_length);
                }
            }
            Memory::Exact(samples) => {
                if !counts.is_empty() {
                    samples.check_room(instant, self.latest, &self.plan.lengths)?;
                }
                samples.advance(instant, &self.plan.lengths);
                if !counts.is_empty() {
                    samples.push(instant, seen);
                }
            }
        }
        self.latest = instant;
        self.latest_as_given = AsGiven(Some(at));
        self.seen = seen;
        Ok(())
    }

    /// Takes in the raw values of two counters, good events and all events, read at `at`; their increase since
    /// the last reading is observed. The first reading is where counting starts.
    ///
    /// A counter below its last value was reset and counts from 0, as Prometheus has it.
    ///
    /// `DIFFERS:` Prometheus looks at each series alone; here a reset of one is a reset of both, since they
    /// live in one process: a counter of good events that has grown past its old value by the first reading
    /// after a restart would lose all it counted before.
    ///
    /// # Errors
    /// As for [`BurnTracker::observe`]; [`Error::GoodExceedsTotal`] when more good events than events were
    /// read or came, [`Error::ClockWentBack`] for a reading older than the last one. An error changes nothing.
    pub fn observe_counters(&mut self, at: DateTime<Utc>, good: u64, total: u64) -> Result<(), Error> {
        let instant = self.plan.instant(at)?;
        let reading = Counts::new(good, total)?;
        let increase = match self.counters {
            Counters::Last { at: last, .. } if instant < last => {
                return Err(Error::ClockWentBack { now: at, latest: DateTime::from_timestamp_nanos(last) });
            }
            Counters::Last { good: last_good, total: last_total, .. } => {
                match (good.checked_sub(last_good), total.checked_sub(last_total)) {
                    (Some(good), Some(total)) => Counts::new(good, total)?,
                    _ => reading,
                }
            }
            Counters::Unseen | Counters::Merged => Counts::ZERO,
        };
        self.observe(at, increase)?;
        self.counters = Counters::Last { at: instant, good, total };
        Ok(())
    }

    /// Burn rates, rows and budget at `now`, to which all windows move on.
    ///
    /// # Errors
    /// [`Error::ClockWentBack`] when `now` is before the latest instant, [`Error::InstantOutOfRange`] as for
    /// [`BurnTracker::observe`]. An error changes nothing.
    #[inline]
    pub fn evaluate(&mut self, now: DateTime<Utc>) -> Result<Evaluation<'_>, Error> {
        if self.latest_as_given.0 != Some(now) {
            let instant = self.plan.instant(now)?;
            if instant < self.latest {
                return Err(Error::ClockWentBack { now, latest: DateTime::from_timestamp_nanos(self.latest) });
            }
            if instant != self.latest {
                self.advance(instant);
            }
        }
        Ok(Evaluation::new(self))
    }

    /// Adds all that another tracker of the same plan has seen.
    ///
    /// The result is the tracker that observed both streams. Where both were fed by counters, the next reading
    /// of [`BurnTracker::observe_counters`] begins anew.
    ///
    /// # Errors
    /// [`Error::NotMergeable`] for another plan, [`Error::CountOverflow`] and [`Error::TooManySamples`] as for
    /// [`BurnTracker::observe`]. An error changes nothing.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.plan != other.plan {
            return Err(Error::NotMergeable {
                what: "burn trackers",
                reason: "their objective, policy, resolution or horizon differ".to_owned(),
            });
        }
        let seen = self.seen.merge(other.seen)?;
        let latest = self.latest.max(other.latest);
        if latest == NEVER {
            return Ok(());
        }
        let mut merged = self.clone();
        merged.advance(latest);
        let mut theirs = other.clone();
        theirs.advance(latest);
        match (&mut merged.memory, &theirs.memory) {
            (Memory::Tiered(ours), Memory::Tiered(theirs)) => ours.add(theirs),
            (Memory::Exact(ours), Memory::Exact(theirs)) => ours.add(theirs, latest, &self.plan.lengths)?,
            // One plan, one resolution.
            (Memory::Tiered(_), Memory::Exact(_)) | (Memory::Exact(_), Memory::Tiered(_)) => {}
        }
        merged.seen = seen;
        merged.counters = match (self.counters, other.counters) {
            (Counters::Unseen, counters) | (counters, Counters::Unseen) => counters,
            _ => Counters::Merged,
        };
        *self = merged;
        Ok(())
    }

    /// The counts of the window at `position` of the plan.
    #[inline]
    fn window(&self, position: usize) -> Counts {
        let base = match &self.memory {
            Memory::Tiered(tiers) => tiers.base(position),
            Memory::Exact(samples) => samples.base(position),
        };
        self.seen.since(base)
    }

    #[inline]
    fn advance(&mut self, instant: i64) {
        match &mut self.memory {
            Memory::Tiered(tiers) => {
                tiers.advance(instant, self.seen, &self.plan.widths, self.plan.nested, self.plan.ring_length);
            }
            Memory::Exact(samples) => samples.advance(instant, &self.plan.lengths),
        }
        self.latest = instant;
        self.latest_as_given = AsGiven(None);
    }

    #[cold]
    fn observe_late(&mut self, instant: i64, counts: Counts, seen: Counts) -> Result<(), Error> {
        if instant < self.plan.oldest_accepted(self.latest) {
            return Err(Error::TooLate {
                at: DateTime::from_timestamp_nanos(instant),
                latest: DateTime::from_timestamp_nanos(self.latest),
                horizon_seconds: self.plan.horizon().num_seconds(),
            });
        }
        if counts.is_empty() {
            return Ok(());
        }
        match &mut self.memory {
            Memory::Tiered(tiers) => {
                tiers.add_late(instant, self.latest, counts, &self.plan.widths, self.plan.ring_length);
            }
            Memory::Exact(samples) => {
                samples.check_room(instant, self.latest, &self.plan.lengths)?;
                samples.add_late(instant, self.latest, counts, &self.plan.lengths);
            }
        }
        self.seen = seen;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn tracker() -> BurnTracker {
        BurnTracker::new("99.9%".parse().unwrap(), &Policy::google_30d()).unwrap()
    }

    fn exact(most_samples: u32) -> BurnTracker {
        let plan = TrackerPlan::new("99.9%".parse().unwrap(), &Policy::google_30d()).unwrap();
        BurnTracker::with_plan(Arc::new(plan.with_resolution(Resolution::Exact { most_samples }).unwrap()))
    }

    fn bad(bad: u64) -> Counts {
        Counts::from_bad(bad, 1_000).unwrap()
    }

    #[test]
    fn a_tracker_of_eight_windows_takes_at_most_8_kib() {
        let tracker = tracker();
        assert_eq!(tracker.plan().windows().len(), 8);
        assert!(tracker.memory_bytes() <= 8 * 1_024, "{}", tracker.memory_bytes());
    }

    #[test]
    fn what_is_observed_now_counts_now_and_no_longer_a_window_later() {
        let window = TimeDelta::minutes(5);
        for mut tracker in [tracker(), exact(10)] {
            tracker.observe(at(600), bad(1)).unwrap();
            assert_eq!(tracker.evaluate(at(600)).unwrap().counts(window), Some(bad(1)));
            assert_eq!(tracker.evaluate(at(899)).unwrap().counts(window), Some(bad(1)));
            assert_eq!(tracker.evaluate(at(900)).unwrap().counts(window), Some(Counts::ZERO));
            assert_eq!(tracker.counts_in(TimeDelta::days(30)), Some(bad(1)));
            assert_eq!(tracker.counts_in(TimeDelta::days(29)), None);
        }
    }

    #[test]
    fn counters_count_from_the_first_reading_and_from_0_after_a_reset() {
        let mut tracker = tracker();
        tracker.observe_counters(at(0), 990, 1_000).unwrap();
        assert_eq!(tracker.seen(), Counts::ZERO);
        tracker.observe_counters(at(15), 1_089, 1_100).unwrap();
        assert_eq!(tracker.seen(), Counts::new(99, 100).unwrap());
        tracker.observe_counters(at(30), 7, 10).unwrap();
        assert_eq!(tracker.seen(), Counts::new(106, 110).unwrap());
        // The total fell: the process began anew, however far its good events have come since.
        tracker.observe_counters(at(45), 8, 9).unwrap();
        assert_eq!(tracker.seen(), Counts::new(114, 119).unwrap());
        let before = tracker.clone();
        assert!(matches!(tracker.observe_counters(at(44), 9, 9), Err(Error::ClockWentBack { .. })));
        assert!(matches!(tracker.observe_counters(at(60), 10, 10), Err(Error::GoodExceedsTotal { .. })));
        assert_eq!(tracker, before);
    }

    #[test]
    fn an_overflow_is_an_error_and_changes_nothing() {
        for mut tracker in [tracker(), exact(10)] {
            tracker.observe(at(0), Counts::from_bad(u64::MAX, u64::MAX).unwrap()).unwrap();
            let before = tracker.clone();
            for seconds in [0, 60, -60] {
                assert!(matches!(tracker.observe(at(seconds), bad(1)), Err(Error::CountOverflow { .. })));
            }
            let mut other = before.clone();
            assert!(matches!(other.merge(&before), Err(Error::CountOverflow { .. })));
            assert_eq!((&tracker, &other), (&before, &before));
            assert_eq!(tracker.evaluate(at(60)).unwrap().burn_rate(TimeDelta::hours(1)), Some(1_000.0));
        }
    }

    #[test]
    fn one_sample_too_many_is_an_error_until_the_oldest_leave() {
        let mut tracker = exact(2);
        let month = 30 * 86_400;
        tracker.observe(at(0), bad(1)).unwrap();
        tracker.observe(at(10), bad(1)).unwrap();
        tracker.observe(at(10), bad(1)).unwrap();
        let before = tracker.clone();
        for seconds in [5, 20, month - 1] {
            assert!(matches!(tracker.observe(at(seconds), bad(1)), Err(Error::TooManySamples { most: 2 })));
        }
        assert_eq!(tracker, before);
        tracker.observe(at(month), bad(1)).unwrap();
        assert_eq!(tracker.counts_in(TimeDelta::days(30)), Some(Counts::from_bad(3, 3_000).unwrap()));
    }

    #[test]
    fn trackers_of_other_plans_do_not_merge() {
        let mut tracker = tracker();
        let other = BurnTracker::new("99.5%".parse().unwrap(), &Policy::google_30d()).unwrap();
        assert!(matches!(tracker.merge(&other), Err(Error::NotMergeable { .. })));
        assert!(matches!(tracker.merge(&exact(10)), Err(Error::NotMergeable { .. })));
    }

    #[test]
    fn a_late_sample_beyond_the_horizon_is_refused() {
        let plan = tracker().plan().as_ref().clone().with_horizon(TimeDelta::minutes(10)).unwrap();
        let mut tracker = BurnTracker::with_plan(Arc::new(plan));
        tracker.observe(at(1_000), bad(0)).unwrap();
        tracker.observe(at(400), bad(1)).unwrap();
        let error = tracker.observe(at(399), bad(1)).unwrap_err().to_string();
        assert!(error.contains("later than the horizon of 600 s"), "{error}");
        assert_eq!(tracker.seen(), Counts::from_bad(1, 2_000).unwrap());
    }

    #[test]
    fn an_evaluation_reads_as_a_sentence() {
        let mut tracker = tracker();
        assert_eq!(tracker.evaluate(at(0)).unwrap().to_string(), "no data");
        for minute in 1..=1_020 {
            tracker.observe(at(minute * 60), bad(0)).unwrap();
        }
        let quiet = tracker.evaluate(at(61_200)).unwrap().to_string();
        assert_eq!(quiet, "no row fires: burn at most 0 (over 30 d); 100 % of the budget left");
        for minute in 1_021..=1_080 {
            tracker.observe(at(minute * 60), bad(15)).unwrap();
        }
        let evaluation = tracker.evaluate(at(64_800)).unwrap();
        let page = evaluation.firing().next().unwrap().to_string();
        assert!(page.starts_with("page_quick fires: burn 15.0 > 14.4 over 1 h and 15.0 over 5 min"), "{page}");
        assert!(evaluation.to_string().ends_with("; 16 % of the budget left"), "{evaluation}");
        assert_eq!(evaluation.worst_severity(), Some(crate::Severity::Page));
    }

    #[test]
    fn a_first_reading_of_more_good_events_than_events_is_refused() {
        let mut tracker = tracker();
        let refused = Err(Error::GoodExceedsTotal { good: 10, total: 5 });
        assert_eq!(tracker.observe_counters(at(0), 10, 5), refused);
        // Nor later, however the increase looks.
        tracker.observe_counters(at(0), 5, 5).unwrap();
        let before = tracker.clone();
        assert!(matches!(tracker.observe_counters(at(15), 20, 15), Err(Error::GoodExceedsTotal { .. })));
        assert_eq!(tracker, before);
    }

    #[test]
    fn a_sentence_does_not_contradict_itself() {
        let said = |bad, total| {
            let mut tracker = tracker();
            tracker.observe(at(60), Counts::from_bad(bad, total).unwrap()).unwrap();
            tracker.evaluate(at(60)).unwrap().to_string()
        };
        let page = said(1_441, 100_000);
        assert!(page.contains("burn 14.41 > 14.4 over 1 h and 14.41 over 5 min"), "{page}");
        let ticket = said(1_001, 1_000_000);
        assert!(ticket.contains("burn 1.001 > 1 over 3 d and 1.001 over 6 h"), "{ticket}");
        assert!(ticket.ends_with("; the budget is overspent by 0.1 %"), "{ticket}");
        let close = said(1_000_001, 1_000_000_000);
        assert!(close.contains("burn 1.000001 > 1 over 3 d"), "{close}");
        assert!(close.ends_with("; the budget is overspent by 0.0001 %"), "{close}");
        assert!(said(6, 1_000).ends_with("overspent by 500 %"));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn instants_before_1678_are_refused_and_the_first_ones_after_restored() {
        let day = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for mut tracker in [tracker(), exact(10)] {
            let early = day("1677-10-25T00:00:00Z");
            assert_eq!(tracker.observe(early, bad(1)), Err(Error::InstantOutOfRange { at: early }));
            tracker.observe(day("1678-01-01T00:00:00Z"), bad(1)).unwrap();
            tracker.observe(day("1678-01-01T00:00:01Z"), bad(1)).unwrap();
            assert_eq!(BurnTracker::restore(Arc::clone(tracker.plan()), tracker.state()), Ok(tracker));
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn windows_that_contradict_one_another_are_refused() {
        let mut tracker = tracker();
        tracker.observe(at(86_400), Counts::from_bad(100, 100).unwrap()).unwrap();
        tracker.evaluate(at(86_400 + 600)).unwrap();
        let state = serde_json::to_value(tracker.state()).unwrap();
        let windows = tracker.plan().windows().len();
        for window in 0..windows {
            for bad in [0, 99, 100] {
                let mut tampered = state.clone();
                // All of it long before the window, or not.
                *tampered.pointer_mut(&format!("/memory/tiered/{window}/oldest")).unwrap() = [bad, bad].into();
                for step in
                    tampered.pointer_mut(&format!("/memory/tiered/{window}/then")).unwrap().as_array_mut().unwrap()
                {
                    *step = [0, 0].into();
                }
                if tampered == state {
                    continue;
                }
                let tampered = serde_json::from_value(tampered).unwrap();
                let restored = BurnTracker::restore(Arc::clone(tracker.plan()), tampered);
                assert!(matches!(restored, Err(Error::TrackerState { .. })), "{window}, {bad}");
            }
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_tampered_state_is_refused() {
        let mut tracker = tracker();
        tracker.observe(at(86_400), bad(1)).unwrap();
        let state = serde_json::to_value(tracker.state()).unwrap();
        let restore = |path: &str, value: serde_json::Value| {
            let mut state = state.clone();
            *state.pointer_mut(path).unwrap() = value;
            let state = serde_json::from_value(state).unwrap();
            BurnTracker::restore(Arc::clone(tracker.plan()), state)
        };
        assert_eq!(restore("/latest", 86_400_000_000_000_i64.into()), Ok(tracker.clone()));
        assert!(restore("/latest", i64::MAX.into()).is_err());
        assert!(restore("/latest", serde_json::Value::Null).is_err());
        assert!(restore("/memory/tiered/0/then/0", serde_json::json!([2, 2_000])).is_err());
        assert!(restore("/memory/tiered/0/then/0", serde_json::json!([2, 1])).is_err());
        assert!(restore("/memory/tiered/0/then", serde_json::json!([])).is_err());
        assert!(restore("/memory/tiered", serde_json::json!([])).is_err());
        assert!(restore("/memory", serde_json::json!({"exact": {"before": [0, 0], "samples": []}})).is_err());
        assert!(restore("/counters", serde_json::json!({"last": {"at": 0, "good": 2, "total": 1}})).is_err());
    }
}
