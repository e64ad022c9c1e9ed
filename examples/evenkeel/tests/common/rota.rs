//! A book of an on-call rota in a folder of its own.

use std::path::PathBuf;

use tempfile::TempDir;

use super::{json, run};

/// A book of a rota of two people by day shifts, in a folder of its own.
pub(crate) struct Rota(TempDir);

impl Rota {
    pub(crate) fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write(
            "evenkeel.toml",
            "title = \"Two\"\nzone = \"Europe/Berlin\"\n[oncall]\nteam = \"team.toml\"\nrota = \"rota.toml\"\n",
        );
        folder.write("team.toml", "[[people]]\nname = \"ada\"\n[[people]]\nname = \"bob\"\n");
        folder.write(
            "rota.toml",
            "without_rules = [\"one-week-in-4\", \"rest-of-11-hours\"]\n[period]\nfirst = 2026-10-24\nlast = 2026-10-27\n\
             [[duties]]\nevery = \"1d\"\nfrom = 2026-10-24T00:00:00\nroles = [\"primary\"]\n",
        );
        folder
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn book(&self) -> String {
        self.0.path().to_str().unwrap().to_owned()
    }

    pub(crate) fn published(self) -> Self {
        let plan = self.path("plan.ics");
        let run = run(&["oncall", "plan", &self.book(), "-o", plan.to_str().unwrap()]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let toml = std::fs::read_to_string(self.path("evenkeel.toml")).unwrap();
        self.write("evenkeel.toml", &(toml + "plan = \"plan.ics\"\n"));
        self
    }

    pub(crate) fn faults(&self, arguments: &[&str]) -> Vec<String> {
        let book = self.book();
        let document = json(&[arguments, &[&book]].concat(), 2);
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
        let short = |fault: &serde_json::Value| {
            let file = text(&fault["file"]);
            let file = file.rsplit('/').next().unwrap_or_default().to_owned();
            let line = fault["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
            format!("{file}{line}: {}: {}", text(&fault["path"]), text(&fault["message"]))
        };
        document["faults"].as_array().unwrap().iter().map(short).collect()
    }
}

impl Rota {
    /// The same with one more file that `[oncall]` names.
    pub(crate) fn with(self, key: &str, text: &str) -> Self {
        let file = format!("{key}.toml");
        self.write(&file, text);
        let toml = std::fs::read_to_string(self.path("evenkeel.toml")).unwrap();
        self.write("evenkeel.toml", &format!("{toml}{key} = \"{file}\"\n"));
        self
    }

    /// Who is on call as primary at an instant.
    pub(crate) fn primary(&self, at: &str) -> String {
        let run = run(&["oncall", "who", &self.book(), "--at", at, "--role", "primary", "--json"]);
        assert!(run.code <= 1, "{at}: {}", run.out);
        let document: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        document["roles"][0]["person"].as_str().unwrap_or("nobody").to_owned()
    }
}
