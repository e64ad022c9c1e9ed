//! `rolling_ticks.json`: sums of eight windows and the edges of alerts over a series of minutes.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use slo_core::{Alert, AlertRule, BurnTracker, Counts, Error, Objective, Policy, Resolution, Severity, TrackerPlan};

use super::Kind;
use crate::fault::Fault;
use crate::report::Section;
use crate::{input, series};

pub(super) const KIND: Kind = Kind {
    name: "ticks",
    place: "rolling_ticks.json",
    about: "window sums and alert edges of a burn tracker fed minute by minute",
    sections,
};

#[derive(Deserialize)]
struct File {
    windows_ticks: Vec<usize>,
    /// Tick, then bad and all events of each window.
    rows: Vec<Vec<u64>>,
    alert_edges: BTreeMap<String, Vec<(usize, bool)>>,
}

fn sections(file: &Path) -> Result<Vec<Section>, Fault> {
    let golden: File = input::json(file)?;
    let minutes = series::minutes(file)?;
    let mut expected = BTreeMap::new();
    for (index, row) in golden.rows.iter().enumerate() {
        let at = |what: String| Fault::at(file, format!("rows[{index}]"), what);
        let (tick, sums) = row.split_first().ok_or_else(|| at("is empty".to_owned()))?;
        let tick = usize::try_from(*tick).ok().filter(|tick| *tick < minutes.len());
        let tick = tick.ok_or_else(|| at("its tick is beyond the series".to_owned()))?;
        let sums = sums.chunks(2).map(|pair| match pair {
            [bad, total] => Counts::from_bad(*bad, *total).map_err(|what| at(what.to_string())),
            _ => Err(at("a window has no total".to_owned())),
        });
        let sums = sums.collect::<Result<Vec<_>, _>>()?;
        if sums.len() != golden.windows_ticks.len() {
            return Err(at(format!("has {} windows, not {}", sums.len(), golden.windows_ticks.len())));
        }
        expected.insert(tick, sums);
    }
    for name in golden.alert_edges.keys() {
        severity(name).ok_or_else(|| Fault::at(file, format!("alert_edges.{name}"), "is neither page nor ticket"))?;
    }

    let mut sections = Sections {
        exact: Section::new("window sums, every sample kept"),
        exact_alerts: Section::new("alert edges, every sample kept"),
        tiered: Section::new("window sums, buckets"),
        bounds: Section::new("bounds of every window at every tick, buckets"),
        tiered_alerts: Section::new("alerts at every tick, buckets"),
    };
    let samples = u32::try_from(minutes.len()).unwrap_or(u32::MAX);
    match run(&minutes, Resolution::Exact { most_samples: samples }) {
        Ok(run) => sections.check_exact(&golden, &expected, &run),
        Err(error) => sections.exact.disagree("the series", "sums", error),
    }
    match run(&minutes, Resolution::default()).and_then(|run| Ok((run, prefixes(&minutes)?))) {
        Ok((run, prefixes)) => sections.check_tiered(&golden, &expected, &prefixes, &run),
        Err(error) => sections.tiered.disagree("the series", "sums", error),
    }
    let Sections { exact, exact_alerts, tiered, bounds, tiered_alerts } = sections;
    Ok(vec![exact, exact_alerts, tiered, bounds, tiered_alerts])
}

struct Sections {
    exact: Section,
    exact_alerts: Section,
    tiered: Section,
    bounds: Section,
    tiered_alerts: Section,
}

/// What a tracker said at every tick.
struct Run {
    plan: std::sync::Arc<TrackerPlan>,
    /// The counts of each window of the plan, by tick.
    sums: Vec<Vec<Counts>>,
    /// Whether rows of each of [`SEVERITIES`] hold, by tick.
    firing: Vec<[bool; 2]>,
    /// When an alert without hold on each of them rises and falls.
    edges: [Vec<(usize, bool)>; 2],
}

const SEVERITIES: [(&str, Severity); 2] = [("page", Severity::Page), ("ticket", Severity::Ticket)];

/// Minute `i` is over, and observed, at minute `i + 1`.
fn run(minutes: &[Counts], resolution: Resolution) -> Result<Run, Error> {
    let plan = TrackerPlan::new(Objective::from_percent("99.9")?, &Policy::google_30d())?;
    let plan = std::sync::Arc::new(plan.with_resolution(resolution)?);
    let mut tracker = BurnTracker::with_plan(plan.clone());
    let mut run = Run { plan, sums: Vec::new(), firing: Vec::new(), edges: [Vec::new(), Vec::new()] };
    let mut alerts = SEVERITIES.map(|_| Alert::new(AlertRule::default()));
    let mut now = DateTime::<Utc>::UNIX_EPOCH;
    for (tick, counts) in minutes.iter().enumerate() {
        now = now.checked_add_signed(TimeDelta::minutes(1)).unwrap_or(now);
        tracker.observe(now, *counts)?;
        let evaluation = tracker.evaluate(now)?;
        run.sums.push(evaluation.windows().map(|window| window.counts).collect());
        let fires = |severity| evaluation.firing().any(|row| row.row.severity == severity);
        let firing = SEVERITIES.map(|(_, severity)| fires(severity));
        for ((alert, edges), holds) in alerts.iter_mut().zip(&mut run.edges).zip(firing) {
            if alert.handle(now, holds)?.is_some() {
                edges.push((tick, alert.is_firing()));
            }
        }
        run.firing.push(firing);
    }
    Ok(run)
}

impl Run {
    fn sum(&self, tick: usize, window_ticks: usize) -> Option<Counts> {
        let window = minutes(window_ticks);
        let position = self.plan.windows().iter().position(|tracked| *tracked == window)?;
        self.sums.get(tick)?.get(position).copied()
    }
}

impl Sections {
    fn check_exact(&mut self, golden: &File, expected: &BTreeMap<usize, Vec<Counts>>, run: &Run) {
        for (tick, sums) in expected {
            for (window, sum) in golden.windows_ticks.iter().zip(sums) {
                self.exact.equal(format!("tick {tick}, {window} min"), Some(*sum), run.sum(*tick, *window));
            }
        }
        for ((name, _), got) in SEVERITIES.iter().zip(&run.edges) {
            let Some(edges) = golden.alert_edges.get(*name) else { continue };
            for edge in edges {
                self.exact_alerts.equal(*name, Some(edge), got.iter().find(|got| *got == edge));
            }
            self.exact_alerts.equal(format!("edges of {name}"), edges.len(), got.len());
        }
    }

    /// Buckets make a window longer by less than one of them, and by nothing where it ends with its buckets.
    fn check_tiered(&mut self, golden: &File, expected: &BTreeMap<usize, Vec<Counts>>, prefixes: &[Counts], run: &Run) {
        const LONGER: &str = "the window is longer by less than one bucket (2 %), and ends between two buckets";
        for window in &golden.windows_ticks {
            let Some(bucket) = run.plan.bucket(minutes(*window)) else {
                self.tiered.disagree(format!("{window} min"), "a tracked window", "none");
                continue;
            };
            for tick in 0..run.sums.len() {
                let id = format!("tick {tick}, {window} min");
                let Some(got) = run.sum(tick, *window) else {
                    self.bounds.disagree(id, "a sum", "none");
                    continue;
                };
                let now = minutes(tick.saturating_add(1));
                let aligned = now.num_milliseconds().checked_rem(bucket.num_milliseconds()) == Some(0);
                // The ticks of a window of any length from the stated one to one bucket more.
                let longest = minutes(*window).checked_add(&bucket).unwrap_or(bucket);
                let longest = usize::try_from(longest.num_seconds().unsigned_abs().div_ceil(60)).unwrap_or(usize::MAX);
                let most = if aligned { *window } else { longest };
                if (*window..=most).any(|ticks| sum(prefixes, tick, ticks) == Some(got)) {
                    self.bounds.agree();
                } else {
                    self.bounds.disagree(&id, format!("the sum of {window} to {most} ticks"), format!("{got:?}"));
                }
                let golden = expected.get(&tick).and_then(|sums| {
                    let position = golden.windows_ticks.iter().position(|candidate| candidate == window)?;
                    sums.get(position)
                });
                match golden {
                    Some(golden) if *golden == got => self.tiered.agree(),
                    Some(_) if !aligned => self.tiered.differ(LONGER),
                    Some(golden) => self.tiered.disagree(id, format!("{golden:?}"), format!("{got:?}")),
                    None => {}
                }
            }
        }
        for (index, (name, _)) in SEVERITIES.iter().enumerate() {
            let Some(edges) = golden.alert_edges.get(*name) else { continue };
            for (tick, firing) in run.firing.iter().enumerate() {
                let state = edges.iter().rev().find(|(edge, _)| *edge <= tick).is_some_and(|(_, state)| *state);
                // Each sum is within its bounds by the section above, so a verdict that differs is that of a
                // window slightly longer.
                match firing.get(index) {
                    Some(firing) if *firing == state => self.tiered_alerts.agree(),
                    _ if self.bounds.disagreements.is_empty() => self.tiered_alerts.differ(LONGER),
                    got => self.tiered_alerts.disagree(format!("tick {tick}, {name}"), state, format!("{got:?}")),
                }
            }
        }
    }
}

fn severity(name: &str) -> Option<Severity> {
    SEVERITIES.iter().find(|(known, _)| *known == name).map(|(_, severity)| *severity)
}

fn minutes(count: usize) -> TimeDelta {
    i64::try_from(count).ok().and_then(TimeDelta::try_minutes).unwrap_or(TimeDelta::MAX)
}

/// Sums of the series: entry `i` is that of the first `i` minutes.
fn prefixes(series: &[Counts]) -> Result<Vec<Counts>, Error> {
    let mut prefixes = vec![Counts::ZERO];
    let mut sum = Counts::ZERO;
    for minute in series {
        sum = sum.merge(*minute)?;
        prefixes.push(sum);
    }
    Ok(prefixes)
}

/// The events of the last `ticks` minutes up to and with minute `tick`.
fn sum(prefixes: &[Counts], tick: usize, ticks: usize) -> Option<Counts> {
    let end = tick.checked_add(1)?;
    let (from, to) = (prefixes.get(end.saturating_sub(ticks))?, prefixes.get(end)?);
    let (bad, total) = (to.bad().checked_sub(from.bad())?, to.total().checked_sub(from.total())?);
    Counts::from_bad(bad, total).ok()
}
