//! A policy against several error ratios, as data.

use crate::detect::{Detection, ErrorRatio};
use crate::factor::Factor;
use crate::objective::Objective;
use crate::policy::{Policy, Severity};

/// How a policy detects outages of several error ratios: what the SRE Workbook tabulates in chapter 5.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DetectionTable {
    /// The policy's name.
    pub policy: String,
    /// The objective.
    pub objective: Objective,
    /// The columns.
    pub error_ratios: Vec<ErrorRatio>,
    /// The burn rate of each column.
    pub burn_rates: Vec<f64>,
    /// One entry a row of the policy, in its order.
    pub rows: Vec<RowDetections>,
    /// The whole policy's pages, a cell a column; `None` where nobody is ever woken.
    pub pages: Vec<Option<FirstDetection>>,
    /// The whole policy's tickets, a cell a column; `None` where no ticket is ever opened.
    pub tickets: Vec<Option<FirstDetection>>,
}

/// One row of a [`DetectionTable`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RowDetections {
    /// The row's name.
    pub row: String,
    /// How loudly it speaks.
    pub severity: Severity,
    /// Its burn rate threshold.
    pub factor: Factor,
    /// A cell a column; `None` where the row never fires.
    pub cells: Vec<Option<Detection>>,
}

/// The row that fires first.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FirstDetection {
    /// The row's name.
    pub row: String,
    /// Its detection, except that `reset` is that of the row that stays longest: until then the severity is
    /// on, if the outage lasted long enough for every row to fire.
    pub detection: Detection,
}

/// How `policy` detects outages of each of `error_ratios`.
///
/// ```
/// use slo_core::{Policy, detect::detection_table};
/// let ratios = ["0.1%".parse()?, "1%".parse()?, "100%".parse()?];
/// let table = detection_table(&Policy::google_30d(), "99.9%".parse()?, &ratios);
/// assert!(table.pages[0].is_none());
/// assert_eq!(table.rows[0].cells[2].map(|cell| cell.time.to_string()), Some("51.84 s".to_owned()));
/// # Ok::<(), slo_core::Error>(())
/// ```
#[must_use]
pub fn detection_table(policy: &Policy, objective: Objective, error_ratios: &[ErrorRatio]) -> DetectionTable {
    let rows = policy.rows().iter().map(|row| RowDetections {
        row: row.name.clone(),
        severity: row.severity,
        factor: row.factor,
        cells: error_ratios.iter().map(|ratio| row.detection(policy.period(), objective, *ratio)).collect(),
    });
    let first = |severity| error_ratios.iter().map(|r| policy.first_detection(severity, objective, *r)).collect();
    DetectionTable {
        policy: policy.name().to_owned(),
        objective,
        error_ratios: error_ratios.to_vec(),
        burn_rates: error_ratios.iter().map(|ratio| ratio.burn_rate(objective)).collect(),
        rows: rows.collect(),
        pages: first(Severity::Page),
        tickets: first(Severity::Ticket),
    }
}

impl Policy {
    /// The first row of `severity` to fire in a steady outage; `None` if none ever does.
    #[must_use]
    pub fn first_detection(
        &self,
        severity: Severity,
        objective: Objective,
        error_ratio: ErrorRatio,
    ) -> Option<FirstDetection> {
        let rows = self.rows().iter().filter(|row| row.severity == severity);
        let fires = rows.filter_map(|row| Some((row, row.detection(self.period(), objective, error_ratio)?)));
        let fires: Vec<_> = fires.collect();
        let (row, first) = fires.iter().min_by_key(|(_, detection)| detection.time)?;
        let longest = fires.iter().map(|(_, detection)| detection);
        let reset = longest.clone().map(|detection| detection.reset).max()?;
        let long_window_reset = longest.map(|detection| detection.long_window_reset).max()?;
        Some(FirstDetection { row: row.name.clone(), detection: Detection { reset, long_window_reset, ..*first } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_policy_is_as_fast_as_its_fastest_row() {
        let ratios: Vec<ErrorRatio> = ["0.5%", "2%", "100%"].iter().map(|text| text.parse().unwrap()).collect();
        let table = detection_table(&Policy::google_30d(), "99.9%".parse().unwrap(), &ratios);
        let first: Vec<_> = table.pages.iter().map(|cell| cell.as_ref().map(|first| first.row.as_str())).collect();
        // 0.5 % burns at 5: neither page. 2 % burns at 20: the 1 h row after 43 min, before the 6 h row.
        assert_eq!(first, [None, Some("page_quick"), Some("page_quick")]);
        let slow_reset = table.rows[1].cells[2].unwrap().reset;
        assert_eq!(table.pages[2].as_ref().unwrap().detection.reset, slow_reset);
        assert_eq!(table.tickets[0].as_ref().unwrap().row, "ticket_quick");
    }
}
