//! An indicator over time, scrape by scrape; a scrape that failed is a value of its own.

use chrono::{DateTime, TimeDelta, Utc};
use slo_core::Counts;
use slo_core::sli::{NoDataPolicy, Observation};

use crate::metrics::instant;

/// What was counted between one scrape and the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// The scrape at which it became known.
    pub at: DateTime<Utc>,
    /// What is known; where good cannot be told exactly, the fewest good.
    pub observation: Observation,
    /// How many more may have been good.
    pub doubt: u64,
}

/// An indicator scrape by scrape.
#[derive(Debug, Clone)]
pub struct History {
    /// Ascending.
    pub ticks: Vec<Tick>,
    /// The usual distance of two scrapes; zero for fewer than two.
    pub step: TimeDelta,
    /// What a scrape without data counts as.
    pub no_data: NoDataPolicy,
    /// The usual number of events a scrape, for scrapes without data that count.
    expected: u64,
}

impl History {
    pub(crate) fn new(known: Vec<(i64, Known)>, no_data: NoDataPolicy) -> Self {
        let step = usual_step(known.iter().map(|(at, _)| *at));
        let mut ticks = Vec::with_capacity(known.len());
        let mut previous: Option<i64> = None;
        for (at, tick) in known {
            // Scrapes that failed. If no counter started again meanwhile, its events came with the next one.
            if let (Some(previous), false) = (previous, tick.bridges) {
                missing(previous, at, step, &mut ticks);
            }
            previous = Some(at);
            let Some(at) = instant(at) else { continue };
            ticks.push(Tick { at, observation: Observation::Counted(tick.counts), doubt: tick.doubt });
        }
        let counted = ticks.iter().filter_map(|tick| match tick.observation {
            Observation::Counted(counts) => Some(counts.total()),
            Observation::NoData => None,
        });
        let (sum, count) =
            counted.fold((0_u64, 0_u64), |(sum, count), total| (sum.saturating_add(total), count.saturating_add(1)));
        let expected = sum.checked_div(count).unwrap_or(0);
        Self { ticks, step: TimeDelta::milliseconds(step), no_data, expected }
    }

    /// Instants and counts, missing data counted as declared.
    pub fn counts(&self) -> impl Iterator<Item = (DateTime<Utc>, Counts)> + '_ {
        self.ticks.iter().map(|tick| (tick.at, self.no_data.events(tick.observation, self.expected)))
    }

    /// The first and the last instant.
    #[must_use]
    pub fn reach(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        Some((self.ticks.first()?.at, self.ticks.last()?.at))
    }

    /// How many scrapes are without data.
    #[must_use]
    pub fn without_data(&self) -> usize {
        self.ticks.iter().filter(|tick| tick.observation == Observation::NoData).count()
    }
}

/// What is known at one instant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) counts: Counts,
    pub(crate) doubt: u64,
    /// Whether the counts reach back to the scrape before, however long ago.
    pub(crate) bridges: bool,
}

/// The median distance of instants, in milliseconds; 0 for fewer than two.
fn usual_step(instants: impl Iterator<Item = i64>) -> i64 {
    let mut steps = Vec::new();
    let mut previous = None;
    for at in instants {
        steps.extend(previous.map(|previous| at.saturating_sub(previous)));
        previous = Some(at);
    }
    let middle = steps.len() / 2;
    if steps.is_empty() { 0 } else { *steps.select_nth_unstable(middle).1 }
}

/// Ticks without data for the scrapes that should have been between two that were.
fn missing(previous: i64, at: i64, step: i64, ticks: &mut Vec<Tick>) {
    /// A gap of more scrapes than these is a change of the step or the end of a service, not a failed scrape.
    const MOST: i64 = 100_000;
    let scrapes = at.saturating_sub(previous).checked_div(step).unwrap_or(0);
    if !(2..MOST).contains(&scrapes) {
        return;
    }
    let late = (1..scrapes).filter_map(|scrape| instant(previous.saturating_add(step.saturating_mul(scrape))));
    ticks.extend(late.map(|at| Tick { at, observation: Observation::NoData, doubt: 0 }));
}
