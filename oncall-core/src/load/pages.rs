//! What pages show, whoever they came to: how many, how much noise, how soon somebody took them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use measure_core::survival::{Durations, QuantileEstimate};
use measure_core::{Estimate, Level, Method, NotEnough, Probability, Proportion};

use crate::error::Error;
use crate::load::limits::Limits;
use crate::load::page::{Outcome, Page};
use crate::load::verdict::{self, Verdict, float};

/// Alert noise: the share of pages that asked for no action, of those of which it is known.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Noise {
    /// Pages without an action, of all whose outcome is known.
    pub share: Proportion,
    /// The same with Wilson's interval.
    pub estimate: Result<Estimate, NotEnough>,
    /// Pages of which nobody has said.
    pub unknown: u64,
    /// Against the limit.
    pub verdict: Verdict,
}

/// How soon pages are taken, in minutes. One not taken yet, or over before it was, counts as having waited so long and
/// longer (Kaplan and Meier 1958): leaving it out would flatter.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Acknowledgement {
    /// The waiting times and whether they ended.
    pub waits: Durations,
    /// By when half are taken.
    pub median: Result<QuantileEstimate, NotEnough>,
    /// By when as many are taken as the limit asks.
    pub quantile: Result<QuantileEstimate, NotEnough>,
    /// That against the limit.
    pub verdict: Verdict,
}

/// What pages show.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PageLoad {
    /// How many.
    pub pages: u64,
    /// Of how many incidents.
    pub incidents: u64,
    /// How many of each outcome, in the order of [`Outcome::ALL`].
    pub by_outcome: [u64; 5],
    /// Alert noise.
    pub noise: Noise,
    /// Time to acknowledge.
    pub acknowledgement: Acknowledgement,
}

impl PageLoad {
    /// Of these pages, as they are known at `as_of`: a later one does not count, and what happened to one later has not
    /// happened yet.
    ///
    /// # Errors
    /// What measure-core has for counts beyond 64 bits, which no list has.
    pub fn of(pages: &[&Page], as_of: DateTime<Utc>, limits: &Limits, level: Level) -> Result<Self, Error> {
        let known: Vec<&Page> = pages.iter().copied().filter(|page| page.at() <= as_of).collect();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let outcomes = Outcome::ALL.map(|outcome| count(known.iter().filter(|page| page.outcome() == outcome).count()));
        let incidents: BTreeSet<&str> = known.iter().map(|page| page.incident()).collect();
        Ok(Self {
            pages: count(known.len()),
            incidents: count(incidents.len()),
            by_outcome: outcomes,
            noise: Noise::of(&known, limits, level)?,
            acknowledgement: Acknowledgement::of(&known, as_of, limits, level)?,
        })
    }
}

impl Noise {
    fn of(pages: &[&Page], limits: &Limits, level: Level) -> Result<Self, Error> {
        let asked = |wanted| pages.iter().filter(|page| page.outcome().asked_for_action() == wanted).count();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let (without, with) = (count(asked(Some(false))), count(asked(Some(true))));
        let share = Proportion::new(without, without.saturating_add(with))?;
        let mut incidents: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (page, asked) in pages.iter().filter_map(|page| Some((page, page.outcome().asked_for_action()?))) {
            let (without, known) = incidents.entry(page.incident()).or_default();
            *without = without.saturating_add((!asked).into());
            *known = known.saturating_add(1);
        }
        let incidents: Vec<(u64, u64)> = incidents.into_values().collect();
        Ok(Self {
            share,
            estimate: share.measured(Method::Wilson, level),
            unknown: count(asked(None)),
            verdict: verdict::of_share(&incidents, f64::from(limits.given().percent_noise) / 100.0, level)?,
        })
    }
}

impl Acknowledgement {
    fn of(pages: &[&Page], as_of: DateTime<Utc>, limits: &Limits, level: Level) -> Result<Self, Error> {
        // An incident waits once, from its first page until the first of its pages is taken: a storm is one incident.
        let mut incidents: BTreeMap<&str, (DateTime<Utc>, DateTime<Utc>, bool)> = BTreeMap::new();
        for page in pages {
            let Some((waited, taken)) = page.waited(as_of) else { continue };
            let until = page.at().checked_add_signed(waited).unwrap_or(as_of);
            let known = incidents.entry(page.incident()).or_insert((page.at(), until, taken));
            known.0 = known.0.min(page.at());
            known.1 = match (known.2, taken) {
                (true, true) => known.1.min(until),
                (false, false) => known.1.max(until),
                (true, false) => known.1,
                (false, true) => until,
            };
            known.2 = known.2 || taken;
        }
        let minutes = |(from, until, taken): &(DateTime<Utc>, DateTime<Utc>, bool)| {
            let waited = until.signed_duration_since(from).num_milliseconds();
            (float(u64::try_from(waited).unwrap_or(0)) / 60_000.0, *taken)
        };
        let waits = Durations::new(incidents.values().map(minutes))?;
        let curve = waits.kaplan_meier();
        let at = |share: f64| -> Result<Result<QuantileEstimate, NotEnough>, Error> {
            let share = Probability::new(share)?;
            Ok(curve.as_ref().map(|curve| curve.quantile(share, level)).map_err(|reason| *reason))
        };
        let quantile = at(f64::from(limits.given().percent_acknowledged) / 100.0)?;
        let last = curve.as_ref().ok().and_then(|curve| curve.steps().last()).map_or(0.0, |step| step.time);
        let limit = f64::from(limits.given().minutes_to_acknowledge);
        let verdict = verdict::of_wait(quantile, last, limit);
        Ok(Self { median: at(0.5)?, quantile, verdict, waits })
    }
}
