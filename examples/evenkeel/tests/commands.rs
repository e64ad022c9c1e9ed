//! The subcommands on good input, as people and machines call them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use common::{Folder, evenkeel, json, rows, run, sample_book};

fn sample() -> String {
    sample_book().to_str().unwrap().to_owned()
}

#[test]
fn every_command_prints_its_schema_and_exits_0_on_the_sample_book() {
    let book = sample();
    let slo = sample_book().join("slo/checkout.yaml");
    let services = sample_book().join("slo/services.yaml");
    let import = ["slo", "import", slo.to_str().unwrap(), services.to_str().unwrap()];
    let commands: [(&[&str], &str); 7] = [
        (&["slo", "status", &book], "evenkeel.slo-status/1"),
        (&["slo", "rules", &book], "evenkeel.slo-rules/1"),
        (&["slo", "policy", "google_30d", "--objective", "99.9"], "evenkeel.slo-policy/1"),
        (&["slo", "recommend", &book], "evenkeel.slo-recommend/1"),
        (&["slo", "backtest", &book], "evenkeel.slo-backtest/1"),
        (&import, "evenkeel.slo-import/1"),
        (&["review", &book], "evenkeel.review/1"),
    ];
    for (arguments, schema) in commands {
        assert_eq!(json(arguments, 0)["schema"], schema);
        let text = run(arguments);
        assert_eq!(text.code, 0, "{}", text.err);
        assert!(text.err.is_empty(), "{}", text.err);
        // Rules hold expressions as long as their selectors, and OpenSLO queries are shown whole.
        if !matches!(arguments[1], "rules" | "import") {
            let long: Vec<_> = text.out.lines().filter(|line| line.chars().count() > 80).collect();
            assert!(long.is_empty(), "{arguments:?} goes beyond 80 columns:\n{}", long.join("\n"));
        }
    }
}

#[test]
fn colours_come_with_a_terminal_and_obey_no_color() {
    let book = sample();
    let out = |key: Option<&str>| {
        let mut command = evenkeel(&["review", &book]);
        key.map(|key| command.env(key, "1"));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(!out(None).contains('\u{1b}'), "no terminal, no colours");
    assert!(out(Some("CLICOLOR_FORCE")).contains('\u{1b}'));
    assert!(!out(Some("NO_COLOR")).contains('\u{1b}'));
}

#[test]
fn status_counts_the_budget_of_the_book_exactly() {
    // 100 minutes of 100 requests; 1 in 100 may fail; 70 of 10,000 did, all in one minute.
    let mut counts = vec![(100, 100); 100];
    counts[50] = (30, 100);
    let status = Folder::book(&rows(&counts)).json(&["slo", "status"], 0);
    let slo = &status["slos"][0];
    assert_eq!((slo["bad"].as_u64(), slo["total"].as_u64()), (Some(70), Some(10_000)));
    assert_eq!(slo["budget"]["allowed"], 100);
    assert_eq!(slo["budget"]["remaining"], 30);
    assert_eq!(slo["standing"], "good");
    assert_eq!(status["now"], "2026-01-01T01:39:00Z", "the last sample is the instant to judge at");
}

#[test]
fn the_gate_says_no_with_1_and_says_why() {
    let mut counts = vec![(100, 100); 100];
    counts[99] = (0, 100);
    let bad = Folder::book(&rows(&counts));
    assert_eq!(bad.run(&["slo", "status"]).code, 0, "without a gate it only reports");
    let run = bad.run(&["slo", "status", "--gate"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("ACT") && run.out.contains("page"), "{}", run.out);
    assert_eq!(Folder::book(&rows(&[(100, 100); 100])).run(&["slo", "status", "--gate"]).code, 0);
}

#[test]
fn an_earlier_now_forgets_what_came_later() {
    let mut counts = vec![(100, 100); 100];
    counts[99] = (0, 100);
    let status = Folder::book(&rows(&counts)).json(&["slo", "status", "--now", "2026-01-01T01:30:00Z"], 0);
    assert_eq!(status["slos"][0]["bad"], 0);
    assert_eq!(status["slos"][0]["total"], 9_100);
}

#[test]
fn counters_that_start_again_count_on() {
    let folder = Folder::book(
        "2026-01-01T00:00:00Z,web,1000,1000\n\
         2026-01-01T00:01:00Z,web,1090,1100\n\
         2026-01-01T00:02:00Z,web,50,60\n\
         2026-01-01T00:03:00Z,web,150,160\n",
    );
    let counters = common::TOML.to_owned() + "values = \"counters\"\n";
    folder.write("evenkeel.toml", counters);
    let slo = folder.json(&["slo", "status"], 0)["slos"][0].clone();
    assert_eq!((slo["bad"].as_u64(), slo["total"].as_u64()), (Some(20), Some(260)));
}

#[test]
fn missing_scrapes_count_as_declared() {
    let rows = "2026-01-01T00:00:00Z,web,100,100\n2026-01-01T00:01:00Z,web,100,100\n\
                2026-01-01T00:02:00Z,web,100,100\n2026-01-01T00:05:00Z,web,100,100\n";
    let counts = |rule: &str| {
        let folder = Folder::book(rows);
        folder.write("evenkeel.toml", format!("no_data = \"{rule}\"\n{}", common::TOML));
        let slo = folder.json(&["slo", "status"], 0)["slos"][0].clone();
        (slo["bad"].as_u64().unwrap(), slo["total"].as_u64().unwrap(), slo["notes"].to_string())
    };
    let (bad, total, notes) = counts("exclude");
    assert_eq!((bad, total), (0, 400));
    assert!(notes.contains("2 scrapes without data, left out"), "{notes}");
    assert_eq!((counts("count_good").0, counts("count_good").1), (0, 600));
    assert_eq!((counts("count_bad").0, counts("count_bad").1), (200, 600));
}

#[test]
fn declared_maintenance_is_left_out_and_reported() {
    let mut counts = vec![(100, 100); 60];
    counts[30] = (0, 100);
    let folder = Folder::book(&rows(&counts));
    let toml = |rule: &str| folder.write("evenkeel.toml", format!("{}\n[[maintenance]]\n{rule}\n", common::TOML));
    let bad = || folder.json(&["slo", "status"], 0)["slos"][0]["bad"].as_u64().unwrap();
    toml("start = 2026-01-01T00:20:00Z\nend = 2026-01-01T00:40:00Z");
    assert_eq!(bad(), 0);
    // 2026-01-01 is a Thursday; 01:29 in Berlin is 00:29 UTC.
    toml("weekly = \"Thu 01:29-01:31 Europe/Berlin\"");
    assert_eq!(bad(), 0);
    toml("weekly = \"Fri 01:29-01:31 Europe/Berlin\"");
    assert_eq!(bad(), 100);
    toml("start = 2026-01-01T00:20:00Z\nend = 2026-01-01T00:40:00Z\nservices = [\"other\"]");
    assert_eq!(bad(), 100);
    folder.write("closed.csv", "start,end,service\n2026-01-01T00:29:00Z,2026-01-01T00:31:00Z,*\n");
    toml("file = \"closed.csv\"");
    assert_eq!(bad(), 0);
}

#[test]
fn slices_and_calendar_periods_know_their_budget_beforehand() {
    // 4 hours of minutes; in 3 of them half of the requests fail, in one 4 %.
    let mut counts = vec![(100, 100); 240];
    [10, 20, 30].iter().for_each(|minute| counts[*minute] = (50, 100));
    counts[40] = (96, 100);
    let folder = Folder::book(&rows(&counts));
    let slo = |method: &str, objective: &str| {
        let calendar = "[{duration: 1d, isRolling: false, calendar: {startTime: 2025-12-31 00:00:00, timeZone: UTC}}]";
        let text = common::SLO
            .replace("[{duration: 1d, isRolling: true}]", calendar)
            .replace("Occurrences", method)
            .replace("target: 0.99", objective);
        folder.write("slo.yaml", text);
        folder.json(&["slo", "status"], 0)["slos"][0].clone()
    };
    // The day has 1,440 minutes, of which 1 in 100 may be bad. The last row, 03:59, ends the 239th.
    let slices = slo("Timeslices", "target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 1m");
    assert_eq!((slices["bad"].as_u64(), slices["total"].as_u64()), (Some(3), Some(1_440)), "{slices:#}");
    assert_eq!(slices["budget"]["remaining"], 11);
    assert_eq!(slices["unit"], "slices");
    // Half a slice three times, and 4 % of one: 1.54 of 14.4.
    let ratios = slo("RatioTimeslices", "target: 0.99, timeSliceWindow: 1m");
    let left = ratios["budget"]["remaining_ratio"].as_f64().unwrap();
    assert!((left - (1.0 - 1.54 / 14.4)).abs() < 1e-9, "{ratios:#}");
    let review = folder.json(&["review"], 0);
    // 1d from a midnight, in the words of a calendar.
    assert_eq!(review["slos"][0]["period"], "day in UTC");
    let last = review["slos"][0]["burn_down"].as_array().unwrap().last().unwrap()["remaining"].as_f64().unwrap();
    assert!((last - left).abs() < 1e-9, "the line ends at {last}, not at {left}");
    // 100 events a minute so far: 144,000 are expected by the end of the day.
    let events = slo("Occurrences", "target: 0.99");
    assert_eq!((events["bad"].as_u64(), events["budget"]["allowed"].as_u64()), (Some(154), Some(1_440)));
}

#[test]
fn an_incident_that_goes_on_is_not_good() {
    let folder = Folder::book("");
    folder.write(
        "incidents.csv",
        "start,end,service\n2026-01-05T10:00:00Z,2026-01-05T10:20:00Z,shop\n2026-01-09T12:00:00Z,,login\n",
    );
    let file = folder.path("incidents.csv");
    let file = file.to_str().unwrap();
    // The last instant of the list is the start of the one that goes on.
    for now in [&[][..], &["--now", "2026-01-09T13:00:00Z"]] {
        let review = json(&[&["review", "--incidents", file, "--zone", "Europe/Berlin"][..], now].concat(), 0);
        let slos = review["slos"].as_array().unwrap();
        let login = slos.iter().find(|slo| slo["service"] == "login").unwrap();
        assert_eq!(login["standing"], "act", "{login:#}");
        let summary = login["summary"].as_str().unwrap();
        assert!(summary.contains("one going on since 2026-01-09 13:00:00"), "{summary}");
        assert!(review["headline"].as_str().unwrap().contains("1 of 2 objectives needs action: login"));
        assert!(review["method"][0].as_str().unwrap().ends_with("Europe/Berlin"));
    }
}

#[test]
fn one_failure_of_a_quiet_service_is_no_evidence() {
    // 9 requests in 90 minutes, the last of them failed: burn rates beyond every factor.
    let mut quiet = vec![(0, 0); 90];
    (0..80).step_by(10).for_each(|minute| quiet[minute] = (1, 1));
    quiet[89] = (0, 1);
    let folder = Folder::book(&rows(&quiet));
    let slo = folder.json(&["slo", "status"], 0)["slos"][0].clone();
    assert_eq!(slo["standing"], "watch");
    assert!(slo["rows"].as_array().unwrap().iter().all(|row| row["firing"] == false), "{slo:#}");
    assert!(slo["summary"].as_str().unwrap().contains("1 bad of 9"), "{}", slo["summary"]);
    assert!(slo["notes"].to_string().contains("1 bad of 9 is no evidence"), "{}", slo["notes"]);
    // Without the gate the same failure pages.
    let toml = format!("{}\n[policy]\npreset = \"google_30d\"\nlow_traffic_gate = false\n", common::TOML);
    folder.write("evenkeel.toml", toml);
    let slo = folder.json(&["slo", "status"], 0)["slos"][0].clone();
    assert_eq!(slo["standing"], "act");
}

#[test]
fn a_threshold_between_buckets_gives_bounds() {
    let slos = json(&["slo", "status", &sample()], 0)["slos"].clone();
    let named = |name: &str| slos.as_array().unwrap().iter().find(|slo| slo["name"] == name).unwrap().clone();
    let (exact, between) = (named("search-latency"), named("search-latency-300ms"));
    assert!(exact["bad_bounds"].is_null());
    let (fewest, most) = (between["bad_bounds"][0].as_u64().unwrap(), between["bad_bounds"][1].as_u64().unwrap());
    assert!(fewest < most, "{fewest} {most}");
    assert_eq!(between["bad"].as_u64(), Some(most), "what may have been slow counts as bad");
    assert_eq!(exact["total"], between["total"]);
}

#[test]
fn review_writes_one_page_that_asks_for_nothing() {
    let page = tempfile::NamedTempFile::new().unwrap();
    let run = run(&["review", &sample(), "-o", page.path().to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.err);
    let html = std::fs::read_to_string(page.path()).unwrap();
    assert!(html.starts_with("<!DOCTYPE html>") || html.starts_with("<!doctype html>"));
    assert!(!html.contains("src=\"http") && !html.contains("href=\"http"), "no request");
    assert!(run.out.contains("100 % ") && run.out.contains('\u{2809}'), "a picture of the burn-down:\n{}", run.out);
}

#[test]
fn a_list_of_incidents_becomes_an_objective_a_service_in_both_shapes() {
    let folder = Folder::book("");
    folder.write(
        "named.csv",
        "start,end,service,severity\n\
         2026-01-10T00:00:00Z,2026-01-10T01:00:00Z,web,major\n\
         2026-01-20T00:00:00Z,2026-01-20T00:00:00Z,web,minor\n\
         2026-01-30T00:00:00Z,2026-01-30T00:02:00Z,api,minor\n",
    );
    let file = folder.path("named.csv");
    let file = file.to_str().unwrap();
    let review = json(&["review", "--incidents", file, "--now", "2026-01-31T00:00:00Z"], 0);
    let slo = |review: &serde_json::Value, name: &str| {
        review["slos"].as_array().unwrap().iter().find(|slo| slo["name"] == name).unwrap().clone()
    };
    // 99.9 % of 8,640 slices of 5 minutes allow 8; an hour spoils 12, an instant 1.
    let web = slo(&review, "web");
    assert_eq!((web["bad"].as_u64(), web["total"].as_u64()), (Some(13), Some(8_640)));
    assert_eq!(web["budget"]["allowed"], 8);
    assert_eq!(web["standing"], "act");
    assert_eq!(slo(&review, "api")["bad"], 1);
    let skipped = ["review", "--incidents", file, "--now", "2026-01-31T00:00:00Z", "--severity-column", "severity"];
    let review = json(&[&skipped[..], &["--skip-severity", "minor"]].concat(), 0);
    assert_eq!(slo(&review, "web")["bad"], 12);

    folder.write(
        "flags.csv",
        "from,to,web,api\n2026-01-10 00:00:00+00:00,2026-01-10 01:00:00+00:00,1,0.0\n\
         2026-01-30 00:00:00+00:00,,,1\n,,1,0\n",
    );
    let file = folder.path("flags.csv");
    let flags = ["review", "--incidents", file.to_str().unwrap(), "--start-column", "from", "--end-column", "to"];
    let flags = [&flags[..], &["--service-flag", "web,api", "--now", "2026-01-30T01:00:00Z"]].concat();
    let refused = json(&flags, 2);
    assert_eq!(refused["faults"][0]["line"], 4);
    let review = json(&[&flags[..], &["--skip-incomplete", "--period", "month"]].concat(), 0);
    assert_eq!(slo(&review, "web")["bad"], 12);
    assert_eq!(slo(&review, "api")["bad"], 12, "an incident without an end goes on");
    assert_eq!(slo(&review, "api")["total"], 31 * 288, "a month of the calendar is known beforehand");
}

#[test]
fn the_outages_of_language_models_agree_with_a_count_by_hand() {
    let file = sample_book().join("../../../shared/data/llm_outages.csv");
    if !file.exists() {
        println!("skipped: the list of outages is not in ../shared/data");
        return;
    }
    let review = json(
        &[
            "review",
            "--incidents",
            file.to_str().unwrap(),
            "--start-column",
            "start_timestamp",
            "--end-column",
            "close_timestamp",
            "--service-flag",
            "ChatGPT,API,claude.ai,api.anthropic.com",
            "--objective",
            "99.5",
            "--skip-incomplete",
        ],
        0,
    );
    let bad: Vec<_> =
        review["slos"].as_array().unwrap().iter().map(|slo| (slo["name"].clone(), slo["bad"].clone())).collect();
    // Counted by a few lines of Python over the same 30 days in slices of 5 minutes.
    for (name, count) in [("ChatGPT", 312), ("API", 283), ("claude.ai", 150), ("api.anthropic.com", 615)] {
        assert!(bad.contains(&(name.into(), count.into())), "{name} in {bad:?}");
    }
}

#[test]
fn recommend_climbs_the_ladder_that_the_history_kept() {
    // 90 days of hours with 1,000 requests; 1 in 2,000 fails.
    let hour = |hour: i64| {
        let at = 1_767_225_600 + 3_600 * hour;
        format!("{at},web,{},1000\n", if hour % 2 == 0 { 999 } else { 1_000 })
    };
    let folder = Folder::book(&(0..90 * 24 + 1).map(hour).collect::<String>());
    folder.write("slo.yaml", common::SLO.replace("duration: 1d", "duration: 30d"));
    let report = folder.json(&["slo", "recommend"], 0);
    let judged = &report["slos"][0]["recommendation"]["judged"];
    assert_eq!(judged["best"], "99.95%", "{report:#}");
    assert_eq!(judged["buckets"], 90);
}

#[test]
fn backtest_scores_every_preset_on_labelled_incidents() {
    let mut counts = vec![(100, 100); 600];
    (300..320).for_each(|minute| counts[minute] = (50, 100));
    let folder = Folder::book(&rows(&counts));
    folder.write("incidents.csv", "start,end,service\n2026-01-01T05:00:00Z,2026-01-01T05:20:00Z,web\n");
    folder.write("evenkeel.toml", format!("{}\n[incidents]\nfile = \"incidents.csv\"\n", common::TOML));
    let report = folder.json(&["slo", "backtest"], 0);
    assert_eq!(report["policies"].as_array().unwrap().len(), 4);
    for policy in report["policies"].as_array().unwrap() {
        assert_eq!((policy["seen"].as_u64(), policy["incidents"].as_u64()), (Some(1), Some(1)), "{policy:#}");
        assert_eq!(policy["right"], policy["episodes"].as_u64().unwrap());
        // Alerts outlast the outage, but do not fire in the five hours before it.
        let outside = policy["firing_outside_incidents"].as_f64().unwrap();
        assert!(0.0 < outside && outside < 1.0, "{policy:#}");
    }
}

#[test]
fn policy_files_and_fits_are_read() {
    let folder = Folder::book("");
    folder.write(
        "policy.toml",
        "name = \"mine\"\nperiod = 86400\n[[rows]]\nname = \"only\"\nseverity = \"page\"\nfactor = \"10\"\nlong = 3600\n",
    );
    let file = folder.path("policy.toml");
    let report = json(&["slo", "policy", file.to_str().unwrap(), "--objective", "99"], 0);
    assert_eq!(report["policy"]["rows"][0]["factor"], "10");
    folder.write(
        "policy.toml",
        "name = \"mine\"\nperiod = \"1d\"\n[[rows]]\nname = \"only\"\nseverity = \"page\"\nfactor = 14.4\nlong = \"1h\"\nhold = 60\n",
    );
    let report = json(&["slo", "policy", file.to_str().unwrap(), "--objective", "99"], 0);
    assert_eq!(report["policy"]["rows"][0]["factor"], "14.4", "a number is read as written");
    let sloth = json(&["slo", "policy", "google_30d", "--objective", "99.9", "--period", "28d", "--keep-windows"], 0);
    assert_eq!(sloth["policy"]["rows"][3]["factor"], "14/15", "Google's shares over 28 days are Sloth's factors");
}

#[test]
fn rules_say_what_they_count_otherwise() {
    let folder = Folder::book("");
    let calendar = "[{duration: 1M, isRolling: false, calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}}]";
    folder.write("slo.yaml", common::SLO.replace("[{duration: 1d, isRolling: true}]", calendar));
    let weekly = "[[maintenance]]\nweekly = \"Sun 02:00-03:00 Europe/Berlin\"\n";
    folder.write("evenkeel.toml", format!("no_data = \"count_bad\"\n{}\n{weekly}", common::TOML));
    let notes = folder.json(&["slo", "rules"], 0)["notes"].clone();
    let notes: Vec<_> = notes.as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect();
    for words in ["rolling 30d", "maintenance counts here", "low-traffic gate", "not counted as bad"] {
        assert_eq!(notes.iter().filter(|note| note.contains(words)).count(), 1, "{words} in {notes:#?}");
    }
    assert_eq!(folder.run(&["slo", "rules"]).out.matches("\n# ").count(), notes.len(), "notes are comments as well");
    // The same book without any of them has nothing to say.
    folder.write("slo.yaml", common::SLO.replace("duration: 1d", "duration: 30d"));
    let quiet = "[policy]\npreset = \"google_30d\"\nlow_traffic_gate = false\n";
    folder.write("evenkeel.toml", format!("{}\n{quiet}", common::TOML));
    assert_eq!(folder.json(&["slo", "rules"], 0)["notes"], serde_json::json!([]));
}

#[test]
fn what_a_book_does_not_use_of_openslo_is_said() {
    let folder = Folder::book(&rows(&[(100, 100); 10]));
    let policy = "  alertPolicies:\n    - kind: AlertPolicy\n      metadata: {name: inline-policy}\n      spec:\n        \
                  conditions:\n          - kind: AlertCondition\n            metadata: {name: fast}\n            spec:\n              \
                  severity: page\n              condition: {kind: burnrate, op: gt, threshold: 2, lookbackWindow: 1h, alertAfter: 5m}\n        \
                  notificationTargets: [{targetRef: nobody}]\n";
    let target =
        "---\napiVersion: openslo/v1\nkind: AlertNotificationTarget\nmetadata: {name: nobody}\nspec: {target: email}\n";
    let slo = common::SLO.replace("{target: 0.99}", "{target: 0.99, compositeWeight: 3}");
    folder.write("slo.yaml", format!("{slo}{policy}{target}"));
    let used = |arguments: &[&str]| {
        let text = folder.run(arguments);
        assert_eq!(text.code, 0, "{}", text.err);
        let text = text.out.replace('#', "").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.contains("alertPolicies are not used") && text.contains("compositeWeight 3 is not used"),
            "{text}"
        );
    };
    used(&["slo", "status"]);
    used(&["slo", "rules"]);
    used(&["review"]);
    let file = folder.path("slo.yaml");
    let import = ["slo", "import", file.to_str().unwrap()];
    assert_eq!(json(&import, 0)["alert_policies"], serde_json::json!(["inline-policy"]));
    let text = run(&import).out;
    assert!(text.contains("99%, weight 3") && text.contains("1 alert policies"), "{text}");
    assert!(text.contains("does not use alert policies") && text.contains("does not use weights"), "{text}");
}
