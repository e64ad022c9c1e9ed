//! The command `evenkeel oncall` on the sample book and on bad input, read as its user reads it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use common::rota::Rota;
use common::{evenkeel, json, run, sample_book};
use tempfile::TempDir;

fn book() -> String {
    sample_book().to_str().unwrap().to_owned()
}

#[test]
fn nothing_that_is_printed_is_wider_than_a_terminal() {
    let book = book();
    for arguments in [
        vec!["oncall", "who", &book, "--at", "2026-11-26T09:00", "--why"],
        vec!["oncall", "plan", &book, "--nodes", "20000"],
        vec!["oncall", "check", &book],
        vec!["oncall", "fairness", &book],
        vec!["oncall", "load", &book],
        vec!["oncall", "swap", "Fionn", &book, "--shift", "2026-11-30", "--now", "2026-11-26"],
        vec!["oncall", "swap", "Hannes", &book, "--ill-from", "2026-12-26T10:00"],
        vec!["oncall", "--help"],
        vec!["oncall", "load", "--help"],
    ] {
        let run = run(&arguments);
        assert!(run.code <= 1, "{arguments:?} {}", run.err);
        let wide: Vec<_> = run.out.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{arguments:?}\n{}", wide.join("\n"));
    }
}

#[test]
fn the_sample_book_is_covered_and_its_plan_keeps_every_hard_rule() {
    let document = json(&["oncall", "check", &book()], 0);
    assert_eq!(document["schema"], "evenkeel.oncall-check/1");
    assert_eq!((document["seats"].as_u64(), document["shifts"].as_u64()), (Some(26), Some(26)));
    assert_eq!(document["gaps"].as_array().unwrap().len(), 0);
    let hard = document["violations"].as_array().unwrap().iter().filter(|violation| violation["strength"] == "hard");
    assert_eq!(hard.count(), 0);
}

#[test]
fn who_says_who_and_from_which_shift() {
    let document = json(&["oncall", "who", &book(), "--at", "2026-11-26T09:00", "--role", "primary"], 0);
    assert_eq!(document["at"], "2026-11-26T08:00:00Z");
    let of = &document["roles"][0];
    assert_eq!(of["role"], "primary");
    assert_eq!(of["until"], "2026-11-30T08:00:00Z");
    assert_eq!(of["why"]["person"], of["person"]);
    // Before the plan nobody is on call, which is no.
    let early = run(&["oncall", "who", &book(), "--at", "2020-02-29"]);
    assert_eq!(early.code, 1);
    assert!(early.out.contains("primary    nobody"), "{}", early.out);
}

#[test]
fn a_plan_is_the_same_each_time_and_its_calendar_comes_back() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for name in ["a.ics", "b.ics"] {
        let run = run(&["oncall", "plan", &book(), "--nodes", "20000", "-o", &file(name)]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    }
    assert_eq!(std::fs::read(file("a.ics")).unwrap(), std::fs::read(file("b.ics")).unwrap());
    let planned = json(&["oncall", "plan", &book(), "--nodes", "20000"], 0);
    let levels: Vec<_> = planned["levels"].as_array().unwrap().iter().map(|level| level["aim"].clone()).collect();
    assert_eq!(levels, ["uncovered", "largest-burden", "sum-of-squares", "soft-rules", "changes"]);
    let checked = json(&["oncall", "check", &book(), "--plan", &file("a.ics")], 0);
    assert_eq!(checked["shifts"], 26);
}

#[test]
fn pictures_stand_alone_and_say_in_words_what_they_show() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for name in ["plan.html", "plan.svg"] {
        assert_eq!(run(&["oncall", "plan", &book(), "--nodes", "20000", "-o", &file(name)]).code, 0);
        let text = std::fs::read_to_string(file(name)).unwrap();
        for (what, there) in
            [("<script", false), ("http://www.w3.org", name.ends_with("svg")), ("prefers-color-scheme:dark", true)]
        {
            assert_eq!(text.contains(what), there, "{what} in {name}");
        }
        assert!(text.contains("Greta") && text.contains("primary from") && text.contains("Christmas Day"), "{name}");
    }
    let wrong = run(&["oncall", "plan", &book(), "-o", &file("plan.pdf")]);
    assert_eq!(wrong.code, 2);
    assert!(!folder.path().join("plan.pdf").exists());
}

#[test]
fn the_mean_burden_is_in_the_picture_at_every_width() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("plan.html");
    assert_eq!(run(&["oncall", "plan", &book(), "--nodes", "20000", "-o", file.to_str().unwrap()]).code, 0);
    let page = std::fs::read_to_string(file).unwrap();
    let (wide, narrow) = page.split_once("class=\"chart narrow\"").unwrap();
    assert_eq!(wide.matches("<path class=\"mean\"").count(), 1);
    // A mark at the bar of each of eight people.
    assert_eq!(narrow.matches("<path class=\"mean mark\"").count(), 8);
}

#[test]
fn names_of_people_cannot_write_into_the_page() {
    let rota = Rota::new();
    rota.write("team.toml", "[[people]]\nname = \"<script>x</script>\"\n[[people]]\nname = \"bob & co\"\n");
    let page = rota.path("plan.html");
    assert_eq!(run(&["oncall", "plan", &rota.book(), "-o", page.to_str().unwrap()]).code, 0);
    let text = std::fs::read_to_string(page).unwrap();
    assert!(!text.contains("<script>") && !text.contains("bob & co"));
}

#[test]
fn the_night_of_the_change_has_its_true_length() {
    let rota = Rota::new().published();
    let document = json(&["oncall", "fairness", &rota.book()], 0);
    let minutes: u64 = document["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|account| account["served"]["minutes"].as_array().unwrap().clone())
        .map(|part| part["minutes"].as_u64().unwrap_or_else(|| part[2].as_u64().unwrap()))
        .sum();
    // Four days, one of them of 25 hours.
    assert_eq!(minutes, (4 * 24 + 1) * 60);
}

#[test]
fn a_hole_in_the_plan_is_said_and_exits_1() {
    let rota = Rota::new().published();
    let who = |at: &str| json(&["oncall", "who", &rota.book(), "--at", at], 0)["roles"][0]["person"].clone();
    let person = who("2026-10-25T12:00");
    rota.write(
        "changes.toml",
        &format!("[[overrides]]\nfirst = 2026-10-25\nperson = {person}\nmade_by = \"bob\"\nreason = \"ill\"\n"),
    );
    let toml = std::fs::read_to_string(rota.path("evenkeel.toml")).unwrap();
    rota.write("evenkeel.toml", &(toml + "changes = \"changes.toml\"\n"));
    let check = run(&["oncall", "check", &rota.book()]);
    assert_eq!(check.code, 1, "{}", check.err);
    assert!(check.out.contains("primary    Sun 25 Oct 2026 00:00 to Mon 26 Oct 2026 00:00"), "{}", check.out);
    let nobody = run(&["oncall", "who", &rota.book(), "--at", "2026-10-25T12:00", "--why"]);
    assert!(nobody.code == 1 && nobody.out.contains("because of `ill`"), "{}", nobody.out);
}

#[test]
fn one_person_cannot_be_two_and_the_rules_say_why() {
    let rota = Rota::new();
    rota.write("team.toml", "[[people]]\nname = \"ada\"\nleave = [{ first = 2026-10-25, reason = \"rest\" }]\n");
    let plan = run(&["oncall", "plan", &rota.book()]);
    assert_eq!(plan.code, 1, "{}", plan.err);
    assert!(plan.out.contains("One duty has nobody.") && plan.out.contains("of leave (rest)"), "{}", plan.out);
}

#[test]
fn all_faults_come_at_once_each_in_its_place() {
    let rota = Rota::new();
    rota.write(
        "team.toml",
        "[[people]]\nname = \"ada\"\nzone = \"Europe/Berlim\"\navailability = 0\n\
         leave = [{ first = 2026-12-24, last = 2026-12-20 }, { from = 2026-02-29T09:00:00 }]\n\
         [[people]]\nname = \"ada\"\nskils = [\"db\"]\n",
    );
    rota.write(
        "rota.toml",
        "without_rules = [\"sleep\"]\n[period]\nfirst = 2026-10-24\nlast = 2026-10-27\n[[duties]]\nevery = \"1 week\"\n\
         from = 2026-10-24T00:00:00\nroles = [\"tertiary\"]\n[weights]\nnight = -1\n[[rules]]\nname = \"x\"\nrule = \"no-such\"\n",
    );
    let faults = rota.faults(&["oncall", "plan"]);
    for part in [
        "team.toml:3: people[0].zone: ",
        "team.toml:4: people[0].availability: ",
        "team.toml:5: people[0].leave[0].last: last day 2026-12-20 is before the first, 2026-12-24",
        "team.toml:8: people[1].skils: unknown key",
        "rota.toml:1: without_rules[0]: `sleep` is none of the usual rules",
        "rota.toml:6: duties[0].every: ",
        "rota.toml:8: duties[0].roles: role `tertiary` is none of",
        "rota.toml:10: weights.night: `-1` is no whole number",
        "rota.toml:13: rules[0].rule: ",
    ] {
        assert!(faults.iter().any(|fault| fault.starts_with(part)), "{part}\n{}", faults.join("\n"));
    }
}

#[test]
fn people_twice_and_empty_files_are_refused() {
    let rota = Rota::new();
    rota.write("team.toml", "[[people]]\nname = \"ada\"\n[[people]]\nname = \"ada\"\n");
    let twice = rota.faults(&["oncall", "plan"]);
    assert!(twice[0].contains("person `ada` is there twice"), "{twice:?}");
    rota.write("team.toml", "");
    assert_eq!(rota.faults(&["oncall", "plan"]), ["team.toml: : is empty"]);
    rota.write("team.toml", "people = []\n");
    assert!(rota.faults(&["oncall", "plan"])[0].contains("the team has no people"));
}

#[test]
fn without_a_plan_the_way_to_one_is_named() {
    let rota = Rota::new();
    let who = run(&["oncall", "who", &rota.book()]);
    assert_eq!(who.code, 2);
    assert!(who.err.contains("no plan is published") && who.err.contains("evenkeel oncall plan"), "{}", who.err);
    let none = TempDir::new().unwrap();
    let missing = run(&["oncall", "who", none.path().to_str().unwrap()]);
    assert!(missing.code == 2 && missing.err.contains("does not exist"), "{}", missing.err);
}

#[test]
fn pages_are_read_by_the_names_of_their_columns() {
    let rota = Rota::new().published();
    rota.write(
        "pages.csv",
        "when,what,taken,over\n2026-10-24T22:10:00Z,i1,2026-10-24T22:12:00Z,2026-10-24T22:40:00Z\n\
         2026-10-25T09:00:00Z,i2,,2026-10-25T09:30:00Z\n",
    );
    let pages = rota.path("pages.csv");
    let arguments =
        ["oncall", "load", &rota.book(), "--pages", pages.to_str().unwrap(), "--at", "when"].map(str::to_owned);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let columns = ["--incident", "what", "--acknowledged", "taken", "--resolved", "over"];
    let document = json(&[&arguments[..], &columns].concat(), 0);
    assert_eq!(document["report"]["team"]["pages"]["pages"], 2);
    let wrong = run(&[&arguments[..], &["--incident", "whatever"]].concat());
    assert!(wrong.code == 2 && wrong.err.contains("there is no column `whatever`"), "{}", wrong.err);
    rota.write("pages.csv", "when,what\n2026-10-24 22:10,i1\nyesterday,i2\n");
    let bad = run(&arguments);
    assert!(bad.code == 2 && bad.err.contains("2 faults") && bad.err.contains("`yesterday`"), "{}", bad.err);
    rota.write("pages.csv", "when,what\n");
    let none = run(&arguments);
    assert!(none.code == 0 && none.out.contains("0 pages"), "{}{}", none.out, none.err);
}

#[test]
fn leave_of_unknown_zones_names_file_line_and_event() {
    let rota = Rota::new();
    rota.write(
        "leave.ics",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u1\nDTSTART;TZID=Mars/Base:20261025T090000\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n",
    );
    rota.write(
        "team.toml",
        "[[people]]\nname = \"ada\"\nleave_calendars = [\"leave.ics\"]\n[[people]]\nname = \"bob\"\n",
    );
    let faults = rota.faults(&["oncall", "plan"]);
    assert!(faults[0].starts_with("leave.ics:4: DTSTART of u1: ") && faults[0].contains("`Mars/Base`"), "{faults:?}");
}

#[test]
fn the_review_tells_who_is_on_call() {
    let document = json(&["review", &book()], 0);
    let oncall = &document["oncall"];
    assert_eq!(oncall["now"].as_array().unwrap().len(), 2);
    assert_eq!(oncall["gaps"].as_array().unwrap().len(), 0);
    assert!(oncall["load"]["limits"].as_array().unwrap().len() == 3);
    let text = run(&["review", &book()]).out;
    assert!(text.contains("\nOn call\n  primary    "), "{text}");
}

/// Incidents of providers and of an audit log stand in for pages, where they are.
#[test]
fn lists_of_others_are_read_as_they_are() {
    let shared = sample_book().join("../../../shared/data/llm_outages.csv");
    let shared = if shared.exists() { shared } else { sample_book().join("../../../../shared/data/llm_outages.csv") };
    if !shared.exists() {
        println!("skipped: no ../shared/data/llm_outages.csv");
        return;
    }
    let file = shared.to_str().unwrap();
    let columns =
        ["--at", "start_timestamp", "--service", "provider", "--incident", "incident_id", "--skip-incomplete"];
    let document = json(&[&["oncall", "load", "--pages", file][..], &columns].concat(), 0);
    assert_eq!(
        (document["report"]["team"]["pages"]["pages"].as_u64(), document["incomplete"].as_u64()),
        (Some(792), Some(2))
    );
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let output = evenkeel(&["oncall", "export", &book(), "-o", "/nowhere/plan.ics"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot be written"));
}

#[test]
fn check_counts_the_people_it_takes_and_says_what_is_advised() {
    let run = run(&["oncall", "check", &book()]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let line = "People it takes, by counting\n  6: 6 seats, of which nobody may serve two";
    assert!(run.out.contains(line), "{}", run.out);
    assert!(run.out.contains("Advised by the field, asked by no rule"), "{}", run.out);
    let text = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let sum = "at least 6 people at `Lisbon`, one of 3 sites: 2 seats / 3 / 25 % of the time each = 3, and more to stand in \
               for one another; there is 1: not met";
    assert!(text.contains(sum), "{}", run.out);
    let document = json(&["oncall", "check", &book()], 0);
    assert_eq!(document["feasibility"]["needs"][0]["people"], 6);
}

#[test]
fn the_review_has_the_bound_of_fairness() {
    let (fairness, review) = (json(&["oncall", "fairness", &book()], 0), json(&["review", &book()], 0));
    assert!(fairness["reachable"]["no_plan_below"].is_number());
    assert_eq!(fairness["reachable"], review["oncall"]["fairness"]["reachable"]);
    let words = review["oncall"]["fairness"]["words"].as_str().unwrap();
    assert!(words.contains("No plan that covers every duty it can"), "{words}");
}

#[test]
fn load_says_what_noise_is_and_what_n_counts() {
    let run = run(&["oncall", "load", &book()]);
    for part in ["weeks\n", "pages\n", "incidents\n", "Noise: pages that asked for no action"] {
        assert!(run.out.contains(part), "{part:?}\n{}", run.out);
    }
}

#[test]
fn days_that_are_none_and_ends_before_starts_are_said_as_people_say_them() {
    let fault = |arguments: &[&str]| json(&[&["oncall"], arguments, &[&book()]].concat(), 2)["faults"][0].clone();
    let leap = fault(&["who", "--at", "2027-02-29"]);
    assert_eq!(
        (leap["file"].as_str(), leap["message"].as_str()),
        (Some("--at"), Some("there is no day `2027-02-29` in the calendar"))
    );
    let reversed = fault(&["check", "--from", "2026-11-02T09:00", "--until", "2026-11-01"]);
    let message = "ends at Sun 1 Nov 2026 00:00, which is not after its start, Mon 2 Nov 2026 09:00";
    assert_eq!((reversed["file"].as_str(), reversed["message"].as_str()), (Some("--until"), Some(message)));
    let late = fault(&["check", "--from", "2030-01-01"]);
    assert_eq!(late["file"], "--from");
}

#[test]
fn a_local_time_that_comes_twice_or_never_is_said_with_the_other() {
    let who = |at: &str| run(&["oncall", "who", &book(), "--at", at]).out;
    let twice = who("2026-10-25T02:30");
    assert!(twice.starts_with("Sun 25 Oct 2026 02:30 CEST Europe/Berlin\n"), "{twice}");
    assert!(twice.contains("The second, in\nCET, is 2026-10-25T02:30:00+01:00."), "{twice}");
    let second = who("2026-10-25T02:30:00+01:00");
    assert!(second.starts_with("Sun 25 Oct 2026 02:30 CET Europe/Berlin\n\n"), "{second}");
    let never = who("2026-03-29T02:30");
    assert!(never.contains("The clocks never show 02:30 that day: this is the first instant after, 03:00."), "{never}");
}

#[test]
fn fairness_stands_beside_what_no_plan_is_below() {
    let rota = Rota::new().published();
    let document = json(&["oncall", "fairness", &rota.book()], 0);
    let reachable = &document["reachable"];
    assert_eq!(reachable["proven"], true);
    assert_eq!(reachable["found"], reachable["no_plan_below"]);
    let text = run(&["oncall", "fairness", &rota.book()]);
    assert!(text.out.contains("proven, and there is one."), "{}", text.out);
}

#[test]
fn the_review_hands_over_with_pages_by_service() {
    let document = json(&["review", &book()], 0);
    let oncall = &document["oncall"];
    let handoffs = oncall["handoffs"].as_array().unwrap();
    assert_eq!(handoffs.len(), 2);
    assert_eq!(handoffs[0]["role"], "primary");
    assert!(handoffs[0]["silences"].is_null(), "not given is not none");
    assert!(!oncall["load"]["past"]["services"]["entries"].as_array().unwrap().is_empty());
}
