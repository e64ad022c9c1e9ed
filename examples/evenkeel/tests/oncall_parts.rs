//! Changes to a published plan of which overrides have taken parts.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use common::json;
use common::rota::Rota;
use serde_json::Value;

/// Five weeks of five people in turn under the usual rules; on the Wednesday of her week bob has cyd stand in for three
/// hours, and eve looks over his shoulder all the time.
fn rota() -> Rota {
    let rota = Rota::new();
    let names = ["ada", "bob", "cyd", "dan", "eve"];
    rota.write("team.toml", &names.map(|name| format!("[[people]]\nname = \"{name}\"\n")).concat());
    rota.write(
        "rota.toml",
        "[period]\nfirst = 2026-10-05\nlast = 2026-11-08\n[[duties]]\nevery = \"1w\"\nfrom = 2026-10-05T09:00:00\n\
         roles = [\"primary\"]\n",
    );
    let mut plan = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n".to_owned();
    let mut event = |from: &str, to: &str, person: &str, role: &str| {
        plan += &format!(
            "BEGIN:VEVENT\r\nUID:{from}-{role}\r\nDTSTART;TZID=Europe/Berlin:{from}T090000\r\n\
             DTEND;TZID=Europe/Berlin:{to}T090000\r\nSUMMARY:{person} on call ({role})\r\nCATEGORIES:{role}\r\nEND:VEVENT\r\n"
        );
    };
    let days = ["20261005", "20261012", "20261019", "20261026", "20261102", "20261109"];
    for (week, name) in days.windows(2).zip(names) {
        event(week[0], week[1], name, "primary");
    }
    event("20261012", "20261019", "eve", "shadow");
    rota.write("plan.ics", &(plan + "END:VCALENDAR\r\n"));
    rota.write(
        "changes.toml",
        "[[overrides]]\nperson = \"bob\"\nby = \"cyd\"\nmade_by = \"bob\"\nreason = \"dentist\"\n\
         from = 2026-10-14T12:00:00\nuntil = 2026-10-14T15:00:00\n",
    );
    let toml = std::fs::read_to_string(rota.path("evenkeel.toml")).unwrap();
    rota.write("evenkeel.toml", &(toml + "plan = \"plan.ics\"\nchanges = \"changes.toml\"\n"));
    rota
}

fn served(document: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let told = document["shifts"].as_array().unwrap().iter();
    let mut told: Vec<_> =
        told.map(|shift| (text(&shift["person"]), text(&shift["role"]), text(&shift["span"]["start"]))).collect();
    told.sort_by(|a, b| a.2.cmp(&b.2));
    told
}

#[test]
fn a_part_is_a_duty_and_three_hours_break_no_rule() {
    let rota = rota();
    let check = json(&["oncall", "check", &rota.book()], 0);
    assert_eq!(check["violations"].as_array().unwrap().len(), 0, "{}", check["violations"]);
    let swap = |who: &str, day: &str, code| {
        json(&["oncall", "swap", who, &rota.book(), "--shift", day, "--now", "2026-10-01"], code)
    };
    let week = swap("bob", "2026-10-12", 0);
    let first = week["suggestions"][0]["words"].as_str().unwrap();
    assert!(first.contains("takes week of 2026-10-12 primary (165 h in 2 stretches) for"), "{first}");
    assert_eq!(swap("bob", "2026-10-13", 0)["shift"], week["shift"]);
    let hours = swap("cyd", "2026-10-14", 0);
    let first = hours["suggestions"][0]["words"].as_str().unwrap();
    assert!(first.contains("takes 2026-10-14 12:00 to 15:00 primary and gives nothing in return"), "{first}");
    // Cyd has no more of that week.
    let none = swap("cyd", "2026-10-13", 2)["faults"][0]["message"].as_str().unwrap().to_owned();
    assert!(none.contains("`cyd` has no shift on 2026-10-13"), "{none}");
}

#[test]
fn the_changed_plan_keeps_the_part_and_whatever_else_is_published() {
    let rota = rota();
    let before = json(&["oncall", "swap", "ada", &rota.book(), "--ill-from", "2026-10-29"], 0);
    assert_eq!(before["changes"].as_array().unwrap().len(), 0);
    let whole = served(&before);
    // Bob's week in two parts, cyd's hours in it, and the shadow.
    assert_eq!(whole.len(), 4 + 3 + 1);
    for (who, from, changes) in [
        ("ada", "2026-10-13", 0),
        ("dan", "2026-10-14T13:00", 1),
        ("eve", "2026-10-15", 1),
        ("cyd", "2026-10-14T13:00", 2),
        ("bob", "2026-10-13T12:00", 1),
    ] {
        let path = rota.path("changed.ics");
        let file = path.to_str().unwrap();
        let book = rota.book();
        let args = ["oncall", "swap", who, &book, "--ill-from", from, "--ill-until", "2026-11-08", "-o", file];
        let output = common::run(&args);
        assert!(output.code < 2, "{who}: {}", output.err);
        let told = json(&args, output.code);
        let of = |change: &Value| change["from"].as_str().map(ToOwned::to_owned);
        let changed: Vec<_> = told["changes"].as_array().unwrap().iter().map(of).collect();
        assert!(changed.contains(&Some(who.to_owned())) == (changes > 0), "{who}: {changed:?}");
        assert!(changed.len() >= changes, "{who}: {changed:?}");
        // Nobody serves twice for it, nothing is lost, and the calendar says the same.
        let check = json(&["oncall", "check", &book, "--plan", file], i32::from(told["uncovered"] != 0));
        assert_eq!(check["gaps"].as_array().unwrap().is_empty(), told["uncovered"] == 0, "{who}: {}", check["gaps"]);
        assert_eq!(check["violations"].as_array().unwrap().len(), 0, "{who}: {}", check["violations"]);
        let after = served(&told);
        let shadow = after.iter().filter(|(_, role, _)| role == "shadow").count();
        assert_eq!(shadow, 1, "{who}: {after:?}");
        if who != "cyd" {
            let part = ("cyd".to_owned(), "primary".to_owned(), "2026-10-14T10:00:00Z".to_owned());
            assert!(after.contains(&part), "{who}: {after:?}");
        }
    }
}
