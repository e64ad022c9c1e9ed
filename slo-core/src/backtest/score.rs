//! How well a policy would have done.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use measure_core::{Interval, Level, Proportion};
use timeline_core::{Span, SpanSet};

use crate::backtest::episodes::Episodes;
use crate::backtest::{Incident, Series, Settings};
use crate::burn;
use crate::error::Error;
use crate::objective::{BILLION, Objective};
use crate::policy::Policy;

/// How well one policy would have done on a history with labelled incidents.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Score {
    /// The policy's name.
    pub policy: String,
    /// Episodes in which at least one row fired.
    pub episodes: usize,
    /// The share of episodes that tell of an incident: see [`score`].
    pub precision: Share,
    /// The share of incidents within the history that some episode tells of.
    pub recall: Share,
    /// How long something fired, all in all.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::seconds::serialize"))]
    pub firing: TimeDelta,
    /// How much of that lies outside every incident; little, for a policy that alerts on nothing else.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::seconds::serialize"))]
    pub firing_outside: TimeDelta,
    /// From the start of an incident until the first alert.
    pub detection: Spread<TimeDelta>,
    /// From the end of a detected incident until nothing fires any more.
    pub reset: Spread<TimeDelta>,
    /// The share of the period's budget that a detected incident had spent when the first alert came.
    pub budget_spent: Spread<f64>,
    /// Episodes that tell of no incident, by the week; `None` for a history of one instant.
    pub false_alarms_per_week: Option<f64>,
    /// Every incident within the history, as given.
    pub incidents: Vec<IncidentOutcome>,
    /// Incidents with no part within the history: left out.
    pub outside: Vec<String>,
    /// Rows that even a full outage could not fire under the objective.
    pub unreachable_rows: Vec<String>,
}

/// What became of one incident.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct IncidentOutcome {
    /// Its name.
    pub name: String,
    /// From when until when.
    pub span: Span,
    /// The row that began the episode in which it was seen; `None` if it was not.
    pub seen_by: Option<String>,
    /// From its start until the first alert; zero if one of an incident that it overlaps was on. `None` if it was not
    /// seen.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds::option"))]
    pub detection: Option<TimeDelta>,
    /// The share of the period's budget spent from its start until the first alert, or in all of it if it was
    /// not seen; may exceed 1. `None` if the history has no events or only one instant.
    pub budget_spent: Option<f64>,
    /// From its end until nothing fires any more; `None` if it was not seen, or something still fires when the
    /// history ends.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds::option"))]
    pub reset: Option<TimeDelta>,
    /// Whether it began before the history: its detection time says little, so the spreads leave it out.
    pub began_before: bool,
}

/// A share of something counted, and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Share {
    /// How many of how many.
    pub counts: Proportion,
    /// The share, in `[0, 1]`; `None` of nothing.
    pub estimate: Option<f64>,
    /// The 95 % Wilson interval; `None` of nothing.
    pub interval: Option<Interval>,
}

impl Share {
    /// How many.
    #[must_use]
    pub const fn hits(&self) -> u64 {
        self.counts.successes()
    }

    /// Of how many.
    #[must_use]
    pub const fn of(&self) -> u64 {
        self.counts.trials()
    }

    fn new(hits: usize, misses: usize) -> Self {
        let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        // No more hits than hits and misses.
        let counts = Proportion::new(wide(hits), wide(hits.saturating_add(misses))).unwrap_or(Proportion::ZERO);
        Self { counts, estimate: counts.estimate(), interval: counts.wilson(Level::P95) }
    }
}

/// The middle and the worst of several; `None` without any.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(bound(serialize = "Option<T>: AsSpread")))]
pub struct Spread<T> {
    /// The median: of an even number the mean of the middle two.
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_spread"))]
    pub median: Option<T>,
    /// The largest.
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_spread"))]
    pub worst: Option<T>,
}

/// One [`Score`] a policy, in their order, on the same history.
///
/// # Errors
/// As for [`score`].
pub fn compare(
    policies: &[Policy],
    objective: Objective,
    series: &Series,
    incidents: &[Incident],
    settings: Settings,
) -> Result<Vec<Score>, Error> {
    policies.iter().map(|policy| score(policy, objective, series, incidents, settings)).collect()
}

/// How well `policy` would have done.
///
/// An episode, a time without a gap in which some row of the settings' severity fires, tells of the incident in
/// which it begins, its very end and its grace included: so it is right, and the incident detected. One that began
/// before tells nobody anything, and a policy that always fires detects nothing. Incidents may overlap: an episode
/// that began in one tells of those that begin within it too, as long as it is on. Where incidents follow so closely
/// that alerts never fall silent in between, resets are those of the whole group.
///
/// Budget is measured against the policy's period at the history's average traffic: bad events / (allowed
/// share x events a second x period).
///
/// # Errors
/// [`Error::Incident`] when two incidents have one name.
pub fn score(
    policy: &Policy,
    objective: Objective,
    series: &Series,
    incidents: &[Incident],
    settings: Settings,
) -> Result<Score, Error> {
    let mut names = BTreeSet::new();
    if let Some(twice) = incidents.iter().find(|incident| !names.insert(incident.name.as_str())) {
        return Err(Error::Incident { name: twice.name.clone(), reason: "the name occurs twice".to_owned() });
    }
    let heard = |row: usize| {
        let severity = policy.rows().get(row).map(|row| row.severity);
        settings.severity.is_none_or(|wanted| severity == Some(wanted))
    };
    let alerts = series.alerts(policy, objective, settings.keep_firing, settings.no_data)?;
    let episodes = Episodes::new(alerts.into_iter().filter(|alert| heard(alert.row)));
    let budget = Period::new(policy, objective, series);
    let (mut outcomes, mut outside) = (Vec::new(), Vec::new());
    let mut right = BTreeSet::new();
    for incident in incidents {
        if incident.span.end() <= series.start() || incident.span.start() >= series.end() {
            outside.push(incident.name.clone());
            continue;
        }
        let matching = episodes.matching(incident, outset(incident, incidents), settings.grace);
        outcomes.push(outcome(policy, series, incident, &episodes, matching.start, !matching.is_empty(), &budget));
        right.extend(matching);
    }
    let false_alarms = episodes.len().saturating_sub(right.len());
    let seen = || outcomes.iter().filter(|outcome| outcome.seen_by.is_some());
    let timed = || seen().filter(|outcome| !outcome.began_before);
    let firing = episodes.spans(series.end());
    let felt = SpanSet::from_spans(incidents.iter().map(|incident| incident.span));
    let unreachable = policy.rows().iter().filter(|row| !row.threshold(objective).can_be_exceeded());
    Ok(Score {
        policy: policy.name().to_owned(),
        episodes: episodes.len(),
        precision: Share::new(right.len(), false_alarms),
        recall: Share::new(seen().count(), outcomes.len().saturating_sub(seen().count())),
        firing: firing.total(),
        firing_outside: firing.difference(&felt).total(),
        detection: lengths(timed().filter_map(|outcome| outcome.detection)),
        reset: lengths(seen().filter_map(|outcome| outcome.reset)),
        budget_spent: shares(timed().filter_map(|outcome| outcome.budget_spent)),
        false_alarms_per_week: per_week(false_alarms, series),
        outside,
        unreachable_rows: unreachable.map(|row| row.name.clone()).collect(),
        incidents: outcomes,
    })
}

/// The earliest start of an incident that is on when `incident` begins.
fn outset(incident: &Incident, incidents: &[Incident]) -> DateTime<Utc> {
    let start = incident.span.start();
    let on = incidents.iter().map(|other| other.span).filter(|span| span.contains(start));
    on.map(Span::start).min().unwrap_or(start)
}

fn outcome(
    policy: &Policy,
    series: &Series,
    incident: &Incident,
    episodes: &Episodes,
    first: usize,
    is_seen: bool,
    budget: &Period,
) -> IncidentOutcome {
    let span = incident.span;
    let episode = episodes.get(first).filter(|_| is_seen);
    let told = episode.map(|episode| episode.from.max(span.start()));
    let spent_until = told.unwrap_or(span.end());
    IncidentOutcome {
        name: incident.name.clone(),
        span,
        seen_by: episode.and_then(|episode| policy.rows().get(episode.row)).map(|row| row.name.clone()),
        detection: told.map(|told| told.signed_duration_since(span.start())),
        budget_spent: budget.share_spent(series, span.start(), spent_until),
        reset: told
            .and_then(|told| episodes.silent_from(span.end().max(told)))
            .map(|silent| silent.signed_duration_since(span.end())),
        began_before: span.start() < series.start(),
    }
}

/// What a period's budget holds at the history's average traffic.
struct Period {
    /// In bad events; `None` without events or time.
    allowed: Option<f64>,
}

impl Period {
    #[expect(clippy::cast_precision_loss, reason = "a share is a float; the casts are within one part in 2^53")]
    fn new(policy: &Policy, objective: Objective, series: &Series) -> Self {
        let allowed = f64::from(objective.allowed_parts_per_billion()) / f64::from(BILLION);
        let length = burn::seconds(series.end().signed_duration_since(series.start()));
        let traffic = length.map(|length| series.counts().total() as f64 / length);
        let period = burn::seconds(policy.period());
        let events = traffic.zip(period).map(|(traffic, period)| allowed * traffic * period);
        Self { allowed: events.filter(|events| *events > 0.0 && events.is_finite()) }
    }

    #[expect(clippy::cast_precision_loss, reason = "a share is a float; the cast is within one part in 2^53")]
    fn share_spent(&self, series: &Series, from: DateTime<Utc>, until: DateTime<Utc>) -> Option<f64> {
        let bad = series.counts_between(from, until).bad() as f64;
        self.allowed.map(|allowed| bad / allowed).filter(|share| share.is_finite())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate is a float; counts of episodes are far below 2^53")]
fn per_week(count: usize, series: &Series) -> Option<f64> {
    const WEEK: f64 = 604_800.0;
    let length = burn::seconds(series.end().signed_duration_since(series.start()))?;
    Some(count as f64 * WEEK / length)
}

fn lengths(lengths: impl Iterator<Item = TimeDelta>) -> Spread<TimeDelta> {
    let mut lengths: Vec<_> = lengths.collect();
    lengths.sort_unstable();
    let median = middle(&lengths).and_then(|(low, high)| {
        let half = high.checked_sub(&low)?.checked_div(2)?;
        low.checked_add(&half)
    });
    Spread { median, worst: lengths.last().copied() }
}

fn shares(shares: impl Iterator<Item = f64>) -> Spread<f64> {
    let mut shares: Vec<_> = shares.collect();
    shares.sort_unstable_by(f64::total_cmp);
    Spread { median: middle(&shares).map(|(low, high)| low.midpoint(high)), worst: shares.last().copied() }
}

/// The middle two of an even number, the middle one twice of an odd number.
fn middle<T: Copy>(sorted: &[T]) -> Option<(T, T)> {
    let last = sorted.len().checked_sub(1)?;
    let at = |position: usize| sorted.get(position).copied();
    Some((at(last / 2)?, at(last.div_ceil(2))?))
}

/// In files lengths are seconds, as everywhere else.
#[cfg(feature = "serde")]
trait AsSpread {
    fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

#[cfg(feature = "serde")]
impl AsSpread for Option<TimeDelta> {
    fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::seconds::option::serialize(self, serializer)
    }
}

#[cfg(feature = "serde")]
impl AsSpread for Option<f64> {
    fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, serializer)
    }
}

#[cfg(feature = "serde")]
fn as_spread<T: AsSpread, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.write(serializer)
}
