use super::super::axis::{self, Size};
use super::super::draw::{self, Bar, Frame, Px, Tick};
use super::super::labels::{Label, Labels, Place};
use super::super::scale::{Linear, Time};
use super::super::thin::{self, Point};
use super::super::words;
use super::Story;
use super::marks::Marks;
use crate::review::report::BandPoint;

/// The chart in one size.
#[derive(Debug)]
pub(in crate::page) struct Drawing {
    pub(in crate::page) class: &'static str,
    pub(in crate::page) width: Px,
    pub(in crate::page) height: Px,
    pub(in crate::page) plot: Frame,
    pub(in crate::page) levels: Vec<Tick>,
    /// Height of the zero line.
    pub(in crate::page) zero: Px,
    pub(in crate::page) times: Vec<Tick>,
    pub(in crate::page) excluded: Vec<Bar>,
    /// Spending evenly.
    pub(in crate::page) even: Option<String>,
    pub(in crate::page) above: Vec<String>,
    pub(in crate::page) below: Vec<String>,
    pub(in crate::page) overspent: Vec<String>,
    pub(in crate::page) band: Option<String>,
    pub(in crate::page) median: Option<String>,
    /// Where the budget ends.
    pub(in crate::page) end: Option<Point2>,
    /// The last value.
    pub(in crate::page) last: Option<Point2>,
    /// The instant of the review, where the time goes on after it.
    pub(in crate::page) now: Option<Px>,
    pub(in crate::page) labels: Vec<Label>,
    pub(in crate::page) marks: Marks,
}

/// A point as the template writes it.
#[derive(Debug, Clone, Copy)]
pub(in crate::page) struct Point2 {
    pub(in crate::page) x: Px,
    pub(in crate::page) y: Px,
}

const TOP: f64 = 18.0;

impl Drawing {
    pub(in crate::page) fn new(story: &Story<'_>, size: &Size, columns: f64) -> Self {
        let time = size.time(story.start, story.end, story.clock.zone());
        let (top, bottom) = (TOP, TOP + size.plot_height);
        let height = heights(story, (bottom, top));
        let zero = height.at(0.0);
        let place = |at, share| Point { x: time.clamped(at), y: height.clamped(share) };

        let all: Vec<Point> = story.points.iter().map(|point| place(point.at, point.remaining)).collect();
        let line = thin::thin(&all, ((size.right - size.left) / columns).max(2.0));
        let (above, below) = draw::split(&line, zero);
        let last = line.last().copied();

        let band = last.filter(|_| !story.band.is_empty()).map(|last| outline(&story.band, &time, &height, last));
        let median = last.and_then(|last| median(story, &time, &height, last));
        let end = story.ends.filter(|at| *at <= story.end).map(|at| place(at, 0.0));
        let even = story.calendar.then(|| [place(story.slo.period_start, 1.0), place(story.slo.period_end, 0.0)]);
        let now = (story.end > story.now).then(|| time.clamped(story.now));

        let excluded: Vec<Bar> = story
            .slo
            .excluded
            .iter()
            .filter(|(from, to)| *to > story.start && *from < story.end)
            .map(|(from, to)| {
                let title = format!("Left out: {}", story.clock.span(*from, *to));
                Bar::new(time.clamped(*from), time.clamped(*to), 2.0, title)
            })
            .collect();

        let mut labels = Labels::new(size.left + 2.0, size.width, 0.0, bottom - 2.0);
        labels.avoid(&line);
        labels.avoid(median.as_deref().unwrap_or_default());
        labels.avoid(&[Point { x: size.left, y: zero }, Point { x: size.right, y: zero }]);
        labels.avoid(even.as_ref().map_or(&[], |ends| ends.as_slice()));
        name_points(story, &mut labels, last, end, now);
        name_fall(story, &mut labels, &place);
        name_references(&mut labels, even, &excluded, (top, zero));

        let marks = Marks::new(story, size, &time, bottom);
        Self {
            class: size.class,
            width: Px(size.width),
            height: Px(marks.bottom.0 + 36.0),
            plot: Frame { left: Px(size.left), right: Px(size.right), top: Px(top), bottom: Px(bottom) },
            levels: levels(&height),
            zero: Px(zero),
            times: axis::ticks(&time, size),
            excluded,
            even: even.map(|ends| draw::line(&ends)),
            above: above.iter().map(|run| draw::line(run)).collect(),
            overspent: below.iter().map(|run| draw::area(run, zero)).collect(),
            below: below.iter().map(|run| draw::line(run)).collect(),
            band,
            median: median.map(|points| draw::line(&points)),
            end: end.map(Point2::from),
            last: last.map(Point2::from),
            now: now.map(Px),
            labels: labels.into_placed(),
            marks,
        }
    }
}

impl From<Point> for Point2 {
    fn from(point: Point) -> Self {
        Self { x: Px(point.x), y: Px(point.y) }
    }
}

/// From the lowest value drawn, or a little below zero where a forecast goes there, to the full budget.
fn heights(story: &Story<'_>, range: (f64, f64)) -> Linear {
    let values = story.points.iter().map(|point| point.remaining);
    let (low, high) = values.fold((0.0_f64, 1.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let falls = story.band.iter().any(|point| point.lower < 0.0);
    let low = if low < 0.0 {
        low - 0.12 * (1.0 - low)
    } else if falls {
        -0.18
    } else {
        0.0
    };
    Linear::new((low, high), range)
}

fn levels(height: &Linear) -> Vec<Tick> {
    let ticks = height.ticks(6).into_iter();
    ticks
        .map(|share| Tick { at: Px(height.at(share)), label: words::percent(share), below: None, anchor: "end" })
        .collect()
}

/// The band opens at the last value.
fn outline(band: &[BandPoint], time: &Time, height: &Linear, last: Point) -> String {
    let side = |share: fn(&BandPoint) -> f64| {
        band.iter().map(move |point| Point { x: time.clamped(point.at), y: height.clamped(share(point)) })
    };
    let mut outline = vec![last];
    outline.extend(side(|point| point.upper));
    let mut back: Vec<Point> = side(|point| point.lower).collect();
    back.reverse();
    outline.extend(back);
    draw::line(&outline) + "Z"
}

/// The median from the last value to where the budget ends.
fn median(story: &Story<'_>, time: &Time, height: &Linear, last: Point) -> Option<Vec<Point>> {
    let ends = story.ends;
    let until = ends.unwrap_or(story.end).min(story.end);
    let mut points = vec![last];
    let before_end = story.band.iter().take_while(|point| point.at < until && (ends.is_none() || point.median > 0.0));
    points.extend(before_end.map(|point| Point { x: time.clamped(point.at), y: height.clamped(point.median) }));
    if let Some(at) = ends.filter(|at| *at <= story.end) {
        points.push(Point { x: time.clamped(at), y: height.at(0.0) });
    }
    (points.len() > 1).then_some(points)
}

fn name_points(story: &Story<'_>, labels: &mut Labels, last: Option<Point>, end: Option<Point>, now: Option<f64>) {
    if let (Some(at), Some(point)) = (story.ends, end) {
        let text = format!("ends {}", story.clock.beside(at, story.now));
        labels.put(text, "strong", &around(point));
    }
    if let (Some(last), Some(point)) = (last, story.points.last()) {
        let (text, class) = if point.remaining < 0.0 {
            (format!("{} over", words::over(point.remaining)), "strong act")
        } else {
            (format!("{} left", words::percent(point.remaining)), "strong")
        };
        labels.put(text, class, &around(last));
    }
    if let Some(x) = now {
        let y = TOP - 6.0;
        labels.put(
            "now".to_owned(),
            "soft",
            &[Place { x, y, anchor: "middle" }, Place { x, y, anchor: "end" }, Place { x, y, anchor: "start" }],
        );
    }
}

fn name_fall(story: &Story<'_>, labels: &mut Labels, place: &impl Fn(chrono::DateTime<chrono::Utc>, f64) -> Point) {
    let Some(fall) = story.fall else { return };
    let share = |at| story.points.iter().find(|point| point.at == at).map(|point| place(at, point.remaining));
    let (Some(from), Some(to)) = (share(fall.from), share(fall.to)) else { return };
    let middle = Point { x: f64::midpoint(from.x, to.x), y: f64::midpoint(from.y, to.y) };
    let text = format!("−{} in {}", words::points(fall.by), words::between(fall.from, fall.to));
    let beside = [
        Place { x: middle.x - 8.0, y: middle.y + 4.0, anchor: "end" },
        Place { x: middle.x + 8.0, y: middle.y + 4.0, anchor: "start" },
        Place { x: from.x + 8.0, y: from.y - 4.0, anchor: "start" },
        Place { x: to.x - 8.0, y: to.y, anchor: "end" },
    ];
    labels.put(text, "plain", &beside);
}

fn name_references(labels: &mut Labels, even: Option<[Point; 2]>, excluded: &[Bar], (top, zero): (f64, f64)) {
    if let Some([from, to]) = even {
        let at = |share: f64| Point { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) };
        let along: Vec<Place> = [0.8, 0.6, 0.9, 0.4, 0.25]
            .into_iter()
            .flat_map(|share| {
                let point = at(share);
                [
                    Place { x: point.x + 6.0, y: point.y - 5.0, anchor: "start" },
                    Place { x: point.x - 6.0, y: point.y + 14.0, anchor: "end" },
                ]
            })
            .collect();
        labels.put("spent evenly".to_owned(), "soft", &along);
    }
    for bar in excluded {
        let middle = bar.x.0 + bar.width.0 / 2.0;
        let places: Vec<Place> = [top + 16.0, zero - 7.0]
            .into_iter()
            .flat_map(|y| {
                [
                    Place { x: middle, y, anchor: "middle" },
                    Place { x: bar.x.0 + bar.width.0 + 4.0, y, anchor: "start" },
                    Place { x: bar.x.0 - 4.0, y, anchor: "end" },
                ]
            })
            .collect();
        if !labels.put("left out".to_owned(), "soft", &places) {
            break;
        }
    }
}

/// Places around a point, the nearer and upper ones first.
fn around(point: Point) -> [Place; 11] {
    let Point { x, y } = point;
    [
        Place { x: x - 8.0, y: y - 8.0, anchor: "end" },
        Place { x: x + 8.0, y: y - 8.0, anchor: "start" },
        Place { x, y: y - 10.0, anchor: "middle" },
        Place { x: x + 10.0, y: y + 4.0, anchor: "start" },
        Place { x: x - 10.0, y: y + 4.0, anchor: "end" },
        Place { x: x - 8.0, y: y + 18.0, anchor: "end" },
        Place { x: x + 8.0, y: y + 18.0, anchor: "start" },
        Place { x, y: y + 20.0, anchor: "middle" },
        Place { x: x + 8.0, y: y - 24.0, anchor: "start" },
        Place { x: x - 8.0, y: y - 24.0, anchor: "end" },
        Place { x: x + 8.0, y: y - 24.0, anchor: "middle" },
    ]
}
