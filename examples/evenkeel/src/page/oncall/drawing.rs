//! The calendar picture: where each of its shapes is.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use oncall_core::Role;
use timeline_core::{Span, wall_clock};

use super::super::draw::Px;
use super::super::labels::FONT;
use super::super::scale::Linear;
use super::super::text;
use super::words;
use crate::oncall::picture::{Picture, Row};

/// A filled shape.
#[derive(Debug, Clone)]
pub(in crate::page) struct Shape {
    pub(in crate::page) class: &'static str,
    pub(in crate::page) x: Px,
    pub(in crate::page) y: Px,
    pub(in crate::page) width: Px,
    pub(in crate::page) height: Px,
    /// What a pointer that rests on it is told.
    pub(in crate::page) title: String,
}

/// A text at a place.
#[derive(Debug, Clone)]
pub(in crate::page) struct Text {
    pub(in crate::page) class: &'static str,
    pub(in crate::page) x: Px,
    pub(in crate::page) y: Px,
    pub(in crate::page) anchor: &'static str,
    pub(in crate::page) text: String,
}

/// A line from top to bottom.
#[derive(Debug, Clone)]
pub(in crate::page) struct Line {
    pub(in crate::page) class: &'static str,
    pub(in crate::page) x: Px,
    pub(in crate::page) top: Px,
    pub(in crate::page) bottom: Px,
}

/// The picture in one size.
#[derive(Debug, Clone)]
pub(in crate::page) struct Drawing {
    pub(in crate::page) class: &'static str,
    pub(in crate::page) width: Px,
    pub(in crate::page) height: Px,
    pub(in crate::page) shapes: Vec<Shape>,
    pub(in crate::page) lines: Vec<Line>,
    pub(in crate::page) texts: Vec<Text>,
}

/// A size to draw in.
#[derive(Debug, Clone, Copy)]
pub(in crate::page) struct Size {
    class: &'static str,
    width: f64,
    /// Where the weeks are.
    left: f64,
    right: f64,
    /// Where bars begin and may end; the number stands behind them.
    bars: (f64, f64),
    row: f64,
    /// From the top of a row to its strip, and the height of that.
    strip: (f64, f64),
    /// Whether names stand over their strips instead of beside.
    over: bool,
}

/// For a phone and for anything wider, as the other charts.
pub(in crate::page) const SIZES: [Size; 2] = [
    Size {
        class: "wide",
        width: 740.0,
        left: 118.0,
        right: 582.0,
        bars: (598.0, 690.0),
        row: 36.0,
        strip: (6.0, 24.0),
        over: false,
    },
    Size {
        class: "narrow",
        width: 328.0,
        left: 0.0,
        right: 328.0,
        bars: (0.0, 328.0),
        row: 58.0,
        strip: (22.0, 20.0),
        over: true,
    },
];

/// For a picture of its own.
pub(in crate::page) const ALONE: Size = Size {
    class: "alone",
    width: 900.0,
    left: 130.0,
    right: 720.0,
    bars: (738.0, 846.0),
    row: 36.0,
    strip: (6.0, 24.0),
    over: false,
};

/// Room over the rows for months and days.
const HEAD: f64 = 44.0;

/// Where names stand over the strips: from the strip down to the bar of the burden, and the height of that.
const BAR_BELOW: (f64, f64) = (3.0, 5.0);

impl Drawing {
    pub(in crate::page) fn new(picture: &Picture, size: &Size) -> Self {
        let extra = if picture.uncovered.is_empty() { 0.0 } else { size.row };
        let rows: f64 = picture.rows.iter().map(|_| size.row).sum();
        let bottom = HEAD + rows + extra;
        let mut drawing = Self {
            class: size.class,
            width: Px(size.width),
            height: Px(bottom + 6.0),
            shapes: Vec::new(),
            lines: Vec::new(),
            texts: Vec::new(),
        };
        let scale = Scale::new(picture.span, size);
        drawing.head(picture, size, &scale, bottom);
        let most = picture.rows.iter().filter_map(|row| row.burden).chain(picture.mean).fold(0.0_f64, f64::max);
        let load = Linear::new((0.0, if most > 0.0 { most } else { 1.0 }), size.bars);
        let mut top = HEAD;
        for row in &picture.rows {
            drawing.row(row, picture, size, &scale, &load, top);
            top += size.row;
        }
        if !picture.uncovered.is_empty() {
            drawing.open(picture, size, &scale, top);
        }
        if let Some(mean) = picture.mean.filter(|_| most > 0.0) {
            drawing.mean(picture, size, load.clamped(mean), HEAD + rows);
        }
        if let Some(now) = picture.now {
            let x = Px(scale.at(now));
            drawing.lines.push(Line { class: "now", x, top: Px(HEAD - 8.0), bottom: Px(bottom) });
        }
        drawing
    }

    /// With room for a heading and a legend.
    pub(in crate::page) fn height_with_margin(&self) -> Px {
        Px(self.height.0 + 72.0)
    }

    /// Months, days, holidays and the lines between weeks.
    fn head(&mut self, picture: &Picture, size: &Size, scale: &Scale, bottom: f64) {
        for holiday in &picture.holidays {
            let whose = text::isolate(&holiday.calendars.join(", "));
            let title = format!("{} ({}, {whose})", text::isolate(&holiday.name), holiday.date);
            self.stretch("holiday", scale, holiday.span, HEAD - 8.0, 8.0, 3.0, title);
        }
        let mut before: Option<NaiveDate> = None;
        let (mut free, mut free_month) = (f64::MIN, f64::MIN);
        for week in &picture.weeks {
            let x = scale.at(week.start());
            // Where names stand over the strips, lines would cross them out.
            let end = if size.over { HEAD } else { bottom };
            self.lines.push(Line { class: "grid", x: Px(x), top: Px(HEAD - 8.0), bottom: Px(end) });
            let Ok(date) = wall_clock(picture.zone, week.start()).map(|local| local.date()) else { continue };
            if before.is_none_or(|before| before.month() != date.month()) && x >= free_month {
                let month = date.format(if before.is_none_or(|b| b.year() != date.year()) { "%b %Y" } else { "%b" });
                let month = month.to_string();
                let fits = x + text::width(&month, FONT) <= size.right + 4.0;
                free_month = x + text::width(&month, FONT) + 4.0;
                if fits {
                    self.say("strong", x, 14.0, "start", &month);
                }
            }
            before = Some(date);
            let label = date.day().to_string();
            if x >= free && x + text::width(&label, FONT) <= size.right + 4.0 {
                free = x + text::width(&label, FONT) + 6.0;
                self.say("soft", x, 31.0, "start", &label);
            }
        }
    }

    fn row(&mut self, row: &Row, picture: &Picture, size: &Size, scale: &Scale, load: &Linear, top: f64) {
        let (strip, height) = (top + size.strip.0, size.strip.1);
        self.shapes.push(Shape {
            class: "track",
            x: Px(size.left),
            y: Px(strip),
            width: Px(size.right - size.left),
            height: Px(height),
            title: String::new(),
        });
        for span in &row.holidays {
            self.stretch("holiday", scale, *span, strip, height, 2.0, String::new());
        }
        for span in &row.outside {
            let title = format!("{} is not in the rotation", text::isolate(&row.person));
            self.stretch("outside", scale, *span, strip, height, 1.0, title);
        }
        for away in &row.away {
            let reason = away.reason.as_ref().map(|reason| format!(" ({})", text::isolate(reason))).unwrap_or_default();
            let days = words::days(away.span, picture.zone);
            let title = format!("{} is on leave{reason}, {days}", text::isolate(&row.person));
            self.stretch("away", scale, away.span, strip, height, 2.0, title);
        }
        for shift in &row.shifts {
            let title = words::shift(shift, picture.zone);
            // The form says the role as well as the colour does.
            let (class, down, high) = match shift.role {
                Role::Primary => ("primary", 0.0, height),
                Role::Secondary => ("secondary", height * 0.5, height * 0.5),
                Role::Shadow => ("shadow", height * 0.7, height * 0.3),
            };
            self.stretch(class, scale, shift.span, strip + down, high, 2.0, title);
        }
        self.names(row, size, top);
        if let Some(burden) = row.burden {
            let (y, high) =
                if size.over { (strip + height + BAR_BELOW.0, BAR_BELOW.1) } else { (strip + 4.0, height - 8.0) };
            let end = load.clamped(burden.max(0.0));
            self.shapes.push(Shape {
                class: "load",
                x: Px(size.bars.0),
                y: Px(y),
                width: Px((end - size.bars.0).max(1.0)),
                height: Px(high),
                title: format!("burden {}", words::burden(row)),
            });
        }
        let value = words::burden(row);
        let x = if size.over { size.right } else { size.width };
        let y = if size.over { top + 15.0 } else { strip + height / 2.0 + 4.0 };
        self.say("number", x, y, "end", &value);
    }

    /// The mean burden: a line through all bars, or a mark at each where strips are between them.
    fn mean(&mut self, picture: &Picture, size: &Size, x: f64, bottom: f64) {
        if !size.over {
            self.lines.push(Line { class: "mean", x: Px(x), top: Px(HEAD), bottom: Px(bottom) });
            return;
        }
        let mut bar = HEAD + size.strip.0 + size.strip.1 + BAR_BELOW.0;
        for row in &picture.rows {
            if row.burden.is_some() {
                let (top, bottom) = (bar - 2.0, bar + BAR_BELOW.1 + 3.0);
                self.lines.push(Line { class: "mean mark", x: Px(x), top: Px(top), bottom: Px(bottom) });
            }
            bar += size.row;
        }
    }

    fn names(&mut self, row: &Row, size: &Size, top: f64) {
        if size.over {
            let room = size.right - 70.0;
            let name = text::fit(&row.person, room * 0.6, FONT * 1.1);
            let beside = text::fit(&row.beside, room - text::width(&name, FONT * 1.15) - 8.0, FONT);
            let x = size.left + text::width(&name, FONT * 1.12) + 8.0;
            self.say("strong", size.left, top + 15.0, "start", &name);
            if !row.beside.is_empty() {
                self.say("soft", x, top + 15.0, "start", &beside);
            }
            return;
        }
        let room = size.left - 8.0;
        let middle = top + size.row / 2.0;
        let alone = row.beside.is_empty();
        self.say(
            "strong",
            0.0,
            if alone { middle + 4.0 } else { middle - 2.0 },
            "start",
            &text::fit(&row.person, room, FONT * 1.12),
        );
        if !alone {
            self.say("soft", 0.0, middle + 12.0, "start", &text::fit(&row.beside, room, FONT));
        }
    }

    /// What nobody has, below everybody.
    fn open(&mut self, picture: &Picture, size: &Size, scale: &Scale, top: f64) {
        let (strip, height) = (top + size.strip.0, size.strip.1);
        for open in &picture.uncovered {
            let (down, high) = if open.role == Role::Primary { (0.0, height) } else { (height * 0.5, height * 0.5) };
            let title = format!("nobody is {}, {}", open.role, words::days(open.span, picture.zone));
            self.stretch("open", scale, open.span, strip + down, high, 2.0, title);
        }
        let y = if size.over { top + 15.0 } else { top + size.row / 2.0 + 4.0 };
        self.say("strong act", 0.0, y, "start", "Nobody");
    }

    #[expect(clippy::too_many_arguments, reason = "a rectangle, its class and its words")]
    fn stretch(
        &mut self,
        class: &'static str,
        scale: &Scale,
        span: Span,
        y: f64,
        height: f64,
        least: f64,
        title: String,
    ) {
        let (start, end) = (scale.at(span.start()), scale.at(span.end()));
        if end <= start {
            return;
        }
        // A hair between one shift and the next.
        let inset = if matches!(class, "primary" | "secondary" | "shadow" | "open") { 0.75 } else { 0.0 };
        let (x, width) = (start + inset, (end - start - 2.0 * inset).max(least));
        self.shapes.push(Shape { class, x: Px(x), y: Px(y), width: Px(width), height: Px(height), title });
    }

    fn say(&mut self, class: &'static str, x: f64, y: f64, anchor: &'static str, said: &str) {
        self.texts.push(Text { class, x: Px(x), y: Px(y), anchor, text: text::isolate(said) });
    }
}

/// Instants to places.
struct Scale(Linear, DateTime<Utc>);

impl Scale {
    fn new(span: Span, size: &Size) -> Self {
        let length = span.length().as_seconds_f64();
        Self(Linear::new((0.0, length), (size.left, size.right)), span.start())
    }

    fn at(&self, at: DateTime<Utc>) -> f64 {
        self.0.clamped(at.signed_duration_since(self.1).as_seconds_f64())
    }
}
