//! An interval for any statistic, from resamples of the observations themselves.
//!
//! | observations | statistic | function |
//! |---|---|---|
//! | one sample | a [`Statistic`] | [`Bootstrap::of`] |
//! | one sample | anything | [`Bootstrap::one_sample`] |
//! | two samples | the difference of a [`Statistic`] | [`Bootstrap::difference`] |
//! | two samples | anything | [`Bootstrap::two_samples`] |
//! | a series, whose neighbours are alike | a [`Statistic`] | [`Bootstrap::of_series`] |
//! | a series | anything | [`Bootstrap::series`] |
//!
//! Each has a sibling that ends in `_replicates` and hands out the [`Replicates`]: for several levels, or the standard
//! error, from the same draws.
//!
//! A resample holds no more than the sample does, and the intervals of few observations are too short. How often an
//! interval of 95 % by BCa holds the truth, in percent (simulated, 2,000 times each; `tests/coverage`):
//!
//! | n | 8 | 10 | 15 | 20 | 30 | 50 | 100 | 200 |
//! |---|---|---|---|---|---|---|---|---|
//! | mean, normal | 90 | 89 | 91 | 93 | 93 | 93 | 94 | 95 |
//! | mean, lognormal | 80 | 81 | 86 | 88 | 89 | 91 | 92 | 92 |
//! | trimmed mean (20 %), normal | 92 | 93 | 94 | 94 | 95 | 94 | 95 | 96 |
//! | median, normal or lognormal | 92 | 92 | 93 | 94 | 95 | 95 | 95 | 95 |
//! | standard deviation, normal | - | - | - | 88 | 92 | 93 | 93 | 93 |
//! | 90th percentile, normal or lognormal | - | - | - | - | 94 | 94 | 93 | 95 |
//!
//! So fewer than [`Bootstrap::FEWEST_OBSERVATIONS`] are refused, fewer than [`Bootstrap::FEWEST_FOR_SPREAD`] for a
//! standard deviation, and for a quantile as few as
//! [`quantile_interval`](crate::descriptive::quantile_interval) refuses: 29 for the 90th percentile at 95 %. That one, and
//! [`mean_interval`](crate::descriptive::mean_interval) for means of what is not too skewed, hold their level with few.
//! For a statistic of your own nothing more is known than that it has 8.
//!
//! Every interval is reproducible: the same observations, seed and number of resamples give the same bits on every
//! platform, as far as the caller's own statistic does.

mod blocks;
mod draws;
mod replicates;
mod statistic;

pub use blocks::Blocks;
pub use replicates::Replicates;
pub use statistic::Statistic;

use crate::chance::Seed;
use crate::error::Error;
use crate::estimate::{Estimate, NotEnough};
use crate::probability::Level;
use crate::sample::{Sample, Series};

const OBSERVATIONS: &str = "observations";
const IN_EACH: &str = "observations in each sample";

/// How many resamples are drawn, where chance begins, and how the interval is read off them.
///
/// ```
/// use measure_core::bootstrap::{Bootstrap, Statistic};
/// use measure_core::{Level, Sample, Seed};
/// let minutes = Sample::new(vec![4.0, 5.0, 7.0, 9.0, 12.0, 12.0, 18.0, 25.0, 41.0, 95.0])?;
/// let bootstrap = Bootstrap::new(9_999, Seed::new(1))?;
/// let mean = bootstrap.of(&minutes, Statistic::Mean, Level::P95)?;
/// assert_eq!(format!("{mean:.1}"), "22.8 [11.8 to 50.3 (95 %)], n = 10, bootstrap BCa");
/// // Any function of the resample, which comes sorted.
/// let longest = |sorted: &[f64]| sorted.last().copied().unwrap_or(f64::NAN) - sorted[0];
/// assert!(bootstrap.one_sample(&minutes, Level::P95, longest)?.interval().upper() <= 91.0);
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawBootstrap", into = "RawBootstrap")
)]
pub struct Bootstrap {
    // INVARIANT: within FEWEST and MOST.
    resamples: u32,
    seed: Seed,
    ends: Ends,
}

/// How the ends of the interval are read off the replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Ends {
    /// Bias-corrected and accelerated (Efron 1987): the default. It needs a jackknife: a replicate for each
    /// observation left out.
    #[default]
    Bca,
    /// Quantiles of the replicates (Efron 1979).
    Percentile,
}

impl Bootstrap {
    /// The fewest resamples that can be asked for; a level may need more.
    pub const FEWEST: u32 = 10;
    /// The most resamples that can be asked for: 80 MB of replicates.
    pub const MOST: u32 = 10_000_000;
    /// The fewest observations, in each sample, from which resamples are drawn.
    pub const FEWEST_OBSERVATIONS: u64 = 8;
    /// The fewest for a standard deviation, whose interval falls further short: 79 % of 95 at 8.
    pub const FEWEST_FOR_SPREAD: u64 = 20;

    /// `resamples` drawn from `seed`, with BCa ends. 9,999 are usual; fewer than 999 make the ends themselves vary.
    ///
    /// # Errors
    /// [`Error::ResamplesOutOfRange`] unless within [`Bootstrap::FEWEST`] and [`Bootstrap::MOST`].
    pub const fn new(resamples: u32, seed: Seed) -> Result<Self, Error> {
        if resamples < Self::FEWEST || resamples > Self::MOST {
            return Err(Error::ResamplesOutOfRange { given: resamples, least: Self::FEWEST, most: Self::MOST });
        }
        Ok(Self { resamples, seed, ends: Ends::Bca })
    }

    /// The same with other ends.
    #[must_use]
    pub const fn with(self, ends: Ends) -> Self {
        Self { ends, ..self }
    }

    /// How many resamples are drawn.
    #[must_use]
    pub const fn resamples(self) -> u32 {
        self.resamples
    }

    /// Where chance begins.
    #[must_use]
    pub const fn seed(self) -> Seed {
        self.seed
    }

    /// How the ends are read off.
    #[must_use]
    pub const fn ends(self) -> Ends {
        self.ends
    }

    /// The statistic of the sample with its interval. O(n) a resample, and O(n) for the whole jackknife.
    ///
    /// # Errors
    /// [`NotEnough`] for fewer observations than [`Bootstrap::FEWEST_OBSERVATIONS`], [`Bootstrap::FEWEST_FOR_SPREAD`]
    /// or than two order statistics need to hold a quantile at the level ([`NotEnough::NotReached`] for the quantiles 0
    /// and 1, which no resample goes beyond); for observations that are all equal, for fewer resamples than the level
    /// needs (39 at 95 %), and for standard deviations or differences beyond [`LARGEST`](crate::LARGEST).
    pub fn of(self, sample: &Sample, statistic: Statistic, level: Level) -> Result<Estimate, NotEnough> {
        self.of_replicates(sample, statistic)?.estimate(level)
    }

    /// What [`Bootstrap::of`] reads its interval off.
    ///
    /// # Errors
    /// As for [`Bootstrap::of`], but for the level.
    pub fn of_replicates(self, sample: &Sample, mut statistic: Statistic) -> Result<Replicates, NotEnough> {
        NotEnough::unless(sample.n(), statistic.fewest(), OBSERVATIONS)?;
        Ok(self.one(sample, &mut statistic)?.of_statistic(statistic, sample.n()))
    }

    /// Any statistic of one sample with its interval: `statistic` is given the observations of a resample, ascending,
    /// as many as the sample has.
    ///
    /// The jackknife calls it once more for each distinct observation, with that observation left out: at 100,000 of
    /// them that is more work than the resamples, and [`Ends::Percentile`] does without.
    ///
    /// # Errors
    /// As for [`Bootstrap::of`]; [`NotEnough::Undefined`] when the statistic is not finite, or beyond
    /// [`LARGEST`](crate::LARGEST), on the sample or on a resample.
    pub fn one_sample(
        self,
        sample: &Sample,
        level: Level,
        statistic: impl FnMut(&[f64]) -> f64,
    ) -> Result<Estimate, NotEnough> {
        self.one_sample_replicates(sample, statistic)?.estimate(level)
    }

    /// What [`Bootstrap::one_sample`] reads its interval off.
    ///
    /// # Errors
    /// As for [`Bootstrap::one_sample`], but for the level.
    pub fn one_sample_replicates(
        self,
        sample: &Sample,
        mut statistic: impl FnMut(&[f64]) -> f64,
    ) -> Result<Replicates, NotEnough> {
        NotEnough::unless(sample.n(), Self::FEWEST_OBSERVATIONS, OBSERVATIONS)?;
        self.one(sample, &mut draws::Spelled::new(&mut statistic))
    }

    /// The statistic of `x` less that of `y`, with its interval; each sample is resampled on its own.
    ///
    /// # Errors
    /// As for [`Bootstrap::of`], of the smaller sample; for observations that are all equal, when neither varies.
    pub fn difference(self, x: &Sample, y: &Sample, statistic: Statistic, level: Level) -> Result<Estimate, NotEnough> {
        self.difference_replicates(x, y, statistic)?.estimate(level)
    }

    /// What [`Bootstrap::difference`] reads its interval off.
    ///
    /// # Errors
    /// As for [`Bootstrap::difference`], but for the level.
    pub fn difference_replicates(self, x: &Sample, y: &Sample, statistic: Statistic) -> Result<Replicates, NotEnough> {
        let fewest = x.n().min(y.n());
        NotEnough::unless(fewest, statistic.fewest(), IN_EACH)?;
        Ok(self.two(x, y, &mut draws::Difference(statistic))?.of_statistic(statistic, fewest))
    }

    /// Any statistic of two samples with its interval; each is resampled on its own, and both come ascending.
    ///
    /// # Errors
    /// As for [`Bootstrap::difference`]; [`NotEnough::Undefined`] when the statistic is not finite, or beyond
    /// [`LARGEST`](crate::LARGEST), on the samples or on a pair of resamples.
    pub fn two_samples(
        self,
        x: &Sample,
        y: &Sample,
        level: Level,
        statistic: impl FnMut(&[f64], &[f64]) -> f64,
    ) -> Result<Estimate, NotEnough> {
        self.two_samples_replicates(x, y, statistic)?.estimate(level)
    }

    /// What [`Bootstrap::two_samples`] reads its interval off.
    ///
    /// # Errors
    /// As for [`Bootstrap::two_samples`], but for the level.
    pub fn two_samples_replicates(
        self,
        x: &Sample,
        y: &Sample,
        mut statistic: impl FnMut(&[f64], &[f64]) -> f64,
    ) -> Result<Replicates, NotEnough> {
        NotEnough::unless(x.n().min(y.n()), Self::FEWEST_OBSERVATIONS, IN_EACH)?;
        self.two(x, y, &mut draws::SpelledPair::new(&mut statistic))
    }

    /// The statistic of a series with its interval, resampled in blocks so that what comes together stays together.
    /// The ends are quantiles of the replicates whatever [`Bootstrap::ends`] says: leaving one observation out of a
    /// series says nothing of how its blocks vary.
    ///
    /// # Errors
    /// As for [`Bootstrap::of`]; [`NotEnough::TooFew`] also for fewer observations than two blocks.
    pub fn of_series(
        self,
        series: &Series,
        blocks: Blocks,
        statistic: Statistic,
        level: Level,
    ) -> Result<Estimate, NotEnough> {
        self.of_series_replicates(series, blocks, statistic)?.estimate(level)
    }

    /// Any statistic of a series with its interval; a resample comes in the order of time.
    ///
    /// # Errors
    /// As for [`Bootstrap::of_series`]; [`NotEnough::Undefined`] when the statistic is not finite, or beyond
    /// [`LARGEST`](crate::LARGEST), on the series or on a resample.
    pub fn series(
        self,
        series: &Series,
        blocks: Blocks,
        level: Level,
        statistic: impl FnMut(&[f64]) -> f64,
    ) -> Result<Estimate, NotEnough> {
        self.series_replicates(series, blocks, statistic)?.estimate(level)
    }
}

/// The shape in a file: `{"resamples": 9999, "seed": 1, "ends": "bca"}`.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBootstrap {
    resamples: u32,
    seed: Seed,
    #[serde(default)]
    ends: Ends,
}

#[cfg(feature = "serde")]
impl TryFrom<RawBootstrap> for Bootstrap {
    type Error = Error;

    fn try_from(raw: RawBootstrap) -> Result<Self, Error> {
        Ok(Self::new(raw.resamples, raw.seed)?.with(raw.ends))
    }
}

#[cfg(feature = "serde")]
impl From<Bootstrap> for RawBootstrap {
    fn from(bootstrap: Bootstrap) -> Self {
        let Bootstrap { resamples, seed, ends } = bootstrap;
        Self { resamples, seed, ends }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, reason = "a test fails by panicking")]
    use super::*;
    use crate::descriptive::Trim;
    use crate::estimate::IntervalMethod;
    use crate::probability::Probability;

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec()).unwrap()
    }

    fn bootstrap(resamples: u32) -> Bootstrap {
        Bootstrap::new(resamples, Seed::new(20)).unwrap()
    }

    pub(super) fn statistics() -> Vec<Statistic> {
        vec![
            Statistic::Mean,
            Statistic::Median,
            Statistic::Quantile(Probability::new(0.9).unwrap()),
            Statistic::Quantile(Probability::ZERO),
            Statistic::Quantile(Probability::ONE),
            Statistic::TrimmedMean(Trim::new(0.2).unwrap()),
            Statistic::TrimmedMean(Trim::new(0.0).unwrap()),
            Statistic::StandardDeviation,
        ]
    }

    #[test]
    fn bits_are_those_of_every_release_and_platform() {
        let minutes = sample(&[4.0, 5.5, 7.0, 9.0, 12.0, 12.0, 18.0, 25.0, 41.0, 95.25]);
        let bits = |estimate: Estimate| (estimate.interval().lower().to_bits(), estimate.interval().upper().to_bits());
        let twice = sample(&minutes.values().iter().flat_map(|value| [*value, value + 0.375]).collect::<Vec<_>>());
        let of = |sample, statistic| bits(bootstrap(999).of(sample, statistic, Level::P90).unwrap());
        let series = Series::new((0..30).map(|week| f64::from(week * week % 17) + 0.1).collect()).unwrap();
        let blocks = bootstrap(999).of_series(&series, Blocks::AUTOMATIC, Statistic::Mean, Level::P90).unwrap();
        assert_eq!([of(&minutes, Statistic::Mean), of(&twice, Statistic::StandardDeviation), bits(blocks)], BITS);
    }

    const BITS: [(u64, u64); 3] = [
        (4_623_648_704_937_590_784, 4_631_572_903_523_476_899),
        (4_626_224_834_061_135_675, 4_630_581_587_046_482_341),
        (4_618_584_031_856_643_713, 4_621_800_352_590_524_142),
    ];

    #[test]
    fn the_fast_paths_give_what_the_statistic_of_the_written_out_resample_is() {
        for values in [
            vec![1.0, 2.0],
            vec![1.0, 1.0, 2.0],
            vec![3.5, -2.0, 0.0, 0.0, 8.25, 1e3, -7.0, 0.5, 0.5, 2.0, 11.0],
            vec![-5e299, 5e299, 0.0, 5e-324, 1.0],
            vec![1e-310, 3e-310, 5e-324, 0.0, 2e-309],
            vec![1e15, 1e15 + 1.0, 1e15 + 2.0, 1e15 + 5.0],
        ] {
            let values = sample(&values);
            for statistic in statistics() {
                // Also of fewer than are enough for an interval.
                let fast = bootstrap(200).one(&values, &mut { statistic }).unwrap();
                // The jackknife of two leaves one, which has no standard deviation.
                let mut own = |sorted: &[f64]| statistic.value(&sample(sorted)).unwrap_or(0.0);
                let slow = bootstrap(200).one(&values, &mut draws::Spelled::new(&mut own)).unwrap();
                let scale = values.values().iter().fold(0.0_f64, |most, value| most.max(value.abs()));
                let near = |a: f64, b: f64| (a - b).abs() <= scale * 1e-14;
                assert!(near(fast.value(), slow.value()), "{statistic:?} {values:?}");
                let pairs = fast.replicates().values().iter().zip(slow.replicates().values());
                for (one, other) in pairs {
                    assert!(near(*one, *other), "{statistic:?} {values:?}: {one} {other}");
                }
            }
        }
    }

    #[test]
    fn two_samples_differ_as_their_statistics_do() {
        let (x, y) = (sample(&[1.0, 4.0, 4.5, 9.0, 2.0]), sample(&[0.5, 3.0, 3.5, 7.0]));
        for statistic in statistics() {
            let mut own =
                |x: &[f64], y: &[f64]| statistic.value(&sample(x)).unwrap() - statistic.value(&sample(y)).unwrap();
            let fast = bootstrap(500).two(&x, &y, &mut draws::Difference(statistic)).unwrap();
            let slow = bootstrap(500).two(&x, &y, &mut draws::SpelledPair::new(&mut own)).unwrap();
            let (fast, slow) = (fast.estimate(Level::P90).unwrap(), slow.estimate(Level::P90).unwrap());
            assert!((fast.value() - slow.value()).abs() < 1e-14, "{statistic:?}");
            assert!((fast.interval().lower() - slow.interval().lower()).abs() < 1e-12, "{statistic:?} {fast} {slow}");
            assert!((fast.interval().upper() - slow.interval().upper()).abs() < 1e-12, "{statistic:?} {fast} {slow}");
            assert_eq!((fast.n(), fast.method()), (9, slow.method()));
        }
    }

    #[test]
    fn too_few_observations_or_resamples_say_how_many_are_enough() {
        let of = |values: &[f64], resamples, level| bootstrap(resamples).of(&sample(values), Statistic::Mean, level);
        let ascending = |n: u32| (0..n).map(f64::from).collect::<Vec<_>>();
        for n in [0, 1, 2, 7] {
            let refused = NotEnough::TooFew { of: "observations", have: u64::from(n), need: 8 };
            assert_eq!(of(&ascending(n), 99, Level::P95), Err(refused));
            let own = bootstrap(99).one_sample(&sample(&ascending(n)), Level::P95, |sorted| sorted[0]);
            assert_eq!(own, Err(refused));
            let refused = NotEnough::TooFew { of: "observations in each sample", have: u64::from(n), need: 8 };
            let (few, enough) = (sample(&ascending(n)), sample(&ascending(30)));
            assert_eq!(bootstrap(99).difference(&enough, &few, Statistic::Median, Level::P95), Err(refused));
            assert_eq!(bootstrap(99).two_samples(&few, &enough, Level::P95, |x, _| x[0]), Err(refused));
        }
        assert_eq!(of(&[2.0; 9], 99, Level::P95), Err(NotEnough::NoSpread { n: 9 }));
        let eight = ascending(8);
        assert_eq!(of(&eight, 38, Level::P95), Err(NotEnough::TooFew { of: "resamples", have: 38, need: 39 }));
        assert!(of(&eight, 39, Level::P95).is_ok());
        assert_eq!(
            of(&eight, 999, Level::new(0.9999).unwrap()).unwrap_err(),
            NotEnough::TooFew { of: "resamples", have: 999, need: 19_999 }
        );
        assert!(Bootstrap::new(9, Seed::new(1)).is_err() && Bootstrap::new(10_000_001, Seed::new(1)).is_err());
    }

    #[test]
    fn what_resamples_cannot_reach_is_refused_with_how_many_observations_would_do() {
        let of = |n: u32, statistic, level| {
            let values = sample(&(0..n).map(f64::from).collect::<Vec<_>>());
            let series = Series::new(values.values().to_vec()).unwrap();
            let all = bootstrap(999).of(&values, statistic, level);
            let of_series = bootstrap(999).of_series(&series, Blocks::of(1).unwrap(), statistic, level);
            assert_eq!(all.err(), of_series.err());
            all
        };
        let at = |q| Statistic::Quantile(Probability::new(q).unwrap());
        let refused = |have, need| Err(NotEnough::TooFew { of: "observations", have, need });
        // 1 - .9^29 - .1^29 is the first to reach 95 %.
        assert_eq!(of(28, at(0.9), Level::P95), refused(28, 29));
        assert!(of(29, at(0.9), Level::P95).is_ok() && of(22, at(0.9), Level::P90).is_ok());
        assert_eq!(of(8, Statistic::Median, Level::new(0.999).unwrap()), refused(8, 11));
        assert_eq!(of(9_999, at(1.0), Level::P80), Err(NotEnough::NotReached { n: 9_999 }));
        assert_eq!(of(9_999, at(0.0), Level::P80), Err(NotEnough::NotReached { n: 9_999 }));
        assert_eq!(of(19, Statistic::StandardDeviation, Level::P80), refused(19, 20));
        assert!(of(20, Statistic::StandardDeviation, Level::P80).is_ok());
        // Of two samples, the smaller.
        let (few, many) = (sample(&(0..28).map(f64::from).collect::<Vec<_>>()), sample(&[1.0, 2.0].repeat(50)));
        let refused = NotEnough::TooFew { of: "observations in each sample", have: 28, need: 29 };
        assert_eq!(bootstrap(999).difference(&many, &few, at(0.9), Level::P95), Err(refused));
    }

    #[test]
    fn a_statistic_without_a_value_is_said_and_not_given() {
        let ratio = |sorted: &[f64]| sorted[2] / sorted[0];
        let values = sample(&[0.0, 1.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0]);
        assert_eq!(
            bootstrap(99).one_sample(&values, Level::P90, ratio),
            Err(NotEnough::Undefined { undefined: 1, of: 1 })
        );
        let log = |sorted: &[f64]| if sorted[0] == 0.0 && sorted[1] == 0.0 { f64::NAN } else { sorted[1] };
        let refused = bootstrap(99).one_sample(&values, Level::P90, log).unwrap_err();
        assert!(matches!(refused, NotEnough::Undefined { undefined: 10..50, of: 99 }), "{refused:?}");
        let huge = bootstrap(99).two_samples(&values, &values, Level::P90, |_, _| 1e301);
        assert_eq!(huge, Err(NotEnough::Undefined { undefined: 1, of: 1 }));
    }

    #[test]
    fn where_bca_is_undefined_the_percentiles_are_given_and_named() {
        // The greatest: leaving one out changes it for one observation only, but no replicate is above the estimate.
        let values = sample(&[1.0, 2.0, 3.0, 4.0]);
        let greatest = bootstrap(999).one(&values, &mut Statistic::Quantile(Probability::ONE)).unwrap();
        let greatest = greatest.estimate(Level::P90).unwrap();
        // All replicates are at or below the estimate, and ties count half: defined, if barely.
        assert_eq!((greatest.method(), greatest.interval().upper()), (IntervalMethod::BootstrapBca, 4.0));
        // The middle of many equal ones: neither the jackknife nor most replicates move.
        let tied = sample(&[1.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 9.0]);
        let middle = bootstrap(999).of(&tied, Statistic::Median, Level::P90).unwrap();
        assert_eq!(middle.method(), IntervalMethod::BootstrapPercentileInsteadOfBca);
        assert_eq!((middle.interval().lower(), middle.interval().upper()), (5.0, 5.0));
        let asked = bootstrap(999).with(Ends::Percentile).of(&tied, Statistic::Mean, Level::P90).unwrap();
        assert_eq!(asked.method(), IntervalMethod::BootstrapPercentile);
    }

    #[test]
    fn replicates_that_equal_the_estimate_do_so_in_any_unit() {
        let of = |unit: f64, statistic| {
            let values = [1.0, 2.0, 2.0, 3.0, 5.0, 7.0, 8.0, 4.0, 4.0].map(|value| value * unit);
            let drawn = bootstrap(9_999).of_replicates(&sample(&values), statistic).unwrap();
            let ends = drawn.estimate(Level::P95).unwrap().interval();
            [ends.lower() / unit, ends.upper() / unit]
        };
        for statistic in [Statistic::Mean, Statistic::TrimmedMean(Trim::new(0.15).unwrap())] {
            let plain = of(1.0, statistic);
            for unit in [0.3, 0.1, 1e-3, 7.7, 3e200] {
                for (one, other) in plain.into_iter().zip(of(unit, statistic)) {
                    assert!((one - other).abs() < 1e-12, "{statistic:?} {unit}: {one} {other}");
                }
            }
        }
    }

    #[test]
    fn a_million_observations_are_resampled() {
        let values = sample(&(0..1_000_000).map(f64::from).collect::<Vec<_>>());
        for statistic in [Statistic::Mean, Statistic::Median, Statistic::StandardDeviation] {
            let estimate = bootstrap(10).of(&values, statistic, Level::P80).unwrap();
            assert!(estimate.interval().width() / estimate.value() < 0.01, "{estimate}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_no_resamples() {
        assert!(serde_json::from_str::<Bootstrap>(r#"{"resamples": 0, "seed": 1}"#).is_err());
        let text = r#"{"resamples":999,"seed":20,"ends":"bca"}"#;
        assert_eq!(serde_json::from_str::<Bootstrap>(text).unwrap(), bootstrap(999));
        assert_eq!(serde_json::to_string(&bootstrap(999)).unwrap(), text);
    }
}
