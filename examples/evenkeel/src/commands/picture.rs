//! The burn-down as a picture of characters.

use chrono::{DateTime, Utc};

use super::canvas::{Canvas, place};
use crate::review::report::BurnDownPoint;
use crate::words;

/// Columns and rows of the plot, without its axis; a character holds 2 by 4 dots.
const COLUMNS: usize = 66;
const ROWS: usize = 8;

/// The lowest share that is drawn: a budget overspent ten times over would press the rest into one line.
const FLOOR: f64 = -1.0;

/// A line of the remaining budget from `from` to `to`, in braille dots, with its axis: 76 columns wide.
#[must_use]
pub(super) fn burn_down(points: &[BurnDownPoint], from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let mut canvas = Canvas::new(COLUMNS, ROWS);
    let (wide, high) = (canvas.wide(), canvas.high());
    let bottom = points.iter().map(|point| point.remaining).fold(0.0_f64, f64::min);
    let lowest = bottom.max(FLOOR);
    let column_of = |at: DateTime<Utc>| {
        let share = at.signed_duration_since(from).as_seconds_f64() / to.signed_duration_since(from).as_seconds_f64();
        place(share, wide)
    };
    let row_of = |remaining: f64| place((1.0 - remaining) / (1.0 - lowest), high);
    // The even-spend line is left out: a rolling budget is not spent from the start. Zero is dotted.
    for x in (0..wide).step_by(4) {
        canvas.set(x, row_of(0.0));
    }
    let mut previous: Option<(usize, usize)> = None;
    for point in points {
        let (x, y) = (column_of(point.at), row_of(point.remaining));
        let (last_x, last_y) = previous.unwrap_or((x, y));
        for x in last_x..x {
            canvas.set(x, last_y);
        }
        for y in last_y.min(y)..=last_y.max(y) {
            canvas.set(x, y);
        }
        previous = Some((x, y));
    }
    let mut text = String::new();
    for (row, line) in canvas.rows().enumerate() {
        let label = match row {
            0 => "100 %".to_owned(),
            row if row == row_of(0.0) / 4 => "0 %".to_owned(),
            // What lies below the picture is drawn on its last row.
            row if row == ROWS.saturating_sub(1) && bottom < FLOOR => format!("< {}", words::percent(FLOOR)),
            row if row == ROWS.saturating_sub(1) => words::percent(lowest),
            _ => String::new(),
        };
        text.push_str(&format!("{label:>8} {line}\n"));
    }
    text
}

/// The same in one line of `columns` characters: how full the budget was, empty below zero.
#[must_use]
pub(super) fn sparkline(points: &[BurnDownPoint], from: DateTime<Utc>, to: DateTime<Utc>, columns: usize) -> String {
    const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mut lowest: Vec<Option<f64>> = vec![None; columns];
    for point in points {
        let share =
            point.at.signed_duration_since(from).as_seconds_f64() / to.signed_duration_since(from).as_seconds_f64();
        if let Some(cell) = lowest.get_mut(place(share, columns)) {
            *cell = Some(cell.map_or(point.remaining, |known: f64| known.min(point.remaining)));
        }
    }
    let mut last = None;
    let bars = lowest.into_iter().map(|cell| {
        last = cell.or(last);
        match last {
            None => ' ',
            Some(left) if left <= 0.0 => '×',
            Some(left) => BARS.get(place(left, BARS.len()).max(1)).copied().unwrap_or(' '),
        }
    });
    bars.collect()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "tests")]
mod tests {
    use super::*;

    fn points(values: &[f64]) -> Vec<BurnDownPoint> {
        let at = |minute| DateTime::from_timestamp(60 * minute, 0).unwrap();
        values
            .iter()
            .zip(0_i64..)
            .map(|(remaining, minute)| BurnDownPoint { at: at(minute), remaining: *remaining })
            .collect()
    }

    fn instant(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(60 * minute, 0).unwrap()
    }

    #[test]
    fn a_sparkline_falls_and_marks_what_is_overspent() {
        assert_eq!(sparkline(&points(&[1.0, 0.75, 0.5, 0.25, -3.0]), instant(0), instant(4), 5), "█▆▄▂×");
        assert_eq!(sparkline(&points(&[1.0, 0.5]), instant(0), instant(4), 5), "█▄▄▄▄");
        assert_eq!(sparkline(&[], instant(0), instant(4), 3), "   ");
    }

    #[test]
    fn a_burn_down_fits_80_columns_and_names_its_ends() {
        let picture = burn_down(&points(&[1.0, 0.9, 0.2, -0.5]), instant(0), instant(3));
        assert_eq!(picture.lines().count(), ROWS);
        assert!(picture.lines().all(|line| line.chars().count() <= 80));
        assert!(picture.starts_with("   100 % ⠉"), "{picture}");
        assert!(picture.contains("    0 % ") && picture.contains("   -50 % "), "{picture}");
        let deep = burn_down(&points(&[1.0, -9.0]), instant(0), instant(1));
        assert!(deep.lines().next_back().unwrap().starts_with("< -100 % "), "{deep}");
    }
}
