//! What the next person must know, as data and as a text of 80 columns.
//!
//! A [`Handoff`] says who hands to whom and when, which pages are open and who has them, what is silenced and until
//! when, which changes are due, and what came in the last week by service and outcome. Each list has the most urgent
//! first, at most [`Handoff::MOST`] entries, and says how many were left out. A list that was never given is said to be
//! missing: "no silences were given" is not "nothing is silenced".
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use oncall_core::handoff::{Handoff, Silence};
//! use oncall_core::{PersonId, Role};
//!
//! let nine: DateTime<Utc> = "2026-03-09T09:00:00Z".parse()?;
//! let handoff = Handoff::new(Role::Primary, nine)
//!     .from(PersonId::new("ada")?)
//!     .to(PersonId::new("bob")?)
//!     .with_silences(vec![Silence::new("disk of build-7")?])
//!     .with_note("The new database is slow on Mondays.")?;
//! let text = handoff.to_string();
//! assert!(text.contains("Silenced: 1\n  disk of build-7, without an end\n"));
//! assert!(text.contains("Changes due: not given\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod past;
mod text;

use core::cmp::Reverse;

use chrono::{DateTime, Utc};
use timeline_core::Span;

use crate::error::Error;
use crate::escalation::{self, Escalation, Key, PageId, Phase, Severity};
use crate::person::{PersonId, Role, checked_name};

pub use past::{PastPages, ServicePages};

/// Entries, the most urgent first, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Listed<T> {
    /// At most [`Handoff::MOST`].
    pub entries: Vec<T>,
    /// How many more there are, less urgent than these.
    pub left_out: u64,
}

impl<T> Listed<T> {
    /// In the order of `urgency`, the smallest first.
    fn by<K: Ord>(mut entries: Vec<T>, left_out: u64, urgency: impl Fn(&T) -> K) -> Self {
        entries.sort_by_cached_key(urgency);
        let more = count(entries.len().saturating_sub(Handoff::MOST));
        entries.truncate(Handoff::MOST);
        Self { entries, left_out: left_out.saturating_add(more) }
    }

    /// How many there are, with those left out.
    #[must_use]
    pub fn total(&self) -> u64 {
        count(self.entries.len()).saturating_add(self.left_out)
    }
}

/// A page that is open, as an entry of a handoff.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct OpenPage {
    /// The desk whose page it is, where that has a name: its number is one of that desk.
    #[cfg_attr(feature = "serde", serde(default))]
    pub desk: Option<Key>,
    /// Which.
    pub page: PageId,
    /// What opened it.
    pub key: Key,
    /// How many other members it has, of a storm.
    pub others: u64,
    /// The worst that was heard of it.
    pub severity: Severity,
    /// Since when it is open.
    pub opened: DateTime<Utc>,
    /// How many events came for it.
    pub events: u64,
    /// What it waits for, and who has it.
    pub phase: Phase,
    /// Who is being asked.
    pub asked: Vec<PersonId>,
}

impl OpenPage {
    fn of(desk: Option<&Key>, page: &escalation::Page) -> Option<Self> {
        Some(Self {
            desk: desk.cloned(),
            page: page.id(),
            key: page.keys().first()?.clone(),
            others: count(page.keys().len().saturating_sub(1)),
            severity: page.severity(),
            opened: page.opened(),
            events: page.events(),
            phase: page.phase().clone(),
            asked: page.asked().cloned().collect(),
        })
    }

    /// What nobody has comes first, then what is worst, then what is eldest.
    fn urgency(&self) -> (u8, Reverse<Severity>, DateTime<Utc>, PageId) {
        let rank = match self.phase {
            Phase::Exhausted { .. } => 0,
            Phase::Asking { .. } => 1,
            Phase::Waiting { .. } => 2,
            Phase::Snoozed { .. } => 3,
            Phase::Acknowledged { .. } => 4,
        };
        (rank, Reverse(self.severity), self.opened, self.page)
    }
}

/// An alert that is kept from paging.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Silence {
    #[cfg_attr(feature = "serde", serde(deserialize_with = "named"))]
    what: String,
    #[cfg_attr(feature = "serde", serde(default))]
    until: Option<DateTime<Utc>>,
    #[cfg_attr(feature = "serde", serde(default))]
    by: Option<PersonId>,
}

impl Silence {
    /// A silence without an end.
    ///
    /// # Errors
    /// [`Error::BadName`] unless `what` is 1 to 200 characters without control characters.
    pub fn new(what: &str) -> Result<Self, Error> {
        Ok(Self { what: checked_name("silence", what)?.to_owned(), until: None, by: None })
    }

    /// The same, with this end.
    #[must_use]
    pub fn until(self, until: DateTime<Utc>) -> Self {
        Self { until: Some(until), ..self }
    }

    /// The same, by this person.
    #[must_use]
    pub fn by(self, person: PersonId) -> Self {
        Self { by: Some(person), ..self }
    }

    /// What is silenced.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// When it ends, if ever.
    #[must_use]
    pub const fn end(&self) -> Option<DateTime<Utc>> {
        self.until
    }

    /// Who silenced it, if that is known.
    #[must_use]
    pub const fn person(&self) -> Option<&PersonId> {
        self.by.as_ref()
    }
}

/// A change that is due.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct DueChange {
    #[cfg_attr(feature = "serde", serde(deserialize_with = "named"))]
    what: String,
    when: Span,
    #[cfg_attr(feature = "serde", serde(default))]
    by: Option<PersonId>,
}

impl DueChange {
    /// A change that is made in `when`.
    ///
    /// # Errors
    /// [`Error::BadName`] unless `what` is 1 to 200 characters without control characters.
    pub fn new(what: &str, when: Span) -> Result<Self, Error> {
        Ok(Self { what: checked_name("change", what)?.to_owned(), when, by: None })
    }

    /// The same, by this person.
    #[must_use]
    pub fn by(self, person: PersonId) -> Self {
        Self { by: Some(person), ..self }
    }

    /// What is changed.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// When.
    #[must_use]
    pub const fn when(&self) -> Span {
        self.when
    }

    /// Who makes it, if that is known.
    #[must_use]
    pub const fn person(&self) -> Option<&PersonId> {
        self.by.as_ref()
    }
}

/// What one person hands to the next. [`Handoff::new`] gives one in which nothing is said but when and as what; the
/// other methods say more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawHandoff", into = "RawHandoff")
)]
pub struct Handoff {
    role: Role,
    at: DateTime<Utc>,
    from: Option<PersonId>,
    to: Option<PersonId>,
    // INVARIANT: the lists are in the order of urgency and at most MOST long; none was given where there is none.
    open: Option<Listed<OpenPage>>,
    silences: Option<Listed<Silence>>,
    changes: Option<Listed<DueChange>>,
    past: Option<PastPages>,
    // INVARIANT: no control characters but line feeds.
    notes: Vec<String>,
}

impl Handoff {
    /// The most entries of a list.
    pub const MOST: usize = 50;
    /// The most characters of a note.
    pub const LONGEST_NOTE: usize = 2_000;

    /// A handoff of this role at this instant.
    #[must_use]
    pub const fn new(role: Role, at: DateTime<Utc>) -> Self {
        Self {
            role,
            at,
            from: None,
            to: None,
            open: None,
            silences: None,
            changes: None,
            past: None,
            notes: Vec::new(),
        }
    }

    /// Who hands over. Nobody where the role was not filled.
    #[must_use]
    pub fn from(self, person: PersonId) -> Self {
        Self { from: Some(person), ..self }
    }

    /// Who takes over. Nobody where the role is not filled from now on, which is said.
    #[must_use]
    pub fn to(self, person: PersonId) -> Self {
        Self { to: Some(person), ..self }
    }

    /// All open pages of this desk, where there is one alone. Of several, [`with_open_pages_of`](Self::with_open_pages_of)
    /// tells the pages apart.
    #[must_use]
    pub fn with_open_pages(self, desk: &Escalation) -> Self {
        self.with_pages(None, desk)
    }

    /// All open pages of the desk of this name. Call it once a desk: each numbers its pages from 1.
    #[must_use]
    pub fn with_open_pages_of(self, name: &Key, desk: &Escalation) -> Self {
        self.with_pages(Some(name), desk)
    }

    fn with_pages(mut self, name: Option<&Key>, desk: &Escalation) -> Self {
        let (mut all, left_out) = self.open.take().map_or((Vec::new(), 0), |open| (open.entries, open.left_out));
        all.extend(desk.pages().filter_map(|page| OpenPage::of(name, page)));
        self.open = Some(Listed::by(all, left_out, OpenPage::urgency));
        self
    }

    /// All silences, those without an end first, then by their end. Those that have ended at the handoff are dropped.
    #[must_use]
    pub fn with_silences(self, silences: Vec<Silence>) -> Self {
        self.with_silences_of(Listed { entries: silences, left_out: 0 })
    }

    fn with_silences_of(mut self, mut silences: Listed<Silence>) -> Self {
        silences.entries.retain(|silence| silence.until.is_none_or(|until| until > self.at));
        let urgency = |silence: &Silence| (silence.until, silence.what.clone());
        self.silences = Some(Listed::by(silences.entries, silences.left_out, urgency));
        self
    }

    /// All changes, by their begin. Those that have ended at the handoff are dropped.
    #[must_use]
    pub fn with_changes(self, changes: Vec<DueChange>) -> Self {
        self.with_changes_of(Listed { entries: changes, left_out: 0 })
    }

    fn with_changes_of(mut self, mut changes: Listed<DueChange>) -> Self {
        changes.entries.retain(|change| change.when.end() > self.at);
        let urgency = |change: &DueChange| (change.when.start(), change.when.end(), change.what.clone());
        self.changes = Some(Listed::by(changes.entries, changes.left_out, urgency));
        self
    }

    /// The pages of the stretch before, by service and outcome.
    #[must_use]
    pub fn with_past_pages(mut self, past: PastPages) -> Self {
        self.past = Some(past);
        self
    }

    /// One more note.
    ///
    /// # Errors
    /// [`Error::BadNote`] unless it is 1 to 2,000 characters, without control characters but line feeds.
    pub fn with_note(mut self, note: &str) -> Result<Self, Error> {
        self.notes.push(checked_note(note)?);
        Ok(self)
    }

    /// As what.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// When.
    #[must_use]
    pub const fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Who hands over, if somebody does.
    #[must_use]
    pub const fn giver(&self) -> Option<&PersonId> {
        self.from.as_ref()
    }

    /// Who takes over, if somebody does.
    #[must_use]
    pub const fn taker(&self) -> Option<&PersonId> {
        self.to.as_ref()
    }

    /// The open pages; `None` where they were not given.
    #[must_use]
    pub const fn open_pages(&self) -> Option<&Listed<OpenPage>> {
        self.open.as_ref()
    }

    /// What is silenced; `None` where it was not given.
    #[must_use]
    pub const fn silences(&self) -> Option<&Listed<Silence>> {
        self.silences.as_ref()
    }

    /// The changes due; `None` where they were not given.
    #[must_use]
    pub const fn changes(&self) -> Option<&Listed<DueChange>> {
        self.changes.as_ref()
    }

    /// The pages of the stretch before; `None` where they were not given.
    #[must_use]
    pub const fn past_pages(&self) -> Option<&PastPages> {
        self.past.as_ref()
    }

    /// The notes, in the order given.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

fn checked_note(note: &str) -> Result<String, Error> {
    let trimmed = note.trim();
    let length = trimmed.chars().count();
    let control = |char: char| char.is_control() && char != '\n';
    if !(1..=Handoff::LONGEST_NOTE).contains(&length) || trimmed.chars().any(control) {
        return Err(Error::BadNote { given: note.to_owned(), most: Handoff::LONGEST_NOTE });
    }
    Ok(trimmed.to_owned())
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(feature = "serde")]
fn named<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let given = <String as serde::Deserialize>::deserialize(deserializer)?;
    checked_name("entry", &given).map(str::to_owned).map_err(serde::de::Error::custom)
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHandoff {
    role: Role,
    at: DateTime<Utc>,
    from: Option<PersonId>,
    to: Option<PersonId>,
    open_pages: Option<Listed<OpenPage>>,
    silences: Option<Listed<Silence>>,
    changes: Option<Listed<DueChange>>,
    past_pages: Option<PastPages>,
    notes: Vec<String>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawHandoff> for Handoff {
    type Error = Error;

    /// In order, bounded, and without what was over, as the other methods make it; every fault with its place.
    fn try_from(raw: RawHandoff) -> Result<Self, Error> {
        let mut made = Self { from: raw.from, to: raw.to, past: raw.past_pages, ..Self::new(raw.role, raw.at) };
        let mut faults = Vec::new();
        let mut whole = |place: &str, entries: usize, left_out: u64| {
            faults.extend(whole(entries, left_out).err().map(|fault| (place.to_owned(), fault)));
        };
        made.open = raw.open_pages.map(|list| {
            whole("open_pages", list.entries.len(), list.left_out);
            Listed::by(list.entries, list.left_out, OpenPage::urgency)
        });
        if let Some(list) = raw.silences {
            whole("silences", list.entries.len(), list.left_out);
            made = made.with_silences_of(list);
        }
        if let Some(list) = raw.changes {
            whole("changes", list.entries.len(), list.left_out);
            made = made.with_changes_of(list);
        }
        for (place, note) in raw.notes.iter().enumerate() {
            match checked_note(note) {
                Ok(note) => made.notes.push(note),
                Err(fault) => faults.push((format!("notes[{place}]"), fault)),
            }
        }
        if faults.is_empty() { Ok(made) } else { Err(Error::Several { faults }) }
    }
}

/// Only a full list leaves something out.
#[cfg(feature = "serde")]
fn whole(entries: usize, left_out: u64) -> Result<(), Error> {
    if left_out > 0 && entries < Handoff::MOST {
        return Err(Error::LeftOut { left_out, entries, most: Handoff::MOST });
    }
    Ok(())
}

#[cfg(feature = "serde")]
impl From<Handoff> for RawHandoff {
    fn from(handoff: Handoff) -> Self {
        Self {
            role: handoff.role,
            at: handoff.at,
            from: handoff.from,
            to: handoff.to,
            open_pages: handoff.open,
            silences: handoff.silences,
            changes: handoff.changes,
            past_pages: handoff.past,
            notes: handoff.notes,
        }
    }
}
