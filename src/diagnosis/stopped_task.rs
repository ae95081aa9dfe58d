//! What explains a stopped task.

use crate::ecs::{Task, TaskContainer};

use super::context::Context;
use super::row::{Finding, Signal, find};
use super::rows;
use super::stop_kind::StopKind;

impl StopKind {
    /// Judges a stopped task by its stop code and, where that says too little,
    /// by ECS's words. A stop code that is not known counts only where the
    /// words or an exit code show a failure.
    pub(crate) fn of(task: &Task) -> Self {
        find(rows::TASK, &signals(task)).map_or(Self::Ordinary, |finding| finding.row.stop_kind)
    }
}

/// What explains a stopped task; `around` is what is known besides.
pub(super) fn explain<'a>(task: &'a Task, around: Context<'a>) -> Option<Finding<'a>> {
    let mut finding = find(rows::TASK, &signals(task))?;
    let own = finding.context;
    finding.context =
        Context { text: own.text, task: own.task, container: own.container, ..around };
    Some(finding)
}

/// The container whose end is the task's, where one can be told from the others.
pub(super) fn failed_container(task: &Task) -> Option<&TaskContainer> {
    // Once an essential container has ended, ECS stops the others with SIGTERM
    // (143) and SIGKILL (137); a well-behaved one then ends with 0.
    let suspicion = |container: &&TaskContainer| {
        let how = match container.exit_code {
            _ if container.reason.is_some() => 0,
            Some(0) => 2,
            Some(137) => 3,
            Some(143) => 4,
            Some(_) => 1,
            None => 5,
        };
        (how, container.name.clone())
    };
    task.containers
        .iter()
        .filter(|container| container.exit_code.is_some() || container.reason.is_some())
        .min_by_key(suspicion)
        .or(match task.containers.as_slice() {
            [only] => Some(only),
            _ => None,
        })
}

/// What can be looked up of a stopped task. Where ECS or a person stopped it,
/// what became of its containers is the consequence, not the cause.
fn signals(task: &Task) -> Vec<(Signal<'_>, Context<'_>)> {
    let stopped_reason = task.stopped_reason.as_deref();
    let failed_container = failed_container(task);
    let whole = Context {
        text: stopped_reason.unwrap_or_default(),
        task: Some(task),
        container: failed_container,
        ..Context::default()
    };
    let said = stopped_reason.map(|text| (Signal::Text(text), whole));
    // A stop code alone says little; beside it the innermost words are told.
    let innermost = failed_container
        .and_then(|it| it.reason.as_ref())
        .or(task.attachment_reasons.first())
        .map_or(whole.text, String::as_str);
    let code = task
        .stop_code
        .as_deref()
        .map(|code| (Signal::StopCode(code), Context { text: innermost, ..whole }));
    match task.stop_code.as_deref() {
        Some(
            "UserInitiated" | "SpotInterruption" | "TerminationNotice" | "InfrastructureHealth",
        ) => {
            return code.into_iter().collect();
        }
        Some("ServiceSchedulerInitiated") => return said.into_iter().collect(),
        _ => {}
    }
    let mut signals: Vec<_> = said.into_iter().collect();
    for container in &task.containers {
        if let Some(reason) = &container.reason {
            let context = Context { text: reason, container: Some(container), ..whole };
            signals.push((Signal::Text(reason), context));
        }
    }
    for reason in &task.attachment_reasons {
        signals.push((Signal::Text(reason), Context { text: reason, ..whole }));
    }
    if let Some(exit_code) = failed_container.and_then(|it| it.exit_code) {
        // 0 is the end of a task only where ECS says that it was: an init
        // container is meant to end so.
        if exit_code != 0 || task.stop_code.as_deref() == Some("EssentialContainerExited") {
            signals.push((Signal::Exit(exit_code), whole));
        }
    }
    signals.extend(code);
    signals
}
