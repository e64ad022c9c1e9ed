//! Which alert policy would have served: any policy on any history with labelled incidents.
//!
//! 1. Make a [`Series`] of what was counted.
//! 2. Say which [`Incident`]s there were.
//! 3. [`compare`] the policies: one [`Score`] each, side by side.
//!
//! Windows are summed exactly and compared in integers at every instant of the series, and each row runs through
//! the same [`Alert`](crate::Alert) as in production; so the alerts are those that a
//! [`BurnTracker`](crate::BurnTracker) at exact resolution would have led to.
//!
//! ```
//! use chrono::{DateTime, TimeDelta};
//! use slo_core::{Counts, Policy};
//! use slo_core::backtest::{Incident, Series, Settings, compare};
//! use timeline_core::Span;
//! let minute = |n: i64| DateTime::UNIX_EPOCH + TimeDelta::minutes(n);
//! // A week of 1,000 requests a minute, and an outage of 20 minutes on the second day.
//! let outage = Span::new(minute(2_000), minute(2_020))?;
//! let samples = (1..=10_080).map(|n| {
//!     let bad = if outage.contains(minute(n - 1)) { 500 } else { 0 };
//!     Ok((minute(n), Counts::from_bad(bad, 1_000)?))
//! });
//! let series = Series::new(samples.collect::<Result<Vec<_>, slo_core::Error>>()?)?;
//! let incidents = [Incident { name: "bad deploy".to_owned(), span: outage }];
//! let policies = [Policy::google_30d(), Policy::slo_generator()];
//! let scores = compare(&policies, "99.9%".parse()?, &series, &incidents, Settings::default())?;
//! assert_eq!(scores[0].recall.hits(), 1);
//! assert_eq!(scores[0].detection.worst, Some(TimeDelta::minutes(2)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod episodes;
mod score;
mod series;

pub use score::{IncidentOutcome, Score, Share, Spread, compare, score};
pub use series::{RaisedAlert, Series};

use chrono::TimeDelta;
use timeline_core::Span;

use crate::alert::{AlertRule, NoDataRule};
use crate::error::Error;
use crate::policy::Severity;

/// Something that happened and that a policy should have seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Incident {
    /// What it is called; no two of one backtest alike.
    pub name: String,
    /// From when until when users felt it.
    pub span: Span,
}

/// How alerts are told and matched with incidents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Settings {
    severity: Option<Severity>,
    grace: TimeDelta,
    keep_firing: TimeDelta,
    no_data: NoDataRule,
}

impl Default for Settings {
    /// Every severity, no grace, alerts that end as soon as their condition does and freeze without data.
    fn default() -> Self {
        Self { severity: None, grace: TimeDelta::zero(), keep_firing: TimeDelta::zero(), no_data: NoDataRule::Freeze }
    }
}

impl Settings {
    /// Only rows of this severity are heard.
    #[must_use]
    pub const fn of_severity(self, severity: Severity) -> Self {
        Self { severity: Some(severity), ..self }
    }

    /// An alert that begins up to `grace` after an incident's end still counts as its detection: for rows with
    /// a hold, and for the time between two samples.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] for a negative length.
    pub fn with_grace(self, grace: TimeDelta) -> Result<Self, Error> {
        if grace < TimeDelta::zero() {
            let given = crate::error::in_words(grace);
            return Err(Error::NumberOutOfRange { what: "a grace of", given, bound: "0 s and above".to_owned() });
        }
        Ok(Self { grace, ..self })
    }

    /// Alerts go on until their condition has been clear for `keep_firing`.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] for a negative length.
    pub fn with_keep_firing(self, keep_firing: TimeDelta) -> Result<Self, Error> {
        AlertRule::new(TimeDelta::zero(), keep_firing)?;
        Ok(Self { keep_firing, ..self })
    }

    /// What no data means to an alert.
    #[must_use]
    pub const fn with_no_data(self, no_data: NoDataRule) -> Self {
        Self { no_data, ..self }
    }
}
