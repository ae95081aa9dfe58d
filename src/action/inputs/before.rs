//! The inputs of the task that runs before the service is touched.

use std::time::Duration;

use super::grammar;
use super::reader::Reader;
use crate::problem::Problem;
use crate::request::{Before, Command, OneOff};

/// `before-timeout` where the input is empty.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// What runs before the service is touched; `command: run` runs it and no more.
pub(super) fn before(inputs: &mut Reader<'_>, command: Command) -> Before {
    let task = inputs.words("before");
    let container = inputs.parsed("before-container");
    let timeout = inputs.with("before-timeout", grammar::duration).unwrap_or(TIMEOUT);
    for input in ["before-container", "before-timeout"] {
        if inputs.is_set(input) && !inputs.is_set("before") {
            let message = format!("{} is set, but there is no one-off task", inputs.subject(input));
            inputs.note(
                Problem::new(message).hint("set `before` to what the task runs, or remove it"),
            );
        }
    }
    if command == Command::Run && !inputs.is_set("before") {
        inputs.note(
            Problem::new("input `before` is missing")
                .hint(r#"set it to what the task runs, such as ["npm", "run", "migrate"]"#),
        );
    }
    let Some(command_line) = task else { return Before::Nothing };
    let task = OneOff { command: command_line, container, timeout };
    match command {
        Command::Deploy | Command::Plan | Command::Verify => Before::Run(task),
        Command::Run => Before::Alone(task),
        // What a migration did is not undone by the version before it.
        Command::Rollback
        | Command::Drill
        | Command::Continue
        | Command::Stop
        | Command::List
        | Command::Page
        | Command::Status
        | Command::Register => Before::Nothing,
    }
}
