//! From OpenSLO's metrics to indicators over series.

use slo_core::openslo::{Metric, MetricSource, Operator, Part, SloObjective};

use super::slo::Files;
use crate::fault::Fault;
use crate::indicator::{Comparison, Indicator};
use crate::metrics::selector::Selector;

/// A gauge of that name holds the instant of the last refresh, of which the age is meant.
const INSTANT: &str = "_timestamp_seconds";

/// The indicator of an objective.
pub(super) fn indicator(
    files: &Files,
    name: &str,
    metric: &Metric,
    objective: &SloObjective,
) -> Result<Indicator, Fault> {
    let fault = |message: &str| files.fault_at(of_document(name), message).at_path(name);
    match metric {
        Metric::Ratio { part, total, .. } => {
            let total = selector(files, name, total)?;
            Ok(match part {
                Part::Good(good) => Indicator::Good { good: selector(files, name, good)?, total },
                Part::Bad(bad) => Indicator::Bad { bad: selector(files, name, bad)?, total },
            })
        }
        Metric::Raw { .. } => Err(fault(
            "a raw ratio has lost its counts, and with them what it is worth; give `good` or `bad`, and `total`",
        )),
        Metric::Threshold(source) => {
            let selector = selector(files, name, source)?;
            let (operator, value) =
                objective.threshold().ok_or_else(|| fault("a threshold metric needs `op` and `value`"))?;
            let (test, threshold) = (comparison(operator), value.value());
            let named = |end| selector.name().is_some_and(|name| name.ends_with(end));
            if !named("_bucket") {
                let age = named(INSTANT);
                return Ok(Indicator::Gauge { gauge: selector, test, threshold, age });
            }
            match test {
                Comparison::Lte => Ok(Indicator::Histogram { buckets: selector, threshold, above_is_good: false }),
                Comparison::Gt => Ok(Indicator::Histogram { buckets: selector, threshold, above_is_good: true }),
                Comparison::Lt | Comparison::Gte => {
                    Err(fault("buckets of a histogram hold their upper bound; use `op: lte` or `op: gt`"))
                }
            }
        }
    }
}

/// The series selector of a metric source.
fn selector(files: &Files, name: &str, source: &MetricSource) -> Result<Selector, Fault> {
    if let Some(kind) = source.kind().filter(|kind| !kind.eq_ignore_ascii_case("prometheus")) {
        let message = format!("metric source `{kind}` is not `Prometheus`, the one that is read here");
        return Err(files.fault_at(kind, message).at_path(name));
    }
    let Some(query) = source.spec().get("query") else {
        return Err(files
            .fault_at(of_document(name), "a metric source of Prometheus needs `spec.query`")
            .at_path(name));
    };
    query.parse().map_err(|why: String| files.fault_at_any(&[query.trim(), of_document(name)], why).at_path(name))
}

/// The name in OpenSLO of an objective that may be numbered.
fn of_document(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((document, number)) if number.parse::<usize>().is_ok() => document,
        _ => name,
    }
}

/// An operator of OpenSLO as one that compares.
#[must_use]
pub const fn comparison(operator: Operator) -> Comparison {
    match operator {
        Operator::Above => Comparison::Gt,
        Operator::AtLeast => Comparison::Gte,
        Operator::Below => Comparison::Lt,
        Operator::AtMost => Comparison::Lte,
    }
}
