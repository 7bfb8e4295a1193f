//! The `docket` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    docket_cli::main()
}
