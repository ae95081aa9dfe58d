//! The issue that says what runs where: the inputs `tracker` and `rollback-workflow`.

use super::reader::Reader;
use crate::problem::Problem;
use crate::request::{Command, Tracker};

const KINDS: [(&str, bool); 1] = [("issue", true)];
const WORKFLOW: &str = "rollback-workflow";

/// `None` where none is kept.
pub(super) fn read(inputs: &mut Reader<'_>, command: Command) -> Option<Tracker> {
    let is_wanted = inputs.choice("tracker", &KINDS, false);
    let file = inputs.with(WORKFLOW, file).unwrap_or_else(|| "rollback.yml".to_owned());
    if !is_wanted {
        return None;
    }
    match command {
        Command::Deploy | Command::Rollback | Command::Continue | Command::Stop | Command::List => {
            Some(Tracker { rollback_workflow: file })
        }
        Command::Drill
        | Command::Verify
        | Command::Page
        | Command::Plan
        | Command::Status
        | Command::Run
        | Command::Register => inputs.refuse(
            Problem::new(
                "input `tracker` is for `deploy`, `rollback`, `continue`, `stop` and `list`",
            )
            .hint("`command: list` with it writes the whole tracker anew, and deploys nothing"),
        ),
    }
}

/// The name of a workflow's file.
fn file(text: &str) -> Result<String, Problem> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let stem = text.strip_suffix(".yml").or_else(|| text.strip_suffix(".yaml"));
    if text.bytes().all(is_plain) && stem.is_some_and(|stem| !stem.is_empty()) {
        return Ok(text.to_owned());
    }
    Err(Problem::new(format!("{text:?} is no name of a workflow's file (like rollback.yml)")).hint(
        "the file is in .github/workflows, which is left out; its name ends in .yml or .yaml",
    ))
}
