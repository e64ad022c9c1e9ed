//! A series as a picture of characters: its observations, the line through them and where the level changed.

use measure_core::trend::TheilSen;

use super::super::canvas::{Canvas, place};

/// Columns and rows of the plot, without its axes.
const COLUMNS: usize = 66;
const ROWS: usize = 10;

/// The observations as dots, the line solid, a mark under each change of level: at most 79 columns wide.
///
/// `figure` writes a height; `ends` are the names of the first and the last observation.
pub(super) fn chart(
    values: &[f64],
    line: Option<&TheilSen>,
    changes: &[usize],
    ends: (&str, &str),
    figure: impl Fn(f64) -> String,
) -> String {
    let mut canvas = Canvas::new(COLUMNS, ROWS);
    let (wide, high) = (canvas.wide(), canvas.high());
    let last = values.len().saturating_sub(1);
    let dots = dots(values, wide);
    let heights = dots.iter().map(|(_, height)| *height);
    let (low, top) = heights.fold((f64::MAX, f64::MIN), |(low, top), height| (low.min(height), top.max(height)));
    // Halved, since the distance of two 1e300 may leave the range.
    let row_of = |height: f64| match top / 2.0 - low / 2.0 {
        span if span > 0.0 => place((top / 2.0 - height / 2.0) / span, high),
        _ => high / 2,
    };
    let x_of = |index: usize| index.saturating_mul(wide.saturating_sub(1)).checked_div(last).unwrap_or(0);
    // A dot of its own is hard to see: where there is room it is drawn larger.
    let size = if values.len().saturating_mul(4) <= wide { 2 } else { 1 };
    for (x, height) in dots {
        let (x, y) = (x.min(wide.saturating_sub(size)), row_of(height).min(high.saturating_sub(size)));
        for step in 0..size {
            (0..size).for_each(|down| canvas.set(x.saturating_add(step), y.saturating_add(down)));
        }
    }
    if let Some(line) = line {
        // Where it leaves what the dots span, it leaves the picture.
        let mut before = None;
        for x in 0..wide {
            let height = line.intercept + line.slope.value() * (float(x) / float(wide.saturating_sub(1)) * float(last));
            let within = (low..=top).contains(&height);
            let y = row_of(height);
            // Steep lines have no gaps.
            let from: usize = before.filter(|_| within).unwrap_or(y);
            if within {
                (from.min(y)..=from.max(y)).filter(|step| *step != from || from == y).for_each(|y| canvas.set(x, y));
            }
            before = within.then_some(y);
        }
    }
    let mut text = String::new();
    for (row, dots) in canvas.rows().enumerate() {
        let label = match row {
            // All alike: their one line is in the middle.
            row if low >= top => {
                if row == ROWS / 2 {
                    figure(top)
                } else {
                    String::new()
                }
            }
            0 => figure(top),
            row if row == ROWS.saturating_sub(1) => figure(low),
            _ => String::new(),
        };
        text.push_str(format!("{label:>10} │{dots}").trim_end());
        text.push('\n');
    }
    let mut axis = vec!['─'; COLUMNS];
    for change in changes {
        if let Some(mark) = axis.get_mut(x_of(*change) / 2) {
            *mark = '▲';
        }
    }
    text.push_str(&format!("{:>10} └{}\n", "", axis.into_iter().collect::<String>()));
    let (first, behind) = ends;
    let room = COLUMNS.saturating_sub(first.chars().count());
    text.push_str(format!("{:>11} {first}{behind:>room$}", "").trim_end());
    text.push('\n');
    text
}

/// Where dots go: each observation where there is room for it, else the median of those that share a column.
fn dots(values: &[f64], wide: usize) -> Vec<(usize, f64)> {
    let last = values.len().saturating_sub(1).max(1);
    if values.len() <= ROOM {
        let x_of = |index: usize| index.saturating_mul(wide.saturating_sub(1)).checked_div(last).unwrap_or(0);
        return values.iter().enumerate().map(|(index, value)| (x_of(index), *value)).collect();
    }
    let edge = |x: usize| values.len().saturating_mul(x).checked_div(wide).unwrap_or(0);
    let mut medians = Vec::with_capacity(wide);
    for x in 0..wide {
        let mut column = values.get(edge(x)..edge(x.saturating_add(1))).unwrap_or(&[]).to_vec();
        let half = column.len() / 2;
        if half < column.len() {
            medians.push((x, *column.select_nth_unstable_by(half, f64::total_cmp).1));
        }
    }
    medians
}

/// Up to so many observations have a dot of their own: two in a column of dots can still be told apart.
const ROOM: usize = COLUMNS * 4;

/// How many observations a dot stands for.
pub(super) fn observations_a_dot(n: usize) -> u64 {
    if n <= ROOM { 1 } else { u64::try_from(n / (COLUMNS * 2)).unwrap_or(u64::MAX) }
}

#[expect(clippy::cast_precision_loss, reason = "lengths in memory")]
const fn float(length: usize) -> f64 {
    length as f64
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "tests")]
mod tests {
    use super::*;
    use measure_core::{Level, Series, trend};

    fn drawn(values: &[f64], changes: &[usize]) -> String {
        let line = trend::theil_sen(&Series::new(values.to_vec()).unwrap(), Level::P95).unwrap();
        chart(values, Some(&line), changes, ("2026-W01", "2026-W12"), |height| format!("{height:e}"))
    }

    #[test]
    fn a_line_runs_from_corner_to_corner() {
        let picture = drawn(&(0..12).map(f64::from).collect::<Vec<_>>(), &[]);
        let rows: Vec<_> = picture.lines().collect();
        assert_eq!(rows.len(), ROWS + 2);
        assert!(rows[0].starts_with("     1.1e1 │") && rows[9].starts_with("       0e0 │"), "{picture}");
        assert!(rows[0].ends_with('⠛') || rows[0].ends_with('⠟') || rows[0].ends_with('⠝'), "{picture}");
        assert!(rows[11].starts_with("            2026-W01") && rows[11].ends_with("2026-W12"), "{picture}");
    }

    #[test]
    fn nothing_goes_beyond_80_columns() {
        for values in
            [vec![5.0; 9], (0..3_000).map(|x| f64::from(x % 7)).collect(), [1e300, -1e300].repeat(6), vec![5e-324; 8]]
        {
            let picture = drawn(&values, &[1, values.len() - 1]);
            assert!(picture.lines().all(|line| line.chars().count() <= 80), "{picture}");
            assert_eq!(picture.matches('▲').count(), 2);
        }
    }

    #[test]
    fn many_observations_share_a_dot() {
        let values: Vec<f64> = (0..100_000).map(f64::from).collect();
        let dots = dots(&values, 132);
        assert!(dots.len() <= 132 && dots.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
        assert_eq!([8, 264, 265, 1_000_000].map(observations_a_dot), [1, 1, 2, 7_575]);
    }
}
