//! The few shapes that charts are made of, as the templates write them.

use std::fmt;

use super::thin::Point;

/// A coordinate, written with one decimal at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Px(pub(super) f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0 + 0.0;
        if tenths.fract() == 0.0 { write!(f, "{tenths:.0}") } else { write!(f, "{tenths:.1}") }
    }
}

/// The place of the data within a drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: Px,
    pub(super) right: Px,
    pub(super) top: Px,
    pub(super) bottom: Px,
}

impl Frame {
    pub(super) fn height(&self) -> Px {
        Px(self.bottom.0 - self.top.0)
    }
}

/// A filled bar.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    pub(super) x: Px,
    pub(super) width: Px,
    /// What a pointer that rests on it is told.
    pub(super) title: String,
}

impl Bar {
    /// From `start` to `end`, at least `least` wide so that a short time is still seen.
    pub(super) fn new(start: f64, end: f64, least: f64, title: String) -> Self {
        Self { x: Px(start), width: Px((end - start).max(least)), title }
    }
}

/// A tick with its label.
#[derive(Debug, Clone)]
pub(super) struct Tick {
    pub(super) at: Px,
    pub(super) label: String,
    /// A second line.
    pub(super) below: Option<String>,
    /// `start`, `middle` or `end`.
    pub(super) anchor: &'static str,
}

/// A path through the points: absolute at its start, then relative, which is the shorter way to say it.
pub(super) fn line(points: &[Point]) -> String {
    let mut path = String::new();
    let mut before: Option<(f64, f64)> = None;
    for point in points {
        // Rounded before the difference is taken, so that errors do not add up.
        let (x, y) = ((point.x * 10.0).round(), (point.y * 10.0).round());
        let (dx, dy) = before.map_or((x, y), |before| (x - before.0, y - before.1));
        let gap = if dy < 0.0 { "" } else { " " };
        let command = if before.is_some() { "l" } else { "M" };
        path.push_str(&format!("{command}{}{gap}{}", Px(dx / 10.0), Px(dy / 10.0)));
        before = Some((x, y));
    }
    path
}

/// The area between the points and the level `floor`.
pub(super) fn area(points: &[Point], floor: f64) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let mut outline = vec![Point { x: first.x, y: floor }];
    outline.extend_from_slice(points);
    outline.push(Point { x: last.x, y: floor });
    line(&outline) + "Z"
}

/// The runs of the line that lie above `level` (smaller `y`) and those below, cut where it crosses.
pub(super) fn split(points: &[Point], level: f64) -> (Vec<Vec<Point>>, Vec<Vec<Point>>) {
    let mut runs: [Vec<Vec<Point>>; 2] = [Vec::new(), Vec::new()];
    let mut run: Vec<Point> = Vec::new();
    let mut under = false;
    for point in points {
        let now_under = point.y > level;
        if let Some(before) = run.last().copied()
            && now_under != under
        {
            let share = (level - before.y) / (point.y - before.y);
            let crossing = Point { x: before.x + share * (point.x - before.x), y: level };
            run.push(crossing);
            let done = std::mem::replace(&mut run, vec![crossing]);
            let [above, below] = &mut runs;
            if under { below } else { above }.push(done);
        }
        under = now_under;
        run.push(*point);
    }
    let [mut above, mut below] = runs;
    if !run.is_empty() {
        if under { &mut below } else { &mut above }.push(run);
    }
    (above, below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(places: &[(f64, f64)]) -> Vec<Point> {
        places.iter().map(|(x, y)| Point { x: *x, y: *y }).collect()
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!([3.0, 3.12, -0.04, 2.96].map(|x| Px(x).to_string()), ["3", "3.1", "0", "3"]);
        assert_eq!(line(&points(&[(0.04, 1.0), (2.0, -3.5)])), "M0 1l2-4.5");
        assert_eq!(line(&points(&[(0.0, 1.0), (2.0, 3.5), (4.0, 5.0)])), "M0 1l2 2.5l2 1.5");
    }

    #[test]
    fn a_line_is_cut_where_it_crosses() {
        let (above, below) = split(&points(&[(0.0, 0.0), (2.0, 20.0), (4.0, 0.0)]), 10.0);
        assert_eq!(above, [points(&[(0.0, 0.0), (1.0, 10.0)]), points(&[(3.0, 10.0), (4.0, 0.0)])]);
        assert_eq!(below, [points(&[(1.0, 10.0), (2.0, 20.0), (3.0, 10.0)])]);
        assert_eq!(split(&[], 1.0), (vec![], vec![]));
    }
}
