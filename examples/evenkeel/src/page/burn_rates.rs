//! How fast the budget goes now: a line for each row of the alert policy, on one logarithmic axis.

use super::draw::{Px, Tick};
use super::labels::FONT;
use super::scale::Log;
use super::text;
use super::words;
use crate::review::report::{RowReport, SloReport};

/// The chart and the table behind it.
#[derive(Debug)]
pub(super) struct BurnRates {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) description: String,
    pub(super) width: Px,
    pub(super) height: Px,
    pub(super) left: Px,
    pub(super) right: Px,
    pub(super) axis: Px,
    pub(super) ticks: Vec<Tick>,
    pub(super) minor: Vec<Px>,
    /// Where the budget is spent exactly by the end of the period.
    pub(super) even: Px,
    pub(super) lines: Vec<Line>,
    pub(super) rows: Vec<Row>,
}

/// A row of the policy as a line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) condition: String,
    pub(super) values: String,
    pub(super) text: Px,
    pub(super) second: Px,
    pub(super) y: Px,
    pub(super) threshold: Px,
    pub(super) top: Px,
    pub(super) bottom: Px,
    /// The stretch between the two windows.
    pub(super) stretch: Option<(Px, Px)>,
    pub(super) dots: Vec<Dot>,
    /// `act` or `watch` while it fires, `held` while the low-traffic gate holds it back.
    pub(super) class: &'static str,
}

/// A window.
#[derive(Debug)]
pub(super) struct Dot {
    pub(super) x: Px,
    pub(super) y: Px,
    /// The outline of a circle for the long window, of a diamond for the short one.
    pub(super) path: String,
    pub(super) over: bool,
    pub(super) title: String,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) severity: String,
    pub(super) threshold: String,
    pub(super) long: String,
    pub(super) short: String,
    pub(super) state: &'static str,
    pub(super) reason: String,
}

const WIDTH: f64 = 328.0;
const LEFT: f64 = 8.0;
const RIGHT: f64 = 320.0;
const ROW: f64 = 66.0;
const TOP: f64 = 4.0;

impl BurnRates {
    pub(super) fn new(slo: &SloReport) -> Self {
        let rates = slo.rows.iter().flat_map(|row| [Some(row.factor), row.long_burn, row.short_burn]).flatten();
        let scale = Log::around(rates.chain([1.0]), (LEFT, RIGHT));
        // Without any rate there is nothing to draw; the title says so.
        let known = slo.rows.iter().any(|row| row.long_burn.is_some() || row.short_burn.is_some());
        let rows = if known { slo.rows.as_slice() } else { &[] };
        let lines: Vec<Line> =
            rows.iter().zip(0_u32..).map(|(row, index)| line(row, TOP + ROW * f64::from(index), &scale)).collect();
        let axis = TOP + ROW * f64::from(u32::try_from(lines.len()).unwrap_or(0)) + 2.0;
        Self {
            title: title(&slo.rows),
            subtitle: "Multiples of the even rate, log axis · ● long and ◆ short window, filled above the threshold ┃"
                .to_owned(),
            description: description(&slo.rows),
            width: Px(WIDTH),
            height: Px(axis + 24.0),
            left: Px(LEFT),
            right: Px(RIGHT),
            axis: Px(axis),
            ticks: ticks(&scale),
            minor: scale.between().into_iter().map(|value| Px(scale.clamped(value))).collect(),
            even: Px(scale.clamped(1.0)),
            lines,
            rows: slo.rows.iter().map(table_row).collect(),
        }
    }
}

/// The powers of ten; without a label where it would touch the one before.
fn ticks(scale: &Log) -> Vec<Tick> {
    let mut taken = f64::NEG_INFINITY;
    let mut place = |decade: f64| {
        let at = scale.clamped(decade);
        let label = words::threshold(decade);
        let wide = text::width(&label, FONT);
        let (anchor, left) = if at - wide / 2.0 < 0.0 {
            ("start", at)
        } else if at + wide / 2.0 > WIDTH {
            ("end", at - wide)
        } else {
            ("middle", at - wide / 2.0)
        };
        let free = left > taken + 4.0;
        taken = if free { left + wide } else { taken };
        Tick { at: Px(at), label: if free { label } else { String::new() }, below: None, anchor }
    };
    scale.decades().into_iter().map(&mut place).collect()
}

/// The rate that is nearest to firing or furthest beyond, and the seconds of its window.
pub(super) fn fastest(rows: &[RowReport]) -> Option<(f64, i64)> {
    let (_, burn, seconds) = rows
        .iter()
        .filter_map(|row| Some((row.long_burn? / row.factor, row.long_burn?, row.long_seconds)))
        .filter(|(ratio, _, _)| ratio.is_finite())
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some((burn, seconds))
}

fn title(rows: &[RowReport]) -> String {
    let firing: Vec<&RowReport> = rows.iter().filter(|row| row.firing).collect();
    let named = |row: &RowReport| text::fit(&row.name, 240.0, FONT);
    match (firing.as_slice(), rows) {
        (_, []) => "No alert policy".to_owned(),
        ([], _) if rows.iter().all(|row| row.long_burn.is_none()) => "No burn rate: not enough data".to_owned(),
        ([], rows) if rows.iter().any(|row| row.held_back) => {
            let held: Vec<&RowReport> = rows.iter().filter(|row| row.held_back).collect();
            match held.as_slice() {
                [only] => format!("Nothing fires; {} is held back: too few events", named(only)),
                several => format!("Nothing fires; {} rows are held back: too few events", several.len()),
            }
        }
        ([], _) => match fastest(rows) {
            Some((burn, seconds)) => {
                format!("Nothing fires; nearest is {} over {}", words::times(burn), words::duration(seconds))
            }
            None => "Nothing fires".to_owned(),
        },
        ([only], _) => match only.long_burn {
            Some(burn) => {
                format!("{} fires: {} over {}", named(only), words::times(burn), words::duration(only.long_seconds))
            }
            None => format!("{} fires", named(only)),
        },
        (several, all) => format!("{} of {} rows fire", several.len(), all.len()),
    }
}

fn description(rows: &[RowReport]) -> String {
    let sentences = rows.iter().map(|row| {
        let state = match (row.firing, row.held_back) {
            (true, _) => "fires",
            (_, true) => "is held back (too few events)",
            _ => "does not fire",
        };
        format!("{} {state} above {}: {}.", row.name.clone(), words::threshold(row.factor), values(row, ["", ""]))
    });
    sentences.collect::<Vec<_>>().join(" ")
}

/// `1 h 3.2x, 5 min 2.8x`, each window behind its sign.
fn values(row: &RowReport, signs: [&str; 2]) -> String {
    let [long_sign, short_sign] = signs;
    let rate = |burn: Option<f64>| burn.map_or_else(|| "no data".to_owned(), words::times);
    let long = format!("{long_sign}{}: {}", words::duration(row.long_seconds), rate(row.long_burn));
    match row.short_seconds {
        Some(seconds) => format!("{long}, {short_sign}{}: {}", words::duration(seconds), rate(row.short_burn)),
        None => long,
    }
}

fn line(row: &RowReport, top: f64, scale: &Log) -> Line {
    let class = match (row.firing, row.severity.as_str()) {
        (false, _) if row.held_back => "held",
        (false, _) => "quiet",
        (true, "page") => "act",
        (true, _) => "watch",
    };
    let y = top + 47.0;
    let windows = [(Some(row.long_seconds), row.long_burn, true), (row.short_seconds, row.short_burn, false)];
    let dots: Vec<Dot> = windows
        .into_iter()
        .filter_map(|(seconds, burn, long)| {
            let (seconds, burn) = (seconds?, burn.filter(|burn| burn.is_finite())?);
            let below = if burn < scale.low() { " (left of the axis)" } else { "" };
            Some(Dot {
                x: Px(scale.clamped(burn)),
                y: Px(y),
                path: if long {
                    "m-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0".to_owned()
                } else {
                    "m-5.5 0l5.5-5.5l5.5 5.5l-5.5 5.5z".to_owned()
                },
                over: over(Some(burn), row),
                title: format!("{}: {}{below}", words::duration(seconds), words::times(burn)),
            })
        })
        .collect();
    let stretch = match dots.as_slice() {
        [long, short] => Some((Px(long.x.0.min(short.x.0)), Px(long.x.0.max(short.x.0)))),
        _ => None,
    };
    let condition = if row.held_back {
        "held back: too few events".to_owned()
    } else {
        format!("{} above {}", text::fit(&row.severity, 60.0, FONT), words::threshold(row.factor))
    };
    // Names are bold, which is wider.
    let room = (RIGHT - LEFT - text::width(&condition, FONT) - 10.0) / 1.12;
    Line {
        name: text::isolate(&text::fit(&row.name, room, FONT)),
        condition,
        values: values(
            row,
            [if over(row.long_burn, row) { "● " } else { "○ " }, if over(row.short_burn, row) { "◆ " } else { "◇ " }],
        ),
        text: Px(top + 14.0),
        second: Px(top + 30.0),
        y: Px(y),
        threshold: Px(scale.clamped(row.factor)),
        top: Px(y - 9.0),
        bottom: Px(y + 9.0),
        stretch,
        dots,
        class,
    }
}

/// Whether a window speaks for firing: above the threshold, and on enough events.
fn over(burn: Option<f64>, row: &RowReport) -> bool {
    !row.held_back && burn.is_some_and(|burn| burn > row.factor)
}

fn table_row(row: &RowReport) -> Row {
    let rate = |burn: Option<f64>, seconds: i64| {
        let burn = burn.map_or_else(|| "not enough data".to_owned(), words::times);
        format!("{burn} over {}", words::duration(seconds))
    };
    Row {
        name: row.name.clone(),
        severity: row.severity.clone(),
        threshold: words::threshold(row.factor),
        long: rate(row.long_burn, row.long_seconds),
        short: row.short_seconds.map_or_else(|| "none".to_owned(), |seconds| rate(row.short_burn, seconds)),
        state: match (row.firing, row.held_back) {
            (true, _) => "fires",
            (_, true) => "held back: too few events",
            _ => "quiet",
        },
        reason: row.reason.clone(),
    }
}
