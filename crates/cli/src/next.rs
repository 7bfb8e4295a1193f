//! `docket` at a level that never ships: the newer version in the test of a rolling deployment.

use std::process::ExitCode;

fn main() -> ExitCode {
    docket_cli::main()
}
