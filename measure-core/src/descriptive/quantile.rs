//! Quantiles of a sample, by the rules that have names.

use crate::probability::Probability;
use crate::sample::{Sample, float};

/// How a quantile is read off n ascending observations: the numbers are those of Hyndman and Fan (1996), as in R's
/// `quantile(type = )`; the names in brackets are numpy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum QuantileRule {
    /// Type 1 (`inverted_cdf`): the least observation that has a share of at least `q` at or below it. Always one of
    /// the observations.
    InvertedCdf,
    /// Type 2 (`averaged_inverted_cdf`): as type 1, but the mean of two where a share of exactly `q` lies below.
    AveragedInvertedCdf,
    /// Type 5 (`hazen`): between positions `n q + 1/2`.
    Hazen,
    /// Type 6 (`weibull`): between positions `(n + 1) q`: an observation is expected to have a share of `k / (n + 1)`
    /// below it. Minitab, SPSS.
    Weibull,
    /// Type 7 (`linear`): between positions `(n - 1) q + 1`. R, numpy and spreadsheets; the default here.
    #[default]
    Linear,
    /// Type 8 (`median_unbiased`): between positions `(n + 1/3) q + 1/3`: nearly median-unbiased whatever the
    /// distribution; what Hyndman and Fan recommend.
    MedianUnbiased,
    /// Type 9 (`normal_unbiased`): between positions `(n + 1/4) q + 3/8`: nearly unbiased for a normal distribution.
    NormalUnbiased,
}

/// The quantile of type 7, as R and numpy have it by default; `None` without observations.
///
/// ```
/// use measure_core::{Probability, Sample, descriptive};
/// let minutes = Sample::new(vec![4.0, 7.0, 12.0, 31.0])?;
/// assert_eq!(descriptive::quantile(&minutes, Probability::new(0.5)?), Some(9.5));
/// assert_eq!(descriptive::quantile(&Sample::default(), Probability::new(0.5)?), None);
/// # Ok::<(), measure_core::Error>(())
/// ```
#[must_use]
pub fn quantile(sample: &Sample, at: Probability) -> Option<f64> {
    interpolated(sample.values(), at.get())
}

/// The quantile by the rule; `None` without observations.
#[must_use]
pub fn quantile_by(sample: &Sample, at: Probability, rule: QuantileRule) -> Option<f64> {
    let (n, q) = (float(sample.len()), at.get());
    // Positions from 1, as in the paper.
    match rule {
        QuantileRule::InvertedCdf => nth(sample.values(), (n * q).ceil()),
        QuantileRule::AveragedInvertedCdf => {
            let position = n * q;
            let (low, high) = (nth(sample.values(), position.ceil())?, nth(sample.values(), position.floor() + 1.0)?);
            Some(between(low, high, 0.5))
        }
        QuantileRule::Hazen => at_position(sample.values(), n * q + 0.5),
        QuantileRule::Weibull => at_position(sample.values(), (n + 1.0) * q),
        QuantileRule::Linear => quantile(sample, at),
        QuantileRule::MedianUnbiased => at_position(sample.values(), (n + 1.0 / 3.0) * q + 1.0 / 3.0),
        QuantileRule::NormalUnbiased => at_position(sample.values(), (n + 0.25) * q + 0.375),
    }
}

/// The median: the middle observation, or the mean of the two in the middle; `None` without observations.
#[must_use]
pub fn median(sample: &Sample) -> Option<f64> {
    interpolated(sample.values(), 0.5)
}

/// The quantile of type 7 of ascending values.
pub(crate) fn interpolated(ascending: &[f64], at: f64) -> Option<f64> {
    let (low, share) = rank(ascending.len(), at);
    let value = *ascending.get(low)?;
    Some(ascending.get(low.saturating_add(1)).map_or(value, |next| between(value, *next, share)))
}

/// Where the quantile of type 7 of `n` ascending values is: the rank from 0 below it, and how far it is to the next.
pub(crate) fn rank(n: usize, at: f64) -> (usize, f64) {
    let last = n.saturating_sub(1);
    let position = float(last) * at;
    let low = whole(position).min(last);
    (low, position - float(low))
}

/// The value a `share` of the way from `low` to `high`; never beyond either, and exact where they are equal.
pub(crate) fn between(low: f64, high: f64, share: f64) -> f64 {
    let gap = high - low;
    // Two of opposite sign may be further apart than a float can say.
    let value = if gap.is_finite() { low + gap * share } else { low * (1.0 - share) + high * share };
    value.clamp(low, high.max(low))
}

/// The value at a position from 1, between two of them if it is between; the outermost beyond them.
fn at_position(ascending: &[f64], position: f64) -> Option<f64> {
    let low = position.floor();
    Some(between(nth(ascending, low)?, nth(ascending, low + 1.0)?, position - low))
}

/// The value at a whole position from 1; the outermost beyond them.
fn nth(ascending: &[f64], position: f64) -> Option<f64> {
    let index = whole(position - 1.0).min(ascending.len().saturating_sub(1));
    ascending.get(index).copied()
}

/// The whole part; 0 for what is negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
pub(crate) const fn whole(value: f64) -> usize {
    value as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_the_ends_and_nothing_has_none() {
        let sample = Sample::new(vec![-1e300, 3.0, 1e300]).unwrap();
        for rule in
            [QuantileRule::InvertedCdf, QuantileRule::Weibull, QuantileRule::Linear, QuantileRule::MedianUnbiased]
        {
            assert_eq!(quantile_by(&Sample::default(), Probability::ONE, rule), None, "{rule:?}");
            assert_eq!(quantile_by(&sample, Probability::ZERO, rule), Some(-1e300), "{rule:?}");
            assert_eq!(quantile_by(&sample, Probability::ONE, rule), Some(1e300), "{rule:?}");
        }
        assert_eq!(median(&Sample::new(vec![-1e300, 1e300]).unwrap()), Some(0.0));
    }

    #[test]
    fn between_does_not_leave_its_ends() {
        assert_eq!(between(0.1, 0.1, 0.3).to_bits(), 0.1_f64.to_bits());
        assert_eq!((between(1.0, 2.0, 1.0), between(-1.5e308, 1.5e308, 0.5)), (2.0, 0.0));
        assert!((5e-324..=1e-323).contains(&between(5e-324, 1e-323, 0.5)));
    }

    #[test]
    fn a_million_observations_have_quantiles() {
        let sample = Sample::new((0..1_000_001).map(f64::from).collect()).unwrap();
        assert_eq!(quantile(&sample, Probability::new(0.999).unwrap()), Some(999_000.0));
    }
}
