//! When events take place: each of their repetitions as a span.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use timeline_core::{Span, Tz};

use super::event::{End, Event};
use super::fault::{Fault, Faults};
use super::repeat;
use super::time::When;

/// One time at which an event takes place.
#[derive(Debug)]
pub(super) struct Occurrence<'e> {
    pub(super) event: &'e Event,
    pub(super) span: Span,
}

/// Every time that the events take place. Those that repeat do so within `within` only; cancelled ones do not.
///
/// # Errors
/// All faults with the event's line and UID: an end that is not behind its start, a rule that is none, more than
/// [`repeat::MOST`] repetitions.
pub(super) fn occurrences<'e>(events: &'e [Event], usual: Tz, within: Span) -> Result<Vec<Occurrence<'e>>, Vec<Fault>> {
    let mut replaced: BTreeMap<&str, BTreeSet<DateTime<Utc>>> = BTreeMap::new();
    for event in events {
        if let Some(at) = event.replaces.as_ref().and_then(|when| when.instant(usual).ok()) {
            replaced.entry(event.uid.as_str()).or_default().insert(at);
        }
    }
    let (mut all, mut faults) = (Vec::new(), Faults::default());
    for event in events.iter().filter(|event| !event.cancelled) {
        let gone = replaced.get(event.uid.as_str()).filter(|_| event.replaces.is_none());
        match spans(event, usual, within, gone) {
            Ok(spans) => all.extend(spans.into_iter().map(|span| Occurrence { event, span })),
            Err((line, name, message)) => {
                let path = format!("{name} of {}", event.uid);
                faults.push(Fault::of(message).at_line(line).at_path(path).in_event(event.line));
            }
        }
    }
    all.sort_by_key(|occurrence| (occurrence.span.start(), occurrence.event.line));
    faults.or(all)
}

type Wrong = (u64, &'static str, String);

fn spans(event: &Event, usual: Tz, within: Span, gone: Option<&BTreeSet<DateTime<Utc>>>) -> Result<Vec<Span>, Wrong> {
    let wrong = |name: &'static str| move |message: String| (event.line, name, message);
    let first = event.start.instant(usual).map_err(wrong("DTSTART"))?;
    let end = match &event.end {
        End::At(end) => end.instant(usual),
        End::After(length) => length.end(&event.start, usual),
    };
    let end = end.map_err(wrong("DTEND"))?;
    let span = Span::new(first, end).map_err(|_| {
        let message = format!("ends at {end}, which is not after its start {first}: an event that lasts for nothing");
        (event.line, "DTEND", message)
    })?;
    let starts = match &event.rule {
        None => vec![event.start.clone()],
        Some((line, rule)) => {
            repeated(event, rule, span, usual, within).map_err(|message| (*line, "RRULE", message))?
        }
    };
    let local = |when: &When| when.instant(usual);
    let except: BTreeSet<_> = event.except.iter().filter_map(|when| local(when).ok()).collect();
    let mut spans = BTreeMap::new();
    for start in starts.iter().chain(&event.more) {
        let at = local(start).map_err(wrong("RDATE"))?;
        // An exception that is a date takes the whole day.
        let day = start.local(&start.zone(usual)).map(|local| local.date());
        let off = event.except.iter().any(|when| matches!(when, When::Date(date) if Ok(*date) == day));
        if off || except.contains(&at) || gone.is_some_and(|gone| gone.contains(&at)) {
            continue;
        }
        let end = end_of(event, start, at, span, usual).map_err(wrong("DTEND"))?;
        if let Ok(span) = Span::new(at, end) {
            spans.insert(at, span);
        }
    }
    Ok(spans.into_values().collect())
}

/// Each repetition is as long as the first: in days where those are whole, else exactly.
fn end_of(event: &Event, start: &When, at: DateTime<Utc>, first: Span, usual: Tz) -> Result<DateTime<Utc>, String> {
    match (&event.end, &event.start, start) {
        (End::After(length), ..) => length.end(start, usual),
        (End::At(When::Date(end)), When::Date(begin), When::Date(day)) => {
            let end = day.checked_add_signed(end.signed_duration_since(*begin));
            When::Date(end.ok_or("ends beyond the calendar")?).instant(usual)
        }
        _ => at.checked_add_signed(first.length()).ok_or_else(|| "ends beyond the calendar".to_owned()),
    }
}

/// The starts of an event that repeats, by its rule, so far as it may take place within `within`.
fn repeated(event: &Event, rule: &str, first: Span, usual: Tz, within: Span) -> Result<Vec<When>, String> {
    let zone = event.start.zone(usual);
    let start = event.start.local(&zone)?;
    // A day more at either end covers every zone.
    let margin = TimeDelta::days(1);
    let lead = first.length().checked_add(&margin).unwrap_or(margin);
    let after = within.start().naive_utc().checked_sub_signed(lead).unwrap_or(NaiveDateTime::MIN);
    let before = within.end().naive_utc().checked_add_signed(margin).unwrap_or(NaiveDateTime::MAX);
    let faces = repeat::faces(start, rule, &|at| zone.local(at), (after, before))?;
    let when = |local: NaiveDateTime| match &event.start {
        When::Date(_) => When::Date(local.date()),
        When::Local(_, zone) => When::Local(local, zone.clone()),
        When::Utc(_) => When::Utc(local.and_utc()),
    };
    Ok(faces.into_iter().map(when).collect())
}

#[cfg(test)]
mod tests {
    use super::super::event::events;
    use super::*;

    fn span(from: &str, until: &str) -> Span {
        Span::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
    }

    fn found(event: &str) -> Result<Vec<String>, String> {
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\n{event}\nEND:VEVENT\nEND:VCALENDAR\n");
        let within = span("2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let events = events(&text).map_err(|faults| faults[0].to_string())?;
        let all = occurrences(&events, Tz::Europe__Berlin, within).map_err(|faults| faults[0].to_string())?;
        Ok(all.iter().map(|occurrence| occurrence.span.to_string()).collect())
    }

    #[test]
    fn repetitions_keep_their_local_time_over_the_change() {
        let weekly = found("DTSTART;TZID=Europe/Berlin:20261019T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2");
        assert_eq!(
            weekly.unwrap(),
            [
                span("2026-10-19T07:00:00Z", "2026-10-19T08:00:00Z").to_string(),
                span("2026-10-26T08:00:00Z", "2026-10-26T09:00:00Z").to_string()
            ]
        );
    }

    #[test]
    fn whole_days_repeat_as_days_even_where_one_has_25_hours() {
        let days = found("DTSTART;VALUE=DATE:20261024\nRRULE:FREQ=DAILY;UNTIL=20261026").unwrap();
        assert_eq!(days.len(), 3);
        assert_eq!(days[1], span("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z").to_string());
    }

    #[test]
    fn exceptions_and_moved_repetitions_are_heeded() {
        let off = "DTSTART;TZID=Europe/Berlin:20261102T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=4\n\
                   EXDATE;TZID=Europe/Berlin:20261109T090000\nEND:VEVENT\nBEGIN:VEVENT\nUID:u\n\
                   RECURRENCE-ID;TZID=Europe/Berlin:20261116T090000\nDTSTART:20261117T100000Z\nDTEND:20261117T110000Z";
        let days: Vec<_> = found(off).unwrap().iter().map(|span| span[..10].to_owned()).collect();
        assert_eq!(days, ["2026-11-02", "2026-11-17", "2026-11-23"]);
    }

    #[test]
    fn rules_without_end_stop_at_the_time_looked_at() {
        assert_eq!(found("DTSTART;VALUE=DATE:20000229\nRRULE:FREQ=YEARLY").unwrap().len(), 0);
        assert_eq!(found("DTSTART;VALUE=DATE:20250101\nRRULE:FREQ=MONTHLY").unwrap().len(), 4);
    }

    #[test]
    fn what_cannot_be_repeated_is_said_with_the_rule() {
        let said = |rule: &str| found(&format!("DTSTART:20261001T000000Z\nDURATION:PT1H\nRRULE:{rule}")).unwrap_err();
        assert_eq!(
            said("FREQ=HOURLY"),
            "line 6: RRULE of u: rule `FREQ=HOURLY` repeats more than daily, which is not taken"
        );
        assert!(said("FREQ=FORTNIGHTLY").contains("rule `FREQ=FORTNIGHTLY` cannot be read"));
        assert!(said("WEEKLY").contains("no `NAME=VALUE`"));
        assert!(said("FREQ=DAILY;UNTIL=soon").contains("`soon`"));
        assert_eq!(
            found("DTSTART:20261001T000000Z").unwrap_err(),
            "line 2: DTEND of u: ends at 2026-10-01 00:00:00 UTC, which is not after its start 2026-10-01 00:00:00 UTC: an event \
             that lasts for nothing"
        );
    }
}
