//! The serialised form of an escalation, and what is checked when it is read back.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::event::{Key, OnCall};
use super::page::{Answer, Asked, Page, PageId, Phase};
use super::pages::Pages;
use super::policy::{Ask, Policy, Step};
use super::quiet::QuietHours;
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
        if desk.policy.storm().is_none() && (tally.grouped > 0 || tally.merged > 0) {
            return Err(refused("tally", "has pages of storms, and the policy has none"));
        }
        if desk.last.is_none() && tally != Tally::default() {
            return Err(refused("last", "is null, and something came in"));
        }
        let over = desk.on_call.ends().is_some_and(|end| desk.last.is_some_and(|last| end <= last));
        if desk.ended != over {
            return Err(refused("ended", "does not say whether who is on call had ended by the last event"));
        }
        Ok(desk)
    }
}

fn checked_pages(raw: Vec<Page>, desk: &Escalation) -> Result<Pages, Error> {
    let mut pages = Pages::default();
    let mut before = 0;
    for (place, page) in raw.into_iter().enumerate() {
        let number = page.id().number();
        let fault = |(field, fault): (&str, &str)| Error::NoSuchState {
            fault: format!("pages[{place}].{field}: page {number} {fault}"),
        };
        if number <= before || number > desk.tally.opened {
            return Err(fault(("id", "is not after the one before, or was never opened")));
        }
        before = number;
        for (at, key) in page.keys().iter().enumerate() {
            if pages.slot_of(key).is_some() || page.keys().iter().skip(at.saturating_add(1)).any(|other| other == key) {
                return Err(fault(("keys", "has a key that is there twice")));
            }
        }
        page_fault(&page, desk).map_or(Ok(()), |what| Err(fault(what)))?;
        pages.insert(page);
    }
    pages.tidy();
    Ok(pages)
}

type PageFault = (&'static str, &'static str);

/// What is wrong with one page beside its policy: the field, and what.
fn page_fault(page: &Page, desk: &Escalation) -> Option<PageFault> {
    let Some(last) = desk.last else { return Some(("opened", "is open before the first event")) };
    let step = usize::try_from(page.step).ok().and_then(|step| desk.policy.steps().get(step));
    let Some(step) = step else { return Some(("step", "is in no step of the policy")) };
    let members = u64::try_from(page.keys.len()).unwrap_or(u64::MAX);
    let at_start = (page.round, page.step) == (0, 0);
    let faults = [
        (page.round > desk.policy.repeats(), ("round", "is in no round of the policy")),
        (page.keys.is_empty(), ("keys", "has no key")),
        (
            page.keys.len() > 1 && (page.group.is_none() || desk.policy.storm().is_none()),
            ("keys", "has members of a storm, without a group or a policy with storms"),
        ),
        (page.events < members, ("events", "has more keys than events")),
        (page.opened > last, ("opened", "was opened after the last event")),
        (
            page.acknowledged.is_some_and(|at| at < page.opened || last < at),
            ("acknowledged", "was acknowledged before it was opened, or after the last event"),
        ),
        (
            page.deadline().is_some_and(|deadline| deadline <= last),
            ("phase.until", "has a time-out that was due before the last event"),
        ),
        (
            !at_start && !matches!(page.phase, Phase::Asking { handed_over: false, .. } | Phase::Waiting { .. }),
            ("step", "is beyond the first step, where nothing goes on from"),
        ),
    ];
    let found = faults.into_iter().find_map(|(found, fault)| found.then_some(fault));
    found.or_else(|| phase_fault(page, desk, last, step)).or_else(|| asked_fault(page, desk, step))
}

/// Whether the phase can be by the policy, at the instant of the last event.
fn phase_fault(page: &Page, desk: &Escalation, last: DateTime<Utc>, step: &Step) -> Option<PageFault> {
    let after =
        |from: DateTime<Utc>, length: TimeDelta| from.checked_add_signed(length).unwrap_or(DateTime::<Utc>::MAX_UTC);
    match &page.phase {
        Phase::Asking { until, .. } => (*until > after(last, step.timeout()))
            .then_some(("phase.asking.until", "waits for an answer for longer than its step")),
        Phase::Waiting { until } => {
            if desk.policy.quiet_hours().is_none_or(|quiet| page.severity > quiet.up_to()) {
                return Some(("phase.waiting", "waits for quiet hours, which its severity does not have"));
            }
            // Which hours exactly is for the time zone database to say, which may be a newer one by now.
            (*until > after(last, QuietHours::LONGEST))
                .then_some(("phase.waiting.until", "waits for longer than quiet hours last"))
        }
        Phase::Acknowledged { since, until, .. } => {
            if *since < page.opened || *since > last {
                return Some((
                    "phase.acknowledged.since",
                    "is held since before it was opened, or after the last event",
                ));
            }
            if page.acknowledged.is_none_or(|first| first > *since) {
                return Some(("acknowledged", "is held, and was not acknowledged by then"));
            }
            let expected = desk.policy.acknowledgement().map(|length| after(*since, length));
            (*until != expected)
                .then_some(("phase.acknowledged.until", "is held for another time than the policy gives"))
        }
        Phase::Snoozed { until, .. } => (*until > after(last, desk.policy.longest_snooze()))
            .then_some(("phase.snoozed.until", "is snoozed for longer than the policy lets it")),
        Phase::Exhausted { since } => (*since < page.opened || *since > last)
            .then_some(("phase.exhausted.since", "is exhausted since before it was opened, or after the last event")),
    }
}

/// Whether these people can have been asked.
fn asked_fault(page: &Page, desk: &Escalation, step: &Step) -> Option<PageFault> {
    let people: BTreeSet<_> = page.asked.iter().map(|asked| &asked.person).collect();
    let open = page.asked().count();
    let asking = matches!(page.phase, Phase::Asking { .. });
    let handed_over = matches!(page.phase, Phase::Asking { handed_over: true, .. });
    let held = matches!(page.phase, Phase::Acknowledged { .. } | Phase::Snoozed { .. });
    let exhausted = matches!(page.phase, Phase::Exhausted { .. });
    let there: BTreeSet<_> = desk.on_call.resolve(step.targets()).collect();
    let named: BTreeSet<_> = desk.policy.steps().iter().flat_map(|step| desk.on_call.resolve(step.targets())).collect();
    let elsewhere = |asked: &Asked| asked.answer == Answer::Awaited && !asked.here;
    let left = |asked: &Asked| asked.answer != Answer::Awaited && !named.contains(&asked.person);
    let faults = [
        (people.len() != page.asked.len(), "asks somebody twice"),
        (asking && open == 0, "asks nobody"),
        ((!asking && open > 0) || (held && !page.asked.is_empty()), "asks somebody while it is not asking"),
        (page.asked.iter().any(elsewhere), "awaits the answer to another step"),
        (page.asked.iter().any(left), "asked somebody whom no step names now"),
        (exhausted && page.asked.iter().any(|asked| asked.here), "is in a step while it is exhausted"),
        (exhausted && page.is_to_ask(&desk.policy, &desk.on_call), "is exhausted, and somebody is left to ask"),
        (open > 1 && (step.ask() != Ask::Together || handed_over), "asks two people where one is asked"),
        (handed_over && page.asked.len() > 1, "was handed over to two people"),
        (handed_over && page.asked().any(|person| desk.on_call.is_away(person)), "was handed over to somebody away"),
        (!handed_over && page.asked().any(|person| !there.contains(person)), "asks somebody whom its step does not"),
    ];
    let attempts = usize::try_from(page.attempts).unwrap_or(usize::MAX);
    let found = faults.into_iter().find_map(|(found, fault)| found.then_some(("asked", fault)));
    found.or_else(|| (attempts < page.asked.len()).then_some(("attempts", "was brought to more people than attempts")))
}

fn checked_storms(recent: Vec<Recent>, standing: Vec<(Key, PageId)>, desk: &Escalation) -> Result<Storms, Error> {
    let mut storms = Storms::default();
    let rule = desk.policy.storm();
    let mut before: Option<DateTime<Utc>> = None;
    let mut opened_before = 0;
    // Pages are of one group, open or over.
    let mut groups: BTreeMap<PageId, Key> = BTreeMap::new();
    for (place, recent) in recent.into_iter().enumerate() {
        let fault = |field: &str, what: &str| Err(refused(&format!("recent[{place}]{field}"), what));
        if rule.is_none() {
            return fault("", "is kept for storms, and the policy has none");
        }
        if Some(recent.at) < before || Some(recent.at) > desk.last {
            return fault(".at", "is out of the order of time");
        }
        if let Some(page) = recent.opened {
            if page.number() <= opened_before || page.number() > desk.tally.opened {
                return fault(".opened", "is not after the page before, or never was");
            }
            if of_another_group(page, &recent.group, desk) {
                return fault(".opened", "is a page of another group");
            }
            if desk.page(page).is_some_and(|page| page.opened() > recent.at) {
                return fault(".opened", "is a page that was opened later");
            }
            opened_before = page.number();
            groups.insert(page, recent.group.clone());
        }
        before = Some(recent.at);
        storms.push(recent);
    }
    for (place, (group, page)) in standing.into_iter().enumerate() {
        let fault = |what: &str| Err(refused(&format!("storms[{place}]"), what));
        if page.number() == 0 || page.number() > desk.tally.opened {
            return fault("has a page that never was");
        }
        if of_another_group(page, &group, desk) || *groups.entry(page).or_insert_with(|| group.clone()) != group {
            return fault("has a page of another group");
        }
        if storms.storm(&group).is_some() || !storms.begin(&group, page) {
            return fault("is there twice, or of a group of which nothing came");
        }
    }
    if let Some(rule) = rule
        && let Some(group) = storms
            .recent()
            .map(|recent| &recent.group)
            .find(|group| storms.count(group) > rule.more_than() && storms.storm(group).is_none())
    {
        return Err(refused("storms", &format!("has none of group `{group}`, of which more came than are no storm")));
    }
    Ok(storms)
}

/// Whether the page is open and of another group, or of none.
fn of_another_group(page: PageId, group: &Key, desk: &Escalation) -> bool {
    desk.page(page).is_some_and(|page| page.group() != Some(group))
}

fn refused(place: &str, fault: &str) -> Error {
    Error::NoSuchState { fault: format!("{place}: {fault}") }
}
