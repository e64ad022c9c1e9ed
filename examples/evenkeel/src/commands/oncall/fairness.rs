//! `evenkeel oncall fairness`: the accounts, and how evenly burden is spread.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use oncall_core::PersonId;
use oncall_core::burden::{Account, Accounts, Burden, Category, Fairest, Fairness, Measure};
use serde::Serialize;
use timeline_core::Span;

use super::super::paint::Paint;
use super::super::{Answer, cut, wrapped};
use super::{BookArg, PeriodArgs, day, served, write};
use crate::fault::{Fault, Faults};
use crate::oncall::fairest::{FAIREST_NODES, Reachable, reachable};
use crate::oncall::picture::{Picture, accounts};
use crate::visible::visible;

/// What everybody bears, how evenly, and the fairest that could be.
#[derive(Debug, Args)]
pub(in crate::commands) struct FairnessCommand {
    #[command(flatten)]
    book: BookArg,
    #[command(flatten)]
    period: PeriodArgs,
    /// Where to write what is carried over to the next period: the next book's `accounts`.
    #[arg(short, long, value_name = "FILE.csv")]
    output: Option<PathBuf>,
    /// The most steps to search for what the fairest plan comes to.
    #[arg(long, value_name = "N", default_value_t = FAIREST_NODES)]
    nodes: u64,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    period: Span,
    accounts: &'a [Account],
    fairness: Shown<'a>,
    reachable: &'a Reachable,
}

/// How evenly burden is spread, with plain numbers: `null`, and why, for what is not defined.
#[derive(Serialize)]
struct Shown<'a> {
    overall: ShownMeasure<'a>,
    proven: Option<Burden>,
    by_category: Vec<(Category, ShownMeasure<'a>)>,
}

#[derive(Serialize)]
struct ShownMeasure<'a> {
    actual: Option<Actual<'a>>,
    unmeasured: Option<String>,
    fairest: Option<&'a Fairest>,
}

#[derive(Serialize)]
struct Actual<'a> {
    people: usize,
    least: &'a (PersonId, Burden),
    greatest: &'a (PersonId, Burden),
    spread: Burden,
    jain: Option<f64>,
    gini: Option<f64>,
    unmeasured: Option<String>,
}

impl<'a> Shown<'a> {
    fn of(fairness: &'a Fairness) -> Self {
        let by_category = fairness.by_category.iter().map(|(category, measure)| (*category, measured(measure)));
        Self { overall: measured(&fairness.overall), proven: fairness.proven, by_category: by_category.collect() }
    }
}

fn measured(measure: &Measure) -> ShownMeasure<'_> {
    let actual = measure.actual.as_ref().ok().map(|actual| Actual {
        people: actual.people,
        least: &actual.least,
        greatest: &actual.greatest,
        spread: actual.spread,
        jain: actual.jain.as_ref().ok().copied(),
        gini: actual.gini.as_ref().ok().copied(),
        unmeasured: actual.jain.as_ref().err().map(ToString::to_string),
    });
    let unmeasured = measure.actual.as_ref().err().map(ToString::to_string);
    ShownMeasure { actual, unmeasured, fairest: measure.fairest.as_ref() }
}

impl FairnessCommand {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let oncall = self.book.load()?;
        let period = self.period.period(&oncall)?;
        let shifts = served(&oncall, period)?;
        let accounts = accounts(&oncall, &shifts, period)?;
        let (least, reachable) = reachable(&oncall, period, self.nodes)?;
        let fairness = accounts.fairness(least).map_err(|error| Fault::of(&oncall.title, error))?;
        let picture = Picture::of(&oncall, &shifts, period, None)?;
        let (from, until) = (day(period.start(), oncall.zone), day(period.end(), oncall.zone));
        let mut text = format!("{}\n", visible(&oncall.title).bold());
        let _ = writeln!(text, "{from} to {until}, {}\n", oncall.zone.name());
        text.push_str(&super::calendar::calendar(&picture));
        text.push('\n');
        text.push_str(&table(&accounts));
        text.push('\n');
        text.push_str(&evenness(&fairness));
        let actual = fairness.overall.actual.as_ref().ok().map(|actual| actual.greatest.1.hours());
        text.push_str(&wrapped("", &reachable.words(actual)));
        text.push('\n');
        if let Some(output) = &self.output {
            write(output, &carried(&accounts))?;
            let file = visible(&output.display().to_string());
            let _ = writeln!(text, "\nWhat is carried over is in {file}");
        }
        let schema = "evenkeel.oncall-fairness/1";
        Answer::new(
            text,
            &Document {
                schema,
                period,
                accounts: accounts.all(),
                fairness: Shown::of(&fairness),
                reachable: &reachable,
            },
        )
    }
}

/// A line a person: hours of weight 1 by category.
fn table(accounts: &Accounts) -> String {
    let used: Vec<_> = Category::ALL
        .into_iter()
        .filter(|category| accounts.all().iter().any(|account| account.load_of(*category).get() != 0))
        .collect();
    let opened = accounts.all().iter().any(|account| account.opening.get() != 0);
    let mut head = format!("{:<12}{:>7}", "", "there");
    if opened {
        let _ = write!(head, "{:>9}", "carried");
    }
    for category in &used {
        let _ = write!(head, "{:>9}", column(*category));
    }
    let _ = write!(head, "{:>9}{:>9}", "burden", "next");
    let mut text = head.dimmed() + "\n";
    for account in accounts.all() {
        let share = crate::words::percent(account.presence.share());
        let name = cut(account.person.as_str(), 11);
        let mut line = format!("{name:<12}{share:>7}");
        if opened {
            let _ = write!(line, "{:>9.1}", account.opening.hours());
        }
        for category in &used {
            let _ = write!(line, "{:>9.1}", account.load_of(*category).hours());
        }
        let burden = account.burden.map_or("-".to_owned(), |burden| format!("{:.1}", burden.hours()));
        let _ = writeln!(text, "{line}{burden:>9}{:>9.1}", account.closing.hours());
    }
    let note = "Hours of weight 1. Burden: what was carried and served, over the share of a full load that the person \
                was there for. Next: what is carried over to the next period.";
    text + &wrapped("", note).dimmed() + "\n"
}

const fn column(category: Category) -> &'static str {
    match category {
        Category::Weekday => "weekday",
        Category::Night => "night",
        Category::Weekend => "weekend",
        Category::Holiday => "holiday",
        Category::Pages => "pages",
        Category::Sleep => "sleep",
    }
}

fn evenness(fairness: &Fairness) -> String {
    let mut text =
        format!("{:<12}{:>10}{:>8}{:>8}{:>12}{:>16}\n", "", "spread", "Jain", "Gini", "greatest", "of this load")
            .dimmed();
    let overall = ("all", &fairness.overall);
    let rows = fairness.by_category.iter().map(|(category, measure)| (column(*category), measure));
    for (name, measure) in std::iter::once(overall).chain(rows) {
        text.push_str(&row(name, measure));
    }
    text
}

fn row(name: &str, measure: &Measure) -> String {
    let Ok(actual) = &measure.actual else { return String::new() };
    let index = |index: &Result<f64, _>| index.as_ref().map_or("-".to_owned(), |index| format!("{index:.3}"));
    let least = measure.fairest.as_ref().map_or("-".to_owned(), |fairest| format!("{:.1} h", fairest.greatest.hours()));
    let (spread, greatest) = (format!("{:.1} h", actual.spread.hours()), format!("{:.1} h", actual.greatest.1.hours()));
    let (jain, gini) = (index(&actual.jain), index(&actual.gini));
    format!("{name:<12}{spread:>10}{jain:>8}{gini:>8}{greatest:>12}{least:>16}\n")
}

/// As the next book reads it.
fn carried(accounts: &Accounts) -> String {
    let mut text = "person,hours\n".to_owned();
    for account in accounts.all() {
        let name = account.person.as_str();
        let name =
            if name.contains([',', '"']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() };
        let _ = writeln!(text, "{name},{:.4}", account.closing.hours());
    }
    text
}
