//! One page: whom it asks, who has it, what it waits for.

use core::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use smallvec::SmallVec;

use super::event::{Action, Actions, Key, News, OnCall, Trigger, Withdrawal};
use super::policy::{Ask, Policy, Severity};
use crate::person::PersonId;

/// The number of a page, from 1, in the order in which they were opened; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct PageId(u64);

impl PageId {
    /// The page of this number.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for PageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a page waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Phase {
    /// For somebody to answer.
    Asking {
        /// When the next is asked.
        until: DateTime<Utc>,
        /// Whether it was handed to who is asked, and not brought there by a step.
        handed_over: bool,
    },
    /// For quiet hours to end; nobody is asked.
    Waiting {
        /// When somebody is asked.
        until: DateTime<Utc>,
    },
    /// For whoever has it.
    Acknowledged {
        /// Who has it.
        by: PersonId,
        /// Since when.
        since: DateTime<Utc>,
        /// When that is stale, if ever.
        until: Option<DateTime<Utc>>,
    },
    /// For its rest to end.
    Snoozed {
        /// Who said so.
        by: PersonId,
        /// When it escalates again.
        until: DateTime<Utc>,
    },
    /// For anything new: nobody answered, which was said.
    Exhausted {
        /// Since when.
        since: DateTime<Utc>,
    },
}

/// An open page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Page {
    pub(super) id: PageId,
    // INVARIANT: at least one while the page is open.
    pub(super) keys: SmallVec<[Key; 1]>,
    pub(super) group: Option<Key>,
    pub(super) severity: Severity,
    pub(super) opened: DateTime<Utc>,
    pub(super) events: u64,
    pub(super) attempts: u32,
    // INVARIANT: a step of the policy, and at most its repeats.
    pub(super) step: u32,
    pub(super) round: u32,
    // INVARIANT: nobody twice, and nobody but while asking; then at least one is open.
    pub(super) asked: SmallVec<[Asked; 1]>,
    pub(super) phase: Phase,
    pub(super) acknowledged: Option<DateTime<Utc>>,
}

/// A person who was asked in the current step, and whether the answer is still open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Asked {
    pub(super) person: PersonId,
    pub(super) open: bool,
}

/// What a page needs to go on.
pub(super) struct Turn<'a> {
    pub(super) now: DateTime<Utc>,
    pub(super) policy: &'a Policy,
    pub(super) on_call: &'a OnCall,
    /// The end of the quiet hours of now.
    pub(super) quiet_until: Option<DateTime<Utc>>,
    pub(super) out: &'a mut Actions,
}

impl Turn<'_> {
    /// Until when a page of this severity waits.
    fn waits(&self, severity: Severity) -> Option<DateTime<Utc>> {
        let quiet = self.policy.quiet_hours()?;
        self.quiet_until.filter(|_| severity <= quiet.up_to())
    }

    fn after(&self, length: TimeDelta) -> DateTime<Utc> {
        self.now.checked_add_signed(length).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

impl Page {
    /// Which page.
    #[must_use]
    pub const fn id(&self) -> PageId {
        self.id
    }

    /// What is wrong: one key, or the members of a storm in the order in which they came.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The group of what opened it.
    #[must_use]
    pub const fn group(&self) -> Option<&Key> {
        self.group.as_ref()
    }

    /// The worst that was heard of it.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// Since when it is open.
    #[must_use]
    pub const fn opened(&self) -> DateTime<Utc> {
        self.opened
    }

    /// How many events came for it.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// How many times somebody was paged for it.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The step it is in, or goes on from, from 0.
    #[must_use]
    pub const fn step(&self) -> u32 {
        self.step
    }

    /// How often the steps were gone through before.
    #[must_use]
    pub const fn round(&self) -> u32 {
        self.round
    }

    /// What it waits for.
    #[must_use]
    pub const fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Who is being asked now.
    pub fn asked(&self) -> impl Iterator<Item = &PersonId> {
        self.asked.iter().filter(|asked| asked.open).map(|asked| &asked.person)
    }

    /// Who has it.
    #[must_use]
    pub const fn holder(&self) -> Option<&PersonId> {
        match &self.phase {
            Phase::Acknowledged { by, .. } => Some(by),
            _ => None,
        }
    }

    /// When somebody acknowledged it for the first time.
    #[must_use]
    pub const fn first_acknowledged(&self) -> Option<DateTime<Utc>> {
        self.acknowledged
    }

    /// When time alone moves it on.
    #[must_use]
    pub const fn deadline(&self) -> Option<DateTime<Utc>> {
        match &self.phase {
            Phase::Asking { until, .. } | Phase::Waiting { until } | Phase::Snoozed { until, .. } => Some(*until),
            Phase::Acknowledged { until, .. } => *until,
            Phase::Exhausted { .. } => None,
        }
    }

    /// A page that nobody was asked for yet.
    pub(super) fn new(id: PageId, trigger: Trigger, now: DateTime<Utc>) -> Self {
        let mut keys = SmallVec::new();
        keys.push(trigger.key);
        Self {
            id,
            keys,
            group: trigger.group,
            severity: trigger.severity,
            opened: now,
            events: 1,
            attempts: 0,
            step: 0,
            round: 0,
            asked: SmallVec::new(),
            phase: Phase::Exhausted { since: now },
            acknowledged: None,
        }
    }

    /// What `other` stood for is this one's; its keys are taken over by the caller.
    pub(super) fn absorb(&mut self, other: &Self, turn: &mut Turn<'_>) {
        self.opened = self.opened.min(other.opened);
        self.acknowledged = [self.acknowledged, other.acknowledged].into_iter().flatten().min();
        self.joined(other.severity, turn);
        self.events = self.events.saturating_sub(1).saturating_add(other.events);
    }

    /// From the first step of the first round.
    pub(super) fn restart(&mut self, turn: &mut Turn<'_>) {
        (self.round, self.step) = (0, 0);
        self.go(turn);
    }

    /// The deadline passed.
    pub(super) fn time_out(&mut self, turn: &mut Turn<'_>) {
        match &self.phase {
            Phase::Asking { handed_over: true, .. } => self.not_taken_over(turn),
            Phase::Asking { handed_over: false, .. } => {
                turn.out.tell(self.id, News::TimedOut { step: self.step });
                for asked in &mut self.asked {
                    asked.open = false;
                }
                let in_turn = self.policy_step(turn).is_some_and(|step| step.ask() == Ask::InTurn);
                if !in_turn || !self.ask_next(turn) {
                    self.next_step(turn);
                }
            }
            Phase::Waiting { .. } => self.go(turn),
            Phase::Acknowledged { by, .. } => {
                let by = by.clone();
                turn.out.tell(self.id, News::Stale { by });
                self.restart(turn);
            }
            Phase::Snoozed { .. } => {
                turn.out.tell(self.id, News::Woken);
                self.restart(turn);
            }
            Phase::Exhausted { .. } => {}
        }
    }

    /// One event more of what it stands for, or of a new member.
    pub(super) fn joined(&mut self, severity: Severity, turn: &mut Turn<'_>) {
        self.events = self.events.saturating_add(1);
        let from = self.severity;
        if severity > from {
            self.severity = severity;
            turn.out.tell(self.id, News::Raised { from, to: severity });
        }
        match self.phase {
            Phase::Exhausted { .. } => {
                turn.out.tell(self.id, News::Reopened);
                self.restart(turn);
            }
            // What was put to rest was a lesser thing.
            Phase::Snoozed { .. } if severity > from => {
                turn.out.tell(self.id, News::Woken);
                self.restart(turn);
            }
            Phase::Waiting { .. } if severity > from && turn.waits(severity).is_none() => self.go(turn),
            _ => {}
        }
    }

    pub(super) fn acknowledge(&mut self, by: PersonId, turn: &mut Turn<'_>) {
        let from = self.holder().filter(|holder| **holder != by).cloned();
        self.withdraw(Withdrawal::Acknowledged, turn, |person| *person == by);
        self.asked.clear();
        (self.round, self.step) = (0, 0);
        self.acknowledged = self.acknowledged.or(Some(turn.now));
        turn.out.tell(self.id, News::Acknowledged { by: by.clone(), from });
        let until = turn.policy.acknowledgement().map(|length| turn.after(length));
        self.phase = Phase::Acknowledged { by, since: turn.now, until };
    }

    pub(super) fn snooze(&mut self, by: PersonId, until: DateTime<Utc>, turn: &mut Turn<'_>) {
        self.withdraw(Withdrawal::Snoozed, turn, |person| *person == by);
        self.asked.clear();
        (self.round, self.step) = (0, 0);
        turn.out.tell(self.id, News::Snoozed { by: by.clone(), until });
        self.phase = Phase::Snoozed { by, until };
    }

    pub(super) fn hand_over(&mut self, by: PersonId, to: &PersonId, turn: &mut Turn<'_>) {
        self.withdraw(Withdrawal::HandedOver, turn, |person| *person == by);
        self.asked.clear();
        (self.round, self.step) = (0, 0);
        turn.out.tell(self.id, News::HandedOver { by, to: to.clone() });
        self.notify(to, turn);
        let length = self.policy_step(turn).map_or(TimeDelta::zero(), super::policy::Step::timeout);
        self.phase = Phase::Asking { until: turn.after(length), handed_over: true };
    }

    pub(super) fn delivery_failed(&mut self, person: &PersonId, turn: &mut Turn<'_>) {
        let Some(asked) = self.asked.iter_mut().find(|asked| asked.open && asked.person == *person) else { return };
        asked.open = false;
        match self.phase {
            Phase::Asking { handed_over: true, .. } => self.not_taken_over(turn),
            _ if self.asked().next().is_none() => self.ask_another(turn),
            _ => {}
        }
    }

    /// Others are on call; `newcomers` says whether somebody is whom no step asked before.
    pub(super) fn on_call_changed(&mut self, newcomers: bool, turn: &mut Turn<'_>) {
        match &self.phase {
            Phase::Asking { handed_over: true, .. } => {
                let left = self.asked().find(|person| turn.on_call.is_away(person)).cloned();
                if let Some(person) = left {
                    let why = Withdrawal::OffCall;
                    turn.out.0.push(Action::Withdraw { page: self.id, person, why });
                    self.not_taken_over(turn);
                }
            }
            Phase::Asking { until, .. } => {
                let until = *until;
                let Some(step) = self.policy_step(turn) else { return };
                let on_call = turn.on_call;
                self.withdraw(Withdrawal::OffCall, turn, |person| {
                    on_call.resolve(step.targets()).any(|there| there == person)
                });
                if self.asked().next().is_none() {
                    self.ask_another(turn);
                } else if step.ask() == Ask::Together && turn.waits(self.severity).is_none() {
                    // Who comes on call is asked with the others, who are not given longer for it.
                    self.ask(turn);
                    self.phase = Phase::Asking { until, handed_over: false };
                }
            }
            Phase::Acknowledged { by, .. } if turn.on_call.is_away(by) => {
                let by = by.clone();
                turn.out.tell(self.id, News::HolderLeft { by });
                self.restart(turn);
            }
            Phase::Exhausted { .. } if newcomers => {
                turn.out.tell(self.id, News::Reopened);
                self.restart(turn);
            }
            _ => {}
        }
    }

    /// Nobody is asked any more, for the reason given, but those who are to stay.
    pub(super) fn withdraw(&mut self, why: Withdrawal, turn: &mut Turn<'_>, stays: impl Fn(&PersonId) -> bool) {
        let page = self.id;
        self.asked.retain(|asked| {
            let ends = asked.open && !stays(&asked.person);
            if ends {
                turn.out.0.push(Action::Withdraw { page, person: asked.person.clone(), why });
            }
            !ends
        });
    }

    fn not_taken_over(&mut self, turn: &mut Turn<'_>) {
        // It was asked of one person alone.
        if let Some(asked) = self.asked.pop() {
            turn.out.tell(self.id, News::NotTakenOver { to: asked.person });
        }
        self.restart(turn);
    }

    /// Asks the step it is in, or the first after it that has somebody to ask.
    fn go(&mut self, turn: &mut Turn<'_>) {
        for _ in turn.policy.steps() {
            self.asked.clear();
            if self.ask_next(turn) {
                return;
            }
            turn.out.tell(self.id, News::Skipped { step: self.step });
            if !self.advance(turn) {
                break;
            }
        }
        // Every step in a row has nobody: to go round again would find nobody either.
        self.exhaust(turn);
    }

    /// Asks another of the step it is in, or goes on at once.
    fn ask_another(&mut self, turn: &mut Turn<'_>) {
        if !self.ask_next(turn) {
            turn.out.tell(self.id, News::Skipped { step: self.step });
            self.next_step(turn);
        }
    }

    fn next_step(&mut self, turn: &mut Turn<'_>) {
        if self.advance(turn) {
            self.go(turn);
        } else {
            self.exhaust(turn);
        }
    }

    fn advance(&mut self, turn: &mut Turn<'_>) -> bool {
        let next = self.step.saturating_add(1);
        if usize::try_from(next).is_ok_and(|next| next < turn.policy.steps().len()) {
            self.step = next;
            return true;
        }
        if self.round >= turn.policy.repeats() {
            return false;
        }
        self.round = self.round.saturating_add(1);
        self.step = 0;
        turn.out.tell(self.id, News::Repeated { repeat: self.round });
        true
    }

    fn exhaust(&mut self, turn: &mut Turn<'_>) {
        self.asked.clear();
        (self.round, self.step) = (0, 0);
        turn.out.tell(self.id, News::Exhausted { attempts: self.attempts });
        self.phase = Phase::Exhausted { since: turn.now };
    }

    /// Asks who is next in this step, unless it is quiet; whether there is anything to wait for.
    fn ask_next(&mut self, turn: &mut Turn<'_>) -> bool {
        if let Some(until) = turn.waits(self.severity) {
            self.asked.clear();
            turn.out.tell(self.id, News::Waiting { until });
            self.phase = Phase::Waiting { until };
            return true;
        }
        self.ask(turn)
    }

    fn ask(&mut self, turn: &mut Turn<'_>) -> bool {
        let Some(step) = self.policy_step(turn) else { return false };
        let on_call = turn.on_call;
        let before = self.asked.len();
        for person in on_call.resolve(step.targets()) {
            if self.asked.iter().any(|asked| asked.person == *person) {
                continue;
            }
            self.notify(person, turn);
            if step.ask() != Ask::Together {
                break;
            }
        }
        if self.asked.len() == before {
            return false;
        }
        self.phase = Phase::Asking { until: turn.after(step.timeout()), handed_over: false };
        true
    }

    fn notify(&mut self, person: &PersonId, turn: &mut Turn<'_>) {
        self.attempts = self.attempts.saturating_add(1);
        let person = person.clone();
        self.asked.push(Asked { person: person.clone(), open: true });
        turn.out.0.push(Action::Notify { page: self.id, person, step: self.step, attempt: self.attempts });
    }

    fn policy_step<'a>(&self, turn: &Turn<'a>) -> Option<&'a super::policy::Step> {
        turn.policy.steps().get(usize::try_from(self.step).ok()?)
    }
}
