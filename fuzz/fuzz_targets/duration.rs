//! A duration that parses is what its digits and unit say, and prints to itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slo_core::DurationShorthand;

fuzz_target!(|text: &str| {
    let Ok(duration) = text.parse::<DurationShorthand>() else {
        assert!(reference(text).is_none(), "{text:?} was refused");
        return;
    };
    let (count, seconds) = reference(text).expect("only what the grammar allows parses");
    assert_eq!(duration.count().get(), count);
    assert_eq!(duration.nominal().num_seconds(), i64::from(count) * seconds);
    let printed = duration.to_string();
    assert_eq!(printed.parse(), Ok(duration));
    assert_eq!(printed.trim_start_matches('0'), text.trim_start_matches('0'));
    let json = serde_json::to_string(&duration).expect("a duration serialises");
    assert_eq!(serde_json::from_str::<DurationShorthand>(&json).ok(), Some(duration));
});

/// `[0-9]+[mhdwMQY]`, above 0, within 32 bits and the longest `TimeDelta`: the count and the seconds of the unit.
fn reference(text: &str) -> Option<(u32, i64)> {
    let minutes = match text.as_bytes().last()? {
        b'm' => 1,
        b'h' => 60,
        b'd' => 60 * 24,
        b'w' => 60 * 24 * 7,
        b'M' => 60 * 24 * 30,
        b'Q' => 60 * 24 * 90,
        b'Y' => 60 * 24 * 365,
        _ => return None,
    };
    let mut count: u32 = 0;
    for b in &text.as_bytes()[..text.len() - 1] {
        if !b.is_ascii_digit() {
            return None;
        }
        count = count.checked_mul(10)?.checked_add(u32::from(b - b'0'))?;
    }
    let fits = i64::from(count) * minutes * 60 <= i64::MAX / 1_000;
    (count > 0 && fits).then_some((count, minutes * 60))
}
