//! Labels beside what they name, none over another.

use super::draw::Px;
use super::text;
use super::thin::Point;

/// Font size of the labels in drawings, the same in the stylesheet.
pub(super) const FONT: f64 = 12.0;

/// A placed label.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) x: Px,
    /// The baseline.
    pub(super) y: Px,
    /// `start`, `middle` or `end`.
    pub(super) anchor: &'static str,
    /// The class in the stylesheet.
    pub(super) class: &'static str,
    pub(super) text: String,
}

/// Where a label may go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) x: f64,
    /// The baseline.
    pub(super) y: f64,
    pub(super) anchor: &'static str,
}

/// A rectangle that is taken.
#[derive(Debug, Clone, Copy)]
struct Box {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// Places labels one after another within a rectangle.
#[derive(Debug)]
pub(super) struct Labels {
    within: Box,
    taken: Vec<Box>,
    lines: Vec<Point>,
    placed: Vec<Label>,
}

impl Labels {
    /// Labels stay within `left..right` and `top..bottom`.
    pub(super) fn new(left: f64, right: f64, top: f64, bottom: f64) -> Self {
        Self { within: Box { left, right, top, bottom }, taken: Vec::new(), lines: Vec::new(), placed: Vec::new() }
    }

    /// Labels should not lie over this line, though they may where there is no other place.
    pub(super) fn avoid(&mut self, line: &[Point]) {
        for pair in line.windows(2) {
            if let [a, b] = pair {
                // A label is some 15 high: steps of 6 cannot jump over it.
                let steps = ((b.x - a.x).abs().max((b.y - a.y).abs()) / 6.0).ceil().clamp(1.0, 400.0);
                let mut step = 0.0;
                while step <= steps {
                    let share = step / steps;
                    self.lines.push(Point { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) });
                    step += 1.0;
                }
            }
        }
    }

    /// Puts `text` at the place where it covers the least; not at all where every place is taken.
    pub(super) fn put(&mut self, text: String, class: &'static str, places: &[Place]) -> bool {
        let mut best: Option<(usize, Box, Place)> = None;
        for place in places {
            let area = Box::of(&text, class, place);
            if !area.inside(&self.within) || self.taken.iter().any(|other| area.meets(other)) {
                continue;
            }
            let covered = self.lines.iter().filter(|point| area.holds(point)).count();
            if best.as_ref().is_none_or(|(least, _, _)| covered < *least) {
                best = Some((covered, area, *place));
            }
        }
        let Some((_, area, place)) = best else { return false };
        self.taken.push(area);
        self.placed.push(Label { x: Px(place.x), y: Px(place.y), anchor: place.anchor, class, text });
        true
    }

    /// What was placed.
    pub(super) fn into_placed(self) -> Vec<Label> {
        self.placed
    }
}

impl Box {
    fn of(text: &str, class: &str, place: &Place) -> Self {
        // Strong labels are bold, which is wider.
        let width = text::width(text, FONT) * if class.starts_with("strong") { 1.12 } else { 1.0 };
        let left = match place.anchor {
            "end" => place.x - width,
            "middle" => place.x - width / 2.0,
            _ => place.x,
        };
        Self { left, right: left + width, top: place.y - FONT, bottom: place.y + FONT * 0.3 }
    }

    fn inside(&self, other: &Self) -> bool {
        self.left >= other.left && self.right <= other.right && self.top >= other.top && self.bottom <= other.bottom
    }

    fn meets(&self, other: &Self) -> bool {
        let apart = 3.0;
        self.left < other.right + apart
            && other.left < self.right + apart
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn holds(&self, point: &Point) -> bool {
        point.x > self.left - 2.0
            && point.x < self.right + 2.0
            && point.y > self.top - 1.0
            && point.y < self.bottom + 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_label_takes_the_next_place_and_a_third_none() {
        let mut labels = Labels::new(0.0, 100.0, 0.0, 50.0);
        let places = [Place { x: 50.0, y: 20.0, anchor: "middle" }, Place { x: 50.0, y: 40.0, anchor: "middle" }];
        assert!(labels.put("first".into(), "", &places));
        assert!(labels.put("second".into(), "", &places));
        assert!(!labels.put("third".into(), "", &places));
        assert_eq!(labels.into_placed().iter().map(|label| label.y).collect::<Vec<_>>(), [Px(20.0), Px(40.0)]);
    }

    #[test]
    fn lines_are_avoided_where_they_can_be() {
        let mut labels = Labels::new(0.0, 100.0, 0.0, 50.0);
        labels.avoid(&[Point { x: 0.0, y: 16.0 }, Point { x: 100.0, y: 16.0 }]);
        let places = [Place { x: 10.0, y: 20.0, anchor: "start" }, Place { x: 10.0, y: 40.0, anchor: "start" }];
        assert!(labels.put("a".into(), "", &places));
        assert_eq!(labels.into_placed()[0].y, Px(40.0));
    }

    #[test]
    fn what_does_not_fit_is_not_placed() {
        let mut labels = Labels::new(0.0, 100.0, 0.0, 50.0);
        assert!(!labels.put("x".repeat(40), "", &[Place { x: 0.0, y: 20.0, anchor: "start" }]));
    }
}
