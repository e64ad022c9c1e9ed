//! The budget over the period: what was left, when it fell, what happened then, and when it ends.

mod drawing;
mod marks;

use chrono::{DateTime, Utc};

use super::axis::SIZES;
use super::finding::{self, Fall};
use super::text;
use super::words::{self, Clock};
use crate::review::report::{BandPoint, BurnDownPoint, Incident, SloReport};

pub(super) use drawing::Drawing;

/// The chart and the table behind it.
#[derive(Debug)]
pub(super) struct BurnDown {
    /// What the line shows, in a sentence.
    pub(super) title: String,
    /// What is drawn, over which time, and from how much.
    pub(super) subtitle: String,
    /// The same for those who do not see it.
    pub(super) description: String,
    /// Empty where there is nothing to draw.
    pub(super) drawings: Vec<Drawing>,
    pub(super) rows: Vec<Row>,
    pub(super) incidents: Vec<IncidentRow>,
    /// The time on the axis.
    pub(super) shown: (DateTime<Utc>, DateTime<Utc>),
}

/// A row of the table: a stretch of time.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) until: String,
    pub(super) left: String,
    pub(super) lowest: String,
}

/// An incident of the service.
#[derive(Debug)]
pub(super) struct IncidentRow {
    pub(super) when: String,
    pub(super) machine: String,
    pub(super) lasted: String,
    pub(super) severity: String,
    pub(super) title: String,
}

/// All that the drawings of one objective are made from: checked, sorted, cut to the time shown.
#[derive(Debug)]
pub(super) struct Story<'a> {
    pub(super) slo: &'a SloReport,
    pub(super) clock: Clock,
    pub(super) now: DateTime<Utc>,
    pub(super) points: Vec<BurnDownPoint>,
    pub(super) band: Vec<BandPoint>,
    pub(super) incidents: Vec<&'a Incident>,
    pub(super) fall: Option<Fall>,
    /// When the forecast says that the budget ends; never before now, and only while some is left.
    pub(super) ends: Option<DateTime<Utc>>,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    /// Whether the period has an end in the calendar, so that spending evenly is a line.
    pub(super) calendar: bool,
}

impl BurnDown {
    /// `columns` is the most columns that a line is thinned to in the wide drawing.
    pub(super) fn new(
        slo: &SloReport,
        incidents: &[Incident],
        clock: &Clock,
        now: DateTime<Utc>,
        columns: f64,
    ) -> Self {
        let (story, title) = Story::new(slo, incidents, clock, now);
        let n = words::amount(slo.total, &slo.unit);
        let allowed = slo.budget.as_ref().map(|budget| match budget.allowed {
            0 => format!("less than {}", words::amount(1, &slo.unit)),
            allowed => words::amount(allowed, &slo.unit),
        });
        let of = allowed.map_or_else(String::new, |allowed| format!(" of {allowed}"));
        let subtitle = format!(
            "Error budget left, in %{of} · {} · {} · n\u{a0}=\u{a0}{n}",
            text::isolate(&slo.period),
            clock.span(story.start, now.min(story.end)),
        );
        let drawn = !story.points.is_empty();
        let drawings =
            if drawn { SIZES.iter().map(|size| Drawing::new(&story, size, columns)).collect() } else { Vec::new() };
        Self {
            description: story.description(&title),
            title,
            subtitle,
            drawings,
            rows: story.rows(),
            incidents: story.incident_rows(),
            shown: (story.start, story.end),
        }
    }
}

impl<'a> Story<'a> {
    fn new(slo: &'a SloReport, incidents: &'a [Incident], clock: &Clock, now: DateTime<Utc>) -> (Self, String) {
        let points = slo.burn_down.clone();
        let found = finding::finding(&points, clock);
        let calendar = slo.period_end > now;
        let first = points.first().map_or(slo.period_start, |point| point.at);
        let start = if calendar { slo.period_start.min(first) } else { slo.period_start.max(first).min(now) };
        let remaining = points.last().map_or(0.0, |point| point.remaining);
        let forecast = slo.forecast.as_ref();
        let band = forecast.map_or(&[][..], |forecast| &forecast.band);
        let band: Vec<BandPoint> = band.iter().filter(|point| point.at > now).copied().collect();
        let forecast = forecast.filter(|_| remaining > 0.0);
        let ends = forecast.and_then(|forecast| forecast.median).filter(|at| *at > now);
        let end = if calendar {
            slo.period_end
        } else {
            // The future takes no more room than the past.
            let known = [ends, forecast.and_then(|forecast| forecast.latest), band.last().map(|point| point.at)];
            let wanted = known.into_iter().flatten().max().map_or(now, |at| words::extended(now, at, 6));
            wanted.min(words::extended(start, now, 75)).max(now)
        };
        let mut incidents: Vec<&Incident> = incidents
            .iter()
            .filter(|incident| incident.service == slo.service && incident.end >= start && incident.start <= end)
            .collect();
        incidents.sort_by_key(|incident| incident.start);
        let story =
            Self { slo, clock: *clock, now, points, band, incidents, fall: found.fall, ends, start, end, calendar };
        (story, found.sentence)
    }

    fn description(&self, title: &str) -> String {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return title.to_owned() };
        let lowest = self.points.iter().map(|point| point.remaining).fold(f64::INFINITY, f64::min);
        let mut text = format!(
            "Line of the budget left from {} on {} to {} on {}, lowest {}.",
            words::percent(first.remaining),
            self.clock.long(first.at),
            words::percent(last.remaining),
            self.clock.long(last.at),
            words::percent(lowest),
        );
        if let Some(ends) = self.ends {
            text.push_str(&format!(" The forecast ends the budget on {}.", self.clock.long(ends)));
        }
        match self.incidents.len() {
            0 => {}
            1 => text.push_str(" One incident is marked."),
            n => text.push_str(&format!(" {n} incidents are marked.")),
        }
        text
    }

    /// Some 20 rows, each with the lowest value since the row before.
    fn rows(&self) -> Vec<Row> {
        let size = self.points.len().div_ceil(20).max(1);
        self.points
            .chunks(size)
            .filter_map(|chunk| {
                let last = chunk.last()?;
                let lowest = chunk.iter().map(|point| point.remaining).fold(f64::INFINITY, f64::min);
                Some(Row {
                    until: self.clock.short(last.at),
                    left: words::percent(last.remaining),
                    lowest: words::percent(lowest),
                })
            })
            .collect()
    }

    fn incident_rows(&self) -> Vec<IncidentRow> {
        let rows = self.incidents.iter().map(|incident| IncidentRow {
            when: self.clock.short(incident.start),
            machine: words::machine(incident.start),
            lasted: words::between(incident.start, incident.end),
            severity: incident.severity.clone(),
            title: incident.title.clone(),
        });
        rows.collect()
    }
}
