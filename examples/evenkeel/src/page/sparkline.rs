//! The budget over the period, the size of a word: the same height axis for all objectives of a page.

use super::draw::{self, Px};
use super::scale::Linear;
use super::thin::{self, Point};
use crate::review::report::{Report, SloReport};

/// A small burn-down.
#[derive(Debug)]
pub(super) struct Sparkline {
    pub(super) width: Px,
    pub(super) height: Px,
    pub(super) zero: Px,
    pub(super) above: Vec<String>,
    pub(super) below: Vec<String>,
    pub(super) end: Option<(Px, Px)>,
    pub(super) over: bool,
}

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 30.0;

/// The lowest share that all sparklines show: the lowest of the page, but no lower than one budget overspent.
pub(super) fn floor(report: &Report) -> f64 {
    let values = report.slos.iter().flat_map(|slo| &slo.burn_down).map(|point| point.remaining);
    values.fold(0.0_f64, f64::min).max(-1.0)
}

impl Sparkline {
    /// `None` without a line to draw.
    pub(super) fn new(slo: &SloReport, floor: f64) -> Option<Self> {
        let points = slo.burn_down.iter();
        let (first, last) = (slo.burn_down.first()?.at, slo.burn_down.last()?.at);
        let length = last.signed_duration_since(first).as_seconds_f64().max(1.0);
        let across = Linear::new((0.0, length), (2.0, WIDTH - 4.0));
        let height = Linear::new((floor, 1.0), (HEIGHT - 3.0, 3.0));
        let zero = height.at(0.0);
        let places: Vec<Point> = points
            .map(|point| Point {
                x: across.at(point.at.signed_duration_since(first).as_seconds_f64()),
                y: height.clamped(point.remaining),
            })
            .collect();
        let line = thin::thin(&places, 1.5);
        let (above, below) = draw::split(&line, zero);
        let end = line.last().map(|point| (Px(point.x), Px(point.y)));
        Some(Self {
            width: Px(WIDTH),
            height: Px(HEIGHT),
            zero: Px(zero),
            above: above.iter().map(|run| draw::line(run)).collect(),
            below: below.iter().map(|run| draw::line(run)).collect(),
            over: line.last().is_some_and(|point| point.y > zero),
            end,
        })
    }
}
