//! The open pages: by number, by key, by deadline.

use core::hash::{BuildHasherDefault, Hasher};
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::deadlines::{Deadlines, Due};
use super::event::{Key, KeyHasher};
use super::page::{Page, PageId, Phase};

/// Where a page is kept. Reused when it is over, so that a page that comes and goes takes no new room.
pub(super) type Slot = usize;

#[derive(Debug, Clone, Default)]
pub(super) struct Pages {
    slots: Vec<Option<Page>>,
    free: Vec<Slot>,
    by_id: HashMap<PageId, Slot, BuildHasherDefault<NumberHasher>>,
    by_key: HashMap<Key, Slot, BuildHasherDefault<KeyHasher>>,
    // INVARIANT: holds the deadline of every page; what holds no more is passed over, and never on top.
    due: Deadlines,
    // Whether what is on top may hold no more.
    stale: bool,
}

impl Pages {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn slot(&self, id: PageId) -> Option<Slot> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn slot_of(&self, key: &Key) -> Option<Slot> {
        self.by_key.get(key).copied()
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&Page> {
        self.slots.get(slot)?.as_ref()
    }

    /// The numbers of all, in order.
    pub(super) fn ids(&self) -> Vec<PageId> {
        let mut ids: Vec<_> = self.by_id.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// All, in the order of their numbers.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &Page> {
        self.ids().into_iter().filter_map(|id| self.get(self.slot(id)?))
    }

    /// Takes a page in, with its keys, which no other has.
    pub(super) fn insert(&mut self, page: Page) -> Slot {
        let slot = self.free.pop().unwrap_or(self.slots.len());
        self.by_id.insert(page.id(), slot);
        for key in page.keys() {
            self.by_key.insert(key.clone(), slot);
        }
        note(&mut self.due, &page, slot);
        match self.slots.get_mut(slot) {
            Some(place) => *place = Some(page),
            None => self.slots.push(Some(page)),
        }
        slot
    }

    /// Takes a page out, with its keys.
    pub(super) fn remove(&mut self, slot: Slot) -> Option<Page> {
        // For storms alone, which are rare.
        let page = self.slots.get(slot)?.clone()?;
        self.end(slot, |_| {});
        Some(page)
    }

    /// Ends a page where it lies: a page is large to move.
    pub(super) fn end(&mut self, slot: Slot, how: impl FnOnce(&mut Page)) {
        let Some(Some(page)) = self.slots.get_mut(slot) else { return };
        how(page);
        self.by_id.remove(&page.id());
        for key in page.keys() {
            self.by_key.remove(key);
        }
        self.stale |= self.due.first().is_some_and(|due| due.slot == slot);
        self.free.push(slot);
        if let Some(place) = self.slots.get_mut(slot) {
            *place = None;
        }
    }

    /// Changes a page, and notes its deadline where that is another one then.
    pub(super) fn change<T>(&mut self, slot: Slot, how: impl FnOnce(&mut Page) -> T) -> Option<T> {
        let page = self.slots.get_mut(slot)?.as_mut()?;
        let before = page.deadline();
        let done = how(page);
        if page.deadline() != before {
            self.stale |= self.due.first().is_some_and(|due| due.slot == slot);
            note(&mut self.due, page, slot);
        }
        Some(done)
    }

    /// A key more for a page.
    pub(super) fn add_key(&mut self, slot: Slot, key: &Key) {
        if let Some(Some(page)) = self.slots.get_mut(slot) {
            page.keys.push(key.clone());
            self.by_key.insert(key.clone(), slot);
        }
    }

    /// A key less for a page.
    pub(super) fn remove_key(&mut self, slot: Slot, key: &Key) {
        if let Some(Some(page)) = self.slots.get_mut(slot) {
            page.keys.retain(|known| known != key);
            self.by_key.remove(key);
        }
    }

    pub(super) fn next_deadline(&self) -> Option<DateTime<Utc>> {
        self.due.first().map(|due| due.at)
    }

    /// The page whose deadline is the first, if it has come by `now`; each deadline once.
    pub(super) fn pop_due(&mut self, now: DateTime<Utc>) -> Option<Slot> {
        while let Some(due) = self.due.first().copied().filter(|due| due.at <= now) {
            self.due.pop();
            self.stale = true;
            if live(&self.slots, &due) {
                return Some(due.slot);
            }
        }
        None
    }

    /// Drops deadlines that hold no more from the top, and all of them when they are the most.
    pub(super) fn tidy(&mut self) {
        if self.due.len() > self.by_id.len().saturating_mul(2).saturating_add(64) {
            self.due.compact(|due| live(&self.slots, due));
        }
        if self.stale {
            self.stale = false;
            while self.due.first().is_some_and(|due| !live(&self.slots, due)) {
                self.due.pop();
            }
        }
    }
}

fn live(slots: &[Option<Page>], due: &Due) -> bool {
    matches!(slots.get(due.slot), Some(Some(page)) if page.id() == due.page && page.deadline() == Some(due.at))
}

fn note(deadlines: &mut Deadlines, page: &Page, slot: Slot) {
    if let Some(at) = page.deadline() {
        // How long a page rests is anybody's guess; the rest comes from the policy.
        deadlines.push(Due { at, page: page.id(), slot }, matches!(page.phase(), Phase::Snoozed { .. }));
    }
}

/// Spreads numbers given out in a row; they are ours, so nobody picks them to collide.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0.rotate_left(8) ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The odd number nearest to 2^64 over the golden ratio (Knuth, 6.4).
        self.0 = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(26);
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::{Escalation, Event, OnCall, PageId, Policy, Severity, Step, Target, Trigger};
    use super::*;
    use crate::person::{PersonId, Role};

    #[test]
    fn a_page_that_comes_back_to_the_same_deadlines_takes_no_more_room() {
        let ada = PersonId::new("ada").unwrap();
        let step = Step::new(vec![Target::Role(Role::Primary)], TimeDelta::minutes(5)).unwrap();
        let mut desk =
            Escalation::new(Policy::new(vec![step]).unwrap(), OnCall::nobody().with(Role::Primary, ada.clone()));
        let now = DateTime::UNIX_EPOCH;
        let trigger = Trigger { key: Key::new("disk").unwrap(), group: None, severity: Severity::High };
        desk.handle(now, Event::Triggered(trigger)).unwrap();
        for turn in 0..1_000 {
            let until = now + TimeDelta::hours(1 + turn % 2);
            desk.handle(now, Event::Snoozed { page: PageId::from_number(1), by: ada.clone(), until }).unwrap();
            assert_eq!(desk.next_deadline(), Some(until));
            assert!(desk.pages.due.len() <= 66, "{} deadlines of one page", desk.pages.due.len());
        }
    }
}
