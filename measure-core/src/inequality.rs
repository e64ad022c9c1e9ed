//! How evenly something is shared: pages over engineers, load over servers.
//!
//! | question | function | all alike | all with one of n |
//! |---|---|---|---|
//! | how far from even, from 0 up? | [`Shares::gini`] | 0 | 1 - 1/n |
//! | the same, so that few can be compared with many | [`Shares::gini_corrected`] | 0 | 1 |
//! | how even, as a share of those who could carry? | [`Shares::jain`] | 1 | 1/n |
//! | how much have the least and the most burdened? | [`Shares::extremes`] | 1 and 1 | 0 and n |
//! | what part of the whole has one? | [`Shares::largest_part`], [`Shares::smallest_part`] | 1/n | 1 and 0 |
//!
//! These are plain numbers without an interval: they describe how what there is is shared among all who share it, and
//! claim nothing beyond. Where those at hand are a sample of more,
//! [`Bootstrap::one_sample`](crate::bootstrap::Bootstrap::one_sample) gives an interval for any of them, from 8 on.
//!
//! Weights are for those who are not there alike: with their availability as weight, someone at half time with half
//! the load is even.

use crate::descriptive::checked_weights;
use crate::error::Error;
use crate::estimate::NotEnough;
use crate::sample::{LARGEST, float};

/// What each has of something, 0 or more, each with a weight above 0: what part of the whole would be even.
///
/// ```
/// use measure_core::inequality::Shares;
/// // Pages a week; the third works half time.
/// let pages = Shares::weighted(vec![(12.0, 1.0), (3.0, 1.0), (6.0, 0.5)])?;
/// assert_eq!(format!("{:.3}", pages.gini()?), "0.257");
/// assert_eq!(format!("{:.3}", pages.jain()?), "0.784");
/// let nobody = Shares::new(vec![0.0, 0.0])?;
/// assert_eq!(nobody.gini().unwrap_err().to_string(), "nothing to share: all of the 2 values are zero");
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<(f64, f64)>", into = "Vec<(f64, f64)>")
)]
pub struct Shares {
    // INVARIANT: pairs of what one has, within 0 and LARGEST, and a weight above 0, at most LARGEST; the weights' sum
    // is at most LARGEST. Ascending by what one has for its weight, then by the pair.
    pairs: Vec<(f64, f64)>,
}

/// What the least and the most burdened have for their weight, in multiples of an even share.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Extremes {
    least: f64,
    greatest: f64,
}

impl Extremes {
    /// What the least burdened has, in `[0, 1]`; 1 is an even share.
    #[must_use]
    pub const fn least(self) -> f64 {
        self.least
    }

    /// What the most burdened has, 1 or more.
    #[must_use]
    pub const fn greatest(self) -> f64 {
        self.greatest
    }

    /// The max-min spread: the distance between the two, in even shares; 0 when all are alike.
    #[must_use]
    pub const fn spread(self) -> f64 {
        self.greatest - self.least
    }

    /// The least over the greatest, in `[0, 1]`; 1 when all are alike.
    #[must_use]
    pub const fn ratio(self) -> f64 {
        self.least / self.greatest
    }
}

impl Shares {
    /// What each has, all with the same weight.
    ///
    /// # Errors
    /// [`Error::ShareOutOfRange`] when one is negative, not finite, or beyond [`LARGEST`].
    pub fn new(values: Vec<f64>) -> Result<Self, Error> {
        Self::weighted(values.into_iter().map(|value| (value, 1.0)).collect())
    }

    /// Pairs of what each has and its weight: its availability, its capacity, the people it stands for.
    ///
    /// # Errors
    /// As for [`Shares::new`]; [`Error::WeightOutOfRange`] when a weight is negative, not finite or beyond [`LARGEST`],
    /// and for a weight of 0 whose share is not 0 (a share of 0 with no weight is dropped); [`Error::WeightsOverflow`].
    pub fn weighted(mut pairs: Vec<(f64, f64)>) -> Result<Self, Error> {
        let fits = |value: f64| (0.0..=LARGEST).contains(&value);
        if let Some((index, (given, _))) = pairs.iter().enumerate().find(|(_, (value, _))| !fits(*value)) {
            let others = pairs.iter().filter(|(value, _)| !fits(*value)).count().saturating_sub(1);
            return Err(Error::ShareOutOfRange { index, given: *given, others });
        }
        checked_weights(pairs.iter().map(|(_, weight)| *weight))?;
        let carries = |(value, weight): &(f64, f64)| *weight <= 0.0 && *value > 0.0;
        if let Some(index) = pairs.iter().position(carries) {
            let others = pairs.iter().filter(|pair| carries(pair)).count().saturating_sub(1);
            return Err(Error::WeightOutOfRange { index, given: 0.0, others });
        }
        pairs.retain(|(_, weight)| *weight > 0.0);
        pairs.iter_mut().for_each(|(value, _)| *value += 0.0);
        // The ratio may overflow or vanish, for extremes of both; the order is then by the pair.
        pairs.sort_by(|(x, w), (y, v)| (x / w).total_cmp(&(y / v)).then(x.total_cmp(y)).then(v.total_cmp(w)));
        Ok(Self { pairs })
    }

    /// The pairs of what each has and its weight, ascending by what one has for its weight.
    #[must_use]
    pub fn pairs(&self) -> &[(f64, f64)] {
        &self.pairs
    }

    /// How many share.
    #[must_use]
    pub fn n(&self) -> u64 {
        u64::try_from(self.pairs.len()).unwrap_or(u64::MAX)
    }

    /// Gini's coefficient: twice the area between the Lorenz curve and the diagonal, by Brown's formula (1994),
    /// `1 - sum (P_k - P_(k-1)) (L_k + L_(k-1))`, P and L being the parts of all weight and of the whole that the k
    /// least burdened have. Without weights it is `sum (2 k - n - 1) x_k / (n sum x)`, in `[0, 1 - 1/n]`; with weights
    /// in `[0, 1 - w/W]`, w being the least of them and W their sum.
    ///
    /// Unchanged by the unit, and when each is replaced by two with half its weight and half its share; falls with any
    /// transfer from one who has more to one who has less that leaves their order.
    ///
    /// # Errors
    /// [`NotEnough::TooFew`] when nobody shares, [`NotEnough::AllZero`] when there is nothing to share.
    pub fn gini(&self) -> Result<f64, NotEnough> {
        let parts = self.parts()?;
        // Summed by differences, so that what is even gives 0 and not what rounding leaves of 1 - 1:
        // sum over k of (part of weight below) x (own part) - (own weight) x (part of the whole below).
        let (mut weight_below, mut part_below, mut area) = (0.0, 0.0, 0.0);
        for (part, weight) in &parts {
            area += weight_below * part - weight * part_below;
            weight_below += weight;
            part_below += part;
        }
        Ok(area.clamp(0.0, self.most_uneven()))
    }

    /// Gini's coefficient over the largest that it can be: times `n / (n - 1)` without weights, which takes out the bias
    /// of small samples (Deltas 2003), and over `1 - w/W` with them, w being the least weight. In `[0, 1]`.
    ///
    /// # Errors
    /// As for [`Shares::gini`]; [`NotEnough::TooFew`] when one alone has it.
    pub fn gini_corrected(&self) -> Result<f64, NotEnough> {
        NotEnough::unless(self.n(), 2, "sharers")?;
        Ok((self.gini()? / self.most_uneven()).clamp(0.0, 1.0))
    }

    /// Jain's index of fairness (Jain, Chiu and Hawe 1984): `(sum x)^2 / (n sum x^2)`, the part of the sharers among
    /// whom it would be even, in `[1/n, 1]`. With weights `(sum x)^2 / (W sum x^2 / w)`, in `[w/W, 1]`, w being the
    /// least of them.
    ///
    /// Unchanged by the unit, and when each is replaced by two with half its weight and half its share; rises with a
    /// transfer from one who has more to one who has less that leaves their order.
    ///
    /// # Errors
    /// As for [`Shares::gini`].
    pub fn jain(&self) -> Result<f64, NotEnough> {
        // Parts of the whole, which add up to 1.
        let parts = self.parts()?;
        let squares: f64 = parts.iter().map(|(part, weight)| part * (part / weight)).sum();
        let whole: f64 = parts.iter().map(|(part, _)| part).sum();
        Ok((whole * whole / squares).clamp(1.0 - self.most_uneven(), 1.0))
    }

    /// What the least and the most burdened have for their weight, in multiples of an even share.
    ///
    /// # Errors
    /// As for [`Shares::gini`].
    pub fn extremes(&self) -> Result<Extremes, NotEnough> {
        let parts = self.parts()?;
        let multiples = || parts.iter().map(|(part, weight)| part / weight);
        let least = multiples().fold(f64::MAX, f64::min).min(1.0);
        Ok(Extremes { least, greatest: multiples().fold(1.0, f64::max).min(f64::MAX) })
    }

    /// The part of the whole that the one with the most has, whatever its weight, in `[1/n, 1]`.
    ///
    /// # Errors
    /// As for [`Shares::gini`].
    pub fn largest_part(&self) -> Result<f64, NotEnough> {
        let largest = self.parts()?.iter().map(|(part, _)| *part).fold(0.0, f64::max);
        Ok(largest.clamp(1.0 / float(self.pairs.len()), 1.0))
    }

    /// The part of the whole that the one with the least has, whatever its weight, in `[0, 1/n]`.
    ///
    /// # Errors
    /// As for [`Shares::gini`].
    pub fn smallest_part(&self) -> Result<f64, NotEnough> {
        let smallest = self.parts()?.iter().map(|(part, _)| *part).fold(1.0, f64::min);
        Ok(smallest.clamp(0.0, 1.0 / float(self.pairs.len())))
    }

    /// Each one's part of the whole and of the weight, in the order of the pairs.
    fn parts(&self) -> Result<Vec<(f64, f64)>, NotEnough> {
        NotEnough::unless(self.n(), 1, "sharers")?;
        let largest = self.pairs.iter().map(|(value, _)| *value).fold(0.0, f64::max);
        if largest <= 0.0 {
            return Err(NotEnough::AllZero { n: self.n() });
        }
        // In units of the largest, the sum of all is finite.
        let whole: f64 = self.pairs.iter().map(|(value, _)| value / largest).sum();
        // A weight that is nothing beside the others stays above 0, for what is divided by it.
        let all = self.weight();
        let weight = |own: &f64| (own / all).max(f64::MIN_POSITIVE);
        Ok(self.pairs.iter().map(|(value, own)| (value / largest / whole, weight(own))).collect())
    }

    fn weight(&self) -> f64 {
        self.pairs.iter().map(|(_, weight)| weight).sum()
    }

    /// What Gini's coefficient is when the one with the least weight has all.
    fn most_uneven(&self) -> f64 {
        let least = self.pairs.iter().map(|(_, weight)| *weight).fold(f64::INFINITY, f64::min);
        1.0 - least / self.weight()
    }
}

impl TryFrom<Vec<(f64, f64)>> for Shares {
    type Error = Error;

    fn try_from(pairs: Vec<(f64, f64)>) -> Result<Self, Error> {
        Self::weighted(pairs)
    }
}

impl From<Shares> for Vec<(f64, f64)> {
    fn from(shares: Shares) -> Self {
        shares.pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_sharers_have_what_they_can_have() {
        let nobody = Shares::new(vec![]).unwrap();
        assert_eq!(nobody.gini(), Err(NotEnough::TooFew { of: "sharers", have: 0, need: 1 }));
        let alone = Shares::new(vec![5.0]).unwrap();
        assert_eq!((alone.gini(), alone.jain()), (Ok(0.0), Ok(1.0)));
        assert_eq!(alone.gini_corrected(), Err(NotEnough::TooFew { of: "sharers", have: 1, need: 2 }));
        let zeros = Shares::new(vec![0.0, -0.0]).unwrap();
        for answer in [zeros.gini(), zeros.jain(), zeros.largest_part(), zeros.extremes().map(Extremes::spread)] {
            assert_eq!(answer, Err(NotEnough::AllZero { n: 2 }));
        }
    }

    #[test]
    fn one_with_all_is_the_most_uneven() {
        let shares = Shares::new(vec![0.0, 0.0, 8.0, 0.0]).unwrap();
        assert_eq!((shares.gini(), shares.gini_corrected(), shares.jain()), (Ok(0.75), Ok(1.0), Ok(0.25)));
        let extremes = shares.extremes().unwrap();
        assert_eq!((extremes.least(), extremes.greatest(), extremes.spread(), extremes.ratio()), (0.0, 4.0, 4.0, 0.0));
        assert_eq!((shares.largest_part(), shares.smallest_part()), (Ok(1.0), Ok(0.0)));
    }

    #[test]
    fn what_is_even_is_even_but_for_rounding() {
        for n in 1..50 {
            let shares = Shares::new(vec![0.1; n]).unwrap();
            assert!(shares.gini().unwrap() < 1e-15 && shares.jain().unwrap() > 1.0 - 1e-15, "{n}");
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_its_place() {
        for value in [-1.0, f64::NAN, f64::INFINITY, 1.1e300] {
            let refused = Shares::new(vec![1.0, value, value]);
            assert!(matches!(refused, Err(Error::ShareOutOfRange { index: 1, others: 1, .. })), "{value}");
            assert!(matches!(Shares::weighted(vec![(1.0, value)]), Err(Error::WeightOutOfRange { .. })), "{value}");
        }
        // Who is not there cannot have had a share; who is not there and has none is not counted.
        assert!(matches!(Shares::weighted(vec![(1.0, 0.0)]), Err(Error::WeightOutOfRange { index: 0, .. })));
        assert_eq!(Shares::weighted(vec![(0.0, 0.0), (2.0, 1.0)]).unwrap().n(), 1);
        assert_eq!(Shares::weighted(vec![(1.0, 1e300), (1.0, 1e300)]), Err(Error::WeightsOverflow));
    }

    #[test]
    fn the_largest_and_the_smallest_stay_finite() {
        let shares = Shares::new(vec![1e300; 5]).unwrap();
        assert_eq!((shares.gini(), shares.largest_part()), (Ok(0.0), Ok(0.2)));
        let far = Shares::weighted(vec![(1e300, 1e-300), (5e-324, 1e299), (0.0, 1.0)]).unwrap();
        let extremes = far.extremes().unwrap();
        assert!(extremes.greatest().is_finite() && far.jain().unwrap() >= 0.0 && far.gini().unwrap() <= 1.0);
    }

    #[test]
    fn a_million_share() {
        let shares = Shares::new((0..1_000_000).map(f64::from).collect()).unwrap();
        // (n + 1) / (3 n) for 1, 2, ..., n; from 0 it is the same of n - 1, and a zero.
        assert!((shares.gini().unwrap() - 1_000_001.0 / 3_000_000.0).abs() < 1e-9);
    }
}
