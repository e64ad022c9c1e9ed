//! Dates and times of the on-call files: whole days, local times, instants.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use timeline_core::{Resolution, Span, Tz, resolution, resolve};

use crate::book::document::{Document, Item, Table};

/// A point in time as somebody writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The beginning of a day.
    Date(NaiveDate),
    /// What the clocks show.
    Local(NaiveDateTime),
    /// An instant.
    Instant(DateTime<Utc>),
}

/// Whether it has the form of a date, be there such a day or not.
fn is_written_as_day(text: &str) -> bool {
    let mut parts = text.split('-').map(|part| (part.len(), part.bytes().all(|byte| byte.is_ascii_digit())));
    [4, 2, 2].into_iter().all(|length| parts.next() == Some((length, true))) && parts.next().is_none()
}

impl Moment {
    /// # Errors
    /// What is wrong with `text`, with its value.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(date) = NaiveDate::parse_from_str(text, "%F") {
            return Ok(Self::Date(date));
        }
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::Instant(at.with_timezone(&Utc)));
        }
        let forms = ["%FT%H:%M:%S%.f", "%FT%H:%M", "%F %H:%M:%S", "%F %H:%M"];
        let local = forms.into_iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        let message = || {
            let day = text.get(..10).filter(|day| is_written_as_day(day));
            if let Some(day) = day.filter(|day| NaiveDate::parse_from_str(day, "%F").is_err()) {
                return format!("there is no day `{day}` in the calendar");
            }
            format!(
                "`{text}` is none of a date (`2026-12-24`), a local time (`2026-12-24T09:00`) and an instant (`...Z`)"
            )
        };
        local.map(Self::Local).ok_or_else(message)
    }

    /// The instant that it means in `zone`.
    ///
    /// # Errors
    /// A time beyond the calendar.
    pub(crate) fn instant(self, zone: Tz) -> Result<DateTime<Utc>, String> {
        let local = match self {
            Self::Instant(at) => return Ok(at),
            Self::Date(date) => date.and_time(NaiveTime::MIN),
            Self::Local(local) => local,
        };
        resolve(zone, local).map_err(|error| error.to_string())
    }
}

/// What a local time is taken for where the clocks show it twice or never, and how to say the other; `None` for all
/// others.
pub(crate) fn taken_for(text: &str, zone: Tz) -> Option<String> {
    let Ok(Moment::Local(local)) = Moment::parse(text) else { return None };
    match resolution(zone, local).ok()? {
        Resolution::Fold { first, second } => {
            let said = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%:z").to_string();
            let name = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Z").to_string();
            Some(format!(
                "The clocks show {} twice that day: this is the first, in {}. The second, in {}, is {}.",
                local.format("%H:%M"),
                name(first),
                name(second),
                said(second)
            ))
        }
        Resolution::Gap { reads, .. } => {
            let (never, next) = (local.format("%H:%M"), reads.format("%H:%M"));
            Some(format!("The clocks never show {never} that day: this is the first instant after, {next}."))
        }
        _ => None,
    }
}

/// A moment in a document.
pub(super) fn moment(item: &Item<'_, '_>, document: &mut Document) -> Option<Moment> {
    let text = item.written_time(document)?;
    item.check(Moment::parse(&text), document)
}

/// The instant of a moment in a document, by the clocks of `zone`.
pub(super) fn instant(item: &Item<'_, '_>, zone: Tz, document: &mut Document) -> Option<DateTime<Utc>> {
    let moment = moment(item, document)?;
    item.check(moment.instant(zone), document)
}

/// A stretch: `first` and `last` as whole days, both included, or `from` and `until`, its first instant and the first
/// after it.
pub(super) fn stretch(table: &mut Table<'_, '_>, zone: Tz, document: &mut Document) -> Option<Span> {
    let (first, last) = (table.take("first"), table.take("last"));
    let (from, until) = (table.take("from"), table.take("until"));
    match (first, last, from, until) {
        (Some(first), last, None, None) => {
            let begin = date(&first, document);
            let end = last.as_ref().map_or(begin, |last| date(last, document));
            let (begin, end) = (begin?, end?);
            let place = last.as_ref().unwrap_or(&first);
            if end < begin {
                return place.check(Err(format!("last day {end} is before the first, {begin}")), document);
            }
            let behind = end.checked_add_days(Days::new(1)).ok_or("ends beyond the calendar".to_owned());
            let behind = place.check(behind, document)?;
            let start = first.check(Moment::Date(begin).instant(zone), document)?;
            let end = place.check(Moment::Date(behind).instant(zone), document)?;
            place.check(Span::new(start, end), document)
        }
        (None, None, Some(from), Some(until)) => {
            let (start, end) = (instant(&from, zone, document), instant(&until, zone, document));
            until.check(Span::new(start?, end?), document)
        }
        _ => {
            let message = "needs `first` and `last` (days, both included) or `from` and `until` (times)";
            document.fault(table.path(), table.span(), message);
            None
        }
    }
}

/// A date; a time is a fault.
pub(super) fn date(item: &Item<'_, '_>, document: &mut Document) -> Option<NaiveDate> {
    match moment(item, document)? {
        Moment::Date(date) => Some(date),
        _ => item.check(Err("is a time where a date such as `2026-12-24` is expected".to_owned()), document),
    }
}
