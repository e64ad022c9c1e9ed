//! Maintenance declared beforehand: time that does not count.

use std::path::Path;

use timeline_core::{Span, SpanSet, WeeklyWindow};

use super::document::{Document, Table};
use crate::fault::Faults;
use crate::incidents::{self, Affected, IncidentColumns};

/// Declared maintenance of some services.
#[derive(Debug, Clone)]
pub struct Maintenance {
    /// The services; none means all.
    pub services: Vec<String>,
    /// When.
    pub rule: MaintenanceRule,
}

/// When maintenance is.
#[derive(Debug, Clone)]
pub enum MaintenanceRule {
    /// From an instant to another.
    Spans(SpanSet),
    /// Every week at the same local time.
    Weekly(WeeklyWindow),
}

impl Maintenance {
    /// Whether it is of `service`.
    #[must_use]
    pub fn concerns(&self, service: &str) -> bool {
        self.services.is_empty() || self.services.iter().any(|name| name == service)
    }

    /// The maintenance of `service` within `within`.
    #[must_use]
    pub fn within(&self, service: &str, within: Span) -> SpanSet {
        if !self.concerns(service) {
            return SpanSet::new();
        }
        match &self.rule {
            MaintenanceRule::Spans(spans) => spans.clip(within),
            // Only the far ends of the calendar have no local time.
            MaintenanceRule::Weekly(weekly) => weekly.spans(within).unwrap_or_default(),
        }
    }
}

/// Reads one `[[maintenance]]`; a list in CSV may hold maintenance of several services.
pub(super) fn read(folder: &Path, mut table: Table<'_, '_>, document: &mut Document) -> Vec<Maintenance> {
    let services = table.take("services").map(|item| item.texts(document)).unwrap_or_default();
    let (start, end) = (table.take("start"), table.take("end"));
    let (file, weekly) = (table.take("file"), table.take("weekly"));
    let _reason = table.text("reason", document);
    let (path, span) = (table.path().to_owned(), table.span());
    table.finish(document);
    let rules = match (start, end, file, weekly) {
        (Some(start), Some(end), None, None) => {
            let (Some(from), Some(to)) = (start.instant(document), end.instant(document)) else { return Vec::new() };
            let Some(span) = end.check(Span::new(from, to), document) else { return Vec::new() };
            vec![(services, SpanSet::from_spans([span]))]
        }
        (None, None, Some(file), None) => {
            let Some(name) = file.text(document) else { return Vec::new() };
            match of_file(&folder.join(name)) {
                Ok(rules) => rules,
                Err(faults) => {
                    document.faults.append(faults);
                    Vec::new()
                }
            }
        }
        (None, None, None, Some(weekly)) => {
            let Some(text) = weekly.text(document) else { return Vec::new() };
            let Some(window) = weekly.check(text.parse(), document) else { return Vec::new() };
            return vec![Maintenance { services, rule: MaintenanceRule::Weekly(window) }];
        }
        _ => {
            document.fault(&path, span, "needs `start` and `end`, or `weekly`, or `file`");
            Vec::new()
        }
    };
    rules.into_iter().map(|(services, spans)| Maintenance { services, rule: MaintenanceRule::Spans(spans) }).collect()
}

/// A CSV of `start,end,service`; the service `*` means all.
fn of_file(file: &Path) -> Result<Vec<(Vec<String>, SpanSet)>, Faults> {
    let column = |name: &str| name.to_owned();
    let columns = IncidentColumns {
        start: column("start"),
        end: column("end"),
        affected: Affected::Named(column("service")),
        severity: None,
        title: None,
        skip_incomplete: false,
    };
    let list = incidents::read(file, &columns, None)?;
    let spans = list.incidents.iter().filter_map(|entry| {
        let services = if entry.service == "*" { Vec::new() } else { vec![entry.service.clone()] };
        Some((services, SpanSet::from_spans([Span::new(entry.start, entry.end).ok()?])))
    });
    Ok(spans.collect())
}
