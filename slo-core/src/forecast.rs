//! When the budget ends if things go on as they did, and what may still be spent.
//!
//! The history stands for what is to come, all of it or, for a forecast at the current rate, its last buckets
//! ([`Plan::at_rate_of_last`]). Futures are drawn from it (see [`Bootstrap`]), each is walked bucket by bucket, and what is asked for is read off them all.

mod future;
mod plan;

pub use plan::{Plan, Position};

use chrono::TimeDelta;
use measure_core::{Level, Proportion};

use self::future::{CurrentBudget, walk, whole};
use crate::bootstrap::{Bootstrap, Sums};
use crate::recommend::Chance;
use crate::sli::Counts;

/// What the history says about the budget.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Forecast {
    /// The history is too short to say anything.
    NotEnough {
        /// Buckets there are.
        buckets: usize,
        /// Buckets needed.
        needed: usize,
    },
    /// No bucket that futures are drawn from saw an event.
    NoTraffic,
    /// Futures times buckets to the horizon are more than [`MOST_STEPS`].
    TooLong {
        /// How many they are.
        steps: u64,
    },
    /// A forecast.
    Known(Box<Outlook>),
}

/// A forecast. Times count from the end of the history; ends of intervals are quantiles over the futures drawn.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Outlook {
    /// How far it looks: what is left of the period, or one period of a rolling one.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
    pub horizon: TimeDelta,
    /// When the budget ends.
    pub end: End,
    /// How many bad events may still come, in all, without ending the budget: until the period ends, or, for a
    /// rolling period, at once and with none after them for a period.
    pub safe_to_spend: Quantiles<u64>,
    /// Events expected until the horizon.
    pub traffic: Quantiles<u64>,
    /// The remaining share of the budget at up to 48 instants, the last of them the horizon.
    pub band: Vec<BandPoint>,
    /// The level of every interval.
    pub level: Level,
    /// Buckets of history it rests on.
    pub buckets: usize,
    /// How many of them, the last ones, futures were drawn from: fewer than all for a forecast at the current rate.
    pub drawn_from: usize,
    /// Whether the history is shorter than the rolling period. What came before it then counts as no events, as it
    /// is for a service that started with the history.
    pub short: bool,
}

/// When a budget ends.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct End {
    /// How likely it ends within the horizon.
    pub within_horizon: Chance,
    /// The early end of the interval; `None` when not within the horizon. Zero when it has ended already.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds::option"))]
    pub earliest: Option<TimeDelta>,
    /// As likely before as after; `None` when not within the horizon.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds::option"))]
    pub median: Option<TimeDelta>,
    /// The late end of the interval; `None` when not within the horizon.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds::option"))]
    pub latest: Option<TimeDelta>,
}

/// The ends of an interval and its median.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Quantiles<T> {
    /// The lower end.
    pub lower: T,
    /// The median.
    pub median: T,
    /// The upper end.
    pub upper: T,
}

/// The remaining budget at an instant to come.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BandPoint {
    /// How far ahead.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
    pub after: TimeDelta,
    /// The remaining share of the budget: 1 untouched, 0 spent, below 0 overspent. Of an aligned period it is the
    /// share of the whole period's budget, with the traffic to come.
    pub remaining: Quantiles<f64>,
}

/// Forecasts the budget of `plan` from a history of its buckets, oldest first, that ends now.
///
/// How far to trust it: in simulation (`tests/forecast.rs`: independent days, one in ten of them bad, 18 days ahead,
/// blocks of a week) the 80 % interval held the true end in some 77 % of cases and the true remainder in 62 % after
/// four weeks of history, and in some 80 and 73 % after eight or more. What never happened in the history is in no
/// interval.
///
/// It costs some nanoseconds for each future and bucket of the horizon, of which there may be [`MOST_STEPS`].
///
/// ```
/// use chrono::TimeDelta;
/// use slo_core::{Bootstrap, Counts, forecast::{self, Forecast, Plan, Position}};
/// // 10,000 requests a day of which 20 are bad, at 99.9 %: 30 days' budget of 300 lasts 15 days, 10 of them gone.
/// let history = vec![Counts::from_bad(20, 10_000)?; 28];
/// let plan = Plan::new("99.9%".parse()?, TimeDelta::days(1), 30, Position::Aligned { elapsed: 10 })?;
/// let Forecast::Known(outlook) = forecast::forecast(&history, &plan, &Bootstrap::daily(1)) else { panic!() };
/// // 300 are spent after five more days, and the day after overspends.
/// assert_eq!(outlook.end.median, Some(TimeDelta::days(6)));
/// assert_eq!(outlook.safe_to_spend.median, 100);
/// # Ok::<(), slo_core::Error>(())
/// ```
#[must_use]
pub fn forecast(history: &[Counts], plan: &Plan, bootstrap: &Bootstrap) -> Forecast {
    let (buckets, needed) = (history.len(), plan.needed().max(bootstrap.history_needed()));
    if buckets < needed {
        return Forecast::NotEnough { buckets, needed };
    }
    let drawn_from = plan.recent.map_or(buckets, |recent| recent.min(buckets));
    if drawn_from < bootstrap.history_needed() {
        return Forecast::NotEnough { buckets: drawn_from, needed: bootstrap.history_needed() };
    }
    let recent = history.get(buckets.saturating_sub(drawn_from)..).unwrap_or_default();
    if recent.iter().all(|counts| counts.is_empty()) {
        return Forecast::NoTraffic;
    }
    let budget = CurrentBudget { plan, sums: Sums::of(history), buckets };
    let horizon = plan.horizon();
    let steps = whole(u128::from(bootstrap.futures()).saturating_mul(u128::try_from(horizon).unwrap_or(u128::MAX)));
    if steps > MOST_STEPS {
        return Forecast::TooLong { steps };
    }
    let instants = instants(horizon);
    let mut seen = Seen { remaining: vec![Vec::new(); instants.len()], ..Seen::default() };
    let mut path = Vec::new();
    bootstrap.draw(drawn_from, horizon, |blocks| {
        walk(recent, blocks, &mut path);
        seen.ends.push((0..=horizon).find(|&step| budget.is_spent(&path, step)).unwrap_or(NEVER));
        seen.safe.push(budget.safe_to_spend(&path));
        seen.traffic.push(whole(path.last().copied().unwrap_or_default().total));
        for (step, remaining) in instants.iter().zip(&mut seen.remaining) {
            remaining.push(budget.remaining(&path, *step));
        }
    });
    let short = buckets < plan.current();
    seen.outlook(plan, buckets, &instants).map_or(Forecast::NotEnough { buckets, needed }, |outlook| {
        Forecast::Known(Box::new(Outlook { short, drawn_from, ..outlook }))
    })
}

/// The most futures times buckets to the horizon that a forecast takes: some seconds to half a minute.
pub const MOST_STEPS: u64 = 2_000_000_000;

/// A budget that does not end within the horizon.
const NEVER: usize = usize::MAX;

/// Up to 48 steps of the horizon, evenly spaced, the last of them its end.
fn instants(horizon: usize) -> Vec<usize> {
    const MOST: usize = 48;
    let stride = horizon.div_ceil(MOST).max(1);
    let mut steps: Vec<_> = (0..horizon).rev().step_by(stride).map(|step| step.saturating_add(1)).collect();
    steps.reverse();
    steps
}

/// What the futures showed.
#[derive(Default)]
struct Seen {
    ends: Vec<usize>,
    safe: Vec<u64>,
    traffic: Vec<u64>,
    remaining: Vec<Vec<f64>>,
}

impl Seen {
    fn outlook(mut self, plan: &Plan, buckets: usize, instants: &[usize]) -> Option<Outlook> {
        let ended = self.ends.iter().filter(|end| **end != NEVER).count();
        let futures = Proportion::new(u64::try_from(ended).ok()?, u64::try_from(self.ends.len()).ok()?).ok()?;
        self.ends.sort_unstable();
        let ends = quantiles(&self.ends, plan.level)?;
        let instant = |step: usize| (step != NEVER).then(|| plan.length(step));
        self.safe.sort_unstable();
        self.traffic.sort_unstable();
        let band = instants.iter().zip(&mut self.remaining).filter_map(|(step, remaining)| {
            remaining.sort_unstable_by(f64::total_cmp);
            Some(BandPoint { after: plan.length(*step), remaining: quantiles(remaining, plan.level)? })
        });
        Some(Outlook {
            horizon: plan.length(plan.horizon()),
            end: End {
                within_horizon: Chance::of(futures)?,
                earliest: instant(ends.lower),
                median: instant(ends.median),
                latest: instant(ends.upper),
            },
            safe_to_spend: quantiles(&self.safe, plan.level)?,
            traffic: quantiles(&self.traffic, plan.level)?,
            band: band.collect(),
            level: plan.level,
            buckets,
            drawn_from: buckets,
            short: false,
        })
    }
}

/// The ends of the interval of `level` and the median of a sorted sample: the least values at or below which lies
/// that share of it. `None` for an empty one.
fn quantiles<T: Copy>(sorted: &[T], level: Level) -> Option<Quantiles<T>> {
    let outside = level.outside() / 2.0;
    let at = |share: f64| {
        #[expect(clippy::cast_precision_loss, reason = "at most 100,000 futures")]
        let rank = (share * sorted.len() as f64).ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 and 100,000")]
        let rank = rank as usize;
        sorted.get(rank.clamp(1, sorted.len().max(1)).saturating_sub(1)).copied()
    };
    Some(Quantiles { lower: at(outside)?, median: at(0.5)?, upper: at(1.0 - outside)? })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "a test fails by panicking")]
    use super::*;

    fn day(bad: u64, total: u64) -> Counts {
        Counts::from_bad(bad, total).unwrap()
    }

    fn plan(position: Position) -> Plan {
        Plan::new("99.9%".parse().unwrap(), TimeDelta::days(1), 28, position).unwrap()
    }

    fn known(history: &[Counts], position: Position) -> Outlook {
        match forecast(history, &plan(position), &Bootstrap::daily(1)) {
            Forecast::Known(outlook) => *outlook,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_steady_rate_at_the_budget_never_ends_it() {
        for position in [Position::Rolling, Position::Aligned { elapsed: 3 }] {
            let outlook = known(&[day(10, 10_000); 28], position);
            assert_eq!((outlook.end.median, outlook.end.within_horizon.probability), (None, 0.0));
            let last = outlook.band.last().unwrap();
            assert!(last.after == outlook.horizon && last.remaining.median.abs() < 1e-12, "{last:?}");
        }
    }

    #[test]
    fn an_aligned_period_knows_what_is_spent_and_what_comes() {
        let mut history = vec![day(0, 10_000); 28];
        history.extend(vec![day(30, 10_000); 4]);
        let outlook = known(&history, Position::Aligned { elapsed: 4 });
        // 280 allowed, 120 spent; nothing is known of what comes but that it is like the past: mostly nothing.
        assert_eq!(outlook.safe_to_spend, Quantiles { lower: 160, median: 160, upper: 160 });
        assert_eq!(outlook.traffic.median, 240_000);
        assert_eq!(outlook.horizon, TimeDelta::days(24));
        assert!(outlook.end.earliest.is_none_or(|end| end >= TimeDelta::days(5)), "{:?}", outlook.end);
    }

    #[test]
    fn at_the_current_rate_the_budget_ends_though_the_history_was_clean() {
        let mut history = vec![day(0, 10_000); 28];
        history.extend(vec![day(30, 10_000); 4]);
        let (plan, bootstrap) = (plan(Position::Aligned { elapsed: 4 }), Bootstrap::new(1, 1, 500, 1).unwrap());
        let recent = |buckets| forecast(&history, &plan.at_rate_of_last(buckets).unwrap(), &bootstrap);
        let Forecast::Known(outlook) = recent(4) else { panic!("known") };
        // 280 allowed, 120 spent, 30 a day from now on: the sixth day is one too many.
        assert_eq!((outlook.end.earliest, outlook.end.median), (Some(TimeDelta::days(6)), Some(TimeDelta::days(6))));
        assert_eq!((outlook.buckets, outlook.drawn_from), (32, 4));
        assert_eq!(recent(1), Forecast::NotEnough { buckets: 1, needed: 2 });
        // More than there are is all of them.
        let Forecast::Known(all) = recent(99) else { panic!("known") };
        assert_eq!((all.end.median, all.drawn_from), (None, 32));
    }

    #[test]
    fn a_forecast_that_takes_too_long_is_a_value() {
        let plan = Plan::new("99%".parse().unwrap(), TimeDelta::minutes(1), Plan::MOST_BUCKETS, Position::Rolling);
        let bootstrap = Bootstrap::new(1, 1, Bootstrap::MOST_FUTURES, 1).unwrap();
        let steps = 527_040 * 100_000;
        assert_eq!(forecast(&[day(0, 1); 4], &plan.unwrap(), &bootstrap), Forecast::TooLong { steps });
    }

    #[test]
    fn a_rolling_period_forgets() {
        // A bad week 21 days ago: spent now, over as soon as it has aged out.
        let mut history = vec![day(50, 10_000); 7];
        history.extend(vec![day(0, 10_000); 21]);
        let outlook = known(&history, Position::Rolling);
        assert_eq!(outlook.end.earliest, Some(TimeDelta::zero()));
        assert_eq!(outlook.safe_to_spend.median, 0);
        assert!(outlook.band[0].remaining.median < 0.0);
        assert_eq!(outlook.end.within_horizon.probability, 1.0);
    }

    #[test]
    fn the_day_of_the_week_is_kept() {
        // All errors on one day of the week: with 12 days to the horizon, it comes after 5 and after 12 days, surely.
        let history: Vec<_> = (0..28).map(|at| day(if at % 7 == 4 { 100 } else { 0 }, 10_000)).collect();
        let outlook = known(&history, Position::Aligned { elapsed: 16 });
        // 280 allowed, 2 x 100 spent in the last 16 days (12..28): the first of two more overspends.
        assert_eq!((outlook.end.earliest, outlook.end.latest), (Some(TimeDelta::days(5)), Some(TimeDelta::days(5))));
    }

    #[test]
    fn minutes_of_a_day_work_as_days_of_a_month() {
        let plan = Plan::new("99%".parse().unwrap(), TimeDelta::minutes(1), 1_440, Position::Aligned { elapsed: 120 });
        let history = vec![day(1, 50); 120];
        let Forecast::Known(outlook) = forecast(&history, &plan.unwrap(), &Bootstrap::without_season(15, 1).unwrap())
        else {
            panic!("known")
        };
        // A day allows 720 bad of 72,000; 120 are spent: the 601st from now is one too many.
        assert_eq!(outlook.end.median, Some(TimeDelta::minutes(601)));
        assert_eq!((outlook.band.len(), outlook.band[47].after), (48, TimeDelta::minutes(1_320)));
    }

    #[test]
    fn too_little_history_and_no_traffic_are_values() {
        let bootstrap = Bootstrap::daily(1);
        let forecast = |history: &[Counts], position| super::forecast(history, &plan(position), &bootstrap);
        assert_eq!(forecast(&[day(1, 2); 13], Position::Rolling), Forecast::NotEnough { buckets: 13, needed: 14 });
        for (buckets, short) in [(27, true), (28, false)] {
            let Forecast::Known(outlook) = forecast(&vec![day(1, 2); buckets], Position::Rolling) else {
                panic!("known")
            };
            assert_eq!(outlook.short, short);
        }
        let aligned = Position::Aligned { elapsed: 2 };
        assert_eq!(forecast(&[day(1, 2); 10], aligned), Forecast::NotEnough { buckets: 10, needed: 14 });
        assert_eq!(forecast(&[Counts::ZERO; 28], aligned), Forecast::NoTraffic);
    }
}
