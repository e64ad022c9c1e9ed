//! `evenkeel trend`, as people and machines call it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use std::path::PathBuf;

use common::{evenkeel, json, run};
use tempfile::TempDir;

/// A folder with one file.
struct File {
    _folder: TempDir,
    path: PathBuf,
}

impl File {
    fn of(name: &str, content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        Self { _folder: folder, path }
    }

    fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

/// Values that stray around a line by up to 1, as if by chance, and no two alike.
fn values(n: usize, slope: f64) -> Vec<String> {
    // The fractions of multiples of the golden ratio, of their squares and so on do not resemble one another.
    let stray = |x: f64| (x * (x + 1.0) * 0.618_033_988_749_894_9).fract() * 2.0 - 1.0;
    (0..n).map(|x| x as f64).map(|x| format!("{:.3}", 20.0 + slope * x + stray(x % 1_000.0) + x * 1e-3)).collect()
}

fn list(n: usize, slope: f64) -> File {
    File::of("list.txt", values(n, slope).join("\n") + "\n")
}

/// What stderr names, without its frame: lines are wrapped there.
fn said(err: &str) -> String {
    err.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

#[test]
fn a_rising_series_is_said_to_rise_and_by_how_much() {
    let file = list(26, 0.5);
    let text = run(&["trend", file.path()]);
    assert_eq!((text.code, text.err.as_str()), (0, ""));
    assert!(text.out.contains("Rising by 0.5"), "{}", text.out);
    assert!(text.out.contains(" a row [0.4") && text.out.contains("(95 %)]."), "{}", text.out);
    let answer = json(&["trend", file.path()], 0);
    assert_eq!(answer["schema"], "evenkeel.trend/1");
    assert_eq!(answer["trend"]["direction"], "rising");
    assert_eq!((&answer["n"], &answer["first"], &answer["last"]), (&26.into(), &"row 1".into(), &"row 26".into()));
    let interval = &answer["trend"]["line"]["slope"]["interval"];
    assert!(interval["lower"].as_f64().unwrap() < 0.5 && interval["upper"].as_f64().unwrap() > 0.5, "{interval}");
}

#[test]
fn what_was_not_found_says_what_would_have_been() {
    let file = list(12, 0.0);
    let text = run(&["trend", file.path()]);
    let sentence = said(&text.out);
    assert!(sentence.contains("No trend found in 12 rows; 0."), "{}", text.out);
    assert!(sentence.contains(" a row either way would have been seen with 80 %."), "{}", text.out);
    assert!(json(&["trend", file.path()], 0)["trend"]["detectable"].as_f64().unwrap() > 0.05);
}

#[test]
fn a_gate_exits_1_on_what_it_is_told_to() {
    let (up, flat) = (list(26, 0.5), list(26, 0.0));
    for (file, fail_on, code) in
        [(&up, "rising", 1), (&up, "falling", 0), (&up, "trend", 1), (&flat, "rising", 0), (&flat, "trend", 0)]
    {
        assert_eq!(run(&["trend", file.path(), "--fail-on", fail_on]).code, code, "{fail_on}");
        json(&["trend", file.path(), "--fail-on", fail_on], code);
    }
    let seven = list(7, 5.0);
    assert_eq!(run(&["trend", seven.path(), "--fail-on", "trend"]).code, 0, "not enough data is no trend");
}

#[test]
fn seven_rows_are_not_enough_and_say_so() {
    let text = run(&["trend", list(7, 5.0).path()]);
    assert_eq!((text.code, text.err.as_str()), (0, ""));
    assert!(text.out.contains("Not enough data: 7 rows, and 8 are needed."), "{}", text.out);
    let answer = json(&["trend", list(7, 5.0).path()], 0);
    assert!(answer["trend"].is_null() && answer["changes"].is_null());
    assert_eq!(answer["not_enough"]["too-few"]["need"], 8);
}

#[test]
fn a_constant_series_is_neither() {
    let text = run(&["trend", File::of("flat.txt", "7\n".repeat(20)).path()]);
    assert!(text.out.contains("No trend found in 20 rows: all of them are 7."), "{}", text.out);
    assert!(text.out.contains("No change of level found."), "{}", text.out);
}

#[test]
fn a_change_of_level_is_dated() {
    let rows: Vec<String> = values(40, 0.0)
        .iter()
        .enumerate()
        .map(|(x, value)| format!("2024-02-{:02},{}", x + 1, value.parse::<f64>().unwrap() + 9.0 * f64::from(x > 14)))
        .take(29)
        .collect();
    let file = File::of("daily.csv", format!("day,load\n{}\n", rows.join("\n")));
    let answer = json(&["trend", file.path(), "--time", "day"], 0);
    assert_eq!(answer["step"], "day");
    assert_eq!((&answer["first"], &answer["last"]), (&"2024-02-01".into(), &"2024-02-29".into()));
    assert_eq!(answer["changes"].as_array().unwrap().len(), 1);
    assert_eq!(answer["changes"][0]["label"], "2024-02-16");
    let text = run(&["trend", file.path(), "--time", "day"]);
    assert!(text.out.contains("  2024-02-16   from 20"), "{}", text.out);
    assert!(text.out.contains('▲'), "{}", text.out);
}

#[test]
fn the_larger_a_change_of_level_the_surer_it_is_found() {
    let jump = "5 6 4 5 7 5 4 6 5 5 6 4 5 25 26 24 25 27 25 24 26 25 25 26 24 25";
    for (values, label, ends) in
        [(jump, "row 14", [5.0, 25.0]), ("4 6 5 4 5 6 11 12 10 11 12 11", "row 7", [5.0, 11.0])]
    {
        let file = File::of("levels.txt", values.replace(' ', "\n"));
        let answer = json(&["trend", file.path(), "--fail-on", "rising"], 1);
        assert_eq!(answer["trend"]["direction"], "rising");
        let changes = answer["changes"].as_array().unwrap();
        assert_eq!((changes.len(), &changes[0]["label"], &changes[0]["sure"]), (1, &label.into(), &true.into()));
        assert_eq!([&changes[0]["before"], &changes[0]["after"]], ends);
        assert!(changes[0]["p_value"].as_f64().unwrap() >= 0.001);
    }
}

#[test]
fn rows_are_put_in_the_order_of_time_and_uneven_steps_are_told() {
    let mut rows: Vec<String> =
        values(12, 1.0).iter().enumerate().map(|(x, value)| format!("2026-W{:02},{value}", x + 30)).collect();
    let sorted = File::of("a.csv", format!("week,n\n{}\n", rows.join("\n")));
    rows.reverse();
    let reversed = File::of("b.csv", format!("week,n\n{}\n", rows.join("\n")));
    let (sorted, reversed) =
        (json(&["trend", sorted.path(), "--time", "week"], 0), json(&["trend", reversed.path(), "--time", "week"], 0));
    assert_eq!(sorted["trend"], reversed["trend"]);
    assert_eq!(sorted["notes"].as_array().unwrap().len(), 0);
    assert_eq!(reversed["notes"][0], "the rows were not in the order of `week`; they have been put in it");
    rows.remove(4);
    let gap = File::of("c.csv", format!("week,n\n{}\n", rows.join("\n")));
    let notes = &json(&["trend", gap.path(), "--time", "week"], 0)["notes"];
    assert_eq!(notes[1], "1 of 10 rows are not a week apart from the row before; each counts as one step");
}

#[test]
fn events_are_counted_by_week_without_the_partial_ends() {
    // One more event each week, on its days in turn, from the middle of the first to the middle of the last.
    let mut rows = String::from("id,start\n");
    for week in 0_i64..12 {
        for event in 0..=week {
            let day = 3 + 7 * week + event % 3;
            let date = chrono_day(day);
            rows += &format!("{week}-{event},{date}T12:00:00Z\n");
        }
    }
    let file = File::of("incidents.csv", rows);
    let answer = json(&["trend", file.path(), "--time", "start", "--count", "week"], 0);
    assert_eq!((&answer["step"], &answer["unit"]), (&"week".into(), &"events".into()));
    let counts: Vec<f64> =
        answer["counts"].as_array().unwrap().iter().map(|count| count["count"].as_f64().unwrap()).collect();
    assert_eq!(counts, (2..12).map(f64::from).collect::<Vec<_>>());
    assert_eq!(answer["counts"][0]["period"], "2026-W02");
    assert_eq!(answer["trend"]["line"]["slope"]["value"], 1.0);
    assert_eq!(
        answer["notes"][0],
        "2026-W01 and 2026-W12 are covered in part and left out, with the 13 events in them"
    );
    let bounded = json(&["trend", file.path(), "--time", "start", "--count", "week", "--from", "2025-12-29"], 0);
    assert_eq!(bounded["counts"][0]["count"], 1.0);
    let late = json(&["trend", file.path(), "--time", "start", "--count", "week", "--from", "2026-02-02"], 0);
    assert_eq!(late["not_enough"]["too-few"]["have"], 6);
    assert!(late["notes"][1].as_str().unwrap().contains("left out, outside the bounds given"), "{}", late["notes"]);
}

/// The day so many days after 2025-12-28.
fn chrono_day(days: i64) -> String {
    let (month, day) = match days {
        ..=3 => (12, 28 + days),
        4..=34 => (1, days - 3),
        35..=62 => (2, days - 34),
        _ => (3, days - 62),
    };
    format!("{}-{month:02}-{day:02}", if month == 12 { 2025 } else { 2026 })
}

#[test]
fn days_are_those_of_the_zone() {
    // An event each hour of the ten days around the night in which Berlin's clocks went back.
    let mut hours = String::new();
    for hour in 0..240 {
        hours += &format!("2026-10-{:02}T{:02}:30:00Z\n", 20 + hour / 24, hour % 24);
    }
    let file = File::of("hours.txt", hours);
    let counts = |zone: &str| {
        let answer = json(&["trend", file.path(), "--count", "day", "--zone", zone], 0);
        let counts = answer["counts"].as_array().unwrap().clone();
        counts.into_iter().map(|day| day["count"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(counts("UTC"), [24.0; 8]);
    assert_eq!(counts("Europe/Berlin"), [24.0, 24.0, 24.0, 24.0, 25.0, 24.0, 24.0, 24.0, 24.0]);
}

#[test]
fn bad_input_is_named_with_file_line_and_value() {
    let cases: [(&str, &str, &[&str], &str); 18] = [
        ("empty.csv", "", &[], "empty.csv: is empty"),
        ("header.csv", "week,n\n", &[], "header.csv: has a header and no rows"),
        ("word.txt", "1\n2\nthree\n", &[], "word.txt:3: value `three` is not a number"),
        ("nan.txt", "1\nNaN\n3\n", &[], "nan.txt:2: value `NaN` is not finite"),
        ("two.csv", "a,b\n1,2\n", &[], "two.csv:1: has 2 columns of numbers"),
        ("cells.csv", "a,b\n1,2\n1\n", &["--column", "a"], "cells.csv:3: row has 1 cells, not 2"),
        ("none.csv", "a,b\n1,2\n", &["--column", "c"], "none.csv:1: there is no column `c`"),
        ("when.csv", "t,n\nsoon,2\n", &["--time", "t"], "when.csv:2: t: instant `soon` is not RFC 3339"),
        ("leap.csv", "t,n\n2023-02-28,2\n2023-02-29,3\n", &["--time", "t"], "leap.csv:3: t: instant `2023-02-29`"),
        ("mix.csv", "t,n\n2026-W01,2\n2026-01-12,3\n", &["--time", "t"], "mix.csv:3: t: `2026-01-12` is a day, though"),
        (
            "twice.csv",
            "t,n\n2026-01,2\n2026-01,3\n",
            &["--time", "t"],
            "twice.csv:3: t: `2026-01` comes again, after line 2",
        ),
        ("zone.csv", "t,n\n2026-01-01 10:00,2\n", &["--time", "t", "--zone", "Mars"], "--zone: "),
        ("local.csv", "t,n\n2026-01-01 10:00:00,2\n", &["--time", "t"], "has no offset; write `2026-01-01T10:00:00Z`"),
        ("event.csv", "t,n\nx,2\n", &["--time", "t", "--count", "week"], "event.csv:2: t: instant `x`"),
        ("gone.csv", "t,n\n,2\n", &["--time", "t", "--count", "week"], "gone.csv:2: t: value is missing"),
        ("unnamed.csv", "t,n\n,2\n", &["--count", "week"], "unnamed.csv:1: has 2 columns, and none is chosen"),
        ("level.txt", "1\n", &["--level", "95"], "--level: level `95` is not within"),
        (
            "bounds.txt",
            "2026-01-01\n",
            &["--count", "day", "--from", "2026-02-01", "--until", "2026-01-01"],
            "--until: ",
        ),
    ];
    for (name, content, arguments, message) in cases {
        let file = File::of(name, content);
        let arguments = [&["trend", file.path()], arguments].concat();
        let refused = run(&arguments);
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{name}: {}", refused.err);
        let faults = json(&arguments, 2);
        assert_eq!(faults["schema"], "evenkeel.faults/1");
        let fault = &faults["faults"][0];
        let line = fault["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
        let path = fault["path"].as_str().map(|path| format!("{path}: ")).unwrap_or_default();
        let said = format!("{}{line}: {path}{}", fault["file"].as_str().unwrap(), fault["message"].as_str().unwrap());
        assert!(said.contains(message), "{name}: {said}");
    }
    let missing = run(&["trend", "/nowhere/at/all.csv"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("/nowhere/at/all.csv"), "{}", missing.err);
}

#[test]
fn rows_without_a_value_are_left_out_on_request() {
    let rows = values(12, 1.0).join("\n\n");
    let file = File::of("gaps.txt", rows);
    assert_eq!(run(&["trend", file.path()]).code, 2);
    let answer = json(&["trend", file.path(), "--skip-empty"], 0);
    assert_eq!((&answer["n"], &answer["notes"][0]), (&12.into(), &"11 rows left out, since the cell is empty".into()));
}

#[test]
fn rows_without_a_time_are_left_out_on_request_and_uneven_ones_are_rows() {
    let rows: String = (1..=12).map(|day| format!("2026-01-{day:02},{day}\n")).collect();
    let file = File::of("times.csv", format!("t,n\n,7\n{rows}2026-02-20,13\n"));
    assert_eq!(run(&["trend", file.path(), "--time", "t"]).code, 2);
    let answer = json(&["trend", file.path(), "--time", "t", "--skip-empty"], 0);
    assert_eq!((&answer["n"], &answer["step"]), (&13.into(), &"row".into()));
}

#[test]
fn text_stays_within_80_columns_and_without_colours_in_a_pipe() {
    let long = "a-name-that-goes-on-and-on-".repeat(4);
    let rows: String = values(300, 0.1).iter().enumerate().map(|(x, value)| format!("{long}{x},{value}\n")).collect();
    let wide = File::of("wide.csv", format!("{long},{long}n\n{rows}"));
    let huge = File::of("huge.txt", "1e300\n-1e300\n5e-324\n0\n".repeat(6));
    let lengths = File::of("lengths.txt", (1..30).map(|x| format!("{x}m{}s\n", x * 17 % 60)).collect::<String>());
    for (file, arguments) in [(&list(26, 0.5), vec![]), (&wide, vec!["--column"]), (&huge, vec![]), (&lengths, vec![])]
    {
        let name = format!("{long}n");
        let arguments: Vec<&str> = arguments.into_iter().flat_map(|argument| [argument, name.as_str()]).collect();
        let text = run(&[&["trend", file.path()], arguments.as_slice()].concat());
        assert_eq!(text.code, 0, "{}", text.err);
        assert!(!text.out.contains('\u{1b}'));
        // A name longer than a line stays whole.
        let wide: Vec<_> = text.out.lines().filter(|line| line.chars().count() > 80 && !line.contains(&long)).collect();
        assert!(wide.is_empty(), "{wide:#?}");
    }
    assert!(run(&["trend", lengths.path()]).out.contains("Rising by 59.9s a row"), "lengths are written as lengths");
    let coloured = evenkeel(&["trend", list(26, 0.5).path()]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(String::from_utf8(coloured.stdout).unwrap().contains("\u{1b}[1m"));
}

#[test]
fn what_a_file_says_cannot_steer_the_terminal() {
    let rows: String = values(12, 1.0).iter().enumerate().map(|(x, value)| format!("{x},{value}\n")).collect();
    let file = File::of("steer.csv", format!("t,\u{1b}[31mn\n{rows}"));
    let text = run(&["trend", file.path(), "--time", "t"]);
    assert_eq!(text.code, 0, "{}", text.err);
    assert!(!text.out.contains('\u{1b}') && text.out.contains("\\u{1b}[31mn"), "{}", text.out);
}

#[test]
fn a_hundred_thousand_rows_are_no_burden() {
    let file = list(100_000, 0.001);
    let answer = json(&["trend", file.path()], 0);
    assert_eq!(answer["trend"]["direction"], "rising");
    // The slope and the thousandth by which no two values are alike.
    assert!((answer["trend"]["line"]["slope"]["value"].as_f64().unwrap() - 0.002).abs() < 1e-5);
}
