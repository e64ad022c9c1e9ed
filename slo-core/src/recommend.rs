//! Which objective to promise: the highest that the past would have kept, and how likely the next period keeps it.

use measure_core::{Interval, Level, Proportion};

use crate::bootstrap::{Bootstrap, Sum, Sums};
use crate::error::Error;
use crate::objective::{BILLION, Objective};
use crate::sli::Counts;

/// How many periods of history are asked for; fewer give a warning.
pub const ASKED_PERIODS: usize = 3;
/// How many buckets of history are asked for however short the period: 90 days, where a bucket is a day.
pub const ASKED_BUCKETS: usize = 90;

/// The objectives on offer, in parts per billion: the ladder that services commonly climb.
const LADDER: [u32; 11] = [
    900_000_000,
    950_000_000,
    990_000_000,
    995_000_000,
    999_000_000,
    999_500_000,
    999_900_000,
    999_950_000,
    999_990_000,
    999_995_000,
    999_999_000,
];

/// What the history says about the ladder.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Recommendation {
    /// The history is too short to say anything.
    NotEnough {
        /// Buckets there are.
        buckets: usize,
        /// Buckets needed.
        needed: usize,
    },
    /// No period of the history saw a request.
    NoTraffic,
    /// Every step judged.
    Judged(Judgement),
}

/// The ladder, judged.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Judgement {
    /// The highest objective that every rolling period of the history kept and whose budget is at least one whole
    /// event in each; `None` when not even the lowest is.
    pub best: Option<Objective>,
    /// Every step, from the lowest objective to the highest.
    pub steps: Vec<Step>,
    /// Buckets of history.
    pub buckets: usize,
    /// Set when the history is shorter than [`ASKED_PERIODS`] periods or [`ASKED_BUCKETS`]: the larger of the two.
    pub asked: Option<usize>,
}

/// One objective, judged.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Step {
    /// The objective.
    pub objective: Objective,
    /// Rolling periods (one starting at each bucket) that kept it, of those with events. They overlap: no sample
    /// size.
    pub kept: Proportion,
    /// The same for periods that do not overlap, counted back from the end: a sample, if a small one. Its interval
    /// says how little a few periods prove.
    pub kept_apart: Proportion,
    /// The smallest budget of any rolling period, in whole bad events. Below 1, a single bad event breaks it.
    pub smallest_budget: u64,
    /// How likely the next period keeps it.
    pub next: Chance,
}

/// A probability by simulation.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Chance {
    /// Futures in which it happens, of all drawn (`n`). Futures without any event keep every objective.
    pub futures: Proportion,
    /// The share of them, in `[0, 1]`.
    pub probability: f64,
    /// Its 95 % interval for the number of futures drawn. It says nothing about days unlike those of the history.
    pub interval: Interval,
}

impl Chance {
    pub(crate) fn of(futures: Proportion) -> Option<Self> {
        let (probability, interval) = (futures.estimate()?, futures.wilson(Level::P95)?);
        Some(Self { futures, probability, interval })
    }
}

/// Judges the ladder by a history of equally long buckets (days, mostly), oldest first, for a period of `period`
/// buckets.
///
/// The history needed is one period, and what the bootstrap needs; [`ASKED_PERIODS`] periods, and no
/// fewer than [`ASKED_BUCKETS`], are asked for.
///
/// # Errors
/// [`Error::NumberOutOfRange`] for a period of no buckets.
///
/// ```
/// use slo_core::{Bootstrap, Counts, recommend::{self, Recommendation}};
/// // 90 days of 10,000 requests, 5 of them bad, and every tenth day 15.
/// let day = |day| Counts::from_bad(if day % 10 == 0 { 15 } else { 5 }, 10_000).unwrap();
/// let history: Vec<_> = (0..90).map(day).collect();
/// let Recommendation::Judged(judgement) = recommend::judge(&history, 30, &Bootstrap::daily(1))? else { panic!() };
/// assert_eq!(judgement.best, Some("99.9%".parse()?));
/// assert_eq!(judgement.asked, None);
/// let step = judgement.steps.iter().find(|step| Some(step.objective) == judgement.best).unwrap();
/// assert_eq!((step.kept.successes(), step.kept.trials()), (61, 61));
/// assert_eq!(step.next.probability, 1.0);
/// // Three periods of 30 days are few: all that they show, at 95 %, is a chance above 44 %.
/// let interval = step.kept_apart.wilson(measure_core::Level::P95).unwrap();
/// assert_eq!(format!("{interval:.2}"), "0.44 to 1.00 (95 %)");
/// # Ok::<(), slo_core::Error>(())
/// ```
pub fn judge(history: &[Counts], period: usize, bootstrap: &Bootstrap) -> Result<Recommendation, Error> {
    if period == 0 {
        let bound = "1 bucket and above".to_owned();
        return Err(Error::NumberOutOfRange { what: "period", given: "0".to_owned(), bound });
    }
    let (buckets, needed) = (history.len(), period.max(bootstrap.history_needed()));
    if buckets < needed {
        return Ok(Recommendation::NotEnough { buckets, needed });
    }
    let sums = Sums::of(history);
    let with_events = |sum: &Sum| sum.total > 0;
    let last = buckets.saturating_sub(period);
    let of_start = |start: usize| sums.range(start..start.saturating_add(period));
    let rolling: Vec<_> = (0..=last).map(of_start).filter(with_events).collect();
    let apart: Vec<_> = (0..=last).rev().step_by(period).map(of_start).filter(with_events).collect();
    if rolling.is_empty() {
        return Ok(Recommendation::NoTraffic);
    }
    let mut futures = Vec::new();
    bootstrap.draw(buckets, period, |blocks| {
        futures.push(blocks.iter().fold(Sum::default(), |sum, block| sum.plus(sums.range(block.clone()))));
    });
    let steps: Vec<_> = LADDER
        .iter()
        .filter_map(|step| Step::of(Objective::from_parts_per_billion(*step).ok()?, &rolling, &apart, &futures))
        .collect();
    let would_do = |step: &&Step| step.kept.failures() == 0 && step.smallest_budget > 0;
    let asked = period.saturating_mul(ASKED_PERIODS).max(ASKED_BUCKETS);
    Ok(Recommendation::Judged(Judgement {
        best: steps.iter().rev().find(would_do).map(|step| step.objective),
        steps,
        buckets,
        asked: (buckets < asked).then_some(asked),
    }))
}

impl Step {
    fn of(objective: Objective, rolling: &[Sum], apart: &[Sum], futures: &[Sum]) -> Option<Self> {
        let allowed = objective.allowed_parts_per_billion();
        let smallest = rolling.iter().map(|sum| sum.total).min()?;
        let budget = smallest.saturating_mul(u128::from(allowed)).checked_div(u128::from(BILLION))?;
        Some(Self {
            objective,
            kept: kept(rolling, allowed)?,
            kept_apart: kept(apart, allowed)?,
            smallest_budget: u64::try_from(budget).unwrap_or(u64::MAX),
            next: Chance::of(kept(futures, allowed)?)?,
        })
    }
}

/// How many of `sums` keep the objective.
fn kept(sums: &[Sum], allowed: u32) -> Option<Proportion> {
    let kept = sums.iter().filter(|sum| sum.keeps(allowed)).count();
    Proportion::new(u64::try_from(kept).ok()?, u64::try_from(sums.len()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(history: &[Counts], period: usize) -> Judgement {
        match judge(history, period, &Bootstrap::daily(7)).unwrap() {
            Recommendation::Judged(judgement) => judgement,
            other => panic!("{other:?}"),
        }
    }

    fn day(bad: u64, total: u64) -> Counts {
        Counts::from_bad(bad, total).unwrap()
    }

    fn step(judgement: &Judgement, objective: &str) -> Step {
        let objective = objective.parse().unwrap();
        *judgement.steps.iter().find(|step| step.objective == objective).unwrap()
    }

    #[test]
    fn one_outage_lowers_the_best_objective_and_shares_the_futures() {
        let mut history = vec![day(10, 100_000); 84];
        history[40] = day(20_000, 100_000);
        let judgement = judged(&history, 28);
        // 20,270 bad of 2,800,000 is 0.724 %.
        assert_eq!(judgement.best, Some("99%".parse().unwrap()));
        let risky = step(&judgement, "99.9%");
        // Periods that begin on the days 13 to 40 hold the outage.
        assert_eq!((risky.kept.failures(), risky.kept.trials()), (28, 57));
        assert_eq!((risky.kept_apart.failures(), risky.kept_apart.trials()), (1, 3));
        // A past of 11 weeks drawn from 12 holds the bad one Binomial(11, 1/12) times; four weeks drawn from that
        // past spare it with a chance of 0.7393, and draw it at most once with one of 0.9373.
        let many = Bootstrap::new(7, 7, 100_000, 7).unwrap();
        let Ok(Recommendation::Judged(exact)) = judge(&history, 28, &many) else { panic!("judged") };
        let probability = step(&exact, "99.9%").next.probability;
        assert!(
            (probability - 0.7393).abs() < 0.006 && (risky.next.probability - 0.7393).abs() < 0.04,
            "{probability}"
        );
        // The 1 % of the best objective breaks when the week is drawn twice.
        assert!((step(&exact, "99%").next.probability - 0.9373).abs() < 0.003);
        assert_eq!(step(&judgement, "95%").next.probability, 1.0);
    }

    #[test]
    fn an_objective_whose_budget_is_no_event_is_not_recommended() {
        let judgement = judged(&vec![day(0, 10); 90], 30);
        // 300 requests: 99.5 % allows 1.
        assert_eq!(judgement.best, Some("99.5%".parse().unwrap()));
        assert_eq!(step(&judgement, "99.9%").smallest_budget, 0);
        assert_eq!(step(&judgement, "99.9%").kept.failures(), 0);
    }

    #[test]
    fn little_history_warns_and_too_little_says_so() {
        assert_eq!(judged(&vec![day(1, 100); 60], 30).asked, Some(90));
        assert_eq!(judged(&vec![day(1, 100); 84], 28).asked, Some(90));
        assert_eq!(judged(&vec![day(1, 100); 21], 7).asked, Some(90));
        assert_eq!(judged(&vec![day(1, 100); 90], 28).asked, None);
        assert_eq!(judged(&vec![day(1, 100); 100], 40).asked, Some(120));
        let too_little = judge(&vec![day(1, 100); 20], 30, &Bootstrap::daily(1)).unwrap();
        assert_eq!(too_little, Recommendation::NotEnough { buckets: 20, needed: 30 });
        assert_eq!(judge(&vec![Counts::ZERO; 90], 30, &Bootstrap::daily(1)), Ok(Recommendation::NoTraffic));
        assert!(judge(&[], 0, &Bootstrap::daily(1)).is_err());
    }

    #[test]
    fn a_service_worse_than_every_step_has_no_best() {
        assert_eq!(judged(&vec![day(50, 100); 90], 30).best, None);
    }
}
