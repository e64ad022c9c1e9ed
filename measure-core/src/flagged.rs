//! Numbers of at least 0, each with a flag, sorted once: what durations and forecasts are made of.

/// Pairs of a number of at least 0 and a flag, ascending. Eight bytes a pair: the bits of such a number are in its order
/// and leave the sign's place to the flag, so that sorting compares integers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Flagged {
    // INVARIANT: ascending; each is the bits of a number of at least 0, one to the left, and its flag.
    keys: Vec<u64>,
}

/// The pairs with one and the same number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ties {
    pub(crate) value: f64,
    /// How many have the flag.
    pub(crate) flagged: u64,
    /// How many do not.
    pub(crate) plain: u64,
}

impl Ties {
    pub(crate) const fn all(self) -> u64 {
        self.flagged.saturating_add(self.plain)
    }
}

impl Flagged {
    /// Of pairs whose numbers are at least 0 (or -0) and not NaN.
    pub(crate) fn new(pairs: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let mut keys: Vec<u64> = pairs.into_iter().map(|(value, flag)| packed(value, flag)).collect();
        keys.sort_unstable();
        Self { keys }
    }

    pub(crate) const fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn n(&self) -> u64 {
        u64::try_from(self.keys.len()).unwrap_or(u64::MAX)
    }

    /// How many have the flag.
    pub(crate) fn flagged(&self) -> u64 {
        flags(&self.keys)
    }

    /// Every pair, ascending; without the flag first among equals.
    pub(crate) fn pairs(&self) -> impl ExactSizeIterator<Item = (f64, bool)> {
        self.keys.iter().map(|key| (number(*key), key & 1 == 1))
    }

    /// How many different numbers there are.
    pub(crate) fn distinct(&self) -> usize {
        let changes = self.keys.windows(2).filter(|pair| matches!(pair, [one, other] if one >> 1 != other >> 1));
        changes.count().saturating_add(self.keys.len().min(1))
    }

    /// Every number once, ascending, with how many pairs have it.
    pub(crate) fn ties(&self) -> impl Iterator<Item = Ties> {
        self.keys.chunk_by(|one, other| one >> 1 == other >> 1).map(|chunk| {
            let flagged = flags(chunk);
            let all = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            Ties { value: chunk.first().map_or(0.0, |key| number(*key)), flagged, plain: all.saturating_sub(flagged) }
        })
    }

    /// Both together.
    pub(crate) fn merge(mut self, other: &Self) -> Self {
        self.keys.extend_from_slice(&other.keys);
        // Two ascending runs: the stable sort finds and merges them in one pass.
        self.keys.sort();
        self
    }
}

fn packed(value: f64, flag: bool) -> u64 {
    // The shift drops the sign, so that -0 is 0.
    (value.to_bits() << 1) | u64::from(flag)
}

const fn number(key: u64) -> f64 {
    f64::from_bits(key >> 1)
}

fn flags(keys: &[u64]) -> u64 {
    keys.iter().map(|key| key & 1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_back_in_order() {
        let flagged = Flagged::new([(2.0, true), (0.0, false), (5e-324, true), (1e300, false), (-0.0, true)]);
        let expected = [(0.0, false), (0.0, true), (5e-324, true), (2.0, true), (1e300, false)];
        assert_eq!(flagged.pairs().collect::<Vec<_>>(), expected);
        assert_eq!((flagged.n(), flagged.flagged(), flagged.distinct()), (5, 3, 4));
        assert_eq!(Flagged::default().distinct(), 0);
        let ties: Vec<_> = flagged.ties().map(|ties| (ties.value, ties.flagged, ties.plain)).collect();
        assert_eq!(ties, [(0.0, 1, 1), (5e-324, 1, 0), (2.0, 1, 0), (1e300, 0, 1)]);
        assert!(flagged.pairs().all(|(value, _)| value.is_sign_positive()));
    }

    #[test]
    fn merging_sorts_together() {
        let (one, other) = (Flagged::new([(1.0, true), (3.0, false)]), Flagged::new([(2.0, true), (1.0, false)]));
        let both = Flagged::new([(1.0, true), (3.0, false), (2.0, true), (1.0, false)]);
        assert_eq!(one.clone().merge(&other), both);
        assert_eq!(other.merge(&one).merge(&Flagged::default()), both);
    }
}
