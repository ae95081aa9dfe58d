//! The Python of the tests: virtual environments below `target/`.
//!
//! A machine without Python, or without a way to its packages, fails the tests
//! that need them: the first one says why, the others name the first. Nothing is
//! skipped, because a judge that was not asked proves nothing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{panic, thread};

use serde_json::Value;

/// A command that runs `tests/tools/<tool>` with the packages of
/// `tests/tools/requirements.txt`; standard input and output are pipes.
pub(crate) fn tool(tool: &str) -> Command {
    run(interpreter(), tool)
}

/// The server of MiniStack, whose packages do not go together with the others.
pub(crate) fn ministack() -> Command {
    static PYTHON: OnceLock<Made> = OnceLock::new();
    run(made_once(&PYTHON, "venv-ministack", "ministack.txt"), "ministack_server.py")
}

fn run(python: &Path, tool: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(tools().join(tool)).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// What a judge below `tests/tools` says of these lines: a list of sentences.
pub(crate) fn judge(name: &str, lines: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut judge = tool(name).spawn().expect("the judge can be started");
    let mut input = judge.stdin.take().expect("the judge listens");
    for line in lines {
        writeln!(input, "{line}").expect("the judge reads all lines before it speaks");
    }
    drop(input);
    let verdict = judge.wait_with_output().expect("the judge is our child");
    assert!(verdict.status.success(), "the judge fell: {}", verdict.status);
    serde_json::from_slice(&verdict.stdout).expect("the judge answers with a list of sentences")
}

/// A command that runs a program which one of these packages brings.
pub(crate) fn program(name: &str) -> Command {
    Command::new(interpreter().with_file_name(name))
}

/// The one that has these packages.
pub(crate) fn interpreter() -> &'static Path {
    static PYTHON: OnceLock<Made> = OnceLock::new();
    made_once(&PYTHON, "venv", "requirements.txt")
}

/// The interpreter, or the name of the test that failed to make it.
type Made = Result<PathBuf, String>;

fn made_once(made: &'static OnceLock<Made>, folder: &str, requirements: &str) -> &'static Path {
    let mut reason = None;
    let python = made.get_or_init(|| {
        environment(folder, requirements).map_err(|why| {
            reason = Some(why);
            thread::current().name().unwrap_or("the first test").to_owned()
        })
    });
    match python {
        Ok(python) => python,
        Err(first) => give_up(&reason.unwrap_or_else(|| format!("see {first}"))),
    }
}

fn environment(folder: &str, requirements: &str) -> Result<PathBuf, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("cargo makes the folder for temporary files below target/");
    let made = Command::new("python3")
        .arg(tools().join("make_venv.py"))
        .arg(target.join(folder))
        .arg(tools().join(requirements))
        .output()
        .map_err(|error| {
            format!("python3 does not start ({error}): install Python 3.10 or newer with venv")
        })?;
    let [python, trouble] =
        [made.stdout, made.stderr].map(|it| String::from_utf8_lossy(&it).trim_end().to_owned());
    if made.status.success() { Ok(PathBuf::from(python)) } else { Err(trouble) }
}

/// Fails the test with one line, where a panic would add its place and a backtrace.
#[allow(clippy::print_stderr, reason = "the line is what the test fails with")]
fn give_up(why: &str) -> ! {
    eprintln!("no Python for the tests: {why}");
    panic::resume_unwind(Box::new(why.to_owned()))
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools")
}
