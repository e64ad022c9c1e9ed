//! Whether the forecasts are calibrated, without bins.

use super::forecasts::Forecasts;
use crate::estimate::NotEnough;
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::probability::Probability;
use crate::proportion::count;
use crate::special::normal_sf;

impl Forecasts {
    /// Spiegelhalter's z (1986): how far the Brier score is from the one that the forecasts themselves expect, in standard
    /// deviations; two-sided. Above 0, the forecasts are bolder than they should be; below 0, more timid. It sees neither
    /// what does not change that score nor forecasts of 1/2.
    ///
    /// Its normal p-value needs events to rest on, and rare ones make the score skewed: there must be 5 expected of the
    /// rarer kind, counted as the skewness of the score has it, `1 / skewness^2` (for a constant rare forecast that is the
    /// number expected; forecasts near 1/2 count for more). Then, by the binomial distribution of constant forecasts of 0.1
    /// to 20 %, false alarms at 5, 1 and 0.1 % are at most 6.4, 2 and 0.4 %; with 10, 6.1, 1.4 and 0.25 %. With fewer ask
    /// [`Forecasts::calibration_error`], which simulates and holds its level whatever there is.
    ///
    /// # Errors
    /// [`NotEnough`] without forecasts, with fewer than 5 so counted, or when all are 0, 1/2 or 1.
    pub fn spiegelhalter(&self) -> Result<Test, NotEnough> {
        NotEnough::unless(self.n(), 1, "forecasts")?;
        let (mut excess, mut variance, mut third) = (0.0, 0.0, 0.0);
        for ties in self.ties() {
            let (p, weight) = (ties.value, 1.0 - 2.0 * ties.value);
            excess += weight * ((1.0 - p) * count(ties.flagged) - p * count(ties.plain));
            let square = weight * weight * (p * (1.0 - p)) * count(ties.all());
            variance += square;
            third += weight * weight * square;
        }
        // A forecast so near to 0 that it happens once in 1e300 says nothing either.
        if variance < 1e-300 {
            return Err(NotEnough::NoSpread { n: self.n() });
        }
        let ratio = third / variance;
        enough(variance / (ratio * ratio))?;
        let z = excess / variance.sqrt();
        let p_value = Probability::clamped(2.0 * normal_sf(z.abs()));
        Ok(Test::of(z, p_value, Alternative::TwoSided, TestMethod::Spiegelhalter, self.n()))
    }
}

/// The fewest expected events of the rarer kind at which the normal distribution is near enough.
const FEWEST: u64 = 5;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 0, and kept within 64 bits")]
fn enough(expected: f64) -> Result<(), NotEnough> {
    NotEnough::unless(expected.min(1e18) as u64, FEWEST, "expected events of the rarer kind")
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, reason = "small numbers")]
mod tests {
    use super::*;

    fn z(rows: &[(f64, bool)]) -> Result<Test, NotEnough> {
        Forecasts::new(rows.iter().map(|(p, y)| (Probability::new(*p).unwrap(), *y))).spiegelhalter()
    }

    #[test]
    fn bold_is_above_zero_and_timid_below() {
        let bold = z(&[(0.9, false), (0.9, true), (0.1, true), (0.1, false)].repeat(30)).unwrap();
        assert!(bold.statistic() > 1.0);
        let timid = z(&[(0.6, true), (0.6, true), (0.4, false), (0.4, false)]).unwrap();
        assert!(timid.statistic() < 0.0);
        assert_eq!(z(&[(0.5, true), (1.0, true), (0.0, false), (5e-324, false)]), Err(NotEnough::NoSpread { n: 4 }));
        assert!(z(&[]).is_err());
    }

    #[test]
    fn few_expected_events_are_refused_since_the_normal_tail_is_wrong_for_them() {
        let constant = |p: f64, n: usize| z(&vec![(p, false); n]);
        let too_few = |have| Err(NotEnough::TooFew { of: "expected events of the rarer kind", have, need: 5 });
        // 0.01 0.99 / 0.98^2 = 0.010308 a forecast.
        assert_eq!(constant(0.01, 400), too_few(4));
        assert_eq!(constant(0.99, 485), too_few(4));
        assert!(constant(0.01, 486).is_ok());
    }

    #[test]
    fn false_alarms_of_rare_constant_forecasts_are_as_many_as_documented() {
        // As few as are enough: 5 (1 - 2 p)^2 / (p (1 - p)).
        for (p, fewest) in [(0.001, 4986), (0.01, 486), (0.05, 86), (0.1, 36), (0.2, 12)] {
            let n = fewest as f64;
            let mut alarms = [0.0; 3];
            // Beyond 60 events, of 5 to 7 expected, nothing is left.
            for happened in 0..=fewest.min(60) {
                let test = z(&(0..fewest).map(|at| (p, at < happened)).collect::<Vec<_>>()).unwrap();
                let k = happened as f64;
                let log = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0)
                    + k * p.ln()
                    + (n - k) * (-p).ln_1p();
                for (alarms, alpha) in alarms.iter_mut().zip([0.05, 0.01, 0.001]) {
                    if test.p_value().get() <= alpha {
                        *alarms += log.exp();
                    }
                }
            }
            assert!(alarms[0] < 0.05 && alarms[1] < 0.02 && alarms[2] < 0.0041, "{p}: {alarms:?}");
        }
    }
}
