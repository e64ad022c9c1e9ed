//! The time axis that the charts of one objective share, in two sizes: for a phone and for anything wider.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::draw::{Px, Tick};
use super::labels::FONT;
use super::scale::{Time, TimeTick};
use super::text;

/// A size to draw in. Each chart is drawn in both, and the stylesheet shows the one that fits: text keeps its size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// The class in the stylesheet.
    pub(super) class: &'static str,
    pub(super) width: f64,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) plot_height: f64,
    /// Least distance between ticks on the time axis.
    pub(super) spacing: f64,
    /// Most lines of incident labels.
    pub(super) label_rows: usize,
}

/// For a phone and for anything wider.
pub(super) const SIZES: [Size; 2] = [
    Size { class: "wide", width: 740.0, left: 62.0, right: 720.0, plot_height: 220.0, spacing: 84.0, label_rows: 3 },
    Size { class: "narrow", width: 328.0, left: 62.0, right: 318.0, plot_height: 170.0, spacing: 62.0, label_rows: 3 },
];

impl Size {
    /// The time scale over the place of the data.
    pub(super) fn time(&self, start: DateTime<Utc>, end: DateTime<Utc>, zone: Tz) -> Time {
        Time::new(start, end, (self.left, self.right), zone)
    }
}

/// The ticks of the time axis, with labels that stay within the drawing.
pub(super) fn ticks(scale: &Time, size: &Size) -> Vec<Tick> {
    scale.ticks(size.spacing).into_iter().map(|tick| place(tick, scale, size)).collect()
}

fn place(tick: TimeTick, scale: &Time, size: &Size) -> Tick {
    let at = scale.clamped(tick.at);
    let widest = text::width(&tick.label, FONT).max(tick.below.as_ref().map_or(0.0, |below| text::width(below, FONT)));
    let anchor = if at + widest / 2.0 > size.width { "end" } else { "middle" };
    Tick { at: Px(at), label: tick.label, below: tick.below, anchor }
}
