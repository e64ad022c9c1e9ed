//! What the page's template shows.

use askama::Template;
use chrono_tz::Tz;

use super::oncall::OnCallPart;
use super::part::Part;
use super::sparkline;
use super::words::{self, Clock};
use crate::review::report::{Report, Standing};

/// The whole page.
#[derive(Debug, Template)]
#[template(path = "page/page.html", whitespace = "minimize")]
pub(super) struct Page {
    title: String,
    headline: String,
    span: String,
    zone: String,
    now: String,
    now_machine: String,
    tallies: Vec<Tally>,
    decisions: Vec<Decision>,
    parts: Vec<Part>,
    oncall: Option<OnCallPart>,
    method: Vec<String>,
}

/// How many objectives stand alike.
#[derive(Debug)]
struct Tally {
    count: usize,
    standing: Shown,
}

/// A decision with a link to its part.
#[derive(Debug)]
struct Decision {
    slo: String,
    link: Option<usize>,
    action: String,
    evidence: String,
    owner: Option<String>,
}

/// A standing as the page shows it: a word, a class and a shape, never colour alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) word: &'static str,
    pub(super) class: &'static str,
    /// An outline in a box of 12 by 12.
    pub(super) shape: &'static str,
}

impl Shown {
    pub(super) fn new(standing: Standing) -> Self {
        match standing {
            Standing::Act => Self { word: "Act", class: "act", shape: "M4 .5h4l3.5 3.5v4l-3.5 3.5h-4l-3.5-3.5v-4z" },
            Standing::Watch => Self { word: "Watch", class: "watch", shape: "M6 .8l5.7 10.4H.3z" },
            Standing::Good => Self { word: "Good", class: "good", shape: "M1 6a5 5 0 1 0 10 0a5 5 0 1 0-10 0z" },
            Standing::Unknown => Self {
                word: "Unknown",
                class: "unknown",
                shape: "M1 6a5 5 0 1 0 10 0a5 5 0 1 0-10 0zM3 6a3 3 0 1 1 6 0a3 3 0 1 1-6 0z",
            },
        }
    }
}

impl Page {
    pub(super) fn new(report: &Report, zone: Tz) -> Self {
        let clock = Clock::new(zone, report.now);
        let floor = sparkline::floor(report);
        // Two pixels a column, the width of the line; many objectives share the room of ten.
        let shared = 3000_usize.checked_div(report.slos.len()).unwrap_or(300).clamp(120, 300);
        let columns = u32::try_from(shared).map_or(300.0, f64::from);
        let parts: Vec<Part> = report
            .slos
            .iter()
            .enumerate()
            .map(|(index, slo)| Part::new(index, slo, report, &clock, floor, columns))
            .collect();
        let tally = |standing: Standing| Tally {
            count: report.slos.iter().filter(|slo| slo.standing == standing).count(),
            standing: Shown::new(standing),
        };
        let decisions = report.decisions.iter().map(|decision| Decision {
            slo: decision.slo.clone(),
            link: report.slos.iter().position(|slo| slo.name == decision.slo),
            action: decision.action.clone(),
            evidence: decision.evidence.clone(),
            owner: decision.owner.clone(),
        });
        Self {
            title: report.title.clone(),
            headline: report.headline.clone(),
            span: format!("{} to {}", clock.full(report.from), clock.full(report.now)),
            zone: report.zone.clone(),
            now: clock.full(report.now),
            now_machine: words::machine(report.now),
            tallies: [Standing::Act, Standing::Watch, Standing::Good, Standing::Unknown]
                .map(tally)
                .into_iter()
                .filter(|tally| tally.count > 0)
                .collect(),
            decisions: decisions.collect(),
            parts,
            oncall: report.oncall.as_ref().map(|oncall| OnCallPart::new(oncall, zone)),
            method: report.method.clone(),
        }
    }
}
