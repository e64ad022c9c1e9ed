//! What comes in, made fit to be shown: done once for the whole report, so that no chart can forget it.

use super::text;
use crate::review::report::Report;

/// The report with its text cleaned, its points in order, without those that are no numbers or from before the period.
pub(super) fn fit_to_show(report: &Report) -> Report {
    let mut report = report.clone();
    let fix = |text: &mut String| *text = text::clean(text);
    [&mut report.title, &mut report.zone, &mut report.headline].into_iter().for_each(fix);
    report.method.iter_mut().for_each(fix);
    for decision in &mut report.decisions {
        [&mut decision.slo, &mut decision.action, &mut decision.evidence].into_iter().for_each(fix);
        decision.owner.iter_mut().for_each(fix);
    }
    for incident in &mut report.incidents {
        [&mut incident.service, &mut incident.severity, &mut incident.title].into_iter().for_each(fix);
    }
    for slo in &mut report.slos {
        [&mut slo.name, &mut slo.service, &mut slo.title, &mut slo.objective, &mut slo.kind].into_iter().for_each(fix);
        [&mut slo.method, &mut slo.unit, &mut slo.period, &mut slo.summary].into_iter().for_each(fix);
        [&mut slo.description, &mut slo.owner, &mut slo.forecast_note].into_iter().flatten().for_each(fix);
        slo.notes.iter_mut().for_each(fix);
        // A history may be longer than the period: what came before it is no part of what the page shows.
        slo.burn_down.retain(|point| point.remaining.is_finite() && point.at >= slo.period_start);
        slo.burn_down.sort_by_key(|point| point.at);
        if let Some(forecast) = &mut slo.forecast {
            forecast
                .band
                .retain(|point| [point.lower, point.median, point.upper].iter().all(|share| share.is_finite()));
            forecast.band.sort_by_key(|point| point.at);
        }
        for burn in slo.rows.iter_mut().flat_map(|row| [&mut row.long_burn, &mut row.short_burn]) {
            *burn = burn.filter(|burn| burn.is_finite());
        }
        for row in &mut slo.rows {
            [&mut row.name, &mut row.severity, &mut row.reason].into_iter().for_each(fix);
        }
        for alert in &mut slo.alerts {
            [&mut alert.row, &mut alert.severity].into_iter().for_each(fix);
        }
    }
    report
}
