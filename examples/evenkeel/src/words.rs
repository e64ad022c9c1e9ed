//! Numbers, lengths and instants as people read and write them.

use chrono::{DateTime, TimeDelta, Utc};
use slo_core::DurationShorthand;
use timeline_core::Tz;

/// Reads a length: an OpenSLO duration (`5m`, `30d`, `1M`) or seconds (`5s`).
///
/// # Errors
/// What is wrong with it.
pub fn parse_length(text: &str) -> Result<TimeDelta, String> {
    if let Some(seconds) = text.strip_suffix('s').and_then(|digits| digits.parse::<u32>().ok()) {
        return match seconds {
            0 => Err(format!("length `{text}` is not above 0")),
            seconds => Ok(TimeDelta::seconds(i64::from(seconds))),
        };
    }
    text.parse::<DurationShorthand>()
        .map(DurationShorthand::nominal)
        .map_err(|_| format!("length `{text}` is not a whole number and one of s, m, h, d, w, M, Q, Y, such as `5m`"))
}

/// A length in at most two units: `2h 10m`, `45s`, `3d`.
#[must_use]
pub fn length(length: TimeDelta) -> String {
    let mut rest = length.num_seconds().unsigned_abs();
    let mut words = Vec::new();
    for (seconds, unit) in [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")] {
        let count = rest.checked_div(seconds).unwrap_or(0);
        rest = rest.checked_rem(seconds).unwrap_or(0);
        if count > 0 && words.len() < 2 {
            words.push(format!("{count}{unit}"));
        } else if !words.is_empty() {
            break;
        }
    }
    if words.is_empty() { "0s".to_owned() } else { words.join(" ") }
}

/// A length as Prometheus writes it: `5m`, `2h`, `90s`, `30d`.
#[must_use]
pub fn promql_length(length: TimeDelta) -> String {
    let milliseconds = length.num_milliseconds();
    for (unit, name) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")] {
        if milliseconds.checked_rem(unit) == Some(0) {
            return format!("{}{name}", milliseconds.checked_div(unit).unwrap_or(0));
        }
    }
    format!("{milliseconds}ms")
}

/// A whole number in groups of three: `1,234,567`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(index);
        if index > 0 && left.checked_rem(3) == Some(0) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its unit: `1 event`, `1 duty`, `2,000 events`.
#[must_use]
pub fn counted(number: u64, unit: &str) -> String {
    let one = match (number, unit.strip_suffix("ies"), unit.strip_suffix('s')) {
        (1, Some(stem), _) => format!("{stem}y"),
        (1, None, Some(one)) => one.to_owned(),
        _ => unit.to_owned(),
    };
    format!("{} {one}", grouped(number))
}

/// A share in per cent with the digits that matter: `99 %`, `1.5 %`, `0.03 %`, `-12 %`. Rounded down, so that
/// 99.99 % left is not shown as untouched, nor 30.6 % overspent as 30.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = match percent.abs() {
        whole if whole >= 10.0 || whole == 0.0 => 0,
        tenths if tenths >= 1.0 => 1,
        _ => 2,
    };
    let unit = 10_f64.powi(digits);
    // 0.29 x 100 is a hair below 29.
    let shown = (percent * unit + 1e-9).floor() / unit;
    let text = format!("{shown:.*}", usize::try_from(digits).unwrap_or(0));
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let digits = digits.parse::<u64>().map_or_else(|_| digits.to_owned(), grouped);
    if digits == "0" { "0 %".to_owned() } else { format!("{sign}{digits} %") }
}

/// A burn rate: `14.4x`, `0.03x`, `250x`.
#[must_use]
pub fn burn(rate: f64) -> String {
    match rate {
        rate if rate >= 100.0 => format!("{rate:.0}x"),
        rate if rate >= 1.0 => format!("{rate:.1}x"),
        rate if rate > 0.0 => format!("{rate:.2}x"),
        _ => "0x".to_owned(),
    }
}

/// An instant on the clocks of `zone`: `2026-11-24 16:22:16`.
#[must_use]
pub fn local(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%F %T").to_string()
}

/// How rarely something of probability `chance` happens: `3.2`, `12`, `10,000`; "never" for 0.
#[must_use]
pub fn once_in(chance: f64) -> String {
    let looks = 1.0 / chance;
    if !looks.is_finite() {
        return "never".to_owned();
    }
    if looks < 10.0 { format!("{looks:.1}") } else { format!("{looks:.0}") }
}

/// Seconds with the digits that matter: `51.8s`, `8m 38s`, `1d 12h`.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    if seconds < 60.0 {
        let text = format!("{seconds:.1}");
        return format!("{}s", text.strip_suffix(".0").unwrap_or(&text));
    }
    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float stops at the ends of the type")]
    length(TimeDelta::try_seconds(seconds.round() as i64).unwrap_or(TimeDelta::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_kind_is_named_as_one() {
        assert_eq!(
            [(1, "duties"), (2, "duties"), (1, "pages"), (1_000, "rows")].map(|(n, unit)| counted(n, unit)),
            ["1 duty", "2 duties", "1 page", "1,000 rows"]
        );
    }

    #[test]
    fn shares_never_flatter() {
        let cases =
            [(0.9999, "99 %"), (0.29, "29 %"), (1.0, "100 %"), (0.0, "0 %"), (-0.306, "-31 %"), (0.0153, "1.5 %")];
        cases.into_iter().for_each(|(share, text)| assert_eq!(percent(share), text));
        assert_eq!(percent(0.0003), "0.03 %");
        assert_eq!(percent(-0.0001), "-0.01 %");
        assert_eq!(percent(-1e-15), "0 %");
        assert_eq!((percent(-12.401), percent(-0.05)), ("-1,241 %".into(), "-5 %".into()));
    }

    #[test]
    fn lengths_are_read_and_written() {
        assert_eq!(parse_length("5s"), Ok(TimeDelta::seconds(5)));
        assert_eq!(parse_length("1M"), Ok(TimeDelta::days(30)));
        assert!(parse_length("0s").is_err() && parse_length("5").is_err() && parse_length("-5s").is_err());
        assert_eq!(length(TimeDelta::seconds(7_830)), "2h 10m");
        assert_eq!(length(TimeDelta::seconds(86_405)), "1d");
        assert_eq!(promql_length(TimeDelta::seconds(90)), "90s");
        assert_eq!(promql_length(TimeDelta::days(30)), "30d");
        assert_eq!(promql_length(TimeDelta::milliseconds(1_500)), "1500ms");
        assert_eq!(seconds(51.84), "51.8s");
        assert_eq!(seconds(518.4), "8m 38s");
    }

    #[test]
    fn numbers_are_grouped_and_counted() {
        assert_eq!((grouped(0), grouped(999), grouped(1_234_567)), ("0".into(), "999".into(), "1,234,567".into()));
        assert_eq!(counted(1, "bad events"), "1 bad event");
        assert_eq!(burn(14.44), "14.4x");
    }
}
