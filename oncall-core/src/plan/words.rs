//! Duties and lists of people in the words of a team lead.

use chrono::{DateTime, Utc};
use timeline_core::{Span, Tz, wall_clock};

use crate::plan::seats::Duty;

/// `week of 2026-12-21 primary`, `2026-12-21 20:00 to 08:00 primary`; of several turns also the hours, so that days and
/// nights are told apart: `week of 2026-12-21 primary (20:00 to 08:00)`, or how much it is in how many stretches. In the
/// zone given.
pub(crate) fn duty(duty: &Duty, zone: Tz) -> String {
    let role = duty.role();
    let Some(hull) = duty.hull() else { return role.to_string() };
    let words = format!("{} {role}", span(hull, zone));
    let clocks = |span: Span| (local(span.start(), zone).1, local(span.end(), zone).1);
    let [first, _, ..] = duty.seats() else { return words };
    let (from, to) = clocks(first.span);
    if duty.seats().iter().all(|seat| clocks(seat.span) == (from.clone(), to.clone())) {
        return format!("{words} ({from} to {to})");
    }
    let minutes = duty.seats().iter().fold(0_i64, |sum, seat| sum.saturating_add(seat.span.length().num_minutes()));
    format!("{words} ({} h in {} stretches)", minutes / 60, duty.seats().len())
}

/// `week of 2026-12-21`, `2026-12-21 20:00 to 08:00`, `2026-12-21 09:00 to 2026-12-24 09:00`.
pub(crate) fn span(span: Span, zone: Tz) -> String {
    let hours = span.length().num_hours();
    let (from, to) = (local(span.start(), zone), local(span.end(), zone));
    // A week of working days is a week to people, and so is one with an hour more or less.
    if (97..=169).contains(&hours) {
        return format!("week of {}", from.0);
    }
    let end = if from.0 == to.0 || hours < 24 { to.1 } else { format!("{} {}", to.0, to.1) };
    format!("{} {} to {end}", from.0, from.1)
}

/// The local date and time of day.
fn local(t: DateTime<Utc>, zone: Tz) -> (String, String) {
    let wall = wall_clock(zone, t).unwrap_or_else(|_| t.naive_utc());
    (wall.format("%Y-%m-%d").to_string(), wall.format("%H:%M").to_string())
}

/// `ada`, `ada and bob`, `ada, bob and cyd`.
pub(crate) fn list<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [one] => one.as_ref().to_owned(),
        [rest @ .., last] => {
            let rest = rest.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
            format!("{rest} and {}", last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_say_them() {
        let says = |start: &str, end: &str| {
            span(Span::new(start.parse().unwrap(), end.parse().unwrap()).unwrap(), Tz::Europe__Berlin)
        };
        assert_eq!(says("2026-12-20T23:00:00Z", "2026-12-27T23:00:00Z"), "week of 2026-12-21");
        assert_eq!(says("2026-12-21T19:00:00Z", "2026-12-22T07:00:00Z"), "2026-12-21 20:00 to 08:00");
        assert_eq!(says("2026-12-21T08:00:00Z", "2026-12-22T08:00:00Z"), "2026-12-21 09:00 to 2026-12-22 09:00");
    }

    #[test]
    fn lists_read_as_people_say_them() {
        assert_eq!(list(&["ada"]), "ada");
        assert_eq!(list(&["ada", "bob", "cyd"]), "ada, bob and cyd");
        assert_eq!(list::<&str>(&[]), "nobody");
    }
}
