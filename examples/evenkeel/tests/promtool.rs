//! The generated rules in the hands of Prometheus's own tool.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_wrap,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use std::path::Path;
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use common::{Folder, SLO, run, sample_book};
use slo_core::{
    Alert, AlertRule, AlertState, BurnTracker, Counts, NoDataRule, Objective, Policy, Resolution, TrackerPlan,
};

/// Whether promtool is there; says so in one line when it is not.
fn promtool() -> bool {
    let found = Command::new("promtool").arg("--version").output().is_ok();
    if !found {
        println!("skipped: checking rules needs `promtool` (Debian: apt-get install prometheus)");
    }
    found
}

fn promtool_says(arguments: &[&str], folder: &Path) {
    let output = Command::new("promtool").args(arguments).current_dir(folder).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "promtool {arguments:?}:\n{out}\n{err}");
}

#[test]
fn promtool_accepts_the_rules_of_the_sample_book() {
    if !promtool() {
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("rules.yaml");
    let book = sample_book();
    let written = run(&["slo", "rules", book.to_str().unwrap(), "-o", file.to_str().unwrap(), "--interval", "5s"]);
    assert_eq!(written.code, 0, "{}", written.err);
    promtool_says(&["check", "rules", "rules.yaml"], folder.path());
}

const STEP: i64 = 15;
const POLICY: &str = r#"
name = "aligned"
period = 86400
[[rows]]
name = "quick"
severity = "page"
factor = "14.4"
long = 600
short = 60
[[rows]]
name = "held"
severity = "page"
factor = "6"
long = 1800
short = 300
hold = 120
[[rows]]
name = "slow"
severity = "ticket"
factor = "14/15"
long = 3600
short = 600
"#;

/// Three hours of a service: `(good, bad)` a scrape. A burst of errors, an outage, a slow burn, a silence.
fn history() -> Vec<(u64, u64)> {
    let mut state = 7_u64;
    let mut chance = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % 1_000
    };
    let tick = |index: i64| {
        let minute = index * STEP / 60;
        let requests = if (120..132).contains(&minute) { 0 } else { 53 + chance() % 40 };
        let per_mille = match minute {
            30..35 => 200,
            60..62 => 1_000,
            80..115 => 60,
            _ => 3,
        };
        let bad = (0..requests).filter(|_| chance() < per_mille).count() as u64;
        (requests - bad, bad)
    };
    (0..3 * 3_600 / STEP).map(tick).collect()
}

/// Raw counters: they begin far above 0 and start again at 0 at one scrape.
fn counters(history: &[(u64, u64)], part: impl Fn(&(u64, u64)) -> u64) -> String {
    let mut raw = 1_000_000;
    let mut values = Vec::new();
    for (index, tick) in history.iter().enumerate() {
        if index == 280 {
            raw = 0;
        }
        raw += if index == 0 { 0 } else { part(tick) };
        values.push(raw.to_string());
    }
    values.join(" ")
}

/// At each scrape, for each row, whether its alert fires: by the tracker and the alert machine of slo-core.
fn expected(history: &[(u64, u64)], policy: &Policy, objective: Objective) -> Vec<Vec<bool>> {
    let plan = TrackerPlan::new(objective, policy).unwrap();
    let plan = plan.with_resolution(Resolution::Exact { most_samples: 10_000 }).unwrap();
    let mut tracker = BurnTracker::with_plan(plan.into());
    // Without data Prometheus has no ratio to compare, and resolves.
    let rule = |row| AlertRule::for_row(row, TimeDelta::zero()).unwrap().with_no_data(NoDataRule::Resolve);
    let mut alerts: Vec<_> = policy.rows().iter().map(|row| Alert::new(rule(row))).collect();
    let mut ticks = Vec::new();
    for (index, (good, bad)) in history.iter().enumerate() {
        let at: DateTime<Utc> = DateTime::UNIX_EPOCH + TimeDelta::seconds(index as i64 * STEP);
        let counts = if index == 0 { Counts::ZERO } else { Counts::from_bad(*bad, good + bad).unwrap() };
        tracker.observe(at, counts).unwrap();
        let evaluation = tracker.evaluate(at).unwrap();
        let mut firing = Vec::new();
        for (row, alert) in evaluation.rows().zip(&mut alerts) {
            for window in row.row.windows() {
                // At equality floats decide by their last bit; the series must not rest on that.
                let counts = evaluation.counts(window).unwrap();
                let (factor, allowed) = (row.row.factor, u128::from(objective.allowed_parts_per_billion()));
                let over = u128::from(counts.total()) * u128::from(factor.numerator()) * allowed;
                let bad = u128::from(counts.bad()) * u128::from(factor.denominator()) * 1_000_000_000;
                assert!(counts.is_empty() || bad != over, "equality at {at}");
            }
            alert.handle(at, row.verdict.condition()).unwrap();
            firing.push(alert.state() == AlertState::Firing);
        }
        ticks.push(firing);
    }
    ticks
}

/// Prometheus's `rate` stretches what it saw towards the ends of its window. Here every evaluation falls on a
/// scrape and every window is a whole number of scrapes, so samples lie on both ends and nothing is stretched; at
/// the start of the series, where a window is not full yet, good and all are stretched alike and their ratio stays,
/// since the counters begin too far above 0 for the stretch to be cut there. (Prometheus 3 leaves out a sample at
/// the very start of a window: there windows see one scrape less.)
#[test]
fn the_alerts_fire_exactly_when_the_tracker_does() {
    if !promtool() {
        return;
    }
    let by_code = |part: &str, query: &str| {
        SLO.replace("good:", part)
            .replace("good{service=\"web\"}", query)
            .replace("total{service=\"web\"}", "http_requests_total{service=\"web\"}")
    };
    let forms = [
        by_code("good:", "http_requests_total{service=\"web\",code!~\"5..\"}"),
        by_code("bad:", "http_requests_total{service=\"web\",code=~\"5..\"}"),
    ];
    let history = history();
    let policy: Policy = toml::from_str(POLICY).unwrap();
    let expected = expected(&history, &policy, "99%".parse().unwrap());
    for row in 0..policy.rows().len() {
        let starts = expected.windows(2).filter(|pair| !pair[0][row] && pair[1][row]).count();
        assert!(starts > 0, "row {row} never fires: the case shows nothing");
    }
    for form in forms {
        let folder = Folder::book("");
        folder.write("slo.yaml", form);
        folder.write("policy.toml", POLICY);
        folder.write("evenkeel.toml", "slos = [\"slo.yaml\"]\n[policy]\nfile = \"policy.toml\"\n");
        let rules = folder.json(&["slo", "rules"], 0);
        let file = folder.path("rules.yaml");
        let written = folder.run(&["slo", "rules", "-o", file.to_str().unwrap()]);
        assert_eq!(written.code, 0, "{}", written.err);
        folder.write("test.json", case(&rules, &history, &expected).to_string());
        promtool_says(&["test", "rules", "test.json"], &folder.path(""));

        // And the test can fail: one alert more than there is.
        let mut wrong = expected.clone();
        wrong[10][0] = true;
        folder.write("wrong.json", case(&rules, &history, &wrong).to_string());
        let output =
            Command::new("promtool").args(["test", "rules", "wrong.json"]).current_dir(folder.path("")).output();
        assert!(!output.unwrap().status.success());
    }
}

/// A unit test for promtool, as JSON, which is YAML: at each scrape the alerts that fire.
fn case(rules: &serde_json::Value, history: &[(u64, u64)], expected: &[Vec<bool>]) -> serde_json::Value {
    let all = rules["groups"][0]["rules"].as_array().unwrap();
    let alerts: Vec<_> = all.iter().filter(|rule| rule["alert"].is_string()).collect();
    let name = alerts[0]["alert"].clone();
    let ticks = expected.iter().enumerate().map(|(index, firing)| {
        let firing = alerts.iter().zip(firing).filter(|(_, firing)| **firing);
        let firing: Vec<_> = firing
            .map(|(rule, _)| serde_json::json!({"exp_labels": rule["labels"], "exp_annotations": rule["annotations"]}))
            .collect();
        serde_json::json!({"eval_time": format!("{}s", index as i64 * STEP), "alertname": name, "exp_alerts": firing})
    });
    let exactly = |expr: &str, value: f64| {
        let labels = "{sloth_id=\"web-web-availability\", sloth_service=\"web\", sloth_slo=\"web-availability\"}";
        let samples = serde_json::json!([{"labels": format!("{expr}{labels}"), "value": value}]);
        serde_json::json!({"expr": expr, "eval_time": "3h", "exp_samples": samples})
    };
    serde_json::json!({
        "rule_files": ["rules.yaml"],
        "evaluation_interval": format!("{STEP}s"),
        "tests": [{
            "interval": format!("{STEP}s"),
            "input_series": [
                {"series": "http_requests_total{service=\"web\",code=\"200\"}", "values": counters(history, |tick| tick.0)},
                {"series": "http_requests_total{service=\"web\",code=\"500\"}", "values": counters(history, |tick| tick.1)},
            ],
            "alert_rule_test": ticks.collect::<Vec<_>>(),
            "promql_expr_test": [exactly("slo:objective:ratio", 0.99), exactly("slo:error_budget:ratio", 0.01)],
        }],
    })
}

#[test]
fn the_period_weighs_requests_not_minutes() {
    if !promtool() {
        return;
    }
    // An hour of 1,000 requests a scrape without errors, an hour of 1 a scrape that all fail: 1 in 1,001, not 1 in 2.
    let folder = Folder::book("");
    let query = |name: &str, series: &str| SLO.replace(name, series);
    folder.write("slo.yaml", query("good{service=\"web\"}", "good").replace("total{service=\"web\"}", "total"));
    folder.write("policy.toml", POLICY);
    folder.write("evenkeel.toml", "slos = [\"slo.yaml\"]\n[policy]\nfile = \"policy.toml\"\n");
    let file = folder.path("rules.yaml");
    assert_eq!(folder.run(&["slo", "rules", "-o", file.to_str().unwrap()]).code, 0);
    let raw = |busy: u64, quiet: u64| {
        let mut sum = 1_000_000;
        let steps = (0..480).map(|index| {
            sum += if index < 240 { busy } else { quiet };
            sum.to_string()
        });
        steps.collect::<Vec<_>>().join(" ")
    };
    let near = "slo:sli_error:ratio_rate1d > bool 0.00099 and slo:sli_error:ratio_rate1d < 0.00101";
    let labels = "{sloth_id=\"web-web-availability\", sloth_service=\"web\", sloth_slo=\"web-availability\", sloth_window=\"1d\"}";
    let case = serde_json::json!({
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "15s",
        "tests": [{
            "interval": "15s",
            "input_series": [
                {"series": "good", "values": raw(1_000, 0)},
                {"series": "total", "values": raw(1_000, 1)},
            ],
            "promql_expr_test": [{"expr": near, "eval_time": "2h", "exp_samples": [{"labels": labels, "value": 1}]}],
        }],
    });
    folder.write("test.json", case.to_string());
    promtool_says(&["test", "rules", "test.json"], &folder.path(""));
}

#[test]
fn names_are_no_templates_and_short_windows_are_evaluated_often_enough() {
    let folder = Folder::book("");
    let nasty = r#"a {{ b }} and {{ .Values }} and {{{{"#;
    let named = format!("{{name: web-availability, displayName: '{nasty}'}}");
    let slo = SLO.replace("good{service=\"web\"}", "good").replace("total{service=\"web\"}", "total");
    folder.write("slo.yaml", slo.replace("{name: web-availability}", &named));
    folder.write(
        "policy.toml",
        POLICY.replace("short = 60\n", "short = 30\n").replace("\"quick\"", "'quick {{ $value }}'"),
    );
    folder.write("evenkeel.toml", "slos = [\"slo.yaml\"]\n[policy]\nfile = \"policy.toml\"\n");
    let rules = folder.json(&["slo", "rules"], 0);
    assert_eq!(rules["groups"][0]["interval"], "30s", "the shortest window");
    assert!(rules["notes"].to_string().contains("evaluated every 30s"), "{}", rules["notes"]);
    assert_eq!(folder.json(&["slo", "rules", "--interval", "5s"], 0)["groups"][0]["interval"], "5s");
    if !promtool() {
        return;
    }
    let file = folder.path("rules.yaml");
    assert_eq!(folder.run(&["slo", "rules", "-o", file.to_str().unwrap()]).code, 0);
    promtool_says(&["check", "rules", "rules.yaml"], &folder.path(""));
    // All requests fail: the alert's title is the name as written, and every event is counted in the period though
    // the usual interval would leave gaps.
    let raw =
        |per_scrape: u64| (0..480).map(|index| (1_000 + index * per_scrape).to_string()).collect::<Vec<_>>().join(" ");
    let title = |factor: &str| format!("{nasty}: the error budget burns at more than {factor} times the even rate");
    let summary = |factor: &str, windows: &str| {
        format!("web-availability of web (promise 99%): errors above {factor} times the allowed ratio over {windows}")
    };
    let alert = |row: &str, severity: &str, factor: &str, windows: &str| {
        serde_json::json!({
            "exp_labels": {
                "severity": severity, "sloth_severity": severity, "evenkeel_row": row, "sloth_id": "web-web-availability",
                "sloth_service": "web", "sloth_slo": "web-availability",
            },
            "exp_annotations": {"title": title(factor), "summary": summary(factor, windows)},
        })
    };
    let case = serde_json::json!({
        "rule_files": ["rules.yaml"],
        "tests": [{
            "interval": "15s",
            "input_series": [{"series": "good", "values": raw(0)}, {"series": "total", "values": raw(10)}],
            "alert_rule_test": [{"eval_time": "1h", "alertname": "WebAvailabilityBudgetBurn", "exp_alerts": [
                alert("quick {{ $value }}", "page", "14.4", "10m and 30s"),
                alert("held", "page", "6", "30m and 5m"),
                alert("slow", "ticket", "14/15", "1h and 10m"),
            ]}],
        }],
    });
    folder.write("test.json", case.to_string());
    promtool_says(&["test", "rules", "test.json"], &folder.path(""));
}
