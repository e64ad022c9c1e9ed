//! Seats that have too few people between them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Of seats that each take a person of their own, sets that have fewer people between them than they are (Hall 1935),
/// no two with a seat or a person in common; together they lack as many people as seats stay empty at least. `can` has
/// the people of each seat.
pub(super) fn too_few(seats: &[usize], can: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    let mut seat_of: BTreeMap<usize, usize> = BTreeMap::new();
    let mut over = Vec::new();
    for &seat in seats {
        let (_, from, free) = search(seat, &seat_of, can);
        match free {
            Some(person) => give_way(person, &from, &mut seat_of),
            None => over.push(seat),
        }
    }
    // All people of the seats that a seat left over reaches have one of them.
    let mut sets: Vec<BTreeSet<usize>> = Vec::new();
    for seat in over {
        let (mut set, ..) = search(seat, &seat_of, can);
        sets.retain(|other| {
            let is_apart = set.is_disjoint(other);
            if !is_apart {
                set.extend(other);
            }
            is_apart
        });
        sets.push(set);
    }
    sets.into_iter().map(|set| set.into_iter().collect()).collect()
}

/// Breadth first from a seat along the people who can serve it and the seats that these have: the seats reached, from
/// which seat each person was, and the first person without a seat.
fn search(
    seat: usize,
    seat_of: &BTreeMap<usize, usize>,
    can: &[BTreeSet<usize>],
) -> (BTreeSet<usize>, BTreeMap<usize, usize>, Option<usize>) {
    let mut from = BTreeMap::new();
    let mut reached = BTreeSet::from([seat]);
    let mut queue = VecDeque::from([seat]);
    while let Some(next) = queue.pop_front() {
        for &person in can.get(next).into_iter().flatten() {
            if from.contains_key(&person) {
                continue;
            }
            from.insert(person, next);
            match seat_of.get(&person) {
                None => return (reached, from, Some(person)),
                Some(&other) => {
                    if reached.insert(other) {
                        queue.push_back(other);
                    }
                }
            }
        }
    }
    (reached, from, None)
}

/// Each on the way back to the first seat takes the seat from which he was reached.
fn give_way(mut person: usize, from: &BTreeMap<usize, usize>, seat_of: &mut BTreeMap<usize, usize>) {
    while let Some(&taken) = from.get(&person) {
        let before = seat_of.iter().find(|(_, seat)| **seat == taken).map(|(person, _)| *person);
        seat_of.insert(person, taken);
        let Some(before) = before else { break };
        seat_of.remove(&before);
        person = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn seats_are_too_many_exactly_if_some_of_them_have_fewer_people(
            can in prop::collection::vec(prop::collection::btree_set(0_usize..5, 0..4), 0..6),
        ) {
            let seats: Vec<usize> = (0..can.len()).collect();
            let people = |chosen: &[usize]| chosen.iter().flat_map(|seat| &can[*seat]).collect::<BTreeSet<_>>().len();
            let found = too_few(&seats, &can);
            for set in &found {
                prop_assert!(people(set) < set.len());
            }
            let lacking = |chosen: &[usize]| chosen.len().saturating_sub(people(chosen));
            let subsets = (0_u32..1 << can.len()).map(|bits| {
                seats.iter().copied().filter(|seat| bits >> seat & 1 == 1).collect::<Vec<_>>()
            });
            let most = subsets.map(|chosen| lacking(&chosen)).max().unwrap();
            prop_assert_eq!(found.iter().map(|set| lacking(set)).sum::<usize>(), most);
        }
    }
}
