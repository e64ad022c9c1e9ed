//! Prometheus recording and alerting rules for the objectives of a book.
//!
//! Names and labels are Sloth's, so that its dashboards work. What differs:
//!
//! - `DIFFERS:` the period's error ratio weighs requests (Sloth's is the mean of 5-minute ratios, in which a quiet
//!   night weighs as much as a busy day).
//! - `DIFFERS:` a quiet service records nothing instead of NaN, which would poison the period.
//! - `DIFFERS:` one group an objective: within a group rules are evaluated in order at one instant, so an alert
//!   never looks at the ratio of the evaluation before.
//! - `DIFFERS:` one alert a row, so that a row may have a hold (`for`); thresholds are exact decimals.

mod expression;
mod yaml;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Serialize;
use slo_core::sli::NoDataPolicy;
use slo_core::{BILLION, Factor, Objective};

use crate::book::{Book, Method, Slo};
use crate::words::promql_length;
use expression::Expressions;

pub use expression::Buckets;

/// The rules of a book: what Prometheus calls a rule file.
#[derive(Debug, Serialize)]
pub struct RuleFile {
    /// One group an objective.
    pub groups: Vec<Group>,
}

/// Rules that are evaluated in order, at one instant.
#[derive(Debug, Serialize)]
pub struct Group {
    /// `evenkeel-slo-SERVICE-NAME`
    pub name: String,
    /// How often they are evaluated; Prometheus's own default when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// A recording or an alerting rule.
#[derive(Debug, Serialize)]
pub struct Rule {
    /// The series it records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The alert it raises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
    /// The expression.
    pub expr: String,
    /// How long it must hold.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// How long it goes on after it has cleared (Prometheus 2.42 and later).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_firing_for: Option<String>,
    /// Its labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<&'static str, String>,
    /// What people read.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<&'static str, String>,
}

impl RuleFile {
    /// The file as YAML.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        yaml::file(self)
    }
}

/// Prometheus evaluates rules so often where nobody says otherwise.
const USUAL_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// The longest distance of evaluations at which the period's ratio counts every event: the shortest window, since
/// each evaluation sees one such window.
#[must_use]
pub fn longest_interval(slo: &Slo) -> TimeDelta {
    slo.policy.windows().first().copied().unwrap_or(slo.policy.period())
}

/// The rules of one objective; `None` for a histogram without the bucket that stands for its threshold.
///
/// `interval` is at most [`longest_interval`]. Without one Prometheus decides, unless its usual minute is too long.
#[must_use]
pub fn group(slo: &Slo, buckets: Option<&Buckets>, interval: Option<TimeDelta>) -> Option<Group> {
    let writer = Writer { slo };
    let expressions = Expressions::new(&slo.indicator, buckets, writer.selector())?;
    let mut rules = expressions.preparations().map(|(name, expr)| writer.record(name, expr, &[])).collect::<Vec<_>>();
    let windows = slo.policy.windows();
    for window in &windows {
        rules.push(writer.ratio(*window, expressions.ratio(*window)));
    }
    let base = longest_interval(slo);
    let interval = interval.or(base_is_short(slo).then_some(base));
    let id = writer.selector();
    let (bad, total) =
        (format!("slo:sli_bad:rate{}", promql_length(base)), format!("slo:sli_total:rate{}", promql_length(base)));
    rules.push(writer.record(&bad, expressions.bad(base), &[]));
    rules.push(writer.record(&total, expressions.total(base), &[]));
    let period = promql_length(slo.policy.period());
    let over_period = format!("sum_over_time({bad}{id}[{period}])\n/\n(sum_over_time({total}{id}[{period}]) > 0)");
    rules.push(writer.ratio(slo.policy.period(), over_period));
    writer.about(base, &mut rules);
    rules.extend(slo.policy.rows().iter().map(|row| writer.alert(row)));
    Some(Group { name: format!("evenkeel-slo-{}", writer.id()), interval: interval.map(promql_length), rules })
}

/// What the rules of an objective cannot say.
#[must_use]
pub fn remarks(slo: &Slo, book: &Book) -> Vec<String> {
    let mut remarks: Vec<String> = slo
        .unreachable
        .iter()
        .map(|row| format!("row `{row}` of the policy can never fire at {} and is left out", slo.objective))
        .collect();
    if !slo.window.is_rolling() {
        let period = promql_length(slo.policy.period());
        remarks.push(format!(
            "the period is {}; these rules count a rolling {period} (`{}`)",
            slo.window,
            ratio_name(&period)
        ));
    }
    if book.maintenance.iter().any(|maintenance| maintenance.concerns(&slo.service)) {
        remarks.push("declared maintenance counts here; `evenkeel slo status` and the review leave it out".to_owned());
    }
    match slo.no_data {
        NoDataPolicy::Exclude => {}
        NoDataPolicy::CountGood => {
            remarks.push("scrapes without data are left out here, not counted as good".to_owned());
        }
        NoDataPolicy::CountBad => remarks.push("scrapes without data are left out here, not counted as bad".to_owned()),
    }
    if slo.gate.is_some() {
        remarks.push(
            "the low-traffic gate has no PromQL: of a quiet service a few failures can raise these alerts, where \
             `evenkeel slo status` holds them back"
                .to_owned(),
        );
    }
    remarks.extend(slo.unused.iter().cloned());
    if base_is_short(slo) {
        let base = promql_length(longest_interval(slo));
        remarks.push(format!(
            "evaluated every {base} unless `--interval` says less: the shortest window is shorter than Prometheus's \
             usual minute"
        ));
    }
    if slo.method != Method::Occurrences {
        remarks.push(format!("the budget counts slices ({}); these rules count events", slo.method.name()));
    }
    remarks
}

fn base_is_short(slo: &Slo) -> bool {
    longest_interval(slo) < USUAL_INTERVAL
}

struct Writer<'a> {
    slo: &'a Slo,
}

impl Writer<'_> {
    fn id(&self) -> String {
        format!("{}-{}", self.slo.service, self.slo.name)
    }

    /// `{sloth_id="..", sloth_service="..", sloth_slo=".."}`
    fn selector(&self) -> String {
        let pairs: Vec<_> = self.labels().iter().map(|(label, value)| format!("{label}={value:?}")).collect();
        format!("{{{}}}", pairs.join(","))
    }

    fn labels(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("sloth_id", self.id()),
            ("sloth_service", self.slo.service.clone()),
            ("sloth_slo", self.slo.name.clone()),
        ])
    }

    fn record(&self, name: &str, expr: String, more: &[(&'static str, String)]) -> Rule {
        let mut labels = self.labels();
        labels.extend(more.iter().cloned());
        let (alert, hold, keep_firing_for, annotations) = (None, None, None, BTreeMap::new());
        Rule { record: Some(name.to_owned()), alert, expr, hold, keep_firing_for, labels, annotations }
    }

    fn ratio(&self, window: TimeDelta, expr: String) -> Rule {
        let window = promql_length(window);
        self.record(&ratio_name(&window), expr, &[("sloth_window", window.clone())])
    }

    /// Sloth's series about the objective itself.
    fn about(&self, base: TimeDelta, rules: &mut Vec<Rule>) {
        let (slo, id) = (self.slo, self.selector());
        let period = slo.policy.period();
        let allowed = u64::from(slo.objective.allowed_parts_per_billion());
        let promised = u64::from(slo.objective.parts_per_billion());
        let days = decimal(u64::try_from(period.num_seconds()).unwrap_or(0), 86_400);
        let burn = |window: TimeDelta| {
            let ratio = ratio_name(&promql_length(window));
            format!("{ratio}{id}\n/ on(sloth_id, sloth_slo, sloth_service) group_left\nslo:error_budget:ratio{id}")
        };
        let series = [
            ("slo:objective:ratio", format!("vector({})", decimal(promised, u64::from(BILLION)))),
            ("slo:error_budget:ratio", format!("vector({})", decimal(allowed, u64::from(BILLION)))),
            ("slo:time_period:days", format!("vector({days})")),
            ("slo:current_burn_rate:ratio", burn(base)),
            ("slo:period_burn_rate:ratio", burn(period)),
            ("slo:period_error_budget_remaining:ratio", format!("1 - slo:period_burn_rate:ratio{id}")),
        ];
        rules.extend(series.into_iter().map(|(name, expr)| self.record(name, expr, &[])));
        let info = [
            ("sloth_mode", "evenkeel".to_owned()),
            ("sloth_objective", slo.objective.to_string().trim_end_matches('%').to_owned()),
            ("sloth_spec", "openslo/v1".to_owned()),
            ("sloth_version", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        rules.push(self.record("sloth_slo_info", "vector(1)".to_owned(), &info));
    }

    fn alert(&self, row: &slo_core::Row) -> Rule {
        let slo = self.slo;
        let id = self.selector();
        let bound = threshold(row.factor, slo.objective);
        let windows: Vec<_> = row
            .windows()
            .map(|window| {
                let ratio = ratio_name(&promql_length(window));
                format!("(max({ratio}{id}) without (sloth_window) > {bound})")
            })
            .collect();
        let mut labels = self.labels();
        labels.insert("sloth_severity", row.severity.to_string());
        labels.insert("severity", row.severity.to_string());
        labels.insert("evenkeel_row", row.name.clone());
        labels.values_mut().for_each(|value| *value = literal(value));
        let looked: Vec<_> = row.windows().map(promql_length).collect();
        let annotations = BTreeMap::from([
            (
                "title",
                literal(&format!(
                    "{}: the error budget burns at more than {} times the even rate",
                    slo.title, row.factor
                )),
            ),
            (
                "summary",
                literal(&format!(
                    "{} of {} (promise {}): errors above {} times the allowed ratio over {}",
                    slo.name,
                    slo.service,
                    slo.objective,
                    row.factor,
                    looked.join(" and ")
                )),
            ),
        ]);
        let length = |length: TimeDelta| (length > TimeDelta::zero()).then(|| promql_length(length));
        Rule {
            record: None,
            alert: Some(alert_name(&slo.name)),
            expr: windows.join("\nand\n"),
            hold: length(row.hold),
            keep_firing_for: length(slo.keep_firing),
            labels,
            annotations,
        }
    }
}

/// Text that Prometheus's templates of labels and annotations give back as it is.
fn literal(text: &str) -> String {
    text.replace("{{", "{{\"{{\"}}")
}

fn ratio_name(window: &str) -> String {
    format!("slo:sli_error:ratio_rate{window}")
}

/// `checkout-availability` as `CheckoutAvailabilityBudgetBurn`.
fn alert_name(slo: &str) -> String {
    let words = slo.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
    };
    words.map(capital).chain(["BudgetBurn".to_owned()]).collect()
}

/// Factor times allowed error ratio, exactly where the decimal ends, else to 17 significant digits.
fn threshold(factor: Factor, objective: Objective) -> String {
    // Two 32-bit numbers each: the products fit.
    let over = u64::from(factor.numerator()).saturating_mul(u64::from(objective.allowed_parts_per_billion()));
    let under = u64::from(factor.denominator()).saturating_mul(u64::from(BILLION));
    decimal(over, under)
}

/// `over / under` as a decimal: exact when it ends, else rounded down to 20 significant digits, more than a float
/// of Prometheus holds.
fn decimal(over: u64, under: u64) -> String {
    const SIGNIFICANT: usize = 20;
    let under = u128::from(under.max(1));
    let mut rest = u128::from(over);
    let whole = rest.checked_div(under).unwrap_or(0);
    rest = rest.checked_rem(under).unwrap_or(0);
    let mut text = whole.to_string();
    let mut significant = if whole == 0 { 0 } else { text.len() };
    if rest > 0 {
        text.push('.');
    }
    while rest > 0 && significant < SIGNIFICANT {
        rest = rest.saturating_mul(10);
        let digit = rest.checked_div(under).unwrap_or(0);
        rest = rest.checked_rem(under).unwrap_or(0);
        text.push_str(&digit.to_string());
        if significant > 0 || digit > 0 {
            significant = significant.saturating_add(1);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_exact_decimals() {
        let text = |factor: &str, objective: &str| threshold(factor.parse().unwrap(), objective.parse().unwrap());
        assert_eq!(text("14.4", "99.9%"), "0.0144");
        assert_eq!(text("14.4", "99.5%"), "0.072");
        assert_eq!(text("1", "99.9999999%"), "0.000000001");
        // 14/15 of a thousandth does not end; a float holds 17 of these digits.
        assert_eq!(text("14/15", "99.9%"), "0.00093333333333333333333");
        assert_eq!(text("14/15", "99.9%").parse::<f64>().unwrap(), 14.0 / 15.0 / 1_000.0);
        assert_eq!(decimal(3, 1), "3");
        assert_eq!(decimal(1, 2), "0.5");
    }

    #[test]
    fn alert_names_are_words_that_prometheus_takes() {
        assert_eq!(alert_name("checkout-availability"), "CheckoutAvailabilityBudgetBurn");
        assert_eq!(alert_name("search-latency-300ms"), "SearchLatency300msBudgetBurn");
    }
}
