//! Alerts on the time axis: pending pale, firing solid, a lane for each row of the policy.

use chrono::{DateTime, Utc};

use super::axis::{self, SIZES, Size};
use super::draw::{Bar, Px, Tick};
use super::labels::FONT;
use super::text;
use super::words::{self, Clock};
use crate::review::report::{AlertReport, SloReport};

/// The chart and the table behind it.
#[derive(Debug)]
pub(super) struct AlertsAxis {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) description: String,
    /// Empty where nothing was alerted.
    pub(super) drawings: Vec<Drawing>,
    pub(super) rows: Vec<Row>,
}

/// The chart in one size.
#[derive(Debug)]
pub(super) struct Drawing {
    pub(super) class: &'static str,
    pub(super) width: Px,
    pub(super) height: Px,
    pub(super) left: Px,
    pub(super) right: Px,
    pub(super) axis: Px,
    pub(super) times: Vec<Tick>,
    pub(super) lanes: Vec<Lane>,
}

/// A row of the policy.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) severity: String,
    pub(super) name: String,
    pub(super) text: Px,
    pub(super) y: Px,
    pub(super) class: &'static str,
    pub(super) pending: Vec<Bar>,
    pub(super) firing: Vec<Bar>,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) row: String,
    pub(super) severity: String,
    pub(super) pending: String,
    pub(super) firing: String,
    pub(super) until: String,
    pub(super) lasted: String,
}

const ROW: f64 = 34.0;

impl AlertsAxis {
    /// `shown` is the time that the burn-down above shows, so that both align: alerts that were over before are
    /// counted, not drawn.
    pub(super) fn new(
        slo: &SloReport,
        clock: &Clock,
        now: DateTime<Utc>,
        shown: (DateTime<Utc>, DateTime<Utc>),
    ) -> Self {
        let alerts: Vec<AlertReport> =
            slo.alerts.iter().filter(|alert| alert.until.is_none_or(|until| until >= shown.0)).cloned().collect();
        let earlier = match slo.alerts.len().saturating_sub(alerts.len()) {
            0 => String::new(),
            n => format!(" and {n} earlier"),
        };
        let drawings = if alerts.is_empty() {
            Vec::new()
        } else {
            SIZES.iter().map(|size| drawing(slo, &alerts, clock, size, shown, now)).collect()
        };
        let rows: Vec<Row> = alerts.iter().map(|alert| row(alert, clock, now)).collect();
        let title = title(&alerts, clock);
        Self {
            subtitle: format!(
                "Alerts by row, pale while pending · {} · n\u{a0}=\u{a0}{}{earlier}",
                clock.span(shown.0, now),
                alerts.len()
            ),
            description: format!("{title}. The table below lists each alert."),
            title,
            drawings,
            rows,
        }
    }
}

fn title(alerts: &[AlertReport], clock: &Clock) -> String {
    let fired: Vec<DateTime<Utc>> = alerts.iter().filter_map(|alert| alert.firing_from).collect();
    let lasting = alerts.iter().filter(|alert| alert.firing_from.is_some() && alert.until.is_none()).count();
    let still = match lasting {
        0 => "none fires now".to_owned(),
        1 => "one still fires".to_owned(),
        n => format!("{n} still fire"),
    };
    match (alerts, fired.as_slice()) {
        ([], _) => "No alert in the time looked at".to_owned(),
        (pending, []) => format!("{} pending, none fired", count(pending.len())),
        (_, [at]) => format!("One alert fired, on {}; {still}", clock.long(*at)),
        (_, several) => format!("{} alerts fired; {still}", several.len()),
    }
}

fn count(n: usize) -> String {
    if n == 1 { "One alert was".to_owned() } else { format!("{n} alerts were") }
}

fn drawing(
    slo: &SloReport,
    alerts: &[AlertReport],
    clock: &Clock,
    size: &Size,
    domain: (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Drawing {
    let time = size.time(domain.0, domain.1, clock.zone());
    let rows = slo.rows.iter().map(|row| (row.name.as_str(), row.severity.as_str()));
    let alerted = alerts.iter().map(|alert| (alert.row.as_str(), alert.severity.as_str()));
    let mut names: Vec<(&str, &str)> = Vec::new();
    for (name, severity) in rows.chain(alerted) {
        if !names.iter().any(|(known, _)| *known == name) {
            names.push((name, severity));
        }
    }
    let lanes: Vec<Lane> = names
        .into_iter()
        .zip(0_u32..)
        .map(|((name, severity), index)| {
            let top = ROW * f64::from(index);
            let alerts: Vec<&AlertReport> = alerts.iter().filter(|alert| alert.row == name).collect();
            let bar = |from: DateTime<Utc>, to: DateTime<Utc>, word: &str| {
                let title = format!("{word} {}", clock.span(from, to));
                Bar::new(time.clamped(from), time.clamped(to), 2.0, title)
            };
            let ends = |alert: &AlertReport| alert.until.unwrap_or(now);
            let firing: Vec<Bar> =
                alerts.iter().filter_map(|alert| Some(bar(alert.firing_from?, ends(alert), "firing"))).collect();
            let pending = alerts
                .iter()
                .map(|alert| bar(alert.pending_from, alert.firing_from.unwrap_or_else(|| ends(alert)), "pending"))
                .collect();
            let fired = match firing.len() {
                0 => "none fired".to_owned(),
                1 => "1 fired".to_owned(),
                n => format!("{n} fired"),
            };
            let room = size.right - size.left - text::width(&fired, FONT) - 20.0;
            Lane {
                severity: text::isolate(&text::fit(severity, size.left - 10.0, FONT)),
                name: format!("{} · {fired}", text::isolate(&text::fit(name, room, FONT))),
                text: Px(top + 14.0),
                y: Px(top + 19.0),
                class: if severity == "page" { "act" } else { "watch" },
                pending,
                firing,
            }
        })
        .collect();
    let axis = ROW * f64::from(u32::try_from(lanes.len()).unwrap_or(0)) + 4.0;
    Drawing {
        class: size.class,
        width: Px(size.width),
        height: Px(axis + 36.0),
        left: Px(size.left),
        right: Px(size.right),
        axis: Px(axis),
        times: axis::ticks(&time, size),
        lanes,
    }
}

fn row(alert: &AlertReport, clock: &Clock, now: DateTime<Utc>) -> Row {
    let ends = alert.until.unwrap_or(now);
    Row {
        row: alert.row.clone(),
        severity: alert.severity.clone(),
        pending: clock.short(alert.pending_from),
        firing: alert.firing_from.map_or_else(|| "never".to_owned(), |at| clock.beside(at, alert.pending_from)),
        until: alert.until.map_or_else(|| "still lasts".to_owned(), |at| clock.beside(at, alert.pending_from)),
        lasted: words::between(alert.firing_from.unwrap_or(alert.pending_from), ends),
    }
}
