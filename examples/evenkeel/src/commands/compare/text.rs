//! What `evenkeel compare` says to people.

use std::fmt::Write;

use measure_core::compare::{Comparison, Verdict};
use measure_core::{Estimate, TestMethod};

use super::boxes::{Boxes, PLACES};
use super::figures::{margin, percent, points, probability, signed, times, value};
use super::{Group, Report};
use crate::commands::paint::Paint;
use crate::commands::{cut, wrapped};
use crate::words;

/// Columns of the names.
const NAME: usize = 14;

pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    let answer = wrapped("", &report.answer);
    let answer = match report.comparison.map(|comparison| comparison.verdict) {
        Some(Verdict::Same { .. }) => answer.green().bold(),
        Some(Verdict::Higher { .. } | Verdict::Lower { .. }) => answer.bold(),
        Some(Verdict::Undecided) | None => answer.yellow().bold(),
    };
    let _ = writeln!(text, "{answer}\n");
    table(report, &mut text);
    if let Some(comparison) = &report.comparison {
        effect(report, comparison, &mut text);
        needed(report, comparison, &mut text);
        methods(comparison, &mut text);
    }
    text
}

/// Quantiles of both, and boxes of them on one axis.
fn table(report: &Report, text: &mut String) {
    let unit = report.a.unit;
    let places = PLACES.map(|at| if at == 0.5 { "median".to_owned() } else { percent(at) });
    let head: String = places.iter().map(|place| format!("{place:>11}")).collect();
    let _ = writeln!(text, "{}", format!("{:<NAME$}{:>9}{head}", "", "n").dimmed());
    let groups = [("A", &report.a), ("B", &report.b)];
    let label = |(letter, group): (&str, &Group)| {
        // Where the names are these letters, once is enough.
        if group.name == letter { letter.to_owned() } else { cut(&format!("{letter} {}", group.name), NAME) }
    };
    for (letter, group) in groups {
        let cells: String = group.quantiles.iter().map(|at| format!("{:>11}", value(*at, unit))).collect();
        let _ = writeln!(text, "{:<NAME$}{:>9}{cells}", label((letter, group)), words::grouped(group.n));
    }
    text.push('\n');
    let columns = 80_usize.saturating_sub(NAME).saturating_sub(1);
    let boxes = Boxes::holding(&[report.a.quantiles, report.b.quantiles], columns);
    for (letter, group) in groups {
        let _ = writeln!(text, "{:<NAME$} {}", label((letter, group)), boxes.draw(&group.quantiles));
    }
    let (low, high) = boxes.ends();
    let scale = if boxes.log { "log scale" } else { "" };
    let (low, high) = (value(low, unit), value(high, unit));
    let middle = columns.saturating_sub(low.chars().count()).saturating_sub(high.chars().count());
    let _ = writeln!(text, "{}", format!("{:<NAME$} {low}{scale:^middle$}{high}", "").dimmed());
    let skipped: Vec<String> = groups
        .iter()
        .filter(|(_, group)| group.skipped > 0)
        .map(|(letter, group)| format!("{letter}: {} without a value left out", words::counted(group.skipped, "rows")))
        .collect();
    // Of one file, it is the same for both.
    if let Some(first) = skipped.first() {
        let all = if report.a.file == report.b.file {
            format!("{} without a value left out", words::counted(report.a.skipped, "rows"))
        } else if skipped.len() > 1 {
            skipped.join("; ")
        } else {
            first.clone()
        };
        let _ = writeln!(text, "{}", wrapped("", &all));
    }
}

fn effect(report: &Report, comparison: &Comparison, text: &mut String) {
    let (a, b) = (cut(&report.a.name, 18), cut(&report.b.name, 18));
    let unit = report.a.unit;
    let level = percent(report.level.get());
    let _ = writeln!(text, "\n{}", format!("{:<12}{b} relative to {a}, with {level} intervals", "").dimmed());
    let line = |name: &str, estimate: Estimate, show: &dyn Fn(f64) -> String, what: &str, text: &mut String| {
        let (low, high) = (show(estimate.interval().lower()), show(estimate.interval().upper()));
        let line = format!("{name:<12}{} [{low} to {high}] {what}", show(estimate.value()));
        let _ = writeln!(text, "{}", hanging(&line));
    };
    line("difference", comparison.shift, &|shift| signed(shift, unit), "as the median of all differences", text);
    if let Some(ratio) = comparison.ratio {
        let width = ratio.interval().width();
        line("ratio", ratio, &|ratio| times(ratio, width), "of the geometric means", text);
    }
    if let Some(delta) = comparison.delta {
        let what = format!("of pairs have the larger value in {b}");
        let width = delta.interval().width() / 2.0;
        line("pairs", delta, &|delta| points(f64::midpoint(delta, 1.0), width), &what, text);
    }
    if let Some(at) = report.quantile {
        let name = format!("at {}", percent(at.get()));
        match comparison.quantile {
            Some(difference) => {
                line(
                    &name,
                    difference,
                    &|difference| signed(difference, unit),
                    "as the difference of this quantile",
                    text,
                );
            }
            None => {
                let _ = writeln!(text, "{name:<12}not enough data for an interval");
            }
        }
    }
    if let Some(note) = distributions(report, comparison, &b) {
        let _ = writeln!(text, "{}", hanging(&format!("{:<12}{note}", "overall")).yellow());
    }
}

/// What the test of whole distributions adds. It does not tell place from spread and shape.
fn distributions(report: &Report, comparison: &Comparison, b: &str) -> Option<String> {
    let p = comparison.distribution.p_value().get();
    if p > report.level.outside() {
        return None;
    }
    let p = probability(p);
    match comparison.verdict {
        // Mann and Whitney's test takes the two to vary alike; the interval of the pairs does not.
        Verdict::Higher { .. } | Verdict::Lower { .. } => {
            let open = comparison.delta.is_some_and(|delta| delta.interval().contains(0.0));
            open.then(|| {
                format!(
                    "the distributions differ ({p}); the interval of the pairs holds 50 %, by which {b} may be the \
                     higher or the lower"
                )
            })
        }
        _ => Some(format!("the distributions differ, in place, spread or shape ({p})")),
    }
}

/// What it would take to know.
fn needed(report: &Report, comparison: &Comparison, text: &mut String) {
    let needed = comparison.needed;
    let each = |n: u64| format!("n = {} in each would", words::grouped(n));
    let as_strong = match needed.for_observed {
        Some(n) => format!("{} find a difference as strong as this one looks", each(n)),
        None => "no number in each would find a difference as weak as this one looks".to_owned(),
    };
    let within = comparison.equivalence.map(|equivalence| margin(equivalence.margin, report.a.unit));
    let of_margin = |margin: &str| match (needed.for_margin, needed.for_sameness) {
        (Some(find), Some(same)) => vec![
            format!("{} find a difference of {margin}", each(find)),
            format!("{} show that there is none beyond {margin}, if there is none", each(same)),
        ],
        _ => vec![format!("what a margin of {margin} takes, these cannot tell")],
    };
    let parts = match (comparison.verdict, within) {
        (Verdict::Higher { beyond: true } | Verdict::Lower { beyond: true }, _) | (_, None) => vec![as_strong],
        (Verdict::Same { .. }, Some(margin)) => of_margin(&margin).pop().into_iter().collect(),
        (_, Some(margin)) => [vec![as_strong], of_margin(&margin)].concat(),
    };
    let says = parts.join("; ");
    // Only numbers have a probability with which they would do.
    let power = if says.contains("n = ") {
        format!(" (with a probability of {}, if both vary as they did)", percent(needed.power.get()))
    } else {
        String::new()
    };
    let line = format!("{:<12}{says}{power}", "needed");
    let _ = writeln!(text, "{}", hanging(&line));
}

fn methods(comparison: &Comparison, text: &mut String) {
    let exact = |method: TestMethod| match method {
        TestMethod::MannWhitneyExact | TestMethod::MannWhitneyExactTies | TestMethod::KolmogorovSmirnovExact => "exact",
        TestMethod::KolmogorovSmirnovLimit => "limit distribution",
        _ => "normal approximation",
    };
    let (test, shape) = (comparison.test, comparison.distribution);
    let mut parts = vec![format!("Mann-Whitney, {} ({})", exact(test.method()), probability(test.p_value().get()))];
    if let Some(equivalence) = comparison.equivalence {
        let p = equivalence.not_lower.get().max(equivalence.not_higher.get());
        parts.push(format!("two one-sided tests of it for the margin ({})", probability(p)));
    }
    parts.push(format!("Hodges-Lehmann by {}", comparison.shift.method()));
    if comparison.ratio.is_some() {
        parts.push("Welch's t on logarithms".to_owned());
    }
    if comparison.delta.is_some() {
        parts.push("Cliff's delta".to_owned());
    }
    if let Some(quantile) = comparison.quantile {
        parts.push(quantile.method().to_string());
    }
    parts.push(format!("Kolmogorov-Smirnov, {} ({})", exact(shape.method()), probability(shape.p_value().get())));
    let _ = writeln!(text, "{}", hanging(&format!("{:<12}{}", "by", parts.join("; "))).dimmed());
}

/// Lines whose first word of twelve columns hangs out on the left. What belongs together stays on one line.
fn hanging(line: &str) -> String {
    // Noncharacters, which no blank is.
    const GLUED: [(&str, &str); 3] = [(" %", "\u{fde0}%"), (" = ", "\u{fde0}=\u{fde0}"), (" < ", "\u{fde0}<\u{fde0}")];
    let (name, rest) = line.split_at_checked(12).unwrap_or((line, ""));
    let glued = GLUED.iter().fold(rest.to_owned(), |text, (loose, glued)| text.replace(loose, glued));
    let lines = wrapped("            ", &glued).replace('\u{fde0}', " ");
    format!("{name}{}", lines.trim_start())
}
