//! The issue that says what runs where, and the form that leads back: the inputs `tracker` and
//! `rollback-workflow`.

use super::reader::Reader;
use crate::problem::Problem;
use crate::request::Command;

const KINDS: [(&str, bool); 1] = [("issue", true)];

pub(super) fn rollback_workflow(inputs: &mut Reader<'_>) -> String {
    inputs.with("rollback-workflow", file).unwrap_or_else(|| "rollback.yml".to_owned())
}

/// Whether one is kept.
pub(super) fn tracker(inputs: &mut Reader<'_>, command: Command) -> bool {
    if !inputs.choice("tracker", &KINDS, false) {
        return false;
    }
    match command {
        Command::Deploy | Command::Rollback | Command::Continue | Command::Stop | Command::List => {
            true
        }
        Command::Drill
        | Command::Verify
        | Command::Page
        | Command::Plan
        | Command::Status
        | Command::Run
        | Command::Register => {
            inputs.note(
                Problem::new(
                    "input `tracker` is only for `deploy`, `rollback`, `continue`, `stop` and `list`",
                )
                .hint("`command: list` with `tracker` rewrites the whole tracker and deploys nothing"),
            );
            false
        }
    }
}

/// The name of a workflow's file.
fn file(text: &str) -> Result<String, Problem> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let stem = text.strip_suffix(".yml").or_else(|| text.strip_suffix(".yaml"));
    if text.bytes().all(is_plain) && stem.is_some_and(|stem| !stem.is_empty()) {
        return Ok(text.to_owned());
    }
    Err(Problem::new(format!("{text:?} is not the name of a workflow file (like rollback.yml)"))
        .hint("leave out .github/workflows; the name must end in .yml or .yaml"))
}
