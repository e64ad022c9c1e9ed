//! What the suites share: the work that ours and the peers are both given.

use chrono::{DateTime, TimeDelta, Utc};
use slo_core::Counts;

pub mod quarters;

/// One-minute ticks in 30 days.
pub const MONTH_OF_MINUTES: u64 = 43_200;

/// The counts of one service at one tick: some 1,000 events, of which none to 3 are bad, and 60 in one hour
/// out of 50. `benches/peers/ticks.py` makes the same ones.
#[must_use]
pub fn counts(service: u64, tick: u64) -> Counts {
    let noise = mix(service.wrapping_mul(1_000_003).wrapping_add(tick));
    let trouble = mix(service.wrapping_add(tick / 60)).is_multiple_of(50);
    let total = (noise % 200).wrapping_add(900);
    let bad = if trouble { 60 } else { (noise >> 32) % 4 };
    Counts::from_bad(bad, total).unwrap_or_default()
}

/// The instant of a tick, `None` beyond what chrono can hold.
#[must_use]
pub fn instant(tick: u64) -> Option<DateTime<Utc>> {
    let minutes = i64::try_from(tick).ok()?.checked_add(28_927_860)?;
    DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::try_minutes(minutes)?)
}

/// Observations that are positive, skewed (log-logistic) and without ties: `u / (1 - u) + shift` for uniform `u`, only
/// operations that every platform rounds alike. `benches/peers/skewed.py` makes the same ones.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
pub fn skewed(stream: u64, n: u64, shift: f64) -> Vec<f64> {
    let uniform = |index: u64| {
        let bits = mix(index.wrapping_add(stream.wrapping_mul(1_000_000_007))) >> 11;
        (bits as f64 + 0.5) / (1_u64 << 53) as f64
    };
    (0..n).map(uniform).map(|u| u / (1.0 - u) + shift).collect()
}

/// splitmix64, which is one line in any language.
const fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
