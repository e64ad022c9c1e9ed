//! One page: whom it asks, who has it, what it waits for.

use core::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use smallvec::SmallVec;

use super::event::{Actions, Key, OnCall, Trigger};
use super::policy::{Policy, Severity};
use crate::person::PersonId;

/// The number of a page, from 1, in the order in which its desk opened them; never used again. It tells the pages of one
/// desk apart, and not those of several.
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
        /// Whether who is asked is to take it over, or to say again that they have it, and no step brought it there.
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
    // INVARIANT: nobody twice; an answer is awaited from at least one while asking, and from nobody else. Nobody at all
    // while held or snoozed.
    pub(super) asked: SmallVec<[Asked; 1]>,
    pub(super) phase: Phase,
    pub(super) acknowledged: Option<DateTime<Utc>>,
}

/// A person who was asked since the page last started, and is named by its steps ever since.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Asked {
    pub(super) person: PersonId,
    pub(super) answer: Answer,
    /// Whether the current step asked, and not one before. Always so where the answer is awaited.
    pub(super) here: bool,
}

/// What came of asking a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub(super) enum Answer {
    /// It is still open.
    Awaited,
    /// None in time.
    Missing,
    /// The page did not reach them.
    Undelivered,
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
    pub(super) fn waits(&self, severity: Severity) -> Option<DateTime<Utc>> {
        let quiet = self.policy.quiet_hours()?;
        self.quiet_until.filter(|_| severity <= quiet.up_to())
    }

    pub(super) fn after(&self, length: TimeDelta) -> DateTime<Utc> {
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
        self.asked.iter().filter(|asked| asked.answer == Answer::Awaited).map(|asked| &asked.person)
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
}
