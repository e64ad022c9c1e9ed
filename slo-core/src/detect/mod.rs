//! How fast an alert policy notices an outage, what it has cost by then, and which outages it never sees
//! (SRE Workbook, chapter 5).
//!
//! The model behind every figure: clean history, steady traffic, and from one instant on a constant share of
//! bad events. With burn rate `b` = error ratio / allowed ratio and a row of factor `F`:
//!
//! | question | answer |
//! |---|---|
//! | when does the row fire? | `max(long, short) x F / b`, plus the hold; never if `b <= F` |
//! | what is spent by then? | that time `x b / period`: `F x long / period` without a hold |
//! | when does it fall silent after recovery? | `short x (1 - F/b)`; `long x (1 - F/b)` without a short window |
//! | which outage does it never see? | one of `long x F / b` or less |
//!
//! All lengths are exact fractions ([`ExactSeconds`]); only shares of a budget are floats.
//!
//! ```
//! use slo_core::{Policy, Severity, detect::ErrorRatio};
//! let policy = Policy::google_30d();
//! let outage = ErrorRatio::ALL;
//! let page = policy.first_detection(Severity::Page, "99.9%".parse()?, outage).ok_or("never")?;
//! assert_eq!((page.row.as_str(), page.detection.time.to_string()), ("page_quick", "51.84 s".to_owned()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod blind;
mod error_ratio;
mod exact;
mod row;
mod table;

pub use blind::{BlindSpot, BlindSpots, Steady, Unseen};
pub use error_ratio::ErrorRatio;
pub use exact::ExactSeconds;
pub use row::Detection;
pub use table::{DetectionTable, FirstDetection, RowDetections, detection_table};
