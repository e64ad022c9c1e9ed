//! `evenkeel compare`: two samples of anything.

mod boxes;
mod figures;
mod text;

use std::path::PathBuf;

use clap::Args;
use measure_core::bootstrap::Bootstrap;
use measure_core::compare::{Comparison, Margin, Question, Verdict, compare};
use measure_core::{Error, Level, NotEnough, Probability, Sample, Seed};
use serde::Serialize;

use super::{Answer, argument_level, share};
use crate::fault::{Fault, Faults};
use crate::observations::{self, Column, Selection, Unit};
use crate::words;

/// Two samples of anything: does B differ from A, by how much, and would enough have been seen if it did?
///
/// A file is a list of numbers, one a line, or CSV with a header. Lengths such as `12m30s` or `00:12:30` are read as
/// seconds. Everything is said of B relative to A.
///
/// Exits 0 when there is an answer. With --margin, 0 means that the two are shown to be the same within it, and 1 that
/// they are not.
#[derive(Debug, Args)]
pub(super) struct Compare {
    /// The file of A, and of B with --by.
    #[arg(value_name = "A")]
    file: PathBuf,
    /// The file of B.
    #[arg(value_name = "B", conflicts_with = "by", required_unless_present = "by")]
    other: Option<PathBuf>,
    /// The column of values in CSV [default: the only column of numbers].
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Take both from one file: A and B are the rows with these words in this column.
    #[arg(long, value_name = "NAME", requires_all = ["a", "b"])]
    by: Option<String>,
    /// What A has in the column of --by.
    #[arg(long, value_name = "WORD", requires = "by")]
    a: Option<String>,
    /// What B has in the column of --by.
    #[arg(long, value_name = "WORD", requires = "by")]
    b: Option<String>,
    /// Leave out rows without a value, instead of refusing the file.
    #[arg(long)]
    skip_empty: bool,
    /// How far apart is still the same: a share such as `5%`, or a distance such as `3` or `30s`.
    #[arg(long, value_name = "MARGIN", allow_hyphen_values = true)]
    margin: Option<String>,
    /// How sure the intervals and tests are.
    #[arg(long, value_name = "SHARE", default_value = "95%")]
    level: String,
    /// With which probability the numbers of observations that are asked for would do.
    #[arg(long, value_name = "SHARE", default_value = "80%")]
    power: String,
    /// Compare this quantile as well, such as `90%`, by bootstrap.
    #[arg(long, value_name = "SHARE")]
    quantile: Option<String>,
    /// Where the chance of the bootstrap begins.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

/// What is compared, and what came of it.
#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    a: Group,
    b: Group,
    level: Level,
    /// The verdict in words.
    answer: String,
    /// Of B over A; nothing when there is too little to tell.
    comparison: Option<Comparison>,
    not_enough: Option<NotEnough>,
    /// The quantile that was asked for.
    quantile: Option<Probability>,
}

/// One of the two samples.
#[derive(Debug, Serialize)]
struct Group {
    name: String,
    file: String,
    column: Option<String>,
    unit: Unit,
    n: u64,
    skipped: u64,
    least: f64,
    greatest: f64,
    /// At 5, 25, 50, 75 and 95 %.
    quantiles: [f64; 5],
}

/// A sample with where it is from.
struct Found {
    group: Group,
    sample: Sample,
    /// In the order of the file, for the places of faults.
    column: Column,
}

impl Compare {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let mut faults = Faults::default();
        let options = faults.take(self.options());
        let samples = faults.take(self.samples());
        let (Some(options), Some((a, b))) = (options, samples) else { return Err(faults) };
        let margin = faults.take(self.margin(&options, &a, &b));
        faults.or(())?;
        let mut question = Question::at(options.level).with_power(options.power);
        if let Some(margin) = margin.flatten() {
            question = question.within(margin);
        }
        if let Some(at) = options.quantile {
            let bootstrap = Bootstrap::new(resamples(&a.sample, &b.sample), Seed::new(self.seed));
            let bootstrap = bootstrap.map_err(|error| Fault::of("--quantile", error))?;
            question = question.with_quantile(at, bootstrap);
        }
        let (comparison, not_enough) = match compare(&b.sample, &a.sample, &question) {
            Ok(comparison) => (Some(comparison), None),
            Err(Error::NotEnough(few)) => (None, Some(few)),
            Err(error) => return Err(Fault::of("--margin", error).into()),
        };
        let answer = match (&comparison, not_enough) {
            (Some(comparison), _) => {
                let margin =
                    comparison.equivalence.map(|equivalence| figures::margin(equivalence.margin, a.group.unit));
                let name = |group: &Group| super::cut(&group.name, 30);
                comparison.verdict.words(&name(&b.group), &name(&a.group), margin.as_deref())
            }
            (None, Some(NotEnough::TooFew { need, .. })) => {
                let (n, m) = (words::grouped(a.group.n), words::grouped(b.group.n));
                let level = figures::percent(options.level.get());
                format!(
                    "not enough data: n = {n} and {m} could show no difference at {level}, {} in each could",
                    words::grouped(need)
                )
            }
            (None, few) => few.map_or_else(String::new, |few| few.to_string()),
        };
        let same = comparison.is_some_and(|found| matches!(found.verdict, Verdict::Same { .. }));
        let (level, quantile) = (options.level, options.quantile);
        let schema = "evenkeel.compare/1";
        let report = Report { schema, a: a.group, b: b.group, level, answer, comparison, not_enough, quantile };
        let yes = self.margin.is_none() || same;
        Ok(Answer { yes, ..Answer::new(text::text(&report), &report)? })
    }

    /// The arguments that do not depend on the files.
    fn options(&self) -> Result<Options, Faults> {
        let mut faults = Faults::default();
        let mut level = |name: &str, given: &str| argument_level(name, given).map_err(|fault| faults.push(fault)).ok();
        let (level, power) = (level("--level", &self.level), level("--power", &self.power));
        let quantile = self.quantile.as_deref().map(|given| {
            let at = share(given).and_then(|share| Probability::new(share).map_err(|error| error.to_string()));
            at.map_err(|message| faults.push(Fault::of("--quantile", message))).ok()
        });
        let amount = self
            .margin
            .as_deref()
            .map(|given| amount(given).map_err(|message| faults.push(Fault::of("--margin", message))).ok());
        match (level, power) {
            (Some(level), Some(power)) if faults.is_empty() => {
                Ok(Options { level, power, quantile: quantile.flatten(), margin: amount.flatten() })
            }
            _ => Err(faults),
        }
    }

    /// A and B.
    fn samples(&self) -> Result<(Found, Found), Faults> {
        let selection =
            Selection { column: self.column.as_deref(), skip_empty: self.skip_empty, ..Selection::default() };
        let mut faults = Faults::default();
        let (a, b) = match (&self.by, &self.a, &self.b, &self.other) {
            (Some(by), Some(a), Some(b), _) => {
                if a == b {
                    return Err(Fault::of("--b", format!("`{b}` is what A is")).into());
                }
                let only = [a.as_str(), b.as_str()];
                let both =
                    observations::read(&self.file, &Selection { beside: Some(by), only: Some(&only), ..selection })?;
                (part(&both, a), part(&both, b))
            }
            (_, _, _, other) => {
                let a = faults.take(observations::read(&self.file, &selection));
                let other = other.as_deref().unwrap_or(&self.file);
                let b = faults.take(observations::read(other, &selection));
                let (Some(a), Some(b)) = (a, b) else { return Err(faults) };
                let (first, second) = (stem(&self.file), stem(other));
                let (first, second) = if first == second { ("A".into(), "B".into()) } else { (first, second) };
                ((first, a), (second, b))
            }
        };
        if a.1.unit != b.1.unit {
            let what = |unit| if unit == Unit::Seconds { "lengths of time" } else { "plain numbers" };
            let message = format!("holds {}, and `{}` holds {}", what(b.1.unit), a.1.source, what(a.1.unit));
            return Err(Fault::of(&b.1.source, message).help("write all of them with units, or none").into());
        }
        Ok((found(a)?, found(b)?))
    }

    /// The margin, which must suit the values.
    fn margin(&self, options: &Options, a: &Found, b: &Found) -> Result<Option<Margin>, Faults> {
        let Some(given) = options.margin else { return Ok(None) };
        let text = self.margin.as_deref().unwrap_or_default();
        let fault = |message: String| Fault::of("--margin", message);
        match given {
            Amount::Share(share) => {
                let mut faults = Faults::default();
                for found in [a, b] {
                    let not_above_0 =
                        || found.column.observations.iter().filter(|observation| observation.value <= 0.0);
                    if let Some(first) = not_above_0().next() {
                        let count = words::counted(u64::try_from(not_above_0().count()).unwrap_or(u64::MAX), "values");
                        let message = format!(
                            "a margin of {text} needs values above 0; {count} of `{}` are not",
                            found.group.name
                        );
                        let fault =
                            Fault::of(&found.column.source, format!("{message}, the first is `{}`", first.value));
                        let fault = fault.at_line(first.line).at_path(found.column.name.as_deref().unwrap_or_default());
                        faults.push(fault.help("give a distance as the margin, such as `--margin 3`"));
                    }
                }
                faults.or(())?;
                Ok(Some(Margin::relative(share).map_err(|error| fault(error.to_string()))?))
            }
            Amount::Distance(distance, unit) => {
                if unit == Unit::Seconds && a.group.unit == Unit::Plain {
                    return Err(fault(format!("margin `{text}` is a length, and the values are plain numbers")).into());
                }
                if unit == Unit::Plain && a.group.unit == Unit::Seconds {
                    let fault = fault(format!("margin `{text}` has no unit, and the values are lengths"));
                    return Err(fault
                        .help(format!("write `{text}s` if it is seconds, `{text}%` if it is a share"))
                        .into());
                }
                Ok(Some(Margin::absolute(distance).map_err(|error| fault(error.to_string()))?))
            }
        }
    }
}

struct Options {
    level: Level,
    power: Level,
    quantile: Option<Probability>,
    margin: Option<Amount>,
}

/// A margin as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Amount {
    Share(f64),
    Distance(f64, Unit),
}

fn amount(text: &str) -> Result<Amount, String> {
    let amount = if text.trim_end().ends_with('%') {
        Amount::Share(share(text)?)
    } else {
        let (distance, unit) = observations::amount(text.trim())?;
        Amount::Distance(distance, unit)
    };
    let (Amount::Share(size) | Amount::Distance(size, _)) = amount;
    if size > 0.0 { Ok(amount) } else { Err(format!("margin `{text}` is not above 0")) }
}

/// For what is a probability by its making.
fn quarter(at: f64) -> Probability {
    Probability::new(at).unwrap_or(Probability::ZERO)
}

/// Fewer resamples of many observations, which need fewer to be as exact.
fn resamples(a: &Sample, b: &Sample) -> u32 {
    if a.len().saturating_add(b.len()) > 100_000 { 999 } else { 9_999 }
}

/// The observations of one kind.
fn part(both: &Column, kind: &str) -> (String, Column) {
    let of_kind = both.observations.iter().zip(&both.beside).filter(|(_, beside)| *beside == kind);
    let observations = of_kind.map(|(observation, _)| *observation).collect();
    (kind.to_owned(), Column { observations, beside: Vec::new(), ..both.clone() })
}

fn stem(file: &std::path::Path) -> String {
    file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

fn found((name, column): (String, Column)) -> Result<Found, Faults> {
    let sample = Sample::new(column.values()).map_err(|error| Fault::of(&column.source, error))?;
    let (Some(least), Some(greatest)) = (sample.min(), sample.max()) else {
        return Err(Fault::of(&column.source, format!("`{name}` has no values")).into());
    };
    let group = Group {
        name,
        file: column.source.clone(),
        column: column.name.clone(),
        unit: column.unit,
        n: sample.n(),
        skipped: column.skipped,
        least,
        greatest,
        quantiles: boxes::places(&sample),
    };
    Ok(Found { group, sample, column })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_shares_numbers_or_lengths() {
        assert_eq!(amount("5%"), Ok(Amount::Share(0.05)));
        assert_eq!(amount("99.9 %"), Ok(Amount::Share(0.999)));
        assert_eq!(amount("0.5"), Ok(Amount::Distance(0.5, Unit::Plain)));
        assert_eq!(amount("2m30s"), Ok(Amount::Distance(150.0, Unit::Seconds)));
        for text in ["0", "-3", "0%", "five", "inf", "NaN%", "%"] {
            assert!(amount(text).is_err(), "{text}");
        }
    }
}
