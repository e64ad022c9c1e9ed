//! Recalibration by the rising steps that fit best.

use super::forecasts::Forecasts;
use crate::error::Error;
use crate::estimate::NotEnough;
use crate::probability::Probability;
use crate::proportion::count;

/// A map that never falls: knots, straight lines between them, level outside.
///
/// In a file: a list of pairs `[forecast, recalibrated]`, the first strictly ascending, the second never falling.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<(Probability, Probability)>", into = "Vec<(Probability, Probability)>")
)]
pub struct Isotonic {
    // INVARIANT: at least one; strictly ascending in the first, never falling in the second.
    knots: Vec<(Probability, Probability)>,
}

impl Isotonic {
    /// # Errors
    /// [`Error::KnotsOutOfOrder`] unless there is one, the first of the pairs ascend strictly and the second never fall.
    pub fn new(knots: Vec<(Probability, Probability)>) -> Result<Self, Error> {
        let fault = knots.windows(2).position(|pair| match pair {
            [one, other] => one.0 >= other.0 || one.1 > other.1,
            _ => false,
        });
        match fault {
            Some(index) => Err(Error::KnotsOutOfOrder { index: index.saturating_add(1) }),
            None if knots.is_empty() => Err(Error::KnotsOutOfOrder { index: 0 }),
            None => Ok(Self { knots }),
        }
    }

    /// The knots, ascending.
    #[must_use]
    pub fn knots(&self) -> &[(Probability, Probability)] {
        &self.knots
    }

    /// What should have been forecast.
    #[must_use]
    pub fn apply(&self, forecast: Probability) -> Probability {
        let after = self.knots.partition_point(|knot| knot.0 <= forecast);
        let before = after.checked_sub(1).and_then(|index| self.knots.get(index));
        match (before, self.knots.get(after)) {
            (Some((x0, y0)), Some((x1, y1))) => {
                let share = (forecast.get() - x0.get()) / (x1.get() - x0.get());
                let value = y0.get() + (y1.get() - y0.get()) * share;
                Probability::clamped(value.clamp(y0.get(), y1.get()))
            }
            (Some(knot), None) | (None, Some(knot)) => knot.1,
            (None, None) => forecast,
        }
    }
}

impl Forecasts {
    /// The map that never falls and gives the least Brier score on these events (isotonic regression; Ayer and others
    /// 1955; Zadrozny and Elkan 2002), by pooling adjacent violators in O(n) once sorted. Between the forecasts seen it
    /// runs straight, beyond them level, as scikit-learn's `IsotonicRegression(out_of_bounds="clip")` does. On a few
    /// hundred events it learns their chance as well: see [`Forecasts::platt`].
    ///
    /// # Errors
    /// [`NotEnough`] when all or none of the events happened.
    ///
    /// ```
    /// use measure_core::{Probability, calibration::{Forecasts, Recalibration}};
    /// let p = |value| Probability::new(value);
    /// let forecasts = Forecasts::new([(p(0.2)?, false), (p(0.6)?, true), (p(0.7)?, false), (p(0.9)?, true)]);
    /// let map = forecasts.isotonic()?;
    /// assert_eq!(map.apply(p(0.65)?).get(), 0.5);
    /// assert!((map.apply(p(0.4)?).get() - 0.25).abs() < 1e-12);
    /// let better = forecasts.recalibrated(&Recalibration::from(map));
    /// # Ok::<(), measure_core::Error>(())
    /// ```
    pub fn isotonic(&self) -> Result<Isotonic, NotEnough> {
        self.both_kinds(1)?;
        let mut blocks: Vec<Block> = Vec::new();
        for ties in self.ties() {
            let mut block = Block { from: ties.value, to: ties.value, happened: ties.flagged, n: ties.all() };
            while let Some(last) = blocks.pop_if(|last| !last.is_below(&block)) {
                block = last.with(&block);
            }
            blocks.push(block);
        }
        let knots = blocks.iter().flat_map(|block| {
            let share = Probability::clamped(count(block.happened) / count(block.n));
            let single = block.from >= block.to;
            let ends = [Some(block.from), (!single).then_some(block.to)];
            ends.into_iter().flatten().map(move |end| (Probability::clamped(end), share))
        });
        Ok(Isotonic { knots: knots.collect() })
    }
}

/// Forecasts that are mapped to one value: the share of them that happened.
#[derive(Debug, Clone, Copy)]
struct Block {
    from: f64,
    to: f64,
    happened: u64,
    n: u64,
}

impl Block {
    /// Whether its share is less than the other's; in integers, so that equal shares are pooled.
    fn is_below(&self, other: &Self) -> bool {
        let product = |one: u64, other: u64| u128::from(one).saturating_mul(u128::from(other));
        product(self.happened, other.n) < product(other.happened, self.n)
    }

    const fn with(self, later: &Self) -> Self {
        Self {
            from: self.from,
            to: later.to,
            happened: self.happened.saturating_add(later.happened),
            n: self.n.saturating_add(later.n),
        }
    }
}

impl TryFrom<Vec<(Probability, Probability)>> for Isotonic {
    type Error = Error;

    fn try_from(knots: Vec<(Probability, Probability)>) -> Result<Self, Error> {
        Self::new(knots)
    }
}

impl From<Isotonic> for Vec<(Probability, Probability)> {
    fn from(map: Isotonic) -> Self {
        map.knots
    }
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "small numbers, and a test fails by panicking"
)]
mod tests {
    use super::*;
    use crate::chance::Seed;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    /// The greatest of the least of the means: the definition by minima and maxima.
    fn naive(rows: &[(f64, bool)], at: f64) -> f64 {
        let mean = |from: f64, to: f64| {
            let within: Vec<_> = rows.iter().filter(|row| from <= row.0 && row.0 <= to).collect();
            within.iter().filter(|row| row.1).count() as f64 / within.len() as f64
        };
        let starts = rows.iter().map(|row| row.0).filter(|from| *from <= at);
        let ends: Vec<f64> = rows.iter().map(|row| row.0).filter(|to| *to >= at).collect();
        starts
            .map(|from| ends.iter().map(|to| mean(from, *to)).fold(f64::INFINITY, f64::min))
            .fold(f64::NEG_INFINITY, f64::max)
    }

    #[test]
    fn it_is_the_greatest_of_the_least_means() {
        let mut chance = Seed::new(2).generator();
        for round in 0..100_u32 {
            let rows: Vec<(f64, bool)> =
                (0..4 + round % 30).map(|_| (f64::from(chance.below(12)) / 12.0, chance.below(2) == 0)).collect();
            let forecasts = Forecasts::new(rows.iter().map(|(value, happened)| (p(*value), *happened)));
            if let Ok(map) = forecasts.isotonic() {
                assert_eq!(Isotonic::new(map.knots().to_vec()), Ok(map.clone()));
                for (value, _) in &rows {
                    assert!((map.apply(p(*value)).get() - naive(&rows, *value)).abs() < 1e-14, "{rows:?}");
                }
            }
        }
    }

    #[test]
    fn knots_out_of_order_are_refused_with_their_place() {
        assert_eq!(Isotonic::new(vec![]), Err(Error::KnotsOutOfOrder { index: 0 }));
        let knots = vec![(p(0.1), p(0.2)), (p(0.2), p(0.3)), (p(0.3), p(0.1))];
        assert_eq!(Isotonic::new(knots), Err(Error::KnotsOutOfOrder { index: 2 }));
        assert!(Isotonic::new(vec![(p(0.1), p(0.2)), (p(0.1), p(0.3))]).is_err());
    }

    #[test]
    fn a_million_forecasts_and_one_kind_only() {
        let n = 1_000_000_u32;
        let rows = (0..n).map(|i| (p(f64::from(i) / f64::from(n)), i % 10 < i / 100_000));
        let map = Forecasts::new(rows).isotonic().unwrap();
        assert!((map.apply(p(0.55)).get() - 0.5).abs() < 1e-3);
        assert!(Forecasts::new([(p(0.1), true)]).isotonic().is_err());
    }
}
