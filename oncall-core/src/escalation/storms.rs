//! What came lately for each group, to see a storm.

use core::hash::BuildHasherDefault;
use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};

use super::event::{Key, KeyHasher};
use super::page::PageId;
use super::policy::StormRule;

/// A trigger of a group that opened a page or joined the group's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Recent {
    pub(super) at: DateTime<Utc>,
    pub(super) group: Key,
    /// The page it opened, if it did.
    pub(super) opened: Option<PageId>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Storms {
    // INVARIANT: in the order of time.
    recent: VecDeque<Recent>,
    // INVARIANT: the groups of `recent`.
    groups: HashMap<Key, Group, BuildHasherDefault<KeyHasher>>,
}

#[derive(Debug, Clone, Default)]
struct Group {
    /// How many of `recent` are of this group.
    count: u32,
    /// The pages that they opened, eldest first.
    opened: VecDeque<PageId>,
    /// The page that stands for the group.
    storm: Option<PageId>,
}

impl Storms {
    /// Forgets what lies `window` or more back.
    pub(super) fn forget(&mut self, rule: StormRule, now: DateTime<Utc>) {
        while let Some(first) = self.recent.front()
            && now.signed_duration_since(first.at) >= rule.window()
            && let Some(first) = self.recent.pop_front()
        {
            let Some(group) = self.groups.get_mut(&first.group) else { continue };
            group.count = group.count.saturating_sub(1);
            if first.opened.is_some() {
                group.opened.pop_front();
            }
            if group.count == 0 {
                self.groups.remove(&first.group);
            }
        }
    }

    /// How many came lately.
    pub(super) fn count(&self, group: &Key) -> u32 {
        self.groups.get(group).map_or(0, |group| group.count)
    }

    /// The page that stands for the group.
    pub(super) fn storm(&self, group: &Key) -> Option<PageId> {
        self.groups.get(group)?.storm
    }

    /// The pages that the group opened lately, eldest first.
    pub(super) fn opened(&self, group: &Key) -> impl Iterator<Item = PageId> {
        self.groups.get(group).into_iter().flat_map(|group| group.opened.iter().copied())
    }

    pub(super) fn push(&mut self, recent: Recent) {
        let group = self.groups.entry(recent.group.clone()).or_default();
        group.count = group.count.saturating_add(1);
        group.opened.extend(recent.opened);
        self.recent.push_back(recent);
    }

    /// From now on `page` stands for the group; nothing for a group of which nothing came lately.
    pub(super) fn begin(&mut self, group: &Key, page: PageId) -> bool {
        self.groups.get_mut(group).map(|group| group.storm = Some(page)).is_some()
    }

    pub(super) fn recent(&self) -> impl ExactSizeIterator<Item = &Recent> {
        self.recent.iter()
    }

    /// The groups that have a storm, in order.
    pub(super) fn storms(&self) -> Vec<(&Key, PageId)> {
        let mut all: Vec<_> = self.groups.iter().filter_map(|(key, group)| Some((key, group.storm?))).collect();
        all.sort_unstable();
        all
    }
}
