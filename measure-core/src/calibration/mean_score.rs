//! The mean of a score over forecasts, with Student's interval.

use crate::estimate::NotEnough;
use crate::probability::Level;
use crate::proportion::count;
use crate::special::student_quantile;

/// Scores no further apart than this, or than the part of the largest, differ by the rounding of forecasts alone.
const ROUNDING: f64 = 4.0 * f64::EPSILON;
const ROUNDING_PART: f64 = 1e-12;

/// A mean score and its standard error, above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MeanScore {
    pub(super) value: f64,
    error: f64,
}

impl MeanScore {
    /// Of scores and how often each occurs, gone through twice.
    pub(super) fn of<I: Iterator<Item = (f64, u64)>>(scores: impl Fn() -> I) -> Result<Self, NotEnough> {
        let n = scores().fold(0_u64, |n, (_, times)| n.saturating_add(times));
        NotEnough::unless(n, 2, "forecasts")?;
        let value = scores().map(|(score, times)| score * count(times)).sum::<f64>() / count(n);
        let (mut squares, mut least, mut most) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
        for (score, times) in scores().filter(|(_, times)| *times > 0) {
            squares += (score - value) * (score - value) * count(times);
            (least, most) = (score.min(least), score.max(most));
        }
        if most - least <= ROUNDING.max(ROUNDING_PART * most.abs().max(least.abs())) {
            return Err(NotEnough::NoSpread { n });
        }
        let error = (squares / count(n.saturating_sub(1)) / count(n)).sqrt();
        Ok(Self { value, error })
    }

    /// Half the width of Student's interval with so many degrees of freedom, at least 1.
    pub(super) fn half(self, freedom: u64, level: Level) -> f64 {
        student_quantile(level.outside() / 2.0, count(freedom)) * self.error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scores: &[f64]) -> Result<MeanScore, NotEnough> {
        MeanScore::of(|| scores.iter().map(|score| (*score, 1)))
    }

    #[test]
    fn scores_that_differ_in_their_last_bits_are_equal() {
        let no_spread = Err(NotEnough::NoSpread { n: 2 });
        // 0.3 that did not happen and 0.7 that did; 0 and -0; 0.69 and its neighbour.
        assert_eq!(of(&[0.3 * 0.3, (1.0 - 0.7) * (1.0 - 0.7)]), no_spread);
        assert_eq!(of(&[0.0, -0.0]), no_spread);
        assert_eq!(of(&[36.0, 36.0 + 1e-14]), no_spread);
        assert!(of(&[0.09, 0.09 + 1e-11]).is_ok() && of(&[0.0, 1e-14]).is_ok());
    }

    #[test]
    fn it_is_the_interval_of_the_textbook() {
        let found = of(&[1.0, 2.0, 4.0]).unwrap();
        // t(0.975, 2) = 4.302652729749464; the variance is 7 / 3.
        assert!((found.value - 7.0 / 3.0).abs() < 1e-15);
        assert!((found.half(2, Level::P95) - 4.302_652_729_749_464 * (7.0_f64 / 9.0).sqrt()).abs() < 1e-12);
        assert_eq!(of(&[1.0]), Err(NotEnough::TooFew { of: "forecasts", have: 1, need: 2 }));
    }
}
