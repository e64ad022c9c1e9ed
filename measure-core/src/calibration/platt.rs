//! Recalibration by a logistic curve.

use super::forecasts::Forecasts;
use super::log_loss::Clip;
use crate::error::Error;
use crate::estimate::NotEnough;
use crate::probability::Probability;
use crate::proportion::count;

/// What the logistic curve is a function of.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum PlattScale {
    /// The forecast itself, as scikit-learn's `CalibratedClassifierCV(method="sigmoid")` has it for probabilities.
    Probability,
    /// Its logit (Cox 1958): calibrated forecasts have slope 1 and intercept 0, bold ones a slope below 1. Forecasts are
    /// first moved within the clip and 1 less the clip.
    Logit(Clip),
}

impl PlattScale {
    fn score(self, forecast: f64) -> f64 {
        match self {
            Self::Probability => forecast,
            Self::Logit(clip) => {
                let moved = clip.apply(forecast);
                libm::log(moved) - libm::log1p(-moved)
            }
        }
    }
}

/// `1 / (1 + exp(-(slope s + intercept)))` with `s` the forecast on its scale.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawPlatt", into = "RawPlatt")
)]
pub struct Platt {
    // INVARIANT: both finite.
    slope: f64,
    intercept: f64,
    scale: PlattScale,
}

impl Platt {
    /// # Errors
    /// [`Error::CurveNotFinite`] unless slope and intercept are finite.
    pub fn new(slope: f64, intercept: f64, scale: PlattScale) -> Result<Self, Error> {
        if slope.is_finite() && intercept.is_finite() {
            Ok(Self { slope, intercept, scale })
        } else {
            Err(Error::CurveNotFinite { slope, intercept })
        }
    }

    /// The slope; Platt's `-A`. Above 0 the map rises.
    #[must_use]
    pub const fn slope(self) -> f64 {
        self.slope
    }

    /// The intercept; Platt's `-B`.
    #[must_use]
    pub const fn intercept(self) -> f64 {
        self.intercept
    }

    /// What the curve is a function of.
    #[must_use]
    pub const fn scale(self) -> PlattScale {
        self.scale
    }

    /// What should have been forecast.
    #[must_use]
    pub fn apply(self, forecast: Probability) -> Probability {
        // Kept finite, so that slope and intercept beyond all measure do not cancel to what is no number.
        let rise = (self.slope * self.scale.score(forecast.get())).clamp(-f64::MAX, f64::MAX);
        Probability::clamped(logistic(rise + self.intercept))
    }
}

impl Forecasts {
    /// The logistic curve that fits best (Platt 1999), by Newton's method with a line search (Lin, Lin and Weng 2007) to
    /// full precision. Its targets are not 1 and 0 but `(m + 1) / (m + 2)` and `1 / (n + 2)` for `m` events that happened
    /// and `n` that did not, so that the curve stays finite when the two kinds are apart.
    ///
    /// # Errors
    /// [`NotEnough`] when all or none of the events happened, or when all forecasts are equal.
    ///
    /// ```
    /// use measure_core::{Probability, calibration::{Clip, Forecasts, PlattScale}};
    /// let p = |value| Probability::new(value);
    /// // Bold: 95 % comes true 3 times of 4, 5 % once of 4.
    /// let forecasts = Forecasts::new([
    ///     (p(0.95)?, true), (p(0.95)?, true), (p(0.95)?, true), (p(0.95)?, false),
    ///     (p(0.05)?, true), (p(0.05)?, false), (p(0.05)?, false), (p(0.05)?, false),
    /// ]);
    /// let map = forecasts.platt(PlattScale::Logit(Clip::EPSILON))?;
    /// assert!(map.slope() > 0.2 && map.slope() < 0.4);
    /// assert!((map.apply(p(0.95)?).get() - 2.0 / 3.0).abs() < 1e-12);
    /// # Ok::<(), measure_core::Error>(())
    /// ```
    pub fn platt(&self, scale: PlattScale) -> Result<Platt, NotEnough> {
        let (happened, not) = self.both_kinds(1)?;
        let no_spread = NotEnough::NoSpread { n: self.n() };
        let one = (count(happened) + 1.0) / (count(happened) + 2.0);
        let zero = 1.0 / (count(not) + 2.0);
        let mut points: Vec<Point> = self
            .ties()
            .map(|ties| Point {
                score: scale.score(ties.value),
                times: count(ties.all()),
                goal: one * count(ties.flagged) + zero * count(ties.plain),
            })
            .collect();
        // Centred and scaled, so that slope and intercept hardly bear on each other.
        let centre = points.iter().map(|point| point.score * point.times).sum::<f64>() / count(self.n());
        let widest = points.iter().map(|point| (point.score - centre).abs()).fold(0.0, f64::max);
        if widest <= 0.0 || points.len() < 2 {
            return Err(no_spread);
        }
        for point in &mut points {
            point.score = (point.score - centre) / widest;
        }
        let (slope, intercept) = fit(&points);
        let slope = slope / widest;
        // Scores so close together that the slope overflows are equal for all that matters.
        Platt::new(slope, intercept - slope * centre, scale).map_err(|_| no_spread)
    }
}

/// Forecasts with one score.
struct Point {
    score: f64,
    times: f64,
    /// The sum of their targets.
    goal: f64,
}

/// Slope and intercept that minimise the cross-entropy of the goals, which is strictly convex.
fn fit(points: &[Point]) -> (f64, f64) {
    const MOST_STEPS: u32 = 200;
    let n: f64 = points.iter().map(|point| point.times).sum();
    let goal: f64 = points.iter().map(|point| point.goal).sum();
    let (mut slope, mut intercept) = (0.0, libm::log(goal / (n - goal)));
    for _ in 0..MOST_STEPS {
        let (mut by_slope, mut by_intercept, mut ss, mut si, mut ii) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for Point { score, times, goal } in points {
            let share = logistic(slope * score + intercept);
            let (off, weight) = (share * times - goal, share * (1.0 - share) * times);
            by_slope += off * score;
            by_intercept += off;
            ss += weight * score * score;
            si += weight * score;
            ii += weight;
        }
        let determinant = ss * ii - si * si;
        if determinant <= 0.0 {
            break;
        }
        let step_slope = -(ii * by_slope - si * by_intercept) / determinant;
        let step_intercept = -(ss * by_intercept - si * by_slope) / determinant;
        // What the step gains, to first order; twice what it gains to second.
        let decrement = -(step_slope * by_slope + step_intercept * by_intercept);
        let mut share = 1.0;
        // Close by, Newton's step is right, and the cross-entropy too coarse to tell.
        if decrement > 1e-6 * n {
            let now = entropy(points, slope, intercept);
            while share > 1e-10
                && entropy(points, slope + share * step_slope, intercept + share * step_intercept)
                    > now - 1e-4 * share * decrement
            {
                share /= 2.0;
            }
        }
        slope += share * step_slope;
        intercept += share * step_intercept;
        if decrement <= 1e-26 * n {
            break;
        }
    }
    (slope, intercept)
}

/// The cross-entropy of the goals under the curve.
fn entropy(points: &[Point], slope: f64, intercept: f64) -> f64 {
    let cost = |Point { score, times, goal }: &Point| {
        let z = slope * score + intercept;
        // -goal ln p - (times - goal) ln(1 - p), with ln p = min(z, 0) - ln(1 + e^-|z|).
        let rest = libm::log1p(libm::exp(-z.abs()));
        times * (z.max(0.0) + rest) - goal * z
    };
    points.iter().map(cost).sum()
}

fn logistic(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + libm::exp(-z))
    } else {
        let odds = libm::exp(z);
        odds / (1.0 + odds)
    }
}

/// The shape in a file: `{"slope": 0.8, "intercept": -0.1, "scale": {"logit": 1e-12}}`.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlatt {
    slope: f64,
    intercept: f64,
    scale: PlattScale,
}

#[cfg(feature = "serde")]
impl TryFrom<RawPlatt> for Platt {
    type Error = Error;

    fn try_from(raw: RawPlatt) -> Result<Self, Error> {
        Self::new(raw.slope, raw.intercept, raw.scale)
    }
}

#[cfg(feature = "serde")]
impl From<Platt> for RawPlatt {
    fn from(map: Platt) -> Self {
        Self { slope: map.slope, intercept: map.intercept, scale: map.scale }
    }
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "small numbers, and a test fails by panicking"
)]
mod tests {
    use super::*;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    fn forecasts(rows: impl IntoIterator<Item = (f64, bool)>) -> Forecasts {
        Forecasts::new(rows.into_iter().map(|(value, happened)| (p(value), happened)))
    }

    /// Both derivatives of the cross-entropy, over the number of forecasts.
    fn gradient(forecasts: &Forecasts, map: Platt) -> (f64, f64) {
        let (m, n) = (forecasts.happened() as f64, (forecasts.n() - forecasts.happened()) as f64);
        forecasts.rows().fold((0.0, 0.0), |(slope, intercept), (forecast, happened)| {
            let target = if happened { (m + 1.0) / (m + 2.0) } else { 1.0 / (n + 2.0) };
            let off = (map.apply(forecast).get() - target) / (m + n);
            (slope + off * map.scale().score(forecast.get()), intercept + off)
        })
    }

    #[test]
    fn the_gradient_is_zero_at_the_fit() {
        let scales =
            [PlattScale::Probability, PlattScale::Logit(Clip::EPSILON), PlattScale::Logit(Clip::new(0.01).unwrap())];
        for scale in scales {
            for rows in [
                vec![(0.2, false), (0.6, true), (0.7, false), (0.9, true)],
                // Completely apart, and only two.
                vec![(0.2, false), (0.9, true)],
                // The wrong way round.
                (0..50).map(|i| (f64::from(i) / 50.0, i < 20)).collect(),
                // One event in a thousand, far out.
                (0..1000).map(|i| (f64::from(i) / 1e6, i == 999)).chain([(1.0, true), (0.0, false)]).collect(),
            ] {
                let forecasts = forecasts(rows);
                let map = forecasts.platt(scale).unwrap();
                let (slope, intercept) = gradient(&forecasts, map);
                assert!(slope.abs() < 1e-13 && intercept.abs() < 1e-13, "{map:?} {slope} {intercept}");
            }
        }
    }

    #[test]
    fn what_does_not_vary_has_no_slope() {
        let fit = |rows: &[(f64, bool)]| forecasts(rows.iter().copied()).platt(PlattScale::Probability);
        assert_eq!(fit(&[(0.3, true), (0.3, false)]), Err(NotEnough::NoSpread { n: 2 }));
        assert!(fit(&[(0.3, true), (0.2, true)]).is_err() && fit(&[]).is_err());
        // The slope would be beyond all numbers.
        assert_eq!(fit(&[(0.0, false), (5e-324, true)]), Err(NotEnough::NoSpread { n: 2 }));
        let close = fit(&[(0.5, false), (0.5 + f64::EPSILON, true)]).unwrap();
        assert!(close.slope().is_finite() && close.apply(Probability::ONE) == Probability::ONE);
    }

    #[test]
    fn a_curve_is_finite_and_its_values_are_probabilities() {
        assert!(Platt::new(f64::NAN, 0.0, PlattScale::Probability).is_err());
        let flat = Platt::new(0.0, 0.3, PlattScale::Logit(Clip::EPSILON)).unwrap();
        assert_eq!(flat.apply(p(1.0)), flat.apply(p(0.5)));
        let steep = Platt::new(f64::MAX, -f64::MAX, PlattScale::Logit(Clip::EPSILON)).unwrap();
        let values = [0.0, 5e-324, 0.5, 0.7, 1.0].map(|forecast| steep.apply(p(forecast)).get());
        assert!(values.is_sorted() && values.iter().all(|value| (0.0..=1.0).contains(value)), "{values:?}");
    }

    #[test]
    fn a_million_forecasts_are_fine() {
        let n = 1_000_000_u32;
        let map = forecasts((0..n).map(|i| (f64::from(i) / f64::from(n), i.wrapping_mul(2_654_435_769) < i * 4294)))
            .platt(PlattScale::Logit(Clip::EPSILON))
            .unwrap();
        assert!((map.slope() - 1.0).abs() < 0.02 && map.intercept().abs() < 0.02, "{map:?}");
    }
}
