//! Numbers and instants in words, with the digits that matter and no more.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use chrono_tz::Tz;

/// A share as a percentage: `62 %`, `7.4 %`, `0.38 %`, `−140 %`; rounded as everywhere, so that the page and the
/// terminal agree.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if !percent.is_finite() || percent.abs() > 1e9 {
        return format!("{}\u{a0}%", significant(percent));
    }
    crate::words::percent(share).replace('-', "−").replace(' ', "\u{a0}")
}

/// How far a budget is overspent: `31 %` where `−31 %` is left.
pub(super) fn over(remaining: f64) -> String {
    percent(remaining.min(0.0)).trim_start_matches('−').to_owned()
}

/// A difference of shares in percentage points: `62 points`.
pub(super) fn points(share: f64) -> String {
    let number = significant(share * 100.0);
    if number == "1" { "1 point".to_owned() } else { format!("{number} points") }
}

/// A burn rate, as everywhere: `3.2x`.
pub(super) fn times(rate: f64) -> String {
    if !rate.is_finite() || rate > 1e9 { format!("{}x", significant(rate)) } else { crate::words::burn(rate) }
}

/// A threshold of burn rates as it was set, to three decimals: `14.4x`.
pub(super) fn threshold(factor: f64) -> String {
    if factor >= 1e4 {
        return times(factor);
    }
    let digits = format!("{factor:.3}");
    format!("{}x", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// A whole number with separators: `1,234,567`.
pub(super) fn whole(number: u64) -> String {
    group(&number.to_string())
}

/// An amount of what an objective counts: `1,204 events`, `38 min` when it counts seconds.
pub(super) fn amount(number: u64, unit: &str) -> String {
    match (unit, number) {
        ("time", seconds) => duration(i64::try_from(seconds).unwrap_or(i64::MAX)),
        (unit, 1) => format!("1\u{a0}{}", unit.strip_suffix('s').unwrap_or(unit)),
        (unit, number) => format!("{}\u{a0}{unit}", whole(number)),
    }
}

/// A length of time by its two largest units: `5 min`, `2 h 30 min`, `3 d`.
pub(super) fn duration(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let units = [("d", 86_400_u64), ("h", 3600), ("min", 60), ("s", 1)];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (name, length) in units {
        let number = rest.checked_div(length).unwrap_or(0);
        rest = rest.checked_rem(length).unwrap_or(0);
        if number > 0 && parts.len() < 2 {
            parts.push(format!("{}\u{a0}{name}", whole(number)));
        } else if !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() { "0\u{a0}s".to_owned() } else { parts.join("\u{a0}") }
}

/// The length of time between two instants, in words.
pub(super) fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    duration(to.signed_duration_since(from).num_seconds())
}

/// Three digits at most before a fraction is worth showing; true minus sign, no negative zero.
fn significant(number: f64) -> String {
    if !number.is_finite() {
        return "no number".to_owned();
    }
    let size = number.abs();
    if size > 1e9 {
        return if number > 0.0 { "> 10⁹" } else { "< −10⁹" }.to_owned();
    }
    let decimals = if size >= 9.95 {
        0
    } else if size >= 0.995 {
        1
    } else if size >= 0.000_5 {
        // Two digits that are not leading zeros.
        if size >= 0.0995 {
            2
        } else if size >= 0.00995 {
            3
        } else {
            4
        }
    } else {
        0
    };
    let digits = format!("{size:.decimals$}");
    let digits = match digits.split_once('.') {
        Some((integer, fraction)) => match fraction.trim_end_matches('0') {
            "" => integer.to_owned(),
            fraction => format!("{integer}.{fraction}"),
        },
        None => group(&digits),
    };
    if number < 0.0 && digits != "0" { format!("−{digits}") } else { digits }
}

fn group(digits: &str) -> String {
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(index);
        if index > 0 && left.is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Shows instants in the zone of the report; the year only where it is not that of the review.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    zone: Tz,
    year: i32,
}

impl Clock {
    pub(super) fn new(zone: Tz, now: DateTime<Utc>) -> Self {
        Self { zone, year: now.with_timezone(&zone).year() }
    }

    pub(super) fn zone(&self) -> Tz {
        self.zone
    }

    /// `24 November 15:27`.
    pub(super) fn long(&self, at: DateTime<Utc>) -> String {
        self.format(at, "%-d %B", "%H:%M")
    }

    /// `24 Nov 15:27`.
    pub(super) fn short(&self, at: DateTime<Utc>) -> String {
        self.format(at, "%-d %b", "%H:%M")
    }

    /// `15:27` on the day of `beside`, else `24 Nov 15:27`.
    pub(super) fn beside(&self, at: DateTime<Utc>, beside: DateTime<Utc>) -> String {
        let day = |at: DateTime<Utc>| at.with_timezone(&self.zone).date_naive();
        if day(at) == day(beside) { at.with_timezone(&self.zone).format("%H:%M").to_string() } else { self.short(at) }
    }

    /// `24 November 2026 15:27`.
    pub(super) fn full(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%-d %B %Y %H:%M").to_string()
    }

    /// `23 November 15:27 to 24 November 15:27`.
    pub(super) fn span(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
        format!("{} to {}", self.short(from), self.beside(to, from))
    }

    fn format(&self, at: DateTime<Utc>, day: &str, time: &str) -> String {
        let local = at.with_timezone(&self.zone);
        let year = if local.year() == self.year { "" } else { " %Y" };
        local.format(&format!("{day}{year} {time}")).to_string()
    }
}

/// RFC 3339 to the second, for the `datetime` attribute.
pub(super) fn machine(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// Later by a part of the length from `from` to `to`.
pub(super) fn extended(from: DateTime<Utc>, to: DateTime<Utc>, percent: i32) -> DateTime<Utc> {
    let by = to.signed_duration_since(from).checked_mul(percent).and_then(|length| length.checked_div(100));
    to.checked_add_signed(by.unwrap_or(TimeDelta::zero())).unwrap_or(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_the_digits_that_matter() {
        let shown = [0.6213, 0.0744, 0.9995, 1.0, 0.0038, -1.4, -0.000_001, 0.0, -12.401].map(percent);
        assert_eq!(
            shown.map(|text| text.replace('\u{a0}', " ")),
            ["62 %", "7.4 %", "99 %", "100 %", "0.38 %", "−140 %", "−0.01 %", "0 %", "−1,241 %"]
        );
        assert_eq!(over(-0.306).replace('\u{a0}', " "), "31 %");
        assert_eq!([3.24, 14.4, 1.0, 0.05, 1234.0].map(times), ["3.2x", "14.4x", "1.0x", "0.05x", "1234x"]);
        assert_eq!([14.4, 0.933_333, 6.0, 1000.0].map(threshold), ["14.4x", "0.933x", "6x", "1000x"]);
        assert_eq!(times(1e300), "> 10⁹x");
        assert_eq!(percent(f64::NAN), "no number\u{a0}%");
    }

    #[test]
    fn lengths_show_two_units() {
        let shown = [0, 59, 60, 300, 9000, 86_400, 90_061, 3_024_000].map(duration);
        assert_eq!(
            shown.map(|text| text.replace('\u{a0}', " ")),
            ["0 s", "59 s", "1 min", "5 min", "2 h 30 min", "1 d", "1 d 1 h", "35 d"]
        );
        assert_eq!(amount(1, "events"), "1\u{a0}event");
        assert_eq!(amount(2280, "time"), "38\u{a0}min");
        assert_eq!(amount(1_234_567, "events"), "1,234,567\u{a0}events");
    }

    #[test]
    fn instants_name_the_year_only_where_it_differs() {
        let now: DateTime<Utc> = "2026-11-24T15:27:00Z".parse().unwrap();
        let clock = Clock::new(chrono_tz::Europe::Berlin, now);
        assert_eq!(clock.long(now), "24 November 16:27");
        assert_eq!(clock.short("2027-01-02T00:00:00Z".parse().unwrap()), "2 Jan 2027 01:00");
        assert_eq!(clock.beside(now, now), "16:27");
    }
}
