//! A `VTIMEZONE` made of the changes that a zone's clocks really make.

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::OffsetName;
use timeline_core::{Span, Tz};

/// The content lines of the zone as it is in `within`: one component a change, and the state before the first.
///
/// Real changes instead of rules that repeat: a rule that changed, or that Ramadan moves, is right as well.
pub(super) fn vtimezone(zone: Tz, within: Span) -> Vec<(String, String)> {
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut lines = vec![line("BEGIN", "VTIMEZONE"), line("TZID", zone.name())];
    let mut component = |from: i32, to: &Change, start: NaiveDateTime| {
        let kind = if to.daylight { "DAYLIGHT" } else { "STANDARD" };
        lines.push(line("BEGIN", kind));
        lines.push(line("DTSTART", &start.format("%Y%m%dT%H%M%S").to_string()));
        lines.push(line("TZOFFSETFROM", &offset(from)));
        lines.push(line("TZOFFSETTO", &offset(to.seconds)));
        if let Some(name) = &to.name {
            lines.push(line("TZNAME", name));
        }
        lines.push(line("END", kind));
    };
    let changes = changes(zone, within);
    let mut from = changes.first().map_or(0, |change| change.seconds);
    for change in &changes {
        // The face of the clocks just before.
        let start = change.at.naive_utc().checked_add_signed(TimeDelta::seconds(i64::from(from)));
        component(from, change, start.unwrap_or(change.at.naive_utc()));
        from = change.seconds;
    }
    lines.push(line("END", "VTIMEZONE"));
    lines
}

#[derive(Debug, PartialEq)]
struct Change {
    at: DateTime<Utc>,
    seconds: i32,
    daylight: bool,
    name: Option<String>,
}

/// The state a year before `within`, and every change from there to its end.
fn changes(zone: Tz, within: Span) -> Vec<Change> {
    let state = |at: DateTime<Utc>| {
        let offset = zone.offset_from_utc_datetime(&at.naive_utc());
        let name = offset.abbreviation().map(str::to_owned);
        let daylight = chrono_tz::OffsetComponents::dst_offset(&offset) > TimeDelta::zero();
        Change { at, seconds: offset.fix().local_minus_utc(), daylight, name }
    };
    let day = TimeDelta::days(1);
    let mut known = state(within.start().checked_sub_signed(TimeDelta::days(366)).unwrap_or(within.start()));
    let mut changes = Vec::new();
    while known.at < within.end() {
        let Some(next) = known.at.checked_add_signed(day) else { break };
        let ahead = state(next);
        if ahead.seconds == known.seconds && ahead.name == known.name {
            if changes.is_empty() {
                changes.push(Change { at: known.at, name: known.name.clone(), ..known });
            }
            known.at = next;
            continue;
        }
        // The change is somewhere between the two: halved until it is known to the second.
        let (mut low, mut high) = (known.at, next);
        while high.signed_duration_since(low) > TimeDelta::seconds(1) {
            let half = high.signed_duration_since(low).checked_div(2).unwrap_or(TimeDelta::seconds(1));
            let Some(middle) = low.checked_add_signed(half) else { break };
            let between = state(middle);
            if between.seconds == known.seconds && between.name == known.name { low = middle } else { high = middle }
        }
        // Whole seconds: that is how offsets are written.
        let at = DateTime::from_timestamp(high.timestamp(), 0).unwrap_or(high);
        let change = state(at);
        known = state(at);
        changes.push(change);
    }
    changes
}

/// `+0100`, and with seconds where there are any.
fn offset(seconds: i32) -> String {
    let (sign, size) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    let (hours, minutes, rest) = (size / 3_600, size / 60 % 60, size % 60);
    let tail = if rest == 0 { String::new() } else { format!("{rest:02}") };
    format!("{sign}{hours:02}{minutes:02}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(year: u32) -> Span {
        let at = |year: u32| format!("{year}-01-01T00:00:00Z").parse().unwrap();
        Span::new(at(year), at(year.saturating_add(1))).unwrap()
    }

    fn listed(zone: Tz, within: Span) -> Vec<String> {
        changes(zone, within)
            .iter()
            .map(|change| format!("{} {}", change.at.format("%FT%TZ"), change.seconds))
            .collect()
    }

    #[test]
    fn the_changes_are_those_of_the_clocks() {
        let berlin = listed(Tz::Europe__Berlin, year(2026));
        assert_eq!(
            berlin[1..],
            [
                "2025-03-30T01:00:00Z 7200",
                "2025-10-26T01:00:00Z 3600",
                "2026-03-29T01:00:00Z 7200",
                "2026-10-25T01:00:00Z 3600"
            ]
        );
        assert_eq!(listed(Tz::Asia__Kolkata, year(2026)).len(), 1);
        // Half an hour of summer time.
        assert!(listed(Tz::Australia__Lord_Howe, year(2026)).iter().any(|change| change.ends_with(" 37800")));
    }

    #[test]
    fn a_change_is_written_on_the_face_of_the_clocks_before_it() {
        let lines = vtimezone(Tz::Europe__Berlin, year(2026));
        let text: Vec<_> = lines.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        let text = text.join("\n");
        assert!(text.contains("DTSTART:20260329T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nTZNAME:CEST"), "{text}");
        assert!(text.contains("DTSTART:20261025T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nTZNAME:CET"), "{text}");
    }

    #[test]
    fn offsets_have_seconds_only_where_needed() {
        assert_eq!([3_600, -12_600, 0, 3_208].map(offset), ["+0100", "-0330", "+0000", "+005328"]);
    }
}
