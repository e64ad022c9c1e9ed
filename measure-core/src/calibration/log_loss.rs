//! What forecasts cost when the price is the logarithm.

use super::forecasts::Forecasts;
use super::mean_score::MeanScore;
use crate::error::Error;
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::flagged::Ties;
use crate::interval::Interval;
use crate::probability::Level;

/// The log loss, or why it has none that is finite.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum LogLoss {
    /// The mean loss in nats, with its interval.
    Finite(Estimate),
    /// What was forecast at 0 happened, or what was forecast at 1 did not: no loss is large enough.
    ImpossibleHappened {
        /// How often.
        count: u64,
    },
}

/// How near to 0 and 1 a forecast may come before the loss is taken: at least 2^-52, and below 1/2.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "f64", into = "f64"))]
pub struct Clip(f64);

impl Clip {
    /// The least, 2^-52, as scikit-learn has it for doubles: 1 less it has a neighbour on either side below 1, so that
    /// a forecast of 1 is moved as one of 0 is.
    pub const EPSILON: Self = Self(f64::EPSILON);

    /// # Errors
    /// [`Error::ClipOutOfRange`] unless `2^-52 <= value < 1/2`.
    pub fn new(value: f64) -> Result<Self, Error> {
        let least = Self::EPSILON.0;
        if value >= least && value < 0.5 { Ok(Self(value)) } else { Err(Error::ClipOutOfRange { given: value, least }) }
    }

    /// The number, in `[2^-52, 1/2)`.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The forecast (in `[0, 1]`), moved off 0 and 1.
    pub(super) const fn apply(self, forecast: f64) -> f64 {
        forecast.clamp(self.0, 1.0 - self.0)
    }
}

impl TryFrom<f64> for Clip {
    type Error = Error;

    fn try_from(value: f64) -> Result<Self, Error> {
        Self::new(value)
    }
}

impl From<Clip> for f64 {
    fn from(clip: Clip) -> Self {
        clip.0
    }
}

impl Forecasts {
    /// The mean of `-ln` of what was forecast for what came (Good 1952), in nats, with Student's interval for a mean, kept
    /// at 0 or more. 0 is perfect; always saying 1/2 costs 0.69. The interval has as many degrees of freedom as there are
    /// events of the rarer kind, at least 1, since their losses make most of the variance.
    ///
    /// By simulation a 95 % interval covers 96 to 99 % where all forecasts are the base rate, 5 to 30 events expected of
    /// the rarer kind. It knows nothing of losses rarer than one in so many forecasts as there are: of bold forecasts that
    /// have not failed yet the true loss may be larger than any end.
    ///
    /// DIFFERS: scikit-learn moves forecasts of 0 and 1 inwards by 2^-52 without saying so; here it is
    /// [`LogLoss::ImpossibleHappened`], and [`Forecasts::log_loss_clipped`] does the other.
    ///
    /// # Errors
    /// [`NotEnough`] with fewer than two forecasts or when all cost the same but for rounding.
    ///
    /// ```
    /// use measure_core::{Level, Probability, calibration::{Forecasts, LogLoss}};
    /// let forecasts = Forecasts::new([(Probability::ZERO, true), (Probability::new(0.5)?, true)]);
    /// assert_eq!(forecasts.log_loss(Level::P95)?, LogLoss::ImpossibleHappened { count: 1 });
    /// # Ok::<(), measure_core::Error>(())
    /// ```
    pub fn log_loss(&self, level: Level) -> Result<LogLoss, NotEnough> {
        let impossible = |ties: Ties| match ties.value {
            0.0 => ties.flagged,
            1.0 => ties.plain,
            _ => 0,
        };
        match self.ties().map(impossible).sum() {
            0 => self.mean_loss(|forecast| forecast, level).map(LogLoss::Finite),
            count => Ok(LogLoss::ImpossibleHappened { count }),
        }
    }

    /// The log loss of forecasts that are first moved within `clip` and `1 - clip`.
    ///
    /// # Errors
    /// [`NotEnough`] with fewer than two forecasts or when all cost the same but for rounding.
    pub fn log_loss_clipped(&self, clip: Clip, level: Level) -> Result<Estimate, NotEnough> {
        self.mean_loss(|forecast| clip.apply(forecast), level)
    }

    fn mean_loss(&self, moved: impl Fn(f64) -> f64, level: Level) -> Result<Estimate, NotEnough> {
        let moved = &moved;
        let losses = || {
            self.ties().flat_map(move |ties| {
                let forecast = moved(ties.value);
                // What did not occur costs nothing, be the logarithm infinite.
                let cost = |times: u64, log: f64| if times > 0 { (-log, times) } else { (0.0, 0) };
                [cost(ties.flagged, libm::log(forecast)), cost(ties.plain, libm::log1p(-forecast))]
            })
        };
        let loss = MeanScore::of(losses)?;
        let rarer = self.happened().min(self.n().saturating_sub(self.happened()));
        let (value, half) = (loss.value, loss.half(rarer.max(1), level));
        let interval = Interval::between((value - half).max(0.0), value + half, level);
        Ok(Estimate::of(value, interval, self.n(), IntervalMethod::Student))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probability::Probability;

    #[test]
    fn sure_and_right_costs_nothing_and_sure_and_wrong_is_said_so() {
        let rows = |rows: &[(f64, bool)]| Forecasts::new(rows.iter().map(|(p, y)| (Probability::new(*p).unwrap(), *y)));
        let LogLoss::Finite(loss) = rows(&[(1.0, true), (0.0, false), (0.5, true)]).log_loss(Level::P95).unwrap()
        else {
            panic!("nothing impossible happened")
        };
        assert!((loss.value() - 2.0_f64.ln() / 3.0).abs() < 1e-15 && loss.interval().lower() == 0.0);
        let wrong = rows(&[(1.0, false), (0.0, true), (0.0, true), (0.5, true)]);
        assert_eq!(wrong.log_loss(Level::P95), Ok(LogLoss::ImpossibleHappened { count: 3 }));
        let clipped = wrong.log_loss_clipped(Clip::EPSILON, Level::P95).unwrap();
        assert!((clipped.value() - (3.0 * 52.0 + 1.0) * 2.0_f64.ln() / 4.0).abs() < 1e-12);
        let tiny = rows(&[(5e-324, true), (0.5, true)]).log_loss(Level::P95).unwrap();
        assert!(matches!(tiny, LogLoss::Finite(loss) if loss.value() > 370.0 && loss.value() < 373.0));
        assert!(rows(&[(0.5, true)]).log_loss(Level::P95).is_err());
    }

    #[test]
    fn a_clip_moves_a_forecast_of_one_as_it_does_one_of_zero() {
        for given in [0.0, 5e-324, 1e-17, 2.2e-16, 0.5, f64::INFINITY, -1e-3] {
            assert_eq!(Clip::new(given), Err(Error::ClipOutOfRange { given, least: f64::EPSILON }));
        }
        assert!(Clip::new(f64::NAN).is_err());
        for given in [f64::EPSILON, 1e-15, 1e-9, 0.499] {
            let clip = Clip::new(given).unwrap();
            assert!(clip.apply(1.0) < 1.0 && clip.apply(0.0) > 0.0);
            let sure = Forecasts::new([(Probability::ONE, false), (Probability::ZERO, false)]);
            let loss = sure.log_loss_clipped(clip, Level::P95).unwrap();
            assert!(loss.interval().upper().is_finite() && loss.value() <= 36.05);
        }
    }
}
