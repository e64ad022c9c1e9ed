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
    /// [`NotEnough`] for fewer than two observations, for observations that are all equal, and for fewer resamples
    /// than the level needs (39 at 95 %).
    pub fn of(self, sample: &Sample, statistic: Statistic, level: Level) -> Result<Estimate, NotEnough> {
        self.of_replicates(sample, statistic)?.estimate(level)
    }

    /// What [`Bootstrap::of`] reads its interval off.
    ///
    /// # Errors
    /// As for [`Bootstrap::of`], but for the level.
    pub fn of_replicates(self, sample: &Sample, mut statistic: Statistic) -> Result<Replicates, NotEnough> {
        self.one(sample, &mut statistic)
    }

    /// Any statistic of one sample with its interval: `statistic` is given the observations of a resample, ascending,
    /// as many as the sample has.
    ///
    /// The jackknife calls it once for each distinct observation, with that observation left out.
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
        self.one(sample, &mut draws::Spelled::new(&mut statistic))
    }

    /// The statistic of `x` less that of `y`, with its interval; each sample is resampled on its own.
    ///
    /// # Errors
    /// [`NotEnough`] for fewer than two observations in either, when neither varies, and for fewer resamples than the
    /// level needs.
    pub fn difference(self, x: &Sample, y: &Sample, statistic: Statistic, level: Level) -> Result<Estimate, NotEnough> {
        self.difference_replicates(x, y, statistic)?.estimate(level)
    }

    /// What [`Bootstrap::difference`] reads its interval off.
    ///
    /// # Errors
    /// As for [`Bootstrap::difference`], but for the level.
    pub fn difference_replicates(self, x: &Sample, y: &Sample, statistic: Statistic) -> Result<Replicates, NotEnough> {
        self.two(x, y, &mut draws::Difference(statistic))
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
        self.two(x, y, &mut draws::SpelledPair::new(&mut statistic))
    }

    /// The statistic of a series with its interval, resampled in blocks so that what comes together stays together.
    /// The ends are quantiles of the replicates whatever [`Bootstrap::ends`] says: leaving one observation out of a
    /// series says nothing of how its blocks vary.
    ///
    /// # Errors
    /// [`NotEnough`] for fewer observations than two blocks, for observations that are all equal, and for fewer
    /// resamples than the level needs.
    pub fn of_series(
        self,
        series: &Series,
        blocks: Blocks,
        statistic: Statistic,
        level: Level,
    ) -> Result<Estimate, NotEnough> {
        self.of_series_replicates(series, blocks, statistic)?.estimate(level)
    }

    /// What [`Bootstrap::of_series`] reads its interval off.
    ///
    /// # Errors
    /// As for [`Bootstrap::of_series`], but for the level.
    pub fn of_series_replicates(
        self,
        series: &Series,
        blocks: Blocks,
        statistic: Statistic,
    ) -> Result<Replicates, NotEnough> {
        self.ranked_blocks(series, blocks, statistic)
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

    /// What [`Bootstrap::series`] reads its interval off.
    ///
    /// # Errors
    /// As for [`Bootstrap::series`], but for the level.
    pub fn series_replicates(
        self,
        series: &Series,
        blocks: Blocks,
        mut statistic: impl FnMut(&[f64]) -> f64,
    ) -> Result<Replicates, NotEnough> {
        self.spelled_blocks(series, blocks, &mut statistic)
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
