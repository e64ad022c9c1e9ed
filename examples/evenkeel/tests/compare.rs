//! `evenkeel compare`: answers in words, as JSON and as exit codes; faults with their places.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use std::fmt::Write;
use std::path::Path;

use common::{Run, json, run};
use serde_json::Value;
use tempfile::TempDir;

/// Files in a folder of their own.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
        Self(folder)
    }

    /// The arguments, with the names of files as paths.
    fn arguments(&self, arguments: &[&str]) -> Vec<String> {
        let path = |argument: &&str| {
            let path = self.0.path().join(argument);
            if path.exists() || argument.ends_with(".csv") {
                path.display().to_string()
            } else {
                (*argument).to_owned()
            }
        };
        ["compare".to_owned()].into_iter().chain(arguments.iter().map(path)).collect()
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let arguments = self.arguments(arguments);
        run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn json(&self, arguments: &[&str], code: i32) -> Value {
        let arguments = self.arguments(arguments);
        json(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), code)
    }

    /// `file:line: path: message`, each fault.
    fn faults(&self, arguments: &[&str]) -> Vec<String> {
        let document = self.json(arguments, 2);
        assert_eq!(document["schema"], "evenkeel.faults/1");
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        let faults = document["faults"].as_array().unwrap().iter().map(|fault| {
            let file = text(&fault["file"]);
            let file = Path::new(&file).file_name().map_or(file.clone(), |name| name.to_str().unwrap().to_owned());
            let line = fault["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
            format!("{file}{line}: {}: {}", text(&fault["path"]), text(&fault["message"]))
        });
        faults.collect()
    }
}

const BEFORE: &str = "41\n25\n60\n33\n95\n52\n47\n38\n";
const AFTER: &str = "22\n9\n31\n18\n12\n28\n36\n15\n";

fn outages() -> Files {
    Files::new(&[("before.csv", BEFORE), ("after.csv", AFTER)])
}

/// Numbers around `middle`, as if drawn, `n` of them.
fn around(middle: f64, n: u32) -> String {
    (0..n).fold(String::new(), |mut text, i| {
        // Spread evenly, in no order.
        let share = f64::from(i * 37 % n) / f64::from(n);
        let _ = writeln!(text, "{}", middle + share - 0.5);
        text
    })
}

#[test]
fn the_answer_comes_first_in_words_and_the_rest_within_80_columns() {
    let files = outages();
    let run = files.run(&["before.csv", "after.csv", "--margin", "10%", "--quantile", "60%"]);
    assert!(run.out.starts_with("after is lower than before, by more than 10 %\n"), "{}", run.out);
    for words in [
        "A before              8",
        "difference  -24 [-40 to -10] as the median of all differences",
        "ratio       0.43x [0.26x to 0.69x] of the geometric means",
        "pairs       6 %",
        "at 60 %     -2",
        "needed      n = 7 in each would find a difference as strong as this one looks\n",
        "by          Mann-Whitney, exact (p = 0.0019);",
    ] {
        assert!(run.out.contains(words), "{words} in {}", run.out);
    }
    let long: Vec<_> = run.out.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(long.is_empty() && run.err.is_empty(), "{long:?} {}", run.err);
}

#[test]
fn everything_is_said_of_b_relative_to_a() {
    let files = outages();
    let lower = files.json(&["before.csv", "after.csv"], 0);
    let higher = files.json(&["after.csv", "before.csv"], 0);
    assert_eq!(
        (&lower["answer"], &higher["answer"]),
        (&"after is lower than before".into(), &"before is higher than after".into())
    );
    assert_eq!(lower["comparison"]["shift"]["value"], -24.0);
    assert_eq!(higher["comparison"]["shift"]["value"], 24.0);
    assert_eq!((&lower["a"]["name"], &lower["b"]["name"]), (&"before".into(), &"after".into()));
    assert_eq!(lower["comparison"]["n_x"], 8);
    assert_eq!(lower["comparison"]["median_x"], 20.0, "x is B");
    assert_eq!(lower["comparison"]["verdict"]["lower"]["beyond"], false);
}

#[test]
fn with_a_margin_the_exit_code_says_whether_they_are_the_same() {
    let (here, near, far) = (around(10.0, 60), around(10.02, 60), around(12.0, 60));
    let files = Files::new(&[("a.csv", &here), ("b.csv", &near), ("c.csv", &far)]);
    for (other, margin, code, words) in [
        ("b.csv", "5%", 0, "b and a are the same within 5 %"),
        ("b.csv", "0.5", 0, "b and a are the same within 0.5"),
        ("b.csv", "0.1%", 1, "no difference found, and not shown to be the same within 0.1 %"),
        ("c.csv", "1", 1, "c is higher than a, by more than 1"),
        ("c.csv", "2", 1, "c is higher than a; whether by more than 2 is open"),
        ("c.csv", "50%", 0, "c and a are the same within 50 %, though not quite the same"),
    ] {
        let run = files.run(&["a.csv", other, "--margin", margin]);
        assert_eq!((run.code, run.out.lines().next().unwrap()), (code, words), "{}", run.err);
    }
    let run = files.run(&["a.csv", "b.csv"]);
    assert_eq!(run.code, 0, "without a margin any answer will do");
    assert!(run.out.starts_with("no difference found, which does not show that there is none\n"), "{}", run.out);
}

#[test]
fn lengths_are_compared_in_seconds_and_shown_as_lengths() {
    let files = Files::new(&[
        ("a.csv", "12m\n15m30s\n10m\n11m\n14m\n9m\n"),
        ("b.csv", "00:17:00\n0 days 00:29:00\n1h\n20m\n00:41:30\n2400s\n"),
    ]);
    let document = files.json(&["a.csv", "b.csv", "--margin", "30s"], 1);
    assert_eq!((&document["a"]["unit"], &document["a"]["greatest"]), (&"seconds".into(), &930.0.into()));
    let run = files.run(&["a.csv", "b.csv", "--margin", "30s"]);
    assert!(run.out.starts_with("b is higher than a, by more than 30s\n"), "{}", run.out);
    assert!(run.out.contains("difference  +"), "{}", run.out);
    assert_eq!(
        files.faults(&["a.csv", "b.csv", "--margin", "30"]),
        ["--margin: : margin `30` has no unit, and the values are lengths"]
    );
}

#[test]
fn two_groups_of_one_file() {
    let text = "id;provider;minutes;note\n1;x;5;\n2;y;15;\n3;x;6;\n4;y;16;\n5;z;oops;\n6;x;7;\n7;y;17;\n8;x;8;\n9;y;\n10;y;18;\n";
    let files = Files::new(&[("all.csv", text)]);
    let by = |more: &[&'static str]| {
        let by = ["all.csv", "--by", "provider", "--a", "x", "--b", "y", "--column", "minutes"];
        by.iter().chain(more).copied().collect::<Vec<_>>()
    };
    assert_eq!(files.faults(&by(&[])), ["all.csv:10: : row has 3 cells, not 4 as the header"]);
    let mended = text.replace("9;y;\n", "9;y;;\n");
    let files = Files::new(&[("all.csv", &mended)]);
    assert_eq!(files.faults(&by(&[])), ["all.csv:10: minutes: value is missing"]);
    let document = files.json(&by(&["--skip-empty"]), 0);
    assert_eq!((&document["answer"], &document["a"]["n"]), (&"y is higher than x".into(), &4.into()));
    assert_eq!(document["a"]["skipped"], 1);
    let missing = ["all.csv", "--by", "provider", "--a", "x", "--b", "w", "--column", "minutes"];
    assert_eq!(files.faults(&missing), ["all.csv: provider: no row has `w`"]);
    let same = ["all.csv", "--by", "provider", "--a", "x", "--b", "x"];
    assert_eq!(files.faults(&same), ["--b: : `x` is what A is"]);
}

#[test]
fn the_faults_of_arguments_and_files_come_at_once() {
    let files =
        Files::new(&[("a.csv", "1\nNaN\n\nx\n5\n"), ("empty.csv", ""), ("head.csv", "a,b\n"), ("zip.csv", "PK\0\0")]);
    let bad = ["a.csv", "empty.csv", "--margin", "0%", "--level", "95", "--quantile", "many", "--power", "100%"];
    assert_eq!(
        files.faults(&bad),
        [
            "--level: : level `95` is not within 1e-12 and 1 - 1e-12",
            "--power: : level `1` is not within 1e-12 and 1 - 1e-12",
            "--quantile: : `many` is not a share, such as `95%`",
            "--margin: : margin `0%` is not above 0",
            "a.csv:2: : value `NaN` is not finite",
            "a.csv:3: : value is missing",
            "a.csv:4: : value `x` is not a number, nor a length such as `12m30s`",
            "empty.csv: : is empty",
        ]
    );
    assert_eq!(
        files.faults(&["head.csv", "zip.csv"]),
        ["head.csv: : has a header and no rows", "zip.csv: : is not text: it holds a byte of value 0"]
    );
    assert_eq!(files.faults(&["nope.csv", "nope.csv"]), ["nope.csv: : does not exist"; 2]);
    let run = files.run(&["a.csv"]);
    assert!(run.code == 2 && run.err.contains("<B>"), "{}", run.err);
}

#[test]
fn values_that_do_not_suit_the_margin_or_each_other() {
    let files =
        Files::new(&[("a.csv", "ms\n5\n0\n-3\n7\n8\n9\n"), ("b.csv", "1\n2\n3\n4\n5\n"), ("c.csv", "1s\n2s\n")]);
    let fault = "a.csv:3: ms: a margin of 5% needs values above 0; 2 values of `a` are not, the first is `0`";
    assert_eq!(files.faults(&["a.csv", "b.csv", "--margin", "5%"]), [fault]);
    assert_eq!(files.json(&["a.csv", "b.csv"], 0)["comparison"]["ratio"], Value::Null);
    let mixed = files.faults(&["b.csv", "c.csv"]);
    assert!(mixed[0].starts_with("c.csv: : holds lengths of time, and `"), "{mixed:?}");
    assert!(mixed[0].ends_with("b.csv` holds plain numbers"), "{mixed:?}");
    let fault = "--margin: : margin `3s` is a length, and the values are plain numbers";
    assert_eq!(files.faults(&["a.csv", "b.csv", "--margin", "3s"]), [fault]);
    let fault = "--margin: : level `0.4` is not above 0.5, which two one-sided tests need";
    assert_eq!(files.faults(&["a.csv", "b.csv", "--margin", "3", "--level", "40%"]), [fault]);
}

#[test]
fn one_row_is_not_enough_and_says_what_would_be() {
    let files = Files::new(&[("one.csv", "3\n"), ("five.csv", "1\n2\n3\n4\n5\n")]);
    let run = files.run(&["one.csv", "five.csv"]);
    assert!(
        run.out.starts_with("not enough data: n = 1 and 5 could show no difference at 95 %, 4 in each could\n"),
        "{}",
        run.out
    );
    assert_eq!(run.code, 0);
    let document = files.json(&["one.csv", "five.csv", "--margin", "1"], 1);
    assert_eq!((&document["comparison"], &document["not_enough"]["too-few"]["need"]), (&Value::Null, &4.into()));
}

#[test]
fn the_numbers_asked_for_are_enough_and_tied_samples_count_like_others() {
    let files =
        Files::new(&[("two.csv", "5\n6\n"), ("eight.csv", "1\n2\n3\n4\n7\n8\n9\n10\n"), ("four.csv", "1\n2\n3\n4\n")]);
    let says = |arguments: &[&str], words: &str| {
        let out = files.run(arguments).out;
        assert!(out.starts_with(words), "{words} in {out}");
    };
    says(&["two.csv", "two.csv"], "not enough data: n = 2 and 2 could show no difference at 95 %, 4 in each could");
    says(
        &["two.csv", "eight.csv", "--level", "99%"],
        "not enough data: n = 2 and 8 could show no difference at 99 %, 5 in each could",
    );
    says(&["four.csv", "four.csv"], "no difference found");
    let ties = Files::new(&[("ones.csv", "1\n1\n1\n"), ("twos.csv", "2\n2\n2\n")]);
    assert!(ties.run(&["ones.csv", "twos.csv"]).out.starts_with("not enough data: n = 3 and 3 could show"));
}

#[test]
fn a_pure_shift_is_not_called_a_difference_in_shape() {
    let shifted = |by: u32| (0..40).map(|i| format!("{}\n", i + by)).collect::<String>();
    let files = Files::new(&[("a.csv", &shifted(0)), ("b.csv", &shifted(30))]);
    let out = files.run(&["a.csv", "b.csv", "--margin", "1000"]).out;
    let line = out.lines().find(|line| line.starts_with("overall")).unwrap_or_else(|| panic!("{out}"));
    assert!(line.starts_with("overall     the distributions differ, in place, spread or shape (p"), "{line}");
}

#[test]
fn bad_arguments_are_a_document_where_one_is_asked_for() {
    let files = Files::new(&[("a.csv", "1\n")]);
    for arguments in
        [&["a.csv", "--json"][..], &["a.csv", "a.csv", "--bad", "--json"], &["a.csv", "a.csv", "--seed", "x", "--json"]]
    {
        let run = files.run(arguments);
        let document: Value = serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error} {}", run.out));
        assert_eq!((run.code, &document["schema"]), (2, &"evenkeel.faults/1".into()));
        assert_eq!(document["faults"][0]["file"], "arguments");
        assert!(!document["faults"][0]["message"].as_str().unwrap().is_empty() && run.err.is_empty(), "{document}");
    }
}

#[test]
fn equal_and_extreme_values_have_an_answer() {
    let same = "7\n".repeat(9);
    let huge = "1e300\n-1e300\n".repeat(6);
    let tiny = "5e-324\n0\n1e-300\n".repeat(5);
    let files = Files::new(&[("same.csv", &same), ("huge.csv", &huge), ("tiny.csv", &tiny)]);
    for a in ["same.csv", "huge.csv", "tiny.csv"] {
        for b in ["same.csv", "huge.csv", "tiny.csv"] {
            let run = files.run(&[a, b, "--quantile", "90%"]);
            let enough = run.code == 0 || run.err.contains("not enough") || run.err.contains("--quantile");
            assert!(enough, "{a} {b}: {} {}", run.out, run.err);
            assert!(!run.out.contains("NaN") && !run.out.contains("inf"), "{a} {b}: {}", run.out);
            assert!(run.out.lines().all(|line| line.chars().count() <= 80), "{a} {b}: {}", run.out);
        }
    }
}

#[test]
fn names_from_outside_cannot_steer_a_terminal_nor_widen_the_page() {
    let text =
        format!("who,took\n{}", "\u{1b}[31mred,1\nlong name of a provider that goes on and on and on,2\n".repeat(6));
    let files = Files::new(&[("all.csv", &text)]);
    let long = "long name of a provider that goes on and on and on";
    let run = files.run(&["all.csv", "--by", "who", "--a", "\u{1b}[31mred", "--b", long]);
    assert!(run.code == 0 && !run.out.contains('\u{1b}'), "{}", run.out);
    assert!(run.out.lines().all(|line| line.chars().count() <= 80), "{}", run.out);
}

#[test]
fn many_rows_are_read_as_a_stream() {
    let file = |factor: f64| {
        (0..200_000_u32).fold("t,ms\n".to_owned(), |mut text, i| {
            let _ = writeln!(text, "{i},{}", f64::from(i * 7_919 % 200_000) * factor + 1.0);
            text
        })
    };
    let (a, b) = (file(1.0), file(1.001));
    let files = Files::new(&[("a.csv", &a), ("b.csv", &b)]);
    let document = files.json(&["a.csv", "b.csv", "--column", "ms", "--margin", "1%"], 0);
    assert_eq!(
        (&document["a"]["n"], &document["answer"]),
        (&200_000.into(), &"b and a are the same within 1 %".into())
    );
}

#[test]
fn a_seed_gives_the_same_bootstrap_again() {
    let (a, b) = (around(10.0, 61), around(12.0, 67));
    let files = Files::new(&[("a.csv", &a), ("b.csv", &b)]);
    let with = |seed: &str| files.json(&["a.csv", "b.csv", "--quantile", "0.9", "--seed", seed], 0);
    assert_eq!(with("7"), with("7"));
    assert_ne!(with("7")["comparison"]["quantile"], with("8")["comparison"]["quantile"]);
}

/// Real outages, where they are at hand.
#[test]
fn outages_of_two_providers() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/llm_outages.csv");
    if !file.exists() {
        println!("skipped: the list of outages is not in ../shared/data");
        return;
    }
    let arguments = ["compare", file.to_str().unwrap(), "--by", "provider", "--a", "openai", "--b", "anthropic"];
    let document = json(&[&arguments[..], &["--column", "time_span", "--margin", "10m"]].concat(), 1);
    assert_eq!((&document["a"]["n"], &document["b"]["n"]), (&414.into(), &226.into()));
    assert_eq!(document["comparison"]["shift"]["value"], -600.0);
    // By the document: the text is wrapped where the path of the file lets it be.
    assert_eq!(json(&arguments, 2)["faults"][0]["message"], "has 19 columns of numbers");
}
