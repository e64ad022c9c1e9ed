//! Values by instant, made from many ascending series: a sorted list, since a map of a million instants costs
//! several times its memory.

/// Values by instant in milliseconds, ascending.
#[derive(Debug)]
pub(crate) struct Instants<T> {
    sorted: Vec<(i64, T)>,
}

impl<T> Default for Instants<T> {
    fn default() -> Self {
        Self { sorted: Vec::new() }
    }
}

impl<T> Instants<T> {
    /// Folds an ascending series into the values at its instants; `new` makes the value of an instant not there yet.
    pub(crate) fn fold<U>(
        &mut self,
        series: impl Iterator<Item = (i64, U)>,
        new: impl Fn() -> T,
        mut fold: impl FnMut(&mut T, U),
    ) {
        let known = self.sorted.len();
        let mut cursor = 0_usize;
        for (at, item) in series {
            while self.sorted.get(cursor).is_some_and(|(other, _)| cursor < known && *other < at) {
                cursor = cursor.saturating_add(1);
            }
            match self.sorted.get_mut(cursor) {
                Some((other, value)) if cursor < known && *other == at => fold(value, item),
                _ => {
                    let mut value = new();
                    fold(&mut value, item);
                    self.sorted.push((at, value));
                }
            }
        }
        // Stable and quick on two ascending runs; instants of one series are different.
        self.sorted.sort_by_key(|(at, _)| *at);
    }

    /// The values, ascending by instant.
    pub(crate) fn into_iter(self) -> impl Iterator<Item = (i64, T)> {
        self.sorted.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_with_gaps_and_new_instants_add_up() {
        let mut sums: Instants<u64> = Instants::default();
        for series in [vec![(2, 1), (4, 1), (6, 1)], vec![(1, 10), (4, 10), (7, 10)], vec![(6, 100)], vec![]] {
            sums.fold(series.into_iter(), || 0, |sum, item: u64| *sum = sum.saturating_add(item));
        }
        let all: Vec<_> = sums.into_iter().collect();
        assert_eq!(all, [(1, 10), (2, 1), (4, 11), (6, 101), (7, 10)]);
    }
}
