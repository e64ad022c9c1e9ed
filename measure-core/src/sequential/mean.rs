//! The mean of observations within bounds, at all times.

use super::evidence::{Decision, Evidence, Verdict, ln_mean};
use crate::error::Error;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::hypothesis::Alternative;
use crate::interval::Interval;
use crate::probability::{Level, Probability};
use crate::proportion::count;
use crate::sample::LARGEST;

/// The largest bet: keeps the terms of the bound finite (Waudby-Smith and Ramdas 2024 take 1/2 or 3/4).
const LARGEST_BET: f64 = 0.5;

/// Is the mean the claimed one, of observations that lie within known bounds? May be asked after every observation.
///
/// The predictable plug-in empirical-Bernstein confidence sequence (Waudby-Smith and Ramdas 2024, theorem 2): no
/// distribution is assumed, only that each observation, given those before it, has the same mean. The interval narrows
/// with the variance that was seen. State of constant size: their hedged capital is sharper, and needs
/// all observations again for every look.
///
/// The order of the observations matters, so a batch is observed one by one.
///
/// ```
/// use measure_core::sequential::SequentialMean;
/// use measure_core::{Alternative, Level};
/// // Scores of answers, between 0 and 1; 0.8 on average was promised.
/// let mut scores = SequentialMean::new(0.0, 1.0, 0.8, Alternative::TwoSided, Level::P95)?;
/// for turn in 0..400 {
///     scores.observe([0.7, 0.65, 0.6, 0.75][turn % 4])?;
/// }
/// assert!(scores.verdict().is_decided());
/// assert_eq!(format!("{:.2}", scores.estimate()?), "0.67 [0.66 to 0.69 (95 %)], n = 400, empirical Bernstein, at all times");
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawSequentialMean", into = "RawSequentialMean")
)]
pub struct SequentialMean {
    // INVARIANT: lower < upper, within LARGEST, and the claim between them.
    lower: f64,
    upper: f64,
    claim: f64,
    alternative: Alternative,
    level: Level,
    sums: Sums,
    evidence: Evidence,
}

/// What the observations, scaled to `[0, 1]`, leave behind.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct Sums {
    n: u64,
    /// Of the observations.
    values: f64,
    /// Of the squares of what each is off the mean up to it.
    squares: f64,
    /// Of the bets.
    bets: f64,
    /// Of bet times observation.
    won: f64,
    /// Of what the bets cost: `4 (x - mean before)^2 (-ln(1 - bet) - bet) / 4`.
    cost: f64,
}

impl SequentialMean {
    /// # Errors
    /// [`Error::BoundsOutOfOrder`] unless `lower < upper`, both within [`LARGEST`]; [`Error::OutOfBounds`] unless the claimed
    /// mean is between them, both excluded.
    pub fn new(lower: f64, upper: f64, claim: f64, alternative: Alternative, level: Level) -> Result<Self, Error> {
        // Written so that a NaN fails.
        if !(lower.abs() <= LARGEST && upper.abs() <= LARGEST && lower < upper) {
            return Err(Error::BoundsOutOfOrder { lower, upper });
        }
        if !(lower < claim && claim < upper) {
            return Err(Error::OutOfBounds { given: claim, lower, upper });
        }
        // Adding 0 turns -0 into 0, so that equal machines are written alike.
        let (lower, upper, claim) = (lower + 0.0, upper + 0.0, claim + 0.0);
        Ok(Self { lower, upper, claim, alternative, level, sums: Sums::NONE, evidence: Evidence::START })
    }

    /// Takes one observation.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] when it is not within the bounds; nothing changes then.
    pub fn observe(&mut self, observation: f64) -> Result<(), Error> {
        if !(self.lower <= observation && observation <= self.upper) {
            return Err(Error::OutOfBounds { given: observation, lower: self.lower, upper: self.upper });
        }
        self.sums = self.sums.with(self.scaled(observation), self.level);
        let look = Decision { n: self.sums.n, above: self.drift() > 0.0 };
        self.evidence = self.evidence.with(self.ln_e_value(), look, self.level);
        Ok(())
    }

    /// The bounds of every observation.
    #[must_use]
    pub const fn bounds(&self) -> (f64, f64) {
        (self.lower, self.upper)
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
        self.sums.n
    }

    /// The natural logarithm of the e-value of all that was observed: the evidence against the claim now. Two-sided, the
    /// mean of those of both ways. Finite.
    #[must_use]
    pub fn ln_e_value(&self) -> f64 {
        let (drift, cost) = (self.drift(), self.sums.cost);
        match self.alternative {
            Alternative::TwoSided => ln_mean(drift, -drift) - cost,
            Alternative::Greater => drift - cost,
            Alternative::Less => -drift - cost,
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
    /// holds the true mean with probability `level` at least. It is that of now, around the mean weighted by the bets,
    /// and within the bounds.
    ///
    /// # Errors
    /// [`NotEnough`] without observations.
    pub fn estimate(&self) -> Result<Estimate, NotEnough> {
        let Sums { n, values, bets, won, cost, .. } = self.sums;
        NotEnough::unless(n, 1, "observations")?;
        let (centre, reach) = (won / bets, (libm::log(2.0 / self.level.outside()) + cost) / bets);
        let unscaled = |x: f64| (self.lower + x.clamp(0.0, 1.0) * (self.upper - self.lower)).min(self.upper);
        let interval = Interval::between(unscaled(centre - reach), unscaled(centre + reach), self.level);
        Ok(Estimate::of(unscaled(values / count(n)), interval, n, IntervalMethod::EmpiricalBernstein))
    }

    /// What betting on a mean above the claim has won, before the cost.
    fn drift(&self) -> f64 {
        self.sums.won - self.scaled(self.claim) * self.sums.bets
    }

    fn scaled(&self, x: f64) -> f64 {
        ((x - self.lower) / (self.upper - self.lower)).clamp(0.0, 1.0)
    }
}

impl Sums {
    const NONE: Self = Self { n: 0, values: 0.0, squares: 0.0, bets: 0.0, won: 0.0, cost: 0.0 };

    /// With one more observation, in `[0, 1]`.
    fn with(self, x: f64, level: Level) -> Self {
        let n = self.n.saturating_add(1);
        let (before, after) = (count(n), count(n) + 1.0);
        // The mean and the variance so far, begun with one observation of 1/2 and a variance of 1/4.
        let (mean, variance) = ((0.5 + self.values) / before, (0.25 + self.squares) / before);
        let bet = (2.0 * libm::log(2.0 / level.outside()) / (variance * before * libm::log1p(before))).sqrt();
        let bet = bet.min(LARGEST_BET);
        let off = x - mean;
        let values = self.values + x;
        let off_after = x - (0.5 + values) / after;
        Self {
            n,
            values,
            squares: self.squares + off_after * off_after,
            bets: self.bets + bet,
            won: self.won + bet * x,
            cost: self.cost + off * off * (-libm::log1p(-bet) - bet),
        }
    }

    /// For what is read from a file.
    #[cfg(feature = "serde")]
    fn checked(self) -> Result<Self, Error> {
        let Self { n, values, squares, bets, won, cost } = self;
        // What rounding may have added to a sum of so many.
        let most = count(n) * (1.0 + 1e-9);
        let fits = |sum: f64, most: f64| (0.0..=most).contains(&sum);
        let possible = fits(values, most)
            && fits(squares, most)
            && fits(bets, most * LARGEST_BET)
            && fits(won, bets)
            && fits(cost, most * LARGEST_BET)
            && (n == 0 || bets > 0.0);
        if possible {
            Ok(self)
        } else {
            Err(Error::StateImpossible { reason: "a sum is beyond what so many observations make" })
        }
    }
}

/// The shape in a file.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSequentialMean {
    lower: f64,
    upper: f64,
    claim: f64,
    alternative: Alternative,
    level: Level,
    sums: Sums,
    evidence: Evidence,
}

#[cfg(feature = "serde")]
impl TryFrom<RawSequentialMean> for SequentialMean {
    type Error = Error;

    fn try_from(raw: RawSequentialMean) -> Result<Self, Error> {
        let RawSequentialMean { lower, upper, claim, alternative, level, sums, evidence } = raw;
        let sums = sums.checked()?;
        let evidence = evidence.checked(sums.n, alternative, level)?;
        let machine = Self { sums, evidence, ..Self::new(lower, upper, claim, alternative, level)? };
        // No bet doubles the stake twice.
        let strongest = evidence.strongest();
        if strongest > count(sums.n) * 2.0 || strongest < machine.ln_e_value() - super::proportion::ROUNDING {
            return Err(Error::StateImpossible { reason: "the strongest evidence is not that of these observations" });
        }
        Ok(machine)
    }
}

#[cfg(feature = "serde")]
impl From<SequentialMean> for RawSequentialMean {
    fn from(machine: SequentialMean) -> Self {
        let SequentialMean { lower, upper, claim, alternative, level, sums, evidence } = machine;
        Self { lower, upper, claim, alternative, level, sums, evidence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(lower: f64, upper: f64, claim: f64) -> SequentialMean {
        SequentialMean::new(lower, upper, claim, Alternative::TwoSided, Level::P95).unwrap()
    }

    #[test]
    fn what_is_out_of_bounds_is_refused_and_changes_nothing() {
        for (lower, upper, claim) in [(1.0, 1.0, 1.0), (2.0, 1.0, 1.5), (f64::NAN, 1.0, 0.5), (0.0, f64::INFINITY, 1.0)]
        {
            assert!(SequentialMean::new(lower, upper, claim, Alternative::Less, Level::P95).is_err());
        }
        for claim in [0.0, 1.0, f64::NAN] {
            let refused = SequentialMean::new(0.0, 1.0, claim, Alternative::Less, Level::P95);
            assert!(matches!(refused, Err(Error::OutOfBounds { .. })));
        }
        let mut scores = machine(0.0, 1.0, 0.5);
        scores.observe(0.25).unwrap();
        let before = scores;
        for observation in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(scores.observe(observation).is_err());
        }
        assert_eq!(scores, before);
    }

    #[test]
    fn constant_extreme_and_tiny_observations() {
        for (lower, upper) in [(-1e300, 1e300), (0.0, 5e-324 * 8.0), (0.999_999e300, 1e300), (-1.0, 1.0)] {
            let claim = f64::midpoint(lower, upper);
            for value in [lower, upper, claim] {
                let mut machine = machine(lower, upper, claim);
                assert!(machine.estimate().is_err());
                for _ in 0..2_000 {
                    machine.observe(value).unwrap();
                }
                let estimate = machine.estimate().unwrap();
                assert!(machine.ln_e_value().is_finite() && machine.p_value() <= Probability::ONE);
                assert!(lower <= estimate.interval().lower() && estimate.interval().upper() <= upper, "{estimate}");
                assert_eq!(machine.verdict().is_decided(), value != claim, "{lower} {upper} {value}");
            }
        }
    }

    #[test]
    fn the_interval_is_the_one_of_the_definition() {
        // Theorem 2 of Waudby-Smith and Ramdas, from the whole history at once.
        let observations: Vec<f64> = (0..300_u32).map(|i| f64::from(i * 7919 % 101) / 101.0).collect();
        let alpha = Level::P95.outside();
        let (mut bets, mut won, mut cost) = (0.0, 0.0, 0.0);
        for t in 1..=observations.len() {
            let now = crate::sample::float(t);
            let mean = |i: usize| (0.5 + observations[..i].iter().sum::<f64>()) / (crate::sample::float(i) + 1.0);
            let squares: f64 = (1..t).map(|i| (observations[i - 1] - mean(i)).powi(2)).sum();
            let variance = (0.25 + squares) / now;
            let bet = (2.0 * (2.0 / alpha).ln() / (variance * now * (1.0 + now).ln())).sqrt().min(0.5);
            let v = 4.0 * (observations[t - 1] - mean(t - 1)).powi(2);
            bets += bet;
            won += bet * observations[t - 1];
            cost += v * (-(1.0 - bet).ln() - bet) / 4.0;
        }
        let mut machine = machine(0.0, 1.0, 0.4);
        observations.iter().for_each(|x| machine.observe(*x).unwrap());
        let interval = machine.estimate().unwrap().interval();
        let reach = ((2.0 / alpha).ln() + cost) / bets;
        assert!((interval.lower() - (won / bets - reach)).abs() < 1e-12);
        assert!((interval.upper() - (won / bets + reach)).abs() < 1e-12);
        let e = f64::midpoint((won - 0.4 * bets - cost).exp(), (0.4 * bets - won - cost).exp());
        assert!((machine.ln_e_value() - e.ln()).abs() < 1e-12);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_evidence() {
        let mut machine = machine(0.0, 1.0, 0.5);
        (0..30).for_each(|_| machine.observe(0.9).unwrap());
        let value = serde_json::to_value(machine).unwrap();
        assert_eq!(serde_json::from_value::<SequentialMean>(value.clone()).unwrap(), machine);
        for (path, forged) in [
            ("/evidence/strongest", 0.0),
            ("/evidence/strongest", 1e6),
            ("/evidence/decided/n", 31.0),
            ("/evidence/decided/n", 0.0),
            ("/sums/values", 40.0),
            ("/sums/bets", -1.0),
            ("/claim", 1.5),
        ] {
            let mut value = value.clone();
            *value.pointer_mut(path).unwrap() = serde_json::json!(forged);
            assert!(serde_json::from_value::<SequentialMean>(value).is_err(), "{path} {forged}");
        }
    }
}
