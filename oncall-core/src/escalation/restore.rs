//! The serialised form of an escalation, and what is checked when it is read back.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::event::{Key, OnCall};
use super::page::{Page, PageId, Phase};
use super::pages::Pages;
use super::policy::Policy;
use super::storms::{Recent, Storms};
use super::{Escalation, Tally};
use crate::error::Error;

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEscalation {
    policy: Policy,
    on_call: OnCall,
    ended: bool,
    last: Option<DateTime<Utc>>,
    tally: Tally,
    pages: Vec<Page>,
    recent: Vec<Recent>,
    storms: Vec<(Key, PageId)>,
}

impl From<Escalation> for RawEscalation {
    fn from(desk: Escalation) -> Self {
        Self {
            pages: desk.pages.in_order().cloned().collect(),
            recent: desk.storms.recent().cloned().collect(),
            storms: desk.storms.storms().into_iter().map(|(group, page)| (group.clone(), page)).collect(),
            policy: desk.policy,
            on_call: desk.on_call,
            ended: desk.ended,
            last: desk.last,
            tally: desk.tally,
        }
    }
}

impl TryFrom<RawEscalation> for Escalation {
    type Error = Error;

    fn try_from(raw: RawEscalation) -> Result<Self, Error> {
        let mut desk = Self::new(raw.policy, raw.on_call);
        desk.ended = raw.ended;
        desk.last = raw.last;
        desk.tally = raw.tally;
        desk.pages = checked_pages(raw.pages, &desk)?;
        desk.storms = checked_storms(raw.recent, raw.storms, &desk)?;
        let tally = desk.tally;
        let sum = |parts: &[u64]| parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(*part));
        let open = u64::try_from(desk.open()).unwrap_or(u64::MAX);
        if Some(tally.triggered) != sum(&[tally.opened, tally.repeated, tally.grouped])
            || Some(tally.opened) != sum(&[open, tally.merged, tally.resolved])
        {
            return Err(refused("tally", "does not add up"));
        }
        Ok(desk)
    }
}

fn checked_pages(raw: Vec<Page>, desk: &Escalation) -> Result<Pages, Error> {
    let mut pages = Pages::default();
    let mut before = 0;
    for (place, page) in raw.into_iter().enumerate() {
        let fault = |fault| refused(&format!("pages[{place}]"), fault);
        let number = page.id().number();
        if number <= before || number > desk.tally.opened {
            return Err(fault("the number is not after the one before, or was never given"));
        }
        before = number;
        if page.keys().is_empty() {
            return Err(fault("has no key"));
        }
        for (at, key) in page.keys().iter().enumerate() {
            if pages.slot_of(key).is_some() || page.keys().iter().skip(at.saturating_add(1)).any(|other| other == key) {
                return Err(fault("a key is there twice"));
            }
        }
        page_fault(&page, desk).map_or(Ok(()), |what| Err(fault(what)))?;
        pages.insert(page);
    }
    pages.tidy();
    Ok(pages)
}

/// What is wrong with one page beside its policy.
fn page_fault(page: &Page, desk: &Escalation) -> Option<&'static str> {
    let Some(last) = desk.last else { return Some("is open before the first event") };
    let step = usize::try_from(page.step).ok().and_then(|step| desk.policy.steps().get(step));
    if step.is_none() || page.round > desk.policy.repeats() {
        return Some("is in no step of the policy");
    }
    let people: BTreeSet<_> = page.asked.iter().map(|asked| &asked.person).collect();
    let open = page.asked().count();
    let asking = matches!(page.phase, Phase::Asking { .. });
    if people.len() != page.asked.len() || (asking && open == 0) || (!asking && !page.asked.is_empty()) {
        return Some("asks somebody twice, nobody, or somebody while it is not asking");
    }
    let together = step.is_some_and(|step| step.ask() == super::Ask::Together);
    if open > 1 && (!together || matches!(page.phase, Phase::Asking { handed_over: true, .. })) {
        return Some("asks two people of a step that asks one");
    }
    if page.deadline().is_some_and(|deadline| deadline <= last) {
        return Some("has a time-out that was due before the last event");
    }
    let since = match &page.phase {
        Phase::Acknowledged { since, .. } | Phase::Exhausted { since } => Some(*since),
        _ => None,
    };
    if [Some(page.opened), since, page.acknowledged].into_iter().flatten().any(|at| at > last) {
        return Some("has a past that lies after the last event");
    }
    None
}

fn checked_storms(recent: Vec<Recent>, standing: Vec<(Key, PageId)>, desk: &Escalation) -> Result<Storms, Error> {
    let mut storms = Storms::default();
    let mut before = None;
    for (place, recent) in recent.into_iter().enumerate() {
        if Some(recent.at) < before || Some(recent.at) > desk.last || desk.policy.storm().is_none() {
            return Err(refused(&format!("recent[{place}]"), "is out of the order of time"));
        }
        if recent.opened.is_some_and(|page| page.number() == 0 || page.number() > desk.tally.opened) {
            return Err(refused(&format!("recent[{place}]"), "opened a page that never was"));
        }
        if recent.opened.is_some_and(|page| of_another_group(page, &recent.group, desk)) {
            return Err(refused(&format!("recent[{place}]"), "opened a page of another group"));
        }
        before = Some(recent.at);
        storms.push(recent);
    }
    for (place, (group, page)) in standing.into_iter().enumerate() {
        if page.number() == 0 || page.number() > desk.tally.opened {
            return Err(refused(&format!("storms[{place}]"), "has a page that never was"));
        }
        if of_another_group(page, &group, desk) {
            return Err(refused(&format!("storms[{place}]"), "has a page of another group"));
        }
        if storms.storm(&group).is_some() || !storms.begin(&group, page) {
            return Err(refused(&format!("storms[{place}]"), "is there twice, or of a group of which nothing came"));
        }
    }
    Ok(storms)
}

/// Whether the page is open and of another group, or of none.
fn of_another_group(page: PageId, group: &Key, desk: &Escalation) -> bool {
    desk.page(page).is_some_and(|page| page.group() != Some(group))
}

fn refused(place: &str, fault: &str) -> Error {
    Error::NoSuchState { fault: format!("{place} {fault}") }
}
