//! `evenkeel slo rules`: the book's policies as Prometheus rules.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Answer, BookArgs};
use crate::book::{Book, Request, Slo};
use crate::fault::{Fault, Faults};
use crate::indicator::Indicator;
use crate::metrics::Metrics;
use crate::rules::{Buckets, RuleFile, group, longest_interval, remarks};
use crate::visible::visible;
use crate::words;

/// Prometheus recording and alerting rules for the objectives of a book, with Sloth's names and labels.
#[derive(Debug, Args)]
pub(super) struct Rules {
    #[command(flatten)]
    book: BookArgs,
    /// Where to write the rules instead of the terminal.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How often the rules are evaluated, such as `30s`; at most the shortest window [default: Prometheus's own, or
    /// the shortest window where that is below a minute].
    #[arg(long, value_name = "LENGTH")]
    interval: Option<String>,
    /// Only these objectives.
    #[arg(long = "slo", value_name = "NAME")]
    only: Vec<String>,
}

#[derive(Debug, Serialize)]
struct RulesReport {
    schema: &'static str,
    #[serde(flatten)]
    file: RuleFile,
    notes: Vec<String>,
}

impl Rules {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let mut faults = Faults::default();
        let interval = self.interval.as_deref().map(words::parse_length).transpose();
        let interval = interval.map_err(|message| faults.push(Fault::of("--interval", message))).ok().flatten();
        let Some((mut book, request)) = faults.take(self.book.load()) else { return Err(faults) };
        faults.or(())?;
        super::keep_only(&mut book, &self.only)?;
        let buckets = buckets(&book, &request)?;
        let (mut groups, mut faults, mut remarked) = (Vec::new(), Faults::default(), Vec::new());
        for slo in &book.slos {
            let bucket = find(slo, &buckets);
            match group(slo, bucket.as_ref(), interval) {
                Some(group) => groups.push(group),
                None => faults.push(
                    Fault::of(&slo.name, "no bucket of the histogram ends on the good side of the threshold")
                        .help("a rule needs a bucket's bound; the book's metrics say which there are"),
                ),
            }
            let longest = longest_interval(slo);
            if let Some(interval) = interval.filter(|interval| *interval > longest) {
                let (interval, longest) = (words::length(interval), words::length(longest));
                let message = format!(
                    "{interval} is longer than {longest}, the shortest window of `{}`: events between two \
                     evaluations would never be counted",
                    slo.name
                );
                faults.push(Fault::of("--interval", message));
            }
            remarked.push((slo.name.as_str(), remarks(slo, &book)));
        }
        let notes = super::together(remarked.iter().map(|(name, remarks)| (*name, remarks.as_slice())));
        let file = faults.or(RuleFile { groups })?;
        let yaml = file.to_yaml();
        let text = match &self.output {
            None => notes.iter().map(|note| format!("# {}\n", visible(note))).collect::<String>() + &yaml,
            Some(output) => {
                std::fs::write(output, yaml)
                    .map_err(|error| Fault::of(output.display(), format!("cannot be written: {error}")))?;
                let rules: usize = file.groups.iter().map(|group| group.rules.len()).sum();
                let notes: String = notes.iter().map(|note| super::wrapped("", note) + "\n").collect();
                format!(
                    "{notes}{rules} rules in {} groups are in {}\n",
                    file.groups.len(),
                    visible(&output.display().to_string())
                )
            }
        };
        Answer::new(text, &RulesReport { schema: "evenkeel.slo-rules/1", file, notes })
    }
}

/// The buckets that there are, where an objective needs to know.
fn buckets(book: &Book, request: &Request) -> Result<Metrics, Faults> {
    let wanted: Vec<_> = book
        .slos
        .iter()
        .filter_map(|slo| match &slo.indicator {
            Indicator::Histogram { buckets, .. } => Some(buckets.clone()),
            _ => None,
        })
        .collect();
    if wanted.is_empty() { Ok(Metrics::default()) } else { book.metrics(request, &wanted) }
}

fn find(slo: &Slo, metrics: &Metrics) -> Option<Buckets> {
    match &slo.indicator {
        Indicator::Histogram { buckets, threshold, above_is_good } => {
            Buckets::find(metrics, buckets, *threshold, *above_is_good)
        }
        _ => None,
    }
}
