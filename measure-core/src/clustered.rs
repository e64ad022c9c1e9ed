//! Ratios over clusters: the share of hours that is toil, where hours come by engineer; the share of requests that
//! fail, where requests come by service.
//!
//! Observations of one cluster resemble one another, so that the number of clusters counts, not that of hours. An
//! interval from 1,000 pooled hours of four engineers holds the truth in two cases of five where it says 95 %.

mod population;

pub use population::SampledRatio;

use crate::error::Error;
use crate::estimate::{Estimate, NotEnough};
use crate::probability::{Level, Probability};
use crate::proportion::count;
use crate::special::Twofold;

/// The least magnitude above 0, and the inverse of the largest: squares and quotients stay finite.
const LEAST: f64 = 1e-100;

/// `R = sum y / sum x` over clusters (engineers, services), each with its `y` and `x`.
///
/// The variance is that of the clusters (the "with-replacement" estimator of a ratio; Cochran 1977, section 6.3):
/// `k / (k - 1) sum (y_i - R x_i)^2 / (sum x)^2`, and `R` over its root has about Student's t with `k - 1` degrees of
/// freedom.
///
/// A monoid over clusters: [`ClusteredRatio::ZERO`] is the identity of [`ClusteredRatio::merge`]. What is kept are the
/// number of clusters and the sums of `x`, `y`, `x^2`, `xy` and `y^2`, each as two floats, so that 31 digits survive
/// and the cancellation in `sum (y - R x)^2` leaves enough of them: merging in any order gives the same to 1e-12. Each
/// cluster must be added whole, once, in one place.
///
/// ```
/// use measure_core::{Level, clustered::ClusteredRatio};
/// // Hours of toil and hours worked, by engineer.
/// let team = ClusteredRatio::of([(21.0, 120.0), (64.0, 158.0), (33.0, 150.0), (70.0, 160.0)])?;
/// assert_eq!(format!("{:.2}", team.measured(Level::P95)?), "0.32 [0.12 to 0.52 (95 %)], n = 4, cluster-robust t");
/// // Is it over the cap of one half? Hardly.
/// assert!(team.probability_above(0.5)?.get() < 0.05);
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawClusteredRatio", into = "RawClusteredRatio")
)]
pub struct ClusteredRatio {
    clusters: u64,
    // INVARIANT: the sums of values that `with` accepts.
    x: Twofold,
    y: Twofold,
    xx: Twofold,
    xy: Twofold,
    yy: Twofold,
}

impl ClusteredRatio {
    /// No clusters.
    pub const ZERO: Self = Self {
        clusters: 0,
        x: Twofold::of(0.0),
        y: Twofold::of(0.0),
        xx: Twofold::of(0.0),
        xy: Twofold::of(0.0),
        yy: Twofold::of(0.0),
    };

    /// Clusters of `(y, x)`: numerator and denominator.
    ///
    /// # Errors
    /// What [`ClusteredRatio::with`] has.
    pub fn of(clusters: impl IntoIterator<Item = (f64, f64)>) -> Result<Self, Error> {
        clusters.into_iter().try_fold(Self::ZERO, |ratio, (y, x)| ratio.with(y, x))
    }

    /// One cluster more. `x` is at least 0, `y` of either sign.
    ///
    /// # Errors
    /// [`Error::ClusterOutOfRange`] where one is not finite, not 0 and yet not within 1e-100 and 1e100 in magnitude, or
    /// `x` below 0; [`Error::CountOverflow`].
    pub fn with(self, y: f64, x: f64) -> Result<Self, Error> {
        let fits = |value: f64| value == 0.0 || (LEAST..=1.0 / LEAST).contains(&value);
        if !(fits(x) && fits(y.abs())) {
            return Err(Error::ClusterOutOfRange { numerator: y, denominator: x });
        }
        self.merge(Self {
            clusters: 1,
            x: Twofold::of(x),
            y: Twofold::of(y),
            xx: Twofold::product(x, x),
            xy: Twofold::product(x, y),
            yy: Twofold::product(y, y),
        })
    }

    /// The clusters of both.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] when there are more than 64 bits hold.
    pub const fn merge(self, other: Self) -> Result<Self, Error> {
        let Some(clusters) = self.clusters.checked_add(other.clusters) else {
            return Err(Error::CountOverflow { left: self.clusters, right: other.clusters });
        };
        Ok(Self {
            clusters,
            x: self.x.plus(other.x),
            y: self.y.plus(other.y),
            xx: self.xx.plus(other.xx),
            xy: self.xy.plus(other.xy),
            yy: self.yy.plus(other.yy),
        })
    }

    /// How many clusters there are.
    #[must_use]
    pub const fn clusters(self) -> u64 {
        self.clusters
    }

    /// The sum of the numerators.
    #[must_use]
    pub const fn numerator(self) -> f64 {
        self.y.round()
    }

    /// The sum of the denominators.
    #[must_use]
    pub const fn denominator(self) -> f64 {
        self.x.round()
    }

    /// `sum y / sum x`.
    ///
    /// # Errors
    /// [`NotEnough`] without clusters, or where all denominators are 0.
    pub fn estimate(self) -> Result<f64, NotEnough> {
        Ok(self.ratio()?.round())
    }

    /// The standard error of the estimate.
    ///
    /// # Errors
    /// [`NotEnough`] for fewer than two clusters, or where all denominators are 0.
    pub fn standard_error(self) -> Result<f64, NotEnough> {
        self.sampled().standard_error()
    }

    /// The estimate with its two-sided interval at `level`, by Student's t with one degree of freedom fewer than there
    /// are clusters. `n` is the number of clusters. It may reach below 0 or above 1.
    ///
    /// # Errors
    /// [`NotEnough`] for fewer than two clusters, where all denominators are 0, or where all clusters have the same
    /// ratio, which does not say how much they vary.
    pub fn measured(self, level: Level) -> Result<Estimate, NotEnough> {
        self.sampled().measured(level)
    }

    /// The one-sided bound: at `level`, the true ratio is at least this.
    ///
    /// # Errors
    /// As [`ClusteredRatio::measured`].
    pub fn lower_bound(self, level: Level) -> Result<f64, NotEnough> {
        self.sampled().lower_bound(level)
    }

    /// The one-sided bound: at `level`, the true ratio is at most this.
    ///
    /// # Errors
    /// As [`ClusteredRatio::measured`].
    pub fn upper_bound(self, level: Level) -> Result<f64, NotEnough> {
        self.sampled().upper_bound(level)
    }

    /// How firmly the clusters put the true ratio above `cap`: `1 - F((cap - R) / se)`, `F` being Student's t with
    /// `k - 1` degrees of freedom. The one-sided p-value against "at least `cap`", and, under a flat prior, about the
    /// probability of an excess.
    ///
    /// # Errors
    /// [`Error::CapOutOfRange`] for a cap that is not finite; [`NotEnough`] as [`ClusteredRatio::measured`] has it.
    pub fn probability_above(self, cap: f64) -> Result<Probability, Error> {
        self.sampled().probability_above(cap)
    }

    /// The same clusters as a sample from a team of `population`, without replacement: the more of it was asked, the
    /// surer the answer.
    ///
    /// # Errors
    /// [`Error::ClustersExceedPopulation`].
    pub const fn out_of(self, population: u64) -> Result<SampledRatio, Error> {
        SampledRatio::new(self, population)
    }

    fn sampled(self) -> SampledRatio {
        SampledRatio::of_many(self)
    }

    fn ratio(self) -> Result<Twofold, NotEnough> {
        NotEnough::unless(self.clusters, 1, "clusters")?;
        if self.x.round() > 0.0 { Ok(self.y.over(self.x)) } else { Err(NotEnough::NoExposure) }
    }

    /// The root of `k / (k - 1) sum (y - R x)^2 / (sum x)^2`.
    fn deviation(self) -> Result<f64, NotEnough> {
        NotEnough::unless(self.clusters, 2, "clusters")?;
        let ratio = self.ratio()?;
        // In this order no step overflows: R xx is at most sum y sum x.
        let twice = self.xy.plus(self.xy);
        let squares = ratio.times(ratio.times(self.xx).minus(twice)).plus(self.yy).round();
        // What 31 digits leave of residuals that are all 0.
        let rounding = 1e-28 * self.yy.round();
        if squares <= rounding {
            return Ok(0.0);
        }
        let k = count(self.clusters);
        Ok((k / (k - 1.0)).sqrt() * (squares.sqrt() / self.x.round()))
    }
}

/// The shape in a file: the sums, each as two floats.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClusteredRatio {
    clusters: u64,
    x: [f64; 2],
    y: [f64; 2],
    xx: [f64; 2],
    xy: [f64; 2],
    yy: [f64; 2],
}

#[cfg(feature = "serde")]
impl TryFrom<RawClusteredRatio> for ClusteredRatio {
    type Error = Error;

    fn try_from(raw: RawClusteredRatio) -> Result<Self, Error> {
        let impossible = |reason| Err(Error::StateImpossible { reason });
        let sums = [raw.x, raw.y, raw.xx, raw.xy, raw.yy];
        // Written so that a NaN fails. A sum and its rest are as `Twofold` keeps them.
        if sums.iter().any(|[high, low]| !(high.abs() <= 1e220 && (high + low).to_bits() == high.to_bits())) {
            return impossible("a sum is not finite, or its rest is not small");
        }
        let [x, y, xx, xy, yy] = sums.map(|[high, _]| high);
        if raw.clusters == 0 && sums.iter().flatten().any(|part| *part != 0.0) {
            return impossible("there are sums and no clusters");
        }
        let (k, slack) = (count(raw.clusters), 1.0 + 1e-9);
        let below = |a: f64, b: f64, c: f64| a.abs() <= (b * slack).sqrt() * c.sqrt();
        // Cauchy and Schwarz.
        if x < 0.0 || !(below(x, k, xx) && below(y, k, yy) && below(xy, xx, yy)) {
            return impossible("the sums of squares are too small for the sums");
        }
        let of = |[high, low]: [f64; 2]| Twofold { high, low };
        Ok(Self { clusters: raw.clusters, x: of(raw.x), y: of(raw.y), xx: of(raw.xx), xy: of(raw.xy), yy: of(raw.yy) })
    }
}

#[cfg(feature = "serde")]
impl From<ClusteredRatio> for RawClusteredRatio {
    fn from(ratio: ClusteredRatio) -> Self {
        let parts = |sum: Twofold| [sum.high, sum.low];
        Self {
            clusters: ratio.clusters,
            x: parts(ratio.x),
            y: parts(ratio.y),
            xx: parts(ratio.xx),
            xy: parts(ratio.xy),
            yy: parts(ratio.yy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(clusters: &[(f64, f64)]) -> ClusteredRatio {
        ClusteredRatio::of(clusters.iter().copied()).unwrap()
    }

    /// From the definition, in two passes.
    fn naive(clusters: &[(f64, f64)]) -> (f64, f64) {
        let k = crate::sample::float(clusters.len());
        let (y, x) = clusters.iter().fold((0.0, 0.0), |(y, x), cluster| (y + cluster.0, x + cluster.1));
        let (ratio, mean) = (y / x, x / k);
        let squares: f64 = clusters.iter().map(|(y, x)| (y - ratio * x).powi(2)).sum();
        (ratio, (squares / (k * (k - 1.0) * mean * mean)).sqrt())
    }

    #[test]
    fn it_is_the_formula() {
        let clusters = [(21.0, 120.0), (64.0, 158.0), (33.0, 150.0), (70.0, 160.0), (0.0, 20.0)];
        let ((ratio, error), got) = (naive(&clusters), of(&clusters));
        assert!((got.estimate().unwrap() / ratio - 1.0).abs() < 1e-15);
        assert!((got.standard_error().unwrap() / error - 1.0).abs() < 1e-14);
    }

    #[test]
    fn residuals_of_a_billionth_keep_their_digits() {
        // y = x + 1e-9 e with e of sum 0: R is 1, and the squares sum to 1e-18 (1 + 4 + 9).
        let clusters: Vec<(f64, f64)> =
            [(1e6, 1.0), (2e6, 2.0), (3e6, -3.0)].iter().map(|(x, e)| (x + e * 1e-3, *x)).collect();
        let exact: f64 = clusters.iter().map(|(y, x)| (y - x).powi(2)).sum();
        let want = (exact * 1.5).sqrt() / 6e6;
        assert!((of(&clusters).standard_error().unwrap() / want - 1.0).abs() < 1e-6);
    }

    #[test]
    fn too_little_says_what_would_be_enough() {
        let need = |have, need| NotEnough::TooFew { of: "clusters", have, need };
        assert_eq!(ClusteredRatio::ZERO.estimate(), Err(need(0, 1)));
        assert_eq!(of(&[(1.0, 2.0)]).measured(Level::P95), Err(need(1, 2)));
        assert_eq!(of(&[(1.0, 2.0)]).estimate(), Ok(0.5));
        assert_eq!(of(&[(1.0, 0.0), (2.0, 0.0)]).measured(Level::P95), Err(NotEnough::NoExposure));
        assert_eq!(of(&[(0.1, 0.3), (0.2, 0.6)]).measured(Level::P95), Err(NotEnough::NoSpread { n: 2 }));
        assert_eq!(of(&[(0.0, 3.0), (0.0, 5.0)]).measured(Level::P95), Err(NotEnough::NoSpread { n: 2 }));
        assert!(matches!(of(&[(1.0, 2.0)]).probability_above(0.5), Err(Error::NotEnough(_))));
    }

    #[test]
    fn what_cannot_be_computed_with_is_refused() {
        for (y, x) in [(f64::NAN, 1.0), (1.0, f64::INFINITY), (1.0, -1.0), (1e300, 1.0), (1.0, 5e-324), (1.0, 1e-200)] {
            assert!(matches!(ClusteredRatio::ZERO.with(y, x), Err(Error::ClusterOutOfRange { .. })), "{y} {x}");
        }
        let wide = of(&[(1e100, 1e-100), (-1e100, 1e-100), (1e-100, 0.0)]);
        let estimate = wide.measured(Level::P99).unwrap();
        assert!(estimate.interval().upper().is_finite() && wide.upper_bound(Level::P80).unwrap().is_finite());
    }

    #[test]
    fn a_million_clusters() {
        let clusters = (0..1_000_000_u32).map(|i| (f64::from(i % 7), 10.0 + f64::from(i % 3)));
        let ratio = ClusteredRatio::of(clusters).unwrap().measured(Level::P95).unwrap();
        assert!((ratio.value() - 3.0 / 11.0).abs() < 1e-5 && ratio.n() == 1_000_000);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_sums_that_no_clusters_have() {
        let text = serde_json::to_string(&of(&[(1.0, 2.0), (0.3, 0.7)])).unwrap();
        assert!(serde_json::from_str::<ClusteredRatio>(&text).is_ok(), "{text}");
        for (right, wrong) in [
            (r#""clusters":2"#, r#""clusters":0"#),
            (r#""clusters":2"#, r#""clusters":1"#),
            (r#""x":[2.7"#, r#""x":[-2.7"#),
            (r#""yy":[1.09"#, r#""yy":[0.09"#),
            (r#""y":[1.3"#, r#""y":[1e230"#),
            (r#""clusters":2"#, r#""clusters":2,"k":2"#),
        ] {
            assert!(text.contains(right), "{text}");
            assert!(serde_json::from_str::<ClusteredRatio>(&text.replace(right, wrong)).is_err(), "{wrong}");
        }
    }
}
