//! Lengths of time that are not whole nanoseconds.

use std::cmp::Ordering;
use std::fmt;

use chrono::TimeDelta;

use crate::burn;
use crate::factor::gcd;

/// A length of time as an exact fraction of seconds: a factor of 14/15 leaves thirds that nanoseconds cannot
/// hold. At least 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExactSeconds {
    // INVARIANT: reduced, the denominator above 0. Every length here is made of a window (below 2^63 ns), a
    // factor (two 32-bit numbers) and two ratios over 10^9 (30 bits): numerators stay below 2^127.
    numerator: u128,
    denominator: u128,
}

impl ExactSeconds {
    /// No time at all.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// `numerator / denominator` seconds; a denominator of 0, which no caller has, counts as 1.
    pub(crate) fn new(numerator: u128, denominator: u128) -> Self {
        let divisor = gcd(numerator, denominator).max(1);
        let part = |number: u128| number.checked_div(divisor).unwrap_or(number);
        Self { numerator: part(numerator), denominator: part(denominator).max(1) }
    }

    /// `numerator / denominator` nanoseconds.
    pub(crate) fn from_nanoseconds(numerator: u128, denominator: u128) -> Self {
        Self::new(numerator, denominator.saturating_mul(NANOSECONDS))
    }

    /// The reduced numerator.
    #[must_use]
    pub const fn numerator(self) -> u128 {
        self.numerator
    }

    /// The reduced denominator, above 0.
    #[must_use]
    pub const fn denominator(self) -> u128 {
        self.denominator
    }

    /// The nearest float of seconds; finite and at least 0.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    pub fn as_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// The length to the nearest nanosecond; [`TimeDelta::MAX`] for what it cannot hold.
    #[must_use]
    pub fn to_delta(self) -> TimeDelta {
        let whole = self.numerator.checked_div(self.denominator).and_then(|whole| i64::try_from(whole).ok());
        let rest = self.numerator.checked_rem(self.denominator).unwrap_or(0);
        let fraction = burn::delta(Self { numerator: rest, denominator: self.denominator }.as_f64());
        whole.and_then(TimeDelta::try_seconds).and_then(|whole| whole.checked_add(&fraction?)).unwrap_or(TimeDelta::MAX)
    }

    /// The first multiple of `tick` nanoseconds strictly after this length.
    pub(crate) fn next_tick(self, tick: u128) -> u128 {
        // whole ticks = seconds x 10^9 / tick, without leaving 128 bits: whole seconds and the rest apart.
        let whole = self.numerator.checked_div(self.denominator).unwrap_or(0).saturating_mul(NANOSECONDS);
        let rest = self.numerator.checked_rem(self.denominator).unwrap_or(0);
        let rest = rest.checked_mul(NANOSECONDS).and_then(|rest| rest.checked_div(self.denominator)).unwrap_or(0);
        let ticks = whole.saturating_add(rest).checked_div(tick).unwrap_or(0);
        ticks.saturating_add(1).saturating_mul(tick)
    }
}

impl PartialOrd for ExactSeconds {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ExactSeconds {
    /// Exact: by continued fractions, so that no product has to fit 128 bits.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = ((self.numerator, self.denominator), (other.numerator, other.denominator));
        loop {
            let whole = |(n, d): (u128, u128)| n.checked_div(d).unwrap_or(0);
            let rest = |(n, d): (u128, u128)| n.checked_rem(d).unwrap_or(0);
            let (rest_a, rest_b) = (rest(a), rest(b));
            match (whole(a).cmp(&whole(b)), rest_a == 0, rest_b == 0) {
                (Ordering::Equal, true, true) => return Ordering::Equal,
                (Ordering::Equal, true, false) => return Ordering::Less,
                (Ordering::Equal, false, true) => return Ordering::Greater,
                // a < b when the reciprocals of the rests compare the other way round.
                (Ordering::Equal, false, false) => (a, b) = ((b.1, rest_b), (a.1, rest_a)),
                (unequal, ..) => return unequal,
            }
        }
    }
}

impl fmt::Display for ExactSeconds {
    /// The decimal when it ends within nine places (`51.84 s`), the fraction otherwise (`12096/125 s`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scaled = self.numerator.checked_mul(NANOSECONDS).filter(|n| n.checked_rem(self.denominator) == Some(0));
        let Some(nanoseconds) = scaled.and_then(|n| n.checked_div(self.denominator)) else {
            return f.pad(&format!("{}/{} s", self.numerator, self.denominator));
        };
        let whole = nanoseconds / NANOSECONDS;
        let fraction = format!("{:09}", nanoseconds % NANOSECONDS);
        match fraction.trim_end_matches('0') {
            "" => f.pad(&format!("{whole} s")),
            digits => f.pad(&format!("{whole}.{digits} s")),
        }
    }
}

/// In files a plain number of seconds.
#[cfg(feature = "serde")]
impl serde::Serialize for ExactSeconds {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

const NANOSECONDS: u128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_compare_exactly() {
        let third = ExactSeconds::new(1, 3);
        assert!(third < ExactSeconds::new(333_333_334, 1_000_000_000));
        assert!(third > ExactSeconds::new(333_333_333, 1_000_000_000));
        assert_eq!(third.cmp(&ExactSeconds::new(2, 6)), Ordering::Equal);
        assert!(ExactSeconds::new(5, 1) < ExactSeconds::new(11, 2));
        assert!(ExactSeconds::new(u128::MAX, 2) > ExactSeconds::new(u128::MAX, 3));
        assert!(ExactSeconds::ZERO < third);
    }

    #[test]
    fn ticks_are_strictly_after() {
        assert_eq!(ExactSeconds::new(10, 1).next_tick(5_000_000_000), 15_000_000_000);
        assert_eq!(ExactSeconds::new(29, 3).next_tick(5_000_000_000), 10_000_000_000);
    }

    #[test]
    fn lengths_print_and_convert() {
        assert_eq!(ExactSeconds::new(1296, 25).to_string(), "51.84 s");
        assert_eq!(ExactSeconds::new(1, 3).to_string(), "1/3 s");
        assert_eq!(ExactSeconds::new(1296, 25).to_delta(), TimeDelta::milliseconds(51_840));
        assert_eq!(ExactSeconds::new(u128::MAX, 1).to_delta(), TimeDelta::MAX);
    }
}
