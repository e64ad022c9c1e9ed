//! Counting the pairs that stand in the wrong order, in O(n log n).

/// Runs up to this length are sorted by insertion.
const RUN: usize = 16;

/// How many pairs have the greater value before the smaller one; sorts `values` on the way. `buffer` is scratch.
pub(super) fn inversions<T: PartialOrd + Copy>(values: &mut [T], buffer: &mut Vec<T>) -> u64 {
    let mut count = 0_u64;
    for run in values.chunks_mut(RUN) {
        count = count.wrapping_add(insert(run));
    }
    let mut width = RUN;
    while width < values.len() {
        for pair in values.chunks_mut(width.saturating_mul(2)) {
            if pair.len() > width {
                let (left, right) = pair.split_at(width);
                buffer.clear();
                count = count.wrapping_add(merge(left, right, buffer, |_, _| {}));
                pair.copy_from_slice(buffer);
            }
        }
        width = width.saturating_mul(2);
    }
    count
}

/// Calls `visit` with each pair that stands in the wrong order, the greater one first; sorts
/// `values` on the way. O(n log n) besides the visits.
pub(super) fn each_inversion<T: PartialOrd + Copy>(
    values: &mut [T],
    buffer: &mut Vec<T>,
    mut visit: impl FnMut(&[T], T),
) {
    let mut width = 1_usize;
    while width < values.len() {
        for pair in values.chunks_mut(width.saturating_mul(2)) {
            if pair.len() > width {
                let (left, right) = pair.split_at(width);
                buffer.clear();
                merge(left, right, buffer, &mut visit);
                pair.copy_from_slice(buffer);
            }
        }
        width = width.saturating_mul(2);
    }
}

/// Insertion sort of a short run.
#[expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "0 < place <= end < run.len()")]
fn insert<T: PartialOrd + Copy>(run: &mut [T]) -> u64 {
    let mut count = 0;
    for end in 1..run.len() {
        let mut place = end;
        while place > 0 && run[place - 1] > run[place] {
            run.swap(place - 1, place);
            place -= 1;
            count += 1;
        }
    }
    count
}

/// Merges two ascending runs behind `merged`; `visit` is told, for each value of the right run, which of the left
/// run are greater.
fn merge<T: PartialOrd + Copy>(
    mut left: &[T],
    right: &[T],
    merged: &mut Vec<T>,
    mut visit: impl FnMut(&[T], T),
) -> u64 {
    let mut count = 0_u64;
    for value in right {
        while let Some((first, rest)) = left.split_first() {
            if first > value {
                break;
            }
            merged.push(*first);
            left = rest;
        }
        if !left.is_empty() {
            visit(left, *value);
            count = count.wrapping_add(u64::try_from(left.len()).unwrap_or(u64::MAX));
        }
        merged.push(*value);
    }
    merged.extend_from_slice(left);
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Seed;

    #[test]
    fn inversions_are_those_of_all_pairs() {
        let mut chance = Seed::new(1).generator();
        for n in (0..70).chain([500]) {
            for spread in [1, 3, 1_000] {
                let values: Vec<u32> = (0..n).map(|_| chance.below(spread)).collect();
                let mut naive = Vec::new();
                for (i, first) in values.iter().enumerate() {
                    naive.extend(values.iter().skip(i).filter(|second| first > second).map(|second| (*first, *second)));
                }
                naive.sort_unstable();
                let mut sorted = values.clone();
                sorted.sort_unstable();
                let mut own = values.clone();
                assert_eq!(inversions(&mut own, &mut Vec::new()), naive.len() as u64);
                assert_eq!(own, sorted);
                let (mut own, mut pairs) = (values.clone(), Vec::new());
                each_inversion(&mut own, &mut Vec::new(), |greater, value| {
                    pairs.extend(greater.iter().map(|first| (*first, value)));
                });
                pairs.sort_unstable();
                assert_eq!((pairs, own), (naive, sorted));
            }
        }
    }
}
