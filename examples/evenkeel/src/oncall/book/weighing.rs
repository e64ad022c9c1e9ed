//! What weighs how much, when it is night, and how much is remembered: `[weights]`, `[hours]` and `decay` of the rota.

use oncall_core::Hours;
use oncall_core::burden::{Category, Decay, Weights};

use crate::book::document::{Document, Table};

/// How burden is counted.
#[derive(Debug, Clone)]
pub struct Weighing {
    /// What weighs how much.
    pub weights: Weights,
    /// When it is night and weekend.
    pub hours: Hours,
    /// How much is carried over to the next period.
    pub decay: Decay,
}

pub(super) fn read(root: &mut Table<'_, '_>, document: &mut Document) -> Option<Weighing> {
    let weights = root.take("weights").and_then(|item| item.table(document));
    let weights = weights.map_or(Some(Weights::default()), |table| weights_of(table, document));
    let hours = root.take("hours").and_then(|item| item.table(document));
    let hours = hours.map_or(Some(Hours::default()), |mut table| {
        let (night, weekend) = (table.text("night", document), table.text("weekend", document));
        let (path, span) = (table.path().to_owned(), table.span());
        table.finish(document);
        let night = night.unwrap_or_else(|| "Mon-Sun 22:00-07:00".to_owned());
        let weekend = weekend.unwrap_or_else(|| "Sat,Sun 00:00-24:00".to_owned());
        Hours::new(&night, &weekend).map_err(|error| document.fault(&path, span, error)).ok()
    });
    let decay = match root.take("decay") {
        None => Some(Decay::HALF),
        Some(item) => {
            let percent = item.whole(0, u32::MAX, document);
            percent.and_then(|percent| item.check(Decay::from_percent(percent), document))
        }
    };
    Some(Weighing { weights: weights?, hours: hours?, decay: decay? })
}

fn weights_of(mut table: Table<'_, '_>, document: &mut Document) -> Option<Weights> {
    const KEYS: [(&str, Category); 6] = [
        ("weekday", Category::Weekday),
        ("night", Category::Night),
        ("weekend", Category::Weekend),
        ("holiday", Category::Holiday),
        ("page", Category::Pages),
        ("interrupted_night", Category::Sleep),
    ];
    let mut weights = Some(Weights::default());
    for (key, category) in KEYS {
        let Some(item) = table.take(key) else { continue };
        let read = item.whole(0, u32::MAX, document);
        weights = weights.zip(read).and_then(|(known, weight)| item.check(known.with(category, weight), document));
    }
    if let Some(item) = table.take("secondary") {
        let read = item.whole(0, u32::MAX, document);
        weights = weights.zip(read).and_then(|(known, percent)| item.check(known.with_secondary(percent), document));
    }
    if let Some(item) = table.take("shadow") {
        let read = item.whole(0, u32::MAX, document);
        weights = weights.zip(read).and_then(|(known, percent)| item.check(known.with_shadow(percent), document));
    }
    table.finish(document);
    weights
}
