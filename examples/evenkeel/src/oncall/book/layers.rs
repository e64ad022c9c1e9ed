//! The file of the layers: rotations and sites that take turns, under the published plan or instead of it.

use oncall_core::schedule::{Layer, Temporary};
use serde_json::Value;
use timeline_core::{Span, Tz, parse_zone};

use super::moment::{Moment, stretch};
use crate::book::document::{Document, Item, Table};

/// Who serves by turns.
#[derive(Debug, Clone, Default)]
pub(super) struct Layers {
    /// The later over the earlier.
    pub(super) layers: Vec<Layer>,
    /// Over all layers, for a while.
    pub(super) temporary: Vec<Temporary>,
}

/// Reads `[[layers]]` and `[[temporary]]`, each as the library writes it, with times by the clocks of `zone`, or of the
/// rotation that they belong to.
pub(super) fn read(root: &mut Table<'_, '_>, zone: Tz, document: &mut Document) -> Option<Layers> {
    let before = document.faults.count();
    let mut read = Layers::default();
    // A published plan has a schedule beneath it already: then a temporary one may stand alone.
    let temporary = root.take("temporary");
    let layers = if temporary.is_some() { root.take("layers") } else { root.need("layers", document) };
    for item in layers.map(|item| item.items(document)).unwrap_or_default() {
        let layer = written(&item, zone, document);
        read.layers.extend(layer.and_then(|layer| item.check(serde_json::from_value::<Layer>(layer), document)));
    }
    for item in temporary.map(|item| item.items(document)).unwrap_or_default() {
        let temporary = during(&item, zone, document);
        let check = |json| item.check(serde_json::from_value::<Temporary>(json), document);
        read.temporary.extend(temporary.and_then(check));
    }
    (document.faults.count() == before).then_some(read)
}

/// A temporary schedule, whose span may be written as every other stretch of the book is.
fn during(item: &Item<'_, '_>, zone: Tz, document: &mut Document) -> Option<Value> {
    let Value::Object(mut json) = item.json() else {
        item.table(document);
        return None;
    };
    if !json.contains_key("span") {
        let span: Span = stretch(&mut item.table(document)?, zone, document)?;
        for key in ["first", "last", "from", "until"] {
            json.remove(key);
        }
        json.insert("span".to_owned(), serde_json::to_value(span).ok()?);
    }
    let mut json = Value::Object(json);
    item.check(instants(&mut json, zone), document)?;
    Some(json)
}

fn written(item: &Item<'_, '_>, zone: Tz, document: &mut Document) -> Option<Value> {
    let mut json = item.json();
    item.check(instants(&mut json, zone), document)?;
    Some(json)
}

/// Makes instants of the local times that stand where the library wants instants: `from` and `until`, and both ends of
/// a `span`. The `start` of a rotation is a local time and stays one.
fn instants(value: &mut Value, zone: Tz) -> Result<(), String> {
    let zone = zone_of(value).unwrap_or(zone);
    let instant = |value: &mut Value| -> Result<(), String> {
        if let Some(text) = value.as_str() {
            *value = Moment::parse(text)?.instant(zone)?.to_rfc3339().into();
        }
        Ok(())
    };
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match key.as_str() {
                    "from" | "until" => instant(value)?,
                    "span" => {
                        for end in ["start", "end"] {
                            value.get_mut(end).map_or(Ok(()), instant)?;
                        }
                    }
                    _ => instants(value, zone)?,
                }
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| instants(item, zone)),
        _ => Ok(()),
    }
}

/// The zone that a table names; one that is none is a fault elsewhere.
fn zone_of(value: &Value) -> Option<Tz> {
    parse_zone(value.get("zone")?.as_str()?).ok()
}
