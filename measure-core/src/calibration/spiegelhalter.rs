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
    /// # Errors
    /// [`NotEnough`] without forecasts, or when all are 0, 1/2 or 1.
    pub fn spiegelhalter(&self) -> Result<Test, NotEnough> {
        NotEnough::unless(self.n(), 1, "forecasts")?;
        let (mut excess, mut variance) = (0.0, 0.0);
        for ties in self.ties() {
            let (p, weight) = (ties.value, 1.0 - 2.0 * ties.value);
            excess += weight * ((1.0 - p) * count(ties.flagged) - p * count(ties.plain));
            variance += weight * weight * (p * (1.0 - p)) * count(ties.all());
        }
        // A forecast so near to 0 that it happens once in 1e300 says nothing either.
        if variance < 1e-300 {
            return Err(NotEnough::NoSpread { n: self.n() });
        }
        let z = excess / variance.sqrt();
        let p_value = Probability::clamped(2.0 * normal_sf(z.abs()));
        Ok(Test::of(z, p_value, Alternative::TwoSided, TestMethod::Spiegelhalter, self.n()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn z(rows: &[(f64, bool)]) -> Result<Test, NotEnough> {
        Forecasts::new(rows.iter().map(|(p, y)| (Probability::new(*p).unwrap(), *y))).spiegelhalter()
    }

    #[test]
    fn bold_is_above_zero_and_timid_below() {
        let bold = z(&[(0.9, false), (0.9, true), (0.1, true), (0.1, false)]).unwrap();
        assert!(bold.statistic() > 1.0);
        let timid = z(&[(0.6, true), (0.6, true), (0.4, false), (0.4, false)]).unwrap();
        assert!(timid.statistic() < 0.0);
        assert_eq!(z(&[(0.5, true), (1.0, true), (0.0, false), (5e-324, false)]), Err(NotEnough::NoSpread { n: 4 }));
        assert!(z(&[]).is_err());
    }
}
