//! The Python of the tests: one virtual environment below `target/`.
//!
//! A machine without Python, or without a way to its packages, fails the tests
//! that need them. Nothing is skipped: a judge that stays at home proves nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A command that runs `tests/tools/<tool>` with the packages of
/// `tests/tools/requirements.txt`; standard input and output are pipes.
pub(crate) fn tool(tool: &str) -> Command {
    let mut command = Command::new(interpreter());
    command.arg(tools().join(tool)).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// A command that runs a program which one of these packages brings.
pub(crate) fn program(name: &str) -> Command {
    Command::new(interpreter().with_file_name(name))
}

fn interpreter() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(environment)
}

fn environment() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("cargo makes the folder for temporary files below target/");
    let made = Command::new("python3")
        .arg(tools().join("make_venv.py"))
        .arg(target.join("venv"))
        .stderr(Stdio::inherit())
        .output()
        .expect("python3 is installed: moto and AWS's models run under it");
    assert!(made.status.success(), "the packages of tests/tools/requirements.txt are missing");
    let path = String::from_utf8(made.stdout).expect("the path of Python is UTF-8");
    PathBuf::from(path.trim_end())
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools")
}
