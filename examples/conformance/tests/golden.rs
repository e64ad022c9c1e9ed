//! Every kind over the committed cases and over the full golden data where present, and proof that each kind
//! can disagree.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::io::Write;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use conformance::{KINDS, Kind, Outcome};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// The folder of the committed cases of a kind. Those that a script of ours had peers compute lie beside that script.
fn home(kind: &Kind) -> PathBuf {
    if kind.name == "measure" { data().join("../../../measure-core/tests/golden") } else { data() }
}

/// The committed input of a kind.
fn committed(kind: &Kind) -> PathBuf {
    home(kind).join(kind.place)
}

/// The full golden data of a kind, where they are present.
fn full(kind: &Kind) -> PathBuf {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/golden");
    match kind.name {
        "measure" => shared.join("measure"),
        "timelines" | "plans" => shared.join("oncall").join(kind.place),
        _ => shared.join("slo").join(kind.place),
    }
}

/// Runs a kind and holds that no section is empty: a kind that checks nothing agrees with everything.
fn agreed(kind: &Kind, input: &Path) -> Outcome {
    let outcome = conformance::run(kind.name, input).unwrap_or_else(|fault| panic!("{fault}"));
    assert!(outcome.agrees(), "{outcome}");
    for section in &outcome.sections {
        assert!(section.agreed > 0, "nothing is checked by `{}` of {}", section.name, kind.name);
    }
    outcome
}

#[test]
fn every_kind_agrees_with_the_committed_cases() {
    for kind in KINDS {
        println!("{}", agreed(kind, &committed(kind)));
    }
}

#[test]
fn proportions_agree_where_floats_are_hard() {
    let outcome = conformance::run("statistics", &data().join("statistics_extreme.json")).unwrap();
    assert!(outcome.agrees() && outcome.agreed() > 200, "{outcome}");
    println!("{outcome}");
}

#[test]
fn every_kind_agrees_with_the_full_golden_data() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/golden");
    if !shared.exists() {
        // Past the capture of output, so that a run says what it left out.
        writeln!(std::io::stderr(), "skipped: no golden data in {}; the committed cases were run", shared.display())
            .unwrap();
        return;
    }
    for kind in KINDS {
        let (full, committed) = (agreed(kind, &full(kind)), agreed(kind, &committed(kind)));
        // The cases of measure-core's own script are more than those handed over.
        assert!(kind.name == "measure" || full.agreed() >= committed.agreed(), "{full}");
        println!("{full}");
    }
}

/// For each kind: in which file of its committed input what text is replaced by which wrong one.
const WRONG: &[(&str, &str, &str, &str)] = &[
    ("budget", "", r#""bad": 144,"#, r#""bad": 145,"#),
    ("detection", "", r#""reset_short_s": {"q": "17280/1""#, r#""reset_short_s": {"q": "17281/1""#),
    ("ticks", "", "3704", "3705"),
    ("calendar", "", r#""k": 3,"#, r#""k": 4,"#),
    ("statistics", "", r#""bad": 15,"#, r#""bad": 14,"#),
    ("counters", "", r#""resets": 2"#, r#""resets": 3"#),
    ("timeslices", "", r#""835/839""#, r#""834/839""#),
    (
        "openslo",
        "verdicts.json",
        r#"alertAfter.yaml": {"objects": 1, "valid": true}"#,
        r#"alertAfter.yaml": {"objects": 1, "valid": false}"#,
    ),
    ("pyrra", "", r#""long_s": 23160"#, r#""long_s": 23220"#),
    ("sloth", "rules/getting-started.28d.rules.yml", "(13.44 *", "(13.45 *"),
    ("measure", "proportion.json", r#""successes": 3,"#, r#""successes": 4,"#),
    ("slo_generator", "", r#""alert": true"#, r#""alert": false"#),
    ("plans", "", r#""max_burden": 2320"#, r#""max_burden": 2310"#),
    ("timelines", "", r#"Z", "p1"]"#, r#"Z", "p0"]"#),
];

/// The input of a kind in a copy of the committed data with one thing wrong.
fn with_a_wrong_case(kind: &Kind, folder: &Path) -> PathBuf {
    let (_, file, right, wrong) = WRONG.iter().find(|(name, ..)| *name == kind.name).expect(kind.name);
    copy(&home(kind), folder);
    let input = folder.join(kind.place);
    let file = if file.is_empty() { input.clone() } else { input.join(file) };
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(right), "{} has no `{right}`", kind.name);
    std::fs::write(&file, text.replace(right, wrong)).unwrap();
    input
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            copy(&path, &to.join(path.file_name().unwrap()));
        }
    } else {
        std::fs::write(to, std::fs::read(from).unwrap()).unwrap();
    }
}

fn command() -> Command {
    Command::cargo_bin("conformance").unwrap()
}

#[test]
fn a_wrong_case_of_any_kind_is_a_disagreement_and_exits_1() {
    for kind in KINDS {
        let folder = tempfile::tempdir().unwrap();
        let input = with_a_wrong_case(kind, folder.path());
        let output = command().arg(kind.name).arg(&input).assert().code(1).get_output().clone();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("DISAGREE") && text.contains(", got "), "{}: {text}", kind.name);
    }
}

#[test]
fn nothing_to_check_is_a_fault_and_exits_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.json");
    for (kind, content) in [("timelines", "[]"), ("plans", "[]"), ("budget", r#"{"cases": []}"#)] {
        std::fs::write(&file, content).unwrap();
        let output = command().arg(kind).arg(&file).assert().code(2).get_output().clone();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("there is nothing to check"), "{kind}: {text}");
    }
}

#[test]
fn a_last_shift_that_ends_late_or_is_missing_is_a_disagreement() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("timelines.json");
    let golden = std::fs::read_to_string(data().join("timelines.json")).unwrap();
    let cases: serde_json::Value = serde_json::from_str(&golden).unwrap();
    for late in [true, false] {
        let mut cases = cases.clone();
        let shifts = cases[0]["shifts"].as_array_mut().unwrap();
        if late {
            shifts.last_mut().unwrap()[1] = "2027-01-01T00:00:00Z".into();
        } else {
            shifts.pop();
        }
        std::fs::write(&file, cases.to_string()).unwrap();
        let outcome = conformance::run("timelines", &file).unwrap();
        assert!(!outcome.agrees(), "{outcome}");
    }
}

#[test]
fn agreement_exits_0() {
    command().arg("pyrra").arg(data().join("pyrra/windows_table.json")).assert().success();
}

#[test]
fn bad_input_exits_2_with_the_file_the_path_and_the_fault() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.json");
    for (content, expected) in [
        (None, vec!["No such file"]),
        (Some(""), vec!["EOF"]),
        (Some("[]"), vec!["cases.json", "expected struct"]),
        (Some(r#"{"cases": [{"id": "one"}]}"#), vec!["cases[0].id", "\"one\""]),
        (Some(r#"{"cases": []} x"#), vec!["trailing characters"]),
        (
            Some(
                r#"{"cases": [{"id":1,"objective_percent":"9","good":1,"total":1,"window_s":1,"period_s":1,"note":""}]}"#,
            ),
            vec!["cases[0]", "`expect`"],
        ),
    ] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let output = command().arg("budget").arg(&file).assert().code(2).get_output().clone();
        let text = String::from_utf8(output.stderr).unwrap();
        for part in expected {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    command().arg("no-such-kind").arg(&file).assert().code(2);
    for kind in KINDS {
        command().arg(kind.name).arg(folder.path().join("absent")).assert().code(2);
    }
}
