//! Pages that go from step to step until somebody answers.
//!
//! One [`Escalation`] is the desk of one [`Policy`]: it holds every open page. The loop:
//!
//! 1. Make it with the policy and who is on call ([`OnCall`]).
//! 2. Give it what happens by [`Escalation::handle`], and do the [`Actions`] that come back, in order.
//! 3. Call it with [`Event::Tick`] at [`Escalation::next_deadline`].
//! 4. When somebody else is on call, by a handoff or a swap, say so by [`Event::OnCallChanged`]: pages that are being
//!    asked move along at once.
//!
//! It keeps to this:
//! - No page is lost: each is acknowledged and held, resolved, or said to be exhausted, in the end; and one that is
//!   exhausted starts again when something new happens to it or somebody new is on call.
//! - Nobody is left out: when a page is said to be exhausted, everybody was asked who is on call by then and whom a step
//!   would ask. Who comes on call behind the step that would have asked them makes the page start again in its stead.
//! - Who takes a lesser thing does not take a worse one unasked: a page that is held and rises to high or critical is
//!   put to who holds it again, for the time-out of the first step; without an answer it escalates from there. One that
//!   is snoozed and gets worse at all escalates at once. A storm that grows by something worse is such a page.
//! - Who is away holds nothing: they are asked for nothing, can neither take a page nor let it rest, and what they had
//!   escalates again.
//! - Who is paged and no longer asked is told so, and why ([`Withdrawal`]), but for those whom the page did not reach.
//! - Never two people are asked for one step, unless the step says so ([`Ask`]).
//! - A time-out fires once, and is dated when it is handled: an answer that comes in before the tick of a time-out
//!   that is due counts, and after a pause nobody is run through several steps at once.
//! - A step with nobody to ask is passed over at once, and said.
//!
//! ```
//! use chrono::{DateTime, TimeDelta, Utc};
//! use oncall_core::escalation::{Action, Escalation, Event, Key, OnCall, Policy, Severity, Step, Target, Trigger};
//! use oncall_core::{PersonId, Role};
//!
//! let step = |role| Step::new(vec![Target::Role(role)], TimeDelta::minutes(5));
//! let policy = Policy::new(vec![step(Role::Primary)?, step(Role::Secondary)?])?.repeated(1)?;
//! let (ada, bob) = (PersonId::new("ada")?, PersonId::new("bob")?);
//! let mut desk = Escalation::new(policy, OnCall::nobody().with(Role::Primary, ada).with(Role::Secondary, bob.clone()));
//!
//! let noon: DateTime<Utc> = "2026-03-02T12:00:00Z".parse().unwrap();
//! let full = Trigger { key: Key::new("disk full")?, group: None, severity: Severity::High };
//! let first = desk.handle(noon, Event::Triggered(full))?;
//! assert_eq!(first.as_slice()[0].to_string(), "page 1: notify ada (step 1, attempt 1)");
//!
//! let due = desk.next_deadline().unwrap();
//! assert_eq!(due, noon + TimeDelta::minutes(5));
//! let then = desk.handle(due, Event::Tick)?;
//! assert_eq!(then.as_slice()[0].to_string(), "page 1: withdraw from ada (no answer in time)");
//! assert_eq!(then.as_slice()[2].to_string(), "page 1: notify bob (step 2, attempt 2)");
//! # Ok::<(), oncall_core::Error>(())
//! ```

mod course;
mod deadlines;
mod event;
mod page;
mod pages;
mod policy;
mod quiet;
#[cfg(feature = "serde")]
mod restore;
mod storms;

pub use event::{Action, Actions, Event, Key, News, OnCall, Trigger, Withdrawal};
pub use page::{Page, PageId, Phase};
pub use policy::{Ask, Policy, Severity, Step, StormRule, Target};
pub use quiet::QuietHours;

use core::hash::{Hash, Hasher};
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use timeline_core::Span;

use crate::error::Error;
use crate::person::PersonId;
use page::Turn;
use pages::{Pages, Slot};
use storms::{Recent, Storms};

/// What came in, and what became of it, since the start. Two equations hold at any time:
/// `triggered = opened + repeated + grouped` and `opened = open pages + merged + resolved`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Tally {
    /// Events of the kind [`Event::Triggered`].
    pub triggered: u64,
    /// Pages opened.
    pub opened: u64,
    /// Events that joined an open page of their own key.
    pub repeated: u64,
    /// Events that joined the page of their storm.
    pub grouped: u64,
    /// Pages that became part of the page of their storm.
    pub merged: u64,
    /// Pages that are over.
    pub resolved: u64,
}

/// The desk of one policy, with every open page. See the [module](self) for how it is run.
///
/// Two are equal when they go on alike. Read back from serialised form it is checked, and goes on as if nothing had
/// been.
#[derive(Debug, Clone)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "restore::RawEscalation", into = "restore::RawEscalation")
)]
pub struct Escalation {
    policy: Policy,
    on_call: OnCall,
    // Whether the end of `on_call` was said.
    ended: bool,
    last: Option<DateTime<Utc>>,
    tally: Tally,
    pages: Pages,
    storms: Storms,
    // The stretch around the last instant in which it is, or is not, quiet: known from the policy alone.
    quiet: Option<(Span, bool)>,
}

impl Escalation {
    /// A desk without pages.
    #[must_use]
    pub fn new(policy: Policy, on_call: OnCall) -> Self {
        Self {
            policy,
            on_call,
            ended: false,
            last: None,
            tally: Tally::default(),
            pages: Pages::default(),
            storms: Storms::default(),
            quiet: None,
        }
    }

    /// Applies one event at `now` and returns what the caller must do, in order. Whatever is due by then is done after
    /// the event, so an answer wins over a time-out of the same instant.
    ///
    /// # Errors
    /// A refused event changes nothing: [`Error::ClockWentBack`] for one before the last; [`Error::NoOpenPage`];
    /// [`Error::NotHeld`]; [`Error::SnoozeOutOfRange`]; [`Error::Away`]; [`Error::Time`] where quiet hours meet the
    /// ends of time.
    pub fn handle(&mut self, now: DateTime<Utc>, event: Event) -> Result<Actions, Error> {
        let mut actions = Actions::new();
        self.handle_into(now, event, &mut actions)?;
        Ok(actions)
    }

    /// The same as [`handle`](Self::handle), adding to `actions`: without allocation where they have room.
    ///
    /// # Errors
    /// As [`handle`](Self::handle); then nothing is added.
    pub fn handle_into(&mut self, now: DateTime<Utc>, event: Event, actions: &mut Actions) -> Result<(), Error> {
        if let Some(last) = self.last
            && now < last
        {
            return Err(Error::ClockWentBack { last, now });
        }
        let quiet_until = self.quiet_until(now)?;
        let slot = self.checked(now, &event)?;
        self.last = Some(now);

        let Self { policy, on_call, pages, storms, tally, ended, .. } = self;
        if let Event::OnCallChanged(next) = event {
            (*on_call, *ended) = (next, false);
            let named: BTreeSet<_> = policy.steps().iter().flat_map(|step| on_call.resolve(step.targets())).collect();
            let mut turn = Turn { now, policy, on_call, quiet_until, out: actions };
            for id in pages.ids() {
                if let Some(slot) = pages.slot(id) {
                    pages.change(slot, |page| page.on_call_changed(&named, &mut turn));
                }
            }
        } else {
            let mut turn = Turn { now, policy, on_call, quiet_until, out: actions };
            Desk { pages, storms, tally }.apply(event, slot, &mut turn);
        }

        let mut turn = Turn { now, policy, on_call, quiet_until, out: actions };
        while let Some(slot) = pages.pop_due(now) {
            pages.change(slot, |page| page.time_out(&mut turn));
        }
        pages.tidy();
        if let Some(end) = on_call.ends().filter(|end| *end <= now && !*ended) {
            *ended = true;
            actions.0.push(Action::AskWhoIsOnCall { ended: end });
        }
        Ok(())
    }

    /// When `handle(_, Event::Tick)` is due next; `None` when only an outside event can move it on.
    #[must_use]
    pub fn next_deadline(&self) -> Option<DateTime<Utc>> {
        let handoff = self.on_call.ends().filter(|_| !self.ended);
        [self.pages.next_deadline(), handoff].into_iter().flatten().min()
    }

    /// How pages are brought to people.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Who is on call, as it was last said.
    #[must_use]
    pub const fn on_call(&self) -> &OnCall {
        &self.on_call
    }

    /// The instant of the last event.
    #[must_use]
    pub const fn last(&self) -> Option<DateTime<Utc>> {
        self.last
    }

    /// What came in, and what became of it.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// The open page of this number.
    #[must_use]
    pub fn page(&self, id: PageId) -> Option<&Page> {
        self.pages.get(self.pages.slot(id)?)
    }

    /// The open page of this key.
    #[must_use]
    pub fn page_of(&self, key: &Key) -> Option<&Page> {
        self.pages.get(self.pages.slot_of(key)?)
    }

    /// How many pages are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.pages.len()
    }

    /// Every open page, eldest first.
    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        self.pages.in_order()
    }

    /// The open page that an event is about; an error where it cannot be applied.
    fn checked(&self, now: DateTime<Utc>, event: &Event) -> Result<Option<Slot>, Error> {
        let page = match event {
            Event::Cleared { key } | Event::Triggered(Trigger { key, .. }) => return Ok(self.pages.slot_of(key)),
            Event::OnCallChanged(_) | Event::Tick => return Ok(None),
            Event::Acknowledged { page, .. }
            | Event::Unacknowledged { page, .. }
            | Event::Resolved { page, .. }
            | Event::Snoozed { page, .. }
            | Event::HandedOver { page, .. }
            | Event::DeliveryFailed { page, .. } => *page,
        };
        let Some(slot) = self.pages.slot(page) else {
            // A transport may be late with the news that a page, over by now, did not get through.
            let late = matches!(event, Event::DeliveryFailed { .. }) && page.number() <= self.tally.opened;
            return if late { Ok(None) } else { Err(Error::NoOpenPage { page }) };
        };
        match event {
            Event::Unacknowledged { .. } => {
                let phase = self.pages.get(slot).map(Page::phase);
                if !matches!(phase, Some(Phase::Acknowledged { .. } | Phase::Snoozed { .. })) {
                    return Err(Error::NotHeld { page });
                }
            }
            Event::Snoozed { by, until, .. } => {
                if self.on_call.is_away(by) {
                    return Err(Error::Away { person: by.clone() });
                }
                let latest = now.checked_add_signed(self.policy.longest_snooze()).unwrap_or(DateTime::<Utc>::MAX_UTC);
                if *until <= now || *until > latest {
                    return Err(Error::SnoozeOutOfRange { until: *until, now, latest });
                }
            }
            Event::HandedOver { to: person, .. } | Event::Acknowledged { by: person, .. }
                if self.on_call.is_away(person) =>
            {
                return Err(Error::Away { person: person.clone() });
            }
            _ => {}
        }
        Ok(Some(slot))
    }

    /// The end of the quiet hours of `now`, if it is quiet.
    fn quiet_until(&mut self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
        let Some(hours) = self.policy.quiet_hours() else { return Ok(None) };
        let (span, quiet) = match self.quiet {
            Some((span, quiet)) if span.contains(now) => (span, quiet),
            _ => *self.quiet.insert(hours.around(now)?),
        };
        Ok(quiet.then(|| span.end()))
    }
}

/// The parts of an [`Escalation`] that an event changes.
struct Desk<'a> {
    pages: &'a mut Pages,
    storms: &'a mut Storms,
    tally: &'a mut Tally,
}

impl Desk<'_> {
    fn apply(&mut self, event: Event, slot: Option<Slot>, turn: &mut Turn<'_>) {
        let Some(slot) = slot else {
            if let Event::Triggered(trigger) = event {
                self.triggered(trigger, turn);
            }
            return;
        };
        match event {
            Event::Acknowledged { by, .. } => {
                self.pages.change(slot, |page| page.acknowledge(by, turn));
            }
            Event::Unacknowledged { by, .. } => {
                self.pages.change(slot, |page| {
                    turn.out.tell(page.id(), News::Unacknowledged { by });
                    page.restart(turn);
                });
            }
            Event::Snoozed { by, until, .. } => {
                self.pages.change(slot, |page| page.snooze(by, until, turn));
            }
            Event::HandedOver { by, to, .. } => {
                self.pages.change(slot, |page| page.hand_over(by, &to, turn));
            }
            Event::DeliveryFailed { person, .. } => {
                self.pages.change(slot, |page| page.delivery_failed(&person, turn));
            }
            Event::Resolved { by, .. } => self.resolve(slot, Some(by), turn),
            Event::Cleared { key } => {
                let Some(page) = self.pages.get(slot) else { return };
                let (id, left) = (page.id(), page.keys().len().saturating_sub(1));
                if left == 0 {
                    self.resolve(slot, None, turn);
                } else {
                    self.pages.remove_key(slot, &key);
                    turn.out.tell(id, News::Shrank { key, members: count(left) });
                }
            }
            Event::Triggered(Trigger { severity, .. }) => {
                self.tally.triggered = self.tally.triggered.saturating_add(1);
                self.tally.repeated = self.tally.repeated.saturating_add(1);
                self.pages.change(slot, |page| page.joined(severity, turn));
            }
            Event::OnCallChanged(_) | Event::Tick => {}
        }
    }

    /// What no open page is about yet.
    fn triggered(&mut self, trigger: Trigger, turn: &mut Turn<'_>) {
        self.tally.triggered = self.tally.triggered.saturating_add(1);
        let rule = turn.policy.storm();
        let Some((rule, group)) = rule.zip(trigger.group.clone()) else {
            self.open(trigger, turn);
            return;
        };
        self.storms.forget(rule, turn.now);
        let standing = self.storms.storm(&group).and_then(|page| self.pages.slot(page));
        let storm = self.storms.count(&group) >= rule.more_than();
        let into = standing.or_else(|| if storm { self.merged(&group, turn) } else { None });
        let mut recent = Recent { at: turn.now, group: group.clone(), opened: None };
        if let Some(into) = into {
            self.storms.push(recent);
            self.grow(into, &trigger, turn);
        } else {
            let page = self.open(trigger, turn);
            recent.opened = Some(page);
            self.storms.push(recent);
            if storm {
                self.storms.begin(&group, page);
                turn.out.tell(page, News::Storm { merged: 0 });
            }
        }
    }

    fn open(&mut self, trigger: Trigger, turn: &mut Turn<'_>) -> PageId {
        self.tally.opened = self.tally.opened.saturating_add(1);
        let id = PageId::from_number(self.tally.opened);
        let slot = self.pages.insert(Page::new(id, trigger, turn.now));
        self.pages.change(slot, |page| page.restart(turn));
        id
    }

    /// One more member of the storm that the page stands for.
    fn grow(&mut self, into: Slot, trigger: &Trigger, turn: &mut Turn<'_>) {
        self.tally.grouped = self.tally.grouped.saturating_add(1);
        self.pages.add_key(into, &trigger.key);
        self.pages.change(into, |page| {
            turn.out.tell(page.id(), News::Grew { key: trigger.key.clone(), members: count(page.keys().len()) });
            page.joined(trigger.severity, turn);
        });
    }

    /// Makes one page of those that the group opened lately and nobody has; none where somebody has each.
    fn merged(&mut self, group: &Key, turn: &mut Turn<'_>) -> Option<Slot> {
        let mut free: Vec<_> = self
            .storms
            .opened(group)
            .filter_map(|id| {
                let rank = match self.pages.get(self.pages.slot(id)?)?.phase() {
                    Phase::Asking { .. } => 0,
                    Phase::Waiting { .. } => 1,
                    Phase::Exhausted { .. } => 2,
                    Phase::Acknowledged { .. } | Phase::Snoozed { .. } => return None,
                };
                Some((rank, id))
            })
            .collect();
        // The one that people are being asked for stays, and of those the eldest.
        free.sort_unstable();
        let (_, stays) = *free.first()?;
        let into = self.pages.slot(stays)?;
        self.storms.begin(group, stays);
        turn.out.tell(stays, News::Storm { merged: count(free.len().saturating_sub(1)) });
        for (_, id) in free.into_iter().skip(1) {
            let Some(mut page) = self.pages.slot(id).and_then(|slot| self.pages.remove(slot)) else { continue };
            self.tally.merged = self.tally.merged.saturating_add(1);
            page.withdraw(turn, |_| Some(Withdrawal::Grouped));
            turn.out.tell(id, News::Grouped { into: stays });
            for key in page.keys() {
                self.pages.add_key(into, key);
            }
            self.pages.change(into, |stays| stays.absorb(&page, turn));
        }
        Some(into)
    }

    fn resolve(&mut self, slot: Slot, by: Option<PersonId>, turn: &mut Turn<'_>) {
        self.tally.resolved = self.tally.resolved.saturating_add(1);
        self.pages.end(slot, |page| {
            page.withdraw(turn, |person| (Some(person) != by.as_ref()).then_some(Withdrawal::Resolved));
            let after = turn.now.signed_duration_since(page.opened());
            let acknowledged_after = page.first_acknowledged().map(|at| at.signed_duration_since(page.opened()));
            turn.out.tell(page.id(), News::Resolved { by, after, acknowledged_after });
        });
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl PartialEq for Escalation {
    fn eq(&self, other: &Self) -> bool {
        self.policy == other.policy
            && self.on_call == other.on_call
            && (self.ended, self.last, self.tally) == (other.ended, other.last, other.tally)
            && self.pages.in_order().eq(other.pages.in_order())
            && self.storms.recent().eq(other.storms.recent())
            && self.storms.storms() == other.storms.storms()
    }
}

impl Eq for Escalation {}

impl Hash for Escalation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.policy, &self.on_call, self.ended, self.last, self.tally).hash(state);
        self.pages.in_order().for_each(|page| page.hash(state));
        self.storms.recent().for_each(|recent| recent.hash(state));
        self.storms.storms().hash(state);
    }
}
