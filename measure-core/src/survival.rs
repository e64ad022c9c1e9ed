//! Times until something happens, of which some have not happened yet.
//!
//! A duration is *observed* when it ended (the incident was resolved, the disk failed) and *censored* when it was still
//! going on when last seen. Leaving the censored ones out, or taking them as ended, makes everything look shorter than
//! it is; the estimates here count them as at risk for as long as they were seen.
//!
//! | question | function |
//! |---|---|
//! | What share is still open after 4 hours? | [`KaplanMeier::survival_at`] |
//! | How long does half of them take, and 90 %? | [`KaplanMeier::median`], [`KaplanMeier::quantile`] |
//! | How long do they take on average, up to a week? | [`Durations::restricted_mean`] |
//! | Does one team take longer than the other? | [`log_rank`], [`log_rank_among`], [`restricted_mean_difference`] |
//! | And when few have ended? | [`log_rank_permutation`] |
//! | How much hazard has built up by then? | [`Durations::cumulative_hazard_at`] |
//!
//! All of it assumes that being censored says nothing about how much longer it would have taken.
//!
//! ```
//! use measure_core::{Level, survival::{Durations, Elapsed}};
//! // Minutes to restore; `false`: still open when the week was closed.
//! let incidents = Durations::new([(12.0, true), (0.0, true), (45.0, true), (30.0, false), (90.0, true), (61.0, false)])?;
//! let curve = incidents.kaplan_meier()?;
//! let open = curve.survival_at(Elapsed::new(60.0)?, Level::P95)?;
//! assert_eq!(format!("{open:.2}"), "0.44 [0.07 to 0.78 (95 %)], n = 6, Greenwood, log(-log)");
//! let median = curve.median(Level::P95);
//! assert_eq!((median.value, median.lower, median.upper), (Some(45.0), Some(0.0), None));
//! # Ok::<(), measure_core::Error>(())
//! ```

mod durations;
mod hazard;
mod kaplan_meier;
mod log_rank;
mod quantile;
mod restricted_mean;

pub use durations::{Durations, Elapsed};
pub use kaplan_meier::{KaplanMeier, Step};
pub use log_rank::{LogRank, LogRankGroup, log_rank, log_rank_among, log_rank_permutation};
pub use quantile::QuantileEstimate;
pub use restricted_mean::restricted_mean_difference;
