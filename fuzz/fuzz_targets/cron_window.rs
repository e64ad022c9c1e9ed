//! A cron window that can be made says the same of an instant as its spans do, and survives printing as JSON.
#![no_main]

use chrono::{DateTime, TimeDelta};
use libfuzzer_sys::fuzz_target;
use timeline_core::{CronWindow, Span, Tz};

const ZONES: [Tz; 6] = [
    Tz::UTC,
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::Australia__Lord_Howe,
    Tz::Pacific__Apia,
    Tz::America__Sao_Paulo,
];

fuzz_target!(|input: (u32, u16, u8, &str)| {
    let (start, minutes, zone, pattern) = input;
    let zone = ZONES[usize::from(zone) % ZONES.len()];
    // A start every second is legal, and a window of days then costs a start for each of them.
    let length = TimeDelta::minutes(i64::from(minutes) % 240 + 1);
    let Ok(window) = CronWindow::new(pattern, length, zone) else { return };
    let json = serde_json::to_string(&window).expect("a window serialises");
    assert_eq!(serde_json::from_str::<CronWindow>(&json).ok(), Some(window.clone()));

    let start = DateTime::from_timestamp(start.into(), 0).expect("32 bits of seconds");
    let within = Span::starting_at(start, TimeDelta::hours(1)).expect("an hour");
    let spans = window.spans(within).expect("not near the ends of time");
    for span in &spans {
        assert!(within.covers(span));
    }
    for minutes in (0..60).step_by(15) {
        let t = start + TimeDelta::minutes(minutes);
        assert_eq!(window.contains(t), Ok(spans.contains(t)), "{pattern} at {t}");
    }
});
