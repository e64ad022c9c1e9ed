//! One objective: its line in the strip and its part of the page.

use chrono::{DateTime, Utc};

use super::alerts_axis::AlertsAxis;
use super::burn_down::BurnDown;
use super::burn_rates::{self, BurnRates};
use super::sparkline::Sparkline;
use super::text;
use super::view::Shown;
use super::words::{self, Clock};
use crate::review::report::{BandPoint, ForecastReport, Report, SloReport, Standing};

/// One objective.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) index: usize,
    pub(super) title: String,
    pub(super) service: String,
    pub(super) promise: String,
    pub(super) description: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) standing: Shown,
    /// Good ones are folded on the screen.
    pub(super) folded: bool,
    pub(super) summary: String,
    pub(super) left: String,
    /// Whether `left` is a number.
    pub(super) known: bool,
    pub(super) overspent: bool,
    /// The burn rate nearest to firing, and its window.
    pub(super) rate: Option<(String, String)>,
    /// Why there is none.
    pub(super) no_rate: &'static str,
    pub(super) ends: String,
    /// Whether `ends` is an instant.
    pub(super) dated: bool,
    pub(super) sparkline: Option<Sparkline>,
    pub(super) facts: Vec<Fact>,
    pub(super) forecast: Option<String>,
    pub(super) notes: Vec<String>,
    pub(super) burn_down: BurnDown,
    pub(super) burn_rates: BurnRates,
    pub(super) alerts: AlertsAxis,
}

/// A figure with its name.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) beside: Option<String>,
}

const TOO_LITTLE: &str = "not enough data";

impl Part {
    pub(super) fn new(index: usize, slo: &SloReport, report: &Report, clock: &Clock, floor: f64, columns: f64) -> Self {
        let burn_down = BurnDown::new(slo, &report.incidents, clock, report.now, columns);
        let alerts = AlertsAxis::new(slo, clock, report.now, burn_down.shown);
        let ratio = slo.budget.as_ref().map(|budget| budget.remaining_ratio).filter(|ratio| ratio.is_finite());
        Self {
            index,
            title: slo.title.clone(),
            service: slo.service.clone(),
            promise: format!(
                "{} {} over {}",
                text::isolate(&spaced(&slo.objective)),
                text::isolate(&slo.kind),
                text::isolate(&slo.period)
            ),
            description: slo.description.clone().filter(|text| !text.is_empty()),
            owner: slo.owner.clone(),
            standing: Shown::new(slo.standing),
            folded: slo.standing == Standing::Good,
            summary: slo.summary.clone(),
            left: ratio.map_or_else(|| TOO_LITTLE.to_owned(), words::percent),
            known: ratio.is_some(),
            overspent: ratio.is_some_and(|ratio| ratio < 0.0),
            rate: burn_rates::fastest(&slo.rows)
                .map(|(burn, seconds)| (words::times(burn), format!("over {}", words::duration(seconds)))),
            no_rate: if slo.rows.is_empty() { "no alert policy" } else { TOO_LITTLE },
            ends: ends(slo, ratio, clock, report),
            dated: ratio.is_none_or(|ratio| ratio > 0.0) && slo.forecast.as_ref().is_some_and(|f| f.median.is_some()),
            sparkline: Sparkline::new(slo, floor),
            facts: facts(slo),
            forecast: forecast(slo, ratio, clock, report.now),
            notes: slo.notes.clone(),
            burn_down,
            burn_rates: BurnRates::new(slo),
            alerts,
        }
    }
}

/// `99.9 %` for `99.9%`.
fn spaced(objective: &str) -> String {
    objective.strip_suffix('%').map_or_else(|| objective.to_owned(), |number| format!("{}\u{a0}%", number.trim_end()))
}

fn ends(slo: &SloReport, ratio: Option<f64>, clock: &Clock, report: &Report) -> String {
    match (ratio, slo.forecast.as_ref()) {
        (Some(ratio), _) if ratio <= 0.0 => "spent".to_owned(),
        (_, None) => TOO_LITTLE.to_owned(),
        (_, Some(forecast)) => match forecast.median {
            Some(at) => clock.beside(at, report.now),
            None => "not in sight".to_owned(),
        },
    }
}

fn facts(slo: &SloReport) -> Vec<Fact> {
    // Large type on a phone: the unit may go to the next line.
    let amount = |number: u64| words::amount(number, &slo.unit).replace('\u{a0}', " ");
    let share = |part: u64, whole: u64| {
        let (part, whole) = (u32::try_from(part).ok()?, u32::try_from(whole).ok()?);
        (whole > 0).then(|| words::percent(f64::from(part) / f64::from(whole)))
    };
    let mut facts = Vec::new();
    if let Some(budget) = &slo.budget {
        let ratio = Some(budget.remaining_ratio).filter(|ratio| ratio.is_finite());
        facts.push(if budget.overspent > 0 {
            Fact {
                name: "Overspent by",
                value: amount(budget.overspent),
                beside: ratio.map(|ratio| format!("{} of the budget", words::over(ratio))),
            }
        } else {
            Fact {
                name: "Budget left",
                value: amount(budget.remaining),
                beside: ratio.map(|ratio| format!("{} of the budget", words::percent(ratio))),
            }
        });
        facts.push(Fact { name: "Allowed", value: amount(budget.allowed), beside: None });
    }
    let bounds = slo.bad_bounds.map(|(low, high)| format!("between {} and {}", words::whole(low), words::whole(high)));
    if slo.total > 0 {
        facts.push(Fact {
            name: "Bad",
            value: amount(slo.bad),
            beside: bounds.or_else(|| share(slo.bad, slo.total).map(|share| format!("{share} of all"))),
        });
    }
    let counted = if slo.total > 0 { amount(slo.total) } else { "nothing".to_owned() };
    facts.push(Fact { name: "Counted", value: counted, beside: None });
    if let Some(safe) = slo.forecast.as_ref().and_then(|forecast| forecast.safe_to_spend) {
        facts.push(Fact {
            name: "Safe to spend",
            value: amount(safe),
            beside: Some("until the period ends".to_owned()),
        });
    }
    facts
}

/// The forecast in words, with its interval and what it rests on.
fn forecast(slo: &SloReport, ratio: Option<f64>, clock: &Clock, now: DateTime<Utc>) -> Option<String> {
    // The note is a sentence of its own here.
    let sentence =
        |note: &String| note.chars().take(1).flat_map(char::to_uppercase).chain(note.chars().skip(1)).collect();
    let note: Option<String> = slo.forecast_note.as_ref().filter(|note| !note.is_empty()).map(sentence);
    let said = match &slo.forecast {
        forecast if ratio.is_some_and(|ratio| ratio <= 0.0) => Some(spent(slo, forecast.as_ref(), clock, now)),
        Some(forecast) => Some(spoken(forecast, clock)),
        None if note.is_none() => Some(format!("None: {TOO_LITTLE}.")),
        None => None,
    };
    let both: Vec<String> = [said, note].into_iter().flatten().collect();
    (!both.is_empty()).then(|| both.join(" "))
}

/// When a spent budget is above zero again.
fn spent(slo: &SloReport, forecast: Option<&ForecastReport>, clock: &Clock, now: DateTime<Utc>) -> String {
    if slo.period_end > now {
        return format!(
            "The budget is spent; the next period, with a new one, begins on {}.",
            clock.long(slo.period_end)
        );
    }
    let band = forecast.map_or(&[][..], |forecast| &forecast.band);
    let (Some(forecast), Some(last)) = (forecast, band.last()) else {
        return "The budget is spent; it comes back as what spent it leaves the period.".to_owned();
    };
    let basis = basis(forecast);
    let back = |share: fn(&BandPoint) -> f64| band.iter().find(|point| share(point) > 0.0).map(|point| point.at);
    let Some(median) = back(|point| point.median) else {
        let until = clock.long(last.at);
        return format!("The budget is spent, and not back above 0 by {until} if the current rate goes on {basis}.");
    };
    let early = back(|point| point.upper).filter(|early| *early < median);
    let range = match (early, back(|point| point.lower).filter(|late| *late > median)) {
        (Some(early), Some(late)) => format!(", between {} and {}", clock.short(early), clock.short(late)),
        (Some(early), None) => format!(", not before {}", clock.short(early)),
        (None, Some(late)) => format!(", by {}", clock.short(late)),
        (None, None) => String::new(),
    };
    let median = clock.long(median);
    format!("The budget is spent; back above 0 about {median}{range}, if the current rate goes on {basis}.")
}

/// `(80 % interval, n = 288 buckets of history)`
fn basis(forecast: &ForecastReport) -> String {
    let level = words::percent(forecast.level);
    format!("({level} interval, n\u{a0}=\u{a0}{} buckets of history)", forecast.n)
}

fn spoken(forecast: &ForecastReport, clock: &Clock) -> String {
    let basis = basis(forecast);
    let range = match (forecast.earliest, forecast.latest) {
        (Some(early), Some(late)) => Some(format!("between {} and {}", clock.short(early), clock.short(late))),
        (Some(early), None) => Some(format!("not before {}", clock.short(early))),
        (None, Some(late)) => Some(format!("before {}", clock.short(late))),
        (None, None) => None,
    };
    match (forecast.median, range) {
        (Some(median), Some(range)) => {
            format!("At the current rate the budget ends on {}, {range} {basis}.", clock.long(median))
        }
        (Some(median), None) => format!("At the current rate the budget ends on {} {basis}.", clock.long(median)),
        (None, Some(range)) => {
            format!(
                "At the current rate the budget is not expected to end within the horizon; if it does, {range} {basis}."
            )
        }
        (None, None) => format!("At the current rate the budget does not end within the horizon {basis}."),
    }
}
