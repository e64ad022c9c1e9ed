//! Machines told step by step, in text that a person can read: `tests/scripts/`.
//!
//! Each script is a list of commands, `----`, and what came of them. `REWRITE=1 cargo test --test scripts` writes
//! what comes of them now into the files, for review.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use datadriven::walk;
use slo_core::consequence::{Action, Consequence, ErrorBudgetPolicy, Event, Exemption, Thresholds, Verdict};

/// Commands, the first word of each line being the day (`3d`) or the hour (`3d12h`) since 2026-01-01:
///
/// ```text
/// 3d budget -2%
/// 3d unknown
/// 3d incident checkout-outage 30%
/// 3d reviewed checkout-outage
/// 3d exempt until 5d fix-1 by Ana because the fix itself
/// 3d revoke fix-1
/// 3d tick
/// 3d verdict
/// ```
#[test]
fn consequence() {
    walk("tests/scripts/consequence", |file| {
        let mut machine = Consequence::new(ErrorBudgetPolicy::default());
        file.run(|case| match case.directive.as_str() {
            "policy" => {
                let thresholds: Thresholds = serde_json::from_str(&case.input).unwrap();
                match ErrorBudgetPolicy::new(thresholds) {
                    Ok(policy) => {
                        machine = Consequence::new(policy);
                        String::new()
                    }
                    Err(error) => format!("error: {error}\n"),
                }
            }
            "run" => case.input.lines().map(|line| step(&mut machine, line)).collect(),
            "history" => {
                let change = |change: slo_core::consequence::StateChange| {
                    format!("{}: {} -> {} at {}\n", day(change.at), change.from, change.to, change.left)
                };
                machine.history().map(change).collect()
            }
            // A machine written to a file and read back goes on as if nothing had been.
            "restore" => {
                let again: Consequence = serde_json::from_str(&serde_json::to_string(&machine).unwrap()).unwrap();
                assert_eq!(again, machine);
                machine = again;
                String::new()
            }
            other => panic!("`{other}` is no directive"),
        });
    });
}

fn step(machine: &mut Consequence, line: &str) -> String {
    let (when, command) = line.split_once(' ').unwrap();
    let now = instant(when);
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    let event = match verb {
        "budget" => Event::Budget(rest.parse().unwrap()),
        "unknown" => Event::NoData,
        "incident" => {
            let (name, spent) = rest.split_once(' ').unwrap();
            Event::Incident { name: name.to_owned(), spent: spent.parse().unwrap() }
        }
        "reviewed" => Event::Reviewed { name: rest.to_owned() },
        "exempt" => Event::Exempt(exemption(rest)),
        "revoke" => Event::Revoke { name: rest.to_owned() },
        "tick" => Event::Tick,
        "verdict" => {
            let verdict: Verdict = machine.verdict(now);
            return format!("{when}: {}{verdict}\n", if verdict.freezes() { "[freeze] " } else { "" });
        }
        other => panic!("`{other}` is no command"),
    };
    match machine.handle(now, event) {
        Ok(actions) => {
            let mut said: Vec<_> = actions.into_iter().map(say).collect();
            if said.is_empty() {
                said.push(format!("still {}", machine.state()));
            }
            let deadline = machine.next_deadline().map_or(String::new(), |at| format!(" (next deadline {})", day(at)));
            format!("{when}: {}{deadline}\n", said.join(", "))
        }
        Err(error) => format!("{when}: error: {error}\n"),
    }
}

fn say(action: Action) -> String {
    match action {
        Action::Announce(change) => format!("{} -> {} at {}", change.from, change.to, change.left),
        Action::DemandReview(review) => format!("review {} for {}", review.incident, review.spent),
        Action::EndExemption(exemption) => format!("exemption {} ended", exemption.name),
    }
}

/// `until 5d NAME by WHO because WHY`.
fn exemption(text: &str) -> Exemption {
    let (until, rest) = text.strip_prefix("until ").unwrap().split_once(' ').unwrap();
    let (name, rest) = rest.split_once(" by ").unwrap();
    let (who, why) = rest.split_once(" because").unwrap();
    Exemption { name: name.to_owned(), who: who.to_owned(), why: why.trim().to_owned(), until: instant(until) }
}

fn start() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    let (days, hours) = text.split_once('d').unwrap();
    let hours = hours.strip_suffix('h').map_or(0, |hours| hours.parse().unwrap());
    start() + TimeDelta::days(days.parse().unwrap()) + TimeDelta::hours(hours)
}

fn day(at: DateTime<Utc>) -> String {
    let hours = (at - start()).num_hours();
    if hours % 24 == 0 { format!("{}d", hours / 24) } else { format!("{}d{}h", hours / 24, hours % 24) }
}
