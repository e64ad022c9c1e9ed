//! `evenkeel slo recommend`: the highest objective that the past kept.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;
use slo_core::DurationShorthand;
use slo_core::recommend::{self, Judgement, Recommendation};
use timeline_core::Span;

use super::paint::Paint;
use super::{Answer, BookArgs};
use crate::fault::{Fault, Faults};
use crate::review::outlook::Cut;
use crate::review::units::Units;
use crate::words;

/// The highest objective on the usual ladder that the history kept, and the chance of keeping it over the next
/// period.
#[derive(Debug, Args)]
pub(super) struct Recommend {
    #[command(flatten)]
    book: BookArgs,
    /// Only these objectives.
    #[arg(long = "slo", value_name = "NAME")]
    only: Vec<String>,
    /// Judge for a rolling period of this length, such as `30m` or `7d`, instead of each objective's own.
    #[arg(long, value_name = "LENGTH")]
    period: Option<DurationShorthand>,
}

#[derive(Debug, Serialize)]
struct RecommendReport {
    schema: &'static str,
    now: DateTime<Utc>,
    slos: Vec<SloRecommendation>,
}

#[derive(Debug, Serialize)]
struct SloRecommendation {
    slo: String,
    objective: String,
    bucket_seconds: i64,
    recommendation: Recommendation,
}

impl Recommend {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let (mut book, request) = self.book.load()?;
        super::keep_only(&mut book, &self.only)?;
        let histories = book.histories(&request)?;
        let now = histories.now;
        let (mut slos, mut faults) = (Vec::new(), Faults::default());
        for (slo, history) in book.slos.iter().zip(&histories.histories) {
            let judged = (|| {
                let length = self.period.map_or(slo.window.nominal(), DurationShorthand::nominal);
                let period = Span::ending_at(now, length)?;
                let all = history.reach().and_then(|(first, _)| Span::new(first.min(period.start()), now).ok());
                let maintenance = book.maintenance_of(slo, all.unwrap_or(period));
                let units = Units::of(slo, history, period, &maintenance)?;
                let cut = Cut::of(length)?;
                let sums = cut.sums(&units.counts, now)?;
                Ok::<_, slo_core::Error>((cut, recommend::judge(&sums, cut.period, &cut.bootstrap)?))
            })();
            match judged {
                Ok((cut, recommendation)) => slos.push(SloRecommendation {
                    slo: slo.name.clone(),
                    objective: slo.objective.to_string(),
                    bucket_seconds: cut.bucket.num_seconds(),
                    recommendation,
                }),
                Err(error) => faults.push(Fault::of(&slo.name, error)),
            }
        }
        let report = RecommendReport { schema: "evenkeel.slo-recommend/1", now, slos: faults.or(slos)? };
        Answer::new(text(&report), &report)
    }
}

fn text(report: &RecommendReport) -> String {
    let mut text = String::new();
    for slo in &report.slos {
        let _ = writeln!(text, "{}, promised {}", super::cut(&slo.slo, 54).bold(), slo.objective);
        let bucket = words::length(chrono::TimeDelta::seconds(slo.bucket_seconds));
        match &slo.recommendation {
            Recommendation::NotEnough { buckets, needed } => {
                let (have, want) = (number(*buckets), number(*needed));
                let line = format!(
                    "not enough data (n = {have} buckets of {bucket}, {want} needed; a shorter --period needs less)"
                );
                let _ = writeln!(text, "{}", super::wrapped("  ", &line));
            }
            Recommendation::NoTraffic => text.push_str("  no events in the history\n"),
            Recommendation::Judged(judgement) => judged(judgement, &bucket, &mut text),
        }
    }
    text
}

fn judged(judgement: &Judgement, bucket: &str, text: &mut String) {
    let best = match judgement.best {
        Some(best) => format!("the history kept {best}, from {} buckets of {bucket}", number(judgement.buckets)),
        None => {
            format!("the history kept no step of the ladder, from {} buckets of {bucket}", number(judgement.buckets))
        }
    };
    let _ = writeln!(text, "{}", super::wrapped("  ", &best).green());
    if let Some(asked) = judgement.asked {
        let line = format!("short: {} buckets of {bucket} would say more", number(asked));
        let _ = writeln!(text, "{}", super::wrapped("  ", &line).yellow());
    }
    let head =
        format!("  {:>10} {:>14} {:>16} {:>12}  {}", "objective", "kept", "smallest budget", "next period", "95 %");
    let _ = writeln!(text, "{}", head.dimmed());
    for step in &judgement.steps {
        let kept = format!("{}/{}", step.kept.successes(), step.kept.trials());
        let (low, high) = (words::percent(step.next.interval.lower()), words::percent(step.next.interval.upper()));
        let _ = writeln!(
            text,
            "  {:>10} {kept:>14} {:>16} {:>12}  {low} to {high}",
            step.objective.to_string(),
            words::grouped(step.smallest_budget),
            words::percent(step.next.probability),
        );
    }
}

fn number(count: usize) -> String {
    words::grouped(u64::try_from(count).unwrap_or(u64::MAX))
}
