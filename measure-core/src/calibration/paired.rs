//! Two forecasters of the same events.

use super::brier::FEWEST;
use super::forecasts::Forecasts;
use super::mean_score::MeanScore;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::interval::Interval;
use crate::placements::{Walk, of_mean, real};
use crate::probability::{Level, Probability};
use crate::proportion::count;
use crate::special::{normal_quantile, normal_sf};

/// Two forecasts of each event, and whether it happened; in no order, kept sorted. May be empty.
///
/// In a file: a list of triples, `[[0.7, 0.6, true], [0.1, 0.2, false]]`.
///
/// A monoid: the empty one is the identity of [`PairedForecasts::merge`], which is associative and commutative.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "Vec<(Probability, Probability, bool)>", into = "Vec<(Probability, Probability, bool)>")
)]
pub struct PairedForecasts {
    // INVARIANT: ascending, by first, second, happened.
    rows: Vec<(Probability, Probability, bool)>,
}

/// The difference of two areas under ROC curves.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AucDifference {
    /// The area of the first less that of the second, with a normal interval.
    pub difference: Estimate,
    /// Whether the two areas differ: the difference in standard deviations, two-sided.
    pub test: Test,
}

impl PairedForecasts {
    /// Triples of the first forecast, the second, and whether the event happened.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = (Probability, Probability, bool)>) -> Self {
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_unstable_by_key(order);
        Self { rows }
    }

    /// How many events there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Every event: the first forecast, the second, and whether it happened; ascending.
    #[must_use]
    pub fn rows(&self) -> &[(Probability, Probability, bool)] {
        &self.rows
    }

    /// The first forecaster alone.
    #[must_use]
    pub fn first(&self) -> Forecasts {
        Forecasts::new(self.rows.iter().map(|(first, _, happened)| (*first, *happened)))
    }

    /// The second forecaster alone.
    #[must_use]
    pub fn second(&self) -> Forecasts {
        Forecasts::new(self.rows.iter().map(|(_, second, happened)| (*second, *happened)))
    }

    /// Both together.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
        self.rows.extend_from_slice(&other.rows);
        self.rows.sort_by_key(order);
        self
    }

    /// The area under the ROC curve of the first less that of the second, with the test of DeLong, DeLong and
    /// Clarke-Pearson (1988): the events are the same, so the two areas stray together, and the difference is known better
    /// than either.
    ///
    /// # Errors
    /// [`NotEnough`] with fewer than two events of either kind, or when both order all events alike.
    pub fn auc_difference(&self, level: Level) -> Result<AucDifference, NotEnough> {
        let (happened, not) = self.first().both_kinds(2)?;
        let n = happened.saturating_add(not);
        let (one, other) = (self.placements(|row| row.0), self.placements(|row| row.1));
        let apart = |kind: bool| {
            let rows = one.iter().zip(&other).zip(&self.rows).filter(move |(_, row)| row.2 == kind);
            rows.map(|((one, other), _)| Apart::of(*one, *other)).fold(Apart::default(), Apart::plus)
        };
        // The mean placement of either kind is the area, so that one mean serves both.
        let (of_happened, of_not) = (apart(true), apart(false));
        let (h, m) = (count(happened), count(not));
        let difference = of_happened.sum() / (2.0 * h * m);
        let variance = of_happened.variance(happened) / (4.0 * m * m) + of_not.variance(not) / (4.0 * h * h);
        if variance <= 0.0 {
            return Err(NotEnough::NoSpread { n });
        }
        let deviation = variance.sqrt();
        let half = normal_quantile(level.outside() / 2.0) * deviation;
        let end = |value: f64| value.clamp(-1.0, 1.0);
        let interval = Interval::between(end(difference - half), end(difference + half), level);
        let z = difference / deviation;
        let p_value = Probability::clamped(2.0 * normal_sf(z.abs()));
        Ok(AucDifference {
            difference: Estimate::of(difference, interval, n, IntervalMethod::DeLongPlain),
            test: Test::of(z, p_value, Alternative::TwoSided, TestMethod::DeLong, n),
        })
    }

    /// The Brier score of the first less that of the second, with Student's interval for the mean of the differences:
    /// below 0 when the first is better.
    ///
    /// By simulation a 95 % interval covers 94 to 99 % where 5 or more events of the rarer kind are expected.
    ///
    /// # Errors
    /// [`NotEnough`] with fewer than 5 events of a kind, or when the two scores differ by the same on all events but for
    /// rounding.
    pub fn brier_difference(&self, level: Level) -> Result<Estimate, NotEnough> {
        let (happened, not) = self.first().both_kinds(FEWEST)?;
        let n = happened.saturating_add(not);
        let differences = || {
            self.rows.iter().map(|(first, second, happened)| {
                let outcome = f64::from(u8::from(*happened));
                // (a - y)^2 - (b - y)^2, without cancellation.
                ((first.get() - second.get()) * (first.get() + second.get() - 2.0 * outcome), 1)
            })
        };
        let mean = MeanScore::of(differences)?;
        let (value, half) = (mean.value, mean.half(n.saturating_sub(1), level));
        let end = |value: f64| value.clamp(-1.0, 1.0);
        let interval = Interval::between(end(value - half), end(value + half), level);
        Ok(Estimate::of(value, interval, n, IntervalMethod::Student))
    }

    /// Where each row's forecast stands among those of the other kind.
    fn placements(&self, forecast: impl Fn(&(Probability, Probability, bool)) -> Probability) -> Vec<u128> {
        let mut sorted: Vec<(u64, usize, bool)> =
            self.rows.iter().enumerate().map(|(index, row)| (forecast(row).get().to_bits(), index, row.2)).collect();
        sorted.sort_unstable();
        let (mut walk, mut placements) = (Walk::default(), vec![0; self.rows.len()]);
        for ties in sorted.chunk_by(|one, other| one.0 == other.0) {
            let happened = ties.iter().map(|(.., kind)| u128::from(*kind)).sum::<u128>();
            let not = ties.iter().map(|(.., kind)| u128::from(!*kind)).sum::<u128>();
            let placed = walk.next(happened, not);
            for (_, index, kind) in ties {
                if let Some(place) = placements.get_mut(*index) {
                    *place = if *kind { placed.x } else { placed.y };
                }
            }
        }
        placements
    }
}

/// By how much the placements of two forecasters differ, summed in whole numbers.
#[derive(Debug, Clone, Copy, Default)]
struct Apart {
    above: u128,
    below: u128,
    squares: u128,
}

impl Apart {
    const fn of(one: u128, other: u128) -> Self {
        let apart = one.abs_diff(other);
        Self {
            above: one.saturating_sub(other),
            below: other.saturating_sub(one),
            squares: apart.saturating_mul(apart),
        }
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            above: self.above.saturating_add(other.above),
            below: self.below.saturating_add(other.below),
            squares: self.squares.saturating_add(other.squares),
        }
    }

    fn sum(self) -> f64 {
        real(self.above.saturating_sub(self.below)) - real(self.below.saturating_sub(self.above))
    }

    /// Of the mean of `n`.
    fn variance(self, n: u64) -> f64 {
        of_mean(u128::from(n), self.above.abs_diff(self.below), self.squares)
    }
}

/// Probabilities are at least 0, so that their bits are in their order.
fn order(row: &(Probability, Probability, bool)) -> (u64, u64, bool) {
    (row.0.get().to_bits(), row.1.get().to_bits(), row.2)
}

impl From<Vec<(Probability, Probability, bool)>> for PairedForecasts {
    fn from(rows: Vec<(Probability, Probability, bool)>) -> Self {
        Self::new(rows)
    }
}

impl From<PairedForecasts> for Vec<(Probability, Probability, bool)> {
    fn from(paired: PairedForecasts) -> Self {
        paired.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::AucInterval;

    fn paired(rows: &[(f64, f64, bool)]) -> PairedForecasts {
        let p = |value| Probability::new(value).unwrap();
        PairedForecasts::new(rows.iter().map(|(a, b, y)| (p(*a), p(*b), *y)))
    }

    #[test]
    fn the_difference_is_that_of_the_areas() {
        let rows = [
            (0.9, 0.2, true),
            (0.7, 0.8, true),
            (0.3, 0.4, true),
            (0.3, 0.5, false),
            (0.1, 0.4, false),
            (0.5, 0.1, false),
        ];
        let paired = paired(&rows);
        let answer = paired.auc_difference(Level::P95).unwrap();
        let area = |forecasts: Forecasts| forecasts.auc(AucInterval::Plain, Level::P95).unwrap().value();
        assert!((answer.difference.value() - (area(paired.first()) - area(paired.second()))).abs() < 1e-15);
        let brier = |forecasts: Forecasts| forecasts.brier(Level::P95).unwrap().value();
        let few = NotEnough::TooFew { of: "events that happened", have: 3, need: 5 };
        assert_eq!(paired.brier_difference(Level::P95), Err(few));
        let paired = paired.clone().merge(&paired);
        let difference = paired.brier_difference(Level::P95).unwrap().value();
        assert!((difference - (brier(paired.first()) - brier(paired.second()))).abs() < 1e-15);
    }

    #[test]
    fn forecasters_of_one_mind_cannot_be_told_apart() {
        let same =
            paired(&[(0.9, 0.8, true), (0.7, 0.6, true), (0.8, 0.7, false), (0.1, 0.0, false), (0.2, 0.1, false)]);
        assert_eq!(same.auc_difference(Level::P95), Err(NotEnough::NoSpread { n: 5 }));
        // Scores apart by the same but for the last bits: 0.3 and 0.1 that did not happen, 0.7 and 0.9 that did.
        let even = paired(&[(0.3, 0.1, false), (0.7, 0.9, true)].repeat(5));
        assert_eq!(even.brier_difference(Level::P95), Err(NotEnough::NoSpread { n: 10 }));
        assert!(paired(&[]).auc_difference(Level::P95).is_err() && paired(&[]).brier_difference(Level::P95).is_err());
    }
}
