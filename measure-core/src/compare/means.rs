//! Differences of means where the two samples need not vary alike: Welch's t.

use super::pairs::EACH;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::interval::Interval;
use crate::probability::{Level, Probability};
use crate::sample::{Sample, float};
use crate::special::{student_quantile, student_sf};

/// The mean of `x` less the mean of `y`, with Welch's t interval: the two variances may differ.
///
/// The standard error is `sqrt(s_x^2 / n + s_y^2 / m)`, with Satterthwaite's degrees of freedom (Welch 1947;
/// Satterthwaite 1946). It rests on means that are close to normal: for durations, with their long tails, prefer
/// [`geometric_mean_ratio`](super::geometric_mean_ratio) or [`hodges_lehmann`](super::hodges_lehmann).
///
/// ```
/// use measure_core::{Level, Sample, compare};
/// let after = Sample::new(vec![12.1, 11.4, 13.0, 12.7])?;
/// let before = Sample::new(vec![10.2, 10.9, 9.6, 10.4, 10.8])?;
/// let more = compare::welch(&after, &before, Level::P95)?;
/// assert_eq!(format!("{more:.2}"), "1.92 [0.86 to 2.98 (95 %)], n = 9, Welch's t");
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`NotEnough`] unless each sample has two observations and one of them varies.
pub fn welch(x: &Sample, y: &Sample, level: Level) -> Result<Estimate, NotEnough> {
    let welch = Welch::of(x.values(), y.values())?;
    Ok(Estimate::of(welch.difference(), welch.interval(level), welch.n, IntervalMethod::Welch))
}

/// Welch's t test of whether the means are the same. The statistic is t: the difference over its standard error.
///
/// DIFFERS: where neither sample varies, scipy and R divide by 0; here that is [`NotEnough::NoSpread`].
///
/// # Errors
/// [`NotEnough`] as for [`welch`].
pub fn welch_test(x: &Sample, y: &Sample, alternative: Alternative) -> Result<Test, NotEnough> {
    let welch = Welch::of(x.values(), y.values())?;
    let p_value = match alternative {
        Alternative::Less => welch.below(0.0),
        Alternative::Greater => welch.above(0.0),
        Alternative::TwoSided => 2.0 * welch.below(0.0).min(welch.above(0.0)),
    };
    Ok(Test::of(welch.t(0.0), Probability::clamped(p_value), alternative, TestMethod::Welch, welch.n))
}

/// Observations that are all smaller have a unit of their own.
const SMALL: f64 = 1e-150;

/// A difference of means and how well it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Welch {
    /// A power of two, in which all lengths here are counted.
    unit: f64,
    /// Mean of `x` less mean of `y`.
    difference: f64,
    /// The standard deviations of the two samples.
    deviations: (f64, f64),
    /// The standard error of the difference; above 0.
    error: f64,
    /// Satterthwaite's degrees of freedom; at least 1.
    freedom: f64,
    n: u64,
}

impl Welch {
    pub(super) fn of(x: &[f64], y: &[f64]) -> Result<Self, NotEnough> {
        let fewest = x.len().min(y.len());
        NotEnough::unless(u64::try_from(fewest).unwrap_or(u64::MAX), 2, EACH)?;
        let n = u64::try_from(x.len().saturating_add(y.len())).unwrap_or(u64::MAX);
        // Counted from one of them, so that an offset they share costs no digits of the difference.
        let centre = x.get(x.len() / 2).copied().unwrap_or(0.0);
        let most = x.iter().chain(y).fold(0.0, |most: f64, value| most.max((value - centre).abs()));
        // Near the least float, errors have no digits left: small observations are counted in one of their own.
        let unit = if most < SMALL { power_of_two(most) } else { 1.0 };
        let moments = |values: &[f64]| {
            if unit < 1.0 {
                let counted: Vec<f64> = values.iter().map(|value| (value - centre) / unit).collect();
                return Moments::from(0.0, &counted);
            }
            Moments::from(centre, values)
        };
        let (x, y) = (moments(x), moments(y));
        let larger = x.error.max(y.error);
        if larger <= 0.0 {
            return Err(NotEnough::NoSpread { n });
        }
        // Shares of the larger, so that no square leaves the range of floats.
        let (a, b) = ((x.error / larger) * (x.error / larger), (y.error / larger) * (y.error / larger));
        Ok(Self {
            unit,
            difference: x.mean - y.mean,
            deviations: (x.deviation, y.deviation),
            error: (larger * (a + b).sqrt()).clamp(f64::MIN_POSITIVE, f64::MAX),
            freedom: (a + b) * (a + b) / (a * a / x.freedom + b * b / y.freedom),
            n,
        })
    }

    /// Mean of `x` less mean of `y`.
    pub(super) fn difference(self) -> f64 {
        self.difference * self.unit
    }

    /// How many of `distance` the standard deviation of a difference of two observations is.
    pub(super) fn deviation_in(self, distance: f64) -> f64 {
        let (a, b) = self.deviations;
        libm::hypot(a, b) / (distance / self.unit)
    }

    pub(super) fn interval(self, level: Level) -> Interval {
        // Half of what is outside may round to 0 for no level below 1.
        let reach = student_quantile(level.outside() / 2.0, self.freedom) * self.error;
        let end = |end: f64| (end * self.unit).clamp(-f64::MAX, f64::MAX);
        Interval::between(end(self.difference - reach), end(self.difference + reach), level)
    }

    /// The p-value of the difference being above `shift` when it is not.
    pub(super) fn above(self, shift: f64) -> f64 {
        student_sf(self.t(shift), self.freedom)
    }

    /// The p-value of the difference being below `shift` when it is not.
    pub(super) fn below(self, shift: f64) -> f64 {
        student_sf(-self.t(shift), self.freedom)
    }

    fn t(self, shift: f64) -> f64 {
        // Beyond, every tail is 0 and squares overflow.
        const FAR: f64 = 1e150;
        ((self.difference - shift / self.unit) / self.error).clamp(-FAR, FAR)
    }
}

/// Mean and spread of one sample; the spread of at least two observations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    pub(super) mean: f64,
    /// The standard deviation.
    pub(super) deviation: f64,
    /// The standard error of the mean.
    error: f64,
    /// Observations less one.
    freedom: f64,
}

impl Moments {
    /// With the mean counted from `centre`.
    pub(super) fn from(centre: f64, values: &[f64]) -> Self {
        let (n, freedom) = (float(values.len()), float(values.len().saturating_sub(1)));
        let most = |from: f64| values.iter().fold(0.0, |most: f64, value| most.max((value - centre - from).abs()));
        // Divided before they are summed, so that many large values stay in range: by a power of 2, exactly.
        let scale = power_of_two(most(0.0));
        let mean = sum(values.iter().map(|value| (value - centre) / scale)) / n * scale;
        let scale = power_of_two(most(mean));
        let off = |value: &f64| (value - centre - mean) / scale;
        // The mean is rounded: what that adds to the squares is taken off again.
        let rest = sum(values.iter().map(off));
        let squares = sum(values.iter().map(|value| off(value) * off(value))) - rest * rest / n;
        // Two equal observations differ from their mean by rounding at most.
        let spread = values.first() != values.last();
        let deviation = if spread { (squares.max(0.0) / freedom).sqrt() * scale } else { 0.0 };
        Self { mean, deviation, error: deviation / n.sqrt(), freedom }
    }
}

/// The power of two at or below `magnitude`; 1 for 0.
pub(super) fn power_of_two(magnitude: f64) -> f64 {
    if magnitude > 0.0 { libm::ldexp(1.0, libm::ilogb(magnitude)) } else { 1.0 }
}

/// A sum that keeps what each addition rounds off (Neumaier 1974).
pub(super) fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    total + lost
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec()).unwrap()
    }

    #[test]
    fn too_few_or_without_spread_is_a_value() {
        let few = NotEnough::TooFew { of: EACH, have: 1, need: 2 };
        assert_eq!(welch(&sample(&[1.0]), &sample(&[1.0, 2.0]), Level::P95), Err(few));
        let constant = sample(&[0.1, 0.1, 0.1]);
        assert_eq!(welch(&constant, &constant, Level::P95), Err(NotEnough::NoSpread { n: 6 }));
        assert!(welch(&constant, &sample(&[1.0, 2.0]), Level::P95).is_ok(), "one that varies is enough");
    }

    #[test]
    fn by_hand_for_two_and_two() {
        // Means 1 and 4, variances 2 and 8: standard error sqrt(5), t = -3 / sqrt(5), df = 25 / 17.
        let welch = Welch::of(&[0.0, 2.0], &[2.0, 6.0]).unwrap();
        assert_eq!((welch.difference, welch.error), (-3.0, 5.0_f64.sqrt()));
        assert!((welch.freedom - 25.0 / 17.0).abs() < 1e-15);
    }

    #[test]
    fn the_scale_of_the_observations_does_not_matter() {
        let (x, y) = ([0.0, 2.0, 5.0], [2.0, 6.0, 7.0]);
        let of = |scale: f64| Welch::of(&x.map(|x| x * scale), &y.map(|y| y * scale)).unwrap();
        let here = of(1.0);
        for scale in [libm::ldexp(1.0, -1_070), 1e-300, 1e-150, 1e150, 1e299] {
            let there = of(scale);
            assert!((there.freedom / here.freedom - 1.0).abs() < 1e-12, "{scale}");
            assert!((there.t(0.0) / here.t(0.0) - 1.0).abs() < 1e-12, "{scale}");
        }
    }

    #[test]
    fn observations_near_the_least_float_are_tested_like_any_other() {
        let of = |scale: f64| {
            let sample = |from: f64| sample(&[from, from + 1.0, from + 2.0, from + 3.0].map(|value| value * scale));
            welch_test(&sample(1.0), &sample(11.0), Alternative::TwoSided).unwrap().p_value().get()
        };
        assert!(of(1.0) < 1e-4 && (of(1e-310) / of(1.0) - 1.0).abs() < 1e-9, "{} {}", of(1e-310), of(1.0));
    }

    #[test]
    fn the_extremes_stay_finite() {
        let widest = Level::HIGHEST;
        let samples = [
            sample(&[-1e300, 1e300]),
            sample(&[1e300, 1e300]),
            sample(&[0.0, 5e-324]),
            sample(&[0.0, 0.0]),
            sample(&[1.0, 1.0 + f64::EPSILON]),
        ];
        for (x, y) in samples.iter().flat_map(|x| samples.iter().map(move |y| (x, y))) {
            for level in [widest, Level::LOWEST] {
                if let Ok(estimate) = welch(x, y, level) {
                    let interval = estimate.interval();
                    assert!(
                        interval.lower().is_finite() && interval.upper().is_finite() && estimate.value().is_finite()
                    );
                }
            }
            if let Ok(test) = welch_test(x, y, Alternative::TwoSided) {
                assert!(test.statistic().is_finite() && (0.0..=1.0).contains(&test.p_value().get()));
            }
        }
    }

    #[test]
    fn a_large_offset_costs_no_digits_of_the_spread() {
        let x: Vec<f64> = (0..1_000).map(|i| 1e9 + f64::from(i % 7)).collect();
        let exact: f64 = (0..1_000).map(|i| f64::from(i % 7)).sum::<f64>() / 1_000.0;
        let squares: f64 = (0..1_000).map(|i| (f64::from(i % 7) - exact).powi(2)).sum();
        let moments = Moments::from(x[0], &x);
        assert!((moments.mean - exact).abs() < 1e-14);
        assert!((moments.deviation / (squares / 999.0).sqrt() - 1.0).abs() < 1e-13);
    }
}
