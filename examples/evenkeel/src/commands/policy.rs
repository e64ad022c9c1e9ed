//! `evenkeel slo policy`: when a policy notices what, and what it never sees.

use std::fmt::Write;
use std::path::Path;

use chrono::TimeDelta;
use clap::Args;
use serde::Serialize;
use slo_core::detect::{BlindSpots, DetectionTable, ErrorRatio, ExactSeconds, Unseen, detection_table};
use slo_core::{Objective, Policy, Severity};

use super::Answer;
use super::paint::Paint;
use crate::book::policy::policy_file;
use crate::fault::{Fault, Faults};
use crate::visible::visible;
use crate::words;

/// When an alert policy notices an outage, what it has cost by then, and which outages it never sees.
#[derive(Debug, Args)]
pub(super) struct PolicyCommand {
    /// A preset (`google_30d`, `sloth_28d`, `pyrra`, `slo_generator`), or a TOML or JSON file with name, period and rows.
    policy: String,
    /// What is promised.
    #[arg(long, value_name = "OBJECTIVE")]
    objective: String,
    /// The period to fit the policy to [default: its own].
    #[arg(long, value_name = "PERIOD")]
    period: Option<String>,
    /// Fit by keeping the windows and working out the factors anew, instead of scaling the windows.
    #[arg(long, requires = "period")]
    keep_windows: bool,
    /// Error ratios to tabulate [default: 2 and 10 times the allowed one, 10 % and 100 %].
    #[arg(long, value_name = "RATIO", value_delimiter = ',')]
    error_ratio: Vec<String>,
}

#[derive(Debug, Serialize)]
struct PolicyReport<'a> {
    schema: &'static str,
    policy: &'a Policy,
    shares: Vec<f64>,
    unreachable: &'a [String],
    detection: &'a DetectionTable,
    blind: Option<&'a BlindSpots>,
    blind_pages: Option<&'a BlindSpots>,
}

impl PolicyCommand {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let mut faults = Faults::default();
        let objective = self.objective.parse::<Objective>();
        let objective = objective.map_err(|error| faults.push(Fault::of("--objective", error))).ok();
        let policy = faults.take(self.policy());
        let given = faults.take(self.ratios());
        let (Some(objective), Some(policy), Some(given)) = (objective, policy, given) else { return Err(faults) };
        let ratios = if given.is_empty() { usual_ratios(objective) } else { given };
        let Some((reachable, unreachable)) = policy.reachable(objective) else {
            return Err(
                Fault::of("--objective", format!("no row of `{}` can fire at {objective}", policy.name())).into()
            );
        };
        faults.or(())?;
        let detection = detection_table(&reachable, objective, &ratios);
        let blind = reachable.blind_spots(None, objective, &ratios);
        let pages = reachable.blind_spots(Some(Severity::Page), objective, &ratios);
        let share = |row: &slo_core::Row| row.factor.budget_share(policy.period(), row.long).unwrap_or_default();
        let report = PolicyReport {
            schema: "evenkeel.slo-policy/1",
            policy: &policy,
            shares: policy.rows().iter().map(share).collect(),
            unreachable: &unreachable,
            detection: &detection,
            blind: blind.as_ref(),
            blind_pages: pages.as_ref(),
        };
        Answer::new(text(&report, objective), &report)
    }

    fn policy(&self) -> Result<Policy, Faults> {
        let policy = match Policy::preset(&self.policy) {
            Some(policy) => Ok(policy),
            None if Path::new(&self.policy).exists() => policy_file(Path::new(&self.policy)),
            None => {
                let names: Vec<_> = Policy::presets().iter().map(|policy| format!("`{}`", policy.name())).collect();
                let message = format!("is neither a file nor one of {}", names.join(", "));
                Err(Fault::of(&self.policy, message).into())
            }
        };
        let Some(period) = &self.period else { return policy };
        let mut faults = Faults::default();
        let period = words::parse_length(period).map_err(|message| faults.push(Fault::of("--period", message))).ok();
        let (Some(policy), Some(period)) = (faults.take(policy), period) else { return Err(faults) };
        let fitted = if self.keep_windows { policy.with_period(period) } else { policy.scaled_to(period) };
        fitted.map_err(|error| Fault::of("--period", error).into())
    }

    /// The ratios that are asked for.
    fn ratios(&self) -> Result<Vec<ErrorRatio>, Faults> {
        let mut faults = Faults::default();
        let ratios = self.error_ratio.iter().map(|text| {
            text.parse().map_err(|error: slo_core::Error| faults.push(Fault::of("--error-ratio", error))).ok()
        });
        let ratios = ratios.collect::<Vec<Option<_>>>().into_iter().flatten().collect();
        faults.or(ratios)
    }
}

/// Twice and ten times the allowed ratio, 10 % and 100 %.
fn usual_ratios(objective: Objective) -> Vec<ErrorRatio> {
    let allowed = objective.allowed_parts_per_billion();
    let usual = [allowed.saturating_mul(2), allowed.saturating_mul(10), 100_000_000, slo_core::BILLION];
    let mut ratios: Vec<_> = usual.iter().filter_map(|parts| ErrorRatio::from_parts_per_billion(*parts).ok()).collect();
    ratios.sort_unstable();
    ratios.dedup();
    ratios
}

fn text(report: &PolicyReport<'_>, objective: Objective) -> String {
    let policy = report.policy;
    let mut text = String::new();
    let title = format!("{}, {objective} over {}", visible(policy.name()), words::length(policy.period()));
    let _ = writeln!(text, "{}\n", title.bold());
    let head = format!(
        "{:<14} {:<8} {:>8} {:>9} {:>9} {:>9} {:>9}",
        "row", "says", "factor", "long", "short", "hold", "budget"
    );
    let _ = writeln!(text, "{}", head.dimmed());
    for (row, share) in policy.rows().iter().zip(&report.shares) {
        let short = row.short.map_or("-".to_owned(), words::length);
        let hold = if row.hold == TimeDelta::zero() { "-".to_owned() } else { words::length(row.hold) };
        let name = super::cut(&row.name, 14);
        let (severity, factor, long) = (row.severity.to_string(), row.factor.to_string(), words::length(row.long));
        let share = words::percent(*share);
        let _ = writeln!(text, "{name:<14} {severity:<8} {factor:>8} {long:>9} {short:>9} {hold:>9} {share:>9}");
    }
    for row in report.unreachable {
        let _ = writeln!(text, "{}", super::wrapped("", &format!("row `{row}` can never fire at {objective}")));
    }
    detection(report.detection, &mut text);
    blind(report, &mut text);
    text
}

fn detection(table: &DetectionTable, text: &mut String) {
    let _ = writeln!(text, "\nTime to detect (budget spent by then), by the share of failing requests");
    let columns: Vec<_> = table
        .error_ratios
        .iter()
        .zip(&table.burn_rates)
        .map(|(ratio, burn)| format!("{:>16}", format!("{ratio} = {}", words::burn(*burn))))
        .collect();
    let _ = writeln!(text, "{}", format!("{:<14}{}", "", columns.concat()).dimmed());
    let cell =
        |time: ExactSeconds, spent: f64| format!("{} ({})", words::seconds(time.as_f64()), words::percent(spent));
    for row in &table.rows {
        let cells = row.cells.iter().map(|found| {
            let found = found.as_ref().map_or("never".to_owned(), |found| cell(found.time, found.budget_spent));
            format!("{found:>16}")
        });
        let _ = writeln!(text, "{:<14}{}", super::cut(&row.row, 14), cells.collect::<String>());
    }
    let _ = writeln!(text, "\nTime until silent again after recovery");
    for row in &table.rows {
        let cells = row.cells.iter().map(|found| {
            let found = found.as_ref().map_or("-".to_owned(), |found| words::seconds(found.reset.as_f64()));
            format!("{found:>16}")
        });
        let _ = writeln!(text, "{:<14}{}", super::cut(&row.row, 14), cells.collect::<String>());
    }
}

fn blind(report: &PolicyReport<'_>, text: &mut String) {
    let _ = writeln!(text, "\nNever seen");
    let mut steady = |who: &str, blind: &BlindSpots| {
        let steady = &blind.steady;
        let ends = words::seconds(steady.exhausts_in.as_f64());
        let line = format!(
            "{who}: errors of {} and less ({}), which end a full budget in {ends} and more",
            words::percent(steady.error_ratio),
            words::burn(steady.burn_rate)
        );
        let _ = writeln!(text, "{}", super::wrapped("  ", &line));
    };
    report.blind.iter().for_each(|blind| steady("by anyone", blind));
    report.blind_pages.iter().for_each(|blind| steady("by a page", blind));
    for spot in report.blind.iter().flat_map(|blind| &blind.spots) {
        if let Unseen::UpTo { length, budget_spent, row } = &spot.unseen {
            let line = format!(
                "{} failing for up to {} (`{row}` sees longer outages), at {} of the budget each",
                spot.error_ratio,
                words::seconds(length.as_f64()),
                words::percent(*budget_spent)
            );
            let _ = writeln!(text, "{}", super::wrapped("  ", &line));
        }
    }
}
