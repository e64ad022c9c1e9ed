//! A weekly window that parses prints to itself, and its spans are where it says it is open.
#![no_main]

use chrono::{DateTime, TimeDelta};
use libfuzzer_sys::fuzz_target;
use timeline_core::{Span, WeeklyWindow};

fuzz_target!(|input: (u32, &str)| {
    let (start, text) = input;
    let Ok(window) = text.parse::<WeeklyWindow>() else { return };
    let printed = window.to_string();
    assert_eq!(printed.parse().as_ref(), Ok(&window), "{text:?} prints as {printed:?}");

    let start = DateTime::from_timestamp(start.into(), 0).expect("32 bits of seconds");
    let within = Span::starting_at(start, TimeDelta::days(9)).expect("nine days");
    let spans = window.spans(within).expect("not near the ends of time");
    for hours in 0..9 * 24 {
        let t = start + TimeDelta::hours(hours);
        assert_eq!(window.contains(t), Ok(spans.contains(t)), "{printed} at {t}");
    }
    for span in &spans {
        assert!(within.covers(span));
        assert_eq!(window.contains(span.start()), Ok(true), "{printed} opens at {}", span.start());
        if span.end() < within.end() {
            assert_eq!(window.contains(span.end()), Ok(false), "{printed} closes at {}", span.end());
        }
    }
});
