//! The mean of observations of known spread, at all times.

use std::f64::consts::{LN_2, TAU};

use super::evidence::{Decision, Evidence, Verdict};
use crate::error::Error;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::hypothesis::Alternative;
use crate::interval::Interval;
use crate::probability::{Level, Probability};
use crate::proportion::count;
use crate::sample::LARGEST;
use crate::special::normal_cdf;

/// The greatest standardised deviation that is told from a greater one: its square stays finite.
const LARGEST_SCORE: f64 = 1e150;

/// Is the mean the claimed one, of observations whose standard deviation is known (or bounded, with tails no heavier
/// than a normal's: sub-Gaussian)? May be asked after every observation.
///
/// The normal mixture martingale (Robbins 1970; Howard, Ramdas and others 2021): with `S` the sum of
/// `(x - claim) / deviation`, the e-value is `sqrt(r / (n + r)) exp(S^2 / (2 (n + r)))`, and the interval is the mean
/// `-+ deviation sqrt((n + r) / n^2 ln((n + r) / (r (1 - level)^2)))`. One way, the mixture is over the half of the means
/// beyond the claim: `2 Phi(S / sqrt(n + r))` times that. `r` is chosen to make the interval narrowest at the number of
/// observations that is planned for.
///
/// DIFFERS from a sample's own deviation: that of a few observations is too small too often for any of this to hold. Give
/// one that is known from before, and rather too large.
///
/// ```
/// use measure_core::sequential::SequentialNormalMean;
/// use measure_core::{Alternative, Level};
/// // Minutes of a nightly job: 30 +- 4 so far. Has it become slower?
/// let mut minutes = SequentialNormalMean::new(4.0, 30.0, 20, Alternative::Greater, Level::P95)?;
/// for night in [33.0, 36.5, 31.0, 38.0, 34.5, 37.0] {
///     minutes.observe(night)?;
/// }
/// assert_eq!(minutes.verdict().to_string(), "above, by n = 6 (p = 0.0333)");
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawSequentialNormalMean", into = "RawSequentialNormalMean")
)]
pub struct SequentialNormalMean {
    // INVARIANT: above 0, at most LARGEST.
    deviation: f64,
    // INVARIANT: within LARGEST.
    claim: f64,
    planned: u64,
    alternative: Alternative,
    level: Level,
    n: u64,
    // INVARIANT: within LARGEST; 0 for n = 0.
    mean: f64,
    evidence: Evidence,
}

impl SequentialNormalMean {
    /// `planned` is the number of observations at which the interval is to be narrowest; 0 counts as 1. At
    /// ten times as many it is 7 % wider than the narrowest possible, at a tenth 26 % (at 95 %).
    ///
    /// # Errors
    /// [`Error::DeviationOutOfRange`] unless the deviation is above 0 and at most [`LARGEST`]; [`Error::OutOfBounds`]
    /// unless the claim is within [`LARGEST`].
    pub fn new(
        deviation: f64,
        claim: f64,
        planned: u64,
        alternative: Alternative,
        level: Level,
    ) -> Result<Self, Error> {
        if !(deviation > 0.0 && deviation <= LARGEST) {
            return Err(Error::DeviationOutOfRange { given: deviation });
        }
        let (claim, planned) = (within(claim)?, planned.max(1));
        Ok(Self { deviation, claim, planned, alternative, level, n: 0, mean: 0.0, evidence: Evidence::START })
    }

    /// Takes one observation.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] when it is not within [`LARGEST`]; nothing changes then.
    pub fn observe(&mut self, observation: f64) -> Result<(), Error> {
        let observation = within(observation)?;
        self.n = self.n.saturating_add(1);
        self.mean += (observation - self.mean) / count(self.n);
        // Rounding must not carry the mean out of what is allowed.
        self.mean = self.mean.clamp(-LARGEST, LARGEST) + 0.0;
        let look = Decision { n: self.n, above: self.mean > self.claim };
        self.evidence = self.evidence.with(self.ln_e_value(), look, self.level);
        Ok(())
    }

    /// The standard deviation that is taken as known.
    #[must_use]
    pub const fn deviation(&self) -> f64 {
        self.deviation
    }

    /// The claimed mean.
    #[must_use]
    pub const fn claim(&self) -> f64 {
        self.claim
    }

    /// Which departures from the claim count.
    #[must_use]
    pub const fn alternative(&self) -> Alternative {
        self.alternative
    }

    /// The level of the interval and of the verdict.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// How many observations there were.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// The natural logarithm of the e-value of all that was observed: the evidence against the claim now. Finite: a mean
    /// more than `10^150` deviations off counts as so far off.
    #[must_use]
    pub fn ln_e_value(&self) -> f64 {
        if self.n == 0 {
            return 0.0;
        }
        let (n, r) = (count(self.n), self.prior());
        // S / sqrt(n + r)
        let score = (self.mean - self.claim) / self.deviation * (n / (n + r).sqrt());
        let score = score.clamp(-LARGEST_SCORE, LARGEST_SCORE);
        let shrunk = -0.5 * libm::log1p(n / r);
        match self.alternative {
            Alternative::TwoSided => shrunk + score * score / 2.0,
            Alternative::Greater => shrunk + LN_2 + tilted(score),
            Alternative::Less => shrunk + LN_2 + tilted(-score),
        }
    }

    /// 1 over the greatest e-value after any observation, at most 1: the chance that it is ever as small as `a` is at
    /// most `a` if the claim holds.
    #[must_use]
    pub fn p_value(&self) -> Probability {
        self.evidence.p_value()
    }

    /// Decided when the p-value is at most `1 - level`; the chance that it ever is, if the claim holds, is at most that.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.evidence.verdict()
    }

    /// The mean with its two-sided interval, whatever the alternative: after all observations at once, the interval
    /// holds the true mean with probability `level` at least. It is that of now. Its ends are kept finite.
    ///
    /// # Errors
    /// [`NotEnough`] without observations.
    pub fn estimate(&self) -> Result<Estimate, NotEnough> {
        NotEnough::unless(self.n, 1, "observations")?;
        let (n, r) = (count(self.n), self.prior());
        let bound = (libm::log1p(n / r) - 2.0 * libm::log(self.level.outside())).max(0.0);
        let reach = self.deviation * ((n + r).sqrt() / n * bound.sqrt());
        let end = |end: f64| end.clamp(-f64::MAX, f64::MAX);
        let interval = Interval::between(end(self.mean - reach), end(self.mean + reach), self.level);
        Ok(Estimate::of(self.mean, interval, self.n, IntervalMethod::Mixture))
    }

    /// The observations that the mixture is worth, `r`: with `y = n / r` the interval at `n` is narrowest where
    /// `y - ln(1 + y) = -2 ln(1 - level)`.
    fn prior(&self) -> f64 {
        // A level near 0 leaves a root near 0: a mixture worth a thousand times what is planned is plenty.
        const LEAST: f64 = 1e-3;
        let goal = -2.0 * libm::log(self.level.outside());
        // Newton's steps from above fall to the root, for the function is convex.
        let mut y = goal + 2.0 * (1.0 + goal).sqrt();
        for _ in 0..40 {
            let next = y - (y - libm::log1p(y) - goal) * (1.0 + y) / y;
            if next >= y {
                break;
            }
            y = next.max(LEAST);
        }
        count(self.planned) / y
    }
}

/// `z^2 / 2 + ln Phi(z)`, which keeps its digits where `Phi(z)` is too small for a float.
fn tilted(z: f64) -> f64 {
    const FAR: f64 = -20.0;
    if z > FAR {
        return z * z / 2.0 + libm::log(normal_cdf(z));
    }
    // The asymptotic series of Mills' ratio: 1 - 1/z^2 + 3/z^4 - 15/z^6 ...
    let inverse = 1.0 / (z * z);
    let series = [15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0].iter().fold(1.0, |rest, odd| 1.0 - odd * inverse * rest);
    libm::log1p(-inverse * series) - libm::log(-z) - 0.5 * libm::log(TAU)
}

fn within(given: f64) -> Result<f64, Error> {
    // Written so that a NaN fails; adding 0 turns -0 into 0.
    if given.abs() <= LARGEST {
        Ok(given + 0.0)
    } else {
        Err(Error::OutOfBounds { given, lower: -LARGEST, upper: LARGEST })
    }
}

/// The shape in a file.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSequentialNormalMean {
    deviation: f64,
    claim: f64,
    planned: u64,
    alternative: Alternative,
    level: Level,
    n: u64,
    mean: f64,
    evidence: Evidence,
}

#[cfg(feature = "serde")]
impl TryFrom<RawSequentialNormalMean> for SequentialNormalMean {
    type Error = Error;

    fn try_from(raw: RawSequentialNormalMean) -> Result<Self, Error> {
        let RawSequentialNormalMean { deviation, claim, planned, alternative, level, n, mean, evidence } = raw;
        let mean = within(mean)?;
        if n == 0 && mean != 0.0 {
            return Err(Error::StateImpossible { reason: "there is a mean without observations" });
        }
        let evidence = evidence.checked(n, alternative, level)?;
        let machine = Self { n, mean, evidence, ..Self::new(deviation, claim, planned, alternative, level)? };
        let now = machine.ln_e_value();
        if evidence.strongest() < now - super::proportion::ROUNDING * now.abs().max(1.0) {
            return Err(Error::StateImpossible { reason: "the evidence now is stronger than the strongest" });
        }
        Ok(machine)
    }
}

#[cfg(feature = "serde")]
impl From<SequentialNormalMean> for RawSequentialNormalMean {
    fn from(machine: SequentialNormalMean) -> Self {
        let SequentialNormalMean { deviation, claim, planned, alternative, level, n, mean, evidence } = machine;
        Self { deviation, claim, planned, alternative, level, n, mean, evidence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(alternative: Alternative) -> SequentialNormalMean {
        SequentialNormalMean::new(2.0, 10.0, 50, alternative, Level::P95).unwrap()
    }

    #[test]
    fn the_interval_is_narrowest_where_it_was_planned() {
        let width = |planned: u64| {
            let mut machine = SequentialNormalMean::new(1.0, 0.0, planned, Alternative::TwoSided, Level::P95).unwrap();
            (0..50).for_each(|_| machine.observe(0.0).unwrap());
            machine.estimate().unwrap().interval().width()
        };
        assert!(
            width(50) < width(45)
                && width(50) < width(55)
                && width(5) < 1.08 * width(50)
                && width(500) < 1.27 * width(50)
        );
    }

    #[test]
    fn evidence_and_interval_are_two_views_of_one_bound() {
        for mean in [9.0, 10.5, 10.7, 10.8, 11.0, 13.0] {
            let mut machine = machine(Alternative::TwoSided);
            (0..50).for_each(|_| machine.observe(mean).unwrap());
            let refuted = machine.ln_e_value() >= -Level::P95.outside().ln();
            assert_eq!(machine.estimate().unwrap().interval().contains(10.0), !refuted, "{mean}");
        }
    }

    #[test]
    fn one_way_evidence_is_near_twice_as_strong_and_none_the_other_way() {
        let (mut both, mut more, mut less) =
            (machine(Alternative::TwoSided), machine(Alternative::Greater), machine(Alternative::Less));
        for machine in [&mut both, &mut more, &mut less] {
            (0..40).for_each(|_| machine.observe(11.5).unwrap());
        }
        let gain = more.ln_e_value() - both.ln_e_value();
        assert!(gain > 0.69 && gain <= LN_2, "{gain}");
        assert!(less.ln_e_value() < 0.0 && less.p_value() == Probability::ONE);
        assert!(matches!(more.verdict(), Verdict::Above { n: 1..40, .. }));
    }

    #[test]
    fn stronger_evidence_of_the_other_side_does_not_turn_a_verdict() {
        let mut machine = machine(Alternative::TwoSided);
        (0..10).for_each(|_| machine.observe(13.0).unwrap());
        let Verdict::Above { n, p_value } = machine.verdict() else { panic!("{}", machine.verdict()) };
        assert!(n < 10);
        (0..200).for_each(|_| machine.observe(7.0).unwrap());
        assert!(machine.estimate().unwrap().interval().upper() < 10.0);
        assert!(matches!(machine.verdict(), Verdict::Above { n: again, .. } if again == n));
        assert!(machine.p_value() < p_value);
    }

    #[test]
    fn both_forms_of_the_tilted_tail_meet() {
        assert!((tilted(-20.0 + 1e-9) - tilted(-20.0)).abs() < 1e-9);
        // mpmath: z^2/2 + ln Phi(z) at -20.
        assert!((tilted(-20.0) - -3.917_155_371_097_263_9).abs() < 1e-12);
        assert!(tilted(-LARGEST_SCORE).is_finite() && tilted(LARGEST_SCORE).is_finite());
    }

    #[test]
    fn extremes_stay_finite() {
        for deviation in [5e-324, 1e-300, 1.0, LARGEST] {
            for level in [Level::LOWEST, Level::HIGHEST] {
                for planned in [0, 1, u64::MAX] {
                    let mut machine =
                        SequentialNormalMean::new(deviation, -LARGEST, planned, Alternative::TwoSided, level).unwrap();
                    for observation in [LARGEST, -LARGEST, LARGEST, 5e-324] {
                        machine.observe(observation).unwrap();
                        assert!(machine.ln_e_value().is_finite(), "{machine:?}");
                        assert!(machine.estimate().unwrap().interval().contains(machine.mean), "{machine:?}");
                    }
                }
            }
        }
        assert!(SequentialNormalMean::new(0.0, 0.0, 1, Alternative::Less, Level::P95).is_err());
        assert!(machine(Alternative::Less).observe(f64::NAN).is_err());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_evidence() {
        let mut machine = machine(Alternative::Greater);
        (0..30).for_each(|_| machine.observe(12.0).unwrap());
        let value = serde_json::to_value(machine).unwrap();
        assert_eq!(serde_json::from_value::<SequentialNormalMean>(value.clone()).unwrap(), machine);
        for (path, forged) in [
            ("/evidence/strongest", 0.0),
            ("/evidence/decided/n", 31.0),
            ("/evidence/decided/n", 0.0),
            ("/deviation", 0.0),
            ("/mean", 1e301),
        ] {
            let mut value = value.clone();
            *value.pointer_mut(path).unwrap() = serde_json::json!(forged);
            assert!(serde_json::from_value::<SequentialNormalMean>(value).is_err(), "{path} {forged}");
        }
    }
}
