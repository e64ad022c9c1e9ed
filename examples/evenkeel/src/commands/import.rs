//! `evenkeel slo import`: OpenSLO files, read and checked, and what was understood.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use slo_core::openslo::{Bundle, Metric, MetricSource, Part, Referred, Slo, SloObjective};

use super::Answer;
use super::paint::Paint;
use crate::book::comparison;
use crate::book::slo::Files;
use crate::fault::Faults;
use crate::visible::visible;

/// Reads OpenSLO v1 files (YAML or JSON), reports every fault with its file, line and path, and prints what was
/// understood.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Debug, Serialize)]
struct ImportReport {
    schema: &'static str,
    services: Vec<String>,
    data_sources: Vec<String>,
    slis: Vec<String>,
    slos: Vec<Understood>,
    alert_policies: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Understood {
    name: String,
    service: String,
    description: Option<String>,
    window: String,
    method: String,
    objectives: Vec<UnderstoodObjective>,
    alert_policies: usize,
}

#[derive(Debug, Serialize)]
struct UnderstoodObjective {
    name: Option<String>,
    target: String,
    threshold: Option<String>,
    composite_weight: Option<String>,
    measures: Vec<String>,
}

impl Import {
    pub(super) fn run(&self) -> Result<Answer, Faults> {
        let files = Files::read(&self.files).map_err(|mut faults| {
            for fault in faults.faults.iter_mut().filter(|fault| fault.message.starts_with("there is no ")) {
                fault.help = Some("if it stands in another file, give that file too".to_owned());
            }
            faults
        })?;
        let bundle = &files.bundle;
        let report = ImportReport {
            schema: "evenkeel.slo-import/1",
            services: bundle.services().map(|one| one.metadata().name().to_owned()).collect(),
            data_sources: bundle.data_sources().map(|one| one.metadata().name().to_owned()).collect(),
            slis: bundle.slis().map(|one| one.metadata().name().to_owned()).collect(),
            slos: bundle.slos().map(|slo| understood(&files, slo)).collect(),
            alert_policies: alert_policies(bundle),
        };
        Answer::new(text(&report), &report)
    }
}

/// The names of those that stand by themselves and of those that stand in an SLO.
fn alert_policies(bundle: &Bundle) -> Vec<String> {
    let within = bundle.slos().flat_map(|slo| slo.alert_policies().iter().filter_map(Referred::inline));
    bundle.alert_policies().chain(within).map(|one| one.metadata().name().to_owned()).collect()
}

fn understood(files: &Files, slo: &Slo) -> Understood {
    let objective = |objective: &SloObjective| UnderstoodObjective {
        name: objective.display_name().map(str::to_owned),
        target: objective.objective().to_string(),
        threshold: objective.threshold().map(|(operator, value)| format!("{} {value}", comparison(operator).promql())),
        composite_weight: objective.composite_weight().map(|weight| weight.to_string()),
        measures: files.bundle.indicator(slo, objective).map(|sli| measures(sli.metric())).unwrap_or_default(),
    };
    Understood {
        name: slo.metadata().name().to_owned(),
        service: slo.service().name().to_owned(),
        description: slo.description().map(str::to_owned),
        window: slo.window().to_string(),
        method: slo.budgeting_method().to_string(),
        objectives: slo.objectives().iter().map(objective).collect(),
        alert_policies: slo.alert_policies().len(),
    }
}

fn measures(metric: &Metric) -> Vec<String> {
    let told = |role: &str, source: &MetricSource| {
        let query = source.spec().get("query").map_or_else(|| format!("{:?}", source.spec()), String::clone);
        format!("{role}: {}", query.trim())
    };
    match metric {
        Metric::Ratio { part: Part::Good(part), total, .. } => vec![told("good", part), told("total", total)],
        Metric::Ratio { part: Part::Bad(part), total, .. } => vec![told("bad", part), told("total", total)],
        Metric::Raw { source, .. } => vec![told("ratio", source)],
        Metric::Threshold(source) => vec![told("value", source)],
    }
}

fn text(report: &ImportReport) -> String {
    let mut text = String::new();
    for slo in &report.slos {
        let _ = writeln!(text, "{} of {}, {}, {}", slo.name.bold(), slo.service, slo.window, slo.method);
        if let Some(description) = &slo.description {
            let _ = writeln!(text, "{}", super::wrapped("  ", description));
        }
        for objective in &slo.objectives {
            let threshold = objective.threshold.as_ref().map(|text| format!(", value {text}")).unwrap_or_default();
            let name = objective.name.as_ref().map(|name| format!(" {}", visible(name))).unwrap_or_default();
            let weight =
                objective.composite_weight.as_ref().map(|weight| format!(", weight {weight}")).unwrap_or_default();
            let _ = writeln!(text, "  {}{name}{threshold}{weight}", objective.target);
            for line in &objective.measures {
                let _ = writeln!(text, "    {}", visible(line));
            }
        }
    }
    let counts = [
        ("SLOs", report.slos.len()),
        ("services", report.services.len()),
        ("SLIs", report.slis.len()),
        ("data sources", report.data_sources.len()),
        ("alert policies", report.alert_policies.len()),
    ];
    let counts: Vec<_> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    let _ = writeln!(text, "{}", counts.join(", "));
    if !report.alert_policies.is_empty() {
        text.push_str("a book does not use alert policies: its own `policy` says when to alert\n");
    }
    if report.slos.iter().flat_map(|slo| &slo.objectives).any(|objective| objective.composite_weight.is_some()) {
        text.push_str("a book does not use weights: each objective is judged by itself\n");
    }
    text
}
