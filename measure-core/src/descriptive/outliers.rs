//! What stands out, judged by the middle of the sample, which outliers do not move.

use super::location::{NORMAL_SCALE, median_absolute_deviation};
use super::quantile::{interpolated, median};
use crate::estimate::NotEnough;
use crate::sample::Sample;

/// Bounds beyond which an observation stands out, in the units of the observations.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Fences {
    // INVARIANT: finite, lower <= upper.
    lower: f64,
    upper: f64,
}

impl Fences {
    /// Below this it stands out.
    #[must_use]
    pub const fn lower(self) -> f64 {
        self.lower
    }

    /// Above this it stands out.
    #[must_use]
    pub const fn upper(self) -> f64 {
        self.upper
    }

    /// The observations below the lower fence, ascending.
    #[must_use]
    pub fn below(self, sample: &Sample) -> &[f64] {
        let values = sample.values();
        values.get(..values.partition_point(|value| *value < self.lower)).unwrap_or_default()
    }

    /// The observations above the upper fence, ascending.
    #[must_use]
    pub fn above(self, sample: &Sample) -> &[f64] {
        let values = sample.values();
        values.get(values.partition_point(|value| *value <= self.upper)..).unwrap_or_default()
    }

    fn around(low: f64, high: f64, reach: f64) -> Self {
        let within = |end: f64| end.clamp(f64::MIN, f64::MAX);
        Self { lower: within(low - reach), upper: within(high + reach) }
    }
}

/// Iglewicz and Hoaglin (1993): beyond 3.5 standard deviations from the median, the deviation estimated by
/// [`median_absolute_deviation`] times [`NORMAL_SCALE`]: a modified z-score of 3.5.
///
/// DIFFERS: their factor .6745 is rounded; this is .674489...
///
/// # Errors
/// [`NotEnough::TooFew`] below three observations; [`NotEnough::NoSpread`] when more than half of them are equal, so that
/// the middle has no spread to judge by.
///
/// ```
/// use measure_core::{Sample, descriptive};
/// let minutes = Sample::new(vec![12.0, 15.0, 11.0, 14.0, 13.0, 240.0])?;
/// assert_eq!(descriptive::modified_z_fences(&minutes)?.above(&minutes), [240.0]);
/// # Ok::<(), measure_core::Error>(())
/// ```
pub fn modified_z_fences(sample: &Sample) -> Result<Fences, NotEnough> {
    const MOST: f64 = 3.5;
    NotEnough::unless(sample.n(), 3, "observations")?;
    let flat = NotEnough::NoSpread { n: sample.n() };
    let (middle, deviation) = median(sample).zip(median_absolute_deviation(sample)).ok_or(flat)?;
    if deviation > 0.0 { Ok(Fences::around(middle, middle, MOST * NORMAL_SCALE * deviation)) } else { Err(flat) }
}

/// Tukey (1977): beyond 1.5 times the distance between the quartiles from the nearer of them; 3 times for what is "far
/// out". Quartiles of type 7, as R's and matplotlib's box plots in all but small samples.
///
/// # Errors
/// [`NotEnough::TooFew`] below four observations; [`NotEnough::NoSpread`] when the quartiles are equal.
pub fn tukey_fences(sample: &Sample) -> Result<Fences, NotEnough> {
    const REACH: f64 = 1.5;
    NotEnough::unless(sample.n(), 4, "observations")?;
    let flat = NotEnough::NoSpread { n: sample.n() };
    let quartile = |at: f64| interpolated(sample.values(), at);
    let (low, high) = quartile(0.25).zip(quartile(0.75)).ok_or(flat)?;
    if high > low { Ok(Fences::around(low, high, REACH * (high - low))) } else { Err(flat) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec()).unwrap()
    }

    #[test]
    fn what_stands_out_is_named_on_its_side() {
        let values = sample(&[-50.0, 9.0, 10.0, 10.5, 11.0, 12.0, 12.5, 80.0, 90.0]);
        for fences in [modified_z_fences(&values).unwrap(), tukey_fences(&values).unwrap()] {
            assert_eq!((fences.below(&values), fences.above(&values)), (&[-50.0][..], &[80.0, 90.0][..]), "{fences:?}");
        }
        // The median is 11, the deviations .5 1 1 1.5 2 and more: 1.5 x 1.4826 x 3.5.
        assert!((modified_z_fences(&values).unwrap().upper() - (11.0 + 7.783_661_647_154_41)).abs() < 1e-12);
    }

    #[test]
    fn without_a_spread_in_the_middle_there_is_no_measure() {
        let tied = sample(&[1.0, 5.0, 5.0, 5.0, 5.0, 9.0]);
        assert_eq!(modified_z_fences(&tied), Err(NotEnough::NoSpread { n: 6 }));
        assert_eq!(tukey_fences(&tied), Err(NotEnough::NoSpread { n: 6 }));
        // Of exactly half that are equal the other half says how far they spread.
        assert!(modified_z_fences(&sample(&[1.0, 3.0, 5.0, 5.0, 5.0, 9.0])).is_ok());
        assert_eq!(
            modified_z_fences(&sample(&[1.0, 2.0])),
            Err(NotEnough::TooFew { of: "observations", have: 2, need: 3 })
        );
        assert_eq!(tukey_fences(&sample(&[])), Err(NotEnough::TooFew { of: "observations", have: 0, need: 4 }));
    }

    #[test]
    fn fences_of_the_largest_are_finite() {
        let fences = tukey_fences(&sample(&[-1e300, -1e300, 1e300, 1e300])).unwrap();
        assert!(fences.lower().is_finite() && fences.upper() > 1e300);
    }
}
