//! Whether forecasts tell events from non-events: the area under the ROC curve.

use super::forecasts::Forecasts;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::interval::Interval;
use crate::placements::Placements;
use crate::probability::Level;
use crate::proportion::count;
use crate::special::normal_quantile;

/// How the interval of an area is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum AucInterval {
    /// Wilson's, for as many independent trials as the ranks are worth, as
    /// [`common_language`](crate::compare::common_language) has it.
    #[default]
    Wilson,
    /// Normal on the logit scale (Pepe 2003, 5.2): never leaves the unit interval, but is too narrow with few of a kind.
    /// With 10 and 100 a 95 % interval covers 90 %; with 20 and 200, where the area is 0.98, 90 %; with 3 and 100, 82 to
    /// 84 %.
    Logit,
    /// Normal on the area itself, kept within 0 and 1, as most packages have it; worse than the logit's near 0 and 1.
    Plain,
}

impl Forecasts {
    /// The area under the ROC curve: the probability that an event that happened had the higher forecast than one that did
    /// not, ties half; from sorted forecasts in O(n log n) (Sun and Xu 2014).
    ///
    /// All intervals rest on the variance of DeLong, DeLong and Clarke-Pearson (1988). The default holds where there are
    /// few of a kind: by simulation with normal scores a
    /// 95 % interval covers 93 to 99 % from 3 events among 100 to 30 among 50, areas from 0.5 to 0.98.
    ///
    /// When all forecasts of events are above (or all below) all others, that variance is 0 and knows nothing. The default
    /// has a width there all the same; with the other two the interval is Clopper and Pearson's for as many pairs as there
    /// are of the rarer kind, all in order: such pairs are independent. DIFFERS: pROC gives 1 to 1 there.
    ///
    /// # Errors
    /// [`NotEnough`] with fewer than two of a kind; when all forecasts are equal. With [`AucInterval::Logit`] and
    /// [`AucInterval::Plain`] one of a kind is enough if it is above or below all others.
    pub fn auc(&self, interval: AucInterval, level: Level) -> Result<Estimate, NotEnough> {
        let (happened, not) = self.both_kinds(1)?;
        let placements = Placements::of(self.ties().map(|ties| (u128::from(ties.flagged), u128::from(ties.plain))));
        let area = placements.shares().0;
        if interval != AucInterval::Wilson
            && let Some(above) = placements.apart()
        {
            let end = libm::exp(libm::log(level.outside() / 2.0) / count(happened.min(not)));
            let interval =
                if above { Interval::clamped(end, 1.0, level) } else { Interval::clamped(0.0, 1.0 - end, level) };
            return Ok(Estimate::of(area, interval, self.n(), IntervalMethod::ClopperPearson));
        }
        self.both_kinds(2)?;
        let variance = placements.variance().of_share;
        if variance <= 0.0 && placements.apart().is_none() {
            return Err(NotEnough::NoSpread { n: self.n() });
        }
        let half = normal_quantile(level.outside() / 2.0) * variance.sqrt();
        let around = |lower: f64, upper: f64| Interval::clamped(lower.min(area), upper.max(area), level);
        let (interval, method) = match interval {
            AucInterval::Wilson => (placements.wilson(level), IntervalMethod::WilsonEffective),
            AucInterval::Plain => (around(area - half, area + half), IntervalMethod::DeLongPlain),
            AucInterval::Logit => {
                let odds = area / (1.0 - area);
                let spread = half / (area * (1.0 - area));
                let end = |spread: f64| 1.0 / (1.0 + libm::exp(-spread) / odds);
                (around(end(-spread), end(spread)), IntervalMethod::DeLong)
            }
        };
        Ok(Estimate::of(area, interval, self.n(), method))
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
    use crate::chance::Seed;
    use crate::probability::Probability;

    fn forecasts(rows: &[(f64, bool)]) -> Forecasts {
        Forecasts::new(rows.iter().map(|(p, y)| (Probability::new(*p).unwrap(), *y)))
    }

    /// DeLong's definition: every pair.
    fn naive(rows: &[(f64, bool)]) -> (f64, f64) {
        let of = |kind| rows.iter().filter(|row| row.1 == kind).map(|row| row.0).collect::<Vec<f64>>();
        let (x, y) = (of(true), of(false));
        let psi = |x: f64, y: f64| {
            if x > y {
                1.0
            } else if x < y {
                0.0
            } else {
                0.5
            }
        };
        let v10: Vec<f64> = x.iter().map(|x| y.iter().map(|y| psi(*x, *y)).sum::<f64>() / y.len() as f64).collect();
        let v01: Vec<f64> = y.iter().map(|y| x.iter().map(|x| psi(*x, *y)).sum::<f64>() / x.len() as f64).collect();
        let area = v10.iter().sum::<f64>() / v10.len() as f64;
        let of_mean = |v: &[f64]| {
            v.iter().map(|v| (v - area) * (v - area)).sum::<f64>() / (v.len() as f64 - 1.0) / v.len() as f64
        };
        (area, of_mean(&v10) + of_mean(&v01))
    }

    #[test]
    fn it_is_the_variance_of_the_definition() {
        let mut chance = Seed::new(8).generator();
        for round in 0..200_u32 {
            let rows: Vec<(f64, bool)> = (0..8 + round % 40)
                .map(|row| (f64::from(chance.below(9) + row % 2) / 9.0, row % 2 == 0 && row % 3 != 0))
                .collect();
            let (area, variance) = naive(&rows);
            if area > 0.0 && area < 1.0 {
                let plain = forecasts(&rows).auc(AucInterval::Plain, Level::new(0.3).unwrap()).unwrap();
                let half = normal_quantile(0.35) * variance.sqrt();
                assert!((plain.value() - area).abs() < 1e-14);
                assert!((plain.interval().upper() - (area + half)).abs() < 1e-13 || area + half > 1.0);
            }
        }
    }

    #[test]
    fn complete_separation_has_an_interval_all_the_same() {
        let rows: Vec<_> = (0..20).map(|i| (f64::from(i) / 20.0, i >= 15)).collect();
        let perfect = forecasts(&rows).auc(AucInterval::Logit, Level::P95).unwrap();
        // 5 of 5 pairs in order.
        assert!((perfect.interval().lower() - 0.478_176_3).abs() < 1e-7 && perfect.interval().upper() == 1.0);
        let opposite: Vec<_> = rows.iter().map(|(p, y)| (*p, !*y)).collect();
        let worst = forecasts(&opposite).auc(AucInterval::Plain, Level::P95).unwrap();
        assert!((worst.interval().upper() - (1.0 - 0.478_176_3)).abs() < 1e-7 && worst.value() == 0.0);
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        assert!(forecasts(&[]).auc(AucInterval::Logit, Level::P95).is_err());
        assert!(forecasts(&[(0.5, true), (0.4, true)]).auc(AucInterval::Logit, Level::P95).is_err());
        let equal = forecasts(&[(0.5, true), (0.5, true), (0.5, false), (0.5, false)]);
        assert_eq!(equal.auc(AucInterval::Logit, Level::P95), Err(NotEnough::NoSpread { n: 4 }));
        let single = forecasts(&[(0.5, true), (0.4, false), (0.6, false)]);
        let need = NotEnough::TooFew { of: "events that happened", have: 1, need: 2 };
        assert_eq!(single.auc(AucInterval::Logit, Level::P95), Err(need));
    }

    #[test]
    fn a_million_forecasts_and_denormals_are_fine() {
        let n = 1_000_000_u32;
        let rows = (0..n).map(|i| (Probability::new(f64::from(i) / f64::from(n)).unwrap(), i % 7 == 0 || i > n / 2));
        let estimate = Forecasts::new(rows).auc(AucInterval::Logit, Level::P99).unwrap();
        assert!(estimate.interval().contains(estimate.value()) && estimate.interval().width() < 0.01);
        let tiny = forecasts(&[(5e-324, true), (0.0, false), (1e-323, false), (1.0, true)]);
        assert_eq!(tiny.auc(AucInterval::Logit, Level::P95).unwrap().value(), 0.75);
    }
}
