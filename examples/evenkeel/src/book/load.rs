//! Reading `evenkeel.toml` and the OpenSLO files that it names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use slo_core::Policy;
use slo_core::low_traffic::Gate;
use timeline_core::{Tz, parse_zone};
use toml::de::DeTable;

use super::document::{Document, Item, Table};
use super::slo::{Rules, SloRules};
use super::{Book, FILE, Live, maintenance, slo};
use crate::fault::{Fault, Faults, read_text, shown};
use crate::incidents::{self, Affected, IncidentColumns, IncidentList};
use crate::metrics::csv::Columns;
use crate::metrics::{Metrics, Source};
use crate::oncall::book as oncall;

impl Book {
    /// Reads the book in `folder`, or of the `evenkeel.toml` that `folder` names itself.
    ///
    /// # Errors
    /// Every fault of the book, of its OpenSLO files and of its lists, at once.
    pub fn load(folder: &Path) -> Result<Self, Faults> {
        let (book, faults) = Self::parse(folder)?;
        faults.or(book)
    }

    /// As [`Book::load`]; where the book has faults, those of the files that it names are found as well.
    ///
    /// # Errors
    /// As for [`Book::load`], and every fault of the metrics' files.
    pub fn load_all(folder: &Path) -> Result<Self, Faults> {
        let (book, mut faults) = Self::parse(folder)?;
        if !faults.is_empty() {
            let selectors = book.slos.iter().flat_map(|slo| slo.indicator.selectors());
            let (wanted, mut metrics) = (selectors.cloned().collect::<Vec<_>>(), Metrics::default());
            for source in &book.sources {
                faults.take(source.read(&wanted, &mut metrics));
            }
        }
        faults.or(book)
    }

    /// The book as far as it can be read, and what is wrong with it.
    fn parse(folder: &Path) -> Result<(Self, Faults), Faults> {
        let (folder, file) = if folder.is_file() {
            (folder.parent().unwrap_or(Path::new("")).to_path_buf(), folder.to_path_buf())
        } else {
            (folder.to_path_buf(), folder.join(FILE))
        };
        let file = shown(&file);
        let text = read_text(&file).map_err(|fault| fault.help(format!("a book is a folder with a `{FILE}`")))?;
        let mut document = Document::new(&file.display().to_string(), text);
        let source = document.text();
        let (table, errors) = DeTable::parse_recoverable(source.inner());
        document.syntax(&errors);
        let book = read(&folder, Table::root(&table), &mut document);
        Ok((book, document.faults))
    }
}

fn read(folder: &Path, mut root: Table<'_, '_>, document: &mut Document) -> Book {
    let title = root.text("title", document).unwrap_or_else(|| "Reliability review".to_owned());
    let zone = root
        .take("zone")
        .and_then(|item| item.text(document).and_then(|name| item.check(parse_zone(&name), document)))
        .unwrap_or(Tz::UTC);
    let oncall = root.take("oncall");
    // A book of a rota alone promises nothing.
    let slo_files = if oncall.is_some() { root.take("slos") } else { root.need("slos", document) };
    let oncall = oncall.and_then(|item| oncall::Files::of(folder, &title, zone, &item, document));
    let no_data = root.take("no_data").and_then(|item| slo::no_data(&item, document)).unwrap_or_default();
    let policy = root.take("policy").and_then(|item| policy(folder, &item, document));
    let policy = policy.unwrap_or_else(|| slo::PolicyRule::scaled(Policy::google_30d()));
    let owners = root.take("owners").and_then(|item| item.table(document)).map(|table| owners(&table, document));
    let slo_rules = root.take("slo").and_then(|item| item.table(document));
    let slo_rules = slo_rules.map(|table| slo_rules_of(folder, &table, document)).unwrap_or_default();
    let sources = sources(folder, root.take("metrics"), document);
    let live = live(root.take("prometheus"), document);
    let incidents = root.take("incidents").and_then(|item| item.table(document));
    let incidents = incidents.map(|table| incident_list(folder, table, document)).unwrap_or_default();
    let entries = root.take("maintenance").map(|item| item.items(document)).unwrap_or_default();
    let tables: Vec<_> = entries.iter().filter_map(|item| item.table(document)).collect();
    let maintenance = tables.into_iter().flat_map(|table| maintenance::read(folder, table, document)).collect();
    root.finish(document);
    let rules = Rules { policy, no_data, owners: owners.unwrap_or_default(), slos: slo_rules };
    let slos = slo_files.map(|item| slo::read(folder, &item, &rules, document)).unwrap_or_default();
    Book { folder: folder.to_path_buf(), title, zone, slos, sources, live, incidents, maintenance, oncall }
}

fn owners(table: &Table<'_, '_>, document: &mut Document) -> BTreeMap<String, String> {
    table.entries().filter_map(|(service, item)| Some((service, item.text(document)?))).collect()
}

fn slo_rules_of(folder: &Path, table: &Table<'_, '_>, document: &mut Document) -> BTreeMap<String, SloRules> {
    let mut all = BTreeMap::new();
    for (name, item) in table.entries() {
        let Some(mut table) = item.table(document) else { continue };
        let rules = SloRules {
            title: table.text("title", document),
            policy: table.take("policy").and_then(|item| policy(folder, &item, document)),
            no_data: table.take("no_data").and_then(|item| slo::no_data(&item, document)),
            kind: table.take("kind").and_then(|item| slo::kind(&item, document)),
            place: item.place(),
        };
        table.finish(document);
        all.insert(name, rules);
    }
    all
}

/// A preset by name, or a table with `preset` or `file`, and `fit`.
fn policy(folder: &Path, item: &Item<'_, '_>, document: &mut Document) -> Option<slo::PolicyRule> {
    let preset = |item: &Item<'_, '_>, name: &str, document: &mut Document| {
        let names: Vec<_> = Policy::presets().iter().map(|policy| format!("`{}`", policy.name())).collect();
        let missing = format!("policy `{name}` is not one of {}", names.join(", "));
        item.check(Policy::preset(name).ok_or(missing), document)
    };
    if item.is_text() {
        let name = item.text(document)?;
        return preset(item, &name, document).map(slo::PolicyRule::scaled);
    }
    let mut table = item.table(document)?;
    let (name, file, fit) = (table.take("preset"), table.take("file"), table.take("fit"));
    let keep_firing = table.take("keep_firing").and_then(|item| length(&item, document));
    let gate = match table.take("low_traffic_gate") {
        Some(item) if item.truth(document) == Some(false) => None,
        _ => Some(Gate::default()),
    };
    let (path, span) = (table.path().to_owned(), table.span());
    table.finish(document);
    let policy = match (name, file) {
        (Some(item), None) => item.text(document).and_then(|name| preset(&item, &name, document)),
        (None, Some(item)) => {
            let file = folder.join(item.text(document)?);
            super::policy::policy_file(&file).map_err(|faults| document.faults.append(faults)).ok()
        }
        _ => {
            document.fault(&path, span, "needs either `preset` or `file`");
            None
        }
    };
    let keep_windows = match fit {
        None => Some(false),
        Some(item) => match item.text(document)?.as_str() {
            "windows" => Some(false),
            "factors" => Some(true),
            other => item.check(Err(format!("fit `{other}` is neither `windows` nor `factors`")), document),
        },
    };
    let keep_firing = keep_firing.unwrap_or_default();
    Some(slo::PolicyRule { policy: policy?, keep_windows: keep_windows?, keep_firing, gate })
}

fn sources(folder: &Path, item: Option<Item<'_, '_>>, document: &mut Document) -> Vec<Source> {
    let Some(item) = item else { return Vec::new() };
    let mut sources = Vec::new();
    for item in item.items(document) {
        let Some(mut table) = item.table(document) else { continue };
        let (json, csv) = (table.take("prometheus_json"), table.take("csv"));
        match (json, csv) {
            (Some(json), None) => {
                let files = json.texts(document);
                sources.extend(files.into_iter().map(|file| Source::PrometheusJson(shown(&folder.join(file)))));
            }
            (None, Some(csv)) => {
                let columns = csv.text(document).and_then(|file| columns(&folder.join(file), &mut table, document));
                sources.extend(columns.map(Source::Csv));
            }
            _ => document.fault(&item.path, table.span(), "needs either `prometheus_json` or `csv`"),
        }
        table.finish(document);
    }
    sources
}

fn columns(file: &Path, table: &mut Table<'_, '_>, document: &mut Document) -> Option<Columns> {
    let time = table.text("time", document).unwrap_or_else(|| "time".to_owned());
    let labels = table.take("labels").map(|item| item.texts(document)).unwrap_or_default();
    let gauges = table.take("gauges").map(|item| item.texts(document)).unwrap_or_default();
    let (good, bad) = (table.text("good", document), table.text("bad", document));
    let total = table.text("total", document);
    let counters = match table.take("values") {
        None => false,
        Some(item) => match item.text(document)?.as_str() {
            "increments" => false,
            "counters" => true,
            other => {
                let message = format!("values `{other}` are neither `increments` nor `counters`");
                item.check(Err(message), document)?
            }
        },
    };
    if good.is_none() && bad.is_none() && total.is_none() && gauges.is_empty() {
        let message = "needs at least one column of values: `good`, `bad`, `total` or `gauges`";
        document.fault(table.path(), table.span(), message);
    }
    Some(Columns { file: shown(file), time, labels, good, bad, total, gauges, counters })
}

fn live(item: Option<Item<'_, '_>>, document: &mut Document) -> Live {
    let mut live = Live { step: TimeDelta::minutes(1), history: None };
    let Some(mut table) = item.and_then(|item| item.table(document)) else { return live };
    if let Some(step) = table.take("step").and_then(|item| length(&item, document)) {
        live.step = step;
    }
    live.history = table.take("history").and_then(|item| length(&item, document));
    table.finish(document);
    live
}

/// A duration of OpenSLO, or seconds such as `5s`.
fn length(item: &Item<'_, '_>, document: &mut Document) -> Option<TimeDelta> {
    let text = item.text(document)?;
    item.check(crate::words::parse_length(&text), document)
}

fn incident_list(folder: &Path, mut table: Table<'_, '_>, document: &mut Document) -> IncidentList {
    let Some(file) = table.need("file", document).and_then(|item| item.text(document)) else {
        return IncidentList::default();
    };
    let mut column = |key, usual: &str| table.text(key, document).unwrap_or_else(|| usual.to_owned());
    let (start, end) = (column("start", "start"), column("end", "end"));
    let affected = Affected::Named(column("service", "service"));
    let (severity, title) = (table.text("severity", document), table.text("title", document));
    table.finish(document);
    let columns = IncidentColumns { start, end, affected, severity, title, skip_incomplete: false };
    let list = incidents::read(&shown(&folder.join(file)), &columns, None);
    list.map_err(|faults| document.faults.append(faults)).unwrap_or_default()
}

/// The files that a pattern names: `slo/*.yaml`, with `*` in the file's name only, sorted.
///
/// # Errors
/// A fault when nothing matches, or the folder cannot be read.
pub(super) fn matching(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, Fault> {
    let path = folder.join(pattern);
    let Some((before, after)) = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split_once('*'))
    else {
        return Ok(vec![shown(&path)]);
    };
    let parent = path.parent().unwrap_or(folder);
    let entries = std::fs::read_dir(parent)
        .map_err(|error| Fault::of(shown(parent).display(), crate::fault::unreadable(&error)))?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.len() >= before.len().saturating_add(after.len()) && name.starts_with(before) && name.ends_with(after)
        })
        .map(|path| shown(&path))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(Fault::of(shown(&path).display(), "matches no file"));
    }
    Ok(files)
}
