//! Maps from what is forecast to what should be.

use super::forecasts::Forecasts;
use super::isotonic::Isotonic;
use super::platt::Platt;
use crate::probability::Probability;

/// A map from forecasts to better ones. Fit it on some events and use it on others: on those it was fitted to it looks
/// better than it is.
///
/// In a file: `{"platt": {...}}` or `{"isotonic": [[0.1, 0.05], [0.9, 0.7]]}`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Recalibration {
    /// A logistic curve: two numbers, for few events.
    Platt(Platt),
    /// Steps that rise: any shape, for many events (some thousand).
    Isotonic(Isotonic),
}

impl Recalibration {
    /// What should have been forecast.
    #[must_use]
    pub fn apply(&self, forecast: Probability) -> Probability {
        match self {
            Self::Platt(map) => map.apply(forecast),
            Self::Isotonic(map) => map.apply(forecast),
        }
    }
}

impl From<Platt> for Recalibration {
    fn from(map: Platt) -> Self {
        Self::Platt(map)
    }
}

impl From<Isotonic> for Recalibration {
    fn from(map: Isotonic) -> Self {
        Self::Isotonic(map)
    }
}

impl Forecasts {
    /// The same events with their forecasts mapped.
    #[must_use]
    pub fn recalibrated(&self, map: &Recalibration) -> Self {
        Self::new(self.rows().map(|(forecast, happened)| (map.apply(forecast), happened)))
    }
}
