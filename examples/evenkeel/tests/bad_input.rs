//! Bad input: every fault with file, line or path, value and bound, all at once; exit code 2.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use common::{Folder, SLO, TOML, json, rows, run};

fn good() -> Folder {
    Folder::book(&rows(&[(100, 100); 10]))
}

/// The faults of a good book with one file replaced.
fn faults(name: &str, text: impl AsRef<[u8]>) -> Vec<String> {
    let folder = good();
    folder.write(name, text);
    folder.faults()
}

#[test]
fn a_book_that_is_not_there() {
    for (path, words) in [("/nowhere", "does not exist"), ("/dev", "does not exist")] {
        let run = run(&["slo", "status", path]);
        assert_eq!(run.code, 2);
        assert!(run.out.is_empty() && run.err.contains(words) && run.err.contains("evenkeel.toml"), "{}", run.err);
    }
}

#[test]
fn all_faults_of_the_book_come_at_once_with_line_and_path() {
    let faults = faults(
        "evenkeel.toml",
        "titel = \"x\"\nzone = \"Europe/Berln\"\nslos = [\"slo.yaml\", \"none/*.yaml\"]\nno_data = \"maybe\"\n\
         [policy]\npreset = \"google\"\n[[metrics]]\ncsv = \"requests.csv\"\nlabels = 7\n[slo.nope]\ntitle = \"x\"\n\
         [[maintenance]]\nstart = 2026-01-01T00:00:00\nend = 2026-01-02T00:00:00Z\n[prometheus]\nstep = \"0s\"\n",
    );
    let expected = [
        "evenkeel.toml:1: titel: unknown key; known here are title,",
        "evenkeel.toml:2: zone: time zone `Europe/Berln` is not in the IANA database",
        "evenkeel.toml:4: no_data: no_data `maybe` is not one of",
        "evenkeel.toml:6: policy.preset: policy `google` is not one of",
        "evenkeel.toml:9: metrics[0].labels: integer where a list is expected",
        "evenkeel.toml:7: metrics[0]: needs at least one column of values",
        "evenkeel.toml:10: slo.nope: there is no SLO `nope`; there are web-availability",
        "evenkeel.toml:13: maintenance[0].start: instant `2026-01-01T00:00:00` has no offset",
        "evenkeel.toml:16: prometheus.step: length `0s` is not above 0",
        "none: : does not exist",
    ];
    for words in expected {
        assert!(faults.iter().any(|fault| fault.contains(words)), "{words} in {faults:#?}");
    }
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
}

#[test]
fn malformed_toml_yaml_and_empty_files() {
    let toml = faults("evenkeel.toml", "title = \nslos = [\"slo.yaml\"]\n");
    assert!(toml[0].starts_with("evenkeel.toml:1: "), "{toml:?}");
    let yaml = faults("slo.yaml", "apiVersion: openslo/v1\nkind: [SLO\n");
    assert!(yaml[0].starts_with("slo.yaml:"), "{yaml:?}");
    let empty = faults("slo.yaml", "");
    assert!(empty[0].contains("no OpenSLO object"), "{empty:?}");
    let empty = faults("requests.csv", "");
    assert!(empty[0].starts_with("requests.csv: : is empty"), "{empty:?}");
    let header = faults("requests.csv", "time,service,good,total\n");
    assert!(header[0].contains("has a header and no rows"), "{header:?}");
    let latin = faults("slo.yaml", b"description: caf\xe9\n");
    assert!(latin[0].contains("is not UTF-8 text: byte 16"), "{latin:?}");
}

#[test]
fn openslo_faults_of_all_files_with_their_paths() {
    let bad =
        SLO.replace("target: 0.99", "target: 1.2").replace("service: web\n", "service: wob\n").replace("1d", "1x");
    let faults = faults("slo.yaml", bad);
    for words in ["spec.objectives[0].target: objective `1.2`", "timeWindow", "spec.timeWindow[0].duration"] {
        assert!(faults.iter().any(|fault| fault.contains(words)), "{words} in {faults:#?}");
    }
}

#[test]
fn queries_that_are_no_selectors_and_sources_that_are_not_read() {
    let call = SLO.replace("good{service=\"web\"}", "sum(rate(good[5m]))");
    let faults_of = faults("slo.yaml", call);
    assert!(
        faults_of[0].starts_with("slo.yaml:17: web-availability: query `sum(rate(good[5m]))` is not a series selector"),
        "{faults_of:?}"
    );
    // As YAML may write it: quotes escaped, or folded over lines, in one of several objectives.
    let escaped = SLO.replace("'good{service=\"web\"}'", r#""sum(rate(good{service=\"web\"}[5m]))""#);
    let faults_of = faults("slo.yaml", escaped);
    assert!(
        faults_of[0].starts_with("slo.yaml:17: web-availability: query `sum(rate(good{service=\"web\"}[5m]))`"),
        "{faults_of:?}"
    );
    let folded = SLO.replace("'good{service=\"web\"}'", "\"sum(\\\n            rate(good[5m]))\"");
    let folded = folded.replace("[{target: 0.99}]", "[{target: 0.99, displayName: a}, {target: 0.9, displayName: b}]");
    let faults_of = faults("slo.yaml", folded);
    assert!(faults_of[0].starts_with("slo.yaml:") && !faults_of[0].starts_with("slo.yaml: "), "{faults_of:?}");
    let pattern = SLO.replace("good{service=\"web\"}", "good{service=~\"(\"}");
    assert!(faults("slo.yaml", pattern)[0].contains("pattern `(`"));
    let source = SLO.replacen("type: Prometheus", "type: Datadog", 1);
    assert!(faults("slo.yaml", source)[0].contains("metric source `Datadog` is not `Prometheus`"));
}

#[test]
fn values_that_cannot_be_counts_with_their_lines() {
    let faults = faults(
        "requests.csv",
        "time,service,good,total\n\
         2026-01-01T00:00:00Z,web,11,10\n\
         2026-01-01T00:01:00Z,web,-1,10\n\
         2026-01-01T00:02:00Z,web,NaN,10\n\
         2026-01-01T00:03:00Z,web,inf,10\n\
         2026-01-01T00:04:00Z,web,1.5,10\n\
         2026-01-01T00:05:00Z,web,ten,10\n\
         2026-01-01T00:05:00Z,web,10,10\n\
         2026-01-01T00:04:30Z,web,10,10\n\
         yesterday,web,10,10\n\
         2026-01-01T00:06:00,web,10,10\n\
         1767225960000,web,10,10\n\
         2026-01-01T00:07:00Z,web,10\n",
    );
    let expected = [
        "requests.csv:2: : 11 events in `good` are more than 10 in `total`",
        "requests.csv:3: good: count `-1` is negative",
        "requests.csv:4: good: count `NaN` is not a finite number",
        "requests.csv:5: good: count `inf` is not a finite number",
        "requests.csv:6: good: count `1.5` is not a whole number of events",
        "requests.csv:7: good: value `ten` is not a number",
        "requests.csv:8: : instant 2026-01-01T00:05:00Z appears twice for the same labels",
        "requests.csv:9: : instant 2026-01-01T00:04:30Z is before 2026-01-01T00:05:00Z, the one above it",
        "requests.csv:10: : instant `yesterday` is not RFC 3339, such as",
        "requests.csv:11: : instant `2026-01-01T00:06:00` has no offset; write `2026-01-01T00:06:00Z`",
        "requests.csv:12: : instant `1767225960000` is not Unix seconds within 1970 to 2199",
        "requests.csv:13: : row has 3 cells, not 4 as the header",
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (fault, words) in faults.iter().zip(expected) {
        assert!(fault.starts_with(words), "{fault} is not {words}");
    }
}

#[test]
fn of_many_faults_some_are_listed_and_all_are_counted() {
    let folder = Folder::book(&"never,web,1,1\n".repeat(5_000));
    let document = folder.json(&["slo", "status"], 2);
    assert_eq!(document["faults"].as_array().unwrap().len(), 20);
    assert_eq!(document["unlisted"], 4_980);
    let run = folder.run(&["slo", "status"]);
    assert!(run.err.contains("5000 faults in the input (4980 of them not listed)"), "{}", run.err);
}

#[test]
fn columns_that_are_not_there() {
    let faults = faults("requests.csv", "when,service,good,good\n2026-01-01T00:00:00Z,web,1,1\n");
    assert_eq!(faults.len(), 3, "{faults:?}");
    assert!(faults[0].contains("there is no column `time`"));
    assert!(faults[1].contains("good: column appears twice in the header"));
}

#[test]
fn saved_answers_that_are_none() {
    let toml = "slos = [\"slo.yaml\"]\n[[metrics]]\nprometheus_json = \"saved.json\"\n";
    let faults = |text: &str| {
        let folder = good();
        folder.write("evenkeel.toml", toml);
        folder.write("saved.json", text);
        folder.faults()
    };
    let series = |labels: &str, values: &str| {
        format!(
            "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{{\"metric\":{labels},\"values\":{values}}}]}}}}"
        )
    };
    let total = "{\"__name__\":\"total\",\"service\":\"web\"}";
    let one = |text: &str, words: &str| {
        let faults = faults(text);
        assert!(faults.iter().any(|fault| fault.contains(words)), "{words} in {faults:?}");
    };
    one("{\"status\":\"success\",\n\"data\":", "saved.json:2: : EOF while parsing");
    one("[1,2]", "saved.json:1: : invalid type: sequence, expected an object with `status` and `data`");
    one(
        "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error\"}",
        "`error` is not `success`: parse error",
    );
    one("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}", "`vector` is not `matrix`");
    one("{}", "status: is missing");
    one(
        &series(total, "[[0,\"1\"],[0,\"2\"]]"),
        "data.result[0].values[1]: instant 1970-01-01T00:00:00Z appears twice",
    );
    one(&series(total, "[[60,\"1\"],[0,\"2\"]]"), "is before 1970-01-01T00:01:00Z, the one above it");
    one(&series(total, "[[60,\"+Inf\"]]"), "value `+Inf` is not finite");
    one(&series(total, "[[60,\"x\"]]"), "data.result[0].values[0]: value `x` is not a number");
    one(&series(total, "[[60,\"-3\"]]"), "total{service=\"web\"} at 1970-01-01T00:01:00Z: count `-3` is negative");
    one(&series(total, "[[60,\"1.5\"]]"), "count `1.5` is not a whole number of events");
    one(
        &series("{\"__name__\":\"other\"}", "[[60,\"1\"]]"),
        "no samples of any objective's series, such as good{service=\"web\"}",
    );
    // NaN is Prometheus's mark of a series that went stale: a scrape without data.
    let folder = good();
    folder.write("evenkeel.toml", toml);
    folder.write("saved.json", series(total, "[[0,\"5\"],[60,\"NaN\"],[120,\"9\"]]"));
    assert_eq!(folder.json(&["slo", "status"], 0)["slos"][0]["total"], 4);
}

#[test]
fn good_events_beyond_all_events_in_counters() {
    let folder = good();
    folder.write("evenkeel.toml", TOML.to_owned() + "values = \"counters\"\n");
    folder.write("requests.csv", "time,service,good,total\n0,web,0,0\n60,web,9,5\n");
    let faults = folder.faults();
    assert!(faults[0].contains("at 1970-01-01T00:01:00Z: 9 good events are more than 5 in all"), "{faults:?}");
}

#[test]
fn arguments_out_of_bounds() {
    let book = good();
    let refused = |arguments: &[&str], words: &str| {
        let run = book.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.err.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{words} in {}", run.err);
    };
    refused(&["slo", "status", "--now", "noon"], "--now: instant `noon` is not RFC 3339");
    refused(&["slo", "status", "--slo", "api"], "there is no SLO `api`; there are web-availability");
    refused(&["slo", "rules", "--interval", "soon"], "length `soon` is not a whole number");
    refused(&["slo", "rules", "--interval", "1m"], "--interval: 1m is longer than 10s, the shortest window of");
    refused(&["slo", "backtest"], "knows no incidents");
    refused(&["slo", "status", "--wrong"], "unexpected argument");
    let policy = |arguments: &[&str], words: &str| {
        let run = run(&[&["slo", "policy"], arguments].concat());
        assert_eq!(run.code, 2);
        assert!(run.err.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{words} in {}", run.err);
    };
    policy(&["google", "--objective", "99.9"], "is neither a file nor one of");
    policy(&["google_30d", "--objective", "100"], "it leaves no error budget");
    policy(&["google_30d", "--objective", "99.9", "--error-ratio", "0"], "is not within");
    policy(&["google_30d", "--objective", "99.9", "--period", "5m"], "is not");
    let run = run(&["review", "--incidents", "/nowhere.csv", "--objective", "200", "--zone", "X/Y", "--slice", "40d"]);
    assert_eq!(run.code, 2);
    for words in ["--objective", "--zone", "--slice"] {
        assert!(run.err.contains(words), "all faults at once: {words} in {}", run.err);
    }
}

#[test]
fn a_million_rows_are_streamed() {
    let folder = good();
    let row = |second: u64| {
        format!("{},web,{},10\n", 1_767_225_600 + 5 * second, 10 - u64::from(second.is_multiple_of(1_000)))
    };
    let rows: String = (0..1_000_000).map(row).collect();
    folder.write("requests.csv", format!("time,service,good,total\n{rows}"));
    // A bound on the address space: 1,000,000 rows of two numbers, and what is worked out from them.
    let command = format!(
        "ulimit -v 400000; exec {} slo status --json {}",
        env!("CARGO_BIN_EXE_evenkeel"),
        folder.path("").display()
    );
    let output = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // The last day: 17,280 rows of 5 seconds.
    assert_eq!(status["slos"][0]["total"], 172_800);
}

/// Whether anything in `text` would steer a terminal.
fn steers(text: &str) -> bool {
    text.chars().any(|c| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)))
}

#[test]
fn text_from_outside_never_steers_the_terminal() {
    const NASTY: &str = "x\u{9b}2J\u{202e}y";
    let folder = good();
    // TOML holds no raw control characters below U+0020; C1 and bidirectional ones are text to it.
    folder.write("evenkeel.toml", format!("title = \"\\u001b[2J{NASTY}\"\n{}", TOML.replace("title", "#")));
    folder.write(
        "slo.yaml",
        SLO.replace(
            "{name: web-availability}",
            &format!("{{name: web-availability, displayName: \"\\e[2J\\n{NASTY}\"}}"),
        ),
    );
    folder.write(
        "incidents.csv",
        format!("start,end,service\n2026-01-01T00:00:00Z,2026-01-01T00:05:00Z,\u{1b}]0;t\u{7}{NASTY}\n"),
    );
    let incidents = folder.path("incidents.csv");
    let incidents = ["review", "--incidents", incidents.to_str().unwrap()];
    for run in [
        folder.run(&["slo", "status"]),
        folder.run(&["review"]),
        folder.run(&["slo", "rules"]),
        folder.run(&["slo", "status", "--json"]),
        run(&incidents),
        run(&[&incidents[..], &["--json"]].concat()),
    ] {
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(!steers(&run.out), "{:?}", run.out);
        assert!(run.out.contains("9b"), "the escape is shown: {}", run.out);
    }
    let title = folder.json(&["review"], 0)["title"].as_str().unwrap().to_owned();
    assert_eq!(title, format!("\u{1b}[2J{NASTY}"), "machines get the text as it is");

    let name = format!("\u{1b}[2J{NASTY}");
    let broken = good();
    broken.write("evenkeel.toml", format!("{TOML}\n[slo.\"{NASTY}\"]\n\"{NASTY}\" = 1\n"));
    broken.write("requests.csv", format!("{name},service,good,total\n0,web,1,1\n"));
    for run in [
        broken.run(&["slo", "status"]),
        broken.run(&["slo", "status", "--json"]),
        good().run(&["slo", "status", "--now", &name]),
        good().run(&["slo", "status", &format!("--{name}")]),
        run(&["review", &name]),
        run(&["slo", "policy", &name, "--objective", &name]),
    ] {
        assert_eq!(run.code, 2);
        let text = run.out + &run.err;
        assert!(!steers(&text), "{text:?}");
        assert!(text.contains("9b"), "the escape is shown: {text}");
    }
}

#[test]
fn long_lines_are_cut_around_the_fault() {
    let folder = good();
    let long = "a".repeat(5_000);
    folder.write("evenkeel.toml", format!("# {long}\nslos = [\"{long}\", 7]\n# {long}\n"));
    let run = folder.run(&["slo", "status"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains(" 2 │ …"), "{}", run.err);
    // File names that are wrong are quoted; snippets are not what is long.
    let snippet = run.err.lines().filter(|line| line.contains("│ ") && line.contains('…'));
    assert!(snippet.clone().count() >= 3 && snippet.clone().all(|line| line.chars().count() <= 80), "{}", run.err);
}

#[test]
fn an_answer_that_cannot_be_written_is_a_fault() {
    let book = good();
    for arguments in [&["slo", "status"][..], &["slo", "status", "--json"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_evenkeel"));
        let output = command.args(arguments).arg(book.path("")).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written to stdout"));
    }
    // A reader that goes away is none.
    let command = format!("{} slo status {} | :", env!("CARGO_BIN_EXE_evenkeel"), book.path("").display());
    let output = std::process::Command::new("bash").args(["-o", "pipefail", "-c", &command]).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn faults_of_arguments_book_and_metrics_come_together() {
    let folder = good();
    folder.write("evenkeel.toml", format!("titel = 1\n{TOML}\n[[metrics]]\nprometheus_json = [\"cut.json\"]\n"));
    folder.write("cut.json", "{\"status\":\"success\",\"data\":");
    let document = folder.json(&["slo", "status", "--now", "noon"], 2).to_string();
    for words in ["--now", "titel", "cut.json"] {
        assert!(document.contains(words), "{words} in {document}");
    }
    let policy = folder.path("policy.toml");
    folder.write(
        "policy.toml",
        "name = \"mine\"\n[[rows]]\nname = \"a\"\nseverity = \"loud\"\nlong = 3600\nfactor = \"nan\"\nbogus = 1\n",
    );
    let given =
        ["slo", "policy", policy.to_str().unwrap(), "--objective", "1000", "--error-ratio", "nan", "--period", "0d"];
    let document = json(&given, 2).to_string();
    for words in [
        "--objective",
        "--error-ratio",
        "--period",
        "rows[0].severity",
        "rows[0].factor",
        "rows[0].bogus",
        "\"period\"",
    ] {
        assert!(document.contains(words), "{words} in {document}");
    }
    let policy = folder.path("policy.json");
    folder
        .write("policy.json", "{\"name\": \"x\", \"period\": 86400, \"rows\": [{\"factor\": \"nan\", \"bogus\": 1}]}");
    let document = json(&["slo", "policy", policy.to_str().unwrap(), "--objective", "99"], 2).to_string();
    assert!(document.contains("rows[0].factor") && document.contains("rows[0].bogus"), "{document}");
}

#[test]
fn an_instant_before_all_samples_is_a_fault() {
    let run = good().run(&["slo", "status", "--now", "2020-01-01T00:00:00Z"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("no samples of any objective's series"), "{}", run.err);
}

#[test]
fn what_to_do_is_said_about_addresses_and_parts_in_other_files() {
    let folder = good();
    let run = folder.run(&["slo", "status", "--prometheus", "127.0.0.1:19090"]);
    assert!(run.code == 2 && run.err.contains("write `http://127.0.0.1:19090`"), "{}", run.err);
    folder.write("alone.yaml", SLO.split("---\n").nth(1).unwrap());
    let run = common::run(&["slo", "import", folder.path("alone.yaml").to_str().unwrap()]);
    assert!(run.code == 2 && run.err.contains("give that file too"), "{}", run.err);
}
