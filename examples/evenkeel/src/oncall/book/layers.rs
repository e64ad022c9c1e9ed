//! The file of the layers: rotations and sites that take turns, under the published plan or instead of it.

use oncall_core::schedule::{Layer, Temporary};

use crate::book::document::{Document, Table};

/// Who serves by turns.
#[derive(Debug, Clone, Default)]
pub(super) struct Layers {
    /// The later over the earlier.
    pub(super) layers: Vec<Layer>,
    /// Over all layers, for a while.
    pub(super) temporary: Vec<Temporary>,
}

/// Reads `[[layers]]` and `[[temporary]]`, each as the library writes it.
pub(super) fn read(root: &mut Table<'_, '_>, document: &mut Document) -> Option<Layers> {
    let before = document.faults.count();
    let mut read = Layers::default();
    let (layers, temporary) = (root.need("layers", document), root.take("temporary"));
    for item in layers.map(|item| item.items(document)).unwrap_or_default() {
        read.layers.extend(item.check(serde_json::from_value::<Layer>(item.json()), document));
    }
    for item in temporary.map(|item| item.items(document)).unwrap_or_default() {
        read.temporary.extend(item.check(serde_json::from_value::<Temporary>(item.json()), document));
    }
    (document.faults.count() == before).then_some(read)
}
