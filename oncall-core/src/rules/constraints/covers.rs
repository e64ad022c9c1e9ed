//! A bound on weights as bounds on numbers.

use std::collections::BTreeSet;

use super::AtMost;

/// Lists of items with the most of each list, which together say that the weights of the items chosen add up to at most
/// `most`; `items` are distinct.
///
/// A cover is a set that weighs too much; at least one of it is left out. Every set that weighs too much holds a minimal
/// cover, so that leaving one out of each minimal cover is enough; with it go all items at least as heavy as its
/// heaviest, of which it could have had any instead (Balas 1975, extended covers). Where `budget` steps do not
/// find them all, the answer is the number of the heaviest that fit, which is enough and may be too much to ask.
pub(super) fn at_most(items: &[(usize, u64)], most: u64, budget: usize) -> AtMost {
    let mut lists: Vec<(Vec<usize>, usize)> =
        items.iter().filter(|(_, weight)| *weight > most).map(|(item, _)| (vec![*item], 0)).collect();
    let mut order: Vec<_> = items.iter().copied().filter(|(_, weight)| *weight <= most && *weight > 0).collect();
    order.sort_unstable_by_key(|(item, weight)| (core::cmp::Reverse(*weight), *item));

    let mut search = Search { order: &order, most, left: budget, found: Vec::new() };
    if search.run() {
        lists.extend(search.found.into_iter().map(|(items, most)| (items.into_iter().collect(), most)));
        return AtMost { lists, exact: true };
    }
    let mut sum = 0_u64;
    let fitting = order.iter().take_while(|(_, weight)| {
        sum = sum.saturating_add(*weight);
        sum <= most
    });
    let fitting = fitting.count();
    let mut all: Vec<_> = order.iter().map(|(item, _)| *item).collect();
    all.sort_unstable();
    lists.push((all, fitting));
    AtMost { lists, exact: false }
}

struct Search<'a> {
    /// The heaviest first.
    order: &'a [(usize, u64)],
    most: u64,
    left: usize,
    found: Vec<(BTreeSet<usize>, usize)>,
}

impl Search<'_> {
    /// Whether all were found within the budget.
    fn run(&mut self) -> bool {
        let order = self.order;
        // From the lightest heaviest item: its lists hold all heavier items, so that most later covers are known.
        let mut end = order.len();
        while let Some((_, weight)) = end.checked_sub(1).and_then(|last| order.get(last)) {
            let start = order.partition_point(|(_, other)| other > weight);
            // Items of one weight are alike, so that the first of them stand for any.
            let mut chosen = Vec::new();
            let mut sum = 0_u64;
            for (item, weight) in order.get(start..end).unwrap_or_default() {
                chosen.push(*item);
                sum = sum.saturating_add(*weight);
                if !self.visit(&mut chosen, sum, end) {
                    return false;
                }
                if sum > self.most {
                    break;
                }
            }
            end = start;
        }
        true
    }

    /// Takes `chosen`, whose heaviest comes first, and all that it becomes with lighter items from `next` on.
    fn visit(&mut self, chosen: &mut Vec<usize>, sum: u64, next: usize) -> bool {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => return false,
        }
        let is_known =
            |(list, most): &(BTreeSet<usize>, usize)| chosen.iter().filter(|item| list.contains(item)).count() > *most;
        if self.found.iter().any(is_known) {
            return true;
        }
        if sum > self.most {
            let heaviest = chosen.first().and_then(|first| self.order.iter().find(|(item, _)| item == first));
            let heaviest = heaviest.map_or(u64::MAX, |(_, weight)| *weight);
            let heavier = self.order.iter().take_while(|(_, weight)| *weight >= heaviest).map(|(item, _)| *item);
            let list: BTreeSet<usize> = heavier.chain(chosen.iter().copied()).collect();
            self.found.push((list, chosen.len().saturating_sub(1)));
            return true;
        }
        let rest = self.order.get(next..).unwrap_or_default();
        let mut beyond = rest.iter().fold(sum, |sum, (_, weight)| sum.saturating_add(*weight));
        for (place, (item, weight)) in (next..).zip(rest) {
            if beyond <= self.most {
                break;
            }
            beyond = beyond.saturating_sub(*weight);
            chosen.push(*item);
            let done = self.visit(chosen, sum.saturating_add(*weight), place.saturating_add(1));
            chosen.pop();
            if !done {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_weights_are_one_list() {
        let weeks: Vec<_> = (0..13).map(|item| (item, 168)).collect();
        let bound = at_most(&weeks, 547, 1_000);
        assert_eq!(bound, AtMost { lists: vec![((0..13).collect(), 3)], exact: true });
    }

    #[test]
    fn a_week_an_hour_longer_makes_no_second_list() {
        let weeks: Vec<_> = (0..13).map(|item| (item, if item == 4 { 169 } else { 168 })).collect();
        assert_eq!(at_most(&weeks, 547, 1_000).lists, [((0..13).collect(), 3)]);
    }

    #[test]
    fn what_is_too_heavy_alone_is_never_chosen() {
        assert_eq!(at_most(&[(7, 5), (8, 1)], 4, 100).lists, [(vec![7], 0)]);
    }

    proptest! {
        #[test]
        fn lists_say_what_weights_say(weights in prop::collection::vec(0_u64..9, 0..9), most in 0_u64..25, budget: u8) {
            let items: Vec<_> = weights.iter().copied().enumerate().collect();
            let bound = at_most(&items, most, usize::from(budget));
            for chosen in 0_u32..(1 << weights.len()) {
                let is_chosen = |item: usize| chosen >> item & 1 == 1;
                let sum: u64 = items.iter().filter(|(item, _)| is_chosen(*item)).map(|(_, weight)| weight).sum();
                let keeps = bound
                    .lists
                    .iter()
                    .all(|(list, most)| list.iter().filter(|item| is_chosen(**item)).count() <= *most);
                prop_assert!(!keeps || sum <= most, "{bound:?} allows {chosen:b}");
                prop_assert!(!bound.exact || keeps || sum > most, "{bound:?} forbids {chosen:b}");
            }
        }
    }
}
