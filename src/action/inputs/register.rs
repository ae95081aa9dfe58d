//! What `command: register` takes: a task definition, and no service.

use super::app::app_of;
use super::grammar;
use super::one::{environment_of_github, record, region, what};
use super::promotion::is_promotion;
use super::reader::Reader;
use crate::problem::Problem;
use crate::request::{Command, FamilyRequest, FamilyTarget, Schedules};

/// The task definition that is to be registered.
pub(super) fn family(inputs: &mut Reader<'_>) -> Option<FamilyRequest> {
    const COMMAND: Command = Command::Register;
    for (input, hint) in [
        ("service", "remove it, or use `deploy` to bring the version to the service"),
        ("apps", "remove it: use one step for each family"),
    ] {
        if inputs.is_input(input) {
            let message =
                format!("input `{input}` can't be used with `register`, which touches no service");
            inputs.note(Problem::new(message).hint(hint));
        }
    }
    if !inputs.is_set("task-definition") {
        inputs.note(Problem::new("input `task-definition` is missing").hint(
            "set it to the file to register, or to the family whose newest revision is patched",
        ));
    }
    if is_promotion(inputs) {
        inputs.note(
            Problem::new(
                "input `version`: `from` can't be used with `register`, which has no service",
            )
            .hint("give the version itself, such as the output `version` of the step before"),
        );
    }
    let what = what(inputs, COMMAND);
    // Mistakes in inputs that are not for `register` are reported, too.
    environment_of_github(inputs);
    record(inputs, COMMAND, None, None);
    let cluster = inputs.with("cluster", grammar::name_not_arn);
    let target = region(inputs).map(|region| FamilyTarget { region, cluster });
    let family = app_of(inputs, COMMAND, (target, None), what, None)?;
    if family.schedules != Schedules::Ignore && !inputs.is_set("cluster") {
        inputs.note(
            Problem::new("input `cluster` is missing")
                .hint("`schedules` needs the name of the cluster that the scheduled tasks run on"),
        );
    }
    Some(family)
}
