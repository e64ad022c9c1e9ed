//! The likelihood of negative binomial counts with variance `mean + alpha mean^2`.

use super::CountSeries;
use crate::proportion::count;
use crate::special::ln_negative_binomial;

/// A count and its exposure.
pub(super) type Observed = (u64, f64);

/// Series that share alpha, each with a rate of its own.
pub(super) struct Model {
    groups: Vec<Vec<Observed>>,
    /// How many counts are above 0, 1, 2, ..., up to [`PLAIN`].
    above: Vec<f64>,
}

/// Sums over whole numbers below a count are taken term by term so far, and beyond by Euler and Maclaurin's formula,
/// which is then exact to rounding.
const PLAIN: u64 = 256;

/// The largest likelihood of a model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    pub(super) log_likelihood: f64,
    pub(super) alpha: f64,
}

impl Model {
    pub(super) fn apart(x: &CountSeries, y: &CountSeries) -> Self {
        Self::new(vec![observed(x, 1.0).collect(), observed(y, 1.0).collect()])
    }

    /// One rate for both, but for a given ratio of the first to the second.
    pub(super) fn with_ratio(x: &CountSeries, y: &CountSeries, ratio: f64) -> Self {
        Self::new(vec![observed(x, ratio).chain(observed(y, 1.0)).collect()])
    }

    fn new(groups: Vec<Vec<Observed>>) -> Self {
        let counts = || groups.iter().flatten().map(|(events, _)| *events);
        let most = counts().max().unwrap_or(0).min(PLAIN);
        let mut above: Vec<f64> = (0..most).map(|_| 0.0).collect();
        for events in counts() {
            let so_far = usize::try_from(events.min(PLAIN)).unwrap_or(0);
            above.iter_mut().take(so_far).for_each(|number| *number += 1.0);
        }
        Self { groups, above }
    }

    pub(super) fn fit(&self) -> Fit {
        self.fit_near(0.1, 4.0 * f64::EPSILON)
    }

    /// Searches from `near`; where only the likelihood matters, a rough alpha will do, since it is flat at its top.
    pub(super) fn fit_near(&self, near: f64, precision: f64) -> Fit {
        let alpha = self.alpha(near, precision);
        Fit { log_likelihood: self.log_likelihood(alpha), alpha }
    }

    /// `1 / sum mean / (1 + alpha mean)` summed over the groups: the variance of a difference of log rates.
    pub(super) fn variance_of_log_ratio(&self, alpha: f64) -> f64 {
        let information = |group: &Vec<Observed>| {
            let rate = rate(group, alpha);
            group.iter().map(|(_, exposure)| rate * exposure / (1.0 + alpha * rate * exposure)).sum::<f64>()
        };
        self.groups.iter().map(|group| 1.0 / information(group)).sum()
    }

    /// The logarithm of the first rate over the second; `None` without events in one, or with one rate.
    pub(super) fn log_ratio(&self, alpha: f64) -> Option<f64> {
        let [first, second] = self.groups.as_slice() else { return None };
        let (first, second) = (rate(first, alpha), rate(second, alpha));
        (first > 0.0 && second > 0.0).then(|| libm::log(first / second))
    }

    fn log_likelihood(&self, alpha: f64) -> f64 {
        let of_one = |rate: f64, &(events, exposure): &Observed| {
            let mean = rate * exposure;
            if mean <= 0.0 {
                return 0.0;
            }
            ln_negative_binomial(count(events), mean, alpha)
        };
        let of_group = |group: &Vec<Observed>| {
            let rate = rate(group, alpha);
            group.iter().map(|one| of_one(rate, one)).sum::<f64>()
        };
        self.groups.iter().map(of_group).sum()
    }

    /// The derivative of the log likelihood by alpha, the rates following it.
    fn slope(&self, alpha: f64) -> f64 {
        let of_one = |rate: f64, &(events, exposure): &Observed| {
            let (mean, y) = (rate * exposure, count(events));
            let v = alpha * mean;
            far_slope(events, alpha) + mean * mean * spread_slope(v) - y * mean / (1.0 + v)
        };
        let of_group = |group: &Vec<Observed>| {
            let rate = rate(group, alpha);
            group.iter().map(|one| of_one(rate, one)).sum::<f64>()
        };
        let near = self.above.iter().zip(0_u32..).map(|(number, j)| number * term(f64::from(j), alpha)).sum::<f64>();
        self.groups.iter().map(of_group).sum::<f64>() + near
    }

    /// Where the slope is 0; 0 where it falls from the start.
    fn alpha(&self, near: f64, precision: f64) -> f64 {
        const LARGEST: f64 = 1e9;
        const LEAST: f64 = 1e-18;
        if self.slope(0.0) <= 0.0 {
            return 0.0;
        }
        let (mut low, mut high) = (near, near);
        if self.slope(near) > 0.0 {
            high *= 2.0;
            while self.slope(high) > 0.0 {
                (low, high) = (high, 2.0 * high);
                if high > LARGEST {
                    return LARGEST;
                }
            }
        } else {
            low *= 0.5;
            while self.slope(low) <= 0.0 {
                (low, high) = (0.5 * low, low);
                if low < LEAST {
                    return 0.0;
                }
            }
        }
        root(low, high, precision, |alpha| self.slope(alpha))
    }
}

fn observed(series: &CountSeries, scale: f64) -> impl Iterator<Item = Observed> {
    series.periods().iter().map(move |period| (period.count(), scale * period.exposure()))
}

/// The rate that is likeliest for a given alpha: `sum (y - mean) / (1 + alpha mean) = 0`, by Newton's method on its
/// logarithm.
fn rate(group: &[Observed], alpha: f64) -> f64 {
    const MOST_STEPS: u32 = 200;
    let events: f64 = group.iter().map(|(events, _)| count(*events)).sum();
    let exposure: f64 = group.iter().map(|(_, exposure)| exposure).sum();
    let mut rate = events / exposure;
    if alpha <= 0.0 || rate <= 0.0 {
        return rate;
    }
    for _ in 0..MOST_STEPS {
        let (mut score, mut slope) = (0.0, 0.0);
        for &(events, exposure) in group {
            let (mean, y) = (rate * exposure, count(events));
            let spread = 1.0 + alpha * mean;
            score += (y - mean) / spread;
            slope += mean * (1.0 + alpha * y) / (spread * spread);
        }
        let step = (score / slope).clamp(-1.0, 1.0);
        rate *= libm::exp(step);
        if step.abs() <= 4.0 * f64::EPSILON {
            break;
        }
    }
    rate
}

/// The root of a continuous function between two places where its signs differ, by the method of regula falsi with
/// halved weights (Illinois), to `precision` relative or where its value is 0.
pub(super) fn root(from: f64, to: f64, precision: f64, value: impl Fn(f64) -> f64) -> f64 {
    const MOST_STEPS: u32 = 200;
    let (mut a, mut b) = (from, to);
    let (mut at_a, mut at_b) = (value(a), value(b));
    for _ in 0..MOST_STEPS {
        let next = (a * at_b - b * at_a) / (at_b - at_a);
        let next = if next > a.min(b) && next < a.max(b) { next } else { a + (b - a) / 2.0 };
        let here = value(next);
        if here == 0.0 || (b - a).abs() <= precision * next.abs() || next == a || next == b {
            return next;
        }
        if (here > 0.0) == (at_b > 0.0) {
            at_a *= 0.5;
        } else {
            (a, at_a) = (b, at_b);
        }
        (b, at_b) = (next, here);
    }
    b
}

/// `(ln(1 + v) - v / (1 + v)) / v^2`
fn spread_slope(v: f64) -> f64 {
    if v < 0.02 {
        // 1/2 - 2/3 v + 3/4 v^2 - ..., whose terms fall below rounding.
        return (0..10_u32).rev().map(f64::from).fold(0.0, |sum, k| (k + 1.0) / (k + 2.0) - v * sum);
    }
    (libm::log1p(v) - v / (1.0 + v)) / (v * v)
}

fn term(j: f64, alpha: f64) -> f64 {
    j / (1.0 + alpha * j)
}

/// `sum_j j / (1 + alpha j)` over `PLAIN <= j < events`.
fn far_slope(events: u64, alpha: f64) -> f64 {
    if events <= PLAIN {
        return 0.0;
    }
    let (from, to) = (count(PLAIN), count(events));
    // x^2 (v - ln(1 + v)) / v^2, v = alpha x: the integral from 0.
    let integral = |x: f64| {
        let v = alpha * x;
        let shape = if v < 0.02 {
            (0..10_u32).rev().map(f64::from).fold(0.0, |sum, k| 1.0 / (k + 2.0) - v * sum)
        } else {
            (v - libm::log1p(v)) / (v * v)
        };
        x * x * shape
    };
    let first = |x: f64| 1.0 / ((1.0 + alpha * x) * (1.0 + alpha * x));
    integral(to) - integral(from) - (term(to, alpha) - term(from, alpha)) / 2.0 + (first(to) - first(from)) / 12.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_by_formula_equal_sums_by_term() {
        for alpha in [0.0, 1e-9, 1e-3, 0.4, 7.0] {
            for events in [0_u64, 1, 5, 255, 256, 257, 300, 20_000] {
                let slope: f64 = (PLAIN..events).map(|j| count(j) / (1.0 + alpha * count(j))).sum();
                let got = far_slope(events, alpha);
                assert!((got - slope).abs() <= 1e-11 * slope, "{alpha} {events}: {got} {slope}");
            }
        }
    }

    #[test]
    fn both_forms_of_the_spread_meet() {
        for v in [0.019_999, 0.020_001, 0.021] {
            let plain = (libm::log1p(v) - v / (1.0 + v)) / (v * v);
            assert!((spread_slope(v) / plain - 1.0).abs() < 1e-12, "{v}");
        }
        assert_eq!(spread_slope(0.0), 0.5);
    }

    #[test]
    fn the_slope_is_the_derivative_of_the_likelihood() {
        let series = |counts: &[u64]| CountSeries::of_equal_periods(counts).unwrap();
        let model = Model::apart(&series(&[3, 0, 17, 400]), &series(&[1, 1, 9]));
        for alpha in [0.01, 0.3, 2.0] {
            let h = 1e-5 * alpha;
            let numeric = (model.log_likelihood(alpha + h) - model.log_likelihood(alpha - h)) / (2.0 * h);
            let slope = model.slope(alpha);
            assert!((numeric / slope - 1.0).abs() < 1e-5, "{alpha}: {numeric} {slope}");
        }
    }

    #[test]
    fn the_fit_is_the_best_of_a_grid() {
        let series = |counts: &[u64]| CountSeries::of_equal_periods(counts).unwrap();
        let model = Model::apart(&series(&[3, 0, 17, 2, 8]), &series(&[1, 1, 9, 0]));
        let fit = model.fit();
        for step in 1..2_000 {
            let alpha = f64::from(step) * 1e-3;
            assert!(model.log_likelihood(alpha) <= fit.log_likelihood + 1e-12, "{alpha} {fit:?}");
        }
        assert_eq!(Model::apart(&series(&[3, 3, 3]), &series(&[4, 4])).fit().alpha, 0.0);
    }
}
