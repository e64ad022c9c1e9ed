//! `evenkeel trend`: is a series rising or falling, how fast, and when did its level change?

mod chart;
mod count;
mod moment;
mod text;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use measure_core::trend::{Change, Correction, Direction, Segmentation, Segments, Trend, segments, trend_by};
use measure_core::{Level, NotEnough, Seed, Series};
use serde::Serialize;
use timeline_core::{Tz, parse_zone};

use super::{Answer, argument_level};
use crate::fault::{Fault, Faults};
use crate::observations::{Column, Selection, Texts, Unit, read, texts};
use count::{Bounds, Period, counts, instant};
use moment::{Moment, steps};

/// Is a series rising or falling, how fast, and when did its level change?
///
/// FILE holds one number a line, or CSV with a column of numbers, in the order of time; or, with --count, the instants
/// of events (incidents, tickets), which are counted by calendar periods.
///
/// Exits 0 with an answer, "no trend found" and "not enough data" among them; 1 where --fail-on says so; 2 for bad
/// input.
#[derive(Debug, Args)]
pub(super) struct TrendCommand {
    /// The file: numbers, one a line, or CSV with a header.
    file: PathBuf,
    /// The column of numbers [default: the only one].
    #[arg(long, value_name = "NAME", conflicts_with = "count")]
    column: Option<String>,
    /// The column that says when: instants, days, ISO weeks, months or numbers. Rows are put in its order.
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// Count the rows by calendar periods, instead of reading numbers; the first and the last period, which the rows
    /// cover in part, are left out.
    #[arg(long, value_enum, value_name = "PERIOD")]
    count: Option<Period>,
    /// All events from this day or instant on are in the file: the period that begins there is whole.
    #[arg(long, value_name = "WHEN", requires = "count")]
    from: Option<String>,
    /// All events before this day or instant are in the file: the period that ends there is whole.
    #[arg(long, value_name = "WHEN", requires = "count")]
    until: Option<String>,
    /// The time zone of days and of instants without an offset [default: UTC].
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Leave out, and count, rows whose cell is empty.
    #[arg(long)]
    skip_empty: bool,
    /// How sure the answer shall be.
    #[arg(long, value_name = "SHARE", default_value = "95%")]
    level: String,
    /// Exit 1 when this is found; where there is no trend, a level that ends above or below where it began counts as one.
    #[arg(long, value_enum, value_name = "TREND")]
    fail_on: Option<FailOn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Rising,
    Falling,
    /// Either.
    Trend,
}

/// The observations and what is known of them.
struct Observed {
    /// What is observed, for the title.
    what: String,
    column: Option<String>,
    unit: Unit,
    counted: bool,
    /// What a step is called: "week", "row".
    step: &'static str,
    series: Series,
    /// The name of each observation; none for a list without times.
    labels: Vec<String>,
    /// What was left out, put in order or taken otherwise than it may seem.
    notes: Vec<String>,
}

impl Observed {
    fn label(&self, index: usize) -> String {
        self.labels.get(index).cloned().unwrap_or_else(|| format!("row {}", index.saturating_add(1)))
    }
}

#[derive(Debug, Serialize)]
struct TrendReport<'a> {
    schema: &'static str,
    file: String,
    column: Option<&'a str>,
    unit: &'static str,
    step: &'static str,
    n: usize,
    first: String,
    last: String,
    level: Level,
    /// The verdict; `None` without enough observations.
    trend: Option<&'a Trend>,
    not_enough: Option<NotEnough>,
    /// Changes of level, each with the name of the observation at which it begins.
    changes: Option<Vec<ChangeReport>>,
    /// What was counted, a period; `None` where the file has the numbers itself.
    counts: Option<Vec<CountReport<'a>>>,
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
struct ChangeReport {
    label: String,
    index: usize,
    before: f64,
    after: f64,
    p_value: Option<f64>,
    /// Whether p says so at the level asked for: the text names these.
    sure: bool,
}

#[derive(Debug, Serialize)]
struct CountReport<'a> {
    period: &'a str,
    count: f64,
}

/// What was found.
struct Found {
    trend: Result<(Trend, Segments), NotEnough>,
    level: Level,
}

impl Found {
    /// Whether its own test says so.
    fn is_sure(&self, change: &Change) -> bool {
        change.test.is_some_and(|test| test.p_value().get() <= self.level.outside())
    }

    /// Whether that was found: a trend, or a level that is not what it was at first after changes that are sure.
    fn is(&self, fail_on: FailOn) -> bool {
        let Ok((trend, segments)) = &self.trend else { return false };
        let sure = || segments.changes.iter().filter(|change| self.is_sure(change));
        let (first, last) = (sure().next(), sure().next_back());
        let moved = first.zip(last).map_or(0.0, |(first, last)| last.after / 2.0 - first.before / 2.0);
        let rises = trend.direction == Direction::Rising || (trend.direction == Direction::NotFound && moved > 0.0);
        let falls = trend.direction == Direction::Falling || (trend.direction == Direction::NotFound && moved < 0.0);
        match fail_on {
            FailOn::Rising => rises,
            FailOn::Falling => falls,
            FailOn::Trend => rises || falls,
        }
    }
}

impl TrendCommand {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let mut faults = Faults::default();
        let level = argument_level("--level", &self.level).map_err(|fault| faults.push(fault));
        let zone = self.zone.as_deref().map(|zone| parse_zone(zone).map_err(|error| Fault::of("--zone", error)));
        let zone = zone.transpose().map_err(|fault| faults.push(fault));
        let observed = match (&zone, self.count) {
            (Ok(zone), Some(period)) => faults.take(self.counted(period, zone.unwrap_or(Tz::UTC))),
            (Ok(zone), None) => faults.take(self.measured(*zone)),
            (Err(()), _) => None,
        };
        let (Ok(level), Some(observed)) = (level, observed) else { return Err(faults) };
        faults.or(())?;
        let found = Found { trend: judge(&observed.series, level), level };
        let report = self.report(&observed, &found);
        let mut answer = Answer::new(text::text(&self.file.display().to_string(), &observed, &found), &report)?;
        answer.yes = !self.fail_on.is_some_and(|fail_on| found.is(fail_on));
        Ok(answer)
    }

    fn report<'a>(&self, observed: &'a Observed, found: &'a Found) -> TrendReport<'a> {
        let last = observed.series.len().saturating_sub(1);
        let changes = |segments: &Segments| {
            let changes = segments.changes.iter().map(|change| ChangeReport {
                label: observed.label(change.at),
                index: change.at,
                before: change.before,
                after: change.after,
                p_value: change.test.map(|test| test.p_value().get()),
                sure: found.is_sure(change),
            });
            changes.collect()
        };
        let counts = observed.labels.iter().zip(observed.series.values());
        TrendReport {
            schema: "evenkeel.trend/1",
            file: self.file.display().to_string(),
            column: observed.column.as_deref(),
            unit: match observed.unit {
                Unit::Plain if observed.counted => "events",
                Unit::Plain => "plain",
                Unit::Seconds => "seconds",
            },
            step: observed.step,
            n: observed.series.len(),
            first: if observed.series.is_empty() { String::new() } else { observed.label(0) },
            last: if observed.series.is_empty() { String::new() } else { observed.label(last) },
            level: found.level,
            trend: found.trend.as_ref().ok().map(|(trend, _)| trend),
            not_enough: found.trend.as_ref().err().copied(),
            changes: found.trend.as_ref().ok().map(|(_, segments)| changes(segments)),
            counts: observed
                .counted
                .then(|| counts.map(|(period, count)| CountReport { period, count: *count }).collect()),
            notes: &observed.notes,
        }
    }

    /// The numbers of the file, in the order of time.
    fn measured(&self, zone: Option<Tz>) -> Result<Observed, Faults> {
        let selection = Selection {
            column: self.column.as_deref(),
            beside: self.time.as_deref(),
            only: None,
            skip_empty: self.skip_empty,
        };
        let mut column = read(&self.file, &selection)?;
        if self.time.is_some() && self.skip_empty {
            column.skipped = column.skipped.saturating_add(without_time(&mut column));
        }
        let mut values = column.values();
        let mut notes = Vec::new();
        let (mut labels, mut step) = (column.beside, "row");
        if let Some(time) = &self.time {
            let lines: Vec<u64> = column.observations.iter().map(|observation| observation.line).collect();
            let order = Order::of(&column.source, time, &labels, &lines, zone)?;
            if order.moved > 0 {
                notes.push(format!("the rows were not in the order of `{time}`; they have been put in it"));
            }
            values = order.places.iter().filter_map(|place| values.get(*place).copied()).collect();
            labels = order.places.iter().filter_map(|place| labels.get(*place).cloned()).collect();
            // Of uneven rows, a step is a row.
            step = order.step.filter(|_| order.uneven == 0).unwrap_or(step);
            if order.uneven > 0 {
                let steps = values.len().saturating_sub(1);
                let apart =
                    order.step.map_or_else(|| "as far apart as most".to_owned(), |step| format!("a {step} apart"));
                notes.push(format!(
                    "{} of {steps} rows are not {apart} from the row before; each counts as one step",
                    order.uneven
                ));
            }
        }
        if column.skipped > 0 {
            notes.push(format!("{} left out, since the cell is empty", crate::words::counted(column.skipped, "rows")));
        }
        let name = column.name;
        let series = Series::new(values).map_err(|error| Fault::of(&column.source, error))?;
        let what = name.clone().unwrap_or_else(|| "values".to_owned());
        Ok(Observed { what, column: name, unit: column.unit, counted: false, step, series, labels, notes })
    }

    /// The events of the file, counted.
    fn counted(&self, period: Period, zone: Tz) -> Result<Observed, Faults> {
        let mut faults = Faults::default();
        let mut bound = |argument: &str, text: &Option<String>| {
            let bound = text.as_deref().map(|text| instant(text, zone).map_err(|message| Fault::of(argument, message)));
            faults.take(bound.transpose().map_err(Faults::from)).flatten()
        };
        let bounds = Bounds { from: bound("--from", &self.from), until: bound("--until", &self.until) };
        if let (Some(from), Some(until)) = (bounds.from, bounds.until)
            && from >= until
        {
            faults.push(Fault::of("--until", format!("{until} is not after `--from`, {from}")));
        }
        let is_cell = |cell: &str| Moment::read(cell, Some(zone)).is_ok();
        let events: Option<Texts> = faults.take(texts(&self.file, self.time.as_deref(), self.skip_empty, is_cell));
        let Some(events) = events else { return Err(faults) };
        let Some(counts) = faults.take(counts(&events, period, zone, bounds)) else { return Err(faults) };
        faults.or(())?;
        let mut notes = Vec::new();
        if !counts.partial.is_empty() {
            let (are, them) = if counts.partial.len() == 1 { ("is", "it") } else { ("are", "them") };
            let events = crate::words::counted(counts.in_partial, "events");
            notes.push(format!(
                "{} {are} covered in part and left out, with the {events} in {them}",
                counts.partial.join(" and ")
            ));
        }
        if counts.outside > 0 {
            notes.push(format!(
                "{} left out, outside the bounds given",
                crate::words::counted(counts.outside, "events")
            ));
        }
        if events.skipped > 0 {
            notes.push(format!("{} left out, since the cell is empty", crate::words::counted(events.skipped, "rows")));
        }
        let values = counts.periods.iter().map(|(_, count)| real(*count)).collect();
        let series = Series::new(values).map_err(|error| Fault::of(&events.source, error))?;
        let what = events.name.as_ref().map_or_else(|| "events".to_owned(), |name| format!("rows by `{name}`"));
        Ok(Observed {
            what,
            column: events.name,
            unit: Unit::Plain,
            counted: true,
            step: period.name(),
            series,
            labels: counts.periods.into_iter().map(|(label, _)| label).collect(),
            notes,
        })
    }
}

fn judge(series: &Series, level: Level) -> Result<(Trend, Segments), NotEnough> {
    let trend = trend_by(series, level, Level::P80, Correction::default())?;
    // The shuffles of its tests are the same in every run.
    Ok((trend, segments(series, Segmentation::default().corrected().ranked(), Seed::new(0))?))
}

#[expect(clippy::cast_precision_loss, reason = "rows of a file are far fewer than 2^53")]
const fn real(count: u64) -> f64 {
    count as f64
}

/// Leaves out the rows whose cell beside is empty; how many they are.
fn without_time(column: &mut Column) -> u64 {
    let all = column.observations.len();
    let mut timed = column.beside.iter().map(|cell| !cell.trim().is_empty());
    column.observations.retain(|_| timed.next().unwrap_or(true));
    column.beside.retain(|cell| !cell.trim().is_empty());
    u64::try_from(all.saturating_sub(column.observations.len())).unwrap_or(u64::MAX)
}

/// The order of rows by their time.
struct Order {
    /// The places of the rows, in the order of time.
    places: Vec<usize>,
    /// How many rows were not where they belong.
    moved: usize,
    /// What a step is called.
    step: Option<&'static str>,
    /// How many steps are longer or shorter than most.
    uneven: usize,
}

impl Order {
    /// # Errors
    /// A fault for each cell that says no time or another kind than the first, and for each time that comes twice.
    fn of(source: &str, column: &str, cells: &[String], lines: &[u64], zone: Option<Tz>) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let mut moments: Vec<Moment> = Vec::with_capacity(cells.len());
        for (cell, line) in cells.iter().zip(lines) {
            let read = Moment::read(cell, zone).and_then(|moment| match moments.first() {
                Some(first) if first.kind() != moment.kind() => {
                    Err(format!("`{cell}` is {}, though the first row has {}", moment.kind(), first.kind()))
                }
                _ if !moment.position().is_finite() => Err(format!("`{cell}` is not finite")),
                _ => Ok(moment),
            });
            match read {
                Ok(moment) => moments.push(moment),
                Err(message) => faults.push(Fault::of(source, message).at_line(*line).at_path(column)),
            }
        }
        faults.or(())?;
        let mut faults = Faults::default();
        let position = |place: &usize| moments.get(*place).map_or(0.0, |moment| moment.position());
        let mut places: Vec<usize> = (0..moments.len()).collect();
        places.sort_by(|left, right| position(left).total_cmp(&position(right)));
        for (before, place) in places.iter().zip(places.iter().skip(1)) {
            if position(before) == position(place) {
                let line = |place: &usize| lines.get(*place).copied().unwrap_or(0);
                let cell = cells.get(*place).map_or("", String::as_str);
                let fault = Fault::of(source, format!("`{cell}` comes again, after line {}", line(before)));
                let help = "a series has one value at a time; events are counted with `--count`";
                faults.push(fault.at_line(line(place)).at_path(column).help(help));
            }
        }
        let moved = places.iter().enumerate().filter(|(index, place)| index != *place).count();
        let sorted: Vec<Moment> = places.iter().filter_map(|place| moments.get(*place).copied()).collect();
        let (step, uneven) = steps(&sorted);
        faults.or(Self { places, moved, step, uneven })
    }
}
