//! Rules of repetition, on the clocks' face: they know no zone, and each local time becomes an instant elsewhere.

use chrono::{DateTime, NaiveDateTime, Utc};
use rrule::RRuleSet;

use super::time::{self, When};

/// The most repetitions of one rule.
pub(crate) const MOST: u16 = 10_000;

/// The local times from `after` to `before` at which `rule` repeats what begins at `start`. `until` gives the face of
/// the clocks at an instant up to which a rule goes.
///
/// # Errors
/// A rule that is none, that repeats more than daily, or more than [`MOST`] times.
pub(crate) fn faces(
    start: NaiveDateTime,
    rule: &str,
    until: &dyn Fn(DateTime<Utc>) -> Result<NaiveDateTime, String>,
    (after, before): (NaiveDateTime, NaiveDateTime),
) -> Result<Vec<NaiveDateTime>, String> {
    let mut parts = Vec::new();
    for part in rule.split(';').filter(|part| !part.is_empty()) {
        let (name, value) =
            part.split_once('=').ok_or_else(|| format!("`{part}` in rule `{rule}` is no `NAME=VALUE`"))?;
        match name.to_ascii_uppercase().as_str() {
            "FREQ" if matches!(value.to_ascii_uppercase().as_str(), "SECONDLY" | "MINUTELY" | "HOURLY") => {
                return Err(format!("rule `{rule}` repeats more than daily, which is not taken"));
            }
            "UNTIL" => parts.push(format!("UNTIL={}", face(last(value, rule, until)?))),
            _ => parts.push(part.to_owned()),
        }
    }
    let set: RRuleSet = format!("DTSTART:{}\nRRULE:{}", face(start), parts.join(";"))
        .parse()
        .map_err(|error| format!("rule `{rule}` cannot be read: {error}"))?;
    let utc = |face: NaiveDateTime| face.and_utc().with_timezone(&rrule::Tz::UTC);
    let found = set.after(utc(after)).before(utc(before)).all(MOST);
    if found.limited {
        return Err(format!("rule `{rule}` repeats more than {MOST} times from {after} to {before}"));
    }
    Ok(found.dates.into_iter().map(|date| date.naive_utc()).collect())
}

fn last(
    value: &str,
    rule: &str,
    until: &dyn Fn(DateTime<Utc>) -> Result<NaiveDateTime, String>,
) -> Result<NaiveDateTime, String> {
    let property = icalendar::Property::new("UNTIL", value);
    let last = time::when(&property, &|_| None).map_err(|message| format!("UNTIL in rule `{rule}`: {message}"))?;
    match last {
        // To the end of that day.
        When::Date(date) => {
            date.and_hms_opt(23, 59, 59).ok_or_else(|| format!("rule `{rule}` ends beyond the calendar"))
        }
        When::Local(local, _) => Ok(local),
        When::Utc(at) => until(at),
    }
}

fn face(local: NaiveDateTime) -> String {
    format!("{}Z", local.format("%Y%m%dT%H%M%S"))
}
