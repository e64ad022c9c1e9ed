//! Policies written by hand: TOML or JSON with `name`, `period` and `rows`.

use std::path::Path;

use chrono::TimeDelta;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use slo_core::{Policy, Row, Severity};
use toml::de::DeTable;

use super::document::{Document, Item, Table};
use crate::fault::{Fault, Faults, read_text};

/// Reads a policy; lengths are in seconds (in TOML also `5m`), factors are numbers or text such as `14.4` or `14/15`.
///
/// # Errors
/// All that is wrong with the file.
pub fn policy_file(file: &Path) -> Result<Policy, Faults> {
    let (name, text) = (file.display().to_string(), read_text(file)?);
    if file.extension().is_some_and(|extension| extension == "json") {
        of_json(&name, &text)
    } else {
        of_toml(&name, text)
    }
}

fn of_toml(name: &str, text: String) -> Result<Policy, Faults> {
    let mut document = Document::new(name, text);
    let source = document.text();
    let (table, errors) = DeTable::parse_recoverable(source.inner());
    document.syntax(&errors);
    let mut root = Table::root(&table);
    let title = root.need("name", &mut document).and_then(|item| item.text(&mut document));
    let period = root.need("period", &mut document).and_then(|item| item.length(&mut document));
    let items = root.need("rows", &mut document).map(|item| item.items(&mut document)).unwrap_or_default();
    root.finish(&mut document);
    let rows: Vec<_> = items.iter().filter_map(|item| row(item, &mut document)).collect();
    let Document { faults, .. } = document;
    match (title, period) {
        (Some(title), Some(period)) if faults.is_empty() => {
            Policy::new(title, period, rows).map_err(|error| Fault::of(name, error).into())
        }
        _ => Err(faults),
    }
}

fn row(item: &Item<'_, '_>, document: &mut Document) -> Option<Row> {
    let mut table = item.table(document)?;
    let name = table.need("name", document).and_then(|item| item.text(document));
    let severity = table.need("severity", document).and_then(|item| {
        let severity = match item.text(document)?.as_str() {
            "page" => Ok(Severity::Page),
            "ticket" => Ok(Severity::Ticket),
            other => Err(format!("severity `{other}` is neither `page` nor `ticket`")),
        };
        item.check(severity, document)
    });
    let factor = table.need("factor", document).and_then(|item| {
        let text = item.number(document).map_or_else(|| item.text(document), Some)?;
        item.check(text.parse(), document)
    });
    let long = table.need("long", document).and_then(|item| item.length(document));
    let short = table.take("short").map(|item| item.length(document));
    let hold = table.take("hold").map_or(Some(TimeDelta::zero()), |item| item.length(document));
    table.finish(document);
    let short = match short {
        Some(short) => Some(short?),
        None => None,
    };
    Some(Row { name: name?, severity: severity?, factor: factor?, long: long?, short, hold: hold? })
}

/// A fault of each key by itself: it is read in the place of its like in a policy that is known to be good.
fn of_json(name: &str, text: &str) -> Result<Policy, Faults> {
    let value: Value = serde_json::from_str(text).map_err(|error| syntax(name, &error))?;
    let row = json!({"name": "x", "severity": "page", "factor": 2, "long": 2, "short": 1, "hold": 0});
    let policy = json!({"name": "x", "period": 9_000_000_000_u64, "rows": [row]});
    let mut faults = Faults::default();
    check::<Policy>(name, "", &value, &policy, &["rows"], &mut faults);
    let rows = value.get("rows").and_then(Value::as_array).into_iter().flatten();
    for (index, given) in rows.enumerate() {
        check::<Row>(name, &format!("rows[{index}]"), given, &row, &[], &mut faults);
    }
    faults.or(())?;
    serde_json::from_str(text).map_err(|error| syntax(name, &error).into())
}

fn check<T: DeserializeOwned>(
    name: &str,
    path: &str,
    given: &Value,
    good: &Value,
    apart: &[&str],
    faults: &mut Faults,
) {
    let (Some(given), Some(good)) = (given.as_object(), good.as_object()) else {
        faults.push(Fault::of(name, "is not an object").at_path(path));
        return;
    };
    for (key, value) in given.iter().filter(|(key, _)| !apart.contains(&key.as_str())) {
        let mut one: Map<String, Value> = good.clone();
        one.insert(key.clone(), value.clone());
        if let Err(error) = serde_json::from_value::<T>(Value::Object(one)) {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            faults.push(Fault::of(name, error).at_path(path));
        }
    }
}

fn syntax(name: &str, error: &serde_json::Error) -> Fault {
    Fault::of(name, error).at_line(u64::try_from(error.line()).unwrap_or(0))
}
