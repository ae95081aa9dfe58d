//! The task that is run once before the service gets the definition: whether it can be.

use super::images::Images;
use super::steps::{OneOffStep, Step, UpdateTo};
use crate::problem::Problem;
use crate::request::{Before, OneOff};
use crate::task_definition::TaskDefinition;

/// The step that runs it, where this service is the one that does.
///
/// # Errors
/// ECS would not start it, or its end would not be seen.
pub(super) fn step(
    before: &Before,
    patched: &TaskDefinition,
    images: &Images,
    definition: UpdateTo,
) -> Result<Option<Step>, Problem> {
    let (Before::Run(task) | Before::Alone(task)) = before else { return Ok(None) };
    let container = container(task, patched, images)?;
    if !patched.is_essential(&container) {
        return Err(Problem::new(format!(
            "the container {container} of the one-off task is not essential, so the task would keep running after it has ended"
        ))
        .hint("name an essential container in `before-container`"));
    }
    if let Some(volume) = patched.volume_configured_at_launch() {
        return Err(Problem::new(format!(
            "the volume {volume} is configured by the service when it starts a task, and a one-off task has no such configuration"
        ))
        .hint("remove `before`, or run it from a definition without that volume by `command: run`"));
    }
    let step = OneOffStep { task: task.clone(), container, definition };
    Ok(Some(Step::RunTask(Box::new(step))))
}

fn container(task: &OneOff, patched: &TaskDefinition, images: &Images) -> Result<String, Problem> {
    let all: Vec<&str> = patched.containers().map(|it| it.name).collect();
    match &task.container {
        Some(name) if all.contains(&name.as_str()) => Ok(name.to_string()),
        Some(name) => Err(Problem::new(format!(
            "`before-container`: the task definition has no container {name}"
        ))
        .hint(format!("its containers are: {}", all.join(", ")))),
        None => {
            let chosen: Vec<_> = images.containers().collect();
            match chosen.as_slice() {
                [one] => Ok(one.to_string()),
                several => {
                    let names: Vec<&str> = several.iter().map(|it| it.as_str()).collect();
                    Err(Problem::new(format!(
                        "`before` could run in {}, which all get an image",
                        names.join(" or ")
                    ))
                    .hint("name one of them in `before-container`"))
                }
            }
        }
    }
}
