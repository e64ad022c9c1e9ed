//! The open pages: by number, by key, by deadline.

use core::cmp::Reverse;
use core::hash::{BuildHasherDefault, Hasher};
use std::collections::{BinaryHeap, HashMap};
use std::hash::DefaultHasher;

use chrono::{DateTime, Utc};

use super::event::Key;
use super::page::{Page, PageId};

/// Where a page is kept. Reused when it is over, so that a page that comes and goes takes no new room.
pub(super) type Slot = usize;

#[derive(Debug, Clone, Default)]
pub(super) struct Pages {
    slots: Vec<Option<Page>>,
    free: Vec<Slot>,
    by_id: HashMap<PageId, Slot, BuildHasherDefault<NumberHasher>>,
    // Fixed keys: nothing here depends on the process.
    by_key: HashMap<Key, Slot, BuildHasherDefault<DefaultHasher>>,
    // INVARIANT: holds the deadline of every page; what holds no more is passed over, and never on top.
    due: BinaryHeap<Reverse<(DateTime<Utc>, PageId)>>,
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
        if let Some(at) = page.deadline() {
            self.due.push(Reverse((at, page.id())));
        }
        match self.slots.get_mut(slot) {
            Some(place) => *place = Some(page),
            None => self.slots.push(Some(page)),
        }
        slot
    }

    /// Takes a page out, with its keys.
    pub(super) fn remove(&mut self, slot: Slot) -> Option<Page> {
        let page = self.slots.get_mut(slot)?.take()?;
        self.free.push(slot);
        self.by_id.remove(&page.id());
        for key in page.keys() {
            self.by_key.remove(key);
        }
        Some(page)
    }

    /// Changes a page, and notes its deadline where that is another one then.
    pub(super) fn change<T>(&mut self, slot: Slot, how: impl FnOnce(&mut Page) -> T) -> Option<T> {
        let page = self.slots.get_mut(slot)?.as_mut()?;
        let before = page.deadline();
        let done = how(page);
        match page.deadline() {
            Some(at) if Some(at) != before => self.due.push(Reverse((at, page.id()))),
            _ => {}
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
        self.due.peek().map(|Reverse((at, _))| *at)
    }

    /// The page whose deadline is the first, if it has come by `now`; each deadline once.
    pub(super) fn pop_due(&mut self, now: DateTime<Utc>) -> Option<Slot> {
        while let Some(Reverse((at, id))) = self.due.peek().copied() {
            if at > now {
                break;
            }
            self.due.pop();
            if let Some(slot) = self.live(at, id) {
                return Some(slot);
            }
        }
        None
    }

    /// Drops deadlines that hold no more from the top, and all of them when they are the most.
    pub(super) fn tidy(&mut self) {
        if self.due.len() > self.by_id.len().saturating_mul(2).saturating_add(64) {
            self.due.clear();
            self.due
                .extend(self.slots.iter().flatten().filter_map(|page| Some(Reverse((page.deadline()?, page.id())))));
            return;
        }
        while let Some(Reverse((at, id))) = self.due.peek().copied() {
            if self.live(at, id).is_some() {
                break;
            }
            self.due.pop();
        }
    }

    fn live(&self, at: DateTime<Utc>, id: PageId) -> Option<Slot> {
        let slot = self.slot(id)?;
        (self.get(slot)?.deadline() == Some(at)).then_some(slot)
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
