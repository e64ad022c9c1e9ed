//! Has a series left its target? Told as early as can be, one observation at a time.

use crate::error::Error;
use crate::sample::LARGEST;

/// Page's two cumulative sums (1954): how far observations have strayed above and below a target, less an allowance
/// for each. When one of them passes the threshold, it signals and both begin anew.
///
/// For independent normal observations of standard deviation `s` on target, an allowance of `s / 2` and a threshold
/// of `4 s` give a false alarm every 168 observations, `5 s` one every 465; a shift by `s` is told after some 8 or
/// 10 (Montgomery 2012, table 9.3).
///
/// A machine: it can be stored, restored and goes on as if nothing had been.
///
/// ```
/// use measure_core::trend::{Cusum, Departure};
/// let mut latency = Cusum::new(100.0, 5.0, 40.0)?;
/// let signals: Vec<_> = [98.0, 103.0, 121.0, 118.0, 125.0, 119.0]
///     .into_iter()
///     .map(|observed| latency.observe(observed))
///     .collect::<Result<_, _>>()?;
/// assert_eq!(signals[4], Some(Departure { above: true, since: 2, at: 4 }));
/// assert!(signals[..4].iter().all(Option::is_none));
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawCusum", into = "RawCusum")
)]
pub struct Cusum {
    target: f64,
    allowance: f64,
    threshold: f64,
    // INVARIANT: 0 <= sum <= threshold, since <= seen.
    above: Side,
    below: Side,
    seen: u64,
}

/// One of the two sums.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct Side {
    sum: f64,
    /// The index of the observation from which on it is above 0.
    since: u64,
}

/// A series has left its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Departure {
    /// Whether it is above the target, else below.
    pub above: bool,
    /// The index of the observation with which it probably began: the sum has been above 0 since.
    pub since: u64,
    /// The index of the observation that told, from 0.
    pub at: u64,
}

impl Cusum {
    /// In the units of the observations.
    ///
    /// # Errors
    /// [`Error::CusumOutOfRange`] unless the target is within plus and minus 1e300, and
    /// `0 <= allowance <= 1e300`, `0 < threshold <= 1e300`.
    pub fn new(target: f64, allowance: f64, threshold: f64) -> Result<Self, Error> {
        let range = 0.0..=LARGEST;
        if target.abs() <= LARGEST && range.contains(&allowance) && range.contains(&threshold) && threshold > 0.0 {
            let side = Side::default();
            Ok(Self { target, allowance, threshold, above: side, below: side, seen: 0 })
        } else {
            Err(Error::CusumOutOfRange { target, allowance, threshold })
        }
    }

    /// Takes the next observation; says if it shows that the series has left its target.
    ///
    /// # Errors
    /// [`Error::ObservationOutOfRange`] when it is not finite or beyond [`LARGEST`]; nothing changes then.
    pub fn observe(&mut self, value: f64) -> Result<Option<Departure>, Error> {
        if !(-LARGEST..=LARGEST).contains(&value) {
            let index = usize::try_from(self.seen).unwrap_or(usize::MAX);
            return Err(Error::ObservationOutOfRange { index, given: value, others: 0 });
        }
        let at = self.seen;
        self.seen = at.saturating_add(1);
        self.above.add(value - self.target - self.allowance, at);
        self.below.add(self.target - value - self.allowance, at);
        let told = [(true, self.above), (false, self.below)].into_iter().find(|(_, side)| side.sum > self.threshold);
        if told.is_some() {
            (self.above, self.below) = (Side::default(), Side::default());
        }
        Ok(told.map(|(above, side)| Departure { above, since: side.since, at }))
    }

    /// How many observations it has seen.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.seen
    }
}

impl Side {
    fn add(&mut self, step: f64, at: u64) {
        if self.sum == 0.0 {
            self.since = at;
        }
        self.sum = (self.sum + step).max(0.0);
    }
}

/// The shape in a file.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCusum {
    target: f64,
    allowance: f64,
    threshold: f64,
    above: Side,
    below: Side,
    seen: u64,
}

#[cfg(feature = "serde")]
impl TryFrom<RawCusum> for Cusum {
    type Error = Error;

    fn try_from(raw: RawCusum) -> Result<Self, Error> {
        let RawCusum { target, allowance, threshold, above, below, seen } = raw;
        let new = Self::new(target, allowance, threshold)?;
        for side in [above, below] {
            if !(0.0..=threshold).contains(&side.sum) || side.since > seen {
                let reason = "a cumulative sum is not between 0 and its threshold, or began after the last observation";
                return Err(Error::StateImpossible { reason });
            }
        }
        Ok(Self { above, below, seen, ..new })
    }
}

#[cfg(feature = "serde")]
impl From<Cusum> for RawCusum {
    fn from(cusum: Cusum) -> Self {
        let Cusum { target, allowance, threshold, above, below, seen } = cusum;
        Self { target, allowance, threshold, above, below, seen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_signal_and_begin_anew() {
        let mut cusum = Cusum::new(0.0, 0.5, 3.0).unwrap();
        let told: Vec<_> = [0.2, -2.0, -2.5, 0.0, 2.0, 2.0, 2.0]
            .into_iter()
            .filter_map(|value| cusum.observe(value).unwrap())
            .collect();
        assert_eq!(told, [Departure { above: false, since: 1, at: 2 }, Departure { above: true, since: 4, at: 6 }]);
        assert_eq!(cusum.n(), 7);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (target, allowance, threshold) in
            [(f64::NAN, 1.0, 1.0), (0.0, -1.0, 1.0), (0.0, 1.0, 0.0), (0.0, f64::INFINITY, 1.0), (2e300, 0.0, 1.0)]
        {
            assert!(Cusum::new(target, allowance, threshold).is_err());
        }
        let mut cusum = Cusum::new(1e300, 0.0, 1e300).unwrap();
        assert!(cusum.observe(f64::NAN).is_err() && cusum.n() == 0);
        assert_eq!(cusum.observe(-1e300).unwrap(), Some(Departure { above: false, since: 0, at: 0 }));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn it_goes_on_from_where_it_was_stored() {
        let mut cusum = Cusum::new(10.0, 1.0, 8.0).unwrap();
        for value in [10.0, 12.5, 9.0, 14.0] {
            cusum.observe(value).unwrap();
        }
        let stored = serde_json::to_string(&cusum).unwrap();
        let mut restored: Cusum = serde_json::from_str(&stored).unwrap();
        assert_eq!(restored, cusum);
        assert_eq!(restored.observe(19.0).unwrap(), cusum.observe(19.0).unwrap());
        assert!(serde_json::from_str::<Cusum>(&stored.replace("\"threshold\":8.0", "\"threshold\":0.1")).is_err());
    }
}
