use super::super::axis::Size;
use super::super::draw::{Bar, Px};
use super::super::labels::{FONT, Label};
use super::super::scale::Time;
use super::super::text;
use super::Story;

/// What happened, below the line: incidents with their names, alerts as ticks.
#[derive(Debug)]
pub(in crate::page) struct Marks {
    /// The lines with a name at the left, by the height of their baseline.
    pub(in crate::page) names: Vec<(Px, &'static str)>,
    pub(in crate::page) incidents: Vec<(Px, Bar)>,
    pub(in crate::page) labels: Vec<Label>,
    pub(in crate::page) alerts: Vec<AlertTick>,
    /// Where the time axis is.
    pub(in crate::page) bottom: Px,
}

/// An alert that began to fire.
#[derive(Debug)]
pub(in crate::page) struct AlertTick {
    pub(in crate::page) x: Px,
    pub(in crate::page) top: Px,
    pub(in crate::page) bottom: Px,
    /// Whether it pages, in the stylesheet's classes.
    pub(in crate::page) class: &'static str,
    pub(in crate::page) title: String,
}

/// Height of a line of marks.
const ROW: f64 = 19.0;

impl Marks {
    pub(super) fn new(story: &Story<'_>, size: &Size, time: &Time, top: f64) -> Self {
        // The lowest level of the plot may have its name at the very bottom.
        let top = Px(top + 6.0);
        let mut marks =
            Self { names: Vec::new(), incidents: Vec::new(), labels: Vec::new(), alerts: Vec::new(), bottom: top };
        marks.incidents(story, size, time);
        marks.alerts(story, time);
        marks.bottom = Px(marks.bottom.0 + if marks.names.is_empty() { -6.0 } else { 4.0 });
        marks
    }

    /// Each on the first line with room for its bar and its name; where there is none, its bar without a name.
    fn incidents(&mut self, story: &Story<'_>, size: &Size, time: &Time) {
        let gap = 6.0;
        let mut rows: Vec<f64> = Vec::new();
        for incident in &story.incidents {
            let (from, to) =
                (time.clamped(incident.start), time.clamped(incident.end).max(time.clamped(incident.start) + 3.0));
            let title = incident.title.clone();
            let hover = format!("{title}: {}", story.clock.span(incident.start, incident.end));
            let longest = (size.right - size.left) * 0.75;
            let after = text::fit(&title, longest.min(size.width - to - gap), FONT);
            let before = text::fit(&title, longest.min(from - gap - size.left), FONT);
            // The side that shows more of the name, after the bar where both show the same.
            let right = after.chars().count() >= before.chars().count();
            let shown = if right { after } else { before };
            let wide = text::width(&shown, FONT);
            let (left, end) = if right { (from, to + gap + wide) } else { (from - gap - wide, to) };
            let row = rows.iter().position(|taken| *taken + gap <= left).or_else(|| {
                (rows.len() < size.label_rows).then(|| {
                    rows.push(f64::NEG_INFINITY);
                    rows.len().saturating_sub(1)
                })
            });
            let index = row.unwrap_or_else(|| rows.len().saturating_sub(1));
            let y = self.bottom.0 + ROW * f64::from(u32::try_from(index).unwrap_or(0));
            self.incidents.push((Px(y + 6.0), Bar::new(from, to, 3.0, hover)));
            if let Some(taken) = row.and_then(|row| rows.get_mut(row)) {
                *taken = end;
                let (x, anchor) = if right { (to + gap, "start") } else { (from - gap, "end") };
                let text = text::isolate(&shown);
                self.labels.push(Label { x: Px(x), y: Px(y + 15.0), anchor, class: "plain", text });
            }
        }
        if !rows.is_empty() {
            self.names.push((Px(self.bottom.0 + 15.0), "incidents"));
            self.bottom = Px(self.bottom.0 + ROW * f64::from(u32::try_from(rows.len()).unwrap_or(0)));
        }
    }

    fn alerts(&mut self, story: &Story<'_>, time: &Time) {
        let (top, bottom) = (Px(self.bottom.0 + 5.0), Px(self.bottom.0 + 17.0));
        for alert in &story.slo.alerts {
            let Some(at) = alert.firing_from.filter(|at| *at >= time.start() && *at <= time.end()) else { continue };
            let class = if alert.severity == "page" { "act" } else { "watch" };
            let title = format!("{}: {} fired {}", alert.row.clone(), alert.severity.clone(), story.clock.long(at));
            self.alerts.push(AlertTick { x: Px(time.clamped(at)), top, bottom, class, title });
        }
        if !self.alerts.is_empty() {
            self.names.push((Px(self.bottom.0 + 15.0), "alerts"));
            self.bottom = Px(self.bottom.0 + ROW);
        }
    }
}
