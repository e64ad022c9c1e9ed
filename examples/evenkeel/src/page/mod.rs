//! The review as one HTML file: no script, no request, light and dark, for phone, desk and paper.
//!
//! The page answers "must we act?" in its first sentence, then gives decisions, a strip of all objectives with the
//! worst first, a part for each, and the method at the foot. Charts are inline SVG drawn here; all text from outside
//! is escaped by the template engine, and its direction kept to itself.

mod alerts_axis;
mod axis;
mod burn_down;
mod burn_rates;
mod draw;
mod finding;
mod input;
mod labels;
mod oncall;
mod part;
mod scale;
mod sparkline;
mod text;
mod thin;
mod view;
mod words;

use askama::Template;
use chrono_tz::Tz;

use crate::review::report::Report;

pub use oncall::{PlanFacts, PlanLevel, plan_page, plan_svg};

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The report's zone is not in the IANA database.
    #[error("time zone `{given}` is not in the IANA database")]
    UnknownZone {
        /// As it stands in the report.
        given: String,
    },
    /// The template engine gave up; it says why.
    #[error("the page could not be written: {0}")]
    Template(#[from] askama::Error),
}

/// The page of a report, complete from doctype to end.
///
/// # Errors
/// [`Error::UnknownZone`] when the report's zone is unknown.
pub fn render(report: &Report) -> Result<String, Error> {
    let zone: Tz = report.zone.parse().map_err(|_| Error::UnknownZone { given: report.zone.clone() })?;
    Ok(view::Page::new(&input::fit_to_show(report), zone).render()?)
}
