//! Error ratios of an indicator in PromQL.

use chrono::TimeDelta;

use crate::indicator::{Comparison, Indicator};
use crate::metrics::Metrics;
use crate::metrics::selector::Selector;
use crate::words::promql_length;

/// The bound of a histogram's bucket that stands for a threshold, as its label `le` has it.
#[derive(Debug, Clone)]
pub struct Buckets {
    le: String,
}

impl Buckets {
    /// The bound that a threshold stands between or at: the one below it where fast is good, so that what may have
    /// been slow counts as bad; the one above it where slow is good. `None` when `metrics` holds no such bucket.
    #[must_use]
    pub fn find(metrics: &Metrics, buckets: &Selector, threshold: f64, above_is_good: bool) -> Option<Self> {
        let bounds = metrics.select(buckets).filter_map(|series| {
            let le = series.labels.get("le")?;
            let bound: f64 = if le == "+Inf" { f64::INFINITY } else { le.parse().ok()? };
            let fits = if above_is_good { bound >= threshold } else { bound <= threshold };
            fits.then(|| (bound, le.clone()))
        });
        let closest = if above_is_good {
            bounds.min_by(|a, b| a.0.total_cmp(&b.0))
        } else {
            bounds.max_by(|a, b| a.0.total_cmp(&b.0))
        };
        closest.map(|(_, le)| Self { le })
    }
}

/// How bad and all events are asked for.
#[derive(Debug, Clone)]
pub(super) struct Expressions {
    form: Form,
    /// Selects what the objective itself records.
    id: String,
}

#[derive(Debug, Clone)]
enum Form {
    /// Counters: all less the good ones.
    Less { good: String, total: String },
    /// Counters: the bad ones.
    Of { bad: String, total: String },
    /// Each evaluation is a check: whether it is bad, and how many series there are.
    Checks { bad: String, total: String },
}

/// The series that hold the checks of an evaluation.
const BAD_CHECKS: &str = "slo:sli_check:bad";
const ALL_CHECKS: &str = "slo:sli_check:total";

impl Expressions {
    /// The expressions of an indicator; `buckets` is needed for a histogram, and `id` selects what the objective
    /// itself records.
    #[must_use]
    pub(super) fn new(indicator: &Indicator, buckets: Option<&Buckets>, id: String) -> Option<Self> {
        let text = |selector: &Selector| selector.as_str().to_owned();
        let form = match indicator {
            Indicator::Good { good, total } => Form::Less { good: text(good), total: text(total) },
            Indicator::Bad { bad, total } => Form::Of { bad: text(bad), total: text(total) },
            Indicator::Histogram { buckets: selector, above_is_good, .. } => {
                let at = with_le(selector.as_str(), &buckets?.le);
                let total = with_le(selector.as_str(), "+Inf");
                if *above_is_good { Form::Of { bad: at, total } } else { Form::Less { good: at, total } }
            }
            Indicator::Gauge { gauge, test, threshold, age } => {
                let value = if *age { format!("(time() - {gauge})") } else { gauge.to_string() };
                let bad = format!("sum({value} {} bool {threshold})", opposite(*test).promql());
                Form::Checks { bad, total: format!("count({gauge})") }
            }
        };
        Some(Self { form, id })
    }

    /// Series to record first.
    pub(super) fn preparations(&self) -> impl Iterator<Item = (&'static str, String)> {
        let checks = match &self.form {
            Form::Checks { bad, total } => vec![(BAD_CHECKS, bad.clone()), (ALL_CHECKS, total.clone())],
            Form::Less { .. } | Form::Of { .. } => Vec::new(),
        };
        checks.into_iter()
    }

    /// Bad events a second over `window`; for checks, bad ones an evaluation.
    #[must_use]
    pub(super) fn bad(&self, window: TimeDelta) -> String {
        let window = promql_length(window);
        match &self.form {
            // A service that never failed may have no series of failures.
            Form::Of { bad, .. } => format!("(sum(rate({bad}[{window}])) or vector(0))"),
            Form::Less { good, total } => {
                format!("(sum(rate({total}[{window}])) - (sum(rate({good}[{window}])) or vector(0)))")
            }
            Form::Checks { .. } => format!("avg_over_time({BAD_CHECKS}{}[{window}])", self.id),
        }
    }

    /// All events a second over `window`.
    #[must_use]
    pub(super) fn total(&self, window: TimeDelta) -> String {
        let window = promql_length(window);
        match &self.form {
            Form::Of { total, .. } | Form::Less { total, .. } => format!("sum(rate({total}[{window}]))"),
            Form::Checks { .. } => format!("avg_over_time({ALL_CHECKS}{}[{window}])", self.id),
        }
    }

    /// The error ratio over `window`; nothing without events.
    #[must_use]
    pub(super) fn ratio(&self, window: TimeDelta) -> String {
        format!("{}\n/\n({} > 0)", self.bad(window), self.total(window))
    }
}

/// A selector with one more matcher.
fn with_le(selector: &str, le: &str) -> String {
    match selector.strip_suffix('}') {
        Some(open) => {
            let open = open.trim_end().trim_end_matches(',');
            let comma = if open.ends_with('{') { "" } else { "," };
            format!("{open}{comma}le={le:?}}}")
        }
        None => format!("{selector}{{le={le:?}}}"),
    }
}

const fn opposite(test: Comparison) -> Comparison {
    match test {
        Comparison::Lte => Comparison::Gt,
        Comparison::Lt => Comparison::Gte,
        Comparison::Gte => Comparison::Lt,
        Comparison::Gt => Comparison::Lte,
    }
}
