//! What the runner makes of the log and of the command files of a step.
//!
//! The parsers are the port that the runner's room is tested with, compiled in
//! here as well: one port, so that both mean the same runner.

#[path = "../../../src/action/ported.rs"]
mod ported;

use std::collections::BTreeMap;

/// A message that the runner shows on the page of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotation {
    /// `error`, `warning` or `notice`.
    pub(crate) level: String,
    /// `title`, `file`, `line` and so on.
    pub(crate) properties: BTreeMap<String, String>,
    /// The text, unescaped.
    pub(crate) message: String,
}

/// Reads the file of outputs or of state; of two pairs of one name the last counts.
pub(super) fn file_commands(text: &str) -> Result<BTreeMap<String, String>, String> {
    Ok(ported::pairs(text)?.into_iter().collect())
}

/// Reads the annotations out of a log. Other commands are none of the action's
/// business, but for masks at its head: where one appears, a text that was not ours has become
/// a command.
pub(super) fn annotations(log: &str) -> Vec<Annotation> {
    let is_mask = |line: &&str| line.starts_with("::add-mask::");
    let rest: Vec<&str> = log.lines().skip_while(is_mask).collect();
    let commands = ported::commands(&rest.join("\n"), ported::Comparison::Ordinal).into_iter();
    let annotation = |ported::Command { name, properties, data }| {
        let ours = ["debug", "endgroup", "error", "group", "notice", "warning"];
        assert!(ours.contains(&name.as_str()), "the step gave the command {name:?}:\n{log}");
        Annotation { level: name, properties: properties.into_iter().collect(), message: data }
    };
    commands
        .map(annotation)
        .filter(|it| ["error", "notice", "warning"].contains(&it.level.as_str()))
        .collect()
}

#[test]
fn annotations_are_kept_and_commands_about_the_log_are_not() {
    let log = "::add-mask::hush\n::group::Plan\n::error title=a%2Cb::50%25%0Amore\n::endgroup::\n::debug::x\n";
    let properties = [("title".to_owned(), "a,b".to_owned())].into();
    let error =
        Annotation { level: "error".to_owned(), properties, message: "50%\nmore".to_owned() };
    assert_eq!(annotations(log), [error]);
}

#[test]
#[should_panic(expected = "the step gave the command \"add-mask\"")]
fn a_text_that_became_a_command_fails_the_test_it_happens_in() {
    annotations("event: ##[add-mask]the");
}
