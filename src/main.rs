//! The binary of the action.

use std::process::ExitCode;

fn main() -> ExitCode {
    ecs_release::main()
}
