//! Forecasts of about the same probability, beside how often the events happened.

use std::num::NonZeroU32;

use super::forecasts::Forecasts;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::flagged::Ties;
use crate::interval::Interval;
use crate::probability::Level;
use crate::proportion::{Proportion, count};

/// Which forecasts are looked at together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Binning {
    /// So many bins of about as many forecasts each, equal forecasts together: they go where the middle of their ranks
    /// lies. Where many are equal, some bins stay empty and are left out.
    EqualMass(NonZeroU32),
    /// Equal forecasts, whatever their number: for forecasts of few values, such as 10 %, 20 %.
    Distinct,
}

impl Default for Binning {
    /// Ten bins of equal mass.
    fn default() -> Self {
        const TEN: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
        Self::EqualMass(TEN)
    }
}

/// One point of the reliability curve.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ReliabilityBin {
    /// The least forecast in it.
    pub lowest: f64,
    /// The greatest.
    pub highest: f64,
    /// Their mean: what should happen.
    pub forecast: f64,
    /// How many events happened, of how many.
    pub happened: Proportion,
    /// The share that happened, with Wilson's interval.
    pub rate: Estimate,
}

impl Forecasts {
    /// The reliability curve: for each bin the mean forecast and the share that happened, ascending. Calibrated
    /// forecasts lie on the diagonal, but for what the intervals allow.
    ///
    /// # Errors
    /// [`NotEnough`] without forecasts.
    pub fn reliability(&self, binning: Binning, level: Level) -> Result<Vec<ReliabilityBin>, NotEnough> {
        NotEnough::unless(self.n(), 1, "forecasts")?;
        let binned = self.binned(binning);
        let point = |bin: &Bin| {
            let (first, last) = (bin.ties.first()?, bin.ties.last()?);
            let happened = Proportion::new(bin.happened, bin.n).ok()?;
            let (rate, interval) = happened.estimate().zip(happened.wilson(level)).unwrap_or_else(|| {
                // A bin is never empty.
                (0.0, Interval::clamped(0.0, 1.0, level))
            });
            Some(ReliabilityBin {
                lowest: first.value,
                highest: last.value,
                forecast: bin.mean(),
                happened,
                rate: Estimate::of(rate, interval, bin.n, IntervalMethod::Wilson),
            })
        };
        Ok(binned.iter().filter_map(point).collect())
    }

    /// The bins that are not empty, ascending.
    pub(super) fn binned(&self, binning: Binning) -> Vec<Bin> {
        let mut before = 0_u64;
        let mut bins: Vec<(u128, Bin)> = Vec::new();
        for ties in self.ties() {
            let after = before.saturating_add(ties.all());
            let place = match binning {
                Binning::Distinct => u128::from(before),
                Binning::EqualMass(wanted) => middle_bin(before, after, self.n(), wanted),
            };
            before = after;
            match bins.last_mut() {
                Some((last, bin)) if *last == place => bin.add(ties),
                _ => bins.push((place, Bin::of(ties))),
            }
        }
        bins.into_iter().map(|(_, bin)| bin).collect()
    }
}

/// In which of the `wanted` bins over `0..n` the middle of `from..to` lies.
fn middle_bin(from: u64, to: u64, n: u64, wanted: NonZeroU32) -> u128 {
    let twice = u128::from(from).saturating_add(u128::from(to));
    let all = u128::from(n.max(1)).saturating_mul(2);
    twice.saturating_mul(u128::from(wanted.get())).checked_div(all).unwrap_or(0)
}

/// Forecasts that are looked at together; never empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bin {
    pub(super) ties: Vec<Ties>,
    pub(super) n: u64,
    pub(super) happened: u64,
    /// The sum of the forecasts.
    pub(super) sum: f64,
}

impl Bin {
    fn of(ties: Ties) -> Self {
        let mut bin = Self { ties: Vec::new(), n: 0, happened: 0, sum: 0.0 };
        bin.add(ties);
        bin
    }

    fn add(&mut self, ties: Ties) {
        self.n = self.n.saturating_add(ties.all());
        self.happened = self.happened.saturating_add(ties.flagged);
        self.sum += ties.value * count(ties.all());
        self.ties.push(ties);
    }

    /// The mean forecast; within the least and the greatest, whatever rounding does.
    pub(super) fn mean(&self) -> f64 {
        let (least, most) =
            self.ties.first().zip(self.ties.last()).map_or((0.0, 1.0), |(first, last)| (first.value, last.value));
        (self.sum / count(self.n)).clamp(least, most)
    }

    /// The share that happened.
    pub(super) fn share(&self) -> f64 {
        count(self.happened) / count(self.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probability::Probability;

    fn forecasts(values: &[f64]) -> Forecasts {
        Forecasts::new(values.iter().map(|value| (Probability::new(*value).unwrap(), *value > 0.5)))
    }

    fn sizes(forecasts: &Forecasts, bins: u32) -> Vec<u64> {
        let binning = Binning::EqualMass(NonZeroU32::new(bins).unwrap());
        forecasts.binned(binning).iter().map(|bin| bin.n).collect()
    }

    #[test]
    fn bins_hold_as_many_and_equal_forecasts_stay_together() {
        let distinct = forecasts(&[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
        assert_eq!(sizes(&distinct, 2).iter().sum::<u64>(), 11);
        assert!(sizes(&distinct, 3).iter().all(|n| (3..=4).contains(n)));
        assert_eq!(sizes(&distinct, 100), [1; 11]);
        let tied = forecasts(&[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9]);
        assert_eq!(sizes(&tied, 4), [7, 1]);
        assert_eq!(tied.binned(Binning::Distinct).len(), 2);
        assert_eq!(sizes(&forecasts(&[]), 10), [0; 0]);
    }

    #[test]
    fn a_bin_says_what_was_forecast_and_what_happened() {
        let curve = forecasts(&[0.2, 0.4, 0.8, 1.0])
            .reliability(Binning::EqualMass(NonZeroU32::new(2).unwrap()), Level::P95)
            .unwrap();
        assert_eq!(curve.len(), 2);
        assert!((curve[0].forecast - 0.3).abs() < 1e-15);
        assert_eq!((curve[0].lowest, curve[0].highest, curve[0].rate.value()), (0.2, 0.4, 0.0));
        assert_eq!((curve[1].happened.successes(), curve[1].rate.n()), (2, 2));
        assert!(Forecasts::default().reliability(Binning::default(), Level::P95).is_err());
    }
}
