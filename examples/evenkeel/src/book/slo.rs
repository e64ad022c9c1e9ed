//! An objective of the book: what OpenSLO says, and by which rules of the book it is judged.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use miette::NamedSource;
use slo_core::low_traffic::Gate;
use slo_core::openslo::{self, Bundle, SloObjective};
use slo_core::sli::{IndicatorKind, NoDataPolicy};
use slo_core::{Error, Objective, Policy, SliceTarget, Window};

use super::document::{Document, Item};
use super::indicator::indicator;
use super::load::matching;
use crate::fault::{Fault, Faults, read_text};
use crate::indicator::Indicator;

/// One objective, ready to be judged.
#[derive(Debug, Clone)]
pub struct Slo {
    /// Unique in the book: the name in OpenSLO, with the objective's number where there are several.
    pub name: String,
    /// The service it speaks of.
    pub service: String,
    /// The name to show.
    pub title: String,
    /// What is promised, in the author's words.
    pub description: Option<String>,
    /// Who owns the service.
    pub owner: Option<String>,
    /// What is promised.
    pub objective: Objective,
    /// What the indicator speaks of.
    pub kind: IndicatorKind,
    /// What the budget counts.
    pub method: Method,
    /// The period of the budget.
    pub window: Window,
    /// What is measured.
    pub indicator: Indicator,
    /// The alert policy, without rows that the objective puts out of reach.
    pub policy: Policy,
    /// The names of those rows.
    pub unreachable: Vec<String>,
    /// What missing data counts as.
    pub no_data: NoDataPolicy,
    /// How long an alert goes on after its condition has cleared.
    pub keep_firing: TimeDelta,
    /// What a row must pass besides its factor, so that chance does not fire it.
    pub gate: Option<Gate>,
    /// What OpenSLO says about the objective and a book does not use, in words.
    pub unused: Vec<String>,
}

/// OpenSLO's budgeting methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Events.
    Occurrences,
    /// Slices, each good or bad.
    Timeslices {
        /// The share of good events that makes a slice good.
        target: SliceTarget,
        /// Its length.
        slice: TimeDelta,
    },
    /// The mean of the slices' ratios.
    RatioTimeslices {
        /// The length of a slice.
        slice: TimeDelta,
    },
}

impl Method {
    /// The method's name in OpenSLO.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Occurrences => "Occurrences",
            Self::Timeslices { .. } => "Timeslices",
            Self::RatioTimeslices { .. } => "RatioTimeslices",
        }
    }
}

/// A policy and how it is fitted to an objective's period.
#[derive(Debug, Clone)]
pub struct PolicyRule {
    /// The policy as stated.
    pub policy: Policy,
    /// Whether the windows stay and the factors follow; otherwise the windows are scaled and the factors stay.
    pub keep_windows: bool,
    /// How long an alert goes on after its condition has cleared.
    pub keep_firing: TimeDelta,
    /// What a row must pass besides its factor.
    pub gate: Option<Gate>,
}

impl PolicyRule {
    /// A policy whose windows are scaled.
    #[must_use]
    pub fn scaled(policy: Policy) -> Self {
        Self { policy, keep_windows: false, keep_firing: TimeDelta::zero(), gate: Some(Gate::default()) }
    }

    /// The policy for a period of that length.
    ///
    /// # Errors
    /// As for [`Policy::scaled_to`].
    pub fn fitted(&self, period: TimeDelta) -> Result<Policy, Error> {
        if self.keep_windows { self.policy.with_period(period) } else { self.policy.scaled_to(period) }
    }
}

/// The rules of the book.
pub(super) struct Rules {
    pub(super) policy: PolicyRule,
    pub(super) no_data: NoDataPolicy,
    pub(super) owners: BTreeMap<String, String>,
    pub(super) slos: BTreeMap<String, SloRules>,
}

/// The book's rules for one objective.
pub(super) struct SloRules {
    pub(super) title: Option<String>,
    pub(super) policy: Option<PolicyRule>,
    pub(super) no_data: Option<NoDataPolicy>,
    pub(super) kind: Option<IndicatorKind>,
    pub(super) place: (String, Range<usize>),
}

/// OpenSLO objects of some files.
pub struct Files {
    /// The objects, joined.
    pub bundle: Bundle,
    texts: Vec<Arc<NamedSource<String>>>,
}

impl Files {
    /// Reads OpenSLO files.
    ///
    /// # Errors
    /// All faults of all files.
    pub fn read(paths: &[PathBuf]) -> Result<Self, Faults> {
        let (mut faults, mut objects, mut texts) = (Faults::default(), Vec::new(), Vec::new());
        for path in paths {
            let name = path.display().to_string();
            match read_text(path) {
                Ok(text) => {
                    let source = Arc::new(NamedSource::new(&name, text).with_language("YAML"));
                    match openslo::read_from(&name, source.inner()) {
                        Ok(read) => objects.extend(read),
                        Err(wrong) => faults.append(pointed(&wrong, std::slice::from_ref(&source))),
                    }
                    texts.push(source);
                }
                Err(fault) => faults.push(fault),
            }
        }
        let objects = faults.or(objects)?;
        let bundle = Bundle::from_objects(objects).map_err(|wrong| pointed(&wrong, &texts))?;
        Ok(Self { bundle, texts })
    }

    /// A fault about `words`, which stand somewhere in one of the files.
    pub(super) fn fault_at(&self, words: &str, message: impl std::fmt::Display) -> Fault {
        self.fault_at_any(&[words], message)
    }

    /// A fault about the first of some words that stands somewhere in one of the files. YAML may write a text in
    /// another way than it reads, so the start up to a quote, an escape or the line's end is looked for as well.
    pub(super) fn fault_at_any(&self, words: &[&str], message: impl std::fmt::Display) -> Fault {
        let start = |words: &str| words.split(['"', '\\', '\n']).next().unwrap_or_default().trim_end().to_owned();
        let words = words.iter().flat_map(|words| [(*words).to_owned(), start(words)]);
        for words in words.filter(|words| !words.is_empty()) {
            for text in &self.texts {
                if let Some(start) = text.inner().find(&words) {
                    let span = start..start.saturating_add(words.len());
                    return Fault::of(text.name(), message).pointing_at(text, span);
                }
            }
        }
        Fault::of(self.texts.first().map_or("OpenSLO", |text| text.name()), message)
    }
}

/// Faults of OpenSLO, pointing into the text.
fn pointed(faults: &openslo::Faults, texts: &[Arc<NamedSource<String>>]) -> Faults {
    let mut all = Faults { unlisted: u64::try_from(faults.left_out()).unwrap_or(u64::MAX), ..Faults::default() };
    for fault in faults {
        let name = fault.source().unwrap_or("OpenSLO");
        let message = fault.message();
        let mut shown = Fault::of(name, message).at_path(fault.path());
        if let Some(text) = texts.iter().find(|text| text.name() == name) {
            let start = offset(text.inner(), fault.line(), fault.column());
            let length = fault.value().map_or(1, str::len).max(1);
            let end = start.saturating_add(length).min(text.inner().len());
            let end = (start..=end).rev().find(|end| text.inner().is_char_boundary(*end)).unwrap_or(start);
            shown = shown.pointing_at(text, start..end);
        }
        all.push(shown);
    }
    all
}

/// The byte at a line and column, both from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let within = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    before.saturating_add(within)
}

/// Reads the OpenSLO files that `item` names, and joins them with the rules of the book.
pub(super) fn read(folder: &Path, item: &Item<'_, '_>, rules: &Rules, document: &mut Document) -> Vec<Slo> {
    let mut paths = Vec::new();
    for pattern in item.texts(document) {
        match matching(folder, &pattern) {
            Ok(files) => paths.extend(files),
            Err(fault) => document.faults.push(fault),
        }
    }
    let slos = Files::read(&paths).and_then(|files| objectives(&files, rules));
    let slos = match slos {
        Ok(slos) => slos,
        Err(faults) => {
            document.faults.append(faults);
            return Vec::new();
        }
    };
    for (name, rules) in &rules.slos {
        if !slos.iter().any(|slo| slo.name == *name) {
            let known: Vec<_> = slos.iter().map(|slo| slo.name.as_str()).collect();
            let (path, span) = rules.place.clone();
            document.fault(&path, span, format!("there is no SLO `{name}`; there are {}", known.join(", ")));
        }
    }
    if slos.is_empty() {
        document.fault(&item.path, item.place().1, "the files hold no SLO");
    }
    slos
}

fn objectives(files: &Files, rules: &Rules) -> Result<Vec<Slo>, Faults> {
    let (mut slos, mut faults) = (Vec::new(), Faults::default());
    for slo in files.bundle.slos() {
        let many = slo.objectives().len() > 1;
        for (index, objective) in slo.objectives().iter().enumerate() {
            let number = index.saturating_add(1);
            let name =
                if many { format!("{}-{number}", slo.metadata().name()) } else { slo.metadata().name().to_owned() };
            match one(files, slo, objective, name, rules) {
                Ok(slo) => slos.push(slo),
                Err(fault) => faults.push(fault),
            }
        }
    }
    faults.or(slos)
}

fn one(files: &Files, slo: &openslo::Slo, objective: &SloObjective, name: String, rules: &Rules) -> Result<Slo, Fault> {
    let own = rules.slos.get(&name);
    let fault = |message: String| files.fault_at(slo.metadata().name(), message).at_path(&name);
    let sli = files.bundle.indicator(slo, objective).ok_or_else(|| fault("has no indicator".to_owned()))?;
    let indicator = indicator(files, &name, sli.metric(), objective)?;
    let method = match objective.budgeting() {
        openslo::Budgeting::Occurrences => Method::Occurrences,
        openslo::Budgeting::Timeslices { target, window } => Method::Timeslices { target, slice: window.nominal() },
        openslo::Budgeting::RatioTimeslices { window } => Method::RatioTimeslices { slice: window.nominal() },
    };
    let window = slo.window();
    let rule = own.and_then(|own| own.policy.as_ref()).unwrap_or(&rules.policy);
    let policy = rule.fitted(window.nominal()).map_err(|error| fault(error.to_string()))?;
    let target = objective.objective();
    let Some((policy, unreachable)) = policy.reachable(target) else {
        return Err(fault(format!("no row of policy `{}` can fire at {target}", policy.name())));
    };
    let titled = own.and_then(|own| own.title.clone());
    let part = objective.display_name().filter(|_| slo.objectives().len() > 1);
    let title = titled.unwrap_or_else(|| match (slo.metadata().display_name(), part) {
        (Some(title), Some(part)) => format!("{title}: {part}"),
        (Some(title), None) => title.to_owned(),
        (None, _) => name.clone(),
    });
    let service = slo.service().name().to_owned();
    Ok(Slo {
        title,
        description: slo.description().map(str::to_owned),
        owner: rules.owners.get(&service).cloned(),
        objective: target,
        kind: own.and_then(|own| own.kind).unwrap_or_else(|| indicator.kind()),
        method,
        window,
        indicator,
        policy,
        unreachable,
        no_data: own.and_then(|own| own.no_data).unwrap_or(rules.no_data),
        keep_firing: rule.keep_firing,
        gate: rule.gate,
        unused: unused(slo, objective),
        name,
        service,
    })
}

fn unused(slo: &openslo::Slo, objective: &SloObjective) -> Vec<String> {
    let mut unused = Vec::new();
    if !slo.alert_policies().is_empty() {
        unused.push("OpenSLO's alertPolicies are not used; the book's `policy` says when to alert".to_owned());
    }
    if let Some(weight) = objective.composite_weight() {
        unused.push(format!("OpenSLO's compositeWeight {weight} is not used; each objective is judged by itself"));
    }
    unused
}

/// What missing data counts as.
pub(super) fn no_data(item: &Item<'_, '_>, document: &mut Document) -> Option<NoDataPolicy> {
    let word = item.text(document)?;
    let policy = match word.as_str() {
        "exclude" => Ok(NoDataPolicy::Exclude),
        "count_good" => Ok(NoDataPolicy::CountGood),
        "count_bad" => Ok(NoDataPolicy::CountBad),
        _ => Err(format!("no_data `{word}` is not one of `exclude`, `count_good`, `count_bad`")),
    };
    item.check(policy, document)
}

/// What an indicator speaks of.
pub(super) fn kind(item: &Item<'_, '_>, document: &mut Document) -> Option<IndicatorKind> {
    let word = item.text(document)?;
    let all =
        [IndicatorKind::Availability, IndicatorKind::Latency, IndicatorKind::Correctness, IndicatorKind::Freshness];
    let kind = all.into_iter().find(|kind| kind.to_string() == word);
    let wrong = format!("kind `{word}` is not one of `availability`, `latency`, `correctness`, `freshness`");
    item.check(kind.ok_or(wrong), document)
}
