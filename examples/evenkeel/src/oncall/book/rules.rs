//! The rules of the rota: the usual ones, less those of `without_rules`, with those of `[[rules]]`.

use oncall_core::Hours;
use oncall_core::rules::{NamedRule, Rule, RuleSet, Strength};
use timeline_core::Tz;

use crate::book::document::{Document, Item, Table};

pub(super) fn read(root: &mut Table<'_, '_>, zone: Tz, hours: Hours, document: &mut Document) -> Option<RuleSet> {
    let before = document.faults.count();
    let mut rules = RuleSet::default().rules().to_vec();
    let without = root.take("without_rules").map(|item| item.items(document)).unwrap_or_default();
    for item in &without {
        let Some(name) = item.text(document) else { continue };
        if !rules.iter().any(|rule| rule.name == name) {
            let names: Vec<_> = rules.iter().map(|rule| format!("`{}`", rule.name)).collect();
            let message = format!("`{name}` is none of the usual rules: {}", names.join(", "));
            item.check(Err::<(), _>(message), document);
        }
        rules.retain(|rule| rule.name != name);
    }
    let mut set = RuleSet::new(zone, hours, rules).ok()?;
    let own = root.take("rules").map(|item| item.items(document)).unwrap_or_default();
    for item in &own {
        let Some(rule) = rule(item, document) else { continue };
        // One at a time, so that a fault is where it is made.
        match set.clone().with(rule) {
            Ok(more) => set = more,
            Err(oncall_core::Error::Several { faults }) => {
                for (_, fault) in faults {
                    item.check(Err::<(), _>(fault), document);
                }
            }
            Err(fault) => {
                item.check(Err::<(), _>(fault), document);
            }
        }
    }
    (document.faults.count() == before).then_some(set)
}

/// `name`, `rule` (a word, or a word with its numbers), and `soft`, its weight, where it is not hard.
fn rule(item: &Item<'_, '_>, document: &mut Document) -> Option<NamedRule> {
    let mut table = item.table(document)?;
    let name = table.need("name", document).and_then(|item| item.text(document));
    let rule =
        table.need("rule", document).and_then(|item| item.check(serde_json::from_value::<Rule>(item.json()), document));
    let strength = match table.take("soft") {
        None => Some(Strength::Hard),
        Some(item) => item.whole(1, 1_000_000, document).map(|weight| Strength::Soft { weight }),
    };
    table.finish(document);
    Some(NamedRule { name: name?, rule: rule?, strength: strength? })
}
