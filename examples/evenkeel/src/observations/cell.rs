//! What a cell says: a number, or a length of time in seconds.

use measure_core::LARGEST;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// A plain number, in whatever unit its author had in mind.
    Number(f64),
    /// A length of time that names its units, in seconds.
    Seconds(f64),
}

/// Units of a length, the longest first: how many of `seconds` go by in `of` of them.
const UNITS: [(&str, f64, f64); 10] = [
    ("w", 604_800.0, 1.0),
    ("d", 86_400.0, 1.0),
    ("h", 3_600.0, 1.0),
    ("min", 60.0, 1.0),
    ("m", 60.0, 1.0),
    ("s", 1.0, 1.0),
    ("ms", 1.0, 1e3),
    ("us", 1.0, 1e6),
    ("µs", 1.0, 1e6),
    ("ns", 1.0, 1e9),
];

impl Cell {
    /// Reads a number (`12`, `-0.5`, `3e6`), a length with units (`12m30s`, `1h 5m`, `350ms`) or one as a clock shows
    /// it (`00:17:00`, `1 days 02:03:04.5`).
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let cell = match text.parse::<f64>() {
            Ok(number) => Self::Number(number),
            Err(_) => Self::Seconds(signed(text).ok_or_else(|| {
                let hint = if text.contains(',') { "; write decimals with a point, and no separators" } else { "" };
                format!("value `{text}` is not a number, nor a length such as `12m30s`{hint}")
            })?),
        };
        let value = cell.value();
        if value.is_nan() {
            Err(format!("value `{text}` is not finite"))
        } else if value.abs() <= LARGEST {
            Ok(cell)
        } else {
            Err(format!("value `{text}` is not within -1e300 and 1e300"))
        }
    }

    /// Whether a cell is meant as an observation, be it one that is refused, such as `NaN`.
    pub(super) fn is_meant(text: &str) -> bool {
        text.parse::<f64>().is_ok() || signed(text).is_some()
    }

    pub(super) const fn value(self) -> f64 {
        match self {
            Self::Number(value) | Self::Seconds(value) => value,
        }
    }
}

fn signed(text: &str) -> Option<f64> {
    // `-1 days +23:00:00` is an hour before: there the sign belongs to the days.
    match text.strip_prefix('-') {
        Some(length) if !length.contains(" day") => Some(-seconds(length)?),
        _ => seconds(text),
    }
}

fn seconds(text: &str) -> Option<f64> {
    if text.contains(':') { clock(text) } else { with_units(text) }
}

/// `12m30s`: decimals with units, the longest first, each once.
fn with_units(text: &str) -> Option<f64> {
    let (mut rest, mut units, mut sum) = (text, UNITS.as_slice(), None);
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?);
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let at = units.iter().position(|(name, ..)| *name == unit)?;
        let ((_, seconds, of), smaller) = units.get(at..)?.split_first()?;
        sum = Some(sum.unwrap_or(0.0) + number.parse::<f64>().ok()? * seconds / of);
        (rest, units) = (after.trim_start(), smaller);
    }
    sum
}

/// `[1 days] 02:03:04.5`: hours, minutes and seconds.
fn clock(text: &str) -> Option<f64> {
    let (days, clock) = match text.split_once(" day") {
        Some((days, clock)) => (days.parse::<i32>().ok()?, clock.strip_prefix('s').unwrap_or(clock)),
        None => (0, text),
    };
    let clock = clock.trim_start_matches([',', ' ', '+']);
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let decimal = |c: char| c.is_ascii_digit() || c == '.';
    if parts.next().is_some() || !seconds.chars().all(decimal) {
        return None;
    }
    let (hours, minutes, seconds) =
        (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?, seconds.parse::<f64>().ok()?);
    let whole = f64::from(days) * 86_400.0 + f64::from(hours) * 3_600.0 + f64::from(minutes) * 60.0;
    (minutes < 60 && (0.0..60.0).contains(&seconds)).then_some(whole + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lengths_are_told_apart() {
        for (text, number) in [("12", 12.0), ("-0.5", -0.5), ("+3e6", 3e6), (".5", 0.5)] {
            assert_eq!(Cell::read(text), Ok(Cell::Number(number)), "{text}");
        }
        let lengths = [
            ("12m30s", 750.0),
            ("1h 5m", 3_900.0),
            ("350ms", 0.35),
            ("1.5 h", 5_400.0),
            ("2w1d", 1_296_000.0),
            ("3min", 180.0),
            ("-5s", -5.0),
            ("7µs", 7e-6),
            ("00:17:00", 1_020.0),
            ("0 days 00:17:00", 1_020.0),
            ("1 day, 2:03:04.5", 93_784.5),
            ("-1 days +23:00:00", -3_600.0),
        ];
        for (text, seconds) in lengths {
            assert_eq!(Cell::read(text), Ok(Cell::Seconds(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_neither_is_refused_with_its_text() {
        for text in [
            "ten",
            "12 apples",
            "5m1h",
            "5m5m",
            "m",
            "1:2",
            "1:60:00",
            "1:00:61",
            "1:2:3:4",
            "3..4s",
            "0x10",
            "1,5",
            "-",
            "12m30",
        ] {
            let message = Cell::read(text).unwrap_err();
            assert!(message.contains(&format!("`{text}` is not a number")), "{message}");
        }
        assert!(Cell::read("1,5").unwrap_err().contains("decimals with a point"));
        assert!(Cell::read("NaN").unwrap_err().contains("is not finite"));
        assert!(Cell::read("-inf").unwrap_err().contains("is not within -1e300 and 1e300"));
        assert!(Cell::read("1e301").is_err() && Cell::read("1e300").is_ok() && Cell::read("5e-324").is_ok());
    }
}
