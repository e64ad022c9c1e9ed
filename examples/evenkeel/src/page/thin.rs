//! Fewer points with the same picture.

/// A point of a line, in the coordinates of a drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// To the right.
    pub(super) x: f64,
    /// Downwards.
    pub(super) y: f64,
}

/// The lowest and the highest point of each column of `width`, in their order, and both ends of the line; less those
/// that a straight line between the others passes within a seventh of a pixel.
///
/// `points` ascend in `x`. With columns as wide as the stroke the line covers the same pixels as one through all
/// points (after M4: Jugel et al., "M4: a visualization-oriented time series data aggregation", VLDB 2014), so no
/// extreme is hidden.
pub(super) fn thin(points: &[Point], width: f64) -> Vec<Point> {
    if points.len() < 3 {
        return points.to_vec();
    }
    let mut kept: Vec<Point> = points.first().into_iter().copied().collect();
    for column in points.chunk_by(|a, b| (a.x / width).floor() == (b.x / width).floor()) {
        let places = column.iter().enumerate();
        let lowest = places.clone().min_by(|a, b| a.1.y.total_cmp(&b.1.y)).map_or(0, |place| place.0);
        let highest = places.clone().max_by(|a, b| a.1.y.total_cmp(&b.1.y)).map_or(0, |place| place.0);
        let corners = if lowest == highest { vec![lowest] } else { vec![lowest.min(highest), lowest.max(highest)] };
        kept.extend(corners.into_iter().filter_map(|place| column.get(place)));
    }
    kept.extend(points.last());
    straighten(&kept)
}

/// How far a left out point may lie from the line, in pixels.
const SLACK: f64 = 0.15;

/// Ramer, Douglas and Peucker: keeps the farthest point of a stretch while it is farther than [`SLACK`].
fn straighten(points: &[Point]) -> Vec<Point> {
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    let mut kept = vec![0, last];
    let mut stretches = vec![(0, last)];
    while let Some((from, to)) = stretches.pop() {
        let (Some(a), Some(b), Some(between)) = (points.get(from), points.get(to), points.get(from..to)) else {
            continue;
        };
        let farthest = between
            .iter()
            .zip(from..)
            .skip(1)
            .map(|(point, index)| (distance(point, a, b), index))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, index)) = farthest.filter(|(distance, _)| *distance > SLACK) {
            kept.push(index);
            stretches.extend([(from, index), (index, to)]);
        }
    }
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().filter_map(|index| points.get(index)).copied().collect()
}

/// From `point` to the stretch from `a` to `b`.
fn distance(point: &Point, a: &Point, b: &Point) -> f64 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let square = dx * dx + dy * dy;
    let share =
        if square == 0.0 { 0.0 } else { (((point.x - a.x) * dx + (point.y - a.y) * dy) / square).clamp(0.0, 1.0) };
    (a.x + share * dx - point.x).hypot(a.y + share * dy - point.y)
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "small numbers")]
mod tests {
    use super::*;

    #[test]
    fn extremes_and_ends_stay() {
        let mut points: Vec<Point> =
            (0..50_000).map(|i| Point { x: i as f64 / 100.0, y: f64::from((i * 7919) % 101) }).collect();
        points[31_415].y = -4000.0;
        points[27_182].y = 9000.0;
        let thinned = thin(&points, 1.0);
        assert!(thinned.len() <= 2 * 500 + 2);
        assert!(thinned.contains(&points[31_415]) && thinned.contains(&points[27_182]));
        assert_eq!((thinned.first(), thinned.last()), (points.first(), points.last()));
        assert!(thinned.is_sorted_by(|a, b| a.x <= b.x));
    }

    #[test]
    fn a_straight_line_is_two_points() {
        let points: Vec<Point> = (0..900).map(|i| Point { x: f64::from(i), y: 3.0 + 0.2 * f64::from(i) }).collect();
        assert_eq!(thin(&points, 1.0), [points[0], points[899]]);
        assert_eq!(thin(&[], 1.0), []);
        assert_eq!(thin(&points[..1], 1.0), points[..1]);
    }
}
