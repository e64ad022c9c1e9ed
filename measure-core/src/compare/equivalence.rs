//! Sameness within a margin, by two one-sided tests: "no difference found" is not "the same".

use std::fmt;

use super::geometric::{self, exponential, log_welch};
use super::hodges_lehmann::hodges_lehmann;
use super::mann_whitney::mann_whitney;
use super::margin::Margin;
use super::means::Welch;
use super::sample_size::{sameness_by_means, sameness_by_ranks};
use crate::error::Error;
use crate::estimate::{Estimate, IntervalMethod};
use crate::hypothesis::Alternative;
use crate::interval::Interval;
use crate::probability::{Level, Probability};
use crate::sample::{PositiveSample, Sample};

/// Whether two samples are the same within a margin, differ, or neither is shown.
///
/// Two one-sided tests (TOST, Schuirmann 1987): sameness is shown when both "lower by the margin or more" and "higher by
/// the margin or more" are rejected. That is when the interval of level `1 - 2 alpha` lies within the margin.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Equivalence {
    /// What was found.
    pub verdict: Sameness,
    /// How far apart is the same.
    pub margin: Margin,
    /// The difference (a ratio for a relative margin) of the first over the second, with the interval of level
    /// `1 - 2 alpha` that goes with the two tests. `None` where there is too little for that interval: by ranks, a few
    /// observations reach no high level.
    pub estimate: Option<Estimate>,
    /// The p-value of the test that the first is not lower by the margin or more.
    pub not_lower: Probability,
    /// The p-value of the test that the first is not higher by the margin or more.
    pub not_higher: Probability,
    /// The p-value of the two-sided test that the two differ at all.
    pub difference: Probability,
}

/// The three outcomes of [`Equivalence`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Sameness {
    /// The same within the margin.
    Equivalent {
        /// The larger p-value of the two one-sided tests.
        p_value: Probability,
        /// Whether a difference is shown as well, one smaller than the margin.
        differs: bool,
    },
    /// Not shown to be the same within the margin, and shown to differ.
    Different {
        /// The p-value of the two-sided test that they differ.
        p_value: Probability,
        /// Whether they are shown to differ by more than the margin; else whether they do is open.
        beyond: bool,
    },
    /// Neither sameness within the margin nor a difference is shown.
    Undecided {
        /// The larger p-value of the two one-sided tests.
        p_value: Probability,
        /// Observations in each sample with which sameness would be shown with a probability of 80 %, if the two are
        /// the same and vary as they did. `None` when there is no telling, or none would do.
        needed: Option<u64>,
    },
}

impl fmt::Display for Equivalence {
    /// `the same within 5 % (p = 0.012)`, with the precision asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let margin = self.margin;
        match self.verdict {
            Sameness::Equivalent { p_value, differs } => {
                write!(f, "the same within {margin}")?;
                if differs {
                    f.write_str(", though not quite the same")?;
                }
                f.write_str(" (p = ")?;
                p_value.fmt(f)?;
                f.write_str(")")
            }
            Sameness::Different { p_value, beyond } => {
                f.write_str("different (p = ")?;
                p_value.fmt(f)?;
                if beyond {
                    write!(f, "), by more than {margin}")
                } else {
                    write!(f, "), whether by more than {margin} is open")
                }
            }
            Sameness::Undecided { needed, .. } => {
                write!(f, "no difference found, and not shown to be the same within {margin}")?;
                match needed {
                    Some(needed) => write!(f, "; {needed} observations in each would show it"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// Sameness of means: of the difference of means for an absolute margin, of the ratio of geometric means for a relative
/// one, by Welch's t. `level` is that of each one-sided test: 95 % means an alpha of 5 %.
///
/// ```
/// use measure_core::{Level, Sample, compare};
/// let a = Sample::new(vec![100.0, 103.0, 98.0, 101.0, 99.0, 102.0, 97.0, 100.0])?;
/// let b = Sample::new(vec![101.0, 99.0, 100.0, 102.0, 98.0, 100.0, 103.0, 99.0])?;
/// let five = compare::equivalence_by_means(&a, &b, compare::Margin::relative(0.05)?, Level::P95)?;
/// assert_eq!(format!("{five:.4}"), "the same within 5 % (p = 0.0001)");
/// let one = compare::equivalence_by_means(&a, &b, compare::Margin::absolute(1.0)?, Level::P95)?;
/// assert_eq!(
///     one.to_string(),
///     "no difference found, and not shown to be the same within 1; 59 observations in each would show it"
/// );
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::NotEnough`] unless each sample has two observations and one of them varies; [`Error::NotPositive`] for a
/// relative margin and observations that are not above 0; [`Error::LevelTooLow`] for a level of at most 50 %.
pub fn equivalence_by_means(x: &Sample, y: &Sample, margin: Margin, level: Level) -> Result<Equivalence, Error> {
    let inner = inner_level(level)?;
    let relative = margin.share().is_some();
    let welch = if relative {
        log_welch(&PositiveSample::new(x.clone())?, &PositiveSample::new(y.clone())?)?
    } else {
        Welch::of(x.values(), y.values())?
    };
    let bound = margin.on_its_scale();
    let estimate = Estimate::of(welch.difference(), welch.interval(inner), counted(x, y), IntervalMethod::Welch);
    let sides = Sides {
        not_lower: Probability::clamped(welch.above(-bound)),
        not_higher: Probability::clamped(welch.below(bound)),
        lower: Probability::clamped(welch.below(-bound)),
        higher: Probability::clamped(welch.above(bound)),
        difference: Probability::clamped(2.0 * welch.below(0.0).min(welch.above(0.0))),
    };
    let needed = || sameness_by_means(welch.deviation_in(bound), level, Level::P80);
    Ok(sides.judge(margin, level, Some(if relative { as_ratio(estimate) } else { estimate }), needed))
}

/// Sameness of place, without a word on the shape: two of Mann and Whitney's tests, of `x` moved up and down by the
/// margin against `y`, with Hodges and Lehmann's shift as the estimate; for a relative margin all of it on logarithms,
/// and the estimate a ratio. `level` is that of each one-sided test.
///
/// As far as the two samples differ in place only, the tests are as honest as
/// [`mann_whitney`](super::mann_whitney()), exact for small samples. Differences within some
/// units in the last place of the margin are at it: tenths tie as whole numbers do.
///
/// ```
/// use measure_core::{Level, Sample, compare};
/// let a = Sample::new(vec![100.0, 103.0, 98.0, 101.0, 99.0, 102.0, 97.0, 900.0])?;
/// let b = Sample::new(vec![101.5, 99.5, 100.5, 102.5, 98.5, 100.1, 103.5, 800.0])?;
/// let ten = compare::equivalence_by_ranks(&a, &b, compare::Margin::relative(0.1)?, Level::P95)?;
/// assert_eq!(format!("{ten:.3}"), "the same within 10 % (p = 0.005)");
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// As [`equivalence_by_means`], but one observation in each sample is enough to answer, and none need vary.
pub fn equivalence_by_ranks(x: &Sample, y: &Sample, margin: Margin, level: Level) -> Result<Equivalence, Error> {
    let inner = inner_level(level)?;
    if margin.share().is_some() {
        let logs = (logarithms(x)?, logarithms(y)?);
        let estimate = hodges_lehmann(&logs.0, &logs.1, inner).ok().map(as_ratio);
        return by_ranks((x, y), (&logs.0, &logs.1), margin, level, estimate);
    }
    by_ranks((x, y), (x, y), margin, level, hodges_lehmann(x, y, inner).ok())
}

/// Of the samples as they are, and on the scale of the margin.
fn by_ranks(
    plain: (&Sample, &Sample),
    (x, y): (&Sample, &Sample),
    margin: Margin,
    level: Level,
    estimate: Option<Estimate>,
) -> Result<Equivalence, Error> {
    let bound = margin.on_its_scale();
    let floor = if margin.share().is_some() { 1.0 } else { 0.0 };
    let test = |shift: f64, alternative| {
        let (x, y) = places(x, shift, y, floor)?;
        Ok::<_, Error>(mann_whitney(&x, &y, alternative)?)
    };
    let sides = Sides {
        not_lower: test(bound, Alternative::Greater)?.p_value(),
        not_higher: test(-bound, Alternative::Less)?.p_value(),
        lower: test(bound, Alternative::Less)?.p_value(),
        higher: test(-bound, Alternative::Greater)?.p_value(),
        // Nothing moves, and nothing is rounded.
        difference: mann_whitney(plain.0, plain.1, Alternative::TwoSided)?.p_value(),
    };
    let needed = || sameness_by_ranks(share_above_at(x, y, bound, floor)?, level, Level::P80);
    Ok(sides.judge(margin, level, estimate, needed))
}

/// The share of pairs in which `x` would be larger if it lay above `y` by `shift`, as both vary; of logarithms of
/// observations, `floor` is 1.
pub(super) fn share_above_at(x: &Sample, y: &Sample, shift: f64, floor: f64) -> Option<f64> {
    // Any level will do for the estimate itself, and the lowest asks for the fewest observations.
    let apart = hodges_lehmann(x, y, Level::new(1e-9).ok()?).ok()?.value();
    let (x, y) = places(x, shift - apart, y, floor).ok()?;
    let u = mann_whitney(&x, &y, Alternative::TwoSided).ok()?.statistic();
    Some(u / (crate::sample::float(x.len()) * crate::sample::float(y.len())))
}

/// The places of `x` moved up by `shift`, and of `y`, among the two together. What is equal but for rounding has the
/// same place: 0.3 less 0.1 ties with 0.2.
///
/// Each is moved by half, in opposite directions and with all of it doubled, so that it is the same numbers that are
/// compared whichever sample comes first, and no digit of the smallest is lost. Of logarithms `floor` is 1: the rounding
/// of an observation is as large on them as that of a 1.
fn places(x: &Sample, shift: f64, y: &Sample, floor: f64) -> Result<(Sample, Sample), Error> {
    // Half a unit in the last place for each of the two, the shift, and the two sums.
    const LOST: f64 = 4.0 * f64::EPSILON;
    // At most 5e300. With each, the largest number that it comes from.
    let all = |sample: &Sample, by: f64, first: bool| -> Vec<(f64, f64, bool)> {
        let from = |value: f64| (2.0 * value.abs()).max(2.0 * by.abs()).max(2.0 * floor);
        sample.values().iter().map(|value| (2.0 * value + by, from(*value), first)).collect()
    };
    let mut both = all(x, shift, true);
    both.extend(all(y, -shift, false));
    both.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut of_x, mut of_y) = (Vec::with_capacity(x.len()), Vec::with_capacity(y.len()));
    let (mut place, mut before) = (0.0, None);
    for (value, from, first) in both {
        if let Some((last, last_from)) = before
            && value - last > LOST * from.max(last_from)
        {
            place += 1.0;
        }
        before = Some((value, from));
        if first { of_x.push(place) } else { of_y.push(place) }
    }
    Ok((Sample::new(of_x)?, Sample::new(of_y)?))
}

/// Logarithms of observations, which must be above 0.
pub(super) fn logarithms(sample: &Sample) -> Result<Sample, Error> {
    Sample::new(geometric::logarithms(&PositiveSample::new(sample.clone())?))
}

/// A difference of logarithms as a ratio.
pub(super) fn as_ratio(difference: Estimate) -> Estimate {
    let interval = difference.interval();
    let ends = Interval::between(exponential(interval.lower()), exponential(interval.upper()), interval.level());
    Estimate::of(exponential(difference.value()), ends, difference.n(), difference.method())
}

/// The level of the interval that goes with two one-sided tests of `level`: `1 - 2 alpha`.
fn inner_level(level: Level) -> Result<Level, Error> {
    // 1 - 2 (1 - 0.95) is 0.8999999999999999 as a float.
    let inner = (2.0 * level.get() - 1.0).max(0.0);
    let inner = if inner > 0.1 { (inner * 1e12).round() / 1e12 } else { inner };
    Level::new(inner.min(level.get())).map_err(|_| Error::LevelTooLow { given: level.get(), above: 0.5 })
}

fn counted(x: &Sample, y: &Sample) -> u64 {
    x.n().saturating_add(y.n())
}

/// The p-values on either side of either end of the margin.
struct Sides {
    not_lower: Probability,
    not_higher: Probability,
    lower: Probability,
    higher: Probability,
    difference: Probability,
}

impl Sides {
    fn judge(
        self,
        margin: Margin,
        level: Level,
        estimate: Option<Estimate>,
        needed: impl FnOnce() -> Option<u64>,
    ) -> Equivalence {
        let Self { not_lower, not_higher, lower, higher, difference } = self;
        let alpha = level.outside();
        let shown = |p_value: Probability| p_value.get() <= alpha;
        let p_value = if not_lower > not_higher { not_lower } else { not_higher };
        let verdict = if shown(p_value) {
            Sameness::Equivalent { p_value, differs: shown(difference) }
        } else if shown(difference) {
            Sameness::Different { p_value: difference, beyond: shown(lower) || shown(higher) }
        } else {
            Sameness::Undecided { p_value, needed: needed() }
        };
        Equivalence { verdict, margin, estimate, not_lower, not_higher, difference }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec()).unwrap()
    }

    type Function = fn(&Sample, &Sample, Margin, Level) -> Result<Equivalence, Error>;

    const FUNCTIONS: [Function; 2] = [equivalence_by_means, equivalence_by_ranks];

    #[test]
    fn the_three_outcomes_and_their_words() {
        let a = sample(&[9.0, 9.5, 10.0, 10.5, 11.0, 9.2, 10.8, 10.1]);
        let moved = |by: f64| sample(&a.values().iter().map(|value| value + by + 0.001).collect::<Vec<_>>());
        for equivalence in FUNCTIONS {
            let within = |by: f64, distance: f64| {
                equivalence(&moved(by), &a, Margin::absolute(distance).unwrap(), Level::P95).unwrap()
            };
            let same = within(0.0, 2.0);
            assert!(matches!(same.verdict, Sameness::Equivalent { differs: false, .. }), "{same:?}");
            let nearly = within(1.2, 3.0);
            assert!(matches!(nearly.verdict, Sameness::Equivalent { differs: true, .. }), "{nearly:?}");
            assert!(
                nearly.to_string().starts_with("the same within 3, though not quite the same (p = 0.0"),
                "{nearly}"
            );
            let beyond = within(5.0, 1.0);
            assert!(matches!(beyond.verdict, Sameness::Different { beyond: true, .. }), "{beyond:?}");
            assert!(beyond.to_string().ends_with("), by more than 1"), "{beyond}");
            let open = within(1.5, 1.5);
            assert!(matches!(open.verdict, Sameness::Different { beyond: false, .. }), "{open:?}");
            assert!(open.to_string().ends_with("), whether by more than 1.5 is open"), "{open}");
            let undecided = within(0.2, 0.3);
            let Sameness::Undecided { needed: Some(needed), .. } = undecided.verdict else { panic!("{undecided:?}") };
            assert!(needed > 8 && undecided.to_string().ends_with("observations in each would show it"), "{undecided}");
        }
    }

    #[test]
    fn sameness_is_when_the_interval_lies_within_the_margin() {
        let mut chance = crate::Seed::new(9).generator();
        for _ in 0..300 {
            let mut draw = |n: u32| sample(&(0..n).map(|_| 10.0 + chance.unit()).collect::<Vec<_>>());
            let (x, y) = (draw(7), draw(9));
            for margin in [Margin::absolute(0.3).unwrap(), Margin::relative(0.03).unwrap()] {
                for equivalence in FUNCTIONS {
                    let found = equivalence(&x, &y, margin, Level::P95).unwrap();
                    let interval = found.estimate.unwrap().interval();
                    let (low, high) = match margin.share() {
                        Some(share) => (1.0 / (1.0 + share), 1.0 + share),
                        None => (-0.3, 0.3),
                    };
                    let inside = low < interval.lower() && interval.upper() < high;
                    assert_eq!(matches!(found.verdict, Sameness::Equivalent { .. }), inside, "{found:?}");
                }
            }
        }
    }

    #[test]
    fn tenths_tie_as_whole_numbers_do_whichever_sample_comes_first() {
        let mut chance = crate::Seed::new(5).generator();
        for run in 0..4_000_u32 {
            let mut draw = |n: u32| (0..n).map(|_| 1 + chance.below(40)).collect::<Vec<_>>();
            let (x, y, by) = (draw(4 + run % 9), draw(5 + run % 5), f64::from(1 + run % 13));
            let of =
                |values: &[u32], unit: f64| sample(&values.iter().map(|v| f64::from(*v) / unit).collect::<Vec<_>>());
            let found = |x: &[u32], y: &[u32], unit: f64| {
                equivalence_by_ranks(&of(x, unit), &of(y, unit), Margin::absolute(by / unit).unwrap(), Level::P95)
                    .unwrap()
            };
            let (whole, tenths, swapped) = (found(&x, &y, 1.0), found(&x, &y, 10.0), found(&y, &x, 10.0));
            assert_eq!((whole.not_lower, whole.not_higher), (tenths.not_lower, tenths.not_higher), "{x:?} {y:?} {by}");
            let near = |a: Probability, b: Probability| (a.get() - b.get()).abs() < 1e-12;
            assert!(near(swapped.not_lower, tenths.not_higher) && near(swapped.not_higher, tenths.not_lower));
        }
        let four = sample(&[0.1, 0.2, 0.3, 0.4]);
        let found = equivalence_by_ranks(&four, &four, Margin::absolute(0.2).unwrap(), Level::P95).unwrap();
        assert!(matches!(found.verdict, Sameness::Undecided { .. }), "{found:?}");
        // 1.1 is 10 % more than 1.
        let (one, more) = (sample(&[1.0; 6]), sample(&[1.1; 6]));
        let found = equivalence_by_ranks(&more, &one, Margin::relative(0.1).unwrap(), Level::P95).unwrap();
        assert_eq!(found.not_higher, Probability::ONE, "all pairs are at the margin");
    }

    #[test]
    fn the_extremes_are_the_same_whichever_comes_first_and_the_difference_is_that_of_the_samples() {
        let (x, y) = (sample(&[5e-324, 1e300, 1e300, 2.0, 1.0]), sample(&[0.0, 0.0, -1e300, 1e-323, 1.0]));
        for by in [5e-324, 1.0, 1e300] {
            let margin = Margin::absolute(by).unwrap();
            let [a, b] = [(&x, &y), (&y, &x)].map(|(x, y)| equivalence_by_ranks(x, y, margin, Level::P95).unwrap());
            let near = |a: Probability, b: Probability| (a.get() - b.get()).abs() < 1e-12;
            assert!(near(a.not_lower, b.not_higher) && near(a.not_higher, b.not_lower), "{a:?} {b:?}");
            assert_eq!(a.difference, mann_whitney(&x, &y, Alternative::TwoSided).unwrap().p_value());
        }
    }

    #[test]
    fn the_level_of_the_interval_is_a_round_number() {
        assert_eq!(inner_level(Level::P95), Ok(Level::P90));
        assert_eq!(inner_level(Level::P99).unwrap().get(), 0.98);
        assert!(inner_level(Level::new(0.5).unwrap()).is_err() && inner_level(Level::new(0.500001).unwrap()).is_ok());
        assert!(inner_level(Level::HIGHEST).is_ok());
    }

    #[test]
    fn too_few_equal_and_not_above_0() {
        let margin = Margin::absolute(1.0).unwrap();
        let one = equivalence_by_ranks(&sample(&[1.0]), &sample(&[1.5]), margin, Level::P95).unwrap();
        assert!(matches!(one.verdict, Sameness::Undecided { .. }) && one.estimate.is_none(), "{one:?}");
        assert!(equivalence_by_means(&sample(&[1.0]), &sample(&[1.5]), margin, Level::P95).is_err());
        let equal = equivalence_by_ranks(&sample(&[2.0; 9]), &sample(&[2.0; 9]), margin, Level::P95).unwrap();
        assert!(matches!(equal.verdict, Sameness::Equivalent { differs: false, .. }), "{equal:?}");
        let share = Margin::relative(0.1).unwrap();
        for equivalence in FUNCTIONS {
            let refused = equivalence(&sample(&[-1.0, 2.0]), &sample(&[1.0, 2.0]), share, Level::P95);
            assert_eq!(refused, Err(Error::NotPositive { least: -1.0, count: 1 }));
        }
    }
}
