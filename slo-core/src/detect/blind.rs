//! Which outages a policy never sees.

use crate::detect::{ErrorRatio, ExactSeconds};
use crate::factor::nanoseconds;
use crate::objective::{BILLION, Objective};
use crate::policy::{Policy, Severity};

/// What a policy never alerts on.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BlindSpots {
    /// The errors that may go on for ever.
    pub steady: Steady,
    /// For each error ratio asked for, what stays unseen.
    pub spots: Vec<BlindSpot>,
}

/// The errors that a policy lets go on for ever: no row's factor is exceeded.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Steady {
    /// The highest error ratio that never alerts, in `(0, 1]`: lowest factor x allowed ratio.
    pub error_ratio: f64,
    /// The same as a burn rate; above 0.
    pub burn_rate: f64,
    /// When a full budget ends at that burn rate: period / rate.
    pub exhausts_in: ExactSeconds,
    /// Whether that is before the period ends, so that a budget can be overspent without one alert.
    pub can_overspend: bool,
}

/// What stays unseen of one error ratio.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BlindSpot {
    /// The share of bad events.
    pub error_ratio: ErrorRatio,
    /// The same as a burn rate; above 0.
    pub burn_rate: f64,
    /// How long it may last.
    pub unseen: Unseen,
}

/// How long an outage may last without an alert.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Unseen {
    /// As long as this, itself included.
    UpTo {
        /// The longest outage that no row fires for.
        length: ExactSeconds,
        /// The share of the period's budget that it spends; above 0, may exceed 1.
        budget_spent: f64,
        /// The row that sees anything longer.
        row: String,
    },
    /// For ever: no row's factor is exceeded.
    Always {
        /// When a full budget ends: period / burn rate.
        exhausts_in: ExactSeconds,
        /// Whether that is before the period ends.
        can_overspend: bool,
    },
}

impl Policy {
    /// Which single outages after clean history, and which steady error ratios, no row of the policy ever
    /// alerts on; with `severity` only the rows of that severity are heard. `None` when there is no such row.
    ///
    /// Outages that come back before a window has forgotten the last one add up, so they are seen sooner.
    ///
    /// ```
    /// use slo_core::{Policy, Severity, detect::{ErrorRatio, Unseen}};
    /// let policy = Policy::google_30d();
    /// let blind = policy.blind_spots(Some(Severity::Page), "99.9%".parse()?, &[ErrorRatio::ALL]).ok_or("no pages")?;
    /// assert_eq!(blind.steady.burn_rate, 6.0);
    /// assert_eq!(blind.steady.exhausts_in.to_string(), "432000 s"); // 5 days: nobody is woken for it
    /// let Unseen::UpTo { length, .. } = &blind.spots[0].unseen else { return Err("a full outage is seen".into()) };
    /// assert_eq!(length.to_string(), "51.84 s");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn blind_spots(
        &self,
        severity: Option<Severity>,
        objective: Objective,
        error_ratios: &[ErrorRatio],
    ) -> Option<BlindSpots> {
        let heard: Vec<_> =
            self.rows().iter().filter(|row| severity.is_none_or(|severity| row.severity == severity)).collect();
        let lowest = heard.iter().map(|row| row.factor).min()?;
        let spot = |error_ratio: ErrorRatio| {
            let seen = heard.iter().filter_map(|row| {
                let detection = row.detection(self.period(), objective, error_ratio)?;
                Some((detection.longest_unseen, &row.name))
            });
            let burn_rate = error_ratio.burn_rate(objective);
            let unseen = match seen.min() {
                Some((length, row)) => Unseen::UpTo {
                    length,
                    budget_spent: burn_rate * length.as_f64() / self.period().as_seconds_f64(),
                    row: row.clone(),
                },
                None => {
                    let (over, under) = (error_ratio.parts_per_billion(), objective.allowed_parts_per_billion());
                    Unseen::Always { exhausts_in: self.exhausts(over, under), can_overspend: over > under }
                }
            };
            BlindSpot { error_ratio, burn_rate, unseen }
        };
        let threshold = lowest.threshold(objective);
        let steady = if threshold.can_be_exceeded() {
            Steady {
                error_ratio: threshold.error_ratio(),
                burn_rate: lowest.as_f64(),
                exhausts_in: self.exhausts(lowest.numerator(), lowest.denominator()),
                can_overspend: lowest.numerator() > lowest.denominator(),
            }
        } else {
            // Even a full outage goes unseen.
            Steady {
                error_ratio: 1.0,
                burn_rate: ErrorRatio::ALL.burn_rate(objective),
                exhausts_in: self.exhausts(BILLION, objective.allowed_parts_per_billion()),
                can_overspend: true,
            }
        };
        Some(BlindSpots { steady, spots: error_ratios.iter().map(|ratio| spot(*ratio)).collect() })
    }

    /// When a full budget ends at burn rate `over / under`.
    fn exhausts(&self, over: u32, under: u32) -> ExactSeconds {
        let period = nanoseconds("the period", self.period()).unwrap_or(0);
        ExactSeconds::from_nanoseconds(period.saturating_mul(u128::from(under)), u128::from(over))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(text: &str) -> ErrorRatio {
        text.parse().unwrap()
    }

    #[test]
    fn every_row_is_heard_unless_a_severity_is_named() {
        let policy = Policy::google_30d();
        let objective = "99.9%".parse().unwrap();
        let all = policy.blind_spots(None, objective, &[ratio("0.1%"), ratio("0.2%"), ratio("5%")]).unwrap();
        assert!(!all.steady.can_overspend && (all.steady.error_ratio - 0.001).abs() < 1e-18);
        assert!(matches!(&all.spots[0].unseen, Unseen::Always { can_overspend: false, .. }));
        assert!(matches!(&all.spots[1].unseen, Unseen::UpTo { row, .. } if row == "ticket_slow"));
        // Without a hold what stays unseen is the row's share of the budget, whatever the error ratio.
        match &all.spots[2].unseen {
            Unseen::UpTo { budget_spent, row, .. } => {
                assert!((budget_spent - 0.02).abs() < 1e-15 && row == "page_quick");
            }
            other @ Unseen::Always { .. } => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_policy_out_of_reach_sees_nothing() {
        let page = Policy::new("one", Policy::google_30d().period(), vec![Policy::google_30d().rows()[0].clone()]);
        let blind = page.unwrap().blind_spots(None, "90%".parse().unwrap(), &[ErrorRatio::ALL]).unwrap();
        assert!((blind.steady.error_ratio - 1.0).abs() < 1e-18 && blind.steady.can_overspend);
        assert!(matches!(&blind.spots[0].unseen, Unseen::Always { can_overspend: true, .. }));
    }

    #[test]
    fn no_rows_of_the_severity_are_no_answer() {
        let row = Policy::google_30d().rows()[0].clone();
        let page = Policy::new("one", Policy::google_30d().period(), vec![row]).unwrap();
        assert_eq!(page.blind_spots(Some(Severity::Ticket), "99%".parse().unwrap(), &[]), None);
    }
}
