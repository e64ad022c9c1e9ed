//! A book of one service in a folder of its own, and the command run on it.
#![allow(dead_code, reason = "each test file uses some of it")]

pub(crate) mod rota;

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

pub(crate) fn evenkeel(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
    command.args(arguments).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// What a run printed and how it ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn run(arguments: &[&str]) -> Run {
    let output = evenkeel(arguments).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The document that a command prints with `--json`.
pub(crate) fn json(arguments: &[&str], code: i32) -> serde_json::Value {
    let run = run(&[arguments, &["--json"]].concat());
    assert_eq!(run.code, code, "{}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

pub(crate) fn sample_book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../book")
}

pub(crate) const SLO: &str = r#"
apiVersion: openslo/v1
kind: Service
metadata: {name: web}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: web-availability}
spec:
  service: web
  indicator:
    metadata: {name: web-requests}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource: {type: Prometheus, spec: {query: 'good{service="web"}'}}
        total:
          metricSource: {type: Prometheus, spec: {query: 'total{service="web"}'}}
  timeWindow: [{duration: 1d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
"#;

pub(crate) const TOML: &str = r#"
title = "Test book"
slos = ["slo.yaml"]
[[metrics]]
csv = "requests.csv"
labels = ["service"]
good = "good"
total = "total"
"#;

pub(crate) struct Folder(TempDir);

impl Folder {
    /// A book with the usual rules and objective, and this CSV of requests below the usual header.
    pub(crate) fn book(rows: &str) -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("evenkeel.toml", TOML);
        folder.write("slo.yaml", SLO);
        folder.write("requests.csv", format!("time,service,good,total\n{rows}"));
        folder
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run(&[arguments, &[self.0.path().to_str().unwrap()]].concat())
    }

    pub(crate) fn json(&self, arguments: &[&str], code: i32) -> serde_json::Value {
        json(&[arguments, &[self.0.path().to_str().unwrap()]].concat(), code)
    }

    /// The one-line form of every fault that the book gives.
    pub(crate) fn faults(&self) -> Vec<String> {
        let document = self.json(&["slo", "status"], 2);
        assert_eq!(document["schema"], "evenkeel.faults/1");
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
        let faults = document["faults"].as_array().unwrap().iter().map(|fault| {
            let file = text(&fault["file"]);
            let file = Path::new(&file).file_name().map_or(file.clone(), |name| name.to_str().unwrap().to_owned());
            let line = fault["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
            format!("{file}{line}: {}: {}", text(&fault["path"]), text(&fault["message"]))
        });
        faults.collect()
    }
}

/// Rows a minute apart: `(good, total)`.
pub(crate) fn rows(counts: &[(u64, u64)]) -> String {
    let row = |(minute, (good, total)): (usize, &(u64, u64))| {
        format!("2026-01-01T{:02}:{:02}:00Z,web,{good},{total}\n", minute / 60, minute % 60)
    };
    counts.iter().enumerate().map(row).collect()
}
