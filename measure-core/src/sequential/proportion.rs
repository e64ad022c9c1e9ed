//! A proportion against a claim, at all times.

use super::evidence::{Decision, Verdict, is_enough, p_value};
use super::mixture::Mixture;
use crate::bisection::edge;
use crate::error::Error;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::hypothesis::Alternative;
use crate::interval::Interval;
use crate::probability::{Level, Probability};
use crate::proportion::{Proportion, count};

/// Is the probability of a success the claimed one? May be asked after every trial.
///
/// The e-value is the likelihood of what was seen, averaged over a mixture of beta distributions, over its likelihood
/// under the claim: the beta-binomial mixture martingale (Robbins 1970; Howard, Ramdas and others 2021). One
/// way, each distribution is cut to the probabilities beyond the claim, and the null hypothesis is "at most the claim"
/// (or "at least"): under a probability on that side the mean of the e-value is below 1. The mixture is even, between the
/// distribution with the claim as its mean that is worth half a success (or half a failure, whichever is rarer) and
/// `Beta(1/2, 1/2)`: the one finds small departures of small rates soon, the other large ones.
///
/// Only the counts matter to the e-value: a batch that is observed at once leaves the same as if it had been observed
/// one by one and looked at only at its end. The p-value and the verdict remember the strongest evidence of all looks.
///
/// ```
/// use measure_core::sequential::SequentialProportion;
/// use measure_core::{Alternative, Level, Probability, Proportion};
/// let half = Probability::new(0.5)?;
/// let mut coin = SequentialProportion::new(half, Alternative::TwoSided, Level::P95)?;
/// coin.observe(Proportion::new(140, 200)?)?;
/// assert_eq!(coin.verdict().to_string(), "above, by n = 200 (p < 0.0001)");
/// assert_eq!(format!("{:.3}", coin.estimate()?.interval()), "0.583 to 0.802 (95 %)");
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawSequentialProportion", into = "RawSequentialProportion")
)]
pub struct SequentialProportion {
    // INVARIANT: neither 0 nor 1.
    claim: Probability,
    alternative: Alternative,
    level: Level,
    seen: Proportion,
    // INVARIANT: seen at some time, with no weaker evidence than now or than before the first trial.
    strongest: Proportion,
    // INVARIANT: some just when the strongest is enough; seen at some time before, and enough.
    decided: Option<Proportion>,
}

impl SequentialProportion {
    /// # Errors
    /// [`Error::ClaimAtEnd`] for a claim of 0 or 1: one trial refutes it, and no number of them supports it.
    pub fn new(claim: Probability, alternative: Alternative, level: Level) -> Result<Self, Error> {
        if claim == Probability::ZERO || claim == Probability::ONE {
            return Err(Error::ClaimAtEnd { given: claim.get() });
        }
        Ok(Self { claim, alternative, level, seen: Proportion::ZERO, strongest: Proportion::ZERO, decided: None })
    }

    /// Takes the trials since the last look.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] when the trials do not fit 64 bits; nothing changes then.
    pub fn observe(&mut self, batch: Proportion) -> Result<(), Error> {
        let seen = self.seen.merge(batch)?;
        if self.ln_e_value_of(seen) > self.ln_e_value_of(self.strongest) {
            self.strongest = seen;
            // Enough only where it is the strongest so far, or was enough before.
            self.decided = self.decided.or_else(|| is_enough(self.ln_strongest(), self.level).then_some(seen));
        }
        self.seen = seen;
        Ok(())
    }

    /// The claimed probability.
    #[must_use]
    pub const fn claim(&self) -> Probability {
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

    /// All that was observed.
    #[must_use]
    pub const fn seen(&self) -> Proportion {
        self.seen
    }

    /// The natural logarithm of the e-value of all that was observed: the evidence against the claim now. Finite; above
    /// 0 against the claim, below 0 for it.
    #[must_use]
    pub fn ln_e_value(&self) -> f64 {
        self.ln_e_value_of(self.seen)
    }

    /// 1 over the greatest e-value of all looks, at most 1: the chance that it is ever as small as `a` is at most `a`
    /// if the claim holds.
    #[must_use]
    pub fn p_value(&self) -> Probability {
        p_value(self.ln_strongest())
    }

    /// Decided when the p-value is at most `1 - level`; the chance that it ever is, if the claim holds, is at most that.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.p_value(), self.decided.map(|counts| self.decision(counts)))
    }

    /// The share of successes with its two-sided interval, whatever the alternative: at all looks at once, the interval
    /// holds the true probability with probability `level` at least.
    ///
    /// It is the interval of this look, of all probabilities against which the evidence is below `1 / (1 - level)`;
    /// intersecting those of several looks is valid too, but may leave nothing. The claim is outside of it just when the
    /// two-sided e-value now is enough for a verdict; a verdict of one way may come somewhat sooner.
    ///
    /// # Errors
    /// [`NotEnough`] without trials.
    pub fn estimate(&self) -> Result<Estimate, NotEnough> {
        let nothing = NotEnough::TooFew { of: "trials", have: 0, need: 1 };
        let value = self.seen.estimate().ok_or(nothing)?;
        let (mixture, enough) = (Mixture::around(self.claim), -libm::log(self.level.outside()));
        let refuted = |p: f64| mixture.ln_evidence(self.seen, (p, 1.0 - p)) >= enough;
        // The nearest refuted on either side; 0 and 1 are refuted by one trial, if at all.
        let end = |end: f64| if refuted(end) { edge(value, end, refuted) } else { end };
        let interval = Interval::clamped(end(0.0), end(1.0), self.level);
        Ok(Estimate::of(value, interval, self.seen.trials(), IntervalMethod::Mixture))
    }

    /// The logarithm of the e-value of these counts.
    fn ln_e_value_of(&self, seen: Proportion) -> f64 {
        let (mixture, claim) = (Mixture::around(self.claim), self.claim.get());
        match self.alternative {
            Alternative::TwoSided => mixture.ln_evidence(seen, (claim, 1.0 - claim)),
            side => mixture
                .ln_evidence_beyond(seen, claim, side == Alternative::Greater)
                // So far on the side of the claim that it is none: what holds against the best of that side.
                .unwrap_or_else(|| mixture.ln_evidence(seen, shares(seen)).min(0.0)),
        }
    }

    /// The logarithm of the greatest e-value, that before the first trial included.
    fn ln_strongest(&self) -> f64 {
        self.ln_e_value_of(self.strongest).max(0.0)
    }

    /// What these counts decide, if they are enough.
    fn decision(&self, counts: Proportion) -> Decision {
        let above = counts.estimate().is_some_and(|share| share > self.claim.get());
        Decision { n: counts.trials(), above }
    }
}

/// The shares of successes and of failures; each may be tiny beside the other.
pub(super) fn shares(seen: Proportion) -> (f64, f64) {
    let trials = count(seen.trials()).max(1.0);
    (count(seen.successes()) / trials, count(seen.failures()) / trials)
}

/// Whether the counts `part` may have been seen before `whole`.
#[cfg(feature = "serde")]
pub(super) const fn is_before(part: Proportion, whole: Proportion) -> bool {
    part.successes() <= whole.successes() && part.failures() <= whole.failures()
}

/// What another platform's arithmetic may have made of the same evidence.
#[cfg(feature = "serde")]
pub(super) const ROUNDING: f64 = 1e-6;

/// Whether evidence that is read from a file, of the strongest look and of the one that decided, makes the verdict.
#[cfg(feature = "serde")]
pub(super) fn verdict_checked(strongest: f64, decided: Option<f64>, before: bool, level: Level) -> Result<(), Error> {
    let enough = -libm::log(level.outside());
    let rounding = ROUNDING * enough.max(1.0);
    let possible = match decided {
        None => strongest < enough + rounding,
        Some(decided) => before && decided >= enough - rounding && decided <= strongest + rounding,
    };
    let reason = "there is a verdict without enough evidence, or enough evidence and no verdict";
    if possible { Ok(()) } else { Err(Error::StateImpossible { reason }) }
}

/// The shape in a file: counts only.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSequentialProportion {
    claim: Probability,
    alternative: Alternative,
    level: Level,
    seen: Proportion,
    strongest: Proportion,
    decided: Option<Proportion>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawSequentialProportion> for SequentialProportion {
    type Error = Error;

    fn try_from(raw: RawSequentialProportion) -> Result<Self, Error> {
        let RawSequentialProportion { claim, alternative, level, seen, strongest, decided } = raw;
        let machine = Self { seen, strongest, decided, ..Self::new(claim, alternative, level)? };
        if !is_before(strongest, seen) {
            return Err(Error::StateImpossible { reason: "the strongest evidence is from more than was seen" });
        }
        if machine.ln_e_value_of(strongest) < machine.ln_e_value().max(0.0) - ROUNDING {
            return Err(Error::StateImpossible { reason: "the evidence now is stronger than the strongest" });
        }
        let possible = decided.is_none_or(|decided| is_before(decided, strongest));
        verdict_checked(
            machine.ln_strongest(),
            decided.map(|decided| machine.ln_e_value_of(decided)),
            possible,
            level,
        )?;
        Ok(machine)
    }
}

#[cfg(feature = "serde")]
impl From<SequentialProportion> for RawSequentialProportion {
    fn from(machine: SequentialProportion) -> Self {
        let SequentialProportion { claim, alternative, level, seen, strongest, decided } = machine;
        Self { claim, alternative, level, seen, strongest, decided }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(claim: f64, alternative: Alternative) -> SequentialProportion {
        SequentialProportion::new(Probability::new(claim).unwrap(), alternative, Level::P95).unwrap()
    }

    fn of(successes: u64, trials: u64) -> Proportion {
        Proportion::new(successes, trials).unwrap()
    }

    #[test]
    fn nothing_observed_is_no_evidence() {
        let machine = machine(0.1, Alternative::TwoSided);
        assert_eq!((machine.ln_e_value(), machine.p_value()), (0.0, Probability::ONE));
        assert!(machine.estimate().is_err() && !machine.verdict().is_decided());
        for claim in [0.0, 1.0] {
            let claim = Probability::new(claim).unwrap();
            assert!(SequentialProportion::new(claim, Alternative::Less, Level::P95).is_err());
        }
    }

    #[test]
    fn evidence_of_one_way_does_not_count_the_other() {
        let (mut more, mut less) = (machine(0.1, Alternative::Greater), machine(0.1, Alternative::Less));
        for machine in [&mut more, &mut less] {
            machine.observe(of(60, 200)).unwrap();
        }
        assert!(matches!(more.verdict(), Verdict::Above { n: 200, .. }));
        assert!(less.ln_e_value() < 0.0 && less.p_value() == Probability::ONE);
    }

    #[test]
    fn a_verdict_stays_when_the_evidence_fades() {
        let mut machine = machine(0.5, Alternative::TwoSided);
        machine.observe(of(30, 30)).unwrap();
        let verdict = machine.verdict();
        assert!(matches!(verdict, Verdict::Above { n: 30, .. }));
        machine.observe(of(0, 30)).unwrap();
        assert!(machine.ln_e_value() < 0.0);
        assert_eq!(machine.verdict(), verdict);
    }

    #[test]
    fn stronger_evidence_of_the_other_side_does_not_turn_a_verdict() {
        let mut machine = machine(0.5, Alternative::TwoSided);
        machine.observe(of(9, 9)).unwrap();
        assert!(matches!(machine.verdict(), Verdict::Above { n: 9, .. }));
        let before = machine.p_value();
        machine.observe(of(0, 200)).unwrap();
        assert!(matches!(machine.verdict(), Verdict::Above { n: 9, .. }), "{}", machine.verdict());
        assert!(machine.p_value() < before && machine.estimate().unwrap().interval().upper() < 0.5);
    }

    #[test]
    fn an_overflow_changes_nothing() {
        let mut machine = machine(0.5, Alternative::TwoSided);
        machine.observe(of(1, u64::MAX)).unwrap();
        let before = machine;
        assert!(machine.observe(of(1, 1)).is_err());
        assert_eq!(machine, before);
        assert!(machine.estimate().unwrap().interval().upper() < 1e-15 && machine.ln_e_value() > 1e18);
    }

    #[test]
    fn one_trial_leaves_almost_everything_open() {
        let mut machine = machine(0.5, Alternative::TwoSided);
        machine.observe(of(1, 1)).unwrap();
        let interval = machine.estimate().unwrap().interval();
        // Evidence of 1/2 over p: refuted below 1/40.
        assert!((interval.lower() - 0.025).abs() < 1e-15 && interval.upper() == 1.0, "{interval}");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_evidence() {
        let mut machine = machine(0.1, Alternative::TwoSided);
        machine.observe(of(9, 20)).unwrap();
        let text = serde_json::to_string(&machine).unwrap();
        assert_eq!(serde_json::from_str::<SequentialProportion>(&text).unwrap(), machine);
        for (from, to) in [
            (r#""strongest":{"successes":9,"trials":20}"#, r#""strongest":{"successes":10,"trials":20}"#),
            (r#""strongest":{"successes":9,"trials":20}"#, r#""strongest":{"successes":0,"trials":0}"#),
            (r#""decided":{"successes":9,"trials":20}"#, r#""decided":{"successes":9,"trials":21}"#),
            (r#""decided":{"successes":9,"trials":20}"#, r#""decided":{"successes":1,"trials":2}"#),
            (r#""decided":{"successes":9,"trials":20}"#, r#""decided":null"#),
            (r#""claim":0.1"#, r#""claim":1.0"#),
            (r#""level":0.95"#, r#""level":0.95,"more":1"#),
        ] {
            let forged = text.replace(from, to);
            assert!(forged != text && serde_json::from_str::<SequentialProportion>(&forged).is_err(), "{forged}");
        }
    }
}
