//! The review as data: what `evenkeel review --json` prints, and all that the page and the terminal show.
//!
//! Instants are UTC (RFC 3339), ratios are shares (1 = all), burn rates are multiples of the even rate.
//! `None` means "not enough data" and never 0.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// A whole review.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Always `evenkeel.review/1`.
    pub schema: &'static str,
    /// The book's title.
    pub title: String,
    /// The IANA zone in which instants are shown.
    pub zone: String,
    /// Start of the time that was looked at.
    pub from: DateTime<Utc>,
    /// The instant of the review: the end of the time that was looked at.
    pub now: DateTime<Utc>,
    /// One sentence that answers "must we act?".
    pub headline: String,
    /// What to decide, most urgent first.
    pub decisions: Vec<Decision>,
    /// The objectives, worst first.
    pub slos: Vec<SloReport>,
    /// Incidents known in the time that was looked at.
    pub incidents: Vec<Incident>,
    /// Who is on call, and how people bear it; `None` where the book has no rota, or no published plan.
    pub oncall: Option<super::oncall::OnCallReport>,
    /// How it was computed and what was left out.
    pub method: Vec<String>,
}

/// One thing to decide.
#[derive(Debug, Clone, Serialize)]
pub struct Decision {
    /// The objective's name.
    pub slo: String,
    /// What to do, as a sentence.
    pub action: String,
    /// The numbers behind it, as a sentence.
    pub evidence: String,
    /// Who owns the service, where the book says so.
    pub owner: Option<String>,
}

/// How an objective stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Within budget, nothing fires.
    Good,
    /// A ticket fires, or less than a quarter of the budget is left.
    Watch,
    /// A page fires, or the budget is spent.
    Act,
    /// Not enough data to say.
    Unknown,
}

/// One objective.
#[derive(Debug, Clone, Serialize)]
pub struct SloReport {
    /// The objective's name in the book.
    pub name: String,
    /// The service it speaks of.
    pub service: String,
    /// The name to show.
    pub title: String,
    /// What is promised, in the author's words.
    pub description: Option<String>,
    /// Who owns it.
    pub owner: Option<String>,
    /// `99.9%`.
    pub objective: String,
    /// `availability`, `latency`, `correctness` or `freshness`.
    pub kind: String,
    /// OpenSLO budgeting method.
    pub method: String,
    /// What is counted: `events`, `checks`, `slices` or `time`.
    pub unit: String,
    /// `1d rolling`, `month in Europe/Berlin`.
    pub period: String,
    /// Start of the period.
    pub period_start: DateTime<Utc>,
    /// End of the period; the instant of the review for a rolling one.
    pub period_end: DateTime<Utc>,
    /// How it stands.
    pub standing: Standing,
    /// How it stands, in words: `38 of 43 min left (88 %), burning at 0.4x`.
    pub summary: String,
    /// All events, checks, slices or seconds counted.
    pub total: u64,
    /// The bad ones.
    pub bad: u64,
    /// Where good cannot be told exactly (a threshold between histogram bounds): the fewest and the most bad.
    pub bad_bounds: Option<(u64, u64)>,
    /// The budget; `None` without traffic.
    pub budget: Option<BudgetReport>,
    /// Remaining budget (share of the allowance, 1 = untouched, below 0 overspent) over time, ascending.
    pub burn_down: Vec<BurnDownPoint>,
    /// The rows of the alert policy as they stand now.
    pub rows: Vec<RowReport>,
    /// What was alerted in the time that was looked at, ascending.
    pub alerts: Vec<AlertReport>,
    /// When the budget ends; `None` when there is too little to say, with the reason in `forecast_note`.
    pub forecast: Option<ForecastReport>,
    /// Why there is no forecast, or what to know about it.
    pub forecast_note: Option<String>,
    /// Time left out by declared maintenance.
    pub excluded: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// Remarks: missing data, rows that cannot fire, low traffic.
    pub notes: Vec<String>,
}

/// A budget, exact: whole units and billionths of a unit. That of a calendar period is what it has by its end: for
/// events if traffic goes on as so far.
#[derive(Debug, Clone, Serialize)]
pub struct BudgetReport {
    /// Bad units allowed, by floor.
    pub allowed: u64,
    /// Bad units allowed, in billionths, as text: it may exceed 64 bits.
    pub allowed_billionths: String,
    /// Bad units so far.
    pub consumed: u64,
    /// Units left, by floor; 0 when overspent.
    pub remaining: u64,
    /// Units spent beyond the allowance, by ceiling; 0 when not overspent.
    pub overspent: u64,
    /// What is left as a share of the allowance; below 0 when overspent.
    pub remaining_ratio: f64,
}

/// A point of the burn-down.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct BurnDownPoint {
    /// When.
    pub at: DateTime<Utc>,
    /// What was left, as a share of the allowance of the whole period.
    pub remaining: f64,
}

/// A row of the policy, now.
#[derive(Debug, Clone, Serialize)]
pub struct RowReport {
    /// The row's name.
    pub name: String,
    /// `page` or `ticket`.
    pub severity: String,
    /// The burn rate to exceed.
    pub factor: f64,
    /// Length of the long window.
    pub long_seconds: i64,
    /// Burn rate in it.
    pub long_burn: Option<f64>,
    /// Length of the short window, where the row has one.
    pub short_seconds: Option<i64>,
    /// Burn rate in it.
    pub short_burn: Option<f64>,
    /// Whether the row fires now.
    pub firing: bool,
    /// Whether its rates are above the factor and the low-traffic gate holds it back: chance may have done that.
    pub held_back: bool,
    /// Why it does or does not, in words.
    pub reason: String,
}

/// One alert, from pending to resolved.
#[derive(Debug, Clone, Serialize)]
pub struct AlertReport {
    /// The row that fired.
    pub row: String,
    /// `page` or `ticket`.
    pub severity: String,
    /// When the condition first held.
    pub pending_from: DateTime<Utc>,
    /// When it fired; `None` when it never got that far.
    pub firing_from: Option<DateTime<Utc>>,
    /// When it resolved; `None` while it lasts.
    pub until: Option<DateTime<Utc>>,
}

/// When the budget ends.
#[derive(Debug, Clone, Serialize)]
pub struct ForecastReport {
    /// Level of the interval, in `(0, 1)`.
    pub level: f64,
    /// Buckets of history it rests on.
    pub n: usize,
    /// Median instant of exhaustion; `None` when it does not come within the horizon.
    pub median: Option<DateTime<Utc>>,
    /// Early end of the interval.
    pub earliest: Option<DateTime<Utc>>,
    /// Late end of the interval; `None` when beyond the horizon.
    pub latest: Option<DateTime<Utc>>,
    /// Bad units that may still be spent until the period ends.
    pub safe_to_spend: Option<u64>,
    /// The band: remaining budget, as in the burn-down.
    pub band: Vec<BandPoint>,
}

/// A point of the forecast band.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct BandPoint {
    /// When.
    pub at: DateTime<Utc>,
    /// Lower end of the interval.
    pub lower: f64,
    /// Median.
    pub median: f64,
    /// Upper end of the interval.
    pub upper: f64,
}

/// A known incident.
#[derive(Debug, Clone, Serialize)]
pub struct Incident {
    /// The service.
    pub service: String,
    /// When it began.
    pub start: DateTime<Utc>,
    /// When it ended.
    pub end: DateTime<Utc>,
    /// Its severity, in the author's words.
    pub severity: String,
    /// What it was, in the author's words.
    pub title: String,
}
