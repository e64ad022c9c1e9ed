//! Instants as people on call read them: by the clocks of the rota.

use chrono::{DateTime, Utc};
use regex::{Captures, Regex};
use std::sync::LazyLock;
use timeline_core::{Resolution, Span, Tz, resolution, wall_clock};

/// `Mon 30 Nov 2026 09:00`, by the clocks of `zone`; with the zone's name of the time where they show it twice.
#[must_use]
pub fn instant(at: DateTime<Utc>, zone: Tz) -> String {
    let Ok(local) = wall_clock(zone, at) else { return at.to_rfc3339() };
    let twice = matches!(resolution(zone, local), Ok(Resolution::Fold { .. }));
    let shown = local.format("%a %-d %b %Y %H:%M");
    if twice { format!("{shown} {}", at.with_timezone(&zone).format("%Z")) } else { shown.to_string() }
}

/// `5 Oct 2026`, by the clocks of `zone`.
#[must_use]
pub fn day(at: DateTime<Utc>, zone: Tz) -> String {
    wall_clock(zone, at).map_or_else(|_| at.to_rfc3339(), |local| local.format("%-d %b %Y").to_string())
}

/// From when to when.
#[must_use]
pub fn span(span: Span, zone: Tz) -> String {
    format!("{} to {}", instant(span.start(), zone), instant(span.end(), zone))
}

/// A sentence of the library, which names instants in UTC and has no zone of its own, by the clocks of `zone`.
#[must_use]
pub fn told(sentence: &str, zone: Tz) -> String {
    let local = |text: &str| text.parse().map_or_else(|_| text.to_owned(), |at| instant(at, zone));
    let said = INSTANTS.replace_all(sentence, |found: &Captures<'_>| match (found.get(1), found.get(2)) {
        (Some(start), Some(end)) => format!("{} to {}", local(start.as_str()), local(end.as_str())),
        (Some(start), None) => local(start.as_str()),
        _ => String::new(),
    });
    said.into_owned()
}

#[expect(clippy::expect_used, reason = "a pattern that a test compiles")]
static INSTANTS: LazyLock<Regex> = LazyLock::new(|| {
    let instant = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ";
    Regex::new(&format!("({instant})(?:/({instant}))?")).expect("it is a pattern")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_that_comes_twice_is_told_apart() {
        let shown = |at: &str| instant(at.parse().unwrap(), Tz::Europe__Berlin);
        assert_eq!(shown("2026-10-25T00:30:00Z"), "Sun 25 Oct 2026 02:30 CEST");
        assert_eq!(shown("2026-10-25T01:30:00Z"), "Sun 25 Oct 2026 02:30 CET");
        assert_eq!(shown("2026-10-25T02:30:00Z"), "Sun 25 Oct 2026 03:30");
    }

    #[test]
    fn sentences_are_told_by_local_clocks() {
        let told = |sentence| told(sentence, Tz::Europe__Berlin);
        assert_eq!(
            told("ada has 2026-12-21T08:00:00Z/2026-12-28T08:00:00Z, and more"),
            "ada has Mon 21 Dec 2026 09:00 to Mon 28 Dec 2026 09:00, and more"
        );
        assert_eq!(told("from 2026-07-01T00:00:00Z on"), "from Wed 1 Jul 2026 02:00 on");
        assert_eq!(told("2026-99-01T00:00:00Z"), "2026-99-01T00:00:00Z");
    }
}
