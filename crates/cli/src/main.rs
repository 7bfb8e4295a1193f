//! The `docket` command.

use std::process::ExitCode;

/// Rebuilds and group commits allocate from several threads at once; the system's allocator makes
/// them queue.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    docket_cli::main()
}
