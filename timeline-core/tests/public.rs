//! The crate as a stranger uses it.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails by panicking")]

use chrono::{DateTime, TimeDelta, Utc};
use timeline_core::{
    AnchoredPeriod, CalendarPeriod, CronWindow, Error, PeriodKind, Segment, Span, Timeline, Tz, WeeklyWindow,
    parse_zone,
};

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn span(start: &str, end: &str) -> Span {
    Span::new(utc(start), utc(end)).unwrap()
}

#[test]
fn the_covered_hours_of_a_month_without_its_maintenance() {
    let zone = parse_zone("Europe/Berlin").unwrap();
    let month = CalendarPeriod::containing(PeriodKind::Month, zone, utc("2024-03-15T00:00:00Z")).unwrap();
    let office: WeeklyWindow = "Mon-Fri 09:00-17:00 Europe/Berlin".parse().unwrap();
    let maintenance = CronWindow::new("0 8 * * MON", TimeDelta::hours(2), zone).unwrap();
    let promised = office.spans(month.span()).unwrap().difference(&maintenance.spans(month.span()).unwrap());
    // 21 working days of 8 hours; on four Mondays the first hour is maintenance.
    assert_eq!(promised.total(), TimeDelta::hours(21 * 8 - 4));
    assert!(promised.contains(utc("2024-03-04T09:00:00Z")));
    assert!(!promised.contains(utc("2024-03-04T08:30:00Z")));
}

#[test]
fn a_roster_with_an_override_and_a_hole() {
    let shift = |start, end, who| Segment { span: span(start, end), value: who };
    let roster = Timeline::from_segments([
        shift("2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z", "ada"),
        shift("2026-11-25T08:00:00Z", "2026-11-26T08:00:00Z", "grace"),
    ])
    .unwrap();
    let swap = Timeline::from_segments([shift("2026-11-23T20:00:00Z", "2026-11-24T00:00:00Z", "edsger")]).unwrap();
    let actual = roster.overlay(&swap);
    assert_eq!(actual.at(utc("2026-11-23T21:00:00Z")), Some(&"edsger"));
    assert_eq!(actual.at(utc("2026-11-24T00:00:00Z")), Some(&"ada"));
    assert_eq!(actual.at(utc("2026-11-24T12:00:00Z")), None);
    let week = span("2026-11-23T08:00:00Z", "2026-11-26T08:00:00Z");
    assert_eq!(actual.gaps(week), span("2026-11-24T08:00:00Z", "2026-11-25T08:00:00Z").into());
    assert_eq!(actual.instants_where(|who| *who == "ada").total(), TimeDelta::hours(20));
}

#[test]
fn every_refusal_says_what_and_why() {
    let overlap = Timeline::from_segments([
        Segment { span: span("2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z"), value: 1 },
        Segment { span: span("2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z"), value: 2 },
    ]);
    let anchored = AnchoredPeriod::new(utc("2026-01-01T00:00:00Z").naive_utc(), Tz::UTC, "1M".parse().unwrap());
    for (error, text) in [
        (
            overlap.unwrap_err(),
            "segments overlap: `2026-11-23T00:00:00Z/2026-11-25T00:00:00Z` and `2026-11-24T00:00:00Z/2026-11-26T00:00:00Z`",
        ),
        (parse_zone("Europe/Berlim").unwrap_err(), "time zone `Europe/Berlim` is not in the IANA database"),
        (
            "1s".parse::<timeline_core::CalendarStep>().unwrap_err(),
            "step `1s` is not a positive whole number followed by one of m, h, d, w, M, Q, Y",
        ),
        (
            anchored.unwrap().containing(DateTime::<Utc>::MAX_UTC).unwrap_err(),
            "a window counted from an anchor is outside the range of instants",
        ),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[cfg(feature = "serde")]
mod serde {
    use timeline_core::SpanSet;

    use super::*;

    fn refused<T: ::serde::de::DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
        serde_json::from_str::<T>(json).unwrap_err().to_string()
    }

    #[test]
    fn a_file_reads_as_it_is_documented() {
        let set: SpanSet = serde_json::from_str(
            r#"[{"start":"2026-11-24T01:00:00Z","end":"2026-11-24T02:00:00Z"},
                {"start":"2026-11-24T00:00:00Z","end":"2026-11-24T01:00:00Z"}]"#,
        )
        .unwrap();
        assert_eq!(set, span("2026-11-24T00:00:00Z", "2026-11-24T02:00:00Z").into());
        let period: CalendarPeriod =
            serde_json::from_str(r#"{"kind":"iso_week","zone":"Europe/Berlin","date":"2026-11-24"}"#).unwrap();
        assert_eq!(period.label(), "2026-W48");
        let cron: CronWindow = serde_json::from_str(r#"{"start":"@daily","length_seconds":60,"zone":"UTC"}"#).unwrap();
        assert_eq!(cron.to_string(), "0 0 * * * for PT60S UTC");
        let anchored: AnchoredPeriod =
            serde_json::from_str(r#"{"anchor":"2026-01-31T00:00:00","zone":"UTC","step":"1M"}"#).unwrap();
        assert_eq!(anchored.window(1).unwrap().unwrap().start(), utc("2026-02-28T00:00:00Z"));
    }

    #[test]
    fn a_file_cannot_make_what_code_cannot() {
        let backwards = r#"{"start":"2026-11-24T02:00:00Z","end":"2026-11-24T01:00:00Z"}"#;
        assert!(refused::<Span>(backwards).contains("is not before end"));
        assert!(refused::<SpanSet>(&format!("[{backwards}]")).contains("is not before end"));
        let twice = r#"{"span":{"start":"2026-11-24T00:00:00Z","end":"2026-11-24T01:00:00Z"},"value":1}"#;
        assert!(refused::<Timeline<u8>>(&format!("[{twice},{twice}]")).contains("segments overlap"));
        assert!(refused::<WeeklyWindow>(r#""Mon 09:00-09:00 UTC""#).contains("has no length"));
        let missing = r#"{"kind":"day","zone":"Pacific/Apia","date":"2011-12-30"}"#;
        assert!(refused::<CalendarPeriod>(missing).contains("does not exist"));
        let long = r#"{"start":"@daily","length_seconds":9223372036854775807,"zone":"UTC"}"#;
        assert!(refused::<CronWindow>(long).contains("outside the range"));
        let nowhere = r#"{"anchor":"2026-01-31T00:00:00","zone":"Mars","step":"1M"}"#;
        assert!(refused::<AnchoredPeriod>(nowhere).contains("`Mars`"));
        assert!(
            refused::<Span>(r#"{"start":"2026-11-24T02:00:00Z","end":"2026-11-24T03:00:00Z","x":1}"#)
                .contains("unknown field")
        );
    }
}

#[test]
fn errors_are_errors() {
    fn is_error<E: std::error::Error + Send + Sync + Clone + PartialEq + 'static>() {}
    is_error::<Error>();
}
