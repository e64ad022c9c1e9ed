//! Do events forecast at 70 % happen 70 % of the time?
//!
//! A forecast is a [`Probability`] and whether the event then happened. Being right on average, telling events from
//! non-events, and both together are different virtues:
//!
//! | question | function |
//! |---|---|
//! | How far off are the forecasts, all in all? | [`Forecasts::brier`], [`Forecasts::log_loss`] |
//! | Better than always forecasting the base rate? | [`Forecasts::brier_skill`] |
//! | What part of it is miscalibration, what part lack of knowledge? | [`Forecasts::decomposition`] |
//! | Do forecasts of 70 % come true 70 % of the time? | [`Forecasts::reliability`], [`Forecasts::calibration_error`] |
//! | Is that more than chance? | [`Forecasts::calibration_error`], [`Forecasts::spiegelhalter`] |
//! | Do they tell events from non-events? | [`Forecasts::auc`] |
//! | Which of two forecasters is better? | [`PairedForecasts::auc_difference`], [`PairedForecasts::brier_difference`] |
//! | How should they be corrected? | [`Forecasts::platt`], [`Forecasts::isotonic`] |
//!
//! ```
//! use measure_core::{Level, Probability, calibration::{AucInterval, Forecasts}};
//! let p = |value| Probability::new(value);
//! let changes = Forecasts::new([
//!     (p(0.9)?, true), (p(0.8)?, true), (p(0.7)?, false), (p(0.4)?, true),
//!     (p(0.3)?, false), (p(0.2)?, false), (p(0.2)?, false), (p(0.1)?, false),
//! ]);
//! let brier = changes.brier(Level::P95)?;
//! assert_eq!(format!("{brier:.2}"), "0.14 [0.03 to 0.44 (95 %)], n = 8, Wilson on the effective sample size");
//! let auc = changes.auc(AucInterval::default(), Level::P95)?;
//! assert_eq!(format!("{auc:.2}"), "0.93 [0.44 to 1.00 (95 %)], n = 8, Wilson on the effective sample size");
//! # Ok::<(), measure_core::Error>(())
//! ```

mod auc;
mod bins;
mod brier;
mod expected_error;
mod forecasts;
mod isotonic;
mod log_loss;
mod mean_score;
mod paired;
mod platt;
mod recalibration;
mod spiegelhalter;

pub use auc::AucInterval;
pub use bins::{Binning, ReliabilityBin};
pub use brier::BrierDecomposition;
pub use expected_error::CalibrationError;
pub use forecasts::Forecasts;
pub use isotonic::Isotonic;
pub use log_loss::{Clip, LogLoss};
pub use paired::{AucDifference, PairedForecasts};
pub use platt::{Platt, PlattScale};
pub use recalibration::Recalibration;

#[cfg(doc)]
use crate::probability::Probability;
