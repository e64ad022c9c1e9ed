//! Any JSON is read as every stored value of on-call burden and load or refused; what is read is written and read again
//! as an equal value, its carries sum to zero, and its measures hold no NaN.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use oncall_core::burden::{Accounts, Carries, Decay, Ledger, Presence, Served, Weights};
use oncall_core::load::{Limits, Page, PayRules};
use oncall_core::{Person, PersonId, Team};
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|text: &str| {
    let _ = (restored::<Weights>(text), restored::<Decay>(text), restored::<Presence>(text));
    let _ = (restored::<Carries>(text), restored::<Limits>(text));
    if let Some(pages) = restored::<Vec<Page>>(text) {
        for page in pages {
            assert!(page.acknowledged().is_none_or(|t| t >= page.at()) && page.resolved().is_none_or(|t| t >= page.at()));
        }
    }
    if let Some(served) = restored::<Served>(text) {
        let rules = PayRules { weekday_hour: 10, page: 5, ..PayRules::default() };
        let _ = rules.owed(PersonId::new("ada").expect("a name"), &served);
    }
    if let Some(rules) = restored::<PayRules>(text) {
        let _ = rules.owed(PersonId::new("ada").expect("a name"), &Served::default());
    }
    if let Some(ledger) = restored::<Ledger>(text) {
        closed(&ledger);
        let _ = ledger.clone().merge(&ledger);
    }
    if let Some(accounts) = restored::<Accounts>(text) {
        held(&accounts);
    }
});

fn closed(ledger: &Ledger) {
    let people = ledger.served().keys().map(|id| Person::new(id.clone())).collect();
    let Ok(team) = Team::new(people) else { return };
    if let Ok(accounts) = ledger.close(&team, &Carries::new(), &Weights::default(), Decay::HALF) {
        held(&accounts);
    }
}

fn held(accounts: &Accounts) {
    if accounts.mean().is_some() {
        assert_eq!(accounts.carries().iter().map(|(_, points)| i128::from(points.get())).sum::<i128>(), 0);
    }
    let Ok(fairness) = accounts.fairness(None) else { return };
    let _ = fairness.to_string();
    let measures = fairness.by_category.iter().map(|(_, measure)| measure).chain([&fairness.overall]);
    for evenness in measures.filter_map(|measure| measure.actual.as_ref().ok()) {
        for index in [&evenness.jain, &evenness.gini].into_iter().flatten() {
            assert!((0.0..=1.0).contains(index));
        }
    }
}

/// What the text reads as; it must come back equal.
fn restored<T: DeserializeOwned + Serialize + PartialEq + Debug>(text: &str) -> Option<T> {
    let value: T = serde_json::from_str(text).ok()?;
    let written = serde_json::to_string(&value).expect("a value that was read can be written");
    assert_eq!(serde_json::from_str::<T>(&written).expect("what was written can be read"), value);
    Some(value)
}
