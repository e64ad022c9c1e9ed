//! A cumulative sum of evidence: the sequential rule, which flaps least.

use crate::error::Error;
use crate::factor::Factor;
use crate::objective::Objective;
use crate::sli::Counts;

/// Page's cumulative sum test (Page 1954) of "errors at `factor` times the allowed ratio" against "errors at the
/// allowed ratio", event by event.
///
/// A machine: [`Cusum::observe`] moves the score to
/// `max(0, S + bad ln F + good ln((1 - F e) / (1 - e)))`, with `e` the allowed error ratio, and it fires while
/// `S >= ln A`. A service at its objective sees at least `A` events between false alarms. The score is capped at
/// `2 ln A`, so that a long outage does not delay the all-clear without bound.
///
/// Events that come in one observation have no order; watched more often it is more exact. It needs no clock: its
/// time is the number of events.
///
/// ```
/// use slo_core::{Counts, low_traffic::Cusum};
/// // One false alarm in ten months of 10 requests an hour.
/// let mut cusum = Cusum::new("99.9%".parse()?, "14.4".parse()?, 10 * 30 * 24 * 10)?;
/// assert!(!cusum.observe(Counts::from_bad(4, 4)?).firing);
/// assert!(cusum.observe(Counts::from_bad(1, 1)?).firing);
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawCusum", into = "RawCusum")
)]
pub struct Cusum {
    objective: Objective,
    factor: Factor,
    events_between_false_alarms: u64,
    // INVARIANT: in [0, 2 ln A].
    score: f64,
    // Worked out from the above.
    limit: f64,
    bad_step: f64,
    good_step: f64,
}

impl Cusum {
    /// A machine without evidence. `events_between_false_alarms` is `A`: ten periods' worth of requests is a good
    /// start.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] for a factor that is not above 1 or that the objective puts out of reach
    /// (`factor x allowed error ratio >= 1`), or fewer than 2 events.
    pub fn new(objective: Objective, factor: Factor, events_between_false_alarms: u64) -> Result<Self, Error> {
        let allowed = objective.allowed_bad_fraction();
        let watched = factor.threshold(objective);
        if factor.numerator() <= factor.denominator() || !watched.can_be_exceeded() {
            let bound = format!("1 and {}, both excluded", 1.0 / allowed);
            return Err(Error::NumberOutOfRange { what: "burn rate factor", given: factor.to_string(), bound });
        }
        if events_between_false_alarms < 2 {
            let given = events_between_false_alarms.to_string();
            let (what, bound) = ("number of events between false alarms", "2 and above".to_owned());
            return Err(Error::NumberOutOfRange { what, given, bound });
        }
        Ok(Self {
            objective,
            factor,
            events_between_false_alarms,
            score: 0.0,
            limit: float(events_between_false_alarms).ln(),
            bad_step: factor.as_f64().ln(),
            good_step: (-watched.error_ratio()).ln_1p() - (-allowed).ln_1p(),
        })
    }

    /// Takes in events that have happened since the last observation.
    pub fn observe(&mut self, counts: Counts) -> CusumVerdict {
        let evidence = float(counts.bad()) * self.bad_step + float(counts.good()) * self.good_step;
        self.score = (self.score + evidence).clamp(0.0, 2.0 * self.limit);
        self.verdict()
    }

    /// Where it stands.
    #[must_use]
    pub fn verdict(&self) -> CusumVerdict {
        let missing = (self.limit - self.score).max(0.0) / self.bad_step;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most ln 2^64 / ln F, rounded up"
        )]
        let bad_needed = missing.ceil() as u64;
        CusumVerdict { firing: self.score >= self.limit, score: self.score, limit: self.limit, bad_needed }
    }

    /// The objective it watches.
    #[must_use]
    pub const fn objective(&self) -> Objective {
        self.objective
    }

    /// The burn rate it looks for.
    #[must_use]
    pub const fn factor(&self) -> Factor {
        self.factor
    }

    /// The least average number of events between false alarms.
    #[must_use]
    pub const fn events_between_false_alarms(&self) -> u64 {
        self.events_between_false_alarms
    }
}

/// Where a [`Cusum`] stands.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CusumVerdict {
    /// Whether the evidence suffices for an alarm.
    pub firing: bool,
    /// The evidence, a logarithm of a likelihood ratio; in `[0, 2 limit]`.
    pub score: f64,
    /// It fires from here on; above 0.
    pub limit: f64,
    /// How many bad events in a row would make it fire; 0 when it does.
    pub bad_needed: u64,
}

#[expect(clippy::cast_precision_loss, reason = "evidence is a float; the cast is within one part in 2^53")]
const fn float(count: u64) -> f64 {
    count as f64
}

/// The shape in a file.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCusum {
    objective: Objective,
    factor: Factor,
    events_between_false_alarms: u64,
    /// As text: not every reader of numbers gives back the same float.
    score: String,
}

#[cfg(feature = "serde")]
impl TryFrom<RawCusum> for Cusum {
    type Error = Error;

    fn try_from(raw: RawCusum) -> Result<Self, Error> {
        let cusum = Self::new(raw.objective, raw.factor, raw.events_between_false_alarms)?;
        let most = 2.0 * cusum.limit;
        match raw.score.parse() {
            Ok(score) if (0.0..=most).contains(&score) => Ok(Self { score, ..cusum }),
            _ => {
                let bound = format!("0 and {most}");
                Err(Error::NumberOutOfRange { what: "score", given: format!("`{}`", raw.score), bound })
            }
        }
    }
}

#[cfg(feature = "serde")]
impl From<Cusum> for RawCusum {
    fn from(cusum: Cusum) -> Self {
        let Cusum { objective, factor, events_between_false_alarms, score, .. } = cusum;
        Self { objective, factor, events_between_false_alarms, score: score.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cusum() -> Cusum {
        Cusum::new("99.9%".parse().unwrap(), "14.4".parse().unwrap(), 72_000).unwrap()
    }

    fn counts(bad: u64, total: u64) -> Counts {
        Counts::from_bad(bad, total).unwrap()
    }

    #[test]
    fn it_fires_on_evidence_and_resolves_without_new_errors() {
        let mut cusum = cusum();
        assert_eq!(cusum.verdict().bad_needed, 5);
        assert!(cusum.observe(counts(1_000, 1_000)).firing);
        let mut good = 0;
        while cusum.observe(counts(0, 1)).firing {
            good += 1;
        }
        // From the cap of 2 ln A down to ln A: ln 72,000 / 0.0135.
        assert!((820..840).contains(&good), "{good}");
    }

    #[test]
    fn factors_without_evidence_are_refused() {
        let objective = "99%".parse().unwrap();
        for factor in ["1", "0.5", "100", "200"] {
            assert!(Cusum::new(objective, factor.parse().unwrap(), 1_000).is_err(), "{factor}");
        }
        assert!(Cusum::new(objective, "2".parse().unwrap(), 1).is_err());
    }

    #[test]
    fn the_largest_counts_leave_the_score_finite() {
        let mut cusum = cusum();
        assert!(cusum.observe(counts(u64::MAX, u64::MAX)).score.is_finite());
        assert_eq!(cusum.observe(counts(0, u64::MAX)).score, 0.0);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_a_score() {
        let mut cusum = cusum();
        cusum.observe(counts(2, 17));
        let text = serde_json::to_string(&cusum).unwrap();
        assert_eq!(serde_json::from_str::<Cusum>(&text).unwrap(), cusum);
        let score = serde_json::to_value(&cusum).unwrap()["score"].to_string();
        assert!(serde_json::from_str::<Cusum>(&text.replace(&score, "\"1e9\"")).is_err());
        assert!(serde_json::from_str::<Cusum>(&text.replace(&score, "\"-1\"")).is_err());
        assert!(serde_json::from_str::<Cusum>(&text.replace(&score, "\"NaN\"")).is_err());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_restored_machine_is_equal_whatever_its_score() {
        let (objective, factor) = ("99.9%".parse().unwrap(), "14.4".parse().unwrap());
        for number in 2..2_000_u64 {
            let mut cusum = Cusum::new(objective, factor, number.pow(3)).unwrap();
            // Somewhere, and at the cap.
            for counts in [counts(1, number % 190 + 1), counts(1_000, 1_000)] {
                cusum.observe(counts);
                let text = serde_json::to_string(&cusum).unwrap();
                assert_eq!(serde_json::from_str::<Cusum>(&text).unwrap(), cusum, "{number}");
            }
        }
    }
}
