//! Two samples, one answer: what differs, by how much, and what it would take to know.

use std::fmt;

use super::dominance::cliffs_delta;
use super::equivalence::{Equivalence, Sameness, equivalence_by_ranks, logarithms, share_above_at};
use super::geometric::geometric_mean_ratio;
use super::hodges_lehmann::hodges_lehmann;
use super::kolmogorov_smirnov::kolmogorov_smirnov;
use super::mann_whitney::mann_whitney;
use super::margin::Margin;
use super::quantiles::quantile_difference;
use super::sample_size::{mann_whitney_sample_size, sameness_by_ranks};
use crate::bootstrap::Bootstrap;
use crate::descriptive::median;
use crate::error::Error;
use crate::estimate::Estimate;
use crate::hypothesis::{Alternative, Test};
use crate::probability::{Level, Probability};
use crate::sample::{PositiveSample, Sample, float};

/// What [`compare`] is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Question {
    level: Level,
    power: Level,
    margin: Option<Margin>,
    quantile: Option<(Probability, Bootstrap)>,
}

impl Question {
    /// Whether there is a difference, with intervals of this level and tests that find one where there is none in a
    /// share of `1 - level`.
    #[must_use]
    pub const fn at(level: Level) -> Self {
        Self { level, power: Level::P80, margin: None, quantile: None }
    }

    /// Whether the two are the same within `margin` as well.
    #[must_use]
    pub const fn within(self, margin: Margin) -> Self {
        Self { margin: Some(margin), ..self }
    }

    /// The probability with which the samples that are asked for would show what there is; 80 % else.
    #[must_use]
    pub const fn with_power(self, power: Level) -> Self {
        Self { power, ..self }
    }

    /// The difference of a quantile as well.
    #[must_use]
    pub const fn with_quantile(self, at: Probability, bootstrap: Bootstrap) -> Self {
        Self { quantile: Some((at, bootstrap)), ..self }
    }
}

/// What a comparison of two samples says: all of it of the first over the second.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Comparison {
    /// The answer.
    pub verdict: Verdict,
    /// Observations of the first.
    pub n_x: u64,
    /// Observations of the second.
    pub n_y: u64,
    /// The median of the first.
    pub median_x: f64,
    /// The median of the second.
    pub median_y: f64,
    /// Mann and Whitney's test, two-sided: what the verdict rests on.
    pub test: Test,
    /// Hodges and Lehmann's shift.
    pub shift: Estimate,
    /// The ratio of the geometric means, where all observations are above 0 and there are enough of them.
    pub ratio: Option<Estimate>,
    /// Cliff's delta: the share of pairs in which the first is larger, less the share in which it is smaller.
    pub delta: Option<Estimate>,
    /// Kolmogorov and Smirnov's test: whether they differ in any way, be it only in spread. It takes no part in the
    /// verdict.
    pub distribution: Test,
    /// The difference of the quantile that was asked for, where there is enough for its interval.
    pub quantile: Option<Estimate>,
    /// Two one-sided tests by ranks, where there is a margin.
    pub equivalence: Option<Equivalence>,
    /// What it would take.
    pub needed: Needed,
}

/// The answer of a comparison, of the first over the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Verdict {
    /// The first tends to be higher.
    Higher {
        /// Whether it is shown to be so by more than the margin. Without a margin it is not.
        beyond: bool,
    },
    /// The first tends to be lower.
    Lower {
        /// Whether it is shown to be so by more than the margin. Without a margin it is not.
        beyond: bool,
    },
    /// They are the same within the margin.
    Same {
        /// Whether a difference is shown as well, one smaller than the margin.
        differs: bool,
    },
    /// No difference is found, and sameness is not shown.
    Undecided,
}

/// Observations in each sample with which something would show up with the power asked for. `None` where no number
/// would do, or there is no telling from what there is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Needed {
    /// The probability with which it would.
    pub power: Level,
    /// To find a difference, if it is as strong as it looks now.
    pub for_observed: Option<u64>,
    /// To find a difference, if it is as large as the margin.
    pub for_margin: Option<u64>,
    /// To show sameness within the margin, if there is no difference.
    pub for_sameness: Option<u64>,
}

/// Compares two samples: `x` over `y`.
///
/// The verdict rests on Mann and Whitney's test, and with a margin on two one-sided ones (see
/// [`equivalence_by_ranks`]); all else is there to say how much and how. The numbers of observations needed are
/// Noether's (see [`mann_whitney_sample_size`]), with the share of pairs as it is, or as it would be if `x` lay above `y` by
/// the margin and both varied as they do.
///
/// ```
/// use measure_core::compare::{Margin, Question, compare};
/// use measure_core::{Level, Sample};
/// let before = Sample::new(vec![41.0, 25.0, 60.0, 33.0, 95.0, 52.0])?;
/// let after = Sample::new(vec![22.0, 9.0, 31.0, 18.0, 12.0, 28.0])?;
/// let question = Question::at(Level::P95).within(Margin::relative(0.1)?);
/// let comparison = compare(&after, &before, &question)?;
/// assert_eq!(comparison.words("B", "A"), "B is lower than A, by more than 10 %");
/// assert_eq!(format!("{:.1}", comparison.shift), "-26.5 [-64.0 to -7.0 (95 %)], n = 12, exact ranks");
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::NotEnough`] when no observations, however far apart, could show a difference at the level, and how many
/// in each of two equal samples could: 4 at 95 %. [`Error::NotPositive`] for a relative margin and observations that are not above 0; [`Error::LevelTooLow`]
/// for a margin and a level of at most 50 %.
pub fn compare(x: &Sample, y: &Sample, question: &Question) -> Result<Comparison, Error> {
    let Question { level, margin, quantile, .. } = *question;
    // Where there is no interval, there is no difference that could be found.
    let shift = hodges_lehmann(x, y, level)?;
    let test = mann_whitney(x, y, Alternative::TwoSided)?;
    let equivalence = margin.map(|margin| equivalence_by_ranks(x, y, margin, level)).transpose()?;
    let quantile = quantile.and_then(|(at, bootstrap)| quantile_difference(x, y, at, level, bootstrap).ok());
    let positive = PositiveSample::new(x.clone()).ok().zip(PositiveSample::new(y.clone()).ok());
    let above = test.statistic() / (float(x.len()) * float(y.len()));
    let found = test.p_value().get() <= level.outside();
    let directed = |beyond| if above > 0.5 { Verdict::Higher { beyond } } else { Verdict::Lower { beyond } };
    let verdict = match equivalence.map(|equivalence| equivalence.verdict) {
        Some(Sameness::Equivalent { differs, .. }) => Verdict::Same { differs },
        Some(Sameness::Different { beyond, .. }) => directed(beyond),
        None if found => directed(false),
        Some(Sameness::Undecided { .. }) | None => Verdict::Undecided,
    };
    Ok(Comparison {
        verdict,
        n_x: x.n(),
        n_y: y.n(),
        // Neither is empty: there is an interval.
        median_x: median(x).unwrap_or(0.0),
        median_y: median(y).unwrap_or(0.0),
        test,
        shift,
        ratio: positive.and_then(|(x, y)| geometric_mean_ratio(&x, &y, level).ok()),
        delta: cliffs_delta(x, y, level).ok(),
        distribution: kolmogorov_smirnov(x, y, Alternative::TwoSided)?,
        quantile,
        equivalence,
        needed: needed(x, y, above, question),
    })
}

fn needed(x: &Sample, y: &Sample, above: f64, question: &Question) -> Needed {
    let Question { level, power, margin, .. } = *question;
    let at_margin = margin.and_then(|margin| {
        let bound = margin.on_its_scale();
        match margin.share() {
            Some(_) => share_above_at(&logarithms(x).ok()?, &logarithms(y).ok()?, bound, 1.0),
            None => share_above_at(x, y, bound, 0.0),
        }
    });
    Needed {
        power,
        for_observed: mann_whitney_sample_size(Probability::clamped(above), level, power),
        for_margin: at_margin.and_then(|above| mann_whitney_sample_size(Probability::clamped(above), level, power)),
        for_sameness: at_margin.and_then(|above| sameness_by_ranks(above, level, power)),
    }
}

impl Comparison {
    /// The verdict in words, with what the two are called: `B is higher than A, by more than 5 %`.
    #[must_use]
    pub fn words(&self, x: &str, y: &str) -> String {
        let margin = self.equivalence.map(|equivalence| equivalence.margin.to_string());
        self.verdict.words(x, y, margin.as_deref())
    }
}

impl Verdict {
    /// In words, with what the two samples and the margin are called.
    #[must_use]
    pub fn words(self, x: &str, y: &str, margin: Option<&str>) -> String {
        let than = |direction: &str, beyond: bool| match margin {
            Some(margin) if beyond => format!("{x} is {direction} than {y}, by more than {margin}"),
            Some(margin) => format!("{x} is {direction} than {y}; whether by more than {margin} is open"),
            None => format!("{x} is {direction} than {y}"),
        };
        match (self, margin) {
            (Self::Higher { beyond }, _) => than("higher", beyond),
            (Self::Lower { beyond }, _) => than("lower", beyond),
            (Self::Same { differs: true }, Some(margin)) => {
                format!("{x} and {y} are the same within {margin}, though not quite the same")
            }
            (Self::Same { .. }, margin) => {
                format!("{x} and {y} are the same within {}", margin.unwrap_or("the margin"))
            }
            (Self::Undecided, Some(margin)) => {
                format!("no difference found, and not shown to be the same within {margin}")
            }
            (Self::Undecided, None) => "no difference found, which does not show that there is none".to_owned(),
        }
    }
}

impl fmt::Display for Comparison {
    /// [`Comparison::words`] of "the first" and "the second".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words("the first", "the second"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Seed;
    use crate::estimate::NotEnough;

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec()).unwrap()
    }

    /// Evenly spaced around `middle`, `n` of them.
    fn around(middle: f64, n: i32) -> Sample {
        sample(&(0..n).map(|i| middle - 1.0 + (2.0 * f64::from(i) + 1.0) / f64::from(n)).collect::<Vec<_>>())
    }

    #[test]
    fn the_first_is_higher_when_its_observations_are() {
        let (low, high) = (around(10.0, 20), around(12.0, 21));
        let question = Question::at(Level::P95);
        let up = compare(&high, &low, &question).unwrap();
        assert_eq!((up.verdict, up.n_x, up.n_y), (Verdict::Higher { beyond: false }, 21, 20));
        assert_eq!(up.words("B", "A"), "B is higher than A");
        assert!((up.shift.value() - 2.0).abs() < 1e-12 && up.ratio.unwrap().value() > 1.19);
        assert_eq!(up.delta.unwrap().value(), 1.0);
        let down = compare(&low, &high, &question).unwrap();
        assert_eq!(down.words("B", "A"), "B is lower than A");
    }

    #[test]
    fn the_four_answers_with_a_margin() {
        let question = |distance| Question::at(Level::P95).within(Margin::absolute(distance).unwrap());
        let words =
            |x: &Sample, distance: f64| compare(x, &around(10.0, 40), &question(distance)).unwrap().words("B", "A");
        assert_eq!(words(&around(10.0, 40), 0.5), "B and A are the same within 0.5");
        assert_eq!(words(&around(10.4, 40), 1.0), "B and A are the same within 1, though not quite the same");
        assert_eq!(words(&around(12.0, 40), 1.0), "B is higher than A, by more than 1");
        assert_eq!(words(&around(9.1, 40), 1.0), "B is lower than A; whether by more than 1 is open");
        assert_eq!(words(&around(10.1, 40), 0.1), "no difference found, and not shown to be the same within 0.1");
    }

    #[test]
    fn what_it_takes_is_less_for_a_larger_margin() {
        let needed = |share: f64| {
            let question = Question::at(Level::P95).within(Margin::relative(share).unwrap());
            compare(&around(10.0, 9), &around(10.1, 12), &question).unwrap().needed
        };
        let (one, five) = (needed(0.01), needed(0.05));
        assert!(one.for_margin > five.for_margin && five.for_margin.is_some());
        assert!(one.for_sameness > one.for_margin, "sameness takes more than a difference");
        assert_eq!(one.for_observed, five.for_observed);
    }

    #[test]
    fn too_few_to_show_anything_is_said_with_how_many_would_do() {
        let few = compare(&sample(&[1.0, 2.0]), &sample(&[30.0, 40.0]), &Question::at(Level::P95));
        assert!(matches!(few, Err(Error::NotEnough(NotEnough::TooFew { have: 2, need: 4, .. }))), "{few:?}");
        let tied = compare(&sample(&[2.0; 3]), &sample(&[1.0; 3]), &Question::at(Level::P95));
        assert!(matches!(tied, Err(Error::NotEnough(NotEnough::TooFew { have: 3, need: 4, .. }))), "{tied:?}");
        let none = compare(&sample(&[]), &sample(&[1.0]), &Question::at(Level::P95));
        assert!(matches!(none, Err(Error::NotEnough(NotEnough::TooFew { have: 0, .. }))), "{none:?}");
    }

    #[test]
    fn a_share_is_of_something_above_0() {
        let question = Question::at(Level::P95).within(Margin::relative(0.1).unwrap());
        let zeros = sample(&[0.0, 1.0, 2.0, 3.0, 4.0]);
        let refused = compare(&zeros, &around(3.0, 9), &question);
        assert_eq!(refused, Err(Error::NotPositive { least: 0.0, count: 1 }));
        let plain = compare(&zeros, &around(3.0, 9), &Question::at(Level::P95)).unwrap();
        assert_eq!(plain.ratio, None);
        let low = Level::new(0.4).unwrap();
        let refused =
            compare(&around(2.0, 9), &around(3.0, 9), &Question::at(low).within(Margin::absolute(1.0).unwrap()));
        assert_eq!(refused, Err(Error::LevelTooLow { given: 0.4, above: 0.5 }));
    }

    #[test]
    fn equal_extreme_and_tiny_observations_have_an_answer() {
        let equal = compare(&sample(&[3.0; 9]), &sample(&[3.0; 12]), &Question::at(Level::P95)).unwrap();
        assert_eq!((equal.verdict, equal.shift.value()), (Verdict::Undecided, 0.0));
        let mut chance = Seed::new(1).generator();
        for scale in [1e300, 1e-300, 5e-324] {
            let mut draw = || sample(&(0..15).map(|_| f64::from(chance.below(5)) * scale / 4.0).collect::<Vec<_>>());
            let (x, y) = (draw(), draw());
            for margin in [Margin::absolute(1e300), Margin::absolute(5e-324), Margin::absolute(1.0)] {
                let question = Question::at(Level::P95).within(margin.unwrap());
                let comparison = compare(&x, &y, &question).unwrap();
                assert!(comparison.shift.value().is_finite(), "{comparison:?}");
            }
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_question_can_be_kept() {
        let bootstrap = Bootstrap::new(999, Seed::new(1)).unwrap();
        let question = Question::at(Level::P99)
            .within(Margin::relative(0.05).unwrap())
            .with_quantile(Probability::new(0.9).unwrap(), bootstrap);
        let text = serde_json::to_string(&question).unwrap();
        assert_eq!(serde_json::from_str::<Question>(&text).unwrap(), question);
        assert!(serde_json::from_str::<Question>(&text.replace("0.99", "1.5")).is_err());
    }

    #[test]
    fn a_quantile_comes_when_it_is_asked_for() {
        let bootstrap = Bootstrap::new(999, Seed::new(1)).unwrap();
        let at = Probability::new(0.9).unwrap();
        let question = Question::at(Level::P95).with_quantile(at, bootstrap).with_power(Level::P90);
        let comparison = compare(&around(12.0, 40), &around(10.0, 40), &question).unwrap();
        assert!((comparison.quantile.unwrap().value() - 2.0).abs() < 1e-9);
        assert_eq!(comparison.needed.power, Level::P90);
        assert_eq!(comparison.to_string(), "the first is higher than the second");
    }
}
