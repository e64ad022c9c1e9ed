//! A rule file as YAML that people can read.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Rule, RuleFile};
use crate::visible::{json, steers};

pub(super) fn file(file: &RuleFile) -> String {
    let mut text =
        String::from("# Written by `evenkeel slo rules`; a change here is lost with the next run.\ngroups:\n");
    for group in &file.groups {
        let _ = writeln!(text, "  - name: {}", quoted(&group.name));
        if let Some(interval) = &group.interval {
            let _ = writeln!(text, "    interval: {interval}");
        }
        text.push_str("    rules:\n");
        group.rules.iter().for_each(|one| rule(one, &mut text));
    }
    text
}

fn rule(rule: &Rule, text: &mut String) {
    let (key, name) = match (&rule.record, &rule.alert) {
        (Some(record), _) => ("record", record),
        (None, Some(alert)) => ("alert", alert),
        (None, None) => return,
    };
    let _ = writeln!(text, "      - {key}: {name}");
    // A block has no escapes.
    if rule.expr.contains('\n') && !rule.expr.chars().any(|c| c != '\n' && steers(c)) {
        text.push_str("        expr: |-\n");
        for line in rule.expr.lines() {
            let _ = writeln!(text, "          {line}");
        }
    } else {
        let _ = writeln!(text, "        expr: {}", quoted(&rule.expr));
    }
    for (key, length) in [("for", &rule.hold), ("keep_firing_for", &rule.keep_firing_for)] {
        if let Some(length) = length {
            let _ = writeln!(text, "        {key}: {length}");
        }
    }
    pairs("labels", &rule.labels, text);
    pairs("annotations", &rule.annotations, text);
}

fn pairs(key: &str, pairs: &BTreeMap<&'static str, String>, text: &mut String) {
    if pairs.is_empty() {
        return;
    }
    let _ = writeln!(text, "        {key}:");
    for (label, value) in pairs {
        let _ = writeln!(text, "          {label}: {}", quoted(value));
    }
}

/// A text in double quotes: what JSON takes, YAML takes as well.
fn quoted(text: &str) -> String {
    json(&serde_json::Value::from(text).to_string())
}
