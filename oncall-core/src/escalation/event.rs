//! What happens to pages, and what the caller has to do about it.

use core::fmt;
use core::hash::{Hash, Hasher};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::DefaultHasher;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::page::PageId;
use super::policy::{Severity, Target};
use crate::error::Error;
use crate::person::{PersonId, Role, checked_name};

/// The name of what is wrong, or of a group of such: 1 to 200 characters without control characters. An event with a
/// key that has an open page joins that page. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct Key {
    name: Arc<str>,
    // INVARIANT: that of the name. A desk asks for it up to three times an event: it is worked out once, here.
    hash: u64,
}

impl Key {
    /// # Errors
    /// [`Error::BadName`] unless `name`, without the blanks around it, is 1 to 200 characters without control
    /// characters.
    pub fn new(name: &str) -> Result<Self, Error> {
        let name = checked_name("key", name)?;
        // SipHash, since keys come from outside: a faster hash of a fixed seed has collisions that anybody can write
        // down. Its keys are fixed, so that nothing depends on the process.
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        Ok(Self { name: Arc::from(name), hash: hasher.finish() })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// Takes the hash that a [`Key`] has as it is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.name).finish()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

impl TryFrom<String> for Key {
    type Error = Error;

    fn try_from(name: String) -> Result<Self, Error> {
        Self::new(&name)
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.as_str().to_owned()
    }
}

/// Who is on call now: what the caller reads from the schedule and hands in whenever it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields, default))]
pub struct OnCall {
    roles: BTreeMap<Role, Vec<PersonId>>,
    away: BTreeSet<PersonId>,
    until: Option<DateTime<Utc>>,
}

impl OnCall {
    /// Nobody.
    #[must_use]
    pub fn nobody() -> Self {
        Self::default()
    }

    /// One more person in this role, after those named before.
    #[must_use]
    pub fn with(mut self, role: Role, person: PersonId) -> Self {
        self.roles.entry(role).or_default().push(person);
        self
    }

    /// A person who left, or cannot be reached, in whatever role or step.
    #[must_use]
    pub fn without(mut self, person: PersonId) -> Self {
        self.away.insert(person);
        self
    }

    /// When this stops being true: the next handoff. The machine asks then for what holds next, unless it was told.
    #[must_use]
    pub const fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }

    /// Who has this role, without those away.
    pub fn who(&self, role: Role) -> impl Iterator<Item = &PersonId> {
        self.roles.get(&role).into_iter().flatten().filter(|person| !self.is_away(person))
    }

    /// Whether this person left, or cannot be reached.
    #[must_use]
    pub fn is_away(&self, person: &PersonId) -> bool {
        !self.away.is_empty() && self.away.contains(person)
    }

    /// Whether this person has a duty in any role, and is not away. Who looks on has none.
    #[must_use]
    pub fn has_duty(&self, person: &PersonId) -> bool {
        !self.is_away(person) && self.roles.iter().any(|(role, people)| role.is_duty() && people.contains(person))
    }

    /// When this stops being true, if that is known.
    #[must_use]
    pub const fn ends(&self) -> Option<DateTime<Utc>> {
        self.until
    }

    /// Whom `targets` are now, in order; a person of two targets comes twice.
    pub(crate) fn resolve<'a>(&'a self, targets: &'a [Target]) -> impl Iterator<Item = &'a PersonId> {
        targets.iter().flat_map(|target| {
            let (first, second, person) = match target {
                Target::Role(role) => (Some(*role), None, None),
                Target::Person(person) => (None, None, Some(person).filter(|person| !self.is_away(person))),
                Target::OnCall => (Some(Role::Primary), Some(Role::Secondary), None),
            };
            first.into_iter().chain(second).flat_map(|role| self.who(role)).chain(person)
        })
    }
}

/// Something is wrong, or still wrong.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Trigger {
    /// What.
    pub key: Key,
    /// What it belongs to: a storm of one group becomes one page.
    #[cfg_attr(feature = "serde", serde(default))]
    pub group: Option<Key>,
    /// How bad it is.
    pub severity: Severity,
}

/// What happened. Time comes beside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Event {
    /// Something is wrong: opens a page, or joins the one that is open for its key or its storm.
    Triggered(Trigger),
    /// A person takes a page, or says again that they have it. Whoever does so last holds it. Nobody who is away can.
    Acknowledged {
        /// The page.
        page: PageId,
        /// Who.
        by: PersonId,
    },
    /// A person gives a page back that they held: it escalates from the first step.
    Unacknowledged {
        /// The page.
        page: PageId,
        /// Who.
        by: PersonId,
    },
    /// A page is over, with all its members.
    Resolved {
        /// The page.
        page: PageId,
        /// Who said so.
        by: PersonId,
    },
    /// What the key names is no longer wrong. The page is over when it was its last member; nothing where none is open.
    Cleared {
        /// What.
        key: Key,
    },
    /// A person lets a page rest; then it escalates from the first step, or earlier when it gets worse or they leave.
    /// Nobody who is away can.
    Snoozed {
        /// The page.
        page: PageId,
        /// Who.
        by: PersonId,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A person gives a page to another, who is asked at once, whatever the hour, for the time-out of the first step;
    /// without an answer it escalates from there.
    HandedOver {
        /// The page.
        page: PageId,
        /// Who had it.
        by: PersonId,
        /// Who is to have it.
        to: PersonId,
    },
    /// A page did not reach a person. Nothing unless that person is being asked.
    DeliveryFailed {
        /// The page.
        page: PageId,
        /// Who was not reached.
        person: PersonId,
    },
    /// Who is on call is another matter from now on.
    OnCallChanged(OnCall),
    /// Nothing but time.
    Tick,
}

/// What the caller has to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Action {
    /// Page this person.
    Notify {
        /// The page.
        page: PageId,
        /// Whom.
        person: PersonId,
        /// By which step, from 0.
        step: u32,
        /// The how manieth time somebody is paged for this page, from 1.
        attempt: u32,
    },
    /// This person is no longer asked: stop paging them, and tell them why.
    Withdraw {
        /// The page.
        page: PageId,
        /// Whom.
        person: PersonId,
        /// Why.
        why: Withdrawal,
    },
    /// Let those who follow the page know.
    Tell {
        /// The page.
        page: PageId,
        /// What.
        news: News,
    },
    /// Find out who is on call and say so by [`Event::OnCallChanged`]: what was said has ended.
    AskWhoIsOnCall {
        /// When it ended.
        ended: DateTime<Utc>,
    },
}

/// Why a person is no longer asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Withdrawal {
    /// Somebody else has it.
    Acknowledged,
    /// It is over.
    Resolved,
    /// It rests.
    Snoozed,
    /// Somebody else is asked to take it over.
    HandedOver,
    /// Nobody answered in time: others are asked. An answer still counts.
    TimedOut,
    /// The person is no longer on call, or left.
    OffCall,
    /// The person is on call in another role now, which this step does not ask.
    OtherRole,
    /// It is part of another page now.
    Grouped,
}

/// What became of a page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum News {
    /// It waits for quiet hours to end, or for what is known of them now to end.
    Waiting {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A person has it.
    Acknowledged {
        /// Who.
        by: PersonId,
        /// Who had it before, if somebody else did.
        from: Option<PersonId>,
    },
    /// A person gave it back; it escalates again.
    Unacknowledged {
        /// Who.
        by: PersonId,
    },
    /// Nothing was heard of it since it was acknowledged; it escalates again.
    Stale {
        /// Who had it.
        by: PersonId,
    },
    /// Who had it, or let it rest, left; it escalates again.
    HolderLeft {
        /// Who had it.
        by: PersonId,
    },
    /// It got worse while a person had it: they are asked whether they still do, and hold it no longer until they
    /// answer.
    AskedAgain {
        /// Who had it.
        by: PersonId,
    },
    /// It rests.
    Snoozed {
        /// Who said so.
        by: PersonId,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Its rest is over; it escalates again.
    Woken,
    /// A person gave it to another.
    HandedOver {
        /// Who gave it.
        by: PersonId,
        /// Who is asked to take it.
        to: PersonId,
    },
    /// Who was asked to take it over, or asked again, did not say that they have it; it escalates again.
    NotTakenOver {
        /// Who was asked.
        to: PersonId,
    },
    /// Nobody answered in a step.
    TimedOut {
        /// Which, from 0.
        step: u32,
    },
    /// There was nobody, or nobody left, for a step to ask: it was passed over at once.
    Skipped {
        /// Which, from 0.
        step: u32,
    },
    /// The steps are gone through again.
    Repeated {
        /// For the how manieth time, from 1.
        repeat: u32,
    },
    /// Nobody answered, and nobody is left to ask: who is on call now, and would be asked by a step, was asked. It
    /// stays open, and starts again when something new happens to it or somebody new is on call.
    Exhausted {
        /// How many times somebody was paged for it.
        attempts: u32,
    },
    /// It starts again from the first step: something happened to what was exhausted, or somebody is on call whom no
    /// step has asked.
    Reopened,
    /// It got worse.
    Raised {
        /// From.
        from: Severity,
        /// To.
        to: Severity,
    },
    /// A storm: it stands for its group from now on.
    Storm {
        /// Pages that went into it.
        merged: u32,
    },
    /// It is part of another page now, and no page of its own any more.
    Grouped {
        /// Which.
        into: PageId,
    },
    /// A storm has one member more.
    Grew {
        /// The new member.
        key: Key,
        /// How many it has now.
        members: u32,
    },
    /// A storm has one member less.
    Shrank {
        /// What is no longer wrong.
        key: Key,
        /// How many it has now.
        members: u32,
    },
    /// It is over.
    Resolved {
        /// Who said so; nobody where what was wrong went by itself.
        by: Option<PersonId>,
        /// How long it was open.
        after: TimeDelta,
        /// How long until it was acknowledged for the first time, if it was.
        acknowledged_after: Option<TimeDelta>,
    },
}

/// What to do, in order. Nothing costs nothing; keep one and [`clear`](Self::clear) it to go without allocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actions(pub(crate) Vec<Action>);

impl Actions {
    /// Nothing to do yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// All of them, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Action] {
        &self.0
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets them, and keeps the room.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// All of them, in order.
    pub fn iter(&self) -> core::slice::Iter<'_, Action> {
        self.0.iter()
    }

    pub(crate) fn tell(&mut self, page: PageId, news: News) {
        self.0.push(Action::Tell { page, news });
    }
}

impl IntoIterator for Actions {
    type Item = Action;
    type IntoIter = std::vec::IntoIter<Action>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Actions {
    type Item = &'a Action;
    type IntoIter = core::slice::Iter<'a, Action>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notify { page, person, step, attempt } => {
                write!(f, "page {page}: notify {person} (step {}, attempt {attempt})", step.saturating_add(1))
            }
            Self::Withdraw { page, person, why } => write!(f, "page {page}: withdraw from {person} ({why})"),
            Self::Tell { page, news } => write!(f, "page {page}: {news}"),
            Self::AskWhoIsOnCall { ended } => write!(f, "ask who is on call: what was said ended at {ended}"),
        }
    }
}

impl fmt::Display for Withdrawal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Acknowledged => "acknowledged by another",
            Self::Resolved => "resolved",
            Self::Snoozed => "snoozed",
            Self::HandedOver => "handed over",
            Self::TimedOut => "no answer in time",
            Self::OffCall => "no longer on call",
            Self::OtherRole => "in another role now",
            Self::Grouped => "part of another page",
        })
    }
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = |length: &TimeDelta| format!("{} min {:02} s", length.num_minutes(), length.num_seconds() % 60);
        match self {
            Self::Waiting { until } => write!(f, "waits for quiet hours to end at {until}"),
            Self::Acknowledged { by, from: None } => write!(f, "acknowledged by {by}"),
            Self::Acknowledged { by, from: Some(from) } => write!(f, "acknowledged by {by}, who takes it from {from}"),
            Self::Unacknowledged { by } => write!(f, "given back by {by}"),
            Self::Stale { by } => write!(f, "acknowledged by {by} and not heard of since"),
            Self::HolderLeft { by } => write!(f, "{by}, who had it, left"),
            Self::AskedAgain { by } => write!(f, "{by}, who has it, is asked again"),
            Self::Snoozed { by, until } => write!(f, "snoozed by {by} until {until}"),
            Self::Woken => write!(f, "snoozed no longer"),
            Self::HandedOver { by, to } => write!(f, "handed over by {by} to {to}"),
            Self::NotTakenOver { to } => write!(f, "not taken over by {to}"),
            Self::TimedOut { step } => write!(f, "no answer in step {}", step.saturating_add(1)),
            Self::Skipped { step } => write!(f, "nobody to ask in step {}", step.saturating_add(1)),
            Self::Repeated { repeat } => write!(f, "repeated from the first step, time {repeat}"),
            Self::Exhausted { attempts: 0 } => write!(f, "exhausted: nobody could be paged"),
            Self::Exhausted { attempts } => write!(f, "exhausted: nobody answered {attempts} pages"),
            Self::Reopened => write!(f, "starts again"),
            Self::Raised { from, to } => write!(f, "raised from {from} to {to}"),
            Self::Storm { merged } => write!(f, "a storm, with {merged} other pages in it"),
            Self::Grouped { into } => write!(f, "part of page {into} from now on"),
            Self::Grew { key, members } => write!(f, "grew by `{key}` to {members} members"),
            Self::Shrank { key, members } => write!(f, "`{key}` is over, {members} members left"),
            Self::Resolved { by, after, acknowledged_after } => {
                write!(f, "resolved after {}", minutes(after))?;
                if let Some(by) = by {
                    write!(f, " by {by}")?;
                }
                match acknowledged_after {
                    Some(length) => write!(f, ", acknowledged after {}", minutes(length)),
                    None => write!(f, ", never acknowledged"),
                }
            }
        }
    }
}
