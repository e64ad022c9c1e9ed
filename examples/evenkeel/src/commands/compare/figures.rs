//! Values as people read them: four digits, lengths in the units that suit them.

use measure_core::compare::Margin;

use crate::observations::Unit;
use crate::words;

/// A value in its unit: `1,234`, `0.00123`, `12m 30s`, `350ms`.
pub(super) fn value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Plain => number(value),
        Unit::Seconds => length(value),
    }
}

/// The same with its sign, for a difference.
pub(super) fn signed(difference: f64, unit: Unit) -> String {
    if difference > 0.0 { format!("+{}", value(difference, unit)) } else { value(difference, unit) }
}

/// A margin: a share, or a distance in the unit of the values.
pub(super) fn margin(margin: Margin, unit: Unit) -> String {
    margin.distance().map_or_else(|| margin.to_string(), |distance| value(distance, unit))
}

/// A number with four digits, and more only before the point.
pub(super) fn number(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e9).contains(&size) {
        let text = format!("{number:.3e}");
        // 1.500e10 is 1.5e10.
        let (digits, power) = text.split_once('e').unwrap_or((&text, ""));
        return format!("{}e{power}", digits.trim_end_matches('0').trim_end_matches('.'));
    }
    let digits = match size {
        size if size < 1e-3 => 7,
        size if size < 1e-2 => 6,
        size if size < 1e-1 => 5,
        size if size < 1.0 => 4,
        size if size < 10.0 => 3,
        size if size < 100.0 => 2,
        size if size < 1_000.0 => 1,
        _ => 0,
    };
    let text = format!("{size:.digits$}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), words::grouped);
    let rest = rest.trim_end_matches('0');
    let sign = if number < 0.0 { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// A ratio: `0.43x`, `12.3x`, with the digits that an interval of this width leaves it.
pub(super) fn times(ratio: f64, width: f64) -> String {
    let text = match ratio {
        ratio if (0.1..1_000.0).contains(&ratio) => format!("{ratio:.*}", decimals(width)),
        ratio => number(ratio),
    };
    format!("{text}x")
}

/// A share in per cent, with the digits that an interval of this width leaves it.
pub(super) fn points(share: f64, width: f64) -> String {
    format!("{:.*} %", decimals(width * 100.0), share * 100.0)
}

/// Two digits of an interval's width.
fn decimals(width: f64) -> usize {
    let steps = [10.0, 1.0, 0.1, 0.01, 0.001, 0.0001];
    steps.iter().take_while(|step| width < **step).count()
}

/// A length in at most two units, below a minute in one.
fn length(seconds: f64) -> String {
    let size = seconds.abs();
    let text = match size {
        0.0 => "0s".to_owned(),
        size if size < 1e-6 => format!("{}ns", number(size * 1e9)),
        size if size < 1e-3 => format!("{}µs", number(size * 1e6)),
        size if size < 1.0 => format!("{}ms", number(size * 1e3)),
        size if size < 59.95 => format!("{}s", number(size)),
        // A length of time that no calendar holds.
        size if size > 1e11 => format!("{}s", number(size)),
        size => words::seconds(size.max(60.0)),
    };
    if seconds < 0.0 { format!("-{text}") } else { text }
}

/// A probability with two digits: `0.032`, `0.5`; the smallest as a bound.
pub(super) fn probability(p: f64) -> String {
    const LEAST: f64 = 1e-4;
    if p < LEAST {
        return "p < 0.0001".to_owned();
    }
    let digits = match p {
        p if p < 1e-3 => 5,
        p if p < 1e-2 => 4,
        p if p < 0.1 => 3,
        _ => 2,
    };
    let text = format!("{p:.digits$}");
    format!("p = {}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A share in per cent, to the nearest.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let text = if (1.0..=99.0).contains(&percent) { format!("{percent:.0}") } else { format!("{percent:.1}") };
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (-26.5, "-26.5"),
            (0.000_123_456, "0.0001235"),
            (1_234.56, "1,235"),
            (9.999_6, "10"),
            (123_456_789.0, "123,456,789"),
            (1.5e10, "1.5e10"),
            (-1e300, "-1e300"),
            (5e-324, "4.941e-324"),
        ];
        cases.into_iter().for_each(|(given, text)| assert_eq!(number(given), text));
    }

    #[test]
    fn lengths_have_the_units_that_suit_them() {
        let cases = [
            (0.0, "0s"),
            (-750.0, "-12m 30s"),
            (0.35, "350ms"),
            (2.5e-5, "25µs"),
            (59.96, "1m"),
            (12.34, "12.34s"),
            (100_000.0, "1d 3h"),
            (1e300, "1e300s"),
        ];
        cases.into_iter().for_each(|(given, text)| assert_eq!(value(given, Unit::Seconds), text));
        assert_eq!(signed(750.0, Unit::Seconds), "+12m 30s");
        assert_eq!((signed(0.0, Unit::Plain), signed(-2.0, Unit::Plain)), ("0".to_owned(), "-2".to_owned()));
    }

    #[test]
    fn probabilities_and_shares_are_short() {
        let probabilities = [0.5, 0.049_6, 0.001_23, 0.000_456, 1e-9, 1.0].map(probability);
        assert_eq!(probabilities, ["p = 0.5", "p = 0.05", "p = 0.0012", "p = 0.00046", "p < 0.0001", "p = 1"]);
        let ratios = [(0.4277, 0.43), (12.345, 5.0), (1234.0, 9.0), (0.001, 0.1), (1.000_12, 0.0056)];
        let ratios = ratios.map(|(ratio, width)| times(ratio, width));
        assert_eq!(ratios, ["0.43x", "12.3x", "1,234x", "0.001x", "1.0001x"]);
        assert_eq!((points(0.0625, 0.3), points(0.499_4, 0.001)), ("6 %".to_owned(), "49.94 %".to_owned()));
        assert_eq!([0.123, 0.005, 1.0, 0.0].map(percent), ["12 %", "0.5 %", "100 %", "0 %"]);
    }
}
