//! Two proportions against each other, at all times.

use super::evidence::{Decision, Verdict, is_enough, p_value};
use super::mixture::Mixture;
use super::proportion::shares;
#[cfg(feature = "serde")]
use super::proportion::{ROUNDING, is_before, verdict_checked};
use crate::bisection::edge;
use crate::error::Error;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::hypothesis::Alternative;
use crate::interval::Interval;
use crate::probability::{Level, Probability};
use crate::proportion::{Proportion, count};

/// Is a success as probable in the first group as in the second (in the canary as in the baseline)? May be asked after
/// every trial of either, whatever their numbers.
///
/// The e-value is the likelihood of what was seen, each group's averaged over the mixture of [`SequentialProportion`]
/// around the expected probability, over its greatest likelihood under the null hypothesis: universal inference
/// (Wasserman, Ramdas and Balakrishnan 2020) with a mixture for the estimate, as Ramdas, Ruf, Larsson and Koolen (2022)
/// have it for one proportion. It is at most the likelihood ratio against the true member of the null hypothesis, which
/// is a martingale, so it is valid whatever that member is, and however trials are shared out between the groups.
/// DIFFERS: the e-values of Turner, Ly and Gruenwald (2024) bet block by block and so depend on how the trials are cut
/// into blocks; this one depends on the counts alone, and pays for it with the greatest likelihood in its denominator.
///
/// The intervals for the difference and for the ratio hold what the same e-value does not refute. Both assume that each
/// group has one probability throughout: where both follow the time of day, a group that starts later is compared with
/// other hours.
///
/// ```
/// use measure_core::sequential::SequentialComparison;
/// use measure_core::{Alternative, Level, Probability, Proportion};
/// let usual = Probability::new(0.01)?;
/// let mut canary = SequentialComparison::new(usual, Alternative::Greater, Level::P95)?;
/// canary.observe(Proportion::new(45, 1_000)?, Proportion::new(100, 10_000)?)?;
/// assert_eq!(canary.verdict().to_string(), "above, by n = 11000 (p < 0.0001)");
/// assert_eq!(format!("{:.1}", canary.ratio()?.interval()), "1.9 to 9.6 (95 %)");
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// [`SequentialProportion`]: super::SequentialProportion
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawSequentialComparison", into = "RawSequentialComparison")
)]
pub struct SequentialComparison {
    // INVARIANT: neither 0 nor 1.
    expected: Probability,
    alternative: Alternative,
    level: Level,
    seen: Pair,
    // INVARIANT: seen at some time, with no weaker evidence than now or than before the first trial.
    strongest: Pair,
    // INVARIANT: some just when the strongest is enough; seen at some time before, and enough.
    decided: Option<Pair>,
}

/// What was seen of both groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct Pair {
    first: Proportion,
    second: Proportion,
}

impl SequentialComparison {
    /// `expected` is about what the probability of both is believed to be: any will do, but it finds a difference the
    /// sooner the better that is known.
    ///
    /// # Errors
    /// [`Error::ClaimAtEnd`] for an expectation of 0 or 1.
    pub fn new(expected: Probability, alternative: Alternative, level: Level) -> Result<Self, Error> {
        if expected == Probability::ZERO || expected == Probability::ONE {
            return Err(Error::ClaimAtEnd { given: expected.get() });
        }
        Ok(Self { expected, alternative, level, seen: Pair::NONE, strongest: Pair::NONE, decided: None })
    }

    /// Takes the trials of both groups since the last look.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] when the trials of one of them do not fit 64 bits; nothing changes then.
    pub fn observe(&mut self, first: Proportion, second: Proportion) -> Result<(), Error> {
        let seen = Pair { first: self.seen.first.merge(first)?, second: self.seen.second.merge(second)? };
        if self.ln_e_value_of(seen) > self.ln_e_value_of(self.strongest) {
            self.strongest = seen;
            // Enough only where it is the strongest so far, or was enough before.
            self.decided = self.decided.or_else(|| is_enough(self.ln_strongest(), self.level).then_some(seen));
        }
        self.seen = seen;
        Ok(())
    }

    /// The probability that was expected of both.
    #[must_use]
    pub const fn expected(&self) -> Probability {
        self.expected
    }

    /// Which departures from equality count: greater means that a success is more probable in the first.
    #[must_use]
    pub const fn alternative(&self) -> Alternative {
        self.alternative
    }

    /// The level of the intervals and of the verdict.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// All that was observed of the first group.
    #[must_use]
    pub const fn first(&self) -> Proportion {
        self.seen.first
    }

    /// All that was observed of the second group.
    #[must_use]
    pub const fn second(&self) -> Proportion {
        self.seen.second
    }

    /// The natural logarithm of the e-value of all that was observed: the evidence now against equality (or against "at
    /// most" or "at least"). Finite.
    #[must_use]
    pub fn ln_e_value(&self) -> f64 {
        self.ln_e_value_of(self.seen)
    }

    /// 1 over the greatest e-value of all looks, at most 1: the chance that it is ever as small as `a` is at most `a`
    /// if the null hypothesis holds.
    #[must_use]
    pub fn p_value(&self) -> Probability {
        p_value(self.ln_strongest())
    }

    /// Decided when the p-value is at most `1 - level`; the chance that it ever is, if the null hypothesis holds, is at
    /// most that.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.p_value(), self.decided.map(Pair::decision))
    }

    /// The difference of the shares, first less second, with its two-sided interval: at all looks at once, the interval
    /// holds the true difference with probability `level` at least. It is that of this look.
    ///
    /// # Errors
    /// [`NotEnough`] when one of the groups has no trials.
    pub fn difference(&self) -> Result<Estimate, NotEnough> {
        let (p, q) = self.shares()?;
        let refuted = |difference: f64| self.refutes(self.seen.likeliest_at_difference(difference));
        let end = |end: f64| if refuted(end) { edge(p - q, end, refuted) } else { end };
        let interval = Interval::between(end(-1.0), end(1.0), self.level);
        Ok(Estimate::of(p - q, interval, self.seen.trials(), IntervalMethod::Mixture))
    }

    /// The ratio of the shares, first over second, with its two-sided interval, as [`SequentialComparison::difference`].
    ///
    /// # Errors
    /// [`NotEnough`] when the first has no trials or the second no successes: then no ratio is too large.
    pub fn ratio(&self) -> Result<Estimate, NotEnough> {
        let (p, q) = self.shares()?;
        NotEnough::unless(self.seen.second.successes(), 1, "successes in the second")?;
        let refuted = |ratio: f64| self.refutes(self.seen.likeliest_at_ratio(ratio));
        let value = p / q;
        let lower = if refuted(0.0) { edge(value, 0.0, refuted) } else { 0.0 };
        let mut beyond = 2.0 * value.max(1.0);
        // Ends, since a ratio of 2^64 times that found rules out either the one's successes or the other's failures.
        while !refuted(beyond) && beyond < 1e300 {
            beyond *= 2.0;
        }
        let interval = Interval::between(lower, edge(value, beyond, refuted), self.level);
        Ok(Estimate::of(value, interval, self.seen.trials(), IntervalMethod::Mixture))
    }

    /// The shares of successes.
    fn shares(&self) -> Result<(f64, f64), NotEnough> {
        let nothing = NotEnough::TooFew { of: "trials in each", have: 0, need: 1 };
        self.seen.first.estimate().zip(self.seen.second.estimate()).ok_or(nothing)
    }

    /// Whether the evidence against two probabilities is enough for a verdict.
    fn refutes(&self, (p, q): (f64, f64)) -> bool {
        self.ln_evidence(self.seen, [(p, 1.0 - p), (q, 1.0 - q)]) >= -libm::log(self.level.outside())
    }

    /// Against the probabilities of success and failure in the first and in the second.
    fn ln_evidence(&self, seen: Pair, [first, second]: [(f64, f64); 2]) -> f64 {
        let mixture = Mixture::around(self.expected);
        mixture.ln_evidence(seen.first, first) + mixture.ln_evidence(seen.second, second)
    }

    /// The logarithm of the e-value of these counts.
    fn ln_e_value_of(&self, seen: Pair) -> f64 {
        let more = seen.first.estimate().zip(seen.second.estimate()).map_or(0.0, |(p, q)| p - q);
        let allowed = match self.alternative {
            Alternative::TwoSided => false,
            Alternative::Greater => more < 0.0,
            Alternative::Less => more > 0.0,
        };
        // The member of the null hypothesis that explains the counts best.
        let nearest = if allowed {
            [shares(seen.first), shares(seen.second)]
        } else {
            let good = count(seen.first.successes()) + count(seen.second.successes());
            let bad = count(seen.first.failures()) + count(seen.second.failures());
            let all = (good + bad).max(1.0);
            [(good / all, bad / all); 2]
        };
        self.ln_evidence(seen, nearest)
    }

    /// The logarithm of the greatest e-value, that before the first trial included.
    fn ln_strongest(&self) -> f64 {
        self.ln_e_value_of(self.strongest).max(0.0)
    }
}

impl Pair {
    const NONE: Self = Self { first: Proportion::ZERO, second: Proportion::ZERO };

    const fn trials(self) -> u64 {
        self.first.trials().saturating_add(self.second.trials())
    }

    /// What these counts decide, if they are enough.
    fn decision(self) -> Decision {
        let above = self.first.estimate().zip(self.second.estimate()).is_some_and(|(p, q)| p > q);
        Decision { n: self.trials(), above }
    }

    /// The probabilities with a given difference that explain the counts best.
    fn likeliest_at_difference(self, difference: f64) -> (f64, f64) {
        let (least, most) = ((-difference).max(0.0), (1.0 - difference).min(1.0));
        let partner = |q: f64| (q + difference).clamp(0.0, 1.0);
        // The likelihood is log-concave: it rises up to its greatest.
        let q = crest(least, most, |q| slope(self.first, partner(q)) + slope(self.second, q));
        (partner(q), q)
    }

    /// The probabilities with a given ratio that explain the counts best.
    fn likeliest_at_ratio(self, ratio: f64) -> (f64, f64) {
        let partner = |q: f64| (q * ratio).min(1.0);
        if self.first.successes() == 0 && self.second.successes() == 0 {
            return (0.0, 0.0);
        }
        // By the logarithm of q, on which the likelihood is log-concave too.
        let q = crest(0.0, (1.0 / ratio).min(1.0), |q| {
            partner(q) * slope(self.first, partner(q)) + q * slope(self.second, q)
        });
        (partner(q), q)
    }
}

/// The derivative of the logarithm of the likelihood at `p`; infinite where the likelihood is 0.
fn slope(seen: Proportion, p: f64) -> f64 {
    let part = |cases: u64, p: f64| if cases == 0 { 0.0 } else { count(cases) / p };
    part(seen.successes(), p) - part(seen.failures(), 1.0 - p)
}

/// Where a slope that falls from `least` to `most` passes 0; an end where it does not.
fn crest(least: f64, most: f64, slope: impl Fn(f64) -> f64) -> f64 {
    if least >= most { least.min(1.0) } else { edge(least, most, |q| q >= most || slope(q) <= 0.0) }
}

/// The shape in a file: counts only.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSequentialComparison {
    expected: Probability,
    alternative: Alternative,
    level: Level,
    seen: Pair,
    strongest: Pair,
    decided: Option<Pair>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawSequentialComparison> for SequentialComparison {
    type Error = Error;

    fn try_from(raw: RawSequentialComparison) -> Result<Self, Error> {
        let RawSequentialComparison { expected, alternative, level, seen, strongest, decided } = raw;
        let machine = Self { seen, strongest, decided, ..Self::new(expected, alternative, level)? };
        if !is_before(strongest.first, seen.first) || !is_before(strongest.second, seen.second) {
            return Err(Error::StateImpossible { reason: "the strongest evidence is from more than was seen" });
        }
        if machine.ln_e_value_of(strongest) < machine.ln_e_value().max(0.0) - ROUNDING {
            return Err(Error::StateImpossible { reason: "the evidence now is stronger than the strongest" });
        }
        let before =
            |decided: Pair| is_before(decided.first, strongest.first) && is_before(decided.second, strongest.second);
        let (evidence, possible) = (decided.map(|decided| machine.ln_e_value_of(decided)), decided.is_none_or(before));
        verdict_checked(machine.ln_strongest(), evidence, possible, level)?;
        Ok(machine)
    }
}

#[cfg(feature = "serde")]
impl From<SequentialComparison> for RawSequentialComparison {
    fn from(machine: SequentialComparison) -> Self {
        let SequentialComparison { expected, alternative, level, seen, strongest, decided } = machine;
        Self { expected, alternative, level, seen, strongest, decided }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(successes: u64, trials: u64) -> Proportion {
        Proportion::new(successes, trials).unwrap()
    }

    fn machine(first: Proportion, second: Proportion, alternative: Alternative) -> SequentialComparison {
        let expected = Probability::new(0.1).unwrap();
        let mut machine = SequentialComparison::new(expected, alternative, Level::P95).unwrap();
        machine.observe(first, second).unwrap();
        machine
    }

    #[test]
    fn nothing_observed_is_no_evidence() {
        let mut empty = machine(of(0, 0), of(0, 0), Alternative::TwoSided);
        assert_eq!((empty.ln_e_value(), empty.p_value()), (0.0, Probability::ONE));
        assert!(empty.difference().is_err() && empty.ratio().is_err());
        empty.observe(of(3, 5), of(0, 0)).unwrap();
        assert!(empty.difference().is_err() && empty.ln_e_value() <= 0.0);
    }

    #[test]
    fn the_nearest_pair_at_a_difference_is_the_one_of_a_grid() {
        for (first, second) in
            [(of(3, 20), of(30, 100)), (of(0, 9), of(4, 9)), (of(9, 9), of(0, 7)), (of(5, 5), of(5, 5))]
        {
            let pair = Pair { first, second };
            let ln_likelihood = |seen: Proportion, p: f64| {
                let part = |cases: u64, p: f64| if cases == 0 { 0.0 } else { count(cases) * p.ln() };
                part(seen.successes(), p) + part(seen.failures(), 1.0 - p)
            };
            let of_pair = |(p, q): (f64, f64)| ln_likelihood(first, p) + ln_likelihood(second, q);
            for step in -19..=19 {
                let difference = f64::from(step) / 20.0;
                let grid = (0..=10_000).map(|i| f64::from(i) / 10_000.0).map(|q| (q + difference, q));
                let best = grid.filter(|(p, _)| (0.0..=1.0).contains(p)).map(of_pair).fold(f64::NEG_INFINITY, f64::max);
                let found = of_pair(pair.likeliest_at_difference(difference));
                assert!(found >= best - 1e-9, "{pair:?} {difference}: {found} {best}");
            }
            for ratio in [0.0, 0.01, 0.3, 1.0, 2.5, 40.0] {
                let grid = (0..=10_000).map(|i| f64::from(i) / 10_000.0).map(|q| (q * ratio, q));
                let best = grid.filter(|(p, _)| *p <= 1.0).map(of_pair).fold(f64::NEG_INFINITY, f64::max);
                let found = of_pair(pair.likeliest_at_ratio(ratio));
                assert!(found >= best - 1e-9, "{pair:?} {ratio}: {found} {best}");
            }
        }
    }

    #[test]
    fn the_interval_leaves_out_equality_just_when_the_evidence_is_enough() {
        let enough = -Level::P95.outside().ln();
        for second in 0..=60 {
            let machine = machine(of(20, 60), of(second, 60), Alternative::TwoSided);
            let refuted = machine.ln_e_value() >= enough;
            let difference = machine.difference().unwrap();
            assert_eq!(difference.interval().contains(0.0), !refuted, "{second} {difference}");
            if second > 0 {
                let ratio = machine.ratio().unwrap();
                assert_eq!(ratio.interval().contains(1.0), !refuted, "{second} {ratio}");
                assert!(ratio.interval().contains(ratio.value()));
            }
            assert!(difference.interval().contains(difference.value()));
        }
    }

    #[test]
    fn a_better_first_is_no_evidence_that_it_is_worse() {
        let worse = machine(of(2, 200), of(60, 200), Alternative::Greater);
        assert!(worse.ln_e_value() < 0.0 && worse.p_value() == Probability::ONE);
        let better = machine(of(2, 200), of(60, 200), Alternative::Less);
        assert!(matches!(better.verdict(), Verdict::Below { n: 400, .. }));
    }

    #[test]
    fn stronger_evidence_of_the_other_side_does_not_turn_a_verdict() {
        let mut machine = machine(of(20, 40), of(2, 40), Alternative::TwoSided);
        assert!(matches!(machine.verdict(), Verdict::Above { n: 80, .. }));
        machine.observe(of(0, 400), of(400, 400)).unwrap();
        assert!(matches!(machine.verdict(), Verdict::Above { n: 80, .. }), "{}", machine.verdict());
        assert!(machine.difference().unwrap().interval().upper() < 0.0);
    }

    #[test]
    fn empty_cells_and_the_largest_counts() {
        let most = u64::MAX;
        for (first, second) in [
            (of(0, 5), of(5, 5)),
            (of(5, 5), of(0, 5)),
            (of(0, 5), of(0, 5)),
            (of(5, 5), of(5, 5)),
            (of(0, most), of(1, most)),
            (of(most, most), of(1, 1)),
            (of(1, most), of(most, most)),
            (of(most / 2, most), of(most / 3, most)),
        ] {
            let machine = machine(first, second, Alternative::TwoSided);
            assert!(machine.ln_e_value().is_finite(), "{machine:?}");
            let difference = machine.difference().unwrap();
            assert!(difference.interval().contains(difference.value()), "{difference}");
            if second.successes() > 0 {
                let ratio = machine.ratio().unwrap();
                assert!(ratio.interval().contains(ratio.value()), "{ratio}");
            } else {
                assert!(matches!(machine.ratio(), Err(NotEnough::TooFew { need: 1, .. })));
            }
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_evidence() {
        let machine = machine(of(9, 20), of(1, 30), Alternative::TwoSided);
        let text = serde_json::to_string(&machine).unwrap();
        assert_eq!(serde_json::from_str::<SequentialComparison>(&text).unwrap(), machine);
        let (decided, none) = (
            r#""decided":{"first":{"successes":9,"trials":20},"second":{"successes":1,"trials":30}}"#,
            r#"{"first":{"successes":0,"trials":0},"second":{"successes":0,"trials":0}}"#,
        );
        let strongest = decided.replace("decided", "strongest");
        for (from, to) in [
            (&*strongest, strongest.replace("20", "21")),
            (&*strongest, format!(r#""strongest":{none}"#)),
            (decided, decided.replace("30", "31")),
            (decided, format!(r#""decided":{none}"#)),
            (decided, r#""decided":null"#.to_owned()),
        ] {
            let forged = text.replace(from, &to);
            assert!(forged != text && serde_json::from_str::<SequentialComparison>(&forged).is_err(), "{forged}");
        }
    }
}
