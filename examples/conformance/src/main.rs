//! `conformance KIND FILE`: exits 0 when everything agrees, 1 when anything disagrees, 2 for bad input.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use clap::builder::PossibleValuesParser;

/// Runs golden cases through the public API of the crates and lists every disagreement.
#[derive(Parser)]
#[command(version, after_help = kinds(), max_term_width = 120)]
struct Arguments {
    /// The kind of golden file.
    #[arg(value_parser = PossibleValuesParser::new(conformance::KINDS.iter().map(|kind| kind.name)), hide_possible_values = true)]
    kind: String,
    /// The golden file, or the folder for kinds that need several files.
    file: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match conformance::run(&arguments.kind, &arguments.file) {
        Ok(outcome) => {
            println!("{outcome}");
            if outcome.agrees() { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::from(2)
        }
    }
}

fn kinds() -> String {
    let lines = conformance::KINDS.iter().map(|kind| format!("  {:<14}{}\n", kind.name, kind.about));
    format!("Kinds:\n{}", lines.collect::<String>())
}
