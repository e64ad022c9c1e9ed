//! Objectives, slice targets and factors agree with a reading of the decimal text by moving its point, and
//! survive printing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slo_core::{Factor, Objective, SliceTarget};

fuzz_target!(|text: &str| {
    let bare = text.trim();
    let percent = bare.strip_suffix('%').unwrap_or(text).trim();
    let whole = 1_000_000_000;
    let inside = |parts: Option<u64>| parts.filter(|parts| (1..whole).contains(parts));

    check(text, Objective::from_ratio(text).ok(), inside(moved(bare, 9)));
    check(text, Objective::from_percent(text).ok(), inside(moved(percent, 7)));
    let either = if bare.ends_with('%') {
        moved(percent, 7)
    } else if is_below_one(bare) || moved(bare, 9) == Some(whole) {
        moved(bare, 9)
    } else {
        moved(bare, 7)
    };
    check(text, text.parse().ok(), inside(either));

    if let Ok(target) = SliceTarget::from_ratio(text) {
        assert_eq!(
            Some(u64::from(target.parts_per_billion())),
            moved(bare, 9).filter(|parts| (1..=whole).contains(parts))
        );
        assert_eq!(SliceTarget::from_ratio(&target.to_string()), Ok(target));
    } else {
        assert!(!moved(bare, 9).is_some_and(|parts| (1..=whole).contains(&parts)), "slice target {text:?} was refused");
    }
    if let Ok(factor) = text.parse::<Factor>() {
        assert!(factor.as_f64().is_finite() && factor.as_f64() > 0.0);
        assert_eq!(factor.to_string().parse(), Ok(factor), "{text:?} prints as {factor}");
    }
    let _ = serde_json::from_str::<Objective>(text);
});

fn check(text: &str, ours: Option<Objective>, reference: Option<u64>) {
    assert_eq!(ours.map(|objective| u64::from(objective.parts_per_billion())), reference, "{text:?}");
    if let Some(objective) = ours {
        let printed = objective.to_string();
        assert_eq!(printed.parse(), Ok(objective), "{text:?} prints as {printed}");
        let json = serde_json::to_string(&objective).expect("an objective serialises");
        assert_eq!(serde_json::from_str::<Objective>(&json).ok(), Some(objective));
    }
}

/// The number with its decimal point moved right by `places`, when that is a whole number of 64 bits that is not
/// negative. Works on the digits as text.
fn moved(text: &str, places: usize) -> Option<u64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    if !digits.bytes().all(|b| b.is_ascii_digit()) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let zeros = places.checked_sub(fraction.len())?;
    let digits = format!("{}{}", digits.trim_start_matches('0'), "0".repeat(zeros));
    let number = if digits.trim_start_matches('0').is_empty() { 0 } else { digits.parse().ok()? };
    (!negative || number == 0).then_some(number)
}

fn is_below_one(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    text.split_once('.').unwrap_or((text, "")).0.bytes().all(|b| b == b'0')
}
