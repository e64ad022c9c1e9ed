//! People by weeks as a picture of characters, with load bars beside.

use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use oncall_core::Role;
use timeline_core::{Span, SpanSet, Tz, wall_clock};
use unicode_width::UnicodeWidthStr;

use super::super::cut;
use super::super::paint::Paint;
use crate::oncall::picture::{Picture, Row};

/// Columns of the names, of the bars with their number, and of everything.
const NAMES: usize = 12;
const BARS: usize = 20;
const ALL: usize = 80;
/// Blocks of weeks below one another: a century is for a picture.
const MOST_BLOCKS: usize = 10;

/// What a week of a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Duty(Role, bool),
    Leave,
    Outside,
    Free,
}

/// The calendar: at most 80 columns wide. Where the weeks do not fit side by side it goes on below.
pub(super) fn calendar(picture: &Picture) -> String {
    let room = ALL.saturating_sub(NAMES).saturating_sub(BARS).saturating_sub(2);
    let wide = if picture.weeks.len().saturating_mul(3) <= room { 3 } else { 2 };
    let fits = room.checked_div(wide).unwrap_or(1).max(1);
    let most_weeks = fits.saturating_mul(MOST_BLOCKS);
    let shown_weeks = picture.weeks.get(..most_weeks).unwrap_or(&picture.weeks);
    let blocks: Vec<_> = shown_weeks.chunks(fits).collect();
    let most = picture.rows.iter().filter_map(|row| row.burden).fold(0.0_f64, f64::max);
    let mut text = String::new();
    for (number, weeks) in blocks.iter().enumerate() {
        let last = number.saturating_add(1) == blocks.len();
        text.push_str(&head(picture, weeks, wide));
        for row in &picture.rows {
            let name = cut(&row.person, NAMES.saturating_sub(1));
            let pad = NAMES.saturating_sub(UnicodeWidthStr::width(name.as_str()));
            let cells: String = weeks.iter().map(|week| shown(cell(row, *week), wide)).collect();
            let bar = if last { bar(row.burden, most, picture.mean) } else { String::new() };
            let line = format!("{name}{}{cells}  {bar}", " ".repeat(pad));
            let _ = writeln!(text, "{}", line.trim_end());
        }
        if !last {
            text.push('\n');
        }
    }
    if let Some(more @ 1..) = picture.weeks.len().checked_sub(most_weeks) {
        let _ = writeln!(text, "and {more} weeks more, in the picture that `plan -o plan.html` writes");
    }
    text + &legend(picture)
}

/// Months, days and what is special about a week.
fn head(picture: &Picture, weeks: &[Span], wide: usize) -> String {
    let local = |at: DateTime<Utc>| wall_clock(picture.zone, at).map(|local| local.date()).unwrap_or_default();
    let (mut months, mut days, mut marks) = (" ".repeat(NAMES), " ".repeat(NAMES), " ".repeat(NAMES));
    let mut before: Option<NaiveDate> = None;
    for (number, week) in weeks.iter().enumerate() {
        let date = local(week.start());
        let place = months.chars().count();
        let wanted = days.chars().count();
        if before.is_none_or(|before| before.month() != date.month()) && place <= wanted {
            months.push_str(&" ".repeat(wanted.saturating_sub(place)));
            months.push_str(&date.format("%b").to_string());
        }
        before = Some(date);
        // In two columns days would run into one another: every second one is named.
        let day = if wide > 2 || number % 2 == 0 { date.day().to_string() } else { String::new() };
        let _ = write!(days, "{day:<wide$}");
        let holiday = picture.holidays.iter().any(|holiday| holiday.span.overlaps(*week));
        let changes = clocks_change(picture.zone, *week);
        let mark = match (holiday, changes) {
            (true, true) => "*±",
            (true, false) => "*",
            (false, true) => "±",
            (false, false) => "",
        };
        let _ = write!(marks, "{mark:<wide$}");
    }
    let rows = [months, days, marks].map(|row| row.trim_end().to_owned());
    let shown: Vec<_> = rows.iter().filter(|row| !row.is_empty()).map(|row| row.dimmed()).collect();
    shown.join("\n") + "\n"
}

/// Whether the clocks change within: local time and true time differ.
fn clocks_change(zone: Tz, week: Span) -> bool {
    let face = |at| wall_clock(zone, at).unwrap_or_default();
    face(week.end()).signed_duration_since(face(week.start())) != week.length()
}

/// What most of the week is, duty before leave; small where it is less than half of the week.
fn cell(row: &Row, week: Span) -> Cell {
    let total = |spans: &mut dyn Iterator<Item = Span>| -> TimeDelta { SpanSet::from_spans(spans).clip(week).total() };
    let of = |role: Role| total(&mut row.shifts.iter().filter(|shift| shift.role == role).map(|shift| shift.span));
    let half = week.length().checked_div(2).unwrap_or_default();
    let longest =
        Role::ALL.into_iter().map(|role| (of(role), role)).max_by_key(|(time, role)| (*time, std::cmp::Reverse(*role)));
    if let Some((time, role)) = longest.filter(|(time, _)| *time > TimeDelta::zero()) {
        return Cell::Duty(role, time >= half);
    }
    if total(&mut row.outside.iter().copied()) >= half {
        return Cell::Outside;
    }
    let away = total(&mut row.away.iter().map(|away| away.span));
    if away > TimeDelta::hours(12) { Cell::Leave } else { Cell::Free }
}

fn shown(cell: Cell, wide: usize) -> String {
    let filled = wide.saturating_sub(1);
    let letters = |letter: char| std::iter::repeat_n(letter, filled).collect::<String>();
    let text = match cell {
        Cell::Duty(Role::Primary, true) => letters('█').bold(),
        Cell::Duty(Role::Primary, false) => format!("{:<filled$}", '▌').bold(),
        Cell::Duty(Role::Secondary, true) => letters('▒'),
        Cell::Duty(Role::Secondary, false) => format!("{:<filled$}", '░'),
        Cell::Duty(Role::Shadow, _) => format!("{:<filled$}", 'o'),
        Cell::Leave => letters('-').yellow(),
        Cell::Outside => " ".repeat(filled),
        Cell::Free => format!("{:<filled$}", '·').dimmed(),
    };
    format!("{text} ")
}

/// The burden as a bar up to the greatest, with its number.
fn bar(burden: Option<f64>, most: f64, mean: Option<f64>) -> String {
    const BAR: usize = 12;
    let Some(burden) = burden else { return "not there".dimmed() };
    let eighths = super::super::canvas::place(if most > 0.0 { burden.max(0.0) / most } else { 0.0 }, BAR * 8 + 1);
    let mut bar = "█".repeat(eighths / 8);
    bar.push_str(["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"].get(eighths % 8).copied().unwrap_or(""));
    let _ = mean;
    format!("{bar:<BAR$} {burden:>4.0} h")
}

fn legend(picture: &Picture) -> String {
    let uses = |role: Role| picture.rows.iter().any(|row| row.shifts.iter().any(|shift| shift.role == role));
    let mut parts = Vec::new();
    let mut say = |there: bool, text: &str| {
        if there {
            parts.push(text.to_owned());
        }
    };
    say(uses(Role::Primary), "██ primary");
    say(uses(Role::Secondary), "▒▒ secondary");
    say(uses(Role::Shadow), "o shadow");
    say(picture.rows.iter().any(|row| !row.away.is_empty()), "-- leave");
    say(picture.rows.iter().any(|row| !row.outside.is_empty()), "blank not in the rotation");
    say(!picture.holidays.is_empty(), "* holiday");
    say(picture.weeks.iter().any(|week| clocks_change(picture.zone, *week)), "± clocks change");
    if let Some(mean) = picture.mean {
        parts.push(format!("bars: burden, {mean:.0} h on average"));
    }
    // No part is broken in two.
    let mut lines = vec![String::new()];
    for part in parts {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(last) if line == 0 => last.push_str(&part),
            Some(last) if line.saturating_add(part.chars().count()) < ALL.saturating_sub(2) => {
                last.push_str(&format!(", {part}"));
            }
            _ => lines.push(part),
        }
    }
    lines.join("\n").dimmed() + "\n"
}
