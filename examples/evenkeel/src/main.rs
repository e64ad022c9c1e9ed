//! The command `evenkeel`.

use std::process::ExitCode;

fn main() -> ExitCode {
    evenkeel::commands::main()
}
