//! What `evenkeel trend` says to people.

use std::fmt::Write;

use measure_core::Level;
use measure_core::trend::{Change, Direction, Trend};

use super::super::paint::Paint;
use super::super::{cut, wrapped};
use super::{Found, Observed, chart};
use crate::observations::Unit;
use crate::words;

pub(super) fn text(file: &str, observed: &Observed, found: &Found) -> String {
    let n = observed.series.len();
    let mut text = String::new();
    let _ = writeln!(text, "{}", title(file, observed).bold());
    match &found.trend {
        Ok((trend, segments)) => {
            let figures = Figures::of(observed);
            let sure: Vec<&Change> = segments.changes.iter().filter(|change| found.is_sure(change)).collect();
            let _ = writeln!(text, "\n{}\n", wrapped("", &verdict(trend, &sure, observed, &figures)).bold());
            let shown: Vec<usize> = sure.iter().map(|change| change.at).collect();
            let ends = (observed.label(0), observed.label(n.saturating_sub(1)));
            let ends = (cut(&ends.0, 30), cut(&ends.1, 30));
            let height = |height: f64| cut(&figures.value(height), 10);
            let line = Some(&trend.line);
            text.push_str(&chart::chart(observed.series.values(), line, &shown, (&ends.0, &ends.1), height));
            let _ = writeln!(text, "{}\n", legend(n, !shown.is_empty(), observed.step).dimmed());
            let _ = writeln!(text, "{}", wrapped("", &reasons(trend, observed, &figures)));
            text.push_str(&changes(trend, &sure, observed, &figures));
        }
        Err(measure_core::NotEnough::TooFew { have, need, .. }) => {
            let rows = words::counted(*have, &format!("{}s", observed.step));
            let _ = writeln!(text, "\n{}", format!("Not enough data: {rows}, and {need} are needed.").bold());
        }
        Err(reason) => {
            let _ = writeln!(text, "\n{}", format!("{reason}").bold());
        }
    }
    for note in &observed.notes {
        let _ = writeln!(text, "{}", wrapped("", &format!("Note: {note}.")).dimmed());
    }
    text
}

fn title(file: &str, observed: &Observed) -> String {
    let n = observed.series.len();
    let length = words::counted(u64::try_from(n).unwrap_or(u64::MAX), &format!("{}s", observed.step));
    let what = if observed.counted { format!("{} a {}", observed.what, observed.step) } else { observed.what.clone() };
    let span = match n {
        0 => String::new(),
        _ if observed.labels.is_empty() => String::new(),
        _ => format!(", {} to {}", observed.label(0), observed.label(n.saturating_sub(1))),
    };
    wrapped("", &crate::visible::visible(&format!("{file}: {what}{span}, {length}")))
}

/// The answer in one sentence.
fn verdict(trend: &Trend, sure: &[&Change], observed: &Observed, figures: &Figures) -> String {
    let (slope, step) = (trend.line.slope, observed.step);
    let interval = slope.interval();
    let range = |turn: bool| {
        let (lower, upper) =
            if turn { (-interval.upper(), -interval.lower()) } else { (interval.lower(), interval.upper()) };
        let width = interval.width();
        format!("[{} to {} ({})]", figures.slope(lower, width), figures.slope(upper, width), percent(interval.level()))
    };
    let by = |value: f64| figures.slope(value, interval.width());
    match trend.direction {
        Direction::Rising => format!("Rising by {} a {step} {}.", by(slope.value()), range(false)),
        Direction::Falling => format!("Falling by {} a {step} {}.", by(-slope.value()), range(true)),
        Direction::NotFound => {
            let length = words::counted(trend.n(), &format!("{step}s"));
            let seen = match trend.detectable {
                Some(slope) => {
                    let slope = figures.slope(slope, slope);
                    format!("; {slope} a {step} either way would have been seen with {}", percent(trend.power))
                }
                None if observed.series.values().windows(2).all(|pair| pair.first() == pair.last()) => {
                    let value = observed.series.values().first().copied().unwrap_or(0.0);
                    format!(": all of them are {}", figures.value(value))
                }
                None => ", and no slope would have been seen surely enough".to_owned(),
            };
            let level = match sure {
                [change] => {
                    let (before, after) = (figures.value(change.before), figures.value(change.after));
                    let moved = if change.after > change.before { "rose" } else { "fell" };
                    format!(" Its level {moved} at {}, from {before} to {after}.", cut(&observed.label(change.at), 30))
                }
                [] => String::new(),
                several => format!(" Its level changed {} times.", several.len()),
            };
            format!("No trend found in {length}{seen}.{level}")
        }
    }
}

fn legend(n: usize, changes: bool, step: &str) -> String {
    let dots = match chart::observations_a_dot(n) {
        1 => format!("a {step}"),
        several => format!("the median of some {}", words::counted(several, &format!("{step}s"))),
    };
    let marks = if changes { ", ▲ change of level" } else { "" };
    wrapped(&" ".repeat(12), &format!("dots: {dots}, line: Theil and Sen's{marks}"))
}

fn reasons(trend: &Trend, observed: &Observed, figures: &Figures) -> String {
    let (test, step) = (trend.test, observed.step);
    let last = observed.series.len().saturating_sub(1);
    let mut text = format!("{} ({}).", probability(test.test.p_value().get()), test.test.method());
    if trend.direction == Direction::NotFound {
        let (slope, width) = (trend.line.slope, trend.line.slope.interval().width());
        let figure = |value: f64| figures.slope(value, width);
        let (lower, upper) = (slope.interval().lower(), slope.interval().upper());
        text.push_str(&format!(
            " The slope is {} a {step} [{} to {} ({})].",
            figure(slope.value()),
            figure(lower),
            figure(upper),
            percent(slope.interval().level())
        ));
    } else {
        let (from, to) = (figures.value(trend.line.at(0)), figures.value(trend.line.at(last)));
        text.push_str(&format!(" The line runs from {from} to {to}."));
    }
    if test.inflation >= 1.11 {
        text.push_str(&format!(
            " Each {step} resembles the one before (correlation {:.2}), which widens the interval {:.1}-fold.",
            trend.autocorrelation.unbiased,
            test.inflation.sqrt()
        ));
    }
    text
}

fn changes(trend: &Trend, sure: &[&Change], observed: &Observed, figures: &Figures) -> String {
    const LISTED: usize = 12;
    if sure.is_empty() {
        return "No change of level found.\n".to_owned();
    }
    let mut text = "\nChanges of level\n".to_owned();
    for change in sure.iter().take(LISTED) {
        let p = change.test.map_or(1.0, |test| test.p_value().get());
        let (before, after) = (figures.value(change.before), figures.value(change.after));
        let at = cut(&observed.label(change.at), 30);
        let _ = writeln!(text, "  {at:<12} from {before} to {after}, {}", probability(p));
    }
    if sure.len() > LISTED {
        let _ = writeln!(text, "  and {} more", sure.len().saturating_sub(LISTED));
    }
    if trend.direction == Direction::NotFound {
        return text;
    }
    let caution = "A steady trend looks like changes of level, too.";
    text + &wrapped("  ", caution) + "\n"
}

/// How values and slopes are written: with the digits that matter.
struct Figures {
    unit: Unit,
    spread: f64,
}

impl Figures {
    fn of(observed: &Observed) -> Self {
        let values = observed.series.values();
        let (low, top) =
            values.iter().fold((f64::MAX, f64::MIN), |(low, top), value| (low.min(*value), top.max(*value)));
        // A tenth of what they span is what a reader tells apart.
        Self { unit: observed.unit, spread: (top / 10.0 - low / 10.0).abs() }
    }

    fn value(&self, value: f64) -> String {
        let text = self.written(value, if self.spread > 0.0 { self.spread } else { value.abs() });
        // Counts are whole, and look so.
        if self.unit == Unit::Plain { without_zeros(&text).to_owned() } else { text }
    }

    /// With its zeros: beside one another, slopes have the same digits.
    fn slope(&self, slope: f64, width: f64) -> String {
        self.written(slope, if width > 0.0 { width } else { slope.abs() })
    }

    fn written(&self, value: f64, resolution: f64) -> String {
        match self.unit {
            Unit::Seconds if value.abs() >= 60.0 && value.abs() < 1e12 => {
                let sign = if value < 0.0 { "-" } else { "" };
                format!("{sign}{}", words::seconds(value.abs()))
            }
            Unit::Seconds => format!("{}s", digits(value, resolution)),
            Unit::Plain => digits(value, resolution),
        }
    }
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') && !text.contains('e') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// A number with two digits of the resolution; whole ones are not cut short.
fn digits(value: f64, resolution: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = if resolution > 0.0 { resolution.log10().floor() } else { 0.0 };
    if value.abs() >= 1e9 || value.abs() < 1e-6 || magnitude < -7.0 {
        return format!("{value:.2e}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 8")]
    let decimals = (1.0 - magnitude).clamp(0.0, 8.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.trim_start_matches(['-', '0', '.']).is_empty() { "0".to_owned() } else { text }
}

/// A p-value: `p = 0.031`, `p = 1.2e-7`.
fn probability(p: f64) -> String {
    match p {
        p if p >= 0.1 => format!("p = {p:.2}"),
        p if p >= 0.001 => format!("p = {p:.3}"),
        p if p < 1e-300 => "p < 1e-300".to_owned(),
        p => format!("p = {p:.1e}"),
    }
}

fn percent(level: Level) -> String {
    format!("{} %", (level.get() * 100_000.0).round() / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_matter() {
        for (value, resolution, text) in [
            (1.2345, 0.5, "1.23"),
            (1.2, 0.5, "1.20"),
            (12_345.678, 900.0, "12346"),
            (0.0, 1.0, "0"),
            (-0.0001, 1.0, "0"),
            (1e300, 1e299, "1.00e300"),
            (5e-324, 5e-324, "4.94e-324"),
            (3.0, 0.0, "3.0"),
        ] {
            assert_eq!(digits(value, resolution), text, "{value} {resolution}");
        }
        assert_eq!(["1.20", "3.00", "100", "1.00e300"].map(without_zeros), ["1.2", "3", "100", "1.00e300"]);
    }

    #[test]
    fn small_probabilities_keep_their_size() {
        assert_eq!(
            [0.5, 0.031_4, 0.000_1, 0.0].map(probability),
            ["p = 0.50", "p = 0.031", "p = 1.0e-4", "p < 1e-300"]
        );
    }
}
